//! Packages and their test files.

use std::path::PathBuf;

use crate::load::LoadError;
use crate::module::{self, COMMAND_LINE, Graph, Options, is_source};

/// A package to be tested, as the parent sees it.
pub struct Tested {
    /// Its import path.
    pub import_path: String,
    /// What names it to a test binary: its folder, or its files.
    pub patterns: Vec<String>,
    /// Whether there is anything to run.
    pub has_tests: bool,
    /// Why it cannot be had.
    pub broken: Option<String>,
}

/// What was found for a command line.
#[derive(Default)]
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

/// The packages that `patterns` name. A pattern that names none is a package that cannot be set up.
pub fn tested(patterns: &[String], tags: &[String]) -> Found {
    let mut found = Found::default();
    match load(patterns, tags) {
        Ok(graph) => found.add(&graph, patterns),
        Err(_) if patterns.len() > 1 && !patterns.iter().any(|p| is_source(p)) => {
            for p in patterns {
                found.add_all(tested(std::slice::from_ref(p), tags));
            }
        }
        Err(e) => {
            let name = patterns.first().map_or(".", String::as_str);
            let text = match &e {
                LoadError::Io(path, e) if e.kind() == std::io::ErrorKind::NotFound => {
                    format!("stat {}: directory not found", path.display())
                }
                e => e.to_string(),
            };
            found.packages.push(Tested {
                import_path: name.to_owned(),
                patterns: Vec::new(),
                has_tests: false,
                broken: Some(text),
            });
        }
    }
    found
}

impl Found {
    fn add(&mut self, graph: &Graph, patterns: &[String]) {
        for &i in &graph.roots {
            let p = &graph.packages[i];
            self.packages.push(Tested {
                import_path: p.import_path.clone(),
                patterns: if p.import_path == COMMAND_LINE {
                    patterns.to_vec()
                } else {
                    vec![p.dir.display().to_string()]
                },
                has_tests: !p.test_files.is_empty() || !p.xtest_files.is_empty(),
                broken: None,
            });
        }
        for p in &graph.unmatched {
            self.warnings
                .push(format!("warning: \"{p}\" matched no packages"));
        }
        self.warnings
            .extend(graph.refused.iter().map(ToString::to_string));
    }

    /// Adds what another pattern names, unless it was named before.
    fn add_all(&mut self, other: Found) {
        self.warnings.extend(other.warnings);
        for p in other.packages {
            if self.packages.iter().all(|q| q.import_path != p.import_path) {
                self.packages.push(p);
            }
        }
    }
}

/// The absolute place of a file that diagnostics name `name`.
pub fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}
