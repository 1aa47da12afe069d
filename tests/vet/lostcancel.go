// Package v: cancel functions that are not called.
package v

import (
	"context"
	"log"
	"os"
	"time"
)

func cond() bool { return len(os.Args) > 3 }

func use(...any) {}

var outer context.CancelFunc

func a() {
	ctx, _ := context.WithCancel(context.Background()) // WANT "the cancel function returned by context.WithCancel should be called, not discarded, to avoid a context leak"
	use(ctx)
}

func b() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second) // WANT "the cancel function is not used on all paths (possible context leak)"
	use(ctx)
	if cond() {
		return // WANT "this return statement may be reached without using the cancel var defined on line 23"
	}
	cancel()
}

func c() {
	ctx, cancel := context.WithDeadline(context.Background(), time.Now())
	defer cancel()
	use(ctx)
}

func d() {
	var ctx, cancel = context.WithCancelCause(context.Background()) // WANT "the cancel function is not used on all paths (possible context leak)"
	use(ctx)
	if false {
		cancel(nil)
	}
} // WANT "this return statement may be reached without using the cancel var defined on line 38"

func e() {
	ctx, cancel := context.WithCancel(context.Background()) // WANT "the cancel function is not used on all paths (possible context leak)"
	use(ctx)
	for cond() {
		if cond() {
			break
		}
		cancel()
	}
} // WANT "this return statement may be reached without using the cancel var defined on line 46"

func f() {
	ctx, cancel := context.WithCancel(context.Background())
	use(ctx)
	for {
		if cond() {
			cancel()
			return
		}
	}
}

func g() (ctx context.Context, cancel func()) {
	ctx, cancel = context.WithCancel(context.Background())
	return
}

func h() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	return ctx, cancel
}

func i() {
	ctx, cancel := context.WithCancel(context.Background()) // WANT "the cancel function is not used on all paths (possible context leak)"
	use(ctx)
	switch {
	case cond():
		cancel()
	case cond():
		return // WANT "this return statement may be reached without using the cancel var defined on line 78"
	default:
		cancel()
	}
}

func j() {
	var ctx context.Context
	ctx, outer = context.WithCancel(context.Background())
	use(ctx)
}

func k() {
	f := func() {
		ctx, cancel := context.WithCancel(context.Background()) // WANT "the cancel function is not used on all paths (possible context leak)"
		use(ctx)
		if cond() {
			cancel()
		}
	} // WANT "this return statement may be reached without using the cancel var defined on line 98"
	f()
}

func l() {
	ctx, cancel := context.WithCancel(context.Background())
	use(ctx)
	if cond() {
		panic("x")
	}
	if cond() {
		os.Exit(1)
	}
	if cond() {
		log.Fatal("x")
	}
	go func() { cancel() }()
}

func m(ch chan int) {
	ctx, cancel := context.WithCancel(context.Background())
	use(ctx)
	select {
	case <-ch:
		cancel()
	case ch <- 1:
		_ = cancel
	}
}

func n(ch chan int) {
	ctx, cancel := context.WithCancel(context.Background()) // WANT "the cancel function is not used on all paths (possible context leak)"
	use(ctx)
	select {
	case <-ch:
		cancel()
	case ch <- 1:
	}
} // WANT "this return statement may be reached without using the cancel var defined on line 134"

func o() {
	ctx, cancel := context.WithCancel(context.Background()) // WANT "the cancel function is not used on all paths (possible context leak)"
	use(ctx)
	for range 3 {
		if cond() {
			cancel()
			return
		}
		continue
	}
} // WANT "this return statement may be reached without using the cancel var defined on line 144"

func p() {
	var cancel func()
	var ctx context.Context
	if cond() {
		ctx, cancel = context.WithCancel(context.Background())
	}
	use(ctx)
	if cancel != nil {
		cancel()
	}
}

func q() {
	ctx, cancel := context.WithCancel(context.Background())
	use(ctx)
	if cond() {
		cancel()
	} else {
		for {
		}
	}
}
