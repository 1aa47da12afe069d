//! Basic, function and composite literals.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::Code;
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::{Action, Checker};
use crate::types::constant::{ConstKey, Constant};
use crate::types::expr::op_span;
use crate::types::lookup::{Lookup, Path};
use crate::types::object::ObjKind;
use crate::types::operand::{Operand, OperandMode};
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::{Basic, Type};

/// The text of a number is at most this long.
const MAX_LITERAL: usize = 10_000;

impl<'a> Checker<'a> {
    pub(crate) fn basic_lit(&mut self, x: &mut Operand<'a>, e: &'a Expr, kind: LitKind, text: &str) {
        let (ty, number) = match kind {
            LitKind::Int => (Basic::UntypedInt, true),
            LitKind::Float => (Basic::UntypedFloat, true),
            LitKind::Imag => (Basic::UntypedComplex, true),
            LitKind::Char => (Basic::UntypedRune, false),
            LitKind::String => (Basic::UntypedString, false),
        };
        if number && text.len() > MAX_LITERAL {
            let n = text.len();
            let text = format!("excessively long constant: {}... ({n} chars)", &text[..10]);
            return self.error(e.span, Code::InvalidConstVal, text);
        }
        if number {
            self.lang_compat(e, kind, text);
        }
        // None: the parser has reported it.
        let Some(val) = Constant::from_literal(kind, text) else {
            return;
        };
        if val.is_unknown() {
            return self.error(
                e.span,
                Code::InvalidConstVal,
                format!("malformed constant: {text}"),
            );
        }
        let big = matches!(val, Constant::Big(_));
        x.set_constant(ty.id(), val);
        if big {
            x.expr = Some(e);
            self.overflow(x, op_span(e));
        }
    }

    /// Reports a number written in a way that the language version has not.
    fn lang_compat(&mut self, e: &Expr, kind: LitKind, text: &str) {
        if text.len() <= 2 || self.allow_version(e.span, 13) {
            return;
        }
        let what = match text.as_bytes() {
            _ if text.contains('_') => "underscore in numeric literal",
            [b'0', b'b' | b'B', ..] => "binary literal",
            [b'0', b'o' | b'O', ..] => "0o/0O-style octal literal",
            [b'0', b'x' | b'X', ..] if kind != LitKind::Int => "hexadecimal floating-point literal",
            _ => return,
        };
        self.version_error(e.span, 13, what);
    }

    pub(crate) fn func_lit(&mut self, x: &mut Operand<'a>, sig: &'a FuncType, body: &'a Block) {
        let (ty, scope) = self.func_type(sig, None);
        // The body may refer to a type or variable whose declaration this literal is part of.
        let (decl, iota) = (self.env.decl, self.env.iota);
        self.delayed.push(Some(Action::Body {
            decl,
            name: None,
            sig: ty,
            scope,
            body,
            iota,
        }));
        x.mode = OperandMode::Value;
        x.ty = ty;
    }

    /// A composite literal; `hint` is the element type of the literal around it.
    pub(crate) fn composite_lit(
        &mut self,
        x: &mut Operand<'a>,
        e: &'a Expr,
        lit: &'a CompositeLit,
        hint: Option<TypeId>,
    ) {
        let mut open_array = None;
        let (ty, base) = match (&lit.ty, hint) {
            (
                Some(Expr {
                    kind: ExprKind::ArrayType(None, elem),
                    ..
                }),
                _,
            ) => {
                let elem = self.var_type(elem);
                let ty = self.store.new_type(Type::Array(elem, -1));
                open_array = lit.ty.as_ref();
                (ty, ty)
            }
            (Some(t), _) => {
                let ty = self.typ(t);
                (ty, ty)
            }
            (None, Some(hint)) => {
                // &T{…} where *T is meant.
                let core = self.store.core(hint).unwrap_or(hint);
                let (b, is_ptr) = self.store.deref(core);
                (hint, if is_ptr { b } else { hint })
            }
            (None, None) => {
                self.error(e.span, Code::UntypedLit, "missing type in composite literal");
                (Basic::Invalid.id(), Basic::Invalid.id())
            }
        };
        if !self.is_complete(base) {
            return x.invalidate();
        }
        let under = self.store.core(base).unwrap_or(base);
        match self.store[under] {
            Type::Struct(_) => self.struct_lit(lit, under, base),
            Type::Array(elem, n) => {
                let n_elems = self.indexed_elts(&lit.elems, elem, n);
                if n < 0 {
                    self.store[under] = Type::Array(elem, n_elems);
                    if let Some(t) = open_array {
                        self.record_type_expr(t, under);
                    }
                }
            }
            Type::Slice(elem) => {
                self.indexed_elts(&lit.elems, elem, -1);
            }
            Type::Map(key, elem) => self.map_lit(lit, key, elem),
            _ => {
                self.use_exprs(&lit.elems);
                if self.is_valid(under) {
                    let element = if lit.ty.is_none() { " element" } else { "" };
                    let none = self.store.is_type_param(base) && self.store.core(base).is_none();
                    let why = if none { " (no common underlying type)" } else { "" };
                    let text = format!(
                        "invalid composite literal{element} type {}{why}",
                        self.type_text(ty)
                    );
                    self.error(e.span, Code::InvalidLit, text);
                    return x.invalidate();
                }
            }
        }
        x.mode = OperandMode::Value;
        x.ty = ty;
    }

    fn struct_lit(&mut self, lit: &'a CompositeLit, st: TypeId, base: TypeId) {
        let Some(first) = lit.elems.first() else { return };
        if matches!(first.kind, ExprKind::KeyValue(..)) {
            let mut set = FieldsSet::default();
            for elem in &lit.elems {
                self.keyed_field(elem, st, base, &mut set);
            }
            return;
        }
        let mut x = Operand::new();
        let Type::Struct(s) = &self.store[st] else { return };
        let n_fields = s.fields.len();
        for (i, elem) in lit.elems.iter().enumerate() {
            if matches!(elem.kind, ExprKind::KeyValue(..)) {
                let text = "mixture of field:value and value elements in struct literal";
                self.error(elem.span, Code::MixedStructLit, text);
                continue;
            }
            let field = match &self.store[st] {
                Type::Struct(s) => s.fields.get(i).copied(),
                _ => None,
            };
            self.target = self.target(field.map(|f| self.store[f].ty), "struct literal");
            self.expr(&mut x, elem);
            let Some(field) = field else {
                let text = format!(
                    "too many values in struct literal of type {}",
                    self.type_text(base)
                );
                self.error(elem.span, Code::InvalidStructLit, text);
                break;
            };
            if self.hidden(field) {
                let text = format!(
                    "implicit assignment to unexported field {} in struct literal of type {}",
                    self.store[field].name,
                    self.type_text(base)
                );
                self.error(elem.span, Code::UnexportedLitField, text);
                continue;
            }
            let ty = self.store[field].ty;
            self.assignment(&mut x, Some(ty), "struct literal");
        }
        if lit.elems.len() < n_fields {
            self.too_few_values(lit, st, base);
        }
    }

    #[cold]
    fn too_few_values(&mut self, lit: &'a CompositeLit, st: TypeId, base: TypeId) {
        let Type::Struct(s) = &self.store[st] else { return };
        let hint = if s.fields.iter().any(|&f| self.hidden(f)) {
            " (type has unexported fields - use key:value pairs)"
        } else {
            ""
        };
        let text = format!(
            "too few values in struct literal of type {}{hint}",
            self.type_text(base)
        );
        self.error(lit.rbrace, Code::InvalidStructLit, text);
    }

    /// Whether `field` is unexported by another package.
    fn hidden(&self, field: ObjId) -> bool {
        let f = &self.store[field];
        f.pkg != Some(self.pkg) && !f.exported()
    }

    fn keyed_field(&mut self, elem: &'a Expr, st: TypeId, base: TypeId, set: &mut FieldsSet) {
        let ExprKind::KeyValue(key, value) = &elem.kind else {
            let text = "mixture of field:value and value elements in struct literal";
            self.error(elem.span, Code::MixedStructLit, text);
            return;
        };
        let mut x = Operand::new();
        self.raw_expr(&mut x, value, None, true);
        self.exclude(&mut x);
        self.single_value(&mut x);
        let ExprKind::Ident(name) = &key.kind else {
            let text = format!("invalid field name {} in struct literal", expr_string(key));
            return self.error(elem.span, Code::InvalidLitField, text);
        };
        let found = self
            .store
            .lookup_field_or_method(st, false, self.pkg, &name.name, false);
        let Lookup::Found {
            obj: field,
            path,
            indirect,
        } = found
        else {
            let alt = self
                .store
                .lookup_field_or_method(st, false, self.pkg, &name.name, true);
            let text = self.lookup_error(base, &name.name, alt.obj(), true);
            return self.error(key.span, Code::MissingLitField, text);
        };
        if !matches!(self.store[field].kind, ObjKind::Var(_)) {
            let text = format!("{} is not a field", name.name);
            return self.error(key.span, Code::MissingLitField, text);
        }
        if path.len() > 1
            && !self.verify_version(key.span, 27, |c| {
                let (way, base) = (c.field_path(st, &path), c.type_text(base));
                format!("use of promoted field {way} in struct literal of type {base}")
            })
        {
            return;
        }
        if indirect {
            let text = format!("invalid implicit pointer indirection to reach {}", name.name);
            return self.error(key.span, Code::InvalidLitField, text);
        }
        self.record_use(name, field);
        if path.len() > 1 {
            self.record_promoted(elem, st, field, &path);
        }
        let ty = self.store[field].ty;
        self.assignment(&mut x, Some(ty), "struct literal");
        if let Some((other, at)) = set.insert(&path, field) {
            let (name, other_name) = (&self.store[field].name, &self.store[other].name);
            let text = if field == other {
                format!("duplicate field name {name} in struct literal")
            } else if at < path.len() {
                format!("cannot specify promoted field {name} and enclosing embedded field {other_name}")
            } else {
                format!("cannot specify embedded field {name} and enclosed promoted field {other_name}")
            };
            self.error(elem.span, Code::DuplicateLitField, text);
        }
    }

    /// The names of the fields that `path` leads through.
    fn field_path(&self, st: TypeId, path: &Path) -> String {
        let (mut at, mut names) = (st, Vec::new());
        for &i in path {
            let mut under = self.store.under(at);
            if let Type::Pointer(base) = self.store[under] {
                under = self.store.under(base);
            }
            let Type::Struct(s) = &self.store[under] else {
                break;
            };
            let field = &self.store[s.fields[i as usize]];
            names.push(field.name.to_string());
            at = field.ty;
        }
        names.join(".")
    }

    /// A promoted field as a key: its way is recorded as a selection by the key-value pair's id.
    fn record_promoted(&mut self, elem: &'a Expr, st: TypeId, field: ObjId, path: &Path) {
        use crate::types::info::{Selection, SelectionKind};
        let s = Selection {
            kind: SelectionKind::Field,
            recv: st,
            obj: field,
            path: path.to_vec(),
            indirect: false,
        };
        self.info.selections.insert(elem.id, s);
    }

    fn map_lit(&mut self, lit: &'a CompositeLit, key: TypeId, elem: TypeId) {
        let interface = self.store.is_interface(key);
        let mut seen: FxHashMap<ConstKey, Vec<TypeId>> = FxHashMap::default();
        let mut x = Operand::new();
        for e in &lit.elems {
            let ExprKind::KeyValue(k, v) = &e.kind else {
                self.error(e.span, Code::MissingLitKey, "missing key in map literal");
                continue;
            };
            self.expr_with_hint(&mut x, k, key);
            self.assignment(&mut x, Some(key), "map literal");
            if x.is_invalid() {
                continue;
            }
            if let Some(const_key) = x.val.as_ref().filter(|_| x.is_constant()).and_then(Constant::key) {
                let types = seen.entry(const_key).or_default();
                let before = types.iter().any(|&t| !interface || self.store.identical(t, x.ty));
                types.push(x.ty);
                if before {
                    let text = format!("duplicate key {} in map literal", x.constant());
                    self.error(x.span(), Code::DuplicateLitKey, text);
                    continue;
                }
            }
            self.expr_with_hint(&mut x, v, elem);
            self.assignment(&mut x, Some(elem), "map literal");
        }
    }

    /// The elements of an array (of `length`, if not negative) or slice literal; its largest index + 1.
    fn indexed_elts(&mut self, elems: &'a [Expr], ty: TypeId, length: i64) -> i64 {
        let keyed = elems.iter().any(|e| matches!(e.kind, ExprKind::KeyValue(..)));
        let mut seen: FxHashSet<i64> = FxHashSet::default();
        let (mut index, mut max) = (0i64, 0i64);
        let mut x = Operand::new();
        for e in elems {
            let mut valid = false;
            let mut value = e;
            if let ExprKind::KeyValue(k, v) = &e.kind {
                match self.index(k, length) {
                    Some(i) if i >= 0 => {
                        index = i;
                        valid = true;
                    }
                    Some(_) => self.index_not_constant(e, k),
                    None => {}
                }
                value = v;
            } else if length >= 0 && index >= length {
                let text = format!("index {index} is out of bounds (>= {length})");
                self.error(e.span, Code::OversizeArrayLit, text);
            } else {
                valid = true;
            }
            if valid && keyed && !seen.insert(index) {
                let text = format!("duplicate index {index} in array or slice literal");
                self.error(e.span, Code::DuplicateLitKey, text);
            }
            index = index.saturating_add(1);
            max = max.max(index);
            self.expr_with_hint(&mut x, value, ty);
            self.assignment(&mut x, Some(ty), "array or slice literal");
        }
        max
    }
}

/// The fields a literal has set, by their paths: no path may lead through another.
#[derive(Default)]
struct FieldsSet {
    /// A field, and whether the path ends there rather than going on to it.
    at: FxHashMap<Path, (ObjId, bool)>,
}

impl FieldsSet {
    /// Adds a field. If it, one around it or one within it is there: that, and how many indexes the two
    /// paths share.
    fn insert(&mut self, path: &Path, field: ObjId) -> Option<(ObjId, usize)> {
        for n in 1..path.len() {
            let prefix = Path::from_slice(&path[..n]);
            match self.at.get(&prefix) {
                Some(&(other, true)) => return Some((other, n)),
                Some(_) => {}
                None => {
                    self.at.insert(prefix, (field, false));
                }
            }
        }
        if let Some(&(other, _)) = self.at.get(path) {
            return Some((other, path.len()));
        }
        self.at.insert(path.clone(), (field, true));
        None
    }
}
