package main

func f(pre string, xs ...any) int { return len(pre) + len(xs) }
func g() (string, int, error)     { return "", 1, nil }
func h(xs ...[]int) (n int) {
	for _, x := range xs {
		n += len(x)
	}
	return
}

func main() {
	println(f("a"), f("a", 1, "x", nil), f("a", []any{1, 2}...), f(g()), f("", nil...), h([]int{1}, nil), h())
}
