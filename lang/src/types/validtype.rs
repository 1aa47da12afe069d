//! Types that contain themselves, and types needed before they are complete.
//!
//! After `validtype.go` and `cycles.go` of types2.

use crate::types::checker::Checker;
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::{Basic, Type};

impl<'a> Checker<'a> {
    /// Reports that defined type `t` contains itself.
    pub(super) fn valid_type(&mut self, t: TypeId) {
        let mut path = Vec::new();
        self.valid_type_in(t, &mut path);
    }

    /// Whether `t` contains no type of `path` and not itself.
    fn valid_type_in(&mut self, t: TypeId, path: &mut Vec<TypeId>) -> bool {
        match &self.store[t] {
            Type::Array(elem, _) => {
                let elem = *elem;
                self.valid_type_in(elem, path)
            }
            Type::Struct(s) => {
                let n = s.fields.len();
                (0..n).all(|i| {
                    let Type::Struct(s) = &self.store[t] else {
                        return true;
                    };
                    let ty = self.store[s.fields[i]].ty;
                    self.valid_type_in(ty, path)
                })
            }
            Type::Interface(i) => {
                let embeds = i.embeds.clone();
                embeds.into_iter().all(|(e, _)| self.valid_type_in(e, path))
            }
            Type::Named(n) => {
                let (obj, under) = (n.obj, n.underlying);
                if self.store[obj].pkg != Some(self.pkg) || self.valid_types.contains(&t) {
                    return true;
                }
                if let Some(start) = path.iter().position(|&p| p == t) {
                    let cycle: Vec<ObjId> = path[start..].iter().filter_map(|&p| self.named_obj(p)).collect();
                    if let Type::Named(n) = &mut self.store[t] {
                        n.underlying = Basic::Invalid.id();
                    }
                    self.cycle_error_from(&cycle, 0);
                    return false;
                }
                if self.stack_is_low() {
                    return true;
                }
                path.push(t);
                let ok = self.valid_type_in(under, path);
                path.pop();
                if ok {
                    self.valid_types.insert(t);
                }
                ok
            }
            _ => true,
        }
    }

    fn named_obj(&self, t: TypeId) -> Option<ObjId> {
        match &self.store[t] {
            Type::Named(n) => Some(n.obj),
            _ => None,
        }
    }
}
