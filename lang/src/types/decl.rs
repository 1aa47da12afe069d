//! Declarations: constants, variables, types, functions, at package level and in functions.
//!
//! A package-level object is checked when it is first needed. While that goes on it stands on the
//! object path; needing it again then is a cycle, which is fine for types with a definition on the
//! way, is left to the initialisation order for values, and is an error otherwise. After `decl.go`
//! and `cycles.go` of types2.

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic};
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::types::checker::{Action, Checker, Env};
use crate::types::constant::Constant;
use crate::types::object::ObjKind;
use crate::types::operand::Operand;
use crate::types::resolve::unparen;
use crate::types::store::{ObjId, ScopeId, TypeId};
use crate::types::ty::{Basic, Named, Signature, Type};
use crate::types::universe::UNKNOWN;

/// Bytes of stack for chains of declarations unless the configuration says otherwise.
const DEFAULT_STACK: usize = 4 << 20;

impl<'a> Checker<'a> {
    /// Enters `obj` into `scope`, unless it is blank; `ident` is recorded as its declaration.
    pub fn declare(&mut self, scope: ScopeId, ident: Option<&Ident>, obj: ObjId, visible_from: Pos) {
        let name = self.store[obj].name.clone();
        if &*name != "_" {
            if let Some(&alt) = self.store[scope].names.get(&name)
                && !self.may_redefine(scope)
            {
                let at = self.store[obj].span;
                let text = format!("{name} redeclared in this block");
                return self.error_alt_decl(at, Code::DuplicateDecl, text, alt);
            }
            self.store[scope].names.insert(name, obj);
            let o = &mut self.store[obj];
            o.scope = Some(scope);
            o.visible_from = visible_from;
            if matches!(&o.kind, ObjKind::Var(v) if !v.is_param && !v.is_package_level) {
                self.local_vars.push(obj);
            }
        }
        if let Some(id) = ident {
            self.record_def(id, obj);
        }
    }

    // --- objects and cycles ---

    pub(super) fn push_obj(&mut self, obj: ObjId) {
        self.obj_path_idx.insert(obj, self.obj_path.len() as u32);
        self.obj_path.push(obj);
    }

    pub(super) fn pop_obj(&mut self) {
        if let Some(obj) = self.obj_path.pop() {
            self.obj_path_idx.remove(&obj);
        }
    }

    /// The part of the object path from `obj` on, if it is on the path.
    pub fn cycle_from(&self, obj: ObjId) -> Option<Vec<ObjId>> {
        self.obj_path_idx
            .get(&obj)
            .map(|&i| self.obj_path[i as usize..].to_vec())
    }

    /// Determines the type of `obj` (and the value of a constant) unless it is known.
    pub fn obj_decl(&mut self, obj: ObjId) {
        if self.obj_path_idx.contains_key(&obj) {
            return self.grey_decl(obj);
        }
        if self.store[obj].ty != UNKNOWN {
            return;
        }
        if let Some((origin, _)) = self.store[obj].as_func().and_then(|f| f.origin) {
            // A method of an instance: its type is that of the generic type's method.
            self.obj_decl(origin);
            self.store[obj].ty = self.store.method_type(obj);
            return;
        }
        let Some(&d) = self.decl_of.get(&obj) else {
            self.store[obj].ty = Basic::Invalid.id();
            return;
        };
        if self.stack_is_low() {
            let o = &self.store[obj];
            let (at, text) = (
                o.span,
                format!("chain of declarations through {} is too long", o.name),
            );
            self.error(at, Code::TooDeep, text);
            self.store[obj].ty = Basic::Invalid.id();
            return;
        }
        self.push_obj(obj);
        let env = Env {
            scope: self.decls[d as usize].file,
            ..Env::default()
        };
        let saved = std::mem::replace(&mut self.env, env);
        let info = &self.decls[d as usize];
        let (ty, init, inherited, iota) = (info.ty, info.init, info.inherited, info.iota);
        let (tdecl, fdecl) = (info.tdecl, info.fdecl);
        match &self.store[obj].kind {
            ObjKind::Const(_) => {
                self.env.decl = Some(d);
                self.const_decl(obj, ty, init, inherited, iota);
            }
            ObjKind::Var(_) => {
                self.env.decl = Some(d);
                let lhs = self.decls[d as usize].lhs.clone();
                self.var_decl(obj, &lhs, ty, init);
            }
            ObjKind::TypeName => {
                if let Some(t) = tdecl {
                    self.type_decl(obj, t);
                }
                self.collect_methods(obj);
            }
            ObjKind::Func(_) => {
                if let Some(f) = fdecl {
                    self.func_decl(obj, d, f);
                }
            }
            _ => {}
        }
        if self.store[obj].ty == UNKNOWN {
            self.store[obj].ty = Basic::Invalid.id();
        }
        self.env = saved;
        self.pop_obj();
    }

    /// `obj` is needed while it is being declared.
    fn grey_decl(&mut self, obj: ObjId) {
        let valid = self.valid_cycle(obj);
        let o = &self.store[obj];
        match &o.kind {
            ObjKind::Const(_) | ObjKind::Var(_) if (!valid || o.ty == UNKNOWN) => {
                self.store[obj].ty = Basic::Invalid.id();
            }
            ObjKind::TypeName => {
                if !valid {
                    self.store[obj].ty = Basic::Invalid.id();
                } else if o.ty == UNKNOWN {
                    self.forward_alias(obj);
                }
            }
            _ => {}
        }
    }

    /// An alias is needed before the type it stands for is known. If that is just a name, the name's
    /// type serves; otherwise a placeholder stands in, to be overwritten with the type.
    fn forward_alias(&mut self, obj: ObjId) {
        let mut at = obj;
        let mut seen = vec![obj];
        while let Some(t) = self.decl_of.get(&at).and_then(|&d| self.decls[d as usize].tdecl) {
            let ExprKind::Ident(name) = &unparen(&t.ty).kind else {
                break;
            };
            let Some(&next) = self.store[self.pkg_scope].names.get(&name.name) else {
                break;
            };
            let ty = self.store[next].ty;
            if ty != UNKNOWN {
                self.store[obj].ty = ty;
                return;
            }
            if seen.contains(&next) {
                break;
            }
            seen.push(next);
            at = next;
        }
        let unknown = self.store.new_type(Type::Basic(Basic::Invalid));
        let placeholder = self.store.new_alias(obj, Vec::new(), unknown);
        self.alias_forward.insert(obj, placeholder);
        self.store[obj].ty = placeholder;
    }

    /// Whether the stack left for chains of declarations is used up.
    pub fn stack_is_low(&self) -> bool {
        let here = 0u8;
        let used = self.stack_base.abs_diff(std::ptr::from_ref(&here) as usize);
        used > if self.config.stack == 0 {
            DEFAULT_STACK
        } else {
            self.config.stack
        }
    }

    /// Whether the cycle that `obj` begins on the object path may be; reports it if not.
    fn valid_cycle(&mut self, obj: ObjId) -> bool {
        let Some(cycle) = self.cycle_from(obj) else {
            return true;
        };
        let (mut n_values, mut n_defs) = (0, 0);
        for o in &cycle {
            match self.store[*o].kind {
                ObjKind::Const(_) | ObjKind::Var(_) => n_values += 1,
                // Constraints may mention the type whose parameters they are for.
                ObjKind::TypeName if self.env.in_type_params && self.store.is_generic(self.store[*o].ty) => {
                    return true;
                }
                ObjKind::TypeName if !self.is_alias_decl(*o) => n_defs += 1,
                _ => {}
            }
        }
        // Cycles of values alone are reported with the initialisation order.
        if n_values == cycle.len() || n_values == 0 && n_defs > 0 {
            return true;
        }
        self.cycle_error(&cycle);
        false
    }

    fn is_alias_decl(&self, obj: ObjId) -> bool {
        let tdecl = self.decl_of.get(&obj).and_then(|&d| self.decls[d as usize].tdecl);
        match tdecl {
            Some(t) => t.alias,
            None => self.local_aliases.contains(&obj),
        }
    }

    /// Reports a cycle of declarations, starting with the one that stands first in the source.
    pub fn cycle_error(&mut self, cycle: &[ObjId]) {
        let start = (0..cycle.len())
            .min_by_key(|&i| self.store[cycle[i]].span.lo)
            .unwrap_or(0);
        self.cycle_error_from(cycle, start);
    }

    /// Reports a cycle of declarations, starting with `cycle[start]`.
    fn cycle_error_from(&mut self, cycle: &[ObjId], start: usize) {
        let is_type = matches!(self.store[cycle[start]].kind, ObjKind::TypeName);
        let link = |&o: &ObjId| (self.store[o].span, self.store[o].name.to_string());
        let links: Vec<_> = cycle[start..].iter().chain(&cycle[..start]).map(link).collect();
        self.report_cycle(is_type, &links);
    }

    /// Reports a cycle of types or other declarations, each with its place and name.
    pub(super) fn report_cycle(&mut self, is_type: bool, links: &[(Span, String)]) {
        let Some((at, first)) = links.first() else { return };
        let at = *at;
        let what = if is_type {
            "invalid recursive type"
        } else {
            "invalid cycle in declaration"
        };
        if links.len() == 1 {
            let text = format!("{what}: {first} refers to itself");
            return self.error(at, Code::InvalidDeclCycle, text);
        }
        let of = if is_type { "" } else { " of" };
        let mut d = Diagnostic::error(Code::InvalidDeclCycle, at, format!("{what}{of} {first}"));
        for ((from, name), (_, next)) in links.iter().zip(links.iter().cycle().skip(1)) {
            d = d.label(*from, format!("{name} refers to {next}"));
        }
        self.report(d);
    }

    /// Reports chains of type names that end in themselves: `type A B; type B A`.
    pub fn direct_cycles(&mut self) {
        let mut black: FxHashMap<ObjId, bool> = FxHashMap::default();
        for i in 0..self.obj_list.len() {
            let mut at = self.obj_list[i];
            let mut path = Vec::new();
            while matches!(self.store[at].kind, ObjKind::TypeName) {
                match black.get(&at) {
                    Some(true) => break,
                    Some(false) => {
                        self.store[at].ty = Basic::Invalid.id();
                        let start = path.iter().position(|&o| o == at).unwrap_or(0);
                        self.cycle_error(&path[start..]);
                        break;
                    }
                    None => {}
                }
                black.insert(at, false);
                path.push(at);
                let Some(t) = self.decl_of.get(&at).and_then(|&d| self.decls[d as usize].tdecl) else {
                    break;
                };
                let ExprKind::Ident(rhs) = &t.ty.kind else { break };
                let Some(&next) = self.store[self.pkg_scope].names.get(&rhs.name) else {
                    break;
                };
                at = next;
            }
            for o in path {
                black.insert(o, true);
            }
        }
    }

    // --- constants and variables ---

    pub(super) fn const_decl(
        &mut self,
        obj: ObjId,
        ty: Option<&'a Expr>,
        init: Option<&'a Expr>,
        inherited: bool,
        iota: i64,
    ) {
        let saved = (self.env.iota.replace(iota), self.env.errpos.take());
        self.store[obj].kind = ObjKind::Const(Constant::Unknown);
        self.const_decl_inner(obj, ty, init, inherited);
        (self.env.iota, self.env.errpos) = saved;
    }

    fn const_decl_inner(
        &mut self,
        obj: ObjId,
        ty: Option<&'a Expr>,
        init: Option<&'a Expr>,
        inherited: bool,
    ) {
        if let Some(e) = ty {
            let t = self.typ(e);
            if !self.store.is_const_type(t) {
                if self.is_valid(self.store.under(t)) {
                    let text = format!("invalid constant type {}", self.type_text(t));
                    self.error(e.span, Code::InvalidConstType, text);
                }
                self.store[obj].ty = Basic::Invalid.id();
                return;
            }
            self.store[obj].ty = t;
        }
        let mut x = Operand::new();
        if let Some(e) = init {
            if inherited {
                self.env.errpos = Some(self.store[obj].span);
            }
            self.expr(&mut x, e);
        }
        self.init_const(obj, &mut x);
    }

    pub(super) fn var_decl(
        &mut self,
        obj: ObjId,
        lhs: &[ObjId],
        ty: Option<&'a Expr>,
        init: Option<&'a Expr>,
    ) {
        if let Some(e) = ty {
            let t = self.var_type(e);
            self.store[obj].ty = t;
        }
        let Some(init) = init else {
            if ty.is_none() {
                self.store[obj].ty = Basic::Invalid.id();
            }
            return;
        };
        if lhs.len() <= 1 {
            let mut x = Operand::new();
            let o = &self.store[obj];
            self.target = self.target(Some(o.ty), &o.name);
            self.expr(&mut x, init);
            return self.init_var(obj, &mut x, "variable declaration");
        }
        if ty.is_some() {
            let t = self.store[obj].ty;
            for &v in lhs {
                self.store[v].ty = t;
            }
        }
        self.init_vars(lhs, std::slice::from_ref(init), None);
    }

    // --- types ---

    pub(super) fn type_decl(&mut self, obj: ObjId, t: &'a TypeSpec) {
        if let Some(p) = t.type_params.first()
            && !self.params_allowed(p.span)
        {
            self.store[obj].ty = Basic::Invalid.id();
            return;
        }
        if t.alias && !t.type_params.is_empty() {
            self.verify_version(t.type_params[0].span, 23, |_| "generic type alias".to_owned());
            return self.generic_alias(obj, t);
        }
        if let Some(p) = t.type_params.first() {
            self.verify_version(p.span, 18, |_| "type parameter".to_owned());
        }
        if t.alias {
            self.verify_version(t.name.span, 9, |_| "type alias".to_owned());
            let saved = (
                std::mem::take(&mut self.type_level),
                std::mem::take(&mut self.type_depth),
            );
            let rhs = self.defined_type(&t.ty, Some(obj));
            self.alias_depth.insert(obj, self.type_depth);
            (self.type_level, self.type_depth) = saved;
            if let Some(placeholder) = self.alias_forward.remove(&obj) {
                self.store.set_alias(placeholder, rhs);
                self.store[obj].ty = placeholder;
            } else if rhs == Basic::Invalid.id() {
                self.store[obj].ty = rhs;
            } else {
                self.store[obj].ty = self.store.new_alias(obj, Vec::new(), rhs);
            }
            return;
        }
        let named = Named {
            obj,
            underlying: Basic::Invalid.id(),
            methods: Vec::new(),
            generic: None,
        };
        let named = self.store.new_type(Type::Named(named));
        self.store[obj].ty = named;
        self.named_types.push(named);
        self.later(move |c| c.valid_type(named));
        self.open_scope(t.span);
        self.type_generics(obj, named, t, false);
        let mut rhs = self.defined_type(&t.ty, Some(obj));
        self.close_scope();
        if self.store.is_type_param(rhs) {
            let text = "cannot use a type parameter as RHS in type declaration";
            self.error(t.ty.span, Code::MisplacedTypeParam, text);
            rhs = Basic::Invalid.id();
        }
        if self.leads_to(rhs, named) {
            self.cycle_error(&[obj]);
            rhs = Basic::Invalid.id();
        }
        if let Type::Named(n) = &mut self.store[named] {
            n.underlying = rhs;
        }
    }

    /// `type A[P any] = …`
    fn generic_alias(&mut self, obj: ObjId, t: &'a TypeSpec) {
        let alias = Named {
            obj,
            underlying: Basic::Invalid.id(),
            methods: Vec::new(),
            generic: None,
        };
        let alias = self.store.new_type(Type::Named(alias));
        self.store[obj].ty = alias;
        self.open_scope(t.span);
        self.type_generics(obj, alias, t, true);
        let mut rhs = self.defined_type(&t.ty, Some(obj));
        self.close_scope();
        if self.store.open_params(alias).contains(&self.store.unalias(rhs)) {
            let text = "cannot use type parameter declared in alias declaration as RHS";
            self.error(t.ty.span, Code::MisplacedTypeParam, text);
            rhs = Basic::Invalid.id();
        }
        if let Type::Named(n) = &mut self.store[alias] {
            n.underlying = rhs;
        }
    }

    /// Whether the chain of named types from `from` reaches `to`.
    fn leads_to(&self, from: TypeId, to: TypeId) -> bool {
        let mut at = from;
        for _ in 0..=self.store.n_types() {
            at = self.store.unalias(self.store.origin(at));
            if at == to {
                return true;
            }
            match &self.store[at] {
                Type::Named(n) => at = n.underlying,
                _ => return false,
            }
        }
        true
    }

    /// Gives every type declared so far its final underlying type.
    pub fn resolve_underlying(&mut self) {
        for t in std::mem::take(&mut self.named_types) {
            let u = self.store.under(t);
            if let Type::Named(n) = &mut self.store[t] {
                n.underlying = u;
            }
        }
    }

    /// Adds the methods set aside for type name `obj` to its type.
    fn collect_methods(&mut self, obj: ObjId) {
        let Some(methods) = self.methods.remove(&obj) else {
            return;
        };
        let base = self.store[obj].ty;
        let mut seen: FxHashMap<Name, ObjId> = FxHashMap::default();
        for m in methods {
            let name = self.store[m].name.clone();
            if let Some(&alt) = seen.get(&name) {
                let place = self
                    .map
                    .locate(self.store[alt].span.lo)
                    .map_or_else(String::new, |p| p.to_string());
                let text = format!(
                    "method {}.{name} already declared at {place}",
                    self.store[obj].name
                );
                let at = self.store[m].span;
                self.error(at, Code::DuplicateMethod, text);
                continue;
            }
            seen.insert(name, m);
            if let Type::Named(n) = &mut self.store[base] {
                n.methods.push(m);
            }
        }
        if matches!(self.store[base], Type::Named(_)) {
            self.later(move |c| c.check_field_uniqueness(base, &seen));
        }
    }

    pub(super) fn check_field_uniqueness(&mut self, base: TypeId, methods: &FxHashMap<Name, ObjId>) {
        let Type::Struct(s) = self.store.under_type(base) else {
            return;
        };
        let clashes: Vec<(ObjId, ObjId)> = s
            .fields
            .iter()
            .filter_map(|&f| Some((f, *methods.get(&self.store[f].name)?)))
            .collect();
        for (field, method) in clashes {
            let text = format!("field and method with the same name {}", self.store[field].name);
            let at = self.store[method].span;
            self.error_alt_decl(at, Code::DuplicateFieldAndMethod, text, field);
        }
    }

    // --- functions ---

    fn func_decl(&mut self, obj: ObjId, d: u32, f: &'a FuncDecl) {
        let refused = f
            .type_params
            .first()
            .is_some_and(|p| !self.params_allowed(p.span));
        let tparams: &'a [Field] = if refused { &[] } else { &f.type_params };
        // A signature stands at once, against cycles.
        let sig = self.store.new_type(Type::Signature(Signature::default()));
        self.store[obj].ty = sig;
        let recv = f.recv.as_deref();
        let scope = self.func_type_into(sig, &f.sig, recv, tparams, Some(obj));
        if !tparams.is_empty() && f.body.is_none() && !self.config.allow_missing_bodies {
            self.soft_error(
                f.name.span,
                Code::BadDecl,
                "generic function is missing function body",
            );
        }
        self.func_scopes.insert(obj, scope);
        if let (Some(body), false, true) = (&f.body, self.config.lazy_bodies, !refused) {
            let name = Some(&f.name.name);
            self.delayed.push(Some(Action::Body {
                decl: Some(d),
                name,
                sig,
                scope,
                body,
                iota: None,
            }));
        }
    }

    // --- declarations in functions ---

    /// Checks a declaration statement.
    pub fn decl_stmt(&mut self, d: &'a Decl) {
        match d {
            Decl::Const(d) => self.local_consts(d),
            Decl::Var(d) => d.specs.iter().for_each(|s| self.local_var(s)),
            Decl::Type(d) => d.specs.iter().for_each(|s| self.local_type(s)),
            Decl::Import(_) | Decl::Func(_) | Decl::Bad(_) => {}
        }
    }

    fn local_consts(&mut self, d: &'a ConstDecl) {
        let mut last: Option<&'a ConstSpec> = None;
        for (iota, s) in d.specs.iter().enumerate() {
            let top = self.delayed.len();
            let own = s.ty.is_some() || !s.values.is_empty();
            let inherited = !own && last.is_some();
            if own {
                last = Some(s);
            }
            let values: &'a [Expr] = last.map_or(&[], |l| &l.values);
            let ty = last.and_then(|l| l.ty.as_ref());
            let mut objs = Vec::with_capacity(s.names.len());
            for (i, name) in s.names.iter().enumerate() {
                let kind = ObjKind::Const(Constant::Unknown);
                let obj = self.new_object(name.name.clone(), name.span, UNKNOWN, kind);
                objs.push(obj);
                self.const_decl(obj, ty, values.get(i), inherited, iota as i64);
            }
            self.arity(s.span, &s.names, values, true, inherited);
            self.process_delayed(top);
            for (name, obj) in s.names.iter().zip(objs) {
                self.declare(self.env.scope, Some(name), obj, s.span.hi);
            }
        }
    }

    fn local_var(&mut self, s: &'a VarSpec) {
        let top = self.delayed.len();
        let objs: Vec<ObjId> = s.names.iter().map(|n| self.new_var(n, UNKNOWN)).collect();
        for (i, &obj) in objs.iter().enumerate() {
            if s.values.len() == s.names.len() {
                self.var_decl(obj, &[], s.ty.as_ref(), s.values.get(i));
            } else if s.values.len() == 1 {
                self.var_decl(obj, &objs, s.ty.as_ref(), s.values.first());
                break;
            } else {
                self.var_decl(obj, &[], s.ty.as_ref(), s.values.get(i));
            }
        }
        if s.ty.is_none() || !s.values.is_empty() {
            self.arity(s.span, &s.names, &s.values, false, false);
        }
        self.process_delayed(top);
        for (name, &obj) in s.names.iter().zip(&objs) {
            if self.store[obj].ty == UNKNOWN {
                self.store[obj].ty = Basic::Invalid.id();
            }
            self.declare(self.env.scope, Some(name), obj, s.span.hi);
        }
    }

    fn local_type(&mut self, s: &'a TypeSpec) {
        let obj = self.new_object(s.name.name.clone(), s.name.span, UNKNOWN, ObjKind::TypeName);
        self.declare(self.env.scope, Some(&s.name), obj, s.name.span.lo);
        if s.alias {
            self.local_aliases.insert(obj);
        }
        self.push_obj(obj);
        self.type_decl(obj, s);
        self.pop_obj();
    }
}
