//! Values in memory: allocation, copies, comparison, packing and unpacking.

use crate::bytecode::program::RType;
use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::alloc::new_value;
use crate::value::{bulk, eq, mem};

#[inline(always)]
fn ty(vm: &Vm<'_>, at: Pc) -> &'static RType {
    &vm.prog.types[at.x_lo()]
}

#[inline(always)]
fn not_nil(p: u64) -> Result<u64, Trap> {
    if p == 0 { Err(Trap::NIL_DEREF) } else { Ok(p) }
}

/// Copies a value from address R[b] to address R[a].
#[inline(never)]
pub(crate) fn op_copy_mem(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (to, from) = (not_nil(f.get(at.a()))?, not_nil(f.get(at.b()))?);
    bulk::copy_values(to, from, ty(vm, at), 1);
    Ok(())
}

/// Stores the zero value at address R[a].
#[inline(never)]
pub(crate) fn op_zero_mem(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    bulk::zero_values(not_nil(f.get(at.a()))?, ty(vm, at), 1);
    Ok(())
}

/// Compares the values at addresses R[b] and R[c].
#[inline(never)]
pub(crate) fn op_eq_mem(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (x, y) = (not_nil(f.get(at.b()))?, not_nil(f.get(at.c()))?);
    f.set(at.a(), eq::memory(vm.prog, ty(vm, at), x, y)?.into());
    Ok(())
}

/// Unpacks the value at address R[b] into R[a..].
#[inline(never)]
pub(crate) fn op_load_val(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (t, from) = (ty(vm, at), not_nil(f.get(at.b()))?);
    if t.large {
        let copy = new_value(vm.w, t);
        bulk::copy_values(copy, from, t, 1);
        f.set(at.a(), copy);
    } else {
        bulk::unpack(t, from, f.slots_mut(at.a(), t.slots.into()));
    }
    Ok(())
}

/// Packs R[b..] into the value at address R[a].
#[inline(never)]
pub(crate) fn op_store_val(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (t, to) = (ty(vm, at), not_nil(f.get(at.a()))?);
    bulk::pack(t, f.slots(at.b(), t.slots.into()), to);
    Ok(())
}

/// Compares the values in R[b..] and R[c..].
#[inline(never)]
pub(crate) fn op_eq_val(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (x, y) = (
        f.window(at.b()).address() as u64,
        f.window(at.c()).address() as u64,
    );
    f.set(at.a(), eq::slots(vm.prog, ty(vm, at), x, y)?.into());
    Ok(())
}

/// A new zero value.
#[inline(never)]
pub(crate) fn op_new(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let t = &vm.prog.types[at.bc()];
    f.set(at.a(), new_value(vm.w, t));
    Ok(())
}

/// A new copy of the value at address R[b].
#[inline(never)]
pub(crate) fn op_new_copy(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (t, from) = (ty(vm, at), not_nil(f.get(at.b()))?);
    let copy = new_value(vm.w, t);
    bulk::copy_values(copy, from, t, 1);
    f.set(at.a(), copy);
    Ok(())
}

/// A new copy, in memory form, of the value in R[b..].
#[inline(never)]
pub(crate) fn op_box(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let t = ty(vm, at);
    let to = new_value(vm.w, t);
    bulk::pack(t, f.slots(at.b(), t.slots.into()), to);
    f.set(at.a(), to);
    Ok(())
}

/// A closure of entry x with captures R[b..b+c].
#[inline(never)]
pub(crate) fn op_closure(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let entry = crate::frame::method_entry(at.x());
    let Some(&layout) = entry.closure.get() else {
        return Err(Trap::fatal("a closure without a layout"));
    };
    let to = crate::value::alloc::Alloc::object(vm.w, layout);
    mem::store64(to, at.x());
    for (i, &slot) in f.slots(at.b(), at.c().into()).iter().enumerate() {
        mem::store64(to + 8 + 8 * i as u64, slot);
    }
    f.set(at.a(), to);
    Ok(())
}
