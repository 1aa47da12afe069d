//! `mgo repl` and `mgo -e`: the REPL.

use mgo_runtime::Config;
use mgo_stdlib::sys;

use crate::repl::filter;
use crate::session::with_deep_stack;

fn config(max_memory: Option<u64>) -> Config {
    let mut config = Config::from_env();
    if let Some(bytes) = max_memory {
        config.heap.max_memory = bytes as usize;
    }
    config
}

/// Evaluates entries from standard input.
pub fn repl(max_memory: Option<u64>) -> u8 {
    sys::set_args(vec!["mgo".to_owned()]);
    with_deep_stack(|| filter::pipe(config(max_memory)))
}

/// Evaluates the entries given on the command line.
pub fn eval(entries: &[String]) -> u8 {
    sys::set_args(vec!["mgo".to_owned()]);
    with_deep_stack(|| filter::command_line(entries, config(None)))
}
