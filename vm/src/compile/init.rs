//! Package initialisation, and the function a program starts with.

use std::rc::Rc;

use mgo_lang::source::Span;
use mgo_lang::syntax::ast::*;
use mgo_lang::types::embed;
use mgo_lang::types::info::{CheckedPackage, Info};
use mgo_lang::types::store::{ObjId, PkgId, Store};
use mgo_lang::types::ty::Basic;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::bytecode::op::Op;
use crate::bytecode::program::{FuncId, HEADER, func_flag};
use crate::compile::call::Callee;
use crate::compile::escape::{self, Escape};
use crate::compile::fx::Fx;
use crate::compile::layout::Ty;
use crate::compile::place::Place;
use crate::compile::{Compiler, FuncKey, Packages};

impl Compiler {
    /// The function that initialises `pkg` and what it imports, then calls `funcs`.
    pub(super) fn entry(&mut self, st: &Store, pkg: PkgId, funcs: &[ObjId]) -> FuncId {
        let order = self.init_order(st, pkg);
        let inits = order.into_iter().map(FuncKey::Init);
        let keys: Vec<FuncKey> = inits.chain(funcs.iter().map(|&f| FuncKey::Decl(f))).collect();
        let calls: Vec<FuncId> = keys.into_iter().map(|k| self.func(k)).collect();
        let (id, _) = self.anonymous();
        let info = Info::default();
        let esc = Rc::new(Escape::default());
        let mut fx = Fx::new(self, st, &info, "runtime.main".into(), Span::NOWHERE, esc, None);
        for f in calls {
            let w = fx.b.alloc(HEADER.into());
            fx.b.call(w, f);
            fx.b.release(HEADER.into());
        }
        fx.b.a_bc(Op::Ret, 0, 0);
        fx.finish(id, 0, 0, func_flag::WRAPPER, Span::NOWHERE);
        id
    }

    /// Packages to initialise, each after what it imports; among those that are ready the first by path.
    fn init_order(&mut self, st: &Store, pkg: PkgId) -> Vec<PkgId> {
        let mut all = Vec::new();
        let mut seen = FxHashSet::default();
        let mut stack = vec![pkg];
        while let Some(p) = stack.pop() {
            if seen.insert(p) {
                all.push(p);
                stack.extend(&st[p].imports);
            }
        }
        all.sort_by(|a, b| st[*a].path.cmp(&st[*b].path));
        let mut done: FxHashSet<PkgId> = FxHashSet::default();
        let mut out = Vec::new();
        while out.len() < all.len() {
            let ready = all
                .iter()
                .copied()
                .find(|p| !done.contains(p) && st[*p].imports.iter().all(|i| done.contains(i)));
            let Some(p) = ready else { break };
            done.insert(p);
            out.push(p);
        }
        out.retain(|&p| &*st[p].path != "unsafe" && self.initialised.insert(p));
        out
    }
}

/// Compiles the initialisation of `pkg`: its variables in order, then its init functions.
pub(super) fn package(c: &mut Compiler, st: &Store, packages: &Packages, pkg: &CheckedPackage, id: FuncId) {
    let mut exprs: FxHashMap<ExprId, &Expr> = FxHashMap::default();
    let mut inits = Vec::new();
    for file in &pkg.files {
        for d in &file.decls {
            match d {
                Decl::Var(v) => {
                    for e in v.specs.iter().flat_map(|s| &s.values) {
                        exprs.insert(e.id, e);
                    }
                }
                Decl::Func(f) if f.recv.is_none() && &*f.name.name == "init" => {
                    inits.extend(pkg.info.defs.get(&f.name.id).copied());
                }
                _ => {}
            }
        }
    }
    let name = format!("{}.init", st[pkg.id].path).into();
    let at = pkg.files.first().map_or(Span::NOWHERE, |f| f.package.span);
    let mut fx = Fx::new(c, st, &pkg.info, name, at, Rc::new(Escape::default()), None);
    fx.packages = Some(packages);
    fx.embedded_files(pkg);
    for init in &pkg.info.init_order {
        let Some(&e) = exprs.get(&init.rhs) else { continue };
        fx.esc = Rc::new(escape::expression(st, &pkg.info, e));
        fx.b.pos = e.span.lo;
        fx.initializer(&init.lhs, e);
    }
    for (i, f) in inits.into_iter().enumerate() {
        let w = fx.b.alloc(HEADER.into());
        let f = fx.c.func(FuncKey::Decl(f));
        let _ = i;
        fx.b.call(w, f);
        fx.b.keep(w, 0);
    }
    fx.b.a_bc(Op::Ret, 0, 0);
    fx.finish(id, 0, 0, 0, at);
}

impl Fx<'_> {
    /// Gives variables the files that `//go:embed` names; nothing of the package runs before.
    fn embedded_files(&mut self, pkg: &CheckedPackage) {
        for (obj, kind, embed) in embed::variables(self.st, pkg) {
            let m = self.b.mark();
            let t = self.ty_of_obj(obj);
            let p = self.var_place(obj);
            let data = embed.files.first().map_or(&[][..], |f| &f.data);
            match kind {
                embed::Kind::String => {
                    let r = self.temp(t);
                    self.load_string(r, data);
                    self.store(p, t, r);
                }
                embed::Kind::Bytes => {
                    let string = self.ty(Basic::String.id());
                    let s = self.temp(string);
                    self.load_string(s, data);
                    let r = self.temp(t);
                    self.b.ab(Op::StrToBytes, r, s);
                    self.store(p, t, r);
                }
                embed::Kind::Files(add) => {
                    for f in &embed.files {
                        self.add_file(p, t, add, &f.name, &f.data);
                    }
                }
            }
            self.b.release(m);
        }
    }

    /// Calls `add(&p, name, data)` of package embed.
    fn add_file(&mut self, p: Place, t: Ty, add: ObjId, name: &str, data: &[u8]) {
        let m = self.b.mark();
        let sig = self.ty_of_obj(add);
        let sig = self.signature(sig);
        let w = self.window(&sig);
        let r = self.b.alloc_ptr();
        self.address(p, t, Some(r));
        self.b.keep(r, 1);
        for text in [name.as_bytes(), data] {
            let string = self.ty(Basic::String.id());
            let r = self.temp(string);
            self.load_string(r, text);
            self.b.keep(r, 2);
        }
        let f = self.c.func(FuncKey::Decl(add));
        self.emit_call(w, Callee::Func(f));
        self.b.release(m);
    }

    /// `lhs… = e` on package level.
    fn initializer(&mut self, lhs: &[ObjId], e: &Expr) {
        let m = self.b.mark();
        let blank = |fx: &Self, o: ObjId| &*fx.st[o].name == "_";
        match lhs {
            [] => self.expr_drop(e),
            &[obj] => {
                let t = self.ty_of_obj(obj);
                if blank(self, obj) {
                    if self.const_of(e).is_none() && !self.is_nil(e) {
                        self.expr_as(e, t, None);
                    }
                } else {
                    self.global_value(obj, e);
                }
            }
            _ => {
                let values = self.tuple_values(e, true);
                for (&obj, (v, from)) in lhs.iter().zip(values) {
                    if blank(self, obj) {
                        continue;
                    }
                    let t = self.ty_of_obj(obj);
                    let v = self.assign_conv(v, from, t, None);
                    let p = self.var_place(obj);
                    self.store(p, t, v);
                }
            }
        }
        self.b.release(m);
    }

    fn global_value(&mut self, obj: ObjId, e: &Expr) {
        let t = self.ty_of_obj(obj);
        let p = self.var_place(obj);
        if let (Place::Global(_), ExprKind::Composite(lit)) = (p, &Self::unparen(e).kind) {
            // The globals are zero before: a literal is built in place.
            let f = self.form(t);
            let built = matches!(
                self.under(t),
                crate::compile::layout::Shape::Struct(_) | crate::compile::layout::Shape::Array(..)
            );
            if built && self.ty_of(e) == t && f.large {
                let base = self.address(p, t, None);
                let order = self.order([e]);
                self.literal_in_memory(lit, t, base, 0);
                return self.unorder(order);
            }
        }
        let v = self.expr_as(e, t, None);
        self.store(p, t, v);
    }
}
