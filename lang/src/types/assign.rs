//! Assignments: of values to variables, in all their forms.

use std::fmt;

use crate::diag::{Code, Diagnostic};
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::expr::unparen;
use crate::types::info::Mode;
use crate::types::instantiate::Target;
use crate::types::object::{ObjKind, Var};
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::{default_type, is_untyped};
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::Basic;
use crate::types::universe::UNKNOWN;

/// Where a value is assigned, for messages; made without building a text.
#[derive(Clone, Copy)]
pub enum Context<'c> {
    /// In these words.
    Text(&'c str),
    /// As an argument of this function.
    Argument(&'c Expr),
}

impl fmt::Display for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Context::Text(t) => f.write_str(t),
            Context::Argument(fun) => write!(f, "argument to {}", expr_string(fun)),
        }
    }
}

/// A variable and whether it was used, to be restored.
pub(crate) type UsedState = Option<(ObjId, bool)>;

impl<'a> Checker<'a> {
    /// Checks that `x` can be assigned to a variable of type `t` (none: the blank identifier), and gives
    /// an untyped `x` its type. Invalidates `x` if not.
    pub fn assignment(&mut self, x: &mut Operand<'a>, t: Option<TypeId>, context: &str) {
        self.assignment_in(x, t, Context::Text(context));
    }

    /// [`Checker::assignment`] in a context that is not put into words yet.
    pub fn assignment_in(&mut self, x: &mut Operand<'a>, t: Option<TypeId>, context: Context<'_>) {
        self.single_value(x);
        match x.mode {
            OperandMode::Invalid => return,
            OperandMode::NoValue | OperandMode::Builtin(_) | OperandMode::TypeExpr => {
                let ty = t.map(|t| self.type_text(t)).unwrap_or_default();
                let text = format!("cannot assign {} to {ty} in {context}", self.operand_text(x));
                self.error(x.span(), Code::IncompatibleAssign, text);
                return x.invalidate();
            }
            _ => {}
        }
        if is_untyped(x.ty) && !self.assign_untyped(x, t, context) {
            return x.invalidate();
        }
        if x.mode == OperandMode::Value && !self.store.sig_params(x.ty).is_empty() {
            let target = self.target(t, &context.to_string());
            self.non_generic(x, target);
            if x.is_invalid() {
                return;
            }
        }
        let Some(t) = t else { return };
        let mut cause = String::new();
        if let Err(code) = self.assignable_to(x, t, Some(&mut cause)) {
            let why = if cause.is_empty() {
                cause
            } else {
                format!(": {cause}")
            };
            let (x_text, t_text) = (self.operand_text(x), self.type_text(t));
            let text = format!("cannot use {x_text} as {t_text} value in {context}{why}");
            let d = Diagnostic::error(code, x.span(), text);
            let mut d = self.with_target(d, self.assigned);
            if code == Code::InvalidIfaceAssign {
                d = self.with_type(self.with_type(d, x.ty), t);
            }
            self.report(d);
            x.invalidate();
        }
    }

    /// Gives untyped `x` the type it has as a value of `t`; false, and a report, if it has none.
    fn assign_untyped(&mut self, x: &mut Operand<'a>, t: Option<TypeId>, context: Context<'_>) -> bool {
        let target = match t {
            None if x.is_nil() => {
                let text = format!("use of untyped nil in {context}");
                self.error(x.span(), Code::UntypedNilUse, text);
                return false;
            }
            None => default_type(x.ty),
            Some(t) if !x.is_nil() && self.store.is_interface(t) => default_type(x.ty),
            Some(t) => t,
        };
        match self.implicit_type_and_value(x, target) {
            Ok((ty, val)) => {
                self.set_implicit(x, ty, val);
                true
            }
            Err(code) => {
                let (x_text, t_text) = (self.operand_text(x), self.type_text(target));
                let (why, code) = match code {
                    Code::TruncatedFloat => (" (truncated)", code),
                    Code::NumericOverflow => (" (overflows)", code),
                    _ => ("", Code::IncompatibleAssign),
                };
                let text = format!("cannot use {x_text} as {t_text} value in {context}{why}");
                let d = Diagnostic::error(code, x.span(), text);
                let d = self.with_target(d, self.assigned);
                self.report(d);
                false
            }
        }
    }

    /// The initialisation of constant `lhs`, whose type is [`UNKNOWN`] if none is declared.
    pub fn init_const(&mut self, lhs: ObjId, x: &mut Operand<'a>) {
        let declared = self.store[lhs].ty;
        if x.is_invalid() || !self.is_valid(x.ty) || declared == Basic::Invalid.id() {
            return self.settle_invalid(lhs);
        }
        if !x.is_constant() {
            let text = format!("{} is not constant", self.operand_text(x));
            self.error(x.span(), Code::InvalidConstInit, text);
            return self.settle_invalid(lhs);
        }
        if declared == UNKNOWN {
            self.store[lhs].ty = x.ty;
        }
        let ty = self.store[lhs].ty;
        self.assignment(x, Some(ty), "constant declaration");
        if !x.is_invalid() {
            self.store[lhs].kind = ObjKind::Const(x.constant().clone());
        }
    }

    /// Gives `lhs` the invalid type unless it has one.
    fn settle_invalid(&mut self, lhs: ObjId) {
        if self.store[lhs].ty == UNKNOWN {
            self.store[lhs].ty = Basic::Invalid.id();
        }
    }

    /// The initialisation of variable `lhs`, which gets the type of `x` if it has none.
    pub fn init_var(&mut self, lhs: ObjId, x: &mut Operand<'a>, context: &str) {
        let declared = self.store[lhs].ty;
        if x.is_invalid() || !self.is_valid(x.ty) || declared == Basic::Invalid.id() {
            self.settle_invalid(lhs);
            return x.invalidate();
        }
        if declared == UNKNOWN {
            let mut ty = x.ty;
            if is_untyped(ty) {
                if ty == Basic::UntypedNil.id() {
                    let text = format!("use of untyped nil in {context}");
                    self.error(x.span(), Code::UntypedNilUse, text);
                    self.store[lhs].ty = Basic::Invalid.id();
                    return x.invalidate();
                }
                ty = default_type(ty);
            }
            self.store[lhs].ty = ty;
        }
        let ty = self.store[lhs].ty;
        self.assignment(x, Some(ty), context);
    }

    /// Whether the variable `name` means is used so far; none if it means no variable of this package.
    pub(crate) fn used_state(&self, name: &str) -> UsedState {
        let obj = self.lookup(name)?;
        let o = &self.store[obj];
        (o.pkg == Some(self.pkg)).then(|| o.as_var().map(|v| (obj, v.used)))?
    }

    /// Undoes that a variable was marked as used since.
    pub(crate) fn restore_used(&mut self, state: UsedState) {
        if let Some((obj, was)) = state
            && let ObjKind::Var(v) = &mut self.store[obj].kind
        {
            v.used = was;
        }
    }

    /// The type of `lhs` on the left of an assignment: none for the blank identifier, invalid if it is
    /// wrong. A variable assigned to is not used by that.
    pub fn lhs_var(&mut self, lhs: &'a Expr) -> Option<TypeId> {
        const INVALID: Option<TypeId> = Some(Basic::Invalid.id());
        let mut keep = None;
        if let ExprKind::Ident(id) = &unparen(lhs).kind {
            if id.is_blank() {
                return None;
            }
            keep = self.used_state(&id.name);
        }
        let mut x = Operand::new();
        self.expr(&mut x, lhs);
        self.restore_used(keep);
        if x.is_invalid() || !self.is_valid(x.ty) {
            return INVALID;
        }
        if matches!(x.mode, OperandMode::Variable | OperandMode::MapIndex) {
            return Some(x.ty);
        }
        if let ExprKind::Selector(base, _) = &lhs.kind
            && self.info.get(base.id).is_some_and(|tv| tv.mode == Mode::MapIndex)
        {
            let text = format!("cannot assign to struct field {} in map", expr_string(lhs));
            self.error(x.span(), Code::UnaddressableFieldAssign, text);
            return INVALID;
        }
        let text = format!(
            "cannot assign to {} (neither addressable nor a map index expression)",
            expr_string(lhs)
        );
        self.error(x.span(), Code::UnassignableOperand, text);
        INVALID
    }

    /// `lhs = rhs`, or `lhs = x` if `rhs` was evaluated.
    pub fn assign_var(
        &mut self,
        lhs: &'a Expr,
        rhs: Option<&'a Expr>,
        x: Option<&mut Operand<'a>>,
        context: &str,
    ) {
        let t = self.lhs_var(lhs);
        if t.is_some_and(|t| !self.is_valid(t)) {
            match (x, rhs) {
                (Some(x), _) => x.invalidate(),
                (None, Some(rhs)) => {
                    self.use_exprs(std::slice::from_ref(rhs));
                }
                _ => {}
            }
            return;
        }
        let mut own = Operand::new();
        let x = match (x, rhs) {
            (Some(x), _) => x,
            (None, Some(rhs)) => {
                self.target = self.target(t, "").map(|t| Target {
                    what: expr_string(lhs),
                    ..t
                });
                self.expr(&mut own, rhs);
                &mut own
            }
            _ => return,
        };
        let blank = t.is_none() && context == "assignment";
        self.assigned = match &unparen(lhs).kind {
            ExprKind::Ident(id) | ExprKind::Selector(_, id) => self.info.uses.get(&id.id).copied(),
            _ => None,
        };
        self.assignment(
            x,
            t,
            if blank {
                "assignment to _ identifier"
            } else {
                context
            },
        );
        self.assigned = None;
    }

    #[cold]
    fn assign_error(&mut self, rhs: &'a [Expr], l: usize, r: usize) {
        let measure = |n: usize, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
        let (vars, vals) = (measure(l, "variable"), measure(r, "value"));
        let Some(first) = rhs.first() else { return };
        let text = match (rhs, &unparen(first).kind) {
            ([_], ExprKind::Call(call)) => {
                format!(
                    "assignment mismatch: {vars} but {} returns {vals}",
                    expr_string(&call.fun)
                )
            }
            _ => format!("assignment mismatch: {vars} but {vals}"),
        };
        self.error(first.span, Code::WrongAssignCount, text);
    }

    #[cold]
    fn return_error(&mut self, at: Span, lhs: &[ObjId], rhs: &[(Span, TypeId)]) {
        let (l, r) = (lhs.len(), rhs.len());
        let (what, at) = if r > l {
            ("too many", rhs[l].0)
        } else {
            ("not enough", rhs.last().map_or(at, |x| x.0))
        };
        let have: Vec<TypeId> = rhs.iter().map(|x| x.1).collect();
        let want: Vec<TypeId> = lhs.iter().map(|&v| self.store[v].ty).collect();
        let text = format!(
            "{what} return values\n\thave {}\n\twant {}",
            self.types_summary(&have, false, false),
            self.types_summary(&want, false, false)
        );
        self.error(at, Code::WrongResultCount, text);
    }

    /// `var lhs… = rhs…`, or `return rhs…` to the results `lhs` if `return_stmt` is given.
    pub fn init_vars(&mut self, lhs: &[ObjId], rhs: &'a [Expr], return_stmt: Option<Span>) {
        let context = match (return_stmt, lhs.len()) {
            (Some(_), _) => "return statement",
            (None, 0 | 1) => "assignment",
            _ => "multiple assignment",
        };
        let is_call = matches!(rhs, [e] if matches!(unparen(e).kind, ExprKind::Call(_)));
        if lhs.len() == rhs.len() && !is_call {
            let mut x = Operand::new();
            for (&v, e) in lhs.iter().zip(rhs) {
                let o = &self.store[v];
                let name = if o.name.is_empty() {
                    "result variable"
                } else {
                    &*o.name
                };
                self.target = self.target(Some(o.ty), name);
                self.expr(&mut x, e);
                self.init_var(v, &mut x, context);
            }
            return;
        }
        let [e] = rhs else {
            if self.use_exprs(rhs) {
                match return_stmt {
                    Some(at) => {
                        let types = rhs
                            .iter()
                            .map(|e| (e.span, self.recorded_type(e)))
                            .collect::<Vec<_>>();
                        self.return_error(at, lhs, &types);
                    }
                    None => self.assign_error(rhs, lhs.len(), rhs.len()),
                }
            }
            return lhs.iter().for_each(|&v| self.settle_invalid(v));
        };
        let (mut values, comma_ok) = self.multi_expr(e, lhs.len() == 2 && return_stmt.is_none());
        if values.len() == lhs.len() {
            for (&v, x) in lhs.iter().zip(&mut values) {
                self.init_var(v, x, context);
            }
            if comma_ok {
                self.record_comma_ok(e, &values);
            }
            return;
        }
        if !values[0].is_invalid() {
            match return_stmt {
                Some(at) => {
                    let types = values.iter().map(|x| (x.span(), x.ty)).collect::<Vec<_>>();
                    self.return_error(at, lhs, &types);
                }
                None => self.assign_error(rhs, lhs.len(), values.len()),
            }
        }
        lhs.iter().for_each(|&v| self.settle_invalid(v));
    }

    fn recorded_type(&self, e: &Expr) -> TypeId {
        self.info.get(e.id).map_or(Basic::Invalid.id(), |tv| tv.ty)
    }

    /// Records that `e` is used in a `v, ok` form, if both values could be assigned.
    pub(crate) fn record_comma_ok(&mut self, e: &'a Expr, values: &[Operand<'a>]) {
        let [v, ok] = values else { return };
        if v.is_invalid() || ok.is_invalid() {
            return;
        }
        let tuple = self.new_tuple(&[v.ty, ok.ty], e.span);
        let mut at = e;
        loop {
            if let Some(Some(tv)) = self.info.exprs.get_mut(at.id.0 as usize) {
                tv.ty = tuple;
            }
            match &at.kind {
                ExprKind::Paren(inner) => at = inner,
                _ => return,
            }
        }
    }

    /// `lhs… = rhs…`.
    pub fn assign_vars(&mut self, lhs: &'a [Expr], rhs: &'a [Expr]) {
        let context = if lhs.len() > 1 {
            "multiple assignment"
        } else {
            "assignment"
        };
        let is_call = matches!(rhs, [e] if matches!(unparen(e).kind, ExprKind::Call(_)));
        if lhs.len() == rhs.len() && !is_call {
            for (l, r) in lhs.iter().zip(rhs) {
                self.assign_var(l, Some(r), None, context);
            }
            return;
        }
        let [e] = rhs else {
            let ok = self.use_lhs(lhs);
            if self.use_exprs(rhs) && ok {
                self.assign_error(rhs, lhs.len(), rhs.len());
            }
            return;
        };
        let (mut values, comma_ok) = self.multi_expr(e, lhs.len() == 2);
        if values.len() == lhs.len() {
            for (l, x) in lhs.iter().zip(&mut values) {
                self.assign_var(l, None, Some(x), context);
            }
            if comma_ok {
                self.record_comma_ok(e, &values);
            }
            return;
        }
        if !values[0].is_invalid() {
            self.assign_error(rhs, lhs.len(), values.len());
        }
        self.use_lhs(lhs);
    }

    /// `lhs… := rhs…`; `at` is the operator.
    pub fn short_var_decl(&mut self, at: Span, lhs: &'a [Expr], rhs: &'a [Expr]) {
        let top = self.delayed.len();
        let scope = self.env.scope;
        let mut vars = Vec::with_capacity(lhs.len());
        let mut new_vars = Vec::with_capacity(lhs.len());
        let mut failed = false;
        for (i, e) in lhs.iter().enumerate() {
            let var = self.define_var(lhs, i, &mut new_vars);
            failed |= var.is_none();
            vars.push(var.unwrap_or_else(|| self.dummy_var(e.span)));
        }
        self.init_vars(&vars, rhs, None);
        // Function literals on the right must not see the new variables.
        self.process_delayed(top);
        if new_vars.is_empty() && !failed {
            return self.soft_error(at, Code::NoNewVar, "no new variables on left side of :=");
        }
        let from = rhs.last().map_or(Pos::default(), |e| e.span.hi);
        for v in new_vars {
            self.declare(scope, None, v, from);
        }
    }

    /// The variable that `lhs[i]` declares (then it joins `new_vars`) or means; none if it is wrong.
    fn define_var(&mut self, lhs: &'a [Expr], i: usize, new_vars: &mut Vec<ObjId>) -> Option<ObjId> {
        let e = &lhs[i];
        let ExprKind::Ident(id) = &e.kind else {
            self.use_lhs(std::slice::from_ref(e));
            let text = format!("non-name {} on left side of :=", expr_string(e));
            self.error(e.span, Code::BadDecl, text);
            return None;
        };
        let same = |o: &Expr| matches!(&o.kind, ExprKind::Ident(o) if o.name == id.name);
        if !id.is_blank() && lhs[..i].iter().any(same) {
            let text = format!("{} repeated on left side of :=", id.name);
            self.error(e.span, Code::RepeatedDecl, text);
            return None;
        }
        if let Some(&alt) = self.store[self.env.scope].names.get(&id.name)
            && !self.may_redefine(self.env.scope)
        {
            self.record_use(id, alt);
            if self.store[alt].as_var().is_some() {
                return Some(alt);
            }
            self.error(
                e.span,
                Code::UnassignableOperand,
                format!("cannot assign to {}", id.name),
            );
            return None;
        }
        let obj = self.new_var(id, UNKNOWN);
        if !id.is_blank() {
            new_vars.push(obj);
        }
        self.record_def(id, obj);
        Some(obj)
    }

    fn dummy_var(&mut self, span: Span) -> ObjId {
        self.new_object(
            Name::from("_"),
            span,
            UNKNOWN,
            ObjKind::Var(Var {
                used: true,
                ..Var::default()
            }),
        )
    }
}
