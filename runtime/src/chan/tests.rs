//! Channels and select without a scheduler: a host that only notes who was readied.

use super::*;
use crate::g::Status;
use crate::gc::{Heap, HeapConfig, MCache};
use crate::select::{Dir, SelectCase, SelectOp, select};
use crate::sema::SemaTable;
use crate::sudog::SudogCache;
use std::sync::Arc;

/// A host of one thread.
pub(crate) struct Fake {
    pub solo: bool,
    pub readied: Vec<&'static G>,
    cache: SudogCache,
    mcache: MCache,
    semas: &'static SemaTable,
    rng: u64,
}

impl Fake {
    pub fn new(solo: bool) -> Fake {
        Fake::with(
            solo,
            Heap::new(HeapConfig::default()).unwrap(),
            Box::leak(Box::default()),
            1,
        )
    }

    fn with(solo: bool, heap: Arc<Heap>, semas: &'static SemaTable, seed: u64) -> Fake {
        let (cache, mcache) = (SudogCache::new(), MCache::new(heap));
        Fake {
            solo,
            readied: Vec::new(),
            cache,
            mcache,
            semas,
            rng: seed,
        }
    }

    pub fn g(&self) -> &'static G {
        let g: &'static G = Box::leak(Box::new(G::fresh()));
        let stack = vec![0; 64].leak();
        g.stack_lo.set(stack.as_mut_ptr());
        g.stack_hi.set(stack.as_mut_ptr_range().end);
        g.set_status(Status::Running);
        g
    }

    /// The one G that was readied since the last call, running again.
    pub fn woken(&mut self) -> &'static G {
        assert_eq!(self.readied.len(), 1);
        self.readied.pop().unwrap()
    }
}

impl Host for Fake {
    fn is_solo(&self) -> bool {
        self.solo
    }
    fn park(&mut self, g: &'static G, reason: WaitReason) {
        assert_eq!(g.status(), Status::Running);
        g.set_waiting(reason, 0);
    }
    fn ready(&mut self, g: &'static G) {
        assert_eq!(g.status(), Status::Waiting);
        self.readied.push(g);
        g.set_status(Status::Running);
    }
    fn sudogs(&mut self) -> &mut SudogCache {
        &mut self.cache
    }
    fn semas(&self) -> &'static SemaTable {
        self.semas
    }
    fn rand_below(&mut self, n: u32) -> u32 {
        self.rng = self
            .rng
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.rng >> 33) % u64::from(n)) as u32
    }
    fn alloc(&mut self, layout: &'static Layout) -> *mut u8 {
        self.mcache.alloc(layout)
    }
    fn alloc_array(&mut self, layout: &'static Layout, n: usize) -> *mut u8 {
        self.mcache.alloc_array(layout, n)
    }
}

fn words(n: u32) -> &'static Layout {
    Box::leak(Box::new(Layout::new(n * 8, Box::new([]))))
}

fn chan(h: &mut Fake, cap: usize) -> ChanRef {
    make(h, 1, words(1), cap)
}

pub(crate) fn set(g: &G, slot: u32, value: u64) -> *const Slot {
    let p = slot_address(g, slot);
    // SAFETY: the test's Gs have 64 slots.
    unsafe { p.write(value) };
    p
}

pub(crate) fn get(g: &G, slot: u32) -> u64 {
    // SAFETY: the test's Gs have 64 slots.
    unsafe { slot_address(g, slot).read() }
}

fn send_value(h: &mut Fake, g: &'static G, c: ChanRef, value: u64) -> ChanOp {
    let src = set(g, 0, value);
    send(h, g, c, src)
}

/// Receives into slots 1 and 2.
fn recv_value(h: &mut Fake, g: &'static G, c: ChanRef) -> ChanOp {
    set(g, 1, 77);
    set(g, 2, 77);
    recv(h, g, c, 1, 2)
}

fn got(g: &G) -> (u64, u64) {
    (get(g, 1), get(g, 2))
}

fn move_stack(g: &G, to: &G) {
    g.stack_lo.set(to.stack_lo.get());
    g.stack_hi.set(to.stack_hi.get());
}

fn both(test: impl Fn(&mut Fake)) {
    test(&mut Fake::new(true));
    test(&mut Fake::new(false));
}

#[test]
fn unbuffered_receiver_waits() {
    both(|h| {
        let (c, a, b) = (chan(h, 0), h.g(), h.g());
        assert_eq!(recv_value(h, a, c), ChanOp::Blocked);
        assert_eq!(
            (a.status(), a.wait_reason()),
            (Status::Waiting, WaitReason::ChanReceive)
        );
        assert_eq!(send_value(h, b, c, 42), ChanOp::Done);
        assert!(std::ptr::eq(h.woken(), a));
        assert_eq!((got(a), a.wake.get()), ((42, 1), WAKE_OK));
    });
}

#[test]
fn unbuffered_sender_waits() {
    both(|h| {
        let (c, a, b) = (chan(h, 0), h.g(), h.g());
        assert_eq!(send_value(h, a, c, 42), ChanOp::Blocked);
        assert_eq!(a.wait_reason(), WaitReason::ChanSend);
        assert_eq!(recv_value(h, b, c), ChanOp::Done);
        assert!(std::ptr::eq(h.woken(), a));
        assert_eq!((got(b), a.wake.get()), ((42, 1), WAKE_OK));
    });
}

#[test]
fn a_waiters_stack_may_move() {
    both(|h| {
        let (c, a, b) = (chan(h, 0), h.g(), h.g());
        recv_value(h, a, c);
        let other = h.g();
        move_stack(a, other);
        send_value(h, b, c, 5);
        assert_eq!(got(a), (5, 1));
        send_value(h, a, c, 6);
        let other = h.g();
        set(other, 0, get(a, 0));
        set(a, 0, 0);
        move_stack(a, other);
        recv_value(h, b, c);
        assert_eq!(got(b), (6, 1));
    });
}

#[test]
fn buffer_wraps_and_keeps_order() {
    both(|h| {
        for cap in 1..5 {
            let (c, g) = (chan(h, cap), h.g());
            let (mut next_in, mut next_out) = (0, 0);
            for fill in [cap, 1, cap - 1, cap, 2.min(cap)] {
                while len(c) < fill {
                    assert_eq!(send_value(h, g, c, next_in), ChanOp::Done);
                    next_in += 1;
                }
                while len(c) > fill / 2 {
                    assert_eq!(recv_value(h, g, c), ChanOp::Done);
                    assert_eq!(got(g), (next_out, 1));
                    next_out += 1;
                }
            }
            assert!(super::cap(c) == cap && h.readied.is_empty());
        }
    });
}

#[test]
fn a_receive_from_a_full_buffer_lets_the_first_sender_in() {
    both(|h| {
        let (c, a, b, r) = (chan(h, 2), h.g(), h.g(), h.g());
        send_value(h, r, c, 1);
        send_value(h, r, c, 2);
        assert_eq!(send_value(h, a, c, 3), ChanOp::Blocked);
        assert_eq!(send_value(h, b, c, 4), ChanOp::Blocked);
        for (value, woken) in [(1, Some(a)), (2, Some(b)), (3, None), (4, None)] {
            assert_eq!(recv_value(h, r, c), ChanOp::Done);
            assert_eq!(got(r), (value, 1));
            assert_eq!(
                h.readied.pop().map(std::ptr::from_ref),
                woken.map(std::ptr::from_ref)
            );
        }
    });
}

#[test]
fn waiters_are_served_first_in_first_out() {
    both(|h| {
        let (c, s) = (chan(h, 0), h.g());
        let gs: Vec<_> = (0..10).map(|_| h.g()).collect();
        for g in &gs {
            recv_value(h, g, c);
        }
        for (i, g) in gs.iter().enumerate() {
            send_value(h, s, c, i as u64);
            assert!(std::ptr::eq(h.woken(), *g) && got(g) == (i as u64, 1));
        }
    });
}

#[test]
fn elements_of_any_size() {
    both(|h| {
        for n in [0u32, 1, 2, 3, 7] {
            for cap in [0, 1, 3] {
                let (c, a, b) = (make(h, n, words(n), cap), h.g(), h.g());
                for i in 0..n {
                    set(a, 10 + i, u64::from(i) + 100);
                }
                set(b, 10 + n, 55);
                if cap == 0 {
                    assert_eq!(recv(h, b, c, 10, 40), ChanOp::Blocked);
                }
                assert_eq!(send(h, a, c, slot_address(a, 10)), ChanOp::Done);
                if cap != 0 {
                    assert_eq!(recv(h, b, c, 10, 40), ChanOp::Done);
                }
                assert!((0..n).all(|i| get(b, 10 + i) == u64::from(i) + 100));
                assert_eq!((get(b, 10 + n), get(b, 40)), (55, 1));
                h.readied.clear();
            }
        }
    });
}

#[test]
fn elements_without_size_need_no_memory() {
    let mut h = Fake::new(true);
    let c = make(&mut h, 0, words(0), 1 << 40);
    let g = h.g();
    for i in 0..1000 {
        assert_eq!(len(c), i);
        assert_eq!(send(&mut h, g, c, slot_address(g, 0)), ChanOp::Done);
    }
    assert_eq!(cap(c), 1 << 40);
}

#[test]
fn close_gives_zero_and_false() {
    both(|h| {
        let (c, g) = (chan(h, 2), h.g());
        send_value(h, g, c, 9);
        assert_eq!(close(h, c), Ok(()));
        for want in [(9, 1), (0, 0), (0, 0)] {
            assert_eq!(recv_value(h, g, c), ChanOp::Done);
            assert_eq!(got(g), want);
        }
        assert_eq!(try_recv_to(h, c, null_mut()), Some(false));
        assert_eq!(send_value(h, g, c, 1), ChanOp::SendOnClosed);
        assert_eq!(try_send(h, c, &1), TryOp::SendOnClosed);
        assert_eq!(close(h, c), Err(CloseError::Closed));
        assert_eq!(close(h, ChanRef::NIL), Err(CloseError::Nil));
    });
}

#[test]
fn close_wakes_all_waiters() {
    both(|h| {
        let c = chan(h, 0);
        let gs: Vec<_> = (0..5).map(|_| h.g()).collect();
        for g in &gs {
            recv_value(h, g, c);
        }
        close(h, c).unwrap();
        let woken: Vec<_> = h.readied.drain(..).map(std::ptr::from_ref).collect();
        let reverse: Vec<_> = gs.iter().rev().map(|&g| std::ptr::from_ref(g)).collect();
        assert_eq!(woken, reverse);
        assert!(gs.iter().all(|g| got(g) == (0, 0) && g.wake.get() == WAKE_OK));

        let (c, a) = (chan(h, 1), h.g());
        send_value(h, a, c, 1);
        assert_eq!(send_value(h, a, c, 2), ChanOp::Blocked);
        close(h, c).unwrap();
        assert!(std::ptr::eq(h.woken(), a) && a.wake.get() == WAKE_CLOSED);
        // What was in the buffer is still received, what the sender had is not.
        assert_eq!((try_recv(h, a, c, 1, 2), got(a)), (TryOp::Done, (1, 1)));
        assert_eq!((try_recv(h, a, c, 1, 2), got(a)), (TryOp::Done, (0, 0)));
    });
}

#[test]
fn nil_channels_block_for_ever() {
    both(|h| {
        let g = h.g();
        assert_eq!(send_value(h, g, ChanRef::NIL, 1), ChanOp::Blocked);
        assert_eq!(g.wait_reason().text(), "chan send (nil chan)");
        let g = h.g();
        assert_eq!(recv_value(h, g, ChanRef::NIL), ChanOp::Blocked);
        assert_eq!(g.wait_reason().text(), "chan receive (nil chan)");
        assert_eq!(try_send(h, ChanRef::NIL, &1), TryOp::WouldBlock);
        assert_eq!(try_recv(h, g, ChanRef::NIL, 0, 1), TryOp::WouldBlock);
        assert_eq!((len(ChanRef::NIL), cap(ChanRef::NIL)), (0, 0));
    });
}

#[test]
fn trying_does_not_wait() {
    both(|h| {
        let (c, g, r) = (chan(h, 1), h.g(), h.g());
        assert_eq!(try_recv(h, g, c, 1, 2), TryOp::WouldBlock);
        assert_eq!(try_send(h, c, &5), TryOp::Done);
        assert_eq!(try_send(h, c, &6), TryOp::WouldBlock);
        assert_eq!((try_recv(h, g, c, 1, 2), got(g)), (TryOp::Done, (5, 1)));
        let c = chan(h, 0);
        assert_eq!(try_send(h, c, &5), TryOp::WouldBlock);
        recv_value(h, r, c);
        assert_eq!(try_send(h, c, &5), TryOp::Done);
        assert!(std::ptr::eq(h.woken(), r) && got(r) == (5, 1));
        send_value(h, r, c, 8);
        assert_eq!((try_recv(h, g, c, 1, 2), got(g)), (TryOp::Done, (8, 1)));
        assert!(std::ptr::eq(h.woken(), r));
    });
}

#[test]
fn a_timers_channel_is_discarded() {
    let h = &mut Fake::new(true);
    let c = chan(h, 1);
    assert_eq!(try_send(h, c, &5), TryOp::Done);
    discard(h, c);
    assert_eq!((len(c), try_recv_to(h, c, null_mut())), (0, None));
    assert_eq!(try_send(h, c, &5), TryOp::Done);
}

fn recv_case(chan: ChanRef) -> SelectCase {
    SelectCase {
        dir: Dir::Recv,
        chan,
        slot: 1,
        ok: 2,
    }
}

fn send_case(chan: ChanRef) -> SelectCase {
    SelectCase {
        dir: Dir::Send,
        chan,
        slot: 0,
        ok: NO_SLOT,
    }
}

/// Chosen cases are stored in slot 3.
const CHOSEN: u32 = 3;

#[test]
fn select_takes_what_is_ready() {
    both(|h| {
        let (a, b, g) = (chan(h, 1), chan(h, 1), h.g());
        let cases = [recv_case(a), recv_case(ChanRef::NIL), recv_case(b)];
        assert_eq!(select(h, g, &cases, true, CHOSEN), SelectOp::Default);
        assert_eq!(get(g, CHOSEN), u64::MAX);
        send_value(h, g, b, 7);
        assert_eq!(select(h, g, &cases, false, CHOSEN), SelectOp::Done(2));
        assert_eq!((got(g), get(g, CHOSEN)), ((7, 1), 2));
        set(g, 0, 8);
        assert_eq!(select(h, g, &[send_case(a)], false, CHOSEN), SelectOp::Done(0));
        assert_eq!(select(h, g, &cases, false, CHOSEN), SelectOp::Done(0));
        assert_eq!(got(g), (8, 1));
        close(h, a).unwrap();
        assert_eq!(select(h, g, &cases, false, CHOSEN), SelectOp::Done(0));
        assert_eq!(got(g), (0, 0));
        assert_eq!(
            select(h, g, &[send_case(a)], true, CHOSEN),
            SelectOp::SendOnClosed
        );
    });
}

#[test]
fn select_waits_and_leaves_all_queues() {
    both(|h| {
        let (a, b, g, o) = (chan(h, 0), chan(h, 0), h.g(), h.g());
        let cases = [recv_case(a), send_case(b), recv_case(a)];
        for round in 0..20 {
            set(g, 0, 500 + round);
            assert_eq!(select(h, g, &cases, false, CHOSEN), SelectOp::Blocked);
            assert_eq!(
                (g.status(), g.wait_reason()),
                (Status::Waiting, WaitReason::Select)
            );
            if round % 2 == 0 {
                assert_eq!(send_value(h, o, a, round), ChanOp::Done);
                assert!(get(g, CHOSEN) != 1 && got(g) == (round, 1));
            } else {
                assert_eq!(recv_value(h, o, b), ChanOp::Done);
                assert_eq!((get(g, CHOSEN), got(o)), (1, (500 + round, 1)));
            }
            assert!(std::ptr::eq(h.woken(), g));
            for c in [a, b].map(|c| c.get().unwrap()) {
                assert!(c.senders.is_empty() && c.receivers.is_empty());
            }
        }
    });
}

#[test]
fn select_is_woken_by_close() {
    both(|h| {
        let (a, b, g) = (chan(h, 0), chan(h, 0), h.g());
        select(h, g, &[send_case(a), recv_case(b)], false, CHOSEN);
        close(h, b).unwrap();
        assert!(std::ptr::eq(h.woken(), g));
        assert_eq!((get(g, CHOSEN), got(g).1, g.wake.get()), (1, 0, WAKE_OK));
        select(h, g, &[send_case(a), recv_case(ChanRef::NIL)], false, CHOSEN);
        close(h, a).unwrap();
        assert!(std::ptr::eq(h.woken(), g) && g.wake.get() == WAKE_CLOSED);
    });
}

#[test]
fn selects_meet_each_other() {
    both(|h| {
        let (a, b, g, o) = (chan(h, 0), chan(h, 0), h.g(), h.g());
        set(g, 0, 1);
        set(o, 0, 2);
        let cases = [send_case(a), recv_case(b)];
        // The same select on both sides of one channel never meets itself.
        let own = [send_case(a), recv_case(a)];
        assert_eq!(select(h, g, &own, true, CHOSEN), SelectOp::Default);
        assert_eq!(select(h, g, &own, false, CHOSEN), SelectOp::Blocked);
        let SelectOp::Done(mine) = select(h, o, &own, false, CHOSEN) else {
            panic!()
        };
        assert!(std::ptr::eq(h.woken(), g));
        assert_eq!(get(g, CHOSEN), 1 - u64::from(mine));
        assert_eq!(
            if mine == 0 { got(g) } else { got(o) },
            (if mine == 0 { 2 } else { 1 }, 1)
        );
        assert_eq!(select(h, g, &cases, false, CHOSEN), SelectOp::Blocked);
        assert_eq!(select(h, o, &[send_case(b)], false, CHOSEN), SelectOp::Done(0));
        assert!(std::ptr::eq(h.woken(), g) && got(g) == (2, 1));
    });
}

#[test]
fn select_without_channels_blocks_for_ever() {
    let h = &mut Fake::new(true);
    let (g, o) = (h.g(), h.g());
    assert_eq!(select(h, g, &[], false, NO_SLOT), SelectOp::Blocked);
    assert_eq!(g.wait_reason().text(), "select (no cases)");
    assert_eq!(
        select(h, o, &[recv_case(ChanRef::NIL)], false, NO_SLOT),
        SelectOp::Blocked
    );
    assert_eq!(o.wait_reason().text(), "select");
}

#[test]
fn select_chooses_fairly() {
    both(|h| {
        let chans: Vec<_> = (0..40).map(|_| chan(h, 1)).collect();
        let g = h.g();
        let cases: Vec<_> = chans.iter().map(|&c| recv_case(c)).collect();
        let mut counts = [0; 40];
        for &c in &chans {
            assert_eq!(try_send(h, c, &1), TryOp::Done);
        }
        for _ in 0..40_000 {
            let SelectOp::Done(i) = select(h, g, &cases, false, CHOSEN) else {
                panic!()
            };
            counts[i as usize] += 1;
            assert_eq!(try_send(h, chans[i as usize], &1), TryOp::Done);
        }
        assert!(counts.iter().all(|n| (800..1200).contains(n)), "{counts:?}");
    });
}

/// Runs `body` as goroutines on as many threads; each waits for its wake-up by polling its status.
fn threads(n: usize, body: impl Fn(&mut Fake, &'static G, usize) + Sync) {
    let heap = Heap::new(HeapConfig::default()).unwrap();
    let semas: &'static SemaTable = Box::leak(Box::default());
    std::thread::scope(|scope| {
        for i in 0..n {
            let (heap, body) = (heap.clone(), &body);
            scope.spawn(move || {
                let mut h = Fake::with(false, heap, semas, i as u64);
                let g = h.g();
                body(&mut h, g, i);
            });
        }
    });
}

/// Waits until somebody has readied `g`.
fn settle(h: &mut Fake, g: &G) {
    h.readied.clear();
    while g.status() != Status::Running {
        std::thread::yield_now();
    }
}

struct Shared(ChanRef);
// SAFETY: channels are made to be shared.
unsafe impl Sync for Shared {}
impl Shared {
    fn get(&self) -> ChanRef {
        self.0
    }
}

#[test]
fn many_threads_send_and_receive() {
    const N: u64 = 20_000;
    for cap in [0, 1, 10] {
        let mut maker = Fake::new(false);
        let c = Shared(chan(&mut maker, cap));
        let sum = std::sync::atomic::AtomicU64::new(0);
        threads(4, |h, g, i| {
            for k in 1..=N {
                if i % 2 == 0 {
                    send_value(h, g, c.get(), k);
                    settle(h, g);
                } else {
                    recv_value(h, g, c.get());
                    settle(h, g);
                    assert_eq!(get(g, 2), 1);
                    sum.fetch_add(get(g, 1), std::sync::atomic::Ordering::Relaxed);
                }
            }
        });
        assert_eq!(sum.into_inner(), N * (N + 1));
    }
}

#[test]
fn many_threads_select() {
    const N: u64 = 20_000;
    let mut maker = Fake::new(false);
    let (a, b) = (Shared(chan(&mut maker, 0)), Shared(chan(&mut maker, 1)));
    let sum = std::sync::atomic::AtomicU64::new(0);
    threads(4, |h, g, i| {
        let (a, b) = (a.get(), b.get());
        for k in 1..=N {
            set(g, 0, k);
            let cases = if i % 2 == 0 {
                [send_case(a), send_case(b)]
            } else {
                [recv_case(b), recv_case(a)]
            };
            select(h, g, &cases, false, CHOSEN);
            settle(h, g);
            assert!(get(g, CHOSEN) < 2);
            if i % 2 == 1 {
                assert_eq!(get(g, 2), 1);
                sum.fetch_add(get(g, 1), std::sync::atomic::Ordering::Relaxed);
            }
        }
    });
    assert_eq!(sum.into_inner(), N * (N + 1));
}
