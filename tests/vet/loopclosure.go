// go 1.21
// Package v: loop variables that all iterations share.
package v

import "sync"

func f(l []int) {
	for i, x := range l {
		go func() { println(i, x) }() // WANT "loop variable i captured by func literal" "loop variable x captured by func literal"
	}
	for i := 0; i < 3; i++ {
		defer func() { println(i) }() // WANT "loop variable i captured by func literal"
	}
	for _, x := range l {
		go func(x int) { println(x) }(x)
	}
	for _, x := range l {
		x := x
		go func() { println(x) }()
	}
	var wg sync.WaitGroup
	for _, x := range l {
		go func() { println(x) }()
		wg.Wait()
	}
	for _, x := range l {
		if x > 1 {
			go func() { println(x) }() // WANT "loop variable x captured by func literal"
		} else {
			defer func() { _ = x }() // WANT "loop variable x captured by func literal"
		}
	}
	for _, x := range l {
		switch {
		case x > 1:
			go func() { println(x) }() // WANT "loop variable x captured by func literal"
		}
	}
}
