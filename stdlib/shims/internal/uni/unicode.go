package unicode

import real "unicode"

func IsLetter(r rune) bool { return real.IsLetter(r) }
func IsDigit(r rune) bool { return real.IsDigit(r) }
func IsSpace(r rune) bool { return real.IsSpace(r) }
func ToUpper(r rune) rune { return real.ToUpper(r) }
func ToLower(r rune) rune { return real.ToLower(r) }
func ToTitle(r rune) rune { return real.ToTitle(r) }
