//! Watching a program from outside: SIGQUIT, traces of the scheduler, profiles in the form of Go's tools.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::{mgo, output_within};
use libtest_mimic::{Failed, Trial};

type Check = fn() -> Result<(), Failed>;

/// The checks.
pub fn trials() -> Vec<Trial> {
    let checks: [(&'static str, Check); 4] = [
        ("SIGQUIT shows every goroutine", quit),
        ("SIGQUIT that the program wants or ignores", quit_wanted),
        ("GODEBUG=schedtrace", schedtrace),
        ("profiles in the form of go tool pprof", pprof),
    ];
    let trial = |(name, f): (&str, Check)| Trial::test(format!("watch: {name}"), f);
    checks.into_iter().map(trial).collect()
}

/// Writes `text` to a file and runs it; once it has written a line, sends it `signal`. Exit status and standard error.
fn run_and_signal(text: &str, signal: &str, env: &[(&str, &str)]) -> Result<(Option<i32>, String), Failed> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("f.mgo");
    std::fs::write(&file, text)?;
    let mut cmd = mgo();
    cmd.arg("run").arg(&file).envs(env.iter().copied());
    let mut child = cmd.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let stdout = child.stdout.take().ok_or("no standard output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let id = child.id().to_string();
    Command::new("kill").args([&format!("-{signal}"), &id]).status()?;
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .ok_or("no standard error")?
        .read_to_string(&mut stderr)?;
    Ok((child.wait()?.code(), stderr))
}

const ASLEEP: &str = "package main
import (\"fmt\"; \"runtime\"; \"strings\"; \"time\")
func spin() { for {} }
func wait(c chan int) { <-c }
func main() {
	go spin()
	go wait(make(chan int))
	go func() {
		buf := make([]byte, 9999)
		for all := \"\"; !strings.Contains(all, \"[sleep]\") || !strings.Contains(all, \"[chan receive]\"); {
			runtime.Gosched()
			all = string(buf[:runtime.Stack(buf, true)])
		}
		fmt.Println(\"ready\")
	}()
	time.Sleep(20 * time.Second)
}";

fn quit() -> Result<(), Failed> {
    for procs in ["1", "2"] {
        let (status, err) = run_and_signal(ASLEEP, "QUIT", &[("GOMAXPROCS", procs)])?;
        let parts = [
            "SIGQUIT: quit\n\ngoroutine 1 [sleep]:\n",
            " [chan receive]:\nmain.wait(...)\n",
            "created by main.main in goroutine 1\n",
        ];
        // The goroutine that said "ready" may still have the P.
        let spins = err.contains("[running]:\nmain.spin") || err.contains("[runnable]:\nmain.spin");
        if status != Some(2) || !spins || parts.iter().any(|p| !err.contains(p)) {
            return Err(format!("GOMAXPROCS={procs}: {status:?}\n{err}").into());
        }
    }
    let (status, err) = run_and_signal(ASLEEP, "QUIT", &[("GOTRACEBACK", "none")])?;
    if status != Some(2) || err != "SIGQUIT: quit\n" {
        return Err(format!("GOTRACEBACK=none: {status:?}\n{err}").into());
    }
    Ok(())
}

fn quit_wanted() -> Result<(), Failed> {
    let text = "package main
import (\"fmt\"; \"os\"; \"os/signal\"; \"syscall\"; \"time\")
func main() {
	signal.Ignore(syscall.SIGQUIT)
	syscall.Kill(os.Getpid(), syscall.SIGQUIT)
	time.Sleep(20 * time.Millisecond)
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGQUIT)
	fmt.Println(\"ready\")
	if <-c == syscall.SIGQUIT {
		os.Exit(7)
	}
}";
    match run_and_signal(text, "QUIT", &[])? {
        (Some(7), err) if err.is_empty() => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}

fn schedtrace() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("f.mgo");
    let text = "package main\nimport \"time\"\nfunc main() { go func() { for {} }(); time.Sleep(100 * time.Millisecond) }";
    std::fs::write(&file, text)?;
    let forms = [
        (
            "schedtrace=10",
            r"(?m)^SCHED \d+ms: gomaxprocs=2 idleprocs=\d threads=\d+ spinningthreads=\d needspinning=0 idlethreads=\d+ runqueue=\d+ \[ \d+ \d+ \] schedticks=\[ \d+ \d+ \]$",
        ),
        (
            "schedtrace=10,scheddetail=1",
            r"(?m)^SCHED \d+ms: .* runqueue=\d+ gcwaiting=\d nmidlelocked=\d+ stopwait=\d+ sysmonwait=\w+\n  P0: status=\d schedtick=\d+ syscalltick=\d+ m=\w+ runqsize=\d+ gfreecnt=\d+ timerslen=\d+\n  P1: (.*\n)+?  M0: p=\w+ curg=\w+ .* spinning=\w+ blocked=\w+ lockedg=nil\n(.*\n)+?  G1: status=4\(sleep\) m=nil lockedm=nil$",
        ),
    ];
    for (setting, form) in forms {
        let mut cmd = mgo();
        cmd.arg("run")
            .arg(&file)
            .env("GOMAXPROCS", "2")
            .env("GODEBUG", setting);
        let got = output_within(&mut cmd, Duration::from_secs(20))?;
        let err = String::from_utf8_lossy(&got.stderr);
        if !regex::Regex::new(form)?.is_match(&err) {
            return Err(format!("GODEBUG={setting}: {:?}\n{err}", got.status).into());
        }
    }
    Ok(())
}

/// The fields of a protocol buffer message: number, and value or bytes.
fn message(mut bytes: &[u8]) -> Option<Vec<(u64, u64, &[u8])>> {
    fn varint(bytes: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&b, rest) = bytes.split_first()?;
            *bytes = rest;
            value |= u64::from(b & 0x7F) << shift;
            if b < 0x80 {
                return Some(value);
            }
        }
        None
    }
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let value = varint(&mut bytes)?;
        let mut data: &[u8] = &[];
        match key & 7 {
            0 => {}
            2 => (data, bytes) = bytes.split_at_checked(value as usize)?,
            _ => return None,
        }
        fields.push((key >> 3, value, data));
    }
    Some(fields)
}

/// What `go tool pprof` wants to find: see profile.proto of github.com/google/pprof.
fn pprof() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let (file, profile) = (dir.path().join("f.mgo"), dir.path().join("f.pb"));
    let text = "package main
import (\"os\"; \"runtime/pprof\"; \"time\")
func leak() { c := make(chan int); go wait(c) }
func wait(c chan int) { <-c }
func main() {
	leak()
	leak()
	time.Sleep(10 * time.Millisecond)
	f, _ := os.Create(os.Args[1])
	pprof.Lookup(\"goroutineleak\").WriteTo(f, 0)
	f.Close()
}";
    std::fs::write(&file, text)?;
    output_within(mgo().arg("run").arg(&file).arg(&profile), Duration::from_secs(20))?;
    let bytes = std::fs::read(&profile)?;
    let fields = message(&bytes).ok_or("not a message")?;
    let parts = |n: u64| fields.iter().filter(move |f| f.0 == n).map(|f| message(f.2));
    let strings: Vec<&[u8]> = fields.iter().filter(|f| f.0 == 6).map(|f| f.2).collect();
    let text = |i: u64| String::from_utf8_lossy(strings.get(i as usize).copied().unwrap_or_default());
    // One sample: its locations innermost first, its value.
    let samples: Vec<_> = parts(2).collect::<Option<_>>().ok_or("samples")?;
    let [sample] = &samples[..] else {
        return Err(format!("{} samples", samples.len()).into());
    };
    let functions: Vec<_> = parts(5).collect::<Option<_>>().ok_or("functions")?;
    let names: Vec<String> = functions.iter().map(|f| text(f[1].1).into_owned()).collect();
    let kind: Vec<_> = parts(1).collect::<Option<_>>().ok_or("types")?;
    let got = (sample.last().map(|f| (f.0, f.1)), names, text(kind[0][0].1));
    if got.0 != Some((2, 2)) || got.1 != ["main.wait"] || got.2 != "goroutineleak" || !strings[0].is_empty() {
        return Err(format!("{got:?}").into());
    }
    Ok(())
}
