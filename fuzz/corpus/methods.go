package main

type T struct{ n int }

func (t T) Val() int        { return t.n }
func (t *T) Ptr(d int) *T   { t.n += d; return t }
func (T) unused()           {}
func (_ *T) blank(_, _ int) {}

type Fn func(int) int

func (f Fn) Call(x int) int { return f(x) }

type M map[string]T

func (m M) Get(k string) T { return m[k] }

func main() {
	t := T{1}
	v := t.Val
	t.Ptr(2).Ptr(3)
	f := (*T).Ptr
	f(&t, 4)
	println(v(), t.Val(), T.Val(t), (*T).Val(&t), Fn(func(i int) int { return -i }).Call(2), M{"a": t}.Get("a").n)
}
