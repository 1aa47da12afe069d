//! Constant values of arbitrary precision, after `go/constant`.
//!
//! Numbers are kept in the smallest form that holds them: a small integer in the word itself, a big
//! one or a fraction on the heap, and only what is too large or small for a fraction as a float of 512
//! bits. Once a value is such a float it stays one, as in Go, so both round the same.
//!
//! Every operation takes any operands: what makes no sense, and what is beyond all bounds, is
//! [`Constant::Unknown`], which the checker has reported or reports.

mod bigfloat;
mod literal;
mod ops;
mod string;
mod text;

use std::sync::Arc;

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

pub use bigfloat::BigFloat;
pub use string::ConstStr;
pub use text::quote;

use crate::types::ty::Basic;

/// A constant's value. Numbers are kept in the smallest form that holds them exactly.
#[derive(Clone, Debug)]
pub enum Constant {
    /// Unknown because of an error.
    Unknown,
    /// A boolean.
    Bool(bool),
    /// A string: any bytes.
    Str(ConstStr),
    /// An integer.
    Int(i64),
    /// An integer that does not fit 64 bits signed.
    Big(Arc<IBig>),
    /// A fraction, perhaps a whole one; of type float.
    Rat(Arc<RBig>),
    /// A number out of a fraction's bounds.
    Float(Arc<BigFloat>),
    /// Real and imaginary part.
    Complex(Arc<(Constant, Constant)>),
}

/// What sort of value a constant is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ConstKind {
    /// Not known.
    Unknown,
    /// A boolean.
    Bool,
    /// A string.
    Str,
    /// An integer.
    Int,
    /// A float.
    Float,
    /// A complex number.
    Complex,
}

/// Equal for constants that are equal, whatever their kind of number: 1, 1.0 and 1+0i.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ConstKey {
    /// A boolean.
    Bool(bool),
    /// A string.
    Str(Arc<[u8]>),
    /// An integer of 64 bits.
    Int(i64),
    /// A larger integer.
    Big(IBig),
    /// A float's bits.
    Float(u64),
    /// A complex number's bits.
    Complex(u64, u64),
}

/// Fractions have numerator and denominator below this many bits.
const MAX_BITS: i64 = 4 << 10;

impl Constant {
    /// The constant string `s`.
    pub fn string(s: impl Into<Arc<[u8]>>) -> Constant {
        Constant::Str(ConstStr::new(s))
    }

    /// The integer `x` in its smallest form.
    pub fn from_big(x: IBig) -> Constant {
        match i64::try_from(&x) {
            Ok(i) => Constant::Int(i),
            Err(_) => Constant::Big(Arc::new(x)),
        }
    }

    /// The integer `x`.
    pub fn from_u64(x: u64) -> Constant {
        match i64::try_from(x) {
            Ok(i) => Constant::Int(i),
            Err(_) => Constant::Big(Arc::new(IBig::from(x))),
        }
    }

    /// The float `x`; unknown if not finite.
    pub fn from_f64(x: f64) -> Constant {
        if !x.is_finite() {
            return Constant::Unknown;
        }
        let bits = x.abs().to_bits();
        let (e, m) = ((bits >> 52) as i64, bits & ((1 << 52) - 1));
        let (m, e) = if e == 0 {
            (m, -1074)
        } else {
            (m | 1 << 52, e - 1075)
        };
        if m == 0 {
            return Constant::rat(RBig::ZERO);
        }
        let zeros = m.trailing_zeros();
        let (m, e) = (IBig::from(m >> zeros), e + i64::from(zeros));
        let m = if x < 0.0 { -m } else { m };
        // m is odd: the fraction is in lowest terms.
        Constant::rat(if e >= 0 {
            RBig::from(m << e as usize)
        } else {
            RBig::from_parts(m, UBig::ONE << (-e) as usize)
        })
    }

    fn rat(r: RBig) -> Constant {
        Constant::Rat(Arc::new(r))
    }

    /// A fraction, or a float if its parts are too long.
    fn from_ratio(r: RBig) -> Constant {
        use dashu_base::BitTest;
        let small = |n: usize| (n as i64) < MAX_BITS;
        if small(bigfloat::bit_len(r.numerator())) && small(r.denominator().bit_len()) {
            return Constant::rat(r);
        }
        Constant::from_float(BigFloat::from_ratio(r.numerator(), r.denominator()))
    }

    fn from_float(f: Option<BigFloat>) -> Constant {
        f.map_or(Constant::Unknown, |f| Constant::Float(Arc::new(f)))
    }

    /// The complex number `re + im i`.
    pub fn complex(re: Constant, im: Constant) -> Constant {
        if re.is_unknown() || im.is_unknown() {
            return Constant::Unknown;
        }
        Constant::Complex(Arc::new((re, im)))
    }

    /// What sort of value it is.
    pub fn kind(&self) -> ConstKind {
        match self {
            Constant::Unknown => ConstKind::Unknown,
            Constant::Bool(_) => ConstKind::Bool,
            Constant::Str(_) => ConstKind::Str,
            Constant::Int(_) | Constant::Big(_) => ConstKind::Int,
            Constant::Rat(_) | Constant::Float(_) => ConstKind::Float,
            Constant::Complex(_) => ConstKind::Complex,
        }
    }

    /// Whether it is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Constant::Unknown)
    }

    /// The boolean; false for all else.
    pub fn as_bool(&self) -> bool {
        matches!(self, Constant::Bool(true))
    }

    /// The string's bytes; empty for all else.
    pub fn as_bytes(&self) -> Arc<[u8]> {
        match self {
            Constant::Str(s) => s.bytes().clone(),
            _ => Arc::from([]),
        }
    }

    /// The string's length; 0 for all else.
    pub fn str_len(&self) -> usize {
        match self {
            Constant::Str(s) => s.len(),
            _ => 0,
        }
    }

    /// The value as a signed integer: the low 64 bits of a whole number, 0 for all else.
    pub fn as_i64(&self) -> i64 {
        match self {
            Constant::Int(i) => *i,
            Constant::Big(b) => low_bits(b) as i64,
            _ => match self.to_int() {
                Constant::Int(i) => i,
                Constant::Big(b) => low_bits(&b) as i64,
                _ => 0,
            },
        }
    }

    /// Like [`Constant::as_i64`], unsigned.
    pub fn as_u64(&self) -> u64 {
        self.as_i64() as u64
    }

    /// The integer, if it is one that fits.
    pub fn exact_i64(&self) -> Option<i64> {
        match self {
            Constant::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// The integer, if it is one that fits.
    pub fn exact_u64(&self) -> Option<u64> {
        match self {
            Constant::Int(i) => u64::try_from(*i).ok(),
            Constant::Big(b) => u64::try_from(&**b).ok(),
            _ => None,
        }
    }

    /// The nearest double of a real number, infinite if out of range; 0 for all else.
    pub fn as_f64(&self) -> f64 {
        match self {
            Constant::Int(i) => *i as f64,
            Constant::Big(b) => ratio_to_float(b, &UBig::ONE, bigfloat::F64),
            Constant::Rat(r) => ratio_to_float(r.numerator(), r.denominator(), bigfloat::F64),
            Constant::Float(f) => f.to_f64(),
            Constant::Complex(c) => c.0.as_f64(),
            _ => 0.0,
        }
    }

    /// The nearest float32 of a real number, infinite if out of range; 0 for all else.
    pub fn as_f32(&self) -> f32 {
        match self {
            Constant::Int(i) => *i as f32,
            Constant::Big(b) => ratio_to_float(b, &UBig::ONE, bigfloat::F32) as f32,
            Constant::Rat(r) => ratio_to_float(r.numerator(), r.denominator(), bigfloat::F32) as f32,
            Constant::Float(f) => f.to_f32(),
            Constant::Complex(c) => c.0.as_f32(),
            _ => 0.0,
        }
    }

    /// Real and imaginary part of a number as doubles.
    pub fn as_complex(&self) -> (f64, f64) {
        match self {
            Constant::Complex(c) => (c.0.as_f64(), c.1.as_f64()),
            _ => (self.as_f64(), 0.0),
        }
    }

    /// The real part; itself for real numbers.
    pub fn real(&self) -> Constant {
        match self {
            Constant::Complex(c) => c.0.clone(),
            Constant::Bool(_) | Constant::Str(_) => Constant::Unknown,
            x => x.clone(),
        }
    }

    /// The imaginary part; 0 for real numbers.
    pub fn imag(&self) -> Constant {
        match self {
            Constant::Complex(c) => c.1.clone(),
            Constant::Bool(_) | Constant::Str(_) | Constant::Unknown => Constant::Unknown,
            _ => Constant::Int(0),
        }
    }

    /// -1, 0 or 1; for a complex number 0 only if it is zero; 1 for what is no number.
    pub fn sign(&self) -> i32 {
        match self {
            Constant::Int(i) => i.signum() as i32,
            Constant::Big(b) => sign_of(b),
            Constant::Rat(r) => sign_of(r.numerator()),
            Constant::Float(f) => f.sign(),
            Constant::Complex(c) => c.0.sign() | c.1.sign(),
            _ => 1,
        }
    }

    /// Bits of an integer's absolute value; 0 for all else.
    pub fn bit_len(&self) -> usize {
        match self {
            Constant::Int(i) => 64 - i.unsigned_abs().leading_zeros() as usize,
            Constant::Big(b) => bigfloat::bit_len(b),
            _ => 0,
        }
    }

    /// The integer it is equal to, or unknown.
    pub fn to_int(&self) -> Constant {
        match self {
            Constant::Int(_) | Constant::Big(_) => self.clone(),
            Constant::Rat(r) if r.is_int() => Constant::from_big(r.numerator().clone()),
            Constant::Float(f) if f.magnitude().abs() < MAX_BITS => {
                f.to_int().map_or(Constant::Unknown, Constant::from_big)
            }
            Constant::Complex(_) => match self.to_float() {
                Constant::Complex(_) | Constant::Unknown => Constant::Unknown,
                re => re.to_int(),
            },
            _ => Constant::Unknown,
        }
    }

    /// The float it is equal to, or unknown.
    pub fn to_float(&self) -> Constant {
        match self {
            Constant::Int(i) => Constant::rat(RBig::from(*i)),
            Constant::Big(b) if (bigfloat::bit_len(b) as i64) < MAX_BITS => {
                Constant::rat(RBig::from(IBig::clone(b)))
            }
            Constant::Big(b) => Constant::from_float(BigFloat::new(IBig::clone(b), 0)),
            Constant::Rat(_) | Constant::Float(_) => self.clone(),
            Constant::Complex(c) if c.1.sign() == 0 => c.0.to_float(),
            _ => Constant::Unknown,
        }
    }

    /// The complex number it is equal to, or unknown.
    pub fn to_complex(&self) -> Constant {
        match self {
            Constant::Complex(_) => self.clone(),
            Constant::Bool(_) | Constant::Str(_) | Constant::Unknown => Constant::Unknown,
            x => Constant::complex(x.clone(), Constant::Int(0)),
        }
    }

    /// The value as type `b` holds it (rounded, for floats); none if `b` cannot hold it. Unknown stays
    /// unknown, so that nothing is reported twice.
    pub fn represented(&self, b: Basic) -> Option<Constant> {
        if self.is_unknown() {
            return Some(Constant::Unknown);
        }
        let b = b.canonical();
        if b.is_integer() {
            return match self {
                Constant::Int(i) => int_fits(*i, b).then(|| self.clone()),
                _ => {
                    let i = self.to_int();
                    let fits = match &i {
                        Constant::Int(i) => int_fits(*i, b),
                        Constant::Big(n) => match b {
                            Basic::UntypedInt | Basic::UntypedRune => true,
                            Basic::Uint | Basic::Uintptr | Basic::Uint64 => u64::try_from(&**n).is_ok(),
                            _ => false,
                        },
                        _ => false,
                    };
                    fits.then_some(i)
                }
            };
        }
        match b {
            Basic::Float32 | Basic::Float64 | Basic::UntypedFloat => {
                let f = self.to_float();
                if f.is_unknown() { None } else { round_float(&f, b) }
            }
            Basic::Complex64 | Basic::Complex128 | Basic::UntypedComplex => {
                let Constant::Complex(c) = self.to_complex() else {
                    return None;
                };
                let part = match b {
                    Basic::Complex64 => Basic::Float32,
                    Basic::Complex128 => Basic::Float64,
                    _ => return Some(self.clone()),
                };
                Some(Constant::complex(
                    round_float(&c.0, part)?,
                    round_float(&c.1, part)?,
                ))
            }
            _ if b.is_string() => (self.kind() == ConstKind::Str).then(|| self.clone()),
            _ if b.is_boolean() => (self.kind() == ConstKind::Bool).then(|| self.clone()),
            _ => None,
        }
    }

    /// A key by which equal constants are found; none for unknown.
    pub fn key(&self) -> Option<ConstKey> {
        Some(match self {
            Constant::Unknown => return None,
            Constant::Bool(b) => ConstKey::Bool(*b),
            Constant::Str(s) => ConstKey::Str(s.bytes().clone()),
            Constant::Int(i) => ConstKey::Int(*i),
            Constant::Big(b) => ConstKey::Big(IBig::clone(b)),
            Constant::Rat(_) | Constant::Float(_) => match self.to_int() {
                Constant::Unknown => ConstKey::Float(self.as_f64().to_bits()),
                i => return i.key(),
            },
            Constant::Complex(c) if c.1.sign() == 0 => return c.0.key(),
            Constant::Complex(c) => ConstKey::Complex(c.0.as_f64().to_bits(), c.1.as_f64().to_bits()),
        })
    }
}

/// Whether integer type `b` holds `i`.
fn int_fits(i: i64, b: Basic) -> bool {
    match b {
        Basic::Int8 => i8::try_from(i).is_ok(),
        Basic::Int16 => i16::try_from(i).is_ok(),
        Basic::Int32 => i32::try_from(i).is_ok(),
        Basic::Uint8 => u8::try_from(i).is_ok(),
        Basic::Uint16 => u16::try_from(i).is_ok(),
        Basic::Uint32 => u32::try_from(i).is_ok(),
        Basic::Uint | Basic::Uint64 | Basic::Uintptr => i >= 0,
        _ => true,
    }
}

/// `x`, a real number, rounded to float type `b`.
fn round_float(x: &Constant, b: Basic) -> Option<Constant> {
    let f = match b {
        Basic::Float32 => f64::from(x.as_f32()),
        Basic::Float64 => x.as_f64(),
        _ => return Some(x.clone()),
    };
    f.is_finite().then(|| Constant::from_f64(f))
}

fn ratio_to_float(num: &IBig, den: &UBig, format: bigfloat::Format) -> f64 {
    let (sign, n) = num.clone().into_parts();
    let f = bigfloat::round_ratio(&n, den, 0, format);
    if sign == dashu_base::Sign::Negative { -f } else { f }
}

/// The low 64 bits in two's complement.
fn low_bits(b: &IBig) -> u64 {
    let (sign, words) = b.as_sign_words();
    let low = words.first().map_or(0, |w| *w);
    if sign == dashu_base::Sign::Negative {
        low.wrapping_neg()
    } else {
        low
    }
}

fn sign_of(b: &IBig) -> i32 {
    if b.is_zero() {
        0
    } else if bigfloat::is_negative(b) {
        -1
    } else {
        1
    }
}

#[cfg(test)]
mod tests;
