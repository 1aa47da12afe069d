package main

import str "strings"

type int8 string

var true = 3

func len(x string) string { return x + str.ToUpper(x) }

func main() {
	nil := 4
	iota := "i"
	append := func(a, b float64) float64 { return a + b }
	{
		nil := nil + 1
		_ = nil
	}
	type string = []byte
	var s string = string("x")
	println(true, len("a"), nil, iota, append(1, 2), int8("z"), s[0])
	if nil := false; !nil {
		println("inner")
	}
}
