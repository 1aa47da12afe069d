//! `mgo repl` and `mgo -e`: the REPL.

use std::io::IsTerminal;

use mgo_runtime::Config;
use mgo_stdlib::sys;

use crate::repl::{filter, terminal};
use crate::session::{use_colour, with_deep_stack};

fn config(max_memory: Option<u64>) -> Config {
    let mut config = Config::from_env();
    if let Some(bytes) = max_memory {
        config.heap.max_memory = bytes as usize;
    }
    config
}

/// Evaluates entries from a terminal, or from standard input whatever it is.
pub fn repl(max_memory: Option<u64>) -> u8 {
    sys::set_args(vec!["mgo".to_owned()]);
    let config = config(max_memory);
    with_deep_stack(|| {
        if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
            terminal::run(config, use_colour())
        } else {
            filter::pipe(config)
        }
    })
}

/// Evaluates the entries given on the command line.
pub fn eval(entries: &[String]) -> u8 {
    sys::set_args(vec!["mgo".to_owned()]);
    with_deep_stack(|| filter::command_line(entries, config(None)))
}
