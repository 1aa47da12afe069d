package cov

func Sign(n int) string {
	switch {
	case n < 0:
		return "neg"
	case n == 0:
		return "zero"
	default:
		if n > 100 {
			return "big"
		}
	}
	for i := range n {
		if i > 5 {
			break
		}
		func() { _ = i }()
	}
	return "pos"
}

func (T) Method() { defer func() { recover() }(); panic(1) }

type T struct{}

func Never() { println("x"); select {} }
func Empty() {}
func Gen[X any](x X) X {
	if any(x) == nil {
		return x
	}
	return x
}
