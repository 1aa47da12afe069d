//! for statements.
//!
//! The condition stands at the bottom: `jump cond; body: …; cont: post; cond: if … goto body`. A loop that
//! counts an integer register up to a limit in a register or a constant ends in one instruction that adds,
//! compares, jumps and looks at the guard word.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::store::ObjId;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::cond::Target;
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::Shape;

/// The end of a counting loop.
struct Counting {
    op: Op,
    var: Reg,
    limit: u16,
}

impl Fx<'_> {
    pub fn for_stmt(&mut self, f: &ForStmt, label: Option<Name>) {
        let m = self.b.mark();
        if let Some(s) = &f.init {
            self.stmt(s);
        }
        let hoists = self.hoist(|v| {
            f.cond.iter().for_each(|c| v.expr(c));
            f.post.iter().for_each(|p| v.stmt(p));
            v.block(&f.body);
        });
        let boxed = self.boxed_loop_vars(f);
        let (body, cont, end) = (self.b.label(), self.b.label(), self.b.label());
        let counting = if boxed.is_empty() { self.counting(f) } else { None };
        let test = self.b.label();
        match (&f.cond, &counting) {
            (None, _) => {}
            (Some(c), Some(_)) => {
                if !self.first_is_true(f) {
                    self.b.pos = c.span.lo;
                    self.cond(c, end, false);
                }
            }
            (Some(_), None) => self.b.jump(test),
        }
        self.b.bind(body);
        self.in_loop(label, end, cont, |fx| fx.block(&f.body));
        self.b.bind(cont);
        for r in boxed {
            // The next iteration has variables of its own.
            self.copy_new(r.0, r.0, r.1);
        }
        if let Some(k) = counting {
            self.b.pos = f.post.as_ref().map_or(self.b.pos, |p| p.span.lo);
            self.b.jump_cmp(k.op, k.var, k.limit, body);
            self.b.bind(test);
        } else {
            if let Some(p) = &f.post {
                self.stmt(p);
            }
            self.b.bind(test);
            match &f.cond {
                Some(c) => {
                    self.b.pos = c.span.lo;
                    self.cond_to(
                        c,
                        Target {
                            label: body,
                            back: true,
                        },
                        true,
                    );
                }
                None => self.b.jump_back(body),
            }
        }
        self.b.bind(end);
        // `for {}` without break never comes here.
        if f.cond.is_none() && !self.b.is_used(end) {
            self.b.set_dead();
        }
        self.end_hoisting(hoists);
        self.b.release(m);
    }

    /// Variables of the loop clause that live in the heap.
    fn boxed_loop_vars(&mut self, f: &ForStmt) -> Vec<(Reg, crate::compile::layout::Ty)> {
        let Some(StmtKind::Define(l, ..)) = f.init.as_ref().map(|s| &s.kind) else {
            return Vec::new();
        };
        let mut out = Vec::new();
        for x in l {
            let ExprKind::Ident(id) = &x.kind else { continue };
            let Some(&obj) = self.info.defs.get(&id.id) else {
                continue;
            };
            if self.info.shared_vars.contains(&obj) {
                continue;
            }
            if let Some(&Var::Box(r)) = self.vars.get(&obj) {
                let t = self.ty_of_obj(obj);
                out.push((r, t));
            }
        }
        out
    }

    /// The last instruction of `for …; i < n; i++`, if the loop is of that sort.
    fn counting(&mut self, f: &ForStmt) -> Option<Counting> {
        let StmtKind::IncDec(x, true) = &f.post.as_ref()?.kind else {
            return None;
        };
        let ExprKind::Binary(op, _, l, r) = &Self::unparen(f.cond.as_ref()?).kind else {
            return None;
        };
        let obj = self.var_of(x)?;
        if self.var_of(l)? != obj {
            return None;
        }
        let var = self.register_of(x)?;
        let t = self.ty_of_obj(obj);
        if !matches!(self.basic(t), Some(Basic::Int | Basic::Int64)) {
            return None;
        }
        if let Some(v) = self.imm16(r) {
            let v = match op {
                BinaryOp::Lt => v,
                BinaryOp::Le => v.checked_add(1)?,
                _ => return None,
            };
            return Some(Counting {
                op: Op::ForLtI64I,
                var,
                limit: v as u16,
            });
        }
        let reg_op = match op {
            BinaryOp::Lt => Op::ForLtI64,
            BinaryOp::Le => Op::ForLeI64,
            _ => return None,
        };
        if self.const_of(r).is_some() {
            // Loaded once, before the loop.
            let limit = self.expr(r, None);
            return Some(Counting {
                op: reg_op,
                var,
                limit,
            });
        }
        if let Some(limit) = self.register_of(r) {
            return Some(Counting {
                op: reg_op,
                var,
                limit,
            });
        }
        let (slice, limit) = self.len_register(r)?;
        match (slice, op) {
            (true, BinaryOp::Lt) => Some(Counting {
                op: Op::ForLenI64,
                var,
                limit,
            }),
            (false, _) => Some(Counting {
                op: reg_op,
                var,
                limit,
            }),
            _ => None,
        }
    }

    /// The register with the length if `e` is `len(v)` of a variable in registers: a slice's second word
    /// (true), or a string's length.
    fn len_register(&mut self, e: &Expr) -> Option<(bool, Reg)> {
        use mgo_lang::types::info::Mode;
        use mgo_lang::types::universe::Builtin;
        let ExprKind::Call(c) = &Self::unparen(e).kind else {
            return None;
        };
        if self.tv(&c.fun)?.mode != Mode::Builtin(Builtin::Len) {
            return None;
        }
        let x = c.args.first()?;
        let r = self.register_of(x)?;
        let t = self.ty_of(x);
        match self.under(t) {
            Shape::Slice(_) => Some((true, r + 1)),
            Shape::Basic(b) if b.is_string() => Some((false, r + 1)),
            _ => None,
        }
    }

    /// Whether the condition holds before the first iteration for constants' sake.
    fn first_is_true(&self, f: &ForStmt) -> bool {
        let Some(StmtKind::Define(l, _, r)) = f.init.as_ref().map(|s| &s.kind) else {
            return false;
        };
        let ([x], [e]) = (&l[..], &r[..]) else {
            return false;
        };
        let Some(cond) = f.cond.as_ref() else { return false };
        let ExprKind::Binary(op, _, a, b) = &Self::unparen(cond).kind else {
            return false;
        };
        let var: Option<ObjId> = self.var_of(a);
        let same = var.is_some() && var == self.var_of(x);
        let value = |e: &Expr| self.const_of(e).and_then(|c| c.exact_i64());
        match (same, value(e), value(b)) {
            (true, Some(v), Some(n)) => match op {
                BinaryOp::Lt => v < n,
                BinaryOp::Le => v <= n,
                _ => false,
            },
            _ => false,
        }
    }
}
