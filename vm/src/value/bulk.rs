//! Many words at once: copies, clearing, comparison, and the way between register and memory form.
//!
//! Copies move every scalar and every pair in one access, like single loads and stores do, so a racing reader
//! never sees half a pair. Memory without pairs or pointers is copied as bytes.

use mgo_runtime::gc::barrier;

use crate::bytecode::program::{Part, PartKind, RType};
use crate::value::mem::*;

/// Copies `size` bytes of values that are aligned to `align` and need `align`-wide accesses; they may overlap.
/// `pointers`: whether words among them may be pointers.
#[inline]
pub fn copy(dst: u64, src: u64, size: usize, align: u32, pointers: bool) {
    if size == 0 || dst == src {
        return;
    }
    if (align >= 16 || pointers) && barrier::is_on() {
        // All at once, not word by word: the loops below stay tight.
        shade_all(dst, size);
    }
    if align >= 16 {
        copy_by(dst, src, size, 16, |d, s| store_plain128(d, load128(s)));
    } else if pointers {
        copy_by(dst, src, size, 8, |d, s| store_plain64(d, load64(s)));
    } else {
        // SAFETY: both are live places of `size` bytes (see `mem`); words torn by a race are numbers.
        unsafe { std::ptr::copy(src as *const u8, dst as *mut u8, size) }
    }
}

#[inline(always)]
fn copy_by(dst: u64, src: u64, size: usize, step: usize, one: impl Fn(u64, u64)) {
    debug_assert!(size.is_multiple_of(step));
    if dst.wrapping_sub(src) >= size as u64 {
        let mut i = 0;
        while i < size as u64 {
            one(dst + i, src + i);
            i += step as u64;
        }
    } else {
        let mut i = size as u64;
        while i > 0 {
            i -= step as u64;
            one(dst + i, src + i);
        }
    }
}

/// Copies `n` values of type `t`; they may overlap.
#[inline]
pub fn copy_values(dst: u64, src: u64, t: &RType, n: usize) {
    copy(dst, src, t.size as usize * n, t.align, !t.layout.is_noscan());
}

/// Clears `size` bytes of values aligned to `align`.
#[inline]
pub fn zero(dst: u64, size: usize, align: u32, pointers: bool) {
    if (align >= 16 || pointers) && barrier::is_on() {
        shade_all(dst, size);
    }
    if align >= 16 {
        for i in (0..size as u64).step_by(16) {
            store_plain128(dst + i, (0, 0));
        }
    } else if pointers {
        for i in (0..size as u64).step_by(8) {
            store_plain64(dst + i, 0);
        }
    } else if size > 0 {
        // SAFETY: a live place of `size` bytes (see `mem`).
        unsafe { std::ptr::write_bytes(dst as *mut u8, 0, size) }
    }
}

/// Clears `n` values of type `t`.
#[inline]
pub fn zero_values(dst: u64, t: &RType, n: usize) {
    zero(dst, t.size as usize * n, t.align, !t.layout.is_noscan());
}

/// Whether `size` bytes are equal.
pub fn same(a: u64, b: u64, size: usize) -> bool {
    // SAFETY: live places of `size` bytes (see `mem`).
    size == 0
        || unsafe {
            std::slice::from_raw_parts(a as *const u8, size)
                == std::slice::from_raw_parts(b as *const u8, size)
        }
}

/// Reads a part of the value at `at` into the slots from `out[i]` on; the slot after.
#[inline]
fn load_part(p: Part, at: u64, out: &mut [u64], i: usize) -> usize {
    let at = at + u64::from(p.offset);
    out[i] = match p.kind {
        PartKind::I8 => load8(at) as i8 as u64,
        PartKind::U8 => u64::from(load8(at)),
        PartKind::I16 => load16(at) as i16 as u64,
        PartKind::U16 => u64::from(load16(at)),
        PartKind::I32 => load32(at) as i32 as u64,
        PartKind::U32 => u64::from(load32(at)),
        PartKind::W64 | PartKind::Ptr => load64(at),
        PartKind::Pair => {
            (out[i], out[i + 1]) = load128(at);
            return i + 2;
        }
    };
    i + 1
}

/// Unpacks the value of type `t` at address `at` into its slots.
#[inline]
pub fn unpack(t: &RType, at: u64, out: &mut [u64]) {
    let mut i = 0;
    for &p in &t.parts {
        i = load_part(p, at, out, i);
    }
}

/// Packs slots into the value of type `t` at address `at`. A large value's slot is an address, 0 for zero.
#[inline]
pub fn pack(t: &RType, slots: &[u64], at: u64) {
    if t.large {
        if slots[0] == 0 {
            zero_values(at, t, 1);
        } else {
            copy_values(at, slots[0], t, 1);
        }
        return;
    }
    let mut i = 0;
    for &p in &t.parts {
        let (to, v) = (at + u64::from(p.offset), slots[i]);
        match p.kind {
            PartKind::I8 | PartKind::U8 => store8(to, v as u8),
            PartKind::I16 | PartKind::U16 => store16(to, v as u16),
            PartKind::I32 | PartKind::U32 => store32(to, v as u32),
            PartKind::W64 => store_plain64(to, v),
            PartKind::Ptr => store64(to, v),
            PartKind::Pair => {
                i += 1;
                store128(to, (v, slots[i]));
            }
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(align(16))]
    struct Block([u64; 16]);

    #[test]
    fn overlapping_copies_go_the_right_way() {
        for (align, pointers) in [(16, true), (8, true), (8, false)] {
            for (from, to) in [(0u64, 32u64), (32, 0)] {
                let mut b = Block(std::array::from_fn(|i| i as u64));
                let base = std::ptr::from_mut(&mut b) as u64;
                copy(base + to, base + from, 64, align, pointers);
                let (f, t) = (from as usize / 8, to as usize / 8);
                let want: Vec<u64> = (f..f + 8).map(|i| i as u64).collect();
                assert_eq!(&b.0[t..t + 8], &want[..]);
            }
        }
    }
}
