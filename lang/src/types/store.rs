//! The arena of a session: every type, object, scope and package, each named by a small id.
//!
//! Ids stay valid for good; nothing is removed. Types are not interned: use
//! [`Store::identical`](crate::types::predicates) to compare them. Packages share one store, so a type
//! means the same in all of them.
//!
//! Adding needs no exclusive access (see [`arena`](crate::types::arena)), changing does.

use std::sync::Mutex;

use rustc_hash::FxHashMap;

use crate::types::arena::Arena;
use crate::types::object::{Object, Package, Scope};
use crate::types::ty::Type;

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
                self.$field.get(id.0).expect("ids name what was added")
            }
        }

        impl std::ops::IndexMut<$name> for Store {
            fn index_mut(&mut self, id: $name) -> &mut $item {
                self.$field.get_mut(id.0).expect("ids name what was added")
            }
        })*

        /// All types, objects, scopes and packages of a session.
        #[derive(Debug)]
        pub struct Store {
            $(pub(crate) $field: Arena<$item>,)*
            pub(crate) instances: Instances,
        }

        impl Store {
            pub(crate) fn empty() -> Store {
                Store { $($field: Arena::new(),)* instances: Instances::default() }
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
