package main

type Number interface {
	~int | ~int8 | ~uint | ~float64
}
type Stringer interface {
	comparable
	String() string
}
type N[P N[P]] interface{ Less(P) bool }
type I int

func (i I) Less(j I) bool    { return i < j }
func (i I) String() string   { return "I" }
func smallest[T N[T]](a, b T) T {
	if a.Less(b) {
		return a
	}
	return b
}
func sum[S ~[]E, E Number](s S) (t E) {
	for _, x := range s {
		t += x
	}
	return t
}
func keys[K Stringer, V any](m map[K]V) (r []string) {
	for k := range m {
		r = append(r, k.String())
	}
	return r
}

func main() {
	println(smallest[I](3, 2), sum([]float64{1, 2.5}), len(keys(map[I]bool{1: true})))
}
