//! How the checker asks for the packages a file imports.

use crate::source::SourceMap;
use crate::types::store::{PkgId, Store};

/// Finds packages by their import path.
pub trait Importer {
    /// The checked package `path`; its files are added to `map`.
    ///
    /// # Errors
    /// Why it cannot be had, as Go words it after "could not import path".
    fn import(&mut self, store: &mut Store, map: &mut SourceMap, path: &str) -> Result<PkgId, String>;

    /// The path of the package that `name` means where nothing of that name is declared or imported.
    fn guess(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
}

/// An importer that knows no package.
#[derive(Debug, Default)]
pub struct NoPackages;

impl Importer for NoPackages {
    fn import(&mut self, _: &mut Store, _: &mut SourceMap, path: &str) -> Result<PkgId, String> {
        Err(format!("package {path} is not in std"))
    }
}
