package main

func f() (n int) {
	defer func() {
		if r := recover(); r != nil {
			n = r.(int) * 2
		}
	}()
	defer func(k int) { panic(k + 1) }(n)
	for i := range 3 {
		defer println(i)
	}
	n = 5
	panic("lost")
}

func main() { println(f()) }
