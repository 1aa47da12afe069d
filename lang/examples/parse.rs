//! Parses the `.go` files under the given paths, prints their syntax errors, and how fast it went.
//!
//! `cargo run --profile fast -p mgo-lang --example parse -- $(go env GOROOT)/src`

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::{lexer, parser};

fn files(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let Ok(entries) = path.read_dir() else { return };
        let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        entries.sort();
        entries.iter().for_each(|p| files(p, out));
    } else if path.extension().is_some_and(|e| e == "go" || e == "mgo") {
        out.push(path.to_owned());
    }
}

fn main() {
    let mut list = Vec::new();
    std::env::args()
        .skip(1)
        .for_each(|a| files(Path::new(&a), &mut list));
    let (mut lines, mut bytes, mut time, mut faulty) = (0, 0, Duration::ZERO, 0);
    for path in &list {
        let Ok(content) = std::fs::read(path) else {
            continue;
        };
        let (text, bad) = lexer::decode(content);
        (lines, bytes) = (lines + text.lines().count(), bytes + text.len());
        let mut map = SourceMap::new();
        let Ok(file) = map.add(path.display().to_string(), text) else {
            continue;
        };
        let (mut ids, mut diags) = (ExprIds::new(), Diagnostics::new());
        lexer::report_invalid_utf8(map.file(file), &bad, &mut diags);
        let start = Instant::now();
        parser::parse_file(&map, file, &mut ids, &mut diags);
        time += start.elapsed();
        faulty += usize::from(diags.has_errors());
        for d in diags.into_sorted() {
            let at = map.locate(d.span.lo).map_or_else(String::new, |l| l.to_string());
            println!("{at}: {}", d.message);
        }
    }
    let per_second = lines as f64 / time.as_secs_f64() / 1e6;
    eprintln!(
        "{} files ({faulty} with errors), {lines} lines, {bytes} bytes in {time:.2?}: {per_second:.2} M lines/s",
        list.len()
    );
}
