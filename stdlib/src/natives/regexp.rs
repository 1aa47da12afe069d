//! Natives of `regexp`: compiled expressions are kept here under numbers, which the program's values hold.

use std::sync::Arc;

use mgo_vm::native::{Bytes, NativeCtx, Slice, Str};
use mgo_vm::natives;

use super::kept::Kept;
use crate::regexp::{Mode, Program};

static PROGRAMS: Kept<Program> = Kept::new();

fn program(id: i64) -> Arc<Program> {
    PROGRAMS.get(id)
}

/// The matches as a slice of ints.
fn all<'n>(cx: &mut NativeCtx<'n>, id: i64, text: &[u8], limit: i64, longest: bool) -> Slice<'n> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = program(id).all(text, limit, longest);
    if found.is_empty() {
        return Slice::NIL;
    }
    let out = cx.words(found.len());
    for (i, &v) in found.iter().enumerate() {
        out.set_word(i, v as u64);
    }
    out
}

natives! {
    /// `regexp`.
    REGEXP:
    // id, names of the groups; or a code and what it is about.
    "regexp.compile" = |cx, expr: Str<'n>, posix: bool| -> (i64, Slice<'n>, String, Vec<u8>) {
        let mode = if posix { Mode::Posix } else { Mode::Perl };
        match Program::new(&expr, mode) {
            Ok(p) => {
                let names: Vec<&[u8]> = p.names.iter().map(String::as_bytes).collect();
                let names = cx.strings(&names);
                (PROGRAMS.keep(p), names, String::new(), Vec::new())
            }
            Err(e) => (-1, Slice::NIL, e.code.to_owned(), e.fragment),
        }
    };
    "regexp.release" = |cx, id: i64| -> () { PROGRAMS.release(id) };
    "regexp.prefix" = |cx, id: i64| -> (String, bool) { program(id).prefix.clone() };
    "regexp.matchString" = |cx, id: i64, s: Str<'n>| -> bool { program(id).is_match(&s) };
    // Bytes may change meanwhile: the automata want a text that stands still.
    "regexp.matchBytes" = |cx, id: i64, b: Bytes<'n>| -> bool {
        let text = b.to_vec();
        program(id).is_match(&text)
    };
    "regexp.allString" = |cx, id: i64, s: Str<'n>, limit: i64, longest: bool| -> Slice<'n> {
        all(cx, id, &s, limit, longest)
    };
    "regexp.allBytes" = |cx, id: i64, b: Bytes<'n>, limit: i64, longest: bool| -> Slice<'n> {
        let text = b.to_vec();
        all(cx, id, &text, limit, longest)
    };
}
