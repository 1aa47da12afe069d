//! Timers: a heap per P, sleeps, and calls at a time.
//!
//! Each P has a 4-ary heap behind a lock of its own; a timer lives in the heap of the P that started it.
//! The P looks at its heap when it schedules, not each time; an idle M sleeps until the earliest timer of all; spinning
//! Ms run due timers of other Ps; sysmon deals with timers of Ps that are busy with one G.
//!
//! A sleeping G is an entry by itself. Other timers are slots with a generation, so that a stale
//! [`TimerId`] is harmless. A timer's function runs on an M with a P, between Gs, without locks: it must not
//! block. After [`stop`] has returned, the function is not running and will not run.
//!
//! A slot is changed under the lock of the heap that it is in. While its function is called, `firing_m` says
//! by whom; the slot then becomes free no earlier than the function returns. A timer that is due again before its
//! function has returned misses that tick: two calls at once would both free the slot.

use crate::g::G;
use crate::m::M;
use crate::os::thread::nanotime;
use crate::p::P;
use crate::sched::park::WaitReason;
use crate::sync::{
    AtomicI64, AtomicRef, AtomicU32, AtomicUsize, Mutex, Ordering, Rank, Relaxed, SeqCst, spin_hint,
};
use crate::worker::Worker;
use std::num::NonZeroU64;

/// Called when a timer fires, with the argument it was started with, its id and the time it was due.
pub type TimerFn = fn(w: &mut Worker, arg: u64, id: TimerId, when: i64);

/// Names a timer that was started; stale once it has fired for the last time or was stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct TimerId(NonZeroU64);

impl TimerId {
    /// As a word for the engine to keep; never 0.
    pub fn to_u64(self) -> u64 {
        self.0.get()
    }

    /// Back from a word; None from 0.
    pub fn from_u64(word: u64) -> Option<TimerId> {
        NonZeroU64::new(word).map(TimerId)
    }

    fn new(index: usize, generation: u32) -> TimerId {
        let word = (u64::from(generation) << 32) | index as u64;
        TimerId(NonZeroU64::new(word).expect("generations begin at 1"))
    }

    fn index(self) -> usize {
        self.0.get() as u32 as usize
    }

    fn generation(self) -> u32 {
        (self.0.get() >> 32) as u32
    }
}

/// What [`sleep`] did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sleep {
    /// There was nothing to wait for.
    Done,
    /// The G is parked: the engine yields `Parked`.
    Parked,
}

/// Parks `g`, the current G, whose state has been stored, for `ns` nanoseconds.
pub fn sleep(w: &mut Worker, g: &'static G, ns: i64) -> Sleep {
    if ns <= 0 {
        return Sleep::Done;
    }
    w.p().counters.sleeps.inc();
    if let Some(b) = g.bubble() {
        return b.sleep(w, g, ns);
    }
    let p = w.p();
    let when = nanotime().saturating_add(ns);
    w.park(g, WaitReason::Sleep);
    p.timers.insert(Entry {
        when,
        what: What::Wake(g),
    });
    Sleep::Parked
}

/// Calls `func` at `when` on the clock of [`nanotime`], and, if `period` is not 0, every `period`
/// nanoseconds from then on.
pub fn start(w: &mut Worker, when: i64, period: i64, func: TimerFn, arg: u64) -> TimerId {
    let call = Call { period, func, arg };
    w.p().timers.start(&w.rt().timer_slots, when, call)
}

/// Stops a timer. True if it was still to fire; false if it has fired for the last time or was stopped
/// before. The caller holds no lock that the timer's function takes.
pub fn stop(w: &mut Worker, id: TimerId) -> bool {
    w.rt().timer_slots.stop(w.m(), id)
}

/// The timers of a P.
pub(crate) struct Timers {
    heap: Mutex<Vec<Entry>>,
    /// When the earliest is due; `i64::MAX` if there is none.
    next_when: AtomicI64,
}

struct Entry {
    when: i64,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Wake(&'static G),
    Call(&'static Slot, Call),
}

/// What a due timer wants.
pub(crate) enum Due {
    /// The end of a sleep.
    Wake(&'static G),
    /// A call of its function, and [`Timers::end_firing`] afterwards.
    Call(Firing),
}

/// A timer whose function is being called.
#[derive(Clone, Copy)]
pub(crate) struct Firing {
    slot: &'static Slot,
    pub call: Call,
    pub id: TimerId,
    /// When it was due.
    pub when: i64,
}

/// A timer with a function.
struct Slot {
    index: usize,
    /// In whose heap it is; none while it is free, or fires for the last time.
    home: AtomicRef<Timers>,
    /// Position in that heap.
    pos: AtomicUsize,
    /// Goes up when the timer ends, so that ids become stale.
    generation: AtomicU32,
    firing_m: AtomicRef<M>,
    firing_generation: AtomicU32,
}

/// What a timer does, and how often.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    pub period: i64,
    pub func: TimerFn,
    pub arg: u64,
}

impl Call {
    /// When a timer that repeats and was due at `when` is due after `now`: ticks that were missed are not made up for,
    /// but the rhythm stays.
    fn next(&self, when: i64, now: i64) -> i64 {
        when + self.period * (1 + (now - when) / self.period)
    }
}

impl Slot {
    /// Takes the slot out of the world of ids. The caller holds the lock of its heap.
    fn retire(&self) {
        let next = self.generation.load(Relaxed).wrapping_add(1).max(1);
        self.generation.store(next, Relaxed);
        self.home.store(None, Ordering::Release);
    }
}

/// All slots.
pub(crate) struct TimerSlots {
    synced: Mutex<Slots>,
}

struct Slots {
    all: Vec<&'static Slot>,
    free: Vec<&'static Slot>,
}

impl TimerSlots {
    pub fn new() -> TimerSlots {
        TimerSlots {
            synced: Mutex::new(
                Rank::TimerSlots,
                Slots {
                    all: Vec::new(),
                    free: Vec::new(),
                },
            ),
        }
    }

    fn take(&self) -> &'static Slot {
        let mut slots = self.synced.lock();
        if let Some(slot) = slots.free.pop() {
            return slot;
        }
        let slot: &'static Slot = Box::leak(Box::new(Slot {
            index: slots.all.len(),
            home: AtomicRef::new(),
            pos: AtomicUsize::new(0),
            generation: AtomicU32::new(1),
            firing_m: AtomicRef::new(),
            firing_generation: AtomicU32::new(0),
        }));
        slots.all.push(slot);
        slot
    }

    fn give(&self, slot: &'static Slot) {
        self.synced.lock().free.push(slot);
    }

    fn get(&self, id: TimerId) -> Option<&'static Slot> {
        self.synced.lock().all.get(id.index()).copied()
    }

    /// [`stop`], on M `me`.
    pub fn stop(&self, me: &'static M, id: TimerId) -> bool {
        let Some(slot) = self.get(id) else {
            return false;
        };
        let mut was_active = false;
        while let Some(home) = slot.home.load(Ordering::Acquire) {
            let mut heap = home.heap.lock();
            if !slot.home.load(Relaxed).is_some_and(|now| std::ptr::eq(home, now)) {
                continue;
            }
            if slot.generation.load(Relaxed) == id.generation() {
                remove(&mut heap, slot.pos.load(Relaxed));
                home.publish(&heap);
                slot.retire();
                was_active = true;
                let is_firing = slot.firing_m.load(Relaxed).is_some();
                drop(heap);
                if !is_firing {
                    self.give(slot);
                    return true;
                }
            }
            break;
        }
        // Its function may be running just now, for the last time; from inside it there is nothing to wait for.
        while slot.firing_generation.load(SeqCst) == id.generation() {
            match slot.firing_m.load(SeqCst) {
                Some(m) if !std::ptr::eq(m, me) => spin_hint(),
                _ => break,
            }
        }
        was_active
    }
}

impl Timers {
    pub fn new() -> Timers {
        Timers {
            heap: Mutex::new(Rank::Timers, Vec::new()),
            next_when: AtomicI64::new(i64::MAX),
        }
    }

    /// When the earliest is due; `i64::MAX` if there is none.
    #[inline]
    pub fn next_when(&self) -> i64 {
        self.next_when.load(SeqCst)
    }

    /// Whether there is any.
    #[inline]
    pub fn has_any(&self) -> bool {
        self.next_when.load(Relaxed) != i64::MAX
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.heap.lock().len()
    }

    /// Whether the earliest is due.
    pub fn is_due(&self) -> bool {
        self.has_any() && self.next_when() <= nanotime()
    }

    /// Calls `visit` with the argument of each timer to come: it may be a heap pointer. The world is stopped.
    pub fn visit_args(&self, visit: &mut dyn FnMut(u64)) {
        for entry in self.heap.lock().iter() {
            if let What::Call(_, call) = entry.what {
                visit(call.arg);
            }
        }
    }

    /// Moves all timers to `to`, when a P goes out of use. The world is stopped.
    pub fn move_to(&self, to: &'static Timers) {
        let mut from: Vec<Entry> = std::mem::take(&mut *self.heap.lock());
        self.next_when.store(i64::MAX, SeqCst);
        let mut heap = to.heap.lock();
        for entry in from.drain(..) {
            if let What::Call(slot, _) = entry.what {
                slot.home.store(Some(to), Ordering::Release);
            }
            push(&mut heap, entry);
        }
        to.publish(&heap);
    }

    /// Drops the timer that `g` sleeps by, if it is here. The world is stopped.
    pub fn forget_sleeper(&self, g: &'static G) -> bool {
        let mut heap = self.heap.lock();
        let is_its = |e: &Entry| matches!(e.what, What::Wake(h) if std::ptr::eq(g, h));
        let Some(i) = heap.iter().position(is_its) else {
            return false;
        };
        remove(&mut heap, i);
        self.publish(&heap);
        true
    }

    /// [`start`], among these timers.
    pub fn start(&'static self, slots: &TimerSlots, when: i64, call: Call) -> TimerId {
        let slot = slots.take();
        let id = TimerId::new(slot.index, slot.generation.load(Relaxed));
        let mut heap = self.heap.lock();
        slot.home.store(Some(self), Ordering::Release);
        push(
            &mut heap,
            Entry {
                when,
                what: What::Call(slot, call),
            },
        );
        self.publish(&heap);
        id
    }

    /// Takes out the earliest timer if it is due at `now`. M `me` does what it wants.
    pub fn take_due(&self, me: &'static M, now: i64) -> Option<Due> {
        let mut heap = self.heap.lock();
        let (when, what) = loop {
            let first = heap.first().filter(|first| first.when <= now)?;
            let (when, what) = (first.when, first.what);
            match what {
                What::Call(slot, call) if slot.firing_m.load(SeqCst).is_some() => {
                    remove(&mut heap, 0);
                    let when = call.next(when, now);
                    push(&mut heap, Entry { when, what });
                    self.publish(&heap);
                }
                _ => break (when, what),
            }
        };
        let due = match what {
            What::Wake(g) => {
                remove(&mut heap, 0);
                Due::Wake(g)
            }
            What::Call(slot, call) => {
                let id = TimerId::new(slot.index, slot.generation.load(Relaxed));
                slot.firing_generation.store(id.generation(), SeqCst);
                slot.firing_m.store(Some(me), SeqCst);
                remove(&mut heap, 0);
                if call.period > 0 {
                    let next = call.next(when, now);
                    push(&mut heap, Entry { when: next, what });
                } else {
                    slot.retire();
                }
                Due::Call(Firing { slot, call, id, when })
            }
        };
        self.publish(&heap);
        Some(due)
    }

    /// The function of a timer taken from here has returned.
    pub fn end_firing(&self, slots: &TimerSlots, firing: Firing) {
        let heap = self.heap.lock();
        firing.slot.firing_m.store(None, SeqCst);
        let is_over = firing.slot.home.load(Relaxed).is_none();
        drop(heap);
        if is_over {
            slots.give(firing.slot);
        }
    }

    fn insert(&self, entry: Entry) {
        let mut heap = self.heap.lock();
        push(&mut heap, entry);
        self.publish(&heap);
    }

    fn publish(&self, heap: &[Entry]) {
        self.next_when
            .store(heap.first().map_or(i64::MAX, |e| e.when), Ordering::Release);
    }
}

impl Worker {
    /// Runs the due timers of `p`, this or another; says whether there were any.
    pub(crate) fn run_timers_of(&mut self, p: &'static P) -> bool {
        let now = nanotime();
        p.timers.next_when() <= now && self.run_timers_until(p, now)
    }

    fn run_timers_until(&mut self, p: &'static P, now: i64) -> bool {
        let (mut ran, mut n_woken) = (false, 0);
        self.rt().set_coarse_now(now);
        while let Some(due) = p.timers.take_due(self.m(), now) {
            ran = true;
            self.p().counters.timers_fired.inc();
            match due {
                Due::Wake(g) => {
                    // Several that are due at once go on in the order of their deadlines.
                    if n_woken == 0 {
                        self.ready(g);
                    } else {
                        self.ready_last(g);
                    }
                    n_woken += 1;
                }
                Due::Call(firing) => {
                    (firing.call.func)(self, firing.call.arg, firing.id, firing.when);
                    p.timers.end_firing(&self.rt().timer_slots, firing);
                }
            }
        }
        ran
    }
}

/// Children per node: fewer levels, and siblings share a cache line.
const ARITY: usize = 4;

fn set(heap: &mut [Entry], i: usize) {
    if let What::Call(slot, _) = heap[i].what {
        slot.pos.store(i, Relaxed);
    }
}

fn push(heap: &mut Vec<Entry>, entry: Entry) {
    heap.push(entry);
    let last = heap.len() - 1;
    sift_up(heap, last);
}

fn remove(heap: &mut Vec<Entry>, i: usize) {
    heap.swap_remove(i);
    if i < heap.len() {
        let j = sift_up(heap, i);
        sift_down(heap, j);
    }
}

fn sift_up(heap: &mut [Entry], mut i: usize) -> usize {
    while i > 0 {
        let parent = (i - 1) / ARITY;
        if heap[parent].when <= heap[i].when {
            break;
        }
        heap.swap(parent, i);
        set(heap, i);
        i = parent;
    }
    set(heap, i);
    i
}

fn sift_down(heap: &mut [Entry], mut i: usize) {
    loop {
        let first = i * ARITY + 1;
        let end = (first + ARITY).min(heap.len());
        let Some(least) = (first..end).min_by_key(|&c| heap[c].when) else {
            break;
        };
        if heap[i].when <= heap[least].when {
            break;
        }
        heap.swap(i, least);
        set(heap, i);
        i = least;
    }
    set(heap, i);
}
