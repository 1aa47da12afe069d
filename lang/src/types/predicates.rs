//! What can be said about types without reporting anything: kinds, identity, comparability.
//!
//! The `is_…` predicates look at the underlying type; of a type parameter, those about basic types look at
//! all types in its type set, and it is neither an interface nor a pointer. Types are not interned, so identity is a walk over
//! both, a list of pairs and no recursion. It ends because named types are compared by id, and because a
//! pair met again is taken to be identical (only through an interface's methods can a type reach itself
//! without a name on the way).

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::syntax::ast::Name;
use crate::types::object::Object;
use crate::types::store::{ObjId, PkgId, Store, TypeId};
use crate::types::ty::{Basic, Signature, Struct, Type};

/// Whether `t` is an untyped basic type. Named types never are.
#[inline]
pub fn is_untyped(t: TypeId) -> bool {
    (Basic::UntypedBool.id()..=Basic::UntypedNil.id()).contains(&t)
}

/// The type that a value of untyped type `t` gets by itself; any other type, and untyped nil, is its own.
#[inline]
pub fn default_type(t: TypeId) -> TypeId {
    const BOOL: TypeId = Basic::UntypedBool.id();
    const INT: TypeId = Basic::UntypedInt.id();
    const RUNE: TypeId = Basic::UntypedRune.id();
    const FLOAT: TypeId = Basic::UntypedFloat.id();
    const COMPLEX: TypeId = Basic::UntypedComplex.id();
    const STRING: TypeId = Basic::UntypedString.id();
    match t {
        BOOL => Basic::Bool.id(),
        INT => Basic::Int.id(),
        RUNE => Basic::Rune.id(),
        FLOAT => Basic::Float64.id(),
        COMPLEX => Basic::Complex128.id(),
        STRING => Basic::String.id(),
        _ => t,
    }
}

/// Pairs of interfaces whose comparison is under way.
struct Pairs {
    todo: SmallVec<[(TypeId, TypeId); 8]>,
    seen: FxHashSet<(TypeId, TypeId)>,
}

impl Pairs {
    /// Adds a pair to compare.
    fn push(&mut self, x: TypeId, y: TypeId) {
        if x != y {
            self.todo.push((x, y));
        }
    }

    /// The pairs added since there were `start` are the parts of `x` and `y`: drops them if these were
    /// met before. Only types with several parts can be met too often; interfaces can meet themselves.
    fn settle(&mut self, start: usize, x: TypeId, y: TypeId, at_least: usize) {
        if self.todo.len() - start >= at_least && !self.seen.insert((x, y)) {
            self.todo.truncate(start);
        }
    }
}

impl Store {
    /// The basic type that underlies `t`.
    #[inline]
    pub fn basic(&self, t: TypeId) -> Option<Basic> {
        match self.under_type(t) {
            Type::Basic(b) => Some(*b),
            _ => None,
        }
    }

    fn is_basic(&self, t: TypeId, pred: impl Fn(Basic) -> bool) -> bool {
        match self.under_type(t) {
            Type::Basic(b) => pred(*b),
            Type::TypeParam(_) => self.under_is(t, |u| self.basic(u).is_some_and(&pred)),
            _ => false,
        }
    }

    /// Booleans, typed and untyped.
    #[inline]
    pub fn is_boolean(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_boolean)
    }

    /// Integers, typed and untyped.
    #[inline]
    pub fn is_integer(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_integer)
    }

    /// Unsigned integers.
    pub fn is_unsigned(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_unsigned)
    }

    /// Floats, typed and untyped.
    pub fn is_float(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_float)
    }

    /// Complex numbers, typed and untyped.
    pub fn is_complex(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_complex)
    }

    /// Numbers of any kind.
    #[inline]
    pub fn is_numeric(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_numeric)
    }

    /// Strings, typed and untyped.
    #[inline]
    pub fn is_string(&self, t: TypeId) -> bool {
        self.is_basic(t, Basic::is_string)
    }

    /// What `+` takes.
    pub fn is_numeric_or_string(&self, t: TypeId) -> bool {
        self.is_basic(t, |b| b.is_numeric() || b.is_string())
    }

    /// What `<` takes.
    pub fn is_ordered(&self, t: TypeId) -> bool {
        self.is_basic(t, |b| b.is_integer() || b.is_float() || b.is_string())
    }

    /// What constants may have as type.
    pub fn is_const_type(&self, t: TypeId) -> bool {
        self.basic(t)
            .is_some_and(|b| b.is_boolean() || b.is_numeric() || b.is_string())
    }

    /// Pointers, named ones included; not `unsafe.Pointer`.
    pub fn is_pointer(&self, t: TypeId) -> bool {
        matches!(self.under_type(t), Type::Pointer(_))
    }

    /// Interfaces.
    #[inline]
    pub fn is_interface(&self, t: TypeId) -> bool {
        matches!(self.under_type(t), Type::Interface(_))
    }

    /// Pointers to interfaces.
    pub fn is_interface_ptr(&self, t: TypeId) -> bool {
        matches!(self.under_type(t), Type::Pointer(b) if self.is_interface(*b) || self.is_type_param(*b))
    }

    /// `[]byte`, `[]rune` and whatever has one of them underneath.
    pub fn is_bytes_or_runes(&self, t: TypeId) -> bool {
        match self.under_type(t) {
            Type::Slice(e) => self
                .basic(*e)
                .is_some_and(|b| matches!(b.canonical(), Basic::Uint8 | Basic::Int32)),
            _ => false,
        }
    }

    /// Whether the type has a name: predeclared, defined, or a type parameter.
    #[inline]
    pub fn has_name(&self, t: TypeId) -> bool {
        matches!(self[t], Type::Basic(_) | Type::Named(_) | Type::TypeParam(_))
    }

    /// Whether `nil` is a value of `t`.
    pub fn has_nil(&self, t: TypeId) -> bool {
        match self.under_type(t) {
            Type::Basic(b) => *b == Basic::UnsafePointer,
            Type::Slice(_)
            | Type::Pointer(_)
            | Type::Signature(_)
            | Type::Map(..)
            | Type::Chan(..)
            | Type::Interface(_) => true,
            Type::TypeParam(_) => self.under_is(t, |u| self.has_nil(u)),
            _ => false,
        }
    }

    /// The base of an unnamed pointer type; the type itself, and false, for all else.
    pub fn deref(&self, t: TypeId) -> (TypeId, bool) {
        match self[t] {
            Type::Pointer(b) => (b, true),
            _ => (t, false),
        }
    }

    /// What the composite type is, in a word; none for basic types.
    pub fn composite_kind(&self, t: TypeId) -> Option<&'static str> {
        Some(match self.under_type(t) {
            Type::Basic(_) | Type::Named(_) | Type::TypeParam(_) => return None,
            Type::Pointer(_) => "pointer",
            Type::Slice(_) => "slice",
            Type::Array(..) => "array",
            Type::Map(..) => "map",
            Type::Chan(..) => "chan",
            Type::Struct(_) => "struct",
            Type::Tuple(_) => "tuple",
            Type::Signature(_) => "func",
            Type::Interface(_) => "interface",
            Type::Union(_) => "union",
        })
    }

    /// Whether `==` is defined on values of `t`; it may still panic for interfaces.
    pub fn comparable(&self, t: TypeId) -> bool {
        self.all_parts(t, |t, u| match u {
            Type::Basic(b) => *b != Basic::UntypedNil,
            Type::Pointer(_) | Type::Chan(..) | Type::Interface(_) => true,
            Type::TypeParam(_) => self.set_comparable(t),
            _ => false,
        })
    }

    /// Whether `==` is defined on values of `t` and never panics.
    pub fn strictly_comparable(&self, t: TypeId) -> bool {
        self.all_parts(t, |t, u| match u {
            Type::Basic(b) => *b != Basic::UntypedNil,
            Type::Pointer(_) | Type::Chan(..) => true,
            Type::TypeParam(_) | Type::Interface(_) => self.set_comparable(t),
            _ => false,
        })
    }

    /// Whether `ok` holds for all that `t` consists of, structs and arrays taken apart. Each type is
    /// looked at once, so neither depth nor sharing costs anything.
    fn all_parts(&self, t: TypeId, ok: impl Fn(TypeId, &Type) -> bool) -> bool {
        let mut todo: SmallVec<[TypeId; 8]> = SmallVec::from_slice(&[t]);
        let mut seen = FxHashSet::default();
        while let Some(t) = todo.pop() {
            let u = self.under(t);
            match &self[u] {
                Type::Struct(s) => {
                    if seen.insert(u) {
                        todo.extend(s.fields.iter().rev().map(|&f| self[f].ty));
                    }
                }
                Type::Array(e, _) => todo.push(*e),
                part if ok(u, part) => {}
                _ => return false,
            }
        }
        true
    }

    /// Whether field or method `o` is what `name`, written in package `pkg`, means; `fold` ignores case,
    /// and then visibility.
    pub fn same_id(&self, o: &Object, pkg: PkgId, name: &str, fold: bool) -> bool {
        if fold && eq_fold(&o.name, name) {
            return true;
        }
        *o.name == *name && (o.pkg == Some(pkg) || o.exported())
    }

    /// Whether two types are the same.
    #[inline]
    pub fn identical(&self, x: TypeId, y: TypeId) -> bool {
        x == y || self.identical_types(x, y, false)
    }

    /// Whether two types are the same but for struct tags.
    pub fn identical_ignore_tags(&self, x: TypeId, y: TypeId) -> bool {
        x == y || self.identical_types(x, y, true)
    }

    /// Types are the same if all their parts are. Each pair is looked at once: should it turn out to
    /// differ, so do the types; and types that contain themselves come to an end.
    fn identical_types(&self, x: TypeId, y: TypeId, no_tags: bool) -> bool {
        let mut pairs = Pairs {
            todo: SmallVec::from_slice(&[(x, y)]),
            seen: FxHashSet::default(),
        };
        while let Some((x, y)) = pairs.todo.pop() {
            if x != y && !self.same_shape(x, y, no_tags, &mut pairs) {
                return false;
            }
        }
        true
    }

    /// Whether two types are the same if their parts are, which are added to `pairs`.
    fn same_shape(&self, x: TypeId, y: TypeId, no_tags: bool, pairs: &mut Pairs) -> bool {
        let start = pairs.todo.len();
        let (x, y) = (self.unalias(x), self.unalias(y));
        if x == y {
            return true;
        }
        match (&self[x], &self[y]) {
            (Type::Basic(a), Type::Basic(b)) => a.canonical() == b.canonical(),
            // A length unknown because of an error is any length.
            (Type::Array(a, n), Type::Array(b, m)) => {
                pairs.push(*a, *b);
                *n < 0 || *m < 0 || n == m
            }
            (Type::Slice(a), Type::Slice(b)) | (Type::Pointer(a), Type::Pointer(b)) => {
                pairs.push(*a, *b);
                true
            }
            (Type::Map(k, v), Type::Map(l, w)) => {
                pairs.push(*v, *w);
                pairs.push(*k, *l);
                pairs.settle(start, x, y, 2);
                true
            }
            (Type::Chan(d, a), Type::Chan(e, b)) => {
                pairs.push(*a, *b);
                d == e
            }
            (Type::Struct(a), Type::Struct(b)) => {
                let same = self.same_fields(a, b, no_tags, pairs);
                pairs.settle(start, x, y, 2);
                same
            }
            (Type::Tuple(a), Type::Tuple(b)) => self.same_vars(a, b, pairs),
            (Type::Signature(a), Type::Signature(b)) if !a.tparams.is_empty() => {
                self.same_generic(a, b, y, pairs)
            }
            (Type::Signature(a), Type::Signature(b)) => {
                let same = a.variadic == b.variadic
                    && self.same_vars(&a.params, &b.params, pairs)
                    && b.tparams.is_empty()
                    && self.same_vars(&a.results, &b.results, pairs);
                pairs.settle(start, x, y, 2);
                same
            }
            (Type::Interface(a), Type::Interface(b)) => {
                let (only_a, only_b) = (a.constraint_only, b.constraint_only);
                let (a, b) = (self.all_methods(x), self.all_methods(y));
                a.iter()
                    .zip(b.iter())
                    .for_each(|(&m, &n)| pairs.push(self[m].ty, self[n].ty));
                pairs.settle(start, x, y, 1);
                only_a == only_b
                    && (!only_a || self.same_sets(x, y))
                    && a.len() == b.len()
                    && a.iter().zip(b.iter()).all(|(&m, &n)| self.same_method_name(m, n))
            }
            (Type::Named(a), Type::Named(b)) => {
                // Instances of one type are the same id, but for some made before they could be compared.
                let (a_args, b_args) = (self.type_args(x), self.type_args(y));
                a_args.iter().zip(b_args).for_each(|(&a, &b)| pairs.push(a, b));
                a.obj == b.obj && !a_args.is_empty() && a_args.len() == b_args.len()
            }
            (Type::Union(_), Type::Union(_)) => self.same_sets(x, y),
            _ => false,
        }
    }

    /// Generic functions are of the same type if they are after renaming the type parameters.
    fn same_generic(&self, a: &Signature, b: &Signature, y: TypeId, pairs: &mut Pairs) -> bool {
        if a.tparams.len() != b.tparams.len() || a.variadic != b.variadic {
            return false;
        }
        for (&p, &q) in a.tparams.iter().zip(&b.tparams) {
            pairs.push(self.bound(p), self.subst(self.bound(q), &b.tparams, &a.tparams));
        }
        let renamed = self.subst(y, &b.tparams, &a.tparams);
        let Type::Signature(b) = &self[renamed] else {
            return false;
        };
        self.same_vars(&a.params, &b.params, pairs) && self.same_vars(&a.results, &b.results, pairs)
    }

    fn same_fields(&self, a: &Struct, b: &Struct, no_tags: bool, pairs: &mut Pairs) -> bool {
        let tag = |tags: &[Name], i: usize| tags.get(i).cloned().unwrap_or_default();
        let embedded = |o: &Object| o.as_var().is_some_and(|v| v.embedded);
        let untagged = no_tags || a.tags.is_empty() && b.tags.is_empty();
        let fields = || a.fields.iter().zip(&b.fields);
        fields().for_each(|(&f, &g)| pairs.push(self[f].ty, self[g].ty));
        a.fields.len() == b.fields.len()
            && fields().enumerate().all(|(i, (&f, &g))| {
                let (f, g) = (&self[f], &self[g]);
                embedded(f) == embedded(g)
                    && f.name == g.name
                    && (f.pkg == g.pkg || f.exported())
                    && (untagged || tag(&a.tags, i) == tag(&b.tags, i))
            })
    }

    fn same_vars(&self, a: &[ObjId], b: &[ObjId], pairs: &mut Pairs) -> bool {
        a.iter()
            .zip(b)
            .for_each(|(&v, &w)| pairs.push(self[v].ty, self[w].ty));
        a.len() == b.len()
    }
}

/// The larger of two untyped types, for operands that are both untyped; none if they do not mix.
pub fn max_type(x: TypeId, y: TypeId) -> Option<TypeId> {
    if x == y {
        return Some(x);
    }
    let numeric = |t: TypeId| (Basic::UntypedInt.id()..=Basic::UntypedComplex.id()).contains(&t);
    (numeric(x) && numeric(y)).then(|| x.max(y))
}

/// Whether two names differ in case only.
pub fn eq_fold(a: &str, b: &str) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    let fold = |s: &str| {
        s.chars()
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    fold(a) == fold(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Pos, Span};
    use crate::syntax::ast::ChanDir;
    use crate::types::object::{ObjKind, Var};
    use crate::types::ty::{Named, Struct};
    use crate::types::universe::{ANY, EMPTY_INTERFACE, ERROR};

    fn var(s: &mut Store, name: &str, ty: TypeId) -> ObjId {
        let kind = ObjKind::Var(Var {
            is_field: true,
            ..Var::default()
        });
        let pkg = Some(PkgId(0));
        s.new_object(Object {
            name: name.into(),
            pkg,
            ty,
            span: Span::NOWHERE,
            scope: None,
            visible_from: Pos(0),
            kind,
        })
    }

    #[test]
    fn identity_is_structural_but_for_names() {
        let mut s = Store::new();
        let (int, string) = (Basic::Int.id(), Basic::String.id());
        let a = s.new_type(Type::Slice(int));
        let b = s.new_type(Type::Slice(int));
        assert!(s.identical(a, b));
        assert!(s.identical(Basic::Byte.id(), Basic::Uint8.id()));
        assert!(!s.identical(Basic::Rune.id(), Basic::Uint8.id()));
        assert!(s.identical(ANY, EMPTY_INTERFACE));
        assert!(!s.identical(ANY, ERROR));
        let m = s.new_type(Type::Map(string, a));
        let n = s.new_type(Type::Map(string, b));
        assert!(s.identical(m, n));
        let c = s.new_type(Type::Chan(ChanDir::Send, m));
        let d = s.new_type(Type::Chan(ChanDir::Recv, n));
        assert!(!s.identical(c, d));
        let obj = var(&mut s, "T", int);
        let t = s.new_type(Type::Named(Named {
            obj,
            underlying: a,
            methods: vec![],
            generic: None,
        }));
        let u = s.new_type(Type::Named(Named {
            obj,
            underlying: a,
            methods: vec![],
            generic: None,
        }));
        assert!(!s.identical(t, u));
        let (f, g) = (var(&mut s, "f", a), var(&mut s, "f", b));
        let x = s.new_type(Type::Struct(Struct {
            fields: vec![f],
            tags: vec![],
        }));
        let y = s.new_type(Type::Struct(Struct {
            fields: vec![g],
            tags: vec!["tag".into()],
        }));
        assert!(!s.identical(x, y));
        assert!(s.identical_ignore_tags(x, y));
        assert!(!s.comparable(x) && !s.comparable(a) && s.comparable(ANY) && !s.strictly_comparable(ANY));
    }

    #[test]
    fn defaults_and_largest() {
        assert_eq!(default_type(Basic::UntypedRune.id()), Basic::Rune.id());
        assert_eq!(default_type(Basic::UntypedNil.id()), Basic::UntypedNil.id());
        let (i, f, s) = (
            Basic::UntypedInt.id(),
            Basic::UntypedFloat.id(),
            Basic::UntypedString.id(),
        );
        assert_eq!(max_type(i, f), Some(f));
        assert_eq!(max_type(s, f), None);
        assert!(eq_fold("fOO", "Foo") && eq_fold("Äb", "äB") && !eq_fold("a", "b"));
    }
}
