//! Code as text, for people and for tests: no addresses, so the same program gives the same text.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use crate::bytecode::kernel;
use crate::bytecode::op::*;
use crate::bytecode::program::{Func, Program};

/// The text of a whole function.
pub fn func(p: &Program, f: &Func) -> String {
    let code: Vec<u64> = f.code.iter().map(|w| w.load(Ordering::Relaxed)).collect();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "func {} frame={} results={} params={}",
        f.name, f.frame, f.results, f.params
    );
    let mut i = 0;
    let mut line = 0;
    while i < code.len() {
        let at = p.locate(f.pos_at(i as u32)).map_or(0, |l| l.1);
        let mark = if at == line {
            String::new()
        } else {
            format!("  ; line {at}")
        };
        line = at;
        let n = Op::of(code[i]).map_or(1, |op| op.words(code[i]));
        let words = &code[i..code.len().min(i + n)];
        let _ = writeln!(out, "{i:5}  {}{mark}", instruction(p, words, i));
        i += n;
    }
    out
}

/// The text of one instruction whose words begin at index `at` of its function.
pub fn instruction(p: &Program, words: &[u64], at: usize) -> String {
    let Some(op) = Op::of(words[0]) else {
        return format!("?? {:#x}", words[0]);
    };
    let end = (at + words.len()) as i64;
    let info = op.info();
    let mut out = format!("{:<10}", info.name);
    for (i, o) in info.operands.iter().enumerate() {
        out.push_str(if i == 0 { " " } else { ", " });
        out.push_str(&operand(p, words, *o, end));
    }
    variable(op, words, end, &mut out);
    out.truncate(out.trim_end().len());
    out
}

/// Bits of `words` at `place`.
pub(super) fn bits(words: &[u64], place: Place) -> u64 {
    let extra = |i: usize| words.get(i).copied().unwrap_or(0);
    let (w, x, y, z) = (words[0], extra(1), extra(2), extra(3));
    match place {
        Place::A => w >> 16 & 0xffff,
        Place::B => w >> 32 & 0xffff,
        Place::C => w >> 48,
        Place::BC => w >> 32,
        Place::X => x,
        Place::XLo => x & 0xffff_ffff,
        Place::XHi => x >> 32,
        Place::X0 => x & 0xffff,
        Place::X1 => x >> 16 & 0xffff,
        Place::X2 => x >> 32 & 0xffff,
        Place::X3 => x >> 48,
        Place::Y => y,
        Place::YLo => y & 0xffff_ffff,
        Place::YHi => y >> 32,
        Place::Y0 => y & 0xffff,
        Place::Y1 => y >> 16 & 0xffff,
        Place::Y2 => y >> 32 & 0xffff,
        Place::Y3 => y >> 48,
        Place::ZLo => z & 0xffff_ffff,
        Place::Z2 => z >> 32 & 0xffff,
        Place::Z3 => z >> 48,
    }
}

/// Bits of `words` at `place`, sign-extended.
pub(super) fn signed(words: &[u64], place: Place) -> i64 {
    let v = bits(words, place);
    match place {
        Place::X | Place::Y => v as i64,
        Place::BC | Place::XLo | Place::XHi | Place::YLo | Place::YHi | Place::ZLo => i64::from(v as i32),
        _ => i64::from(v as i16),
    }
}

fn operand(p: &Program, words: &[u64], o: Operand, end: i64) -> String {
    let v = bits(words, o.place);
    match o.kind {
        Kind::OptIn | Kind::OptIn2 | Kind::OptOut | Kind::OptOutN if v == u64::from(NONE) => "-".into(),
        Kind::Out2 | Kind::In2 | Kind::OptIn2 => format!("p{v}"),
        Kind::OutN | Kind::InN | Kind::IoN => format!("r{v}.."),
        Kind::Out | Kind::In | Kind::Io | Kind::OptIn | Kind::OptOut | Kind::OptOutN => format!("r{v}"),
        Kind::Win => format!("@{v}"),
        Kind::Imm => format!("#{}", signed(words, o.place)),
        Kind::Kernel => kernel::Shape::decode(v as u32).map_or("?".into(), |s| s.to_string()),
        Kind::Uimm => format!("#{v}"),
        Kind::Jump => format!("->{}", end + signed(words, o.place)),
        Kind::Type => p
            .types
            .get(v as u32)
            .map_or("nil".into(), |t| format!("{{{}}}", t.string)),
        Kind::Global => format!("g+{v}"),
        Kind::Sel => p
            .selectors
            .get(v as u32)
            .map_or("?".into(), |s| format!(".{}", s.name)),
        Kind::Native => {
            let names = p.natives.read().expect("never poisoned");
            names.get(&(v as u32)).map_or("?".into(), |n| format!("<{n}>"))
        }
        Kind::Entry => entry_name(p, v as usize),
        Kind::Code => p
            .func_at(v as usize)
            .map_or("?".into(), |f| format!("<{}>", f.name)),
        Kind::Data => {
            let strings = p.strings.read().expect("never poisoned");
            let Some(s) = strings.get(&(v as usize)) else {
                return "data".into();
            };
            format!("{:?}", String::from_utf8_lossy(s))
        }
    }
}

fn entry_name(p: &Program, address: usize) -> String {
    let found = p.funcs.iter().find(|(_, f)| f.entry.address() == address);
    found.map_or("?".into(), |(_, f)| format!("<{}>", f.name))
}

/// The extra words of instructions that have a variable number of them.
fn variable(op: Op, words: &[u64], end: i64, out: &mut String) {
    match op {
        Op::JmpTable => {
            for w in &words[1..] {
                let _ = write!(out, " ->{}", end + i64::from(*w as i32));
            }
        }
        Op::Select => {
            for w in &words[1..] {
                let reg = |i: u32| match (w >> (16 * i)) as u16 {
                    NONE => "-".to_string(),
                    r => format!("r{r}"),
                };
                let dir = if *w as u16 == 0 { "send" } else { "recv" };
                let _ = write!(out, " [{dir} {} {} {}]", reg(1), reg(2), reg(3));
            }
        }
        Op::Print => {
            let n = b_of(words[0]) as usize;
            for i in 0..n {
                let k = (words[1 + i / 8] >> (8 * (i % 8))) as u8;
                let _ = write!(out, " {:?}", PrintKind::ALL.get(k as usize));
            }
        }
        _ => {}
    }
}
