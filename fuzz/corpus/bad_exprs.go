package main

func f(a int, b ...string) (int, error) { return 0, nil }

func main() {
	var i int = 1.5
	var u uint8 = 256
	s := "a" + 1
	_ = i + u
	_ = f(1, 2)
	_ = 1 << -1
	_ = 10 / 0
	_ = [2]int{1, 2, 3}
	_ = map[string]int{"a": 1, "a": 2}
	_ = struct{ a int }{b: 1}
	_ = i.x
	_ = &1
	_ = *i
	_ = i()
	_ = s[1:0]
	_ = []int == nil
	_ = func() {} == func() {}
	_ = i.(int)
	_ = any(1).(f)
	i++ = 2
	1 = i
	f := f(1)
	nil()
	len()
	append(1)
	make(int)
	new(3, 4)
}
