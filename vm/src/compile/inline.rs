//! Inlining of small leaf functions.
//!
//! A function is inlined if its body is `return x`, or `if c { return x }; return y`, or one assignment, or `f()`, or
//! `if c { f() }`, and these are small and call nothing else but what is called in place. Its parameters become names for the registers the arguments are in:
//! they need no copy, since such a body cannot change them. The code is marked in the function's table of
//! inlined calls, for tracebacks.

use std::borrow::Cow;
use std::rc::Rc;

use mgo_lang::syntax::ast::*;
use mgo_lang::syntax::visit::{Visitor, walk_expr};
use mgo_lang::types::info::{CheckedPackage, Info, Mode, Selection, SelectionKind};
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::Type;
use mgo_lang::types::universe::Builtin;

use crate::compile::call::Recv;
use crate::compile::cond::Target;
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var, symbol};
use crate::compile::layout::Ty;
use crate::compile::place::Place;
use crate::compile::{FuncKey, Packages};

/// Bodies of more nodes than this are called.
const MAX_NODES: u32 = 40;

/// The forms of bodies that are inlined.
#[derive(Clone, Copy)]
enum Form<'t> {
    /// `return x`
    Value(&'t Expr),
    /// `if c { return x }; return y`
    Either(&'t Expr, &'t Expr, &'t Expr),
    /// One statement: an assignment, or a call, perhaps behind a condition.
    Effect(&'t Stmt),
}

fn form(body: &Block) -> Option<Form<'_>> {
    fn value(s: &Stmt) -> Option<&Expr> {
        match &s.kind {
            StmtKind::Return(xs) if xs.len() == 1 => xs.first(),
            _ => None,
        }
    }
    match &body.stmts[..] {
        [s] => match &s.kind {
            StmtKind::IncDec(..) | StmtKind::OpAssign(..) | StmtKind::Expr(_) => Some(Form::Effect(s)),
            StmtKind::Assign(l, _, r) if l.len() == 1 && r.len() == 1 => Some(Form::Effect(s)),
            StmtKind::If(i) if i.els.is_none() => match &i.then.stmts[..] {
                [then] if matches!(then.kind, StmtKind::Expr(_)) => Some(Form::Effect(s)),
                _ => None,
            },
            _ => Some(Form::Value(value(s)?)),
        },
        [s, last] => match &s.kind {
            StmtKind::If(i) if i.init.is_none() && i.els.is_none() => match &i.then.stmts[..] {
                [then] => Some(Form::Either(&i.cond, value(then)?, value(last)?)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Looks at a body: small, and nothing in it calls or captures.
struct Leaf<'a> {
    st: &'a Store,
    packages: &'a Packages,
    info: &'a Info,
    left: u32,
}

impl Leaf<'_> {
    fn under(&self, t: TypeId) -> &Type {
        self.st.under_type(t)
    }

    fn type_of(&self, e: &Expr) -> Option<&Type> {
        Some(self.under(self.info.get(e.id)?.ty))
    }

    fn form(&mut self, f: Form<'_>) -> bool {
        match f {
            Form::Value(x) => self.expr(x),
            Form::Either(c, x, y) => self.expr(c) && self.expr(x) && self.expr(y),
            Form::Effect(s) => match &s.kind {
                StmtKind::IncDec(x, _) => self.target(x),
                StmtKind::OpAssign(x, _, _, y) => self.target(x) && self.expr(y),
                StmtKind::Assign(l, _, r) => self.target(&l[0]) && self.expr(&r[0]),
                StmtKind::If(i) => self.guarded(i),
                _ => false,
            },
        }
    }

    /// What an assignment may change: a field behind a pointer that is a name, an element of a slice that is.
    fn target(&mut self, x: &Expr) -> bool {
        let behind = match &x.kind {
            ExprKind::Selector(p, _) if matches!(p.kind, ExprKind::Ident(_)) => {
                matches!(self.type_of(p), Some(Type::Pointer(_)))
            }
            ExprKind::Index(s, _) if matches!(s.kind, ExprKind::Ident(_)) => {
                matches!(self.type_of(s), Some(Type::Slice(_)))
            }
            _ => false,
        };
        behind && self.expr(x)
    }

    /// `if c { f(x) }` or `if v := x; c { f(x) }`: the call may be of anything.
    fn guarded(&mut self, i: &IfStmt) -> bool {
        let init = match i.init.as_ref().map(|s| &s.kind) {
            None => true,
            Some(StmtKind::Define(l, _, r)) if l.len() == 1 => self.all(r),
            Some(_) => false,
        };
        let [then] = &i.then.stmts[..] else { return false };
        let StmtKind::Expr(e) = &then.kind else {
            return false;
        };
        let ExprKind::Call(c) = &e.kind else { return false };
        let method = match &c.fun.kind {
            ExprKind::Selector(x, _) => self.info.selections.contains_key(&c.fun.id) && self.expr(x),
            ExprKind::Ident(_) => true,
            _ => false,
        };
        init && method && self.expr(&i.cond) && self.all(&c.args)
    }

    /// The address of a field behind a pointer that is a name.
    fn address(&mut self, x: &Expr) -> bool {
        matches!(x.kind, ExprKind::Selector(..)) && self.behind_pointer(x) && self.expr(x)
    }

    fn behind_pointer(&self, x: &Expr) -> bool {
        match &x.kind {
            ExprKind::Selector(p, _) => match &p.kind {
                ExprKind::Ident(_) => matches!(self.type_of(p), Some(Type::Pointer(_))),
                _ => self.behind_pointer(p),
            },
            _ => false,
        }
    }

    /// Whether `fun` names a native that is called in place.
    fn native(&self, fun: &Expr) -> bool {
        let id = match &fun.kind {
            ExprKind::Ident(id) => id,
            ExprKind::Selector(_, sel) if !self.info.selections.contains_key(&fun.id) => sel,
            _ => return false,
        };
        let obj = self.info.object_of(id.id);
        obj.is_some_and(|o| self.st[o].as_func().is_some() && called_in_place(self.st, self.packages, o))
    }

    fn all(&mut self, list: &[Expr]) -> bool {
        list.iter().all(|x| self.expr(x))
    }

    fn expr(&mut self, e: &Expr) -> bool {
        let Some(n) = self.left.checked_sub(1) else {
            return false;
        };
        self.left = n;
        let Some(tv) = self.info.get(e.id) else {
            return false;
        };
        if tv.value.is_some() || tv.mode == Mode::Nil {
            return true;
        }
        match &e.kind {
            ExprKind::Ident(id) => {
                let obj = self.info.object_of(id.id);
                obj.is_some_and(|o| matches!(self.st[o].kind, ObjKind::Var(_)))
            }
            ExprKind::Paren(x) | ExprKind::Star(x) => self.expr(x),
            ExprKind::Selector(x, sel) => match self.info.selections.get(&e.id) {
                Some(s) => s.kind == SelectionKind::Field && self.expr(x),
                None => {
                    let obj = self.info.object_of(sel.id);
                    obj.is_some_and(|o| matches!(self.st[o].kind, ObjKind::Var(_)))
                }
            },
            ExprKind::Index(x, i) => {
                let simple = matches!(
                    self.type_of(x),
                    Some(Type::Slice(_) | Type::Basic(_) | Type::Array(..))
                );
                simple && self.expr(x) && self.expr(&i[0])
            }
            ExprKind::Slice(s) => {
                let simple = matches!(self.type_of(&s.x), Some(Type::Slice(_) | Type::Basic(_)));
                simple && self.expr(&s.x) && s.bounds.iter().flatten().all(|b| self.expr(b))
            }
            ExprKind::Unary(UnaryOp::Addr, x) => self.address(x),
            ExprKind::Unary(op, x) => *op != UnaryOp::Recv && self.expr(x),
            ExprKind::Binary(_, _, x, y) => self.expr(x) && self.expr(y),
            ExprKind::Composite(c) => {
                let plain = matches!(self.type_of(e), Some(Type::Struct(_)));
                plain
                    && c.elems.iter().all(|x| match &x.kind {
                        ExprKind::KeyValue(_, v) => self.expr(v),
                        _ => self.expr(x),
                    })
            }
            ExprKind::Call(c) => match self.info.get(c.fun.id).map(|tv| tv.mode) {
                Some(Mode::TypeExpr) => self.all(&c.args),
                Some(Mode::Builtin(Builtin::Len | Builtin::Cap)) => self.all(&c.args),
                _ => self.native(&c.fun) && self.all(&c.args),
            },
            _ => false,
        }
    }
}

/// Whether function `obj` has no body and may be called without a frame of its own: no traceback needs to show it.
pub(crate) fn called_in_place(st: &Store, packages: &Packages, obj: ObjId) -> bool {
    const PACKAGES: [&str; 7] = [
        "sync",
        "sync/atomic",
        "math",
        "math/bits",
        "strings",
        "bytes",
        "internal/value",
    ];
    let path = st[obj].pkg.map_or("", |p| &*st[p].path);
    PACKAGES.contains(&path)
        && packages
            .func_decl(st, obj)
            .is_some_and(|(_, d)| d.body.is_none() && d.recv.is_none())
}

/// Functions that `body` calls and that might be inlined if their bodies were parsed.
pub(crate) fn candidates(st: &Store, packages: &Packages, info: &Info, body: &Block) -> Vec<ObjId> {
    /// Longer declarations, in bytes, are not looked at.
    const LONGEST: u32 = 250;
    struct Calls<'a>(&'a Info, Vec<ObjId>);
    impl Visitor for Calls<'_> {
        fn expr(&mut self, x: &Expr) {
            if let ExprKind::Call(c) = &x.kind {
                self.1.extend(match &c.fun.kind {
                    ExprKind::Ident(id) => self.0.object_of(id.id),
                    ExprKind::Selector(_, sel) => match self.0.selections.get(&c.fun.id) {
                        Some(s) => Some(s.obj),
                        None => self.0.object_of(sel.id),
                    },
                    _ => None,
                });
            }
            walk_expr(self, x);
        }
    }
    let mut calls = Calls(info, Vec::new());
    calls.block(body);
    calls.1.sort_unstable();
    calls.1.dedup();
    let small = |&obj: &ObjId| {
        let f = st[obj].as_func()?;
        let obj = f.origin.map_or(obj, |(m, _)| m);
        let (_, d) = packages.func_decl(st, obj).filter(|_| !f.of_interface)?;
        (d.lazy && d.span.hi.0 - d.span.lo.0 <= LONGEST).then_some(obj)
    };
    calls.1.iter().filter_map(small).collect()
}

/// Whether calls of a function are to be inlined.
fn inlinable(st: &Store, packages: &Packages, pkg: &CheckedPackage, decl: &FuncDecl) -> bool {
    let Some(body) = &decl.body else { return false };
    if decl.lazy || !decl.directives.is_empty() {
        return false;
    }
    let Some(f) = form(body) else { return false };
    let n_results: usize = decl.sig.results.iter().map(|r| r.names.len().max(1)).sum();
    if n_results != usize::from(!matches!(f, Form::Effect(_))) {
        return false;
    }
    let variadic = decl
        .sig
        .params
        .iter()
        .any(|p| matches!(p.ty.kind, ExprKind::Ellipsis(_)));
    let mut leaf = Leaf {
        st,
        packages,
        info: &pkg.info,
        left: MAX_NODES,
    };
    !variadic && leaf.form(f)
}

/// What an inlined call is for.
#[derive(Clone, Copy)]
enum Wanted {
    /// Its value, in this register or any.
    Value(Option<Reg>),
    /// A jump if its value is this.
    Jump(Target, bool),
}

/// A function that a call reaches for sure: itself, the identifier that names it, a method's receiver.
type Known<'e, 'c> = (ObjId, ExprId, Option<(&'e Expr, Cow<'c, Selection>)>);

impl<'c> Fx<'c> {
    /// The declared function that a call of `fun` reaches for sure, the identifier that names it, and the
    /// selection of a method.
    fn known_callee<'e>(&self, fun: &'e Expr) -> Option<Known<'e, 'c>> {
        let func = |o: &ObjId| self.st[*o].as_func().is_some_and(|f| !f.is_method);
        let fun = self.instantiated(Self::unparen(fun));
        match &fun.kind {
            ExprKind::Ident(id) => Some((self.object(id).filter(func)?, id.id, None)),
            ExprKind::Selector(x, sel) => match self.selection(fun.id) {
                None => Some((self.object(sel).filter(func)?, sel.id, None)),
                Some(s) => {
                    let f = self.st[s.obj].as_func()?;
                    let method = s.kind == SelectionKind::Method && !f.of_interface;
                    method.then_some((s.obj, sel.id, Some((&**x, s))))
                }
            },
            _ => None,
        }
    }

    /// Whether runs of a function's statements are counted.
    fn is_counted(&self, decl: &FuncDecl) -> bool {
        let first = decl.body.as_ref().and_then(|b| b.stmts.first());
        let cover = self.c.program.cover.get();
        cover.is_some_and(|c| first.is_some_and(|s| c.block_at(s.span.lo).is_some()))
    }

    /// The package of function `obj` and the form of its body, if calls of it are to be inlined.
    fn inlined_form(&mut self, obj: ObjId) -> Option<(&'c CheckedPackage, Form<'c>)> {
        let packages: &'c Packages = self.packages?;
        let (pkg, decl) = packages.func_decl(self.st, obj)?;
        let yes = match self.c.inline.get(&obj) {
            Some(&yes) => yes,
            None => {
                let yes = !self.is_counted(decl) && inlinable(self.st, packages, pkg, decl);
                // A body that is not parsed yet may be one later.
                if !decl.lazy {
                    self.c.inline.insert(obj, yes);
                }
                yes
            }
        };
        Some((pkg, form(decl.body.as_ref().filter(|_| yes)?)?))
    }

    /// Inlines call `e`, if it is one to be inlined: the register of its value.
    pub fn inline(&mut self, e: &Expr, c: &CallExpr, dst: Option<Reg>) -> Option<Reg> {
        self.inline_for(e, c, Wanted::Value(dst))
    }

    /// Inlines call `e`, if it is one to be inlined, as a condition: a jump to `to` if it is `when`. Whether it did.
    pub fn inline_cond(&mut self, e: &Expr, c: &CallExpr, to: Target, when: bool) -> bool {
        self.inline_for(e, c, Wanted::Jump(to, when)).is_some()
    }

    fn inline_for(&mut self, e: &Expr, c: &CallExpr, wanted: Wanted) -> Option<Reg> {
        let (callee, id, method) = self.known_callee(&c.fun)?;
        let (obj, env) = match self.func_key(callee, id) {
            FuncKey::Instance(i) => (i.obj, self.c.env_of(&i)),
            _ => (callee, Rc::default()),
        };
        let (pkg, f) = self.inlined_form(obj)?;
        let dst = match (wanted, f) {
            (Wanted::Value(dst), _) => dst,
            (Wanted::Jump(..), Form::Value(_)) => None,
            _ => return None,
        };
        let Type::Signature(sig) = &self.st[self.st[obj].ty] else {
            return None;
        };
        if c.args.len() != sig.params.len() || self.inlining > 3 {
            return None;
        }
        // The callee's types are in terms of its own type parameters.
        let ours = std::mem::replace(&mut self.env, env.clone());
        let all = sig.recv.iter().chain(&sig.params).chain(&sig.results);
        let types: Vec<Ty> = all.map(|&p| self.ty_of_obj(p)).collect();
        self.env = ours;
        if types.iter().any(|&t| self.form(t).large) {
            return None;
        }
        let at = e.span.lo;
        let result = sig.results.first().and_then(|_| types.last().copied());
        let first_param = usize::from(sig.recv.is_some());
        let d = match (result, wanted) {
            (Some(t), Wanted::Value(_)) => self.dst(dst, t),
            _ => 0,
        };
        let m = self.b.mark();
        let t = self.ty_of(&c.fun);
        let fun_ty = self.signature(t);
        let order = self.order_call(c, &fun_ty);
        let mut bound: Vec<(ObjId, Var)> = Vec::with_capacity(c.args.len() + 1);
        let pure = !matches!(f, Form::Effect(_));
        if let (Some((x, s)), Some(p)) = (method, sig.recv) {
            let var = self.inline_receiver(x, &s, pure && !c.args.iter().any(Self::has_call));
            bound.push((p, var));
        }
        for ((a, &p), &t) in c.args.iter().zip(&sig.params).zip(&types[first_param..]) {
            bound.push((p, Var::Reg(self.expr_as(a, t, None))));
        }
        self.unorder(order);
        self.vars.extend(bound);
        let (info, start) = (self.info, self.b.here());
        self.info = &pkg.info;
        let ours = std::mem::replace(&mut self.env, env);
        self.inlining += 1;
        self.out_of_order(|fx| fx.inlined_body(f, result, wanted, dst, d));
        self.inlining -= 1;
        self.env = ours;
        self.info = info;
        self.b.inlined(start, symbol(self.st, obj), at);
        self.b.pos = at;
        self.b.release(m);
        Some(d)
    }

    /// The body of an inlined function, whose parameters are bound; its value, if it has one, goes to `d`, which
    /// nothing reads if `dst` is none.
    fn inlined_body(&mut self, f: Form<'_>, result: Option<Ty>, wanted: Wanted, dst: Option<Reg>, d: Reg) {
        match (f, result) {
            (Form::Value(x), _) if let Wanted::Jump(to, when) = wanted => self.cond_to(x, to, when),
            (Form::Value(x), Some(t)) if dst.is_none() => self.expr_fresh(x, t, d),
            (Form::Value(x), Some(t)) => {
                self.expr_as(x, t, Some(d));
            }
            (Form::Either(c, x, y), Some(t)) => {
                let (els, end) = (self.b.label(), self.b.label());
                self.cond(c, els, false);
                self.expr_as(x, t, Some(d));
                self.b.jump(end);
                self.b.bind(els);
                self.expr_as(y, t, Some(d));
                self.b.bind(end);
            }
            (Form::Effect(s), _) => self.stmt(s),
            _ => {}
        }
    }

    /// Whether `c` calls a function that is inlined and does nothing but read.
    pub fn is_pure_call(&mut self, c: &CallExpr) -> bool {
        let Some((callee, id, _)) = self.known_callee(&c.fun) else {
            return false;
        };
        let obj = match self.func_key(callee, id) {
            FuncKey::Instance(i) => i.obj,
            _ => callee,
        };
        match self.inlined_form(obj) {
            Some((_, Form::Value(x))) => !Self::has_call(x),
            Some((_, Form::Either(c, x, y))) => ![c, x, y].into_iter().any(Self::has_call),
            _ => false,
        }
    }

    fn inline_receiver(&mut self, x: &Expr, s: &Selection, alias: bool) -> Var {
        match self.receiver_of(x, s) {
            Recv::Address(p, t) => Var::Reg(self.address(p, t, None)),
            Recv::Value(p, t) => self.alias(p, t, alias),
            Recv::None | Recv::Word => Var::Reg(0),
        }
    }

    /// A value as variable: where it is, if nothing changes it meanwhile and it would take several loads.
    fn alias(&mut self, p: Place, t: Ty, may: bool) -> Var {
        if may && self.form(t).parts.len() > 1 && matches!(p, Place::Mem { .. } | Place::Global(_)) {
            return Var::Box(self.address(p, t, None));
        }
        Var::Reg(self.load(p, t, None))
    }
}
