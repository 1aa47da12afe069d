//! Script files: `tests/scripts/*.mgo` have no package clause. They are run like programs, and must print what
//! stands beside them in `.out`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::common::{self, Directives};
use crate::repl::{input_of, pipe};

/// How long a script may take.
const LIMIT: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    let mut trials = common::file_trials("scripts", "tests/scripts", "mgo", script);
    trials.push(Trial::test("scripts/interpreter-line", interpreter_line));
    trials.push(Trial::test("scripts/stdin", stdin));
    trials
}

fn script(path: &Path) -> Result<(), Failed> {
    let directives = Directives::read(&std::fs::read_to_string(path)?);
    let want = std::fs::read_to_string(path.with_extension("out")).unwrap_or_default();
    let mut cmd = common::mgo();
    cmd.arg("run").arg(path).args(&directives.args);
    let out = common::output_within(&mut cmd, LIMIT)?;
    let (stdout, stderr) = (
        String::from_utf8_lossy(&out.stdout),
        String::from_utf8_lossy(&out.stderr),
    );
    if let Some(difference) = common::first_difference(&want, &stdout) {
        return Err(format!("standard output: {difference}\nstandard error:\n{stderr}").into());
    }
    for pattern in &directives.stderr {
        if !regex::Regex::new(pattern)?.is_match(&stderr) {
            return Err(format!("standard error does not match {pattern:?}:\n{stderr}").into());
        }
    }
    if out.status.code() != Some(directives.exit) {
        return Err(format!("{}; want {}\n{stderr}", out.status, directives.exit).into());
    }
    Ok(())
}

/// A file that begins with `#!` is a script whatever its name, and is run without `run`.
fn interpreter_line() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("greet");
    let mgo = common::mgo();
    let interpreter = mgo.get_program().to_string_lossy().into_owned();
    let text = format!("#!{interpreter}\nfmt.Println(\"hello\", os.Args[1])\nos.Exit(4)\n");
    std::fs::File::create(&path)?.write_all(text.as_bytes())?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    let out = common::output_within(std::process::Command::new(&path).arg("you"), LIMIT)?;
    assert_eq!(String::from_utf8_lossy(&out.stdout), "hello you\n");
    assert_eq!(out.status.code(), Some(4));
    Ok(())
}

fn stdin() -> Result<(), Failed> {
    let mut cmd = common::mgo();
    cmd.args(["run", "-"]);
    let (status, stdout, stderr) = pipe(&mut cmd, input_of(b"n := 3\nfmt.Println(n * n)\n")?)?;
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "9\n", ""));
    Ok(())
}
