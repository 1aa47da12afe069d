//! The seed corpus and the programs that once failed pass through all stages, and their bytecode verifies.

use std::path::{Path, PathBuf};

use mgo_fuzz::pipeline::{Outcome, STACK, Target, run};

/// The sources right in `dir`, below the workspace.
fn sources(dir: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = std::fs::read_dir(root.join(dir)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "go" || e == "mgo"));
    files.sort();
    assert!(!files.is_empty(), "{dir} has sources");
    files
}

/// Runs all stages on the files of `dir`; those whose names start with `bad_` are refused, the others are not.
fn check(dir: &'static str) {
    let work = move || {
        for path in sources(dir) {
            let name = path.file_name().and_then(|n| n.to_str()).expect("a name");
            let bytes = std::fs::read(&path).expect("it can be read");
            let wanted = match name.starts_with("bad_") {
                true => Outcome::Refused,
                false => Outcome::Accepted,
            };
            assert_eq!(run(Target::Compiler, &bytes), wanted, "{}", path.display());
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK);
    let thread = thread.spawn(work).expect("a thread can be started");
    thread.join().expect("no stage panics");
}

#[test]
fn corpus() {
    check("fuzz/corpus");
}

#[test]
fn fixed_bugs() {
    check("tests/fixedbugs");
}
