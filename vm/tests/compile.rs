//! Source to bytecode: one snapshot for each source below `tests/compile`, with source and code together.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::parse_file;
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::NoPackages;
use mgo_lang::types::store::Store;
use mgo_lang::types::{Source, check_package};
use mgo_vm::bytecode::{disasm, verify};
use mgo_vm::compile::{Compiler, NoNatives, Packages, STACK};

/// The functions of package main in `text`, disassembled and verified; or what is wrong with it.
fn compile(text: &str) -> String {
    let (mut map, mut store, mut diags) = (SourceMap::new(), Store::new(), Diagnostics::new());
    let mut ids = ExprIds::new();
    let file = map.add("main.go", text).expect("not too large");
    let files = vec![parse_file(&map, file, &mut ids, &mut diags)];
    let source = Source {
        path: "main",
        files,
        n_exprs: ids.count() as u32,
    };
    let main = check_package(
        &mut store,
        &mut map,
        &mut NoPackages,
        &Config::default(),
        source,
        &mut diags,
    );
    let errors: Vec<String> = diags.into_sorted().into_iter().map(|d| d.message).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let id = main.id;
    let mut packages = Packages::new();
    packages.add(main);
    let mut compiler = Compiler::new(Arc::new(NoNatives));
    let mut out = String::new();
    match compiler.compile_main(&mut store, &map, &mut packages, id) {
        Err(list) => {
            for d in list {
                let at = map.locate(d.span.lo).map_or(String::new(), |l| l.to_string());
                let _ = writeln!(out, "{at}: {}", d.message);
            }
        }
        Ok(_) => {
            let p = compiler.program();
            for (_, f) in p.funcs.iter() {
                verify::func(p, f).expect("sound code");
                if f.name.starts_with("main.") && &*f.name != "main.init" {
                    let _ = writeln!(out, "{}", disasm::func(p, f));
                }
            }
        }
    }
    out
}

fn deep<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(STACK);
    thread.spawn(f).expect("a thread").join().expect("no panic")
}

#[test]
fn snapshots() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile");
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .expect("sources")
        .flatten()
        .map(|e| e.path())
        .collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "mgo"));
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let source = text.clone();
        let code = deep(move || compile(&source));
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let shown = format!("{text}\n----------\n{code}");
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "compile" }, {
            insta::assert_snapshot!(name, shown);
        });
    }
}

#[test]
fn deep_trees_are_compiled() {
    let n = 3000;
    let text = format!(
        "package main\n\nfunc f() int {{ return 1 }}\n\nfunc main() {{\n\tprintln({}f(){})\n}}\n",
        "(-".repeat(n),
        ")".repeat(n)
    );
    let code = deep(move || compile(&text));
    assert_eq!(code.matches("NegI64").count(), n);
}

#[test]
fn jumps_too_far_for_16_bits_are_lengthened() {
    let mut text = String::from("package main\n\nfunc main() {\n\tx := 0\n\tfor i := 0; i < 10; i++ {\n");
    text.push_str("\t\tif i == 5 {\n");
    for i in 0..40_000 {
        let _ = writeln!(text, "\t\t\tx = x*3 + {}", i % 7);
    }
    text.push_str("\t\t}\n\t}\n\tprintln(x)\n}\n");
    let code = deep(move || compile(&text));
    assert!(code.contains("Loop "), "the long form of the loop's end");
}
