//! `mgo test`: tests packages. See [`crate::testing`].

use crate::testing::flags::Flags;
use crate::testing::{find, run};

/// Reads the words behind `mgo test`, tests what they name; the exit status.
pub fn test(words: &[String]) -> u8 {
    let flags = match Flags::parse(words) {
        Ok(f) => f,
        Err(e) => {
            eprintln!("mgo test: {e}\nrun 'mgo help test' for usage");
            return 2;
        }
    };
    let found = find::tested(&flags.packages, &flags.tags);
    for w in &found.warnings {
        eprintln!("mgo: {w}");
    }
    if found.packages.is_empty() {
        eprintln!("no packages to test");
        return u8::from(!found.warnings.is_empty());
    }
    if flags.fuzz && found.packages.len() > 1 {
        eprintln!("cannot use -fuzz flag with multiple packages");
        return 1;
    }
    match run::run(&flags, &found.packages) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(e) => {
            eprintln!("mgo test: {e}");
            1
        }
    }
}
