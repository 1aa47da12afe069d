//! Run-time panics and fatal errors, in Go's words.
//!
//! A [`Trap`] is one word, so that handlers pass it along in a register; what it needs beyond its kind
//! (an index and a length, the names of types) waits in a cell of the thread until the trap is raised,
//! which the same thread does at once. [`Trap::value`] makes the panic's value of it.

use std::cell::RefCell;

use crate::bytecode::op::TrapKind;
use crate::machine::Vm;
use crate::value::alloc::new_value;
use crate::value::{mem, string};

/// Why an instruction could not be carried out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trap(u32);

const _: () = assert!(size_of::<Trap>() <= size_of::<usize>());

/// What panics with a trap, or that the program cannot go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Raised {
    /// A `runtime.errorString`: printed with the prefix `runtime error: `.
    Error(String),
    /// A `runtime.boundsError`: likewise.
    Bounds(String),
    /// A `runtime.plainError`: printed as it is.
    Plain(String),
    /// A `*runtime.TypeAssertionError`: static interface type, dynamic type (empty if the value was nil),
    /// type asked for, a method that the dynamic type lacks (or empty).
    Assertion([String; 4]),
    /// A `*runtime.PanicNilError`.
    PanicNil,
    /// A value that a native panics with.
    Value(u64, u64),
    /// The program ends: `fatal error: ` and this.
    Fatal(String),
}

thread_local! {
    static DETAIL: RefCell<Option<Raised>> = const { RefCell::new(None) };
}

const DETAILED: u32 = 0;

/// Which slice expression failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SliceFault {
    /// `s[:x]`, y the length of a string or array.
    Len,
    /// `s[:x]`, y the capacity.
    Cap,
    /// `s[x:y]`.
    Low,
    /// `s[::x]`, y the length of an array.
    MaxLen,
    /// `s[::x]`, y the capacity.
    MaxCap,
    /// `s[:x:y]`.
    HighMax,
    /// `s[x:y:]`.
    LowHigh,
}

impl Trap {
    /// Nil dereference.
    pub const NIL_DEREF: Trap = Trap(1);
    /// Division by zero.
    pub const DIV_ZERO: Trap = Trap(2);
    /// Negative shift amount.
    pub const NEG_SHIFT: Trap = Trap(3);
    /// Assignment to an entry of a nil map.
    pub const NIL_MAP: Trap = Trap(4);
    /// `close(nil)`
    pub const CLOSE_NIL: Trap = Trap(5);
    /// A channel was closed twice.
    pub const CLOSE_CLOSED: Trap = Trap(6);
    /// A send on a closed channel.
    pub const SEND_CLOSED: Trap = Trap(7);
    /// A channel's size is negative or too large.
    pub const MAKE_CHAN: Trap = Trap(8);
    /// `panic(nil)`
    pub const PANIC_NIL: Trap = Trap(9);
    /// Two goroutines wrote a map at the same time.
    pub const MAP_WRITES: Trap = Trap(10);
    /// One goroutine read a map while another wrote it.
    pub const MAP_READ_WRITE: Trap = Trap(11);
    /// One goroutine ranged over a map while another wrote it.
    pub const MAP_ITERATION: Trap = Trap(12);
    /// A slice's length is negative or too large.
    pub const MAKE_SLICE_LEN: Trap = Trap(13);
    /// A slice's capacity is below its length or too large.
    pub const MAKE_SLICE_CAP: Trap = Trap(14);
    /// An append would make a slice too long.
    pub const GROW_SLICE: Trap = Trap(15);

    #[cold]
    fn detailed(what: Raised) -> Trap {
        DETAIL.set(Some(what));
        Trap(DETAILED)
    }

    /// A run-time error, given without the prefix.
    #[cold]
    pub fn error(text: impl Into<String>) -> Trap {
        Trap::detailed(Raised::Error(text.into()))
    }

    /// A run-time error that prints without a prefix.
    #[cold]
    pub fn plain(text: impl Into<String>) -> Trap {
        Trap::detailed(Raised::Plain(text.into()))
    }

    /// The end of the program.
    #[cold]
    pub fn fatal(text: impl Into<String>) -> Trap {
        Trap::detailed(Raised::Fatal(text.into()))
    }

    /// A panic with this interface value.
    #[cold]
    pub fn value_of(value: (u64, u64)) -> Trap {
        Trap::detailed(Raised::Value(value.0, value.1))
    }

    /// Index `i` is not below length `n`.
    #[cold]
    #[inline(never)]
    pub fn index(i: u64, n: u64) -> Trap {
        let i = i as i64;
        Trap::detailed(Raised::Bounds(if i < 0 {
            format!("index out of range [{i}]")
        } else {
            format!("index out of range [{i}] with length {n}")
        }))
    }

    /// Bound `x` of a slice expression is past bound `y`.
    #[cold]
    #[inline(never)]
    pub fn slice(fault: SliceFault, x: u64, y: u64) -> Trap {
        let x = x as i64;
        let range = match (fault, x < 0) {
            (SliceFault::Len, false) => format!("[:{x}] with length {y}"),
            (SliceFault::Cap, false) => format!("[:{x}] with capacity {y}"),
            (SliceFault::Low, false) => format!("[{x}:{y}]"),
            (SliceFault::MaxLen, false) => format!("[::{x}] with length {y}"),
            (SliceFault::MaxCap, false) => format!("[::{x}] with capacity {y}"),
            (SliceFault::HighMax, false) => format!("[:{x}:{y}]"),
            (SliceFault::LowHigh, false) => format!("[{x}:{y}:]"),
            (SliceFault::Len | SliceFault::Cap, true) => format!("[:{x}]"),
            (SliceFault::Low, true) => format!("[{x}:]"),
            (SliceFault::MaxLen | SliceFault::MaxCap, true) => format!("[::{x}]"),
            (SliceFault::HighMax, true) => format!("[:{x}:]"),
            (SliceFault::LowHigh, true) => format!("[{x}::]"),
        };
        Trap::detailed(Raised::Bounds(format!("slice bounds out of range {range}")))
    }

    /// A slice of `len` elements does not convert to an array of `want`.
    #[cold]
    pub fn slice_to_array(len: u64, want: u64) -> Trap {
        Trap::detailed(Raised::Bounds(format!(
            "cannot convert slice with length {len} to array or pointer to array with length {want}"
        )))
    }

    /// A failed type assertion; see [`Raised::Assertion`].
    #[cold]
    pub fn assertion(iface: &str, concrete: &str, asserted: &str, missing: &str) -> Trap {
        Trap::detailed(Raised::Assertion(
            [iface, concrete, asserted, missing].map(String::from),
        ))
    }

    /// The trap of an [`crate::bytecode::op::Op::Trap`] instruction.
    #[cold]
    pub fn of_kind(kind: u16) -> Trap {
        let after = "range function continued iteration after";
        match TrapKind::ALL.get(usize::from(kind)) {
            Some(TrapKind::NilDeref) => Trap::NIL_DEREF,
            Some(TrapKind::DivZero) => Trap::DIV_ZERO,
            Some(TrapKind::RangeContinuedBody) => {
                Trap::error(format!("{after} function for loop body returned false"))
            }
            Some(TrapKind::RangePanicked) => Trap::error(format!("{after} loop body panic")),
            Some(TrapKind::RangeContinuedExit) => Trap::error(format!("{after} whole loop exit")),
            Some(TrapKind::RangeMissedPanic) => {
                Trap::error("range function recovered a loop body panic and did not resume panicking")
            }
            Some(TrapKind::Unreachable) | None => Trap::fatal("unreachable code was reached"),
        }
    }

    /// What it stands for. A trap is raised once, by the thread that made it, before it makes another.
    pub fn raised(self) -> Raised {
        let error = |s: &str| Raised::Error(s.into());
        let plain = |s: &str| Raised::Plain(s.into());
        let fatal = |s: &str| Raised::Fatal(s.into());
        match self {
            Trap::NIL_DEREF => error(NIL_DEREF_TEXT),
            Trap::DIV_ZERO => error("integer divide by zero"),
            Trap::NEG_SHIFT => error("negative shift amount"),
            Trap::NIL_MAP => plain("assignment to entry in nil map"),
            Trap::CLOSE_NIL => plain("close of nil channel"),
            Trap::CLOSE_CLOSED => plain("close of closed channel"),
            Trap::SEND_CLOSED => plain("send on closed channel"),
            Trap::MAKE_CHAN => plain("makechan: size out of range"),
            Trap::PANIC_NIL => Raised::PanicNil,
            Trap::MAP_WRITES => fatal("concurrent map writes"),
            Trap::MAP_READ_WRITE => fatal("concurrent map read and map write"),
            Trap::MAP_ITERATION => fatal("concurrent map iteration and map write"),
            Trap::MAKE_SLICE_LEN => error("makeslice: len out of range"),
            Trap::MAKE_SLICE_CAP => error("makeslice: cap out of range"),
            Trap::GROW_SLICE => error("growslice: len out of range"),
            _ => DETAIL.take().unwrap_or_else(|| fatal("trap without a cause")),
        }
    }

    /// The value that the program panics with.
    ///
    /// # Errors
    /// The text of a fatal error, which is no panic.
    #[cold]
    pub fn value(self, vm: &mut Vm<'_>) -> Result<(u64, u64), String> {
        let known = vm.prog.known();
        Ok(match self.raised() {
            Raised::Error(text) => vm.text_value(known.error_string, "runtime error: ", &text),
            Raised::Bounds(text) => vm.text_value(known.bounds_error, "runtime error: ", &text),
            Raised::Plain(text) => vm.text_value(known.plain_error, "", &text),
            Raised::Value(ty, data) => (ty, data),
            Raised::PanicNil if known.panic_nil_error != 0 => {
                let elem = &vm.prog.types[vm.prog.types[known.panic_nil_error].elem];
                (known.panic_nil_error.into(), new_value(vm.w, elem))
            }
            Raised::PanicNil => vm.text_value(0, "", "runtime error: panic called with nil argument"),
            Raised::Assertion(parts) => vm.assertion_value(known.type_assertion_error, &parts),
            Raised::Fatal(text) => return Err(text),
        })
    }
}

impl Vm<'_> {
    /// An interface value of type `ty`, a string type; a plain string with `prefix` if the program lacks it.
    fn text_value(&mut self, ty: u32, prefix: &str, text: &str) -> (u64, u64) {
        if ty != 0 {
            return self.string_value(ty, text.as_bytes());
        }
        let known = self.prog.known();
        self.string_value(known.string, format!("{prefix}{text}").as_bytes())
    }

    /// An interface value of string type `ty`.
    pub(crate) fn string_value(&mut self, ty: u32, text: &[u8]) -> (u64, u64) {
        let s = string::new(self.w, text);
        let at = new_value(self.w, &self.prog.types[ty]);
        mem::store128(at, s);
        (ty.into(), at)
    }

    fn assertion_value(&mut self, ty: u32, parts: &[String; 4]) -> (u64, u64) {
        if ty == 0 {
            let text = assertion_text(parts);
            return self.text_value(0, "", &text);
        }
        let at = new_value(self.w, &self.prog.types[self.prog.types[ty].elem]);
        for (i, part) in parts.iter().enumerate() {
            let s = string::new(self.w, part.as_bytes());
            mem::store128(at + 16 * i as u64, s);
        }
        (ty.into(), at)
    }
}

/// Text of a nil dereference.
pub const NIL_DEREF_TEXT: &str = "invalid memory address or nil pointer dereference";

/// What a TypeAssertionError says.
fn assertion_text([iface, concrete, asserted, missing]: &[String; 4]) -> String {
    if concrete.is_empty() {
        format!("interface conversion: {iface} is nil, not {asserted}")
    } else if missing.is_empty() {
        format!("interface conversion: {iface} is {concrete}, not {asserted}")
    } else {
        format!("interface conversion: {concrete} is not {asserted}: missing method {missing}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_gos() {
        let text = |t: Trap| match t.raised() {
            Raised::Bounds(s) | Raised::Error(s) | Raised::Plain(s) | Raised::Fatal(s) => s,
            other => format!("{other:?}"),
        };
        assert_eq!(text(Trap::index(5, 3)), "index out of range [5] with length 3");
        assert_eq!(text(Trap::index(-1i64 as u64, 3)), "index out of range [-1]");
        assert_eq!(
            text(Trap::slice(SliceFault::Cap, 5, 3)),
            "slice bounds out of range [:5] with capacity 3"
        );
        assert_eq!(
            text(Trap::slice(SliceFault::Low, 2, 1)),
            "slice bounds out of range [2:1]"
        );
        assert_eq!(
            text(Trap::slice(SliceFault::Low, -2i64 as u64, 1)),
            "slice bounds out of range [-2:]"
        );
        assert_eq!(
            text(Trap::slice(SliceFault::HighMax, 3, 2)),
            "slice bounds out of range [:3:2]"
        );
        assert_eq!(text(Trap::DIV_ZERO), "integer divide by zero");
        assert_eq!(text(Trap::CLOSE_NIL), "close of nil channel");
    }
}
