//! The frame window and the program counter: the interpreter's two registers.
//!
//! ```text
//!   fp[0]  return pc: address of the caller's next instruction
//!   fp[1]  low 32: slots from the caller's fp to this one; high 32: flags (see `frame_flag`)
//!   fp[2]  the closure that was called; stale in functions without captures
//!   fp[3]… results, parameters (receiver first), locals, and on top the windows of calls
//! ```
//!
//! Frames lie on the G's stack one over the other, a callee's window beginning inside its caller's frame.
//! Nothing in a frame is an address of the stack, so a stack moves by copying; the interpreter keeps `fp`
//! itself as an address and stores it in the G as an offset whenever others may look.
//!
//! Why unchecked access holds: `bytecode::verify` checked every operand of a function against its frame size,
//! and a frame is entered only after its end was compared with the guard word, so every operand lies on the
//! stack of the G that runs.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use mgo_runtime::g::G;

use crate::bytecode::op::Op;
use crate::bytecode::program::FuncEntry;
use crate::machine::Records;
use crate::native::Pending;

/// What the upper half of `fp[1]` says.
pub mod frame_flag {
    /// The frame is that of a deferred call, made by the machinery of defer or panic.
    pub const DEFERRED: u32 = 1;
    /// It was called while panicking: returning from it goes on with the panic.
    pub const PANICKING: u32 = 2;
}

/// An instruction, by its address: operands are loaded one by one, which costs less than taking a word apart.
#[derive(Clone, Copy)]
pub struct Inst(*const u64);

impl Inst {
    /// Its opcode.
    #[inline(always)]
    pub fn op(self) -> Op {
        let n = self.quarter(0);
        debug_assert!(Op::from_u16(n).is_some(), "no opcode {n}");
        // SAFETY: `bytecode::verify` let pass only words whose low 16 bits are an opcode, and pc only
        // moves from instruction to instruction; `Op` is `repr(u16)` with consecutive values.
        unsafe { std::mem::transmute::<u16, Op>(n) }
    }

    /// Bits 16 * `i` and up.
    #[inline(always)]
    fn quarter(self, i: usize) -> u16 {
        // SAFETY: pc is the address of an instruction word; it is aligned, and code lives for ever. Words are
        // little-endian on all machines that this runs on.
        unsafe { self.0.cast::<u16>().add(i).read() }
    }

    /// Operand a.
    #[inline(always)]
    pub fn a(self) -> u16 {
        self.quarter(1)
    }

    /// Operand b.
    #[inline(always)]
    pub fn b(self) -> u16 {
        self.quarter(2)
    }

    /// Operand c.
    #[inline(always)]
    pub fn c(self) -> u16 {
        self.quarter(3)
    }

    /// Operand b as a signed immediate.
    #[inline(always)]
    pub fn ib(self) -> i64 {
        i64::from(self.b() as i16)
    }

    /// Operand c as a signed immediate.
    #[inline(always)]
    pub fn ic(self) -> i64 {
        i64::from(self.c() as i16)
    }

    /// Operand bc.
    #[inline(always)]
    pub fn bc(self) -> u32 {
        // SAFETY: as for `quarter`.
        unsafe { self.0.cast::<u32>().add(1).read() }
    }

    /// Operand bc as a signed immediate.
    #[inline(always)]
    pub fn ibc(self) -> i64 {
        i64::from(self.bc() as i32)
    }
}

/// The address of an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pc(*const u64);

impl Pc {
    /// The pc stored in `g`.
    #[inline(always)]
    pub fn of(g: &G) -> Pc {
        Pc(g.pc.get())
    }

    /// The code at address `at`, which is a function's.
    #[inline(always)]
    pub fn at(at: u64) -> Pc {
        Pc(at as *const u64)
    }

    /// As an address.
    #[inline(always)]
    pub fn address(self) -> usize {
        self.0 as usize
    }

    /// As a pointer, to be stored in a G.
    #[inline(always)]
    pub fn as_ptr(self) -> *const u64 {
        self.0
    }

    /// The instruction's first word.
    #[inline(always)]
    pub fn inst(self) -> Inst {
        Inst(self.0)
    }

    /// Operand a.
    #[inline(always)]
    pub fn a(self) -> u16 {
        self.inst().a()
    }

    /// Operand b.
    #[inline(always)]
    pub fn b(self) -> u16 {
        self.inst().b()
    }

    /// Operand c.
    #[inline(always)]
    pub fn c(self) -> u16 {
        self.inst().c()
    }

    /// Operand bc.
    #[inline(always)]
    pub fn bc(self) -> u32 {
        self.inst().bc()
    }

    /// Word `i` of the instruction.
    #[inline(always)]
    pub fn word(self, i: usize) -> u64 {
        // SAFETY: `verify` checked that every instruction has all its words, and code lives for ever.
        unsafe { self.0.add(i).read() }
    }

    /// First extra word.
    #[inline(always)]
    pub fn x(self) -> u64 {
        self.word(1)
    }

    /// Its low half.
    #[inline(always)]
    pub fn x_lo(self) -> u32 {
        self.x() as u32
    }

    /// Its high half.
    #[inline(always)]
    pub fn x_hi(self) -> u32 {
        (self.x() >> 32) as u32
    }

    /// Quarter `i` of the first extra word, lowest first.
    #[inline(always)]
    pub fn xq(self, i: u32) -> u16 {
        (self.x() >> (16 * i)) as u16
    }

    /// Second extra word.
    #[inline(always)]
    pub fn y(self) -> u64 {
        self.word(2)
    }

    /// Second extra word, which the interpreter uses as a cache: others may write it.
    #[inline(always)]
    pub fn cache(self) -> &'static AtomicU64 {
        // SAFETY: as for `word`; code is made of AtomicU64 and lives for ever.
        unsafe { AtomicU64::from_ptr(self.0.add(2).cast_mut()) }
    }

    /// The word `n` words on.
    #[inline(always)]
    pub fn skip(self, n: usize) -> Pc {
        // SAFETY: `verify` checked that no function runs off its end.
        unsafe { Pc(self.0.add(n)) }
    }

    /// The word `by` words from here.
    #[inline(always)]
    pub fn jump(self, by: i64) -> Pc {
        // SAFETY: `verify` checked that every jump lands on an instruction of the same function.
        unsafe { Pc(self.0.offset(by as isize)) }
    }
}

/// A frame on the stack of the running G.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame(*mut u64);

impl Frame {
    /// The frame stored in `g`.
    #[inline(always)]
    pub fn of(g: &G) -> Frame {
        // SAFETY: `G::fp` is an offset within its stack.
        unsafe { Frame(g.stack_lo.get().add(g.fp.get() as usize)) }
    }

    /// The frame at this offset from the start of `g`'s stack.
    #[inline(always)]
    pub fn at_offset(g: &G, offset: u32) -> Frame {
        debug_assert!((offset as usize) < g.stack_slots());
        // SAFETY: the offset is one that `offset` gave for a frame of this stack, which only grows while it is
        // in use.
        unsafe { Frame(g.stack_lo.get().add(offset as usize)) }
    }

    /// Its place as an offset in slots from the start of `g`'s stack.
    #[inline(always)]
    pub fn offset(self, g: &G) -> u32 {
        ((self.0 as usize - g.stack_lo.get() as usize) / 8) as u32
    }

    /// Its address.
    #[inline(always)]
    pub fn address(self) -> usize {
        self.0 as usize
    }

    /// Slot `i`.
    #[inline(always)]
    pub fn get(self, i: u16) -> u64 {
        // SAFETY: see the module's head.
        unsafe { self.0.add(i as usize).read() }
    }

    /// Sets slot `i`.
    #[inline(always)]
    pub fn set(self, i: u16, v: u64) {
        // SAFETY: see the module's head.
        unsafe { self.0.add(i as usize).write(v) }
    }

    /// Slot `i` as a signed integer.
    #[inline(always)]
    pub fn int(self, i: u16) -> i64 {
        self.get(i) as i64
    }

    /// Slot `i` as a float64.
    #[inline(always)]
    pub fn f64(self, i: u16) -> f64 {
        f64::from_bits(self.get(i))
    }

    /// Sets slot `i` to a float64.
    #[inline(always)]
    pub fn set_f64(self, i: u16, v: f64) {
        self.set(i, v.to_bits());
    }

    /// Slot `i` as a float32.
    #[inline(always)]
    pub fn f32(self, i: u16) -> f32 {
        f32::from_bits(self.get(i) as u32)
    }

    /// Sets slot `i` to a float32.
    #[inline(always)]
    pub fn set_f32(self, i: u16, v: f32) {
        self.set(i, u64::from(v.to_bits()));
    }

    /// The pair in slots `i` and `i + 1`.
    #[inline(always)]
    pub fn pair(self, i: u16) -> (u64, u64) {
        (self.get(i), self.get(i + 1))
    }

    /// Sets the pair in slots `i` and `i + 1`.
    #[inline(always)]
    pub fn set_pair(self, i: u16, (lo, hi): (u64, u64)) {
        self.set(i, lo);
        self.set(i + 1, hi);
    }

    /// The `n` slots from `i` on.
    #[inline(always)]
    pub fn slots<'a>(self, i: u16, n: usize) -> &'a [u64] {
        // SAFETY: see the module's head. The caller uses the slice before it writes to the frame or lets the
        // G go on, and only this G's M touches its stack while it runs.
        unsafe { std::slice::from_raw_parts(self.0.add(i as usize), n) }
    }

    /// The `n` slots from `i` on, to be written.
    #[inline(always)]
    pub fn slots_mut<'a>(self, i: u16, n: usize) -> &'a mut [u64] {
        // SAFETY: as for `slots`; the caller holds one such slice at a time.
        unsafe { std::slice::from_raw_parts_mut(self.0.add(i as usize), n) }
    }

    /// Copies `n` slots from `from` to `to`; they may overlap.
    #[inline(always)]
    pub fn copy(self, to: u16, from: u16, n: usize) {
        // SAFETY: see the module's head.
        unsafe { std::ptr::copy(self.0.add(from as usize), self.0.add(to as usize), n) }
    }

    /// The address of slot `i`, for channel operations, which copy from it before they return.
    #[inline(always)]
    pub fn slot_ptr(self, i: u16) -> *mut u64 {
        // SAFETY: see the module's head.
        unsafe { self.0.add(i as usize) }
    }

    /// The frame that begins at slot `i` of this one.
    #[inline(always)]
    pub fn window(self, i: u16) -> Frame {
        Frame(self.slot_ptr(i))
    }

    /// The address of the end of a frame of `n` slots that begins at slot `i` of this one.
    #[inline(always)]
    pub fn end_of(self, i: u16, n: u32) -> usize {
        self.0 as usize + (i as usize + n as usize) * 8
    }

    /// The caller's frame.
    #[inline(always)]
    pub fn caller(self) -> Frame {
        let delta = self.get(1) as u32;
        // SAFETY: slot 1 says how far below the caller's frame begins, on the same stack.
        unsafe { Frame(self.0.sub(delta as usize)) }
    }

    /// Where the caller goes on.
    #[inline(always)]
    pub fn return_pc(self) -> Pc {
        Pc(self.get(0) as *const u64)
    }

    /// Makes this the frame of a call that returns to `ret`, `delta` slots above its caller's.
    #[inline(always)]
    pub fn enter(self, ret: Pc, delta: u32, flags: u32) {
        self.set(0, ret.0 as u64);
        self.set(1, u64::from(delta) | u64::from(flags) << 32);
    }

    /// Its flags; see [`frame_flag`].
    #[inline(always)]
    pub fn flags(self) -> u32 {
        (self.get(1) >> 32) as u32
    }

    /// R[a] := op(R[b], R[c]).
    #[inline(always)]
    pub fn bin(self, i: Inst, op: impl Fn(u64, u64) -> u64) {
        self.set(i.a(), op(self.get(i.b()), self.get(i.c())));
    }

    /// R[a] := op(R[b], R[c]), signed.
    #[inline(always)]
    pub fn bin_i(self, i: Inst, op: impl Fn(i64, i64) -> i64) {
        self.set(i.a(), op(self.int(i.b()), self.int(i.c())) as u64);
    }

    /// R[a] := op(R[b], c), signed.
    #[inline(always)]
    pub fn bin_imm(self, i: Inst, op: impl Fn(i64, i64) -> i64) {
        self.set(i.a(), op(self.int(i.b()), i.ic()) as u64);
    }

    /// R[a] := op(R[b]).
    #[inline(always)]
    pub fn un(self, i: Inst, op: impl Fn(u64) -> u64) {
        self.set(i.a(), op(self.get(i.b())));
    }

    /// R[a] := op(R[b], R[c]), float64.
    #[inline(always)]
    pub fn bin_f64(self, i: Inst, op: impl Fn(f64, f64) -> f64) {
        self.set_f64(i.a(), op(self.f64(i.b()), self.f64(i.c())));
    }

    /// R[a] := op(R[b], R[c]), float32.
    #[inline(always)]
    pub fn bin_f32(self, i: Inst, op: impl Fn(f32, f32) -> f32) {
        self.set_f32(i.a(), op(self.f32(i.b()), self.f32(i.c())));
    }

    /// R[a] := whether op(R[b], R[c]), float64.
    #[inline(always)]
    pub fn cmp_f64(self, i: Inst, op: impl Fn(f64, f64) -> bool) {
        self.set(i.a(), u64::from(op(self.f64(i.b()), self.f64(i.c()))));
    }

    /// R[a] := whether op(R[b], R[c]), float32.
    #[inline(always)]
    pub fn cmp_f32(self, i: Inst, op: impl Fn(f32, f32) -> bool) {
        self.set(i.a(), u64::from(op(self.f32(i.b()), self.f32(i.c()))));
    }
}

/// Stores where `g` goes on.
#[inline(always)]
pub fn save(g: &G, pc: Pc, f: Frame) {
    g.pc.set(pc.0);
    g.fp.set(f.offset(g));
}

/// Leaves work for when `g` has a P again; nothing was left before.
pub fn set_pending(g: &G, p: Pending) {
    debug_assert!(g.engine[1].get() == 0);
    g.engine[1].set(Box::into_raw(Box::new(p)) as u64);
}

/// Takes the work that [`set_pending`] left.
#[inline(always)]
pub fn take_pending(g: &G) -> Option<Box<Pending>> {
    let at = g.engine[1].get();
    if at == 0 {
        return None;
    }
    g.engine[1].set(0);
    // SAFETY: `set_pending` stored a box's address, and only the M that runs `g` comes here.
    Some(unsafe { Box::from_raw(at as *mut Pending) })
}

/// The entry record that closure object `closure` (not nil) belongs to.
#[inline(always)]
pub fn closure_entry(closure: u64) -> &'static FuncEntry {
    debug_assert!(closure != 0);
    // SAFETY: a func value is the address of a closure object, whose first word is the address of its
    // function's entry record; these live for ever.
    unsafe { entry_at((*(closure as *const AtomicU64)).load(Relaxed)) }
}

/// The entry record at address `at`.
///
/// # Safety
/// `at` is the address of an entry record.
#[inline(always)]
unsafe fn entry_at(at: u64) -> &'static FuncEntry {
    // SAFETY: the caller says so; entry records are leaked.
    unsafe { &*(at as *const FuncEntry) }
}

/// The entry record whose address a method table or call cache gave.
#[inline(always)]
pub fn method_entry(at: u64) -> &'static FuncEntry {
    debug_assert!(at != 0);
    // SAFETY: method tables hold addresses of entry records and nothing else; caches are filled from them.
    unsafe { entry_at(at) }
}

/// What the engine keeps for `g` besides its stack, if it has made such records.
#[inline(always)]
pub fn records(g: &G) -> Option<&Records> {
    let at = g.engine[0].get();
    if at == 0 {
        return None;
    }
    // SAFETY: `records_mut` stored the address of a box, which `drop_records` takes away. Only the M that runs
    // `g` is here, or the collector while nobody runs it.
    Some(unsafe { &*(at as *const Records) })
}

/// The same to be changed, made if there are none. The caller runs `g`, and holds one such reference at a time.
#[inline]
pub fn records_mut<'a>(g: &G) -> &'a mut Records {
    if g.engine[0].get() == 0 {
        let fresh = RECORDS.with_borrow_mut(Vec::pop).unwrap_or_default();
        g.engine[0].set(Box::into_raw(fresh) as u64);
    }
    // SAFETY: as for `records`.
    unsafe { &mut *(g.engine[0].get() as *mut Records) }
}

thread_local! {
    /// Records of dead Gs: a program that defers in every goroutine allocates few.
    #[allow(clippy::vec_box, reason = "records keep their address, which Gs hold")]
    static RECORDS: RefCell<Vec<Box<Records>>> = const { RefCell::new(Vec::new()) };
}

/// Takes the records of a dead G away.
pub fn drop_records(g: &G) {
    let at = g.engine[0].replace(0);
    if at == 0 {
        return;
    }
    // SAFETY: as for `records`; the word that named the box is gone.
    let mut old = unsafe { Box::from_raw(at as *mut Records) };
    if old.is_small() {
        old.clear();
        RECORDS.with_borrow_mut(|pool| {
            if pool.len() < 64 {
                pool.push(old);
            }
        });
    }
}
