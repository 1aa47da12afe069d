//! Fatal ends: the program cannot go on, or our own invariants are broken.
//!
//! [`Runtime::fatal`] is for errors of the program that no `recover` sees (deadlock, concurrent map writes,
//! stack limit): Go's text, the goroutines, exit status 2. [`crate::throw!`] is for errors of ours: it
//! prints what it knows and aborts.

use std::ptr;

use crate::Runtime;
use crate::g::G;
use crate::p::{P, PStatus};
use crate::sched::idle::{EXIT, FREEZE};
use crate::sync::SeqCst;
use crate::traceback;
use crate::worker::Worker;

/// Exit status after a fatal error or a panic.
pub const FATAL_STATUS: i32 = 2;

/// Exit status of a program that ended well but leaked goroutines, when that is looked for.
pub const LEAK_STATUS: i32 = 3;

/// An invariant of the runtime does not hold: prints the message and aborts.
#[macro_export]
macro_rules! throw {
    ($($arg:tt)*) => {
        $crate::throw::abort(format_args!($($arg)*))
    };
}

/// See [`crate::throw!`].
#[cold]
#[inline(never)]
pub fn abort(args: std::fmt::Arguments<'_>) -> ! {
    // Not through `eprintln!`, whose lock may be held by a thread that is gone.
    let trace = std::backtrace::Backtrace::force_capture();
    crate::os::thread::write_stderr(format!("fatal error: mgo runtime: {args}\n{trace}\n").as_bytes());
    std::process::abort()
}

/// Unwinds an M to its scheduler loop after the end of the program, when the process must live on.
pub(crate) struct Ended;

impl Runtime {
    /// Ends the program with Go's `fatal error: text` and a dump of all goroutines; `g`, whose state has been
    /// stored, comes first.
    pub fn fatal(&'static self, g: Option<&'static G>, text: &str) -> ! {
        self.fatal_with("", g, text)
    }

    /// As [`Runtime::fatal`], with lines before the error: `runtime: goroutine stack exceeds …`.
    #[cold]
    pub fn fatal_with(&'static self, prelude: &str, g: Option<&'static G>, text: &str) -> ! {
        if self.begin_dying() {
            self.freeze_world(g, 20);
            let mut out = format!("{prelude}fatal error: {text}\n");
            traceback::dump(self, g, true, &mut out);
            self.end_badly(&out);
        }
        self.die()
    }

    /// Ends the program because of a signal: its name, a dump of all goroutines. From a thread that is no M.
    #[cold]
    pub(crate) fn fatal_signal(&'static self, name: &str) -> ! {
        if self.begin_dying() {
            self.freeze_world(None, 200);
            let mut out = format!("{name}\n");
            traceback::dump(self, None, true, &mut out);
            self.end_badly(&out);
        }
        self.die()
    }

    /// The end of a program that failed: prints `text`; under `GOTRACEBACK=crash` the process leaves a core.
    fn end_badly(&'static self, text: &str) {
        self.print(text);
        if self.traceback() == traceback::Level::Crash && self.config.exit_process {
            if let Some(f) = &self.config.on_exit {
                f(FATAL_STATUS);
            }
            std::process::abort();
        }
        self.end(FATAL_STATUS);
    }

    /// Ends the program because `g`'s stack would exceed its limit.
    #[cold]
    pub fn stack_overflow(&'static self, g: &'static G, limit: usize) -> ! {
        let prelude = format!("runtime: goroutine stack exceeds {limit}-byte limit\n");
        self.fatal_with(&prelude, Some(g), "stack overflow")
    }

    /// Ends the program because the system gives no more memory.
    #[cold]
    pub fn out_of_memory(&'static self, what: &str) -> ! {
        let prelude = format!("runtime: cannot allocate memory for {what}\n");
        self.fatal_with(&prelude, None, "runtime: out of memory")
    }

    /// Reports a panic that nobody recovered: `message` is what Go prints before the goroutines
    /// (`panic: …`, possibly several lines, newline at the end), `g` the one that panicked, its state stored.
    #[cold]
    pub fn fatal_panic(&'static self, g: &'static G, message: &str) -> ! {
        if self.begin_dying() {
            self.freeze_world(Some(g), 20);
            let mut out = message.to_owned();
            traceback::dump(self, Some(g), false, &mut out);
            self.end_badly(&out);
        }
        self.die()
    }

    /// Whether the caller is the first that dies.
    fn begin_dying(&self) -> bool {
        !self.is_dying.swap(true, SeqCst)
    }

    /// Lets other Ms come to a safepoint, so that their goroutines can be shown; not for longer than so many
    /// milliseconds, and not at all costs.
    fn freeze_world(&'static self, g: Option<&'static G>, rounds: u32) {
        self.sched.attention.fetch_or(FREEZE, SeqCst);
        for _ in 0..rounds {
            // One whose M is between two Gs counts: it may have looked for attention just before.
            let running = |p: &&P| {
                let m = p.m.load(SeqCst);
                let h = m.and_then(|m| m.cur_g.load(SeqCst));
                let is_own = g.zip(h).is_some_and(|(g, h)| ptr::eq(g, h));
                p.status() == PStatus::Running && !is_own
            };
            if !self.procs().any(|p| running(&p)) {
                break;
            }
            self.preempt_all();
            crate::os::thread::sleep_ns(1_000_000);
        }
    }

    /// After [`Runtime::end`]: leaves the thread's Rust frames.
    pub(crate) fn die(&'static self) -> ! {
        while self.sched.attention.load(SeqCst) & EXIT == 0 {
            crate::os::thread::sleep_ns(1_000_000);
        }
        if self.config.exit_process {
            // The one that died first ends the process.
            crate::os::thread::sleep_forever();
        }
        std::panic::resume_unwind(Box::new(Ended))
    }
}

impl Worker {
    /// A fatal error is being reported: stands still until the end.
    pub(crate) fn freeze(&mut self) {
        self.p().set_status(PStatus::Stopped);
        while self.rt().sched.attention.load(SeqCst) & EXIT == 0 {
            crate::os::thread::sleep_ns(1_000_000);
        }
        self.p().set_status(PStatus::Running);
    }
}
