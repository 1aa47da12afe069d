package main

type Pair[A, B any] struct {
	a A
	b B
}
type Tree[K interface{ ~int | ~string }, V any] struct {
	left, right *Tree[K, V]
	Pair[K, V]
}

func (t *Tree[K, V]) Put(k K, v V) *Tree[K, V] {
	switch {
	case t == nil:
		return &Tree[K, V]{Pair: Pair[K, V]{k, v}}
	case k < t.a:
		t.left = t.left.Put(k, v)
	default:
		t.right = t.right.Put(k, v)
	}
	return t
}
func zero[T any]() (z T) { return }
func kind[T any](x T) string {
	switch any(x).(type) {
	case int:
		return "int"
	case []T:
		return "slice"
	case interface{ m() }:
		return "m"
	}
	return "?"
}

func main() {
	var t *Tree[string, int]
	t = t.Put("b", 1).Put("a", 2)
	println(t.left.a, t.b, zero[[2]int]()[1], kind(1), kind("x"))
}
