//! Sudogs: Gs waiting for something, and the queues they wait in.
//!
//! A G may wait on several channels at once (select), so a place in a queue is a record of its own, a
//! sudog. Where the waiter's data lies is an *offset* into its stack: stacks move.
//!
//! Sudogs are never freed; free ones wait in a cache of each P, and when that is full half of them move to
//! the central list. While a sudog is queued its fields belong to the holder of the queue's lock; after it was
//! taken out, to the one who took it. Nothing of the waiter's code runs when it wakes: its waker has written
//! the results into its stack, taken its other sudogs out of their queues and released them all. This differs
//! from Go, where the woken G tidies up after itself, because here a G goes on at the next instruction.

use crate::chan::ChanRef;
use crate::g::G;
use crate::sched::park::WaitReason;
use crate::sema::SemaTable;
use crate::slot::{Layout, Slot};
use crate::sync::{AcqRel, Acquire, AtomicPtr, Relaxed};
use std::cell::Cell;
use std::ptr::null_mut;

/// A stack offset that names no slot.
pub const NO_SLOT: u32 = u32::MAX;
/// Free sudogs that a P keeps.
const CACHE_MAX: usize = 128;
/// Sudogs made at a time.
const BLOCK: usize = 32;

/// What channels, semaphores and the like need of the M and P that run them.
pub trait Host {
    /// Whether no other thread can want a lock (see [`crate::sync::RawLock::lock_unless`]).
    fn is_solo(&self) -> bool;
    /// Whether waiting for a few microseconds may be worth while: another P runs, and nothing waits to run on this one.
    fn may_poll(&self) -> bool {
        false
    }
    /// Makes the current G `Waiting`.
    fn park(&mut self, g: &'static G, reason: WaitReason);
    /// Makes a waiting G runnable, next on this P.
    fn ready(&mut self, g: &'static G);
    /// The P's free sudogs.
    fn sudogs(&mut self) -> &mut SudogCache;
    /// The runtime's semaphores.
    fn semas(&self) -> &'static SemaTable;
    /// A random number below `n`.
    fn rand_below(&mut self, n: u32) -> u32;
    /// The current G is about to do this to a channel of the bubble that `tag` names: ends the program if it is in
    /// another one, or in none.
    fn check_bubble(&mut self, tag: u16, what: &str) {
        let _ = (tag, what);
    }
    /// An object of the heap.
    fn alloc(&mut self, layout: &'static Layout) -> *mut u8;
    /// An array in the heap.
    fn alloc_array(&mut self, layout: &'static Layout, n: usize) -> *mut u8;
}

/// A G's place in a wait queue.
pub struct Sudog {
    g: Cell<Option<&'static G>>,
    next: Cell<Option<&'static Sudog>>,
    prev: Cell<Option<&'static Sudog>>,
    /// Next of the same G's select.
    pub(crate) wait_link: Cell<Option<&'static Sudog>>,
    /// Whether it is in a queue.
    queued: Cell<bool>,
    /// Whether its G waits on several channels, so that wakers race for it.
    pub(crate) is_select: Cell<bool>,
    /// The channel.
    pub(crate) chan: Cell<ChanRef>,
    /// Whether it waits to send.
    pub(crate) is_send: Cell<bool>,
    /// Stack offset of the element to send, or where the received one goes.
    pub(crate) slot: Cell<u32>,
    /// Stack offset of a receive's second result.
    pub(crate) ok: Cell<u32>,
    /// A select's case, a notify list's ticket, or how a semaphore wakes its G.
    pub(crate) case: Cell<u32>,
    /// Stack offset at which a select's chosen case is stored.
    pub(crate) chosen: Cell<u32>,
}

// SAFETY: the head comment says who touches the Cells; queues' locks order the hand-overs.
unsafe impl Sync for Sudog {}
// SAFETY: nothing in a sudog is tied to a thread.
unsafe impl Send for Sudog {}

impl Sudog {
    fn blank() -> Sudog {
        Sudog {
            g: Cell::new(None),
            next: Cell::new(None),
            prev: Cell::new(None),
            wait_link: Cell::new(None),
            queued: Cell::new(false),
            is_select: Cell::new(false),
            chan: Cell::new(ChanRef::NIL),
            is_send: Cell::new(false),
            slot: Cell::new(NO_SLOT),
            ok: Cell::new(NO_SLOT),
            case: Cell::new(0),
            chosen: Cell::new(NO_SLOT),
        }
    }

    /// Its G.
    #[inline]
    pub fn g(&self) -> &'static G {
        self.g.get().expect("a sudog in use has a G")
    }

    /// The address of a slot of its G's stack, null for [`NO_SLOT`].
    #[inline]
    pub(crate) fn address(&self, offset: u32) -> *mut Slot {
        slot_address(self.g(), offset)
    }
}

/// The address of a slot of `g`'s stack, null for [`NO_SLOT`].
#[inline(always)]
pub(crate) fn slot_address(g: &G, offset: u32) -> *mut Slot {
    if offset == NO_SLOT {
        null_mut()
    } else {
        g.stack_lo.get().wrapping_add(offset as usize)
    }
}

/// The first of the sudogs that `g`, which is parked at channels, waits with.
pub(crate) fn first_sudog(g: &G) -> Option<&'static Sudog> {
    // SAFETY: who parks a G at channels stores a sudog's address here (or none), and sudogs are never freed.
    unsafe { (g.waiting.get() as *const Sudog).as_ref() }
}

/// Free sudogs of a P.
#[derive(Default)]
pub struct SudogCache {
    first: Option<&'static Sudog>,
    len: usize,
}

impl SudogCache {
    /// An empty cache.
    pub const fn new() -> SudogCache {
        SudogCache { first: None, len: 0 }
    }

    /// A sudog for `g`.
    #[inline]
    pub fn acquire(&mut self, g: &'static G) -> &'static Sudog {
        if self.first.is_none() {
            self.refill();
        }
        let s = self.first.expect("the cache was refilled");
        self.first = s.next.take();
        self.len -= 1;
        s.g.set(Some(g));
        s
    }

    /// Takes a sudog back. It is in no queue.
    #[inline]
    pub fn release(&mut self, s: &'static Sudog) {
        debug_assert!(!s.queued.get() && s.prev.get().is_none());
        s.g.set(None);
        s.wait_link.set(None);
        s.is_select.set(false);
        s.next.set(self.first);
        self.first = Some(s);
        self.len += 1;
        if self.len > CACHE_MAX {
            self.spill();
        }
    }

    #[cold]
    fn refill(&mut self) {
        central::take(self, CACHE_MAX / 2);
        if self.first.is_none() {
            let block: Vec<Sudog> = (0..BLOCK).map(|_| Sudog::blank()).collect();
            for s in block.leak() {
                s.next.set(self.first);
                self.first = Some(s);
                self.len += 1;
            }
        }
    }

    #[cold]
    fn spill(&mut self) {
        central::put(self, CACHE_MAX / 2);
    }
}

/// Sudogs that no P keeps: shared by the whole process, since they are alike everywhere.
#[cfg(not(loom))]
mod central {
    use super::{Sudog, SudogCache};
    use crate::sync::{Mutex, Rank};

    static FREE: Mutex<Vec<&'static Sudog>> = Mutex::new(Rank::Unranked, Vec::new());

    pub fn take(cache: &mut SudogCache, n: usize) {
        let mut free = FREE.lock();
        let from = free.len().saturating_sub(n);
        for s in free.drain(from..) {
            s.next.set(cache.first);
            cache.first = Some(s);
            cache.len += 1;
        }
    }

    pub fn put(cache: &mut SudogCache, keep: usize) {
        let mut free = FREE.lock();
        while cache.len > keep
            && let Some(s) = cache.first
        {
            cache.first = s.next.take();
            cache.len -= 1;
            free.push(s);
        }
    }
}

/// Models are too small to need a central list.
#[cfg(loom)]
mod central {
    use super::SudogCache;
    pub fn take(_: &mut SudogCache, _: usize) {}
    pub fn put(_: &mut SudogCache, _: usize) {}
}

/// A queue of sudogs, first in first out. All-zero bytes are an empty queue.
///
/// Protected by the lock of what they wait for, but whether it is empty may be asked by anybody.
#[repr(C)]
pub struct WaitQueue {
    first: AtomicPtr<Sudog>,
    last: Cell<Option<&'static Sudog>>,
}

impl Default for WaitQueue {
    fn default() -> WaitQueue {
        WaitQueue::new()
    }
}

impl WaitQueue {
    /// An empty queue.
    pub fn new() -> WaitQueue {
        WaitQueue {
            first: AtomicPtr::new(null_mut()),
            last: Cell::new(None),
        }
    }

    /// Whether nobody waits.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.first.load(Acquire).is_null()
    }

    /// The one that waits longest.
    #[inline]
    pub fn first(&self) -> Option<&'static Sudog> {
        // SAFETY: `set_first` stores only sudogs, which are never freed.
        unsafe { self.first.load(Relaxed).as_ref() }
    }

    #[inline]
    fn set_first(&self, s: Option<&'static Sudog>) {
        self.first.store(
            s.map_or(null_mut(), |s| std::ptr::from_ref(s).cast_mut()),
            Relaxed,
        );
    }

    /// Puts `s` last.
    #[inline]
    pub fn push(&self, s: &'static Sudog) {
        s.queued.set(true);
        s.next.set(None);
        s.prev.set(self.last.get());
        match self.last.get() {
            Some(last) => last.next.set(Some(s)),
            None => self.set_first(Some(s)),
        }
        self.last.set(Some(s));
    }

    /// Puts `s` first.
    pub fn push_front(&self, s: &'static Sudog) {
        s.queued.set(true);
        s.prev.set(None);
        s.next.set(self.first());
        match self.first() {
            Some(first) => first.prev.set(Some(s)),
            None => self.last.set(Some(s)),
        }
        self.set_first(Some(s));
    }

    /// Takes `s` out if it is in this queue.
    pub fn remove(&self, s: &'static Sudog) {
        if !s.queued.replace(false) {
            return;
        }
        let (prev, next) = (s.prev.take(), s.next.take());
        match prev {
            Some(p) => p.next.set(next),
            None => self.set_first(next),
        }
        match next {
            Some(n) => n.prev.set(prev),
            None => self.last.set(prev),
        }
    }

    /// Takes out the one that waits longest.
    #[inline]
    pub fn pop(&self) -> Option<&'static Sudog> {
        let s = self.first()?;
        self.remove(s);
        Some(s)
    }

    /// Takes out the one that waits longest and that no other channel has woken; the caller owns it then, and
    /// the wake-up of its G.
    #[inline]
    pub fn pop_to_wake(&self) -> Option<&'static Sudog> {
        loop {
            let s = self.pop()?;
            if !s.is_select.get() || s.g().select_done.compare_exchange(0, 1, AcqRel, Relaxed).is_ok() {
                return Some(s);
            }
        }
    }

    /// The one waiting behind `s`.
    pub fn after(&self, s: &Sudog) -> Option<&'static Sudog> {
        s.next.get()
    }
}
