package main

import "unsafe"

type T struct {
	a bool
	b int64
	c [3]byte
	d string
}

const size = unsafe.Sizeof(T{})

var arr [unsafe.Offsetof(T{}.c)]int

func main() {
	var t T
	println(size, len(arr), unsafe.Alignof(t.c), unsafe.Sizeof(t.d), unsafe.Offsetof(t.d))
}
