//! Models of hand-over, closing and select. see `tests/mod.rs`

use super::*;
use crate::select::{Dir, SelectCase, SelectOp, select};
use crate::tests::loom_host::{g, host, model, settle};
use loom::thread;

fn chan(cap: usize) -> usize {
    let word = Box::leak(Box::new(Layout::new(8, Box::new([]))));
    make(&mut host(), 1, word, cap).0 as usize
}

fn slot(g: &G, i: u32) -> &'static mut u64 {
    // SAFETY: the model's Gs have eight slots.
    unsafe { &mut *slot_address(g, i) }
}

fn send_one(c: usize, value: u64) -> u32 {
    let (h, g) = (&mut host(), g());
    *slot(g, 0) = value;
    match send(h, g, ChanRef(c as *mut _), slot(g, 0)) {
        ChanOp::SendOnClosed => return WAKE_CLOSED,
        ChanOp::Blocked => settle(g),
        ChanOp::Done => {}
    }
    g.wake.get()
}

fn recv_one(c: usize) -> Option<u64> {
    let (h, g) = (&mut host(), g());
    if recv(h, g, ChanRef(c as *mut _), 1, 2) == ChanOp::Blocked {
        settle(g);
    }
    (*slot(g, 2) == 1).then_some(*slot(g, 1))
}

#[test]
fn loom_elements_are_handed_over() {
    for cap in [0, 1] {
        model(move || {
            let c = chan(cap);
            let a = thread::spawn(move || send_one(c, 1));
            let b = thread::spawn(move || send_one(c, 2));
            let got = [recv_one(c), recv_one(c)];
            assert!(got == [Some(1), Some(2)] || got == [Some(2), Some(1)]);
            assert_eq!((a.join().unwrap(), b.join().unwrap()), (WAKE_OK, WAKE_OK));
        });
    }
}

#[test]
fn loom_close_wakes_everybody() {
    model(|| {
        let c = chan(0);
        let a = thread::spawn(move || recv_one(c));
        let b = thread::spawn(move || recv_one(c));
        close(&mut host(), ChanRef(c as *mut _)).unwrap();
        assert_eq!((a.join().unwrap(), b.join().unwrap()), (None, None));
    });
    model(|| {
        let c = chan(0);
        let a = thread::spawn(move || send_one(c, 1));
        close(&mut host(), ChanRef(c as *mut _)).unwrap();
        assert_eq!(a.join().unwrap(), WAKE_CLOSED);
    });
}

#[test]
fn loom_select_is_woken_once() {
    model(|| {
        let (c, d) = (chan(0), chan(0));
        let a = thread::spawn(move || send_one(c, 1));
        let b = thread::spawn(move || send_one(d, 2));
        let (h, g) = (&mut host(), g());
        let case = |c: usize| SelectCase {
            dir: Dir::Recv,
            chan: ChanRef(c as *mut _),
            slot: 1,
            ok: 2,
        };
        if select(h, g, &[case(c), case(d)], false, 3) == SelectOp::Blocked {
            settle(g);
        }
        let first = *slot(g, 3);
        assert_eq!(*slot(g, 1), first + 1);
        // The other sender still waits, or will.
        assert_eq!(recv_one(if first == 0 { d } else { c }), Some(2 - first));
        assert_eq!((a.join().unwrap(), b.join().unwrap()), (WAKE_OK, WAKE_OK));
        for c in [c, d] {
            let chan = ChanRef(c as *mut Chan).get().unwrap();
            assert!(chan.senders.is_empty() && chan.receivers.is_empty());
        }
    });
}
