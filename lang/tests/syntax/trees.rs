//! Trees of correct programs.

use crate::{dump, messages, parse};

fn check(src: &str) -> String {
    let p = parse(src);
    assert_eq!(messages(&p), "", "in\n{src}");
    assert!(p.ids.count() > 0);
    dump::file(&p.file)
}

/// The tree of statements in a function.
fn check_body(body: &str) -> String {
    let p = parse(&format!("package p\nfunc _() {{\n{body}\n}}\n"));
    assert_eq!(messages(&p), "", "in\n{body}");
    match &p.file.decls[..] {
        [mgo_lang::syntax::ast::Decl::Func(f)] => dump::stmts(&f.body.as_ref().unwrap().stmts, 0),
        _ => panic!("one function was parsed"),
    }
}

#[test]
fn declarations() {
    insta::assert_snapshot!(check(
        r#"package p
import "fmt"
import ( m "math"; . "os"; _ "x/y" )
const a = 1
const ( b int = iota; c; d, e = 1, 2 )
var x int
var ( y, z = 1, 2; w []int = nil )
//go:embed a.txt
var text string
type T struct{}
type ( A = B; P *T; F func(a, b int, c ...string) (int, error) )
func f()
func g() int { return 1 }
//go:noinline
// comment
//go:nosplit
func (t *T) m(a int, _ string) (n int, err error) {}
func (T) n(int, string) {}
"#
    ));
}

#[test]
fn types() {
    insta::assert_snapshot!(check(
        r#"package p
type (
	_ []int
	_ [3]int
	_ [N * 2][...]int
	_ map[string][]*T
	_ chan int
	_ chan<- chan int
	_ <-chan <-chan int
	_ chan (<-chan int)
	_ chan func()
	_ func() func(int) (func(), error)
	_ (func(int))
	_ *pkg.T
	_ struct { a, b int; c string `tag`; T; *U "x"; pkg.V; W[int]; arr [4]byte; f func() }
	_ interface { m(int) (a, b int); n(); fmt.Stringer; ~int | ~string; int | []T; comparable; E[int] }
	_ interface{}
)
"#
    ));
}

#[test]
fn type_parameters_and_array_lengths() {
    insta::assert_snapshot!(check(
        r#"package p
type (
	_[P any] int
	_[P, Q any, R ~int | string] struct{}
	_[P *T,] int
	_[P *T | Q] int
	_[P *[]int] int
	_[P (T)] int
	_[P interface{ m() }] int
	_[P []E, E any] int
	_[P func(int)] = int
	_ [N]int
	_ [N + 1]int
	_ [P * T]int
	_ [pkg.N]int
	_ [f(x)]int
	_ []int
)
func F[T any, U interface{ ~[]T }](x T, y ...U) (z map[T]U) { return F[int, []int](1, nil) }
func (r R[K, V]) M[T any](f func(K) T) T {}
var _ = f[int](x)
var _ = pkg.T[int, []string]{1}
func _(a [n]int, b T[n], c []int, d T[a]) {}
func _(a, b [n]T) {}
func _(a.b, *c, []d, func()) {}
"#
    ));
}

#[test]
fn expressions() {
    insta::assert_snapshot!(check_body(
        r#"
_ = a + b*c - d<<e&^f | g
_ = a || b && c == d+e || !f
_ = -x ^ ^y & *p
_ = <-c + <-d
_ = &T{1, 2}
_ = []int{1, 2: 3, 4,}
_ = map[string]P{"a": {1, 2}, "b": {x: 1}}
_ = [...]T{{}, {}}
_ = struct{ a int }{1}
_ = x[1:2], x[:], x[1:], x[:2], x[a:b:c], x[:b:c]
_ = x.(T), x.(*T), x.y.z(1, b...)(3)[4]
_ = f(a, b...)
_ = func(a int) int { return a }(1)
_ = []byte("abc")
_ = (*T)(nil), (func())(f), func()(nil)
_ = map[string]int(x)
_ = chan int(c), (<-chan int)(c), <-chan int(c)
_ = interface{}(x).(int)
_ = interface{ m() }.m
_ = make([]int, 3), make(chan<- T), new(func() int)
_ = f(<-chan int(nil), func() {}, *[]int, []func(){}, []func(){nil})
_ = x.y[int].z, T[int]{}.f, m[k](a)
_ = (((x)))
f(
	a,
	b,
)
"#
    ));
}

#[test]
fn statements() {
    insta::assert_snapshot!(check_body(
        r#"
;;
x, y := 1, 2
x, y = y, x
x += 1; x &^= 2; x <<= 3
x++
a[i]--
c <- <-d
go f()
defer func() { recover() }()
L: for { break L; continue L; goto L }
M:
{ var v int; const k = 1; type t int }
return
return 1, f()
if x { } else if y := 1; y > 0 { a() } else { b() }
for i := 0; i < n; i++ { }
for ; ; { }
for x < y { }
for range c { }
for i := range 10 { }
for k, v := range m { }
for k, v = range f() { }
for _, x = range []int{1, 2} { }
switch { }
switch x := f(); x { case 1, 2: a(); fallthrough; case 3: default: b() }
switch x.(type) { case int, *T, nil, func(), []string: }
switch y := f(); v := y.(type) { case map[string]int, chan int: case interface{ m() }: }
select { case x := <-c: a(); case c <- 1: case <-d: case v, ok = <-e: default: }
END:
"#
    ));
}

#[test]
fn braces_after_headers() {
    insta::assert_snapshot!(check_body(
        r#"
if x == (T{}) { }
if f := func() bool { return true }; f() { }
if func() T { return T{} }().x { a() }
for _, v := range []struct{ a int }{{1}} { }
for range map[string]func(){"a": nil} { }
for x := range [...]T{{}, {}}[1:] { }
switch f(T{1}) { case T{2}: }
if v, ok := x.(interface{ m() }); ok { }
if x := (struct{}{}); x == y { }
for a[T{1}.x] { }
for func() []int { return nil }()[0] { }
if c := make(chan struct{}); c == nil { }
if []int(x) == nil { }
switch x := y.(type) { }
if <-c { }
for range interface{}(x).([]int) { }
go func() { if a { b() } }()
if f(func() { for { if x { } } }) { }
"#
    ));
}

#[test]
fn comments_are_kept() {
    let p = parse("// a\npackage p /* b */\n\n// c\nvar x int // d\n");
    let texts: Vec<_> = p.file.comments.iter().map(|&c| p.map.text(c)).collect();
    assert_eq!(texts, ["// a", "/* b */", "// c", "// d"]);
}

#[test]
fn spans_cover_the_whole_node() {
    use mgo_lang::syntax::ast::{Expr, Stmt};
    use mgo_lang::syntax::visit::{Visitor, walk_expr, walk_file, walk_stmt};

    struct Texts<'a>(&'a mgo_lang::source::SourceMap, Vec<String>);
    impl Visitor for Texts<'_> {
        fn expr(&mut self, x: &Expr) {
            self.1.push(self.0.text(x.span).into());
            walk_expr(self, x);
        }
        fn stmt(&mut self, s: &Stmt) {
            self.1.push(self.0.text(s.span).into());
            walk_stmt(self, s);
        }
    }
    let p = parse("package p\nfunc f() {\n\tx = -a.b(c)[1:] + []int{2}[0]\n\tfor i := range n { i++ }\n}\n");
    let mut v = Texts(&p.map, Vec::new());
    walk_file(&mut v, &p.file);
    insta::assert_snapshot!(v.1.join("\n"));
}
