//! Fused instructions: two that often follow each other, carried out by one handler.
//!
//! A fused opcode replaces the opcode of the first instruction only; both keep their words, operands and places.
//! So nothing moves when a pair is fused (line tables, links and jump distances hold), and a jump to the second
//! instruction still finds it. The handler saves a dispatch, and where the second reads what the first wrote,
//! the value stays in a machine register instead of going through the frame.
//!
//! The first instruction's result is written to its slot all the same: whether it is read later need not be
//! known, and a store nobody waits for costs next to nothing.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::bytecode::op::*;

/// Which operand of the second instruction must be the register that the first wrote: its handler takes the
/// value from there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// None.
    Free,
    /// Operand a.
    A,
    /// Operand b.
    B,
    /// Operand c.
    C,
    /// Operand b; if it is c, the two change places: the operation commutes.
    BOrC,
}

/// Fused opcode, first, second, link.
const PAIRS: &[(Op, Op, Op, Link)] = &[
    (Op::AndIJEqI, Op::AndI, Op::JEqI, Link::A),
    (Op::AndIJNeI, Op::AndI, Op::JNeI, Link::A),
    (Op::AddI64IJmp, Op::AddI64I, Op::Jmp, Link::Free),
    (Op::AddI64ILoopGtI64I, Op::AddI64I, Op::LoopGtI64I, Link::A),
    (Op::AddI64ILoopGeI64I, Op::AddI64I, Op::LoopGeI64I, Link::A),
    (Op::AddI64ILoopLtI64I, Op::AddI64I, Op::LoopLtI64I, Link::A),
    (Op::AddI64ILoopLtI64, Op::AddI64I, Op::LoopLtI64, Link::A),
    (Op::AddI64ILoopLeI64, Op::AddI64I, Op::LoopLeI64, Link::A),
    (Op::AddI64ILoopNeI, Op::AddI64I, Op::LoopNeI, Link::Free),
    (Op::AddI64IForLtI64, Op::AddI64I, Op::ForLtI64, Link::Free),
    (Op::AddI64ForLtI64, Op::AddI64, Op::ForLtI64, Link::Free),
    (Op::AddI64IForLtI64I, Op::AddI64I, Op::ForLtI64I, Link::Free),
    (Op::AddI64ForLtI64I, Op::AddI64, Op::ForLtI64I, Link::Free),
    (Op::AddI64IForLenI64, Op::AddI64I, Op::ForLenI64, Link::Free),
    (Op::AddI64ForLenI64, Op::AddI64, Op::ForLenI64, Link::Free),
    (Op::XorForLtI64, Op::Xor, Op::ForLtI64, Link::Free),
    (Op::MoveForLtI64, Op::Move, Op::ForLtI64, Link::Free),
    (Op::SlStore64ForLtI64, Op::SlStore64, Op::ForLtI64, Link::Free),
    (Op::MulAddF64ForLtI64, Op::MulAddF64, Op::ForLtI64, Link::Free),
    (Op::AddI64LoopLtI64, Op::AddI64, Op::LoopLtI64, Link::A),
    (Op::AddI64LoopLeI64, Op::AddI64, Op::LoopLeI64, Link::A),
    (Op::DivI64PJmp, Op::DivI64P, Op::Jmp, Link::Free),
    (Op::MoveJmp, Op::Move, Op::Jmp, Link::Free),
    (Op::MulI64IAddI64I, Op::MulI64I, Op::AddI64I, Link::B),
    (Op::MulI64IAddI64, Op::MulI64I, Op::AddI64, Link::BOrC),
    (Op::MulI64AddI64, Op::MulI64, Op::AddI64, Link::BOrC),
    (Op::MulI64AddI64I, Op::MulI64, Op::AddI64I, Link::B),
    (Op::AddI64AddI64, Op::AddI64, Op::AddI64, Link::BOrC),
    (Op::ShlIAddI64, Op::ShlI, Op::AddI64, Link::BOrC),
    (Op::ShlIXor, Op::ShlI, Op::Xor, Link::BOrC),
    (Op::ShrUIXor, Op::ShrUI, Op::Xor, Link::BOrC),
    (Op::ShrUIAndI, Op::ShrUI, Op::AndI, Link::B),
    (Op::AddI64IAndI, Op::AddI64I, Op::AndI, Link::B),
    (Op::AddI64AndI, Op::AddI64, Op::AndI, Link::B),
    (Op::XorMulI64, Op::Xor, Op::MulI64, Link::BOrC),
    (Op::MulF64MulF64, Op::MulF64, Op::MulF64, Link::BOrC),
    (Op::SubF64MulF64, Op::SubF64, Op::MulF64, Link::BOrC),
    (Op::MulF64AddF64, Op::MulF64, Op::AddF64, Link::BOrC),
    (Op::MulF64SubF64, Op::MulF64, Op::SubF64, Link::C),
    (Op::AddF64Store64, Op::AddF64, Op::Store64, Link::B),
    (Op::SubF64Store64, Op::SubF64, Op::Store64, Link::B),
    (Op::AddF64MulF64, Op::AddF64, Op::MulF64, Link::BOrC),
    (Op::Load64Load64, Op::Load64, Op::Load64, Link::Free),
    (Op::Load64AddI64, Op::Load64, Op::AddI64, Link::BOrC),
    (Op::Load64AddF64, Op::Load64, Op::AddF64, Link::BOrC),
    (Op::Load64MulF64, Op::Load64, Op::MulF64, Link::BOrC),
    (Op::Load64SubF64, Op::Load64, Op::SubF64, Link::C),
    (Op::AddI64IStore64, Op::AddI64I, Op::Store64, Link::B),
    (Op::AddI64Store64, Op::AddI64, Op::Store64, Link::B),
    (Op::MulAddF64Store64, Op::MulAddF64, Op::Store64, Link::B),
    (Op::MulSubF64Store64, Op::MulSubF64, Op::Store64, Link::B),
    (Op::SlLoad128SlLoad64, Op::SlLoad128, Op::SlLoad64, Link::B),
    (Op::SlLoad64AddI64, Op::SlLoad64, Op::AddI64, Link::BOrC),
    (Op::SlLoad64AddF64, Op::SlLoad64, Op::AddF64, Link::BOrC),
    (Op::SlLoad64MulAddF64, Op::SlLoad64, Op::MulAddF64, Link::C),
    (Op::SlLoad64JLtI64, Op::SlLoad64, Op::JLtI64, Link::A),
    (Op::SlLoad64JLeI64, Op::SlLoad64, Op::JLeI64, Link::A),
    (Op::SlLoad64SlStore64, Op::SlLoad64, Op::SlStore64, Link::C),
    (Op::SlLoadU8JmpF, Op::SlLoadU8, Op::JmpF, Link::A),
    (Op::SlLoadU8JmpT, Op::SlLoadU8, Op::JmpT, Link::A),
    (Op::SlLoadU8JNeI, Op::SlLoadU8, Op::JNeI, Link::A),
    (Op::SlLoadU8JEqI, Op::SlLoadU8, Op::JEqI, Link::A),
    (Op::LoadISlStore8, Op::LoadI, Op::SlStore8, Link::C),
    (Op::LoadISlStore64, Op::LoadI, Op::SlStore64, Link::C),
    (Op::LoadIJmp, Op::LoadI, Op::Jmp, Link::Free),
    (Op::AddI64ICall, Op::AddI64I, Op::Call, Link::Free),
    (Op::MoveCall, Op::Move, Op::Call, Link::Free),
    (Op::Move2Call, Op::Move2, Op::Call, Link::Free),
    (Op::AddI64Ret, Op::AddI64, Op::Ret, Link::Free),
    (Op::MoveRet, Op::Move, Op::Ret, Link::Free),
    (Op::LoadIRet, Op::LoadI, Op::Ret, Link::Free),
    (Op::MoveMove, Op::Move, Op::Move, Link::Free),
];

static BY_PAIR: LazyLock<FxHashMap<(Op, Op), (Op, Link)>> =
    LazyLock::new(|| PAIRS.iter().map(|p| ((p.1, p.2), (p.0, p.3))).collect());

static SECOND: LazyLock<Vec<Option<Op>>> = LazyLock::new(|| {
    let mut of = vec![None; Op::ALL.len()];
    for p in PAIRS {
        of[p.0 as usize] = Some(p.2);
    }
    of
});

/// The opcode that must follow `op`, if it is a fused one.
pub fn second(op: Op) -> Option<Op> {
    SECOND[op as usize]
}

/// Fuses pairs in the finished code of a function: of the ways to pair its instructions, the one that costs
/// least. What jumps between the instructions is not looked at: a jump to a second one finds it whole.
pub fn fuse(words: &mut [u64]) {
    /// Costs of handlers: one alone, a pair, and a pair that hands its value on.
    const ALONE: u32 = 10;
    const PAIR: u32 = 13;
    const LINKED: u32 = 11;
    let mut starts = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let Some(op) = Op::of(words[at]) else { return };
        starts.push((at, op));
        at += op.words(words[at]);
    }
    // What it costs from each instruction on, and the opcode if it is paired with its successor.
    let mut cost = vec![(0, None); starts.len() + 2];
    for n in (0..starts.len()).rev() {
        cost[n] = (cost[n + 1].0 + ALONE, None);
        let Some(&(j, second)) = starts.get(n + 1) else {
            continue;
        };
        let (i, first) = starts[n];
        if let Some((fused, link)) = pair(words[i], first, words[j], second) {
            let handler = if link == Link::Free { PAIR } else { LINKED };
            if cost[n + 2].0 + handler < cost[n].0 {
                cost[n] = (cost[n + 2].0 + handler, Some((fused, link)));
            }
        }
    }
    let mut n = 0;
    while n < starts.len() {
        let Some((fused, link)) = cost[n].1 else {
            n += 1;
            continue;
        };
        let (i, j) = (starts[n].0, starts[n + 1].0);
        let w = words[j];
        if link == Link::BOrC && b_of(w) != a_of(words[i]) {
            words[j] = w & 0xffff_ffff | u64::from(c_of(w)) << 32 | u64::from(b_of(w)) << 48;
        }
        words[i] = words[i] & !0xffff | fused as u64;
        n += 2;
    }
}

/// The opcode for instruction `first` in word `u` and `second` in word `w` after it, if there is one.
fn pair(u: u64, first: Op, w: u64, second: Op) -> Option<(Op, Link)> {
    let &(fused, link) = BY_PAIR.get(&(first, second))?;
    let r = a_of(u);
    let linked = match link {
        Link::Free => true,
        Link::A => a_of(w) == r,
        Link::B => b_of(w) == r,
        Link::C => c_of(w) == r,
        Link::BOrC => b_of(w) == r || c_of(w) == r,
    };
    linked.then_some((fused, link))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_of_the_first_are_those_of_the_fused() {
        for &(fused, first, second, _) in PAIRS {
            assert_eq!(fused.info().operands, first.info().operands, "{fused:?}");
            assert_eq!(fused.info().flags, first.info().flags, "{fused:?}");
            assert_eq!(format!("{first:?}{second:?}"), format!("{fused:?}"));
        }
    }

    #[test]
    fn commuting_operands_change_places() {
        let mut code = [
            abc(Op::ShlI, 6, 3, 7),
            abc(Op::AddI64, 3, 4, 6),
            abc(Op::Exit, 0, 0, 0),
        ];
        fuse(&mut code);
        assert_eq!(code[0], abc(Op::ShlIAddI64, 6, 3, 7));
        assert_eq!(code[1], abc(Op::AddI64, 3, 6, 4));
    }

    #[test]
    fn a_value_that_is_not_read_is_not_fused() {
        let code = [
            abc(Op::ShlI, 6, 3, 7),
            abc(Op::AddI64, 3, 4, 5),
            abc(Op::Exit, 0, 0, 0),
        ];
        let mut after = code;
        fuse(&mut after);
        assert_eq!(after, code);
    }
}
