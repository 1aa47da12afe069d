//! Prints the bytecode of a program: `cargo run -p mgo-vm --example disasm -- file.go [function prefix]`.

use std::sync::Arc;

use mgo_lang::diag::Diagnostics;
use mgo_lang::diag::render::{Style, render};
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::parse_file;
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::store::Store;
use mgo_lang::types::{Source, check_package};
use mgo_stdlib::library::{Library, RUNTIME_ERRORS};
use mgo_vm::bytecode::{disasm, verify};
use mgo_vm::compile::{Compiler, Natives, Packages, STACK};

/// Every native there could be.
struct All;

impl Natives for All {
    fn find(&self, name: &str) -> Option<u32> {
        Some(name.len() as u32)
    }
}

fn main() {
    let thread = std::thread::Builder::new().stack_size(STACK);
    let failed = thread.spawn(run).expect("a thread").join().expect("no panic");
    std::process::exit(failed.into());
}

fn run() -> bool {
    let mut args = std::env::args().skip(1);
    let path = args.next().expect("a file");
    let prefix = args.next().unwrap_or_else(|| "main.".into());
    let text = std::fs::read_to_string(&path).expect("a readable file");
    let (mut map, mut store, mut diags) = (SourceMap::new(), Store::new(), Diagnostics::new());
    let mut library = Library::new();
    let mut ids = ExprIds::new();
    let file = map.add(path.as_str(), text).expect("not too large");
    let files = vec![parse_file(&map, file, &mut ids, &mut diags)];
    let source = Source {
        path: "main",
        files,
        n_exprs: ids.count() as u32,
    };
    let main = check_package(
        &mut store,
        &mut map,
        &mut library,
        &Config::default(),
        source,
        &mut diags,
    );
    let _ = library.import(&mut store, &mut map, RUNTIME_ERRORS);
    if diags.has_errors() {
        eprint!("{}", render(&map, &diags.into_sorted(), Style::Lines, true));
        return true;
    }
    let id = main.id;
    let mut packages = Packages::new();
    packages.add(main);
    for p in library.take_packages() {
        packages.add(p);
    }
    let start = std::time::Instant::now();
    let mut compiler = Compiler::new(Arc::new(All));
    if let Err(list) = compiler.compile_main(&mut store, &map, &mut packages, id) {
        eprint!("{}", render(&map, &list, Style::Lines, true));
        return true;
    }
    let took = start.elapsed();
    let p = compiler.program();
    let mut words = 0;
    for (_, f) in p.funcs.iter() {
        words += f.code.len();
        if let Err(e) = verify::func(p, f) {
            eprintln!("{e}");
        }
        if f.name.starts_with(&prefix) {
            println!("{}", disasm::func(p, f));
        }
    }
    eprintln!(
        "{} functions, {words} words, {} types, {took:?}",
        p.funcs.len(),
        p.types.len()
    );
    false
}
