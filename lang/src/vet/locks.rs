//! copylocks: values that hold a lock are copied.
//!
//! A lock is what has Lock and Unlock by its address only; types of sync and sync/atomic that Go marks as not to be
//! copied count as holding `noCopy`.

use rustc_hash::FxHashSet;

use super::{Cx, unparen};
use crate::syntax::ast::*;
use crate::types::info::Mode;
use crate::types::store::TypeId;
use crate::types::ty::Type;
use crate::types::universe::Builtin;

const CHECK: &str = "copylocks";

/// Types that hold a `noCopy` in Go's library.
const NOT_COPIED: [(&str, &[&str]); 2] = [
    ("sync", &["WaitGroup", "Once", "Cond", "Pool", "Map"]),
    (
        "sync/atomic",
        &["Bool", "Int32", "Int64", "Pointer", "Uint32", "Uint64", "Uintptr"],
    ),
];

impl Cx<'_> {
    /// The way from `t` to a lock in it: "T contains sync.Mutex".
    fn lock_path(&self, t: TypeId) -> Option<String> {
        let mut path = self.lock_in(t, &mut FxHashSet::default())?;
        path.reverse();
        Some(path.join(" contains "))
    }

    /// The types on the way, innermost first.
    fn lock_in(&self, mut t: TypeId, seen: &mut FxHashSet<TypeId>) -> Option<Vec<String>> {
        if !seen.insert(t) {
            return None;
        }
        let store = self.store;
        if store.is_type_param(t) {
            let set = store.type_set(t);
            for term in set.terms.iter().flatten() {
                if let Some(mut path) = self.lock_in(term.ty, seen) {
                    if term.tilde
                        && let Some(last) = path.last_mut()
                    {
                        last.insert(0, '~');
                    }
                    path.push(self.full_type(t));
                    return Some(path);
                }
            }
            return None;
        }
        while let Type::Array(e, _) = store.under_type(t) {
            t = *e;
        }
        let Type::Struct(s) = store.under_type(t) else {
            return None;
        };
        for (path, names) in NOT_COPIED {
            if names.iter().any(|n| self.is_named(t, path, n)) {
                return Some(vec![format!("{path}.noCopy"), self.full_type(t)]);
            }
        }
        if self.is_lock(t) {
            return Some(vec![self.full_type(t)]);
        }
        s.fields.iter().find_map(|&f| {
            let mut path = self.lock_in(store[f].ty, seen)?;
            path.push(self.full_type(t));
            Some(path)
        })
    }

    /// The lock that is copied when the value of `x` is used; new values may be.
    fn copied_lock(&self, x: &Expr) -> Option<String> {
        let x = unparen(x);
        match &x.kind {
            ExprKind::Composite(_) | ExprKind::Call(_) => return None,
            ExprKind::Star(p) if matches!(unparen(p).kind, ExprKind::Call(_)) => return None,
            _ => {}
        }
        let tv = self.tv(x)?;
        let is_value = !matches!(
            tv.mode,
            Mode::TypeExpr | Mode::NoValue | Mode::Builtin(_) | Mode::Nil
        );
        is_value.then(|| self.lock_path(tv.ty)).flatten()
    }

    pub(super) fn copied_values(&mut self, lhs: &[Expr], rhs: &[Expr]) {
        for (i, x) in rhs.iter().enumerate() {
            if let (Some(path), Some(to)) = (self.copied_lock(x), lhs.get(i)) {
                let text = format!("assignment copies lock value to {}: {path}", self.shown(to));
                self.report(CHECK, x.span, text);
            }
        }
    }

    pub(super) fn copied_in_declaration(&mut self, s: &VarSpec) {
        for (i, x) in s.values.iter().enumerate() {
            if let (Some(path), Some(name)) = (self.copied_lock(x), s.names.get(i)) {
                let text = format!("variable declaration copies lock value to {}: {path}", name.name);
                self.report(CHECK, x.span, text);
            }
        }
    }

    /// From Go 1.22 on each iteration copies the loop's variables.
    pub(super) fn copied_loop_vars(&mut self, f: &ForStmt) {
        let Some(Stmt {
            kind: StmtKind::Define(lhs, _, rhs),
            ..
        }) = &f.init
        else {
            return;
        };
        if self.go < 22 || rhs.iter().any(|x| self.copied_lock(x).is_some()) {
            return;
        }
        for x in lhs {
            let ExprKind::Ident(id) = &x.kind else { continue };
            let Some(&obj) = self.info.defs.get(&id.id) else {
                continue;
            };
            if let Some(path) = self.lock_path(self.store[obj].ty) {
                let text = format!("for loop iteration copies lock value to {}: {path}", id.name);
                self.report(CHECK, x.span, text);
            }
        }
    }

    pub(super) fn copied_elements(&mut self, lit: &CompositeLit) {
        for x in &lit.elems {
            let x = match &x.kind {
                ExprKind::KeyValue(_, value) => value,
                _ => x,
            };
            if let Some(path) = self.copied_lock(x) {
                let text = format!("literal copies lock value from {}: {path}", self.shown(x));
                self.report(CHECK, x.span, text);
            }
        }
    }

    pub(super) fn copied_results(&mut self, results: &[Expr]) {
        for x in results {
            if let Some(path) = self.copied_lock(x) {
                self.report(CHECK, x.span, format!("return copies lock value: {path}"));
            }
        }
    }

    pub(super) fn copied_arguments(&mut self, c: &CallExpr) {
        if let Some(Mode::Builtin(b)) = self.tv(&c.fun).map(|tv| tv.mode)
            && matches!(
                b,
                Builtin::Len | Builtin::Cap | Builtin::Sizeof | Builtin::Offsetof | Builtin::Alignof
            )
        {
            return;
        }
        for x in &c.args {
            if let Some(path) = self.copied_lock(x) {
                let text = format!("call of {} copies lock value: {path}", self.shown(&c.fun));
                self.report(CHECK, x.span, text);
            }
        }
    }

    pub(super) fn locks_by_value(&mut self, name: &str, recv: Option<&[Field]>, sig: &FuncType) {
        let recv = recv.and_then(|r| r.first());
        for field in recv.into_iter().chain(&sig.params) {
            let Some(t) = self.type_of(&field.ty) else {
                continue;
            };
            if let Some(path) = self.lock_path(t) {
                self.report(
                    CHECK,
                    field.ty.span,
                    format!("{name} passes lock by value: {path}"),
                );
            }
        }
    }

    pub(super) fn copied_range_vars(&mut self, r: &RangeStmt) {
        for e in [&r.key, &r.value].into_iter().flatten() {
            let t = match &e.kind {
                ExprKind::Ident(id) if id.is_blank() => None,
                ExprKind::Ident(id) if r.define => self.info.defs.get(&id.id).map(|&o| self.store[o].ty),
                _ if r.define => None,
                _ => self.type_of(e),
            };
            if let Some(path) = t.and_then(|t| self.lock_path(t)) {
                let text = format!("range var {} copies lock: {path}", self.shown(e));
                self.report(CHECK, e.span, text);
            }
        }
    }
}
