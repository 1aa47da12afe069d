//! Mutex instructions off the hot path: somebody holds the mutex, or waits for it.
//!
//! A goroutine that waits has not completed its `MuLock`. Its pc is behind the instruction, as with all that park;
//! woken, it goes on with the lock ([`goes_on`]), and perhaps parks again.

use mgo_runtime::engine::Yield;
use mgo_runtime::g::WAKE_OK;
use mgo_runtime::mutex::{self, LockOp, MutexRef, UnlockOp};

use crate::bytecode::op::Op;
use crate::frame::{Frame, Pc};
use crate::interp::Flow;
use crate::interp::control::{fatal, goexit};
use crate::machine::Vm;
use crate::value::mem;

/// Offset of a mutex's semaphore from its state.
const SEMA: u64 = 4;

fn mutex_at(p: u64) -> MutexRef {
    MutexRef {
        state: mem::atomic32(p),
        sema: mem::atomic32(p + SEMA),
    }
}

fn locked(op: LockOp) -> Flow {
    match op {
        LockOp::Locked => Flow::Go,
        LockOp::Blocked => Flow::Yield(Yield::Parked),
    }
}

/// Locks the mutex at R[a].
#[cold]
#[inline(never)]
pub(crate) fn lock(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let m = mutex_at(Frame::of(vm.g).get(at.a()));
    locked(mutex::lock(vm.w, vm.g, m))
}

/// Unlocks the mutex at R[a].
#[cold]
#[inline(never)]
pub(crate) fn unlock(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let m = mutex_at(Frame::of(vm.g).get(at.a()));
    match mutex::unlock(vm.w, m) {
        UnlockOp::Done => Flow::Go,
        UnlockOp::HandedOver => Flow::Yield(Yield::Gosched),
        UnlockOp::NotLocked => fatal(vm, "sync: unlock of unlocked mutex"),
    }
}

/// The mutex of the `MuLock` that the goroutine's pc is behind.
fn wanted(vm: &Vm<'_>) -> Option<MutexRef> {
    let at = Pc::of(vm.g).jump(-1);
    (Op::of(at.word(0)) == Some(Op::MuLock)).then(|| mutex_at(Frame::of(vm.g).get(at.a())))
}

/// The goroutine was woken for a lock.
pub(crate) fn goes_on(vm: &mut Vm<'_>) -> Flow {
    vm.g.wake.set(WAKE_OK);
    let Some(m) = wanted(vm) else {
        mgo_runtime::throw!("a goroutine was woken for a lock that it does not want")
    };
    locked(mutex::lock_again(vm.w, vm.g, m))
}

/// The goroutine's wait was cancelled. If it was for a mutex: it gives up, and dies. Else package sync sees to it.
#[cold]
pub(crate) fn cancelled(vm: &mut Vm<'_>) -> Flow {
    let Some(m) = wanted(vm) else { return Flow::Go };
    vm.g.wake.set(WAKE_OK);
    mutex::give_up(m);
    if let Some(live) = vm.shared.live {
        live.kill_begins(vm.g);
    }
    goexit(vm)
}
