package bytes

import uni "unicode"

import real "bytes"

func Index(s, sep []byte) int { return real.Index(s, sep) }
func LastIndex(s, sep []byte) int { return real.LastIndex(s, sep) }
func IndexByte(b []byte, c byte) int { return real.IndexByte(b, c) }
func LastIndexByte(s []byte, c byte) int { return real.LastIndexByte(s, c) }
func IndexAny(s []byte, chars string) int { return real.IndexAny(s, chars) }
func LastIndexAny(s []byte, chars string) int { return real.LastIndexAny(s, chars) }
func Count(s, sep []byte) int { return real.Count(s, sep) }
func Equal(a, b []byte) bool { return real.Equal(a, b) }
func Compare(a, b []byte) int { return real.Compare(a, b) }
func EqualFold(s, t []byte) bool { return real.EqualFold(s, t) }
func IndexRune(s []byte, r rune) int { return real.IndexRune(s, r) }
func Replace(s, old, new []byte, n int) []byte { return real.Replace(s, old, new, n) }
func ToUpper(s []byte) []byte { return real.ToUpper(s) }
func ToLower(s []byte) []byte { return real.ToLower(s) }
func ToTitle(s []byte) []byte { return real.ToTitle(s) }
func ToValidUTF8(s, replacement []byte) []byte { return real.ToValidUTF8(s, replacement) }

func trimLeft(s []byte, c string) int { return len(s) - len(real.TrimLeft(s, c)) }
func trimRight(s []byte, c string) int { return len(s) - len(real.TrimRight(s, c)) }
func trimSpaces(s []byte) (lo, hi int) {
	lo = len(s) - len(real.TrimLeftFunc(s, uni.IsSpace))
	if lo == len(s) { return lo, lo }
	return lo, len(real.TrimRightFunc(s, uni.IsSpace))
}
func nextField(s []byte, from int) (lo, hi int) {
	lo = real.IndexFunc(s[from:], func(r rune) bool { return !uni.IsSpace(r) })
	if lo < 0 { return len(s), len(s) }
	lo += from
	hi = real.IndexFunc(s[lo:], uni.IsSpace)
	if hi < 0 { return lo, len(s) }
	return lo, lo + hi
}
