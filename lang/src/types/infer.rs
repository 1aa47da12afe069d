//! Type arguments that are not written: found from function arguments, constraints and constants.
//!
//! The parameters' types are unified with those of typed arguments; then type parameters with the core
//! types and methods of their constraints for as long as that yields something; what is left and has
//! untyped constants as arguments gets their default type. What was found may mention type parameters
//! again, which are replaced in the end. After `infer.go` of types2.

use crate::source::Span;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::operand::Operand;
use crate::types::predicates::{default_type, is_untyped, max_type};
use crate::types::store::{Store, TypeId};
use crate::types::ty::Type;
use crate::types::unify::{ASSIGN, EXACT, Unifier};
use crate::types::universe::UNKNOWN;

/// Why type arguments could not be inferred.
#[derive(Debug)]
pub enum InferError {
    /// An argument is wrong, which was reported.
    Reported,
    /// For this reason, to be reported there.
    Because(Span, String),
}

impl<'a> Checker<'a> {
    /// The type arguments for `params`, of which the first may be given in `given` ([`UNKNOWN`] stands for
    /// one that is not), so that operands `args` can be passed to parameters of types `formal`. With
    /// `reverse`, the only argument is what a generic function is assigned to, and called that.
    pub(super) fn infer(
        &mut self,
        at: Span,
        params: &[TypeId],
        given: &[TypeId],
        formal: &[TypeId],
        args: &[Operand<'a>],
        reverse: Option<&str>,
    ) -> Result<Vec<TypeId>, InferError> {
        let mut targs = given.to_vec();
        targs.resize(params.len(), UNKNOWN);
        if !targs.contains(&UNKNOWN) {
            return Ok(targs);
        }
        if args.iter().any(|a| a.is_invalid()) {
            return Err(InferError::Reported);
        }
        let formal: Vec<TypeId> = formal
            .iter()
            .map(|&t| self.store.subst_known(t, params, &targs))
            .collect();
        let mut u = Unifier::new(params, &targs, self.allow_version(at, 21));
        let untyped = self.unify_args(&mut u, params, &formal, args, reverse)?;
        self.unify_constraints(&mut u, at, params)?;
        self.untyped_args(&mut u, &formal, args, &untyped)?;
        self.simplify(&u, at, params, &targs)
    }

    /// Unifies parameters with typed arguments; which others go to parameters that are type parameters.
    fn unify_args(
        &mut self,
        u: &mut Unifier,
        params: &[TypeId],
        formal: &[TypeId],
        args: &[Operand<'a>],
        reverse: Option<&str>,
    ) -> Result<Vec<usize>, InferError> {
        let mut untyped = Vec::new();
        for (i, (&par, arg)) in formal.iter().zip(args).enumerate() {
            if !self.store.mentions_params(par, params) && !self.store.mentions_params(arg.ty, params) {
                continue;
            }
            if is_untyped(arg.ty) {
                if self.store.is_type_param(par) && !arg.is_nil() {
                    untyped.push(i);
                }
            } else if !self.unify(u, par, arg.ty, ASSIGN) {
                return Err(self.mismatch(u, params, par, arg, reverse));
            }
        }
        Ok(untyped)
    }

    #[cold]
    fn mismatch(
        &self,
        u: &Unifier,
        params: &[TypeId],
        par: TypeId,
        arg: &Operand<'a>,
        reverse: Option<&str>,
    ) -> InferError {
        let inferred = u.inferred(params);
        let name = match reverse {
            Some(what) => what.to_owned(),
            None => arg.expr.map(expr_string).unwrap_or_default(),
        };
        let (arg_text, par_text) = (self.type_text(arg.ty), self.type_text(par));
        let new = self.store.subst_known(par, params, &inferred);
        let text = if inferred.iter().all(|&t| t == UNKNOWN) {
            let names = self.param_names(params);
            format!("type {arg_text} of {name} does not match {par_text} (cannot infer {names})")
        } else if new == par {
            format!("type {arg_text} of {name} does not match {par_text}")
        } else {
            let new = self.type_text(new);
            match reverse {
                Some(_) => {
                    format!("inferred type {new} for {par_text} does not match type {arg_text} of {name}")
                }
                None => {
                    format!("type {arg_text} of {name} does not match inferred type {new} for {par_text}")
                }
            }
        };
        InferError::Because(arg.span(), text)
    }

    /// `P`, `P and Q`, `P, Q, and R`.
    fn param_names(&self, params: &[TypeId]) -> String {
        let names: Vec<String> = params.iter().map(|&p| self.type_text(p)).collect();
        match &names[..] {
            [] => String::new(),
            [p] => p.clone(),
            [p, q] => format!("{p} and {q}"),
            [most @ .., last] => format!("{}, and {last}", most.join(", ")),
        }
    }

    /// Unifies type parameters with their constraints as long as that yields type arguments.
    fn unify_constraints(&mut self, u: &mut Unifier, at: Span, params: &[TypeId]) -> Result<(), InferError> {
        loop {
            let before = u.unknowns();
            for &p in params {
                let tx = u.at(p);
                let bound = self.store.bound(p);
                let fail = |c: &Checker<'a>, why: &str| {
                    let (p, t, b) = (c.type_text(p), c.type_text(tx), c.type_text(bound));
                    let sep = if why.is_empty() { "" } else { " " };
                    InferError::Because(at, format!("{p} (type {t}) does not satisfy {b}{sep}{why}"))
                };
                if let Some((core, single)) = self.store.core_term(p) {
                    if tx != UNKNOWN {
                        if !self.unify(u, tx, core.ty, 0) {
                            return Err(fail(self, ""));
                        }
                    } else if single && !core.tilde {
                        u.set(p, core.ty);
                    }
                }
                if tx != UNKNOWN
                    && !self.store.mentions_params(tx, params)
                    && let Some(mm) =
                        self.missing_method_by(tx, bound, true, |c, x, y| c.unify(u, x, y, EXACT))
                {
                    let why = self.missing_method_cause(tx, bound, &mm);
                    return Err(fail(self, &why));
                }
            }
            if u.unknowns() == before {
                return Ok(());
            }
        }
    }

    /// Gives type parameters that have untyped constants as arguments the default type of these.
    fn untyped_args(
        &mut self,
        u: &mut Unifier,
        formal: &[TypeId],
        args: &[Operand<'a>],
        untyped: &[usize],
    ) -> Result<(), InferError> {
        let mut largest: Vec<(TypeId, TypeId)> = Vec::new();
        for &i in untyped {
            let (p, ty) = (formal[i], args[i].ty);
            if u.at(p) != UNKNOWN {
                continue;
            }
            let Some(known) = largest.iter_mut().find(|l| l.0 == p) else {
                largest.push((p, ty));
                continue;
            };
            let Some(max) = max_type(known.1, ty) else {
                let (a, b, p) = (self.type_text(known.1), self.type_text(ty), self.type_text(p));
                let text = format!("mismatched types {a} and {b} (cannot infer {p})");
                return Err(InferError::Because(args[i].span(), text));
            };
            known.1 = max;
        }
        for (p, ty) in largest {
            u.set(p, default_type(ty));
        }
        Ok(())
    }

    /// Replaces type parameters in what was inferred by what was inferred for them.
    fn simplify(
        &mut self,
        u: &Unifier,
        at: Span,
        params: &[TypeId],
        given: &[TypeId],
    ) -> Result<Vec<TypeId>, InferError> {
        let mut inferred = u.inferred(params);
        self.store.kill_cycles(params, &mut inferred);
        let mut dirty: Vec<usize> = (0..params.len())
            .filter(|&i| inferred[i] != UNKNOWN && given[i] == UNKNOWN)
            .collect();
        while !dirty.is_empty() {
            let now = inferred.clone();
            dirty.retain(|&i| {
                let new = self.store.subst_known(now[i], params, &now);
                let changed = new != inferred[i];
                inferred[i] = new;
                changed
            });
            for t in &mut inferred {
                // A generic function as argument is none any more when its parameters are replaced.
                if let Type::Signature(s) = &self.store[*t]
                    && !s.tparams.is_empty()
                    && !self.store.mentions_params(*t, params)
                {
                    let plain = crate::types::ty::Signature {
                        tparams: Box::default(),
                        ..s.clone()
                    };
                    *t = self.store.new_type(Type::Signature(plain));
                }
            }
        }
        for (&p, &t) in params.iter().zip(&inferred) {
            if t != UNKNOWN && !self.store.mentions_params(t, params) {
                continue;
            }
            let Type::TypeParam(tp) = &self.store[p] else {
                continue;
            };
            let o = &self.store[tp.obj];
            let place = self
                .map
                .locate(o.span.lo)
                .map_or_else(String::new, |p| p.to_string());
            let text = format!("cannot infer {} (declared at {place})", o.name);
            return Err(InferError::Because(at, text));
        }
        Ok(inferred)
    }
}

impl Store {
    /// Substitutes those of `from` for which a type is known.
    pub(super) fn subst_known(&self, t: TypeId, from: &[TypeId], to: &[TypeId]) -> TypeId {
        let known = from.iter().zip(to).filter(|(_, t)| **t != UNKNOWN);
        let (from, to): (Vec<TypeId>, Vec<TypeId>) = known.map(|(&p, &t)| (p, t)).unzip();
        self.subst(t, &from, &to)
    }

    /// Forgets what was inferred for type parameters by way of themselves.
    fn kill_cycles(&self, params: &[TypeId], inferred: &mut [TypeId]) {
        for &p in params {
            self.find_cycle(p, params, inferred, &mut Vec::new());
        }
    }

    fn find_cycle(&self, t: TypeId, params: &[TypeId], inferred: &mut [TypeId], open: &mut Vec<TypeId>) {
        let t = self.unalias(t);
        let index = params.iter().position(|&p| p == t);
        if open.contains(&t) {
            if let Some(i) = index {
                inferred[i] = UNKNOWN;
            }
            return;
        }
        open.push(t);
        let mut parts: Vec<TypeId> = Vec::new();
        match &self[t] {
            Type::Pointer(e) | Type::Slice(e) | Type::Array(e, _) | Type::Chan(_, e) => parts.push(*e),
            Type::Map(k, v) => parts.extend([*k, *v]),
            Type::Struct(s) => parts.extend(s.fields.iter().map(|&f| self[f].ty)),
            Type::Tuple(vars) => parts.extend(vars.iter().map(|&v| self[v].ty)),
            Type::Signature(s) => parts.extend(s.params.iter().chain(&s.results).map(|&v| self[v].ty)),
            Type::Interface(i) => {
                parts.extend(i.methods.iter().map(|&m| self[m].ty));
                parts.extend(i.embeds.iter().map(|e| e.0));
            }
            Type::Union(terms) => parts.extend(terms.iter().map(|t| t.ty)),
            Type::Named(_) => parts.extend_from_slice(self.type_args(t)),
            Type::TypeParam(_) => parts.extend(index.map(|i| inferred[i]).filter(|&t| t != UNKNOWN)),
            Type::Basic(_) => {}
        }
        for part in parts {
            self.find_cycle(part, params, inferred, open);
        }
        open.pop();
    }
}
