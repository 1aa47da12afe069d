package main

import (
	"fmt"
	. "strings"
)

var g, h int = 1, 2

func main() {
	;
	{
	}
	var (
		a    = 1
		b, c string
	)
	const local = 3
	type T struct{ _ int }
	fmt.Println(a, b, c, local, T{}, Repeat("ab", 2))
	if x, err := fmt.Sscan("1", &a); err != nil || x > 1 {
	} else if y := x; y == 1 {
		g, h = h, g
	}
	switch x := g; x + 1 {
	}
	switch {
	}
	for false {
	}
	for ; ; a++ {
		break
	}
	go func() {}()
	a--
	(func() {})()
}
