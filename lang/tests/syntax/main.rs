//! Tests of the syntax half: text in; tokens, trees and messages out, held against snapshots.

mod depth;
mod dump;
mod errors;
mod fragments;
mod random;
mod std_library;
mod tokens;
mod trees;

use mgo_lang::diag::render::{Style, render};
use mgo_lang::diag::{Diagnostic, Diagnostics};
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::{ExprIds, File};
use mgo_lang::syntax::parser::parse_file;

/// A parsed text.
struct Parsed {
    map: SourceMap,
    file: File,
    ids: ExprIds,
    diags: Vec<Diagnostic>,
}

fn parse(src: &str) -> Parsed {
    let mut map = SourceMap::new();
    let id = map.add("x.go", src).expect("the text is small");
    let (mut ids, mut diags) = (ExprIds::new(), Diagnostics::new());
    let file = parse_file(&map, id, &mut ids, &mut diags);
    Parsed {
        map,
        file,
        ids,
        diags: diags.into_sorted(),
    }
}

/// The messages of a parsed text, a line each.
fn messages(p: &Parsed) -> String {
    render(&p.map, &p.diags, Style::Lines, true)
}
