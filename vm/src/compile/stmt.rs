//! Statements: blocks, declarations, if, return, and where the others are.

use mgo_lang::source::{Pos, Span};
use mgo_lang::syntax::ast::*;

use crate::bytecode::op::Op;
use crate::bytecode::program::HEADER;
use crate::compile::FuncKey;
use crate::compile::func::Reg;
use crate::compile::fx::{Fx, Var};
use crate::compile::layout::Ty;
use crate::compile::place::Place;
use crate::compile::rangefunc::Exit;

impl Fx<'_> {
    /// The statements of a block; its variables' registers are free afterwards.
    pub fn block(&mut self, b: &Block) {
        if b.stmts.is_empty() {
            self.count_block(b.rbrace.lo);
        }
        self.stmts(&b.stmts);
    }

    /// The statements of a clause behind its colon.
    pub fn clause_body(&mut self, colon: Span, body: &[Stmt]) {
        if body.is_empty() {
            self.count_block(colon.lo);
        }
        self.stmts(body);
    }

    /// Counts the run of the block of statements that begins at `at`, if those are counted.
    fn count_block(&mut self, at: Pos) {
        if let Some(cover) = self.c.program.cover.get()
            && let Some(i) = cover.block_at(at)
            && !self.b.is_dead()
        {
            self.b.a_bc(Op::Count, 0, i);
        }
    }

    /// A list of statements with a scope of its own.
    pub fn stmts(&mut self, list: &[Stmt]) {
        let m = self.b.mark();
        for s in list {
            self.stmt(s);
        }
        self.b.release(m);
    }

    /// One statement; variables it declares stay alive.
    pub fn stmt(&mut self, s: &Stmt) {
        self.b.pos = s.span.lo;
        self.count_block(s.span.lo);
        if let StmtKind::Labeled(label, inner) = &s.kind {
            // Any number of labels may be blank; no jump goes there.
            if !label.is_blank() {
                let l = self.goto_label(&label.name);
                self.b.bind(l);
            }
            self.pending_label = Some(label.name.clone());
            self.stmt(inner);
            self.pending_label = None;
            return;
        }
        let label = self.pending_label.take();
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty | StmtKind::Labeled(..) => {}
            StmtKind::Decl(d) => self.decl(d),
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Show(list) => self.show(list),
            StmtKind::Send(c, at, x) => self.send(c, at.lo, x),
            StmtKind::IncDec(x, inc) => self.inc_dec(x, *inc),
            StmtKind::Assign(l, _, r) => self.assign(l, r),
            StmtKind::OpAssign(x, op, at, y) => self.op_assign(x, *op, *at, y),
            StmtKind::Define(l, _, r) => self.define(l, r),
            StmtKind::Go(e) => self.go_defer(e, false),
            StmtKind::Defer(e) => self.go_defer(e, true),
            StmtKind::Return(xs) => self.return_stmt(xs),
            StmtKind::Break(l) => self.break_stmt(l.as_ref().map(|l| &l.name)),
            StmtKind::Continue(l) => self.continue_stmt(l.as_ref().map(|l| &l.name)),
            StmtKind::Goto(l) => self.goto_stmt(&l.name),
            StmtKind::Fallthrough => self.fallthrough(),
            StmtKind::Block(b) => self.labeled_block(b, label),
            StmtKind::If(i) => self.if_stmt(i, label),
            StmtKind::Switch(sw) => self.switch_stmt(sw, label),
            StmtKind::TypeSwitch(sw) => self.type_switch(sw, label),
            StmtKind::Select(sel) => self.select_stmt(sel, label),
            StmtKind::For(f) => self.for_stmt(f, label),
            StmtKind::Range(r) => self.range_stmt(r, label),
        }
    }

    fn expr_stmt(&mut self, e: &Expr) {
        if self.info.shown.contains(&e.id) {
            return self.show(std::slice::from_ref(e));
        }
        match &Self::unparen(e).kind {
            ExprKind::Call(c) => self.call_drop(Self::unparen(e), c),
            ExprKind::Unary(UnaryOp::Recv, x) => {
                let m = self.b.mark();
                let ch = self.whole(x);
                self.b.pos = e.span.lo;
                self.b.ab(Op::Recv, crate::bytecode::op::NONE, ch);
                self.b.release(m);
            }
            _ => self.expr_drop(e),
        }
    }

    /// Passes the values of `list` to what shows them, on one line.
    fn show(&mut self, list: &[Expr]) {
        let Some((value, end)) = self.c.show.filter(|_| self.info.shown.contains(&list[0].id)) else {
            return list.iter().for_each(|e| self.expr_drop(e));
        };
        let m = self.b.mark();
        let any = self.ty(mgo_lang::types::universe::ANY);
        let mut values = Vec::new();
        let order = self.order(list);
        for e in list {
            let is_tuple = self
                .tv(e)
                .is_some_and(|tv| matches!(&self.st[tv.ty], mgo_lang::types::ty::Type::Tuple(_)));
            if is_tuple {
                values.extend(self.tuple_values(e, true));
            } else {
                let t = self.ty_of(e);
                values.push((self.expr(e, None), t));
            }
        }
        self.unorder(order);
        let int = self.c.basic(mgo_lang::types::ty::Basic::Int);
        for (i, (v, from)) in values.into_iter().enumerate() {
            let v = self.assign_conv(v, from, any, None);
            let w = self.b.alloc(HEADER.into());
            let arg = self.temp(any);
            self.b.mov_n(arg, v, 2);
            let index = self.temp(int);
            self.b.load_int(index, i as i64);
            let f = self.c.func(FuncKey::Decl(value));
            self.b.call(w, f);
        }
        let w = self.b.alloc(HEADER.into());
        let f = self.c.func(FuncKey::Decl(end));
        self.b.call(w, f);
        self.b.release(m);
    }

    fn send(&mut self, c: &Expr, at: mgo_lang::source::Pos, x: &Expr) {
        let m = self.b.mark();
        let ct = self.ty_of(c);
        let elem = self.chan_elem(ct);
        let order = self.order([c, x]);
        let ch = self.expr(c, None);
        let v = self.expr_as(x, elem, None);
        self.b.pos = at;
        self.b.ab(Op::Send, ch, v);
        self.unorder(order);
        self.b.release(m);
    }

    /// The element type of a channel type.
    pub fn chan_elem(&mut self, t: Ty) -> Ty {
        match self.under(t) {
            crate::compile::layout::Shape::Chan(_, e) => e,
            _ => t,
        }
    }

    // --- declarations ---

    fn decl(&mut self, d: &Decl) {
        let Decl::Var(v) = d else { return };
        for spec in &v.specs {
            self.b.pos = spec.span.lo;
            if spec.values.is_empty() {
                for name in &spec.names {
                    if let Some(&obj) = self.info.defs.get(&name.id)
                        && !name.is_blank()
                    {
                        self.declare_zero(obj);
                    }
                }
            } else {
                self.define_names(&spec.names, &spec.values);
            }
        }
    }

    // --- if ---

    fn if_stmt(&mut self, i: &IfStmt, label: Option<Name>) {
        let m = self.b.mark();
        let end = self.begin_labeled(label);
        if let Some(s) = &i.init {
            self.stmt(s);
        }
        self.b.pos = i.cond.span.lo;
        match self.const_of(&i.cond).map(|c| c.as_bool()) {
            Some(true) => self.block(&i.then),
            Some(false) => {
                if let Some(s) = &i.els {
                    self.stmt(s);
                }
            }
            None => {
                let els = self.b.label();
                self.cond(&i.cond, els, false);
                self.block(&i.then);
                match &i.els {
                    Some(s) => {
                        let done = self.b.label();
                        self.b.jump(done);
                        self.b.bind(els);
                        self.stmt(s);
                        self.b.bind(done);
                    }
                    None => self.b.bind(els),
                }
            }
        }
        self.end_labeled(end);
        self.b.release(m);
    }

    // --- return ---

    fn return_stmt(&mut self, xs: &[Expr]) {
        let m = self.b.mark();
        let pos = self.b.pos;
        let order = self.order(xs);
        self.set_results(xs);
        self.unorder(order);
        self.b.pos = pos;
        self.b.release(m);
        if self.body.is_some() {
            self.exit_body(Exit::Return);
        } else {
            self.leave();
        }
    }

    /// Stores what is returned into the result variables.
    fn set_results(&mut self, xs: &[Expr]) {
        let n = self.results.len();
        if xs.is_empty() || n == 0 {
            return;
        }
        if xs.len() == 1 && n > 1 {
            let e = Self::unparen(&xs[0]);
            let ExprKind::Call(c) = &e.kind else { return };
            let (first, sig) = self.call(c);
            let values = self.results_at(first, &sig);
            for (i, (v, from)) in values.into_iter().enumerate() {
                let r = self.results[i];
                let m = self.b.mark();
                let v = self.assign_conv(v, from, r.ty, None);
                let p = self.result_place(i);
                self.store(p, r.ty, v);
                self.b.release(m);
            }
            return;
        }
        // Results that nothing can read before the function is left are written at once.
        let unseen = !self.has_defer && self.results.iter().all(|r| !r.named);
        if n == 1 {
            let r = self.results[0];
            match self.result_place(0) {
                Place::Reg(slot) if unseen => self.expr_fresh(&xs[0], r.ty, slot),
                Place::Reg(slot) => {
                    self.expr_as(&xs[0], r.ty, Some(slot));
                }
                p => {
                    let v = self.expr_as(&xs[0], r.ty, None);
                    self.store(p, r.ty, v);
                }
            }
            return;
        }
        if unseen
            && self
                .results
                .iter()
                .all(|r| matches!(self.vars.get(&r.obj), Some(Var::Reg(_))))
        {
            for (i, x) in xs.iter().enumerate() {
                let r = self.results[i];
                let m = self.b.mark();
                self.expr_fresh(x, r.ty, r.slot);
                self.b.release(m);
            }
            return;
        }
        let mut values: Vec<Reg> = Vec::with_capacity(n);
        for (i, x) in xs.iter().enumerate() {
            let ty = self.results[i].ty;
            values.push(self.expr_copy(x, ty));
        }
        for (i, v) in values.into_iter().enumerate() {
            let p = self.result_place(i);
            let ty = self.results[i].ty;
            self.store(p, ty, v);
        }
    }

    fn result_place(&mut self, i: usize) -> Place {
        let r = self.results[i];
        match self.vars.get(&r.obj) {
            Some(&Var::Box(base)) => Place::Mem {
                base,
                off: 0,
                safe: true,
            },
            _ => Place::Reg(r.slot),
        }
    }
}
