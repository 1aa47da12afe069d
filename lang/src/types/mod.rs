//! Syntax tree to typed tree.

pub mod constant;
pub mod info;
pub mod object;
pub mod store;
pub mod ty;
pub mod universe;
