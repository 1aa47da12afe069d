//! mgo's runtime: goroutines (G), threads (M), processors (P), channels, timers, heap.

pub mod gc;
pub mod lockrank;
pub mod os;
pub mod slot;
pub mod sync;
