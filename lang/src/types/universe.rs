//! What every program can name: predeclared types, constants, functions, `nil`, and package `unsafe`.

use crate::source::{Pos, Span};
use crate::syntax::ast::Name;
use crate::types::constant::Constant;
use crate::types::object::{Func, ObjKind, Object, Package, Scope, Var};
use crate::types::store::{ObjId, PkgId, ScopeId, Store, TypeId};
use crate::types::ty::{Basic, Interface, Named, Signature, Type};

/// The outermost scope.
pub const UNIVERSE: ScopeId = ScopeId(0);
/// Package `unsafe`.
pub const UNSAFE: PkgId = PkgId(0);
/// The `any` of the universe; an empty interface that is printed "any".
pub const ANY: TypeId = TypeId(Basic::ALL.len() as u32);
/// `interface{}`, printed so.
pub const EMPTY_INTERFACE: TypeId = TypeId(ANY.0 + 1);
/// `error`.
pub const ERROR: TypeId = TypeId(ANY.0 + 2);
/// `comparable`.
pub const COMPARABLE: TypeId = TypeId(ANY.0 + 3);
/// The type of an object whose type is not determined yet; looks like `Invalid` otherwise.
pub const UNKNOWN: TypeId = TypeId(ANY.0 + 5);
/// The empty tuple: the type of a call without results.
pub const EMPTY_TUPLE: TypeId = TypeId(ANY.0 + 4);

/// A built-in function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Builtin {
    /// `append`
    Append,
    /// `cap`
    Cap,
    /// `clear`
    Clear,
    /// `close`
    Close,
    /// `complex`
    Complex,
    /// `copy`
    Copy,
    /// `delete`
    Delete,
    /// `imag`
    Imag,
    /// `len`
    Len,
    /// `make`
    Make,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `new`
    New,
    /// `panic`
    Panic,
    /// `print`
    Print,
    /// `println`
    Println,
    /// `real`
    Real,
    /// `recover`
    Recover,
    /// `unsafe.Alignof`
    Alignof,
    /// `unsafe.Offsetof`
    Offsetof,
    /// `unsafe.Sizeof`
    Sizeof,
    /// `unsafe.Add`
    Add,
    /// `unsafe.Slice`
    Slice,
    /// `unsafe.SliceData`
    SliceData,
    /// `unsafe.String`
    String,
    /// `unsafe.StringData`
    StringData,
    /// `assert`, for tests of the checker only: its argument must be a true constant.
    Assert,
}

impl Builtin {
    /// Every built-in function with its name, its smallest number of arguments, whether it takes more,
    /// and whether a call of it may stand as a statement.
    pub const TABLE: [(Builtin, &'static str, usize, bool, bool); 27] = [
        (Builtin::Append, "append", 1, true, false),
        (Builtin::Cap, "cap", 1, false, false),
        (Builtin::Clear, "clear", 1, false, true),
        (Builtin::Close, "close", 1, false, true),
        (Builtin::Complex, "complex", 2, false, false),
        (Builtin::Copy, "copy", 2, false, true),
        (Builtin::Delete, "delete", 2, false, true),
        (Builtin::Imag, "imag", 1, false, false),
        (Builtin::Len, "len", 1, false, false),
        (Builtin::Make, "make", 1, true, false),
        (Builtin::Max, "max", 1, true, false),
        (Builtin::Min, "min", 1, true, false),
        (Builtin::New, "new", 1, false, false),
        (Builtin::Panic, "panic", 1, false, true),
        (Builtin::Print, "print", 0, true, true),
        (Builtin::Println, "println", 0, true, true),
        (Builtin::Real, "real", 1, false, false),
        (Builtin::Recover, "recover", 0, false, true),
        (Builtin::Alignof, "Alignof", 1, false, false),
        (Builtin::Offsetof, "Offsetof", 1, false, false),
        (Builtin::Sizeof, "Sizeof", 1, false, false),
        (Builtin::Add, "Add", 2, false, false),
        (Builtin::Slice, "Slice", 2, false, false),
        (Builtin::SliceData, "SliceData", 1, false, false),
        (Builtin::String, "String", 2, false, false),
        (Builtin::StringData, "StringData", 1, false, false),
        (Builtin::Assert, "assert", 1, false, true),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Builtin::TABLE[self as usize].1
    }

    /// Whether a call of it may stand as a statement.
    pub fn is_statement(self) -> bool {
        Builtin::TABLE[self as usize].4
    }
}

impl Basic {
    /// Its name in messages: `int`, `untyped nil`.
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 28] = [
            "invalid type",
            "bool",
            "int",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint",
            "uint8",
            "uint16",
            "uint32",
            "uint64",
            "uintptr",
            "float32",
            "float64",
            "complex64",
            "complex128",
            "string",
            "unsafe.Pointer",
            "untyped bool",
            "untyped int",
            "untyped rune",
            "untyped float",
            "untyped complex",
            "untyped string",
            "untyped nil",
            "byte",
            "rune",
        ];
        NAMES[self as usize]
    }
}

impl Default for Store {
    fn default() -> Self {
        Store::new()
    }
}

impl Store {
    /// A store that holds the universe and package `unsafe`.
    pub fn new() -> Store {
        let mut s = Store::empty();
        s.new_scope(Scope::default());
        let scope = s.new_scope(Scope {
            parent: Some(UNIVERSE),
            ..Scope::default()
        });
        s.new_package(Package {
            path: "unsafe".into(),
            name: "unsafe".into(),
            scope,
            imports: Vec::new(),
        });
        s.predeclare_types();
        s.predeclare_values();
        s
    }

    fn predeclare(&mut self, scope: ScopeId, name: &str, ty: TypeId, kind: ObjKind) -> ObjId {
        let name: Name = name.into();
        let pkg = (scope != UNIVERSE).then_some(UNSAFE);
        let span = Span::NOWHERE;
        let obj = Object {
            name: name.clone(),
            pkg,
            ty,
            span,
            scope: Some(scope),
            visible_from: Pos(0),
            kind,
        };
        let obj = self.new_object(obj);
        self[scope].names.insert(name, obj);
        obj
    }

    fn predeclare_types(&mut self) {
        for b in Basic::ALL {
            let id = self.new_type(Type::Basic(b));
            debug_assert_eq!(id, b.id());
            if b == Basic::UnsafePointer {
                let scope = self[UNSAFE].scope;
                self.predeclare(scope, "Pointer", id, ObjKind::TypeName);
            } else if b != Basic::Invalid && !b.is_untyped() {
                self.predeclare(UNIVERSE, b.name(), id, ObjKind::TypeName);
            }
        }
        let empty = || Interface {
            all: Some(Vec::new()),
            ..Interface::default()
        };
        let any = self.new_type(Type::Interface(empty()));
        let iface = self.new_type(Type::Interface(empty()));
        debug_assert_eq!((any, iface), (ANY, EMPTY_INTERFACE));
        self.predeclare(UNIVERSE, "any", ANY, ObjKind::TypeName);
        let obj = self.predeclare(UNIVERSE, "error", ERROR, ObjKind::TypeName);
        self.new_type(Type::Named(Named {
            obj,
            underlying: Basic::Invalid.id(),
            methods: Vec::new(),
            generic: None,
        }));
        let cmp = self.predeclare(UNIVERSE, "comparable", COMPARABLE, ObjKind::TypeName);
        self.new_type(Type::Named(Named {
            obj: cmp,
            underlying: Basic::Invalid.id(),
            methods: Vec::new(),
            generic: None,
        }));
        let tuple = self.new_type(Type::Tuple(Vec::new()));
        let unknown = self.new_type(Type::Basic(Basic::Invalid));
        debug_assert_eq!((tuple, unknown), (EMPTY_TUPLE, UNKNOWN));

        let result = self.unnamed(Basic::String.id());
        let recv = self.unnamed(ERROR);
        let sig = Signature {
            recv: Some(recv),
            results: vec![result],
            ..Signature::default()
        };
        let sig = self.new_type(Type::Signature(sig));
        let func = Func {
            is_method: true,
            ptr_recv: false,
            of_interface: true,
            origin: None,
        };
        let method = self.new_object(Object {
            name: "Error".into(),
            pkg: None,
            ty: sig,
            span: Span::NOWHERE,
            scope: None,
            visible_from: Pos(0),
            kind: ObjKind::Func(func),
        });
        let iface = Interface {
            methods: vec![method],
            all: Some(vec![method]),
            ..Interface::default()
        };
        let iface = self.new_type(Type::Interface(iface));
        let only = self.new_type(Type::Interface(Interface {
            constraint_only: true,
            ..empty()
        }));
        for (named, under) in [(ERROR, iface), (COMPARABLE, only)] {
            if let Type::Named(n) = &mut self[named] {
                n.underlying = under;
            }
        }
    }

    fn unnamed(&mut self, ty: TypeId) -> ObjId {
        let var = Var {
            is_param: true,
            used: true,
            ..Var::default()
        };
        self.new_object(Object {
            name: "".into(),
            pkg: None,
            ty,
            span: Span::NOWHERE,
            scope: None,
            visible_from: Pos(0),
            kind: ObjKind::Var(var),
        })
    }

    /// Predeclares `assert`, which Go's tests of its checker use.
    pub fn predeclare_assert(&mut self) {
        let kind = ObjKind::Builtin(Builtin::Assert);
        self.predeclare(UNIVERSE, "assert", Basic::Invalid.id(), kind);
    }

    fn predeclare_values(&mut self) {
        let boolean = Basic::UntypedBool.id();
        self.predeclare(UNIVERSE, "true", boolean, ObjKind::Const(Constant::Bool(true)));
        self.predeclare(UNIVERSE, "false", boolean, ObjKind::Const(Constant::Bool(false)));
        self.predeclare(
            UNIVERSE,
            "iota",
            Basic::UntypedInt.id(),
            ObjKind::Const(Constant::Int(0)),
        );
        self.predeclare(UNIVERSE, "nil", Basic::UntypedNil.id(), ObjKind::Nil);
        let package = self[UNSAFE].scope;
        for (i, &(b, name, ..)) in Builtin::TABLE.iter().enumerate() {
            debug_assert_eq!(b as usize, i);
            if b == Builtin::Assert {
                continue;
            }
            let scope = if crate::types::object::is_exported(name) {
                package
            } else {
                UNIVERSE
            };
            self.predeclare(scope, name, Basic::Invalid.id(), ObjKind::Builtin(b));
        }
    }
}
