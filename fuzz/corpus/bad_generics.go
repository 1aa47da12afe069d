package main

type C interface{ ~int | string }

func f[T C](x T) T { return x }
func g[A, B any](a A) (b B) { return }

type L[T any] struct{ x T }

func (l L[int]) m()      {}
func (l L) n()           {}
func (l L[A, B]) o()     {}

var v C
var w L
var x L[int, string]
var y = f[bool]

func main() {
	f(1.5)
	f("a" + 1)
	g(1)
	g[int]
	_ = f
	var t interface{ int }
	L[int]{1}.m[int]()
	func[T any]() {}
}

type R[T any] struct{ r R[*T] }
type ~int
type X interface{ ~[]byte | comparable | error | ~error }
