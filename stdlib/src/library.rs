//! The importer of the standard library: from import paths to checked packages.
//!
//! A package is parsed and its declarations are checked when something imports it; the bodies of its
//! functions wait until the compiler asks ([`Library::check_body`]).

use std::collections::HashMap;

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::parse_outline;
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::types::store::{ObjId, PkgId, Store};
use mgo_lang::types::{Source, check_func_body, check_package};

use crate::sources;

/// The package whose types run-time panics are made of: part of every program.
pub const RUNTIME_ERRORS: &str = "internal/rterr";

/// Packages imported so far.
#[derive(Default)]
pub struct Library {
    packages: Vec<CheckedPackage>,
    by_path: HashMap<String, PkgId>,
    /// Packages that are being imported: to find cycles.
    loading: Vec<String>,
    /// What is wrong in the library itself: mgo's fault, not the user's.
    pub diags: Diagnostics,
}

impl Library {
    /// An empty one.
    pub fn new() -> Library {
        Library::default()
    }

    /// How library packages are checked.
    pub fn config() -> Config {
        Config {
            lazy_bodies: true,
            allow_missing_bodies: true,
            allow_type_params: true,
            ..Config::default()
        }
    }

    /// The packages imported so far, each after those it imports.
    pub fn packages(&self) -> &[CheckedPackage] {
        &self.packages
    }

    /// The packages themselves; the library is empty then.
    pub fn take_packages(&mut self) -> Vec<CheckedPackage> {
        std::mem::take(&mut self.packages)
    }

    /// Parses and checks the body of `func` of package `pkg`, if that has not been done.
    pub fn check_body(
        store: &mut Store,
        map: &SourceMap,
        pkg: &mut CheckedPackage,
        func: ObjId,
        diags: &mut Diagnostics,
    ) {
        check_func_body(store, map, &Library::config(), pkg, func, diags);
    }
}

impl Importer for Library {
    fn import(&mut self, store: &mut Store, map: &mut SourceMap, path: &str) -> Result<PkgId, String> {
        if let Some(&id) = self.by_path.get(path) {
            return Ok(id);
        }
        let Some(files) = sources::of(path) else {
            return Err(format!("package {path} is not in std"));
        };
        if self.loading.iter().any(|p| p == path) {
            return Err("import cycle not allowed".to_owned());
        }
        self.loading.push(path.to_owned());
        let mut ids = ExprIds::default();
        let mut diags = std::mem::take(&mut self.diags);
        let parsed: Result<Vec<_>, _> = files.iter().map(|(name, text)| map.add(*name, *text)).collect();
        let parsed = parsed.map_err(|_| "more than 4 GiB of source".to_owned())?;
        let trees = parsed
            .into_iter()
            .map(|f| parse_outline(map, f, &mut ids, &mut diags))
            .collect();
        let source = Source {
            path,
            files: trees,
            n_exprs: ids.count() as u32,
        };
        let checked = check_package(store, map, self, &Library::config(), source, &mut diags);
        self.diags = diags;
        self.loading.pop();
        let id = checked.id;
        self.packages.push(checked);
        self.by_path.insert(path.to_owned(), id);
        Ok(id)
    }

    fn guess(&self, name: &str) -> Option<String> {
        sources::named(name).map(str::to_owned)
    }
}
