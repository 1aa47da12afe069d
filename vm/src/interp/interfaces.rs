//! Interfaces: assertions, comparison, the methods of dynamic types.

use std::sync::atomic::Ordering::Relaxed;

use crate::bytecode::program::RType;
use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::{eq, iface};

/// Calls cache what they find beside the type id, which has 16 bits there.
const MAX_CACHED: u32 = 1 << 16;

fn name(vm: &Vm<'_>, ty: u64) -> String {
    if ty == 0 {
        String::new()
    } else {
        vm.prog.types[ty as u32].string.to_string()
    }
}

/// The address of the entry of the method that a [`crate::bytecode::op::Op::CallI`] calls on type `ty`.
#[cold]
#[inline(never)]
pub(crate) fn find_method(vm: &mut Vm<'_>, at: Pc, ty: u32) -> Result<u64, Trap> {
    let entry = method(vm, ty, at.x_lo())?;
    if ty < MAX_CACHED && entry >> 48 == 0 {
        at.cache().store(u64::from(ty) << 48 | entry, Relaxed);
    }
    Ok(entry)
}

fn method(vm: &Vm<'_>, ty: u32, sel: u32) -> Result<u64, Trap> {
    let t = &vm.prog.types[ty];
    match t.find_method(sel) {
        Some(entry) => Ok(entry as u64),
        None => Err(Trap::fatal(format!(
            "type {} has no method {}",
            t.string, vm.prog.selectors[sel].name
        ))),
    }
}

/// The trap of a failed assertion of R[b] to the concrete type x.
#[cold]
#[inline(never)]
pub(crate) fn failed_assert_t(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Trap {
    let (iface, mut want) = (name(vm, at.x_hi().into()), name(vm, at.x_lo().into()));
    let is = name(vm, f.get(at.b()));
    if is == want {
        let pkg = |ty: u64| home(&vm.prog.types[ty as u32]);
        let same = pkg(f.get(at.b())) == pkg(at.x_lo().into());
        want.push_str(if same {
            " (types from different scopes)"
        } else {
            " (types from different packages)"
        });
    }
    Trap::assertion(&iface, &is, &want, "")
}

/// The package a type belongs to: where it is declared, or where the fields that only it may name are.
fn home(t: &RType) -> &str {
    let fields = t.fields.iter().map(|f| &*f.pkg);
    std::iter::once(&*t.pkg)
        .chain(fields)
        .find(|p| !p.is_empty())
        .unwrap_or("")
}

fn failed_assert_i(vm: &Vm<'_>, ty: u64, iface: &RType) -> Trap {
    let missing = if ty == 0 {
        ""
    } else {
        iface::missing_method(&vm.prog.types[ty as u32], iface)
    };
    Trap::assertion("interface", &name(vm, ty), &iface.string, missing)
}

/// `P[a] := P[b]`, which must implement interface x.
#[inline(never)]
pub(crate) fn op_assert_i(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (v, want) = (f.pair(at.b()), &vm.prog.types[at.x_lo()]);
    if !iface::implements(vm.prog, v.0, want) {
        return Err(failed_assert_i(vm, v.0, want));
    }
    f.set_pair(at.a(), v);
    Ok(())
}

/// The same, telling in R[c] whether it does.
#[inline(never)]
pub(crate) fn op_assert_i_ok(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let v = f.pair(at.b());
    let ok = iface::implements(vm.prog, v.0, &vm.prog.types[at.x_lo()]);
    f.set_pair(at.a(), if ok { v } else { (0, 0) });
    f.set(at.c(), ok.into());
    Ok(())
}

/// Whether type id R[b] implements interface x.
#[inline(never)]
pub(crate) fn op_implements(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let ok = iface::implements(vm.prog, f.get(at.b()), &vm.prog.types[at.x_lo()]);
    f.set(at.a(), ok.into());
    Ok(())
}

/// Whether two interface values are equal.
#[inline(never)]
pub(crate) fn op_eq_iface(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let equal = eq::ifaces(vm.prog, f.pair(at.b()), f.pair(at.c()))?;
    f.set(at.a(), equal.into());
    Ok(())
}

/// The func value of method x of dynamic type R[b].
#[inline(never)]
pub(crate) fn op_iface_fn(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let ty = f.get(at.b());
    if ty == 0 {
        return Err(Trap::NIL_DEREF);
    }
    f.set(at.a(), method(vm, ty as u32, at.x_lo())?);
    Ok(())
}
