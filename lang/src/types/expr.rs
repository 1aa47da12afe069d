//! Expressions: the dispatch by form, and how untyped operands get their types.
//!
//! An untyped expression is recorded with its untyped type when it is checked. Once the context decides
//! the type, [`Checker::update_expr_type`] walks down the expression again and records the final types;
//! the walk stops at constants, below which nothing is materialised, and at comparisons, whose operands
//! have their final types already. What no context decides gets its default type in
//! [`Checker::record_untyped`].

use crate::diag::Code;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::{Checker, Kind};
use crate::types::constant::Constant;
use crate::types::instantiate::Target;
use crate::types::operand::{Called, Operand, OperandMode};
use crate::types::predicates::{default_type, is_untyped, max_type};
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

/// `e` without parentheses around it.
pub(crate) fn unparen(mut e: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &e.kind {
        e = inner;
    }
    e
}

/// Where the operator of `e` stands; where `e` starts if it is no operation.
pub(crate) fn op_span(e: &Expr) -> Span {
    match &e.kind {
        ExprKind::Binary(_, span, ..) => *span,
        _ => e.span,
    }
}

impl<'a> Checker<'a> {
    /// Checks `e`, of any mode, and records what it is. `hint` is the type a composite literal without
    /// one has; `allow_generic` permits a generic function or type that is not instantiated.
    pub fn raw_expr(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        hint: Option<TypeId>,
        allow_generic: bool,
    ) -> Kind {
        *x = Operand::new();
        let target = self.target.take();
        let kind = self.expr_internal(x, e, hint, target.as_ref());
        if !allow_generic {
            self.non_generic(x, target);
        }
        x.expr = Some(e);
        self.record(x);
        kind
    }

    /// Checks `e`, which must be a single value.
    pub fn expr(&mut self, x: &mut Operand<'a>, e: &'a Expr) {
        self.raw_expr(x, e, None, false);
        self.exclude(x);
        self.single_value(x);
    }

    /// Like [`Checker::expr`], with a type for a composite literal that has none.
    pub fn expr_with_hint(&mut self, x: &mut Operand<'a>, e: &'a Expr, hint: TypeId) {
        self.raw_expr(x, e, Some(hint), true);
        self.exclude(x);
        self.single_value(x);
    }

    /// Checks `e`, a single value or a type.
    pub fn expr_or_type(&mut self, x: &mut Operand<'a>, e: &'a Expr, allow_generic: bool) {
        self.raw_expr(x, e, None, allow_generic);
        if x.mode == OperandMode::NoValue {
            let text = format!("{} used as value or type", self.operand_text(x));
            self.error(x.span(), Code::TooManyValues, text);
            x.invalidate();
        }
        self.single_value(x);
    }

    /// Checks `e` and returns its value or values; with `allow_comma_ok` a `v, ok` form yields two, and
    /// the second result is true. On error the first operand is invalid.
    pub fn multi_expr(&mut self, e: &'a Expr, allow_comma_ok: bool) -> (Vec<Operand<'a>>, bool) {
        let mut x = Operand::new();
        self.raw_expr(&mut x, e, None, false);
        self.exclude(&mut x);
        if !x.is_invalid()
            && let Type::Tuple(vars) = &self.store[x.ty]
        {
            let list = vars.iter().enumerate().map(|(i, &v)| {
                let mut r = Operand::value_of(e, self.store[v].ty);
                r.called = Called::Result(i as u32 + 1);
                r
            });
            return (list.collect(), false);
        }
        if allow_comma_ok && matches!(x.mode, OperandMode::MapIndex | OperandMode::CommaOk) {
            let mut ok = Operand::value_of(e, Basic::UntypedBool.id());
            ok.called = Called::Ok;
            return (vec![x, ok], true);
        }
        (vec![x], false)
    }

    /// Reports an operand that is no value: a built-in function, a call without results, or a type.
    pub(crate) fn exclude(&mut self, x: &mut Operand<'a>) {
        let (what, code) = match x.mode {
            OperandMode::NoValue => ("used as value", Code::TooManyValues),
            OperandMode::Builtin(_) => ("must be called", Code::UncalledBuiltin),
            OperandMode::TypeExpr => ("is not an expression", Code::NotAnExpr),
            _ => return,
        };
        let text = format!("{} {what}", self.operand_text(x));
        self.error(x.span(), code, text);
        x.invalidate();
    }

    /// Reports several values where one is needed.
    pub fn single_value(&mut self, x: &mut Operand<'a>) {
        if x.mode == OperandMode::Value && matches!(self.store[x.ty], Type::Tuple(_)) {
            let text = format!("multiple-value {} in single-value context", self.operand_text(x));
            self.error(x.span(), Code::TooManyValues, text);
            x.invalidate();
        }
    }

    /// The forms of expressions. `x.expr` is left to the caller.
    fn expr_internal(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        hint: Option<TypeId>,
        target: Option<&Target>,
    ) -> Kind {
        match &e.kind {
            ExprKind::Bad => {}
            ExprKind::Ident(id) => self.ident(x, e, id, false),
            ExprKind::Lit(kind, text) => self.basic_lit(x, e, *kind, text),
            ExprKind::FuncLit(sig, body) => self.func_lit(x, sig, body),
            ExprKind::Composite(lit) => self.composite_lit(x, e, lit, hint),
            ExprKind::Paren(inner) => {
                self.target = target.cloned();
                return self.raw_expr(x, inner, None, false);
            }
            ExprKind::Selector(base, sel) => self.selector(x, e, base, sel, false),
            ExprKind::Index(base, indexes) => {
                if self.index_expr(x, e, base, indexes) {
                    self.func_inst(x, Some((e, indexes)), target.cloned(), true);
                }
            }
            ExprKind::Slice(s) => self.slice_expr(x, e, s),
            ExprKind::TypeAssert(base, ty) => self.type_assert(x, e, base, ty.as_deref()),
            ExprKind::Call(call) => return self.call_expr(x, e, call),
            ExprKind::Star(base) => self.star(x, base),
            ExprKind::Unary(op, operand) => {
                self.unary(x, e, *op, operand);
                if *op == UnaryOp::Recv && !x.is_invalid() {
                    return Kind::Statement;
                }
            }
            ExprKind::Binary(op, span, l, r) => self.binary(x, Some(e), l, r, *op, *span),
            ExprKind::KeyValue(..) => self.error(e.span, Code::Syntax, "no key:value expected"),
            ExprKind::Ellipsis(_) => self.error(e.span, Code::Syntax, "invalid use of ..."),
            ExprKind::ArrayType(..)
            | ExprKind::SliceType(_)
            | ExprKind::StructType(_)
            | ExprKind::FuncType(_)
            | ExprKind::InterfaceType(_)
            | ExprKind::MapType(..)
            | ExprKind::ChanType(..) => {
                x.mode = OperandMode::TypeExpr;
                x.ty = self.typ(e);
            }
        }
        // A wrong expression passes as a statement: nothing more is said about it.
        if x.is_invalid() {
            Kind::Statement
        } else {
            Kind::Expression
        }
    }

    /// `*x`: a dereference or a pointer type.
    fn star(&mut self, x: &mut Operand<'a>, base: &'a Expr) {
        self.expr_or_type(x, base, false);
        match x.mode {
            OperandMode::Invalid => {}
            OperandMode::TypeExpr => {
                self.valid_var_type(base, x.ty);
                x.ty = self.store.new_type(Type::Pointer(x.ty));
            }
            _ => {
                let mut base: Option<TypeId> = None;
                for (_, u) in self.store.unders(x.ty) {
                    match (u.map(|u| &self.store[u]), base) {
                        (Some(&Type::Pointer(b)), None) => base = Some(b),
                        (Some(&Type::Pointer(b)), Some(c)) if self.store.identical(b, c) => {}
                        (other, _) => {
                            let pointer = matches!(other, Some(Type::Pointer(_)));
                            let x_text = self.operand_text(x);
                            let text = if pointer {
                                format!(
                                    "invalid operation: pointers of {x_text} must have identical base types"
                                )
                            } else {
                                format!("invalid operation: cannot indirect {x_text}")
                            };
                            self.error(x.span(), Code::InvalidIndirection, text);
                            return x.invalidate();
                        }
                    }
                }
                match base {
                    Some(b) if self.is_complete(b) => {
                        x.mode = OperandMode::Variable;
                        x.ty = b;
                    }
                    _ => x.invalidate(),
                }
            }
        }
    }

    /// `x.(T)`.
    fn type_assert(&mut self, x: &mut Operand<'a>, e: &'a Expr, base: &'a Expr, ty: Option<&'a Expr>) {
        let Some(ty) = ty else {
            self.error(
                e.span,
                Code::BadTypeKeyword,
                "invalid syntax tree: use of .(type) outside type switch",
            );
            self.use_exprs(std::slice::from_ref(base));
            return x.invalidate();
        };
        self.expr(x, base);
        if x.is_invalid() {
            return;
        }
        if !self.store.is_interface(x.ty) {
            let text = if self.store.is_type_param(x.ty) {
                let x = self.operand_text(x);
                format!("invalid operation: cannot use type assertion on type parameter value {x}")
            } else {
                format!("invalid operation: {} is not an interface", self.operand_text(x))
            };
            self.error(x.span(), Code::InvalidAssert, text);
            return x.invalidate();
        }
        let t = self.var_type(ty);
        if !self.is_valid(t) || !self.is_complete(t) {
            return x.invalidate();
        }
        self.type_assertion(e, x, t, false);
        x.mode = OperandMode::CommaOk;
        x.ty = t;
    }

    /// Whether the dynamic type of interface value `x` can be `t` is checked; `e` is the assertion, or
    /// the case of a type switch.
    pub fn type_assertion(&mut self, e: &'a Expr, x: &Operand<'a>, t: TypeId, type_switch: bool) {
        let Err(cause) = self.assertable_to(x.ty, t) else {
            return;
        };
        let (e_text, t_text) = (expr_string(e), self.type_text(t));
        let text = if type_switch {
            let x_text = self.operand_text(x);
            format!(
                "impossible type switch case: {e_text}\n\t{x_text} cannot have dynamic type {t_text} {cause}"
            )
        } else {
            let x_type = self.type_text(x.ty);
            format!("impossible type assertion: {e_text}\n\t{t_text} does not implement {x_type} {cause}")
        };
        self.error(e.span, Code::ImpossibleAssert, text);
    }

    /// Whether `t` is far enough declared to have an underlying type; reports a cycle if not.
    pub(crate) fn is_complete(&mut self, t: TypeId) -> bool {
        if self.obj_path.is_empty() {
            return true;
        }
        let mut at = t;
        for _ in 0..=self.obj_path.len() {
            let Type::Named(n) = &self.store[at] else {
                return true;
            };
            if let Some(cycle) = self.cycle_from(n.obj) {
                self.cycle_error(&cycle);
                return false;
            }
            at = n.underlying;
        }
        true
    }

    // --- evaluation for its effects on what is used ---

    /// Checks expressions that are part of something wrong, so that what they name counts as used.
    /// Whether all are right.
    pub fn use_exprs(&mut self, list: &'a [Expr]) -> bool {
        self.use_n(list, false)
    }

    /// Like [`Checker::use_exprs`] for the left side of an assignment: variables there are not used.
    pub fn use_lhs(&mut self, list: &'a [Expr]) -> bool {
        self.use_n(list, true)
    }

    fn use_n(&mut self, list: &'a [Expr], lhs: bool) -> bool {
        let mut ok = true;
        for e in list {
            ok &= self.use_1(e, lhs);
        }
        ok
    }

    fn use_1(&mut self, e: &'a Expr, lhs: bool) -> bool {
        let mut x = Operand::new();
        match &unparen(e).kind {
            ExprKind::Ident(id) if id.is_blank() => return true,
            ExprKind::Ident(id) => {
                let keep = if lhs { self.used_state(&id.name) } else { None };
                self.expr_or_type(&mut x, unparen(e), true);
                self.restore_used(keep);
            }
            ExprKind::KeyValue(_, value) => return self.use_1(value, lhs),
            _ => {
                self.raw_expr(&mut x, e, None, true);
            }
        }
        !x.is_invalid()
    }

    // --- types of untyped expressions ---

    /// The type that untyped `x` gets where `target` is expected, and its value there.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn implicit_type_and_value(
        &mut self,
        x: &Operand<'a>,
        target: TypeId,
    ) -> Result<(TypeId, Option<Constant>), Code> {
        if x.is_invalid() || !is_untyped(x.ty) || !self.is_valid(target) {
            return Ok((x.ty, None));
        }
        const NO: Result<(TypeId, Option<Constant>), Code> = Err(Code::InvalidUntypedConversion);
        if is_untyped(target) {
            return match max_type(x.ty, target) {
                Some(m) => Ok((m, None)),
                None => NO,
            };
        }
        if x.is_nil() {
            return if self.store.has_nil(target) {
                Ok((target, None))
            } else {
                NO
            };
        }
        let under = self.store.under(target);
        match &self.store[under] {
            Type::Basic(b) => {
                let b = *b;
                if x.is_constant() {
                    let val = self.representation(x, b)?;
                    return Ok((target, Some(val)));
                }
                let ok = match self.store.basic(x.ty) {
                    Some(Basic::UntypedBool) => b.is_boolean(),
                    Some(Basic::UntypedString) => b.is_string(),
                    Some(Basic::UntypedNil) | None => false,
                    Some(_) => b.is_numeric(),
                };
                if ok { Ok((target, None)) } else { NO }
            }
            Type::TypeParam(_) => {
                for (_, u) in self.store.unders(target) {
                    self.implicit_type_and_value(x, u.ok_or(Code::InvalidUntypedConversion)?)
                        .map_err(|_| Code::InvalidUntypedConversion)?;
                }
                // An integer is represented as one, whatever the type argument will be.
                let whole = Some(x.constant().to_int()).filter(|v| x.is_constant() && !v.is_unknown());
                Ok((target, whole))
            }
            Type::Interface(_) => {
                if !self.store.all_methods(under).is_empty() {
                    return NO;
                }
                Ok((default_type(x.ty), None))
            }
            _ => NO,
        }
    }

    /// The value of constant `x` in type `b`.
    ///
    /// # Errors
    /// How it fails to be representable.
    pub(crate) fn representation(&self, x: &Operand<'a>, b: Basic) -> Result<Constant, Code> {
        if let Some(v) = x.constant().represented(b) {
            return Ok(v);
        }
        Err(match self.store.basic(x.ty) {
            Some(from) if from.is_numeric() && b.is_numeric() => {
                if !from.is_integer() && b.is_integer() {
                    Code::TruncatedFloat
                } else {
                    Code::NumericOverflow
                }
            }
            _ => Code::InvalidConstVal,
        })
    }

    /// Rounds constant `x` to type `b`; reports if it is not representable.
    pub fn representable(&mut self, x: &mut Operand<'a>, b: Basic) {
        match self.representation(x, b) {
            Ok(v) => x.val = Some(v),
            Err(code) => {
                self.invalid_conversion(code, x, b.id());
                x.invalidate();
            }
        }
    }

    #[cold]
    fn invalid_conversion(&mut self, code: Code, x: &Operand<'a>, target: TypeId) {
        let (x_text, t) = (self.operand_text(x), self.type_text(target));
        let text = match code {
            Code::TruncatedFloat => format!("{x_text} truncated to {t}"),
            Code::NumericOverflow => format!("{x_text} overflows {t}"),
            _ => format!("cannot convert {x_text} to type {t}"),
        };
        self.error(x.span(), code, text);
    }

    /// Gives untyped `x` the type `target`; reports if that cannot be.
    pub fn convert_untyped(&mut self, x: &mut Operand<'a>, target: TypeId) {
        match self.implicit_type_and_value(x, target) {
            Ok((ty, val)) => self.set_implicit(x, ty, val),
            Err(code) => {
                let under = self.store.under(target);
                self.invalid_conversion(code, x, under);
                x.invalidate();
            }
        }
    }

    /// Gives untyped `x` the type and value found for it.
    pub(crate) fn set_implicit(&mut self, x: &mut Operand<'a>, ty: TypeId, val: Option<Constant>) {
        if let Some(val) = val {
            if let Some(e) = x.own_expr() {
                self.update_expr_val(e, &val);
            }
            x.val = Some(val);
        }
        if ty != x.ty {
            x.ty = ty;
            if let Some(e) = x.own_expr() {
                self.update_expr_type(e, ty, false);
            }
        }
    }

    fn update_expr_val(&mut self, e: &Expr, val: &Constant) {
        if let Some(Some(tv)) = self.info.exprs.get_mut(e.id.0 as usize)
            && is_untyped(tv.ty)
        {
            tv.value = Some(val.clone());
        }
    }

    /// Gives untyped expression `e` and, where they share its type, its operands the type `ty`. The type
    /// may still be untyped; it is settled if not, or if `is_final`.
    pub fn update_expr_type(&mut self, e: &'a Expr, ty: TypeId, is_final: bool) {
        let Some(old) = self.info.get(e.id) else { return };
        if !is_untyped(old.ty) {
            return;
        }
        let constant = old.value.is_some();
        match &e.kind {
            ExprKind::Paren(inner) => self.update_expr_type(inner, ty, is_final),
            // The operands of constants are never materialised.
            ExprKind::Unary(_, operand) if !constant => self.update_expr_type(operand, ty, is_final),
            ExprKind::Binary(op, _, l, r) if !constant => {
                if op.is_shift() {
                    self.update_expr_type(l, ty, is_final);
                } else if !op.is_comparison() {
                    self.update_expr_type(l, ty, is_final);
                    self.update_expr_type(r, ty, is_final);
                }
            }
            _ => {}
        }
        let Some(Some(tv)) = self.info.exprs.get_mut(e.id.0 as usize) else {
            return;
        };
        let old_ty = std::mem::replace(&mut tv.ty, ty);
        if !is_final && is_untyped(ty) {
            return;
        }
        let (mode, val) = (tv.mode, tv.value.clone());
        if !self.untyped_lhs.is_empty() && self.untyped_lhs.remove(&e.id) && !self.store.is_integer(ty) {
            let text = format!(
                "invalid operation: shifted operand {} (type {}) must be integer",
                expr_string(e),
                self.type_text(ty)
            );
            return self.error(e.span, Code::InvalidShiftOperand, text);
        }
        if let Some(val) = val {
            let mut c = Operand {
                mode,
                expr: Some(e),
                ty: old_ty,
                val: Some(val),
                called: Called::Expr,
            };
            // The new type is recorded already, so this comes back here no more.
            self.convert_untyped(&mut c, ty);
            if c.is_invalid() {
                return;
            }
            if let Some(Some(tv)) = self.info.exprs.get_mut(e.id.0 as usize) {
                tv.value = c.val;
            }
        }
    }

    /// Settles what no context gave a type: at the end of the package.
    pub fn record_untyped(&mut self) {
        for id in std::mem::take(&mut self.untyped) {
            let Some(Some(tv)) = self.info.exprs.get_mut(id.0 as usize) else {
                continue;
            };
            let settled = tv.value.is_none() || tv.ty == Basic::UntypedBool.id();
            if settled && is_untyped(tv.ty) {
                tv.ty = default_type(tv.ty);
            }
        }
    }
}

impl BinaryOp {
    /// `<<` and `>>`.
    pub fn is_shift(self) -> bool {
        matches!(self, BinaryOp::Shl | BinaryOp::Shr)
    }

    /// `==` and its kin.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Eq | Ne | Lt | Le | Gt | Ge)
    }
}
