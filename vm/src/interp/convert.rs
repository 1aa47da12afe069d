//! Conversions between strings and slices of bytes and runes.

use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::alloc::Alloc;
use crate::value::slice::{len, len_cap, round_up_size};
use crate::value::{bulk, mem, string};

/// `string([]byte)`.
#[inline(never)]
pub(crate) fn op_bytes_to_str(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (from, word) = f.pair(at.b());
    let n = len(word);
    let to = if n == 0 { 0 } else { vm.w.bytes(n as usize) };
    bulk::copy(to, from, n as usize, 1, false);
    f.set_pair(at.a(), (to, n));
    Ok(())
}

/// `[]byte(string)`.
#[inline(never)]
pub(crate) fn op_str_to_bytes(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (from, n) = f.pair(at.b());
    if n > crate::value::slice::MAX_LEN {
        return Err(Trap::MAKE_SLICE_LEN);
    }
    let cap = round_up_size(n, true);
    let to = vm.w.bytes(cap as usize);
    bulk::copy(to, from, n as usize, 1, false);
    f.set_pair(at.a(), (to, len_cap(n, cap)));
    Ok(())
}

/// `string([]rune)`.
#[inline(never)]
pub(crate) fn op_runes_to_str(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let (from, word) = f.pair(at.b());
    let rune = |i: usize| mem::load32(from + 4 * i as u64) as i32;
    let s = string::from_runes(vm.w, len(word) as usize, rune);
    f.set_pair(at.a(), s);
    Ok(())
}

/// `[]rune(string)`.
#[inline(never)]
pub(crate) fn op_str_to_runes(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let s = string::bytes(f.pair(at.b()));
    let n = string::runes(s).count() as u64;
    let cap = round_up_size(4 * n, true) / 4;
    let to = vm.w.bytes(4 * cap as usize);
    for (i, r) in string::runes(s).enumerate() {
        mem::store32(to + 4 * i as u64, r);
    }
    f.set_pair(at.a(), (to, len_cap(n, cap)));
    Ok(())
}

/// `string(rune)`.
#[inline(never)]
pub(crate) fn op_rune_to_str(vm: &mut Vm<'_>, f: Frame, at: Pc) -> Result<(), Trap> {
    let mut buf = [0; 4];
    let s = string::new(vm.w, string::encode(f.int(at.b()), &mut buf));
    f.set_pair(at.a(), s);
    Ok(())
}
