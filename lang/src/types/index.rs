//! Index and slice expressions.

use crate::diag::Code;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::is_untyped;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

impl<'a> Checker<'a> {
    /// `base[indexes]`; `e` is the whole. True if that is an instantiation of generic function `x`, which
    /// is left to do.
    pub(crate) fn index_expr(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        base: &'a Expr,
        indexes: &'a [Expr],
    ) -> bool {
        self.expr_or_type(x, base, true);
        match x.mode {
            OperandMode::Invalid => {
                self.use_exprs(indexes);
                return false;
            }
            OperandMode::TypeExpr => {
                x.invalidate();
                x.ty = self.instantiated_type(base, indexes);
                if self.is_valid(x.ty) {
                    x.mode = OperandMode::TypeExpr;
                }
                return false;
            }
            OperandMode::Value if !self.store.sig_params(x.ty).is_empty() => return true,
            _ => {}
        }
        self.index_value(x, e, indexes);
        false
    }

    /// `x[indexes]` for a value `x`.
    fn index_value(&mut self, x: &mut Operand<'a>, e: &'a Expr, indexes: &'a [Expr]) {
        let complete = self.is_complete(x.ty)
            && match *self.store.under_type(x.ty) {
                Type::Pointer(b) => self.is_complete(b),
                Type::Map(_, elem) => self.is_complete(elem),
                _ => true,
            };
        if !complete {
            return x.invalidate();
        }
        let (mode, elem, length) = match *self.store.under_type(x.ty) {
            Type::Basic(b) if b.is_string() => {
                let length = if x.is_constant() {
                    x.constant().str_len() as i64
                } else {
                    -1
                };
                (OperandMode::Value, Basic::Byte.id(), length)
            }
            Type::Array(elem, n) => {
                let variable = x.mode == OperandMode::Variable;
                (
                    if variable {
                        OperandMode::Variable
                    } else {
                        OperandMode::Value
                    },
                    elem,
                    n,
                )
            }
            Type::Slice(elem) => (OperandMode::Variable, elem, -1),
            Type::Pointer(b) => match *self.store.under_type(b) {
                Type::Array(elem, n) => (OperandMode::Variable, elem, n),
                _ => return self.cannot_index(x, e, indexes),
            },
            Type::Map(key, elem) => return self.map_index(x, key, elem, indexes),
            Type::TypeParam(_) => match self.index_param(x) {
                Some((Some(key), elem, _)) => return self.map_index(x, key, elem, indexes),
                Some((None, elem, (mode, length))) => (mode, elem, length),
                None => return self.cannot_index(x, e, indexes),
            },
            _ => return self.cannot_index(x, e, indexes),
        };
        x.mode = mode;
        x.ty = elem;
        x.val = None;
        match self.single_index(indexes) {
            Some(index) => {
                self.index(index, length);
            }
            None => x.invalidate(),
        }
    }

    /// The element of a map with keys of type `key`.
    fn map_index(&mut self, x: &mut Operand<'a>, key: TypeId, elem: TypeId, indexes: &'a [Expr]) {
        let Some(index) = self.single_index(indexes) else {
            return x.invalidate();
        };
        let mut k = Operand::new();
        self.target = self.target(Some(key), "map index");
        self.expr(&mut k, index);
        self.assignment(&mut k, Some(key), "map index");
        // Even if that failed, the element's type is known.
        x.mode = OperandMode::MapIndex;
        x.ty = elem;
        x.val = None;
    }

    #[cold]
    fn cannot_index(&mut self, x: &mut Operand<'a>, e: &'a Expr, indexes: &'a [Expr]) {
        if self.is_valid(self.store.under(x.ty)) || matches!(x.mode, OperandMode::Builtin(_)) {
            let text = format!("cannot index {}", self.operand_text(x));
            // The place of the bracket.
            let at = Span::new(x.span().hi, e.span.hi);
            self.error(at, Code::NonSliceableOperand, text);
        }
        self.use_exprs(indexes);
        x.invalidate();
    }

    /// What indexing `x`, of a type parameter's type, yields: the key type of maps, the element type, and
    /// if it is no map the mode and the smallest length. All types of the type set must agree.
    fn index_param(&self, x: &Operand<'a>) -> Option<(Option<TypeId>, TypeId, (OperandMode, i64))> {
        let s = &*self.store;
        let mut mode = OperandMode::Variable;
        let mut found: Option<(Option<TypeId>, TypeId)> = None;
        let mut length = -1i64;
        for (_, u) in s.unders(x.ty) {
            let (key, elem, len) = match s[u?] {
                Type::Basic(b) if b.is_string() => {
                    mode = OperandMode::Value;
                    (None, Basic::Byte.id(), -1)
                }
                Type::Array(elem, n) => {
                    if x.mode != OperandMode::Variable {
                        mode = OperandMode::Value;
                    }
                    (None, elem, n)
                }
                Type::Pointer(b) => match *s.under_type(b) {
                    Type::Array(elem, n) => (None, elem, n),
                    _ => return None,
                },
                Type::Slice(elem) => (None, elem, -1),
                Type::Map(key, elem) => (Some(key), elem, -1),
                _ => return None,
            };
            match found {
                None => {
                    found = Some((key, elem));
                    length = len;
                }
                Some((k, e)) => {
                    let same_key = match (k, key) {
                        (None, None) => true,
                        (Some(a), Some(b)) => s.identical(a, b),
                        _ => false,
                    };
                    if !same_key || !s.identical(e, elem) {
                        return None;
                    }
                    if len >= 0 && len < length {
                        length = len;
                    }
                }
            }
        }
        let (key, elem) = found?;
        Some((key, elem, (mode, length)))
    }

    /// The only index; reports if there are several.
    fn single_index(&mut self, indexes: &'a [Expr]) -> Option<&'a Expr> {
        if let Some(second) = indexes.get(1) {
            self.error(
                second.span,
                Code::InvalidIndex,
                "invalid operation: more than one index",
            );
        }
        indexes.first()
    }

    /// Checks index `e`, below `max` if that is not negative. None if it is wrong; its value if it is
    /// constant, else a negative number.
    pub fn index(&mut self, e: &'a Expr, max: i64) -> Option<i64> {
        let mut x = Operand::new();
        self.expr(&mut x, e);
        if !self.is_valid_index(&mut x, Code::InvalidIndex, "index", false) {
            return None;
        }
        if !x.is_constant() {
            return Some(-1);
        }
        let v = x.constant().exact_i64()?;
        if max >= 0 && v >= max {
            let text = format!("invalid argument: index {v} out of bounds [0:{max}]");
            self.error(x.span(), Code::InvalidIndex, text);
            return None;
        }
        Some(v)
    }

    /// Whether `x` can be an index (or length: `what` says which); reports if not.
    pub fn is_valid_index(&mut self, x: &mut Operand<'a>, code: Code, what: &str, negative: bool) -> bool {
        if x.is_invalid() {
            return false;
        }
        if is_untyped(x.ty) {
            self.convert_untyped(x, Basic::Int.id());
            if x.is_invalid() {
                return false;
            }
        }
        let fault = if !self.store.is_integer(x.ty) {
            if !self.is_valid(x.ty) {
                return false;
            }
            "must be integer"
        } else if !x.is_constant() {
            return true;
        } else if !negative && x.constant().sign() < 0 {
            "must not be negative"
        } else {
            match x.constant().represented(Basic::Int) {
                Some(v) => {
                    x.val = Some(v);
                    return true;
                }
                None => "overflows int",
            }
        };
        let text = format!("invalid argument: {what} {} {fault}", self.operand_text(x));
        self.error(x.span(), code, text);
        false
    }

    /// `s.x[lo:hi:max]`; `e` is the whole.
    pub(crate) fn slice_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr, s: &'a SliceExpr) {
        self.expr(x, &s.x);
        if x.is_invalid() {
            for bound in s.bounds.iter().flatten() {
                self.use_exprs(std::slice::from_ref(bound));
            }
            return;
        }
        if let Type::Pointer(b) = *self.store.under_type(x.ty)
            && !self.is_complete(b)
        {
            return x.invalidate();
        }
        let Some((ty, length)) = self.sliced(x, e, s) else {
            return x.invalidate();
        };
        x.mode = OperandMode::Value;
        x.ty = ty;
        x.val = None;
        if s.three && (s.bounds[1].is_none() || s.bounds[2].is_none()) {
            self.error(
                e.span,
                Code::Syntax,
                "2nd and 3rd index required in 3-index slice",
            );
            return x.invalidate();
        }
        self.slice_bounds(s, length);
    }

    /// The type of a slice of `x`, and the length of what is sliced or a negative number; reports if it
    /// cannot be sliced.
    fn sliced(&mut self, x: &Operand<'a>, e: &'a Expr, s: &'a SliceExpr) -> Option<(TypeId, i64)> {
        let under = if self.store.is_type_param(x.ty) {
            self.sliced_param(x)?
        } else {
            self.store.under(x.ty)
        };
        match self.store[under] {
            Type::Basic(b) if b.is_string() => {
                if s.three {
                    let at = s.bounds[2].as_ref().unwrap_or(e);
                    self.error(
                        at.span,
                        Code::InvalidSliceExpr,
                        "invalid operation: 3-index slice of string",
                    );
                    return None;
                }
                let length = if x.is_constant() {
                    x.constant().str_len() as i64
                } else {
                    -1
                };
                let ty = if is_untyped(x.ty) {
                    Basic::String.id()
                } else {
                    x.ty
                };
                if is_untyped(x.ty)
                    && let Some(e) = x.own_expr()
                {
                    self.update_expr_type(e, ty, true);
                }
                Some((ty, length))
            }
            Type::Array(elem, n) => {
                if x.mode != OperandMode::Variable {
                    let text = format!("cannot slice unaddressable value {}", self.operand_text(x));
                    self.error(x.span(), Code::NonSliceableOperand, text);
                    return None;
                }
                Some((self.store.new_type(Type::Slice(elem)), n))
            }
            Type::Pointer(b) if matches!(self.store.under_type(b), Type::Array(..)) => {
                let Type::Array(elem, n) = *self.store.under_type(b) else {
                    return None;
                };
                Some((self.store.new_type(Type::Slice(elem)), n))
            }
            Type::Slice(_) => Some((x.ty, -1)),
            _ => {
                if self.is_valid(self.store.under(x.ty)) {
                    let text = format!("cannot slice {}", self.operand_text(x));
                    self.error(x.span(), Code::NonSliceableOperand, text);
                }
                None
            }
        }
    }

    /// What underlies `x`, of a type parameter's type, as something to slice: strings count as slices of
    /// bytes, but if there is one the result is a string's.
    fn sliced_param(&mut self, x: &Operand<'a>) -> Option<TypeId> {
        let mut common: Option<(TypeId, TypeId)> = None;
        let mut has_string = false;
        let mut why = None;
        for (t, u) in self.store.unders(x.ty) {
            let Some(mut u) = u else {
                why = Some(format!("no specific type in {}", self.type_text(x.ty)));
                break;
            };
            if self.store.is_string(u) {
                u = self.store.new_type(Type::Slice(Basic::Byte.id()));
                has_string = true;
            }
            match common {
                None => common = Some((t, u)),
                Some((_, cu)) if self.store.identical(cu, u) => {}
                Some((ct, _)) => {
                    let (a, b) = (self.type_text(ct), self.type_text(t));
                    why = Some(format!("{a} and {b} have different underlying types"));
                    break;
                }
            }
        }
        if let Some(why) = why {
            let text = format!("cannot slice {}: {why}", self.operand_text(x));
            self.error(x.span(), Code::NonSliceableOperand, text);
            return None;
        }
        if has_string {
            Some(Basic::String.id())
        } else {
            common.map(|c| c.1)
        }
    }

    fn slice_bounds(&mut self, s: &'a SliceExpr, length: i64) {
        let max = if length >= 0 { length + 1 } else { -1 };
        let mut known = [-1i64; 3];
        for (i, bound) in s.bounds.iter().enumerate() {
            known[i] = match bound {
                Some(e) => self.index(e, max).unwrap_or(-1),
                None if i == 0 => 0,
                None => length,
            };
        }
        for i in 0..2 {
            for j in i + 1..3 {
                if known[i] > 0
                    && known[j] >= 0
                    && known[j] < known[i]
                    && let Some(at) = &s.bounds[j]
                {
                    let text = format!("invalid slice indices: {} < {}", known[j], known[i]);
                    return self.error(at.span, Code::SwappedSliceIndices, text);
                }
            }
        }
    }

    /// That index `e` is no constant though it must be.
    #[cold]
    pub(crate) fn index_not_constant(&mut self, at: &'a Expr, key: &'a Expr) {
        let text = format!("index {} must be integer constant", expr_string(key));
        self.error(at.span, Code::InvalidLitIndex, text);
    }
}
