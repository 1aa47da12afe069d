//! Random input: the parser never panics, and does not run away.

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::lexer::{decode, rune_value, unquote_string};
use mgo_lang::syntax::parser::{FragmentKind, parse_fragment};
use proptest::prelude::*;

use crate::parse;

/// Pieces from which programs are put together at random.
const PIECES: &[&str] = &[
    "x",
    "y",
    "T",
    "_",
    "1",
    "1.5",
    "'a'",
    "\"s\"",
    "`r`",
    "+",
    "-",
    "*",
    "/",
    "&",
    "&^",
    "|",
    "<<",
    "<-",
    "++",
    "--",
    "==",
    "=",
    ":=",
    "+=",
    "!",
    "~",
    "...",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    ".",
    "\n",
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
    "f(x)",
    "T{}",
    "[]T",
    "func() {",
    "if x {",
    "for i := range x {",
    "switch x.(type) {",
    "select {",
    "x := 1",
    "type T[P any] struct {",
    "func f() {\n",
    "func (r T) m() {\n",
    "}\n",
    "// c\n",
    "/* c */",
    "'",
    "\"",
    "`",
    "@",
    "\u{0}",
    "é",
    "☹",
];

/// A program that most of the grammar takes part in.
const SAMPLE: &str = include_str!("sample.go");

fn any_fragment(src: &str) {
    for kind in [FragmentKind::Stmts, FragmentKind::Expr] {
        let mut map = SourceMap::new();
        let Ok(id) = map.add("x", src) else { return };
        parse_fragment(&map, id, kind, &mut ExprIds::new(), &mut Diagnostics::new());
    }
}

#[test]
fn the_sample_is_correct() {
    let p = parse(SAMPLE);
    assert_eq!(crate::messages(&p), "");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (text, _) = decode(bytes);
        parse(&text);
        parse(&format!("package p\nfunc f() {{\n{text}"));
        any_fragment(&text);
    }

    #[test]
    fn pieces(list in prop::collection::vec(0..PIECES.len(), 0..120)) {
        let text: Vec<_> = list.iter().map(|&i| PIECES[i]).collect();
        let text = text.join(" ");
        parse(&format!("package p\n{text}"));
        parse(&format!("package p\nfunc f() {{\n{text}\n}}\n"));
        any_fragment(&text);
    }

    #[test]
    fn damaged_program(at in 0..SAMPLE.len(), len in 0usize..40, piece in 0..PIECES.len()) {
        let cut = |mut i: usize| {
            i = i.min(SAMPLE.len());
            while !SAMPLE.is_char_boundary(i) { i -= 1; }
            i
        };
        let (a, b) = (cut(at), cut(at + len));
        parse(&format!("{}{}{}", &SAMPLE[..a], PIECES[piece], &SAMPLE[b..]));
    }

    #[test]
    fn literals(text in ".{0,12}") {
        unquote_string(&format!("\"{text}\""));
        unquote_string(&format!("\"\\{text}"));
        unquote_string(&text);
        rune_value(&format!("'{text}'"));
        rune_value(&format!("'\\{text}"));
    }
}
