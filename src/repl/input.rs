//! Where an entry ends: lines are gathered until they are complete.
//!
//! A scan of brackets, strings and comments, which goes on line by line, tells most incomplete entries at once;
//! only if nothing is open the parser is asked whether more must come (`x +`). So a long entry costs no more
//! than its length.

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::SourceMap;
use mgo_lang::syntax::ast::ExprIds;
use mgo_lang::syntax::parser::{FragmentKind, parse_fragment};

/// What the scan is in the midst of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Inside {
    #[default]
    Code,
    Raw,
    Comment,
}

/// The lines of an entry so far.
#[derive(Default, Debug)]
pub struct Gatherer {
    text: String,
    depth: i64,
    inside: Inside,
}

impl Gatherer {
    /// Whether nothing has been gathered.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds a line, its newline at the end. The entry, if it is complete now.
    pub fn push(&mut self, line: &str) -> Option<String> {
        self.text.push_str(line);
        self.scan(line);
        let open = self.depth > 0 || self.inside != Inside::Code;
        if open || parser_wants_more(&self.text) {
            return None;
        }
        self.take()
    }

    /// What has been gathered, complete or not.
    pub fn take(&mut self) -> Option<String> {
        let all = std::mem::take(self);
        (!all.text.is_empty()).then_some(all.text)
    }

    fn scan(&mut self, line: &str) {
        let mut rest = line;
        while !rest.is_empty() {
            rest = match self.inside {
                Inside::Raw => self.skip_to(rest, "`"),
                Inside::Comment => self.skip_to(rest, "*/"),
                Inside::Code => self.code(rest),
            };
        }
    }

    fn skip_to<'t>(&mut self, text: &'t str, end: &str) -> &'t str {
        match text.find(end) {
            Some(i) => {
                self.inside = Inside::Code;
                &text[i + end.len()..]
            }
            None => "",
        }
    }

    /// Goes on behind the next thing that matters.
    fn code<'t>(&mut self, text: &'t str) -> &'t str {
        let Some(i) = text.find(['(', ')', '[', ']', '{', '}', '"', '\'', '`', '/']) else {
            return "";
        };
        let rest = &text[i + 1..];
        match text.as_bytes()[i] {
            b'(' | b'[' | b'{' => self.depth += 1,
            b')' | b']' | b'}' => self.depth -= 1,
            b'`' => self.inside = Inside::Raw,
            b'/' if rest.starts_with('/') => return "",
            b'/' if rest.starts_with('*') => {
                self.inside = Inside::Comment;
                return &rest[1..];
            }
            b'/' => {}
            quote => return behind_quote(rest, quote),
        }
        rest
    }
}

/// What follows the string or rune that `text` is in; it ends with its line at the latest.
fn behind_quote(text: &str, quote: u8) -> &str {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() && bytes[i] != b'\n' {
        if bytes[i] == quote {
            return &text[i + 1..];
        }
        i += 1 + usize::from(bytes[i] == b'\\');
    }
    text.get(i..).unwrap_or("")
}

/// Whether the text only ends too early.
fn parser_wants_more(text: &str) -> bool {
    let mut map = SourceMap::new();
    let Ok(file) = map.add("", text) else { return false };
    let mut diags = Diagnostics::new();
    parse_fragment(
        &map,
        file,
        FragmentKind::Stmts,
        &mut ExprIds::default(),
        &mut diags,
    )
    .incomplete
}

/// Whether `text` is a complete entry, or one that cannot become one.
pub fn is_complete(text: &str) -> bool {
    let mut g = Gatherer::default();
    g.scan(text);
    g.depth <= 0 && g.inside == Inside::Code && !parser_wants_more(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_end_where_nothing_is_open() {
        for complete in [
            "x := 1\n",
            "f(\n1,\n)\n",
            "s := `a\nb`\n",
            "/* a\n */ x\n",
            "'\"'\n",
            "\"(\\\"\"\n",
            ")\n",
            "x // (\n",
            "a / b\n",
        ] {
            assert!(is_complete(complete), "{complete:?}");
        }
        for open in [
            "x :=\n",
            "func f() {\n",
            "s := `a\n",
            "/* a\n",
            "f(1,\n",
            "a &&\n",
        ] {
            assert!(!is_complete(open), "{open:?}");
        }
    }

    #[test]
    fn lines_are_gathered_into_entries() {
        let mut g = Gatherer::default();
        assert_eq!(g.push("for {\n"), None);
        assert_eq!(g.push("}\n").as_deref(), Some("for {\n}\n"));
        assert!(g.is_empty());
        assert_eq!(g.push("1 +\n"), None);
        assert_eq!(g.take().as_deref(), Some("1 +\n"));
    }
}
