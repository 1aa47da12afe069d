//! How fast sources become bytecode: a generated program of 100,000 lines is parsed, checked and compiled.
//!
//! `cargo run -p mgo-fuzz --profile fast --bin frontend [LINES]`. Exits 1 if checking takes 12 s, memory 1 GB, or
//! the whole is slower than 500,000 lines a minute.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use mgo_fuzz::generate;
use mgo_fuzz::pipeline::{Checked, STACK};
use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::parse_file;

/// What a run took.
struct Times {
    lines: usize,
    parse: Duration,
    check: Duration,
    compile: Duration,
    words: usize,
}

fn measure(n_lines: usize) -> Times {
    // A function has some 150 lines.
    let mut n_funcs = n_lines / 150 + 1;
    let mut text = generate::program(1, n_funcs);
    while text.lines().count() < n_lines {
        n_funcs += n_funcs / 10 + 1;
        text = generate::program(1, n_funcs);
    }
    let lines = text.lines().count();
    let start = Instant::now();
    let (mut map, mut diags, mut ids) = (SourceMap::new(), Diagnostics::new(), ExprIds::new());
    let file = map.add("big.go", text).expect("it is small enough");
    let tree = parse_file(&map, file, &mut ids, &mut diags);
    let parse = start.elapsed();
    let n_exprs = ids.count() as u32;
    let mut package = Checked::new(map, tree, n_exprs, diags);
    let check = start.elapsed();
    assert!(!package.diags.has_errors(), "the program is well-typed");
    let words = package.compile();
    let compile = start.elapsed();
    std::mem::forget(package);
    Times {
        lines,
        parse,
        check: check - parse,
        compile: compile - check,
        words,
    }
}

/// The most memory this process had, in MB, where the system tells.
fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kb: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kb / 1024.0)
}

fn main() -> ExitCode {
    let n = std::env::args()
        .nth(1)
        .and_then(|a| a.parse().ok())
        .unwrap_or(100_000);
    let thread = std::thread::Builder::new().stack_size(STACK);
    let thread = thread.spawn(move || measure(n)).expect("a thread can be started");
    let t = thread.join().expect("the stages do not panic");
    let whole = t.parse + t.check + t.compile;
    let rate = t.lines as f64 / whole.as_secs_f64() * 60.0;
    println!(
        "{} lines: parse {:.2?}, check {:.2?}, compile {:.2?}",
        t.lines, t.parse, t.check, t.compile
    );
    println!("{:.0} lines a minute to {} words of bytecode", rate, t.words);
    let memory = peak_memory();
    println!("peak memory {:.0} MB", memory.unwrap_or(0.0));
    let slow = t.parse + t.check > Duration::from_secs(12) || rate < 500_000.0;
    if slow || memory.is_some_and(|m| m > 1024.0) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}
