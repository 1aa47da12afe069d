//! Compact forms: a chain of float instructions that works on memory, replaced by one with operands of its own.
//!
//! A fused instruction (see `fused`) leaves the instructions it stands for in their places and writes all
//! their results. A compact one takes the place of the chain: it names two addresses and the factors, and the values
//! that the chain handed on are never written. Nops, which it skips, fill the room, so nothing moves.
//!
//! So it may stand only where nothing jumps into the chain, where nobody reads those slots before they are written
//! again, and in functions that do not go on after a panic. Each product and sum is rounded as before.

use crate::bytecode::disasm::{bits, signed};
use crate::bytecode::op::*;

/// What has to be known of the function around a chain.
#[derive(Clone, Copy, Default)]
pub struct Around<'a> {
    /// The words that jumps go to, ascending.
    pub landings: &'a [u32],
    /// Slots of the results.
    pub results: u32,
    /// Whether compact forms may be made at all: not where a recovered panic continues.
    pub compacts: bool,
}

/// How many instructions are looked at to see that a slot is not read.
const FUEL: u32 = 200;

/// The compact form of the chain `op`, whose instructions, of one word each and arranged, are `own` and stand at
/// word `at` of `words`: its two words.
pub fn form(op: Op, own: &[u64], words: &[u64], at: usize, around: &Around) -> Option<[u64; 2]> {
    let end = at + own.len();
    let inside = |&l: &u32| (at as u32 + 1..end as u32).contains(&l);
    let from = around.landings.partition_point(|&l| l <= at as u32);
    if !around.compacts || around.landings.get(from).is_some_and(inside) {
        return None;
    }
    let (x, y, last) = (own[0], own[1], *own.last()?);
    let made: Vec<u16> = own[..own.len() - 1].iter().map(|&w| a_of(w)).collect();
    let (made, new) = match op {
        Op::LoadsSubF64 => {
            let d = a_of(last);
            let made: Vec<u16> = made.into_iter().filter(|&r| r != d).collect();
            (
                made,
                [
                    abc(Op::SubMemF64, d, b_of(x), b_of(y)),
                    quarters([0, c_of(x), c_of(y), 0]),
                ],
            )
        }
        Op::LoadsMulAddF64Store | Op::LoadsMulMulAddF64Store | Op::LoadsMulMulSubF64Store => {
            let same = a_of(last) == b_of(x) && c_of(last) == c_of(x) && !made.contains(&b_of(x));
            let factors = &own[2..own.len() - 2];
            if !same || factors.iter().any(|&w| made.contains(&c_of(w))) {
                return None;
            }
            let new = match op {
                Op::LoadsMulAddF64Store => Op::AddMulMemF64,
                Op::LoadsMulMulAddF64Store => Op::AddMulMulMemF64,
                _ => Op::SubMulMulMemF64,
            };
            let second = factors.get(1).map_or(0, |&w| c_of(w));
            (
                made,
                [
                    abc(new, b_of(x), b_of(y), c_of(factors[0])),
                    quarters([second, c_of(x), c_of(y), 0]),
                ],
            )
        }
        _ => return None,
    };
    let lost = |&r: &u16| {
        let mut search = Search {
            words,
            r: r.into(),
            results: around.results,
            fuel: FUEL,
            seen: Vec::new(),
        };
        search.is_dead(end)
    };
    (b_of(y) != a_of(x) && made.iter().all(lost)).then_some(new)
}

/// The Nops behind a compact instruction.
pub fn nops(op: Op) -> &'static [Op] {
    const NOPS: [Op; 4] = [Op::Nop; 4];
    match op {
        Op::SubMemF64 => &NOPS[..1],
        Op::AddMulMemF64 => &NOPS[..3],
        Op::AddMulMulMemF64 | Op::SubMulMulMemF64 => &NOPS,
        _ => &[],
    }
}

/// The search for a reader of slot `r`, in code that is not fused yet.
struct Search<'a> {
    words: &'a [u64],
    r: u32,
    results: u32,
    fuel: u32,
    /// Where jumps went that were followed.
    seen: Vec<usize>,
}

impl Search<'_> {
    /// Whether the slot is written, or the function left, before it is read, from word `at` on.
    fn is_dead(&mut self, mut at: usize) -> bool {
        loop {
            let Some(op) = self.words.get(at).and_then(|&w| Op::of(w)) else {
                return false;
            };
            let n = op.words(self.words[at]);
            let own = &self.words[at..at + n];
            if self.fuel == 0 || op.has(flag::XV) || reads(op, own, self.r, self.results) {
                return false;
            }
            self.fuel -= 1;
            if writes(op, own, self.r) {
                return true;
            }
            at += n;
            for o in op.info().operands.iter().filter(|o| o.kind == Kind::Jump) {
                let to = (at as i64 + signed(own, o.place)) as usize;
                if !self.seen.contains(&to) {
                    self.seen.push(to);
                    if !self.is_dead(to) {
                        return false;
                    }
                }
            }
            if op.has(flag::END) {
                return true;
            }
        }
    }
}

/// Whether the instruction may read slot `r`.
fn reads(op: Op, own: &[u64], r: u32, results: u32) -> bool {
    let operand = |o: &Operand| {
        let v = bits(own, o.place) as u32;
        match o.kind {
            Kind::In | Kind::Io | Kind::OptIn => v == r,
            Kind::In2 | Kind::OptIn2 => v == r || v + 1 == r,
            // How many is not looked at.
            Kind::InN | Kind::IoN | Kind::Win => v <= r,
            _ => false,
        }
    };
    let first = u32::from(crate::bytecode::program::HEADER);
    op == Op::Ret && (first..first + results).contains(&r) || op.info().operands.iter().any(operand)
}

/// Whether the instruction writes slot `r` whatever happens.
fn writes(op: Op, own: &[u64], r: u32) -> bool {
    !op.has(flag::JUMP)
        && op.info().operands.iter().any(|o| {
            let v = bits(own, o.place) as u32;
            match o.kind {
                Kind::Out => v == r,
                Kind::Out2 => v == r || v + 1 == r,
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::fused::{followers, fuse};

    /// `x.f -= y.g * k * m`, and what follows.
    fn chain(rest: &[u64]) -> Vec<u64> {
        let mut code = vec![
            abc(Op::Load64, 6, 3, 0),
            abc(Op::Load64, 7, 4, 8),
            abc(Op::MulF64, 7, 7, 5),
            abc(Op::MulF64, 7, 7, 9),
            abc(Op::SubF64, 8, 6, 7),
            abc(Op::Store64, 3, 8, 0),
        ];
        code.extend_from_slice(rest);
        code
    }

    fn around(landings: &[u32]) -> Around<'_> {
        Around {
            landings,
            results: 0,
            compacts: true,
        }
    }

    #[test]
    fn a_chain_whose_values_die_becomes_one_instruction() {
        let mut code = chain(&[abc(Op::Ret, 0, 0, 0)]);
        fuse(&mut code, &around(&[0, 6]));
        assert_eq!(code[0], abc(Op::SubMulMulMemF64, 3, 4, 5));
        assert_eq!(code[1], quarters([9, 0, 8, 0]));
        assert_eq!(code[2..6], [abc(Op::Nop, 0, 0, 0); 4]);
        assert_eq!(followers(Op::SubMulMulMemF64).len(), 4);
    }

    #[test]
    fn a_value_that_is_read_later_is_kept() {
        let ret = abc(Op::Ret, 0, 0, 0);
        let whole = Some(Op::LoadsMulMulSubF64Store);
        let later = abc(Op::Move, 4, 8, 0);
        for rest in [vec![later, ret], vec![abc(Op::JEqI, 4, 0, 1), ret, later, ret]] {
            let mut code = chain(&rest);
            fuse(&mut code, &around(&[]));
            assert_eq!(Op::of(code[0]), whole);
        }
        // A result.
        let mut code = chain(&[ret]);
        let six = Around {
            results: 6,
            ..around(&[])
        };
        fuse(&mut code, &six);
        assert_eq!(Op::of(code[0]), whole);
    }

    #[test]
    fn what_is_jumped_into_stays() {
        let mut code = chain(&[abc(Op::Ret, 0, 0, 0)]);
        fuse(&mut code, &around(&[0, 4]));
        assert_eq!(Op::of(code[0]), Some(Op::LoadsMulMulSubF64Store));
    }
}
