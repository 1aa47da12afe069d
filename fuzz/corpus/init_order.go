package main

var a = b + f()
var b = c * 2
var c = func() int { println("c"); return 3 }()
var x, y = g()

func f() int        { println("f", d); return d }
func g() (int, int) { return a, b }

var d = 4

func init() { println("init 1", a) }
func init() { println("init 2", x, y) }

func main() { println(a, b, c, d) }
