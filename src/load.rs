//! From the command line to source text: files, folders, standard input.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A source file as read: its name in diagnostics and its bytes.
pub struct Source {
    /// As given on the command line, or `<stdin>`.
    pub name: String,
    /// The bytes, as they are.
    pub bytes: Vec<u8>,
}

/// Why the sources of a program could not be had.
#[derive(Debug)]
pub enum LoadError {
    /// A file or folder could not be read.
    Io(PathBuf, std::io::Error),
    /// A folder holds no source file.
    NoSources(PathBuf),
    /// Files of several folders were named together.
    SeveralFolders(PathBuf, PathBuf),
    /// A file is larger than the position space.
    TooLarge(PathBuf),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Io(path, e) => write!(f, "{}: {}", path.display(), io_text(e)),
            LoadError::NoSources(path) => write!(f, "{}: no .mgo or .go files", path.display()),
            LoadError::SeveralFolders(a, b) => {
                let (a, b) = (a.display(), b.display());
                write!(f, "named files must all be in one directory; have {a} and {b}")
            }
            LoadError::TooLarge(path) => write!(f, "{}: more than 4 GiB of source", path.display()),
        }
    }
}

/// The error's text as Unix words it, without the number.
fn io_text(e: &std::io::Error) -> String {
    let text = e.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    text.to_lowercase()
}

/// Reads what `paths` name: `-`, one folder, or files of one folder.
///
/// # Errors
/// When something cannot be read, or there is nothing to compile.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Source>, LoadError> {
    if let [only] = paths {
        if only.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|e| LoadError::Io("<stdin>".into(), e))?;
            return Ok(vec![Source {
                name: "<stdin>".to_owned(),
                bytes,
            }]);
        }
        if only.is_dir() {
            return read_folder(only);
        }
    }
    for pair in paths.windows(2) {
        if pair[0].parent() != pair[1].parent() {
            return Err(LoadError::SeveralFolders(pair[0].clone(), pair[1].clone()));
        }
    }
    paths.iter().map(|p| read_file(p)).collect()
}

/// The sources of the package in a folder: every `.mgo` and `.go` file but tests and hidden ones, sorted.
fn read_folder(dir: &Path) -> Result<Vec<Source>, LoadError> {
    let entries = std::fs::read_dir(dir).map_err(|e| LoadError::Io(dir.to_owned(), e))?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|e| e.path())
        .filter(|p| is_package_file(p))
        .collect();
    if files.is_empty() {
        return Err(LoadError::NoSources(dir.to_owned()));
    }
    files.sort();
    files.iter().map(|p| read_file(p)).collect()
}

/// Whether a file of a folder belongs to its package.
fn is_package_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some((stem, ext)) = name.rsplit_once('.') else {
        return false;
    };
    let hidden = name.starts_with('.') || name.starts_with('_');
    path.is_file() && matches!(ext, "mgo" | "go") && !hidden && !stem.ends_with("_test")
}

fn read_file(path: &Path) -> Result<Source, LoadError> {
    let bytes = std::fs::read(path).map_err(|e| LoadError::Io(path.to_owned(), e))?;
    if bytes.len() as u64 >= u64::from(u32::MAX) / 2 {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    Ok(Source {
        name: path.display().to_string(),
        bytes,
    })
}

/// Reads a size such as `256M`: a number of bytes with an optional unit K, M or G (powers of 1,024).
///
/// # Errors
/// When it is no such size.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].trim_end_matches(['B', 'i']) {
        "" => 1,
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        "G" | "g" => 1 << 30,
        _ => return Err("units are K, M and G".to_owned()),
    };
    let n: u64 = digits
        .parse()
        .map_err(|_| "a size is a number with a unit, such as 256M".to_owned())?;
    n.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("17"), Ok(17));
        assert_eq!(parse_size("256M"), Ok(256 << 20));
        assert_eq!(parse_size("1GiB"), Ok(1 << 30));
        assert!(parse_size("x").is_err());
        assert!(parse_size("99999999999G").is_err());
    }

    #[test]
    fn files_of_two_folders_are_refused() {
        let r = read(&["a/x.go".into(), "b/y.go".into()]);
        assert!(matches!(r, Err(LoadError::SeveralFolders(..))));
    }
}
