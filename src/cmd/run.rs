//! `mgo run`: compiles a program and runs it.

use mgo_runtime::Config;
use mgo_stdlib::sys;
use mgo_vm::engine::{Shared, run_program};

use crate::Report;
use crate::module::Options;
use crate::session::{Session, with_deep_stack};

/// What a run is held to.
pub struct Limits {
    /// The most bytes of heap.
    pub max_memory: Option<u64>,
    /// Whether leaked goroutines are reported at the end.
    pub leaks: bool,
}

/// Runs the program that `patterns` name with these arguments; its exit status.
pub fn run(patterns: &[String], options: &Options, args: Vec<String>, report: Report, limits: Limits) -> u8 {
    let name = patterns.first().cloned().unwrap_or_default();
    let compiled = with_deep_stack(|| match Session::check_main(patterns, options) {
        Ok(session) => session.compile(report),
        Err(e) => {
            eprintln!("mgo: {e}");
            None
        }
    });
    let Some(compiled) = compiled else { return 1 };
    let mut config = Config {
        exit_process: true,
        leaks: limits.leaks,
        ..Config::from_env()
    };
    if let Some(bytes) = limits.max_memory {
        config.heap.max_memory = bytes as usize;
    }
    sys::set_args(std::iter::once(name).chain(args).collect());
    let shared = Shared::new(compiled.program, compiled.natives, None);
    run_program(shared, compiled.entry, config) as u8
}
