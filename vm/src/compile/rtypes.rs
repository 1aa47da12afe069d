//! Type descriptors and constant memory.

use std::fmt::Write;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use mgo_lang::syntax::ast::ChanDir;
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::{Basic, Type};

use crate::bytecode::derived::map_kind;
use crate::bytecode::program::{EqKind, KnownTypes, Methods, RField, RKind, RMethod, RType};
use crate::compile::Compiler;
use crate::compile::layout::{FuncTy, Shape, Ty};

impl Compiler {
    /// Makes descriptors for all types met so far.
    pub(super) fn fill_types(&mut self, st: &Store) {
        while self.filled < self.types.len() {
            let t = Ty(self.filled as u32);
            self.filled += 1;
            if self.program.types.get(t.0).is_some() {
                // Made while the program ran.
                continue;
            }
            let r = self.describe(st, t);
            let elem = r.elem;
            let is_pointer = r.kind == RKind::Pointer && !r.named;
            self.program.types.fill(t.0, r);
            if is_pointer {
                self.link_pointer(t, elem);
            }
            if let Some(p) = self.types.known_pointer(t)
                && let Some(r) = self.program.types.get(t.0)
            {
                r.ptr_to.store(p.0, Ordering::Release);
            }
        }
    }

    fn link_pointer(&self, t: Ty, elem: u32) {
        if let Some(e) = self.program.types.get(elem) {
            e.ptr_to.store(t.0, Ordering::Release);
        }
    }

    fn describe(&mut self, st: &Store, t: Ty) -> RType {
        let form = self.form(st, t);
        let under = self.under(st, t);
        let shape = self.types.shape(t).clone();
        let layout = self.types.layout(form.unit, &form.pointers);
        let (bytes, pointers) = form.slot_words();
        let slot_layout = self.types.layout(bytes, &pointers);
        let (name, pkg) = match &shape {
            Shape::Named(id) => match &st[*id] {
                Type::Named(n) => {
                    let o = &st[n.obj];
                    let name = format!("{}{}", o.name, self.type_args(st, *id));
                    (name.into(), o.pkg.map_or("".into(), |p| st[p].path.clone()))
                }
                _ => ("".into(), "".into()),
            },
            Shape::Basic(b) => (b.name().into(), "".into()),
            _ => ("".into(), "".into()),
        };
        let mut r = RType {
            named: matches!(shape, Shape::Named(_) | Shape::Basic(_)),
            string: self.type_string(st, t),
            name,
            pkg,
            comparable: self.comparable(st, t),
            eq: eq_kind(&under),
            ..RType::new(t.0, kind(&under), &form, layout, slot_layout)
        };
        if !r.comparable {
            r.eq = EqKind::None;
        }
        self.describe_parts(st, &under, &form, &mut r);
        r
    }

    fn describe_parts(
        &mut self,
        st: &Store,
        under: &Shape,
        form: &Rc<crate::compile::layout::Form>,
        r: &mut RType,
    ) {
        match under {
            Shape::Pointer(e) | Shape::Slice(e) => r.elem = e.0,
            Shape::Array(e, n) => {
                r.elem = e.0;
                r.len = *n;
            }
            Shape::Map(k, v) => {
                r.key = k.0;
                r.elem = v.0;
                r.map_kind = map_kind(kind(&self.under(st, *k)));
            }
            Shape::Chan(d, e) => {
                r.elem = e.0;
                r.chan_dir = match d {
                    ChanDir::Recv => 1,
                    ChanDir::Send => 2,
                    ChanDir::Both => 3,
                };
            }
            Shape::Struct(fields) => {
                let all = fields.iter().enumerate().map(|(i, f)| RField {
                    name: f.name.clone(),
                    pkg: f.pkg.clone(),
                    ty: f.ty.0,
                    offset: form.offsets[i],
                    slot: form.field_slots[i],
                    embedded: f.embedded,
                    tag: f.tag.clone(),
                });
                r.fields = all.collect();
            }
            Shape::Func(f) => {
                r.params = f.params.iter().map(|t| t.0).collect();
                r.results = f.results.iter().map(|t| t.0).collect();
                r.variadic = f.variadic;
            }
            Shape::Interface(methods) => {
                let mut out = Vec::with_capacity(methods.len());
                for m in methods.iter() {
                    let sel = self.selector(&m.name, &m.pkg);
                    out.push(RMethod {
                        sel,
                        name: m.name.clone(),
                        pkg: m.pkg.clone(),
                        ty: m.ty.0,
                        entry: None,
                    });
                }
                r.methods = OnceLock::from(Methods::new(out));
            }
            _ => {}
        }
    }

    fn comparable(&mut self, st: &Store, t: Ty) -> bool {
        match self.under(st, t) {
            Shape::Slice(_) | Shape::Map(..) | Shape::Func(_) | Shape::Tuple(_) => false,
            Shape::Array(e, _) => self.comparable(st, e),
            Shape::Struct(fields) => fields.iter().all(|f| self.comparable(st, f.ty)),
            _ => true,
        }
    }

    /// A type as Go prints it at run time: packages by name.
    pub(crate) fn type_string(&mut self, st: &Store, t: Ty) -> Arc<str> {
        let mut out = String::new();
        self.write_type(st, t, &mut out);
        out.into()
    }

    /// The type arguments of an instance, in brackets. Those of the generic function that a local type is
    /// declared in come first, set off by a semicolon.
    fn type_args(&mut self, st: &Store, id: TypeId) -> String {
        let Some(g) = st.generic(id).filter(|g| !g.args.is_empty()) else {
            return String::new();
        };
        self.naming_args += 1;
        let mut out = String::from("[");
        for (i, &a) in g.args.iter().enumerate() {
            if i > 0 {
                out.push(if i == g.n_ambient as usize { ';' } else { ',' });
            }
            let t = self.ty(st, a);
            self.write_type(st, t, &mut out);
        }
        self.naming_args -= 1;
        out.push(']');
        out
    }

    /// Where in its package a type is declared, counting those local to functions; none for others.
    fn local_number(&self, st: &Store, obj: ObjId) -> Option<usize> {
        let package = st[st[obj].pkg?].scope;
        let is_local = |id: ObjId| {
            let o = &st[id];
            o.pkg == st[obj].pkg
                && matches!(o.kind, ObjKind::TypeName)
                && o.scope.is_some_and(|s| s != package)
                && matches!(&st[o.ty], Type::Named(n) if n.obj == id)
        };
        let before = |id: &ObjId| is_local(*id) && st[*id].span.lo <= st[obj].span.lo;
        is_local(obj).then(|| (0..st.n_objects() as u32).map(ObjId).filter(before).count())
    }

    fn write_type(&mut self, st: &Store, t: Ty, out: &mut String) {
        match self.types.shape(t).clone() {
            Shape::Basic(b) => out.push_str(b.name()),
            Shape::Named(id) => self.write_named(st, id, out),
            Shape::Pointer(e) => {
                out.push('*');
                self.write_type(st, e, out);
            }
            Shape::Slice(e) => {
                out.push_str("[]");
                self.write_type(st, e, out);
            }
            Shape::Array(e, n) => {
                let _ = write!(out, "[{n}]");
                self.write_type(st, e, out);
            }
            Shape::Map(k, v) => {
                out.push_str("map[");
                self.write_type(st, k, out);
                out.push(']');
                self.write_type(st, v, out);
            }
            Shape::Chan(d, e) => {
                out.push_str(match d {
                    ChanDir::Both => "chan ",
                    ChanDir::Send => "chan<- ",
                    ChanDir::Recv => "<-chan ",
                });
                let inner =
                    matches!(self.types.shape(e), Shape::Chan(ChanDir::Recv, _)) && d == ChanDir::Both;
                if inner {
                    out.push('(');
                }
                self.write_type(st, e, out);
                if inner {
                    out.push(')');
                }
            }
            Shape::Struct(fields) => {
                out.push_str("struct {");
                for (i, f) in fields.iter().enumerate() {
                    out.push_str(if i > 0 { "; " } else { " " });
                    if !f.embedded {
                        if self.naming_args > 0 && !f.pkg.is_empty() {
                            let _ = write!(out, "{}.", f.pkg);
                        }
                        let _ = write!(out, "{} ", f.name);
                    }
                    self.write_type(st, f.ty, out);
                    if !f.tag.is_empty() {
                        let _ = write!(out, " {:?}", f.tag);
                    }
                }
                out.push_str(if fields.is_empty() { "}" } else { " }" });
            }
            Shape::Func(f) => {
                out.push_str("func");
                self.write_signature(st, &f, out);
            }
            Shape::Interface(methods) => {
                out.push_str("interface {");
                for (i, m) in methods.iter().enumerate() {
                    out.push_str(if i > 0 { "; " } else { " " });
                    if !m.pkg.is_empty() {
                        let _ = write!(out, "{}.", m.pkg.rsplit('/').next().unwrap_or(""));
                    }
                    out.push_str(&m.name);
                    if let Shape::Func(f) = self.types.shape(m.ty).clone() {
                        self.write_signature(st, &f, out);
                    }
                }
                out.push_str(if methods.is_empty() { "}" } else { " }" });
            }
            Shape::Tuple(ts) => {
                out.push('(');
                self.write_types(st, &ts, false, out);
                out.push(')');
            }
        }
    }

    fn write_named(&mut self, st: &Store, id: TypeId, out: &mut String) {
        let Type::Named(n) = &st[id] else { return };
        let o = &st[n.obj];
        if let Some(p) = o.pkg {
            // Within type arguments a package goes by its path.
            let p = &st[p];
            let _ = write!(out, "{}.", if self.naming_args > 0 { &*p.path } else { &*p.name });
        }
        out.push_str(&o.name);
        let args = self.type_args(st, id);
        out.push_str(&args);
        if self.naming_args > 0
            && let Some(n) = self.local_number(st, n.obj)
        {
            let _ = write!(out, "·{n}");
        }
    }

    fn write_types(&mut self, st: &Store, ts: &[Ty], variadic: bool, out: &mut String) {
        for (i, &t) in ts.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            match self.types.shape(t) {
                Shape::Slice(e) if variadic && i + 1 == ts.len() => {
                    let e = *e;
                    out.push_str("...");
                    self.write_type(st, e, out);
                }
                _ => self.write_type(st, t, out),
            }
        }
    }

    fn write_signature(&mut self, st: &Store, f: &FuncTy, out: &mut String) {
        out.push('(');
        self.write_types(st, &f.params, f.variadic, out);
        out.push(')');
        match &f.results[..] {
            [] => {}
            [t] => {
                out.push(' ');
                self.write_type(st, *t, out);
            }
            ts => {
                out.push_str(" (");
                self.write_types(st, ts, false, out);
                out.push(')');
            }
        }
    }

    // --- types the interpreter knows ---

    /// Finds the types of panics the machine itself raises, once.
    pub(super) fn know_types(&mut self, st: &Store) {
        if self.program.known.get().is_some() {
            return;
        }
        let rterr = (0..st.n_packages() as u32)
            .map(mgo_lang::types::store::PkgId)
            .find(|&p| &*st[p].path == "internal/rterr");
        let find = |c: &mut Compiler, name: &str, pointer: bool| -> u32 {
            let Some(pkg) = rterr else { return 0 };
            let Some(&obj) = st[st[pkg].scope].names.get(name) else {
                return 0;
            };
            let mut t = c.ty(st, st[obj].ty);
            if pointer {
                t = c.pointer_to(t);
            }
            c.convert_type(t);
            t.0
        };
        let mut known = KnownTypes {
            error_string: find(self, "errorString", false),
            bounds_error: find(self, "boundsError", false),
            plain_error: find(self, "plainError", false),
            type_assertion_error: find(self, "TypeAssertionError", true),
            panic_nil_error: find(self, "PanicNilError", true),
            ..KnownTypes::default()
        };
        known.string = self.basic(Basic::String).0;
        known.int = self.basic(Basic::Int).0;
        known.error = self.ty(st, mgo_lang::types::universe::ERROR).0;
        let none: Arc<str> = "".into();
        known.sel_error = self.selector(&"Error".into(), &none);
        known.sel_string = self.selector(&"String".into(), &none);
        // Printing a panic's value calls them.
        self.call_selector(known.sel_error);
        self.call_selector(known.sel_string);
        let _ = self.program.known.set(known);
    }

    // --- constant memory ---

    /// Address of these bytes in constant memory, aligned to 16; their number is a multiple of 16.
    pub(crate) fn constant_memory(&mut self, bytes: &[u8]) -> usize {
        let words: Vec<u128> = bytes
            .chunks_exact(16)
            .map(|c| u128::from_le_bytes(c.try_into().expect("chunks of 16 bytes")))
            .collect();
        Box::leak(words.into_boxed_slice()).as_ptr() as usize
    }

    /// Address of a constant pair.
    pub(crate) fn constant_pair(&mut self, pair: [u64; 2]) -> usize {
        if let Some(&at) = self.pairs.get(&pair) {
            return at;
        }
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&pair[0].to_le_bytes());
        bytes[8..].copy_from_slice(&pair[1].to_le_bytes());
        let at = self.constant_memory(&bytes);
        self.pairs.insert(pair, at);
        if let Some(s) = self.strings.iter().find(|s| *s.1 as u64 == pair[0]).map(|s| *s.0) {
            self.program
                .strings
                .write()
                .expect("never poisoned")
                .insert(at, s);
        }
        at
    }
}

fn kind(under: &Shape) -> RKind {
    match under {
        Shape::Basic(b) => match b.canonical() {
            Basic::Bool => RKind::Bool,
            Basic::Int => RKind::Int,
            Basic::Int8 => RKind::Int8,
            Basic::Int16 => RKind::Int16,
            Basic::Int32 => RKind::Int32,
            Basic::Int64 => RKind::Int64,
            Basic::Uint => RKind::Uint,
            Basic::Uint8 => RKind::Uint8,
            Basic::Uint16 => RKind::Uint16,
            Basic::Uint32 => RKind::Uint32,
            Basic::Uint64 => RKind::Uint64,
            Basic::Uintptr => RKind::Uintptr,
            Basic::Float32 => RKind::Float32,
            Basic::Float64 => RKind::Float64,
            Basic::Complex64 => RKind::Complex64,
            Basic::Complex128 => RKind::Complex128,
            Basic::String => RKind::String,
            Basic::UnsafePointer => RKind::UnsafePointer,
            _ => RKind::Invalid,
        },
        Shape::Pointer(_) => RKind::Pointer,
        Shape::Slice(_) => RKind::Slice,
        Shape::Array(..) => RKind::Array,
        Shape::Map(..) => RKind::Map,
        Shape::Chan(..) => RKind::Chan,
        Shape::Struct(_) => RKind::Struct,
        Shape::Func(_) => RKind::Func,
        Shape::Interface(_) => RKind::Interface,
        Shape::Named(_) | Shape::Tuple(_) => RKind::Invalid,
    }
}

fn eq_kind(under: &Shape) -> EqKind {
    match under {
        Shape::Basic(Basic::Float64) => EqKind::F64,
        Shape::Basic(Basic::Float32) => EqKind::F32,
        Shape::Basic(Basic::Complex128) => EqKind::C128,
        Shape::Basic(Basic::Complex64) => EqKind::C64,
        Shape::Basic(b) if b.is_string() => EqKind::Str,
        Shape::Interface(_) => EqKind::Iface,
        Shape::Struct(_) => EqKind::Struct,
        Shape::Array(..) => EqKind::Array,
        _ => EqKind::Bits,
    }
}
