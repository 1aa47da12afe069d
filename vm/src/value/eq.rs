//! Equality and hashes of values by their descriptors.
//!
//! Values nest as deeply as the program builds them (interfaces in structs in interfaces …), so both walk a
//! list of what is still to be looked at instead of recursing. They go in source order and stop at the first
//! difference, since comparing an uncomparable dynamic type panics only when it is reached.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use smallvec::SmallVec;

use crate::bytecode::program::{EqKind, PartKind, Program, RType};
use crate::trap::Trap;
use crate::value::mem::*;
use crate::value::{bulk, hash, string};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// At an address, in memory form.
    Memory,
    /// At an address, in register form.
    Slots,
    /// The word itself is the register form, of one slot.
    Word,
}

/// `n` values of type `t` side by side in both places (or in one, for a hash).
#[derive(Clone, Copy)]
struct Item<'p> {
    t: &'p RType,
    form: Form,
    a: u64,
    b: u64,
    n: u64,
}

type List<'p> = SmallVec<[Item<'p>; 8]>;

impl<'p> Item<'p> {
    /// Bytes from one value to the next.
    fn stride(&self) -> u64 {
        match self.form {
            Form::Memory => self.t.size.into(),
            Form::Slots => u64::from(self.t.slots) * 8,
            Form::Word => 0,
        }
    }

    fn part(&self, t: &'p RType, offset: u64, n: u64) -> Item<'p> {
        match self.form {
            Form::Word => Item { t, n, ..*self },
            _ => Item {
                t,
                form: self.form,
                a: self.a + offset,
                b: self.b + offset,
                n,
            },
        }
    }

    /// As an item in memory form, if it is the slot of a large type.
    fn unfolded(self) -> Item<'p> {
        if !self.t.large || self.form == Form::Memory {
            return self;
        }
        let (a, b) = if self.form == Form::Word {
            (self.a, self.b)
        } else {
            (load64(self.a), load64(self.b))
        };
        Item {
            form: Form::Memory,
            a,
            b,
            ..self
        }
    }

    /// Puts the fields of a struct, or the elements of an array, on the list, the first on top.
    fn open(self, p: &'p Program, list: &mut List<'p>) {
        let elem = |id: u32| &p.types[id];
        if self.t.eq == EqKind::Array {
            if self.t.len > 0 {
                list.push(self.part(elem(self.t.elem), 0, self.t.len));
            }
            return;
        }
        for f in self.t.fields.iter().rev().filter(|f| &*f.name != "_") {
            let offset = if self.form == Form::Memory {
                u64::from(f.offset)
            } else {
                u64::from(f.slot) * 8
            };
            let t = elem(f.ty);
            if t.slots > 0 {
                list.push(self.part(t, offset, 1));
            }
        }
    }
}

/// The word of a scalar.
fn scalar(form: Form, t: &RType, at: u64) -> u64 {
    match (form, t.size) {
        (Form::Word, _) => at,
        (Form::Slots, _) => load64(at),
        (_, 1) => load8(at).into(),
        (_, 2) => load16(at).into(),
        (_, 4) => load32(at).into(),
        _ => load64(at),
    }
}

/// Two words: a pair or complex128.
fn words(form: Form, at: u64, pair: bool) -> (u64, u64) {
    if pair && form == Form::Memory {
        load128(at)
    } else {
        (load64(at), load64(at + 8))
    }
}

/// A complex number as two float64.
fn complex(form: Form, at: u64, narrow: bool) -> (f64, f64) {
    if !narrow {
        let (re, im) = words(form, at, false);
        return (f64::from_bits(re), f64::from_bits(im));
    }
    let half = |at| f64::from(f32::from_bits(load32(at)));
    (half(at), half(at + if form == Form::Memory { 4 } else { 8 }))
}

fn f32_of(word: u64) -> f32 {
    f32::from_bits(word as u32)
}

#[cold]
fn uncomparable(t: &RType) -> Trap {
    Trap::error(format!("comparing uncomparable type {}", t.string))
}

/// Whether two values of type `t` at addresses `a` and `b` are equal.
pub fn memory(p: &Program, t: &RType, a: u64, b: u64) -> Result<bool, Trap> {
    run(
        p,
        Item {
            t,
            form: Form::Memory,
            a,
            b,
            n: 1,
        },
    )
}

/// Whether two values of type `t`, in register form at addresses `a` and `b`, are equal.
pub fn slots(p: &Program, t: &RType, a: u64, b: u64) -> Result<bool, Trap> {
    run(
        p,
        Item {
            t,
            form: Form::Slots,
            a,
            b,
            n: 1,
        },
    )
}

/// Whether two interface values are equal.
#[inline]
pub fn ifaces(p: &Program, a: (u64, u64), b: (u64, u64)) -> Result<bool, Trap> {
    match dynamic(p, a, b)? {
        Dynamic::Known(eq) => Ok(eq),
        Dynamic::Look(item) => run(p, item),
    }
}

enum Dynamic<'p> {
    Known(bool),
    Look(Item<'p>),
}

#[inline]
fn dynamic<'p>(p: &'p Program, a: (u64, u64), b: (u64, u64)) -> Result<Dynamic<'p>, Trap> {
    if a.0 != b.0 || a.0 == 0 {
        return Ok(Dynamic::Known(a.0 == b.0));
    }
    let t = &p.types[a.0 as u32];
    match t.eq {
        EqKind::None => Err(uncomparable(t)),
        EqKind::Bits => Ok(Dynamic::Known(a.1 == b.1)),
        EqKind::Str => Ok(Dynamic::Known(string::eq(load128(a.1), load128(b.1)))),
        _ if t.slots == 0 => Ok(Dynamic::Known(true)),
        _ => {
            let form = if t.is_direct() { Form::Word } else { Form::Memory };
            Ok(Dynamic::Look(Item {
                t,
                form,
                a: a.1,
                b: b.1,
                n: 1,
            }))
        }
    }
}

fn run<'p>(p: &'p Program, first: Item<'p>) -> Result<bool, Trap> {
    let mut list = List::new();
    list.push(first);
    while let Some(item) = list.pop() {
        let mut item = item.unfolded();
        if item.n > 1 {
            if item.t.eq == EqKind::Bits && item.form == Form::Memory {
                if !bulk::same(item.a, item.b, (item.n * u64::from(item.t.size)) as usize) {
                    return Ok(false);
                }
                continue;
            }
            let step = item.stride();
            list.push(Item {
                a: item.a + step,
                b: item.b + step,
                n: item.n - 1,
                ..item
            });
            item.n = 1;
        }
        let Item { t, form, a, b, .. } = item.unfolded();
        let equal = match t.eq {
            EqKind::Bits => scalar(form, t, a) == scalar(form, t, b),
            EqKind::F64 => f64::from_bits(scalar(form, t, a)) == f64::from_bits(scalar(form, t, b)),
            EqKind::F32 => f32_of(scalar(form, t, a)) == f32_of(scalar(form, t, b)),
            EqKind::C128 | EqKind::C64 => {
                let narrow = t.eq == EqKind::C64;
                complex(form, a, narrow) == complex(form, b, narrow)
            }
            EqKind::Str => string::eq(words(form, a, true), words(form, b, true)),
            EqKind::Iface => match dynamic(p, words(form, a, true), words(form, b, true))? {
                Dynamic::Known(eq) => eq,
                Dynamic::Look(item) => {
                    list.push(item);
                    true
                }
            },
            EqKind::Struct | EqKind::Array => {
                Item { t, form, a, b, n: 1 }.open(p, &mut list);
                true
            }
            EqKind::None => return Err(uncomparable(t)),
        };
        if !equal {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes every NaN hash differently.
static NANS: AtomicU64 = AtomicU64::new(0);

fn hash_f64(h: u64, x: f64) -> u64 {
    if x == 0.0 {
        hash::word(h, 0)
    } else if x.is_nan() {
        hash::word(h, NANS.fetch_add(0x9E37_79B9_7F4A_7C15, Relaxed))
    } else {
        hash::word(h, x.to_bits())
    }
}

/// Hash of the value of type `t` that is in register form at address `at`; panics for an unhashable dynamic
/// type inside.
pub fn hash_slots(p: &Program, t: &RType, at: u64, seed: u64) -> Result<u64, Trap> {
    let mut list = List::new();
    list.push(Item {
        t,
        form: Form::Slots,
        a: at,
        b: at,
        n: 1,
    });
    let mut h = seed;
    while let Some(item) = list.pop() {
        let mut item = item.unfolded();
        if item.n > 1 {
            let step = item.stride();
            list.push(Item {
                a: item.a + step,
                b: item.a + step,
                n: item.n - 1,
                ..item
            });
            item.n = 1;
        }
        let item = item.unfolded();
        let Item { t, form, a, .. } = item;
        h = match t.eq {
            EqKind::Bits => hash::word(h, masked(t, scalar(form, t, a))),
            EqKind::F64 => hash_f64(h, f64::from_bits(scalar(form, t, a))),
            EqKind::F32 => hash_f64(h, f32_of(scalar(form, t, a)).into()),
            EqKind::C128 | EqKind::C64 => {
                let (re, im) = complex(form, a, t.eq == EqKind::C64);
                hash_f64(hash_f64(h, re), im)
            }
            EqKind::Str => hash::bytes(h, string::bytes(words(form, a, true))),
            EqKind::Iface => {
                let (ty, word) = words(form, a, true);
                if ty != 0 {
                    let t = &p.types[ty as u32];
                    if t.eq == EqKind::None {
                        return Err(Trap::error(format!("hash of unhashable type {}", t.string)));
                    }
                    if t.slots > 0 {
                        let form = if t.is_direct() { Form::Word } else { Form::Memory };
                        list.push(Item {
                            t,
                            form,
                            a: word,
                            b: word,
                            n: 1,
                        });
                    }
                }
                hash::word(h, ty)
            }
            EqKind::Struct | EqKind::Array => {
                item.open(p, &mut list);
                h
            }
            EqKind::None => return Err(Trap::error(format!("hash of unhashable type {}", t.string))),
        };
    }
    Ok(h)
}

/// A scalar of a narrow type as its memory holds it: a slot is extended, memory is not.
fn masked(t: &RType, word: u64) -> u64 {
    match t.parts.first().map(|p| p.kind) {
        Some(PartKind::I8 | PartKind::U8) => word & 0xff,
        Some(PartKind::I16 | PartKind::U16) => word & 0xffff,
        Some(PartKind::I32 | PartKind::U32) => word & 0xffff_ffff,
        _ => word,
    }
}
