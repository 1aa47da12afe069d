package main

import "fmt"

type E struct{}

func (E) Error() string { return "E!" }

func try(name string, f func()) {
	defer func() {
		r := recover()
		err, ok := r.(error)
		fmt.Println(name, r, ok && err != nil)
	}()
	f()
}

func main() {
	var m map[string]int
	var p *struct{ a [10]int }
	var s []int
	var a any = "s"
	z := 0
	try("map", func() { m["a"] = 1 })
	try("nil", func() { p.a[3] = 1 })
	try("index", func() { s[z] = 1 })
	try("slice", func() { s = s[1:z] })
	try("div", func() { z = 1 / z })
	try("assert", func() { _ = a.(int) })
	try("custom", func() { panic(E{}) })
	try("hash", func() { _ = map[any]int{[]int{}: 1} })
	try("nilpanic", func() { panic(nil) })
}
