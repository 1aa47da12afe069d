//! `mgo vet`: reports what compiles and is most likely wrong.
//!
//! Packages are checked with their tests, as `go vet` does. What is learned of a package (functions that forward to
//! print functions) serves those that import it. Exit status 1 if anything is reported, 0 with `--json`.

use std::collections::BTreeMap;

use mgo_lang::source::{Pos, SourceMap};
use mgo_lang::types::info::CheckedPackage;
use mgo_lang::vet::{Finding, Vetter};
use serde_json::{Value, json};

use crate::Report;
use crate::load::LoadError;
use crate::module::{self, Graph, Options};
use crate::session::{Session, with_deep_stack};

/// The minor version of Go that packages outside of modules are written for.
const NEWEST: u32 = 27;

/// Findings of one package, each with its place as shown.
type Found = Vec<(String, Finding, String)>;

/// Vets the packages that `patterns` name; `as_json` prints an object instead of lines.
pub fn vet(patterns: &[String], options: &Options, report: Report, as_json: bool) -> u8 {
    with_deep_stack(|| match run(patterns, options, report) {
        Ok((found, failed)) => {
            if as_json {
                println!("{}", to_json(&found));
                return u8::from(failed);
            }
            for (place, finding, _) in found.iter().flat_map(|(_, list)| list) {
                eprintln!("{place}: {}", finding.message);
            }
            u8::from(failed || found.iter().any(|(_, list)| !list.is_empty()))
        }
        Err(e) => {
            eprintln!("mgo: {e}");
            1
        }
    })
}

/// What is found in each package named, and whether one could not be checked.
fn run(
    patterns: &[String],
    options: &Options,
    report: Report,
) -> Result<(Vec<(String, Found)>, bool), LoadError> {
    let options = Options {
        tests: true,
        ..options.clone()
    };
    let mut graph = module::load(patterns, &options)?;
    for p in &graph.unmatched {
        eprintln!("mgo: warning: \"{p}\" matched no packages");
    }
    let mut failed = false;
    for e in &graph.refused {
        eprintln!("mgo: {e}");
        failed = true;
    }
    let mut found = Vec::new();
    let (tested, plain): (Vec<usize>, Vec<usize>) = graph.roots.iter().partition(|&&r| has_tests(&graph, r));
    let order = graph.order(&plain);
    let mut group = Group::new();
    failed |= !group.check(&mut graph, &order, &plain, false, report, &mut found)?;
    for root in tested {
        let order = graph.test_order(root);
        failed |= !Group::new().check(&mut graph, &order, &[root], true, report, &mut found)?;
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok((found, failed))
}

fn has_tests(graph: &Graph, package: usize) -> bool {
    let p = &graph.packages[package];
    !p.test_files.is_empty() || !p.xtest_files.is_empty()
}

/// Packages that are checked together.
struct Group {
    session: Session,
    vetter: Vetter,
}

impl Group {
    fn new() -> Group {
        let mut session = Session::new();
        session.true_paths = true;
        Group {
            session,
            vetter: Vetter::new(),
        }
    }

    /// Checks the packages of `order` and vets them; findings of `roots` go to `found`. Whether all could be
    /// checked.
    fn check(
        &mut self,
        graph: &mut Graph,
        order: &[usize],
        roots: &[usize],
        with_tests: bool,
        report: Report,
        found: &mut Vec<(String, Found)>,
    ) -> Result<bool, LoadError> {
        if self.session.report_problems(graph, order)? {
            self.session.report(report);
            return Ok(false);
        }
        for &i in order {
            let p = &graph.packages[i];
            let root = roots.contains(&i);
            let mut files = p.files.clone();
            if root && with_tests {
                files.extend(p.test_files.iter().cloned());
            }
            let (path, own_go, go) = (p.import_path.clone(), p.go, p.go.unwrap_or(NEWEST));
            let checked = self.session.add_package(&path, &p.name, p.go, files)?;
            let mut list = self.vet(checked, go);
            if root && with_tests && !p.xtest_files.is_empty() {
                let name = format!("{}_test", p.name);
                let files = p.xtest_files.clone();
                // What only the external tests import comes after the package in the order.
                let rest = order.iter().skip_while(|&&o| o != i).skip(1);
                for &o in rest {
                    let p = &graph.packages[o];
                    let checked = self
                        .session
                        .add_package(&p.import_path, &p.name, p.go, p.files.clone())?;
                    self.vet(checked, p.go.unwrap_or(NEWEST));
                }
                let xtest = format!("{path}_test");
                let checked = self.session.add_package(&xtest, &name, own_go, files)?;
                list.extend(self.vet(checked, go));
            }
            if root {
                found.push((path, list));
            }
            if root && with_tests {
                break;
            }
        }
        Ok(!self.session.report(report))
    }

    fn vet(&mut self, checked: Option<CheckedPackage>, go: u32) -> Found {
        let Some(pkg) = checked else { return Vec::new() };
        let s = &mut self.session;
        let findings = self.vetter.package(&s.store, &s.map, &pkg, go);
        s.user.push(pkg);
        let map = &s.map;
        let placed = findings
            .into_iter()
            .map(|f| (shown(map, f.span.lo), shown(map, f.span.hi), f));
        placed.map(|(lo, hi, f)| (lo, f, hi)).collect()
    }
}

/// `file:line:column`.
fn shown(map: &SourceMap, pos: Pos) -> String {
    map.locate(pos).map_or_else(|| "-".to_owned(), |l| l.to_string())
}

/// An object by package and check, in the form of `go vet -json`.
fn to_json(found: &[(String, Found)]) -> String {
    let mut packages: BTreeMap<&str, BTreeMap<&str, Vec<Value>>> = BTreeMap::new();
    for (path, list) in found {
        for (lo, finding, hi) in list {
            let entry = json!({"posn": lo, "end": hi, "message": finding.message});
            let checks = packages.entry(path).or_default();
            checks.entry(finding.check).or_default().push(entry);
        }
    }
    serde_json::to_string_pretty(&packages).expect("strings and lists can be written")
}
