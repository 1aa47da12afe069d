//! Loop kernels: iterations of counting loops with counter and accumulator in machine registers.
//!
//! `bytecode::kernel` says what a kernel is. Here each shape becomes a Rust loop of its own: leaves and
//! operations are types, so the compiler sees the body whole.

use std::marker::PhantomData;

use mgo_runtime::g::G;

use super::arith::{div_p2, shl};
use super::polled;
use crate::bytecode::kernel::{self, Bin, Cmp, Form, Shape};
use crate::bytecode::op::NONE;
use crate::frame::{Frame, Pc};
use crate::value::mem;

/// How the loop counts. Counting down is counting up with all bits turned: `flip` is 0 or -1.
struct Count {
    i: i64,
    step: i64,
    flip: i64,
    /// The counter, flipped, stays below.
    limit: i64,
    /// From the counter at the head to what the body sees.
    ahead: i64,
}

/// Fewer iterations than this are not worth a kernel.
const FEW: u64 = 4;

impl Count {
    /// None if the loop ends soon, or in an unusual way.
    #[inline(always)]
    fn new(f: Frame, pc: Pc, shape: Shape) -> Option<Count> {
        let inst = pc.inst();
        let (step_reg, step_imm) = (pc.y() as u16, (pc.y() >> 16) as i16);
        let step = if step_reg == NONE {
            step_imm.into()
        } else {
            f.int(step_reg)
        };
        let base = match inst.c() {
            NONE => 0,
            r if shape.len => (f.get(r) & 0xffff_ffff) as i64,
            r => f.int(r),
        };
        let mut limit = base.wrapping_add(i64::from((pc.y() >> 32) as i16));
        let flip = -i64::from(shape.down);
        let i = f.int(inst.b());
        limit = (limit ^ flip).checked_add(shape.le.into())?;
        let (from, by) = (i ^ flip, if shape.down { step.checked_neg()? } else { step });
        let far = limit > from && by > 0 && limit <= i64::MAX - by;
        if !far || (limit.wrapping_sub(from) as u64) / FEW < by as u64 {
            return None;
        }
        let ahead = if shape.pre { step } else { 0 };
        Some(Count {
            i,
            step,
            flip,
            limit,
            ahead,
        })
    }

    /// Carries out iterations as long as `body` of the counter says that it did its part, another one will
    /// follow, and nobody asks for the G. The counter afterwards.
    #[inline(always)]
    fn drive(&self, g: &G, mut body: impl FnMut(i64) -> bool) -> i64 {
        let mut i = self.i;
        loop {
            let next = i.wrapping_add(self.step);
            if next ^ self.flip >= self.limit || polled(g) || !body(i.wrapping_add(self.ahead)) {
                return i;
            }
            i = next;
        }
    }
}

/// A word that a body uses, by the counter; None ends the kernel before the iteration.
trait Leaf: Copy {
    fn at(self, i: i64) -> Option<u64>;
}

#[derive(Clone, Copy)]
struct Counter;

impl Leaf for Counter {
    #[inline(always)]
    fn at(self, i: i64) -> Option<u64> {
        Some(i as u64)
    }
}

#[derive(Clone, Copy)]
struct Const(u64);

impl Leaf for Const {
    #[inline(always)]
    fn at(self, _: i64) -> Option<u64> {
        Some(self.0)
    }
}

/// Elements of a slice or bytes of a string.
#[derive(Clone, Copy)]
struct Run {
    base: u64,
    len: u64,
}

impl Run {
    #[inline(always)]
    fn place(self, i: i64, size: u64) -> Option<u64> {
        ((i as u64) < self.len).then(|| self.base + i as u64 * size)
    }
}

macro_rules! elements {
    ($($name:ident $size:literal |$at:ident| $load:expr;)*) => {$(
        #[derive(Clone, Copy)]
        struct $name(Run);

        impl Leaf for $name {
            #[inline(always)]
            fn at(self, i: i64) -> Option<u64> {
                let $at = self.0.place(i, $size)?;
                Some($load)
            }
        }
    )*};
}

elements! {
    Byte 1 |at| mem::load8(at).into();
    I32 4 |at| mem::load32(at) as i32 as u64;
    Word 8 |at| mem::load64(at);
}

/// Words of a slice of slices, or of one: which is looked at in each iteration.
#[derive(Clone, Copy)]
struct Grid {
    of: Run,
    index: u64,
    kind: kernel::Leaf,
}

impl Leaf for Grid {
    #[inline(always)]
    fn at(self, i: i64) -> Option<u64> {
        let (row, column) = match self.kind {
            kernel::Leaf::Row => (self.index as i64, i),
            kernel::Leaf::Column => (i, self.index as i64),
            _ => return Word(self.of).at(i),
        };
        let (base, len_cap) = mem::load128(self.of.place(row, 16)?);
        let row = Run {
            base,
            len: len_cap & 0xffff_ffff,
        };
        Word(row).at(column)
    }
}

/// An operation on two words.
trait Op2 {
    fn of(x: u64, y: u64) -> u64;
}

macro_rules! operations {
    ($($name:ident |$x:ident, $y:ident| $result:expr;)*) => {$(
        struct $name;

        impl Op2 for $name {
            #[inline(always)]
            fn of($x: u64, $y: u64) -> u64 {
                $result
            }
        }
    )*};
}

operations! {
    Id |x, _y| x;
    Add |x, y| x.wrapping_add(y);
    Sub |x, y| x.wrapping_sub(y);
    Mul |x, y| x.wrapping_mul(y);
    And |x, y| x & y;
    Or |x, y| x | y;
    Xor |x, y| x ^ y;
    Shl |x, y| shl(x, y);
    ShrI |x, y| ((x as i64) >> y.min(63)) as u64;
    ShrU |x, y| if y < 64 { x >> y } else { 0 };
    RemP |x, y| (x as i64 - (div_p2(x as i64, y as u16) << (y & 63))) as u64;
    DivP |x, y| div_p2(x as i64, y as u16) as u64;
    MinI |x, y| (x as i64).min(y as i64) as u64;
    MaxI |x, y| (x as i64).max(y as i64) as u64;
    AddI32 |x, y| x.wrapping_add(y) as i32 as u64;
    MulI32 |x, y| x.wrapping_mul(y) as i32 as u64;
    AddU32 |x, y| u64::from(x.wrapping_add(y) as u32);
    MulU32 |x, y| u64::from(x.wrapping_mul(y) as u32);
    AddF |x, y| (f64::from_bits(x) + f64::from_bits(y)).to_bits();
    SubF |x, y| (f64::from_bits(x) - f64::from_bits(y)).to_bits();
    MulF |x, y| (f64::from_bits(x) * f64::from_bits(y)).to_bits();
}

/// `o(x, y)` of two leaves.
struct Both<O, X, Y>(X, Y, PhantomData<O>);

impl<O, X: Copy, Y: Copy> Clone for Both<O, X, Y> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O, X: Copy, Y: Copy> Copy for Both<O, X, Y> {}

impl<O: Op2, X: Leaf, Y: Leaf> Leaf for Both<O, X, Y> {
    #[inline(always)]
    fn at(self, i: i64) -> Option<u64> {
        Some(O::of(self.0.at(i)?, self.1.at(i)?))
    }
}

fn both<O: Op2, X: Leaf, Y: Leaf>(x: X, y: Y) -> Both<O, X, Y> {
    Both(x, y, PhantomData)
}

/// A kernel about to run.
struct Kernel<'a> {
    f: Frame,
    pc: Pc,
    g: &'a G,
    shape: Shape,
    count: Count,
}

/// The leaf with number `$n` of a kernel, of the kind named.
macro_rules! leaf {
    ($k:expr, $n:expr, Counter) => {
        Counter
    };
    ($k:expr, $n:expr, Const) => {
        Const($k.constant($n))
    };
    ($k:expr, $n:expr, Byte) => {
        Byte($k.run($n))
    };
    ($k:expr, $n:expr, I32) => {
        I32($k.run($n))
    };
    ($k:expr, $n:expr, Word) => {
        Word($k.run($n))
    };
    ($k:expr, $n:expr, Row) => {
        $k.grid($n)
    };
}

/// `$do` with `$s` standing for leaf number `$n`, of one of the kinds listed; None if it is of another.
macro_rules! with_leaf {
    ($k:expr, $n:expr, [$($kind:ident)*], $s:ident => $do:expr) => {
        match $k.kind($n) {
            $(kernel::Leaf::$kind => {
                let $s = leaf!($k, $n, $kind);
                $do
            })*
            _ => None,
        }
    };
}

/// `$do` with type `$T` standing for operation `$op`, one of those listed; None if it is another.
macro_rules! with_op {
    ($op:expr, [$($name:ident)*], $T:ident => $do:expr) => {
        match $op {
            $(Bin::$name => {
                type $T = $name;
                $do
            })*
            _ => None,
        }
    };
}

/// Carries out iterations of the loop that the instruction at `pc` stands at the head of.
pub fn run(f: Frame, pc: Pc, g: &G) {
    let Some(shape) = Shape::decode(pc.word(3) as u32) else {
        return;
    };
    let Some(count) = Count::new(f, pc, shape) else {
        return;
    };
    let k = Kernel {
        f,
        pc,
        g,
        shape,
        count,
    };
    let i = match shape.form {
        Form::Empty => Some(k.count.drive(g, |_| true)),
        Form::Acc => k.acc(),
        Form::Acc2 => k.acc2(),
        Form::Mixed => k.mixed(),
        Form::Store => k.store(),
        Form::Search => k.search(),
    };
    debug_assert!(i.is_some(), "no kernel: {shape}");
    if let Some(i) = i {
        f.set(pc.b(), i as u64);
    }
}

impl Kernel<'_> {
    /// The kind of leaf `n`; what differs only in how its place is found counts as one.
    fn kind(&self, n: usize) -> kernel::Leaf {
        match self.shape.leaves[n] {
            kernel::Leaf::Char => kernel::Leaf::Byte,
            kernel::Leaf::Column => kernel::Leaf::Row,
            l => l,
        }
    }

    /// What does not change.
    fn constant(&self, n: usize) -> u64 {
        match self.pc.xq(2 * n as u32 + 1) {
            NONE => (self.pc.word(3) >> (32 + 16 * n)) as i16 as u64,
            r => self.f.get(r),
        }
    }

    /// The slice or string that a leaf is an element of.
    fn run(&self, n: usize) -> Run {
        let r = self.pc.xq(2 * n as u32);
        let (base, len) = self.f.pair(r);
        let mask = if self.shape.leaves[n] == kernel::Leaf::Char {
            u64::MAX
        } else {
            0xffff_ffff
        };
        Run {
            base,
            len: len & mask,
        }
    }

    fn grid(&self, n: usize) -> Grid {
        let kind = self.shape.leaves[n];
        let index = match kind {
            kernel::Leaf::Word => 0,
            _ => self.constant(n),
        };
        Grid {
            of: self.run(n),
            index,
            kind,
        }
    }

    /// A = next(A, counter) in each iteration.
    #[inline(always)]
    fn change(&self, next: impl Fn(u64, i64) -> Option<u64>) -> Option<i64> {
        let mut a = self.f.get(self.pc.a());
        let i = self.count.drive(self.g, |i| match next(a, i) {
            Some(v) => {
                a = v;
                true
            }
            None => false,
        });
        self.f.set(self.pc.a(), a);
        Some(i)
    }

    #[inline(never)]
    fn accumulate<O: Op2>(&self, v: impl Leaf) -> Option<i64> {
        self.change(|a, i| Some(O::of(a, v.at(i)?)))
    }

    fn acc(&self) -> Option<i64> {
        let [o, map, _] = self.shape.ops;
        let (l, m) = (self.kind(0), self.kind(1));
        match (map, m) {
            (Bin::Id, _) => {
                with_op!(o, [Add Sub Mul And Or Xor Shl ShrI ShrU MinI MaxI AddI32 MulI32 AddU32 MulU32 AddF SubF MulF],
                O => with_leaf!(self, 0, [Counter Const Byte I32 Word Row], v => self.accumulate::<O>(v)))
            }
            (Bin::MulF, kernel::Leaf::Const) => with_op!(o, [AddF SubF],
                O => self.accumulate::<O>(both::<MulF, _, _>(Word(self.run(0)), Const(self.constant(1))))),
            (Bin::MulF, kernel::Leaf::Word) if l == m => with_op!(o, [AddF SubF],
                O => self.accumulate::<O>(both::<MulF, _, _>(Word(self.run(0)), Word(self.run(1))))),
            (Bin::MulF, _) => with_op!(o, [AddF SubF],
                O => self.accumulate::<O>(both::<MulF, _, _>(self.grid(0), self.grid(1)))),
            (Bin::Mul, kernel::Leaf::Word) if l == m => {
                self.accumulate::<Add>(both::<Mul, _, _>(Word(self.run(0)), Word(self.run(1))))
            }
            (Bin::Mul, kernel::Leaf::Word | kernel::Leaf::Row) => {
                self.accumulate::<Add>(both::<Mul, _, _>(self.grid(0), self.grid(1)))
            }
            _ => {
                let k = Const(self.constant(1));
                with_op!(o, [Add Sub Xor],
                    O => with_op!(map, [Add Sub Mul And Or Xor Shl ShrI ShrU RemP DivP],
                        M => with_leaf!(self, 0, [Counter Byte Word], v => self.accumulate::<O>(both::<M, _, _>(v, k)))))
            }
        }
    }

    #[inline(never)]
    fn twice<O: Op2, P: Op2>(&self, x: impl Leaf, y: impl Leaf) -> Option<i64> {
        self.change(|a, i| Some(P::of(O::of(a, x.at(i)?), y.at(i)?)))
    }

    fn acc2(&self) -> Option<i64> {
        let [first, second, _] = self.shape.ops;
        with_op!(first, [Add Mul Xor Shl ShrU And MulU32],
        O => with_op!(second, [Add Sub Xor Mul And AddU32 MulU32],
            P => if self.shape.leaves[0] == kernel::Leaf::Const {
                let k = Const(self.constant(0));
                with_leaf!(self, 1, [Counter Const Byte Word], v => self.twice::<O, P>(k, v))
            } else {
                let k = Const(self.constant(1));
                with_leaf!(self, 0, [Counter Byte Word], v => self.twice::<O, P>(v, k))
            }))
    }

    #[inline(never)]
    fn mix<O: Op2, P: Op2, Q: Op2>(&self, k: Const, v: impl Leaf) -> Option<i64> {
        self.change(|a, i| Some(Q::of(a, P::of(O::of(a, k.at(i)?), v.at(i)?))))
    }

    fn mixed(&self) -> Option<i64> {
        let [first, second, third] = self.shape.ops;
        let k = Const(self.constant(0));
        with_op!(first, [Shl ShrU Mul], O => with_op!(second, [Id Add Xor], P => with_op!(third, [Add Sub Xor],
            Q => with_leaf!(self, 1, [Counter Const], v => self.mix::<O, P, Q>(k, v)))))
    }

    #[inline(never)]
    fn put(&self, v: impl Leaf) -> Option<i64> {
        let r = (self.pc.y() >> 48) as u16;
        let (base, len_cap) = self.f.pair(r);
        let to = Run {
            base,
            len: len_cap & 0xffff_ffff,
        };
        macro_rules! fill {
            ($size:literal, $store:ident, $int:ty) => {
                self.count
                    .drive(self.g, |i| match (v.at(i), to.place(i, $size)) {
                        (Some(v), Some(at)) => {
                            mem::$store(at, v as $int);
                            true
                        }
                        _ => false,
                    })
            };
        }
        Some(match self.shape.width {
            1 => fill!(1, store8, u8),
            4 => fill!(4, store32, u32),
            _ => fill!(8, store_plain64, u64),
        })
    }

    fn store(&self) -> Option<i64> {
        let map = self.shape.ops[1];
        let m = self.kind(1);
        match (map, m) {
            (Bin::Id, _) => with_leaf!(self, 0, [Counter Const Byte I32 Word], v => self.put(v)),
            (_, kernel::Leaf::Word) => with_op!(map, [Add Sub Mul And Or Xor AddF SubF MulF],
                M => self.put(both::<M, _, _>(Word(self.run(0)), Word(self.run(1))))),
            (Bin::AddF | Bin::SubF | Bin::MulF, _) => with_op!(map, [AddF SubF MulF],
                M => self.put(both::<M, _, _>(Word(self.run(0)), Const(self.constant(1))))),
            _ => {
                let k = Const(self.constant(1));
                with_op!(map, [Add Sub Mul And Or Xor Shl ShrI ShrU RemP DivP],
                    M => with_leaf!(self, 0, [Counter Byte Word], v => self.put(both::<M, _, _>(v, k))))
            }
        }
    }

    #[inline(never)]
    fn seek(&self, v: impl Leaf, go: impl Fn(i64) -> bool) -> Option<i64> {
        Some(
            self.count
                .drive(self.g, |i| v.at(i).is_some_and(|v| go(v as i64))),
        )
    }

    fn search(&self) -> Option<i64> {
        let k = self.constant(1) as i64;
        with_leaf!(self, 0, [Byte I32 Word], v => match self.shape.cmp {
            Cmp::Eq => self.seek(v, |x| x == k),
            Cmp::Ne => self.seek(v, |x| x != k),
            Cmp::Lt => self.seek(v, |x| x < k),
            Cmp::Le => self.seek(v, |x| x <= k),
            Cmp::Gt => self.seek(v, |x| x > k),
            Cmp::Ge => self.seek(v, |x| x >= k),
        })
    }
}
