//! Which variables must be kept after they were replaced.
//!
//! A session's variables live in the program's globals and would be kept for good. One that an entry replaces can be
//! reached no more unless a function, a closure or a pointer refers to it. So all variables that are used in functions,
//! or whose address is taken or may be, are *pinned*; a replaced one that is not gives up its value.

use std::collections::HashSet;

use mgo_lang::syntax::ast::{Decl, Expr, ExprKind, UnaryOp};
use mgo_lang::syntax::visit::{Visitor, walk_decl, walk_expr};
use mgo_lang::types::info::{CheckedPackage, Info, SelectionKind};
use mgo_lang::types::store::ObjId;

/// Adds to `pinned` what the piece pins. Its entry is the last declaration.
pub fn pin(piece: &CheckedPackage, pinned: &mut HashSet<ObjId>) {
    let mut pins = Pins {
        info: &piece.info,
        all: true,
        pinned,
    };
    for file in &piece.files {
        let Some((entry, others)) = file.decls.split_last() else {
            continue;
        };
        others.iter().for_each(|d| pins.decl(d));
        pins.all = false;
        walk_decl(&mut pins, entry);
    }
}

struct Pins<'a> {
    info: &'a Info,
    /// Whether every variable met is pinned.
    all: bool,
    pinned: &'a mut HashSet<ObjId>,
}

impl Pins<'_> {
    fn all_of(&mut self, x: &Expr) {
        let was = std::mem::replace(&mut self.all, true);
        walk_expr(self, x);
        if let ExprKind::Ident(id) = &x.kind {
            self.pinned.extend(self.info.object_of(id.id));
        }
        self.all = was;
    }
}

impl Visitor for Pins<'_> {
    fn decl(&mut self, d: &Decl) {
        walk_decl(self, d);
    }

    fn expr(&mut self, x: &Expr) {
        let is_method = |x: &Expr| {
            let s = self.info.selections.get(&x.id);
            s.is_some_and(|s| s.kind != SelectionKind::Field)
        };
        match &x.kind {
            ExprKind::Ident(id) => {
                if self.all {
                    self.pinned.extend(self.info.object_of(id.id));
                }
            }
            ExprKind::FuncLit(..) => self.all_of(x),
            ExprKind::Unary(UnaryOp::Addr, _) | ExprKind::Slice(_) => self.all_of(x),
            ExprKind::Selector(..) if is_method(x) => self.all_of(x),
            _ => walk_expr(self, x),
        }
    }
}
