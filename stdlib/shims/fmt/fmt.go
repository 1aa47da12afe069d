package fmt

import (
	"encoding/hex"
	"math"
	"strings"
)

func plain(buf []byte, a []any, ln bool) (out []byte, ok bool)           { return buf, false }
func plainf(buf []byte, format string, a []any) (out []byte, ok bool) {
	if len(a) == 0 && !strings.Contains(format, "%") {
		return append(buf, format...), true
	}
	return buf, false
}
func indexByte(s string, c byte, from int) int {
	if i := strings.IndexByte(s[from:], c); i >= 0 {
		return from + i
	}
	return len(s)
}
func appendHex(dst []byte, s string, upper, sep, prefix bool) []byte {
	for i := range len(s) {
		h := hex.EncodeToString([]byte{s[i]})
		if i > 0 && sep {
			dst = append(dst, ' ')
		}
		if prefix && (i == 0 || sep) {
			h = "0x" + h
		}
		if upper {
			h = strings.ToUpper(h)
		}
		dst = append(dst, h...)
	}
	return dst
}
func ldexp(f float64, e int) float64 { return math.Ldexp(f, e) }
