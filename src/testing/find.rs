//! Packages and their test files.

use std::path::PathBuf;

use crate::load::LoadError;
use crate::module::{self, COMMAND_LINE, Graph, Options};

/// A package to be tested, as the parent sees it.
pub struct Tested {
    /// Its import path.
    pub import_path: String,
    /// What names it to a test binary: its folder, or its files.
    pub patterns: Vec<String>,
    /// Whether there is anything to run.
    pub has_tests: bool,
}

/// What was found for a command line.
pub struct Found {
    /// The packages, in order.
    pub packages: Vec<Tested>,
    /// What to tell the user.
    pub warnings: Vec<String>,
}

/// How packages are loaded for their tests.
pub fn options(tags: &[String]) -> Options {
    Options {
        tests: true,
        tags: tags.to_vec(),
    }
}

/// Loads the packages that `patterns` name; none means the one in this folder.
///
/// # Errors
/// When one names nothing, or something cannot be read.
pub fn load(patterns: &[String], tags: &[String]) -> Result<Graph, LoadError> {
    let here = [".".to_owned()];
    let patterns = if patterns.is_empty() { &here } else { patterns };
    module::load(patterns, &options(tags))
}

/// The packages that `patterns` name.
///
/// # Errors
/// As [`load`].
pub fn tested(patterns: &[String], tags: &[String]) -> Result<Found, LoadError> {
    let graph = load(patterns, tags)?;
    let packages = graph.roots.iter().map(|&i| {
        let p = &graph.packages[i];
        Tested {
            import_path: p.import_path.clone(),
            patterns: if p.import_path == COMMAND_LINE {
                patterns.to_vec()
            } else {
                vec![p.dir.display().to_string()]
            },
            has_tests: !p.test_files.is_empty() || !p.xtest_files.is_empty(),
        }
    });
    let unmatched = graph.unmatched.iter();
    let unmatched = unmatched.map(|p| format!("warning: \"{p}\" matched no packages"));
    let refused = graph.refused.iter().map(ToString::to_string);
    Ok(Found {
        packages: packages.collect(),
        warnings: unmatched.chain(refused).collect(),
    })
}

/// The absolute place of a file that diagnostics name `name`.
pub fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
