package main

func apply[T, U any](x T, f func(T) U) U { return f(x) }
func id[T any](x T) T                     { return x }
func pair[K comparable, V any](k K, v V) map[K]V {
	return map[K]V{k: v}
}

type F[T any] func(T) T

func main() {
	var f func(int) int = id
	var g F[string] = id
	var c chan func(float64) float64 = make(chan func(float64) float64, 1)
	c <- id
	h := []func(int) int{id, id[int]}
	println(apply(1, id[int]), f(2), g("a"), (<-c)(1.5), h[0](3), len(pair("a", 1.5)), apply(2, func(i int) string { return "s" }))
}
