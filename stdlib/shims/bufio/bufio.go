package bufio

import "unicode"
import "unicode/utf8"



func word(data []byte) (start, end, next int) {
	for start < len(data) {
		r, w := utf8.DecodeRune(data[start:])
		if !unicode.IsSpace(r) { break }
		start += w
	}
	for i := start; i < len(data); {
		r, w := utf8.DecodeRune(data[i:])
		if unicode.IsSpace(r) { return start, i, i + w }
		i += w
	}
	return start, -1, 0
}
