//! Types that contain themselves, and types needed before they are complete.
//!
//! After `validtype.go` and `cycles.go` of types2.

use rustc_hash::FxHashMap;

use crate::diag::Code;
use crate::source::Span;
use crate::types::checker::Checker;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

impl<'a> Checker<'a> {
    /// Reports that defined type `t` contains itself.
    pub(super) fn valid_type(&mut self, t: TypeId) {
        self.valid_type_in(t, &mut Vec::new(), &mut Vec::new());
    }

    /// Whether `t` contains no type of `nest`, the types around it, and not itself; `path` is how one came
    /// here. Of instances the declaration is looked into, with type parameters standing for the arguments
    /// of the innermost type around, so nothing is expanded.
    fn valid_type_in(&mut self, t: TypeId, nest: &mut Vec<TypeId>, path: &mut Vec<TypeId>) -> bool {
        let t = self.store.unalias(t);
        match &self.store[t] {
            Type::Array(elem, _) => {
                let elem = *elem;
                self.valid_type_in(elem, nest, path)
            }
            Type::Struct(s) => {
                let n = s.fields.len();
                (0..n).all(|i| {
                    let Type::Struct(s) = &self.store[t] else {
                        return true;
                    };
                    let ty = self.store[s.fields[i]].ty;
                    self.valid_type_in(ty, nest, path)
                })
            }
            Type::Interface(i) => {
                let embeds = i.embeds.clone();
                embeds.into_iter().all(|(e, _)| self.valid_type_in(e, nest, path))
            }
            Type::Union(terms) => {
                let terms = terms.clone();
                terms.into_iter().all(|x| self.valid_type_in(x.ty, nest, path))
            }
            Type::Named(n) => {
                let plain = n.generic.is_none();
                let (obj, origin) = (n.obj, self.store.origin(t));
                if plain && (self.store[obj].pkg != Some(self.pkg) || self.valid_types.contains(&t)) {
                    return true;
                }
                if nest.contains(&t) {
                    let start = path.iter().position(|&p| p == t).unwrap_or(0);
                    let cycle = path[start..]
                        .iter()
                        .filter_map(|&p| self.named_link(p))
                        .collect::<Vec<_>>();
                    if let Type::Named(n) = &mut self.store[origin] {
                        n.underlying = Basic::Invalid.id();
                    }
                    self.report_cycle(true, &cycle);
                    return false;
                }
                if self.stack_is_low() {
                    return true;
                }
                let Type::Named(n) = &self.store[origin] else {
                    return true;
                };
                let under = n.underlying;
                nest.push(t);
                path.push(t);
                let ok = self.valid_type_in(under, nest, path);
                path.pop();
                nest.pop();
                if ok && plain {
                    self.valid_types.insert(t);
                }
                ok
            }
            Type::TypeParam(_) => {
                let Some(&inst) = nest.last() else { return true };
                let Some(g) = self.store.generic(inst) else {
                    return true;
                };
                let index = g.tparams.iter().position(|&p| p == t);
                let Some(&arg) = index.and_then(|i| g.args.get(i)) else {
                    return true;
                };
                // An argument must be valid around the instance.
                nest.pop();
                let ok = self.valid_type_in(arg, nest, path);
                nest.push(inst);
                ok
            }
            _ => true,
        }
    }

    /// Reports interface types without a name that refer to themselves through their methods: the Go
    /// compiler cannot write them down.
    pub(super) fn interface_cycles(&mut self) {
        let mut interfaces = std::mem::take(&mut self.interfaces);
        interfaces.sort_by_key(|(_, at)| at.lo);
        let mut reported = Span::NOWHERE;
        let broken = self.diags.has_errors();
        // Whether an interface is still being looked into.
        let mut open = FxHashMap::default();
        for (t, at) in interfaces {
            // Those inside of one that is reported go without saying.
            if broken || at.lo < reported.hi || !self.reaches_itself(t, &mut open) {
                continue;
            }
            let text = "invalid recursive type: anonymous interface refers to itself \
                        (see https://go.dev/issue/56103)";
            self.error(at, Code::InvalidTypeCycle, text);
            reported = at;
            open.values_mut().for_each(|o| *o = false);
        }
    }

    /// Whether a method of interface `t` leads to an interface that is open, without a name on the way.
    fn reaches_itself(&self, t: TypeId, open: &mut FxHashMap<TypeId, bool>) -> bool {
        let methods = self.store.all_methods(t);
        methods.iter().any(|&m| self.visit_parts(self.store[m].ty, open))
    }

    fn visit_parts(&self, t: TypeId, open: &mut FxHashMap<TypeId, bool>) -> bool {
        let t = self.store.unalias(t);
        match &self.store[t] {
            Type::Basic(_) | Type::Named(_) | Type::TypeParam(_) | Type::Union(_) => false,
            Type::Pointer(e) | Type::Array(e, _) | Type::Slice(e) | Type::Chan(_, e) => {
                self.visit_parts(*e, open)
            }
            Type::Map(k, v) => self.visit_parts(*k, open) || self.visit_parts(*v, open),
            Type::Struct(s) => s.fields.iter().any(|&f| self.visit_parts(self.store[f].ty, open)),
            Type::Tuple(vars) => vars.iter().any(|&v| self.visit_parts(self.store[v].ty, open)),
            Type::Signature(s) => s
                .params
                .iter()
                .chain(&s.results)
                .any(|&p| self.visit_parts(self.store[p].ty, open)),
            Type::Interface(i) => {
                if i.methods.is_empty() && i.embeds.is_empty() {
                    return false;
                }
                if let Some(&is_open) = open.get(&t) {
                    return is_open;
                }
                open.insert(t, true);
                if self.reaches_itself(t, open) {
                    return true;
                }
                open.insert(t, false);
                false
            }
        }
    }

    /// How defined type `t` is shown in a cycle: an instance where it is written first.
    fn named_link(&self, t: TypeId) -> Option<(Span, String)> {
        let Type::Named(n) = &self.store[t] else {
            return None;
        };
        let declared = self.store[n.obj].span;
        let name = if self.store.type_args(t).is_empty() {
            self.store.qualified_name(n.obj, self.pkg)
        } else {
            self.type_text(t)
        };
        Some((self.instance_at.get(&t).copied().unwrap_or(declared), name))
    }
}
