//! The protocol of `sync.Mutex`.
//!
//! A mutex is two words in the program's memory: a state (the bits below, and the number of waiters above them) and a
//! semaphore that waiters sleep on. In normal mode a waiter that is woken competes with those that arrive, who mostly win: they
//! run already. When one has lost for over a millisecond the mutex starves: arrivals queue up, and each unlock hands
//! the lock straight to the first waiter, until a waiter waited shortly or is the last. (The protocol is Go's.)
//!
//! A G that waits has not finished its operation: it is woken by [`WAKE_AGAIN`], and its engine calls [`lock_again`].
//!
//! The clock is read by those that lost, and by those that queue at a starving mutex: for them the millisecond begins
//! then. Who gets the lock when first woken has read no clock, and that is how it nearly always goes.

use crate::g::{G, WAKE_AGAIN};
use crate::os::thread::nanotime;
use crate::sched::park::WaitReason;
use crate::sema::{self, SemaOp, Waiting};
use crate::sudog::Host;
use crate::sync::{AtomicU32, SeqCst, spin_hint};

const LOCKED: u32 = 1;
/// A waiter is awake and competing: an unlock need not wake another.
const WOKEN: u32 = 2;
const STARVING: u32 = 4;
/// One waiter in the count.
const WAITER: u32 = 8;

/// How long a waiter may lose, in nanoseconds.
const STARVE_AFTER: i64 = 1_000_000;
/// How often an arrival looks for the lock to become free before it queues, and for how long each time.
const POLLS: u32 = 4;
const POLL_HINTS: u32 = 30;

/// A mutex in the program's memory: zero at first, accessed by the functions of this module and, as an atomic word, by
/// `TryLock`.
#[derive(Clone, Copy)]
pub struct MutexRef {
    /// The state.
    pub state: &'static AtomicU32,
    /// What waiters sleep on.
    pub sema: &'static AtomicU32,
}

/// What a lock came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LockOp {
    /// The G holds the mutex.
    Locked,
    /// The G is parked: return `Yield::Parked`. When it goes on, [`lock_again`] is to be called.
    Blocked,
}

/// What an unlock came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnlockOp {
    /// The mutex is free, or a waiter's.
    Done,
    /// It is a waiter's, who should run at once (`Yield::Gosched`).
    HandedOver,
    /// It was not locked.
    NotLocked,
}

/// Takes the mutex if it is free and nobody waits. `solo`: the M holds the only P, so nobody else looks.
#[inline(always)]
pub fn try_lock(state: &AtomicU32, solo: bool) -> bool {
    if solo {
        let is_free = state.load(crate::sync::Relaxed) == 0;
        if is_free {
            state.store(LOCKED, crate::sync::Relaxed);
        }
        return is_free;
    }
    state.compare_exchange(0, LOCKED, SeqCst, SeqCst).is_ok()
}

/// Gives the mutex back if nobody waits; `solo` as for [`try_lock`]. If not: [`unlock`].
#[inline(always)]
pub fn try_unlock(state: &AtomicU32, solo: bool) -> bool {
    if solo {
        let is_mine = state.load(crate::sync::Relaxed) == LOCKED;
        if is_mine {
            state.store(0, crate::sync::Relaxed);
        }
        return is_mine;
    }
    state.compare_exchange(LOCKED, 0, SeqCst, SeqCst).is_ok()
}

/// Locks the mutex for `g`, the current G, whose state is stored, behind the operation.
#[cold]
pub fn lock<H: Host>(h: &mut H, g: &'static G, m: MutexRef) -> LockOp {
    compete(h, g, m, Rival::default())
}

/// Goes on with a lock that blocked; `g` has been woken.
#[cold]
pub fn lock_again<H: Host>(h: &mut H, g: &'static G, m: MutexRef) -> LockOp {
    match after_wait(g, m, g.param.get() as i64) {
        Some(rival) => compete(h, g, m, rival),
        None => LockOp::Locked,
    }
}

/// One that wants the lock.
#[derive(Clone, Copy, Default)]
struct Rival {
    /// Whether it was a waiter and has been woken.
    awake: bool,
    /// Whether it has waited too long.
    starved: bool,
    /// Since when it counts its wait, 0: it does not yet.
    since: i64,
}

fn compete<H: Host>(h: &mut H, g: &'static G, m: MutexRef, mut me: Rival) -> LockOp {
    poll(h, m, &mut me);
    loop {
        let old = m.state.load(SeqCst);
        let is_free = old & (LOCKED | STARVING) == 0;
        let mut next = old;
        if old & STARVING == 0 {
            next |= LOCKED;
        }
        if !is_free {
            next = next.wrapping_add(WAITER);
            if me.starved && old & LOCKED != 0 {
                next |= STARVING;
            }
        }
        if me.awake {
            next &= !WOKEN;
        }
        if m.state.compare_exchange(old, next, SeqCst, SeqCst).is_err() {
            continue;
        }
        if is_free {
            return LockOp::Locked;
        }
        if me.since == 0 && (me.awake || old & STARVING != 0) {
            me.since = nanotime();
        }
        g.param.set(me.since as usize);
        let how = Waiting {
            reason: WaitReason::MutexLock,
            in_front: me.awake,
            wake: WAKE_AGAIN,
        };
        if sema::acquire(h, g, m.sema, how) == SemaOp::Blocked {
            return LockOp::Blocked;
        }
        match after_wait(g, m, me.since) {
            Some(rival) => me = rival,
            None => return LockOp::Locked,
        }
    }
}

/// Waits for a moment if the holder may be about to unlock on another P.
fn poll<H: Host>(h: &H, m: MutexRef, me: &mut Rival) {
    for _ in 0..POLLS {
        let old = m.state.load(SeqCst);
        if old & (LOCKED | STARVING) != LOCKED || !h.may_poll() {
            return;
        }
        // An unlock that knows of one who is awake wakes no other.
        if !me.awake && old & WOKEN == 0 && old >= WAITER {
            me.awake = m.state.compare_exchange(old, old | WOKEN, SeqCst, SeqCst).is_ok();
        }
        for _ in 0..POLL_HINTS {
            spin_hint();
        }
    }
}

/// A waiter of the mutex has been woken. None: the lock was handed over to it; else it competes.
fn after_wait(g: &G, m: MutexRef, since: i64) -> Option<Rival> {
    let old = m.state.load(SeqCst);
    let is_handed = old & STARVING != 0;
    // Who has not counted its wait when it is handed the lock takes the coarse clock's word for the beginning.
    let start = if since == 0 && is_handed {
        g.wait_since()
    } else {
        since
    };
    let starved = start != 0 && nanotime() - start > STARVE_AFTER;
    if !is_handed {
        return Some(Rival {
            awake: true,
            starved,
            since,
        });
    }
    // Mark it held, and leave the queue.
    let mut delta = LOCKED.wrapping_sub(WAITER);
    if !starved || old / WAITER == 1 {
        delta = delta.wrapping_sub(STARVING);
    }
    m.state.fetch_add(delta, SeqCst);
    None
}

/// Takes a waiter, whose wait was cancelled, off the count.
#[cold]
pub fn give_up(m: MutexRef) {
    loop {
        let old = m.state.load(SeqCst);
        if old < WAITER {
            // An unlock has chosen this waiter and not found it.
            if sema::take_one(m.sema) {
                m.state.fetch_and(!WOKEN, SeqCst);
                return;
            }
            spin_hint();
            continue;
        }
        let mut next = old - WAITER;
        if next < WAITER {
            next &= !STARVING;
        }
        if m.state.compare_exchange(old, next, SeqCst, SeqCst).is_err() {
            continue;
        }
        if old & (STARVING | LOCKED) == STARVING && next & STARVING == 0 {
            // The lock was being handed to this waiter.
            sema::take_one(m.sema);
        }
        return;
    }
}

/// Unlocks the mutex, which is not just locked without waiters.
#[cold]
pub fn unlock<H: Host>(h: &mut H, m: MutexRef) -> UnlockOp {
    let before = m.state.fetch_sub(LOCKED, SeqCst);
    if before & LOCKED == 0 {
        return UnlockOp::NotLocked;
    }
    let mut now = before - LOCKED;
    if now & STARVING != 0 {
        return match sema::release(h, m.sema, true) {
            true => UnlockOp::HandedOver,
            false => UnlockOp::Done,
        };
    }
    while now >= WAITER && now & (LOCKED | WOKEN | STARVING) == 0 {
        let woken = (now - WAITER) | WOKEN;
        match m.state.compare_exchange(now, woken, SeqCst, SeqCst) {
            Ok(_) => {
                sema::release(h, m.sema, false);
                break;
            }
            Err(cur) => now = cur,
        }
    }
    UnlockOp::Done
}

#[cfg(all(test, not(loom)))]
mod tests;
