//! Natives of `internal/testlink`: regular expressions of `-run`, the processor's name.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use mgo_vm::native::Str;
use mgo_vm::natives;

use crate::regexp::{Error, Mode, Program};

/// Patterns, each compiled or why it cannot be.
type Patterns = HashMap<Vec<u8>, Result<Program, String>>;

/// Patterns met so far: there are few, each is asked for once for every test.
static PATTERNS: LazyLock<Mutex<Patterns>> = LazyLock::new(Mutex::default);

/// Whether `text` matches `pattern`, or why that is no regular expression.
fn matches(pattern: &[u8], text: &[u8]) -> Result<bool, String> {
    let mut patterns = PATTERNS.lock().unwrap_or_else(|e| e.into_inner());
    if !patterns.contains_key(pattern) {
        let compiled = compile(pattern);
        patterns.insert(pattern.to_vec(), compiled);
    }
    match &patterns[pattern] {
        Ok(re) => Ok(re.is_match(text)),
        Err(why) => Err(why.clone()),
    }
}

fn compile(pattern: &[u8]) -> Result<Program, String> {
    let error = |e: Error| format!("{}: `{}`", e.code, String::from_utf8_lossy(&e.fragment));
    Program::new(pattern, Mode::Perl).map_err(error)
}

/// What the system calls the processor.
fn cpu_name() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = info.lines().find(|l| l.starts_with("model name"));
    let name = line.and_then(|l| l.split_once(':')).map_or("", |(_, n)| n.trim());
    name.to_owned()
}

natives! {
    /// `internal/testlink`.
    TESTLINK:
    "internal/testlink.match" = |cx, pattern: Str<'n>, text: Str<'n>| -> (bool, String) {
        match matches(&pattern, &text) {
            Ok(yes) => (yes, String::new()),
            Err(why) => (false, why),
        }
    };
    "internal/testlink.CPUName" = |cx| -> String { cpu_name() };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_or_say_why_not() {
        assert_eq!(matches(b"^A.c$", b"Abc"), Ok(true));
        assert_eq!(matches(b"^A.c$", b"xAbc"), Ok(false));
        let why = matches(b"(", b"x").expect_err("not closed");
        assert_eq!(why, "missing closing ): `(`");
    }
}
