//! Types as messages show them, named relative to the package being checked.
//!
//! A type of another package is qualified by that package's name; by its quoted path if several
//! packages within reach share the name.

use std::fmt::Write;

use crate::syntax::ast::ChanDir;
use crate::types::constant::quote;
use crate::types::store::{ObjId, PkgId, Store, TypeId};
use crate::types::ty::{Interface, Signature, Struct, Type};
use crate::types::universe::{ANY, COMPARABLE};

impl Store {
    /// The text of `t` in messages about package `from`.
    pub fn type_string(&self, t: TypeId, from: PkgId) -> String {
        let mut w = TypeWriter::new(self, from);
        w.typ(t);
        w.out
    }

    /// The text of `t` with every package named by its path.
    pub fn full_type_string(&self, t: TypeId) -> String {
        let mut w = TypeWriter::new(self, crate::types::universe::UNSAFE);
        w.full = true;
        w.typ(t);
        w.out
    }

    /// The name and signature of function `f`; with `full`, packages are named by their path.
    pub fn func_string(&self, f: ObjId, from: PkgId, full: bool) -> String {
        let mut w = TypeWriter::new(self, from);
        w.full = full;
        w.param_names = false;
        w.out.push_str(&self[f].name);
        if let Type::Signature(sig) = &self[self[f].ty] {
            w.signature(sig);
        }
        w.out
    }

    /// The name of `obj`, qualified as a type's would be.
    pub fn qualified_name(&self, obj: ObjId, from: PkgId) -> String {
        let mut w = TypeWriter::new(self, from);
        w.name(obj);
        w.out
    }
}

/// A type's text is cut off behind this many bytes: aliases can make types of any size.
const MAX_TEXT: usize = 1 << 16;

struct TypeWriter<'s> {
    store: &'s Store,
    from: PkgId,
    out: String,
    /// The unnamed types around the one being written.
    seen: Vec<TypeId>,
    param_names: bool,
    full: bool,
}

impl<'s> TypeWriter<'s> {
    fn new(store: &'s Store, from: PkgId) -> TypeWriter<'s> {
        TypeWriter {
            store,
            from,
            out: String::new(),
            seen: Vec::new(),
            param_names: true,
            full: false,
        }
    }

    fn typ(&mut self, t: TypeId) {
        if self.out.len() > MAX_TEXT {
            if !self.out.ends_with('…') {
                self.out.push('…');
            }
            return;
        }
        if t == ANY {
            self.out.push_str("any");
            return;
        }
        let t = match self.store.alias(t) {
            Some(a) if !self.full => {
                self.name(a.obj);
                if !a.args.is_empty() {
                    self.type_list(&a.args);
                }
                return;
            }
            _ => self.store.unalias(t),
        };
        if self.seen.contains(&t) {
            self.out.push_str("<cycle>");
            return;
        }
        self.seen.push(t);
        self.unguarded(t);
        self.seen.pop();
    }

    fn unguarded(&mut self, t: TypeId) {
        let store = self.store;
        match &store[t] {
            Type::Basic(b) => self.out.push_str(b.name()),
            Type::Named(n) => {
                self.name(n.obj);
                let ambient = n.generic.as_ref().map_or(0, |g| g.n_ambient as usize);
                match store.type_args(t).get(ambient..) {
                    Some(args) if !args.is_empty() => self.type_list(args),
                    _ => self.params(store.open_params(t)),
                }
            }
            Type::TypeParam(p) => self.out.push_str(&store[p.obj].name),
            Type::Union(terms) => {
                for (i, t) in terms.iter().enumerate() {
                    self.out.push_str(if i > 0 { " | " } else { "" });
                    self.out.push_str(if t.tilde { "~" } else { "" });
                    self.typ(t.ty);
                }
            }
            Type::Pointer(b) => {
                self.out.push('*');
                self.typ(*b);
            }
            Type::Slice(e) => {
                self.out.push_str("[]");
                self.typ(*e);
            }
            Type::Array(e, n) => {
                let _ = write!(self.out, "[{n}]");
                self.typ(*e);
            }
            Type::Map(k, v) => {
                self.out.push_str("map[");
                self.typ(*k);
                self.out.push(']');
                self.typ(*v);
            }
            Type::Chan(dir, e) => self.chan(*dir, *e),
            Type::Struct(s) => self.structure(s),
            Type::Tuple(vars) => self.tuple(vars, false),
            Type::Signature(sig) => {
                self.out.push_str("func");
                self.signature(sig);
            }
            Type::Interface(i) => self.interface(t, i),
        }
    }

    /// Type arguments.
    fn type_list(&mut self, args: &[TypeId]) {
        self.out.push('[');
        for (i, &a) in args.iter().enumerate() {
            self.out.push_str(if i > 0 { ", " } else { "" });
            self.typ(a);
        }
        self.out.push(']');
    }

    /// Type parameters with their constraints, those of one constraint together; nothing if there are none.
    fn params(&mut self, params: &[TypeId]) {
        if params.is_empty() {
            return;
        }
        self.out.push('[');
        for (i, &p) in params.iter().enumerate() {
            self.typ(p);
            let bound = self.store.bound(p);
            match params.get(i + 1) {
                Some(&next) if self.store.bound(next) == bound => self.out.push_str(", "),
                next => {
                    self.out.push(' ');
                    self.typ(bound);
                    self.out.push_str(if next.is_some() { ", " } else { "" });
                }
            }
        }
        self.out.push(']');
    }

    fn chan(&mut self, dir: ChanDir, elem: TypeId) {
        let store = self.store;
        let parens = dir == ChanDir::Both && matches!(&store[elem], Type::Chan(ChanDir::Recv, _));
        self.out.push_str(match dir {
            ChanDir::Both => "chan ",
            ChanDir::Send => "chan<- ",
            ChanDir::Recv => "<-chan ",
        });
        if parens {
            self.out.push('(');
        }
        self.typ(elem);
        if parens {
            self.out.push(')');
        }
    }

    fn structure(&mut self, s: &'s Struct) {
        self.out.push_str("struct{");
        for (i, &f) in s.fields.iter().enumerate() {
            if i > 0 {
                self.out.push_str("; ");
            }
            let f = &self.store[f];
            if !f.as_var().is_some_and(|v| v.embedded) {
                self.out.push_str(&f.name);
                self.out.push(' ');
            }
            self.typ(f.ty);
            if let Some(tag) = s.tags.get(i).filter(|t| !t.is_empty()) {
                self.out.push(' ');
                self.out.push_str(&quote(tag.as_bytes()));
            }
        }
        self.out.push('}');
    }

    fn interface(&mut self, t: TypeId, i: &'s Interface) {
        if t == self.store.under(COMPARABLE) {
            self.out.push_str("interface{comparable}");
            return;
        }
        if let (true, &[(e, _)]) = (i.implicit, &i.embeds[..]) {
            return self.typ(e);
        }
        self.out.push_str("interface{");
        let mut first = true;
        let mut separate = |out: &mut String| {
            if !std::mem::take(&mut first) {
                out.push_str("; ");
            }
        };
        let mut methods = i.methods.clone();
        self.store.sort_methods(&mut methods);
        for m in methods {
            separate(&mut self.out);
            let m = &self.store[m];
            self.out.push_str(&m.name);
            if let Type::Signature(sig) = &self.store[m.ty] {
                self.signature(sig);
            }
        }
        for &(e, _) in &i.embeds {
            separate(&mut self.out);
            self.typ(e);
        }
        self.out.push('}');
    }

    fn signature(&mut self, sig: &'s Signature) {
        self.params(&sig.tparams);
        self.tuple(&sig.params, sig.variadic);
        match &sig.results[..] {
            [] => {}
            [r] if self.store[*r].name.is_empty() || !self.param_names => {
                self.out.push(' ');
                self.typ(self.store[*r].ty);
            }
            results => {
                self.out.push(' ');
                self.tuple(results, false);
            }
        }
    }

    fn tuple(&mut self, vars: &'s [ObjId], variadic: bool) {
        self.out.push('(');
        for (i, &v) in vars.iter().enumerate() {
            if i > 0 {
                self.out.push_str(", ");
            }
            let v = &self.store[v];
            if self.param_names && !v.name.is_empty() {
                self.out.push_str(&v.name);
                self.out.push(' ');
            }
            let mut ty = v.ty;
            if variadic && i == vars.len() - 1 {
                self.out.push_str("...");
                if let Type::Slice(e) = &self.store[ty] {
                    ty = *e;
                }
            }
            self.typ(ty);
        }
        self.out.push(')');
    }

    /// The name of a package's object, qualified.
    fn name(&mut self, obj: ObjId) {
        let o = &self.store[obj];
        if let Some(pkg) = o.pkg.filter(|p| *p != self.from || self.full) {
            let p = &self.store[pkg];
            if self.full {
                self.out.push_str(&p.path);
            } else if self.ambiguous(pkg) {
                self.out.push_str(&quote(p.path.as_bytes()));
            } else {
                self.out.push_str(&p.name);
            }
            self.out.push('.');
        }
        self.out.push_str(&o.name);
    }

    /// Whether another package that `from` imports, directly or not, has the name of `pkg`.
    fn ambiguous(&self, pkg: PkgId) -> bool {
        let mut reached = vec![self.from];
        let mut next = 0;
        while next < reached.len() {
            let p = &self.store[reached[next]];
            if reached[next] != pkg && p.name == self.store[pkg].name {
                return true;
            }
            for &i in &p.imports {
                if !reached.contains(&i) {
                    reached.push(i);
                }
            }
            next += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Pos, Span};
    use crate::types::object::{ObjKind, Object, Var};
    use crate::types::ty::Basic;
    use crate::types::universe::{EMPTY_INTERFACE, ERROR, UNSAFE};

    fn var(s: &mut Store, name: &str, ty: TypeId) -> ObjId {
        let kind = ObjKind::Var(Var::default());
        s.new_object(Object {
            name: name.into(),
            pkg: None,
            ty,
            span: Span::NOWHERE,
            scope: None,
            visible_from: Pos(0),
            kind,
        })
    }

    #[test]
    fn texts() {
        let mut s = Store::new();
        let int = Basic::Int.id();
        let slice = s.new_type(Type::Slice(int));
        let recv = s.new_type(Type::Chan(ChanDir::Recv, int));
        let chan = s.new_type(Type::Chan(ChanDir::Both, recv));
        let map = s.new_type(Type::Map(Basic::String.id(), ERROR));
        let array = s.new_type(Type::Array(map, 3));
        let (a, b) = (var(&mut s, "a", int), var(&mut s, "b", slice));
        let r = var(&mut s, "", Basic::Byte.id());
        let sig = Signature {
            recv: None,
            params: vec![a, b],
            results: vec![r],
            variadic: true,
            ..Signature::default()
        };
        let sig = s.new_type(Type::Signature(sig));
        let tagged = s.new_type(Type::Struct(Struct {
            fields: vec![a, b],
            tags: vec!["x:\"y\"".into(), "".into()],
        }));
        for (t, text) in [
            (ANY, "any"),
            (EMPTY_INTERFACE, "interface{}"),
            (ERROR, "error"),
            (chan, "chan (<-chan int)"),
            (array, "[3]map[string]error"),
            (sig, "func(a int, b ...int) byte"),
            (tagged, "struct{a int \"x:\\\"y\\\"\"; b []int}"),
            (Basic::UnsafePointer.id(), "unsafe.Pointer"),
        ] {
            assert_eq!(s.type_string(t, UNSAFE), text);
        }
        let f = var(&mut s, "f", sig);
        assert_eq!(s.func_string(f, UNSAFE, false), "f(int, ...int) byte");
    }
}
