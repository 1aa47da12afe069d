package cover

import "fmt"

var table = []func(int) int{
	func(x int) int { return x + 1 },
	func(x int) int {
		return x * 2
	},
}

type T struct{ n int }

func (t *T) Inc() { t.n++ }
func (t T) Get() int { return t.n }

func Empty() {}

func Empty2() {
	// nothing
}

func F(x int) (r int) {
	// comment first

	a := x

	// gap
	b := a + 1
	if a > 3 {
		r = 1
	} else if b > 2 {
		r = 2

		// another gap

		r++
	} else {
	}
	switch {
	case x == 1:
		fmt.Sprint(
			"a",

			"b",
		)
	case x == 2:
	default:
		r += 3
	}
	switch y := any(x).(type) {
	case int:
		r += y
	case string:
	}
outer:
	for i := 0; i < 3; i++ {
		for {
			if i == 1 {
				continue outer
			}
			break
		}
	}
	g := func() int {
		return 3
	}
	r += g()
	goto done
done:
	r++
	if x > 100 {
		panic("x")
	}
	select {
	default:
		r++
	}
	{
		r--
	}
	const (
		c = 1

		d = 2
	)
	for range 3 {
	}
	func() {
		defer func() { recover() }()
	}()
	return r
}

func G[E any](x E) E {
	if any(x) == nil {
		return x
	}
	return x
}

func Loop(n int) (s int) {
	for i := range n {
		if i%2 == 0 { s += i; continue }
		s -= i
	}
	return
}

func unused() int {
	x := 1
	return x
}

func main() {}
