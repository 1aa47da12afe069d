//! Conditions: boolean expressions that decide a jump, without becoming a value.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::func::{Label, Reg};
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};

/// Where a jump goes; `back` is to a loop's beginning, past the guard word.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub label: Label,
    pub back: bool,
}

impl Target {
    pub fn forward(label: Label) -> Target {
        Target { label, back: false }
    }
}

/// A jump that compares, and the one that jumps when it does not.
#[derive(Clone, Copy)]
struct Jump {
    op: Op,
    not: Op,
}

/// The backward form of a jump, which looks at the guard word.
fn loop_form(op: Op) -> Option<Op> {
    Some(match op {
        Op::JEq => Op::LoopEq,
        Op::JNe => Op::LoopNe,
        Op::JLtI64 => Op::LoopLtI64,
        Op::JLeI64 => Op::LoopLeI64,
        Op::JLtU64 => Op::LoopLtU64,
        Op::JLeU64 => Op::LoopLeU64,
        Op::JEqI => Op::LoopEqI,
        Op::JNeI => Op::LoopNeI,
        Op::JLtI64I => Op::LoopLtI64I,
        Op::JLeI64I => Op::LoopLeI64I,
        Op::JGtI64I => Op::LoopGtI64I,
        Op::JGeI64I => Op::LoopGeI64I,
        Op::JmpT => Op::LoopT,
        Op::JmpF => Op::LoopF,
        _ => return None,
    })
}

fn negated(op: BinaryOp) -> BinaryOp {
    use BinaryOp::*;
    match op {
        Eq => Ne,
        Ne => Eq,
        Lt => Ge,
        Le => Gt,
        Gt => Le,
        _ => Lt,
    }
}

fn mirrored(op: BinaryOp) -> BinaryOp {
    use BinaryOp::*;
    match op {
        Lt => Gt,
        Le => Ge,
        Gt => Lt,
        Ge => Le,
        op => op,
    }
}

impl Fx<'_> {
    /// Whether `e` is made of comparisons and logic, better jumped on than computed.
    pub fn is_logic(e: &Expr) -> bool {
        use BinaryOp::*;
        match &Self::unparen(e).kind {
            ExprKind::Binary(op, ..) => matches!(op, LAnd | LOr | Eq | Ne | Lt | Le | Gt | Ge),
            ExprKind::Unary(UnaryOp::Not, _) => true,
            _ => false,
        }
    }

    /// Emits a jump to `label` if `e` is `when`.
    pub fn cond(&mut self, e: &Expr, label: Label, when: bool) {
        self.cond_to(e, Target::forward(label), when);
    }

    /// Emits a jump to `to` if `e` is `when`.
    pub fn cond_to(&mut self, e: &Expr, to: Target, when: bool) {
        if let Some(c) = self.const_of(e) {
            if c.as_bool() == when {
                self.goto(to);
            }
            return;
        }
        if let Some(r) = self.evaluated(e) {
            return self.test(r, to, when);
        }
        match &e.kind {
            ExprKind::Paren(x) => return self.cond_to(x, to, when),
            ExprKind::Unary(UnaryOp::Not, x) => return self.cond_to(x, to, !when),
            ExprKind::Binary(op @ (BinaryOp::LAnd | BinaryOp::LOr), _, x, y) => {
                // An operand that alone decides jumps at once; otherwise the second decides.
                let decides = *op == BinaryOp::LOr;
                if decides == when {
                    self.cond_to(x, to, when);
                    self.cond_to(y, to, when);
                } else {
                    let skip = self.b.label();
                    self.cond(x, skip, !when);
                    self.cond_to(y, to, when);
                    self.b.bind(skip);
                }
                return;
            }
            ExprKind::Binary(op, at, x, y) if Self::is_logic(e) => {
                self.b.pos = at.lo;
                let m = self.b.mark();
                let order = self.order([&**x, &**y]);
                self.compare_jump(*op, x, y, to, when);
                self.unorder(order);
                return self.b.release(m);
            }
            ExprKind::Call(c) if self.inline_cond(e, c, to, when) => return,
            _ => {}
        }
        let m = self.b.mark();
        let r = self.whole(e);
        self.b.release(m);
        self.test(r, to, when);
    }

    /// Emits an unconditional jump.
    pub fn goto(&mut self, to: Target) {
        if to.back {
            self.b.jump_back(to.label);
        } else {
            self.b.jump(to.label);
        }
    }

    /// Emits a jump to `to` if the boolean in `r` is `when`.
    pub fn test(&mut self, r: Reg, to: Target, when: bool) {
        let op = match (when, to.back) {
            (true, false) => Op::JmpT,
            (false, false) => Op::JmpF,
            (true, true) => Op::LoopT,
            (false, true) => Op::LoopF,
        };
        self.b.jump_if(op, r, to.label);
    }

    fn jump_on(&mut self, j: Jump, a: Reg, b: u16, to: Target) {
        if !to.back {
            return self.b.jump_cmp(j.op, a, b, to.label);
        }
        if let Some(op) = loop_form(j.op) {
            return self.b.jump_cmp(op, a, b, to.label);
        }
        let next = self.b.label();
        self.b.jump_cmp(j.not, a, b, next);
        self.b.jump_back(to.label);
        self.b.bind(next);
    }

    fn compare_jump(&mut self, op: BinaryOp, x: &Expr, y: &Expr, to: Target, when: bool) {
        let m = self.b.mark();
        if self.is_nil(y) || self.is_nil(x) {
            let e = if self.is_nil(y) { x } else { y };
            let r = self.expr(e, None);
            self.b.release(m);
            let equal = (op == BinaryOp::Eq) == when;
            let (op, not) = if equal {
                (Op::JEqI, Op::JNeI)
            } else {
                (Op::JNeI, Op::JEqI)
            };
            return self.jump_on(Jump { op, not }, r, 0, to);
        }
        let t = self.ty_of(x);
        let u = self.ty_of(y);
        let (ix, iy) = (self.is_interface(t), self.is_interface(u));
        if ix != iy {
            let wanted = (op == BinaryOp::Eq) == when;
            self.compare_mixed(x, y, iy, to, wanted);
            self.b.release(m);
            return;
        }
        match self.under(t) {
            Shape::Basic(b) if b.is_integer() || b.is_boolean() => {
                self.compare_ints(op, b, x, y, to, when);
            }
            Shape::Pointer(_) | Shape::Chan(..) | Shape::Basic(Basic::UnsafePointer) => {
                self.compare_ints(op, Basic::Uintptr, x, y, to, when);
            }
            Shape::Basic(Basic::Float64) => self.compare_f64(op, x, y, to, when),
            Shape::Basic(b) if b.is_string() => self.compare_strings(op, x, y, to, when),
            Shape::Basic(Basic::Float32) => {
                let r = self.expr_comparison(op, x, y);
                self.b.release(m);
                self.test(r, to, when);
            }
            _ => {
                let bt = self.c.basic(Basic::Bool);
                let r = self.temp(bt);
                let large = self.form(t).large;
                let (l, rr) = if large {
                    // Compared where they lie.
                    let (p, _) = self.place(x);
                    let l = self.address(p, t, None);
                    let (p, _) = self.place(y);
                    (l, self.address(p, t, None))
                } else {
                    let l = self.expr(x, None);
                    (l, self.expr(y, None))
                };
                self.equal_values(r, l, rr, t);
                self.b.release(m);
                self.test(r, to, (op == BinaryOp::Eq) == when);
            }
        }
        self.b.release(m);
    }

    fn expr_comparison(&mut self, op: BinaryOp, x: &Expr, y: &Expr) -> Reg {
        use BinaryOp::*;
        let l = self.expr(x, None);
        let r = self.expr(y, None);
        let d = self.b.alloc(1);
        let (op, l, r) = match op {
            Eq => (Op::EqF32, l, r),
            Ne => (Op::NeF32, l, r),
            Lt => (Op::LtF32, l, r),
            Le => (Op::LeF32, l, r),
            Gt => (Op::LtF32, r, l),
            _ => (Op::LeF32, r, l),
        };
        self.b.abc(op, d, l, r);
        d
    }

    fn compare_ints(&mut self, op: BinaryOp, b: Basic, x: &Expr, y: &Expr, to: Target, when: bool) {
        use BinaryOp::*;
        let m = self.b.mark();
        let op = if when { op } else { negated(op) };
        let (op, x, y) = if self.const_of(x).is_some() && self.const_of(y).is_none() {
            (mirrored(op), y, x)
        } else {
            (op, x, y)
        };
        let unsigned = b.is_unsigned();
        let imm = match self.word_of(y) {
            Some(w) if unsigned && !matches!(op, Eq | Ne) => u16::try_from(w).ok(),
            Some(w) => i16::try_from(w as i64).ok().map(|v| v as u16),
            None => None,
        };
        let l = match self.remainder_bits(x) {
            Some((p, mask)) if imm == Some(0) && matches!(op, Eq | Ne) => {
                let p = self.expr(p, None);
                let d = self.b.alloc(1);
                self.b.abc(Op::AndI, d, p, mask);
                d
            }
            _ => self.expr(x, None),
        };
        if let Some(v) = imm {
            self.b.release(m);
            let code = |op| match (op, unsigned) {
                (Eq, _) => Op::JEqI,
                (Ne, _) => Op::JNeI,
                (Lt, false) => Op::JLtI64I,
                (Le, false) => Op::JLeI64I,
                (Gt, false) => Op::JGtI64I,
                (_, false) => Op::JGeI64I,
                (Lt, true) => Op::JLtU64I,
                (Le, true) => Op::JLeU64I,
                (Gt, true) => Op::JGtU64I,
                (_, true) => Op::JGeU64I,
            };
            return self.jump_on(
                Jump {
                    op: code(op),
                    not: code(negated(op)),
                },
                l,
                v,
                to,
            );
        }
        let r = self.expr(y, None);
        self.b.release(m);
        let (lt, le) = if unsigned {
            (Op::JLtU64, Op::JLeU64)
        } else {
            (Op::JLtI64, Op::JLeI64)
        };
        match op {
            Eq => self.jump_on(
                Jump {
                    op: Op::JEq,
                    not: Op::JNe,
                },
                l,
                r,
                to,
            ),
            Ne => self.jump_on(
                Jump {
                    op: Op::JNe,
                    not: Op::JEq,
                },
                l,
                r,
                to,
            ),
            // Each has a backward form, so the negation is not needed.
            Lt => self.jump_on(Jump { op: lt, not: lt }, l, r, to),
            Le => self.jump_on(Jump { op: le, not: le }, l, r, to),
            Gt => self.jump_on(Jump { op: lt, not: lt }, r, l, to),
            _ => self.jump_on(Jump { op: le, not: le }, r, l, to),
        }
    }

    /// The operand and the mask if `e` is a remainder by a power of two: it is zero if those bits are.
    fn remainder_bits<'e>(&mut self, e: &'e Expr) -> Option<(&'e Expr, u16)> {
        let ExprKind::Binary(BinaryOp::Rem, _, p, q) = &Self::unparen(e).kind else {
            return None;
        };
        if self.const_of(e).is_some() {
            return None;
        }
        let q = u16::try_from(self.imm16(q)?).ok()?;
        q.is_power_of_two().then_some((p, q - 1))
    }

    fn compare_f64(&mut self, op: BinaryOp, x: &Expr, y: &Expr, to: Target, when: bool) {
        use BinaryOp::*;
        let m = self.b.mark();
        let l = self.expr(x, None);
        let r = self.expr(y, None);
        self.b.release(m);
        let (yes, no, l, r) = match op {
            Eq => (Op::JEqF64, Op::JNeF64, l, r),
            Ne => (Op::JNeF64, Op::JEqF64, l, r),
            Lt => (Op::JLtF64, Op::JNLtF64, l, r),
            Le => (Op::JLeF64, Op::JNLeF64, l, r),
            Gt => (Op::JLtF64, Op::JNLtF64, r, l),
            _ => (Op::JLeF64, Op::JNLeF64, r, l),
        };
        let j = if when {
            Jump { op: yes, not: no }
        } else {
            Jump { op: no, not: yes }
        };
        self.jump_on(j, l, r, to);
    }

    fn compare_strings(&mut self, op: BinaryOp, x: &Expr, y: &Expr, to: Target, when: bool) {
        use BinaryOp::*;
        let m = self.b.mark();
        if matches!(op, Eq | Ne) {
            let equal = (op == Eq) == when;
            let empty = |fx: &Self, e: &Expr| fx.const_of(e).is_some_and(|c| c.str_len() == 0);
            let other = if empty(self, y) {
                Some(x)
            } else if empty(self, x) {
                Some(y)
            } else {
                None
            };
            if let Some(e) = other {
                let r = self.expr(e, None);
                self.b.release(m);
                let (op, not) = if equal {
                    (Op::JEqI, Op::JNeI)
                } else {
                    (Op::JNeI, Op::JEqI)
                };
                return self.jump_on(Jump { op, not }, r + 1, 0, to);
            }
            let l = self.expr(x, None);
            let r = self.expr(y, None);
            self.b.release(m);
            let (op, not) = if equal {
                (Op::JEqStr, Op::JNeStr)
            } else {
                (Op::JNeStr, Op::JEqStr)
            };
            return self.jump_on(Jump { op, not }, l, r, to);
        }
        let l = self.expr(x, None);
        let r = self.expr(y, None);
        let d = self.b.alloc(1);
        let (op, l, r) = match op {
            Lt => (Op::LtStr, l, r),
            Le => (Op::LeStr, l, r),
            Gt => (Op::LtStr, r, l),
            _ => (Op::LeStr, r, l),
        };
        self.b.abc(op, d, l, r);
        self.b.release(m);
        self.test(d, to, when);
    }

    /// Compares an interface with a concrete value: types first, then values. Jumps if the outcome is
    /// `wanted`.
    fn compare_mixed(&mut self, x: &Expr, y: &Expr, y_is_iface: bool, to: Target, wanted: bool) {
        let l = self.expr(x, None);
        let r = self.expr(y, None);
        let (i, v, t) = if y_is_iface {
            let t = self.ty_of(x);
            (r, l, t)
        } else {
            let t = self.ty_of(y);
            (l, r, t)
        };
        self.compare_boxed(i, v, t, to, wanted);
    }

    /// Compares the interface in `i` with the value of concrete type `t` in `v`.
    pub fn compare_boxed(&mut self, i: Reg, v: Reg, t: Ty, to: Target, wanted: bool) {
        let differ = self.b.label();
        self.b.jump_xhi(Op::JTypeNe, i, 0, 0, t.0, differ);
        let w = match self.slots(t) {
            0 => v,
            1 => i + 1,
            _ => {
                let w = self.temp(t);
                self.unbox(i + 1, t, w);
                w
            }
        };
        let d = self.b.alloc(1);
        self.equal_values(d, w, v, t);
        if wanted {
            self.test(d, to, true);
            self.b.bind(differ);
        } else {
            let same = self.b.label();
            self.test(d, Target::forward(same), true);
            self.b.bind(differ);
            self.goto(to);
            self.b.bind(same);
        }
    }

    /// A condition as a value.
    pub fn bool_value(&mut self, e: &Expr, dst: Option<Reg>) -> Reg {
        let t = self.ty_of(e);
        let d = self.dst(dst, t);
        let m = self.b.mark();
        let (no, end) = (self.b.label(), self.b.label());
        self.cond(e, no, false);
        self.b.a_bc(Op::LoadI, d, 1);
        self.b.jump(end);
        self.b.bind(no);
        self.b.a_bc(Op::LoadI, d, 0);
        self.b.bind(end);
        self.b.release(m);
        d
    }
}
