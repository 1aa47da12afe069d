package main

import "fmt"
import "no/such"

var a int = "x"
var b, c = 1
var d undefined
var e = nil

type S struct{ a, a int }
type I interface{ m(); m() }

func f(x int, x string) {}
func f() {}
func (t T) m()        {}
func (t *int) m()     {}
func (s S) a()        {}
func g() int          {}
func init() int       { return 1 }
func main(args []string) {
	x := 1
	x := 2
	var unused int
L:
	goto M
	break
	return 1
}
