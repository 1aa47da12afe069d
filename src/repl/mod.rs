//! The REPL: a program that grows entry by entry.
//!
//! Reading order: [`core`] (what an entry comes to, without any terminal), [`input`] (where an entry ends),
//! [`filter`] (entries from a pipe or the command line).

pub mod core;
pub mod filter;
pub mod input;
