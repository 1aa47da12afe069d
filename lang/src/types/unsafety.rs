//! The functions of package `unsafe`: sizes and offsets as Go's compiler has them on amd64, and those that
//! make pointers, which the compiler to bytecode refuses.

use crate::diag::Code;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::info::{Selection, SelectionKind};
use crate::types::lookup::Lookup;
use crate::types::object::ObjKind;
use crate::types::operand::{Operand, OperandMode};
use crate::types::resolve::unparen;
use crate::types::sizes::Sizes;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};
use crate::types::universe::Builtin;

impl<'a> Checker<'a> {
    /// Whether the size of `t` is not known before type parameters have their arguments.
    pub(super) fn depends_on_params(&self, t: TypeId) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![t];
        while let Some(t) = todo.pop() {
            if !seen.insert(t) {
                continue;
            }
            match &self.store[t] {
                Type::TypeParam(_) => return true,
                Type::Named(_) => todo.push(self.store.under(t)),
                Type::Array(e, _) => todo.push(*e),
                Type::Struct(s) => todo.extend(s.fields.iter().map(|&f| self.store[f].ty)),
                _ => {}
            }
        }
        false
    }

    pub(super) fn builtin_sizeof(&mut self, x: &mut Operand<'a>, id: Builtin) -> bool {
        let is_size = id == Builtin::Sizeof;
        self.assignment(
            x,
            None,
            if is_size {
                "argument to unsafe.Sizeof"
            } else {
                "argument to unsafe.Alignof"
            },
        );
        if x.is_invalid() || self.has_var_size(x.ty) {
            return false;
        }
        if self.depends_on_params(x.ty) {
            x.mode = OperandMode::Value;
            x.val = None;
            x.ty = Basic::Uintptr.id();
            return true;
        }
        let mut sizes = Sizes::new(self.store);
        let n = if is_size {
            sizes.sizeof(x.ty)
        } else {
            sizes.alignof(x.ty)
        };
        if n < 0 {
            let text = format!("{} is too large", self.operand_text(x));
            self.error(x.span(), Code::TypeTooLarge, text);
            return false;
        }
        Self::constant(x, Basic::Uintptr, n)
    }

    pub(super) fn builtin_offsetof(&mut self, x: &mut Operand<'a>, call: &'a CallExpr) -> bool {
        let arg = &call.args[0];
        let selx = unparen(arg);
        let ExprKind::Selector(base, sel) = &selx.kind else {
            let text = format!(
                "invalid argument: {} is not a selector expression",
                expr_string(arg)
            );
            self.error(arg.span, Code::BadOffsetofSyntax, text);
            self.use_exprs(std::slice::from_ref(arg));
            return false;
        };
        self.expr(x, base);
        if x.is_invalid() {
            return false;
        }
        let mut recv = x.ty;
        if let Type::Pointer(p) = *self.store.under_type(recv)
            && matches!(self.store.under_type(p), Type::Struct(_))
        {
            recv = p;
        }
        let found = self
            .store
            .lookup_field_or_method(recv, false, self.pkg, &sel.name, false);
        let Lookup::Found { obj, path, indirect } = found else {
            let text = format!(
                "invalid argument: {} has no single field {}",
                self.type_text(recv),
                sel.name
            );
            self.error(x.span(), Code::MissingFieldOrMethod, text);
            return false;
        };
        if matches!(self.store[obj].kind, ObjKind::Func(_)) {
            let text = format!("invalid argument: {} is a method value", expr_string(arg));
            self.error(arg.span, Code::InvalidOffsetof, text);
            return false;
        }
        if indirect {
            let text = format!(
                "invalid argument: field {} is embedded via a pointer in {}",
                sel.name,
                self.type_text(recv)
            );
            self.error(x.span(), Code::InvalidOffsetof, text);
            return false;
        }
        if self.has_var_size(recv) {
            return false;
        }
        let variable = self.depends_on_params(recv);
        let offset = if variable {
            0
        } else {
            Sizes::new(self.store).offsetof(recv, &path)
        };
        let selection = Selection {
            kind: SelectionKind::Field,
            recv,
            obj,
            path: path.to_vec(),
            indirect: false,
        };
        self.record_selection(selx, sel, selection);
        if variable {
            x.mode = OperandMode::Value;
            x.val = None;
            x.ty = Basic::Uintptr.id();
            return true;
        }
        if offset < 0 {
            let text = format!("{} is too large", self.operand_text(x));
            self.error(x.span(), Code::TypeTooLarge, text);
            return false;
        }
        Self::constant(x, Basic::Uintptr, offset)
    }

    // --- other functions of package unsafe ---

    /// Whether `y` may be a length, or with `negative` an offset.
    pub(super) fn unsafe_length(&mut self, y: &mut Operand<'a>, negative: bool) -> bool {
        self.is_valid_index(y, Code::InvalidIndex, "length", negative)
    }

    /// `unsafe.Slice(ptr *T, n) []T`
    pub(super) fn builtin_unsafe_slice(&mut self, x: &mut Operand<'a>, args: &mut [Operand<'a>]) -> bool {
        let core = self.store.core(x.ty).map(|t| &self.store[t]);
        let Some(&Type::Pointer(elem)) = core else {
            let text = format!("invalid argument: {} is not a pointer", self.operand_text(x));
            self.error(x.span(), Code::InvalidUnsafeSlice, text);
            return false;
        };
        let ty = self.store.new_type(Type::Slice(elem));
        self.unsafe_length(&mut args[1], false) && Self::value(x, ty)
    }

    /// `unsafe.SliceData(s []T) *T`
    pub(super) fn builtin_slice_data(&mut self, x: &mut Operand<'a>) -> bool {
        let core = self.store.core(x.ty).map(|t| &self.store[t]);
        let Some(&Type::Slice(elem)) = core else {
            let text = format!("invalid argument: {} is not a slice", self.operand_text(x));
            self.error(x.span(), Code::InvalidUnsafeSlice, text);
            return false;
        };
        let ty = self.store.new_type(Type::Pointer(elem));
        Self::value(x, ty)
    }
}
