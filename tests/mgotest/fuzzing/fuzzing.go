// Package fuzzing has functions with mistakes that few inputs show.
package fuzzing

// Gate opens for a word that one can find letter by letter.
func Gate(s string) bool {
	if len(s) > 0 && s[0] == 'o' {
		if len(s) > 1 && s[1] == 'p' {
			if len(s) > 2 && s[2] == 'e' {
				if len(s) > 3 && s[3] == 'n' {
					return true
				}
			}
		}
	}
	return false
}
