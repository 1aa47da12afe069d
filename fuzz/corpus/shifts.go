package main

func main() {
	var s uint = 33
	var i = 1 << s
	var j int32 = 1 << s
	var k = uint64(1 << s)
	var m int = 1.0 << s
	var w int64 = 1.0 << 33
	var u = make([]byte, 1.0<<3)
	var n int8 = -128
	println(i, j, k, m, w, len(u), n>>s, n<<1, uint8(n)>>7, 1<<3.0, 1<<'a'>>96)
	s -= 30
	s <<= s
	println(s)
}
