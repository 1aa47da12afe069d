//! Generic code: a function is compiled once for each list of type arguments.
//!
//! The checker's facts about a generic function are in terms of its type parameters. A [`TypeEnv`] gives
//! them their arguments; [`Fx::ty`](crate::compile::fx::Fx) passes each type through it, so that all else
//! sees types without type parameters. A method of an instance of a generic type is compiled from the
//! generic type's method with the instance's arguments.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use mgo_lang::syntax::ast::{Expr, ExprId, ExprKind};
use mgo_lang::types::info::Selection;
use mgo_lang::types::lookup::Lookup;
use mgo_lang::types::object::ObjKind;
use mgo_lang::types::store::{ObjId, Store, TypeId};
use mgo_lang::types::ty::Type;
use rustc_hash::FxHashMap;

use crate::compile::fx::Fx;
use crate::compile::layout::Ty;
use crate::compile::{Compiler, FuncKey};

/// Type arguments for the type parameters of a function.
#[derive(Default, Debug)]
pub(crate) struct TypeEnv {
    params: Vec<TypeId>,
    args: Vec<TypeId>,
    done: RefCell<FxHashMap<TypeId, TypeId>>,
}

impl TypeEnv {
    /// Whether there are no type parameters.
    pub fn is_empty(&self) -> bool {
        self.params.is_empty()
    }

    /// `t` with the arguments put in.
    pub fn subst(&self, st: &Store, t: TypeId) -> TypeId {
        if self.params.is_empty() {
            return t;
        }
        if let Some(&u) = self.done.borrow().get(&t) {
            return u;
        }
        let u = st.subst(t, &self.params, &self.args);
        self.done.borrow_mut().insert(t, u);
        u
    }
}

/// A declared function or method with type arguments.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Instance {
    /// The declaration.
    pub obj: ObjId,
    /// The arguments: for the receiver's type parameters, then for its own.
    pub args: Vec<Ty>,
    /// As [`FuncKey::DeclByAddress`].
    pub by_address: bool,
}

impl Compiler {
    /// The function that `obj`, a function or a method (maybe of an instance), is with type arguments
    /// `own` for its own type parameters.
    pub(crate) fn decl_key(&mut self, st: &Store, obj: ObjId, own: &[TypeId], by_address: bool) -> FuncKey {
        let origin = st[obj].as_func().and_then(|f| f.origin);
        let (obj, mut args) = match origin {
            Some((m, inst)) => (m, st.type_args(inst).to_vec()),
            None => (obj, Vec::new()),
        };
        args.extend_from_slice(own);
        if args.is_empty() {
            return if by_address {
                FuncKey::DeclByAddress(obj)
            } else {
                FuncKey::Decl(obj)
            };
        }
        let tys: Vec<Ty> = args.iter().map(|&t| self.ty(st, t)).collect();
        self.envs.entry((obj, tys.clone())).or_insert_with(|| {
            let params = match &st[st[obj].ty] {
                Type::Signature(s) => s.recv_tparams.iter().chain(&s.tparams).copied().collect(),
                _ => Vec::new(),
            };
            debug_assert_eq!(params.len(), args.len());
            Rc::new(TypeEnv {
                params,
                args,
                done: RefCell::default(),
            })
        });
        FuncKey::Instance(Rc::new(Instance {
            obj,
            args: tys,
            by_address,
        }))
    }

    /// The environment of an instance.
    pub(crate) fn env_of(&self, i: &Instance) -> Rc<TypeEnv> {
        self.envs
            .get(&(i.obj, i.args.clone()))
            .cloned()
            .unwrap_or_default()
    }
}

impl<'c> Fx<'c> {
    /// The function `obj` that identifier `id` names, with its type arguments if it is generic.
    pub fn func_key(&mut self, obj: ObjId, id: ExprId) -> FuncKey {
        let own: Vec<TypeId> = match self.info.instances.get(&id) {
            Some(i) => i.type_args.iter().map(|&t| self.env.subst(self.st, t)).collect(),
            None => Vec::new(),
        };
        self.c.decl_key(self.st, obj, &own, false)
    }

    /// What `e` instantiates, if it is a generic function with type arguments; else `e`.
    pub fn instantiated<'e>(&self, e: &'e Expr) -> &'e Expr {
        let ExprKind::Index(x, _) = &e.kind else { return e };
        let base = Self::unparen(x);
        let id = match &base.kind {
            ExprKind::Ident(id) => id.id,
            ExprKind::Selector(_, sel) => sel.id,
            _ => return e,
        };
        let is_func = |o: ObjId| matches!(self.st[o].kind, ObjKind::Func(_));
        if self.info.instances.contains_key(&id) && self.info.object_of(id).is_some_and(is_func) {
            base
        } else {
            e
        }
    }

    /// What selector expression `id` selects. In generic code: what it selects with the type arguments
    /// at hand, where a constraint's method is the method of a type.
    pub fn selection(&self, id: ExprId) -> Option<Cow<'c, Selection>> {
        let s = self.info.selections.get(&id)?;
        if self.env.is_empty() {
            return Some(Cow::Borrowed(s));
        }
        let st = self.st;
        let mut s = s.clone();
        let was_param = st.is_type_param(s.recv);
        s.recv = self.env.subst(st, s.recv);
        if was_param {
            let name = st[s.obj].name.clone();
            let pkg = st[s.obj].pkg.unwrap_or_default();
            if let Lookup::Found { obj, path, indirect } =
                st.lookup_field_or_method(s.recv, true, pkg, &name, false)
            {
                s.obj = obj;
                s.path = path.to_vec();
                s.indirect = indirect;
            }
        } else if let Some((m, inst)) = st[s.obj].as_func().and_then(|f| f.origin) {
            let inst = self.env.subst(st, inst);
            let place = st.declared_methods(inst).iter().position(|&o| o == m);
            if let Some(obj) = place.and_then(|i| st.declared_method(inst, i as u32)) {
                s.obj = obj;
            }
        }
        Some(Cow::Owned(s))
    }
}
