//! Operators on constants.

use std::cmp::Ordering;
use std::sync::Arc;

use dashu_int::IBig;
use dashu_ratio::RBig;

use super::{BigFloat, ConstKind, Constant};
use crate::syntax::ast::{BinaryOp, UnaryOp};

impl Constant {
    /// `op self`. A `bits` above 0 is the width of the unsigned type that `^` works in.
    pub fn unary(&self, op: UnaryOp, bits: u32) -> Constant {
        match op {
            UnaryOp::Plus if self.kind() >= ConstKind::Int => self.clone(),
            UnaryOp::Neg => match self {
                Constant::Int(i) => match i.checked_neg() {
                    Some(n) => Constant::Int(n),
                    None => Constant::from_big(-IBig::from(*i)),
                },
                Constant::Big(b) => Constant::from_big(-IBig::clone(b)),
                Constant::Rat(r) => Constant::rat(-RBig::clone(r)),
                Constant::Float(f) => Constant::Float(Arc::new(f.neg())),
                Constant::Complex(c) => Constant::complex(c.0.unary(op, 0), c.1.unary(op, 0)),
                _ => Constant::Unknown,
            },
            UnaryOp::BitNot => match self {
                Constant::Int(i) if bits == 0 => Constant::Int(!i),
                Constant::Int(_) | Constant::Big(_) if bits > 0 => {
                    let low = !self.as_u64();
                    Constant::from_u64(if bits < 64 { low & ((1 << bits) - 1) } else { low })
                }
                Constant::Big(b) => Constant::from_big(!IBig::clone(b)),
                _ => Constant::Unknown,
            },
            UnaryOp::Not => match self {
                Constant::Bool(b) => Constant::Bool(!b),
                _ => Constant::Unknown,
            },
            _ => Constant::Unknown,
        }
    }

    /// `self op y`, neither comparison nor shift. `integer` asks for the truncated quotient of integers
    /// instead of a fraction.
    pub fn binary(&self, op: BinaryOp, y: &Constant, integer: bool) -> Constant {
        match (self, y) {
            (Constant::Int(a), Constant::Int(b)) => int_op(*a, op, *b, integer),
            (Constant::Bool(a), Constant::Bool(b)) => match op {
                BinaryOp::LAnd => Constant::Bool(*a && *b),
                BinaryOp::LOr => Constant::Bool(*a || *b),
                _ => Constant::Unknown,
            },
            (Constant::Str(a), Constant::Str(b)) if op == BinaryOp::Add => Constant::Str(a.concat(b)),
            _ => match rank(self).max(rank(y)) {
                _ if rank(self) == 0 || rank(y) == 0 => Constant::Unknown,
                1 | 2 => big_op(&to_big(self), op, &to_big(y), integer),
                3 => rat_op(&to_rat(self), op, &to_rat(y)),
                4 => float_op(self, op, y),
                _ => complex_op(self, op, y),
            },
        }
    }

    /// `self << count` or `self >> count` of an integer. The caller has bounded `count`.
    pub fn shift(&self, op: BinaryOp, count: u32) -> Constant {
        match (self, op) {
            (Constant::Int(i), BinaryOp::Shr) => Constant::Int(i >> count.min(63)),
            (Constant::Int(i), BinaryOp::Shl) => match i.checked_mul(1i64.checked_shl(count).unwrap_or(0)) {
                Some(r) if count < 63 => Constant::Int(r),
                _ => Constant::from_big(IBig::from(*i) << count as usize),
            },
            (Constant::Big(b), BinaryOp::Shr) => Constant::from_big(IBig::clone(b) >> count as usize),
            (Constant::Big(b), BinaryOp::Shl) => Constant::from_big(IBig::clone(b) << count as usize),
            _ => Constant::Unknown,
        }
    }

    /// `self op y` of a comparison operator; false if either is unknown.
    pub fn compare(&self, op: BinaryOp, y: &Constant) -> bool {
        let order = match (self, y) {
            (Constant::Int(a), Constant::Int(b)) => a.cmp(b),
            (Constant::Bool(a), Constant::Bool(b)) => a.cmp(b),
            (Constant::Str(a), Constant::Str(b)) => match op {
                BinaryOp::Eq | BinaryOp::Ne if a.len() != b.len() => Ordering::Less,
                _ => a.compare(b),
            },
            _ => match rank(self).max(rank(y)) {
                _ if rank(self) == 0 || rank(y) == 0 => return false,
                1 | 2 => to_big(self).cmp(&to_big(y)),
                3 => to_rat(self).cmp(&to_rat(y)),
                4 => match (to_bigfloat(self), to_bigfloat(y)) {
                    (Some(a), Some(b)) => a.compare(&b),
                    _ => return false,
                },
                _ => {
                    let same = self.real().compare(BinaryOp::Eq, &y.real())
                        && self.imag().compare(BinaryOp::Eq, &y.imag());
                    if same { Ordering::Equal } else { Ordering::Less }
                }
            },
        };
        match op {
            BinaryOp::Eq => order.is_eq(),
            BinaryOp::Ne => order.is_ne(),
            BinaryOp::Lt => order.is_lt(),
            BinaryOp::Le => order.is_le(),
            BinaryOp::Gt => order.is_gt(),
            BinaryOp::Ge => order.is_ge(),
            _ => false,
        }
    }
}

/// Numbers by the form that holds both operands; 0 for what is no number.
fn rank(x: &Constant) -> u8 {
    match x {
        Constant::Int(_) => 1,
        Constant::Big(_) => 2,
        Constant::Rat(_) => 3,
        Constant::Float(_) => 4,
        Constant::Complex(_) => 5,
        _ => 0,
    }
}

fn to_big(x: &Constant) -> IBig {
    match x {
        Constant::Int(i) => IBig::from(*i),
        Constant::Big(b) => IBig::clone(b),
        _ => IBig::ZERO,
    }
}

fn to_rat(x: &Constant) -> RBig {
    match x {
        Constant::Rat(r) => RBig::clone(r),
        _ => RBig::from(to_big(x)),
    }
}

fn to_bigfloat(x: &Constant) -> Option<BigFloat> {
    match x {
        Constant::Float(f) => Some(BigFloat::clone(f)),
        Constant::Rat(r) => BigFloat::from_ratio(r.numerator(), r.denominator()),
        _ => BigFloat::new(to_big(x), 0),
    }
}

fn int_op(a: i64, op: BinaryOp, b: i64, integer: bool) -> Constant {
    let small = match op {
        BinaryOp::Add => a.checked_add(b),
        BinaryOp::Sub => a.checked_sub(b),
        BinaryOp::Mul => a.checked_mul(b),
        BinaryOp::Div if integer => a.checked_div(b),
        BinaryOp::Rem if b == -1 => Some(0),
        BinaryOp::Rem => a.checked_rem(b),
        BinaryOp::And => Some(a & b),
        BinaryOp::Or => Some(a | b),
        BinaryOp::Xor => Some(a ^ b),
        BinaryOp::AndNot => Some(a & !b),
        _ => None,
    };
    match small {
        Some(c) => Constant::Int(c),
        None => big_op(&IBig::from(a), op, &IBig::from(b), integer),
    }
}

fn big_op(a: &IBig, op: BinaryOp, b: &IBig, integer: bool) -> Constant {
    Constant::from_big(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div | BinaryOp::Rem if b.is_zero() => return Constant::Unknown,
        BinaryOp::Div if integer => a / b,
        BinaryOp::Div => return Constant::from_ratio(RBig::from_parts_signed(a.clone(), b.clone())),
        BinaryOp::Rem => a % b,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::AndNot => a & !b.clone(),
        _ => return Constant::Unknown,
    })
}

fn rat_op(a: &RBig, op: BinaryOp, b: &RBig) -> Constant {
    Constant::from_ratio(match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div if !b.is_zero() => a / b,
        _ => return Constant::Unknown,
    })
}

fn float_op(a: &Constant, op: BinaryOp, b: &Constant) -> Constant {
    let (Some(a), Some(b)) = (to_bigfloat(a), to_bigfloat(b)) else {
        return Constant::Unknown;
    };
    Constant::from_float(match op {
        BinaryOp::Add => a.add(&b),
        BinaryOp::Sub => a.sub(&b),
        BinaryOp::Mul => a.mul(&b),
        BinaryOp::Div if !b.is_zero() => a.quo(&b),
        _ => return Constant::Unknown,
    })
}

fn complex_op(x: &Constant, op: BinaryOp, y: &Constant) -> Constant {
    let (a, b, c, d) = (&x.real(), &x.imag(), &y.real(), &y.imag());
    let calc = |a: &Constant, op, b: &Constant| a.binary(op, b, false);
    let mul = |a: &Constant, b: &Constant| calc(a, BinaryOp::Mul, b);
    match op {
        BinaryOp::Add | BinaryOp::Sub => Constant::complex(calc(a, op, c), calc(b, op, d)),
        BinaryOp::Mul => Constant::complex(
            calc(&mul(a, c), BinaryOp::Sub, &mul(b, d)),
            calc(&mul(b, c), BinaryOp::Add, &mul(a, d)),
        ),
        BinaryOp::Div => {
            let s = calc(&mul(c, c), BinaryOp::Add, &mul(d, d));
            if s.sign() == 0 {
                return Constant::Unknown;
            }
            let re = calc(&mul(a, c), BinaryOp::Add, &mul(b, d));
            let im = calc(&mul(b, c), BinaryOp::Sub, &mul(a, d));
            Constant::complex(calc(&re, BinaryOp::Div, &s), calc(&im, BinaryOp::Div, &s))
        }
        _ => Constant::Unknown,
    }
}
