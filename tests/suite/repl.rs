//! The REPL: sessions through a pipe. `tests/repl/*.in` holds what is typed, with directives as in a program;
//! what must come out on standard output stands beside it in `.out`.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::{Failed, Trial};

use crate::common::{self, Directives};
use crate::soak::patient;

/// How long a session may take.
const LIMIT: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    let mut trials = common::file_trials("repl", "tests/repl", "in", session);
    trials.push(Trial::test("repl/command-line", command_line));
    trials.push(Trial::test("repl/module", module));
    trials.push(Trial::test("repl/a-thousand-entries", a_thousand_entries));
    trials.push(Trial::test("repl/long-lines", long_lines));
    trials.push(Trial::test("repl/junk", junk));
    trials.push(Trial::test("repl/many-goroutines", many_goroutines));
    trials.push(Trial::test("repl/out-of-memory", out_of_memory));
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
    let Ok(out) = receive.recv_timeout(patient(LIMIT)) else {
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

/// Entries import packages of the module around the current folder, a loaded file those of its own.
fn module() -> Result<(), Failed> {
    let tree = tempfile::tempdir()?;
    let write = |name: &str, text: &str| -> std::io::Result<()> {
        let path = tree.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(tree.path()))?;
        std::fs::write(path, text)
    };
    write("go.mod", "module example.com/m\n\ngo 1.27\n")?;
    write(
        "a/a.go",
        "package a\n\nvar N = 40\n\nfunc Next() int { N++; return N }\n",
    )?;
    write("wrong/w.go", "package wrong\n\nvar X int = \"\"\n")?;
    write(
        "s.mgo",
        "import \"example.com/m/a\"\nfmt.Println(\"loaded\", a.Next())\n",
    )?;
    let session = |dir: &Path, text: &str| {
        pipe(
            common::mgo().arg("repl").current_dir(dir),
            input_of(text.as_bytes())?,
        )
    };
    let text = "import \"example.com/m/a\"\na.Next()\na.N = 7\nimport \"example.com/m/wrong\"\na.Next()\n:load s.mgo\n";
    let (status, stdout, stderr) = session(&tree.path().join("a"), text)?;
    // The file is beside the folder, not in it.
    assert_eq!((status, stdout.as_str()), (1, "41\n8\n"), "{stderr}");
    assert!(
        stderr.contains("as int value in variable declaration"),
        "{stderr}"
    );
    let (status, stdout, stderr) = session(tree.path(), &text.replace("wrong", "a"))?;
    assert_eq!(
        (status, stdout.as_str(), stderr.as_str()),
        (0, "41\n8\nloaded 9\n", "")
    );
    let load = format!(
        ":load {}\nimport \"example.com/m/a\"\n",
        tree.path().join("s.mgo").display()
    );
    let (status, stdout, stderr) = session(Path::new("/"), &load)?;
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "loaded 41\n", ""));
    Ok(())
}

/// Runs a session on generated input.
fn generated(args: &[&str], text: &[u8]) -> Result<(i32, String, String), Failed> {
    pipe(common::mgo().arg("repl").args(args), input_of(text)?)
}

/// Values of replaced variables do not pile up, nor does anything else to speak of.
fn a_thousand_entries() -> Result<(), Failed> {
    let mut text = String::from(
        "func rss() int { b, _ := os.ReadFile(\"/proc/self/statm\"); \
         n, _ := strconv.Atoi(strings.Fields(string(b))[1]); return n * 4 }\n",
    );
    for i in 0..1000 {
        if i == 300 {
            text.push_str("before := rss()\n");
        }
        text.push_str(&match i % 4 {
            0 => format!(
                "x := make([]byte, 1<<20); for i := range x {{ x[i] = byte({}) }}\n",
                i % 256
            ),
            1 => format!("func f() int {{ return {i} }}\n"),
            2 => "y := f() + len(x)\n".to_owned(),
            _ => "type T struct{ a, b int }; t := T{y, y}; _ = t\n".to_owned(),
        });
    }
    text.push_str("y - len(x)\ngrown := rss() - before\ngrown < 60000 || grown > 1e9\ngrown;\n");
    let (status, stdout, stderr) = generated(&[], text.as_bytes())?;
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "997\ntrue\n", ""));
    Ok(())
}

fn long_lines() -> Result<(), Failed> {
    const N: usize = 10 << 20;
    let text = format!(
        "s := \"{}\"\nlen(s)\nx := {}\nlen(s) + 1\n",
        "a".repeat(N),
        "(".repeat(N)
    );
    let (status, stdout, stderr) = generated(&[], text.as_bytes())?;
    assert_eq!(status, 1);
    assert!(stdout.starts_with(&format!("{N}\n")), "{stdout:.200}");
    assert!(stderr.len() < 10_000, "a report of {} bytes", stderr.len());
    let text = format!("n := {}1\nn\n", "1+".repeat(N / 2));
    let (status, _, stderr) = generated(&[], text.as_bytes())?;
    assert_eq!(status, 1);
    assert!(stderr.len() < 10_000, "a report of {} bytes", stderr.len());
    Ok(())
}

fn junk() -> Result<(), Failed> {
    // A generator of nonsense, the same in every run.
    let mut x = 0x9e37_79b9_7f4a_7c15u64;
    let mut text: Vec<u8> = b"n := 7\n".to_vec();
    for _ in 0..100_000 {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        let b = (x >> 32) as u8;
        // What would keep an entry open to the end.
        text.push(if b"`(){}[]/*".contains(&b) || b == b':' {
            b' '
        } else {
            b
        });
    }
    text.extend_from_slice(b"\n\"alive\" + fmt.Sprint(n)\n");
    let (status, stdout, _) = generated(&[], &text)?;
    assert_eq!(status, 1);
    assert!(stdout.ends_with("\"alive7\"\n"), "{stdout:.500}");
    Ok(())
}

fn many_goroutines() -> Result<(), Failed> {
    let text = "c := make(chan int)\n\
                for i := range 100000 { go func() { c <- i }() }\n\
                runtime.NumGoroutine() > 90000\n\
                sum := 0; for range 100000 { sum += <-c }\n\
                sum\n\
                for runtime.NumGoroutine() > 1 { runtime.Gosched() }\n\
                runtime.NumGoroutine()\n";
    let (status, stdout, stderr) = generated(&[], text.as_bytes())?;
    assert_eq!(
        (status, stdout.as_str(), stderr.as_str()),
        (0, "true\n4999950000\n1\n", "")
    );
    Ok(())
}

fn out_of_memory() -> Result<(), Failed> {
    let text = b"var keep [][]byte\nfor { keep = append(keep, make([]byte, 1<<20)) }\n1\n";
    let (status, stdout, stderr) = generated(&["--max-memory", "64M"], text)?;
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("fatal error: out of memory"), "{stderr}");
    Ok(())
}

/// A temporary file that holds `text`, to be read from its beginning.
pub fn input_of(text: &[u8]) -> Result<Stdio, Failed> {
    use std::io::{Seek, SeekFrom};
    let mut f = tempfile::tempfile()?;
    f.write_all(text)?;
    f.seek(SeekFrom::Start(0))?;
    Ok(f.into())
}
