//! loopclosure: functions that see a loop's variable after its iteration, in code older than Go 1.22, where all
//! iterations share one variable.
//!
//! Only functions that the last statement of the body starts or defers are looked at: behind any other, the loop
//! may wait for them.

use super::Cx;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::store::ObjId;

/// Looks for mentions of the variables.
struct Captured<'c, 'v> {
    cx: &'c Cx<'v>,
    vars: &'c [ObjId],
    found: Vec<Ident>,
}

impl Visitor for Captured<'_, '_> {
    fn expr(&mut self, x: &Expr) {
        if let ExprKind::Ident(id) = &x.kind
            && let Some(obj) = self.cx.info.uses.get(&id.id)
            && self.vars.contains(obj)
        {
            self.found.push(id.clone());
        }
        visit::walk_expr(self, x);
    }
}

impl Cx<'_> {
    pub(super) fn captured_for_vars(&mut self, f: &ForStmt) {
        match f.post.as_ref().map(|s| &s.kind) {
            Some(StmtKind::Assign(lhs, ..)) => self.captured_loop_vars(lhs.iter(), &f.body),
            Some(StmtKind::IncDec(x, _) | StmtKind::OpAssign(x, ..)) => {
                self.captured_loop_vars(std::iter::once(x), &f.body);
            }
            _ => {}
        }
    }

    pub(super) fn captured_loop_vars<'e>(&mut self, vars: impl Iterator<Item = &'e Expr>, body: &Block) {
        if self.go >= 22 {
            return;
        }
        let vars: Vec<ObjId> = vars
            .filter_map(|e| match &e.kind {
                ExprKind::Ident(id) => self.info.object_of(id.id),
                _ => None,
            })
            .collect();
        let mut bodies = Vec::new();
        last_functions(&body.stmts, &mut bodies);
        let mut captured = Captured {
            cx: self,
            vars: &vars,
            found: Vec::new(),
        };
        bodies
            .into_iter()
            .for_each(|b| visit::walk_block(&mut captured, b));
        for id in captured.found {
            let text = format!("loop variable {} captured by func literal", id.name);
            self.report("loopclosure", id.span, text);
        }
    }
}

/// The bodies of the functions that the last statements of `stmts` start or defer.
fn last_functions<'s>(stmts: &'s [Stmt], found: &mut Vec<&'s Block>) {
    let Some(last) = stmts.last() else { return };
    match &last.kind {
        StmtKind::Go(call) | StmtKind::Defer(call) => {
            if let ExprKind::Call(c) = &call.kind
                && let ExprKind::FuncLit(_, body) = &c.fun.kind
            {
                found.push(body);
            }
        }
        StmtKind::If(i) => {
            last_functions(&i.then.stmts, found);
            if let Some(els) = &i.els {
                last_functions(std::slice::from_ref(els), found);
            }
        }
        StmtKind::Block(b) => last_functions(&b.stmts, found),
        StmtKind::For(f) => last_functions(&f.body.stmts, found),
        StmtKind::Range(r) => last_functions(&r.body.stmts, found),
        StmtKind::Switch(s) => s.clauses.iter().for_each(|c| last_functions(&c.body, found)),
        StmtKind::TypeSwitch(s) => s.clauses.iter().for_each(|c| last_functions(&c.body, found)),
        StmtKind::Select(s) => s.clauses.iter().for_each(|c| last_functions(&c.body, found)),
        _ => {}
    }
}
