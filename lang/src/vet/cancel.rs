//! lostcancel: a context's cancel function that some way through the function does not use.
//!
//! [`Ways`] follows all ways from the assignment of the function to the ends of the body. Its state is one bit: a
//! way without a use of the variable leads here. Any mention of the variable is a use, in a nested function too.
//! A goto is taken for a use: the check rather misses something than complains wrongly.

use super::{Cx, unparen};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::object::ObjKind;
use crate::types::store::ObjId;

const CHECK: &str = "lostcancel";

/// Where a cancel function is assigned to a variable.
struct Assigned {
    var: ObjId,
    stmt: Span,
}

/// Collects the assignments of cancel functions in one body, not those of functions in it.
struct Finder<'c, 'v> {
    cx: &'c Cx<'v>,
    body: Span,
    found: Vec<Assigned>,
    /// Cancel functions thrown away, with the name of what gave them.
    blank: Vec<(Span, Name)>,
}

impl Visitor for Finder<'_, '_> {
    fn expr(&mut self, x: &Expr) {
        if !matches!(x.kind, ExprKind::FuncLit(..)) {
            visit::walk_expr(self, x);
        }
    }

    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Define(lhs, _, rhs) | StmtKind::Assign(lhs, _, rhs) = &s.kind
            && let ([_, cancel], [call]) = (&lhs[..], &rhs[..])
            && let ExprKind::Ident(id) = &cancel.kind
        {
            self.assignment(id, call, s.span);
        }
        visit::walk_stmt(self, s);
    }

    fn decl(&mut self, d: &Decl) {
        if let Decl::Var(d) = d {
            for s in &d.specs {
                if let ([_, cancel], [call]) = (&s.names[..], &s.values[..]) {
                    self.assignment(cancel, call, s.span);
                }
            }
        }
        visit::walk_decl(self, d);
    }
}

impl Finder<'_, '_> {
    fn assignment(&mut self, id: &Ident, call: &Expr, stmt: Span) {
        let Some(with) = self.cx.gives_cancel(call) else {
            return;
        };
        if id.is_blank() {
            return self.blank.push((id.span, with));
        }
        let Some(var) = self.cx.info.object_of(id.id) else {
            return;
        };
        let at = self.cx.store[var].span.lo;
        // What is declared outside may be used outside.
        if at < self.body.lo || at > self.body.hi {
            return;
        }
        self.found.retain(|a| a.var != var);
        self.found.push(Assigned { var, stmt });
    }
}

impl Cx<'_> {
    /// The function of package context that gives a cancel function, if `call` calls one.
    fn gives_cancel(&self, call: &Expr) -> Option<Name> {
        let ExprKind::Call(c) = &call.kind else {
            return None;
        };
        let obj = self.called_func(c)?;
        let name = self.store[obj].name.clone();
        let cancels = matches!(
            name.strip_suffix("Cause").unwrap_or(&name),
            "WithCancel" | "WithTimeout" | "WithDeadline"
        );
        (cancels && self.is_func(obj, "context", &name)).then_some(name)
    }

    pub(super) fn lost_cancels(&mut self, func: Option<&FuncDecl>, sig: &FuncType, body: &Block) {
        let mut finder = Finder {
            cx: self,
            body: sig.span.to(body.span),
            found: Vec::new(),
            blank: Vec::new(),
        };
        visit::walk_block(&mut finder, body);
        let Finder { found, blank, .. } = finder;
        for (span, with) in blank {
            let text = format!(
                "the cancel function returned by context.{with} should be called, not discarded, to avoid a context leak"
            );
            self.report(CHECK, span, text);
        }
        // When main returns, all ends.
        let in_main = &*self.store[self.pkg.id].name == "main";
        if func.is_some_and(|f| in_main && f.recv.is_none() && &*f.name.name == "main") {
            return;
        }
        let named_results = sig.results.iter().flat_map(|f| &f.names);
        let named: Vec<ObjId> = named_results
            .filter_map(|n| self.info.defs.get(&n.id).copied())
            .collect();
        for Assigned { var, stmt } in found {
            let mut ways = Ways {
                cx: self,
                var,
                stmt,
                is_result: named.contains(&var),
                targets: Vec::new(),
                label: None,
                lost: None,
            };
            let end = ways.list(&body.stmts, false);
            let lost = ways.lost.or(end.then_some(body.rbrace));
            let Some(at) = lost else { continue };
            let name = self.store[var].name.clone();
            let line = self.map.locate(stmt.lo).map_or(0, |l| l.line);
            let text = format!("the {name} function is not used on all paths (possible context leak)");
            self.report(CHECK, stmt, text);
            let text = format!(
                "this return statement may be reached without using the {name} var defined on line {line}"
            );
            self.report(CHECK, at, text);
        }
    }
}

/// A statement that breaks and continues lead out of.
struct Target {
    label: Option<Name>,
    is_loop: bool,
    /// A way without a use breaks out of it, or goes on with its next iteration.
    breaks: bool,
    continues: bool,
}

struct Ways<'c, 'v> {
    cx: &'c Cx<'v>,
    var: ObjId,
    stmt: Span,
    is_result: bool,
    targets: Vec<Target>,
    label: Option<Name>,
    /// The first return that a way without a use leads to.
    lost: Option<Span>,
}

/// Looks for a mention of a variable.
struct Mention<'c, 'v> {
    cx: &'c Cx<'v>,
    var: ObjId,
    found: bool,
}

impl Visitor for Mention<'_, '_> {
    fn expr(&mut self, x: &Expr) {
        if let ExprKind::Ident(id) = &x.kind {
            self.found |= self.cx.info.uses.get(&id.id) == Some(&self.var);
        }
        visit::walk_expr(self, x);
    }
}

impl Ways<'_, '_> {
    fn mentions(&self, walk: impl FnOnce(&mut Mention<'_, '_>)) -> bool {
        let mut m = Mention {
            cx: self.cx,
            var: self.var,
            found: false,
        };
        walk(&mut m);
        m.found
    }

    /// The state behind an expression.
    fn expr(&self, e: Option<&Expr>, state: bool) -> bool {
        state && !e.is_some_and(|e| self.mentions(|m| m.expr(e)))
    }

    fn list(&mut self, stmts: &[Stmt], state: bool) -> bool {
        stmts.iter().fold(state, |state, s| self.one(s, state))
    }

    fn init(&mut self, s: Option<&Stmt>, state: bool) -> bool {
        s.map_or(state, |s| self.one(s, state))
    }

    /// The state behind a statement.
    fn one(&mut self, s: &Stmt, state: bool) -> bool {
        let label = self.label.take();
        if s.span == self.stmt {
            return true;
        }
        match &s.kind {
            StmtKind::Decl(Decl::Var(d)) if d.specs.iter().any(|s| s.span == self.stmt) => true,
            StmtKind::Block(b) => self.list(&b.stmts, state),
            StmtKind::Labeled(l, s) => {
                self.label = Some(l.name.clone());
                self.one(s, state)
            }
            StmtKind::Return(results) => {
                let used = results.is_empty() && self.is_result;
                let state = results.iter().fold(state, |state, e| self.expr(Some(e), state));
                if state && !used && self.lost.is_none() {
                    self.lost = Some(s.span);
                }
                false
            }
            StmtKind::Break(to) => self.leave(to.as_ref(), state, false),
            StmtKind::Continue(to) => self.leave(to.as_ref(), state, true),
            StmtKind::Goto(_) => false,
            StmtKind::Expr(e) => self.expr(Some(e), state) && !self.ends_here(e),
            StmtKind::If(i) => {
                let state = self.init(i.init.as_ref(), state);
                let state = self.expr(Some(&i.cond), state);
                let then = self.list(&i.then.stmts, state);
                let els = i.els.as_ref().map_or(state, |els| self.one(els, state));
                then || els
            }
            StmtKind::For(f) => self.for_loop(f, label, state),
            StmtKind::Range(r) => {
                let state = self.expr(Some(&r.x), state);
                let (end, breaks) = self.loop_body(label, &r.body, None, state);
                state || end || breaks
            }
            StmtKind::Switch(w) => {
                let state = self.init(w.init.as_ref(), state);
                let state = self.expr(w.tag.as_ref(), state);
                self.cases(label, &w.clauses, state)
            }
            StmtKind::TypeSwitch(w) => {
                let state = self.init(w.init.as_ref(), state);
                let state = self.expr(Some(&w.x), state);
                self.cases(label, &w.clauses, state)
            }
            StmtKind::Select(w) => {
                self.push(label, false);
                let mut out = false;
                for c in &w.clauses {
                    let state = self.init(c.comm.as_ref(), state);
                    out |= self.list(&c.body, state);
                }
                self.pop().breaks || out
            }
            _ => state && !self.mentions(|m| m.stmt(s)),
        }
    }

    /// Whether a statement's call does not return.
    fn ends_here(&self, e: &Expr) -> bool {
        let ExprKind::Call(c) = &unparen(e).kind else {
            return false;
        };
        let Some(obj) = self.cx.callee(c) else {
            return false;
        };
        let o = &self.cx.store[obj];
        let path = o.pkg.map_or("", |p| &*self.cx.store[p].path);
        match (path, &*o.name) {
            ("os", "Exit") | ("runtime", "Goexit") => true,
            ("log", name) => name.starts_with("Fatal") || name.starts_with("Panic"),
            ("testing", name) => matches!(
                name,
                "Fatal" | "Fatalf" | "FailNow" | "Skip" | "Skipf" | "SkipNow"
            ),
            (_, "panic") => matches!(o.kind, ObjKind::Builtin(_)),
            _ => false,
        }
    }

    fn push(&mut self, label: Option<Name>, is_loop: bool) {
        self.targets.push(Target {
            label,
            is_loop,
            breaks: false,
            continues: false,
        });
    }

    fn pop(&mut self) -> Target {
        self.targets.pop().expect("pushed before")
    }

    fn leave(&mut self, to: Option<&Ident>, state: bool, next: bool) -> bool {
        let target = self.targets.iter_mut().rfind(|t| match to {
            Some(to) => t.label.as_ref() == Some(&to.name),
            None => t.is_loop || !next,
        });
        if let Some(t) = target {
            let way = if next { &mut t.continues } else { &mut t.breaks };
            *way |= state;
        }
        false
    }

    fn for_loop(&mut self, f: &ForStmt, label: Option<Name>, state: bool) -> bool {
        let state = self.init(f.init.as_ref(), state);
        let state = self.expr(f.cond.as_ref(), state);
        let (end, breaks) = self.loop_body(label, &f.body, f.post.as_ref(), state);
        breaks || f.cond.is_some() && (state || self.expr(f.cond.as_ref(), end))
    }

    /// The states at the end of a loop's iterations and behind its breaks.
    fn loop_body(
        &mut self,
        label: Option<Name>,
        body: &Block,
        post: Option<&Stmt>,
        mut state: bool,
    ) -> (bool, bool) {
        let (mut end, mut breaks) = (false, false);
        // The second round begins where the first one may have ended.
        for _ in 0..2 {
            self.push(label.clone(), true);
            let out = self.list(&body.stmts, state);
            let t = self.pop();
            end |= self.init(post, out || t.continues);
            breaks |= t.breaks;
            state |= end;
        }
        (end, breaks)
    }

    fn cases(&mut self, label: Option<Name>, clauses: &[CaseClause], state: bool) -> bool {
        self.push(label, false);
        let (mut out, mut through) = (false, false);
        let mut has_default = false;
        for c in clauses {
            has_default |= c.exprs.is_none();
            let used = c.exprs.iter().flatten().any(|e| !self.expr(Some(e), true));
            let end = self.list(&c.body, state && !used || through);
            through = matches!(c.body.last().map(|s| &s.kind), Some(StmtKind::Fallthrough)) && end;
            out |= end;
        }
        let breaks = self.pop().breaks;
        out || breaks || state && !has_default
    }
}
