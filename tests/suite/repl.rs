//! The REPL: sessions through a pipe. `tests/repl/*.in` holds what is typed, with directives as in a program;
//! what must come out on standard output stands beside it in `.out`.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::common::{self, Directives};

/// How long a session may take.
const LIMIT: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    let sessions = common::files(&common::root().join("tests/repl"), "in");
    let mut trials: Vec<Trial> = sessions
        .into_iter()
        .map(|path| {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Trial::test(format!("repl/{name}"), move || session(&path))
        })
        .collect();
    trials.push(Trial::test("repl/command-line", command_line));
    trials
}

/// Runs `mgo repl` on the lines of `input`: status, standard output, standard error.
pub fn pipe(cmd: &mut Command, input: Stdio) -> Result<(i32, String, String), Failed> {
    let child = cmd
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let id = child.id();
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(child.wait_with_output()));
    let Ok(out) = receive.recv_timeout(LIMIT) else {
        Command::new("kill")
            .args(["-KILL", &id.to_string()])
            .status()
            .ok();
        return Err(format!("still running after {LIMIT:?}").into());
    };
    let out = out?;
    let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    Ok((
        out.status.code().unwrap_or(-1),
        text(&out.stdout),
        text(&out.stderr),
    ))
}

fn session(path: &Path) -> Result<(), Failed> {
    let source = std::fs::read_to_string(path)?;
    let directives = Directives::read(&source);
    let want = std::fs::read_to_string(path.with_extension("out")).unwrap_or_default();
    let mut cmd = common::mgo();
    cmd.arg("repl")
        .args(&directives.args)
        .envs(directives.env.clone());
    let (status, stdout, stderr) = pipe(&mut cmd, File::open(path)?.into())?;
    if let Some(difference) = common::first_difference(&want, &stdout) {
        return Err(format!("standard output: {difference}\nstandard error:\n{stderr}").into());
    }
    for pattern in &directives.stderr {
        if !regex::Regex::new(pattern)?.is_match(&stderr) {
            return Err(format!("standard error does not match {pattern:?}:\n{stderr}").into());
        }
    }
    if directives.stderr.is_empty() && !stderr.is_empty() {
        return Err(format!("standard error is not empty:\n{stderr}").into());
    }
    if status != directives.exit {
        return Err(format!("exit status {status}, want {}\n{stderr}", directives.exit).into());
    }
    Ok(())
}

fn command_line() -> Result<(), Failed> {
    let run = |entries: &[&str]| {
        let mut cmd = common::mgo();
        entries.iter().for_each(|e| {
            cmd.args(["-e", e]);
        });
        pipe(&mut cmd, Stdio::null())
    };
    let (status, stdout, _) = run(&["x := 20", "x + 1", "fmt.Println(strings.Repeat(\"ab\", 2))"])?;
    assert_eq!((status, stdout.as_str()), (0, "21\nabab\n"));
    let (status, stdout, stderr) = run(&["nope", "1"])?;
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("undefined: nope"), "{stderr}");
    let (status, stdout, stderr) = run(&["panic(\"no\")", "1"])?;
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.starts_with("panic: no\n"), "{stderr}");
    assert_eq!(run(&["os.Exit(7)"])?.0, 7);
    Ok(())
}

/// A temporary file that holds `text`, to be read from its beginning.
#[allow(dead_code, reason = "used by the sessions that are generated")]
pub fn input_of(text: &[u8]) -> Result<Stdio, Failed> {
    use std::io::{Seek, SeekFrom};
    let mut f = tempfile::tempfile()?;
    f.write_all(text)?;
    f.seek(SeekFrom::Start(0))?;
    Ok(f.into())
}
