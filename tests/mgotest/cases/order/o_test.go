package order

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCleanupOrder(t *testing.T) {
	t.Cleanup(func() { t.Log("first registered") })
	t.Cleanup(func() { t.Log("second registered"); t.Cleanup(func() { t.Log("registered in a cleanup") }) })
	t.Run("a", func(t *testing.T) {
		t.Cleanup(func() { t.Log("a's cleanup") })
		t.Run("b", func(t *testing.T) { t.Cleanup(func() { t.Log("b's cleanup") }) })
		t.Log("a ends")
	})
	defer t.Log("deferred")
	t.Log("ends")
}

func TestCleanupFails(t *testing.T) {
	t.Cleanup(func() { t.Error("failed in cleanup") })
	t.Run("sub", func(t *testing.T) {
		t.Cleanup(func() { t.Fatal("fatal in cleanup") })
		t.Cleanup(func() { t.Log("before") })
	})
}

func TestCleanupSkips(t *testing.T) {
	t.Cleanup(func() { t.Skip("skip in cleanup") })
}

func TestParallelGroups(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Run("x", func(t *testing.T) { t.Parallel(); t.Log(t.Name()) })
			t.Run("y", func(t *testing.T) { t.Parallel(); t.Log(t.Name()) })
		})
	}
}

func TestNames(t *testing.T) {
	for _, n := range []string{"a b", "", "", "a/b", "ü\n\x00", "#01", "x", "x", "x#01", "\"q\"", strings.Repeat("l", 60)} {
		t.Run(n, func(t *testing.T) {})
	}
}

func TestTempDir(t *testing.T) {
	d := t.TempDir()
	if err := os.WriteFile(filepath.Join(d, "f"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Log(filepath.Base(d), filepath.Base(filepath.Dir(d)) != "")
	t.Run("s/u b", func(t *testing.T) { t.Log(filepath.Base(t.TempDir()), filepath.Base(t.TempDir())) })
}

func TestDeadline(t *testing.T) {
	_, ok := t.Deadline()
	t.Log(ok)
	ctx := t.Context()
	t.Log(ctx.Err())
	t.Cleanup(func() { t.Log(ctx.Err()) })
}

func TestOutputs(t *testing.T) {
	t.Log("multi\nline\n")
	t.Logf("no newline")
	t.Logf("%d%%\n\n", 5)
	t.Log()
	t.Error()
	t.Errorf("")
	os.Stdout.WriteString("no newline to stdout")
	t.Log("after")
	t.Output().Write([]byte("to Output, "))
	t.Output().Write([]byte("in pieces\nand"))
	t.Attr("key", "value")
	t.Log("x\r\ny")
}

func helper(t *testing.T)  { t.Helper(); helper2(t) }
func helper2(t *testing.T) { t.Helper(); t.Log("from helper") }
func TestHelpers(t *testing.T) {
	helper(t)
	func() { t.Helper(); t.Error("in literal") }()
	t.Run("s", func(t *testing.T) { helper(t) })
}

func TestFailNowInSub(t *testing.T) {
	t.Run("a", func(t *testing.T) { t.FailNow() })
	t.Run("b", func(t *testing.T) { t.SkipNow() })
	t.Run("c", func(t *testing.T) { t.Error("x"); t.Skip("y") })
	t.Log(t.Failed(), t.Skipped())
}

func TestSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	time.Sleep(time.Millisecond)
}
