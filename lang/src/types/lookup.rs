//! Finding fields and methods through embedding, and what a type lacks to implement an interface.
//!
//! The search goes level by level: at each depth all embedded types found one level up are looked
//! through; one match at the shallowest depth is the result, two are a conflict. A named type met at a
//! shallower depth hides its later occurrences.

use smallvec::SmallVec;

use crate::types::checker::Checker;
use crate::types::object::ObjKind;
use crate::types::store::{ObjId, PkgId, Store, TypeId};
use crate::types::ty::Type;
use crate::types::universe::COMPARABLE;

/// Field indexes from a type to a field or method.
pub type Path = SmallVec<[u32; 4]>;

/// What a search for a field or method found.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The field or method.
    Found {
        /// Which.
        obj: ObjId,
        /// The way to it, as [`crate::types::info::Selection::path`].
        path: Path,
        /// Whether a pointer was followed.
        indirect: bool,
    },
    /// Several at the same depth.
    Ambiguous,
    /// A method that needs a pointer, and there is none.
    NeedsPointer,
    /// Nothing.
    Missing,
}

impl Lookup {
    /// The field or method found.
    pub fn obj(&self) -> Option<ObjId> {
        match self {
            Lookup::Found { obj, .. } => Some(*obj),
            _ => None,
        }
    }
}

/// An embedded type at the current depth.
struct Embedded {
    ty: TypeId,
    path: Path,
    indirect: bool,
    /// The type occurs several times at this depth.
    multiples: bool,
}

impl Store {
    /// Finds the field or method that `name`, written in package `pkg`, selects on a value of type `t`;
    /// `addressable` if the value is a variable. With `fold`, case and visibility are ignored: for
    /// messages.
    pub fn lookup_field_or_method(
        &self,
        t: TypeId,
        addressable: bool,
        pkg: PkgId,
        name: &str,
        fold: bool,
    ) -> Lookup {
        // A named pointer type has no methods, but the fields of its base.
        if let Type::Named(_) = &self[t] {
            let u = self.under(t);
            if let Type::Pointer(_) = &self[u] {
                let found = self.lookup_impl(u, false, pkg, name, fold);
                return match found.obj() {
                    Some(o) if self[o].as_func().is_some() => Lookup::Missing,
                    _ => found,
                };
            }
        }
        self.lookup_impl(t, addressable, pkg, name, fold)
    }

    /// Like [`Store::lookup_field_or_method`], without the fields of named pointer types' bases.
    pub(crate) fn lookup_impl(
        &self,
        t: TypeId,
        addressable: bool,
        pkg: PkgId,
        name: &str,
        fold: bool,
    ) -> Lookup {
        if name == "_" {
            return Lookup::Missing;
        }
        let (ty, is_ptr) = self.deref(t);
        let ty = self.unalias(ty);
        if is_ptr && (self.is_interface(ty) || self.is_type_param(ty)) {
            return Lookup::Missing;
        }
        let mut seen: SmallVec<[TypeId; 8]> = SmallVec::new();
        let mut current: SmallVec<[Embedded; 4]> = SmallVec::new();
        current.push(Embedded {
            ty,
            path: Path::new(),
            indirect: is_ptr,
            multiples: false,
        });
        while !current.is_empty() {
            let mut next: SmallVec<[Embedded; 4]> = SmallVec::new();
            let mut found: Option<(ObjId, Path, bool)> = None;
            for e in &current {
                match self.look_at(e, &mut seen, &mut next, found.is_some(), (pkg, name, fold)) {
                    Some((obj, i)) => {
                        if found.is_some() || e.multiples {
                            return Lookup::Ambiguous;
                        }
                        let mut path = e.path.clone();
                        path.push(i);
                        found = Some((obj, path, e.indirect));
                    }
                    None => continue,
                }
            }
            if let Some((obj, path, indirect)) = found {
                let needs_pointer = self[obj].as_func().is_some_and(|f| f.ptr_recv);
                if needs_pointer && !indirect && !addressable {
                    return Lookup::NeedsPointer;
                }
                return Lookup::Found { obj, path, indirect };
            }
            current = consolidate(next);
        }
        Lookup::Missing
    }

    /// Looks for a name in one embedded type; collects what that embeds in turn. Two fields of one
    /// struct that match (an error reported elsewhere) count as one.
    fn look_at(
        &self,
        e: &Embedded,
        seen: &mut SmallVec<[TypeId; 8]>,
        next: &mut SmallVec<[Embedded; 4]>,
        have_match: bool,
        (pkg, name, fold): (PkgId, &str, bool),
    ) -> Option<(ObjId, u32)> {
        if let Type::Named(_) = &self[e.ty] {
            if seen.contains(&e.ty) {
                return None;
            }
            seen.push(e.ty);
            let m = self
                .declared_methods(e.ty)
                .iter()
                .position(|&m| self.same_id(&self[m], pkg, name, fold));
            if let Some(i) = m {
                return Some((self.declared_method(e.ty, i as u32)?, i as u32));
            }
        }
        let under = self.under(e.ty);
        match &self[under] {
            Type::Struct(s) => {
                let at = s
                    .fields
                    .iter()
                    .position(|&f| self.same_id(&self[f], pkg, name, fold));
                if let Some(i) = at {
                    return Some((s.fields[i], i as u32));
                }
                if have_match {
                    return None;
                }
                for (i, &f) in s.fields.iter().enumerate() {
                    let f = &self[f];
                    if !f.as_var().is_some_and(|v| v.embedded) {
                        continue;
                    }
                    let (ty, is_ptr) = self.deref(f.ty);
                    let ty = self.unalias(ty);
                    if !matches!(self[ty], Type::Named(_) | Type::Struct(_) | Type::Interface(_)) {
                        continue;
                    }
                    let mut path = e.path.clone();
                    path.push(i as u32);
                    let indirect = e.indirect || is_ptr;
                    next.push(Embedded {
                        ty,
                        path,
                        indirect,
                        multiples: e.multiples,
                    });
                }
                None
            }
            Type::Interface(_) | Type::TypeParam(_) => {
                let all = self.all_methods(under);
                let i = all
                    .iter()
                    .position(|&m| self.same_id(&self[m], pkg, name, fold))?;
                Some((all[i], i as u32))
            }
            _ => None,
        }
    }

    /// Whether `t` embeds, at any depth, a type that is wrong: then nothing is said about what it lacks.
    fn has_invalid_embedded(&self, t: TypeId, seen: &mut Vec<TypeId>) -> bool {
        let mut u = self.under(t);
        if let Type::Pointer(b) = &self[u] {
            u = self.under(*b);
        }
        let Type::Struct(s) = &self[u] else { return false };
        if seen.contains(&u) {
            return false;
        }
        seen.push(u);
        s.fields.iter().any(|&f| {
            let f = &self[f];
            f.as_var().is_some_and(|v| v.embedded)
                && (matches!(
                    self.under_type(f.ty),
                    Type::Basic(crate::types::ty::Basic::Invalid)
                ) || self.has_invalid_embedded(f.ty, seen))
        })
    }

    /// The first instance of a generic type or alias that the aliases `t` or `*t` is named by stand for.
    pub(crate) fn aliased_instance(&self, t: TypeId) -> Option<TypeId> {
        let pointee = |mut t: TypeId| {
            while let (None, &Type::Pointer(b)) = (self.alias(t), &self[t]) {
                t = b;
            }
            t
        };
        let mut at = pointee(t);
        while let Some(a) = self.alias(at) {
            at = pointee(a.target);
            let args = match self.alias(at) {
                Some(a) => &a.args,
                None => self.type_args(at),
            };
            if !args.is_empty() {
                return Some(at);
            }
        }
        None
    }

    /// The names of the fields on `path` from `t`, joined by dots.
    pub fn field_path(&self, t: TypeId, path: &[u32]) -> String {
        let mut names = Vec::new();
        let mut at = t;
        for &i in path {
            let mut u = self.under(at);
            if let Type::Pointer(b) = &self[u] {
                u = self.under(*b);
            }
            let Type::Struct(s) = &self[u] else { break };
            let f = &self[s.fields[i as usize]];
            names.push(&*f.name);
            at = f.ty;
        }
        names.join(".")
    }
}

/// Entries of the same type become one that is marked.
fn consolidate(list: SmallVec<[Embedded; 4]>) -> SmallVec<[Embedded; 4]> {
    if list.len() <= 1 {
        return list;
    }
    let mut unique: SmallVec<[Embedded; 4]> = SmallVec::new();
    let mut at = rustc_hash::FxHashMap::default();
    for e in list {
        match at.entry(e.ty) {
            std::collections::hash_map::Entry::Occupied(o) => {
                let i: usize = *o.get();
                unique[i].multiples = true;
            }
            std::collections::hash_map::Entry::Vacant(v) => {
                v.insert(unique.len());
                unique.push(e);
            }
        }
    }
    unique
}

/// Why a type lacks a method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Lack {
    NotFound,
    WrongName,
    Unexported,
    WrongSignature,
    Ambiguous,
    PtrRecv,
    Field,
}

/// A method that a type lacks.
#[derive(Clone, Copy, Debug)]
pub struct MissingMethod {
    /// The interface's method.
    pub method: ObjId,
    /// What is there instead.
    found: Option<ObjId>,
    lack: Lack,
}

impl MissingMethod {
    /// Whether the method is there but with another type or receiver.
    pub fn wrong_type(&self) -> bool {
        matches!(self.lack, Lack::WrongSignature | Lack::PtrRecv)
    }
}

impl<'a> Checker<'a> {
    /// The first method of interface `t` that `v` lacks. If `v` is an interface and not `is_static`, only
    /// methods present in both with different types count.
    pub fn missing_method(&mut self, v: TypeId, t: TypeId, is_static: bool) -> Option<MissingMethod> {
        self.missing_method_by(v, t, is_static, |c, x, y| c.store.identical(x, y))
    }

    /// [`Checker::missing_method`], with `same` to compare the types of methods.
    pub(super) fn missing_method_by(
        &mut self,
        v: TypeId,
        t: TypeId,
        is_static: bool,
        mut same: impl FnMut(&mut Checker<'a>, TypeId, TypeId) -> bool,
    ) -> Option<MissingMethod> {
        let n = self.store.all_methods(t).len();
        for i in 0..n {
            let m = *self.store.all_methods(t).get(i)?;
            let lacks = |found, lack| {
                Some(MissingMethod {
                    method: m,
                    found,
                    lack,
                })
            };
            if self.store.is_interface(v) || self.store.is_type_param(v) {
                let all = self.store.all_methods(v);
                let found = all.iter().copied().find(|&f| self.store.same_method_name(f, m));
                drop(all);
                match found {
                    None if !is_static => continue,
                    None => return lacks(None, Lack::NotFound),
                    Some(f) => {
                        let (have, want) = (self.store[f].ty, self.store[m].ty);
                        if !same(self, have, want) {
                            return lacks(Some(f), Lack::WrongSignature);
                        }
                        continue;
                    }
                }
            }
            let pkg = self.store[m].pkg.unwrap_or(self.pkg);
            let found = self.store.lookup_impl(v, false, pkg, &self.store[m].name, false);
            let f = match found {
                Lookup::Ambiguous => return lacks(None, Lack::Ambiguous),
                Lookup::NeedsPointer => return lacks(None, Lack::PtrRecv),
                Lookup::Missing => return Some(self.explain_missing(v, m, pkg)),
                Lookup::Found { obj, .. } => obj,
            };
            if !matches!(self.store[f].kind, ObjKind::Func(_)) {
                return lacks(Some(f), Lack::Field);
            }
            self.obj_decl(f);
            let (have, want) = (self.store[f].ty, self.store[m].ty);
            if !self.is_valid(have) {
                continue;
            }
            if !self.store.sig_params(have).is_empty() || !same(self, have, want) {
                return lacks(Some(f), Lack::WrongSignature);
            }
        }
        None
    }

    /// Looks for a method spelt otherwise.
    #[cold]
    fn explain_missing(&mut self, v: TypeId, m: ObjId, pkg: PkgId) -> MissingMethod {
        let folded = self.store.lookup_impl(v, false, pkg, &self.store[m].name, true);
        let lack = match folded.obj().filter(|&f| self.store[f].as_func().is_some()) {
            None => {
                return MissingMethod {
                    method: m,
                    found: None,
                    lack: Lack::NotFound,
                };
            }
            Some(f) if self.store[f].name == self.store[m].name => (f, Lack::Unexported),
            Some(f) => (f, Lack::WrongName),
        };
        self.obj_decl(lack.0);
        MissingMethod {
            method: m,
            found: Some(lack.0),
            lack: lack.1,
        }
    }

    /// Why `v` lacks a method of `t`, in parentheses.
    #[cold]
    pub fn missing_method_cause(&self, v: TypeId, t: TypeId, mm: &MissingMethod) -> String {
        let s = &*self.store;
        let name = &s[mm.method].name;
        let signatures = |full| {
            let f = mm
                .found
                .map(|f| s.func_string(f, self.pkg, full))
                .unwrap_or_default();
            (f, s.func_string(mm.method, self.pkg, full))
        };
        let have_want = |what: &str| {
            let (mut have, mut want) = signatures(false);
            if have == want {
                (have, want) = signatures(true);
            }
            if have == want {
                return format!("({what} {name})");
            }
            format!("({what} {name})\n\t\thave {have}\n\t\twant {want}")
        };
        match mm.lack {
            Lack::NotFound => {
                let ptr = [v, t].into_iter().find(|&t| s.is_interface_ptr(t));
                match ptr {
                    Some(t) => format!("({})", self.interface_ptr_error(t)),
                    None => format!("(missing method {name})"),
                }
            }
            Lack::WrongName => have_want("missing method"),
            Lack::Unexported => format!("(unexported method {name})"),
            Lack::WrongSignature => have_want("wrong type for method"),
            Lack::Ambiguous => format!("(ambiguous selector {}.{name})", self.type_text(v)),
            Lack::PtrRecv => format!("(method {name} has pointer receiver)"),
            Lack::Field => format!("({}.{name} is a field, not a method)", self.type_text(v)),
        }
    }

    /// That `t` is a pointer to an interface.
    pub(crate) fn interface_ptr_error(&self, t: TypeId) -> String {
        let to_param = matches!(*self.store.under_type(t), Type::Pointer(b) if self.store.is_type_param(b));
        let what = if to_param { "type parameter" } else { "interface" };
        format!("type {} is pointer to {what}, not {what}", self.type_text(t))
    }

    /// The first method of `t` that `v` lacks, unless `v` is wrong somewhere.
    fn lacking(&mut self, v: TypeId, t: TypeId, is_static: bool) -> Option<MissingMethod> {
        if !self.is_valid(v) {
            return None;
        }
        let mm = self.missing_method(v, t, is_static)?;
        if self.store.has_invalid_embedded(v, &mut Vec::new()) {
            None
        } else {
            Some(mm)
        }
    }

    /// Whether `v` implements `t`; if not, and `cause` is given, why.
    pub fn implements(&mut self, v: TypeId, t: TypeId, cause: Option<&mut String>) -> bool {
        self.implements_constraint(v, t, false, cause)
    }

    /// Whether `v` implements `t`, or, of a `constraint`, satisfies it.
    pub(super) fn implements_constraint(
        &mut self,
        v: TypeId,
        t: TypeId,
        constraint: bool,
        cause: Option<&mut String>,
    ) -> bool {
        let verb = if constraint { "satisfy" } else { "implement" };
        let (vu, tu) = (self.store.under(v), self.store.under(t));
        if !self.is_valid(vu) || !self.is_valid(tu) {
            return true;
        }
        if let Type::Pointer(b) = self.store[vu]
            && !self.is_valid(self.store.under(b))
        {
            return true;
        }
        if !self.store.is_interface(tu) && !constraint {
            if let Some(cause) = cause {
                let detail = if self.store.is_interface_ptr(tu) {
                    self.interface_ptr_error(t)
                } else {
                    format!("{} is not an interface", self.type_text(t))
                };
                *cause = format!(
                    "{} does not implement {} ({detail})",
                    self.type_text(v),
                    self.type_text(t)
                );
            }
            return false;
        }
        let any = self
            .store
            .as_interface(tu)
            .is_some_and(|i| i.methods.is_empty() && i.embeds.is_empty());
        if any && t != COMPARABLE {
            return true;
        }
        let restricted = constraint || self.store.as_interface(tu).is_some_and(|i| i.constraint_only);
        if restricted {
            let open = self.store.is_interface(v) || self.store.is_type_param(v);
            if open && self.store.type_set(v).is_empty() {
                return true;
            }
            if self.store.type_set(t).is_empty() {
                if let Some(cause) = cause {
                    *cause = format!("cannot {verb} {} (empty type set)", self.type_text(t));
                }
                return false;
            }
        }
        let why = match self.lacking(v, t, true) {
            Some(mm) => {
                let why = self.missing_method_cause(v, t, &mm);
                Err(format!(
                    "{} does not {verb} {} {why}",
                    self.type_text(v),
                    self.type_text(t)
                ))
            }
            None if restricted => self.in_type_set(v, t, constraint),
            None => Ok(()),
        };
        if let (Err(why), Some(cause)) = (&why, cause) {
            cause.clone_from(why);
        }
        why.is_ok()
    }

    /// Whether a value of interface type `v` can have the dynamic type `t`; the reason if not.
    pub fn assertable_to(&mut self, v: TypeId, t: TypeId) -> Result<(), String> {
        if self.store.is_interface(t) {
            return Ok(());
        }
        match self.lacking(t, v, false) {
            None => Ok(()),
            Some(mm) => Err(self.missing_method_cause(t, v, &mm)),
        }
    }

    /// The text of a type in messages.
    pub fn type_text(&self, t: TypeId) -> String {
        self.store.type_string(t, self.pkg)
    }
}
