package main

type List[T any] struct {
	next *List[T]
	val  T
}

func (l *List[T]) Push(v T) *List[T] { return &List[T]{l, v} }
func (l *List[_]) Len() (n int) {
	for ; l != nil; l = l.next {
		n++
	}
	return
}
func (l *List[T]) Map[U any](f func(T) U) *List[U] {
	if l == nil {
		return nil
	}
	return &List[U]{l.next.Map(f), f(l.val)}
}

type IntList = List[int]

func main() {
	var l *IntList
	l = l.Push(1).Push(2)
	s := l.Map(func(i int) string { return string(rune('a' + i)) })
	println(l.Len(), s.val, s.Len())
}
