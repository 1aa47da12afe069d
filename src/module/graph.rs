//! Where imports lead.
//!
//! A path is looked for in the library, in the main module, in modules that `replace` puts into folders, in
//! `vendor`. The same rules as the go command's hold for what may import what: nothing outside of the tree
//! around an `internal` folder imports what is in it, no package imports itself by any way, programs are not
//! imported.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use mgo_stdlib::sources;

use super::folder::{self, Folder, Refusal};
use super::gomod::{self, Module};
use super::{COMMAND_LINE, FileImport, Graph, Options, Package, Problem, pattern};
use crate::load::{self, LoadError, Source};

/// Finds packages.
pub struct Loader<'o> {
    options: &'o Options,
    cwd: PathBuf,
    /// The main module first, then replaced ones.
    modules: Vec<Module>,
    /// Modules replaced by folders that nothing requires.
    not_required: Vec<Module>,
    program: Graph,
    /// Import paths that cannot be had: they were reported.
    missing: HashSet<String>,
}

/// Where an import path leads.
enum Found {
    /// Into the library.
    Library,
    /// To a folder.
    Folder(PathBuf),
    /// Nowhere: why.
    Nowhere(String),
}

/// How far the search for cycles is with a package.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Visit {
    New,
    Open,
    Done,
}

impl<'o> Loader<'o> {
    /// A loader for what is seen from `cwd`.
    ///
    /// # Errors
    /// When a module that replaces another cannot be read.
    pub fn new(cwd: PathBuf, main: Option<Module>, options: &'o Options) -> Result<Loader<'o>, LoadError> {
        let (mut modules, mut not_required) = (Vec::new(), Vec::new());
        if let Some(main) = main {
            for r in &main.replaced {
                let dir = pattern::clean(&main.dir, &r.dir);
                if !dir.join("go.mod").is_file() {
                    let (path, why) = (
                        r.path.clone(),
                        format!("replacement directory {} does not exist", r.dir.display()),
                    );
                    return Err(LoadError::Module(format!("{path}: {why}")));
                }
                let mut module = gomod::read(&dir).map_err(LoadError::Module)?;
                module.path.clone_from(&r.path);
                if main.required.contains(&r.path) {
                    modules.push(module);
                } else {
                    not_required.push(module);
                }
            }
            modules.insert(0, main);
        }
        Ok(Loader {
            options,
            cwd,
            modules,
            not_required,
            program: Graph::default(),
            missing: HashSet::new(),
        })
    }

    /// The program as loaded.
    pub fn finish(self) -> Graph {
        self.program
    }

    // --- what is named ---

    /// Adds the packages that `patterns` name.
    ///
    /// # Errors
    /// When one names nothing.
    pub fn name_roots(&mut self, patterns: &[String]) -> Result<(), LoadError> {
        if patterns.iter().any(|p| p == "-" || pattern::is_source(p)) {
            return self.named_files(patterns);
        }
        for p in patterns {
            if p.contains("...") {
                self.wildcard(p)?;
            } else if pattern::is_path(p) || self.module_of(p).is_none() && Path::new(p).is_dir() {
                self.root_folder(Path::new(p), false)?;
            } else {
                self.root_path(p)?;
            }
        }
        Ok(())
    }

    fn named_files(&mut self, files: &[String]) -> Result<(), LoadError> {
        let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
        let sources = load::read(&files)?;
        let dir = files[0].parent().unwrap_or(Path::new(""));
        let dir = pattern::clean(&self.cwd, dir);
        let folder =
            folder::of_files(sources, self.options).map_err(|r| self.refused(r, &dir, COMMAND_LINE))?;
        let i = self.add(COMMAND_LINE, dir, folder);
        self.program.roots.push(i);
        Ok(())
    }

    /// Makes a root of a file without a package clause.
    pub fn root_script(&mut self, dir: PathBuf, source: Source, imports: Vec<FileImport>) {
        let folder = Folder {
            name: "main".to_owned(),
            files: vec![source],
            imports: [imports, Vec::new(), Vec::new()],
            ..Folder::default()
        };
        let i = self.add(COMMAND_LINE, dir, folder);
        self.program.roots.push(i);
    }

    fn wildcard(&mut self, p: &str) -> Result<(), LoadError> {
        let before = self.program.roots.len();
        if pattern::is_path(p) {
            let base = Path::new(pattern::base(p));
            let root = pattern::clean(&self.cwd, base);
            if !root.is_dir() {
                let dir = p.split("...").next().unwrap_or(p);
                let why = format!("pattern {p}: lstat {dir}: no such file or directory");
                return Err(LoadError::Refused(why));
            }
            for dir in pattern::folders(&root) {
                let below = dir.strip_prefix(&root).unwrap_or(&dir);
                let mut name = base.join(below).display().to_string();
                if p.starts_with("./") && !name.starts_with('.') {
                    name.insert_str(0, "./");
                }
                if pattern::matches(p, name.trim_end_matches('/')) {
                    self.root_folder(&dir, true)?;
                }
            }
        } else {
            for (dir, path) in self.module_folders() {
                if pattern::matches(p, &path) {
                    self.root_folder(&dir, true)?;
                }
            }
        }
        if self.program.roots.len() == before {
            self.program.unmatched.push(p.to_owned());
        }
        Ok(())
    }

    /// All folders of all modules with their import paths.
    fn module_folders(&self) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for m in &self.modules {
            for dir in pattern::folders(&m.dir) {
                let path = join(&m.path, dir.strip_prefix(&m.dir).unwrap_or(Path::new("")));
                found.push((dir, path));
            }
        }
        found
    }

    /// Makes a folder's package a root; with `if_any` a folder without sources is left out.
    fn root_folder(&mut self, dir: &Path, if_any: bool) -> Result<(), LoadError> {
        let dir = pattern::clean(&self.cwd, dir);
        let path = self.path_of(&dir);
        if let Some(&i) = self.program.by_path.get(&path) {
            if !self.program.roots.contains(&i) {
                self.program.roots.push(i);
            }
            return Ok(());
        }
        let shown = pattern::shown(&self.cwd, &dir);
        match folder::read(&dir, &shown, self.options) {
            Ok(folder) => {
                let i = self.add(&path, dir, folder);
                self.program.roots.push(i);
                Ok(())
            }
            Err(Refusal::Empty | Refusal::Excluded) if if_any => Ok(()),
            Err(r) if if_any => {
                let e = self.refused(r, &dir, &path);
                self.program.refused.push(e);
                Ok(())
            }
            Err(r) => Err(self.refused(r, &dir, &path)),
        }
    }

    fn root_path(&mut self, path: &str) -> Result<(), LoadError> {
        match self.find(path) {
            Found::Folder(dir) => self.root_folder(&dir, false),
            Found::Library => Err(LoadError::Refused(format!(
                "package {path} is part of mgo's library; it is checked with what imports it"
            ))),
            Found::Nowhere(why) => Err(LoadError::Refused(why)),
        }
    }

    /// The import path of the package in a folder.
    fn path_of(&self, dir: &Path) -> String {
        for m in &self.modules {
            if let Ok(below) = dir.strip_prefix(&m.dir) {
                return join(&m.path, below);
            }
        }
        // Outside of modules nothing can import it; the path only tells it from others.
        match dir.strip_prefix(&self.cwd) {
            Ok(below) => join(&last_element(&self.cwd), below),
            Err(_) => last_element(dir),
        }
    }

    fn refused(&self, r: Refusal, dir: &Path, path: &str) -> LoadError {
        match r {
            Refusal::File(e) => e,
            Refusal::Empty => LoadError::NoSources(pattern::shown(&self.cwd, dir)),
            other => LoadError::Refused(match refusal_text(&other, dir) {
                text if matches!(other, Refusal::Excluded) => format!("package {path}: {text}"),
                text => text,
            }),
        }
    }

    fn add(&mut self, path: &str, dir: PathBuf, folder: Folder) -> usize {
        let i = self.program.packages.len();
        let of = self.modules.iter().find(|m| dir.starts_with(&m.dir));
        self.program.packages.push(Package {
            import_path: path.to_owned(),
            go: of.and_then(|m| m.go),
            module: of.map_or_else(String::new, |m| m.path.clone()),
            dir,
            name: folder.name,
            files: folder.files,
            test_files: folder.test_files,
            xtest_files: folder.xtest_files,
            imports: folder.imports,
        });
        self.program.by_path.insert(path.to_owned(), i);
        i
    }

    // --- where paths lead ---

    fn module_of(&self, path: &str) -> Option<&Module> {
        let longest = |m: &&Module| m.path.len();
        self.modules
            .iter()
            .filter(|m| below(path, &m.path).is_some())
            .max_by_key(longest)
    }

    fn find(&self, path: &str) -> Found {
        if matches!(path, "C" | "unsafe") || sources::of(path).is_some() {
            return Found::Library;
        }
        if let Some(why) = malformed(path) {
            return Found::Nowhere(why);
        }
        if let Some(m) = self.module_of(path) {
            let dir = m.dir.join(below(path, &m.path).unwrap_or_default());
            if has_sources(&dir) {
                return Found::Folder(dir);
            }
        }
        if let Some(main) = self.modules.first() {
            let dir = main.dir.join("vendor").join(path);
            if has_sources(&dir) {
                return Found::Folder(dir);
            }
        }
        let standard = !path.split('/').next().unwrap_or_default().contains('.');
        if standard {
            return Found::Nowhere(format!("package {path} is not in std"));
        }
        if let Some(m) = self.not_required.iter().find(|m| below(path, &m.path).is_some()) {
            let m = &m.path;
            return Found::Nowhere(format!(
                "module {m} provides package {path} and is replaced but not required; to add it:\n\tgo get {m}"
            ));
        }
        Found::Nowhere(if self.modules.is_empty() {
            format!(
                "no required module provides package {path}: go.mod file not found in current directory or any \
                 parent directory; see 'go help modules'"
            )
        } else {
            format!("no required module provides package {path}; to add it:\n\tgo get {path}")
        })
    }

    // --- following imports ---

    /// Loads all that is imported and finds what is wrong with it.
    pub fn follow_imports(&mut self) {
        let mut i = 0;
        while i < self.program.packages.len() {
            for list in 0..3 {
                for import in self.program.packages[i].imports[list].clone() {
                    self.follow(i, &import);
                }
            }
            i += 1;
        }
        self.find_cycles();
        if self.options.tests {
            self.find_test_cycles();
        }
    }

    fn follow(&mut self, from: usize, import: &FileImport) {
        let path = &import.import.path;
        let importer = self.importer_path(from);
        if !internal_allowed(path, &importer) {
            let text = format!("use of internal package {path} not allowed");
            return self.problem(from, Some(import), text);
        }
        if let Some(&to) = self.program.by_path.get(path) {
            return self.check_importable(from, import, to);
        }
        if self.missing.contains(path) {
            return;
        }
        let dir = match self.find(path) {
            Found::Library => return,
            Found::Folder(dir) => dir,
            Found::Nowhere(text) => {
                self.missing.insert(path.clone());
                return self.problem(from, Some(import), text);
            }
        };
        let shown = pattern::shown(&self.cwd, &dir);
        let without_tests = Options {
            tests: false,
            ..self.options.clone()
        };
        match folder::read(&dir, &shown, &without_tests) {
            Ok(folder) => {
                let to = self.add(path, dir, folder);
                self.check_importable(from, import, to);
            }
            Err(r) => {
                self.missing.insert(path.clone());
                let text = match &r {
                    Refusal::File(e) => e.to_string(),
                    r => refusal_text(r, &dir),
                };
                self.problem(from, Some(import), text);
            }
        }
    }

    /// The import path of a package as far as `internal` is concerned: that of its folder.
    fn importer_path(&self, package: usize) -> String {
        let p = &self.program.packages[package];
        if p.import_path == COMMAND_LINE {
            self.path_of(&p.dir)
        } else {
            p.import_path.clone()
        }
    }

    fn check_importable(&mut self, from: usize, import: &FileImport, to: usize) {
        let own_test = from == to;
        if self.program.packages[to].name == "main" && !own_test {
            let path = &import.import.path;
            let text = format!("import \"{path}\" is a program, not an importable package");
            self.problem(from, Some(import), text);
        }
    }

    fn problem(&mut self, package: usize, import: Option<&FileImport>, text: String) {
        let at = import.map(|i| (i.file.clone(), i.import.at));
        self.program.problems.push(Problem { package, at, text });
    }

    // --- cycles ---

    fn find_cycles(&mut self) {
        let mut state = vec![Visit::New; self.program.packages.len()];
        let mut found = Vec::new();
        for i in 0..state.len() {
            self.program.visit(i, &mut state, &mut Vec::new(), &mut found);
        }
        for (package, text) in found {
            self.problem(package, None, text);
        }
    }

    /// A test inside of a package must not import what imports the package.
    fn find_test_cycles(&mut self) {
        for root in self.program.roots.clone() {
            for import in self.program.packages[root].imports[1].clone() {
                let Some(to) = self.program.find(&import.import.path) else {
                    continue;
                };
                let Some(way) = self.program.way(to, root) else {
                    continue;
                };
                let own = &self.program.packages[root].import_path;
                let mut text = format!(
                    "package {own}\n\timports {} from {}",
                    import.import.path,
                    base_name(&import.file)
                );
                for (path, file) in way {
                    text += &format!("\n\timports {path} from {file}");
                }
                self.problem(root, None, text + ": import cycle not allowed in test");
                break;
            }
        }
    }
}

impl Graph {
    /// The packages that `package` imports, by its own files, with the file that does.
    fn imported(&self, package: usize) -> Vec<(usize, &str)> {
        self.lists(package, &[0])
    }

    fn lists(&self, package: usize, lists: &[usize]) -> Vec<(usize, &str)> {
        let p = &self.packages[package];
        let mut found: Vec<(usize, &str)> = Vec::new();
        for import in lists.iter().flat_map(|&l| &p.imports[l]) {
            if let Some(to) = self.find(&import.import.path)
                && found.iter().all(|f| f.0 != to)
            {
                found.push((to, &import.file));
            }
        }
        found.sort_by(|a, b| {
            self.packages[a.0]
                .import_path
                .cmp(&self.packages[b.0].import_path)
        });
        found
    }

    /// Looks for cycles below `i`; `stack` holds the packages on the way with the file that imports the next.
    fn visit<'p>(
        &'p self,
        i: usize,
        state: &mut [Visit],
        stack: &mut Vec<(usize, &'p str)>,
        found: &mut Vec<(usize, String)>,
    ) {
        if state[i] != Visit::New {
            return;
        }
        state[i] = Visit::Open;
        for (to, file) in self.imported(i) {
            stack.push((i, file));
            if state[to] == Visit::Open {
                let root = stack[0].0;
                let mut text = format!("package {}", self.packages[root].import_path);
                let targets = stack[1..].iter().map(|s| s.0).chain([to]);
                for (target, &(_, file)) in targets.zip(stack.iter()) {
                    let path = &self.packages[target].import_path;
                    text += &format!("\n\timports {path} from {}", base_name(file));
                }
                found.push((root, text + ": import cycle not allowed"));
            } else {
                self.visit(to, state, stack, found);
            }
            stack.pop();
        }
        state[i] = Visit::Done;
    }

    /// The chain of imports from one package to another: (path, file) of each step.
    fn way(&self, from: usize, to: usize) -> Option<Vec<(String, String)>> {
        let mut before: HashMap<usize, (usize, &str)> = HashMap::new();
        let mut todo = vec![from];
        while let Some(i) = todo.pop() {
            for (next, file) in self.imported(i) {
                if next != from && !before.contains_key(&next) {
                    before.insert(next, (i, file));
                    todo.push(next);
                }
            }
        }
        let mut way = Vec::new();
        let mut at = to;
        while at != from {
            let &(previous, file) = before.get(&at)?;
            way.push((self.packages[at].import_path.clone(), base_name(file)));
            at = previous;
        }
        way.reverse();
        Some(way)
    }

    /// The packages that the given ones need, themselves included, each after what it imports.
    pub fn order(&self, roots: &[usize]) -> Vec<usize> {
        let mut out = Vec::new();
        roots.iter().for_each(|&r| self.append(r, &mut out));
        out
    }

    fn append(&self, i: usize, out: &mut Vec<usize>) {
        let mut state = vec![Visit::New; self.packages.len()];
        out.iter().for_each(|&o| state[o] = Visit::Done);
        self.append_new(i, &[0], &mut state, out);
    }

    fn append_new(&self, i: usize, lists: &[usize], state: &mut [Visit], out: &mut Vec<usize>) {
        if state[i] != Visit::New {
            return;
        }
        state[i] = Visit::Open;
        for (to, _) in self.lists(i, lists) {
            self.append_new(to, &[0], state, out);
        }
        state[i] = Visit::Done;
        out.push(i);
    }

    /// The packages to check for the test of `root`: `root`, with its test files, after what they all import;
    /// then what only its external test imports, which may import `root` itself. The external test package comes
    /// after all of them.
    pub fn test_order(&self, root: usize) -> Vec<usize> {
        let mut out = Vec::new();
        let mut state = vec![Visit::New; self.packages.len()];
        self.append_new(root, &[0, 1], &mut state, &mut out);
        for (to, _) in self.lists(root, &[2]) {
            self.append_new(to, &[0], &mut state, &mut out);
        }
        out
    }

    /// The problems of these packages.
    pub fn problems_of<'p>(&'p self, packages: &'p [usize]) -> impl Iterator<Item = &'p Problem> {
        self.problems.iter().filter(|p| packages.contains(&p.package))
    }
}

/// What `path` has behind the module path `prefix`; none if it is not below it.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('/')
    }
}

fn join(prefix: &str, below: &Path) -> String {
    let below = below.to_string_lossy();
    if below.is_empty() {
        prefix.to_owned()
    } else {
        format!("{prefix}/{below}")
    }
}

fn last_element(dir: &Path) -> String {
    dir.file_name()
        .map_or_else(|| "root".to_owned(), |n| n.to_string_lossy().into_owned())
}

fn base_name(file: &str) -> String {
    file.rsplit('/').next().unwrap_or(file).to_owned()
}

fn has_sources(dir: &Path) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|e| e.path()).any(|p| {
        let name = p.file_name().unwrap_or_default().to_string_lossy();
        pattern::is_source(&name) && p.is_file()
    })
}

/// What is wrong with an import path as such.
fn malformed(path: &str) -> Option<String> {
    if path == "." || path == ".." || path.starts_with("./") || path.starts_with("../") {
        let why = "is relative, but relative import paths are not supported in module mode";
        return Some(format!("\"{path}\" {why}"));
    }
    if path.starts_with('/') {
        return Some(format!(
            "\"{path}\" is not a package path; see 'go help packages'"
        ));
    }
    let why = if path.contains("//") {
        "double slash"
    } else if path.ends_with('/') {
        "trailing slash"
    } else {
        return None;
    };
    Some(format!("malformed import path \"{path}\": {why}"))
}

/// Whether `importer` may import `path`: what is below `internal` is for the tree around it.
fn internal_allowed(path: &str, importer: &str) -> bool {
    let elements: Vec<&str> = path.split('/').collect();
    let Some(i) = elements.iter().rposition(|e| *e == "internal") else {
        return true;
    };
    let parent = elements[..i].join("/");
    !parent.is_empty() && below(importer, &parent).is_some()
}

fn refusal_text(r: &Refusal, dir: &Path) -> String {
    let dir = dir.display();
    match r {
        Refusal::Empty => format!("no .mgo or .go files in {dir}"),
        Refusal::Excluded => format!("build constraints exclude all Go files in {dir}"),
        Refusal::TwoPackages([(a, af), (b, bf)]) => {
            format!("found packages {a} ({af}) and {b} ({bf}) in {dir}")
        }
        Refusal::File(e) => e.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_packages_are_for_the_tree_around_them() {
        for (path, from, ok) in [
            ("m/internal/x", "m", true),
            ("m/internal/x", "m/a/b", true),
            ("m/a/internal", "m", false),
            ("m/a/internal/b", "m/ab", false),
            ("internal/rt", "m", false),
            ("m/internals", "x", true),
        ] {
            assert_eq!(internal_allowed(path, from), ok, "{path} from {from}");
        }
    }

    #[test]
    fn odd_import_paths_are_refused() {
        for path in ["./a", "..", "/a", "a//b", "a/"] {
            assert!(malformed(path).is_some(), "{path}");
        }
        assert!(malformed("a.b/c").is_none());
    }
}
