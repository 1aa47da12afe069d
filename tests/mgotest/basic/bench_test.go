package basic

import (
	"sync/atomic"
	"testing"
)

func BenchmarkReverse(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(3)
	for i := 0; i < b.N; i++ {
		Reverse("abc")
	}
}

func BenchmarkSub(b *testing.B) {
	for _, name := range []string{"x", "y z"} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				n++
			}
			if n != b.N {
				b.Errorf("%d runs, N is %d", n, b.N)
			}
			b.ReportMetric(float64(n)/float64(b.N), "runs/op")
		})
	}
}

func BenchmarkParallel(b *testing.B) {
	var n atomic.Int64
	b.SetParallelism(2)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n.Add(1)
		}
	})
	if n.Load() != int64(b.N) {
		b.Error(n.Load(), b.N)
	}
}

func BenchmarkSkip(b *testing.B) { b.Skip("no") }

func BenchmarkFail(b *testing.B) { b.Fatal("broken") }

func BenchmarkLog(b *testing.B) {
	b.StopTimer()
	b.StartTimer()
	b.ResetTimer()
	b.Log("logged", b.N)
}
