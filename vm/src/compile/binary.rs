//! Arithmetic and comparison as values; comparison as a condition is in `cond`.

use mgo_lang::source::Span;
use mgo_lang::syntax::ast::*;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};

/// How an arithmetic operator is carried out on a type.
struct Arith {
    /// On two registers.
    op: Op,
    /// On a register and an immediate.
    imm: Option<Op>,
    /// Whether the result must be cut to the type's width.
    cut: bool,
}

fn arith(op: BinaryOp, b: Basic) -> Arith {
    use BinaryOp::*;
    let with = |op, imm: Op, cut| Arith {
        op,
        imm: Some(imm),
        cut,
    };
    let plain = |op| Arith {
        op,
        imm: None,
        cut: false,
    };
    let narrow = Fx::extension(b).is_some();
    match b {
        Basic::Float64 | Basic::UntypedFloat => {
            return plain(match op {
                Add => Op::AddF64,
                Sub => Op::SubF64,
                Mul => Op::MulF64,
                _ => Op::DivF64,
            });
        }
        Basic::Float32 => {
            return plain(match op {
                Add => Op::AddF32,
                Sub => Op::SubF32,
                Mul => Op::MulF32,
                _ => Op::DivF32,
            });
        }
        Basic::Complex128 | Basic::UntypedComplex => {
            return plain(match op {
                Add => Op::AddC128,
                Sub => Op::SubC128,
                Mul => Op::MulC128,
                _ => Op::DivC128,
            });
        }
        Basic::Complex64 => {
            return plain(match op {
                Add => Op::AddC64,
                Sub => Op::SubC64,
                Mul => Op::MulC64,
                _ => Op::DivC64,
            });
        }
        _ => {}
    }
    let unsigned = b.is_unsigned();
    match (op, b) {
        (Add, Basic::Int32) => with(Op::AddI32, Op::AddI32I, false),
        (Add, Basic::Uint32) => with(Op::AddU32, Op::AddU32I, false),
        (Add, Basic::Uint8) => with(Op::AddU8, Op::AddU8I, false),
        (Add, _) => with(Op::AddI64, Op::AddI64I, narrow),
        (Sub, Basic::Int32) => with(Op::SubI32, Op::AddI32I, false),
        (Sub, Basic::Uint32) => with(Op::SubU32, Op::AddU32I, false),
        (Sub, Basic::Uint8) => with(Op::SubU8, Op::AddU8I, false),
        (Sub, _) => with(Op::SubI64, Op::AddI64I, narrow),
        (Mul, Basic::Int32) => with(Op::MulI32, Op::MulI32I, false),
        (Mul, Basic::Uint32) => with(Op::MulU32, Op::MulU32I, false),
        (Mul, _) => with(Op::MulI64, Op::MulI64I, narrow),
        (Div, _) if unsigned => with(Op::DivU64, Op::DivU64I, false),
        (Div, _) => with(Op::DivI64, Op::DivI64I, narrow),
        (Rem, _) if unsigned => with(Op::RemU64, Op::RemU64I, false),
        (Rem, _) => with(Op::RemI64, Op::RemI64I, false),
        (And, _) => with(Op::And, Op::AndI, false),
        (Or, _) => with(Op::Or, Op::OrI, false),
        (Xor, _) => with(Op::Xor, Op::XorI, false),
        (AndNot, _) => with(Op::AndNot, Op::AndI, false),
        (Shl, Basic::Int32) => with(Op::ShlI32, Op::ShlI32I, false),
        (Shl, Basic::Uint32) => with(Op::ShlU32, Op::ShlU32I, false),
        (Shl, _) => with(Op::Shl, Op::ShlI, narrow),
        (Shr, _) if unsigned => with(Op::ShrU, Op::ShrUI, false),
        _ => with(Op::ShrI, Op::ShrII, false),
    }
}

/// What multiplying, dividing by a power of two comes down to: the instruction that stands for `op` with
/// immediate `v`.
fn reduced(op: Op, v: i16) -> Option<(Op, u16)> {
    let unsigned = v as u16;
    let log = unsigned.trailing_zeros() as u16;
    if !unsigned.is_power_of_two() || log == 0 {
        return None;
    }
    match op {
        Op::DivU64I => return Some((Op::ShrUI, log)),
        Op::RemU64I => return Some((Op::AndI, unsigned - 1)),
        _ if v < 0 => return None,
        _ => {}
    }
    Some(match op {
        Op::MulI64I => (Op::ShlI, log),
        Op::DivI64I => (Op::DivI64P, log),
        Op::RemI64I => (Op::RemI64P, log),
        _ => return None,
    })
}

impl Fx<'_> {
    /// The value of `x op y`; `e` is the whole.
    #[allow(
        clippy::too_many_arguments,
        reason = "the parts of the node it was matched from"
    )]
    pub fn binary(
        &mut self,
        e: &Expr,
        op: BinaryOp,
        at: Span,
        x: &Expr,
        y: &Expr,
        t: Ty,
        dst: Option<Reg>,
    ) -> Reg {
        use BinaryOp::*;
        match op {
            LAnd | LOr => return self.bool_value(e, dst),
            Eq | Ne | Lt | Le | Gt | Ge => return self.comparison(e, op, x, y, dst),
            Add if self.is_string(t) => return self.concat(e, t, dst),
            _ => {}
        }
        let b = self.basic(t).unwrap_or(Basic::Int);
        let m = self.b.mark();
        if let Some(d) = self.fused_multiply(op, b, x, y, dst, t) {
            return d;
        }
        let l = match self.commuted(op, b, x, y) {
            Some((v, other)) => {
                let l = self.expr(other, None);
                self.b.pos = at.lo;
                self.b.release(m);
                let d = self.dst(dst, t);
                let imm = arith(op, b)
                    .imm
                    .expect("operators that commute have an immediate form");
                let (imm, v) = reduced(imm, v).unwrap_or((imm, v as u16));
                self.b.abc(imm, d, l, v);
                if arith(op, b).cut {
                    self.extend(d, b);
                }
                return d;
            }
            None => self.expr(x, None),
        };
        self.arith_with(op, b, l, y, at, m, t, dst)
    }

    /// A constant left operand that may change sides.
    fn commuted<'e>(&mut self, op: BinaryOp, b: Basic, x: &'e Expr, y: &'e Expr) -> Option<(i16, &'e Expr)> {
        use BinaryOp::*;
        if !b.is_integer() || !matches!(op, Add | Mul | And | Or | Xor) {
            return None;
        }
        Some((self.imm16(x)?, y))
    }

    /// `l op y` where `l` is in a register; `m` is where temporaries begin.
    #[allow(
        clippy::too_many_arguments,
        reason = "shared by binary operations and op-assignments"
    )]
    pub fn arith_with(
        &mut self,
        op: BinaryOp,
        b: Basic,
        l: Reg,
        y: &Expr,
        at: Span,
        m: u32,
        t: Ty,
        dst: Option<Reg>,
    ) -> Reg {
        use BinaryOp::*;
        let how = arith(op, b);
        if b.is_integer()
            && let Some(v) = self.immediate(op, b, y)
        {
            self.b.pos = at.lo;
            self.b.release(m);
            let d = self.dst(dst, t);
            let imm = how.imm.expect("integer operators have an immediate form");
            match (op, v, reduced(imm, v)) {
                (Div, 1, _) => self.b.mov(d, l),
                (_, _, Some((cheap, k))) => self.b.abc(cheap, d, l, k),
                _ => self.b.abc(imm, d, l, v as u16),
            }
            if how.cut {
                self.extend(d, b);
            }
            return d;
        }
        let r = if matches!(op, Shl | Shr) {
            self.shift_count(y)
        } else {
            self.expr(y, None)
        };
        self.b.pos = at.lo;
        self.b.release(m);
        let d = self.dst(dst, t);
        self.b.abc(how.op, d, l, r);
        if how.cut {
            self.extend(d, b);
        }
        d
    }

    /// `l op r` on registers.
    pub fn arith_regs(&mut self, op: BinaryOp, t: Ty, d: Reg, l: Reg, r: Reg) {
        let b = self.basic(t).unwrap_or(Basic::Int);
        if b.is_string() {
            return self.b.abc(Op::Concat, d, l, r);
        }
        let how = arith(op, b);
        self.b.abc(how.op, d, l, r);
        if how.cut {
            self.extend(d, b);
        }
    }

    /// The immediate that stands for right operand `y`.
    fn immediate(&mut self, op: BinaryOp, b: Basic, y: &Expr) -> Option<i16> {
        use BinaryOp::*;
        let w = match op {
            // A shift count has a type of its own.
            Shl | Shr => {
                let n = self.const_of(y)?.exact_u64()?;
                let max = if op == Shl || b.is_unsigned() { 64 } else { 63 };
                return if n < 64 {
                    Some(n as i16)
                } else if max == 63 {
                    Some(63)
                } else {
                    None
                };
            }
            _ => self.word_of(y)? as i64,
        };
        let w = match op {
            Sub => w.checked_neg()?,
            AndNot => !w,
            Div | Rem if w == 0 => return None,
            Div | Rem if b.is_unsigned() => return u16::try_from(w).ok().map(|v| v as i16),
            _ => w,
        };
        i16::try_from(w).ok()
    }

    /// The count of a shift, checked not to be negative.
    fn shift_count(&mut self, y: &Expr) -> Reg {
        let r = self.expr(y, None);
        let t = self.ty_of(y);
        let signed = self.basic(t).is_some_and(|b| b.is_integer() && !b.is_unsigned());
        if signed && self.const_of(y).is_none() {
            self.b.pos = y.span.lo;
            self.b.ab(Op::ChkShift, r, 0);
        }
        r
    }

    /// `x + y * z` and `x - y * z` on float64, in one instruction.
    fn fused_multiply(
        &mut self,
        op: BinaryOp,
        b: Basic,
        x: &Expr,
        y: &Expr,
        dst: Option<Reg>,
        t: Ty,
    ) -> Option<Reg> {
        use BinaryOp::*;
        if b != Basic::Float64 || !matches!(op, Add | Sub) {
            return None;
        }
        let product = |fx: &Self, e: &Expr| {
            matches!(Self::unparen(e).kind, ExprKind::Binary(Mul, ..)) && fx.const_of(e).is_none()
        };
        let (sum, prod) = if product(self, y) {
            (x, y)
        } else if op == Add && product(self, x) {
            (y, x)
        } else {
            return None;
        };
        let ExprKind::Binary(_, _, p, q) = &Self::unparen(prod).kind else {
            return None;
        };
        let m = self.b.mark();
        // Operands are evaluated in the order written.
        let (s, p, q) = if std::ptr::eq(sum, x) {
            let s = self.expr(sum, None);
            (s, self.expr(p, None), self.expr(q, None))
        } else {
            let p = self.expr(p, None);
            let q = self.expr(q, None);
            (self.expr(sum, None), p, q)
        };
        self.b.release(m);
        let d = self.dst(dst, t);
        let code = if op == Add { Op::MulAddF64 } else { Op::MulSubF64 };
        self.b.abcx(code, d, p, q, s.into());
        Some(d)
    }

    // --- strings ---

    /// A sum of strings: all of its terms at once.
    fn concat(&mut self, e: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let mut terms = Vec::new();
        self.terms(e, &mut terms);
        let m = self.b.mark();
        if let [x, y] = terms[..] {
            let l = self.expr(x, None);
            let r = self.expr(y, None);
            self.b.pos = e.span.lo;
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.abc(Op::Concat, d, l, r);
            return d;
        }
        let base = self.b.mark() as Reg;
        for x in &terms {
            let r = self.temp(t);
            let m = self.b.mark();
            self.expr(x, Some(r));
            self.b.release(m);
        }
        self.b.pos = e.span.lo;
        self.b.release(m);
        let d = self.dst(dst, t);
        self.b.abc(Op::ConcatN, d, base, terms.len() as u16);
        d
    }

    fn terms<'e>(&mut self, e: &'e Expr, out: &mut Vec<&'e Expr>) {
        match &e.kind {
            ExprKind::Paren(x) if self.const_of(e).is_none() => self.terms(x, out),
            ExprKind::Binary(BinaryOp::Add, _, x, y) if self.const_of(e).is_none() && out.len() < 200 => {
                self.terms(x, out);
                self.terms(y, out);
            }
            _ => out.push(e),
        }
    }

    // --- comparisons ---

    /// The value of a comparison.
    fn comparison(&mut self, e: &Expr, op: BinaryOp, x: &Expr, y: &Expr, dst: Option<Reg>) -> Reg {
        use BinaryOp::*;
        let t = self.ty_of(x);
        let u = self.ty_of(y);
        let scalar = match self.under(t) {
            Shape::Basic(b) => b.is_integer() || b.is_boolean() || b.is_float() || b.is_string(),
            Shape::Pointer(_) | Shape::Chan(..) => true,
            _ => false,
        };
        let mixed = self.is_interface(t) != self.is_interface(u);
        if !scalar || mixed || self.is_nil(x) || self.is_nil(y) {
            return self.bool_value(e, dst);
        }
        let bt = self.c.basic(Basic::Bool);
        let m = self.b.mark();
        let b = self.basic(t).unwrap_or(Basic::Uintptr);
        let ints = !b.is_float() && !b.is_string();
        if ints
            && (!b.is_unsigned() || matches!(op, Eq | Ne))
            && let Some(v) = self.imm16(y)
        {
            let l = self.expr(x, None);
            self.b.release(m);
            let d = self.dst(dst, bt);
            let code = match op {
                Eq => Op::EqI64I,
                Ne => Op::NeI64I,
                Lt => Op::LtI64I,
                Le => Op::LeI64I,
                Gt => Op::GtI64I,
                _ => Op::GeI64I,
            };
            self.b.abc(code, d, l, v as u16);
            return d;
        }
        let l = self.expr(x, None);
        let r = self.expr(y, None);
        self.b.release(m);
        let d = self.dst(dst, bt);
        let (l, r, op) = match op {
            Gt => (r, l, Lt),
            Ge => (r, l, Le),
            op => (l, r, op),
        };
        let (eq, ne, lt, le) = match b {
            Basic::Float64 => (Op::EqF64, Some(Op::NeF64), Op::LtF64, Op::LeF64),
            Basic::Float32 => (Op::EqF32, Some(Op::NeF32), Op::LtF32, Op::LeF32),
            _ if b.is_string() => (Op::EqStr, None, Op::LtStr, Op::LeStr),
            _ if b.is_unsigned() => (Op::EqI64, Some(Op::NeI64), Op::LtU64, Op::LeU64),
            _ => (Op::EqI64, Some(Op::NeI64), Op::LtI64, Op::LeI64),
        };
        match op {
            Eq => self.b.abc(eq, d, l, r),
            Lt => self.b.abc(lt, d, l, r),
            Le => self.b.abc(le, d, l, r),
            _ => match ne {
                Some(ne) => self.b.abc(ne, d, l, r),
                None => {
                    self.b.abc(eq, d, l, r);
                    self.b.ab(Op::Not, d, d);
                }
            },
        }
        d
    }

    /// `d` := values of type `t` in `l` and `r` are equal. Both types are the same.
    pub fn equal_values(&mut self, d: Reg, l: Reg, r: Reg, t: Ty) {
        let f = self.form(t);
        if f.large {
            return self.b.abcx(Op::EqMem, d, l, r, t.0.into());
        }
        if f.slots == 0 {
            return self.b.a_bc(Op::LoadI, d, 1);
        }
        let op = match self.under(t) {
            Shape::Basic(b) => match b {
                Basic::Float64 => Op::EqF64,
                Basic::Float32 => Op::EqF32,
                Basic::Complex128 => Op::EqC128,
                Basic::Complex64 => Op::EqC64,
                b if b.is_string() => Op::EqStr,
                _ => Op::EqI64,
            },
            Shape::Interface(_) => Op::EqIface,
            Shape::Struct(_) | Shape::Array(..) => {
                return self.b.abcx(Op::EqVal, d, l, r, t.0.into());
            }
            _ => Op::EqI64,
        };
        self.b.abc(op, d, l, r);
    }
}
