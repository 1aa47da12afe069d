package main

type out <-chan int

func gen(n int) out {
	c := make(chan int, n)
	go func(c chan<- int) {
		defer close(c)
		for i := range n {
			c <- i
		}
	}(c)
	return c
}

func main() {
	sum := 0
	for v := range gen(4) {
		sum += v
	}
	v, ok := <-gen(0)
	var cc chan (<-chan func() chan<- int)
	println(sum, v, ok, cc == nil)
}
