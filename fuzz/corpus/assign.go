package main

func two() (int, string) { return 1, "a" }

func main() {
	a, b := 1, 2
	a, b = b, a
	x := []int{1, 2, 3}
	i := 0
	i, x[i] = 2, 9
	x[i] += 4
	x[i] <<= 1
	x[i] &^= 2
	n, s := two()
	_, s = two()
	var m = map[string]int{}
	m["a"]++
	v, ok := m["a"]
	println(a, b, x[0], x[2], n, s, v, ok)
}
