//! Commands: lines that begin with a colon.

use std::fmt::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use mgo_runtime::sched::counters::Counters;
use mgo_vm::bytecode::disasm;
use mgo_vm::live::Goroutine;

use crate::repl::core::{Outcome, Session};

/// Name, arguments and meaning of each command.
pub const COMMANDS: &[(&str, &str, &str)] = &[
    ("help", "", "this list"),
    (
        "type",
        "EXPR",
        "the type of an expression, which is not evaluated",
    ),
    (
        "doc",
        "NAME",
        "the documentation of a package, function, type, method …",
    ),
    (
        "g",
        "",
        "the goroutines: number, state, since when, where, created by",
    ),
    ("stack", "ID", "the stack of a goroutine"),
    (
        "stats",
        "",
        "what scheduler and heap have counted since the last entry",
    ),
    ("disasm", "FUNC", "the bytecode of a function"),
    ("time", "ENTRY", "evaluate an entry and tell how long it took"),
    (
        "load",
        "FILE",
        "evaluate a file as one entry; its package clause is left out",
    ),
    (
        "save",
        "FILE",
        "write the entries of this session that succeeded as a script",
    ),
    ("reset", "", "begin anew: goroutines die, names are forgotten"),
    ("set procs", "N", "set GOMAXPROCS"),
    ("quit", "", "end the session (as Ctrl-D does)"),
];

/// What a command comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// To be printed.
    Text(String),
    /// What was asked for cannot be done: why.
    Wrong(String),
    /// It evaluated an entry; how long that took, if it was asked for.
    Evaluated(Outcome, Option<Duration>),
    /// Begin a new session.
    Reset,
    /// End.
    Quit,
}

/// What was counted when an entry began.
pub struct Mark {
    counters: Counters,
    mallocs: u64,
    bytes: u64,
    n_gc: u64,
    pause_ns: u64,
}

impl Session {
    /// Carries out a command, given without its colon.
    pub fn command(&mut self, line: &str) -> Reply {
        let (name, rest) = line
            .trim()
            .split_once(char::is_whitespace)
            .unwrap_or((line.trim(), ""));
        let rest = rest.trim();
        match name {
            "help" | "h" | "?" => Reply::Text(help()),
            "type" | "t" => match self.type_of(rest) {
                Ok((ty, value)) => {
                    let value = value.map_or_else(String::new, |v| format!(" = {v}"));
                    Reply::Text(format!("{}{value}\n", self.type_text(ty)))
                }
                Err(text) => Reply::Wrong(text),
            },
            "doc" => match self.doc(rest) {
                Some(text) => Reply::Text(text),
                None => Reply::Wrong(format!("nothing is known of {rest:?}\n")),
            },
            "g" => Reply::Text(table(&self.machine.goroutines())),
            "stack" => match rest.parse().ok().and_then(|id| self.machine.stack(id)) {
                Some(text) => Reply::Text(text),
                None => Reply::Wrong(format!("there is no goroutine {rest:?}\n")),
            },
            "stats" => Reply::Text(self.stats()),
            "disasm" => self.disasm(rest),
            "time" => {
                let start = Instant::now();
                let outcome = self.eval(rest);
                Reply::Evaluated(outcome, Some(start.elapsed()))
            }
            "load" => self.load(rest),
            "save" => match std::fs::write(rest, self.log()) {
                Ok(()) => Reply::Text(String::new()),
                Err(e) => Reply::Wrong(format!("{rest}: {e}\n")),
            },
            "reset" => Reply::Reset,
            "set" => self.set(rest),
            "quit" | "q" | "exit" => Reply::Quit,
            _ => Reply::Wrong(format!("there is no command :{name}; :help lists them\n")),
        }
    }

    fn set(&mut self, what: &str) -> Reply {
        let n = what
            .strip_prefix("procs")
            .and_then(|n| n.trim().parse().ok())
            .filter(|&n: &usize| n > 0);
        match n {
            Some(n) => Reply::Text(format!("GOMAXPROCS was {}\n", self.machine.set_procs(n))),
            None => Reply::Wrong("what can be set is: procs N\n".to_owned()),
        }
    }

    fn load(&mut self, path: &str) -> Reply {
        match std::fs::read(path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes);
                // Imports are those of the module around the file.
                let folder = Path::new(path).parent().unwrap_or(Path::new("")).to_owned();
                let dir = std::mem::replace(&mut self.dir, folder);
                let outcome = self.eval_named(path, &without_package_clause(&text));
                self.dir = dir;
                Reply::Evaluated(outcome, None)
            }
            Err(e) => Reply::Wrong(format!("{path}: {e}\n")),
        }
    }

    fn disasm(&mut self, name: &str) -> Reply {
        let program = self.compiler.program();
        let full = format!("main.{name}");
        let found = program
            .funcs
            .iter()
            .filter(|(_, f)| *f.name == full || *f.name == *name);
        match found.max_by_key(|(id, _)| *id) {
            Some((_, f)) => Reply::Text(disasm::func(program, f)),
            None => Reply::Wrong(format!(
                "no function {name:?} has been compiled: functions are when something calls them\n"
            )),
        }
    }

    /// What is counted now.
    pub(super) fn mark(&self) -> Mark {
        let rt = self.machine.runtime();
        let heap = self.machine.heap_stats();
        Mark {
            counters: rt.counters(),
            mallocs: heap.mallocs,
            bytes: heap.total_alloc_bytes,
            n_gc: heap.n_gc,
            pause_ns: heap.pause_ns,
        }
    }

    fn stats(&self) -> String {
        let (now, before) = (self.mark(), self.last_mark());
        let mut out = String::new();
        let zero = Counters::default().values();
        let old = before.map_or(zero, |b| b.counters.values());
        for ((new, old), (_, doc)) in now.counters.values().iter().zip(old).zip(Counters::TABLE) {
            if *new != old {
                let _ = writeln!(out, "{:>12}  {doc}", new.wrapping_sub(old));
            }
        }
        let of = |get: fn(&Mark) -> u64| get(&now).wrapping_sub(before.map_or(0, get));
        let _ = writeln!(out, "{:>12}  objects allocated", of(|m| m.mallocs));
        let _ = writeln!(out, "{:>12}  bytes allocated", of(|m| m.bytes));
        let _ = writeln!(
            out,
            "{:>12}  collections, in {:.3} ms",
            of(|m| m.n_gc),
            of(|m| m.pause_ns) as f64 / 1e6
        );
        out
    }
}

fn help() -> String {
    let mut out = String::new();
    for (name, args, what) in COMMANDS {
        let _ = writeln!(out, "  :{:<18} {what}", format!("{name} {args}"));
    }
    out.push_str("Everything else is Go: statements, declarations, expressions (; at the end: not shown).\n");
    out
}

fn table(all: &[Goroutine]) -> String {
    let mut out = format!(
        "{:>6}  {:<24} {:>9}  {:<36} {}\n",
        "ID", "STATE", "SINCE", "WHERE", "CREATED BY"
    );
    for g in all {
        let since = g
            .waits
            .map_or_else(String::new, |d| format!("{:.1}s", d.as_secs_f64()));
        let place = |f: &Option<mgo_runtime::engine::FrameInfo>| {
            f.as_ref()
                .map_or_else(String::new, |f| format!("{} {}:{}", f.func, f.file, f.line))
        };
        let _ = writeln!(
            out,
            "{:>6}  {:<24} {since:>9}  {:<36} {}",
            g.id,
            g.state,
            place(&g.at),
            place(&g.created_by)
        );
    }
    out
}

/// The text with its package clause blanked out: positions stay.
fn without_package_clause(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = false;
    for line in text.split_inclusive('\n') {
        if !done && (line.starts_with("package ") || line.starts_with("#!")) {
            done = line.starts_with("package ");
            out.extend(line.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_clauses_are_blanked() {
        let text = "// c\npackage main\n\nfunc f() {}\n";
        assert_eq!(
            without_package_clause(text),
            "// c\n            \n\nfunc f() {}\n"
        );
    }
}
