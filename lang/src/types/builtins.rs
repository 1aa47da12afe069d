//! Calls of built-in functions. After `builtins.go` of types2.

use crate::diag::Code;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::constant::Constant;
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::is_untyped;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};
use crate::types::universe::{ANY, Builtin, EMPTY_INTERFACE, EMPTY_TUPLE};

impl<'a> Checker<'a> {
    /// Checks the call `call`, which is expression `e`, of built-in `id`; leaves the result in `x`.
    /// False if something is wrong.
    pub fn builtin(&mut self, x: &mut Operand<'a>, e: &'a Expr, call: &'a CallExpr, id: Builtin) -> bool {
        if call.ellipsis.is_some() && id != Builtin::Append {
            let text = format!(
                "invalid operation: invalid use of ... with built-in {}",
                id.name()
            );
            self.error(e.span, Code::InvalidDotDotDot, text);
            self.use_exprs(&call.args);
            return false;
        }
        // A constant len or cap needs to know of calls and receives in its own argument only.
        let saved = self.env.has_call_or_recv;
        let counts = matches!(id, Builtin::Len | Builtin::Cap);
        if counts {
            self.env.has_call_or_recv = false;
        }
        let ok = self.builtin_args(x, e, call, id);
        if counts {
            self.env.has_call_or_recv = saved;
        }
        ok
    }

    fn builtin_args(&mut self, x: &mut Operand<'a>, e: &'a Expr, call: &'a CallExpr, id: Builtin) -> bool {
        let unevaluated = matches!(id, Builtin::Make | Builtin::New | Builtin::Offsetof);
        let mut args = Vec::new();
        if !unevaluated {
            args = self.expr_list(&call.args);
            if args.iter().any(Operand::is_invalid) {
                return false;
            }
            if let Some(first) = args.first() {
                *x = first.clone();
            }
        }
        let n = if unevaluated { call.args.len() } else { args.len() };
        let (_, _, want, variadic, _) = Builtin::TABLE[id as usize];
        if n < want || !variadic && n > want {
            let what = if n < want { "not enough" } else { "too many" };
            let call = expr_string(e);
            let text = format!("invalid operation: {what} arguments for {call} (expected {want}, found {n})");
            self.error(e.span, Code::WrongArgCount, text);
            return false;
        }
        let since = match id {
            Builtin::Add | Builtin::Slice => Some(17),
            Builtin::SliceData | Builtin::String | Builtin::StringData => Some(20),
            Builtin::Clear | Builtin::Max | Builtin::Min => Some(21),
            _ => None,
        };
        if let Some(since) = since {
            self.verify_version(call.fun.span, since, |_| match id {
                Builtin::Clear => "clear".to_owned(),
                Builtin::Max | Builtin::Min => format!("built-in {}", id.name()),
                _ => format!("unsafe.{}", id.name()),
            });
        }
        match id {
            Builtin::Append => self.builtin_append(x, e, call, &mut args),
            Builtin::Cap | Builtin::Len => self.builtin_len(x, id),
            Builtin::Clear => self.builtin_clear(x),
            Builtin::Close => self.builtin_close(x),
            Builtin::Complex => self.builtin_complex(x, e, &mut args),
            Builtin::Copy => self.builtin_copy(x, &args),
            Builtin::Delete => self.builtin_delete(x, &mut args),
            Builtin::Imag | Builtin::Real => self.builtin_real(x, id),
            Builtin::Make => self.builtin_make(x, e, call),
            Builtin::Max | Builtin::Min => self.builtin_max(x, &mut args, id),
            Builtin::New => self.builtin_new(x, call),
            Builtin::Panic => self.builtin_panic(x, e),
            Builtin::Print | Builtin::Println => self.builtin_print(x, &mut args, id),
            Builtin::Recover => {
                x.mode = OperandMode::Value;
                x.ty = EMPTY_INTERFACE;
                true
            }
            Builtin::Alignof | Builtin::Sizeof => self.builtin_sizeof(x, id),
            Builtin::Offsetof => self.builtin_offsetof(x, call),
            Builtin::Add => {
                self.assignment(x, Some(Basic::UnsafePointer.id()), "argument to unsafe.Add");
                !x.is_invalid()
                    && self.unsafe_length(&mut args[1], true)
                    && Self::value(x, Basic::UnsafePointer.id())
            }
            Builtin::Slice => self.builtin_unsafe_slice(x, &mut args),
            Builtin::SliceData => self.builtin_slice_data(x),
            Builtin::String => {
                let bytes = self.store.new_type(Type::Pointer(Basic::Byte.id()));
                self.assignment(x, Some(bytes), "argument to unsafe.String");
                !x.is_invalid()
                    && self.unsafe_length(&mut args[1], false)
                    && Self::value(x, Basic::String.id())
            }
            Builtin::StringData => {
                self.assignment(x, Some(Basic::String.id()), "argument to unsafe.StringData");
                let bytes = self.store.new_type(Type::Pointer(Basic::Byte.id()));
                !x.is_invalid() && Self::value(x, bytes)
            }
            Builtin::Assert => self.builtin_assert(x, e),
        }
    }

    fn no_value(x: &mut Operand<'a>) -> bool {
        x.mode = OperandMode::NoValue;
        x.ty = EMPTY_TUPLE;
        x.val = None;
        true
    }

    pub(super) fn value(x: &mut Operand<'a>, ty: TypeId) -> bool {
        x.mode = OperandMode::Value;
        x.ty = ty;
        x.val = None;
        true
    }

    pub(super) fn constant(x: &mut Operand<'a>, ty: Basic, n: i64) -> bool {
        x.mode = OperandMode::Constant;
        x.ty = ty.id();
        x.val = Some(Constant::Int(n));
        true
    }

    // --- slices and maps ---

    /// The element type of slice operand `x`, or what is wrong with it.
    fn slice_elem(&self, x: &Operand<'a>) -> Result<TypeId, String> {
        let mut elem: Option<TypeId> = None;
        for (_, u) in self.store.unders(x.ty) {
            match (u.map(|u| &self.store[u]), elem) {
                (Some(Type::Slice(e)), None) => elem = Some(*e),
                (Some(Type::Slice(e)), Some(f)) if self.store.identical(*e, f) => {}
                (Some(Type::Slice(e)), Some(f)) => {
                    let (f, e) = (self.type_text(f), self.type_text(*e));
                    let x = self.operand_text(x);
                    return Err(format!("mismatched slice element types {f} and {e} in {x}"));
                }
                _ if x.mode == OperandMode::Nil => {
                    return Err("argument must be a slice; have untyped nil".into());
                }
                _ => return Err(format!("argument must be a slice; have {}", self.operand_text(x))),
            }
        }
        elem.ok_or_else(|| format!("argument must be a slice; have {}", self.operand_text(x)))
    }

    /// Whether `t` may be strings or byte slices, and whether strings are among them.
    fn bytes_or_string(&self, t: TypeId) -> (bool, bool) {
        let mut has_string = false;
        let ok = self.store.under_is(t, |u| {
            let string = self.store.is_string(u);
            has_string |= string;
            string || self.is_byte_slice(u)
        });
        (ok, has_string)
    }

    /// Whether a value of type `t` can be assigned to `[]byte`.
    fn is_byte_slice(&self, t: TypeId) -> bool {
        self.store.under_is(
            t,
            |u| matches!(self.store[u], Type::Slice(e) if self.store.identical(e, Basic::Uint8.id())),
        )
    }

    fn builtin_append(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        call: &'a CallExpr,
        args: &mut [Operand<'a>],
    ) -> bool {
        let elem = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(why) => {
                self.error(x.span(), Code::InvalidAppend, format!("invalid append: {why}"));
                return false;
            }
        };
        let spread = call.ellipsis.is_some();
        let ty = x.ty;
        x.mode = OperandMode::Value;
        x.val = None;
        if !spread {
            for a in args.iter_mut().skip(1) {
                self.assignment(a, Some(elem), "argument to append");
            }
            return true;
        }
        if args.len() != 2 {
            let what = if args.len() < 2 { "not enough" } else { "too many" };
            let have: Vec<String> = args.iter().map(|a| self.type_text(a.ty)).collect();
            let (have, slice) = (have.join(", "), self.type_text(ty));
            let elem = self.type_text(elem);
            let text =
                format!("{what} arguments in call to append\n\thave ({have})\n\twant ({slice}, ...{elem})");
            let at = if args.len() < 2 {
                call.rparen
            } else {
                args[2].span()
            };
            self.error(at, Code::WrongArgCount, text);
            return true;
        }
        let y = &mut args[1];
        if self.is_byte_slice(ty) && self.bytes_or_string(y.ty) == (true, true) {
            if is_untyped(y.ty) {
                self.convert_untyped(y, Basic::String.id());
            }
            return true;
        }
        let want = self.store.new_type(Type::Slice(elem));
        self.assignment(y, Some(want), "argument to append");
        debug_assert!(matches!(e.kind, ExprKind::Call(_)));
        true
    }

    fn builtin_len(&mut self, x: &mut Operand<'a>, id: Builtin) -> bool {
        let is_len = id == Builtin::Len;
        let under = self.array_ptr_deref(self.store.under(x.ty));
        match &self.store[under] {
            Type::Basic(b) if b.is_string() && is_len => {
                if x.mode == OperandMode::Constant {
                    let n = x.val.as_ref().map_or(0, Constant::str_len);
                    return Self::constant(x, Basic::Int, n as i64);
                }
            }
            Type::Array(_, n) => {
                if !self.env.has_call_or_recv {
                    let n = *n;
                    return Self::constant(x, Basic::Int, n.max(0));
                }
            }
            Type::Slice(_) | Type::Chan(..) => {}
            Type::Map(..) if is_len => {}
            Type::TypeParam(_) if self.all_have_len(x.ty, is_len) => {}
            Type::Basic(Basic::Invalid) => return false,
            _ => {
                let code = if is_len {
                    Code::InvalidLen
                } else {
                    Code::InvalidCap
                };
                let text = format!(
                    "invalid argument: {} for built-in {}",
                    self.operand_text(x),
                    id.name()
                );
                self.error(x.span(), code, text);
                return false;
            }
        }
        if is_untyped(x.ty) {
            self.assignment(x, None, "argument to len");
        }
        x.mode = OperandMode::Value;
        x.ty = Basic::Int.id();
        x.val = None;
        true
    }

    /// Whether all types in the type set of `t` have a length, or else a capacity.
    fn all_have_len(&self, t: TypeId, is_len: bool) -> bool {
        self.store
            .under_is(t, |u| match &self.store[self.array_ptr_deref(u)] {
                Type::Array(..) | Type::Slice(_) | Type::Chan(..) => true,
                Type::Map(..) => is_len,
                Type::Basic(b) => is_len && b.is_string(),
                _ => false,
            })
    }

    fn builtin_clear(&mut self, x: &mut Operand<'a>) -> bool {
        let fit = |u| matches!(self.store[u], Type::Map(..) | Type::Slice(_));
        if !self.store.under_is(x.ty, fit) {
            let s = self.operand_text(x);
            let text = format!(
                "invalid argument: cannot clear {s}: argument must be (or constrained by) map or slice"
            );
            self.error(x.span(), Code::InvalidClear, text);
            return false;
        }
        Self::no_value(x)
    }

    fn builtin_close(&mut self, x: &mut Operand<'a>) -> bool {
        let unfit = self
            .store
            .unders(x.ty)
            .iter()
            .find_map(|(_, u)| match u.map(|u| &self.store[u]) {
                Some(Type::Chan(ChanDir::Recv, _)) => Some("receive-only channel"),
                Some(Type::Chan(..)) => None,
                _ => Some("non-channel"),
            });
        let Some(what) = unfit else {
            return Self::no_value(x);
        };
        let text = format!("invalid operation: cannot close {what} {}", self.operand_text(x));
        self.error(x.span(), Code::InvalidClose, text);
        false
    }

    fn builtin_copy(&mut self, x: &mut Operand<'a>, args: &[Operand<'a>]) -> bool {
        let dst = match self.slice_elem(x) {
            Ok(elem) => elem,
            Err(why) => {
                self.error(x.span(), Code::InvalidCopy, format!("invalid copy: {why}"));
                return false;
            }
        };
        let y = &args[1];
        let is_string = self.store.is_string(y.ty);
        let special = self.is_byte_slice(x.ty) && self.bytes_or_string(y.ty).0;
        if !special {
            let src = match self.slice_elem(y) {
                Ok(elem) => elem,
                Err(_) if is_string => Basic::Byte.id(),
                Err(why) => {
                    self.error(y.span(), Code::InvalidCopy, format!("invalid copy: {why}"));
                    return false;
                }
            };
            if !self.store.identical(dst, src) {
                let (a, b) = (self.operand_text(x), self.operand_text(y));
                let (d, s) = (self.type_text(dst), self.type_text(src));
                let text =
                    format!("invalid copy: arguments {a} and {b} have different element types {d} and {s}");
                self.error(x.span(), Code::InvalidCopy, text);
                return false;
            }
        }
        if is_untyped(y.ty) {
            let mut y = y.clone();
            self.convert_untyped(&mut y, Basic::String.id());
        }
        x.mode = OperandMode::Value;
        x.ty = Basic::Int.id();
        true
    }

    fn builtin_delete(&mut self, x: &mut Operand<'a>, args: &mut [Operand<'a>]) -> bool {
        let mut key: Option<TypeId> = None;
        let mut fault = None;
        for (_, u) in self.store.unders(x.ty) {
            match (u.map(|u| &self.store[u]), key) {
                (Some(Type::Map(k, _)), None) => key = Some(*k),
                (Some(Type::Map(k, _)), Some(l)) if self.store.identical(*k, l) => {}
                (Some(Type::Map(..)), Some(_)) => {
                    fault = Some(format!(
                        "maps of {} must have identical key types",
                        self.operand_text(x)
                    ));
                }
                _ => fault = Some(format!("{} is not a map", self.operand_text(x))),
            }
        }
        let (Some(key), None) = (key, &fault) else {
            let why = fault.unwrap_or_else(|| format!("{} is not a map", self.operand_text(x)));
            self.error(x.span(), Code::InvalidDelete, format!("invalid argument: {why}"));
            return false;
        };
        *x = args[1].clone();
        self.assignment(x, Some(key), "argument to delete");
        !x.is_invalid() && Self::no_value(x)
    }

    fn builtin_make(&mut self, x: &mut Operand<'a>, e: &'a Expr, call: &'a CallExpr) -> bool {
        let arg = &call.args[0];
        let t = self.var_type(arg);
        if !self.is_valid(t) {
            return false;
        }
        let common = self
            .store
            .common_under(t, self.pkg, |_, u| match u.map(|u| &self.store[u]) {
                Some(Type::Slice(_) | Type::Map(..) | Type::Chan(..) | Type::Basic(Basic::Invalid)) => Ok(()),
                None => Err("no specific type".to_owned()),
                _ => Err("type must be slice, map, or channel".to_owned()),
            });
        let min = match common.map(|u| &self.store[u]) {
            Ok(Type::Slice(_)) => 2,
            Ok(Type::Map(..) | Type::Chan(..)) => 1,
            Ok(_) => return false,
            Err(why) => {
                let text = format!("invalid argument: cannot make {}: {why}", expr_string(arg));
                self.error(arg.span, Code::InvalidMake, text);
                return false;
            }
        };
        let n = call.args.len();
        if n < min || min + 1 < n {
            let call = expr_string(e);
            let max = min + 1;
            let text = format!("invalid operation: {call} expects {min} or {max} arguments; found {n}");
            self.error(e.span, Code::WrongArgCount, text);
            return false;
        }
        let sizes: Vec<i64> = call.args[1..].iter().filter_map(|a| self.index(a, -1)).collect();
        if let [len, cap] = sizes[..]
            && len > cap
            && cap >= 0
        {
            let text = "invalid argument: length and capacity swapped";
            self.error(call.args[1].span, Code::SwappedMakeArgs, text);
        }
        x.mode = OperandMode::Value;
        x.ty = t;
        true
    }

    // --- numbers ---

    /// Reports type parameters as operands of complex, real and imag, if all their types would do: the
    /// type of the result could not be named.
    fn param_unsupported(&mut self, x: &Operand<'a>, id: Builtin, fit: fn(Basic) -> bool) -> bool {
        let all = |c: &Self| c.store.under_is(x.ty, |u| c.store.basic(u).is_some_and(fit));
        if !self.store.is_type_param(x.ty) || !all(self) {
            return false;
        }
        let code = match id {
            Builtin::Real => Code::InvalidReal,
            Builtin::Imag => Code::InvalidImag,
            _ => Code::InvalidComplex,
        };
        let text = format!(
            "{} not supported as argument to built-in {} for go1.18 (see go.dev/issue/50937)",
            self.operand_text(x),
            id.name()
        );
        self.soft_error(x.span(), code, text);
        true
    }

    fn builtin_complex(&mut self, x: &mut Operand<'a>, e: &'a Expr, args: &mut [Operand<'a>]) -> bool {
        let y = &mut args[1];
        match (is_untyped(x.ty), is_untyped(y.ty)) {
            (false, false) => {}
            (true, false) => self.convert_untyped(x, y.ty),
            (false, true) => self.convert_untyped(y, x.ty),
            (true, true) => {
                if x.mode == OperandMode::Constant && y.mode == OperandMode::Constant {
                    for o in [&mut *x, &mut *y] {
                        let real = o.val.as_ref().is_some_and(|v| v.imag().sign() == 0);
                        if self.store.is_numeric(o.ty) && real {
                            o.ty = Basic::UntypedFloat.id();
                        }
                    }
                } else {
                    self.convert_untyped(x, Basic::Float64.id());
                    self.convert_untyped(y, Basic::Float64.id());
                }
            }
        }
        if x.is_invalid() || y.is_invalid() {
            return false;
        }
        if !self.store.identical(x.ty, y.ty) {
            let (call, a, b) = (expr_string(e), self.type_text(x.ty), self.type_text(y.ty));
            let text = format!("invalid operation: {call} (mismatched types {a} and {b})");
            self.error(x.span(), Code::InvalidComplex, text);
            return false;
        }
        if self.param_unsupported(x, Builtin::Complex, Basic::is_float) {
            return false;
        }
        let result = match self.store.basic(x.ty) {
            Some(Basic::Float32) => Basic::Complex64,
            Some(Basic::Float64) => Basic::Complex128,
            Some(Basic::UntypedFloat) => Basic::UntypedComplex,
            _ => {
                let ty = self.type_text(x.ty);
                let text = format!("invalid argument: arguments have type {ty}, expected floating-point");
                self.error(x.span(), Code::InvalidComplex, text);
                return false;
            }
        };
        match (&x.val, &y.val) {
            (Some(a), Some(b)) if x.mode == OperandMode::Constant && y.mode == OperandMode::Constant => {
                x.val = Some(Constant::complex(a.to_float(), b.to_float()));
            }
            _ => {
                x.mode = OperandMode::Value;
                x.val = None;
            }
        }
        x.ty = result.id();
        true
    }

    fn builtin_real(&mut self, x: &mut Operand<'a>, id: Builtin) -> bool {
        if is_untyped(x.ty) {
            if x.mode == OperandMode::Constant {
                if self.store.is_numeric(x.ty) {
                    x.ty = Basic::UntypedComplex.id();
                }
            } else {
                self.convert_untyped(x, Basic::Complex128.id());
                if x.is_invalid() {
                    return false;
                }
            }
        }
        if self.param_unsupported(x, id, Basic::is_complex) {
            return false;
        }
        let result = match self.store.basic(x.ty) {
            Some(Basic::Complex64) => Basic::Float32,
            Some(Basic::Complex128) => Basic::Float64,
            Some(Basic::UntypedComplex) => Basic::UntypedFloat,
            _ => {
                let code = if id == Builtin::Real {
                    Code::InvalidReal
                } else {
                    Code::InvalidImag
                };
                let text = format!(
                    "invalid argument: argument has type {}, expected complex type",
                    self.type_text(x.ty)
                );
                self.error(x.span(), code, text);
                return false;
            }
        };
        match &x.val {
            Some(v) if x.mode == OperandMode::Constant => {
                x.val = Some(if id == Builtin::Real { v.real() } else { v.imag() });
            }
            _ => x.mode = OperandMode::Value,
        }
        x.ty = result.id();
        true
    }

    fn builtin_max(&mut self, x: &mut Operand<'a>, args: &mut [Operand<'a>], id: Builtin) -> bool {
        let op = if id == Builtin::Max {
            BinaryOp::Gt
        } else {
            BinaryOp::Lt
        };
        for (i, a) in args.iter_mut().enumerate() {
            if !self.store.is_ordered(a.ty) {
                let text = format!("invalid argument: {} cannot be ordered", self.operand_text(a));
                self.error(a.span(), Code::InvalidMinMaxOperand, text);
                return false;
            }
            if i == 0 {
                continue;
            }
            self.match_binary_operands(x, a);
            if x.is_invalid() || a.is_invalid() {
                return false;
            }
            if !self.store.identical(x.ty, a.ty) {
                let (p, t) = (self.type_text(x.ty), self.type_text(a.ty));
                let s = a.expr.map_or_else(String::new, expr_string);
                let text = format!(
                    "invalid argument: mismatched types {p} (previous argument) and {t} (type of {s})"
                );
                self.error(a.span(), Code::MismatchedTypes, text);
                return false;
            }
            match (&x.val, &a.val) {
                (Some(v), Some(w)) if x.mode == OperandMode::Constant && a.mode == OperandMode::Constant => {
                    if w.compare(op, v) {
                        *x = a.clone();
                    }
                }
                _ => {
                    x.mode = OperandMode::Value;
                    x.val = None;
                }
            }
        }
        if x.mode != OperandMode::Constant {
            x.mode = OperandMode::Value;
            let what = if id == Builtin::Max {
                "argument to built-in max"
            } else {
                "argument to built-in min"
            };
            self.assignment(x, Some(EMPTY_INTERFACE), what);
            if x.is_invalid() {
                return false;
            }
        }
        for a in args {
            if let Some(e) = a.expr {
                self.update_expr_type(e, x.ty, true);
            }
        }
        true
    }

    // --- the rest ---

    fn builtin_new(&mut self, x: &mut Operand<'a>, call: &'a CallExpr) -> bool {
        let arg = &call.args[0];
        self.expr_or_type(x, arg, false);
        match x.mode {
            OperandMode::Invalid => return false,
            OperandMode::TypeExpr => self.valid_var_type(arg, x.ty),
            OperandMode::NoValue => {
                let text = format!("{} used as value or type", self.operand_text(x));
                self.error(x.span(), Code::TooManyValues, text);
                return false;
            }
            OperandMode::Builtin(_) => {
                let text = format!("{} must be called", self.operand_text(x));
                self.error(x.span(), Code::UncalledBuiltin, text);
                return false;
            }
            _ => {
                if is_untyped(x.ty) {
                    self.assignment(x, None, "argument to new");
                    if x.is_invalid() {
                        return false;
                    }
                }
                self.verify_version(call.fun.span, 26, |_| format!("new({})", expr_string(arg)));
            }
        }
        x.mode = OperandMode::Value;
        x.val = None;
        x.ty = self.store.new_type(Type::Pointer(x.ty));
        true
    }

    fn builtin_panic(&mut self, x: &mut Operand<'a>, e: &'a Expr) -> bool {
        let results = self.env.sig.map(|s| &self.store[s]);
        if matches!(results, Some(Type::Signature(s)) if !s.results.is_empty()) {
            self.env.is_panic.insert(e.id);
        }
        self.assignment(x, Some(ANY), "argument to panic");
        !x.is_invalid() && Self::no_value(x)
    }

    fn builtin_print(&mut self, x: &mut Operand<'a>, args: &mut [Operand<'a>], id: Builtin) -> bool {
        let what = if id == Builtin::Print {
            "argument to built-in print"
        } else {
            "argument to built-in println"
        };
        for a in args {
            self.assignment(a, None, what);
            if a.is_invalid() {
                return false;
            }
        }
        Self::no_value(x)
    }

    /// Whether the size of `t` depends on a declaration under way, which is reported.
    pub(super) fn has_var_size(&mut self, t: TypeId) -> bool {
        if self.obj_path.is_empty() {
            return false;
        }
        let mut seen = vec![t];
        let mut i = 0;
        while i < seen.len() {
            let t = seen[i];
            i += 1;
            let mut push = |t: TypeId| {
                if !seen.contains(&t) {
                    seen.push(t);
                }
            };
            match &self.store[t] {
                Type::Named(n) => {
                    let obj = n.obj;
                    push(match &self.store[self.store.origin(t)] {
                        Type::Named(n) => n.underlying,
                        _ => t,
                    });
                    if let Some(cycle) = self.cycle_from(obj) {
                        self.cycle_error(&cycle);
                        return true;
                    }
                }
                Type::Array(elem, _) => push(*elem),
                Type::Struct(s) => s.fields.iter().for_each(|&f| push(self.store[f].ty)),
                _ => {}
            }
        }
        false
    }

    /// `assert(c)`: an error unless c is the constant true.
    fn builtin_assert(&mut self, x: &mut Operand<'a>, e: &'a Expr) -> bool {
        match &x.val {
            Some(Constant::Bool(true)) => {}
            Some(Constant::Bool(false)) => {
                self.error(e.span, Code::InvalidAssert, format!("{} failed", expr_string(e)));
            }
            _ => {
                let text = format!(
                    "invalid argument: {} is not a boolean constant",
                    self.operand_text(x)
                );
                self.error(x.span(), Code::InvalidAssert, text);
                return false;
            }
        }
        true
    }
}
