package main

func count(n int) func(func(int, string) bool) {
	return func(yield func(int, string) bool) {
		defer println("done")
		for i := 0; i < n; i++ {
			if !yield(i, "s") {
				return
			}
		}
	}
}

func find() (r int) {
	defer func() { r++ }()
outer:
	for i := range count(5) {
		defer println("deferred", i)
		for j, s := range count(3) {
			switch {
			case j == 1 && i == 0:
				continue outer
			case i == 2:
				break outer
			case i == 3:
				return 100
			}
			_ = s
		}
	}
	for range count(1) {
		goto end
	}
end:
	return 7
}

func main() {
	println(find())
	for range func(yield func() bool) { yield() } {
		println("once")
	}
}
