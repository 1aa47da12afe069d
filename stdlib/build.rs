//! Embeds the library's Go sources: every `mgo/<import path>/*.mgo` becomes an entry of a table, sorted by
//! import path.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=mgo");
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
