//! The front end in-process: sources of packages in, reports by file and line out.
//!
//! Packages of the library are read from `stdlib/mgo` beside this crate, so that no other crate of the
//! project is needed.

use std::path::{Path, PathBuf};

use mgo_lang::diag::{Code, Diagnostics};
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::{ExprIds, File};
use mgo_lang::syntax::lexer::{decode, report_invalid_utf8};
use mgo_lang::syntax::parser::{parse_file, parse_outline};
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::store::{PkgId, Store};
use mgo_lang::types::{Source, check_package};
use rustc_hash::FxHashMap;

/// A package to check: what others import it as, and its files.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Import paths.
    pub paths: Vec<String>,
    /// Name and bytes of each file.
    pub files: Vec<(String, Vec<u8>)>,
}

/// How a program is checked.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The language version, as `go1.17`; empty: the newest.
    pub lang: String,
    /// Functions need no body.
    pub missing_bodies: bool,
    /// Show ten errors only.
    pub limit: bool,
    /// As Go tests its checker: with the built-in function `assert`, and in spite of syntax errors.
    pub asserts: bool,
}

/// One report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// As one text, further places included.
    pub text: String,
}

/// What checking gave.
#[derive(Debug, Default)]
pub struct Checked {
    /// The reports on all packages in order.
    pub reports: Vec<Report>,
    /// A package of the library that mgo has not.
    pub lacks: Option<String>,
}

/// Packages checked before, and the library.
#[derive(Default)]
struct Packages {
    known: FxHashMap<String, PkgId>,
    lacks: Option<String>,
}

/// Where the library's sources stand.
fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../stdlib/mgo")
}

impl Importer for Packages {
    fn import(&mut self, store: &mut Store, map: &mut SourceMap, path: &str) -> Result<PkgId, String> {
        if let Some(&id) = self.known.get(path) {
            return Ok(id);
        }
        let mut files: Vec<PathBuf> = std::fs::read_dir(library().join(path))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.extension().is_some_and(|e| e == "mgo"))
            .collect();
        if files.is_empty() {
            if in_go(path) {
                self.lacks.get_or_insert(path.to_owned());
            }
            return Err(format!("package {path} is not in std"));
        }
        files.sort();
        let (mut ids, mut diags) = (ExprIds::new(), Diagnostics::new());
        let mut trees = Vec::new();
        for f in &files {
            let text = std::fs::read_to_string(f).map_err(|e| e.to_string())?;
            let id = map.add(f.to_string_lossy(), text).map_err(|_| "too large")?;
            trees.push(parse_outline(map, id, &mut ids, &mut diags));
        }
        let config = Config {
            lazy_bodies: true,
            allow_missing_bodies: true,
            allow_type_params: true,
            ..Config::default()
        };
        let source = Source {
            path,
            files: trees,
            n_exprs: ids.count() as u32,
        };
        let id = check_package(store, map, self, &config, source, &mut diags).id;
        self.known.insert(path.to_owned(), id);
        Ok(id)
    }
}

/// Whether real Go's library has the package.
fn in_go(path: &str) -> bool {
    super::godirs::goroot().is_some_and(|r| !path.starts_with('.') && r.join("src").join(path).is_dir())
}

/// Checks `packages` one after the other; each may import those before it.
pub fn check(packages: &[Package], options: &Options) -> Checked {
    let (mut store, mut map) = (Store::new(), SourceMap::new());
    if options.asserts {
        store.predeclare_assert();
    }
    let mut importer = Packages::default();
    let mut out = Checked::default();
    let config = Config {
        stack: 64 << 20,
        allow_type_params: true,
        allow_missing_bodies: options.missing_bodies,
        go_version: options.lang.strip_prefix("go1.").and_then(|v| v.parse().ok()),
        ..Config::default()
    };
    for p in packages {
        let (mut ids, mut diags) = (ExprIds::new(), Diagnostics::new());
        let files: Vec<File> = p
            .files
            .iter()
            .map(|(name, bytes)| {
                let (text, bad) = decode(bytes.clone());
                let id = map.add(name.as_str(), text).expect("less than 4 GiB");
                report_invalid_utf8(map.file(id), &bad, &mut diags);
                parse_file(&map, id, &mut ids, &mut diags)
            })
            .collect();
        if options.asserts || !diags.iter().any(|d| !d.soft) {
            let source = Source {
                path: p.paths.first().map_or("main", |p| p),
                files,
                n_exprs: ids.count() as u32,
            };
            let id = check_package(&mut store, &mut map, &mut importer, &config, source, &mut diags).id;
            importer.known.extend(p.paths.iter().map(|p| (p.clone(), id)));
        }
        let mut list = diags.into_sorted();
        if importer.lacks.is_some() {
            list.retain(|d| d.code != Code::BrokenImport);
        }
        if options.limit {
            list.truncate(10);
        }
        for d in list {
            let Some(at) = map.locate(d.span.lo) else { continue };
            let mut text = d.message;
            for (span, label) in &d.labels {
                let place = map.locate(span.lo).map(|l| format!("{l}: "));
                text += &format!("\n\t{}{label}", place.unwrap_or_default());
            }
            out.reports.push(Report {
                file: at.file.rsplit('/').next().unwrap_or_default().to_owned(),
                line: at.line,
                column: at.column,
                text,
            });
        }
    }
    out.lacks = importer.lacks;
    out
}
