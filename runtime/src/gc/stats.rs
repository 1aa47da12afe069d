//! What the heap counts, and the figures it tells (`runtime.ReadMemStats`).

use super::Heap;
use super::class::{CLASS_SIZE, N_SPAN_CLASSES, SpanClass};
use super::span::PAGE;
use crate::sync::{AtomicU64, Relaxed};

/// Cycles whose stops are remembered, as in Go's `MemStats`.
pub const PAUSES: usize = 256;

/// Running counts. Objects are counted when a cache lets go of their span.
#[derive(Debug)]
pub struct Counts {
    mallocs: [AtomicU64; N_SPAN_CLASSES],
    frees: [AtomicU64; N_SPAN_CLASSES],
    large_freed: AtomicU64,
    cycles: AtomicU64,
    pause_ns: AtomicU64,
    /// Nanoseconds for which each of the last cycles stopped the world, by the cycle's number; that number, and when
    /// the last stop ended.
    pauses: [AtomicU64; PAUSES],
    pause_cycles: [AtomicU64; PAUSES],
    pause_ends: [AtomicU64; PAUSES],
}

impl Counts {
    pub(super) fn new() -> Counts {
        Counts {
            mallocs: std::array::from_fn(|_| AtomicU64::new(0)),
            frees: std::array::from_fn(|_| AtomicU64::new(0)),
            large_freed: AtomicU64::new(0),
            cycles: AtomicU64::new(0),
            pause_ns: AtomicU64::new(0),
            pauses: std::array::from_fn(|_| AtomicU64::new(0)),
            pause_cycles: std::array::from_fn(|_| AtomicU64::new(0)),
            pause_ends: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    pub(super) fn add_mallocs(&self, class: SpanClass, n: u64) {
        self.mallocs[class.index()].fetch_add(n, Relaxed);
    }

    pub(super) fn add_cycle(&self) {
        self.cycles.fetch_add(1, Relaxed);
    }

    /// Counts a stop of the world for the cycle under way, or the last: `ns` long, over at `end`.
    pub(super) fn add_pause(&self, ns: u64, end: u64, cycle: u64) {
        self.pause_ns.fetch_add(ns, Relaxed);
        let i = cycle as usize % PAUSES;
        // The first stop of a cycle takes the place of one of 256 cycles ago.
        if self.pause_cycles[i].swap(cycle, Relaxed) == cycle {
            self.pauses[i].fetch_add(ns, Relaxed);
        } else {
            self.pauses[i].store(ns, Relaxed);
        }
        self.pause_ends[i].store(end, Relaxed);
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
            next_gc: self.goal.load(Relaxed) as u64,
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

    /// Nanoseconds for which the collector has stopped the world.
    pub fn pause_ns(&self) -> u64 {
        self.counts.pause_ns.load(Relaxed)
    }

    /// How long each of the last [`PAUSES`] cycles stopped the world, and when the last such stop ended, in nanoseconds
    /// since 1970; cycle `n` at index `n - 1`, modulo their number.
    pub fn pauses(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let c = &self.counts;
        (1..=PAUSES)
            .map(|i| i % PAUSES)
            .map(|i| (c.pauses[i].load(Relaxed), c.pause_ends[i].load(Relaxed)))
    }

    pub(super) fn count_large_freed(&self, bytes: usize) {
        self.counts.large_freed.fetch_add(bytes as u64, Relaxed);
    }
}
