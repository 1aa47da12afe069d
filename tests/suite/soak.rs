//! Soaking: the same tests again and again under settings that make rare things common (`tests/soak.sh`).
//!
//! Three variables change how the suite drives `mgo`; each program under test sees the first one's settings:
//!
//! ```text
//! MGO_TEST_ENV="GOMAXPROCS=4"   settings for every program, NAME=VALUE with blanks between; what a test itself sets wins
//! MGO_TEST_PATIENCE=10          time limits are that many times longer
//! MGO_BIN=target/release/mgo    the program under test
//! ```
//!
//! A test that makes no sense under a setting stands in `tests/soak_exceptions.txt` with the reason.

use std::path::PathBuf;
use std::time::Duration;

use libtest_mimic::Trial;

use crate::common::root;

/// The settings of `MGO_TEST_ENV`.
///
/// # Panics
/// On a word that sets nothing.
pub fn settings() -> Vec<(String, String)> {
    let text = std::env::var("MGO_TEST_ENV").unwrap_or_default();
    let setting = |word: &str| {
        let (name, value) = word.split_once('=').expect("MGO_TEST_ENV holds NAME=VALUE words");
        (name.to_owned(), value.to_owned())
    };
    text.split_whitespace().map(setting).collect()
}

/// `limit` with `MGO_TEST_PATIENCE`.
///
/// # Panics
/// When that is not a number.
pub fn patient(limit: Duration) -> Duration {
    match std::env::var("MGO_TEST_PATIENCE") {
        Ok(n) => limit * n.parse().expect("MGO_TEST_PATIENCE is a number"),
        Err(_) => limit,
    }
}

/// The program under test.
pub fn program() -> PathBuf {
    match std::env::var_os("MGO_BIN") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(env!("CARGO_BIN_EXE_mgo")),
    }
}

/// `trials` without those that make no sense under the settings: they are shown as ignored.
///
/// # Panics
/// When a line of the list is not whole, so that a typing error does not take tests away unseen.
pub fn without_exceptions(trials: Vec<Trial>) -> Vec<Trial> {
    let settings = std::env::var("MGO_TEST_ENV").unwrap_or_default();
    let list =
        std::fs::read_to_string(root().join("tests/soak_exceptions.txt")).expect("the list is readable");
    let lines = list.lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
    let excepted: Vec<String> = lines
        .filter_map(|line| {
            let parts: Vec<&str> = line.splitn(3, '|').map(str::trim).collect();
            let [setting, name, reason] = parts[..] else {
                panic!("setting | test | reason: {line:?}");
            };
            assert!(
                !name.is_empty() && !reason.is_empty(),
                "no name or no reason: {line:?}"
            );
            settings
                .split_whitespace()
                .any(|s| s == setting)
                .then(|| name.to_owned())
        })
        .collect();
    let is_excepted = |t: &Trial| excepted.iter().any(|name| t.name().starts_with(name.as_str()));
    trials
        .into_iter()
        .map(|t| {
            if is_excepted(&t) {
                t.with_ignored_flag(true)
            } else {
                t
            }
        })
        .collect()
}
