package main

func main() {
	i := 0
loop:
	if i < 3 {
		i++
		goto loop
	}
	switch i {
	case 3:
		goto done
	}
	println("not here")
done:
	for {
		if i > 5 {
			break
		}
		i++
		continue
	}
	println(i)
}
