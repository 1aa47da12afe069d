//! Finds the loops that a kernel can carry out, and puts one at the head of each.
//!
//! A loop is looked at when its function's code is complete: from the label that a back-edge jumps to, up to
//! that back-edge. Its instructions are carried out on expressions instead of values; what then stands in the
//! one register that an iteration hands to the next, or goes into the one element stored, must be of a form
//! that `bytecode::kernel` lists. Jumps into the midst of a loop do no harm, since the loop itself stays.

use rustc_hash::FxHashMap;

use crate::bytecode::kernel::{Bin, Cmp, Form, Leaf, Shape};
use crate::bytecode::op::*;
use crate::compile::func::Reg;

/// An instruction of a loop.
#[derive(Clone, Copy)]
pub struct Inst {
    /// Its opcode.
    pub op: Op,
    /// Its words.
    pub words: [u64; 2],
    /// Where it jumps: words from the loop's first, if that is within the loop.
    pub to: Option<u32>,
    /// Its own place, likewise.
    pub at: u32,
}

impl Inst {
    fn a(&self) -> u16 {
        a_of(self.words[0])
    }

    fn b(&self) -> u16 {
        b_of(self.words[0])
    }

    fn c(&self) -> u16 {
        c_of(self.words[0])
    }
}

/// What a register holds, by what it held at the head.
#[derive(Clone, PartialEq, Debug)]
enum Ex {
    Counter,
    /// The register that the loop changes.
    Acc(Reg),
    Inv(Reg),
    Imm(i64),
    Bin(Bin, Box<Ex>, Box<Ex>),
    /// A leaf that is an element: its slice, and its fixed index. The number is the load's.
    Element(Leaf, Reg, Option<Box<Ex>>, usize),
    /// A row of a slice of slices.
    Row(Reg, Box<Ex>, usize),
    /// The low bytes of a word, so many.
    Low(u8, Box<Ex>),
}

/// How a loop counts.
#[derive(Clone, Copy)]
struct Counting {
    counter: Reg,
    step: Result<Reg, i16>,
    /// The limit is what this register holds, or 0, …
    limit: Option<Reg>,
    /// … plus this.
    offset: i16,
    /// With the flags that say how.
    shape: Shape,
}

impl Counting {
    /// Takes the computation of the limit off the end of `body`: what is left of that.
    fn limit_from<'a>(&mut self, mut body: &'a [Inst]) -> &'a [Inst] {
        while let Some((i, rest)) = body.split_last()
            && Some(i.a()) == self.limit
        {
            match i.op {
                Op::LenSl => self.shape.len = true,
                Op::AddI64I => match self.offset.checked_add(i.c() as i16) {
                    Some(sum) => self.offset = sum,
                    None => break,
                },
                _ => break,
            }
            self.limit = Some(i.b());
            body = rest;
            if self.shape.len {
                break;
            }
        }
        body
    }
}

/// Words of a kernel.
pub type Words = [u64; 4];

/// The kernel for the loop of these instructions, the last of which is the back-edge, if there is one.
pub fn find(insts: &[Inst]) -> Option<Words> {
    straight(insts)
        .or_else(|| filter(insts))
        .or_else(|| guarded(insts))
}

/// A straight body, at whose end the counter is compared.
fn straight(insts: &[Inst]) -> Option<Words> {
    let (counting, body) = counting(insts)?;
    let mut run = Run::new(&counting, insts)?;
    for i in body {
        run.step(i)?;
    }
    run.finish()
}

/// A body that begins with a search: it goes on to the end of the loop while a comparison holds, and what
/// follows leaves the loop.
fn filter(insts: &[Inst]) -> Option<Words> {
    let (counting, rest) = counting(insts)?;
    let out = rest.last()?;
    if counting.shape.pre || !out.op.has(flag::END) {
        return None;
    }
    let end = out.at + out.op.words(out.words[0]) as u32;
    let at = rest.iter().position(|i| i.op.has(flag::JUMP))?;
    let mut run = Run::new(&counting, &rest[..at])?;
    for i in &rest[..at] {
        run.step(i)?;
    }
    if rest[at].to == Some(end) {
        run.search(&rest[at])
    } else {
        None
    }
}

/// `for i < n && x[i] != c { i++ }`: the counter is stepped at the head, and the back-edge compares an element.
fn guarded(insts: &[Inst]) -> Option<Words> {
    let (last, body) = insts.split_last()?;
    let (step, rest) = body.split_first()?;
    let at = rest.iter().position(|i| i.op.has(flag::JUMP))?;
    let exit = &rest[at];
    let (counter, limit, offset) = match exit.op {
        // Out if limit <= counter.
        Op::JLeI64 => (exit.b(), Some(exit.a()), 0),
        Op::JGeI64I => (exit.a(), None, exit.b() as i16),
        _ => return None,
    };
    if exit.to.is_some() || step.op != Op::AddI64I || step.a() != counter || step.b() != counter {
        return None;
    }
    let shape = Shape {
        pre: true,
        ..Shape::EMPTY
    };
    let mut counting = Counting {
        counter,
        step: Err(step.c() as i16),
        limit,
        offset,
        shape,
    };
    if !counting.limit_from(&rest[..at]).is_empty() {
        return None;
    }
    let loads = &rest[at + 1..];
    let mut run = Run::new(&counting, loads)?;
    for i in loads {
        run.step(i)?;
    }
    run.search(last)
}

/// How the loop counts, and its body without that.
fn counting(insts: &[Inst]) -> Option<(Counting, &[Inst])> {
    let (last, body) = insts.split_last()?;
    let up = Shape::EMPTY;
    let le = Shape { le: true, ..up };
    let (a, b) = (last.a(), last.b());
    let by_one = |limit, offset, shape| Counting {
        counter: a,
        step: Err(1),
        limit,
        offset,
        shape,
    };
    match last.op {
        Op::ForLtI64 => return Some((by_one(Some(b), 0, up), body)),
        Op::ForLeI64 => return Some((by_one(Some(b), 0, le), body)),
        Op::ForLtI64I => return Some((by_one(None, b as i16, up), body)),
        Op::ForLenI64 => return Some((by_one(Some(b), 0, Shape { len: true, ..up }), body)),
        _ => {}
    }
    let (registers, down, le) = match last.op {
        Op::LoopLtI64 => (true, false, false),
        Op::LoopLeI64 => (true, false, true),
        Op::LoopLtI64I => (false, false, false),
        Op::LoopLeI64I => (false, false, true),
        Op::LoopGtI64I => (false, true, false),
        Op::LoopGeI64I => (false, true, true),
        _ => return None,
    };
    let steps = |i: &Inst, counter: Reg| {
        matches!(i.op, Op::AddI64 | Op::AddI64I) && i.a() == counter && i.b() == counter
    };
    // Of two registers either may count.
    let sides = [(a, Some(b), down), (b, Some(a), true)];
    let sides = if registers { &sides[..] } else { &[(a, None, down)] };
    sides.iter().find_map(|&(counter, limit, down)| {
        let offset = if registers { 0 } else { b as i16 };
        let shape = Shape { down, le, ..up };
        let mut c = Counting {
            counter,
            step: Err(0),
            limit,
            offset,
            shape,
        };
        let rest = c.limit_from(body);
        let (step, rest) = match rest {
            [rest @ .., i] if steps(i, counter) => (i, rest),
            [i, rest @ ..] if steps(i, counter) => {
                c.shape.pre = true;
                (i, rest)
            }
            _ => return None,
        };
        c.step = if step.op == Op::AddI64I {
            Err(step.c() as i16)
        } else {
            Ok(step.c())
        };
        Some((c, rest))
    })
}

/// The operation of an instruction of two operands, and whether the second is an immediate.
fn operation(op: Op) -> Option<(Bin, bool)> {
    Some(match op {
        Op::AddI64 => (Bin::Add, false),
        Op::AddI64I => (Bin::Add, true),
        Op::SubI64 => (Bin::Sub, false),
        Op::MulI64 => (Bin::Mul, false),
        Op::MulI64I => (Bin::Mul, true),
        Op::And => (Bin::And, false),
        Op::AndI => (Bin::And, true),
        Op::Or => (Bin::Or, false),
        Op::OrI => (Bin::Or, true),
        Op::Xor => (Bin::Xor, false),
        Op::XorI => (Bin::Xor, true),
        Op::Shl => (Bin::Shl, false),
        Op::ShlI => (Bin::Shl, true),
        Op::ShrI => (Bin::ShrI, false),
        Op::ShrII => (Bin::ShrI, true),
        Op::ShrU => (Bin::ShrU, false),
        Op::ShrUI => (Bin::ShrU, true),
        Op::RemI64P => (Bin::RemP, true),
        Op::DivI64P => (Bin::DivP, true),
        Op::MinI64 => (Bin::MinI, false),
        Op::MaxI64 => (Bin::MaxI, false),
        Op::AddI32 => (Bin::AddI32, false),
        Op::AddI32I => (Bin::AddI32, true),
        Op::MulI32 => (Bin::MulI32, false),
        Op::MulI32I => (Bin::MulI32, true),
        Op::AddU32 => (Bin::AddU32, false),
        Op::AddU32I => (Bin::AddU32, true),
        Op::MulU32 => (Bin::MulU32, false),
        Op::MulU32I => (Bin::MulU32, true),
        Op::AddF64 => (Bin::AddF, false),
        Op::SubF64 => (Bin::SubF, false),
        Op::MulF64 => (Bin::MulF, false),
        _ => return None,
    })
}

/// A body carried out on expressions.
struct Run {
    counting: Counting,
    regs: FxHashMap<Reg, Ex>,
    /// Registers that the body writes.
    written: Vec<Reg>,
    /// Those read before they were written: what an iteration hands to the next.
    carried: Vec<Reg>,
    loads: usize,
    /// Bytes of an element stored, its slice, the value.
    store: Option<(u8, Reg, Ex)>,
}

impl Run {
    /// None if `insts`, the loop's or a part of them, change what they may not.
    fn new(counting: &Counting, insts: &[Inst]) -> Option<Run> {
        let mut written = Vec::new();
        for i in insts {
            for o in i.op.info().operands {
                let at = match o.place {
                    Place::A => i.a(),
                    Place::B => i.b(),
                    Place::C => i.c(),
                    _ => continue,
                };
                match o.kind {
                    // The counter's own step.
                    Kind::Out | Kind::Io if at == counting.counter => {}
                    Kind::Out => written.push(at),
                    Kind::Out2 => written.extend([at, at + 1]),
                    Kind::In | Kind::In2 | Kind::Imm | Kind::Uimm | Kind::Jump => {}
                    _ => return None,
                }
            }
        }
        let fixed = |r: Reg| !written.contains(&r) && r != counting.counter;
        let counts = counting.step.map_or(true, fixed) && counting.limit.is_none_or(fixed);
        counts.then(|| Run {
            counting: *counting,
            regs: FxHashMap::default(),
            written,
            carried: Vec::new(),
            loads: 0,
            store: None,
        })
    }

    fn read(&mut self, r: Reg) -> Ex {
        if let Some(e) = self.regs.get(&r) {
            return e.clone();
        }
        if r == self.counting.counter {
            return Ex::Counter;
        }
        if !self.written.contains(&r) {
            return Ex::Inv(r);
        }
        if !self.carried.contains(&r) {
            self.carried.push(r);
        }
        Ex::Acc(r)
    }

    /// Whether a pair is the same in all iterations.
    fn fixed_pair(&self, r: Reg) -> bool {
        !self.written.contains(&r) && !self.written.contains(&(r + 1))
    }

    /// Carries out one instruction.
    fn step(&mut self, i: &Inst) -> Option<()> {
        let value = match i.op {
            Op::Move => self.read(i.b()),
            Op::LoadI => Ex::Imm(i64::from(bc_of(i.words[0]) as i32)),
            Op::ExtU8 | Op::ExtI8 => Ex::Low(1, self.read(i.b()).into()),
            Op::ExtU32 | Op::ExtI32 => Ex::Low(4, self.read(i.b()).into()),
            Op::MulAddF64 | Op::MulSubF64 => {
                let add = if i.op == Op::MulAddF64 {
                    Bin::AddF
                } else {
                    Bin::SubF
                };
                let product = self.bin(Bin::MulF, i.b(), i.c());
                let to = self.read(i.words[1] as u16);
                Ex::Bin(add, to.into(), product.into())
            }
            Op::SlLoadU8 => self.element(Leaf::Byte, i)?,
            Op::StrIdx => self.element(Leaf::Char, i)?,
            Op::SlLoadI32 => self.element(Leaf::I32, i)?,
            Op::SlLoad64 => self.element(Leaf::Word, i)?,
            Op::SlLoad128 => {
                let index = self.read(i.c());
                let fixed = self.fixed_pair(i.b()) && matches!(index, Ex::Counter | Ex::Inv(_) | Ex::Imm(_));
                if !fixed {
                    return None;
                }
                self.loads += 1;
                self.regs.remove(&(i.a() + 1));
                Ex::Row(i.b(), index.into(), self.loads)
            }
            Op::SlStore8 => return self.put(1, i),
            Op::SlStore32 => return self.put(4, i),
            Op::SlStore64 => return self.put(8, i),
            op => {
                let (bin, imm) = operation(op)?;
                if imm {
                    let x = self.read(i.b());
                    Ex::Bin(bin, x.into(), Ex::Imm(i64::from(i.c() as i16)).into())
                } else {
                    self.bin(bin, i.b(), i.c())
                }
            }
        };
        // After a store nothing may fail, so that an iteration is carried out whole or not at all.
        if self.store.is_some() || i.a() == self.counting.counter {
            return None;
        }
        self.regs.insert(i.a(), value);
        Some(())
    }

    fn bin(&mut self, op: Bin, x: Reg, y: Reg) -> Ex {
        let (x, y) = (self.read(x), self.read(y));
        Ex::Bin(op, x.into(), y.into())
    }

    fn element(&mut self, leaf: Leaf, i: &Inst) -> Option<Ex> {
        let index = self.read(i.c());
        self.loads += 1;
        if let Some(Ex::Row(slice, row, load)) = self.regs.get(&i.b()) {
            let (slice, load) = (*slice, *load);
            // The load of the row goes with that of its element.
            if leaf != Leaf::Word || load + 1 != self.loads {
                return None;
            }
            self.loads -= 1;
            return match (&**row, index) {
                (Ex::Inv(_) | Ex::Imm(_), Ex::Counter) => {
                    Some(Ex::Element(Leaf::Row, slice, Some(row.clone()), load))
                }
                (Ex::Counter, k @ (Ex::Inv(_) | Ex::Imm(_))) => {
                    Some(Ex::Element(Leaf::Column, slice, Some(k.into()), load))
                }
                _ => None,
            };
        }
        let fits = index == Ex::Counter && self.fixed_pair(i.b());
        fits.then(|| Ex::Element(leaf, i.b(), None, self.loads))
    }

    fn put(&mut self, width: u8, i: &Inst) -> Option<()> {
        let (index, value) = (self.read(i.b()), self.read(i.c()));
        let value = match value {
            Ex::Low(n, x) if n >= width => *x,
            v => v,
        };
        let fits = index == Ex::Counter && self.store.is_none() && self.fixed_pair(i.a());
        self.store = fits.then_some((width, i.a(), value));
        fits.then_some(())
    }

    /// The kernel of what was carried out.
    fn finish(self) -> Option<Words> {
        let mut k = Builder::new(&self.counting);
        match (&self.carried[..], &self.store) {
            ([], None) if self.loads == 0 => k.shape.form = Form::Empty,
            ([], Some((width, slice, value))) => {
                k.shape.form = Form::Store;
                k.shape.width = *width;
                k.slice = *slice;
                k.value(value)?;
            }
            ([acc], None) => {
                k.acc = *acc;
                k.accumulate(*acc, self.regs.get(acc)?)?;
            }
            _ => return None,
        }
        k.words(self.loads)
    }

    /// The kernel of a search that goes on while `jump` jumps.
    fn search(mut self, jump: &Inst) -> Option<Words> {
        let (cmp, imm) = match jump.op {
            Op::JEq | Op::LoopEq => (Cmp::Eq, false),
            Op::JNe | Op::LoopNe => (Cmp::Ne, false),
            Op::JLtI64 | Op::LoopLtI64 => (Cmp::Lt, false),
            Op::JLeI64 | Op::LoopLeI64 => (Cmp::Le, false),
            Op::JEqI | Op::LoopEqI => (Cmp::Eq, true),
            Op::JNeI | Op::LoopNeI => (Cmp::Ne, true),
            Op::JLtI64I | Op::LoopLtI64I => (Cmp::Lt, true),
            Op::JLeI64I | Op::LoopLeI64I => (Cmp::Le, true),
            Op::JGtI64I | Op::LoopGtI64I => (Cmp::Gt, true),
            Op::JGeI64I | Op::LoopGeI64I => (Cmp::Ge, true),
            Op::JmpF | Op::LoopF => (Cmp::Eq, true),
            Op::JmpT | Op::LoopT => (Cmp::Ne, true),
            _ => return None,
        };
        let tested = matches!(jump.op, Op::JmpF | Op::LoopF | Op::JmpT | Op::LoopT);
        let x = self.read(jump.a());
        let y = match imm {
            _ if tested => Ex::Imm(0),
            true => Ex::Imm(i64::from(jump.b() as i16)),
            false => self.read(jump.b()),
        };
        let (cmp, x, y) = match (&x, cmp) {
            (Ex::Element(..), _) => (cmp, x, y),
            (_, Cmp::Lt) => (Cmp::Gt, y, x),
            (_, Cmp::Le) => (Cmp::Ge, y, x),
            _ => (cmp, y, x),
        };
        if !self.carried.is_empty() || self.store.is_some() {
            return None;
        }
        let mut k = Builder::new(&self.counting);
        k.shape.form = Form::Search;
        k.shape.cmp = cmp;
        k.leaf(0, &x)?;
        k.leaf(1, &y)?;
        k.words(self.loads)
    }
}

/// A kernel in the making.
struct Builder {
    counting: Counting,
    shape: Shape,
    acc: Reg,
    slice: Reg,
    /// Per leaf: its slice, its register, its immediate.
    leaves: [(Reg, Reg, i16); 2],
    /// The loads that went into it.
    loads: Vec<usize>,
}

impl Builder {
    fn new(counting: &Counting) -> Builder {
        Builder {
            counting: *counting,
            shape: counting.shape,
            acc: NONE,
            slice: NONE,
            leaves: [(NONE, NONE, 0); 2],
            loads: Vec::new(),
        }
    }

    /// Makes `e` leaf `n`.
    fn leaf(&mut self, n: usize, e: &Ex) -> Option<()> {
        let (leaf, at) = match e {
            Ex::Counter => (Leaf::Counter, (NONE, NONE, 0)),
            Ex::Inv(r) => (Leaf::Const, (NONE, *r, 0)),
            Ex::Imm(v) => (Leaf::Const, (NONE, NONE, i16::try_from(*v).ok()?)),
            Ex::Element(leaf, slice, fixed, load) => {
                self.loads.push(*load);
                let (index, imm) = match fixed.as_deref() {
                    Some(Ex::Inv(r)) => (*r, 0),
                    Some(Ex::Imm(v)) => (NONE, i16::try_from(*v).ok()?),
                    Some(_) => return None,
                    None => (NONE, 0),
                };
                (*leaf, (*slice, index, imm))
            }
            Ex::Acc(_) | Ex::Bin(..) | Ex::Row(..) | Ex::Low(..) => return None,
        };
        self.shape.leaves[n] = leaf;
        self.leaves[n] = at;
        Some(())
    }

    /// Makes `e` a leaf, or an operation on two of them.
    fn value(&mut self, e: &Ex) -> Option<()> {
        let Ex::Bin(op, x, y) = e else {
            return self.leaf(0, e);
        };
        let swap = op.commutes() && is_constant(x) && !is_constant(y);
        let (x, y) = if swap { (y, x) } else { (x, y) };
        self.shape.ops[1] = *op;
        self.leaf(0, x)?;
        self.leaf(1, y)
    }

    /// Makes `e` what becomes of the accumulator.
    fn accumulate(&mut self, acc: Reg, e: &Ex) -> Option<()> {
        let Ex::Bin(op, x, y) = e else { return None };
        let is_acc = |e: &Ex| *e == Ex::Acc(acc);
        let (x, y) = if op.commutes() && !mentions(x, acc) {
            (y, x)
        } else {
            (x, y)
        };
        match (&**x, &**y) {
            (x, y) if is_acc(x) && !mentions(y, acc) => {
                self.shape.form = Form::Acc;
                self.shape.ops[0] = *op;
                self.value(y)
            }
            (Ex::Bin(inner, a, b), leaf) if !mentions(leaf, acc) => {
                let b = other(*inner, a, b, acc)?;
                self.shape.form = Form::Acc2;
                self.shape.ops[..2].copy_from_slice(&[*inner, *op]);
                self.leaf(0, b)?;
                self.leaf(1, leaf)
            }
            (x, y) => {
                // Both sides change it: one is the accumulator, the other the mixture.
                let mixture = match (is_acc(x), is_acc(y) && op.commutes()) {
                    (true, _) => y,
                    (_, true) => x,
                    _ => return None,
                };
                self.shape.form = Form::Mixed;
                self.shape.ops[2] = *op;
                self.mixture(mixture, acc)
            }
        }
    }

    /// `o2(o1(A, leaf1), leaf2)` or `o1(A, leaf1)`.
    fn mixture(&mut self, e: &Ex, acc: Reg) -> Option<()> {
        let Ex::Bin(op, x, y) = e else { return None };
        if let Some(k) = other(*op, x, y, acc) {
            self.shape.ops[..2].copy_from_slice(&[*op, Bin::Id]);
            return self.leaf(0, k);
        }
        let (x, y) = if op.commutes() && !mentions(x, acc) {
            (y, x)
        } else {
            (x, y)
        };
        let Ex::Bin(inner, a, b) = &**x else { return None };
        let k = other(*inner, a, b, acc)?;
        self.shape.ops[..2].copy_from_slice(&[*inner, *op]);
        self.leaf(0, k)?;
        self.leaf(1, y)
    }

    /// The kernel's words, if there is such a kernel and it carries out every one of the `loads` loads.
    fn words(self, loads: usize) -> Option<Words> {
        let complete = (1..=loads).all(|n| self.loads.contains(&n));
        if !complete || !self.shape.exists() {
            return None;
        }
        let c = &self.counting;
        let [(p, r, k), (q, s, m)] = self.leaves;
        let z = u64::from(self.shape.encode()) | u64::from(k as u16) << 32 | u64::from(m as u16) << 48;
        Some([
            abc(Op::Kernel, self.acc, c.counter, c.limit.unwrap_or(NONE)),
            quarters([p, r, q, s]),
            quarters([
                c.step.unwrap_or(NONE),
                c.step.err().unwrap_or(0) as u16,
                c.offset as u16,
                self.slice,
            ]),
            z,
        ])
    }
}

/// The operand beside the accumulator, if the other one is just that.
fn other<'e>(op: Bin, x: &'e Ex, y: &'e Ex, acc: Reg) -> Option<&'e Ex> {
    let is_acc = |e: &Ex| *e == Ex::Acc(acc);
    match (is_acc(x), is_acc(y)) {
        (true, false) => Some(y),
        (false, true) if op.commutes() => Some(x),
        _ => None,
    }
}

fn is_constant(e: &Ex) -> bool {
    matches!(e, Ex::Inv(_) | Ex::Imm(_))
}

/// Whether the accumulator goes into `e`.
fn mentions(e: &Ex, acc: Reg) -> bool {
    match e {
        Ex::Acc(r) => *r == acc,
        Ex::Bin(_, x, y) => mentions(x, acc) || mentions(y, acc),
        Ex::Low(_, x) => mentions(x, acc),
        _ => false,
    }
}
