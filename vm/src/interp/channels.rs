//! Channel instructions. What may park stores pc and frame first: when the G goes on, the instruction is
//! complete, the value and the chosen case being in the frame already.

use mgo_runtime::chan::{self, Chan, ChanOp, ChanRef, CloseError, TryOp};
use mgo_runtime::engine::Yield;
use mgo_runtime::g::{G, WAKE_AGAIN, WAKE_CANCELLED, WAKE_CLOSED, WAKE_OK};
use mgo_runtime::sched::park::WaitReason;
use mgo_runtime::select::{self, Dir, SelectCase, SelectOp};
use mgo_runtime::sudog::NO_SLOT;
use smallvec::SmallVec;

use crate::bytecode::op::NONE;
use crate::bytecode::program::RType;
use crate::frame::{Frame, Pc};
use crate::interp::Flow;
use crate::interp::control::raise;
use crate::interp::locks;
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::alloc::zero_block;

/// The largest channel buffer in bytes, as Go's allocator has it.
const MAX_BUFFER: u64 = 1 << 47;

/// The channel that a word of channel type names.
#[inline(always)]
pub(crate) fn chan_of(word: u64) -> ChanRef {
    ChanRef(word as *mut Chan)
}

/// `R[a] := make(chan of type x, R[b])`.
pub(crate) fn op_make_chan(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let cap = if at.b() == NONE { 0 } else { f.get(at.b()) };
    let c = make_chan(vm, &vm.prog.types[at.x_lo()], cap)?;
    f.set(at.a(), c);
    Ok(())
}

/// A channel of type `t`; its address.
pub(crate) fn make_chan(vm: &mut Vm<'_>, t: &RType, cap: u64) -> Result<u64, Trap> {
    let elem = &vm.prog.types[t.elem];
    let bytes = cap.checked_mul(u64::from(elem.slots).max(1) * 8);
    if (cap as i64) < 0 || bytes.is_none_or(|n| n > MAX_BUFFER) {
        return Err(Trap::MAKE_CHAN);
    }
    let c = chan::make(vm.w, elem.slots.into(), elem.slot_layout, cap as usize);
    if elem.large {
        chan::set_zero(c, zero_block(elem.size));
    }
    if let Some(b) = vm.g.bubble() {
        chan::set_bubble(c, b.tag());
    }
    Ok(c.0 as u64)
}

/// `R[a] := len(R[b])`.
pub(crate) fn op_chan_len(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    f.set(at.a(), chan::len(chan_of(f.get(at.b()))) as u64);
    Ok(())
}

/// `R[a] := cap(R[b])`.
pub(crate) fn op_chan_cap(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    f.set(at.a(), chan::cap(chan_of(f.get(at.b()))) as u64);
    Ok(())
}

/// `R[a] <- R[b..]`.
pub(crate) fn send(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let f = Frame::of(vm.g);
    let c = chan_of(f.get(at.a()));
    match chan::send(vm.w, vm.g, c, f.slot_ptr(at.b())) {
        ChanOp::Done => Flow::Go,
        ChanOp::Blocked => Flow::Yield(Yield::Parked),
        ChanOp::SendOnClosed => raise(vm, Trap::SEND_CLOSED),
    }
}

/// `R[a..] := <-R[b]`.
pub(crate) fn recv(vm: &mut Vm<'_>, at: Pc) -> Flow {
    receive(vm, at, NONE)
}

/// `R[a..], R[c] := <-R[b]`.
pub(crate) fn recv_ok(vm: &mut Vm<'_>, at: Pc) -> Flow {
    receive(vm, at, at.c())
}

fn receive(vm: &mut Vm<'_>, at: Pc, ok: u16) -> Flow {
    let g = vm.g;
    let f = Frame::of(g);
    let c = chan_of(f.get(at.b()));
    match chan::recv(vm.w, g, c, offset(g, f, at.a()), offset(g, f, ok)) {
        ChanOp::Done => Flow::Go,
        ChanOp::Blocked => Flow::Yield(Yield::Parked),
        ChanOp::SendOnClosed => raise(vm, Trap::SEND_CLOSED),
    }
}

/// The stack offset of register `r`.
fn offset(g: &G, f: Frame, r: u16) -> u32 {
    if r == NONE {
        NO_SLOT
    } else {
        f.offset(g) + u32::from(r)
    }
}

/// `close(R[a])`.
#[inline(never)]
pub(crate) fn op_close(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    chan::close(vm.w, chan_of(f.get(at.a()))).map_err(close_trap)
}

/// The panic of a close that cannot be.
pub(crate) fn close_trap(e: CloseError) -> Trap {
    match e {
        CloseError::Nil => Trap::CLOSE_NIL,
        CloseError::Closed => Trap::CLOSE_CLOSED,
    }
}

/// A select with its cases in the words behind the instruction.
pub(crate) fn select(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let g = vm.g;
    let f = Frame::of(g);
    let case = |i: usize| {
        let word = at.word(1 + i);
        let part = |n: u32| (word >> (16 * n)) as u16;
        SelectCase {
            dir: if part(0) == 0 { Dir::Send } else { Dir::Recv },
            chan: chan_of(f.get(part(1))),
            slot: offset(g, f, part(2)),
            ok: offset(g, f, part(3)),
        }
    };
    if at.b() == 1 && at.c() != 0 {
        return poll(vm, f, at, case(0));
    }
    let cases: SmallVec<[SelectCase; 8]> = (0..usize::from(at.b())).map(case).collect();
    match select::select(vm.w, g, &cases, at.c() != 0, offset(g, f, at.a())) {
        SelectOp::Done(_) | SelectOp::Default => Flow::Go,
        SelectOp::Blocked => Flow::Yield(Yield::Parked),
        SelectOp::SendOnClosed => raise(vm, Trap::SEND_CLOSED),
    }
}

/// A select with one case and a default.
fn poll(vm: &mut Vm<'_>, f: Frame, at: Pc, case: SelectCase) -> Flow {
    let g = vm.g;
    let op = match case.dir {
        Dir::Send => chan::try_send(vm.w, case.chan, f.slot_ptr((at.word(1) >> 32) as u16)),
        Dir::Recv => chan::try_recv(vm.w, g, case.chan, case.slot, case.ok),
    };
    f.set(at.a(), if op == TryOp::WouldBlock { -1i64 as u64 } else { 0 });
    if op == TryOp::SendOnClosed {
        raise(vm, Trap::SEND_CLOSED)
    } else {
        Flow::Go
    }
}

/// `select {}`.
pub(crate) fn block(vm: &mut Vm<'_>) -> Flow {
    Flow::Yield(vm.w.park(vm.g, WaitReason::SelectNoCases))
}

/// A G that was parked goes on: a sender woken by a close panics, who waits for a lock goes on with that. Others whose
/// wait was cancelled ask for it themselves.
pub(crate) fn woken(vm: &mut Vm<'_>) -> Flow {
    match vm.g.wake.get() {
        WAKE_CLOSED => {
            vm.g.wake.set(WAKE_OK);
            raise(vm, Trap::SEND_CLOSED)
        }
        WAKE_AGAIN => locks::goes_on(vm),
        WAKE_CANCELLED => locks::cancelled(vm),
        _ => Flow::Go,
    }
}
