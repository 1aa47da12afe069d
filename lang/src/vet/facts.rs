//! What checks ask of types and calls.

use super::{Cx, unparen};
use crate::syntax::ast::*;
use crate::types::info::Mode;
use crate::types::lookup::Lookup;
use crate::types::object::ObjKind;
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::{Basic, Signature, Type};

impl Cx<'_> {
    /// The function, method or variable of function type that a call names.
    pub(super) fn callee(&self, c: &CallExpr) -> Option<ObjId> {
        let mut fun = unparen(&c.fun);
        if let ExprKind::Index(x, _) = &fun.kind {
            fun = unparen(x);
        }
        let id = match &fun.kind {
            ExprKind::Ident(id) | ExprKind::Selector(_, id) => id.id,
            _ => return None,
        };
        let obj = *self.info.uses.get(&id)?;
        Some(self.store.method_origin(obj))
    }

    /// The function or method that a call names, if it is one.
    pub(super) fn called_func(&self, c: &CallExpr) -> Option<ObjId> {
        self.callee(c)
            .filter(|&o| matches!(self.store[o].kind, ObjKind::Func(_)))
    }

    /// `import/path.F`, `(import/path.T).M`, `(*import/path.T).M`; the plain name of a variable.
    pub(super) fn full_name(&self, obj: ObjId) -> String {
        let o = &self.store[obj];
        let pkg = o.pkg.map_or("", |p| &*self.store[p].path);
        match &o.kind {
            ObjKind::Func(_) => match self.signature(o.ty).and_then(|s| s.recv) {
                Some(recv) => format!("({}).{}", self.full_type(self.store[recv].ty), o.name),
                None => format!("{pkg}.{}", o.name),
            },
            _ => o.name.to_string(),
        }
    }

    /// Whether `obj` is function `name` of package `path`.
    pub(super) fn is_func(&self, obj: ObjId, path: &str, name: &str) -> bool {
        let o = &self.store[obj];
        let of_package = o.pkg.is_some_and(|p| &*self.store[p].path == path);
        of_package && &*o.name == name && self.signature(o.ty).is_some_and(|s| s.recv.is_none())
    }

    /// Whether `obj` is method `name` of type `typ` of package `path`, or of a pointer to it.
    pub(super) fn is_method(&self, obj: ObjId, path: &str, typ: &str, name: &str) -> bool {
        let o = &self.store[obj];
        let recv = self.signature(o.ty).and_then(|s| s.recv);
        &*o.name == name
            && recv.is_some_and(|r| {
                let (t, _) = self.store.deref(self.store[r].ty);
                self.is_named(t, path, typ)
            })
    }

    /// Whether `t` is the declared type `name` of package `path`, or an instance of it.
    pub(super) fn is_named(&self, t: TypeId, path: &str, name: &str) -> bool {
        let Type::Named(n) = &self.store[t] else {
            return false;
        };
        let o = &self.store[n.obj];
        &*o.name == name && o.pkg.is_some_and(|p| &*self.store[p].path == path)
    }

    /// The signature behind a type.
    pub(super) fn signature(&self, t: TypeId) -> Option<&Signature> {
        match self.store.under_type(t) {
            Type::Signature(s) => Some(s),
            _ => None,
        }
    }

    /// The text of a type with packages named by their paths.
    pub(super) fn full_type(&self, t: TypeId) -> String {
        self.store.full_type_string(t)
    }

    /// The method `name` in the method set of `t`.
    pub(super) fn method(&self, t: TypeId, name: &str) -> Option<ObjId> {
        self.method_of(t, name, false)
    }

    fn method_of(&self, t: TypeId, name: &str, addressable: bool) -> Option<ObjId> {
        let found = self
            .store
            .lookup_field_or_method(t, addressable, self.pkg.id, name, false);
        match found {
            Lookup::Found { obj, .. } if self.store[obj].as_func().is_some() => Some(obj),
            _ => None,
        }
    }

    /// Whether `t` has a method `name` without parameters whose only result is a string.
    pub(super) fn has_string_method(&self, t: TypeId, name: &str) -> bool {
        self.method(t, name).is_some_and(|m| self.gives_string(m))
    }

    /// Whether a function or method takes nothing and gives a string.
    pub(super) fn gives_string(&self, m: ObjId) -> bool {
        let t = self.store.method_type(m);
        self.signature(t).is_some_and(|s| {
            let results: Vec<TypeId> = s.results.iter().map(|&r| self.store[r].ty).collect();
            s.params.is_empty() && results == [Basic::String.id()]
        })
    }

    /// Whether a value of type `t` is an error.
    pub(super) fn is_error(&self, t: TypeId) -> bool {
        self.has_string_method(t, "Error")
    }

    /// Whether `t` is locked through a pointer to it, so that copies are of no use.
    pub(super) fn is_lock(&self, t: TypeId) -> bool {
        let plain = |m: Option<ObjId>| {
            m.and_then(|m| self.signature(self.store.method_type(m)))
                .is_some_and(|s| s.params.is_empty() && s.results.is_empty())
        };
        let both = |addressable| {
            plain(self.method_of(t, "Lock", addressable)) && plain(self.method_of(t, "Unlock", addressable))
        };
        both(true) && !both(false)
    }

    /// The variable or function that an identifier, or the last part of a selector, means.
    pub(super) fn used(&self, e: &Expr) -> Option<ObjId> {
        match &unparen(e).kind {
            ExprKind::Ident(id) | ExprKind::Selector(_, id) => self.info.uses.get(&id.id).copied(),
            _ => None,
        }
    }

    /// The string that `e` is a constant of.
    pub(super) fn constant_string(&self, e: &Expr) -> Option<String> {
        let tv = self.tv(e)?;
        let value = tv.value.as_ref()?;
        let is_string = self.store.is_string(tv.ty);
        is_string.then(|| String::from_utf8_lossy(&value.as_bytes()).into_owned())
    }

    /// Whether evaluating `e` does nothing but give a value.
    pub(super) fn has_no_effects(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Ident(_) | ExprKind::Lit(..) | ExprKind::FuncLit(..) => true,
            ExprKind::Paren(x) | ExprKind::Selector(x, _) | ExprKind::Star(x) => self.has_no_effects(x),
            ExprKind::Unary(op, x) => *op != UnaryOp::Recv && self.has_no_effects(x),
            ExprKind::Binary(_, _, x, y) | ExprKind::KeyValue(x, y) => {
                self.has_no_effects(x) && self.has_no_effects(y)
            }
            ExprKind::Index(x, list) => self.has_no_effects(x) && list.iter().all(|i| self.has_no_effects(i)),
            ExprKind::Slice(s) => {
                self.has_no_effects(&s.x) && s.bounds.iter().flatten().all(|b| self.has_no_effects(b))
            }
            ExprKind::TypeAssert(x, _) => self.has_no_effects(x),
            ExprKind::Composite(c) => c.elems.iter().all(|x| self.has_no_effects(x)),
            ExprKind::Call(c) => {
                let converts = self.tv(&c.fun).is_some_and(|tv| tv.mode == Mode::TypeExpr);
                converts && c.args.iter().all(|x| self.has_no_effects(x))
            }
            _ => self.tv(e).is_some_and(|tv| tv.mode == Mode::TypeExpr),
        }
    }
}
