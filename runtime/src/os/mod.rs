//! The operating system: threads and clocks, memory, signals. The only users of `libc`.

pub mod malloc;
pub mod mem;
pub(crate) mod quit;
pub mod signal;
pub mod sigqueue;
pub mod thread;
