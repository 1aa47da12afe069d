//! The REPL on a terminal: what a user types and sees, through a pseudo-terminal.
//!
//! `setsid --ctty` makes it the controlling terminal, so that Ctrl-C is a signal there as it is for a user.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use nix::pty::{Winsize, openpty};

use crate::common;
use crate::soak::patient;

/// How long something expected may take to appear.
const LIMIT: Duration = Duration::from_secs(60);

pub fn trials() -> Vec<Trial> {
    let has_setsid = Command::new("setsid")
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !has_setsid {
        eprintln!("terminal: skipped, there is no command setsid");
        return Vec::new();
    }
    vec![
        Trial::test("repl/terminal/entries", entries),
        Trial::test("repl/terminal/completion", completion),
        Trial::test("repl/terminal/history", history),
        Trial::test("repl/terminal/interrupt", interrupt),
        Trial::test("repl/terminal/junk", junk),
        Trial::test("repl/terminal/interrupt-locks", interrupt_locks),
        Trial::test("repl/terminal/interrupt-reads", interrupt_reads),
        Trial::test("repl/terminal/background", background),
        Trial::test("repl/terminal/survival", survival),
        Trial::test("repl/terminal/commands", commands),
    ]
}

/// A REPL on a terminal.
struct Terminal {
    child: Child,
    keys: File,
    /// What has been shown, without escape sequences.
    shown: Arc<Mutex<String>>,
    /// How much of that has been looked at.
    at: usize,
}

impl Terminal {
    fn start(state: &Path) -> Result<Terminal, Failed> {
        let size = Winsize {
            ws_row: 50,
            ws_col: 160,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(Some(&size), None)?;
        // Copies that no program inherits: one that held its own terminal's other end would outlive the test.
        let (master, slave) = (pty.master.try_clone()?, pty.slave.try_clone()?);
        drop((pty.master, pty.slave));
        let mgo = common::mgo();
        let mut cmd = Command::new("setsid");
        cmd.args(["--ctty", "--wait"])
            .arg(mgo.get_program())
            .env("XDG_STATE_HOME", state)
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .env_remove("GOMAXPROCS")
            .env_remove("GODEBUG")
            .stdin(Stdio::from(slave.try_clone()?))
            .stdout(Stdio::from(slave.try_clone()?))
            .stderr(Stdio::from(slave));
        let child = cmd.spawn()?;
        drop(cmd);
        let keys = File::from(master);
        let mut screen = keys.try_clone()?;
        let shown = Arc::new(Mutex::new(String::new()));
        let all = shown.clone();
        std::thread::spawn(move || {
            let mut raw = Vec::new();
            let mut buf = [0; 4096];
            while let Ok(n @ 1..) = screen.read(&mut buf) {
                raw.extend_from_slice(&buf[..n]);
                *all.lock().expect("never poisoned") = plain(&String::from_utf8_lossy(&raw));
            }
        });
        let mut t = Terminal {
            child,
            keys,
            shown,
            at: 0,
        };
        t.see("mgo> ")?;
        Ok(t)
    }

    /// Types `keys`.
    fn keys(&mut self, keys: &str) -> Result<(), Failed> {
        Ok(self.keys.write_all(keys.as_bytes())?)
    }

    /// Types `entry` and Enter, and waits for `want`, which is not part of what was typed.
    fn enter(&mut self, entry: &str, want: &str) -> Result<(), Failed> {
        self.keys(entry)?;
        self.keys("\r")?;
        self.see(want)
    }

    /// Waits until `want` has been shown after what was seen before.
    fn see(&mut self, want: &str) -> Result<(), Failed> {
        let start = Instant::now();
        loop {
            let shown = self.shown.lock().expect("never poisoned").clone();
            if let Some(i) = shown.get(self.at..).and_then(|s| s.find(want)) {
                self.at += i + want.len();
                return Ok(());
            }
            if start.elapsed() > patient(LIMIT) {
                let rest = shown.get(self.at..).unwrap_or("");
                return Err(format!("{want:?} was not shown; after what was seen came:\n{rest}").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends the session by Ctrl-D.
    fn end(mut self) -> Result<(), Failed> {
        // While an entry runs the key would mean the end of its input.
        self.see("mgo> ")?;
        self.keys("\x04")?;
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(format!("ended with {status}").into())
                };
            }
            if start.elapsed() > patient(LIMIT) {
                return Err("Ctrl-D does not end the session".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text without control sequences and carriage returns.
fn plain(raw: &str) -> String {
    let sequences = regex::Regex::new("\x1b\\[[0-9;?]*[A-Za-z]|\r").expect("well-formed");
    sequences.replace_all(raw, "").into_owned()
}

fn with_terminal(test: impl FnOnce(&mut Terminal) -> Result<(), Failed>) -> Result<(), Failed> {
    let state = tempfile::tempdir()?;
    let mut t = Terminal::start(state.path())?;
    test(&mut t)?;
    t.end()
}

fn entries() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("x := 40", "\nmgo> ")?;
        t.enter("x + 2", "\n42\n")?;
        t.keys("func twice(n int) int {\r")?;
        t.keys("return 2 * n\r")?;
        t.keys("}\r")?;
        t.enter("twice(x) + 1", "\n81\n")?;
        t.keys("`raw\r")?;
        t.enter("string` + \"!\"", "\n\"raw\\nstring!\"\n")?;
        // The line is given up, not the session.
        t.keys("x = nonsense\x03")?;
        t.see("\nmgo> ")?;
        t.enter("x", "\n40\n")
    })
}

fn completion() -> Result<(), Failed> {
    with_terminal(|t| {
        t.keys("strings.ToUp\t")?;
        t.see("strings.ToUpper")?;
        t.enter("(\"go\")", "\n\"GO\"\n")?;
        t.enter("type point struct{ Abscissa, Ordinate int }", "\nmgo> ")?;
        t.enter("origin := point{3, 4}", "\nmgo> ")?;
        t.keys("orig\t.Absc\t")?;
        t.enter(" * 100", "\n300\n")?;
        t.keys("import \"contai\t")?;
        t.see("container/")?;
        t.keys("\x03")?;
        t.see("\nmgo> ")?;
        // The signature as a hint.
        t.keys("strconv.Itoa(")?;
        t.see("// func(i int) string")?;
        t.enter("7)", "\n\"7\"\n")
    })
}

fn history() -> Result<(), Failed> {
    let state = tempfile::tempdir()?;
    let mut t = Terminal::start(state.path())?;
    t.enter("first := 111", "\nmgo> ")?;
    t.keys("func later() int {\rreturn 222\r}\r")?;
    t.enter("later()", "\n222\n")?;
    // The key goes through the lines of an entry first.
    t.keys("\x1b[A\x1b[A\x1b[A\x1b[A\x1b[A")?;
    t.see("first := 111")?;
    t.keys("\r")?;
    t.enter("first", "\n111\n")?;
    t.end()?;
    let mut t = Terminal::start(state.path())?;
    // The entry of several lines comes back as a whole, and can be evaluated again.
    t.keys("\x12return 2")?;
    t.see("reverse-i-search")?;
    t.see("return 222")?;
    t.keys("\r")?;
    t.enter("later() + 1", "\n223\n")?;
    t.end()
}

fn interrupt() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("n := 5", "\nmgo> ")?;
        t.enter("print(\"spin\", \"ning\"); for {}", "spinning")?;
        t.keys("\x03")?;
        t.see("interrupted")?;
        t.enter("n + 1", "\n6\n")?;
        t.enter("print(\"wait\", \"ing\"); time.Sleep(time.Hour)", "waiting")?;
        t.keys("\x03")?;
        t.see("interrupted")?;
        t.enter("c := make(chan int); go func() { for {} }()", "\nmgo> ")?;
        t.enter("print(\"re\", \"ceiving\"); <-c", "receiving")?;
        t.keys("\x03")?;
        t.see("interrupted")?;
        // Whoever waited is not in the channel's queue any more.
        t.enter(
            "select { case c <- 1: println(\"ta\" + \"ken\"); default: println(\"no\" + \"body\") }",
            "\nnobody\n",
        )?;
        let defers = "func() { defer println(\"un\" + \"wound\"); print(\"loop\", \"ing\"); for {} }()";
        t.enter(defers, "looping")?;
        t.keys("\x03")?;
        t.see("unwound")?;
        t.see("interrupted")?;
        t.enter("n + 2", "\n7\n")
    })
}

/// What is not UTF-8 costs its line, a long line takes its time, and neither ends the session.
fn junk() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("n := 5", "\nmgo> ")?;
        t.keys.write_all(b"\xff\xfe\xc3( \x80\x00\x01\x9f\r")?;
        t.see("this is not UTF-8")?;
        // What is typed before the next line is being read may be lost.
        t.see("mgo> ")?;
        t.keys("\x03")?;
        t.see("mgo> ")?;
        t.enter("n + 1", "\n6\n")?;
        let long = "a".repeat(1 << 20);
        t.keys(&format!("\x1b[200~s := \"{long}\"\x1b[201~\r"))?;
        t.enter("len(s) + 1", "\n1048577\n")
    })
}

/// Whoever waits for a lock can be stopped, and the lock is as if nobody had waited.
fn interrupt_locks() -> Result<(), Failed> {
    with_terminal(|t| {
        // Not all goroutines are asleep.
        t.enter("go func() { for { time.Sleep(time.Hour) } }()", "\nmgo> ")?;
        let setup =
            "var mu sync.Mutex; var rw sync.RWMutex; var wg sync.WaitGroup; cond := sync.NewCond(&mu)";
        t.enter(setup, "\nmgo> ")?;
        let stopped = |t: &mut Terminal, wait: &str| -> Result<(), Failed> {
            t.enter(&format!("print(\"wait\", \"ing\"); {wait}"), "waiting")?;
            t.keys("\x03")?;
            t.see("interrupted\n")
        };
        t.enter("mu.Lock()", "\nmgo> ")?;
        stopped(t, "mu.Lock()")?;
        stopped(t, "defer mu.Unlock(); cond.Wait(); println()")?;
        t.enter("mu.TryLock()", "\ntrue\n")?;
        // A third waiter gets the lock at once.
        t.enter("got := make(chan bool, 1)", "\nmgo> ")?;
        t.enter("go func() { mu.Lock(); got <- true }()", "\nmgo> ")?;
        stopped(t, "mu.Lock()")?;
        t.enter("mu.Unlock(); <-got", "\ntrue\n")?;
        t.enter("mu.Unlock(); mu", "state:0, sema:0x0")?;
        // A signal is not spent on those who have gone.
        stopped(t, "mu.Lock(); defer mu.Unlock(); cond.Wait()")?;
        t.enter(
            "go func() { mu.Lock(); cond.Wait(); mu.Unlock(); got <- true }()",
            "\nmgo> ",
        )?;
        t.enter(
            "time.Sleep(10 * time.Millisecond); cond.Signal(); <-got",
            "\ntrue\n",
        )?;
        t.enter("rw.Lock()", "\nmgo> ")?;
        stopped(t, "rw.RLock()")?;
        t.enter("rw.Unlock()", "\nmgo> ")?;
        t.enter("rw.RLock()", "\nmgo> ")?;
        stopped(t, "rw.Lock()")?;
        t.enter(
            "rw.RUnlock(); rw.Lock(); rw.Unlock(); \"fr\" + \"ee\"",
            "\n\"free\"\n",
        )?;
        t.enter("wg.Add(1)", "\nmgo> ")?;
        stopped(t, "wg.Wait()")?;
        t.enter(
            "wg.Done(); wg.Wait(); wg.Add(1); wg.Done(); \"do\" + \"ne\"",
            "\n\"done\"\n",
        )?;
        t.enter("runtime.NumGoroutine()", "\n2\n")
    })
}

/// So can whoever reads from the terminal or a pipe that nobody writes to.
fn interrupt_reads() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("n := 5", "\nmgo> ")?;
        for from in ["os.Stdin", "r"] {
            t.enter("r, w, err := os.Pipe(); err", "nil")?;
            t.enter(
                &format!("print(\"rea\", \"ding\"); {from}.Read(make([]byte, 9))"),
                "reading",
            )?;
            t.keys("\x03")?;
            t.see("interrupted\n")?;
            t.enter("n + 1", "\n6\n")?;
        }
        t.enter("bufio.NewReader(os.Stdin).ReadString('\\n')", "\n")?;
        t.enter("typed", "\"typed\\n\", <nil>")
    })
}

fn background() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("quit := make(chan bool)", "\nmgo> ")?;
        let print = "go func() { for i := range 3 { time.Sleep(100 * time.Millisecond); fmt.Println(\"from\", \"behind\", i) }; quit <- true }()";
        t.enter(print, "\nmgo> ")?;
        t.keys("y := 6 * 7")?;
        t.see("from behind 0\n")?;
        // The line that is being edited stands below, whole.
        t.see("mgo> y := 6 * 7")?;
        t.see("from behind 2\n")?;
        t.see("mgo> y := 6 * 7")?;
        t.keys("\r")?;
        t.enter("<-quit", "\ntrue\n")?;
        t.enter("y", "\n42\n")
    })
}

fn survival() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("n := 5", "\nmgo> ")?;
        t.enter("panic(\"bo\" + \"om\")", "panic: boom")?;
        t.enter("n", "\n5\n")?;
        t.enter("go panic(\"behind\")", "has died of this")?;
        t.enter("n", "\n5\n")?;
        t.enter("<-make(chan bool)", "all goroutines are asleep - deadlock!")?;
        t.enter("os.Exit(3)", "exit status 3; the session goes on")?;
        t.enter("undefined_name", "undefined: undefined_name")?;
        t.enter("n", "\n5\n")
    })
}

fn commands() -> Result<(), Failed> {
    with_terminal(|t| {
        t.enter("c := make(chan int)", "\nmgo> ")?;
        t.enter("func wait() { <-c }", "\nmgo> ")?;
        t.enter("go wait()", "\nmgo> ")?;
        t.enter(":g", "chan receive")?;
        t.see("main.wait")?;
        t.enter(":type c", "\nchan int\n")?;
        t.enter(":doc strings.ToUpper", "\nfunc ToUpper(s string) string\n")?;
        t.enter(":disasm wait", "Recv")?;
        t.enter(":set procs 3", "GOMAXPROCS was ")?;
        t.enter("runtime.GOMAXPROCS(0)", "\n3\n")?;
        t.enter(":time len(\"four\")", "\n4\n")?;
        t.see("s\n")?;
        t.enter(":stats", "goroutines started")?;
        t.enter(":nothing", "there is no command :nothing")?;
        t.enter(":reset", "\nmgo> ")?;
        t.enter("c", "undefined: c")
    })
}
