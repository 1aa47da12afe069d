//! What the heap counts, and the figures it tells (`runtime.ReadMemStats`).

use super::Heap;
use super::class::{CLASS_SIZE, N_SPAN_CLASSES, SpanClass};
use super::span::PAGE;
use crate::sync::{AtomicU64, Relaxed};

/// Running counts. Objects are counted when a cache lets go of their span.
#[derive(Debug)]
pub struct Counts {
    mallocs: [AtomicU64; N_SPAN_CLASSES],
    frees: [AtomicU64; N_SPAN_CLASSES],
    large_freed: AtomicU64,
    cycles: AtomicU64,
    pause_ns: AtomicU64,
}

impl Counts {
    pub(super) fn new() -> Counts {
        Counts {
            mallocs: std::array::from_fn(|_| AtomicU64::new(0)),
            frees: std::array::from_fn(|_| AtomicU64::new(0)),
            large_freed: AtomicU64::new(0),
            cycles: AtomicU64::new(0),
            pause_ns: AtomicU64::new(0),
        }
    }

    pub(super) fn add_mallocs(&self, class: SpanClass, n: u64) {
        self.mallocs[class.index()].fetch_add(n, Relaxed);
    }

    pub(super) fn add_cycle(&self, ns: u64) {
        self.cycles.fetch_add(1, Relaxed);
        self.pause_ns.fetch_add(ns, Relaxed);
    }

    pub(super) fn n_cycles(&self) -> u64 {
        self.cycles.load(Relaxed)
    }

    pub(super) fn add_frees(&self, class: SpanClass, n: u64) {
        self.frees[class.index()].fetch_add(n, Relaxed);
    }
}

/// Objects of one size.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ClassStats {
    /// Slot size in bytes.
    pub size: u32,
    /// Objects allocated.
    pub mallocs: u64,
    /// Objects freed.
    pub frees: u64,
}

/// The heap's figures at a moment.
#[derive(Clone, Debug, Default)]
pub struct HeapStats {
    /// Objects allocated since the start.
    pub mallocs: u64,
    /// Objects freed since the start.
    pub frees: u64,
    /// Bytes in objects now.
    pub alloc_bytes: u64,
    /// Bytes allocated since the start (large objects: those that were freed count as they are swept).
    pub total_alloc_bytes: u64,
    /// Bytes of pages in spans.
    pub in_use_bytes: u64,
    /// Bytes of free pages.
    pub idle_bytes: u64,
    /// Bytes of free pages that the system has back or never gave.
    pub released_bytes: u64,
    /// Bytes at which the next collection is due.
    pub next_gc: u64,
    /// Collections.
    pub n_gc: u64,
    /// Nanoseconds spent in them.
    pub pause_ns: u64,
    /// Small objects by size class.
    pub by_size: Vec<ClassStats>,
}

impl Heap {
    /// The figures; exact when all caches are flushed and all spans are swept.
    pub fn stats(&self) -> HeapStats {
        let mut s = HeapStats {
            next_gc: self.trigger.load(Relaxed) as u64,
            n_gc: self.counts.n_cycles(),
            pause_ns: self.counts.pause_ns.load(Relaxed),
            ..HeapStats::default()
        };
        for &size in &CLASS_SIZE {
            let sum = |t: &[AtomicU64]| {
                let same = (0..N_SPAN_CLASSES).filter(|&i| SpanClass(i as u8).stride() == size as usize);
                same.map(|i| t[i].load(Relaxed)).sum::<u64>()
            };
            let c = ClassStats {
                size,
                mallocs: sum(&self.counts.mallocs),
                frees: sum(&self.counts.frees),
            };
            s.total_alloc_bytes += c.mallocs * u64::from(size);
            s.mallocs += c.mallocs;
            s.frees += c.frees;
            s.by_size.push(c);
        }
        for i in [SpanClass::LARGE_SCAN, SpanClass::LARGE_NOSCAN].map(SpanClass::index) {
            s.mallocs += self.counts.mallocs[i].load(Relaxed);
            s.frees += self.counts.frees[i].load(Relaxed);
        }
        let mut large = 0;
        self.each_span(|span| {
            if span.class.is_large() {
                large += (span.npages * PAGE) as u64;
            }
            s.alloc_bytes += (span.alloc.count(span.n) * span.stride) as u64;
        });
        s.total_alloc_bytes += large + self.counts.large_freed.load(Relaxed);
        let pages = self.pages.lock();
        let free = pages.n_free();
        s.in_use_bytes = (pages.in_use * PAGE) as u64;
        s.idle_bytes = (free * PAGE) as u64;
        s.released_bytes = ((free - pages.n_dirty) * PAGE) as u64;
        s
    }

    pub(super) fn count_large_freed(&self, bytes: usize) {
        self.counts.large_freed.fetch_add(bytes as u64, Relaxed);
    }
}
