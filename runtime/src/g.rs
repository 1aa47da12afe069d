//! G: a goroutine.
//!
//! A G is made once and reused for many goroutines; it is never freed while its runtime lives, so that a
//! reference to it is always good to look at (sysmon and the SIGURG handler do).
//!
//! Who may touch what:
//! - `guard` by all: poisoned by others, restored by the M that runs the G (see `preempt.rs`).
//! - The `Cell`s by the M that runs the G; by the M that holds its wake-up (the dequeued sudog, the fired
//!   timer) before [`crate::worker::Worker::ready`]; by the collector while the world is stopped.
//! - `status` is written by whoever owns the G then: its M while it runs, its waker while it waits.
//!   `Waiting` is stored before the G becomes visible to wakers.
//! - `link` by the holder of the list that the G is in; a G is in at most one.

use crate::bubble::Bubble;
use crate::m::M;
use crate::sched::park::WaitReason;
use crate::slot::Slot;
use crate::sync::{AtomicI64, AtomicRef, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering, Relaxed};
use std::cell::Cell;

/// [`G::wake`]: the operation that the G waited for took place.
pub const WAKE_OK: u32 = 0;
/// [`G::wake`]: the channel was closed on a sender, which must panic. (A receiver has got zero and false, and
/// [`WAKE_OK`].)
pub const WAKE_CLOSED: u32 = 1;
/// The host has taken the G, which was doomed, out of the queue of a semaphore or notify list: it has not got what it
/// waited for, and must make that good before it dies.
pub const WAKE_CANCELLED: u32 = 2;
/// [`G::wake`]: what the G waits for may be had now; the operation is to be carried on (see [`crate::mutex`]).
pub const WAKE_AGAIN: u32 = 3;

/// Where a goroutine stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Status {
    /// Made, not yet started.
    Idle,
    /// In a run queue.
    Runnable,
    /// An M with a P runs it.
    Running,
    /// An M without its P runs a system call for it.
    Syscall,
    /// Parked; `wait_reason` says why.
    Waiting,
    /// Ended, in a free list.
    Dead,
    /// Its stack is being moved by its own M.
    CopyStack,
    /// It honoured a preemption request and is not yet in a queue.
    Preempted,
}

impl Status {
    /// As a traceback prints it.
    pub fn text(self) -> &'static str {
        match self {
            Status::Idle => "idle",
            Status::Runnable => "runnable",
            Status::Running => "running",
            Status::Syscall => "syscall",
            Status::Waiting => "waiting",
            Status::Dead => "dead",
            Status::CopyStack => "copystack",
            Status::Preempted => "preempted",
        }
    }

    /// The status of this number.
    pub fn of_number(b: u8) -> Option<Status> {
        const ALL: [Status; 8] = [
            Status::Idle,
            Status::Runnable,
            Status::Running,
            Status::Syscall,
            Status::Waiting,
            Status::Dead,
            Status::CopyStack,
            Status::Preempted,
        ];
        ALL.get(b as usize).copied()
    }
}

/// A goroutine.
#[repr(C, align(64))]
pub struct G {
    /// The address a frame's end must not exceed, or a poison value below every address.
    pub guard: AtomicUsize,
    /// Where the stack begins; it grows upward.
    pub stack_lo: Cell<*mut Slot>,
    /// Where its memory ends, [`crate::stack::RED_ZONE`] slots past the limit.
    pub stack_hi: Cell<*mut Slot>,
    /// Where the engine goes on.
    pub pc: Cell<*const u64>,
    /// The frame it goes on in, as a slot offset from `stack_lo`.
    pub fp: Cell<u32>,
    /// What woke the G: [`WAKE_OK`], [`WAKE_CLOSED`], [`WAKE_AGAIN`], or a value of the engine's.
    pub wake: Cell<u32>,
    /// For the engine: defer and panic records and the like.
    pub engine: [Cell<u64>; 2],
    /// The channel code's: the sudogs that the G waits with, as long as it waits on channels.
    pub waiting: Cell<usize>,
    /// The channel code's: what the waker hands over (the sudog that fired, an offset, a count). While the G waits
    /// for a mutex: since when, or 0.
    pub param: Cell<usize>,
    /// The channel code's: who won the race to wake a G out of a select.
    pub select_done: AtomicU32,
    /// What `guard` is restored to.
    pub(crate) limit: Cell<usize>,
    /// Next in the list that the G is in.
    pub(crate) link: AtomicRef<G>,
    /// The M that alone may run this G.
    pub(crate) locked_m: AtomicRef<M>,
    /// How often `LockOSThread` was called without its counterpart.
    pub(crate) lock_count: Cell<u32>,
    status: AtomicU8,
    wait_reason: AtomicU8,
    /// Whether the runtime's own work (finalizers …) runs on it: not counted, not shown.
    is_system: Cell<bool>,
    /// Whether it was found to wait for what can never happen.
    is_leaked: Cell<bool>,
    /// Whether only its bubble can wake it (see [`crate::bubble`]).
    is_durable: Cell<bool>,
    /// The bubble that it is in.
    bubble: AtomicRef<Bubble>,
    id: AtomicU64,
    parent: AtomicU64,
    /// Coarse time at which the G was parked.
    wait_since: AtomicI64,
    /// Where the `go` statement is, in the engine's terms.
    created_pc: AtomicU64,
    n_preempted: AtomicU32,
    n_preempt_requests: AtomicU32,
    /// The Ps that have run it, a bit each.
    ran_on: AtomicU64,
    n_grown: AtomicU32,
}

// SAFETY: the head comment says which M may touch the Cells when; hand-overs between Ms go through queues
// and locks, which order the accesses.
unsafe impl Sync for G {}
// SAFETY: nothing in a G is tied to a thread.
unsafe impl Send for G {}

const _: () = assert!(std::mem::offset_of!(G, guard) == 0);

impl G {
    /// A G that has not run anything.
    pub(crate) fn fresh() -> G {
        G {
            guard: AtomicUsize::new(0),
            stack_lo: Cell::new(std::ptr::null_mut()),
            stack_hi: Cell::new(std::ptr::null_mut()),
            pc: Cell::new(std::ptr::null()),
            fp: Cell::new(0),
            wake: Cell::new(WAKE_OK),
            engine: [const { Cell::new(0) }; 2],
            waiting: Cell::new(0),
            param: Cell::new(0),
            select_done: AtomicU32::new(0),
            limit: Cell::new(0),
            link: AtomicRef::new(),
            locked_m: AtomicRef::new(),
            lock_count: Cell::new(0),
            status: AtomicU8::new(Status::Idle as u8),
            wait_reason: AtomicU8::new(WaitReason::None as u8),
            is_system: Cell::new(false),
            is_leaked: Cell::new(false),
            is_durable: Cell::new(false),
            bubble: AtomicRef::new(),
            id: AtomicU64::new(0),
            parent: AtomicU64::new(0),
            wait_since: AtomicI64::new(0),
            created_pc: AtomicU64::new(0),
            n_preempted: AtomicU32::new(0),
            n_preempt_requests: AtomicU32::new(0),
            ran_on: AtomicU64::new(0),
            n_grown: AtomicU32::new(0),
        }
    }

    /// Makes a fresh or dead G a new goroutine.
    pub(crate) fn begin(&self, id: u64, parent: u64) {
        self.id.store(id, Relaxed);
        self.parent.store(parent, Relaxed);
        self.wake.set(WAKE_OK);
        self.pc.set(std::ptr::null());
        self.fp.set(0);
        for word in &self.engine {
            word.set(0);
        }
        self.waiting.set(0);
        self.param.set(0);
        self.select_done.store(0, Relaxed);
        self.created_pc.store(0, Relaxed);
        self.n_preempted.store(0, Relaxed);
        self.n_preempt_requests.store(0, Relaxed);
        self.ran_on.store(0, Relaxed);
        self.n_grown.store(0, Relaxed);
        self.is_system.set(false);
        self.is_leaked.set(false);
        self.is_durable.set(false);
        self.set_status(Status::Idle);
    }

    /// The goroutine's number, as tracebacks show it.
    pub fn id(&self) -> u64 {
        self.id.load(Relaxed)
    }

    /// The number of the goroutine that started this one; 0 for main.
    pub fn parent_id(&self) -> u64 {
        self.parent.load(Relaxed)
    }

    /// Where it stands. Others than its owner get a value that may be out of date.
    #[inline]
    pub fn status(&self) -> Status {
        Status::of_number(self.status.load(Ordering::Acquire)).expect("only `set_status` stores")
    }

    #[inline]
    pub(crate) fn set_status(&self, status: Status) {
        self.status.store(status as u8, Ordering::Release);
    }

    /// Why it waits, or waited last.
    pub fn wait_reason(&self) -> WaitReason {
        WaitReason::from_u8(self.wait_reason.load(Relaxed))
    }

    /// Makes it `Waiting`. After this, and after the lock that guards the wake-up is given back, others may
    /// run it.
    #[inline]
    pub(crate) fn set_waiting(&self, reason: WaitReason, now: i64) {
        self.wait_reason.store(reason as u8, Relaxed);
        self.wait_since.store(now, Relaxed);
        self.set_status(Status::Waiting);
    }

    /// When it was parked, on the coarse clock of its runtime.
    pub fn wait_since(&self) -> i64 {
        self.wait_since.load(Relaxed)
    }

    /// Where the `go` statement is that made it, as the engine stored it.
    pub fn created_pc(&self) -> u64 {
        self.created_pc.load(Relaxed)
    }

    /// Stores where the `go` statement is, for [`crate::engine::Engine::created_by`].
    pub fn set_created_pc(&self, pc: u64) {
        self.created_pc.store(pc, Relaxed);
    }

    /// Marks it as the runtime's own: not counted by deadlock checks nor shown in dumps.
    pub fn set_system(&self) {
        self.is_system.set(true);
    }

    /// Whether it is the runtime's own.
    pub fn is_system(&self) -> bool {
        self.is_system.get()
    }

    /// The bubble that it is in.
    #[inline(always)]
    pub fn bubble(&self) -> Option<&'static Bubble> {
        self.bubble.load(Relaxed)
    }

    /// Puts it into a bubble. It is the caller's own, or has not been started.
    pub fn set_bubble(&self, bubble: Option<&'static Bubble>) {
        self.bubble.store(bubble, Relaxed);
    }

    pub(crate) fn is_durable(&self) -> bool {
        self.is_durable.get()
    }

    pub(crate) fn set_durable(&self, durable: bool) {
        self.is_durable.set(durable);
    }

    /// Marks it as one that can never go on. The world is stopped.
    pub(crate) fn set_leaked(&self) {
        self.is_leaked.set(true);
    }

    /// Whether it was found to wait for what can never happen (see [`crate::gc::leaks`]).
    pub fn is_leaked(&self) -> bool {
        self.is_leaked.get()
    }

    /// How often it honoured a preemption request.
    pub fn n_preempted(&self) -> u32 {
        self.n_preempted.load(Relaxed)
    }

    pub(crate) fn count_preempted(&self) {
        self.n_preempted.store(self.n_preempted() + 1, Relaxed);
    }

    /// How often it was asked to give way while it ran.
    pub fn n_preempt_requests(&self) -> u32 {
        self.n_preempt_requests.load(Relaxed)
    }

    pub(crate) fn count_preempt_request(&self) {
        self.n_preempt_requests.fetch_add(1, Relaxed);
    }

    /// The Ps that have run it: bit n for the P of number n, below 64.
    pub fn ran_on(&self) -> u64 {
        self.ran_on.load(Relaxed)
    }

    /// The P of number `p` runs it.
    #[inline]
    pub(crate) fn note_p(&self, p: u32) {
        self.ran_on.store(
            self.ran_on.load(Relaxed) | 1u64.checked_shl(p).unwrap_or(0),
            Relaxed,
        );
    }

    /// How often its stack was doubled.
    pub fn n_grown(&self) -> u32 {
        self.n_grown.load(Relaxed)
    }

    pub(crate) fn count_grown(&self) {
        self.n_grown.store(self.n_grown() + 1, Relaxed);
    }

    /// Whether `LockOSThread` ties it to an M.
    pub fn is_locked(&self) -> bool {
        self.locked_m.load(Relaxed).is_some()
    }
}

/// A singly linked list of Gs, first in first out, through their `link`.
#[derive(Default)]
pub(crate) struct GList {
    head: Option<&'static G>,
    tail: Option<&'static G>,
    len: usize,
}

impl GList {
    pub const fn new() -> GList {
        GList {
            head: None,
            tail: None,
            len: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub fn push_back(&mut self, g: &'static G) {
        g.link.store(None, Relaxed);
        match self.tail {
            Some(tail) => tail.link.store(Some(g), Relaxed),
            None => self.head = Some(g),
        }
        self.tail = Some(g);
        self.len += 1;
    }

    #[inline]
    pub fn push_front(&mut self, g: &'static G) {
        g.link.store(self.head, Relaxed);
        if self.tail.is_none() {
            self.tail = Some(g);
        }
        self.head = Some(g);
        self.len += 1;
    }

    #[inline]
    pub fn pop(&mut self) -> Option<&'static G> {
        let g = self.head?;
        self.head = g.link.load(Relaxed);
        if self.head.is_none() {
            self.tail = None;
        }
        g.link.store(None, Relaxed);
        self.len -= 1;
        Some(g)
    }

    /// Moves all of `other` before the first one.
    pub fn prepend(&mut self, other: &mut GList) {
        other.append(self);
        std::mem::swap(self, other);
    }

    /// Moves all of `other` behind the last one.
    pub fn append(&mut self, other: &mut GList) {
        match self.tail {
            Some(tail) => tail.link.store(other.head, Relaxed),
            None => self.head = other.head,
        }
        if other.tail.is_some() {
            self.tail = other.tail;
        }
        self.len += other.len;
        *other = GList::new();
    }
}
