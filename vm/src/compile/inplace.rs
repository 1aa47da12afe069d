//! Functions of the library without a body, called without a frame: one instruction, or a native.

use crate::bytecode::op::Op;
use crate::bytecode::program::HEADER;
use crate::compile::func::{FuncBuilder, Reg};

/// What a call of such a function is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum InPlace {
    /// This instruction: its operands are the result, if there is one, and the arguments, a slot each.
    Inst(Op),
    /// The native of this number.
    Native(u32),
}

/// The instruction that does what function `name` (`import/path.Func`) is to do.
pub(crate) fn instruction(name: &str) -> Option<Op> {
    Some(match name.strip_prefix("sync")? {
        ".lock" => Op::MuLock,
        ".unlock" => Op::MuUnlock,
        "/atomic.LoadInt32" => Op::AtLoadI32,
        "/atomic.LoadUint32" => Op::AtLoadU32,
        "/atomic.LoadInt64" | "/atomic.LoadUint64" | "/atomic.LoadUintptr" => Op::AtLoad64,
        "/atomic.StoreInt32" | "/atomic.StoreUint32" => Op::AtStore32,
        "/atomic.StoreInt64" | "/atomic.StoreUint64" | "/atomic.StoreUintptr" => Op::AtStore64,
        "/atomic.AddInt32" => Op::AtAddI32,
        "/atomic.AddUint32" => Op::AtAddU32,
        "/atomic.AddInt64" | "/atomic.AddUint64" | "/atomic.AddUintptr" => Op::AtAdd64,
        "/atomic.CompareAndSwapInt32" | "/atomic.CompareAndSwapUint32" => Op::AtCas32,
        "/atomic.CompareAndSwapInt64" | "/atomic.CompareAndSwapUint64" | "/atomic.CompareAndSwapUintptr" => {
            Op::AtCas64
        }
        _ => return None,
    })
}

impl FuncBuilder {
    /// Emits the call, of results and arguments behind the header of the window at `base`.
    pub(crate) fn call_in_place(&mut self, base: Reg, callee: InPlace) {
        let first = base + HEADER;
        match callee {
            InPlace::Native(n) => self.a_bc(Op::CallNat, base, n),
            InPlace::Inst(op) => {
                let n = op.info().operands.len() as u16;
                let operand = |i: u16| if i < n { first + i } else { 0 };
                self.abc(op, first, operand(1), operand(2));
            }
        }
    }
}
