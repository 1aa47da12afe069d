//! Slices: making, slicing, appending, copying.

use crate::bytecode::op::NONE;
use crate::bytecode::program::RType;
use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::slice::{self, Bounds, cap, len, len_cap};
use crate::value::{bulk, mem};

#[inline(always)]
fn ty(vm: &Vm<'_>, at: Pc) -> &'static RType {
    &vm.prog.types[at.x_lo()]
}

#[inline(always)]
fn opt(f: Frame, r: u16) -> Option<u64> {
    (r != NONE).then(|| f.get(r))
}

/// `P[a] := make([]T, R[b], R[c])`.
#[inline(never)]
pub(crate) fn op_make_slice(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let t = ty(vm, at);
    let n = f.get(at.b());
    let s = slice::make(vm.w, t, n, opt(f, at.c()).unwrap_or(n))?;
    f.set_pair(at.a(), s);
    Ok(())
}

fn bounds(f: Frame, at: Pc, high: u64) -> Bounds {
    Bounds {
        low: opt(f, at.xq(0)).unwrap_or(0),
        high: opt(f, at.xq(1)).unwrap_or(high),
        max: opt(f, at.xq(2)),
    }
}

/// `P[a] := P[b][low:high:max]`.
#[inline(never)]
pub(crate) fn op_slice_sl(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (base, word) = f.pair(at.b());
    let b = slice::check(bounds(f, at, len(word)), cap(word), false)?;
    f.set_pair(at.a(), slice::part(base, b, at.y() & 0xffff_ffff));
    Ok(())
}

/// `P[a] := string P[b][low:high]`.
#[inline(never)]
pub(crate) fn op_slice_str(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (base, n) = f.pair(at.b());
    let b = Bounds {
        max: None,
        ..bounds(f, at, n)
    };
    let (low, high, _) = slice::check(b, n, true)?;
    // An empty rest keeps the base: no pointer past the end of its object.
    f.set_pair(at.a(), (if low == n { base } else { base + low }, high - low));
    Ok(())
}

/// `P[a] := (*R[b])[low:high:max]` of an array.
#[inline(never)]
pub(crate) fn op_slice_arr(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let base = f.get(at.b());
    if base == 0 {
        return Err(Trap::NIL_DEREF);
    }
    let (size, n) = (at.y() & 0xffff_ffff, at.y() >> 32);
    let b = slice::check(bounds(f, at, n), n, true)?;
    f.set_pair(at.a(), slice::part(base, b, size));
    Ok(())
}

/// `R[a] := (*[x]T)(P[b])`.
#[inline(never)]
pub(crate) fn op_sl_to_arr(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let ((base, word), want) = (f.pair(at.b()), u64::from(at.x_lo()));
    if len(word) < want {
        return Err(Trap::slice_to_array(len(word), want));
    }
    f.set(at.a(), base);
    Ok(())
}

/// Grows P[b] by `n` elements into P[a]; the address of the first new one.
fn extend(vm: &mut Vm<'_>, f: Frame, at: Pc, n: u64) -> Result<u64, Trap> {
    let t = ty(vm, at);
    let old = f.pair(at.b());
    let s = slice::extend(vm.w, vm.prog, t, old, n)?;
    f.set_pair(at.a(), s);
    Ok(s.0 + len(old.1) * u64::from(t.size))
}

/// Appends a byte to a full slice.
#[cold]
#[inline(never)]
pub(crate) fn op_append8(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let v = f.get(at.c());
    mem::store8(extend(vm, f, at, 1)?, v as u8);
    Ok(())
}

/// Appends 4 bytes to a full slice.
#[cold]
#[inline(never)]
pub(crate) fn op_append32(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let v = f.get(at.c());
    mem::store32(extend(vm, f, at, 1)?, v as u32);
    Ok(())
}

/// Appends a word to a full slice.
#[cold]
#[inline(never)]
pub(crate) fn op_append64(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let v = f.get(at.c());
    mem::store64(extend(vm, f, at, 1)?, v);
    Ok(())
}

/// Appends a word that may be a pointer to a full slice.
#[cold]
#[inline(never)]
pub(crate) fn op_append_p(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    op_append64(vm, f, at)
}

/// Appends a pair to a full slice.
#[cold]
#[inline(never)]
pub(crate) fn op_append128(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let v = f.pair(at.c());
    mem::store128(extend(vm, f, at, 1)?, v);
    Ok(())
}

/// Appends x zero elements; R[c] is the address of the first.
#[inline(never)]
pub(crate) fn op_append_n(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let n = at.x_hi();
    let t = ty(vm, at);
    let first = extend(vm, f, at, n.into())?;
    bulk::zero_values(first, t, n as usize);
    f.set(at.c(), first);
    Ok(())
}

/// `P[a] := append(P[b], P[c]...)`.
#[inline(never)]
pub(crate) fn op_append_sl(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (from, word) = f.pair(at.c());
    let n = len(word);
    if n == 0 {
        f.set_pair(at.a(), f.pair(at.b()));
        return Ok(());
    }
    let t = ty(vm, at);
    let first = extend(vm, f, at, n)?;
    bulk::copy_values(first, from, t, n as usize);
    Ok(())
}

/// `P[a] := append([]byte P[b], string P[c]...)`.
#[inline(never)]
pub(crate) fn op_append_str(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let ((base, word), (from, n)) = (f.pair(at.b()), f.pair(at.c()));
    let (old, room) = (len(word), cap(word));
    let s = if old + n <= room {
        (base, len_cap(old + n, room))
    } else {
        if old + n > slice::MAX_LEN {
            return Err(Trap::GROW_SLICE);
        }
        let new = slice::round_up_size(slice::next_cap(room, old + n), true).min(slice::MAX_LEN);
        let to = crate::value::alloc::Alloc::bytes(vm.w, new as usize);
        bulk::copy(to, base, old as usize, 1, false);
        (to, len_cap(old + n, new))
    };
    bulk::copy(s.0 + old, from, n as usize, 1, false);
    f.set_pair(at.a(), s);
    Ok(())
}

/// `R[a] := copy(P[b], P[c])`.
#[inline(never)]
pub(crate) fn op_copy_sl(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let ((to, x), (from, y)) = (f.pair(at.b()), f.pair(at.c()));
    let n = len(x).min(len(y));
    bulk::copy_values(to, from, ty(vm, at), n as usize);
    if at.a() != NONE {
        f.set(at.a(), n);
    }
    Ok(())
}

/// `R[a] := copy([]byte P[b], string P[c])`.
#[inline(never)]
pub(crate) fn op_copy_str(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let ((to, x), (from, y)) = (f.pair(at.b()), f.pair(at.c()));
    let n = len(x).min(y);
    bulk::copy(to, from, n as usize, 1, false);
    if at.a() != NONE {
        f.set(at.a(), n);
    }
    Ok(())
}

/// `clear(P[a])`.
#[inline(never)]
pub(crate) fn op_clear_sl(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (base, word) = f.pair(at.a());
    bulk::zero_values(base, ty(vm, at), len(word) as usize);
    Ok(())
}
