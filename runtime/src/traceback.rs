//! Goroutine dumps in Go's format.
//!
//! ```text
//! goroutine 7 [chan receive, 2 minutes]:
//! main.worker(...)
//!         /home/u/f.go:12 +0x1d
//! created by main.main in goroutine 1
//!         /home/u/f.go:7 +0x2f
//! ```

use crate::Runtime;
use crate::engine::FrameInfo;
use crate::g::{G, Status};
use crate::os::thread::nanotime;
use std::fmt::Write as _;

/// Frames shown at the inner and at the outer end of a deep stack.
const END_FRAMES: usize = 50;

/// What `GOTRACEBACK` asks for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Level {
    /// No goroutines at all.
    None,
    /// The one that failed; all for fatal errors.
    #[default]
    Single,
    /// All.
    All,
    /// The runtime's own too.
    System,
    /// And then abort, for a core dump.
    Crash,
}

impl Level {
    /// All levels, each showing more than the one before.
    pub const ALL: [Level; 5] = [
        Level::None,
        Level::Single,
        Level::All,
        Level::System,
        Level::Crash,
    ];

    /// From the value of `GOTRACEBACK`.
    pub fn parse(text: &str) -> Level {
        match text {
            "none" | "0" => Level::None,
            "all" | "1" => Level::All,
            "system" | "2" => Level::System,
            "crash" => Level::Crash,
            _ => Level::Single,
        }
    }
}

/// Appends a dump to `out`: `first`, then, if `all` or the level asks for it, every other goroutine. Each
/// begins with an empty line.
pub fn dump(rt: &'static Runtime, first: Option<&'static G>, all: bool, out: &mut String) {
    let level = rt.traceback();
    if level != Level::None {
        stacks(rt, first, all || first.is_none() || level >= Level::All, out);
    }
}

/// Appends the stack of `first` and, if `all`, those of the others, whatever the level: it only decides on the
/// runtime's own.
pub fn stacks(rt: &'static Runtime, first: Option<&'static G>, all: bool, out: &mut String) {
    if let Some(g) = first {
        out.push('\n');
        goroutine(rt, g, true, out);
    }
    if !all {
        return;
    }
    let level = rt.traceback();
    let mut others = Vec::new();
    rt.for_each_g(|g| {
        let is_first = first.is_some_and(|f| std::ptr::eq(f, g));
        if !is_first && (!g.is_system() || level >= Level::System) {
            others.push(g);
        }
    });
    others.sort_by_key(|g| g.id());
    for g in others {
        out.push('\n');
        goroutine(rt, g, false, out);
    }
}

/// Appends the header and the frames of `g`. `own`: the caller runs it, and its state has been stored.
pub fn goroutine(rt: &'static Runtime, g: &'static G, own: bool, out: &mut String) {
    header(g, out);
    if g.status() == Status::Running && !own {
        out.push_str("\tgoroutine running on other thread; stack unavailable\n");
        created_by(rt, g, out);
        return;
    }
    let mut frames = Vec::new();
    let elided = rt
        .engine
        .end_frames(g, END_FRAMES, &mut |frame| frames.push(frame));
    for (i, frame) in frames.iter().enumerate() {
        if elided > 0 && i == END_FRAMES {
            let _ = writeln!(out, "...{elided} frames elided...");
        }
        print_frame(frame, out);
    }
    created_by(rt, g, out);
}

fn header(g: &G, out: &mut String) {
    let status = g.status();
    let text = match status {
        Status::Waiting if !g.wait_reason().text().is_empty() => g.wait_reason().text(),
        // Taken off its thread so that it can be shown.
        Status::Preempted => Status::Running.text(),
        _ => status.text(),
    };
    let _ = write!(out, "goroutine {} [{text}", g.id());
    if g.is_leaked() {
        out.push_str(" (leaked)");
    }
    if status == Status::Waiting && g.is_durable() {
        out.push_str(" (durable)");
    }
    if matches!(status, Status::Waiting | Status::Syscall) && g.wait_since() != 0 {
        let minutes = (nanotime() - g.wait_since()) / 60_000_000_000;
        if minutes >= 1 {
            let _ = write!(out, ", {minutes} minutes");
        }
    }
    if g.is_locked() {
        out.push_str(", locked to thread");
    }
    if let Some(b) = g.bubble() {
        let _ = write!(out, ", synctest bubble {}", b.id);
    }
    out.push_str("]:\n");
}

fn print_frame(frame: &FrameInfo, out: &mut String) {
    let args = if frame.func == "main.main" { "()" } else { "(...)" };
    let _ = writeln!(out, "{}{args}", frame.func);
    print_place(frame, out);
}

fn created_by(rt: &'static Runtime, g: &G, out: &mut String) {
    if let Some(frame) = rt.engine.created_by(g) {
        let _ = writeln!(out, "created by {} in goroutine {}", frame.func, g.parent_id());
        print_place(&frame, out);
    }
}

fn print_place(frame: &FrameInfo, out: &mut String) {
    let _ = writeln!(out, "\t{}:{} +{:#x}", frame.file, frame.line, frame.offset);
}
