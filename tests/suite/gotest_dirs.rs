//! Go's own test programs of several packages: `// rundir`, `// compiledir`, `// errorcheckdir` and `// runindir`.
//!
//! In such a folder all files with one package name are a package, which is imported as `./x` after its first file
//! `x.go`. Here each becomes a folder of a module `test`, and the imports are rewritten to `test/x`. Known failures
//! stand in `tests/gotest_known_failures.txt` with those of other programs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::{files, first_difference, mgo, output_within};
use crate::gotest::{check_known, installed, known_failures};
use libtest_mimic::Trial;

const LIMIT: Duration = Duration::from_secs(60);

/// Imports that put a program out of scope, with reasons in the architecture: no assembly, no cgo, no pointer
/// arithmetic.
const OUT_OF_SCOPE: [&str; 2] = ["\"unsafe\"", "import \"C\""];

/// What is asked of the program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// Run the last package.
    Run,
    /// Check all packages.
    Compile,
    /// Check all packages: errors on the lines that announce them and on no others.
    Errors,
    /// The folder is a module with a program.
    RunIn,
}

/// One trial for each program.
pub fn trials() -> Vec<Trial> {
    let Some(dir) = installed() else {
        return Vec::new();
    };
    let known = known_failures();
    let mut trials = Vec::new();
    for path in files(&dir, "go") {
        let Ok(source) = std::fs::read_to_string(&path) else {
            continue;
        };
        let folder = path.with_extension("dir");
        let Some((action, version)) = action(&source).filter(|_| folder.is_dir()) else {
            continue;
        };
        let texts = files(&folder, "go");
        let text = |p: &PathBuf| std::fs::read_to_string(p).unwrap_or_default();
        let outside = |p: &PathBuf| OUT_OF_SCOPE.iter().any(|i| text(p).contains(i));
        if texts.iter().any(outside) || !files(&folder, "s").is_empty() {
            continue;
        }
        let name = path
            .strip_prefix(&dir)
            .expect("below the directory")
            .display()
            .to_string();
        let reason = known.get(&name).cloned();
        trials.push(Trial::test(format!("gotest dir {name}"), move || {
            check_known(run(&path, action, &version), reason)
        }));
    }
    trials
}

/// What the first comment that is an action asks, and the language version; nothing for actions with other flags.
fn action(source: &str) -> Option<(Action, String)> {
    let line = source
        .lines()
        .find(|l| l.starts_with("// ") && !l.starts_with("// +build"))?;
    let mut words = line[3..].split_whitespace();
    let action = match words.next()? {
        "rundir" => Action::Run,
        "compiledir" => Action::Compile,
        "errorcheckdir" => Action::Errors,
        "runindir" => Action::RunIn,
        _ => return None,
    };
    let mut version = "1.27".to_owned();
    let mut words = words.peekable();
    while let Some(flag) = words.next() {
        match flag.split_once('=') {
            Some(("-lang", v)) => version = v.trim_start_matches("go").to_owned(),
            // How the compiler works, not what it takes.
            Some(("-c" | "-l", _)) => {}
            None if flag == "-gomodversion" => version = words.next()?.trim_matches('"').to_owned(),
            None if flag == "-s" => {}
            _ => return None,
        }
    }
    Some((action, version))
}

fn run(path: &Path, action: Action, version: &str) -> Result<(), String> {
    let dir = tempfile::tempdir().map_err(|e| e.to_string())?;
    let tree = dir.path();
    let folder = path.with_extension("dir");
    if action == Action::RunIn {
        copy_tree(&folder, tree, version).map_err(|e| e.to_string())?;
        return run_program(path, tree, ".");
    }
    let single = std::fs::read_to_string(path)
        .is_ok_and(|s| s.contains("// errorcheckdir -s") || s.contains("dir -s"));
    let packages = packages(&folder, single)?;
    write_tree(&packages, tree, version).map_err(|e| e.to_string())?;
    match action {
        Action::Run => {
            let main = packages.last().ok_or("no files")?;
            run_program(path, tree, &format!("./{}", main.name))
        }
        Action::Compile => {
            let got = output_within(
                mgo().current_dir(tree).args(["check", "--format=line", "./..."]),
                LIMIT,
            )?;
            if got.status.success() {
                Ok(())
            } else {
                Err(String::from_utf8_lossy(&got.stderr).into_owned())
            }
        }
        _ => errors(&packages, tree),
    }
}

/// Files that are compiled together.
struct Package {
    /// After its first file.
    name: String,
    clause: String,
    files: Vec<(String, String)>,
}

/// The packages in a folder; each file is one with `single`.
fn packages(folder: &Path, single: bool) -> Result<Vec<Package>, String> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|e| e.to_string())?
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "go"))
        .collect();
    paths.sort();
    let mut found: Vec<Package> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|e| e.to_string())?;
        let base = crate::common::stem(&path);
        let clause = text
            .lines()
            .find_map(|l| l.strip_prefix("package "))
            .unwrap_or_default()
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
            .unwrap_or_default()
            .to_owned();
        let file = (format!("{base}.go"), text);
        match found.iter_mut().find(|p| p.clause == clause && !single) {
            Some(p) => p.files.push(file),
            None => found.push(Package {
                name: base,
                clause,
                files: vec![file],
            }),
        }
    }
    Ok(found)
}

/// Writes each package into a folder of its own, with `./x` imports as `test/x`.
fn write_tree(packages: &[Package], tree: &Path, version: &str) -> std::io::Result<()> {
    std::fs::write(tree.join("go.mod"), format!("module test\n\ngo {version}\n"))?;
    for p in packages {
        let dir = tree.join(&p.name);
        std::fs::create_dir_all(&dir)?;
        for (name, text) in &p.files {
            // A name that ends like a system's or a test's must not keep the file out.
            let name = name.replace('_', "-");
            let text = text.replace("\"./", "\"test/").replace("`./", "`test/");
            std::fs::write(dir.join(name), text)?;
        }
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path, version: &str) -> std::io::Result<()> {
    for entry in std::fs::read_dir(from)?.flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_tree(&entry.path(), &target, version)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    let name = from.file_name().unwrap_or_default().to_string_lossy();
    if !to.join("go.mod").exists() && from.extension().is_some_and(|e| e == "dir") {
        std::fs::write(to.join("go.mod"), format!("module {name}\n\ngo {version}\n"))?;
    }
    Ok(())
}

/// Go's rule: standard output and error together are the `.out` file, or nothing.
fn run_program(path: &Path, tree: &Path, program: &str) -> Result<(), String> {
    let got = output_within(
        mgo().current_dir(tree).args(["run", "--format=line", program]),
        LIMIT,
    )?;
    let all = [got.stdout, got.stderr].concat();
    let all = String::from_utf8_lossy(&all);
    if !got.status.success() {
        return Err(format!(
            "{:?}: {}",
            got.status,
            all.chars().take(2000).collect::<String>()
        ));
    }
    let want = std::fs::read(path.with_extension("out")).unwrap_or_default();
    first_difference(&String::from_utf8_lossy(&want), &all).map_or(Ok(()), Err)
}

/// Errors on the lines that a comment `ERROR "regexp"` announces, and on no others.
fn errors(packages: &[Package], tree: &Path) -> Result<(), String> {
    let mut cmd = mgo();
    cmd.current_dir(tree)
        .args(["check", "-e", "--format=line", "./..."]);
    let got = output_within(&mut cmd, LIMIT)?;
    let report = String::from_utf8_lossy(&got.stderr).into_owned();
    let place = regex::Regex::new(r"^(?:\./)?([^:]+):(\d+)(?::\d+)?: (.*)$").expect("valid");
    let quoted = regex::Regex::new(r#""([^"]*)""#).expect("valid");
    // A message may go on on lines that begin with a tab.
    let report = report.replace("\n\t", "\u{b}\t");
    let mut reported: Vec<(String, usize, String)> = report
        .lines()
        .filter_map(|l| place.captures(l))
        .filter_map(|m| Some((m[1].to_owned(), m[2].parse().ok()?, m[3].replace('\u{b}', "\n"))))
        .collect();
    let mut wrong = Vec::new();
    for p in packages {
        for (name, text) in &p.files {
            let file = format!("{}/{}", p.name, name.replace('_', "-"));
            for (i, line) in text.lines().enumerate() {
                let Some((_, marks)) = line.split_once("ERROR ") else {
                    continue;
                };
                if line.contains("GCCGO_ERROR") {
                    continue;
                }
                let on_line: Vec<String> = reported
                    .iter()
                    .filter(|r| r.0 == file && r.1 == i + 1)
                    .map(|r| r.2.clone())
                    .collect();
                reported.retain(|r| r.0 != file || r.1 != i + 1);
                for m in quoted.captures_iter(marks) {
                    let pattern = regex::Regex::new(&m[1]).map_err(|e| e.to_string())?;
                    if !on_line.iter().any(|r| pattern.is_match(r)) {
                        wrong.push(format!(
                            "{file}:{}: no error like {:?}: {on_line:?}",
                            i + 1,
                            &m[1]
                        ));
                    }
                }
            }
        }
    }
    wrong.extend(
        reported
            .iter()
            .map(|(f, l, t)| format!("{f}:{l}: unexpected: {t}")),
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}
