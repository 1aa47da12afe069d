//! For package testing: the counters of statements, and calls of fuzz functions.

use crate::bytecode::cover::Cover;
use crate::native::{Any, Bytes, NativeCtx, Str};

/// What `f` says of the counters; the empty answer if the program has none.
fn ask<T: Default>(cx: &NativeCtx<'_>, f: impl FnOnce(&Cover) -> T) -> T {
    cx.program().cover.get().map_or_else(T::default, f)
}

crate::natives! {
    /// `internal/testlink`: see its source.
    TABLE:
    "internal/testlink.CoverMode" = |cx| -> String { ask(cx, |c| c.mode.clone()) };
    "internal/testlink.CoverScope" = |cx| -> String { ask(cx, |c| c.scope.clone()) };
    "internal/testlink.CoverBlocks" = |cx| -> i64 { ask(cx, |c| c.blocks.len() as i64) };
    "internal/testlink.CoverStep" = |cx| -> i64 { ask(cx, |c| c.step() as i64) };
    "internal/testlink.CoverBlock" = |cx, i: i64| -> (String, i64, i64) {
        ask(cx, |c| {
            let i = i as usize;
            let Some(b) = c.blocks.get(i) else { return (String::new(), 0, 0) };
            (b.at.clone(), i64::from(b.statements), i64::from(c.count(i)))
        })
    };
    "testing.scalarWord" = |cx, bits: u64| -> u64 { bits };
    "testing.stringWords" = |cx, s: Str<'n>| -> Str<'n> { s };
    "testing.bytesWords" = |cx, b: Bytes<'n>| -> Bytes<'n> { b };
    "testing.asFunc1" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc2" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc3" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc4" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc5" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc6" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc7" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc8" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc9" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc10" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc11" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc12" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc13" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc14" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc15" = |cx, f: Any<'_>| -> u64 { f.words().1 };
    "testing.asFunc16" = |cx, f: Any<'_>| -> u64 { f.words().1 };
}
