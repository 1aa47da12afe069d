package main

type P struct{ X, Y int }
type L struct {
	P
	Z    *P
	m    map[P][]P
	f    func(int) P
	anon struct{ a, b string }
}

func main() {
	l := L{X: 1, Z: &P{2, 3}, m: map[P][]P{{1, 2}: {{3, 4}, {}}}, f: func(i int) P { return P{Y: i} }}
	s := []*P{{1, 2}, nil, 4: {Y: 3}}
	a := [...][]int{{1}, {2, 3}, 3: nil}
	l.anon = struct{ a, b string }{"x", `raw
string`}
	println(l.X, l.Z.Y, len(l.m), l.f(2).Y, len(s), len(a), l.anon.b)
}
