//! Expressions back to source text, for messages.
//!
//! The form is the one the Go compiler uses in its reports: one line, binary operators set off by
//! blanks, bodies of function and composite literals shortened to "…" (the facts were taken from
//! `cmd/compile/internal/syntax/printer.go`, form `ShortForm`).
//!
//! The printer recurses; a tree is never deeper than [`super::ast::MAX_DEPTH`].

use super::ast::*;

/// The text of `x` as messages show it: `f(x, y)`, `a + b[i]`, `[]int{…}`.
pub fn expr_string(x: &Expr) -> String {
    let mut out = String::new();
    expr(&mut out, x);
    out
}

/// The expressions `xs` separated by commas.
pub fn expr_list_string(xs: &[Expr]) -> String {
    let mut out = String::new();
    expr_list(&mut out, xs);
    out
}

/// The text of `x` as one side of an assignment that was meant as a comparison: binary expressions
/// stand in parentheses.
pub fn emphasized(xs: &[Expr]) -> String {
    match xs {
        [x] if matches!(x.kind, ExprKind::Binary(..)) => format!("({})", expr_string(x)),
        _ => expr_list_string(xs),
    }
}

impl UnaryOp {
    /// The operator's text.
    pub fn text(self) -> &'static str {
        match self {
            UnaryOp::Plus => "+",
            UnaryOp::Neg => "-",
            UnaryOp::Not => "!",
            UnaryOp::BitNot => "^",
            UnaryOp::Addr => "&",
            UnaryOp::Recv => "<-",
            UnaryOp::Tilde => "~",
        }
    }
}

impl BinaryOp {
    /// The operator's text.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::LOr => "||",
            BinaryOp::LAnd => "&&",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Or => "|",
            BinaryOp::Xor => "^",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
            BinaryOp::And => "&",
            BinaryOp::AndNot => "&^",
            BinaryOp::Shl => "<<",
            BinaryOp::Shr => ">>",
        }
    }
}

fn expr(out: &mut String, x: &Expr) {
    match &x.kind {
        ExprKind::Bad => out.push_str("<bad expr>"),
        ExprKind::Ident(name) => out.push_str(&name.name),
        ExprKind::Lit(_, text) => out.push_str(text),
        ExprKind::FuncLit(sig, body) => {
            out.push_str("func");
            signature(out, sig);
            out.push_str(if body.stmts.is_empty() { " {}" } else { " {…}" });
        }
        ExprKind::Composite(lit) => {
            if let Some(ty) = &lit.ty {
                expr(out, ty);
            }
            out.push_str(if lit.elems.is_empty() { "{}" } else { "{…}" });
        }
        ExprKind::Paren(x) => {
            out.push('(');
            expr(out, x);
            out.push(')');
        }
        ExprKind::Selector(x, sel) => {
            expr(out, x);
            out.push('.');
            out.push_str(&sel.name);
        }
        ExprKind::Index(x, list) => {
            expr(out, x);
            out.push('[');
            expr_list(out, list);
            out.push(']');
        }
        ExprKind::Slice(s) => slice(out, s),
        ExprKind::TypeAssert(x, ty) => {
            expr(out, x);
            out.push_str(".(");
            match ty {
                Some(ty) => expr(out, ty),
                None => out.push_str("type"),
            }
            out.push(')');
        }
        ExprKind::Call(call) => {
            expr(out, &call.fun);
            out.push('(');
            expr_list(out, &call.args);
            if call.ellipsis.is_some() {
                out.push_str("...");
            }
            out.push(')');
        }
        ExprKind::Star(x) => {
            out.push('*');
            expr(out, x);
        }
        ExprKind::Unary(op, x) => {
            out.push_str(op.text());
            expr(out, x);
        }
        ExprKind::Binary(op, _, x, y) => {
            expr(out, x);
            out.push(' ');
            out.push_str(op.text());
            out.push(' ');
            expr(out, y);
        }
        ExprKind::KeyValue(k, v) => {
            expr(out, k);
            out.push_str(": ");
            expr(out, v);
        }
        _ => type_expr(out, x),
    }
}

/// The forms that only types have.
fn type_expr(out: &mut String, x: &Expr) {
    match &x.kind {
        ExprKind::ArrayType(len, elem) => {
            out.push('[');
            match len {
                Some(len) => expr(out, len),
                None => out.push_str("..."),
            }
            out.push(']');
            expr(out, elem);
        }
        ExprKind::SliceType(elem) => {
            out.push_str("[]");
            expr(out, elem);
        }
        ExprKind::StructType(fields) => {
            out.push_str("struct{");
            field_list(out, fields, "; ");
            out.push('}');
        }
        ExprKind::FuncType(sig) => {
            out.push_str("func");
            signature(out, sig);
        }
        ExprKind::InterfaceType(elems) => interface(out, elems),
        ExprKind::MapType(k, v) => {
            out.push_str("map[");
            expr(out, k);
            out.push(']');
            expr(out, v);
        }
        ExprKind::ChanType(dir, elem) => chan(out, *dir, elem),
        ExprKind::Ellipsis(elem) => {
            out.push_str("...");
            expr(out, elem);
        }
        _ => unreachable!("expr handles every other form"),
    }
}

fn expr_list(out: &mut String, list: &[Expr]) {
    for (i, x) in list.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        expr(out, x);
    }
}

fn slice(out: &mut String, s: &SliceExpr) {
    expr(out, &s.x);
    out.push('[');
    for (i, bound) in s.bounds.iter().enumerate() {
        if i == 1 || i == 2 && s.three {
            out.push(':');
        }
        if let Some(x) = bound {
            expr(out, x);
        }
    }
    out.push(']');
}

/// A channel type. `chan (<-chan T)` keeps its parentheses: without them it would read differently.
fn chan(out: &mut String, dir: ChanDir, elem: &Expr) {
    out.push_str(match dir {
        ChanDir::Both => "chan ",
        ChanDir::Send => "chan<- ",
        ChanDir::Recv => "<-chan ",
    });
    if dir == ChanDir::Both && matches!(elem.kind, ExprKind::ChanType(ChanDir::Recv, _)) {
        out.push('(');
        expr(out, elem);
        out.push(')');
    } else {
        expr(out, elem);
    }
}

fn interface(out: &mut String, elems: &[InterfaceElem]) {
    out.push_str("interface{");
    for (i, elem) in elems.iter().enumerate() {
        if i > 0 {
            out.push_str("; ");
        }
        match elem {
            InterfaceElem::Method(name, sig) => {
                out.push_str(&name.name);
                signature(out, sig);
            }
            InterfaceElem::Embed(x) => expr(out, x),
        }
    }
    out.push('}');
}

fn signature(out: &mut String, sig: &FuncType) {
    out.push('(');
    field_list(out, &sig.params, ", ");
    out.push(')');
    match &sig.results[..] {
        [] => {}
        [f] if f.names.is_empty() => {
            out.push(' ');
            expr(out, &f.ty);
        }
        results => {
            out.push_str(" (");
            field_list(out, results, ", ");
            out.push(')');
        }
    }
}

fn field_list(out: &mut String, fields: &[Field], sep: &str) {
    for (i, f) in fields.iter().enumerate() {
        if i > 0 {
            out.push_str(sep);
        }
        for (j, name) in f.names.iter().enumerate() {
            out.push_str(if j > 0 { ", " } else { "" });
            out.push_str(&name.name);
        }
        if !f.names.is_empty() {
            out.push(' ');
        }
        expr(out, &f.ty);
        if let Some((tag, _)) = &f.tag {
            out.push_str(&format!(" {tag:?}"));
        }
    }
}
