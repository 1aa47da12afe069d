//! The head of a file, read without parsing the rest: build constraint, package name, imports.
//!
//! A loader asks this of every file of a folder before it knows which of them it wants. The scan stops at
//! the first thing that is neither comment, package clause nor import; what is wrong there is the parser's
//! to report.

use super::constraint;

/// What a file says of itself before its declarations.
#[derive(Debug, Default)]
pub struct Header {
    /// The name in the package clause; empty if there is none.
    pub package: String,
    /// The imports in order.
    pub imports: Vec<ImportRef>,
    /// The build constraint, or why it cannot be read.
    pub constraint: Option<Result<constraint::Expr, String>>,
}

/// An import as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRef {
    /// The path.
    pub path: String,
    /// Where it stands, with its name if it has one: offsets in the file.
    pub at: (usize, usize),
}

/// Reads the head of a file.
pub fn read(text: &str) -> Header {
    let mut s = Scan {
        text,
        at: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
        go_build: None,
        plus_build: Vec::new(),
        leading: true,
    };
    if s.rest().starts_with("#!") {
        s.line();
    }
    s.blanks();
    s.leading = false;
    let mut header = Header {
        constraint: s.constraint(),
        ..Header::default()
    };
    if s.word() != "package" {
        return header;
    }
    s.blanks();
    header.package = s.word().to_owned();
    loop {
        s.blanks();
        if s.take(';') {
            continue;
        }
        if s.word() != "import" {
            return header;
        }
        s.blanks();
        if !s.take('(') {
            match s.spec() {
                Some(import) => header.imports.push(import),
                None => return header,
            }
            continue;
        }
        loop {
            s.blanks();
            if s.take(';') {
                continue;
            }
            if s.take(')') {
                break;
            }
            match s.spec() {
                Some(import) => header.imports.push(import),
                None => return header,
            }
        }
    }
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    go_build: Option<Result<constraint::Expr, String>>,
    plus_build: Vec<&'t str>,
    /// Before the package clause: constraints count.
    leading: bool,
}

impl<'t> Scan<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Takes the rest of the line.
    fn line(&mut self) -> &'t str {
        let rest = self.rest();
        let len = rest.find('\n').unwrap_or(rest.len());
        self.at += len;
        rest[..len].trim_end()
    }

    /// Skips blanks and comments.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at += blank;
            if self.rest().starts_with("//") {
                let line = self.line();
                if self.leading {
                    self.constraint_line(line);
                }
            } else if self.rest().starts_with("/*") {
                let rest = self.rest();
                self.at += rest[2..].find("*/").map_or(rest.len(), |i| i + 4);
            } else {
                return;
            }
        }
    }

    fn constraint_line(&mut self, line: &'t str) {
        if let Some(x) = line.strip_prefix("//go:build")
            && x.starts_with([' ', '\t'])
        {
            let again = self.go_build.is_some();
            let parsed = constraint::parse(x).map_err(|e| format!("parsing //go:build line: {e}"));
            self.go_build = Some(if again {
                Err("multiple //go:build comments".to_owned())
            } else {
                parsed
            });
        }
        let old = line[2..].trim_start_matches([' ', '\t']).strip_prefix("+build");
        if let Some(x) = old.filter(|x| x.is_empty() || x.starts_with([' ', '\t'])) {
            // A block of comments right before the package clause documents it and is no constraint.
            let block = self.rest().trim_start_matches(['\r', '\n']).len();
            let documents = block > 0 && self.adjoins_package();
            if !documents {
                self.plus_build.push(x);
            }
        }
    }

    /// Whether only comment lines, and no blank one, stand between here and the package clause.
    fn adjoins_package(&self) -> bool {
        let mut lines = self.rest().strip_prefix('\n').unwrap_or_default().lines();
        let next = lines.find(|l| !l.trim_start().starts_with("//"));
        next.is_some_and(|l| l.trim_start().starts_with("package"))
    }

    fn constraint(&mut self) -> Option<Result<constraint::Expr, String>> {
        match self.go_build.take() {
            Some(x) => Some(x),
            None => constraint::parse_plus_build(self.plus_build.drain(..)).transpose(),
        }
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += len;
        &rest[..len]
    }

    fn take(&mut self, c: char) -> bool {
        let is = self.rest().starts_with(c);
        self.at += if is { c.len_utf8() } else { 0 };
        is
    }

    /// An import spec: an optional name, and the path.
    fn spec(&mut self) -> Option<ImportRef> {
        let start = self.at;
        if !self.take('.') {
            self.word();
        }
        self.blanks();
        let quote = self.rest().chars().next().filter(|c| matches!(c, '"' | '`'))?;
        self.at += 1;
        let rest = self.rest();
        let len = rest.find([quote, '\n'])?;
        if !rest[len..].starts_with(quote) {
            return None;
        }
        self.at += len + 1;
        // A path with an escape is none that can be imported, or is one that nobody writes so.
        Some(ImportRef {
            path: rest[..len].to_owned(),
            at: (start, self.at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_and_imports_are_found() {
        let text = "#!/usr/bin/mgo\n// doc\n/* c */ package /* x */ main; import \"fmt\"\nimport (\n\t. \"os\" // c\n\tx `a/b`; _ \"c\"\n)\nimport ()\nvar x = 1\nimport \"late\"\n";
        let h = read(text);
        assert_eq!(h.package, "main");
        let paths: Vec<&str> = h.imports.iter().map(|i| &*i.path).collect();
        assert_eq!(paths, ["fmt", "os", "a/b", "c"]);
        assert_eq!(&text[h.imports[2].at.0..h.imports[2].at.1], "x `a/b`");
        assert!(h.constraint.is_none());
    }

    #[test]
    fn constraints_stand_before_the_package_clause() {
        let constraint = |t| read(t).constraint;
        assert!(matches!(
            constraint("// x\n\n//go:build linux\n\npackage p\n"),
            Some(Ok(_))
        ));
        assert!(matches!(
            constraint("//go:build linux &\npackage p\n"),
            Some(Err(_))
        ));
        assert!(matches!(
            constraint("//go:build a\n//go:build b\npackage p\n"),
            Some(Err(_))
        ));
        assert!(constraint("package p\n//go:build linux\n").is_none());
        assert!(constraint("/*\n//go:build linux\n*/\npackage p\n").is_none());
        assert!(matches!(
            constraint("// +build linux\n\npackage p\n"),
            Some(Ok(_))
        ));
        assert!(constraint("// +build linux\npackage p\n").is_none());
    }

    #[test]
    fn broken_heads_end_the_scan() {
        for text in [
            "",
            "/*",
            "package",
            "import \"x\"",
            "package p; import",
            "package p; import (\"a",
            "\u{FEFF}package p",
        ] {
            let h = read(text);
            assert!(h.imports.is_empty(), "{text}");
        }
    }
}
