//! A program on its way from sources to a checked package, with all that diagnostics and the compiler need.

use std::path::PathBuf;
use std::sync::Arc;

use mgo_lang::diag::render::{Style, render};
use mgo_lang::diag::{Code, Diagnostic, Diagnostics};
use mgo_lang::source::{SourceMap, Span};
use mgo_lang::syntax::ast::{ExprIds, File};
use mgo_lang::syntax::lexer::{decode, report_invalid_utf8};
use mgo_lang::syntax::parser::parse_file;
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::types::store::Store;
use mgo_lang::types::{Source, check_package};
use mgo_stdlib::library::{Library, RUNTIME_ERRORS};
use mgo_stdlib::natives::Registry;
use mgo_vm::bytecode::program::{FuncEntry, Program};
use mgo_vm::compile::{Compiler, Packages};
use mgo_vm::native::NativeFn;

use crate::load::{self, LoadError};
use crate::{Format, Report};

/// Stack of the thread that parses, checks and compiles: passes recurse as deep as the tree.
const STACK: usize = 1 << 30;

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
    /// Package main; none if it did not parse.
    pub main: Option<CheckedPackage>,
}

impl Session {
    /// Reads, parses and checks the package that `paths` name.
    ///
    /// # Errors
    /// When sources cannot be read; errors in them are in `diags`.
    pub fn check(paths: &[PathBuf]) -> Result<Session, LoadError> {
        let mut s = Session {
            map: SourceMap::new(),
            store: Store::new(),
            library: Library::new(),
            diags: Diagnostics::new(),
            main: None,
        };
        let mut ids = ExprIds::default();
        let files = s.parse(paths, &mut ids)?;
        if s.diags.iter().any(|d| !d.soft) {
            // The tree has gaps.
            return Ok(s);
        }
        let config = Config {
            stack: STACK / 4,
            allow_type_params: true,
            ..Config::default()
        };
        let source = Source {
            path: "main",
            files,
            n_exprs: ids.count() as u32,
        };
        let checked = check_package(
            &mut s.store,
            &mut s.map,
            &mut s.library,
            &config,
            source,
            &mut s.diags,
        );
        s.main = Some(checked);
        if let Err(why) = s.library.import(&mut s.store, &mut s.map, RUNTIME_ERRORS) {
            s.diags
                .push(Diagnostic::error(Code::BrokenImport, Span::NOWHERE, why));
        }
        for d in s.library.diags.iter() {
            s.diags.push(d.clone());
        }
        Ok(s)
    }

    fn parse(&mut self, paths: &[PathBuf], ids: &mut ExprIds) -> Result<Vec<File>, LoadError> {
        let mut files = Vec::new();
        for source in load::read(paths)? {
            let (text, bad) = decode(source.bytes);
            let too_large = |_| LoadError::TooLarge(PathBuf::from(&source.name));
            let file = self.map.add(source.name.as_str(), text).map_err(too_large)?;
            report_invalid_utf8(self.map.file(file), &bad, &mut self.diags);
            files.push(parse_file(&self.map, file, ids, &mut self.diags));
        }
        Ok(files)
    }

    /// Reports what is wrong, and compiles the program if nothing is.
    pub fn compile(mut self, report: Report) -> Option<Compiled> {
        if self.report(report) {
            return None;
        }
        let main = self.main.take()?;
        let id = main.id;
        let scope = self.store[id].scope;
        if !self.store[scope].names.contains_key("main") {
            let at = main.files.first().map_or(Span::NOWHERE, |f| f.package.span);
            let text = "function main is undeclared in the main package";
            self.diags
                .push(Diagnostic::error(Code::InvalidMainDecl, at, text));
            self.report(report);
            return None;
        }
        let natives = Registry::new();
        let mut compiler = Compiler::new(natives.clone());
        let mut packages = Packages::new();
        for p in self.library.take_packages().into_iter().chain([main]) {
            packages.add(p);
        }
        match compiler.compile_main(&mut self.store, &self.map, &mut packages, id) {
            Ok(entry) => {
                let program = compiler.program().clone();
                let entry = program.funcs[entry].entry;
                Some(Compiled {
                    program,
                    entry,
                    natives: natives.functions(),
                })
            }
            Err(diags) => {
                diags.into_iter().for_each(|d| self.diags.push(d));
                self.report(report);
                None
            }
        }
    }

    /// Prints all reports to standard error, as `report` wants them. Whether there was an error.
    pub fn report(&mut self, report: Report) -> bool {
        let diags = std::mem::take(&mut self.diags);
        let failed = diags.has_errors();
        let style = match report.format {
            Format::Line => Style::Lines,
            Format::Snippet => Style::Snippets { color: use_colour() },
        };
        eprint!("{}", render(&self.map, &diags.into_sorted(), style, report.all));
        failed
    }
}

/// Whether standard error shows colours: a terminal, and the user has not said no.
fn use_colour() -> bool {
    use std::io::IsTerminal;
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::io::stderr().is_terminal()
}

/// Runs `f` on a thread whose stack holds the deepest tree.
pub fn with_deep_stack<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("front end".to_owned())
            .stack_size(STACK);
        let handle = thread.spawn_scoped(scope, f).expect("a thread can be started");
        handle
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
