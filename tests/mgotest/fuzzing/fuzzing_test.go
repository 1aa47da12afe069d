package fuzzing

import (
	"os"
	"testing"
)

// FuzzGate is found by coverage only.
func FuzzGate(f *testing.F) {
	f.Add("closed")
	f.Fuzz(func(t *testing.T, s string) {
		if Gate(s) {
			t.Errorf("the gate opens for %q", s)
		}
	})
}

func FuzzKinds(f *testing.F) {
	f.Add([]byte("ab"), "s", true, byte(1), 'r', int16(2), uint64(3), 1.5, float32(2))
	f.Fuzz(func(t *testing.T, a []byte, s string, b bool, c byte, r rune, i int16, u uint64, x float64, y float32) {
		t.Run("sub", func(t *testing.T) {})
		clear(a)
	})
}

func FuzzPanics(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 3 {
			panic("long")
		}
	})
}

func FuzzExits(f *testing.F) {
	f.Fuzz(func(t *testing.T, n int) {
		if n > 1000 {
			os.Exit(3)
		}
	})
}

func FuzzWrongSeed(f *testing.F) {
	f.Add(6)
	f.Add(7)
	f.Fuzz(func(t *testing.T, n int) {
		if n == 7 {
			t.Fatal("seven")
		}
	})
}

func FuzzSkips(f *testing.F) { f.Skip("not now") }

func FuzzWrongType(f *testing.F) {
	f.Add("text")
	f.Fuzz(func(t *testing.T, n int) {})
}

func FuzzHangs(f *testing.F) {
	f.Fuzz(func(t *testing.T, s string) {
		for len(s) > 0 {
		}
	})
}

func TestPlain(t *testing.T) { t.Log("runs first") }
