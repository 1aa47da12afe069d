//! Map instructions. The map itself knows its shape; the type in the instruction matters for nil maps and for
//! making new ones.

use crate::bytecode::op::NONE;
use crate::bytecode::program::{MAP_ITER_SLOTS, MAX_VALUE_SLOTS, MapKind};
use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::map::{self, IntKey, Iter, Key, Map, Next, OtherKey, Shape, StrKey};

/// A key's slots, copied out of the frame, since results may go to the same registers.
type KeySlots = [u64; MAX_VALUE_SLOTS as usize];

fn key_slots(f: Frame, r: u16, n: u32) -> KeySlots {
    let mut slots = [0; MAX_VALUE_SLOTS as usize];
    slots[..n as usize].copy_from_slice(f.slots(r, n as usize));
    slots
}

/// The key in R[r..] for the map at `m` (not nil) of shape `shape`.
fn other<'a>(vm: &Vm<'_>, shape: &Shape, slots: &'a KeySlots, m: u64) -> Result<OtherKey<'a>, Trap> {
    let seed = if m == 0 { 0 } else { Map::at(m).seed() };
    OtherKey::new(shape.key(), vm.prog, &slots[..shape.key_slots as usize], seed)
}

/// Makes a map with room for R[b] entries.
#[inline(never)]
pub(crate) fn op_make_map(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let shape = vm.shape(at.x_lo());
    // A negative size counts as none, as in Go.
    let hint = if at.b() == NONE {
        0
    } else {
        f.int(at.b()).max(0) as u64
    };
    f.set(at.a(), map::make(vm.w, shape, hint));
    Ok(())
}

#[inline(always)]
fn get<K: Key>(vm: &Vm<'_>, f: Frame, at: Pc, m: u64, k: &K) -> Result<bool, Trap> {
    if m == 0 {
        let shape = vm.shape(at.x_lo());
        shape.fill_zero(f.slots_mut(at.a(), shape.val_slots as usize));
        return Ok(false);
    }
    let m = Map::at(m);
    m.get(k, f.slots_mut(at.a(), m.shape().val_slots as usize))
}

#[inline(always)]
fn get_ok<K: Key>(vm: &Vm<'_>, f: Frame, at: Pc, m: u64, k: &K) -> Result<(), Trap> {
    let found = if at.a() != NONE {
        get(vm, f, at, m, k)?
    } else {
        m != 0 && Map::at(m).has(k)?
    };
    f.set(at.xq(2), found.into());
    Ok(())
}

/// Value of an integer-like key.
#[inline(never)]
pub(crate) fn op_map_get_i(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    get(vm, f, at, f.get(at.b()), &IntKey(f.get(at.c()))).map(|_| ())
}

/// Value of a string key.
#[inline(never)]
pub(crate) fn op_map_get_s(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    get(vm, f, at, f.get(at.b()), &StrKey(f.pair(at.c()))).map(|_| ())
}

/// Value of any key.
#[inline(never)]
pub(crate) fn op_map_get_g(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (m, shape) = (f.get(at.b()), vm.shape(at.x_lo()));
    let slots = key_slots(f, at.c(), shape.key_slots);
    let k = other(vm, shape, &slots, m)?;
    get(vm, f, at, m, &k).map(|_| ())
}

/// Value and presence of an integer-like key.
#[inline(never)]
pub(crate) fn op_map_get_ok_i(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    get_ok(vm, f, at, f.get(at.b()), &IntKey(f.get(at.c())))
}

/// Value and presence of a string key.
#[inline(never)]
pub(crate) fn op_map_get_ok_s(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    get_ok(vm, f, at, f.get(at.b()), &StrKey(f.pair(at.c())))
}

/// Value and presence of any key.
#[inline(never)]
pub(crate) fn op_map_get_ok_g(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (m, shape) = (f.get(at.b()), vm.shape(at.x_lo()));
    let slots = key_slots(f, at.c(), shape.key_slots);
    let k = other(vm, shape, &slots, m)?;
    get_ok(vm, f, at, m, &k)
}

#[inline(always)]
fn writable<'a>(m: u64) -> Result<&'a Map, Trap> {
    if m == 0 {
        Err(Trap::NIL_MAP)
    } else {
        Ok(Map::at(m))
    }
}

/// Sets the value of an integer-like key.
#[inline(never)]
pub(crate) fn op_map_set_i(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let m = writable(f.get(at.a()))?;
    m.set(
        vm.w,
        &IntKey(f.get(at.b())),
        f.slots(at.c(), m.shape().val_slots as usize),
    )
}

/// Sets the value of a string key.
#[inline(never)]
pub(crate) fn op_map_set_s(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let m = writable(f.get(at.a()))?;
    m.set(
        vm.w,
        &StrKey(f.pair(at.b())),
        f.slots(at.c(), m.shape().val_slots as usize),
    )
}

/// Sets the value of any key.
#[inline(never)]
pub(crate) fn op_map_set_g(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let m = writable(f.get(at.a()))?;
    let shape = m.shape();
    let slots = key_slots(f, at.b(), shape.key_slots);
    let k = other(vm, shape, &slots, f.get(at.a()))?;
    m.set(vm.w, &k, f.slots(at.c(), shape.val_slots as usize))
}

/// Adds to the value of an integer-like key.
#[inline(never)]
pub(crate) fn op_map_add_i(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    writable(f.get(at.a()))?.add(vm.w, &IntKey(f.get(at.b())), f.get(at.c()))
}

/// Adds to the value of a string key.
#[inline(never)]
pub(crate) fn op_map_add_s(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    writable(f.get(at.a()))?.add(vm.w, &StrKey(f.pair(at.b())), f.get(at.c()))
}

/// `delete(R[a], R[b..])`.
#[inline(never)]
pub(crate) fn op_map_del(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (m, t) = (f.get(at.a()), &vm.prog.types[at.x_lo()]);
    let del = |k: &dyn Fn(&Map) -> Result<(), Trap>| if m == 0 { Ok(()) } else { k(Map::at(m)) };
    match t.map_kind {
        MapKind::Int => del(&|m| m.delete(&*vm.w, &IntKey(f.get(at.b())))),
        MapKind::Str => del(&|m| m.delete(&*vm.w, &StrKey(f.pair(at.b())))),
        MapKind::Other => {
            let shape = vm.shape(at.x_lo());
            let slots = key_slots(f, at.b(), shape.key_slots);
            let k = other(vm, shape, &slots, m)?;
            del(&|m| m.delete(&*vm.w, &k))
        }
    }
}

/// `R[a] := len(R[b])`.
#[inline(never)]
pub(crate) fn op_map_len(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    f.set(at.a(), map::len(f.get(at.b())));
    Ok(())
}

/// `clear(R[a])`.
#[inline(never)]
pub(crate) fn op_map_clear(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let m = f.get(at.a());
    if m == 0 { Ok(()) } else { Map::at(m).clear(&*vm.w) }
}

/// An iterator over R[b].
#[inline(never)]
pub(crate) fn op_map_iter(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let m = f.get(at.b());
    Iter(f.slots_mut(at.a(), MAP_ITER_SLOTS.into())).start(vm.w, m)
}

/// Advances an iterator; false at the end.
#[inline(never)]
pub(crate) fn op_map_next(_: &mut Vm<'_>, f: Frame, at: Pc) -> Result<bool, Trap> {
    let m = f.get(at.a());
    if m == 0 {
        return Ok(false);
    }
    let shape = Map::at(m).shape();
    let place = |r: u16, n: u32| (r != NONE).then(|| f.slots_mut(r, n as usize));
    let (key, val) = (place(at.b(), shape.key_slots), place(at.c(), shape.val_slots));
    Ok(Iter(f.slots_mut(at.a(), MAP_ITER_SLOTS.into())).next(key, val)? == Next::Entry)
}
