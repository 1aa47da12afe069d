//! Leaked goroutines: each program below `tests/leaks` is run with `--leaks`, and the report must name the goroutines
//! that the program's comments name, no more and no fewer, by the innermost function of package main:
//!
//! ```text
//! //leaks: f.func1 g.func1     can never go on (any: exit status 3)
//! //cut-short: h.func1         were still alive when main ended
//! ```

use std::path::Path;
use std::time::Duration;

use crate::common::{files, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

/// Two trials for each program.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for path in files(&root().join("tests/leaks"), "mgo") {
        for procs in ["1", "4"] {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let (name, path) = (format!("tests/leaks/{name} GOMAXPROCS={procs}"), path.clone());
            trials.push(Trial::test(name, move || run(&path, procs)));
        }
    }
    trials
}

fn run(path: &Path, procs: &str) -> Result<(), Failed> {
    let source = std::fs::read_to_string(path)?;
    let mut cmd = mgo();
    cmd.args(["run", "--leaks"]).arg(path).env("GOMAXPROCS", procs);
    let got = output_within(&mut cmd, Duration::from_secs(60))?;
    let report = String::from_utf8_lossy(&got.stderr);
    let (leaked, rest): (Vec<_>, Vec<_>) = report
        .split("\n\n")
        .filter(|part| part.starts_with("goroutine "))
        .partition(|part| part.lines().next().is_some_and(|l| l.contains("(leaked)]")));
    for (key, blocks) in [("//leaks:", &leaked), ("//cut-short:", &rest)] {
        let want = named(&source, key);
        let found = functions(blocks);
        if want != found {
            let text = format!("{key} want {want:?}, found {found:?}; report:\n{report}");
            return Err(text.into());
        }
    }
    let status = if leaked.is_empty() { 0 } else { 3 };
    if got.status.code() != Some(status) {
        return Err(format!("exit {:?} instead of {status}:\n{report}", got.status).into());
    }
    Ok(())
}

/// The names in the program's comments.
fn named(source: &str, key: &str) -> Vec<String> {
    let lines = source.lines().filter_map(|l| l.strip_prefix(key));
    let mut names: Vec<String> = lines.flat_map(str::split_whitespace).map(str::to_owned).collect();
    names.sort();
    names
}

/// The innermost function of package main in each trace.
fn functions(blocks: &[&str]) -> Vec<String> {
    let of_main = |block: &&str| {
        let frame = block.lines().find_map(|l| l.strip_prefix("main."));
        frame.map_or("?", |f| f.split('(').next().unwrap_or(f)).to_owned()
    };
    let mut names: Vec<String> = blocks.iter().map(of_main).collect();
    names.sort();
    names
}
