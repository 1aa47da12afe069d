//! Syntax tree to typed tree.

pub mod assign;
mod call;
pub mod checker;
pub mod constant;
mod convert;
mod expr;
mod glue;
pub mod importer;
mod index;
pub mod info;
mod literal;
pub mod lookup;
pub mod named;
pub mod object;
pub mod operand;
mod ops;
pub mod predicates;
pub mod store;
pub mod ty;
pub mod typestring;
pub mod universe;
