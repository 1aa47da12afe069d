package strconv

import (
	"errors"
	"strconv"
)

func code(err error) int {
	var e *strconv.NumError
	switch {
	case err == nil:
		return parseOK
	case errors.Is(err, strconv.ErrSyntax):
		return parseSyntax
	case errors.Is(err, strconv.ErrRange):
		return parseRange
	case errors.As(err, &e) && len(e.Err.Error()) > 12 && e.Err.Error()[:12] == "invalid base":
		return parseBase
	}
	return parseBits
}

func parseInt(s string, base, bitSize int) (n int64, c int) {
	n, err := strconv.ParseInt(s, base, bitSize)
	return n, code(err)
}
func parseUint(s string, base, bitSize int) (n uint64, c int) {
	n, err := strconv.ParseUint(s, base, bitSize)
	return n, code(err)
}
func parseFloat(s string, bitSize int) (f float64, n, c int) {
	for n = len(s); n > 0; n-- {
		f, err := strconv.ParseFloat(s[:n], bitSize)
		if k := code(err); k != parseSyntax {
			return f, n, k
		}
	}
	return 0, 0, parseSyntax
}
func FormatInt(i int64, base int) string                   { return strconv.FormatInt(i, base) }
func FormatUint(i uint64, base int) string                 { return strconv.FormatUint(i, base) }
func AppendInt(dst []byte, i int64, base int) []byte       { return strconv.AppendInt(dst, i, base) }
func AppendUint(dst []byte, i uint64, base int) []byte     { return strconv.AppendUint(dst, i, base) }
func Itoa(i int) string                                    { return strconv.Itoa(i) }
func FormatFloat(f float64, fmt byte, prec, bitSize int) string {
	return strconv.FormatFloat(f, fmt, prec, bitSize)
}
func AppendFloat(dst []byte, f float64, fmt byte, prec, bitSize int) []byte {
	return strconv.AppendFloat(dst, f, fmt, prec, bitSize)
}
func quote(s string, q byte, mode int) string {
	switch mode {
	case quotePrint:
		return strconv.Quote(s)
	case quoteASCII:
		return strconv.QuoteToASCII(s)
	}
	return strconv.QuoteToGraphic(s)
}
func quoteRune(r rune, mode int) string {
	switch mode {
	case quotePrint:
		return strconv.QuoteRune(r)
	case quoteASCII:
		return strconv.QuoteRuneToASCII(r)
	}
	return strconv.QuoteRuneToGraphic(r)
}
func unquote(s string) (string, bool) {
	out, err := strconv.Unquote(s)
	return out, err == nil
}
func quotedLen(s string) int {
	p, err := strconv.QuotedPrefix(s)
	if err != nil {
		return -1
	}
	return len(p)
}
func IsPrint(r rune) bool         { return strconv.IsPrint(r) }
func IsGraphic(r rune) bool       { return strconv.IsGraphic(r) }
func CanBackquote(s string) bool  { return strconv.CanBackquote(s) }
