package unicode

import "sort"
import real "unicode"

func IsLetter(r rune) bool { return real.IsLetter(r) }
func IsDigit(r rune) bool { return real.IsDigit(r) }
func IsNumber(r rune) bool { return real.IsNumber(r) }
func IsSpace(r rune) bool { return real.IsSpace(r) }
func IsUpper(r rune) bool { return real.IsUpper(r) }
func IsLower(r rune) bool { return real.IsLower(r) }
func IsTitle(r rune) bool { return real.IsTitle(r) }
func IsPunct(r rune) bool { return real.IsPunct(r) }
func IsSymbol(r rune) bool { return real.IsSymbol(r) }
func IsMark(r rune) bool { return real.IsMark(r) }
func IsControl(r rune) bool { return real.IsControl(r) }
func IsGraphic(r rune) bool { return real.IsGraphic(r) }
func IsPrint(r rune) bool { return real.IsPrint(r) }
func ToUpper(r rune) rune { return real.ToUpper(r) }
func ToLower(r rune) rune { return real.ToLower(r) }
func ToTitle(r rune) rune { return real.ToTitle(r) }
func SimpleFold(r rune) rune { return real.SimpleFold(r) }

var list []*real.RangeTable

func init() {
	add := func(m map[string]*real.RangeTable) {
		var ks []string
		for k := range m { ks = append(ks, k) }
		sort.Strings(ks)
		for _, k := range ks { list = append(list, m[k]) }
	}
	add(real.Categories)
	add(real.Scripts)
	add(real.Properties)
}

func isIn(id int, r rune) bool { return real.Is(list[id-1], r) }
