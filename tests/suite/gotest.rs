//! Go's own test programs, where they are installed (Debian's `golang-1.27-src`, or the folder named
//! by `MGO_GOTEST`): every `// run` program of one file, in all its folders, must do what Go's test driver wants,
//! except those in `tests/gotest_known_failures.txt`.
//!
//! That list may only shrink: a program on it that passes fails the test until it is taken off, unless its reason
//! begins with `sometimes:`, as that of programs that measure time.
//! Left out are programs about what mgo has not: those that import unsafe, os/exec, the compiler's own packages
//! or runtime/pprof, and programs that are not one file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::common::{files, first_difference, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

/// Imports that put a program out of scope.
const OUT_OF_SCOPE: [&str; 6] = [
    "\"unsafe\"",
    "\"os/exec\"",
    "\"go/",
    "\"internal/",
    "\"testing\"",
    "\"runtime/pprof\"",
];

/// One trial for each program.
pub fn trials() -> Vec<Trial> {
    let Some(dir) = installed() else {
        eprintln!("gotest: skipped, Go's test directory is not installed (set MGO_GOTEST to it)");
        return Vec::new();
    };
    let mut known = known_failures();
    let mut trials = Vec::new();
    for path in files(&dir, "go") {
        let Ok(source) = std::fs::read_to_string(&path) else {
            continue;
        };
        let name = path.strip_prefix(&dir).expect("below the directory");
        let name = name.display().to_string();
        if name.contains(".dir/") || !is_run(&source) || OUT_OF_SCOPE.iter().any(|i| source.contains(i)) {
            continue;
        }
        let reason = known.remove(&name);
        trials.push(Trial::test(format!("gotest {name}"), move || {
            check(&path, reason)
        }));
    }
    // Programs of several packages are on the list too; see `gotest_dirs`.
    let of_one_file = |name: &String| std::fs::read_to_string(dir.join(name)).map_or(true, |s| is_run(&s));
    trials.extend(known.into_keys().filter(of_one_file).map(|name| {
        Trial::test(format!("gotest {name}"), || {
            Err("on the list of known failures, but not run: take it off".into())
        })
    }));
    trials
}

/// Go's test directory.
pub fn installed() -> Option<PathBuf> {
    let named = std::env::var_os("MGO_GOTEST").map(PathBuf::from);
    let usual = PathBuf::from("/usr/share/go-1.27/test");
    named
        .into_iter()
        .chain([usual])
        .find(|d| d.join("helloworld.go").is_file())
}

/// Whether the first comment that is an action says plain `run`, for this platform.
fn is_run(source: &str) -> bool {
    let platform = source.lines().find_map(|l| l.strip_prefix("//go:build "));
    let foreign = |b: &str| {
        b.starts_with("windows")
            || ["cgo", "ignore", "js", "wasm"]
                .iter()
                .any(|word| b.contains(word))
    };
    let excluded = platform.is_some_and(foreign);
    let action = source
        .lines()
        .find(|l| l.starts_with("// ") && !l.starts_with("// +build"));
    !excluded && action.is_some_and(|l| l.trim_end() == "// run")
}

/// The list: program, blanks, reason.
pub fn known_failures() -> HashMap<String, String> {
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
    check_known(run(path), known)
}

/// A known failure must fail, everything else must not.
pub fn check_known(result: Result<(), String>, known: Option<String>) -> Result<(), Failed> {
    match (result, known) {
        (Ok(()), None) => Ok(()),
        (Err(e), None) => Err(e.into()),
        (Ok(()), Some(why)) if why.starts_with("sometimes:") => Ok(()),
        (Ok(()), Some(_)) => Err("passes: take it off tests/gotest_known_failures.txt".into()),
        (Err(_), Some(_)) => Ok(()),
    }
}

/// Go's rule: standard output and error together are the `.out` file, or nothing.
fn run(path: &Path) -> Result<(), String> {
    let dir = path.parent().expect("a file has a folder");
    let mgo = mgo();
    // Both go into one pipe, so that they come in the order in which they were written.
    let mut cmd = Command::new("sh");
    cmd.args(["-c", "exec \"$0\" run \"$1\" 2>&1"])
        .arg(mgo.get_program())
        .arg(path);
    for (name, value) in mgo.get_envs() {
        match value {
            Some(value) => cmd.env(name, value),
            None => cmd.env_remove(name),
        };
    }
    let got = output_within(cmd.current_dir(dir), Duration::from_secs(60))?;
    let all = String::from_utf8_lossy(&got.stdout);
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
