//! `mgo check`: type-checks without running.

use crate::Report;
use crate::module::Options;
use crate::session::{Session, with_deep_stack};

/// Checks the packages that `patterns` name, and what they import.
pub fn check(patterns: &[String], options: &Options, report: Report) -> u8 {
    with_deep_stack(|| match Session::check(patterns, options) {
        Ok(mut session) => u8::from(session.report(report)),
        Err(e) => {
            eprintln!("mgo: {e}");
            1
        }
    })
}
