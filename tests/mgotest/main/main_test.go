package main

import (
	"fmt"
	"testing"
)

func TestMainFunc(t *testing.T) {
	main()
	t.Logf("%T %v", T{}, fmt.Sprint(T{}.M()))
}
