//! Syntax tree to typed tree.

pub mod checker;
pub mod constant;
mod glue;
pub mod importer;
pub mod info;
pub mod lookup;
pub mod named;
pub mod object;
pub mod operand;
pub mod predicates;
pub mod store;
pub mod ty;
pub mod typestring;
pub mod universe;
