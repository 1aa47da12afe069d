//! The same programs under the Go toolchain print the same, and wrong programs get the same reports. Skips, saying so, where Go is not
//! installed (`go` on the PATH, or the command named by `MGO_GO`).

use std::path::Path;
use std::time::Duration;

use crate::common::{Directives, files, first_difference, go, mgo, output_within, programs, root};
use libtest_mimic::{Failed, Trial};

/// One trial for each program.
pub fn trials() -> Vec<Trial> {
    if go().is_none() {
        eprintln!("oracle: skipped, no Go toolchain is installed (set MGO_GO to its `go` command)");
        return Vec::new();
    }
    let mut trials = Vec::new();
    for dir in ["examples", "tests/run", "tests/fixedbugs"] {
        for path in programs(&root().join(dir)) {
            let source = std::fs::read_to_string(&path).expect("test programs are readable");
            let mgo_only = source.contains("\"runtime/sched\"");
            if mgo_only || Directives::read(&source).skip_oracle.is_some() {
                continue;
            }
            let name = path
                .strip_prefix(root())
                .expect("below the root")
                .display()
                .to_string();
            trials.push(Trial::test(format!("oracle {name}"), move || compare(&path)));
        }
    }
    for path in files(&root().join("tests/errors"), "mgo") {
        let name = path
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string();
        trials.push(Trial::test(format!("oracle {name}"), move || {
            compare_errors(&path)
        }));
    }
    trials
}

/// Runs one program with both and compares standard output and exit status.
fn compare(path: &Path) -> Result<(), Failed> {
    let source = std::fs::read_to_string(path)?;
    let d = Directives::read(&source);
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("main.go");
    std::fs::write(&file, &source)?;
    let binary = dir.path().join("main");
    let limit = Duration::from_secs(300);
    let mut build = go().expect("checked in main");
    build
        .current_dir(dir.path())
        .args(["build", "-o"])
        .arg(&binary)
        .arg(&file);
    let built = output_within(&mut build, limit)?;
    if !built.status.success() {
        return Err(format!("go build: {}", String::from_utf8_lossy(&built.stderr)).into());
    }
    let env = || d.env.iter().map(|(k, v)| (k, v));
    let mut native = std::process::Command::new(&binary);
    let want = output_within(
        native.args(&d.args).envs(env()).envs(d.go_env.iter().cloned()),
        limit,
    )?;
    let got = output_within(mgo().arg("run").arg(&file).args(&d.args).envs(env()), limit)?;
    if want.status.code() != got.status.code() {
        let stderr = String::from_utf8_lossy(&got.stderr);
        return Err(format!(
            "Go exits with {:?}, mgo with {:?}\n{stderr}",
            want.status, got.status
        )
        .into());
    }
    match first_difference(
        &String::from_utf8_lossy(&want.stdout),
        &String::from_utf8_lossy(&got.stdout),
    ) {
        Some(diff) => Err(diff.into()),
        None => Ok(()),
    }
}

/// Compares the reports on one wrong program with the Go compiler's, line by line.
fn compare_errors(path: &Path) -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("main.go");
    std::fs::copy(path, &file)?;
    let limit = Duration::from_secs(300);
    let mut build = go().expect("checked in trials");
    build
        .current_dir(dir.path())
        .args(["build", "-gcflags=-e", "-o", "x", "main.go"]);
    let want = output_within(&mut build, limit)?;
    let mut check = mgo();
    check
        .current_dir(dir.path())
        .args(["check", "-e", "--format=line", "main.go"]);
    let got = output_within(&mut check, limit)?;
    let want: Vec<String> = String::from_utf8_lossy(&want.stderr)
        .lines()
        .filter(|l| !l.starts_with('#'))
        .map(|l| l.replace("./main.go", "main.go"))
        .collect();
    match first_difference(&want.join("\n"), String::from_utf8_lossy(&got.stderr).trim_end()) {
        Some(diff) => Err(diff.into()),
        None => Ok(()),
    }
}
