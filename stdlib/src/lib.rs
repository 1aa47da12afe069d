//! Go's standard packages: sources in Go (`mgo/`), natives in Rust, and the importer that joins them.
#![forbid(unsafe_code)]

pub mod library;
pub mod natives;
pub mod number;
pub mod sources;
pub mod text;
pub mod unicode;
pub mod utf8;
