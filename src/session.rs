//! A program on its way from sources to a checked package, with all that diagnostics and the compiler need.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mgo_lang::diag::render::{Style, render};
use mgo_lang::diag::{Code, Diagnostic, Diagnostics};
use mgo_lang::source::{FileId, SourceMap, Span};
use mgo_lang::syntax::ast::{Decl, ExprIds, File};
use mgo_lang::syntax::embed::find as find_embeds;
use mgo_lang::syntax::lexer::{decode, report_invalid_utf8};
use mgo_lang::syntax::parser::parse_file;
use mgo_lang::types::check_package;
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::types::store::{ObjId, PkgId, Store};
use mgo_stdlib::library::{Library, RUNTIME_ERRORS};
use mgo_stdlib::natives::Registry;
use mgo_vm::bytecode::cover::Cover;
use mgo_vm::bytecode::program::{FuncEntry, Program};
use mgo_vm::compile::{Compiler, Packages};
use mgo_vm::native::NativeFn;

use crate::load::{LoadError, Source};
use crate::module::{self, Graph, Options};
use crate::{Format, Report, json, script};

/// Stack of the thread that parses, checks and compiles: passes recurse as deep as the tree.
pub const STACK: usize = 1 << 30;

/// A program that can be run.
pub struct Compiled {
    /// The program.
    pub program: Arc<Program>,
    /// Its first function.
    pub entry: &'static FuncEntry,
    /// The natives it may name, by number.
    pub natives: Vec<NativeFn>,
}

/// What is known of a program.
pub struct Session {
    /// All sources.
    pub map: SourceMap,
    /// All types and objects.
    pub store: Store,
    /// The packages of the library it imports.
    pub library: Library,
    /// Reports on the user's sources.
    pub diags: Diagnostics,
    /// The user's packages but `main`, each after those it imports.
    pub user: Vec<CheckedPackage>,
    /// The package that was named, if it was one and could be checked.
    pub main: Option<CheckedPackage>,
    /// Packages main keep their import path, as vet names them; otherwise it is "main".
    pub true_paths: bool,
    /// The import path of the package named, if it was one.
    named: String,
    /// The functions of a script that are called in turn.
    pub entries: Vec<ObjId>,
    /// The user's packages by import path.
    pub(crate) by_path: HashMap<String, PkgId>,
    /// Counters of statements that the program is to have.
    pub cover: Option<Cover>,
    /// Import paths of the user's packages that could not be checked.
    pub(crate) broken: HashSet<String>,
    /// All packages, once the program was compiled from them.
    compiled: Packages,
}

/// Asks for the user's packages first, then for the library's.
pub struct Imports<'s> {
    user: &'s HashMap<String, PkgId>,
    library: &'s mut Library,
}

impl Importer for Imports<'_> {
    fn import(&mut self, store: &mut Store, map: &mut SourceMap, path: &str) -> Result<PkgId, String> {
        match self.user.get(path) {
            Some(&id) => Ok(id),
            None => self.library.import(store, map, path),
        }
    }

    fn guess(&self, name: &str) -> Option<String> {
        self.library.guess(name)
    }
}

impl Default for Session {
    fn default() -> Session {
        Session::new()
    }
}

impl Session {
    /// Nothing known yet.
    pub fn new() -> Session {
        Session {
            map: SourceMap::new(),
            store: Store::new(),
            library: Library::new(),
            diags: Diagnostics::new(),
            user: Vec::new(),
            main: None,
            true_paths: false,
            named: String::new(),
            entries: Vec::new(),
            by_path: HashMap::new(),
            cover: None,
            broken: HashSet::new(),
            compiled: Packages::new(),
        }
    }

    /// Loads, parses and checks the packages that `patterns` name, and what they import.
    ///
    /// # Errors
    /// When sources cannot be read; errors in them are in `diags`.
    pub fn check(patterns: &[String], options: &Options) -> Result<Session, LoadError> {
        if let Some(source) = script::find(patterns)? {
            return Session::check_script(source);
        }
        let mut s = Session::new();
        let mut program = module::load(patterns, options)?;
        for p in &program.unmatched {
            eprintln!("mgo: warning: \"{p}\" matched no packages");
        }
        for e in &program.refused {
            let d = Diagnostic::error(Code::BrokenImport, Span::NOWHERE, e.to_string());
            s.diags.push(d);
        }
        let order = program.order(&program.roots);
        if s.report_problems(&program, &order)? {
            return Ok(s);
        }
        let single = program.roots.len() == 1;
        if let [root] = program.roots[..] {
            s.named.clone_from(&program.packages[root].import_path);
        }
        for i in order {
            let p = &mut program.packages[i];
            let files = std::mem::take(&mut p.files);
            let checked = s.add_package(&p.import_path, &p.name, p.go, files)?;
            if single && i == program.roots[0] {
                s.main = checked;
            } else {
                s.user.extend(checked);
            }
        }
        s.finish_library();
        Ok(s)
    }

    /// Like [`Session::check`], for what is to be run: one package `main`.
    ///
    /// # Errors
    /// When sources cannot be read, or no single program is named.
    pub fn check_main(patterns: &[String], options: &Options) -> Result<Session, LoadError> {
        let s = Session::check(patterns, options)?;
        let named = s.main.as_ref().map(|m| &*s.store[m.id].name);
        match named {
            Some("main") => Ok(s),
            None if s.diags.has_errors() => Ok(s),
            None => Err(LoadError::Refused(
                "several packages named; run takes one".to_owned(),
            )),
            Some(_) => Err(LoadError::Refused(format!(
                "package {} is not a main package",
                s.named
            ))),
        }
    }

    /// Puts what keeps these packages from being built into `diags`. Whether there is anything.
    ///
    /// # Errors
    /// When the position space is full.
    pub fn report_problems(&mut self, program: &Graph, packages: &[usize]) -> Result<bool, LoadError> {
        let mut files: HashMap<&str, FileId> = HashMap::new();
        let mut any = false;
        for problem in program.problems_of(packages) {
            any = true;
            let mut span = Span::NOWHERE;
            if let Some((name, (lo, hi))) = &problem.at {
                let p = &program.packages[problem.package];
                let mut all = p.files.iter().chain(&p.test_files).chain(&p.xtest_files);
                if let Some(source) = all.find(|s| s.name == *name) {
                    let file = match files.get(name.as_str()) {
                        Some(&file) => file,
                        None => self.add_source(source.clone())?.0,
                    };
                    files.insert(name, file);
                    let file = self.map.file(file);
                    span = Span::new(file.pos(*lo), file.pos(*hi));
                }
            }
            self.diags
                .push(Diagnostic::error(Code::BrokenImport, span, problem.text.as_str()));
        }
        Ok(any)
    }

    /// Parses and checks one package in version 1.`go` of the language; what it imports was added before. None if it cannot be checked: its
    /// syntax is wrong, or a package it imports could not be checked.
    ///
    /// # Errors
    /// When the position space is full.
    pub fn add_package(
        &mut self,
        import_path: &str,
        name: &str,
        go: Option<u32>,
        sources: Vec<Source>,
    ) -> Result<Option<CheckedPackage>, LoadError> {
        let mut diags = Diagnostics::new();
        let mut ids = ExprIds::default();
        let files = self.parse(sources, &mut ids, &mut diags)?;
        let gaps = diags.iter().any(|d| !d.soft);
        let mut checked = None;
        if !gaps && !self.imports_broken(&files) {
            // Types of a program are named after it, wherever it stands.
            let program = name == "main" && !self.true_paths;
            let path = if program { "main" } else { import_path };
            let source = mgo_lang::types::Source {
                path,
                files,
                n_exprs: ids.count() as u32,
            };
            let config = Config {
                stack: STACK / 4,
                find_package: Some(mgo_stdlib::sources::named),
                go_version: go,
                allow_type_params: true,
                ..Config::default()
            };
            let (store, map, mut imports) = self.importing();
            checked = Some(check_package(
                store,
                map,
                &mut imports,
                &config,
                source,
                &mut diags,
            ));
        }
        let failed = diags.has_errors();
        for d in diags.into_sorted() {
            self.diags.push(d);
        }
        match checked {
            Some(p) if !failed => {
                self.by_path.insert(import_path.to_owned(), p.id);
                Ok(Some(p))
            }
            _ => {
                self.broken.insert(import_path.to_owned());
                Ok(None)
            }
        }
    }

    /// What a check works on.
    pub fn importing(&mut self) -> (&mut Store, &mut SourceMap, Imports<'_>) {
        let imports = Imports {
            user: &self.by_path,
            library: &mut self.library,
        };
        (&mut self.store, &mut self.map, imports)
    }

    /// Whether a package that the files import could not be checked.
    fn imports_broken(&self, files: &[File]) -> bool {
        let decls = files.iter().flat_map(|f| &f.decls);
        let specs = decls.flat_map(|d| match d {
            Decl::Import(d) => d.specs.as_slice(),
            _ => &[],
        });
        specs.into_iter().any(|s| self.broken.contains(&*s.path))
    }

    /// Loads what every program needs of the library, and takes over what is wrong in it.
    pub fn finish_library(&mut self) {
        if let Err(why) = self
            .library
            .import(&mut self.store, &mut self.map, RUNTIME_ERRORS)
        {
            self.diags
                .push(Diagnostic::error(Code::BrokenImport, Span::NOWHERE, why));
        }
        for d in self.library.diags.iter() {
            self.diags.push(d.clone());
        }
    }

    fn parse(
        &mut self,
        sources: Vec<Source>,
        ids: &mut ExprIds,
        diags: &mut Diagnostics,
    ) -> Result<Vec<File>, LoadError> {
        let mut files = Vec::new();
        for source in sources {
            let dir = source.path.parent().unwrap_or(Path::new("")).to_owned();
            let (file, bad) = self.add_source(source)?;
            report_invalid_utf8(self.map.file(file), &bad, diags);
            let mut tree = parse_file(&self.map, file, ids, diags);
            for request in find_embeds(&self.map, &tree, diags) {
                let files = module::embed::read(&dir, &request.patterns, diags);
                let (decl, spec) = request.at;
                if let Decl::Var(d) = &mut tree.decls[decl] {
                    d.specs[spec].embed = Some(Box::new(files));
                }
            }
            files.push(tree);
        }
        Ok(files)
    }

    /// Adds a file to the map: its id, and where it is not UTF-8.
    pub fn add_source(&mut self, source: Source) -> Result<(FileId, Vec<u32>), LoadError> {
        let (text, bad) = decode(source.bytes);
        let too_large = |_| LoadError::TooLarge(PathBuf::from(&source.name));
        let file = self.map.add(source.name.as_str(), text).map_err(too_large)?;
        Ok((file, bad))
    }

    /// Reports what is wrong, and compiles the program if nothing is.
    pub fn compile(mut self, report: Report) -> Option<Compiled> {
        if self.report(report) {
            return None;
        }
        let main = self.main.as_ref()?;
        let scope = self.store[main.id].scope;
        if self.entries.is_empty() && !self.store[scope].names.contains_key("main") {
            let at = main.files.first().map_or(Span::NOWHERE, |f| f.package.span);
            let text = "function main is undeclared in the main package";
            self.diags
                .push(Diagnostic::error(Code::InvalidMainDecl, at, text));
            self.report(report);
            return None;
        }
        match self.compile_checked() {
            Ok(compiled) => {
                self.leave();
                Some(compiled)
            }
            Err(diags) => {
                diags.into_iter().for_each(|d| self.diags.push(d));
                self.report(report);
                None
            }
        }
    }

    /// Forgets what was read for a small program, the only one of the process: freeing its many parts takes a
    /// fifteenth of the time hello world takes to start, for memory that the process ends before it misses.
    fn leave(self) {
        const SMALL: usize = 1 << 20;
        let read: usize = self.map.files().map(|(_, f)| f.text.len()).sum();
        if read <= SMALL {
            std::mem::forget(self);
        }
    }

    /// Compiles `main` and all it needs.
    ///
    /// # Errors
    /// What cannot be compiled.
    pub fn compile_checked(&mut self) -> Result<Compiled, Vec<Diagnostic>> {
        let Some(main) = self.main.take() else {
            return Err(Vec::new());
        };
        let id = main.id;
        let scope = self.store[id].scope;
        let main_func = self.store[scope].names.get("main").copied();
        let start: Vec<ObjId> = match &self.entries[..] {
            [] => main_func.into_iter().collect(),
            entries => entries.to_vec(),
        };
        let natives = Registry::new();
        let mut compiler = Compiler::new(natives.clone());
        if let Some(cover) = self.cover.take() {
            let _first = compiler.program().cover.set(cover);
        }
        let mut packages = Packages::new();
        let library = self.library.take_packages().into_iter();
        for p in library.chain(std::mem::take(&mut self.user)).chain([main]) {
            packages.add(p);
        }
        let entry = compiler.compile_entry(&mut self.store, &self.map, &mut packages, id, &start);
        self.compiled = packages;
        let entry = entry?;
        let program = compiler.program().clone();
        Ok(Compiled {
            entry: program.funcs[entry].entry,
            program,
            natives: natives.functions(),
        })
    }

    /// Prints all reports to standard error, as `report` wants them. Whether there was an error.
    pub fn report(&mut self, report: Report) -> bool {
        let diags = std::mem::take(&mut self.diags);
        let failed = diags.has_errors();
        let style = match report.format {
            Format::Json => {
                print!("{}", json::lines(&self.map, &diags.into_sorted()));
                return failed;
            }
            Format::Line => Style::Lines,
            Format::Snippet => Style::Snippets { color: use_colour() },
        };
        eprint!("{}", render(&self.map, &diags.into_sorted(), style, report.all));
        failed
    }
}

/// Whether standard error shows colours: a terminal, and the user has not said no.
pub fn use_colour() -> bool {
    use std::io::IsTerminal;
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::io::stderr().is_terminal()
}

/// Runs `f` on a thread whose stack holds the deepest tree.
pub fn with_deep_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("front end".to_owned())
            .stack_size(STACK);
        let handle = thread.spawn_scoped(scope, f).unwrap_or_else(|e| {
            eprintln!("mgo: no thread with a stack of {} MB: {e}", STACK >> 20);
            std::process::exit(2)
        });
        handle
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
