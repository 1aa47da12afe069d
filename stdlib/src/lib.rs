//! Go's standard packages: sources in Go (`mgo/`), natives in Rust, and the importer that joins them.
//!
//! What natives compute is in modules that know nothing of the machine ([`text`], [`number`] …); the
//! tables in [`natives`] join them to it.
#![forbid(unsafe_code)]

pub mod base64;
pub mod format;
pub mod library;
pub mod mathfn;
pub mod natives;
pub mod number;
pub mod process;
pub mod quote;
pub mod regexp;
pub mod sources;
pub mod sys;
pub mod text;
pub mod unicode;
pub mod utf8;
pub mod zone;
