//! Loop kernels: what [`Op::Kernel`](crate::bytecode::op::Op::Kernel) says.
//!
//! A slot that is written and read again costs some five cycles, so a counting loop with a short straight
//! body waits for its own counter. A kernel stands at the head of such a loop, holds counter and accumulator
//! in machine registers, and carries out whole iterations as long as another one will follow; the last one, or
//! one that panics, is left to the loop's own instructions behind it. So a kernel only saves time: its effect
//! is that of the iterations it carried out, it may stop before any iteration, and without it the loop does the
//! same. It looks at the guard word in every iteration.
//!
//! ```text
//!   head:  Kernel …                       what the loop computes, as one shape
//!          body, one or two computations
//!          ForLtI64 i, n -> head
//! ```
//!
//! A body is of one of these forms, where `A` is a register that the loop changes, `V` is a leaf or `o2(leaf1,
//! leaf2)`, and a leaf is the counter, something that does not change, or an element of a slice or string:
//!
//! ```text
//!   Empty     nothing beside the counting
//!   Acc       A = o1(A, V)                       s += x[i] * y[i]
//!   Acc2      A = o2(o1(A, leaf1), leaf2)        h = h*31 + int(s[i])
//!   Mixed     A = o3(A, o2(o1(A, leaf1), leaf2)) x ^= x<<7 + i
//!   Store     slice[i] = V                       x[i] = i * 2
//!   Search    goes on while cmp(leaf1, leaf2)    for i < n && s[i] != c
//! ```

use std::fmt;

/// The form of a loop's body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Form {
    /// Nothing.
    Empty,
    /// A = o1(A, V).
    Acc,
    /// A = o2(o1(A, leaf1), leaf2).
    Acc2,
    /// A = o3(A, o2(o1(A, leaf1), leaf2)).
    Mixed,
    /// slice[counter] = V.
    Store,
    /// On while cmp(leaf1, leaf2).
    Search,
}

/// An operation on two words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Bin {
    /// The first operand.
    Id,
    /// x + y.
    Add,
    /// x - y.
    Sub,
    /// x * y.
    Mul,
    /// x & y.
    And,
    /// x | y.
    Or,
    /// x ^ y.
    Xor,
    /// x << y; 64 and more give 0.
    Shl,
    /// x >> y, signed.
    ShrI,
    /// x >> y, unsigned.
    ShrU,
    /// x % 2^y, signed; 0 < y < 63.
    RemP,
    /// x / 2^y, signed, truncated; 0 < y < 63.
    DivP,
    /// The lesser, signed.
    MinI,
    /// The greater, signed.
    MaxI,
    /// int32(x + y).
    AddI32,
    /// int32(x * y).
    MulI32,
    /// uint32(x + y).
    AddU32,
    /// uint32(x * y).
    MulU32,
    /// x + y, float64.
    AddF,
    /// x - y, float64.
    SubF,
    /// x * y, float64.
    MulF,
}

/// Where a word comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Leaf {
    /// The counter.
    Counter,
    /// A register that does not change, or an immediate.
    Const,
    /// Byte `counter` of a slice.
    Byte,
    /// Byte `counter` of a string.
    Char,
    /// Element `counter` of a slice of int32.
    I32,
    /// Element `counter` of a slice of words.
    Word,
    /// `slice[constant][counter]`, words.
    Row,
    /// `slice[counter][constant]`, words.
    Column,
}

/// A comparison, signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "their names say it")]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What a kernel computes, and how the loop counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shape {
    /// The form of the body.
    pub form: Form,
    /// Its operations; those it has none of are `Id`.
    pub ops: [Bin; 3],
    /// Its leaves; those it has none of are `Counter`.
    pub leaves: [Leaf; 2],
    /// Bytes of what Store stores.
    pub width: u8,
    /// What Search compares with.
    pub cmp: Cmp,
    /// Whether the counter is stepped before the body.
    pub pre: bool,
    /// Whether it counts down, to a lower limit.
    pub down: bool,
    /// Whether the limit itself is within.
    pub le: bool,
    /// Whether the limit's register is the second word of a slice, whose length is meant.
    pub len: bool,
}

const BINS: [Bin; 21] = [
    Bin::Id,
    Bin::Add,
    Bin::Sub,
    Bin::Mul,
    Bin::And,
    Bin::Or,
    Bin::Xor,
    Bin::Shl,
    Bin::ShrI,
    Bin::ShrU,
    Bin::RemP,
    Bin::DivP,
    Bin::MinI,
    Bin::MaxI,
    Bin::AddI32,
    Bin::MulI32,
    Bin::AddU32,
    Bin::MulU32,
    Bin::AddF,
    Bin::SubF,
    Bin::MulF,
];
const LEAVES: [Leaf; 8] = [
    Leaf::Counter,
    Leaf::Const,
    Leaf::Byte,
    Leaf::Char,
    Leaf::I32,
    Leaf::Word,
    Leaf::Row,
    Leaf::Column,
];
const FORMS: [Form; 6] = [
    Form::Empty,
    Form::Acc,
    Form::Acc2,
    Form::Mixed,
    Form::Store,
    Form::Search,
];
const CMPS: [Cmp; 6] = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge];

impl Bin {
    /// Whether the operands may change places.
    pub fn commutes(self) -> bool {
        use Bin::*;
        matches!(
            self,
            Add | Mul | And | Or | Xor | MinI | MaxI | AddI32 | MulI32 | AddU32 | MulU32 | AddF | MulF
        )
    }
}

impl Shape {
    /// The shape that does nothing but count up by steps after the body.
    pub const EMPTY: Shape = Shape {
        form: Form::Empty,
        ops: [Bin::Id; 3],
        leaves: [Leaf::Counter; 2],
        width: 8,
        cmp: Cmp::Eq,
        pre: false,
        down: false,
        le: false,
        len: false,
    };

    /// As the number that stands in the instruction.
    ///
    /// ```text
    ///  0 form  3 o1  8 o2, or cmp  13 o3  18 leaf1  21 leaf2  24 log2 width  26 pre  27 down  28 le  29 len
    /// ```
    pub fn encode(self) -> u32 {
        let [a, b, c] = self.ops.map(|o| o as u32);
        let [l, m] = self.leaves.map(|l| l as u32);
        let b = if self.form == Form::Search {
            self.cmp as u32
        } else {
            b
        };
        self.form as u32
            | a << 3
            | b << 8
            | c << 13
            | l << 18
            | m << 21
            | self.width.trailing_zeros() << 24
            | u32::from(self.pre) << 26
            | u32::from(self.down) << 27
            | u32::from(self.le) << 28
            | u32::from(self.len) << 29
    }

    /// The shape with number `n`, if there is one.
    #[inline]
    pub fn decode(n: u32) -> Option<Shape> {
        let part = |at: u32, bits: u32| (n >> at & ((1 << bits) - 1)) as usize;
        let bin = |at| BINS.get(part(at, 5)).copied();
        let form = *FORMS.get(part(0, 3))?;
        let search = form == Form::Search;
        Some(Shape {
            form,
            ops: [bin(3)?, if search { Bin::Id } else { bin(8)? }, bin(13)?],
            leaves: [LEAVES[part(18, 3)], LEAVES[part(21, 3)]],
            width: 1 << part(24, 2),
            cmp: if search { *CMPS.get(part(8, 5))? } else { Cmp::Eq },
            pre: part(26, 1) != 0,
            down: part(27, 1) != 0,
            le: part(28, 1) != 0,
            len: part(29, 1) != 0,
        })
    }

    /// Whether the interpreter has a kernel for it.
    pub fn exists(self) -> bool {
        use {Bin::*, Leaf::*};
        let [a, b, c] = self.ops;
        let [l, m] = self.leaves;
        let element = matches!(l, Counter | Byte | Char | Word);
        match self.form {
            Form::Empty => true,
            Form::Acc => match (b, m) {
                (Id, _) => !matches!(a, Id | RemP | DivP),
                (MulF, Const) => matches!(a, AddF | SubF) && l == Word,
                (MulF, _) => matches!(a, AddF | SubF) && words(l) && words(m),
                (Mul, Word | Row | Column) => a == Add && words(l) && words(m),
                (_, Const) => matches!(a, Add | Sub | Xor) && element && mapped(b),
                _ => false,
            },
            Form::Acc2 => {
                let steps = matches!(a, Add | Mul | Xor | Shl | ShrU | And | MulU32)
                    && matches!(b, Add | Sub | Xor | Mul | And | AddU32 | MulU32);
                steps
                    && (l == Const && matches!(m, Const | Counter | Byte | Char | Word)
                        || m == Const && element)
            }
            Form::Mixed => {
                matches!(a, Shl | ShrU | Mul)
                    && matches!(b, Id | Add | Xor)
                    && matches!(c, Add | Sub | Xor)
                    && l == Const
                    && matches!(m, Counter | Const)
            }
            Form::Store => match (b, m, self.width) {
                (Id, _, _) => !matches!(l, Row | Column),
                (Add | Sub | Mul | And | Or | Xor | AddF | SubF | MulF, Word, 8) => l == Word,
                (AddF | SubF | MulF, Const, 8) => l == Word,
                (_, Const, 8) => element && mapped(b),
                _ => false,
            },
            Form::Search => matches!(l, Byte | Char | Word | I32) && m == Const,
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.ops;
        let [l, m] = self.leaves;
        let v = |f: &mut fmt::Formatter<'_>| match b {
            Bin::Id => write!(f, "{l:?}"),
            _ => write!(f, "{b:?}({l:?}, {m:?})"),
        };
        match self.form {
            Form::Empty => write!(f, "Empty"),
            Form::Acc => {
                write!(f, "A = {a:?}(A, ")?;
                v(f)?;
                write!(f, ")")
            }
            Form::Acc2 => write!(f, "A = {b:?}({a:?}(A, {l:?}), {m:?})"),
            Form::Mixed => write!(f, "A = {c:?}(A, {b:?}({a:?}(A, {l:?}), {m:?}))"),
            Form::Store => {
                write!(f, "M{}[counter] = ", 8 * u32::from(self.width))?;
                v(f)
            }
            Form::Search => write!(f, "while {:?}({l:?}, {m:?})", self.cmp),
        }
    }
}

/// Whether a leaf is an element of a word.
fn words(l: Leaf) -> bool {
    matches!(l, Leaf::Word | Leaf::Row | Leaf::Column)
}

/// Whether an operation may be applied to a leaf and a constant.
fn mapped(b: Bin) -> bool {
    use Bin::*;
    matches!(
        b,
        Add | Sub | Mul | And | Or | Xor | Shl | ShrI | ShrU | RemP | DivP
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_survive_their_encoding() {
        for (n, &form) in FORMS.iter().enumerate() {
            let search = form == Form::Search;
            for &op in &BINS {
                let shape = Shape {
                    form,
                    ops: [op, if search { Bin::Id } else { BINS[n + 3] }, op],
                    leaves: [LEAVES[n], LEAVES[7 - n]],
                    width: 1 << (n % 4),
                    cmp: if search { CMPS[n] } else { Cmp::Eq },
                    pre: n % 2 == 0,
                    down: n % 3 == 0,
                    le: n > 2,
                    len: n < 2,
                };
                assert_eq!(Shape::decode(shape.encode()), Some(shape));
            }
        }
    }

    #[test]
    fn tables_are_in_order() {
        assert!(BINS.iter().enumerate().all(|(i, b)| *b as usize == i));
        assert!(LEAVES.iter().enumerate().all(|(i, l)| *l as usize == i));
        assert!(FORMS.iter().enumerate().all(|(i, f)| *f as usize == i));
        assert!(CMPS.iter().enumerate().all(|(i, c)| *c as usize == i));
    }
}
