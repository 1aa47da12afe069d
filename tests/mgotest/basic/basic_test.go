package basic

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSqrt(t *testing.T) {
	for _, c := range []struct {
		name    string
		n, want int
	}{{"zero", 0, 0}, {"two words", 17, 4}, {"wrong", 9, 2}, {"wrong", 16, 4}, {"", 1, 1}, {"a/b", 2, 1}, {"tab\tand\x01", 1, 1}, {"#00", 1, 1}} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Sqrt(c.n)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("Sqrt(%d) = %d, want %d", c.n, got, c.want)
			}
		})
	}
}

func TestError(t *testing.T) {
	if _, err := Sqrt(-1); !errors.Is(err, ErrNegative) {
		t.Fatalf("error %v", err)
	}
	if hidden() != 42 {
		t.Fatal("hidden")
	}
}

func mustEqual(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func nested(t testing.TB, got string) {
	t.Helper()
	mustEqual(t, got, "nested")
}

func TestHelper(t *testing.T) {
	mustEqual(t, Reverse("abc"), "cbx")
	nested(t, "deep")
	t.Run("sub", func(t *testing.T) {
		nested(t, "deeper")
		func() {
			t.Helper()
			t.Log("in a literal")
		}()
	})
}

func TestOutput(t *testing.T) {
	fmt.Println("on standard output")
	fmt.Fprintln(os.Stderr, "on standard error")
	t.Log("one\ntwo\n")
	t.Logf("%d", 3)
	fmt.Fprint(t.Output(), "whole\npart")
	t.Log("after a part")
	fmt.Fprint(t.Output(), "last part")
	fmt.Print("no newline")
}

func TestSkip(t *testing.T) {
	t.Run("now", func(t *testing.T) { t.SkipNow() })
	t.Run("why", func(t *testing.T) { t.Skip("because", 1) })
	t.Run("f", func(t *testing.T) {
		defer func() {
			if !t.Skipped() || t.Failed() {
				t.Error("not skipped")
			}
		}()
		t.Skipf("%s", "formatted")
	})
	if testing.Short() {
		t.Skip("short")
	}
}

func TestCleanup(t *testing.T) {
	var order []string
	t.Run("in", func(t *testing.T) {
		t.Cleanup(func() { order = append(order, "first") })
		t.Cleanup(func() {
			order = append(order, "second")
			t.Log("cleaning up")
		})
		defer func() { order = append(order, "deferred") }()
		ctx := t.Context()
		t.Cleanup(func() {
			if ctx.Err() == nil {
				t.Error("the context is not cancelled")
			}
		})
	})
	if got := strings.Join(order, " "); got != "deferred second first" {
		t.Error(got)
	}
}

func TestFatalRunsDeferred(t *testing.T) {
	defer t.Log("deferred")
	t.Run("fatal", func(t *testing.T) {
		defer t.Log("deferred")
		t.Fatal("fatal")
		t.Log("never")
	})
	t.FailNow()
}

func TestDirs(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	if a == b || filepath.Dir(a) != filepath.Dir(b) || filepath.Base(a) != "001" {
		t.Error(a, b)
	}
	if err := os.WriteFile(filepath.Join(a, "x"), []byte("x"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Run("env", func(t *testing.T) {
		t.Setenv("BASIC_TEST", "set")
		t.Chdir(a)
		if _, err := os.Stat("x"); err != nil {
			t.Error(err)
		}
	})
	if _, ok := os.LookupEnv("BASIC_TEST"); ok {
		t.Error("still set")
	}
	if _, err := os.Stat("basic_test.go"); err != nil {
		t.Error(err)
	}
}

func TestParallel(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Log(name)
		})
	}
	t.Run("serial", func(t *testing.T) {})
}

func TestDeadline(t *testing.T) {
	d, ok := t.Deadline()
	if ok && time.Until(d) <= 0 {
		t.Error("over")
	}
	if !testing.Testing() {
		t.Error("not testing")
	}
	t.Attr("key", "some value")
	t.Log(t.Name(), testing.CoverMode() != "")
}

func TestAllocs(t *testing.T) {
	var sink *int
	n := testing.AllocsPerRun(100, func() { sink = new(int) })
	if n != 1 || sink == nil {
		t.Error(n)
	}
}
