//! Package internal/value: values of unknown type, taken apart by their descriptors.

use std::cmp::Ordering;

use crate::bytecode::program::{MAP_ITER_SLOTS, MAX_VALUE_SLOTS, Program, RKind, RType};
use crate::native::{Any, Bytes, NativeCtx, NativeResult, Slice, Str};
use crate::trap::Trap;
use crate::value::alloc::{Alloc, new_array};
use crate::value::map::{self, Iter, Map, Next};
use crate::value::slice::{len, len_cap, part};
use crate::value::{bulk, iface, mem, string};

const HAS_METHODS: i64 = 32;
const BASIC: i64 = 64;

/// Where the value of an interface is: in memory at an address, or a slot of its own.
#[derive(Clone, Copy)]
enum Place {
    Memory(u64),
    Word(u64),
}

fn place(t: &RType, word: u64) -> Place {
    if t.slots > 1 || t.large {
        Place::Memory(word)
    } else {
        Place::Word(word)
    }
}

/// The part of type `t` at byte `offset` of a value, as an interface value.
fn part_of<'n>(cx: &mut NativeCtx<'n>, whole: Place, t: &'static RType, offset: u64) -> Any<'n> {
    match whole {
        Place::Memory(at) => cx.any_at(t, at + offset),
        // A value of one slot: the part is that slot, or has none.
        Place::Word(word) => Any::from_words((t.id.into(), if t.slots == 0 { 0 } else { word })),
    }
}

/// The string that a program's own text is; it lives as long as the program.
fn text<'n>(s: &str) -> Str<'n> {
    Str::from_pair((s.as_ptr() as u64, s.len() as u64))
}

/// Type and data word of an interface value that is not nil.
fn open(cx: &NativeCtx<'_>, v: Any<'_>) -> Option<(&'static RType, u64)> {
    Some((v.rtype(cx)?, v.words().1))
}

fn elem(cx: &NativeCtx<'_>, t: &RType) -> Option<&'static RType> {
    (t.elem != 0).then(|| cx.rtype(t.elem))
}

/// The slots of a value of a basic kind.
fn scalar(t: &RType, word: u64) -> [u64; 2] {
    let mut slots = [0; 2];
    if t.is_direct() {
        slots[0] = word;
    } else if t.slots == 2 {
        bulk::unpack(t, word, &mut slots);
    }
    slots
}

fn float(t: &RType, slot: u64) -> f64 {
    if matches!(t.kind, RKind::Float32 | RKind::Complex64) {
        f32::from_bits(slot as u32).into()
    } else {
        f64::from_bits(slot)
    }
}

/// Element type, number of elements and place of the first, of a slice or array.
fn elements(cx: &NativeCtx<'_>, v: Any<'_>) -> Option<(&'static RType, u64, Place)> {
    let (t, word) = open(cx, v)?;
    let e = elem(cx, t)?;
    match t.kind {
        RKind::Slice => {
            let (at, word) = mem::load128(word);
            Some((e, len(word), Place::Memory(at)))
        }
        RKind::Array => Some((e, t.len, place(t, word))),
        _ => None,
    }
}

/// Address and element type of a pointer that is not nil.
fn target<'n>(cx: &NativeCtx<'n>, ptr: Any<'_>) -> Result<(u64, &'static RType), NativeResult> {
    match open(cx, ptr) {
        Some((t, word)) if t.kind == RKind::Pointer && word != 0 => Ok((word, cx.rtype(t.elem))),
        _ => Err(NativeResult::Panic(Trap::NIL_DEREF)),
    }
}

fn store(cx: &NativeCtx<'_>, ptr: Any<'_>, slots: &[u64]) -> Result<(), NativeResult> {
    let (at, t) = target(cx, ptr)?;
    bulk::pack(t, slots, at);
    Ok(())
}

/// Parts of a struct or array type, as (type, byte offset), for ordering.
fn parts<'p>(p: &'p Program, t: &'p RType) -> Vec<(&'p RType, u64)> {
    if t.kind == RKind::Array {
        let e = &p.types[t.elem];
        return (0..t.len).map(|i| (e, i * u64::from(e.size))).collect();
    }
    t.fields
        .iter()
        .map(|f| (&p.types[f.ty], u64::from(f.offset)))
        .collect()
}

/// The order in which fmt shows keys. `depth` bounds what is looked at: nobody sees an order below it.
fn order(p: &Program, t: &RType, a: Place, b: Place, depth: u32) -> Ordering {
    let slots = |place| match place {
        Place::Word(w) => [w, 0],
        Place::Memory(at) if t.parts.len() <= 2 && t.slots <= 2 && !t.large => {
            let mut s = [0; 2];
            bulk::unpack(t, at, &mut s);
            s
        }
        Place::Memory(at) => [at, 0],
    };
    let floats = |x: f64, y: f64| match (x.is_nan(), y.is_nan()) {
        (false, false) => x.partial_cmp(&y).unwrap_or(Ordering::Equal),
        (x, y) => y.cmp(&x),
    };
    match t.kind {
        RKind::Int | RKind::Int8 | RKind::Int16 | RKind::Int32 | RKind::Int64 => {
            (slots(a)[0] as i64).cmp(&(slots(b)[0] as i64))
        }
        RKind::Float32 | RKind::Float64 => floats(float(t, slots(a)[0]), float(t, slots(b)[0])),
        RKind::Complex64 | RKind::Complex128 => {
            let (x, y) = (slots(a), slots(b));
            floats(float(t, x[0]), float(t, y[0])).then_with(|| floats(float(t, x[1]), float(t, y[1])))
        }
        RKind::String => {
            let (x, y) = (slots(a), slots(b));
            string::cmp((x[0], x[1]), (y[0], y[1]))
        }
        RKind::Interface => {
            let (x, y) = (slots(a), slots(b));
            let known = x[0] != 0 && x[0] == y[0] && depth > 0;
            x[0].cmp(&y[0]).then_with(|| {
                if !known {
                    return Ordering::Equal;
                }
                let t = &p.types[x[0] as u32];
                order(p, t, place(t, x[1]), place(t, y[1]), depth - 1)
            })
        }
        RKind::Struct | RKind::Array if depth > 0 => {
            for (t, offset) in parts(p, t) {
                let at = |whole| match whole {
                    Place::Memory(at) => Place::Memory(at + offset),
                    Place::Word(w) => Place::Word(if t.slots == 0 { 0 } else { w }),
                };
                let o = order(p, t, at(a), at(b), depth - 1);
                if o != Ordering::Equal {
                    return o;
                }
            }
            Ordering::Equal
        }
        _ => slots(a)[0].cmp(&slots(b)[0]),
    }
}

/// The value of type `t` in `slots` as an interface value.
fn boxed<A: Alloc>(a: &mut A, t: &RType, slots: &[u64]) -> (u64, u64) {
    if t.kind == RKind::Interface {
        return (slots[0], slots[1]);
    }
    (t.id.into(), iface::box_slots(a, t, slots))
}

/// All entries of a map, sorted by key.
fn entries<'n>(cx: &mut NativeCtx<'n>, m: Any<'n>) -> Result<(Slice<'n>, Slice<'n>), NativeResult> {
    let Some((t, at)) = open(cx, m).filter(|(t, at)| t.kind == RKind::Map && *at != 0) else {
        return Ok((Slice::NIL, Slice::NIL));
    };
    let shape = Map::at(at).shape();
    let (kt, vt) = (cx.rtype(t.key), cx.rtype(t.elem));
    let mut it = [0; MAP_ITER_SLOTS as usize];
    let mut it = Iter(&mut it);
    it.start(cx.worker(), at).map_err(NativeResult::Panic)?;
    let mut list = Vec::new();
    let (mut k, mut v) = ([0; MAX_VALUE_SLOTS as usize], [0; MAX_VALUE_SLOTS as usize]);
    let (k, v) = (
        &mut k[..shape.key_slots as usize],
        &mut v[..shape.val_slots as usize],
    );
    while it
        .next(Some(&mut *k), Some(&mut *v))
        .map_err(NativeResult::Panic)?
        == Next::Entry
    {
        let key = boxed(cx.worker(), kt, k);
        list.push((key, boxed(cx.worker(), vt, v)));
    }
    let p = cx.program();
    let any = |v: (u64, u64)| {
        let t = &p.types[v.0 as u32];
        (t, place(t, v.1))
    };
    list.sort_by(|(a, _), (b, _)| {
        if a.0 == 0 || b.0 == 0 || a.0 != b.0 {
            return a.0.cmp(&b.0);
        }
        let ((t, x), (_, y)) = (any(*a), any(*b));
        order(p, t, x, y, 100)
    });
    let (keys, vals) = (cx.anys(list.len()), cx.anys(list.len()));
    for (i, (k, v)) in list.into_iter().enumerate() {
        keys.set_any(i, Any::from_words(k));
        vals.set_any(i, Any::from_words(v));
    }
    Ok((keys, vals))
}

/// Exchanges two values of type `t`.
fn swap(t: &RType, a: u64, b: u64) {
    /// Bytes that are exchanged at a time; no part of a value lies across their ends.
    const CHUNK: usize = 64;
    let (size, pointers) = (t.size as usize, !t.layout.is_noscan());
    if size == 8 && t.align == 8 {
        let (x, y) = (mem::load64(a), mem::load64(b));
        mem::store64(a, y);
        mem::store64(b, x);
        return;
    }
    for at in (0..size).step_by(CHUNK) {
        let n = CHUNK.min(size - at);
        let mut copy = [0u128; CHUNK / 16];
        let (a, b, temp) = (a + at as u64, b + at as u64, copy.as_mut_ptr() as u64);
        bulk::copy(temp, a, n, t.align, pointers);
        bulk::copy(a, b, n, t.align, pointers);
        bulk::copy(b, temp, n, t.align, pointers);
    }
}

/// The `[]byte` that shares a slice's memory or copies an array's.
fn bytes<'n>(cx: &mut NativeCtx<'n>, v: Any<'n>) -> Option<Bytes<'n>> {
    let (t, word) = open(cx, v)?;
    if elem(cx, t)?.kind != RKind::Uint8 {
        return None;
    }
    match t.kind {
        RKind::Slice => Some(Bytes::from_words(mem::load128(word))),
        RKind::Array => {
            let to = new_array(cx.worker(), t, 1);
            iface::unbox(t, word, to);
            Some(Bytes::from_words((to, len_cap(t.len, t.len))))
        }
        _ => None,
    }
}

fn length(t: &RType, word: u64) -> u64 {
    match t.kind {
        RKind::String => mem::load128(word).1,
        RKind::Slice => len(mem::load128(word).1),
        RKind::Array => t.len,
        RKind::Map => map::len(word),
        RKind::Chan => mgo_runtime::chan::len(crate::interp::channels::chan_of(word)) as u64,
        _ => 0,
    }
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "internal/value.Class" = |cx, v: Any<'_>| -> i64 {
        let Some(t) = v.rtype(cx) else { return 0 };
        let methods = if t.methods().is_empty() { 0 } else { HAS_METHODS };
        let basic = t.named && t.pkg.is_empty() && t.kind != RKind::Interface;
        t.kind as i64 | methods | if basic { BASIC } else { 0 }
    };
    "internal/value.TypeString" = |cx, v: Any<'_>| -> Str<'_> {
        text(v.rtype(cx).map_or("<nil>", |t| &t.string))
    };
    "internal/value.ElemKind" = |cx, v: Any<'_>| -> i64 {
        v.rtype(cx).and_then(|t| elem(cx, t)).map_or(0, |e| e.kind as i64)
    };
    "internal/value.ElemTypeString" = |cx, v: Any<'_>| -> Str<'_> {
        text(v.rtype(cx).and_then(|t| elem(cx, t)).map_or("", |e| &e.string))
    };
    "internal/value.KeyTypeString" = |cx, v: Any<'_>| -> Str<'_> {
        text(v.rtype(cx).filter(|t| t.key != 0).map_or("", |t| &cx.rtype(t.key).string))
    };
    "internal/value.SameType" = |cx, a: Any<'_>, b: Any<'_>| -> bool { a.words().0 == b.words().0 };
    "internal/value.Comparable" = |cx, v: Any<'_>| -> bool { v.rtype(cx).is_some_and(|t| t.comparable) };
    "internal/value.AsInt" = |cx, v: Any<'_>| -> i64 { v.words().1 as i64 };
    "internal/value.AsUint" = |cx, v: Any<'_>| -> u64 { v.words().1 };
    "internal/value.AsFloat" = |cx, v: Any<'_>| -> f64 {
        open(cx, v).map_or(0.0, |(t, word)| float(t, word))
    };
    "internal/value.AsComplex" = |cx, v: Any<'_>| -> (f64, f64) {
        let Some((t, word)) = open(cx, v) else { return (0.0, 0.0) };
        let [re, im] = scalar(t, word);
        (float(t, re), float(t, im))
    };
    "internal/value.AsBool" = |cx, v: Any<'_>| -> bool { v.words().1 != 0 };
    "internal/value.AsString" = |cx, v: Any<'_>| -> Str<'_> { v.string(cx).unwrap_or(Str::EMPTY) };
    "internal/value.AsBytes" = |cx, v: Any<'_>| -> (Bytes<'_>, bool) {
        match bytes(cx, v) {
            Some(b) => (b, true),
            None => (Bytes::from_words((0, 0)), false),
        }
    };
    "internal/value.IsNil" = |cx, v: Any<'_>| -> bool {
        let Some((t, word)) = open(cx, v) else { return true };
        match t.kind {
            RKind::Pointer | RKind::Map | RKind::Chan | RKind::Func | RKind::UnsafePointer => word == 0,
            RKind::Slice => mem::load128(word).0 == 0,
            _ => false,
        }
    };
    "internal/value.Address" = |cx, v: Any<'_>| -> u64 {
        let Some((t, word)) = open(cx, v) else { return 0 };
        if t.kind == RKind::Slice { mem::load128(word).0 } else { word }
    };
    "internal/value.Len" = |cx, v: Any<'_>| -> i64 {
        open(cx, v).map_or(0, |(t, word)| length(t, word) as i64)
    };
    "internal/value.Index" = |cx, v: Any<'_>, i: i64| -> Result<Any<'_>, NativeResult> {
        let Some((e, n, first)) = elements(cx, v) else { return Ok(Any::NIL) };
        if i as u64 >= n {
            return Err(NativeResult::Panic(Trap::index(i as u64, n)));
        }
        Ok(part_of(cx, first, e, i as u64 * u64::from(e.size)))
    };
    "internal/value.Swap" = |cx, v: Any<'_>, i: i64, j: i64| -> Result<(), NativeResult> {
        let Some((e, n, Place::Memory(first))) = elements(cx, v) else { return Ok(()) };
        for k in [i, j] {
            if k as u64 >= n {
                return Err(NativeResult::Panic(Trap::index(k as u64, n)));
            }
        }
        let at = |i: i64| first + i as u64 * u64::from(e.size);
        if i != j {
            swap(e, at(i), at(j));
        }
        Ok(())
    };
    "internal/value.Elem" = |cx, v: Any<'_>| -> Result<Any<'_>, NativeResult> {
        let (at, t) = target(cx, v)?;
        Ok(cx.any_at(t, at))
    };
    "internal/value.NumField" = |cx, v: Any<'_>| -> i64 {
        v.rtype(cx).map_or(0, |t| t.fields.len() as i64)
    };
    "internal/value.Field" = |cx, v: Any<'_>, i: i64| -> Any<'_> {
        let Some((t, word)) = open(cx, v) else { return Any::NIL };
        let Some(f) = t.fields.get(i as usize) else { return Any::NIL };
        let ft = cx.rtype(f.ty);
        part_of(cx, place(t, word), ft, f.offset.into())
    };
    "internal/value.FieldName" = |cx, v: Any<'_>, i: i64| -> Str<'_> {
        text(v.rtype(cx).and_then(|t| t.fields.get(i as usize)).map_or("", |f| &f.name))
    };
    "internal/value.FieldTypeString" = |cx, v: Any<'_>, i: i64| -> Str<'_> {
        text(v.rtype(cx).and_then(|t| t.fields.get(i as usize)).map_or("", |f| &cx.rtype(f.ty).string))
    };
    "internal/value.FieldFlags" = |cx, v: Any<'_>, i: i64| -> i64 {
        let Some(f) = v.rtype(cx).and_then(|t| t.fields.get(i as usize)) else { return 0 };
        i64::from(f.pkg.is_empty()) | i64::from(f.embedded) << 1
    };
    "internal/value.MapEntries" = |cx, m: Any<'_>| -> Result<(Slice<'_>, Slice<'_>), NativeResult> {
        entries(cx, m)
    };
    "internal/value.SetInt" = |cx, p: Any<'_>, x: i64| -> Result<(), NativeResult> { store(cx, p, &[x as u64]) };
    "internal/value.SetUint" = |cx, p: Any<'_>, x: u64| -> Result<(), NativeResult> { store(cx, p, &[x]) };
    "internal/value.SetFloat" = |cx, p: Any<'_>, x: f64| -> Result<(), NativeResult> {
        let (_, t) = target(cx, p)?;
        let bits = if t.kind == RKind::Float32 { u64::from((x as f32).to_bits()) } else { x.to_bits() };
        store(cx, p, &[bits])
    };
    "internal/value.SetComplex" = |cx, p: Any<'_>, re: f64, im: f64| -> Result<(), NativeResult> {
        let (_, t) = target(cx, p)?;
        let bits = |x: f64| {
            if t.kind == RKind::Complex64 { u64::from((x as f32).to_bits()) } else { x.to_bits() }
        };
        store(cx, p, &[bits(re), bits(im)])
    };
    "internal/value.SetBool" = |cx, p: Any<'_>, x: bool| -> Result<(), NativeResult> { store(cx, p, &[x.into()]) };
    "internal/value.SetString" = |cx, p: Any<'_>, x: Str<'_>| -> Result<(), NativeResult> {
        let (s, n) = x.words();
        store(cx, p, &[s, n])
    };
    "internal/value.SetBytes" = |cx, p: Any<'_>, x: Slice<'_>| -> Result<(), NativeResult> {
        let (at, word) = x.words();
        let (at, word) = part(at, (0, len(word), len(word)), 1);
        store(cx, p, &[at, word])
    };
    "internal/value.AsCheck" = |cx, target: Any<'_>| -> i64 {
        let Some((t, word)) = open(cx, target) else { return 1 };
        if t.kind != RKind::Pointer || word == 0 {
            return 2;
        }
        let (e, error) = (cx.rtype(t.elem), cx.rtype(cx.program().known().error));
        if e.kind == RKind::Interface || e.implements(error) { 0 } else { 3 }
    };
    "internal/value.AsAssign" = |cx, err: Any<'_>, to: Any<'_>| -> Result<bool, NativeResult> {
        let (at, t) = target(cx, to)?;
        let (ty, word) = err.words();
        if ty == 0 {
            return Ok(false);
        }
        if t.kind == RKind::Interface {
            let fits = iface::implements(cx.program(), ty, t);
            if fits {
                mem::store128(at, (ty, word));
            }
            return Ok(fits);
        }
        if u64::from(t.id) == ty {
            iface::unbox(t, word, at);
        }
        Ok(u64::from(t.id) == ty)
    };
}
