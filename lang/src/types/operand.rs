//! Operands: what checking an expression yields before it is used.

use crate::source::Span;
use crate::syntax::ast::Expr;
use crate::types::constant::Constant;
use crate::types::info::Mode;
use crate::types::store::TypeId;
use crate::types::ty::Basic;
use crate::types::universe::Builtin;

/// What an operand is; [`Mode`] and `Invalid`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OperandMode {
    /// Wrong; already reported.
    Invalid,
    /// A call without results.
    NoValue,
    /// A built-in function.
    Builtin(Builtin),
    /// A type.
    TypeExpr,
    /// A constant; see `val`.
    Constant,
    /// An addressable variable.
    Variable,
    /// A map element.
    MapIndex,
    /// A computed value.
    Value,
    /// `nil`.
    Nil,
    /// A value that may be used in a `v, ok` form.
    CommaOk,
}

impl OperandMode {
    /// The mode to record; none when invalid.
    pub fn recorded(self) -> Option<Mode> {
        Some(match self {
            OperandMode::Invalid => return None,
            OperandMode::NoValue => Mode::NoValue,
            OperandMode::Builtin(b) => Mode::Builtin(b),
            OperandMode::TypeExpr => Mode::TypeExpr,
            OperandMode::Constant => Mode::Constant,
            OperandMode::Variable => Mode::Variable,
            OperandMode::MapIndex => Mode::MapIndex,
            OperandMode::Value => Mode::Value,
            OperandMode::Nil => Mode::Nil,
            OperandMode::CommaOk => Mode::CommaOk,
        })
    }
}

/// An operand.
#[derive(Clone, Debug)]
pub struct Operand<'a> {
    /// What it is.
    pub mode: OperandMode,
    /// The expression it comes from; none before it is evaluated.
    pub expr: Option<&'a Expr>,
    /// Its type.
    pub ty: TypeId,
    /// Its value, if constant.
    pub val: Option<Constant>,
}

impl<'a> Operand<'a> {
    /// An invalid operand, to be filled.
    pub fn new() -> Operand<'a> {
        Operand {
            mode: OperandMode::Invalid,
            expr: None,
            ty: Basic::Invalid.id(),
            val: None,
        }
    }

    /// Whether it is wrong (already reported).
    pub fn is_invalid(&self) -> bool {
        self.mode == OperandMode::Invalid
    }

    /// Marks it as wrong.
    pub fn invalidate(&mut self) {
        self.mode = OperandMode::Invalid;
    }

    /// Where its expression stands.
    pub fn span(&self) -> Span {
        self.expr.map_or(Span::NOWHERE, |e| e.span)
    }
}

impl Default for Operand<'_> {
    fn default() -> Self {
        Operand::new()
    }
}
