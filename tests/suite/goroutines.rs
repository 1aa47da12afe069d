//! Tests of goroutines that `mgo test` runs: the guide's in `examples/testing`, and those of the packages that help
//! with such tests in `tests/testing`, with one P and with several. Where Go is installed, it must come to the same
//! verdicts, as far as it has the packages.

use std::process::Command;
use std::time::Duration;

use crate::common::{go, mgo, output_within, root};
use libtest_mimic::{Failed, Trial};

const LIMIT: Duration = Duration::from_secs(300);

/// The trials.
pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for procs in ["1", "4"] {
        for dir in [
            "examples/testing",
            "tests/testing/bubbles",
            "tests/testing/groups",
            "tests/testing/leftovers",
        ] {
            trials.push(Trial::test(format!("{dir} GOMAXPROCS={procs}"), move || {
                passes(dir, procs)
            }));
        }
    }
    trials.push(Trial::test("mgo test -leaks", leaks));
    if go().is_some() {
        trials.push(Trial::test("tests/testing/bubbles as Go has it", bubbles));
    } else {
        eprintln!("goroutines: bubbles not compared with Go, which is not installed (set MGO_GO to it)");
    }
    trials
}

/// All tests in `dir` pass.
fn passes(dir: &str, procs: &str) -> Result<(), Failed> {
    let mut cmd = mgo();
    cmd.current_dir(root().join(dir)).args(["test", "-v", "."]);
    let got = output_within(cmd.env("GOMAXPROCS", procs), LIMIT)?;
    let (out, err) = (
        String::from_utf8_lossy(&got.stdout),
        String::from_utf8_lossy(&got.stderr),
    );
    if !got.status.success() || !out.contains("--- PASS: ") {
        return Err(format!("{:?}\n{out}\n{err}", got.status).into());
    }
    Ok(())
}

/// Tests that leak fail with `-leaks`, the others pass; without it all pass.
fn leaks() -> Result<(), Failed> {
    let dir = root().join("tests/testing/leaky");
    let with = output_within(mgo().current_dir(&dir).args(["test", "-v", "-leaks", "."]), LIMIT)?;
    let out = String::from_utf8_lossy(&with.stdout);
    let wanted = [
        "--- FAIL: TestLeaks (",
        "[chan send (leaked)]:\n",
        "--- PASS: TestClean (",
        "    --- FAIL: TestSub/leaks (",
        "[select (no cases) (leaked)]:\n",
        "    --- PASS: TestSub/clean (",
    ];
    if with.status.code() != Some(1) || wanted.iter().any(|w| !out.contains(w)) {
        return Err(format!("{:?}\n{out}", with.status).into());
    }
    let without = output_within(mgo().current_dir(&dir).args(["test", "."]), LIMIT)?;
    if !without.status.success() {
        return Err(String::from_utf8_lossy(&without.stdout).into_owned().into());
    }
    Ok(())
}

/// The lines of verdicts and logs are those of `go test`, times aside.
fn bubbles() -> Result<(), Failed> {
    let mut go = go().ok_or("no Go")?;
    let dir = root().join("tests/testing");
    let lines = |cmd: &mut Command| -> Result<Vec<String>, Failed> {
        cmd.current_dir(&dir)
            .args(["test", "-v", "-count=1", "./bubbles"]);
        let got = output_within(cmd, LIMIT)?;
        let out = String::from_utf8_lossy(&got.stdout).into_owned();
        let time = regex::Regex::new(r"\(?\d+\.\d+s\)?")?;
        let all = out.lines().map(|l| time.replace_all(l, "T").into_owned());
        Ok(all.collect())
    };
    let (ours, theirs) = (lines(&mut mgo())?, lines(&mut go)?);
    if ours != theirs {
        return Err(format!("mgo:\n{}\n\ngo:\n{}", ours.join("\n"), theirs.join("\n")).into());
    }
    Ok(())
}
