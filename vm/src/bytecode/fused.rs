//! Fused instructions: two that often follow each other, or a chain of several, carried out by one handler.
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

use crate::bytecode::compact::{self, Around, nops};
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
    /// The first quarter of its extra word.
    X0,
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
    (Op::SlLoad64JLtI64, Op::SlLoad64, Op::JLtI64, Link::Free),
    (Op::SlLoad64JLeI64, Op::SlLoad64, Op::JLeI64, Link::Free),
    (Op::SlLoad64SlLoad64, Op::SlLoad64, Op::SlLoad64, Link::Free),
    (Op::SlStore64SlStore64, Op::SlStore64, Op::SlStore64, Link::Free),
    (Op::Load128SlLoad64, Op::Load128, Op::SlLoad64, Link::B),
    (Op::AddI64ISlLoad64, Op::AddI64I, Op::SlLoad64, Link::Free),
    (Op::AddI64IAddI64I, Op::AddI64I, Op::AddI64I, Link::Free),
    (Op::AddI64IJLeI64, Op::AddI64I, Op::JLeI64, Link::Free),
    (Op::AddI64DivI64P, Op::AddI64, Op::DivI64P, Link::B),
    (Op::AddI64IDivI64P, Op::AddI64I, Op::DivI64P, Link::B),
    (Op::ShlIAddI64I, Op::ShlI, Op::AddI64I, Link::B),
    (Op::MulU32AddU32, Op::MulU32, Op::AddU32, Link::BOrC),
    (Op::Load64LenSl, Op::Load64, Op::LenSl, Link::B),
    (Op::MoveLoop, Op::Move, Op::Loop, Link::Free),
    (Op::MoveLoopLtI64, Op::Move, Op::LoopLtI64, Link::Free),
    (Op::MoveLoopGtI64I, Op::Move, Op::LoopGtI64I, Link::Free),
    (Op::MoveCallC, Op::Move, Op::CallC, Link::Free),
    (Op::AddI64ICallC, Op::AddI64I, Op::CallC, Link::Free),
    (Op::LtI64Ret, Op::LtI64, Op::Ret, Link::Free),
    (Op::JLtI64Load64, Op::JLtI64, Op::Load64, Link::Free),
    (Op::MulF64MulAddF64, Op::MulF64, Op::MulAddF64, Link::X0),
    (Op::MulAddF64MulAddF64, Op::MulAddF64, Op::MulAddF64, Link::X0),
    (Op::SqrtF64MulF64, Op::SqrtF64, Op::MulF64, Link::BOrC),
    (Op::MulF64DivF64, Op::MulF64, Op::DivF64, Link::C),
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

/// A value handed on within a chain: the instruction that reads it, its operand, the one that computed it.
/// Where both operands of a commuting operation will do, they change places if need be.
type Hand = (usize, Place, usize);

/// A fused opcode, the instructions it stands for (one word each), what is handed on.
type Chain = (Op, &'static [Op], &'static [Hand]);

/// Chains, of which the first that fits is taken.
const CHAINS: &[Chain] = &[
    (
        Op::LoadsMulMulAddF64Store,
        &[
            Op::Load64,
            Op::Load64,
            Op::MulF64,
            Op::MulF64,
            Op::AddF64,
            Op::Store64,
        ],
        TWO_PRODUCTS,
    ),
    (
        Op::LoadsMulMulSubF64Store,
        &[
            Op::Load64,
            Op::Load64,
            Op::MulF64,
            Op::MulF64,
            Op::SubF64,
            Op::Store64,
        ],
        TWO_PRODUCTS,
    ),
    (
        Op::LoadsMulAddF64Store,
        &[Op::Load64, Op::Load64, Op::MulF64, Op::AddF64, Op::Store64],
        &[
            (2, Place::B, 1),
            (3, Place::B, 0),
            (3, Place::C, 2),
            (4, Place::B, 3),
        ],
    ),
    (
        Op::LoadsSubF64,
        &[Op::Load64, Op::Load64, Op::SubF64],
        &[(2, Place::B, 0), (2, Place::C, 1)],
    ),
    (
        Op::SlLoadsLtI64Ret,
        &[Op::SlLoad64, Op::SlLoad64, Op::LtI64, Op::Ret],
        &[(2, Place::B, 0), (2, Place::C, 1)],
    ),
    (Op::MoveMoveMove, &[Op::Move, Op::Move, Op::Move], &[]),
    (Op::MoveMoveCall, &[Op::Move, Op::Move, Op::Call], &[]),
    (Op::MoveMoveCallC, &[Op::Move, Op::Move, Op::CallC], &[]),
    (Op::JLtI64IMoveRet, &[Op::JLtI64I, Op::Move, Op::Ret], &[]),
    (Op::JLtI64ILoadIRet, &[Op::JLtI64I, Op::LoadI, Op::Ret], &[]),
    (Op::JLeI64IMoveRet, &[Op::JLeI64I, Op::Move, Op::Ret], &[]),
    (Op::JLeI64ILoadIRet, &[Op::JLeI64I, Op::LoadI, Op::Ret], &[]),
    (Op::JGtI64IMoveRet, &[Op::JGtI64I, Op::Move, Op::Ret], &[]),
    (Op::JGtI64ILoadIRet, &[Op::JGtI64I, Op::LoadI, Op::Ret], &[]),
    (Op::JGeI64IMoveRet, &[Op::JGeI64I, Op::Move, Op::Ret], &[]),
    (Op::JGeI64ILoadIRet, &[Op::JGeI64I, Op::LoadI, Op::Ret], &[]),
    (Op::JEqIMoveRet, &[Op::JEqI, Op::Move, Op::Ret], &[]),
    (Op::JEqILoadIRet, &[Op::JEqI, Op::LoadI, Op::Ret], &[]),
    (Op::JNeIMoveRet, &[Op::JNeI, Op::Move, Op::Ret], &[]),
    (Op::JNeILoadIRet, &[Op::JNeI, Op::LoadI, Op::Ret], &[]),
];

/// Two loads, the second's value times two factors, added to the first's, stored.
const TWO_PRODUCTS: &[Hand] = &[
    (2, Place::B, 1),
    (3, Place::B, 2),
    (4, Place::B, 0),
    (4, Place::C, 3),
    (5, Place::B, 4),
];

/// The chains that begin with each opcode.
static BY_FIRST: LazyLock<Vec<Vec<&Chain>>> = LazyLock::new(|| {
    let mut of: Vec<Vec<&Chain>> = vec![Vec::new(); Op::ALL.len()];
    CHAINS.iter().for_each(|c| of[c.1[0] as usize].push(c));
    of
});

static FOLLOWERS: LazyLock<Vec<&[Op]>> = LazyLock::new(|| {
    let mut of: Vec<&[Op]> = vec![&[]; Op::ALL.len()];
    for p in PAIRS {
        of[p.0 as usize] = std::slice::from_ref(&p.2);
    }
    for c in CHAINS {
        of[c.0 as usize] = &c.1[1..];
    }
    for &op in Op::ALL.iter().filter(|&&op| !nops(op).is_empty()) {
        of[op as usize] = nops(op);
    }
    of
});

/// The opcodes that must follow `op`, if it is a fused or a compact one.
pub fn followers(op: Op) -> &'static [Op] {
    FOLLOWERS[op as usize]
}

/// How an instruction begins a fused one.
#[derive(Clone, Copy)]
enum Fusion {
    Pair(Op, Link),
    Chain(&'static Chain),
    /// A chain, and the words that take its place.
    Compact(&'static Chain, [u64; 2]),
}

/// Costs of handlers: one alone, a pair, a pair that hands its value on; of a chain for each instruction
/// after the first, and of its compact form.
const ALONE: u32 = 10;
const PAIR: u32 = 13;
const LINKED: u32 = 11;
const LATER: u32 = 2;
const LATER_COMPACT: u32 = 1;

/// Fuses instructions in the finished code of a function: of the ways to do so, the one that costs least.
/// What jumps between the instructions is looked at for compact forms only: a jump to a later one of a fused
/// instruction finds it whole.
pub fn fuse(words: &mut [u64], around: &Around) {
    let mut starts = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let Some(op) = Op::of(words[at]) else { return };
        starts.push((at, op));
        at += op.words(words[at]);
    }
    // What it costs from each instruction on, and how it is fused with what follows.
    let mut cost: Vec<(u32, Option<Fusion>)> = vec![(0, None); starts.len() + 2];
    for n in (0..starts.len()).rev() {
        cost[n] = (cost[n + 1].0 + ALONE, None);
        let Some(&(j, second)) = starts.get(n + 1) else {
            continue;
        };
        let (i, first) = starts[n];
        if let Some((fused, link)) = pair(&words[i..], first, &words[j..], second) {
            let handler = if link == Link::Free { PAIR } else { LINKED };
            if cost[n + 2].0 + handler < cost[n].0 {
                cost[n] = (cost[n + 2].0 + handler, Some(Fusion::Pair(fused, link)));
            }
        }
        let fits = |c: &&&'static Chain| c.fits(&words[i..], &starts[n..]);
        if let Some(&c) = BY_FIRST[first as usize].iter().find(fits) {
            let k = c.1.len();
            let (later, fusion) = match compact::form(c.0, &c.arranged(&words[i..])[..k], words, i, around) {
                Some(new) => (LATER_COMPACT, Fusion::Compact(c, new)),
                None => (LATER, Fusion::Chain(c)),
            };
            let all = cost[n + k].0 + ALONE + later * (k as u32 - 1);
            if all < cost[n].0 {
                cost[n] = (all, Some(fusion));
            }
        }
    }
    rewrite(words, &starts, &cost);
}

/// Puts the fused instructions that were found in their places.
fn rewrite(words: &mut [u64], starts: &[(usize, Op)], cost: &[(u32, Option<Fusion>)]) {
    let mut n = 0;
    while n < starts.len() {
        let i = starts[n].0;
        let fused = match cost[n].1 {
            None => {
                n += 1;
                continue;
            }
            Some(Fusion::Pair(fused, link)) => {
                let j = starts[n + 1].0;
                if link == Link::BOrC && b_of(words[j]) != a_of(words[i]) {
                    words[j] = exchanged(words[j]);
                }
                n += 2;
                fused
            }
            Some(Fusion::Chain(c)) => {
                c.arrange(&mut words[i..]);
                n += c.1.len();
                c.0
            }
            Some(Fusion::Compact(c, new)) => {
                let k = c.1.len();
                words[i..i + k].fill(abc(Op::Nop, 0, 0, 0));
                words[i..i + 2].copy_from_slice(&new);
                n += k;
                continue;
            }
        };
        words[i] = words[i] & !0xffff | fused as u64;
    }
}

/// An instruction with operands b and c in each other's place.
fn exchanged(w: u64) -> u64 {
    w & 0xffff_ffff | u64::from(c_of(w)) << 32 | u64::from(b_of(w)) << 48
}

trait Fits {
    /// Whether the code begins with the chain.
    fn fits(&self, words: &[u64], starts: &[(usize, Op)]) -> bool;
    /// Puts operands that are handed on in their places.
    fn arrange(&self, words: &mut [u64]);
    /// The instructions of a chain that fits, so arranged.
    fn arranged(&self, words: &[u64]) -> [u64; 8];
}

impl Fits for Chain {
    fn fits(&self, words: &[u64], starts: &[(usize, Op)]) -> bool {
        let ops = self.1;
        let same = starts.len() >= ops.len() && ops.iter().zip(starts).all(|(op, s)| *op == s.1);
        if !same {
            return false;
        }
        let own = self.arranged(words);
        self.2.iter().all(|&(to, place, from)| {
            let r = a_of(own[from]);
            let read = if place == Place::B {
                b_of(own[to])
            } else {
                c_of(own[to])
            };
            // Nobody in between writes that register.
            read == r && own[from + 1..to].iter().all(|&w| a_of(w) != r)
        })
    }

    fn arranged(&self, words: &[u64]) -> [u64; 8] {
        let mut own: [u64; 8] = [0; 8];
        own[..self.1.len()].copy_from_slice(&words[..self.1.len()]);
        self.arrange(&mut own);
        own
    }

    fn arrange(&self, words: &mut [u64]) {
        for &(to, place, from) in self.2 {
            let r = a_of(words[from]);
            let commutes = matches!(self.1[to], Op::AddF64 | Op::MulF64);
            let wrong = match place {
                Place::B => b_of(words[to]) != r && c_of(words[to]) == r,
                _ => c_of(words[to]) != r && b_of(words[to]) == r,
            };
            if commutes && wrong {
                words[to] = exchanged(words[to]);
            }
        }
    }
}

/// The opcode for instruction `first` in the words `u` and `second` in the words `w` after it, if there is one.
fn pair(u: &[u64], first: Op, w: &[u64], second: Op) -> Option<(Op, Link)> {
    let &(fused, link) = BY_PAIR.get(&(first, second))?;
    let (r, w0) = (a_of(u[0]), w[0]);
    let linked = match link {
        Link::Free => true,
        Link::A => a_of(w0) == r,
        Link::B => b_of(w0) == r,
        Link::C => c_of(w0) == r,
        Link::BOrC => b_of(w0) == r || c_of(w0) == r,
        Link::X0 => w.get(1).is_some_and(|&x| x as u16 == r),
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
    fn chains_are_found_and_arranged() {
        // x.f += y.g * k, the product's operands the wrong way round.
        let mut code = [
            abc(Op::Load64, 6, 3, 0),
            abc(Op::Load64, 7, 4, 8),
            abc(Op::MulF64, 7, 5, 7),
            abc(Op::AddF64, 8, 6, 7),
            abc(Op::Store64, 3, 8, 0),
            abc(Op::Exit, 0, 0, 0),
        ];
        fuse(&mut code, &Around::default());
        assert_eq!(code[0], abc(Op::LoadsMulAddF64Store, 6, 3, 0));
        assert_eq!(code[2], abc(Op::MulF64, 7, 7, 5));
        assert_eq!(followers(Op::LoadsMulAddF64Store).len(), 4);
    }

    #[test]
    fn a_chain_whose_value_is_overwritten_is_none() {
        let mut code = [
            abc(Op::Load64, 6, 3, 0),
            abc(Op::Load64, 6, 4, 8),
            abc(Op::SubF64, 7, 6, 6),
            abc(Op::Exit, 0, 0, 0),
        ];
        fuse(&mut code, &Around::default());
        assert_ne!(Op::of(code[0]), Some(Op::LoadsSubF64));
    }

    #[test]
    fn commuting_operands_change_places() {
        let mut code = [
            abc(Op::ShlI, 6, 3, 7),
            abc(Op::AddI64, 3, 4, 6),
            abc(Op::Exit, 0, 0, 0),
        ];
        fuse(&mut code, &Around::default());
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
        fuse(&mut after, &Around::default());
        assert_eq!(after, code);
    }
}
