//! Objects (what a name stands for), scopes and packages, after `go/types`.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::source::{Pos, Span};
use crate::syntax::ast::Name;
use crate::types::constant::Constant;
use crate::types::store::{ObjId, PkgId, ScopeId, TypeId};

/// What a name stands for.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its name.
    pub name: Name,
    /// The package it belongs to; none for what the universe declares.
    pub pkg: Option<PkgId>,
    /// Its type; `Invalid` until known.
    pub ty: TypeId,
    /// Where it is declared.
    pub span: Span,
    /// The scope it is declared in; none for fields, methods and results without a name.
    pub scope: Option<ScopeId>,
    /// From where on it is visible within its scope; nowhere means everywhere (package level).
    pub visible_from: Pos,
    /// Its kind and what only that kind has.
    pub kind: ObjKind,
}

/// The kinds of objects.
#[derive(Clone, Debug)]
pub enum ObjKind {
    /// An imported package under its local name.
    PkgName {
        /// The package meant.
        imported: PkgId,
        /// Whether the name was used.
        used: bool,
    },
    /// A constant.
    Const(Constant),
    /// A type name; an alias when its type is not the named type that this object declares.
    TypeName,
    /// A variable, parameter, result or field.
    Var(Var),
    /// A function or method.
    Func(Func),
    /// A label.
    Label {
        /// Whether a statement names it.
        used: bool,
    },
    /// A built-in function.
    Builtin(crate::types::universe::Builtin),
    /// `nil`.
    Nil,
}

/// What only variables have.
#[derive(Clone, Debug, Default)]
pub struct Var {
    /// A struct field.
    pub is_field: bool,
    /// An embedded field.
    pub embedded: bool,
    /// A parameter, receiver or result.
    pub is_param: bool,
    /// Declared at package level.
    pub is_package_level: bool,
    /// Whether it was used (read).
    pub used: bool,
}

/// What only functions have.
#[derive(Clone, Debug, Default)]
pub struct Func {
    /// A method of a type or an interface; its signature has the receiver.
    pub is_method: bool,
    /// A method declared with a pointer receiver.
    pub ptr_recv: bool,
    /// A method of an interface: has no body.
    pub of_interface: bool,
    /// A method of an instance of a generic type: that method of the generic type, and the instance.
    pub origin: Option<(ObjId, TypeId)>,
}

impl Object {
    /// Whether other packages may name it.
    pub fn exported(&self) -> bool {
        is_exported(&self.name)
    }

    /// The variable's part.
    pub fn as_var(&self) -> Option<&Var> {
        match &self.kind {
            ObjKind::Var(v) => Some(v),
            _ => None,
        }
    }

    /// The function's part.
    pub fn as_func(&self) -> Option<&Func> {
        match &self.kind {
            ObjKind::Func(f) => Some(f),
            _ => None,
        }
    }
}

/// Whether `name` starts with an upper-case letter.
pub fn is_exported(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

/// A scope: names and the scope around it.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The enclosing scope; none for the universe.
    pub parent: Option<ScopeId>,
    /// What it declares.
    pub names: FxHashMap<Name, ObjId>,
    /// Whether it is a function's outermost scope.
    pub is_func: bool,
    /// What it covers.
    pub span: Span,
}

/// A package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its import path; "main" for the program.
    pub path: Arc<str>,
    /// The name in its package clauses.
    pub name: Name,
    /// Its package-level names.
    pub scope: ScopeId,
    /// The packages it imports directly, in source order, each once.
    pub imports: Vec<PkgId>,
}
