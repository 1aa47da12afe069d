// Package v: statements that no way leads to.
package v

func cond() bool { return false }

func a() int {
	return 1
	println("x") // WANT "unreachable code"
	println("y")
	return 2
}

func b() {
	panic("x")
	println("after") // WANT "unreachable code"
}

func c() {
	for {
	}
	println("after") // WANT "unreachable code"
}

func d() {
	for {
		if cond() {
			break
		}
	}
	println("fine")
	for {
		for {
			break
		}
	}
	println("after") // WANT "unreachable code"
}

func e() {
L:
	for {
		for {
			break L
		}
		println("after the inner loop") // WANT "unreachable code"
	}
	println("fine")
}

func f(x int) int {
	switch x {
	case 1:
		return 1
		x++ // WANT "unreachable code"
	case 2:
		fallthrough
	default:
		return 2
	}
	return 3
}

func g(x int) {
	switch x {
	case 1:
		return
	}
	println("fine")
	if cond() {
		return
	} else {
		panic(1)
	}
	println("after") // WANT "unreachable code"
}

func h() {
	goto L
	println("skipped") // WANT "unreachable code"
L:
	println("fine")
	select {}
	println("after") // WANT "unreachable code"
}

func i(ch chan int) {
	select {
	case <-ch:
		return
	case ch <- 1:
		panic(1)
	}
	println("after") // WANT "unreachable code"
}

func j() {
	for i := 0; i < 3; i++ {
		continue
		println("after") // WANT "unreachable code"
	}
	for range 3 {
		break
		println("after") // WANT "unreachable code"
	}
	func() {
		return
		println("after") // WANT "unreachable code"
	}()
	{
		return
	}
	;
	println("after") // WANT "unreachable code"
}

func k(x any) {
	switch x.(type) {
	case int:
		return
	default:
		panic(1)
	}
	println("after") // WANT "unreachable code"
}
