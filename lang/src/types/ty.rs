//! Types, after `go/types`.
//!
//! A [`Type`] names its parts by [`TypeId`]; named types are distinct by their id, all others are
//! compared by structure. An alias is not a type of its own: it stands for what it names (see
//! [`Store::unalias`](crate::types::store::Store::unalias)).

use std::sync::{Arc, OnceLock};

use crate::source::Span;
use crate::syntax::ast::{ChanDir, Name};
use crate::types::store::{ObjId, TypeId};

/// A basic type; the discriminant is its fixed [`TypeId`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u32)]
pub enum Basic {
    /// The type of what is wrong; already reported.
    Invalid = 0,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `int8`
    Int8,
    /// `int16`
    Int16,
    /// `int32`; `rune` is the same type
    Int32,
    /// `int64`
    Int64,
    /// `uint`
    Uint,
    /// `uint8`; `byte` is the same type
    Uint8,
    /// `uint16`
    Uint16,
    /// `uint32`
    Uint32,
    /// `uint64`
    Uint64,
    /// `uintptr`
    Uintptr,
    /// `float32`
    Float32,
    /// `float64`
    Float64,
    /// `complex64`
    Complex64,
    /// `complex128`
    Complex128,
    /// `string`
    String,
    /// `unsafe.Pointer`
    UnsafePointer,
    /// An untyped boolean
    UntypedBool,
    /// An untyped integer constant
    UntypedInt,
    /// An untyped rune constant
    UntypedRune,
    /// An untyped float constant
    UntypedFloat,
    /// An untyped complex constant
    UntypedComplex,
    /// An untyped string constant
    UntypedString,
    /// `nil`
    UntypedNil,
    /// `byte`, printed so; identical to `uint8`
    Byte,
    /// `rune`, printed so; identical to `int32`
    Rune,
}

impl Basic {
    /// Every basic type, in id order.
    pub const ALL: [Basic; 28] = [
        Basic::Invalid,
        Basic::Bool,
        Basic::Int,
        Basic::Int8,
        Basic::Int16,
        Basic::Int32,
        Basic::Int64,
        Basic::Uint,
        Basic::Uint8,
        Basic::Uint16,
        Basic::Uint32,
        Basic::Uint64,
        Basic::Uintptr,
        Basic::Float32,
        Basic::Float64,
        Basic::Complex64,
        Basic::Complex128,
        Basic::String,
        Basic::UnsafePointer,
        Basic::UntypedBool,
        Basic::UntypedInt,
        Basic::UntypedRune,
        Basic::UntypedFloat,
        Basic::UntypedComplex,
        Basic::UntypedString,
        Basic::UntypedNil,
        Basic::Byte,
        Basic::Rune,
    ];

    /// Its fixed id in every store.
    #[inline]
    pub const fn id(self) -> TypeId {
        TypeId(self as u32)
    }

    /// The type without its alias name: `byte` is `uint8`, `rune` is `int32`.
    #[inline]
    pub fn canonical(self) -> Basic {
        match self {
            Basic::Byte => Basic::Uint8,
            Basic::Rune => Basic::Int32,
            b => b,
        }
    }

    /// Whether constants of it have no type yet, `nil` included.
    #[inline]
    pub fn is_untyped(self) -> bool {
        (Basic::UntypedBool..=Basic::UntypedNil).contains(&self)
    }

    /// Integers, typed and untyped.
    #[inline]
    pub fn is_integer(self) -> bool {
        let b = self.canonical();
        (Basic::Int..=Basic::Uintptr).contains(&b) || matches!(b, Basic::UntypedInt | Basic::UntypedRune)
    }

    /// Unsigned integers.
    pub fn is_unsigned(self) -> bool {
        (Basic::Uint..=Basic::Uintptr).contains(&self.canonical())
    }

    /// Floating point, typed and untyped.
    pub fn is_float(self) -> bool {
        matches!(self, Basic::Float32 | Basic::Float64 | Basic::UntypedFloat)
    }

    /// Complex, typed and untyped.
    pub fn is_complex(self) -> bool {
        matches!(self, Basic::Complex64 | Basic::Complex128 | Basic::UntypedComplex)
    }

    /// Any number.
    #[inline]
    pub fn is_numeric(self) -> bool {
        self.is_integer() || self.is_float() || self.is_complex()
    }

    /// Strings, typed and untyped.
    #[inline]
    pub fn is_string(self) -> bool {
        matches!(self, Basic::String | Basic::UntypedString)
    }

    /// Booleans, typed and untyped.
    #[inline]
    pub fn is_boolean(self) -> bool {
        matches!(self, Basic::Bool | Basic::UntypedBool)
    }
}

/// A type.
#[derive(Clone, Debug)]
pub enum Type {
    /// A predeclared type.
    Basic(Basic),
    /// A declared type.
    Named(Named),
    /// `*T`
    Pointer(TypeId),
    /// `[]T`
    Slice(TypeId),
    /// `[n]T`; a negative length is unknown because of an error.
    Array(TypeId, i64),
    /// `map[K]V`
    Map(TypeId, TypeId),
    /// `chan T`
    Chan(ChanDir, TypeId),
    /// `struct { … }`
    Struct(Struct),
    /// Several values: parameters, results, a comma-ok pair.
    Tuple(Vec<ObjId>),
    /// `func(…) …`
    Signature(Signature),
    /// `interface { … }`
    Interface(Interface),
    /// A type parameter.
    TypeParam(TypeParam),
    /// `A | ~B`, an element of a constraint; never the type of a value.
    Union(Vec<Term>),
}

/// A type parameter of a function, method, type or alias.
#[derive(Clone, Debug)]
pub struct TypeParam {
    /// Its type name.
    pub obj: ObjId,
    /// Its place in the list that declares it.
    pub index: u32,
    /// Its constraint, once known. Any other type than an interface stands for the interface that embeds
    /// it.
    pub bound: OnceLock<TypeId>,
    /// The function, method or type name that declares it; none for a copy made to infer types with.
    pub owner: Option<ObjId>,
}

/// A term of a union or type set.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// `~T`: all types whose underlying type is `ty`.
    pub tilde: bool,
    /// The type.
    pub ty: TypeId,
}

/// What only generic types and their instances have. After `inst` of types2's `Named`.
#[derive(Clone, Debug, Default)]
pub struct NamedGeneric {
    /// The type parameters, of an instance those of its origin; see also `n_ambient`.
    pub tparams: Vec<TypeId>,
    /// Of an instance: the generic type, and one argument for each of its parameters.
    pub origin: Option<TypeId>,
    /// See `origin`.
    pub args: Vec<TypeId>,
    /// Of an instance: its underlying type, once somebody asked for it.
    pub expanded: OnceLock<TypeId>,
    /// A generic alias (its `underlying` is what it stands for, maybe with a name).
    pub is_alias: bool,
    /// Of a type declared in a generic function: so many type parameters (and arguments) come first that
    /// are those of the function.
    pub n_ambient: u32,
}

/// A declared type.
#[derive(Clone, Debug, Default)]
pub struct Named {
    /// Its type name.
    pub obj: ObjId,
    /// Never itself a named type once resolved; `Invalid` until then.
    pub underlying: TypeId,
    /// The declared methods, in source order; of an instance none: they are its origin's.
    pub methods: Vec<ObjId>,
    /// For generic types and instances.
    pub generic: Option<Box<NamedGeneric>>,
}

/// A struct type.
#[derive(Clone, Debug, Default)]
pub struct Struct {
    /// The fields, in order: objects of kind [`Field`](crate::types::object::ObjKind::Var).
    pub fields: Vec<ObjId>,
    /// Tags beside the fields; empty text for none. Empty vector when no field has one.
    pub tags: Vec<Name>,
}

/// A function type.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// The receiver of a method; not part of its identity.
    pub recv: Option<ObjId>,
    /// The parameters; the last is of slice type when `variadic`.
    pub params: Vec<ObjId>,
    /// The results.
    pub results: Vec<ObjId>,
    /// Whether the last parameter was written `...T`.
    pub variadic: bool,
    /// The type parameters of a generic function or method.
    pub tparams: Box<[TypeId]>,
    /// The type parameters that a method's receiver declares.
    pub recv_tparams: Box<[TypeId]>,
}

/// An interface type.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Methods written out, in source order.
    pub methods: Vec<ObjId>,
    /// Embedded elements and where they stand.
    pub embeds: Vec<(TypeId, Span)>,
    /// All methods, embedded ones included, sorted by name (then package): filled in once complete.
    pub all: Option<Vec<ObjId>>,
    /// Whether it is `comparable` or embeds it, or holds a union: usable as a constraint only.
    pub constraint_only: bool,
    /// Stands for a constraint that is no interface, and is printed as that.
    pub implicit: bool,
    /// Its type set, once somebody asked for it.
    pub tset: OnceLock<Arc<crate::types::typeset::TypeSet>>,
}
