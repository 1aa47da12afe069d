//! Tokens: where semicolons come, and what is wrong inside of tokens.

use mgo_lang::diag::Diagnostics;
use mgo_lang::diag::render::{Style, render};
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::lexer::{decode, lex, report_invalid_utf8};

/// The tokens of `src`, with `⏎` for an inserted semicolon; then the errors.
fn check(src: &[u8]) -> String {
    let (text, bad) = decode(src.to_vec());
    let mut map = SourceMap::new();
    let id = map.add("x.go", text).expect("the text is small");
    let (file, mut diags) = (map.file(id), Diagnostics::new());
    report_invalid_utf8(file, &bad, &mut diags);
    let lexed = lex(file, &mut diags);
    let mut out = String::new();
    for t in &lexed.tokens {
        let text = &file.text[t.lo as usize..t.hi as usize];
        match text {
            "\n" | "" => out.push('⏎'),
            _ if text.contains('\n') => out.push_str(&format!("{:?}<{text:?}>", t.token)),
            _ => out.push_str(&format!("{:?}<{text}>", t.token)),
        }
        out.push(if text == "\n" { '\n' } else { ' ' });
    }
    out.push_str(&format!("\n{} comments\n", lexed.comments.len()));
    out.push_str(&render(&map, &diags.into_sorted(), Style::Lines, true));
    out
}

#[test]
fn semicolons_are_inserted() {
    insta::assert_snapshot!(check(
        b"package p // comment\n\nfunc f() (x int) {\n\tx++\n\treturn /* a\n b */\n\tbreak; continue\n\
          \tgo /* c */ f(1,\n\t\t2)\n\tx = `a\nb`\n}\n/* end */"
    ));
}

#[test]
fn literals_have_kinds() {
    insta::assert_snapshot!(check(
        b"1 0x1F 0b1 0o7 017 1_000 1.5 .5 1e3 0x1p-2 3i 0x1p2i 'a' '\\'' '\\n' \"\\u00e9\\\"\" `raw\\n` 08.5 \"\""
    ));
}

#[test]
fn faulty_tokens_are_reported_where_they_are() {
    insta::assert_snapshot!(check(
        b"a := \"abc\nb := 'ab'\nc := ''\nd := '\ne := 0b12 + 0x + 1__0 + 09 + 1e\nf := \"\\q\\400\\ud800\\xzz\"\n\
          g := a @ b # c $ \\\nh := \xc2\xb7x\xe2\x98\xb9y \xe0\xa5\xa7\nx\x00y\n\xff\xfez\n\xef\xbb\xbfw\n/* open"
    ));
}

#[test]
fn a_mark_and_a_shebang_may_come_first() {
    insta::assert_snapshot!(check(
        "\u{FEFF}#!/usr/bin/env mgo run\npackage p\r\nvar x = `a\r\nb`".as_bytes()
    ));
}

#[test]
fn unclosed_literals_are_reported_at_their_start() {
    for (src, want) in [
        ("x = `abc", "x.go:1:5: string not terminated\n"),
        ("x = \"abc", "x.go:1:5: string not terminated\n"),
        ("x = 'a", "x.go:1:5: rune literal not terminated\n"),
        ("x /*/", "x.go:1:3: comment not terminated\n"),
    ] {
        assert!(
            check(src.as_bytes()).ends_with(want),
            "{src}: {}",
            check(src.as_bytes())
        );
    }
}

#[test]
fn a_long_literal_is_one_token() {
    let src = format!("package p\nvar x = \"{}\"\n", "a\\n".repeat(1 << 20));
    let p = crate::parse(&src);
    assert!(p.diags.is_empty() && p.file.decls.len() == 1);
}
