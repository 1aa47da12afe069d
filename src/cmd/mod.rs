//! The commands: each gives its exit status.

pub mod check;
pub mod disasm;
pub mod repl;
pub mod run;
pub mod test;
pub mod vet;
