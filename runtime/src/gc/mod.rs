//! The heap.
//!
//! Layers, from below: `pages` hands out runs of 8 KiB pages of one reserved arena; `span` cuts them into
//! slots of one size, as `class` says; `alloc` gives each P a cache with one run of free slots for each size class, from
//! which an object is taken by moving a pointer; `sweep` keeps the spans of each class and finds free slots
//! again after a collection.
//!
//! Objects with pointers carry an 8-byte header that names their [`Layout`]; tiny ones (`class`) and pointer-free ones
//! carry nothing. Data of 16 bytes and more is aligned to 16, since strings, interfaces and slices move with one
//! 16-byte access. Memory is always handed out cleared. Nothing ever moves.
//!
//! Any address can be asked about: [`Heap::find_object`] finds the object around an interior pointer, or
//! tells that there is none. So the collector treats whatever looks like a pointer with suspicion, and a
//! stale word is harmless.
//!
//! Lock order: a class's central list, then pages. Neither is held while anything else is called.

pub mod alloc;
pub mod barrier;
pub mod class;
pub mod collect;
pub(crate) mod concurrent;
pub mod leaks;
mod mark;
pub mod pacer;
pub mod pages;
pub mod span;
pub mod specials;
pub mod stats;
pub mod stw;
pub mod sweep;
pub mod verify;

use crate::slot::Layout;
use crate::sync::{
    AtomicBool, AtomicI32, AtomicI64, AtomicU32, AtomicUsize, Mutex, MutexGuard, Rank, Relaxed,
};
use class::{ClassSet, N_SPAN_CLASSES, SpanClass};
use pages::{Arena, PageHeap};
use span::{PAGE, Span};
use std::sync::Arc;
use sweep::Central;

pub use alloc::MCache;
pub use stats::HeapStats;

/// Heaps below this size are not collected for their growth.
pub const MIN_HEAP: usize = 4 << 20;
/// Two minutes, as in Go.
const FORCE_NS: i64 = 120_000_000_000;
/// Address space reserved for the arena.
const ARENA: usize = 64 << 30;

/// What a heap is made with.
#[derive(Clone, Debug)]
pub struct HeapConfig {
    /// Most bytes of pages in use; past it allocation fails.
    pub max_memory: usize,
    /// GOGC: the heap may grow by this many percent of what survived; none switches collection off.
    pub gc_percent: Option<u32>,
    /// Ask for a collection at each allocation.
    pub gc_stress: bool,
    /// A heap that has grown is collected when the last collection is this long ago.
    pub force_ns: i64,
    /// Whether large heaps are marked while the program runs.
    pub concurrent: bool,
    /// Mark concurrently all the time, and check each time that all that is reachable was marked.
    pub mark_stress: bool,
    /// Collect more often rather than let the heap grow past this.
    pub soft_limit: usize,
}

impl Default for HeapConfig {
    fn default() -> HeapConfig {
        HeapConfig {
            max_memory: usize::MAX,
            gc_percent: Some(100),
            gc_stress: false,
            force_ns: FORCE_NS,
            concurrent: true,
            mark_stress: false,
            soft_limit: usize::MAX,
        }
    }
}

impl HeapConfig {
    /// From `GOGC`, `GOMEMLIMIT` (a soft limit, as in Go), `MGO_STRESS=gc` or `mark`, and `MGODEBUG`: `gcstress=1` is the
    /// former, `gcconcurrent=0` collects in one stop always, `gcforce=MS` sets [`HeapConfig::force_ns`].
    pub fn from_env() -> HeapConfig {
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        let gc_percent = match var("GOGC").as_str() {
            "off" => None,
            text => Some(text.parse().unwrap_or(100)),
        };
        HeapConfig {
            gc_percent,
            soft_limit: parse_bytes(&var("GOMEMLIMIT")).unwrap_or(usize::MAX),
            gc_stress: var("MGO_STRESS").split(',').any(|s| s == "gc")
                || var("MGODEBUG").split(',').any(|s| s == "gcstress=1"),
            mark_stress: var("MGO_STRESS").split(',').any(|s| s == "mark"),
            force_ns: var("MGODEBUG")
                .split(',')
                .find_map(|s| s.strip_prefix("gcforce=")?.parse::<i64>().ok())
                .map_or(FORCE_NS, |ms| ms.saturating_mul(1_000_000)),
            concurrent: var("MGODEBUG").split(',').all(|s| s != "gcconcurrent=0"),
            ..HeapConfig::default()
        }
    }
}

/// A number of bytes as in `GOMEMLIMIT`: digits, then B, KiB, MiB, GiB, TiB or nothing.
fn parse_bytes(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match &text[digits.len()..] {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        "TiB" => 40,
        _ => return None,
    };
    digits.parse::<usize>().ok()?.checked_mul(1 << shift)
}

/// An object found by [`Heap::find_object`].
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// Address of its data.
    pub base: usize,
    /// Bytes that its slot holds, at least what was asked for.
    pub size: usize,
    /// Its layout, and whether that repeats; none for a pointer-free object.
    pub layout: Option<(&'static Layout, bool)>,
}

/// A heap: shared by all Ps of a runtime.
pub struct Heap {
    arena: Arena,
    pages: Mutex<PageHeap>,
    central: Vec<crossbeam_utils::CachePadded<Mutex<Central>>>,
    /// Classes that have had a span.
    used: ClassSet,
    /// Classes that may have unswept spans.
    unswept: ClassSet,
    /// Counts collections; a span with another value is yet to be swept.
    sweep_gen: AtomicU32,
    /// Bytes in objects since the last collection's survivors: all slots that caches took count.
    live: AtomicUsize,
    /// Where `live` asks for a collection.
    trigger: AtomicUsize,
    /// Where `live` is to be when the collection ends.
    goal: AtomicUsize,
    concurrent: concurrent::Concurrent,
    /// A collection has been asked for and has not begun.
    wanted: AtomicBool,
    /// Bytes that the last collection left.
    marked: AtomicUsize,
    /// GOGC; below zero: off.
    gc_percent: AtomicI32,
    /// `debug.SetMemoryLimit`.
    soft_limit: AtomicUsize,
    specials: Mutex<specials::Specials>,
    /// When the last collection ended, or the heap was made, on the clock of `nanotime`.
    last_end: AtomicI64,
    config: HeapConfig,
    counts: stats::Counts,
}

/// A span's record, which outlives all uses of the pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpanPtr(*mut Span);

// SAFETY: records live as long as the heap, and their changing parts are atomics. `init` is called on records
// of the pool alone, by the one who took them out.
unsafe impl Send for SpanPtr {}

impl std::ops::Deref for SpanPtr {
    type Target = Span;
    #[inline(always)]
    fn deref(&self) -> &Span {
        // SAFETY: see `Send`.
        unsafe { &*self.0 }
    }
}

impl Heap {
    /// An empty heap.
    pub fn new(config: HeapConfig) -> std::io::Result<Arc<Heap>> {
        let percent = config.gc_percent.map_or(-1, |p| p.min(i32::MAX as u32) as i32);
        let heap = Heap {
            arena: Arena::new(ARENA)?,
            pages: Mutex::new(Rank::HeapPages, PageHeap::new(config.max_memory / PAGE)),
            central: (0..N_SPAN_CLASSES)
                .map(|_| Mutex::new(Rank::HeapCentral, Central::default()).into())
                .collect(),
            used: ClassSet::default(),
            unswept: ClassSet::default(),
            sweep_gen: AtomicU32::new(0),
            live: AtomicUsize::new(0),
            trigger: AtomicUsize::new(if config.gc_percent.is_some() {
                MIN_HEAP
            } else {
                usize::MAX
            }),
            goal: AtomicUsize::new(0),
            concurrent: concurrent::Concurrent::new(),
            wanted: AtomicBool::new(false),
            marked: AtomicUsize::new(0),
            gc_percent: AtomicI32::new(percent),
            soft_limit: AtomicUsize::new(config.soft_limit),
            specials: Mutex::new(Rank::Unranked, Default::default()),
            counts: stats::Counts::new(),
            last_end: AtomicI64::new(crate::os::thread::nanotime()),
            config,
        };
        heap.set_trigger();
        Ok(Arc::new(heap))
    }

    /// The object whose slot holds `addr`, be it inside the object; none if `addr` is no heap address or
    /// the slot there is free.
    #[inline]
    pub fn find_object(&self, addr: usize) -> Option<Object> {
        let (span, i) = self.find_slot(addr)?;
        let layout = span.layout(i)?;
        Some(Object {
            base: span.data(i),
            size: span.capacity(),
            layout,
        })
    }

    /// Whether a collection is asked for at each allocation.
    pub fn is_stressed(&self) -> bool {
        self.config.gc_stress
    }

    /// Whether a collection has been asked for.
    pub fn is_gc_wanted(&self) -> bool {
        self.wanted.load(Relaxed)
    }

    /// When a collection is due whatever the heap's size, on the clock of `nanotime`; `i64::MAX` if nothing was allocated
    /// since the last, collection is off, or one is under way.
    pub fn forced_at(&self) -> i64 {
        let idle = self.live_bytes() <= self.marked.load(Relaxed);
        if idle || self.is_marking() || self.gc_percent().is_none() {
            return i64::MAX;
        }
        self.last_end.load(Relaxed).saturating_add(self.config.force_ns)
    }

    /// Bytes in objects, counting all slots that caches took.
    pub fn live_bytes(&self) -> usize {
        self.live.load(Relaxed)
    }

    #[inline(always)]
    fn find_slot(&self, addr: usize) -> Option<(&Span, usize)> {
        let span = self.arena.span_of(addr)?;
        // The table names no span where there is none, so nothing else needs to be asked.
        debug_assert!(span.contains(addr) && span.in_use.load(Relaxed));
        let i = span.slot_of(addr)?;
        span.alloc.get(i).then_some((span, i))
    }

    fn central(&self, class: SpanClass) -> MutexGuard<'_, Central> {
        self.central[class.index()].lock()
    }

    /// Makes a span of `npages` pages; none when memory has run out.
    fn new_span(&self, npages: usize, class: SpanClass) -> Option<SpanPtr> {
        let (run, blank) = {
            let mut pages = self.pages.lock();
            (pages.alloc(&self.arena, npages)?, pages.blanks.pop())
        };
        let span = blank.unwrap_or_else(|| SpanPtr(Box::into_raw(Box::new(Span::blank()))));
        let base = self.arena.base() + run.start * PAGE;
        // SAFETY: the record came from the pool (or is new), so nobody else looks at it.
        unsafe { (*span.0).init(base, npages, class, run.dirty, self.sweep_gen.load(Relaxed)) };
        self.arena.set_span(run.start, npages, span.0);
        Some(span)
    }

    /// Frees a span's pages and record. The span is in no list and no cache.
    fn free_span(&self, span: SpanPtr) {
        span.in_use.store(false, Relaxed);
        if span.class.is_large() {
            self.count_large_freed(span.npages * PAGE);
        }
        let (page, n) = (self.arena.page_of(span.base), span.npages);
        self.arena.set_span(page, n, std::ptr::null_mut());
        let mut pages = self.pages.lock();
        pages.blanks.push(span);
        pages.free(page, n);
    }

    /// The program has ended: its memory goes back to the system. What late threads still do to objects is
    /// lost, but harms nobody: the address space stays.
    fn abandon(&self) {
        self.pages.lock().abandon(&self.arena);
    }

    /// Counts `bytes` more in objects; whether a collection is due.
    fn count_live(&self, bytes: usize) -> bool {
        let live = self.live.fetch_add(bytes, Relaxed) + bytes;
        live >= self.trigger.load(Relaxed) && !self.wanted.swap(true, Relaxed)
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        let blanks = std::mem::take(&mut self.pages.lock().blanks);
        let lists = self
            .central
            .iter()
            .flat_map(|c| std::mem::take(&mut c.lock().spans));
        for span in blanks.into_iter().chain(lists) {
            // SAFETY: records are boxed in `new_span`, and each is in the pool or in one central list.
            drop(unsafe { Box::from_raw(span.0) });
        }
    }
}

/// The header of an object with pointers.
#[inline(always)]
fn header_before(base: usize) -> span::Header {
    // SAFETY: callers pass the data of a slot of a scan span, which stays mapped; its header is before it.
    span::Header(unsafe { ((base - span::HEADER) as *const usize).read() })
}

/// A word of an object, which the program may be writing.
#[inline(always)]
fn load_word(addr: usize) -> u64 {
    // SAFETY: callers pass an aligned word inside a slot of a span, and spans stay mapped. Not through `sync`: it is
    // the program's word, not one of ours.
    unsafe { std::sync::atomic::AtomicU64::from_ptr(addr as *mut u64).load(Relaxed) }
}

#[cfg(all(test, not(loom)))]
mod collect_tests;
#[cfg(all(test, not(loom)))]
mod tests;
