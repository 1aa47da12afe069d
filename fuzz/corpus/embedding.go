package main

type Base struct{ n int }

func (b *Base) Inc()    { b.n++ }
func (b Base) Get() int { return b.n }

type Getter interface{ Get() int }
type Both interface {
	Getter
	Inc()
}
type Mid struct {
	*Base
	Getter2
}
type Getter2 struct{ x int }
type Top struct {
	Mid
	name string
}

func main() {
	t := Top{Mid{&Base{1}, Getter2{2}}, "t"}
	t.Inc()
	var b Both = t
	f, g := (*Base).Inc, Top.Get
	f(t.Base)
	h := t.Get
	t.n = 10
	println(b.Get(), g(t), h(), t.x)
}
