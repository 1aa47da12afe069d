//! `mgo disasm`: the bytecode of a program, function by function, with the lines it stems from.

use mgo_vm::bytecode::disasm;

use crate::module::Options;
use crate::session::{Session, with_deep_stack};
use crate::{Format, Report};

/// Prints the functions of the program whose name matches `symbol`.
pub fn disasm(patterns: &[String], options: &Options, symbol: Option<&str>) -> u8 {
    let wanted = match symbol.map(regex::Regex::new).transpose() {
        Ok(wanted) => wanted,
        Err(e) => {
            eprintln!("mgo: --symbol: {e}");
            return 1;
        }
    };
    let report = Report {
        all: false,
        format: Format::Snippet,
    };
    let compiled = with_deep_stack(|| match Session::check_main(patterns, options) {
        Ok(session) => session.compile(report),
        Err(e) => {
            eprintln!("mgo: {e}");
            None
        }
    });
    let Some(compiled) = compiled else { return 1 };
    for (_, f) in compiled.program.funcs.iter() {
        if wanted.as_ref().is_none_or(|w| w.is_match(&f.name)) {
            println!("{}", disasm::func(&compiled.program, f));
        }
    }
    0
}
