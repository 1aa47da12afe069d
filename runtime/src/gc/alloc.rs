//! Allocation: the cache of a P.
//!
//! For each span class the cache holds a run of free, cleared slots: taking an object moves a pointer, and
//! writes the header where there is one. When the run is used up the cache takes the next run of its span, then
//! another span of its class (`sweep`), then fresh pages.
//!
//! No collection happens in here. An opcode or a native may hold a fresh object in a Rust local that no root
//! names, so an allocation that finds a collection due only says so ([`MCache::take_gc_request`]); the
//! collection begins at a safepoint.
//!
//! The slots of a run count as handed out from the moment the cache takes it, in the `alloc` bits as well as in
//! the heap's size. [`MCache::flush`] puts the rest of the runs back; the collector flushes all caches when the
//! world has stopped.

use super::class::{ClassSet, MAX_SMALL, MAX_TINY, N_SPAN_CLASSES, SpanClass};
use super::span::{HEADER, Header, PAGE};
use super::{Heap, SpanPtr};
use crate::slot::Layout;
use crate::sync::Relaxed;
use std::ptr::{NonNull, null_mut};
use std::sync::Arc;

/// Where all objects of size zero lie: outside the heap, so nothing is ever found there.
static ZERO: ZeroBase = ZeroBase(0);

#[repr(align(16))]
struct ZeroBase(#[expect(dead_code, reason = "only its address counts")] u128);

/// The address of every object of size zero.
#[inline]
pub fn zero_base() -> *mut u8 {
    std::ptr::from_ref(&ZERO).cast::<u8>().cast_mut()
}

/// What a cache holds of one span class.
#[derive(Clone, Copy, Debug)]
struct Bump {
    /// Start of the next free slot.
    cur: usize,
    /// End of the run.
    end: usize,
    stride: u32,
    /// Slots that were free in `span` when the cache took it.
    taken: u32,
    span: Option<SpanPtr>,
}

/// The allocation cache of one P.
pub struct MCache {
    bumps: [Bump; N_SPAN_CLASSES],
    /// Classes of which it has a span.
    held: ClassSet,
    heap: Arc<Heap>,
    gc_request: bool,
}

impl MCache {
    /// An empty cache.
    pub fn new(heap: Arc<Heap>) -> MCache {
        let bump = |i| Bump {
            cur: 0,
            end: 0,
            stride: SpanClass(i as u8).stride() as u32,
            taken: 0,
            span: None,
        };
        MCache {
            bumps: std::array::from_fn(bump),
            held: ClassSet::default(),
            heap,
            gc_request: false,
        }
    }

    /// The heap.
    #[inline]
    pub fn heap(&self) -> &Arc<Heap> {
        &self.heap
    }

    /// One object from the current run, if that has a slot left.
    #[inline(always)]
    pub fn alloc_fast(&mut self, layout: &'static Layout) -> Option<NonNull<u8>> {
        let class = SpanClass(layout.class);
        let p = self.bump(class)?;
        if class.has_header() {
            return Some(write_header(p, Header::one(layout)));
        }
        NonNull::new(p as *mut u8)
    }

    /// An array of `n` elements from the current run, if that has a slot left.
    #[inline(always)]
    pub fn alloc_array_fast(&mut self, layout: &'static Layout, n: usize) -> Option<NonNull<u8>> {
        let size = (layout.size as usize).checked_mul(n)?;
        if size == 0 {
            return NonNull::new(zero_base());
        }
        if layout.is_noscan() {
            return self.noscan_fast(size);
        }
        if size > MAX_SMALL - HEADER {
            return None;
        }
        let class = array_class(layout, n, size);
        let p = self.bump(class)?;
        if class.has_header() {
            return Some(write_header(p, Header::array(layout)));
        }
        NonNull::new(p as *mut u8)
    }

    /// `size > 0` pointer-free bytes from the current run, if that has a slot left.
    #[inline(always)]
    pub fn noscan_fast(&mut self, size: usize) -> Option<NonNull<u8>> {
        if size > MAX_SMALL {
            return None;
        }
        self.bump(SpanClass::noscan(size))
            .and_then(|p| NonNull::new(p as *mut u8))
    }

    #[inline(always)]
    fn bump(&mut self, class: SpanClass) -> Option<usize> {
        let b = self.bumps.get_mut(class.index())?;
        let p = b.cur;
        if p == b.end {
            return None;
        }
        b.cur = p + b.stride as usize;
        Some(p)
    }

    /// One object; null when memory has run out.
    #[inline]
    pub fn alloc(&mut self, layout: &'static Layout) -> *mut u8 {
        match self.alloc_fast(layout) {
            Some(p) => p.as_ptr(),
            None => self.alloc_slow(layout, 1, Header::one(layout)),
        }
    }

    /// An array of `n` elements; null when memory has run out.
    #[inline]
    pub fn alloc_array(&mut self, layout: &'static Layout, n: usize) -> *mut u8 {
        match self.alloc_array_fast(layout, n) {
            Some(p) => p.as_ptr(),
            None => self.alloc_slow(layout, n, Header::array(layout)),
        }
    }

    /// Pointer-free bytes; null when memory has run out.
    #[inline]
    pub fn alloc_noscan(&mut self, size: usize) -> *mut u8 {
        if size == 0 {
            return zero_base();
        }
        match self.noscan_fast(size) {
            Some(p) => p.as_ptr(),
            None => self.noscan_slow(size),
        }
    }

    /// As [`MCache::alloc_array`] (with `n` 1 and the right header: [`MCache::alloc`]) when the run is used up.
    #[cold]
    #[inline(never)]
    pub fn alloc_slow(&mut self, layout: &'static Layout, n: usize, header: Header) -> *mut u8 {
        let Some(size) = (layout.size as usize).checked_mul(n) else {
            return null_mut();
        };
        if size == 0 {
            return zero_base();
        }
        if layout.is_noscan() {
            return self.noscan_slow(size);
        }
        if size > MAX_SMALL - HEADER {
            return self.large(size, Some(header));
        }
        let class = array_class(layout, n, size);
        if !self.refill(class) {
            return null_mut();
        }
        match self.bump(class) {
            None => null_mut(),
            Some(p) if class.has_header() => write_header(p, header).as_ptr(),
            Some(p) => p as *mut u8,
        }
    }

    /// As [`MCache::alloc_noscan`] when the run is used up.
    #[cold]
    #[inline(never)]
    pub fn noscan_slow(&mut self, size: usize) -> *mut u8 {
        if size > MAX_SMALL {
            return self.large(size, None);
        }
        let class = SpanClass::noscan(size);
        if !self.refill(class) {
            return null_mut();
        }
        self.bump(class).map_or(null_mut(), |p| p as *mut u8)
    }

    /// Whether a collection has become due since the last call.
    #[inline]
    pub fn take_gc_request(&mut self) -> bool {
        std::mem::take(&mut self.gc_request)
    }

    /// Puts all that is left of the runs back and lets go of the spans.
    pub fn flush(&mut self) {
        for class in std::mem::take(&mut self.held).iter() {
            let Some(span) = self.let_go(class) else { continue };
            if span.n_free() > 0 {
                self.heap.put_span(span);
            }
        }
    }

    /// Gets a new run for `class`; whether there was memory for one.
    fn refill(&mut self, class: SpanClass) -> bool {
        let stressed = self.heap.is_stressed();
        self.gc_request |= stressed;
        // Under stress each run is one slot, so that each allocation comes here.
        let bytes = if stressed { 1 } else { PAGE };
        let born_marked = self.heap.is_marking();
        loop {
            if let Some((cur, end)) = self.bumps[class.index()]
                .span
                .and_then(|s| s.take_run(bytes, born_marked))
            {
                let b = &mut self.bumps[class.index()];
                (b.cur, b.end) = (cur, end);
                return true;
            }
            self.let_go(class);
            let Some(span) = self.heap.get_span(class) else {
                return false;
            };
            let free = span.n_free();
            let b = &mut self.bumps[class.index()];
            b.span = Some(span);
            self.held.insert(class);
            b.taken = free as u32;
            self.gc_request |= self.heap.count_live(free * span.stride);
        }
    }

    /// Takes the span of `class` out of the cache, with the books in order.
    fn let_go(&mut self, class: SpanClass) -> Option<SpanPtr> {
        let b = &mut self.bumps[class.index()];
        let span = b.span.take()?;
        if b.cur != b.end {
            span.put_back(b.cur, b.end, self.heap.is_marking());
        }
        (b.cur, b.end) = (0, 0);
        let unused = span.n_free();
        self.heap.live.fetch_sub(unused * span.stride, Relaxed);
        self.heap
            .counts
            .add_mallocs(class, b.taken as u64 - unused as u64);
        Some(span)
    }

    /// An object with a span of its own.
    fn large(&mut self, size: usize, header: Option<Header>) -> *mut u8 {
        self.gc_request |= self.heap.is_stressed();
        let lost = if header.is_some() { 2 * HEADER } else { 0 };
        let class = if header.is_some() {
            SpanClass::LARGE_SCAN
        } else {
            SpanClass::LARGE_NOSCAN
        };
        let Some(n) = size.checked_add(lost + PAGE - 1) else {
            return null_mut();
        };
        let Some(span) = self.heap.get_large(n / PAGE, class) else {
            return null_mut();
        };
        self.heap.counts.add_mallocs(class, 1);
        self.gc_request |= self.heap.count_live(span.npages * PAGE);
        let Some((start, _)) = span.take_run(1, self.heap.is_marking()) else {
            return null_mut();
        };
        match header {
            Some(h) => write_header(start, h).as_ptr(),
            None => start as *mut u8,
        }
    }
}

impl Drop for MCache {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The class of an array of `n` elements, `size` bytes in all, with pointers; at most `MAX_SMALL - HEADER` bytes.
#[inline(always)]
fn array_class(layout: &Layout, n: usize, size: usize) -> SpanClass {
    if size > MAX_TINY {
        return SpanClass::scan(size);
    }
    let words = layout.size / 8;
    let mask = (0..n as u32).fold(0, |mask, i| mask | layout.mask << (i * words));
    SpanClass::tiny(size, mask)
}

/// Writes the header of a fresh slot; the data behind it.
#[inline(always)]
fn write_header(slot: usize, header: Header) -> NonNull<u8> {
    // SAFETY: `slot` starts a free slot of a scan span, which this thread took out of its own cache.
    unsafe {
        (slot as *mut usize).write(header.0);
        NonNull::new_unchecked((slot + HEADER) as *mut u8)
    }
}
