package main

func main() {
	var z complex128 = 1 + 2i
	w := complex64(z)
	z *= z
	println(z, w, real(z) == -3, z == complex128(w), 1i*1i, -w)
	const k = 'a' + 2.0i - 0x1p4i
	println(k, imag(k), z/(0+1i))
}
