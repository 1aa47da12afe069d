//! Underlying types and the method sets of interfaces.
//!
//! While declarations are being checked, a [`Named`](crate::types::ty::Named)'s `underlying` may still
//! be another named type (the one on the right side of its declaration) or `Invalid`; [`Store::under`]
//! follows the chain. Likewise an interface's `all` is none until it is complete;
//! [`Store::all_methods`] computes it on the way.

use std::borrow::Cow;

use crate::types::store::{ObjId, Store, TypeId};
use crate::types::ty::{Basic, Interface, Type};

/// No chain of declarations is longer than this; longer ones are cycles (reported elsewhere).
const MAX_CHAIN: usize = 1 << 20;

impl Store {
    /// The underlying type of `t`: never a named type.
    #[inline]
    pub fn under(&self, t: TypeId) -> TypeId {
        let mut at = t;
        for _ in 0..MAX_CHAIN {
            at = self.unalias(at);
            match &self[at] {
                Type::Named(n) => {
                    at = match &n.generic {
                        Some(g) => match g.origin {
                            Some(origin) => self.expand(at, g, origin),
                            None => n.underlying,
                        },
                        None => n.underlying,
                    }
                }
                _ => return at,
            }
        }
        Basic::Invalid.id()
    }

    /// The underlying type of `t`, itself.
    #[inline]
    pub fn under_type(&self, t: TypeId) -> &Type {
        &self[self.under(t)]
    }

    /// The interface that underlies `t`.
    pub fn as_interface(&self, t: TypeId) -> Option<&Interface> {
        match self.under_type(t) {
            Type::Interface(i) => Some(i),
            _ => None,
        }
    }

    /// All methods of the interface that underlies `t` (of a type parameter: its constraint), embedded
    /// ones included, sorted by name and package; none if it is no interface.
    pub fn all_methods(&self, t: TypeId) -> Cow<'_, [ObjId]> {
        let t = if self.is_type_param(t) { self.bound(t) } else { t };
        let Some(i) = self.as_interface(t) else {
            return Cow::Borrowed(&[]);
        };
        match &i.all {
            Some(all) => Cow::Borrowed(all),
            None => Cow::Owned(self.gather_methods(t)),
        }
    }

    /// Computes [`Interface::all`] for the interface that underlies `t`; of methods with the same name
    /// the first counts.
    pub(crate) fn gather_methods(&self, t: TypeId) -> Vec<ObjId> {
        let mut seen = vec![self.under(t)];
        let mut all = Vec::new();
        let mut next = 0;
        while next < seen.len() {
            if let Type::Interface(i) = &self[seen[next]] {
                match &i.all {
                    Some(methods) => all.extend_from_slice(methods),
                    None => {
                        all.extend_from_slice(&i.methods);
                        for &(e, _) in &i.embeds {
                            let u = self.under(e);
                            if !seen.contains(&u) {
                                seen.push(u);
                            }
                        }
                    }
                }
            }
            next += 1;
        }
        self.sort_methods(&mut all);
        all.dedup_by(|b, a| self.same_method_name(*a, *b));
        all
    }

    /// Sorts methods by name, then package (exported names have none).
    pub(crate) fn sort_methods(&self, methods: &mut [ObjId]) {
        methods.sort_by(|&a, &b| {
            let (a, b) = (&self[a], &self[b]);
            let path = |o: &crate::types::object::Object| match o.pkg {
                Some(p) if !o.exported() => Some(p),
                _ => None,
            };
            a.name.cmp(&b.name).then_with(|| path(a).cmp(&path(b)))
        });
    }

    /// Whether `a` and `b` have the same name: for an unexported one, in the same package.
    pub fn same_method_name(&self, a: ObjId, b: ObjId) -> bool {
        let (a, b) = (&self[a], &self[b]);
        a.name == b.name && (a.exported() || a.pkg == b.pkg)
    }
}
