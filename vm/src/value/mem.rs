//! Words in memory: loads and stores by width.
//!
//! Program memory (heap objects, globals, constants) is read and written by goroutines that may race, so
//! every access is a relaxed atomic of its own width: plain moves to the processor. Pairs (strings, slices,
//! interfaces) are 16 bytes, aligned to 16, and move with one instruction, which is atomic on every x86-64
//! processor with AVX and every AArch64 one with LSE2: a reader gets a pair that was written, never a
//! pointer of one with the length of another.
//!
//! Addresses come from the program's own pointers. The collector keeps what they name alive, the compiler
//! checks nil before and bounds at every index, and types fix widths and alignment: that is why these
//! functions may be called safely from the interpreter. Debug builds check nil and alignment once more.
//!
//! Stores that may overwrite pointers carry the collector's write barrier (`mgo_runtime::gc::barrier`).

use mgo_runtime::gc::barrier;
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed};

macro_rules! widths {
    ($($load:ident $store:ident $atomic:ident $int:ident;)*) => {$(
        #[doc = concat!("The ", stringify!($int), " at address `at`.")]
        #[inline(always)]
        pub fn $load(at: u64) -> $int {
            debug_assert!(at != 0 && at % size_of::<$int>() as u64 == 0, "load from {at:#x}");
            // SAFETY: see the module's head: `at` is a live, aligned place of this width.
            unsafe { $atomic::from_ptr(at as *mut $int).load(Relaxed) }
        }

        #[doc = concat!("Stores a ", stringify!($int), " at address `at`.")]
        #[inline(always)]
        pub fn $store(at: u64, v: $int) {
            debug_assert!(at != 0 && at % size_of::<$int>() as u64 == 0, "store to {at:#x}");
            // SAFETY: as for loads; program memory is never behind a shared reference of Rust's.
            unsafe { $atomic::from_ptr(at as *mut $int).store(v, Relaxed) }
        }
    )*};
}

widths! {
    load8 store8 AtomicU8 u8;
    load16 store16 AtomicU16 u16;
    load32 store32 AtomicU32 u32;
    load64 store_plain64 AtomicU64 u64;
}

/// The 32-bit word at address `at`, as an atomic.
#[inline(always)]
pub fn atomic32(at: u64) -> &'static AtomicU32 {
    debug_assert!(at != 0 && at.is_multiple_of(4), "atomic access to {at:#x}");
    // SAFETY: see the module's head: `at` is a live, aligned word that all access by atomics of its width. Whoever
    // keeps the reference beyond the instruction, to wait for the word, keeps the pointer in its frame, too.
    unsafe { AtomicU32::from_ptr(at as *mut u32) }
}

/// The 64-bit word at address `at`, as an atomic.
#[inline(always)]
pub fn atomic64(at: u64) -> &'static AtomicU64 {
    debug_assert!(at != 0 && at.is_multiple_of(8), "atomic access to {at:#x}");
    // SAFETY: as for `atomic32`.
    unsafe { AtomicU64::from_ptr(at as *mut u64) }
}

/// Stores a word that may be a pointer, or take the place of one, at address `at`. A word that is neither may be
/// stored with [`store_plain64`].
#[inline(always)]
pub fn store64(at: u64, v: u64) {
    if barrier::is_on() {
        barrier::shade(load64(at));
    }
    store_plain64(at, v);
}

/// The pair at address `at`, in one access.
///
/// In assembly, because to the optimiser a vector load whose halves are used apart is two loads.
#[inline(always)]
pub fn load128(at: u64) -> (u64, u64) {
    debug_assert!(at != 0 && at.is_multiple_of(16), "pair load from {at:#x}");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: see the module's head; a pair's place is 16 bytes and aligned to 16. SSE2 is part of x86-64.
    unsafe {
        use std::arch::x86_64::*;
        let v: __m128i;
        std::arch::asm!("movdqa {0}, xmmword ptr [{1}]", out(xmm_reg) v, in(reg) at,
            options(nostack, readonly, preserves_flags));
        (
            _mm_cvtsi128_si64(v) as u64,
            _mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)) as u64,
        )
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: see the module's head; a pair's place is 16 bytes and aligned to 16.
    unsafe {
        let (lo, hi): (u64, u64);
        std::arch::asm!("ldp {0}, {1}, [{2}]", out(reg) lo, out(reg) hi, in(reg) at,
            options(nostack, readonly, preserves_flags));
        (lo, hi)
    }
}

/// Stores a pair at address `at`, in one access; see [`load128`].
#[inline(always)]
pub fn store128(at: u64, pair: (u64, u64)) {
    if barrier::is_on() {
        shade_all(at, 16);
    }
    store_plain128(at, pair);
}

/// As [`store128`], over a pair that was shaded before or holds no pointer.
#[inline(always)]
pub fn store_plain128(at: u64, (lo, hi): (u64, u64)) {
    debug_assert!(at != 0 && at.is_multiple_of(16), "pair store to {at:#x}");
    #[cfg(target_arch = "x86_64")]
    // SAFETY: as for `load128`. The pair is put together in a register: no load waits for two stores.
    unsafe {
        use std::arch::x86_64::*;
        let v = _mm_set_epi64x(hi as i64, lo as i64);
        std::arch::asm!("movdqa xmmword ptr [{1}], {0}", in(xmm_reg) v, in(reg) at,
            options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as for `load128`.
    unsafe {
        std::arch::asm!("stp {0}, {1}, [{2}]", in(reg) lo, in(reg) hi, in(reg) at,
            options(nostack, preserves_flags));
    }
}

/// The write barrier alone, for a word that is overwritten by other means.
#[inline(always)]
pub fn shade_word(old: u64) {
    if barrier::is_on() {
        barrier::shade(old);
    }
}

/// Shades all words of `size` bytes at address `at`, which may be pointers and are going to be overwritten.
#[cold]
#[inline(never)]
pub fn shade_all(at: u64, size: usize) {
    for i in (0..size as u64 & !7).step_by(8) {
        barrier::shade(load64(at + i));
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("pairs need a 16-byte atomic access: x86-64 and AArch64 are known to have one");

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    /// Two threads write pairs of two equal words, a third reads: the words it sees are always equal.
    #[test]
    fn pairs_do_not_tear() {
        let mut b = Block([0; 4]);
        let at = std::ptr::from_mut(&mut b) as u64;
        let done = AtomicBool::new(false);
        std::thread::scope(|s| {
            for writer in 0..2u64 {
                let done = &done;
                s.spawn(move || {
                    let mut i = writer;
                    while !done.load(Ordering::Relaxed) {
                        store128(at, (i, i));
                        i += 2;
                    }
                });
            }
            for _ in 0..2_000_000 {
                let (lo, hi) = load128(at);
                if lo != hi {
                    done.store(true, Ordering::Relaxed);
                    panic!("{lo} with {hi}");
                }
            }
            done.store(true, Ordering::Relaxed);
        });
    }

    #[repr(align(16))]
    struct Block(#[allow(dead_code, reason = "read through its address")] [u64; 4]);

    #[test]
    fn every_width_keeps_its_neighbours() {
        let mut b = Block([u64::MAX; 4]);
        let at = std::ptr::from_mut(&mut b) as u64;
        store8(at + 1, 0);
        store16(at + 2, 0);
        store32(at + 4, 7);
        assert_eq!(load64(at), 0x0000_0007_0000_00ff);
        store128(at + 16, (1, 2));
        assert_eq!(load128(at + 16), (1, 2));
        assert_eq!(
            (load8(at), load16(at), load32(at + 4), load64(at + 8)),
            (0xff, 0x00ff, 7, u64::MAX)
        );
    }
}
