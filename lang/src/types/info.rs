//! What checking leaves for the compiler: facts beside the tree, after `go/types.Info`.
//!
//! Contract with the compiler:
//! - Every expression that is evaluated has a [`TypeAndValue`]. Untyped operands carry the type they
//!   were converted to (a constant passed to an `any` has its default type; `nil` has the type of its
//!   target); a comparison's untyped boolean that stays untyped carries `bool`.
//! - A constant expression has its `value`, represented in its type; nothing below it matters.
//! - `v, ok` forms record a tuple type at the map index, receive or type assertion.
//! - Conversions to interface types in assignments, calls, returns, sends, comparisons and composite
//!   literals are implied by the types on both sides, not marked.
//! - `defs` and `uses` are keyed by the [`ExprId`] of the identifier.
//!
//! Generic code is checked once. Inside of a generic function, or a method of a generic type, all types
//! recorded here are in terms of its type parameters. To compile it for given type arguments, carry an
//! environment along: the type parameters (for a function the `tparams` of its
//! [`Signature`](crate::types::ty::Signature), for a method its `recv_tparams`, followed by its own
//! `tparams`) and the arguments, and pass each type that is read through
//! [`Store::subst`](crate::types::store::Store::subst). Then:
//! - `subst` of a named type yields the one instance for these arguments, so instances compare by id. A
//!   type declared in a generic function is one of them: another type for each environment.
//! - The underlying type of an instance is to be asked for with `Store::under`, its methods with
//!   `Store::declared_methods` (those of the generic type) and `declared_method` (as methods of the
//!   instance, with substituted types: `Store::method_type`).
//! - `instances` says for an identifier what it is instantiated with: `subst` each of `type_args`, too.
//! - A method of an instance that is selected is an object of its own; `Store::method_origin` leads to the
//!   declared method, whose environment is `recv_tparams` and the `type_args` of the substituted receiver.
//! - Where the operand of a selection is of a type parameter's type, the method selected is that of the
//!   constraint: look it up again in the substituted type.
//! - A constant whose type is a type parameter has its untyped value; convert it to the substituted type
//!   ([`Constant::represented`](crate::types::constant::Constant)). `len`, `cap` and `unsafe.Sizeof` are
//!   not constant where that depends on type arguments.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::ast::{ExprId, File};
use crate::types::constant::Constant;
use crate::types::store::{ObjId, PkgId, ScopeId, TypeId};

/// What an expression denotes; what is recorded is never [`Mode::Invalid`].
pub use crate::types::operand::OperandMode as Mode;

/// Type and value of an expression.
#[derive(Clone, Debug)]
pub struct TypeAndValue {
    /// What it denotes.
    pub mode: Mode,
    /// Its type; an empty tuple for `NoValue`.
    pub ty: TypeId,
    /// Its value, if constant.
    pub value: Option<Constant>,
}

/// What `x.f` selects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SelectionKind {
    /// A struct field.
    Field,
    /// A method, bound to x.
    Method,
    /// A method expression `T.f`: a function with the receiver first.
    MethodExpr,
}

/// A resolved selector that is not a qualified identifier.
#[derive(Clone, Debug)]
pub struct Selection {
    /// What is selected.
    pub kind: SelectionKind,
    /// The type of x.
    pub recv: TypeId,
    /// The field or method.
    pub obj: ObjId,
    /// Field indexes from x to the object: all but the last go through embedded fields (dereferencing
    /// pointers on the way). For a field the last is the field's own index; for a method of a concrete
    /// type its place in the named type's `methods`; for an interface method its place in the
    /// interface's `all`.
    pub path: Vec<u32>,
    /// Whether a pointer was followed on the way.
    pub indirect: bool,
}

/// A package-level variable initialisation `lhs… = rhs`, in the order to be run.
#[derive(Clone, Debug)]
pub struct Initializer {
    /// The variables; none or blank ones included as objects named `_`.
    pub lhs: Vec<ObjId>,
    /// The expression.
    pub rhs: ExprId,
}

/// Objects by the [`ExprId`] of an identifier: a vector, as most have one.
#[derive(Clone, Debug, Default)]
pub struct ObjMap {
    objs: Vec<ObjId>,
}

impl ObjMap {
    /// What stands where there is no object.
    const NONE: ObjId = ObjId(u32::MAX);

    /// The object of `id`.
    pub fn get(&self, id: &ExprId) -> Option<&ObjId> {
        self.objs.get(id.0 as usize).filter(|&&o| o != ObjMap::NONE)
    }

    /// Makes `obj` the object of `id`.
    pub fn insert(&mut self, id: ExprId, obj: ObjId) {
        let i = id.0 as usize;
        if i >= self.objs.len() {
            self.objs.resize(i + 1, ObjMap::NONE);
        }
        self.objs[i] = obj;
    }

    /// All identifiers that have an object, with it.
    pub fn iter(&self) -> impl Iterator<Item = (ExprId, ObjId)> {
        let all = self.objs.iter().enumerate();
        all.filter(|(_, o)| **o != ObjMap::NONE)
            .map(|(i, &o)| (ExprId(i as u32), o))
    }
}

/// An instantiation of a generic function or type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instance {
    /// The type arguments, one for each type parameter declared by the function or type.
    pub type_args: Vec<TypeId>,
    /// What comes of it: a function type without type parameters, or an instance of the type.
    pub ty: TypeId,
}

/// Facts about one package's tree.
#[derive(Clone, Debug, Default)]
pub struct Info {
    /// By [`ExprId`].
    pub exprs: Vec<Option<TypeAndValue>>,
    /// What a declaring identifier declares.
    pub defs: ObjMap,
    /// What a using identifier means.
    pub uses: ObjMap,
    /// By the selector expression's id.
    pub selections: FxHashMap<ExprId, Selection>,
    /// Objects without an identifier: a type switch clause's variable (by the clause's id), an
    /// import's package name (by the spec's id).
    pub implicits: FxHashMap<ExprId, ObjId>,
    /// Instantiations, by the identifier that names the generic function or type (the one behind the dot
    /// of a qualified identifier or method).
    pub instances: FxHashMap<ExprId, Instance>,
    /// Variables of loops that all iterations share, as they did before Go 1.22.
    pub shared_vars: FxHashSet<ObjId>,
    /// Package-level variables in initialisation order.
    pub init_order: Vec<Initializer>,
    /// Expression statements whose values are to be shown (see [`crate::types::fragment`]).
    pub shown: FxHashSet<ExprId>,
}

impl Info {
    /// Type and value of expression `id`, if it was recorded.
    pub fn get(&self, id: ExprId) -> Option<&TypeAndValue> {
        self.exprs.get(id.0 as usize)?.as_ref()
    }

    /// What identifier `id` declares or uses.
    pub fn object_of(&self, id: ExprId) -> Option<ObjId> {
        self.defs.get(&id).or_else(|| self.uses.get(&id)).copied()
    }
}

/// A checked package: its tree and the facts about it.
#[derive(Debug)]
pub struct CheckedPackage {
    /// Which package.
    pub id: PkgId,
    /// Its files.
    pub files: Vec<File>,
    /// The facts.
    pub info: Info,
    /// How many expression ids are handed out; bodies parsed later go on from here.
    pub n_exprs: u32,
    /// The scopes of the files, with what they import.
    pub file_scopes: Vec<ScopeId>,
    /// Where functions and methods are declared.
    pub funcs: FxHashMap<ObjId, FuncPlace>,
}

/// Where a function or method is declared, and what checking its body needs.
#[derive(Clone, Copy, Debug)]
pub struct FuncPlace {
    /// Index of the file.
    pub file: u32,
    /// Index of the declaration in the file.
    pub decl: u32,
    /// The scope of its parameters.
    pub scope: ScopeId,
    /// Whether the body was checked.
    pub checked: bool,
}
