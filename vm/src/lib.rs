//! mgo's bytecode, its compiler and its interpreter.
//!
//! [`bytecode`] is the common ground: the opcode table, programs and type descriptors. `compile` turns
//! checked packages into a [`bytecode::program::Program`], the interpreter runs it; neither names the other.

pub mod bytecode;
pub mod compile;
