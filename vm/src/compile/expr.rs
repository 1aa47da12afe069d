//! Expressions.
//!
//! [`Fx::expr`] puts a value into `dst`, or, without one, says where it is: perhaps in a variable's own
//! registers. Registers of variables do not change while an expression is evaluated (what closures assign
//! lives in the heap), so they need no copy. `dst` is written by the last instruction only, after all
//! operands were read; it may be a variable that the expression mentions. Literals of structs are the
//! exception: they want a `dst` that nothing reads ([`Fx::expr_fresh`]).

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::SelectionKind;
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::{NONE, Op, halves};
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};
use crate::compile::place::Place;

impl Fx<'_> {
    /// The value of `e` in its own type.
    pub fn expr(&mut self, e: &Expr, dst: Option<Reg>) -> Reg {
        if let Some(r) = self.evaluated(e) {
            let t = self.ty_of(e);
            return self.place_in(dst, r, t);
        }
        if self.is_in_order() {
            return self.value(e, dst);
        }
        let order = self.order([e]);
        let r = self.value(e, dst);
        self.unorder(order);
        r
    }

    /// As [`Fx::expr`]; the order within `e` was seen to.
    pub fn value(&mut self, e: &Expr, dst: Option<Reg>) -> Reg {
        let Some(tv) = self.tv(e) else {
            // Without a record: a parenthesis or key the checker went past.
            if let ExprKind::Paren(x) = &e.kind {
                return self.expr(x, dst);
            }
            let t = self.c.basic(Basic::Int);
            self.unsupported(e.span, "expression without a type");
            return self.dst(dst, t);
        };
        let t = self.ty(tv.ty);
        if let Some(c) = &tv.value {
            return self.constant(c, t, dst);
        }
        if self.is_nil(e) {
            let d = self.dst(dst, t);
            self.zero_value(d, t);
            return d;
        }
        let base = self.instantiated(e);
        match &base.kind {
            ExprKind::Paren(x) => self.expr(x, dst),
            ExprKind::Ident(id) => self.ident(e, id, t, dst),
            ExprKind::Lit(..) => {
                self.unsupported(e.span, "literal without a value");
                self.dst(dst, t)
            }
            ExprKind::FuncLit(_, body) => self.func_lit(e, body, dst),
            ExprKind::Composite(_) => self.composite(e, t, dst),
            ExprKind::Selector(x, sel) => self.selector(base, x, sel, t, dst),
            ExprKind::Index(x, i) => self.index_expr(e, x, &i[0], dst),
            ExprKind::Slice(s) => {
                let order = self.order(std::iter::once(&s.x).chain(s.bounds.iter().flatten()));
                let r = self.slice_expr(e, s, dst);
                self.unorder(order);
                r
            }
            ExprKind::TypeAssert(x, _) => {
                let order = self.order([&**x]);
                let r = self.type_assert(e, x, t, dst);
                self.unorder(order);
                r
            }
            ExprKind::Call(c) => self.call_value(e, c, t, dst),
            ExprKind::Star(_) => {
                let m = self.b.mark();
                self.b.pos = e.span.lo;
                let (p, t) = self.place(e);
                self.load_released(p, t, m, dst)
            }
            ExprKind::Unary(op, x) => self.unary(e, *op, x, t, dst),
            ExprKind::Binary(op, at, x, y) => self.binary(e, *op, *at, x, y, t, dst),
            _ => {
                self.unsupported(e.span, "this expression");
                self.dst(dst, t)
            }
        }
    }

    /// The value of `e` converted to type `to` as by assignment.
    pub fn expr_as(&mut self, e: &Expr, to: Ty, dst: Option<Reg>) -> Reg {
        let from = self.ty_of(e);
        if self.is_nil(e) {
            let d = self.dst(dst, to);
            self.zero_value(d, to);
            return d;
        }
        if from == to || !self.is_interface(to) || self.is_interface(from) {
            return self.expr(e, dst);
        }
        self.box_expr(e, from, to, dst)
    }

    /// Like [`Fx::expr_as`] into registers that nothing reads before.
    pub fn expr_fresh(&mut self, e: &Expr, to: Ty, dst: Reg) {
        let from = self.ty_of(e);
        if let ExprKind::Composite(lit) = &e.kind
            && from == to
            && self.const_of(e).is_none()
        {
            if self.is_in_order() {
                if self.literal_in_registers(lit, to, dst) {
                    return;
                }
            } else {
                let order = self.order([e]);
                self.expr_fresh(e, to, dst);
                return self.unorder(order);
            }
        }
        self.expr_as(e, to, Some(dst));
    }

    /// The value of `e` in registers that are no variable's.
    pub fn expr_copy(&mut self, e: &Expr, to: Ty) -> Reg {
        let m = self.b.mark();
        let r = self.expr_as(e, to, None);
        if u32::from(r) >= m {
            return r;
        }
        let d = self.temp(to);
        self.move_to(d, r, to);
        d
    }

    /// The value of `e`, whose order is its own: the operand of what is computed once.
    pub fn whole(&mut self, e: &Expr) -> Reg {
        self.out_of_order(|fx| fx.expr(e, None))
    }

    /// Evaluates `e` and drops the value.
    pub fn expr_drop(&mut self, e: &Expr) {
        let m = self.b.mark();
        self.expr(e, None);
        self.b.release(m);
    }

    fn ident(&mut self, e: &Expr, id: &Ident, t: Ty, dst: Option<Reg>) -> Reg {
        let Some(obj) = self.object(id) else {
            self.unsupported(e.span, format!("unknown name {}", id.name));
            return self.dst(dst, t);
        };
        self.object_value(e, id.id, obj, t, dst)
    }

    /// The value of a variable or function.
    fn object_value(
        &mut self,
        e: &Expr,
        id: ExprId,
        obj: mgo_lang::types::store::ObjId,
        t: Ty,
        dst: Option<Reg>,
    ) -> Reg {
        match &self.st[obj].kind {
            ObjKind::Var(_) => {
                let p = self.var_place(obj);
                self.load(p, t, dst)
            }
            ObjKind::Func(_) => {
                let d = self.dst(dst, t);
                let key = self.func_key(obj, id);
                let f = self.c.func(key);
                self.b.with_entry(Op::LoadFn, d, 0, 0, f);
                d
            }
            ObjKind::Nil => {
                let d = self.dst(dst, t);
                self.zero_value(d, t);
                d
            }
            _ => {
                self.unsupported(e.span, "this name as a value");
                self.dst(dst, t)
            }
        }
    }

    fn selector(&mut self, e: &Expr, x: &Expr, sel: &Ident, t: Ty, dst: Option<Reg>) -> Reg {
        match self.selection(e.id) {
            None => match self.object(sel) {
                Some(obj) => self.object_value(e, sel.id, obj, t, dst),
                None => self.dst(dst, t),
            },
            Some(s) => match s.kind {
                SelectionKind::Field => {
                    let m = self.b.mark();
                    let (p, t) = self.place(e);
                    self.load_released(p, t, m, dst)
                }
                SelectionKind::Method => {
                    let generic = self.generic_method(sel, &s, t);
                    self.method_value(e, x, &s, generic, t, dst)
                }
                SelectionKind::MethodExpr => {
                    let generic = self.generic_method(sel, &s, t);
                    self.method_expr(&s, generic, t, dst)
                }
            },
        }
    }

    // --- unary ---

    fn unary(&mut self, e: &Expr, op: UnaryOp, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        match op {
            UnaryOp::Addr => self.address_of(x, t, dst),
            UnaryOp::Recv => self.receive(e, x, t, dst),
            UnaryOp::Plus | UnaryOp::Tilde => self.expr(x, dst),
            UnaryOp::Not => {
                let m = self.b.mark();
                if Self::is_logic(x) {
                    return self.bool_value(e, dst);
                }
                let r = self.expr(x, None);
                self.b.release(m);
                let d = self.dst(dst, t);
                self.b.ab(Op::Not, d, r);
                d
            }
            UnaryOp::Neg | UnaryOp::BitNot => {
                let m = self.b.mark();
                let r = self.expr(x, None);
                self.b.release(m);
                let d = self.dst(dst, t);
                let b = self.basic(t).unwrap_or(Basic::Int);
                let code = match (op, b) {
                    (UnaryOp::BitNot, _) => Op::Com,
                    (_, Basic::Float64) => Op::NegF64,
                    (_, Basic::Float32) => Op::NegF32,
                    (_, Basic::Complex128) => Op::NegC128,
                    (_, Basic::Complex64) => Op::NegC64,
                    _ => Op::NegI64,
                };
                self.b.ab(code, d, r);
                // The complement of a sign-extended integer is sign-extended.
                if matches!(code, Op::NegI64) || (code == Op::Com && b.is_unsigned()) {
                    self.extend(d, b);
                }
                d
            }
        }
    }

    /// Brings a register back into the range of an integer type.
    pub fn extend(&mut self, r: Reg, b: Basic) {
        if let Some(op) = Self::extension(b) {
            self.b.ab(op, r, r);
        }
    }

    /// The instruction that cuts a word to integer type `b`; none for 64 bits.
    pub fn extension(b: Basic) -> Option<Op> {
        Some(match b {
            Basic::Int8 => Op::ExtI8,
            Basic::Int16 => Op::ExtI16,
            Basic::Int32 => Op::ExtI32,
            Basic::Uint8 => Op::ExtU8,
            Basic::Uint16 => Op::ExtU16,
            Basic::Uint32 => Op::ExtU32,
            _ => return None,
        })
    }

    fn address_of(&mut self, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let inner = Self::unparen(x);
        if let ExprKind::Composite(_) = &inner.kind {
            let elem = self.ty_of(inner);
            return self.new_literal(inner, elem, t, dst);
        }
        let m = self.b.mark();
        let (p, elem) = self.place(x);
        self.b.pos = x.span.lo;
        match dst {
            Some(d) => {
                // An element's address that was computed for this alone goes where it is wanted.
                let own = |p| match p {
                    Place::Mem {
                        base,
                        off: 0,
                        safe: true,
                    } if u32::from(base) >= m => Some(base),
                    _ => None,
                };
                if !own(p).is_some_and(|base| self.b.retarget(base, d)) {
                    self.address(p, elem, dst);
                }
                self.b.release(m);
                d
            }
            None => {
                let r = self.address(p, elem, None);
                if u32::from(r) < m {
                    self.b.release(m);
                    return r;
                }
                r
            }
        }
    }

    pub fn unparen(e: &Expr) -> &Expr {
        match &e.kind {
            ExprKind::Paren(x) => Self::unparen(x),
            _ => e,
        }
    }

    fn receive(&mut self, e: &Expr, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        // With the type of a pair this is the right side of `v, ok =`, compiled elsewhere.
        let m = self.b.mark();
        let ch = self.whole(x);
        self.b.pos = e.span.lo;
        self.b.release(m);
        let d = self.dst(dst, t);
        // The channel's register must outlive nothing: the instruction reads it first.
        self.b.ab(Op::Recv, d, ch);
        d
    }

    // --- interfaces ---

    /// The value of `e`, of concrete type `from`, as interface `to`.
    fn box_expr(&mut self, e: &Expr, from: Ty, to: Ty, dst: Option<Reg>) -> Reg {
        let d = self.dst(dst, to);
        let m = self.b.mark();
        if let Some(c) = self.const_of(e)
            && self.box_constant(c, from, d)
        {
            self.b.release(m);
            return d;
        }
        if self.slots(from) == 1 {
            self.expr(e, Some(d + 1));
            self.b.release(m);
            self.c.convert_type(from);
            self.b.a_bc(Op::LoadType, d, from.0);
        } else {
            let v = self.expr(e, None);
            self.b.pos = e.span.lo;
            self.box_value(v, from, d);
            self.b.release(m);
        }
        d
    }

    /// `d` := the value of concrete type `from` in `v` as an interface.
    pub fn box_value(&mut self, v: Reg, from: Ty, d: Reg) {
        match self.slots(from) {
            0 => self.b.a_bc(Op::LoadI, d + 1, 0),
            1 => self.b.mov(d + 1, v),
            _ => self.b.abcx(Op::Box, d + 1, v, 0, from.0.into()),
        }
        self.c.convert_type(from);
        self.b.a_bc(Op::LoadType, d, from.0);
    }

    /// Converts the value of type `from` in `v` to type `to` as by assignment.
    pub fn assign_conv(&mut self, v: Reg, from: Ty, to: Ty, dst: Option<Reg>) -> Reg {
        if from == to || !self.is_interface(to) || self.is_interface(from) {
            return self.place_in(dst, v, from);
        }
        let d = self.dst(dst, to);
        self.box_value(v, from, d);
        d
    }

    /// `x.(T)`
    fn type_assert(&mut self, e: &Expr, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let m = self.b.mark();
        let xt = self.ty_of(x);
        let i = self.expr(x, None);
        self.b.pos = e.span.lo;
        let types = halves(t.0, xt.0);
        if self.is_interface(t) {
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.abcx(Op::AssertI, d, i, 0, types);
            return d;
        }
        if self.slots(t) == 1 {
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.abcx(Op::AssertT, d, i, 0, types);
            return d;
        }
        let w = self.b.alloc_ptr();
        self.b.abcx(Op::AssertT, w, i, 0, types);
        let d = self.dst(dst, t);
        self.unbox(w, t, d);
        if dst.is_some() {
            self.b.release(m);
        }
        d
    }

    /// `d` := the value of concrete type `t` whose data word is in `w`.
    pub fn unbox(&mut self, w: Reg, t: Ty, d: Reg) {
        match self.slots(t) {
            0 => {}
            1 => self.b.mov(d, w),
            _ => self.load_mem(w, 0, t, d),
        }
    }

    /// `x.(T)` with ok: the value into `d` (if wanted), whether it holds into `ok`.
    pub fn type_assert_ok(&mut self, e: &Expr, x: &Expr, t: Ty, d: Option<Reg>, ok: Reg) {
        let m = self.b.mark();
        let i = self.whole(x);
        self.b.pos = e.span.lo;
        if self.is_interface(t) {
            let d = self.dst(d, t);
            self.b.abcx(Op::AssertIOk, d, i, ok, t.0.into());
            self.b.release(m);
            return;
        }
        let (no, end) = (self.b.label(), self.b.label());
        self.b.jump_xhi(Op::JTypeNe, i, 0, 0, t.0, no);
        if let Some(d) = d {
            self.unbox(i + 1, t, d);
        }
        self.b.a_bc(Op::LoadI, ok, 1);
        self.b.jump(end);
        self.b.bind(no);
        if let Some(d) = d {
            self.zero_value(d, t);
        }
        self.b.a_bc(Op::LoadI, ok, 0);
        self.b.bind(end);
        self.b.release(m);
    }

    // --- forms with ok ---

    /// Evaluates `e`, a map index, receive or assertion whose second value is wanted. Where they are: value
    /// (of type `t`), ok. The value is not computed if `want` is false.
    pub fn comma_ok(&mut self, e: &Expr, want: bool) -> (Reg, Ty, Reg) {
        match &e.kind {
            ExprKind::Paren(x) => self.comma_ok(x, want),
            ExprKind::Index(x, i) => {
                let mt = self.ty_of(x);
                let (_, k, v) = self.map_ops(mt);
                let d = if want { self.temp(v) } else { NONE };
                let ok = self.b.alloc(1);
                let m = self.b.mark();
                let order = self.order([&**x, &i[0]]);
                let map = self.expr(x, None);
                let key = self.expr_as(&i[0], k, None);
                self.b.pos = e.span.lo;
                self.map_get_ok(d, ok, map, key, mt);
                self.unorder(order);
                self.b.release(m);
                (d, v, ok)
            }
            ExprKind::Unary(UnaryOp::Recv, x) => {
                let ct = self.ty_of(x);
                let v = match self.under(ct) {
                    Shape::Chan(_, v) => v,
                    _ => ct,
                };
                let d = if want { self.temp(v) } else { NONE };
                let ok = self.b.alloc(1);
                let m = self.b.mark();
                let ch = self.whole(x);
                self.b.pos = e.span.lo;
                self.b.abc(Op::RecvOk, d, ch, ok);
                self.b.release(m);
                (d, v, ok)
            }
            ExprKind::TypeAssert(x, Some(t)) => {
                let t = self.ty_of(t);
                let d = self.temp(t);
                let ok = self.b.alloc(1);
                self.type_assert_ok(e, x, t, want.then_some(d), ok);
                (d, t, ok)
            }
            _ => {
                self.unsupported(e.span, "this expression with two values");
                let t = self.c.basic(Basic::Int);
                (self.temp(t), t, self.b.alloc(1))
            }
        }
    }

    pub fn is_string(&mut self, t: Ty) -> bool {
        self.basic(t).is_some_and(Basic::is_string)
    }
}
