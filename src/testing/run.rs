//! The parent: starts a test binary for each package, several at once, shows what they print, and says how
//! it went, in the order in which packages were named.
//!
//! Without packages on the command line, or with benchmarks, a binary writes straight to standard output. Else
//! what it prints is kept until the verdict is known: without `-v` that of packages that pass is dropped.

use std::io::{self, PipeReader, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use regex::bytes::Regex;

use crate::testing::SUBCOMMAND;
use crate::testing::find::Tested;
use crate::testing::flags::Flags;
use crate::testing::json::{self, Converter};

/// How long beyond its time-out a binary may go on before it is stopped from outside.
const GRACE: Duration = Duration::from_secs(60);

/// What came of one package.
struct Outcome {
    /// For standard output, as far as it is not there yet.
    out: Vec<u8>,
    /// For standard error: why building failed.
    err: String,
    failed: bool,
}

/// Tests all packages; whether none failed.
pub fn run(flags: &Flags, packages: &[Tested]) -> io::Result<bool> {
    let dir = tempfile::tempdir()?;
    let run = Run {
        flags,
        dir: dir.path(),
        n: packages.len(),
    };
    let next = AtomicUsize::new(0);
    let jobs = flags
        .jobs
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get));
    // With benchmarks, one package after the other.
    let jobs = if flags.bench {
        1
    } else {
        jobs.min(packages.len()).max(1)
    };
    let stopped = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let mut ok = true;
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (send, next, run, stopped) = (send.clone(), &next, &run, &stopped);
            scope.spawn(move || {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(p) = packages.get(i) else { return };
                    if stopped.load(Ordering::Relaxed) > 0 {
                        return;
                    }
                    let outcome = run.package(i, p).unwrap_or_else(|e| Outcome {
                        out: format!("FAIL\t{} [{e}]\n", p.import_path).into_bytes(),
                        err: String::new(),
                        failed: true,
                    });
                    if outcome.failed && flags.fail_fast {
                        stopped.store(1, Ordering::Relaxed);
                    }
                    if send.send((i, outcome)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        ok = show(&receive);
    });
    if let Some(profile) = &flags.cover.profile {
        run.merge_profiles(Path::new(profile))?;
    }
    if !ok && !flags.json && !flags.fuzz && !flags.packages.is_empty() {
        println!("FAIL");
    }
    Ok(ok)
}

/// Prints outcomes in order as they come in; whether none failed.
fn show(receive: &mpsc::Receiver<(usize, Outcome)>) -> bool {
    let mut waiting = std::collections::BTreeMap::new();
    let (mut next, mut ok) = (0, true);
    for (i, outcome) in receive {
        waiting.insert(i, outcome);
        while let Some(o) = waiting.remove(&next) {
            eprint!("{}", o.err);
            let mut stdout = io::stdout().lock();
            // A reader that has gone does not change the verdict.
            let _ = stdout.write_all(&o.out).and_then(|()| stdout.flush());
            ok &= !o.failed;
            next += 1;
        }
    }
    ok
}

/// Where a binary's output goes.
enum Sink {
    /// It is standard output.
    Direct,
    /// It is copied there, and kept.
    Copied,
    /// It is kept.
    Kept,
    /// It becomes events, and is kept.
    Events(Box<Converter<Locked>>),
}

/// Standard output, locked for one event at a time.
struct Locked;

static EVENTS: Mutex<()> = Mutex::new(());

impl Write for Locked {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let _one = EVENTS.lock().unwrap_or_else(|e| e.into_inner());
        let mut out = io::stdout().lock();
        out.write_all(buf)?;
        out.flush()?;
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    /// Takes what the binary, or this command for it, prints.
    fn put(&mut self, kept: &mut Vec<u8>, bytes: &[u8]) {
        let shown = match self {
            Sink::Direct => io::stdout().lock().write_all(bytes),
            Sink::Copied => {
                kept.extend_from_slice(bytes);
                let mut out = io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush())
            }
            Sink::Kept => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
            Sink::Events(c) => {
                kept.extend_from_slice(bytes);
                c.write_all(bytes)
            }
        };
        // A reader that has gone does not change the verdict.
        drop(shown);
    }
}

/// What all packages of a run share.
struct Run<'r> {
    flags: &'r Flags,
    dir: &'r Path,
    n: usize,
}

impl Run<'_> {
    fn sink(&self, p: &Tested) -> Sink {
        let f = self.flags;
        if f.json {
            Sink::Events(Box::new(Converter::new(Locked, &p.import_path)))
        } else if f.streams() {
            Sink::Direct
        } else if f.shows_passes() && (self.n == 1 || f.jobs == Some(1)) {
            Sink::Copied
        } else {
            Sink::Kept
        }
    }

    /// Tests package number `i`.
    fn package(&self, i: usize, p: &Tested) -> io::Result<Outcome> {
        let mut sink = self.sink(p);
        let mut kept = Vec::new();
        let mut out = Outcome {
            out: Vec::new(),
            err: String::new(),
            failed: false,
        };
        if let Some(why) = &p.broken {
            out.err = format!("# {}\n{why}\n", p.import_path);
            let verdict = format!("FAIL\t{} [setup failed]\n", p.import_path);
            sink.put(&mut kept, verdict.as_bytes());
            if matches!(sink, Sink::Kept) {
                out.out = kept;
            }
            self.end(sink, false);
            out.failed = true;
            return Ok(out);
        }
        let report = self.dir.join(format!("report{i}"));
        let start = Instant::now();
        let status = self.binary(i, p, &report, &mut sink, &mut kept)?;
        let report = std::fs::read_to_string(&report).unwrap_or_default();
        let (head, text) = report.split_once('\n').unwrap_or((&report, ""));
        let (kind, what) = head.split_once(' ').unwrap_or((head, ""));
        out.failed = !status.success();
        let path = &p.import_path;
        let verdict = if matches!(kind, "build" | "setup") {
            let text = format!("# {what}\n{text}");
            if let Sink::Events(c) = &mut sink {
                json::build_failure(&mut Locked, what, &text)?;
                c.set_failed_build(what);
            } else {
                out.err = text;
            }
            format!("FAIL\t{path} [{kind} failed]\n")
        } else {
            let mut figures = what.split(' ').map(|n| n.parse().unwrap_or(0));
            let building = Duration::from_nanos(figures.next().unwrap_or(0));
            let counted = figures.next().unwrap_or(0) > 0;
            if p.has_tests || out.failed {
                let took = start.elapsed().saturating_sub(building);
                self.verdict(p, status, took, &mut kept, &sink)
            } else if counted {
                format!("\t{path}\t\tcoverage: 0.0% of statements\n")
            } else {
                format!("?   \t{path}\t[no test files]\n")
            }
        };
        sink.put(&mut kept, verdict.as_bytes());
        if matches!(sink, Sink::Kept) {
            out.out = kept;
        }
        self.end(sink, !out.failed);
        Ok(out)
    }

    fn end(&self, sink: Sink, ok: bool) {
        if let Sink::Events(mut c) = sink {
            c.exited(ok);
            c.close();
        }
    }

    /// The last lines about a package. What it printed is dropped if nobody wants to see it.
    fn verdict(
        &self,
        p: &Tested,
        status: ExitStatus,
        took: Duration,
        kept: &mut Vec<u8>,
        sink: &Sink,
    ) -> String {
        let path = &p.import_path;
        let took = format!("{:.3}s", took.as_secs_f64());
        if self.flags.streams() {
            // As if it had gone straight to standard output.
            kept.clear();
        }
        let newline = if kept.is_empty() || kept.ends_with(b"\n") {
            ""
        } else {
            "\n"
        };
        if status.success() {
            let note = if contains(kept, b"testing: warning: no tests to run\n") {
                " [no tests to run]"
            } else {
                ""
            };
            let covered = if self.flags.cover.on {
                coverage(kept)
            } else {
                String::new()
            };
            let mut newline = newline;
            if matches!(sink, Sink::Kept) && !self.flags.shows_passes() {
                kept.clear();
                newline = "";
            }
            return format!("{newline}ok  \t{path}\t{took}{covered}{note}\n");
        }
        let why = if kept.is_empty() {
            format!("{}\n", status_text(status))
        } else {
            newline.to_owned()
        };
        let mark = if self.flags.json { "\x16" } else { "" };
        format!("{why}{mark}FAIL\t{path}\t{took}\n")
    }

    /// Runs the test binary of package number `i`.
    fn binary(
        &self,
        i: usize,
        p: &Tested,
        report: &Path,
        sink: &mut Sink,
        kept: &mut Vec<u8>,
    ) -> io::Result<ExitStatus> {
        let mut cmd = Command::new(std::env::current_exe()?);
        cmd.arg(SUBCOMMAND).arg("--report").arg(report);
        if !p.has_tests {
            cmd.arg("--no-run");
        }
        if self.flags.cover.on {
            cmd.arg("--covermode").arg(&self.flags.cover.mode);
            for package in &self.flags.cover.packages {
                cmd.arg("--coverpkg").arg(package);
            }
        }
        if self.flags.fuzz {
            cmd.arg("--fuzz");
        }
        for tag in &self.flags.tags {
            cmd.arg("--tag").arg(tag);
        }
        cmd.args(&p.patterns).arg("--").args(&self.flags.binary);
        if self.flags.cover.profile.is_some() {
            cmd.arg(format!("-test.coverprofile={}", self.profile(i).display()));
        }
        cmd.stdin(Stdio::null());
        let reader = self.connect(&mut cmd, sink)?;
        let mut child = cmd.spawn()?;
        drop(cmd);
        let (done, watch) = mpsc::channel::<()>();
        let limit = self.flags.timeout.filter(|_| !self.flags.fuzz).map(|t| t + GRACE);
        let pid = child.id() as i32;
        let watcher = std::thread::spawn(move || stop_after(pid, limit, &watch));
        if let Some(mut reader) = reader {
            copy(&mut reader, sink, kept)?;
        }
        let status = child.wait();
        drop(done);
        let _ = watcher.join();
        status
    }

    /// Connects a binary's standard streams; what to read from, unless they are this command's own.
    fn connect(&self, cmd: &mut Command, sink: &Sink) -> io::Result<Option<PipeReader>> {
        if matches!(sink, Sink::Direct) {
            let out = io::stdout().as_fd().try_clone_to_owned()?;
            cmd.stderr(Stdio::from(out.try_clone()?)).stdout(Stdio::from(out));
            return Ok(None);
        }
        let (reader, writer) = io::pipe()?;
        cmd.stderr(writer.try_clone()?).stdout(writer);
        Ok(Some(reader))
    }

    /// Where the coverage profile of package number `i` is written.
    fn profile(&self, i: usize) -> PathBuf {
        self.dir.join(format!("cover{i}.out"))
    }

    /// Puts all profiles into one file.
    fn merge_profiles(&self, to: &Path) -> io::Result<()> {
        let mut all = format!("mode: {}\n", self.flags.cover.mode);
        for i in 0..self.n {
            let text = std::fs::read_to_string(self.profile(i)).unwrap_or_default();
            all.extend(text.lines().skip(1).flat_map(|l| [l, "\n"]));
        }
        std::fs::write(to, all)
    }
}

fn copy(from: &mut PipeReader, sink: &mut Sink, kept: &mut Vec<u8>) -> io::Result<()> {
    let mut buf = [0; 8_192];
    loop {
        match io::Read::read(from, &mut buf)? {
            0 => return Ok(()),
            n => sink.put(kept, &buf[..n]),
        }
    }
}

/// Ends process `pid` if it has not ended `limit` from now: at first by asking for all stacks.
fn stop_after(pid: i32, limit: Option<Duration>, done: &mpsc::Receiver<()>) {
    const SIGQUIT: i32 = 3;
    const SIGKILL: i32 = 9;
    let timed_out = |d| matches!(done.recv_timeout(d), Err(mpsc::RecvTimeoutError::Timeout));
    let Some(limit) = limit else { return };
    if timed_out(limit) {
        mgo_runtime::os::sigqueue::kill(pid, SIGQUIT);
        if timed_out(Duration::from_secs(5)) {
            mgo_runtime::os::sigqueue::kill(pid, SIGKILL);
        }
    }
}

/// An exit status in Go's words.
fn status_text(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

fn contains(text: &[u8], what: &[u8]) -> bool {
    text.windows(what.len()).any(|w| w == what)
}

/// What the binary said about coverage, for the line of verdict.
fn coverage(text: &[u8]) -> String {
    let re = Regex::new(r"coverage: (.*)\n").expect("a valid pattern");
    re.captures(text).map_or_else(String::new, |c| {
        format!("\tcoverage: {}", String::from_utf8_lossy(&c[1]))
    })
}
