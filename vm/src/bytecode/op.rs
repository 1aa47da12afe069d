//! The opcode table: the page to read before the interpreter.
//!
//! ```text
//!  63        48 47        32 31        16 15         0
//! +------------+------------+------------+------------+
//! |     c      |     b      |     a      |     op     |   an instruction: one 64-bit word,
//! +------------+------------+------------+------------+
//! |                 x (lo: low 32, hi: high 32)       |   with X1 one more word,
//! +---------------------------------------------------+
//! |                 y (lo, hi)                        |   with X2 two, with both three (z), with XV a number of them.
//! +---------------------------------------------------+
//! ```
//!
//! Notation. `R[n]` is slot n of the frame; `a`, `b`, `c` name slots unless said otherwise; `bc` is the
//! upper half of the word as 32 bits. A pair (string, slice, interface, complex number) is two slots,
//! written `P[n]` = (R[n], R[n+1]). `M8[p]`, `M16` … is memory at p. Jumps are signed counts of words from
//! the end of the instruction, extra words included. NONE (0xffff) stands for a register left out.
//!
//! Values. Integers narrower than 64 bits are kept sign-extended (intN) or zero-extended (uintN) at all
//! times; bool is 0 or 1; float32 keeps its bits in the low half, the upper is zero; complex numbers are two
//! floats. A string is (ptr, len); a slice (ptr, len | cap << 32); an interface (type id, data word), type
//! id 0 = nil interface. Memory holds each value in its own width; pairs (not complex numbers) are aligned
//! to 16 and moved by one 16-byte access.
//!
//! Conventions.
//! - `nil?(p)`: p == 0 raises the nil dereference panic. `bounds?(i, n)`: i >= n, unsigned, raises
//!   "index out of range [i] with length n".
//! - A call writes its results at R[a+3..] and expects its parameters (receiver first) after them; the
//!   callee's frame begins at R[a].
//! - Stores of words that may be pointers have opcodes of their own: here a write barrier would stand.
//! - An operand that is read may be the same register as one that is written: read first.

pub use crate::bytecode::encoding::*;

macro_rules! ops {
    ($($name:ident ($($kind:ident $place:ident),*) [$($flag:ident),*] $meaning:literal;)*) => {
        /// An opcode; the low 16 bits of an instruction.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u16)]
        pub enum Op { $(#[doc = $meaning] $name,)* }

        impl Op {
            /// Every opcode in order.
            pub const ALL: &'static [Op] = &[$(Op::$name,)*];
        }

        static TABLE: &[Info] = &[$(Info {
            name: stringify!($name),
            operands: &[$(Operand { kind: Kind::$kind, place: Place::$place },)*],
            flags: 0 $(| flag::$flag)*,
            meaning: $meaning,
        },)*];
    };
}

ops! {
// --- moves and constants -------------------------------------------------------------------------
    Nop       ()                              []        "nothing";
    Count     (Uimm BC)                       []        "counts one run of the block of statements bc, for coverage";
    Move      (Out A, In B)                   []        "R[a] := R[b]";
    Move2     (Out2 A, In2 B)                 []        "P[a] := P[b]";
    MoveN     (OutN A, InN B, Uimm C)         []        "R[a..a+c] := R[b..b+c]; the ranges may overlap";
    LoadI     (Out A, Imm BC)                 []        "R[a] := bc, sign-extended";
    LoadK     (Out A, Imm X)                  [X1]      "R[a] := x";
    LoadData  (Out A, Data X)                 [X1]      "R[a] := x, the address of constant memory";
    LoadStr   (Out2 A, Uimm BC, Data X)       [X1]      "P[a] := (x, bc): a string constant";
    LoadFn    (Out A, Entry X)                [X1]      "R[a] := x: the func value of a function without captures";
    LoadType  (Out A, Type BC)                []        "R[a] := type id bc: first word of an interface value";
    ZeroN     (OutN A, Uimm BC)               []        "R[a..a+bc] := 0";

// --- integer arithmetic: 64 bits, wrapping -------------------------------------------------------
    AddI64    (Out A, In B, In C)             []        "R[a] := R[b] + R[c]";
    SubI64    (Out A, In B, In C)             []        "R[a] := R[b] - R[c]";
    MulI64    (Out A, In B, In C)             []        "R[a] := R[b] * R[c]";
    DivI64    (Out A, In B, In C)             [PANIC]   "R[a] := R[b] / R[c] signed, truncated; R[c] = 0 raises integer divide by zero; MIN / -1 = MIN";
    RemI64    (Out A, In B, In C)             [PANIC]   "R[a] := R[b] % R[c] signed; R[c] = 0 raises integer divide by zero; MIN % -1 = 0";
    DivU64    (Out A, In B, In C)             [PANIC]   "R[a] := R[b] / R[c] unsigned; R[c] = 0 raises integer divide by zero";
    RemU64    (Out A, In B, In C)             [PANIC]   "R[a] := R[b] % R[c] unsigned; R[c] = 0 raises integer divide by zero";
    And       (Out A, In B, In C)             []        "R[a] := R[b] & R[c]";
    Or        (Out A, In B, In C)             []        "R[a] := R[b] | R[c]";
    Xor       (Out A, In B, In C)             []        "R[a] := R[b] ^ R[c]";
    AndNot    (Out A, In B, In C)             []        "R[a] := R[b] &^ R[c]";
    Shl       (Out A, In B, In C)             []        "R[a] := R[b] << R[c]; R[c] unsigned, 64 or more gives 0";
    ShrI      (Out A, In B, In C)             []        "R[a] := R[b] >> R[c] signed; R[c] unsigned, 64 or more counts as 63";
    ShrU      (Out A, In B, In C)             []        "R[a] := R[b] >> R[c] unsigned; R[c] unsigned, 64 or more gives 0";
    NegI64    (Out A, In B)                   []        "R[a] := -R[b]";
    Com       (Out A, In B)                   []        "R[a] := ^R[b]";
    AddI64I   (Out A, In B, Imm C)            []        "R[a] := R[b] + c";
    RsbI64I   (Out A, In B, Imm C)            []        "R[a] := c - R[b]";
    MulI64I   (Out A, In B, Imm C)            []        "R[a] := R[b] * c";
    DivI64I   (Out A, In B, Imm C)            []        "R[a] := R[b] / c signed; c is not 0";
    RemI64I   (Out A, In B, Imm C)            []        "R[a] := R[b] % c signed; c is not 0";
    DivU64I   (Out A, In B, Uimm C)           []        "R[a] := R[b] / c unsigned; c is not 0";
    RemU64I   (Out A, In B, Uimm C)           []        "R[a] := R[b] % c unsigned; c is not 0";
    AndI      (Out A, In B, Imm C)            []        "R[a] := R[b] & c";
    OrI       (Out A, In B, Imm C)            []        "R[a] := R[b] | c";
    XorI      (Out A, In B, Imm C)            []        "R[a] := R[b] ^ c";
    DivI64P   (Out A, In B, Uimm C)           []        "R[a] := R[b] / 2^c signed, truncated; 0 < c < 63";
    RemI64P   (Out A, In B, Uimm C)           []        "R[a] := R[b] % 2^c signed; 0 < c < 63";
    ShlI      (Out A, In B, Uimm C)           []        "R[a] := R[b] << c; c < 64";
    ShrII     (Out A, In B, Uimm C)           []        "R[a] := R[b] >> c signed; c < 64";
    ShrUI     (Out A, In B, Uimm C)           []        "R[a] := R[b] >> c unsigned; c < 64";
    ChkShift  (In A)                          [PANIC]   "R[a] < 0 signed raises negative shift amount";

// --- integers of 32 and 8 bits: like the 64-bit ones, then extended again --------------------------
    AddI32    (Out A, In B, In C)             []        "R[a] := i32(R[b] + R[c])";
    SubI32    (Out A, In B, In C)             []        "R[a] := i32(R[b] - R[c])";
    MulI32    (Out A, In B, In C)             []        "R[a] := i32(R[b] * R[c])";
    ShlI32    (Out A, In B, In C)             []        "R[a] := i32(R[b] << R[c]); R[c] unsigned, 64 or more gives 0";
    AddI32I   (Out A, In B, Imm C)            []        "R[a] := i32(R[b] + c)";
    MulI32I   (Out A, In B, Imm C)            []        "R[a] := i32(R[b] * c)";
    ShlI32I   (Out A, In B, Uimm C)           []        "R[a] := i32(R[b] << c); c < 64";
    AddU32    (Out A, In B, In C)             []        "R[a] := u32(R[b] + R[c])";
    SubU32    (Out A, In B, In C)             []        "R[a] := u32(R[b] - R[c])";
    MulU32    (Out A, In B, In C)             []        "R[a] := u32(R[b] * R[c])";
    ShlU32    (Out A, In B, In C)             []        "R[a] := u32(R[b] << R[c]); R[c] unsigned, 64 or more gives 0";
    AddU32I   (Out A, In B, Imm C)            []        "R[a] := u32(R[b] + c)";
    MulU32I   (Out A, In B, Imm C)            []        "R[a] := u32(R[b] * c)";
    ShlU32I   (Out A, In B, Uimm C)           []        "R[a] := u32(R[b] << c); c < 64";
    AddU8     (Out A, In B, In C)             []        "R[a] := u8(R[b] + R[c])";
    SubU8     (Out A, In B, In C)             []        "R[a] := u8(R[b] - R[c])";
    AddU8I    (Out A, In B, Imm C)            []        "R[a] := u8(R[b] + c)";
    ExtI8     (Out A, In B)                   []        "R[a] := low 8 bits of R[b], sign-extended";
    ExtI16    (Out A, In B)                   []        "R[a] := low 16 bits of R[b], sign-extended";
    ExtI32    (Out A, In B)                   []        "R[a] := low 32 bits of R[b], sign-extended";
    ExtU8     (Out A, In B)                   []        "R[a] := low 8 bits of R[b], zero-extended";
    ExtU16    (Out A, In B)                   []        "R[a] := low 16 bits of R[b], zero-extended";
    ExtU32    (Out A, In B)                   []        "R[a] := low 32 bits of R[b], zero-extended";

// --- integer comparisons; EqI64 serves every one-slot type but floats --------------------------------
    EqI64     (Out A, In B, In C)             []        "R[a] := R[b] == R[c]";
    NeI64     (Out A, In B, In C)             []        "R[a] := R[b] != R[c]";
    LtI64     (Out A, In B, In C)             []        "R[a] := R[b] < R[c] signed";
    LeI64     (Out A, In B, In C)             []        "R[a] := R[b] <= R[c] signed";
    LtU64     (Out A, In B, In C)             []        "R[a] := R[b] < R[c] unsigned";
    LeU64     (Out A, In B, In C)             []        "R[a] := R[b] <= R[c] unsigned";
    EqI64I    (Out A, In B, Imm C)            []        "R[a] := R[b] == c";
    NeI64I    (Out A, In B, Imm C)            []        "R[a] := R[b] != c";
    LtI64I    (Out A, In B, Imm C)            []        "R[a] := R[b] < c signed";
    LeI64I    (Out A, In B, Imm C)            []        "R[a] := R[b] <= c signed";
    GtI64I    (Out A, In B, Imm C)            []        "R[a] := R[b] > c signed";
    GeI64I    (Out A, In B, Imm C)            []        "R[a] := R[b] >= c signed";
    Not       (Out A, In B)                   []        "R[a] := R[b] ^ 1";
    MinI64    (Out A, In B, In C)             []        "R[a] := min(R[b], R[c]) signed";
    MaxI64    (Out A, In B, In C)             []        "R[a] := max(R[b], R[c]) signed";
    MinU64    (Out A, In B, In C)             []        "R[a] := min(R[b], R[c]) unsigned";
    MaxU64    (Out A, In B, In C)             []        "R[a] := max(R[b], R[c]) unsigned";

// --- floats; comparisons are false with NaN (Ne true) ------------------------------------------------
    AddF64    (Out A, In B, In C)             []        "R[a] := R[b] + R[c]";
    SubF64    (Out A, In B, In C)             []        "R[a] := R[b] - R[c]";
    MulF64    (Out A, In B, In C)             []        "R[a] := R[b] * R[c]";
    DivF64    (Out A, In B, In C)             []        "R[a] := R[b] / R[c]";
    NegF64    (Out A, In B)                   []        "R[a] := -R[b]";
    SqrtF64   (Out A, In B)                   []        "R[a] := square root of R[b]: math.Sqrt";
    AbsF64    (Out A, In B)                   []        "R[a] := R[b] without its sign: math.Abs";
    EqF64     (Out A, In B, In C)             []        "R[a] := R[b] == R[c]";
    NeF64     (Out A, In B, In C)             []        "R[a] := R[b] != R[c]";
    LtF64     (Out A, In B, In C)             []        "R[a] := R[b] < R[c]";
    LeF64     (Out A, In B, In C)             []        "R[a] := R[b] <= R[c]";
    MinF64    (Out A, In B, In C)             []        "R[a] := min(R[b], R[c]): NaN if either is, -0 < +0";
    MaxF64    (Out A, In B, In C)             []        "R[a] := max(R[b], R[c]): NaN if either is, -0 < +0";
    MulAddF64 (Out A, In B, In C, In X0)      [X1]      "R[a] := R[x0] + R[b] * R[c], the product rounded first";
    MulSubF64 (Out A, In B, In C, In X0)      [X1]      "R[a] := R[x0] - R[b] * R[c], the product rounded first";
    AddF32    (Out A, In B, In C)             []        "R[a] := R[b] + R[c]";
    SubF32    (Out A, In B, In C)             []        "R[a] := R[b] - R[c]";
    MulF32    (Out A, In B, In C)             []        "R[a] := R[b] * R[c]";
    DivF32    (Out A, In B, In C)             []        "R[a] := R[b] / R[c]";
    NegF32    (Out A, In B)                   []        "R[a] := -R[b]";
    EqF32     (Out A, In B, In C)             []        "R[a] := R[b] == R[c]";
    NeF32     (Out A, In B, In C)             []        "R[a] := R[b] != R[c]";
    LtF32     (Out A, In B, In C)             []        "R[a] := R[b] < R[c]";
    LeF32     (Out A, In B, In C)             []        "R[a] := R[b] <= R[c]";
    MinF32    (Out A, In B, In C)             []        "R[a] := min(R[b], R[c]) as MinF64";
    MaxF32    (Out A, In B, In C)             []        "R[a] := max(R[b], R[c]) as MaxF64";

// --- complex numbers: pairs of float64 (C128) or float32 (C64) ---------------------------------------
    AddC128   (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] + P[c]";
    SubC128   (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] - P[c]";
    MulC128   (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] * P[c]";
    DivC128   (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] / P[c] as Go's complex128 division (inf and NaN rules)";
    NegC128   (Out2 A, In2 B)                 []        "P[a] := -P[b]";
    EqC128    (Out A, In2 B, In2 C)           []        "R[a] := P[b] == P[c]";
    AddC64    (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] + P[c]";
    SubC64    (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] - P[c]";
    MulC64    (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] * P[c]";
    DivC64    (Out2 A, In2 B, In2 C)          []        "P[a] := P[b] / P[c], computed in complex128";
    NegC64    (Out2 A, In2 B)                 []        "P[a] := -P[b]";
    EqC64     (Out A, In2 B, In2 C)           []        "R[a] := P[b] == P[c]";

// --- conversions between numbers --------------------------------------------------------------------
    I64ToF64  (Out A, In B)                   []        "R[a] := float64(R[b] signed)";
    U64ToF64  (Out A, In B)                   []        "R[a] := float64(R[b] unsigned)";
    I64ToF32  (Out A, In B)                   []        "R[a] := float32(R[b] signed)";
    U64ToF32  (Out A, In B)                   []        "R[a] := float32(R[b] unsigned)";
    F64ToI64  (Out A, In B)                   []        "R[a] := int64(R[b]) truncated; NaN and out of range give MIN, as amd64's";
    F64ToU64  (Out A, In B)                   []        "R[a] := uint64(R[b]) as Go's on amd64: F64ToI64(x), if that is negative joined with F64ToI64(x - 2^63)";
    F32ToI64  (Out A, In B)                   []        "R[a] := int64(float32 R[b]) as F64ToI64";
    F32ToU64  (Out A, In B)                   []        "R[a] := uint64(float32 R[b]) as F64ToU64";
    F64ToI32  (Out A, In B)                   []        "R[a] := int32(R[b]) truncated; NaN and out of range give MIN: narrower types are cut from it";
    F32ToI32  (Out A, In B)                   []        "R[a] := int32(float32 R[b]) as F64ToI32";
    F64ToF32  (Out A, In B)                   []        "R[a] := float32(R[b])";
    F32ToF64  (Out A, In B)                   []        "R[a] := float64(R[b])";

// --- control -------------------------------------------------------------------------------------------
    Jmp       (Jump BC)                       [JUMP, END]            "pc += bc";
    Loop      (Jump BC)                       [JUMP, END, SAFEPOINT] "look at the guard word; pc += bc (backwards)";
    JmpT      (In A, Jump BC)                 [JUMP]    "if R[a] != 0: pc += bc";
    JmpF      (In A, Jump BC)                 [JUMP]    "if R[a] == 0: pc += bc";
    JEq       (In A, In B, Jump C)            [JUMP]    "if R[a] == R[b]: pc += c";
    JNe       (In A, In B, Jump C)            [JUMP]    "if R[a] != R[b]: pc += c";
    JLtI64    (In A, In B, Jump C)            [JUMP]    "if R[a] < R[b] signed: pc += c";
    JLeI64    (In A, In B, Jump C)            [JUMP]    "if R[a] <= R[b] signed: pc += c";
    JLtU64    (In A, In B, Jump C)            [JUMP]    "if R[a] < R[b] unsigned: pc += c";
    JLeU64    (In A, In B, Jump C)            [JUMP]    "if R[a] <= R[b] unsigned: pc += c";
    JEqI      (In A, Imm B, Jump C)           [JUMP]    "if R[a] == b: pc += c";
    JNeI      (In A, Imm B, Jump C)           [JUMP]    "if R[a] != b: pc += c";
    JLtI64I   (In A, Imm B, Jump C)           [JUMP]    "if R[a] < b signed: pc += c";
    JLeI64I   (In A, Imm B, Jump C)           [JUMP]    "if R[a] <= b signed: pc += c";
    JGtI64I   (In A, Imm B, Jump C)           [JUMP]    "if R[a] > b signed: pc += c";
    JGeI64I   (In A, Imm B, Jump C)           [JUMP]    "if R[a] >= b signed: pc += c";
    JLtU64I   (In A, Uimm B, Jump C)          [JUMP]    "if R[a] < b unsigned: pc += c";
    JLeU64I   (In A, Uimm B, Jump C)          [JUMP]    "if R[a] <= b unsigned: pc += c";
    JGtU64I   (In A, Uimm B, Jump C)          [JUMP]    "if R[a] > b unsigned: pc += c";
    JGeU64I   (In A, Uimm B, Jump C)          [JUMP]    "if R[a] >= b unsigned: pc += c";
    JEqF64    (In A, In B, Jump C)            [JUMP]    "if R[a] == R[b]: pc += c";
    JNeF64    (In A, In B, Jump C)            [JUMP]    "if R[a] != R[b]: pc += c";
    JLtF64    (In A, In B, Jump C)            [JUMP]    "if R[a] < R[b]: pc += c";
    JLeF64    (In A, In B, Jump C)            [JUMP]    "if R[a] <= R[b]: pc += c";
    JNLtF64   (In A, In B, Jump C)            [JUMP]    "if !(R[a] < R[b]): pc += c";
    JNLeF64   (In A, In B, Jump C)            [JUMP]    "if !(R[a] <= R[b]): pc += c";
    JEqStr    (In2 A, In2 B, Jump C)          [JUMP]    "if strings P[a] == P[b]: pc += c";
    JNeStr    (In2 A, In2 B, Jump C)          [JUMP]    "if strings P[a] != P[b]: pc += c";
    JTypeEq   (In A, Type XLo, Jump XHi)      [JUMP, X1] "if R[a] == type id xlo: pc += xhi";
    JTypeNe   (In A, Type XLo, Jump XHi)      [JUMP, X1] "if R[a] != type id xlo: pc += xhi";
    LoopEq    (In A, In B, Jump C)            [JUMP, SAFEPOINT] "as JEq, backwards: look at the guard word when jumping";
    LoopNe    (In A, In B, Jump C)            [JUMP, SAFEPOINT] "as JNe, backwards";
    LoopLtI64 (In A, In B, Jump C)            [JUMP, SAFEPOINT] "as JLtI64, backwards";
    LoopLeI64 (In A, In B, Jump C)            [JUMP, SAFEPOINT] "as JLeI64, backwards";
    LoopLtU64 (In A, In B, Jump C)            [JUMP, SAFEPOINT] "as JLtU64, backwards";
    LoopLeU64 (In A, In B, Jump C)            [JUMP, SAFEPOINT] "as JLeU64, backwards";
    LoopEqI   (In A, Imm B, Jump C)           [JUMP, SAFEPOINT] "as JEqI, backwards";
    LoopNeI   (In A, Imm B, Jump C)           [JUMP, SAFEPOINT] "as JNeI, backwards";
    LoopLtI64I (In A, Imm B, Jump C)          [JUMP, SAFEPOINT] "as JLtI64I, backwards";
    LoopLeI64I (In A, Imm B, Jump C)          [JUMP, SAFEPOINT] "as JLeI64I, backwards";
    LoopGtI64I (In A, Imm B, Jump C)          [JUMP, SAFEPOINT] "as JGtI64I, backwards";
    LoopGeI64I (In A, Imm B, Jump C)          [JUMP, SAFEPOINT] "as JGeI64I, backwards";
    LoopT     (In A, Jump BC)                 [JUMP, SAFEPOINT] "as JmpT, backwards";
    LoopF     (In A, Jump BC)                 [JUMP, SAFEPOINT] "as JmpF, backwards";
    ForLtI64  (Io A, In B, Jump C)            [JUMP, SAFEPOINT] "R[a] += 1; if R[a] < R[b] signed: look at the guard word, pc += c";
    ForLeI64  (Io A, In B, Jump C)            [JUMP, SAFEPOINT] "R[a] += 1; if R[a] <= R[b] signed: look at the guard word, pc += c";
    ForLtI64I (Io A, Imm B, Jump C)           [JUMP, SAFEPOINT] "R[a] += 1; if R[a] < b signed: look at the guard word, pc += c";
    ForLenI64 (Io A, In B, Jump C)            [JUMP, SAFEPOINT] "R[a] += 1; if R[a] < (R[b] & 0xffff_ffff): look at the guard word, pc += c; R[b] is a slice's second word";
    Kernel    (OptIn A, Io B, OptIn C, OptIn2 X0, OptIn X1, OptIn2 X2, OptIn X3, OptIn Y0, Imm Y1, Imm Y2, OptIn2 Y3, Kernel ZLo, Imm Z2, Imm Z3) [SAFEPOINT, X1, X2] "carry out iterations of the loop whose head this is, all but the last at most, or none (see `kernel`): shape zlo, accumulator R[a], counter R[b], limit R[c] + y2 or y2, leaves P[x0] R[x1] z2 and P[x2] R[x3] z3, step R[y0] or y1, store to slice P[y3]";
    JmpTable  (In A, Uimm BC)                 [JUMP, XV] "bc words follow, each a jump distance from their end; if R[a] < bc unsigned: take number R[a]";

// --- memory through pointers: address R[p] + offset, nil?(R[p]) ----------------------------------------
    LoadI8    (Out A, In B, Uimm C)           [PANIC]   "R[a] := M8[R[b] + c] sign-extended";
    LoadU8    (Out A, In B, Uimm C)           [PANIC]   "R[a] := M8[R[b] + c] zero-extended";
    LoadI16   (Out A, In B, Uimm C)           [PANIC]   "R[a] := M16[R[b] + c] sign-extended";
    LoadU16   (Out A, In B, Uimm C)           [PANIC]   "R[a] := M16[R[b] + c] zero-extended";
    LoadI32   (Out A, In B, Uimm C)           [PANIC]   "R[a] := M32[R[b] + c] sign-extended";
    LoadU32   (Out A, In B, Uimm C)           [PANIC]   "R[a] := M32[R[b] + c] zero-extended";
    Load64    (Out A, In B, Uimm C)           [PANIC]   "R[a] := M64[R[b] + c]";
    Load128   (Out2 A, In B, Uimm C)          [PANIC]   "P[a] := M128[R[b] + c], one 16-byte access";
    Store8    (In A, In B, Uimm C)            [PANIC]   "M8[R[a] + c] := R[b]";
    Store16   (In A, In B, Uimm C)            [PANIC]   "M16[R[a] + c] := R[b]";
    Store32   (In A, In B, Uimm C)            [PANIC]   "M32[R[a] + c] := R[b]";
    Store64   (In A, In B, Uimm C)            [PANIC]   "M64[R[a] + c] := R[b], not a pointer";
    StoreP    (In A, In B, Uimm C)            [PANIC]   "M64[R[a] + c] := R[b], perhaps a pointer";
    Store128  (In A, In2 B, Uimm C)           [PANIC]   "M128[R[a] + c] := P[b], one 16-byte access, pointers inside";
    AddrOff   (Out A, In B, Uimm C)           [PANIC]   "nil?(R[b]); R[a] := R[b] + c";
    AddrOffX  (Out A, In B, Uimm XLo)         [PANIC, X1] "nil?(R[b]); R[a] := R[b] + xlo";
    ChkNil    (In A)                          [PANIC]   "nil?(R[a])";
    CopyMem   (In A, In B, Type XLo)          [PANIC, X1] "nil?(R[a]), nil?(R[b]); copy a value of type xlo from address R[b] to address R[a]; may overlap";
    ZeroMem   (In A, Type XLo)                [PANIC, X1] "nil?(R[a]); store the zero value of type xlo at address R[a]";
    EqMem     (Out A, In B, In C, Type XLo)   [PANIC, X1] "nil?(R[b]), nil?(R[c]); R[a] := values of type xlo at addresses R[b] and R[c] are equal; uncomparable dynamic types panic";
    LoadVal   (OutN A, In B, Type XLo)        [PANIC, X1] "nil?(R[b]); R[a..] := value of type xlo at address R[b], unpacked into its slots";
    StoreVal  (In A, InN B, Type XLo)         [PANIC, X1] "nil?(R[a]); store the value of type xlo in R[b..] at address R[a]";
    EqVal     (Out A, InN B, InN C, Type XLo) [PANIC, X1] "R[a] := values of type xlo in R[b..] and R[c..] are equal; uncomparable dynamic types panic";

// --- globals --------------------------------------------------------------------------------------------
    GLoadI8   (Out A, Global BC)              []        "R[a] := M8[globals + bc] sign-extended";
    GLoadU8   (Out A, Global BC)              []        "R[a] := M8[globals + bc] zero-extended";
    GLoadI16  (Out A, Global BC)              []        "R[a] := M16[globals + bc] sign-extended";
    GLoadU16  (Out A, Global BC)              []        "R[a] := M16[globals + bc] zero-extended";
    GLoadI32  (Out A, Global BC)              []        "R[a] := M32[globals + bc] sign-extended";
    GLoadU32  (Out A, Global BC)              []        "R[a] := M32[globals + bc] zero-extended";
    GLoad64   (Out A, Global BC)              []        "R[a] := M64[globals + bc]";
    GLoad128  (Out2 A, Global BC)             []        "P[a] := M128[globals + bc]";
    GStore8   (In A, Global BC)               []        "M8[globals + bc] := R[a]";
    GStore16  (In A, Global BC)               []        "M16[globals + bc] := R[a]";
    GStore32  (In A, Global BC)               []        "M32[globals + bc] := R[a]";
    GStore64  (In A, Global BC)               []        "M64[globals + bc] := R[a], not a pointer";
    GStoreP   (In A, Global BC)               []        "M64[globals + bc] := R[a], perhaps a pointer";
    GStore128 (In2 A, Global BC)              []        "M128[globals + bc] := P[a]";
    GAddr     (Out A, Global BC)              []        "R[a] := globals + bc";

// --- elements of slices: P[s] = (ptr, len | cap << 32); bounds?(index, len) -----------------------------
    SlLoadI8  (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], int8";
    SlLoadU8  (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], uint8";
    SlLoadI16 (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], int16";
    SlLoadU16 (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], uint16";
    SlLoadI32 (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], int32";
    SlLoadU32 (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], uint32 or float32";
    SlLoad64  (Out A, In2 B, In C)            [PANIC]   "R[a] := P[b][R[c]], 8 bytes";
    SlLoad128 (Out2 A, In2 B, In C)           [PANIC]   "P[a] := P[b][R[c]], a pair";
    SlStore8  (In2 A, In B, In C)             [PANIC]   "P[a][R[b]] := R[c], 1 byte";
    SlStore16 (In2 A, In B, In C)             [PANIC]   "P[a][R[b]] := R[c], 2 bytes";
    SlStore32 (In2 A, In B, In C)             [PANIC]   "P[a][R[b]] := R[c], 4 bytes";
    SlStore64 (In2 A, In B, In C)             [PANIC]   "P[a][R[b]] := R[c], 8 bytes, not a pointer";
    SlStoreP  (In2 A, In B, In C)             [PANIC]   "P[a][R[b]] := R[c], 8 bytes, perhaps a pointer";
    SlStore128 (In2 A, In B, In2 C)           [PANIC]   "P[a][R[b]] := P[c], a pair with pointers inside";
    SlAddr    (Out A, In2 B, In C, Uimm XLo)  [PANIC, X1] "R[a] := address of P[b][R[c]], elements of xlo bytes";
    StrIdx    (Out A, In2 B, In C)            [PANIC]   "R[a] := byte R[c] of string P[b]; bounds?(R[c], length)";

// --- elements of arrays through a pointer: nil?(pointer), bounds?(index, xlo) ----------------------------
    ArLoadI8  (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], int8, of xlo elements";
    ArLoadU8  (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], uint8";
    ArLoadI16 (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], int16";
    ArLoadU16 (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], uint16";
    ArLoadI32 (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], int32";
    ArLoadU32 (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], uint32 or float32";
    ArLoad64  (Out A, In B, In C, Uimm XLo)   [PANIC, X1] "R[a] := (*R[b])[R[c]], 8 bytes";
    ArLoad128 (Out2 A, In B, In C, Uimm XLo)  [PANIC, X1] "P[a] := (*R[b])[R[c]], a pair";
    ArStore8  (In A, In B, In C, Uimm XLo)    [PANIC, X1] "(*R[a])[R[b]] := R[c], 1 byte, of xlo elements";
    ArStore16 (In A, In B, In C, Uimm XLo)    [PANIC, X1] "(*R[a])[R[b]] := R[c], 2 bytes";
    ArStore32 (In A, In B, In C, Uimm XLo)    [PANIC, X1] "(*R[a])[R[b]] := R[c], 4 bytes";
    ArStore64 (In A, In B, In C, Uimm XLo)    [PANIC, X1] "(*R[a])[R[b]] := R[c], 8 bytes, not a pointer";
    ArStoreP  (In A, In B, In C, Uimm XLo)    [PANIC, X1] "(*R[a])[R[b]] := R[c], 8 bytes, perhaps a pointer";
    ArStore128 (In A, In B, In2 C, Uimm XLo)  [PANIC, X1] "(*R[a])[R[b]] := P[c], a pair with pointers inside";
    ArAddr    (Out A, In B, In C, Uimm XLo, Uimm XHi) [PANIC, X1] "R[a] := address of (*R[b])[R[c]], xlo elements of xhi bytes";
    ChkIdx    (In A, Uimm XLo)                [PANIC, X1] "bounds?(R[a], xlo)";
    FrIdx     (OutN A, InN B, In C, Uimm X0, Uimm X1) [PANIC, X1] "bounds?(R[c], x0); R[a..a+x1] := R[b + R[c]*x1 ..]: element of an array in the frame";
    FrSet     (IoN A, In B, InN C, Uimm X0, Uimm X1) [PANIC, X1] "bounds?(R[b], x0); R[a + R[b]*x1 ..+x1] := R[c..]";

// --- slices ---------------------------------------------------------------------------------------------
    New       (Out A, Type BC)                [ALLOC]   "R[a] := address of a new zero value of type bc (a fixed address if it has no bytes)";
    NewCopy   (Out A, In B, Type XLo)         [ALLOC, PANIC, X1] "nil?(R[b]); R[a] := address of a new copy of the value of type xlo at address R[b]";
    Box       (Out A, InN B, Type XLo)        [ALLOC, X1] "R[a] := address of a new copy, in memory form, of the value of type xlo in R[b..]";
    LenSl     (Out A, In B)                   []        "R[a] := R[b] & 0xffff_ffff: length, R[b] being a slice's second word";
    CapSl     (Out A, In B)                   []        "R[a] := R[b] >> 32: capacity";
    MakeSlice (Out2 A, In B, OptIn C, Type XLo) [ALLOC, PANIC, X1] "P[a] := make([]T, R[b], R[c]), T = type xlo (the element); c NONE: capacity = length; raises makeslice: len (cap) out of range";
    SliceSl   (Out2 A, In2 B, OptIn X0, OptIn X1, OptIn X2, Uimm YLo) [PANIC, X2] "P[a] := P[b][R[x0]:R[x1]:R[x2]], elements of ylo bytes; NONE: 0, len, cap. Capacity 0 keeps the base address";
    SliceStr  (Out2 A, In2 B, OptIn X0, OptIn X1) [PANIC, X1] "P[a] := string P[b][R[x0]:R[x1]]";
    SliceArr  (Out2 A, In B, OptIn X0, OptIn X1, OptIn X2, Uimm YLo, Uimm YHi) [PANIC, X2] "nil?(R[b]); P[a] := (*R[b])[R[x0]:R[x1]:R[x2]], array of yhi elements of ylo bytes";
    SlToArr   (Out A, In2 B, Uimm XLo)        [PANIC, X1] "length of P[b] < xlo raises cannot convert slice with length …; R[a] := its pointer";
    Append8   (Out2 A, In2 B, In C, Type XLo) [ALLOC, PANIC, X1] "P[a] := append(P[b], R[c]); element type xlo, 1 byte";
    Append32  (Out2 A, In2 B, In C, Type XLo) [ALLOC, PANIC, X1] "P[a] := append(P[b], R[c]); 4 bytes";
    Append64  (Out2 A, In2 B, In C, Type XLo) [ALLOC, PANIC, X1] "P[a] := append(P[b], R[c]); 8 bytes, not a pointer";
    AppendP   (Out2 A, In2 B, In C, Type XLo) [ALLOC, PANIC, X1] "P[a] := append(P[b], R[c]); 8 bytes, perhaps a pointer";
    Append128 (Out2 A, In2 B, In2 C, Type XLo) [ALLOC, PANIC, X1] "P[a] := append(P[b], P[c]); a pair with pointers inside";
    AppendN   (Out2 A, In2 B, Out C, Type XLo, Uimm XHi) [ALLOC, PANIC, X1] "P[a] := P[b] grown by xhi zero elements of type xlo (in place if capacity allows, existing bytes there overwritten with zero); R[c] := address of the first of them";
    AppendSl  (Out2 A, In2 B, In2 C, Type XLo) [ALLOC, PANIC, X1] "P[a] := append(P[b], P[c]...); element type xlo";
    AppendStr (Out2 A, In2 B, In2 C)          [ALLOC, PANIC] "P[a] := append([]byte P[b], string P[c]...)";
    CopySl    (OptOut A, In2 B, In2 C, Type XLo) [X1]   "R[a] := copy(P[b], P[c]); element type xlo; may overlap";
    CopyStr   (OptOut A, In2 B, In2 C)        []        "R[a] := copy([]byte P[b], string P[c])";
    ClearSl   (In2 A, Type XLo)               [X1]      "clear(P[a]); element type xlo";
    MinStr    (Out2 A, In2 B, In2 C)          []        "P[a] := the smaller of strings P[b], P[c]; P[b] if equal";
    MaxStr    (Out2 A, In2 B, In2 C)          []        "P[a] := the larger of strings P[b], P[c]; P[b] if equal";

// --- strings ---------------------------------------------------------------------------------------------
    Concat    (Out2 A, In2 B, In2 C)          [ALLOC, PANIC] "P[a] := P[b] + P[c]; an operand is returned itself if the other is empty";
    ConcatN   (Out2 A, InN B, Uimm C)         [ALLOC, PANIC] "P[a] := sum of the c strings P[b], P[b+2] …";
    EqStr     (Out A, In2 B, In2 C)           []        "R[a] := P[b] == P[c]";
    LtStr     (Out A, In2 B, In2 C)           []        "R[a] := P[b] < P[c]";
    LeStr     (Out A, In2 B, In2 C)           []        "R[a] := P[b] <= P[c]";
    StrNext   (Out A, In2 B, Io C, Jump XLo)  [JUMP, X1] "if R[c] >= length of P[b]: pc += xlo; else R[a] := rune of string P[b] at R[c] (0xFFFD for a bad byte), R[c] += its width";
    BytesToStr (Out2 A, In2 B)                [ALLOC]   "P[a] := string([]byte P[b])";
    StrToBytes (Out2 A, In2 B)                [ALLOC]   "P[a] := []byte(string P[b]); never nil";
    RunesToStr (Out2 A, In2 B)                [ALLOC]   "P[a] := string([]rune P[b])";
    StrToRunes (Out2 A, In2 B)                [ALLOC]   "P[a] := []rune(string P[b]); never nil";
    RuneToStr (Out2 A, In B)                  [ALLOC]   "P[a] := string(rune R[b]): UTF-8, U+FFFD if R[b] is no valid code point";

// --- maps: xlo = the map's type; keys and values in slot form; I: one-slot integer-like key, S: string key,
//     G: any other. A nil map reads as empty. --------------------------------------------------------------
    MakeMap   (Out A, OptIn B, Type XLo)      [ALLOC, PANIC, X1] "R[a] := make(map, R[b])";
    MapGetI   (OutN A, In B, In C, Type XLo)  [PANIC, X1] "R[a..] := R[b][R[c]], zero if absent";
    MapGetS   (OutN A, In B, In2 C, Type XLo) [PANIC, X1] "R[a..] := R[b][P[c]], zero if absent";
    MapGetG   (OutN A, In B, InN C, Type XLo) [PANIC, X1] "R[a..] := R[b][R[c..]], zero if absent; unhashable dynamic key panics";
    MapGetOkI (OptOutN A, In B, In C, Type XLo, Out X2) [PANIC, X1] "R[a..], R[x2] := R[b][R[c]]; a NONE: only whether present";
    MapGetOkS (OptOutN A, In B, In2 C, Type XLo, Out X2) [PANIC, X1] "as MapGetOkI, string key";
    MapGetOkG (OptOutN A, In B, InN C, Type XLo, Out X2) [PANIC, X1] "as MapGetOkI, any key";
    MapSetI   (In A, In B, InN C, Type XLo)   [ALLOC, PANIC, X1] "R[a][R[b]] := R[c..]; nil map raises assignment to entry in nil map";
    MapSetS   (In A, In2 B, InN C, Type XLo)  [ALLOC, PANIC, X1] "R[a][P[b]] := R[c..]";
    MapSetG   (In A, InN B, InN C, Type XLo)  [ALLOC, PANIC, X1] "R[a][R[b..]] := R[c..]";
    MapAddI   (In A, In B, In C, Type XLo)    [ALLOC, PANIC, X1] "R[a][R[b]] += R[c]: value of 64-bit integer type";
    MapAddS   (In A, In2 B, In C, Type XLo)   [ALLOC, PANIC, X1] "R[a][P[b]] += R[c]: value of 64-bit integer type";
    MapDel    (In A, InN B, Type XLo)         [PANIC, X1] "delete(R[a], R[b..])";
    MapLen    (Out A, In B)                   []        "R[a] := len(R[b])";
    MapClear  (In A, Type XLo)                [PANIC, X1] "clear(R[a])";
    MapIter   (OutN A, In B, Type XLo)        [ALLOC, X1] "R[a..a+MAP_ITER_SLOTS] := iterator over R[b]";
    MapNext   (IoN A, OptOutN B, OptOutN C, Type XLo, Jump XHi) [PANIC, JUMP, X1] "advance iterator R[a..]; at the end pc += xhi, else R[b..] := key, R[c..] := value (each unless NONE)";

// --- interfaces --------------------------------------------------------------------------------------------
    AssertT   (Out A, In2 B, Type XLo, Type XHi) [PANIC, X1] "R[b] != type xlo raises the failed assertion of static interface type xhi to xlo; R[a] := data word R[b+1]";
    AssertI   (Out2 A, In2 B, Type XLo, Type XHi) [PANIC, X1] "type R[b] does not implement interface xlo, or is nil: raises as AssertT; P[a] := P[b]";
    AssertIOk (Out2 A, In2 B, Out C, Type XLo) [X1]     "if type R[b] implements interface xlo: P[a], R[c] := P[b], 1; else P[a], R[c] := 0, 0";
    Implements (Out A, In B, Type XLo)        [X1]      "R[a] := type id R[b] implements interface xlo; nil does not";
    EqIface   (Out A, In2 B, In2 C)           [PANIC]   "R[a] := interfaces P[b] == P[c]; same uncomparable type panics";
    IfaceFn   (Out A, In B, Sel XLo)          [PANIC, X1] "nil?(R[b], a type id); R[a] := func value of the method with selector xlo of type R[b]: takes the data word as receiver";

// --- calls ---------------------------------------------------------------------------------------------------
    Call      (Win A, Uimm BC, Code X)        [CALL, SAFEPOINT, PANIC, X1] "call code x, whose frame has bc slots, with frame at R[a]";
    CallC     (Win A, In B, Uimm C)           [CALL, SAFEPOINT, PANIC] "nil?(R[b]); call func value R[b] with frame at R[a]; R[a+2] := R[b]; c slots of results and parameters";
    CallI     (Win A, In2 B, Uimm C, Sel XLo, Uimm XHi, Uimm Y) [CALL, SAFEPOINT, PANIC, X2] "nil?(R[b]); R[a+c] := R[b+1]; call the method with selector xlo of type R[b]; xhi slots of results and parameters; y is the interpreter's to cache in";
    CallNat   (Win A, Native BC)              [CALL, PARK, PANIC, ALLOC, SAFEPOINT] "call native bc with results and parameters at R[a+3..]; no frame is pushed";
    Ret       ()                              [JUMP, END] "return to the caller; results are in R[3..]";
    Exit      ()                              [END]     "the goroutine's function has returned";
    Closure   (Out A, InN B, Uimm C, Entry X) [ALLOC, X1] "R[a] := new closure of entry x with captures R[b..b+c] at byte 8 …";
    Go        (Win A, Uimm B, In C)           [ALLOC, PANIC] "start a goroutine: func value R[c] with a frame whose slots 3..3+b are copied from R[a+3..]; nil R[c] is fatal: go of nil func value";
    Defer     (Win A, Uimm B, In C)           [ALLOC]   "push a deferred call of R[c] (nil panics when run) with slots R[a+3..a+3+b]";
    DeferAt   (Win A, Uimm B, In C, In X0)    [ALLOC, X1] "like Defer, for the frame with token R[x0]: its call comes before those the frame pushed earlier, after those of frames above it";
    FrameToken (Out A)                        []        "R[a] := a number that names this frame to DeferAt while it lives";
    RunDefers ()                              [CALL, SAFEPOINT, PANIC, PARK] "run this frame's deferred calls, last first, until none is left; each returns to this instruction";
    Unwind    ()                              [CALL, END, SAFEPOINT, PANIC, PARK] "a call that the machinery of panics made has returned; not in compiled code";
    Recover   (Out2 A)                        []        "P[a] := recover()";
    Panic     (In2 A)                         [PANIC, END] "panic(P[a])";
    Trap      (Uimm A)                        [PANIC, END] "raise run-time panic number a (see Trap)";

// --- words that goroutines share: sequentially consistent ----------------------------------------------------------
    AtLoadI32 (Out A, In B)                   [PANIC]   "nil?(R[b]); R[a] := M32[R[b]], sign-extended";
    AtLoadU32 (Out A, In B)                   [PANIC]   "nil?(R[b]); R[a] := M32[R[b]], zero-extended";
    AtLoad64  (Out A, In B)                   [PANIC]   "nil?(R[b]); R[a] := M64[R[b]]";
    AtStore32 (In A, In B)                    [PANIC]   "nil?(R[a]); M32[R[a]] := R[b]";
    AtStore64 (In A, In B)                    [PANIC]   "nil?(R[a]); M64[R[a]] := R[b], which is no pointer";
    AtAddI32  (Out A, In B, In C)             [PANIC]   "nil?(R[b]); R[a] := M32[R[b]] += R[c], sign-extended";
    AtAddU32  (Out A, In B, In C)             [PANIC]   "nil?(R[b]); R[a] := M32[R[b]] += R[c], zero-extended";
    AtAdd64   (Out A, In B, In C)             [PANIC]   "nil?(R[b]); R[a] := M64[R[b]] += R[c]";
    AtCas32   (Out A, In B, In2 C)            [PANIC]   "nil?(R[b]); R[a] := M32[R[b]] == R[c]; if so M32[R[b]] := R[c+1]";
    AtCas64   (Out A, In B, In2 C)            [PANIC]   "nil?(R[b]); R[a] := M64[R[b]] == R[c]; if so M64[R[b]] := R[c+1], which is no pointer";
    MuLock    (In A)                          [PARK, PANIC] "nil?(R[a]); lock the mutex (state, semaphore) at R[a]; goes on with it each time the goroutine is woken";
    MuUnlock  (In A)                          [PARK, PANIC] "nil?(R[a]); unlock the mutex at R[a]; fatal if it is not locked";

// --- channels --------------------------------------------------------------------------------------------------
    MakeChan  (Out A, OptIn B, Type XLo)      [ALLOC, PANIC, X1] "R[a] := make(chan of type xlo (the channel type), R[b])";
    Send      (In A, InN B)                   [PARK, PANIC] "R[a] <- R[b..] (as many slots as the channel's elements have)";
    Recv      (OptOutN A, In B)                [PARK]    "R[a..] := <-R[b]";
    RecvOk    (OptOutN A, In B, Out C)         [PARK]    "R[a..], R[c] := <-R[b]";
    Close     (In A)                          [PANIC]   "close(R[a])";
    ChanLen   (Out A, In B)                   []        "R[a] := len(R[b]), 0 if nil";
    ChanCap   (Out A, In B)                   []        "R[a] := cap(R[b]), 0 if nil";
    Select    (Out A, Uimm B, Uimm C)         [PARK, PANIC, XV] "b words follow, a case each: dir (0 send, 1 receive), channel register, first slot of the value (receive: or NONE), ok register (or NONE), lowest first; R[a] := chosen case; c = 1: there is a default, chosen as -1";
    Block     ()                              [PARK, END] "wait for ever: select {}";

// --- print ------------------------------------------------------------------------------------------------------
    Print     (InN A, Uimm B, Uimm C)         [XV]      "print b values from R[a..] to stderr; ceil(b/8) words follow, a byte each (see PrintKind), lowest first; c = 1: println's spaces and newline";

// --- fused: this instruction, then the one that follows it, which stays in its place (see `fused`) --------------
    AndIJEqI  (Out A, In B, Imm C) [] "AndI, then the JEqI that follows";
    AndIJNeI  (Out A, In B, Imm C) [] "AndI, then the JNeI that follows";
    AddI64IJmp (Out A, In B, Imm C) [] "AddI64I, then the Jmp that follows";
    AddI64ILoopGtI64I (Out A, In B, Imm C) [] "AddI64I, then the LoopGtI64I that follows";
    AddI64ILoopGeI64I (Out A, In B, Imm C) [] "AddI64I, then the LoopGeI64I that follows";
    AddI64ILoopLtI64I (Out A, In B, Imm C) [] "AddI64I, then the LoopLtI64I that follows";
    AddI64ILoopLtI64 (Out A, In B, Imm C) [] "AddI64I, then the LoopLtI64 that follows";
    AddI64ILoopLeI64 (Out A, In B, Imm C) [] "AddI64I, then the LoopLeI64 that follows";
    AddI64ILoopNeI (Out A, In B, Imm C) [] "AddI64I, then the LoopNeI that follows";
    AddI64IForLtI64 (Out A, In B, Imm C) [] "AddI64I, then the ForLtI64 that follows";
    AddI64ForLtI64 (Out A, In B, In C) [] "AddI64, then the ForLtI64 that follows";
    AddI64IForLtI64I (Out A, In B, Imm C) [] "AddI64I, then the ForLtI64I that follows";
    AddI64ForLtI64I (Out A, In B, In C) [] "AddI64, then the ForLtI64I that follows";
    AddI64IForLenI64 (Out A, In B, Imm C) [] "AddI64I, then the ForLenI64 that follows";
    AddI64ForLenI64 (Out A, In B, In C) [] "AddI64, then the ForLenI64 that follows";
    XorForLtI64 (Out A, In B, In C) [] "Xor, then the ForLtI64 that follows";
    MoveForLtI64 (Out A, In B) [] "Move, then the ForLtI64 that follows";
    SlStore64ForLtI64 (In2 A, In B, In C) [PANIC] "SlStore64, then the ForLtI64 that follows";
    MulAddF64ForLtI64 (Out A, In B, In C, In X0) [X1] "MulAddF64, then the ForLtI64 that follows";
    AddI64LoopLtI64 (Out A, In B, In C) [] "AddI64, then the LoopLtI64 that follows";
    AddI64LoopLeI64 (Out A, In B, In C) [] "AddI64, then the LoopLeI64 that follows";
    DivI64PJmp (Out A, In B, Uimm C) [] "DivI64P, then the Jmp that follows";
    MoveJmp   (Out A, In B) [] "Move, then the Jmp that follows";
    MulI64IAddI64I (Out A, In B, Imm C) [] "MulI64I, then the AddI64I that follows";
    MulI64IAddI64 (Out A, In B, Imm C) [] "MulI64I, then the AddI64 that follows";
    MulI64AddI64 (Out A, In B, In C) [] "MulI64, then the AddI64 that follows";
    MulI64AddI64I (Out A, In B, In C) [] "MulI64, then the AddI64I that follows";
    AddI64AddI64 (Out A, In B, In C) [] "AddI64, then the AddI64 that follows";
    ShlIAddI64 (Out A, In B, Uimm C) [] "ShlI, then the AddI64 that follows";
    ShlIXor   (Out A, In B, Uimm C) [] "ShlI, then the Xor that follows";
    ShrUIXor  (Out A, In B, Uimm C) [] "ShrUI, then the Xor that follows";
    ShrUIAndI (Out A, In B, Uimm C) [] "ShrUI, then the AndI that follows";
    AddI64IAndI (Out A, In B, Imm C) [] "AddI64I, then the AndI that follows";
    AddI64AndI (Out A, In B, In C) [] "AddI64, then the AndI that follows";
    XorMulI64 (Out A, In B, In C) [] "Xor, then the MulI64 that follows";
    MulF64MulF64 (Out A, In B, In C) [] "MulF64, then the MulF64 that follows";
    SubF64MulF64 (Out A, In B, In C) [] "SubF64, then the MulF64 that follows";
    MulF64AddF64 (Out A, In B, In C) [] "MulF64, then the AddF64 that follows";
    MulF64SubF64 (Out A, In B, In C) [] "MulF64, then the SubF64 that follows";
    AddF64Store64 (Out A, In B, In C) [] "AddF64, then the Store64 that follows";
    SubF64Store64 (Out A, In B, In C) [] "SubF64, then the Store64 that follows";
    AddF64MulF64 (Out A, In B, In C) [] "AddF64, then the MulF64 that follows";
    Load64Load64 (Out A, In B, Uimm C) [PANIC] "Load64, then the Load64 that follows";
    Load64AddI64 (Out A, In B, Uimm C) [PANIC] "Load64, then the AddI64 that follows";
    Load64AddF64 (Out A, In B, Uimm C) [PANIC] "Load64, then the AddF64 that follows";
    Load64MulF64 (Out A, In B, Uimm C) [PANIC] "Load64, then the MulF64 that follows";
    Load64SubF64 (Out A, In B, Uimm C) [PANIC] "Load64, then the SubF64 that follows";
    AddI64IStore64 (Out A, In B, Imm C) [] "AddI64I, then the Store64 that follows";
    AddI64Store64 (Out A, In B, In C) [] "AddI64, then the Store64 that follows";
    MulAddF64Store64 (Out A, In B, In C, In X0) [X1] "MulAddF64, then the Store64 that follows";
    MulSubF64Store64 (Out A, In B, In C, In X0) [X1] "MulSubF64, then the Store64 that follows";
    SlLoad128SlLoad64 (Out2 A, In2 B, In C) [PANIC] "SlLoad128, then the SlLoad64 that follows";
    SlLoad64AddI64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the AddI64 that follows";
    SlLoad64AddF64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the AddF64 that follows";
    SlLoad64MulAddF64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the MulAddF64 that follows";
    SlLoad64JLtI64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the JLtI64 that follows";
    SlLoad64JLeI64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the JLeI64 that follows";
    SlLoad64SlStore64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the SlStore64 that follows";
    SlLoadU8JmpF (Out A, In2 B, In C) [PANIC] "SlLoadU8, then the JmpF that follows";
    SlLoadU8JmpT (Out A, In2 B, In C) [PANIC] "SlLoadU8, then the JmpT that follows";
    SlLoadU8JNeI (Out A, In2 B, In C) [PANIC] "SlLoadU8, then the JNeI that follows";
    SlLoadU8JEqI (Out A, In2 B, In C) [PANIC] "SlLoadU8, then the JEqI that follows";
    LoadISlStore8 (Out A, Imm BC) [] "LoadI, then the SlStore8 that follows";
    LoadISlStore64 (Out A, Imm BC) [] "LoadI, then the SlStore64 that follows";
    LoadIJmp  (Out A, Imm BC) [] "LoadI, then the Jmp that follows";
    AddI64ICall (Out A, In B, Imm C) [] "AddI64I, then the Call that follows";
    MoveCall  (Out A, In B) [] "Move, then the Call that follows";
    Move2Call (Out2 A, In2 B) [] "Move2, then the Call that follows";
    AddI64Ret (Out A, In B, In C) [] "AddI64, then the Ret that follows";
    MoveRet   (Out A, In B) [] "Move, then the Ret that follows";
    LoadIRet  (Out A, Imm BC) [] "LoadI, then the Ret that follows";
    MoveMove  (Out A, In B) [] "Move, then the Move that follows";
    LoadsSubF64 (Out A, In B, Uimm C) [PANIC] "Load64, Load64, SubF64: their difference";
    LoadsMulAddF64Store (Out A, In B, Uimm C) [PANIC] "Load64, Load64, MulF64, AddF64, Store64: the first += the second times a register";
    LoadsMulMulAddF64Store (Out A, In B, Uimm C) [PANIC] "Load64, Load64, MulF64, MulF64, AddF64, Store64: the first += the second times two registers";
    LoadsMulMulSubF64Store (Out A, In B, Uimm C) [PANIC] "Load64, Load64, MulF64, MulF64, SubF64, Store64: the first -= the second times two registers";
    Load128SlLoad64 (Out2 A, In B, Uimm C) [PANIC] "Load128, then the SlLoad64 that follows";
    SlLoad64SlLoad64 (Out A, In2 B, In C) [PANIC] "SlLoad64, then the SlLoad64 that follows";
    SlStore64SlStore64 (In2 A, In B, In C) [PANIC] "SlStore64, then the SlStore64 that follows";
    AddI64ISlLoad64 (Out A, In B, Imm C) [] "AddI64I, then the SlLoad64 that follows";
    AddI64IAddI64I (Out A, In B, Imm C) [] "AddI64I, then the AddI64I that follows";
    AddI64IJLeI64 (Out A, In B, Imm C) [] "AddI64I, then the JLeI64 that follows";
    AddI64DivI64P (Out A, In B, In C) [] "AddI64, then the DivI64P that follows";
    AddI64IDivI64P (Out A, In B, Imm C) [] "AddI64I, then the DivI64P that follows";
    ShlIAddI64I (Out A, In B, Uimm C) [] "ShlI, then the AddI64I that follows";
    MulU32AddU32 (Out A, In B, In C) [] "MulU32, then the AddU32 that follows";
    Load64LenSl (Out A, In B, Uimm C) [PANIC] "Load64, then the LenSl that follows";
    MoveLoop  (Out A, In B) [] "Move, then the Loop that follows";
    MoveLoopLtI64 (Out A, In B) [] "Move, then the LoopLtI64 that follows";
    MoveLoopGtI64I (Out A, In B) [] "Move, then the LoopGtI64I that follows";
    MoveCallC (Out A, In B) [] "Move, then the CallC that follows";
    AddI64ICallC (Out A, In B, Imm C) [] "AddI64I, then the CallC that follows";
    LtI64Ret  (Out A, In B, In C) [] "LtI64, then the Ret that follows";
    JLtI64Load64 (In A, In B, Jump C) [JUMP] "JLtI64, then, unless it jumps, the Load64 that follows";
    MulF64MulAddF64 (Out A, In B, In C) [] "MulF64, then the MulAddF64 that follows";
    MulAddF64MulAddF64 (Out A, In B, In C, In X0) [X1] "MulAddF64, then the MulAddF64 that follows";
    SqrtF64MulF64 (Out A, In B) [] "SqrtF64, then the MulF64 that follows";
    MulF64DivF64 (Out A, In B, In C) [] "MulF64, then the DivF64 that follows";
    MoveMoveMove (Out A, In B) [] "three Moves";
    MoveMoveCall (Out A, In B) [] "Move, Move, Call";
    MoveMoveCallC (Out A, In B) [] "Move, Move, CallC";
    SlLoadsLtI64Ret (Out A, In2 B, In C) [PANIC] "SlLoad64, SlLoad64, LtI64, Ret: whether one element is less than another";
    JLtI64IMoveRet (In A, Imm B, Jump C) [JUMP] "JLtI64I, then, unless it jumps, the Move and Ret that follow";
    JLtI64ILoadIRet (In A, Imm B, Jump C) [JUMP] "JLtI64I, then, unless it jumps, the LoadI and Ret that follow";
    JLeI64IMoveRet (In A, Imm B, Jump C) [JUMP] "JLeI64I, then, unless it jumps, the Move and Ret that follow";
    JLeI64ILoadIRet (In A, Imm B, Jump C) [JUMP] "JLeI64I, then, unless it jumps, the LoadI and Ret that follow";
    JGtI64IMoveRet (In A, Imm B, Jump C) [JUMP] "JGtI64I, then, unless it jumps, the Move and Ret that follow";
    JGtI64ILoadIRet (In A, Imm B, Jump C) [JUMP] "JGtI64I, then, unless it jumps, the LoadI and Ret that follow";
    JGeI64IMoveRet (In A, Imm B, Jump C) [JUMP] "JGeI64I, then, unless it jumps, the Move and Ret that follow";
    JGeI64ILoadIRet (In A, Imm B, Jump C) [JUMP] "JGeI64I, then, unless it jumps, the LoadI and Ret that follow";
    JEqIMoveRet (In A, Imm B, Jump C) [JUMP] "JEqI, then, unless it jumps, the Move and Ret that follow";
    JEqILoadIRet (In A, Imm B, Jump C) [JUMP] "JEqI, then, unless it jumps, the LoadI and Ret that follow";
    JNeIMoveRet (In A, Imm B, Jump C) [JUMP] "JNeI, then, unless it jumps, the Move and Ret that follow";
    JNeILoadIRet (In A, Imm B, Jump C) [JUMP] "JNeI, then, unless it jumps, the LoadI and Ret that follow";
    SubMemF64 (Out A, In B, In C, Uimm X1, Uimm X2) [PANIC, X1] "R[a] := M64[R[b] + x1] - M64[R[c] + x2]; a Nop follows";
    AddMulMemF64 (In A, In B, In C, Uimm X1, Uimm X2) [PANIC, X1] "M64[R[a] + x1] += M64[R[b] + x2] * R[c]; 3 Nops follow";
    AddMulMulMemF64 (In A, In B, In C, In X0, Uimm X1, Uimm X2) [PANIC, X1] "M64[R[a] + x1] += M64[R[b] + x2] * R[c] * R[x0]; 4 Nops follow";
    SubMulMulMemF64 (In A, In B, In C, In X0, Uimm X1, Uimm X2) [PANIC, X1] "M64[R[a] + x1] -= M64[R[b] + x2] * R[c] * R[x0]; 4 Nops follow";
}

impl Op {
    /// The opcode with number `n`.
    pub fn from_u16(n: u16) -> Option<Op> {
        Op::ALL.get(n as usize).copied()
    }

    /// The opcode of an instruction word.
    pub fn of(word: u64) -> Option<Op> {
        Op::from_u16(word as u16)
    }

    /// What the table says of it.
    pub fn info(self) -> &'static Info {
        &TABLE[self as usize]
    }

    /// Whether it has flag `f`.
    pub fn has(self, f: u16) -> bool {
        self.info().flags & f != 0
    }

    /// Words of the instruction that begins with `word`, at least 1.
    pub fn words(self, word: u64) -> usize {
        let f = self.info().flags;
        if f & flag::XV != 0 {
            1 + match self {
                Op::JmpTable => (word >> 32) as usize,
                Op::Select => b_of(word) as usize,
                _ => (b_of(word) as usize).div_ceil(8),
            }
        } else {
            1 + usize::from(f & flag::X1 != 0) + 2 * usize::from(f & flag::X2 != 0)
        }
    }
}
