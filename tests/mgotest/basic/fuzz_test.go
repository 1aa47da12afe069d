package basic

import (
	"testing"
	"unicode/utf8"
)

func FuzzReverse(f *testing.F) {
	f.Add("abc")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, s string) {
		if r := Reverse(s); utf8.ValidString(s) && Reverse(r) != s {
			t.Errorf("%q", s)
		}
		if s == "from a file" {
			t.Log("file seen")
		}
		if s == "bad seed" {
			t.Errorf("bad: %q", s)
		}
	})
}

func FuzzAll(f *testing.F) {
	f.Add([]byte("x"), true, byte(1), 'x', int8(-8), int(-1), float32(0.5), 2.5)
	f.Fuzz(func(t *testing.T, b []byte, ok bool, c byte, r rune, i8 int8, i int, f32 float32, f64 float64) {
		t.Log(b, ok, c, r, i8, i, f32, f64)
	})
}

func FuzzSkipped(f *testing.F) { f.Skip("not now") }

func FuzzForgotten(f *testing.F) {}

func FuzzMismatch(f *testing.F) {
	f.Add(1)
	f.Fuzz(func(t *testing.T, s string) {})
}
