package main

type N struct {
	v    int
	next *N
}

func swap(a, b *int) { *a, *b = *b, *a }

func main() {
	x, y := 1, 2
	swap(&x, &y)
	n := &N{1, &N{2, nil}}
	pp := &n
	(*pp).next.v = 5
	(**pp).v++
	a := [2]int{1, 2}
	q := &a[1]
	*q++
	s := struct{ f [2]struct{ g *int } }{}
	s.f[1].g = q
	*s.f[1].g *= 2
	println(x, y, n.v, n.next.v, a[1], s.f[0].g == nil)
}
