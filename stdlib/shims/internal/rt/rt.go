package rt

import (
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

var mu sync.Mutex

type waiter struct {
	ch     chan bool
	ticket uint32
}

var sema = map[*uint32][]*waiter{}
var notes = map[*Notify][]*waiter{}

func Semacquire(addr *uint32, lifo bool, reason int) {
	mu.Lock()
	if *addr > 0 {
		*addr--
		mu.Unlock()
		return
	}
	w := &waiter{ch: make(chan bool)}
	if lifo {
		sema[addr] = append([]*waiter{w}, sema[addr]...)
	} else {
		sema[addr] = append(sema[addr], w)
	}
	mu.Unlock()
	<-w.ch
}

// Cancelled is always false: there is no prompt.
func Cancelled() bool { return false }

// Die is never called.
func Die() { panic("no wait was cancelled") }

func Semrelease(addr *uint32, handoff bool) {
	mu.Lock()
	if q := sema[addr]; len(q) > 0 {
		sema[addr] = q[1:]
		if len(q) == 1 {
			delete(sema, addr)
		}
		mu.Unlock()
		close(q[0].ch)
		return
	}
	*addr++
	mu.Unlock()
}


func NotifyAdd(l *Notify) uint32 {
	mu.Lock()
	defer mu.Unlock()
	l.wait++
	return l.wait - 1
}

func NotifyWait(l *Notify, t uint32) {
	mu.Lock()
	if int32(t-l.notify) < 0 {
		mu.Unlock()
		return
	}
	w := &waiter{make(chan bool), t}
	notes[l] = append(notes[l], w)
	mu.Unlock()
	<-w.ch
}

func NotifyOne(l *Notify) {
	mu.Lock()
	defer mu.Unlock()
	if l.wait == l.notify {
		return
	}
	t := l.notify
	l.notify++
	for i, w := range notes[l] {
		if w.ticket == t {
			notes[l] = append(notes[l][:i:i], notes[l][i+1:]...)
			close(w.ch)
			return
		}
	}
}

func NotifyAll(l *Notify) {
	mu.Lock()
	defer mu.Unlock()
	l.notify = l.wait
	for _, w := range notes[l] {
		close(w.ch)
	}
	delete(notes, l)
}

var start = time.Now()

func Nanotime() int64 { return int64(time.Since(start)) + 1 }
func Walltime() (int64, int32) {
	t := time.Now()
	return t.Unix(), int32(t.Nanosecond())
}
func Fatal(msg string) {
	os.Stderr.WriteString("fatal error: " + msg + "\n")
	os.Exit(2)
}
func Rand64() uint64 { return rand.Uint64() }
