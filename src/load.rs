//! From the command line to source text: files, folders, standard input.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// A source file as read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name in diagnostics: as given on the command line, or `<stdin>`.
    pub name: String,
    /// Where it is; the name for what is no file.
    pub path: PathBuf,
    /// The bytes, as they are.
    pub bytes: Vec<u8>,
    /// The name in its package clause, once somebody has looked.
    pub package: String,
}

impl Source {
    /// The name without its folder.
    pub fn base_name(&self) -> String {
        self.path
            .file_name()
            .map_or_else(|| self.name.clone(), |n| n.to_string_lossy().into_owned())
    }
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
    /// What is wrong with a `go.mod`.
    Module(String),
    /// What is wrong with a file's build constraint.
    Constraint(String, String),
    /// A pattern names no package that can be built: why.
    Refused(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Io(path, e) => write!(f, "{}: {}", path.display(), io_text(e)),
            LoadError::NoSources(path) => write!(f, "no .mgo or .go files in {}", path.display()),
            LoadError::Module(why) | LoadError::Refused(why) => f.write_str(why),
            LoadError::Constraint(file, why) => write!(f, "{file}: {why}"),
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

/// Reads the files that `paths` name: `-` alone, or files of one folder.
///
/// # Errors
/// When something cannot be read.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Source>, LoadError> {
    if let [only] = paths
        && only.as_os_str() == "-"
    {
        let bytes = stdin().map_err(|e| LoadError::Io("<stdin>".into(), e))?;
        return Ok(vec![Source {
            name: "<stdin>".to_owned(),
            path: "<stdin>".into(),
            bytes,
            package: String::new(),
        }]);
    }
    for pair in paths.windows(2) {
        if pair[0].parent() != pair[1].parent() {
            return Err(LoadError::SeveralFolders(pair[0].clone(), pair[1].clone()));
        }
    }
    paths.iter().map(|p| read_file(p, p)).collect()
}

/// All of standard input, which is read but once.
fn stdin() -> std::io::Result<Vec<u8>> {
    static READ: Mutex<Option<Vec<u8>>> = Mutex::new(None);
    let mut read = READ.lock().unwrap_or_else(|e| e.into_inner());
    if read.is_none() {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes)?;
        hide_interpreter(&mut bytes);
        *read = Some(bytes);
    }
    Ok(read.clone().unwrap_or_default())
}

/// Makes a comment of a first line that tells Unix which command to run the file with.
fn hide_interpreter(bytes: &mut [u8]) {
    if bytes.starts_with(b"#!") {
        bytes[..2].copy_from_slice(b"//");
    }
}

/// Reads one file; `shown` is its name in diagnostics.
///
/// # Errors
/// When it cannot be read, or is too large.
pub fn read_file(path: &Path, shown: &Path) -> Result<Source, LoadError> {
    let mut bytes = std::fs::read(path).map_err(|e| LoadError::Io(path.to_owned(), e))?;
    hide_interpreter(&mut bytes);
    if bytes.len() as u64 >= u64::from(u32::MAX) / 2 {
        return Err(LoadError::TooLarge(path.to_owned()));
    }
    Ok(Source {
        name: shown.display().to_string(),
        path: path.to_owned(),
        bytes,
        package: String::new(),
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
