//! Parses and checks files given by path, each as a package of its own, and prints what is wrong with
//! them as Go's compiler would: `file:line:column: text`.
//!
//! Imports are answered with empty packages unless the file `DIR/<path>.go` exists for `--stubs DIR`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::{parse_file, parse_outline};
use mgo_lang::types::checker::Config;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::store::{PkgId, Store};
use mgo_lang::types::{Source, check_package};
use rustc_hash::FxHashMap;

/// Finds packages as single files below a directory.
struct Stubs {
    dir: Option<PathBuf>,
    known: FxHashMap<String, PkgId>,
}

impl Importer for Stubs {
    fn import(&mut self, store: &mut Store, map: &mut SourceMap, path: &str) -> Result<PkgId, String> {
        if let Some(&p) = self.known.get(path) {
            return Ok(p);
        }
        let file = self.dir.as_ref().map(|d| d.join(format!("{path}.go")));
        let text = file.and_then(|f| std::fs::read_to_string(f).ok());
        let text = text.ok_or_else(|| format!("package {path} is not in std"))?;
        let mut diags = Diagnostics::new();
        let config = Config {
            lazy_bodies: true,
            allow_missing_bodies: true,
            allow_type_params: true,
            ..Config::default()
        };
        let p = check(store, map, self, &config, path, path, &text, &mut diags);
        for d in diags.into_sorted() {
            let place = map
                .locate(d.span.lo)
                .map_or_else(|| "?".to_string(), |l| l.to_string());
            eprintln!("{place}: {}", d.message);
        }
        self.known.insert(path.into(), p);
        Ok(p)
    }
}

#[allow(clippy::too_many_arguments)]
fn check(
    store: &mut Store,
    map: &mut SourceMap,
    importer: &mut Stubs,
    config: &Config,
    path: &str,
    name: &str,
    text: &str,
    diags: &mut Diagnostics,
) -> PkgId {
    let mut ids = ExprIds::new();
    let id = map.add(name, text).expect("a file of less than 4 GiB");
    let start = std::time::Instant::now();
    let parse = if config.lazy_bodies {
        parse_outline
    } else {
        parse_file
    };
    let file = parse(map, id, &mut ids, diags);
    if diags.has_errors() && !config.lazy_bodies {
        return PkgId(0);
    }
    let source = Source {
        path,
        files: vec![file],
        n_exprs: ids.count() as u32,
    };
    let parsed = start.elapsed();
    let pkg = check_package(store, map, importer, config, source, diags);
    if std::env::var_os("MGO_TIME").is_some() {
        eprintln!(
            "{name}: parsed in {parsed:?}, checked in {:?}",
            start.elapsed() - parsed
        );
    }
    let id = pkg.id;
    // The tree is not needed any more, and taking it apart takes time.
    std::mem::forget(pkg);
    id
}

fn run(args: Vec<String>) -> bool {
    let mut ok = true;
    let mut stubs = None;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--stubs" {
            stubs = args.next().map(PathBuf::from);
            continue;
        }
        let Ok(bytes) = std::fs::read(&arg) else {
            eprintln!("cannot read {arg}");
            ok = false;
            continue;
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (mut store, mut map, mut diags) = (Store::new(), SourceMap::new(), Diagnostics::new());
        let mut importer = Stubs {
            dir: stubs.clone(),
            known: FxHashMap::default(),
        };
        let config = Config {
            stack: 64 << 20,
            allow_type_params: true,
            ..Config::default()
        };
        let name = Path::new(&arg).to_string_lossy().into_owned();
        check(
            &mut store,
            &mut map,
            &mut importer,
            &config,
            "main",
            &name,
            &text,
            &mut diags,
        );
        for d in diags.into_sorted() {
            ok = false;
            let place = map
                .locate(d.span.lo)
                .map_or_else(|| "?".to_string(), |l| l.to_string());
            println!("{place}: {}", d.message);
            for (span, text) in &d.labels {
                let place = map
                    .locate(span.lo)
                    .map_or_else(|| "?".to_string(), |l| l.to_string());
                println!("\t{place}: {text}");
            }
        }
    }
    ok
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let thread = std::thread::Builder::new()
        .stack_size(512 << 20)
        .spawn(move || run(args));
    let ok = thread.expect("a thread").join().unwrap_or(false);
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
