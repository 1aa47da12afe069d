package main

func main() {
	for i := range 3 {
		print(i)
	}
	for range 2 {
		print("x")
	}
	for i, r := range "aä\xff" {
		print(i, r, " ")
	}
	var k int
	var v string
	for k, v = range []string{"a", "b"} {
	}
	for i := range [3]struct{}{} {
		k += i
	}
	for i := range uint8(3) {
		k += int(i)
	}
	for range map[string]int{"a": 1} {
	}
	println(k, v)
}
