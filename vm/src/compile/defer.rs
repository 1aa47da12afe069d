//! go and defer statements.
//!
//! Both take a func value and a window laid out as for a call. Functions known by name and methods of
//! interfaces become func values first; built-ins are wrapped into a closure over their arguments.

use std::rc::Rc;

use mgo_lang::source::Span;
use mgo_lang::syntax::ast::*;
use mgo_lang::types::info::{Info, Mode};
use mgo_lang::types::universe::Builtin;

use crate::bytecode::op::Op;
use crate::bytecode::program::{FuncId, HEADER, func_flag};
use crate::compile::call::{Callee, Recv};
use crate::compile::escape::Escape;
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::Ty;

impl Fx<'_> {
    /// `go e` or `defer e`.
    pub fn go_defer(&mut self, e: &Expr, defer: bool) {
        let m = self.b.mark();
        let at = self.b.pos;
        let inner = Self::unparen(e);
        let ExprKind::Call(c) = &inner.kind else {
            return self.unsupported(e.span, "this call");
        };
        let t = self.ty_of(&c.fun);
        let sig = self.signature(t);
        let order = self.order_call(c, &sig);
        match self.tv(&c.fun).map(|tv| tv.mode) {
            Some(Mode::Builtin(b)) => self.go_builtin(inner, b, c, defer),
            Some(Mode::TypeExpr) => {
                if let Some(x) = c.args.first() {
                    self.expr_drop(x);
                }
            }
            _ => {
                let (callee, recv, sig) = self.callee(&c.fun);
                let f = self.func_value(callee);
                let w = self.window(&sig);
                self.receiver(w, Callee::Value(f), recv);
                if let (Callee::Iface(i, _), Recv::Word) = (callee, recv) {
                    let r = w.results + w.n_results as Reg;
                    self.b.mov(r, i + 1);
                }
                self.arguments(c, &sig);
                let n = self.b.mark() - u32::from(w.results);
                self.b.pos = at;
                self.emit_go(w.base, n, f, defer);
            }
        }
        self.unorder(order);
        self.b.release(m);
    }

    /// What is called, as a func value in a register.
    fn func_value(&mut self, callee: Callee) -> Reg {
        match callee {
            Callee::Value(f) => f,
            Callee::Func(id) => {
                let r = self.b.alloc_ptr();
                self.b.with_entry(Op::LoadFn, r, 0, 0, id);
                r
            }
            Callee::Iface(i, sel) => {
                let r = self.b.alloc_ptr();
                self.b.abcx(Op::IfaceFn, r, i, 0, sel.into());
                r
            }
        }
    }

    fn emit_go(&mut self, base: Reg, n: u32, f: Reg, defer: bool) {
        if !defer {
            return self.b.abc(Op::Go, base, n as u16, f);
        }
        match &self.body {
            None => self.b.abc(Op::Defer, base, n as u16, f),
            Some(body) => {
                let cell = body.cell;
                let t = self.b.alloc(1);
                self.b.abc(Op::Load64, t, cell, 16);
                self.b.abcx(Op::DeferAt, base, n as u16, f, t.into());
            }
        }
    }

    fn go_builtin(&mut self, e: &Expr, b: Builtin, c: &CallExpr, defer: bool) {
        // On its own goroutine recover has no effect; nor have those without side effects.
        let statement = matches!(
            b,
            Builtin::Panic
                | Builtin::Print
                | Builtin::Println
                | Builtin::Close
                | Builtin::Delete
                | Builtin::Clear
                | Builtin::Copy
        ) || b == Builtin::Recover && defer;
        if !statement {
            for a in &c.args {
                if self.const_of(a).is_none() && !self.is_type(a) {
                    self.expr_drop(a);
                }
            }
            return;
        }
        if b == Builtin::Copy {
            // Evaluated now, copied later: the slices are values.
            return self.go_copy(e, c, defer);
        }
        let args = self.builtin_args(b, c);
        self.go_over(e, args, defer, move |fx, args| fx.builtin_op(b, args));
    }

    fn go_copy(&mut self, e: &Expr, c: &CallExpr, defer: bool) {
        let (xt, yt) = (self.ty_of(&c.args[0]), self.ty_of(&c.args[1]));
        let x = self.expr(&c.args[0], None);
        let y = self.expr(&c.args[1], None);
        self.go_over(e, vec![(x, xt), (y, yt)], defer, |fx, args| {
            fx.copy_op(crate::bytecode::op::NONE, args[0], args[1]);
        });
    }

    /// Starts or defers a generated function whose parameters are `args`.
    fn go_over(
        &mut self,
        e: &Expr,
        args: Vec<(Reg, Ty)>,
        defer: bool,
        body: impl FnOnce(&mut Fx<'_>, &[(Reg, Ty)]),
    ) {
        let id = self.wrap(e.span, &args, body);
        let f = self.func_value(Callee::Func(id));
        let base = self.b.alloc(HEADER.into());
        let first = self.b.mark();
        for (r, t) in args {
            let d = self.temp(t);
            self.move_to(d, r, t);
        }
        let n = self.b.mark() - first;
        self.emit_go(base, n, f, defer);
    }

    fn wrap(&mut self, at: Span, args: &[(Reg, Ty)], body: impl FnOnce(&mut Fx<'_>, &[(Reg, Ty)])) -> FuncId {
        let (id, _) = self.c.anonymous();
        let info = Info::default();
        self.lits += 1;
        let name = format!("{}.gowrap{}", self.name, self.lits).into();
        let mut fx = Fx::new(self.c, self.st, &info, name, at, Rc::new(Escape::default()), None);
        let params: Vec<(Reg, Ty)> = args.iter().map(|&(_, t)| (fx.temp(t), t)).collect();
        let n = fx.b.mark() as u16 - HEADER;
        body(&mut fx, &params);
        if !fx.b.is_dead() {
            fx.b.a_bc(Op::Ret, 0, 0);
        }
        fx.finish(id, 0, n, func_flag::WRAPPER, at);
        id
    }
}
