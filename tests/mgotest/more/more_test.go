package more

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

func TestMain(m *testing.M) {
	fmt.Println("setup")
	code := m.Run()
	fmt.Println("teardown", code)
	os.Exit(code)
}

func TestNestedParallel(t *testing.T) {
	t.Parallel()
	for i := range 2 {
		t.Run(fmt.Sprintf("g%d", i), func(t *testing.T) {
			t.Parallel()
			for j := range 2 {
				t.Run(fmt.Sprintf("h%d", j), func(t *testing.T) {
					t.Parallel()
					if i == 1 && j == 1 {
						t.Errorf("fails %d %d", i, j)
					}
				})
			}
		})
	}
}

func TestGroupCleanup(t *testing.T) {
	t.Cleanup(func() { t.Log("outer cleanup") })
	t.Run("group", func(t *testing.T) {
		t.Cleanup(func() { t.Log("group cleanup") })
		t.Run("a", func(t *testing.T) { t.Parallel(); t.Log("a") })
	})
	t.Log("after group")
}

func TestCleanupFails(t *testing.T) {
	t.Cleanup(func() { t.Fatal("in cleanup") })
	t.Cleanup(func() { t.Cleanup(func() { t.Log("nested cleanup") }) })
}

func TestSkipAfterFail(t *testing.T) {
	t.Error("first")
	t.Skip("then skip")
}

func TestGoroutineFatal(t *testing.T) {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		t.Fatal("from another goroutine")
	}()
	wg.Wait()
	t.Log("goes on")
}

type suite struct{ t *testing.T }

func (s suite) check(ok bool) {
	s.t.Helper()
	if !ok {
		s.t.Errorf("check")
	}
}

func TestSuite(t *testing.T) {
	s := suite{t}
	s.check(false)
	f := s.check
	f(false)
	each(t, func() { s.check(false) })
	for range func(yield func() bool) { yield() } {
		s.check(false)
	}
	defer s.check(false)
	t.Run("closure", func(t *testing.T) {
		h := func() { t.Helper(); t.Error("in h") }
		h()
		func() { h() }()
	})
}

func each(t *testing.T, f func()) {
	t.Helper()
	f()
	t.Log("each")
}

func TestErrors(t *testing.T) {
	err := fmt.Errorf("wrap: %w", errors.New("x"))
	t.Log(err, nil, []int{1}, map[string]int{"a": 1}, struct{ A, b int }{1, 2}, &struct{ X string }{"y"})
	t.Logf("%+v %T %q", err, err, []string{"a", "b"})
	t.Error()
	t.Log("trailing\n\n")
	t.Log("")
}

func TestSync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		time.Sleep(time.Hour)
		t.Log(time.Since(start))
		t.Cleanup(func() { t.Log("bubble cleanup") })
		if time.Since(start) != time.Hour {
			t.Error("x")
		}
	})
}

func TestSyncFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { t.Fatal("in bubble") })
	t.Log("never")
}

func TestIO(t *testing.T) {
	if err := iotest.TestReader(strings.NewReader("hello, world"), []byte("hello, world")); err != nil {
		t.Error(err)
	}
	b, err := io.ReadAll(iotest.DataErrReader(iotest.HalfReader(strings.NewReader(strings.Repeat("ab", 2000)))))
	t.Log(len(b), err)
	_, err = io.ReadAll(iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("xyz"))))
	t.Log(err)
	var sb strings.Builder
	n, err := iotest.TruncateWriter(&sb, 3).Write([]byte("12345"))
	t.Log(n, err, sb.String())
}

func TestBenchmark(t *testing.T) {
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
		}
	})
	if r.N < 1000 {
		t.Error(r.N)
	}
	r = testing.BenchmarkResult{N: 100, T: 12345678, Bytes: 1000, MemAllocs: 300, MemBytes: 4000, Extra: map[string]float64{"z/op": 0.00012, "a/op": 1234.5, "m/op": 99.996, "n/op": 0}}
	t.Log(r.String())
	t.Log(r.MemString(), r.NsPerOp(), r.AllocsPerOp(), r.AllocedBytesPerOp())
	t.Log(testing.BenchmarkResult{N: 3, T: 10}.String())
}

func BenchmarkBreak(b *testing.B) {
	for b.Loop() {
		break
	}
}

func BenchmarkNested(b *testing.B) {
	b.Run("a", func(b *testing.B) {
		b.Run("b=1", func(b *testing.B) {
			b.ReportMetric(5, "widgets")
			for range b.N {
			}
		})
	})
	b.Run("skip", func(b *testing.B) { b.Skip("s") })
	b.Run("fail", func(b *testing.B) { b.Error("e") })
}
