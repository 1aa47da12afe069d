//! Go's own test programs, where they are installed (Debian's `golang-1.27-src`, or the folder named
//! by `MGO_GOTEST`): every `// run` program at the top level and in `ken/`, `chan/`, `interface/`, `typeparam/`
//! must do what Go's test driver wants, except those in `tests/gotest_known_failures.txt`.
//!
//! That list may only shrink: a program on it that passes fails the test until it is taken off.
//! Left out are programs about what mgo has not: generic packages of the library, unsafe, reflect,
//! os/exec, and programs that are not one file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::{first_difference, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

/// Imports that put a program out of scope.
const OUT_OF_SCOPE: [&str; 5] = ["\"unsafe\"", "\"reflect\"", "\"os/exec\"", "\"go/", "\"internal/"];

/// One trial for each program.
pub fn trials() -> Vec<Trial> {
    let Some(dir) = installed() else {
        eprintln!("gotest: skipped, Go's test directory is not installed (set MGO_GOTEST to it)");
        return Vec::new();
    };
    let known = known_failures();
    let mut trials = Vec::new();
    for sub in ["", "ken", "chan", "interface", "typeparam"] {
        for path in sources(&dir.join(sub)) {
            let Ok(source) = std::fs::read_to_string(&path) else {
                continue;
            };
            if !is_run(&source)
                || OUT_OF_SCOPE.iter().any(|i| source.contains(i))
                || wants_generic_packages(&source)
            {
                continue;
            }
            let name = path
                .strip_prefix(&dir)
                .expect("below the directory")
                .display()
                .to_string();
            let reason = known.get(&name).cloned();
            trials.push(Trial::test(format!("gotest {name}"), move || {
                check(&path, reason)
            }));
        }
    }
    trials
}

/// Go's test directory.
fn installed() -> Option<PathBuf> {
    let named = std::env::var_os("MGO_GOTEST").map(PathBuf::from);
    let usual = PathBuf::from("/usr/share/go-1.27/test");
    named
        .into_iter()
        .chain([usual])
        .find(|d| d.join("helloworld.go").is_file())
}

/// The `.go` files of one folder, sorted.
fn sources(dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "go"))
        .collect();
    found.sort();
    found
}

/// Whether the first comment that is an action says plain `run`, for this platform.
fn is_run(source: &str) -> bool {
    let platform = source.lines().find_map(|l| l.strip_prefix("//go:build "));
    let excluded = platform.is_some_and(|b| b.contains("cgo") || b.contains("ignore") || b.contains("wasm"));
    let action = source
        .lines()
        .find(|l| l.starts_with("// ") && !l.starts_with("// +build"));
    !excluded && action.is_some_and(|l| l.trim_end() == "// run")
}

/// Whether a program uses what is generic in the library, as far as a look at the text tells.
fn wants_generic_packages(source: &str) -> bool {
    let uses = regex::Regex::new(r#"\b(atomic\.Pointer|iter\.Seq2?)\[|"(cmp|iter|slices|maps|unique|weak)""#);
    uses.expect("valid").is_match(source)
}

/// The list: program, blanks, reason.
fn known_failures() -> HashMap<String, String> {
    let text = std::fs::read_to_string(root().join("tests/gotest_known_failures.txt")).unwrap_or_default();
    text.lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(|l| {
            l.split_once(char::is_whitespace)
                .expect("each line of the list has a reason")
        })
        .map(|(name, reason)| (name.to_owned(), reason.trim().to_owned()))
        .collect()
}

/// Runs one program; `known` is why it is expected to fail.
fn check(path: &Path, known: Option<String>) -> Result<(), Failed> {
    match (run(path), known) {
        (Ok(()), None) => Ok(()),
        (Err(e), None) => Err(e.into()),
        (Ok(()), Some(_)) => Err("passes: take it off tests/gotest_known_failures.txt".into()),
        (Err(_), Some(_)) => Ok(()),
    }
}

/// Go's rule: standard output and error together are the `.out` file, or nothing.
fn run(path: &Path) -> Result<(), String> {
    let dir = path.parent().expect("a file has a folder");
    let mut cmd = mgo();
    cmd.current_dir(dir).arg("run").arg(path);
    let got = output_within(&mut cmd, Duration::from_secs(60))?;
    let all = [got.stdout, got.stderr].concat();
    let all = String::from_utf8_lossy(&all);
    let want = std::fs::read(path.with_extension("out")).unwrap_or_default();
    if !got.status.success() {
        return Err(format!(
            "{:?}: {}",
            got.status,
            all.chars().take(2000).collect::<String>()
        ));
    }
    first_difference(&String::from_utf8_lossy(&want), &all).map_or(Ok(()), Err)
}
