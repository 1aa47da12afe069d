//! Strings: concatenation, smaller and larger.

use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::string;

/// `P[a] := P[b] + P[c]`.
#[inline(never)]
pub(crate) fn op_concat(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let parts = [f.pair(at.b()), f.pair(at.c())];
    f.set_pair(at.a(), string::concat(vm.w, parts.into_iter()));
    Ok(())
}

/// The sum of c strings from P[b] on.
#[inline(never)]
pub(crate) fn op_concat_n(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let first = at.b();
    let parts = (0..at.c()).map(move |i| f.pair(first + 2 * i));
    f.set_pair(at.a(), string::concat(vm.w, parts));
    Ok(())
}

/// The smaller of two strings.
#[inline(never)]
pub(crate) fn op_min_str(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (x, y) = (f.pair(at.b()), f.pair(at.c()));
    f.set_pair(at.a(), if string::cmp(y, x).is_lt() { y } else { x });
    Ok(())
}

/// The larger of two strings.
#[inline(never)]
pub(crate) fn op_max_str(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (x, y) = (f.pair(at.b()), f.pair(at.c()));
    f.set_pair(at.a(), if string::cmp(y, x).is_gt() { y } else { x });
    Ok(())
}
