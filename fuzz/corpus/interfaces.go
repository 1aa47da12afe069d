package main

type E struct{ code int }

func (e *E) Error() string { return "E" }

func mayFail(b bool) error {
	if b {
		return &E{3}
	}
	return nil
}

func main() {
	err := mayFail(true)
	if e, ok := err.(*E); ok {
		println(e.code, err.Error())
	}
	var any1, any2 any = 1, 1.0
	println(any1 == any2, any1 == 1, mayFail(false) == nil)
	switch v := any1.(type) {
	case nil:
	case int, string:
		println(v == 1)
	case func(), []int:
	case interface{ Error() string }:
		println(v.Error())
	default:
		_ = v
	}
	_, ok := any1.(interface{ F(...int) (a, b int) })
	println(ok)
}
