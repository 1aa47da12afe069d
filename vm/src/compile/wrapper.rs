//! Generated functions: methods promoted through embedded fields, method values and expressions.
//!
//! All do the same: get a receiver, follow the path to the method, call it with the parameters they were
//! given, hand back its results.

use std::rc::Rc;
use std::sync::Arc;

use mgo_lang::source::Span;
use mgo_lang::types::info::Info;
use mgo_lang::types::store::{ObjId, Store, TypeId};

use crate::bytecode::op::Op;
use crate::bytecode::program::{FuncId, HEADER, func_flag};
use crate::compile::Compiler;
use crate::compile::call::{Callee, Recv};
use crate::compile::escape::Escape;
use crate::compile::fx::Fx;
use crate::compile::layout::{Shape, Ty};
use crate::compile::methods::{Found, Target};
use crate::compile::place::Place;

/// How a wrapper gets its receiver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Receive {
    /// As the data word of an interface.
    Word,
    /// As an ordinary first parameter.
    Plain,
    /// From the closure.
    Captured,
}

/// A wrapper: for method `name` of type `recv`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Wrapper {
    pub recv: Ty,
    pub receive: Receive,
    pub name: Arc<str>,
    pub pkg: Arc<str>,
    /// Which method it is, if that has type parameters: no method set has it.
    pub generic: Option<GenericMethod>,
}

/// A method with type parameters, and their arguments.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct GenericMethod {
    pub obj: ObjId,
    /// Embedded fields on the way to it.
    pub path: Vec<u32>,
    pub args: Vec<TypeId>,
    /// Its signature with the arguments put in, without receiver.
    pub sig: Ty,
}

impl Wrapper {
    /// The method that it calls.
    fn target(&self, c: &mut Compiler, st: &Store) -> Option<Found> {
        let Some(g) = &self.generic else {
            return c.find_method(st, self.recv, &self.name, &self.pkg);
        };
        let ptr_recv = st[g.obj].as_func().is_some_and(|f| f.ptr_recv);
        Some(Found {
            name: self.name.clone(),
            pkg: self.pkg.clone(),
            path: g.path.clone(),
            target: Target::Concrete { obj: g.obj, ptr_recv },
            sig: g.sig,
        })
    }
}

/// Compiles wrapper `w`.
pub(crate) fn compile(c: &mut Compiler, st: &Store, w: &Wrapper, id: FuncId) {
    let Some(found) = w.target(c, st) else {
        c.unsupported(Span::NOWHERE, format!("no method {}", w.name));
        return;
    };
    let info = Info::default();
    let type_name = c.type_string(st, w.recv);
    let type_name = if type_name.starts_with('*') {
        format!("({type_name})")
    } else {
        type_name.to_string()
    };
    let suffix = if w.receive == Receive::Captured { "-fm" } else { "" };
    let name = format!("{type_name}.{}{suffix}", w.name).into();
    let mut fx = Fx::new(
        c,
        st,
        &info,
        name,
        Span::NOWHERE,
        Rc::new(Escape::default()),
        None,
    );
    let sig = fx.signature(found.sig);
    let results_at = fx.b.mark();
    for &t in &sig.results {
        fx.temp(t);
    }
    let results = fx.b.mark() - results_at;
    let parameter = receiver_parameter(&mut fx, w);
    let params: Vec<_> = sig.params.iter().map(|&t| (fx.temp(t), t)).collect();
    let n_params = fx.b.mark() - u32::from(HEADER) - results;
    let place = parameter.unwrap_or_else(|| captured_receiver(&mut fx, w));
    let (p, t) = fx.walk_path(place, w.recv, &found.path);
    let (callee, recv) = callee(&mut fx, st, w, found.target, (p, t));
    let win = fx.window(&sig);
    fx.receiver(win, callee, recv);
    for (r, t) in params {
        let d = fx.temp(t);
        fx.move_to(d, r, t);
    }
    fx.emit_call(win, callee);
    fx.b.mov_n(results_at as u16, win.results, results);
    fx.b.a_bc(Op::Ret, 0, 0);
    fx.finish(
        id,
        results as u16,
        n_params as u16,
        func_flag::WRAPPER,
        Span::NOWHERE,
    );
}

/// Where the receiver arrives, in register form or at the address of its memory form, if it is a parameter.
fn receiver_parameter(fx: &mut Fx<'_>, w: &Wrapper) -> Option<Place> {
    match w.receive {
        Receive::Plain => {
            let r = fx.temp(w.recv);
            Some(fx.value_at(r, w.recv))
        }
        Receive::Word => {
            let r = fx.b.alloc_ptr();
            Some(match fx.slots(w.recv) {
                1 => fx.value_at(r, w.recv),
                0 => Place::Reg(r),
                _ => Place::Mem {
                    base: r,
                    off: 0,
                    safe: false,
                },
            })
        }
        Receive::Captured => None,
    }
}

/// Loads the receiver that a method value captured.
fn captured_receiver(fx: &mut Fx<'_>, w: &Wrapper) -> Place {
    fx.b.mark_pointer(2);
    let r = fx.temp(w.recv);
    for i in 0..fx.slots(w.recv) as u16 {
        fx.b.abc(Op::Load64, r + i, 2, 8 * (i + 1));
    }
    fx.value_at(r, w.recv)
}

/// What the wrapper calls, and its receiver, made of the value of type `t` at `p`.
fn callee(fx: &mut Fx<'_>, st: &Store, w: &Wrapper, target: Target, (p, t): (Place, Ty)) -> (Callee, Recv) {
    let (obj, ptr_recv) = match target {
        Target::Iface => {
            let i = fx.load(p, t, None);
            let sel = fx.c.selector(&w.name, &w.pkg);
            fx.c.call_selector(sel);
            return (Callee::Iface(i, sel), Recv::Word);
        }
        Target::Concrete { obj, ptr_recv } => (obj, ptr_recv),
    };
    let args = w.generic.as_ref().map_or(&[][..], |g| &g.args);
    let key = fx.c.decl_key(st, obj, args, false);
    let f = fx.c.func(key);
    let is_ptr = matches!(fx.under(t), Shape::Pointer(_));
    let recv = match (ptr_recv, is_ptr) {
        (true, false) => Recv::Address(p, t),
        (false, true) => {
            let (p, t) = fx.deref(p, t);
            // Nothing of an empty receiver is loaded, so nothing else would notice nil.
            if let Place::Mem { base, .. } = p
                && fx.slots(t) == 0
            {
                fx.b.ab(Op::ChkNil, base, 0);
            }
            Recv::Value(p, t)
        }
        _ => Recv::Value(p, t),
    };
    (Callee::Func(f), recv)
}
