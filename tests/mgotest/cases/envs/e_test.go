package envs

import (
	"os"
	"testing"
)

func TestSetenv(t *testing.T) {
	t.Setenv("DIF", "1")
	t.Log(os.Getenv("DIF"))
	t.Cleanup(func() { t.Log(os.Getenv("DIF")) })
}
func TestAfter(t *testing.T) { _, ok := os.LookupEnv("DIF"); t.Log(ok) }
func TestChdir(t *testing.T) {
	d := t.TempDir()
	t.Chdir(d)
	w, _ := os.Getwd()
	t.Log(w == d, os.Getenv("PWD") == d)
}
func TestSetenvParallel(t *testing.T) { t.Parallel(); t.Setenv("A", "b") }
func TestParallelSetenv(t *testing.T) { t.Setenv("A", "b"); t.Parallel() }
func TestParentParallel(t *testing.T) {
	t.Parallel()
	t.Run("s", func(t *testing.T) { t.Setenv("A", "b") })
}
func TestChdirParallel(t *testing.T) { t.Chdir("."); t.Parallel() }
