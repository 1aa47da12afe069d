package cover

import "testing"

func TestF(t *testing.T) {
	F(1)
	F(2)
	F(5)
	G(1)
	G("x")
	Loop(10)
	table[0](1)
	var x T
	x.Inc()
	x.Get()
	Empty()
}
