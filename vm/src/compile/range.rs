//! range statements, except over functions.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::{NONE, Op};
use crate::bytecode::program::MAP_ITER_SLOTS;
use crate::compile::func::{Label, Reg};
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::{Shape, Ty};
use crate::compile::place::Place;

/// The labels of a loop.
struct Loop {
    cont: Label,
    end: Label,
    label: Option<Name>,
}

impl Fx<'_> {
    pub fn range_stmt(&mut self, r: &RangeStmt, label: Option<Name>) {
        let m = self.b.mark();
        let xt = self.ty_of(&r.x);
        self.declare_shared(r);
        match self.under(xt) {
            Shape::Func(_) => self.range_func(r, label),
            shape => {
                let hoists = self.hoist(|v| v.block(&r.body));
                let l = Loop {
                    cont: self.b.label(),
                    end: self.b.label(),
                    label,
                };
                match shape {
                    Shape::Slice(elem) => self.range_slice(r, elem, l),
                    Shape::Array(elem, n) => self.range_array(r, xt, elem, n, l),
                    Shape::Pointer(a) => match self.under(a) {
                        Shape::Array(elem, n) => {
                            let base = self.expr_copy(&r.x, xt);
                            let p = Place::Mem {
                                base,
                                off: 0,
                                safe: false,
                            };
                            self.range_elems(r, p, elem, n, l);
                        }
                        _ => self.unsupported(r.x.span, "range over this type"),
                    },
                    Shape::Map(k, v) => self.range_map(r, xt, k, v, l),
                    Shape::Chan(_, elem) => self.range_chan(r, elem, l),
                    Shape::Basic(b) if b.is_string() => self.range_string(r, l),
                    Shape::Basic(_) => self.range_int(r, xt, l),
                    _ => self.unsupported(r.x.span, "range over this type"),
                }
                self.end_hoisting(hoists);
            }
        }
        self.b.release(m);
    }

    /// Declares the variables that all iterations share.
    fn declare_shared(&mut self, r: &RangeStmt) {
        for x in r.key.iter().chain(&r.value) {
            if let Some(obj) = self.new_object(x).filter(|o| self.info.shared_vars.contains(o)) {
                self.declare_zero(obj);
            }
        }
    }

    fn wanted(x: Option<&Expr>) -> Option<&Expr> {
        x.filter(|x| !matches!(&x.kind, ExprKind::Ident(id) if id.is_blank()))
    }

    /// A value that stays as it is while the loop runs: a variable nothing assigns, or a copy.
    fn held(&mut self, x: &Expr, t: Ty) -> Reg {
        if let Some(obj) = self.var_of(x)
            && let (true, Some(Var::Reg(r))) = (self.esc.is_constant(obj), self.vars.get(&obj))
        {
            return *r;
        }
        self.expr_copy(x, t)
    }

    /// A loop that counts from 0 to the limit in register `n` (or the constant), with `key` set to the
    /// count and `each` emitted before the body.
    fn count(&mut self, r: &RangeStmt, key_type: Ty, n: Limit, l: Loop, each: impl FnOnce(&mut Self, Reg)) {
        let key = Self::wanted(r.key.as_ref());
        let own = self.loop_register(key, r.define);
        let i = self.b.alloc(1);
        self.b.a_bc(Op::LoadI, i, 0);
        match n {
            Limit::Reg(n) => self.b.jump_cmp(Op::JLeI64I, n, 0, l.end),
            Limit::Const(0) => self.b.jump(l.end),
            Limit::Const(_) => {}
        }
        let body = self.b.label_here();
        let m = self.b.mark();
        if !r.define && key.is_some() && Self::wanted(r.value.as_ref()).is_some() {
            // Both are assigned as by one statement; `each` has the value.
            self.pending_key = Some((i, key_type));
        } else {
            match (own, key) {
                (Some(obj), _) => {
                    self.vars.insert(obj, Var::Reg(i));
                }
                (None, Some(x)) => self.assign_loop_var(x, r.define, i, key_type),
                (None, None) => {}
            }
        }
        each(self, i);
        self.in_loop(l.label, l.end, l.cont, |fx| fx.block(&r.body));
        self.b.release(m);
        self.b.bind(l.cont);
        self.b.pos = r.header.lo;
        match n {
            Limit::Reg(n) => self.b.jump_cmp(Op::ForLtI64, i, n, body),
            Limit::Const(n) => self.b.jump_cmp(Op::ForLtI64I, i, n as u16, body),
        }
        self.b.bind(l.end);
    }

    fn range_int(&mut self, r: &RangeStmt, xt: Ty, l: Loop) {
        // The count has the key's type, which an untyped limit takes on.
        let t = match Self::wanted(r.key.as_ref()) {
            Some(k) if self.const_of(&r.x).is_some() => self.key_type(k, xt),
            _ => xt,
        };
        let unsigned_wide = matches!(self.basic(t), Some(Basic::Uint | Basic::Uint64 | Basic::Uintptr));
        let n = match self.const_of(&r.x).map(|c| c.as_i64()) {
            Some(v) if i16::try_from(v).is_ok() => Limit::Const(v.max(0) as i16),
            _ => Limit::Reg(self.held(&r.x, xt)),
        };
        if unsigned_wide && self.const_of(&r.x).is_none() {
            return self.range_uint(r, t, l);
        }
        self.count(r, t, n, l, |_, _| {});
    }

    fn key_type(&mut self, k: &Expr, xt: Ty) -> Ty {
        match &k.kind {
            ExprKind::Ident(id) => match self.object(id) {
                Some(obj) => self.ty_of_obj(obj),
                None => xt,
            },
            _ => self.ty_of(k),
        }
    }

    /// A limit that may be above the signed integers.
    fn range_uint(&mut self, r: &RangeStmt, t: Ty, l: Loop) {
        let n = self.held(&r.x, t);
        let i = self.b.alloc(1);
        self.b.a_bc(Op::LoadI, i, 0);
        self.b.jump_cmp(Op::JEqI, n, 0, l.end);
        let body = self.b.label_here();
        let m = self.b.mark();
        if let Some(x) = Self::wanted(r.key.as_ref()) {
            self.assign_loop_var(x, r.define, i, t);
        }
        self.in_loop(l.label, l.end, l.cont, |fx| fx.block(&r.body));
        self.b.release(m);
        self.b.bind(l.cont);
        self.b.abc(Op::AddI64I, i, i, 1);
        self.b.jump_cmp(Op::LoopLtU64, i, n, body);
        self.b.bind(l.end);
    }

    fn range_slice(&mut self, r: &RangeStmt, elem: Ty, l: Loop) {
        let xt = self.ty_of(&r.x);
        let s = self.held(&r.x, xt);
        let n = self.b.alloc(1);
        self.b.ab(Op::LenSl, n, s + 1);
        let int = self.c.basic(Basic::Int);
        self.count(r, int, Limit::Reg(n), l, |fx, i| {
            if let Some(v) = Self::wanted(r.value.as_ref()) {
                let m = fx.b.mark();
                let p = fx.slice_elem(s, i, elem);
                fx.range_value(r, v, p, elem, m);
            }
        });
    }

    /// Gives the value variable of a range clause what is at `p`; temporaries begin at `m`. A new variable's register lies
    /// above them, so they stay.
    fn range_value(&mut self, r: &RangeStmt, v: &Expr, p: Place, elem: Ty, m: u32) {
        // A fresh variable in registers is loaded into at once.
        if let ExprKind::Ident(id) = &v.kind
            && let Some(&obj) = self.info.defs.get(&id.id).filter(|_| r.define)
        {
            let t = self.ty_of_obj(obj);
            if t == elem && !self.in_heap(obj, t) {
                let d = self.load(p, elem, None);
                if let Place::Reg(_) = p {
                    return self.declare_value(obj, d);
                }
                // The variable takes the register over.
                self.vars.insert(obj, Var::Reg(d));
                return;
            }
        }
        let x = self.load(p, elem, None);
        match (self.pending_key.take(), &r.key) {
            (Some(key), Some(k)) => self.assign_values(&[k, v], &[key, (x, elem)]),
            _ => self.assign_loop_var(v, r.define, x, elem),
        }
        if !r.define {
            self.b.release(m);
        }
    }

    fn range_array(&mut self, r: &RangeStmt, xt: Ty, elem: Ty, n: u64, l: Loop) {
        let want = Self::wanted(r.value.as_ref()).is_some();
        if !want {
            // Only the length matters; what is no variable is evaluated all the same.
            if self.const_of(&r.x).is_none() && Self::has_call(&r.x) {
                let m = self.b.mark();
                let (p, _) = self.place(&r.x);
                self.check_place(p);
                self.b.release(m);
            }
            let p = Place::Blank;
            return self.range_elems(r, p, elem, n, l);
        }
        // The loop ranges over a copy.
        let copy = match self.var_of(&r.x) {
            Some(obj) => !self.esc.is_constant(obj),
            None => true,
        };
        let p = if copy {
            let v = self.expr_copy(&r.x, xt);
            self.value_at(v, xt)
        } else {
            self.place(&r.x).0
        };
        self.range_elems(r, p, elem, n, l);
    }

    fn range_elems(&mut self, r: &RangeStmt, p: Place, elem: Ty, n: u64, l: Loop) {
        let limit = match i16::try_from(n) {
            Ok(n) => Limit::Const(n),
            Err(_) => {
                let reg = self.b.alloc(1);
                self.b.load_int(reg, n as i64);
                Limit::Reg(reg)
            }
        };
        let int = self.c.basic(Basic::Int);
        self.count(r, int, limit, l, |fx, i| {
            if let Some(v) = Self::wanted(r.value.as_ref()) {
                let m = fx.b.mark();
                let p = fx.array_elem_reg(p, elem, n, i);
                fx.range_value(r, v, p, elem, m);
            }
        });
    }

    fn range_string(&mut self, r: &RangeStmt, l: Loop) {
        let xt = self.ty_of(&r.x);
        let s = self.held(&r.x, xt);
        let next = self.b.alloc(1);
        let rune = self.b.alloc(1);
        let start = self.b.alloc(1);
        self.b.a_bc(Op::LoadI, next, 0);
        let int = self.c.basic(Basic::Int);
        let rt = self.c.basic(Basic::Int32);
        let key = Self::wanted(r.key.as_ref());
        self.b.bind(l.cont);
        if key.is_some() {
            self.b.mov(start, next);
        }
        self.b.jump_xlo(Op::StrNext, rune, s, next, 0, l.end);
        let m = self.b.mark();
        let value = Self::wanted(r.value.as_ref());
        self.loop_vars(r, [(key, start, int), (value, rune, rt)]);
        self.in_loop(l.label, l.end, l.cont, |fx| fx.block(&r.body));
        self.b.release(m);
        self.b.pos = r.header.lo;
        self.b.jump_back(l.cont);
        self.b.bind(l.end);
    }

    fn range_map(&mut self, r: &RangeStmt, xt: Ty, k: Ty, v: Ty, l: Loop) {
        let it = self.b.alloc(MAP_ITER_SLOTS.into());
        for i in 0..MAP_ITER_SLOTS {
            self.b.mark_pointer(it + i);
        }
        let m = self.b.mark();
        let x = self.expr(&r.x, None);
        self.b.abcx(Op::MapIter, it, x, 0, xt.0.into());
        self.b.release(m);
        let (kx, vx) = (Self::wanted(r.key.as_ref()), Self::wanted(r.value.as_ref()));
        let kr = if kx.is_some() { self.temp(k) } else { NONE };
        let vr = if vx.is_some() { self.temp(v) } else { NONE };
        self.b.bind(l.cont);
        self.b.jump_xhi(Op::MapNext, it, kr, vr, xt.0, l.end);
        let m = self.b.mark();
        self.loop_vars(r, [(kx, kr, k), (vx, vr, v)]);
        self.in_loop(l.label, l.end, l.cont, |fx| fx.block(&r.body));
        self.b.release(m);
        self.b.pos = r.header.lo;
        self.b.jump_back(l.cont);
        self.b.bind(l.end);
    }

    /// Gives key and value variables what is in these registers; new ones take them over if they can.
    fn loop_vars(&mut self, r: &RangeStmt, vars: [(Option<&Expr>, Reg, Ty); 2]) {
        if let ([(Some(k), kr, kt), (Some(v), vr, vt)], false) = (vars, r.define) {
            return self.assign_values(&[k, v], &[(kr, kt), (vr, vt)]);
        }
        for (x, reg, t) in vars {
            let Some(x) = x else { continue };
            match self.loop_register(Some(x), r.define) {
                Some(obj) if self.ty_of_obj(obj) == t => {
                    self.vars.insert(obj, Var::Reg(reg));
                }
                _ => self.assign_loop_var(x, r.define, reg, t),
            }
        }
    }

    fn range_chan(&mut self, r: &RangeStmt, elem: Ty, l: Loop) {
        let xt = self.ty_of(&r.x);
        let ch = self.held(&r.x, xt);
        let key = Self::wanted(r.key.as_ref());
        let v = if key.is_some() { self.temp(elem) } else { NONE };
        let ok = self.b.alloc(1);
        self.b.bind(l.cont);
        self.b.pos = r.header.lo;
        self.b.abc(Op::RecvOk, v, ch, ok);
        self.b.jump_if(Op::JmpF, ok, l.end);
        let m = self.b.mark();
        if let Some(x) = key {
            match self.loop_register(Some(x), r.define) {
                Some(obj) if self.ty_of_obj(obj) == elem => {
                    self.vars.insert(obj, Var::Reg(v));
                }
                _ => self.assign_loop_var(x, r.define, v, elem),
            }
        }
        self.in_loop(l.label, l.end, l.cont, |fx| fx.block(&r.body));
        self.b.release(m);
        self.b.pos = r.header.lo;
        self.b.jump_back(l.cont);
        self.b.bind(l.end);
    }
}

/// Where a counting loop ends.
#[derive(Clone, Copy)]
enum Limit {
    Reg(Reg),
    Const(i16),
}
