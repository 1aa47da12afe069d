//! Types that come to be while the program runs: what reflection makes of others.
//!
//! A type without a name is its structure, so the same structure must give the type that the compiler has made
//! of it, if it has. All structures are therefore in an index, which takes in new descriptors when asked.

use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::FxHashMap;

use crate::bytecode::form::{Form, leak_layout};
use crate::bytecode::program::Program;
use crate::bytecode::rtype::{EqKind, MapKind, Methods, PartKind, RField, RKind, RType};

/// The structure of a type without a name, by ids of its parts.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Structure {
    /// `*T`
    Pointer(u32),
    /// `[]T`
    Slice(u32),
    /// `[n]T`
    Array(u32, u64),
    /// `map[K]V`
    Map(u32, u32),
    /// A channel: direction as in descriptors, element.
    Chan(u8, u32),
    /// `func(…) …`: parameters, results, whether it is variadic.
    Func(Box<[u32]>, Box<[u32]>, bool),
    /// `struct { … }`
    Struct(Box<[FieldOf]>),
}

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FieldOf {
    /// Its name.
    pub name: Arc<str>,
    /// Package path of an unexported name, else empty.
    pub pkg: Arc<str>,
    /// Its type.
    pub ty: u32,
    /// Whether it is embedded.
    pub embedded: bool,
    /// Its tag.
    pub tag: Arc<str>,
}

/// The index.
#[derive(Default)]
pub struct Derived(Mutex<Index>);

#[derive(Default)]
struct Index {
    /// Descriptors looked at.
    seen: u32,
    /// Ids below that which had no descriptor yet.
    holes: Vec<u32>,
    by_structure: FxHashMap<Structure, u32>,
}

impl Index {
    fn take_in(&mut self, p: &Program) {
        let end = p.types.len();
        let ids = std::mem::take(&mut self.holes).into_iter().chain(self.seen..end);
        for id in ids.collect::<Vec<_>>() {
            match p.types.get(id) {
                Some(r) => {
                    if let Some(s) = Structure::of(r) {
                        self.by_structure.entry(s).or_insert(id);
                    }
                }
                None if id != 0 => self.holes.push(id),
                None => {}
            }
        }
        self.seen = end;
    }
}

impl Structure {
    /// The structure of a type, if it is one that can be derived.
    pub fn of(r: &RType) -> Option<Structure> {
        if r.named {
            return None;
        }
        Some(match r.kind {
            RKind::Pointer => Structure::Pointer(r.elem),
            RKind::Slice => Structure::Slice(r.elem),
            RKind::Array => Structure::Array(r.elem, r.len),
            RKind::Map => Structure::Map(r.key, r.elem),
            RKind::Chan => Structure::Chan(r.chan_dir, r.elem),
            RKind::Func => Structure::Func(r.params.clone(), r.results.clone(), r.variadic),
            RKind::Struct => Structure::Struct(
                r.fields
                    .iter()
                    .map(|f| FieldOf {
                        name: f.name.clone(),
                        pkg: f.pkg.clone(),
                        ty: f.ty,
                        embedded: f.embedded,
                        tag: f.tag.clone(),
                    })
                    .collect(),
            ),
            _ => return None,
        })
    }

    fn kind(&self) -> RKind {
        match self {
            Structure::Pointer(_) => RKind::Pointer,
            Structure::Slice(_) => RKind::Slice,
            Structure::Array(..) => RKind::Array,
            Structure::Map(..) => RKind::Map,
            Structure::Chan(..) => RKind::Chan,
            Structure::Func(..) => RKind::Func,
            Structure::Struct(_) => RKind::Struct,
        }
    }

    fn form(&self, p: &Program) -> Option<Form> {
        match self {
            Structure::Slice(_) => Some(Form::scalar(PartKind::Pair)),
            Structure::Array(e, n) => Form::array(&Form::of(&p.types[*e]), *n),
            Structure::Struct(fields) => {
                let forms: Vec<Form> = fields.iter().map(|f| Form::of(&p.types[f.ty])).collect();
                Form::structure(forms.iter())
            }
            _ => Some(Form::scalar(PartKind::Ptr)),
        }
    }
}

impl Program {
    /// The type of this structure, made if there was none; none if it is too big.
    pub fn derive(&self, s: Structure) -> Option<u32> {
        let mut index = self.derived.0.lock().unwrap_or_else(|e| e.into_inner());
        index.take_in(self);
        if let Some(&id) = index.by_structure.get(&s) {
            return Some(id);
        }
        let form = s.form(self)?;
        let id = self.types.reserve();
        let (bytes, pointers) = form.slot_words();
        let layout = leak_layout(form.unit, &form.pointers);
        let mut r = RType::new(id, s.kind(), &form, layout, leak_layout(bytes, &pointers));
        self.describe(&s, &form, &mut r);
        r.string = self.text(&s).into();
        r.methods = OnceLock::from(Methods::new(Vec::new()));
        self.types.fill(id, r);
        if let Structure::Pointer(e) = s {
            self.types[e].ptr_to.store(id, Ordering::Release);
        }
        index.by_structure.insert(s, id);
        Some(id)
    }

    fn describe(&self, s: &Structure, form: &Form, r: &mut RType) {
        match s {
            Structure::Pointer(e) => r.elem = *e,
            Structure::Slice(e) => {
                r.elem = *e;
                r.comparable = false;
            }
            Structure::Array(e, n) => {
                (r.elem, r.len) = (*e, *n);
                r.comparable = self.types[*e].comparable;
                r.eq = EqKind::Array;
            }
            Structure::Map(k, e) => {
                (r.key, r.elem) = (*k, *e);
                r.comparable = false;
                r.map_kind = map_kind(self.types[*k].kind);
            }
            Structure::Chan(dir, e) => (r.chan_dir, r.elem) = (*dir, *e),
            Structure::Func(params, results, variadic) => {
                (r.params, r.results) = (params.clone(), results.clone());
                r.variadic = *variadic;
                r.comparable = false;
            }
            Structure::Struct(fields) => {
                let all = fields.iter().enumerate().map(|(i, f)| RField {
                    name: f.name.clone(),
                    pkg: f.pkg.clone(),
                    ty: f.ty,
                    offset: form.offsets[i],
                    slot: form.field_slots[i],
                    embedded: f.embedded,
                    tag: f.tag.clone(),
                });
                r.fields = all.collect();
                r.comparable = fields.iter().all(|f| self.types[f.ty].comparable);
                r.eq = EqKind::Struct;
            }
        }
        if !r.comparable {
            r.eq = EqKind::None;
        }
    }

    /// As Go prints it, from how Go prints its parts.
    fn text(&self, s: &Structure) -> String {
        let of = |t: u32| &*self.types[t].string;
        match s {
            Structure::Pointer(e) => format!("*{}", of(*e)),
            Structure::Slice(e) => format!("[]{}", of(*e)),
            Structure::Array(e, n) => format!("[{n}]{}", of(*e)),
            Structure::Map(k, e) => format!("map[{}]{}", of(*k), of(*e)),
            Structure::Chan(1, e) => format!("<-chan {}", of(*e)),
            Structure::Chan(dir, e) => {
                let arrow = if *dir == 2 { "chan<-" } else { "chan" };
                match of(*e) {
                    e if e.starts_with("<-") => format!("{arrow} ({e})"),
                    e => format!("{arrow} {e}"),
                }
            }
            Structure::Func(params, results, variadic) => {
                let last = params.len().wrapping_sub(1);
                let params = params
                    .iter()
                    .enumerate()
                    .map(|(i, &t)| match of(t).strip_prefix("[]") {
                        Some(e) if *variadic && i == last => format!("...{e}"),
                        _ => of(t).to_owned(),
                    });
                let params = params.collect::<Vec<_>>().join(", ");
                match &results[..] {
                    [] => format!("func({params})"),
                    [r] => format!("func({params}) {}", of(*r)),
                    all => {
                        let all: Vec<&str> = all.iter().map(|&t| of(t)).collect();
                        format!("func({params}) ({})", all.join(", "))
                    }
                }
            }
            Structure::Struct(fields) if fields.is_empty() => "struct {}".to_owned(),
            Structure::Struct(fields) => {
                let mut out = String::from("struct {");
                for (i, f) in fields.iter().enumerate() {
                    out.push_str(if i > 0 { "; " } else { " " });
                    if !f.embedded {
                        let _ = write!(out, "{} ", f.name);
                    }
                    out.push_str(of(f.ty));
                    if !f.tag.is_empty() {
                        let _ = write!(out, " {:?}", f.tag);
                    }
                }
                out + " }"
            }
        }
    }
}

/// How maps with keys of this kind find them.
pub fn map_kind(key: RKind) -> MapKind {
    match key {
        RKind::String => MapKind::Str,
        RKind::Pointer | RKind::Chan | RKind::UnsafePointer => MapKind::Int,
        k if k >= RKind::Bool && k <= RKind::Uintptr => MapKind::Int,
        _ => MapKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that has one type, int.
    fn program() -> (Program, u32) {
        let p = Program::new();
        let id = p.types.reserve();
        let layout = leak_layout(8, &[]);
        let mut int = RType::new(id, RKind::Int, &Form::scalar(PartKind::W64), layout, layout);
        int.named = true;
        int.string = "int".into();
        p.types.fill(id, int);
        (p, id)
    }

    fn field(name: &str, ty: u32) -> FieldOf {
        FieldOf {
            name: name.into(),
            pkg: "".into(),
            ty,
            embedded: false,
            tag: "".into(),
        }
    }

    #[test]
    fn a_structure_has_one_type() {
        let (p, int) = program();
        let slice = p.derive(Structure::Slice(int));
        assert_eq!(slice, p.derive(Structure::Slice(int)));
        assert_ne!(slice, p.derive(Structure::Pointer(int)));
        assert_eq!(p.types[int].pointer(), p.derive(Structure::Pointer(int)));
    }

    #[test]
    fn types_made_elsewhere_are_found() {
        let (p, int) = program();
        p.derive(Structure::Slice(int));
        // As the compiler does it: the number first, the descriptor later.
        let id = p.types.reserve();
        p.derive(Structure::Chan(3, int));
        let layout = leak_layout(8, &[0]);
        let mut map = RType::new(id, RKind::Map, &Form::scalar(PartKind::Ptr), layout, layout);
        (map.key, map.elem) = (int, int);
        p.types.fill(id, map);
        assert_eq!(p.derive(Structure::Map(int, int)), Some(id));
    }

    #[test]
    fn forms_and_names_follow_from_the_parts() {
        let (p, int) = program();
        let slice = p.derive(Structure::Slice(int)).expect("small");
        let fields = Structure::Struct(Box::from([field("A", int), field("B", slice)]));
        let s = &p.types[p.derive(fields).expect("small")];
        assert_eq!(&*s.string, "struct { A int; B []int }");
        assert_eq!((s.size, s.align, s.slots, s.comparable), (32, 16, 3, false));
        assert_eq!((s.fields[1].offset, s.fields[1].slot), (16, 1));
        let array = &p.types[p.derive(Structure::Array(s.id, 20)).expect("small")];
        assert_eq!((array.size, array.large, array.units), (640, true, 20));
        assert_eq!(p.derive(Structure::Array(int, 1 << 40)), None);
        let f = Structure::Func(Box::from([int, slice]), Box::from([int]), true);
        assert_eq!(
            &*p.types[p.derive(f).expect("small")].string,
            "func(int, ...int) int"
        );
    }
}
