//! What surrounds the opcode table: how an operand is described and encoded, what flags say, and the numbers
//! that stand in operands.

use crate::bytecode::op::Op;

/// What an instruction may do beside computing.
pub mod flag {
    /// May raise a run-time panic.
    pub const PANIC: u16 = 1;
    /// May allocate; never collects (that happens at safepoints only).
    pub const ALLOC: u16 = 2;
    /// May park the goroutine; the instruction (but for `MuLock`) is complete when it is resumed.
    pub const PARK: u16 = 4;
    /// Looks at the guard word.
    pub const SAFEPOINT: u16 = 8;
    /// Enters another function's frame.
    pub const CALL: u16 = 16;
    /// May continue elsewhere than at the next instruction.
    pub const JUMP: u16 = 32;
    /// Never continues at the next instruction.
    pub const END: u16 = 64;
    /// One extra word.
    pub const X1: u16 = 128;
    /// Two extra words.
    pub const X2: u16 = 256;
    /// A number of extra words that follows from the operands.
    pub const XV: u16 = 512;
}

/// The register number that means "none".
pub const NONE: u16 = 0xffff;

/// What an operand is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Register written.
    Out,
    /// Pair written.
    Out2,
    /// First of several registers written.
    OutN,
    /// Register read.
    In,
    /// Pair read.
    In2,
    /// First of several registers read.
    InN,
    /// Register read and written.
    Io,
    /// First of several registers read and written.
    IoN,
    /// Register read, or NONE.
    OptIn,
    /// Pair read, or NONE.
    OptIn2,
    /// Register written, or NONE.
    OptOut,
    /// First of several registers written, or NONE.
    OptOutN,
    /// Base of a call window.
    Win,
    /// Signed immediate.
    Imm,
    /// Unsigned immediate.
    Uimm,
    /// The number of a kernel's shape.
    Kernel,
    /// Jump distance.
    Jump,
    /// Index of a type in the program.
    Type,
    /// Byte offset into the globals.
    Global,
    /// Method selector.
    Sel,
    /// Index of a native.
    Native,
    /// Address of a function's entry record.
    Entry,
    /// Address of a function's code.
    Code,
    /// Address of constant bytes.
    Data,
}

/// Where an operand stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// Bits 16 to 31.
    A,
    /// Bits 32 to 47.
    B,
    /// Bits 48 to 63.
    C,
    /// Bits 32 to 63.
    BC,
    /// First extra word.
    X,
    /// Its low half.
    XLo,
    /// Its high half.
    XHi,
    /// Its quarters, lowest first.
    X0,
    /// Second quarter.
    X1,
    /// Third quarter.
    X2,
    /// Fourth quarter.
    X3,
    /// Second extra word.
    Y,
    /// Its low half.
    YLo,
    /// Its high half.
    YHi,
    /// Its quarters, lowest first.
    Y0,
    /// Second quarter.
    Y1,
    /// Third quarter.
    Y2,
    /// Fourth quarter.
    Y3,
    /// Third extra word's low half.
    ZLo,
    /// Its third quarter.
    Z2,
    /// Its fourth.
    Z3,
}

/// One operand of an opcode.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operand {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
}

/// What the table says of an opcode.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// Its name.
    pub name: &'static str,
    /// Its operands, in the order written.
    pub operands: &'static [Operand],
    /// See [`flag`].
    pub flags: u16,
    /// What it does.
    pub meaning: &'static str,
}

/// How [`Op::Print`] shows a value; pairs take two slots, the others one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum PrintKind {
    /// `true`, `false`.
    Bool,
    /// Decimal.
    Int,
    /// Decimal.
    Uint,
    /// As `+1.500000e+000`.
    F64,
    /// Likewise, a float32.
    F32,
    /// `(re+imi)`, a pair.
    C128,
    /// Likewise, a pair of float32.
    C64,
    /// A string, a pair.
    Str,
    /// Hexadecimal: pointers, maps, channels, funcs.
    Ptr,
    /// `(0x…,0x…)`, a pair.
    Iface,
    /// `[len/cap]0x…`, a pair.
    Slice,
}

impl PrintKind {
    /// Every kind, by number.
    pub const ALL: [PrintKind; 11] = [
        PrintKind::Bool,
        PrintKind::Int,
        PrintKind::Uint,
        PrintKind::F64,
        PrintKind::F32,
        PrintKind::C128,
        PrintKind::C64,
        PrintKind::Str,
        PrintKind::Ptr,
        PrintKind::Iface,
        PrintKind::Slice,
    ];

    /// Slots a value of it takes.
    pub fn slots(self) -> u16 {
        use PrintKind::*;
        if matches!(self, C128 | C64 | Str | Iface | Slice) {
            2
        } else {
            1
        }
    }
}

/// What [`Op::Trap`] raises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum TrapKind {
    /// `invalid memory address or nil pointer dereference`.
    NilDeref,
    /// `integer divide by zero`.
    DivZero,
    /// `range function continued iteration after function for loop body returned false`.
    RangeContinuedBody,
    /// `range function continued iteration after loop body panic`.
    RangePanicked,
    /// `range function continued iteration after whole loop exit`.
    RangeContinuedExit,
    /// `range function recovered a loop body panic and did not resume panicking`.
    RangeMissedPanic,
    /// Control came to where the compiler said it could not: ours, not the program's.
    Unreachable,
}

impl TrapKind {
    /// Every kind, by number.
    pub const ALL: [TrapKind; 7] = [
        TrapKind::NilDeref,
        TrapKind::DivZero,
        TrapKind::RangeContinuedBody,
        TrapKind::RangePanicked,
        TrapKind::RangeContinuedExit,
        TrapKind::RangeMissedPanic,
        TrapKind::Unreachable,
    ];
}

/// An instruction word of three 16-bit operands.
pub const fn abc(op: Op, a: u16, b: u16, c: u16) -> u64 {
    op as u64 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48
}

/// An instruction word of a 16-bit and a 32-bit operand.
pub const fn a_bc(op: Op, a: u16, bc: u32) -> u64 {
    op as u64 | (a as u64) << 16 | (bc as u64) << 32
}

/// Operand a.
pub const fn a_of(word: u64) -> u16 {
    (word >> 16) as u16
}

/// Operand b.
pub const fn b_of(word: u64) -> u16 {
    (word >> 32) as u16
}

/// Operand c.
pub const fn c_of(word: u64) -> u16 {
    (word >> 48) as u16
}

/// Operand bc.
pub const fn bc_of(word: u64) -> u32 {
    (word >> 32) as u32
}

/// An extra word of two halves.
pub const fn halves(lo: u32, hi: u32) -> u64 {
    lo as u64 | (hi as u64) << 32
}

/// An extra word of four quarters, lowest first.
pub const fn quarters(q: [u16; 4]) -> u64 {
    q[0] as u64 | (q[1] as u64) << 16 | (q[2] as u64) << 32 | (q[3] as u64) << 48
}
