//! unreachable: statements that no way leads to.
//!
//! A statement that jumps away, loops without end or panics makes what follows it unreachable, until a label that
//! some goto names. Only the first statement of a stretch is reported.

use rustc_hash::FxHashSet;

use super::Cx;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};

/// What is known of a function body.
#[derive(Default)]
struct Dead {
    /// Labels that a goto names.
    gotos: FxHashSet<Name>,
    reachable: bool,
    found: Vec<Span>,
    /// The statements around that a break leaves: their labels, and whether one leaves them.
    targets: Vec<(Option<Name>, bool)>,
    /// The label of the next statement.
    label: Option<Name>,
}

/// Collects the labels of gotos.
struct Gotos<'g>(&'g mut FxHashSet<Name>);

impl Visitor for Gotos<'_> {
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Goto(label) = &s.kind {
            self.0.insert(label.name.clone());
        }
        visit::walk_stmt(self, s);
    }

    fn expr(&mut self, _: &Expr) {}
}

impl Cx<'_> {
    pub(super) fn unreachable(&mut self, body: &Block) {
        let mut dead = Dead {
            reachable: true,
            ..Dead::default()
        };
        visit::walk_block(&mut Gotos(&mut dead.gotos), body);
        dead.list(&body.stmts);
        for span in dead.found {
            self.report("unreachable", span, "unreachable code");
        }
    }
}

impl Dead {
    fn list(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|s| self.stmt(s));
    }

    /// Looks at `s`; leaves in `reachable` whether what follows it can be reached.
    fn stmt(&mut self, s: &Stmt) {
        let label = self.label.take();
        if let StmtKind::Labeled(l, _) = &s.kind
            && self.gotos.contains(&l.name)
        {
            self.reachable = true;
        }
        if !self.reachable && !matches!(s.kind, StmtKind::Empty) {
            self.found.push(s.span);
            self.reachable = true;
        }
        match &s.kind {
            StmtKind::Block(b) => self.list(&b.stmts),
            StmtKind::Break(to) => {
                let target = match to {
                    Some(to) => self.targets.iter_mut().rfind(|t| t.0.as_ref() == Some(&to.name)),
                    None => self.targets.last_mut(),
                };
                if let Some(t) = target {
                    t.1 = true;
                }
                self.reachable = false;
            }
            StmtKind::Continue(_) | StmtKind::Goto(_) | StmtKind::Fallthrough | StmtKind::Return(_) => {
                self.reachable = false;
            }
            StmtKind::Expr(e) => {
                if let ExprKind::Call(c) = &e.kind
                    && matches!(&c.fun.kind, ExprKind::Ident(id) if &*id.name == "panic")
                {
                    self.reachable = false;
                }
            }
            StmtKind::For(f) => {
                let left = self.target(label, |d| d.list(&f.body.stmts));
                self.reachable = f.cond.is_some() || left;
            }
            StmtKind::Range(r) => {
                self.target(label, |d| d.list(&r.body.stmts));
                self.reachable = true;
            }
            StmtKind::If(i) => {
                self.list(&i.then.stmts);
                match &i.els {
                    Some(els) => {
                        let then = std::mem::replace(&mut self.reachable, true);
                        self.stmt(els);
                        self.reachable |= then;
                    }
                    None => self.reachable = true,
                }
            }
            StmtKind::Labeled(l, s) => {
                self.label = Some(l.name.clone());
                self.stmt(s);
            }
            StmtKind::Select(s) => {
                self.clauses(label, s.clauses.iter().map(|c| c.body.as_slice()), true);
            }
            StmtKind::Switch(s) => self.cases(label, &s.clauses),
            StmtKind::TypeSwitch(s) => self.cases(label, &s.clauses),
            _ => {}
        }
    }

    /// Runs `body` in a statement that breaks may leave; whether one does.
    fn target(&mut self, label: Option<Name>, body: impl FnOnce(&mut Dead)) -> bool {
        self.targets.push((label, false));
        body(self);
        self.targets.pop().is_some_and(|t| t.1)
    }

    fn cases(&mut self, label: Option<Name>, clauses: &[CaseClause]) {
        let has_default = clauses.iter().any(|c| c.exprs.is_none());
        self.clauses(label, clauses.iter().map(|c| c.body.as_slice()), has_default);
    }

    fn clauses<'s>(
        &mut self,
        label: Option<Name>,
        bodies: impl Iterator<Item = &'s [Stmt]>,
        exhaustive: bool,
    ) {
        let mut any = false;
        let left = self.target(label, |d| {
            for body in bodies {
                d.reachable = true;
                d.list(body);
                any |= d.reachable;
            }
        });
        self.reachable = any || left || !exhaustive;
    }
}
