package main

func main() {
	a, b := make(chan int, 1), make(chan string)
	var null chan bool
	done := make(chan struct{})
	go func() { b <- "hi"; close(done) }()
	n := 0
loop:
	for {
		select {
		case a <- n:
			n++
		case v := <-a:
			n += v
			continue loop
		case s, ok := <-b:
			println(s, ok)
		case <-done:
			break loop
		case null <- true:
		}
	}
	select {
	case <-null:
	default:
		println("default", n >= 0)
	}
}
