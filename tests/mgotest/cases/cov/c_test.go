package cov

import "testing"

func TestSign(t *testing.T) {
	Sign(1)
	Sign(-1)
	T{}.Method()
	Gen(1)
	Gen("a")
	Empty()
}
