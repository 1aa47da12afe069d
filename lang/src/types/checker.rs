//! The checker: its state, its environment, and how it reports and records.
//!
//! The checker follows `cmd/compile/internal/types2`: functions carry the names they have there, in
//! snake case, so either can be read beside the other. The work is split over the files of this
//! directory, each an `impl Checker`:
//!
//! ```text
//!  resolve, decl, typexpr, stmt, labels, returns, initorder, builtins   declarations and statements
//!  expr, call, convert, index, literal, assign                          expressions
//!  store + named, predicates, typestring, lookup, sizes, constant       facts about types, no checker
//! ```
//!
//! What only types2's *types* need (underlying types, method sets) lives on [`Store`]; what reports or
//! records lives on [`Checker`].
//!
//! Functions that cross the split:
//!
//! ```text
//!  expr.rs     raw_expr(x, e, hint: Option<TypeId>, allow_generic) -> Kind     expr(x, e)
//!              expr_with_hint(x, e, hint)   expr_or_type(x, e, allow_generic)  generic_expr: = expr
//!              multi_expr(e, allow_comma_ok) -> (Vec<Operand>, bool)           single_value(x)
//!              binary(x, e: Option<&Expr>, lhs, rhs, op, op_span)              comparison(x, y, op)
//!              match_binary_operands(x, y)  update_expr_type(e, t, is_final)   record_untyped()
//!              use_exprs(&[Expr])           use_lhs(&[Expr])
//!  call.rs     call_expr(x, call) -> Kind   selector(x, e, want_type)          generic_expr_list(args)
//!  convert.rs  conversion(x, t)             convert_untyped(x, t)              default_type(t)
//!              implicit_type_and_value(..)
//!  index.rs    index(e, max: i64) -> Option<i64>   index_expr, slice_expr
//!  assign.rs   assignment(x, Option<TypeId>, context)   init_const(obj, x)     init_var(obj, x, context)
//!              init_vars(&[ObjId], &[Expr], return_stmt: Option<Span>)         lhs_var(e) -> TypeId
//!              assign_var(lhs, rhs: Option<&Expr>, x: Option<&mut Operand>, context)
//!              assign_vars(&[Expr], &[Expr])   short_var_decl(span, lhs, rhs)
//!  lookup.rs   Store::lookup_field_or_method, Checker::missing_method, new_assertable_to
//!  decl.rs     obj_decl(obj)  declare(scope, ident, obj, visible_from)  decl_stmt  func_body
//!  typexpr.rs  typ(e) -> TypeId  var_type(e)  defined_type(e, def)  ident(x, e, name, want_type)
//!              func_type(sig, recv) -> (TypeId, ScopeId)   array_length(e) -> i64
//!  stmt.rs     stmt_list  open_scope  close_scope
//!  builtins.rs builtin(x, call, id) -> bool
//!  named.rs    Store::under(t)  Store::all_methods(iface)
//! ```
//!
//! An object whose type is not determined yet has the type [`UNKNOWN`] (types2: nil), unlike one whose
//! type is wrong (`Invalid`).
//!
//! Invariant: recursion is bounded by the depth of the tree, and by the length of chains of
//! declarations, which `obj_decl` bounds itself.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::{Pos, SourceMap, Span};
use crate::syntax::ast::{Block, Expr, ExprId, FuncDecl, Ident, Name, TypeSpec};
use crate::types::NO_EXPR;
use crate::types::constant::Constant;
use crate::types::info::{Info, Mode, Selection, TypeAndValue};
use crate::types::object::{ObjKind, Object, Scope, Var};
use crate::types::operand::Operand;
use crate::types::store::{ObjId, PkgId, ScopeId, Store, TypeId};
use crate::types::ty::{Basic, Type};
use crate::types::universe::UNKNOWN;

/// How a package is to be checked.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Bytes of stack that chains of declarations may use; 0 means 4 MiB.
    pub stack: usize,
    /// A library package: function bodies wait until [`crate::types::check_func_body`] asks for them,
    /// and unused imports are not reported.
    pub lazy_bodies: bool,
    /// Functions without a body are implemented natively: not an error.
    pub allow_missing_bodies: bool,
    /// Leave unused imports and variables alone (the REPL's lines).
    pub allow_unused: bool,
    /// The language version 1.N of the package; none for the newest.
    pub go_version: Option<u32>,
    /// The library's package of some name, for who forgot to import it.
    pub find_package: Option<fn(&str) -> Option<&'static str>>,
    /// Check type parameters; without it they are refused where they are declared.
    pub allow_type_params: bool,
}

/// What an expression statement may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A conversion.
    Conversion,
    /// Any other expression.
    Expression,
    /// A call or receive: may stand as a statement.
    Statement,
}

/// The surroundings of what is checked now.
#[derive(Debug, Default)]
pub struct Env {
    /// The package-level declaration whose initialiser or body is checked: an index of `decls`.
    pub decl: Option<u32>,
    /// Where lookups begin.
    pub scope: ScopeId,
    /// The value of `iota` in a constant declaration.
    pub iota: Option<i64>,
    /// Where errors go while an inherited constant initialiser is evaluated.
    pub errpos: Option<Span>,
    /// The signature of the function around.
    pub sig: Option<TypeId>,
    /// Calls of the built-in `panic`, by the call's id.
    pub is_panic: FxHashSet<ExprId>,
    /// Whether the function has labels.
    pub has_label: bool,
    /// Whether an expression has a call or receive in it.
    pub has_call_or_recv: bool,
    /// Whether the constraints of type parameters are being checked.
    pub in_type_params: bool,
}

/// What a package-level object (or method) is declared by.
#[derive(Debug)]
pub struct DeclInfo<'a> {
    /// The scope of the file.
    pub file: ScopeId,
    /// All variables of `var a, b = f()`; empty otherwise.
    pub lhs: Vec<ObjId>,
    /// The type written.
    pub ty: Option<&'a Expr>,
    /// The initial value.
    pub init: Option<&'a Expr>,
    /// Whether `init` is that of an earlier constant spec.
    pub inherited: bool,
    /// A type's declaration.
    pub tdecl: Option<&'a TypeSpec>,
    /// A function's declaration.
    pub fdecl: Option<&'a FuncDecl>,
    /// What the initialiser or body refers to; may hold an object twice.
    pub deps: Vec<ObjId>,
    /// The value of iota, for constants.
    pub iota: i64,
}

/// Work put off.
pub enum Action<'a> {
    /// A function body: the declaration it belongs to, its signature, scope, body, and iota if it is a
    /// literal in a constant declaration.
    Body {
        /// As in [`Env`].
        decl: Option<u32>,
        /// Shown in messages of traces.
        name: Option<&'a Name>,
        /// The signature.
        sig: TypeId,
        /// The parameters' scope.
        scope: ScopeId,
        /// The body.
        body: &'a Block,
        /// As in [`Env`].
        iota: Option<i64>,
    },
    /// Anything else.
    Call(Box<dyn FnOnce(&mut Checker<'a>) + 'a>),
}

/// The state of checking one package.
pub struct Checker<'a> {
    /// All types, objects, scopes.
    pub store: &'a mut Store,
    /// What is found out.
    pub info: Info,
    /// What is wrong.
    pub diags: &'a mut Diagnostics,
    /// Where files and lines begin, for messages that name a line.
    pub map: &'a SourceMap,
    /// The packages that the files import, or why they cannot be had.
    pub imported: FxHashMap<Name, Result<PkgId, String>>,
    /// How to check.
    pub config: &'a Config,
    /// The package.
    pub pkg: PkgId,
    /// The package's scope.
    pub pkg_scope: ScopeId,
    /// What stands for the missing tag of a switch.
    pub true_expr: &'a Expr,
    /// The surroundings of what is checked now.
    pub env: Env,
    /// Declarations of package-level objects and methods.
    pub decls: Vec<DeclInfo<'a>>,
    /// Which of `decls` declares an object.
    pub decl_of: FxHashMap<ObjId, u32>,
    /// The keys of `decl_of` in source order.
    pub obj_list: Vec<ObjId>,
    /// Methods by the type name they belong to, until collected.
    pub methods: FxHashMap<ObjId, Vec<ObjId>>,
    /// Work put off, in order.
    pub delayed: Vec<Option<Action<'a>>>,
    /// The chain of objects being declared.
    pub obj_path: Vec<ObjId>,
    /// Where an object stands in `obj_path`.
    pub obj_path_idx: FxHashMap<ObjId, u32>,
    /// Expressions recorded with an untyped type, in order; see `record_untyped`.
    pub untyped: Vec<ExprId>,
    /// Left operands of shifts among them whose check waits for their type.
    pub untyped_lhs: FxHashSet<ExprId>,
    /// Package names declared by imports, with where.
    pub imports: Vec<ObjId>,
    /// Which import brought a dot-imported object into a file scope.
    pub dot_imports: FxHashMap<(ScopeId, Name), ObjId>,
    /// Variables declared in functions, for the search for unused ones: one list per function body.
    pub local_vars: Vec<ObjId>,
    /// Stand-ins for packages that could not be imported: anything may be selected from them, silently.
    pub fake: FxHashSet<PkgId>,
    /// Placeholders for aliases needed before their type is known.
    pub alias_forward: FxHashMap<ObjId, TypeId>,
    /// Aliases declared in functions.
    pub local_aliases: FxHashSet<ObjId>,
    /// Defined types whose `underlying` may still be a named type.
    pub named_types: Vec<TypeId>,
    /// Defined types known not to contain themselves.
    pub valid_types: FxHashSet<TypeId>,
    /// How deep in type expressions the checker is, counted from the declaration or statement.
    pub type_level: u32,
    /// The deepest type met since the declaration of an alias began, aliases taken apart.
    pub type_depth: u32,
    /// The depth of the types that aliases stand for.
    pub alias_depth: FxHashMap<ObjId, u32>,
    /// Interface types written in this package, and where.
    pub interfaces: Vec<(TypeId, Span)>,
    /// The last error reported.
    pub last_error: Option<Diagnostic>,
    /// Where the stack was when checking began.
    pub stack_base: usize,
    /// Parameter scopes of package-level functions and methods.
    pub func_scopes: FxHashMap<ObjId, ScopeId>,
    /// Which type parameters are instantiated with what.
    pub(super) mono: crate::types::mono::Mono,
    /// What the next expression is assigned to, if that is of function type.
    pub(super) target: Option<crate::types::instantiate::Target>,
    /// Where an instance of a generic type is written first.
    pub(super) instance_at: FxHashMap<TypeId, Span>,
    /// Types whose size may be too large, and where they are written.
    pub(super) sized: Vec<(TypeId, Span)>,
    /// The variable, field or parameter that is being assigned to, for what errors can say of it.
    pub(super) assigned: Option<ObjId>,
    /// Where the type arguments stand that are being held against their constraints.
    pub(super) constraint_at: Span,
    /// The language versions of files.
    pub(super) versions: crate::types::version::Versions,
    /// What a piece of a program belongs to; none for a whole package.
    pub(super) home: Option<crate::types::fragment::Home>,
    /// Types of earlier pieces that got methods, with those they had before.
    pub(super) extended: Vec<(TypeId, Vec<ObjId>)>,
}

impl<'a> Checker<'a> {
    // --- environment ---

    /// Finds `name` from the current scope outwards: the scope that has it, and the object.
    pub fn lookup_scope(&self, name: &str) -> Option<(ScopeId, ObjId)> {
        let mut at = Some(self.env.scope);
        while let Some(s) = at {
            let scope = &self.store[s];
            if let Some(&obj) = scope.names.get(name) {
                return Some((s, obj));
            }
            at = scope.parent;
        }
        None
    }

    /// Finds `name` from the current scope outwards.
    pub fn lookup(&self, name: &str) -> Option<ObjId> {
        self.lookup_scope(name).map(|(_, o)| o)
    }

    /// Opens a scope within the current one.
    pub fn open_scope(&mut self, span: Span) -> ScopeId {
        let scope = Scope {
            parent: Some(self.env.scope),
            span,
            ..Scope::default()
        };
        self.env.scope = self.store.new_scope(scope);
        self.env.scope
    }

    /// Leaves the current scope.
    pub fn close_scope(&mut self) {
        if let Some(p) = self.store[self.env.scope].parent {
            self.env.scope = p;
        }
    }

    /// Notes that the current declaration refers to `to`.
    pub fn add_decl_dep(&mut self, to: ObjId) {
        let Some(from) = self.env.decl else { return };
        let to = self.store.method_origin(to);
        let o = &self.store[to];
        let local =
            o.scope != Some(self.pkg_scope) && !matches!(&o.kind, ObjKind::Func(f) if !f.of_interface);
        if o.pkg != Some(self.pkg) || local {
            return;
        }
        let deps = &mut self.decls[from as usize].deps;
        if deps.last() != Some(&to) {
            deps.push(to);
        }
    }

    /// Puts off `f` until the end of the statement or declaration.
    pub fn later(&mut self, f: impl FnOnce(&mut Checker<'a>) + 'a) {
        self.delayed.push(Some(Action::Call(Box::new(f))));
    }

    /// Does all work put off since `top`.
    pub fn process_delayed(&mut self, top: usize) {
        let mut i = top;
        while i < self.delayed.len() {
            match self.delayed[i].take() {
                Some(Action::Call(f)) => f(self),
                Some(Action::Body {
                    decl,
                    sig,
                    scope,
                    body,
                    iota,
                    ..
                }) => {
                    self.func_body(decl, sig, scope, body, iota);
                }
                None => {}
            }
            i += 1;
        }
        self.delayed.truncate(top);
    }

    // --- objects ---

    /// A new object of this package, not yet in a scope.
    pub fn new_object(&mut self, name: Name, span: Span, ty: TypeId, kind: ObjKind) -> ObjId {
        let pkg = Some(self.pkg);
        self.store.new_object(Object {
            name,
            pkg,
            ty,
            span,
            scope: None,
            visible_from: Pos::default(),
            kind,
        })
    }

    /// A new variable of this package.
    pub fn new_var(&mut self, name: &Ident, ty: TypeId) -> ObjId {
        let var = Var {
            is_package_level: self.at_top(),
            ..Var::default()
        };
        self.new_object(name.name.clone(), name.span, ty, ObjKind::Var(var))
    }

    /// A new parameter or result; unnamed if `name` is empty.
    pub fn new_param(&mut self, name: Name, span: Span, ty: TypeId) -> ObjId {
        let var = Var {
            is_param: true,
            used: true,
            ..Var::default()
        };
        self.new_object(name, span, ty, ObjKind::Var(var))
    }

    /// A tuple of unnamed variables of the types `ts`.
    pub fn new_tuple(&mut self, ts: &[TypeId], span: Span) -> TypeId {
        let empty: Name = Name::from("");
        let vars = ts
            .iter()
            .map(|&t| {
                self.new_object(
                    empty.clone(),
                    span,
                    t,
                    ObjKind::Var(Var {
                        used: true,
                        ..Var::default()
                    }),
                )
            })
            .collect();
        self.store.new_type(Type::Tuple(vars))
    }

    /// Marks variable or package name `obj` as used.
    pub fn mark_used(&mut self, obj: ObjId) {
        match &mut self.store[obj].kind {
            ObjKind::Var(v) => v.used = true,
            ObjKind::PkgName { used, .. } => *used = true,
            _ => {}
        }
    }

    // --- reporting ---

    /// Reports an error.
    #[cold]
    pub fn error(&mut self, at: Span, code: Code, message: impl Into<String>) {
        self.report(Diagnostic::error(code, at, message));
    }

    /// Reports an error that leaves the tree trustworthy.
    #[cold]
    pub fn soft_error(&mut self, at: Span, code: Code, message: impl Into<String>) {
        let mut d = Diagnostic::error(code, at, message);
        d.soft = true;
        self.report(d);
    }

    /// Reports an error and where `other` is declared.
    #[cold]
    pub fn error_alt_decl(&mut self, at: Span, code: Code, message: impl Into<String>, other: ObjId) {
        let d = Diagnostic::error(code, at, message);
        let d = self.alt_decl(d, other);
        self.report(d);
    }

    /// Adds to `d` where `other` is declared.
    pub fn alt_decl(&self, d: Diagnostic, other: ObjId) -> Diagnostic {
        let o = &self.store[other];
        if o.span.is_nowhere() {
            return d;
        }
        d.label(o.span, format!("other declaration of {}", o.name))
    }

    /// Reports `d`; inside an inherited constant initialiser at the constant's name.
    #[cold]
    pub fn report(&mut self, mut d: Diagnostic) {
        if let Some(at) = self.env.errpos {
            d.span = at;
        }
        // Like the Go compiler, say the same of one line but once.
        if let Some(last) = &self.last_error {
            let line = |s: Span| self.map.locate(s.lo).map(|l| (l.file, l.line));
            if last.message == d.message && last.labels == d.labels && line(last.span) == line(d.span) {
                return;
            }
        }
        self.last_error = Some(d.clone());
        self.diags.push(d);
    }

    // --- recording ---

    /// Records what `x` denotes.
    pub fn record(&mut self, x: &Operand<'a>) {
        let Some(e) = x.expr else { return };
        if x.is_invalid() {
            return;
        }
        if matches!(&self.store[x.ty], Type::Basic(b) if b.is_untyped()) {
            self.untyped.push(e.id);
        }
        self.record_type_and_value(e.id, x.mode, x.ty, x.val.clone());
    }

    /// Records type and value of expression `id`.
    pub fn record_type_and_value(&mut self, id: ExprId, mode: Mode, ty: TypeId, value: Option<Constant>) {
        if id == NO_EXPR {
            return;
        }
        let i = id.0 as usize;
        if i >= self.info.exprs.len() {
            self.info.exprs.resize_with(i + 1, || None);
        }
        self.info.exprs[i] = Some(TypeAndValue { mode, ty, value });
    }

    /// Records that `e` denotes the type `ty`.
    pub fn record_type_expr(&mut self, e: &Expr, ty: TypeId) {
        self.record_type_and_value(e.id, Mode::TypeExpr, ty, None);
    }

    /// Records what identifier `id` declares.
    pub fn record_def(&mut self, id: &Ident, obj: ObjId) {
        self.info.defs.insert(id.id, obj);
    }

    /// Records what identifier `id` means.
    pub fn record_use(&mut self, id: &Ident, obj: ObjId) {
        self.info.uses.insert(id.id, obj);
    }

    /// Records an object without an identifier.
    pub fn record_implicit(&mut self, id: ExprId, obj: ObjId) {
        self.info.implicits.insert(id, obj);
    }

    /// Records what selector expression `e`, whose selected name is `sel`, selects.
    pub fn record_selection(&mut self, e: &Expr, sel: &Ident, s: Selection) {
        self.record_use(sel, s.obj);
        self.info.selections.insert(e.id, s);
    }

    /// Whether `t` is not the type of what is wrong.
    pub fn is_valid(&self, t: TypeId) -> bool {
        let t = self.store.unalias(t);
        t != Basic::Invalid.id() && t != UNKNOWN
    }
}
