//! Interface values: (type id, data word).
//!
//! The data word is the value's register form if that is one slot, 0 if it has none, else the address of an
//! immutable copy in memory form.

use crate::bytecode::program::{Program, RType};
use crate::value::alloc::{Alloc, new_value};
use crate::value::{bulk, mem};

/// The data word for the value of type `t` in `slots`.
#[inline]
pub fn box_slots<A: Alloc>(a: &mut A, t: &RType, slots: &[u64]) -> u64 {
    match t.slots {
        0 => 0,
        1 => slots[0],
        _ => {
            let at = new_value(a, t);
            bulk::pack(t, slots, at);
            at
        }
    }
}

/// An interface value that holds a copy of the value of type `t` at address `at`. If `t` is an interface type
/// the value there, which has a dynamic type already.
pub fn box_memory<A: Alloc>(a: &mut A, t: &RType, at: u64) -> (u64, u64) {
    if t.kind == crate::bytecode::program::RKind::Interface {
        return mem::load128(at);
    }
    let word = match t.slots {
        0 => 0,
        1 if !t.large => {
            let mut slot = [0];
            bulk::unpack(t, at, &mut slot);
            slot[0]
        }
        _ => {
            let copy = new_value(a, t);
            bulk::copy_values(copy, at, t, 1);
            copy
        }
    };
    (t.id.into(), word)
}

/// Stores the value in an interface with data word `word` and dynamic type `t` at address `at`.
pub fn unbox(t: &RType, word: u64, at: u64) {
    if t.slots == 0 {
        return;
    }
    if t.is_direct() {
        bulk::pack(t, &[word], at);
    } else {
        bulk::copy_values(at, word, t, 1);
    }
}

/// Whether type id `ty` (0: nil) implements interface type `iface`.
#[inline]
pub fn implements(p: &Program, ty: u64, iface: &RType) -> bool {
    ty != 0 && (iface.methods().is_empty() || p.types[ty as u32].implements(iface))
}

/// The first method of `iface` that type `t` lacks, or has with another signature.
pub fn missing_method<'a>(t: &RType, iface: &'a RType) -> &'a str {
    iface
        .methods()
        .iter()
        .find(|want| !t.methods().iter().any(|m| m.sel == want.sel && m.ty == want.ty))
        .map_or("", |m| &m.name)
}
