// Package v: calls of print functions.
package v

import (
	"errors"
	"fmt"
	"log"
	"os"
	"time"
	"unsafe"
)

type point struct{ x, y int }

type named struct {
	name string
	p    *point
}

type stringer int

func (s stringer) String() string { return fmt.Sprintf("%d", int(s)) }

type recursive struct{ n int }

func (r recursive) String() string { return fmt.Sprintf("r %s", r) } // WANT "fmt.Sprintf format %s with arg r causes recursive (example.com/v.recursive).String method call"

func (r *recursive) Error() string { return fmt.Sprint("r", r) } // WANT "fmt.Sprint arg r causes recursive call to (*example.com/v.recursive).Error method"

type formatter struct{}

func (formatter) Format(f fmt.State, verb rune) {}

type myErr struct{ code int }

func (e myErr) Error() string { return "e" }

type hidden struct{ s stringer }

func wrapf(format string, args ...any)          { fmt.Printf(format, args...) }
func wrap2(n int, format string, args ...any)   { wrapf(format, args...) }
func errf(format string, args ...any) error     { return fmt.Errorf(format, args...) }
func wrapln(args ...any)                        { fmt.Println(args...) }
func missing(format string, args ...any)        { fmt.Printf(format, args) } // WANT "missing ... in args forwarded to printf-like function"
func (p point) logf(format string, args ...any) { log.Printf(format, args...) }
func notwrap(format string, args ...any) string { return format }
func typed(format string, args ...string)       {}

func f(s string, i int, fl float64, b bool, e error, p *point, m map[string]int, a any, pt point, st stringer) {
	fmt.Printf("%d\n", s) // WANT "fmt.Printf format %d has arg s of wrong type string"
	fmt.Printf("%s %d", i, i) // WANT "fmt.Printf format %s has arg i of wrong type int"
	fmt.Printf("%s", fl) // WANT "fmt.Printf format %s has arg fl of wrong type float64"
	fmt.Printf("%d %t %v", b, i, s) // WANT "fmt.Printf format %d has arg b of wrong type bool"
	fmt.Printf("%d", fl) // WANT "fmt.Printf format %d has arg fl of wrong type float64"
	fmt.Printf("%f %e %g", i, fl, i) // WANT "fmt.Printf format %f has arg i of wrong type int"
	fmt.Printf("%s %v %d", e, e, e)
	fmt.Printf("%s %d %p %v", p, p, p, p) // WANT "fmt.Printf format %s has arg p of wrong type *example.com/v.point"
	fmt.Printf("%d %s", m, m) // WANT "fmt.Printf format %d has arg m of wrong type map[string]int"
	fmt.Printf("%d %s %x", a, a, a)
	fmt.Printf("%d %s", pt, pt) // WANT "fmt.Printf format %s has arg pt of wrong type example.com/v.point"
	fmt.Printf("%d %s %x %q", st, st, st, st)
	fmt.Printf("%z", i) // WANT "fmt.Printf format %z has unknown verb z"
	fmt.Printf("%d") // WANT "fmt.Printf format %d reads arg #1, but call has 0 args"
	fmt.Printf("%d %d", i) // WANT "fmt.Printf format %d reads arg #2, but call has 1 arg"
	fmt.Printf("%d", i, i) // WANT "fmt.Printf call needs 1 arg but has 2 args"
	fmt.Printf("no directives", i) // WANT "fmt.Printf call has arguments but no formatting directives"
	fmt.Printf("100%", i) // WANT "fmt.Printf format % is missing verb at end of string"
	fmt.Printf("%[2]d %[1]d", i, i)
	fmt.Printf("%[3]d", i) // WANT "fmt.Printf format %[3]d reads arg #3, but call has 1 arg"
	fmt.Printf("%[x]d", i) // WANT "fmt.Printf format has invalid argument index [x]"
	fmt.Printf("%[1", i) // WANT "fmt.Printf format %[1 is missing closing ]"
	fmt.Printf("%*d %.*f", i, i, i, fl)
	fmt.Printf("%*d", s, i) // WANT "fmt.Printf format %*d uses non-int s as argument of *"
	fmt.Printf("%*d", i) // WANT "fmt.Printf format %*d reads arg #2, but call has 1 arg"
	fmt.Printf("%#d %+s %-5t % x %05d", i, s, b, s, i) // WANT "fmt.Printf format %#d has unrecognized flag #"
	fmt.Printf("%#s", s) // WANT "fmt.Printf format %#s has unrecognized flag #"
	fmt.Printf("%c %U %q", i, 'a', "b")
	fmt.Printf("%q", i) // WANT "fmt.Printf format %q has arg i of wrong type int"
	fmt.Printf("%q", 'x')
	fmt.Printf("%T %p", i, i) // WANT "fmt.Printf format %p has arg i of wrong type int"
	fmt.Printf("%s", f) // WANT "fmt.Printf format %s arg f is a func value, not called"
	fmt.Printf("%v", f) // WANT "fmt.Printf format %v arg f is a func value, not called"
	fmt.Printf("%p", f)
	fmt.Printf("%%")
	fmt.Printf("%% %d", i)
	fmt.Printf(s) // WANT "non-constant format string in call to fmt.Printf"
	fmt.Printf(s, i)
	fmt.Printf("%w", e) // WANT "fmt.Printf does not support error-wrapping directive %w"
	fmt.Errorf("%w", s) // WANT "result of fmt.Errorf call not used" "fmt.Errorf format %w has arg s of wrong type string"
	_ = fmt.Errorf("%w %w", e, e)
	_ = fmt.Errorf("%w", &myErr{}) // WANT "%w wants operand of error type myErr, not pointer type *myErr (defeats errors.Is)"
	_ = fmt.Errorf("%w", myErr{})
	_ = fmt.Errorf("%d", e)
	_ = errors.New("%d")
	fmt.Println("%d", i) // WANT "fmt.Println call has possible Printf formatting directive %d"
	fmt.Println("a\n") // WANT "fmt.Println arg list ends with redundant newline"
	fmt.Println(i, "b\n") // WANT "fmt.Println arg list ends with redundant newline"
	fmt.Print("a %s b", s) // WANT "fmt.Print call has possible Printf formatting directive %s"
	fmt.Println("50% off", "%2f")
	fmt.Println(os.Stdout, "x") // WANT "fmt.Println does not take io.Writer but has first arg os.Stdout"
	fmt.Println(f) // WANT "fmt.Println arg f is a func value, not called"
	fmt.Println()
	fmt.Fprintf(os.Stdout, "%d", s) // WANT "fmt.Fprintf format %d has arg s of wrong type string"
	fmt.Fprintln(os.Stdout, "%d") // WANT "fmt.Fprintln call has possible Printf formatting directive %d"
	_ = fmt.Sprintf("%d", s) // WANT "fmt.Sprintf format %d has arg s of wrong type string"
	_ = fmt.Sprint("%d", s) // WANT "fmt.Sprint call has possible Printf formatting directive %d"
	_ = fmt.Appendf(nil, "%d", s) // WANT "fmt.Appendf format %d has arg s of wrong type string"
	log.Printf("%d", s) // WANT "log.Printf format %d has arg s of wrong type string"
	log.Fatalln("x\n") // WANT "log.Fatalln arg list ends with redundant newline"
	log.New(os.Stderr, "", 0).Printf("%t", s) // WANT "(*log.Logger).Printf format %t has arg s of wrong type string"
	log.Panicf("%d %d", i) // WANT "log.Panicf format %d reads arg #2, but call has 1 arg"
	wrapf("%d", s) // WANT "example.com/v.wrapf format %d has arg s of wrong type string"
	wrap2(1, "%d", s) // WANT "example.com/v.wrap2 format %d has arg s of wrong type string"
	errf("%d %w", s, e) // WANT "example.com/v.errf format %d has arg s of wrong type string"
	wrapln("a\n") // WANT "example.com/v.wrapln arg list ends with redundant newline"
	pt.logf("%d", s) // WANT "(example.com/v.point).logf format %d has arg s of wrong type string"
	notwrap("%d", s)
	typed("%d", s)
	fmt.Printf("%d", []int{1})
	fmt.Printf("%d", []string{s}) // WANT "fmt.Printf format %d has arg []string{s} of wrong type []string"
	fmt.Printf("%s", []byte("x"))
	fmt.Printf("%s", [3]byte{})
	fmt.Printf("%d", [3]byte{})
	fmt.Printf("%s", named{}) // WANT "fmt.Printf format %s has arg named{} of wrong type example.com/v.named"
	fmt.Printf("%d", named{}) // WANT "fmt.Printf format %d has arg named{} of wrong type example.com/v.named"
	fmt.Printf("%s", hidden{}) // WANT "fmt.Printf format %s has arg hidden{} of wrong type example.com/v.hidden"
	fmt.Printf("%d", make(chan int))
	fmt.Printf("%s", make(chan int)) // WANT "fmt.Printf format %s has arg make(chan int) of wrong type chan int"
	fmt.Printf("%z %d", formatter{}, formatter{})
	fmt.Printf("%d", nil) // WANT "fmt.Printf format %d has arg nil of wrong type untyped nil"
	fmt.Printf("%s", nil) // WANT "fmt.Printf format %s has arg nil of wrong type untyped nil"
	fmt.Printf("%v", nil)
	fmt.Printf("%d", time.Second)
	fmt.Printf("%s", time.Second)
	fmt.Printf("%d %s", time.Now(), time.Now()) // WANT "fmt.Printf format %d has arg time.Now() of wrong type time.Time"
	fmt.Printf("%x", unsafe.Sizeof(i))
	fmt.Printf("%d", 1.5) // WANT "fmt.Printf format %d has arg 1.5 of wrong type float64"
	fmt.Printf("%s", 1) // WANT "fmt.Printf format %s has arg 1 of wrong type int"
	fmt.Printf("%t", 1 == 2)
	fmt.Printf("%c", "x") // WANT "fmt.Printf format %c has arg \"x\" of wrong type string"
	fmt.Printf("%x", 2+3i)
	fmt.Printf(`raw %d "x"`, s) // WANT "fmt.Printf format %d has arg s of wrong type string"
	fmt.Printf("esc \t\x41é\u00e9 %d", s) // WANT "fmt.Printf format %d has arg s of wrong type string"
	fmt.Printf("con"+"cat %d", s) // WANT "fmt.Printf format %d has arg s of wrong type string"
	fmt.Printf("%d %s", []any{1, 2}...)
	args := []any{1}
	fmt.Printf("%d %d", args...)
	fmt.Printf("%s %s", s, &st)
	func() { fmt.Printf("%d", s) }() // WANT "fmt.Printf format %d has arg s of wrong type string"
}

func g[T any, N ~int | ~string, M ~int | ~int8](t T, n N, m M) {
	fmt.Printf("%d", t) // WANT "fmt.Printf format %d has arg t of wrong type T"
	fmt.Printf("%v", t)
	fmt.Printf("%d", n) // WANT "fmt.Printf format %d has arg n of wrong type N (contains ~string)"
	fmt.Printf("%d", m)
	fmt.Printf("%s", m) // WANT "fmt.Printf format %s has arg m of wrong type M (contains ~int)"
}
