//! Statements and function bodies. Switches are in `switch`, ranges in `range`.
//!
//! After `stmt.go` of types2. Function literals met in a statement are checked at its end, so that
//! they see the scope as it was there.

use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::{Checker, Env, Kind};
use crate::types::object::ObjKind;
use crate::types::operand::{Operand, OperandMode};
use crate::types::resolve::unparen;
use crate::types::store::{ObjId, ScopeId, TypeId};
use crate::types::ty::Type;

/// What the statements around permit: a set of the bits below.
pub(super) type Context = u8;

/// A break may stand here.
pub(super) const BREAK: Context = 1;
/// A continue may stand here.
pub(super) const CONTINUE: Context = 2;
/// A fallthrough may stand here.
pub(super) const FALLTHROUGH: Context = 4;
/// This is the last statement of the last case of a switch.
pub(super) const FINAL_CASE: Context = 8;
/// The innermost statement that a break would leave is a type switch.
pub(super) const TYPE_SWITCH: Context = 16;

/// The statements without empty ones at the end, which fallthrough does not see.
fn trim_empty(list: &[Stmt]) -> &[Stmt] {
    let n = list
        .iter()
        .rposition(|s| !matches!(s.kind, StmtKind::Empty))
        .map_or(0, |i| i + 1);
    &list[..n]
}

/// The first version in which each iteration has variables of its own.
const PER_ITERATION: u32 = 22;

impl<'a> Checker<'a> {
    /// Checks a function body; `scope` holds the parameters.
    pub fn func_body(
        &mut self,
        decl: Option<u32>,
        sig: TypeId,
        scope: ScopeId,
        body: &'a Block,
        iota: Option<i64>,
    ) {
        let env = Env {
            decl,
            scope,
            iota,
            sig: Some(sig),
            ..Env::default()
        };
        let saved = std::mem::replace(&mut self.env, env);
        let first_var = self.local_vars.len();
        self.stmt_list(0, &body.stmts);
        if self.env.has_label {
            self.labels(body);
        }
        let has_results = matches!(&self.store[sig], Type::Signature(s) if !s.results.is_empty());
        if has_results && !self.is_terminating_list(&body.stmts) {
            self.error(body.rbrace, Code::MissingReturn, "missing return");
        }
        self.usage(first_var);
        self.env = saved;
    }

    /// Reports the variables declared since `first` that nothing uses.
    pub(super) fn usage(&mut self, first: usize) {
        for i in first..self.local_vars.len() {
            let o = &self.store[self.local_vars[i]];
            if matches!(&o.kind, ObjKind::Var(v) if !v.used) && !self.config.allow_unused {
                let (at, text) = (o.span, format!("declared and not used: {}", o.name));
                let mut d = Diagnostic::error(Code::UnusedVar, at, text);
                d.soft = true;
                self.report(d.note("use _ for a value that is not needed"));
            }
        }
        self.local_vars.truncate(first);
    }

    /// Checks statements in the current scope.
    pub(super) fn stmt_list(&mut self, ctx: Context, list: &'a [Stmt]) {
        let only_last = FALLTHROUGH | FINAL_CASE;
        let list = trim_empty(list);
        for (i, s) in list.iter().enumerate() {
            let last = i + 1 == list.len();
            self.stmt(if last { ctx } else { ctx & !only_last }, s);
        }
    }

    /// Checks a block in a scope of its own.
    pub(super) fn block(&mut self, ctx: Context, b: &'a Block) {
        self.open_scope(b.span);
        self.stmt_list(ctx, &b.stmts);
        self.close_scope();
    }

    pub(super) fn simple_stmt(&mut self, s: Option<&'a Stmt>) {
        if let Some(s) = s {
            self.stmt(0, s);
        }
    }

    /// Checks a statement.
    pub(super) fn stmt(&mut self, ctx: Context, s: &'a Stmt) {
        let top = self.delayed.len();
        let scope = self.env.scope;
        self.stmt_inner(ctx, s);
        // Literals collected here see the scope of the statement's parts, as they were opened last.
        if self.delayed.len() > top {
            self.process_delayed(top);
        }
        self.env.scope = scope;
    }

    fn stmt_inner(&mut self, ctx: Context, s: &'a Stmt) {
        let inner = ctx & !(FALLTHROUGH | FINAL_CASE);
        match &s.kind {
            StmtKind::Bad | StmtKind::Empty => {}
            StmtKind::Decl(d) => self.decl_stmt(d),
            StmtKind::Labeled(_, s) => {
                self.env.has_label = true;
                self.stmt(ctx, s);
            }
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Show(list) => self.show_list(list),
            StmtKind::Send(ch, _, val) => self.send_stmt(s.span, ch, val),
            StmtKind::IncDec(e, inc) => self.inc_dec(e, *inc),
            StmtKind::Assign(lhs, _, rhs) => self.assign_vars(lhs, rhs),
            StmtKind::Define(lhs, op, rhs) => self.short_var_decl(*op, lhs, rhs),
            StmtKind::OpAssign(lhs, op, op_span, rhs) => {
                let mut x = Operand::new();
                self.binary(&mut x, None, lhs, rhs, *op, *op_span);
                self.assign_var(lhs, None, Some(&mut x), "assignment");
            }
            StmtKind::Go(call) => self.suspended_call("go", Code::InvalidGo, call),
            StmtKind::Defer(call) => self.suspended_call("defer", Code::InvalidDefer, call),
            StmtKind::Return(results) => self.return_stmt(s.span, results),
            StmtKind::Break(Some(_)) | StmtKind::Continue(Some(_)) | StmtKind::Goto(_) => {
                self.env.has_label = true;
            }
            StmtKind::Break(None) => {
                if ctx & BREAK == 0 {
                    self.error(
                        s.span,
                        Code::MisplacedBreak,
                        "break is not in a loop, switch, or select",
                    );
                }
            }
            StmtKind::Continue(None) => {
                if ctx & CONTINUE == 0 {
                    self.error(s.span, Code::MisplacedContinue, "continue is not in a loop");
                }
            }
            StmtKind::Fallthrough => self.fallthrough(ctx, s.span),
            StmtKind::Block(b) => self.block(inner, b),
            StmtKind::If(i) => self.if_stmt(inner, s.span, i),
            StmtKind::Switch(w) => {
                self.open_scope(s.span);
                self.simple_stmt(w.init.as_ref());
                self.switch_stmt((inner | BREAK) & !TYPE_SWITCH, w);
                self.close_scope();
            }
            StmtKind::TypeSwitch(w) => {
                self.open_scope(s.span);
                self.simple_stmt(w.init.as_ref());
                self.type_switch_stmt(inner | BREAK | TYPE_SWITCH, w);
                self.close_scope();
            }
            StmtKind::Select(w) => self.select_stmt((inner | BREAK) & !TYPE_SWITCH, w),
            StmtKind::For(f) => self.for_stmt((inner | BREAK | CONTINUE) & !TYPE_SWITCH, s.span, f),
            StmtKind::Range(r) => self.range_stmt((inner | BREAK | CONTINUE) & !TYPE_SWITCH, s.span, r),
        }
    }

    fn expr_stmt(&mut self, e: &'a Expr) {
        if self.at_top() && self.home.is_some_and(|h| h.prompt) {
            return self.shown_stmt(e);
        }
        let mut x = Operand::new();
        let kind = self.raw_expr(&mut x, e, None, false);
        let (msg, code) = match x.mode {
            OperandMode::Invalid => return,
            OperandMode::Builtin(_) => ("must be called", Code::UncalledBuiltin),
            OperandMode::TypeExpr => ("is not an expression", Code::NotAnExpr),
            _ if kind == Kind::Statement => return,
            _ => ("is not used", Code::UnusedExpr),
        };
        let text = format!("{} {msg}", self.operand_text(&x));
        self.error(x.span(), code, text);
    }

    fn send_stmt(&mut self, at: Span, ch: &'a Expr, val: &'a Expr) {
        let (mut c, mut v) = (Operand::new(), Operand::new());
        self.expr(&mut c, ch);
        let elem = match self.store.core_type(c.ty) {
            Some(Type::Chan(_, elem)) if !c.is_invalid() => Some(*elem),
            _ => None,
        };
        self.target = self.target(elem, "send");
        self.expr(&mut v, val);
        if c.is_invalid() || v.is_invalid() {
            return;
        }
        if let Some(elem) = self.chan_elem(&c, at, false) {
            self.assignment(&mut v, Some(elem), "send");
        }
    }

    fn inc_dec(&mut self, e: &'a Expr, inc: bool) {
        let mut x = Operand::new();
        self.expr(&mut x, e);
        if x.is_invalid() {
            return;
        }
        if !self.store.is_numeric(x.ty) {
            let op = if inc { "++" } else { "--" };
            let text = format!(
                "invalid operation: {}{op} (non-numeric type {})",
                expr_string(e),
                self.type_text(x.ty)
            );
            return self.error(e.span, Code::NonNumericIncDec, text);
        }
        self.assign_var(e, None, Some(&mut x), "assignment");
    }

    fn suspended_call(&mut self, keyword: &str, code: Code, call: &'a Expr) {
        if !matches!(unparen(call).kind, ExprKind::Call(_)) {
            if !matches!(call.kind, ExprKind::Bad) {
                self.error(
                    call.span,
                    code,
                    format!("expression in {keyword} must be function call"),
                );
            }
            self.use_exprs(std::slice::from_ref(call));
            return;
        }
        let mut x = Operand::new();
        let (msg, code) = match self.raw_expr(&mut x, call, None, false) {
            Kind::Conversion => ("requires function call, not conversion", code),
            Kind::Expression => ("discards result of", Code::UnusedResults),
            Kind::Statement => return,
        };
        if x.is_invalid() {
            return;
        }
        let text = format!("{keyword} {msg} {}", self.operand_text(&x));
        self.error(x.span(), code, text);
    }

    fn return_stmt(&mut self, at: Span, results: &'a [Expr]) {
        let Some(Type::Signature(sig)) = self.env.sig.map(|s| &self.store[s]) else {
            return;
        };
        let res: Vec<ObjId> = sig.results.clone();
        let named = res.first().is_some_and(|&r| !self.store[r].name.is_empty());
        if !results.is_empty() || !named {
            if !results.is_empty() || !res.is_empty() {
                self.init_vars(&res, results, Some(at));
            }
            return;
        }
        for r in res {
            let name = self.store[r].name.clone();
            let Some(alt) = self.lookup(&name).filter(|&alt| alt != r) else {
                continue;
            };
            let d = Diagnostic::error(
                Code::OutOfScopeResult,
                at,
                format!("result parameter {name} not in scope at return"),
            );
            let text = format!("inner declaration of {}", self.object_text(r));
            let d = d.label(self.store[alt].span, text);
            self.report(d);
        }
    }

    /// Variable `obj` as messages show it: `var x int`.
    fn object_text(&self, obj: ObjId) -> String {
        format!(
            "var {} {}",
            self.store[obj].name,
            self.type_text(self.store[obj].ty)
        )
    }

    fn fallthrough(&mut self, ctx: Context, at: Span) {
        if ctx & FALLTHROUGH != 0 {
            return;
        }
        let text = if ctx & TYPE_SWITCH != 0 {
            "cannot fallthrough in type switch"
        } else if ctx & FINAL_CASE != 0 {
            "cannot fallthrough final case in switch"
        } else {
            "fallthrough statement out of place"
        };
        self.error(at, Code::MisplacedFallthrough, text);
    }

    /// Checks a condition of an if or for statement.
    fn condition(&mut self, e: &'a Expr, what: &str) {
        let mut x = Operand::new();
        self.expr(&mut x, e);
        if !x.is_invalid() && !self.store.is_boolean(x.ty) {
            self.error(
                e.span,
                Code::InvalidCond,
                format!("non-boolean condition in {what} statement"),
            );
        }
    }

    fn if_stmt(&mut self, inner: Context, at: Span, i: &'a IfStmt) {
        self.open_scope(at);
        self.simple_stmt(i.init.as_ref());
        self.condition(&i.cond, "if");
        self.block(inner, &i.then);
        if let Some(els) = &i.els {
            self.stmt(inner, els);
        }
        self.close_scope();
    }

    fn for_stmt(&mut self, inner: Context, at: Span, f: &'a ForStmt) {
        self.open_scope(at);
        self.simple_stmt(f.init.as_ref());
        if let Some(Stmt {
            kind: StmtKind::Define(lhs, ..),
            ..
        }) = &f.init
        {
            self.loop_vars(at, lhs.iter());
        }
        if let Some(cond) = &f.cond {
            self.condition(cond, "for");
        }
        self.simple_stmt(f.post.as_ref());
        if let Some(Stmt {
            kind: StmtKind::Define(lhs, ..),
            ..
        }) = &f.post
        {
            self.use_exprs(lhs);
        }
        self.block(inner, &f.body);
        self.close_scope();
    }

    /// Notes the variables of a loop if its version of Go lets all iterations share them.
    pub(super) fn loop_vars<'e>(&mut self, at: Span, vars: impl Iterator<Item = &'e Expr>) {
        if self.allow_version(at, PER_ITERATION) {
            return;
        }
        for x in vars {
            if let ExprKind::Ident(id) = &x.kind
                && let Some(&obj) = self.info.defs.get(&id.id)
            {
                self.info.shared_vars.insert(obj);
            }
        }
    }

    fn select_stmt(&mut self, inner: Context, s: &'a SelectStmt) {
        self.multiple_defaults(s.clauses.iter().filter(|c| c.comm.is_none()).map(|c| c.span));
        for c in &s.clauses {
            if let Some(comm) = &c.comm
                && !is_communication(comm)
            {
                let text = "select case must be send or receive (possibly with assignment)";
                self.error(comm.span, Code::InvalidSelectCase, text);
                continue;
            }
            self.open_scope(c.span);
            if let Some(comm) = &c.comm {
                self.stmt(inner, comm);
            }
            self.stmt_list(inner, &c.body);
            self.close_scope();
        }
    }

    /// Reports all but the first of `defaults`.
    pub(super) fn multiple_defaults(&mut self, mut defaults: impl Iterator<Item = Span>) {
        let Some(first) = defaults.next() else { return };
        let rest: Vec<Span> = defaults.collect();
        for at in rest {
            let place = self
                .map
                .locate(first.lo)
                .map_or_else(String::new, |p| p.to_string());
            self.error(
                at,
                Code::DuplicateDefault,
                format!("multiple defaults (first at {place})"),
            );
        }
    }
}

/// Whether `s` is a send, or a receive as expression, assignment or definition.
fn is_communication(s: &Stmt) -> bool {
    let rhs = match &s.kind {
        StmtKind::Send(..) | StmtKind::Bad => return true,
        StmtKind::Assign(_, _, rhs) | StmtKind::Define(_, _, rhs) => match rhs.as_slice() {
            [x] => x,
            _ => return false,
        },
        StmtKind::OpAssign(_, _, _, x) | StmtKind::Expr(x) => x,
        _ => return false,
    };
    matches!(unparen(rhs).kind, ExprKind::Unary(UnaryOp::Recv, _))
}
