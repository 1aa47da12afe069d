//! Assignability and conversions.

use crate::diag::Code;
use crate::syntax::ast::ChanDir;
use crate::types::checker::Checker;
use crate::types::constant::Constant;
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::{default_type, is_untyped};
use crate::types::store::{Store, TypeId};
use crate::types::ty::{Basic, Type};

impl<'a> Checker<'a> {
    /// Whether `x` can be assigned to a variable of type `t`; if not, `cause` may be told why.
    ///
    /// # Errors
    /// The kind of failure.
    pub fn assignable_to(
        &mut self,
        x: &Operand<'a>,
        t: TypeId,
        cause: Option<&mut String>,
    ) -> Result<(), Code> {
        if x.ty == t || x.is_invalid() || !self.is_valid(x.ty) || !self.is_valid(t) {
            return Ok(());
        }
        let v = x.ty;
        if self.store.identical(v, t) {
            return Ok(());
        }
        if is_untyped(v) {
            return match self.implicit_type_and_value(x, t) {
                Ok(_) => Ok(()),
                Err(_) => Err(Code::IncompatibleAssign),
            };
        }
        let (v_param, t_param) = (self.store.is_type_param(v), self.store.is_type_param(t));
        if v_param || t_param {
            return self.param_assignable(x, t, cause);
        }
        let (vu, tu) = (self.store.under(v), self.store.under(t));
        let unnamed = !self.store.has_name(v) || !self.store.has_name(t);
        if unnamed && self.store.identical(vu, tu) {
            return Ok(());
        }
        if self.store.is_interface(tu) || self.store.is_interface_ptr(tu) {
            return if self.implements(v, t, cause) {
                Ok(())
            } else {
                Err(Code::InvalidIfaceAssign)
            };
        }
        if self.store.is_interface(vu) && self.implements(t, v, None) {
            if let Some(cause) = cause {
                *cause = "need type assertion".to_owned();
            }
            return Err(Code::IncompatibleAssign);
        }
        if let (&Type::Chan(ChanDir::Both, e), &Type::Chan(_, f)) = (&self.store[vu], &self.store[tu])
            && self.store.identical(e, f)
        {
            return if unnamed {
                Ok(())
            } else {
                Err(Code::InvalidChanAssign)
            };
        }
        Err(Code::IncompatibleAssign)
    }

    /// [`Checker::assignable_to`] if one of the types is a type parameter and the other another type.
    fn param_assignable(
        &mut self,
        x: &Operand<'a>,
        t: TypeId,
        cause: Option<&mut String>,
    ) -> Result<(), Code> {
        let v = x.ty;
        let mut own = String::new();
        let cause = cause.unwrap_or(&mut own);
        let (v_param, t_param) = (self.store.is_type_param(v), self.store.is_type_param(t));
        if !t_param && (self.store.is_interface(t) || self.store.is_interface_ptr(t)) {
            if self.implements(v, t, Some(cause)) {
                return Ok(());
            }
            if self.store.has_name(t) {
                return Err(Code::InvalidIfaceAssign);
            }
            cause.clear();
        }
        if !v_param && self.store.is_interface(v) && self.implements(t, v, None) {
            "need type assertion".clone_into(cause);
            return Err(Code::IncompatibleAssign);
        }
        let why = |cause: &mut String, text: String| {
            *cause = if cause.is_empty() {
                text
            } else {
                format!("{text}\n\t{cause}")
            };
        };
        let to_param = t_param && !self.store.has_name(v);
        if !to_param && (!v_param || self.store.has_name(t)) {
            return Err(Code::IncompatibleAssign);
        }
        let param = if to_param { t } else { v };
        let Some(terms) = self.store.type_set(param).terms.clone() else {
            return Err(Code::IncompatibleAssign);
        };
        let mut y = x.clone();
        let mut result = Err(Code::IncompatibleAssign);
        for term in terms {
            y.ty = if to_param { v } else { term.ty };
            let to = if to_param { term.ty } else { t };
            result = self.assignable_to(&y, to, Some(cause));
            if result.is_err() {
                let (a, b, p) = (self.type_text(y.ty), self.type_text(to), self.type_text(param));
                let text = match to_param {
                    true => format!("cannot assign {a} to {b} (in {p})"),
                    false => format!("cannot assign {a} (in {p}) to {b}"),
                };
                why(cause, text);
                return result;
            }
        }
        result
    }

    /// The conversion `t(x)`; the result is in `x`.
    pub fn conversion(&mut self, x: &mut Operand<'a>, t: TypeId) {
        let constant = x.is_constant();
        let const_type = self.store.is_const_type(t);
        let mut cause = String::new();
        let ok = if constant && const_type {
            match self.constant_conversion(x, t) {
                Some(val) => {
                    x.val = Some(val);
                    true
                }
                None if self.store.is_integer(x.ty) && self.store.is_integer(t) => {
                    let text = format!("constant {} overflows {}", x.constant(), self.type_text(t));
                    self.error(x.span(), Code::InvalidConversion, text);
                    return x.invalidate();
                }
                None => {
                    // Messages show a whole number as one.
                    let whole = x.constant().to_int();
                    if self.store.is_integer(t) && !whole.is_unknown() {
                        x.val = Some(whole);
                    }
                    false
                }
            }
        } else if constant && self.store.is_type_param(t) {
            let ok = self.constant_to_param(x, t, &mut cause);
            // Type parameters are not constants.
            x.mode = OperandMode::Value;
            if ok {
                x.val = None;
            }
            ok
        } else if self.convertible_to(x, t, &mut cause) {
            x.mode = OperandMode::Value;
            x.val = None;
            true
        } else {
            false
        };
        if !ok {
            let why = if cause.is_empty() {
                String::new()
            } else {
                format!(": {cause}")
            };
            let text = format!(
                "cannot convert {} to type {}{why}",
                self.operand_text(x),
                self.type_text(t)
            );
            self.error(x.span(), Code::InvalidConversion, text);
            return x.invalidate();
        }
        if is_untyped(x.ty) {
            let nil = x.ty == Basic::UntypedNil.id();
            let kept = x.is_constant() && self.store.is_integer(x.ty) && self.store.is_string(t);
            let settled = if nil {
                t
            } else if self.store.is_interface(t) || constant && !const_type {
                default_type(x.ty)
            } else if kept {
                x.ty
            } else {
                t
            };
            if let Some(e) = x.own_expr() {
                self.update_expr_type(e, settled, true);
            }
        }
        x.ty = t;
    }

    fn constant_conversion(&self, x: &Operand<'a>, t: TypeId) -> Option<Constant> {
        let b = self.store.basic(t)?;
        if let Some(val) = x.constant().represented(b) {
            return Some(val);
        }
        if self.store.is_integer(x.ty) && b.is_string() {
            let c = x
                .constant()
                .exact_u64()
                .and_then(|i| u32::try_from(i).ok())
                .and_then(char::from_u32);
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
            return Some(Constant::string(c.encode_utf8(&mut [0; 4]).as_bytes()));
        }
        None
    }

    /// Whether `t(x)` is valid for `x` that is no constant, or `t` no type of constants.
    fn convertible_to(&mut self, x: &Operand<'a>, t: TypeId, cause: &mut String) -> bool {
        if self.assignable_to(x, t, Some(cause)).is_ok() {
            return true;
        }
        if self.store.convertible(x.ty, t) {
            let to_array = match (
                &self.store[self.store.under(x.ty)],
                &self.store[self.store.under(t)],
            ) {
                (Type::Slice(_), Type::Array(..)) => Some((20, "conversion of slice to array")),
                (Type::Slice(_), Type::Pointer(_)) => Some((17, "conversion of slice to array pointer")),
                _ => None,
            };
            if let Some((since, what)) = to_array
                && !self.allow_version(x.span(), since)
            {
                *cause = format!(
                    "{what} requires go1.{since} or later{}",
                    self.version_source(x.span())
                );
                return false;
            }
            return true;
        }
        let (v_param, t_param) = (self.store.is_type_param(x.ty), self.store.is_type_param(t));
        if !v_param && !t_param {
            return false;
        }
        let terms = |c: &Self, is_param, t: TypeId| match is_param {
            true => c
                .store
                .type_set(t)
                .terms
                .clone()
                .map(|l| l.into_iter().map(|x| x.ty).collect()),
            false => Some(vec![t]),
        };
        let from: Option<Vec<TypeId>> = terms(self, v_param, x.ty);
        let to: Option<Vec<TypeId>> = terms(self, t_param, t);
        let (Some(from), Some(to)) = (from, to) else {
            return false;
        };
        let mut y = x.clone();
        for &v in &from {
            for &u in &to {
                y.ty = v;
                if self.convertible_to(&y, u, cause) {
                    continue;
                }
                let of = |c: &Self, is_param, p| match is_param {
                    true => format!(" (in {})", c.type_text(p)),
                    false => String::new(),
                };
                let mut text = format!(
                    "cannot convert {}{} to type {}{}",
                    self.type_text(v),
                    of(self, v_param, x.ty),
                    self.type_text(u),
                    of(self, t_param, t)
                );
                if !cause.is_empty() {
                    text.push_str("\n\t");
                    text.push_str(cause);
                }
                *cause = text;
                return false;
            }
        }
        true
    }

    /// Whether constant `x` converts to each type in the type set of type parameter `t`.
    fn constant_to_param(&mut self, x: &Operand<'a>, t: TypeId, cause: &mut String) -> bool {
        let t_text = self.type_text(t);
        for (_, u) in self.store.unders(t) {
            let Some(u) = u else {
                *cause = format!("{t_text} does not contain specific types");
                return false;
            };
            if self.store.is_string(x.ty) && self.store.is_bytes_or_runes(u) {
                continue;
            }
            if self.constant_conversion(x, u).is_none() {
                let u_text = self.type_text(u);
                *cause = if self.store.is_integer(x.ty) && self.store.is_integer(u) {
                    format!("constant {} overflows {u_text} (in {t_text})", x.constant())
                } else {
                    format!(
                        "cannot convert {} to type {u_text} (in {t_text})",
                        self.operand_text(x)
                    )
                };
                return false;
            }
        }
        true
    }
}

impl Store {
    /// Whether values of type `v` convert to type `t`, assignability aside.
    fn convertible(&self, v: TypeId, t: TypeId) -> bool {
        let (vu, tu) = (self.under(v), self.under(t));
        if self.is_type_param(v) || self.is_type_param(t) {
            return self.unalias(v) == self.unalias(t);
        }
        if self.identical_ignore_tags(vu, tu) {
            return true;
        }
        if let (&Type::Pointer(a), &Type::Pointer(b)) = (&self[v], &self[t])
            && !self.is_type_param(a)
            && !self.is_type_param(b)
            && self.identical_ignore_tags(self.under(a), self.under(b))
        {
            return true;
        }
        let real = |t| self.is_integer(t) || self.is_float(t);
        if real(vu) && real(tu) || self.is_complex(vu) && self.is_complex(tu) {
            return true;
        }
        if self.is_string(tu) && (self.is_integer(vu) || self.is_bytes_or_runes(vu)) {
            return true;
        }
        if self.is_string(vu) && self.is_bytes_or_runes(tu) {
            return true;
        }
        let basic = |t, b| self.basic(t) == Some(b);
        let raw = |t| self.is_pointer(t) || basic(t, Basic::Uintptr);
        let (from_unsafe, to_unsafe) = (basic(vu, Basic::UnsafePointer), basic(tu, Basic::UnsafePointer));
        if raw(vu) && to_unsafe || from_unsafe && raw(tu) {
            return true;
        }
        let Type::Slice(elem) = self[vu] else { return false };
        let array = match self[tu] {
            Type::Pointer(b) => self.under(b),
            _ => tu,
        };
        matches!(self[array], Type::Array(e, _) if self.identical(elem, e))
    }
}
