//! No input is too deep: past the limit there is a message, below it the tree can be walked and dropped.

use mgo_lang::diag::Code;
use mgo_lang::syntax::ast::MAX_DEPTH;

use crate::{dump, parse};

/// Texts that nest `n` deep, in all the ways there are.
fn nested(n: usize) -> Vec<(&'static str, String)> {
    let both = |open: &str, mid: &str, close: &str| format!("{}{mid}{}", open.repeat(n), close.repeat(n));
    let in_func = |s: String| format!("package p\nfunc f() {{\n{s}\n}}\n");
    let expr = |s: String| format!("package p\nvar x = {s}\n");
    let ty = |s: String| format!("package p\ntype T {s}\n");
    vec![
        ("parentheses", expr(both("(", "x", ")"))),
        ("calls", expr(both("f(", "x", ")"))),
        ("indices", expr(both("a[", "x", "]"))),
        ("chained calls", expr(format!("f{}", "()".repeat(n)))),
        ("chained indices", expr(format!("a{}", "[1]".repeat(n)))),
        ("selectors", expr(format!("a{}", ".b".repeat(n)))),
        ("assertions", expr(format!("a{}", ".(int)".repeat(n)))),
        ("sums", expr(format!("x{}", "+x".repeat(n)))),
        ("sums to the right", expr(both("(x+", "x", ")"))),
        ("unary", expr(format!("{}x", "!".repeat(n)))),
        ("pointers", ty(format!("{}int", "*".repeat(n)))),
        ("receives", expr(format!("{}x", "<-".repeat(n)))),
        ("slices", ty(format!("{}int", "[]".repeat(n)))),
        ("maps", ty(format!("{}int", "map[int]".repeat(n)))),
        ("map keys", ty(both("map[", "int", "]int"))),
        ("channels", ty(format!("{}int", "chan ".repeat(n)))),
        ("functions", ty(format!("func() {}int", "func() ".repeat(n)))),
        ("parameters", ty(both("func(", "int", ")"))),
        ("structs", ty(both("struct { x ", "int", "}"))),
        ("interfaces", ty(both("interface { m(x ", "int", ") }"))),
        ("literals", expr(both("{", "", "}").replacen('{', "T{", 1))),
        ("keys", expr(both("T{a: ", "1", "}"))),
        ("function literals", expr(both("func() { x = ", "1", "\n}"))),
        ("blocks", in_func(both("{", "", "}"))),
        ("ifs", in_func(both("if x {\n", "", "\n}"))),
        (
            "else ifs",
            in_func(format!("if x {{}}{}", " else if x {}".repeat(n))),
        ),
        ("loops", in_func(both("for {\n", "", "\n}"))),
        ("switches", in_func(both("switch { case x:\n", "", "\n}"))),
        ("selects", in_func(both("select { default:\n", "", "\n}"))),
        ("labels", in_func(format!("{} x()", "L: ".repeat(n)))),
        (
            "unions",
            format!("package p\ntype T interface {{ int{} }}\n", "|int".repeat(n)),
        ),
        ("type arguments", ty(both("T[", "int", "]"))),
    ]
}

/// Runs `f` on a thread with the stack that the command gives to the passes over trees.
fn with_stack(f: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(f)
        .expect("a thread can start");
    thread.join().expect("nothing overflows");
}

#[test]
fn too_deep_is_reported_and_not_followed() {
    // On the small stack of a test thread: nothing here may recurse.
    for (what, src) in nested(100_000) {
        let p = parse(&src);
        assert!(
            p.diags.iter().any(|d| d.code == Code::TooDeep),
            "{what}: {:?}",
            p.diags.first()
        );
    }
}

#[test]
fn deep_is_parsed_printed_and_dropped() {
    with_stack(|| {
        for (what, src) in nested(MAX_DEPTH as usize / 6) {
            let p = parse(&src);
            assert!(p.diags.is_empty(), "{what}: {:?}", p.diags.first());
            assert!(!dump::file(&p.file).is_empty());
        }
    });
}

#[test]
fn the_limit_is_not_exceeded() {
    use mgo_lang::syntax::ast::{Expr, Stmt};
    use mgo_lang::syntax::visit::{Visitor, walk_expr, walk_file, walk_stmt};

    struct Depth(u32, u32);
    impl Visitor for Depth {
        fn expr(&mut self, x: &Expr) {
            self.0 += 1;
            self.1 = self.1.max(self.0);
            walk_expr(self, x);
            self.0 -= 1;
        }
        fn stmt(&mut self, s: &Stmt) {
            self.0 += 1;
            self.1 = self.1.max(self.0);
            walk_stmt(self, s);
            self.0 -= 1;
        }
    }
    with_stack(|| {
        for n in [3_000, 9_999] {
            for (what, src) in nested(n) {
                let p = parse(&src);
                let mut depth = Depth(0, 0);
                walk_file(&mut depth, &p.file);
                assert!(depth.1 <= MAX_DEPTH, "{what}: {}", depth.1);
            }
        }
    });
}

#[test]
fn unclosed_brackets_take_linear_time() {
    for s in [
        "(",
        "[",
        "{",
        "f(",
        "a[",
        "T{",
        "func() {",
        "if x {",
        "[]",
        "interface { m[",
        "type T [P *",
    ] {
        let p = parse(&format!("package p\nfunc f() {{\n{}", s.repeat(200_000)));
        assert!(!p.diags.is_empty());
        let p = parse(&format!(
            "package p\nfunc f() {{\n{}",
            format!("{s}\n").repeat(50_000)
        ));
        assert!(!p.diags.is_empty());
    }
    for s in [
        ")",
        "]",
        "}",
        "}\n",
        "else",
        "case x:",
        "x y\n",
        "func",
        "; ",
        "if x {\n a b\n}\n",
    ] {
        let p = parse(&format!("package p\nfunc f() {{\n{}", s.repeat(200_000)));
        assert!(!p.diags.is_empty());
    }
}
