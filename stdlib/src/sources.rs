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

/// The import path of the package whose last element is `name`: of several the one that a program means most often,
/// which has the shortest path, or comes first.
pub fn named(name: &str) -> Option<&'static str> {
    let is_public = |p: &&str| !p.split('/').any(|part| part == "internal");
    let named = paths().filter(|p| p.rsplit('/').next() == Some(name));
    named.filter(is_public).min_by_key(|p| p.len())
}

#[cfg(test)]
mod tests {
    #[test]
    fn packages_are_found_by_name() {
        assert_eq!(super::named("rand"), Some("math/rand"));
        assert_eq!(super::named("rterr"), None);
    }

    #[test]
    fn packages_are_found_by_path() {
        assert!(super::of("errors").is_some_and(|files| files[0].1.contains("package errors")));
        assert!(super::of("no/such").is_none());
        assert!(super::paths().is_sorted());
    }
}
