package main

func main() {
	s := make([]int, 2, 10)
	s = append(s, 1, 2)
	s = append(s, s...)
	b := append([]byte("x"), "yz"...)
	println(copy(s, s[1:]), copy(b, "ab"), min(1, 2.5), max("a", "b"), len(s), cap(s))
	m := map[int]bool{1: true}
	delete(m, 1)
	clear(m)
	clear(s)
	c := complex(1, 2)
	println(real(c), imag(c), *new(int), *new(3 + 4))
	ch := make(chan int)
	close(ch)
	print("a", 1, true, "\n")
}
