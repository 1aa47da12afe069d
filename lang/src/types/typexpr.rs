//! Type expressions and identifiers. After `typexpr.go`, `struct.go`, `interface.go` and
//! `signature.go` of types2.

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic};
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::print::expr_string;
use crate::types::checker::Checker;
use crate::types::constant::Constant;
use crate::types::object::{Func, ObjKind, Var};
use crate::types::operand::{Operand, OperandMode};
use crate::types::predicates::is_untyped;
use crate::types::resolve::{unpack_recv, unparen};
use crate::types::store::{ObjId, ScopeId, Store, TypeId};
use crate::types::ty::{Basic, Interface, Signature, Struct, Type};
use crate::types::universe::{EMPTY_INTERFACE, UNIVERSE, UNKNOWN};

const INVALID: TypeId = Basic::Invalid.id();

/// Parameters or results: their names and objects, and whether the last was written `...T`.
type Params<'a> = (Vec<(Option<&'a Ident>, ObjId)>, bool);

impl Store {
    /// What kind of thing `obj` is, in words.
    pub fn object_kind(&self, obj: ObjId) -> &'static str {
        let o = &self[obj];
        match &o.kind {
            ObjKind::PkgName { .. } => "package name",
            ObjKind::Const(_) => "constant",
            ObjKind::TypeName => match &self[o.ty] {
                Type::Named(n) if n.obj == obj => "defined type",
                Type::Basic(b) if *b != Basic::Invalid && b.name() == &*o.name => "defined type",
                Type::TypeParam(_) => "type parameter",
                _ => "type alias",
            },
            ObjKind::Var(v) if v.is_field => "struct field",
            ObjKind::Var(v) if v.is_param => "parameter",
            ObjKind::Var(v) if v.is_package_level => "package-level variable",
            ObjKind::Var(_) => "local variable",
            ObjKind::Func(f) if f.is_method => "method",
            ObjKind::Func(_) => "function",
            ObjKind::Label { .. } => "label",
            ObjKind::Builtin(_) => "built-in function",
            ObjKind::Nil => "untyped nil",
        }
    }
}

impl<'a> Checker<'a> {
    /// Checks identifier `name`, which is expression `e`.
    pub fn ident(&mut self, x: &mut Operand<'a>, e: &'a Expr, name: &'a Ident, want_type: bool) {
        x.invalidate();
        x.expr = Some(e);
        let Some((scope, obj)) = self.lookup_scope(&name.name) else {
            if name.is_blank() {
                self.error(name.span, Code::InvalidBlank, "cannot use _ as value or type");
            } else {
                self.undefined(name);
            }
            return;
        };
        if scope == UNIVERSE
            && matches!(&*name.name, "any" | "comparable")
            && !self.verify_version(name.span, 18, |_| format!("predeclared {}", name.name))
        {
            return;
        }
        self.record_use(name, obj);
        let got_type = matches!(self.store[obj].kind, ObjKind::TypeName);
        if !got_type && want_type {
            let text = format!("{} ({}) is not a type", name.name, self.store.object_kind(obj));
            self.error(name.span, Code::NotAType, text);
            if self.store[obj].pkg == Some(self.pkg) && matches!(self.store[obj].kind, ObjKind::Var(_)) {
                self.mark_used(obj);
            }
            return;
        }
        if self.store[obj].ty == UNKNOWN
            || got_type && !self.obj_path.is_empty() && self.obj_path_idx.contains_key(&obj)
        {
            self.obj_decl(obj);
        }
        if !self.dot_imports.is_empty()
            && let Some(&import) = self.dot_imports.get(&(scope, name.name.clone()))
        {
            self.mark_used(import);
        }
        self.ident_mode(x, name, scope, obj);
    }

    fn ident_mode(&mut self, x: &mut Operand<'a>, name: &Ident, scope: ScopeId, obj: ObjId) {
        let o = &self.store[obj];
        let ty = o.ty;
        match &o.kind {
            ObjKind::PkgName { .. } => {
                let text = format!("use of package {} not in selector", name.name);
                return self.error(name.span, Code::InvalidPkgUse, text);
            }
            ObjKind::Const(value) => {
                let value = value.clone();
                self.add_decl_dep(obj);
                if !self.is_valid(ty) {
                    return;
                }
                x.val = Some(value);
                if scope == UNIVERSE && &*name.name == "iota" {
                    let Some(iota) = self.env.iota else {
                        let text = "cannot use iota outside constant declaration";
                        return self.error(name.span, Code::InvalidIota, text);
                    };
                    x.val = Some(Constant::Int(iota));
                }
                x.mode = OperandMode::Constant;
            }
            ObjKind::TypeName => x.mode = OperandMode::TypeExpr,
            ObjKind::Var(_) => {
                if o.pkg == Some(self.pkg) {
                    self.mark_used(obj);
                }
                self.add_decl_dep(obj);
                if !self.is_valid(ty) {
                    return;
                }
                x.mode = OperandMode::Variable;
            }
            ObjKind::Func(_) => {
                self.add_decl_dep(obj);
                x.mode = if self.is_valid(ty) {
                    OperandMode::Value
                } else {
                    OperandMode::Invalid
                };
            }
            ObjKind::Builtin(b) => x.mode = OperandMode::Builtin(*b),
            ObjKind::Nil => x.mode = OperandMode::Nil,
            ObjKind::Label { .. } => return,
        }
        x.ty = ty;
    }

    /// The type `e`.
    pub fn typ(&mut self, e: &'a Expr) -> TypeId {
        self.defined_type(e, None)
    }

    /// The type `e` of a variable, parameter, field or element: not a constraint.
    pub fn var_type(&mut self, e: &'a Expr) -> TypeId {
        let t = self.defined_type(e, None);
        self.valid_var_type(e, t);
        t
    }

    /// Reports, once all types are known, that `t` is only good as a constraint.
    pub fn valid_var_type(&mut self, e: &Expr, t: TypeId) {
        let at = e.span;
        match &self.store[t] {
            Type::Named(n) => match &self.store[n.underlying] {
                Type::Named(_) | Type::Basic(Basic::Invalid) => {}
                _ if n.generic.is_some() => {}
                Type::Interface(i) if i.all.is_none() || i.constraint_only => {}
                _ => return,
            },
            Type::Interface(i) if i.all.is_none() || i.constraint_only => {}
            _ => return,
        }
        self.later(move |c| {
            c.complete_interface(t);
            if !c.store.as_interface(t).is_some_and(|i| i.constraint_only) {
                return;
            }
            let why = if c.store.type_set(t).comparable {
                "is (or embeds) comparable"
            } else {
                "contains type constraints"
            };
            let name = c.type_text(t);
            let text = format!("cannot use type {name} outside a type constraint: interface {why}");
            c.soft_error(at, Code::MisplacedConstraintIface, text);
        });
    }

    /// The type `e`, which declares type name `def` if given.
    pub fn defined_type(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        self.type_level += 1;
        self.type_depth = self.type_depth.max(self.type_level);
        let mut t = self.typ_internal(e, def);
        self.type_level -= 1;
        if t == UNKNOWN {
            t = INVALID;
        }
        if self.store.is_generic(t) {
            let text = format!(
                "cannot use generic type {} without instantiation",
                self.type_text(t)
            );
            self.error(e.span, Code::WrongTypeArgCount, text);
            t = INVALID;
        }
        self.record_type_expr(e, t);
        t
    }

    pub(super) fn typ_internal(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        match &e.kind {
            ExprKind::Bad => INVALID,
            ExprKind::Ident(name) => {
                let mut x = Operand::new();
                self.ident(&mut x, e, name, true);
                if !self.alias_depth.is_empty() && self.alias_too_deep(name) {
                    return INVALID;
                }
                self.type_operand(&x)
            }
            ExprKind::Selector(base, sel) => {
                let mut x = Operand::new();
                self.selector(&mut x, e, base, sel, true);
                self.type_operand(&x)
            }
            ExprKind::Index(x, args) => {
                self.verify_version(e.span, 18, |_| "type instantiation".to_owned());
                self.instantiated_type(x, args)
            }
            ExprKind::Paren(x) => self.defined_type(x, def),
            ExprKind::ArrayType(len, elem) => {
                let t = self.array_type(e, len.as_deref(), elem);
                self.note_sized(t, e.span);
                t
            }
            ExprKind::SliceType(elem) => {
                let elem = self.var_type(elem);
                self.store.new_type(Type::Slice(elem))
            }
            ExprKind::Ellipsis(_) => {
                self.error(e.span, Code::BadDotDotDotSyntax, "invalid use of ...");
                INVALID
            }
            ExprKind::StructType(fields) => self.struct_type(fields),
            ExprKind::Star(base) => {
                let base = self.var_type(base);
                if base == INVALID {
                    return INVALID;
                }
                self.store.new_type(Type::Pointer(base))
            }
            ExprKind::FuncType(sig) => self.func_type(sig, None).0,
            ExprKind::InterfaceType(elems) => self.interface_type(e.span, elems, def),
            ExprKind::MapType(key, elem) => {
                let t = self.map_type(key, elem);
                self.note_sized(t, e.span);
                t
            }
            ExprKind::ChanType(dir, elem) => {
                let elem = self.var_type(elem);
                let t = self.store.new_type(Type::Chan(*dir, elem));
                self.note_sized(t, e.span);
                t
            }
            _ => {
                let text = format!("{} is not a type", expr_string(e));
                self.error(e.span, Code::NotAType, text);
                self.use_exprs(std::slice::from_ref(e));
                INVALID
            }
        }
    }

    /// Aliases that stand for deep types make deeper ones, deeper than any tree.
    fn alias_too_deep(&mut self, name: &Ident) -> bool {
        let Some(depth) = self.info.uses.get(&name.id).and_then(|o| self.alias_depth.get(o)) else {
            return false;
        };
        self.type_depth = self.type_depth.max(self.type_level + depth);
        if self.type_depth <= MAX_DEPTH {
            return false;
        }
        self.type_depth = 0;
        self.error(
            name.span,
            Code::TooDeep,
            format!("type {} is nested more than {MAX_DEPTH} deep", name.name),
        );
        true
    }

    /// The type that operand `x` is.
    fn type_operand(&mut self, x: &Operand<'a>) -> TypeId {
        match x.mode {
            OperandMode::TypeExpr => x.ty,
            OperandMode::Invalid => INVALID,
            OperandMode::NoValue => {
                let text = format!("{} used as type", self.operand_text(x));
                self.error(x.span(), Code::NotAType, text);
                INVALID
            }
            _ => {
                let text = format!("{} is not a type", self.operand_text(x));
                self.error(x.span(), Code::NotAType, text);
                INVALID
            }
        }
    }

    fn array_type(&mut self, e: &'a Expr, len: Option<&'a Expr>, elem: &'a Expr) -> TypeId {
        let n = match len {
            Some(len) => self.array_length(len),
            None => {
                let text = "invalid use of [...] array (outside a composite literal)";
                self.error(e.span, Code::BadDotDotDotSyntax, text);
                -1
            }
        };
        let elem = self.var_type(elem);
        if n < 0 {
            return INVALID;
        }
        self.store.new_type(Type::Array(elem, n))
    }

    fn map_type(&mut self, key_expr: &'a Expr, elem: &'a Expr) -> TypeId {
        let key = self.var_type(key_expr);
        let elem = self.var_type(elem);
        if !matches!(self.store[key], Type::Basic(_) | Type::Pointer(_)) {
            let at = key_expr.span;
            self.later(move |c| {
                if !c.store.comparable(key) {
                    let why = if c.store.is_type_param(key) {
                        " (missing comparable constraint)"
                    } else {
                        ""
                    };
                    let text = format!("invalid map key type {}{why}", c.type_text(key));
                    c.error(at, Code::IncomparableMapKey, text);
                }
            });
        }
        self.store.new_type(Type::Map(key, elem))
    }

    /// An array's length; negative after reporting what is wrong with it.
    pub fn array_length(&mut self, e: &'a Expr) -> i64 {
        if let ExprKind::Ident(name) = &e.kind {
            match self.lookup(&name.name) {
                None => {
                    let text = format!("undefined array length {} or missing type constraint", name.name);
                    self.error(name.span, Code::InvalidArrayLen, text);
                    return -1;
                }
                Some(obj) if !matches!(self.store[obj].kind, ObjKind::Const(_)) => {
                    let text = format!("invalid array length {}", name.name);
                    self.error(name.span, Code::InvalidArrayLen, text);
                    return -1;
                }
                Some(_) => {}
            }
        }
        let mut x = Operand::new();
        self.expr(&mut x, e);
        if x.is_invalid() {
            return -1;
        }
        let OperandMode::Constant = x.mode else {
            let text = format!("array length {} must be constant", self.operand_text(&x));
            self.error(x.span(), Code::InvalidArrayLen, text);
            return -1;
        };
        let is_integer = self.store.is_integer(x.ty);
        if is_integer || is_untyped(x.ty) {
            let n = x.val.as_ref().map(Constant::to_int).and_then(|v| v.exact_i64());
            if let Some(n) = n.filter(|&n| n >= 0) {
                return n;
            }
        }
        if matches!(x.val, Some(Constant::Unknown)) {
            return -1;
        }
        let s = self.operand_text(&x);
        let text = if is_integer {
            format!("invalid array length {s}")
        } else {
            format!("array length {s} must be integer")
        };
        self.error(x.span(), Code::InvalidArrayLen, text);
        -1
    }

    // --- structs ---

    fn struct_type(&mut self, list: &'a [Field]) -> TypeId {
        let mut s = Struct::default();
        let mut seen: FxHashMap<Name, ObjId> = FxHashMap::default();
        for f in list {
            let mut ty = self.var_type(&f.ty);
            let tag: Name = f.tag.as_ref().map_or_else(|| "".into(), |t| t.0.clone());
            for name in &f.names {
                self.add_field(&mut s, &mut seen, name, ty, false, &tag);
            }
            if !f.names.is_empty() {
                continue;
            }
            match embedded_field_ident(&f.ty) {
                Some(name) => {
                    self.add_field(&mut s, &mut seen, name, ty, true, &tag);
                    self.check_embedded(f.ty.span, ty);
                }
                None => {
                    if !matches!(f.ty.kind, ExprKind::Bad) {
                        let text = format!("invalid embedded field type {}", expr_string(&f.ty));
                        self.error(f.ty.span, Code::InvalidPtrEmbed, text);
                    }
                    ty = INVALID;
                    let var = Var {
                        is_field: true,
                        embedded: true,
                        used: true,
                        ..Var::default()
                    };
                    s.fields
                        .push(self.new_object("_".into(), f.ty.span, ty, ObjKind::Var(var)));
                    if !s.tags.is_empty() {
                        s.tags.push("".into());
                    }
                }
            }
        }
        self.store.new_type(Type::Struct(s))
    }

    fn add_field(
        &mut self,
        s: &mut Struct,
        seen: &mut FxHashMap<Name, ObjId>,
        name: &Ident,
        ty: TypeId,
        embedded: bool,
        tag: &Name,
    ) {
        let var = Var {
            is_field: true,
            embedded,
            used: true,
            ..Var::default()
        };
        let fld = self.new_object(name.name.clone(), name.span, ty, ObjKind::Var(var));
        if !name.is_blank() {
            if let Some(&alt) = seen.get(&name.name) {
                let text = format!("{} redeclared", name.name);
                return self.error_alt_decl(name.span, Code::DuplicateDecl, text, alt);
            }
            seen.insert(name.name.clone(), fld);
        }
        if !tag.is_empty() && s.tags.is_empty() {
            s.tags.resize(s.fields.len(), "".into());
        }
        if !tag.is_empty() || !s.tags.is_empty() {
            s.tags.push(tag.clone());
        }
        s.fields.push(fld);
        self.record_def(name, fld);
    }

    /// An embedded field is no pointer (other than the `*` written) and no pointer to an interface.
    fn check_embedded(&mut self, at: Span, ty: TypeId) {
        self.later(move |c| {
            let (t, is_ptr) = match c.store[ty] {
                Type::Pointer(base) => (base, true),
                _ => (ty, false),
            };
            let what = match c.store.under_type(t) {
                Type::Basic(Basic::UnsafePointer) => "unsafe.Pointer",
                Type::Pointer(_) => "a pointer",
                Type::TypeParam(_) => {
                    let text = "embedded field type cannot be a (pointer to a) type parameter";
                    return c.error(at, Code::MisplacedTypeParam, text);
                }
                Type::Interface(_) if is_ptr => "a pointer to an interface",
                _ => return,
            };
            c.error(
                at,
                Code::InvalidPtrEmbed,
                format!("embedded field type cannot be {what}"),
            );
        });
    }

    // --- interfaces ---

    fn interface_type(&mut self, at: Span, elems: &'a [InterfaceElem], def: Option<ObjId>) -> TypeId {
        if elems.is_empty() {
            return EMPTY_INTERFACE;
        }
        let id = self.store.new_type(Type::Interface(Interface::default()));
        let named = def
            .map(|d| self.store[d].ty)
            .filter(|&t| matches!(self.store[t], Type::Named(_)));
        let mut iface = Interface::default();
        for elem in elems {
            match elem {
                InterfaceElem::Embed(e) => {
                    let elem = self.union(e);
                    iface.constraint_only |= matches!(self.store[elem], Type::Union(_));
                    iface.embeds.push((elem, e.span));
                }
                InterfaceElem::Method(name, _) if name.is_blank() => {
                    let text = "methods must have a unique non-blank name";
                    self.error(name.span, Code::BlankIfaceMethod, text);
                }
                InterfaceElem::Method(name, sig) => {
                    let (sig, _) = self.func_type(sig, None);
                    let recv = self.new_param("".into(), name.span, named.unwrap_or(id));
                    if let Type::Signature(s) = &mut self.store[sig] {
                        s.recv = Some(recv);
                    }
                    let func = Func {
                        is_method: true,
                        ptr_recv: false,
                        of_interface: true,
                        origin: None,
                    };
                    let m = self.new_object(name.name.clone(), name.span, sig, ObjKind::Func(func));
                    self.record_def(name, m);
                    iface.methods.push(m);
                }
            }
        }
        self.store[id] = Type::Interface(iface);
        self.interfaces.push((id, at));
        self.later(move |c| c.complete_interface(id));
        id
    }

    /// Computes all methods of the interface that underlies `t`, reporting clashes; finds out
    /// whether it is only good as a constraint.
    pub fn complete_interface(&mut self, t: TypeId) {
        let id = self.store.under(t);
        let Type::Interface(iface) = &mut self.store[id] else {
            return;
        };
        if iface.all.is_some() {
            return;
        }
        // Cycles are reported by valid_type; here they only must end.
        iface.all = Some(Vec::new());
        let (methods, embeds) = (iface.methods.clone(), iface.embeds.clone());
        let mut constraint_only = iface.constraint_only;
        let mut seen: FxHashMap<Name, Vec<(ObjId, Span)>> = FxHashMap::default();
        let mut all = Vec::with_capacity(methods.len());
        for m in methods {
            let at = self.store[m].span;
            self.add_method(&mut seen, &mut all, m, at, true);
        }
        for (e, at) in embeds {
            self.complete_interface(e);
            match self.store.under_type(e) {
                Type::Interface(i) => {
                    constraint_only |= i.constraint_only;
                    for m in i.all.clone().unwrap_or_default() {
                        self.add_method(&mut seen, &mut all, m, at, false);
                    }
                }
                Type::Basic(Basic::Invalid) => {}
                _ => constraint_only |= self.embedding_allowed(e, at),
            }
        }
        self.store.sort_methods(&mut all);
        if let Type::Interface(iface) = &mut self.store[id] {
            iface.all = Some(all);
        }
        if constraint_only {
            // A union may admit all types after all.
            let set = self.store.type_set(id);
            constraint_only = set.comparable || set.terms.is_some();
        }
        if let Type::Interface(iface) = &mut self.store[id] {
            iface.constraint_only = constraint_only;
        }
    }

    /// Whether interfaces may embed `e`, which is none, at `at`; reports it if not.
    fn embedding_allowed(&mut self, e: TypeId, at: Span) -> bool {
        self.verify_version(at, 18, |c| match &c.store[e] {
            Type::Union(_) => format!("embedding interface element {}", c.type_text(e)),
            _ => format!("embedding non-interface type {}", c.type_text(e)),
        })
    }

    fn add_method(
        &mut self,
        seen: &mut FxHashMap<Name, Vec<(ObjId, Span)>>,
        all: &mut Vec<ObjId>,
        m: ObjId,
        at: Span,
        explicit: bool,
    ) {
        let name = self.store[m].name.clone();
        let same = seen.entry(name.clone()).or_default();
        let Some(&(other, other_at)) = same.iter().find(|(o, _)| self.store.same_method_name(*o, m)) else {
            same.push((m, at));
            all.push(m);
            return;
        };
        if other == m && self.allow_version(at, 14) {
            return;
        }
        let d = Diagnostic::error(Code::DuplicateDecl, at, format!("duplicate method {name}"))
            .label(other_at, format!("other declaration of method {name}"));
        if explicit {
            return self.report(d);
        }
        self.later(move |c| {
            if !c.allow_version(at, 14) || !c.store.identical(c.store[m].ty, c.store[other].ty) {
                c.report(d);
            }
        });
    }

    // --- signatures ---

    /// A signature and the scope of its parameters.
    pub fn func_type(&mut self, sig: &'a FuncType, recv: Option<&'a [Field]>) -> (TypeId, ScopeId) {
        let id = self.store.new_type(Type::Signature(Signature::default()));
        let scope = self.func_type_into(id, sig, recv, &[], None);
        (id, scope)
    }

    /// Fills in signature `id`; the scope of its parameters.
    pub(super) fn func_type_into(
        &mut self,
        id: TypeId,
        f: &'a FuncType,
        recv: Option<&'a [Field]>,
        tparams: &'a [Field],
        owner: Option<ObjId>,
    ) -> ScopeId {
        let scope = self.open_scope(f.span);
        self.store[scope].is_func = true;
        let mut recv_tparams = Vec::new();
        let recv = recv
            .and_then(|r| r.first())
            .map(|r| self.collect_recv(r, f.span.lo, owner, &mut recv_tparams));
        let tparams = if tparams.is_empty() {
            Vec::new()
        } else {
            self.collect_type_params(tparams, owner, |c, own| {
                if let Type::Signature(s) = &mut c.store[id] {
                    s.tparams = own.into();
                }
            })
        };
        let (params, variadic) = self.collect_params(&f.params, false);
        let (results, _) = self.collect_params(&f.results, true);
        if let Some((Some(name), obj)) = recv {
            self.declare(scope, Some(name), obj, f.span.hi);
        }
        for (name, obj) in params.iter().chain(&results) {
            if let Some(name) = name {
                self.declare(scope, Some(name), *obj, f.span.hi);
            }
        }
        self.store[id] = Type::Signature(Signature {
            recv: recv.map(|r| r.1),
            params: params.into_iter().map(|p| p.1).collect(),
            results: results.into_iter().map(|p| p.1).collect(),
            variadic,
            tparams: tparams.into(),
            recv_tparams: recv_tparams.into(),
        });
        self.close_scope();
        scope
    }

    fn collect_recv(
        &mut self,
        r: &'a Field,
        from: Pos,
        owner: Option<ObjId>,
        tparams: &mut Vec<TypeId>,
    ) -> (Option<&'a Ident>, ObjId) {
        let (_, base) = unpack_recv(&r.ty);
        let has_params = {
            let t = unparen(&r.ty);
            let t = if let ExprKind::Star(x) = &t.kind {
                unparen(x)
            } else {
                t
            };
            matches!(t.kind, ExprKind::Index(..))
        };
        let ty = if has_params && !self.params_allowed(base.span) {
            INVALID
        } else if has_params {
            let (ty, own) = self.generic_recv(r, owner, from);
            *tparams = own;
            ty
        } else {
            self.var_type(&r.ty)
        };
        let name = r.names.first();
        let obj = match name {
            Some(n) => self.new_param(n.name.clone(), n.span, ty),
            None => self.new_param("".into(), r.span, ty),
        };
        let at = base.span;
        self.later(move |c| c.valid_recv(at, obj));
        (name, obj)
    }

    /// A receiver's base type is a defined type of this package, no pointer and no interface.
    fn valid_recv(&mut self, at: Span, recv: ObjId) {
        let ty = self.store[recv].ty;
        if let Some(inst) = self.store.aliased_instance(ty) {
            let text = self.type_text(inst);
            let text = format!("cannot define new methods on instantiated type {text}");
            return self.error(at, Code::InvalidRecv, text);
        }
        let base = match self.store[ty] {
            Type::Pointer(b) => b,
            _ => ty,
        };
        let text = match &self.store[base] {
            Type::Basic(Basic::Invalid) => return,
            Type::Named(n) if self.store[n.obj].pkg == Some(self.pkg) => {
                let own = |p: &TypeId| self.store.is_type_param(*p);
                if !self.store.type_args(base).iter().all(own) {
                    let text = format!(
                        "cannot define new methods on instantiated type {}",
                        self.type_text(base)
                    );
                    return self.error(at, Code::InvalidRecv, text);
                }
                let cause = match self.store.under_type(base) {
                    Type::Basic(Basic::UnsafePointer) => "unsafe.Pointer",
                    Type::Pointer(_) | Type::Interface(_) => "pointer or interface type",
                    _ => return,
                };
                format!("invalid receiver type {} ({cause})", self.type_text(base))
            }
            Type::Named(_) | Type::Basic(_) => {
                format!(
                    "cannot define new methods on non-local type {}",
                    self.type_text(base)
                )
            }
            _ => format!("invalid receiver type {}", self.type_text(ty)),
        };
        self.error(at, Code::InvalidRecv, text);
    }

    /// Parameters or results.
    fn collect_params(&mut self, list: &'a [Field], results: bool) -> Params<'a> {
        let mut out = Vec::with_capacity(list.len());
        let mut variadic = false;
        for (i, f) in list.iter().enumerate() {
            let ty = match &f.ty.kind {
                ExprKind::Ellipsis(elem) => {
                    let last = !results && i + 1 == list.len() && f.names.len() <= 1;
                    let elem = self.var_type(elem);
                    if last {
                        variadic = true;
                        let t = self.store.new_type(Type::Slice(elem));
                        self.record_type_expr(&f.ty, t);
                        t
                    } else {
                        let text = "can only use ... with final parameter in list";
                        self.error(f.ty.span, Code::BadDotDotDotSyntax, text);
                        elem
                    }
                }
                _ => self.var_type(&f.ty),
            };
            for name in &f.names {
                out.push((Some(name), self.new_param(name.name.clone(), name.span, ty)));
            }
            if f.names.is_empty() {
                out.push((None, self.new_param("".into(), f.span, ty)));
            }
        }
        (out, variadic)
    }
}

/// The name an embedded field of type `e` has.
fn embedded_field_ident(e: &Expr) -> Option<&Ident> {
    match &e.kind {
        ExprKind::Ident(n) => Some(n),
        ExprKind::Star(x) if !matches!(x.kind, ExprKind::Star(_)) => embedded_field_ident(x),
        ExprKind::Selector(_, sel) => Some(sel),
        ExprKind::Index(x, _) => embedded_field_ident(x),
        _ => None,
    }
}
