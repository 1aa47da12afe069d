package main

func main() {
	for i := range 3, 4 {
	}
	if x := 1 {
	}
	switch x := 1.(type) {
	}
	select {
	case x:
	case 1 + 2:
	}
	defer 1
	go func() {}
	continue
	fallthrough
	var c chan<- int
	<-c
	for range c {
	}
	goto L
	{
	L:
	}
	y := 1
	a, b := 1
	return
	x++
	"s"
	_ = _
	:= 3
	func() { break }()
}
