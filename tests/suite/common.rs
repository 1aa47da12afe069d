//! What the whole-program tests share: finding programs, running them, reading their directives.
//!
//! A program says how it wants to be run in comments at its top:
//!
//! ```text
//! //mgo:exit 2              the expected exit status (0 when left out)
//! //mgo:stderr REGEX        what standard error must match (may be given several times)
//! //mgo:env NAME=VALUE      an environment variable (several times)
//! //mgo:go-env NAME=VALUE   one for real Go alone
//! //mgo:args a b            arguments after the file
//! //mgo:procs 1 4           run once with each GOMAXPROCS
//! //mgo:skip-oracle WHY     not compared with real Go
//! ```
//!
//! Expected standard output stands beside it in a file ending in `.out`; without one it is empty.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::soak;
use libtest_mimic::{Failed, Trial};

/// How a program wants to be run and what it should do.
#[derive(Default, Debug)]
pub struct Directives {
    /// Expected exit status.
    pub exit: i32,
    /// Regular expressions that standard error must match.
    pub stderr: Vec<String>,
    /// Environment variables.
    pub env: Vec<(String, String)>,
    /// Environment variables for real Go alone.
    pub go_env: Vec<(String, String)>,
    /// Arguments after the file.
    pub args: Vec<String>,
    /// Values of GOMAXPROCS to run with; empty: as it is.
    pub procs: Vec<String>,
    /// Why it is not compared with real Go.
    pub skip_oracle: Option<String>,
}

impl Directives {
    /// Reads the directives at the top of `source`.
    ///
    /// # Panics
    /// On a directive that does not exist: a typing error must not weaken a test.
    pub fn read(source: &str) -> Directives {
        let mut d = Directives::default();
        for line in source.lines() {
            let Some(rest) = line.strip_prefix("//mgo:") else {
                continue;
            };
            let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
            let words = || value.split_whitespace().map(str::to_owned);
            match key {
                "exit" => d.exit = value.trim().parse().expect("an exit status is a number"),
                "stderr" => d.stderr.push(value.to_owned()),
                "env" | "go-env" => {
                    let (k, v) = value.split_once('=').expect("NAME=VALUE");
                    let to = if key == "env" { &mut d.env } else { &mut d.go_env };
                    to.push((k.to_owned(), v.to_owned()));
                }
                "args" => d.args.extend(words()),
                "procs" => d.procs.extend(words()),
                "skip-oracle" => d.skip_oracle = Some(value.to_owned()),
                _ => panic!("unknown directive //mgo:{key}"),
            }
        }
        d
    }
}

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All programs below `dir`, sorted: files that are not tests of a package.
pub fn programs(dir: &Path) -> Vec<PathBuf> {
    let is_test = |p: &PathBuf| p.to_string_lossy().ends_with("_test.mgo");
    files(dir, "mgo").into_iter().filter(|p| !is_test(p)).collect()
}

/// One trial for each file of `ext` below `dir`, called `group/` and the file's name without the end.
pub fn file_trials(group: &str, dir: &str, ext: &str, run: fn(&Path) -> Result<(), Failed>) -> Vec<Trial> {
    files(&root().join(dir), ext)
        .into_iter()
        .map(|path| {
            let name = stem(&path);
            Trial::test(format!("{group}/{name}"), move || run(&path))
        })
        .collect()
}

/// A file's name without its end.
pub fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// All files below `dir` whose name ends in `.ext`, sorted.
pub fn files(dir: &Path, ext: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(dir) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, ext));
        } else if path.extension().is_some_and(|e| e == ext) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A command that runs the `mgo` under test.
pub fn mgo() -> Command {
    let mut cmd = Command::new(soak::program());
    cmd.env_remove("GOMAXPROCS")
        .env_remove("GODEBUG")
        .env_remove("GOGC")
        .env("NO_COLOR", "1")
        .envs(soak::settings());
    cmd
}

/// Runs `cmd` without input and gives its output, or an error when it takes longer than `limit`, which a soak stretches.
pub fn output_within(cmd: &mut Command, limit: Duration) -> Result<Output, String> {
    output_by(cmd, soak::patient(limit))
}

/// Runs `cmd` without input and gives its output, or an error when it takes longer than `limit`: then it has been asked
/// for its goroutines with SIGQUIT, and killed with all that it started.
pub fn output_by(cmd: &mut Command, limit: Duration) -> Result<Output, String> {
    let mut child = cmd
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|e| format!("{cmd:?} did not start: {e}"))?;
    let mut stdout = child.stdout.take().expect("stdout is piped");
    let mut stderr = child.stderr.take().expect("stderr is piped");
    let out = std::thread::spawn(move || read_all(&mut stdout));
    let err = std::thread::spawn(move || read_all(&mut stderr));
    let status = ended_within(&mut child, limit)?;
    if status.is_none() {
        signal_group(&child, "QUIT");
        ended_within(&mut child, Duration::from_secs(2))?;
        signal_group(&child, "KILL");
        child.wait().ok();
    }
    let (stdout, stderr) = (out.join().expect("reader"), err.join().expect("reader"));
    match status {
        Some(status) => Ok(Output {
            status,
            stdout,
            stderr,
        }),
        None => Err(format!(
            "still running after {limit:?}; stdout: {}\nstderr: {}",
            String::from_utf8_lossy(&stdout),
            String::from_utf8_lossy(&stderr)
        )),
    }
}

/// How `child` ended, if it did so within `limit`.
fn ended_within(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let start = Instant::now();
    loop {
        let status = child.try_wait().map_err(|e| e.to_string())?;
        if status.is_some() || start.elapsed() > limit {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends a signal to `child`, which leads a process group, and to what it started.
fn signal_group(child: &Child, name: &str) {
    let group = format!("-{}", child.id());
    let kill = Command::new("kill")
        .args(["-s", name, "--", &group])
        .stderr(Stdio::null())
        .status();
    drop(kill);
}

fn read_all(from: &mut dyn std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).ok();
    bytes
}

/// Where two texts first differ, with a line of context, for a test's failure message.
pub fn first_difference(want: &str, got: &str) -> Option<String> {
    if want == got {
        return None;
    }
    let (mut w, mut g, mut n) = (want.lines(), got.lines(), 1);
    loop {
        match (w.next(), g.next()) {
            (Some(a), Some(b)) if a == b => n += 1,
            (a, b) => return Some(format!("line {n}:\n  want: {a:?}\n  got:  {b:?}")),
        }
    }
}

/// The Go toolchain's command, if one is installed. A soak goes without: comparing once is enough.
pub fn go() -> Option<Command> {
    if !soak::settings().is_empty() {
        return None;
    }
    let candidates = ["go".to_owned()].into_iter().chain(std::env::var("MGO_GO").ok());
    for name in candidates {
        let mut probe = Command::new(&name);
        probe
            .env("GOTOOLCHAIN", "local")
            .arg("version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if probe.status().is_ok_and(|s| s.success()) {
            let mut cmd = Command::new(&name);
            cmd.env("GOTOOLCHAIN", "local")
                .env("GOFLAGS", "-mod=mod")
                .env("GOPROXY", "off");
            return Some(cmd);
        }
    }
    None
}
