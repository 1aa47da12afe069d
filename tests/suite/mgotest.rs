//! `mgo test` against `go test`: the same packages, the same flags, the same verdicts, lines and events.
//!
//! What a run says of time is made equal first, and of stacks only that there are some is compared. Without
//! Go the comparison is skipped, aloud; what stands at the end needs no Go.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::common::{first_difference, go, mgo, output_within, root};
use crate::soak::patient;
use libtest_mimic::{Failed, Trial};
use regex::Regex;

const LIMIT: Duration = Duration::from_secs(120);

/// Flags for each fixture. A word in `{}` is a file that both write, and that is compared, too.
const RUNS: &[(&str, &[&str])] = &[
    (
        "basic",
        &[
            "-parallel=1 -cpu=1",
            ". -parallel=1 -cpu=1",
            "-v -parallel=1 -cpu=1",
            "-v -parallel=1 -cpu=1 .",
            "-json -parallel=1 -cpu=1 .",
            "-json -run=TestError|ExampleReverse",
            "-run TestSqrt/wrong -v .",
            "-run=Sqrt|Helper -skip=/sub -v",
            "-short -v -run TestSkip .",
            "-list=. .",
            "-list=Fuzz|Bench",
            "-failfast -v .",
            "-count=2 -run=TestError -v .",
            "-cpu=1,2 -run=TestError|FuzzAll -v",
            "-run=NoSuch .",
            "-run=NoSuch",
            "-test.v -run TestError",
            "-fullpath -run=TestHelper .",
            "-run=FuzzReverse/good -v .",
            "-run=( .",
            "-run=a/b[ .",
            "-run=A -skip=x|y/*z .",
            "-bench=. -benchtime=2x -run=^$ -cpu=2",
            "-bench=. -benchtime=3x -run=^$ -benchmem -v -cpu=1 .",
            "-bench=Sub/x -benchtime=2x -run=^$ -json -cpu=1 .",
            "-cover -run=TestSqrt .",
            "-cover -run=TestSqrt",
            "-covermode=count -coverprofile={profile} -run=TestError|TestOutside .",
        ],
    ),
    ("outside", &["-v .", "-cover ."]),
    (
        "multi",
        &[
            "./...",
            "-v -p=1 ./...",
            "-json -p=1 ./...",
            "-cover ./...",
            "-failfast -p=1 ./b ./c",
            "-coverprofile={profile} ./a ./b ./c ./none",
            "-coverpkg=./... -coverprofile={profile} ./a",
            "./a -extra=given",
            "-v ./a -args x y",
            "-v ./a -args -extra=exit",
            "./bad",
            "-json ./bad",
            "example.com/multi/c",
            "./nothing",
            "-v c/c.go c/c_test.go",
            "./c -run=TestNo -- x",
            "./a -- y z",
            "-fuzz=. ./a ./b",
        ],
    ),
    (
        "crash",
        &[
            "-run=TestPanic$ .",
            "-v -run=TestPanic$ .",
            "-json -run=TestPanic$ .",
            "-v -run=TestNilMap .",
            "-v -run=TestGoexit .",
            "-v -run=TestExit0 .",
            "-v -run=TestExit3 .",
            "-run=TestExit3",
            "-v -run=TestFatalOnParent .",
            "-v -run=TestLogAfter .",
            "-v -run=TestFailAfter .",
            "-v -timeout=0 -run=TestDeadlock .",
            "-v -timeout=300ms -run=TestTimeout .",
            "-json -timeout=300ms -run=TestTimeout .",
            "-v -run=TestPanicInCleanup .",
            "-v -run=TestParallelTwice .",
            "-v -run=TestEnvParallel .",
            "-v -run=ExamplePanic .",
        ],
    ),
    (
        "cover",
        &["-covermode=count -coverprofile={profile} .", "-cover ."],
    ),
    ("main", &["-v", "."]),
    (
        "more",
        &[
            "-parallel=1 -cpu=1",
            "-v -parallel=1 -cpu=1",
            "-json -parallel=1 -cpu=1 .",
            "-v -bench=. -run=^$ -benchtime=1x -cpu=1 .",
            "-bench=. -run=^$ -benchtime=5x -cpu=4 .",
            "-v -run=TestSuite/closure -count=2 .",
        ],
    ),
    ("setup", &["./sig"]),
    (
        "cases/order",
        &[
            "-v -parallel=1 -cpu=1 .",
            "-json -parallel=1 -cpu=1 .",
            "-v -run=TestNames/a_b/ -skip=x .",
            "-v -run=//x -parallel=1 .",
            "-v -run=TestNames -skip=TestNames/l .",
            "-v -shuffle=7 -run=TestN|TestD|TestS .",
            "-v -count=3 -failfast -run=Cleanup .",
            "-v -short -run=Slow|Deadline -timeout=-1s .",
        ],
    ),
    (
        "cases/fails",
        &[
            "-v -run=PanicInSub$ .",
            "-v -run=PanicInParallel .",
            "-v -run=PanicAfterFail .",
            "-v -run=PanicInCleanupAndTest .",
            "-v -run=PanicInSubCleanup .",
            "-v -run=PanicDefer .",
            "-v -run=Repanic .",
            "-json -run=FatalGoroutine|ErrorsAfter .",
            "-v -run=GoroutinePanic .",
            "-v -run=GoexitSub .",
            "-v -run=PanicNil .",
            "-v -run=RunAfterParent .",
            "-failfast -v -run=ErrorsAfter|FatalGoroutine|Ok .",
        ],
    ),
    (
        "cases/examples",
        &["-v .", "-json .", "-list=. .", "-run=Example.*ood$ -v ."],
    ),
    (
        "cases/envs",
        &[
            "-v -parallel=1 -run=TestSetenv$|After|TestChdir$ .",
            "-v -run=TestSetenvParallel .",
            "-v -run=TestParallelSetenv .",
            "-v -run=TestParentParallel .",
        ],
    ),
    (
        "cases/testmain",
        &[
            "-v .",
            "-v . -mode=exit4",
            ". -mode=after5",
            "-v . -mode=return",
            "-run=TestA . -mode=noexit",
            ". -mode=panic",
            "-v . -mode=twice",
            "-json . -mode=zero",
        ],
    ),
    (
        "cases/cov",
        &[
            "-cover .",
            "-covermode=atomic -coverprofile={profile} -v .",
            "-coverpkg=./... -coverprofile={profile} .",
        ],
    ),
    (
        "cases/bench",
        &[
            "-v -bench=. -benchtime=1x -cpu=1 .",
            "-bench=Sub -benchtime=1x -run=NONE -cpu=1,2 -benchmem .",
            "-bench=Err -benchtime=1x -run=NONE -cpu=1 -json .",
        ],
    ),
    (
        "cases",
        &[
            "-json -p=1 ./broken ./nofiles",
            "-p=1 -run=TestA|TestX|TestSlow ./...",
            "./nothere/...",
            "-p=1 -cover -run=TestSign|TestSlow ./order ./cov ./nofiles",
        ],
    ),
    (
        "fuzzing",
        &[
            "-run=NONE -fuzz=None .",
            "-run=NONE -fuzz=Fuzz .",
            "-run=NONE -fuzz=Kinds|Gate",
            "-run=NONE -fuzz=WrongSeed -parallel=1 .",
            "-v -run=TestPlain|Gate -fuzz=WrongSeed -parallel=1 .",
            "-json -run=NONE -fuzz=WrongSeed -parallel=1 .",
            "-v -run=NONE -fuzz=Skips .",
            "-run=NONE -fuzz=WrongType .",
            "-run=WrongSeed -fuzz=None .",
            "-v -run=Gate|Kinds|Skips .",
        ],
    ),
];

/// The comparisons with Go, and the checks that need none.
pub fn trials() -> Vec<Trial> {
    type Check = fn() -> Result<(), Failed>;
    let checks: [(&'static str, Check); 5] = [
        ("fuzzing finds inputs", fuzzing),
        ("usage errors", usage_errors),
        ("leaks fail their test", leaks),
        ("time-outs show all stacks", timeout_stacks),
        (".mgo files", mgo_files),
    ];
    let checks = checks
        .into_iter()
        .map(|(name, f)| Trial::test(format!("mgotest: {name}"), f));
    let runs = RUNS.iter().flat_map(|&(fixture, list)| {
        list.iter().map(move |&flags| {
            Trial::test(format!("mgotest: {fixture}: {flags}"), move || {
                compare(fixture, flags)
            })
        })
    });
    if go().is_none() {
        eprintln!("mgotest: not compared with go test, Go is not installed");
        return checks.collect();
    }
    checks.chain(runs).collect()
}

fn fixture(name: &str) -> PathBuf {
    root().join("tests/mgotest").join(name)
}

/// What a run said: status, standard output, standard error, the file it wrote.
struct Said {
    status: Option<i32>,
    out: String,
    err: String,
    file: String,
}

/// Runs `cmd` with `flags` in the fixture's folder.
fn run(mut cmd: Command, dir: &Path, flags: &str) -> Result<Said, Failed> {
    let files = tempfile::tempdir()?;
    let file = files.path().join("file");
    let flags = flags.replace("{profile}", &file.display().to_string());
    cmd.current_dir(dir)
        .env_remove("GOFLAGS")
        .args(flags.split_whitespace());
    let got = output_within(&mut cmd, LIMIT)?;
    let json = flags.contains("-json");
    Ok(Said {
        status: got.status.code(),
        out: plain(&String::from_utf8_lossy(&got.stdout), json),
        err: plain(&String::from_utf8_lossy(&got.stderr), false),
        file: std::fs::read_to_string(&file).unwrap_or_default(),
    })
}

/// Compares a run. Where tests are parallel, one difference is none: a turn that the clock ends changes their order, in
/// Go as here, and a machine that stands still for ten milliseconds ends turns.
fn compare(name: &str, flags: &str) -> Result<(), Failed> {
    let tries = if flags.contains("-parallel=1") { 3 } else { 1 };
    let mut wrong = String::new();
    for _ in 0..tries {
        wrong = differences(name, flags)?;
        if wrong.is_empty() {
            return Ok(());
        }
        eprintln!("mgotest: {name}: {flags}: differs from go test");
    }
    Err(wrong.into())
}

/// Where `mgo test` with `flags` differs from `go test`.
fn differences(name: &str, flags: &str) -> Result<String, Failed> {
    let mut theirs = go().ok_or("Go has gone")?;
    theirs.args(["test", "-count=1", "-vet=off"]);
    let mut ours = mgo();
    ours.args(["test", "-count=1", "-vet=off"]);
    let dir = fixture(name);
    let (want, got) = (run(theirs, &dir, flags)?, run(ours, &dir, flags)?);
    let mut wrong = String::new();
    if want.status != got.status {
        wrong += &format!("status: want {:?}, got {:?}\n", want.status, got.status);
    }
    for (what, want, got) in [
        ("standard output", &want.out, &got.out),
        ("standard error", &want.err, &got.err),
        ("profile", &want.file, &got.file),
    ] {
        if let Some(d) = first_difference(want, got) {
            wrong += &format!("{what}: {d}\n--- go:\n{want}\n--- mgo:\n{got}\n");
        }
    }
    Ok(wrong)
}

/// The text without what differs from run to run: times, figures of benchmarks, stacks.
fn plain(text: &str, json: bool) -> String {
    if json {
        return join_output(text);
    }
    let replace = |text: String, pattern: &str, with: &str| {
        let re = Regex::new(pattern).expect("a valid pattern");
        re.replace_all(&text, with).into_owned()
    };
    let text = without_stacks(text);
    let text = replace(text, r"\(\d+(\.\d+)?s\)", "(T)");
    let text = replace(text, r"\t\d+\.\d{3}s", "\tT");
    let text = replace(text, r" +[0-9.]+ (ns/op|MB/s|B/op|allocs/op)", " N $1");
    let text = replace(text, r"(?m)^(Benchmark\S+) +\t +", "$1\t");
    let text = replace(text, r"(?m)^cpu: .*\n", "");
    let text = replace(
        text,
        r"\b(panic|testing|tests|fuzz|benchmark|bench)\.m?go:\d+: ",
        "INSIDE: ",
    );
    let text = replace(text, r"0x[0-9a-f]+", "ADDRESS");
    replace(text, r"goroutine \d+", "goroutine N")
}

/// Leaves stacks out: from the line that begins one to the next line that is the framework's.
fn without_stacks(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    let begins = Regex::new(r"^goroutine \d+ .*\[.*\]:$").expect("a valid pattern");
    for line in text.split_inclusive('\n') {
        inside |= begins.is_match(line.trim_end());
        inside &= !line.starts_with("FAIL") && !line.starts_with("exit status");
        if !inside {
            out.push_str(line);
        }
    }
    // Stacks come after an empty line.
    out.replace("\n\nFAIL", "\nFAIL").replace("\n\nexit", "\nexit")
}

/// Events without times. Output that comes in pieces as one; of a stack its first line.
fn join_output(text: &str) -> String {
    let mut events: Vec<(serde_json::Map<String, serde_json::Value>, bool)> = Vec::new();
    let mut out = String::new();
    let mut stack = false;
    for line in text.lines() {
        let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_str(line) else {
            out += &format!("{}\n", plain(line, false));
            continue;
        };
        fields.remove("Time");
        let timed = fields.remove("Elapsed").is_some();
        if let Some(text) = fields.get("Output").and_then(|o| o.as_str()).map(str::to_owned) {
            stack |= text.starts_with("goroutine ");
            stack &= !text.starts_with("FAIL");
            if stack || text == "\n" || text.starts_with("cpu: ") {
                continue;
            }
            let last = events
                .last_mut()
                .filter(|e| e.0.get("Test") == fields.get("Test"));
            let before = last.and_then(|e| e.0.get_mut("Output"));
            if let Some(serde_json::Value::String(before)) = before
                && !before.ends_with('\n')
            {
                before.push_str(&text);
                continue;
            }
        }
        events.push((fields, timed));
    }
    for (mut fields, timed) in events {
        if let Some(serde_json::Value::String(text)) = fields.get_mut("Output") {
            *text = plain(text, false);
        }
        let fields = serde_json::Value::Object(fields);
        out += &format!("{fields}{}\n", if timed { " timed" } else { "" });
    }
    out
}

fn mgo_test(dir: &Path, flags: &[&str]) -> Result<(Option<i32>, String), Failed> {
    let got = output_within(mgo().arg("test").args(flags).current_dir(dir), LIMIT)?;
    let text = String::from_utf8_lossy(&got.stdout).into_owned() + &String::from_utf8_lossy(&got.stderr);
    Ok((got.status.code(), text))
}

fn usage_errors() -> Result<(), Failed> {
    let dir = fixture("basic");
    for (flags, status, text) in [
        (&["-race"][..], 2, "flag -race is not supported"),
        (&["-timeout=x"], 2, "invalid value \"x\" for flag -timeout"),
        (&["-run"], 2, "flag needs an argument: -run"),
        (
            &["-count=x"],
            2,
            "invalid value \"x\" for flag -count: parse error",
        ),
        (
            &["-shuffle=x"],
            2,
            "-shuffle argument must be \"on\", \"off\", or an int64",
        ),
        (
            &["-v=x"],
            2,
            "invalid boolean value \"x\" for -v: invalid flag -test.v=x",
        ),
        (&["-covermode=x"], 2, "invalid argument \"x\" for -covermode"),
        (&["./nowhere", "."], 1, "FAIL\t./nowhere [setup failed]\n"),
        (
            &["-run=(", "."],
            1,
            "testing: invalid regexp for element 0 of -test.run",
        ),
    ] {
        let (got, said) = mgo_test(&dir, flags)?;
        if got != Some(status) || !said.contains(text) {
            return Err(format!("{flags:?}: {got:?}\n{said}").into());
        }
    }
    Ok(())
}

/// Inputs that fail are found, made small and written where both commands run them.
fn fuzzing() -> Result<(), Failed> {
    let tree = tempfile::tempdir()?;
    for name in ["go.mod", "fuzzing.go", "fuzzing_test.go"] {
        std::fs::copy(fixture("fuzzing").join(name), tree.path().join(name))?;
    }
    let written = |target: &str| -> Result<String, Failed> {
        let dir = tree.path().join("testdata/fuzz").join(target);
        let file = std::fs::read_dir(dir)?.next().ok_or("no file")??;
        Ok(std::fs::read_to_string(file.path())?)
    };
    let cases = [
        (
            "FuzzGate",
            "the gate opens for \"open\"",
            Some("string(\"open\")"),
        ),
        ("FuzzPanics", "panic: long", Some("[]byte(\"0000\")")),
        ("FuzzExits", "unexpected call to os.Exit(3)", Some("int(")),
        ("FuzzKinds", "PASS\nok", None),
    ];
    for (target, says, input) in cases {
        let pattern = format!("-fuzz={target}$");
        // It takes far less than this.
        let limit = if input.is_some() {
            format!("{}s", patient(Duration::from_mins(1)).as_secs())
        } else {
            "3000x".into()
        };
        let flags = ["-run=NONE", &pattern, "-fuzztime", &limit, "."];
        let (status, said) = mgo_test(tree.path(), &flags)?;
        if status != Some(i32::from(input.is_some())) || !said.contains(says) {
            return Err(format!("{target}: {status:?}\n{said}").into());
        }
        let Some(input) = input else { continue };
        let file = written(target)?;
        if !file.starts_with(&format!("go test fuzz v1\n{input}")) {
            return Err(format!("{target}: {file}\n{said}").into());
        }
    }
    let (status, said) = mgo_test(tree.path(), &["-run=FuzzGate", "."])?;
    if status != Some(1) || !said.contains("--- FAIL: FuzzGate/") {
        return Err(format!("again: {status:?}\n{said}").into());
    }
    if let Some(mut go) = go() {
        let theirs = run(
            {
                go.arg("test");
                go
            },
            tree.path(),
            "-count=1 -vet=off -run=FuzzGate .",
        )?;
        let ours = run(
            {
                let mut c = mgo();
                c.arg("test");
                c
            },
            tree.path(),
            "-run=FuzzGate .",
        )?;
        assert_eq!(theirs.out, ours.out);
    }
    Ok(())
}

/// A test that leaves a goroutine behind fails with `-leaks`, and only then.
fn leaks() -> Result<(), Failed> {
    let dir = fixture("leaky");
    let (status, said) = mgo_test(&dir, &["-leaks", "-v", "."])?;
    let fails = [
        "--- PASS: TestClean",
        "--- FAIL: TestLeak",
        "leaked goroutine",
        "[chan send",
    ];
    if status != Some(1) || !fails.iter().all(|f| said.contains(f)) {
        return Err(format!("{status:?}\n{said}").into());
    }
    let (status, said) = mgo_test(&dir, &["-v", "."])?;
    if status != Some(0) || said.contains("leaked") {
        return Err(format!("without -leaks: {status:?}\n{said}").into());
    }
    Ok(())
}

/// A time-out shows the stacks of all goroutines, that of the test and those it waits for.
fn timeout_stacks() -> Result<(), Failed> {
    let (status, said) = mgo_test(&fixture("crash"), &["-timeout=300ms", "-run=TestTimeout", "."])?;
    let running = "panic: test timed out after 300ms\n\trunning tests:\n\t\tTestTimeout (T)\n\t\tTestTimeout/sleeper (T)\n";
    if !plain(&said, false).contains(running) {
        return Err(format!("missing {running:?}\n{said}").into());
    }
    let parts = [
        "[sleep",
        "crash.TestTimeout.func1(",
        "testing.(*T).Run(",
        "crash_test.go:",
        "FAIL\texample.com/crash\t",
    ];
    match parts.iter().find(|p| !said.contains(**p)) {
        None if status == Some(1) => Ok(()),
        missing => Err(format!("{status:?}, missing {missing:?}\n{said}").into()),
    }
}

/// Files ending in .mgo are packages and tests like those ending in .go.
fn mgo_files() -> Result<(), Failed> {
    let dir = tempfile::tempdir()?;
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text);
    write("go.mod", "module m\n\ngo 1.27\n")?;
    write("m.mgo", "package m\n\nfunc M() int { return 1 }\n")?;
    write(
        "in_test.mgo",
        "package m\n\nimport \"testing\"\n\nfunc TestIn(t *testing.T) { t.Log(M()) }\n",
    )?;
    let out = "package m_test\n\nimport (\n\t\"m\"\n\t\"testing\"\n)\n\nfunc TestOut(t *testing.T) { t.Log(m.M()) }\n";
    write("out_test.go", out)?;
    let (status, said) = mgo_test(dir.path(), &["-v"])?;
    let lines = ["    in_test.mgo:5: 1\n", "    out_test.go:8: 1\n", "ok  \tm\t"];
    if status != Some(0) || !lines.iter().all(|l| said.contains(l)) {
        return Err(format!("{status:?}\n{said}").into());
    }
    Ok(())
}
