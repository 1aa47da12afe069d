//! Maps and channels by their types.

use mgo_runtime::chan;

use super::{slots_of, ty, word_of};
use crate::bytecode::program::{MAP_ITER_SLOTS, MAX_VALUE_SLOTS, MapKind, RType};
use crate::interp::channels::{chan_of, close_trap, make_chan};
use crate::native::{NativeCtx, NativeResult, Ptr};
use crate::trap::Trap;
use crate::value::map::{self, IntKey, Iter, Map, Next, OtherKey, Shape, StrKey};
use crate::value::mem;

type Slots = [u64; MAX_VALUE_SLOTS as usize];

/// What is done with a map and a key.
enum Access<'a> {
    Get(&'a mut [u64]),
    Set(&'a [u64]),
    Delete,
}

/// Does it; whether the key was there, for Get.
fn access(cx: &mut NativeCtx<'_>, shape: &Shape, m: u64, key: u64, what: Access<'_>) -> Result<bool, Trap> {
    let p = cx.program();
    let mut slots: Slots = [0; MAX_VALUE_SLOTS as usize];
    slots_of(shape.key(), key, &mut slots);
    let m = Map::at(m);
    macro_rules! with {
        ($key:expr) => {{
            let key = $key;
            match what {
                Access::Get(out) => m.get(&key, out),
                Access::Set(v) => m.set(cx.worker(), &key, v).map(|()| false),
                Access::Delete => m.delete(&*cx.worker(), &key).map(|()| false),
            }
        }};
    }
    match shape.kind() {
        MapKind::Int => with!(IntKey(slots[0])),
        MapKind::Str => with!(StrKey((slots[0], slots[1]))),
        MapKind::Other => {
            let n = shape.key_slots as usize;
            with!(OtherKey::new(shape.key(), p, &slots[..n], m.seed())?)
        }
    }
}

fn value_type(cx: &NativeCtx<'_>, t: i64) -> &'static RType {
    cx.rtype(ty(cx, t).elem)
}

/// Gives an iterator, which lies in six words at `at`, to `with`, and puts it back.
fn iterate<R>(at: u64, with: impl FnOnce(&mut Iter<'_>) -> R) -> R {
    let mut words: [u64; MAP_ITER_SLOTS as usize] = std::array::from_fn(|i| mem::load64(at + 8 * i as u64));
    let r = with(&mut Iter(&mut words));
    for (i, w) in words.into_iter().enumerate() {
        mem::store64(at + 8 * i as u64, w);
    }
    r
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "reflect.makeMap" = |cx, t: i64, n: i64| -> u64 {
        let shape = cx.vm().shape(t as u32);
        map::make(cx.worker(), shape, n.max(0) as u64)
    };
    "reflect.mapLen" = |cx, m: u64| -> i64 { map::len(m) as i64 };
    "reflect.mapGet" = |cx, t: i64, m: u64, key: u64| -> Result<(u64, bool), NativeResult> {
        if m == 0 {
            return Ok((0, false));
        }
        let shape = cx.vm().shape(t as u32);
        let mut out: Slots = [0; MAX_VALUE_SLOTS as usize];
        let n = shape.val_slots as usize;
        let found = access(cx, shape, m, key, Access::Get(&mut out[..n])).map_err(NativeResult::Panic)?;
        let vt = value_type(cx, t);
        Ok((if found { word_of(cx.worker(), vt, &out) } else { 0 }, found))
    };
    "reflect.mapSet" = |cx, t: i64, m: u64, key: u64, value: u64| -> Result<(), NativeResult> {
        if m == 0 {
            return Err(NativeResult::Panic(Trap::NIL_MAP));
        }
        let (shape, vt) = (cx.vm().shape(t as u32), value_type(cx, t));
        let mut v: Slots = [0; MAX_VALUE_SLOTS as usize];
        slots_of(vt, value, &mut v);
        let n = shape.val_slots as usize;
        access(cx, shape, m, key, Access::Set(&v[..n])).map_err(NativeResult::Panic)?;
        Ok(())
    };
    "reflect.mapDelete" = |cx, t: i64, m: u64, key: u64| -> Result<(), NativeResult> {
        if m != 0 {
            let shape = cx.vm().shape(t as u32);
            access(cx, shape, m, key, Access::Delete).map_err(NativeResult::Panic)?;
        }
        Ok(())
    };
    "reflect.mapClear" = |cx, m: u64| -> Result<(), NativeResult> {
        if m == 0 { Ok(()) } else { Map::at(m).clear(&*cx.worker()).map_err(NativeResult::Panic) }
    };
    "reflect.mapStart" = |cx, m: u64, it: Ptr<'_>| -> Result<(), NativeResult> {
        let at = it.not_nil()?;
        iterate(at, |it| it.start(cx.worker(), m)).map_err(NativeResult::Panic)
    };
    "reflect.mapNext" = |cx, t: i64, it: Ptr<'_>| -> Result<(u64, u64, bool), NativeResult> {
        let at = it.not_nil()?;
        if mem::load64(at) == 0 {
            return Ok((0, 0, false));
        }
        let t = ty(cx, t);
        let (kt, vt) = (cx.rtype(t.key), cx.rtype(t.elem));
        let (mut k, mut v): (Slots, Slots) = ([0; MAX_VALUE_SLOTS as usize], [0; MAX_VALUE_SLOTS as usize]);
        let (ks, vs) = (&mut k[..kt.slots.into()], &mut v[..vt.slots.into()]);
        let next = iterate(at, |it| it.next(Some(ks), Some(vs))).map_err(NativeResult::Panic)?;
        if next != Next::Entry {
            return Ok((0, 0, false));
        }
        let key = word_of(cx.worker(), kt, &k);
        Ok((key, word_of(cx.worker(), vt, &v), true))
    };
    "reflect.makeChan" = |cx, t: i64, n: i64| -> Result<u64, NativeResult> {
        let t = ty(cx, t);
        make_chan(cx.vm(), t, n as u64).map_err(NativeResult::Panic)
    };
    "reflect.chanLen" = |cx, c: u64| -> i64 { chan::len(chan_of(c)) as i64 };
    "reflect.chanCap" = |cx, c: u64| -> i64 { chan::cap(chan_of(c)) as i64 };
    "reflect.chanClose" = |cx, c: u64| -> Result<(), NativeResult> {
        chan::close(cx.worker(), chan_of(c)).map_err(|e| NativeResult::Panic(close_trap(e)))
    };
}
