package main

func f( {
	if x {
	for i := 0; i < 3 {
	switch { case: default default: }
	a := [...]int{1, 2
	var = 3
	x y z
	}
}

type T struct { a b c }
import "late"
func (a, b T) m() { else { } }
const a, b = 1 2
func g() { "unterminated
	'ab' '' `raw
