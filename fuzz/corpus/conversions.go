package main

type S string
type T struct{ a int }
type U struct {
	a int `tag:"x"`
}

func main() {
	b := []byte("ab\xff")
	r := []rune("ä\xff")
	s := string(r) + string(b) + string(rune(65)) + string(S("x"))
	var t T = T(U{1})
	var p *T = (*T)(&U{2})
	a := [2]byte(b)
	q := (*[1]byte)(b)
	f := 1e10
	println(s, t.a, p.a, a[1], q[0], int8(len(s)*50), uint8(int(f)), float32(1)/3, (func())(nil) == nil, (<-chan int)(nil) == nil)
}
