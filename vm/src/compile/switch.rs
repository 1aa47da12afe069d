//! switch statements: on values and on types.
//!
//! All tests come first, then the bodies. Many integer constants become a jump table if they lie close, else
//! a binary search.

use mgo_lang::syntax::ast::*;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::cond::Target;
use crate::compile::flow::Flow;
use crate::compile::func::{Label, Reg};
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::{Shape, Ty};

impl Fx<'_> {
    pub fn switch_stmt(&mut self, sw: &SwitchStmt, label: Option<Name>) {
        let m = self.b.mark();
        if let Some(s) = &sw.init {
            self.stmt(s);
        }
        let end = self.b.label();
        let bodies: Vec<Label> = sw.clauses.iter().map(|_| self.b.label()).collect();
        let default = sw.clauses.iter().position(|c| c.exprs.is_none());
        let otherwise = default.map_or(end, |i| bodies[i]);
        match &sw.tag {
            Some(tag) => self.tag_tests(sw, tag, &bodies, otherwise),
            None => {
                for (c, &l) in sw.clauses.iter().zip(&bodies) {
                    for e in c.exprs.iter().flatten() {
                        self.b.pos = e.span.lo;
                        self.cond(e, l, true);
                    }
                }
            }
        }
        self.b.jump(otherwise);
        for (i, (c, &l)) in sw.clauses.iter().zip(&bodies).enumerate() {
            self.b.bind(l);
            let fall = bodies.get(i + 1).copied();
            self.flow.push(Flow {
                label: label.clone(),
                brk: end,
                cont: None,
                plain: true,
                fall,
            });
            self.clause_body(c.colon, &c.body);
            self.flow.pop();
            // After a fallthrough nothing comes here.
            self.b.jump(end);
        }
        self.b.bind(end);
        self.b.release(m);
    }

    fn tag_tests(&mut self, sw: &SwitchStmt, tag: &Expr, bodies: &[Label], otherwise: Label) {
        let t = self.ty_of(tag);
        let r = self.expr(tag, None);
        if let Some(table) = self.const_cases(sw, t, bodies)
            && table.len() >= 5
        {
            return self.search(r, table, otherwise);
        }
        for (c, &l) in sw.clauses.iter().zip(bodies) {
            for e in c.exprs.iter().flatten() {
                self.b.pos = e.span.lo;
                let m = self.b.mark();
                self.case_test(r, t, e, l);
                self.b.release(m);
            }
        }
    }

    /// Jumps to `l` if the tag in `r` equals `e`.
    fn case_test(&mut self, r: Reg, t: Ty, e: &Expr, l: Label) {
        if self.is_nil(e) {
            return self.b.jump_cmp(Op::JEqI, r, 0, l);
        }
        let et = self.ty_of(e);
        let (it, ie) = (self.is_interface(t), self.is_interface(et));
        let to = Target::forward(l);
        if it != ie {
            let v = self.expr(e, None);
            return if it {
                self.compare_boxed(r, v, et, to, true)
            } else {
                self.compare_boxed(v, r, t, to, true)
            };
        }
        match self.under(t) {
            Shape::Basic(b) if b.is_integer() || b.is_boolean() => {
                if let Some(v) = self.imm16(e) {
                    return self.b.jump_cmp(Op::JEqI, r, v as u16, l);
                }
                let v = self.expr(e, None);
                self.b.jump_cmp(Op::JEq, r, v, l);
            }
            Shape::Basic(b) if b.is_string() => {
                if self.const_of(e).is_some_and(|c| c.str_len() == 0) {
                    return self.b.jump_cmp(Op::JEqI, r + 1, 0, l);
                }
                let v = self.expr(e, None);
                self.b.jump_cmp(Op::JEqStr, r, v, l);
            }
            _ => {
                let v = self.expr(e, None);
                let d = self.b.alloc(1);
                self.equal_values(d, r, v, t);
                self.test(d, to, true);
            }
        }
    }

    /// The cases, if all are integer constants: by value.
    fn const_cases(&mut self, sw: &SwitchStmt, t: Ty, bodies: &[Label]) -> Option<Vec<(i64, Label)>> {
        let b = self.basic(t)?;
        if !b.is_integer() {
            return None;
        }
        // Beyond the signed range the order would be another.
        let wide = matches!(b, Basic::Uint | Basic::Uint64 | Basic::Uintptr);
        let mut out = Vec::new();
        for (c, &l) in sw.clauses.iter().zip(bodies) {
            for e in c.exprs.iter().flatten() {
                let v = self.word_of(e)? as i64;
                if wide && v < 0 {
                    return None;
                }
                out.push((v, l));
            }
        }
        out.sort_by_key(|c| c.0);
        out.dedup_by_key(|c| c.0);
        Some(out)
    }

    fn search(&mut self, r: Reg, cases: Vec<(i64, Label)>, otherwise: Label) {
        let (lo, hi) = (cases[0].0, cases[cases.len() - 1].0);
        let span = (hi as i128 - lo as i128) as u128 + 1;
        if span <= (cases.len() as u128) * 4 && span <= 4096 {
            return self.table(r, &cases, lo, span as usize, otherwise);
        }
        if cases.len() <= 4 {
            for &(v, l) in &cases {
                self.case_const(r, v, l);
            }
            return self.b.jump(otherwise);
        }
        let right = cases[cases.len() / 2..].to_vec();
        let left = cases[..cases.len() / 2].to_vec();
        let upper = self.b.label();
        let m = self.b.mark();
        match i16::try_from(right[0].0) {
            Ok(v) => self.b.jump_cmp(Op::JGeI64I, r, v as u16, upper),
            Err(_) => {
                let k = self.b.alloc(1);
                self.b.load_int(k, right[0].0);
                self.b.jump_cmp(Op::JLeI64, k, r, upper);
            }
        }
        self.b.release(m);
        self.search(r, left, otherwise);
        self.b.bind(upper);
        self.search(r, right, otherwise);
    }

    fn case_const(&mut self, r: Reg, v: i64, l: Label) {
        match i16::try_from(v) {
            Ok(v) => self.b.jump_cmp(Op::JEqI, r, v as u16, l),
            Err(_) => {
                let m = self.b.mark();
                let k = self.b.alloc(1);
                self.b.load_int(k, v);
                self.b.jump_cmp(Op::JEq, r, k, l);
                self.b.release(m);
            }
        }
    }

    fn table(&mut self, r: Reg, cases: &[(i64, Label)], lo: i64, span: usize, otherwise: Label) {
        let mut targets = vec![otherwise; span];
        for &(v, l) in cases {
            targets[(v - lo) as usize] = l;
        }
        let m = self.b.mark();
        let i = if lo == 0 {
            r
        } else {
            let i = self.b.alloc(1);
            match lo.checked_neg().and_then(|n| i16::try_from(n).ok()) {
                Some(n) => self.b.abc(Op::AddI64I, i, r, n as u16),
                None => {
                    self.b.load_int(i, lo);
                    self.b.abc(Op::SubI64, i, r, i);
                }
            }
            i
        };
        self.b.jump_table(i, &targets);
        self.b.release(m);
        self.b.jump(otherwise);
    }

    // --- type switches ---

    pub fn type_switch(&mut self, sw: &TypeSwitchStmt, label: Option<Name>) {
        let m = self.b.mark();
        if let Some(s) = &sw.init {
            self.stmt(s);
        }
        self.b.pos = sw.guard.lo;
        let xt = self.ty_of(&sw.x);
        // A variable may be assigned in the clauses, but only after its clause's own was made.
        let x = self.expr(&sw.x, None);
        let end = self.b.label();
        let bodies: Vec<Label> = sw.clauses.iter().map(|_| self.b.label()).collect();
        let default = sw.clauses.iter().position(|c| c.exprs.is_none());
        for (c, &l) in sw.clauses.iter().zip(&bodies) {
            for e in c.exprs.iter().flatten() {
                self.b.pos = e.span.lo;
                self.type_test(x, e, l);
            }
        }
        self.b.jump(default.map_or(end, |i| bodies[i]));
        for (c, &l) in sw.clauses.iter().zip(&bodies) {
            self.b.bind(l);
            let m = self.b.mark();
            if let Some(&obj) = self.info.implicits.get(&c.id) {
                self.clause_var(obj, c, x, xt);
            }
            let brk = end;
            self.flow.push(Flow {
                label: label.clone(),
                brk,
                cont: None,
                plain: true,
                fall: None,
            });
            self.clause_body(c.colon, &c.body);
            self.flow.pop();
            self.b.release(m);
            self.b.jump(end);
        }
        self.b.bind(end);
        self.b.release(m);
    }

    fn type_test(&mut self, x: Reg, e: &Expr, l: Label) {
        if self.is_nil(e) {
            return self.b.jump_cmp(Op::JEqI, x, 0, l);
        }
        let t = self.ty_of(e);
        if self.is_interface(t) {
            let m = self.b.mark();
            let d = self.b.alloc(1);
            self.b.abcx(Op::Implements, d, x, 0, t.0.into());
            self.b.release(m);
            return self.b.jump_if(Op::JmpT, d, l);
        }
        self.b.jump_xhi(Op::JTypeEq, x, 0, 0, t.0, l);
    }

    /// Declares the variable of a clause: of the case's type if there is one, else of the guard's.
    fn clause_var(&mut self, obj: mgo_lang::types::store::ObjId, c: &CaseClause, x: Reg, xt: Ty) {
        let t = self.ty_of_obj(obj);
        let single = c.exprs.as_ref().is_some_and(|e| e.len() == 1);
        if !single || t == xt || self.is_interface(t) {
            return self.declare_value(obj, x);
        }
        if self.in_heap(obj, t) {
            let v = self.temp(t);
            self.unbox(x + 1, t, v);
            return self.declare_value(obj, v);
        }
        if self.slots(t) == 1 && self.esc.is_constant(obj) && u32::from(x) >= self.fixed_below() {
            // The data word itself, which nothing changes while the clause runs.
            self.vars.insert(obj, Var::Reg(x + 1));
            return;
        }
        let r = self.temp(t);
        self.unbox(x + 1, t, r);
        self.vars.insert(obj, Var::Reg(r));
    }

    /// Registers from here on may be variables' own; none is taken to be free of later assignments.
    fn fixed_below(&self) -> u32 {
        u32::MAX
    }
}
