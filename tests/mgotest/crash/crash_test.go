package crash

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"time"
)

func TestPanic(t *testing.T) {
	t.Cleanup(func() { t.Log("cleaned up") })
	t.Run("sub", func(t *testing.T) {
		t.Log("before")
		panic("boom")
	})
}

func TestNilMap(t *testing.T) {
	var m map[string]int
	m["x"] = 1
}

func TestGoexit(t *testing.T) { runtime.Goexit() }

func TestExit0(t *testing.T) { os.Exit(0) }

func TestExit3(t *testing.T) { os.Exit(3) }

func TestFatalOnParent(t *testing.T) {
	t.Run("sub", func(*testing.T) { t.Fatal("the parent") })
	t.Log("never")
}

func TestLogAfter(t *testing.T) {
	var wg sync.WaitGroup
	done := make(chan bool)
	t.Run("sub", func(t *testing.T) {
		wg.Go(func() {
			<-done
			t.Log("too late")
		})
	})
	close(done)
	wg.Wait()
}

func TestFailAfter(t *testing.T) {
	var late *testing.T
	t.Run("sub", func(t *testing.T) { late = t })
	late.Fail()
}

func TestDeadlock(t *testing.T) { select {} }

func TestTimeout(t *testing.T) {
	t.Run("sleeper", func(t *testing.T) {
		t.Log("going to sleep")
		time.Sleep(time.Hour)
	})
}

func TestPanicInCleanup(t *testing.T) {
	t.Cleanup(func() { t.Log("runs all the same") })
	t.Cleanup(func() { panic("in cleanup") })
}

func TestParallelTwice(t *testing.T) {
	t.Parallel()
	t.Parallel()
}

func TestEnvParallel(t *testing.T) {
	t.Setenv("A", "b")
	t.Parallel()
}

func ExamplePanic() {
	println("to stderr")
	panic("in an example")
	// Output: never
}
