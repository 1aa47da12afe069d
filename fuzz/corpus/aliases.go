package main

type A = []int
type B[T any] = map[string]T
type C = B[A]
type D[P any, Q comparable] = func(P) (Q, error)

func f(c C) A { return c["x"] }

func main() {
	var d D[int, string] = func(int) (string, error) { return "", nil }
	s, err := d(1)
	println(len(f(C{"x": {1, 2}})), s, err == nil)
}
