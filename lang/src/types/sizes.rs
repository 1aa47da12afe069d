//! Sizes, alignments and offsets as Go's compiler lays types out on amd64.
//!
//! These are what `unsafe.Sizeof` and its like yield; mgo's own layout differs. After `gcsizes.go` of
//! types2. Declared types are computed once per question, so nesting costs no exponential time.

use rustc_hash::FxHashMap;

use crate::types::store::{ObjId, Store, TypeId};
use crate::types::ty::{Basic, Type};

const WORD: i64 = 8;

/// Types nested deeper than this count as too large.
const MAX_DEPTH: u32 = 2_000;

/// Computes sizes; negative ones are more than 2^63 - 1.
pub struct Sizes<'s> {
    store: &'s Store,
    sizes: FxHashMap<TypeId, i64>,
    aligns: FxHashMap<TypeId, i64>,
    depth: u32,
}

impl<'s> Sizes<'s> {
    /// Sizes of the types of `store`.
    pub fn new(store: &'s Store) -> Sizes<'s> {
        Sizes {
            store,
            sizes: FxHashMap::default(),
            aligns: FxHashMap::default(),
            depth: 0,
        }
    }

    /// The alignment of `t`, at least 1.
    pub fn alignof(&mut self, t: TypeId) -> i64 {
        let u = self.store.under(t);
        if let Some(&a) = self.aligns.get(&u) {
            return a;
        }
        if self.depth >= MAX_DEPTH {
            return WORD;
        }
        self.depth += 1;
        let a = match &self.store[u] {
            Type::Array(elem, _) => self.alignof(*elem),
            Type::Struct(s) => s
                .fields
                .iter()
                .map(|&f| self.store[f].ty)
                .map(|t| self.alignof(t))
                .max()
                .unwrap_or(1)
                .max(1),
            Type::Basic(b) if b.is_complex() => self.sizeof(u) / 2,
            Type::Basic(b) if b.is_string() => WORD,
            _ => self.sizeof(u).clamp(1, WORD),
        };
        self.depth -= 1;
        self.aligns.insert(u, a);
        a
    }

    /// The size of `t`.
    pub fn sizeof(&mut self, t: TypeId) -> i64 {
        let u = self.store.under(t);
        if let Some(&n) = self.sizes.get(&u) {
            return n;
        }
        if self.depth >= MAX_DEPTH {
            return -1;
        }
        self.depth += 1;
        let n = match &self.store[u] {
            Type::Basic(b) => basic_size(*b),
            Type::Array(_, n) if *n <= 0 => 0,
            Type::Array(elem, n) => match self.sizeof(*elem) {
                e if e < 0 => -1,
                e => e.checked_mul(*n).unwrap_or(-1),
            },
            Type::Slice(_) => 3 * WORD,
            Type::Interface(_) => 2 * WORD,
            Type::Struct(s) => self.struct_size(&s.fields, u),
            _ => WORD,
        };
        self.depth -= 1;
        self.sizes.insert(u, n);
        n
    }

    fn struct_size(&mut self, fields: &[ObjId], t: TypeId) -> i64 {
        let Some(&last) = fields.last() else { return 0 };
        let offset = self.offsets(fields).last().copied().unwrap_or(0);
        let mut size = self.sizeof(self.store[last].ty);
        if offset < 0 || size < 0 {
            return -1;
        }
        // A pointer to a last field without size must not point past the struct.
        if offset > 0 && size == 0 {
            size = 1;
        }
        let a = self.alignof(t);
        offset.checked_add(size).map_or(-1, |n| align(n, a))
    }

    /// The offsets of `fields` in their struct; negative from where they are too large.
    pub fn offsets(&mut self, fields: &[ObjId]) -> Vec<i64> {
        let mut at = 0i64;
        fields
            .iter()
            .map(|&f| {
                if at < 0 {
                    return -1;
                }
                let t = self.store[f].ty;
                let here = align(at, self.alignof(t));
                let size = self.sizeof(t);
                at = if here < 0 || size < 0 {
                    -1
                } else {
                    here.checked_add(size).unwrap_or(-1)
                };
                here
            })
            .collect()
    }

    /// The offset in struct type `t` of the field that `path` leads to; negative if too large.
    pub fn offsetof(&mut self, t: TypeId, path: &[u32]) -> i64 {
        let mut at = t;
        let mut offset = 0i64;
        for &i in path {
            let Type::Struct(s) = self.store.under_type(at) else {
                return -1;
            };
            let fields = &s.fields;
            let Some(&f) = fields.get(i as usize) else {
                return -1;
            };
            let here = self.offsets(fields)[i as usize];
            if here < 0 {
                return -1;
            }
            offset = match offset.checked_add(here) {
                Some(n) => n,
                None => return -1,
            };
            at = self.store[f].ty;
        }
        offset
    }
}

fn basic_size(b: Basic) -> i64 {
    match b.canonical() {
        Basic::Bool | Basic::Int8 | Basic::Uint8 => 1,
        Basic::Int16 | Basic::Uint16 => 2,
        Basic::Int32 | Basic::Uint32 | Basic::Float32 => 4,
        Basic::Complex128 | Basic::String => 16,
        _ => WORD,
    }
}

/// `n` rounded up to a multiple of `a`; negative if that is too large.
fn align(n: i64, a: i64) -> i64 {
    if n < 0 {
        return -1;
    }
    n.checked_add(a - 1).map_or(-1, |m| m - m % a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Pos, Span};
    use crate::types::object::{ObjKind, Object, Var};
    use crate::types::ty::Struct;

    fn structure(s: &mut Store, types: &[TypeId]) -> TypeId {
        let fields = types
            .iter()
            .map(|&ty| {
                s.new_object(Object {
                    name: "f".into(),
                    pkg: None,
                    ty,
                    span: Span::NOWHERE,
                    scope: None,
                    visible_from: Pos(0),
                    kind: ObjKind::Var(Var::default()),
                })
            })
            .collect();
        s.new_type(Type::Struct(Struct {
            fields,
            tags: Vec::new(),
        }))
    }

    #[test]
    fn sizes_are_those_of_amd64() {
        let mut s = Store::new();
        let (byte, int, string) = (Basic::Byte.id(), Basic::Int.id(), Basic::String.id());
        let empty = structure(&mut s, &[]);
        let padded = structure(&mut s, &[byte, int, byte]);
        let trailing = structure(&mut s, &[int, empty]);
        let huge = s.new_type(Type::Array(int, 1 << 60));
        let huge2 = s.new_type(Type::Array(huge, 1 << 10));
        let mut z = Sizes::new(&s);
        assert_eq!((z.sizeof(string), z.alignof(string)), (16, 8));
        assert_eq!((z.sizeof(padded), z.alignof(padded)), (24, 8));
        assert_eq!(z.sizeof(trailing), 16);
        assert_eq!((z.sizeof(empty), z.alignof(empty)), (0, 1));
        assert_eq!(z.offsetof(padded, &[2]), 16);
        assert_eq!(z.alignof(Basic::Complex128.id()), 8);
        assert!(z.sizeof(huge2) < 0);
    }
}
