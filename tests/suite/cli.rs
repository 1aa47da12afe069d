//! The command line: where programs come from, arguments, exit statuses, bad input of every kind.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use crate::common::{mgo, output_by, output_within};
use crate::soak::patient;
use libtest_mimic::{Failed, Trial};
use tempfile::TempDir;

type Check = fn() -> Result<(), Failed>;

/// The checks.
pub fn trials() -> Vec<Trial> {
    let checks: [(&'static str, Check); 21] = [
        ("ending while the world is being stopped", ending),
        ("without the signal a loop starves the rest", starvation),
        ("standard input", standard_input),
        ("a folder is a package", folder),
        ("several files are a package", several_files),
        ("arguments after the file", arguments),
        ("#! line", shebang),
        ("exit statuses", exit_statuses),
        ("missing file", missing_file),
        ("folder without sources", empty_folder),
        ("not UTF-8", not_utf8),
        ("NUL bytes", nul_bytes),
        ("binary junk", binary_junk),
        ("deep nesting", deep_nesting),
        ("a long chain of operators", long_chain),
        ("an unknown package", unknown_package),
        ("ten errors, then all", error_limit),
        ("errors as JSON", json_errors),
        ("the language version of a module", module_version),
        ("little address space", little_space),
        ("out of memory names the line", out_of_memory),
    ];
    checks
        .into_iter()
        .map(|(name, f)| Trial::test(format!("cli: {name}"), f))
        .collect()
}

const LIMIT: Duration = Duration::from_secs(60);

/// Runs `mgo run` on `text` in a file of a folder of its own.
fn run_text(text: impl AsRef<[u8]>) -> Result<Output, Failed> {
    let dir = tempfile::tempdir()?;
    Ok(run_in(&dir, text, &[])?)
}

fn run_in(dir: &TempDir, text: impl AsRef<[u8]>, args: &[&str]) -> Result<Output, String> {
    let file = dir.path().join("f.mgo");
    std::fs::write(&file, text).map_err(|e| e.to_string())?;
    output_within(
        mgo().current_dir(dir.path()).arg("run").arg("f.mgo").args(args),
        LIMIT,
    )
}

/// Fails unless `got` has this status, this output, and this text in standard error.
fn expect(got: &Output, status: i32, stdout: &str, stderr: &str) -> Result<(), Failed> {
    let err = String::from_utf8_lossy(&got.stderr);
    let out = String::from_utf8_lossy(&got.stdout);
    if got.status.code() != Some(status) || out != stdout || !err.contains(stderr) {
        return Err(format!("{:?}\nstdout: {out}\nstderr: {err}", got.status).into());
    }
    Ok(())
}

/// The traceback of a program that ran out of memory begins where it asked, whatever ran before.
fn out_of_memory() -> Result<(), Failed> {
    let text = "package main
func deep(n int) int { if n == 0 { return 0 }; return deep(n-1) + 1 }
func main() {
	println(deep(100))
	var all [][]byte
	var last struct{ next any }
	for n := 1; ; n++ {
		switch kind {
		case 0:
			all = append(all, make([]byte, n))
		case 1:
			last.next = [100]any{last.next}
		case 2:
			all = append(all, all...)
			all = append(all, nil)
		}
	}
}
";
    for (kind, line) in [(0, 10), (1, 12), (2, 14)] {
        let dir = tempfile::tempdir()?;
        std::fs::write(dir.path().join("f.mgo"), format!("{text}var kind = {kind}\n"))?;
        let mut cmd = mgo();
        cmd.current_dir(dir.path())
            .args(["run", "--max-memory", "4M", "f.mgo"]);
        let want =
            format!("fatal error: out of memory\n\ngoroutine 1 [running]:\nmain.main()\n\tf.mgo:{line} ");
        expect(&output_within(&mut cmd, LIMIT)?, 2, "", &want)?;
    }
    Ok(())
}

/// The negative control of every test of preemption: with `asyncpreemptoff=1` the loop without calls keeps its
/// processor, so that the program that ends at once otherwise never gets on.
fn starvation() -> Result<(), Failed> {
    let example = crate::common::root().join("examples/preempt_main.mgo");
    let run = |debug: &str, limit| {
        let mut cmd = mgo();
        output_by(cmd.arg("run").arg(&example).env("GODEBUG", debug), limit)
    };
    expect(
        &run("", patient(LIMIT))?,
        0,
        "I run although main never yields\n",
        "",
    )?;
    match run("asyncpreemptoff=1", Duration::from_secs(2)) {
        Err(_) => Ok(()),
        Ok(ended) => Err(format!("ended without the signal: {ended:?}").into()),
    }
}

/// `exit` on one thread used to take the first thread's signal stack away, which then died of the next SIGURG. With a
/// collection at each allocation that came about in one of seven runs.
fn ending() -> Result<(), Failed> {
    let example = crate::common::root().join("examples/sieve.mgo");
    for run in 0..40 {
        let mut cmd = mgo();
        let got = output_within(cmd.arg("run").arg(&example).env("MGODEBUG", "gcstress=1"), LIMIT)?;
        if got.status.code() != Some(0) {
            return Err(format!("run {run}: {got:?}").into());
        }
    }
    Ok(())
}

fn standard_input() -> Result<(), Failed> {
    let mut child = mgo()
        .args(["run", "-", "x"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let text = b"package main\nimport (\"fmt\"; \"os\")\nfunc main() { fmt.Println(os.Args[1:]) }\n";
    child.stdin.take().ok_or("no stdin")?.write_all(text)?;
    expect(&child.wait_with_output()?, 0, "[x]\n", "")
}

fn folder() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    write_package(dir.path())?;
    std::fs::write(dir.path().join("a_test.go"), "package main\nfunc broken() {")?;
    expect(
        &output_within(mgo().arg("run").arg(dir.path()), LIMIT)?,
        0,
        "42\n",
        "",
    )
}

fn several_files() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    write_package(dir.path())?;
    let got = output_within(
        mgo()
            .current_dir(dir.path())
            .args(["run", "a.mgo", "b.go", "x.txt"]),
        LIMIT,
    )?;
    expect(&got, 0, "42\n", "")
}

fn write_package(dir: &Path) -> std::io::Result<()> {
    std::fs::write(
        dir.join("a.mgo"),
        "package main\nimport \"fmt\"\nfunc main() { fmt.Println(answer) }\n",
    )?;
    std::fs::write(dir.join("b.go"), "package main\nconst answer = 42\n")
}

fn arguments() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let text =
        "package main\nimport (\"fmt\"; \"os\")\nfunc main() { fmt.Println(len(os.Args), os.Args[1:]) }\n";
    expect(
        &run_in(&dir, text, &["-v", "--", "b c"])?,
        0,
        "4 [-v -- b c]\n",
        "",
    )
}

fn shebang() -> Result<(), Failed> {
    let got = run_text("#!/usr/bin/env -S mgo run\npackage main\nfunc main() { println(1) }\n")?;
    expect(&got, 0, "", "1\n")
}

fn exit_statuses() -> Result<(), Failed> {
    let main = |body: &str| format!("package main\nimport \"os\"\nfunc main() {{ {body}; os.Exit(0) }}\n");
    expect(&run_text(main("os.Exit(7)"))?, 7, "", "")?;
    expect(
        &run_text(main("panic(\"oh\")"))?,
        2,
        "",
        "panic: oh\n\ngoroutine 1 [running]:\nmain.main()\n",
    )?;
    expect(
        &run_text(main("select {}"))?,
        2,
        "",
        "fatal error: all goroutines are asleep - deadlock!",
    )?;
    expect(&run_text(main("undefined()"))?, 1, "", "undefined: undefined")
}

fn missing_file() -> Result<(), Failed> {
    let got = output_within(mgo().args(["run", "nowhere.mgo"]), LIMIT)?;
    expect(&got, 1, "", "nowhere.mgo: no such file or directory")
}

fn empty_folder() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    expect(
        &output_within(mgo().arg("run").arg(dir.path()), LIMIT)?,
        1,
        "",
        "no .mgo or .go files",
    )
}

fn not_utf8() -> Result<(), Failed> {
    expect(
        &run_text(b"package main\n\nfunc main() { println(\"\xff\") }\n")?,
        1,
        "",
        "invalid UTF-8 encoding",
    )
}

fn nul_bytes() -> Result<(), Failed> {
    expect(
        &run_text(b"package main\n\0\nfunc main() {}\n")?,
        1,
        "",
        "f.mgo:2:1",
    )
}

fn binary_junk() -> Result<(), Failed> {
    let mut x = 1u32;
    let junk: Vec<u8> = std::iter::repeat_with(|| {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    })
    .take(100_000)
    .collect();
    expect(&run_text(junk)?, 1, "", "f.mgo:1:")
}

fn deep_nesting() -> Result<(), Failed> {
    for (open, close) in [
        ("(", ")"),
        ("[]int{0: ", "}"),
        ("-", ""),
        ("func() {", "}"),
        ("*", ""),
        ("{", "}"),
        ("[", "]"),
    ] {
        let text = format!(
            "package main\nvar x = {}1{}\nfunc main() {{}}\n",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        let got = run_text(text)?;
        if got.status.code() != Some(1) || !String::from_utf8_lossy(&got.stderr).contains("f.mgo:") {
            return Err(format!("{open}: {got:?}").into());
        }
    }
    Ok(())
}

/// What stands side by side is not nested, however much it is.
fn long_chain() -> Result<(), Failed> {
    let cases: String = (0..20_000).map(|i| format!("case {i}:\n")).collect();
    let text = format!("package main\nfunc main() {{\nx := 3\nswitch x {{\n{cases}}}\nprintln(x)\n}}\n");
    expect(&run_text(text)?, 0, "", "3\n")?;
    let text = format!(
        "package main\nvar x = 1{}\nfunc main() {{ println(x) }}\n",
        " + 1".repeat(5_000)
    );
    expect(&run_text(text)?, 0, "", "5001\n")
}

fn unknown_package() -> Result<(), Failed> {
    let got = run_text("package main\nimport \"no/such/package\"\nfunc main() {}\n")?;
    expect(&got, 1, "", "package no/such/package is not in std")
}

fn error_limit() -> Result<(), Failed> {
    let uses: String = (0..20).map(|i| format!("\t_ = undefined{i}\n")).collect();
    let text = format!("package main\nfunc main() {{\n{uses}}}\n");
    let got = run_text(&text)?;
    expect(&got, 1, "", "too many errors")?;
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("f.mgo"), &text)?;
    let mut cmd = mgo();
    let got = output_within(
        cmd.current_dir(dir.path())
            .args(["check", "-e", "--format=line", "f.mgo"]),
        LIMIT,
    )?;
    match String::from_utf8_lossy(&got.stderr)
        .matches("undefined: undefined")
        .count()
    {
        20 => Ok(()),
        n => Err(format!("{n} errors instead of 20").into()),
    }
}

/// What `mgo check` with `args` gives in a folder with `files`.
fn check_in(files: &[(&str, &str)], args: &[&str]) -> Result<Output, Failed> {
    let dir = tempfile::tempdir()?;
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text)?;
    }
    Ok(output_within(
        mgo().current_dir(dir.path()).arg("check").args(args),
        LIMIT,
    )?)
}

fn json_errors() -> Result<(), Failed> {
    let text = "package main\n\nfunc main() {\n\tvar count int\n\t_ = coutn\n\t_ = count\n}\n";
    let got = check_in(&[("f.mgo", text)], &["--json", "f.mgo"])?;
    let want = concat!(
        r#"{"file":"f.mgo","line":5,"column":6,"end":{"line":5,"column":11},"severity":"error","#,
        r#""code":"UndeclaredName","message":"undefined: coutn","labels":[],"notes":["did you mean count?"],"#,
        r#""fix":{"title":"replace by count","file":"f.mgo","line":5,"column":6,"#,
        r#""end":{"line":5,"column":11},"text":"count"}}"#,
        "\n"
    );
    expect(&got, 1, want, "")
}

fn module_version() -> Result<(), Failed> {
    let text = "package main\n\nfunc main() {\n\tfor range 3 {\n\t}\n}\n";
    let old = ("go.mod", "module m\n\ngo 1.21\n");
    let got = check_in(&[old, ("f.go", text)], &["--format=line", "."])?;
    expect(
        &got,
        1,
        "",
        "f.go:4:12: cannot range over 3 (untyped int constant): requires go1.22 or later",
    )?;
    let new = ("go.mod", "module m\n\ngo 1.22\n");
    expect(&check_in(&[new, ("f.go", text)], &["."])?, 0, "", "")
}

/// Where the system gives no memory mgo says so, and what it wanted.
fn little_space() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("f.mgo"), "package main\n\nfunc main() {}\n")?;
    let program = mgo().get_program().to_owned();
    let mut sh = std::process::Command::new("sh");
    sh.current_dir(dir.path())
        .args(["-c", "ulimit -v 1000000; exec \"$0\" run f.mgo"])
        .arg(&program);
    let got = output_within(&mut sh, LIMIT)?;
    expect(&got, 2, "", "mgo: no thread with a stack of 1024 MB: ")
}
