//! The order of evaluation within a statement.
//!
//! Go's specification orders calls, receives and logic operators, and leaves open when variables, fields and elements
//! are read between them. Programs rely on what Go's compiler does (`walk/order.go`): calls and what else is computed
//! once are evaluated as written, and what only reads memory is read behind the last of them:
//!
//! ```text
//!  nodes[i].left = build(d)      the slice is read behind the call, which may have put another there
//!  p.list = append(p.list, p.parse())
//!  x + f()                       x as f left it
//! ```
//!
//! So where a call would come behind a read of memory that a call can change, it is evaluated first, with all that is
//! computed before it, into registers; the compiler of expressions then finds it there.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::{Mode, Selection, SelectionKind};
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::ObjId;
use mgo_lang::types::ty::{Basic, Type};
use mgo_lang::types::universe::Builtin;

use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::{FuncTy, Shape, Ty};

/// How things stood before [`Fx::order`]: for [`Fx::unorder`].
#[must_use]
pub(crate) struct Ordered {
    len: usize,
    in_order: bool,
}

/// Expressions that were evaluated before their turn.
#[derive(Default)]
pub(crate) struct Order {
    /// Where they are, by address.
    found: Vec<(*const Expr, Reg)>,
    /// Whether what is compiled is part of expressions looked through before.
    in_order: bool,
}

/// What a list of expressions computes, in order.
#[derive(Default)]
struct Scan<'e> {
    /// What is computed once, as written; not what lies within.
    nodes: Vec<&'e Expr>,
    /// Whether memory is read outside of these.
    reads: bool,
    /// So many of them, from the first on, are evaluated before all else.
    early: usize,
}

impl Fx<'_> {
    /// Sees to the order within `roots`, which are evaluated next, one after the other.
    pub fn order<'e>(&mut self, roots: impl IntoIterator<Item = &'e Expr>) -> Ordered {
        self.order_for([], roots)
    }

    /// As [`Fx::order`], for `roots` that are assigned to `targets`.
    pub fn order_for<'e>(
        &mut self,
        targets: impl IntoIterator<Item = &'e Expr>,
        roots: impl IntoIterator<Item = &'e Expr>,
    ) -> Ordered {
        let mut s = Scan::default();
        for x in targets {
            self.scan_target(x, &mut s);
        }
        for x in roots {
            self.scan(x, &mut s);
        }
        self.evaluate(s)
    }

    fn evaluate(&mut self, mut s: Scan<'_>) -> Ordered {
        let before = Ordered {
            len: self.order.found.len(),
            in_order: self.order.in_order,
        };
        for e in s.nodes.drain(..s.early) {
            let r = self.whole(e);
            self.order.found.push((std::ptr::from_ref(e), r));
        }
        self.order.in_order = true;
        before
    }

    /// Sees to the order within call `c` of a function of type `sig`.
    pub fn order_call(&mut self, c: &CallExpr, sig: &FuncTy) -> Ordered {
        let mut s = Scan::default();
        self.scan(&c.fun, &mut s);
        for (i, arg) in c.args.iter().enumerate() {
            let last = sig.params.len().saturating_sub(1);
            let mut t = sig.params.get(i.min(last)).copied();
            if sig.variadic && i >= last && c.ellipsis.is_none() {
                t = t.and_then(|t| match self.under(t) {
                    Shape::Slice(elem) => Some(elem),
                    _ => None,
                });
            }
            self.scan_as(arg, t, &mut s);
        }
        self.evaluate(s)
    }

    /// `e`, which is converted to `to`.
    fn scan_as<'e>(&mut self, e: &'e Expr, to: Option<Ty>, s: &mut Scan<'e>) {
        if !to.is_some_and(|to| self.is_boxed_at_once(e, to)) {
            return self.scan(e, s);
        }
        self.scan_node(e, s);
        if !self.is_computed_once(e) && self.has_effect(e) {
            // It has an order of its own.
            s.early = s.nodes.len();
        }
    }

    /// Whether `e` becomes an interface by way of a copy made in its turn: what has no address and is neither a number
    /// of two bytes or more nor a string or slice.
    fn is_boxed_at_once(&mut self, e: &Expr, to: Ty) -> bool {
        let inner = Self::unparen(e);
        let plain = match &inner.kind {
            ExprKind::Ident(_) | ExprKind::Selector(..) | ExprKind::Star(_) => true,
            ExprKind::Index(x, _) => {
                let t = self.ty_of(x);
                !matches!(self.under(t), Shape::Map(..))
            }
            _ => false,
        };
        let from = self.ty_of(e);
        if plain || !self.is_interface(to) || self.is_interface(from) || self.is_tuple(e) || self.is_nil(e) {
            return false;
        }
        match self.under(from) {
            Shape::Slice(_) => false,
            Shape::Basic(b) => b.is_boolean() || matches!(b, Basic::Int8 | Basic::Uint8 | Basic::Complex128),
            _ => true,
        }
    }

    /// Evaluates what `targets` compute, before what is assigned to them.
    pub fn order_targets<'e>(&mut self, targets: impl IntoIterator<Item = &'e Expr>) -> Ordered {
        let mut s = Scan::default();
        for x in targets {
            self.scan_target(x, &mut s);
        }
        s.early = s.nodes.len();
        self.evaluate(s)
    }

    /// What [`Fx::order`] saw to has been evaluated.
    pub fn unorder(&mut self, before: Ordered) {
        self.order.found.truncate(before.len);
        self.order.in_order = before.in_order;
    }

    /// Where `e` is, if it was evaluated before its turn.
    pub fn evaluated(&self, e: &Expr) -> Option<Reg> {
        let e = std::ptr::from_ref(e);
        self.order.found.iter().rev().find(|f| f.0 == e).map(|f| f.1)
    }

    /// Whether what is compiled was looked through.
    pub fn is_in_order(&self) -> bool {
        self.order.in_order
    }

    /// Compiles a body that is not part of the expression around it.
    pub fn out_of_order<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let old = std::mem::replace(&mut self.order.in_order, false);
        let r = f(self);
        self.order.in_order = old;
        r
    }

    fn scan<'e>(&mut self, e: &'e Expr, s: &mut Scan<'e>) {
        if self.const_of(e).is_some() || self.is_nil(e) || self.is_type(e) || self.evaluated(e).is_some() {
            return;
        }
        if self.is_computed_once(e) {
            return self.scan_node(e, s);
        }
        match &e.kind {
            ExprKind::Paren(x) | ExprKind::Unary(_, x)
                if !matches!(e.kind, ExprKind::Unary(UnaryOp::Addr, _)) =>
            {
                self.scan(x, s);
            }
            ExprKind::Unary(_, x) => self.scan_target(x, s),
            ExprKind::Ident(id) => s.reads |= self.object(id).is_some_and(|o| self.changes(o)),
            ExprKind::Selector(x, sel) => match self.selection(e.id) {
                None => s.reads |= self.object(sel).is_some_and(|o| self.changes(o)),
                Some(sel) if sel.kind == SelectionKind::MethodExpr => {}
                Some(sel) => {
                    self.scan(x, s);
                    s.reads |= self.follows(x, &sel);
                }
            },
            ExprKind::Index(x, i) if std::ptr::eq(self.instantiated(e), e) => {
                self.scan(x, s);
                i.iter().for_each(|i| self.scan(i, s));
                let t = self.ty_of(x);
                s.reads |= !matches!(self.under(t), Shape::Array(..) | Shape::Basic(_));
            }
            ExprKind::Star(x) => {
                self.scan(x, s);
                s.reads = true;
            }
            ExprKind::Binary(_, _, x, y) => {
                self.scan(x, s);
                self.scan(y, s);
            }
            ExprKind::Composite(c) => {
                let t = self.ty_of(e);
                let elem = match self.under(t) {
                    Shape::Slice(elem) | Shape::Array(elem, _) => Some(elem),
                    _ => None,
                };
                for x in &c.elems {
                    match &x.kind {
                        ExprKind::KeyValue(_, v) => self.scan_as(v, elem, s),
                        _ => self.scan_as(x, elem, s),
                    }
                }
            }
            ExprKind::Call(c) => {
                // A conversion. That of bytes to a string reads them.
                c.args.iter().for_each(|a| self.scan(a, s));
                let t = self.ty_of(e);
                s.reads |= self.is_string(t);
            }
            _ => {}
        }
    }

    /// `e`, which is computed once.
    fn scan_node<'e>(&mut self, e: &'e Expr, s: &mut Scan<'e>) {
        if self.const_of(e).is_some() || self.evaluated(e).is_some() {
            return;
        }
        s.nodes.push(e);
        if s.reads && self.has_effect(e) && !self.is_tuple(e) {
            s.early = s.nodes.len();
        }
    }

    /// `x`, whose place is needed, not its value.
    fn scan_target<'e>(&mut self, x: &'e Expr, s: &mut Scan<'e>) {
        match &x.kind {
            ExprKind::Paren(x) => self.scan_target(x, s),
            ExprKind::Ident(_) => {}
            ExprKind::Selector(y, _) => {
                if let Some(sel) = self.selection(x.id) {
                    let t = self.ty_of(y);
                    if self.pointee(t).is_some() {
                        self.scan(y, s);
                    } else {
                        self.scan_target(y, s);
                    }
                    s.reads |= sel.indirect && sel.path.len() > 1;
                }
            }
            ExprKind::Index(y, i) => {
                let t = self.ty_of(y);
                if matches!(self.under(t), Shape::Array(..)) {
                    self.scan_target(y, s);
                } else {
                    self.scan(y, s);
                }
                i.iter().for_each(|i| self.scan(i, s));
            }
            ExprKind::Star(y) => self.scan(y, s),
            _ => self.scan(x, s),
        }
    }

    /// Whether selection `sel` on `x` reads memory behind a pointer. A method with a pointer receiver gets the pointer.
    fn follows(&mut self, x: &Expr, sel: &Selection) -> bool {
        if sel.kind == SelectionKind::Field || sel.path.len() > 1 {
            return sel.indirect;
        }
        let t = self.ty_of(x);
        let by_value = self.st[sel.obj]
            .as_func()
            .is_some_and(|f| !f.ptr_recv && !f.of_interface);
        by_value && self.pointee(t).is_some()
    }

    /// Whether variable `obj` may be changed by a call.
    fn changes(&self, obj: ObjId) -> bool {
        matches!(self.st[obj].kind, ObjKind::Var(_))
            && !matches!(self.vars.get(&obj), Some(Var::Reg(_)))
            && (self.is_package_level(obj) || !self.esc.is_constant(obj))
    }

    fn is_tuple(&self, e: &Expr) -> bool {
        self.tv(e)
            .is_none_or(|tv| matches!(&self.st[tv.ty], Type::Tuple(_)))
    }

    /// Whether Go's compiler computes `e` in its turn, and keeps it.
    fn is_computed_once(&mut self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Unary(UnaryOp::Recv, _)
            | ExprKind::Slice(_)
            | ExprKind::TypeAssert(..)
            | ExprKind::Binary(BinaryOp::LAnd | BinaryOp::LOr, ..) => true,
            ExprKind::Composite(_) => {
                let t = self.ty_of(e);
                matches!(self.under(t), Shape::Map(..))
            }
            ExprKind::Call(c) => match self.tv(&c.fun).map(|tv| tv.mode) {
                Some(Mode::TypeExpr) => {
                    let (t, from) = (self.ty_of(e), c.args.first().map(|x| self.ty_of(x)));
                    matches!(self.under(t), Shape::Slice(_)) && from.is_some_and(|f| self.is_string(f))
                }
                _ => true,
            },
            _ => false,
        }
    }

    /// Whether evaluating `e` may change what was read before.
    fn has_effect(&mut self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Unary(UnaryOp::Recv, _) => true,
            ExprKind::Call(c) => {
                let own = match self.tv(&c.fun).map(|tv| tv.mode) {
                    Some(Mode::TypeExpr) => false,
                    Some(Mode::Builtin(b)) => matches!(b, Builtin::Append | Builtin::Copy | Builtin::Recover),
                    _ => !self.is_pure_call(c),
                };
                own || self.has_effect(&c.fun) || c.args.iter().any(|a| self.has_effect(a))
            }
            ExprKind::Paren(x) | ExprKind::Star(x) | ExprKind::Unary(_, x) | ExprKind::TypeAssert(x, _) => {
                self.has_effect(x)
            }
            ExprKind::Selector(x, _) => self.has_effect(x),
            ExprKind::Binary(_, _, x, y) | ExprKind::KeyValue(x, y) => {
                self.has_effect(x) || self.has_effect(y)
            }
            ExprKind::Index(x, i) => self.has_effect(x) || i.iter().any(|i| self.has_effect(i)),
            ExprKind::Slice(s) => {
                self.has_effect(&s.x) || s.bounds.iter().flatten().any(|b| self.has_effect(b))
            }
            ExprKind::Composite(c) => c.elems.iter().any(|x| self.has_effect(x)),
            _ => false,
        }
    }
}
