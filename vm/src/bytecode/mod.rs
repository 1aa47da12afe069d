//! Bytecode: the opcode table, programs, their text form, and checks on them.

pub mod compact;
pub mod cover;
pub mod derived;
pub mod disasm;
pub mod encoding;
pub mod form;
pub mod fused;
pub mod kernel;
pub mod liveness;
pub mod op;
pub mod program;
pub mod rtype;
pub mod stackmap;
pub mod table;
pub mod verify;
