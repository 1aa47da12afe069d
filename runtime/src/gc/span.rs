//! Spans.
//!
//! A span is a run of pages cut into slots of one size. Pointer-free objects (noscan), objects with pointers
//! (scan) and tiny objects with pointers never share a span. In noscan and tiny spans the slots start at the span's
//! base; all objects of a tiny span have their pointers in the same words, which its class tells. In a scan span each
//! object has an 8-byte header before it that names its [`Layout`], and the slots are shifted so that the data, not
//! the header, is 16-byte aligned:
//!
//! ```text
//!   others   base | slot 0        | slot 1        | ...              stride a multiple of 16 (or 8)
//!   scan     base | 8 unused | header data... | header data... |     data at base + 16 + i * stride
//! ```
//!
//! Two bitmaps lie in the span's record, not in its pages: `alloc` (the slot was handed out, or lies in a
//! run given to a P's cache) and `mark` (the collector reached it). Sweeping is `alloc = mark; mark = 0`.
//! A span belongs to one P's cache, to its class's central list, or in a stopped world to the collector;
//! only the owner changes the bitmaps, except that markers set mark bits concurrently.
//!
//! The division by the stride that finds a slot from an interior address is a multiplication, as in Go's
//! `divMagic`.

use super::class::SpanClass;
use crate::slot::Layout;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Relaxed};

/// log2 of [`PAGE`].
pub const PAGE_SHIFT: usize = 13;
/// The heap's page: the grain of spans.
pub const PAGE: usize = 1 << PAGE_SHIFT;
/// Size of the header before an object with pointers.
pub const HEADER: usize = 8;
/// Most slots in one span.
const MAX_SLOTS: usize = PAGE / 8;
const MAP_WORDS: usize = MAX_SLOTS / 64;

/// A header word: the layout's address, with bit 0 set for arrays (the layout repeats).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Header(pub usize);

impl Header {
    /// The header of one object.
    #[inline(always)]
    pub fn one(layout: &'static Layout) -> Header {
        Header(layout as *const Layout as usize)
    }

    /// The header of an array of objects.
    #[inline(always)]
    pub fn array(layout: &'static Layout) -> Header {
        Header(layout as *const Layout as usize | 1)
    }

    /// The layout and whether it repeats; none in a slot that was not handed out.
    #[inline]
    pub fn layout(self) -> Option<(&'static Layout, bool)> {
        let p = (self.0 & !1) as *const Layout;
        // SAFETY: headers are written by `one` and `array` alone, and memory given to objects with
        // pointers is zeroed before, so `p` is null or a layout, which lives for ever.
        unsafe { p.as_ref() }.map(|l| (l, self.0 & 1 != 0))
    }
}

/// One bit for each slot of a span.
#[derive(Debug)]
pub struct SlotBits([AtomicU64; MAP_WORDS]);

impl SlotBits {
    fn new() -> SlotBits {
        SlotBits(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// Whether bit `i` is set.
    #[inline]
    pub fn get(&self, i: usize) -> bool {
        self.0[i / 64].load(Relaxed) >> (i % 64) & 1 != 0
    }

    /// Sets bit `i`, telling whether it was clear; any number of threads may.
    #[inline]
    pub fn set_shared(&self, i: usize) -> bool {
        let (word, bit) = (&self.0[i / 64], 1u64 << (i % 64));
        word.load(Relaxed) & bit == 0 && word.fetch_or(bit, Relaxed) & bit == 0
    }

    /// Sets bit `i`, telling whether it was clear; the caller is the only writer.
    #[inline]
    pub fn set(&self, i: usize) -> bool {
        let (word, bit) = (&self.0[i / 64], 1u64 << (i % 64));
        let old = word.load(Relaxed);
        word.store(old | bit, Relaxed);
        old & bit == 0
    }

    fn clear_all(&self, n: usize) {
        for w in &self.0[..n.div_ceil(64)] {
            w.store(0, Relaxed);
        }
    }

    /// Sets (or clears) the bits of `[from, to)`; the caller is the only writer.
    fn fill(&self, from: usize, to: usize, value: bool) {
        let mut i = from;
        while i < to {
            let end = to.min((i / 64 + 1) * 64);
            let mask = (!0u64 >> (64 - (end - i))) << (i % 64);
            let old = self.0[i / 64].load(Relaxed);
            self.0[i / 64].store(if value { old | mask } else { old & !mask }, Relaxed);
            i = end;
        }
    }

    /// As [`SlotBits::fill`], while others set bits.
    fn fill_shared(&self, from: usize, to: usize, value: bool) {
        let mut i = from;
        while i < to {
            let end = to.min((i / 64 + 1) * 64);
            let mask = (!0u64 >> (64 - (end - i))) << (i % 64);
            if value {
                self.0[i / 64].fetch_or(mask, Relaxed);
            } else {
                self.0[i / 64].fetch_and(!mask, Relaxed);
            }
            i = end;
        }
    }

    /// Number of bits set among the first `n`.
    pub fn count(&self, n: usize) -> usize {
        self.0[..n.div_ceil(64)]
            .iter()
            .map(|w| w.load(Relaxed).count_ones() as usize)
            .sum()
    }

    /// The first index in `[from, n)` whose bit is `value`, or `n`.
    #[inline]
    pub fn find(&self, from: usize, n: usize, value: bool) -> usize {
        let mut i = from;
        while i < n {
            let mut w = self.0[i / 64].load(Relaxed);
            if !value {
                w = !w;
            }
            w &= !0u64 << (i % 64);
            if w != 0 {
                return n.min((i & !63) + w.trailing_zeros() as usize);
            }
            i = (i | 63) + 1;
        }
        n
    }
}

/// The record of a span. Records are reused, never freed while the heap lives.
#[derive(Debug)]
pub struct Span {
    /// Address of the first page.
    pub base: usize,
    /// Length in pages.
    pub npages: usize,
    /// Size class and kind.
    pub class: SpanClass,
    /// Address of the data of slot 0.
    pub first: usize,
    /// Bytes of header before the data of a slot: 0 or [`HEADER`].
    pub header: usize,
    /// Which words of a slot hold pointers, for tiny objects; otherwise 0.
    pub mask: u8,
    /// Distance of two slots in bytes.
    pub stride: usize,
    /// Number of slots.
    pub n: usize,
    magic: u64,
    /// Whether the pages may hold old contents, so that slots are cleared before they are handed out.
    pub needs_zero: AtomicBool,
    /// Whether the span is part of the heap (its record is not in the pool).
    pub in_use: AtomicBool,
    /// The heap's sweep generation in which this span was swept last (or made).
    pub sweep_gen: AtomicU32,
    /// Place in its central list. Protected by the list's lock.
    pub list_index: AtomicUsize,
    /// Where the search for the next free run goes on. Belongs to the owner.
    pub cursor: AtomicUsize,
    /// Slots handed out, or in a run that a cache holds.
    pub alloc: SlotBits,
    /// Slots that the collector has reached.
    pub mark: SlotBits,
}

impl Span {
    /// An empty record.
    pub fn blank() -> Span {
        Span {
            base: 0,
            npages: 0,
            class: SpanClass(0),
            first: 0,
            header: 0,
            mask: 0,
            stride: 0,
            n: 0,
            magic: 0,
            needs_zero: AtomicBool::new(false),
            in_use: AtomicBool::new(false),
            sweep_gen: AtomicU32::new(0),
            list_index: AtomicUsize::new(0),
            cursor: AtomicUsize::new(0),
            alloc: SlotBits::new(),
            mark: SlotBits::new(),
        }
    }

    /// Makes this record describe the pages at `base`.
    pub fn init(&mut self, base: usize, npages: usize, class: SpanClass, needs_zero: bool, generation: u32) {
        let bytes = npages * PAGE;
        let lost = if class.has_header() { HEADER } else { 0 };
        self.header = lost;
        self.mask = class.mask();
        self.base = base;
        self.npages = npages;
        self.class = class;
        self.first = base + 2 * lost;
        self.stride = if class.is_large() {
            bytes - lost
        } else {
            class.stride()
        };
        self.n = (bytes - lost) / self.stride;
        self.magic = if class.is_large() {
            0
        } else {
            (1u64 << 32).div_ceil(self.stride as u64)
        };
        self.needs_zero = AtomicBool::new(needs_zero);
        self.sweep_gen = AtomicU32::new(generation);
        self.cursor = AtomicUsize::new(0);
        self.alloc.clear_all(MAX_SLOTS);
        self.mark.clear_all(MAX_SLOTS);
        self.in_use = AtomicBool::new(true);
        debug_assert!(self.n >= 1 && self.n <= MAX_SLOTS);
    }

    /// Whether `addr` lies in the span's pages.
    #[inline]
    pub fn contains(&self, addr: usize) -> bool {
        addr.wrapping_sub(self.base) < self.npages * PAGE
    }

    /// The slot whose data (or header) holds `addr`, which lies in the span.
    #[inline]
    pub fn slot_of(&self, addr: usize) -> Option<usize> {
        let off = addr.checked_sub(self.start())?;
        let i = ((off as u64 * self.magic) >> 32) as usize;
        (i < self.n).then_some(i)
    }

    /// Address of the data of slot `i`.
    #[inline]
    pub fn data(&self, i: usize) -> usize {
        self.first + i * self.stride
    }

    /// Bytes of data that a slot holds.
    #[inline]
    pub fn capacity(&self) -> usize {
        self.stride - self.header
    }

    /// Address of slot 0, its header included.
    #[inline(always)]
    fn start(&self) -> usize {
        self.first - self.header
    }

    /// The layout of the object in slot `i`, and whether it repeats; none for one without pointers. The outer option:
    /// none if the slot was not handed out, as far as can be told.
    #[inline]
    pub fn layout(&self, i: usize) -> Option<Option<(&'static Layout, bool)>> {
        if self.header != 0 {
            Some(Some(self.header_of(i).layout()?))
        } else if self.mask != 0 {
            Some(Some((self.class.tiny_layout(), false)))
        } else {
            Some(None)
        }
    }

    /// The header of slot `i` of a scan span.
    #[inline]
    fn header_of(&self, i: usize) -> Header {
        debug_assert!(self.header != 0 && i < self.n);
        // SAFETY: the slot lies in the span's pages, which stay mapped; its first word is its header,
        // written before the object is published and never after.
        Header(unsafe { ((self.data(i) - HEADER) as *const usize).read_volatile() })
    }

    /// Takes the next run of free slots, at most about `bytes` of it (but at least one slot), and marks it
    /// as handed out: the addresses where its first slot starts and its last ends. `born_marked`: a concurrent cycle is
    /// under way.
    pub fn take_run(&self, bytes: usize, born_marked: bool) -> Option<(usize, usize)> {
        let from = self.alloc.find(self.cursor.load(Relaxed), self.n, false);
        if from == self.n {
            self.cursor.store(self.n, Relaxed);
            return None;
        }
        let most = (bytes / self.stride).max(1);
        let to = self.alloc.find(from + 1, self.n.min(from + most), true);
        self.cursor.store(to, Relaxed);
        let start = self.start();
        let (a, b) = (start + from * self.stride, start + to * self.stride);
        if born_marked {
            self.mark.fill_shared(from, to, true);
        }
        if self.needs_zero.load(Relaxed) {
            // SAFETY: the run lies in the span's pages and its slots were free until now.
            unsafe { std::ptr::write_bytes(a as *mut u8, 0, b - a) };
        }
        // Last: as long as they are not handed out a concurrent marker leaves the slots alone.
        self.alloc.fill(from, to, true);
        Some((a, b))
    }

    /// Takes back what is left of a run: the slots from the one that starts at `cur` to the one ending at
    /// `end`. From now on they have to be cleared before use only if they had to before. `born_marked`: a concurrent
    /// cycle is under way, and they were marked when they were taken.
    pub fn put_back(&self, cur: usize, end: usize, born_marked: bool) {
        let start = self.start();
        let (from, to) = ((cur - start) / self.stride, (end - start) / self.stride);
        self.alloc.fill(from, to, false);
        if born_marked {
            self.mark.fill_shared(from, to, false);
        }
        self.cursor.store(from.min(self.cursor.load(Relaxed)), Relaxed);
    }

    /// Number of slots that are not handed out.
    pub fn n_free(&self) -> usize {
        self.n - self.alloc.count(self.n)
    }

    /// Drops all objects that are not marked and clears the marks: objects freed and objects left. What is
    /// dropped is overwritten if `spoil` says so.
    pub fn sweep(&self, spoil: bool) -> (usize, usize) {
        let mut before = 0;
        let mut left = 0;
        let words = self.alloc.0.iter().zip(&self.mark.0).take(self.n.div_ceil(64));
        for (word, (a, m)) in words.enumerate() {
            let (used, marks) = (a.load(Relaxed), m.load(Relaxed));
            if used | marks == 0 {
                continue;
            }
            before += used.count_ones() as usize;
            left += marks.count_ones() as usize;
            if spoil {
                self.poison(word * 64, used & !marks);
            }
            a.store(marks, Relaxed);
            m.store(0, Relaxed);
        }
        self.cursor.store(0, Relaxed);
        if before != left {
            self.needs_zero.store(true, Relaxed);
        }
        (before - left, left)
    }

    /// Spoils the objects `freed`, bits for slots from `first` on, so that who still reads them notices.
    #[cold]
    fn poison(&self, first: usize, mut freed: u64) {
        while freed != 0 {
            let i = freed.trailing_zeros() as usize;
            freed &= freed - 1;
            let at = self.first + (first + i) * self.stride;
            // SAFETY: the slot lies in the span's pages, and its object was found to be garbage. Slots are
            // cleared before they are used again, since this sweep freed some.
            unsafe { std::ptr::write_bytes(at as *mut u8, 0xa5, self.stride - self.header) };
        }
    }
}
