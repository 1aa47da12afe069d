//! A group of programs: checks each, holds the failures against the known ones and the sums against the goals.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use libtest_mimic::Failed;

use super::front::{Checked, Options, Package, check};
use super::marks::Mark;

/// One program.
#[derive(Clone, Debug, Default)]
pub struct Case {
    /// Its name in the list of known failures.
    pub name: String,
    /// Its packages in order.
    pub packages: Vec<Package>,
    /// How to check it.
    pub options: Options,
    /// What must be reported.
    pub marks: Vec<Mark>,
    /// Why it is left out.
    pub left_out: Option<String>,
}

/// The programs of a group; none where they are not installed; what is wrong with their marks.
pub type Found = Result<Option<Vec<Case>>, String>;

/// Programs that share a list of known failures.
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Finds the programs; none where they are not installed.
    pub cases: fn() -> Found,
    /// Per cent of marked lines that must have a report.
    pub lines_found: f64,
    /// Per cent of reported lines that may be unmarked.
    pub lines_false: f64,
    /// Per cent of the programs that must be exact.
    pub exact: f64,
}

/// What the programs of a group add up to.
#[derive(Default)]
struct Sums {
    programs: usize,
    exact: usize,
    exact_lines: usize,
    marked: usize,
    found: usize,
    reported: usize,
    unmarked: usize,
    left_out: BTreeMap<String, usize>,
}

/// Longest time for one program.
const LIMIT: Duration = Duration::from_secs(60);

impl Group {
    /// Runs all programs.
    pub fn run(&self) -> Result<(), Failed> {
        let Some(cases) = (self.cases)()? else {
            return Ok(());
        };
        let known = known(self.name)?;
        let (mut sums, mut problems, mut report) = (Sums::default(), Vec::new(), String::new());
        let mut names = BTreeSet::new();
        for case in cases {
            names.insert(case.name.clone());
            let wrong = sums.add(&case);
            for w in &wrong {
                let _ = writeln!(report, "{}: {}: {w}", self.name, case.name);
            }
            match (wrong.is_empty(), known.contains_key(&case.name)) {
                (false, false) => problems.push(format!("{}: {}", case.name, wrong.join("\n  "))),
                (true, true) => problems.push(format!("{} passes: take it off the list", case.name)),
                _ => {}
            }
        }
        problems.extend(
            known
                .keys()
                .filter(|k| !names.contains(*k))
                .map(|k| format!("{k}: no such program")),
        );
        let _ = writeln!(report, "{}: {}", self.name, sums.text());
        eprintln!("conformance {}: {}", self.name, sums.text());
        write_report(&report);
        problems.extend(self.missed(&sums));
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems.join("\n").into())
        }
    }

    /// The goals that are missed.
    fn missed(&self, s: &Sums) -> Vec<String> {
        let rates = [
            ("marked lines found", percent(s.found, s.marked), self.lines_found),
            ("programs exact", percent(s.exact, s.programs), self.exact),
            (
                "reported lines marked",
                100.0 - percent(s.unmarked, s.reported.max(1)),
                100.0 - self.lines_false,
            ),
        ];
        let low = rates.iter().filter(|(_, have, want)| have < want);
        low.map(|(what, have, want)| format!("{what}: {have:.1} %, must be {want:.1} %"))
            .collect()
    }
}

impl Sums {
    /// Checks one program and adds it up; what is wrong.
    fn add(&mut self, case: &Case) -> Vec<String> {
        let checked = match &case.left_out {
            None => within(case),
            Some(why) => {
                *self.left_out.entry(why.clone()).or_default() += 1;
                return Vec::new();
            }
        };
        let checked = match checked {
            Ok(checked) => checked,
            Err(why) => {
                self.programs += 1;
                return vec![why];
            }
        };
        if let Some(path) = &checked.lacks {
            *self.left_out.entry(format!("needs package {path}")).or_default() += 1;
            return Vec::new();
        }
        self.programs += 1;
        let marked: BTreeSet<_> = case.marks.iter().map(|m| (m.file.as_str(), m.line)).collect();
        let reported: BTreeSet<_> = checked
            .reports
            .iter()
            .map(|r| (r.file.as_str(), r.line))
            .collect();
        self.marked += marked.len();
        self.reported += reported.len();
        self.found += marked.intersection(&reported).count();
        self.unmarked += reported.difference(&marked).count();
        self.exact_lines += usize::from(marked == reported);
        let wrong = compare(case, &checked);
        self.exact += usize::from(wrong.is_empty());
        wrong
    }

    fn text(&self) -> String {
        let left_out: usize = self.left_out.values().sum();
        let mut text = format!(
            "{} programs, {} exact ({:.1} %), {} by lines ({:.1} %)",
            self.programs,
            self.exact,
            percent(self.exact, self.programs),
            self.exact_lines,
            percent(self.exact_lines, self.programs),
        );
        if self.marked > 0 {
            let _ = write!(
                text,
                "; {} of {} marked lines reported ({:.1} %), {} of {} reported lines unmarked ({:.1} %)",
                self.found,
                self.marked,
                percent(self.found, self.marked),
                self.unmarked,
                self.reported,
                percent(self.unmarked, self.reported),
            );
        }
        let _ = write!(text, "; {left_out} left out");
        let mut why: Vec<_> = self.left_out.iter().collect();
        why.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
        for (why, n) in why {
            let _ = write!(text, "\n    {n} {why}");
        }
        text
    }
}

/// What is missing and what is too much, as Go's test driver judges: each mark takes the reports of its line that
/// match, at least one; none may be left.
fn compare(case: &Case, checked: &Checked) -> Vec<String> {
    let mut left: Vec<_> = checked.reports.iter().collect();
    let mut wrong = Vec::new();
    for m in &case.marks {
        let here = |r: &&super::front::Report| r.line == m.line && r.file == m.file;
        let texts: Vec<_> = left.iter().filter(|r| here(r)).map(|r| r.text.clone()).collect();
        let before = left.len();
        left.retain(|r| !(here(r) && m.pattern.is_match(&r.text)));
        if before == left.len() {
            let (file, line, pattern) = (&m.file, m.line, m.pattern.as_str());
            wrong.push(match texts.is_empty() {
                true => format!("{file}:{line}: missing: {pattern}"),
                false => format!("{file}:{line}: other text: {pattern}: {}", texts.join(" | ")),
            });
        }
    }
    wrong.extend(
        left.iter()
            .map(|r| format!("{}:{}:{}: too much: {}", r.file, r.line, r.column, r.text)),
    );
    wrong
}

/// Checks one program on a thread with a deep stack, for a limited time.
fn within(case: &Case) -> Result<Checked, String> {
    let (send, receive) = mpsc::channel();
    let (packages, options) = (case.packages.clone(), case.options.clone());
    std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || send.send(check(&packages, &options)))
        .expect("a thread can be started");
    receive.recv_timeout(LIMIT).map_err(|e| match e {
        mpsc::RecvTimeoutError::Timeout => "hangs".to_owned(),
        mpsc::RecvTimeoutError::Disconnected => "panics".to_owned(),
    })
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        100.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

/// The group's known failures: program and reason.
fn known(group: &str) -> Result<BTreeMap<String, String>, String> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let text = std::fs::read_to_string(dir.join(format!("known_{group}.txt"))).unwrap_or_default();
    text.lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(|l| {
            let (name, reason) = l
                .split_once(char::is_whitespace)
                .ok_or(format!("{l}: no reason"))?;
            Ok((name.to_owned(), reason.trim().to_owned()))
        })
        .collect()
}

/// Appends to the file that `MGO_CONFORMANCE_REPORT` names.
fn write_report(text: &str) {
    let Some(path) = std::env::var_os("MGO_CONFORMANCE_REPORT") else {
        return;
    };
    let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut f| f.write_all(text.as_bytes()))
        .expect("the report can be written");
}
