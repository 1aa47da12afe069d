//! Operators: unary, binary, comparisons and shifts.

use crate::diag::Code;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::constant::{ConstKind, Constant};
use crate::types::expr::{op_span, unparen};
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::{default_type, is_untyped};
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

/// Constants have at most this many bits.
const PREC: usize = 512;
/// Constant strings are at most this long.
const MAX_STRING: usize = 2_000_000_000;
/// Constant shifts go at most this far: enough for the least float64.
const MAX_SHIFT: u64 = 1023 - 1 + 52;

impl<'a> Checker<'a> {
    /// Checks that constant `x`, just computed, fits its type, or is not too large if untyped.
    pub fn overflow(&mut self, x: &mut Operand<'a>, at: Span) {
        match x.constant() {
            Constant::Unknown => {
                return self.error(at, Code::InvalidConstVal, "constant result is not representable");
            }
            _ if !is_untyped(x.ty) => {
                if let Some(b) = self.store.basic(x.ty) {
                    self.representable(x, b);
                }
                return;
            }
            Constant::Big(_) if x.constant().bit_len() > PREC => {
                let name = x.expr.map_or("", op_name);
                let space = if name.is_empty() { "" } else { " " };
                self.error(
                    at,
                    Code::InvalidConstVal,
                    format!("constant {name}{space}overflow"),
                );
            }
            Constant::Str(s) if s.len() > MAX_STRING => {
                let text = format!(
                    "constant string too long ({} bytes > {MAX_STRING} bytes)",
                    s.len()
                );
                self.error(at, Code::InvalidConstVal, text);
            }
            _ => return,
        }
        x.val = Some(Constant::Unknown);
    }

    /// `op e`.
    pub(crate) fn unary(&mut self, x: &mut Operand<'a>, e: &'a Expr, op: UnaryOp, operand: &'a Expr) {
        self.expr(x, operand);
        if x.is_invalid() {
            return;
        }
        match op {
            UnaryOp::Addr => return self.address_of(x, operand),
            UnaryOp::Recv => {
                return match self.chan_elem(x, x.span(), true) {
                    Some(elem) if self.is_complete(elem) => {
                        x.mode = OperandMode::CommaOk;
                        x.ty = elem;
                        x.val = None;
                        self.env.has_call_or_recv = true;
                    }
                    _ => x.invalidate(),
                };
            }
            UnaryOp::Tilde => {
                let integer = self.store.is_integer(x.ty);
                let hint = if integer {
                    " (use ^ for bitwise complement)"
                } else {
                    ""
                };
                let text = format!("cannot use ~ outside of interface or type constraint{hint}");
                self.error(e.span, Code::UndefinedOp, text);
                return x.invalidate();
            }
            _ => {}
        }
        let ok = match op {
            UnaryOp::Not => self.store.is_boolean(x.ty),
            UnaryOp::BitNot => self.store.is_integer(x.ty),
            _ => self.store.is_numeric(x.ty),
        };
        if !ok {
            return self.undefined_op(x, op.text());
        }
        if !x.is_constant() {
            x.mode = OperandMode::Value;
            return;
        }
        if x.constant().is_unknown() {
            return;
        }
        let bits = if self.store.is_unsigned(x.ty) {
            self.unsigned_bits(x.ty)
        } else {
            0
        };
        x.val = Some(x.constant().unary(op, bits));
        x.expr = Some(e);
        self.overflow(x, e.span);
    }

    fn unsigned_bits(&self, t: TypeId) -> u32 {
        match self.store.basic(t) {
            Some(Basic::Uint8 | Basic::Byte) => 8,
            Some(Basic::Uint16) => 16,
            Some(Basic::Uint32) => 32,
            _ => 64,
        }
    }

    fn address_of(&mut self, x: &mut Operand<'a>, operand: &'a Expr) {
        let literal = matches!(unparen(operand).kind, ExprKind::Composite(_));
        if !literal && x.mode != OperandMode::Variable {
            let text = format!(
                "invalid operation: cannot take address of {}",
                self.operand_text(x)
            );
            self.error(x.span(), Code::UnaddressableOperand, text);
            return x.invalidate();
        }
        x.mode = OperandMode::Value;
        x.ty = self.store.new_type(Type::Pointer(x.ty));
    }

    #[cold]
    fn undefined_op(&mut self, x: &mut Operand<'a>, op: &str) {
        let text = format!(
            "invalid operation: operator {op} not defined on {}",
            self.operand_text(x)
        );
        self.error(x.span(), Code::UndefinedOp, text);
        x.invalidate();
    }

    /// The element type of channel `x`, from which something is received (`recv`) or to which something
    /// is sent; reports at `at` if that cannot be.
    pub fn chan_elem(&mut self, x: &Operand<'a>, at: Span, recv: bool) -> Option<TypeId> {
        let chan = self.store.common_under(x.ty, self.pkg, |t, u| {
            let t = || self.type_text(t);
            match u.map(|u| &self.store[u]) {
                None => Err("no specific channel type".to_owned()),
                Some(Type::Chan(ChanDir::Send, _)) if recv => Err(format!("send-only channel {}", t())),
                Some(Type::Chan(ChanDir::Recv, _)) if !recv => Err(format!("receive-only channel {}", t())),
                Some(Type::Chan(..)) => Ok(()),
                _ => Err(format!("non-channel {}", t())),
            }
        });
        let cause = match chan {
            Ok(u) => match self.store[u] {
                Type::Chan(_, elem) => return Some(elem),
                _ => String::new(),
            },
            Err(cause) => cause,
        };
        let (verb, code) = if recv {
            ("receive from", Code::InvalidReceive)
        } else {
            ("send to", Code::InvalidSend)
        };
        let x_text = self.operand_text(x);
        let text = if self.store.is_type_param(x.ty) {
            format!("invalid operation: cannot {verb} {x_text}: {cause}")
        } else {
            format!("invalid operation: cannot {verb} {cause} {x_text}")
        };
        self.error(at, code, text);
        None
    }

    /// `lhs op rhs`; `e` is the whole expression, none for `lhs op= rhs`.
    pub fn binary(
        &mut self,
        x: &mut Operand<'a>,
        e: Option<&'a Expr>,
        lhs: &'a Expr,
        rhs: &'a Expr,
        op: BinaryOp,
        _op_span: Span,
    ) {
        let mut y = Operand::new();
        self.expr(x, lhs);
        self.expr(&mut y, rhs);
        if x.is_invalid() {
            return;
        }
        if y.is_invalid() {
            x.invalidate();
            x.expr = y.expr;
            return;
        }
        if op.is_shift() {
            return self.shift(x, &mut y, e, op);
        }
        self.match_binary_operands(x, &mut y);
        if x.is_invalid() {
            return;
        }
        if op.is_comparison() {
            return self.comparison(x, &mut y, op, false);
        }
        if !self.store.identical(x.ty, y.ty) {
            return self.mismatched(x, &y, e, (lhs, rhs, op));
        }
        if !self.binary_op_defined(op, x.ty) {
            return self.undefined_op(x, op.text());
        }
        if matches!(op, BinaryOp::Div | BinaryOp::Rem) && self.divides_by_zero(x, &y) {
            self.error(y.span(), Code::DivByZero, "invalid operation: division by zero");
            return x.invalidate();
        }
        if !(x.is_constant() && y.is_constant()) {
            x.mode = OperandMode::Value;
            x.val = None;
            return;
        }
        if x.constant().is_unknown() || y.constant().is_unknown() {
            x.val = Some(Constant::Unknown);
            return;
        }
        let integer = op == BinaryOp::Div && self.store.is_integer(x.ty);
        x.val = Some(x.constant().binary(op, y.constant(), integer));
        x.expr = e;
        self.overflow(x, e.map_or(Span::NOWHERE, op_span));
    }

    fn binary_op_defined(&self, op: BinaryOp, t: TypeId) -> bool {
        use BinaryOp::*;
        match op {
            Add => self.store.is_numeric_or_string(t),
            Sub | Mul | Div => self.store.is_numeric(t),
            LAnd | LOr => self.store.is_boolean(t),
            _ => self.store.is_integer(t),
        }
    }

    #[cold]
    fn mismatched(
        &mut self,
        x: &mut Operand<'a>,
        y: &Operand<'a>,
        e: Option<&'a Expr>,
        (lhs, rhs, op): (&'a Expr, &'a Expr, BinaryOp),
    ) {
        if self.is_valid(x.ty) && self.is_valid(y.ty) {
            let what = match e {
                Some(e) => expr_string(e),
                None => format!("{} {}= {}", expr_string(lhs), op.text(), expr_string(rhs)),
            };
            let (tx, ty) = (self.type_text(x.ty), self.type_text(y.ty));
            let text = format!("invalid operation: {what} (mismatched types {tx} and {ty})");
            self.error(x.span(), Code::MismatchedTypes, text);
        }
        x.invalidate();
    }

    fn divides_by_zero(&self, x: &Operand<'a>, y: &Operand<'a>) -> bool {
        if !y.is_constant() {
            return false;
        }
        if (x.is_constant() || self.store.is_integer(x.ty)) && y.constant().sign() == 0 {
            return true;
        }
        if x.is_constant() && self.store.is_complex(x.ty) {
            // The squares may underflow.
            let zero = |c: Constant| c.binary(BinaryOp::Mul, &c, false).sign() == 0;
            return zero(y.constant().real()) && zero(y.constant().imag());
        }
        false
    }

    /// Converts untyped operands to each other's types, if they may match then.
    pub fn match_binary_operands(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>) {
        if !self.may_convert(x, y) {
            return;
        }
        self.convert_untyped(x, y.ty);
        if x.is_invalid() {
            return;
        }
        self.convert_untyped(y, x.ty);
        if y.is_invalid() {
            x.invalidate();
        }
    }

    fn may_convert(&self, x: &Operand<'a>, y: &Operand<'a>) -> bool {
        if !is_untyped(x.ty) && !is_untyped(y.ty) {
            return false;
        }
        let s = &*self.store;
        if s.is_numeric(x.ty) != s.is_numeric(y.ty) {
            return false;
        }
        if s.is_interface(x.ty) || s.is_interface(y.ty) {
            return true;
        }
        if s.is_boolean(x.ty) != s.is_boolean(y.ty) || s.is_string(x.ty) != s.is_string(y.ty) {
            return false;
        }
        if x.is_nil() {
            return s.has_nil(y.ty);
        }
        if y.is_nil() {
            return s.has_nil(x.ty);
        }
        !s.is_pointer(x.ty) && !s.is_pointer(y.ty)
    }

    /// `x op y` of a comparison operator; a switch's case compared with its tag if `switch_case`.
    pub fn comparison(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, op: BinaryOp, switch_case: bool) {
        if !self.is_valid(x.ty) || !self.is_valid(y.ty) {
            return x.invalidate();
        }
        let op = if switch_case { BinaryOp::Eq } else { op };
        if let Err((at_y, code, cause)) = self.comparable_operands(x, y, op) {
            let mut culprit = if at_y { &*y } else { &*x };
            let params = [self.store.is_type_param(x.ty), self.store.is_type_param(y.ty)];
            let text = |x: &Operand<'a>| x.expr.map(expr_string).unwrap_or_default();
            let cause = if cause.is_empty() && params != [false, false] {
                if !params[0] {
                    culprit = &*y;
                }
                format!(
                    "type parameter {} cannot use operator {}",
                    self.type_text(culprit.ty),
                    op.text()
                )
            } else if cause.is_empty() {
                let what = match self.store.composite_kind(culprit.ty) {
                    Some(kind) => kind.to_owned(),
                    None => self.type_text(culprit.ty),
                };
                format!("operator {} not defined on {what}", op.text())
            } else {
                cause
            };
            let (tx, ty) = (text(x), text(y));
            if switch_case {
                self.error(
                    x.span(),
                    code,
                    format!("invalid case {tx} in switch on {ty} ({cause})"),
                );
            } else {
                let text = format!("invalid operation: {tx} {} {ty} ({cause})", op.text());
                self.error(culprit.span(), code, text);
            }
            return x.invalidate();
        }
        if x.is_constant() && y.is_constant() {
            // The operands are never materialised: their types need no update.
            x.val = Some(Constant::Bool(x.constant().compare(op, y.constant())));
        } else {
            x.mode = OperandMode::Value;
            x.val = None;
            for o in [&*x, &*y] {
                if is_untyped(o.ty)
                    && let Some(e) = o.own_expr()
                {
                    self.update_expr_type(e, default_type(o.ty), true);
                }
            }
        }
        x.ty = Basic::UntypedBool.id();
    }

    /// Whether two operands can be compared; else whether the second is to blame, and why.
    fn comparable_operands(
        &mut self,
        x: &Operand<'a>,
        y: &Operand<'a>,
        op: BinaryOp,
    ) -> Result<(), (bool, Code, String)> {
        if self.assignable_to(x, y.ty, None).is_err() && self.assignable_to(y, x.ty, None).is_err() {
            let cause = format!(
                "mismatched types {} and {}",
                self.type_text(x.ty),
                self.type_text(y.ty)
            );
            return Err((true, Code::MismatchedTypes, cause));
        }
        let undefined = |at_y, cause| Err((at_y, Code::UndefinedOp, cause));
        if matches!(op, BinaryOp::Eq | BinaryOp::Ne) {
            if x.is_nil() || y.is_nil() {
                let ty = if x.is_nil() { y.ty } else { x.ty };
                // Only nil == nil fails here.
                return if self.store.has_nil(ty) {
                    Ok(())
                } else {
                    undefined(true, String::new())
                };
            }
            for (at_y, t) in [(false, x.ty), (true, y.ty)] {
                if !self.store.comparable(t) {
                    return undefined(at_y, self.incomparable_cause(t));
                }
            }
            return Ok(());
        }
        for (at_y, t) in [(false, x.ty), (true, y.ty)] {
            if !self.store.is_ordered(t) {
                return undefined(at_y, String::new());
            }
        }
        Ok(())
    }

    /// Why values of `t` cannot be compared; empty if there is nothing particular to say.
    #[cold]
    pub(crate) fn incomparable_cause(&self, t: TypeId) -> String {
        let s = &*self.store;
        match s.under_type(t) {
            Type::Slice(_) | Type::Signature(_) | Type::Map(..) => {
                format!(
                    "{} can only be compared to nil",
                    s.composite_kind(t).unwrap_or_default()
                )
            }
            Type::Struct(st) => match st.fields.iter().find(|&&f| !s.comparable(s[f].ty)) {
                Some(&f) => format!("struct containing {} cannot be compared", self.type_text(s[f].ty)),
                None => String::new(),
            },
            Type::Array(..) => format!("{} cannot be compared", self.type_text(t)),
            Type::TypeParam(_) if s.type_set(t).is_empty() => "empty type set".to_owned(),
            Type::TypeParam(_) => "incomparable types in type set".to_owned(),
            _ => String::new(),
        }
    }

    /// `x << y` and `x >> y`; `e` is the whole expression, none for `x <<= y`.
    fn shift(&mut self, x: &mut Operand<'a>, y: &mut Operand<'a>, e: Option<&'a Expr>, op: BinaryOp) {
        let xval = if x.is_constant() {
            x.constant().to_int()
        } else {
            Constant::Unknown
        };
        let integer = self.store.is_integer(x.ty);
        let may_be = integer || is_untyped(x.ty) && xval.kind() == ConstKind::Int;
        if !may_be {
            return self.shifted_not_integer(x);
        }
        if !self.valid_shift_count(y) {
            return x.invalidate();
        }
        if x.is_constant() {
            if y.is_constant() {
                return self.constant_shift(x, y, e, op, &xval);
            }
            if is_untyped(x.ty) {
                // What the left operand's type is, the context of the shift decides.
                if let Some(e) = x.own_expr() {
                    self.untyped_lhs.insert(e.id);
                }
                x.mode = OperandMode::Value;
                x.val = None;
                return;
            }
        }
        if !integer {
            return self.shifted_not_integer(x);
        }
        x.mode = OperandMode::Value;
        x.val = None;
    }

    #[cold]
    fn shifted_not_integer(&mut self, x: &mut Operand<'a>) {
        let text = format!(
            "invalid operation: shifted operand {} must be integer",
            self.operand_text(x)
        );
        self.error(x.span(), Code::InvalidShiftOperand, text);
        x.invalidate();
    }

    fn valid_shift_count(&mut self, y: &mut Operand<'a>) -> bool {
        if y.is_constant() {
            let yval = y.constant().to_int();
            if yval.kind() == ConstKind::Int && yval.sign() < 0 {
                let text = format!("invalid operation: negative shift count {}", self.operand_text(y));
                self.error(y.span(), Code::InvalidShiftCount, text);
                return false;
            }
            if is_untyped(y.ty) {
                self.representable(y, Basic::Uint);
                if y.is_invalid() {
                    return false;
                }
                // Nothing else will say what it is.
                if let Some(e) = y.own_expr() {
                    self.update_expr_type(e, Basic::Uint.id(), true);
                }
                return true;
            }
            return true;
        }
        if self.store.is_integer(y.ty) && !is_untyped(y.ty) {
            return self.store.is_unsigned(y.ty)
                || self.verify_version(y.span(), 13, |c| {
                    format!("invalid operation: signed shift count {}", c.operand_text(y))
                });
        }
        if is_untyped(y.ty) {
            self.convert_untyped(y, Basic::Uint.id());
            return !y.is_invalid();
        }
        self.shift_count_not_integer(y)
    }

    #[cold]
    fn shift_count_not_integer(&mut self, y: &Operand<'a>) -> bool {
        let text = format!(
            "invalid operation: shift count {} must be integer",
            self.operand_text(y)
        );
        self.error(y.span(), Code::InvalidShiftCount, text);
        false
    }

    fn constant_shift(
        &mut self,
        x: &mut Operand<'a>,
        y: &Operand<'a>,
        e: Option<&'a Expr>,
        op: BinaryOp,
        xval: &Constant,
    ) {
        // The result of shifting an untyped 2.0 is an integer.
        let settle = |x: &mut Operand<'a>, integer: bool| {
            if !integer {
                x.ty = Basic::UntypedInt.id();
            }
        };
        let integer = self.store.is_integer(x.ty);
        if x.constant().is_unknown() || y.constant().is_unknown() {
            x.val = Some(Constant::Unknown);
            return settle(x, integer);
        }
        let count = y.constant().to_int().exact_u64().filter(|&s| s <= MAX_SHIFT);
        let Some(count) = count else {
            let text = format!("invalid operation: invalid shift count {}", self.operand_text(y));
            self.error(y.span(), Code::InvalidShiftCount, text);
            return x.invalidate();
        };
        settle(x, integer);
        x.val = Some(xval.shift(op, count as u32));
        x.expr = e;
        self.overflow(x, e.map_or(Span::NOWHERE, op_span));
    }
}

/// What an operation that may overflow is called; empty for all else.
fn op_name(e: &Expr) -> &'static str {
    match &e.kind {
        ExprKind::Unary(UnaryOp::BitNot, _) => "bitwise complement",
        ExprKind::Binary(op, ..) => match op {
            BinaryOp::Add => "addition",
            BinaryOp::Sub => "subtraction",
            BinaryOp::Xor => "bitwise XOR",
            BinaryOp::Mul => "multiplication",
            BinaryOp::Shl => "shift",
            _ => "",
        },
        _ => "",
    }
}
