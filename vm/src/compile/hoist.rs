//! Constants of loops: those that instructions cannot hold are loaded into registers before the outermost
//! loop that uses them.

use mgo_lang::syntax::ast::*;
use mgo_lang::syntax::visit::{Visitor, walk_expr, walk_stmt};
use mgo_lang::types::constant::Constant;
use mgo_lang::types::info::Info;
use mgo_lang::types::store::{Store, TypeId};
use mgo_lang::types::ty::Basic;

use crate::compile::func::Reg;
use crate::compile::fx::Fx;

/// At most so many constants get registers.
const MAX: usize = 12;

struct Finder<'a> {
    st: &'a Store,
    info: &'a Info,
    found: Vec<u64>,
}

fn basic(st: &Store, t: TypeId) -> Option<Basic> {
    st.basic(t).map(Basic::canonical)
}

impl Finder<'_> {
    fn constant(&self, e: &Expr) -> Option<(&Constant, Basic)> {
        let tv = self.info.get(e.id)?;
        Some((tv.value.as_ref()?, basic(self.st, tv.ty)?))
    }

    /// An operand: a constant that takes an instruction to load.
    fn operand(&mut self, op: BinaryOp, e: &Expr) {
        if matches!(op, BinaryOp::Shl | BinaryOp::Shr) {
            return;
        }
        let Some((c, b)) = self.constant(e) else { return };
        if !(b.is_float() || b.is_integer()) {
            return;
        }
        let Some(w) = Fx::const_word(c, b) else { return };
        let small = b.is_integer() && i16::try_from(w as i64).is_ok();
        if !small && !self.found.contains(&w) && self.found.len() < MAX {
            self.found.push(w);
        }
    }
}

impl Visitor for Finder<'_> {
    fn expr(&mut self, e: &Expr) {
        if matches!(e.kind, ExprKind::FuncLit(..)) || self.constant(e).is_some() {
            return;
        }
        if let ExprKind::Binary(op, _, x, y) = &e.kind {
            self.operand(*op, x);
            self.operand(*op, y);
        }
        walk_expr(self, e);
    }

    fn stmt(&mut self, s: &Stmt) {
        if let StmtKind::OpAssign(_, op, _, y) = &s.kind {
            self.operand(*op, y);
        }
        walk_stmt(self, s);
    }
}

impl Fx<'_> {
    /// Loads the constants that `parts` of a loop need, if this is an outermost loop. Whether it is: then
    /// [`Fx::end_hoisting`] is to be called.
    pub fn hoist(&mut self, walk: impl FnOnce(&mut dyn Visitor)) -> bool {
        if self.in_hoist {
            return false;
        }
        let mut f = Finder {
            st: self.st,
            info: self.info,
            found: Vec::new(),
        };
        walk(&mut f);
        for w in f.found {
            let r = self.b.alloc(1);
            self.b.load_int(r, w as i64);
            self.hoisted.push((w, r));
        }
        self.in_hoist = true;
        true
    }

    /// The registers of hoisted constants are free from here on.
    pub fn end_hoisting(&mut self, outermost: bool) {
        if outermost {
            self.hoisted.clear();
            self.in_hoist = false;
        }
    }

    /// The register that holds constant `w`.
    pub fn hoisted_word(&self, w: u64) -> Option<Reg> {
        self.hoisted.iter().find(|h| h.0 == w).map(|h| h.1)
    }
}
