//! `mgo test`: tests of packages, as `go test` runs them.
//!
//! For each package with test files a main package is written ([`mainfile`]) that hands its tests to package
//! testing. Package, test files and that main are one program, which runs in a process of its own: this
//! command, started anew with [`SUBCOMMAND`] ([`child`]). The parent ([`run`]) reads what the children print,
//! adds a line of verdict, and turns it all into JSON if asked to ([`json`]).
//!
//! ```text
//!  flags      the command line, as go test's
//!  find       packages and their test files
//!  mainfile   tests, benchmarks, fuzz targets and examples of a package; the main package
//!  build      all of it checked and compiled
//!  cover      the blocks of statements that -cover counts
//!  child      a test binary: builds and runs one package
//!  run        the children, their output, the verdicts
//!  json       test2json: output to events
//! ```

pub mod build;
pub mod child;
pub mod cover;
pub mod find;
pub mod flags;
pub mod json;
pub mod mainfile;
pub mod run;

/// The hidden command that runs one package's tests.
pub const SUBCOMMAND: &str = "test-binary";
