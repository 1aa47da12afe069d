//! Whole programs: each `.mgo` file below `examples/`, `tests/run`, `tests/crash` and
//! `tests/fixedbugs` is run and its output compared with the `.out` file beside it; a crash report is compared
//! with the `.err` file, which holds real Go's, normalised.

use std::path::Path;
use std::time::Duration;

use crate::common::{Directives, first_difference, mgo, output_within, programs, root};
use libtest_mimic::{Failed, Trial};

/// One trial for each program.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for dir in ["examples", "tests/run", "tests/crash", "tests/fixedbugs"] {
        for path in programs(&root().join(dir)) {
            let source = std::fs::read_to_string(&path).expect("test programs are readable");
            let name = path
                .strip_prefix(root())
                .expect("below the root")
                .display()
                .to_string();
            let procs = Directives::read(&source).procs;
            if procs.is_empty() {
                trials.push(Trial::test(name, move || run(&path, None)));
                continue;
            }
            for n in procs {
                let path = path.clone();
                trials.push(Trial::test(format!("{name} GOMAXPROCS={n}"), move || {
                    run(&path, Some(&n))
                }));
            }
        }
    }
    trials
}

/// Runs one program and compares what it did with what it should do.
fn run(path: &Path, procs: Option<&str>) -> Result<(), Failed> {
    let source = std::fs::read_to_string(path)?;
    let d = Directives::read(&source);
    let mut cmd = mgo();
    cmd.current_dir(root())
        .arg("run")
        .arg(path.strip_prefix(root())?)
        .args(&d.args);
    cmd.envs(d.env.iter().map(|(k, v)| (k, v)));
    if let Some(n) = procs {
        cmd.env("GOMAXPROCS", n);
    }
    let got = output_within(&mut cmd, Duration::from_secs(120))?;
    let stderr = String::from_utf8_lossy(&got.stderr);
    if got.status.code() != Some(d.exit) {
        return Err(format!("exit {:?} instead of {}; stderr:\n{stderr}", got.status, d.exit).into());
    }
    let out = path.with_extension("out");
    let want = if out.exists() {
        std::fs::read(out)?
    } else {
        Vec::new()
    };
    let want = String::from_utf8_lossy(&want);
    if let Some(diff) = first_difference(&want, &String::from_utf8_lossy(&got.stdout)) {
        return Err(format!("stdout differs, {diff}\nstderr:\n{stderr}").into());
    }
    for pattern in &d.stderr {
        if !regex::Regex::new(&pattern.replace("\\n", "\n"))?.is_match(&stderr) {
            return Err(format!("stderr does not match {pattern:?}:\n{stderr}").into());
        }
    }
    if let Ok(want) = std::fs::read_to_string(path.with_extension("err"))
        && let Some(diff) = first_difference(&want, &normalise(&stderr))
    {
        return Err(format!("stderr differs, {diff}\n{stderr}").into());
    }
    if d.exit == 0 && d.stderr.is_empty() && !stderr.is_empty() {
        return Err(format!("unexpected stderr:\n{stderr}").into());
    }
    Ok(())
}

/// A crash report without what differs between Go and mgo, or from run to run: addresses, arguments, folders,
/// frames outside package main, numbers of goroutines other than 1. A frame becomes `main.f file:line`.
fn normalise(report: &str) -> String {
    let hex = regex::Regex::new("0x[0-9a-f]+").expect("valid");
    let other = regex::Regex::new("^goroutine ([02-9]|1[0-9])[0-9]*").expect("valid");
    let frame = regex::Regex::new(r"^(created by )?(.*?)(\([^()]*\)| in goroutine \d+)?$").expect("valid");
    let place = regex::Regex::new(r"^\t(?:.*/)?([^/]*)\.m?go:(\d+)").expect("valid");
    let mut out = String::new();
    let mut lines = report.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(at) = lines.peek().and_then(|next| place.captures(next)) else {
            out += &hex.replace_all(&other.replace(line, "goroutine N"), "0x?");
            out.push('\n');
            continue;
        };
        lines.next();
        let f = frame.captures(line).expect("matches anything");
        if f[2].starts_with("main.") {
            let created = f.get(1).map_or("", |m| m.as_str());
            out += &format!("{created}{} {}:{}\n", &f[2], &at[1], &at[2]);
        }
    }
    format!("{}\n", out.trim())
}
