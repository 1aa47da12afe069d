//! Integer operations that take more than one of Rust's.

/// x << n; 64 and more give 0.
#[inline(always)]
pub fn shl(x: u64, n: u64) -> u64 {
    if n < 64 { x << n } else { 0 }
}

/// The low 32 bits, sign-extended.
#[inline(always)]
pub fn ext32(x: u64) -> u64 {
    x as i32 as i64 as u64
}

/// x / 2^n, truncated.
#[inline(always)]
pub fn div_p2(x: i64, n: u16) -> i64 {
    // What is missing to round a negative number up.
    let up = ((x >> 63) as u64 >> ((64 - n) & 63)) as i64;
    x.wrapping_add(up) >> (n & 63)
}
