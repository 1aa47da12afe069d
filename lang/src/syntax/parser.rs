//! Parsing: source text to tree. The only file that knows the parser's generated part.
//!
//! The generated parser stops at the first syntax error. [`Driver`] reports it (in [`super::report`]'s
//! words), looks for a token where Go's parser would go on, and starts the parser again from there:
//!
//! - outside of functions at the next declaration that stands in no bracket or at a line's start;
//! - in a function behind the next semicolon or at the next keyword that starts a statement, with the
//!   statements that are left of the innermost open block; then behind that block with those of the block
//!   around it, and so on.
//!
//! What the parser had built of an unfinished declaration is lost. That does no harm: a package with a
//! syntax error is not checked. Every run takes at least one token, and no token is looked at more than a
//! few times, so the time stays linear on any input.

use lalrpop_util::{ParseError, lalrpop_mod};

use super::actions::Actions;
use super::ast::*;
use super::constraint;
use super::directives;
use super::disambig::{Disambiguator, Mode, Nest, Open, Place, TooDeep};
use super::lexer::{Lexed, Lexeme, lex, lex_outline, lex_part};
use super::report;
use super::token::Token;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Pos, SourceFile, SourceMap, Span};

lalrpop_mod!(
    #[allow(
        clippy::all,
        clippy::pedantic,
        missing_docs,
        dead_code,
        unused,
        reason = "generated code"
    )]
    grammar,
    "/grammar.rs"
);

/// Parses a file. All errors of its syntax go to `diags`; the tree is complete only if there are none.
pub fn parse_file(map: &SourceMap, file: FileId, ids: &mut ExprIds, diags: &mut Diagnostics) -> File {
    let lexed = lex(map.file(file), diags);
    let tree = parse_tokens(map, file, &lexed, ids, diags);
    directives::check(map.file(file), &tree, diags);
    tree
}

/// Like [`parse_file`], but skips the bodies of functions: [`parse_body`] parses one when it is needed.
pub fn parse_outline(map: &SourceMap, file: FileId, ids: &mut ExprIds, diags: &mut Diagnostics) -> File {
    let lexed = lex_outline(map.file(file), diags);
    let mut file = parse_tokens(map, file, &lexed, ids, diags);
    for decl in &mut file.decls {
        if let Decl::Func(f) = decl {
            f.lazy = f
                .body
                .as_ref()
                .is_some_and(|b| b.stmts.is_empty() && b.span.hi.0 > b.span.lo.0 + 2);
        }
    }
    file
}

/// Parses the body of `f` if it was skipped; `n_exprs` counts the expressions of the package.
pub fn parse_body(map: &SourceMap, f: &mut FuncDecl, n_exprs: &mut u32, diags: &mut Diagnostics) {
    let (true, Some(body)) = (std::mem::take(&mut f.lazy), &mut f.body) else {
        return;
    };
    let Some(file) = map.file_at(body.span.lo) else {
        return;
    };
    let src = map.file(file);
    let offset = |p: Pos| (p.0 - src.base.0) as usize;
    let (lo, hi) = (offset(body.span.lo) + 1, offset(body.rbrace.lo));
    let lexed = lex_part(src, lo, hi, diags);
    let mut ids = ExprIds::after(*n_exprs);
    let mut actions = Actions::new(src, &lexed.comments, &mut ids);
    Driver::new(src, &lexed, &mut actions).run(Mode::Stmts);
    body.stmts = std::mem::take(&mut actions.stmts);
    for d in actions.take_errors() {
        diags.push(d);
    }
    *n_exprs = ids.count() as u32;
}

fn parse_tokens(
    map: &SourceMap,
    file: FileId,
    lexed: &Lexed,
    ids: &mut ExprIds,
    diags: &mut Diagnostics,
) -> File {
    let src = map.file(file);
    let mut actions = Actions::new(src, &lexed.comments, ids);
    Driver::new(src, lexed, &mut actions).run(Mode::File);
    for d in actions.take_errors() {
        diags.push(d);
    }
    let start = Span::new(src.pos(0), src.pos(0));
    let decls = std::mem::take(&mut actions.decls);
    let package = match actions.package.take() {
        Some(n) => n,
        None => Ident {
            id: ids.fresh(),
            name: "_".into(),
            span: start,
        },
    };
    let go_version = go_version(src, lexed, package.span.lo);
    let comments = lexed
        .comments
        .iter()
        .map(|&(lo, hi)| Span::new(src.pos(lo as usize), src.pos(hi as usize)));
    File {
        id: file,
        package,
        decls,
        comments: comments.collect(),
        go_version,
        span: Span::new(start.lo, src.pos(src.text.len())),
    }
}

/// The language version that the last `//go:build` line before `end`, if there is one, implies.
fn go_version(src: &SourceFile, lexed: &Lexed, end: Pos) -> Option<u32> {
    let texts = lexed.comments.iter().take_while(|c| src.pos(c.0 as usize) < end);
    let lines = texts.filter_map(|&(lo, hi)| src.text[lo as usize..hi as usize].strip_prefix("//go:build "));
    constraint::parse(lines.last()?.trim()).ok()?.min_go()
}

/// What [`parse_fragment`] is to parse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FragmentKind {
    /// Statements and declarations, functions and imports included.
    Stmts,
    /// One expression.
    Expr,
}

/// A piece of a program, as typed at a prompt.
#[derive(Debug)]
pub struct Fragment {
    /// The statements; imports and functions among them as declarations.
    pub stmts: Vec<Stmt>,
    /// The expression.
    pub expr: Option<Expr>,
    /// The only error is that the text ends too early: more lines may complete it.
    pub incomplete: bool,
}

/// Parses a piece of a program.
pub fn parse_fragment(
    map: &SourceMap,
    file: FileId,
    kind: FragmentKind,
    ids: &mut ExprIds,
    diags: &mut Diagnostics,
) -> Fragment {
    let src = map.file(file);
    let mut lex_errors = Diagnostics::new();
    let lexed = lex(src, &mut lex_errors);
    let mut actions = Actions::new(src, &lexed.comments, ids);
    let mut driver = Driver::new(src, &lexed, &mut actions);
    driver.run(match kind {
        FragmentKind::Stmts => Mode::Fragment,
        FragmentKind::Expr => Mode::Expr,
    });
    let at_end = driver.first_error_at_end;
    let only_unclosed = lexed.unclosed && lex_errors.iter().count() == 1;
    let incomplete = only_unclosed || at_end && !lex_errors.has_errors();
    let (stmts, expr) = (std::mem::take(&mut actions.stmts), actions.expr.take());
    for d in lex_errors.iter().cloned().chain(actions.take_errors()) {
        diags.push(d);
    }
    Fragment {
        stmts,
        expr,
        incomplete,
    }
}

/// Runs the generated parser over a file, again after each error.
struct Driver<'d, 's> {
    src: &'s SourceFile,
    lexed: &'s Lexed,
    actions: &'d mut Actions<'s>,
    /// The blocks open around the place where the parser goes on, outermost first.
    blocks: Vec<Nest>,
    /// The first syntax error is at the very end of the text.
    first_error_at_end: bool,
}

/// Why the parser stopped.
struct Stop {
    /// The index of the token at which it did.
    at: usize,
    /// The tokens that could have stood there; none if the tree got too deep.
    expected: Option<Vec<Token>>,
}

/// Where to go on: what to parse, and from which token.
type Resume = Option<(Mode, usize)>;

impl<'d, 's> Driver<'d, 's> {
    fn new(src: &'s SourceFile, lexed: &'s Lexed, actions: &'d mut Actions<'s>) -> Driver<'d, 's> {
        Driver {
            src,
            lexed,
            actions,
            blocks: Vec::new(),
            first_error_at_end: false,
        }
    }

    fn run(&mut self, mode: Mode) {
        let (mut mode, mut start) = (mode, 0);
        let one_error = matches!(mode, Mode::Expr | Mode::Fragment);
        loop {
            let mut tokens = Disambiguator::new(&self.lexed.tokens, start, self.src.base, mode);
            let result = grammar::StartParser::new().parse(self.actions, &mut tokens);
            let Err(e) = result else { return };
            let stop = self.stop(e, &tokens);
            let place = tokens.place();
            let open = tokens.into_open();
            let next = if self.closes_block(&stop, place.prev, &open) {
                self.close_block(stop.at)
            } else {
                self.report(&stop, place);
                // An error in the package clause makes all that follows doubtful.
                let no_package = mode == Mode::File && self.actions.package.is_none();
                if one_error || no_package || self.actions.is_full() {
                    return;
                }
                self.resync(start, stop.at, open)
            };
            match next {
                Some(next) => (mode, start) = next,
                None => return,
            }
        }
    }

    fn stop(&self, e: ParseError<Pos, Token, TooDeep>, tokens: &Disambiguator<'_>) -> Stop {
        // The offending token is the last one taken.
        let at = tokens.position().saturating_sub(1);
        match e {
            ParseError::UnrecognizedToken { expected, .. } => Stop {
                at,
                expected: Some(report::tokens(&expected)),
            },
            ParseError::UnrecognizedEof { expected, .. } => Stop {
                at: self.lexed.tokens.len(),
                expected: Some(report::tokens(&expected)),
            },
            ParseError::User { error: TooDeep } => Stop { at, expected: None },
            ParseError::ExtraToken { .. } | ParseError::InvalidToken { .. } => Stop {
                at,
                expected: Some(Vec::new()),
            },
        }
    }

    fn token(&self, i: usize) -> Token {
        self.lexed.tokens.get(i).map_or(Token::Eof, |l| l.token)
    }

    fn report(&mut self, stop: &Stop, place: Place) {
        let end = self.src.pos(self.src.text.len());
        let span_at = |l: &Lexeme| Span::new(self.src.pos(l.lo as usize), self.src.pos(l.hi as usize));
        let (token, span) = match self.lexed.tokens.get(stop.at) {
            Some(l) => (l.token, span_at(l)),
            None => (Token::Eof, Span::new(end, end)),
        };
        let at_end = span.lo == end;
        if token == Token::Eof && (self.actions.has_errors() || self.lexed.faulty) {
            // It only follows from the errors before.
            return;
        }
        let Some(expected) = &stop.expected else {
            let message = format!("nested more than {MAX_DEPTH} deep");
            return self
                .actions
                .push_error(Diagnostic::error(Code::TooDeep, span, message));
        };
        if !self.actions.has_errors() {
            self.first_error_at_end = at_end;
        }
        let is_clause = matches!(token, Token::Case | Token::Default);
        if is_clause && place.prev == Token::Colon && place.before_prev == Token::Name {
            let colon = span_at(&self.lexed.tokens[stop.at - 1]);
            return self.actions.syntax_error(colon, "missing statement after label");
        }
        let bare = |d: &Decl| matches!(d, Decl::Func(f) if f.body.is_none());
        let after_bare_func = self.actions.decls.last().is_some_and(bare);
        let text = self.actions.text(span.lo, span.hi);
        let unexpected = report::Unexpected {
            token,
            text,
            place,
            after_bare_func,
        };
        let message = unexpected.message(expected);
        self.actions.syntax_error(span, message);
    }

    /// Whether what stopped the parser, which began inside of a block, is the end of that block, or the
    /// next clause in it.
    fn closes_block(&self, stop: &Stop, prev: Token, open: &Open) -> bool {
        let (Some(inner), Some(expected)) = (self.blocks.last(), &stop.expected) else {
            return false;
        };
        let has = |t: Token| expected.contains(&t);
        open.nests.is_empty()
            && match self.token(stop.at) {
                Token::RBrace => has(Token::Semi) || has(Token::Case) || expected.is_empty(),
                // A statement could start here, and does not need to for a label's sake.
                Token::Case | Token::Default => {
                    *inner != Nest::Block && has(Token::Fallthrough) && prev != Token::Colon
                }
                _ => false,
            }
    }

    fn close_block(&mut self, at: usize) -> Resume {
        if self.token(at) != Token::RBrace {
            return Some((self.clauses(), at));
        }
        self.blocks.pop();
        self.after_block(at + 1)
    }

    /// The mode for the clauses of the innermost block.
    fn clauses(&self) -> Mode {
        if self.blocks.last() == Some(&Nest::Comms) {
            Mode::Comms
        } else {
            Mode::Clauses
        }
    }

    /// Goes on behind a closed block.
    fn after_block(&mut self, next: usize) -> Resume {
        if self.blocks.is_empty() {
            return match self.token(next) {
                Token::Semi => Some((Mode::Decls, next + 1)),
                _ => self.next_decl(next, next, Brackets::default(), false),
            };
        }
        match self.token(next) {
            Token::Semi => Some((Mode::Stmts, next + 1)),
            // What follows reads as a statement of its own.
            Token::Else if matches!(self.token(next + 1), Token::If | Token::LBrace) => {
                Some((Mode::Stmts, next + 1))
            }
            _ => self.next_stmt(next, next, Brackets::default(), None),
        }
    }

    /// Where to go on after an error at the token `at` of a run that began at `start`.
    fn resync(&mut self, start: usize, at: usize, open: Open) -> Resume {
        let n = open.nests.iter().rposition(|n| n.is_block()).map_or(0, |i| i + 1);
        self.blocks
            .extend(open.nests[..n].iter().filter(|n| n.is_block()));
        let brackets = Brackets::new(&open.nests[n..]);
        if !self.blocks.is_empty() {
            return self.next_stmt(start, at, brackets, open.header);
        }
        // As Go does after a broken type declaration.
        if open.decl == Token::Type && open.nests.is_empty() {
            let semi = (at..self.lexed.tokens.len()).find(|&i| self.token(i) == Token::Semi)?;
            return Some((Mode::Decls, semi + 1));
        }
        self.next_decl(start, at, brackets, open.decl == Token::FuncDecl)
    }

    /// Skips from the token at `i` to where a statement may start: behind a semicolon or the brace of the
    /// body that `header` announces, at a keyword, or behind the innermost block.
    fn next_stmt(
        &mut self,
        start: usize,
        mut i: usize,
        mut brackets: Brackets,
        header: Option<Token>,
    ) -> Resume {
        loop {
            let token = self.token(i);
            let outside = brackets.is_empty();
            match token {
                Token::Eof => return None,
                Token::Semi if outside && (header.is_none() || self.is_inserted(i)) => {
                    return Some((Mode::Stmts, i + 1));
                }
                Token::Case | Token::Default
                    if brackets.braces == 0
                        && i > start
                        && (outside || self.first_on_line(i))
                        && self.blocks.last().is_some_and(|b| *b != Nest::Block) =>
                {
                    return Some((self.clauses(), i));
                }
                Token::LBrace if outside && header.is_some() => {
                    let (nest, mode) = match header {
                        Some(Token::Switch) => (Nest::Cases, Mode::Clauses),
                        Some(Token::Select) => (Nest::Comms, Mode::Comms),
                        _ => (Nest::Block, Mode::Stmts),
                    };
                    self.blocks.push(nest);
                    return Some((mode, i + 1));
                }
                Token::RBrace if brackets.braces == 0 => {
                    self.blocks.pop();
                    return self.after_block(i + 1);
                }
                Token::Func if i > start && self.starts_line(i) => {
                    return self.next_decl(start, i, Brackets::default(), false);
                }
                _ if token.starts_statement() && i > start && (outside || self.first_on_line(i)) => {
                    // What braces are open here must be blocks.
                    self.blocks
                        .extend(std::iter::repeat_n(Nest::Block, brackets.braces));
                    return Some((Mode::Stmts, i));
                }
                _ => brackets.track(token),
            }
            i += 1;
        }
    }

    /// Skips from the token at `i` to the next declaration at top level, or into the body of the function
    /// whose declaration is under way.
    fn next_decl(&mut self, start: usize, i: usize, mut brackets: Brackets, mut in_func: bool) -> Resume {
        self.blocks.clear();
        for i in i..self.lexed.tokens.len() {
            let token = self.token(i);
            let outside = brackets.is_empty();
            match token {
                Token::Import | Token::Const | Token::Type | Token::Var | Token::Func
                    if i > start && (outside || self.starts_line(i)) =>
                {
                    return Some((Mode::Decls, i));
                }
                Token::LBrace if outside && in_func => {
                    self.blocks.push(Nest::Block);
                    return Some((Mode::Stmts, i + 1));
                }
                Token::Semi if outside => in_func = false,
                _ => brackets.track(token),
            }
        }
        None
    }

    /// Whether the semicolon stands for the end of a line.
    fn is_inserted(&self, i: usize) -> bool {
        let l = self.lexed.tokens[i];
        self.src.text.as_bytes().get(l.lo as usize) != Some(&b';')
    }

    /// Whether the token stands in the first column.
    fn starts_line(&self, i: usize) -> bool {
        let lo = self.lexed.tokens[i].lo as usize;
        lo == 0 || self.src.text.as_bytes()[lo - 1] == b'\n'
    }

    /// Whether nothing but blanks stands before the token in its line.
    fn first_on_line(&self, i: usize) -> bool {
        let lo = self.lexed.tokens[i].lo as usize;
        let before = self.src.text.as_bytes()[..lo].iter().rev();
        before
            .copied()
            .find(|b| !matches!(b, b' ' | b'\t'))
            .is_none_or(|b| b == b'\n')
    }
}

/// The closing brackets to come while tokens are skipped.
#[derive(Default)]
struct Brackets {
    stack: Vec<Token>,
    /// How many braces are among them.
    braces: usize,
}

impl Brackets {
    fn new(open: &[Nest]) -> Brackets {
        let stack: Vec<Token> = open.iter().map(|n| n.closing()).collect();
        let braces = stack.iter().filter(|&&b| b == Token::RBrace).count();
        Brackets { stack, braces }
    }

    fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    /// Takes note of a token. A brace closes what is open within it; any other closing bracket that does
    /// not fit is passed over.
    fn track(&mut self, token: Token) {
        match token {
            Token::LParen => self.stack.push(Token::RParen),
            Token::LBrack => self.stack.push(Token::RBrack),
            Token::LBrace => {
                self.stack.push(Token::RBrace);
                self.braces += 1;
            }
            Token::RBrace if self.braces > 0 => {
                while self.stack.pop().is_some_and(|b| b != Token::RBrace) {}
                self.braces -= 1;
            }
            Token::RParen | Token::RBrack if self.stack.last() == Some(&token) => {
                self.stack.pop();
            }
            _ => {}
        }
    }
}
