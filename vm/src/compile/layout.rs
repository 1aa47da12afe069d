//! The compiler's own view of types: interned, with their layout.
//!
//! A [`Ty`] is canonical: identical types have the same one, and it is also the type's id at run time. It is
//! handed out as soon as a type is seen; underlying type and layout are worked out when first asked for,
//! since types may refer to themselves.

use std::rc::Rc;
use std::sync::Arc;

use mgo_lang::syntax::ast::ChanDir;
use mgo_lang::types::object::is_exported;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::{Basic, Type};
use mgo_runtime::slot::Layout;
use rustc_hash::FxHashMap;

use crate::bytecode::derived::Structure;
pub use crate::bytecode::form::Form;
use crate::bytecode::form::leak_layout;
use crate::bytecode::program::{Part, PartKind, Program};

/// A canonical type; the id of its descriptor at run time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ty(pub u32);

/// A field of a struct type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FieldTy {
    /// Its name.
    pub name: Arc<str>,
    /// Package path of an unexported name, else empty.
    pub pkg: Arc<str>,
    /// Its type.
    pub ty: Ty,
    /// Whether it is embedded.
    pub embedded: bool,
    /// Its tag.
    pub tag: Arc<str>,
}

/// A method of an interface type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MethodTy {
    /// Its name.
    pub name: Arc<str>,
    /// Package path of an unexported name, else empty.
    pub pkg: Arc<str>,
    /// Its signature without receiver.
    pub ty: Ty,
}

/// A func type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncTy {
    /// Parameter types.
    pub params: Vec<Ty>,
    /// Result types.
    pub results: Vec<Ty>,
    /// Whether the last parameter is variadic.
    pub variadic: bool,
}

/// The structure of a type, which identifies it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Shape {
    /// A predeclared type, canonical.
    Basic(Basic),
    /// A declared type.
    Named(TypeId),
    /// `*T`
    Pointer(Ty),
    /// `[]T`
    Slice(Ty),
    /// `[n]T`
    Array(Ty, u64),
    /// `map[K]V`
    Map(Ty, Ty),
    /// `chan T`
    Chan(ChanDir, Ty),
    /// `struct { … }`
    Struct(Rc<[FieldTy]>),
    /// `func(…) …`
    Func(Rc<FuncTy>),
    /// `interface { … }`: methods sorted by name, then package.
    Interface(Rc<[MethodTy]>),
    /// Several values.
    Tuple(Rc<[Ty]>),
}

struct Data {
    shape: Shape,
    under: Option<Ty>,
    form: Option<Rc<Form>>,
    pointer: Option<Ty>,
}

/// A type is too big to be had.
#[derive(Clone, Copy, Debug)]
pub struct TooBig;

/// Every type the compiler has met.
pub struct Types {
    data: Vec<Data>,
    by_shape: FxHashMap<Shape, Ty>,
    by_id: Vec<u32>,
    layouts: FxHashMap<(u32, Box<[u32]>), &'static Layout>,
    /// Set when a type was met that is too big; asked for by whoever compiles.
    pub too_big: bool,
}

impl Default for Types {
    fn default() -> Self {
        Types {
            data: vec![Data {
                shape: Shape::Tuple(Rc::from([])),
                under: None,
                form: None,
                pointer: None,
            }],
            by_shape: FxHashMap::default(),
            by_id: Vec::new(),
            layouts: FxHashMap::default(),
            too_big: false,
        }
    }
}

impl Types {
    /// Number of types met, the reserved 0 included.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Never: 0 is reserved.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The type of this structure.
    pub fn intern(&mut self, p: &Program, shape: Shape) -> Ty {
        if let Some(&t) = self.by_shape.get(&shape) {
            return t;
        }
        if (self.data.len() as u32) < p.types.len() {
            self.adopt(p);
            return self.intern(p, shape);
        }
        let t = Ty(p.types.reserve());
        // The program may have made types meanwhile: the next one to intern takes them over.
        while self.data.len() < t.0 as usize {
            self.hold();
        }
        self.data.push(Data {
            shape: shape.clone(),
            under: None,
            form: None,
            pointer: None,
        });
        self.by_shape.insert(shape, t);
        t
    }

    /// Takes over the types that the running program made.
    fn adopt(&mut self, p: &Program) {
        for id in self.data.len() as u32..p.types.len() {
            self.hold();
            let Some(shape) = p.types.get(id).and_then(Structure::of).map(shape_of) else {
                continue;
            };
            self.by_shape.entry(shape.clone()).or_insert(Ty(id));
            self.data[id as usize].shape = shape;
        }
    }

    /// A place for a type that is not known yet.
    fn hold(&mut self) {
        self.data.push(Data {
            shape: Shape::Tuple(Rc::from([])),
            under: None,
            form: None,
            pointer: None,
        });
    }

    /// The canonical type of `id`.
    pub fn of(&mut self, p: &Program, st: &Store, id: TypeId) -> Ty {
        let id = st.unalias(id);
        if let Some(&t) = self.by_id.get(id.index())
            && t != 0
        {
            return Ty(t);
        }
        let shape = self.shape_of(p, st, id);
        let t = self.intern(p, shape);
        if self.by_id.len() <= id.index() {
            self.by_id.resize(st.n_types().max(id.index() + 1), 0);
        }
        self.by_id[id.index()] = t.0;
        t
    }

    fn all(&mut self, p: &Program, st: &Store, vars: &[ObjId]) -> Vec<Ty> {
        vars.iter().map(|&v| self.of(p, st, st[v].ty)).collect()
    }

    fn shape_of(&mut self, p: &Program, st: &Store, id: TypeId) -> Shape {
        match &st[id] {
            Type::Basic(b) => Shape::Basic(default_basic(*b)),
            Type::Named(_) => Shape::Named(id),
            Type::Pointer(e) => Shape::Pointer(self.of(p, st, *e)),
            Type::Slice(e) => Shape::Slice(self.of(p, st, *e)),
            Type::Array(e, n) => Shape::Array(self.of(p, st, *e), (*n).max(0) as u64),
            Type::Map(k, v) => Shape::Map(self.of(p, st, *k), self.of(p, st, *v)),
            Type::Chan(d, e) => Shape::Chan(*d, self.of(p, st, *e)),
            Type::Tuple(vars) => Shape::Tuple(self.all(p, st, vars).into()),
            Type::Signature(s) => Shape::Func(Rc::new(FuncTy {
                params: self.all(p, st, &s.params),
                results: self.all(p, st, &s.results),
                variadic: s.variadic,
            })),
            Type::Struct(s) => {
                let fields = s.fields.iter().enumerate().map(|(i, &f)| {
                    let o = &st[f];
                    FieldTy {
                        name: o.name.clone(),
                        pkg: pkg_of(st, f),
                        ty: self.of(p, st, o.ty),
                        embedded: o.as_var().is_some_and(|v| v.embedded),
                        tag: s.tags.get(i).cloned().unwrap_or_else(|| "".into()),
                    }
                });
                Shape::Struct(fields.collect())
            }
            Type::Interface(_) => {
                let all = st.all_methods(id);
                let mut methods: Vec<MethodTy> = all
                    .iter()
                    .map(|&m| MethodTy {
                        name: st[m].name.clone(),
                        pkg: pkg_of(st, m),
                        ty: self.of(p, st, st[m].ty),
                    })
                    .collect();
                methods.sort_by(|a, b| (&a.name, &a.pkg).cmp(&(&b.name, &b.pkg)));
                Shape::Interface(methods.into())
            }
            Type::TypeParam(_) | Type::Union(_) => Shape::Basic(Basic::Invalid),
        }
    }

    /// The structure of `t`.
    pub fn shape(&self, t: Ty) -> &Shape {
        &self.data[t.0 as usize].shape
    }

    /// The declared type `t` is, if it is one.
    pub fn named(&self, t: Ty) -> Option<TypeId> {
        match self.shape(t) {
            Shape::Named(id) => Some(*id),
            _ => None,
        }
    }

    /// The underlying type.
    pub fn under(&mut self, p: &Program, st: &Store, t: Ty) -> Ty {
        let Shape::Named(id) = self.data[t.0 as usize].shape else {
            return t;
        };
        if let Some(u) = self.data[t.0 as usize].under {
            return u;
        }
        let u = self.of(p, st, st.under(id));
        self.data[t.0 as usize].under = Some(u);
        u
    }

    /// The structure of the underlying type.
    pub fn under_shape(&mut self, p: &Program, st: &Store, t: Ty) -> &Shape {
        let u = self.under(p, st, t);
        self.shape(u)
    }

    /// `*t`
    pub fn pointer_to(&mut self, p: &Program, t: Ty) -> Ty {
        if let Some(q) = self.data[t.0 as usize].pointer {
            return q;
        }
        let q = self.intern(p, Shape::Pointer(t));
        self.data[t.0 as usize].pointer = Some(q);
        q
    }

    /// `*t`, if anyone asked for it.
    pub fn known_pointer(&self, t: Ty) -> Option<Ty> {
        self.by_shape.get(&Shape::Pointer(t)).copied()
    }

    /// How values of `t` lie.
    pub fn form(&mut self, p: &Program, st: &Store, t: Ty) -> Rc<Form> {
        if let Some(f) = &self.data[t.0 as usize].form {
            return f.clone();
        }
        let u = self.under(p, st, t);
        let form = if u == t {
            Rc::new(self.make_form(p, st, t))
        } else {
            self.form(p, st, u)
        };
        self.data[t.0 as usize].form = Some(form.clone());
        form
    }

    fn make_form(&mut self, p: &Program, st: &Store, t: Ty) -> Form {
        match self.shape(t).clone() {
            Shape::Basic(b) => basic_form(b),
            Shape::Pointer(_) | Shape::Map(..) | Shape::Chan(..) | Shape::Func(_) => {
                Form::scalar(PartKind::Ptr)
            }
            Shape::Slice(_) | Shape::Interface(_) => Form::scalar(PartKind::Pair),
            Shape::Array(e, n) => {
                let f = Form::array(&self.form(p, st, e), n);
                self.unless_too_big(f)
            }
            Shape::Struct(fields) => {
                let tys: Vec<Ty> = fields.iter().map(|f| f.ty).collect();
                self.struct_form(p, st, &tys)
            }
            Shape::Tuple(tys) => self.struct_form(p, st, &tys),
            Shape::Named(_) => Form::scalar(PartKind::W64),
        }
    }

    fn struct_form(&mut self, p: &Program, st: &Store, tys: &[Ty]) -> Form {
        let forms: Vec<Rc<Form>> = tys.iter().map(|&t| self.form(p, st, t)).collect();
        let f = Form::structure(forms.iter().map(|f| &**f));
        self.unless_too_big(f)
    }

    fn unless_too_big(&mut self, f: Option<Form>) -> Form {
        self.too_big |= f.is_none();
        f.unwrap_or_else(|| Form::scalar(PartKind::U8))
    }

    /// The layout with these pointer words; each is made once and lives for ever.
    pub fn layout(&mut self, size: u32, pointers: &[u32]) -> &'static Layout {
        self.layouts
            .entry((size, pointers.into()))
            .or_insert_with(|| leak_layout(size, pointers))
    }
}

/// The shape of a structure.
fn shape_of(s: Structure) -> Shape {
    let tys = |ids: &[u32]| ids.iter().map(|&t| Ty(t)).collect();
    match s {
        Structure::Pointer(e) => Shape::Pointer(Ty(e)),
        Structure::Slice(e) => Shape::Slice(Ty(e)),
        Structure::Array(e, n) => Shape::Array(Ty(e), n),
        Structure::Map(k, e) => Shape::Map(Ty(k), Ty(e)),
        Structure::Chan(1, e) => Shape::Chan(ChanDir::Recv, Ty(e)),
        Structure::Chan(2, e) => Shape::Chan(ChanDir::Send, Ty(e)),
        Structure::Chan(_, e) => Shape::Chan(ChanDir::Both, Ty(e)),
        Structure::Func(params, results, variadic) => Shape::Func(Rc::new(FuncTy {
            params: tys(&params),
            results: tys(&results),
            variadic,
        })),
        Structure::Struct(fields) => Shape::Struct(
            fields
                .into_iter()
                .map(|f| FieldTy {
                    name: f.name,
                    pkg: f.pkg,
                    ty: Ty(f.ty),
                    embedded: f.embedded,
                    tag: f.tag,
                })
                .collect(),
        ),
    }
}

/// Package path of an unexported object, else empty.
pub fn pkg_of(st: &Store, obj: ObjId) -> Arc<str> {
    let o = &st[obj];
    match o.pkg {
        Some(pkg) if !is_exported(&o.name) => st[pkg].path.clone(),
        _ => "".into(),
    }
}

/// The type an untyped constant gets; others stay, `byte` and `rune` as what they are.
fn default_basic(b: Basic) -> Basic {
    match b {
        Basic::UntypedBool => Basic::Bool,
        Basic::UntypedInt => Basic::Int,
        Basic::UntypedRune => Basic::Int32,
        Basic::UntypedFloat => Basic::Float64,
        Basic::UntypedComplex => Basic::Complex128,
        Basic::UntypedString => Basic::String,
        Basic::UntypedNil => Basic::UnsafePointer,
        b => b.canonical(),
    }
}

fn basic_form(b: Basic) -> Form {
    let two = |kind: PartKind| {
        let n = kind.size();
        let parts = [Part { offset: 0, kind }, Part { offset: n, kind }];
        Form {
            slots: 2,
            size: 2 * n,
            unit: 2 * n,
            parts: Box::from(parts),
            ..Form::scalar(kind)
        }
    };
    match b {
        Basic::Bool | Basic::Uint8 => Form::scalar(PartKind::U8),
        Basic::Int8 => Form::scalar(PartKind::I8),
        Basic::Int16 => Form::scalar(PartKind::I16),
        Basic::Uint16 => Form::scalar(PartKind::U16),
        Basic::Int32 => Form::scalar(PartKind::I32),
        Basic::Uint32 | Basic::Float32 => Form::scalar(PartKind::U32),
        Basic::Complex64 => two(PartKind::U32),
        Basic::Complex128 => two(PartKind::W64),
        Basic::String => {
            // The length is no pointer.
            Form {
                pointers: Box::from([0]),
                ..Form::scalar(PartKind::Pair)
            }
        }
        Basic::UnsafePointer => Form::scalar(PartKind::Ptr),
        _ => Form::scalar(PartKind::W64),
    }
}
