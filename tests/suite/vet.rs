//! `mgo vet`: the files of `tests/vet` are vetted, each as a program or package of its own. `// WANT "text"` at the end
//! of a line announces a finding on it (several texts, several findings). A line `// go 1.N` at the top makes it
//! part of a module of that version.
//!
//! Where Go is installed, `go vet` must find the same, at the same columns.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::{files, first_difference, go, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

const LIMIT: Duration = Duration::from_secs(120);

/// Two trials for each file, and one for the form of the output.
pub fn trials() -> Vec<Trial> {
    let has_go = go().is_some();
    if !has_go {
        eprintln!("vet: not compared with go vet, which is not installed (set MGO_GO to the go command)");
    }
    let mut trials = vec![Trial::test("vet: json", json)];
    for path in files(&root().join("tests/vet"), "go") {
        let name = crate::common::stem(&path);
        let text = std::fs::read_to_string(&path).expect("test programs are readable");
        if has_go {
            let text = text.clone();
            trials.push(Trial::test(format!("vet oracle {name}"), move || compare(&text)));
        }
        trials.push(Trial::test(format!("vet {name}"), move || announced(&text)));
    }
    trials
}

/// Writes the module of one file.
fn write(dir: &Path, text: &str) -> std::io::Result<()> {
    let version = text
        .lines()
        .next()
        .and_then(|l| l.strip_prefix("// go "))
        .unwrap_or("1.27");
    std::fs::write(
        dir.join("go.mod"),
        format!("module example.com/v\n\ngo {version}\n"),
    )?;
    std::fs::write(dir.join("f.go"), text)
}

/// What a command reports on standard error: sorted lines `line:column: message`.
fn reported(cmd: &mut Command, dir: &Path) -> Result<Vec<String>, Failed> {
    let got = output_within(cmd.current_dir(dir), LIMIT)?;
    let text = String::from_utf8_lossy(&got.stderr).into_owned();
    let lines = text.lines().filter(|l| !l.starts_with('#'));
    let mut found = Vec::new();
    for line in lines {
        let line = line.trim_start_matches("./");
        match line.strip_prefix("f.go:") {
            Some(rest) => found.push(rest.to_owned()),
            None => return Err(format!("unexpected report: {line}\n{text}").into()),
        }
    }
    if got.status.code() != Some(i32::from(!found.is_empty())) {
        return Err(format!("exit {:?} with {} findings", got.status, found.len()).into());
    }
    let line = |l: &String| l.split(':').next().and_then(|n| n.parse::<u32>().ok());
    found.sort_by_key(|l| (line(l), l.clone()));
    Ok(found)
}

fn run(dir: &Path) -> Result<Vec<String>, Failed> {
    reported(mgo().args(["vet", "--format=line", "."]), dir)
}

/// Exactly the findings that the file announces.
fn announced(text: &str) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    write(dir.path(), text)?;
    let quoted = regex::Regex::new(r#""((?:[^"\\]|\\.)*)""#)?;
    let mut want = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let Some((_, marks)) = line.split_once("// WANT ") else {
            continue;
        };
        for m in quoted.captures_iter(marks) {
            want.push(format!(
                "{}: {}",
                i + 1,
                m[1].replace("\\\"", "\"").replace("\\\\", "\\")
            ));
        }
    }
    if want.is_empty() {
        return Err("announces nothing".into());
    }
    let without_column = |l: &String| {
        let (line, rest) = l.split_once(':').unwrap_or((l, ""));
        format!("{line}: {}", rest.split_once(": ").map_or("", |r| r.1))
    };
    let mut got: Vec<String> = run(dir.path())?.iter().map(without_column).collect();
    want.sort();
    got.sort();
    match first_difference(&want.join("\n"), &got.join("\n")) {
        Some(diff) => Err(diff.into()),
        None => Ok(()),
    }
}

/// The same findings as go vet's.
fn compare(text: &str) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    write(dir.path(), text)?;
    let mut vet = go().expect("checked in trials");
    let want = reported(vet.env("GOFLAGS", "").args(["vet", "."]), dir.path())?;
    match first_difference(&want.join("\n"), &run(dir.path())?.join("\n")) {
        Some(diff) => Err(diff.into()),
        None => Ok(()),
    }
}

fn json() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    write(dir.path(), "package v\n\nfunc f(s string) { s = s }\n")?;
    let got = output_within(mgo().args(["vet", "--json", "."]).current_dir(dir.path()), LIMIT)?;
    let value: serde_json::Value = serde_json::from_slice(&got.stdout)?;
    let finding = &value["example.com/v"]["assign"][0];
    let is = |key: &str, text: &str| finding[key] == text;
    let fits = is("message", "self-assignment of s") && is("posn", "./f.go:3:20") && is("end", "./f.go:3:25");
    if fits && got.status.success() {
        Ok(())
    } else {
        Err(format!("{value}\n{:?}", got.status).into())
    }
}
