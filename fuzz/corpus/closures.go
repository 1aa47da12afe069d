package main

func counter() (inc func() int, get func() int) {
	n := 0
	return func() int { n++; return n }, func() int { return n }
}

func main() {
	inc, get := counter()
	inc()
	var fs []func() int
	for i := 0; i < 3; i++ {
		fs = append(fs, func() int { i += 10; return i })
	}
	println(inc(), get(), fs[0](), fs[0](), fs[2]())
	func(a ...int) { println(len(a)) }(1, 2)
}
