//! The arena of a session: every type, object, scope and package, each named by a small id.
//!
//! Ids stay valid for good; nothing is removed. Types are not interned: use
//! [`Store::identical`](crate::types::predicates) to compare them. Packages share one store, so a type
//! means the same in all of them.
//!
//! An alias has an id of its own among those of types, so that messages can name it; indexing gives the type it
//! stands for. Whoever compares ids, or keeps them as keys, takes [`Store::unalias`] of them first.
//!
//! Adding needs no exclusive access (see [`arena`](crate::types::arena)), changing does.

use std::sync::Mutex;

use rustc_hash::FxHashMap;

use crate::types::arena::Arena;
use crate::types::object::{Object, Package, Scope};
use crate::types::ty::{Basic, Type};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $field:ident: $item:ty;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The id as an index.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl std::ops::Index<$name> for Store {
            type Output = $item;
            fn index(&self, id: $name) -> &$item {
                let id = id.resolve(self);
                self.$field.get(id.0).expect("ids name what was added")
            }
        }

        impl std::ops::IndexMut<$name> for Store {
            fn index_mut(&mut self, id: $name) -> &mut $item {
                let id = id.resolve(self);
                self.$field.get_mut(id.0).expect("ids name what was added")
            }
        })*

        /// All types, objects, scopes and packages of a session.
        #[derive(Debug)]
        pub struct Store {
            $(pub(crate) $field: Arena<$item>,)*
            aliases: Arena<Alias>,
            pub(crate) instances: Instances,
        }

        impl Store {
            pub(crate) fn empty() -> Store {
                Store { $($field: Arena::new(),)* aliases: Arena::new(), instances: Instances::default() }
            }
        }
    };
}

ids! {
    /// Names a [`Type`]. The basic types have fixed ids: see [`crate::types::ty`].
    TypeId => types: Type;
    /// Names an [`Object`].
    ObjId => objects: Object;
    /// Names a [`Scope`].
    ScopeId => scopes: Scope;
    /// Names a [`Package`].
    PkgId => packages: Package;
}

/// Set in a [`TypeId`] that names an alias.
const ALIAS: u32 = 1 << 31;

/// No chain of aliases is longer than this; longer ones are cycles (reported elsewhere).
const MAX_ALIASES: usize = 1 << 16;

/// Another name for a type: `type A = T`, `A[int]` of a generic alias.
#[derive(Clone, Debug)]
pub struct Alias {
    /// Its type name.
    pub obj: ObjId,
    /// Of an instance: the type arguments.
    pub args: Vec<TypeId>,
    /// What it stands for, maybe an alias again.
    pub target: TypeId,
}

impl TypeId {
    #[inline]
    fn resolve(self, store: &Store) -> TypeId {
        store.unalias(self)
    }
}

/// Only types have aliases.
macro_rules! plain {
    ($($name:ident)*) => {
        $(impl $name {
            #[inline]
            fn resolve(self, _: &Store) -> $name {
                self
            }
        })*
    };
}

plain!(ObjId ScopeId PkgId);

/// The instances of generic types made so far, so that there is but one of each.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// By generic type and a hash of the type arguments.
    pub types: Mutex<FxHashMap<(TypeId, u64), Vec<TypeId>>>,
    /// Methods of instances, by instance and the method's place.
    pub methods: Mutex<FxHashMap<(TypeId, u32), ObjId>>,
    /// Instances whose origin's underlying type is being looked for.
    pub expanding: Mutex<Vec<TypeId>>,
    /// Type parameters whose type set's types are being looked at for whether they are comparable.
    pub comparing: Mutex<Vec<TypeId>>,
}

impl Store {
    /// Adds a type.
    pub fn new_type(&self, t: Type) -> TypeId {
        TypeId(self.types.push(t))
    }

    /// Adds an alias.
    pub fn new_alias(&self, obj: ObjId, args: Vec<TypeId>, target: TypeId) -> TypeId {
        TypeId(ALIAS | self.aliases.push(Alias { obj, args, target }))
    }

    /// Lets alias `t`, made before that was known, stand for `target`.
    pub fn set_alias(&mut self, t: TypeId, target: TypeId) {
        if let Some(a) = self.aliases.get_mut(t.0 & !ALIAS) {
            a.target = target;
        }
    }

    /// The alias that `t` is, if it is one.
    pub fn alias(&self, t: TypeId) -> Option<&Alias> {
        (t.0 & ALIAS != 0)
            .then(|| self.aliases.get(t.0 & !ALIAS))
            .flatten()
    }

    /// The type that `t` is, by whatever names.
    #[inline]
    pub fn unalias(&self, t: TypeId) -> TypeId {
        if t.0 & ALIAS == 0 { t } else { self.follow(t) }
    }

    fn follow(&self, t: TypeId) -> TypeId {
        let mut at = t;
        for _ in 0..MAX_ALIASES {
            match self.alias(at) {
                Some(a) => at = a.target,
                None => return at,
            }
        }
        Basic::Invalid.id()
    }

    /// Adds an object.
    pub fn new_object(&self, o: Object) -> ObjId {
        ObjId(self.objects.push(o))
    }

    /// Adds a scope.
    pub fn new_scope(&self, s: Scope) -> ScopeId {
        ScopeId(self.scopes.push(s))
    }

    /// Adds a package.
    pub fn new_package(&self, p: Package) -> PkgId {
        PkgId(self.packages.push(p))
    }

    /// Number of types so far.
    pub fn n_types(&self) -> usize {
        self.types.len()
    }

    /// Number of objects so far.
    pub fn n_objects(&self) -> usize {
        self.objects.len()
    }

    /// Number of packages so far.
    pub fn n_packages(&self) -> usize {
        self.packages.len()
    }
}
