package main

func main() {
	a := []int{0, 1, 2, 3, 4}
	b := a[1:3]
	b = append(b, 10)
	c := a[1:3:3]
	c = append(c, 20)
	d := a[:0]
	var n []int
	copy(a[2:], a)
	println(a[3], len(b), cap(b), c[2], len(d), cap(d), n == nil, len(n[:0]))
	m := [][]int{{1}, nil, {2, 3}}
	m[1] = append(m[1], m[2]...)
	s := "hello"[1:4]
	println(len(m[1]), s, s[len(s)-1], a[len(a)-1:][0])
}
