//! Script files: a file without a package clause, whose statements run in order.
//!
//! A script is one piece of a package `main` (see `mgo_lang::types::fragment`). It may be a `.mgo` file, standard
//! input, or a file of any name that begins with `#!`, the line by which Unix finds the command to run it with.

use std::path::Path;

use mgo_lang::diag::Diagnostics;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::lexer::report_invalid_utf8;
use mgo_lang::syntax::parser::{FragmentKind, parse_fragment};
use mgo_lang::types::checker::Config;
use mgo_lang::types::fragment::{Home, Piece, check_piece};

use crate::load::{self, LoadError, Source};
use crate::session::Session;

/// The script that `patterns` name, if they name one.
///
/// # Errors
/// When it cannot be read.
pub fn find(patterns: &[String]) -> Result<Option<Source>, LoadError> {
    let [name] = patterns else { return Ok(None) };
    let path = Path::new(name);
    let may_be = name == "-" || path.is_file() && (name.ends_with(".mgo") || begins_as_script(path));
    if !may_be {
        return Ok(None);
    }
    let source = load::read(&[path.to_owned()])?.pop();
    Ok(source.filter(|s| !has_package_clause(&s.bytes)))
}

/// Whether the file at `path` begins with `#!`.
pub fn begins_as_script(path: &Path) -> bool {
    use std::io::Read;
    let mut begin = [0; 2];
    std::fs::File::open(path).is_ok_and(|mut f| f.read_exact(&mut begin).is_ok()) && begin == *b"#!"
}

/// Whether the first thing that is neither blank nor comment is `package`; also if there is nothing at all.
fn has_package_clause(text: &[u8]) -> bool {
    let mut rest = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    loop {
        rest = rest.trim_ascii_start();
        let end = |pattern: &[u8]| rest.windows(pattern.len()).position(|w| w == pattern);
        let skip = if rest.starts_with(b"//") {
            end(b"\n").map(|i| i + 1)
        } else if rest.starts_with(b"/*") {
            end(b"*/").map(|i| i + 2)
        } else {
            let word = rest.strip_prefix(b"package");
            return rest.is_empty()
                || word.is_some_and(|w| !w.first().is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_'));
        };
        rest = skip.map_or(b"", |i| &rest[i..]);
    }
}

impl Session {
    /// Parses and checks a script.
    ///
    /// # Errors
    /// When the position space is full.
    pub fn check_script(source: Source) -> Result<Session, LoadError> {
        let mut s = Session::new();
        let dir = source.path.parent().unwrap_or(Path::new("")).to_owned();
        let (file, bad) = s.add_source(source)?;
        let mut diags = Diagnostics::new();
        report_invalid_utf8(s.map.file(file), &bad, &mut diags);
        let mut ids = ExprIds::default();
        let fragment = parse_fragment(&s.map, file, FragmentKind::Stmts, &mut ids, &mut diags);
        if !diags.has_errors() {
            s.add_imports(&dir, file, &fragment.stmts, &mut diags);
        }
        if !diags.has_errors() {
            let piece = Piece::of(&s.map, file, fragment.stmts, &ids);
            let config = Config {
                allow_type_params: true,
                ..Config::default()
            };
            let home = Home::new(&mut s.store, "main", false);
            let (store, map, mut imports) = s.importing();
            let checked = check_piece(store, map, &mut imports, &config, home, piece, &mut diags);
            if let Some(checked) = checked {
                let scope = s.store[home.pkg].scope;
                let main = s.store[scope].names.get("main").copied();
                // One that only declares is a program that leaves its package clause out.
                s.entries = vec![checked.entry];
                s.entries.extend(main.filter(|_| !checked.does));
                s.main = Some(checked.package);
            }
        }
        for d in diags.into_sorted() {
            s.diags.push(d);
        }
        s.finish_library();
        Ok(s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_clauses_are_found() {
        for yes in [
            "package main",
            "// c\n/* d\n*/ package x",
            "",
            "// only\n",
            "\u{FEFF}package p",
        ] {
            assert!(has_package_clause(yes.as_bytes()), "{yes:?}");
        }
        for no in ["fmt.Println()", "packages := 1", "// c\nx := 1", "import \"fmt\""] {
            assert!(!has_package_clause(no.as_bytes()), "{no:?}");
        }
    }
}
