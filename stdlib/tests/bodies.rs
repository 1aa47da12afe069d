//! Every body in the library's sources passes the checker, and no declared native is unknown.

use mgo_lang::diag::Diagnostics;
use mgo_lang::diag::render::{Style, render};
use mgo_lang::source::SourceMap;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::store::Store;
use mgo_stdlib::library::Library;
use mgo_stdlib::sources;

#[test]
fn all_bodies_check() {
    let thread = std::thread::Builder::new().stack_size(256 << 20);
    let run = thread.spawn(check_all).expect("a thread can be started");
    let report = run.join().expect("the checker does not panic");
    assert!(report.is_empty(), "{report}");
}

fn check_all() -> String {
    let mut map = SourceMap::new();
    let mut store = Store::new();
    let mut library = Library::new();
    let mut diags = Diagnostics::new();
    for path in sources::paths() {
        library
            .import(&mut store, &mut map, path)
            .unwrap_or_else(|why| panic!("{path}: {why}"));
    }
    for d in library.diags.iter() {
        diags.push(d.clone());
    }
    for mut pkg in library.take_packages() {
        let funcs: Vec<_> = pkg.funcs.keys().copied().collect();
        for f in funcs {
            Library::check_body(&mut store, &map, &mut pkg, f, &mut diags);
        }
    }
    render(&map, &diags.into_sorted(), Style::Lines, true)
}
