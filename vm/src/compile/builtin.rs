//! Calls of built-in functions.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::sizes::Sizes;
use mgo_lang::types::ty::Basic;
use mgo_lang::types::universe::Builtin;

use crate::bytecode::op::{NONE, Op, PrintKind, halves};
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::{Shape, Ty};
use crate::compile::place::Place;

impl Fx<'_> {
    /// The value of a call of `b`; `t` is its type.
    pub fn builtin(&mut self, e: &Expr, b: Builtin, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Reg {
        if self.is_spread(c) {
            return self.builtin_spread(e, b, c, t, dst);
        }
        match b {
            Builtin::Len | Builtin::Cap => self.len_cap(b, &c.args[0], t, dst),
            Builtin::Append => self.append(e, c, t, dst),
            Builtin::Copy => {
                let d = self.dst(dst, t);
                let m = self.b.mark();
                self.copy(c, d);
                self.b.release(m);
                d
            }
            Builtin::Make => self.make(e, c, t, dst),
            Builtin::New => self.new_value(e, &c.args[0], t, dst),
            Builtin::Complex => {
                let m = self.b.mark();
                let tmp = self.temp(t);
                let part = match self.basic(t) {
                    Some(Basic::Complex64) => Basic::Float32,
                    _ => Basic::Float64,
                };
                let part = self.c.basic(part);
                self.expr_as(&c.args[0], part, Some(tmp));
                self.expr_as(&c.args[1], part, Some(tmp + 1));
                match dst {
                    None => tmp,
                    Some(d) => {
                        self.move_to(d, tmp, t);
                        self.b.release(m);
                        d
                    }
                }
            }
            Builtin::Real | Builtin::Imag => {
                let m = self.b.mark();
                let r = self.expr(&c.args[0], None) + Reg::from(b == Builtin::Imag);
                match dst {
                    None => {
                        if u32::from(r) < m {
                            self.b.release(m);
                        }
                        r
                    }
                    Some(d) => {
                        self.b.mov(d, r);
                        self.b.release(m);
                        d
                    }
                }
            }
            Builtin::Min | Builtin::Max => self.min_max(e, b, c, t, dst),
            Builtin::Recover => {
                let d = self.dst(dst, t);
                self.b.a_bc(Op::Recover, d, 0);
                d
            }
            Builtin::Sizeof | Builtin::Alignof | Builtin::Offsetof => {
                let n = self.size_of(b, &c.args[0]);
                let d = self.dst(dst, t);
                self.b.load_int(d, n);
                d
            }
            Builtin::Add | Builtin::Slice | Builtin::SliceData | Builtin::String | Builtin::StringData => {
                let what = format!("unsafe.{} is not supported: mgo has no raw memory", b.name());
                self.c.unsupported(e.span, what);
                self.dst(dst, t)
            }
            _ => {
                self.builtin_stmt(e, b, c);
                self.dst(dst, t)
            }
        }
    }

    /// `unsafe.Sizeof` and its like, where they depend on type arguments: what Go's compiler yields.
    fn size_of(&self, b: Builtin, x: &Expr) -> i64 {
        let mut sizes = Sizes::new(self.st);
        let arg = Self::unparen(x);
        if b == Builtin::Offsetof {
            return self
                .selection(arg.id)
                .map_or(0, |s| sizes.offsetof(s.recv, &s.path));
        }
        let ty = self
            .tv(arg)
            .map_or(Basic::Invalid.id(), |tv| self.env.subst(self.st, tv.ty));
        if b == Builtin::Sizeof {
            sizes.sizeof(ty)
        } else {
            sizes.alignof(ty)
        }
    }

    /// A call of `b` as a statement.
    pub fn builtin_stmt(&mut self, e: &Expr, b: Builtin, c: &CallExpr) {
        let m = self.b.mark();
        if self.is_spread(c) {
            let t = self.c.basic(Basic::Int);
            self.builtin_spread(e, b, c, t, None);
            return self.b.release(m);
        }
        match b {
            Builtin::Copy => self.copy(c, NONE),
            Builtin::Recover => self.builtin_op(b, &[]),
            Builtin::Panic
            | Builtin::Print
            | Builtin::Println
            | Builtin::Close
            | Builtin::Delete
            | Builtin::Clear => {
                let args = self.builtin_args(b, c);
                self.b.pos = e.span.lo;
                self.builtin_op(b, &args);
            }
            _ => {
                let t = self.ty_of(e);
                self.builtin(e, b, c, t, None);
            }
        }
        self.b.release(m);
    }

    /// Evaluates the arguments of a built-in that is a statement.
    pub fn builtin_args(&mut self, b: Builtin, c: &CallExpr) -> Vec<(Reg, Ty)> {
        let any = self.c.intern(Shape::Interface(std::rc::Rc::from([])));
        let mut out = Vec::with_capacity(c.args.len());
        for (i, a) in c.args.iter().enumerate() {
            let mut t = self.ty_of(a);
            if self.is_nil(a) && matches!(b, Builtin::Print | Builtin::Println) {
                t = self.c.basic(Basic::Uintptr);
            }
            match b {
                Builtin::Panic => t = any,
                Builtin::Delete if i == 1 => t = self.map_ops(out_type(&out)).1,
                _ => {}
            }
            let r = if matches!(b, Builtin::Print | Builtin::Println) {
                // Printed from one row of registers.
                let r = self.temp(t);
                let m = self.b.mark();
                self.expr_fresh(a, t, r);
                self.b.release(m);
                r
            } else {
                self.expr_as(a, t, None)
            };
            out.push((r, t));
        }
        out
    }

    /// Carries out a built-in that is a statement on evaluated arguments.
    pub fn builtin_op(&mut self, b: Builtin, args: &[(Reg, Ty)]) {
        match b {
            Builtin::Panic => self.b.a_bc(Op::Panic, args[0].0, 0),
            Builtin::Recover => {
                let any = self.c.intern(Shape::Interface(std::rc::Rc::from([])));
                let d = self.temp(any);
                self.b.a_bc(Op::Recover, d, 0);
            }
            Builtin::Close => self.b.ab(Op::Close, args[0].0, 0),
            Builtin::Delete => {
                let t = args[0].1;
                self.b.abcx(Op::MapDel, args[0].0, args[1].0, 0, t.0.into());
            }
            Builtin::Clear => match self.under(args[0].1) {
                Shape::Slice(elem) => self.b.abcx(Op::ClearSl, args[0].0, 0, 0, elem.0.into()),
                _ => self.b.abcx(Op::MapClear, args[0].0, 0, 0, args[0].1.0.into()),
            },
            Builtin::Print | Builtin::Println => {
                let first = args.first().map_or(0, |a| a.0);
                self.b.abc(
                    Op::Print,
                    first,
                    args.len() as u16,
                    (b == Builtin::Println).into(),
                );
                for chunk in args.chunks(8) {
                    let mut w = 0;
                    for (i, &(_, t)) in chunk.iter().enumerate() {
                        w |= (self.print_kind(t) as u64) << (8 * i);
                    }
                    self.b.extra(w);
                }
            }
            _ => {}
        }
    }

    fn print_kind(&mut self, t: Ty) -> PrintKind {
        match self.under(t) {
            Shape::Basic(b) => match b {
                Basic::Bool => PrintKind::Bool,
                Basic::Float64 => PrintKind::F64,
                Basic::Float32 => PrintKind::F32,
                Basic::Complex128 => PrintKind::C128,
                Basic::Complex64 => PrintKind::C64,
                Basic::UnsafePointer => PrintKind::Ptr,
                b if b.is_string() => PrintKind::Str,
                b if b.is_unsigned() => PrintKind::Uint,
                _ => PrintKind::Int,
            },
            Shape::Interface(_) => PrintKind::Iface,
            Shape::Slice(_) => PrintKind::Slice,
            _ => PrintKind::Ptr,
        }
    }

    // --- len, cap ---

    fn len_cap(&mut self, b: Builtin, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let xt = self.ty_of(x);
        let m = self.b.mark();
        let op = match self.under(xt) {
            Shape::Slice(_) if b == Builtin::Len => Op::LenSl,
            Shape::Slice(_) => Op::CapSl,
            Shape::Map(..) => Op::MapLen,
            Shape::Chan(..) if b == Builtin::Len => Op::ChanLen,
            Shape::Chan(..) => Op::ChanCap,
            Shape::Basic(_) => {
                // A string's second word is its length.
                let (p, _) = self.place(x);
                let r = match p {
                    Place::Reg(r) => r + 1,
                    Place::Mem { base, off, .. } if off < 0xfff0 => {
                        self.b.release(m);
                        let d = self.dst(dst, t);
                        self.b.abc(Op::Load64, d, base, off as u16 + 8);
                        return d;
                    }
                    Place::Global(off) => {
                        let d = self.dst(dst, t);
                        self.b.a_bc(Op::GLoad64, d, off + 8);
                        return d;
                    }
                    p => self.load(p, xt, None) + 1,
                };
                return self.settle(r, m, t, dst);
            }
            Shape::Array(_, n) => {
                // Evaluated for its effects: the checker makes others constants.
                let (p, _) = self.place(x);
                self.check_place(p);
                self.b.release(m);
                let d = self.dst(dst, t);
                self.b.load_int(d, n as i64);
                return d;
            }
            Shape::Pointer(a) => {
                self.expr(x, None);
                self.b.release(m);
                let d = self.dst(dst, t);
                let n = match self.under(a) {
                    Shape::Array(_, n) => n,
                    _ => 0,
                };
                self.b.load_int(d, n as i64);
                return d;
            }
            _ => Op::LenSl,
        };
        let slice = matches!(op, Op::LenSl | Op::CapSl);
        if slice {
            // Only the second word is needed.
            let (p, _) = self.place(x);
            let r = match p {
                Place::Reg(r) => r + 1,
                Place::Mem { base, off, .. } if off < 0xfff0 => {
                    let r = self.b.alloc(1);
                    self.b.abc(Op::Load64, r, base, off as u16 + 8);
                    r
                }
                Place::Global(off) => {
                    let r = self.b.alloc(1);
                    self.b.a_bc(Op::GLoad64, r, off + 8);
                    r
                }
                p => self.load(p, xt, None) + 1,
            };
            self.b.release(m);
            let d = self.dst(dst, t);
            self.b.ab(op, d, r);
            return d;
        }
        let r = self.expr(x, None);
        self.b.release(m);
        let d = self.dst(dst, t);
        self.b.ab(op, d, r);
        d
    }

    /// Gives back `r`, or moves it to `dst`, freeing temporaries from `m` on if nothing of them is left.
    fn settle(&mut self, r: Reg, m: u32, t: Ty, dst: Option<Reg>) -> Reg {
        match dst {
            Some(d) => {
                self.move_to(d, r, t);
                self.b.release(m);
                d
            }
            None => {
                if u32::from(r) < m {
                    self.b.release(m);
                }
                r
            }
        }
    }

    // --- slices ---

    fn append(&mut self, e: &Expr, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Reg {
        let Shape::Slice(elem) = self.under(t) else {
            return self.dst(dst, t);
        };
        let m = self.b.mark();
        let s = self.expr_as(&c.args[0], t, None);
        let rest = &c.args[1..];
        if c.ellipsis.is_some() {
            let yt = self.ty_of(&rest[0]);
            let y = self.expr_as(&rest[0], yt, None);
            self.b.pos = e.span.lo;
            self.b.release(m);
            let d = self.dst(dst, t);
            if self.is_string(yt) {
                self.b.abc(Op::AppendStr, d, s, y);
            } else {
                self.b.abcx(Op::AppendSl, d, s, y, elem.0.into());
            }
            return d;
        }
        if rest.is_empty() {
            return self.settle(s, m, t, dst);
        }
        let f = self.form(elem);
        if let ([x], true) = (
            rest,
            !f.large && f.parts.len() == 1 && f.parts[0].kind.size() == f.size,
        ) {
            use crate::bytecode::program::PartKind::*;
            let op = match f.parts[0].kind {
                I8 | U8 => Some(Op::Append8),
                I32 | U32 => Some(Op::Append32),
                W64 => Some(Op::Append64),
                Ptr => Some(Op::AppendP),
                Pair => Some(Op::Append128),
                I16 | U16 => None,
            };
            if let Some(op) = op {
                let v = self.expr_as(x, elem, None);
                self.b.pos = e.span.lo;
                self.b.release(m);
                let d = self.dst(dst, t);
                self.b.abcx(op, d, s, v, elem.0.into());
                return d;
            }
        }
        // All values first, then room for them, then stores.
        let values: Vec<Reg> = rest.iter().map(|x| self.expr_as(x, elem, None)).collect();
        self.b.pos = e.span.lo;
        let grown = self.temp(t);
        self.append_values(grown, s, &values, elem);
        match dst {
            Some(d) => {
                self.move_to(d, grown, t);
                self.b.release(m);
                d
            }
            None => {
                self.b.keep(grown, 2);
                grown
            }
        }
    }

    /// `d` := the slice in `s` with `values` appended; `d` is no variable.
    fn append_values(&mut self, d: Reg, s: Reg, values: &[Reg], elem: Ty) {
        let m = self.b.mark();
        let grown = self.b.alloc(2);
        self.b.mark_pointer(grown);
        let p = self.b.alloc_ptr();
        self.b
            .abcx(Op::AppendN, grown, s, p, halves(elem.0, values.len() as u32));
        let size = self.form(elem).size;
        if size > 0 {
            for (i, &v) in values.iter().enumerate() {
                self.store_mem(p, i as u32 * size, elem, v);
            }
        }
        self.b.mov_n(d, grown, 2);
        self.b.release(m);
    }

    fn copy(&mut self, c: &CallExpr, d: Reg) {
        let xt = self.ty_of(&c.args[0]);
        let yt = self.ty_of(&c.args[1]);
        let x = self.expr(&c.args[0], None);
        let y = self.expr(&c.args[1], None);
        self.copy_op(d, (x, xt), (y, yt));
    }

    /// `d` := copy(x, y); `d` may be NONE.
    pub fn copy_op(&mut self, d: Reg, (x, xt): (Reg, Ty), (y, yt): (Reg, Ty)) {
        if self.is_string(yt) {
            self.b.abc(Op::CopyStr, d, x, y);
        } else if let Shape::Slice(elem) = self.under(xt) {
            self.b.abcx(Op::CopySl, d, x, y, elem.0.into());
        }
    }

    /// Whether the only argument is a call with several results.
    fn is_spread(&self, c: &CallExpr) -> bool {
        let [x] = &c.args[..] else { return false };
        let t = self.tv(x).map(|tv| &self.st[tv.ty]);
        matches!(t, Some(mgo_lang::types::ty::Type::Tuple(v)) if v.len() > 1)
    }

    /// A built-in whose arguments are the results of a call.
    fn builtin_spread(&mut self, e: &Expr, b: Builtin, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Reg {
        let d = self.dst(dst, t);
        let m = self.b.mark();
        let mut args = self.tuple_values(&c.args[0], true);
        self.b.pos = e.span.lo;
        match b {
            Builtin::Append => {
                let Shape::Slice(elem) = self.under(t) else {
                    return d;
                };
                let s = self.assign_conv(args[0].0, args[0].1, t, None);
                let values: Vec<Reg> = args[1..]
                    .iter()
                    .map(|&(v, from)| self.assign_conv(v, from, elem, None))
                    .collect();
                self.append_values(d, s, &values, elem);
            }
            Builtin::Copy => self.copy_op(d, args[0], args[1]),
            Builtin::Complex => {
                self.b.mov(d, args[0].0);
                self.b.mov(d + 1, args[1].0);
            }
            Builtin::Print | Builtin::Println => {
                // From one row of registers: results lie side by side.
                self.builtin_op(b, &args);
            }
            Builtin::Delete => {
                let k = self.map_ops(args[0].1).1;
                args[1] = (self.assign_conv(args[1].0, args[1].1, k, None), k);
                self.builtin_op(b, &args);
            }
            _ => self.unsupported(e.span, "this built-in on the results of a call"),
        }
        self.b.release(m);
        d
    }

    fn make(&mut self, e: &Expr, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Reg {
        let m = self.b.mark();
        let arg = |fx: &mut Self, i: usize| match c.args.get(i) {
            Some(a) => fx.int_arg(a),
            None => NONE,
        };
        let x = arg(self, 1);
        let y = arg(self, 2);
        self.b.pos = e.span.lo;
        self.b.release(m);
        let d = self.dst(dst, t);
        match self.under(t) {
            Shape::Slice(elem) => self.b.abcx(Op::MakeSlice, d, x, y, elem.0.into()),
            Shape::Map(..) => self.b.abcx(Op::MakeMap, d, x, 0, t.0.into()),
            _ => self.b.abcx(Op::MakeChan, d, x, 0, t.0.into()),
        }
        d
    }

    /// A size: an integer of any type, or a constant such as 1e3.
    fn int_arg(&mut self, a: &Expr) -> Reg {
        let t = self.ty_of(a);
        if let (Some(c), Some(b)) = (self.const_of(a), self.basic(t))
            && !b.is_integer()
        {
            let int = self.c.basic(Basic::Int);
            return self.constant(&c.to_int(), int, None);
        }
        self.expr(a, None)
    }

    /// `new(T)` or `new(x)`.
    fn new_value(&mut self, e: &Expr, x: &Expr, t: Ty, dst: Option<Reg>) -> Reg {
        let elem = self.pointee(t).unwrap_or(t);
        self.b.pos = e.span.lo;
        if self.is_type(x) {
            let d = self.dst(dst, t);
            self.b.a_bc(Op::New, d, elem.0);
            return d;
        }
        let m = self.b.mark();
        let v = self.expr_as(x, elem, None);
        let r = self.b.alloc_ptr();
        self.b.a_bc(Op::New, r, elem.0);
        if self.form(elem).size > 0 {
            self.store_mem(r, 0, elem, v);
        }
        self.b.release(m);
        let d = self.dst(dst, t);
        self.b.mov(d, r);
        d
    }

    fn min_max(&mut self, e: &Expr, b: Builtin, c: &CallExpr, t: Ty, dst: Option<Reg>) -> Reg {
        let kind = self.basic(t).unwrap_or(Basic::Int);
        let min = b == Builtin::Min;
        let op = match kind {
            Basic::Float64 if min => Op::MinF64,
            Basic::Float64 => Op::MaxF64,
            Basic::Float32 if min => Op::MinF32,
            Basic::Float32 => Op::MaxF32,
            k if k.is_string() && min => Op::MinStr,
            k if k.is_string() => Op::MaxStr,
            k if k.is_unsigned() && min => Op::MinU64,
            k if k.is_unsigned() => Op::MaxU64,
            _ if min => Op::MinI64,
            _ => Op::MaxI64,
        };
        let m = self.b.mark();
        let mut acc = self.expr_as(&c.args[0], t, None);
        for (i, x) in c.args.iter().enumerate().skip(1) {
            let last = i + 1 == c.args.len();
            let r = self.expr_as(x, t, None);
            self.b.pos = e.span.lo;
            let d = if last {
                self.b.release(m);
                self.dst(dst, t)
            } else {
                self.temp(t)
            };
            self.b.abc(op, d, acc, r);
            acc = d;
        }
        if c.args.len() == 1 {
            return self.settle(acc, m, t, dst);
        }
        acc
    }

    /// The registers of `e` if it is a variable that lives in registers.
    pub fn register_of(&mut self, e: &Expr) -> Option<Reg> {
        let obj = self.var_of(e)?;
        match self.vars.get(&obj) {
            Some(Var::Reg(r)) => Some(*r),
            _ => None,
        }
    }
}

fn out_type(out: &[(Reg, Ty)]) -> Ty {
    out.first().map_or(Ty(0), |o| o.1)
}
