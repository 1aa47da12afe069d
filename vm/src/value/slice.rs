//! Slices: (address, length | capacity << 32), and how they grow.
//!
//! Programs print capacities, so appending rounds them as Go's allocator does, to Go's size classes, whatever
//! classes our own heap has. Sizes of elements are Go's, too: a slice in a struct counts 24 bytes there.

use crate::bytecode::program::{Program, RKind, RType};
use crate::trap::{SliceFault, Trap};
use crate::value::alloc::{Alloc, new_array};
use crate::value::bulk;

/// The longest slice.
pub const MAX_LEN: u64 = u32::MAX as u64;
/// The most bytes one allocation may have in Go.
const MAX_ALLOC: u64 = 1 << 48;
/// Go's page size, to which large objects are rounded.
const GO_PAGE: u64 = 8192;

/// Go's size classes.
const CLASSES: [u16; 68] = [
    0, 8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384,
    416, 448, 480, 512, 576, 640, 704, 768, 896, 1024, 1152, 1280, 1408, 1536, 1792, 2048, 2304, 2688, 3072,
    3200, 3456, 4096, 4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568,
    14336, 16384, 18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
];

/// The second word of a slice.
#[inline(always)]
pub fn len_cap(len: u64, cap: u64) -> u64 {
    len | cap << 32
}

/// The length in a slice's second word.
#[inline(always)]
pub fn len(word: u64) -> u64 {
    word & 0xffff_ffff
}

/// The capacity in a slice's second word.
#[inline(always)]
pub fn cap(word: u64) -> u64 {
    word >> 32
}

/// The bytes that Go would give for an allocation of `size`.
pub fn round_up_size(size: u64, noscan: bool) -> u64 {
    const HEADER: u64 = 8;
    const HEADER_FROM: u64 = 512;
    let max_small = u64::from(CLASSES[CLASSES.len() - 1]);
    if size <= max_small - HEADER {
        let header = if !noscan && size > HEADER_FROM { HEADER } else { 0 };
        let i = CLASSES.partition_point(|&c| u64::from(c) < size + header);
        return u64::from(CLASSES[i]) - header;
    }
    size.checked_next_multiple_of(GO_PAGE).unwrap_or(size)
}

/// The capacity to ask for when a slice of capacity `cap` must hold `needed` elements.
pub fn next_cap(cap: u64, needed: u64) -> u64 {
    const THRESHOLD: u64 = 256;
    if needed > 2 * cap {
        return needed;
    }
    if cap < THRESHOLD {
        return 2 * cap;
    }
    let mut new = cap;
    while new < needed {
        new += (new + 3 * THRESHOLD) / 4;
    }
    new
}

/// The size of type `t` in Go.
pub fn go_size(p: &Program, t: &RType) -> u64 {
    go_size_align(p, t).0
}

/// Its alignment there.
pub fn go_align(p: &Program, t: &RType) -> u64 {
    go_size_align(p, t).1
}

fn go_size_align(p: &Program, t: &RType) -> (u64, u64) {
    match t.kind {
        RKind::Slice => (24, 8),
        RKind::String | RKind::Interface => (16, 8),
        RKind::Array => {
            let (size, align) = go_size_align(p, &p.types[t.elem]);
            (size.saturating_mul(t.len), align)
        }
        RKind::Struct => {
            let (mut at, mut most) = (0u64, 1);
            for f in &t.fields {
                let (size, align) = go_size_align(p, &p.types[f.ty]);
                at = at.next_multiple_of(align).saturating_add(size);
                most = most.max(align);
            }
            (at.next_multiple_of(most), most)
        }
        _ => (t.size.into(), t.align.into()),
    }
}

/// The capacity that `append` gives a slice of capacity `old` that must hold `needed` elements of type `t`.
pub fn grown_cap(p: &Program, t: &RType, old: u64, needed: u64) -> Result<u64, Trap> {
    if needed > MAX_LEN {
        return Err(Trap::GROW_SLICE);
    }
    let cap = next_cap(old, needed);
    let size = go_size(p, t);
    let cap = if size == 0 {
        needed
    } else {
        let bytes = cap
            .checked_mul(size)
            .filter(|&b| b <= MAX_ALLOC)
            .ok_or(Trap::GROW_SLICE)?;
        round_up_size(bytes, t.layout.is_noscan()) / size
    };
    Ok(cap.clamp(needed, MAX_LEN))
}

/// Makes room for `more` elements behind those of `s`; the slice of all of them, the new ones zero only where
/// memory is fresh. Elements that fit the capacity are there already.
pub fn extend<A: Alloc>(
    a: &mut A,
    p: &Program,
    t: &RType,
    s: (u64, u64),
    more: u64,
) -> Result<(u64, u64), Trap> {
    let (n, c) = (len(s.1), cap(s.1));
    let needed = n + more;
    if needed <= c {
        return Ok((s.0, len_cap(needed, c)));
    }
    let new = grown_cap(p, t, c, needed)?;
    let at = new_array(a, t, new as usize);
    if n > 0 {
        bulk::copy_values(at, s.0, t, n as usize);
    }
    Ok((at, len_cap(needed, new)))
}

/// `make([]T, n, c)`.
pub fn make<A: Alloc>(a: &mut A, t: &RType, n: u64, c: u64) -> Result<(u64, u64), Trap> {
    let fits = |n: u64| n <= MAX_LEN && n.saturating_mul(t.size.into()) <= MAX_ALLOC;
    if !fits(n) {
        return Err(Trap::MAKE_SLICE_LEN);
    }
    if !fits(c) || c < n {
        return Err(Trap::MAKE_SLICE_CAP);
    }
    Ok((new_array(a, t, c as usize), len_cap(n, c)))
}

/// Bounds of a slice expression; `max` none in the two-index form.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Low.
    pub low: u64,
    /// High.
    pub high: u64,
    /// Max.
    pub max: Option<u64>,
}

/// Checks the bounds of a slice expression on something of capacity `cap`, `of_array` if that is an array's
/// (or string's) length; low, high and capacity of the result.
#[inline]
pub fn check(b: Bounds, cap: u64, of_array: bool) -> Result<(u64, u64, u64), Trap> {
    match b.max {
        None => {
            if b.high > cap {
                let fault = if of_array {
                    SliceFault::Len
                } else {
                    SliceFault::Cap
                };
                return Err(Trap::slice(fault, b.high, cap));
            }
            if b.low > b.high {
                return Err(Trap::slice(SliceFault::Low, b.low, b.high));
            }
            Ok((b.low, b.high, cap))
        }
        Some(max) => {
            if max > cap {
                let fault = if of_array {
                    SliceFault::MaxLen
                } else {
                    SliceFault::MaxCap
                };
                return Err(Trap::slice(fault, max, cap));
            }
            if b.high > max {
                return Err(Trap::slice(SliceFault::HighMax, b.high, max));
            }
            if b.low > b.high {
                return Err(Trap::slice(SliceFault::LowHigh, b.low, b.high));
            }
            Ok((b.low, b.high, max))
        }
    }
}

/// The slice from `low` to `high` with capacity up to `max` of memory at `base`. Without capacity left the
/// address stays the base's, so that no pointer is past the end of its object.
#[inline]
pub fn part(base: u64, (low, high, max): (u64, u64, u64), size: u64) -> (u64, u64) {
    let at = if max == low { base } else { base + low * size };
    (at, len_cap(high - low, max - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_are_those_go_prints() {
        // What Go 1.27 prints for appending one int at a time, and one byte at a time.
        let series = |size: u64, upto: u64| {
            let (mut cap, mut out) = (0, Vec::new());
            for n in 1..=upto {
                if n > cap {
                    cap = round_up_size(next_cap(cap, n) * size, true) / size;
                    out.push(cap);
                }
            }
            out
        };
        assert_eq!(
            series(8, 2000),
            [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 848, 1280, 1792, 2560]
        );
        assert_eq!(series(1, 600), [8, 16, 32, 64, 128, 256, 512, 896]);
        assert_eq!(round_up_size(5 * 8, true) / 8, 6);
        assert_eq!(round_up_size(40000, true), 40960);
    }

    #[test]
    fn bounds_are_checked_in_gos_order() {
        let b = |low, high, max| Bounds { low, high, max };
        assert_eq!(check(b(1, 2, None), 3, false), Ok((1, 2, 3)));
        assert_eq!(check(b(1, 2, Some(2)), 3, false), Ok((1, 2, 2)));
        assert!(check(b(3, 2, None), 3, false).is_err());
        assert!(check(b(0, 4, None), 3, false).is_err());
        assert_eq!(part(64, (3, 3, 3), 8), (64, 0));
        assert_eq!(part(64, (1, 2, 3), 8), (72, len_cap(1, 2)));
    }
}
