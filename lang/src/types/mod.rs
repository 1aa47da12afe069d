//! Syntax tree to typed tree.
//!
//! [`check_package`] checks the files of one package and leaves a [`CheckedPackage`]. For a library
//! package the bodies of functions may wait: [`check_func_body`] checks one when it is needed. Only
//! those that package-level variables lead to are checked at once, for the order of initialisation.
//!
//! Reading order: `ty`, `object`, `store`, `universe` (the nouns), `checker` (the state), `resolve`,
//! `decl`, `typexpr`, `stmt`, `expr` …

mod advice;
mod arena;
pub mod assign;
mod builtins;
mod call;
pub mod checker;
pub mod constant;
mod convert;
mod decl;
pub mod embed;
mod expr;
pub mod fragment;
pub mod importer;
mod index;
pub mod infer;
pub mod info;
mod initorder;
mod instantiate;
mod labels;
mod limits;
mod literal;
pub mod lookup;
mod mono;
pub mod named;
pub mod object;
pub mod operand;
mod ops;
pub mod predicates;
mod range;
mod resolve;
mod returns;
pub mod sizes;
mod stmt;
pub mod store;
pub mod subst;
mod switch;
mod tparams;
pub mod ty;
pub mod typeset;
pub mod typestring;
mod typexpr;
mod unify;
pub mod universe;
mod unsafety;
mod validtype;
pub mod version;

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic, Diagnostics, Severity};
use crate::source::{SourceMap, Span};
use crate::syntax::ast::*;
use crate::syntax::parser::parse_body;
use checker::{Checker, Config, DeclInfo, Env};
use importer::Importer;
use info::{CheckedPackage, FuncPlace, Info};
use initorder::DepGraph;
use object::{ObjKind, Package, Scope};
use store::{ObjId, PkgId, ScopeId, Store};
use universe::UNIVERSE;

/// The id of the `true` that stands for a switch's missing tag; nothing is recorded for it.
pub(crate) const NO_EXPR: ExprId = ExprId(u32::MAX);

/// The files of a package to check.
#[derive(Debug)]
pub struct Source<'p> {
    /// Its import path; "main" for the program.
    pub path: &'p str,
    /// Its files.
    pub files: Vec<File>,
    /// How many expression ids the files use.
    pub n_exprs: u32,
}

/// Checks a package. What is wrong goes to `diags`; the facts are complete only if there is nothing.
pub fn check_package(
    store: &mut Store,
    map: &mut SourceMap,
    importer: &mut dyn Importer,
    config: &Config,
    source: Source<'_>,
    diags: &mut Diagnostics,
) -> CheckedPackage {
    let Source { path, files, n_exprs } = source;
    let imported = resolve_imports(store, map, importer, &files);
    let name = files
        .first()
        .map_or_else(|| "_".into(), |f| f.package.name.clone());
    let scope = store.new_scope(Scope {
        parent: Some(UNIVERSE),
        ..Scope::default()
    });
    let id = store.new_package(Package {
        path: path.into(),
        name,
        scope,
        imports: Vec::new(),
    });
    let true_expr = true_expr();
    let mut checker = new_checker(store, map, config, diags, id, &true_expr);
    checker.imported = imported;
    checker.info.exprs.resize_with(n_exprs as usize, || None);
    let file_scopes = checker.check_files(&files);
    let (info, graph, funcs) = checker.finish(&files);
    let mut pkg = CheckedPackage {
        id,
        files,
        info,
        n_exprs,
        file_scopes,
        funcs,
    };
    embed::check(store, &pkg, diags);
    order_initializers(store, map, config, &mut pkg, graph, diags);
    let others = |d: &Diagnostic| d.severity == Severity::Error && d.code != Code::MisplacedDirective;
    if !config.allow_missing_bodies && !diags.iter().any(others) {
        report_missing_bodies(&pkg, diags);
    }
    pkg
}

/// Checks the body of `func`, a function or method of `pkg`, unless that is done; parses it if it was
/// skipped. What it refers to in its package.
pub fn check_func_body(
    store: &mut Store,
    map: &SourceMap,
    config: &Config,
    pkg: &mut CheckedPackage,
    func: ObjId,
    diags: &mut Diagnostics,
) -> Vec<ObjId> {
    let Some(place) = pkg.funcs.get_mut(&func) else {
        return Vec::new();
    };
    if std::mem::replace(&mut place.checked, true) {
        return Vec::new();
    }
    let place = *place;
    let info = std::mem::take(&mut pkg.info);
    let Some(Decl::Func(decl)) = pkg.files[place.file as usize].decls.get_mut(place.decl as usize) else {
        pkg.info = info;
        return Vec::new();
    };
    parse_body(map, decl, &mut pkg.n_exprs, diags);
    let true_expr = true_expr();
    let sig = store[func].ty;
    let mut checker = new_checker(store, map, config, diags, pkg.id, &true_expr);
    checker.info = info;
    checker.info.exprs.resize_with(pkg.n_exprs as usize, || None);
    checker
        .decls
        .push(DeclInfo::new(pkg.file_scopes[place.file as usize]));
    if let Some(body) = &decl.body {
        checker.func_body(Some(0), sig, place.scope, body, None);
    }
    checker.process_delayed(0);
    checker.resolve_underlying();
    checker.record_untyped();
    checker.monomorph();
    let deps = checker.decls.swap_remove(0).deps;
    pkg.info = checker.info;
    deps
}

/// Asks for every package that the files import.
fn resolve_imports(
    store: &mut Store,
    map: &mut SourceMap,
    importer: &mut dyn Importer,
    files: &[File],
) -> FxHashMap<Name, Result<PkgId, String>> {
    let mut imported = FxHashMap::default();
    for file in files {
        for decl in &file.decls {
            let Decl::Import(d) = decl else { continue };
            for s in &d.specs {
                if imported.contains_key(&s.path) {
                    continue;
                }
                let found = match &*s.path {
                    "unsafe" => Ok(universe::UNSAFE),
                    path => importer.import(store, map, path),
                };
                imported.insert(s.path.clone(), found);
            }
        }
    }
    imported
}

/// What stands for the missing tag of a switch.
fn true_expr() -> Expr {
    let ident = Ident {
        id: NO_EXPR,
        name: "true".into(),
        span: Span::NOWHERE,
    };
    Expr {
        id: NO_EXPR,
        span: Span::NOWHERE,
        kind: ExprKind::Ident(ident),
    }
}

fn new_checker<'a>(
    store: &'a mut Store,
    map: &'a SourceMap,
    config: &'a Config,
    diags: &'a mut Diagnostics,
    pkg: PkgId,
    true_expr: &'a Expr,
) -> Checker<'a> {
    let here = 0u8;
    let pkg_scope = store[pkg].scope;
    Checker {
        store,
        info: Info::default(),
        diags,
        map,
        imported: FxHashMap::default(),
        config,
        pkg,
        pkg_scope,
        true_expr,
        env: Env::default(),
        decls: Vec::new(),
        decl_of: FxHashMap::default(),
        obj_list: Vec::new(),
        methods: FxHashMap::default(),
        delayed: Vec::new(),
        obj_path: Vec::new(),
        obj_path_idx: FxHashMap::default(),
        untyped: Vec::new(),
        untyped_lhs: Default::default(),
        imports: Vec::new(),
        dot_imports: FxHashMap::default(),
        local_vars: Vec::new(),
        fake: Default::default(),
        alias_forward: FxHashMap::default(),
        local_aliases: Default::default(),
        named_types: Vec::new(),
        valid_types: Default::default(),
        type_level: 0,
        type_depth: 0,
        alias_depth: FxHashMap::default(),
        interfaces: Vec::new(),
        last_error: None,
        stack_base: std::ptr::from_ref(&here) as usize,
        func_scopes: FxHashMap::default(),
        mono: Default::default(),
        target: None,
        instance_at: Default::default(),
        assigned: None,
        sized: Vec::new(),
        constraint_at: Span::NOWHERE,
        versions: Default::default(),
        home: None,
        extended: Vec::new(),
    }
}

impl<'a> Checker<'a> {
    /// Checks all files; their scopes.
    fn check_files(&mut self, files: &'a [File]) -> Vec<ScopeId> {
        let same = self.same_package(files);
        self.file_versions(&same);
        let scopes = self.collect_objects(&same);
        self.direct_cycles();
        self.package_objects();
        self.process_delayed(0);
        self.resolve_underlying();
        self.interface_cycles();
        self.monomorph();
        if !self.config.lazy_bodies && !self.config.allow_unused {
            self.unused_imports();
        }
        self.type_limits();
        self.record_untyped();
        // One scope for each file, those left out included.
        let mut scopes = scopes.into_iter();
        let name = self.store[self.pkg].name.clone();
        files
            .iter()
            .map(|f| {
                if f.package.name == name {
                    scopes.next()
                } else {
                    None
                }
                .unwrap_or(self.pkg_scope)
            })
            .collect()
    }

    /// The files that belong to the package; others are reported.
    fn same_package(&mut self, files: &'a [File]) -> Vec<&'a File> {
        let name = self.store[self.pkg].name.clone();
        if let Some(f) = files.first()
            && f.package.is_blank()
        {
            self.error(f.package.span, Code::BlankPkgName, "invalid package name _");
        }
        let mut same = Vec::with_capacity(files.len());
        for f in files {
            if f.package.name == name {
                same.push(f);
            } else {
                let text = format!("package {}; expected package {name}", f.package.name);
                self.error(f.package.span, Code::MismatchedPkgName, text);
            }
        }
        same
    }

    /// What is left when all is checked: the facts, what refers to what, and where functions stand.
    fn finish(self, files: &'a [File]) -> (Info, DepGraph, FxHashMap<ObjId, FuncPlace>) {
        let mut graph = DepGraph::default();
        for &obj in &self.obj_list {
            let Some(&d) = self.decl_of.get(&obj) else {
                continue;
            };
            let info = &self.decls[d as usize];
            match self.store[obj].kind {
                ObjKind::Var(_) => {
                    if let Some(init) = info.init {
                        let lhs = if info.lhs.is_empty() {
                            vec![obj]
                        } else {
                            info.lhs.clone()
                        };
                        graph.init.insert(obj, (lhs, init.id));
                    }
                }
                ObjKind::Const(_) | ObjKind::Func(_) => {}
                _ => continue,
            }
            graph.objs.push(obj);
            if !info.deps.is_empty() {
                graph.deps.insert(obj, info.deps.clone());
            }
        }
        let mut funcs = FxHashMap::default();
        for (file, f) in files.iter().enumerate() {
            for (decl, d) in f.decls.iter().enumerate() {
                let Decl::Func(d) = d else { continue };
                let Some(&obj) = self.info.defs.get(&d.name.id) else {
                    continue;
                };
                let Some(&scope) = self.func_scopes.get(&obj) else {
                    continue;
                };
                let checked = !self.config.lazy_bodies;
                funcs.insert(
                    obj,
                    FuncPlace {
                        file: file as u32,
                        decl: decl as u32,
                        scope,
                        checked,
                    },
                );
            }
        }
        (self.info, graph, funcs)
    }
}

/// Finds the order of initialisation, checking the bodies it depends on first.
fn order_initializers(
    store: &mut Store,
    map: &SourceMap,
    config: &Config,
    pkg: &mut CheckedPackage,
    mut graph: DepGraph,
    diags: &mut Diagnostics,
) {
    if config.lazy_bodies {
        let mut todo: Vec<ObjId> = graph.deps.values().flatten().copied().collect();
        todo.sort_unstable();
        todo.dedup();
        while let Some(obj) = todo.pop() {
            if pkg.funcs.get(&obj).is_none_or(|p| p.checked) {
                continue;
            }
            let deps = check_func_body(store, map, config, pkg, obj, diags);
            todo.extend_from_slice(&deps);
            graph.deps.insert(obj, deps);
        }
    }
    pkg.info.init_order = graph.order(store, diags);
}

fn report_missing_bodies(pkg: &CheckedPackage, diags: &mut Diagnostics) {
    for decl in pkg.files.iter().flat_map(|f| &f.decls) {
        if let Decl::Func(FuncDecl {
            body: None,
            name,
            recv,
            ..
        }) = decl
            && (&*name.name != "init" || recv.is_some())
        {
            diags.push(Diagnostic::error(
                Code::BadDecl,
                name.span,
                "missing function body",
            ));
        }
    }
}
