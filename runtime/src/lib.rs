//! mgo's runtime: goroutines (G), threads (M), processors (P), channels, timers, heap.

pub mod slot;
