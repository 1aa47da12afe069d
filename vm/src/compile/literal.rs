//! Composite literals: in registers, or built where they will live.

use mgo_lang::syntax::ast::*;

use crate::bytecode::op::{Op, halves};
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};

/// A field of a literal that is given a value.
struct FieldValue<'e> {
    slot: u32,
    offset: u32,
    ty: Ty,
    value: &'e Expr,
    /// Whether it is named `_`: the value is worked out and dropped.
    blank: bool,
}

impl Fx<'_> {
    /// The value of literal `e` of type `t`.
    pub fn composite(&mut self, e: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let ExprKind::Composite(lit) = &e.kind else {
            return self.dst(dst, t);
        };
        match self.under(t) {
            Shape::Struct(_) | Shape::Array(..) => {
                if self.form(t).large {
                    // Built aside: the destination may be mentioned by the elements.
                    let d = self.dst(dst, t);
                    let m = self.b.mark();
                    let r = self.b.alloc_ptr();
                    self.b.a_bc(Op::New, r, t.0);
                    self.literal_in_memory(lit, t, r, 0);
                    self.b.mov(d, r);
                    self.b.release(m);
                    return d;
                }
                let Some(d) = dst else {
                    let d = self.temp(t);
                    self.literal_in_registers(lit, t, d);
                    return d;
                };
                let m = self.b.mark();
                let r = self.temp(t);
                self.literal_in_registers(lit, t, r);
                self.move_to(d, r, t);
                self.b.release(m);
                d
            }
            Shape::Slice(elem) => self.slice_literal(lit, t, elem, dst),
            Shape::Map(k, v) => self.map_literal(lit, t, k, v, dst),
            Shape::Pointer(elem) => self.new_literal(e, elem, t, dst),
            _ => {
                self.unsupported(e.span, "this literal");
                self.dst(dst, t)
            }
        }
    }

    /// Fills registers, which nothing reads before, with a literal of a struct or array that is not large.
    /// False if it is of another kind.
    pub fn literal_in_registers(&mut self, lit: &CompositeLit, t: Ty, d: Reg) -> bool {
        let f = self.form(t);
        if f.large {
            return false;
        }
        match self.under(t) {
            Shape::Struct(fields) => {
                let promoted = lit.elems.iter().any(|e| {
                    matches!(e.kind, ExprKind::KeyValue(..)) && self.info.selections.contains_key(&e.id)
                });
                if lit.elems.len() < fields.len() || promoted {
                    self.b.zero(d, f.slots);
                }
                for f in self.struct_elems(lit, t) {
                    let r = d + f.slot as Reg;
                    let m = self.b.mark();
                    self.expr_fresh(f.value, f.ty, r);
                    self.b.release(m);
                    if f.blank {
                        let n = self.slots(f.ty);
                        self.b.zero(r, n);
                    }
                }
                true
            }
            Shape::Array(elem, n) => {
                let slots = self.slots(elem);
                if (lit.elems.len() as u64) < n {
                    self.b.zero(d, f.slots);
                }
                for (i, value) in self.array_elems(lit) {
                    let r = d + (i as u32 * slots) as Reg;
                    let m = self.b.mark();
                    self.expr_fresh(value, elem, r);
                    self.b.release(m);
                }
                true
            }
            _ => false,
        }
    }

    /// Fields given values.
    fn struct_elems<'e>(&mut self, lit: &'e CompositeLit, t: Ty) -> Vec<FieldValue<'e>> {
        let Shape::Struct(fields) = self.under(t) else {
            return Vec::new();
        };
        let f = self.form(t);
        let mut out = Vec::with_capacity(lit.elems.len());
        let slot = |i: usize| if f.large { 0 } else { f.field_slots[i] };
        for (i, e) in lit.elems.iter().enumerate() {
            let ExprKind::KeyValue(k, v) = &e.kind else {
                if i < fields.len() {
                    out.push(FieldValue {
                        slot: slot(i),
                        offset: f.offsets[i],
                        ty: fields[i].ty,
                        value: e,
                        blank: *fields[i].name == *"_",
                    });
                }
                continue;
            };
            if let Some(s) = self.info.selections.get(&e.id) {
                let (slot, offset, ty) = self.promoted(t, &s.path);
                out.push(FieldValue {
                    slot,
                    offset,
                    ty,
                    value: v,
                    blank: false,
                });
                continue;
            }
            let ExprKind::Ident(id) = &k.kind else { continue };
            match fields.iter().position(|f| *f.name == *id.name) {
                Some(i) => out.push(FieldValue {
                    slot: slot(i),
                    offset: f.offsets[i],
                    ty: fields[i].ty,
                    value: v,
                    blank: false,
                }),
                None => self.unsupported(k.span, "this key of a literal"),
            }
        }
        out
    }

    /// Slot, byte offset and type of the field that `path` leads to.
    fn promoted(&mut self, t: Ty, path: &[u32]) -> (u32, u32, Ty) {
        let mut at = (0, 0, t);
        for &i in path {
            let Shape::Struct(fields) = self.under(at.2) else {
                break;
            };
            let f = self.form(at.2);
            let slot = if f.large { 0 } else { f.field_slots[i as usize] };
            at = (at.0 + slot, at.1 + f.offsets[i as usize], fields[i as usize].ty);
        }
        at
    }

    /// Elements with their indexes.
    fn array_elems<'e>(&mut self, lit: &'e CompositeLit) -> Vec<(u64, &'e Expr)> {
        let mut next = 0;
        let mut out = Vec::with_capacity(lit.elems.len());
        for e in &lit.elems {
            match &e.kind {
                ExprKind::KeyValue(k, v) => {
                    next = self.const_of(k).map_or(0, |c| c.as_u64());
                    out.push((next, &**v));
                }
                _ => out.push((next, e)),
            }
            next += 1;
        }
        out
    }

    /// Stores a literal of a struct or array into zeroed memory at `base + off`.
    pub fn literal_in_memory(&mut self, lit: &CompositeLit, t: Ty, base: Reg, off: u32) {
        match self.under(t) {
            Shape::Struct(_) => {
                for f in self.struct_elems(lit, t) {
                    if f.blank {
                        self.expr_drop(f.value);
                    } else {
                        self.elem_in_memory(f.value, f.ty, base, off + f.offset);
                    }
                }
            }
            Shape::Array(elem, _) => {
                let size = self.form(elem).size;
                for (i, value) in self.array_elems(lit) {
                    self.elem_in_memory(value, elem, base, off + i as u32 * size);
                }
            }
            _ => {}
        }
    }

    fn elem_in_memory(&mut self, value: &Expr, t: Ty, base: Reg, off: u32) {
        let from = self.ty_of(value);
        if from == t
            && let ExprKind::Composite(lit) = &value.kind
            && matches!(self.under(t), Shape::Struct(_) | Shape::Array(..))
        {
            return self.literal_in_memory(lit, t, base, off);
        }
        // A zero in an interface is a value.
        if from == t && self.is_zero(value) {
            return;
        }
        let m = self.b.mark();
        let v = self.expr_as(value, t, None);
        if self.form(t).slots > 0 {
            self.store_mem(base, off, t, v);
        }
        self.b.release(m);
    }

    /// Whether `e` is a constant whose words are zero, or nil.
    fn is_zero(&mut self, e: &Expr) -> bool {
        if self.is_nil(e) {
            return true;
        }
        let Some(c) = self.const_of(e) else { return false };
        let t = self.ty_of(e);
        match self.basic(t) {
            Some(b) if b.is_string() => c.str_len() == 0,
            Some(b) => Self::const_word(c, b) == Some(0),
            None => false,
        }
    }

    /// `&T{…}`: a new value of type `elem` built in the heap; `t` is the pointer's type.
    pub fn new_literal(&mut self, e: &Expr, elem: Ty, t: Ty, dst: Option<Reg>) -> Reg {
        let ExprKind::Composite(lit) = &e.kind else {
            return self.dst(dst, t);
        };
        let d = self.dst(dst, t);
        let m = self.b.mark();
        // The elements may mention the destination.
        let r = if dst.is_some() { self.b.alloc_ptr() } else { d };
        let built = matches!(self.under(elem), Shape::Struct(_) | Shape::Array(..));
        if built {
            let simple = lit.elems.is_empty();
            let r = if simple { d } else { r };
            self.b.pos = e.span.lo;
            self.b.a_bc(Op::New, r, elem.0);
            self.literal_in_memory(lit, elem, r, 0);
            self.b.mov(d, r);
        } else {
            let v = self.composite(e, elem, None);
            self.b.a_bc(Op::New, r, elem.0);
            self.store_mem(r, 0, elem, v);
            self.b.mov(d, r);
        }
        self.b.release(m);
        d
    }

    /// Builds `e` in the heap with its address in `r`, if it is a literal of struct or array type `t`.
    pub fn literal_on_heap(&mut self, e: &Expr, t: Ty, r: Reg) -> bool {
        let ExprKind::Composite(lit) = &Self::unparen(e).kind else {
            return false;
        };
        if self.ty_of(e) != t || !matches!(self.under(t), Shape::Struct(_) | Shape::Array(..)) {
            return false;
        }
        self.b.a_bc(Op::New, r, t.0);
        self.literal_in_memory(lit, t, r, 0);
        true
    }

    fn slice_literal(&mut self, lit: &CompositeLit, t: Ty, elem: Ty, dst: Option<Reg>) -> Reg {
        let d = self.dst(dst, t);
        let m = self.b.mark();
        let elems = self.array_elems(lit);
        let n = elems.iter().map(|e| e.0 + 1).max().unwrap_or(0);
        let array = self.c.intern(Shape::Array(elem, n));
        let r = self.b.alloc_ptr();
        let size = self.form(elem).size;
        match self.constant_image(&elems, elem, n) {
            Some(image) => {
                let data = self.b.alloc_ptr();
                self.b.a_bc(Op::LoadData, data, 0);
                self.b.extra(image as u64);
                self.copy_new(r, data, array);
            }
            None => {
                self.b.a_bc(Op::New, r, array.0);
                for (i, value) in elems {
                    self.elem_in_memory(value, elem, r, (i * u64::from(size)) as u32);
                }
            }
        }
        self.b.mov(d, r);
        self.b.load_int(d + 1, halves(n as u32, n as u32) as i64);
        self.b.release(m);
        d
    }

    /// Constant memory that holds the elements, if all are constants and there are enough of them.
    fn constant_image(&mut self, elems: &[(u64, &Expr)], elem: Ty, n: u64) -> Option<usize> {
        if elems.len() < 4 || n > 1 << 24 {
            return None;
        }
        let b = self.basic(elem)?;
        let size = self.form(elem).size as usize;
        let mut bytes = vec![0u8; (size * n as usize).next_multiple_of(16)];
        for &(i, e) in elems {
            let c = self.const_of(e)?;
            let at = i as usize * size;
            if b.is_string() {
                let s = c.as_bytes();
                let p = if s.is_empty() { 0 } else { self.c.string(&s) as u64 };
                bytes[at..at + 8].copy_from_slice(&p.to_le_bytes());
                bytes[at + 8..at + 16].copy_from_slice(&(s.len() as u64).to_le_bytes());
            } else {
                let w = Self::const_word(c, b)?;
                bytes[at..at + size].copy_from_slice(&w.to_le_bytes()[..size]);
            }
        }
        Some(self.c.constant_memory(&bytes))
    }

    fn map_literal(&mut self, lit: &CompositeLit, t: Ty, k: Ty, v: Ty, dst: Option<Reg>) -> Reg {
        let d = self.dst(dst, t);
        let m = self.b.mark();
        let map = self.b.alloc_ptr();
        let n = self.b.alloc(1);
        self.b.load_int(n, lit.elems.len() as i64);
        self.b.abcx(Op::MakeMap, map, n, 0, t.0.into());
        for e in &lit.elems {
            let ExprKind::KeyValue(key, value) = &e.kind else {
                continue;
            };
            let m = self.b.mark();
            let order = self.order([&**key, &**value]);
            let kr = self.expr_as(key, k, None);
            let vr = self.expr_as(value, v, None);
            self.b.pos = e.span.lo;
            self.map_set(map, kr, vr, t);
            self.unorder(order);
            self.b.release(m);
        }
        self.b.mov(d, map);
        self.b.release(m);
        d
    }
}
