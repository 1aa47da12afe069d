package leaky

import "testing"

func TestClean(t *testing.T) {
	c := make(chan int)
	go func() { c <- 1 }()
	<-c
}

func TestLeak(t *testing.T) {
	c := make(chan int)
	go func() { c <- 1 }()
}
