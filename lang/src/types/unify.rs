//! Unification: making two types the same by choosing types for type parameters.
//!
//! Type parameters that were matched with each other share one slot. Inexact unification lets a defined
//! type match its underlying type, ignores channel directions, and lets an interface match what has its
//! methods; for types that are assigned that holds at the top only. After `unify.go` of types2.

use crate::syntax::ast::ChanDir;
use crate::types::checker::Checker;
use crate::types::lookup::Lookup;
use crate::types::object::ObjKind;
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::Type;
use crate::types::universe::UNKNOWN;

/// How exact two types must match: a set of the bits below.
pub(super) type Mode = u8;

/// The types meet in an assignment: they may match inexactly at the top, their parts must match exactly.
pub(super) const ASSIGN: Mode = 1;
/// The types must be identical.
pub(super) const EXACT: Mode = 2;

/// Deeper types do not unify.
const MAX_DEPTH: u32 = 100;

/// The types chosen so far.
#[derive(Debug)]
pub(super) struct Unifier {
    params: Vec<TypeId>,
    /// For each type parameter its slot.
    slots: Vec<usize>,
    /// The types chosen, or [`UNKNOWN`].
    types: Vec<TypeId>,
    depth: u32,
    /// Pairs of interfaces being compared.
    open: Vec<(TypeId, TypeId)>,
    /// Whether interfaces unify with types that have their methods (since Go 1.21).
    interfaces: bool,
}

impl Unifier {
    pub(super) fn new(params: &[TypeId], given: &[TypeId], interfaces: bool) -> Unifier {
        Unifier {
            params: params.to_vec(),
            slots: (0..params.len()).collect(),
            types: given.to_vec(),
            depth: 0,
            open: Vec::new(),
            interfaces,
        }
    }

    fn index(&self, t: TypeId) -> Option<usize> {
        self.params.iter().position(|&p| p == t)
    }

    /// The type chosen for `p`, or [`UNKNOWN`].
    pub(super) fn at(&self, p: TypeId) -> TypeId {
        self.index(p).map_or(UNKNOWN, |i| self.types[self.slots[i]])
    }

    /// Chooses `t` for `p`.
    pub(super) fn set(&mut self, p: TypeId, t: TypeId) {
        if let Some(i) = self.index(p) {
            let slot = self.slots[i];
            self.types[slot] = t;
        }
    }

    /// How many type parameters have no type yet.
    pub(super) fn unknowns(&self) -> usize {
        self.slots.iter().filter(|&&s| self.types[s] == UNKNOWN).count()
    }

    /// The types chosen for `params`.
    pub(super) fn inferred(&self, params: &[TypeId]) -> Vec<TypeId> {
        params.iter().map(|&p| self.at(p)).collect()
    }

    /// Lets two type parameters share a slot; false if both have a type.
    fn join(&mut self, x: usize, y: usize) -> bool {
        let (sx, sy) = (self.slots[x], self.slots[y]);
        if sx == sy {
            return true;
        }
        let (from, to) = match (self.types[sx] != UNKNOWN, self.types[sy] != UNKNOWN) {
            (true, true) => return false,
            (true, false) => (sy, sx),
            _ => (sx, sy),
        };
        self.slots
            .iter_mut()
            .filter(|s| **s == from)
            .for_each(|s| *s = to);
        true
    }
}

impl<'a> Checker<'a> {
    /// Whether `x` and `y` can be made the same.
    pub(super) fn unify(&mut self, u: &mut Unifier, x: TypeId, y: TypeId, mode: Mode) -> bool {
        let (ux, uy) = (self.store.unalias(x), self.store.unalias(y));
        if ux == uy {
            return true;
        }
        // Names are kept for what is inferred; type parameters are known by their ids.
        let x = if self.store.is_type_param(ux) { ux } else { x };
        let y = if self.store.is_type_param(uy) { uy } else { y };
        if u.depth > MAX_DEPTH {
            return false;
        }
        u.depth += 1;
        let ok = self.nify(u, x, y, mode);
        u.depth -= 1;
        ok
    }

    fn is_named(&self, t: TypeId) -> bool {
        matches!(self.store[t], Type::Named(_))
    }

    fn nify(&mut self, u: &mut Unifier, mut x: TypeId, mut y: TypeId, mode: Mode) -> bool {
        // A defined type goes to y, a type parameter to be chosen for to x.
        if self.is_named(x) || u.index(y).is_some() {
            (x, y) = (y, x);
        }
        let literal = !matches!(self.store[x], Type::Named(_) | Type::TypeParam(_));
        if mode & EXACT == 0 && self.is_named(y) && literal && !(u.interfaces && self.store.is_interface(x)) {
            y = self.store.under(y);
            if x == y {
                return true;
            }
        }
        match (u.index(x), u.index(y)) {
            (Some(px), Some(py)) => {
                if u.join(px, py) {
                    return true;
                }
                let (tx, ty) = (u.at(x), u.at(y));
                return self.unify(u, tx, ty, mode);
            }
            (Some(_), None) => return self.unify_param(u, x, y, mode),
            _ => {}
        }
        if u.interfaces && mode & EXACT == 0 {
            let (xi, yi) = (self.store.is_interface(x), self.store.is_interface(y));
            if xi && yi {
                return self.unify_interfaces(u, x, y, false);
            }
            if xi || yi {
                let (i, t) = if xi { (x, y) } else { (y, x) };
                return self.unify_methods(u, i, t);
            }
        }
        if self.store.is_type_param(y) {
            (x, y) = (y, x);
        }
        if self.store.is_type_param(x) {
            // Not to be chosen for: what is known of it is its core type.
            return match self.store.core(x) {
                Some(core) => self.unify(u, core, y, ASSIGN),
                None => false,
            };
        }
        self.unify_parts(u, x, y, mode)
    }

    /// Unifies type parameter `p` with `y`, which is none.
    fn unify_param(&mut self, u: &mut Unifier, p: TypeId, y: TypeId, mode: Mode) -> bool {
        let x = u.at(p);
        if x == UNKNOWN {
            u.set(p, y);
            return true;
        }
        if !self.unify(u, x, y, mode) {
            return false;
        }
        let (xi, yi) = (self.store.is_interface(x), self.store.is_interface(y));
        let (xn, yn) = (self.is_named(x), self.is_named(y));
        if xi && yi {
            if xn && yn {
                return self.store.identical(x, y);
            }
            if self.store.all_methods(x).len() != self.store.all_methods(y).len() {
                return false;
            }
        } else if xi || yi {
            return false;
        }
        // A defined type is preferred, so that its name is not lost, and then a directed channel.
        let directed = matches!(
            self.store.under_type(y),
            Type::Chan(ChanDir::Send | ChanDir::Recv, _)
        );
        if mode & EXACT == 0 && !xn && (yn || directed) {
            u.set(p, y);
        }
        true
    }

    /// Unifies interfaces: their methods must be the same, or, unless `exact`, those of one among those of
    /// the other.
    fn unify_interfaces(&mut self, u: &mut Unifier, x: TypeId, y: TypeId, exact: bool) -> bool {
        let (mut a, mut b) = (
            self.store.all_methods(x).to_vec(),
            self.store.all_methods(y).to_vec(),
        );
        if a.len() > b.len() {
            (a, b) = (b, a);
        }
        if exact && a.len() != b.len() || !self.store.same_sets(x, y) {
            return false;
        }
        if u.open.iter().any(|&p| p == (x, y) || p == (y, x)) {
            return true;
        }
        u.open.push((x, y));
        let ok = a.iter().all(|&m| {
            let other = b.iter().copied().find(|&n| self.store.same_method_name(m, n));
            other.is_some_and(|n| {
                let (m, n) = (self.store[m].ty, self.store[n].ty);
                self.unify(u, m, n, EXACT)
            })
        });
        u.open.pop();
        ok
    }

    /// Unifies the methods of interface `i` with those that `t` has.
    fn unify_methods(&mut self, u: &mut Unifier, i: TypeId, t: TypeId) -> bool {
        let methods = self.store.all_methods(i).to_vec();
        methods.into_iter().all(|m| {
            let pkg = self.store[m].pkg.unwrap_or(self.pkg);
            let found = self
                .store
                .lookup_field_or_method(t, false, pkg, &self.store[m].name, false);
            let Lookup::Found { obj, .. } = found else {
                return false;
            };
            if !matches!(self.store[obj].kind, ObjKind::Func(_)) {
                return false;
            }
            self.obj_decl(obj);
            let (want, have) = (self.store[m].ty, self.store[obj].ty);
            self.store.sig_params(have).is_empty() && self.unify(u, want, have, EXACT)
        })
    }

    fn unify_vars(&mut self, u: &mut Unifier, a: &[ObjId], b: &[ObjId], mode: Mode) -> bool {
        a.len() == b.len()
            && a.iter().zip(b).all(|(&v, &w)| {
                let (v, w) = (self.store[v].ty, self.store[w].ty);
                self.unify(u, v, w, mode)
            })
    }

    fn unify_parts(&mut self, u: &mut Unifier, x: TypeId, y: TypeId, mode: Mode) -> bool {
        let inner = if mode & ASSIGN != 0 { mode | EXACT } else { mode };
        match (self.store[x].clone(), self.store[y].clone()) {
            (Type::Basic(a), Type::Basic(b)) => a.canonical() == b.canonical(),
            (Type::Array(a, n), Type::Array(b, m)) => {
                (n < 0 || m < 0 || n == m) && self.unify(u, a, b, inner)
            }
            (Type::Slice(a), Type::Slice(b)) | (Type::Pointer(a), Type::Pointer(b)) => {
                self.unify(u, a, b, inner)
            }
            (Type::Map(k, v), Type::Map(l, w)) => self.unify(u, k, l, inner) && self.unify(u, v, w, inner),
            (Type::Chan(d, a), Type::Chan(e, b)) => {
                (mode & EXACT == 0 || d == e) && self.unify(u, a, b, inner)
            }
            (Type::Struct(a), Type::Struct(b)) => {
                let no_tags = a.tags.iter().chain(&b.tags).all(|t| t.is_empty());
                let same = |f: ObjId, g: ObjId| {
                    let (f, g) = (&self.store[f], &self.store[g]);
                    let embedded = |o: &crate::types::object::Object| o.as_var().is_some_and(|v| v.embedded);
                    f.name == g.name && (f.pkg == g.pkg || f.exported()) && embedded(f) == embedded(g)
                };
                a.fields.len() == b.fields.len()
                    && (no_tags || a.tags == b.tags)
                    && a.fields.iter().zip(&b.fields).all(|(&f, &g)| same(f, g))
                    && self.unify_vars(u, &a.fields, &b.fields, inner)
            }
            (Type::Tuple(a), Type::Tuple(b)) => self.unify_vars(u, &a, &b, mode),
            (Type::Signature(a), Type::Signature(b)) => {
                a.variadic == b.variadic
                    && self.unify_vars(u, &a.params, &b.params, inner)
                    && self.unify_vars(u, &a.results, &b.results, inner)
            }
            (Type::Interface(_), Type::Interface(_)) => self.unify_interfaces(u, x, y, true),
            (Type::Named(a), Type::Named(b)) => {
                let (xs, ys) = (self.store.type_args(x).to_vec(), self.store.type_args(y).to_vec());
                xs.len() == ys.len()
                    && xs.iter().zip(&ys).all(|(&s, &t)| self.unify(u, s, t, mode))
                    && a.obj == b.obj
            }
            _ => false,
        }
    }
}
