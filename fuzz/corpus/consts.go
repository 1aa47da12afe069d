package main

const (
	_  = iota
	KB = 1 << (10 * iota)
	MB
	a, b = iota, "x"
	_, c
)

const big = 1 << 100
const f = big >> 98
const typed int8 = -1 << 7

type weekday uint

const (
	sunday weekday = iota
	monday
)

func main() {
	println(KB, MB, a, b, c, f, typed, monday, big/3 == big/3, 07_1, 0b1_0, 0o17, 0x_ff, 1e3, 'x', '\u00e4', "\xff\u12e4")
}
