//! Messages for faulty programs: Go's words at Go's places, all of them in one run.

use crate::{messages, parse};

fn check(src: &str) -> String {
    messages(&parse(src))
}

fn check_body(body: &str) -> String {
    check(&format!("package p; func _() {{{body}\n}}\n"))
}

#[test]
fn files_and_declarations() {
    let mut out = String::new();
    for src in [
        "",
        "func f() {}",
        "package",
        "package p q",
        "package p\nx := 1\nvar y int",
        "package p\nvar x int\nimport \"a\"\nimport \"b\"\n",
        "package p\nimport x\nimport 1\nimport 'a'\n",
        "package p\nfunc f()\n{\n}\nfunc g() {}",
        "package p\nfunc {}\nfunc (T) {}\nfunc (a T, b T) m() {}\nfunc () m() {}\n",
        "package p\nvar x\nvar y := 1\nconst z := 2\nvar = 3\n",
        "package p\ntype T\ntype U = 1\ntype V struct { x y z }\ntype W interface { 1 }\n",
        "package p\nfunc f(a, b c d) { x y }\n",
        "package p\nfunc f(a int, b) {}\nfunc g(a int, []b) {}\nfunc h(a ...int, b int) {}\nfunc i(a, b ...int) {}",
        "package p\nfunc f() (a ...int) {}\nfunc g(...) {}\nfunc h(a chan) {}\n",
        "package p\ntype T[] int\ntype U[P] int\ntype V[P any, Q] int\ntype W[P any, []Q] int\ntype X[n,] int\n",
        "package p\ntype T struct { (U); *(V); (*W) }\ntype I interface { m[T any]() }\nvar f func[T any]()\n",
        "package p\nvar x = <-<-chan int(nil)\ntype T <-<-chan int\nvar y = f(<-chan<- int)\n",
        "package p\nvar (\n\tx int y int\n)\nvar a = []int{\n\t1\n}\n",
        "package p\nfunc f() {} func g() {}\nvar x int var y int\n",
        "package p\n}\nfunc f() {}\n",
        "package p\nfunc f() {\n\tif x {\n\nfunc g() {}\n",
    ] {
        out.push_str(&format!("{src}\n---\n{}=====\n", check(src)));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn statements() {
    let mut out = String::new();
    for src in [
        "\n\tx y\n\tf(\n\tx = 1\n\tz w\n",
        "\n\tif x\n\t{\n\t}\n\tif {\n\t}\n\tif x; {\n\t}\n\tif x = 1 {\n\t}\n\tif x := 1 {\n\t}\n\tif x++ {\n\t}",
        "\n\tif x {}\n\telse {}\n\tif x {} else y\n\tif x {} else if {}\n",
        "\n\tfor x; {\n\t}\n\tfor x; y {\n\t}\n\tfor x; y; z := 1 {\n\t}\n\tfor x := 1 {\n\t}\n\tfor var x = 1; ; {\n\t}",
        "\n\tfor a, b, c := range x {\n\t}\n\tfor x = range {\n\t}\n\tfor i := 0; i < 10; i++\n\t{\n\t}",
        "\n\tswitch x\n\t{\n\tcase 1:\n\t}\n\tswitch x {\n\tfoo()\n\t}\n\tswitch x {\n\tcase 1 foo()\n\tcase 2: f() case 3:\n\t}",
        "\n\tselect x {\n\t}\n\tselect {\n\tcase x y:\n\tL:\n\tcase z:\n\t}",
        "\n\tgo (f())\n\tdefer (f)\n\tgo f\n\tdefer\n\tgo func() {}\n",
        "\n\tgoto\n\tbreak 1\n\ta, b\n\ta, b += 1\n\ta b := 1\n\tx := y := z\n",
        "\n\tx = f(1,\n\t\t2\n\t)\n\ty = []int{1\n\t}\n\tz = a[1\n\t]\n\tw = (1\n\t)\n",
        "\n\tx = a[]\n\tx = a[1:2:]\n\tx = a[1::2]\n\tx = a.\n\tx = a.1\n\tx = a.(\n",
        "\n\tx = 1 +\n\tx = * / 2\n\tx = [3\n\tx = map[string\n\tx = func(\n",
        "\n\tx := (T){}\n\tx := f(){}\n\ty = x.(type)\n\tfunc g() {}\n\timport \"x\"\n",
        "\n\tx = 'ab' + 08 + \"\\z\"\n\ty = 1 @ 2\n\tz = \"abc\n\tw = 1\n",
        "\n\tf(func() {\n\t\tx y\n\t\tz w\n\t}, a b)\n\tc d\n",
        "\n\tswitch x {\n\tcase 1:\n\t\ta b\n\tcase 2:\n\t\tc d\n\t\tif e {\n\t\t\tf g\n\t\t}\n\tdefault:\n\t\th i\n\t}\n\tj k",
        "\n\tif x {\n\t\ta b\n\t} else if y {\n\t\tc d\n\t} else {\n\t\te f\n\t}\n\tg h",
    ] {
        out.push_str(&format!("{src}\n---\n{}=====\n", check_body(src)));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn only_the_first_error_of_a_line_is_kept() {
    assert_eq!(
        check("package p; func f() { x y; a b }\n"),
        "x.go:1:25: syntax error: unexpected name y at end of statement\n"
    );
}

#[test]
fn many_errors_are_found_in_one_run() {
    let body: String = (0..50)
        .map(|i| format!("\tx{i} y\n\tif a {{\n\t\tb{i} c\n\t}}\n"))
        .collect();
    let p = parse(&format!(
        "package p\nfunc f() {{\n{body}}}\nfunc g() {{\n{body}}}\n"
    ));
    assert_eq!(p.diags.len(), 200);
}

#[test]
fn soft_errors_leave_the_tree_intact() {
    let p = parse("package p\nfunc f() {\n\tgo 1\n\t_ = 'ab' + x[::]\n\t_ = x.(type)\n}\n");
    assert_eq!(p.diags.len(), 5);
    assert!(p.diags.iter().all(|d| d.soft));
}
