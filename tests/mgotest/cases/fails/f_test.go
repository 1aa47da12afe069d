package fails

import (
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"
)

type e struct{ n int }

func (x e) Error() string { return fmt.Sprint("e", x.n) }

func TestPanicInSub(t *testing.T) {
	t.Log("log")
	t.Run("a", func(t *testing.T) { t.Log("in a"); t.Run("b", func(t *testing.T) { panic(e{3}) }) })
}
func TestPanicInParallel(t *testing.T) {
	t.Run("a", func(t *testing.T) { t.Parallel(); panic(errors.New("par")) })
}
func TestPanicAfterFail(t *testing.T)        { t.Error("failed"); var m map[string]int; m["a"] = 1 }
func TestPanicInCleanupAndTest(t *testing.T) { t.Cleanup(func() { panic("cleanup") }); panic("test") }
func TestPanicInSubCleanup(t *testing.T) {
	t.Run("s", func(t *testing.T) { t.Cleanup(func() { panic("sub cleanup") }) })
}
func TestPanicDefer(t *testing.T) { defer func() { panic("second") }(); panic("first") }
func TestRepanic(t *testing.T) {
	defer func() { r := recover(); panic(fmt.Sprint("again ", r)) }()
	panic("first")
}
func TestFatalGoroutine(t *testing.T) {
	done := make(chan bool)
	go func() { defer close(done); t.Fatal("from a goroutine") }()
	<-done
	t.Log("goes on")
}
func TestGoroutinePanic(t *testing.T) { go func() { panic("goroutine") }(); time.Sleep(time.Second) }
func TestGoexitSub(t *testing.T)      { t.Run("s", func(t *testing.T) { runtime.Goexit() }) }
func TestPanicNil(t *testing.T)       { panic(nil) }
func TestErrorsAfter(t *testing.T)    { t.Error(1); t.Fatal(2); t.Error(3) }
func TestRunAfterParent(t *testing.T) {
	var p *testing.T = t
	t.Run("s", func(t *testing.T) { t.Run("deep", func(*testing.T) { p.FailNow() }) })
}
func TestOk(t *testing.T) {}
