//! Terminating statements: whether a function's end can be reached. After `return.go` of types2.

use crate::syntax::ast::*;
use crate::types::checker::Checker;
use crate::types::resolve::unparen;

impl<'a> Checker<'a> {
    /// Whether the last statement that is not empty terminates.
    pub(super) fn is_terminating_list(&self, list: &[Stmt]) -> bool {
        let last = list.iter().rev().find(|s| !matches!(s.kind, StmtKind::Empty));
        last.is_some_and(|s| self.is_terminating(s, ""))
    }

    /// Whether control never passes the end of `s`, which is labelled `label`.
    fn is_terminating(&self, s: &Stmt, label: &str) -> bool {
        match &s.kind {
            StmtKind::Labeled(l, s) => self.is_terminating(s, &l.name),
            StmtKind::Expr(e) => {
                let e = unparen(e);
                matches!(e.kind, ExprKind::Call(_)) && self.env.is_panic.contains(&e.id)
            }
            StmtKind::Return(_) | StmtKind::Goto(_) | StmtKind::Fallthrough | StmtKind::Bad => true,
            StmtKind::Block(b) => self.is_terminating_list(&b.stmts),
            StmtKind::If(i) => i
                .els
                .as_ref()
                .is_some_and(|e| self.is_terminating_list(&i.then.stmts) && self.is_terminating(e, "")),
            StmtKind::Switch(w) => self.is_terminating_switch(&w.clauses, label),
            StmtKind::TypeSwitch(w) => self.is_terminating_switch(&w.clauses, label),
            StmtKind::Select(w) => w
                .clauses
                .iter()
                .all(|c| self.is_terminating_list(&c.body) && !has_break_list(&c.body, label, true)),
            StmtKind::For(f) => f.cond.is_none() && !has_break_list(&f.body.stmts, label, true),
            _ => false,
        }
    }

    fn is_terminating_switch(&self, clauses: &[CaseClause], label: &str) -> bool {
        clauses.iter().any(|c| c.exprs.is_none())
            && clauses
                .iter()
                .all(|c| self.is_terminating_list(&c.body) && !has_break_list(&c.body, label, true))
    }
}

/// Whether a statement of `list` breaks out of the statement labelled `label` around it, or, if
/// `implicit`, out of the innermost.
fn has_break_list(list: &[Stmt], label: &str, implicit: bool) -> bool {
    list.iter().any(|s| has_break(s, label, implicit))
}

fn has_break(s: &Stmt, label: &str, implicit: bool) -> bool {
    let labelled = !label.is_empty();
    match &s.kind {
        StmtKind::Labeled(_, s) => has_break(s, label, implicit),
        StmtKind::Break(None) => implicit,
        StmtKind::Break(Some(l)) => &*l.name == label,
        StmtKind::Block(b) => has_break_list(&b.stmts, label, implicit),
        StmtKind::If(i) => {
            has_break_list(&i.then.stmts, label, implicit)
                || i.els.as_ref().is_some_and(|e| has_break(e, label, implicit))
        }
        StmtKind::Switch(w) => labelled && w.clauses.iter().any(|c| has_break_list(&c.body, label, false)),
        StmtKind::TypeSwitch(w) => {
            labelled && w.clauses.iter().any(|c| has_break_list(&c.body, label, false))
        }
        StmtKind::Select(w) => labelled && w.clauses.iter().any(|c| has_break_list(&c.body, label, false)),
        StmtKind::For(f) => labelled && has_break_list(&f.body.stmts, label, false),
        StmtKind::Range(r) => labelled && has_break_list(&r.body.stmts, label, false),
        _ => false,
    }
}
