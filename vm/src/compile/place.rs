//! Places: what can be read, stored to, and have its address taken; and moving values between registers
//! and memory part by part.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::SelectionKind;
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::ObjId;

use crate::bytecode::op::{Op, halves, quarters};
use crate::bytecode::program::{Part, PartKind};
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::{Shape, Ty};

/// Where a value of some type is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// `_`
    Blank,
    /// In registers, in register form; never of a large type.
    Reg(Reg),
    /// At an offset from the address in a register; `safe` if that is known not to be nil.
    Mem { base: Reg, off: u32, safe: bool },
    /// In the globals.
    Global(u32),
    /// A scalar or pair element of the slice in two registers.
    Slice { s: Reg, i: Reg },
    /// A scalar or pair element of the array at an address.
    Array { p: Reg, i: Reg, len: u32 },
    /// An element of a map.
    Map { m: Reg, key: Reg, ty: Ty },
    /// An element of an array in registers.
    Frame {
        base: Reg,
        i: Reg,
        len: u16,
        stride: u16,
    },
}

/// More parts than this are moved by one general instruction.
const MAX_PARTS: usize = 10;

impl Fx<'_> {
    // --- memory ---

    fn load_op(kind: PartKind) -> Op {
        match kind {
            PartKind::I8 => Op::LoadI8,
            PartKind::U8 => Op::LoadU8,
            PartKind::I16 => Op::LoadI16,
            PartKind::U16 => Op::LoadU16,
            PartKind::I32 => Op::LoadI32,
            PartKind::U32 => Op::LoadU32,
            PartKind::W64 | PartKind::Ptr => Op::Load64,
            PartKind::Pair => Op::Load128,
        }
    }

    fn store_op(kind: PartKind) -> Op {
        match kind {
            PartKind::I8 | PartKind::U8 => Op::Store8,
            PartKind::I16 | PartKind::U16 => Op::Store16,
            PartKind::I32 | PartKind::U32 => Op::Store32,
            PartKind::W64 => Op::Store64,
            PartKind::Ptr => Op::StoreP,
            PartKind::Pair => Op::Store128,
        }
    }

    /// The address `base + off` in a register, to be used with the offset that comes back.
    fn near(&mut self, base: Reg, off: u32, size: u32) -> (Reg, u16) {
        if off.checked_add(size).is_some_and(|e| e <= 0xffff) {
            return (base, off as u16);
        }
        let r = self.b.alloc_ptr();
        self.b.abcx(Op::AddrOffX, r, base, 0, off.into());
        (r, 0)
    }

    /// Loads a value that is not large from memory.
    pub fn load_mem(&mut self, base: Reg, off: u32, t: Ty, dst: Reg) {
        let f = self.form(t);
        if f.parts.is_empty() {
            if f.large {
                return self.load_large(base, off, t, dst);
            }
            self.b.ab(Op::ChkNil, base, 0);
            return;
        }
        let m = self.b.mark();
        if f.parts.len() > MAX_PARTS {
            let p = self.offset(base, off);
            self.b.abcx(Op::LoadVal, dst, p, 0, t.0.into());
        } else {
            let (base, off) = self.near(base, off, f.size);
            // The base may be among the registers written: its part comes last then.
            let mut order: Vec<(Reg, Part)> = Vec::with_capacity(f.parts.len());
            let mut s = dst;
            for p in f.parts.iter() {
                order.push((s, *p));
                s += p.kind.slots();
            }
            if let Some(i) = order
                .iter()
                .position(|(r, p)| (*r..*r + p.kind.slots()).contains(&base))
            {
                let last = order.len() - 1;
                order.swap(i, last);
            }
            for (r, p) in order {
                self.b.abc(Self::load_op(p.kind), r, base, off + p.offset as u16);
            }
        }
        self.b.release(m);
    }

    fn load_large(&mut self, base: Reg, off: u32, t: Ty, dst: Reg) {
        let m = self.b.mark();
        let p = self.offset(base, off);
        self.copy_new(dst, p, t);
        self.b.release(m);
    }

    /// `dst` := address of a fresh copy of the value at address `src`.
    pub fn copy_new(&mut self, dst: Reg, src: Reg, t: Ty) {
        self.b.abcx(Op::NewCopy, dst, src, 0, t.0.into());
    }

    /// Stores a value to memory.
    pub fn store_mem(&mut self, base: Reg, off: u32, t: Ty, v: Reg) {
        let f = self.form(t);
        let m = self.b.mark();
        if f.large {
            let p = self.offset(base, off);
            self.b.abcx(Op::CopyMem, p, v, 0, t.0.into());
        } else if f.parts.is_empty() {
            self.b.ab(Op::ChkNil, base, 0);
        } else if f.parts.len() > MAX_PARTS {
            let p = self.offset(base, off);
            self.b.abcx(Op::StoreVal, p, v, 0, t.0.into());
        } else {
            let (base, off) = self.near(base, off, f.size);
            let mut s = v;
            for p in f.parts.iter() {
                self.b.abc(Self::store_op(p.kind), base, s, off + p.offset as u16);
                s += p.kind.slots();
            }
        }
        self.b.release(m);
    }

    /// A register with the address `base + off`; `base` itself if there is no offset.
    pub fn offset(&mut self, base: Reg, off: u32) -> Reg {
        if off == 0 {
            return base;
        }
        let r = self.b.alloc_ptr();
        self.offset_to(r, base, off);
        r
    }

    fn offset_to(&mut self, dst: Reg, base: Reg, off: u32) {
        match u16::try_from(off) {
            Ok(o) => self.b.abc(Op::AddrOff, dst, base, o),
            Err(_) => self.b.abcx(Op::AddrOffX, dst, base, 0, off.into()),
        }
    }

    // --- loading and storing places ---

    /// Loads the value at a place; registers of variables are given back as they are if `dst` is none.
    pub fn load(&mut self, p: Place, t: Ty, dst: Option<Reg>) -> Reg {
        match p {
            Place::Reg(r) => return self.place_in(dst, r, t),
            Place::Blank => return self.dst(dst, t),
            _ => {}
        }
        let d = self.dst(dst, t);
        let f = self.form(t);
        match p {
            Place::Mem { base, off, .. } => self.load_mem(base, off, t, d),
            Place::Global(off) => self.load_global(off, t, d),
            Place::Slice { s, i } => {
                let op = match f.parts[0].kind {
                    PartKind::I8 => Op::SlLoadI8,
                    PartKind::U8 => Op::SlLoadU8,
                    PartKind::I16 => Op::SlLoadI16,
                    PartKind::U16 => Op::SlLoadU16,
                    PartKind::I32 => Op::SlLoadI32,
                    PartKind::U32 => Op::SlLoadU32,
                    PartKind::W64 | PartKind::Ptr => Op::SlLoad64,
                    PartKind::Pair => Op::SlLoad128,
                };
                self.b.abc(op, d, s, i);
            }
            Place::Array { p, i, len } => {
                let op = match f.parts[0].kind {
                    PartKind::I8 => Op::ArLoadI8,
                    PartKind::U8 => Op::ArLoadU8,
                    PartKind::I16 => Op::ArLoadI16,
                    PartKind::U16 => Op::ArLoadU16,
                    PartKind::I32 => Op::ArLoadI32,
                    PartKind::U32 => Op::ArLoadU32,
                    PartKind::W64 | PartKind::Ptr => Op::ArLoad64,
                    PartKind::Pair => Op::ArLoad128,
                };
                self.b.abcx(op, d, p, i, len.into());
            }
            Place::Map { m, key, ty } => self.map_get(d, m, key, ty),
            Place::Frame { base, i, len, stride } => {
                self.b.abcx(Op::FrIdx, d, base, i, quarters([len, stride, 0, 0]));
            }
            Place::Reg(_) | Place::Blank => {}
        }
        d
    }

    fn load_global(&mut self, off: u32, t: Ty, d: Reg) {
        let f = self.form(t);
        if f.large || f.parts.len() > MAX_PARTS {
            let m = self.b.mark();
            let p = self.b.alloc_ptr();
            self.b.a_bc(Op::GAddr, p, off);
            self.load_mem(p, 0, t, d);
            self.b.release(m);
            return;
        }
        let mut s = d;
        for p in f.parts.iter() {
            let op = match p.kind {
                PartKind::I8 => Op::GLoadI8,
                PartKind::U8 => Op::GLoadU8,
                PartKind::I16 => Op::GLoadI16,
                PartKind::U16 => Op::GLoadU16,
                PartKind::I32 => Op::GLoadI32,
                PartKind::U32 => Op::GLoadU32,
                PartKind::W64 | PartKind::Ptr => Op::GLoad64,
                PartKind::Pair => Op::GLoad128,
            };
            self.b.a_bc(op, s, off + p.offset);
            s += p.kind.slots();
        }
    }

    /// Stores `v` to a place.
    pub fn store(&mut self, p: Place, t: Ty, v: Reg) {
        match p {
            Place::Blank => {}
            Place::Reg(r) => self.move_to(r, v, t),
            Place::Mem { base, off, .. } => self.store_mem(base, off, t, v),
            Place::Global(off) => self.store_global(off, t, v),
            Place::Slice { s, i } => {
                let op = match self.form(t).parts[0].kind {
                    PartKind::I8 | PartKind::U8 => Op::SlStore8,
                    PartKind::I16 | PartKind::U16 => Op::SlStore16,
                    PartKind::I32 | PartKind::U32 => Op::SlStore32,
                    PartKind::W64 => Op::SlStore64,
                    PartKind::Ptr => Op::SlStoreP,
                    PartKind::Pair => Op::SlStore128,
                };
                self.b.abc(op, s, i, v);
            }
            Place::Array { p, i, len } => {
                let op = match self.form(t).parts[0].kind {
                    PartKind::I8 | PartKind::U8 => Op::ArStore8,
                    PartKind::I16 | PartKind::U16 => Op::ArStore16,
                    PartKind::I32 | PartKind::U32 => Op::ArStore32,
                    PartKind::W64 => Op::ArStore64,
                    PartKind::Ptr => Op::ArStoreP,
                    PartKind::Pair => Op::ArStore128,
                };
                self.b.abcx(op, p, i, v, len.into());
            }
            Place::Map { m, key, ty } => self.map_set(m, key, v, ty),
            Place::Frame { base, i, len, stride } => {
                self.b.abcx(Op::FrSet, base, i, v, quarters([len, stride, 0, 0]));
            }
        }
    }

    fn store_global(&mut self, off: u32, t: Ty, v: Reg) {
        let f = self.form(t);
        if f.large || f.parts.len() > MAX_PARTS {
            let m = self.b.mark();
            let p = self.b.alloc_ptr();
            self.b.a_bc(Op::GAddr, p, off);
            self.store_mem(p, 0, t, v);
            self.b.release(m);
            return;
        }
        let mut s = v;
        for p in f.parts.iter() {
            let op = match p.kind {
                PartKind::I8 | PartKind::U8 => Op::GStore8,
                PartKind::I16 | PartKind::U16 => Op::GStore16,
                PartKind::I32 | PartKind::U32 => Op::GStore32,
                PartKind::W64 => Op::GStore64,
                PartKind::Ptr => Op::GStoreP,
                PartKind::Pair => Op::GStore128,
            };
            self.b.a_bc(op, s, off + p.offset);
            s += p.kind.slots();
        }
    }

    /// Emits the check that a place reached through a pointer is there.
    pub fn check_place(&mut self, p: Place) {
        if let Place::Mem {
            base, safe: false, ..
        } = p
        {
            self.b.ab(Op::ChkNil, base, 0);
        }
    }

    /// The address of a place.
    pub fn address(&mut self, p: Place, t: Ty, dst: Option<Reg>) -> Reg {
        let pt = self.c.pointer_to(t);
        if self.form(t).size == 0 {
            // All values without bytes share one address.
            self.check_place(p);
            let d = self.dst(dst, pt);
            self.b.a_bc(Op::New, d, t.0);
            return d;
        }
        match p {
            Place::Mem {
                base,
                off: 0,
                safe: true,
            } => self.place_in(dst, base, pt),
            Place::Mem { base, off, .. } => {
                let d = self.dst(dst, pt);
                self.offset_to(d, base, off);
                d
            }
            Place::Global(off) => {
                let d = self.dst(dst, pt);
                self.b.a_bc(Op::GAddr, d, off);
                d
            }
            Place::Slice { s, i } => {
                let d = self.dst(dst, pt);
                let size = self.form(t).size;
                self.b.abcx(Op::SlAddr, d, s, i, size.into());
                d
            }
            Place::Array { p, i, len } => {
                let d = self.dst(dst, pt);
                let size = self.form(t).size;
                self.b.abcx(Op::ArAddr, d, p, i, halves(len, size));
                d
            }
            // What has no address of its own gets a copy: nobody can tell.
            Place::Blank | Place::Reg(_) | Place::Map { .. } | Place::Frame { .. } => {
                let m = self.b.mark();
                let d = self.dst(dst, pt);
                let v = self.load(p, t, None);
                let large = self.form(t).large;
                if large {
                    self.copy_new(d, v, t);
                } else {
                    self.b.a_bc(Op::New, d, t.0);
                    self.store_mem(d, 0, t, v);
                }
                if dst.is_some() {
                    self.b.release(m);
                } else {
                    self.b.keep(d, 1);
                }
                d
            }
        }
    }

    // --- parts of places ---

    /// Field number `i` of the struct of type `t` at `p`.
    pub fn field(&mut self, p: Place, t: Ty, i: usize) -> (Place, Ty) {
        let u = self.c.types.under(&self.c.program, self.st, t);
        let Shape::Struct(fields) = self.c.types.shape(u) else {
            return (Place::Blank, t);
        };
        let ft = fields[i].ty;
        let f = self.form(u);
        let place = match p {
            Place::Reg(r) => Place::Reg(r + f.field_slots[i] as Reg),
            Place::Mem { base, off, safe } => Place::Mem {
                base,
                off: off + f.offsets[i],
                safe,
            },
            Place::Global(off) => Place::Global(off + f.offsets[i]),
            Place::Slice { .. } | Place::Array { .. } if self.form(ft).slots > 0 => {
                // A struct of one part: the field lies where the struct does.
                p
            }
            Place::Blank => Place::Blank,
            _ => {
                let r = self.load(p, t, None);
                if f.large {
                    Place::Mem {
                        base: r,
                        off: f.offsets[i],
                        safe: true,
                    }
                } else {
                    Place::Reg(r + f.field_slots[i] as Reg)
                }
            }
        };
        (place, ft)
    }

    /// What the pointer of type `t` at `p` points to.
    pub fn deref(&mut self, p: Place, t: Ty) -> (Place, Ty) {
        let elem = self.pointee(t).unwrap_or(t);
        let base = self.load(p, t, None);
        (
            Place::Mem {
                base,
                off: 0,
                safe: false,
            },
            elem,
        )
    }

    /// Follows fields `path` from the value of type `t` at `p`, through pointers where they are.
    pub fn walk_path(&mut self, p: Place, t: Ty, path: &[u32]) -> (Place, Ty) {
        let (mut p, mut t) = (p, t);
        for &i in path {
            if self.pointee(t).is_some() {
                (p, t) = self.deref(p, t);
            }
            (p, t) = self.field(p, t, i as usize);
        }
        (p, t)
    }

    // --- places of expressions ---

    /// The place of variable `obj`.
    pub fn var_place(&mut self, obj: ObjId) -> Place {
        if let Some(&v) = self.vars.get(&obj) {
            return match v {
                Var::Reg(r) => Place::Reg(r),
                Var::Box(base) => Place::Mem {
                    base,
                    off: 0,
                    safe: true,
                },
            };
        }
        Place::Global(self.c.global(self.st, obj))
    }

    /// Where the value of `e` is; what is computed is put into registers (or memory, if large).
    pub fn place(&mut self, e: &Expr) -> (Place, Ty) {
        let t = self.ty_of(e);
        if self.const_of(e).is_some() {
            return (Place::Reg(self.expr(e, None)), t);
        }
        match &e.kind {
            ExprKind::Paren(x) => self.place(x),
            ExprKind::Ident(id) => {
                if id.is_blank() {
                    return (Place::Blank, t);
                }
                match self.object(id) {
                    Some(obj) if matches!(self.st[obj].kind, ObjKind::Var(_)) => {
                        // The type of the variable itself: `e` may be on the left side of `:=`.
                        let t = self.ty_of_obj(obj);
                        (self.var_place(obj), t)
                    }
                    _ => self.value_place(e, t),
                }
            }
            ExprKind::Selector(x, sel) => match self.selection(e.id) {
                Some(s) if s.kind == SelectionKind::Field => {
                    self.b.pos = sel.span.lo;
                    let (p, t) = self.place(x);
                    self.walk_path(p, t, &s.path)
                }
                Some(_) => self.value_place(e, t),
                None => match self.object(sel) {
                    Some(obj) if matches!(self.st[obj].kind, ObjKind::Var(_)) => (self.var_place(obj), t),
                    _ => self.value_place(e, t),
                },
            },
            ExprKind::Star(x) => {
                let xt = self.ty_of(x);
                let base = self.expr(x, None);
                let elem = self.pointee(xt).unwrap_or(t);
                (
                    Place::Mem {
                        base,
                        off: 0,
                        safe: false,
                    },
                    elem,
                )
            }
            ExprKind::Index(..) if !std::ptr::eq(self.instantiated(e), e) => self.value_place(e, t),
            ExprKind::Index(x, i) => self.index_place(e, x, &i[0]),
            _ => self.value_place(e, t),
        }
    }

    fn value_place(&mut self, e: &Expr, t: Ty) -> (Place, Ty) {
        let r = self.expr(e, None);
        (self.value_at(r, t), t)
    }

    /// The place of a value computed into `r`.
    pub fn value_at(&mut self, r: Reg, t: Ty) -> Place {
        if self.form(t).large {
            Place::Mem {
                base: r,
                off: 0,
                safe: true,
            }
        } else {
            Place::Reg(r)
        }
    }

    /// Whether evaluating `e` as a place reaches something that has an address.
    pub fn is_in_memory(p: Place) -> bool {
        matches!(
            p,
            Place::Mem { .. } | Place::Global(_) | Place::Slice { .. } | Place::Array { .. }
        )
    }
}
