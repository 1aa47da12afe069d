//! The REPL: a program that grows entry by entry.
//!
//! Reading order: [`core`] (what an entry comes to, without any terminal), [`input`] (where an entry ends),
//! [`filter`] (entries from a pipe or the command line), [`commands`] and [`scope`] (what may be asked of a session),
//! [`terminal`] with [`helper`] (completion, hints, colours) and [`screen`] (output while a line is edited).

pub mod commands;
pub mod core;
pub mod filter;
mod forget;
pub mod helper;
pub mod input;
pub mod scope;
pub mod screen;
pub mod terminal;
