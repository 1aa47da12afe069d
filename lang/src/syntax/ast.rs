//! The syntax tree: plain values, no scopes and no types in it.
//!
//! It follows `go/ast` in shape and names. Every expression carries an [`ExprId`], dense from 0
//! within one package (over all its files), so that what the checker finds out lives in vectors
//! beside the tree ([`crate::types::info`]). Spans cover the whole node.
//!
//! Invariant: no path from a root is longer than [`MAX_DEPTH`] nodes, so later passes may recurse.

use std::sync::Arc;

use super::embed::Embed;
use crate::source::{FileId, Span};

/// The deepest tree the parser hands on. Passes that recurse run on a thread whose stack holds it.
pub const MAX_DEPTH: u32 = 10_000;

/// Names an expression within its package; dense from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ExprId(pub u32);

/// Hands out [`ExprId`]s; one for all files of a package.
#[derive(Debug, Default)]
pub struct ExprIds {
    next: u32,
}

impl ExprIds {
    /// None handed out yet.
    pub fn new() -> ExprIds {
        ExprIds::default()
    }

    /// The first `n` handed out already.
    pub fn after(n: u32) -> ExprIds {
        ExprIds { next: n }
    }

    /// The next id.
    pub fn fresh(&mut self) -> ExprId {
        self.next += 1;
        ExprId(self.next - 1)
    }

    /// How many were handed out: the length of a vector indexed by [`ExprId`].
    pub fn count(&self) -> usize {
        self.next as usize
    }
}

/// A name, shared.
pub type Name = Arc<str>;

/// An identifier where it stands. `_` is an identifier named "_".
#[derive(Clone, Debug)]
pub struct Ident {
    /// Key for the checker's `defs` and `uses`; shared with the [`Expr`] when it is an expression.
    pub id: ExprId,
    /// The name.
    pub name: Name,
    /// Where.
    pub span: Span,
}

impl Ident {
    /// Whether this is `_`.
    pub fn is_blank(&self) -> bool {
        &*self.name == "_"
    }
}

/// One source file.
#[derive(Debug)]
pub struct File {
    /// Which file.
    pub id: FileId,
    /// The name in the package clause.
    pub package: Ident,
    /// All declarations in order, imports included.
    pub decls: Vec<Decl>,
    /// Every comment in order, markers included.
    pub comments: Vec<Span>,
    /// The language version 1.N that its `//go:build` line implies.
    pub go_version: Option<u32>,
    /// The whole file.
    pub span: Span,
}

/// A declaration at top level or in a function.
#[derive(Debug)]
pub enum Decl {
    /// `import ( … )`.
    Import(ImportDecl),
    /// `const ( … )`.
    Const(ConstDecl),
    /// `var ( … )`.
    Var(VarDecl),
    /// `type ( … )`.
    Type(TypeDecl),
    /// A function or method; top level only.
    Func(FuncDecl),
    /// Source that did not parse; already reported.
    Bad(Span),
}

/// `import` with all its specs.
#[derive(Debug)]
pub struct ImportDecl {
    /// The whole declaration.
    pub span: Span,
    /// One for each imported path.
    pub specs: Vec<ImportSpec>,
}

/// One imported path.
#[derive(Debug)]
pub struct ImportSpec {
    /// The local name, `_` or `.`; none when left out.
    pub name: Option<Ident>,
    /// The path, unquoted.
    pub path: Name,
    /// Where the path literal stands.
    pub path_span: Span,
    /// The whole spec.
    pub span: Span,
    /// Key for the checker's `implicits` (the package name object when `name` is none).
    pub id: ExprId,
}

/// `const` with all its specs.
#[derive(Debug)]
pub struct ConstDecl {
    /// The whole declaration.
    pub span: Span,
    /// In source order; a spec's place is its iota.
    pub specs: Vec<ConstSpec>,
}

/// One line of a constant declaration.
#[derive(Debug)]
pub struct ConstSpec {
    /// The whole spec.
    pub span: Span,
    /// The names declared.
    pub names: Vec<Ident>,
    /// The type, if written.
    pub ty: Option<Expr>,
    /// The values; empty means those of the last spec that has any, evaluated anew.
    pub values: Vec<Expr>,
}

/// `var` with all its specs.
#[derive(Debug)]
pub struct VarDecl {
    /// The whole declaration.
    pub span: Span,
    /// One for each line.
    pub specs: Vec<VarSpec>,
}

/// One line of a variable declaration.
#[derive(Debug)]
pub struct VarSpec {
    /// The whole spec.
    pub span: Span,
    /// The names declared.
    pub names: Vec<Ident>,
    /// The type, if written.
    pub ty: Option<Expr>,
    /// The initial values; may be empty, or one call for several names.
    pub values: Vec<Expr>,
    /// Directive comments (`//go:embed …`) right above.
    pub directives: Vec<Span>,
    /// The files that `//go:embed` names, put here by who may read files.
    pub embed: Option<Box<Embed>>,
}

/// `type` with all its specs.
#[derive(Debug)]
pub struct TypeDecl {
    /// The whole declaration.
    pub span: Span,
    /// One for each type.
    pub specs: Vec<TypeSpec>,
}

/// One declared type.
#[derive(Debug)]
pub struct TypeSpec {
    /// The whole spec.
    pub span: Span,
    /// Its name.
    pub name: Ident,
    /// Its type parameters.
    pub type_params: Vec<Field>,
    /// Whether this is an alias (`type A = B`).
    pub alias: bool,
    /// What it stands for.
    pub ty: Expr,
}

/// A function or method declaration.
#[derive(Debug)]
pub struct FuncDecl {
    /// The whole declaration.
    pub span: Span,
    /// The receiver list as written: well-formed programs have exactly one entry.
    pub recv: Option<Vec<Field>>,
    /// Its name.
    pub name: Ident,
    /// Its type parameters.
    pub type_params: Vec<Field>,
    /// Parameters and results.
    pub sig: FuncType,
    /// The body; none for one implemented elsewhere (in mgo: natively).
    pub body: Option<Block>,
    /// The body was skipped: `body` has its span, and the statements come with
    /// [`parse_body`](super::parser::parse_body).
    pub lazy: bool,
    /// Directive comments (`//go:noinline` …) right above.
    pub directives: Vec<Span>,
}

/// A group `a, b T` of parameters, results, struct fields, type parameters or interface elements.
#[derive(Debug)]
pub struct Field {
    /// The whole group.
    pub span: Span,
    /// The names; empty for an unnamed parameter or an embedded field or element.
    pub names: Vec<Ident>,
    /// The type; an [`ExprKind::Ellipsis`] for a variadic parameter.
    pub ty: Expr,
    /// A struct field's tag, unquoted, and where it stands.
    pub tag: Option<(Name, Span)>,
}

/// Parameters and results of a function.
#[derive(Debug)]
pub struct FuncType {
    /// From `func` (or the opening parenthesis) to the end of the results.
    pub span: Span,
    /// Parameter groups.
    pub params: Vec<Field>,
    /// Result groups.
    pub results: Vec<Field>,
}

/// An expression or a type.
#[derive(Debug)]
pub struct Expr {
    /// Key for what the checker records.
    pub id: ExprId,
    /// The whole expression.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind,
}

/// What a literal is; its text stands in the source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LitKind {
    /// `42`, `0x_2A`.
    Int,
    /// `1.5e3`, `0x1p-2`.
    Float,
    /// `3i`.
    Imag,
    /// `'a'`.
    Char,
    /// `"a"` or a raw string.
    String,
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum UnaryOp {
    /// `+`
    Plus,
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `^`
    BitNot,
    /// `&`
    Addr,
    /// `<-`
    Recv,
    /// `~`, in constraints only.
    Tilde,
}

/// A binary operator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    /// `||`
    LOr,
    /// `&&`
    LAnd,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `|`; also a union in constraints.
    Or,
    /// `^`
    Xor,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `&`
    And,
    /// `&^`
    AndNot,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
}

/// The direction of a channel type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChanDir {
    /// `chan T`
    Both,
    /// `chan<- T`
    Send,
    /// `<-chan T`
    Recv,
}

/// The forms of expressions and types.
#[derive(Debug)]
pub enum ExprKind {
    /// Source that did not parse; already reported.
    Bad,
    /// A name.
    Ident(Ident),
    /// A literal. `value` is the source text; for strings and runes the decoded bytes or code point are
    /// the checker's to compute with [`crate::syntax::lexer`]'s helpers.
    Lit(LitKind, Name),
    /// `func(…) … { … }`.
    FuncLit(Box<FuncType>, Block),
    /// `T{…}`, or `{…}` inside another literal (no type).
    Composite(Box<CompositeLit>),
    /// `(x)`.
    Paren(Box<Expr>),
    /// `x.sel`.
    Selector(Box<Expr>, Ident),
    /// `x[i]`, or an instantiation `x[T, U]`; at least one index.
    Index(Box<Expr>, Vec<Expr>),
    /// `x[lo:hi:max]`.
    Slice(Box<SliceExpr>),
    /// `x.(T)`; no type means `x.(type)`.
    TypeAssert(Box<Expr>, Option<Box<Expr>>),
    /// `f(args…)`, calls and conversions.
    Call(Box<CallExpr>),
    /// `*x`: a dereference or a pointer type.
    Star(Box<Expr>),
    /// A unary operation.
    Unary(UnaryOp, Box<Expr>),
    /// A binary operation; `Span` is the operator's.
    Binary(BinaryOp, Span, Box<Expr>, Box<Expr>),
    /// `key: value` in a composite literal.
    KeyValue(Box<Expr>, Box<Expr>),

    /// `[n]T`; no length means `[...]T`.
    ArrayType(Option<Box<Expr>>, Box<Expr>),
    /// `[]T`.
    SliceType(Box<Expr>),
    /// `struct { … }`.
    StructType(Vec<Field>),
    /// `func(…) …`.
    FuncType(Box<FuncType>),
    /// `interface { … }`.
    InterfaceType(Vec<InterfaceElem>),
    /// `map[K]V`.
    MapType(Box<Expr>, Box<Expr>),
    /// `chan T` and its directions.
    ChanType(ChanDir, Box<Expr>),
    /// `...T` as a parameter's type.
    Ellipsis(Box<Expr>),
}

/// An element of an interface type.
#[derive(Debug)]
pub enum InterfaceElem {
    /// `M(…) …`, with the type parameters that only an error report needs.
    Method(Ident, FuncType),
    /// An embedded interface, or a union such as `~int | ~string`.
    Embed(Expr),
}

/// A composite literal.
#[derive(Debug)]
pub struct CompositeLit {
    /// The type; left out inside another literal.
    pub ty: Option<Expr>,
    /// The elements; some [`ExprKind::KeyValue`].
    pub elems: Vec<Expr>,
    /// The closing brace.
    pub rbrace: Span,
}

/// A slice expression.
#[derive(Debug)]
pub struct SliceExpr {
    /// What is sliced.
    pub x: Expr,
    /// `lo`, `hi`, `max`.
    pub bounds: [Option<Expr>; 3],
    /// Whether the second colon is there.
    pub three: bool,
}

/// A call or conversion.
#[derive(Debug)]
pub struct CallExpr {
    /// What is called.
    pub fun: Expr,
    /// The arguments; a type may be the first.
    pub args: Vec<Expr>,
    /// Where `...` follows the last argument.
    pub ellipsis: Option<Span>,
    /// The closing parenthesis.
    pub rparen: Span,
}

/// `{ … }`.
#[derive(Debug)]
pub struct Block {
    /// With the braces.
    pub span: Span,
    /// The statements.
    pub stmts: Vec<Stmt>,
    /// The closing brace.
    pub rbrace: Span,
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// The whole statement.
    pub span: Span,
    /// What it is.
    pub kind: StmtKind,
}

/// The forms of statements.
#[derive(Debug)]
pub enum StmtKind {
    /// Source that did not parse; already reported.
    Bad,
    /// A lone semicolon.
    Empty,
    /// A declaration in a function.
    Decl(Decl),
    /// `L: stmt`.
    Labeled(Ident, Box<Stmt>),
    /// An expression for its effect.
    Expr(Expr),
    /// `a, b` as an entry at a prompt, whose values are to be shown.
    Show(Vec<Expr>),
    /// `ch <- x`; the span is the arrow's.
    Send(Expr, Span, Expr),
    /// `x++` (true) or `x--`.
    IncDec(Expr, bool),
    /// `a, b = c, d`.
    Assign(Vec<Expr>, Span, Vec<Expr>),
    /// `a op= b`; the span is the operator's.
    OpAssign(Expr, BinaryOp, Span, Expr),
    /// `a, b := c, d`; the left side as parsed: the checker reports what is not a name.
    Define(Vec<Expr>, Span, Vec<Expr>),
    /// `go call`.
    Go(Expr),
    /// `defer call`.
    Defer(Expr),
    /// `return xs`.
    Return(Vec<Expr>),
    /// `break L`.
    Break(Option<Ident>),
    /// `continue L`.
    Continue(Option<Ident>),
    /// `goto L`.
    Goto(Ident),
    /// `fallthrough`.
    Fallthrough,
    /// `{ … }`.
    Block(Block),
    /// `if init; cond { … } else …`.
    If(Box<IfStmt>),
    /// `switch init; tag { … }`.
    Switch(Box<SwitchStmt>),
    /// `switch init; x := y.(type) { … }`.
    TypeSwitch(Box<TypeSwitchStmt>),
    /// `select { … }`.
    Select(Box<SelectStmt>),
    /// `for init; cond; post { … }`.
    For(Box<ForStmt>),
    /// `for k, v := range x { … }`.
    Range(Box<RangeStmt>),
}

/// An if statement.
#[derive(Debug)]
pub struct IfStmt {
    /// The statement before the condition.
    pub init: Option<Stmt>,
    /// The condition; [`ExprKind::Bad`] when missing.
    pub cond: Expr,
    /// Taken when true.
    pub then: Block,
    /// A block or another if.
    pub els: Option<Stmt>,
}

/// An expression switch.
#[derive(Debug)]
pub struct SwitchStmt {
    /// The statement before the tag.
    pub init: Option<Stmt>,
    /// The tag; none means `true`.
    pub tag: Option<Expr>,
    /// In source order.
    pub clauses: Vec<CaseClause>,
    /// The body's closing brace.
    pub rbrace: Span,
}

/// `case xs:` or `default:` with its statements.
#[derive(Debug)]
pub struct CaseClause {
    /// The whole clause.
    pub span: Span,
    /// Key for the checker's `implicits` (the variable a type switch declares in this clause).
    pub id: ExprId,
    /// The expressions or types; none for default.
    pub exprs: Option<Vec<Expr>>,
    /// The colon: scopes of the clause start here.
    pub colon: Span,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// A type switch.
#[derive(Debug)]
pub struct TypeSwitchStmt {
    /// The statement before the guard.
    pub init: Option<Stmt>,
    /// `x` in `x := y.(type)`.
    pub bind: Option<Ident>,
    /// `y`.
    pub x: Expr,
    /// The guard `x := y.(type)`.
    pub guard: Span,
    /// In source order.
    pub clauses: Vec<CaseClause>,
    /// The body's closing brace.
    pub rbrace: Span,
}

/// A select statement.
#[derive(Debug)]
pub struct SelectStmt {
    /// In source order.
    pub clauses: Vec<CommClause>,
    /// The body's closing brace.
    pub rbrace: Span,
}

/// One case of a select statement.
#[derive(Debug)]
pub struct CommClause {
    /// The whole clause.
    pub span: Span,
    /// A send, a receive as expression, assignment or definition; none for default.
    pub comm: Option<Stmt>,
    /// The colon.
    pub colon: Span,
    /// The statements.
    pub body: Vec<Stmt>,
}

/// A for statement that is not a range.
#[derive(Debug)]
pub struct ForStmt {
    /// Before the loop.
    pub init: Option<Stmt>,
    /// Before each iteration; none means true.
    pub cond: Option<Expr>,
    /// After each iteration.
    pub post: Option<Stmt>,
    /// The body.
    pub body: Block,
}

/// A range statement.
#[derive(Debug)]
pub struct RangeStmt {
    /// First iteration variable or operand.
    pub key: Option<Expr>,
    /// Second.
    pub value: Option<Expr>,
    /// Where a third would stand, which no range permits.
    pub extra: Option<Span>,
    /// Whether `:=` declares them.
    pub define: bool,
    /// What is ranged over.
    pub x: Expr,
    /// From `for` to the end of the range clause.
    pub header: Span,
    /// The body.
    pub body: Block,
}
