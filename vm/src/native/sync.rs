//! Package sync: WaitGroups. (Mutexes are instructions, and all else is built on `internal/rt`.)

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use mgo_runtime::sema;

use crate::native::{NativeResult, Ptr};
use crate::value::mem;

/// Offsets of what a WaitGroup has beside its state, which is at its beginning.
const SEMA: u64 = 8;
const BUBBLE: u64 = 12;

crate::natives! {
    /// The natives of this module.
    TABLE:
    "sync.add" = |cx, wg: Ptr<'_>, delta: i64| -> Result<(), NativeResult> {
        let at = wg.not_nil()?;
        let word = mem::atomic64(at);
        let by = (delta as u64) << 32;
        let state = word.fetch_add(by, SeqCst).wrapping_add(by);
        let (tasks, waiters) = ((state >> 32) as i32, state as u32);
        let bubble = mem::atomic32(at + BUBBLE);
        let (was, is) = (bubble.load(Relaxed), cx.g().bubble().map_or(0, |b| b.tag().into()));
        let is_first = delta > 0 && tasks == delta as i32;
        if was != is {
            if is_first {
                bubble.store(is, Relaxed);
            } else if was != 0 {
                cx.fatal("sync: WaitGroup.Add called from inside and outside synctest bubble");
            }
        }
        if tasks < 0 {
            return Err(cx.panic("sync: negative WaitGroup counter"));
        }
        if waiters != 0 && is_first {
            return Err(cx.panic("sync: WaitGroup misuse: Add called concurrently with Wait"));
        }
        if tasks > 0 || waiters == 0 {
            return Ok(());
        }
        // The last task is done, so nothing may change the state but misuse.
        if word.compare_exchange(state, 0, SeqCst, SeqCst).is_err() {
            return Err(cx.panic("sync: WaitGroup misuse: Add called concurrently with Wait"));
        }
        for _ in 0..waiters {
            sema::release(cx.worker(), mem::atomic32(at + SEMA), false);
        }
        Ok(())
    };
}
