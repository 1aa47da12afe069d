package bubbles

import (
	"testing"
	"testing/synctest"
	"time"
)

func recovered(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

func TestDeadlockTexts(t *testing.T) {
	_ = time.Second
	v := recovered(func() {
		synctest.Test(t, func(t *testing.T) {
			go func() { <-make(chan int) }()
		})
	})
	t.Log(v)
	v = recovered(func() {
		synctest.Test(t, func(t *testing.T) {
			<-make(chan int)
		})
	})
	t.Log(v)
	v = recovered(func() { synctest.Wait() })
	t.Log(v)
	synctest.Test(t, func(t *testing.T) {
		v := recovered(func() { synctest.Test(t, func(t *testing.T) {}) })
		t.Log(v)
	})
}
