//! Go's own library, where Go is installed: every file of it parses.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{messages, parse};

fn go_root() -> Option<PathBuf> {
    let out = Command::new("go")
        .args(["env", "GOROOT"])
        .env("GOTOOLCHAIN", "local")
        .output()
        .ok()?;
    let root = PathBuf::from(String::from_utf8(out.stdout).ok()?.trim());
    root.join("src").is_dir().then_some(root)
}

fn go_files(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = dir.read_dir() else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() && name != "testdata" {
            go_files(&path, out);
        } else if name.ends_with(".go") {
            out.push(path);
        }
    }
}

#[test]
fn every_file_parses() {
    let Some(root) = go_root() else {
        eprintln!("skipped: there is no `go` on the path");
        return;
    };
    let mut files = Vec::new();
    go_files(&root.join("src"), &mut files);
    files.sort();
    // A tenth of them in an ordinary run; all with MGO_ALL=1.
    let step = if std::env::var_os("MGO_ALL").is_some() {
        1
    } else {
        10
    };
    for path in files.iter().step_by(step) {
        let Ok(text) = std::fs::read_to_string(path) else {
            continue;
        };
        let p = parse(&text);
        // Directives of the runtime's own files: the text alone does not say that they are.
        let faults: Vec<_> = messages(&p)
            .lines()
            .filter(|m| !m.ends_with("only allowed in runtime"))
            .map(str::to_owned)
            .collect();
        assert!(faults.is_empty(), "in {}: {faults:?}", path.display());
    }
}
