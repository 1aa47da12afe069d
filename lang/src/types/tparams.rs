//! Declarations of type parameters: of functions, types, aliases and methods' receivers.
//!
//! After `decl.go`, `signature.go` and `union.go` of types2. A type parameter is visible from the start
//! of the list that declares it, so constraints may mention each other's parameters, and the type that
//! is declared. Without [`Config::allow_type_params`](crate::types::checker::Config) all of it is
//! refused where it is declared.

use std::sync::OnceLock;

use crate::diag::Code;
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::object::ObjKind;
use crate::types::resolve::{unpack_recv, unparen};
use crate::types::store::{ObjId, ScopeId, TypeId};
use crate::types::ty::{Basic, Interface, NamedGeneric, Term, Type, TypeParam};
use crate::types::universe::COMPARABLE;

const INVALID: TypeId = Basic::Invalid.id();

/// Unions have at most so many terms: looking at them takes quadratic time.
const MAX_TERMS: usize = 100;

impl<'a> Checker<'a> {
    /// Whether type parameters may be declared; reports that they may not.
    pub(super) fn params_allowed(&mut self, at: Span) -> bool {
        if !self.config.allow_type_params {
            self.error(at, Code::Unsupported, "type parameters are not supported yet");
        }
        self.config.allow_type_params
    }

    /// Declares the type parameters of `list` in the current scope, for `owner`. Before their
    /// constraints are looked at, `publish` may make them known.
    pub(super) fn collect_type_params(
        &mut self,
        list: &'a [Field],
        owner: Option<ObjId>,
        publish: impl FnOnce(&mut Checker<'a>, &[TypeId]),
    ) -> Vec<TypeId> {
        let from = list.first().map_or(Pos::default(), |f| f.span.lo);
        let mut params = Vec::new();
        for name in list.iter().flat_map(|f| &f.names) {
            let index = params.len() as u32;
            params.push(self.declare_type_param(name, index, from, owner));
        }
        publish(self, &params);
        let outer = std::mem::replace(&mut self.env.in_type_params, true);
        let mut next = 0;
        for f in list {
            let mut bound = self.constraint(&f.ty);
            if self.store.is_type_param(bound) {
                let text = "cannot use a type parameter as constraint";
                self.error(f.ty.span, Code::MisplacedTypeParam, text);
                bound = INVALID;
            }
            for _ in &f.names {
                self.store.set_bound(params[next], bound);
                next += 1;
            }
        }
        self.env.in_type_params = outer;
        params
    }

    /// Declares one type parameter, without constraint.
    fn declare_type_param(&mut self, name: &Ident, index: u32, from: Pos, owner: Option<ObjId>) -> TypeId {
        let obj = self.new_object(name.name.clone(), name.span, INVALID, ObjKind::TypeName);
        let param = TypeParam {
            obj,
            index,
            bound: OnceLock::new(),
            owner,
        };
        let t = self.store.new_type(Type::TypeParam(param));
        self.store[obj].ty = t;
        self.declare(self.env.scope, Some(name), obj, from);
        t
    }

    /// A constraint; `~T` and `A | B` stand for the interface that embeds them.
    fn constraint(&mut self, e: &'a Expr) -> TypeId {
        let union = matches!(
            e.kind,
            ExprKind::Unary(UnaryOp::Tilde, _) | ExprKind::Binary(BinaryOp::Or, ..)
        );
        if !union {
            return self.typ(e);
        }
        let elem = self.union(e);
        if elem == INVALID {
            return INVALID;
        }
        let iface = Interface {
            embeds: vec![(elem, e.span)],
            constraint_only: true,
            implicit: true,
            ..Interface::default()
        };
        let t = self.store.new_type(Type::Interface(iface));
        self.record_type_expr(e, t);
        self.later(move |c| c.complete_interface(t));
        t
    }

    /// An element of an interface: a union, a term with a tilde, or a single type.
    pub(super) fn union(&mut self, e: &'a Expr) -> TypeId {
        let mut list = Vec::new();
        flatten(e, &mut list);
        let single = list.len() == 1;
        let mut terms: Vec<(Term, &'a Expr)> = Vec::new();
        for &x in &list {
            let (tilde, inner) = match &x.kind {
                ExprKind::Unary(UnaryOp::Tilde, inner) => (true, &**inner),
                _ => (false, x),
            };
            let mut ty = self.typ(inner);
            if self.store.is_type_param(ty) {
                let text = if tilde {
                    format!("type in term {} cannot be a type parameter", expr_string(x))
                } else {
                    "term cannot be a type parameter".to_owned()
                };
                self.error(inner.span, Code::MisplacedTypeParam, text);
                ty = INVALID;
            }
            if single && !tilde {
                return ty;
            }
            if terms.len() == MAX_TERMS {
                let text =
                    format!("cannot handle more than {MAX_TERMS} union terms (implementation limitation)");
                self.error(x.span, Code::InvalidUnion, text);
                return INVALID;
            }
            terms.push((Term { tilde, ty }, x));
        }
        let union = self
            .store
            .new_type(Type::Union(terms.iter().map(|t| t.0).collect()));
        self.record_type_expr(e, union);
        self.later(move |c| c.valid_terms(&terms));
        union
    }

    /// Reports terms that a union may not have.
    fn valid_terms(&mut self, terms: &[(Term, &'a Expr)]) {
        for (i, &(t, e)) in terms.iter().enumerate() {
            if !self.is_valid(t.ty) {
                continue;
            }
            let u = self.store.under(t.ty);
            let name = self.type_text(t.ty);
            let is_interface = matches!(self.store[u], Type::Interface(_));
            let text = if t.tilde && is_interface {
                Some(format!("invalid use of ~ ({name} is an interface)"))
            } else if t.tilde && !self.store.identical(u, t.ty) {
                Some(format!(
                    "invalid use of ~ (underlying type of {name} is {})",
                    self.type_text(u)
                ))
            } else if !is_interface {
                None
            } else if !self.store.all_methods(u).is_empty() {
                Some(format!("cannot use {name} in union ({name} contains methods)"))
            } else if self.store.unalias(t.ty) == COMPARABLE {
                Some("cannot use comparable in union".to_owned())
            } else if self.store.type_set(u).comparable {
                Some(format!("cannot use {name} in union ({name} embeds comparable)"))
            } else {
                None
            };
            if let Some(text) = text {
                self.error(e.span, Code::InvalidUnion, text);
                continue;
            }
            if is_interface {
                continue;
            }
            let overlaps = |o: &&(Term, &'a Expr)| {
                !matches!(self.store.under_type(o.0.ty), Type::Interface(_)) && !self.store.disjoint(o.0, t)
            };
            if let Some(&(other, _)) = terms[..i].iter().find(overlaps) {
                let text = |t| self.store.terms_text(&[t], self.pkg);
                let text = format!("overlapping terms {} and {}", text(t), text(other));
                self.soft_error(e.span, Code::InvalidUnion, text);
            }
        }
    }

    /// The type parameters that the scopes around `scope` declare: a type declared there is another one
    /// for each list of type arguments.
    fn ambient_params(&self, scope: ScopeId) -> Vec<TypeId> {
        let mut params = Vec::new();
        let mut at = Some(scope);
        while let Some(s) = at.filter(|&s| s != self.pkg_scope) {
            let scope = &self.store[s];
            let types = scope.names.values().map(|&o| self.store[o].ty);
            params.extend(types.filter(|&t| self.store.is_type_param(t)));
            at = scope.parent;
        }
        params.sort_unstable();
        params.dedup();
        params
    }

    /// What a type declared by `t` has of generics, declaring its type parameters in the current scope;
    /// they are made known through `named`, the type or alias declared.
    pub(super) fn type_generics(&mut self, obj: ObjId, named: TypeId, t: &'a TypeSpec, is_alias: bool) {
        let mut tparams = Vec::new();
        if self.store[obj].scope != Some(self.pkg_scope) {
            tparams = self.ambient_params(self.env.scope);
            tparams.retain(|&p| !matches!(&self.store[p], Type::TypeParam(q) if q.owner == Some(obj)));
        }
        if tparams.is_empty() && t.type_params.is_empty() {
            return;
        }
        let n_ambient = tparams.len() as u32;
        self.collect_type_params(&t.type_params, Some(obj), |c, own| {
            tparams.extend_from_slice(own);
            if let Type::Named(n) = &mut c.store[named] {
                let generic = NamedGeneric {
                    tparams,
                    is_alias,
                    n_ambient,
                    ..NamedGeneric::default()
                };
                n.generic = Some(Box::new(generic));
            }
        });
    }

    /// A receiver `T[P, Q]` or `*T[P, Q]`: declares P and Q in the current scope; the receiver's type and
    /// the parameters.
    pub(super) fn generic_recv(
        &mut self,
        r: &'a Field,
        owner: Option<ObjId>,
        from: Pos,
    ) -> (TypeId, Vec<TypeId>) {
        let (is_ptr, base) = unpack_recv(&r.ty);
        let mut inner = unparen(&r.ty);
        if let ExprKind::Star(x) = &inner.kind {
            inner = unparen(x);
        }
        let ExprKind::Index(_, names) = &inner.kind else {
            return (INVALID, Vec::new());
        };
        // The base type is looked up first: its name may be that of a parameter.
        let mut generic = self.generic_type(base, Code::InvalidRecv, None);
        if self.store.generic(generic).is_some_and(|g| g.is_alias) {
            let text = format!(
                "cannot define new methods on generic alias type {}",
                self.type_text(generic)
            );
            self.error(base.span, Code::InvalidRecv, text);
            generic = INVALID;
        }
        let mut params = Vec::new();
        for n in names {
            let ExprKind::Ident(name) = &n.kind else {
                let text = format!("receiver type parameter {} must be an identifier", expr_string(n));
                self.error(n.span, Code::BadRecv, text);
                continue;
            };
            let p = self.declare_type_param(name, params.len() as u32, from, owner);
            if let Type::TypeParam(tp) = &self.store[p] {
                let obj = tp.obj;
                self.record_use(name, obj);
            }
            self.record_type_expr(n, p);
            params.push(p);
        }
        if generic == INVALID {
            return (INVALID, params);
        }
        let base_params = self.store.open_params(generic).to_vec();
        if base_params.len() != params.len() {
            let got = match params.len() {
                1 => "1 type parameter".to_owned(),
                n => format!("{n} type parameters"),
            };
            let text = format!(
                "receiver declares {got}, but receiver base type declares {}",
                base_params.len()
            );
            self.error(base.span, Code::BadRecv, text);
            return (INVALID, params);
        }
        for (&p, &b) in params.iter().zip(&base_params) {
            self.mono.canon.insert(p, b);
            let bound = self.store.subst(self.store.bound(b), &base_params, &params);
            self.store.set_bound(p, bound);
        }
        let inst = self.store.instantiate(generic, &params);
        self.record_instance(base, &params, inst);
        let ty = if is_ptr {
            self.store.new_type(Type::Pointer(inst))
        } else {
            inst
        };
        self.record_type_expr(&r.ty, ty);
        self.record_type_expr(inner, inst);
        (ty, params)
    }
}

/// The terms of a union, from left to right.
fn flatten<'a>(e: &'a Expr, out: &mut Vec<&'a Expr>) {
    let mut rights = Vec::new();
    let mut at = e;
    while let ExprKind::Binary(BinaryOp::Or, _, x, y) = &at.kind {
        rights.push(&**y);
        at = x;
    }
    out.push(at);
    out.extend(rights.into_iter().rev());
}
