//! The interpreter loop.
//!
//! One `loop { match op }` with the program counter and the frame in locals; the G gets them back whenever
//! control leaves the loop. Handlers are a few lines; what is long or rare is an `op_…` function of
//! `interp/*.rs` (computes, may raise), or a `flow_…` function (parks, calls, unwinds: it finds pc and frame
//! in the G and leaves the new ones there).
//!
//! The words the handlers are written in (`next!`, `raise!`, `element!` …) are those of `interp/handlers.rs`.
//! The `match` has no wildcard: an opcode without a handler does not compile.
//!
//! What costs here (measured in a loop of this shape): a slot is written and read again within four or five
//! cycles, so chains through slots dominate, not dispatch; that is why fused forms exist. Threading the
//! handlers through tail calls gained less than 15 %.

mod arith;
mod float;
mod handlers;
mod kernel;

pub(crate) mod channels;
pub(crate) mod complex;
pub(crate) mod control;
pub(crate) mod convert;
pub(crate) mod interfaces;
pub(crate) mod locks;
pub(crate) mod maps;
pub(crate) mod memory;
pub(crate) mod print;
mod report;
pub(crate) mod slices;
pub(crate) mod strings;

use std::sync::atomic::Ordering::{Relaxed, SeqCst};

use mgo_runtime::engine::Yield;
use mgo_runtime::g::G;
use mgo_runtime::mutex;
use mgo_runtime::preempt::GUARD_ASYNC;

use crate::bytecode::op::Op;
use crate::frame::{Frame, Pc, closure_entry, method_entry, save};
use crate::machine::Vm;
use crate::native::call_native;
use crate::trap::Trap;
use crate::value::{mem, string};
use arith::{div_p2, ext32, shl};
use handlers::handlers;
pub(crate) use report::report_pc;
use {
    channels::*, complex::*, control::*, convert::*, interfaces::*, maps::*, memory::*, slices::*, strings::*,
};

/// How a `flow_…` function leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flow {
    /// Go on with the pc and the frame stored in the G.
    Go,
    /// Back to the scheduler.
    Yield(Yield),
}

/// Whether a request that back-edges obey is in the guard word.
#[inline(always)]
fn polled(g: &G) -> bool {
    !cfg!(feature = "unpreemptible") && g.guard.load(Relaxed) <= GUARD_ASYNC
}

/// Runs the G of `vm` until it yields.
#[allow(
    clippy::too_many_lines,
    reason = "the one long function of the interpreter, by design"
)]
pub(crate) fn run(vm: &mut Vm<'_>) -> Yield {
    let g = vm.g;
    let globals = vm.globals;
    let mut pc = Pc::of(g);
    let mut f = Frame::of(g);
    handlers!($ vm g globals pc f);

    loop {
        let i = pc.inst();
        match i.op() {
            // --- moves and constants
            Op::Nop => next!(1),
            Op::Count => op!(1, vm.count_block(i.bc())),
            Op::Move => op!(1, f.set(i.a(), f.get(i.b()))),
            Op::Move2 => op!(1, f.set_pair(i.a(), f.pair(i.b()))),
            Op::MoveN => op!(1, f.copy(i.a(), i.b(), i.c().into())),
            Op::LoadI => op!(1, f.set(i.a(), i.ibc() as u64)),
            Op::LoadK | Op::LoadData | Op::LoadFn => op!(2, f.set(i.a(), pc.x())),
            Op::LoadStr => op!(2, f.set_pair(i.a(), (pc.x(), i.bc().into()))),
            Op::LoadType => op!(1, f.set(i.a(), i.bc().into())),
            Op::ZeroN => op!(1, f.slots_mut(i.a(), i.bc() as usize).fill(0)),

            // --- 64-bit integers
            Op::AddI64 => op!(1, f.bin(i, u64::wrapping_add)),
            Op::SubI64 => op!(1, f.bin(i, u64::wrapping_sub)),
            Op::MulI64 => op!(1, f.bin(i, u64::wrapping_mul)),
            Op::DivI64 => op!(1, f.bin_i(by_nonzero!(), i64::wrapping_div)),
            Op::RemI64 => op!(1, f.bin_i(by_nonzero!(), i64::wrapping_rem)),
            Op::DivU64 => op!(1, f.bin(by_nonzero!(), |x, y| x / y)),
            Op::RemU64 => op!(1, f.bin(by_nonzero!(), |x, y| x % y)),
            Op::And => op!(1, f.bin(i, |x, y| x & y)),
            Op::Or => op!(1, f.bin(i, |x, y| x | y)),
            Op::Xor => op!(1, f.bin(i, |x, y| x ^ y)),
            Op::AndNot => op!(1, f.bin(i, |x, y| x & !y)),
            Op::Shl => op!(1, f.bin(i, shl)),
            Op::ShrI => op!(1, f.bin(i, |x, n| ((x as i64) >> n.min(63)) as u64)),
            Op::ShrU => op!(1, f.bin(i, |x, n| if n < 64 { x >> n } else { 0 })),
            Op::NegI64 => op!(1, f.un(i, u64::wrapping_neg)),
            Op::Com => op!(1, f.un(i, |x| !x)),
            Op::AddI64I => op!(1, f.bin_imm(i, i64::wrapping_add)),
            Op::RsbI64I => op!(1, f.bin_imm(i, |x, k| k.wrapping_sub(x))),
            Op::MulI64I => op!(1, f.bin_imm(i, i64::wrapping_mul)),
            Op::DivI64I => op!(1, f.bin_imm(i, |x, k| x.checked_div(k).unwrap_or(x))),
            Op::RemI64I => op!(1, f.bin_imm(i, |x, k| x.checked_rem(k).unwrap_or(0))),
            Op::DivU64I => op!(1, f.un(i, |x| x.checked_div(i.c().into()).unwrap_or(0))),
            Op::RemU64I => op!(1, f.un(i, |x| x.checked_rem(i.c().into()).unwrap_or(0))),
            Op::AndI => op!(1, f.bin_imm(i, |x, k| x & k)),
            Op::OrI => op!(1, f.bin_imm(i, |x, k| x | k)),
            Op::XorI => op!(1, f.bin_imm(i, |x, k| x ^ k)),
            Op::DivI64P => op!(1, f.set(i.a(), div_p2(f.int(i.b()), i.c()) as u64)),
            Op::RemI64P => {
                let x = f.int(i.b());
                f.set(i.a(), (x - (div_p2(x, i.c()) << (i.c() & 63))) as u64);
                next!(1)
            }
            Op::ShlI => op!(1, f.un(i, |x| x << (i.c() & 63))),
            Op::ShrII => op!(1, f.un(i, |x| ((x as i64) >> (i.c() & 63)) as u64)),
            Op::ShrUI => op!(1, f.un(i, |x| x >> (i.c() & 63))),
            Op::ChkShift => {
                if f.int(i.a()) < 0 {
                    raise!(Trap::NEG_SHIFT);
                }
                next!(1)
            }

            // --- narrower integers
            Op::AddI32 => op!(1, f.bin(i, |x, y| ext32(x.wrapping_add(y)))),
            Op::SubI32 => op!(1, f.bin(i, |x, y| ext32(x.wrapping_sub(y)))),
            Op::MulI32 => op!(1, f.bin(i, |x, y| ext32(x.wrapping_mul(y)))),
            Op::ShlI32 => op!(1, f.bin(i, |x, n| ext32(shl(x, n)))),
            Op::AddI32I => op!(1, f.bin_imm(i, |x, k| i64::from(x.wrapping_add(k) as i32))),
            Op::MulI32I => op!(1, f.bin_imm(i, |x, k| i64::from(x.wrapping_mul(k) as i32))),
            Op::ShlI32I => op!(1, f.un(i, |x| ext32(x << (i.c() & 63)))),
            Op::AddU32 => op!(1, f.bin(i, |x, y| u64::from(x.wrapping_add(y) as u32))),
            Op::SubU32 => op!(1, f.bin(i, |x, y| u64::from(x.wrapping_sub(y) as u32))),
            Op::MulU32 => op!(1, f.bin(i, |x, y| u64::from(x.wrapping_mul(y) as u32))),
            Op::ShlU32 => op!(1, f.bin(i, |x, n| u64::from(shl(x, n) as u32))),
            Op::AddU32I => op!(1, f.bin_imm(i, |x, k| i64::from(x.wrapping_add(k) as u32))),
            Op::MulU32I => op!(1, f.bin_imm(i, |x, k| i64::from(x.wrapping_mul(k) as u32))),
            Op::ShlU32I => op!(1, f.un(i, |x| u64::from((x << (i.c() & 63)) as u32))),
            Op::AddU8 => op!(1, f.bin(i, |x, y| u64::from(x.wrapping_add(y) as u8))),
            Op::SubU8 => op!(1, f.bin(i, |x, y| u64::from(x.wrapping_sub(y) as u8))),
            Op::AddU8I => op!(1, f.bin_imm(i, |x, k| i64::from(x.wrapping_add(k) as u8))),
            Op::ExtI8 => op!(1, f.un(i, |x| x as i8 as i64 as u64)),
            Op::ExtI16 => op!(1, f.un(i, |x| x as i16 as i64 as u64)),
            Op::ExtI32 => op!(1, f.un(i, ext32)),
            Op::ExtU8 => op!(1, f.un(i, |x| u64::from(x as u8))),
            Op::ExtU16 => op!(1, f.un(i, |x| u64::from(x as u16))),
            Op::ExtU32 => op!(1, f.un(i, |x| u64::from(x as u32))),

            // --- integer comparisons
            Op::EqI64 => op!(1, f.bin(i, |x, y| u64::from(x == y))),
            Op::NeI64 => op!(1, f.bin(i, |x, y| u64::from(x != y))),
            Op::LtI64 => op!(1, f.bin_i(i, |x, y| i64::from(x < y))),
            Op::LeI64 => op!(1, f.bin_i(i, |x, y| i64::from(x <= y))),
            Op::LtU64 => op!(1, f.bin(i, |x, y| u64::from(x < y))),
            Op::LeU64 => op!(1, f.bin(i, |x, y| u64::from(x <= y))),
            Op::EqI64I => op!(1, f.bin_imm(i, |x, k| i64::from(x == k))),
            Op::NeI64I => op!(1, f.bin_imm(i, |x, k| i64::from(x != k))),
            Op::LtI64I => op!(1, f.bin_imm(i, |x, k| i64::from(x < k))),
            Op::LeI64I => op!(1, f.bin_imm(i, |x, k| i64::from(x <= k))),
            Op::GtI64I => op!(1, f.bin_imm(i, |x, k| i64::from(x > k))),
            Op::GeI64I => op!(1, f.bin_imm(i, |x, k| i64::from(x >= k))),
            Op::Not => op!(1, f.un(i, |x| x ^ 1)),
            Op::MinI64 => op!(1, f.bin_i(i, i64::min)),
            Op::MaxI64 => op!(1, f.bin_i(i, i64::max)),
            Op::MinU64 => op!(1, f.bin(i, u64::min)),
            Op::MaxU64 => op!(1, f.bin(i, u64::max)),

            // --- floats
            Op::AddF64 => op!(1, f.bin_f64(i, |x, y| x + y)),
            Op::SubF64 => op!(1, f.bin_f64(i, |x, y| x - y)),
            Op::MulF64 => op!(1, f.bin_f64(i, |x, y| x * y)),
            Op::DivF64 => op!(1, f.bin_f64(i, |x, y| x / y)),
            Op::NegF64 => op!(1, f.un(i, |x| x ^ 1 << 63)),
            Op::SqrtF64 => op!(1, f.set_f64(i.a(), f.f64(i.b()).sqrt())),
            Op::AbsF64 => op!(1, f.un(i, |x| x & !(1 << 63))),
            Op::EqF64 => op!(1, f.cmp_f64(i, |x, y| x == y)),
            Op::NeF64 => op!(1, f.cmp_f64(i, |x, y| x != y)),
            Op::LtF64 => op!(1, f.cmp_f64(i, |x, y| x < y)),
            Op::LeF64 => op!(1, f.cmp_f64(i, |x, y| x <= y)),
            Op::MinF64 => op!(1, f.bin_f64(i, float::min)),
            Op::MaxF64 => op!(1, f.bin_f64(i, float::max)),
            Op::MulAddF64 => op!(2, f.set_f64(i.a(), f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c()))),
            Op::MulSubF64 => op!(2, f.set_f64(i.a(), f.f64(pc.xq(0)) - f.f64(i.b()) * f.f64(i.c()))),
            Op::AddF32 => op!(1, f.bin_f32(i, |x, y| x + y)),
            Op::SubF32 => op!(1, f.bin_f32(i, |x, y| x - y)),
            Op::MulF32 => op!(1, f.bin_f32(i, |x, y| x * y)),
            Op::DivF32 => op!(1, f.bin_f32(i, |x, y| x / y)),
            Op::NegF32 => op!(1, f.un(i, |x| x ^ 1 << 31)),
            Op::EqF32 => op!(1, f.cmp_f32(i, |x, y| x == y)),
            Op::NeF32 => op!(1, f.cmp_f32(i, |x, y| x != y)),
            Op::LtF32 => op!(1, f.cmp_f32(i, |x, y| x < y)),
            Op::LeF32 => op!(1, f.cmp_f32(i, |x, y| x <= y)),
            Op::MinF32 => op!(1, f.bin_f32(i, |x, y| float::min(x.into(), y.into()) as f32)),
            Op::MaxF32 => op!(1, f.bin_f32(i, |x, y| float::max(x.into(), y.into()) as f32)),

            // --- complex numbers
            Op::AddC128 => cold!(1, op_add_c128),
            Op::SubC128 => cold!(1, op_sub_c128),
            Op::MulC128 => cold!(1, op_mul_c128),
            Op::DivC128 => cold!(1, op_div_c128),
            Op::NegC128 => cold!(1, op_neg_c128),
            Op::EqC128 => cold!(1, op_eq_c128),
            Op::AddC64 => cold!(1, op_add_c64),
            Op::SubC64 => cold!(1, op_sub_c64),
            Op::MulC64 => cold!(1, op_mul_c64),
            Op::DivC64 => cold!(1, op_div_c64),
            Op::NegC64 => cold!(1, op_neg_c64),
            Op::EqC64 => cold!(1, op_eq_c64),

            // --- conversions between numbers
            Op::I64ToF64 => op!(1, f.set_f64(i.a(), f.int(i.b()) as f64)),
            Op::U64ToF64 => op!(1, f.set_f64(i.a(), f.get(i.b()) as f64)),
            Op::I64ToF32 => op!(1, f.set_f32(i.a(), f.int(i.b()) as f32)),
            Op::U64ToF32 => op!(1, f.set_f32(i.a(), f.get(i.b()) as f32)),
            Op::F64ToI64 => op!(1, f.set(i.a(), float::to_i64(f.f64(i.b())) as u64)),
            Op::F64ToU64 => op!(1, f.set(i.a(), float::to_u64(f.f64(i.b())))),
            Op::F32ToI64 => op!(1, f.set(i.a(), float::to_i64(f.f32(i.b()).into()) as u64)),
            Op::F32ToU64 => op!(1, f.set(i.a(), float::to_u64(f.f32(i.b()).into()))),
            Op::F64ToI32 => op!(1, f.set(i.a(), float::to_i32(f.f64(i.b())) as u64)),
            Op::F32ToI32 => op!(1, f.set(i.a(), float::to_i32(f.f32(i.b()).into()) as u64)),
            Op::F64ToF32 => op!(1, f.set_f32(i.a(), f.f64(i.b()) as f32)),
            Op::F32ToF64 => op!(1, f.set_f64(i.a(), f.f32(i.b()).into())),

            // --- control
            Op::Jmp => {
                pc = pc.jump(1 + i.ibc());
            }
            Op::Loop => back_if!(i.ibc(), true),
            Op::JmpT => jump_if!(1, i.ibc(), f.get(i.a()) != 0),
            Op::JmpF => jump_if!(1, i.ibc(), f.get(i.a()) == 0),
            Op::JEq => jump_if!(1, i.ic(), f.get(i.a()) == f.get(i.b())),
            Op::JNe => jump_if!(1, i.ic(), f.get(i.a()) != f.get(i.b())),
            Op::JLtI64 => jump_if!(1, i.ic(), f.int(i.a()) < f.int(i.b())),
            Op::JLeI64 => jump_if!(1, i.ic(), f.int(i.a()) <= f.int(i.b())),
            Op::JLtU64 => jump_if!(1, i.ic(), f.get(i.a()) < f.get(i.b())),
            Op::JLeU64 => jump_if!(1, i.ic(), f.get(i.a()) <= f.get(i.b())),
            Op::JEqI => jump_if!(1, i.ic(), f.int(i.a()) == i.ib()),
            Op::JNeI => jump_if!(1, i.ic(), f.int(i.a()) != i.ib()),
            Op::JLtI64I => jump_if!(1, i.ic(), f.int(i.a()) < i.ib()),
            Op::JLeI64I => jump_if!(1, i.ic(), f.int(i.a()) <= i.ib()),
            Op::JGtI64I => jump_if!(1, i.ic(), f.int(i.a()) > i.ib()),
            Op::JGeI64I => jump_if!(1, i.ic(), f.int(i.a()) >= i.ib()),
            Op::JLtU64I => jump_if!(1, i.ic(), f.get(i.a()) < u64::from(i.b())),
            Op::JLeU64I => jump_if!(1, i.ic(), f.get(i.a()) <= u64::from(i.b())),
            Op::JGtU64I => jump_if!(1, i.ic(), f.get(i.a()) > u64::from(i.b())),
            Op::JGeU64I => jump_if!(1, i.ic(), f.get(i.a()) >= u64::from(i.b())),
            Op::JEqF64 => jump_if!(1, i.ic(), f.f64(i.a()) == f.f64(i.b())),
            Op::JNeF64 => jump_if!(1, i.ic(), f.f64(i.a()) != f.f64(i.b())),
            Op::JLtF64 => jump_if!(1, i.ic(), f.f64(i.a()) < f.f64(i.b())),
            Op::JLeF64 => jump_if!(1, i.ic(), f.f64(i.a()) <= f.f64(i.b())),
            Op::JNLtF64 => {
                let lt = f.f64(i.a()) < f.f64(i.b());
                jump_if!(1, i.ic(), !lt)
            }
            Op::JNLeF64 => {
                let le = f.f64(i.a()) <= f.f64(i.b());
                jump_if!(1, i.ic(), !le)
            }
            Op::JEqStr => jump_if!(1, i.ic(), string::eq(f.pair(i.a()), f.pair(i.b()))),
            Op::JNeStr => jump_if!(1, i.ic(), !string::eq(f.pair(i.a()), f.pair(i.b()))),
            Op::JTypeEq => jump_if!(2, pc.x_hi() as i32, f.get(i.a()) == u64::from(pc.x_lo())),
            Op::JTypeNe => jump_if!(2, pc.x_hi() as i32, f.get(i.a()) != u64::from(pc.x_lo())),
            Op::LoopEq => back_if!(i.ic(), f.get(i.a()) == f.get(i.b())),
            Op::LoopNe => back_if!(i.ic(), f.get(i.a()) != f.get(i.b())),
            Op::LoopLtI64 => back_if!(i.ic(), f.int(i.a()) < f.int(i.b())),
            Op::LoopLeI64 => back_if!(i.ic(), f.int(i.a()) <= f.int(i.b())),
            Op::LoopLtU64 => back_if!(i.ic(), f.get(i.a()) < f.get(i.b())),
            Op::LoopLeU64 => back_if!(i.ic(), f.get(i.a()) <= f.get(i.b())),
            Op::LoopEqI => back_if!(i.ic(), f.int(i.a()) == i.ib()),
            Op::LoopNeI => back_if!(i.ic(), f.int(i.a()) != i.ib()),
            Op::LoopLtI64I => back_if!(i.ic(), f.int(i.a()) < i.ib()),
            Op::LoopLeI64I => back_if!(i.ic(), f.int(i.a()) <= i.ib()),
            Op::LoopGtI64I => back_if!(i.ic(), f.int(i.a()) > i.ib()),
            Op::LoopGeI64I => back_if!(i.ic(), f.int(i.a()) >= i.ib()),
            Op::LoopT => back_if!(i.ibc(), f.get(i.a()) != 0),
            Op::LoopF => back_if!(i.ibc(), f.get(i.a()) == 0),
            Op::ForLtI64 => count!(i, |v| v < f.int(i.b())),
            Op::ForLeI64 => count!(i, |v| v <= f.int(i.b())),
            Op::ForLtI64I => count!(i, |v| v < i.ib()),
            Op::ForLenI64 => count!(i, |v| v < length!(i)),
            Op::Kernel => op!(4, kernel::run(f, pc, g)),
            Op::JmpTable => {
                let n = i.bc() as usize;
                let k = f.get(i.a());
                let by = if k < n as u64 {
                    i64::from(pc.word(1 + k as usize) as i32)
                } else {
                    0
                };
                pc = pc.jump(1 + n as i64 + by);
            }

            // --- memory through pointers
            Op::LoadI8 => op!(1, f.set(i.a(), mem::load8(address!(i.b(), i.c())) as i8 as u64)),
            Op::LoadU8 => op!(1, f.set(i.a(), mem::load8(address!(i.b(), i.c())).into())),
            Op::LoadI16 => op!(1, f.set(i.a(), mem::load16(address!(i.b(), i.c())) as i16 as u64)),
            Op::LoadU16 => op!(1, f.set(i.a(), mem::load16(address!(i.b(), i.c())).into())),
            Op::LoadI32 => op!(1, f.set(i.a(), mem::load32(address!(i.b(), i.c())) as i32 as u64)),
            Op::LoadU32 => op!(1, f.set(i.a(), mem::load32(address!(i.b(), i.c())).into())),
            Op::Load64 => op!(1, f.set(i.a(), mem::load64(address!(i.b(), i.c())))),
            Op::Load128 => op!(1, f.set_pair(i.a(), mem::load128(address!(i.b(), i.c())))),
            Op::Store8 => op!(1, mem::store8(address!(i.a(), i.c()), f.get(i.b()) as u8)),
            Op::Store16 => op!(1, mem::store16(address!(i.a(), i.c()), f.get(i.b()) as u16)),
            Op::Store32 => op!(1, mem::store32(address!(i.a(), i.c()), f.get(i.b()) as u32)),
            Op::Store64 => op!(1, mem::store_plain64(address!(i.a(), i.c()), f.get(i.b()))),
            Op::StoreP => op!(1, mem::store64(address!(i.a(), i.c()), f.get(i.b()))),
            Op::Store128 => op!(1, mem::store128(address!(i.a(), i.c()), f.pair(i.b()))),
            Op::AddrOff => op!(1, f.set(i.a(), address!(i.b(), i.c()))),
            Op::AddrOffX => op!(2, f.set(i.a(), address!(i.b(), pc.x_lo()))),
            Op::ChkNil => {
                if f.get(i.a()) == 0 {
                    raise!(Trap::NIL_DEREF);
                }
                next!(1)
            }
            Op::CopyMem => cold!(2, op_copy_mem),
            Op::ZeroMem => cold!(2, op_zero_mem),
            Op::EqMem => cold!(2, op_eq_mem),
            Op::LoadVal => cold!(2, op_load_val),
            Op::StoreVal => cold!(2, op_store_val),
            Op::EqVal => cold!(2, op_eq_val),

            // --- globals
            Op::GLoadI8 => op!(1, f.set(i.a(), mem::load8(global!(i)) as i8 as u64)),
            Op::GLoadU8 => op!(1, f.set(i.a(), mem::load8(global!(i)).into())),
            Op::GLoadI16 => op!(1, f.set(i.a(), mem::load16(global!(i)) as i16 as u64)),
            Op::GLoadU16 => op!(1, f.set(i.a(), mem::load16(global!(i)).into())),
            Op::GLoadI32 => op!(1, f.set(i.a(), mem::load32(global!(i)) as i32 as u64)),
            Op::GLoadU32 => op!(1, f.set(i.a(), mem::load32(global!(i)).into())),
            Op::GLoad64 => op!(1, f.set(i.a(), mem::load64(global!(i)))),
            Op::GLoad128 => op!(1, f.set_pair(i.a(), mem::load128(global!(i)))),
            Op::GStore8 => op!(1, mem::store8(global!(i), f.get(i.a()) as u8)),
            Op::GStore16 => op!(1, mem::store16(global!(i), f.get(i.a()) as u16)),
            Op::GStore32 => op!(1, mem::store32(global!(i), f.get(i.a()) as u32)),
            // Globals are roots, whose pointers at the beginning of a cycle are marked: no barrier.
            Op::GStore64 | Op::GStoreP => op!(1, mem::store_plain64(global!(i), f.get(i.a()))),
            Op::GStore128 => op!(1, mem::store_plain128(global!(i), f.pair(i.a()))),
            Op::GAddr => op!(1, f.set(i.a(), global!(i))),

            // --- elements of slices and strings
            Op::SlLoadI8 => op!(1, f.set(i.a(), mem::load8(in_slice!(1)) as i8 as u64)),
            Op::SlLoadU8 => op!(1, f.set(i.a(), mem::load8(in_slice!(1)).into())),
            Op::SlLoadI16 => op!(1, f.set(i.a(), mem::load16(in_slice!(2)) as i16 as u64)),
            Op::SlLoadU16 => op!(1, f.set(i.a(), mem::load16(in_slice!(2)).into())),
            Op::SlLoadI32 => op!(1, f.set(i.a(), mem::load32(in_slice!(4)) as i32 as u64)),
            Op::SlLoadU32 => op!(1, f.set(i.a(), mem::load32(in_slice!(4)).into())),
            Op::SlLoad64 => op!(1, f.set(i.a(), mem::load64(in_slice!(8)))),
            Op::SlLoad128 => op!(1, f.set_pair(i.a(), mem::load128(in_slice!(16)))),
            Op::SlStore8 => op!(1, mem::store8(to_slice!(1), f.get(i.c()) as u8)),
            Op::SlStore16 => op!(1, mem::store16(to_slice!(2), f.get(i.c()) as u16)),
            Op::SlStore32 => op!(1, mem::store32(to_slice!(4), f.get(i.c()) as u32)),
            Op::SlStore64 => op!(1, mem::store_plain64(to_slice!(8), f.get(i.c()))),
            Op::SlStoreP => op!(1, mem::store64(to_slice!(8), f.get(i.c()))),
            Op::SlStore128 => op!(1, mem::store128(to_slice!(16), f.pair(i.c()))),
            Op::SlAddr => op!(2, f.set(i.a(), in_slice!(u64::from(pc.x_lo())))),
            Op::StrIdx => {
                let (base, len) = f.pair(i.b());
                f.set(i.a(), mem::load8(base + below!(f.get(i.c()), len)).into());
                next!(1)
            }

            // --- elements of arrays
            Op::ArLoadI8 => op!(2, f.set(i.a(), mem::load8(in_array!(1)) as i8 as u64)),
            Op::ArLoadU8 => op!(2, f.set(i.a(), mem::load8(in_array!(1)).into())),
            Op::ArLoadI16 => op!(2, f.set(i.a(), mem::load16(in_array!(2)) as i16 as u64)),
            Op::ArLoadU16 => op!(2, f.set(i.a(), mem::load16(in_array!(2)).into())),
            Op::ArLoadI32 => op!(2, f.set(i.a(), mem::load32(in_array!(4)) as i32 as u64)),
            Op::ArLoadU32 => op!(2, f.set(i.a(), mem::load32(in_array!(4)).into())),
            Op::ArLoad64 => op!(2, f.set(i.a(), mem::load64(in_array!(8)))),
            Op::ArLoad128 => op!(2, f.set_pair(i.a(), mem::load128(in_array!(16)))),
            Op::ArStore8 => op!(2, mem::store8(to_array!(1), f.get(i.c()) as u8)),
            Op::ArStore16 => op!(2, mem::store16(to_array!(2), f.get(i.c()) as u16)),
            Op::ArStore32 => op!(2, mem::store32(to_array!(4), f.get(i.c()) as u32)),
            Op::ArStore64 => op!(2, mem::store_plain64(to_array!(8), f.get(i.c()))),
            Op::ArStoreP => op!(2, mem::store64(to_array!(8), f.get(i.c()))),
            Op::ArStore128 => op!(2, mem::store128(to_array!(16), f.pair(i.c()))),
            Op::ArAddr => op!(2, f.set(i.a(), in_array!(u64::from(pc.x_hi())))),
            Op::ChkIdx => op!(2, _ = below!(f.get(i.a()), u64::from(pc.x_lo()))),
            Op::FrIdx => {
                let k = below!(f.get(i.c()), u64::from(pc.xq(0)));
                let size = pc.xq(1);
                f.copy(i.a(), i.b() + k as u16 * size, size.into());
                next!(2)
            }
            Op::FrSet => {
                let k = below!(f.get(i.b()), u64::from(pc.xq(0)));
                let size = pc.xq(1);
                f.copy(i.a() + k as u16 * size, i.c(), size.into());
                next!(2)
            }

            // --- allocation and slices
            Op::New => cold!(1, op_new),
            Op::NewCopy => cold!(2, op_new_copy),
            Op::Box => cold!(2, op_box),
            Op::LenSl => op!(1, f.un(i, |x| x & 0xffff_ffff)),
            Op::CapSl => op!(1, f.un(i, |x| x >> 32)),
            Op::MakeSlice => cold!(2, op_make_slice),
            Op::SliceSl => cold!(3, op_slice_sl),
            Op::SliceStr => cold!(2, op_slice_str),
            Op::SliceArr => cold!(3, op_slice_arr),
            Op::SlToArr => cold!(2, op_sl_to_arr),
            Op::Append8 => append!(1, op_append8, |at, c| mem::store8(at, f.get(c) as u8)),
            Op::Append32 => append!(4, op_append32, |at, c| mem::store32(at, f.get(c) as u32)),
            Op::Append64 => append!(8, op_append64, |at, c| mem::store_plain64(at, f.get(c))),
            Op::AppendP => append!(8, op_append_p, |at, c| mem::store64(at, f.get(c))),
            Op::Append128 => append!(16, op_append128, |at, c| mem::store128(at, f.pair(c))),
            Op::AppendN => cold!(2, op_append_n),
            Op::AppendSl => cold!(2, op_append_sl),
            Op::AppendStr => cold!(1, op_append_str),
            Op::CopySl => cold!(2, op_copy_sl),
            Op::CopyStr => cold!(1, op_copy_str),
            Op::ClearSl => cold!(2, op_clear_sl),
            Op::MinStr => cold!(1, op_min_str),
            Op::MaxStr => cold!(1, op_max_str),

            // --- strings
            Op::Concat => cold!(1, op_concat),
            Op::ConcatN => cold!(1, op_concat_n),
            Op::EqStr => op!(1, f.set(i.a(), string::eq(f.pair(i.b()), f.pair(i.c())).into())),
            Op::LtStr => op!(
                1,
                f.set(i.a(), string::cmp(f.pair(i.b()), f.pair(i.c())).is_lt().into())
            ),
            Op::LeStr => op!(
                1,
                f.set(i.a(), string::cmp(f.pair(i.b()), f.pair(i.c())).is_le().into())
            ),
            Op::StrNext => {
                let (s, at) = (f.pair(i.b()), f.get(i.c()));
                if at >= s.1 {
                    pc = pc.jump(2 + i64::from(pc.x_lo() as i32));
                    continue;
                }
                let (rune, width) = string::rune_at(s, at);
                f.set(i.a(), rune.into());
                f.set(i.c(), at + u64::from(width));
                next!(2)
            }
            Op::BytesToStr => cold!(1, op_bytes_to_str),
            Op::StrToBytes => cold!(1, op_str_to_bytes),
            Op::RunesToStr => cold!(1, op_runes_to_str),
            Op::StrToRunes => cold!(1, op_str_to_runes),
            Op::RuneToStr => cold!(1, op_rune_to_str),

            // --- maps
            Op::MakeMap => cold!(2, op_make_map),
            Op::MapGetI => cold!(2, op_map_get_i),
            Op::MapGetS => cold!(2, op_map_get_s),
            Op::MapGetG => cold!(2, op_map_get_g),
            Op::MapGetOkI => cold!(2, op_map_get_ok_i),
            Op::MapGetOkS => cold!(2, op_map_get_ok_s),
            Op::MapGetOkG => cold!(2, op_map_get_ok_g),
            Op::MapSetI => cold!(2, op_map_set_i),
            Op::MapSetS => cold!(2, op_map_set_s),
            Op::MapSetG => cold!(2, op_map_set_g),
            Op::MapAddI => cold!(2, op_map_add_i),
            Op::MapAddS => cold!(2, op_map_add_s),
            Op::MapDel => cold!(2, op_map_del),
            Op::MapLen => cold!(1, op_map_len),
            Op::MapClear => cold!(2, op_map_clear),
            Op::MapIter => cold!(2, op_map_iter),
            Op::MapNext => match op_map_next(vm, f, pc) {
                Ok(true) => next!(2),
                Ok(false) => pc = pc.jump(2 + i64::from(pc.x_hi() as i32)),
                Err(trap) => raise!(trap),
            },

            // --- interfaces
            Op::AssertT => {
                if f.get(i.b()) != u64::from(pc.x_lo()) {
                    raise!(failed_assert_t(vm, f, pc));
                }
                f.set(i.a(), f.get(i.b() + 1));
                next!(2)
            }
            Op::AssertI => cold!(2, op_assert_i),
            Op::AssertIOk => cold!(2, op_assert_i_ok),
            Op::Implements => cold!(2, op_implements),
            Op::EqIface => cold!(1, op_eq_iface),
            Op::IfaceFn => cold!(2, op_iface_fn),

            // --- calls
            Op::Call => enter!(2, i.a(), i.bc(), pc.x()),
            Op::CallC => call_closure!(i),
            Op::CallI => {
                let (ty, data) = f.pair(i.b());
                if ty == 0 {
                    raise!(Trap::NIL_DEREF);
                }
                let cached = pc.cache().load(Relaxed);
                let at = if cached >> 48 == ty {
                    cached & 0xffff_ffff_ffff
                } else {
                    match find_method(vm, pc, ty as u32) {
                        Ok(at) => at,
                        Err(trap) => raise!(trap),
                    }
                };
                let callee = method_entry(at);
                f.set(i.a() + i.c(), data);
                enter!(
                    3,
                    i.a(),
                    callee.frame.load(Relaxed),
                    callee.code.load(Relaxed) as u64
                )
            }
            Op::CallNat => leave!(1, call_native(vm, pc)),
            Op::Ret => {
                pc = f.return_pc();
                f = f.caller();
            }
            Op::Exit => leave!(1, exit(vm)),
            Op::Closure => cold!(2, op_closure),
            Op::Go => leave!(1, go(vm, pc)),
            Op::Defer => leave!(1, defer(vm, pc)),
            Op::DeferAt => leave!(2, defer_at(vm, pc)),
            Op::FrameToken => op!(1, f.set(i.a(), f.offset(g).into())),
            Op::RunDefers => {
                // Stays here until no deferred call is left: each returns to this instruction.
                if vm.has_defers(f) {
                    save(g, pc, f);
                    flow!(run_defers(vm, pc));
                }
                next!(1)
            }
            Op::Unwind => leave!(1, unwind_next(vm, pc)),
            Op::Recover => leave!(1, recover(vm, pc)),
            Op::Panic => leave!(1, panic(vm, pc)),
            Op::Trap => raise!(Trap::of_kind(i.a())),

            // --- shared words
            Op::AtLoadI32 => op!(
                1,
                f.set(
                    i.a(),
                    ext32(mem::atomic32(address!(i.b(), 0u32)).load(SeqCst).into())
                )
            ),
            Op::AtLoadU32 => op!(
                1,
                f.set(i.a(), mem::atomic32(address!(i.b(), 0u32)).load(SeqCst).into())
            ),
            Op::AtLoad64 => op!(1, f.set(i.a(), mem::atomic64(address!(i.b(), 0u32)).load(SeqCst))),
            Op::AtStore32 => op!(
                1,
                mem::atomic32(address!(i.a(), 0u32)).store(f.get(i.b()) as u32, SeqCst)
            ),
            Op::AtStore64 => op!(
                1,
                mem::atomic64(address!(i.a(), 0u32)).store(f.get(i.b()), SeqCst)
            ),
            Op::AtAddI32 => op!(1, f.set(i.a(), ext32(add32!(i).into()))),
            Op::AtAddU32 => op!(1, f.set(i.a(), add32!(i).into())),
            Op::AtAdd64 => {
                let by = f.get(i.c());
                let old = mem::atomic64(address!(i.b(), 0u32)).fetch_add(by, SeqCst);
                op!(1, f.set(i.a(), old.wrapping_add(by)))
            }
            Op::AtCas32 => {
                let (old, new) = (f.get(i.c()) as u32, f.get(i.c() + 1) as u32);
                let word = mem::atomic32(address!(i.b(), 0u32));
                let done = word.compare_exchange(old, new, SeqCst, SeqCst).is_ok();
                op!(1, f.set(i.a(), done.into()))
            }
            Op::AtCas64 => {
                let (old, new) = (f.get(i.c()), f.get(i.c() + 1));
                let word = mem::atomic64(address!(i.b(), 0u32));
                let done = word.compare_exchange(old, new, SeqCst, SeqCst).is_ok();
                op!(1, f.set(i.a(), done.into()))
            }
            Op::MuLock => {
                let state = mem::atomic32(address!(i.a(), 0u32));
                if mutex::try_lock(state, vm.w.is_solo()) {
                    next!(1)
                }
                leave!(1, locks::lock(vm, pc))
            }
            Op::MuUnlock => {
                let state = mem::atomic32(address!(i.a(), 0u32));
                if mutex::try_unlock(state, vm.w.is_solo()) {
                    next!(1)
                }
                leave!(1, locks::unlock(vm, pc))
            }

            // --- channels
            Op::MakeChan => cold!(2, op_make_chan),
            Op::Send => leave!(1, send(vm, pc)),
            Op::Recv => leave!(1, recv(vm, pc)),
            Op::RecvOk => leave!(1, recv_ok(vm, pc)),
            Op::Close => cold!(1, op_close),
            Op::ChanLen => cold!(1, op_chan_len),
            Op::ChanCap => cold!(1, op_chan_cap),
            Op::Select => leave!(1 + usize::from(i.b()), select(vm, pc)),
            Op::Block => leave!(1, block(vm)),

            Op::Print => {
                print::print(vm, f, pc);
                next!(1 + usize::from(i.b()).div_ceil(8))
            }

            // --- fused instructions
            Op::AndIJEqI => pair_jump!(f.get(i.b()) & i.ic() as u64, |v, j| v as i64 == j.ib()),
            Op::AndIJNeI => pair_jump!(f.get(i.b()) & i.ic() as u64, |v, j| v as i64 != j.ib()),
            Op::AddI64IJmp => then_jump!(f.bin_imm(i, i64::wrapping_add)),
            Op::AddI64ILoopGtI64I => pair_back!(sum_imm!(i), |v, j| v as i64 > j.ib()),
            Op::AddI64ILoopGeI64I => pair_back!(sum_imm!(i), |v, j| v as i64 >= j.ib()),
            Op::AddI64ILoopLtI64I => pair_back!(sum_imm!(i), |v, j| (v as i64) < j.ib()),
            Op::AddI64ILoopLtI64 => pair_back!(sum_imm!(i), |v, j| (v as i64) < f.int(j.b())),
            Op::AddI64ILoopLeI64 => pair_back!(sum_imm!(i), |v, j| v as i64 <= f.int(j.b())),
            Op::AddI64ILoopNeI => pair_back!(sum_imm!(i), |v, j| f.int(j.a()) != j.ib()),
            Op::AddI64IForLtI64 => then_for!(1, f.bin_imm(i, i64::wrapping_add), |j| f.int(j.b())),
            Op::AddI64ForLtI64 => then_for!(1, f.bin(i, u64::wrapping_add), |j| f.int(j.b())),
            Op::AddI64IForLtI64I => then_for!(1, f.bin_imm(i, i64::wrapping_add), |j| j.ib()),
            Op::AddI64ForLtI64I => then_for!(1, f.bin(i, u64::wrapping_add), |j| j.ib()),
            Op::AddI64IForLenI64 => then_for!(1, f.bin_imm(i, i64::wrapping_add), |j| length!(j)),
            Op::AddI64ForLenI64 => then_for!(1, f.bin(i, u64::wrapping_add), |j| length!(j)),
            Op::XorForLtI64 => then_for!(1, f.bin(i, |x, y| x ^ y), |j| f.int(j.b())),
            Op::MoveForLtI64 => then_for!(1, f.set(i.a(), f.get(i.b())), |j| f.int(j.b())),
            Op::SlStore64ForLtI64 => then_for!(1, store_element64!(i), |j| f.int(j.b())),
            Op::MulAddF64ForLtI64 => then_for!(
                2,
                f.set_f64(i.a(), f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c())),
                |j| f.int(j.b())
            ),
            Op::AddI64LoopLtI64 => pair_back!(sum!(i), |v, j| (v as i64) < f.int(j.b())),
            Op::AddI64LoopLeI64 => pair_back!(sum!(i), |v, j| v as i64 <= f.int(j.b())),
            Op::DivI64PJmp => then_jump!(f.set(i.a(), div_p2(f.int(i.b()), i.c()) as u64)),
            Op::MoveJmp => then_jump!(f.set(i.a(), f.get(i.b()))),
            Op::MulI64IAddI64I => pair!(product_imm!(i), |v, j| v.wrapping_add(j.ic() as u64)),
            Op::MulI64IAddI64 => pair!(product_imm!(i), |v, j| v.wrapping_add(f.get(j.c()))),
            Op::MulI64AddI64 => pair!(product!(i), |v, j| v.wrapping_add(f.get(j.c()))),
            Op::MulI64AddI64I => pair!(product!(i), |v, j| v.wrapping_add(j.ic() as u64)),
            Op::AddI64AddI64 => pair!(sum!(i), |v, j| v.wrapping_add(f.get(j.c()))),
            Op::ShlIAddI64 => pair!(f.get(i.b()) << (i.c() & 63), |v, j| v.wrapping_add(f.get(j.c()))),
            Op::ShlIXor => pair!(f.get(i.b()) << (i.c() & 63), |v, j| v ^ f.get(j.c())),
            Op::ShrUIXor => pair!(f.get(i.b()) >> (i.c() & 63), |v, j| v ^ f.get(j.c())),
            Op::ShrUIAndI => pair!(f.get(i.b()) >> (i.c() & 63), |v, j| v & j.ic() as u64),
            Op::AddI64IAndI => pair!(sum_imm!(i), |v, j| v & j.ic() as u64),
            Op::AddI64AndI => pair!(sum!(i), |v, j| v & j.ic() as u64),
            Op::XorMulI64 => pair!(f.get(i.b()) ^ f.get(i.c()), |v, j| v.wrapping_mul(f.get(j.c()))),
            Op::MulF64MulF64 => pair_f64!(f.f64(i.b()) * f.f64(i.c()), |v, j| v * f.f64(j.c())),
            Op::SubF64MulF64 => pair_f64!(f.f64(i.b()) - f.f64(i.c()), |v, j| v * f.f64(j.c())),
            Op::MulF64AddF64 => pair_f64!(f.f64(i.b()) * f.f64(i.c()), |v, j| v + f.f64(j.c())),
            Op::MulF64SubF64 => pair_f64!(f.f64(i.b()) * f.f64(i.c()), |v, j| f.f64(j.b()) - v),
            Op::AddF64Store64 => pair_store!(1, (f.f64(i.b()) + f.f64(i.c())).to_bits(), |v, j| store_word!(
                j, v
            )),
            Op::SubF64Store64 => pair_store!(1, (f.f64(i.b()) - f.f64(i.c())).to_bits(), |v, j| store_word!(
                j, v
            )),
            Op::AddF64MulF64 => pair_f64!(f.f64(i.b()) + f.f64(i.c()), |v, j| v * f.f64(j.c())),
            Op::Load64Load64 => {
                f.set(i.a(), word_at!(i));
                let j = second!(1);
                f.set(j.a(), word_at!(j));
                next!(1)
            }
            Op::Load64AddI64 => pair!(word_at!(i), |v, j| v.wrapping_add(f.get(j.c()))),
            Op::Load64AddF64 => pair_f64!(f64::from_bits(word_at!(i)), |v, j| v + f.f64(j.c())),
            Op::Load64MulF64 => pair_f64!(f64::from_bits(word_at!(i)), |v, j| v * f.f64(j.c())),
            Op::Load64SubF64 => pair_f64!(f64::from_bits(word_at!(i)), |v, j| f.f64(j.b()) - v),
            Op::AddI64IStore64 => pair_store!(1, sum_imm!(i), |v, j| store_word!(j, v)),
            Op::AddI64Store64 => pair_store!(1, sum!(i), |v, j| store_word!(j, v)),
            Op::MulAddF64Store64 => pair_store!(
                2,
                (f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c())).to_bits(),
                |v, j| store_word!(j, v)
            ),
            Op::MulSubF64Store64 => pair_store!(
                2,
                (f.f64(pc.xq(0)) - f.f64(i.b()) * f.f64(i.c())).to_bits(),
                |v, j| store_word!(j, v)
            ),
            Op::SlLoad128SlLoad64 => pair_element!(mem::load128(in_slice!(16))),
            Op::Load128SlLoad64 => pair_element!(mem::load128(address!(i.b(), i.c()))),
            Op::SlLoad64AddI64 => pair!(element64!(i), |v, j| v.wrapping_add(f.get(j.c()))),
            Op::SlLoad64AddF64 => pair_f64!(f64::from_bits(element64!(i)), |v, j| v + f.f64(j.c())),
            Op::SlLoad64MulAddF64 => {
                let v = element64!(i);
                f.set(i.a(), v);
                let j = second!(1);
                f.set_f64(j.a(), f.f64(pc.xq(0)) + f.f64(j.b()) * f64::from_bits(v));
                next!(2)
            }
            Op::SlLoad64JLtI64 => then_jump_if!(f.set(i.a(), element64!(i)), |j| f.int(j.a()) < f.int(j.b())),
            Op::SlLoad64JLeI64 => {
                then_jump_if!(f.set(i.a(), element64!(i)), |j| f.int(j.a()) <= f.int(j.b()))
            }
            Op::SlLoad64SlStore64 => {
                let v = element64!(i);
                f.set(i.a(), v);
                let j = second!(1);
                mem::store_plain64(element!(j.a(), j.b(), 8), v);
                next!(1)
            }
            Op::SlLoadU8JmpF => pair_jump!(element8!(i), |v, j| v == 0, wide),
            Op::SlLoadU8JmpT => pair_jump!(element8!(i), |v, j| v != 0, wide),
            Op::SlLoadU8JNeI => pair_jump!(element8!(i), |v, j| v as i64 != j.ib()),
            Op::SlLoadU8JEqI => pair_jump!(element8!(i), |v, j| v as i64 == j.ib()),
            Op::LoadISlStore8 => pair_store!(1, i.ibc() as u64, |v, j| mem::store8(
                element!(j.a(), j.b(), 1),
                v as u8
            )),
            Op::LoadISlStore64 => pair_store!(1, i.ibc() as u64, |v, j| mem::store_plain64(
                element!(j.a(), j.b(), 8),
                v
            )),
            Op::LoadIJmp => then_jump!(f.set(i.a(), i.ibc() as u64)),
            Op::AddI64ICall => then_call!(f.bin_imm(i, i64::wrapping_add)),
            Op::MoveCall => then_call!(f.set(i.a(), f.get(i.b()))),
            Op::Move2Call => then_call!(f.set_pair(i.a(), f.pair(i.b()))),
            Op::AddI64Ret => then_return!(f.bin(i, u64::wrapping_add)),
            Op::MoveRet => then_return!(f.set(i.a(), f.get(i.b()))),
            Op::LoadIRet => then_return!(f.set(i.a(), i.ibc() as u64)),
            Op::MoveMove => then!(f.set(i.a(), f.get(i.b())), |j| f.set(j.a(), f.get(j.b()))),
            Op::SlLoad64SlLoad64 => then!(f.set(i.a(), element64!(i)), |j| f.set(j.a(), element64!(j))),
            Op::SlStore64SlStore64 => then!(store_element64!(i), |j| store_element64!(j)),
            Op::AddI64ISlLoad64 => then!(f.set(i.a(), sum_imm!(i)), |j| f.set(j.a(), element64!(j))),
            Op::AddI64IAddI64I => then!(f.set(i.a(), sum_imm!(i)), |j| f.set(j.a(), sum_imm!(j))),
            Op::AddI64IJLeI64 => then_jump_if!(f.set(i.a(), sum_imm!(i)), |j| f.int(j.a()) <= f.int(j.b())),
            Op::AddI64DivI64P => pair!(sum!(i), |v, j| div_p2(v as i64, j.c()) as u64),
            Op::AddI64IDivI64P => pair!(sum_imm!(i), |v, j| div_p2(v as i64, j.c()) as u64),
            Op::ShlIAddI64I => pair!(f.get(i.b()) << (i.c() & 63), |v, j| v.wrapping_add(j.ic() as u64)),
            Op::MulU32AddU32 => pair!(u64::from(product!(i) as u32), |v, j| u64::from(
                v.wrapping_add(f.get(j.c())) as u32
            )),
            Op::Load64LenSl => pair!(word_at!(i), |v, j| v & 0xffff_ffff),
            Op::MoveLoop => then_back_if!(f.set(i.a(), f.get(i.b())), |j| j.ibc(), true),
            Op::MoveLoopLtI64 => {
                then_back_if!(
                    f.set(i.a(), f.get(i.b())),
                    |j| j.ic(),
                    f.int(j.a()) < f.int(j.b())
                )
            }
            Op::MoveLoopGtI64I => {
                then_back_if!(f.set(i.a(), f.get(i.b())), |j| j.ic(), f.int(j.a()) > j.ib())
            }
            Op::MoveCallC => then_call_closure!(f.set(i.a(), f.get(i.b()))),
            Op::AddI64ICallC => then_call_closure!(f.set(i.a(), sum_imm!(i))),
            Op::LtI64Ret => then_return!(f.bin_i(i, |x, y| i64::from(x < y))),
            Op::JLtI64Load64 => {
                if f.int(i.a()) < f.int(i.b()) {
                    pc = pc.jump(1 + i.ic());
                    continue;
                }
                let j = second!(1);
                f.set(j.a(), word_at!(j));
                next!(1)
            }
            Op::MulF64MulAddF64 => pair_mul_add!(1, f.f64(i.b()) * f.f64(i.c())),
            Op::MulAddF64MulAddF64 => pair_mul_add!(2, f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c())),
            Op::SqrtF64MulF64 => pair_f64!(f.f64(i.b()).sqrt(), |v, j| v * f.f64(j.c())),
            Op::MulF64DivF64 => pair_f64!(f.f64(i.b()) * f.f64(i.c()), |v, j| f.f64(j.b()) / v),
            Op::MoveMoveMove => {
                f.set(i.a(), f.get(i.b()));
                let j = second!(1);
                then!(f.set(j.a(), f.get(j.b())), |k| f.set(k.a(), f.get(k.b())))
            }
            Op::MoveMoveCall => {
                f.set(i.a(), f.get(i.b()));
                let j = second!(1);
                then_call!(f.set(j.a(), f.get(j.b())))
            }
            Op::MoveMoveCallC => {
                f.set(i.a(), f.get(i.b()));
                let j = second!(1);
                then_call_closure!(f.set(j.a(), f.get(j.b())))
            }
            Op::SlLoadsLtI64Ret => {
                let x = element64!(i);
                f.set(i.a(), x);
                let j = second!(1);
                let y = element64!(j);
                f.set(j.a(), y);
                let j = second!(1);
                then_return!(f.set(j.a(), u64::from((x as i64) < y as i64)))
            }
            Op::JLtI64IMoveRet => jump_or_move!(f.int(i.a()) < i.ib()),
            Op::JLtI64ILoadIRet => jump_or_int!(f.int(i.a()) < i.ib()),
            Op::JLeI64IMoveRet => jump_or_move!(f.int(i.a()) <= i.ib()),
            Op::JLeI64ILoadIRet => jump_or_int!(f.int(i.a()) <= i.ib()),
            Op::JGtI64IMoveRet => jump_or_move!(f.int(i.a()) > i.ib()),
            Op::JGtI64ILoadIRet => jump_or_int!(f.int(i.a()) > i.ib()),
            Op::JGeI64IMoveRet => jump_or_move!(f.int(i.a()) >= i.ib()),
            Op::JGeI64ILoadIRet => jump_or_int!(f.int(i.a()) >= i.ib()),
            Op::JEqIMoveRet => jump_or_move!(f.int(i.a()) == i.ib()),
            Op::JEqILoadIRet => jump_or_int!(f.int(i.a()) == i.ib()),
            Op::JNeIMoveRet => jump_or_move!(f.int(i.a()) != i.ib()),
            Op::JNeILoadIRet => jump_or_int!(f.int(i.a()) != i.ib()),
            Op::SubMemF64 => {
                let (x, y) = (float_at!(i.b(), pc.xq(1)), float_at!(i.c(), pc.xq(2)));
                op!(3, f.set_f64(i.a(), x - y))
            }
            Op::AddMulMemF64 => op!(5, change_float!(|x, y| x + y * f.f64(i.c()))),
            Op::AddMulMulMemF64 => op!(6, change_float!(|x, y| x + y * f.f64(i.c()) * f.f64(pc.xq(0)))),
            Op::SubMulMulMemF64 => op!(6, change_float!(|x, y| x - y * f.f64(i.c()) * f.f64(pc.xq(0)))),
            Op::LoadsSubF64 => {
                let (x, y) = two_floats!();
                let j = second!(1);
                f.set_f64(j.a(), x - y);
                next!(1)
            }
            Op::LoadsMulAddF64Store => {
                let (x, y) = two_floats!();
                let v = then_times!(y);
                then_store!(x + v)
            }
            Op::LoadsMulMulAddF64Store => {
                let (x, y) = two_floats!();
                let v = then_times!(y);
                let v = then_times!(v);
                then_store!(x + v)
            }
            Op::LoadsMulMulSubF64Store => {
                let (x, y) = two_floats!();
                let v = then_times!(y);
                let v = then_times!(v);
                then_store!(x - v)
            }
        }
    }
}
