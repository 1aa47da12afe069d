package groups

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sync/singleflight"
)

func TestFirstErrorCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, ctx := errgroup.WithContext(t.Context())
		no := errors.New("no")
		for i := 1; i <= 3; i++ {
			g.Go(func() error {
				select {
				case <-time.After(time.Duration(i) * time.Second):
					return no
				case <-ctx.Done():
					return errors.New("late")
				}
			})
		}
		start := time.Now()
		if err := g.Wait(); err != no || context.Cause(ctx) != no {
			t.Error(err, context.Cause(ctx))
		}
		if d := time.Since(start); d != time.Second {
			t.Error(d)
		}
	})
}

func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g errgroup.Group
		g.SetLimit(2)
		var running, most, tried atomic.Int32
		start := time.Now()
		for i := 0; i < 6; i++ {
			g.Go(func() error {
				n := running.Add(1)
				defer running.Add(-1)
				if n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Second)
				return nil
			})
		}
		if g.TryGo(func() error { tried.Add(1); return nil }) {
			t.Error("TryGo beyond the limit")
		}
		if err := g.Wait(); err != nil || most.Load() != 2 || time.Since(start) != 3*time.Second {
			t.Error(err, most.Load(), time.Since(start))
		}
		if !g.TryGo(func() error { tried.Add(1); return nil }) || g.Wait() != nil || tried.Load() != 1 {
			t.Error("TryGo below the limit")
		}
		stop := make(chan struct{})
		g.Go(func() error { <-stop; return nil })
		func() {
			defer func() {
				const want = "errgroup: modify limit while 1 goroutines in the group are still active"
				if err, ok := recover().(error); !ok || err.Error() != want {
					t.Error(err)
				}
			}()
			g.SetLimit(3)
		}()
		close(stop)
		g.Wait()
	})
}

func TestSemaphore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := semaphore.NewWeighted(3)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Acquire(ctx, 2); err != nil || s.TryAcquire(2) || !s.TryAcquire(1) {
			t.Error(err)
		}
		if err := s.Acquire(ctx, 1); err != context.DeadlineExceeded {
			t.Error(err)
		}
		got := false
		go func() {
			s.Acquire(context.Background(), 3)
			got = true
		}()
		synctest.Wait()
		s.Release(2)
		synctest.Wait()
		if got || s.TryAcquire(1) {
			t.Error("a large request was overtaken")
		}
		s.Release(1)
		synctest.Wait()
		if !got {
			t.Error("not granted")
		}
	})
}

func TestSingleflight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g singleflight.Group
		var calls, shared atomic.Int32
		for i := 0; i < 5; i++ {
			go func() {
				v, err, s := g.Do("k", func() (any, error) {
					calls.Add(1)
					time.Sleep(time.Second)
					return "v", nil
				})
				if v != "v" || err != nil {
					t.Error(v, err)
				}
				if s {
					shared.Add(1)
				}
			}()
		}
		synctest.Wait()
		r := <-g.DoChan("k", func() (any, error) { return "other", nil })
		synctest.Wait()
		if calls.Load() != 1 || r.Val != "v" || !r.Shared || shared.Load() != 5 {
			t.Error(calls.Load(), shared.Load(), r)
		}
	})
}
