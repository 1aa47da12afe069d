//! Package internal/synctest: bubbles of goroutines with a clock of their own.

use mgo_runtime::bubble::{Bubble, Ending};
use mgo_runtime::engine::Yield;

use crate::native::NativeResult;

crate::natives! {
    /// The natives of this module.
    TABLE:
    "internal/synctest.begin" = |cx| -> NativeResult {
        let g = cx.g();
        if g.bubble().is_some() {
            return cx.panic("synctest.Run called from within a synctest bubble");
        }
        Bubble::begin(cx.worker(), g);
        NativeResult::Done
    };
    "internal/synctest.waitEnd" = |cx| -> NativeResult {
        let g = cx.g();
        let Some(b) = g.bubble() else { return NativeResult::Done };
        b.wait_end(cx.worker(), g);
        NativeResult::Yield(Yield::Parked)
    };
    "internal/synctest.leave" = |cx| -> i64 {
        let g = cx.g();
        match g.bubble().map(|b| b.leave(g)) {
            None | Some(Ending::Done) => 0,
            Some(Ending::Deadlock) => 1,
            Some(Ending::Left) => 2,
        }
    };
    "internal/synctest.Wait" = |cx| -> NativeResult {
        let g = cx.g();
        match g.bubble() {
            None => cx.panic("goroutine is not in a bubble"),
            Some(b) if b.wait_idle(cx.worker(), g) => NativeResult::Yield(Yield::Parked),
            Some(_) => cx.panic("wait already in progress"),
        }
    };
    "internal/synctest.IsInBubble" = |cx| -> bool { cx.g().bubble().is_some() };
    "internal/rt.Bubble" = |cx| -> u32 { cx.g().bubble().map_or(0, |b| b.tag().into()) };
}
