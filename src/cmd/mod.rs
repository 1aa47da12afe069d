//! The commands: each gives its exit status.

pub mod check;
