//! Conversions `T(x)`.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};

/// What slices of bytes and runes are converted from and to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chars {
    Bytes,
    Runes,
}

impl Fx<'_> {
    /// `t(x)`; `e` is the whole.
    pub fn conversion(&mut self, e: &Expr, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let from = self.ty_of(x);
        if self.is_nil(x) || self.is_interface(t) {
            return self.expr_as(x, t, dst);
        }
        let (fs, ts) = (self.under(from), self.under(t));
        if let (Some(c), Shape::Basic(to), false) = (self.const_of(x), &ts, self.env.is_empty()) {
            // A constant converted to a type parameter has its default type.
            if let Some(c) = c.represented(*to) {
                return self.constant(&c, t, dst);
            }
        }
        if let (Shape::Basic(f), Shape::Basic(to)) = (&fs, &ts) {
            return self.convert_basic(e, x, *f, *to, t, dst);
        }
        let chars = |fx: &mut Self, s: &Shape| match s {
            Shape::Slice(el) => match fx.basic(*el) {
                Some(Basic::Uint8) => Some(Chars::Bytes),
                Some(Basic::Int32) => Some(Chars::Runes),
                _ => None,
            },
            _ => None,
        };
        let op = match (&fs, &ts) {
            (Shape::Basic(b), _) if b.is_string() => match chars(self, &ts) {
                Some(Chars::Bytes) => Some(Op::StrToBytes),
                Some(Chars::Runes) => Some(Op::StrToRunes),
                None => None,
            },
            (_, Shape::Basic(b)) if b.is_string() => match chars(self, &fs) {
                Some(Chars::Bytes) => Some(Op::BytesToStr),
                Some(Chars::Runes) => Some(Op::RunesToStr),
                None => None,
            },
            _ => None,
        };
        if let Some(op) = op {
            let m = self.b.mark();
            let r = self.expr(x, None);
            self.b.pos = e.span.lo;
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.ab(op, d, r);
            return d;
        }
        match (&fs, &ts) {
            (Shape::Slice(_), Shape::Array(_, n)) => {
                let m = self.b.mark();
                let r = self.expr(x, None);
                self.b.pos = e.span.lo;
                let p = self.b.alloc_ptr();
                self.b.abcx(Op::SlToArr, p, r, 0, *n);
                let d = self.dst(dst, t);
                if *n > 0 {
                    self.load_mem(p, 0, t, d);
                }
                if dst.is_some() {
                    self.b.release(m);
                }
                d
            }
            (Shape::Slice(_), Shape::Pointer(a)) => {
                let Shape::Array(_, n) = self.under(*a) else {
                    return self.expr(x, dst);
                };
                let m = self.b.mark();
                let r = self.expr(x, None);
                self.b.pos = e.span.lo;
                self.b.release(m);
                let d = self.dst(dst, t);
                self.b.abcx(Op::SlToArr, d, r, 0, n);
                d
            }
            (Shape::Basic(Basic::UnsafePointer), Shape::Pointer(_)) => {
                self.unsupported(e.span, "conversion of unsafe.Pointer to another pointer type is not supported: mgo has no raw memory");
                self.dst(dst, t)
            }
            // The same in registers and memory.
            _ => self.expr(x, dst),
        }
    }

    fn convert_basic(&mut self, e: &Expr, x: &Expr, f: Basic, to: Basic, t: Ty, dst: Option<Reg>) -> Reg {
        if to == Basic::UnsafePointer && f != to {
            self.unsupported(
                e.span,
                "conversion of an integer to unsafe.Pointer is not supported: mgo has no raw memory",
            );
            return self.dst(dst, t);
        }
        let m = self.b.mark();
        if to.is_string() && f.is_integer() {
            let r = self.expr(x, None);
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.ab(Op::RuneToStr, d, r);
            return d;
        }
        let ops = number_conversion(f, to);
        if ops.is_empty() {
            return self.expr(x, dst);
        }
        let r = self.expr(x, None);
        self.b.release(m);
        let d = self.dst(dst, t);
        let mut from = r;
        let complex = f.is_complex();
        for op in ops {
            self.b.ab(op, d, from);
            if complex {
                self.b.ab(op, d + 1, from + 1);
            }
            from = d;
        }
        d
    }
}

/// The instructions that convert a number, in order.
fn number_conversion(f: Basic, t: Basic) -> Vec<Op> {
    let f = f.canonical();
    let t = t.canonical();
    if f == t {
        return Vec::new();
    }
    if f.is_complex() {
        return match t {
            Basic::Complex64 => vec![Op::F64ToF32],
            _ => vec![Op::F32ToF64],
        };
    }
    if f.is_integer() && t.is_integer() {
        let fits = match (bits(f), bits(t)) {
            (_, 64) => true,
            (a, b) if a < b => f.is_unsigned() || !t.is_unsigned(),
            (a, b) => a == b && f.is_unsigned() == t.is_unsigned(),
        };
        return if fits {
            Vec::new()
        } else {
            Fx::extension(t).into_iter().collect()
        };
    }
    if f.is_integer() {
        return vec![match (f.is_unsigned(), t) {
            (false, Basic::Float32) => Op::I64ToF32,
            (true, Basic::Float32) => Op::U64ToF32,
            (false, _) => Op::I64ToF64,
            (true, _) => Op::U64ToF64,
        }];
    }
    if t.is_integer() {
        // As Go does on amd64: through int32 where that holds the type, else through int64.
        let single = f == Basic::Float32;
        let mut ops = vec![match (t, bits(t), t.is_unsigned()) {
            (_, 64, true) if single => Op::F32ToU64,
            (_, 64, true) => Op::F64ToU64,
            (Basic::Uint32, ..) | (_, 64, _) if single => Op::F32ToI64,
            (Basic::Uint32, ..) | (_, 64, _) => Op::F64ToI64,
            _ if single => Op::F32ToI32,
            _ => Op::F64ToI32,
        }];
        ops.extend(Fx::extension(t).filter(|_| t != Basic::Int32));
        return ops;
    }
    match (f, t) {
        (Basic::Float64, Basic::Float32) => vec![Op::F64ToF32],
        (Basic::Float32, Basic::Float64) => vec![Op::F32ToF64],
        _ => Vec::new(),
    }
}

fn bits(b: Basic) -> u32 {
    match b {
        Basic::Int8 | Basic::Uint8 => 8,
        Basic::Int16 | Basic::Uint16 => 16,
        Basic::Int32 | Basic::Uint32 => 32,
        _ => 64,
    }
}
