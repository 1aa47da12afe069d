// Package p has a bit of everything.
package p

import (
	"fmt"
	m "math"
)

const (
	A, B int = iota, 0x1F + 'x'
	C, D
)

//go:embed x
var text = `raw` + "s\n"

type (
	Point struct {
		X, Y float64 `json:"x"`
		*Base
		fmt.Stringer
	}
	Pair[K comparable, V any] struct {
		Key K
		Val V
	}
	Num interface {
		~int | ~float64
		String() string
	}
	Fn  func(a, b int, rest ...string) (n int, err error)
	Arr [A + 1][...]map[string]chan<- []*Point
)

func (p *Point) Len() float64 { return m.Sqrt(p.X*p.X + p.Y*p.Y) }

func Map[T, U any](xs []T, f func(T) U) []U {
	out := make([]U, 0, len(xs))
	for _, x := range xs {
		out = append(out, f(x))
	}
	return out
}

func main() {
	var x, y = 1, 2
	x, y = y, x
	z := []Point{{X: 1}, {2, 3, nil, nil}}[1:2:2]
	if p, ok := any(z).(fmt.Stringer); ok && p != nil {
		fmt.Println(p)
	} else if x > 0 {
		x++
	} else {
		y &^= 3 << 1
	}
outer:
	for i := 0; i < 10; i++ {
		switch v := any(i).(type) {
		case int, *Point:
			continue outer
		case nil:
			break outer
		default:
			_ = v
		}
	}
	for range 3 {
		select {
		case c <- <-d:
		case v, ok := <-c:
			_, _ = v, ok
		default:
			goto end
		}
	}
	defer func(a ...int) {
		recover()
	}(1, 2)
	go Map[int, string](nil, func(i int) string { return fmt.Sprint(i) })
	switch x := f(); {
	case x > 1, !(x < 2):
		fallthrough
	default:
	}
end:
}
