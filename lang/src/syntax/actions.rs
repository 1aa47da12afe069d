//! What the grammar's actions do: build the tree, and say no to what the grammar lets through.
//!
//! [`Actions`] is the parser's memory. It hands out expression ids, shares names, collects the top-level
//! declarations (so that they outlive an error that ends the parser's run) and the errors. Free functions
//! build what needs none of that. Statements are in `actions/stmts.rs`, parameters in `actions/params.rs`.
//!
//! Errors are worded as by `cmd/compile/internal/syntax/parser.go`. As in the Go compiler only the first
//! of the syntax errors of a line is kept.

mod params;
mod stmts;

pub use params::{ParamEntry, Params};
pub use stmts::{
    ClauseHead, ForHead, Header, IfHead, RangeHead, SwitchHead, block, block_stmt, comm_head, decl_stmt,
    expr_stmt, for_stmt, if_stmt, inc_dec, range, select, stmt, switch,
};

use rustc_hash::{FxHashMap, FxHashSet};

use super::ast::*;
use super::literal::unquote_string;
use crate::diag::{Code, Diagnostic};
use crate::source::{Pos, SourceFile, Span};

/// So many syntax errors are enough for one file.
const MAX_ERRORS: usize = 1_000;

/// Names longer than this are not shared.
const MAX_SHARED: usize = 64;

/// A list of one.
pub fn one<T>(x: T) -> Vec<T> {
    vec![x]
}

/// `v` with `x` at its end.
pub fn push<T>(mut v: Vec<T>, x: T) -> Vec<T> {
    v.push(x);
    v
}

/// `v` with `x` at its front.
pub fn push_front<T>(x: T, mut v: Vec<T>) -> Vec<T> {
    v.insert(0, x);
    v
}

/// A list of at most one.
pub fn some<T>(x: Option<T>) -> Vec<T> {
    x.into_iter().collect()
}

/// `v` with `x`, if any, at its end.
pub fn push_some<T>(mut v: Vec<T>, x: Option<T>) -> Vec<T> {
    v.extend(x);
    v
}

/// What stands between the brackets of an array or slice type.
#[derive(Debug)]
pub enum ArrayHead {
    /// `[]`
    Slice,
    /// `[...]`
    Counted,
    /// `[n]`
    Len(Box<Expr>),
}

/// The arguments of a call.
#[derive(Debug, Default)]
pub struct Args {
    list: Vec<Expr>,
    ellipsis: Option<Span>,
}

impl Args {
    /// Arguments without `...`.
    pub fn plain(list: Vec<Expr>) -> Args {
        Args { list, ellipsis: None }
    }

    /// Arguments the last of which is followed by `...`.
    pub fn spread(list: Vec<Expr>, l: Pos, r: Pos) -> Args {
        Args {
            list,
            ellipsis: Some(Span::new(l, r)),
        }
    }
}

/// The braces of a composite literal and what is between.
#[derive(Debug)]
pub struct LitValue {
    span: Span,
    elems: Vec<Expr>,
    rbrace: Span,
}

impl LitValue {
    /// From `l` to `r`, the closing brace at `c`.
    pub fn new(l: Pos, elems: Vec<Expr>, c: Pos, r: Pos) -> LitValue {
        LitValue {
            span: Span::new(l, r),
            elems,
            rbrace: Span::new(c, r),
        }
    }
}

/// The bounds of a slice expression.
#[derive(Debug)]
pub struct Bounds {
    bounds: [Option<Expr>; 3],
    three: bool,
}

/// A function declaration after its name.
#[derive(Debug)]
pub struct FuncRest {
    /// Its type parameters.
    pub type_params: Vec<Field>,
    /// Its signature.
    pub sig: FuncType,
    /// Its body.
    pub body: Option<Block>,
}

/// The parser's memory. See the head of this file.
pub struct Actions<'s> {
    src: &'s SourceFile,
    ids: &'s mut ExprIds,
    /// Byte offsets, in order.
    comments: &'s [(u32, u32)],
    names: FxHashMap<&'s str, Name>,
    /// Guards `x.(type)` that no switch has claimed yet.
    guards: Vec<(ExprId, Span)>,
    errors: Vec<Diagnostic>,
    error_lines: FxHashSet<u32>,
    /// The name in the package clause, once read.
    pub package: Option<Ident>,
    /// The declarations so far.
    pub decls: Vec<Decl>,
    /// The statements of a fragment.
    pub stmts: Vec<Stmt>,
    /// The expression of a fragment.
    pub expr: Option<Expr>,
}

impl<'s> Actions<'s> {
    /// Fresh memory for a file.
    pub fn new(src: &'s SourceFile, comments: &'s [(u32, u32)], ids: &'s mut ExprIds) -> Actions<'s> {
        Actions {
            src,
            ids,
            comments,
            names: FxHashMap::default(),
            guards: Vec::new(),
            errors: Vec::new(),
            error_lines: FxHashSet::default(),
            package: None,
            decls: Vec::new(),
            stmts: Vec::new(),
            expr: None,
        }
    }

    /// The source text from `l` to `r`.
    pub fn text(&self, l: Pos, r: Pos) -> &'s str {
        let offset = |p: Pos| (p.0 - self.src.base.0) as usize;
        &self.src.text[offset(l)..offset(r)]
    }

    /// Reports a syntax error, unless its line has one.
    pub fn syntax_error(&mut self, span: Span, message: impl AsRef<str>) {
        let line = self.src.line_column(span.lo).0;
        if self.error_lines.insert(line) {
            let text = format!("syntax error: {}", message.as_ref());
            self.push_error(Diagnostic::error(Code::Syntax, span, text));
        }
    }

    /// Reports an error that Go does not call a syntax error: the tree has no gap, and the package is checked
    /// nevertheless.
    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.push_error(Diagnostic {
            soft: true,
            ..Diagnostic::error(Code::Syntax, span, message)
        });
    }

    /// Reports `d`.
    pub fn push_error(&mut self, d: Diagnostic) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(d);
        }
    }

    /// Whether anything was reported.
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether it makes no sense to look for more errors.
    pub fn is_full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    /// All that was reported, by position.
    pub fn take_errors(&mut self) -> Vec<Diagnostic> {
        for (_, span) in std::mem::take(&mut self.guards) {
            self.error(span, "invalid syntax tree: use of .(type) outside type switch");
        }
        self.errors.sort_by_key(|d| d.span.lo);
        std::mem::take(&mut self.errors)
    }

    fn make(&mut self, span: Span, kind: ExprKind) -> Expr {
        Expr {
            id: self.ids.fresh(),
            span,
            kind,
        }
    }

    /// A shared name.
    fn share(&mut self, text: &'s str) -> Name {
        if text.len() > MAX_SHARED {
            return text.into();
        }
        self.names.entry(text).or_insert_with(|| text.into()).clone()
    }

    fn bad_expr(&mut self, span: Span) -> Expr {
        self.make(span, ExprKind::Bad)
    }

    // Names and literals.

    /// An identifier.
    pub fn ident(&mut self, l: Pos, r: Pos) -> Ident {
        let name = self.share(self.text(l, r));
        Ident {
            id: self.ids.fresh(),
            name,
            span: Span::new(l, r),
        }
    }

    /// An identifier as an expression.
    pub fn name_expr(&mut self, n: Ident) -> Expr {
        Expr {
            id: n.id,
            span: n.span,
            kind: ExprKind::Ident(n),
        }
    }

    /// A literal.
    pub fn literal(&mut self, kind: LitKind, l: Pos, r: Pos) -> Expr {
        let text = self.share(self.text(l, r));
        self.make(Span::new(l, r), ExprKind::Lit(kind, text))
    }

    /// The value of the string literal `x`; none if it is another literal.
    fn string_value(x: &Expr) -> Option<Name> {
        match &x.kind {
            ExprKind::Lit(LitKind::String, text) => {
                Some(String::from_utf8_lossy(&unquote_string(text)).as_ref().into())
            }
            _ => None,
        }
    }

    // Files and declarations.

    /// The package clause.
    pub fn package(&mut self, n: Ident) {
        self.package = Some(n);
    }

    /// An import declaration at top level.
    pub fn import(&mut self, d: ImportDecl) {
        if self.decls.last().is_some_and(|d| !matches!(d, Decl::Import(_))) {
            let span = Span::new(d.span.lo, Pos(d.span.lo.0 + 6));
            self.syntax_error(span, "imports must appear before other declarations");
        }
        self.decls.push(Decl::Import(d));
    }

    /// Any other declaration at top level.
    pub fn top_decl(&mut self, d: Decl) {
        self.decls.push(d);
    }

    /// `name "path"` or `"path"`.
    pub fn import_spec(&mut self, name: Option<Ident>, path: Expr) -> ImportSpec {
        let value = Self::string_value(&path);
        if value.is_none() {
            self.syntax_error(path.span, "import path must be a string");
        }
        ImportSpec {
            span: name.as_ref().map_or(path.span, |n| n.span.to(path.span)),
            name,
            path: value.unwrap_or_else(|| "".into()),
            path_span: path.span,
            id: self.ids.fresh(),
        }
    }

    /// `. "path"`.
    pub fn import_dot(&mut self, l: Pos, r: Pos, path: Expr) -> ImportSpec {
        let dot = self.ident(l, r);
        self.import_spec(Some(dot), path)
    }

    /// One line of a constant declaration.
    pub fn const_spec(
        &mut self,
        l: Pos,
        names: Vec<Ident>,
        ty: Option<Expr>,
        values: Vec<Expr>,
        r: Pos,
    ) -> ConstSpec {
        ConstSpec {
            span: Span::new(l, r),
            names,
            ty,
            values,
        }
    }

    /// One line of a variable declaration.
    pub fn var_spec(
        &mut self,
        l: Pos,
        names: Vec<Ident>,
        ty: Option<Expr>,
        values: Vec<Expr>,
        r: Pos,
    ) -> VarSpec {
        let directives = self.directives(l);
        VarSpec {
            span: Span::new(l, r),
            names,
            ty,
            values,
            directives,
            embed: None,
        }
    }

    /// A variable declaration. A directive above `var` belongs to its only spec.
    pub fn var_decl(&mut self, l: Pos, mut specs: Vec<VarSpec>, r: Pos) -> Decl {
        if let [spec] = &mut specs[..]
            && spec.directives.is_empty()
        {
            spec.directives = self.directives(l);
        }
        Decl::Var(VarDecl {
            span: Span::new(l, r),
            specs,
        })
    }

    /// One type declaration.
    pub fn type_spec(&mut self, name: Ident, type_params: Vec<Field>, alias: bool, ty: Expr) -> TypeSpec {
        TypeSpec {
            span: name.span.to(ty.span),
            name,
            type_params,
            alias,
            ty,
        }
    }

    /// A function or method declaration.
    pub fn func_decl(&mut self, l: Pos, recv: Option<Vec<Field>>, name: Ident, rest: FuncRest) -> FuncDecl {
        let end = rest.body.as_ref().map_or(rest.sig.span, |b| b.span);
        FuncDecl {
            span: Span::new(l, end.hi),
            recv,
            name,
            type_params: rest.type_params,
            sig: rest.sig,
            body: rest.body,
            lazy: false,
            directives: self.directives(l),
        }
    }

    /// The `//go:` comments right above what starts at `at`: nothing but blank space in between.
    fn directives(&self, at: Pos) -> Vec<Span> {
        let mut out = Vec::new();
        let mut end = at.0 - self.src.base.0;
        let before = self.comments.partition_point(|&(lo, _)| lo < end);
        for &(lo, hi) in self.comments[..before].iter().rev() {
            let gap = &self.src.text.as_bytes()[hi as usize..end as usize];
            if !gap.iter().all(u8::is_ascii_whitespace) {
                break;
            }
            if self.src.text[lo as usize..hi as usize].starts_with("//go:") {
                out.push(Span::new(self.src.pos(lo as usize), self.src.pos(hi as usize)));
            }
            end = lo;
        }
        out.reverse();
        out
    }

    // Types.

    /// `*x`.
    pub fn star(&mut self, l: Pos, x: Expr) -> Expr {
        self.make(Span::new(l, x.span.hi), ExprKind::Star(Box::new(x)))
    }

    /// `(T)` as a type: the parentheses are dropped, as Go's parser does.
    pub fn paren_type(&mut self, _l: Pos, t: Expr, _r: Pos) -> Expr {
        t
    }

    /// A channel type.
    pub fn chan_type(&mut self, l: Pos, dir: ChanDir, elem: Expr) -> Expr {
        self.make(
            Span::new(l, elem.span.hi),
            ExprKind::ChanType(dir, Box::new(elem)),
        )
    }

    /// A function type: `sig` with the keyword at `l`.
    pub fn func_type(&mut self, l: Pos, mut sig: FuncType) -> Expr {
        sig.span.lo = l;
        self.make(sig.span, ExprKind::FuncType(Box::new(sig)))
    }

    /// `[n]`, perhaps with more than it should have.
    pub fn array_len(&mut self, mut list: Vec<Expr>, comma: Option<Pos>) -> ArrayHead {
        if list.len() > 1 || comma.is_some() {
            let at = comma.unwrap_or(list[0].span.hi);
            self.syntax_error(Span::new(at, at), "unexpected comma; expected ]");
        }
        ArrayHead::Len(Box::new(list.swap_remove(0)))
    }

    /// An array or slice type.
    pub fn array_type(&mut self, l: Pos, head: ArrayHead, elem: Expr) -> Expr {
        let span = Span::new(l, elem.span.hi);
        let elem = Box::new(elem);
        self.make(
            span,
            match head {
                ArrayHead::Slice => ExprKind::SliceType(elem),
                ArrayHead::Counted => ExprKind::ArrayType(None, elem),
                ArrayHead::Len(n) => ExprKind::ArrayType(Some(n), elem),
            },
        )
    }

    /// A map type.
    pub fn map_type(&mut self, l: Pos, key: Expr, elem: Expr) -> Expr {
        let span = Span::new(l, elem.span.hi);
        self.make(span, ExprKind::MapType(Box::new(key), Box::new(elem)))
    }

    /// A struct type.
    pub fn struct_type(&mut self, l: Pos, fields: Vec<Field>, r: Pos) -> Expr {
        self.make(Span::new(l, r), ExprKind::StructType(fields))
    }

    /// An interface type.
    pub fn interface_type(&mut self, l: Pos, elems: Vec<InterfaceElem>, r: Pos) -> Expr {
        self.make(Span::new(l, r), ExprKind::InterfaceType(elems))
    }

    /// `pkg.T`.
    pub fn qualified(&mut self, pkg: Ident, sel: Ident) -> Expr {
        let x = self.name_expr(pkg);
        self.selector(x, sel)
    }

    /// `T[args]` of a plain name.
    pub fn instance(&mut self, n: Ident, args: Vec<Expr>, r: Pos) -> Expr {
        let l = n.span.lo;
        let x = self.name_expr(n);
        self.index(l, x, args, r)
    }

    /// Fields of a struct; without names an embedded one.
    pub fn field(&mut self, names: Vec<Ident>, ty: Expr, tag: Option<Expr>) -> Field {
        let start = names.first().map_or(ty.span, |n| n.span);
        let end = tag.as_ref().map_or(ty.span, |t| t.span);
        let tag = tag.and_then(|t| {
            let value = Self::string_value(&t);
            if value.is_none() {
                let text = self.text(t.span.lo, t.span.hi);
                self.error(
                    t.span,
                    format!("invalid syntax tree: incorrect tag syntax: {text:?}"),
                );
            }
            value.map(|v| (v, t.span))
        });
        Field {
            span: start.to(end),
            names,
            ty,
            tag,
        }
    }

    /// An embedded `*T`.
    pub fn embedded_pointer(&mut self, l: Pos, ty: Expr, tag: Option<Expr>) -> Field {
        let ty = self.star(l, ty);
        self.field(Vec::new(), ty, tag)
    }

    /// An embedded type in parentheses, which Go refuses.
    pub fn embedded_paren(&mut self, l: Pos, ty: Expr, tag: Option<Expr>) -> Field {
        let at = match self.text(l, ty.span.lo).find('(') {
            Some(i) => Pos(l.0 + i as u32),
            None => l,
        };
        self.syntax_error(Span::new(at, at), "cannot parenthesize embedded type");
        self.field(Vec::new(), ty, tag)
    }

    /// A method with type parameters in an interface, which Go refuses.
    pub fn generic_method(&mut self, name: Ident, params: Vec<Field>, sig: FuncType) -> InterfaceElem {
        let span = params.first().map_or(name.span, |f| f.span);
        self.error(span, "interface method must have no type parameters");
        InterfaceElem::Method(name, sig)
    }

    // Expressions.

    /// A unary operation. `<-` before a channel type belongs to the type.
    pub fn unary(&mut self, l: Pos, op: UnaryOp, mut x: Expr) -> Expr {
        if op == UnaryOp::Recv && matches!(x.kind, ExprKind::ChanType(..)) {
            x.span.lo = l;
            self.receive_only(&mut x);
            return x;
        }
        self.make(Span::new(l, x.span.hi), ExprKind::Unary(op, Box::new(x)))
    }

    /// Gives the arrow before the channel type `x` to it: `<-(chan<- E)` is `<-chan (<-E)`, where E must
    /// be a channel type in its turn.
    fn receive_only(&mut self, x: &mut Expr) {
        let mut at = x;
        loop {
            let (span, message) = match &at.kind {
                ExprKind::ChanType(ChanDir::Both | ChanDir::Send, _) => (at.span, None),
                ExprKind::ChanType(ChanDir::Recv, _) => (at.span, Some("<-".to_string())),
                _ => (at.span, Some(super::print::expr_string(at))),
            };
            if let Some(what) = message {
                return self.syntax_error(span, format!("unexpected {what}, expected chan"));
            }
            let ExprKind::ChanType(dir, elem) = &mut at.kind else {
                return;
            };
            if std::mem::replace(dir, ChanDir::Recv) == ChanDir::Both {
                return;
            }
            at = elem;
        }
    }

    /// A binary operation with the operator from `l` to `r`.
    pub fn binary(&mut self, x: Expr, op: BinaryOp, l: Pos, r: Pos, y: Expr) -> Expr {
        let span = x.span.to(y.span);
        self.make(
            span,
            ExprKind::Binary(op, Span::new(l, r), Box::new(x), Box::new(y)),
        )
    }

    /// `(x)`.
    pub fn paren(&mut self, l: Pos, x: Expr, r: Pos) -> Expr {
        self.make(Span::new(l, r), ExprKind::Paren(Box::new(x)))
    }

    /// A function literal. The type's expression becomes the literal's.
    pub fn func_lit(&mut self, ty: Expr, body: Block) -> Expr {
        let span = ty.span.to(body.span);
        match ty.kind {
            ExprKind::FuncType(sig) => Expr {
                id: ty.id,
                span,
                kind: ExprKind::FuncLit(sig, body),
            },
            _ => self.bad_expr(span),
        }
    }

    /// `T{…}`.
    pub fn composite(&mut self, ty: Expr, v: LitValue) -> Expr {
        let mut inner = &ty;
        while let ExprKind::Paren(x) = &inner.kind {
            inner = x;
        }
        let is_type = match &inner.kind {
            ExprKind::Ident(_) | ExprKind::Selector(..) => true,
            ExprKind::Index(..) => !is_value(inner),
            ExprKind::ArrayType(..)
            | ExprKind::SliceType(_)
            | ExprKind::StructType(_)
            | ExprKind::MapType(..) => true,
            _ => false,
        };
        let brace = v.span.start();
        if !is_type {
            self.syntax_error(brace, "unexpected { at end of statement");
        } else if matches!(ty.kind, ExprKind::Paren(_)) {
            self.syntax_error(brace, "cannot parenthesize type in composite literal");
        }
        let span = ty.span.to(v.span);
        let lit = CompositeLit {
            ty: Some(ty),
            elems: v.elems,
            rbrace: v.rbrace,
        };
        self.make(span, ExprKind::Composite(Box::new(lit)))
    }

    /// `{…}` within another literal.
    pub fn bare_composite(&mut self, v: LitValue) -> Expr {
        let lit = CompositeLit {
            ty: None,
            elems: v.elems,
            rbrace: v.rbrace,
        };
        self.make(v.span, ExprKind::Composite(Box::new(lit)))
    }

    /// `k: v` in a literal.
    pub fn key_value(&mut self, k: Expr, v: Expr) -> Expr {
        let span = k.span.to(v.span);
        self.make(span, ExprKind::KeyValue(Box::new(k), Box::new(v)))
    }

    /// `x.sel`.
    pub fn selector(&mut self, x: Expr, sel: Ident) -> Expr {
        let span = x.span.to(sel.span);
        self.make(span, ExprKind::Selector(Box::new(x), sel))
    }

    /// `x.(T)` or `x.(type)`.
    pub fn type_assert(&mut self, l: Pos, x: Expr, ty: Option<Expr>, r: Pos) -> Expr {
        let span = Span::new(l, r);
        let is_guard = ty.is_none();
        let e = self.make(span, ExprKind::TypeAssert(Box::new(x), ty.map(Box::new)));
        if is_guard {
            self.guards.push((e.id, span));
        }
        e
    }

    /// `x[list]`.
    pub fn index(&mut self, l: Pos, x: Expr, list: Vec<Expr>, r: Pos) -> Expr {
        self.make(Span::new(l, r), ExprKind::Index(Box::new(x), list))
    }

    /// The bounds `x:y`, or `x:y:z` with the last colon at `l` and the bracket after `z` at `.1`.
    pub fn bounds(
        &mut self,
        l: Pos,
        x: Option<Expr>,
        y: Option<Expr>,
        last: Option<(Option<Expr>, Pos)>,
    ) -> Bounds {
        let Some((z, end)) = last else {
            return Bounds {
                bounds: [x, y, None],
                three: false,
            };
        };
        let (colon, end) = (Span::new(l, l), Span::new(end, end));
        let y = y.or_else(|| {
            self.error(colon, "middle index required in 3-index slice");
            Some(self.bad_expr(colon))
        });
        let z = z.or_else(|| {
            self.error(end, "final index required in 3-index slice");
            Some(self.bad_expr(end))
        });
        Bounds {
            bounds: [x, y, z],
            three: true,
        }
    }

    /// `x[lo:hi:max]`.
    pub fn slice(&mut self, l: Pos, x: Expr, b: Bounds, r: Pos) -> Expr {
        let s = SliceExpr {
            x,
            bounds: b.bounds,
            three: b.three,
        };
        self.make(Span::new(l, r), ExprKind::Slice(Box::new(s)))
    }

    /// A call or conversion, the parentheses from `l` to `r`.
    pub fn call(&mut self, fun: Expr, args: Args, _l: Pos, r: Pos) -> Expr {
        let span = Span::new(fun.span.lo, r);
        let rparen = Span::new(Pos(r.0 - 1), r);
        let call = CallExpr {
            fun,
            args: args.list,
            ellipsis: args.ellipsis,
            rparen,
        };
        self.make(span, ExprKind::Call(Box::new(call)))
    }

    // Fragments.

    /// The statements of a fragment.
    pub fn fragment(&mut self, stmts: Vec<Stmt>) {
        self.stmts = stmts;
    }

    /// The expression of a fragment.
    pub fn fragment_expr(&mut self, x: Expr) {
        self.expr = Some(x);
    }

    /// A declaration among the statements of a fragment.
    pub fn decl_stmt(&mut self, d: Decl) -> Option<Stmt> {
        Some(decl_stmt(d))
    }
}

/// Whether `x` can only be a value, not a type.
fn is_value(x: &Expr) -> bool {
    match &x.kind {
        ExprKind::Lit(..)
        | ExprKind::Composite(_)
        | ExprKind::FuncLit(..)
        | ExprKind::Slice(_)
        | ExprKind::TypeAssert(..)
        | ExprKind::Call(_)
        | ExprKind::Unary(..)
        | ExprKind::Binary(..) => true,
        ExprKind::Paren(x) => is_value(x),
        ExprKind::Index(x, list) => is_value(x) || list.len() == 1 && is_value(&list[0]),
        _ => false,
    }
}
