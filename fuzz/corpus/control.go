package main

func main() {
outer:
	for i := 0; ; i++ {
		switch {
		case i == 1:
			continue
		case i == 2:
			fallthrough
		case i == 100:
			break
		case i > 4:
			break outer
		default:
			if j := i * 2; j > 6 {
				goto end
			} else if j < 0 {
				return
			}
		}
		println(i)
	}
	return
end:
	{
		println("end")
	}
}
