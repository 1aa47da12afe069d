package main

type (
	F  func(a, b int, c ...string) (x, y float64)
	I  interface{ M(); F() F }
	S  struct{ f F; i *I; self *S }
	M  map[[2]string]chan<- chan<- S
	R  []R
	P  *P
	C  chan C
	MM map[string]MM
	FF func(FF) FF
)

func main() {
	var s S
	var r R = R{nil, R{}}
	var p P
	p = &p
	mm := MM{"a": {"b": nil}}
	var ff FF
	ff = func(f FF) FF { return f }
	println(s.f == nil, len(r), *p == p, len(mm["a"]), ff(nil) == nil, M(nil) == nil, C(nil) == nil)
}
