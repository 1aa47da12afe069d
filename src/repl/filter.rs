//! Entries without a terminal: from a pipe (`mgo repl < file`) or the command line (`mgo -e '…'`). No prompts, no
//! colours; the exit status tells.

use std::io::{BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mgo_runtime::Config;
use mgo_vm::live::Event;

use crate::repl::commands::Reply;
use crate::repl::core::{Outcome, Session, Setup};
use crate::repl::input::Gatherer;

/// Exit status if something did not compile, as that of `mgo run`.
const REFUSED: u8 = 1;
/// Exit status if something panicked or deadlocked, as a program's.
const PANICKED: u8 = 2;

fn session(config: Config) -> Session {
    Session::new(Setup {
        config: Config {
            exit_process: true,
            ..config
        },
        stderr: None,
        listener: Box::new(|event| match event {
            // As in a program, the end of one is the end of all.
            Event::Exited(_, status) => std::process::exit(status),
            Event::Panicked(_) => std::process::exit(PANICKED.into()),
        }),
        interrupt: Arc::new(AtomicBool::new(false)),
        color: false,
    })
}

/// Reports what an entry came to; its part of the exit status, and whether that is the end.
fn report(outcome: Outcome) -> (u8, bool) {
    match outcome {
        Outcome::Done => (0, false),
        Outcome::Refused(text) => {
            eprint!("{text}");
            (REFUSED, false)
        }
        Outcome::Panicked | Outcome::Interrupted(_) => (PANICKED, false),
        Outcome::Deadlock(text) => {
            eprint!("{text}");
            (PANICKED, false)
        }
        Outcome::Exited(status) => (status as u8, true),
    }
}

/// Evaluates the entries of standard input to its end. What fails does not keep the next from being tried; the
/// exit status is that of the worst.
pub fn pipe(config: Config) -> u8 {
    let fresh = || session(config.clone());
    let mut session = fresh();
    let mut gatherer = Gatherer::default();
    let mut worst = 0;
    let mut input = std::io::stdin().lock();
    loop {
        let mut line = Vec::new();
        let n = match input.by_ref().read_until(b'\n', &mut line) {
            Ok(n) => n,
            Err(e) => {
                eprintln!("mgo: <stdin>: {e}");
                return REFUSED;
            }
        };
        let line = String::from_utf8_lossy(&line);
        if let (true, Some(command)) = (gatherer.is_empty(), line.strip_prefix(':')) {
            match command_line_of(&mut session, command, &fresh) {
                Some(status) => worst = worst.max(status),
                None => return worst,
            }
            continue;
        }
        let entry = if n == 0 {
            gatherer.take()
        } else {
            gatherer.push(&line)
        };
        if let Some(entry) = entry {
            let (status, ends) = report(session.eval(&entry));
            if ends {
                return status;
            }
            worst = worst.max(status);
        }
        if n == 0 {
            return worst;
        }
    }
}

/// Carries out a command; its part of the exit status, or none if it ends the session.
fn command_line_of(session: &mut Session, command: &str, fresh: &dyn Fn() -> Session) -> Option<u8> {
    match session.command(command) {
        Reply::Text(text) => print!("{text}"),
        Reply::Wrong(text) => {
            eprint!("{text}");
            return Some(REFUSED);
        }
        Reply::Evaluated(outcome, took) => {
            let (status, ends) = report(outcome);
            if let Some(took) = took {
                println!("{took:.3?}");
            }
            if ends {
                std::process::exit(status.into());
            }
            return Some(status);
        }
        Reply::Reset => {
            session.end();
            *session = fresh();
        }
        Reply::Quit => return None,
    }
    Some(0)
}

/// Evaluates `entries` in turn; the first that fails is the end.
pub fn command_line(entries: &[String], config: Config) -> u8 {
    let mut session = session(config);
    for entry in entries {
        let (status, ends) = report(session.eval(entry));
        if ends || status != 0 {
            return status;
        }
    }
    0
}
