package b

import "example.com/multi/b/internal/x"

func Name() string { return x.X }

func Unused(n int) int {
	if n > 0 {
		return n
	}
	return -n
}
