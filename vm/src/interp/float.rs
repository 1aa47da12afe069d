//! Float operations whose results Go (on amd64) and Rust define differently.

/// int64(x): truncated; NaN and what does not fit give the smallest integer, as CVTTSD2SQ does.
#[inline(always)]
pub fn to_i64(x: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&x) {
        x as i64
    } else {
        i64::MIN
    }
}

/// int32(x), and what narrower integers are cut from: truncated; NaN and what does not fit give the smallest one, as
/// CVTTSD2SL does.
#[inline(always)]
pub fn to_i32(x: f64) -> i64 {
    if x > -2_147_483_649.0 && x < 2_147_483_648.0 {
        x as i64
    } else {
        i32::MIN.into()
    }
}

/// uint64(x) as Go's compiler has it on amd64: where int64(x) is negative, joined with the bits of int64(x - 2^63).
/// So from 2^64 on, and for NaN, the highest bit alone is left.
#[inline(always)]
pub fn to_u64(x: f64) -> u64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let low = to_i64(x);
    if low >= 0 {
        low as u64
    } else {
        (low | to_i64(x - LIMIT)) as u64
    }
}

/// The smaller: NaN if either is, -0 below +0.
#[inline(always)]
pub fn min(x: f64, y: f64) -> f64 {
    match () {
        () if x < y => x,
        () if y < x => y,
        () if x.is_nan() => x,
        () if y.is_nan() => y,
        () => f64::from_bits(x.to_bits() | y.to_bits()),
    }
}

/// The larger: NaN if either is, +0 above -0.
#[inline(always)]
pub fn max(x: f64, y: f64) -> f64 {
    match () {
        () if x > y => x,
        () if y > x => y,
        () if x.is_nan() => x,
        () if y.is_nan() => y,
        () => f64::from_bits(x.to_bits() & y.to_bits()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions_are_those_of_amd64() {
        assert_eq!(to_i64(-1.9), -1);
        assert_eq!(to_i64(f64::NAN), i64::MIN);
        assert_eq!(to_i64(1e300), i64::MIN);
        assert_eq!(to_u64(1.844_674_407_370_955e19), 18446744073709549568);
        assert_eq!(to_u64(-1.0), u64::MAX);
    }

    #[test]
    fn zeros_have_an_order() {
        assert!(min(0.0, -0.0).is_sign_negative() && min(-0.0, 0.0).is_sign_negative());
        assert!(max(0.0, -0.0).is_sign_positive() && max(-0.0, 0.0).is_sign_positive());
        assert!(min(f64::NAN, 1.0).is_nan() && max(1.0, f64::NAN).is_nan());
    }
}
