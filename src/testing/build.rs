//! From a package and its tests to a program.
//!
//! Files get their absolute names, which tracebacks show wherever the test changes to; reports are given
//! names from the current folder again.

use std::collections::HashSet;
use std::path::Path;

use mgo_lang::diag::render::{Style, render};
use mgo_lang::diag::{Code, Diagnostic};
use mgo_lang::source::Span;
use mgo_vm::bytecode::cover::{Block, Cover};

use crate::load::Source;
use crate::module::{Graph, Package};
use crate::session::{Compiled, Session};
use crate::testing::cover;
use crate::testing::find::absolute;
use crate::testing::mainfile::{self, Entries};

/// Why there is no program.
#[derive(Debug)]
pub struct Failure {
    /// What could not be built, as `go test` names it: `path [path.test]`.
    pub what: String,
    /// Why.
    pub text: String,
    /// Nothing was compiled: something that is imported cannot be had.
    pub setup: bool,
}

/// A program in the making.
struct Builder<'g> {
    session: Session,
    graph: &'g mut Graph,
    /// The package tested: an index of the graph's.
    root: usize,
    /// What is counted.
    covering: &'g Covering,
    blocks: Vec<Block>,
}

/// Which statements are counted, and how.
#[derive(Clone, Debug, Default)]
pub struct Covering {
    /// `set`, `count` or `atomic`; empty: nothing is.
    pub mode: String,
    /// Said behind the share of statements.
    pub scope: String,
    /// Without a mode: the statements of all the user's packages and tests are counted, unseen, to guide fuzzing.
    pub guide: bool,
    /// The packages; none: the one that is tested.
    pub packages: Option<HashSet<String>>,
}

/// Compiles the tests of the package that `graph` was loaded for.
///
/// # Errors
/// What is wrong, as the Go compiler reports it.
pub fn build(graph: &mut Graph, covering: &Covering) -> Result<Compiled, Failure> {
    let [root] = graph.roots[..] else {
        return Err(Failure {
            what: String::new(),
            text: "no single package is named\n".to_owned(),
            setup: true,
        });
    };
    let mut b = Builder {
        session: Session::new(),
        graph,
        root,
        covering,
        blocks: Vec::new(),
    };
    b.build()
}

impl Builder<'_> {
    fn tested(&self) -> &Package {
        &self.graph.packages[self.root]
    }

    fn build(&mut self) -> Result<Compiled, Failure> {
        let path = self.tested().import_path.clone();
        let order = self.graph.test_order(self.root);
        match self.session.report_problems(self.graph, &order) {
            Ok(false) => {}
            Ok(true) => return Err(self.failure(&path, true)),
            Err(e) => return Err(self.fail(&path, &e.to_string())),
        }
        let mut inner = None;
        for i in order {
            let p = &mut self.graph.packages[i];
            let (name, path) = (p.name.clone(), p.import_path.clone());
            let mut files = std::mem::take(&mut p.files);
            let n = files.len();
            if i == self.root {
                files.extend(std::mem::take(&mut p.test_files));
            }
            let entries = self.package(&path, &name, files, n)?;
            if i == self.root {
                inner = entries;
            }
        }
        let outer = std::mem::take(&mut self.graph.packages[self.root].xtest_files);
        let name = format!("{}_test", self.tested().name);
        let outer = self.package(&format!("{path}_test"), &name, outer, 0)?;
        let text = mainfile::source(&path, &self.tested().module, inner.as_ref(), outer.as_ref());
        let main = Source {
            name: mainfile::FILE.to_owned(),
            path: mainfile::FILE.into(),
            bytes: text.into_bytes(),
            package: "main".to_owned(),
        };
        self.package(MAIN, "main", vec![main], 1)?;
        self.compile(&path)
    }

    /// Parses and checks a package; what its files from `tests` on have to be run. None: it has no files.
    fn package(
        &mut self,
        path: &str,
        name: &str,
        mut files: Vec<Source>,
        tests: usize,
    ) -> Result<Option<Entries>, Failure> {
        if path != MAIN {
            for f in &mut files {
                f.name = absolute(f.path.clone()).display().to_string();
            }
        }
        if files.is_empty() {
            return Ok(None);
        }
        let of = path.strip_suffix("_test").unwrap_or(path);
        let mut packages = self.graph.packages.iter();
        let go = packages
            .find(|p| p.import_path == path || p.import_path == of)
            .and_then(|p| p.go);
        let checked = match self.session.add_package(path, name, go, files) {
            Ok(Some(p)) => p,
            Ok(None) => {
                // Test files are read for what they hold before anything is built.
                let setup = self.session.diags.iter().any(|d| self.is_test_syntax(d));
                return Err(self.failure(path, setup));
            }
            Err(e) => return Err(self.fail(path, &e.to_string())),
        };
        let entries = Entries::of(
            &self.session.map,
            &checked.files[tests.min(checked.files.len())..],
        );
        if self.is_covered(path) {
            let counted = if self.covering.mode.is_empty() {
                &checked.files[..]
            } else {
                &checked.files[..tests]
            };
            for f in counted {
                let file = self.session.map.file(f.id).name.clone();
                let base = file.rsplit('/').next().unwrap_or_default();
                let found = cover::blocks(&self.session.map, f, &format!("{path}/{base}"));
                self.blocks.extend(found);
            }
        }
        if path == MAIN {
            self.session.main = Some(checked);
        } else {
            self.session.user.push(checked);
        }
        entries.map(Some).map_err(|text| Failure {
            what: self.tested().import_path.clone(),
            text: text + "\n",
            setup: true,
        })
    }

    /// Whether a report is about the syntax of a test file.
    fn is_test_syntax(&self, d: &Diagnostic) -> bool {
        let file = self.session.map.locate(d.span.lo).map(|l| l.file);
        let stem = file.as_deref().and_then(|f| f.rsplit_once('.'));
        d.code == Code::Syntax && stem.is_some_and(|(stem, _)| stem.ends_with("_test"))
    }

    fn is_covered(&self, path: &str) -> bool {
        if self.covering.mode.is_empty() {
            return self.covering.guide && path != MAIN;
        }
        match &self.covering.packages {
            None => path == self.tested().import_path,
            Some(all) => all.contains(path),
        }
    }

    fn compile(&mut self, path: &str) -> Result<Compiled, Failure> {
        let s = &mut self.session;
        s.finish_library();
        if s.diags.has_errors() {
            return Err(self.failure(path, false));
        }
        if self.covering.guide || !self.covering.mode.is_empty() {
            let mut blocks = std::mem::take(&mut self.blocks);
            // By file; those of a file are in order.
            blocks.sort_by(|a, b| a.at.split(':').next().cmp(&b.at.split(':').next()));
            s.cover = Some(Cover::new(
                &self.covering.mode,
                self.covering.scope.clone(),
                blocks,
            ));
        }
        match s.compile_checked() {
            Ok(c) => Ok(c),
            Err(diags) => {
                diags.into_iter().for_each(|d| self.session.diags.push(d));
                Err(self.failure(path, false))
            }
        }
    }

    fn fail(&mut self, path: &str, text: &str) -> Failure {
        let d = Diagnostic::error(Code::BrokenImport, Span::NOWHERE, text);
        self.session.diags.push(d);
        self.failure(path, false)
    }

    /// All reports, one line each, with files named from the current folder.
    fn failure(&mut self, path: &str, setup: bool) -> Failure {
        let diags = std::mem::take(&mut self.session.diags).into_sorted();
        let text = render(&self.session.map, &diags, Style::Lines, false);
        let tested = &self.tested().import_path;
        let own = path == tested || path == format!("{tested}_test") || path == MAIN;
        Failure {
            what: match (own && !setup, path) {
                (true, MAIN) => format!("{tested}.test"),
                (true, _) => format!("{path} [{tested}.test]"),
                (false, _) => path.to_owned(),
            },
            text: shorten(&text, &std::env::current_dir().unwrap_or_default()),
            setup,
        }
    }
}

/// The import path under which the generated package is checked: no import can name it.
const MAIN: &str = "main package of the test";

/// Cuts `cwd` off the names of files at the beginnings of lines.
fn shorten(text: &str, cwd: &Path) -> String {
    let prefix = format!("{}/", cwd.display());
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        match line[indent..].strip_prefix(&prefix) {
            Some(rest) => {
                let file = rest.split(':').next().unwrap_or_default();
                out.push_str(&line[..indent]);
                out.push_str(if file.contains('/') { "" } else { "./" });
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_shown_short() {
        let text = "/w/m/x.go:1:2: bad\n\t/w/m/a/y.go:3:4: other\n/w/n/z.go:5:6: far\n";
        assert_eq!(
            shorten(text, Path::new("/w/m")),
            "./x.go:1:2: bad\n\ta/y.go:3:4: other\n/w/n/z.go:5:6: far\n"
        );
    }
}
