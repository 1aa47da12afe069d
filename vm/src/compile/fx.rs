//! Fx: the state of compiling one function; how a function begins and ends.
//!
//! ```text
//!  slot 0..3   header          slot 2 is the closure: its captures are loaded into registers at entry
//!  3..         results         named ones live here if they are in no closure and have no address taken
//!  ..          parameters      receiver first
//!  ..          captures, locals, temporaries, call windows
//! ```

use std::rc::Rc;
use std::sync::Arc;

use mgo_lang::source::Span;
use mgo_lang::syntax::ast::*;
use mgo_lang::types::constant::Constant;
use mgo_lang::types::info::{CheckedPackage, Info, Mode, TypeAndValue};
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::{Basic, Type};
use rustc_hash::FxHashMap;

use crate::bytecode::op::Op;
use crate::bytecode::program::{FuncEntry, FuncId, HEADER, func_flag};
use crate::compile::escape::{self, Escape};
use crate::compile::flow::Flow;
use crate::compile::func::{FuncBuilder, Label, Reg};
use crate::compile::inplace::InPlace;
use crate::compile::layout::{Form, Shape, Ty};
use crate::compile::mono::TypeEnv;
use crate::compile::order::Order;
use crate::compile::rangefunc::BodyCx;
use crate::compile::{Compiler, FuncHead, Packages};

/// Where a variable lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Var {
    /// In registers from here on.
    Reg(Reg),
    /// In the heap; this register holds the address.
    Box(Reg),
}

/// A result of the function.
#[derive(Clone, Copy)]
pub(crate) struct ResultVar {
    pub obj: ObjId,
    pub ty: Ty,
    /// Where the caller finds it.
    pub slot: Reg,
    /// Whether it has a name: statements may read it.
    pub named: bool,
}

/// See the module's head.
pub(crate) struct Fx<'c> {
    pub c: &'c mut Compiler,
    pub st: &'c Store,
    pub info: &'c Info,
    pub b: FuncBuilder,
    pub esc: Rc<Escape>,
    pub vars: FxHashMap<ObjId, Var>,
    pub name: Arc<str>,
    /// Literals named so far.
    pub lits: u32,
    /// The function's key in [`Escape`].
    pub key: Option<ExprId>,
    pub results: Vec<ResultVar>,
    pub has_defer: bool,
    /// The common way out, where there is one.
    pub epilogue: Option<Label>,
    pub flow: Vec<Flow>,
    pub labels: FxHashMap<Name, Label>,
    /// Set in the body of a range over a function.
    pub body: Option<BodyCx>,
    /// The label of the statement compiled next.
    pub pending_label: Option<Name>,
    /// The key of a range clause that is assigned together with its value.
    pub pending_key: Option<(Reg, Ty)>,
    /// Constants that registers hold while a loop runs.
    pub hoisted: Vec<(u64, Reg)>,
    /// Whether a loop is being compiled that had its constants hoisted.
    pub in_hoist: bool,
    /// Where declarations of callees are found, to inline them.
    pub packages: Option<&'c Packages>,
    /// How many inlined calls are around.
    pub inlining: u32,
    /// What was evaluated before its turn.
    pub order: Order,
    /// The type arguments, in generic code.
    pub env: Rc<TypeEnv>,
}

/// Compiles declared function `obj`.
#[allow(clippy::too_many_arguments, reason = "what there is to know of it")]
pub(crate) fn declared(
    c: &mut Compiler,
    st: &Store,
    packages: &Packages,
    pkg: &CheckedPackage,
    obj: ObjId,
    decl: &FuncDecl,
    by_address: bool,
    env: Rc<TypeEnv>,
    id: FuncId,
) {
    let name = symbol(st, obj);
    let sig = st[obj].ty;
    let esc = match &decl.body {
        Some(b) => escape::function(st, &pkg.info, &env, Some(sig), b),
        None => Escape::default(),
    };
    let mut fx = Fx::new(c, st, &pkg.info, name, decl.name.span, Rc::new(esc), None);
    fx.packages = Some(packages);
    fx.env = env;
    let (results, params) = fx.begin(sig, by_address);
    let mut flags = if by_address { func_flag::BY_ADDRESS } else { 0 };
    if CALLERS.contains(&&*fx.name) {
        flags |= func_flag::WRAPPER;
    }
    match &decl.body {
        Some(body) => fx.function_body(body),
        None => {
            flags = func_flag::NATIVE;
            let callee = fx.c.bodiless(st, obj).unwrap_or(InPlace::Native(0));
            fx.b.call_in_place(0, callee);
            fx.b.a_bc(Op::Ret, 0, 0);
        }
    }
    fx.finish(id, results, params, flags, decl.span);
}

/// Functions of the library that only pass a call on: what they call may recover as if it had been called itself.
const CALLERS: [&str; 7] = [
    "reflect.Value.Call",
    "reflect.Value.CallSlice",
    "reflect.Value.callAs",
    "reflect.Value.call",
    "reflect.(*bound).call",
    "reflect.(*unbound).call",
    "reflect.runMade",
];

/// A function's name as tracebacks show it.
pub(crate) fn symbol(st: &Store, obj: ObjId) -> Arc<str> {
    let o = &st[obj];
    let pkg = o.pkg.map_or("", |p| &*st[p].path);
    let (recv, generic) = match &st[o.ty] {
        Type::Signature(s) => (s.recv, !s.tparams.is_empty()),
        _ => (None, false),
    };
    let dots = if generic { "[...]" } else { "" };
    let Some(recv) = recv else {
        return format!("{pkg}.{}{dots}", o.name).into();
    };
    let (star, t) = match &st[st[recv].ty] {
        Type::Pointer(t) => (true, *t),
        _ => (false, st[recv].ty),
    };
    let base = match &st[t] {
        Type::Named(n) if st.type_args(t).is_empty() => st[n.obj].name.to_string(),
        Type::Named(n) => format!("{}[...]", st[n.obj].name),
        _ => "?".into(),
    };
    if star {
        format!("{pkg}.(*{base}).{}{dots}", o.name).into()
    } else {
        format!("{pkg}.{base}.{}{dots}", o.name).into()
    }
}

impl<'c> Fx<'c> {
    pub fn new(
        c: &'c mut Compiler,
        st: &'c Store,
        info: &'c Info,
        name: Arc<str>,
        at: Span,
        esc: Rc<Escape>,
        key: Option<ExprId>,
    ) -> Fx<'c> {
        let has_defer = esc.defers.contains(&key);
        Fx {
            c,
            st,
            info,
            b: FuncBuilder::new(at.lo),
            esc,
            vars: FxHashMap::default(),
            name,
            lits: 0,
            key,
            results: Vec::new(),
            has_defer,
            epilogue: None,
            flow: Vec::new(),
            labels: FxHashMap::default(),
            body: None,
            pending_label: None,
            pending_key: None,
            hoisted: Vec::new(),
            in_hoist: false,
            packages: None,
            inlining: 0,
            order: Order::default(),
            env: Rc::default(),
        }
    }

    // --- types and facts ---

    /// What was recorded for `e`.
    pub fn tv(&self, e: &Expr) -> Option<&'c TypeAndValue> {
        self.info.get(e.id)
    }

    pub fn ty(&mut self, id: TypeId) -> Ty {
        let id = self.env.subst(self.st, id);
        self.c.ty(self.st, id)
    }

    /// The type of an expression.
    pub fn ty_of(&mut self, e: &Expr) -> Ty {
        let id = self.tv(e).map_or(Basic::Invalid.id(), |tv| tv.ty);
        self.ty(id)
    }

    pub fn ty_of_obj(&mut self, obj: ObjId) -> Ty {
        self.ty(self.st[obj].ty)
    }

    pub fn form(&mut self, t: Ty) -> Rc<Form> {
        self.c.form(self.st, t)
    }

    /// Slots of a type's register form.
    pub fn slots(&mut self, t: Ty) -> u32 {
        self.form(t).slots
    }

    /// The structure of a type's underlying type.
    pub fn under(&mut self, t: Ty) -> Shape {
        self.c.under(self.st, t)
    }

    /// The underlying basic type, if it is one.
    pub fn basic(&mut self, t: Ty) -> Option<Basic> {
        match self.c.types.under_shape(&self.c.program, self.st, t) {
            Shape::Basic(b) => Some(*b),
            _ => None,
        }
    }

    pub fn is_interface(&mut self, t: Ty) -> bool {
        matches!(
            self.c.types.under_shape(&self.c.program, self.st, t),
            Shape::Interface(_)
        )
    }

    /// What a pointer type points to.
    pub fn pointee(&mut self, t: Ty) -> Option<Ty> {
        match self.c.types.under_shape(&self.c.program, self.st, t) {
            Shape::Pointer(e) => Some(*e),
            _ => None,
        }
    }

    /// The constant value of `e`.
    pub fn const_of(&self, e: &Expr) -> Option<&'c Constant> {
        self.tv(e)?.value.as_ref()
    }

    /// Whether `e` is the value `nil`.
    pub fn is_nil(&self, e: &Expr) -> bool {
        self.tv(e).is_some_and(|tv| tv.mode == Mode::Nil)
    }

    /// Whether `e` denotes a type.
    pub fn is_type(&self, e: &Expr) -> bool {
        self.tv(e).is_some_and(|tv| tv.mode == Mode::TypeExpr)
    }

    /// Reports that something cannot be compiled.
    pub fn unsupported(&mut self, span: Span, what: impl Into<String>) {
        self.c.unsupported(span, what);
    }

    // --- registers ---

    /// Fresh registers for a value of type `t`.
    pub fn temp(&mut self, t: Ty) -> Reg {
        let f = self.form(t);
        self.b.alloc_form(&f)
    }

    /// `dst`, or fresh registers for a value of type `t`.
    pub fn dst(&mut self, dst: Option<Reg>, t: Ty) -> Reg {
        match dst {
            Some(d) => d,
            None => self.temp(t),
        }
    }

    /// Moves a value of type `t`.
    pub fn move_to(&mut self, dst: Reg, src: Reg, t: Ty) {
        let n = self.slots(t);
        self.b.mov_n(dst, src, n);
    }

    /// Moves a value to `dst`, if there is one.
    pub fn place_in(&mut self, dst: Option<Reg>, src: Reg, t: Ty) -> Reg {
        match dst {
            Some(d) => {
                self.move_to(d, src, t);
                d
            }
            None => src,
        }
    }

    /// Emits the zero value of type `t`.
    pub fn zero_value(&mut self, dst: Reg, t: Ty) {
        let f = self.form(t);
        if f.large {
            self.b.a_bc(Op::New, dst, t.0);
        } else {
            self.b.zero(dst, f.slots);
        }
    }

    // --- variables ---

    /// Whether variable `obj` of type `t` lives in the heap.
    pub fn in_heap(&mut self, obj: ObjId, t: Ty) -> bool {
        self.esc.in_heap(obj) || self.is_package_level(obj) || self.form(t).large
    }

    /// Declares a variable that is zero.
    pub fn declare_zero(&mut self, obj: ObjId) {
        let t = self.ty_of_obj(obj);
        if self.is_package_level(obj) {
            // Zero already, as its statement runs but once.
            self.var_place(obj);
            return;
        }
        if self.in_heap(obj, t) {
            let r = self.b.alloc_ptr();
            self.b.a_bc(Op::New, r, t.0);
            self.vars.insert(obj, Var::Box(r));
        } else {
            let r = self.temp(t);
            self.zero_value(r, t);
            self.vars.insert(obj, Var::Reg(r));
        }
    }

    /// Whether `obj` is declared at package level: also by a statement, in a piece of a program.
    pub fn is_package_level(&self, obj: ObjId) -> bool {
        self.st[obj].as_var().is_some_and(|v| v.is_package_level)
    }

    /// Declares a variable with the value of `e`.
    pub fn declare_expr(&mut self, obj: ObjId, e: &Expr) {
        let t = self.ty_of_obj(obj);
        if self.is_package_level(obj) {
            let place = self.var_place(obj);
            let m = self.b.mark();
            let v = self.expr_as(e, t, None);
            self.store(place, t, v);
            return self.b.release(m);
        }
        if !self.in_heap(obj, t) {
            let r = self.temp(t);
            let m = self.b.mark();
            self.expr_fresh(e, t, r);
            self.b.release(m);
            self.vars.insert(obj, Var::Reg(r));
            return;
        }
        let r = self.b.alloc_ptr();
        let m = self.b.mark();
        let order = self.order([e]);
        if self.form(t).large && (self.esc.is_constant(obj) || Self::is_path(e)) && self.ty_of(e) == t {
            // The address of a copy that is nobody else's, or that nothing changes.
            self.expr(e, Some(r));
        } else if !self.literal_on_heap(e, t, r) {
            let v = self.expr_as(e, t, None);
            self.b.a_bc(Op::New, r, t.0);
            self.store_mem(r, 0, t, v);
        }
        self.unorder(order);
        self.b.release(m);
        self.vars.insert(obj, Var::Box(r));
    }

    /// Whether `e` names something in memory, which is copied when it is read.
    fn is_path(e: &Expr) -> bool {
        matches!(
            Self::unparen(e).kind,
            ExprKind::Ident(_) | ExprKind::Selector(..) | ExprKind::Star(_)
        )
    }

    /// Declares a variable with the value in `v` (a temporary, or another variable's registers).
    pub fn declare_value(&mut self, obj: ObjId, v: Reg) {
        let t = self.ty_of_obj(obj);
        if self.is_package_level(obj) {
            let place = self.var_place(obj);
            self.store(place, t, v);
        } else if self.form(t).large && self.esc.is_constant(obj) {
            let r = self.b.alloc_ptr();
            self.b.mov(r, v);
            self.vars.insert(obj, Var::Box(r));
        } else if self.in_heap(obj, t) {
            let r = self.b.alloc_ptr();
            self.b.a_bc(Op::New, r, t.0);
            self.store_mem(r, 0, t, v);
            self.vars.insert(obj, Var::Box(r));
        } else {
            let r = self.temp(t);
            self.move_to(r, v, t);
            self.vars.insert(obj, Var::Reg(r));
        }
    }

    // --- beginning and end ---

    /// Lays out results and parameters of signature `sig` and loads what is captured. The numbers of
    /// result and parameter slots.
    pub fn begin(&mut self, sig: TypeId, by_address: bool) -> (u16, u16) {
        let st = self.st;
        let Type::Signature(sig) = &st[sig] else {
            return (0, 0);
        };
        for &obj in &sig.results {
            let ty = self.ty_of_obj(obj);
            let slot = self.temp(ty);
            let named = !st[obj].name.is_empty();
            self.results.push(ResultVar { obj, ty, slot, named });
        }
        let results = self.b.mark() as u16 - HEADER;
        let mut params = Vec::new();
        let mut first_by_address = by_address;
        for &obj in sig.recv.iter().chain(&sig.params) {
            let ty = self.ty_of_obj(obj);
            let slot = if std::mem::take(&mut first_by_address) {
                self.b.alloc_ptr()
            } else {
                self.temp(ty)
            };
            params.push((obj, ty, slot));
        }
        let n_params = self.b.mark() as u16 - HEADER - results;
        self.captures();
        self.bind_params(&params, by_address);
        self.bind_results();
        (results, n_params)
    }

    /// Makes parameters into variables.
    fn bind_params(&mut self, params: &[(ObjId, Ty, Reg)], by_address: bool) {
        for (i, &(obj, ty, slot)) in params.iter().enumerate() {
            let heap = self.in_heap(obj, ty);
            let var = if i == 0 && by_address {
                if heap {
                    let r = self.b.alloc_ptr();
                    self.copy_new(r, slot, ty);
                    Var::Box(r)
                } else {
                    let r = self.temp(ty);
                    if self.slots(ty) > 0 {
                        self.load_mem(slot, 0, ty, r);
                    }
                    Var::Reg(r)
                }
            } else if heap && self.esc.is_constant(obj) {
                // Large, and nothing changes it: the caller's copy will do.
                Var::Box(slot)
            } else if heap {
                let r = self.b.alloc_ptr();
                self.b.a_bc(Op::New, r, ty.0);
                self.store_mem(r, 0, ty, slot);
                Var::Box(r)
            } else {
                Var::Reg(slot)
            };
            self.vars.insert(obj, var);
        }
    }

    /// Makes results into variables; those that statements or deferred functions may see begin as zero.
    fn bind_results(&mut self) {
        let mut zero: Option<(Reg, u32)> = None;
        for i in 0..self.results.len() {
            let r = self.results[i];
            let f = self.form(r.ty);
            if self.in_heap(r.obj, r.ty) && (r.named || self.esc.in_heap(r.obj)) {
                let reg = self.b.alloc_ptr();
                self.b.a_bc(Op::New, reg, r.ty.0);
                self.vars.insert(r.obj, Var::Box(reg));
            } else {
                self.vars.insert(r.obj, Var::Reg(r.slot));
                if (r.named || self.has_defer) && f.large {
                    self.b.a_bc(Op::New, r.slot, r.ty.0);
                } else if r.named || self.has_defer {
                    zero = match zero {
                        Some((at, n)) if u32::from(at) + n == u32::from(r.slot) => Some((at, n + f.slots)),
                        Some((at, n)) => {
                            self.b.zero(at, n);
                            Some((r.slot, f.slots))
                        }
                        None => Some((r.slot, f.slots)),
                    };
                }
            }
        }
        if let Some((at, n)) = zero {
            self.b.zero(at, n);
        }
        if self.has_defer {
            let l = self.b.label();
            self.epilogue = Some(l);
            self.b.recover = Some(l);
        }
    }

    /// Loads what the closure captured into registers.
    fn captures(&mut self) {
        self.load_captures(8);
    }

    /// Loads captured variables from byte `at` of the closure on.
    pub fn load_captures(&mut self, at: u16) {
        let Some(key) = self.key else { return };
        let esc = self.esc.clone();
        let mut at = at;
        if esc.captures.contains_key(&key) || at > 8 {
            self.b.mark_pointer(2);
        }
        for &obj in esc.captures.get(&key).map_or(&[][..], |v| v) {
            let ty = self.ty_of_obj(obj);
            if self.in_heap(obj, ty) {
                let r = self.b.alloc_ptr();
                self.b.abc(Op::Load64, r, 2, at);
                self.vars.insert(obj, Var::Box(r));
                at += 8;
            } else {
                let r = self.temp(ty);
                for i in 0..self.slots(ty) as u16 {
                    self.b.abc(Op::Load64, r + i, 2, at);
                    at += 8;
                }
                self.vars.insert(obj, Var::Reg(r));
            }
        }
    }

    /// Compiles the body, and what follows when control reaches its end.
    pub fn function_body(&mut self, body: &Block) {
        self.block(body);
        if !self.b.is_dead() {
            self.b.pos = body.rbrace.lo;
            self.leave();
        }
        self.emit_epilogue();
    }

    /// Emits the way out shared by all returns of a function with deferred calls.
    pub fn emit_epilogue(&mut self) {
        if let Some(l) = self.epilogue {
            self.b.bind(l);
            self.b.a_bc(Op::RunDefers, 0, 0);
            self.leave_now();
        }
    }

    /// Leaves the function; results are where variables or their slots say.
    pub fn leave(&mut self) {
        match self.epilogue {
            Some(l) => self.b.jump(l),
            None => self.leave_now(),
        }
    }

    fn leave_now(&mut self) {
        for i in 0..self.results.len() {
            let r = self.results[i];
            if let Some(&Var::Box(at)) = self.vars.get(&r.obj) {
                let f = self.form(r.ty);
                if f.large {
                    self.copy_new(r.slot, at, r.ty);
                } else {
                    self.load_mem(at, 0, r.ty, r.slot);
                }
            }
        }
        self.b.a_bc(Op::Ret, 0, 0);
    }

    /// Hands the code over.
    pub fn finish(self, id: FuncId, results: u16, params: u16, flags: u32, at: Span) {
        let flags = flags | if self.has_defer { func_flag::DEFERS } else { 0 };
        if self.b.overflown() {
            self.c.unsupported(at, "function is too large");
            return;
        }
        if std::mem::take(&mut self.c.types.too_big) {
            self.c.unsupported(at, "type is too large");
            return;
        }
        let entry: &'static FuncEntry = self.c.entry_of(id);
        let head = FuncHead {
            id,
            entry,
            name: self.name,
            results,
            params,
            flags,
            pos: at.lo,
        };
        let code = self.b.finish(results.into());
        self.c.add(head, code);
    }

    /// What the name `id` stands for.
    pub fn object(&self, id: &Ident) -> Option<ObjId> {
        self.info.object_of(id.id)
    }

    /// The variable `e` is, if it is one.
    pub fn var_of(&self, e: &Expr) -> Option<ObjId> {
        match &e.kind {
            ExprKind::Paren(x) => self.var_of(x),
            ExprKind::Ident(id) => {
                let obj = self.object(id)?;
                matches!(self.st[obj].kind, ObjKind::Var(_)).then_some(obj)
            }
            _ => None,
        }
    }
}
