//! Structural checks of code before it runs: every operand lies in the frame, every jump lands on an
//! instruction, no function runs off its end. The interpreter relies on them.

use std::sync::atomic::Ordering;

use rustc_hash::FxHashSet;

use crate::bytecode::disasm::{bits, signed};
use crate::bytecode::fused;
use crate::bytecode::kernel::{Form, Leaf, Shape};
use crate::bytecode::op::*;
use crate::bytecode::program::{Func, Program};

/// Checks `f`.
///
/// # Errors
/// What is wrong, with the index of the word.
pub fn func(p: &Program, f: &Func) -> Result<(), String> {
    let code: Vec<u64> = f.code.iter().map(|w| w.load(Ordering::Relaxed)).collect();
    let mut starts = FxHashSet::default();
    let mut targets = Vec::new();
    let mut i = 0;
    let mut last = None;
    while i < code.len() {
        let fail = |what: &str| Err(format!("{}+{i}: {what}", f.name));
        let Some(op) = Op::of(code[i]) else {
            return fail("no such opcode");
        };
        let n = op.words(code[i]);
        if i + n > code.len() {
            return fail("instruction is cut off");
        }
        let words = &code[i..i + n];
        starts.insert(i as i64);
        let end = (i + n) as i64;
        for o in op.info().operands {
            if let Some(what) = check_operand(p, f, words, *o) {
                return fail(&format!("{op:?}: {what}"));
            }
            if o.kind == Kind::Jump {
                targets.push((i, end + signed(words, o.place)));
            }
        }
        if op == Op::Kernel && !kernel_operands(words) {
            return fail("kernel without an operand that its shape needs");
        }
        if op == Op::JmpTable {
            targets.extend(words[1..].iter().map(|w| (i, end + i64::from(*w as i32))));
        }
        let mut next = i + n;
        for &expected in fused::followers(op) {
            if code.get(next).and_then(|&w| Op::of(w)) != Some(expected) {
                return fail(&format!("{op:?} is not followed by {expected:?}"));
            }
            next += expected.words(code[next]);
        }
        last = Some(op);
        i += n;
    }
    if !last.is_some_and(|op| op.has(flag::END)) {
        return Err(format!("{}: runs off its end", f.name));
    }
    match targets.iter().find(|t| !starts.contains(&t.1)) {
        Some((i, t)) => Err(format!("{}+{i}: jump to {t}, not an instruction", f.name)),
        None => Ok(()),
    }
}

/// Whether the registers are there that the shape of a kernel makes the interpreter read.
fn kernel_operands(words: &[u64]) -> bool {
    let Some(shape) = Shape::decode(bits(words, Place::ZLo) as u32) else {
        return false;
    };
    let has = |place: Place| bits(words, place) != u64::from(NONE);
    let leaf = |n: usize, pair: Place| matches!(shape.leaves[n], Leaf::Counter | Leaf::Const) || has(pair);
    let form = match shape.form {
        Form::Acc | Form::Acc2 | Form::Mixed => has(Place::A),
        Form::Store => has(Place::Y3),
        Form::Empty | Form::Search => true,
    };
    form && leaf(0, Place::X0) && leaf(1, Place::X2)
}

fn check_operand(p: &Program, f: &Func, words: &[u64], o: Operand) -> Option<&'static str> {
    let v = bits(words, o.place);
    let frame = u64::from(f.frame);
    let bad = match o.kind {
        Kind::Out | Kind::In | Kind::Io => v >= frame,
        Kind::Out2 | Kind::In2 => v + 1 >= frame,
        Kind::OptIn | Kind::OptOut => v >= frame && v != u64::from(NONE),
        Kind::OptIn2 => v + 1 >= frame && v != u64::from(NONE),
        Kind::Kernel => Shape::decode(v as u32).is_none_or(|s| !s.exists()),
        // A value of no slots may stand one past the frame's last.
        Kind::OutN | Kind::InN | Kind::IoN | Kind::Win => v > frame,
        Kind::OptOutN => v > frame && v != u64::from(NONE),
        Kind::Type => v != 0 && p.types.get(v as u32).is_none(),
        Kind::Sel => p.selectors.get(v as u32).is_none(),
        Kind::Entry | Kind::Code => v == 0,
        Kind::Imm | Kind::Uimm | Kind::Jump | Kind::Global | Kind::Native | Kind::Data => false,
    };
    bad.then_some(match o.kind {
        Kind::Type | Kind::Sel | Kind::Entry | Kind::Code | Kind::Kernel => {
            "unknown type, selector, function or kernel"
        }
        _ => "register outside the frame",
    })
}
