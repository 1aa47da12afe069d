//! Embeds the library's Go sources: every `mgo/<import path>/*.mgo` becomes an entry of a table, sorted by
//! import path. Turns `data/unicode.txt` into tables of code points. Computes what sources of `math/rand` are seeded from.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "build/lagged.rs"]
mod lagged;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=mgo");
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo")).join("mgo");
    let mut packages = BTreeMap::new();
    collect(&root, &root, &mut packages);
    let mut table = String::from("&[\n");
    for (path, files) in &packages {
        writeln!(table, "    ({path:?}, &[").expect("writing to a string");
        for file in files {
            let name = format!(
                "$GOROOT/src/{path}/{}",
                file.file_name().unwrap_or_default().to_string_lossy()
            );
            let at = file.display().to_string();
            writeln!(table, "        ({name:?}, include_str!({at:?})),").expect("writing to a string");
        }
        table.push_str("    ]),\n");
    }
    table.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("sources.rs");
    fs::write(out, table).expect("the build folder is writable");
    let data = fs::read_to_string("data/unicode.txt").expect("the data is there");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("unicode.rs");
    fs::write(out, unicode(&data)).expect("the build folder is writable");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("set by cargo")).join("lagged.rs");
    let table = format!(
        "/// See `build/lagged.rs`.\npub static STATE: [u64; {}] = {:?};\n",
        lagged::LENGTH,
        lagged::state()
    );
    fs::write(out, table).expect("the build folder is writable");
}

/// The tables in the data, as Rust: see its head for the form.
fn unicode(data: &str) -> String {
    let (mut names, mut tables) = (String::new(), String::new());
    let (mut cases, mut orbits) = (String::new(), String::new());
    let joined = data.replace("\n  ", "");
    for line in joined.lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("table") => {
                write!(names, "{:?},", words.next().expect("a name")).expect("a string");
                let runs: String = words.map(|w| format!("({}),", run(w))).collect();
                writeln!(tables, "&[{runs}],").expect("a string");
            }
            Some("case") => {
                for w in words {
                    let (at, deltas) = w.split_once(':').expect("deltas");
                    let (lo, hi) = at.split_once('-').unwrap_or((at, at));
                    let deltas: Vec<String> = deltas.split(',').map(delta).collect();
                    writeln!(cases, "(0x{lo},0x{hi},{}),", deltas.join(",")).expect("a string");
                }
            }
            Some("orbit") => {
                for w in words {
                    let (r, next) = w.split_once(':').expect("two runes");
                    writeln!(orbits, "(0x{r},0x{next}),").expect("a string");
                }
            }
            _ => {}
        }
    }
    format!(
        "/// The tables' names.\npub const NAMES: &[&str] = &[{names}];\n\
         /// The tables: runs of code points.\npub static TABLES: &[&[Range]] = &[{tables}];\n\
         /// Runs with deltas to upper, lower and title case.\n\
         pub static CASES: &[(u32, u32, i32, i32, i32)] = &[{cases}];\n\
         /// Runes with the next one under folding.\npub static ORBITS: &[(u32, u32)] = &[{orbits}];\n"
    )
}

/// `first-last/stride` as three numbers.
fn run(word: &str) -> String {
    let (at, stride) = word.split_once('/').unwrap_or((word, "1"));
    let (lo, hi) = at.split_once('-').unwrap_or((at, at));
    format!("0x{lo},0x{hi},0x{stride}")
}

/// A signed number; `x` is the mark for taking turns.
fn delta(word: &str) -> String {
    match (word, word.strip_prefix('-')) {
        ("x", _) => "i32::MAX".to_owned(),
        (_, Some(abs)) => format!("-0x{abs}"),
        _ => format!("0x{word}"),
    }
}

/// Adds the packages in `dir` and below to `packages`: import path to sorted files.
fn collect(root: &Path, dir: &Path, packages: &mut BTreeMap<String, Vec<PathBuf>>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir)
        .expect("the library's folder is there")
        .flatten()
        .map(|e| e.path())
        .collect();
    entries.sort();
    for path in entries {
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() {
            collect(root, &path, packages);
        } else if path.extension().is_some_and(|e| e == "mgo") {
            let import = dir
                .strip_prefix(root)
                .expect("below the root")
                .display()
                .to_string();
            packages.entry(import).or_default().push(path);
        }
    }
}
