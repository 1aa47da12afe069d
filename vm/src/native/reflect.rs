//! Package reflect: types by number, values by type and word.
//!
//! A value that is not addressable is a type and the data word that an interface would have. An interface
//! type's value is two words, so its data word is the address of a copy of them. A value that is addressable is
//! a type and an address. The sources know which they have; words pass as pointers that they never follow,
//! so that the collector sees them.

mod calls;
mod make;
mod maps;

use crate::bytecode::program::{RField, RKind, RType};
use crate::native::{Any, NativeCtx, NativeFn, NativeResult, Ptr, Slice, Str};
use crate::trap::Trap;
use crate::value::alloc::{Alloc, new_array, new_value, zero_block};
use crate::value::slice::{self, len_cap};
use crate::value::{bulk, iface, mem};

/// The tables of this module.
pub(super) const TABLES: [&[(&str, NativeFn)]; 5] = [TYPES, VALUES, make::TABLE, maps::TABLE, calls::TABLE];

/// A type by the number that the sources have.
fn ty(cx: &NativeCtx<'_>, t: i64) -> &'static RType {
    cx.rtype(t as u32)
}

/// The string that a program's own text is; it lives as long as the program.
fn text<'n>(s: &str) -> Str<'n> {
    Str::from_pair((s.as_ptr() as u64, s.len() as u64))
}

/// Whether values of type `t` lie in memory even when they are in an interface.
fn is_in_memory(t: &RType) -> bool {
    t.slots > 1 || t.large
}

/// The data word for the value of type `t` at address `at`, which is copied.
fn word_at(a: &mut impl Alloc, t: &RType, at: u64) -> u64 {
    if is_in_memory(t) {
        let copy = new_value(a, t);
        bulk::copy_values(copy, at, t, 1);
        return copy;
    }
    let mut slot = [0];
    bulk::unpack(t, at, &mut slot);
    slot[0]
}

/// The data word for the value of type `t` in `slots`.
fn word_of(a: &mut impl Alloc, t: &RType, slots: &[u64]) -> u64 {
    if t.large && slots[0] == 0 {
        return zero_block(t.size);
    }
    iface::box_slots(a, t, slots)
}

/// The slots of the value of type `t` with data word `word`.
fn slots_of(t: &RType, word: u64, out: &mut [u64]) {
    if t.slots == 1 {
        out[0] = word;
    } else if t.slots > 1 {
        bulk::unpack(t, word, out);
    }
}

/// The part of type `t`, `offset` bytes into the value with data word `whole` of type `of`.
fn part(a: &mut impl Alloc, of: &RType, whole: u64, t: &RType, offset: u64) -> u64 {
    if is_in_memory(of) {
        word_at(a, t, whole + offset)
    } else if t.slots == 0 {
        0
    } else {
        whole
    }
}

/// A pair of words as the data word of a value of two slots without pointers beyond those of a slice.
fn boxed_pair(cx: &mut NativeCtx<'_>, t: &RType, pair: (u64, u64)) -> u64 {
    let at = new_value(cx.worker(), t);
    mem::store128(at, pair);
    at
}

/// Numbers that describe a type; the sources name them alike.
fn property(cx: &NativeCtx<'_>, t: &RType, what: i64) -> i64 {
    match what {
        0 => t.kind as i64,
        1 => slice::go_size(cx.program(), t) as i64,
        2 => t.elem.into(),
        3 => t.key.into(),
        4 => t.len as i64,
        5 => t.chan_dir.into(),
        6 => t.fields.len() as i64,
        7 => t.params.len() as i64,
        8 => t.results.len() as i64,
        9 => t.variadic.into(),
        10 => t.comparable.into(),
        11 => t.methods().len() as i64,
        12 => t.named.into(),
        13 => t.size.into(),
        14 => slice::go_align(cx.program(), t) as i64,
        _ => 0,
    }
}

fn field(t: &RType, i: i64) -> Result<&RField, NativeResult> {
    t.fields
        .get(i as usize)
        .ok_or(NativeResult::Panic(Trap::index(i as u64, t.fields.len() as u64)))
}

crate::natives! { TYPES:
    "reflect.typeOf" = |cx, v: Any<'_>| -> u64 { v.words().0 };
    "reflect.wordOf" = |cx, v: Any<'_>| -> u64 { v.words().1 };
    "reflect.property" = |cx, t: i64, what: i64| -> i64 { property(cx, ty(cx, t), what) };
    "reflect.typeText" = |cx, t: i64, what: i64| -> Str<'_> {
        let t = ty(cx, t);
        text(match what {
            0 => &t.string,
            1 => &t.name,
            _ => &t.pkg,
        })
    };
    "reflect.param" = |cx, t: i64, i: i64| -> i64 { ty(cx, t).params[i as usize].into() };
    "reflect.result" = |cx, t: i64, i: i64| -> i64 { ty(cx, t).results[i as usize].into() };
    "reflect.fieldType" = |cx, t: i64, i: i64| -> Result<i64, NativeResult> { Ok(field(ty(cx, t), i)?.ty.into()) };
    "reflect.fieldOffset" = |cx, t: i64, i: i64| -> Result<i64, NativeResult> {
        Ok(field(ty(cx, t), i)?.offset.into())
    };
    "reflect.fieldFlags" = |cx, t: i64, i: i64| -> Result<i64, NativeResult> {
        let f = field(ty(cx, t), i)?;
        Ok(i64::from(f.embedded) | i64::from(!f.pkg.is_empty()) << 1)
    };
    "reflect.fieldText" = |cx, t: i64, i: i64, what: i64| -> Result<Str<'_>, NativeResult> {
        let f = field(ty(cx, t), i)?;
        Ok(text(match what {
            0 => &f.name,
            1 => &f.pkg,
            _ => &f.tag,
        }))
    };
    "reflect.methodText" = |cx, t: i64, i: i64, what: i64| -> Str<'_> {
        let m = &ty(cx, t).methods()[i as usize];
        text(if what == 0 { &m.name } else { &m.pkg })
    };
    "reflect.methodType" = |cx, t: i64, i: i64| -> i64 { ty(cx, t).methods()[i as usize].ty.into() };
    "reflect.implements" = |cx, t: i64, i: i64| -> bool { iface::implements(cx.program(), t as u64, ty(cx, i)) };
    "reflect.pointerWord" = |cx, p: u64| -> u64 { p };
    "reflect.toUnsafe" = |cx, p: u64| -> u64 { p };
    "reflect.fromUnsafe" = |cx, p: u64| -> u64 { p };
    "reflect.word" = |cx, x: u64| -> u64 { x };
}

crate::natives! { VALUES:
    "reflect.pack" = |cx, t: i64, word: u64| -> Any<'_> { Any::from_words((t as u64, word)) };
    "reflect.load" = |cx, t: i64, p: Ptr<'_>| -> Result<u64, NativeResult> {
        let (t, at) = (ty(cx, t), p.not_nil()?);
        Ok(word_at(cx.worker(), t, at))
    };
    "reflect.store" = |cx, t: i64, p: Ptr<'_>, word: u64| -> Result<(), NativeResult> {
        iface::unbox(ty(cx, t), word, p.not_nil()?);
        Ok(())
    };
    "reflect.loadIface" = |cx, word: Ptr<'_>| -> Result<Any<'_>, NativeResult> {
        Ok(Any::from_words(mem::load128(word.not_nil()?)))
    };
    "reflect.loadString" = |cx, word: Ptr<'_>| -> Result<Str<'_>, NativeResult> {
        Ok(Str::from_pair(mem::load128(word.not_nil()?)))
    };
    "reflect.loadSlice" = |cx, word: Ptr<'_>| -> Result<(u64, i64, i64), NativeResult> {
        let (at, lens) = mem::load128(word.not_nil()?);
        Ok((at, slice::len(lens) as i64, slice::cap(lens) as i64))
    };
    "reflect.loadComplex" = |cx, t: i64, word: Ptr<'_>| -> Result<(f64, f64), NativeResult> {
        let (t, at) = (ty(cx, t), word.not_nil()?);
        let mut slots = [0; 2];
        bulk::unpack(t, at, &mut slots);
        let [re, im] = slots.map(|s| match t.kind {
            RKind::Complex64 => f32::from_bits(s as u32).into(),
            _ => f64::from_bits(s),
        });
        Ok((re, im))
    };
    "reflect.boxString" = |cx, t: i64, s: Str<'_>| -> u64 { boxed_pair(cx, ty(cx, t), s.words()) };
    "reflect.boxSlice" = |cx, t: i64, p: u64, len: i64, cap: i64| -> u64 {
        boxed_pair(cx, ty(cx, t), (p, len_cap(len as u64, cap as u64)))
    };
    "reflect.boxIface" = |cx, t: i64, v: Any<'_>| -> u64 { boxed_pair(cx, ty(cx, t), v.words()) };
    "reflect.boxComplex" = |cx, t: i64, re: f64, im: f64| -> u64 {
        let t = ty(cx, t);
        let slots = [re, im].map(|x| match t.kind {
            RKind::Complex64 => u64::from((x as f32).to_bits()),
            _ => x.to_bits(),
        });
        word_of(cx.worker(), t, &slots)
    };
    "reflect.zeroWord" = |cx, t: i64| -> u64 {
        let t = ty(cx, t);
        if is_in_memory(t) { zero_block(t.size) } else { 0 }
    };
    "reflect.newValue" = |cx, t: i64, n: i64| -> u64 {
        let t = ty(cx, t);
        new_array(cx.worker(), t, n as usize)
    };
    "reflect.offset" = |cx, p: u64, n: i64| -> u64 { p + n as u64 };
    "reflect.fieldWord" = |cx, t: i64, i: i64, word: u64| -> Result<u64, NativeResult> {
        let t = ty(cx, t);
        let f = field(t, i)?;
        let ft = cx.rtype(f.ty);
        Ok(part(cx.worker(), t, word, ft, f.offset.into()))
    };
    "reflect.elemWord" = |cx, t: i64, i: i64, word: u64| -> u64 {
        let t = ty(cx, t);
        let e = cx.rtype(t.elem);
        part(cx.worker(), t, word, e, i as u64 * u64::from(e.size))
    };
    "reflect.growSlice" = |cx, t: i64, p: u64, len: i64, cap: i64, more: i64| -> Result<(u64, i64), NativeResult> {
        let e = cx.rtype(ty(cx, t).elem);
        let p0 = cx.program();
        let old = (p, len_cap(len as u64, cap as u64));
        let (at, lens) = slice::extend(cx.worker(), p0, e, old, more as u64).map_err(NativeResult::Panic)?;
        Ok((at, slice::cap(lens) as i64))
    };
    "reflect.copyValues" = |cx, t: i64, to: u64, from: u64, n: i64| -> () {
        let t = ty(cx, t);
        if n > 0 && t.size > 0 {
            bulk::copy_values(to, from, t, n as usize);
        }
    };
    "reflect.clearValues" = |cx, t: i64, p: u64, n: i64| -> () {
        let t = ty(cx, t);
        if n > 0 && t.size > 0 {
            bulk::zero_values(p, t, n as usize);
        }
    };
    "reflect.toBytes" = |cx, word: Ptr<'_>| -> Result<Slice<'_>, NativeResult> {
        Ok(Slice::from_words(mem::load128(word.not_nil()?)))
    };
}
