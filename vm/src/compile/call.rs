//! Calls.
//!
//! A call window begins above all live registers: header, results, receiver and arguments, evaluated
//! straight into their places. Results are used where the callee left them.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::{Mode, Selection, SelectionKind};
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::ObjId;
use mgo_lang::types::ty::Type;

use crate::bytecode::op::{Op, halves};
use crate::bytecode::program::HEADER;
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::inline;
use crate::compile::layout::{FuncTy, Shape, Ty};
use crate::compile::place::Place;
use std::rc::Rc;

/// What is called.
#[derive(Clone, Copy)]
pub(crate) enum Callee {
    /// A function known by name.
    Func(FuncKeyRef),
    /// A func value.
    Value(Reg),
    /// A method of the interface in a pair of registers.
    Iface(Reg, u32),
}

/// The id of a known function.
pub(crate) type FuncKeyRef = u32;

/// A receiver to be passed before the arguments.
#[derive(Clone, Copy)]
pub(crate) enum Recv {
    /// None.
    None,
    /// The value at this place.
    Value(Place, Ty),
    /// The address of this place, which holds a value of this type.
    Address(Place, Ty),
    /// The data word of an interface, put there by the call itself.
    Word,
}

/// A window under construction.
#[derive(Clone, Copy)]
pub(crate) struct Window {
    pub base: Reg,
    /// First result.
    pub results: Reg,
    /// Slots of the results.
    pub n_results: u32,
}

impl Fx<'_> {
    /// The value of call `e` (a conversion, a call of a built-in, or a call with one result).
    pub fn call_value(&mut self, e: &Expr, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Reg {
        let Some(fun) = self.tv(&c.fun) else {
            self.unsupported(e.span, "call of something without a type");
            return self.dst(dst, t);
        };
        match fun.mode {
            Mode::TypeExpr => {
                let Some(x) = c.args.first() else {
                    return self.dst(dst, t);
                };
                let order = self.order([x]);
                let r = self.conversion(e, x, t, dst);
                self.unorder(order);
                return r;
            }
            Mode::Builtin(b) => {
                let order = self.order(&c.args);
                let r = self.builtin(e, b, c, t, dst);
                self.unorder(order);
                return r;
            }
            _ => {}
        }
        if let Some(r) = self.intrinsic(c, t, dst) {
            return r;
        }
        if let Some(r) = self.inline(e, c, dst) {
            return r;
        }
        let m = self.b.mark();
        let (r, _) = self.call(c);
        if dst.is_some() {
            self.move_to(dst.unwrap_or(r), r, t);
            self.b.release(m);
        }
        dst.unwrap_or(r)
    }

    /// A call of a library function that is one instruction.
    fn intrinsic(&mut self, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Option<Reg> {
        let ExprKind::Selector(_, name) = &Self::unparen(&c.fun).kind else {
            return None;
        };
        let op = match &*name.name {
            "Sqrt" => Op::SqrtF64,
            "Abs" => Op::AbsF64,
            _ => return None,
        };
        let obj = self.object(name)?;
        let o = &self.st[obj];
        let [x] = &c.args[..] else { return None };
        let plain = matches!(&self.st[o.ty], Type::Signature(s) if s.recv.is_none());
        let in_math = o.pkg.is_some_and(|p| &*self.st[p].path == "math");
        if !plain || !in_math || !matches!(o.kind, ObjKind::Func(_)) || self.ty_of(x) != t {
            return None;
        }
        let m = self.b.mark();
        let r = self.whole(x);
        self.b.release(m);
        let d = self.dst(dst, t);
        self.b.pos = c.fun.span.hi;
        self.b.ab(op, d, r);
        Some(d)
    }

    /// Makes call `c` for its results: the first register of all, and their types. They stay the topmost
    /// temporaries.
    pub fn call(&mut self, c: &CallExpr) -> (Reg, Rc<FuncTy>) {
        let t = self.ty_of(&c.fun);
        let sig = self.signature(t);
        let order = self.order_call(c, &sig);
        let (callee, recv, sig) = self.callee(&c.fun);
        let w = self.window(&sig);
        self.receiver(w, callee, recv);
        self.arguments(c, &sig);
        // As in Go, a call is where its parenthesis opens: chained calls have lines of their own.
        self.b.pos = c.fun.span.hi;
        self.emit_call(w, callee);
        self.unorder(order);
        self.b.keep(w.results, w.n_results);
        (w.results, sig)
    }

    /// The signature behind a func type.
    pub fn signature(&mut self, t: Ty) -> Rc<FuncTy> {
        match self.under(t) {
            Shape::Func(f) => f,
            _ => Rc::new(FuncTy {
                params: Vec::new(),
                results: Vec::new(),
                variadic: false,
            }),
        }
    }

    /// Works out what `fun` calls, evaluating what must be evaluated before the arguments.
    pub fn callee(&mut self, fun: &Expr) -> (Callee, Recv, Rc<FuncTy>) {
        let t = self.ty_of(fun);
        let sig = self.signature(t);
        let inner = self.instantiated(Self::unparen(fun));
        match &inner.kind {
            ExprKind::Ident(id) => {
                if let Some(obj) = self
                    .object(id)
                    .filter(|&o| matches!(self.st[o].kind, ObjKind::Func(_)))
                {
                    return (self.static_callee(obj, id.id), Recv::None, sig);
                }
            }
            ExprKind::Selector(x, sel) => match self.selection(inner.id) {
                None => {
                    let obj = self
                        .object(sel)
                        .filter(|&o| matches!(self.st[o].kind, ObjKind::Func(_)));
                    if let Some(obj) = obj {
                        return (self.static_callee(obj, sel.id), Recv::None, sig);
                    }
                }
                Some(s) if s.kind == SelectionKind::Method => {
                    let (callee, recv) = self.method_callee(x, sel, &s);
                    return (callee, recv, sig);
                }
                Some(s) if s.kind == SelectionKind::MethodExpr => {
                    let t = self.ty_of(fun);
                    let generic = self.generic_method(sel, &s, t);
                    let f = self.method_expr_func(&s, generic);
                    return (Callee::Func(f), Recv::None, sig);
                }
                _ => {}
            },
            _ => {}
        }
        let f = self.expr(fun, None);
        (Callee::Value(f), Recv::None, sig)
    }

    /// A declared function: called in place where it has no body.
    /// `id` is the identifier that names it.
    pub fn static_callee(&mut self, obj: ObjId, id: ExprId) -> Callee {
        let key = self.func_key(obj, id);
        let f = self.c.func(key);
        let in_place = |p| inline::called_in_place(self.st, p, obj);
        if !self.c.in_place.contains_key(&f)
            && self.packages.is_some_and(in_place)
            && let Some(n) = self.c.bodiless(self.st, obj)
        {
            self.c.in_place.insert(f, n);
        }
        Callee::Func(f)
    }

    /// The method that selection `s` on `x` calls, and its receiver.
    pub fn method_callee(&mut self, x: &Expr, sel: &Ident, s: &Selection) -> (Callee, Recv) {
        match self.receiver_of(x, s) {
            Recv::Value(p, t) if self.is_interface(t) => {
                let i = self.load(p, t, None);
                let sel = self.selector_of(s.obj);
                (Callee::Iface(i, sel), Recv::Word)
            }
            recv => (self.static_callee(s.obj, sel.id), recv),
        }
    }

    /// The receiver that selection `s` on `x` passes; for a method of an interface the interface.
    pub fn receiver_of(&mut self, x: &Expr, s: &Selection) -> Recv {
        let n = s.path.len().saturating_sub(1);
        let (p, t) = self.place(x);
        let (p, t) = self.walk_path(p, t, &s.path[..n]);
        if self.is_interface(t) {
            return Recv::Value(p, t);
        }
        let ptr_recv = self.st[s.obj].as_func().is_some_and(|f| f.ptr_recv);
        let is_ptr = self.pointee(t).is_some();
        match (ptr_recv, is_ptr) {
            (true, true) | (false, false) => Recv::Value(p, t),
            (true, false) => Recv::Address(p, t),
            (false, true) => {
                let (p, t) = self.deref(p, t);
                Recv::Value(p, t)
            }
        }
    }

    /// The selector of a method; calls through interfaces name it from now on.
    pub fn selector_of(&mut self, method: ObjId) -> u32 {
        let name = self.st[method].name.clone();
        let pkg = crate::compile::layout::pkg_of(self.st, method);
        let sel = self.c.selector(&name, &pkg);
        self.c.call_selector(sel);
        sel
    }

    // --- windows ---

    /// A window with room for the results; arguments are allocated after it in order.
    pub fn window(&mut self, sig: &FuncTy) -> Window {
        let base = self.b.alloc(HEADER.into());
        let results = self.b.mark() as Reg;
        for &t in &sig.results {
            self.temp(t);
        }
        Window {
            base,
            results,
            n_results: self.b.mark() - u32::from(results),
        }
    }

    /// Puts the receiver in its place.
    pub fn receiver(&mut self, w: Window, callee: Callee, recv: Recv) {
        debug_assert_eq!(self.b.mark(), u32::from(w.results) + w.n_results);
        match recv {
            Recv::None => {}
            Recv::Value(p, t) => {
                let r = self.temp(t);
                self.load(p, t, Some(r));
                self.b.keep(r, self.c.form(self.st, t).slots);
            }
            Recv::Address(p, t) => {
                let r = self.b.alloc_ptr();
                self.address(p, t, Some(r));
                self.b.keep(r, 1);
            }
            Recv::Word => {
                let r = self.b.alloc_ptr();
                // A call does this itself; go and defer call a func value.
                if let Callee::Value(_) = callee {
                    self.b.mov(r, r);
                }
            }
        }
    }

    /// Evaluates the arguments of `c` into the window.
    pub fn arguments(&mut self, c: &CallExpr, sig: &FuncTy) {
        let params = &sig.params;
        if let [only] = &c.args[..] {
            let results = match self.tv(only).map(|tv| &self.st[tv.ty]) {
                Some(Type::Tuple(vars)) => vars.len(),
                _ => 1,
            };
            if results != 1 && c.ellipsis.is_none() {
                return self.spread(only, sig);
            }
        }
        let fixed = if sig.variadic && c.ellipsis.is_none() {
            params.len() - 1
        } else {
            params.len()
        };
        for (arg, &t) in c.args.iter().zip(&params[..fixed]) {
            self.argument(arg, t);
        }
        if fixed < params.len() {
            let rest = &c.args[fixed.min(c.args.len())..];
            self.variadic(rest, params[fixed]);
        }
    }

    fn argument(&mut self, arg: &Expr, t: Ty) {
        let r = self.temp(t);
        let m = self.b.mark();
        self.expr_fresh(arg, t, r);
        self.b.release(m);
    }

    /// Packs arguments into a slice.
    fn variadic(&mut self, args: &[Expr], t: Ty) {
        let d = self.temp(t);
        if args.is_empty() {
            return self.b.zero(d, 2);
        }
        let Shape::Slice(elem) = self.under(t) else { return };
        let n = args.len() as u32;
        let array = self.c.intern(Shape::Array(elem, n.into()));
        let size = self.form(elem).size;
        self.b.a_bc(Op::New, d, array.0);
        for (i, arg) in args.iter().enumerate() {
            let m = self.b.mark();
            let v = self.expr_as(arg, elem, None);
            self.store_mem(d, i as u32 * size, elem, v);
            self.b.release(m);
        }
        self.b.load_int(d + 1, halves(n, n) as i64);
    }

    /// Passes the results of `call` as arguments.
    fn spread(&mut self, call: &Expr, sig: &FuncTy) {
        // Room for the parameters first: the inner window comes above it.
        let regs: Vec<Reg> = sig.params.iter().map(|&t| self.temp(t)).collect();
        let m = self.b.mark();
        let ExprKind::Call(c) = &Self::unparen(call).kind else {
            return;
        };
        let (first, inner) = self.call(c);
        let values = self.results_at(first, &inner);
        let fixed = if sig.variadic {
            sig.params.len() - 1
        } else {
            sig.params.len()
        };
        for (i, &(v, from)) in values.iter().take(fixed).enumerate() {
            self.assign_conv(v, from, sig.params[i], Some(regs[i]));
        }
        if sig.variadic {
            self.variadic_values(&values[fixed.min(values.len())..], sig.params[fixed], regs[fixed]);
        }
        self.b.release(m);
    }

    fn variadic_values(&mut self, values: &[(Reg, Ty)], t: Ty, d: Reg) {
        if values.is_empty() {
            return self.b.zero(d, 2);
        }
        let Shape::Slice(elem) = self.under(t) else { return };
        let n = values.len() as u32;
        let array = self.c.intern(Shape::Array(elem, n.into()));
        let size = self.form(elem).size;
        self.b.a_bc(Op::New, d, array.0);
        for (i, &(v, from)) in values.iter().enumerate() {
            let m = self.b.mark();
            let v = self.assign_conv(v, from, elem, None);
            self.store_mem(d, i as u32 * size, elem, v);
            self.b.release(m);
        }
        self.b.load_int(d + 1, halves(n, n) as i64);
    }

    /// Where each result of a call lies.
    pub fn results_at(&mut self, first: Reg, sig: &FuncTy) -> Vec<(Reg, Ty)> {
        let mut r = first;
        let mut out = Vec::with_capacity(sig.results.len());
        for &t in &sig.results {
            out.push((r, t));
            r += self.slots(t) as Reg;
        }
        out
    }

    /// Emits the call itself.
    pub fn emit_call(&mut self, w: Window, callee: Callee) {
        match callee {
            Callee::Func(f) => match self.c.in_place.get(&f) {
                Some(&callee) => self.b.call_in_place(w.base, callee),
                None => self.b.call(w.base, f),
            },
            Callee::Value(f) => {
                let n = self.b.mark() - u32::from(w.results);
                self.b.abc(Op::CallC, w.base, f, n as u16);
            }
            Callee::Iface(i, sel) => {
                let at = HEADER + w.n_results as u16;
                let n = self.b.mark() - u32::from(w.results);
                self.b.abcx(Op::CallI, w.base, i, at, halves(sel, n));
                self.b.extra(0);
            }
        }
    }

    /// Evaluates a call whose results are dropped.
    pub fn call_drop(&mut self, e: &Expr, c: &CallExpr) {
        let m = self.b.mark();
        match self.tv(&c.fun).map(|tv| tv.mode) {
            Some(Mode::Builtin(b)) => {
                let order = self.order(&c.args);
                self.builtin_stmt(e, b, c);
                self.unorder(order);
            }
            Some(Mode::TypeExpr) => {
                if let Some(x) = c.args.first() {
                    self.expr_drop(x);
                }
            }
            _ if self.inline(e, c, None).is_some() => {}
            _ => {
                self.call(c);
            }
        }
        self.b.release(m);
    }
}
