package main

type Point struct{ X, Y int }
type Empty struct{}
type Tagged struct {
	Name  string `json:"name"`
	_     int
	a, b  *Tagged
	Empty
	*Point
	inner struct {
		Point
		z float32
	}
}

func main() {
	p := Point{1, 2}
	q := p
	q.X = 5
	t := Tagged{Point: &q}
	t.inner.X = 3
	u := t
	u.inner.Point.Y = 9
	println(p == q, t.X, t.inner.Y, u.inner.Y, t.a == t.b, Empty{} == Empty{}, struct{ a int }{1} == struct{ a int }{1})
}
