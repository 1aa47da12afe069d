//! Fuzzing of what stands between source text and bytecode.
//!
//! - [`pipeline`]: the stages as functions from bytes to nothing, which must not panic, overflow or hang;
//! - [`mutate`]: bytes and tokens of a corpus, changed at random;
//! - [`generate`]: well-typed programs that end and print what they computed, to compare with real Go and to
//!   measure with;
//! - [`random`]: the numbers behind both.
//!
//! `fuzz/run.sh MINUTES` runs all targets; what crashed stands in `fuzz/crashes` and becomes a test.
#![forbid(unsafe_code)]

pub mod generate;
pub mod mutate;
pub mod pipeline;
pub mod random;
