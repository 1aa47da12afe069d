//! Which statements `-cover` counts together: blocks, as Go's cover tool (1.27) cuts them.
//!
//! A list of statements is cut behind each that may send control elsewhere, or that holds a function literal
//! (the first one's body marks the end), and in front of labels. A block covers the text up to that place, or to
//! the closing brace; where lines without code come between, it is cut into ranges, each with a counter of its
//! own. A profile names ranges by line and column.

use std::collections::HashSet;

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::{Pos, SourceMap, Span};
use mgo_lang::syntax::ast::*;
use mgo_lang::syntax::lexer::{Lexeme, lex};
use mgo_lang::syntax::token::Token;
use mgo_lang::syntax::visit::{self, Visitor};
use mgo_vm::bytecode::cover::Block as Counted;

/// The blocks of a file that profiles call `name`, in the order of a profile.
pub fn blocks(map: &SourceMap, file: &File, name: &str) -> Vec<Counted> {
    let source = map.file(file.id);
    let tokens = lex(source, &mut Diagnostics::new()).tokens;
    let mut cutter = Cutter {
        text: &source.text,
        base: source.base,
        tokens,
        found: Vec::new(),
    };
    visit::walk_file(&mut cutter, file);
    let mut seen = HashSet::new();
    let mut rows: Vec<Row> = Vec::with_capacity(cutter.found.len());
    for r in &cutter.found {
        let (l0, c0) = source.line_column(source.pos(r.lo));
        let (l1, mut c1) = source.line_column(source.pos(r.hi));
        while !seen.insert((l0, c0, l1, c1)) {
            c1 += 1;
        }
        rows.push(([l0, l1, c0, c1, r.statements], r.start));
    }
    rows.sort();
    let block = |([l0, l1, c0, c1, statements], start): Row| Counted {
        at: format!("{name}:{l0}.{c0},{l1}.{c1}"),
        statements,
        start,
    };
    rows.into_iter().map(block).collect()
}

/// Lines and columns of a range, and how many statements it has; where its counter stands.
type Row = ([u32; 5], Pos);

/// A stretch of text with a counter; offsets in the file.
struct Range {
    lo: usize,
    hi: usize,
    statements: u32,
    start: Pos,
}

/// Collects the ranges of a file.
struct Cutter<'t> {
    text: &'t str,
    base: Pos,
    tokens: Vec<Lexeme>,
    found: Vec<Range>,
}

/// A list of statements with the text it stands in.
struct List<'s> {
    stmts: &'s [Stmt],
    /// Where its text begins: the brace or what follows the colon.
    lo: usize,
    /// Where its text ends: behind the closing brace or the last statement.
    hi: usize,
    /// Whether the last block goes on to `hi`.
    to_brace: bool,
    /// Where a counter for an empty list stands, in the text and for the compiler.
    empty: (usize, Pos),
}

impl Visitor for Cutter<'_> {
    fn decl(&mut self, d: &Decl) {
        match d {
            // Such a function cannot be called.
            Decl::Func(f) if f.name.is_blank() => {}
            d => visit::walk_decl(self, d),
        }
    }

    fn block(&mut self, b: &Block) {
        let lo = self.offset(b.span.lo);
        self.braces(b, lo);
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::If(i) => return self.if_stmt(i),
            StmtKind::Switch(sw) => self.clauses(&sw.clauses),
            StmtKind::TypeSwitch(sw) => self.clauses(&sw.clauses),
            StmtKind::Select(sel) => {
                for c in &sel.clauses {
                    self.clause(c.colon, &c.body);
                }
            }
            _ => {}
        }
        visit::walk_stmt(self, s);
    }
}

impl Cutter<'_> {
    fn offset(&self, p: Pos) -> usize {
        (p.0 - self.base.0) as usize
    }

    /// A block; `lo` is where its text begins.
    fn braces(&mut self, b: &Block, lo: usize) {
        self.list(List {
            stmts: &b.stmts,
            lo,
            hi: self.offset(b.span.hi),
            to_brace: true,
            empty: (lo + 1, b.rbrace.lo),
        });
        visit::walk_block(self, b);
    }

    fn if_stmt(&mut self, i: &IfStmt) {
        if let Some(s) = &i.init {
            self.stmt(s);
        }
        self.expr(&i.cond);
        self.block(&i.then);
        let Some(els) = &i.els else { return };
        // What follows `else` is a block that begins right behind the word.
        let then = self.offset(i.then.span.hi);
        let word = self.tokens.iter().find(|t| t.lo as usize >= then);
        let lo = word.map_or(then, |t| t.hi as usize);
        match &els.kind {
            StmtKind::Block(b) => self.braces(b, lo),
            _ => {
                self.list(List {
                    stmts: std::slice::from_ref(els),
                    lo,
                    hi: self.offset(self.end(els)) + 1,
                    to_brace: true,
                    empty: (lo + 1, els.span.lo),
                });
                self.stmt(els);
            }
        }
    }

    fn clauses(&mut self, clauses: &[CaseClause]) {
        for c in clauses {
            self.clause(c.colon, &c.body);
        }
    }

    fn clause(&mut self, colon: Span, body: &[Stmt]) {
        let lo = self.offset(colon.lo) + 1;
        self.list(List {
            stmts: body,
            lo,
            hi: body.last().map_or(lo, |s| self.offset(self.end(s))),
            to_brace: false,
            empty: (lo, colon.lo),
        });
    }

    /// The end of the block that a statement ends.
    fn boundary(&self, s: &Stmt) -> Pos {
        let in_stmt = |s: &Option<Stmt>| literal(|f| s.iter().for_each(|s| f.stmt(s)));
        let in_expr = |x: Option<&Expr>| literal(|f| x.into_iter().for_each(|x| f.expr(x)));
        match &s.kind {
            StmtKind::Block(b) => b.span.lo,
            StmtKind::If(i) => in_stmt(&i.init)
                .or_else(|| in_expr(Some(&i.cond)))
                .unwrap_or(i.then.span.lo),
            StmtKind::For(f) => in_stmt(&f.init)
                .or_else(|| in_expr(f.cond.as_ref()))
                .or_else(|| in_stmt(&f.post))
                .unwrap_or(f.body.span.lo),
            StmtKind::Range(r) => in_expr(Some(&r.x)).unwrap_or(r.body.span.lo),
            StmtKind::Labeled(_, inner) => self.boundary(inner),
            StmtKind::Switch(sw) => in_stmt(&sw.init)
                .or_else(|| in_expr(sw.tag.as_ref()))
                .unwrap_or_else(|| self.brace(sw.clauses.first().map(|c| c.span), sw.rbrace)),
            StmtKind::TypeSwitch(sw) => {
                in_stmt(&sw.init).unwrap_or_else(|| self.brace(sw.clauses.first().map(|c| c.span), sw.rbrace))
            }
            StmtKind::Select(sel) => self.brace(sel.clauses.first().map(|c| c.span), sel.rbrace),
            _ => literal(|f| f.stmt(s)).unwrap_or_else(|| self.end(s)),
        }
    }

    /// The end of a statement's last token: spans may reach to the next one.
    fn end(&self, s: &Stmt) -> Pos {
        let hi = self.offset(s.span.hi);
        let i = self.tokens.partition_point(|t| (t.lo as usize) < hi);
        let last = self.tokens[..i].iter().rev().find(|t| t.token != Token::Semi);
        last.map_or(s.span.hi, |t| Pos(self.base.0 + t.hi))
    }

    /// The opening brace of a switch: the token before its first clause, or before the closing brace.
    fn brace(&self, first: Option<Span>, rbrace: Span) -> Pos {
        let next = self.offset(first.unwrap_or(rbrace).lo);
        let i = self.tokens.partition_point(|t| (t.lo as usize) < next);
        let brace = i.checked_sub(1).map_or(0, |i| self.tokens[i].lo);
        Pos(self.base.0 + brace)
    }

    /// Cuts a list into blocks.
    fn list(&mut self, list: List<'_>) {
        if list.stmts.is_empty() {
            let (at, start) = list.empty;
            let (lo, hi) = self.code(at, list.hi)[0];
            self.found.push(Range {
                lo,
                hi,
                statements: 0,
                start,
            });
            return;
        }
        let mut rest: Vec<&Stmt> = list.stmts.iter().collect();
        let mut lo = list.lo;
        let mut to_brace = list.to_brace;
        while !rest.is_empty() {
            let mut n = 0;
            let mut hi = list.hi;
            let mut target = None;
            while n < rest.len() {
                let s = rest[n];
                hi = self.offset(self.boundary(s));
                n += 1;
                if ends_block(s) {
                    if let StmtKind::Labeled(_, inner) = &s.kind
                        && !is_loop_or_switch(inner)
                    {
                        // The block ends before the label; the statement behind it begins another.
                        hi = self.offset(s.span.lo);
                        target = Some(&**inner);
                    }
                    to_brace = false;
                    break;
                }
            }
            if to_brace {
                hi = list.hi;
            }
            if lo != hi {
                self.ranges(lo, hi, &rest[..n]);
            }
            rest.drain(..n);
            rest.splice(0..0, target);
            if let Some(next) = rest.first() {
                lo = self.offset(next.span.lo);
            }
        }
    }

    /// Adds the ranges of one block, whose statements are `stmts`.
    fn ranges(&mut self, lo: usize, hi: usize, stmts: &[&Stmt]) {
        let starts: Vec<usize> = stmts.iter().map(|s| self.offset(s.span.lo)).collect();
        let before = |at: usize| starts.partition_point(|&s| s < at);
        let first = self.found.len();
        for (i, (lo, hi)) in self.code(lo, hi).into_iter().enumerate() {
            let k = before(lo);
            let statements = (before(hi) - k) as u32;
            // A gap inside of a statement does not end the range.
            let inside = k > 0 && lo < self.offset(stmts[k - 1].span.hi);
            if inside && self.found.len() > first {
                let last = self.found.last_mut().expect("one was pushed");
                last.hi = hi;
                last.statements += statements;
                continue;
            }
            let start = if i == 0 { stmts.first() } else { stmts.get(k) };
            self.found.push(Range {
                lo,
                hi,
                statements,
                start: start.map_or(Pos(0), |s| s.span.lo),
            });
        }
    }

    /// The parts of a stretch of text whose lines hold code; an empty one at its beginning if there are none.
    fn code(&self, lo: usize, hi: usize) -> Vec<(usize, usize)> {
        let from = self.tokens.partition_point(|t| (t.lo as usize) < lo);
        let line = |at: usize| self.text[lo..at].matches('\n').count();
        let after_line = |n: usize| {
            let ends = self.text[lo..hi].match_indices('\n');
            ends.map(|(i, _)| lo + i + 1).nth(n).unwrap_or(hi)
        };
        let mut out: Vec<(usize, usize)> = Vec::new();
        // The range begun, and the last line known to hold code.
        let mut open: Option<(usize, usize)> = None;
        for t in self.tokens[from..].iter().take_while(|t| (t.lo as usize) < hi) {
            let at = t.lo as usize;
            let inserted = t.token == Token::Semi && !self.text[at..].starts_with(';');
            if inserted || matches!(t.token, Token::LBrace | Token::RBrace) {
                continue;
            }
            let (first, last) = (line(at), line((t.hi as usize).min(hi)));
            open = match open {
                None => Some((at, last)),
                Some((begin, end)) if first > end + 1 => {
                    out.push((begin, after_line(end)));
                    Some((at, last))
                }
                Some((begin, end)) => Some((begin, end.max(last))),
            };
        }
        match open {
            Some((begin, end)) => out.push((begin, after_line(end))),
            None => out.push((lo, lo)),
        }
        out
    }
}

/// The opening brace of the first function literal in what `walk` visits.
fn literal(walk: impl FnOnce(&mut FindLit)) -> Option<Pos> {
    let mut find = FindLit(None);
    walk(&mut find);
    find.0
}

struct FindLit(Option<Pos>);

impl Visitor for FindLit {
    fn expr(&mut self, x: &Expr) {
        match &x.kind {
            _ if self.0.is_some() => {}
            ExprKind::FuncLit(_, body) => self.0 = Some(body.span.lo),
            _ => visit::walk_expr(self, x),
        }
    }
}

/// Whether control may go elsewhere than to what follows the statement, or where it goes is hard to tell.
fn ends_block(s: &Stmt) -> bool {
    match &s.kind {
        StmtKind::Block(_)
        | StmtKind::Break(_)
        | StmtKind::Continue(_)
        | StmtKind::Goto(_)
        | StmtKind::Fallthrough
        | StmtKind::For(_)
        | StmtKind::If(_)
        | StmtKind::Labeled(..)
        | StmtKind::Range(_)
        | StmtKind::Switch(_)
        | StmtKind::Select(_)
        | StmtKind::TypeSwitch(_) => true,
        StmtKind::Expr(x) if is_panic(x) => true,
        _ => literal(|f| f.stmt(s)).is_some(),
    }
}

fn is_panic(x: &Expr) -> bool {
    let ExprKind::Call(c) = &x.kind else { return false };
    matches!(&c.fun.kind, ExprKind::Ident(id) if &*id.name == "panic") && c.args.len() == 1
}

/// Whether a label belongs to the statement, for break and continue.
fn is_loop_or_switch(s: &Stmt) -> bool {
    matches!(
        s.kind,
        StmtKind::For(_)
            | StmtKind::Range(_)
            | StmtKind::Switch(_)
            | StmtKind::Select(_)
            | StmtKind::TypeSwitch(_)
    )
}
