//! Syntax tree to typed tree.

pub mod checker;
pub mod constant;
mod glue;
pub mod importer;
pub mod info;
pub mod named;
pub mod object;
pub mod operand;
pub mod store;
pub mod ty;
pub mod universe;
