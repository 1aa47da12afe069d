// Package basic is tested by tests of every kind.
package basic

import "errors"

// ErrNegative is returned for numbers below 0.
var ErrNegative = errors.New("negative")

// Sqrt gives the whole part of the square root.
func Sqrt(n int) (int, error) {
	if n < 0 {
		return 0, ErrNegative
	}
	r := 0
	for (r+1)*(r+1) <= n {
		r++
	}
	return r, nil
}

// Reverse turns a string round.
func Reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func hidden() int { return 42 }
