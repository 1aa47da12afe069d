//! select statements.

use mgo_lang::syntax::ast::*;

use crate::bytecode::op::{NONE, Op, quarters};
use crate::compile::flow::Flow;
use crate::compile::func::{Label, Reg};
use crate::compile::fx::Fx;
use crate::compile::layout::Ty;

/// An evaluated case.
struct Case<'e> {
    send: bool,
    chan: Reg,
    value: Reg,
    ok: Reg,
    elem: Ty,
    clause: &'e CommClause,
}

/// The receive operation of a case: channel, and what it is assigned to.
struct Recv<'e> {
    chan: &'e Expr,
    lhs: &'e [Expr],
    define: bool,
}

fn recv_of(s: &Stmt) -> Option<Recv<'_>> {
    fn chan(e: &Expr) -> Option<&Expr> {
        match &e.kind {
            ExprKind::Paren(x) => chan(x),
            ExprKind::Unary(UnaryOp::Recv, x) => Some(x),
            _ => None,
        }
    }
    match &s.kind {
        StmtKind::Expr(e) => Some(Recv {
            chan: chan(e)?,
            lhs: &[],
            define: false,
        }),
        StmtKind::Assign(l, _, r) => Some(Recv {
            chan: chan(r.first()?)?,
            lhs: l,
            define: false,
        }),
        StmtKind::Define(l, _, r) => Some(Recv {
            chan: chan(r.first()?)?,
            lhs: l,
            define: true,
        }),
        _ => None,
    }
}

impl Fx<'_> {
    pub fn select_stmt(&mut self, sel: &SelectStmt, label: Option<Name>) {
        let m = self.b.mark();
        let pos = self.b.pos;
        if sel.clauses.is_empty() {
            self.b.a_bc(Op::Block, 0, 0);
            return;
        }
        let default = sel.clauses.iter().find(|c| c.comm.is_none());
        let mut cases = Vec::new();
        for c in &sel.clauses {
            if let Some(s) = &c.comm
                && let Some(case) = self.select_case(c, s)
            {
                cases.push(case);
            }
        }
        self.b.pos = pos;
        let end = self.b.label();
        if let ([case], None) = (&cases[..], default) {
            // One case alone is an ordinary operation.
            if case.send {
                self.b.ab(Op::Send, case.chan, case.value);
            } else if case.ok != NONE {
                self.b.abc(Op::RecvOk, case.value, case.chan, case.ok);
            } else {
                self.b.ab(Op::Recv, case.value, case.chan);
            }
            self.select_body(case, end, &label);
            self.b.bind(end);
            self.b.release(m);
            return;
        }
        let chosen = self.b.alloc(1);
        self.b
            .abc(Op::Select, chosen, cases.len() as u16, default.is_some().into());
        for c in &cases {
            self.b
                .extra(quarters([u16::from(!c.send), c.chan, c.value, c.ok]));
        }
        let bodies: Vec<Label> = cases.iter().map(|_| self.b.label()).collect();
        if cases.len() > 3 {
            self.b.jump_table(chosen, &bodies);
        } else {
            for (i, &l) in bodies.iter().enumerate() {
                if i + 1 < bodies.len() || default.is_some() {
                    self.b.jump_cmp(Op::JEqI, chosen, i as u16, l);
                } else {
                    self.b.jump(l);
                }
            }
        }
        match default {
            Some(d) => {
                self.select_clause(d, end, &label);
                self.b.jump(end);
            }
            // The table covers every case.
            None if cases.len() > 3 => {
                self.b
                    .a_bc(Op::Trap, crate::bytecode::op::TrapKind::Unreachable as u16, 0)
            }
            None => {}
        }
        for (case, &l) in cases.iter().zip(&bodies) {
            self.b.bind(l);
            self.select_body(case, end, &label);
            self.b.jump(end);
        }
        self.b.bind(end);
        self.b.release(m);
    }

    /// Evaluates channel and value of a case into registers of their own.
    fn select_case<'e>(&mut self, clause: &'e CommClause, s: &'e Stmt) -> Option<Case<'e>> {
        if let StmtKind::Send(c, _, x) = &s.kind {
            let ct = self.ty_of(c);
            let elem = self.chan_elem(ct);
            let chan = self.expr(c, None);
            let value = self.expr_as(x, elem, None);
            return Some(Case {
                send: true,
                chan,
                value,
                ok: NONE,
                elem,
                clause,
            });
        }
        let r = recv_of(s)?;
        let ct = self.ty_of(r.chan);
        let elem = self.chan_elem(ct);
        let chan = self.expr(r.chan, None);
        let blank = |e: &Expr| matches!(&e.kind, ExprKind::Ident(id) if id.is_blank());
        let value = match r.lhs.first() {
            Some(x) if !blank(x) => self.temp(elem),
            _ => NONE,
        };
        let ok = match r.lhs.get(1) {
            Some(x) if !blank(x) => self.b.alloc(1),
            _ => NONE,
        };
        Some(Case {
            send: false,
            chan,
            value,
            ok,
            elem,
            clause,
        })
    }

    fn select_body(&mut self, case: &Case, end: Label, label: &Option<Name>) {
        let m = self.b.mark();
        if let (false, Some(r)) = (case.send, case.clause.comm.as_ref().and_then(recv_of)) {
            let b = self.c.basic(mgo_lang::types::ty::Basic::Bool);
            for (x, (v, t)) in r.lhs.iter().zip([(case.value, case.elem), (case.ok, b)]) {
                if v != NONE {
                    self.b.pos = x.span.lo;
                    self.assign_loop_var(x, r.define, v, t);
                }
            }
        }
        self.select_clause(case.clause, end, label);
        self.b.release(m);
    }

    fn select_clause(&mut self, c: &CommClause, end: Label, label: &Option<Name>) {
        self.flow.push(Flow {
            label: label.clone(),
            brk: end,
            cont: None,
            plain: true,
            fall: None,
        });
        self.clause_body(c.colon, &c.body);
        self.flow.pop();
    }
}
