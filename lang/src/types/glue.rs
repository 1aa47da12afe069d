//! Signatures of declarations and statements until their files land.

use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::types::checker::Checker;
use crate::types::operand::Operand;
use crate::types::store::*;
use crate::types::universe::Builtin;

#[allow(unused_variables)]
impl<'a> Checker<'a> {
    /// See types2.
    pub fn func_body(
        &mut self,
        decl: Option<u32>,
        sig: TypeId,
        scope: ScopeId,
        body: &'a Block,
        iota: Option<i64>,
    ) {
    }
    /// See types2.
    pub fn obj_decl(&mut self, obj: ObjId) {}
    /// Declares `obj` in `scope` unless it is blank; reports a redeclaration. `ident` is recorded.
    pub fn declare(&mut self, scope: ScopeId, ident: Option<&Ident>, obj: ObjId, visible_from: Pos) {}
    /// The type `e`.
    pub fn typ(&mut self, e: &'a Expr) -> TypeId {
        TypeId(0)
    }
    /// The type `e` of a variable (not a constraint).
    pub fn var_type(&mut self, e: &'a Expr) -> TypeId {
        TypeId(0)
    }
    /// The type `e` on the right side of the declaration of `def`.
    pub fn defined_type(&mut self, e: &'a Expr, def: Option<ObjId>) -> TypeId {
        TypeId(0)
    }
    /// Identifier `name`, which is expression `e`.
    pub fn ident(&mut self, x: &mut Operand<'a>, e: &'a Expr, name: &'a Ident, want_type: bool) {}
    /// A signature type and the scope of its parameters.
    pub fn func_type(&mut self, sig: &'a FuncType, recv: Option<&'a [Field]>) -> (TypeId, ScopeId) {
        (TypeId(0), ScopeId(0))
    }
    /// An array's length; negative if wrong.
    pub fn array_length(&mut self, e: &'a Expr) -> i64 {
        -1
    }
    /// Struct, interface, func, map, chan … types in expression position: called by `expr_internal`.
    pub fn stmt_list_span(&mut self, at: Span) {}
    /// Checks the call of built-in `id`; false if wrong.
    pub fn builtin(&mut self, x: &mut Operand<'a>, e: &'a Expr, call: &'a CallExpr, id: Builtin) -> bool {
        false
    }
    /// The cycle that a reference to `obj` closes, if it is being declared.
    pub fn cycle_from(&self, obj: ObjId) -> Option<Vec<ObjId>> {
        None
    }
    /// Reports a cycle.
    pub fn cycle_error(&mut self, cycle: &[ObjId]) {}
    /// Checks that a variable may have the type.
    pub fn valid_var_type(&mut self, e: &'a Expr, ty: TypeId) {}
}
