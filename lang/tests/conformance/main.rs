//! The front end against Go's own tests, where they are installed.
//!
//! - `errorcheck`: programs of Go's test directory whose lines are marked `// ERROR "regexp"`;
//! - `compile`: programs that a Go compiler must accept;
//! - `testdata`: the annotated programs of a Go toolchain's `internal/types/testdata`.
//!
//! A program that fails must stand, with the reason, in `known_<group>.txt`, and one that stands there must
//! fail: the lists only shrink. The goals of the whole (lines found, lines reported for nothing) are
//! held too. The directory comes from `MGO_GOTEST` or Debian's `golang-1.27-src`, the toolchain from
//! `MGO_GO` or the path; what is absent is skipped aloud. `MGO_CONFORMANCE_REPORT=FILE` writes down
//! what is wrong with each program.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read files and use threads"
)]

mod front;
mod godirs;
mod group;
mod marks;
mod recipe;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let args = Arguments::from_args();
    let trials: Vec<Trial> = godirs::groups()
        .into_iter()
        .map(|g| Trial::test(g.name, move || g.run()))
        .collect();
    libtest_mimic::run(&args, trials).exit();
}
