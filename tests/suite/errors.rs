//! Compile errors: each `.mgo` file below `tests/errors` marks with `// ERROR "regex"` the lines on which
//! `mgo check` must report, as Go's own tests do. Reports that are missing and reports that are
//! not asked for both fail.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::common::{files, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

/// One trial for each program.
pub fn trials() -> Vec<Trial> {
    files(&root().join("tests/errors"), "mgo")
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(root())
                .expect("below the root")
                .display()
                .to_string();
            Trial::test(name, move || check(&path))
        })
        .collect()
}

/// Compares what is reported with what is marked, line by line.
fn check(path: &Path) -> Result<(), Failed> {
    let source = std::fs::read(path)?;
    let source = String::from_utf8_lossy(&source);
    let mut cmd = mgo();
    cmd.current_dir(root())
        .args(["check", "-e", "--format=line"])
        .arg(path.strip_prefix(root())?);
    let got = output_within(&mut cmd, Duration::from_secs(60))?;
    let stderr = String::from_utf8_lossy(&got.stderr);
    let want = marked(&source)?;
    if got.status.code() != Some(i32::from(!want.is_empty())) {
        return Err(format!("exit {:?}\n{stderr}", got.status).into());
    }
    let mut problems = Vec::new();
    let mut reported: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for line in stderr.lines().filter(|l| !l.starts_with('\t')) {
        let mut parts = line.splitn(4, ':');
        let (_, n, _, text) = (parts.next(), parts.next(), parts.next(), parts.next());
        match (n.and_then(|n| n.parse().ok()), text) {
            (Some(n), Some(text)) => reported.entry(n).or_default().push(text.trim()),
            _ => problems.push(format!("not a report: {line}")),
        }
    }
    for (n, patterns) in &want {
        let texts = reported.remove(n).unwrap_or_default();
        for p in patterns {
            if !texts.iter().any(|t| p.is_match(t)) {
                problems.push(format!(
                    "line {n}: no report matches {:?}; reported: {texts:?}",
                    p.as_str()
                ));
            }
        }
    }
    problems.extend(
        reported
            .iter()
            .map(|(n, texts)| format!("line {n}: not marked: {texts:?}")),
    );
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

/// The patterns marked in `source`, by line.
fn marked(source: &str) -> Result<BTreeMap<usize, Vec<regex::Regex>>, regex::Error> {
    let mut found = BTreeMap::new();
    for (i, line) in source.lines().enumerate() {
        let Some((_, mark)) = line.split_once("// ERROR ") else {
            continue;
        };
        let patterns: Result<Vec<_>, _> = mark
            .split('"')
            .skip(1)
            .step_by(2)
            .filter(|p| !p.is_empty())
            .map(regex::Regex::new)
            .collect();
        found.insert(i + 1, patterns?);
    }
    Ok(found)
}
