//! Models of semaphores and mutexes: one holder at a time, nobody waits for ever, and what the holder wrote is seen by
//! the next.

use crate::g::WAKE_AGAIN;
use crate::mutex::{self, LockOp, MutexRef};
use crate::sched::park::WaitReason;
use crate::sema::{self, SemaOp, SemaTable, Waiting};
use crate::sync::AtomicU32;
use crate::tests::loom_host::{g, host_with, model, settle};
use loom::cell::UnsafeCell;
use loom::thread;
use std::sync::Arc;

/// What the mutex is there for.
struct Guarded(UnsafeCell<u32>);

// SAFETY: the model is to show that the mutex orders the accesses; loom checks them.
unsafe impl Sync for Guarded {}

fn word() -> &'static AtomicU32 {
    Box::leak(Box::new(AtomicU32::new(0)))
}

/// Locks, counts and unlocks, as the instructions of the interpreter do.
fn count_once(semas: &'static SemaTable, m: MutexRef, n: &Guarded) {
    let (h, g) = (&mut host_with(semas), g());
    if !mutex::try_lock(m.state, false) {
        let mut op = mutex::lock(h, g, m);
        while op == LockOp::Blocked {
            settle(g);
            assert_eq!(g.wake.get(), WAKE_AGAIN);
            op = mutex::lock_again(h, g, m);
        }
    }
    // SAFETY: under the mutex.
    n.0.with_mut(|p| unsafe { *p += 1 });
    if !mutex::try_unlock(m.state, false) {
        mutex::unlock(h, m);
    }
}

fn lock_and_count(threads: u32) {
    let semas: &'static SemaTable = Box::leak(Box::new(SemaTable::new()));
    let m = MutexRef {
        state: word(),
        sema: word(),
    };
    let n = Arc::new(Guarded(UnsafeCell::new(0)));
    let others: Vec<_> = (1..threads)
        .map(|_| {
            let n = n.clone();
            thread::spawn(move || count_once(semas, m, &n))
        })
        .collect();
    count_once(semas, m, &n);
    for t in others {
        t.join().unwrap();
    }
    // SAFETY: all threads have ended.
    assert_eq!(n.0.with(|p| unsafe { *p }), threads);
    assert!(mutex::try_lock(m.state, false), "it is free, and nobody waits");
}

#[test]
fn loom_a_mutex_has_one_holder() {
    model(|| lock_and_count(2));
    model(|| lock_and_count(3));
}

#[test]
fn loom_a_semaphore_wakes_as_many_as_it_is_released() {
    model(|| {
        let semas: &'static SemaTable = Box::leak(Box::new(SemaTable::new()));
        let sema = word();
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(move || {
                    let (h, g) = (&mut host_with(semas), g());
                    let how = Waiting::behind(WaitReason::Semacquire);
                    if sema::acquire(h, g, sema, how) == SemaOp::Blocked {
                        settle(g);
                    }
                })
            })
            .collect();
        let h = &mut host_with(semas);
        sema::release(h, sema, false);
        sema::release(h, sema, false);
        for t in waiters {
            t.join().unwrap();
        }
    });
}
