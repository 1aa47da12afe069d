//! Models of parking: an M that sleeps is woken, with the P it was given; who looks at a G that parks and is readied
//! sees no wait without its reason.

use crate::g::{G, Status};
use crate::m::M;
use crate::sched::park::WaitReason;
use crate::sync::{AtomicRef, AtomicU32, Note, Ordering, Relaxed};
use crate::tests::loom_host::model;
use loom::cell::UnsafeCell;
use loom::thread;
use std::sync::Arc;

/// A thread's note, and what its waker leaves for it: plain data, which only the wake-up may publish.
struct Berth {
    note: Note,
    gift: UnsafeCell<u32>,
}

// SAFETY: the model is to show that the note orders the accesses to the cell; loom checks them.
unsafe impl Sync for Berth {}

#[test]
fn loom_a_wake_up_is_not_lost_and_brings_what_was_left() {
    model(|| {
        let berth = Arc::new(Berth {
            note: Note::new(),
            gift: UnsafeCell::new(0),
        });
        let sleeper = {
            let berth = berth.clone();
            thread::spawn(move || {
                berth.note.sleep();
                // SAFETY: the waker has left the cell alone since it rang.
                berth.gift.with(|p| unsafe { *p })
            })
        };
        // SAFETY: the sleeper looks after the wake-up.
        berth.gift.with_mut(|p| unsafe { *p = 7 });
        berth.note.wake();
        assert_eq!(sleeper.join().unwrap(), 7);
    });
}

#[test]
fn loom_each_wake_up_ends_one_sleep() {
    model(|| {
        let (a, b) = (Arc::new(Note::new()), Arc::new(Note::new()));
        let other = {
            let (a, b) = (a.clone(), b.clone());
            thread::spawn(move || {
                for _ in 0..2 {
                    a.sleep();
                    b.wake();
                }
            })
        };
        for _ in 0..2 {
            a.wake();
            b.sleep();
        }
        other.join().unwrap();
    });
}

/// As `Runtime::start_m` and `Worker::after_wake` have it, a P being what another M has written to.
#[test]
fn loom_an_m_is_woken_with_its_p() {
    model(|| {
        let m: &'static M = Box::leak(Box::new(M::new(1)));
        let p: &'static AtomicU32 = Box::leak(Box::new(AtomicU32::new(0)));
        let next_p: Arc<AtomicRef<AtomicU32>> = Arc::new(AtomicRef::new());
        let sleeper = {
            let next_p = next_p.clone();
            thread::spawn(move || {
                m.park.sleep();
                let p = next_p
                    .swap(None, Ordering::Acquire)
                    .expect("a P comes with the wake-up");
                assert_eq!(p.load(Relaxed), 1);
            })
        };
        p.store(1, Relaxed);
        next_p.store(Some(p), Ordering::Release);
        m.park.wake();
        sleeper.join().unwrap();
    });
}

#[test]
fn loom_a_reader_sees_the_reason_of_a_wait() {
    model(|| {
        let g: &'static G = Box::leak(Box::new(G::fresh()));
        g.set_status(Status::Running);
        let reader = thread::spawn(move || {
            for _ in 0..2 {
                if g.status() == Status::Waiting {
                    assert_ne!(g.wait_reason(), WaitReason::None);
                    assert!(g.wait_since() > 0);
                }
            }
        });
        for (reason, now) in [(WaitReason::ChanSend, 1), (WaitReason::Select, 2)] {
            g.set_waiting(reason, now);
            g.set_status(Status::Runnable);
            g.set_status(Status::Running);
        }
        reader.join().unwrap();
    });
}
