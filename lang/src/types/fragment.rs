//! Checking a program piece by piece: entries at a prompt, or a script without a package clause.
//!
//! All pieces belong to one package, their [`Home`]. Of a piece, constants, types, functions and imports
//! are declared first, as in a file; the other statements become the body of a function, the piece's
//! *entry*, in which the variables declared outside of any block are variables of the package. So
//! functions of the piece may use them, and so may later pieces.
//!
//! Imports stand in a scope around that of the package, not within it: what is declared hides them. A name that
//! is not declared anywhere is imported without being asked for, if the importer has a package for it.
//!
//! At a prompt a declaration replaces an older one of the same name; what was checked before keeps the
//! older one. A method joins (or replaces a method of) the type that its receiver names now, even if an earlier
//! piece declared that. A script is checked as strictly as a file.
//!
//! Invariant: a piece with an error leaves the package as it was.

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostics};
use crate::source::{FileId, SourceMap, Span};
use crate::syntax::ast::*;
use crate::types::checker::{Action, Checker, Config, Env};
use crate::types::importer::Importer;
use crate::types::info::CheckedPackage;
use crate::types::object::{Func, ObjKind, Package, Scope};
use crate::types::operand::{Operand, OperandMode};
use crate::types::resolve::unparen;
use crate::types::store::{ObjId, PkgId, ScopeId, Store, TypeId};
use crate::types::ty::{Signature, Type};
use crate::types::universe::{ANY, UNIVERSE, UNKNOWN};
use crate::types::{new_checker, resolve_imports, true_expr};

/// The package that pieces belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Home {
    /// The package.
    pub pkg: PkgId,
    /// The scope of its imports.
    pub imports: ScopeId,
    /// The rules of a prompt: declarations replace older ones, what is not used does no harm, and the values
    /// of expression statements are to be shown.
    pub prompt: bool,
}

impl Home {
    /// A new package with nothing in it.
    pub fn new(store: &mut Store, path: &str, prompt: bool) -> Home {
        let imports = store.new_scope(Scope {
            parent: Some(UNIVERSE),
            ..Scope::default()
        });
        let scope = store.new_scope(Scope {
            parent: Some(imports),
            ..Scope::default()
        });
        let pkg = store.new_package(Package {
            path: path.into(),
            name: "main".into(),
            scope,
            imports: Vec::new(),
        });
        Home { pkg, imports, prompt }
    }
}

/// A piece as parsed.
#[derive(Debug)]
pub struct Piece {
    /// Its file.
    pub file: FileId,
    /// What it covers.
    pub span: Span,
    /// Its statements, declarations among them.
    pub stmts: Vec<Stmt>,
    /// How many expression ids they use.
    pub n_exprs: u32,
}

impl Piece {
    /// The piece that is all of `file`, parsed to `stmts` with `ids`.
    pub fn of(map: &SourceMap, file: FileId, stmts: Vec<Stmt>, ids: &ExprIds) -> Piece {
        let src = map.file(file);
        Piece {
            file,
            span: Span::new(src.pos(0), src.pos(src.text.len())),
            stmts,
            n_exprs: ids.count() as u32,
        }
    }
}

/// A checked piece.
#[derive(Debug)]
pub struct CheckedPiece {
    /// The tree and the facts about it.
    pub package: CheckedPackage,
    /// The function that does what its statements say; it is in no scope.
    pub entry: ObjId,
    /// Whether it has statements besides declarations.
    pub does: bool,
    /// Types of earlier pieces that have got or changed methods.
    pub extended: Vec<TypeId>,
    /// How to take it back.
    pub undo: Undo,
}

/// What a piece changes in its home: to be put back if it cannot be compiled.
#[derive(Debug)]
pub struct Undo {
    home: Home,
    names: FxHashMap<Name, ObjId>,
    imports: FxHashMap<Name, ObjId>,
    packages: Vec<PkgId>,
    methods: Vec<(TypeId, Vec<ObjId>)>,
}

impl Undo {
    fn new(store: &Store, home: Home) -> Undo {
        let pkg = &store[home.pkg];
        Undo {
            home,
            names: store[pkg.scope].names.clone(),
            imports: store[home.imports].names.clone(),
            packages: pkg.imports.clone(),
            methods: Vec::new(),
        }
    }

    /// The objects that the piece has replaced.
    pub fn replaced(&self, store: &Store) -> Vec<ObjId> {
        let now = &store[store[self.home.pkg].scope].names;
        let old = self
            .names
            .iter()
            .filter(|(name, old)| now.get(*name) != Some(old));
        old.map(|(_, &old)| old).collect()
    }

    /// Makes the package what it was before.
    pub fn apply(self, store: &mut Store) {
        let scope = store[self.home.pkg].scope;
        store[scope].names = self.names;
        store[self.home.imports].names = self.imports;
        store[self.home.pkg].imports = self.packages;
        for (t, old) in self.methods {
            if let Type::Named(n) = &mut store[t] {
                n.methods = old;
            }
            forget_instance_methods(store, t);
        }
    }
}

/// Checks a piece. None if something is wrong; it is in `diags` then.
pub fn check_piece(
    store: &mut Store,
    map: &mut SourceMap,
    importer: &mut dyn Importer,
    config: &Config,
    home: Home,
    piece: Piece,
    diags: &mut Diagnostics,
) -> Option<CheckedPiece> {
    let mut n_exprs = piece.n_exprs;
    let (files, does) = as_files(piece, &mut n_exprs);
    let mut tried: Vec<Name> = Vec::new();
    loop {
        let mut undo = Undo::new(store, home);
        let mut found = Diagnostics::new();
        let imported = resolve_imports(store, map, importer, &files);
        let true_expr = true_expr();
        let mut checker = new_checker(store, map, config, &mut found, home.pkg, &true_expr);
        checker.home = Some(home);
        checker.imported = imported;
        checker.info.exprs.resize_with(n_exprs as usize, || None);
        let entry = checker.piece(&files[0]);
        undo.methods = std::mem::take(&mut checker.extended);
        let (info, _, funcs) = checker.finish(&files);
        if !found.has_errors() {
            let scope = store[home.pkg].scope;
            let package = CheckedPackage {
                id: home.pkg,
                file_scopes: vec![scope],
                files,
                info,
                n_exprs,
                funcs,
            };
            let extended = undo.methods.iter().map(|m| m.0).collect();
            return Some(CheckedPiece {
                package,
                entry,
                does,
                extended,
                undo,
            });
        }
        undo.apply(store);
        if !import_missing(store, map, importer, home, &found, &mut tried) {
            found.iter().for_each(|d| diags.push(d.clone()));
            return None;
        }
    }
}

/// The piece as a file whose last declaration is the entry; whether that has statements.
fn as_files(piece: Piece, n_exprs: &mut u32) -> (Vec<File>, bool) {
    let mut ids = ExprIds::after(*n_exprs);
    let (mut decls, mut stmts) = (Vec::new(), Vec::new());
    for s in piece.stmts {
        match s.kind {
            StmtKind::Decl(d) if !matches!(d, Decl::Var(_)) => decls.push(d),
            StmtKind::Empty => {}
            kind => stmts.push(Stmt { kind, ..s }),
        }
    }
    let is_var = |s: &Stmt| matches!(s.kind, StmtKind::Decl(Decl::Var(_)));
    let does = !stmts.iter().all(is_var);
    let span = stmts.first().map_or(piece.span, |s| s.span);
    let end = Span::new(piece.span.hi, piece.span.hi);
    let name = |ids: &mut ExprIds| Ident {
        id: ids.fresh(),
        name: "main".into(),
        span: span.start(),
    };
    let body = Block {
        span: piece.span,
        stmts,
        rbrace: end,
    };
    decls.push(Decl::Func(FuncDecl {
        span: piece.span,
        recv: None,
        name: name(&mut ids),
        type_params: Vec::new(),
        sig: FuncType {
            span: span.start(),
            params: Vec::new(),
            results: Vec::new(),
        },
        body: Some(body),
        lazy: false,
        directives: Vec::new(),
    }));
    let package = name(&mut ids);
    *n_exprs = ids.count() as u32;
    let file = File {
        id: piece.file,
        package,
        decls,
        comments: Vec::new(),
        go_version: None,
        span: piece.span,
    };
    (vec![file], does)
}

/// Imports packages for the names that were found to be undefined; whether there was one.
fn import_missing(
    store: &mut Store,
    map: &mut SourceMap,
    importer: &mut dyn Importer,
    home: Home,
    found: &Diagnostics,
    tried: &mut Vec<Name>,
) -> bool {
    let names: Vec<(Name, Span)> = found
        .iter()
        .filter_map(|d| Some((Name::from(d.message.strip_prefix("undefined: ")?), d.span)))
        .collect();
    let mut any = false;
    for (name, span) in names {
        if tried.contains(&name) {
            continue;
        }
        tried.push(name.clone());
        let Some(path) = importer.guess(&name) else {
            continue;
        };
        let Ok(imported) = importer.import(store, map, &path) else {
            continue;
        };
        let kind = ObjKind::PkgName { imported, used: true };
        let obj = crate::types::object::Object {
            name: name.clone(),
            pkg: Some(home.pkg),
            ty: crate::types::ty::Basic::Invalid.id(),
            span,
            scope: Some(home.imports),
            visible_from: Default::default(),
            kind,
        };
        let obj = store.new_object(obj);
        store[home.imports].names.insert(name, obj);
        if !store[home.pkg].imports.contains(&imported) {
            store[home.pkg].imports.push(imported);
        }
        any = true;
    }
    any
}

/// Forgets the methods made for instances of generic type `t`: it has got others.
fn forget_instance_methods(store: &Store, t: TypeId) {
    let mut methods = store.instances.methods.lock().expect("never poisoned");
    methods.retain(|(inst, _), _| store.origin(*inst) != t);
}

impl<'a> Checker<'a> {
    /// Checks the file that a piece has become; its entry.
    fn piece(&mut self, file: &'a File) -> ObjId {
        let (decls, entry) = match file.decls.split_last() {
            Some((Decl::Func(entry), decls)) => (decls, entry),
            _ => unreachable!("a piece ends with its entry"),
        };
        self.collect_piece(decls);
        self.extend_types();
        self.direct_cycles();
        self.package_objects();
        // Bodies see the variables that the statements declare; all else is settled before.
        let is_body = |a: &mut Option<Action<'a>>| matches!(a, Some(Action::Body { .. }));
        let bodies: Vec<_> = self.delayed.extract_if(.., is_body).collect();
        self.process_delayed(0);
        let obj = self.entry(entry);
        self.delayed.extend(bodies);
        self.process_delayed(0);
        self.resolve_underlying();
        self.interface_cycles();
        self.monomorph();
        if !self.config.allow_unused {
            self.unused_imports();
        }
        self.record_untyped();
        obj
    }

    fn collect_piece(&mut self, decls: &'a [Decl]) {
        let Some(home) = self.home else { return };
        let scope = self.pkg_scope;
        let mut methods = Vec::new();
        for decl in decls {
            match decl {
                Decl::Import(d) => d.specs.iter().for_each(|s| self.collect_import(home.imports, s)),
                Decl::Const(d) => self.collect_consts(scope, d),
                Decl::Type(d) => d.specs.iter().for_each(|s| self.collect_type(scope, s)),
                Decl::Func(d) => {
                    if d.recv.is_none() && &*d.name.name == "init" {
                        let text = "func init has no place here: statements run in order";
                        self.error(d.name.span, Code::InvalidInitDecl, text);
                    }
                    self.collect_func(scope, d, &mut methods);
                }
                Decl::Var(_) | Decl::Bad(_) => {}
            }
        }
        self.associate_methods(&methods);
    }

    /// Whether a new declaration in `scope` replaces an older one.
    pub(super) fn may_redefine(&self, scope: ScopeId) -> bool {
        self.home
            .is_some_and(|h| h.prompt && (scope == self.pkg_scope || scope == h.imports))
    }

    /// The declared type that `obj`, of an earlier piece, names.
    pub(super) fn earlier_type(&self, obj: ObjId) -> Option<ObjId> {
        self.home?;
        match &self.store[self.store[obj].ty] {
            Type::Named(n) if n.obj == obj => Some(obj),
            _ => None,
        }
    }

    /// Gives types of earlier pieces the methods set aside for them.
    fn extend_types(&mut self) {
        let is_known = |c: &Checker<'a>, o: &ObjId| c.store[*o].ty != UNKNOWN;
        let bases: Vec<ObjId> = self.methods.keys().copied().collect();
        for base in bases {
            if !is_known(self, &base) {
                continue;
            }
            let methods = self.methods.remove(&base).unwrap_or_default();
            let t = self.store[base].ty;
            let Type::Named(n) = &self.store[t] else { continue };
            let old = n.methods.clone();
            let mut all = old.clone();
            let mut names = FxHashMap::default();
            for m in methods {
                let name = self.store[m].name.clone();
                match all.iter_mut().find(|o| self.store[**o].name == name) {
                    Some(place) => *place = m,
                    None => all.push(m),
                }
                names.insert(name, m);
            }
            if let Type::Named(n) = &mut self.store[t] {
                n.methods = all;
            }
            forget_instance_methods(self.store, t);
            self.extended.push((t, old));
            self.later(move |c| c.check_field_uniqueness(t, &names));
        }
    }

    /// Checks the statements of a piece.
    fn entry(&mut self, d: &'a FuncDecl) -> ObjId {
        let sig = self.store.new_type(Type::Signature(Signature::default()));
        let name = d.name.name.clone();
        let obj = self.new_object(name, d.name.span, sig, ObjKind::Func(Func::default()));
        self.record_def(&d.name, obj);
        let scope = self.store.new_scope(Scope {
            parent: Some(self.pkg_scope),
            is_func: true,
            ..Scope::default()
        });
        self.func_scopes.insert(obj, scope);
        let Some(body) = &d.body else { return obj };
        let env = Env {
            scope: self.pkg_scope,
            sig: Some(sig),
            ..Env::default()
        };
        let saved = std::mem::replace(&mut self.env, env);
        let first = self.local_vars.len();
        self.stmt_list(0, &body.stmts);
        if self.env.has_label {
            self.labels(body);
        }
        self.usage(first);
        self.env = saved;
        obj
    }

    /// Whether what is checked now are statements of a piece outside of any block.
    pub(super) fn at_top(&self) -> bool {
        self.home.is_some() && self.env.scope == self.pkg_scope && self.env.sig.is_some()
    }

    /// An expression statement of a piece, whose values are to be shown.
    pub(super) fn shown_stmt(&mut self, e: &'a Expr) {
        let mut x = Operand::new();
        self.raw_expr(&mut x, e, None, false);
        let (text, code) = match x.mode {
            OperandMode::Invalid | OperandMode::NoValue => return,
            OperandMode::Builtin(_) => ("must be called", Code::UncalledBuiltin),
            OperandMode::TypeExpr => ("is not an expression", Code::NotAnExpr),
            _ if self.only_prints(e) => return,
            _ => {
                if !matches!(self.store[x.ty], Type::Tuple(_)) {
                    self.assignment(&mut x, Some(ANY), "value to be shown");
                }
                if !x.is_invalid() {
                    self.info.shown.insert(e.id);
                }
                return;
            }
        };
        let text = format!("{} {text}", self.operand_text(&x));
        self.error(x.span(), code, text);
    }

    /// A list of expressions in place of a statement, which makes sense at a prompt only.
    pub(super) fn show_list(&mut self, list: &'a [Expr]) {
        if !self.home.is_some_and(|h| h.prompt) {
            let span = list[0].span.to(list[list.len() - 1].span);
            self.error(span, Code::UnusedExpr, "a list of values is not used");
            return;
        }
        for e in list {
            self.list_value(e);
        }
    }

    fn list_value(&mut self, e: &'a Expr) {
        let mut x = Operand::new();
        self.expr(&mut x, e);
        if x.is_invalid() {
            return;
        }
        self.assignment(&mut x, Some(ANY), "value to be shown");
        if !x.is_invalid() {
            self.info.shown.insert(e.id);
        }
    }

    /// Whether `e` calls a function that is called for what it prints or does, not for its results: the
    /// printing functions of package fmt, copy and recover.
    fn only_prints(&self, e: &Expr) -> bool {
        let ExprKind::Call(c) = &unparen(e).kind else {
            return false;
        };
        match &unparen(&c.fun).kind {
            ExprKind::Selector(_, sel) => {
                let Some(obj) = self.info.object_of(sel.id) else {
                    return false;
                };
                let in_fmt = self.store[obj].pkg.is_some_and(|p| &*self.store[p].path == "fmt");
                in_fmt && (sel.name.starts_with("Print") || sel.name.starts_with("Fprint"))
            }
            ExprKind::Ident(id) => matches!(&*id.name, "copy" | "recover" | "clear"),
            _ => false,
        }
    }
}
