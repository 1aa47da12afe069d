//! Concurrent cycles: marking while the program runs.
//!
//! ```text
//!   sweep what is left │ stop: flush caches, roots, barrier on │ mark │ stop: the rest, finalizers, barrier off │ sweep
//!      an M            │  an M                                 │ the collector's thread │ an M             │ the thread
//! ```
//!
//! The snapshot's objects are found by one marker, the collector's thread, from what the first stop left in
//! [`Work::grey`] and from what the write barrier ([`super::barrier`]) shades. When there is no more it asks for
//! the second stop, in which whatever was shaded meanwhile is marked. All objects taken by caches meanwhile are marked
//! from the beginning.
//!
//! Who cannot wait (`runtime.GC`, an allocation that has driven the heap far past its goal) sets
//! [`Concurrent::hurry`] in a stopped world: the thread puts down its work, and it is finished there by all.
//!
//! Invariant: between the stops no span is swept or freed, since all are swept before; so what the thread looks at
//! stays what it is.
//!
//! Small heaps are still marked in one stop (`collect`), which takes no longer than two.

use super::barrier;
use super::collect::{Cycle, Roots};
use super::mark::{Grey, Marking};
use super::{Heap, Object};
use crate::Runtime;
use crate::os::thread::{nanotime, walltime};
use crate::sched::idle::{EXIT, JOB};
use crate::sync::{AtomicBool, AtomicUsize, Mutex, Note, Rank, Relaxed, SeqCst};
use std::time::Instant;

/// A last cycle that left fewer bytes than this is followed by one in a single stop.
const SMALL: usize = 1 << 20;

/// What a concurrent cycle is made of.
pub(super) struct Concurrent {
    /// Whether one is under way. Changes in a stopped world.
    pub marking: AtomicBool,
    /// Asks the collector's thread to put its work down.
    pub hurry: AtomicBool,
    work: Mutex<Work>,
    /// Objects marked by the barrier that are to be looked through.
    shaded: Mutex<Vec<usize>>,
    /// Bytes and objects marked so far, those born marked left out.
    bytes: AtomicUsize,
    objects: AtomicUsize,
    /// [`Heap::live_bytes`] when the cycle began.
    live: AtomicUsize,
    /// Bytes allocated during the last cycle's marking.
    runway: AtomicUsize,
    /// Nanoseconds of its first stop.
    pub first_stop: AtomicUsize,
}

struct Work {
    grey: Grey,
    /// The collector's thread has it.
    is_taken: bool,
    began: Option<Instant>,
}

impl Concurrent {
    pub fn new() -> Concurrent {
        let work = Work {
            grey: Grey::default(),
            is_taken: false,
            began: None,
        };
        Concurrent {
            marking: AtomicBool::new(false),
            hurry: AtomicBool::new(false),
            work: Mutex::new(Rank::Unranked, work),
            shaded: Mutex::new(Rank::Unranked, Vec::new()),
            bytes: AtomicUsize::new(0),
            objects: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
            runway: AtomicUsize::new(0),
            first_stop: AtomicUsize::new(0),
        }
    }
}

impl Heap {
    /// Whether a concurrent cycle is under way.
    #[inline]
    pub fn is_marking(&self) -> bool {
        self.concurrent.marking.load(Relaxed)
    }

    /// Whether the next cycle is to be concurrent: not if the heap is small, and not near a limit, where what is
    /// allocated meanwhile has no room.
    pub(super) fn wants_concurrent(&self) -> bool {
        let is_limited = self.config.max_memory.min(self.soft_limit()) != usize::MAX;
        let small = self.marked.load(Relaxed) < SMALL && self.live_bytes() < 4 * super::MIN_HEAP;
        self.config.mark_stress || self.config.concurrent && !is_limited && !self.is_stressed() && !small
    }

    /// Begins a cycle: the snapshot. The world is stopped and all caches have been flushed.
    pub(super) fn start_marking(&self, roots: &dyn Roots) {
        self.finish_sweep();
        let c = &self.concurrent;
        let mut work = c.work.lock();
        debug_assert!(!work.is_taken && !self.is_marking());
        work.began = Some(Instant::now());
        c.bytes.store(0, Relaxed);
        c.objects.store(0, Relaxed);
        c.live.store(self.live.load(Relaxed), Relaxed);
        let marking = Marking::new(self, 1, true);
        let mut marker = marking.marker();
        roots.visit_roots(&mut |word| marker.mark_word(word));
        self.mark_specials(&mut marker);
        work.grey = marker.put_down();
        drop(work);
        self.add_marked(&marking);
        c.hurry.store(false, SeqCst);
        c.marking.store(true, SeqCst);
        barrier::switch_on();
        self.wanted.store(false, SeqCst);
        // From here on `wanted` means: the thread is done, or the heap has grown too far.
        self.set_trigger();
    }

    /// Marks what `word` names; for the barrier.
    pub(super) fn shade(&self, word: u64) {
        if !self.is_marking() {
            return;
        }
        let marking = Marking::new(self, 1, true);
        let mut marker = marking.marker();
        marker.mark_word(word);
        let mut grey = marker.put_down();
        self.add_marked(&marking);
        if !grey.objects.is_empty() {
            self.concurrent.shaded.lock().append(&mut grey.objects);
        }
    }

    fn add_marked(&self, marking: &Marking<'_>) {
        self.concurrent.bytes.fetch_add(marking.marked_bytes(), Relaxed);
        self.concurrent
            .objects
            .fetch_add(marking.marked_objects(), Relaxed);
    }

    /// On the collector's thread: marks until there is nothing left, or somebody is in a hurry. True: done.
    fn mark_concurrently(&self) -> bool {
        let c = &self.concurrent;
        loop {
            let grey = {
                let mut work = c.work.lock();
                if !self.is_marking() || c.hurry.load(SeqCst) {
                    return false;
                }
                let mut grey = std::mem::take(&mut work.grey);
                grey.objects.append(&mut c.shaded.lock());
                if grey.is_empty() {
                    return true;
                }
                work.is_taken = true;
                grey
            };
            let marking = Marking::new(self, 1, true);
            let mut marker = marking.marker_with(grey);
            marker.drain_until(&c.hurry);
            let grey = marker.put_down();
            self.add_marked(&marking);
            let mut work = c.work.lock();
            work.grey = grey;
            work.is_taken = false;
        }
    }

    /// Ends the cycle. The world is stopped and all caches have been flushed. `exact` are roots that hold nothing but
    /// live pointers.
    pub(super) fn finish_marking(&self, exact: &dyn Roots, n_threads: usize) -> Cycle {
        let c = &self.concurrent;
        c.hurry.store(true, SeqCst);
        let (mut grey, began) = loop {
            let mut work = c.work.lock();
            if !work.is_taken {
                break (std::mem::take(&mut work.grey), work.began);
            }
            drop(work);
            std::thread::yield_now();
        };
        grey.objects.append(&mut c.shaded.lock());
        let n = if grey.objects.len() < 10_000 {
            1
        } else {
            n_threads.max(1)
        };
        let marking = Marking::new(self, n, true);
        marking.run(marking.marker_with(grey));
        let mut marker = marking.marker();
        self.find_finalizable(&mut marker);
        marking.run(marker);
        self.add_marked(&marking);
        exact.after_marking(&|word| self.is_marked(word as usize));
        if self.config.mark_stress {
            self.verify_marks(exact);
        }
        c.marking.store(false, SeqCst);
        barrier::switch_off();
        let (before, live) = (c.live.load(Relaxed), self.live.load(Relaxed));
        let born = live.saturating_sub(before);
        c.runway.store(born, Relaxed);
        let after = c.bytes.load(Relaxed) + born;
        let ns = began.map_or(0, |t| t.elapsed().as_nanos() as u64);
        Cycle {
            before,
            first_stop: c.first_stop.load(Relaxed) as u64,
            ..self.conclude(live, after, c.objects.load(Relaxed), ns)
        }
    }

    /// After the end of the program: there will be no second stop.
    pub(super) fn stop_marking(&self) {
        if self.concurrent.marking.swap(false, SeqCst) {
            self.concurrent.hurry.store(true, SeqCst);
            barrier::switch_off();
        }
    }

    /// Counts a stop of the world for the collector, since `start`, that is over; its length.
    pub(super) fn count_pause(&self, start: i64) -> u64 {
        let ns = (nanotime() - start) as u64;
        let marking = self.is_marking();
        if marking {
            self.concurrent.first_stop.store(ns as usize, Relaxed);
        }
        self.counts
            .add_pause(ns, walltime() as u64, self.counts.n_cycles() + u64::from(marking));
        ns
    }

    /// Bytes that the program may allocate while it is marked, by experience.
    pub(super) fn runway(&self) -> usize {
        let last = self.concurrent.runway.load(Relaxed);
        last + last / 4
    }

    /// Checks the invariant: what a marked object or a root names is marked. Stacks are left out: a slot that counts
    /// as live may hold a stale word.
    fn verify_marks(&self, exact: &dyn Roots) {
        let check = |from: Option<Object>, word: u64| {
            if let Some(object) = self.find_object(word as usize)
                && !self.is_marked(object.base)
            {
                crate::throw!("{object:x?} is reached from {from:x?}, but not marked");
            }
        };
        exact.visit_roots(&mut |word| check(None, word));
        self.each_object(|o| {
            let Some((layout, repeats)) = o.layout.filter(|_| self.is_marked(o.base)) else {
                return;
            };
            let n = if repeats { o.size / layout.size as usize } else { 1 };
            for at in (0..n).map(|i| o.base + i * layout.size as usize) {
                for &word in &layout.pointers {
                    check(Some(o), super::load_word(at + word as usize * 8));
                }
            }
        });
    }
}

/// The collector's thread and its bell.
pub(crate) struct Collector {
    note: Note,
    is_started: AtomicBool,
}

impl Collector {
    pub fn new() -> Collector {
        Collector {
            note: Note::new(),
            is_started: AtomicBool::new(false),
        }
    }

    /// Has the thread look for work, or for the end of the program.
    pub fn wake(&self) {
        self.note.wake();
    }
}

impl Runtime {
    /// Has the collector's thread mark, or sweep.
    pub(super) fn wake_collector(&'static self) {
        if !self.collector.is_started.swap(true, SeqCst) {
            self.start_thread("collector", move || {
                crate::os::signal::block_preempt();
                self.run_collector();
            });
        }
        self.collector.wake();
    }

    fn run_collector(&'static self) {
        loop {
            self.collector.note.sleep();
            if self.sched.attention.load(SeqCst) & EXIT != 0 {
                return;
            }
            if !self.heap.is_marking() {
                self.heap.sweep_in_background();
            } else if self.heap.mark_concurrently() {
                self.demand_gc();
            }
        }
    }

    /// Has some M begin or end a cycle soon.
    pub(crate) fn demand_gc(&'static self) {
        self.heap.want_gc();
        self.sched.attention.fetch_or(JOB, SeqCst);
        // One that runs comes to it anyway, or sees it in its last look before it sleeps; one woken for it would take
        // the core from somebody and then wait for him to stop.
        if !self.poke_all() && self.sched.hunt.wants_wake() {
            self.wake_p();
        }
    }
}
