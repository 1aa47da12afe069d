//! Which slots of a frame may still be read: what the collector looks at.
//!
//! The classic backward flow over the instructions of a function, worked out when the collector first meets
//! one of its frames and kept with the function; the answers are kept in stack maps. Where an instruction's reach is not known it counts as
//! reading more, never less; a conditional write does not count. A function that may go on after a
//! recovered panic keeps alive, everywhere, what that code reads.
//!
//! A frame that is stopped at an instruction, about to carry it out or in the midst of it (a call, a wait),
//! needs what the instruction reads and what is live behind it.

use std::sync::atomic::Ordering;

use crate::bytecode::disasm::{bits, signed};
use crate::bytecode::op::*;
use crate::bytecode::program::{Func, HEADER, MAP_ITER_SLOTS, MAX_VALUE_SLOTS, Program};

/// A set of slots.
pub type Set = Box<[u64]>;

/// A value of unknown size takes at most so many slots.
const MOST: u32 = MAX_VALUE_SLOTS;
/// Natives take at most so many slots.
const NATIVE: u32 = 48;

/// The answers for one function.
#[derive(Debug)]
pub struct Liveness {
    /// First words of the basic blocks, ascending.
    starts: Vec<u32>,
    /// What is live behind each block.
    out: Vec<Set>,
    /// What is live everywhere.
    always: Set,
}

/// One instruction.
struct Inst {
    at: u32,
    op: Op,
    words: usize,
}

fn decode(code: &[u64], from: u32, to: u32) -> Vec<Inst> {
    let mut out = Vec::new();
    let mut at = from;
    while at < to {
        let w = code[at as usize];
        let Some(op) = Op::of(w) else { break };
        let words = op.words(w);
        out.push(Inst { at, op, words });
        at += words as u32;
    }
    out
}

fn targets(code: &[u64], i: &Inst, mut each: impl FnMut(u32)) {
    let words = &code[i.at as usize..i.at as usize + i.words];
    let end = i64::from(i.at) + i.words as i64;
    for o in i.op.info().operands {
        if o.kind == Kind::Jump {
            each((end + signed(words, o.place)) as u32);
        }
    }
    if i.op == Op::JmpTable {
        words[1..]
            .iter()
            .for_each(|w| each((end + i64::from(*w as i32)) as u32));
    }
}

/// What the flow needs of a function.
struct Flow<'a> {
    p: &'a Program,
    f: &'a Func,
    code: Vec<u64>,
}

impl Liveness {
    /// Works out the flow of `f`.
    pub fn new(p: &Program, f: &Func) -> Liveness {
        let code: Vec<u64> = f.code.iter().map(|w| w.load(Ordering::Relaxed)).collect();
        let n = code.len() as u32;
        let flow = Flow { p, f, code };
        let mut starts = vec![0];
        for i in decode(&flow.code, 0, n) {
            targets(&flow.code, &i, |t| starts.push(t));
            if i.op.has(flag::JUMP | flag::END) {
                starts.push(i.at + i.words as u32);
            }
        }
        starts.extend(f.recover);
        starts.retain(|&s| s < n);
        starts.sort_unstable();
        starts.dedup();
        let blocks: Vec<Vec<Inst>> = starts
            .iter()
            .enumerate()
            .map(|(b, &s)| decode(&flow.code, s, starts.get(b + 1).copied().unwrap_or(n)))
            .collect();
        let block_at = |word: u32| starts.partition_point(|&s| s <= word) - 1;
        let followers: Vec<Vec<usize>> = blocks
            .iter()
            .enumerate()
            .map(|(b, insts)| {
                let mut next = Vec::new();
                if let Some(i) = insts.last() {
                    targets(&flow.code, i, |t| next.push(block_at(t)));
                    if !i.op.has(flag::END) && b + 1 < blocks.len() {
                        next.push(b + 1);
                    }
                }
                next
            })
            .collect();
        let empty = || -> Set { vec![0; usize::from(f.frame).div_ceil(64)].into() };
        let mut into: Vec<Set> = blocks.iter().map(|_| empty()).collect();
        let mut out: Vec<Set> = blocks.iter().map(|_| empty()).collect();
        let mut changed = true;
        while changed {
            changed = false;
            for b in (0..blocks.len()).rev() {
                for &s in &followers[b] {
                    join(&mut out[b], &into[s]);
                }
                let mut live = out[b].clone();
                blocks[b].iter().rev().for_each(|i| flow.step(i, &mut live));
                changed |= join(&mut into[b], &live);
            }
        }
        let always = f.recover.map_or_else(empty, |r| into[block_at(r)].clone());
        Liveness { starts, out, always }
    }

    /// The slots that a frame of `f` stopped at the instruction that holds `word` still needs.
    pub fn at(&self, p: &Program, f: &Func, word: u32) -> Set {
        let code: Vec<u64> = f.code.iter().map(|w| w.load(Ordering::Relaxed)).collect();
        let b = self.starts.partition_point(|&s| s <= word) - 1;
        let end = self.starts.get(b + 1).copied().unwrap_or(code.len() as u32);
        let insts = decode(&code, self.starts[b], end);
        let flow = Flow { p, f, code };
        let mut live = self.out[b].clone();
        for i in insts.iter().rev() {
            if i.at <= word {
                flow.reads(i, |r, n| set(&mut live, r, n, true));
                break;
            }
            flow.step(i, &mut live);
        }
        join(&mut live, &self.always);
        live
    }
}

/// Adds `more` to `to`; whether that changed it.
fn join(to: &mut Set, more: &Set) -> bool {
    let mut changed = false;
    for (a, b) in to.iter_mut().zip(more) {
        changed |= *b & !*a != 0;
        *a |= b;
    }
    changed
}

/// Puts slots `r..r + n` into the set, or takes them out.
fn set(s: &mut Set, r: u32, n: u32, to: bool) {
    let end = (r.saturating_add(n) as usize).min(s.len() * 64);
    for i in r as usize..end {
        if to {
            s[i / 64] |= 1 << (i % 64);
        } else {
            s[i / 64] &= !(1 << (i % 64));
        }
    }
}

impl Flow<'_> {
    /// From what is live behind an instruction to what is live before it.
    fn step(&self, i: &Inst, live: &mut Set) {
        self.writes(i, |r, n| set(live, r, n, false));
        self.reads(i, |r, n| set(live, r, n, true));
    }

    fn words(&self, i: &Inst) -> &[u64] {
        &self.code[i.at as usize..i.at as usize + i.words]
    }

    /// Slots that the instruction writes whatever happens.
    fn writes(&self, i: &Inst, mut each: impl FnMut(u32, u32)) {
        if i.op.has(flag::JUMP) {
            return;
        }
        let words = self.words(i);
        for o in i.op.info().operands {
            let r = bits(words, o.place) as u32;
            match (o.kind, i.op) {
                (Kind::Out, _) => each(r, 1),
                (Kind::Out2, _) => each(r, 2),
                (Kind::OutN, Op::MoveN) => each(r, u32::from(c_of(words[0]))),
                (Kind::OutN, Op::ZeroN) => each(r, bc_of(words[0])),
                (Kind::OutN, Op::MapIter) => each(r, MAP_ITER_SLOTS.into()),
                _ => {}
            }
        }
    }

    /// Slots that the instruction may read.
    fn reads(&self, i: &Inst, mut each: impl FnMut(u32, u32)) {
        let words = self.words(i);
        for o in i.op.info().operands {
            let r = bits(words, o.place) as u32;
            match o.kind {
                Kind::In | Kind::Io => each(r, 1),
                Kind::In2 => each(r, 2),
                Kind::OptIn if r != u32::from(NONE) => each(r, 1),
                Kind::OptIn2 if r != u32::from(NONE) => each(r, 2),
                Kind::InN | Kind::IoN => each(r, self.several(i.op, o.place, words)),
                Kind::Win => each(r + u32::from(HEADER), self.window(i.op, words)),
                _ => {}
            }
        }
        match i.op {
            Op::Ret => each(HEADER.into(), self.f.results.into()),
            Op::Select => {
                for w in &words[1..] {
                    each(u32::from((w >> 16) as u16), 1);
                    if *w as u16 == 0 {
                        each(u32::from((w >> 32) as u16), MOST);
                    }
                }
            }
            // The last of a fused pair is an instruction of its own, behind this one.
            _ => {}
        }
    }

    /// How many slots an operand stands for that is the first of several.
    fn several(&self, op: Op, place: Place, words: &[u64]) -> u32 {
        let ty = |at: Place| self.p.types.get(bits(words, at) as u32);
        let slots = |t: Option<u32>| {
            t.and_then(|t| self.p.types.get(t))
                .map_or(MOST, |t| u32::from(t.slots))
        };
        match (op, place) {
            (Op::MoveN | Op::Closure, _) => c_of(words[0]).into(),
            (Op::ConcatN, _) => 2 * u32::from(c_of(words[0])),
            (Op::StoreVal | Op::EqVal | Op::Box, _) => ty(Place::XLo).map_or(MOST, |t| t.slots.into()),
            (Op::MapSetI | Op::MapSetS | Op::MapSetG, Place::C) => slots(ty(Place::XLo).map(|t| t.elem)),
            (Op::MapSetG | Op::MapGetG | Op::MapGetOkG | Op::MapDel, _) => {
                slots(ty(Place::XLo).map(|t| t.key))
            }
            (Op::MapNext, _) => MAP_ITER_SLOTS.into(),
            (Op::FrSet, Place::C) => bits(words, Place::X1) as u32,
            (Op::FrIdx | Op::FrSet, _) => (bits(words, Place::X0) * bits(words, Place::X1)) as u32,
            (Op::Print, _) => 2 * u32::from(b_of(words[0])),
            _ => MOST,
        }
    }

    /// How many slots behind its header a call window passes on.
    fn window(&self, op: Op, words: &[u64]) -> u32 {
        match op {
            Op::Call => match self.p.func_at(bits(words, Place::X) as usize) {
                Some(callee) => u32::from(callee.results) + u32::from(callee.params),
                None => self.f.frame.into(),
            },
            Op::CallC => c_of(words[0]).into(),
            Op::CallI => bits(words, Place::XHi) as u32,
            Op::Go | Op::Defer | Op::DeferAt => b_of(words[0]).into(),
            _ => NATIVE,
        }
    }
}
