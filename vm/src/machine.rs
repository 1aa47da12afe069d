//! What a running G's code can reach besides its frame: [`Vm`]; and what the engine keeps for a G besides
//! its stack: [`Records`], the deferred calls and panics.
//!
//! A G's records are made at its first defer or panic and hang in `G::engine[0]`; they are given back
//! when it dies. Only the M that runs the G touches them, or the collector while the world is stopped.

use mgo_runtime::g::G;
use mgo_runtime::worker::Worker;

use crate::bytecode::program::{Func, Program};
use crate::engine::Shared;
use crate::frame::{self, Frame, Pc};
use crate::value::map::Shape;

/// The interpreter's surroundings while one G runs.
pub struct Vm<'w> {
    /// The M.
    pub w: &'w mut Worker,
    /// The G.
    pub g: &'static G,
    /// The program.
    pub prog: &'static Program,
    /// Address of the package-level variables.
    pub globals: u64,
    /// What all Gs share.
    pub shared: &'static Shared,
}

/// A deferred call.
#[derive(Clone, Copy, Debug)]
pub struct Deferred {
    /// The frame of the function that deferred it, as a stack offset.
    pub frame: u32,
    /// Where in that frame the call's window may begin.
    pub window: u16,
    /// The func value; nil panics when the call is made.
    pub closure: u64,
    /// Its slots (results and arguments) begin here in [`Records::slots`].
    pub args: u32,
    /// Address behind the defer statement: names the function and, in tracebacks, the line.
    pub pc: usize,
}

/// A panic on its way, or a Goexit.
#[derive(Clone, Copy, Debug)]
pub struct Panic {
    /// The value, an interface.
    pub value: (u64, u64),
    /// Address behind the instruction that panicked.
    pub pc: usize,
    /// The frame that panicked, as a stack offset.
    pub frame: u32,
    /// The frame of the deferred call that runs on its behalf now.
    pub deferred: u32,
    /// The deferred call that runs now: whose function goes on if it recovers.
    pub owner: Deferred,
    /// Whether a deferred call recovered it.
    pub recovered: bool,
    /// Not a panic but `runtime.Goexit`.
    pub goexit: bool,
    /// Whether it came from a nil dereference.
    pub fault: bool,
}

/// What the engine keeps for a G besides its stack.
#[derive(Default)]
pub struct Records {
    /// Deferred calls, innermost last.
    pub defers: Vec<Deferred>,
    /// Their slots.
    pub slots: Vec<u64>,
    /// Panics, newest last.
    pub panics: Vec<Panic>,
    /// Texts of panics that nobody recovered, as far as they are known: see `interp/report.rs`.
    pub report: Vec<Option<String>>,
}

impl Records {
    /// Adds the newest deferred call.
    #[inline]
    pub fn push_deferred(&mut self, d: Deferred, slots: &[u64]) {
        let args = self.slots.len() as u32;
        self.slots.extend_from_slice(slots);
        self.defers.push(Deferred { args, ..d });
    }

    /// Adds a deferred call of a frame that is not the innermost: behind those of frames above it.
    pub fn insert_deferred(&mut self, d: Deferred, slots: &[u64]) {
        let i = self.defers.partition_point(|other| other.frame <= d.frame);
        let args = self
            .defers
            .get(i)
            .map_or(self.slots.len(), |next| next.args as usize);
        self.slots.splice(args..args, slots.iter().copied());
        for later in &mut self.defers[i..] {
            later.args += slots.len() as u32;
        }
        self.defers.insert(
            i,
            Deferred {
                args: args as u32,
                ..d
            },
        );
    }

    /// Takes the newest deferred call off the list and gives its slots to `with`.
    pub fn pop_deferred(&mut self, with: impl FnOnce(&[u64])) -> Option<Deferred> {
        let d = self.defers.pop()?;
        with(&self.slots[d.args as usize..]);
        self.slots.truncate(d.args as usize);
        Some(d)
    }

    /// Calls `visit` with every word that may be a heap pointer.
    pub fn visit(&self, visit: &mut dyn FnMut(u64)) {
        self.slots.iter().copied().for_each(&mut *visit);
        self.defers.iter().for_each(|d| visit(d.closure));
        self.panics.iter().for_each(|p| {
            visit(p.value.1);
            visit(p.owner.closure);
        });
    }

    /// Whether they are worth keeping for another G.
    pub fn is_small(&self) -> bool {
        self.defers.capacity() <= 32 && self.slots.capacity() <= 128
    }

    /// Empties them.
    pub fn clear(&mut self) {
        self.defers.clear();
        self.slots.clear();
        self.panics.clear();
        self.report.clear();
    }
}

impl Vm<'_> {
    /// The function whose code the return address `pc` lies behind.
    pub fn func_before(&self, pc: usize) -> &'static Func {
        self.prog
            .func_at(pc - 1)
            .expect("a return address lies in a function")
    }

    /// Stores where the G goes on.
    pub fn save(&self, pc: Pc, f: Frame) {
        frame::save(self.g, pc, f);
    }

    /// The G's records, if it has any.
    #[inline(always)]
    pub fn records(&self) -> Option<&Records> {
        frame::records(self.g)
    }

    /// The G's records.
    #[inline]
    pub fn records_mut(&mut self) -> &mut Records {
        frame::records_mut(self.g)
    }

    /// Counts one run of block `i` of statements.
    pub fn count_block(&self, i: u32) {
        if let Some(cover) = self.shared.prog.cover.get() {
            cover.hit(i);
        }
    }

    /// What maps of type `ty` have in common.
    #[inline]
    pub fn shape(&self, ty: u32) -> &'static Shape {
        self.shared.shape(ty)
    }

    /// Writes to standard error.
    pub fn print(&self, bytes: &[u8]) {
        self.shared.print_err(bytes);
    }
}
