//! assign, bools, nilfunc, shift, stringintconv, ifaceassert, composites: expressions that cannot be meant.

use super::{Cx, unparen};
use crate::syntax::ast::*;
use crate::types::info::Mode;
use crate::types::object::ObjKind;
use crate::types::sizes::Sizes;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

impl Cx<'_> {
    // --- assign ---

    pub(super) fn self_assignment(&mut self, s: &Stmt, lhs: &[Expr], rhs: &[Expr]) {
        if lhs.len() != rhs.len() {
            return;
        }
        let same: Vec<String> = lhs
            .iter()
            .zip(rhs)
            .filter(|(l, r)| self.has_no_effects(l) && self.has_no_effects(r) && !self.is_map_index(l))
            .map(|(l, r)| (self.shown(l), self.shown(r)))
            .filter(|(l, r)| l == r)
            .map(|(l, _)| l)
            .collect();
        if !same.is_empty() {
            let text = format!("self-assignment of {}", same.join(", "));
            self.report("assign", s.span, text);
        }
    }

    fn is_map_index(&self, e: &Expr) -> bool {
        let ExprKind::Index(x, _) = &unparen(e).kind else {
            return false;
        };
        self.type_of(x)
            .is_some_and(|t| matches!(self.store.under_type(t), Type::Map(..)))
    }

    // --- bools, nilfunc, shift ---

    pub(super) fn binary(&mut self, x: &Expr, op: BinaryOp, a: &Expr, b: &Expr) {
        match op {
            BinaryOp::LOr | BinaryOp::LAnd if !self.seen_bools.contains(&x.id) => self.bools(x, op),
            BinaryOp::Eq | BinaryOp::Ne => self.nil_func(x, op, a, b),
            BinaryOp::Shl | BinaryOp::Shr => self.long_shift(x.span, a, b),
            _ => {}
        }
    }

    fn bools(&mut self, x: &Expr, op: BinaryOp) {
        let mut operands = Vec::new();
        self.split(x, op, &mut operands);
        let (name, bad) = match op {
            BinaryOp::LOr => ("or", BinaryOp::Ne),
            _ => ("and", BinaryOp::Eq),
        };
        // Between operands with effects the order matters.
        let sets = operands.split(|e| !self.has_no_effects(e));
        let mut found = Vec::new();
        for set in sets {
            let mut seen: Vec<String> = Vec::new();
            let mut compared: Vec<(String, String)> = Vec::new();
            for e in set {
                let text = self.shown(e);
                if seen.contains(&text) {
                    found.push((e.span, format!("redundant {name}: {text} {} {text}", op.text())));
                } else {
                    seen.push(text.clone());
                }
                let ExprKind::Binary(cmp, _, l, r) = &e.kind else {
                    continue;
                };
                let is_const = |e: &Expr| self.tv(e).is_some_and(|tv| tv.value.is_some());
                let x = match () {
                    () if *cmp != bad => continue,
                    () if is_const(r) => l,
                    () if is_const(l) => r,
                    () => continue,
                };
                let x = self.shown(x);
                match compared.iter().find(|c| c.0 == x) {
                    Some((_, before)) if *before != text => {
                        found.push((e.span, format!("suspect {name}: {text} {} {before}", op.text())));
                    }
                    Some(_) => {}
                    None => compared.push((x, text)),
                }
            }
        }
        for (span, text) in found {
            self.report("bools", span, text);
        }
    }

    /// The operands that `op` joins, last first.
    fn split<'e>(&mut self, mut e: &'e Expr, op: BinaryOp, out: &mut Vec<&'e Expr>) {
        loop {
            e = unparen(e);
            match &e.kind {
                ExprKind::Binary(o, _, l, r) if *o == op => {
                    self.seen_bools.insert(e.id);
                    self.split(r, op, out);
                    e = l;
                }
                _ => return out.push(e),
            }
        }
    }

    fn nil_func(&mut self, x: &Expr, op: BinaryOp, a: &Expr, b: &Expr) {
        let is_nil = |e: &Expr| self.tv(e).is_some_and(|tv| tv.mode == Mode::Nil);
        let other = match () {
            () if is_nil(a) => b,
            () if is_nil(b) => a,
            () => return,
        };
        let Some(obj) = self.used(other) else { return };
        if matches!(self.store[obj].kind, ObjKind::Func(_)) {
            let name = &self.store[obj].name;
            let always = op == BinaryOp::Ne;
            let text = format!(
                "comparison of function {name} {} nil is always {always}",
                op.text()
            );
            self.report("nilfunc", x.span, text);
        }
    }

    pub(super) fn shift_assignment(&mut self, s: &Stmt, op: BinaryOp, x: &Expr, y: &Expr) {
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            self.long_shift(s.span, x, y);
        }
    }

    /// A shift by all bits of its operand, or more.
    fn long_shift(&mut self, span: crate::source::Span, x: &Expr, y: &Expr) {
        let Some(xv) = self.tv(x).filter(|tv| tv.value.is_none()) else {
            return;
        };
        let amount = self.tv(y).and_then(|tv| tv.value.as_ref()?.to_int().exact_i64());
        let Some(amount) = amount else { return };
        let types = self.possible_types(xv.ty);
        let mut sizes: Vec<i64> = types
            .iter()
            .map(|&t| 8 * Sizes::new(self.store).sizeof(t))
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        let Some(&least) = sizes.first() else { return };
        if amount >= least {
            let may = if sizes.len() > 1 { "may be " } else { "" };
            let x = self.shown(x);
            let text = format!("{x} ({may}{least} bits) too small for shift of {amount}");
            self.report("shift", span, text);
        }
    }

    /// The types that a type parameter admits; for any other type just that.
    fn possible_types(&self, t: TypeId) -> Vec<TypeId> {
        if !self.store.is_type_param(t) {
            return vec![t];
        }
        let set = self.store.type_set(t);
        set.terms.iter().flatten().map(|term| term.ty).collect()
    }

    // --- stringintconv ---

    /// `string(i)` for an integer: the character of that number, not its digits.
    pub(super) fn string_of_int(&mut self, x: &Expr, c: &CallExpr) {
        let [arg] = &c.args[..] else { return };
        let named = match &c.fun.kind {
            ExprKind::Ident(id) | ExprKind::Selector(_, id) => self.info.uses.get(&id.id).copied(),
            _ => None,
        };
        let Some(name) = named.filter(|&o| matches!(self.store[o].kind, ObjKind::TypeName)) else {
            return;
        };
        let (Some(to), Some(from)) = (self.type_of(&c.fun), self.type_of(arg)) else {
            return;
        };
        let is_string = |t: &TypeId| matches!(self.store.under_type(*t), Type::Basic(Basic::String));
        let is_number = |t: &TypeId| match self.store.under_type(*t) {
            Type::Basic(b) => {
                let character = matches!(b.canonical(), Basic::Uint8 | Basic::Int32 | Basic::UntypedRune);
                b.is_integer() && !character
            }
            _ => false,
        };
        let (tos, froms) = (self.possible_types(to), self.possible_types(from));
        let (Some(&t), Some(&v)) = (
            tos.iter().find(|t| is_string(t)),
            froms.iter().find(|t| is_number(t)),
        ) else {
            return;
        };
        let target = self.describe(t, to, &self.store[name].name);
        let source_name = self.plain_name(from);
        let source = self.describe(v, from, &source_name);
        if !target.is_empty() && !source.is_empty() {
            let text = format!(
                "conversion from {source} to {target} yields a string of one rune, not a string of digits"
            );
            self.report("stringintconv", x.span, text);
        }
    }

    /// The name of a type without its package; empty if it has none.
    fn plain_name(&self, t: TypeId) -> String {
        match &self.store[t] {
            Type::Basic(b) => b.name().to_owned(),
            Type::Named(n) => self.store[n.obj].name.to_string(),
            Type::TypeParam(p) => self.store[p.obj].name.to_string(),
            _ => String::new(),
        }
    }

    /// `name` with what it stands for: "T (int)", "int (in T)".
    fn describe(&self, one: TypeId, whole: TypeId, name: &str) -> String {
        let text = if one == whole {
            name.to_owned()
        } else {
            self.plain_name(one)
        };
        if text.is_empty() {
            return text;
        }
        let mut more = Vec::new();
        let under = self.plain_name(self.store.under(one));
        if !under.is_empty() && under != text {
            more.push(under);
        }
        if one != whole && !name.is_empty() && name != text {
            more.push(format!("in {name}"));
        }
        if more.is_empty() {
            text
        } else {
            format!("{text} ({})", more.join(", "))
        }
    }

    // --- ifaceassert ---

    /// An assertion from one interface to another that no type can have both of.
    pub(super) fn impossible_assertion(&mut self, x: &Expr, target: &Expr) {
        let (Some(v), Some(t)) = (self.type_of(x), self.type_of(target)) else {
            return;
        };
        let store = self.store;
        let concrete = |t| !store.is_interface(t) || store.is_type_param(t);
        if concrete(v) || concrete(t) {
            return;
        }
        let of_v = store.all_methods(v);
        for &m in store.all_methods(t).iter() {
            let Some(&other) = of_v.iter().find(|&&o| store.same_method_name(o, m)) else {
                continue;
            };
            if !store.identical(store.method_type(other), store.method_type(m)) {
                let (v, t) = (self.full_type(v), self.full_type(t));
                let name = &store[m].name;
                let text = format!(
                    "impossible type assertion: no type can implement both {v} and {t} (conflicting types for {name} method)"
                );
                return self.report("ifaceassert", target.span, text);
            }
        }
    }

    // --- composites ---

    /// A struct of another package made without the names of its fields.
    pub(super) fn unkeyed(&mut self, x: &Expr, lit: &CompositeLit) {
        let keyed = |e: &Expr| matches!(e.kind, ExprKind::KeyValue(..));
        if lit.elems.is_empty() || lit.elems.iter().any(keyed) {
            return;
        }
        let Some(t) = self.type_of(x) else { return };
        let (base, _) = self.store.deref(t);
        let Type::Named(n) = &self.store[base] else { return };
        let is_struct = matches!(self.store.under_type(base), Type::Struct(_));
        let own = self.store[n.obj].pkg == Some(self.pkg.id);
        let name = self.written_type(lit).unwrap_or_else(|| self.full_type(t));
        let frozen = matches!(&*name, "unicode.Range16" | "unicode.Range32")
            || name.starts_with("image.")
            || name.starts_with("image/color.");
        if is_struct && !own && !frozen {
            self.report(
                "composites",
                x.span,
                format!("{name} struct literal uses unkeyed fields"),
            );
        }
    }

    /// The type of a literal by the name it is written with, which may be an alias.
    fn written_type(&self, lit: &CompositeLit) -> Option<String> {
        let ty = lit.ty.as_ref()?;
        let name = self.used(ty)?;
        matches!(self.store[name].kind, ObjKind::TypeName).then(|| {
            let pkg = self.store[name].pkg.map_or("", |p| &*self.store[p].path);
            format!("{pkg}.{}", self.store[name].name)
        })
    }
}
