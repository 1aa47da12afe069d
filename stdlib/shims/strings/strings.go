package strings

import uni "unicode"

import real "strings"

func Replace(s, old, new string, n int) string { return real.Replace(s, old, new, n) }
func ToUpper(s string) string { return real.ToUpper(s) }
func ToLower(s string) string { return real.ToLower(s) }
func ToTitle(s string) string { return real.ToTitle(s) }
func ToValidUTF8(s, replacement string) string { return real.ToValidUTF8(s, replacement) }
func Join(elems []string, sep string) string { return real.Join(elems, sep) }
func Clone(s string) string { return real.Clone(s) }
func Index(s, substr string) int { return real.Index(s, substr) }
func LastIndex(s, substr string) int { return real.LastIndex(s, substr) }
func IndexByte(s string, c byte) int { return real.IndexByte(s, c) }
func LastIndexByte(s string, c byte) int { return real.LastIndexByte(s, c) }
func IndexAny(s, chars string) int { return real.IndexAny(s, chars) }
func LastIndexAny(s, chars string) int { return real.LastIndexAny(s, chars) }
func Count(s, substr string) int { return real.Count(s, substr) }
func EqualFold(s, t string) bool { return real.EqualFold(s, t) }
func IndexRune(s string, r rune) int { return real.IndexRune(s, r) }

func share(b []byte) string { return string(b) }
func repeat(s string, n int) string { return real.Repeat(s, n) }
func trimLeft(s, c string) int { return len(s) - len(real.TrimLeft(s, c)) }
func trimRight(s, c string) int { return len(s) - len(real.TrimRight(s, c)) }
func trimSpaces(s string) (lo, hi int) {
	lo = len(s) - len(real.TrimLeftFunc(s, uni.IsSpace))
	if lo == len(s) { return lo, lo }
	return lo, len(real.TrimRightFunc(s, uni.IsSpace))
}
func nextField(s string, from int) (lo, hi int) {
	lo = real.IndexFunc(s[from:], func(r rune) bool { return !uni.IsSpace(r) })
	if lo < 0 { return len(s), len(s) }
	lo += from
	hi = real.IndexFunc(s[lo:], uni.IsSpace)
	if hi < 0 { return lo, len(s) }
	return lo, lo + hi
}
func replacePairs(s string, on []string) string { return real.NewReplacer(on...).Replace(s) }
