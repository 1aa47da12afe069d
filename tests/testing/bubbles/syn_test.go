package bubbles

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if got := start.UTC().String(); got != "2000-01-01 00:00:00 +0000 UTC" {
			t.Fatal(got)
		}
		time.Sleep(24 * time.Hour)
		if d := time.Since(start); d != 24*time.Hour {
			t.Fatal(d)
		}
	})
}

func TestContextTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const timeout = 5 * time.Second
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		time.Sleep(timeout - time.Nanosecond)
		synctest.Wait()
		if err := ctx.Err(); err != nil {
			t.Fatalf("before timeout: %v", err)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if err := ctx.Err(); err != context.DeadlineExceeded {
			t.Fatalf("after timeout: %v", err)
		}
	})
}

func TestAfterFunc(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		called := false
		context.AfterFunc(ctx, func() { called = true })
		synctest.Wait()
		if called {
			t.Fatal("before cancel")
		}
		cancel()
		synctest.Wait()
		if !called {
			t.Fatal("after cancel")
		}
	})
}

func TestTickerTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		end := time.After(3500 * time.Millisecond)
		for {
			select {
			case at := <-tick.C:
				got = append(got, at.UTC().Format("05.0"))
				continue
			case at := <-end:
				got = append(got, "end "+at.UTC().Format("05.0"))
			}
			break
		}
		if s := fmt.Sprint(got); s != "[01.0 02.0 03.0 end 03.5]" {
			t.Fatal(s)
		}
		tm := time.NewTimer(time.Hour)
		if !tm.Stop() {
			t.Fatal("stop")
		}
		tm.Reset(time.Minute)
		if at := (<-tm.C).UTC().Format("04:05.0"); at != "01:03.5" {
			t.Fatal(at)
		}
		n := 0
		time.AfterFunc(0, func() { n++ })
		time.AfterFunc(time.Second, func() { n++ })
		synctest.Wait()
		if n != 1 {
			t.Fatal(n)
		}
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		if n != 2 {
			t.Fatal(n)
		}
	})
}

func TestWaitGroupCondMutex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		cond := sync.NewCond(&mu)
		ready, order := 0, []int{}
		for i := 0; i < 3; i++ {
			wg.Add(1)
			go func() {
				defer wg.Done()
				mu.Lock()
				ready++
				cond.Wait()
				mu.Unlock()
				time.Sleep(time.Duration(3-i) * time.Second)
				order = append(order, i)
			}()
		}
		synctest.Wait()
		if ready != 3 {
			t.Fatal(ready)
		}
		start := time.Now()
		cond.Broadcast()
		wg.Wait()
		if d := time.Since(start); d != 3*time.Second || fmt.Sprint(order) != "[2 1 0]" {
			t.Fatal(d, order)
		}
	})
}

func TestProducerConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ch := make(chan int, 2)
		sum := 0
		done := make(chan struct{})
		go func() {
			for v := range ch {
				time.Sleep(time.Second)
				sum += v
			}
			close(done)
		}()
		for i := 1; i <= 10; i++ {
			ch <- i
		}
		close(ch)
		<-done
		if sum != 55 || time.Now().UTC().Second() != 10 {
			t.Fatal(sum, time.Now())
		}
	})
}

func TestCleanupInside(t *testing.T) {
	var at time.Time
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		go func() { <-stop }()
		t.Cleanup(func() { at = time.Now(); close(stop) })
		time.Sleep(time.Second)
	})
	if at.UTC().Year() != 2000 {
		t.Fatal(at)
	}
	if time.Now().Year() == 2000 {
		t.Fatal("outside")
	}
}

func TestMany(t *testing.T) {
	for i := 0; i < 200; i++ {
		synctest.Test(t, func(t *testing.T) {
			var n atomic.Int32
			var wg sync.WaitGroup
			for i := 0; i < 20; i++ {
				wg.Go(func() {
					time.Sleep(time.Duration(i%5) * time.Millisecond)
					n.Add(1)
				})
			}
			wg.Wait()
			if n.Load() != 20 {
				t.Fatal(n.Load())
			}
		})
	}
}
