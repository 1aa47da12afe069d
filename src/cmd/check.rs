//! `mgo check`: type-checks without running.

use std::path::PathBuf;

use crate::Report;
use crate::session::{Session, with_deep_stack};

/// Checks the package that `paths` name.
pub fn check(paths: &[PathBuf], report: Report) -> u8 {
    with_deep_stack(|| match Session::check(paths) {
        Ok(mut session) => u8::from(session.report(report)),
        Err(e) => {
            eprintln!("mgo: {e}");
            1
        }
    })
}
