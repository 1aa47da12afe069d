//! `mgo vet`: what compiles and is most likely wrong.
//!
//! [`Vetter::package`] looks at a checked package with a number of checks, named and worded as `go vet` names and
//! words them. One walk over the tree hands each node to the checks that want it; those that need more (the flow
//! of control) walk function bodies by themselves.
//!
//! ```text
//!  facts       what checks ask of types: methods, locks, full names
//!  printf      calls of print functions, and of functions that forward to them; format, argtype
//!  locks       copylocks
//!  flow        unreachable; cancel: lostcancel
//!  calls       unusedresult, errorsas, defers, appends, unmarshal, waitgroup, sigchanyzer, timeformat, atomic
//!  exprs       assign, bools, nilfunc, shift, stringintconv, ifaceassert, composites
//!  decls       structtag, stdmethods
//!  loops       loopclosure, for code older than Go 1.22
//! ```

mod argtype;
mod calls;
mod cancel;
mod decls;
mod exprs;
mod facts;
mod flow;
mod format;
mod locks;
mod loops;
mod printf;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::{SourceMap, Span};
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::syntax::visit::{self, Visitor};
use crate::types::info::{CheckedPackage, Info, Mode, TypeAndValue};
use crate::types::store::{ObjId, Store, TypeId};
use crate::types::ty::Basic;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check that made it.
    pub check: &'static str,
    /// Where.
    pub span: Span,
    /// What is wrong.
    pub message: String,
}

/// Looks at packages, each after those it imports: what it learns of functions that forward to print functions
/// holds for the packages that follow.
#[derive(Debug, Default)]
pub struct Vetter {
    wrappers: FxHashMap<ObjId, printf::Kind>,
}

impl Vetter {
    /// One that has seen nothing.
    pub fn new() -> Vetter {
        Vetter::default()
    }

    /// What is suspicious in `pkg`, whose module is written for Go 1.`go`; by position.
    pub fn package(&mut self, store: &Store, map: &SourceMap, pkg: &CheckedPackage, go: u32) -> Vec<Finding> {
        let mut cx = Cx {
            store,
            map,
            pkg,
            info: &pkg.info,
            go,
            wrappers: &mut self.wrappers,
            findings: Vec::new(),
            seen_bools: FxHashSet::default(),
        };
        cx.find_wrappers();
        for file in &pkg.files {
            visit::walk_file(&mut cx, file);
        }
        let mut findings = cx.findings;
        findings.sort_by_key(|f| (f.span.lo, f.check));
        findings.dedup();
        findings
    }
}

/// The state of vetting one package.
struct Cx<'v> {
    store: &'v Store,
    map: &'v SourceMap,
    pkg: &'v CheckedPackage,
    info: &'v Info,
    go: u32,
    wrappers: &'v mut FxHashMap<ObjId, printf::Kind>,
    findings: Vec<Finding>,
    /// Operands of `&&` and `||` that were looked at with what is around them.
    seen_bools: FxHashSet<ExprId>,
}

impl Cx<'_> {
    fn report(&mut self, check: &'static str, span: Span, message: impl Into<String>) {
        self.findings.push(Finding {
            check,
            span,
            message: message.into(),
        });
    }

    fn tv(&self, e: &Expr) -> Option<&TypeAndValue> {
        self.info.get(e.id)
    }

    /// The type of an expression; that of `nil` is untyped whatever it is converted to.
    fn type_of(&self, e: &Expr) -> Option<TypeId> {
        self.tv(e).map(|tv| match tv.mode {
            Mode::Nil => Basic::UntypedNil.id(),
            _ => tv.ty,
        })
    }

    /// The text of an expression: as written, shortened if that takes several lines.
    fn shown(&self, e: &Expr) -> String {
        let text = self.map.text(e.span);
        if text.contains('\n') {
            expr_string(e)
        } else {
            text.to_owned()
        }
    }
}

/// An expression without its parentheses.
fn unparen(mut e: &Expr) -> &Expr {
    while let ExprKind::Paren(x) = &e.kind {
        e = x;
    }
    e
}

impl Visitor for Cx<'_> {
    fn expr(&mut self, x: &Expr) {
        match &x.kind {
            ExprKind::Call(c) => {
                self.print_call(x, c);
                self.copied_arguments(c);
                self.call(x, c);
            }
            ExprKind::Binary(op, _, a, b) => self.binary(x, *op, a, b),
            ExprKind::Composite(lit) => {
                self.copied_elements(lit);
                self.unkeyed(x, lit);
            }
            ExprKind::FuncLit(sig, body) => {
                self.locks_by_value("func", None, sig);
                self.unreachable(body);
                self.lost_cancels(None, sig, body);
            }
            ExprKind::StructType(_) => self.struct_tags(x),
            ExprKind::InterfaceType(elems) => self.interface_methods(elems),
            ExprKind::TypeAssert(v, Some(t)) => self.impossible_assertion(v, t),
            _ => {}
        }
        visit::walk_expr(self, x);
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::Expr(e) => self.unused_result(e),
            StmtKind::Assign(lhs, _, rhs) => {
                self.copied_values(lhs, rhs);
                self.self_assignment(s, lhs, rhs);
                self.atomic_assignment(lhs, rhs);
            }
            StmtKind::Define(lhs, _, rhs) => {
                self.copied_values(lhs, rhs);
                self.atomic_assignment(lhs, rhs);
            }
            StmtKind::OpAssign(x, op, _, y) => self.shift_assignment(s, *op, x, y),
            StmtKind::Return(list) => self.copied_results(list),
            StmtKind::Range(r) => {
                self.copied_range_vars(r);
                let vars = [&r.key, &r.value];
                self.captured_loop_vars(vars.into_iter().flatten(), &r.body);
            }
            StmtKind::For(f) => {
                self.copied_loop_vars(f);
                self.captured_for_vars(f);
            }
            StmtKind::TypeSwitch(t) => {
                for clause in &t.clauses {
                    for target in clause.exprs.iter().flatten() {
                        self.impossible_assertion(&t.x, target);
                    }
                }
            }
            StmtKind::Defer(call) => self.deferred(call),
            StmtKind::Go(call) => self.started(call),
            _ => {}
        }
        visit::walk_stmt(self, s);
    }

    fn decl(&mut self, d: &Decl) {
        match d {
            Decl::Var(v) => v.specs.iter().for_each(|s| self.copied_in_declaration(s)),
            Decl::Func(f) => {
                self.locks_by_value(&f.name.name, f.recv.as_deref(), &f.sig);
                if f.recv.is_some() {
                    self.canonical_method(&f.name);
                }
                if let Some(body) = &f.body {
                    self.unreachable(body);
                    self.lost_cancels(Some(f), &f.sig, body);
                }
            }
            _ => {}
        }
        visit::walk_decl(self, d);
    }
}
