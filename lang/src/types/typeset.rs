//! Type sets: which types an interface admits, and what operations on type parameters follow from that.
//!
//! The type set of an interface is the intersection of those of its elements. Here a set is a list of
//! disjoint terms, or all types; what methods a type must have besides is
//! [`Store::all_methods`]. After `typeset.go`, `termlist.go`, `typeterm.go` and `under.go` of types2.

use std::sync::{Arc, PoisonError};

use smallvec::SmallVec;

use crate::syntax::ast::ChanDir;
use crate::types::store::{PkgId, Store, TypeId};
use crate::types::ty::{Basic, Term, Type};
use crate::types::universe::COMPARABLE;

/// The types that an interface admits, methods aside.
#[derive(Clone, Debug, Default)]
pub struct TypeSet {
    /// The terms, none of which includes another; none if there is no restriction.
    pub terms: Option<Vec<Term>>,
    /// Whether only comparable types are in it; false if there are terms.
    pub comparable: bool,
}

impl TypeSet {
    /// Whether no type is in it.
    pub fn is_empty(&self) -> bool {
        self.terms.as_ref().is_some_and(Vec::is_empty)
    }
}

/// A type and what underlies it; none for a type parameter that may be any type.
pub type Under = (TypeId, Option<TypeId>);

impl Store {
    /// Whether `t` is a type parameter.
    pub fn is_type_param(&self, t: TypeId) -> bool {
        matches!(self[t], Type::TypeParam(_))
    }

    /// The type set of an interface, union or type parameter; for any other type just that.
    pub fn type_set(&self, t: TypeId) -> Arc<TypeSet> {
        let mut settled = true;
        self.compute_set(t, &mut Vec::new(), &mut settled)
    }

    /// `settled` turns false if a type was met that is still being declared.
    fn compute_set(&self, t: TypeId, open: &mut Vec<TypeId>, settled: &mut bool) -> Arc<TypeSet> {
        let t = if self.is_type_param(t) { self.bound(t) } else { t };
        let u = self.under(t);
        let one = |terms| {
            Arc::new(TypeSet {
                terms,
                comparable: false,
            })
        };
        match &self[u] {
            Type::Basic(Basic::Invalid) => {
                *settled = false;
                one(None)
            }
            Type::TypeParam(_) => one(None),
            Type::Union(terms) => one(self.union_terms(terms, open, settled)),
            Type::Interface(i) => {
                if let Some(set) = i.tset.get() {
                    return set.clone();
                }
                if u == self.under(COMPARABLE) {
                    return Arc::new(TypeSet {
                        terms: None,
                        comparable: true,
                    });
                }
                if open.contains(&u) {
                    *settled = false;
                    return one(None);
                }
                open.push(u);
                let mut own_settled = true;
                let mut set = TypeSet::default();
                for &(e, _) in &i.embeds {
                    let other = self.compute_set(e, open, &mut own_settled);
                    set = self.intersect_sets(set, &other);
                }
                open.pop();
                let set = Arc::new(set);
                *settled &= own_settled;
                if own_settled {
                    i.tset.get_or_init(|| set).clone()
                } else {
                    set
                }
            }
            _ => one(Some(vec![Term { tilde: false, ty: t }])),
        }
    }

    fn union_terms(&self, terms: &[Term], open: &mut Vec<TypeId>, settled: &mut bool) -> Option<Vec<Term>> {
        let mut all: Vec<Term> = Vec::new();
        for x in terms {
            let u = self.under(x.ty);
            match &self[u] {
                Type::Basic(Basic::Invalid) => *settled = false,
                Type::Interface(_) => {
                    let set = self.compute_set(u, open, settled);
                    all.extend_from_slice(set.terms.as_ref()?);
                }
                _ if x.tilde && !self.identical(x.ty, u) => {}
                _ => all.push(*x),
            }
        }
        Some(self.norm_terms(all))
    }

    /// Leaves out terms that others include.
    fn norm_terms(&self, list: Vec<Term>) -> Vec<Term> {
        let mut out: Vec<Term> = Vec::with_capacity(list.len());
        'terms: for x in list {
            for y in &mut out {
                if !self.disjoint(x, *y) {
                    y.tilde |= x.tilde;
                    if x.tilde {
                        y.ty = x.ty;
                    }
                    continue 'terms;
                }
            }
            out.push(x);
        }
        out
    }

    fn intersect_sets(&self, x: TypeSet, y: &TypeSet) -> TypeSet {
        let mut comparable = x.comparable || y.comparable;
        let mut terms = match (x.terms, &y.terms) {
            (None, None) => None,
            (Some(a), None) => Some(a),
            (None, Some(b)) => Some(b.clone()),
            (Some(a), Some(b)) => {
                let mut both = Vec::new();
                for &s in &a {
                    for &t in b {
                        if !self.disjoint(s, t) {
                            both.push(if !s.tilde || t.tilde { s } else { t });
                        }
                    }
                }
                Some(self.norm_terms(both))
            }
        };
        if let (true, Some(list)) = (comparable, &mut terms) {
            list.retain(|t| self.strictly_comparable(t.ty));
            comparable = false;
        }
        TypeSet { terms, comparable }
    }

    /// Whether no type is in both terms.
    pub fn disjoint(&self, x: Term, y: Term) -> bool {
        let ux = if y.tilde { self.under(x.ty) } else { x.ty };
        let uy = if x.tilde { self.under(y.ty) } else { y.ty };
        !self.identical(ux, uy)
    }

    /// Whether type `t` is in term `x`.
    pub fn term_includes(&self, x: Term, t: TypeId) -> bool {
        self.identical(x.ty, if x.tilde { self.under(t) } else { t })
    }

    /// Whether all of `x` is in `y`; terms only.
    pub fn subset(&self, x: &TypeSet, y: &TypeSet) -> bool {
        match (&x.terms, &y.terms) {
            (_, None) => true,
            (None, _) => false,
            (Some(a), Some(b)) => a
                .iter()
                .all(|&s| b.iter().any(|&t| !self.disjoint(s, t) && (!s.tilde || t.tilde))),
        }
    }

    /// Whether two interfaces admit the same types, methods aside.
    pub fn same_sets(&self, x: TypeId, y: TypeId) -> bool {
        let (a, b) = (self.type_set(x), self.type_set(y));
        a.comparable == b.comparable && self.subset(&a, &b) && self.subset(&b, &a)
    }

    /// Whether all types in the type set of interface or type parameter `t` are comparable for sure.
    pub fn set_comparable(&self, t: TypeId) -> bool {
        let set = self.type_set(t);
        let Some(terms) = &set.terms else {
            return set.comparable;
        };
        // A constraint may lead back to its type parameter.
        let open = || {
            self.instances
                .comparing
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if open().contains(&t) {
            return true;
        }
        open().push(t);
        let all = !terms.is_empty() && terms.iter().all(|t| self.strictly_comparable(t.ty));
        open().pop();
        all
    }

    /// What may underlie values of type `t`: for a type parameter one entry for each term of its type
    /// set, or a single one without underlying type if there are no terms, or no types at all.
    pub fn unders(&self, t: TypeId) -> SmallVec<[Under; 4]> {
        if !self.is_type_param(t) {
            return SmallVec::from_slice(&[(t, Some(self.under(t)))]);
        }
        match &self.type_set(t).terms {
            None => SmallVec::from_slice(&[(t, None)]),
            Some(terms) if terms.is_empty() => SmallVec::from_slice(&[(t, None)]),
            Some(terms) => terms.iter().map(|x| (x.ty, Some(self.under(x.ty)))).collect(),
        }
    }

    /// Whether `f` holds for all that may underlie `t`.
    pub fn under_is(&self, t: TypeId, mut f: impl FnMut(TypeId) -> bool) -> bool {
        self.unders(t).iter().all(|&(_, u)| u.is_some_and(&mut f))
    }

    /// The type that underlies all types in the type set of `t`; for a type that is no type parameter its
    /// underlying type.
    pub fn core(&self, t: TypeId) -> Option<TypeId> {
        if !self.is_type_param(t) {
            return Some(self.under(t));
        }
        self.common_under(t, PkgId(0), |_, _| Ok(())).ok()
    }

    /// The core type, itself.
    pub fn core_type(&self, t: TypeId) -> Option<&Type> {
        self.core(t).map(|t| &self[t])
    }

    /// The type that underlies all types in the type set of `t`, all of which must be fit for `cond`. Of
    /// channel types that differ in direction only, the directed one.
    ///
    /// # Errors
    /// Why there is none, naming types as package `from` does.
    pub fn common_under(
        &self,
        t: TypeId,
        from: PkgId,
        cond: impl Fn(TypeId, Option<TypeId>) -> Result<(), String>,
    ) -> Result<TypeId, String> {
        let text = |t| self.type_string(t, from);
        let mut common: Option<(TypeId, TypeId)> = None;
        for (t, u) in self.unders(t) {
            cond(t, u)?;
            let Some(u) = u else {
                return Err("no specific type".to_owned());
            };
            let Some((ct, cu)) = common else {
                common = Some((t, u));
                continue;
            };
            if let (&Type::Chan(cd, ce), &Type::Chan(d, e)) = (&self[cu], &self[u]) {
                if !self.identical(ce, e) {
                    return Err(format!(
                        "channels {} and {} have different element types",
                        text(ct),
                        text(t)
                    ));
                }
                if cd == ChanDir::Both {
                    common = Some((t, u));
                } else if d != cd && d != ChanDir::Both {
                    return Err(format!(
                        "channels {} and {} have conflicting directions",
                        text(ct),
                        text(t)
                    ));
                }
                continue;
            }
            if !self.identical(cu, u) {
                return Err(format!(
                    "{} and {} have different underlying types",
                    text(ct),
                    text(t)
                ));
            }
        }
        common.map(|(_, u)| u).ok_or_else(String::new)
    }

    /// The only term of the type set of `p`, and true; else the core type as a term, with a tilde if any
    /// term has one.
    pub(crate) fn core_term(&self, p: TypeId) -> Option<(Term, bool)> {
        let set = self.type_set(p);
        let terms = set.terms.as_ref()?;
        if let [one] = terms[..] {
            return Some((one, true));
        }
        let ty = self.core(p)?;
        Some((
            Term {
                tilde: terms.iter().any(|t| t.tilde),
                ty,
            },
            false,
        ))
    }

    /// Terms as messages show them.
    pub fn terms_text(&self, terms: &[Term], from: PkgId) -> String {
        if terms.is_empty() {
            return "∅".to_owned();
        }
        let one = |t: &Term| {
            format!(
                "{}{}",
                if t.tilde { "~" } else { "" },
                self.type_string(t.ty, from)
            )
        };
        terms.iter().map(one).collect::<Vec<_>>().join(" | ")
    }
}
