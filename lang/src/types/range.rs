//! Range statements. After `range.go` of types2.

use crate::diag::Code;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::object::{ObjKind, Var};
use crate::types::operand::Operand;
use crate::types::stmt::Context;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};
use crate::types::universe::UNKNOWN;

/// The types of key and value that a range over some type yields.
type KeyValue = (Option<TypeId>, Option<TypeId>);

impl<'a> Checker<'a> {
    pub(super) fn range_stmt(&mut self, inner: Context, at: Span, r: &'a RangeStmt) {
        let mut x = Operand::new();
        self.env.has_call_or_recv = false;
        self.expr(&mut x, &r.x);
        let (mut key, mut val) = (None, None);
        if !x.is_invalid() {
            match self.range_key_val(x.ty, x.span()) {
                Ok(kv) => {
                    (key, val) = kv;
                    self.range_vars_permitted(&x, r, kv);
                }
                Err(cause) => {
                    let sep = if cause.is_empty() { "" } else { ": " };
                    let text = format!("cannot range over {}{sep}{cause}", self.operand_text(&x));
                    self.soft_error(x.span(), Code::InvalidRangeExpr, text);
                }
            }
        }
        self.open_scope(at);
        let over_int = !x.is_invalid() && self.store.is_integer(x.ty);
        if r.define {
            self.range_define(at, r, &mut x, [key, val], over_int);
        } else if r.key.is_some() {
            self.range_assign(r, &mut x, [key, val], over_int);
        } else if over_int {
            self.assignment(&mut x, None, "range clause");
        }
        self.block(inner, &r.body);
        self.close_scope();
    }

    fn range_vars_permitted(&mut self, x: &Operand<'a>, r: &RangeStmt, kv: KeyValue) {
        let (e, what) = match (&r.key, &r.value, kv) {
            (Some(k), _, (None, _)) => (k, "no iteration variables"),
            (_, Some(v), (_, None)) => (v, "only one iteration variable"),
            _ => {
                if let Some(at) = r.extra {
                    let text = "range clause permits at most two iteration variables";
                    self.soft_error(at, Code::InvalidIterVar, text);
                }
                return;
            }
        };
        let text = format!("range over {} permits {what}", self.operand_text(x));
        self.soft_error(e.span, Code::InvalidIterVar, text);
    }

    fn range_define(
        &mut self,
        at: Span,
        r: &'a RangeStmt,
        x: &mut Operand<'a>,
        rhs: [Option<TypeId>; 2],
        over_int: bool,
    ) {
        let mut vars = Vec::new();
        for (lhs, rhs) in [&r.key, &r.value].into_iter().zip(rhs) {
            let Some(lhs) = lhs else { continue };
            let var = ObjKind::Var(Var::default());
            let obj = match &lhs.kind {
                ExprKind::Ident(id) => {
                    let obj = self.new_object(id.name.clone(), id.span, UNKNOWN, var);
                    self.record_def(id, obj);
                    if !id.is_blank() {
                        vars.push(obj);
                    }
                    obj
                }
                _ => {
                    if !matches!(lhs.kind, ExprKind::Bad) {
                        let text = format!("cannot declare {}", expr_string(lhs));
                        self.error(lhs.span, Code::BadDecl, text);
                    }
                    self.new_object("_".into(), lhs.span, UNKNOWN, var)
                }
            };
            let Some(ty) = rhs.filter(|&t| self.is_valid(t)) else {
                self.store[obj].ty = Basic::Invalid.id();
                self.mark_used(obj);
                continue;
            };
            if over_int {
                self.init_var(obj, x, "range clause");
            } else {
                let mut y = Operand::value_of(lhs, ty);
                self.init_var(obj, &mut y, "assignment");
            }
        }
        self.loop_vars(at, r.key.iter().chain(&r.value));
        if vars.is_empty() {
            return self.error(at, Code::NoNewVar, "no new variables on left side of :=");
        }
        for obj in vars {
            self.declare(self.env.scope, None, obj, r.body.span.lo);
        }
    }

    fn range_assign(
        &mut self,
        r: &'a RangeStmt,
        x: &mut Operand<'a>,
        rhs: [Option<TypeId>; 2],
        over_int: bool,
    ) {
        for (lhs, rhs) in [&r.key, &r.value].into_iter().zip(rhs) {
            let (Some(lhs), Some(ty)) = (lhs, rhs.filter(|&t| self.is_valid(t))) else {
                continue;
            };
            if over_int {
                self.assign_var(lhs, None, Some(x), "range clause");
                if !x.is_invalid() && !self.store.is_integer(x.ty) {
                    let text = format!("cannot use iteration variable of type {}", self.type_text(x.ty));
                    self.soft_error(lhs.span, Code::InvalidRangeExpr, text);
                }
            } else {
                let mut y = Operand::value_of(lhs, ty);
                self.assign_var(lhs, None, Some(&mut y), "assignment");
            }
        }
    }

    /// Key and value types of a range over `t`, or why there is none.
    fn range_key_val(&self, t: TypeId, at: Span) -> Result<KeyValue, String> {
        let int = Some(Basic::Int.id());
        let common = self
            .store
            .common_under(t, self.pkg, |t, u| match u.map(|u| &self.store[u]) {
                Some(Type::Chan(ChanDir::Send, _)) => {
                    Err(format!("receive from send-only channel {}", self.type_text(t)))
                }
                _ => Ok(()),
            })?;
        let under = self.array_ptr_deref(common);
        match &self.store[under] {
            Type::Basic(b) if b.is_string() => Ok((int, Some(Basic::Rune.id()))),
            Type::Basic(b) if b.is_integer() => {
                if !self.allow_version(at, 22) {
                    return Err(format!("requires go1.22 or later{}", self.version_source(at)));
                }
                Ok((Some(t), None))
            }
            Type::Array(elem, _) | Type::Slice(elem) => Ok((int, Some(*elem))),
            Type::Map(key, elem) => Ok((Some(*key), Some(*elem))),
            Type::Chan(ChanDir::Send, _) => {
                Err(format!("receive from send-only channel {}", self.type_text(t)))
            }
            Type::Chan(_, elem) => Ok((Some(*elem), None)),
            Type::Signature(sig) => {
                if !self.allow_version(at, 23) {
                    return Err(format!("requires go1.23 or later{}", self.version_source(at)));
                }
                const WANT: &str = "func must be func(yield func(...) bool): ";
                if sig.params.len() != 1 {
                    return Err(format!("{WANT}wrong argument count"));
                }
                if !sig.results.is_empty() {
                    return Err(format!("{WANT}unexpected results"));
                }
                let yield_type = self.store[sig.params[0]].ty;
                let common = self.store.common_under(yield_type, self.pkg, |_, _| Ok(()));
                let common = common.map_err(|why| format!("{WANT}in yield type, {why}"))?;
                let Type::Signature(cb) = &self.store[common] else {
                    return Err(format!("{WANT}argument is not func"));
                };
                if cb.params.len() > 2 {
                    return Err(format!("{WANT}yield func has too many parameters"));
                }
                let result = match cb.results.as_slice() {
                    [r] => self.store[*r].ty,
                    _ => Basic::Invalid.id(),
                };
                if self.store.unalias(result) != Basic::Bool.id() {
                    if self.store.is_boolean(result) {
                        return Err(format!("{WANT}yield func returns user-defined boolean, not bool"));
                    }
                    return Err(format!("{WANT}yield func does not return bool"));
                }
                if cb.variadic {
                    return Err(format!(
                        "yield func of type {} cannot be variadic",
                        self.type_text(yield_type)
                    ));
                }
                let param = |i: usize| cb.params.get(i).map(|&p| self.store[p].ty);
                Ok((param(0), param(1)))
            }
            _ => Err(String::new()),
        }
    }
}
