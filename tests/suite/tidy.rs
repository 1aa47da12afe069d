//! What STYLE asks of the sources, checked: crate arrows, doors of outside crates, places of `unsafe`,
//! head comments.

use std::path::Path;

use crate::common::{files, root};
use libtest_mimic::{Failed, Trial};

/// Which crates a crate may name.
const ARROWS: [(&str, &[&str]); 4] = [
    ("lang", &[]),
    ("runtime", &[]),
    ("vm", &["lang", "runtime"]),
    ("stdlib", &["lang", "runtime", "vm"]),
];

/// The only places that may name an outside crate.
const DOORS: [(&str, &[&str]); 7] = [
    ("strsim::", &["lang/src/types/advice.rs"]),
    ("logos::", &["lang/src/syntax/token.rs"]),
    (
        "lalrpop_util::",
        &[
            "lang/src/syntax/parser.rs",
            "lang/src/syntax/grammar.lalrpop",
            "lang/src/syntax/errors.rs",
        ],
    ),
    ("codespan_reporting::", &["lang/src/diag/render.rs"]),
    ("crossbeam_deque::", &["runtime/src/sched/runq.rs"]),
    ("libc::", &["runtime/src/os/"]),
    ("libm::", &["stdlib/src/mathfn.rs"]),
];

/// Where `unsafe` may stand.
const UNSAFE: [&str; 19] = [
    "vm/src/frame.rs",
    "vm/src/value/",
    "vm/src/native.rs",
    "vm/src/native/",
    "runtime/src/g.rs",
    "runtime/src/p.rs",
    "runtime/src/sched/runq.rs",
    "runtime/src/tests/",
    "runtime/examples/",
    "runtime/src/stack.rs",
    "runtime/src/chan.rs",
    "runtime/src/chan/",
    "runtime/src/select.rs",
    "runtime/src/sudog.rs",
    "runtime/src/sema.rs",
    "runtime/tests/",
    "runtime/src/gc/",
    "runtime/src/os/",
    "runtime/src/sync.rs",
];

/// The checks.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("tidy: crate arrows", arrows),
        Trial::test("tidy: doors of outside crates", doors),
        Trial::test("tidy: places of unsafe", unsafe_places),
        Trial::test("tidy: head comments", head_comments),
    ]
}

/// Every Rust source of the project with its path from the root.
fn sources() -> Vec<(String, String)> {
    let dirs = ["src", "lang", "runtime", "vm", "stdlib", "tests", "benches"];
    dirs.iter()
        .flat_map(|d| files(&root().join(d), "rs"))
        .filter(|p| !p.components().any(|c| c.as_os_str() == "target"))
        .map(|p| {
            (
                relative(&p),
                std::fs::read_to_string(&p).expect("sources are readable"),
            )
        })
        .collect()
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .expect("below the root")
        .display()
        .to_string()
}

/// Reports all problems at once.
fn report(problems: Vec<String>) -> Result<(), Failed> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

fn arrows() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for (name, allowed) in ARROWS {
        let manifest = std::fs::read_to_string(root().join(name).join("Cargo.toml"))?;
        for (other, _) in ARROWS {
            let named = manifest.contains(&format!("mgo-{other}.workspace"));
            if named && !allowed.contains(&other) {
                problems.push(format!("{name} must not know {other}"));
            }
        }
    }
    report(problems)
}

fn doors() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for (path, text) in sources() {
        for (name, places) in DOORS {
            let own = places.iter().any(|p| path.starts_with(p)) || path.starts_with("tests/");
            if !own && code_lines(&text).any(|l| names(l, name)) {
                problems.push(format!("{path} names {name}, which only {places:?} may"));
            }
        }
    }
    report(problems)
}

/// Whether a line names the crate `krate::`, not merely a longer path that ends so.
fn names(line: &str, krate: &str) -> bool {
    line.match_indices(krate).any(|(i, _)| {
        let before = line[..i].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
    })
}

/// The lines that are not comments.
fn code_lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|l| !l.starts_with("//"))
}

fn unsafe_places() -> Result<(), Failed> {
    let mut problems = Vec::new();
    for (path, text) in sources() {
        let may = UNSAFE.iter().any(|p| path.starts_with(p)) || path.starts_with("tests/");
        let uses = code_lines(&text)
            .any(|l| l.contains("unsafe {") || l.contains("unsafe fn") || l.contains("unsafe impl"));
        if uses && !may {
            problems.push(format!("{path} has unsafe code"));
        }
    }
    report(problems)
}

fn head_comments() -> Result<(), Failed> {
    let missing = sources().into_iter().filter(|(_, text)| !text.starts_with("//!"));
    report(
        missing
            .map(|(path, _)| format!("{path} does not say at its head what it does"))
            .collect(),
    )
}
