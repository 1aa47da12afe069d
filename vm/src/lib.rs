//! mgo's bytecode, its compiler and its interpreter.
//!
//! [`bytecode`] is the common ground: the opcode table, programs and type descriptors. `compile` turns
//! checked packages into a [`bytecode::program::Program`], the interpreter runs it; neither names the other.
//!
//! The interpreter, in reading order: `frame` (its two registers), `interp` (the loop and, beside it, a file for
//! each section of the opcode table), `machine` (what a goroutine has besides its stack), `trap`, `value`
//! (strings, slices, maps, interfaces), [`native`] (the door for library functions in Rust), [`engine`].

pub mod bytecode;
pub mod compile;
pub mod engine;
mod frame;
mod interp;
pub mod live;
mod machine;
pub mod native;
mod trap;
mod value;
