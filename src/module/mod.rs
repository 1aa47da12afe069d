//! Packages and modules: from what the user names to all sources of a program.
//!
//! A folder is a package, a tree with `go.mod` is a module. [`load`] turns patterns (`.`, `./cmd/x`, `./...`,
//! `example.com/m/a`, files) into a [`Graph`]: the packages named, all packages they import that are not of
//! the library, and what stands in the way ([`Problem`]), worded as the go command words it. Nothing is parsed
//! but the heads of files, nothing is checked.
//!
//! ```text
//!  gomod     go.mod
//!  folder    the files of one folder; build constraints
//!  pattern   what a pattern names
//!  embed     the files that //go:embed names
//!  graph     imports: where they lead, internal packages, cycles, the order of packages
//! ```
//!
//! Tests: with [`Options::tests`] the packages named carry their test files, and what these import is loaded
//! too. [`Graph::order`] gives the packages below one, [`Graph::test_order`] those for its test.

pub mod embed;
mod folder;
mod gomod;
mod graph;
mod pattern;

pub use pattern::is_source;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use mgo_lang::syntax::header::ImportRef;

use crate::load::{LoadError, Source};

/// The import path of a package made of files named on the command line.
pub const COMMAND_LINE: &str = "command-line-arguments";

/// What to load.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Test files of the packages named, too.
    pub tests: bool,
    /// Build tags besides those of the system.
    pub tags: Vec<String>,
}

/// One package as found, not parsed yet.
#[derive(Debug)]
pub struct Package {
    /// Its import path; [`COMMAND_LINE`] if it is made of named files.
    pub import_path: String,
    /// Its folder.
    pub dir: PathBuf,
    /// The name its files give it; empty if none has a package clause.
    pub name: String,
    /// Its files.
    pub files: Vec<Source>,
    /// Its test files that are inside of it.
    pub test_files: Vec<Source>,
    /// Its test files that are a package `name_test` of their own.
    pub xtest_files: Vec<Source>,
    /// What `files`, `test_files` and `xtest_files` import.
    pub imports: [Vec<FileImport>; 3],
    /// The minor version of Go that its module is written for; none outside of modules.
    pub go: Option<u32>,
    /// The path of its module; empty outside of modules.
    pub module: String,
}

/// An import with the file it stands in.
#[derive(Clone, Debug)]
pub struct FileImport {
    /// The file's name, as in diagnostics.
    pub file: String,
    /// Path and place.
    pub import: ImportRef,
}

/// What keeps a package from being built, apart from its text.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The package: an index of [`Graph::packages`].
    pub package: usize,
    /// The file and the place in it, if it is about an import.
    pub at: Option<(String, (usize, usize))>,
    /// What it is, worded as the go command's.
    pub text: String,
}

/// The packages of a program, or of several.
#[derive(Debug, Default)]
pub struct Graph {
    /// All packages, in no order.
    pub packages: Vec<Package>,
    /// Those that were named: indexes of `packages`.
    pub roots: Vec<usize>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What is wrong with folders that a pattern found.
    pub refused: Vec<LoadError>,
    /// Patterns that matched nothing.
    pub unmatched: Vec<String>,
    by_path: HashMap<String, usize>,
}

impl Graph {
    /// The package with this import path.
    pub fn find(&self, import_path: &str) -> Option<usize> {
        self.by_path.get(import_path).copied()
    }
}

/// Finds what `patterns` name and everything it imports.
///
/// # Errors
/// When a pattern names nothing that could be a package, or something cannot be read.
pub fn load(patterns: &[String], options: &Options) -> Result<Graph, LoadError> {
    let cwd = std::env::current_dir().map_err(|e| LoadError::Io(".".into(), e))?;
    let module = gomod::find(&start(&cwd, patterns)).map_err(LoadError::Module)?;
    let mut loader = graph::Loader::new(cwd, module, options)?;
    loader.name_roots(patterns)?;
    loader.follow_imports();
    Ok(loader.finish())
}

/// Finds what a file in `dir` without a package clause imports: `imports`, which stand in `source`. The root is a
/// package that consists of that file.
///
/// # Errors
/// When the module around `dir` cannot be read.
pub fn load_imports(dir: &Path, source: Source, imports: Vec<FileImport>) -> Result<Graph, LoadError> {
    let cwd = std::env::current_dir().map_err(|e| LoadError::Io(".".into(), e))?;
    let dir = pattern::clean(&cwd, dir);
    let module = gomod::find(&dir).map_err(LoadError::Module)?;
    let options = Options::default();
    let mut loader = graph::Loader::new(cwd, module, &options)?;
    loader.root_script(dir, source, imports);
    loader.follow_imports();
    Ok(loader.finish())
}

/// The folder whose module is the main one: that of the first pattern that is a path.
fn start(cwd: &Path, patterns: &[String]) -> PathBuf {
    let first = patterns.first().map_or(".", String::as_str);
    let dir = Path::new(pattern::base(first));
    if pattern::is_source(first) {
        pattern::clean(cwd, Path::new(first).parent().unwrap_or(Path::new("")))
    } else if pattern::is_path(first) && first.contains("...") {
        pattern::clean(cwd, dir)
    } else if Path::new(first).is_dir() {
        pattern::clean(cwd, Path::new(first))
    } else {
        cwd.to_owned()
    }
}
