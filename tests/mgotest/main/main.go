package main

import "fmt"

type T struct{}

func (T) M() string { return "m" }

func main() { fmt.Println(T{}.M()) }
