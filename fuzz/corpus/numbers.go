package main

func main() {
	var i8 int8 = -128
	var u8 uint8 = 255
	var u uint = 1
	var s uint = 70
	i8--
	u8++
	println(i8, u8, -i8/-1, i8%3, u<<s, -1>>s, 1<<s>>s, ^u, u&^1, 7&3|4^1)
	var f32 float32 = 16777216
	println(f32+1 == f32, 0.1+0.2, float64(f32)/0.3, 1/-f32 > 0)
	const h = 1 << 62
	var w int64 = h
	println(w*4, w+h, uint32(w>>31), int16(w>>47))
}
