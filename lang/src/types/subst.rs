//! Type arguments for type parameters: substitution, and the instances of generic types.
//!
//! There is one instance for a generic type and identical type arguments. An instance knows its origin
//! and its arguments; its underlying type is made when [`Store::under`] is first asked for it, its method
//! objects when they are first looked up. So types that lead to ever larger instances of themselves come
//! to no end only if somebody walks them; instances nested deeper than [`MAX_NESTING`] have an invalid
//! underlying type. After `subst.go`, `instantiate.go` and `named.go` of types2.

use std::hash::{Hash, Hasher};
use std::sync::{OnceLock, PoisonError};

use rustc_hash::{FxHashMap, FxHasher};

use crate::types::object::{ObjKind, Object};
use crate::types::store::{Alias, ObjId, Store, TypeId};
use crate::types::ty::{Basic, Interface, Named, NamedGeneric, Signature, Struct, Term, Type, TypeParam};
use crate::types::universe::UNKNOWN;

/// The deepest type argument that an instance may have and still be looked into.
pub const MAX_NESTING: u32 = 200;

/// A substitution under way.
struct Substituter<'s> {
    store: &'s Store,
    from: &'s [TypeId],
    to: &'s [TypeId],
    /// What was substituted; a type being worked on stands for itself.
    done: FxHashMap<TypeId, TypeId>,
}

impl Store {
    /// `t` with `to[i]` in the place of type parameter `from[i]`.
    pub fn subst(&self, t: TypeId, from: &[TypeId], to: &[TypeId]) -> TypeId {
        if from.is_empty() {
            return t;
        }
        debug_assert_eq!(from.len(), to.len());
        let mut s = Substituter {
            store: self,
            from,
            to,
            done: FxHashMap::default(),
        };
        s.typ(t)
    }

    /// What `t`, a defined type, has of generics.
    pub fn generic(&self, t: TypeId) -> Option<&NamedGeneric> {
        match &self[t] {
            Type::Named(n) => n.generic.as_deref(),
            _ => None,
        }
    }

    /// The type arguments of instance `t`; empty for all else.
    pub fn type_args(&self, t: TypeId) -> &[TypeId] {
        self.generic(t).map_or(&[], |g| &g.args)
    }

    /// The generic type that `t` is an instance of; `t` itself if it is none.
    pub fn origin(&self, t: TypeId) -> TypeId {
        self.generic(t).and_then(|g| g.origin).unwrap_or(t)
    }

    /// The type parameters that type arguments are needed for before `t` can be used.
    pub fn open_params(&self, t: TypeId) -> &[TypeId] {
        match self.generic(t) {
            Some(g) if g.origin.is_none() => &g.tparams[g.n_ambient as usize..],
            _ => &[],
        }
    }

    /// Whether `t` is a generic type without type arguments.
    pub fn is_generic(&self, t: TypeId) -> bool {
        !self.open_params(t).is_empty()
    }

    /// The type parameters of generic function type `t`.
    pub fn sig_params(&self, t: TypeId) -> &[TypeId] {
        match &self[t] {
            Type::Signature(s) => &s.tparams,
            _ => &[],
        }
    }

    /// The methods declared for `t`, or for the generic type it is an instance of.
    pub fn declared_methods(&self, t: TypeId) -> &[ObjId] {
        match &self[self.origin(t)] {
            Type::Named(n) => &n.methods,
            _ => &[],
        }
    }

    /// The method at place `i` of type `t`.
    pub fn declared_method(&self, t: TypeId, i: u32) -> Option<ObjId> {
        let t = self.unalias(t);
        let m = *self.declared_methods(t).get(i as usize)?;
        if self.generic(t).is_none_or(|g| g.origin.is_none()) {
            return Some(m);
        }
        let mut made = self
            .instances
            .methods
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(&obj) = made.get(&(t, i)) {
            return Some(obj);
        }
        let mut o = self[m].clone();
        o.ty = UNKNOWN;
        if let ObjKind::Func(f) = &mut o.kind {
            f.origin = Some((m, t));
        }
        let obj = self.new_object(o);
        made.insert((t, i), obj);
        Some(obj)
    }

    /// The method of a generic type that method `m` of an instance stands for; `m` itself for others.
    pub fn method_origin(&self, m: ObjId) -> ObjId {
        self[m].as_func().and_then(|f| f.origin).map_or(m, |o| o.0)
    }

    /// The type of method `m` of an instance, if that of the generic type's method is known. For all
    /// other objects their type.
    pub fn method_type(&self, m: ObjId) -> TypeId {
        let o = &self[m];
        let Some((origin, inst)) = o.as_func().and_then(|f| f.origin).filter(|_| o.ty == UNKNOWN) else {
            return o.ty;
        };
        let Type::Signature(sig) = &self[self[origin].ty] else {
            return UNKNOWN;
        };
        // Before its declaration is through, a method has no receiver.
        let Some(recv) = sig.recv else { return UNKNOWN };
        let args = self.type_args(inst);
        if sig.recv_tparams.len() != args.len() {
            return Basic::Invalid.id();
        }
        let mut s = Substituter {
            store: self,
            from: &sig.recv_tparams,
            to: args,
            done: FxHashMap::default(),
        };
        let recv = s.var(recv);
        let mut new = s.signature(sig).unwrap_or_else(|| sig.clone());
        new.recv = Some(recv);
        new.recv_tparams = Box::default();
        self.new_type(Type::Signature(new))
    }

    /// The instance of generic type `generic` with arguments `args`, one for each of its parameters,
    /// those of a function around included. For a generic alias that is what it stands for.
    pub fn instantiate(&self, generic: TypeId, args: &[TypeId]) -> TypeId {
        let generic = self.unalias(generic);
        let Type::Named(n) = &self[generic] else {
            return Basic::Invalid.id();
        };
        let Some(g) = &n.generic else { return generic };
        if g.tparams.len() != args.len() {
            return Basic::Invalid.id();
        }
        if g.is_alias {
            return self.subst(n.underlying, &g.tparams, args);
        }
        let mut hasher = FxHasher::default();
        args.iter().for_each(|&a| self.hash_type(a, 3, &mut hasher));
        let key = (generic, hasher.finish());
        let same = |t: &&TypeId| {
            let have = self.type_args(**t);
            have.iter().zip(args).all(|(&a, &b)| self.identical(a, b))
        };
        // The lock is not held while types are compared: that may make instances.
        let lock = || {
            self.instances
                .types
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known: Vec<TypeId> = lock().get(&key).cloned().unwrap_or_default();
        if let Some(&t) = known.iter().find(same) {
            return t;
        }
        let inst = NamedGeneric {
            tparams: g.tparams.clone(),
            origin: Some(generic),
            args: args.to_vec(),
            expanded: OnceLock::new(),
            is_alias: false,
            n_ambient: g.n_ambient,
        };
        let t = self.new_type(Type::Named(Named {
            obj: n.obj,
            underlying: Basic::Invalid.id(),
            methods: Vec::new(),
            generic: Some(Box::new(inst)),
        }));
        lock().entry(key).or_default().push(t);
        t
    }

    /// The underlying type of an instance: that of its origin, with the arguments put in.
    pub(crate) fn expand(&self, t: TypeId, g: &NamedGeneric, origin: TypeId) -> TypeId {
        if let Some(&u) = g.expanded.get() {
            return u;
        }
        let open = || {
            self.instances
                .expanding
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if open().contains(&t) {
            // A type that is nothing but itself; reported elsewhere.
            return Basic::Invalid.id();
        }
        open().push(t);
        let under = self.under(origin);
        open().pop();
        if matches!(self[under], Type::Basic(Basic::Invalid)) {
            return under;
        }
        let deep = g
            .args
            .iter()
            .any(|&a| self.nesting(a, MAX_NESTING) >= MAX_NESTING);
        let u = if deep {
            Basic::Invalid.id()
        } else {
            self.subst(under, &g.tparams, &g.args)
        };
        *g.expanded.get_or_init(|| u)
    }

    /// How deep `t` is nested without looking behind names, at most `limit`.
    fn nesting(&self, t: TypeId, limit: u32) -> u32 {
        if limit == 0 {
            return 0;
        }
        let inner = |t| self.nesting(t, limit - 1);
        let vars = |v: &[ObjId]| v.iter().map(|&o| inner(self[o].ty)).max().unwrap_or(0);
        1 + match &self[t] {
            Type::Pointer(e) | Type::Slice(e) | Type::Array(e, _) | Type::Chan(_, e) => inner(*e),
            Type::Map(k, v) => inner(*k).max(inner(*v)),
            Type::Struct(s) => vars(&s.fields),
            Type::Signature(s) => vars(&s.params).max(vars(&s.results)),
            Type::Named(_) => self.type_args(t).iter().map(|&a| inner(a)).max().unwrap_or(0),
            _ => 0,
        }
    }

    /// Feeds what identical types share, down to some depth.
    fn hash_type(&self, t: TypeId, depth: u32, h: &mut FxHasher) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &self[t] {
            Type::Basic(b) => (0u8, b.canonical()).hash(h),
            Type::Named(n) => {
                (1u8, n.obj).hash(h);
                self.type_args(t)
                    .iter()
                    .for_each(|&a| self.hash_type(a, depth, h));
            }
            Type::TypeParam(_) => (2u8, self.unalias(t)).hash(h),
            Type::Pointer(e) => {
                3u8.hash(h);
                self.hash_type(*e, depth, h);
            }
            Type::Slice(e) => {
                4u8.hash(h);
                self.hash_type(*e, depth, h);
            }
            Type::Array(e, _) => {
                5u8.hash(h);
                self.hash_type(*e, depth, h);
            }
            Type::Map(k, v) => {
                6u8.hash(h);
                self.hash_type(*k, depth, h);
                self.hash_type(*v, depth, h);
            }
            Type::Chan(dir, e) => {
                (7u8, dir).hash(h);
                self.hash_type(*e, depth, h);
            }
            Type::Struct(s) => (8u8, s.fields.len()).hash(h),
            Type::Signature(s) => (9u8, s.params.len(), s.results.len()).hash(h),
            Type::Interface(_) | Type::Tuple(_) | Type::Union(_) => 10u8.hash(h),
        }
    }

    /// Whether any of `params` occurs in `t`.
    pub fn mentions_params(&self, t: TypeId, params: &[TypeId]) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![t];
        while let Some(t) = todo.pop() {
            if !seen.insert(t) {
                continue;
            }
            match &self[t] {
                Type::Basic(_) => {}
                Type::TypeParam(_) => {
                    if params.contains(&self.unalias(t)) {
                        return true;
                    }
                }
                Type::Pointer(e) | Type::Slice(e) | Type::Array(e, _) | Type::Chan(_, e) => todo.push(*e),
                Type::Map(k, v) => todo.extend([*k, *v]),
                Type::Struct(s) => todo.extend(s.fields.iter().map(|&f| self[f].ty)),
                Type::Tuple(vars) => todo.extend(vars.iter().map(|&v| self[v].ty)),
                Type::Signature(s) => todo.extend(s.params.iter().chain(&s.results).map(|&v| self[v].ty)),
                Type::Interface(i) => {
                    todo.extend(i.methods.iter().map(|&m| self[m].ty));
                    todo.extend(i.embeds.iter().map(|e| e.0));
                }
                Type::Union(terms) => todo.extend(terms.iter().map(|t| t.ty)),
                Type::Named(n) => match &n.generic {
                    Some(g) if g.origin.is_some() => todo.extend_from_slice(&g.args),
                    Some(g) if !self.is_generic(t) => todo.extend_from_slice(&g.tparams),
                    _ => {}
                },
            }
        }
        false
    }
}

impl Substituter<'_> {
    fn typ(&mut self, t: TypeId) -> TypeId {
        if let Some(a) = self.store.alias(t) {
            return self.alias(t, a);
        }
        if let Some(i) = self.from.iter().position(|&p| p == t) {
            return self.to[i];
        }
        if let Some(&u) = self.done.get(&t) {
            return u;
        }
        self.done.insert(t, t);
        let new = self.parts(t);
        self.done.insert(t, new);
        new
    }

    /// Alias `t`: by its name as long as that, with its arguments substituted, says what it stands for.
    fn alias(&mut self, t: TypeId, a: &Alias) -> TypeId {
        match self.changed(a.target) {
            None => t,
            Some(target) if a.args.is_empty() => target,
            Some(target) => {
                let args = self.list(&a.args).unwrap_or_else(|| a.args.clone());
                self.store.new_alias(a.obj, args, target)
            }
        }
    }

    /// `t` with its parts substituted; itself if none changes.
    fn parts(&mut self, t: TypeId) -> TypeId {
        let store = self.store;
        let new = match &store[t] {
            Type::Basic(_) | Type::TypeParam(_) => None,
            Type::Named(n) => return self.named(t, n),
            Type::Pointer(e) => self.changed(*e).map(Type::Pointer),
            Type::Slice(e) => self.changed(*e).map(Type::Slice),
            Type::Array(e, n) => self.changed(*e).map(|e| Type::Array(e, *n)),
            Type::Chan(dir, e) => self.changed(*e).map(|e| Type::Chan(*dir, e)),
            Type::Map(k, v) => {
                let (l, w) = (self.typ(*k), self.typ(*v));
                (l != *k || w != *v).then_some(Type::Map(l, w))
            }
            Type::Struct(s) => self.vars(&s.fields).map(|fields| {
                Type::Struct(Struct {
                    fields,
                    tags: s.tags.clone(),
                })
            }),
            Type::Tuple(vars) => self.vars(vars).map(Type::Tuple),
            Type::Signature(sig) => self.signature(sig).map(Type::Signature),
            Type::Interface(i) => self.interface(i).map(Type::Interface),
            Type::Union(terms) => {
                let new: Vec<Term> = terms
                    .iter()
                    .map(|x| Term {
                        tilde: x.tilde,
                        ty: self.typ(x.ty),
                    })
                    .collect();
                let same = new.iter().zip(terms).all(|(a, b)| a.ty == b.ty);
                (!same).then_some(Type::Union(new))
            }
        };
        new.map_or(t, |new| store.new_type(new))
    }

    /// The substituted `t`, if it is another type.
    fn changed(&mut self, t: TypeId) -> Option<TypeId> {
        Some(self.typ(t)).filter(|&u| u != t)
    }

    fn list(&mut self, list: &[TypeId]) -> Option<Vec<TypeId>> {
        let new: Vec<TypeId> = list.iter().map(|&t| self.typ(t)).collect();
        (new != list).then_some(new)
    }

    fn named(&mut self, t: TypeId, n: &Named) -> TypeId {
        let Some(g) = &n.generic else { return t };
        let (origin, args) = match g.origin {
            Some(origin) => (origin, &g.args),
            None if !self.store.is_generic(t) => (t, &g.tparams),
            None => return t,
        };
        match self.list(args) {
            Some(args) => self.store.instantiate(origin, &args),
            None => t,
        }
    }

    fn var(&mut self, v: ObjId) -> ObjId {
        let o = &self.store[v];
        match self.changed(o.ty) {
            Some(ty) => self.store.new_object(Object { ty, ..o.clone() }),
            None => v,
        }
    }

    fn vars(&mut self, vars: &[ObjId]) -> Option<Vec<ObjId>> {
        let new: Vec<ObjId> = vars.iter().map(|&v| self.var(v)).collect();
        (new != vars).then_some(new)
    }

    /// A generic signature keeps its type parameters, or gets new ones if their constraints change.
    fn signature(&mut self, sig: &Signature) -> Option<Signature> {
        let mut tparams = sig.tparams.clone();
        let bounds: Vec<TypeId> = sig.tparams.iter().map(|&p| self.bound(p)).collect();
        let renamed = bounds
            .iter()
            .zip(&sig.tparams)
            .any(|(&b, &p)| b != self.store.bound(p));
        if renamed {
            let new = self.store.copy_params(&sig.tparams);
            // The constraints may mention each other's parameters.
            for (&p, &b) in new.iter().zip(&bounds) {
                let bound = self.store.subst(b, &sig.tparams, &new);
                self.store.set_bound(p, bound);
            }
            for (&p, &q) in sig.tparams.iter().zip(&new) {
                self.done.insert(p, q);
            }
            tparams = new.into();
        }
        let (params, results) = (self.vars(&sig.params), self.vars(&sig.results));
        if params.is_none() && results.is_none() && !renamed {
            return None;
        }
        Some(Signature {
            recv: sig.recv,
            params: params.unwrap_or_else(|| sig.params.clone()),
            results: results.unwrap_or_else(|| sig.results.clone()),
            variadic: sig.variadic,
            tparams,
            recv_tparams: sig.recv_tparams.clone(),
        })
    }

    fn bound(&mut self, p: TypeId) -> TypeId {
        let b = self.store.bound(p);
        self.typ(b)
    }

    fn interface(&mut self, i: &Interface) -> Option<Interface> {
        let embeds: Vec<TypeId> = i.embeds.iter().map(|e| e.0).collect();
        let embeds = self.list(&embeds);
        let methods: Vec<ObjId> = i.methods.iter().map(|&m| self.var(m)).collect();
        if embeds.is_none() && methods == i.methods {
            return None;
        }
        let embeds = match embeds {
            Some(new) => new.into_iter().zip(&i.embeds).map(|(t, e)| (t, e.1)).collect(),
            None => i.embeds.clone(),
        };
        let mut all = None;
        if i.all.is_some() && i.embeds.is_empty() {
            let mut sorted = methods.clone();
            self.store.sort_methods(&mut sorted);
            all = Some(sorted);
        }
        Some(Interface {
            methods,
            embeds,
            all,
            constraint_only: i.constraint_only,
            implicit: i.implicit,
            tset: OnceLock::new(),
        })
    }
}

impl Store {
    /// The constraint of type parameter `p` as written.
    pub fn bound(&self, p: TypeId) -> TypeId {
        match &self[p] {
            Type::TypeParam(p) => p.bound.get().copied().unwrap_or(Basic::Invalid.id()),
            _ => Basic::Invalid.id(),
        }
    }

    /// Sets the constraint of a type parameter that has none yet.
    pub(crate) fn set_bound(&self, p: TypeId, bound: TypeId) {
        if let Type::TypeParam(p) = &self[p] {
            // An error may leave it set already.
            let _ = p.bound.set(bound);
        }
    }

    /// New type parameters named as `params`, whose constraints are still to be set.
    fn copy_params(&self, params: &[TypeId]) -> Vec<TypeId> {
        let copy = |&p: &TypeId| match &self[p] {
            Type::TypeParam(tp) => {
                let obj = self.new_object(self[tp.obj].clone());
                let bound = OnceLock::new();
                self.new_type(Type::TypeParam(TypeParam {
                    obj,
                    index: tp.index,
                    bound,
                    owner: None,
                }))
            }
            _ => p,
        };
        params.iter().map(copy).collect()
    }

    /// Type parameters that stand for `params` elsewhere, so that the two can be told apart.
    pub fn rename_params(&self, params: &[TypeId]) -> Vec<TypeId> {
        let new = self.copy_params(params);
        for (&p, &q) in params.iter().zip(&new) {
            self.set_bound(q, self.subst(self.bound(p), params, &new));
        }
        new
    }
}
