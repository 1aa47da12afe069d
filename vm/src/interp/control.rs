//! Control transfers off the hot path: safepoints, goroutine start and end, deferred calls, panics.
//!
//! Each function finds pc and frame of the G stored (pc behind the instruction, unless said otherwise) and
//! leaves there where to go on.
//!
//! A panic runs deferred calls one by one *on top of* the frame that panicked, so that a traceback still
//! shows it. Each such call returns to [`UNWIND`], whose handler looks whether it recovered the panic. If so,
//! the frames above the deferring function are dropped and that function goes on at its recover code, which runs
//! its remaining deferred calls and returns to its caller; else the next deferred call is made. Source: Go's
//! `runtime/panic.go` as it was before open-coded defers.
//!
//! A panic raised by a deferred call begins on top of the older one. If its unwinding passes the older one's
//! deferred call, the older panic is aborted: it is printed, but recovering the newer one drops it, too.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mgo_runtime::engine::Yield;
use mgo_runtime::g::G;
use mgo_runtime::preempt::SafepointKind;
use mgo_runtime::worker::Worker;

use crate::bytecode::op::{Op, abc};
use crate::bytecode::program::{Func, HEADER, func_flag};
use crate::frame::{Frame, Pc, closure_entry, frame_flag, save};
use crate::interp::Flow;
use crate::interp::report::{frame_of, report_pc, told, uncaught};
use crate::machine::{Deferred, Panic, Vm};
use crate::trap::Trap;

/// The number of the main goroutine, which is the first.
const MAIN: u64 = 1;

/// Where a goroutine's first function returns to.
static EXIT: [AtomicU64; 2] = [
    AtomicU64::new(abc(Op::Nop, 0, 0, 0)),
    AtomicU64::new(abc(Op::Exit, 0, 0, 0)),
];
/// Where a deferred call made by a panic returns to.
static UNWIND: [AtomicU64; 2] = [
    AtomicU64::new(abc(Op::Nop, 0, 0, 0)),
    AtomicU64::new(abc(Op::Unwind, 0, 0, 0)),
];

/// Where finalizers return to: the goroutine that calls them looks for the next one.
static FINALIZE: [AtomicU64; 2] = [
    AtomicU64::new(abc(Op::Nop, 0, 0, 0)),
    AtomicU64::new(abc(Op::Unwind, 0, 0, 0)),
];

fn finalize_pc() -> Pc {
    Pc::at(FINALIZE[1].as_ptr() as u64)
}

/// Starts the goroutine that calls finalizers, once.
pub(crate) fn start_finalizer(vm: &mut Vm<'_>) {
    if vm.shared.first_finalizer() {
        let g = vm.w.new_g();
        g.set_system();
        g.set_bubble(None);
        g.fp.set(0);
        let f = Frame::of(g);
        f.enter(exit_pc(), 0, 0);
        save(g, finalize_pc(), f);
        vm.w.spawn(g);
    }
}

/// Calls the next finalizer that is due, or waits for one. The frame has a header only.
fn finalize(vm: &mut Vm<'_>) -> Flow {
    let g = vm.g;
    let f = Frame::of(g);
    save(g, finalize_pc(), f);
    let Some(due) = vm.w.next_due(g) else {
        return Flow::Yield(Yield::Parked);
    };
    let [closure, results, ty, pointer] = due.action;
    let base = f.offset(g) + u32::from(HEADER);
    vm.ensure_stack(base + frame_of(closure));
    g.fp.set(base);
    let callee = Frame::of(g);
    callee.enter(finalize_pc(), HEADER.into(), 0);
    callee.set(2, closure);
    let arg = HEADER + results as u16;
    // The action keeps the pointer's distance from its object, not the object itself.
    let pointer = due.object as u64 + pointer;
    if ty == 0 {
        callee.set(arg, pointer);
    } else {
        callee.set_pair(arg, (ty, pointer));
    }
    save(
        g,
        Pc::at(closure_entry(closure).code.load(Relaxed) as u64),
        callee,
    );
    Flow::Go
}

/// The return address of a goroutine's first function.
pub(crate) fn exit_pc() -> Pc {
    Pc::at(EXIT[1].as_ptr() as u64)
}

/// The return address of deferred calls made by a panic.
pub(crate) fn unwind_pc() -> Pc {
    Pc::at(UNWIND[1].as_ptr() as u64)
}

/// Slow path of a function entry that needs `needed` slots from the frame's beginning: the frame would not
/// fit, or a request is pending. pc is that of the call, which is tried again.
#[cold]
#[inline(never)]
pub(crate) fn entry(vm: &mut Vm<'_>, needed: u32) -> Flow {
    let g = vm.g;
    if g.is_poisoned() {
        return safepoint(vm, SafepointKind::Entry);
    }
    match vm.w.grow_stack(g, (g.fp.get() + needed) as usize) {
        Ok(()) => Flow::Go,
        Err(overflow) => {
            if vm.shared.live.is_some() {
                let limit = overflow.limit;
                let prelude = format!("runtime: goroutine stack exceeds {limit}-byte limit\n");
                return die(vm, &format!("{prelude}fatal error: stack overflow\n"));
            }
            vm.w.rt().stack_overflow(g, overflow.limit)
        }
    }
}

/// A request is in the guard word.
fn safepoint(vm: &mut Vm<'_>, kind: SafepointKind) -> Flow {
    let y = vm.w.safepoint(vm.g, kind);
    if vm.shared.live.is_some_and(|live| live.must_die(vm.g)) {
        return kill(vm);
    }
    y.map_or(Flow::Go, Flow::Yield)
}

/// The G is doomed: unwinds it as by Goexit. pc is that of the instruction to be executed next, or behind one that
/// parked.
pub(crate) fn kill(vm: &mut Vm<'_>) -> Flow {
    let at = Pc::of(vm.g).address();
    // An instruction that nothing follows may have parked.
    let next = if vm.prog.func_at(at).is_some() { at + 8 } else { at };
    if vm.prog.func_at(next - 1).is_none() {
        // In the machinery of a panic: at the next safepoint.
        return Flow::Go;
    }
    if let Some(live) = vm.shared.live {
        live.kill_begins(vm.g);
    }
    vm.g.pc.set(Pc::at(next as u64).as_ptr());
    goexit(vm)
}

/// What Go calls a fatal error, which nothing recovers: the end of the program, or of the G if the program lives on.
#[cold]
pub(crate) fn fatal(vm: &mut Vm<'_>, text: &str) -> Flow {
    if vm.shared.live.is_some() {
        return die(vm, &format!("fatal error: {text}\n"));
    }
    vm.w.rt().fatal(Some(vm.g), text)
}

/// Reports `message` and the G's frames; it dies without unwinding, and the program lives on.
#[cold]
pub(crate) fn die(vm: &mut Vm<'_>, message: &str) -> Flow {
    let mut out = message.to_owned();
    mgo_runtime::traceback::dump(vm.w.rt(), Some(vm.g), false, &mut out);
    vm.print(out.as_bytes());
    if let Some(live) = vm.shared.live {
        live.panicked(vm.g);
    }
    vm.records_mut().clear();
    Flow::Yield(Yield::Dead)
}

/// Slow path of a back-edge; pc is that of the loop's head.
#[cold]
#[inline(never)]
pub(crate) fn back_edge(vm: &mut Vm<'_>) -> Flow {
    safepoint(vm, SafepointKind::BackEdge)
}

/// The goroutine's function has returned.
pub(crate) fn exit(vm: &mut Vm<'_>) -> Flow {
    // No frame is left for anyone to look at.
    vm.g.pc.set(std::ptr::null());
    Flow::Yield(if vm.g.id() == MAIN && vm.shared.live.is_none() {
        Yield::Exit(0)
    } else {
        Yield::Dead
    })
}

/// `go`: a goroutine that calls func value R[c] with the slots R[a+3..a+3+b].
pub(crate) fn go(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let f = Frame::of(vm.g);
    let closure = f.get(at.c());
    if closure == 0 {
        return fatal(vm, "go of nil func value");
    }
    let slots = f.slots(at.a() + HEADER, at.b().into());
    let g = new_goroutine(vm.w, closure, slots);
    g.set_created_pc(at.address() as u64 + 8);
    vm.w.spawn(g);
    Flow::Go
}

/// A G, not yet started, whose first frame calls `closure` with these slots (results and arguments).
pub(crate) fn new_goroutine(w: &mut Worker, closure: u64, slots: &[u64]) -> &'static G {
    let entry = closure_entry(closure);
    let g = w.new_g();
    let frame = entry.frame.load(Relaxed);
    g.fp.set(0);
    if frame as usize + 1 > g.stack_slots() {
        grow_new(w, g, frame);
    }
    let f = Frame::of(g);
    f.enter(exit_pc(), 0, 0);
    f.set(2, closure);
    f.slots_mut(HEADER, slots.len()).copy_from_slice(slots);
    save(g, Pc::at(entry.code.load(Relaxed) as u64), f);
    g
}

#[cold]
fn grow_new(w: &mut Worker, g: &'static G, frame: u32) {
    if let Err(overflow) = w.grow_stack(g, frame as usize) {
        w.rt().stack_overflow(w.g(), overflow.limit);
    }
}

impl Vm<'_> {
    /// Whether frame `f` has deferred calls that have not run.
    #[inline]
    pub(crate) fn has_defers(&self, f: Frame) -> bool {
        let offset = f.offset(self.g);
        self.records()
            .is_some_and(|r| r.defers.last().is_some_and(|d| d.frame == offset))
    }

    /// Makes the newest deferred call in a frame `base` slots from the stack's beginning, which returns to
    /// `ret`. The caller has made sure that it fits.
    fn call_deferred(&mut self, base: u32, caller: u32, ret: Pc, flags: u32) {
        let g = self.g;
        g.fp.set(base);
        let f = Frame::of(g);
        let d = self
            .records_mut()
            .pop_deferred(|slots| f.slots_mut(HEADER, slots.len()).copy_from_slice(slots));
        let d = d.expect("the caller saw one");
        f.enter(ret, base - caller, flags);
        f.set(2, d.closure);
        save(g, Pc::at(closure_entry(d.closure).code.load(Relaxed) as u64), f);
    }

    /// Makes sure that the current G's stack has a frame that ends `end` slots from its beginning.
    pub(crate) fn ensure_stack(&mut self, end: u32) {
        let end = end as usize;
        if end + 1 > self.g.stack_slots()
            && let Err(overflow) = self.w.grow_stack(self.g, end)
        {
            self.w.rt().stack_overflow(self.g, overflow.limit);
        }
    }
}

/// `defer`: a call of func value R[c] with the slots R[a+3..a+3+b].
pub(crate) fn defer(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let f = Frame::of(vm.g);
    let d = Deferred {
        frame: f.offset(vm.g),
        window: at.a(),
        closure: f.get(at.c()),
        args: 0,
        pc: at.address() + 8,
    };
    vm.records_mut()
        .push_deferred(d, f.slots(at.a() + HEADER, at.b().into()));
    Flow::Go
}

/// `defer` in the body of a range over a function: on behalf of the frame around it, with token R[x].
pub(crate) fn defer_at(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let f = Frame::of(vm.g);
    let frame = f.get(at.xq(0)) as u32;
    // The call's window lies past the end of that frame, whose size is that of its function.
    let Some(pc) = return_into(vm, f, frame) else {
        mgo_runtime::throw!("a deferred call for no frame")
    };
    let window = vm.func_before(pc).frame;
    let d = Deferred {
        frame,
        window,
        closure: f.get(at.c()),
        args: 0,
        pc,
    };
    vm.records_mut()
        .insert_deferred(d, f.slots(at.a() + HEADER, at.b().into()));
    Flow::Go
}

/// The address to which a callee of the frame at offset `target` returns; `f` is above it.
fn return_into(vm: &Vm<'_>, f: Frame, target: u32) -> Option<usize> {
    let mut f = f;
    while f.offset(vm.g) > target {
        let ret = f.return_pc();
        f = f.caller();
        if f.offset(vm.g) == target {
            return Some(ret.address());
        }
    }
    None
}

/// Makes the newest deferred call of the current frame, which has one; it returns to this instruction. pc is
/// that of the instruction itself.
pub(crate) fn run_defers(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let g = vm.g;
    let f = Frame::of(g);
    let Some(d) = vm.records().and_then(|r| r.defers.last().copied()) else {
        return Flow::Go;
    };
    if d.closure == 0 {
        vm.records_mut().pop_deferred(|_| ());
        return raise(vm, Trap::NIL_DEREF);
    }
    let needed = frame_of(d.closure);
    if f.end_of(d.window, needed) > g.guard.load(Relaxed) {
        return entry(vm, u32::from(d.window) + needed);
    }
    let here = f.offset(g);
    vm.call_deferred(here + u32::from(d.window), here, at, frame_flag::DEFERRED);
    Flow::Go
}

/// Starts a run-time panic.
#[cold]
#[inline(never)]
pub(crate) fn raise(vm: &mut Vm<'_>, trap: Trap) -> Flow {
    let trap = if trap == Trap::NIL_DEREF {
        nil_receiver(vm).unwrap_or(trap)
    } else {
        trap
    };
    let value = match trap.value(vm) {
        Ok(value) => value,
        Err(text) => return fatal(vm, &text),
    };
    start_panic(
        vm,
        value,
        Start {
            fault: trap == Trap::NIL_DEREF,
            goexit: false,
        },
    )
}

/// The trap of a method with a value receiver that was called through a nil pointer.
fn nil_receiver(vm: &Vm<'_>) -> Option<Trap> {
    let func = vm.func_before(Pc::of(vm.g).address());
    let receiver = HEADER + func.results;
    if func.flags & func_flag::BY_ADDRESS == 0 || Frame::of(vm.g).get(receiver) != 0 {
        return None;
    }
    let (of, _) = func.name.rsplit_once('.')?;
    let name = of.rsplit_once('.').map_or(of, |(_, name)| name);
    Some(Trap::plain(format!(
        "value method {} called using nil *{name} pointer",
        func.name
    )))
}

/// `panic(P[a])`.
pub(crate) fn panic(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let value = Frame::of(vm.g).pair(at.a());
    let value = if value.0 == 0 {
        Trap::PANIC_NIL.value(vm).unwrap_or(value)
    } else {
        value
    };
    start_panic(vm, value, Start::default())
}

/// `runtime.Goexit`.
pub(crate) fn goexit(vm: &mut Vm<'_>) -> Flow {
    start_panic(
        vm,
        (0, 0),
        Start {
            goexit: true,
            fault: false,
        },
    )
}

/// What a panic is besides its value.
#[derive(Clone, Copy, Default)]
struct Start {
    fault: bool,
    goexit: bool,
}

/// Begins to unwind the G from its stored pc and frame.
fn start_panic(vm: &mut Vm<'_>, value: (u64, u64), Start { fault, goexit }: Start) -> Flow {
    let (pc, frame) = (Pc::of(vm.g).address(), vm.g.fp.get());
    let owner = Deferred {
        frame,
        window: 0,
        closure: 0,
        args: 0,
        pc,
    };
    let p = Panic {
        value,
        pc,
        frame,
        deferred: u32::MAX,
        owner,
        recovered: false,
        goexit,
        fault,
    };
    vm.records_mut().panics.push(p);
    unwind(vm)
}

/// Makes the next deferred call of the newest panic; without any the goroutine, or the program, ends.
fn unwind(vm: &mut Vm<'_>) -> Flow {
    let g = vm.g;
    let (Some(p), next) = vm.records().map_or((None, None), |r| {
        (r.panics.last().copied(), r.defers.last().copied())
    }) else {
        mgo_runtime::throw!("unwinding without a panic")
    };
    let Some(d) = next else {
        if p.goexit {
            vm.records_mut().panics.clear();
            return Flow::Yield(Yield::Dead);
        }
        g.pc.set(Pc::at(p.pc as u64).as_ptr());
        g.fp.set(p.frame);
        return uncaught(vm);
    };
    if d.closure == 0 {
        vm.records_mut().pop_deferred(|_| ());
        return raise(vm, Trap::NIL_DEREF);
    }
    // On top of the frame that panicked; it may itself be at the very end of what was checked.
    let base = p.frame + u32::from(vm.func_before(p.pc).frame);
    let needed = frame_of(d.closure);
    let end = base + needed;
    g.pc.set(Pc::at(p.pc as u64).as_ptr());
    g.fp.set(p.frame);
    vm.ensure_stack(end);
    let newest = vm.records_mut().panics.last_mut().expect("seen above");
    newest.deferred = base;
    newest.owner = d;
    vm.call_deferred(
        base,
        p.frame,
        unwind_pc(),
        frame_flag::DEFERRED | frame_flag::PANICKING,
    );
    Flow::Go
}

/// A call made by the machinery has returned: a deferred call of the newest panic, or a method that told the
/// text of one.
pub(crate) fn unwind_next(vm: &mut Vm<'_>, at: Pc) -> Flow {
    if at == report_pc() {
        return told(vm);
    }
    if at == finalize_pc() {
        return finalize(vm);
    }
    let g = vm.g;
    let Some(p) = vm.records().and_then(|r| r.panics.last().copied()) else {
        mgo_runtime::throw!("a deferred call returned to no panic")
    };
    if !p.recovered {
        return unwind(vm);
    }
    // Panics whose deferred calls lie above the function that goes on are over; a Goexit among them is not.
    let target = p.owner.frame;
    let records = vm.records_mut();
    records.panics.pop();
    let mut exiting = None;
    while let Some(older) = records.panics.last().copied() {
        if older.deferred == u32::MAX || older.deferred <= target {
            break;
        }
        records.panics.pop();
        if older.goexit {
            exiting = Some(older);
        }
    }
    let func = vm.func_before(p.owner.pc);
    g.fp.set(target);
    if let Some(exit) = exiting {
        g.pc.set(Pc::at(exit.pc as u64).as_ptr());
        let owner = p.owner;
        let again = Panic {
            deferred: u32::MAX,
            frame: target,
            pc: owner.pc,
            owner,
            ..exit
        };
        vm.records_mut().panics.push(again);
        return unwind(vm);
    }
    let resume = func.recover.expect("a function with defer has recover code");
    g.pc.set(Pc::at(func.start() as u64 + u64::from(resume) * 8).as_ptr());
    Flow::Go
}

/// `P[a] := recover()`: the newest panic's value, if the caller is the deferred call that it runs.
pub(crate) fn recover(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let g = vm.g;
    let f = Frame::of(g);
    let func = vm.func_before(Pc::of(g).address());
    let caller = if func.flags & func_flag::WRAPPER == 0 {
        deferred_frame(vm, f, func)
    } else {
        // `defer recover()`: as if called by who runs its deferred calls, unless that is a panic.
        let ret = f.return_pc();
        if is_stub(ret) {
            f.set_pair(at.a(), (0, 0));
            return Flow::Go;
        }
        deferred_frame(vm, f.caller(), vm.func_before(ret.address()))
    };
    let newest = vm.records_mut().panics.last_mut();
    let value = match newest {
        Some(p) if !p.goexit && !p.recovered && p.deferred == caller => {
            p.recovered = true;
            p.value
        }
        _ => (0, 0),
    };
    f.set_pair(at.a(), value);
    Flow::Go
}

/// The frame that counts as the one that calls recover: `f` itself, or of a range-over-func body the function
/// around it, or the wrappers that called it.
fn deferred_frame(vm: &Vm<'_>, f: Frame, func: &Func) -> u32 {
    let (mut f, mut func) = (f, func);
    while func.flags & func_flag::BODY != 0 {
        let around = func.name.rsplit_once("-range").map_or("", |(outer, _)| outer);
        while &*func.name != around {
            let ret = f.return_pc();
            if is_stub(ret) {
                return f.offset(vm.g);
            }
            func = vm.func_before(ret.address());
            f = f.caller();
        }
    }
    loop {
        let ret = f.return_pc();
        if is_stub(ret) || f.flags() & frame_flag::DEFERRED != 0 {
            return f.offset(vm.g);
        }
        if vm.func_before(ret.address()).flags & func_flag::WRAPPER == 0 {
            return f.offset(vm.g);
        }
        f = f.caller();
    }
}

/// Whether a frame that returns to `ret` was called by the machinery.
fn is_stub(ret: Pc) -> bool {
    ret == unwind_pc() || ret == exit_pc() || ret == report_pc() || ret == finalize_pc()
}
