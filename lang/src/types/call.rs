//! Calls, selectors and qualified identifiers.

use crate::diag::{Code, Diagnostic};
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::assign::Context;
use crate::types::checker::{Checker, Kind};
use crate::types::infer::InferError;
use crate::types::info::{Selection, SelectionKind};
use crate::types::lookup::Lookup;
use crate::types::object::{ObjKind, is_exported};
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::{eq_fold, is_untyped};
use crate::types::store::{ObjId, PkgId, TypeId};
use crate::types::ty::{Signature, Type};
use crate::types::universe::UNKNOWN;

impl<'a> Checker<'a> {
    /// A call or conversion; `e` is the whole expression.
    pub fn call_expr(&mut self, x: &mut Operand<'a>, e: &'a Expr, call: &'a CallExpr) -> Kind {
        let mut type_args: &'a [Expr] = &[];
        match &call.fun.kind {
            ExprKind::Index(base, list) => {
                // A generic function gets its type arguments together with the others.
                *x = Operand::new();
                if self.index_expr(x, &call.fun, base, list) {
                    type_args = list;
                }
                x.expr = Some(&call.fun);
                self.record(x);
            }
            _ => self.expr_or_type(x, &call.fun, true),
        }
        match x.mode {
            OperandMode::Invalid => {
                self.use_exprs(&call.args);
                return Kind::Statement;
            }
            OperandMode::TypeExpr => {
                self.non_generic(x, None);
                if x.is_invalid() {
                    self.use_exprs(&call.args);
                    return Kind::Conversion;
                }
                self.conversion_call(x, e, call);
                return Kind::Conversion;
            }
            OperandMode::Builtin(id) => {
                if !self.builtin(x, e, call, id) {
                    x.invalidate();
                }
                if !x.is_invalid() && !x.is_constant() {
                    self.env.has_call_or_recv = true;
                }
                return if id.is_statement() {
                    Kind::Statement
                } else {
                    Kind::Expression
                };
            }
            _ => {}
        }
        let callee = self
            .store
            .common_under(x.ty, self.pkg, |t, u| match u.map(|u| &self.store[u]) {
                Some(Type::Signature(_)) | None => Ok(()),
                _ => Err(format!("{} is not a function", self.type_text(t))),
            });
        let sig = match callee {
            Ok(sig) => sig,
            Err(cause) => {
                if self.is_valid(self.store.under(x.ty)) {
                    let text = format!("invalid operation: cannot call {}: {cause}", self.operand_text(x));
                    self.error(x.span(), Code::InvalidCall, text);
                }
                // As in Go, the arguments are not looked at.
                x.invalidate();
                return Kind::Statement;
            }
        };
        let Some(sig) = self.call_signature(e, call, sig, type_args) else {
            x.invalidate();
            return Kind::Statement;
        };
        self.call_result(x, sig);
        self.env.has_call_or_recv = true;
        let open = self.store.sig_params(sig);
        if x.mode == OperandMode::Value && !open.is_empty() && self.store.mentions_params(x.ty, open) {
            x.invalidate();
        }
        Kind::Statement
    }

    /// Checks type arguments and arguments of a call of a function of type `sig`; its type with the type
    /// arguments put in.
    fn call_signature(
        &mut self,
        e: &'a Expr,
        call: &'a CallExpr,
        mut sig: TypeId,
        mut type_args: &'a [Expr],
    ) -> Option<TypeId> {
        let was_generic = !self.store.sig_params(sig).is_empty();
        let mut given = Vec::new();
        if !type_args.is_empty() {
            let Some(list) = self.type_list(type_args) else {
                self.use_exprs(&call.args);
                return None;
            };
            given = list;
            let (got, want) = (given.len(), self.store.sig_params(sig).len());
            if got > want {
                let text = format!("got {got} type arguments but want {want}");
                self.error(type_args[want].span, Code::WrongTypeArgCount, text);
                self.use_exprs(&call.args);
                return None;
            }
            if got == want {
                self.verify_version(call.fun.span, 18, |_| "function instantiation".to_owned());
                sig = self.instantiate_signature(call.fun.span, &call.fun, sig, &given, type_args);
                given.clear();
                type_args = &[];
            }
        }
        let (mut args, partial) = self.generic_expr_list(&call.args);
        let sig = self.generic_arguments(e, call, sig, (given, type_args), &mut args, &partial);
        if was_generic && self.store.sig_params(sig).is_empty() {
            self.record_type_and_value(call.fun.id, crate::types::info::Mode::Value, sig, None);
        }
        Some(sig)
    }

    fn signature(&self, t: TypeId) -> Option<&Signature> {
        match &self.store[t] {
            Type::Signature(sig) => Some(sig),
            _ => None,
        }
    }

    fn call_result(&mut self, x: &mut Operand<'a>, sig: TypeId) {
        let Some(sig) = self.signature(sig) else {
            return x.invalidate();
        };
        match sig.results[..] {
            [] => {
                x.mode = OperandMode::NoValue;
                x.ty = crate::types::universe::EMPTY_TUPLE;
            }
            [r] => {
                x.mode = OperandMode::Value;
                x.ty = self.store[r].ty;
                if !self.is_complete(x.ty) {
                    x.invalidate();
                }
            }
            _ => {
                let results = sig.results.clone();
                x.mode = OperandMode::Value;
                x.ty = self.store.new_type(Type::Tuple(results));
            }
        }
    }

    /// `T(arg)`; `x` is the type.
    fn conversion_call(&mut self, x: &mut Operand<'a>, e: &'a Expr, call: &'a CallExpr) {
        let t = x.ty;
        x.invalidate();
        if !self.is_complete(t) {
            return;
        }
        match &call.args[..] {
            [] => {
                let text = format!("missing argument in conversion to {}", self.type_text(t));
                self.error(e.span, Code::WrongArgCount, text);
            }
            [arg] => {
                self.target = self.target(Some(t), "conversion");
                self.expr(x, arg);
                if x.is_invalid() {
                    return;
                }
                if self.store.as_interface(t).is_some_and(|i| i.constraint_only) {
                    let text = format!(
                        "cannot use interface {} in conversion (contains specific type constraints or is comparable)",
                        self.type_text(t)
                    );
                    self.error(e.span, Code::MisplacedConstraintIface, text);
                    return;
                }
                if call.ellipsis.is_some() {
                    let text = format!("invalid use of ... in conversion to {}", self.type_text(t));
                    self.error(arg.span, Code::BadDotDotDotSyntax, text);
                    return;
                }
                self.conversion(x, t);
            }
            [.., last] => {
                self.use_exprs(&call.args);
                let text = format!("too many arguments in conversion to {}", self.type_text(t));
                self.error(last.span, Code::WrongArgCount, text);
            }
        }
    }

    /// The operands of a list of expressions; a single call may yield several.
    pub fn expr_list(&mut self, list: &'a [Expr]) -> Vec<Operand<'a>> {
        match list {
            [] => Vec::new(),
            [e] => self.multi_expr(e, false).0,
            _ => list
                .iter()
                .map(|e| {
                    let mut x = Operand::new();
                    self.expr(&mut x, e);
                    x
                })
                .collect(),
        }
    }

    /// Like [`Checker::expr_list`], for arguments: generic functions among them are left as they are,
    /// and results of a call with several are called by the call.
    /// Of those with too few type arguments, these come with the operands.
    pub(super) fn generic_expr_list(&mut self, list: &'a [Expr]) -> (Vec<Operand<'a>>, Vec<Vec<TypeId>>) {
        let mut operands = Vec::with_capacity(list.len());
        let mut partial = vec![Vec::new(); list.len()];
        for (i, e) in list.iter().enumerate() {
            let mut x = Operand::new();
            if let ExprKind::Index(base, types) = &e.kind {
                if self.index_expr(&mut x, e, base, types) {
                    let infer = !self.allow_version(e.span, 21);
                    if let Some(given) = self.func_inst(&mut x, Some((e, types)), None, infer) {
                        partial[i] = given;
                    }
                    x.expr = Some(e);
                    self.record(&x);
                } else {
                    x.expr = Some(e);
                    self.record(&x);
                    self.exclude(&mut x);
                }
                operands.push(x);
                continue;
            }
            self.raw_expr(&mut x, e, None, true);
            self.exclude(&mut x);
            if list.len() > 1 {
                self.single_value(&mut x);
            } else if let (Type::Tuple(vars), false) = (&self.store[x.ty], x.is_invalid()) {
                let values = vars.iter().map(|&v| Operand::value_of(e, self.store[v].ty));
                return (values.collect(), Vec::new());
            }
            operands.push(x);
        }
        (operands, partial)
    }

    /// Checks arguments, inferring the type arguments of the callee and of generic functions among the
    /// arguments. `given` are the callee's type arguments so far, and their expressions. The callee's type
    /// with all of them; as it was if something is wrong.
    fn generic_arguments(
        &mut self,
        e: &'a Expr,
        call: &'a CallExpr,
        sig: TypeId,
        (mut targs, exprs): (Vec<TypeId>, &'a [Expr]),
        args: &mut [Operand<'a>],
        partial: &[Vec<TypeId>],
    ) -> TypeId {
        let own = self.store.sig_params(sig).to_vec();
        let is_generic = |c: &Self, x: &Operand<'a>| !x.is_invalid() && !c.store.sig_params(x.ty).is_empty();
        if own.is_empty() && !args.iter().any(|x| is_generic(self, x)) {
            self.arguments(e, call, sig, args);
            return sig;
        }
        let Some(spread) = self.argument_count(e, call, sig, args) else {
            return sig;
        };
        let mut params = self.store.rename_params(&own);
        let n = params.len();
        if n > 0 {
            let (at, what) = match call.fun.kind {
                ExprKind::Index(..) => (call.fun.span, "function instantiation"),
                _ => (e.span, "implicit function instantiation"),
            };
            self.verify_version(at, 18, |_| what.to_owned());
        }
        targs.resize(n, UNKNOWN);
        let formal: Vec<TypeId> = (0..args.len())
            .filter_map(|i| self.param_type(sig, i, spread))
            .map(|t| self.store.subst(t, &own, &params))
            .collect();
        // Generic arguments get type parameters of their own: one function may be passed twice.
        let mut generic = Vec::new();
        for (i, arg) in args.iter_mut().enumerate() {
            if !is_generic(self, arg) {
                continue;
            }
            if generic.is_empty() {
                self.verify_version(arg.span(), 21, |_| {
                    "implicitly instantiated function as argument".to_owned()
                });
            }
            let theirs = self.store.sig_params(arg.ty).to_vec();
            let renamed = self.store.rename_params(&theirs);
            let first = params.len();
            let original = arg.ty;
            if let Type::Signature(s) = &self.store[arg.ty] {
                let plain = Signature {
                    tparams: Box::default(),
                    ..s.clone()
                };
                let plain = self.store.new_type(Type::Signature(plain));
                arg.ty = self.store.subst(plain, &theirs, &renamed);
            }
            params.extend_from_slice(&renamed);
            targs.extend_from_slice(partial.get(i).map_or(&[], Vec::as_slice));
            targs.resize(params.len(), UNKNOWN);
            generic.push((i, first, theirs.len(), original));
        }
        let targs = match self.infer(e.span, &params, &targs, &formal, args, None) {
            Ok(targs) => targs,
            Err(why) => {
                if let InferError::Because(at, text) = why {
                    let text = format!("in call to {}, {text}", expr_string(&call.fun));
                    self.error(at, Code::CannotInferTypeArgs, text);
                }
                return sig;
            }
        };
        let mut inst = sig;
        if n > 0 {
            inst = self.instantiate_signature(e.span, &call.fun, sig, &targs[..n], exprs);
        }
        for (i, first, len, original) in generic {
            let Some(arg_expr) = args[i].expr else { continue };
            let theirs = &targs[first..first + len];
            args[i].ty = self.instantiate_signature(e.span, arg_expr, original, theirs, &[]);
            self.record(&args[i]);
        }
        self.assign_arguments(call, inst, args, spread);
        inst
    }

    /// Checks the arguments `args` of `call` against the parameters of `sig`.
    pub(crate) fn arguments(
        &mut self,
        e: &'a Expr,
        call: &'a CallExpr,
        sig: TypeId,
        args: &mut [Operand<'a>],
    ) {
        if let Some(spread) = self.argument_count(e, call, sig, args) {
            self.assign_arguments(call, sig, args, spread);
        }
    }

    /// Checks the number of arguments; whether those at the end make up a variadic parameter.
    fn argument_count(
        &mut self,
        e: &'a Expr,
        call: &'a CallExpr,
        sig: TypeId,
        args: &[Operand<'a>],
    ) -> Option<bool> {
        let s = self.signature(sig)?;
        let (n_args, n_params, variadic) = (args.len(), s.params.len(), s.variadic);
        let dots = call.ellipsis.is_some();
        if dots {
            if !variadic {
                let text = format!(
                    "cannot use ... in call to non-variadic {}",
                    expr_string(&call.fun)
                );
                self.error(e.span, Code::NonVariadicDotDotDot, text);
                return None;
            }
            if call.args.len() == 1 && n_args > 1 {
                let text = format!(
                    "cannot use ... with {n_args}-valued {}",
                    expr_string(&call.args[0])
                );
                self.error(e.span, Code::InvalidDotDotDot, text);
                return None;
            }
        }
        let spread = variadic && !dots;
        if if spread {
            n_args + 1 < n_params
        } else {
            n_args != n_params
        } {
            self.wrong_arg_count(e, call, sig, args);
            return None;
        }
        Some(spread)
    }

    fn assign_arguments(&mut self, call: &'a CallExpr, sig: TypeId, args: &mut [Operand<'a>], spread: bool) {
        for (i, arg) in args.iter_mut().enumerate() {
            let Some(ty) = self.param_type(sig, i, spread) else {
                return;
            };
            let last = self
                .signature(sig)
                .map_or(0, |s| s.params.len().saturating_sub(1));
            self.assigned = self
                .signature(sig)
                .and_then(|s| s.params.get(i.min(last)).copied());
            self.assignment_in(arg, Some(ty), Context::Argument(&call.fun));
        }
        self.assigned = None;
    }

    /// The type of parameter `i` of `sig`; with `spread`, that of each argument of a variadic one.
    fn param_type(&self, sig: TypeId, i: usize, spread: bool) -> Option<TypeId> {
        let s = self.signature(sig)?;
        let last = s.params.len().checked_sub(1)?;
        let ty = self.store[s.params[i.min(last)]].ty;
        if spread && i >= last {
            return match self.store[ty] {
                Type::Slice(elem) => Some(elem),
                _ => Some(ty),
            };
        }
        Some(ty)
    }

    #[cold]
    fn wrong_arg_count(&mut self, e: &'a Expr, call: &'a CallExpr, sig: TypeId, args: &[Operand<'a>]) {
        let Some(s) = self.signature(sig) else { return };
        let dots = call.ellipsis.is_some();
        let n_params = if s.variadic && !dots {
            s.params.len() - 1
        } else {
            s.params.len()
        };
        let (what, at) = if args.len() > n_params {
            ("too many", args[n_params].span())
        } else {
            ("not enough", args.last().map_or(e.span, |a| a.span()))
        };
        let have: Vec<TypeId> = args.iter().map(|a| a.ty).collect();
        let want: Vec<TypeId> = s.params.iter().map(|&p| self.store[p].ty).collect();
        let text = format!(
            "{what} arguments in call to {}\n\thave {}\n\twant {}",
            expr_string(&call.fun),
            self.types_summary(&have, false, dots),
            self.types_summary(&want, s.variadic, false)
        );
        let mut d = Diagnostic::error(Code::WrongArgCount, at, text);
        let callee = match &call.fun.kind {
            ExprKind::Ident(id) | ExprKind::Selector(_, id) => self.info.uses.get(&id.id).copied(),
            _ => None,
        };
        if let Some(f) = callee {
            d = self.with_place(d, f, "");
        }
        self.report(d);
    }

    /// Types as a list that messages show: `(int, number, ...string)`.
    #[cold]
    pub(crate) fn types_summary(&self, types: &[TypeId], variadic: bool, dots: bool) -> String {
        let texts = types.iter().enumerate().map(|(i, &t)| {
            let last = i + 1 == types.len();
            let mut shown = t;
            if variadic
                && last
                && let Type::Slice(e) = self.store[t]
            {
                shown = e;
            }
            let text = if !self.is_valid(shown) {
                "unknown type".to_owned()
            } else if is_untyped(shown) && self.store.is_numeric(shown) {
                "number".to_owned()
            } else {
                self.type_text(shown).replace("untyped ", "")
            };
            match last {
                true if variadic => format!("...{text}"),
                true if dots => format!("{text}..."),
                _ => text,
            }
        });
        format!("({})", texts.collect::<Vec<_>>().join(", "))
    }

    // --- selectors ---

    /// `base.sel`: a qualified identifier, field, method value or method expression; `e` is the whole.
    pub fn selector(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        base: &'a Expr,
        sel: &'a Ident,
        want_type: bool,
    ) {
        self.select(x, e, base, sel, want_type);
        x.expr = Some(e);
    }

    fn select(&mut self, x: &mut Operand<'a>, e: &'a Expr, base: &'a Expr, sel: &'a Ident, want_type: bool) {
        if let ExprKind::Ident(id) = &base.kind
            && let Some(obj) = self.lookup(&id.name)
            && let ObjKind::PkgName { imported, .. } = self.store[obj].kind
        {
            self.record_use(id, obj);
            self.mark_used(obj);
            return self.qualified(x, e, sel, imported);
        }
        self.expr_or_type(x, base, false);
        match x.mode {
            OperandMode::Invalid => return,
            OperandMode::Builtin(_) => {
                let text = format!("invalid use of {} in selector expression", self.operand_text(x));
                self.error(e.span, Code::UncalledBuiltin, text);
                return x.invalidate();
            }
            _ => {}
        }
        if !self.is_complete(x.ty) {
            return x.invalidate();
        }
        if want_type {
            self.error(
                sel.span,
                Code::NotAType,
                format!("{} is not a type", expr_string(e)),
            );
            return x.invalidate();
        }
        if let Type::Pointer(b) = *self.store.under_type(x.ty)
            && !self.is_complete(b)
        {
            return x.invalidate();
        }
        let addressable = x.mode == OperandMode::Variable;
        match self
            .store
            .lookup_field_or_method(x.ty, addressable, self.pkg, &sel.name, false)
        {
            Lookup::Found { obj, path, indirect } => {
                let path = path.into_vec();
                match self.store[obj].kind {
                    ObjKind::Var(_) => self.select_field(x, e, base, sel, (obj, path, indirect)),
                    _ => self.select_method(x, e, sel, (obj, path, indirect)),
                }
            }
            failed => {
                self.selector_error(x, sel, &failed);
                x.invalidate();
            }
        }
    }

    fn select_field(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        base: &'a Expr,
        sel: &'a Ident,
        (obj, path, indirect): (ObjId, Vec<u32>, bool),
    ) {
        if x.mode == OperandMode::TypeExpr {
            let ty = self.type_text(x.ty);
            let text = format!(
                "operand for field selector {} must be value of type {ty}",
                sel.name
            );
            self.error(base.span, Code::MissingFieldOrMethod, text);
            return x.invalidate();
        }
        let s = Selection {
            kind: SelectionKind::Field,
            recv: x.ty,
            obj,
            path,
            indirect,
        };
        self.record_selection(e, sel, s);
        let variable = x.mode == OperandMode::Variable || indirect;
        x.mode = if variable {
            OperandMode::Variable
        } else {
            OperandMode::Value
        };
        x.ty = self.store[obj].ty;
        x.val = None;
    }

    fn select_method(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        sel: &'a Ident,
        (obj, path, indirect): (ObjId, Vec<u32>, bool),
    ) {
        self.obj_decl(obj);
        self.add_decl_dep(obj);
        let is_expr = x.mode == OperandMode::TypeExpr;
        let kind = if is_expr {
            SelectionKind::MethodExpr
        } else {
            SelectionKind::Method
        };
        let s = Selection {
            kind,
            recv: x.ty,
            obj,
            path,
            indirect,
        };
        self.record_selection(e, sel, s);
        x.mode = OperandMode::Value;
        x.val = None;
        if !is_expr {
            // A receiver is no part of a signature's identity: the method's own type serves.
            x.ty = self.store[obj].ty;
            return;
        }
        let Some(sig) = self.signature(self.store[obj].ty).cloned() else {
            self.error(
                e.span,
                Code::InvalidDeclCycle,
                "illegal cycle in method declaration",
            );
            return x.invalidate();
        };
        let named = sig
            .params
            .first()
            .is_some_and(|&p| !self.store[p].name.is_empty());
        let recv = sig.recv.map(|r| (self.store[r].name.clone(), self.store[r].span));
        let (name, span) = recv.unwrap_or_else(|| (Name::from(""), sel.span));
        let name = match named {
            true if name.is_empty() => Name::from("_"),
            true => name,
            false => Name::from(""),
        };
        let param = self.new_param(name, span, x.ty);
        let params = std::iter::once(param).chain(sig.params.iter().copied()).collect();
        let sig = Signature {
            recv: None,
            params,
            results: sig.results,
            variadic: sig.variadic,
            tparams: sig.tparams,
            recv_tparams: Box::default(),
        };
        x.ty = self.store.new_type(Type::Signature(sig));
    }

    /// `pkg.sel`.
    fn qualified(&mut self, x: &mut Operand<'a>, e: &'a Expr, sel: &'a Ident, pkg: PkgId) {
        let p = &self.store[pkg];
        // What a package does not export is not known to others, as in Go's export data.
        let found = self.store[p.scope]
            .names
            .get(&sel.name)
            .filter(|_| is_exported(&sel.name));
        let Some(&obj) = found else {
            self.undefined_in_package(e, sel, pkg);
            return x.invalidate();
        };
        self.record_use(sel, obj);
        let o = &self.store[obj];
        x.ty = o.ty;
        match &o.kind {
            ObjKind::Const(val) => {
                x.mode = OperandMode::Constant;
                x.val = Some(val.clone());
            }
            ObjKind::TypeName => x.mode = OperandMode::TypeExpr,
            ObjKind::Var(_) => x.mode = OperandMode::Variable,
            ObjKind::Func(_) => x.mode = OperandMode::Value,
            ObjKind::Builtin(id) => x.mode = OperandMode::Builtin(*id),
            _ => return x.invalidate(),
        }
        if !self.is_valid(x.ty) && !matches!(x.mode, OperandMode::Builtin(_)) {
            x.invalidate();
        }
    }

    #[cold]
    fn undefined_in_package(&mut self, e: &'a Expr, sel: &'a Ident, pkg: PkgId) {
        if self.fake.contains(&pkg) {
            // That it could not be imported was reported.
            return;
        }
        let scope = &self.store[self.store[pkg].scope];
        let alike = scope
            .names
            .keys()
            .filter(|n| is_exported(n) && eq_fold(n, &sel.name))
            .min();
        let but = alike.map(|n| format!(" (but have {n})")).unwrap_or_default();
        let text = format!("undefined: {}{but}", expr_string(e));
        let d = Diagnostic::error(Code::UndeclaredImportedName, sel.span, text);
        let d = self.suggest_exported(d, sel, pkg);
        self.report(d);
    }

    #[cold]
    fn selector_error(&mut self, x: &Operand<'a>, sel: &'a Ident, failed: &Lookup) {
        if !self.is_valid(self.store.under(x.ty)) {
            return;
        }
        let base = x.expr.map(expr_string).unwrap_or_default();
        let (ty, name) = (self.type_text(x.ty), &sel.name);
        let (code, text) = match failed {
            Lookup::Ambiguous => (
                Code::AmbiguousSelector,
                format!("ambiguous selector {base}.{name}"),
            ),
            Lookup::NeedsPointer if x.mode == OperandMode::TypeExpr => (
                Code::InvalidMethodExpr,
                format!("invalid method expression {ty}.{name} (needs pointer receiver (*{ty}).{name})"),
            ),
            Lookup::NeedsPointer => (
                Code::InvalidMethodExpr,
                format!("cannot call pointer method {name} on {ty}"),
            ),
            _ => {
                let why = if self.store.is_interface_ptr(x.ty) {
                    self.interface_ptr_error(x.ty)
                } else {
                    let addressable = x.mode == OperandMode::Variable;
                    let alt = self
                        .store
                        .lookup_field_or_method(x.ty, addressable, self.pkg, name, true);
                    self.lookup_error(x.ty, name, alt.obj(), false)
                };
                (
                    Code::MissingFieldOrMethod,
                    format!("{base}.{name} undefined ({why})"),
                )
            }
        };
        let d = Diagnostic::error(code, sel.span, text);
        let d = self.suggest_member(d, sel, x.ty);
        self.report(d);
    }

    /// Why there is no `sel` in `ty`, given that `alt` is spelt much like it; `literal` for the fields of
    /// a struct literal.
    #[cold]
    pub(crate) fn lookup_error(&self, ty: TypeId, sel: &str, alt: Option<ObjId>, literal: bool) -> String {
        #[derive(Clone, Copy)]
        enum Case {
            Missing,
            Misspelled,
            Unexported,
            Inaccessible,
        }
        // As in Go, a name of one letter is its own tail.
        let tail = |s: &str| s.char_indices().nth(1).map_or(s, |(i, _)| &s[i..]).to_owned();
        let o = alt.map(|a| &self.store[a]);
        let case = match o {
            None => Case::Missing,
            Some(o) if o.pkg == Some(self.pkg) => Case::Misspelled,
            Some(o) => match (is_exported(sel), is_exported(&o.name)) {
                (true, true) => Case::Misspelled,
                (true, false) if tail(sel) == tail(&o.name) => Case::Unexported,
                (false, true) if tail(sel) == tail(&o.name) => Case::Misspelled,
                (false, false) if *o.name == *sel => Case::Inaccessible,
                _ => Case::Missing,
            },
        };
        let name = o.map_or("", |o| &*o.name);
        let ty = self.type_text(ty);
        let what = match o.map(|o| &o.kind) {
            Some(ObjKind::Var(_)) => "field",
            Some(ObjKind::Func(_)) => "method",
            _ => "object",
        };
        if literal {
            let unknown = format!("unknown field {sel} in struct literal of type {ty}");
            return match case {
                Case::Missing => unknown,
                Case::Misspelled => format!("{unknown}, but does have {name}"),
                Case::Unexported => format!("{unknown}, but does have unexported {name}"),
                Case::Inaccessible => {
                    format!("cannot refer to unexported field {name} in struct literal of type {ty}")
                }
            };
        }
        let unknown = format!("type {ty} has no field or method {sel}");
        match case {
            Case::Missing => unknown,
            Case::Misspelled => format!("{unknown}, but does have {what} {name}"),
            Case::Unexported => format!("{unknown}, but does have unexported {what} {name}"),
            Case::Inaccessible => format!("cannot refer to unexported {what} {name}"),
        }
    }
}
