//! What a pattern names: folders, with `...` for any string, import paths, files.

use std::path::{Component, Path, PathBuf};

/// Whether a pattern is a path in the file system rather than an import path.
pub fn is_path(pattern: &str) -> bool {
    let first = Path::new(pattern).components().next();
    matches!(pattern, "." | "..")
        || pattern.starts_with("./")
        || pattern.starts_with("../")
        || matches!(first, Some(Component::RootDir))
}

/// Whether this is the name of a source file.
pub fn is_source(word: &str) -> bool {
    word.ends_with(".go") || word.ends_with(".mgo")
}

/// The folder before the first `...` of a pattern.
pub fn base(pattern: &str) -> &str {
    let end = pattern.find("...").unwrap_or(pattern.len());
    match pattern[..end].rfind('/') {
        Some(0) => "/",
        Some(i) => &pattern[..i],
        None => ".",
    }
}

/// Whether `name` matches `pattern`, where `...` stands for any string; `x/...` matches `x`, too.
pub fn matches(pattern: &str, name: &str) -> bool {
    if let Some(prefix) = pattern.strip_suffix("/...")
        && matches(prefix, name)
    {
        return true;
    }
    let mut parts = pattern.split("...");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(i) => rest = &rest[i + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The folders below `dir`, itself included, in which patterns look for packages: not hidden ones, no test
/// data, no other modules.
pub fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    let mut below: Vec<PathBuf> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.file_type().is_ok_and(|t| t.is_dir()))
        .map(|e| e.path())
        .collect();
    below.sort();
    for d in below {
        let name = d.file_name().unwrap_or_default().to_string_lossy();
        let skipped = name.starts_with(['.', '_']) || matches!(&*name, "testdata" | "vendor");
        if !skipped && !d.join("go.mod").is_file() {
            found.extend(folders(&d));
        }
    }
    found
}

/// `path` without `.` and `..`, made absolute on `cwd`. Links are not followed.
pub fn clean(cwd: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for c in cwd.join(path).components() {
        match c {
            Component::ParentDir => {
                out.pop();
            }
            Component::CurDir => {}
            c => out.push(c),
        }
    }
    out
}

/// `dir` as file names in messages show it: relative to `cwd` if that is shorter.
pub fn shown(cwd: &Path, dir: &Path) -> PathBuf {
    let mut same = 0;
    let (a, b): (Vec<_>, Vec<_>) = (cwd.components().collect(), dir.components().collect());
    while same < a.len() && same < b.len() && a[same] == b[same] {
        same += 1;
    }
    let mut relative = PathBuf::new();
    for _ in same..a.len() {
        relative.push("..");
    }
    relative.extend(&b[same..]);
    if relative.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    if relative.as_os_str().len() < dir.as_os_str().len() {
        relative
    } else {
        dir.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_stand_for_any_string() {
        for (p, n) in [
            ("./...", "."),
            ("./...", "./a/b"),
            ("./a/...", "./a"),
            ("./a...", "./ab/c"),
            ("m/.../x", "m/a/b/x"),
        ] {
            assert!(matches(p, n), "{p} {n}");
        }
        for (p, n) in [
            ("./a/...", "./ab"),
            ("m/.../x", "m/x"),
            ("m/...x", "m/ay"),
            ("a", "ab"),
        ] {
            assert!(!matches(p, n), "{p} {n}");
        }
        assert_eq!(
            (base("./..."), base("a/b..."), base("/..."), base("./a/.../b")),
            (".", "a", "/", "./a")
        );
    }

    #[test]
    fn paths_are_shown_short() {
        let show = |d| shown(Path::new("/w/m"), Path::new(d)).display().to_string();
        assert_eq!(show("/w/m"), ".");
        assert_eq!(show("/w/m/a/b"), "a/b");
        assert_eq!(show("/w/m2/x"), "/w/m2/x");
        assert_eq!(show("/x"), "/x");
        assert_eq!(
            clean(Path::new("/w/m"), Path::new(".././y/../z")),
            Path::new("/w/z")
        );
    }
}
