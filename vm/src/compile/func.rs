//! FuncBuilder: emits the code of one function.
//!
//! Registers are handed out like a stack: a scope or statement notes [`FuncBuilder::mark`] and later goes
//! back to it. Slots that ever hold a pointer stay marked in the pointer map for the whole function.
//! Jumps name labels; [`FuncBuilder::finish`] fills in the distances, and lengthens jumps that are too
//! short.

use mgo_lang::source::Pos;

use crate::bytecode::compact::Around;
use crate::bytecode::fused::fuse;
use crate::bytecode::op::*;
use crate::bytecode::program::{HEADER, Inlined, PartKind};
use crate::compile::kernel;
use crate::compile::layout::Form;

/// A register: a slot of the frame.
pub type Reg = u16;

/// A place in the code, perhaps not known yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// Where a jump distance stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    /// 16 bits in the first word.
    C,
    /// 32 bits in the first word.
    BC,
    /// Low half of the extra word.
    XLo,
    /// High half of the extra word.
    XHi,
    /// Low half of extra word n.
    Entry(u32),
}

struct Fix {
    at: u32,
    field: Field,
    label: Label,
}

const UNBOUND: u32 = u32::MAX;

/// What is left to link: the word that holds `callee`, and how.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LinkKind {
    /// A call: code address in the extra word, frame size in the first.
    Call,
    /// The address of the entry in the extra word.
    Entry,
}

/// Finished code.
pub struct Code {
    /// The words.
    pub words: Vec<u64>,
    /// Words to link: index of the instruction, function, how.
    pub links: Vec<(u32, u32, LinkKind)>,
    /// Line table.
    pub lines: Vec<(u32, Pos)>,
    /// Pointer map.
    pub pointers: Vec<u64>,
    /// Slots of the frame.
    pub frame: u32,
    /// Where execution goes on after a recovered panic.
    pub recover: Option<u32>,
    /// Inlined calls.
    pub inlined: Vec<Inlined>,
}

/// See the module's head.
pub struct FuncBuilder {
    words: Vec<u64>,
    labels: Vec<u32>,
    fixes: Vec<Fix>,
    links: Vec<(u32, u32, LinkKind)>,
    lines: Vec<(u32, Pos)>,
    pointers: Vec<u64>,
    top: u32,
    max: u32,
    /// The position instructions are given.
    pub pos: Pos,
    inlined: Vec<Inlined>,
    /// Label of the code that a recovered panic continues at.
    pub recover: Option<Label>,
    /// Whether the last instruction ends the control flow and no label was bound since.
    dead: bool,
    /// Index of the last instruction, unless a label was bound since.
    last: Option<u32>,
}

/// Longer loops, in words, get no kernel.
const LONGEST_LOOP: u32 = 32;

/// Registers go up to here; beyond the function is refused.
const MAX_REGS: u32 = 60_000;

impl FuncBuilder {
    /// A builder with an empty frame.
    pub fn new(pos: Pos) -> FuncBuilder {
        FuncBuilder {
            words: Vec::new(),
            labels: Vec::new(),
            fixes: Vec::new(),
            links: Vec::new(),
            lines: Vec::new(),
            pointers: Vec::new(),
            top: HEADER.into(),
            max: HEADER.into(),
            pos,
            inlined: Vec::new(),
            recover: None,
            dead: false,
            last: None,
        }
    }

    // --- registers ---

    /// The next free register.
    pub fn mark(&self) -> u32 {
        self.top
    }

    /// Frees all registers from `mark` on.
    pub fn release(&mut self, mark: u32) {
        debug_assert!(mark <= self.top);
        self.top = mark;
    }

    /// Frees all registers past the `n` from `r` on.
    pub fn keep(&mut self, r: Reg, n: u32) {
        self.top = u32::from(r) + n;
    }

    /// Whether the frame outgrew what instructions can name.
    pub fn overflown(&self) -> bool {
        self.max > MAX_REGS
    }

    /// `n` fresh registers.
    pub fn alloc(&mut self, n: u32) -> Reg {
        let r = self.top;
        self.top += n;
        self.max = self.max.max(self.top);
        if self.top > MAX_REGS {
            // The function is refused when it is finished; until then anything goes.
            self.top = MAX_REGS / 2;
            return (MAX_REGS / 2) as Reg;
        }
        r as Reg
    }

    /// Fresh registers for a value of this form, marked in the pointer map.
    pub fn alloc_form(&mut self, f: &Form) -> Reg {
        let r = self.alloc(f.slots);
        self.mark_form(r, f);
        r
    }

    /// A fresh register for a pointer.
    pub fn alloc_ptr(&mut self) -> Reg {
        let r = self.alloc(1);
        self.mark_pointer(r);
        r
    }

    /// Notes that `r` may hold a pointer.
    pub fn mark_pointer(&mut self, r: Reg) {
        let i = usize::from(r) / 64;
        if self.pointers.len() <= i {
            self.pointers.resize(i + 1, 0);
        }
        self.pointers[i] |= 1 << (r % 64);
    }

    /// Notes where a value of this form at `r` may hold pointers.
    pub fn mark_form(&mut self, r: Reg, f: &Form) {
        if f.large {
            return self.mark_pointer(r);
        }
        let mut s = r;
        for p in f.parts.iter() {
            if matches!(p.kind, PartKind::Ptr | PartKind::Pair) {
                self.mark_pointer(s);
            }
            if p.kind == PartKind::Pair {
                // The second word of an interface; harmless for strings and slices.
                self.mark_pointer(s + 1);
            }
            s += p.kind.slots();
        }
    }

    // --- code ---

    /// Index of the next word.
    pub fn here(&self) -> u32 {
        self.words.len() as u32
    }

    /// Whether control cannot come here.
    pub fn is_dead(&self) -> bool {
        self.dead
    }

    fn word(&mut self, w: u64, op: Op) {
        if self.lines.last().is_none_or(|l| l.1 != self.pos) {
            let at = self.here();
            match self.lines.last_mut() {
                Some(l) if l.0 == at => l.1 = self.pos,
                _ => self.lines.push((at, self.pos)),
            }
        }
        self.last = Some(self.here());
        self.words.push(w);
        self.dead = op.has(flag::END);
    }

    /// Emits an instruction of three 16-bit operands.
    pub fn abc(&mut self, op: Op, a: Reg, b: u16, c: u16) {
        self.word(abc(op, a, b, c), op);
    }

    /// Emits an instruction of two operands.
    pub fn ab(&mut self, op: Op, a: Reg, b: u16) {
        self.word(abc(op, a, b, 0), op);
    }

    /// Emits an instruction with a 16-bit and a 32-bit operand.
    pub fn a_bc(&mut self, op: Op, a: Reg, bc: u32) {
        self.word(a_bc(op, a, bc), op);
    }

    /// Emits an instruction with one extra word.
    pub fn abcx(&mut self, op: Op, a: Reg, b: u16, c: u16, x: u64) {
        debug_assert!(op.has(flag::X1) || op.has(flag::X2));
        self.word(abc(op, a, b, c), op);
        self.words.push(x);
    }

    /// Adds an extra word to the last instruction.
    pub fn extra(&mut self, x: u64) {
        self.words.push(x);
    }

    /// Emits a move of one slot, unless it is one to itself.
    pub fn mov(&mut self, dst: Reg, src: Reg) {
        if dst != src {
            self.ab(Op::Move, dst, src);
        }
    }

    /// Makes the last instruction put its result, an address of an element in `from`, into `to` instead; whether it is one.
    pub fn retarget(&mut self, from: Reg, to: Reg) -> bool {
        let Some(w) = self.last.map(|at| &mut self.words[at as usize]) else {
            return false;
        };
        let is_address = matches!(Op::of(*w), Some(Op::SlAddr | Op::ArAddr));
        let yes = is_address && a_of(*w) == from;
        if yes {
            *w = *w & !0xffff_0000 | u64::from(to) << 16;
        }
        yes
    }

    /// Emits a move of `n` slots.
    pub fn mov_n(&mut self, dst: Reg, src: Reg, n: u32) {
        match n {
            _ if dst == src => {}
            0 => {}
            1 => self.mov(dst, src),
            2 => self.ab(Op::Move2, dst, src),
            n => self.abc(Op::MoveN, dst, src, n as u16),
        }
    }

    /// Emits zeroing of `n` slots.
    pub fn zero(&mut self, dst: Reg, n: u32) {
        match n {
            0 => {}
            1 => self.a_bc(Op::LoadI, dst, 0),
            n => self.a_bc(Op::ZeroN, dst, n),
        }
    }

    /// Emits the loading of an integer.
    pub fn load_int(&mut self, dst: Reg, v: i64) {
        match i32::try_from(v) {
            Ok(i) => self.a_bc(Op::LoadI, dst, i as u32),
            Err(_) => self.abcx(Op::LoadK, dst, 0, 0, v as u64),
        }
    }

    /// Emits a call of function `callee`.
    pub fn call(&mut self, window: Reg, callee: u32) {
        self.links.push((self.here(), callee, LinkKind::Call));
        self.abcx(Op::Call, window, 0, 0, 0);
    }

    /// Emits `op` whose extra word is the entry of function `callee`.
    pub fn with_entry(&mut self, op: Op, a: Reg, b: u16, c: u16, callee: u32) {
        self.links.push((self.here(), callee, LinkKind::Entry));
        self.abcx(op, a, b, c, 0);
    }

    // --- labels ---

    /// A label not bound yet.
    pub fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds `l` to the next instruction.
    pub fn bind(&mut self, l: Label) {
        debug_assert_eq!(self.labels[l.0 as usize], UNBOUND);
        self.labels[l.0 as usize] = self.here();
        self.dead = false;
        self.last = None;
    }

    /// A label for the next instruction.
    pub fn label_here(&mut self) -> Label {
        let l = self.label();
        self.bind(l);
        l
    }

    /// Whether any jump names `l`.
    pub fn is_used(&self, l: Label) -> bool {
        self.fixes.iter().any(|f| f.label == l)
    }

    /// Notes that control cannot come here: what follows is only reached through labels.
    pub fn set_dead(&mut self) {
        self.dead = true;
    }

    fn fix(&mut self, field: Field, label: Label) {
        self.fixes.push(Fix {
            at: self.here(),
            field,
            label,
        });
    }

    /// Emits an unconditional jump; a backward one is to be `Loop`.
    pub fn jump(&mut self, l: Label) {
        if self.dead {
            return;
        }
        self.fix(Field::BC, l);
        self.a_bc(Op::Jmp, 0, 0);
    }

    /// Emits a backward jump, which looks at the guard word.
    pub fn jump_back(&mut self, l: Label) {
        if self.dead {
            return;
        }
        self.fix(Field::BC, l);
        self.a_bc(Op::Loop, 0, 0);
    }

    /// Emits a jump that tests `a`.
    pub fn jump_if(&mut self, op: Op, a: Reg, l: Label) {
        self.fix(Field::BC, l);
        self.a_bc(op, a, 0);
    }

    /// Emits a jump that compares `a` and `b`.
    pub fn jump_cmp(&mut self, op: Op, a: Reg, b: u16, l: Label) {
        self.fix(Field::C, l);
        self.abc(op, a, b, 0);
    }

    /// Emits an instruction whose jump distance is the low half of its extra word.
    pub fn jump_xlo(&mut self, op: Op, a: Reg, b: u16, c: u16, hi: u32, l: Label) {
        self.fix(Field::XLo, l);
        self.abcx(op, a, b, c, halves(0, hi));
    }

    /// Emits an instruction whose jump distance is the high half of its extra word.
    pub fn jump_xhi(&mut self, op: Op, a: Reg, b: u16, c: u16, lo: u32, l: Label) {
        self.fix(Field::XHi, l);
        self.abcx(op, a, b, c, halves(lo, 0));
    }

    /// Emits a jump table.
    pub fn jump_table(&mut self, a: Reg, targets: &[Label]) {
        for (i, &l) in targets.iter().enumerate() {
            self.fix(Field::Entry(i as u32 + 1), l);
        }
        self.a_bc(Op::JmpTable, a, targets.len() as u32);
        self.words.extend(targets.iter().map(|_| 0));
    }

    // --- the end ---

    /// Fills in all jumps. The function has `results` slots of results.
    pub fn finish(mut self, results: u32) -> Code {
        self.insert_kernels();
        if self.words.len() > 32_000 {
            self.lengthen();
        }
        let words = &mut self.words;
        for f in &self.fixes {
            let at = f.at as usize;
            let op = Op::of(words[at]).expect("a word that was emitted");
            let end = (at + op.words(words[at])) as i64;
            let d = i64::from(self.labels[f.label.0 as usize]) - end;
            match f.field {
                Field::C => words[at] |= u64::from(d as i16 as u16) << 48,
                Field::BC => words[at] |= u64::from(d as i32 as u32) << 32,
                Field::XLo => words[at + 1] |= u64::from(d as i32 as u32),
                Field::XHi => words[at + 1] |= u64::from(d as i32 as u32) << 32,
                Field::Entry(i) => words[at + i as usize] = u64::from(d as i32 as u32),
            }
        }
        let mut landings: Vec<u32> = self.labels.iter().copied().filter(|&l| l != UNBOUND).collect();
        landings.sort_unstable();
        let around = Around {
            landings: &landings,
            results,
            compacts: self.recover.is_none(),
        };
        fuse(words, &around);
        let recover = self.recover.map(|l| self.labels[l.0 as usize]);
        Code {
            words: self.words,
            links: self.links,
            lines: self.lines,
            pointers: self.pointers,
            frame: self.max,
            recover,
            inlined: self.inlined,
        }
    }

    /// Puts kernels at the heads of loops that they can carry out.
    fn insert_kernels(&mut self) {
        let mut found: Vec<(u32, kernel::Words)> = Vec::new();
        for f in &self.fixes {
            let head = self.labels[f.label.0 as usize];
            let near = head <= f.at && f.at - head <= LONGEST_LOOP;
            let back = || Op::of(self.words[f.at as usize]).is_some_and(|op| op.has(flag::SAFEPOINT));
            if near
                && back()
                && let Some(words) = kernel::find(&self.loop_at(head, f.at))
            {
                found.push((head, words));
            }
        }
        if found.is_empty() {
            return;
        }
        found.sort_by_key(|k| k.0);
        found.dedup_by_key(|k| k.0);
        // Jumps to a head go to its kernel; the head's own instructions stand behind it.
        let n = kernel::Words::default().len() as u32;
        let before = |at: u32| n * found.partition_point(|k| k.0 < at) as u32;
        let upto = |at: u32| n * found.partition_point(|k| k.0 <= at) as u32;
        let mut out = Vec::with_capacity(self.words.len() + found.len() * n as usize);
        let mut done = 0;
        for (head, words) in &found {
            out.extend_from_slice(&self.words[done..*head as usize]);
            out.extend_from_slice(words);
            done = *head as usize;
        }
        out.extend_from_slice(&self.words[done..]);
        self.fixes.iter_mut().for_each(|f| f.at += upto(f.at));
        self.links.iter_mut().for_each(|l| l.0 += upto(l.0));
        self.lines.iter_mut().for_each(|l| l.0 += before(l.0));
        let bound = self.labels.iter_mut().filter(|l| **l != UNBOUND);
        bound.for_each(|l| *l += before(*l));
        for i in &mut self.inlined {
            (i.start, i.end) = (i.start + before(i.start), i.end + before(i.end));
        }
        self.words = out;
    }

    /// The instructions from word `head` to the back-edge at word `end`.
    fn loop_at(&self, head: u32, end: u32) -> Vec<kernel::Inst> {
        let mut insts = Vec::new();
        let mut at = head;
        while at <= end {
            let w = self.words[at as usize];
            let Some(op) = Op::of(w) else { return Vec::new() };
            let to = self.fixes.binary_search_by_key(&at, |f| f.at).ok();
            let to = to.map(|i| self.labels[self.fixes[i].label.0 as usize]);
            let n = op.words(w);
            let x = if n > 1 { self.words[at as usize + 1] } else { 0 };
            insts.push(kernel::Inst {
                op,
                words: [w, x],
                to: to.filter(|t| (head..=end).contains(t)).map(|t| t - head),
                at: at - head,
            });
            at += n as u32;
        }
        insts
    }

    /// Notes that the code from word `start` on stems from a call of function `name` at `pos`.
    pub fn inlined(&mut self, start: u32, name: std::sync::Arc<str>, pos: Pos) {
        let end = self.here();
        if end > start {
            self.inlined.push(Inlined {
                start,
                end,
                name,
                pos,
            });
        }
    }

    /// Replaces each conditional jump of 16 bits by one that is followed by two of 32 bits:
    /// `J… +1; Jmp next; Jmp target`.
    fn lengthen(&mut self) {
        let short: Vec<usize> = (0..self.fixes.len())
            .filter(|&i| self.fixes[i].field == Field::C)
            .collect();
        let mut map = Vec::with_capacity(self.words.len() + 1);
        let mut out = Vec::with_capacity(self.words.len() + 2 * short.len());
        let mut next = short.iter().copied().peekable();
        let mut i = 0;
        while i < self.words.len() {
            let w = self.words[i];
            let n = Op::of(w).map_or(1, |op| op.words(w));
            map.extend((0..n).map(|k| (out.len() + k) as u32));
            out.extend_from_slice(&self.words[i..i + n]);
            if let Some(k) = next.next_if(|&k| self.fixes[k].at as usize == i) {
                let op = Op::of(w).expect("a word that was emitted");
                out[map[i] as usize] |= 1 << 48;
                out.push(a_bc(Op::Jmp, 0, 1));
                // The fix moves to the long jump; its place is already in new coordinates.
                self.fixes[k] = Fix {
                    at: out.len() as u32,
                    field: Field::BC,
                    label: self.fixes[k].label,
                };
                out.push(a_bc(
                    if op.has(flag::SAFEPOINT) {
                        Op::Loop
                    } else {
                        Op::Jmp
                    },
                    0,
                    0,
                ));
            }
            i += n;
        }
        map.push(out.len() as u32);
        let moved: rustc_hash::FxHashSet<usize> = short.into_iter().collect();
        for (i, f) in self.fixes.iter_mut().enumerate() {
            if !moved.contains(&i) {
                f.at = map[f.at as usize];
            }
        }
        for l in self.labels.iter_mut().filter(|l| **l != UNBOUND) {
            *l = map[*l as usize];
        }
        for l in &mut self.links {
            l.0 = map[l.0 as usize];
        }
        for l in &mut self.lines {
            l.0 = map[l.0 as usize];
        }
        for i in &mut self.inlined {
            (i.start, i.end) = (map[i.start as usize], map[i.end as usize]);
        }
        self.words = out;
    }
}
