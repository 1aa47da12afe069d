//! Package sync/atomic: sequentially consistent operations on words of the program's memory.
//!
//! Loads, stores, additions and compare-and-swap of integers are instructions (`compile/inplace.rs`).
//!
//! Interfaces are two words, and a processor's 16-byte compare-and-swap is no part of Rust's stable atomics. So
//! stores and swaps of them take a lock chosen by the address; loads do not, one 16-byte access being enough.

use std::sync::Mutex;
use std::sync::atomic::Ordering::SeqCst;

use crate::native::{Any, NativeFn, NativeResult, Ptr};
use crate::value::mem;

static LOCKS: [Mutex<()>; 16] = [const { Mutex::new(()) }; 16];

/// Gives the interface at `at` to `change`, which says what to store, and whether.
fn update(at: u64, change: impl FnOnce((u64, u64)) -> Option<(u64, u64)>) -> (u64, u64) {
    let _guard = LOCKS[(at >> 4) as usize % LOCKS.len()]
        .lock()
        .unwrap_or_else(|e| e.into_inner());
    let old = mem::load128(at);
    if let Some(new) = change(old) {
        mem::store128(at, new);
    }
    std::sync::atomic::fence(SeqCst);
    old
}

/// The write barrier for a pointer that an atomic operation has taken out of memory or is about to: no safepoint lies
/// between the two, so no cycle can end there.
fn overwritten(old: u64) -> u64 {
    mem::shade_word(old);
    old
}

macro_rules! integers {
    ($($table:ident $name:literal $atomic:ident $int:ty;)*) => {$(
        crate::natives! { $table:
            "sync/atomic.Swap" $name = |cx, p: Ptr<'_>, v: $int| -> Result<$int, NativeResult> {
                Ok(p.$atomic()?.swap(v as _, SeqCst) as $int)
            };
            "sync/atomic.And" $name = |cx, p: Ptr<'_>, v: $int| -> Result<$int, NativeResult> {
                Ok(p.$atomic()?.fetch_and(v as _, SeqCst) as $int)
            };
            "sync/atomic.Or" $name = |cx, p: Ptr<'_>, v: $int| -> Result<$int, NativeResult> {
                Ok(p.$atomic()?.fetch_or(v as _, SeqCst) as $int)
            };
        }
    )*};
}

integers! {
    INT32 "Int32" atomic32 i32;
    UINT32 "Uint32" atomic32 u32;
    INT64 "Int64" atomic64 i64;
    UINT64 "Uint64" atomic64 u64;
    UINTPTR "Uintptr" atomic64 u64;
}

crate::natives! { ANY:
    "sync/atomic.loadAny" = |cx, p: Ptr<'_>| -> Result<Any<'_>, NativeResult> {
        std::sync::atomic::fence(SeqCst);
        Ok(Any::from_words(mem::load128(p.not_nil()?)))
    };
    "sync/atomic.storeAny" = |cx, p: Ptr<'_>, v: Any<'_>| -> Result<(), NativeResult> {
        update(p.not_nil()?, |_| Some(v.words()));
        Ok(())
    };
    "sync/atomic.swapAny" = |cx, p: Ptr<'_>, v: Any<'_>| -> Result<Any<'_>, NativeResult> {
        Ok(Any::from_words(update(p.not_nil()?, |_| Some(v.words()))))
    };
    "sync/atomic.casAny" = |cx, p: Ptr<'_>, old: Any<'_>, new: Any<'_>| -> Result<bool, NativeResult> {
        let was = update(p.not_nil()?, |is| (is == old.words()).then(|| new.words()));
        Ok(was == old.words())
    };
}

crate::natives! { POINTER:
    "sync/atomic.loadPointer" = |cx, p: Ptr<'_>| -> Result<u64, NativeResult> { Ok(p.atomic64()?.load(SeqCst)) };
    "sync/atomic.storePointer" = |cx, p: Ptr<'_>, v: u64| -> Result<(), NativeResult> {
        overwritten(p.atomic64()?.swap(v, SeqCst));
        Ok(())
    };
    "sync/atomic.swapPointer" = |cx, p: Ptr<'_>, v: u64| -> Result<u64, NativeResult> {
        Ok(overwritten(p.atomic64()?.swap(v, SeqCst)))
    };
    "sync/atomic.casPointer" = |cx, p: Ptr<'_>, old: u64, new: u64| -> Result<bool, NativeResult> {
        overwritten(old);
        Ok(p.atomic64()?.compare_exchange(old, new, SeqCst, SeqCst).is_ok())
    };
}

/// The tables of this module.
pub(super) const TABLES: [&[(&str, NativeFn)]; 7] = [INT32, UINT32, INT64, UINT64, UINTPTR, ANY, POINTER];
