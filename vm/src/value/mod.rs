//! Values at run time: memory access, strings, slices, maps, interfaces.
//!
//! Nothing here knows opcodes or frames. Addresses are plain words; see `mem` for why they may be followed.

pub mod alloc;
pub mod bulk;
pub mod eq;
pub mod hash;
pub mod iface;
pub mod map;
pub mod mem;
pub mod print;
pub mod slice;
pub mod string;
