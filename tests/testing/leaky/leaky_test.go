package leaky

import "testing"

func TestLeaks(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
}

func TestClean(t *testing.T) {
	ch := make(chan int)
	go func() { ch <- 1 }()
	<-ch
}

func TestSub(t *testing.T) {
	t.Run("leaks", func(t *testing.T) {
		go func() { select {} }()
	})
	t.Run("clean", func(t *testing.T) {})
}
