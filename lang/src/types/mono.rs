//! Instantiation cycles: generic declarations that would need instances without end.
//!
//! A graph over type parameters: an edge from what occurs in a type argument to the type parameter it is
//! given for, of weight 0 if it is the whole argument, 1 if the argument is built from it. A cycle of
//! positive weight is an instance that needs a larger one of itself. Types declared in generic functions
//! depend on these functions' type parameters. After `mono.go` of types2.

use rustc_hash::FxHashMap;

use crate::diag::{Code, Diagnostic};
use crate::source::Span;
use crate::types::checker::Checker;
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::Type;

/// The graph.
#[derive(Debug, Default)]
pub struct Mono {
    vertices: Vec<Vertex>,
    edges: Vec<Edge>,
    /// The type parameters of a method's receiver, with those of the receiver's type.
    pub canon: FxHashMap<TypeId, TypeId>,
    /// The vertex of a type parameter or local type, by its type name.
    index: FxHashMap<ObjId, usize>,
}

#[derive(Debug)]
struct Vertex {
    /// The weight of the heaviest path found that ends here, its last edge, and its length.
    weight: u32,
    pre: usize,
    len: usize,
    obj: ObjId,
}

#[derive(Debug)]
struct Edge {
    dst: usize,
    src: usize,
    weight: u32,
    at: Span,
    ty: TypeId,
}

impl Mono {
    fn vertex(&mut self, obj: ObjId) -> usize {
        *self.index.entry(obj).or_insert_with(|| {
            self.vertices.push(Vertex {
                weight: 0,
                pre: 0,
                len: 0,
                obj,
            });
            self.vertices.len() - 1
        })
    }

    /// A vertex that is on or behind a cycle of positive weight.
    fn find(&mut self) -> Option<usize> {
        loop {
            let mut again = false;
            for (i, e) in self.edges.iter().enumerate() {
                let (weight, len) = (
                    self.vertices[e.src].weight + e.weight,
                    self.vertices[e.src].len + 1,
                );
                let dst = &mut self.vertices[e.dst];
                if weight <= dst.weight {
                    continue;
                }
                (dst.pre, dst.len) = (i, len);
                if len == self.vertices.len() {
                    return Some(e.dst);
                }
                self.vertices[e.dst].weight = weight;
                again = true;
            }
            if !again {
                return None;
            }
        }
    }
}

impl<'a> Checker<'a> {
    fn param_vertex(&mut self, p: TypeId) -> Option<usize> {
        let p = self.mono.canon.get(&p).copied().unwrap_or(p);
        match &self.store[p] {
            Type::TypeParam(tp) => Some(self.mono.vertex(tp.obj)),
            _ => None,
        }
    }

    /// Notes that type parameter `param` is instantiated with `arg`.
    pub(super) fn mono_assign(&mut self, at: Span, param: TypeId, arg: TypeId) {
        let Type::TypeParam(tp) = &self.store[param] else {
            return;
        };
        if self.store[tp.obj].pkg != Some(self.pkg) {
            return;
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let mut todo = vec![arg];
        while let Some(t) = todo.pop() {
            let t = self.store.unalias(t);
            if !seen.insert(t) {
                continue;
            }
            match &self.store[t] {
                Type::TypeParam(_) => {
                    let src = self.param_vertex(t);
                    self.mono_flow(src, t, at, param, arg);
                }
                Type::Named(n) => {
                    let obj = n.obj;
                    todo.extend_from_slice(self.store.type_args(t));
                    let src = self.local_vertex(t, obj);
                    self.mono_flow(src, t, at, param, arg);
                }
                Type::Pointer(e) | Type::Slice(e) | Type::Array(e, _) | Type::Chan(_, e) => todo.push(*e),
                Type::Map(k, v) => todo.extend([*k, *v]),
                Type::Struct(s) => todo.extend(s.fields.iter().map(|&f| self.store[f].ty)),
                Type::Tuple(vars) => todo.extend(vars.iter().map(|&v| self.store[v].ty)),
                Type::Signature(s) => {
                    todo.extend(s.params.iter().chain(&s.results).map(|&v| self.store[v].ty));
                }
                Type::Interface(i) => todo.extend(i.methods.iter().map(|&m| self.store[m].ty)),
                Type::Basic(_) | Type::Union(_) => {}
            }
        }
    }

    fn mono_flow(&mut self, src: Option<usize>, t: TypeId, at: Span, param: TypeId, arg: TypeId) {
        let (Some(src), Some(dst)) = (src, self.param_vertex(param)) else {
            return;
        };
        let weight = u32::from(t != arg);
        self.mono.edges.push(Edge {
            dst,
            src,
            weight,
            at,
            ty: arg,
        });
    }

    /// The vertex of a type declared in a generic function.
    fn local_vertex(&mut self, t: TypeId, obj: ObjId) -> Option<usize> {
        let g = self.store.generic(t).filter(|g| g.n_ambient > 0)?;
        let ambient = g.tparams[..g.n_ambient as usize].to_vec();
        if let Some(&v) = self.mono.index.get(&obj) {
            return Some(v);
        }
        let dst = self.mono.vertex(obj);
        let at = self.store[obj].span;
        for p in ambient {
            if let Some(src) = self.param_vertex(p) {
                self.mono.edges.push(Edge {
                    dst,
                    src,
                    weight: 1,
                    at,
                    ty: p,
                });
            }
        }
        Some(dst)
    }

    /// Reports an instantiation cycle, if there is one.
    pub(super) fn monomorph(&mut self) {
        if self.diags.has_errors() {
            return;
        }
        let Some(mut v) = self.mono.find() else { return };
        // The cycle is somewhere on the path that leads to v.
        let mut stack = Vec::new();
        while !stack.contains(&v) {
            stack.push(v);
            v = self.mono.edges[self.mono.vertices[v].pre].src;
        }
        let start = stack.iter().position(|&s| s == v).unwrap_or(0);
        let obj = self.mono.vertices[v].obj;
        let mut d = Diagnostic::error(
            Code::InvalidInstanceCycle,
            self.store[obj].span,
            "instantiation cycle",
        );
        for &s in &stack[start..] {
            let e = &self.mono.edges[self.mono.vertices[s].pre];
            let o = &self.store[self.mono.vertices[e.dst].obj];
            let how = match &self.store[o.ty] {
                Type::TypeParam(_) => "instantiated as",
                _ => "implicitly parameterized by",
            };
            d = d.label(e.at, format!("{} {how} {}", o.name, self.type_text(e.ty)));
        }
        self.report(d);
    }
}
