//! `cargo bench --bench compare [-- NAME…]`: the programs in `benches/programs` under mgo, native Go, LuaJIT's
//! interpreter and whatever other Go interpreters are installed, side by side in one run.
//!
//! Each figure is the shortest wall time of several runs of the whole process, interleaved so that a noisy
//! moment hits all runners alike. Runners that are not installed are left out, saying so.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often each program is run by each runner.
const ROUNDS: usize = 5;

/// The command for a program, or none if there is no version of it for this runner.
type CommandFor = Box<dyn Fn(&Path) -> Option<Command>>;

/// Something that runs a program.
struct Runner {
    name: &'static str,
    command: CommandFor,
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/programs");
    let built = tempfile::tempdir().expect("a temporary folder can be made");
    let runners = runners(built.path());
    print!("{:<12}", "program");
    for r in &runners {
        print!("{:>14}", r.name);
    }
    println!("{:>14}", "mgo / go");
    for program in programs(&dir, &wanted) {
        row(&program, &runners);
    }
}

/// The programs to run, sorted.
fn programs(dir: &Path, wanted: &[String]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("the programs are there");
    let mut found: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    found.retain(|p| p.extension().is_some_and(|e| e == "mgo"));
    found.retain(|p| wanted.is_empty() || wanted.iter().any(|w| *w == stem(p)));
    found.sort();
    found
}

fn stem(p: &Path) -> String {
    p.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Runs one program with every runner and prints its line of the table.
fn row(program: &Path, runners: &[Runner]) {
    let mut best: Vec<Option<Duration>> = vec![None; runners.len()];
    for _ in 0..ROUNDS {
        for (runner, best) in runners.iter().zip(&mut best) {
            let Some(mut cmd) = (runner.command)(program) else {
                continue;
            };
            for (k, v) in environment(program) {
                cmd.env(k, v);
            }
            let start = Instant::now();
            let status = cmd.stdout(Stdio::null()).status();
            let took = start.elapsed();
            match status {
                Ok(s) if s.success() => *best = Some(best.map_or(took, |b| b.min(took))),
                other => eprintln!("{} under {}: {other:?}", program.display(), runner.name),
            }
        }
    }
    print!("{:<12}", stem(program));
    for b in &best {
        match b {
            Some(t) => print!("{:>11.1} ms", t.as_secs_f64() * 1e3),
            None => print!("{:>14}", "-"),
        }
    }
    let of = |name| runners.iter().position(|r| r.name == name).and_then(|i| best[i]);
    match (of("mgo"), of("go")) {
        (Some(m), Some(g)) => println!("{:>14.2}", m.as_secs_f64() / g.as_secs_f64()),
        _ => println!("{:>14}", "-"),
    }
}

/// The variables a program asks for with `//mgo:env` lines.
fn environment(program: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(program).unwrap_or_default();
    let lines = text.lines().filter_map(|l| l.strip_prefix("//mgo:env "));
    lines
        .filter_map(|l| l.split_once('='))
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect()
}

/// Every runner that is installed.
fn runners(built: &Path) -> Vec<Runner> {
    let mut list = vec![Runner {
        name: "mgo",
        command: Box::new(|p| {
            let mut cmd = Command::new(env!("CARGO_BIN_EXE_mgo"));
            cmd.arg("run").arg(p);
            Some(cmd)
        }),
    }];
    let go = std::env::var("MGO_GO").unwrap_or_else(|_| "go".to_owned());
    if installed(&go, "version") {
        let built = built.to_owned();
        list.push(Runner {
            name: "go",
            command: Box::new(move |p| native(&go, &built, p)),
        });
    }
    if installed("luajit", "-v") {
        list.push(Runner {
            name: "luajit -joff",
            command: Box::new(|p| {
                let script = p.with_extension("lua");
                let mut cmd = Command::new("luajit");
                cmd.arg("-joff").arg(&script);
                script.exists().then_some(cmd)
            }),
        });
    }
    for (name, probe) in [("yaegi", "version"), ("gomacro", "-h")] {
        if installed(name, probe) {
            list.push(Runner {
                name,
                command: Box::new(move |p| Some(interpreter(name, p))),
            });
        }
    }
    list
}

/// Whether `name` can be started.
fn installed(name: &str, arg: &str) -> bool {
    let mut probe = Command::new(name);
    probe
        .arg(arg)
        .env("GOTOOLCHAIN", "local")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let found = probe.status().is_ok();
    if !found {
        eprintln!("{name} is not installed: left out");
    }
    found
}

/// The program built by Go; built on first use.
fn native(go: &str, built: &Path, program: &Path) -> Option<Command> {
    let binary = built.join(stem(program));
    if !binary.exists() {
        let source = built.join(format!("{}.go", stem(program)));
        std::fs::copy(program, &source).ok()?;
        let mut build = Command::new(go);
        build
            .current_dir(built)
            .env("GOTOOLCHAIN", "local")
            .env("GOFLAGS", "-mod=mod")
            .env("GOPROXY", "off");
        build.arg("build").arg("-o").arg(&binary).arg(&source);
        if !build.status().ok()?.success() {
            return None;
        }
    }
    Some(Command::new(binary))
}

/// Another Go interpreter on the program under a name it accepts.
fn interpreter(name: &str, program: &Path) -> Command {
    let copy = std::env::temp_dir().join(format!("{}.go", stem(program)));
    std::fs::copy(program, &copy).ok();
    let mut cmd = Command::new(name);
    cmd.arg(copy);
    cmd
}
