//! Operands: what checking an expression yields before it is used.

use crate::source::Span;
use crate::syntax::ast::Expr;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::constant::Constant;
use crate::types::predicates::is_untyped;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};
use crate::types::universe::{ANY, Builtin};

/// What an operand is.
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
    fn text(self) -> &'static str {
        match self {
            OperandMode::Invalid => "invalid operand",
            OperandMode::NoValue => "no value",
            OperandMode::Builtin(_) => "built-in",
            OperandMode::TypeExpr => "type",
            OperandMode::Constant => "constant",
            OperandMode::Variable => "variable",
            OperandMode::MapIndex => "map index expression",
            OperandMode::Value => "value",
            OperandMode::Nil => "nil",
            OperandMode::CommaOk => "comma, ok expression",
        }
    }
}

/// What a message calls an operand, if not by its expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Called {
    /// By its expression.
    Expr,
    /// The nth (from 1) result of a call with several.
    Result(u32),
    /// The second value of a `v, ok` form.
    Ok,
    /// By this text.
    Text(&'static str),
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
    /// Set for operands that are but a part of what `expr` yields.
    pub called: Called,
}

impl<'a> Operand<'a> {
    /// An invalid operand, to be filled.
    #[inline]
    pub fn new() -> Operand<'a> {
        Operand {
            mode: OperandMode::Invalid,
            expr: None,
            ty: Basic::Invalid.id(),
            val: None,
            called: Called::Expr,
        }
    }

    /// A value of type `ty` that `e` yields.
    pub fn value_of(e: &'a Expr, ty: TypeId) -> Operand<'a> {
        Operand {
            mode: OperandMode::Value,
            expr: Some(e),
            ty,
            val: None,
            called: Called::Expr,
        }
    }

    /// Whether it is wrong (already reported).
    #[inline]
    pub fn is_invalid(&self) -> bool {
        self.mode == OperandMode::Invalid
    }

    /// Whether it is the value `nil`.
    #[inline]
    pub fn is_nil(&self) -> bool {
        self.mode == OperandMode::Nil
    }

    /// Whether it is a constant.
    #[inline]
    pub fn is_constant(&self) -> bool {
        self.mode == OperandMode::Constant
    }

    /// The constant value; unknown if it is none.
    #[inline]
    pub fn constant(&self) -> &Constant {
        self.val.as_ref().unwrap_or(&Constant::Unknown)
    }

    /// Makes it the constant `val` of type `ty`.
    pub fn set_constant(&mut self, ty: TypeId, val: Constant) {
        self.mode = OperandMode::Constant;
        self.ty = ty;
        self.val = Some(val);
    }

    /// Marks it as wrong.
    #[inline]
    pub fn invalidate(&mut self) {
        self.mode = OperandMode::Invalid;
    }

    /// Where its expression stands.
    #[inline]
    pub fn span(&self) -> Span {
        self.expr.map_or(Span::NOWHERE, |e| e.span)
    }

    /// The key of its expression among what is recorded, unless it is but a part of it.
    #[inline]
    pub fn own_expr(&self) -> Option<&'a Expr> {
        self.expr.filter(|_| self.called == Called::Expr)
    }
}

impl Default for Operand<'_> {
    fn default() -> Self {
        Operand::new()
    }
}

/// `1st`, `2nd`, `3rd`, `4th` ….
fn nth(n: u32) -> String {
    let ending = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

impl<'a> Checker<'a> {
    /// The operand as messages show it: `x (variable of type int)`.
    #[cold]
    pub fn operand_text(&self, x: &Operand<'a>) -> String {
        if x.mode == OperandMode::Nil {
            return match x.ty {
                t if !self.is_valid(t) => "nil (with invalid type)".to_owned(),
                t if t == Basic::UntypedNil.id() => "nil".to_owned(),
                t => format!("nil (of type {})", self.type_text(t)),
            };
        }
        let expr = match (x.called, x.expr) {
            (Called::Result(n), _) => format!("{} function result", nth(n)),
            (Called::Ok, _) => "ok value of (comma, ok) expression".to_owned(),
            (Called::Text(t), _) => t.to_owned(),
            (Called::Expr, Some(e)) => expr_string(e),
            (Called::Expr, None) => match x.mode {
                OperandMode::Builtin(b) => b.name().to_owned(),
                OperandMode::TypeExpr => self.type_text(x.ty),
                OperandMode::Constant => x.constant().to_string(),
                _ => String::new(),
            },
        };
        let mut out = String::new();
        let no_type = matches!(
            x.mode,
            OperandMode::Invalid | OperandMode::NoValue | OperandMode::Builtin(_) | OperandMode::TypeExpr
        );
        if !no_type && is_untyped(x.ty) {
            out.push_str(&self.type_text(x.ty));
            out.push(' ');
        }
        out.push_str(x.mode.text());
        if x.mode == OperandMode::Constant {
            let val = x.constant().to_string();
            if val != expr {
                out.push(' ');
                out.push_str(&val);
            }
        }
        if !no_type && !is_untyped(x.ty) {
            if self.is_valid(x.ty) {
                out.push_str(" of ");
                if self.store.is_generic(x.ty) {
                    out.push_str("generic ");
                }
                if matches!(self.store[x.ty], Type::Named(_))
                    || x.ty == ANY
                    || self.store.alias(x.ty).is_some() && !self.store.is_type_param(x.ty)
                {
                    let basic = || {
                        self.store
                            .basic(x.ty)
                            .map_or("", |b| b.name().trim_start_matches("unsafe."))
                    };
                    out.push_str(self.store.composite_kind(x.ty).unwrap_or_else(basic));
                    out.push(' ');
                }
                out.push_str("type ");
                out.push_str(&self.type_text(x.ty));
                if self.store.is_type_param(x.ty) {
                    out.push_str(" constrained by ");
                    out.push_str(&self.type_text(self.store.bound(x.ty)));
                    if self.store.type_set(x.ty).is_empty() {
                        out.push_str(" with empty type set");
                    }
                }
            } else {
                out.push_str(" with invalid type");
            }
        }
        if expr.is_empty() {
            out
        } else {
            format!("{expr} ({out})")
        }
    }
}
