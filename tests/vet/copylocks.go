// Package v: locks that are copied.
package v

import (
	"fmt"
	"sync"
	"sync/atomic"
)

type T struct {
	mu sync.Mutex
	n  int
}

type embeds struct{ sync.RWMutex }

type deep struct{ t [2]T }

type own struct{}

func (*own) Lock()   {}
func (*own) Unlock() {}

type holds struct{ o own }

type value struct{}

func (value) Lock()   {}
func (value) Unlock() {}

func byValue(t T)             {} // WANT "byValue passes lock by value: example.com/v.T contains sync.Mutex"
func byPointer(t *T)          {}
func (t T) method()           {} // WANT "method passes lock by value: example.com/v.T contains sync.Mutex"
func (t *T) pointer()         {}
func group(wg sync.WaitGroup) {} // WANT "group passes lock by value: sync.WaitGroup contains sync.noCopy"
func several(a, b sync.Once)  {} // WANT "several passes lock by value: sync.Once contains sync.noCopy"
func variadic(t ...T)         {}
func gives() T                { return T{} }
func generic[M ~struct{ mu sync.Mutex }](m M) { // WANT "generic passes lock by value: M contains ~struct{mu sync.Mutex} contains sync.Mutex"
	_ = m // WANT "assignment copies lock value to _: M contains ~struct{mu sync.Mutex} contains sync.Mutex"
}

var global T

func f() {
	var t T
	u := t // WANT "assignment copies lock value to u: example.com/v.T contains sync.Mutex"
	u = t // WANT "assignment copies lock value to u: example.com/v.T contains sync.Mutex"
	var v = t // WANT "variable declaration copies lock value to v: example.com/v.T contains sync.Mutex"
	var w, x T = t, T{} // WANT "variable declaration copies lock value to w: example.com/v.T contains sync.Mutex"
	p := &t
	q := *p // WANT "assignment copies lock value to q: example.com/v.T contains sync.Mutex"
	byValue(t) // WANT "call of byValue copies lock value: example.com/v.T contains sync.Mutex"
	byPointer(&t)
	fmt.Println(t, u, v, w, x, q) // WANT "call of fmt.Println copies lock value: example.com/v.T contains sync.Mutex" "call of fmt.Println copies lock value: example.com/v.T contains sync.Mutex" "call of fmt.Println copies lock value: example.com/v.T contains sync.Mutex" "call of fmt.Println copies lock value: example.com/v.T contains sync.Mutex" "call of fmt.Println copies lock value: example.com/v.T contains sync.Mutex" "call of fmt.Println copies lock value: example.com/v.T contains sync.Mutex"
	_ = len([1]T{})
	l := []T{t, *p} // WANT "literal copies lock value from t: example.com/v.T contains sync.Mutex" "literal copies lock value from *p: example.com/v.T contains sync.Mutex"
	m := map[string]T{"a": t} // WANT "literal copies lock value from t: example.com/v.T contains sync.Mutex"
	for i, e := range l { // WANT "range var e copies lock: example.com/v.T contains sync.Mutex"
		_, _ = i, e // WANT "assignment copies lock value to _: example.com/v.T contains sync.Mutex"
	}
	for _, e := range m { // WANT "range var e copies lock: example.com/v.T contains sync.Mutex"
		_ = e.n
	}
	for i := range l {
		_ = i
	}
	var e T
	for _, e = range l { // WANT "range var e copies lock: example.com/v.T contains sync.Mutex"
	}
	e.n++
	for a := gives(); a.n < 3; a.n++ { // WANT "for loop iteration copies lock value to a: example.com/v.T contains sync.Mutex"
	}
	for a := 0; a < 3; a++ {
	}
	var wg sync.WaitGroup
	wg2 := wg // WANT "assignment copies lock value to wg2: sync.WaitGroup contains sync.noCopy"
	group(wg2) // WANT "call of group copies lock value: sync.WaitGroup contains sync.noCopy"
	c := func(mu sync.Mutex) {} // WANT "func passes lock by value: sync.Mutex"
	c(t.mu) // WANT "call of c copies lock value: sync.Mutex"
	var at atomic.Int32
	at2 := at // WANT "assignment copies lock value to at2: sync/atomic.Int32 contains sync/atomic.noCopy"
	var ap atomic.Pointer[int]
	ap2 := ap // WANT "assignment copies lock value to ap2: sync/atomic.Pointer[int] contains sync/atomic.noCopy"
	_, _ = at2, ap2 // WANT "assignment copies lock value to _: sync/atomic.Int32 contains sync/atomic.noCopy" "assignment copies lock value to _: sync/atomic.Pointer[int] contains sync/atomic.noCopy"
	var em embeds
	em2 := em // WANT "assignment copies lock value to em2: example.com/v.embeds"
	_ = em2 // WANT "assignment copies lock value to _: example.com/v.embeds"
	var d deep
	d2 := d // WANT "assignment copies lock value to d2: example.com/v.deep contains example.com/v.T contains sync.Mutex"
	_ = d2 // WANT "assignment copies lock value to _: example.com/v.deep contains example.com/v.T contains sync.Mutex"
	var h holds
	h2 := h // WANT "assignment copies lock value to h2: example.com/v.holds contains example.com/v.own"
	_ = h2 // WANT "assignment copies lock value to _: example.com/v.holds contains example.com/v.own"
	var va value
	va2 := va
	_ = va2
	var cond sync.Cond
	cond2 := cond // WANT "assignment copies lock value to cond2: sync.Cond contains sync.noCopy"
	_ = cond2 // WANT "assignment copies lock value to _: sync.Cond contains sync.noCopy"
	var sm sync.Map
	sm2 := sm // WANT "assignment copies lock value to sm2: sync.Map contains sync.noCopy"
	_ = sm2 // WANT "assignment copies lock value to _: sync.Map contains sync.noCopy"
	i := any(t) // WANT "call of any copies lock value: example.com/v.T contains sync.Mutex"
	_ = i
	s := struct {
		T
		k int
	}{t, 1} // WANT "literal copies lock value from t: example.com/v.T contains sync.Mutex"
	_ = s // WANT "assignment copies lock value to _: struct{example.com/v.T; k int} contains example.com/v.T contains sync.Mutex"
	g := gives()
	_ = g // WANT "assignment copies lock value to _: example.com/v.T contains sync.Mutex"
	go byValue(t) // WANT "call of byValue copies lock value: example.com/v.T contains sync.Mutex"
	defer byValue(*p) // WANT "call of byValue copies lock value: example.com/v.T contains sync.Mutex"
	new1 := *new(T)
	_ = new1 // WANT "assignment copies lock value to _: example.com/v.T contains sync.Mutex"
	(t).method()
}

func r() T {
	return global // WANT "return copies lock value: example.com/v.T contains sync.Mutex"
}

func r2() (t T) {
	t = *&global // WANT "assignment copies lock value to t: example.com/v.T contains sync.Mutex"
	return
}
