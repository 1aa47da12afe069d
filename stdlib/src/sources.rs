//! The library's Go sources, embedded by `build.rs`.

/// Import path, then (file name, text) of each file.
type Package = (&'static str, &'static [(&'static str, &'static str)]);

static PACKAGES: &[Package] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The files of package `path`: name and text of each.
pub fn of(path: &str) -> Option<&'static [(&'static str, &'static str)]> {
    let i = PACKAGES.binary_search_by(|p| p.0.cmp(path)).ok()?;
    Some(PACKAGES[i].1)
}

/// The import paths of all packages, sorted.
pub fn paths() -> impl Iterator<Item = &'static str> {
    PACKAGES.iter().map(|p| p.0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn packages_are_found_by_path() {
        assert!(super::of("errors").is_some_and(|files| files[0].1.contains("package errors")));
        assert!(super::of("no/such").is_none());
        assert!(super::paths().is_sorted());
    }
}
