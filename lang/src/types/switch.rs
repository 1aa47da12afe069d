//! Expression and type switches. After `stmt.go` of types2.

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::types::checker::Checker;
use crate::types::constant::{ConstKey, Constant};
use crate::types::object::{ObjKind, Var};
use crate::types::operand::{Operand, OperandMode};
use crate::types::resolve::unparen;
use crate::types::stmt::{Context, FALLTHROUGH, FINAL_CASE};
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::{Basic, Type};

/// Constant case values seen, with their types and places.
type SeenValues = FxHashMap<ConstKey, Vec<(TypeId, Span)>>;

/// Types seen in the cases of a type switch; none for nil.
type SeenTypes = Vec<(Option<TypeId>, Span)>;

impl<'a> Checker<'a> {
    pub(super) fn switch_stmt(&mut self, inner: Context, s: &'a SwitchStmt) {
        let mut x = Operand::new();
        match &s.tag {
            Some(tag) => {
                self.expr(&mut x, tag);
                self.assignment(&mut x, None, "switch expression");
                if !x.is_invalid() && !self.store.comparable(x.ty) && !self.store.has_nil(x.ty) {
                    let ty = self.type_text(x.ty);
                    let text = format!(
                        "cannot switch on {} ({ty} is not comparable)",
                        self.operand_text(&x)
                    );
                    self.error(x.span(), Code::InvalidExprSwitch, text);
                    x.invalidate();
                }
            }
            None => {
                x.mode = OperandMode::Constant;
                x.ty = Basic::Bool.id();
                x.val = Some(Constant::Bool(true));
                x.expr = Some(self.true_expr);
            }
        }
        self.multiple_defaults(s.clauses.iter().filter(|c| c.exprs.is_none()).map(|c| c.span));
        let mut seen = SeenValues::default();
        for (i, c) in s.clauses.iter().enumerate() {
            let last = i + 1 == s.clauses.len();
            self.case_values(&mut x, c.exprs.as_deref().unwrap_or_default(), &mut seen);
            self.open_scope(c.span);
            self.stmt_list(inner | if last { FINAL_CASE } else { FALLTHROUGH }, &c.body);
            self.close_scope();
        }
    }

    fn case_values(&mut self, x: &mut Operand<'a>, values: &'a [Expr], seen: &mut SeenValues) {
        for e in values {
            let mut v = Operand::new();
            self.expr(&mut v, e);
            if x.is_invalid() || v.is_invalid() {
                continue;
            }
            self.convert_untyped(&mut v, x.ty);
            if v.is_invalid() {
                continue;
            }
            // The case value stands first, so that errors are reported there.
            let mut res = v.clone();
            self.comparison(&mut res, x, BinaryOp::Eq, true);
            if res.is_invalid() || v.mode != OperandMode::Constant {
                continue;
            }
            let Some(key) = v.val.as_ref().and_then(Constant::key) else {
                continue;
            };
            // Go looks for equal numbers and strings only.
            if matches!(key, ConstKey::Bool(_) | ConstKey::Complex(..)) {
                continue;
            }
            let same = seen.entry(key).or_default();
            match same.iter().find(|(t, _)| self.store.identical(v.ty, *t)) {
                Some(&(_, at)) => {
                    let text = format!("duplicate case {} in expression switch", self.operand_text(&v));
                    self.report(
                        Diagnostic::error(Code::DuplicateCase, v.span(), text).label(at, "previous case"),
                    );
                }
                None => same.push((v.ty, v.span())),
            }
        }
    }

    pub(super) fn type_switch_stmt(&mut self, inner: Context, s: &'a TypeSwitchStmt) {
        let mut lhs = s.bind.as_ref();
        if let Some(name) = lhs.filter(|n| n.is_blank()) {
            self.soft_error(name.span, Code::NoNewVar, "no new variable on left side of :=");
            lhs = None;
        }
        let mut x = Operand::new();
        self.expr(&mut x, &s.x);
        let mut sx = None;
        if !x.is_invalid() {
            if self.store.is_interface(x.ty) {
                sx = Some(x);
            } else {
                let text = if self.store.is_type_param(x.ty) {
                    format!(
                        "cannot use type switch on type parameter value {}",
                        self.operand_text(&x)
                    )
                } else {
                    format!("{} is not an interface", self.operand_text(&x))
                };
                self.error(x.span(), Code::InvalidTypeSwitch, text);
            }
        }
        self.multiple_defaults(s.clauses.iter().filter(|c| c.exprs.is_none()).map(|c| c.span));
        let mut vars: Vec<ObjId> = Vec::new();
        let mut seen = SeenTypes::new();
        for c in &s.clauses {
            let t = self.case_types(sx.as_ref(), c.exprs.as_deref().unwrap_or_default(), &mut seen);
            self.open_scope(c.span);
            if let Some(name) = lhs {
                let var = ObjKind::Var(Var::default());
                let obj = self.new_object(name.name.clone(), name.span, t, var);
                self.declare(self.env.scope, None, obj, c.colon.lo);
                self.record_implicit(c.id, obj);
                vars.push(obj);
            }
            self.stmt_list(inner, &c.body);
            self.close_scope();
        }
        // Function literals in the clauses were checked with their statements, so uses are known here.
        if let Some(name) = lhs {
            let mut used = false;
            for v in vars {
                used |= self.store[v].as_var().is_some_and(|v| v.used);
                self.mark_used(v);
            }
            if !used && !self.config.allow_unused {
                let text = format!("{} declared and not used", name.name);
                self.soft_error(name.span, Code::UnusedVar, text);
            }
        }
    }

    /// Whether `e` is the predeclared nil.
    fn is_nil(&self, e: &Expr) -> bool {
        match &unparen(e).kind {
            ExprKind::Ident(n) => self
                .lookup(&n.name)
                .is_some_and(|o| matches!(self.store[o].kind, ObjKind::Nil)),
            _ => false,
        }
    }

    /// Checks the types of a case; the type that the clause's variable has.
    fn case_types(&mut self, x: Option<&Operand<'a>>, types: &'a [Expr], seen: &mut SeenTypes) -> TypeId {
        let mut single = None;
        for e in types {
            let mut t = None;
            if self.is_nil(e) {
                let mut dummy = Operand::new();
                self.expr(&mut dummy, e);
            } else {
                let ty = self.var_type(e);
                if !self.is_valid(ty) {
                    single = Some(Basic::Invalid.id());
                    continue;
                }
                t = Some(ty);
            }
            single = t;
            if let Some(&(_, at)) = seen.iter().find(|(o, _)| match (t, *o) {
                (None, None) => true,
                (Some(t), Some(o)) => self.store.identical(t, o),
                _ => false,
            }) {
                let name = t.map_or_else(|| "nil".to_string(), |t| self.type_text(t));
                let text = format!("duplicate case {name} in type switch");
                self.report(Diagnostic::error(Code::DuplicateCase, e.span, text).label(at, "previous case"));
                continue;
            }
            seen.push((t, e.span));
            if let (Some(x), Some(t)) = (x, t) {
                self.type_assertion(e, x, t, true);
            }
        }
        match (single, types.len()) {
            (Some(t), 1) => t,
            _ => x.map_or(Basic::Invalid.id(), |x| x.ty),
        }
    }

    /// What `t` is after following a pointer to an array.
    pub(super) fn array_ptr_deref(&self, t: TypeId) -> TypeId {
        match self.store[t] {
            Type::Pointer(base) if matches!(self.store.under_type(base), Type::Array(..)) => {
                self.store.under(base)
            }
            _ => t,
        }
    }
}
