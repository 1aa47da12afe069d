//! The files that the patterns of `//go:embed` name.
//!
//! A pattern is relative to the package's folder and stays below it. It matches as `path.Match` does; a folder
//! that matches stands for all files below it but those whose name begins with `.` or `_`, unless the pattern
//! begins with `all:`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mgo_lang::diag::{Code, Diagnostic, Diagnostics};
use mgo_lang::source::Span;
use mgo_lang::syntax::embed::{Embed, EmbeddedFile};
use mgo_stdlib::text;

/// Finds and reads the files of all `patterns` of one variable; what is wrong goes to `diags`.
pub fn read(dir: &Path, patterns: &[(String, Span)], diags: &mut Diagnostics) -> Embed {
    // By folder, then by name: the order that package embed searches in.
    let mut files: BTreeMap<(String, String), EmbeddedFile> = BTreeMap::new();
    for (pattern, span) in patterns {
        let mut error = |why: &str| {
            let text = format!("pattern {pattern}: {why}");
            diags.push(Diagnostic::error(Code::InvalidEmbed, *span, text));
        };
        let found = match find(dir, pattern) {
            Ok(found) => found,
            Err(why) => {
                error(&why);
                continue;
            }
        };
        for name in found {
            match std::fs::read(dir.join(&name)) {
                Ok(bytes) => add(&mut files, &name, bytes.into()),
                Err(e) => error(&format!("cannot read {name}: {e}")),
            }
        }
    }
    Embed {
        files: files.into_values().collect(),
    }
}

/// Adds a file with the folders on the way.
fn add(files: &mut BTreeMap<(String, String), EmbeddedFile>, name: &str, data: Arc<[u8]>) {
    let (dir, elem) = name.rsplit_once('/').unwrap_or((".", name));
    let key = (dir.to_owned(), elem.to_owned());
    let file = EmbeddedFile {
        name: name.into(),
        data,
    };
    files.insert(key, file);
    let mut at = dir;
    while at != "." {
        let (dir, elem) = at.rsplit_once('/').unwrap_or((".", at));
        let key = (dir.to_owned(), elem.to_owned());
        files.entry(key).or_insert_with(|| EmbeddedFile {
            name: format!("{at}/").into(),
            data: Arc::from([]),
        });
        at = dir;
    }
}

/// The files, by their names from `dir` on, that a pattern names.
fn find(dir: &Path, pattern: &str) -> Result<Vec<String>, String> {
    let (pattern, all) = match pattern.strip_prefix("all:") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let valid = |e: &str| !e.is_empty() && e != "." && e != "..";
    if !pattern.split('/').all(valid) || text::shell_match(pattern.as_bytes(), b"").is_none() {
        return Err("invalid pattern syntax".to_owned());
    }
    let mut names = vec![String::new()];
    for part in pattern.split('/') {
        names = names.iter().flat_map(|n| matching(dir, n, part)).collect();
    }
    if names.is_empty() {
        return Err("no matching files found".to_owned());
    }
    let mut found = Vec::new();
    for name in names {
        let path = dir.join(&name);
        let kind = std::fs::symlink_metadata(&path)
            .map_err(|e| e.to_string())?
            .file_type();
        if let Some(bad) = name.split('/').find(|e| is_bad_name(e)) {
            let what = if kind.is_dir() { "directory" } else { "file" };
            return Err(format!("cannot embed {what} {name}: invalid name {bad}"));
        }
        if kind.is_file() {
            found.push(name);
        } else if kind.is_dir() {
            if path.join("go.mod").is_file() {
                return Err(format!("cannot embed directory {name}: in different module"));
            }
            let before = found.len();
            below(dir, &name, all, &mut found);
            if found.len() == before {
                return Err(format!(
                    "cannot embed directory {name}: contains no embeddable files"
                ));
            }
        } else {
            return Err(format!("cannot embed irregular file {name}"));
        }
    }
    Ok(found)
}

fn join(dir: &str, elem: &str) -> String {
    if dir.is_empty() {
        elem.to_owned()
    } else {
        format!("{dir}/{elem}")
    }
}

/// The entries of a folder, sorted.
fn entries(dir: &Path) -> Vec<PathBuf> {
    let list = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut list: Vec<PathBuf> = list.map(|e| e.path()).collect();
    list.sort();
    list
}

/// The entries of folder `name` that match one part of a pattern.
fn matching(dir: &Path, name: &str, part: &str) -> Vec<String> {
    entries(&dir.join(name))
        .iter()
        .filter_map(|p| p.file_name()?.to_str())
        .filter(|e| text::shell_match(part.as_bytes(), e.as_bytes()) == Some(true))
        .map(|e| join(name, e))
        .collect()
}

/// The files below folder `name` that belong to it.
fn below(dir: &Path, name: &str, all: bool, found: &mut Vec<String>) {
    for path in entries(&dir.join(name)) {
        let Some(elem) = path.file_name().and_then(|e| e.to_str()) else {
            continue;
        };
        let hidden = elem.starts_with(['.', '_']) && !all;
        let Ok(kind) = std::fs::symlink_metadata(&path).map(|m| m.file_type()) else {
            continue;
        };
        if hidden || is_bad_name(elem) || path.join("go.mod").is_file() {
            continue;
        }
        let name = join(name, elem);
        if kind.is_dir() {
            below(dir, &name, all, found);
        } else if kind.is_file() {
            found.push(name);
        }
    }
}

/// Names that never come with a module: folders of version control, and what other systems do not take.
fn is_bad_name(name: &str) -> bool {
    let odd = |c: char| "\"'*<>?`|/\\:".contains(c) || c.is_control();
    matches!(name, "" | ".bzr" | ".hg" | ".git" | ".svn") || name.chars().any(odd)
}
