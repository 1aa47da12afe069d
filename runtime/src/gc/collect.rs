//! A collection in a single stop of the world, from flush to sweep; and how any collection ends.
//!
//! ```text
//!   flush caches → finish sweeping → mark roots → mark → finalizers → bury → start sweeping → pace
//! ```
//!
//! Sweeping goes on lazily while the program runs. Between two collections every object is either swept with
//! its span or waits for that; the mark bits are all clear when marking begins.

use super::mark::{Marker, Marking};
use super::span::PAGE;
use super::{Heap, pacer};
use crate::sync::{Relaxed, SeqCst};
use std::time::Instant;

/// Heaps below this many bytes are marked by one thread: starting others would take as long.
const PARALLEL: usize = 32 << 20;
/// Fewer idle pages than this are kept: asking the system twice costs more than 256 KiB are worth.
const TRIM_PAGES: usize = (256 << 10) / PAGE;

/// Where roots come from. The world is stopped.
pub trait Roots {
    /// Calls `visit` with each word outside the heap that may point into it.
    fn visit_roots(&self, visit: &mut dyn FnMut(u64));

    /// All that lives is marked: forgets whatever else refers to objects of which `is_live` says no.
    fn after_marking(&self, _is_live: &dyn Fn(u64) -> bool) {}
}

/// What one collection did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cycle {
    /// How many there have been, this one included.
    pub number: u64,
    /// Bytes in objects when it began, and when marking was over.
    pub before: usize,
    /// See `before`.
    pub marked_at: usize,
    /// Bytes in objects that lived.
    pub after: usize,
    /// Objects that lived.
    pub objects: usize,
    /// Bytes at which the next one is to end.
    pub next: usize,
    /// Nanoseconds that it took, from its first stop.
    pub ns: u64,
    /// Nanoseconds of its first stop; 0 if there was only one.
    pub first_stop: u64,
}

impl Heap {
    /// Collects garbage. The world is stopped, and all caches have been flushed.
    pub fn collect(&self, roots: &dyn Roots, n_threads: usize) -> Cycle {
        let start = Instant::now();
        let before = self.live.load(Relaxed);
        self.finish_sweep();
        self.trim();
        let n = if before < PARALLEL { 1 } else { n_threads.max(1) };
        let marking = Marking::new(self, n, false);
        {
            let mut marker = marking.marker();
            roots.visit_roots(&mut |word| marker.mark_word(word));
            self.mark_specials(&mut marker);
            marking.run(marker);
            let mut marker: Marker<'_> = marking.marker();
            self.find_finalizable(&mut marker);
            marking.run(marker);
        }
        roots.after_marking(&|word| self.is_marked(word as usize));
        let ns = start.elapsed().as_nanos() as u64;
        self.conclude(before, marking.marked_bytes(), marking.marked_objects(), ns)
    }

    /// All that lives is marked: buries the dead, and sets the books right. The world is stopped.
    pub(super) fn conclude(&self, before: usize, after: usize, objects: usize, ns: u64) -> Cycle {
        self.bury();
        self.start_sweep();
        self.live.store(after, Relaxed);
        self.marked.store(after, Relaxed);
        self.set_trigger();
        self.wanted.store(false, SeqCst);
        self.counts.add_cycle();
        self.last_end.store(crate::os::thread::nanotime(), Relaxed);
        Cycle {
            number: self.counts.n_cycles(),
            before,
            marked_at: before,
            after,
            objects,
            next: self.goal.load(Relaxed),
            ns,
            first_stop: 0,
        }
    }

    /// What the collector's thread does after a cycle: sweeps, so that the next need not, and gives back pages
    /// that lay idle all through the last one.
    pub(super) fn sweep_in_background(&self) {
        self.finish_sweep();
        self.trim();
    }

    /// Asks for a collection at the next safepoint, whatever the heap's size.
    pub fn want_gc(&self) {
        self.wanted.store(true, SeqCst);
    }

    /// GOGC as it is; none: off.
    pub fn gc_percent(&self) -> Option<u32> {
        let p = self.gc_percent.load(Relaxed);
        (p >= 0).then_some(p as u32)
    }

    /// Sets GOGC, none: off; the old value.
    pub fn set_gc_percent(&self, percent: Option<u32>) -> Option<u32> {
        let new = percent.map_or(-1, |p| p.min(i32::MAX as u32) as i32);
        let old = self.gc_percent.swap(new, Relaxed);
        self.set_trigger();
        (old >= 0).then_some(old as u32)
    }

    /// The soft limit in bytes; `usize::MAX`: none.
    pub fn soft_limit(&self) -> usize {
        self.soft_limit.load(Relaxed)
    }

    /// Sets the soft limit; the old one.
    pub fn set_soft_limit(&self, limit: usize) -> usize {
        let old = self.soft_limit.swap(limit, Relaxed);
        self.set_trigger();
        old
    }

    /// Gives all free pages back to the system; bytes given back.
    pub fn give_back_all(&self) -> usize {
        self.finish_sweep();
        self.pages.lock().give_back(&self.arena, 0) * PAGE
    }

    pub(super) fn set_trigger(&self) {
        let limit = self.soft_limit().min(self.config.max_memory);
        let marked = self.marked.load(Relaxed);
        let goal = pacer::trigger(marked, self.gc_percent(), limit);
        self.goal.store(goal, Relaxed);
        let trigger = if goal == usize::MAX {
            goal
        } else if self.is_marking() {
            // Past this the program has to wait.
            goal.max(self.live.load(Relaxed))
                .saturating_add((goal - marked.min(goal)) / 2)
        } else if self.config.mark_stress {
            0
        } else if self.wants_concurrent() {
            pacer::start(marked, goal, self.runway())
        } else {
            goal
        };
        self.trigger.store(trigger, Relaxed);
    }

    /// Whether the object at `base` was reached, or is none.
    pub(super) fn is_marked(&self, base: usize) -> bool {
        self.find_slot(base).is_none_or(|(span, i)| span.mark.get(i))
    }

    /// Gives back the pages that lay idle all through the last cycle, unless they are few.
    fn trim(&self) {
        let mut pages = self.pages.lock();
        let idle = pages.low_water();
        if idle >= TRIM_PAGES {
            let keep = pages.n_dirty - idle.min(pages.n_dirty);
            pages.give_back(&self.arena, keep);
        }
        pages.reset_low_water();
    }
}
