//! Instances of generic types and functions: type arguments, and whether they satisfy the constraints.
//!
//! After `instantiate.go`, `typexpr.go` and `call.go` of types2. Whether arguments satisfy constraints is
//! looked at when the declarations or statement around are through, as types may be incomplete before.

use crate::diag::Code;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::{expr_list_string, expr_string};
use crate::types::checker::Checker;
use crate::types::infer::InferError;
use crate::types::info::{Instance, Mode};
use crate::types::operand::{Called, Operand, OperandMode};
use crate::types::resolve::unparen;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Signature, Type};

const INVALID: TypeId = Basic::Invalid.id();

/// A function type that a generic function is assigned to, and what it is called in messages.
#[derive(Clone, Debug)]
pub struct Target {
    /// The function type.
    pub sig: TypeId,
    /// "variable declaration", "return statement" …
    pub what: String,
}

impl<'a> Checker<'a> {
    /// Records that `e`, a name or qualified name, is instantiated with `args`.
    pub(super) fn record_instance(&mut self, e: &Expr, args: &[TypeId], ty: TypeId) {
        let mut at = unparen(e);
        while let ExprKind::Index(base, _) = &at.kind {
            at = unparen(base);
        }
        let id = match &at.kind {
            ExprKind::Ident(id) => id.id,
            ExprKind::Selector(_, sel) => sel.id,
            _ => return,
        };
        let instance = Instance {
            type_args: args.to_vec(),
            ty,
        };
        self.info.instances.insert(id, instance);
    }

    /// The types `list`; none if one of them is wrong.
    pub(super) fn type_list(&mut self, list: &'a [Expr]) -> Option<Vec<TypeId>> {
        let types: Vec<TypeId> = list.iter().map(|e| self.var_type(e)).collect();
        types.iter().all(|&t| self.is_valid(t)).then_some(types)
    }

    /// The generic type `e`; reports if it is none, as part of `whole` if given.
    pub(super) fn generic_type(&mut self, e: &'a Expr, code: Code, args: Option<&'a [Expr]>) -> TypeId {
        let t = self.typ_internal(e, None);
        if !self.is_valid(t) {
            return INVALID;
        }
        if !self.store.is_generic(t) {
            let mut text = format!("{} is not a generic type", self.type_text(t));
            if let Some(args) = args {
                text = format!(
                    "invalid operation: {}[{}] ({text})",
                    expr_string(e),
                    expr_list_string(args)
                );
            }
            self.error(e.span, code, text);
            self.record_type_expr(e, INVALID);
            return INVALID;
        }
        self.record_type_expr(e, t);
        t
    }

    /// `x[args]` as a type.
    pub(super) fn instantiated_type(&mut self, x: &'a Expr, args: &'a [Expr]) -> TypeId {
        let generic = self.generic_type(x, Code::NotAGenericType, Some(args));
        let generic = self.store.unalias(generic);
        if generic == INVALID {
            args.iter().for_each(|e| {
                self.use_exprs(std::slice::from_ref(e));
            });
            return INVALID;
        }
        let Some(list) = self.type_list(args) else {
            return INVALID;
        };
        let params = self.store.open_params(generic).to_vec();
        let is_alias = self.store.generic(generic).is_some_and(|g| g.is_alias);
        let name = match &self.store[generic] {
            Type::Named(n) => self.store[n.obj].name.clone(),
            _ => return INVALID,
        };
        if list.len() != params.len() {
            let what = if list.len() < params.len() {
                "not enough"
            } else {
                "too many"
            };
            let (have, want) = (list.len(), params.len());
            let text = format!("{what} type arguments for type {name}: have {have}, want {want}");
            self.error(x.span, Code::WrongTypeArgCount, text);
            return INVALID;
        }
        let inst = if is_alias && !self.is_valid(self.alias_rhs(generic)) {
            INVALID
        } else {
            let ambient = self.store.generic(generic).map_or(0, |g| g.n_ambient as usize);
            let mut full = self
                .store
                .generic(generic)
                .map_or(Vec::new(), |g| g.tparams[..ambient].to_vec());
            full.extend_from_slice(&list);
            let inst = self.store.instantiate(generic, &full);
            match &self.store[generic] {
                Type::Named(n) if is_alias => self.store.new_alias(n.obj, list.clone(), inst),
                _ => inst,
            }
        };
        self.record_instance(x, &list, inst);
        let at = x.span;
        self.instance_at.entry(self.store.unalias(inst)).or_insert(at);
        self.later(move |c| c.verify_later(at, &params, &list, args));
        inst
    }

    /// What generic alias `t` stands for.
    fn alias_rhs(&self, t: TypeId) -> TypeId {
        match &self.store[t] {
            Type::Named(n) => n.underlying,
            _ => INVALID,
        }
    }

    /// Reports type arguments that do not satisfy their constraints; notes the instance for the search
    /// for cycles.
    fn verify_later(&mut self, at: Span, params: &[TypeId], args: &[TypeId], exprs: &'a [Expr]) {
        let place = |i: usize| exprs.get(i).map_or(at, |e| e.span);
        self.constraint_at = at;
        match self.verify(params, args) {
            Err((i, cause)) => self.soft_error(place(i), Code::InvalidTypeArg, cause),
            Ok(()) => {
                for (i, (&p, &a)) in params.iter().zip(args).enumerate() {
                    self.mono_assign(place(i), p, a);
                }
            }
        }
    }

    /// Whether `args` satisfy the constraints of `params`; else which does not, and why.
    pub(super) fn verify(&mut self, params: &[TypeId], args: &[TypeId]) -> Result<(), (usize, String)> {
        for (i, (&p, &a)) in params.iter().zip(args).enumerate() {
            let bound = self.store.subst(self.store.bound(p), params, args);
            let mut cause = String::new();
            if !self.satisfies(a, bound, &mut cause) {
                return Err((i, cause));
            }
        }
        Ok(())
    }

    /// Whether `v` satisfies constraint `t`, an interface or any other type.
    fn satisfies(&mut self, v: TypeId, t: TypeId, cause: &mut String) -> bool {
        if !self.is_valid(v) || !self.is_valid(self.store.under(t)) {
            return true;
        }
        self.complete_interface(t);
        self.implements_constraint(v, t, true, Some(cause))
    }

    /// Whether `v` implements (for a constraint: satisfies) `t` whose methods it has: whether it is in
    /// the type set. Any other type than an interface stands for the interface that embeds it.
    pub(super) fn in_type_set(&mut self, v: TypeId, t: TypeId, constraint: bool) -> Result<(), String> {
        let verb = if constraint { "satisfy" } else { "implement" };
        let set = self.store.type_set(t);
        let (v_text, t_text) = (|c: &Self| c.type_text(v), |c: &Self| c.type_text(t));
        let comparable = |c: &Self| {
            let must = match &set.terms {
                None => set.comparable,
                Some(terms) => terms.iter().all(|t| c.store.strictly_comparable(t.ty)),
            };
            if !must || c.store.strictly_comparable(v) {
                return Ok(());
            }
            if constraint && c.store.comparable(v) {
                if c.allow_version(c.constraint_at, 20) {
                    return Ok(());
                }
                let text = format!("{} to {verb} comparable requires go1.20 or later", v_text(c));
                return Err(text + &c.version_source(c.constraint_at));
            }
            Err(format!("{} does not {verb} comparable", v_text(c)))
        };
        let Some(terms) = &set.terms else {
            return comparable(self);
        };
        if self.store.is_interface(v) || self.store.is_type_param(v) {
            if !self.store.subset(&self.store.type_set(v), &set) {
                return Err(format!("{} does not {verb} {}", v_text(self), t_text(self)));
            }
            return comparable(self);
        }
        if terms.iter().any(|&x| self.store.term_includes(x, v)) {
            return comparable(self);
        }
        let with_tilde = terms.iter().find(|x| {
            !x.tilde
                && self.store.identical(x.ty, self.store.under(x.ty))
                && self.store.identical(x.ty, self.store.under(v))
        });
        let detail = match with_tilde {
            Some(x) => format!(
                "possibly missing ~ for {} in {}",
                self.type_text(x.ty),
                t_text(self)
            ),
            None if self.mentions(t, v) => {
                let (v, t) = (v_text(self), t_text(self));
                format!("{t} mentions {v}, but {v} is not in the type set of {t}")
            }
            None => format!(
                "{} missing in {}",
                v_text(self),
                self.store.terms_text(terms, self.pkg)
            ),
        };
        Err(format!(
            "{} does not {verb} {} ({detail})",
            v_text(self),
            t_text(self)
        ))
    }

    /// Whether interface `t` names `v` in an element, be it in the type set or not.
    fn mentions(&self, t: TypeId, v: TypeId) -> bool {
        let mut todo = vec![self.store.under(t)];
        let mut n = 0;
        while let Some(t) = todo.pop() {
            n += 1;
            match &self.store[t] {
                _ if n > 1000 => return false,
                Type::Interface(i) => todo.extend(i.embeds.iter().map(|e| e.0)),
                Type::Union(terms) => todo.extend(terms.iter().map(|t| t.ty)),
                _ if self.store.identical(t, v) => return true,
                _ => {}
            }
        }
        false
    }

    // --- functions ---

    /// Where generic functions may get their type arguments from if a value of type `t` is expected.
    pub(super) fn target(&self, t: Option<TypeId>, what: &str) -> Option<Target> {
        if !self.config.allow_type_params {
            return None;
        }
        let sig = self.store.core(t?)?;
        matches!(self.store[sig], Type::Signature(_)).then(|| Target {
            sig,
            what: what.to_owned(),
        })
    }

    /// Reports generic type or function `x`, unless its type arguments follow from `target`.
    pub(super) fn non_generic(&mut self, x: &mut Operand<'a>, target: Option<Target>) {
        if x.is_invalid() || x.mode == OperandMode::NoValue {
            return;
        }
        let what = if self.store.is_generic(x.ty) {
            "type"
        } else if self.store.sig_params(x.ty).is_empty() || x.mode != OperandMode::Value {
            return;
        } else if target.is_some() {
            self.func_inst(x, None, target, true);
            return;
        } else {
            "function"
        };
        let e = x.expr.map(expr_string).unwrap_or_default();
        let text = format!("cannot use generic {what} {e} without instantiation");
        self.error(x.span(), Code::WrongTypeArgCount, text);
        x.invalidate();
        x.ty = INVALID;
    }

    /// Instantiates generic function `x` with the type arguments `list` written after it in `e`, inferring
    /// missing ones from `target`. Without `infer`, arguments that are too few are returned, and `x`
    /// stays.
    pub(super) fn func_inst(
        &mut self,
        x: &mut Operand<'a>,
        inst: Option<(&'a Expr, &'a [Expr])>,
        target: Option<Target>,
        infer: bool,
    ) -> Option<Vec<TypeId>> {
        let list: &'a [Expr] = inst.map_or(&[], |i| i.1);
        let place = inst.map_or(x.span(), |(e, _)| e.span);
        self.verify_version(place, 18, |_| "function instantiation".to_owned());
        let mut args = Vec::new();
        if let Some((e, _)) = inst {
            x.expr = Some(e);
            let Some(types) = self.type_list(list) else {
                x.invalidate();
                return None;
            };
            args = types;
        }
        let sig = x.ty;
        let params = self.store.sig_params(sig).to_vec();
        let (got, want) = (args.len(), params.len());
        if got > want {
            let text = format!("got {got} type arguments but want {want}");
            self.error(list[got - 1].span, Code::WrongTypeArgCount, text);
            x.invalidate();
            return None;
        }
        if got < want {
            if !infer {
                return Some(args);
            }
            // As if the function were assigned to the parameter of a function with its parameters.
            let renamed = self.store.rename_params(&params);
            let (mut formal, mut actual) = (Vec::new(), Vec::new());
            if let Some(t) = &target {
                if self.allow_version(place, 18) {
                    self.verify_version(place, 21, |_| {
                        let how = if inst.is_some() { "partially" } else { "implicitly" };
                        format!("{how} instantiated function in assignment")
                    });
                }
                let plain = match &self.store[sig] {
                    Type::Signature(s) => Signature {
                        tparams: Box::default(),
                        recv: None,
                        ..s.clone()
                    },
                    _ => Signature::default(),
                };
                let plain = self.store.new_type(Type::Signature(plain));
                formal.push(self.store.subst(plain, &params, &renamed));
                let mut arg = Operand::new();
                arg.mode = OperandMode::Value;
                arg.expr = x.expr;
                arg.called = Called::Expr;
                arg.ty = t.sig;
                actual.push(arg);
            }
            let at = x.span();
            let reverse = target.as_ref().map(|t| t.what.as_str());
            match self.infer(at, &renamed, &args, &formal, &actual, reverse) {
                Ok(inferred) => args = inferred,
                Err(e) => {
                    if let InferError::Because(at, text) = e {
                        self.error(at, Code::CannotInferTypeArgs, text);
                    }
                    x.invalidate();
                    return None;
                }
            }
        }
        let at = x.span();
        if let Some(e) = x.expr {
            x.ty = self.instantiate_signature(at, e, sig, &args, list);
        }
        x.mode = OperandMode::Value;
        if target.is_some()
            && let Some(e) = x.expr
        {
            self.record_type_and_value(e.id, Mode::Value, x.ty, None);
        }
        None
    }

    /// The type of generic function type `sig` with type arguments `args`, recorded for `e`.
    pub(super) fn instantiate_signature(
        &mut self,
        at: Span,
        e: &'a Expr,
        sig: TypeId,
        args: &[TypeId],
        exprs: &'a [Expr],
    ) -> TypeId {
        let params = self.store.sig_params(sig).to_vec();
        let inst = self.signature_instance(sig, args);
        self.record_instance(e, args, inst);
        let args = args.to_vec();
        self.later(move |c| c.verify_later(at, &params, &args, exprs));
        inst
    }

    fn signature_instance(&mut self, sig: TypeId, args: &[TypeId]) -> TypeId {
        let Type::Signature(s) = &self.store[sig] else {
            return INVALID;
        };
        let params = s.tparams.to_vec();
        let plain = Signature {
            tparams: Box::default(),
            ..s.clone()
        };
        let plain = self.store.new_type(Type::Signature(plain));
        self.store.subst(plain, &params, args)
    }
}
