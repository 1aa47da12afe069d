package main

func main() {
	var a [3]int
	b := [...]string{2: "c", 0: "a"}
	p := &a
	for i := range p {
		p[i] = i * i
	}
	c := a
	c[1]++
	println(a == c, len(b), b[2], cap(p[:2:2]))
	var m [2][3]struct{ x, y int8 }
	m[1][2].y = 4
	println(m[1][2].x, m[1][2].y, [0]int{} == [0]int{})
}
