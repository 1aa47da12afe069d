//! Marking: from the roots through the heap, in a stopped world or beside the program (`concurrent`).
//!
//! Every word that may be a pointer is looked up in the page table; whatever is no object in use is passed
//! over. An object that is reached for the first time has its bit set and, if it may hold pointers, goes
//! onto the marker's stack; its header names the words to follow. Large arrays are pushed in pieces, so
//! that several markers share them and the stack stays short.
//!
//! Several markers run on threads of their own. One that has plenty of work while others have none gives half
//! of it away through the pool; marking is over when all are without work and the pool is empty.

use super::Heap;
use super::span::Header;
use crate::slot::Layout;
use crate::sync::{AtomicBool, AtomicUsize, Mutex, Rank, Relaxed, SeqCst};

/// Objects that a marker looks through between two looks at who wants it to stop.
const STEPS: u32 = 256;
/// Elements' bytes in one piece of a large array.
const PIECE: usize = 64 << 10;
/// A marker with more work than this feeds others.
const PLENTY: usize = 256;
/// Where an entry of the stack has a tiny object's pointer words; addresses end below.
const MASK_SHIFT: u32 = 56;
/// Objects between fetching one into the cache and looking into it.
const AHEAD: usize = 8;

/// Part of an array to look through.
#[derive(Clone, Copy)]
struct Piece {
    start: usize,
    n: usize,
    layout: &'static Layout,
}

/// Work put down: what is marked and has not been looked through.
#[derive(Default)]
pub(super) struct Grey {
    pub objects: Vec<usize>,
    pieces: Vec<Piece>,
}

impl Grey {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.pieces.is_empty()
    }
}

/// Work that nobody has taken yet.
struct Pool {
    objects: Vec<Vec<usize>>,
    pieces: Vec<Piece>,
}

/// What the markers of one collection share.
pub(super) struct Marking<'h> {
    heap: &'h Heap,
    pool: Mutex<Pool>,
    n_markers: usize,
    /// Whether anybody else sets mark bits meanwhile.
    is_shared: bool,
    /// Markers without work.
    n_idle: AtomicUsize,
    /// Bytes and number of objects marked, by those that have ended.
    bytes: AtomicUsize,
    objects: AtomicUsize,
}

impl<'h> Marking<'h> {
    /// Marking by `n_markers`; `concurrent`: while the program runs.
    pub fn new(heap: &'h Heap, n_markers: usize, concurrent: bool) -> Marking<'h> {
        Marking {
            heap,
            is_shared: concurrent || n_markers > 1,
            pool: Mutex::new(
                Rank::Unranked,
                Pool {
                    objects: Vec::new(),
                    pieces: Vec::new(),
                },
            ),
            n_markers,
            n_idle: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
            objects: AtomicUsize::new(0),
        }
    }

    /// One of the markers.
    pub fn marker(&self) -> Marker<'_> {
        self.marker_with(Grey::default())
    }

    /// One of the markers, with work to do.
    pub fn marker_with(&self, work: Grey) -> Marker<'_> {
        Marker {
            shared: self,
            stack: work.objects,
            pieces: work.pieces,
            bytes: 0,
            objects: 0,
        }
    }

    /// Bytes in the slots that were marked.
    pub fn marked_bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Number of objects marked.
    pub fn marked_objects(&self) -> usize {
        self.objects.load(Relaxed)
    }

    /// Marks all that `first` and the pool lead to, with as many markers as there are to be.
    pub fn run(&self, mut first: Marker<'_>) {
        self.n_idle.store(0, SeqCst);
        if self.n_markers == 1 || first.stack.is_empty() && first.pieces.is_empty() {
            first.drain_local(None);
            return;
        }
        std::thread::scope(|scope| {
            for _ in 1..self.n_markers {
                let thread = std::thread::Builder::new();
                if thread.spawn_scoped(scope, || self.marker().drain()).is_err() {
                    // One less: as if it never had work.
                    self.n_idle.fetch_add(1, SeqCst);
                }
            }
            first.drain();
        });
    }
}

/// Marks objects; counts what it has marked when it is dropped.
pub(super) struct Marker<'m> {
    shared: &'m Marking<'m>,
    /// Objects marked and not yet looked through: their addresses, and in the high bits the pointer words of tiny
    /// ones.
    stack: Vec<usize>,
    pieces: Vec<Piece>,
    bytes: usize,
    objects: usize,
}

impl Marker<'_> {
    /// Marks what `word` points at, if it is a pointer.
    #[inline]
    pub fn mark_word(&mut self, word: u64) {
        let Some((span, i)) = self.shared.heap.find_slot(word as usize) else {
            return;
        };
        let first = if self.shared.is_shared {
            span.mark.set_shared(i)
        } else {
            span.mark.set(i)
        };
        if !first {
            return;
        }
        self.bytes += span.stride;
        self.objects += 1;
        if span.mask != 0 {
            self.stack.push(span.data(i) | (span.mask as usize) << MASK_SHIFT);
        } else if span.header != 0 {
            self.stack.push(span.data(i));
        }
    }

    /// Looks through the object at `base`, which has pointers, without marking it.
    pub fn scan_unmarked(&mut self, base: usize) {
        if let Some((span, _)) = self.shared.heap.find_slot(base) {
            self.scan_object(base | (span.mask as usize) << MASK_SHIFT);
        }
    }

    /// Looks through an object on the stack.
    #[inline]
    fn scan_object(&mut self, entry: usize) {
        let (base, mut mask) = (entry & ((1 << MASK_SHIFT) - 1), entry >> MASK_SHIFT);
        if mask == 0 {
            return self.scan_with_header(base);
        }
        while mask != 0 {
            self.mark_word(super::load_word(base + mask.trailing_zeros() as usize * 8));
            mask &= mask - 1;
        }
    }

    fn scan_with_header(&mut self, base: usize) {
        let header = super::header_before(base);
        let Some((layout, repeats)) = header.layout() else {
            return;
        };
        if !repeats {
            self.scan(base, 1, layout);
            return;
        }
        let Some((span, _)) = self.shared.heap.find_slot(base) else {
            return;
        };
        let n = span.capacity() / layout.size as usize;
        let most = (PIECE / layout.size as usize).max(1);
        if n <= most {
            self.scan(base, n, layout);
            return;
        }
        for from in (0..n).step_by(most) {
            let start = base + from * layout.size as usize;
            self.pieces.push(Piece {
                start,
                n: most.min(n - from),
                layout,
            });
        }
    }

    /// Looks through `n` elements.
    #[inline]
    fn scan(&mut self, start: usize, n: usize, layout: &'static Layout) {
        let mut at = start;
        for _ in 0..n {
            for &word in &layout.pointers {
                self.mark_word(super::load_word(at + word as usize * 8));
            }
            at += layout.size as usize;
        }
    }

    /// Gives up the work that is left.
    pub fn put_down(mut self) -> Grey {
        Grey {
            objects: std::mem::take(&mut self.stack),
            pieces: std::mem::take(&mut self.pieces),
        }
    }

    /// Marks all that can be reached from what is on the stack, but puts it down when `stop` says so.
    pub fn drain_until(&mut self, stop: &AtomicBool) {
        self.drain_local(Some(stop));
    }

    /// Marks all that can be reached from what is on the stack, unless told to stop.
    fn drain_local(&mut self, stop: Option<&AtomicBool>) {
        let mut ahead = [0; AHEAD];
        let mut k = 0;
        let mut waiting = 0;
        let mut steps = 0u32;
        loop {
            steps = steps.wrapping_add(1);
            if steps.is_multiple_of(STEPS) && stop.is_some_and(|s| s.load(Relaxed)) {
                self.stack.extend(ahead.into_iter().filter(|&entry| entry != 0));
                return;
            }
            let next = self.stack.pop().unwrap_or(0);
            if next == 0 && waiting == 0 {
                let Some(p) = self.pieces.pop() else { return };
                self.scan(p.start, p.n, p.layout);
                continue;
            }
            if next != 0 {
                prefetch(next & ((1 << MASK_SHIFT) - 1));
                waiting += 1;
            }
            let base = std::mem::replace(&mut ahead[k], next);
            k = (k + 1) % AHEAD;
            if base != 0 {
                waiting -= 1;
                self.scan_object(base);
            }
            if self.shared.n_markers > 1 && (self.stack.len() > PLENTY || !self.pieces.is_empty()) {
                self.feed();
            }
        }
    }

    /// Marks until no marker has work.
    fn drain(&mut self) {
        let shared = self.shared;
        loop {
            self.drain_local(None);
            shared.n_idle.fetch_add(1, SeqCst);
            loop {
                // The pool first: a marker that gave work away and then had none must not leave before
                // somebody took it. What comes into the pool later is its giver's to see.
                if self.take() {
                    break;
                }
                if shared.n_idle.load(SeqCst) == shared.n_markers {
                    return;
                }
                std::thread::yield_now();
            }
        }
    }

    /// Gives work away if somebody has none.
    fn feed(&mut self) {
        if self.shared.n_idle.load(Relaxed) == 0 {
            return;
        }
        let mut pool = self.shared.pool.lock();
        if pool.objects.is_empty() && self.stack.len() > PLENTY {
            let half = self.stack.len() / 2;
            // The lower half: its objects lead to more.
            let rest = self.stack.split_off(half);
            pool.objects.push(std::mem::replace(&mut self.stack, rest));
        }
        if pool.pieces.is_empty() {
            let half = self.pieces.len() / 2;
            pool.pieces.extend(self.pieces.drain(half..));
        }
    }

    /// Takes work from the pool; on success this marker is no longer idle.
    fn take(&mut self) -> bool {
        let mut pool = self.shared.pool.lock();
        let got = match pool.objects.pop() {
            Some(objects) => {
                self.stack = objects;
                true
            }
            None => match pool.pieces.pop() {
                Some(piece) => {
                    self.pieces.push(piece);
                    true
                }
                None => false,
            },
        };
        if got {
            // Under the pool's lock: who sees all idle sees an empty pool as well.
            self.shared.n_idle.fetch_sub(1, SeqCst);
        }
        got
    }
}

impl Drop for Marker<'_> {
    fn drop(&mut self) {
        self.shared.bytes.fetch_add(self.bytes, Relaxed);
        self.shared.objects.fetch_add(self.objects, Relaxed);
    }
}

/// Asks for the cache line of an object's header and first words.
#[inline(always)]
fn prefetch(base: usize) {
    crate::os::mem::prefetch(base - super::span::HEADER);
}

const _: () = assert!(size_of::<Header>() == super::span::HEADER);
