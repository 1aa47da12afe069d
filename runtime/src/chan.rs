//! Channels, with the semantics of Go's `hchan`.
//!
//! A channel is a heap object; its buffer is a heap array of elements in slot form. A sender that finds a
//! receiver waiting writes the element straight into the receiver's stack, and a receiver takes it from a
//! waiting sender's; so a queue of receivers stands only before an empty buffer, one of senders only behind a
//! full one. Waiters are served first in, first out.
//!
//! Invariants, under the lock:
//! - at least one of the two wait queues is empty, but for one G whose select both sends and receives;
//! - `count > 0` means that no receiver waits, `count < cap` that no sender does.
//!
//! A G that has to wait becomes `Waiting` before the lock is given back. From then on it belongs to its waker,
//! who does all that is left to do, so that the engine goes on after the instruction as if it had never waited.
//! Only a sender woken by close has to look: its [`G::wake`] is [`WAKE_CLOSED`] and it panics.
//!
//! With one P in use the lock is left out: whoever comes here holds that P.

use crate::g::{G, WAKE_CLOSED, WAKE_OK};
use crate::gc::barrier;
use crate::sched::park::WaitReason;
use crate::select::finish_select;
use crate::slot::{Layout, Slot};
use crate::sudog::{Host, NO_SLOT, Sudog, WaitQueue, first_sudog, slot_address};
use crate::sync::{Acquire, AtomicBool, AtomicUsize, Rank, RawLock, Relaxed, Release};
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::LazyLock;

/// A channel: null for a nil one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(transparent)]
pub struct ChanRef(pub *mut Chan);

/// What a send or receive came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChanOp {
    /// It took place.
    Done,
    /// The G is parked: return `Yield::Parked`. It will go on when the operation has taken place.
    Blocked,
    /// The program panics: "send on closed channel".
    SendOnClosed,
}

/// What a send or receive that does not wait came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TryOp {
    /// It took place.
    Done,
    /// It would have had to wait.
    WouldBlock,
    /// The program panics: "send on closed channel".
    SendOnClosed,
}

/// Why a channel could not be closed: "close of nil channel", "close of closed channel".
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CloseError {
    /// It is nil.
    Nil,
    /// It is closed already.
    Closed,
}

/// A channel.
#[repr(C)]
pub struct Chan {
    pub(crate) lock: RawLock,
    /// Slots of one element.
    elem_slots: u32,
    /// Written under the lock, read by anybody.
    closed: AtomicBool,
    /// Whether it belongs to a timer: such a channel shows itself as unbuffered, though it has room for one.
    of_timer: AtomicBool,
    /// The tag of the bubble that it was made in; 0 outside.
    bubble: Cell<u16>,
    /// Elements in the buffer. Written under the lock, read by anybody.
    count: AtomicUsize,
    cap: usize,
    /// Where the next element goes in the buffer, and comes from.
    send_at: Cell<usize>,
    recv_at: Cell<usize>,
    /// What a receive from the closed channel gets in its first slot: see [`set_zero`].
    zero: Cell<Slot>,
    /// The buffer; null when it takes no memory.
    buf: *mut Slot,
    pub(crate) receivers: WaitQueue,
    pub(crate) senders: WaitQueue,
}

/// What one look at a locked channel came to.
pub(crate) enum Step {
    /// Nothing can be done without waiting.
    No,
    /// It took place.
    Done,
    /// It took place with this waiter, who has to be woken once the channel is unlocked.
    With(&'static Sudog),
    /// The channel is closed: a send panics, a receive got zero.
    Closed,
}

static CHAN_LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
    let pointers = [(std::mem::offset_of!(Chan, buf) / 8) as u32];
    Layout::new(size_of::<Chan>() as u32, Box::new(pointers))
});

/// Makes a channel for elements of `elem_slots` slots, of which `elem` says where the pointers are. The caller
/// has checked that `cap` elements are not too many.
pub fn make<H: Host>(h: &mut H, elem_slots: u32, elem: &'static Layout, cap: usize) -> ChanRef {
    debug_assert_eq!(elem.size, elem_slots * 8);
    let buf = if elem_slots == 0 || cap == 0 {
        null_mut()
    } else {
        h.alloc_array(elem, cap).cast()
    };
    let c = h.alloc(&CHAN_LAYOUT).cast::<Chan>();
    let chan = Chan {
        lock: RawLock::new(Rank::Chan),
        elem_slots,
        closed: AtomicBool::new(false),
        of_timer: AtomicBool::new(false),
        bubble: Cell::new(0),
        count: AtomicUsize::new(0),
        cap,
        send_at: Cell::new(0),
        recv_at: Cell::new(0),
        zero: Cell::new(0),
        buf,
        receivers: WaitQueue::new(),
        senders: WaitQueue::new(),
    };
    // SAFETY: `c` is a fresh object of the size of a `Chan`, aligned to 16.
    unsafe { c.write(chan) };
    ChanRef(c)
}

/// Says that the zero element's first slot is `word`, no heap pointer, instead of 0. For a new channel that nobody
/// knows of, with elements of at least one slot.
pub fn set_zero(c: ChanRef, word: Slot) {
    if let Some(chan) = c.get() {
        debug_assert!(chan.elem_slots > 0);
        chan.zero.set(word);
    }
}

/// Says that the channel belongs to the bubble of this tag. For a new channel that nobody knows of.
pub fn set_bubble(c: ChanRef, tag: u16) {
    if let Some(chan) = c.get() {
        chan.bubble.set(tag);
    }
}

/// The tag of the bubble that the channel was made in; 0 outside.
pub(crate) fn bubble_tag(c: ChanRef) -> u16 {
    c.get().map_or(0, |c| c.bubble.get())
}

/// Sends the element at `src`, in `g`'s stack. `g`'s state is stored, to go on after the send.
#[inline]
pub fn send<H: Host>(h: &mut H, g: &'static G, c: ChanRef, src: *const Slot) -> ChanOp {
    let Some(chan) = c.get() else {
        h.park(g, WaitReason::ChanSendNil);
        return ChanOp::Blocked;
    };
    chan.check_bubble(h, "send on synctest channel");
    let solo = h.is_solo();
    chan.lock.lock_unless(solo);
    match chan.poll_send(src) {
        Step::No => {}
        Step::Done => {
            chan.lock.unlock_unless(solo);
            return ChanOp::Done;
        }
        Step::With(s) => {
            chan.lock.unlock_unless(solo);
            wake(h, s, WAKE_OK);
            return ChanOp::Done;
        }
        Step::Closed => {
            chan.lock.unlock_unless(solo);
            return ChanOp::SendOnClosed;
        }
    }
    let s = h.sudogs().acquire(g);
    s.chan.set(c);
    s.is_send.set(true);
    s.slot.set(stack_offset(g, src));
    g.waiting.set(std::ptr::from_ref(s) as usize);
    chan.senders.push(s);
    h.park(g, WaitReason::ChanSend);
    chan.lock.unlock_unless(solo);
    ChanOp::Blocked
}

/// Receives an element into `g`'s stack at offset `dst`, and whether it was sent (not: closed) at `ok`;
/// either may be [`NO_SLOT`]. `g`'s state is stored, to go on after the receive.
#[inline]
pub fn recv<H: Host>(h: &mut H, g: &'static G, c: ChanRef, dst: u32, ok: u32) -> ChanOp {
    let Some(chan) = c.get() else {
        h.park(g, WaitReason::ChanReceiveNil);
        return ChanOp::Blocked;
    };
    chan.check_bubble(h, "receive on synctest channel");
    let solo = h.is_solo();
    chan.lock.lock_unless(solo);
    let step = chan.poll_recv(slot_address(g, dst));
    if let Step::No = step {
        let s = h.sudogs().acquire(g);
        s.chan.set(c);
        s.is_send.set(false);
        s.slot.set(dst);
        s.ok.set(ok);
        g.waiting.set(std::ptr::from_ref(s) as usize);
        chan.receivers.push(s);
        h.park(g, WaitReason::ChanReceive);
        chan.lock.unlock_unless(solo);
        return ChanOp::Blocked;
    }
    chan.lock.unlock_unless(solo);
    store_ok(slot_address(g, ok), !matches!(step, Step::Closed));
    if let Step::With(s) = step {
        wake(h, s, WAKE_OK);
    }
    ChanOp::Done
}

/// Sends the element at `src`, wherever that is, unless it would have to wait.
#[inline]
pub fn try_send<H: Host>(h: &mut H, c: ChanRef, src: *const Slot) -> TryOp {
    let Some(chan) = c.get() else {
        return TryOp::WouldBlock;
    };
    chan.check_bubble(h, "send on synctest channel");
    let solo = h.is_solo();
    // Without the lock: a send that would have had to wait at some moment during the call has failed rightly.
    if !solo && !chan.closed.load(Acquire) && chan.is_full() {
        return TryOp::WouldBlock;
    }
    chan.lock.lock_unless(solo);
    let step = chan.poll_send(src);
    chan.lock.unlock_unless(solo);
    match step {
        Step::No => TryOp::WouldBlock,
        Step::Done => TryOp::Done,
        Step::Closed => TryOp::SendOnClosed,
        Step::With(s) => {
            wake(h, s, WAKE_OK);
            TryOp::Done
        }
    }
}

/// Receives into `g`'s stack as [`recv`] does, unless it would have to wait: then nothing is stored.
#[inline]
pub fn try_recv<H: Host>(h: &mut H, g: &'static G, c: ChanRef, dst: u32, ok: u32) -> TryOp {
    match try_recv_to(h, c, slot_address(g, dst)) {
        None => TryOp::WouldBlock,
        Some(sent) => {
            store_ok(slot_address(g, ok), sent);
            TryOp::Done
        }
    }
}

/// Receives into memory anywhere (null: nowhere) unless it would have to wait; whether the element was sent
/// or the channel is closed.
#[inline]
pub fn try_recv_to<H: Host>(h: &mut H, c: ChanRef, dst: *mut Slot) -> Option<bool> {
    let chan = c.get()?;
    chan.check_bubble(h, "receive on synctest channel");
    let solo = h.is_solo();
    // Emptiness first: a channel that is not closed later was not closed when it was empty.
    if !solo && chan.is_drained() && !chan.closed.load(Acquire) {
        return None;
    }
    chan.lock.lock_unless(solo);
    let step = chan.poll_recv(dst);
    chan.lock.unlock_unless(solo);
    match step {
        Step::No => None,
        Step::Done => Some(true),
        Step::Closed => Some(false),
        Step::With(s) => {
            wake(h, s, WAKE_OK);
            Some(true)
        }
    }
}

/// Closes a channel: waiting receivers get zero and false, waiting senders panic.
pub fn close<H: Host>(h: &mut H, c: ChanRef) -> Result<(), CloseError> {
    let chan = c.get().ok_or(CloseError::Nil)?;
    chan.check_bubble(h, "close of synctest channel");
    let solo = h.is_solo();
    chan.lock.lock_unless(solo);
    if chan.closed.load(Relaxed) {
        chan.lock.unlock_unless(solo);
        return Err(CloseError::Closed);
    }
    chan.closed.store(true, Release);
    // As in Go the waiters are woken in the reverse order of their waiting.
    let mut waiters: Vec<&'static Sudog> = Vec::new();
    while let Some(s) = chan.receivers.pop_to_wake() {
        chan.give_zero(s.address(s.slot.get()));
        store_ok(s.address(s.ok.get()), false);
        waiters.push(s);
    }
    while let Some(s) = chan.senders.pop_to_wake() {
        waiters.push(s);
    }
    chan.lock.unlock_unless(solo);
    for s in waiters.into_iter().rev() {
        wake(h, s, if s.is_send.get() { WAKE_CLOSED } else { WAKE_OK });
    }
    Ok(())
}

/// Number of elements in the buffer.
#[inline]
pub fn len(c: ChanRef) -> usize {
    let shown = c.get().filter(|c| !c.of_timer.load(Relaxed));
    shown.map_or(0, |c| c.count.load(Relaxed))
}

/// Number of elements that the buffer holds.
#[inline]
pub fn cap(c: ChanRef) -> usize {
    c.get().filter(|c| !c.of_timer.load(Relaxed)).map_or(0, |c| c.cap)
}

/// Drops what is in the buffer of a timer's channel: what a stopped or reset timer had sent must not be
/// received. No sender waits on such a channel. Whether there was anything.
pub fn discard<H: Host>(h: &mut H, c: ChanRef) -> bool {
    let Some(chan) = c.get() else { return false };
    let solo = h.is_solo();
    chan.lock.lock_unless(solo);
    debug_assert!(chan.senders.is_empty());
    chan.of_timer.store(true, Relaxed);
    let had_value = chan.count.load(Relaxed) > 0;
    while chan.count.load(Relaxed) > 0 {
        chan.take(null_mut());
    }
    chan.lock.unlock_unless(solo);
    had_value
}

/// Lets the G of `s`, which has left its queue, go on. No lock is held.
pub(crate) fn wake<H: Host>(h: &mut H, s: &'static Sudog, how: u32) {
    let g = s.g();
    if s.is_select.get() {
        finish_select(h, s);
    } else {
        h.sudogs().release(s);
    }
    g.wake.set(how);
    h.ready(g);
}

/// Takes `g`, parked in a send or receive, out of its queue. The world is stopped.
pub(crate) fn leave<H: Host>(h: &mut H, g: &'static G) -> bool {
    let Some(s) = first_sudog(g) else { return false };
    let Some(chan) = s.chan.get().get() else {
        return false;
    };
    if s.is_send.get() {
        chan.senders.remove(s)
    } else {
        chan.receivers.remove(s)
    }
    h.sudogs().release(s);
    g.waiting.set(0);
    true
}

impl ChanRef {
    /// The nil channel.
    pub const NIL: ChanRef = ChanRef(null_mut());

    /// The channel, unless it is nil.
    #[inline(always)]
    pub(crate) fn get(self) -> Option<&'static Chan> {
        // SAFETY: a channel reference is null or comes from `make`; the collector keeps the object as long as
        // a stack or a heap object names it, and a caller's stack does as long as the call lasts.
        unsafe { self.0.as_ref() }
    }
}

impl Chan {
    /// Whether the current G may use it: only members of its bubble may.
    #[inline(always)]
    pub(crate) fn check_bubble<H: Host>(&self, h: &mut H, what: &str) {
        let tag = self.bubble.get();
        if tag != 0 {
            h.check_bubble(tag, what);
        }
    }

    /// Whether a send would have to wait.
    fn is_full(&self) -> bool {
        if self.cap == 0 {
            self.receivers.is_empty()
        } else {
            self.count.load(Acquire) == self.cap
        }
    }

    /// Whether a receive from the open channel would have to wait.
    fn is_drained(&self) -> bool {
        if self.cap == 0 {
            self.senders.is_empty()
        } else {
            self.count.load(Acquire) == 0
        }
    }

    /// Sends without waiting, if possible. The lock is held.
    #[inline]
    pub(crate) fn poll_send(&self, src: *const Slot) -> Step {
        if self.closed.load(Relaxed) {
            return Step::Closed;
        }
        if let Some(s) = self.receivers.pop_to_wake() {
            copy(s.address(s.slot.get()), src, self.elem_slots);
            store_ok(s.address(s.ok.get()), true);
            return Step::With(s);
        }
        if self.count.load(Relaxed) < self.cap {
            self.put(src);
            return Step::Done;
        }
        Step::No
    }

    /// Receives without waiting, if possible, into `dst` unless that is null. The lock is held.
    #[inline]
    pub(crate) fn poll_recv(&self, dst: *mut Slot) -> Step {
        if let Some(s) = self.senders.pop_to_wake() {
            let src = s.address(s.slot.get());
            if self.cap == 0 {
                copy(dst, src, self.elem_slots);
            } else {
                // The buffer is full: its head goes out and the sender's element takes the place.
                self.take(dst);
                self.put(src);
            }
            return Step::With(s);
        }
        if self.count.load(Relaxed) > 0 {
            self.take(dst);
            return Step::Done;
        }
        if self.closed.load(Relaxed) {
            self.give_zero(dst);
            return Step::Closed;
        }
        Step::No
    }

    /// Writes the zero element.
    #[inline]
    fn give_zero(&self, dst: *mut Slot) {
        zero(dst, self.elem_slots);
        if self.zero.get() != 0 {
            copy(dst, self.zero.as_ptr(), 1);
        }
    }

    #[inline]
    fn place(&self, i: usize) -> *mut Slot {
        debug_assert!(i < self.cap);
        self.buf.wrapping_add(i * self.elem_slots as usize)
    }

    #[inline]
    fn put(&self, src: *const Slot) {
        let at = self.send_at.get();
        copy(self.place(at), src, self.elem_slots);
        self.send_at.set(if at + 1 == self.cap { 0 } else { at + 1 });
        self.count.store(self.count.load(Relaxed) + 1, Release);
    }

    /// Shades the element in place `at`, which leaves the heap.
    #[cold]
    fn shade(&self, at: usize) {
        let mut word = 0;
        for i in 0..self.elem_slots as usize {
            copy(&raw mut word, self.place(at).wrapping_add(i), 1);
            barrier::shade(word);
        }
    }

    #[inline]
    fn take(&self, dst: *mut Slot) {
        let at = self.recv_at.get();
        if barrier::is_on() {
            self.shade(at);
        }
        copy(dst, self.place(at), self.elem_slots);
        zero(self.place(at), self.elem_slots);
        self.recv_at.set(if at + 1 == self.cap { 0 } else { at + 1 });
        self.count.store(self.count.load(Relaxed) - 1, Release);
    }
}

/// Copies an element, unless there is no place for it.
#[inline(always)]
fn copy(dst: *mut Slot, src: *const Slot, n: u32) {
    if dst.is_null() || n == 0 {
        return;
    }
    // SAFETY: both places hold `n` slots: a buffer element, or slots of a stack whose G is parked or the
    // caller's own, as the engine promised when it named them. They are different objects.
    unsafe {
        if n == 1 {
            dst.write(src.read());
        } else {
            std::ptr::copy_nonoverlapping(src, dst, n as usize);
        }
    }
}

/// Clears an element's place.
#[inline(always)]
fn zero(dst: *mut Slot, n: u32) {
    if !dst.is_null() && n != 0 {
        // SAFETY: as in `copy`.
        unsafe { std::ptr::write_bytes(dst, 0, n as usize) };
    }
}

#[inline(always)]
pub(crate) fn store_ok(ok: *mut Slot, value: bool) {
    if !ok.is_null() {
        // SAFETY: as in `copy`.
        unsafe { ok.write(value as Slot) };
    }
}

/// The offset of an address in `g`'s stack.
fn stack_offset(g: &G, at: *const Slot) -> u32 {
    let off = (at as usize).wrapping_sub(g.stack_lo.get() as usize) / size_of::<Slot>();
    assert!(
        at as usize >= g.stack_lo.get() as usize
            && at < g.stack_hi.get().cast_const()
            && off < NO_SLOT as usize,
        "the element of a send that waits lies in the sender's stack"
    );
    off as u32
}

#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
