//! Which variables live in memory, and what closures capture.
//!
//! One walk over a function declaration with all literals in it. A variable lives in the heap if its address
//! is taken (also implicitly: by a method call or by slicing an array), if a literal captures it and it is
//! assigned after its declaration, if its type is large, or if an element of an array inside it is reached by
//! a computed index in the middle of an assigned path. What is captured otherwise is copied into the closure.
//!
//! The body of a range over a function counts as a literal: its key is the id of the ranged expression.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::{Info, Mode, SelectionKind};
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::Type;

use crate::compile::mono::TypeEnv;
use rustc_hash::{FxHashMap, FxHashSet};

/// What the walk finds out.
#[derive(Default, Debug)]
pub struct Escape {
    /// Variables whose address is taken.
    addressed: FxHashSet<ObjId>,
    /// Variables used by a literal inside the function that declares them.
    captured: FxHashSet<ObjId>,
    /// Variables assigned after their declaration.
    assigned: FxHashSet<ObjId>,
    /// Free variables of a literal, by its id.
    pub captures: FxHashMap<ExprId, Vec<ObjId>>,
    /// Functions (literals by id, the declaration as none) with a defer statement of their own.
    pub defers: FxHashSet<Option<ExprId>>,
    /// Functions that the body of a range over a function returns from.
    pub body_returns: FxHashSet<Option<ExprId>>,
}

impl Escape {
    /// Whether variable `obj` must live in the heap for reasons other than its type.
    pub fn in_heap(&self, obj: ObjId) -> bool {
        self.addressed.contains(&obj) || (self.captured.contains(&obj) && self.assigned.contains(&obj))
    }

    /// Whether `obj` is never assigned after its declaration, nor its address taken.
    pub fn is_constant(&self, obj: ObjId) -> bool {
        !self.addressed.contains(&obj) && !self.assigned.contains(&obj)
    }
}

/// What a walked function is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nest {
    /// The declaration itself, or a package-level initialiser.
    Outermost,
    /// A function literal.
    Lit(ExprId),
    /// The body of a range over a function.
    Body(ExprId),
}

struct Walk<'a> {
    st: &'a Store,
    info: &'a Info,
    env: &'a TypeEnv,
    out: Escape,
    nest: Vec<Nest>,
    /// The declaration's signature.
    sig: Option<TypeId>,
    /// At which nesting a variable is declared.
    depth: FxHashMap<ObjId, u32>,
}

/// Walks a function: its parameters are `params` (receiver and results too).
pub(crate) fn function(st: &Store, info: &Info, env: &TypeEnv, sig: Option<TypeId>, body: &Block) -> Escape {
    let mut w = Walk::new(st, info, env);
    w.sig = sig;
    if let Some(sig) = sig {
        w.signature(sig);
    }
    w.block(body);
    w.out
}

/// Walks a package-level initialiser.
pub fn expression(st: &Store, info: &Info, e: &Expr) -> Escape {
    let env = TypeEnv::default();
    let mut w = Walk::new(st, info, &env);
    w.expr(e);
    w.out
}

impl<'a> Walk<'a> {
    fn new(st: &'a Store, info: &'a Info, env: &'a TypeEnv) -> Walk<'a> {
        let nest = vec![Nest::Outermost];
        Walk {
            st,
            info,
            env,
            out: Escape::default(),
            nest,
            sig: None,
            depth: FxHashMap::default(),
        }
    }

    fn declare(&mut self, obj: ObjId) {
        if self.st[obj].as_var().is_some_and(|v| v.is_package_level) {
            return;
        }
        self.depth.insert(obj, self.nest.len() as u32 - 1);
    }

    fn declare_ident(&mut self, id: &Ident) {
        if let Some(&obj) = self.info.defs.get(&id.id) {
            self.declare(obj);
        }
    }

    fn signature(&mut self, sig: TypeId) {
        let st = self.st;
        if let Type::Signature(s) = &st[sig] {
            for &v in s.recv.iter().chain(&s.params) {
                self.declare(v);
            }
            for &v in &s.results {
                self.declare(v);
                // Return statements assign results.
                self.out.assigned.insert(v);
            }
        }
    }

    /// The function around that is no loop body: what defer and return belong to.
    fn function_key(&self) -> Option<ExprId> {
        let f = self.nest.iter().rev().find(|n| !matches!(n, Nest::Body(_)));
        match f {
            Some(Nest::Lit(id)) => Some(*id),
            _ => None,
        }
    }

    fn use_var(&mut self, obj: ObjId) {
        let Some(&d) = self.depth.get(&obj) else { return };
        for i in d as usize + 1..self.nest.len() {
            self.out.captured.insert(obj);
            if let Nest::Lit(id) | Nest::Body(id) = self.nest[i] {
                let list = self.out.captures.entry(id).or_default();
                if !list.contains(&obj) {
                    list.push(obj);
                }
            }
        }
    }

    fn ident(&mut self, id: &Ident) {
        if let Some(&obj) = self.info.uses.get(&id.id)
            && matches!(self.st[obj].kind, ObjKind::Var(_))
        {
            self.use_var(obj);
        }
    }

    fn type_of(&self, e: &Expr) -> Option<&'a Type> {
        Some(
            self.st
                .under_type(self.env.subst(self.st, self.info.get(e.id)?.ty)),
        )
    }

    /// The variable that `e` is, or is a part of without going through a pointer; and whether a computed
    /// index lies on the way to it beneath the outermost step.
    fn root(&self, e: &Expr) -> Option<(ObjId, bool)> {
        let mut e = e;
        let mut outermost = true;
        let mut dynamic = false;
        loop {
            match &e.kind {
                ExprKind::Paren(x) => e = x,
                ExprKind::Ident(id) => {
                    let obj = self.info.object_of(id.id)?;
                    return matches!(self.st[obj].kind, ObjKind::Var(_)).then_some((obj, dynamic));
                }
                ExprKind::Selector(x, _) => {
                    let s = self.info.selections.get(&e.id)?;
                    if s.kind != SelectionKind::Field || s.indirect || self.is_pointer(x) {
                        return None;
                    }
                    e = x;
                    outermost = false;
                }
                ExprKind::Index(x, i) => {
                    if !matches!(self.type_of(x)?, Type::Array(..)) {
                        return None;
                    }
                    let constant = self.info.get(i[0].id).is_some_and(|t| t.value.is_some());
                    dynamic |= !constant && !outermost;
                    e = x;
                    outermost = false;
                }
                _ => return None,
            }
        }
    }

    fn is_pointer(&self, e: &Expr) -> bool {
        matches!(self.type_of(e), Some(Type::Pointer(_)))
    }

    fn address(&mut self, e: &Expr) {
        if let Some((obj, _)) = self.root(e) {
            self.out.addressed.insert(obj);
        }
    }

    fn assign(&mut self, e: &Expr) {
        if let Some((obj, dynamic)) = self.root(e) {
            self.out.assigned.insert(obj);
            if dynamic {
                self.out.addressed.insert(obj);
            }
        }
        self.expr(e);
    }

    // --- expressions ---

    fn exprs(&mut self, list: &[Expr]) {
        for e in list {
            self.expr(e);
        }
    }

    fn expr(&mut self, e: &Expr) {
        match self.info.get(e.id) {
            Some(tv) if tv.value.is_some() || tv.mode == Mode::TypeExpr => return,
            _ => {}
        }
        match &e.kind {
            ExprKind::Ident(id) => self.ident(id),
            ExprKind::FuncLit(_, body) => {
                self.nest.push(Nest::Lit(e.id));
                if let Some(tv) = self.info.get(e.id) {
                    self.signature(tv.ty);
                }
                self.block(body);
                self.nest.pop();
            }
            ExprKind::Composite(lit) => {
                let is_struct = self.literal_is_struct(e);
                for x in &lit.elems {
                    match &x.kind {
                        ExprKind::KeyValue(k, v) => {
                            if !is_struct {
                                self.expr(k);
                            }
                            self.expr(v);
                        }
                        _ => self.expr(x),
                    }
                }
            }
            ExprKind::Paren(x) | ExprKind::Star(x) => self.expr(x),
            ExprKind::Selector(x, _) => {
                if let Some(s) = self.info.selections.get(&e.id) {
                    let ptr_method = s.kind == SelectionKind::Method
                        && self.st[s.obj].as_func().is_some_and(|f| f.ptr_recv);
                    if ptr_method && !s.indirect && !self.is_pointer(x) {
                        self.address(x);
                    }
                }
                self.expr(x);
            }
            ExprKind::Index(x, i) => {
                self.expr(x);
                self.exprs(i);
            }
            ExprKind::Slice(s) => {
                if matches!(self.type_of(&s.x), Some(Type::Array(..))) {
                    self.address(&s.x);
                }
                self.expr(&s.x);
                for b in s.bounds.iter().flatten() {
                    self.expr(b);
                }
            }
            ExprKind::TypeAssert(x, _) => self.expr(x),
            ExprKind::Call(c) => {
                self.expr(&c.fun);
                self.exprs(&c.args);
            }
            ExprKind::Unary(op, x) => {
                if *op == UnaryOp::Addr {
                    self.address(x);
                }
                self.expr(x);
            }
            ExprKind::Binary(_, _, x, y) | ExprKind::KeyValue(x, y) => {
                self.expr(x);
                self.expr(y);
            }
            _ => {}
        }
    }

    fn literal_is_struct(&self, e: &Expr) -> bool {
        match self.type_of(e) {
            Some(Type::Struct(_)) => true,
            // An elided &T in a literal of pointers.
            Some(Type::Pointer(t)) => {
                matches!(self.st.under_type(*t), Type::Struct(_))
            }
            _ => false,
        }
    }

    // --- statements ---

    fn block(&mut self, b: &Block) {
        self.stmts(&b.stmts);
    }

    fn stmts(&mut self, list: &[Stmt]) {
        for s in list {
            self.stmt(s);
        }
    }

    fn opt_stmt(&mut self, s: &Option<Stmt>) {
        if let Some(s) = s {
            self.stmt(s);
        }
    }

    /// A range clause's variable that all iterations share is assigned by each.
    fn shared(&mut self, e: &Expr) {
        if let ExprKind::Ident(id) = &e.kind
            && let Some(&obj) = self.info.defs.get(&id.id)
            && self.info.shared_vars.contains(&obj)
        {
            self.out.assigned.insert(obj);
        }
    }

    /// The left side of `:=`: declares what is new, assigns the rest.
    fn define(&mut self, e: &Expr) {
        if let ExprKind::Ident(id) = &e.kind {
            if self.info.defs.get(&id.id).is_some() {
                return self.declare_ident(id);
            }
            if id.is_blank() {
                return;
            }
        }
        self.assign(e);
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Decl(Decl::Var(v)) => {
                for spec in &v.specs {
                    self.exprs(&spec.values);
                    for name in &spec.names {
                        self.declare_ident(name);
                    }
                }
            }
            StmtKind::Labeled(_, s) => self.stmt(s),
            StmtKind::Expr(e) | StmtKind::Go(e) => self.expr(e),
            StmtKind::Show(list) => self.exprs(list),
            StmtKind::Defer(e) => {
                let f = self.function_key();
                self.out.defers.insert(f);
                self.expr(e);
            }
            StmtKind::Send(c, _, x) => {
                self.expr(c);
                self.expr(x);
            }
            StmtKind::IncDec(x, _) => self.assign(x),
            StmtKind::OpAssign(x, _, _, y) => {
                self.expr(y);
                self.assign(x);
            }
            StmtKind::Assign(l, _, r) => {
                self.exprs(r);
                for e in l {
                    self.assign(e);
                }
            }
            StmtKind::Define(l, _, r) => {
                self.exprs(r);
                for e in l {
                    self.define(e);
                }
            }
            StmtKind::Return(xs) => {
                if matches!(self.nest.last(), Some(Nest::Body(_))) {
                    self.return_from_body();
                }
                self.exprs(xs);
            }
            StmtKind::Block(b) => self.block(b),
            StmtKind::If(i) => {
                self.opt_stmt(&i.init);
                self.expr(&i.cond);
                self.block(&i.then);
                self.opt_stmt(&i.els);
            }
            StmtKind::Switch(sw) => {
                self.opt_stmt(&sw.init);
                if let Some(t) = &sw.tag {
                    self.expr(t);
                }
                self.clauses(&sw.clauses, true);
            }
            StmtKind::TypeSwitch(sw) => {
                self.opt_stmt(&sw.init);
                self.expr(&sw.x);
                self.clauses(&sw.clauses, false);
            }
            StmtKind::Select(sel) => {
                for c in &sel.clauses {
                    self.opt_stmt(&c.comm);
                    self.stmts(&c.body);
                }
            }
            StmtKind::For(f) => {
                self.opt_stmt(&f.init);
                if let Some(c) = &f.cond {
                    self.expr(c);
                }
                self.opt_stmt(&f.post);
                self.block(&f.body);
            }
            StmtKind::Range(r) => self.range(r),
            _ => {}
        }
    }

    fn clauses(&mut self, clauses: &[CaseClause], values: bool) {
        for c in clauses {
            if values {
                self.exprs(c.exprs.as_deref().unwrap_or(&[]));
            }
            if let Some(&obj) = self.info.implicits.get(&c.id) {
                self.declare(obj);
            }
            self.stmts(&c.body);
        }
    }

    fn range(&mut self, r: &RangeStmt) {
        self.expr(&r.x);
        let over_func = matches!(self.type_of(&r.x), Some(Type::Signature(_)));
        if over_func {
            self.nest.push(Nest::Body(r.x.id));
        }
        for e in r.key.iter().chain(&r.value) {
            if r.define {
                self.define(e);
                self.shared(e);
            } else {
                self.assign(e);
            }
        }
        self.block(&r.body);
        if over_func {
            self.nest.pop();
        }
    }

    /// A return inside the body of a range over a function stores to the results of the function around.
    fn return_from_body(&mut self) {
        let f = self.function_key();
        self.out.body_returns.insert(f);
        let sig = f.and_then(|id| self.info.get(id)).map(|tv| tv.ty).or(self.sig);
        let st = self.st;
        if let Some(Type::Signature(s)) = sig.map(|s| &st[s]) {
            for &v in &s.results {
                self.use_var(v);
            }
        }
    }
}
