package bench

import "testing"

func BenchmarkPlain(b *testing.B) {
	for i := 0; i < b.N; i++ {
	}
}
func BenchmarkLoop(b *testing.B) {
	for b.Loop() {
	}
}
func BenchmarkSub(b *testing.B) {
	b.Run("x", func(b *testing.B) {
		b.SetBytes(10)
		for range b.N {
		}
	})
	b.Run("y z", func(b *testing.B) {
		b.ReportMetric(3.5, "things/op")
		b.ReportMetric(1e9, "big")
		for range b.N {
		}
	})
	b.Run("", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
		}
	})
}
func BenchmarkFails(b *testing.B) { b.Log("log"); b.Fatal("no") }
func BenchmarkSkips(b *testing.B) { b.Skip("not") }
func BenchmarkLogs(b *testing.B) {
	b.Log("N is", b.N)
	for range b.N {
	}
}
func BenchmarkErr(b *testing.B) { b.Run("s", func(b *testing.B) { b.Error("sub") }) }
func BenchmarkPar(b *testing.B) {
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
		}
	})
}
func TestX(t *testing.T) {
	t.Log(testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
		}
	}).N > 0)
}
