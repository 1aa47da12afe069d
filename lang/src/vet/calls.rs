//! unusedresult, errorsas, defers, appends, unmarshal, waitgroup, sigchanyzer, timeformat, atomic: calls that do
//! not do what they seem to.

use super::{Cx, unparen};
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::info::Mode;
use crate::types::store::ObjId;
use crate::types::ty::Type;
use crate::types::universe::{Builtin, ERROR};

/// Functions that only give a result.
const PURE: [(&str, &[&str]); 6] = [
    (
        "context",
        &["WithCancel", "WithDeadline", "WithTimeout", "WithValue"],
    ),
    ("errors", &["New"]),
    (
        "fmt",
        &[
            "Append", "Appendf", "Appendln", "Errorf", "Sprint", "Sprintf", "Sprintln",
        ],
    ),
    (
        "maps",
        &["All", "Clone", "Collect", "Equal", "EqualFunc", "Keys", "Values"],
    ),
    (
        "slices",
        &[
            "All",
            "AppendSeq",
            "Backward",
            "BinarySearch",
            "BinarySearchFunc",
            "Chunk",
            "Clip",
            "Clone",
            "Collect",
            "Compact",
            "CompactFunc",
            "Compare",
            "CompareFunc",
            "Concat",
            "Contains",
            "ContainsFunc",
            "Delete",
            "DeleteFunc",
            "Equal",
            "EqualFunc",
            "Grow",
            "Index",
            "IndexFunc",
            "Insert",
            "IsSorted",
            "IsSortedFunc",
            "Max",
            "MaxFunc",
            "Min",
            "MinFunc",
            "Repeat",
            "Replace",
            "Sorted",
            "SortedFunc",
            "SortedStableFunc",
            "Values",
        ],
    ),
    ("sort", &["Reverse"]),
];

/// A layout with day and month the wrong way round.
const BAD_LAYOUT: &str = "2006-02-01";

/// Looks for calls of time.Since, not in functions.
struct Since<'c, 'v> {
    cx: &'c Cx<'v>,
    found: Vec<Span>,
}

impl Visitor for Since<'_, '_> {
    fn expr(&mut self, x: &Expr) {
        match &x.kind {
            ExprKind::FuncLit(..) => return,
            ExprKind::Call(c)
                if self
                    .cx
                    .called_func(c)
                    .is_some_and(|f| self.cx.is_func(f, "time", "Since")) =>
            {
                self.found.push(x.span);
            }
            _ => {}
        }
        visit::walk_expr(self, x);
    }
}

/// Looks for the channel that a variable is declared with.
struct MadeWith<'c, 'v> {
    cx: &'c Cx<'v>,
    var: ObjId,
    /// The number of arguments of its `make`.
    args: Option<usize>,
}

impl MadeWith<'_, '_> {
    fn declared(&mut self, id: &Ident, value: &Expr) {
        if self.cx.info.object_of(id.id) != Some(self.var) {
            return;
        }
        if let ExprKind::Call(c) = &unparen(value).kind
            && self.cx.is_builtin(c, Builtin::Make)
        {
            self.args = Some(c.args.len());
        }
    }
}

impl Visitor for MadeWith<'_, '_> {
    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::Define(lhs, _, rhs) = &s.kind
            && lhs.len() == rhs.len()
        {
            for (l, r) in lhs.iter().zip(rhs) {
                if let ExprKind::Ident(id) = &l.kind {
                    self.declared(id, r);
                }
            }
        }
        visit::walk_stmt(self, s);
    }

    fn decl(&mut self, d: &Decl) {
        if let Decl::Var(d) = d {
            for s in d.specs.iter().filter(|s| s.names.len() == s.values.len()) {
                s.names
                    .iter()
                    .zip(&s.values)
                    .for_each(|(n, v)| self.declared(n, v));
            }
        }
        visit::walk_decl(self, d);
    }
}

impl Cx<'_> {
    fn is_builtin(&self, c: &CallExpr, b: Builtin) -> bool {
        self.tv(&c.fun).is_some_and(|tv| tv.mode == Mode::Builtin(b))
    }

    /// Where the parenthesis of a call opens.
    fn lparen(c: &CallExpr) -> Span {
        Span::new(c.fun.span.hi, Pos(c.fun.span.hi.0 + 1))
    }

    pub(super) fn call(&mut self, x: &Expr, c: &CallExpr) {
        if self.tv(&c.fun).is_some_and(|tv| tv.mode == Mode::TypeExpr) {
            return self.string_of_int(x, c);
        }
        if self.is_builtin(c, Builtin::Append) && c.args.len() == 1 {
            return self.report("appends", x.span, "append with no values");
        }
        let Some(f) = self.called_func(c) else { return };
        if self.is_func(f, "errors", "As") {
            self.error_target(x, c);
        }
        if self.is_func(f, "os/signal", "Notify") {
            self.signal_channel(x, c);
        }
        if self.is_method(f, "time", "Time", "Format") || self.is_func(f, "time", "Parse") {
            self.layout(c);
        }
        self.unmarshal(c, f);
    }

    // --- unusedresult ---

    pub(super) fn unused_result(&mut self, e: &Expr) {
        let e = unparen(e);
        let ExprKind::Call(c) = &e.kind else { return };
        let Some(f) = self.called_func(c) else { return };
        let o = &self.store[f];
        let Some(sig) = self.signature(o.ty) else { return };
        let path = o.pkg.map_or("", |p| &*self.store[p].path);
        let span = e.span.start().to(Cx::lparen(c));
        let text = match sig.recv {
            Some(recv) if matches!(&*o.name, "Error" | "String") && self.gives_string(f) => {
                let recv = self.full_type(self.store[recv].ty);
                format!("result of ({recv}).{} call not used", o.name)
            }
            None if PURE
                .iter()
                .any(|(p, names)| *p == path && names.contains(&&*o.name)) =>
            {
                format!("result of {path}.{} call not used", o.name)
            }
            _ => return,
        };
        self.report("unusedresult", span, text);
    }

    // --- errorsas, unmarshal, timeformat, sigchanyzer ---

    fn error_target(&mut self, x: &Expr, c: &CallExpr) {
        let Some(t) = c.args.get(1).and_then(|a| self.type_of(a)) else {
            return;
        };
        let store = self.store;
        let text = match store.under_type(t) {
            Type::Interface(i) if i.methods.is_empty() && i.embeds.is_empty() => return,
            Type::Pointer(e) if *e == ERROR => "second argument to errors.As should not be *error",
            Type::Pointer(e) if store.is_interface(*e) || self.is_error(*e) => return,
            _ => {
                "second argument to errors.As must be a non-nil pointer to either a type that implements error, or \
                 to any interface type"
            }
        };
        self.report("errorsas", x.span, text);
    }

    fn unmarshal(&mut self, c: &CallExpr, f: ObjId) {
        let o = &self.store[f];
        let path = o.pkg.map_or("", |p| &*self.store[p].path);
        let (arg, text) = match (&*o.name, path) {
            ("Unmarshal", "encoding/json" | "encoding/xml" | "encoding/asn1")
                if self.is_func(f, path, "Unmarshal") =>
            {
                (1, "call of Unmarshal passes non-pointer as second argument")
            }
            ("Decode", "encoding/json" | "encoding/xml" | "encoding/gob")
                if self.is_method(f, path, "Decoder", "Decode") =>
            {
                (0, "call of Decode passes non-pointer")
            }
            _ => return,
        };
        let Some(t) = c.args.get(arg).and_then(|a| self.type_of(a)) else {
            return;
        };
        if !matches!(self.store.under_type(t), Type::Pointer(_) | Type::Interface(_))
            && !self.store.is_type_param(t)
        {
            self.report("unmarshal", Cx::lparen(c), text);
        }
    }

    fn layout(&mut self, c: &CallExpr) {
        let Some(arg) = c.args.first() else { return };
        let Some(at) = self.constant_string(arg).and_then(|s| s.find(BAD_LAYOUT)) else {
            return;
        };
        let mut span = arg.span;
        if matches!(arg.kind, ExprKind::Lit(..)) {
            let lo = Pos(span.lo.0 + at as u32 + 1);
            span = Span::new(lo, Pos(lo.0 + BAD_LAYOUT.len() as u32));
        }
        self.report("timeformat", span, format!("{BAD_LAYOUT} should be 2006-01-02"));
    }

    /// signal.Notify does not wait for a receiver: a channel without a buffer misses signals.
    fn signal_channel(&mut self, x: &Expr, c: &CallExpr) {
        let Some(arg) = c.args.first() else { return };
        let ExprKind::Ident(id) = &arg.kind else { return };
        let Some(&var) = self.info.uses.get(&id.id) else {
            return;
        };
        let mut made = MadeWith {
            cx: self,
            var,
            args: None,
        };
        let pkg = self.pkg;
        pkg.files.iter().for_each(|f| visit::walk_file(&mut made, f));
        if made.args == Some(1) {
            let text = "misuse of unbuffered os.Signal channel as argument to signal.Notify";
            self.report("sigchanyzer", x.span, text);
        }
    }

    // --- defers, waitgroup, atomic ---

    pub(super) fn deferred(&mut self, call: &Expr) {
        let mut since = Since {
            cx: self,
            found: Vec::new(),
        };
        since.expr(call);
        for span in since.found {
            self.report("defers", span, "call to time.Since is not deferred");
        }
    }

    /// `go func() { wg.Add(1) … }()`: Wait may be over before.
    pub(super) fn started(&mut self, call: &Expr) {
        let ExprKind::Call(c) = &call.kind else { return };
        let ExprKind::FuncLit(_, body) = &c.fun.kind else {
            return;
        };
        let Some(Stmt {
            kind: StmtKind::Expr(first),
            ..
        }) = body.stmts.first()
        else {
            return;
        };
        let ExprKind::Call(add) = &first.kind else { return };
        let is_add = |f| self.is_method(f, "sync", "WaitGroup", "Add");
        if self.called_func(add).is_some_and(is_add) {
            self.report(
                "waitgroup",
                Cx::lparen(add),
                "WaitGroup.Add called from inside new goroutine",
            );
        }
    }

    /// `x = atomic.AddInt32(&x, 1)`: the assignment is not atomic.
    pub(super) fn atomic_assignment(&mut self, lhs: &[Expr], rhs: &[Expr]) {
        if lhs.len() != rhs.len() {
            return;
        }
        for (l, r) in lhs.iter().zip(rhs) {
            let ExprKind::Call(c) = &r.kind else { continue };
            let Some(f) = self.called_func(c) else { continue };
            let name = self.store[f].name.clone();
            let adds = matches!(
                &*name,
                "AddInt32" | "AddInt64" | "AddUint32" | "AddUint64" | "AddUintptr"
            );
            let [arg, _] = &c.args[..] else { continue };
            if !adds || !self.is_func(f, "sync/atomic", &name) {
                continue;
            }
            let same = match (&arg.kind, &l.kind) {
                (ExprKind::Unary(UnaryOp::Addr, x), _) => self.shown(l) == self.shown(x),
                (_, ExprKind::Star(p)) => self.shown(p) == self.shown(arg),
                _ => false,
            };
            if same {
                self.report("atomic", l.span, "direct assignment to atomic value");
            }
        }
    }
}
