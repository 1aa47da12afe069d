//! The engine: bytecode as the scheduler sees it, and how a program starts.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use mgo_runtime::engine::{Engine, FrameInfo, Yield};
use mgo_runtime::g::{G, Status, WAKE_AGAIN, WAKE_CANCELLED, WAKE_OK};
use mgo_runtime::timer::TimerId;
use mgo_runtime::worker::Worker;
use mgo_runtime::{Config, Runtime};

use crate::bytecode::program::{Func, FuncEntry, Program, Table, func_flag};
use crate::bytecode::stackmap::StackMap;
use crate::frame::{self, Frame};
use crate::interp::channels::woken;
use crate::interp::control::{exit_pc, kill, unwind_pc};
use crate::interp::{Flow, report_pc, run};
use crate::live::Live;
use crate::machine::Vm;
use crate::native::{NativeFn, drop_dead_timers, finish_pending, visit_timer_channels, visit_timers};
use crate::value::map::Shape;

/// Where a program's own output to standard error goes, if not there.
pub type Sink = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// What all goroutines of a program share.
pub struct Shared {
    /// The program.
    pub prog: &'static Program,
    /// Its natives, by number.
    pub natives: Vec<NativeFn>,
    /// When the program began, on the machine's clock.
    start: i64,
    has_finalizer: AtomicBool,
    stderr: Option<Sink>,
    /// Set if the program lives on when a goroutine comes to grief.
    pub(crate) live: Option<&'static Live>,
    shapes: Table<Shape>,
    new_shape: Mutex<()>,
}

impl Shared {
    /// What goroutines of `prog` share; it lives as long as the process, like its code. `natives` are in the
    /// order of the numbers that the code has for them; what `print` and the like write goes to `stderr`, if
    /// that is given, instead of standard error.
    pub fn new(prog: Arc<Program>, natives: Vec<NativeFn>, stderr: Option<Sink>) -> &'static Shared {
        Shared::make(prog, natives, stderr, None)
    }

    /// The same of a program for a [`crate::live::Machine`].
    pub fn new_live(
        prog: Arc<Program>,
        natives: Vec<NativeFn>,
        stderr: Option<Sink>,
        live: Live,
    ) -> &'static Shared {
        Shared::make(prog, natives, stderr, Some(Box::leak(Box::new(live))))
    }

    fn make(
        prog: Arc<Program>,
        natives: Vec<NativeFn>,
        stderr: Option<Sink>,
        live: Option<&'static Live>,
    ) -> &'static Shared {
        let prog: &'static Arc<Program> = Box::leak(Box::new(prog));
        Box::leak(Box::new(Shared {
            prog,
            natives,
            start: mgo_runtime::os::thread::nanotime(),
            has_finalizer: AtomicBool::new(false),
            stderr,
            live,
            shapes: Table::new(),
            new_shape: Mutex::new(()),
        }))
    }

    /// What maps of type `ty` have in common.
    #[inline]
    pub fn shape(&self, ty: u32) -> &'static Shape {
        // A shape lives as long as the program, which is leaked with what it shares.
        match self.shapes.get(ty) {
            Some(shape) => shape.itself(),
            None => self.make_shape(ty),
        }
    }

    #[cold]
    fn make_shape(&self, ty: u32) -> &'static Shape {
        let _guard = self.new_shape.lock().unwrap_or_else(|e| e.into_inner());
        let shape = match self.shapes.get(ty) {
            Some(shape) => shape,
            None => self.shapes.fill(ty, Shape::new(self.prog, &self.prog.types[ty])),
        };
        shape.itself()
    }

    /// Whether no finalizer has been set before.
    pub(crate) fn first_finalizer(&self) -> bool {
        !self.has_finalizer.swap(true, Relaxed)
    }

    /// When the program began, on the machine's clock.
    pub fn start_time(&self) -> i64 {
        self.start
    }

    /// Writes to standard error.
    pub fn print_err(&self, bytes: &[u8]) {
        match &self.stderr {
            Some(sink) => sink(bytes),
            // A program whose standard error is gone has nobody to tell.
            None => drop(std::io::stderr().write_all(bytes)),
        }
    }
}

/// The engine of one program.
pub(crate) struct Interpreter(pub(crate) &'static Shared);

/// Runs a program from the function of `entry`, which takes and returns nothing; the exit status. May be called
/// again after it has returned, for another program.
pub fn run_program(shared: &'static Shared, entry: &'static FuncEntry, config: Config) -> i32 {
    shared.prog.globals.fix(0);
    Runtime::run(Arc::new(Interpreter(shared)), config, move |w| {
        let closure = entry.address() as u64;
        shared.start(w, closure)
    })
}

impl Shared {
    /// A G that will call `closure`, a function without parameters; made in the scheduler.
    pub(crate) fn start(&'static self, w: &mut Worker, closure: u64) -> &'static G {
        crate::interp::control::new_goroutine(w, closure, &[])
    }

    fn vm<'w>(&'static self, w: &'w mut Worker, g: &'static G) -> Vm<'w> {
        let globals = self.prog.globals.base() as u64;
        Vm {
            w,
            g,
            prog: self.prog,
            globals,
            shared: self,
        }
    }
}

impl Engine for Interpreter {
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield {
        let vm = &mut self.0.vm(w, g);
        if g.engine[1].get() != 0
            && let Flow::Yield(y) = finish_pending(vm)
        {
            return y;
        }
        if g.wake.get() != WAKE_OK
            && let Flow::Yield(y) = woken(vm)
        {
            return y;
        }
        match self.0.live {
            Some(live) => resume_live(vm, live),
            None => run(vm),
        }
    }

    fn visit_g_roots(&self, g: &G, visit: &mut dyn FnMut(u64)) {
        if let Some(records) = frame::records(g) {
            records.visit(visit);
        }
        // What lies beyond the base of the frame above belongs to that one.
        let mut above = u32::MAX;
        walk(self.0.prog, g, |at| {
            let offset = at.frame.offset(g);
            let end = u32::from(at.func.frame).min(above.saturating_sub(offset));
            above = offset;
            for (i, &bits) in at.map.pointers(self.0.prog).iter().enumerate() {
                let mut bits = bits;
                while bits != 0 {
                    let slot = i as u16 * 64 + bits.trailing_zeros() as u16;
                    bits &= bits - 1;
                    if u32::from(slot) < end {
                        visit(at.frame.get(slot));
                    }
                }
            }
        });
    }

    fn visit_global_roots(&self, visit: &mut dyn FnMut(u64)) {
        self.0.prog.globals.visit(visit);
        visit_timers(self.0, visit);
    }

    fn visit_weak_roots(&self, visit: &mut dyn FnMut(u64)) {
        visit_timer_channels(self.0, visit);
    }

    fn drop_dead_roots(&self, is_live: &dyn Fn(u64) -> bool, done: &mut dyn FnMut(TimerId)) {
        drop_dead_timers(self.0, is_live, done);
    }

    fn frames(&self, g: &G, visit: &mut dyn FnMut(FrameInfo)) {
        walk(self.0.prog, g, |at| {
            if at.after_panic {
                visit(panic_info("panic"));
            }
            if at.func.flags & func_flag::WRAPPER == 0 {
                inlined_frames(self.0.prog, at.func, at.pc, visit);
                visit(frame_info(self.0.prog, at.func, at.pc));
            }
        });
    }

    fn end_frames(&self, g: &G, keep: usize, visit: &mut dyn FnMut(FrameInfo)) -> usize {
        let mut n = 0;
        walk(self.0.prog, g, |_| n += 1);
        if n <= 2 * keep {
            self.frames(g, visit);
            return 0;
        }
        let mut i = 0;
        walk(self.0.prog, g, |at| {
            if (i < keep || i >= n - keep) && at.func.flags & func_flag::WRAPPER == 0 {
                inlined_frames(self.0.prog, at.func, at.pc, visit);
                visit(frame_info(self.0.prog, at.func, at.pc));
            }
            i += 1;
        });
        n - 2 * keep
    }

    fn created_by(&self, g: &G) -> Option<FrameInfo> {
        let pc = (g.created_pc() as usize).checked_sub(1)?;
        let func = self.0.prog.func_at(pc)?;
        Some(frame_info(self.0.prog, func, pc))
    }

    fn stack_used(&self, g: &G) -> usize {
        stack_used(self.0.prog, g)
    }

    fn on_dead(&self, g: &G) {
        frame::drop_records(g);
        if let Some(live) = self.0.live {
            live.gone(g);
        }
    }
}

/// Runs the G of a program that lives on after it.
fn resume_live(vm: &mut Vm<'_>, live: &Live) -> Yield {
    if live.must_die(vm.g)
        && let Flow::Yield(y) = kill(vm)
    {
        return y;
    }
    match run(vm) {
        Yield::Exit(status) => {
            live.exited(vm.g, status);
            Yield::Dead
        }
        y => y,
    }
}

/// A frame found by [`walk`].
struct Place<'p> {
    func: &'p Func,
    map: &'p StackMap,
    frame: Frame,
    /// An address within the instruction that it executes.
    pc: usize,
    /// Whether a panic's deferred call is on top of it.
    after_panic: bool,
}

/// Calls `visit` with the frames of `g`, innermost first.
fn walk<'p>(prog: &'p Program, g: &G, mut visit: impl FnMut(Place<'p>)) {
    walk_while(prog, g, |at| {
        visit(at);
        true
    });
}

/// Calls `visit` with the frames of `g`, innermost first, as long as it says so; whether it did to the end.
fn walk_while<'p>(prog: &'p Program, g: &G, mut visit: impl FnMut(Place<'p>) -> bool) -> bool {
    let start = g.pc.get() as usize;
    if start == 0 || g.stack_lo.get().is_null() {
        return true;
    }
    let maps = &prog.stack_maps;
    let mut frame = Frame::of(g);
    // A G that waits or runs has its pc behind the instruction; one that was preempted goes on at its pc. One that was
    // woken for a lock, or in vain, is still in the midst of the instruction.
    let behind = !matches!(g.status(), Status::Runnable | Status::Preempted | Status::Idle)
        || matches!(g.wake.get(), WAKE_AGAIN | WAKE_CANCELLED);
    let mut map = if behind {
        maps.behind(prog, start)
    } else {
        maps.within(prog, start)
    };
    let mut after_panic = false;
    while let Some(at) = map {
        let go_on = visit(Place {
            func: at.func(prog),
            map: at,
            frame,
            pc: at.pc,
            after_panic,
        });
        if !go_on {
            return false;
        }
        let ret = frame.return_pc();
        if ret == exit_pc() {
            return true;
        }
        frame = frame.caller();
        after_panic = ret == unwind_pc() || ret == report_pc();
        map = if after_panic {
            let offset = frame.offset(g);
            let panics = frame::records(g).map_or(&[][..], |r| &r.panics);
            let Some(p) = panics.iter().rev().find(|p| p.frame == offset) else {
                return true;
            };
            maps.within(prog, p.pc - 1)
        } else {
            maps.behind(prog, ret.address())
        };
    }
    true
}

/// The calls of `g`, whose state is stored, innermost first, as words for [`caller_info`]; wrappers, and
/// functions that only call a native, left out.
pub(crate) fn callers(prog: &Program, g: &G, most: usize) -> Vec<u64> {
    let (mut found, all) = calls(prog, g, func_flag::WRAPPER | func_flag::NATIVE, most);
    if !all {
        return found;
    }
    found.push(exit_pc().address() as u64);
    found
}

/// The calls of `g` as in [`callers`], but for those of functions that have one of the flags `hidden`:
/// `most` and a few more, and whether these are all.
pub(crate) fn calls(prog: &Program, g: &G, hidden: u32, most: usize) -> (Vec<u64>, bool) {
    let mut found = Vec::new();
    let all = walk_while(prog, g, |at| {
        if at.after_panic {
            found.push(unwind_pc().address() as u64);
        }
        if at.func.flags & hidden == 0 || &*at.func.name == "runtime.main" {
            let word = at.func.word_at(at.pc);
            let pc = at.pc as u64 + 1;
            let inlined = at.func.inlined_at(word).count() as u64;
            found.extend((1..=inlined).map(|depth| pc | depth << DEPTH_SHIFT));
            found.push(pc);
        }
        found.len() < most
    });
    (found, all)
}

/// Slots of `g`'s stack that are in use.
pub(crate) fn stack_used(prog: &Program, g: &G) -> usize {
    let mut end = 0;
    walk(prog, g, |at| {
        end = end.max(at.frame.offset(g) as usize + usize::from(at.func.frame))
    });
    end
}

/// What a traceback shows for the machinery of panics.
fn panic_info(func: &str) -> FrameInfo {
    machine_info(func, "runtime/panic.go")
}

/// What a traceback shows for what is no code of the program's.
fn machine_info(func: &str, file: &str) -> FrameInfo {
    FrameInfo {
        func: func.to_owned(),
        file: file.to_owned(),
        line: 1,
        offset: 0,
    }
}

/// What `runtime.CallersFrames` shows of a word that [`callers`] gave, and the function's address.
pub(crate) fn caller_info(prog: &Program, word: u64) -> Option<(FrameInfo, u64)> {
    let (depth, pc) = (
        (word >> DEPTH_SHIFT) as usize,
        (word & ((1 << DEPTH_SHIFT) - 1)) as usize,
    );
    if pc == unwind_pc().address() {
        return Some((panic_info("runtime.gopanic"), pc as u64));
    }
    if pc == exit_pc().address() {
        return Some((machine_info("runtime.goexit", "runtime/asm_amd64.s"), pc as u64));
    }
    let func = prog.func_at(pc.checked_sub(1)?)?;
    let mut frames = Vec::new();
    inlined_frames(prog, func, pc - 1, &mut |frame| frames.push(frame));
    let info = match depth.checked_sub(1) {
        Some(i) => frames.into_iter().nth(i)?,
        None => frame_info(prog, func, pc - 1),
    };
    Some((info, func.start() as u64))
}

/// Where, in a word of [`callers`], the number of an inlined call stands.
const DEPTH_SHIFT: u32 = 48;

/// Shows `visit` the calls inlined at `pc`, innermost first.
fn inlined_frames(prog: &Program, func: &Func, pc: usize, visit: &mut dyn FnMut(FrameInfo)) {
    let word = func.word_at(pc);
    let mut pos = func.pos_at(word);
    for l in func.inlined_at(word) {
        let (file, line) = prog.locate(pos).unwrap_or_else(|| ("?".into(), 0));
        let offset = (pc + 1 - func.start()) as u32;
        visit(FrameInfo {
            func: l.name.to_string(),
            file: file.to_string(),
            line,
            offset,
        });
        pos = l.pos;
    }
}

/// What a traceback shows of the call at `pc`: of the function itself, not of calls inlined in it.
pub(crate) fn frame_info(prog: &Program, func: &Func, pc: usize) -> FrameInfo {
    let word = func.word_at(pc);
    let pos = func
        .inlined_at(word)
        .last()
        .map_or_else(|| func.pos_at(word), |l| l.pos);
    let (file, line) = prog.locate(pos).unwrap_or_else(|| ("runtime/proc.go".into(), 1));
    FrameInfo {
        func: func.name.to_string(),
        file: file.to_string(),
        line,
        offset: (pc + 1 - func.start()) as u32,
    }
}
