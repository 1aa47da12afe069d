//! A walk over the tree.
//!
//! A [`Visitor`] overrides the methods for what it wants to see, and calls the matching `walk_…` function
//! for the children. Children come in source order. The walk recurses; trees are never deeper than
//! [`super::ast::MAX_DEPTH`].

use super::ast::*;

/// Sees the nodes of a tree.
pub trait Visitor {
    /// An expression or a type.
    fn expr(&mut self, x: &Expr) {
        walk_expr(self, x);
    }

    /// A statement.
    fn stmt(&mut self, s: &Stmt) {
        walk_stmt(self, s);
    }

    /// A block.
    fn block(&mut self, b: &Block) {
        walk_block(self, b);
    }

    /// A declaration.
    fn decl(&mut self, d: &Decl) {
        walk_decl(self, d);
    }

    /// A group of parameters or fields.
    fn field(&mut self, f: &Field) {
        self.expr(&f.ty);
    }

    /// A name that is declared or names a label, a field or a method; not one that is an expression.
    fn ident(&mut self, _n: &Ident) {}
}

/// All declarations of a file.
pub fn walk_file<V: Visitor + ?Sized>(v: &mut V, f: &File) {
    f.decls.iter().for_each(|d| v.decl(d));
}

/// The parts of a declaration.
pub fn walk_decl<V: Visitor + ?Sized>(v: &mut V, d: &Decl) {
    match d {
        Decl::Import(d) => d
            .specs
            .iter()
            .filter_map(|s| s.name.as_ref())
            .for_each(|n| v.ident(n)),
        Decl::Const(d) => {
            for s in &d.specs {
                value_spec(v, &s.names, s.ty.as_ref(), &s.values);
            }
        }
        Decl::Var(d) => {
            for s in &d.specs {
                value_spec(v, &s.names, s.ty.as_ref(), &s.values);
            }
        }
        Decl::Type(d) => {
            for s in &d.specs {
                v.ident(&s.name);
                fields(v, &s.type_params);
                v.expr(&s.ty);
            }
        }
        Decl::Func(d) => {
            fields(v, d.recv.as_deref().unwrap_or_default());
            v.ident(&d.name);
            fields(v, &d.type_params);
            walk_func_type(v, &d.sig);
            if let Some(b) = &d.body {
                v.block(b);
            }
        }
        Decl::Bad(_) => {}
    }
}

fn value_spec<V: Visitor + ?Sized>(v: &mut V, names: &[Ident], ty: Option<&Expr>, values: &[Expr]) {
    names.iter().for_each(|n| v.ident(n));
    ty.into_iter().chain(values).for_each(|x| v.expr(x));
}

fn fields<V: Visitor + ?Sized>(v: &mut V, list: &[Field]) {
    for f in list {
        f.names.iter().for_each(|n| v.ident(n));
        v.field(f);
    }
}

/// Parameters and results.
pub fn walk_func_type<V: Visitor + ?Sized>(v: &mut V, sig: &FuncType) {
    fields(v, &sig.params);
    fields(v, &sig.results);
}

/// The statements of a block.
pub fn walk_block<V: Visitor + ?Sized>(v: &mut V, b: &Block) {
    b.stmts.iter().for_each(|s| v.stmt(s));
}

/// The parts of an expression.
pub fn walk_expr<V: Visitor + ?Sized>(v: &mut V, x: &Expr) {
    match &x.kind {
        ExprKind::Bad | ExprKind::Ident(_) | ExprKind::Lit(..) => {}
        ExprKind::FuncLit(sig, body) => {
            walk_func_type(v, sig);
            v.block(body);
        }
        ExprKind::Composite(c) => c.ty.iter().chain(&c.elems).for_each(|x| v.expr(x)),
        ExprKind::Selector(x, sel) => {
            v.expr(x);
            v.ident(sel);
        }
        ExprKind::Index(x, list) => {
            v.expr(x);
            list.iter().for_each(|x| v.expr(x));
        }
        ExprKind::Slice(s) => {
            v.expr(&s.x);
            s.bounds.iter().flatten().for_each(|x| v.expr(x));
        }
        ExprKind::TypeAssert(x, ty) => {
            v.expr(x);
            ty.iter().for_each(|t| v.expr(t));
        }
        ExprKind::Call(c) => {
            v.expr(&c.fun);
            c.args.iter().for_each(|x| v.expr(x));
        }
        ExprKind::Paren(x)
        | ExprKind::Star(x)
        | ExprKind::Unary(_, x)
        | ExprKind::SliceType(x)
        | ExprKind::ChanType(_, x)
        | ExprKind::Ellipsis(x) => v.expr(x),
        ExprKind::Binary(_, _, x, y) | ExprKind::KeyValue(x, y) | ExprKind::MapType(x, y) => {
            v.expr(x);
            v.expr(y);
        }
        ExprKind::ArrayType(n, elem) => {
            n.iter().for_each(|n| v.expr(n));
            v.expr(elem);
        }
        ExprKind::StructType(list) => fields(v, list),
        ExprKind::FuncType(sig) => walk_func_type(v, sig),
        ExprKind::InterfaceType(elems) => {
            for e in elems {
                match e {
                    InterfaceElem::Method(n, sig) => {
                        v.ident(n);
                        walk_func_type(v, sig);
                    }
                    InterfaceElem::Embed(x) => v.expr(x),
                }
            }
        }
    }
}

/// The parts of a statement.
pub fn walk_stmt<V: Visitor + ?Sized>(v: &mut V, s: &Stmt) {
    match &s.kind {
        StmtKind::Bad | StmtKind::Empty | StmtKind::Fallthrough => {}
        StmtKind::Decl(d) => v.decl(d),
        StmtKind::Labeled(n, s) => {
            v.ident(n);
            v.stmt(s);
        }
        StmtKind::Expr(x) | StmtKind::IncDec(x, _) | StmtKind::Go(x) | StmtKind::Defer(x) => v.expr(x),
        StmtKind::Send(x, _, y) | StmtKind::OpAssign(x, _, _, y) => {
            v.expr(x);
            v.expr(y);
        }
        StmtKind::Assign(x, _, y) | StmtKind::Define(x, _, y) => x.iter().chain(y).for_each(|x| v.expr(x)),
        StmtKind::Return(list) | StmtKind::Show(list) => list.iter().for_each(|x| v.expr(x)),
        StmtKind::Break(n) | StmtKind::Continue(n) => n.iter().for_each(|n| v.ident(n)),
        StmtKind::Goto(n) => v.ident(n),
        StmtKind::Block(b) => v.block(b),
        _ => walk_compound(v, s),
    }
}

/// The parts of a statement with a header and a body.
fn walk_compound<V: Visitor + ?Sized>(v: &mut V, s: &Stmt) {
    match &s.kind {
        StmtKind::If(s) => {
            s.init.iter().for_each(|s| v.stmt(s));
            v.expr(&s.cond);
            v.block(&s.then);
            s.els.iter().for_each(|s| v.stmt(s));
        }
        StmtKind::Switch(s) => {
            s.init.iter().for_each(|s| v.stmt(s));
            s.tag.iter().for_each(|x| v.expr(x));
            clauses(v, &s.clauses);
        }
        StmtKind::TypeSwitch(s) => {
            s.init.iter().for_each(|s| v.stmt(s));
            s.bind.iter().for_each(|n| v.ident(n));
            v.expr(&s.x);
            clauses(v, &s.clauses);
        }
        StmtKind::Select(s) => {
            for c in &s.clauses {
                c.comm.iter().chain(&c.body).for_each(|s| v.stmt(s));
            }
        }
        StmtKind::For(s) => {
            s.init.iter().for_each(|s| v.stmt(s));
            s.cond.iter().for_each(|x| v.expr(x));
            s.post.iter().for_each(|s| v.stmt(s));
            v.block(&s.body);
        }
        StmtKind::Range(s) => {
            s.key.iter().chain(&s.value).for_each(|x| v.expr(x));
            v.expr(&s.x);
            v.block(&s.body);
        }
        _ => unreachable!("walk_stmt handles every other form"),
    }
}

fn clauses<V: Visitor + ?Sized>(v: &mut V, list: &[CaseClause]) {
    for c in list {
        c.exprs.iter().flatten().for_each(|x| v.expr(x));
        c.body.iter().for_each(|s| v.stmt(s));
    }
}
