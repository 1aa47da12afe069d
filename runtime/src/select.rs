//! select.
//!
//! As in Go: the cases are looked at in random order, with all channels locked, in the order of their
//! addresses. If none can go on the G queues at every channel, with one sudog each, and parks.
//!
//! The first waker to swap the G's `select_done` owns the wake-up. It hands over the element, stores the chosen
//! case into the G's stack, takes the other sudogs out of their queues (one lock at a time: whoever finds one
//! of them there before sees that the race is over and leaves it) and readies the G.

use crate::chan::{ChanRef, Step, store_ok, wake};
use crate::g::{G, WAKE_OK};
use crate::sched::park::WaitReason;
use crate::sudog::{Host, Sudog, first_sudog, slot_address};
use crate::sync::Release;

/// Whether a case sends or receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dir {
    /// `case c <- v:`
    Send,
    /// `case v, ok := <-c:`
    Recv,
}

/// A case of a select. A nil channel's case is never chosen.
#[derive(Clone, Copy, Debug)]
pub struct SelectCase {
    /// Send or receive.
    pub dir: Dir,
    /// The channel.
    pub chan: ChanRef,
    /// Stack offset of the element to send, or where the received one goes (or `NO_SLOT`).
    pub slot: u32,
    /// Stack offset of a receive's second result, or `NO_SLOT`.
    pub ok: u32,
}

/// What a select came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectOp {
    /// This case took place; its index is in the slot `chosen` as well.
    Done(u32),
    /// None could, and there is a default; the slot `chosen` holds -1.
    Default,
    /// The G is parked: return `Yield::Parked`. When it goes on the slot `chosen` holds the index of the case
    /// that took place, or [`G::wake`] is `WAKE_CLOSED` and the program panics.
    Blocked,
    /// The program panics: "send on closed channel".
    SendOnClosed,
}

/// Cases for which no memory is allocated.
const INLINE: usize = 16;

/// Carries out a select. `chosen` is a stack offset. `g`'s state is stored, to go on after the select.
pub fn select<H: Host>(
    h: &mut H,
    g: &'static G,
    cases: &[SelectCase],
    has_default: bool,
    chosen: u32,
) -> SelectOp {
    let (mut poll_inline, mut lock_inline) = ([0u16; INLINE], [0u16; INLINE]);
    let (mut poll_vec, mut lock_vec) = (Vec::new(), Vec::new());
    let (poll, locks) = if cases.len() <= INLINE {
        (&mut poll_inline[..], &mut lock_inline[..])
    } else {
        poll_vec.resize(cases.len(), 0);
        lock_vec.resize(cases.len(), 0);
        (&mut poll_vec[..], &mut lock_vec[..])
    };
    let n = shuffle(h, cases, poll);
    for &i in &poll[..n] {
        if let Some(chan) = cases[i as usize].chan.get() {
            chan.check_bubble(h, "select on synctest channel");
        }
    }
    let (poll, locks) = (&poll[..n], &mut locks[..n]);
    let solo = h.is_solo();
    if !solo {
        locks.copy_from_slice(poll);
        locks.sort_unstable_by_key(|&i| cases[i as usize].chan);
        lock_all(cases, locks);
    }
    let looked = look(g, cases, poll);
    let Some((i, step)) = looked else {
        if has_default {
            unlock_all(cases, locks, solo);
            store_chosen(g, chosen, -1);
            return SelectOp::Default;
        }
        enqueue(h, g, cases, poll, chosen);
        h.park(
            g,
            if cases.is_empty() {
                WaitReason::SelectNoCases
            } else {
                WaitReason::Select
            },
        );
        unlock_all(cases, locks, solo);
        return SelectOp::Blocked;
    };
    unlock_all(cases, locks, solo);
    let case = &cases[i];
    if case.dir == Dir::Recv {
        store_ok(slot_address(g, case.ok), !matches!(step, Step::Closed));
    } else if matches!(step, Step::Closed) {
        return SelectOp::SendOnClosed;
    }
    store_chosen(g, chosen, i as i64);
    if let Step::With(s) = step {
        wake(h, s, WAKE_OK);
    }
    SelectOp::Done(i as u32)
}

/// After `won` was taken out of its queue: takes the other sudogs of its select out of theirs, releases them
/// all, and stores which case was chosen. No lock is held.
pub(crate) fn finish_select<H: Host>(h: &mut H, won: &'static Sudog) {
    let g = won.g();
    store_chosen(g, won.chosen.get(), i64::from(won.case.get()));
    let solo = h.is_solo();
    let mut next = first_sudog(g);
    while let Some(s) = next {
        next = s.wait_link.get();
        if !std::ptr::eq(s, won)
            && let Some(chan) = s.chan.get().get()
        {
            chan.lock.lock_unless(solo);
            if s.is_send.get() {
                chan.senders.remove(s)
            } else {
                chan.receivers.remove(s)
            }
            chan.lock.unlock_unless(solo);
        }
        h.sudogs().release(s);
    }
    g.waiting.set(0);
    g.select_done.store(0, Release);
}

/// Takes `g`, parked in a select, out of all queues. The world is stopped.
pub(crate) fn leave<H: Host>(h: &mut H, g: &'static G) -> bool {
    let mut next = first_sudog(g);
    while let Some(s) = next {
        next = s.wait_link.get();
        if let Some(chan) = s.chan.get().get() {
            if s.is_send.get() {
                chan.senders.remove(s)
            } else {
                chan.receivers.remove(s)
            }
        }
        h.sudogs().release(s);
    }
    g.waiting.set(0);
    g.select_done.store(0, Release);
    true
}

/// The sudogs of `g`, which waits on channels. The world is stopped, or the caller is `g`'s own M.
pub(crate) fn sudogs_of(g: &G) -> impl Iterator<Item = &'static Sudog> {
    std::iter::successors(first_sudog(g), |s| s.wait_link.get())
}

/// Fills `order` with the cases whose channel is not nil, in random order; their number.
fn shuffle<H: Host>(h: &mut H, cases: &[SelectCase], order: &mut [u16]) -> usize {
    let mut n = 0;
    for (i, case) in cases.iter().enumerate() {
        if case.chan != ChanRef::NIL {
            let j = if n == 0 {
                0
            } else {
                h.rand_below(n as u32 + 1) as usize
            };
            order[n] = order[j];
            order[j] = i as u16;
            n += 1;
        }
    }
    n
}

/// The first case in `poll` order that can take place, having done so.
fn look(g: &'static G, cases: &[SelectCase], poll: &[u16]) -> Option<(usize, Step)> {
    for &i in poll {
        let case = &cases[i as usize];
        let chan = case.chan.get()?;
        let slot = slot_address(g, case.slot);
        let step = if case.dir == Dir::Send {
            chan.poll_send(slot)
        } else {
            chan.poll_recv(slot)
        };
        if !matches!(step, Step::No) {
            return Some((i as usize, step));
        }
    }
    None
}

/// Queues `g` at the channels of all cases.
fn enqueue<H: Host>(h: &mut H, g: &'static G, cases: &[SelectCase], order: &[u16], chosen: u32) {
    let mut list: Option<&'static Sudog> = None;
    for &i in order {
        let case = &cases[i as usize];
        let Some(chan) = case.chan.get() else { continue };
        let s = h.sudogs().acquire(g);
        s.is_select.set(true);
        s.chan.set(case.chan);
        s.is_send.set(case.dir == Dir::Send);
        s.slot.set(case.slot);
        s.ok.set(case.ok);
        s.case.set(u32::from(i));
        s.chosen.set(chosen);
        s.wait_link.set(list);
        list = Some(s);
        if case.dir == Dir::Send {
            chan.senders.push(s)
        } else {
            chan.receivers.push(s)
        }
    }
    g.waiting.set(list.map_or(0, |s| std::ptr::from_ref(s) as usize));
}

fn lock_all(cases: &[SelectCase], order: &[u16]) {
    let mut last = ChanRef::NIL;
    for &i in order {
        let c = cases[i as usize].chan;
        if c != last
            && let Some(chan) = c.get()
        {
            chan.lock.lock();
            last = c;
        }
    }
}

fn unlock_all(cases: &[SelectCase], order: &[u16], solo: bool) {
    if solo {
        return;
    }
    let mut last = ChanRef::NIL;
    for &i in order.iter().rev() {
        let c = cases[i as usize].chan;
        if c != last
            && let Some(chan) = c.get()
        {
            chan.lock.unlock();
            last = c;
        }
    }
}

fn store_chosen(g: &G, chosen: u32, case: i64) {
    let at = slot_address(g, chosen);
    if !at.is_null() {
        // SAFETY: the engine named a slot of the G's stack, and the G is the caller's own or parked.
        unsafe { at.write(case as u64) };
    }
}
