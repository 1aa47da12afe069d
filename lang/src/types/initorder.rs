//! The order in which package-level variables are initialised.
//!
//! Functions are taken out of the graph of dependencies: what a function refers to counts as referred
//! to by all that refer to the function. Then the object with the fewest open dependencies, of several
//! the first in the source, comes next. After `initorder.go` of types2.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::ExprId;
use crate::types::info::Initializer;
use crate::types::object::ObjKind;
use crate::types::store::{ObjId, Store};

/// What refers to what among the constants, variables and functions of a package.
#[derive(Debug, Default)]
pub(super) struct DepGraph {
    /// All of them, in source order.
    pub objs: Vec<ObjId>,
    /// What each refers to.
    pub deps: FxHashMap<ObjId, Vec<ObjId>>,
    /// The initialiser of a variable, shared by those of one declaration.
    pub init: FxHashMap<ObjId, (Vec<ObjId>, ExprId)>,
}

/// A constant or variable still to be ordered.
#[derive(Default)]
struct Node {
    n_deps: u32,
    dependents: Vec<u32>,
}

fn is_func(store: &Store, obj: ObjId) -> bool {
    matches!(store[obj].kind, ObjKind::Func(_))
}

impl DepGraph {
    fn deps_of(&self, obj: ObjId) -> &[ObjId] {
        self.deps.get(&obj).map_or(&[], Vec::as_slice)
    }

    /// The constants and variables that `obj` refers to, perhaps through functions.
    fn values_reached(&self, store: &Store, obj: ObjId, order: &FxHashMap<ObjId, u32>) -> Vec<u32> {
        let mut seen = FxHashSet::default();
        let mut values = Vec::new();
        let mut todo: Vec<ObjId> = self.deps_of(obj).to_vec();
        while let Some(d) = todo.pop() {
            if !seen.insert(d) {
                continue;
            }
            if is_func(store, d) {
                todo.extend_from_slice(self.deps_of(d));
            } else if let Some(&i) = order.get(&d) {
                values.push(i);
            }
        }
        values
    }

    /// The initialisers in the order to be run; cycles are reported.
    pub fn order(&self, store: &Store, diags: &mut Diagnostics) -> Vec<Initializer> {
        let values: Vec<ObjId> = self
            .objs
            .iter()
            .copied()
            .filter(|&o| !is_func(store, o))
            .collect();
        let index: FxHashMap<ObjId, u32> = values.iter().enumerate().map(|(i, &o)| (o, i as u32)).collect();
        let mut nodes: Vec<Node> = Vec::new();
        nodes.resize_with(values.len(), Node::default);
        for (i, &obj) in values.iter().enumerate() {
            let reached = self.values_reached(store, obj, &index);
            nodes[i].n_deps = reached.len() as u32;
            for d in reached {
                nodes[d as usize].dependents.push(i as u32);
            }
        }
        // Constants come first, then by open dependencies, then by place in the source.
        let is_var = |i: u32| !matches!(store[values[i as usize]].kind, ObjKind::Const(_));
        let mut queue: BTreeSet<(bool, u32, u32)> = (0..values.len() as u32)
            .map(|i| (is_var(i), nodes[i as usize].n_deps, i))
            .collect();
        let mut emitted = FxHashSet::default();
        let mut out = Vec::new();
        while let Some((_, open, i)) = queue.pop_first() {
            let obj = values[i as usize];
            if open > 0 {
                self.report_cycle(store, obj, diags);
            }
            for d in std::mem::take(&mut nodes[i as usize].dependents) {
                let n = nodes[d as usize].n_deps;
                nodes[d as usize].n_deps = n.saturating_sub(1);
                if queue.remove(&(is_var(d), n, d)) {
                    queue.insert((is_var(d), n - 1, d));
                }
            }
            if let Some((lhs, rhs)) = self.init.get(&obj)
                && emitted.insert(*rhs)
            {
                out.push(Initializer {
                    lhs: lhs.clone(),
                    rhs: *rhs,
                });
            }
        }
        out
    }

    /// A way from `obj` back to itself: what it refers to, what that refers to …, `obj`.
    fn find_cycle(&self, obj: ObjId) -> Option<Vec<ObjId>> {
        let place: FxHashMap<ObjId, usize> = self.objs.iter().enumerate().map(|(i, &o)| (o, i)).collect();
        let sorted = |o: ObjId| {
            let mut deps = self.deps_of(o).to_vec();
            deps.sort_by_key(|d| place.get(d).copied());
            deps.dedup();
            deps.reverse();
            deps
        };
        let mut seen = FxHashSet::default();
        seen.insert(obj);
        let mut path = Vec::new();
        let mut stack = vec![sorted(obj)];
        while let Some(top) = stack.last_mut() {
            let Some(next) = top.pop() else {
                stack.pop();
                path.pop();
                continue;
            };
            if next == obj {
                path.push(obj);
                return Some(path);
            }
            if seen.insert(next) {
                path.push(next);
                stack.push(sorted(next));
            }
        }
        None
    }

    fn report_cycle(&self, store: &Store, obj: ObjId, diags: &mut Diagnostics) {
        // Not on the cycle itself: it is reported with an object that is.
        let Some(cycle) = self.find_cycle(obj) else { return };
        let o = &store[obj];
        if cycle.len() == 1 {
            let text = format!("initialization cycle: {} refers to itself", o.name);
            return diags.push(Diagnostic::error(Code::InvalidInitCycle, o.span, text));
        }
        let text = format!("initialization cycle for {}", o.name);
        let mut d = Diagnostic::error(Code::InvalidInitCycle, o.span, text);
        let mut from = obj;
        for next in cycle {
            let text = format!("{} refers to {}", store[from].name, store[next].name);
            d = d.label(store[from].span, text);
            from = next;
        }
        diags.push(d);
    }
}
