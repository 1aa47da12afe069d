//! Goroutine stacks: contiguous, growing upward, doubled by copying.
//!
//! ```text
//!  stack_lo                                limit                stack_hi
//!  | frame | frame | frame …                 |  RED_ZONE slots     |
//! ```
//!
//! A frame's end is compared with the guard word, which holds `limit` or a poison value. The slots between
//! limit and end let natives and traps write a little without a check. All positions that the engine keeps
//! are offsets and no pointer points into a stack, so growing is a plain copy.
//!
//! Stacks up to [`SMALL_MAX`] are pooled by size class, per P and then globally, the smaller ones cut from chunks;
//! larger ones are mappings of their own, grown by remapping (no copy, never twice the memory) and unmapped
//! when they are freed. A grown stack is not kept with a dead G.

use crate::g::{G, Status};
use crate::lockrank::Rank;
use crate::os::mem;
use crate::slot::Slot;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Relaxed};
use crate::worker::Worker;
use std::ptr::NonNull;

/// Slots past the limit that may be written without a check: room for a native's window.
pub const RED_ZONE: usize = 28;
/// Slots of a stack at birth: 512 bytes. That holds a goroutine that waits in its first function; one that calls
/// deeper pays for two or three small copies, once, since [`KEPT`] lets its successors have the grown stack.
/// docs/memory.md has the measurements.
pub const FIRST: usize = 64;
/// Slots of the largest stack that stays with a dead G on a P's own free list: 2 KiB, with which Go's goroutines
/// begin.
pub const KEPT: usize = 256;
/// Slots of the largest pooled stack: 256 KiB.
const SMALL_MAX: usize = FIRST << (CLASSES - 1);
/// Size classes of pooled stacks.
const CLASSES: usize = 10;
/// Size classes that are cut from chunks; the others are mapped one by one.
const CUT_CLASSES: usize = 7;
/// Slots of a chunk that small stacks are cut from: 64 KiB.
const CHUNK: usize = 8192;
/// Slots that a P keeps of each class, and at least one stack, before it gives half of them away: 64 KiB.
const CACHE_SLOTS: usize = 8192;
/// Stacks of each mapped class that the global pool keeps; more go back to the system.
const GLOBAL_MAPPED: usize = 32;
/// Limit for one stack in bytes, as Go's on 64-bit systems.
pub const DEFAULT_MAX_BYTES: usize = 1_000_000_000;

/// A stack would have grown past its limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackOverflow {
    /// The limit in bytes.
    pub limit: usize,
}

/// A stack's memory, owned.
#[derive(Clone, Copy)]
struct Stack {
    lo: NonNull<Slot>,
    slots: usize,
}

// SAFETY: it is memory that belongs to whoever holds the value.
unsafe impl Send for Stack {}

/// Free small stacks of one class; the first slot of each links to the next.
#[derive(Clone, Copy)]
struct FreeList {
    head: Option<NonNull<Slot>>,
    len: usize,
}

impl FreeList {
    const EMPTY: FreeList = FreeList { head: None, len: 0 };

    fn push(&mut self, lo: NonNull<Slot>) {
        // SAFETY: a free stack's memory is the list's, and it is at least FIRST slots long and aligned.
        unsafe { lo.cast::<Option<NonNull<Slot>>>().write(self.head) };
        self.head = Some(lo);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<NonNull<Slot>> {
        let lo = self.head?;
        // SAFETY: `push` wrote the link.
        self.head = unsafe { lo.cast::<Option<NonNull<Slot>>>().read() };
        self.len -= 1;
        Some(lo)
    }
}

/// The free stacks of a P.
pub(crate) struct StackCache {
    classes: [FreeList; CLASSES],
    /// Where fresh first-size stacks are cut from.
    chunk: Option<NonNull<Slot>>,
    chunk_left: usize,
}

// SAFETY: it is memory that belongs to whoever holds the value.
unsafe impl Send for StackCache {}

impl StackCache {
    pub const fn new() -> StackCache {
        StackCache {
            classes: [FreeList::EMPTY; CLASSES],
            chunk: None,
            chunk_left: 0,
        }
    }
}

/// The free stacks of all, and what stacks cost.
pub(crate) struct StackPool {
    classes: Mutex<[FreeList; CLASSES]>,
    /// Limit for one stack, in bytes.
    max_bytes: AtomicUsize,
    /// Bytes obtained from the system for stacks.
    sys_bytes: AtomicU64,
}

// SAFETY: the free lists are behind the lock.
unsafe impl Sync for StackPool {}
// SAFETY: as above.
unsafe impl Send for StackPool {}

impl StackPool {
    pub fn new() -> StackPool {
        StackPool {
            classes: Mutex::new(Rank::StackPool, [FreeList::EMPTY; CLASSES]),
            max_bytes: AtomicUsize::new(DEFAULT_MAX_BYTES),
            sys_bytes: AtomicU64::new(0),
        }
    }

    /// Sets the limit for one stack and returns the one before.
    pub fn set_max_bytes(&self, bytes: usize) -> usize {
        self.max_bytes.swap(bytes, Relaxed)
    }

    /// Bytes obtained from the system for stacks.
    pub fn sys_bytes(&self) -> u64 {
        self.sys_bytes.load(Relaxed)
    }

    fn map(&self, slots: usize) -> Option<NonNull<Slot>> {
        let bytes = slots * size_of::<Slot>();
        let p = mem::map(bytes)?;
        self.sys_bytes.fetch_add(bytes as u64, Relaxed);
        Some(p.cast())
    }
}

fn class_of(slots: usize) -> Option<usize> {
    (slots <= SMALL_MAX).then(|| (slots / FIRST).trailing_zeros() as usize)
}

impl Worker {
    /// Gives `g` a stack of the first size.
    pub(crate) fn give_stack(&mut self, g: &G) {
        let stack = self
            .alloc_stack(FIRST)
            .unwrap_or_else(|| self.rt().out_of_memory("stack"));
        install(g, stack);
    }

    /// Takes `g`'s stack away and frees it.
    pub(crate) fn take_stack(&mut self, g: &G) {
        if let Some(stack) = stack_of(g) {
            g.stack_lo.set(std::ptr::null_mut());
            g.stack_hi.set(std::ptr::null_mut());
            g.limit.set(0);
            g.guard.store(0, Relaxed);
            self.free_stack(stack);
        }
    }

    /// Doubles the stack of `g`, the current G or one not yet started, until a frame that ends `needed` slots from its beginning
    /// fits below the limit. A preemption request stays. The stack's address changes.
    #[cold]
    pub fn grow_stack(&mut self, g: &G, needed: usize) -> Result<(), StackOverflow> {
        let old = stack_of(g).expect("a running G has a stack");
        if needed.saturating_add(RED_ZONE) <= old.slots {
            return Ok(());
        }
        let limit = self.rt().stacks.max_bytes.load(Relaxed);
        let max_slots = limit / size_of::<Slot>();
        let wanted = needed.saturating_add(RED_ZONE);
        let mut slots = old.slots;
        while slots < wanted && slots < max_slots {
            slots *= 2;
        }
        // The last step goes to the limit itself, rounded to pages, rather than fall short of it by half.
        if slots > max_slots {
            slots = max_slots.next_multiple_of(mem::PAGE / size_of::<Slot>());
        }
        if slots < wanted || wanted > max_slots || slots <= old.slots {
            return Err(StackOverflow { limit });
        }
        // `Running`, or `Idle` when a new goroutine's first frame is large.
        let status = g.status();
        g.set_status(Status::CopyStack);
        let new = self.resize_stack(old, slots);
        install(g, new);
        g.count_grown();
        self.p().counters.stack_grown.inc();
        g.set_status(status);
        Ok(())
    }

    /// Halves the stack of `g`, which does not run, if less than a quarter of it is in use: `used` slots. The world is stopped.
    pub(crate) fn shrink_stack(&mut self, g: &G, used: impl FnOnce() -> usize) {
        let Some(old) = stack_of(g) else { return };
        if old.slots <= FIRST {
            return;
        }
        let used = used();
        if used >= old.slots / 4 || used + RED_ZONE > old.slots / 2 {
            return;
        }
        let slots = (old.slots / 2).next_power_of_two();
        let (old_bytes, bytes) = (old.slots * size_of::<Slot>(), slots * size_of::<Slot>());
        let new = if class_of(slots).is_none() {
            // SAFETY: both sizes are mappings of their own; a smaller one stays where it is.
            let lo = unsafe { mem::remap(old.lo.cast(), old_bytes, bytes) };
            let Some(lo) = lo else { return };
            let freed = (old_bytes - bytes) as u64;
            self.rt().stacks.sys_bytes.fetch_sub(freed, Relaxed);
            self.p().counters.stack_bytes_freed.add(freed);
            Stack { lo: lo.cast(), slots }
        } else {
            let Some(new) = self.alloc_stack(slots) else {
                return;
            };
            // SAFETY: both are owned stacks, distinct, and what is in use fits the new one.
            unsafe { new.lo.copy_from_nonoverlapping(old.lo, used + RED_ZONE) };
            self.free_stack(old);
            new
        };
        install(g, new);
        self.p().counters.stack_shrunk.inc();
    }

    /// Moves the stack of `g`, the current G, elsewhere (`MGO_STRESS=stack`).
    #[cold]
    pub(crate) fn move_stack(&mut self, g: &G) {
        let Some(old) = stack_of(g) else { return };
        if class_of(old.slots).is_some() {
            let new = self.resize_stack(old, old.slots);
            install(g, new);
        }
    }

    fn resize_stack(&mut self, old: Stack, slots: usize) -> Stack {
        let rt = self.rt();
        if class_of(old.slots).is_none() {
            let (old_bytes, bytes) = (old.slots * size_of::<Slot>(), slots * size_of::<Slot>());
            // SAFETY: a stack above SMALL_MAX is a mapping of its own, and its G, which runs here, reloads
            // all addresses.
            let lo = unsafe { mem::remap(old.lo.cast(), old_bytes, bytes) };
            let lo = lo.unwrap_or_else(|| rt.out_of_memory("stack"));
            let more = (bytes - old_bytes) as u64;
            rt.stacks.sys_bytes.fetch_add(more, Relaxed);
            self.p().counters.stack_bytes_given.add(more);
            return Stack { lo: lo.cast(), slots };
        }
        let new = self
            .alloc_stack(slots)
            .unwrap_or_else(|| rt.out_of_memory("stack"));
        // SAFETY: both are owned stacks, distinct, and the new one is not smaller.
        unsafe { new.lo.copy_from_nonoverlapping(old.lo, old.slots) };
        let copied = old.slots * size_of::<Slot>();
        self.p().counters.stack_copied.add(copied as u64);
        self.free_stack(old);
        new
    }

    fn alloc_stack(&mut self, slots: usize) -> Option<Stack> {
        let (rt, p) = (self.rt(), self.p());
        p.counters
            .stack_bytes_given
            .add((slots * size_of::<Slot>()) as u64);
        let Some(class) = class_of(slots) else {
            p.counters.stack_fresh.inc();
            return Some(Stack {
                lo: rt.stacks.map(slots)?,
                slots,
            });
        };
        // SAFETY: this M holds the P.
        let cache = unsafe { p.stacks.get() };
        if cache.classes[class].head.is_none() {
            refill(&rt.stacks, cache, class);
        }
        if let Some(lo) = cache.classes[class].pop() {
            p.counters.stack_reused.inc();
            return Some(Stack { lo, slots });
        }
        p.counters.stack_fresh.inc();
        let lo = if class < CUT_CLASSES {
            cut(&rt.stacks, cache, slots)?
        } else {
            rt.stacks.map(slots)?
        };
        Some(Stack { lo, slots })
    }

    fn free_stack(&mut self, stack: Stack) {
        let (rt, p) = (self.rt(), self.p());
        let bytes = (stack.slots * size_of::<Slot>()) as u64;
        p.counters.stack_bytes_freed.add(bytes);
        let Some(class) = class_of(stack.slots) else {
            rt.stacks.sys_bytes.fetch_sub(bytes, Relaxed);
            // SAFETY: a stack above SMALL_MAX is a mapping of its own, and it was given up.
            unsafe { mem::unmap(stack.lo.cast(), bytes as usize) };
            return;
        };
        // SAFETY: this M holds the P.
        let cache = unsafe { p.stacks.get() };
        let list = &mut cache.classes[class];
        list.push(stack.lo);
        if list.len > 1 && list.len * stack.slots > CACHE_SLOTS {
            let mut global = rt.stacks.classes.lock();
            while list.len * stack.slots > CACHE_SLOTS / 2 {
                let Some(lo) = list.pop() else { break };
                if class >= CUT_CLASSES && global[class].len >= GLOBAL_MAPPED {
                    rt.stacks.sys_bytes.fetch_sub(bytes, Relaxed);
                    // SAFETY: a stack of this class is a mapping of its own, and it was given up.
                    unsafe { mem::unmap(lo.cast(), bytes as usize) };
                } else {
                    global[class].push(lo);
                }
            }
        }
    }
}

/// Takes up to half a cache's worth from the global pool.
fn refill(pool: &StackPool, cache: &mut StackCache, class: usize) {
    let mut global = pool.classes.lock();
    while cache.classes[class].len * (FIRST << class) < CACHE_SLOTS / 2 {
        let Some(lo) = global[class].pop() else { break };
        cache.classes[class].push(lo);
    }
}

/// Cuts a small stack off the P's chunk.
fn cut(pool: &StackPool, cache: &mut StackCache, slots: usize) -> Option<NonNull<Slot>> {
    if cache.chunk_left < slots {
        // What is left of the old chunk goes to the pools, in pieces of the largest class that fit.
        while let (Some(lo), true) = (cache.chunk, cache.chunk_left >= FIRST) {
            let class = (cache.chunk_left / FIRST).ilog2().min(CUT_CLASSES as u32 - 1) as usize;
            cache.classes[class].push(lo);
            advance(cache, FIRST << class);
        }
        cache.chunk = Some(pool.map(CHUNK)?);
        cache.chunk_left = CHUNK;
    }
    let lo = cache.chunk;
    advance(cache, slots);
    lo
}

fn advance(cache: &mut StackCache, slots: usize) {
    cache.chunk_left -= slots;
    // SAFETY: the chunk has at least `slots` left, so the result is in it or at its end.
    cache.chunk = cache.chunk.map(|lo| unsafe { lo.add(slots) });
}

fn stack_of(g: &G) -> Option<Stack> {
    let lo = NonNull::new(g.stack_lo.get())?;
    Some(Stack {
        lo,
        slots: (g.stack_hi.get() as usize - lo.as_ptr() as usize) / size_of::<Slot>(),
    })
}

/// Makes `stack` the stack of `g`. A poisoned guard stays poisoned.
fn install(g: &G, stack: Stack) {
    g.stack_lo.set(stack.lo.as_ptr());
    g.stack_hi.set(stack.lo.as_ptr().wrapping_add(stack.slots));
    let old = g.limit.get();
    let limit = stack.lo.as_ptr().wrapping_add(stack.slots - RED_ZONE) as usize;
    g.limit.set(limit);
    // Fails only when a request has come, and then the guard must stay as it is.
    let _ = g.guard.compare_exchange(old, limit, crate::sync::AcqRel, Relaxed);
}

impl G {
    /// Slots of its stack, the red zone included.
    pub fn stack_slots(&self) -> usize {
        stack_of(self).map_or(0, |s| s.slots)
    }

    /// Whether it is to keep its stack when it is dead, on a P's own list and on the global ones.
    #[inline]
    pub(crate) fn keeps_stack(&self, global: bool) -> bool {
        self.stack_slots() <= if global { FIRST } else { KEPT }
    }
}
