//! `go.mod`: the name of a module, its language version, what it replaces by folders.
//!
//! mgo fetches no modules: a required module can be had when it is replaced by a folder or lies in `vendor`.

use std::path::{Path, PathBuf};

/// A module whose sources are at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its path: the prefix of its packages' import paths.
    pub path: String,
    /// Its folder.
    pub dir: PathBuf,
    /// The minor number of the `go` directive's version 1.N; none if there is no directive.
    pub go: Option<u32>,
    /// Modules that stand in a folder.
    pub replaced: Vec<Replaced>,
    /// Paths of required modules.
    pub required: Vec<String>,
}

/// `replace path => dir`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The path replaced.
    pub path: String,
    /// The folder, relative to the module's.
    pub dir: PathBuf,
}

/// Finds and reads the `go.mod` of `dir` or the nearest folder above.
///
/// # Errors
/// What is wrong with the file.
pub fn find(dir: &Path) -> Result<Option<Module>, String> {
    let found = dir.ancestors().find(|d| d.join("go.mod").is_file());
    found.map(read).transpose()
}

/// Reads the `go.mod` of a folder.
///
/// # Errors
/// What is wrong with the file.
pub fn read(dir: &Path) -> Result<Module, String> {
    let file = dir.join("go.mod");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("reading {}: {e}", file.display()))?;
    parse(&text, dir).map_err(|e| format!("errors parsing {}:\n{e}", file.display()))
}

/// Directives that say nothing to mgo: about fetching, versions, tools and settings of the toolchain.
const OF_NO_CONCERN: [&str; 6] = ["toolchain", "exclude", "retract", "tool", "godebug", "ignore"];

fn parse(text: &str, dir: &Path) -> Result<Module, String> {
    let mut module = Module {
        path: String::new(),
        dir: dir.to_owned(),
        go: None,
        replaced: Vec::new(),
        required: Vec::new(),
    };
    let mut block: Option<String> = None;
    for (i, line) in text.lines().enumerate() {
        let at = |e: String| format!("go.mod:{}: {e}", i + 1);
        let line = line.split("//").next().unwrap_or_default();
        let mut words = words(line).map_err(at)?;
        match (&block, words.first().map(String::as_str)) {
            (_, None) => continue,
            (Some(_), Some(")")) => block = None,
            (Some(verb), Some(_)) => {
                words.insert(0, verb.clone());
                directive(&mut module, &words).map_err(at)?;
            }
            (None, Some(_)) if words.len() == 2 && words[1] == "(" => block = words.drain(..1).next(),
            (None, Some(_)) => directive(&mut module, &words).map_err(at)?,
        }
    }
    if block.is_some() {
        return Err("go.mod: syntax error (unterminated block started at end of file)".to_owned());
    }
    if module.path.is_empty() {
        return Err("go.mod: no module declaration".to_owned());
    }
    Ok(module)
}

/// The words of a line; one may be quoted.
fn words(line: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = line.trim();
    while let Some(c) = rest.chars().next() {
        let (word, len) = match c {
            '"' | '`' => {
                let end = rest[1..].find(c).ok_or("unterminated quoted string")?;
                (&rest[1..=end], end + 2)
            }
            '(' | ')' => (&rest[..1], 1),
            _ => {
                let end = rest.find([' ', '\t', '(', ')']).unwrap_or(rest.len());
                (&rest[..end], end)
            }
        };
        found.push(word.to_owned());
        rest = rest[len..].trim_start();
    }
    Ok(found)
}

fn directive(module: &mut Module, words: &[String]) -> Result<(), String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["module", _] if !module.path.is_empty() => return Err("repeated module statement".to_owned()),
        ["module", path] => module.path = (*path).to_owned(),
        ["go", version] => module.go = Some(go_version(version)?),
        ["require", path, _version] => module.required.push((*path).to_owned()),
        ["replace", path, "=>", new] | ["replace", path, _, "=>", new] => {
            let local = new.starts_with("./") || new.starts_with("../") || new.starts_with('/');
            if !local {
                let why = "replacement module without version must be directory path (rooted or starting with . or ..)";
                return Err(why.to_owned());
            }
            module.replaced.push(Replaced {
                path: (*path).to_owned(),
                dir: PathBuf::from(new),
            });
        }
        // Replaced by another version that would have to be fetched.
        ["replace", _, "=>", _, _] | ["replace", _, _, "=>", _, _] => {}
        [verb @ ("module" | "go" | "require" | "replace"), ..] => {
            return Err(format!(
                "usage: {verb} takes other arguments than {:?}",
                &words[1..]
            ));
        }
        [verb, ..] if OF_NO_CONCERN.contains(verb) => {}
        [verb, ..] => return Err(format!("unknown directive: {verb}")),
        [] => {}
    }
    Ok(())
}

/// The N of a version 1.N, 1.N.M or 1.NrcM.
fn go_version(text: &str) -> Result<u32, String> {
    let minor = text.strip_prefix("1.").map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        &rest[..end]
    });
    minor
        .and_then(|m| m.parse().ok())
        .ok_or_else(|| format!("invalid go version '{text}': must match format 1.23.0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_file_is_read() {
        let text = "// c\nmodule \"example.com/m\" // c\n\ngo 1.21.3\ntoolchain go1.27\nrequire (\n\ta.b/c v1.0.0 // \
                    indirect\n)\nreplace (\n\ta.b/c => ../c\n\tx v1 => y v2\n)\nreplace d.e/f v1.2.3 => ./f\n";
        let m = parse(text, Path::new("/m")).unwrap();
        assert_eq!((m.path.as_str(), m.go), ("example.com/m", Some(21)));
        assert_eq!(m.required, ["a.b/c"]);
        let replaced: Vec<_> = m.replaced.iter().map(|r| (&*r.path, r.dir.to_str())).collect();
        assert_eq!(replaced, [("a.b/c", Some("../c")), ("d.e/f", Some("./f"))]);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let error = |t| parse(t, Path::new("/m")).unwrap_err();
        assert_eq!(error("go 1.20\n"), "go.mod: no module declaration");
        assert_eq!(error("module m\nfoo x\n"), "go.mod:2: unknown directive: foo");
        assert_eq!(
            error("module m\nmodule n\n"),
            "go.mod:2: repeated module statement"
        );
        assert!(error("module m\ngo latest\n").starts_with("go.mod:2: invalid go version 'latest'"));
        assert!(error("module m\nrequire (\n").contains("unterminated block"));
        assert!(error("module m\nreplace a => b\n").contains("must be directory path"));
    }
}
