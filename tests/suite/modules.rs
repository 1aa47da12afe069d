//! Trees of packages: each `tests/modules/*.txt` is a command line, what it must do, and the files of a tree.
//!
//! ```text
//! # any comment
//! mgo run ./cmd/x          the command, run in the tree's folder (or in the one that `in DIR` names)
//! exit 1                   its exit status, 0 when left out
//! no-oracle WHY            the go command does something else here
//! -- stdout --             what it prints
//! -- stderr --             what it reports, with --format=line
//! -- go.mod --             the files
//! ```
//!
//! Where Go is installed, the go command must do the same in the same tree, but for the spelling of paths.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::common::{files, first_difference, go, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

const LIMIT: Duration = Duration::from_secs(120);

/// Two trials for each tree.
pub fn trials() -> Vec<Trial> {
    let has_go = go().is_some();
    if !has_go {
        eprintln!("modules: not compared with the go command, which is not installed (set MGO_GO to it)");
    }
    let mut trials = Vec::new();
    for path in files(&root().join("tests/modules"), "txt") {
        let name = crate::common::stem(&path);
        let text = std::fs::read_to_string(&path).expect("test trees are readable");
        let case = Case::read(&text);
        if has_go && case.oracle {
            let case = case.clone();
            trials.push(Trial::test(format!("modules oracle {name}"), move || {
                compare(&case)
            }));
        }
        trials.push(Trial::test(format!("modules {name}"), move || run(&case)));
    }
    trials
}

#[derive(Clone, Default)]
struct Case {
    args: Vec<String>,
    dir: String,
    exit: i32,
    oracle: bool,
    stdout: String,
    stderr: String,
    files: Vec<(String, String)>,
}

impl Case {
    fn read(text: &str) -> Case {
        let mut case = Case {
            oracle: true,
            ..Case::default()
        };
        let mut sections: Vec<(String, String)> = Vec::new();
        for line in text.lines() {
            let title = line.strip_prefix("-- ").and_then(|l| l.strip_suffix(" --"));
            match (title, sections.last_mut()) {
                (Some(title), _) => sections.push((title.to_owned(), String::new())),
                (None, Some((_, body))) => {
                    body.push_str(line);
                    body.push('\n');
                }
                (None, None) => case.directive(line),
            }
        }
        for (title, body) in sections {
            match title.as_str() {
                "stdout" => case.stdout = body,
                "stderr" => case.stderr = body,
                _ => case.files.push((title, body)),
            }
        }
        case
    }

    fn directive(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "" | "#" => {}
            "mgo" => self.args = rest.split_whitespace().map(str::to_owned).collect(),
            "in" => self.dir = rest.to_owned(),
            "exit" => self.exit = rest.trim().parse().expect("an exit status is a number"),
            "no-oracle" => self.oracle = false,
            _ => panic!("unknown directive {line}"),
        }
    }

    fn write(&self, dir: &Path) -> std::io::Result<()> {
        for (name, text) in &self.files {
            let path = dir.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(dir))?;
            // Binary contents are written with \xNN.
            std::fs::write(path, unescape(text))?;
        }
        Ok(())
    }
}

/// `text` with `\xNN` replaced by that byte.
fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(i) = rest.find("\\x") {
        out.extend(rest[..i].bytes());
        match rest
            .get(i + 2..i + 4)
            .and_then(|h| u8::from_str_radix(h, 16).ok())
        {
            Some(b) => {
                out.push(b);
                rest = &rest[i + 4..];
            }
            None => {
                out.extend(b"\\x");
                rest = &rest[i + 2..];
            }
        }
    }
    out.extend(rest.bytes());
    out
}

fn run(case: &Case) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let tree = dir.path().canonicalize()?;
    case.write(&tree)?;
    let mut cmd = mgo();
    cmd.current_dir(tree.join(&case.dir));
    let (command, rest) = case.args.split_first().ok_or("no command")?;
    cmd.arg(command).arg("--format=line").args(rest);
    check(case, &mut cmd, &tree)
}

/// The go command in the same tree.
fn compare(case: &Case) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let tree = dir.path().canonicalize()?;
    case.write(&tree)?;
    let mut cmd = go().expect("checked in trials");
    cmd.current_dir(tree.join(&case.dir)).env("GOFLAGS", "");
    let (command, rest) = case.args.split_first().ok_or("no command")?;
    match command.as_str() {
        "check" => cmd.args(["build", "-gcflags=-e"]),
        other => cmd.arg(other),
    };
    for (name, _) in &case.files {
        if name.ends_with(".mgo") {
            return Err("the go command does not read .mgo files: say no-oracle".into());
        }
    }
    cmd.args(rest);
    check(case, &mut cmd, &tree)
}

/// Runs the command and compares what it does.
fn check(case: &Case, cmd: &mut Command, tree: &Path) -> Result<(), Failed> {
    let got = output_within(cmd, LIMIT)?;
    let stderr = normalise(&String::from_utf8_lossy(&got.stderr), tree);
    if got.status.code() != Some(case.exit) {
        return Err(format!(
            "exit {:?} instead of {}; stderr:\n{stderr}",
            got.status, case.exit
        )
        .into());
    }
    if let Some(diff) = first_difference(&case.stdout, &String::from_utf8_lossy(&got.stdout)) {
        return Err(format!("stdout differs, {diff}\nstderr:\n{stderr}").into());
    }
    match first_difference(&normalise(&case.stderr, tree), &stderr) {
        Some(diff) => Err(format!("stderr differs, {diff}\n{stderr}").into()),
        None => Ok(()),
    }
}

/// A report without what is only the commands' way: the name of the command, titles of packages, where the library
/// stands, `./`; lines sorted, for packages are built at the same time.
fn normalise(report: &str, tree: &Path) -> String {
    let std = regex::Regex::new(r"(is not in std) \(.*\)").expect("valid");
    let dot = regex::Regex::new(r"(^|[\s])\./").expect("valid");
    let hex = regex::Regex::new("0x[0-9a-f]+").expect("valid");
    let tree = tree.display().to_string();
    let mut lines: Vec<String> = report
        .lines()
        .filter(|l| !l.starts_with("# ") && !l.starts_with("exit status "))
        .map(|l| {
            l.trim_start_matches("mgo: ")
                .trim_start_matches("go: ")
                .replace(&format!("{tree}/"), "")
                .replace(&tree, ".")
        })
        .map(|l| hex.replace_all(&l, "0x?").into_owned())
        .map(|l| dot.replace_all(&std.replace(&l, "$1"), "$1").into_owned())
        .collect();
    lines.sort();
    lines.join("\n")
}
