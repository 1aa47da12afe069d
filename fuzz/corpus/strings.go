package main

func main() {
	s := "héllo, 世界\x80\000\n\"\\"
	r := `raw \n "quoted"`
	for i, c := range s {
		if c == 0xFFFD {
			println(i)
		}
	}
	println(len(s), s[1], []byte(s)[2], len([]rune(s)), len(r), string([]rune{0x4e16, -1}), "a"+"b" < "b")
	switch s[:1] + "x" {
	case "hx":
		println("yes")
	case "a", "b":
	}
}
