//! `//go:embed` lines: where they may stand, and the patterns they hold.
//!
//! [`find`] reads them from a parsed file. Which files a pattern names is for the caller, who may look at
//! folders, to find out and to put into [`VarSpec::embed`](super::ast::VarSpec::embed).

use std::sync::Arc;

use super::ast::*;
use super::literal;
use super::visit::{self, Visitor};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::{Pos, SourceMap, Span};

/// The files of a variable.
#[derive(Clone, Debug)]
pub struct Embed {
    /// Files, and folders with a slash at the end: sorted by folder, then by name.
    pub files: Vec<EmbeddedFile>,
}

/// A file.
#[derive(Clone, Debug)]
pub struct EmbeddedFile {
    /// Its name relative to the package's folder.
    pub name: Name,
    /// Its contents; empty for a folder.
    pub data: Arc<[u8]>,
}

/// A variable that wants files.
#[derive(Debug)]
pub struct Request {
    /// Its place: index of the declaration in the file, and of the spec in that.
    pub at: (usize, usize),
    /// The patterns, each where it stands.
    pub patterns: Vec<(String, Span)>,
}

/// Finds the variables of `file` that want files; misplaced lines are reported.
pub fn find(map: &SourceMap, file: &File, diags: &mut Diagnostics) -> Vec<Request> {
    let is_embed = |s: &&Span| is_directive(map.text(**s));
    let lines: Vec<Span> = file.comments.iter().filter(is_embed).copied().collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let mut finder = Finder {
        map,
        imports: imports_embed(file),
        in_func: false,
        used: Vec::new(),
        at: (0, 0),
        requests: Vec::new(),
        diags,
    };
    for (i, d) in file.decls.iter().enumerate() {
        finder.at.0 = i;
        finder.in_func = false;
        finder.decl(d);
    }
    let Finder { used, requests, .. } = finder;
    for line in lines {
        if !used.contains(&line) {
            report(diags, line, "misplaced go:embed directive");
        }
    }
    requests
}

fn is_directive(comment: &str) -> bool {
    comment
        .strip_prefix("//go:embed")
        .is_some_and(|r| r.is_empty() || r.starts_with([' ', '\t']))
}

fn imports_embed(file: &File) -> bool {
    let specs = file.decls.iter().flat_map(|d| match d {
        Decl::Import(d) => d.specs.as_slice(),
        _ => &[],
    });
    specs.into_iter().any(|s| &*s.path == "embed")
}

/// Reports on a directive: Go counts from behind its slashes.
fn report(diags: &mut Diagnostics, line: Span, text: impl Into<String>) {
    let span = Span::new(Pos(line.lo.0 + 2), line.hi);
    diags.push(Diagnostic::error(Code::InvalidEmbed, span, text));
}

struct Finder<'f> {
    map: &'f SourceMap,
    imports: bool,
    in_func: bool,
    used: Vec<Span>,
    at: (usize, usize),
    requests: Vec<Request>,
    diags: &'f mut Diagnostics,
}

impl Visitor for Finder<'_> {
    fn decl(&mut self, d: &Decl) {
        if let Decl::Var(d) = d {
            for (i, s) in d.specs.iter().enumerate() {
                self.at.1 = i;
                self.spec(s);
            }
        }
        visit::walk_decl(self, d);
    }

    fn block(&mut self, b: &Block) {
        let around = std::mem::replace(&mut self.in_func, true);
        visit::walk_block(self, b);
        self.in_func = around;
    }
}

impl Finder<'_> {
    fn spec(&mut self, s: &VarSpec) {
        let map = self.map;
        let lines: Vec<Span> = s
            .directives
            .iter()
            .filter(|l| is_directive(map.text(**l)))
            .copied()
            .collect();
        let Some(&first) = lines.first() else { return };
        self.used.extend(&lines);
        let wrong = if !self.imports {
            "go:embed requires import \"embed\" (or import _ \"embed\", if package is not used)"
        } else if s.names.len() > 1 {
            "go:embed cannot apply to multiple vars"
        } else if !s.values.is_empty() {
            "go:embed cannot apply to var with initializer"
        } else if s.ty.is_none() {
            "go:embed cannot apply to var without type"
        } else if self.in_func {
            "go:embed cannot apply to var inside func"
        } else {
            ""
        };
        if !wrong.is_empty() {
            return report(self.diags, first, wrong);
        }
        let mut patterns = Vec::new();
        for line in lines {
            match read_patterns(map.text(line)) {
                Ok(found) if found.is_empty() => report(self.diags, line, "usage: //go:embed pattern..."),
                Ok(found) => patterns.extend(found.into_iter().map(|(p, lo, hi)| {
                    let at = |i: usize| Pos(line.lo.0 + i as u32);
                    (p, Span::new(at(lo), at(hi)))
                })),
                Err(bad) => {
                    let text = format!("invalid quoted string in //go:embed: {bad}");
                    report(self.diags, line, text);
                    report(self.diags, line, "usage: //go:embed pattern...");
                }
            }
        }
        self.requests.push(Request {
            at: self.at,
            patterns,
        });
    }
}

/// The patterns of a directive with their offsets in it; the text of a quoted one that is wrong.
fn read_patterns(comment: &str) -> Result<Vec<(String, usize, usize)>, String> {
    let mut found = Vec::new();
    let mut at = "//go:embed".len();
    loop {
        let rest = &comment[at..];
        at += rest.len() - rest.trim_start().len();
        let rest = &comment[at..];
        let Some(c) = rest.chars().next() else {
            return Ok(found);
        };
        let len = match c {
            '`' => rest[1..].find('`').map(|i| i + 2),
            '"' => closing_quote(rest),
            _ => Some(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        let bad = || rest.to_owned();
        let len = len.ok_or_else(bad)?;
        let word = &rest[..len];
        let pattern = match c {
            '`' => word[1..len - 1].to_owned(),
            '"' => literal::unquote(word).ok_or_else(bad)?,
            _ => word.to_owned(),
        };
        if matches!(c, '"' | '`') && !comment[at + len..].chars().next().is_none_or(char::is_whitespace) {
            return Err(bad());
        }
        found.push((pattern, at, at + len));
        at += len;
    }
}

/// The length of the quoted string that `text` begins with.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = true;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'"' if !escaped => return Some(i + 1),
            b'\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_words_or_quoted() {
        let words = |t| {
            let found = read_patterns(t).unwrap();
            found.into_iter().map(|p| p.0).collect::<Vec<_>>()
        };
        assert_eq!(words("//go:embed a  b/*.txt all:c"), ["a", "b/*.txt", "all:c"]);
        assert_eq!(words("//go:embed \"a b\\t\" `c\"d`"), ["a b\t", "c\"d"]);
        assert!(words("//go:embed").is_empty());
        for bad in ["//go:embed \"a", "//go:embed `a", "//go:embed \"a\"b"] {
            assert!(read_patterns(bad).is_err(), "{bad}");
        }
    }
}
