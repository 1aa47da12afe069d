package main

func t(s string, b bool) bool { print(s); return b }

func main() {
	a, b := 3, 4
	p := &a
	println(a+b*2-*p<<1&^1|8%3, a < b && b > a || a == b, !(a != b), -a, +b, ^a)
	println(t("a", false) && t("b", true) || t("c", true) && !t("d", false))
	s := "x"
	s += "y" + s
	println(s < "y", s[1:] == "yx", s[0] == 'x', &a == p)
}
