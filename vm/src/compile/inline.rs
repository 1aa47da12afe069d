//! Inlining of small leaf functions.
//!
//! A function is inlined if its body is `return x`, or `if c { return x }; return y`, or one assignment, and
//! these are small and call nothing. Its parameters become names for the registers the arguments are in:
//! they need no copy, since such a body cannot change them. The code is marked in the function's table of
//! inlined calls, for tracebacks.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::{CheckedPackage, Info, Mode, Selection, SelectionKind};
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::Type;
use mgo_lang::types::universe::Builtin;

use crate::compile::Packages;
use crate::compile::call::Recv;
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var, symbol};
use crate::compile::layout::Ty;
use crate::compile::place::Place;

/// Bodies of more nodes than this are called.
const MAX_NODES: u32 = 40;

/// The forms of bodies that are inlined.
#[derive(Clone, Copy)]
enum Form<'t> {
    /// `return x`
    Value(&'t Expr),
    /// `if c { return x }; return y`
    Either(&'t Expr, &'t Expr, &'t Expr),
    /// One statement.
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
            StmtKind::IncDec(..) | StmtKind::OpAssign(..) => Some(Form::Effect(s)),
            StmtKind::Assign(l, _, r) if l.len() == 1 && r.len() == 1 => Some(Form::Effect(s)),
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
            ExprKind::Unary(op, x) => !matches!(op, UnaryOp::Addr | UnaryOp::Recv) && self.expr(x),
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
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether calls of `obj` are to be inlined.
fn inlinable(st: &Store, pkg: &CheckedPackage, decl: &FuncDecl) -> bool {
    let Some(body) = &decl.body else { return false };
    if decl.lazy || !decl.type_params.is_empty() || !decl.directives.is_empty() {
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
        info: &pkg.info,
        left: MAX_NODES,
    };
    !variadic && leaf.form(f)
}

impl<'c> Fx<'c> {
    /// The declared function that a call of `fun` reaches for sure, with the selection of a method.
    fn known_callee<'e>(&self, fun: &'e Expr) -> Option<(ObjId, Option<(&'e Expr, &'c Selection)>)> {
        let func = |o: &ObjId| self.st[*o].as_func().is_some_and(|f| !f.is_method);
        match &fun.kind {
            ExprKind::Paren(x) => self.known_callee(x),
            ExprKind::Ident(id) => Some((self.object(id).filter(func)?, None)),
            ExprKind::Selector(x, sel) => match self.info.selections.get(&fun.id) {
                None => Some((self.object(sel).filter(func)?, None)),
                Some(s) => {
                    let f = self.st[s.obj].as_func()?;
                    let method = s.kind == SelectionKind::Method && !f.of_interface;
                    method.then_some((s.obj, Some((&**x, s))))
                }
            },
            _ => None,
        }
    }

    /// Inlines call `e`, if it is one to be inlined: the register of its value.
    pub fn inline(&mut self, e: &Expr, c: &CallExpr, dst: Option<Reg>) -> Option<Reg> {
        let packages: &'c Packages = self.packages?;
        let (obj, method) = self.known_callee(&c.fun)?;
        if !self.st.sig_params(self.st[obj].ty).is_empty() {
            return None;
        }
        let (pkg, decl) = packages.func_decl(self.st, obj)?;
        let yes = match self.c.inline.get(&obj) {
            Some(&yes) => yes,
            None => {
                let yes = inlinable(self.st, pkg, decl);
                self.c.inline.insert(obj, yes);
                yes
            }
        };
        let f = form(decl.body.as_ref().filter(|_| yes)?)?;
        let Type::Signature(sig) = &self.st[self.st[obj].ty] else {
            return None;
        };
        if c.args.len() != sig.params.len() || self.inlining > 3 {
            return None;
        }
        for &p in sig.recv.iter().chain(&sig.params).chain(&sig.results) {
            let t = self.ty_of_obj(p);
            if self.form(t).large {
                return None;
            }
        }
        let at = e.span.lo;
        let result = sig.results.first().map(|&r| self.ty_of_obj(r));
        let d = match result {
            Some(t) => self.dst(dst, t),
            None => 0,
        };
        let m = self.b.mark();
        let mut bound: Vec<(ObjId, Var)> = Vec::with_capacity(c.args.len() + 1);
        let pure = !matches!(f, Form::Effect(_));
        if let (Some((x, s)), Some(p)) = (method, sig.recv) {
            let var = self.inline_receiver(x, s, pure && !c.args.iter().any(Self::has_call));
            bound.push((p, var));
        }
        for (a, &p) in c.args.iter().zip(&sig.params) {
            let t = self.ty_of_obj(p);
            bound.push((p, Var::Reg(self.expr_as(a, t, None))));
        }
        self.vars.extend(bound);
        let (info, start) = (self.info, self.b.here());
        self.info = &pkg.info;
        self.inlining += 1;
        match (f, result) {
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
        self.inlining -= 1;
        self.info = info;
        self.b.inlined(start, symbol(self.st, obj), at);
        self.b.pos = at;
        self.b.release(m);
        Some(d)
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
