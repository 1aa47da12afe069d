//! Statements: headers taken apart, and checked.

use super::Actions;
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::print::{emphasized, expr_list_string, expr_string};

/// What stands between `if`, `for` or `switch` and the body, as parsed.
#[derive(Debug)]
pub struct Header {
    init: Option<Stmt>,
    /// The semicolon after `init`.
    semi: Option<Span>,
    cond: Option<Stmt>,
}

impl Header {
    /// A header without a semicolon.
    pub fn cond(cond: Option<Stmt>) -> Header {
        Header {
            init: None,
            semi: None,
            cond,
        }
    }

    /// A header with a semicolon from `l` to `r`.
    pub fn two(init: Option<Stmt>, l: Pos, r: Pos, cond: Option<Stmt>) -> Header {
        Header {
            init,
            semi: Some(Span::new(l, r)),
            cond,
        }
    }
}

/// `if` and its header.
#[derive(Debug)]
pub struct IfHead {
    l: Pos,
    init: Option<Stmt>,
    cond: Expr,
}

/// `switch` and its header.
#[derive(Debug)]
pub struct SwitchHead {
    l: Pos,
    init: Option<Stmt>,
    tag: Tag,
}

/// What a switch looks at.
#[derive(Debug)]
enum Tag {
    Value(Option<Expr>),
    /// `bind := x.(type)`.
    Type {
        bind: Option<Ident>,
        x: Expr,
        guard: Span,
    },
}

/// `for` and its header.
#[derive(Debug)]
pub struct ForHead {
    l: Pos,
    init: Option<Stmt>,
    cond: Option<Expr>,
    post: Option<Stmt>,
}

/// `for` and its range clause.
#[derive(Debug)]
pub struct RangeHead {
    l: Pos,
    key: Option<Expr>,
    value: Option<Expr>,
    extra: Option<Span>,
    define: bool,
    x: Expr,
    end: Pos,
}

/// A statement from `l` to `r`.
pub fn stmt(l: Pos, kind: StmtKind, r: Pos) -> Stmt {
    Stmt {
        span: Span::new(l, r),
        kind,
    }
}

/// A block from `l` to `r`, its closing brace at `c`.
pub fn block(l: Pos, stmts: Vec<Stmt>, c: Pos, r: Pos) -> Block {
    Block {
        span: Span::new(l, r),
        stmts,
        rbrace: Span::new(c, r),
    }
}

/// A block as a statement.
pub fn block_stmt(b: Block) -> Stmt {
    Stmt {
        span: b.span,
        kind: StmtKind::Block(b),
    }
}

/// A declaration as a statement.
pub fn decl_stmt(d: Decl) -> Stmt {
    let span = match &d {
        Decl::Import(d) => d.span,
        Decl::Const(d) => d.span,
        Decl::Var(d) => d.span,
        Decl::Type(d) => d.span,
        Decl::Func(d) => d.span,
        Decl::Bad(span) => *span,
    };
    Stmt {
        span,
        kind: StmtKind::Decl(d),
    }
}

/// An expression as a statement.
pub fn expr_stmt(x: Expr) -> Stmt {
    Stmt {
        span: x.span,
        kind: StmtKind::Expr(x),
    }
}

/// `x++` or `x--`.
pub fn inc_dec(x: Expr, inc: bool, r: Pos) -> Stmt {
    Stmt {
        span: Span::new(x.span.lo, r),
        kind: StmtKind::IncDec(x, inc),
    }
}

/// An if statement that ends at `r`.
pub fn if_stmt(h: IfHead, then: Block, els: Option<Stmt>, r: Pos) -> Stmt {
    let s = IfStmt {
        init: h.init,
        cond: h.cond,
        then,
        els,
    };
    stmt(h.l, StmtKind::If(Box::new(s)), r)
}

/// A switch, the closing brace from `c` to `r`.
pub fn switch(h: SwitchHead, clauses: Vec<CaseClause>, c: Pos, r: Pos) -> Stmt {
    let (init, rbrace) = (h.init, Span::new(c, r));
    let kind = match h.tag {
        Tag::Value(tag) => StmtKind::Switch(Box::new(SwitchStmt {
            init,
            tag,
            clauses,
            rbrace,
        })),
        Tag::Type { bind, x, guard } => StmtKind::TypeSwitch(Box::new(TypeSwitchStmt {
            init,
            bind,
            x,
            guard,
            clauses,
            rbrace,
        })),
    };
    stmt(h.l, kind, r)
}

/// A select statement, the closing brace from `c` to `r`.
pub fn select(l: Pos, clauses: Vec<CommClause>, c: Pos, r: Pos) -> Stmt {
    stmt(
        l,
        StmtKind::Select(Box::new(SelectStmt {
            clauses,
            rbrace: Span::new(c, r),
        })),
        r,
    )
}

/// A for statement.
pub fn for_stmt(h: ForHead, body: Block) -> Stmt {
    let r = body.span.hi;
    let s = ForStmt {
        init: h.init,
        cond: h.cond,
        post: h.post,
        body,
    };
    stmt(h.l, StmtKind::For(Box::new(s)), r)
}

/// A for statement with a range clause.
pub fn range(h: RangeHead, body: Block) -> Stmt {
    let r = body.span.hi;
    let header = Span::new(h.l, h.end);
    let s = RangeStmt {
        key: h.key,
        value: h.value,
        extra: h.extra,
        define: h.define,
        x: h.x,
        header,
        body,
    };
    stmt(h.l, StmtKind::Range(Box::new(s)), r)
}

/// Whether `s` is `x.(type)` or `v := x.(type)`.
fn is_guard(s: &Stmt) -> bool {
    let asks_type = |x: &Expr| matches!(x.kind, ExprKind::TypeAssert(_, None));
    match &s.kind {
        StmtKind::Expr(x) => asks_type(x),
        StmtKind::Define(x, _, y) => match (&x[..], &y[..]) {
            ([x], [y]) => matches!(x.kind, ExprKind::Ident(_)) && asks_type(y),
            _ => false,
        },
        _ => false,
    }
}

fn list_span(x: &[Expr], y: &[Expr]) -> Span {
    match (x.first(), y.last()) {
        (Some(a), Some(b)) => a.span.to(b.span),
        _ => Span::NOWHERE,
    }
}

impl Actions<'_> {
    /// `x = y`.
    pub fn assign(&mut self, x: Vec<Expr>, l: Pos, r: Pos, y: Vec<Expr>) -> Stmt {
        Stmt {
            span: list_span(&x, &y),
            kind: StmtKind::Assign(x, Span::new(l, r), y),
        }
    }

    /// `x := y`.
    pub fn define(&mut self, x: Vec<Expr>, l: Pos, r: Pos, y: Vec<Expr>) -> Stmt {
        Stmt {
            span: list_span(&x, &y),
            kind: StmtKind::Define(x, Span::new(l, r), y),
        }
    }

    /// `x op= y`.
    pub fn op_assign(&mut self, x: Expr, op: BinaryOp, l: Pos, r: Pos, y: Expr) -> Stmt {
        Stmt {
            span: x.span.to(y.span),
            kind: StmtKind::OpAssign(x, op, Span::new(l, r), y),
        }
    }

    /// `x <- y`.
    pub fn send(&mut self, x: Expr, l: Pos, r: Pos, y: Expr) -> Stmt {
        Stmt {
            span: x.span.to(y.span),
            kind: StmtKind::Send(x, Span::new(l, r), y),
        }
    }

    /// `n: s`, the colon at `colon`.
    pub fn labeled(&mut self, n: Ident, colon: Pos, s: Option<Stmt>, r: Pos) -> Stmt {
        let after = Pos(colon.0 + 1);
        let s = s.unwrap_or_else(|| stmt(after, StmtKind::Empty, after));
        stmt(n.span.lo, StmtKind::Labeled(n, Box::new(s)), r)
    }

    /// `go x`.
    pub fn go(&mut self, l: Pos, x: Expr) -> Stmt {
        let x = self.call_of("go", x);
        let r = x.span.hi;
        stmt(l, StmtKind::Go(x), r)
    }

    /// `defer x`.
    pub fn defer(&mut self, l: Pos, x: Expr) -> Stmt {
        let x = self.call_of("defer", x);
        let r = x.span.hi;
        stmt(l, StmtKind::Defer(x), r)
    }

    /// `x` without parentheses; reported if it had any, or is no call.
    fn call_of(&mut self, what: &str, mut x: Expr) -> Expr {
        if matches!(x.kind, ExprKind::Paren(_)) {
            self.error(x.span, format!("expression in {what} must not be parenthesized"));
            while let ExprKind::Paren(inner) = x.kind {
                x = *inner;
            }
        } else if !matches!(x.kind, ExprKind::Call(_)) {
            self.error(x.span, format!("expression in {what} must be function call"));
        }
        x
    }

    /// The head of an if statement, which ends at `r`.
    pub fn if_head(&mut self, l: Pos, h: Header, r: Pos) -> IfHead {
        let end = Span::new(r, r);
        let cond = match (h.cond, h.semi) {
            (Some(s), _) => self.value_of(s),
            (None, None) => {
                self.syntax_error(end, "missing condition in if statement");
                self.bad_expr(end)
            }
            (None, Some(semi)) => {
                match self.text(semi.lo, semi.hi) {
                    ";" => self.syntax_error(semi, "missing condition in if statement"),
                    _ => self.syntax_error(semi, "unexpected newline, expected { after if clause"),
                }
                self.bad_expr(semi)
            }
        };
        IfHead {
            l,
            init: h.init,
            cond,
        }
    }

    /// The value that the statement `s` is in a header; reported if it is none.
    fn value_of(&mut self, s: Stmt) -> Expr {
        let (at, text) = match &s.kind {
            StmtKind::Expr(_) => (s.span, String::new()),
            // Most often meant as a comparison: the sides are set off to show the `=`.
            StmtKind::Assign(x, op, y) => (*op, format!("assignment {} = {}", emphasized(x), emphasized(y))),
            StmtKind::Define(x, op, y) => {
                (*op, format!("{} := {}", expr_list_string(x), expr_list_string(y)))
            }
            StmtKind::OpAssign(x, op, at, y) => (
                *at,
                format!("{} {}= {}", expr_string(x), op.text(), expr_string(y)),
            ),
            StmtKind::Send(x, at, y) => (*at, format!("{} <- {}", expr_string(x), expr_string(y))),
            StmtKind::IncDec(x, inc) => {
                let op = if *inc { "++" } else { "--" };
                (
                    Span::new(Pos(s.span.hi.0 - 2), s.span.hi),
                    format!("{}{op}", expr_string(x)),
                )
            }
            _ => (s.span, "statement".to_string()),
        };
        match s.kind {
            StmtKind::Expr(x) => return x,
            // A guard in it is not worth another report.
            StmtKind::Define(_, _, y) => self.guards.retain(|(id, _)| y.iter().all(|x| x.id != *id)),
            _ => {}
        }
        self.syntax_error(at, format!("cannot use {text} as value"));
        self.bad_expr(s.span)
    }

    /// The head of a switch: of types if its tag is a guard.
    pub fn switch_head(&mut self, l: Pos, h: Header) -> SwitchHead {
        let tag = match h.cond {
            Some(s) if is_guard(&s) => {
                let guard = s.span;
                let (bind, x) = self.take_guard(s);
                Tag::Type { bind, x, guard }
            }
            tag => Tag::Value(tag.map(|s| self.value_of(s))),
        };
        SwitchHead { l, init: h.init, tag }
    }

    /// Takes apart what `is_guard` says is a type switch's guard.
    fn take_guard(&mut self, s: Stmt) -> (Option<Ident>, Expr) {
        let (bind, x) = match s.kind {
            StmtKind::Define(mut x, _, mut y) => (x.pop(), y.pop()),
            StmtKind::Expr(x) => (None, Some(x)),
            _ => (None, None),
        };
        let bind = bind.and_then(|b| match b.kind {
            ExprKind::Ident(n) => Some(n),
            _ => None,
        });
        let x = x.unwrap_or_else(|| self.bad_expr(s.span));
        self.guards.retain(|&(id, _)| id != x.id);
        match x.kind {
            ExprKind::TypeAssert(x, None) => (bind, *x),
            kind => (bind, Expr { kind, ..x }),
        }
    }

    /// The head of a for statement with at most three parts.
    pub fn for_head(
        &mut self,
        l: Pos,
        init: Option<Stmt>,
        cond: Option<Stmt>,
        post: Option<Stmt>,
    ) -> ForHead {
        let cond = cond.map(|s| self.value_of(s));
        if let Some(Stmt {
            kind: StmtKind::Define(_, at, _),
            ..
        }) = &post
        {
            self.syntax_error(*at, "cannot declare in post statement of for loop");
        }
        ForHead { l, init, cond, post }
    }

    /// The head of a for statement with a range clause, which ends at `end`.
    pub fn range_head(&mut self, l: Pos, vars: Vec<Expr>, define: bool, x: Expr, end: Pos) -> RangeHead {
        let mut vars = vars.into_iter();
        let (key, value) = (vars.next(), vars.next());
        let extra = vars.next().map(|e| e.span);
        RangeHead {
            l,
            key,
            value,
            extra,
            define,
            x,
            end,
        }
    }

    /// `case exprs:` or `default:` from `l` to `r`, the colon at `c`.
    pub fn case_head(&mut self, l: Pos, exprs: Option<Vec<Expr>>, c: Pos, r: Pos) -> CaseClause {
        CaseClause {
            span: Span::new(l, r),
            id: self.ids.fresh(),
            exprs,
            colon: Span::new(c, r),
            body: Vec::new(),
        }
    }
}

/// `case comm:` or `default:` from `l` to `r`, the colon at `c`.
pub fn comm_head(l: Pos, comm: Option<Stmt>, c: Pos, r: Pos) -> CommClause {
    CommClause {
        span: Span::new(l, r),
        comm,
        colon: Span::new(c, r),
        body: Vec::new(),
    }
}

/// The head of a clause, which has no body yet.
pub trait ClauseHead {
    /// The clause with its body, which ends at `r`.
    fn with_body(self, body: Vec<Stmt>, r: Pos) -> Self;
}

impl ClauseHead for CaseClause {
    fn with_body(mut self, body: Vec<Stmt>, r: Pos) -> CaseClause {
        (self.span.hi, self.body) = (r, body);
        self
    }
}

impl ClauseHead for CommClause {
    fn with_body(mut self, body: Vec<Stmt>, r: Pos) -> CommClause {
        (self.span.hi, self.body) = (r, body);
        self
    }
}
