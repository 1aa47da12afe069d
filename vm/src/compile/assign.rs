//! Assignments and definitions.
//!
//! An assignment of several values goes in two steps, as the language wants: the operands of indexing and
//! dereferencing on the left and all values on the right are evaluated, then stored from left to right. A
//! variable's own registers may be used as operand in the first step; where an earlier store of the second
//! step would change them they are copied.

use mgo_lang::source::Span;
use mgo_lang::syntax::ast::*;
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::ObjId;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::index::MapOps;
use crate::compile::layout::Ty;
use crate::compile::place::Place;

/// A stretch of registers.
#[derive(Clone, Copy)]
struct Regs {
    first: Reg,
    n: u32,
}

impl Regs {
    fn overlaps(self, other: Regs) -> bool {
        let (a, b) = (u32::from(self.first), u32::from(other.first));
        a < b + other.n && b < a + self.n
    }
}

impl Fx<'_> {
    /// `l… = r…`
    pub fn assign(&mut self, l: &[Expr], r: &[Expr]) {
        let m = self.b.mark();
        match (l, r) {
            (_, [e]) if l.len() > 1 => self.assign_tuple(l, e),
            _ => {
                let order = self.order_for(l, r);
                match (l, r) {
                    ([x], [e]) => self.assign_one(x, e),
                    _ => self.assign_many(l, r),
                }
                self.unorder(order);
            }
        }
        self.b.release(m);
    }

    fn assign_one(&mut self, x: &Expr, e: &Expr) {
        if Self::is_blank(x) {
            return self.drop_value(e);
        }
        let (p, t) = self.place(x);
        match p {
            Place::Reg(r) => {
                self.expr_as(e, t, Some(r));
            }
            _ => {
                if self.form(t).large && self.copy_large(p, t, e) {
                    return;
                }
                let v = self.expr_as(e, t, None);
                self.b.pos = x.span.lo;
                self.store(p, t, v);
            }
        }
    }

    /// Evaluates `e` for `_ = e`.
    fn drop_value(&mut self, e: &Expr) {
        if self.const_of(e).is_none() && !self.is_nil(e) {
            self.expr_drop(e);
        }
    }

    /// Copies a large value from where it lies.
    fn copy_large(&mut self, p: Place, t: Ty, e: &Expr) -> bool {
        let path = matches!(
            Self::unparen(e).kind,
            ExprKind::Ident(_) | ExprKind::Selector(..) | ExprKind::Index(..) | ExprKind::Star(_)
        );
        if !path || self.ty_of(e) != t || matches!(p, Place::Map { .. }) {
            return false;
        }
        let (src, _) = self.place(e);
        if !Self::is_in_memory(src) {
            return false;
        }
        let from = self.address(src, t, None);
        let to = self.address(p, t, None);
        self.b.abcx(Op::CopyMem, to, from, 0, t.0.into());
        true
    }

    fn is_blank(x: &Expr) -> bool {
        matches!(&x.kind, ExprKind::Ident(id) if id.is_blank())
    }

    /// Places of the left side, protected from the stores themselves.
    fn places(&mut self, l: &[&Expr]) -> Vec<(Place, Ty)> {
        let mut assigned = Vec::new();
        for x in l {
            if let Some(first) = self.register_of(x) {
                let t = self.ty_of(x);
                assigned.push(Regs {
                    first,
                    n: self.slots(t),
                });
            }
        }
        l.iter()
            .map(|x| {
                let (p, t) = self.place(x);
                (self.protect(p, &assigned), t)
            })
            .collect()
    }

    fn protect(&mut self, p: Place, assigned: &[Regs]) -> Place {
        if assigned.is_empty() {
            return p;
        }
        let safe = |fx: &mut Self, r: Reg, n: u32| {
            let regs = Regs { first: r, n };
            if !assigned.iter().any(|a| a.overlaps(regs)) {
                return r;
            }
            let c = fx.b.alloc(n);
            for i in 0..n as Reg {
                fx.b.mark_pointer(c + i);
            }
            fx.b.mov_n(c, r, n);
            c
        };
        match p {
            Place::Mem { base, off, safe: s } => Place::Mem {
                base: safe(self, base, 1),
                off,
                safe: s,
            },
            Place::Slice { s, i } => Place::Slice {
                s: safe(self, s, 2),
                i: safe(self, i, 1),
            },
            Place::Array { p, i, len } => Place::Array {
                p: safe(self, p, 1),
                i: safe(self, i, 1),
                len,
            },
            Place::Map { m, key, ty } => {
                let (_, k, _) = self.map_ops(ty);
                let n = self.slots(k);
                Place::Map {
                    m: safe(self, m, 1),
                    key: safe(self, key, n),
                    ty,
                }
            }
            Place::Frame { base, i, len, stride } => Place::Frame {
                base,
                i: safe(self, i, 1),
                len,
                stride,
            },
            p => p,
        }
    }

    fn assign_many(&mut self, l: &[Expr], r: &[Expr]) {
        let places = self.places(&l.iter().collect::<Vec<_>>());
        let mut values = Vec::with_capacity(r.len());
        for (j, e) in r.iter().enumerate() {
            let (p, t) = places[j];
            if p == Place::Blank {
                let t = self.ty_of(e);
                self.drop_value(e);
                values.push((0, t));
                continue;
            }
            let v = self.expr_as(e, t, None);
            let regs = Regs {
                first: v,
                n: self.slots(t),
            };
            // A store before this one would change a variable used in place.
            let clobbered = places[..j].iter().any(|&(p, pt)| match p {
                Place::Reg(first) => Regs {
                    first,
                    n: self.slots(pt),
                }
                .overlaps(regs),
                Place::Frame {
                    base, len, stride, ..
                } => Regs {
                    first: base,
                    n: u32::from(len) * u32::from(stride),
                }
                .overlaps(regs),
                _ => false,
            });
            let v = if clobbered {
                let c = self.temp(t);
                self.move_to(c, v, t);
                c
            } else {
                v
            };
            values.push((v, t));
        }
        for (i, (p, t)) in places.into_iter().enumerate() {
            if p != Place::Blank {
                self.b.pos = l[i].span.lo;
                self.store(p, t, values[i].0);
            }
        }
    }

    /// `l… = e` where `e` gives several values.
    fn assign_tuple(&mut self, l: &[Expr], e: &Expr) {
        // Places are found behind the call; what they take from calls comes before it.
        let order = self.order_targets(l);
        let values = self.out_of_order(|fx| fx.tuple_values(e, !Self::is_blank(&l[0])));
        let places = self.places(&l.iter().collect::<Vec<_>>());
        self.store_all(places, &values, l[0].span);
        self.unorder(order);
    }

    /// Assigns values in registers as one statement does.
    pub fn assign_values(&mut self, l: &[&Expr], values: &[(Reg, Ty)]) {
        let m = self.b.mark();
        let places = self.places(l);
        self.store_all(places, values, l[0].span);
        self.b.release(m);
    }

    fn store_all(&mut self, places: Vec<(Place, Ty)>, values: &[(Reg, Ty)], at: Span) {
        for (i, (p, t)) in places.into_iter().enumerate() {
            if p == Place::Blank {
                continue;
            }
            let (v, from) = values[i];
            let m = self.b.mark();
            let v = self.assign_conv(v, from, t, None);
            self.b.pos = at.lo;
            self.store(p, t, v);
            self.b.release(m);
        }
    }

    /// The values of a call with several results, or of a form with ok. The first of a form with ok is only
    /// computed if it is wanted.
    pub fn tuple_values(&mut self, e: &Expr, want_first: bool) -> Vec<(Reg, Ty)> {
        let inner = Self::unparen(e);
        match &inner.kind {
            ExprKind::Call(c) => {
                let (first, sig) = self.call(c);
                self.results_at(first, &sig)
            }
            _ => {
                let (v, t, ok) = self.comma_ok(inner, want_first);
                let b = self.c.basic(Basic::Bool);
                vec![(v, t), (ok, b)]
            }
        }
    }

    // --- definitions ---

    /// `l… := r…`
    pub fn define(&mut self, l: &[Expr], r: &[Expr]) {
        if let ([x], [e]) = (l, r) {
            if let Some(obj) = self.new_object(x) {
                return self.define_one(obj, e);
            }
            return self.assign(l, r);
        }
        // Values first; the new variables take over the registers they are in where that is possible.
        let m = self.b.mark();
        if r.len() == 1 {
            let values = self.tuple_values(&r[0], !Self::is_blank(&l[0]));
            for (x, (v, from)) in l.iter().zip(values) {
                self.define_value(x, v, from, m);
            }
            return;
        }
        let order = self.order(r);
        let values: Vec<(Reg, Ty)> = l
            .iter()
            .zip(r)
            .map(|(x, e)| {
                if Self::is_blank(x) {
                    let t = self.ty_of(e);
                    if self.const_of(e).is_none() {
                        let v = self.expr(e, None);
                        return (v, t);
                    }
                    return (0, t);
                }
                let t = match self.lhs_object(x) {
                    Some(obj) => self.ty_of_obj(obj),
                    None => self.ty_of(e),
                };
                (self.expr_copy(e, t), t)
            })
            .collect();
        self.unorder(order);
        for (x, (v, from)) in l.iter().zip(values) {
            self.define_value(x, v, from, m);
        }
    }

    fn define_one(&mut self, obj: ObjId, e: &Expr) {
        let t = self.ty_of_obj(obj);
        if let ExprKind::Call(c) = &Self::unparen(e).kind {
            let plain = !self.in_heap(obj, t) && self.ty_of(e) == t && self.is_plain_call(c);
            if plain {
                if let Some(r) = self.inline(Self::unparen(e), c, None) {
                    self.vars.insert(obj, Var::Reg(r));
                    return;
                }
                // The variable stays where the callee left it.
                let (r, _) = self.call(c);
                self.vars.insert(obj, Var::Reg(r));
                return;
            }
        }
        self.declare_expr(obj, e);
    }

    fn is_plain_call(&self, c: &CallExpr) -> bool {
        use mgo_lang::types::info::Mode;
        !matches!(
            self.tv(&c.fun).map(|tv| tv.mode),
            None | Some(Mode::Builtin(_) | Mode::TypeExpr)
        )
    }

    /// The object a name on the left of `:=` declares, if it does.
    pub(super) fn new_object(&self, x: &Expr) -> Option<ObjId> {
        let ExprKind::Ident(id) = &x.kind else { return None };
        if id.is_blank() {
            return None;
        }
        self.info.defs.get(&id.id).copied()
    }

    fn lhs_object(&self, x: &Expr) -> Option<ObjId> {
        let ExprKind::Ident(id) = &x.kind else { return None };
        let obj = self.object(id)?;
        matches!(self.st[obj].kind, ObjKind::Var(_)).then_some(obj)
    }

    /// Gives the name `x` the value in `v`, a temporary from register `m` on: declares or assigns it.
    fn define_value(&mut self, x: &Expr, v: Reg, from: Ty, m: u32) {
        if Self::is_blank(x) {
            return;
        }
        if let Some(obj) = self.new_object(x) {
            let t = self.ty_of_obj(obj);
            if from == t && u32::from(v) >= m && !self.in_heap(obj, t) {
                self.vars.insert(obj, Var::Reg(v));
                return;
            }
            let v = self.assign_conv(v, from, t, None);
            return self.declare_value(obj, v);
        }
        let (p, t) = self.place(x);
        let m = self.b.mark();
        let v = self.assign_conv(v, from, t, None);
        self.store(p, t, v);
        self.b.release(m);
    }

    /// `var names… = values…`
    pub fn define_names(&mut self, names: &[Ident], values: &[Expr]) {
        let obj = |fx: &Self, n: &Ident| {
            if n.is_blank() {
                None
            } else {
                fx.info.defs.get(&n.id).copied()
            }
        };
        if let ([n], [e]) = (names, values) {
            match obj(self, n) {
                Some(o) => self.define_one(o, e),
                None => self.drop_value(e),
            }
            return;
        }
        let m = self.b.mark();
        let list: Vec<(Reg, Ty)> = if values.len() == 1 {
            self.tuple_values(&values[0], true)
        } else {
            let order = self.order(values);
            let mut list = Vec::with_capacity(values.len());
            for (n, e) in names.iter().zip(values) {
                match obj(self, n) {
                    Some(o) => {
                        let t = self.ty_of_obj(o);
                        list.push((self.expr_copy(e, t), t));
                    }
                    None => {
                        let t = self.ty_of(e);
                        self.drop_value(e);
                        list.push((0, t));
                    }
                }
            }
            self.unorder(order);
            list
        };
        for (n, (v, from)) in names.iter().zip(list) {
            let Some(o) = obj(self, n) else { continue };
            let t = self.ty_of_obj(o);
            if from == t && u32::from(v) >= m && !self.in_heap(o, t) {
                self.vars.insert(o, Var::Reg(v));
            } else {
                let v = self.assign_conv(v, from, t, None);
                self.declare_value(o, v);
            }
        }
    }

    // --- op-assignments ---

    /// `x++` or `x--`
    pub fn inc_dec(&mut self, x: &Expr, inc: bool) {
        let m = self.b.mark();
        let order = self.order([x]);
        let (p, t) = self.place(x);
        self.unorder(order);
        if self.map_add(p, None, inc) {
            self.b.release(m);
            return;
        }
        let v = match p {
            Place::Reg(r) => r,
            p => self.load(p, t, None),
        };
        let d = match p {
            Place::Reg(r) => r,
            _ => self.temp(t),
        };
        self.increment(t, d, v, inc);
        if !matches!(p, Place::Reg(_)) {
            self.b.pos = x.span.lo;
            self.store(p, t, d);
        }
        self.b.release(m);
    }

    /// `d` := `v` plus or minus one.
    pub fn increment(&mut self, t: Ty, d: Reg, v: Reg, inc: bool) {
        let b = self.basic(t).unwrap_or(Basic::Int);
        let delta: i16 = if inc { 1 } else { -1 };
        if b.is_integer() {
            let op = match b {
                Basic::Int32 => Op::AddI32I,
                Basic::Uint32 => Op::AddU32I,
                Basic::Uint8 => Op::AddU8I,
                _ => Op::AddI64I,
            };
            self.b.abc(op, d, v, delta as u16);
            if op == Op::AddI64I {
                self.extend(d, b);
            }
            return;
        }
        let one = mgo_lang::types::constant::Constant::Int(1);
        let m = self.b.mark();
        let r = self.constant(&one, t, None);
        let op = if inc { BinaryOp::Add } else { BinaryOp::Sub };
        self.arith_regs(op, t, d, v, r);
        self.b.release(m);
    }

    /// `m[k] += y` on 64-bit integers in one instruction; `y` none is one.
    fn map_add(&mut self, p: Place, y: Option<&Expr>, positive: bool) -> bool {
        let Place::Map { m, key, ty } = p else {
            return false;
        };
        let (ops, _, v) = self.map_ops(ty);
        let whole = matches!(
            self.basic(v),
            Some(Basic::Int | Basic::Int64 | Basic::Uint | Basic::Uint64 | Basic::Uintptr)
        );
        if !whole || ops == MapOps::Other {
            return false;
        }
        let r = match y {
            None => {
                let r = self.b.alloc(1);
                self.b.load_int(r, if positive { 1 } else { -1 });
                r
            }
            Some(y) => self.expr(y, None),
        };
        let op = if ops == MapOps::Int {
            Op::MapAddI
        } else {
            Op::MapAddS
        };
        self.b.abcx(op, m, key, r, ty.0.into());
        true
    }

    /// `x op= y`
    pub fn op_assign(&mut self, x: &Expr, op: BinaryOp, at: Span, y: &Expr) {
        let m = self.b.mark();
        let order = self.order([x, y]);
        self.op_assign_ordered(x, op, at, y);
        self.unorder(order);
        self.b.release(m);
    }

    fn op_assign_ordered(&mut self, x: &Expr, op: BinaryOp, at: Span, y: &Expr) {
        let (p, t) = self.place(x);
        let b = self.basic(t).unwrap_or(Basic::Int);
        if op == BinaryOp::Add && self.map_add(p, Some(y), true) {
            return;
        }
        match p {
            Place::Reg(r) => {
                if b.is_string() {
                    let y = self.expr(y, None);
                    self.b.pos = at.lo;
                    self.b.abc(Op::Concat, r, r, y);
                } else {
                    let m = self.b.mark();
                    self.op_assign_reg(op, b, r, y, at, m, t);
                }
            }
            _ => {
                let d = self.temp(t);
                let m2 = self.b.mark();
                if b.is_string() || Self::has_call(y) {
                    // What the call changes is to be seen.
                    let shift = matches!(op, BinaryOp::Shl | BinaryOp::Shr);
                    let yr = self.expr(y, None);
                    if shift {
                        let yt = self.ty_of(y);
                        if self.basic(yt).is_some_and(|b| !b.is_unsigned()) {
                            self.b.ab(Op::ChkShift, yr, 0);
                        }
                    }
                    let l = self.load(p, t, None);
                    self.b.pos = at.lo;
                    self.arith_regs(op, t, d, l, yr);
                } else {
                    let l = self.load(p, t, None);
                    self.arith_with(op, b, l, y, at, m2, t, Some(d));
                }
                self.b.pos = at.lo;
                self.store(p, t, d);
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an op-assignment's parts")]
    fn op_assign_reg(&mut self, op: BinaryOp, b: Basic, r: Reg, y: &Expr, at: Span, m: u32, t: Ty) {
        // x += p * q, fused.
        if b == Basic::Float64
            && matches!(op, BinaryOp::Add | BinaryOp::Sub)
            && self.const_of(y).is_none()
            && let ExprKind::Binary(BinaryOp::Mul, _, p, q) = &Self::unparen(y).kind
        {
            let p = self.expr(p, None);
            let q = self.expr(q, None);
            let code = if op == BinaryOp::Add {
                Op::MulAddF64
            } else {
                Op::MulSubF64
            };
            self.b.pos = at.lo;
            self.b.abcx(code, r, p, q, r.into());
            return;
        }
        self.arith_with(op, b, r, y, at, m, t, Some(r));
    }

    /// Whether evaluating `e` may run other code that changes variables.
    pub fn has_call(e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Call(_) | ExprKind::Unary(UnaryOp::Recv, _) => true,
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Unary(_, x) | ExprKind::TypeAssert(x, _) => {
                Self::has_call(x)
            }
            ExprKind::Selector(x, _) => Self::has_call(x),
            ExprKind::Binary(_, _, x, y) | ExprKind::KeyValue(x, y) => Self::has_call(x) || Self::has_call(y),
            ExprKind::Index(x, i) => Self::has_call(x) || i.iter().any(Self::has_call),
            ExprKind::Slice(s) => Self::has_call(&s.x) || s.bounds.iter().flatten().any(Self::has_call),
            ExprKind::Composite(c) => c.elems.iter().any(Self::has_call),
            _ => false,
        }
    }

    /// Stores `v` of type `from` into the variable or place `x`, declaring it first if `define`.
    pub fn assign_loop_var(&mut self, x: &Expr, define: bool, v: Reg, from: Ty) {
        if Self::is_blank(x) {
            return;
        }
        let fresh = self.new_object(x).filter(|o| !self.info.shared_vars.contains(o));
        if define && let Some(obj) = fresh {
            let t = self.ty_of_obj(obj);
            let v = self.assign_conv(v, from, t, None);
            return self.declare_value(obj, v);
        }
        let m = self.b.mark();
        let (p, t) = self.place(x);
        let v = self.assign_conv(v, from, t, None);
        self.store(p, t, v);
        self.b.release(m);
    }

    /// The variable that a range clause declares as `x`, if it may be the loop's own register: nothing
    /// assigns it and it is in no closure by reference.
    pub fn loop_register(&mut self, x: Option<&Expr>, define: bool) -> Option<ObjId> {
        let obj = self.new_object(x?).filter(|_| define)?;
        let t = self.ty_of_obj(obj);
        (self.esc.is_constant(obj) && !self.in_heap(obj, t)).then_some(obj)
    }
}
