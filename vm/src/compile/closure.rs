//! Function literals, method values and method expressions.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::{Selection, SelectionKind};
use mgo_lang::types::store::ObjId;

use crate::bytecode::op::Op;
use crate::bytecode::program::FuncId;
use crate::compile::FuncKey;
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::{FuncTy, Shape, Ty};
use crate::compile::wrapper::{GenericMethod, Receive, Wrapper};
use std::rc::Rc;

impl Fx<'_> {
    /// The closure of a function literal.
    pub fn func_lit(&mut self, e: &Expr, body: &Block, dst: Option<Reg>) -> Reg {
        let Some(tv) = self.tv(e) else {
            return self.b.alloc_ptr();
        };
        let name = self.lit_name();
        let (id, _) = self.c.anonymous();
        let (esc, packages, env) = (self.esc.clone(), self.packages, self.env.clone());
        let mut fx = Fx::new(self.c, self.st, self.info, name, e.span, esc, Some(e.id));
        fx.packages = packages;
        fx.env = env;
        let (results, params) = fx.begin(tv.ty, false);
        fx.function_body(body);
        fx.finish(id, results, params, 0, e.span);
        let t = self.ty(tv.ty);
        self.closure(id, e.id, t, dst)
    }

    /// The name of the next literal in this function, as Go names it.
    pub fn lit_name(&mut self) -> std::sync::Arc<str> {
        self.lits += 1;
        let n = self.lits;
        if self.key.is_some() {
            format!("{}.{n}", self.name).into()
        } else {
            format!("{}.func{n}", self.name).into()
        }
    }

    /// The closure of function `id`, which captures what literal `key` does.
    pub fn closure(&mut self, id: FuncId, key: ExprId, t: Ty, dst: Option<Reg>) -> Reg {
        let d = self.dst(dst, t);
        let esc = self.esc.clone();
        let objs: &[ObjId] = esc.captures.get(&key).map_or(&[], |v| v);
        if objs.is_empty() {
            self.b.with_entry(Op::LoadFn, d, 0, 0, id);
            return d;
        }
        let m = self.b.mark();
        let base = m as Reg;
        let mut pointers = Vec::new();
        self.capture_values(key, m, &mut pointers);
        let n = self.b.mark() - m;
        self.emit_closure(d, base, n, pointers, id);
        self.b.release(m);
        d
    }

    /// Copies what literal `key` captures into fresh registers, one after the other; the closure's captures
    /// begin at register `m`. Notes which words of the closure are pointers.
    pub fn capture_values(&mut self, key: ExprId, m: u32, pointers: &mut Vec<u32>) {
        let esc = self.esc.clone();
        let objs: &[ObjId] = esc.captures.get(&key).map_or(&[], |v| v);
        for &obj in objs {
            let at = self.b.mark() - m;
            match self.vars.get(&obj).copied() {
                Some(Var::Box(p)) => {
                    let r = self.b.alloc_ptr();
                    self.b.mov(r, p);
                    pointers.push(at + 1);
                }
                Some(Var::Reg(v)) => {
                    let t = self.ty_of_obj(obj);
                    let f = self.form(t);
                    let r = self.b.alloc_form(&f);
                    self.b.mov_n(r, v, f.slots);
                    self.slot_pointers(&f, at + 1, pointers);
                }
                None => self.unsupported(self.st[obj].span, "capture of an unknown variable"),
            }
        }
    }

    /// Which slots of a value's register form, from slot `at` of an object on, may be pointers.
    pub fn slot_pointers(&self, f: &crate::compile::layout::Form, at: u32, out: &mut Vec<u32>) {
        use crate::bytecode::program::PartKind;
        if f.large {
            return out.push(at);
        }
        let mut s = at;
        for p in f.parts.iter() {
            match p.kind {
                PartKind::Ptr => out.push(s),
                PartKind::Pair => out.extend([s, s + 1]),
                _ => {}
            }
            s += u32::from(p.kind.slots());
        }
    }

    /// Emits the making of a closure over `n` slots from `base` on; `pointers` counts the entry word.
    pub fn emit_closure(&mut self, d: Reg, base: Reg, n: u32, pointers: Vec<u32>, id: FuncId) {
        let layout = self.c.types.layout((n + 1) * 8, &pointers);
        // Every place that makes closures of one function captures the same slots.
        self.c.entry_of(id).closure.get_or_init(|| layout);
        self.b.with_entry(Op::Closure, d, base, n as u16, id);
    }

    /// The method value `x.m`: a closure over the receiver.
    pub fn method_value(
        &mut self,
        e: &Expr,
        x: &Expr,
        s: &Selection,
        generic: Option<GenericMethod>,
        t: Ty,
        dst: Option<Reg>,
    ) -> Reg {
        let d = self.dst(dst, t);
        let m = self.b.mark();
        let n = s.path.len().saturating_sub(1);
        let (p, pt) = self.place(x);
        let (p, rt) = self.walk_path(p, pt, &s.path[..n]);
        self.b.pos = e.span.lo;
        let ptr_recv = self.st[s.obj].as_func().is_some_and(|f| f.ptr_recv);
        let is_ptr = self.pointee(rt).is_some();
        // The receiver is evaluated and copied now.
        let base = self.b.mark() as Reg;
        let bound = if self.is_interface(rt) {
            let r = self.temp(rt);
            self.load(p, rt, Some(r));
            self.b.ab(Op::ChkNil, r, 0);
            rt
        } else if ptr_recv && !is_ptr {
            let r = self.b.alloc_ptr();
            self.address(p, rt, Some(r));
            self.c.pointer_to(rt)
        } else if !ptr_recv && is_ptr {
            let (p, vt) = self.deref(p, rt);
            let base2 = self.temp(vt);
            self.load(p, vt, Some(base2));
            return self.bind_method(base2, vt, s, generic, d, m);
        } else {
            let r = self.temp(rt);
            self.load(p, rt, Some(r));
            rt
        };
        self.bind_method(base, bound, s, generic, d, m)
    }

    fn bind_method(
        &mut self,
        base: Reg,
        bound: Ty,
        s: &Selection,
        generic: Option<GenericMethod>,
        d: Reg,
        m: u32,
    ) -> Reg {
        let f = self.form(bound);
        let name = self.st[s.obj].name.clone();
        let pkg = crate::compile::layout::pkg_of(self.st, s.obj);
        let w = Wrapper {
            recv: bound,
            receive: Receive::Captured,
            name,
            pkg,
            // The receiver is there already.
            generic: generic.map(|g| GenericMethod {
                path: Vec::new(),
                ..g
            }),
        };
        let id = self.c.func(FuncKey::Wrapper(Rc::new(w)));
        let mut pointers = Vec::new();
        self.slot_pointers(&f, 1, &mut pointers);
        self.emit_closure(d, base, f.slots, pointers, id);
        self.b.release(m.max(u32::from(d) + 1).min(self.b.mark()));
        d
    }

    /// What selection `s` by name `sel` finds, if that has type parameters; `t` is the type of the selector
    /// expression.
    pub fn generic_method(&mut self, sel: &Ident, s: &Selection, t: Ty) -> Option<GenericMethod> {
        let args = &self.info.instances.get(&sel.id)?.type_args;
        let args = args.iter().map(|&a| self.env.subst(self.st, a)).collect();
        let sig = match self.under(t) {
            Shape::Func(f) if s.kind == SelectionKind::MethodExpr => {
                self.c.intern(Shape::Func(Rc::new(FuncTy {
                    params: f.params[1..].to_vec(),
                    ..(*f).clone()
                })))
            }
            _ => t,
        };
        Some(GenericMethod {
            obj: s.obj,
            path: s.path[..s.path.len().saturating_sub(1)].to_vec(),
            args,
            sig,
        })
    }

    /// The method expression `T.m` as a value.
    pub fn method_expr(
        &mut self,
        s: &Selection,
        generic: Option<GenericMethod>,
        t: Ty,
        dst: Option<Reg>,
    ) -> Reg {
        let d = self.dst(dst, t);
        let f = self.method_expr_func(s, generic);
        self.b.with_entry(Op::LoadFn, d, 0, 0, f);
        d
    }

    /// The function a method expression denotes: receiver first.
    pub fn method_expr_func(&mut self, s: &Selection, generic: Option<GenericMethod>) -> FuncId {
        let recv = self.ty(s.recv);
        let name = self.st[s.obj].name.clone();
        let pkg = crate::compile::layout::pkg_of(self.st, s.obj);
        self.c.func(FuncKey::Wrapper(Rc::new(Wrapper {
            recv,
            receive: Receive::Plain,
            name,
            pkg,
            generic,
        })))
    }
}
