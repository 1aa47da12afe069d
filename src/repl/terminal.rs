//! The REPL on a terminal: line editing, history, Ctrl-C.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mgo_runtime::Config;
use mgo_stdlib::sys;
use mgo_vm::live::Event;
use rustyline::config::{BellStyle, ColorMode};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Editor, ExternalPrinter};
use signal_hook::consts::SIGINT;

use crate::repl::commands::Reply;
use crate::repl::core::{Outcome, Session, Setup};
use crate::repl::helper::Editing;
use crate::repl::screen::Screen;

/// Entries kept in the history.
const HISTORY: usize = 10_000;
const PROMPT: &str = "mgo> ";

type Lines = Editor<Editing, DefaultHistory>;

/// Runs the REPL until the user ends it; the exit status.
pub fn run(config: Config, color: bool) -> u8 {
    mgo_runtime::os::signal::block_preempt();
    let interrupt = Arc::new(AtomicBool::new(false));
    if let Err(e) = signal_hook::flag::register(SIGINT, interrupt.clone()) {
        eprintln!("mgo: {e}");
        return 1;
    }
    let editor = rustyline::Config::builder()
        .max_history_size(HISTORY)
        .and_then(|c| c.history_ignore_dups(true))
        .map(|c| {
            c.completion_type(CompletionType::List)
                .bell_style(BellStyle::None)
                .bracketed_paste(true)
                .color_mode(if color {
                    ColorMode::Enabled
                } else {
                    ColorMode::Disabled
                })
                .build()
        })
        .and_then(Lines::with_config);
    let mut editor = match editor {
        Ok(editor) => editor,
        Err(e) => {
            eprintln!("mgo: the terminal cannot be used: {e}");
            return 1;
        }
    };
    let printer = editor
        .create_external_printer()
        .ok()
        .map(|p| -> Box<dyn ExternalPrinter + Send> { Box::new(p) });
    let screen = Screen::start(printer);
    let taker = screen.clone();
    sys::set_stdout(Box::new(move |bytes| taker.takes(bytes)));
    let terminal = Terminal {
        config: restoring_terminal(config),
        color,
        interrupt,
        screen,
    };
    terminal.run(editor)
}

/// A fatal error may end the process while a line is edited: the terminal is to be as it was then.
fn restoring_terminal(config: Config) -> Config {
    use nix::sys::termios::{SetArg, tcgetattr, tcsetattr};
    let Ok(before) = tcgetattr(std::io::stdin()) else {
        return config;
    };
    let before = std::sync::Mutex::new(before);
    let restore = move |_| {
        if let Ok(before) = before.lock() {
            // The process ends: there is nobody to tell.
            let _ = tcsetattr(std::io::stdin(), SetArg::TCSANOW, &before);
        }
    };
    Config {
        on_exit: Some(Arc::new(restore)),
        ..config
    }
}

struct Terminal {
    config: Config,
    color: bool,
    interrupt: Arc<AtomicBool>,
    screen: Arc<Screen>,
}

impl Terminal {
    fn run(&self, mut editor: Lines) -> u8 {
        let session = Rc::new(RefCell::new(self.session()));
        editor.set_helper(Some(Editing {
            session: session.clone(),
            color: self.color,
            signatures: RefCell::new(HashMap::new()),
        }));
        let history = history_file();
        if let Some(path) = &history {
            // There is none before the first session.
            let _ = editor.load_history(path);
        }
        println!(
            "mgo {}; :help for commands, Ctrl-D to end",
            env!("CARGO_PKG_VERSION")
        );
        let mut was_junk = false;
        loop {
            self.screen.begin_editing();
            let line = editor.readline(PROMPT);
            self.screen.end_editing();
            let line = match line {
                Ok(line) => line,
                Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => continue,
                Err(ReadlineError::Eof) => return 0,
                Err(ReadlineError::Io(e)) if e.kind() == std::io::ErrorKind::InvalidData => {
                    // One report will do for a file that was pasted.
                    if !std::mem::replace(&mut was_junk, true) {
                        eprintln!("this is not UTF-8; the line is dropped");
                    }
                    continue;
                }
                Err(e) => {
                    eprintln!("mgo: {e}");
                    return 1;
                }
            };
            was_junk = false;
            if line.trim().is_empty() {
                continue;
            }
            let added = editor.add_history_entry(line.as_str());
            if let (Ok(true), Some(path)) = (added, &history)
                && editor.append_history(path).is_err()
            {
                // The first time, or somebody has removed it.
                let _ = editor.save_history(path);
            }
            if let Some(helper) = editor.helper() {
                helper.signatures.borrow_mut().clear();
            }
            if !self.line(&session, &line) {
                return 0;
            }
        }
    }

    fn session(&self) -> Session {
        let screen = self.screen.clone();
        let to_screen = move |text: &[u8]| {
            if !screen.takes(text) {
                let _ = std::io::stderr().write_all(text);
            }
        };
        let stderr = Arc::new(to_screen);
        let tell = stderr.clone();
        let mut session = Session::new(Setup {
            config: Config {
                exit_process: true,
                ..self.config.clone()
            },
            stderr: Some(stderr),
            listener: Box::new(move |event| {
                let text = match event {
                    Event::Panicked(id) => format!("goroutine {id} has died of this; the session goes on\n"),
                    Event::Exited(id, n) => format!("goroutine {id} has called os.Exit({n}) and ended\n"),
                };
                tell(text.as_bytes());
            }),
            interrupt: self.interrupt.clone(),
            color: self.color,
        });
        session.warm_up();
        session
    }

    /// Deals with a line; false: it ends the session.
    fn line(&self, session: &RefCell<Session>, line: &str) -> bool {
        let Some(command) = line.strip_prefix(':') else {
            let outcome = session.borrow_mut().eval(&format!("{line}\n"));
            report(outcome);
            return true;
        };
        let reply = session.borrow_mut().command(command);
        match reply {
            Reply::Text(text) => print!("{text}"),
            Reply::Wrong(text) => eprint!("{text}"),
            Reply::Evaluated(outcome, took) => {
                report(outcome);
                if let Some(took) = took {
                    println!("{took:.3?}");
                }
            }
            Reply::Reset => {
                session.borrow().end();
                let fresh = self.session();
                *session.borrow_mut() = fresh;
            }
            Reply::Quit => return false,
        }
        true
    }
}

fn report(outcome: Outcome) {
    match outcome {
        Outcome::Done | Outcome::Panicked => {}
        Outcome::Refused(text) | Outcome::Deadlock(text) => eprint!("{text}"),
        Outcome::Exited(status) => eprintln!("exit status {status}; the session goes on, :quit ends it"),
        Outcome::Interrupted(true) => eprintln!("interrupted"),
        Outcome::Interrupted(false) => {
            eprintln!("interrupted; its goroutine could not be reached, and is left behind (:g)");
        }
    }
}

/// Where the history is kept.
fn history_file() -> Option<PathBuf> {
    let home = |rest: &str| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(rest));
    let state = std::env::var_os("XDG_STATE_HOME")
        .filter(|s| !s.is_empty())
        .map(PathBuf::from)
        .or_else(|| home(".local/state"))?;
    let dir = state.join("mgo");
    std::fs::create_dir_all(&dir).ok()?;
    Some(dir.join("history"))
}
