//! Trees as text: one declaration or statement a line, every nesting in parentheses.

use mgo_lang::syntax::ast::*;

/// A file.
pub fn file(f: &File) -> String {
    let mut out = format!("package {}\n", f.package.name);
    f.decls.iter().for_each(|d| decl(&mut out, d, 0));
    out
}

/// Statements.
pub fn stmts(list: &[Stmt], indent: usize) -> String {
    let mut out = String::new();
    list.iter().for_each(|s| stmt(&mut out, s, indent));
    out
}

fn line(out: &mut String, indent: usize, text: &str) {
    out.push_str(&"  ".repeat(indent));
    out.push_str(text);
    out.push('\n');
}

fn decl(out: &mut String, d: &Decl, n: usize) {
    match d {
        Decl::Import(d) => {
            for s in &d.specs {
                let name = s.name.as_ref().map_or("", |n| &n.name);
                line(out, n, &format!("import {name} {:?}", s.path));
            }
        }
        Decl::Const(d) => {
            for s in &d.specs {
                line(
                    out,
                    n,
                    &format!("const {}", value_spec(&s.names, s.ty.as_ref(), &s.values)),
                );
            }
        }
        Decl::Var(d) => {
            for s in &d.specs {
                let directives = if s.directives.is_empty() { "" } else { " #" };
                let spec = value_spec(&s.names, s.ty.as_ref(), &s.values);
                line(out, n, &format!("var {spec}{directives}"));
            }
        }
        Decl::Type(d) => {
            for s in &d.specs {
                let alias = if s.alias { " =" } else { "" };
                let params = fields(&s.type_params);
                line(
                    out,
                    n,
                    &format!("type {} [{params}]{alias} {}", s.name.name, expr(&s.ty)),
                );
            }
        }
        Decl::Func(d) => {
            let recv = d
                .recv
                .as_ref()
                .map_or(String::new(), |r| format!("({}) ", fields(r)));
            let directives = "#".repeat(d.directives.len());
            let head = format!(
                "func {recv}{} [{}] {}",
                d.name.name,
                fields(&d.type_params),
                sig(&d.sig)
            );
            line(out, n, &format!("{head} {directives}"));
            if let Some(b) = &d.body {
                out.push_str(&stmts(&b.stmts, n + 1));
            }
        }
        Decl::Bad(_) => line(out, n, "bad declaration"),
    }
}

fn value_spec(names: &[Ident], ty: Option<&Expr>, values: &[Expr]) -> String {
    let ty = ty.map_or(String::new(), |t| format!(" {}", expr(t)));
    let values = if values.is_empty() {
        String::new()
    } else {
        format!(" = {}", exprs(values))
    };
    format!("{}{ty}{values}", idents(names))
}

fn idents(list: &[Ident]) -> String {
    list.iter().map(|n| &*n.name).collect::<Vec<_>>().join(",")
}

fn fields(list: &[Field]) -> String {
    let one = |f: &Field| {
        let tag = f.tag.as_ref().map_or(String::new(), |(t, _)| format!(" {t:?}"));
        let sep = if f.names.is_empty() { "" } else { ":" };
        format!("{}{sep}{}{tag}", idents(&f.names), expr(&f.ty))
    };
    list.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn sig(s: &FuncType) -> String {
    format!("({}) -> ({})", fields(&s.params), fields(&s.results))
}

fn exprs(list: &[Expr]) -> String {
    list.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn opt(x: Option<&Expr>) -> String {
    x.map_or("_".into(), expr)
}

/// An expression.
pub fn expr(x: &Expr) -> String {
    match &x.kind {
        ExprKind::Bad => "BAD".into(),
        ExprKind::Ident(n) => n.name.to_string(),
        ExprKind::Lit(kind, text) => match kind {
            LitKind::Int | LitKind::String => text.to_string(),
            _ => format!("{kind:?}<{text}>"),
        },
        ExprKind::FuncLit(s, b) => {
            let body = stmts(&b.stmts, 0).trim_end().replace('\n', "; ");
            format!("(func {} {{{body}}})", sig(s))
        }
        ExprKind::Composite(c) => format!("(lit {} {{{}}})", opt(c.ty.as_ref()), exprs(&c.elems)),
        ExprKind::Paren(x) => format!("(paren {})", expr(x)),
        ExprKind::Selector(x, n) => format!("(. {} {})", expr(x), n.name),
        ExprKind::Index(x, list) => format!("(index {} [{}])", expr(x), exprs(list)),
        ExprKind::Slice(s) => {
            let [a, b, c] = &s.bounds;
            let third = if s.three {
                format!(" : {}", opt(c.as_ref()))
            } else {
                String::new()
            };
            format!(
                "(slice {} {} : {}{third})",
                expr(&s.x),
                opt(a.as_ref()),
                opt(b.as_ref())
            )
        }
        ExprKind::TypeAssert(x, t) => {
            format!(
                "(assert {} {})",
                expr(x),
                t.as_ref().map_or("type".into(), |t| expr(t))
            )
        }
        ExprKind::Call(c) => {
            let dots = if c.ellipsis.is_some() { " ..." } else { "" };
            format!("(call {} [{}]{dots})", expr(&c.fun), exprs(&c.args))
        }
        ExprKind::Star(x) => format!("(* {})", expr(x)),
        ExprKind::Unary(op, x) => format!("({} {})", op.text(), expr(x)),
        ExprKind::Binary(op, _, x, y) => format!("({} {} {})", op.text(), expr(x), expr(y)),
        ExprKind::KeyValue(k, v) => format!("{}: {}", expr(k), expr(v)),
        ExprKind::ArrayType(n, t) => format!(
            "(array {} {})",
            n.as_ref().map_or("...".into(), |n| expr(n)),
            expr(t)
        ),
        ExprKind::SliceType(t) => format!("(slice-of {})", expr(t)),
        ExprKind::StructType(list) => format!("(struct {})", fields(list)),
        ExprKind::FuncType(s) => format!("(func-type {})", sig(s)),
        ExprKind::InterfaceType(elems) => {
            let one = |e: &InterfaceElem| match e {
                InterfaceElem::Method(n, s) => format!("{}{}", n.name, sig(s)),
                InterfaceElem::Embed(x) => expr(x),
            };
            format!(
                "(interface {})",
                elems.iter().map(one).collect::<Vec<_>>().join("; ")
            )
        }
        ExprKind::MapType(k, v) => format!("(map {} {})", expr(k), expr(v)),
        ExprKind::ChanType(dir, t) => format!("(chan {dir:?} {})", expr(t)),
        ExprKind::Ellipsis(t) => format!("(... {})", expr(t)),
    }
}

fn stmt(out: &mut String, s: &Stmt, n: usize) {
    let text = match &s.kind {
        StmtKind::Bad => "bad".into(),
        StmtKind::Empty => "empty".into(),
        StmtKind::Decl(d) => return decl(out, d, n),
        StmtKind::Labeled(l, s) => {
            line(out, n, &format!("label {}", l.name));
            return stmt(out, s, n + 1);
        }
        StmtKind::Expr(x) => expr(x),
        StmtKind::Send(x, _, y) => format!("{} <- {}", expr(x), expr(y)),
        StmtKind::IncDec(x, inc) => format!("{} {}", expr(x), if *inc { "++" } else { "--" }),
        StmtKind::Assign(x, _, y) => format!("{} = {}", exprs(x), exprs(y)),
        StmtKind::OpAssign(x, op, _, y) => format!("{} {}= {}", expr(x), op.text(), expr(y)),
        StmtKind::Define(x, _, y) => format!("{} := {}", exprs(x), exprs(y)),
        StmtKind::Go(x) => format!("go {}", expr(x)),
        StmtKind::Defer(x) => format!("defer {}", expr(x)),
        StmtKind::Return(list) => format!("return {}", exprs(list)),
        StmtKind::Break(l) => format!("break {}", l.as_ref().map_or("", |l| &l.name)),
        StmtKind::Continue(l) => format!("continue {}", l.as_ref().map_or("", |l| &l.name)),
        StmtKind::Goto(l) => format!("goto {}", l.name),
        StmtKind::Fallthrough => "fallthrough".into(),
        StmtKind::Block(b) => {
            line(out, n, "block");
            return out.push_str(&stmts(&b.stmts, n + 1));
        }
        _ => return compound(out, s, n),
    };
    line(out, n, &text);
}

/// A statement in a header, on one line.
fn head(s: Option<&Stmt>) -> String {
    s.map_or("_".into(), |s| {
        stmts(std::slice::from_ref(s), 0).trim_end().into()
    })
}

fn compound(out: &mut String, s: &Stmt, n: usize) {
    match &s.kind {
        StmtKind::If(s) => {
            line(
                out,
                n,
                &format!("if {}; {}", head(s.init.as_ref()), expr(&s.cond)),
            );
            out.push_str(&stmts(&s.then.stmts, n + 1));
            if let Some(e) = &s.els {
                line(out, n, "else");
                stmt(out, e, n + 1);
            }
        }
        StmtKind::Switch(s) => {
            line(
                out,
                n,
                &format!("switch {}; {}", head(s.init.as_ref()), opt(s.tag.as_ref())),
            );
            clauses(out, &s.clauses, n);
        }
        StmtKind::TypeSwitch(s) => {
            let bind = s.bind.as_ref().map_or("_", |b| &b.name);
            line(
                out,
                n,
                &format!("type switch {}; {bind} := {}", head(s.init.as_ref()), expr(&s.x)),
            );
            clauses(out, &s.clauses, n);
        }
        StmtKind::Select(s) => {
            line(out, n, "select");
            for c in &s.clauses {
                line(out, n + 1, &format!("case {}", head(c.comm.as_ref())));
                out.push_str(&stmts(&c.body, n + 2));
            }
        }
        StmtKind::For(s) => {
            let (init, post) = (head(s.init.as_ref()), head(s.post.as_ref()));
            line(out, n, &format!("for {init}; {}; {post}", opt(s.cond.as_ref())));
            out.push_str(&stmts(&s.body.stmts, n + 1));
        }
        StmtKind::Range(s) => {
            let op = if s.define { ":=" } else { "=" };
            let (k, v) = (opt(s.key.as_ref()), opt(s.value.as_ref()));
            line(out, n, &format!("for {k}, {v} {op} range {}", expr(&s.x)));
            out.push_str(&stmts(&s.body.stmts, n + 1));
        }
        _ => unreachable!("stmt handles every other form"),
    }
}

fn clauses(out: &mut String, list: &[CaseClause], n: usize) {
    for c in list {
        let exprs = c
            .exprs
            .as_ref()
            .map_or("default".into(), |x| format!("case {}", exprs(x)));
        line(out, n + 1, &exprs);
        out.push_str(&stmts(&c.body, n + 2));
    }
}
