//! Pages: the arena, its free runs, and the table from a page to its span.
//!
//! One reservation holds the whole heap, so the table is a flat array and "is this a heap address" a
//! subtraction. Pages are handed out from a best-fit set of free runs, lowest address first, and only when
//! that has nothing from the untouched end of the arena. Touching a fresh page costs more than clearing an
//! old one, so reuse comes first, and past the first few MiB the arena asks for huge pages.
//!
//! A bit for each page says that it may hold old contents ("dirty"). It is set when the page is freed and
//! cleared when the page is given back to the system, which then reads as zero.

use super::SpanPtr;
use super::span::{PAGE, PAGE_SHIFT, Span};
use crate::os::mem::Reservation;
use crate::sync::{Acquire, AtomicPtr, AtomicUsize, Relaxed, Release};
use std::collections::{BTreeMap, BTreeSet};
use std::io;

/// Pages up to this many come without huge pages: small programs stay small.
const SMALL_PAGES: usize = (4 << 20) / PAGE;
/// The arena's end moves by this much at a time (two huge pages).
const GROWTH: usize = (4 << 20) / PAGE;

/// The arena and the page table: what may be read without a lock.
#[derive(Debug)]
pub struct Arena {
    memory: Reservation,
    /// One `AtomicPtr<Span>` for each page of `memory`.
    table: Reservation,
    /// Pages below this index have been handed out at least once.
    used: AtomicUsize,
}

impl Arena {
    /// Reserves at most `bytes`.
    pub fn new(bytes: usize) -> io::Result<Arena> {
        let memory = Reservation::at_most(bytes, 64 << 20)?;
        let table =
            Reservation::new((memory.len() / PAGE * size_of::<AtomicPtr<Span>>()).next_multiple_of(4096))?;
        Ok(Arena {
            memory,
            table,
            used: AtomicUsize::new(0),
        })
    }

    /// Address of page 0.
    #[inline(always)]
    pub fn base(&self) -> usize {
        self.memory.base()
    }

    fn n_pages(&self) -> usize {
        self.memory.len() / PAGE
    }

    #[inline(always)]
    fn entry(&self, page: usize) -> &AtomicPtr<Span> {
        debug_assert!(page < self.n_pages());
        // SAFETY: the table has an entry for each page of the arena, callers pass such pages, and an entry
        // of untouched memory reads as null.
        unsafe { &*self.table.as_ptr().cast::<AtomicPtr<Span>>().add(page) }
    }

    /// The span whose pages hold `addr`, if any.
    #[inline(always)]
    pub fn span_of(&self, addr: usize) -> Option<&Span> {
        let off = addr.wrapping_sub(self.base());
        if off >> PAGE_SHIFT >= self.used.load(Relaxed) {
            return None;
        }
        // SAFETY: entries are null or point at a record, which lives as long as the heap.
        unsafe { self.entry(off >> PAGE_SHIFT).load(Acquire).as_ref() }
    }

    /// Enters `span` for `n` pages from `page` on (null when they are freed).
    pub fn set_span(&self, page: usize, n: usize, span: *mut Span) {
        for i in page..page + n {
            self.entry(i).store(span, Release);
        }
    }

    /// Index of the page at `addr`, which lies in the arena.
    pub fn page_of(&self, addr: usize) -> usize {
        (addr - self.base()) >> PAGE_SHIFT
    }
}

/// A run of pages as [`PageHeap::alloc`] hands it out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRun {
    /// Index of the first page.
    pub start: usize,
    /// Whether the pages may hold old contents.
    pub dirty: bool,
}

/// The free pages. Protected by the heap's page lock.
#[derive(Debug, Default)]
pub struct PageHeap {
    /// Free runs by start.
    free: BTreeMap<usize, usize>,
    /// The same runs as (length, start).
    by_len: BTreeSet<(usize, usize)>,
    /// One bit for each page below the arena's `used`.
    dirty: Vec<u64>,
    /// Records of spans that are not in use.
    pub(super) blanks: Vec<SpanPtr>,
    /// Pages that belong to spans.
    pub in_use: usize,
    /// Free pages that may hold old contents.
    pub n_dirty: usize,
    /// The least value of `n_dirty` since the last collection: pages that nobody needed.
    low_water: usize,
    /// Pages given back to the system, since the start.
    pub n_given_back: usize,
    /// Most pages that may be in use.
    pub limit: usize,
}

impl PageHeap {
    /// No pages yet, and at most `limit` ever in use.
    pub fn new(limit: usize) -> PageHeap {
        PageHeap {
            limit,
            ..PageHeap::default()
        }
    }

    /// Free pages below the arena's end.
    pub fn n_free(&self) -> usize {
        self.free.values().sum()
    }

    /// Takes `n` pages, or none at the limit or at the end of the arena.
    pub fn alloc(&mut self, arena: &Arena, n: usize) -> Option<PageRun> {
        if self.in_use + n > self.limit {
            return None;
        }
        if self.by_len.range((n, 0)..).next().is_none() {
            self.grow(arena, n)?;
        }
        let &(len, start) = self.by_len.range((n, 0)..).next()?;
        self.remove(start, len);
        if len > n {
            self.insert(start + n, len - n);
        }
        self.in_use += n;
        let n_dirty = (start..start + n).filter(|&p| self.is_dirty(p)).count();
        self.n_dirty -= n_dirty;
        self.low_water = self.low_water.min(self.n_dirty);
        Some(PageRun {
            start,
            dirty: n_dirty > 0,
        })
    }

    /// Returns `n` pages from `start` on.
    pub fn free(&mut self, start: usize, n: usize) {
        for p in start..start + n {
            self.dirty[p / 64] |= 1 << (p % 64);
        }
        self.n_dirty += n;
        self.in_use -= n;
        self.add_free(start, n);
    }

    /// Gives dirty free pages back to the system until at most `keep` are left; pages given back.
    pub fn give_back(&mut self, arena: &Arena, keep: usize) -> usize {
        let before = self.n_dirty;
        // Highest addresses first: allocation prefers the lowest.
        let runs: Vec<(usize, usize)> = self.free.iter().rev().map(|(&s, &n)| (s, n)).collect();
        for (start, n) in runs {
            if self.n_dirty <= keep {
                break;
            }
            let n_dirty = (start..start + n).filter(|&p| self.is_dirty(p)).count();
            if n_dirty == 0 {
                continue;
            }
            // SAFETY: free pages belong to this heap, and their contents to nobody.
            unsafe { arena.memory.give_back(start * PAGE, n * PAGE) };
            for p in start..start + n {
                self.dirty[p / 64] &= !(1 << (p % 64));
            }
            self.n_dirty -= n_dirty;
        }
        self.n_given_back += before - self.n_dirty;
        before - self.n_dirty
    }

    /// Dirty pages that were free all the time since [`PageHeap::reset_low_water`].
    pub fn low_water(&self) -> usize {
        self.low_water
    }

    /// Begins to watch for pages that nobody needs.
    pub fn reset_low_water(&mut self) {
        self.low_water = self.n_dirty;
    }

    /// Gives the whole arena's memory back, used or not.
    pub fn abandon(&mut self, arena: &Arena) {
        // SAFETY: the program has ended; threads that come late find zeroes.
        unsafe { arena.memory.give_back(0, arena.used.load(Relaxed) * PAGE) };
    }

    /// The free runs as (start, length), ascending.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.free.iter().map(|(&s, &n)| (s, n))
    }

    fn is_dirty(&self, p: usize) -> bool {
        self.dirty[p / 64] >> (p % 64) & 1 != 0
    }

    /// Moves the arena's end so that a run of `n` pages is free there.
    fn grow(&mut self, arena: &Arena, n: usize) -> Option<()> {
        let used = arena.used.load(Relaxed);
        let tail = self
            .free
            .last_key_value()
            .filter(|&(&s, &l)| s + l == used)
            .map_or(0, |(_, &l)| l);
        let need = n - tail;
        let end = (used + need).next_multiple_of(GROWTH).min(arena.n_pages());
        if end < used + need {
            return None;
        }
        self.dirty.resize(end.div_ceil(64), 0);
        let huge = used.max(SMALL_PAGES);
        if end > huge {
            arena.memory.want_huge_pages(huge * PAGE, (end - huge) * PAGE);
        }
        arena.used.store(end, Relaxed);
        self.add_free(used, end - used);
        Some(())
    }

    fn add_free(&mut self, mut start: usize, mut n: usize) {
        if let Some((&s, &l)) = self.free.range(..start).next_back()
            && s + l == start
        {
            self.remove(s, l);
            (start, n) = (s, n + l);
        }
        if let Some(&l) = self.free.get(&(start + n)) {
            self.remove(start + n, l);
            n += l;
        }
        self.insert(start, n);
    }

    fn insert(&mut self, start: usize, n: usize) {
        self.free.insert(start, n);
        self.by_len.insert((n, start));
    }

    fn remove(&mut self, start: usize, n: usize) {
        self.free.remove(&start);
        self.by_len.remove(&(n, start));
    }
}
