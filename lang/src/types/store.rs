//! The arena of a session: every type, object, scope and package, each named by a small id.
//!
//! Ids stay valid for good; nothing is removed. Types are not interned: use
//! [`Store::identical`](crate::types::predicates) to compare them. Packages share one store, so a type
//! means the same in all of them.

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
                &self.$field[id.index()]
            }
        }

        impl std::ops::IndexMut<$name> for Store {
            fn index_mut(&mut self, id: $name) -> &mut $item {
                &mut self.$field[id.index()]
            }
        })*

        /// All types, objects, scopes and packages of a session.
        #[derive(Debug)]
        pub struct Store {
            $(pub(crate) $field: Vec<$item>,)*
        }

        impl Store {
            pub(crate) fn empty() -> Store {
                Store { $($field: Vec::new(),)* }
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

impl Store {
    /// Adds a type.
    pub fn new_type(&mut self, t: Type) -> TypeId {
        self.types.push(t);
        TypeId(self.types.len() as u32 - 1)
    }

    /// Adds an object.
    pub fn new_object(&mut self, o: Object) -> ObjId {
        self.objects.push(o);
        ObjId(self.objects.len() as u32 - 1)
    }

    /// Adds a scope.
    pub fn new_scope(&mut self, s: Scope) -> ScopeId {
        self.scopes.push(s);
        ScopeId(self.scopes.len() as u32 - 1)
    }

    /// Adds a package.
    pub fn new_package(&mut self, p: Package) -> PkgId {
        self.packages.push(p);
        PkgId(self.packages.len() as u32 - 1)
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
