//! Pieces of programs, as typed at a prompt.

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::{Fragment, FragmentKind, parse_fragment};

use crate::dump;

fn fragment(src: &str, kind: FragmentKind) -> (Fragment, usize) {
    let mut map = SourceMap::new();
    let id = map.add("prompt", src).expect("the text is small");
    let (mut ids, mut diags) = (ExprIds::new(), Diagnostics::new());
    let f = parse_fragment(&map, id, kind, &mut ids, &mut diags);
    (f, diags.iter().count())
}

#[test]
fn statements_and_declarations_mix() {
    let (f, errors) = fragment(
        "import \"fmt\"\nx := 1; var y int\nfunc f(a int) int { return a }\nfunc (t T) m() {}\n\
         func() { f(1) }()\nfmt.Println(x)\ntype T[P any] struct{}\n",
        FragmentKind::Stmts,
    );
    assert_eq!(errors, 0);
    insta::assert_snapshot!(dump::stmts(&f.stmts, 0));
}

#[test]
fn expressions_stand_alone() {
    let (f, errors) = fragment("x + f(1)\n", FragmentKind::Expr);
    assert_eq!(
        (f.expr.as_ref().map(dump::expr), errors),
        (Some("(+ x (call f [1]))".into()), 0)
    );
    let (f, errors) = fragment("x y", FragmentKind::Expr);
    assert!(f.expr.is_none() && errors == 1 && !f.incomplete);
}

#[test]
fn unfinished_input_is_told_from_faulty() {
    for (src, incomplete) in [
        ("if x {", true),
        ("f(1,", true),
        ("x := `abc", true),
        ("x /* abc", true),
        ("func f() {\n\tx := 1\n", true),
        ("for i := range 10 {\n}", false),
        ("x y", false),
        ("x := \"abc", false),
        ("}", false),
        ("f(1))", false),
        ("x +", true),
        ("x y\nif {", false),
    ] {
        assert_eq!(
            fragment(src, FragmentKind::Stmts).0.incomplete,
            incomplete,
            "{src}"
        );
    }
}
