//! The write barrier: what keeps the collector's picture of the heap whole while the program changes it.
//!
//! A concurrent cycle marks what was reachable when it began (*snapshot at the beginning*). All stacks and other roots
//! are looked through in the stop that begins it. From then on a word of the heap that may be a pointer is *shaded*
//! before it is overwritten: what it names is marked. New objects are born marked. So every object that was reachable
//! at the snapshot is marked by the end, whatever the program does, and stacks need no second look: all that a
//! goroutine can lay its hands on was reachable then, or is new. Source of the idea: T. Yuasa, "Real-time garbage
//! collection on general-purpose machines", 1990.
//!
//! Who must shade: everybody who overwrites, clears or moves out a word of a heap object that may be a pointer;
//! who reads a weak handle shades what it gets, which nothing else may have named. Who need not: stores to roots
//! (stacks, package-level variables, records of the runtime), whose words at the snapshot are marked already, and the
//! first stores to a new object, which only overwrite zeroes.
//!
//! While no cycle is under way the barrier is a load and a branch. The switch is turned in a stopped world: nobody is
//! between asking for it and the store.

use super::Heap;
use crate::sync::Relaxed;
use std::cell::Cell;
// Not through `sync`: no protocol hangs on it, since it changes in a stopped world, and models have no collector.
use std::sync::atomic::AtomicU32;

/// Heaps being marked, in the whole process.
static MARKING: AtomicU32 = AtomicU32::new(0);

thread_local! {
    /// The heap of the runtime whose M this thread is.
    static HEAP: Cell<Option<&'static Heap>> = const { Cell::new(None) };
}

/// Says which heap's words this thread will overwrite.
pub(crate) fn enter_thread(heap: Option<&'static Heap>) {
    HEAP.set(heap);
}

pub(super) fn switch_on() {
    MARKING.fetch_add(1, Relaxed);
}

pub(super) fn switch_off() {
    MARKING.fetch_sub(1, Relaxed);
}

/// Whether words have to be shaded before they are overwritten.
#[inline(always)]
pub fn is_on() -> bool {
    MARKING.load(Relaxed) != 0
}

/// Marks what `word`, about to be overwritten, names, if it is a pointer into this thread's heap.
#[cold]
#[inline(never)]
pub fn shade(word: u64) {
    if let Some(heap) = HEAP.get() {
        heap.shade(word);
    }
}
