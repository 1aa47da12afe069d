//! The protocol of mutexes, apart from a scheduler.

use super::*;
use crate::chan::tests::Fake;
use crate::g::{Status, WAKE_OK};
use crate::sync::Relaxed;

fn mutex() -> MutexRef {
    let word = || &*Box::leak(Box::new(AtomicU32::new(0)));
    MutexRef {
        state: word(),
        sema: word(),
    }
}

fn state(m: MutexRef) -> (u32, u32) {
    (m.state.load(Relaxed) % WAITER, m.state.load(Relaxed) / WAITER)
}

/// The one that an unlock woke.
fn woken(h: &mut Fake) -> &'static G {
    let g = h.woken();
    assert_eq!(g.wake.replace(WAKE_OK), WAKE_AGAIN);
    g
}

#[test]
fn a_free_mutex_is_taken_and_returned() {
    for solo in [true, false] {
        let m = mutex();
        assert!(try_lock(m.state, solo));
        assert!(!try_lock(m.state, solo));
        assert!(try_unlock(m.state, solo));
        assert!(!try_unlock(m.state, solo));
        assert_eq!(unlock(&mut Fake::new(solo), m), UnlockOp::NotLocked);
    }
}

#[test]
fn waiters_compete_with_arrivals() {
    let h = &mut Fake::new(false);
    let (m, a, b) = (mutex(), h.g(), h.g());
    assert!(try_lock(m.state, false));
    for g in [a, b] {
        assert_eq!(lock(h, g, m), LockOp::Blocked);
        assert_eq!(
            (g.status(), g.wait_reason()),
            (Status::Waiting, WaitReason::MutexLock)
        );
    }
    assert_eq!(state(m), (LOCKED, 2));
    assert_eq!(unlock(h, m), UnlockOp::Done);
    assert!(std::ptr::eq(woken(h), a));
    assert_eq!(state(m), (WOKEN, 1));
    // An arrival is faster; its unlock wakes nobody, since a is up.
    let c = h.g();
    assert_eq!(lock(h, c, m), LockOp::Locked);
    assert_eq!(unlock(h, m), UnlockOp::Done);
    assert!(h.readied.is_empty());
    assert_eq!(lock(h, c, m), LockOp::Locked);
    // So a queues again, before b.
    a.set_status(Status::Running);
    assert_eq!(lock_again(h, a, m), LockOp::Blocked);
    assert_eq!(state(m), (LOCKED, 2));
    for g in [a, b] {
        assert_eq!(unlock(h, m), UnlockOp::Done);
        assert!(std::ptr::eq(woken(h), g));
        assert_eq!(lock_again(h, g, m), LockOp::Locked);
    }
    assert!(try_unlock(m.state, false));
}

#[test]
fn who_lost_for_long_gets_the_lock_handed_over() {
    let h = &mut Fake::new(false);
    let (m, a, b) = (mutex(), h.g(), h.g());
    assert!(try_lock(m.state, false));
    for g in [a, b] {
        assert_eq!(lock(h, g, m), LockOp::Blocked);
    }
    // a loses once, and begins to count.
    unlock(h, m);
    assert!(try_lock_as_arrival(h, m));
    woken(h);
    assert_eq!(lock_again(h, a, m), LockOp::Blocked);
    assert!(a.param.get() != 0);
    // It loses again, too long after that.
    a.param.set((nanotime() - 2 * STARVE_AFTER) as usize);
    unlock(h, m);
    assert!(try_lock_as_arrival(h, m));
    woken(h);
    assert_eq!(lock_again(h, a, m), LockOp::Blocked);
    assert_eq!(state(m), (LOCKED | STARVING, 2));
    // Now arrivals queue up, even when nobody holds it, and it is a's turn.
    assert_eq!(unlock(h, m), UnlockOp::HandedOver);
    assert!(std::ptr::eq(woken(h), a));
    let c = h.g();
    assert_eq!(lock(h, c, m), LockOp::Blocked);
    assert_eq!(lock_again(h, a, m), LockOp::Locked);
    assert_eq!(state(m), (LOCKED | STARVING, 2));
    // c came a moment ago: with it the mutex is normal again. b came before the clock ran.
    b.set_waiting(WaitReason::MutexLock, nanotime() - 2 * STARVE_AFTER);
    assert_eq!(unlock(h, m), UnlockOp::HandedOver);
    assert!(std::ptr::eq(woken(h), b));
    assert_eq!(lock_again(h, b, m), LockOp::Locked);
    assert_eq!(state(m), (LOCKED | STARVING, 1));
    assert_eq!(unlock(h, m), UnlockOp::HandedOver);
    assert!(std::ptr::eq(woken(h), c));
    assert_eq!(lock_again(h, c, m), LockOp::Locked);
    assert_eq!(state(m), (LOCKED, 0));
}

fn try_lock_as_arrival(h: &mut Fake, m: MutexRef) -> bool {
    let g = h.g();
    lock(h, g, m) == LockOp::Locked
}

#[test]
fn who_gives_up_leaves_the_mutex_as_if_it_had_never_waited() {
    let h = &mut Fake::new(false);
    let (m, a) = (mutex(), h.g());
    assert!(try_lock(m.state, false));
    assert_eq!(lock(h, a, m), LockOp::Blocked);
    assert!(sema::leave(h, a));
    give_up(m);
    assert_eq!(state(m), (LOCKED, 0));
    // An unlock may choose the waiter between its leaving the queue and its giving up.
    a.set_status(Status::Running);
    assert_eq!(lock(h, a, m), LockOp::Blocked);
    assert!(sema::leave(h, a));
    assert_eq!(unlock(h, m), UnlockOp::Done);
    assert!(h.readied.is_empty());
    assert_eq!(state(m), (WOKEN, 0));
    give_up(m);
    assert_eq!((state(m), m.sema.load(Relaxed)), ((0, 0), 0));
}
