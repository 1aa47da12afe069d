//! Strings: (address, length) pairs of bytes that never change.
//!
//! When the length is 0 the address means nothing. Code points are found as Go finds them: a bad byte counts
//! as U+FFFD of width 1.

use std::cmp::Ordering;

use crate::value::alloc::Alloc;
use crate::value::mem::load8;

/// What a bad encoding reads as.
pub const RUNE_ERROR: u32 = 0xfffd;

/// The bytes of a string or, with the length alone in the second word, of a byte slice.
///
/// Strings do not change and the collector keeps them as long as a root names them, so the caller may look
/// at the bytes until the next safepoint. The bytes of a slice may change meanwhile.
#[inline(always)]
pub fn bytes<'a>((at, len): (u64, u64)) -> &'a [u8] {
    if len == 0 {
        return &[];
    }
    debug_assert!(at != 0);
    // SAFETY: a string's address and length come from one allocation or constant.
    unsafe { std::slice::from_raw_parts(at as *const u8, len as usize) }
}

/// The bytes of a fresh allocation of `len` bytes, to be filled before anybody else sees it.
#[inline]
pub(super) fn fresh<'a>(at: u64, len: usize) -> &'a mut [u8] {
    if len == 0 {
        return &mut [];
    }
    // SAFETY: the caller has just allocated these bytes and gave the address to no one.
    unsafe { std::slice::from_raw_parts_mut(at as *mut u8, len) }
}

/// A new string with these bytes.
#[inline]
pub fn new<A: Alloc>(a: &mut A, b: &[u8]) -> (u64, u64) {
    if b.is_empty() {
        return (0, 0);
    }
    let at = a.bytes(b.len());
    fresh(at, b.len()).copy_from_slice(b);
    (at, b.len() as u64)
}

/// The first and last 8 bytes of at least 16.
#[inline(always)]
pub(super) fn two_words(b: &[u8]) -> (u64, u64) {
    let w = |i: usize| u64::from_le_bytes(b[i..i + 8].try_into().expect("eight bytes"));
    (w(0), w(8))
}

/// Two words that hold all bytes of at most 16, overlapping.
#[inline(always)]
pub(super) fn head_and_tail(b: &[u8]) -> (u64, u64) {
    let n = b.len();
    debug_assert!(n <= 16);
    let w8 = |i: usize| u64::from_le_bytes(b[i..i + 8].try_into().expect("eight bytes"));
    let w4 = |i: usize| u64::from(u32::from_le_bytes(b[i..i + 4].try_into().expect("four bytes")));
    if n >= 8 {
        (w8(0), w8(n - 8))
    } else if n >= 4 {
        (w4(0), w4(n - 4))
    } else if n > 0 {
        (
            u64::from(b[0]) << 16 | u64::from(b[n / 2]) << 8 | u64::from(b[n - 1]),
            0,
        )
    } else {
        (0, 0)
    }
}

/// Whether two strings are equal.
#[inline]
pub fn eq(a: (u64, u64), b: (u64, u64)) -> bool {
    a.1 == b.1 && (a.0 == b.0 || bytes_eq(bytes(a), bytes(b)))
}

/// Whether bytes of equal length are equal: short ones without a call.
#[inline]
fn bytes_eq(a: &[u8], b: &[u8]) -> bool {
    if a.len() > 16 {
        a == b
    } else {
        head_and_tail(a) == head_and_tail(b)
    }
}

/// The order of two strings.
#[inline]
pub fn cmp(a: (u64, u64), b: (u64, u64)) -> Ordering {
    bytes(a).cmp(bytes(b))
}

/// The sum of strings; one of them itself if all others are empty. None if it is too long.
pub fn concat<A: Alloc>(a: &mut A, parts: impl Iterator<Item = (u64, u64)> + Clone) -> (u64, u64) {
    let mut total = 0u64;
    let mut only = (0, 0);
    for p in parts.clone() {
        if p.1 != 0 {
            only = p;
            total = total.saturating_add(p.1);
        }
    }
    if only.1 == total {
        return only;
    }
    let at = a.bytes(total as usize);
    let mut rest = fresh(at, total as usize);
    for p in parts {
        let (head, tail) = rest.split_at_mut(p.1 as usize);
        head.copy_from_slice(bytes(p));
        rest = tail;
    }
    (at, total)
}

/// The rune at the start of `b`, which is not empty, and its width.
#[inline]
pub fn decode(b: &[u8]) -> (u32, usize) {
    if b[0] < 0x80 {
        (u32::from(b[0]), 1)
    } else {
        decode_long(b)
    }
}

/// The rune of string `s` at byte `at`, which is below its length, and its width.
#[inline(always)]
pub fn rune_at(s: (u64, u64), at: u64) -> (u32, u32) {
    debug_assert!(at < s.1);
    let first = load8(s.0 + at);
    if first < 0x80 {
        return (first.into(), 1);
    }
    rune_at_long(s, at)
}

#[inline(never)]
fn rune_at_long(s: (u64, u64), at: u64) -> (u32, u32) {
    let (r, n) = decode_long(&bytes(s)[at as usize..]);
    (r, n as u32)
}

#[cold]
#[inline(never)]
fn decode_long(b: &[u8]) -> (u32, usize) {
    let next = |i: usize| {
        b.get(i)
            .filter(|&&c| c & 0xc0 == 0x80)
            .map(|&c| u32::from(c & 0x3f))
    };
    let bad = (RUNE_ERROR, 1);
    let first = u32::from(b[0]);
    match first {
        0xc2..=0xdf => match next(1) {
            Some(x) => ((first & 0x1f) << 6 | x, 2),
            None => bad,
        },
        0xe0..=0xef => match (next(1), next(2)) {
            (Some(x), Some(y)) => {
                let r = (first & 0xf) << 12 | x << 6 | y;
                if r < 0x800 || (0xd800..0xe000).contains(&r) {
                    bad
                } else {
                    (r, 3)
                }
            }
            _ => bad,
        },
        0xf0..=0xf4 => match (next(1), next(2), next(3)) {
            (Some(x), Some(y), Some(z)) => {
                let r = (first & 7) << 18 | x << 12 | y << 6 | z;
                if !(0x10000..0x110000).contains(&r) {
                    bad
                } else {
                    (r, 4)
                }
            }
            _ => bad,
        },
        _ => bad,
    }
}

/// UTF-8 of a rune value of any type; U+FFFD if it is none.
pub fn encode(r: i64, buf: &mut [u8; 4]) -> &[u8] {
    let c = u32::try_from(r)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or('\u{fffd}');
    c.encode_utf8(buf).as_bytes()
}

/// `string([]rune)` for runes that `rune` reads by index.
pub fn from_runes<A: Alloc>(a: &mut A, n: usize, rune: impl Fn(usize) -> i32) -> (u64, u64) {
    let mut out = Vec::with_capacity(n);
    let mut buf = [0; 4];
    for i in 0..n {
        out.extend_from_slice(encode(i64::from(rune(i)), &mut buf));
    }
    new(a, &out)
}

/// The runes of bytes.
pub fn runes(mut b: &[u8]) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        if b.is_empty() {
            return None;
        }
        let (r, n) = decode(b);
        b = &b[n..];
        Some(r)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::alloc::testing::TestHeap;

    fn pair(b: &[u8]) -> (u64, u64) {
        (b.as_ptr() as u64, b.len() as u64)
    }

    #[test]
    fn decoding_agrees_with_std_on_all_runes() {
        let mut buf = [0; 4];
        for c in (0..0x11_0000).filter_map(char::from_u32) {
            let s = c.encode_utf8(&mut buf).as_bytes();
            assert_eq!(decode(s), (c as u32, s.len()));
        }
        for bad in [
            &[0x80u8][..],
            &[0xc0, 0x80],
            &[0xed, 0xa0, 0x80],
            &[0xf4, 0x90, 0x80, 0x80],
            &[0xe2, 0x82],
        ] {
            assert_eq!(decode(bad), (RUNE_ERROR, 1));
        }
        let lossy: Vec<u32> = runes(b"a\xffb\xe2\x82").collect();
        assert_eq!(lossy, [97, RUNE_ERROR, 98, RUNE_ERROR, RUNE_ERROR]);
    }

    #[test]
    fn equality_of_all_short_lengths() {
        for n in 0..40 {
            let a = vec![b'x'; n];
            let mut b = a.clone();
            assert!(eq(pair(&a), pair(&b)));
            for i in 0..n {
                b[i] = b'y';
                assert!(!eq(pair(&a), pair(&b)), "{n} {i}");
                b[i] = b'x';
            }
        }
    }

    #[test]
    fn concat_keeps_a_lone_operand() {
        let mut h = TestHeap::new();
        let (x, e) = (pair(b"abc"), (0, 0));
        assert_eq!(concat(&mut h, [e, x, e].into_iter()), x);
        let s = concat(&mut h, [x, x].into_iter());
        assert_eq!(bytes(s), b"abcabc");
        assert_eq!(encode(0xd800, &mut [0; 4]), "\u{fffd}".as_bytes());
    }
}
