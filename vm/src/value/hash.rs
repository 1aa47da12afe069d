//! Hash functions of maps: multiply and fold, seeded per map.
//!
//! The idea is wyhash's: the 128-bit product of two words, its halves added without carry.

use crate::value::string;

const K0: u64 = 0xa076_1d64_78bd_642f;
const K1: u64 = 0xe703_7ed1_a0b4_28db;
const K2: u64 = 0x8ebc_6af0_9c88_c6e3;

/// Folds the product of `a` and `b`.
#[inline(always)]
pub fn fold(a: u64, b: u64) -> u64 {
    let t = u128::from(a) * u128::from(b);
    (t >> 64) as u64 ^ t as u64
}

/// Hash of a word.
#[inline(always)]
pub fn word(seed: u64, k: u64) -> u64 {
    fold(k ^ seed ^ K0, K1)
}

/// Hash of bytes.
#[inline]
pub fn bytes(seed: u64, b: &[u8]) -> u64 {
    let n = b.len();
    let (mut s, x, y);
    s = seed ^ K0;
    if n <= 16 {
        (x, y) = string::head_and_tail(b);
    } else {
        let mut rest = b;
        while rest.len() > 16 {
            let (x, y) = string::two_words(rest);
            s = fold(x ^ K1, y ^ s);
            rest = &rest[16..];
        }
        (x, y) = string::two_words(&b[n - 16..]);
    }
    fold(K2 ^ n as u64, fold(x ^ K1, y ^ s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_and_the_length_count() {
        let mut seen = std::collections::HashSet::new();
        for n in 0..70usize {
            let mut b = vec![7u8; n];
            assert!(seen.insert(bytes(1, &b)), "length {n}");
            for i in 0..n {
                b[i] ^= 1;
                assert!(seen.insert(bytes(1, &b)), "length {n} byte {i}");
                b[i] ^= 1;
            }
        }
        assert_ne!(bytes(1, b"abc"), bytes(2, b"abc"));
    }
}
