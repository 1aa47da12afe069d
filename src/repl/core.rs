//! A session: evaluates entries one after the other in one living program.
//!
//! An entry is a piece of the session's package (see `mgo_lang::types::fragment`); it is compiled into the running
//! program and called on a goroutine of its own, while this thread waits. What fails to compile leaves nothing
//! behind. Nothing here reads input or knows a terminal.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use mgo_lang::diag::render::{Style, render};
use mgo_lang::diag::{Code, Diagnostic, Diagnostics};
use mgo_lang::source::{FileId, Span};
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::lexer::{decode, report_invalid_utf8};
use mgo_lang::syntax::parser::{FragmentKind, parse_fragment};
use mgo_lang::types::checker::Config as Checking;
use mgo_lang::types::fragment::{CheckedPiece, Home, Piece, check_piece};
use mgo_lang::types::importer::Importer;
use mgo_lang::types::store::{ObjId, PkgId};
use mgo_runtime::Config;
use mgo_stdlib::library::RUNTIME_ERRORS;
use mgo_stdlib::natives::Registry;
use mgo_vm::bytecode::program::FuncEntry;
use mgo_vm::compile::{Compiler, Packages};
use mgo_vm::engine::{Shared, Sink};
use mgo_vm::live::{End, Listener, Live, Machine};

use crate::repl::commands::Mark;
use crate::repl::forget;
use crate::session::Session as Front;

/// The package that shows values.
const SHOW: &str = "internal/show";
/// Bytes of address space for the variables of a session.
const GLOBALS: u32 = 1 << 30;
/// How long the host sleeps at a time while an entry runs.
const TICK: Duration = Duration::from_millis(20);
/// How long an interrupted entry has to die.
const PATIENCE: Duration = Duration::from_secs(2);

/// What an entry came to. Except for values, which the program prints itself, reports are in the text.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All was done.
    Done,
    /// It does not compile.
    Refused(String),
    /// It panicked; the report has been printed.
    Panicked,
    /// It called `os.Exit`.
    Exited(i32),
    /// It was interrupted. False: its goroutine could not be reached and lives on.
    Interrupted(bool),
    /// It would have waited for ever, and has been abandoned.
    Deadlock(String),
}

/// How a session is set up.
pub struct Setup {
    /// The runtime.
    pub config: Config,
    /// Where what goroutines write to standard error by `print`, panics and the like goes, if not there.
    pub stderr: Option<Sink>,
    /// Told of goroutines other than the entry's that come to grief.
    pub listener: Listener,
    /// Set to ask for the running entry to be interrupted.
    pub interrupt: Arc<AtomicBool>,
    /// Whether reports may have colours.
    pub color: bool,
}

/// See the module's head.
pub struct Session {
    /// Sources, types and packages.
    pub(super) front: Front,
    pub(super) home: Home,
    pub(super) compiler: Compiler,
    packages: Packages,
    pub(super) machine: Machine,
    interrupt: Arc<AtomicBool>,
    color: bool,
    n_entries: u32,
    /// The entries that succeeded.
    log: Vec<String>,
    mark: Option<Mark>,
    /// Variables that functions and pointers refer to.
    pinned: HashSet<ObjId>,
    /// Whether the goroutine of an entry was left behind, which may use any variable.
    left_behind: bool,
    /// The folder whose module entries import from.
    pub(super) dir: PathBuf,
    /// Called after the next entry.
    warm: Option<ObjId>,
}

impl Session {
    /// An empty session.
    pub fn new(setup: Setup) -> Session {
        let mut front = Front::new();
        let home = Home::new(&mut front.store, "main", true);
        // The library is part of mgo: its tests see to it that this package can be had.
        let _ = front
            .library
            .import(&mut front.store, &mut front.map, RUNTIME_ERRORS);
        let natives = Registry::new();
        let mut compiler = Compiler::new(natives.clone());
        compiler.spare_globals = GLOBALS;
        let program = compiler.program().clone();
        program.globals.fix(GLOBALS);
        let shared = Shared::new_live(
            program,
            natives.functions(),
            setup.stderr,
            Live::new(setup.listener),
        );
        Session {
            front,
            home,
            compiler,
            packages: Packages::new(),
            machine: Machine::start(shared, setup.config),
            interrupt: setup.interrupt,
            color: setup.color,
            n_entries: 0,
            log: Vec::new(),
            mark: None,
            pinned: HashSet::new(),
            left_behind: false,
            dir: PathBuf::from("."),
            warm: None,
        }
    }

    /// Loads and compiles what shows values, which the first entry with a value would have to wait for.
    pub fn warm_up(&mut self) {
        if let Some(pkg) = self.import_show() {
            let scope = self.front.store[pkg].scope;
            self.warm = self.front.store[scope].names.get("Warm").copied();
            if let Some((entry, _)) = self.compile("repl", "_ = 0", &mut Diagnostics::new()) {
                self.run(entry);
            }
        }
    }

    /// Evaluates an entry, which is complete.
    pub fn eval(&mut self, text: &str) -> Outcome {
        self.n_entries += 1;
        let name = format!("repl[{}]", self.n_entries);
        self.eval_named(&name, text)
    }

    /// The same, called `name` in reports.
    pub fn eval_named(&mut self, name: &str, text: &str) -> Outcome {
        let mut diags = Diagnostics::new();
        match self.compile(name, text, &mut diags) {
            Some((entry, replaced)) => {
                self.mark = Some(self.mark());
                let outcome = self.run(entry);
                self.left_behind |= outcome == Outcome::Interrupted(false);
                self.forget(replaced);
                if outcome == Outcome::Done {
                    self.log.push(text.trim_end().to_owned());
                }
                outcome
            }
            None if diags.has_errors() => Outcome::Refused(self.render(diags)),
            // Blank lines and comments.
            None => Outcome::Done,
        }
    }

    /// Adds a text to the sources. None if there is no room.
    pub(super) fn add_source(&mut self, name: &str, text: &str, diags: &mut Diagnostics) -> Option<FileId> {
        let (text, bad) = decode(text.as_bytes().to_vec());
        match self.front.map.add(name, text) {
            Ok(file) => {
                report_invalid_utf8(self.front.map.file(file), &bad, diags);
                Some(file)
            }
            Err(_) => {
                let text = "the session has read more than 4 GiB of source";
                diags.push(Diagnostic::error(Code::TooDeep, Span::NOWHERE, text));
                None
            }
        }
    }

    /// Parses and checks an entry; none also if there is nothing in it.
    pub(super) fn check(&mut self, name: &str, text: &str, diags: &mut Diagnostics) -> Option<CheckedPiece> {
        let file = self.add_source(name, text, diags)?;
        let mut ids = ExprIds::default();
        let fragment = parse_fragment(&self.front.map, file, FragmentKind::Stmts, &mut ids, diags);
        if diags.has_errors() {
            return None;
        }
        if fragment.stmts.is_empty() {
            self.n_entries -= 1;
            return None;
        }
        let piece = Piece::of(&self.front.map, file, fragment.stmts, &ids);
        let config = Checking {
            allow_unused: true,
            allow_type_params: true,
            ..Checking::default()
        };
        self.front.add_imports(&self.dir, file, &piece.stmts, diags);
        if diags.has_errors() {
            return None;
        }
        let (store, map, mut imports) = self.front.importing();
        check_piece(store, map, &mut imports, &config, self.home, piece, diags)
    }

    /// Compiles an entry into the program: the function to be called, and what it replaces.
    fn compile(
        &mut self,
        name: &str,
        text: &str,
        diags: &mut Diagnostics,
    ) -> Option<(&'static FuncEntry, Vec<ObjId>)> {
        let mut checked = self.check(name, text, diags)?;
        if Session::is_quiet(text) {
            checked.package.info.shown.clear();
        }
        if !checked.package.info.shown.is_empty() {
            self.import_show();
        }
        let library = self.front.library.take_packages().into_iter();
        for p in library.chain(std::mem::take(&mut self.front.user)) {
            self.packages.add(p);
        }
        if !checked.extended.is_empty() {
            self.compiler.methods_changed();
        }
        forget::pin(&checked.package, &mut self.pinned);
        self.packages.add_piece(checked.package);
        let mut funcs = vec![checked.entry];
        funcs.extend(self.warm.take());
        let made = self.compiler.compile_entry(
            &mut self.front.store,
            &self.front.map,
            &mut self.packages,
            self.home.pkg,
            &funcs,
        );
        match made {
            Ok(id) => {
                let entry = self.compiler.program().funcs[id].entry;
                Some((entry, checked.undo.replaced(&self.front.store)))
            }
            Err(errors) => {
                errors.into_iter().for_each(|d| diags.push(d));
                self.packages.drop_piece();
                let extended = !checked.extended.is_empty();
                checked.undo.apply(&mut self.front.store);
                if extended {
                    self.compiler.methods_changed();
                }
                None
            }
        }
    }

    /// Lets variables that were replaced, and that nothing can reach, give up their values.
    fn forget(&mut self, replaced: Vec<ObjId>) {
        if self.left_behind {
            return;
        }
        for obj in replaced {
            if self.front.store[obj].as_var().is_some() && !self.pinned.contains(&obj) {
                self.compiler.forget(&self.front.store, obj);
            }
        }
    }

    /// Makes the package that shows values part of the program.
    fn import_show(&mut self) -> Option<PkgId> {
        let pkg = self
            .front
            .library
            .import(&mut self.front.store, &mut self.front.map, SHOW)
            .ok()?;
        if !self.front.store[self.home.pkg].imports.contains(&pkg) {
            self.front.store[self.home.pkg].imports.push(pkg);
        }
        let scope = self.front.store[pkg].scope;
        let find = |name: &str| -> Option<ObjId> { self.front.store[scope].names.get(name).copied() };
        self.compiler.show = find("Value").zip(find("End"));
        Some(pkg)
    }

    /// The session is given up: its goroutines die.
    pub fn end(&self) {
        self.machine.kill_all();
    }

    /// The entries that succeeded, as a script.
    pub(super) fn log(&self) -> String {
        let mut out = self.log.join("\n");
        out.push('\n');
        out
    }

    /// What was counted when the last entry began.
    pub(super) fn last_mark(&self) -> Option<&Mark> {
        self.mark.as_ref()
    }

    /// Whether `text` ends in a semicolon: values are not to be shown then.
    fn is_quiet(text: &str) -> bool {
        text.trim_end().ends_with(';')
    }

    fn run(&mut self, entry: &'static FuncEntry) -> Outcome {
        self.interrupt.store(false, SeqCst);
        self.machine.begin(entry);
        let outcome = loop {
            match self.machine.wait(TICK) {
                Some(End::Done) => break Outcome::Done,
                Some(End::Panicked) => break Outcome::Panicked,
                Some(End::Exited(status)) => break Outcome::Exited(status),
                Some(End::Killed) => break Outcome::Interrupted(true),
                Some(End::Deadlock) => {
                    let text = "fatal error: all goroutines are asleep - deadlock!\n\n";
                    let text = format!("{text}{}", self.machine.entry_trace());
                    self.left_behind |= !self.machine.kill(PATIENCE / 10);
                    break Outcome::Deadlock(text);
                }
                None if self.interrupt.swap(false, SeqCst) => {
                    break Outcome::Interrupted(self.machine.kill(PATIENCE));
                }
                None => {}
            }
        };
        self.machine.leave();
        outcome
    }

    /// The reports as text.
    pub(super) fn render(&self, diags: Diagnostics) -> String {
        let style = Style::Snippets { color: self.color };
        render(&self.front.map, &diags.into_sorted(), style, false)
    }
}
