//! Method sets and method tables.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mgo_lang::types::store::{ObjId, Store};
use rustc_hash::FxHashMap;

use crate::bytecode::program::{FuncEntry, RMethod};
use crate::compile::layout::{Shape, Ty, pkg_of};
use crate::compile::wrapper::{Receive, Wrapper};
use crate::compile::{Compiler, FuncKey, Reflects};

/// What a method selector finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Target {
    /// A declared method.
    Concrete {
        /// The method.
        obj: ObjId,
        /// Whether it has a pointer receiver.
        ptr_recv: bool,
    },
    /// A method of an interface type.
    Iface,
}

/// A method of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Found {
    pub name: Arc<str>,
    pub pkg: Arc<str>,
    /// Embedded fields on the way to it.
    pub path: Vec<u32>,
    pub target: Target,
    /// Its signature.
    pub sig: Ty,
}

impl Compiler {
    /// The method set of `t`, sorted by name, then package.
    pub(crate) fn method_set(&mut self, st: &Store, t: Ty) -> Rc<[Found]> {
        if let Some(s) = self.method_sets.get(&t) {
            return s.clone();
        }
        let mut set = self.collect_methods(st, t);
        set.sort_by(|a, b| (&a.name, &a.pkg).cmp(&(&b.name, &b.pkg)));
        let set: Rc<[Found]> = set.into();
        self.method_sets.insert(t, set.clone());
        set
    }

    /// The method `name` of `t`.
    pub(crate) fn find_method(&mut self, st: &Store, t: Ty, name: &str, pkg: &str) -> Option<Found> {
        self.method_set(st, t)
            .iter()
            .find(|f| *f.name == *name && *f.pkg == *pkg)
            .cloned()
    }

    /// Goes through the embedded fields level by level: a name at one depth hides it at greater ones, and
    /// twice at one depth it is nobody's.
    fn collect_methods(&mut self, st: &Store, t: Ty) -> Vec<Found> {
        let (start, is_ptr) = match self.types.shape(t).clone() {
            Shape::Pointer(e) => (e, true),
            _ => (t, false),
        };
        if is_ptr && matches!(self.under(st, start), Shape::Pointer(_) | Shape::Interface(_)) {
            return Vec::new();
        }
        let mut out = Vec::new();
        let mut seen: FxHashMap<(Arc<str>, Arc<str>), ()> = FxHashMap::default();
        let mut visited: Vec<Ty> = Vec::new();
        // (type, path, whether its value can be addressed)
        let mut level: Vec<(Ty, Vec<u32>, bool)> = vec![(start, Vec::new(), is_ptr)];
        while !level.is_empty() {
            let mut names: FxHashMap<(Arc<str>, Arc<str>), Option<Found>> = FxHashMap::default();
            let mut next = Vec::new();
            let fresh: Vec<Ty> = level.iter().map(|l| l.0).collect();
            for (t, path, addressable) in std::mem::take(&mut level) {
                if visited.contains(&t) {
                    continue;
                }
                self.level_methods(st, t, &path, addressable, &mut names);
                let Shape::Struct(fields) = self.under(st, t) else {
                    continue;
                };
                for (i, f) in fields.iter().enumerate() {
                    let mut path = path.clone();
                    path.push(i as u32);
                    let key = (f.name.clone(), f.pkg.clone());
                    // A field hides methods like a method would.
                    names.entry(key).and_modify(|e| *e = None).or_insert(None);
                    if f.embedded {
                        match self.types.shape(f.ty).clone() {
                            Shape::Pointer(e) => next.push((e, path, true)),
                            _ => next.push((f.ty, path, addressable)),
                        }
                    }
                }
            }
            visited.extend(fresh);
            for (key, found) in names {
                if seen.insert(key, ()).is_none() {
                    out.extend(found);
                }
            }
            level = next;
        }
        // A pointer receiver needs an address: kept with a mark until here.
        out.retain(|f| f.sig != Ty(0));
        out
    }

    fn level_methods(
        &mut self,
        st: &Store,
        t: Ty,
        path: &[u32],
        addressable: bool,
        names: &mut FxHashMap<(Arc<str>, Arc<str>), Option<Found>>,
    ) {
        let mut add = |name: Arc<str>, pkg: Arc<str>, target: Target, sig: Ty| {
            let found = Found {
                name: name.clone(),
                pkg: pkg.clone(),
                path: path.to_vec(),
                target,
                sig,
            };
            names
                .entry((name, pkg))
                .and_modify(|e| *e = None)
                .or_insert(Some(found));
        };
        if let Some(id) = self.types.named(t) {
            for i in 0..st.declared_methods(id).len() as u32 {
                if let Some(obj) = st.declared_method(id, i) {
                    let ptr_recv = st[obj].as_func().is_some_and(|f| f.ptr_recv);
                    let sig = st.method_type(obj);
                    // No interface has generic methods.
                    let sig = if ptr_recv && !addressable || !st.sig_params(sig).is_empty() {
                        Ty(0)
                    } else {
                        self.types.of(&self.program, st, sig)
                    };
                    add(
                        st[obj].name.clone(),
                        pkg_of(st, obj),
                        Target::Concrete { obj, ptr_recv },
                        sig,
                    );
                }
            }
        }
        if let Shape::Interface(methods) = self.under(st, t) {
            for m in methods.iter() {
                add(m.name.clone(), m.pkg.clone(), Target::Iface, m.ty);
            }
        }
    }

    /// Notes that values of `t` get into interfaces: its methods become callable, and those of all it is
    /// made of, since a value's parts can be taken out as interfaces.
    pub(crate) fn convert_type(&mut self, t: Ty) {
        if self.converted.insert(t) {
            self.fresh_converted.push(t);
        }
    }

    /// Gives the descriptor of `t` its methods, once it is filled.
    pub(super) fn add_methods(&mut self, st: &Store, t: Ty) {
        self.reach(st, t);
        if matches!(self.under(st, t), Shape::Interface(_)) {
            return;
        }
        let set = self.method_set(st, t);
        let mut methods: Vec<RMethod> = Vec::with_capacity(set.len());
        for f in set.iter() {
            let sel = self.selector(&f.name, &f.pkg);
            let entry = self.table_method(st, t, f, sel);
            methods.push(RMethod {
                sel,
                name: f.name.clone(),
                pkg: f.pkg.clone(),
                ty: f.sig.0,
                entry: Some(entry),
            });
        }
        self.pending_methods.push((t, methods));
    }

    /// Notes that values of the parts of `t` can be taken out of an interface that holds one of `t`.
    pub(super) fn reach(&mut self, st: &Store, t: Ty) {
        let reflects = self.reflects != Reflects::No;
        match self.under(st, t) {
            Shape::Pointer(e) | Shape::Slice(e) | Shape::Array(e, _) => self.convert_type(e),
            Shape::Map(k, v) => {
                self.convert_type(k);
                self.convert_type(v);
            }
            Shape::Struct(fields) => fields.iter().for_each(|f| self.convert_type(f.ty)),
            Shape::Chan(_, e) if reflects => self.convert_type(e),
            Shape::Func(f) if reflects => f
                .params
                .iter()
                .chain(&f.results)
                .for_each(|&t| self.convert_type(t)),
            Shape::Interface(methods) if reflects => methods.iter().for_each(|m| self.convert_type(m.ty)),
            _ => {}
        }
        if !reflects {
            return;
        }
        if self.types.named(t).is_some() || matches!(self.types.shape(t), Shape::Struct(_)) {
            let p = self.pointer_to(t);
            self.convert_type(p);
        }
        if self.reflects == Reflects::Methods {
            for m in self.method_set(st, t).iter().filter(|m| m.pkg.is_empty()) {
                self.convert_type(m.sig);
            }
        }
    }

    /// The function that an interface's table holds for method `f` of `t`: it takes the data word.
    fn table_method(&mut self, st: &Store, t: Ty, f: &Found, sel: u32) -> &'static FuncEntry {
        let pointee = match self.types.shape(t) {
            Shape::Pointer(elem) => Some(*elem),
            _ => None,
        };
        let is_ptr = pointee.is_some();
        // By its address an empty value cannot be told from nil: the wrapper looks.
        let may_be_nil = pointee.is_some_and(|elem| self.form(st, elem).slots == 0)
            && matches!(f.target, Target::Concrete { ptr_recv: false, .. });
        if let (true, Target::Concrete { obj, ptr_recv }) = (f.path.is_empty() && !may_be_nil, &f.target) {
            let direct = !is_ptr && self.form(st, t).slots == 1;
            let key = self.decl_key(st, *obj, &[], !(*ptr_recv || direct));
            return self.method_func(key, sel);
        }
        let w = Wrapper {
            recv: t,
            receive: Receive::Word,
            name: f.name.clone(),
            pkg: f.pkg.clone(),
            generic: None,
        };
        self.method_func(FuncKey::Wrapper(Rc::new(w)), sel)
    }

    /// Puts the methods found into the descriptors.
    pub(super) fn publish_methods(&mut self) {
        for (t, methods) in std::mem::take(&mut self.pending_methods) {
            let r = &self.program.types[t.0];
            let old = r.methods();
            let same = |(a, b): (&RMethod, &RMethod)| {
                let at = |m: &RMethod| m.entry.map(|e| e.address());
                a.sel == b.sel && a.ty == b.ty && at(a) == at(b)
            };
            if r.methods.get().is_some() && old.len() == methods.len() && old.iter().zip(&methods).all(same) {
                continue;
            }
            self.forward_replaced(old, &methods);
            r.set_methods(methods);
        }
    }

    /// Calls remember the entry they found for a type: those of replaced methods lead to the new ones.
    fn forward_replaced(&self, old: &[RMethod], new: &[RMethod]) {
        for o in old {
            let Some(n) = new.iter().find(|n| n.sel == o.sel && n.ty == o.ty) else {
                continue;
            };
            if let (Some(from), Some(to)) = (o.entry, n.entry)
                && from.address() != to.address()
            {
                let code = to.code.load(Ordering::Acquire);
                if code != 0 {
                    from.frame
                        .fetch_max(to.frame.load(Ordering::Relaxed), Ordering::SeqCst);
                    from.code.store(code, Ordering::SeqCst);
                }
            }
        }
    }

    /// Types have got other methods than they had: their method sets, and those of what they are embedded in,
    /// are found out anew.
    pub fn methods_changed(&mut self) {
        self.method_sets.clear();
        self.funcs.retain(|k, _| !matches!(k, FuncKey::Wrapper(_)));
        self.fresh_converted = self.converted.iter().copied().collect();
    }
}
