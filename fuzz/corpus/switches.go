package main

func f(x any) string {
	switch y := x.(type) {
	case nil:
		return "nil"
	case int:
		return string(rune('0' + y))
	case error:
		return y.Error()
	case []int, map[string]int:
		return "many"
	case func(int) string:
		return y(1)
	case *int:
		*y++
		fallthroughless := *y
		return string(rune('0' + fallthroughless))
	}
	return "other"
}

func main() {
	println(f(nil), f(3), f([]int{}), f(func(int) string { return "fn" }), f(new(3)), f('x'))
	switch x := 5; {
	case x > 3:
		println("big")
		fallthrough
	default:
		println("fell")
	case x > 100:
		println("no")
	}
	switch 'a' {
	case 'a', 'b':
	}
}
