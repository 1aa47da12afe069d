//! Collects what the files of a package declare, before anything is checked.
//!
//! Each package-level name gets an object of unknown type and a [`DeclInfo`]; imports fill the file
//! scopes; methods are set aside by the type name they belong to. After `resolver.go` of types2.

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic};
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::{Checker, DeclInfo};
use crate::types::constant::Constant;
use crate::types::object::{Func, ObjKind, Package, Scope, Var, is_exported};
use crate::types::store::{ObjId, PkgId, ScopeId};
use crate::types::universe::UNKNOWN;

/// A method found, with its receiver's base type name.
pub(super) struct MethodInfo<'a> {
    obj: ObjId,
    ptr: bool,
    recv: &'a Ident,
}

/// Takes parentheses off.
pub fn unparen(mut e: &Expr) -> &Expr {
    while let ExprKind::Paren(x) = &e.kind {
        e = x;
    }
    e
}

/// What characters an import path may not have, besides blanks and what does not print.
const ILLEGAL_IN_PATH: &str = "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{FFFD}";

/// The file's import path is well-formed, or why not.
fn validate_import_path(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("empty string".into());
    }
    match path
        .chars()
        .find(|&c| c.is_control() || c.is_whitespace() || ILLEGAL_IN_PATH.contains(c))
    {
        Some(c) if c.is_control() => Err(format!("invalid character U+{:04X}", c as u32)),
        Some(c) => Err(format!("invalid character U+{:04X} '{c}'", c as u32)),
        None => Ok(()),
    }
}

impl<'a> DeclInfo<'a> {
    /// Nothing but the file's scope.
    pub fn new(file: ScopeId) -> DeclInfo<'a> {
        DeclInfo {
            file,
            lhs: Vec::new(),
            ty: None,
            init: None,
            inherited: false,
            tdecl: None,
            fdecl: None,
            deps: Vec::new(),
            iota: 0,
        }
    }
}

impl<'a> Checker<'a> {
    /// Declares everything at package level; the scopes of the files, in order.
    pub fn collect_objects(&mut self, files: &[&'a File]) -> Vec<ScopeId> {
        let mut methods = Vec::new();
        let mut scopes = Vec::with_capacity(files.len());
        for file in files {
            let scope = Scope {
                parent: Some(self.pkg_scope),
                span: file.span,
                ..Scope::default()
            };
            let scope = self.store.new_scope(scope);
            scopes.push(scope);
            for decl in &file.decls {
                match decl {
                    Decl::Import(d) => d.specs.iter().for_each(|s| self.collect_import(scope, s)),
                    Decl::Const(d) => self.collect_consts(scope, d),
                    Decl::Var(d) => d.specs.iter().for_each(|s| self.collect_var(scope, s)),
                    Decl::Type(d) => d.specs.iter().for_each(|s| self.collect_type(scope, s)),
                    Decl::Func(d) => self.collect_func(scope, d, &mut methods),
                    Decl::Bad(_) => {}
                }
            }
        }
        self.check_file_scopes(&scopes);
        self.associate_methods(&methods);
        scopes
    }

    fn add_decl(&mut self, obj: ObjId, d: DeclInfo<'a>) {
        self.decl_of.insert(obj, self.decls.len() as u32);
        self.decls.push(d);
        self.obj_list.push(obj);
    }

    /// Declares `obj` at package level; `decl` is its place in `decls` when several share one.
    fn declare_pkg_obj(&mut self, ident: &Ident, obj: ObjId) -> bool {
        let in_main = &*self.store[self.pkg].name == "main";
        if &*ident.name == "init" {
            self.error(
                ident.span,
                Code::InvalidInitDecl,
                "cannot declare init - must be func",
            );
            return false;
        }
        if &*ident.name == "main" && in_main {
            self.error(
                ident.span,
                Code::InvalidMainDecl,
                "cannot declare main - must be func",
            );
            return false;
        }
        self.declare(self.pkg_scope, Some(ident), obj, Pos::default());
        true
    }

    // --- imports ---

    pub(super) fn collect_import(&mut self, file: ScopeId, s: &'a ImportSpec) {
        if let Err(why) = validate_import_path(&s.path) {
            let at = s.path_span;
            return self.error(at, Code::BadImportPath, format!("invalid import path ({why})"));
        }
        if &*s.path == "C" {
            return self.error(s.path_span, Code::Unsupported, "import \"C\" is not supported");
        }
        let (imported, fake) = self.imported_package(s);
        let name = match &s.name {
            Some(n) => n.name.clone(),
            None => self.store[imported].name.clone(),
        };
        if &*name == "init" {
            let text = "cannot import package as init - init must be a func";
            return self.error(s.span, Code::InvalidInitDecl, text);
        }
        let pkg = self.pkg;
        if !self.store[pkg].imports.contains(&imported) && !fake {
            self.store[pkg].imports.push(imported);
        }
        let kind = ObjKind::PkgName { imported, used: fake };
        let obj = self.new_object(name.clone(), s.span, UNKNOWN, kind);
        self.store[obj].ty = crate::types::ty::Basic::Invalid.id();
        match &s.name {
            Some(n) => self.record_def(n, obj),
            None => self.record_implicit(s.id, obj),
        }
        self.imports.push(obj);
        if self.may_redefine(file) {
            // What is imported now is meant by the name from now on.
            let scope = self.pkg_scope;
            self.store[scope].names.remove(&name);
        }
        if &*name == "." {
            self.dot_import(file, s, imported, obj);
        } else {
            self.declare(file, None, obj, Pos::default());
        }
    }

    /// The package meant; an empty stand-in (true) after reporting why it cannot be had.
    fn imported_package(&mut self, s: &ImportSpec) -> (PkgId, bool) {
        let why = match self.imported.get(&s.path) {
            Some(Ok(p)) => return (*p, self.fake.contains(p)),
            Some(Err(why)) => why.clone(),
            None => "not resolved".into(),
        };
        self.error(
            s.path_span,
            Code::BrokenImport,
            format!("could not import {} ({why})", s.path),
        );
        let name = s.path.trim_end_matches('/');
        let name = name.rsplit('/').next().unwrap_or(name);
        let scope = self.store.new_scope(Scope::default());
        let fake = Package {
            path: s.path.clone(),
            name: name.into(),
            scope,
            imports: Vec::new(),
        };
        let fake = self.store.new_package(fake);
        self.fake.insert(fake);
        self.imported.insert(s.path.clone(), Ok(fake));
        (fake, true)
    }

    fn dot_import(&mut self, file: ScopeId, s: &ImportSpec, imported: PkgId, obj: ObjId) {
        let from = self.store[imported].scope;
        let mut names: Vec<(Name, ObjId)> = self.store[from]
            .names
            .iter()
            .filter(|(n, _)| is_exported(n))
            .map(|(n, &o)| (n.clone(), o))
            .collect();
        names.sort();
        let at = s.name.as_ref().map_or(s.span, |n| n.span);
        for (name, o) in names {
            if let Some(&alt) = self.store[file].names.get(&name) {
                let text = format!("{name} redeclared in this block");
                self.error_alt_decl(at, Code::DuplicateDecl, text, alt);
                continue;
            }
            self.store[file].names.insert(name.clone(), o);
            self.dot_imports.insert((file, name), obj);
        }
    }

    // --- constants, variables, types ---

    pub(super) fn collect_consts(&mut self, file: ScopeId, d: &'a ConstDecl) {
        let mut last: Option<&'a ConstSpec> = None;
        for (iota, s) in d.specs.iter().enumerate() {
            let own = s.ty.is_some() || !s.values.is_empty();
            let inherited = !own && last.is_some();
            if own {
                last = Some(s);
            }
            let values: &'a [Expr] = last.map_or(&[], |l| &l.values);
            for (i, name) in s.names.iter().enumerate() {
                let obj = self.new_object(
                    name.name.clone(),
                    name.span,
                    UNKNOWN,
                    ObjKind::Const(Constant::Unknown),
                );
                let mut info = DeclInfo::new(file);
                info.ty = last.and_then(|l| l.ty.as_ref());
                info.init = values.get(i);
                info.inherited = inherited;
                info.iota = iota as i64;
                if self.declare_pkg_obj(name, obj) {
                    self.add_decl(obj, info);
                }
            }
            self.arity(s.span, &s.names, values, true, inherited);
        }
    }

    fn collect_var(&mut self, file: ScopeId, s: &'a VarSpec) {
        let var = || {
            ObjKind::Var(Var {
                is_package_level: true,
                ..Var::default()
            })
        };
        let objs: Vec<ObjId> = s
            .names
            .iter()
            .map(|n| self.new_object(n.name.clone(), n.span, UNKNOWN, var()))
            .collect();
        // One value for several names: they share one declaration, checked once for all.
        let shared = s.values.len() == 1;
        let mut shared_decl = None;
        for (i, (name, &obj)) in s.names.iter().zip(&objs).enumerate() {
            if !self.declare_pkg_obj(name, obj) {
                continue;
            }
            if let Some(d) = shared_decl {
                self.decl_of.insert(obj, d);
                self.obj_list.push(obj);
                continue;
            }
            let mut info = DeclInfo::new(file);
            info.ty = s.ty.as_ref();
            if shared {
                info.lhs = objs.clone();
                info.init = s.values.first();
                shared_decl = Some(self.decls.len() as u32);
            } else {
                info.init = s.values.get(i);
            }
            self.add_decl(obj, info);
        }
        if s.ty.is_none() || !s.values.is_empty() {
            self.arity(s.span, &s.names, &s.values, false, false);
        }
    }

    pub(super) fn collect_type(&mut self, file: ScopeId, s: &'a TypeSpec) {
        let obj = self.new_object(s.name.name.clone(), s.name.span, UNKNOWN, ObjKind::TypeName);
        let mut info = DeclInfo::new(file);
        info.tdecl = Some(s);
        if self.declare_pkg_obj(&s.name, obj) {
            self.add_decl(obj, info);
        }
    }

    /// Reports names without values and values without names.
    pub fn arity(&mut self, at: Span, names: &[Ident], inits: &[Expr], is_const: bool, inherited: bool) {
        let (l, r) = (names.len(), inits.len());
        if l < r {
            let n = &inits[l];
            if inherited {
                let place = self
                    .map
                    .locate(n.span.lo)
                    .map_or_else(String::new, |p| p.to_string());
                self.error(
                    at.start(),
                    Code::WrongAssignCount,
                    format!("extra init expr at {place}"),
                );
            } else {
                let text = format!("extra init expr {}", expr_string(n));
                self.error(n.span, Code::WrongAssignCount, text);
            }
        } else if l > r && (is_const || r != 1) {
            let n = &names[r];
            self.error(
                n.span,
                Code::WrongAssignCount,
                format!("missing init expr for {}", n.name),
            );
        }
    }

    // --- functions and methods ---

    pub(super) fn collect_func(&mut self, file: ScopeId, d: &'a FuncDecl, methods: &mut Vec<MethodInfo<'a>>) {
        let name = &d.name.name;
        let func = Func {
            is_method: d.recv.is_some(),
            ptr_recv: false,
            of_interface: false,
            origin: None,
        };
        let obj = self.new_object(name.clone(), d.name.span, UNKNOWN, ObjKind::Func(func));
        let has_body = d.body.is_some();
        match &d.recv {
            None => self.declare_func(obj, d, has_body),
            Some(recv) => {
                if let Some(r) = recv.first() {
                    let (ptr, base) = unpack_recv(&r.ty);
                    if let (ExprKind::Ident(base), false) = (&base.kind, d.name.is_blank()) {
                        methods.push(MethodInfo { obj, ptr, recv: base });
                    }
                }
                if let Some(p) = d.type_params.first() {
                    self.verify_version(p.span, 27, |_| "generic method".to_owned());
                }
                self.record_def(&d.name, obj);
            }
        }
        let mut info = DeclInfo::new(file);
        info.fdecl = Some(d);
        self.add_decl(obj, info);
    }

    fn declare_func(&mut self, obj: ObjId, d: &'a FuncDecl, has_body: bool) {
        let name = &d.name.name;
        let is_init = &**name == "init";
        if is_init || &**name == "main" && &*self.store[self.pkg].name == "main" {
            let code = if is_init {
                Code::InvalidInitDecl
            } else {
                Code::InvalidMainDecl
            };
            if let Some(p) = d.type_params.first() {
                let text = format!("func {name} must have no type parameters");
                self.soft_error(p.span, code, text);
            }
            if !d.sig.params.is_empty() || !d.sig.results.is_empty() {
                let text = format!("func {name} must have no arguments and no return values");
                self.soft_error(d.name.span, code, text);
            }
        }
        if is_init {
            self.store[obj].scope = Some(self.pkg_scope);
            self.record_def(&d.name, obj);
            if !has_body {
                self.soft_error(d.name.span, Code::MissingInitBody, "func init must have a body");
            }
        } else {
            if let Some(p) = d.type_params.first() {
                self.verify_version(p.span, 18, |_| "type parameter".to_owned());
            }
            self.declare(self.pkg_scope, Some(&d.name), obj, Pos::default());
        }
    }

    /// Names in file scopes must differ from those of the package.
    fn check_file_scopes(&mut self, scopes: &[ScopeId]) {
        for &scope in scopes {
            let mut clashes: Vec<(ObjId, ObjId)> = self.store[scope]
                .names
                .iter()
                .filter_map(|(n, &o)| Some((o, *self.store[self.pkg_scope].names.get(n)?)))
                .collect();
            clashes.sort();
            for (obj, alt) in clashes {
                let name = &self.store[alt].name;
                let what = match self.store[obj].kind {
                    ObjKind::PkgName { imported, .. } => {
                        let p = &self.store[imported];
                        format!(
                            "{name} already declared through import of package {} (\"{}\")",
                            p.name, p.path
                        )
                    }
                    _ => {
                        let p = self.store[obj].pkg.map(|p| &self.store[p]);
                        let (n, path) = p.map_or(("", ""), |p| (&*p.name, &*p.path));
                        format!("{name} already declared through dot-import of package {n} (\"{path}\")")
                    }
                };
                let d = Diagnostic::error(Code::DuplicateDecl, self.store[alt].span, what);
                let own = matches!(self.store[obj].kind, ObjKind::PkgName { .. });
                let d = if own { self.alt_decl(d, obj) } else { d };
                self.report(d);
            }
        }
    }

    pub(super) fn associate_methods(&mut self, methods: &[MethodInfo<'a>]) {
        for m in methods {
            let Some((ptr, base)) = self.resolve_base_type_name(m.ptr, m.recv) else {
                continue;
            };
            if let ObjKind::Func(f) = &mut self.store[m.obj].kind {
                f.ptr_recv = ptr;
            }
            self.methods.entry(base).or_default().push(m.obj);
        }
    }

    /// The defined type that `name` denotes, through aliases, and whether a pointer is on the way.
    fn resolve_base_type_name(&self, mut ptr: bool, name: &'a Ident) -> Option<(bool, ObjId)> {
        let mut seen: Vec<ObjId> = Vec::new();
        let mut name = name;
        loop {
            let obj = *self.store[self.pkg_scope].names.get(&name.name)?;
            let Some(&d) = self.decl_of.get(&obj) else {
                return self.earlier_type(obj).map(|base| (ptr, base));
            };
            let info = &self.decls[d as usize];
            let tdecl = info.tdecl?;
            if seen.contains(&obj) {
                return None;
            }
            if !tdecl.alias {
                return Some((ptr, obj));
            }
            if !tdecl.type_params.is_empty() {
                return None;
            }
            seen.push(obj);
            let mut t = unparen(&tdecl.ty);
            if let ExprKind::Star(x) = &t.kind {
                if ptr {
                    return None;
                }
                ptr = true;
                t = unparen(x);
            }
            match &t.kind {
                ExprKind::Ident(n) => name = n,
                _ => return None,
            }
        }
    }

    // --- all objects ---

    /// Checks every package-level object: defined types first, then aliases, then the rest.
    pub fn package_objects(&mut self) {
        let objs = std::mem::take(&mut self.obj_list);
        let is_alias = |c: &Checker<'a>, o: &ObjId| {
            c.decl_of
                .get(o)
                .and_then(|&d| c.decls[d as usize].tdecl)
                .map(|t| t.alias)
        };
        for want in [Some(false), Some(true), None] {
            for &obj in &objs {
                if is_alias(self, &obj) == want {
                    self.obj_decl(obj);
                }
            }
        }
        self.obj_list = objs;
        self.methods = FxHashMap::default();
    }

    /// Reports imports that nothing uses.
    pub fn unused_imports(&mut self) {
        for obj in std::mem::take(&mut self.imports) {
            let o = &self.store[obj];
            let ObjKind::PkgName {
                imported,
                used: false,
            } = o.kind
            else {
                continue;
            };
            if &*o.name == "_" {
                continue;
            }
            let path = self.store[imported].path.clone();
            let last = path.rsplit('/').next().unwrap_or(&path);
            let text = if matches!(&*o.name, "" | ".") || &*o.name == last {
                format!("{path:?} imported and not used")
            } else {
                format!("{path:?} imported as {} and not used", o.name)
            };
            let at = o.span;
            let mut d = Diagnostic::error(Code::UnusedImport, at, text);
            d.soft = true;
            let d = self.remove_import(d, at);
            self.report(d);
        }
    }
}

/// A receiver's type without `*`, parentheses and type parameters; whether there was a `*`.
pub fn unpack_recv(t: &Expr) -> (bool, &Expr) {
    let mut base = unparen(t);
    let mut ptr = false;
    if let ExprKind::Star(x) = &base.kind {
        ptr = true;
        base = unparen(x);
    }
    if let ExprKind::Index(x, _) = &base.kind {
        base = x;
    }
    (ptr, base)
}
