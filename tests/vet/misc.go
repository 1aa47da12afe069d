// Package v: calls and expressions that do not do what they seem to.
package v

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
)

type myErr struct{}

func (*myErr) Error() string { return "" }

type val struct{}

func (val) Error() string  { return "" }
func (val) String() string { return "" }

type names struct {
	a, b int
	m    map[string]int
	l    []int
}

type I1 interface{ F() int }
type I2 interface{ F() string }
type I3 interface {
	F() int
	G()
}

type myInt int
type myString string

func fn() int { return 1 }

func assigns(x, y int, s names, p *names, i int) {
	x = x // WANT "self-assignment of x"
	x, y = x, y // WANT "self-assignment of x, y"
	x, y = y, x
	s.a = s.a // WANT "self-assignment of s.a"
	p.a = s.a
	s.l[i] = s.l[i] // WANT "self-assignment of s.l[i]"
	s.m["a"] = s.m["a"]
	s.l[fn()] = s.l[fn()]
	*p = *p // WANT "self-assignment of *p"
	(x) = (x) // WANT "self-assignment of (x)"
	x += x
}

func results(err error, v val, l []int, ctx context.Context) {
	errors.New("x") // WANT "result of errors.New call not used"
	fmt.Sprintf("x") // WANT "result of fmt.Sprintf call not used"
	fmt.Sprint(1) // WANT "result of fmt.Sprint call not used"
	fmt.Errorf("x") // WANT "result of fmt.Errorf call not used"
	err.Error() // WANT "result of (error).Error call not used"
	v.String() // WANT "result of (example.com/v.val).String call not used"
	v.Error() // WANT "result of (example.com/v.val).Error call not used"
	sort.Reverse(sort.IntSlice(l)) // WANT "result of sort.Reverse call not used"
	slices.Compact(l) // WANT "result of slices.Compact call not used"
	slices.Sort(l)
	context.WithValue(ctx, 1, 2) // WANT "result of context.WithValue call not used"
	strings.ToUpper("x")
	go fmt.Sprint(1)
	defer fmt.Sprint(1)
	(fmt.Sprint(1)) // WANT "result of fmt.Sprint call not used"
}

func as(err error) {
	var e *myErr
	var v val
	var x int
	var i interface{ Foo() }
	var a any
	errors.As(err, e) // WANT "second argument to errors.As must be a non-nil pointer to either a type that implements error, or to any interface type"
	errors.As(err, &e)
	errors.As(err, v) // WANT "second argument to errors.As must be a non-nil pointer to either a type that implements error, or to any interface type"
	errors.As(err, &v)
	errors.As(err, &x) // WANT "second argument to errors.As must be a non-nil pointer to either a type that implements error, or to any interface type"
	errors.As(err, &i)
	errors.As(err, &err) // WANT "second argument to errors.As should not be *error"
	errors.As(err, a)
	errors.As(err, nil) // WANT "second argument to errors.As must be a non-nil pointer to either a type that implements error, or to any interface type"
}

func later(start time.Time) {
	defer fmt.Println(time.Since(start)) // WANT "call to time.Since is not deferred"
	defer func() { fmt.Println(time.Since(start)) }()
	defer fmt.Println(func() time.Duration { return time.Since(start) }())
}

func appends(l []int) {
	l = append(l) // WANT "append with no values"
	l = append(l, 1)
	_ = append(l) // WANT "append with no values"
}

func signals() {
	c := make(chan os.Signal)
	signal.Notify(c, os.Interrupt) // WANT "misuse of unbuffered os.Signal channel as argument to signal.Notify"
	d := make(chan os.Signal, 1)
	signal.Notify(d, os.Interrupt)
	var e = make(chan os.Signal)
	signal.Notify(e) // WANT "misuse of unbuffered os.Signal channel as argument to signal.Notify"
	signal.Notify(make(chan os.Signal))
}

func layouts(t time.Time) {
	_ = t.Format("2006-02-01") // WANT "2006-02-01 should be 2006-01-02"
	_ = t.Format("at 2006-02-01 x") // WANT "2006-02-01 should be 2006-01-02"
	_, _ = time.Parse("2006-02-01", "x") // WANT "2006-02-01 should be 2006-01-02"
	const bad = "2006-02-01"
	_ = t.Format(bad) // WANT "2006-02-01 should be 2006-01-02"
	_ = t.Format("2006-01-02")
}

func groups(wg *sync.WaitGroup) {
	go func() {
		wg.Add(1) // WANT "WaitGroup.Add called from inside new goroutine"
		defer wg.Done()
	}()
	wg.Add(1)
	go func() {
		defer wg.Done()
		wg.Add(1)
	}()
}

var counter int64

func atomics(p *int64) {
	counter = atomic.AddInt64(&counter, 1) // WANT "direct assignment to atomic value"
	*p = atomic.AddInt64(p, 1) // WANT "direct assignment to atomic value"
	n := atomic.AddInt64(&counter, 1)
	_ = n
}

func bools(x, y int, s string) bool {
	if x == 1 || x == 1 { // WANT "redundant or: x == 1 || x == 1"
		return true
	}
	if x != 1 || x != 2 { // WANT "suspect or: x != 1 || x != 2"
		return true
	}
	if x == 1 && x == 2 { // WANT "suspect and: x == 1 && x == 2"
		return true
	}
	if x == 1 && y == 2 && x == 1 { // WANT "redundant and: x == 1 && x == 1"
		return true
	}
	if fn() == 1 || fn() == 1 {
		return true
	}
	if s != "a" || s != "b" || y > 1 && y > 1 { // WANT "suspect or: s != \"a\" || s != \"b\"" "redundant and: y > 1 && y > 1"
		return true
	}
	return x == 1 || x == 2
}

func nils(f func()) bool {
	return fn == nil || nil != fn || f == nil || strings.ToUpper == nil // WANT "comparison of function fn == nil is always false" "comparison of function fn != nil is always true" "comparison of function ToUpper == nil is always false"
}

func shifts(a int8, b int32, c uint64, d int) {
	_ = a << 8 // WANT "a (8 bits) too small for shift of 8"
	_ = a << 7
	_ = b >> 32 // WANT "b (32 bits) too small for shift of 32"
	_ = c << 64 // WANT "c (64 bits) too small for shift of 64"
	_ = d << 64 // WANT "d (64 bits) too small for shift of 64"
	c <<= 65 // WANT "c (64 bits) too small for shift of 65"
	c >>= 3
	_ = 1 << 40
}

func shiftsOf[T int8 | int32](t T) { _ = t << 8 } // WANT "t (may be 8 bits) too small for shift of 8"

func conversions(i int, r rune, b byte, m myInt, u uint16) {
	_ = string(i) // WANT "conversion from int to string yields a string of one rune, not a string of digits"
	_ = string(r)
	_ = string(b)
	_ = string(m) // WANT "conversion from myInt (int) to string yields a string of one rune, not a string of digits"
	_ = myString(i) // WANT "conversion from int to myString (string) yields a string of one rune, not a string of digits"
	_ = myString(u) // WANT "conversion from uint16 to myString (string) yields a string of one rune, not a string of digits"
	_ = string(rune(i))
	_ = string(65) // WANT "conversion from untyped int to string yields a string of one rune, not a string of digits"
	_ = []byte(string(i)) // WANT "conversion from int to string yields a string of one rune, not a string of digits"
}

func asserts(x I1, y any) {
	_ = x.(I2) // WANT "impossible type assertion: no type can implement both example.com/v.I1 and example.com/v.I2 (conflicting types for F method)"
	_ = x.(I3)
	_ = y.(I2)
	switch x.(type) {
	case I2: // WANT "impossible type assertion: no type can implement both example.com/v.I1 and example.com/v.I2 (conflicting types for F method)"
	case I3:
	}
}

func literals() {
	_ = unicode.Range16{1, 2, 3}
	_ = time.ParseError{"a", "b", "c", "d", "e"} // WANT "time.ParseError struct literal uses unkeyed fields"
	_ = &os.PathError{"a", "b", nil} // WANT "os.PathError struct literal uses unkeyed fields"
	_ = os.PathError{Op: "a"}
	_ = names{1, 2, nil, nil}
	_ = []time.ParseError{{"a", "b", "c", "d", "e"}} // WANT "time.ParseError struct literal uses unkeyed fields"
}
