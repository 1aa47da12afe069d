//! Tells apart the tokens that only look the same: the filter between lexer and parser.
//!
//! An LR parser sees one token ahead; Go needs more in four places. The [`Disambiguator`] looks at the
//! tokens as they pass, keeps track of open brackets, and gives the parser different tokens:
//!
//! - `{` is [`Token::LBody`] where it ends the header of an if, for, switch or select. Go's rule: in a
//!   header, outside of brackets, `T {` is no literal; but `[]T{`, `map[K]V{` and `struct{…}{` are, and
//!   `func() {` starts a function. Go's yacc grammar had its lexer note the header and its parser set the
//!   note back; here a small automaton ([`Scan`]) follows the type that a bracket or keyword starts.
//! - `[` is [`Token::LTypeParams`] after the name of a declared type if type parameters follow and not an
//!   array's length, by the rules of `typeDecl` in `cmd/compile/internal/syntax/parser.go`.
//! - `func` is [`Token::FuncDecl`] where it starts a declaration.
//! - A `Mode…` token comes first of all.
//!
//! It also bounds the tree: for each open bracket it adds up the tokens that nest (operators, dots,
//! brackets, `else`…) since the last separator. That sum is never smaller than the depth of the tree that
//! the parser will build, so that past [`MAX_DEPTH`] it stops with [`TooDeep`].
//!
//! On faulty input its guesses may be wrong; they are never wrong on a correct program.

use super::ast::MAX_DEPTH;
use super::lexer::Lexeme;
use super::token::Token;
use crate::source::Pos;

/// How far the filter looks ahead for a closing bracket.
const LOOKAHEAD: usize = 10_000;

/// The tree would be deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooDeep;

/// What to parse.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A file, from its package clause.
    File,
    /// Declarations at top level.
    Decls,
    /// Statements and declarations, as typed at a prompt.
    Fragment,
    /// One expression.
    Expr,
    /// Statements of a function; for going on after an error.
    Stmts,
    /// Clauses of a switch; for going on after an error.
    Clauses,
    /// Clauses of a select; for going on after an error.
    Comms,
}

/// What an open bracket encloses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nest {
    /// Nothing is open.
    Outside,
    /// `const (`, `var (`, `import (`.
    Group,
    /// `type (`.
    TypeGroup,
    /// `(` of parameters, results or a receiver.
    Params,
    /// `[` of type parameters.
    TypeParams,
    /// `(` of arguments.
    Call,
    /// `(` around an expression or type.
    Paren,
    /// `[` after an operand.
    Index,
    /// `[` of an array or slice type, or of a map's key.
    TypeBrack,
    /// `{` of a block, a function's body, or the body of an if or for.
    Block,
    /// `{` of a switch.
    Cases,
    /// `{` of a select.
    Comms,
    /// `{` of a literal.
    Literal,
    /// `{` of a struct type.
    Struct,
    /// `{` of an interface type.
    Interface,
}

impl Nest {
    /// Whether it holds statements.
    pub fn is_block(self) -> bool {
        matches!(self, Nest::Block | Nest::Cases | Nest::Comms)
    }

    /// The bracket that closes it.
    pub fn closing(self) -> Token {
        match self {
            Nest::Outside => Token::Eof,
            Nest::Group | Nest::TypeGroup | Nest::Params | Nest::Call | Nest::Paren => Token::RParen,
            Nest::TypeParams | Nest::Index | Nest::TypeBrack => Token::RBrack,
            Nest::Block | Nest::Cases | Nest::Comms => Token::RBrace,
            Nest::Literal | Nest::Struct | Nest::Interface => Token::RBrace,
        }
    }
}

/// What a type under way will be used for, by the token that started it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Root {
    /// `func`: a brace after it starts the body.
    Func,
    /// `[`, `map`, `struct`: a brace after it starts a literal.
    Lit,
    /// `chan`, `interface`, a method: a brace after it has nothing to do with it.
    Other,
}

/// How far a type under way has come, within one level of brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scan {
    /// No type.
    No,
    /// After `func` of a declaration.
    DeclName,
    /// Parameters follow.
    Params(Root),
    /// Results may follow.
    Result(Root),
    /// A type follows.
    NeedType(Root),
    /// A name, which a dot or type arguments may follow.
    Named(Root),
    /// `[` of a map follows.
    MapKey(Root),
    /// `{` of a struct or interface follows.
    TypeBrace(Root),
    /// The type is complete.
    Done(Root),
}

/// One level of open brackets.
#[derive(Clone, Copy, Debug)]
struct Level {
    kind: Nest,
    scan: Scan,
    /// The keyword whose header we are in.
    header: Option<Token>,
    /// The keyword of the declaration under way; [`Token::Eof`] if there is none.
    decl: Token,
    /// Nesting tokens since the last separator.
    nesting: u32,
    /// The deepest closed bracket since the last separator.
    closed: u32,
    /// The deepest stretch between separators so far.
    deepest: u32,
    /// Length of the else-if chain.
    elses: u32,
}

impl Level {
    fn new(kind: Nest) -> Level {
        Level {
            kind,
            scan: Scan::No,
            header: None,
            decl: Token::Eof,
            nesting: 0,
            closed: 0,
            deepest: 0,
            elses: 0,
        }
    }

    fn separate(&mut self) {
        self.deepest = self.deepest.max(self.nesting + self.closed);
        (self.nesting, self.closed) = (0, 0);
    }
}

/// Where the last token stands: what an error message needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The innermost bracket around it.
    pub nest: Nest,
    /// The keyword whose header it is in.
    pub header: Option<Token>,
    /// The keyword of the declaration it belongs to; [`Token::Eof`] if there is none.
    pub decl: Token,
    /// The token before; [`Token::Eof`] if it is the first.
    pub prev: Token,
    /// The token before that.
    pub before_prev: Token,
}

/// What is open at some token.
#[derive(Debug)]
pub struct Open {
    /// The kinds of the brackets, outermost first.
    pub nests: Vec<Nest>,
    /// The keyword whose header is under way in the innermost block.
    pub header: Option<Token>,
    /// The keyword of the declaration under way outside of all brackets; [`Token::Eof`] if there is none.
    pub decl: Token,
}

/// What the last token did.
enum Bracket {
    Opened,
    Closed(Level),
}

/// The filter. See the head of this file.
pub struct Disambiguator<'a> {
    tokens: &'a [Lexeme],
    base: u32,
    mode: Mode,
    mode_pending: bool,
    next: usize,
    prev: Token,
    before_prev: Token,
    level: Level,
    outer: Vec<Level>,
    /// Nesting tokens of all outer levels.
    outer_nesting: u32,
    place: Place,
    last_bracket: Option<Bracket>,
    last_closed: Nest,
}

impl<'a> Disambiguator<'a> {
    /// A filter for `tokens[start..]` of a file that begins at `base`.
    pub fn new(tokens: &'a [Lexeme], start: usize, base: Pos, mode: Mode) -> Disambiguator<'a> {
        let nest = match mode {
            Mode::File | Mode::Decls | Mode::Expr | Mode::Fragment => Nest::Outside,
            Mode::Stmts => Nest::Block,
            Mode::Clauses => Nest::Cases,
            Mode::Comms => Nest::Comms,
        };
        Disambiguator {
            tokens,
            base: base.0,
            mode,
            mode_pending: true,
            next: start,
            prev: Token::Eof,
            before_prev: Token::Eof,
            level: Level::new(nest),
            outer: Vec::new(),
            outer_nesting: 0,
            place: Place {
                nest,
                header: None,
                decl: Token::Eof,
                prev: Token::Eof,
                before_prev: Token::Eof,
            },
            last_bracket: None,
            last_closed: Nest::Outside,
        }
    }

    /// The index of the token to come.
    pub fn position(&self) -> usize {
        self.next
    }

    /// Where the last token stood.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What was open before the last token: the brackets, and what they belong to.
    pub fn into_open(mut self) -> Open {
        self.undo();
        let header = match self
            .outer
            .iter()
            .chain([&self.level])
            .rev()
            .find(|l| l.kind.is_block())
        {
            Some(level) => level.header,
            None => self.bottom().header,
        };
        let nests = self
            .outer
            .iter()
            .skip(1)
            .chain((!self.outer.is_empty()).then_some(&self.level));
        Open {
            nests: nests.map(|l| l.kind).collect(),
            header,
            decl: self.bottom().decl,
        }
    }

    /// Forgets which bracket the last token opened or closed.
    fn undo(&mut self) {
        match self.last_bracket.take() {
            Some(Bracket::Opened) => {
                if let Some(level) = self.outer.pop() {
                    self.level = level;
                }
            }
            Some(Bracket::Closed(level)) => self.outer.push(std::mem::replace(&mut self.level, level)),
            None => {}
        }
    }

    fn bottom(&self) -> &Level {
        self.outer.first().unwrap_or(&self.level)
    }

    /// Whether any bracket is open.
    pub fn is_nested(&self) -> bool {
        !self.outer.is_empty()
    }

    fn peek(&self, ahead: usize) -> Token {
        self.tokens.get(self.next + ahead).map_or(Token::Eof, |l| l.token)
    }

    /// Takes in `token`, the one before `self.next`, and gives what it really is.
    fn classify(&mut self, token: Token) -> Token {
        match token {
            Token::LParen => self.open_paren(),
            Token::LBrack => self.open_bracket(),
            Token::LBrace => self.open_brace(),
            Token::RParen | Token::RBrack | Token::RBrace => {
                self.close();
                token
            }
            Token::Func if self.is_declaration() => {
                self.level.scan = Scan::DeclName;
                Token::FuncDecl
            }
            Token::If | Token::For | Token::Switch | Token::Select => {
                self.level.header = Some(token);
                self.level.scan = Scan::No;
                token
            }
            _ => {
                self.level.scan = self.type_scan(token);
                token
            }
        }
    }

    fn open(&mut self, kind: Nest, after: Scan) {
        self.level.scan = after;
        self.level.nesting += if kind.is_block() { 2 } else { 1 };
        self.outer_nesting += self.level.nesting;
        self.outer
            .push(std::mem::replace(&mut self.level, Level::new(kind)));
        self.last_bracket = Some(Bracket::Opened);
    }

    fn close(&mut self) {
        // Without an open bracket the parser finds the error.
        let Some(outer) = self.outer.pop() else { return };
        let mut inner = std::mem::replace(&mut self.level, outer);
        inner.separate();
        self.outer_nesting -= self.level.nesting;
        if matches!(inner.kind, Nest::Params | Nest::TypeParams) {
            // What follows does not enclose it.
            self.level.nesting -= 1;
            inner.deepest += 1;
        }
        self.last_closed = inner.kind;
        self.level.closed = self.level.closed.max(inner.deepest);
        self.last_bracket = Some(Bracket::Closed(inner));
    }

    fn open_paren(&mut self) -> Token {
        let (kind, after) = match self.level.scan {
            Scan::DeclName => (Nest::Params, Scan::DeclName),
            Scan::Params(r) => (Nest::Params, Scan::Result(r)),
            Scan::Result(r) => (Nest::Params, Scan::Done(r)),
            Scan::NeedType(r) => (Nest::Paren, Scan::Done(r)),
            _ => match self.prev {
                Token::Import | Token::Const | Token::Var => (Nest::Group, Scan::No),
                Token::Type => (Nest::TypeGroup, Scan::No),
                p if p.ends_operand() => (Nest::Call, Scan::No),
                _ => (Nest::Paren, Scan::No),
            },
        };
        self.open(kind, after);
        Token::LParen
    }

    fn open_bracket(&mut self) -> Token {
        if self.type_params_follow() {
            // After the parameters of an interface's method comes its signature.
            let method = self.level.kind == Nest::Interface;
            self.open(
                Nest::TypeParams,
                if method {
                    Scan::Params(Root::Other)
                } else {
                    Scan::No
                },
            );
            return Token::LTypeParams;
        }
        let (kind, after) = match self.level.scan {
            Scan::NeedType(r) | Scan::Result(r) | Scan::MapKey(r) => (Nest::TypeBrack, Scan::NeedType(r)),
            Scan::Named(r) => (Nest::Index, Scan::Done(r)),
            Scan::Params(r) => (Nest::TypeParams, Scan::Params(r)),
            _ if self.prev.ends_operand() => (Nest::Index, Scan::No),
            _ => (Nest::TypeBrack, Scan::NeedType(Root::Lit)),
        };
        self.open(kind, after);
        Token::LBrack
    }

    fn open_brace(&mut self) -> Token {
        let statement_may_start = !self.prev.ends_operand();
        let kind = match self.level.scan {
            Scan::TypeBrace(r) => {
                let kind = if self.prev == Token::Struct {
                    Nest::Struct
                } else {
                    Nest::Interface
                };
                self.open(kind, Scan::Done(r));
                return Token::LBrace;
            }
            Scan::Named(Root::Func) | Scan::Result(Root::Func) | Scan::Done(Root::Func) => Nest::Block,
            Scan::Named(Root::Lit) | Scan::Result(Root::Lit) | Scan::Done(Root::Lit) => Nest::Literal,
            _ => {
                if let Some(keyword) = self.level.header.take() {
                    let kind = match keyword {
                        Token::Switch => Nest::Cases,
                        Token::Select => Nest::Comms,
                        _ => Nest::Block,
                    };
                    self.open(kind, Scan::No);
                    return Token::LBody;
                }
                let statements = self.level.kind.is_block() || self.level.kind == Nest::Outside;
                if statements && statement_may_start {
                    Nest::Block
                } else {
                    if self.after_value() {
                        // No literal, no block: the parser stops at it.
                        self.open(Nest::Literal, Scan::No);
                        return Token::LBody;
                    }
                    Nest::Literal
                }
            }
        };
        self.open(kind, Scan::No);
        Token::LBrace
    }

    /// Whether the token before ends something that can only be a value, not a literal's type.
    fn after_value(&self) -> bool {
        self.prev.is_literal()
            || self.prev == Token::RBrace
            || self.prev == Token::RParen && self.last_closed == Nest::Call
    }

    /// The state of the type under way after `token`, which is no bracket.
    fn type_scan(&self, token: Token) -> Scan {
        let element_starts = matches!(self.prev, Token::Semi | Token::LBrace);
        if self.level.kind == Nest::Interface && token == Token::Name && element_starts {
            return Scan::Params(Root::Other);
        }
        match self.level.scan {
            Scan::DeclName if token == Token::Name => Scan::Params(Root::Func),
            Scan::NeedType(r) | Scan::Result(r) => type_start(token, r),
            Scan::Named(r) if token == Token::Dot => Scan::NeedType(r),
            Scan::No | Scan::Done(_) | Scan::Named(_) if !self.prev.ends_operand() => match token {
                Token::Map | Token::Struct => type_start(token, Root::Lit),
                Token::Func => type_start(token, Root::Func),
                Token::Chan | Token::Interface => type_start(token, Root::Other),
                _ => Scan::No,
            },
            // A type may also follow an operand's end: `x func()`, `T[P any] struct{…}`.
            _ => match token {
                Token::Map | Token::Struct | Token::Func | Token::Chan | Token::Interface => {
                    type_start(token, Root::Other)
                }
                _ => Scan::No,
            },
        }
    }

    /// Whether the `func` just read starts a declaration.
    fn is_declaration(&self) -> bool {
        let starts = !self.is_nested() && matches!(self.prev, Token::Eof | Token::Semi);
        starts
            && match self.mode {
                Mode::File | Mode::Decls => true,
                Mode::Fragment => match self.peek(0) {
                    Token::Name => true,
                    // `func (r T) m(`: a method. A call of a function literal looks different.
                    Token::LParen => self.after_bracket(0).is_some_and(|i| {
                        self.peek(i) == Token::Name
                            && matches!(self.peek(i + 1), Token::LParen | Token::LBrack)
                    }),
                    _ => false,
                },
                _ => false,
            }
    }

    /// Whether the `[` just read starts type parameters of a declared type or an interface's method.
    fn type_params_follow(&self) -> bool {
        if self.prev != Token::Name {
            return false;
        }
        let declared = match self.before_prev {
            Token::Type => true,
            Token::Semi | Token::LParen => self.level.kind == Nest::TypeGroup,
            _ => false,
        };
        if declared {
            return self.looks_like_type_params();
        }
        let element = self.level.kind == Nest::Interface;
        let element_starts = matches!(self.before_prev, Token::Semi | Token::LBrace);
        // Only a method has parentheses after the brackets; `self.next` is already past the `[`.
        element
            && element_starts
            && self
                .after_last_bracket()
                .is_some_and(|i| self.peek(i) == Token::LParen)
    }

    /// Go's rule for `type T [ P …`.
    fn looks_like_type_params(&self) -> bool {
        use Token::*;
        if self.peek(0) != Name {
            return false;
        }
        match self.peek(1) {
            Name | Interface | Func | Map | Chan | Struct | Tilde | Arrow | Comma | LBrack | Ellipsis => true,
            // `P *C` and `P (C)` may be an expression: a comma or an unmistakable type decides.
            Mul | LParen => self.is_type_list(),
            _ => false,
        }
    }

    /// Whether a comma or a type stands among the tokens up to the closing bracket.
    fn is_type_list(&self) -> bool {
        use Token::*;
        let mut depth = 0;
        let mut prev = Eof;
        for lexeme in self.tokens[self.next..].iter().take(LOOKAHEAD) {
            match lexeme.token {
                Comma if depth == 0 => return true,
                Interface | Func | Map | Chan | Struct | Tilde => return true,
                LBrack if !prev.ends_operand() => return true,
                LParen | LBrack | LBrace => depth += 1,
                RBrack if depth == 0 => return false,
                RParen | RBrack | RBrace => depth -= 1,
                // No type has such operators.
                Add | Sub | Div | Rem | Xor | Shl | Shr | And | AndNot | Int | Char if depth == 0 => {
                    return false;
                }
                _ => {}
            }
            prev = lexeme.token;
        }
        false
    }

    /// How far ahead the token after the bracket stands that opens at `peek(ahead)`.
    fn after_bracket(&self, ahead: usize) -> Option<usize> {
        self.matching(self.next + ahead)
    }

    /// How far ahead the token after the bracket stands that was just read.
    fn after_last_bracket(&self) -> Option<usize> {
        self.matching(self.next - 1)
    }

    fn matching(&self, open: usize) -> Option<usize> {
        let mut depth = 0u32;
        for (i, lexeme) in self.tokens[open..].iter().take(LOOKAHEAD).enumerate() {
            match lexeme.token {
                Token::LParen | Token::LBrack | Token::LBrace => depth += 1,
                Token::RParen | Token::RBrack | Token::RBrace => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(open + i + 1 - self.next);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Counts a token that is no bracket. Returns whether the tree stays within bounds.
    fn charge(&mut self, token: Token) -> bool {
        use Token::*;
        match token {
            Semi | Comma if self.level.header.is_none() => {
                self.level.separate();
                self.level.elses = 0;
            }
            // A clause without statements has no separator before the next one.
            Case | Default => {
                self.level.separate();
                self.level.elses = 0;
            }
            Else => {
                self.level.separate();
                self.level.elses += 1;
                self.level.nesting = self.level.elses;
            }
            Name | Int | Float | Imag | Char | String | RawString | Semi | Comma => {}
            LParen | LBrack | LBrace | LBody | LTypeParams | RParen | RBrack | RBrace => {}
            _ => self.level.nesting += 1,
        }
        self.outer_nesting + self.level.nesting + self.level.closed < MAX_DEPTH
    }
}

/// The state after the first token of a type.
fn type_start(token: Token, root: Root) -> Scan {
    match token {
        Token::Name => Scan::Named(root),
        Token::Map => Scan::MapKey(root),
        Token::Struct | Token::Interface => Scan::TypeBrace(root),
        Token::Func => Scan::Params(root),
        Token::Chan | Token::Mul | Token::Arrow => Scan::NeedType(root),
        _ => Scan::No,
    }
}

impl Iterator for Disambiguator<'_> {
    type Item = Result<(Pos, Token, Pos), TooDeep>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.mode_pending {
            self.mode_pending = false;
            let at = Pos(self.base + self.tokens.get(self.next).map_or(0, |l| l.lo));
            let token = match self.mode {
                Mode::File => Token::ModeFile,
                Mode::Decls => Token::ModeDecls,
                Mode::Fragment => Token::ModePrompt,
                Mode::Stmts => Token::ModeStmts,
                Mode::Expr => Token::ModeExpr,
                Mode::Clauses => Token::ModeClauses,
                Mode::Comms => Token::ModeComms,
            };
            return Some(Ok((at, token, at)));
        }
        self.place = Place {
            nest: self.level.kind,
            header: self.level.header,
            decl: self.level.decl,
            prev: self.prev,
            before_prev: self.before_prev,
        };
        let lexeme = self.tokens.get(self.next)?;
        self.next += 1;
        self.last_bracket = None;
        let token = self.classify(lexeme.token);
        if !self.charge(token) {
            return Some(Err(TooDeep));
        }
        match token {
            Token::Const | Token::FuncDecl | Token::Import | Token::Type | Token::Var => {
                self.level.decl = token
            }
            Token::Semi => self.level.decl = Token::Eof,
            _ => {}
        }
        (self.before_prev, self.prev) = (self.prev, token);
        Some(Ok((
            Pos(self.base + lexeme.lo),
            token,
            Pos(self.base + lexeme.hi),
        )))
    }
}
