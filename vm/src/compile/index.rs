//! Index and slice expressions, and access to maps.

use mgo_lang::syntax::ast::*;

use crate::bytecode::op::{NONE, Op, halves, quarters};
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};
use crate::compile::place::Place;

/// Which map instructions serve a key type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum MapOps {
    /// Keys compared by their one slot.
    Int,
    /// Strings.
    Str,
    /// Any other.
    Other,
}

impl Fx<'_> {
    /// The place of `x[i]`; `e` is the whole.
    pub fn index_place(&mut self, e: &Expr, x: &Expr, i: &Expr) -> (Place, Ty) {
        let xt = self.ty_of(x);
        let at = e.span.lo;
        match self.under(xt) {
            Shape::Slice(elem) => {
                let s = self.expr(x, None);
                let i = self.index_value(i);
                self.b.pos = at;
                (self.slice_elem(s, i, elem), elem)
            }
            Shape::Array(elem, n) => {
                let (p, _) = self.place(x);
                (self.array_elem(p, xt, elem, n, i, at), elem)
            }
            Shape::Pointer(a) => {
                let Shape::Array(elem, n) = self.under(a) else {
                    return (Place::Blank, xt);
                };
                let base = self.expr(x, None);
                let p = Place::Mem {
                    base,
                    off: 0,
                    safe: false,
                };
                (self.array_elem(p, a, elem, n, i, at), elem)
            }
            Shape::Map(k, v) => {
                let m = self.expr(x, None);
                let key = self.expr_as(i, k, None);
                self.b.pos = at;
                (Place::Map { m, key, ty: xt }, v)
            }
            _ => {
                // A string: its bytes have no place.
                let t = self.ty_of(e);
                let r = self.expr(e, None);
                (Place::Reg(r), t)
            }
        }
    }

    /// An index as a value in a register.
    pub fn index_value(&mut self, i: &Expr) -> Reg {
        let r = self.expr(i, None);
        self.b.pos = i.span.lo;
        r
    }

    /// Whether elements of this type are one part, which load and store instructions of their own serve.
    fn is_one_part(&mut self, elem: Ty) -> bool {
        let f = self.form(elem);
        !f.large && f.parts.len() == 1 && f.parts[0].kind.size() == f.size
    }

    /// Element `i` of the slice in `s`.
    pub fn slice_elem(&mut self, s: Reg, i: Reg, elem: Ty) -> Place {
        if self.is_one_part(elem) {
            return Place::Slice { s, i };
        }
        let r = self.b.alloc_ptr();
        let size = self.form(elem).size;
        self.b.abcx(Op::SlAddr, r, s, i, size.into());
        Place::Mem {
            base: r,
            off: 0,
            safe: true,
        }
    }

    fn array_elem(
        &mut self,
        p: Place,
        array: Ty,
        elem: Ty,
        n: u64,
        i: &Expr,
        at: mgo_lang::source::Pos,
    ) -> Place {
        let ef = self.form(elem);
        let p = match p {
            Place::Slice { .. } | Place::Array { .. } => {
                let base = self.address(p, array, None);
                Place::Mem {
                    base,
                    off: 0,
                    safe: true,
                }
            }
            Place::Map { .. } | Place::Frame { .. } => {
                let r = self.load(p, array, None);
                self.value_at(r, array)
            }
            p => p,
        };
        if let Some(c) = self.const_of(i) {
            let i = c.as_i64() as u32;
            match p {
                Place::Mem { base, off, safe } => {
                    return Place::Mem {
                        base,
                        off: off + i * ef.size,
                        safe,
                    };
                }
                Place::Global(off) => return Place::Global(off + i * ef.size),
                Place::Reg(r) => return Place::Reg(r + (i * ef.slots) as Reg),
                Place::Blank => return Place::Blank,
                _ => {}
            }
        }
        let i = self.index_value(i);
        self.b.pos = at;
        self.array_elem_reg(p, elem, n, i)
    }

    /// Element `i` of the array of `n` elements at `p`.
    pub fn array_elem_reg(&mut self, p: Place, elem: Ty, n: u64, i: Reg) -> Place {
        let ef = self.form(elem);
        let base = match p {
            Place::Reg(r) => {
                return Place::Frame {
                    base: r,
                    i,
                    len: n as u16,
                    stride: ef.slots as u16,
                };
            }
            Place::Mem { base, off: 0, .. } => base,
            Place::Mem { base, off, .. } => self.offset(base, off),
            Place::Global(off) => {
                let r = self.b.alloc_ptr();
                self.b.a_bc(Op::GAddr, r, off);
                r
            }
            _ => return Place::Blank,
        };
        if self.is_one_part(elem) {
            return Place::Array {
                p: base,
                i,
                len: n as u32,
            };
        }
        let r = self.b.alloc_ptr();
        self.b.abcx(Op::ArAddr, r, base, i, halves(n as u32, ef.size));
        Place::Mem {
            base: r,
            off: 0,
            safe: true,
        }
    }

    /// The value of `x[i]`.
    pub fn index_expr(&mut self, e: &Expr, x: &Expr, i: &Expr, dst: Option<Reg>) -> Reg {
        let t = self.ty_of(e);
        let xt = self.ty_of(x);
        let m = self.b.mark();
        if self.is_string(xt) {
            let s = self.expr(x, None);
            let i = self.index_value(i);
            self.b.pos = e.span.lo;
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.abc(Op::StrIdx, d, s, i);
            return d;
        }
        let (p, t) = self.index_place(e, x, i);
        self.load_released(p, t, m, dst)
    }

    /// Loads a place, whose temporaries begin at `m`, into `dst` or into the first of them.
    pub fn load_released(&mut self, p: Place, t: Ty, m: u32, dst: Option<Reg>) -> Reg {
        match (p, dst) {
            (Place::Reg(r), None) => {
                if u32::from(r) < m {
                    self.b.release(m);
                }
                r
            }
            (_, Some(_)) => {
                let d = self.load(p, t, dst);
                self.b.release(m);
                d
            }
            // A value of several parts is loaded by several instructions, which need the base to the end.
            (Place::Mem { .. }, None) if self.form(t).parts.len() > 1 => self.load(p, t, None),
            (_, None) => {
                self.b.release(m);
                let d = self.temp(t);
                self.load(p, t, Some(d));
                d
            }
        }
    }

    // --- slicing ---

    /// `x[lo:hi:max]`.
    pub fn slice_expr(&mut self, e: &Expr, s: &SliceExpr, dst: Option<Reg>) -> Reg {
        let t = self.ty_of(e);
        let xt = self.ty_of(&s.x);
        let m = self.b.mark();
        let d = self.dst(dst, t);
        let m2 = self.b.mark();
        let shape = self.under(xt);
        let array = match shape {
            Shape::Array(elem, n) => {
                let (p, t) = self.place(&s.x);
                Some((self.address(p, t, None), elem, n))
            }
            Shape::Pointer(a) => match self.under(a) {
                Shape::Array(elem, n) => Some((self.expr(&s.x, None), elem, n)),
                _ => None,
            },
            _ => None,
        };
        let x = match array {
            Some((p, ..)) => p,
            None => self.expr(&s.x, None),
        };
        let mut regs = [NONE; 3];
        for (r, b) in regs.iter_mut().zip(&s.bounds) {
            if let Some(b) = b {
                *r = self.expr(b, None);
            }
        }
        self.b.pos = e.span.lo;
        let [lo, hi, max] = regs;
        match (array, shape) {
            (Some((p, elem, n)), _) => {
                let size = self.form(elem).size;
                self.b.abcx(Op::SliceArr, d, p, 0, quarters([lo, hi, max, 0]));
                self.b.extra(halves(size, n as u32));
            }
            (None, Shape::Slice(elem)) => {
                let size = self.form(elem).size;
                self.b.abcx(Op::SliceSl, d, x, 0, quarters([lo, hi, max, 0]));
                self.b.extra(size.into());
            }
            _ => self.b.abcx(Op::SliceStr, d, x, 0, quarters([lo, hi, 0, 0])),
        }
        self.b.release(if dst.is_some() { m } else { m2 });
        d
    }

    // --- maps ---

    /// How the map of type `t` is accessed, with key and element type.
    pub fn map_ops(&mut self, t: Ty) -> (MapOps, Ty, Ty) {
        let Shape::Map(k, v) = self.under(t) else {
            return (MapOps::Other, t, t);
        };
        (self.key_ops(k), k, v)
    }

    fn key_ops(&mut self, k: Ty) -> MapOps {
        use mgo_lang::types::ty::Basic;
        match self.under(k) {
            Shape::Basic(b) if b.is_string() => MapOps::Str,
            Shape::Basic(b) if b.is_integer() || b.is_boolean() || b == Basic::UnsafePointer => MapOps::Int,
            Shape::Pointer(_) | Shape::Chan(..) => MapOps::Int,
            _ => MapOps::Other,
        }
    }

    pub fn map_get(&mut self, d: Reg, m: Reg, key: Reg, t: Ty) {
        let op = match self.map_ops(t).0 {
            MapOps::Int => Op::MapGetI,
            MapOps::Str => Op::MapGetS,
            MapOps::Other => Op::MapGetG,
        };
        self.b.abcx(op, d, m, key, t.0.into());
    }

    /// `d, ok := m[key]`; `d` may be NONE.
    pub fn map_get_ok(&mut self, d: Reg, ok: Reg, m: Reg, key: Reg, t: Ty) {
        let op = match self.map_ops(t).0 {
            MapOps::Int => Op::MapGetOkI,
            MapOps::Str => Op::MapGetOkS,
            MapOps::Other => Op::MapGetOkG,
        };
        self.b.abcx(op, d, m, key, halves(t.0, ok.into()));
    }

    pub fn map_set(&mut self, m: Reg, key: Reg, v: Reg, t: Ty) {
        let op = match self.map_ops(t).0 {
            MapOps::Int => Op::MapSetI,
            MapOps::Str => Op::MapSetS,
            MapOps::Other => Op::MapSetG,
        };
        self.b.abcx(op, m, key, v, t.0.into());
    }
}
