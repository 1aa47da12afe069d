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
use super::disambig::{Disambiguator, Mode, Nest, TooDeep};
use super::lexer::{Lexed, lex};
use super::report;
use super::token::Token;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::{FileId, Pos, SourceFile, SourceMap, Span};

lalrpop_mod!(
    #[allow(clippy::all, clippy::pedantic, missing_docs, dead_code, unused)]
    grammar,
    "/grammar.rs"
);

/// Parses a file. All errors of its syntax go to `diags`; the tree is complete only if there are none.
pub fn parse_file(map: &SourceMap, file: FileId, ids: &mut ExprIds, diags: &mut Diagnostics) -> File {
    let src = map.file(file);
    let lexed = lex(src, diags);
    let mut actions = Actions::new(src, &lexed.comments, ids);
    Driver::new(src, &lexed, &mut actions).run(Mode::File);
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
    let comments = lexed
        .comments
        .iter()
        .map(|&(lo, hi)| Span::new(src.pos(lo as usize), src.pos(hi as usize)));
    File {
        id: file,
        package,
        decls,
        comments: comments.collect(),
        span: Span::new(start.lo, src.pos(src.text.len())),
    }
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
            let closes_block = self.closes_block(&stop, &tokens);
            if !closes_block {
                self.report(&stop, &tokens);
            }
            // An error in the package clause makes all that follows doubtful.
            let no_package = mode == Mode::File && self.actions.package.is_none();
            if one_error || no_package || self.actions.is_full() {
                return;
            }
            self.blocks.extend(tokens.open_blocks());
            match self.resync(stop.at, closes_block) {
                Some(next) => (mode, start) = next,
                None => return,
            }
        }
    }

    fn stop(&self, e: ParseError<Pos, Token, TooDeep>, tokens: &Disambiguator<'_>) -> Stop {
        let end = self.lexed.tokens.len();
        match e {
            ParseError::UnrecognizedToken { expected, .. } => {
                // The offending token is the last one taken.
                Stop {
                    at: tokens.position() - 1,
                    expected: Some(report::tokens(&expected)),
                }
            }
            ParseError::UnrecognizedEof { expected, .. } => Stop {
                at: end,
                expected: Some(report::tokens(&expected)),
            },
            ParseError::User { error: TooDeep } => Stop {
                at: tokens.position() - 1,
                expected: None,
            },
            ParseError::ExtraToken { .. } | ParseError::InvalidToken { .. } => Stop {
                at: tokens.position().saturating_sub(1),
                expected: Some(Vec::new()),
            },
        }
    }

    /// Whether what stopped the parser, which began inside of a block, is the end of that block, or of a
    /// clause in it.
    fn closes_block(&self, stop: &Stop, tokens: &Disambiguator<'_>) -> bool {
        let complete =
            |expected: &[Token]| expected.contains(&Token::Semi) || expected.contains(&Token::Case);
        let Some(inner) = self.blocks.last() else {
            return false;
        };
        let in_clauses = matches!(inner, Nest::Cases | Nest::Comms);
        !tokens.is_nested()
            && stop.expected.as_deref().is_some_and(complete)
            && match self.token(stop.at) {
                Token::RBrace => true,
                Token::Case | Token::Default => in_clauses,
                _ => false,
            }
    }

    fn token(&self, i: usize) -> Token {
        self.lexed.tokens.get(i).map_or(Token::Eof, |l| l.token)
    }

    fn report(&mut self, stop: &Stop, tokens: &Disambiguator<'_>) {
        let end = self.src.pos(self.src.text.len());
        let (token, span) = match self.lexed.tokens.get(stop.at) {
            Some(l) => (
                l.token,
                Span::new(self.src.pos(l.lo as usize), self.src.pos(l.hi as usize)),
            ),
            None => (Token::Eof, Span::new(end, end)),
        };
        let at_end = span.lo == end;
        if at_end && self.actions.has_errors() {
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
        let after_bare_func = matches!(
            self.actions.decls.last(),
            Some(Decl::Func(FuncDecl { body: None, .. }))
        );
        let text = self.actions.text(span.lo, span.hi);
        let unexpected = report::Unexpected {
            token,
            text,
            place: tokens.place(),
            after_bare_func,
        };
        let message = unexpected.message(expected);
        self.actions.syntax_error(span, message);
    }

    /// Where to go on after the token at `at`, and with what.
    fn resync(&mut self, at: usize, closes_block: bool) -> Option<(Mode, usize)> {
        if closes_block && self.token(at) != Token::RBrace {
            return Some((self.clauses(), at));
        }
        if closes_block {
            self.blocks.pop();
            return self.after_block(at + 1);
        }
        self.skip(at)
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
    fn after_block(&mut self, next: usize) -> Option<(Mode, usize)> {
        if self.blocks.is_empty() {
            return self.next_decl(next);
        }
        match self.token(next) {
            Token::Semi => Some((Mode::Stmts, next + 1)),
            // What follows reads as a statement of its own.
            Token::Else if matches!(self.token(next + 1), Token::If | Token::LBrace) => {
                Some((Mode::Stmts, next + 1))
            }
            _ => self.skip(next),
        }
    }

    /// Skips from the token at `i` to where a statement or a declaration may start.
    fn skip(&mut self, mut i: usize) -> Option<(Mode, usize)> {
        if self.blocks.is_empty() {
            return self.next_decl(i);
        }
        let first = i;
        let mut depth = 0u32;
        loop {
            let token = self.token(i);
            match token {
                Token::Eof => return None,
                Token::Semi if depth == 0 => return Some((Mode::Stmts, i + 1)),
                Token::Case | Token::Default if depth == 0 && self.blocks.last() != Some(&Nest::Block) => {
                    if i > first {
                        return Some((self.clauses(), i));
                    }
                }
                Token::Func if self.starts_line(i) => return self.next_decl(i),
                _ if token.starts_statement() && i > first && (depth == 0 || self.first_on_line(i)) => {
                    return Some((Mode::Stmts, i));
                }
                Token::LParen | Token::LBrack | Token::LBrace => depth += 1,
                Token::RBrace if depth == 0 => {
                    self.blocks.pop();
                    return self.after_block(i + 1);
                }
                Token::RParen | Token::RBrack | Token::RBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
            i += 1;
        }
    }

    /// Skips to the next declaration at top level.
    fn next_decl(&mut self, from: usize) -> Option<(Mode, usize)> {
        self.blocks.clear();
        let mut depth = 0u32;
        for i in from..self.lexed.tokens.len() {
            match self.token(i) {
                Token::Import | Token::Const | Token::Type | Token::Var | Token::Func
                    if depth == 0 || self.starts_line(i) =>
                {
                    return Some((Mode::Decls, i));
                }
                // A block was closed right before: go on in the same line of tokens.
                Token::Semi if i == from && depth == 0 => return Some((Mode::Decls, i + 1)),
                Token::LParen | Token::LBrack | Token::LBrace => depth += 1,
                Token::RParen | Token::RBrack | Token::RBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        None
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
