//! The counters of statements, for package testing.

use crate::bytecode::cover::Cover;
use crate::native::NativeCtx;

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
    "internal/testlink.CoverBlock" = |cx, i: i64| -> (String, i64, i64) {
        ask(cx, |c| {
            let i = i as usize;
            let Some(b) = c.blocks.get(i) else { return (String::new(), 0, 0) };
            (b.at.clone(), i64::from(b.statements), i64::from(c.count(i)))
        })
    };
}
