//! Central lists and sweeping.
//!
//! Each span class has a list of all its spans. After a collection every span waits to be swept; sweeping
//! costs a glance at two bitmaps and touches no object. It is done lazily, by those who need free slots of
//! the class ([`Heap::get_span`]) or pages ([`Heap::reclaim`]), and what is then left before the next
//! collection ([`Heap::finish_sweep`]).
//!
//! A span is in its class's list as long as it is in use, wherever else it is: in a cache, or in `partial`
//! (swept, some slots free, in no cache), or full, or unswept.

use super::class::SpanClass;
use super::{Heap, SpanPtr};
use crate::sync::Relaxed;

/// Spans that one call of [`Heap::reclaim`] looks at for each page it wants, and at least.
const RECLAIM_EFFORT: usize = 16;

/// The spans of one class.
#[derive(Debug, Default)]
pub struct Central {
    /// All spans of the class.
    pub(super) spans: Vec<SpanPtr>,
    /// Spans below this index have been swept or are new.
    next_unswept: usize,
    /// Swept spans with free slots that are in no cache.
    partial: Vec<SpanPtr>,
}

/// What became of a span that was swept.
enum Swept {
    /// It had been swept before, or is new.
    Already,
    Full,
    Partial(SpanPtr),
    /// Nothing is left; the span is off the list.
    Empty(SpanPtr),
}

impl Central {
    fn add(&mut self, span: SpanPtr) {
        span.list_index.store(self.spans.len(), Relaxed);
        self.spans.push(span);
    }

    fn remove(&mut self, span: SpanPtr) {
        let i = span.list_index.load(Relaxed);
        debug_assert!(self.spans[i] == span);
        self.spans.swap_remove(i);
        if let Some(moved) = self.spans.get(i) {
            moved.list_index.store(i, Relaxed);
        }
        // The one moved here may be unswept.
        self.next_unswept = self.next_unswept.min(i);
    }

    /// Sweeps the next unswept span; none when there is no more.
    fn sweep_next(&mut self, heap: &Heap) -> Option<Swept> {
        let span = *self.spans.get(self.next_unswept)?;
        self.next_unswept += 1;
        let generation = heap.sweep_gen.load(Relaxed);
        if span.sweep_gen.load(Relaxed) == generation {
            return Some(Swept::Already);
        }
        span.sweep_gen.store(generation, Relaxed);
        let (freed, left) = span.sweep(heap.is_stressed() || heap.config.mark_stress);
        heap.counts.add_frees(span.class, freed as u64);
        Some(if left == 0 {
            self.remove(span);
            Swept::Empty(span)
        } else if left == span.n {
            Swept::Full
        } else {
            Swept::Partial(span)
        })
    }

    /// All spans become unswept. The world is stopped and all caches are empty.
    fn start_cycle(&mut self) {
        self.next_unswept = 0;
        self.partial.clear();
    }
}

impl Heap {
    /// A span of `class` with at least one free slot, for a cache.
    pub(super) fn get_span(&self, class: SpanClass) -> Option<SpanPtr> {
        {
            let mut c = self.central(class);
            if let Some(span) = c.partial.pop() {
                return Some(span);
            }
            while let Some(swept) = c.sweep_next(self) {
                match swept {
                    Swept::Already | Swept::Full => {}
                    Swept::Partial(span) => return Some(span),
                    Swept::Empty(span) => {
                        c.add(span);
                        return Some(span);
                    }
                }
            }
        }
        self.get_fresh(class.pages(), class)
    }

    /// A span for one large object of `npages` pages.
    pub(super) fn get_large(&self, npages: usize, class: SpanClass) -> Option<SpanPtr> {
        let mut freed = 0;
        for large in [SpanClass::LARGE_NOSCAN, SpanClass::LARGE_SCAN] {
            while freed < npages {
                match self.sweep_one(large) {
                    Some(n) => freed += n,
                    None => break,
                }
            }
        }
        self.get_fresh(npages, class)
    }

    /// Puts a span with free slots back, for any cache to take.
    pub(super) fn put_span(&self, span: SpanPtr) {
        self.central(span.class).partial.push(span);
    }

    fn get_fresh(&self, npages: usize, class: SpanClass) -> Option<SpanPtr> {
        self.reclaim(npages);
        let span = self.new_span(npages, class).or_else(|| {
            // At the limit: garbage in unswept spans is all that can help.
            self.finish_sweep();
            self.new_span(npages, class)
        })?;
        self.used.insert(class);
        self.central(class).add(span);
        Some(span)
    }

    /// Looks among unswept spans for `npages` pages to free, within reason.
    fn reclaim(&self, npages: usize) {
        let (mut freed, mut looked_at) = (0, 0);
        for class in self.unswept.iter() {
            while freed < npages && looked_at < RECLAIM_EFFORT * npages {
                looked_at += 1;
                match self.sweep_one(class) {
                    Some(n) => freed += n,
                    None => break,
                }
            }
            if freed >= npages || looked_at >= RECLAIM_EFFORT * npages {
                return;
            }
        }
    }

    /// Sweeps one span of `class`: pages freed, or none when no span is unswept.
    fn sweep_one(&self, class: SpanClass) -> Option<usize> {
        let mut c = self.central(class);
        let Some(swept) = c.sweep_next(self) else {
            self.unswept.remove(class);
            return None;
        };
        match swept {
            Swept::Already | Swept::Full => Some(0),
            Swept::Partial(span) => {
                c.partial.push(span);
                Some(0)
            }
            Swept::Empty(span) => {
                drop(c);
                let n = span.npages;
                self.free_span(span);
                Some(n)
            }
        }
    }

    /// Sweeps all that is left to sweep.
    pub fn finish_sweep(&self) {
        for class in self.unswept.iter() {
            while self.sweep_one(class).is_some() {}
        }
    }

    /// Begins a sweep phase: what is not marked now is garbage. The world is stopped, all caches are flushed,
    /// and no span is unswept.
    pub(super) fn start_sweep(&self) {
        self.sweep_gen.fetch_add(1, Relaxed);
        for class in self.used.iter() {
            let mut c = self.central(class);
            c.start_cycle();
            if !c.spans.is_empty() {
                self.unswept.insert(class);
            }
        }
    }

    /// Makes all objects garbage. For tests and measurements: nobody uses an object, all caches are flushed.
    pub fn drop_all_objects(&self) {
        self.finish_sweep();
        self.start_sweep();
    }

    /// Calls `f` with all spans in use, in no order.
    pub(super) fn each_span(&self, mut f: impl FnMut(SpanPtr)) {
        for class in self.used.iter() {
            for &span in &self.central(class).spans {
                f(span);
            }
        }
    }
}
