//! The files of one folder: which belong to its package, which to its tests, which to no build.

use std::path::{Path, PathBuf};

use mgo_lang::syntax::{constraint, header};

use super::{FileImport, Options};
use crate::load::{LoadError, Source, read_file};

/// The newest minor version of Go whose language mgo runs.
pub const GO_MINOR: u32 = 27;

/// The sources of a folder, sorted by name within each list.
#[derive(Debug, Default)]
pub struct Folder {
    /// The name in the package clauses.
    pub name: String,
    /// Files of the package.
    pub files: Vec<Source>,
    /// Test files inside of the package.
    pub test_files: Vec<Source>,
    /// Test files of package `name_test`.
    pub xtest_files: Vec<Source>,
    /// What the files of each list import.
    pub imports: [Vec<FileImport>; 3],
    /// Files that constraints keep out.
    pub ignored: Vec<PathBuf>,
}

/// Why the files of a folder are no package.
#[derive(Debug)]
pub enum Refusal {
    /// No sources at all.
    Empty,
    /// Constraints keep out all of them.
    Excluded,
    /// Two names in package clauses, each with a file that has it.
    TwoPackages([(String, String); 2]),
    /// A file could not be read, or its constraint is wrong.
    File(LoadError),
}

/// Whether a tag is set: system, architecture, versions of Go, `mgo` itself, and those the user names.
pub fn tag_is_set(tag: &str, extra: &[String]) -> bool {
    let version = |t: &str| {
        t.strip_prefix("go1.")
            .and_then(|n| n.parse::<u32>().ok())
            .is_some_and(|n| (1..=GO_MINOR).contains(&n))
    };
    matches!(tag, "linux" | "unix" | "amd64" | "mgo") || version(tag) || extra.iter().any(|t| t == tag)
}

/// Reads the sources in `dir` that belong to the build; `shown` is the folder as file names show it.
///
/// # Errors
/// Why they are no package.
pub fn read(dir: &Path, shown: &Path, options: &Options) -> Result<Folder, Refusal> {
    let io = |e| Refusal::File(LoadError::Io(dir.to_owned(), e));
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .map_err(io)?
        .flatten()
        .map(|e| e.path())
        .filter(|p| source_stem(p).is_some())
        .collect();
    paths.sort();
    let mut folder = Folder::default();
    let set = |tag: &str| tag_is_set(tag, &options.tags);
    for path in paths {
        let stem = source_stem(&path).unwrap_or_default();
        if !constraint::name_matches(&stem, &set) {
            folder.ignored.push(path);
            continue;
        }
        let shown = shown.join(path.file_name().unwrap_or_default());
        let source = read_file(&path, &shown).map_err(Refusal::File)?;
        let test = stem.ends_with("_test");
        folder
            .add(source, path, test, Some(&set))
            .map_err(Refusal::File)?;
    }
    folder.finish(options.tests)
}

/// The package of files that were named: constraints do not keep them out.
///
/// # Errors
/// Why they are no package.
pub fn of_files(files: Vec<Source>, options: &Options) -> Result<Folder, Refusal> {
    let mut folder = Folder::default();
    for source in files {
        let path = source.path.clone();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let test = options.tests && stem.ends_with("_test");
        folder
            .add(source, path.clone(), test, None)
            .map_err(Refusal::File)?;
    }
    // That the files agree on it is the checker's to see.
    let mut all = folder.files.iter().chain(&folder.test_files);
    if let Some(first) = all.next().or(folder.xtest_files.first()) {
        folder.name = first.package.trim_end_matches("_test").to_owned();
    }
    Ok(folder)
}

/// The name without its extension, if this is a source file; tests are, hidden files are not.
fn source_stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let (stem, ext) = name.rsplit_once('.')?;
    let hidden = name.starts_with(['.', '_']);
    (matches!(ext, "mgo" | "go") && !hidden && path.is_file()).then(|| stem.to_owned())
}

impl Folder {
    /// Adds a file to its list, if its constraint holds or none are asked for.
    fn add(
        &mut self,
        source: Source,
        path: PathBuf,
        test: bool,
        set: Option<&dyn Fn(&str) -> bool>,
    ) -> Result<(), LoadError> {
        let head = header::read(&String::from_utf8_lossy(&source.bytes));
        if let (Some(set), Some(constraint)) = (set, head.constraint) {
            let x = constraint.map_err(|why| LoadError::Constraint(source.name.clone(), why))?;
            if !x.eval(set) {
                self.ignored.push(path);
                return Ok(());
            }
        }
        let external = test && head.package.ends_with("_test");
        let list = match (test, external) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        };
        let imports = head.imports.into_iter().map(|import| FileImport {
            file: source.name.clone(),
            import,
        });
        self.imports[list].extend(imports);
        let lists = [&mut self.files, &mut self.test_files, &mut self.xtest_files];
        let source = Source {
            package: head.package,
            ..source
        };
        lists[list].push(source);
        Ok(())
    }

    /// Finds the package's name; all files agree on it.
    fn finish(mut self, tests: bool) -> Result<Folder, Refusal> {
        if !tests {
            self.test_files.clear();
            self.xtest_files.clear();
            self.imports[1].clear();
            self.imports[2].clear();
        }
        let has_tests = !self.test_files.is_empty() || !self.xtest_files.is_empty();
        if self.files.is_empty() && !has_tests {
            return Err(if self.ignored.is_empty() {
                Refusal::Empty
            } else {
                Refusal::Excluded
            });
        }
        // A file without a readable package clause is the parser's to report.
        let named = |s: &&Source| !s.package.is_empty();
        let mut clauses = self.files.iter().chain(&self.test_files).filter(named);
        if let Some(first) = clauses.next() {
            if let Some(other) = clauses.find(|s| s.package != first.package) {
                let pair = |s: &Source| (s.package.clone(), s.base_name());
                return Err(Refusal::TwoPackages([pair(first), pair(other)]));
            }
            self.name = first.package.clone();
        } else if let Some(x) = self.xtest_files.first() {
            self.name = x.package.trim_end_matches("_test").to_owned();
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_this_build() {
        let set = |t| tag_is_set(t, &["mine".to_owned()]);
        for t in ["linux", "unix", "amd64", "mgo", "go1.1", "go1.27", "mine"] {
            assert!(set(t), "{t}");
        }
        for t in ["windows", "go1.0", "go1.28", "gc", "cgo", "ignore", "race"] {
            assert!(!set(t), "{t}");
        }
    }
}
