//! White-box tests of the scheduler with a tiny engine whose Gs are Rust closures.
//!
//! The loom models are in `loom_*.rs`; run them with
//! `RUSTFLAGS="--cfg loom" cargo test -p mgo-runtime --lib --target-dir target/loom loom`.

#[cfg(not(loom))]
mod fake;
#[cfg(loom)]
mod loom_free;
#[cfg(loom)]
pub(crate) mod loom_host;
#[cfg(loom)]
mod loom_idle;
#[cfg(loom)]
mod loom_mutex;
#[cfg(loom)]
mod loom_park;
#[cfg(loom)]
mod loom_runq;
#[cfg(loom)]
mod loom_timers;
#[cfg(not(loom))]
mod order;
#[cfg(not(loom))]
mod parallel;
#[cfg(not(loom))]
mod preempt;
#[cfg(not(loom))]
mod stacks;
#[cfg(not(loom))]
mod syscalls;
#[cfg(not(loom))]
mod timers;
