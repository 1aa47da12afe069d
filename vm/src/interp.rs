//! The interpreter loop.
//!
//! One `loop { match op }` with the program counter and the frame in locals; the G gets them back whenever
//! control leaves the loop. Handlers are a few lines; what is long or rare is an `op_…` function of
//! `interp/*.rs` (computes, may raise), or a `flow_…` function (parks, calls, unwinds: it finds pc and frame
//! in the G and leaves the new ones there).
//!
//! The `match` has no wildcard: an opcode without a handler does not compile.
//!
//! What costs here (measured in a loop of this shape): a slot is written and read again within four or five
//! cycles, so chains through slots dominate, not dispatch; that is why fused forms exist. Threading the
//! handlers through tail calls gained less than 15 %.

mod float;

pub(crate) mod channels;
pub(crate) mod complex;
pub(crate) mod control;
pub(crate) mod convert;
pub(crate) mod interfaces;
pub(crate) mod maps;
pub(crate) mod memory;
pub(crate) mod print;
mod report;
pub(crate) mod slices;
pub(crate) mod strings;

use std::sync::atomic::Ordering::Relaxed;

use mgo_runtime::engine::Yield;
use mgo_runtime::g::G;
use mgo_runtime::preempt::GUARD_ASYNC;

use crate::bytecode::op::Op;
use crate::frame::{Frame, Pc, closure_entry, method_entry, save};
use crate::machine::Vm;
use crate::native::call_native;
use crate::trap::Trap;
use crate::value::{mem, string};
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

    // On to the next instruction, `n` words further.
    macro_rules! next {
        ($n:expr) => {{
            pc = pc.skip($n);
            continue;
        }};
    }
    // Hands control to a flow function; pc was stored.
    macro_rules! flow {
        ($call:expr) => {{
            match $call {
                Flow::Go => {
                    pc = Pc::of(g);
                    f = Frame::of(g);
                    continue;
                }
                Flow::Yield(y) => return y,
            }
        }};
    }
    // A flow function for an instruction of `n` words, which is complete when the G goes on.
    macro_rules! leave {
        ($n:expr, $call:expr) => {{
            save(g, pc.skip($n), f);
            flow!($call)
        }};
    }
    macro_rules! raise {
        ($trap:expr) => {{
            let trap = $trap;
            save(g, pc.skip(1), f);
            flow!(raise(vm, trap))
        }};
    }
    // A cold operation of `n` words.
    macro_rules! cold {
        ($n:expr, $op:ident) => {{
            match $op(vm, f, pc) {
                Ok(()) => next!($n),
                Err(trap) => raise!(trap),
            }
        }};
    }
    macro_rules! jump_if {
        ($n:expr, $by:expr, $cond:expr) => {{
            if $cond {
                pc = pc.jump($n + i64::from($by));
                continue;
            }
            next!($n as usize)
        }};
    }
    // A jump backwards: looks at the guard word.
    macro_rules! back_if {
        ($by:expr, $cond:expr) => {{
            if $cond {
                pc = pc.jump(1 + i64::from($by));
                if polled(g) {
                    save(g, pc, f);
                    flow!(back_edge(vm));
                }
                continue;
            }
            next!(1)
        }};
    }
    // Address R[$reg] + $offset, checked for nil.
    macro_rules! address {
        ($reg:expr, $offset:expr) => {{
            let p = f.get($reg);
            if p == 0 {
                raise!(Trap::NIL_DEREF);
            }
            p + u64::from($offset)
        }};
    }
    // Address of element R[$index] of slice P[$slice].
    macro_rules! element {
        ($slice:expr, $index:expr, $size:expr) => {{
            let (base, len_cap) = f.pair($slice);
            let (i, n) = (f.get($index), len_cap & 0xffff_ffff);
            if i >= n {
                raise!(Trap::index(i, n));
            }
            base + i * $size
        }};
    }
    // Address of element R[$index] of the array of x elements that R[$ptr] points to.
    macro_rules! array_element {
        ($ptr:expr, $index:expr, $size:expr) => {{
            let (base, i, n) = (f.get($ptr), f.get($index), u64::from(pc.x_lo()));
            if base == 0 {
                raise!(Trap::NIL_DEREF);
            }
            if i >= n {
                raise!(Trap::index(i, n));
            }
            base + i * $size
        }};
    }
    macro_rules! global {
        ($inst:expr) => {
            globals + u64::from($inst.bc())
        };
    }
    // Enters a frame of `$frame` slots at R[$win]; the instruction has `$n` words.
    macro_rules! enter {
        ($n:expr, $win:expr, $frame:expr, $code:expr) => {{
            let win = $win;
            if f.end_of(win, $frame) > g.guard.load(Relaxed) {
                save(g, pc, f);
                flow!(entry(vm, u32::from(win) + $frame));
            }
            let callee = f.window(win);
            callee.enter(pc.skip($n), u32::from(win), 0);
            f = callee;
            pc = Pc::at($code);
            continue;
        }};
    }
    macro_rules! append {
        ($size:expr, $cold:ident, $store:expr) => {{
            let (base, len_cap) = f.pair(i!().b());
            let (len, cap) = (len_cap & 0xffff_ffff, len_cap >> 32);
            if len < cap {
                ($store)(base + len * $size, i!().c());
                f.set_pair(i!().a(), (base, len_cap + 1));
                next!(2)
            }
            cold!(2, $cold)
        }};
    }
    // On to the second of two fused instructions; the first has `n` words. `i!()` is the second from here on.
    macro_rules! then {
        ($n:expr) => {
            pc = pc.skip($n)
        };
    }
    // R[a] += 1 and back if it is less than `limit`.
    macro_rules! for_lt {
        ($limit:expr) => {{
            let v = f.int(i!().a()).wrapping_add(1);
            f.set(i!().a(), v as u64);
            back_if!(i!().ic(), v < $limit)
        }};
    }
    macro_rules! i {
        () => {
            pc.inst()
        };
    }

    loop {
        let i = pc.inst();
        match i.op() {
            // --- moves and constants
            Op::Nop => next!(1),
            Op::Move => {
                f.set(i.a(), f.get(i.b()));
                next!(1)
            }
            Op::Move2 => {
                f.set_pair(i.a(), f.pair(i.b()));
                next!(1)
            }
            Op::MoveN => {
                f.copy(i.a(), i.b(), i.c().into());
                next!(1)
            }
            Op::LoadI => {
                f.set(i.a(), i.ibc() as u64);
                next!(1)
            }
            Op::LoadK | Op::LoadData | Op::LoadFn => {
                f.set(i.a(), pc.x());
                next!(2)
            }
            Op::LoadStr => {
                f.set_pair(i.a(), (pc.x(), i.bc().into()));
                next!(2)
            }
            Op::LoadType => {
                f.set(i.a(), i.bc().into());
                next!(1)
            }
            Op::ZeroN => {
                f.slots_mut(i.a(), i.bc() as usize).fill(0);
                next!(1)
            }

            // --- 64-bit integers
            Op::AddI64 => {
                f.bin(i, u64::wrapping_add);
                next!(1)
            }
            Op::SubI64 => {
                f.bin(i, u64::wrapping_sub);
                next!(1)
            }
            Op::MulI64 => {
                f.bin(i, u64::wrapping_mul);
                next!(1)
            }
            Op::DivI64 => {
                if f.get(i.c()) == 0 {
                    raise!(Trap::DIV_ZERO);
                }
                f.bin_i(i, i64::wrapping_div);
                next!(1)
            }
            Op::RemI64 => {
                if f.get(i.c()) == 0 {
                    raise!(Trap::DIV_ZERO);
                }
                f.bin_i(i, i64::wrapping_rem);
                next!(1)
            }
            Op::DivU64 => {
                let Some(v) = f.get(i.b()).checked_div(f.get(i.c())) else {
                    raise!(Trap::DIV_ZERO)
                };
                f.set(i.a(), v);
                next!(1)
            }
            Op::RemU64 => {
                let Some(v) = f.get(i.b()).checked_rem(f.get(i.c())) else {
                    raise!(Trap::DIV_ZERO)
                };
                f.set(i.a(), v);
                next!(1)
            }
            Op::And => {
                f.bin(i, |x, y| x & y);
                next!(1)
            }
            Op::Or => {
                f.bin(i, |x, y| x | y);
                next!(1)
            }
            Op::Xor => {
                f.bin(i, |x, y| x ^ y);
                next!(1)
            }
            Op::AndNot => {
                f.bin(i, |x, y| x & !y);
                next!(1)
            }
            Op::Shl => {
                f.bin(i, shl);
                next!(1)
            }
            Op::ShrI => {
                f.bin(i, |x, n| ((x as i64) >> n.min(63)) as u64);
                next!(1)
            }
            Op::ShrU => {
                f.bin(i, |x, n| if n < 64 { x >> n } else { 0 });
                next!(1)
            }
            Op::NegI64 => {
                f.un(i, u64::wrapping_neg);
                next!(1)
            }
            Op::Com => {
                f.un(i, |x| !x);
                next!(1)
            }
            Op::AddI64I => {
                f.bin_imm(i, i64::wrapping_add);
                next!(1)
            }
            Op::RsbI64I => {
                f.bin_imm(i, |x, k| k.wrapping_sub(x));
                next!(1)
            }
            Op::MulI64I => {
                f.bin_imm(i, i64::wrapping_mul);
                next!(1)
            }
            Op::DivI64I => {
                f.bin_imm(i, |x, k| x.checked_div(k).unwrap_or(x));
                next!(1)
            }
            Op::RemI64I => {
                f.bin_imm(i, |x, k| x.checked_rem(k).unwrap_or(0));
                next!(1)
            }
            Op::DivU64I => {
                f.un(i, |x| x.checked_div(i.c().into()).unwrap_or(0));
                next!(1)
            }
            Op::RemU64I => {
                f.un(i, |x| x.checked_rem(i.c().into()).unwrap_or(0));
                next!(1)
            }
            Op::AndI => {
                f.bin_imm(i, |x, k| x & k);
                next!(1)
            }
            Op::OrI => {
                f.bin_imm(i, |x, k| x | k);
                next!(1)
            }
            Op::XorI => {
                f.bin_imm(i, |x, k| x ^ k);
                next!(1)
            }
            Op::DivI64P => {
                f.set(i.a(), div_p2(f.int(i.b()), i.c()) as u64);
                next!(1)
            }
            Op::RemI64P => {
                let x = f.int(i.b());
                f.set(i.a(), (x - (div_p2(x, i.c()) << (i.c() & 63))) as u64);
                next!(1)
            }
            Op::ShlI => {
                f.un(i, |x| x << (i.c() & 63));
                next!(1)
            }
            Op::ShrII => {
                f.un(i, |x| ((x as i64) >> (i.c() & 63)) as u64);
                next!(1)
            }
            Op::ShrUI => {
                f.un(i, |x| x >> (i.c() & 63));
                next!(1)
            }
            Op::ChkShift => {
                if f.int(i.a()) < 0 {
                    raise!(Trap::NEG_SHIFT);
                }
                next!(1)
            }

            // --- narrower integers
            Op::AddI32 => {
                f.bin(i, |x, y| ext32(x.wrapping_add(y)));
                next!(1)
            }
            Op::SubI32 => {
                f.bin(i, |x, y| ext32(x.wrapping_sub(y)));
                next!(1)
            }
            Op::MulI32 => {
                f.bin(i, |x, y| ext32(x.wrapping_mul(y)));
                next!(1)
            }
            Op::ShlI32 => {
                f.bin(i, |x, n| ext32(shl(x, n)));
                next!(1)
            }
            Op::AddI32I => {
                f.bin_imm(i, |x, k| i64::from(x.wrapping_add(k) as i32));
                next!(1)
            }
            Op::MulI32I => {
                f.bin_imm(i, |x, k| i64::from(x.wrapping_mul(k) as i32));
                next!(1)
            }
            Op::ShlI32I => {
                f.un(i, |x| ext32(x << (i.c() & 63)));
                next!(1)
            }
            Op::AddU32 => {
                f.bin(i, |x, y| u64::from(x.wrapping_add(y) as u32));
                next!(1)
            }
            Op::SubU32 => {
                f.bin(i, |x, y| u64::from(x.wrapping_sub(y) as u32));
                next!(1)
            }
            Op::MulU32 => {
                f.bin(i, |x, y| u64::from(x.wrapping_mul(y) as u32));
                next!(1)
            }
            Op::ShlU32 => {
                f.bin(i, |x, n| u64::from(shl(x, n) as u32));
                next!(1)
            }
            Op::AddU32I => {
                f.bin_imm(i, |x, k| i64::from(x.wrapping_add(k) as u32));
                next!(1)
            }
            Op::MulU32I => {
                f.bin_imm(i, |x, k| i64::from(x.wrapping_mul(k) as u32));
                next!(1)
            }
            Op::ShlU32I => {
                f.un(i, |x| u64::from((x << (i.c() & 63)) as u32));
                next!(1)
            }
            Op::AddU8 => {
                f.bin(i, |x, y| u64::from(x.wrapping_add(y) as u8));
                next!(1)
            }
            Op::SubU8 => {
                f.bin(i, |x, y| u64::from(x.wrapping_sub(y) as u8));
                next!(1)
            }
            Op::AddU8I => {
                f.bin_imm(i, |x, k| i64::from(x.wrapping_add(k) as u8));
                next!(1)
            }
            Op::ExtI8 => {
                f.un(i, |x| x as i8 as i64 as u64);
                next!(1)
            }
            Op::ExtI16 => {
                f.un(i, |x| x as i16 as i64 as u64);
                next!(1)
            }
            Op::ExtI32 => {
                f.un(i, ext32);
                next!(1)
            }
            Op::ExtU8 => {
                f.un(i, |x| u64::from(x as u8));
                next!(1)
            }
            Op::ExtU16 => {
                f.un(i, |x| u64::from(x as u16));
                next!(1)
            }
            Op::ExtU32 => {
                f.un(i, |x| u64::from(x as u32));
                next!(1)
            }

            // --- integer comparisons
            Op::EqI64 => {
                f.bin(i, |x, y| u64::from(x == y));
                next!(1)
            }
            Op::NeI64 => {
                f.bin(i, |x, y| u64::from(x != y));
                next!(1)
            }
            Op::LtI64 => {
                f.bin_i(i, |x, y| i64::from(x < y));
                next!(1)
            }
            Op::LeI64 => {
                f.bin_i(i, |x, y| i64::from(x <= y));
                next!(1)
            }
            Op::LtU64 => {
                f.bin(i, |x, y| u64::from(x < y));
                next!(1)
            }
            Op::LeU64 => {
                f.bin(i, |x, y| u64::from(x <= y));
                next!(1)
            }
            Op::EqI64I => {
                f.bin_imm(i, |x, k| i64::from(x == k));
                next!(1)
            }
            Op::NeI64I => {
                f.bin_imm(i, |x, k| i64::from(x != k));
                next!(1)
            }
            Op::LtI64I => {
                f.bin_imm(i, |x, k| i64::from(x < k));
                next!(1)
            }
            Op::LeI64I => {
                f.bin_imm(i, |x, k| i64::from(x <= k));
                next!(1)
            }
            Op::GtI64I => {
                f.bin_imm(i, |x, k| i64::from(x > k));
                next!(1)
            }
            Op::GeI64I => {
                f.bin_imm(i, |x, k| i64::from(x >= k));
                next!(1)
            }
            Op::Not => {
                f.un(i, |x| x ^ 1);
                next!(1)
            }
            Op::MinI64 => {
                f.bin_i(i, i64::min);
                next!(1)
            }
            Op::MaxI64 => {
                f.bin_i(i, i64::max);
                next!(1)
            }
            Op::MinU64 => {
                f.bin(i, u64::min);
                next!(1)
            }
            Op::MaxU64 => {
                f.bin(i, u64::max);
                next!(1)
            }

            // --- floats
            Op::AddF64 => {
                f.bin_f64(i, |x, y| x + y);
                next!(1)
            }
            Op::SubF64 => {
                f.bin_f64(i, |x, y| x - y);
                next!(1)
            }
            Op::MulF64 => {
                f.bin_f64(i, |x, y| x * y);
                next!(1)
            }
            Op::DivF64 => {
                f.bin_f64(i, |x, y| x / y);
                next!(1)
            }
            Op::NegF64 => {
                f.un(i, |x| x ^ 1 << 63);
                next!(1)
            }
            Op::SqrtF64 => {
                f.set_f64(i.a(), f.f64(i.b()).sqrt());
                next!(1)
            }
            Op::AbsF64 => {
                f.un(i, |x| x & !(1 << 63));
                next!(1)
            }
            Op::EqF64 => {
                f.cmp_f64(i, |x, y| x == y);
                next!(1)
            }
            Op::NeF64 => {
                f.cmp_f64(i, |x, y| x != y);
                next!(1)
            }
            Op::LtF64 => {
                f.cmp_f64(i, |x, y| x < y);
                next!(1)
            }
            Op::LeF64 => {
                f.cmp_f64(i, |x, y| x <= y);
                next!(1)
            }
            Op::MinF64 => {
                f.bin_f64(i, float::min);
                next!(1)
            }
            Op::MaxF64 => {
                f.bin_f64(i, float::max);
                next!(1)
            }
            Op::MulAddF64 => {
                f.set_f64(i.a(), f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c()));
                next!(2)
            }
            Op::MulSubF64 => {
                f.set_f64(i.a(), f.f64(pc.xq(0)) - f.f64(i.b()) * f.f64(i.c()));
                next!(2)
            }
            Op::AddF32 => {
                f.bin_f32(i, |x, y| x + y);
                next!(1)
            }
            Op::SubF32 => {
                f.bin_f32(i, |x, y| x - y);
                next!(1)
            }
            Op::MulF32 => {
                f.bin_f32(i, |x, y| x * y);
                next!(1)
            }
            Op::DivF32 => {
                f.bin_f32(i, |x, y| x / y);
                next!(1)
            }
            Op::NegF32 => {
                f.un(i, |x| x ^ 1 << 31);
                next!(1)
            }
            Op::EqF32 => {
                f.cmp_f32(i, |x, y| x == y);
                next!(1)
            }
            Op::NeF32 => {
                f.cmp_f32(i, |x, y| x != y);
                next!(1)
            }
            Op::LtF32 => {
                f.cmp_f32(i, |x, y| x < y);
                next!(1)
            }
            Op::LeF32 => {
                f.cmp_f32(i, |x, y| x <= y);
                next!(1)
            }
            Op::MinF32 => {
                f.bin_f32(i, |x, y| float::min(x.into(), y.into()) as f32);
                next!(1)
            }
            Op::MaxF32 => {
                f.bin_f32(i, |x, y| float::max(x.into(), y.into()) as f32);
                next!(1)
            }

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
            Op::I64ToF64 => {
                f.set_f64(i.a(), f.int(i.b()) as f64);
                next!(1)
            }
            Op::U64ToF64 => {
                f.set_f64(i.a(), f.get(i.b()) as f64);
                next!(1)
            }
            Op::I64ToF32 => {
                f.set_f32(i.a(), f.int(i.b()) as f32);
                next!(1)
            }
            Op::U64ToF32 => {
                f.set_f32(i.a(), f.get(i.b()) as f32);
                next!(1)
            }
            Op::F64ToI64 => {
                f.set(i.a(), float::to_i64(f.f64(i.b())) as u64);
                next!(1)
            }
            Op::F64ToU64 => {
                f.set(i.a(), float::to_u64(f.f64(i.b())));
                next!(1)
            }
            Op::F32ToI64 => {
                f.set(i.a(), float::to_i64(f.f32(i.b()).into()) as u64);
                next!(1)
            }
            Op::F32ToU64 => {
                f.set(i.a(), float::to_u64(f.f32(i.b()).into()));
                next!(1)
            }
            Op::F64ToF32 => {
                f.set_f32(i.a(), f.f64(i.b()) as f32);
                next!(1)
            }
            Op::F32ToF64 => {
                f.set_f64(i.a(), f.f32(i.b()).into());
                next!(1)
            }

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
            Op::ForLtI64 => {
                let v = f.int(i.a()).wrapping_add(1);
                f.set(i.a(), v as u64);
                back_if!(i.ic(), v < f.int(i.b()))
            }
            Op::ForLeI64 => {
                let v = f.int(i.a()).wrapping_add(1);
                f.set(i.a(), v as u64);
                back_if!(i.ic(), v <= f.int(i.b()))
            }
            Op::ForLtI64I => {
                let v = f.int(i.a()).wrapping_add(1);
                f.set(i.a(), v as u64);
                back_if!(i.ic(), v < i.ib())
            }
            Op::ForLenI64 => {
                let v = f.int(i.a()).wrapping_add(1);
                f.set(i.a(), v as u64);
                back_if!(i.ic(), v < (f.get(i.b()) & 0xffff_ffff) as i64)
            }
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
            Op::LoadI8 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load8(at) as i8 as u64);
                next!(1)
            }
            Op::LoadU8 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load8(at).into());
                next!(1)
            }
            Op::LoadI16 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load16(at) as i16 as u64);
                next!(1)
            }
            Op::LoadU16 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load16(at).into());
                next!(1)
            }
            Op::LoadI32 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load32(at) as i32 as u64);
                next!(1)
            }
            Op::LoadU32 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load32(at).into());
                next!(1)
            }
            Op::Load64 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load64(at));
                next!(1)
            }
            Op::Load128 => {
                let at = address!(i.b(), i.c());
                f.set_pair(i.a(), mem::load128(at));
                next!(1)
            }
            Op::Store8 => {
                let at = address!(i.a(), i.c());
                mem::store8(at, f.get(i.b()) as u8);
                next!(1)
            }
            Op::Store16 => {
                let at = address!(i.a(), i.c());
                mem::store16(at, f.get(i.b()) as u16);
                next!(1)
            }
            Op::Store32 => {
                let at = address!(i.a(), i.c());
                mem::store32(at, f.get(i.b()) as u32);
                next!(1)
            }
            Op::Store64 | Op::StoreP => {
                let at = address!(i.a(), i.c());
                mem::store64(at, f.get(i.b()));
                next!(1)
            }
            Op::Store128 => {
                let at = address!(i.a(), i.c());
                mem::store128(at, f.pair(i.b()));
                next!(1)
            }
            Op::AddrOff => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), at);
                next!(1)
            }
            Op::AddrOffX => {
                let at = address!(i.b(), pc.x_lo());
                f.set(i.a(), at);
                next!(2)
            }
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
            Op::GLoadI8 => {
                f.set(i.a(), mem::load8(global!(i)) as i8 as u64);
                next!(1)
            }
            Op::GLoadU8 => {
                f.set(i.a(), mem::load8(global!(i)).into());
                next!(1)
            }
            Op::GLoadI16 => {
                f.set(i.a(), mem::load16(global!(i)) as i16 as u64);
                next!(1)
            }
            Op::GLoadU16 => {
                f.set(i.a(), mem::load16(global!(i)).into());
                next!(1)
            }
            Op::GLoadI32 => {
                f.set(i.a(), mem::load32(global!(i)) as i32 as u64);
                next!(1)
            }
            Op::GLoadU32 => {
                f.set(i.a(), mem::load32(global!(i)).into());
                next!(1)
            }
            Op::GLoad64 => {
                f.set(i.a(), mem::load64(global!(i)));
                next!(1)
            }
            Op::GLoad128 => {
                f.set_pair(i.a(), mem::load128(global!(i)));
                next!(1)
            }
            Op::GStore8 => {
                mem::store8(global!(i), f.get(i.a()) as u8);
                next!(1)
            }
            Op::GStore16 => {
                mem::store16(global!(i), f.get(i.a()) as u16);
                next!(1)
            }
            Op::GStore32 => {
                mem::store32(global!(i), f.get(i.a()) as u32);
                next!(1)
            }
            Op::GStore64 | Op::GStoreP => {
                mem::store64(global!(i), f.get(i.a()));
                next!(1)
            }
            Op::GStore128 => {
                mem::store128(global!(i), f.pair(i.a()));
                next!(1)
            }
            Op::GAddr => {
                f.set(i.a(), global!(i));
                next!(1)
            }

            // --- elements of slices and strings
            Op::SlLoadI8 => {
                let at = element!(i.b(), i.c(), 1);
                f.set(i.a(), mem::load8(at) as i8 as u64);
                next!(1)
            }
            Op::SlLoadU8 => {
                let at = element!(i.b(), i.c(), 1);
                f.set(i.a(), mem::load8(at).into());
                next!(1)
            }
            Op::SlLoadI16 => {
                let at = element!(i.b(), i.c(), 2);
                f.set(i.a(), mem::load16(at) as i16 as u64);
                next!(1)
            }
            Op::SlLoadU16 => {
                let at = element!(i.b(), i.c(), 2);
                f.set(i.a(), mem::load16(at).into());
                next!(1)
            }
            Op::SlLoadI32 => {
                let at = element!(i.b(), i.c(), 4);
                f.set(i.a(), mem::load32(at) as i32 as u64);
                next!(1)
            }
            Op::SlLoadU32 => {
                let at = element!(i.b(), i.c(), 4);
                f.set(i.a(), mem::load32(at).into());
                next!(1)
            }
            Op::SlLoad64 => {
                let at = element!(i.b(), i.c(), 8);
                f.set(i.a(), mem::load64(at));
                next!(1)
            }
            Op::SlLoad128 => {
                let at = element!(i.b(), i.c(), 16);
                f.set_pair(i.a(), mem::load128(at));
                next!(1)
            }
            Op::SlStore8 => {
                let at = element!(i.a(), i.b(), 1);
                mem::store8(at, f.get(i.c()) as u8);
                next!(1)
            }
            Op::SlStore16 => {
                let at = element!(i.a(), i.b(), 2);
                mem::store16(at, f.get(i.c()) as u16);
                next!(1)
            }
            Op::SlStore32 => {
                let at = element!(i.a(), i.b(), 4);
                mem::store32(at, f.get(i.c()) as u32);
                next!(1)
            }
            Op::SlStore64 | Op::SlStoreP => {
                let at = element!(i.a(), i.b(), 8);
                mem::store64(at, f.get(i.c()));
                next!(1)
            }
            Op::SlStore128 => {
                let at = element!(i.a(), i.b(), 16);
                mem::store128(at, f.pair(i.c()));
                next!(1)
            }
            Op::SlAddr => {
                let at = element!(i.b(), i.c(), u64::from(pc.x_lo()));
                f.set(i.a(), at);
                next!(2)
            }
            Op::StrIdx => {
                let (base, len) = f.pair(i.b());
                let k = f.get(i.c());
                if k >= len {
                    raise!(Trap::index(k, len));
                }
                f.set(i.a(), mem::load8(base + k).into());
                next!(1)
            }

            // --- elements of arrays
            Op::ArLoadI8 => {
                let at = array_element!(i.b(), i.c(), 1);
                f.set(i.a(), mem::load8(at) as i8 as u64);
                next!(2)
            }
            Op::ArLoadU8 => {
                let at = array_element!(i.b(), i.c(), 1);
                f.set(i.a(), mem::load8(at).into());
                next!(2)
            }
            Op::ArLoadI16 => {
                let at = array_element!(i.b(), i.c(), 2);
                f.set(i.a(), mem::load16(at) as i16 as u64);
                next!(2)
            }
            Op::ArLoadU16 => {
                let at = array_element!(i.b(), i.c(), 2);
                f.set(i.a(), mem::load16(at).into());
                next!(2)
            }
            Op::ArLoadI32 => {
                let at = array_element!(i.b(), i.c(), 4);
                f.set(i.a(), mem::load32(at) as i32 as u64);
                next!(2)
            }
            Op::ArLoadU32 => {
                let at = array_element!(i.b(), i.c(), 4);
                f.set(i.a(), mem::load32(at).into());
                next!(2)
            }
            Op::ArLoad64 => {
                let at = array_element!(i.b(), i.c(), 8);
                f.set(i.a(), mem::load64(at));
                next!(2)
            }
            Op::ArLoad128 => {
                let at = array_element!(i.b(), i.c(), 16);
                f.set_pair(i.a(), mem::load128(at));
                next!(2)
            }
            Op::ArStore8 => {
                let at = array_element!(i.a(), i.b(), 1);
                mem::store8(at, f.get(i.c()) as u8);
                next!(2)
            }
            Op::ArStore16 => {
                let at = array_element!(i.a(), i.b(), 2);
                mem::store16(at, f.get(i.c()) as u16);
                next!(2)
            }
            Op::ArStore32 => {
                let at = array_element!(i.a(), i.b(), 4);
                mem::store32(at, f.get(i.c()) as u32);
                next!(2)
            }
            Op::ArStore64 | Op::ArStoreP => {
                let at = array_element!(i.a(), i.b(), 8);
                mem::store64(at, f.get(i.c()));
                next!(2)
            }
            Op::ArStore128 => {
                let at = array_element!(i.a(), i.b(), 16);
                mem::store128(at, f.pair(i.c()));
                next!(2)
            }
            Op::ArAddr => {
                let at = array_element!(i.b(), i.c(), u64::from(pc.x_hi()));
                f.set(i.a(), at);
                next!(2)
            }
            Op::ChkIdx => {
                let (k, n) = (f.get(i.a()), u64::from(pc.x_lo()));
                if k >= n {
                    raise!(Trap::index(k, n));
                }
                next!(2)
            }
            Op::FrIdx => {
                let (k, n) = (f.get(i.c()), u64::from(pc.xq(0)));
                if k >= n {
                    raise!(Trap::index(k, n));
                }
                let size = pc.xq(1);
                f.copy(i.a(), i.b() + k as u16 * size, size.into());
                next!(2)
            }
            Op::FrSet => {
                let (k, n) = (f.get(i.b()), u64::from(pc.xq(0)));
                if k >= n {
                    raise!(Trap::index(k, n));
                }
                let size = pc.xq(1);
                f.copy(i.a() + k as u16 * size, i.c(), size.into());
                next!(2)
            }

            // --- allocation and slices
            Op::New => cold!(1, op_new),
            Op::NewCopy => cold!(2, op_new_copy),
            Op::Box => cold!(2, op_box),
            Op::LenSl => {
                f.un(i, |x| x & 0xffff_ffff);
                next!(1)
            }
            Op::CapSl => {
                f.un(i, |x| x >> 32);
                next!(1)
            }
            Op::MakeSlice => cold!(2, op_make_slice),
            Op::SliceSl => cold!(3, op_slice_sl),
            Op::SliceStr => cold!(2, op_slice_str),
            Op::SliceArr => cold!(3, op_slice_arr),
            Op::SlToArr => cold!(2, op_sl_to_arr),
            Op::Append8 => append!(1, op_append8, |at, c| mem::store8(at, f.get(c) as u8)),
            Op::Append32 => append!(4, op_append32, |at, c| mem::store32(at, f.get(c) as u32)),
            Op::Append64 => append!(8, op_append64, |at, c| mem::store64(at, f.get(c))),
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
            Op::EqStr => {
                f.set(i.a(), string::eq(f.pair(i.b()), f.pair(i.c())).into());
                next!(1)
            }
            Op::LtStr => {
                f.set(i.a(), string::cmp(f.pair(i.b()), f.pair(i.c())).is_lt().into());
                next!(1)
            }
            Op::LeStr => {
                f.set(i.a(), string::cmp(f.pair(i.b()), f.pair(i.c())).is_le().into());
                next!(1)
            }
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
            Op::CallC => {
                let closure = f.get(i.b());
                if closure == 0 {
                    raise!(Trap::NIL_DEREF);
                }
                let callee = closure_entry(closure);
                f.set(i.a() + 2, closure);
                enter!(
                    1,
                    i.a(),
                    callee.frame.load(Relaxed),
                    callee.code.load(Relaxed) as u64
                )
            }
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
            Op::FrameToken => {
                f.set(i.a(), f.offset(g).into());
                next!(1)
            }
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

            // --- fused instructions: `then!` steps to the second
            Op::AndIJEqI => {
                let v = f.get(i.b()) & i.ic() as u64;
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ic(), v as i64 == i!().ib())
            }
            Op::AndIJNeI => {
                let v = f.get(i.b()) & i.ic() as u64;
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ic(), v as i64 != i!().ib())
            }
            Op::AddI64IJmp => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                pc = pc.jump(1 + i!().ibc());
            }
            Op::AddI64ILoopGtI64I => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), v as i64 > i!().ib())
            }
            Op::AddI64ILoopGeI64I => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), v as i64 >= i!().ib())
            }
            Op::AddI64ILoopLtI64I => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), (v as i64) < i!().ib())
            }
            Op::AddI64ILoopLtI64 => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), (v as i64) < f.int(i!().b()))
            }
            Op::AddI64ILoopLeI64 => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), v as i64 <= f.int(i!().b()))
            }
            Op::AddI64ILoopNeI => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), f.int(i!().a()) != i!().ib())
            }
            Op::AddI64IForLtI64 => {
                f.set(i.a(), f.get(i.b()).wrapping_add(i.ic() as u64));
                then!(1);
                for_lt!(f.int(i!().b()))
            }
            Op::AddI64ForLtI64 => {
                f.set(i.a(), f.get(i.b()).wrapping_add(f.get(i.c())));
                then!(1);
                for_lt!(f.int(i!().b()))
            }
            Op::AddI64IForLtI64I => {
                f.set(i.a(), f.get(i.b()).wrapping_add(i.ic() as u64));
                then!(1);
                for_lt!(i!().ib())
            }
            Op::AddI64ForLtI64I => {
                f.set(i.a(), f.get(i.b()).wrapping_add(f.get(i.c())));
                then!(1);
                for_lt!(i!().ib())
            }
            Op::AddI64IForLenI64 => {
                f.set(i.a(), f.get(i.b()).wrapping_add(i.ic() as u64));
                then!(1);
                for_lt!((f.get(i!().b()) & 0xffff_ffff) as i64)
            }
            Op::AddI64ForLenI64 => {
                f.set(i.a(), f.get(i.b()).wrapping_add(f.get(i.c())));
                then!(1);
                for_lt!((f.get(i!().b()) & 0xffff_ffff) as i64)
            }
            Op::XorForLtI64 => {
                f.set(i.a(), f.get(i.b()) ^ f.get(i.c()));
                then!(1);
                for_lt!(f.int(i!().b()))
            }
            Op::MoveForLtI64 => {
                f.set(i.a(), f.get(i.b()));
                then!(1);
                for_lt!(f.int(i!().b()))
            }
            Op::SlStore64ForLtI64 => {
                let at = element!(i.a(), i.b(), 8);
                mem::store64(at, f.get(i.c()));
                then!(1);
                for_lt!(f.int(i!().b()))
            }
            Op::MulAddF64ForLtI64 => {
                f.set_f64(i.a(), f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c()));
                then!(2);
                for_lt!(f.int(i!().b()))
            }
            Op::AddI64LoopLtI64 => {
                let v = f.get(i.b()).wrapping_add(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), (v as i64) < f.int(i!().b()))
            }
            Op::AddI64LoopLeI64 => {
                let v = f.get(i.b()).wrapping_add(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                back_if!(i!().ic(), v as i64 <= f.int(i!().b()))
            }
            Op::DivI64PJmp => {
                f.set(i.a(), div_p2(f.int(i.b()), i.c()) as u64);
                then!(1);
                pc = pc.jump(1 + i!().ibc());
            }
            Op::MoveJmp => {
                f.set(i.a(), f.get(i.b()));
                then!(1);
                pc = pc.jump(1 + i!().ibc());
            }
            Op::MulI64IAddI64I => {
                let v = f.get(i.b()).wrapping_mul(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(i!().ic() as u64));
                next!(1)
            }
            Op::MulI64IAddI64 => {
                let v = f.get(i.b()).wrapping_mul(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(f.get(i!().c())));
                next!(1)
            }
            Op::MulI64AddI64 => {
                let v = f.get(i.b()).wrapping_mul(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(f.get(i!().c())));
                next!(1)
            }
            Op::MulI64AddI64I => {
                let v = f.get(i.b()).wrapping_mul(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(i!().ic() as u64));
                next!(1)
            }
            Op::AddI64AddI64 => {
                let v = f.get(i.b()).wrapping_add(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(f.get(i!().c())));
                next!(1)
            }
            Op::ShlIAddI64 => {
                let v = f.get(i.b()) << (i.c() & 63);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(f.get(i!().c())));
                next!(1)
            }
            Op::ShlIXor => {
                let v = f.get(i.b()) << (i.c() & 63);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v ^ f.get(i!().c()));
                next!(1)
            }
            Op::ShrUIXor => {
                let v = f.get(i.b()) >> (i.c() & 63);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v ^ f.get(i!().c()));
                next!(1)
            }
            Op::ShrUIAndI => {
                let v = f.get(i.b()) >> (i.c() & 63);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v & i!().ic() as u64);
                next!(1)
            }
            Op::AddI64IAndI => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v & i!().ic() as u64);
                next!(1)
            }
            Op::AddI64AndI => {
                let v = f.get(i.b()).wrapping_add(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v & i!().ic() as u64);
                next!(1)
            }
            Op::XorMulI64 => {
                let v = f.get(i.b()) ^ f.get(i.c());
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_mul(f.get(i!().c())));
                next!(1)
            }
            Op::MulF64MulF64 => {
                let v = f.f64(i.b()) * f.f64(i.c());
                f.set_f64(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), v * f.f64(i!().c()));
                next!(1)
            }
            Op::SubF64MulF64 => {
                let v = f.f64(i.b()) - f.f64(i.c());
                f.set_f64(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), v * f.f64(i!().c()));
                next!(1)
            }
            Op::MulF64AddF64 => {
                let v = f.f64(i.b()) * f.f64(i.c());
                f.set_f64(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), v + f.f64(i!().c()));
                next!(1)
            }
            Op::MulF64SubF64 => {
                let v = f.f64(i.b()) * f.f64(i.c());
                f.set_f64(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), f.f64(i!().b()) - v);
                next!(1)
            }
            Op::AddF64Store64 => {
                let v = (f.f64(i.b()) + f.f64(i.c())).to_bits();
                f.set(i.a(), v);
                then!(1);
                let at = address!(i!().a(), i!().c());
                mem::store64(at, v);
                next!(1)
            }
            Op::SubF64Store64 => {
                let v = (f.f64(i.b()) - f.f64(i.c())).to_bits();
                f.set(i.a(), v);
                then!(1);
                let at = address!(i!().a(), i!().c());
                mem::store64(at, v);
                next!(1)
            }
            Op::AddF64MulF64 => {
                let v = f.f64(i.b()) + f.f64(i.c());
                f.set_f64(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), v * f.f64(i!().c()));
                next!(1)
            }
            Op::Load64Load64 => {
                let at = address!(i.b(), i.c());
                f.set(i.a(), mem::load64(at));
                then!(1);
                let at = address!(i!().b(), i!().c());
                f.set(i!().a(), mem::load64(at));
                next!(1)
            }
            Op::Load64AddI64 => {
                let at = address!(i.b(), i.c());
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(f.get(i!().c())));
                next!(1)
            }
            Op::Load64AddF64 => {
                let at = address!(i.b(), i.c());
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), f64::from_bits(v) + f.f64(i!().c()));
                next!(1)
            }
            Op::Load64MulF64 => {
                let at = address!(i.b(), i.c());
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), f64::from_bits(v) * f.f64(i!().c()));
                next!(1)
            }
            Op::Load64SubF64 => {
                let at = address!(i.b(), i.c());
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), f.f64(i!().b()) - f64::from_bits(v));
                next!(1)
            }
            Op::AddI64IStore64 => {
                let v = f.get(i.b()).wrapping_add(i.ic() as u64);
                f.set(i.a(), v);
                then!(1);
                let at = address!(i!().a(), i!().c());
                mem::store64(at, v);
                next!(1)
            }
            Op::AddI64Store64 => {
                let v = f.get(i.b()).wrapping_add(f.get(i.c()));
                f.set(i.a(), v);
                then!(1);
                let at = address!(i!().a(), i!().c());
                mem::store64(at, v);
                next!(1)
            }
            Op::MulAddF64Store64 => {
                let v = (f.f64(pc.xq(0)) + f.f64(i.b()) * f.f64(i.c())).to_bits();
                f.set(i.a(), v);
                then!(2);
                let at = address!(i!().a(), i!().c());
                mem::store64(at, v);
                next!(1)
            }
            Op::MulSubF64Store64 => {
                let v = (f.f64(pc.xq(0)) - f.f64(i.b()) * f.f64(i.c())).to_bits();
                f.set(i.a(), v);
                then!(2);
                let at = address!(i!().a(), i!().c());
                mem::store64(at, v);
                next!(1)
            }
            Op::SlLoad128SlLoad64 => {
                let at = element!(i.b(), i.c(), 16);
                let (base, len_cap) = mem::load128(at);
                f.set_pair(i.a(), (base, len_cap));
                then!(1);
                let (k, n) = (f.get(i!().c()), len_cap & 0xffff_ffff);
                if k >= n {
                    raise!(Trap::index(k, n));
                }
                f.set(i!().a(), mem::load64(base + k * 8));
                next!(1)
            }
            Op::SlLoad64AddI64 => {
                let at = element!(i.b(), i.c(), 8);
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set(i!().a(), v.wrapping_add(f.get(i!().c())));
                next!(1)
            }
            Op::SlLoad64AddF64 => {
                let at = element!(i.b(), i.c(), 8);
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), f64::from_bits(v) + f.f64(i!().c()));
                next!(1)
            }
            Op::SlLoad64MulAddF64 => {
                let at = element!(i.b(), i.c(), 8);
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                f.set_f64(i!().a(), f.f64(pc.xq(0)) + f.f64(i!().b()) * f64::from_bits(v));
                next!(2)
            }
            Op::SlLoad64JLtI64 => {
                let at = element!(i.b(), i.c(), 8);
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ic(), (v as i64) < f.int(i!().b()))
            }
            Op::SlLoad64JLeI64 => {
                let at = element!(i.b(), i.c(), 8);
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ic(), v as i64 <= f.int(i!().b()))
            }
            Op::SlLoad64SlStore64 => {
                let at = element!(i.b(), i.c(), 8);
                let v = mem::load64(at);
                f.set(i.a(), v);
                then!(1);
                let at = element!(i!().a(), i!().b(), 8);
                mem::store64(at, v);
                next!(1)
            }
            Op::SlLoadU8JmpF => {
                let at = element!(i.b(), i.c(), 1);
                let v = u64::from(mem::load8(at));
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ibc(), v == 0)
            }
            Op::SlLoadU8JmpT => {
                let at = element!(i.b(), i.c(), 1);
                let v = u64::from(mem::load8(at));
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ibc(), v != 0)
            }
            Op::SlLoadU8JNeI => {
                let at = element!(i.b(), i.c(), 1);
                let v = u64::from(mem::load8(at));
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ic(), v as i64 != i!().ib())
            }
            Op::SlLoadU8JEqI => {
                let at = element!(i.b(), i.c(), 1);
                let v = u64::from(mem::load8(at));
                f.set(i.a(), v);
                then!(1);
                jump_if!(1, i!().ic(), v as i64 == i!().ib())
            }
            Op::LoadISlStore8 => {
                let v = i.ibc() as u64;
                f.set(i.a(), v);
                then!(1);
                let at = element!(i!().a(), i!().b(), 1);
                mem::store8(at, v as u8);
                next!(1)
            }
            Op::LoadISlStore64 => {
                let v = i.ibc() as u64;
                f.set(i.a(), v);
                then!(1);
                let at = element!(i!().a(), i!().b(), 8);
                mem::store64(at, v);
                next!(1)
            }
            Op::LoadIJmp => {
                f.set(i.a(), i.ibc() as u64);
                then!(1);
                pc = pc.jump(1 + i!().ibc());
            }
            Op::AddI64ICall => {
                f.set(i.a(), f.get(i.b()).wrapping_add(i.ic() as u64));
                then!(1);
                enter!(2, i!().a(), i!().bc(), pc.x())
            }
            Op::MoveCall => {
                f.set(i.a(), f.get(i.b()));
                then!(1);
                enter!(2, i!().a(), i!().bc(), pc.x())
            }
            Op::Move2Call => {
                f.set_pair(i.a(), f.pair(i.b()));
                then!(1);
                enter!(2, i!().a(), i!().bc(), pc.x())
            }
            Op::AddI64Ret => {
                f.set(i.a(), f.get(i.b()).wrapping_add(f.get(i.c())));
                pc = f.return_pc();
                f = f.caller();
            }
            Op::MoveRet => {
                f.set(i.a(), f.get(i.b()));
                pc = f.return_pc();
                f = f.caller();
            }
            Op::LoadIRet => {
                f.set(i.a(), i.ibc() as u64);
                pc = f.return_pc();
                f = f.caller();
            }
            Op::MoveMove => {
                f.set(i.a(), f.get(i.b()));
                then!(1);
                f.set(i!().a(), f.get(i!().b()));
                next!(1)
            }
        }
    }
}

#[inline(always)]
fn shl(x: u64, n: u64) -> u64 {
    if n < 64 { x << n } else { 0 }
}

#[inline(always)]
fn ext32(x: u64) -> u64 {
    x as i32 as i64 as u64
}

/// x / 2^n, truncated.
#[inline(always)]
fn div_p2(x: i64, n: u16) -> i64 {
    // What is missing to round a negative number up.
    let up = ((x >> 63) as u64 >> ((64 - n) & 63)) as i64;
    x.wrapping_add(up) >> (n & 63)
}
