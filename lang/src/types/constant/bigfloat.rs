//! Floating-point numbers of 512 bits for constants too large or small for a fraction.
//!
//! A [`BigFloat`] is `mant * 2^exp` with an odd mantissa (or zero) of at most [`PREC`] bits. Operations
//! round to nearest, ties to even, once. The exponent is bounded as in Go's `math/big`: beyond 2^31 a
//! result is infinite (`None` here), below it is zero. No operation shifts by more than a few times
//! the precision, so time and memory stay bounded whatever the exponents are; that, and rounding that
//! is the same bit for bit as Go's, is why this is not an arbitrary-precision library's float.

use std::cmp::Ordering;

use dashu_base::{Abs, BitTest, DivRem, Sign, Signed, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// The precision of a mantissa in bits, as in `go/constant`.
pub const PREC: usize = 512;

const MAX_EXP: i64 = i32::MAX as i64;
const MIN_EXP: i64 = i32::MIN as i64;

/// `mant * 2^exp`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BigFloat {
    mant: IBig,
    exp: i64,
}

impl BigFloat {
    /// Zero.
    pub fn zero() -> BigFloat {
        BigFloat {
            mant: IBig::ZERO,
            exp: 0,
        }
    }

    /// `mant * 2^exp`, rounded to [`PREC`] bits; none if infinite.
    pub fn new(mant: IBig, exp: i64) -> Option<BigFloat> {
        BigFloat::rounded(mant, exp, false, PREC)
    }

    /// The nearest float to `num / den`; `den` is not zero.
    pub fn from_ratio(num: &IBig, den: &UBig) -> Option<BigFloat> {
        divide(num, 0, &IBig::from(den.clone()), 0, PREC)
    }

    /// The nearest float to `mant * 10^exp10`; none if infinite.
    pub fn from_decimal(mant: IBig, exp10: i64) -> Option<BigFloat> {
        if mant.is_zero() {
            return Some(BigFloat::zero());
        }
        let digits10 = mant.bit_len() as i64 * 30103 / 100_000;
        if exp10.saturating_add(digits10) > 700_000_000 {
            return None;
        }
        if exp10.saturating_add(digits10) < -700_000_000 {
            return Some(BigFloat::zero());
        }
        const GUARD: usize = PREC + 128;
        let pow = pow5(exp10.unsigned_abs(), GUARD)?;
        if exp10 >= 0 {
            BigFloat::rounded(&mant * &pow.mant, pow.exp + exp10, false, PREC)
        } else {
            divide(&mant, exp10, &pow.mant, pow.exp, PREC)
        }
    }

    fn rounded(mant: IBig, exp: i64, sticky: bool, prec: usize) -> Option<BigFloat> {
        let (sign, mut m) = mant.into_parts();
        let mut exp = exp;
        let bits = m.bit_len();
        if bits > prec {
            let drop = bits - prec;
            let half = m.bit(drop - 1);
            let rest = sticky || m.trailing_zeros().is_some_and(|z| z < drop - 1);
            m >>= drop;
            if half && (rest || m.bit(0)) {
                m += UBig::ONE;
            }
            exp += drop as i64;
        }
        let Some(zeros) = m.trailing_zeros() else {
            return Some(BigFloat::zero());
        };
        m >>= zeros;
        exp += zeros as i64;
        let top = exp + m.bit_len() as i64;
        if top > MAX_EXP {
            return None;
        }
        if top < MIN_EXP {
            return Some(BigFloat::zero());
        }
        Some(BigFloat {
            mant: IBig::from_parts(sign, m),
            exp,
        })
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.mant.is_zero()
    }

    /// -1, 0 or 1.
    pub fn sign(&self) -> i32 {
        if self.mant.is_zero() {
            0
        } else if self.mant.sign() == Sign::Negative {
            -1
        } else {
            1
        }
    }

    /// The e with `0.5 <= |self| / 2^e < 1`; 0 for zero.
    pub fn magnitude(&self) -> i64 {
        if self.mant.is_zero() {
            0
        } else {
            self.exp + self.mant.bit_len() as i64
        }
    }

    /// The mantissa scaled to `0.5 <= |m| < 1`, rounded to a double.
    pub fn fraction(&self) -> f64 {
        let (sign, m) = self.mant.clone().into_parts();
        let f = round_ratio(&m, &UBig::ONE, -(m.bit_len() as i64), F64);
        if sign == Sign::Negative { -f } else { f }
    }

    /// Whether it has no fractional part.
    pub fn is_int(&self) -> bool {
        self.exp >= 0
    }

    /// The negated number.
    pub fn neg(&self) -> BigFloat {
        BigFloat {
            mant: -self.mant.clone(),
            exp: self.exp,
        }
    }

    /// The sum.
    pub fn add(&self, o: &BigFloat) -> Option<BigFloat> {
        if self.is_zero() {
            return Some(o.clone());
        }
        if o.is_zero() {
            return Some(self.clone());
        }
        let apart = self.magnitude() - o.magnitude();
        // Less than a sixteenth of the last place: cannot change the rounded sum.
        if apart > PREC as i64 + 4 {
            return Some(self.clone());
        }
        if apart < -(PREC as i64 + 4) {
            return Some(o.clone());
        }
        let exp = self.exp.min(o.exp);
        let a = &self.mant << (self.exp - exp) as usize;
        let b = &o.mant << (o.exp - exp) as usize;
        BigFloat::rounded(a + b, exp, false, PREC)
    }

    /// The difference.
    pub fn sub(&self, o: &BigFloat) -> Option<BigFloat> {
        self.add(&o.neg())
    }

    /// The product.
    pub fn mul(&self, o: &BigFloat) -> Option<BigFloat> {
        BigFloat::rounded(&self.mant * &o.mant, self.exp + o.exp, false, PREC)
    }

    /// The quotient; `o` is not zero.
    pub fn quo(&self, o: &BigFloat) -> Option<BigFloat> {
        divide(&self.mant, self.exp, &o.mant, o.exp, PREC)
    }

    /// The order of two numbers.
    pub fn compare(&self, o: &BigFloat) -> Ordering {
        let (s, t) = (self.sign(), o.sign());
        if s != t || s == 0 {
            return s.cmp(&t);
        }
        let by_size = self.magnitude().cmp(&o.magnitude()).then_with(|| {
            let exp = self.exp.min(o.exp);
            let a = self.mant.clone().unsigned_abs() << (self.exp - exp) as usize;
            let b = o.mant.clone().unsigned_abs() << (o.exp - exp) as usize;
            a.cmp(&b)
        });
        if s < 0 { by_size.reverse() } else { by_size }
    }

    /// The nearest double, infinite if out of range.
    pub fn to_f64(&self) -> f64 {
        self.to_float(F64)
    }

    /// The nearest float32, infinite if out of range.
    pub fn to_f32(&self) -> f32 {
        self.to_float(F32) as f32
    }

    fn to_float(&self, format: Format) -> f64 {
        let (sign, m) = self.mant.clone().into_parts();
        let f = round_ratio(&m, &UBig::ONE, self.exp, format);
        if sign == Sign::Negative { -f } else { f }
    }

    /// The integer it is, or is but for the rounding errors of earlier operations; none for others.
    /// The caller has bounded the magnitude.
    pub fn to_int(&self) -> Option<IBig> {
        if let Some(i) = self.exact_int() {
            return Some(i);
        }
        // As in go/constant: drop four bits, towards zero and away from it, and look again.
        const SHORT: usize = PREC - 4;
        let bits = self.mant.bit_len();
        if bits <= SHORT {
            return None;
        }
        let drop = bits - SHORT;
        let (sign, m) = self.mant.clone().into_parts();
        let down = m >> drop;
        let up = &down + UBig::ONE;
        [down, up].into_iter().find_map(|m| {
            BigFloat::rounded(IBig::from_parts(sign, m), self.exp + drop as i64, false, PREC)?.exact_int()
        })
    }

    fn exact_int(&self) -> Option<IBig> {
        self.is_int().then(|| &self.mant << self.exp as usize)
    }
}

/// `a * 2^ea / (b * 2^eb)`, rounded; b is not zero.
fn divide(a: &IBig, ea: i64, b: &IBig, eb: i64, prec: usize) -> Option<BigFloat> {
    let negative = (a.sign() == Sign::Negative) != (b.sign() == Sign::Negative);
    let b = b.clone().unsigned_abs();
    let shift = (prec + 2 + b.bit_len()).saturating_sub(a.bit_len());
    let n = a.clone().unsigned_abs() << shift;
    let (q, r) = n.div_rem(&b);
    let sign = if negative { Sign::Negative } else { Sign::Positive };
    BigFloat::rounded(
        IBig::from_parts(sign, q),
        ea - eb - shift as i64,
        !r.is_zero(),
        prec,
    )
}

/// `5^n` with `prec` bits.
fn pow5(n: u64, prec: usize) -> Option<BigFloat> {
    let mut result = BigFloat {
        mant: IBig::ONE,
        exp: 0,
    };
    let mut base = BigFloat {
        mant: IBig::from(5),
        exp: 0,
    };
    let mut n = n;
    loop {
        if n & 1 == 1 {
            result = BigFloat::rounded(&result.mant * &base.mant, result.exp + base.exp, false, prec)?;
        }
        n >>= 1;
        if n == 0 {
            return Some(result);
        }
        base = BigFloat::rounded(&base.mant * &base.mant, base.exp + base.exp, false, prec)?;
    }
}

/// A machine format: bits of precision, exponent of the least subnormal, largest exponent.
#[derive(Clone, Copy)]
pub struct Format {
    prec: i64,
    least: i64,
    max: i64,
}

/// IEEE double precision.
pub const F64: Format = Format {
    prec: 53,
    least: -1074,
    max: 1024,
};
/// IEEE single precision.
pub const F32: Format = Format {
    prec: 24,
    least: -149,
    max: 128,
};

/// `num / den * 2^exp` rounded to `format`, ties to even; infinite if out of range.
pub fn round_ratio(num: &UBig, den: &UBig, exp: i64, format: Format) -> f64 {
    if num.is_zero() {
        return 0.0;
    }
    // The value lies in (2^(e-1), 2^(e+1)).
    let e = num.bit_len() as i64 - den.bit_len() as i64 + exp;
    if e > format.max + 1 {
        return f64::INFINITY;
    }
    if e < format.least - 2 {
        return 0.0;
    }
    // Two bits below the last place, and whether anything is below those.
    let unit = (e - format.prec).max(format.least) - 2;
    let shift = exp - unit;
    let (q, r) = if shift >= 0 {
        (num << shift as usize).div_rem(den)
    } else {
        num.clone().div_rem(&(den << (-shift) as usize))
    };
    let sticky = !r.is_zero();
    let q = u64::try_from(q).unwrap_or(u64::MAX);
    let bits = i64::from(64 - q.leading_zeros());
    let drop = (bits - format.prec).max(format.least - unit);
    let half = 1u64 << (drop - 1);
    let low = q & ((half << 1) - 1);
    let mut m = q >> drop;
    if low > half || low == half && (sticky || m & 1 == 1) {
        m += 1;
    }
    let f = m as f64 * pow2(unit + drop);
    if format.max < F64.max && f >= pow2(format.max) {
        f64::INFINITY
    } else {
        f
    }
}

/// 2^e for -1074 <= e <= 1023.
fn pow2(e: i64) -> f64 {
    if e < -1022 {
        f64::from_bits(1 << (e + 1074))
    } else {
        f64::from_bits(((e + 1023) as u64) << 52)
    }
}

/// The absolute value's length in bits.
pub fn bit_len(x: &IBig) -> usize {
    x.clone().abs().bit_len()
}

/// Whether `x` is negative.
pub fn is_negative(x: &IBig) -> bool {
    x.is_negative()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn f(x: f64) -> BigFloat {
        let bits = x.abs().to_bits();
        let (e, m) = ((bits >> 52) as i64, bits & ((1 << 52) - 1));
        let (m, e) = if e == 0 {
            (m, -1074)
        } else {
            (m | 1 << 52, e - 1075)
        };
        let m = IBig::from(m);
        BigFloat::new(if x < 0.0 { -m } else { m }, e).unwrap()
    }

    #[test]
    fn arithmetic_on_doubles_rounds_as_the_machine_does() {
        let values = [
            1.0,
            -1.0,
            0.1,
            3.5e300,
            -7e-300,
            5e-324,
            1.0 / 3.0,
            123456789.125,
            -0.75,
        ];
        for a in values {
            assert_eq!(f(a).to_f64(), a);
            for b in values {
                assert_eq!(f(a).add(&f(b)).unwrap().to_f64(), a + b, "{a} + {b}");
                assert_eq!(f(a).mul(&f(b)).unwrap().to_f64(), a * b, "{a} * {b}");
                assert_eq!(f(a).quo(&f(b)).unwrap().to_f64(), a / b, "{a} / {b}");
                assert_eq!(f(a).compare(&f(b)), a.partial_cmp(&b).unwrap(), "{a} <> {b}");
            }
        }
    }

    #[test]
    fn exponents_are_bounded() {
        let huge = BigFloat::from_decimal(IBig::ONE, 600_000_000).unwrap();
        assert!(huge.mul(&huge).is_none());
        let tiny = BigFloat::from_decimal(IBig::ONE, -600_000_000).unwrap();
        assert!(tiny.mul(&tiny).unwrap().is_zero());
        assert_eq!(huge.add(&tiny).unwrap(), huge);
        assert!(BigFloat::from_decimal(IBig::ONE, i64::MAX).is_none());
        assert!(BigFloat::from_decimal(IBig::ONE, i64::MIN).unwrap().is_zero());
    }
}
