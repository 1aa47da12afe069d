//! range over functions.
//!
//! The body becomes a function of its own, `func(k, v) bool`, that the ranged function calls for each
//! element. Variables of the function around are captured like by any literal. What leaves the body early
//! (break of an outer loop, goto, return) writes a number into a cell, returns false, and is carried out by
//! the code after the call. Return values travel through the result variables, which live in the heap then.
//!
//! ```text
//!  cell: [3]int in the heap     word 0  state: 0 ready, 1 the body runs, 2 it returned false, 3 the loop is over
//!                               word 1  number of the exit, 0 for none
//!                               word 2  token of the frame that defer statements in the body belong to
//! ```
//!
//! The state tells when the ranged function misbehaves, with Go's panics.

use std::rc::Rc;

use mgo_lang::syntax::ast::*;
use mgo_lang::types::ty::Basic;
use rustc_hash::FxHashSet;

use crate::bytecode::op::{Op, TrapKind};
use crate::bytecode::program::{FuncId, HEADER, func_flag};
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::{FuncTy, Shape, Ty};

/// A way out of a loop body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    Return,
    Break(Option<Name>),
    Continue(Option<Name>),
    Goto(Name),
}

/// What the body of a range over a function needs beside an ordinary function.
pub(crate) struct BodyCx {
    /// Register with the cell's address.
    pub cell: Reg,
    /// Exits used so far; number n stands at index n - 1.
    pub exits: Vec<Exit>,
    /// Labels inside the body.
    pub labels: FxHashSet<Name>,
}

const READY: u32 = 0;
const RUNNING: u32 = 1;
const DONE: u32 = 2;
const OVER: u32 = 3;

impl Fx<'_> {
    pub fn range_func(&mut self, r: &RangeStmt, label: Option<Name>) {
        let ft = self.ty_of(&r.x);
        let sig = self.signature(ft);
        let Some(&yield_ty) = sig.params.first() else {
            return self.unsupported(r.x.span, "range over this function");
        };
        let f = self.expr(&r.x, None);
        let int = self.c.basic(Basic::Int);
        let cell_ty = self.c.intern(Shape::Array(int, 3));
        let cell = self.b.alloc_ptr();
        self.b.a_bc(Op::New, cell, cell_ty.0);
        self.pass_token(cell);
        let (id, exits) = self.compile_body(r, yield_ty, label);
        let m = self.b.mark();
        let base = self.b.alloc(HEADER.into());
        let arg = self.b.alloc_ptr();
        self.body_closure(id, r.x.id, cell, arg);
        self.b.pos = r.x.span.lo;
        self.b.abc(Op::CallC, base, f, 1);
        self.b.release(m);
        // The body must not be running any more, nor be called again.
        let state = self.b.alloc(1);
        self.b.abc(Op::Load64, state, cell, 0);
        let fine = self.b.label();
        self.b.jump_cmp(Op::JNeI, state, RUNNING as u16, fine);
        self.b.a_bc(Op::Trap, TrapKind::RangeMissedPanic as u16, 0);
        self.b.bind(fine);
        self.set_state(cell, OVER);
        self.take_exits(cell, exits);
        self.b.release(m);
    }

    /// Stores the token of the function's frame where the body finds it, if anything in it defers.
    fn pass_token(&mut self, cell: Reg) {
        let m = self.b.mark();
        let t = self.b.alloc(1);
        match &self.body {
            Some(b) => {
                let outer = b.cell;
                self.b.abc(Op::Load64, t, outer, 16);
            }
            None if self.has_defer => self.b.a_bc(Op::FrameToken, t, 0),
            None => return self.b.release(m),
        }
        self.b.abc(Op::Store64, cell, t, 16);
        self.b.release(m);
    }

    /// Carries out the exits of the body, after the call.
    fn take_exits(&mut self, cell: Reg, exits: Vec<Exit>) {
        if exits.is_empty() {
            return;
        }
        let m = self.b.mark();
        let n = self.b.alloc(1);
        self.b.abc(Op::Load64, n, cell, 8);
        for (i, exit) in exits.into_iter().enumerate() {
            let next = self.b.label();
            self.b.jump_cmp(Op::JNeI, n, i as u16 + 1, next);
            match exit {
                Exit::Return if self.body.is_some() => self.exit_body(Exit::Return),
                Exit::Return => self.leave(),
                Exit::Break(l) => self.break_stmt(l.as_ref()),
                Exit::Continue(l) => self.continue_stmt(l.as_ref()),
                Exit::Goto(l) => self.goto_stmt(&l),
            }
            self.b.bind(next);
        }
        self.b.release(m);
    }

    fn set_state(&mut self, cell: Reg, state: u32) {
        let m = self.b.mark();
        let r = self.b.alloc(1);
        self.b.a_bc(Op::LoadI, r, state);
        self.b.abc(Op::Store64, cell, r, 0);
        self.b.release(m);
    }

    /// Leaves the body for a place outside of it.
    pub fn exit_body(&mut self, exit: Exit) {
        let Some(body) = &mut self.body else { return };
        let cell = body.cell;
        let n = match body.exits.iter().position(|e| *e == exit) {
            Some(i) => i + 1,
            None => {
                body.exits.push(exit);
                body.exits.len()
            }
        };
        let m = self.b.mark();
        let r = self.b.alloc(1);
        self.b.a_bc(Op::LoadI, r, n as u32);
        self.b.abc(Op::Store64, cell, r, 8);
        self.b.release(m);
        self.finish_iteration(cell, DONE);
    }

    /// Returns from the body: true to go on.
    fn finish_iteration(&mut self, cell: Reg, state: u32) {
        self.set_state(cell, state);
        self.b.a_bc(Op::LoadI, HEADER, u32::from(state == READY));
        self.b.a_bc(Op::Ret, 0, 0);
    }

    /// Compiles the body as function; its id and the exits it uses.
    fn compile_body(&mut self, r: &RangeStmt, yield_ty: Ty, label: Option<Name>) -> (FuncId, Vec<Exit>) {
        self.lits += 1;
        let name = format!("{}-range{}", self.name, self.lits).into();
        let (id, _) = self.c.anonymous();
        let esc = self.esc.clone();
        let sig: Rc<FuncTy> = self.signature(yield_ty);
        let results = self.results.clone();
        let (packages, env) = (self.packages, self.env.clone());
        let mut fx = Fx::new(self.c, self.st, self.info, name, r.header, esc, Some(r.x.id));
        fx.packages = packages;
        fx.env = env;
        // Results are variables of the function around, reached through captures.
        fx.results = results;
        let bool_ty = fx.c.basic(Basic::Bool);
        fx.temp(bool_ty);
        let params: Vec<(Reg, Ty)> = sig.params.iter().map(|&t| (fx.temp(t), t)).collect();
        let n_params = fx.b.mark() as u16 - HEADER - 1;
        let cell = fx.b.alloc_ptr();
        fx.b.abc(Op::Load64, cell, 2, 8);
        fx.load_captures(16);
        let mut labels = FxHashSet::default();
        labels_in(&r.body.stmts, &mut labels);
        fx.body = Some(BodyCx {
            cell,
            exits: Vec::new(),
            labels,
        });
        fx.check_state(cell);
        for (x, &(v, t)) in [&r.key, &r.value].into_iter().zip(&params) {
            if let Some(x) = x {
                fx.assign_loop_var(x, r.define, v, t);
            }
        }
        let (brk, cont) = (fx.b.label(), fx.b.label());
        fx.in_loop(label, brk, cont, |fx| fx.block(&r.body));
        fx.b.pos = r.body.rbrace.lo;
        fx.b.bind(cont);
        fx.finish_iteration(cell, READY);
        fx.b.bind(brk);
        fx.finish_iteration(cell, DONE);
        let exits = fx.body.take().map_or(Vec::new(), |b| b.exits);
        fx.has_defer = false;
        fx.finish(id, 1, n_params, func_flag::BODY, r.header);
        (id, exits)
    }

    /// Panics if the body is called when it must not be; marks it as running.
    fn check_state(&mut self, cell: Reg) {
        let m = self.b.mark();
        let s = self.b.alloc(1);
        let ready = self.b.label();
        self.b.abc(Op::Load64, s, cell, 0);
        self.b.jump_cmp(Op::JEqI, s, READY as u16, ready);
        let (over, running) = (self.b.label(), self.b.label());
        self.b.jump_cmp(Op::JEqI, s, OVER as u16, over);
        self.b.jump_cmp(Op::JEqI, s, RUNNING as u16, running);
        self.b.a_bc(Op::Trap, TrapKind::RangeContinuedBody as u16, 0);
        self.b.bind(over);
        self.b.a_bc(Op::Trap, TrapKind::RangeContinuedExit as u16, 0);
        self.b.bind(running);
        self.b.a_bc(Op::Trap, TrapKind::RangePanicked as u16, 0);
        self.b.bind(ready);
        self.b.release(m);
        self.set_state(cell, RUNNING);
    }

    /// The closure of the body: the cell, then what it captures.
    fn body_closure(&mut self, id: FuncId, key: ExprId, cell: Reg, d: Reg) {
        let m = self.b.mark();
        let first = self.b.alloc_ptr();
        self.b.mov(first, cell);
        let mut pointers = vec![1];
        self.capture_values(key, m, &mut pointers);
        let n = self.b.mark() - m;
        self.emit_closure(d, first, n, pointers, id);
        self.b.release(m);
    }
}

/// Labels of statements in `list`, but not in function literals.
fn labels_in(list: &[Stmt], out: &mut FxHashSet<Name>) {
    for s in list {
        label_in(s, out);
    }
}

fn label_in(s: &Stmt, out: &mut FxHashSet<Name>) {
    match &s.kind {
        StmtKind::Labeled(l, inner) => {
            out.insert(l.name.clone());
            label_in(inner, out);
        }
        StmtKind::Block(b) => labels_in(&b.stmts, out),
        StmtKind::If(i) => {
            labels_in(&i.then.stmts, out);
            if let Some(e) = &i.els {
                label_in(e, out);
            }
        }
        StmtKind::Switch(s) => s.clauses.iter().for_each(|c| labels_in(&c.body, out)),
        StmtKind::TypeSwitch(s) => s.clauses.iter().for_each(|c| labels_in(&c.body, out)),
        StmtKind::Select(s) => s.clauses.iter().for_each(|c| labels_in(&c.body, out)),
        StmtKind::For(f) => labels_in(&f.body.stmts, out),
        StmtKind::Range(r) => labels_in(&r.body.stmts, out),
        _ => {}
    }
}
