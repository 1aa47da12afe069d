//! Which types the verbs of formats take.

use rustc_hash::FxHashSet;

use super::Cx;
use super::format::Verb;
use crate::syntax::ast::*;
use crate::types::object::ObjKind;
use crate::types::predicates;
use crate::types::store::TypeId;
use crate::types::ty::{Basic, Type};

pub(super) const BOOL: u32 = 1;
pub(super) const BYTE: u32 = 1 << 1;
pub(super) const INT: u32 = 1 << 2;
pub(super) const RUNE: u32 = 1 << 3;
pub(super) const STRING: u32 = 1 << 4;
pub(super) const FLOAT: u32 = 1 << 5;
pub(super) const COMPLEX: u32 = 1 << 6;
pub(super) const POINTER: u32 = 1 << 7;
pub(super) const ERROR: u32 = 1 << 8;
pub(super) const ANY: u32 = u32::MAX;

const NUMBER: &str = " -+.0";
const ALL: &str = " -+.0#";
const REAL: u32 = FLOAT | COMPLEX;

/// What each verb takes.
#[rustfmt::skip]
const VERBS: [Verb; 22] = [
    Verb { verb: '%', flags: "", takes: 0 },
    Verb { verb: 'b', flags: ALL, takes: INT | REAL | POINTER },
    Verb { verb: 'c', flags: "-", takes: RUNE | INT },
    Verb { verb: 'd', flags: NUMBER, takes: INT | POINTER },
    Verb { verb: 'e', flags: ALL, takes: REAL },
    Verb { verb: 'E', flags: ALL, takes: REAL },
    Verb { verb: 'f', flags: ALL, takes: REAL },
    Verb { verb: 'F', flags: ALL, takes: REAL },
    Verb { verb: 'g', flags: ALL, takes: REAL },
    Verb { verb: 'G', flags: ALL, takes: REAL },
    Verb { verb: 'o', flags: ALL, takes: INT | POINTER },
    Verb { verb: 'O', flags: ALL, takes: INT | POINTER },
    Verb { verb: 'p', flags: "-#", takes: POINTER },
    Verb { verb: 'q', flags: ALL, takes: RUNE | INT | STRING },
    Verb { verb: 's', flags: NUMBER, takes: STRING },
    Verb { verb: 't', flags: "-", takes: BOOL },
    Verb { verb: 'T', flags: "-", takes: ANY },
    Verb { verb: 'U', flags: "-#", takes: RUNE | INT },
    Verb { verb: 'v', flags: ALL, takes: ANY },
    Verb { verb: 'w', flags: ALL, takes: ERROR },
    Verb { verb: 'x', flags: ALL, takes: RUNE | INT | STRING | POINTER | REAL },
    Verb { verb: 'X', flags: ALL, takes: RUNE | INT | STRING | POINTER | REAL },
];

/// What `verb` takes in code for Go 1.`go`.
pub(super) fn verb(verb: char, go: u32) -> Option<(&'static str, u32)> {
    let v = VERBS.iter().find(|v| v.verb == verb)?;
    // From 1.26 on the only integers that %q takes are characters.
    let takes = if verb == 'q' && go >= 26 {
        RUNE | BYTE | STRING
    } else {
        v.takes
    };
    Some((v.flags, takes))
}

/// A comparison of one argument's type with what a verb takes.
struct Matcher<'c, 'v> {
    cx: &'c Cx<'v>,
    takes: u32,
    /// Types looked at, or being looked at.
    seen: FxHashSet<TypeId>,
    /// Which type of a type parameter's set does not fit.
    reason: String,
}

impl Cx<'_> {
    /// Whether a verb that takes `takes` takes argument `e`; or why not, in more words, if there are any.
    pub(super) fn takes(&self, takes: u32, e: &Expr) -> Result<(), String> {
        let Some(t) = self.type_of(e).filter(|_| takes != ANY) else {
            return Ok(());
        };
        let mut m = Matcher {
            cx: self,
            takes,
            seen: FxHashSet::default(),
            reason: String::new(),
        };
        if m.matches(t, true) { Ok(()) } else { Err(m.reason) }
    }

    /// Whether values of `t` may print themselves: fmt.Formatter.
    pub(super) fn is_formatter(&self, t: TypeId) -> bool {
        if self.store.is_interface(t) && !self.store.is_type_param(t) {
            return true;
        }
        let Some(m) = self.method(t, "Format") else {
            return false;
        };
        let Some(sig) = self.signature(self.store.method_type(m)) else {
            return false;
        };
        let [state, verb] = &sig.params[..] else {
            return false;
        };
        let is_rune = self.store.identical(self.store[*verb].ty, Basic::Rune.id());
        sig.results.is_empty() && is_rune && self.is_named(self.store[*state].ty, "fmt", "State")
    }

    /// Whether values of `t` are errors or Stringers.
    fn gives_text(&self, t: TypeId) -> bool {
        t != Basic::UntypedNil.id() && (self.is_error(t) || self.has_string_method(t, "String"))
    }
}

impl Matcher<'_, '_> {
    /// Whether `t` fits; `top` if it is the argument's own type.
    fn matches(&mut self, t: TypeId, top: bool) -> bool {
        let cx = self.cx;
        if self.takes == ERROR {
            return cx.is_error(t);
        }
        if cx.is_formatter(t) || self.takes & STRING != 0 && cx.gives_text(t) {
            return true;
        }
        if cx.store.is_type_param(t) {
            return self.matches_param(t, top);
        }
        let u = cx.store.under(t);
        if !self.seen.insert(u) {
            return true;
        }
        match &cx.store[u] {
            Type::Signature(_) => self.takes == POINTER,
            Type::Map(k, v) => self.takes == POINTER || self.matches(*k, false) && self.matches(*v, false),
            Type::Chan(..) => self.takes & POINTER != 0,
            Type::Array(e, _) => self.is_byte(*e) && self.takes & STRING != 0 || self.matches(*e, false),
            Type::Slice(e) => {
                self.is_byte(*e) && self.takes & STRING != 0
                    || self.takes == POINTER
                    || self.matches(*e, false)
            }
            Type::Pointer(e) => self.matches_pointer(*e, top),
            Type::Struct(s) => s.fields.iter().all(|&f| {
                let f = &cx.store[f];
                // fmt does not call the methods of unexported fields.
                let mute = self.takes & STRING != 0 && !f.exported() && cx.gives_text(f.ty);
                self.matches(f.ty, false) && !mute
            }),
            Type::Interface(_) => true,
            Type::Basic(b) => self.matches_basic(*b),
            _ => false,
        }
    }

    fn matches_param(&mut self, t: TypeId, top: bool) -> bool {
        if !self.seen.insert(t) {
            return true;
        }
        let set = self.cx.store.type_set(t);
        let Some(terms) = &set.terms else { return false };
        let own = self.seen.len() == 1;
        for term in terms {
            if !self.matches(term.ty, top) {
                if own {
                    let tilde = if term.tilde { "~" } else { "" };
                    self.reason = format!("contains {tilde}{}", self.cx.full_type(term.ty));
                }
                return false;
            }
        }
        true
    }

    fn matches_pointer(&mut self, e: TypeId, top: bool) -> bool {
        let store = self.cx.store;
        if self.takes == POINTER || store.is_type_param(e) {
            return true;
        }
        let u = store.under(e);
        match &store[u] {
            Type::Struct(_) | Type::Array(..) | Type::Slice(_) | Type::Map(..) => {
                top && self.matches(u, false)
            }
            _ => self.takes & POINTER != 0,
        }
    }

    fn is_byte(&self, t: TypeId) -> bool {
        let store = self.cx.store;
        store.identical(store.under(t), Basic::Uint8.id())
    }

    fn matches_basic(&self, b: Basic) -> bool {
        let takes = match b {
            Basic::Invalid => return true,
            Basic::Bool | Basic::UntypedBool => BOOL,
            Basic::UnsafePointer => POINTER | INT,
            Basic::UntypedNil => return false,
            _ if b.canonical() == Basic::Uint8 => INT | BYTE,
            _ if b.canonical() == Basic::Int32 || b == Basic::UntypedRune => INT | RUNE,
            _ if b.is_integer() => INT,
            _ if b.is_float() => FLOAT,
            _ if b.is_complex() => COMPLEX,
            _ => STRING,
        };
        self.takes & takes != 0
    }
}

impl Cx<'_> {
    /// Whether `e` is a function that was to be called.
    pub(super) fn is_func_value(&self, e: &Expr) -> bool {
        // A type with a name may have methods that print it.
        self.type_of(e)
            .is_some_and(|t| !predicates::is_untyped(t) && matches!(self.store[t], Type::Signature(_)))
    }

    /// Whether `e` is the receiver, or its address, of the String or Error method around it, so that printing it
    /// calls that method again: its full name.
    pub(super) fn prints_itself(&self, e: &Expr) -> Option<String> {
        let t = self.type_of(e)?;
        if self.is_formatter(t) {
            return None;
        }
        let inner = match &e.kind {
            ExprKind::Unary(UnaryOp::Addr, x) => x,
            _ => e,
        };
        let ExprKind::Ident(id) = &inner.kind else {
            return None;
        };
        let recv = *self.info.uses.get(&id.id)?;
        for name in ["String", "Error"] {
            let Some(m) = self.method(t, name).map(|m| self.store.method_origin(m)) else {
                continue;
            };
            let is_own = self.signature(self.store[m].ty).and_then(|s| s.recv) == Some(recv);
            let is_func = matches!(self.store[m].kind, ObjKind::Func(_));
            if is_own && is_func && self.gives_string(m) {
                return Some(self.full_name(m));
            }
        }
        None
    }
}
