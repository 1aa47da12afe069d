//! Source text to tokens: comments set aside, semicolons inserted, literals looked at.
//!
//! [`lex`] cuts the whole file at once. Every error inside a token is reported here, in the words of
//! Go's scanner (`cmd/compile/internal/syntax/scanner.go`) and at the offending byte; the parser gets
//! a token of the same kind nevertheless. The functions at the end give the values of literals.
//!
//! Invariant: tokens lie in source order and do not overlap. An inserted semicolon covers the line's
//! end, the comment that stands for it, or nothing at the end of the file.

use super::literal;
pub use super::literal::{rune_value, unquote, unquote_string};
use super::outline::{self, Outline};
use super::token::{Logos, Token};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::{LineBase, SourceFile, Span};

/// A token and the bytes of the file it covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lexeme {
    /// Which.
    pub token: Token,
    /// Offset of its first byte.
    pub lo: u32,
    /// Offset past its last byte.
    pub hi: u32,
}

/// What [`lex`] makes of a file.
#[derive(Debug, Default)]
pub struct Lexed {
    /// All tokens.
    pub tokens: Vec<Lexeme>,
    /// All comments, as byte offsets.
    pub comments: Vec<(u32, u32)>,
    /// A raw string or a comment is not closed: more input could mend it.
    pub unclosed: bool,
    /// Some token is not well-formed.
    pub faulty: bool,
}

/// Turns bytes into text. Bytes that are not UTF-8 become U+FFFD; their offsets in the new text are
/// returned for [`report_invalid_utf8`].
pub fn decode(bytes: Vec<u8>) -> (String, Vec<u32>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(e) => e.into_bytes(),
    };
    let (mut text, mut bad) = (String::with_capacity(bytes.len() + 16), Vec::new());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        // Each byte counts, as in Go.
        for _ in chunk.invalid() {
            bad.push(text.len() as u32);
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (text, bad)
}

/// Reports the offsets that [`decode`] found.
pub fn report_invalid_utf8(file: &SourceFile, offsets: &[u32], diags: &mut Diagnostics) {
    for &off in offsets {
        let span = Span::new(file.pos(off as usize), file.pos(off as usize + 3));
        diags.push(Diagnostic {
            soft: true,
            ..Diagnostic::error(Code::Syntax, span, "invalid UTF-8 encoding")
        });
    }
}

/// Like [`lex`], but leaves out what stands between the braces of functions at top level.
pub(super) fn lex_outline(file: &SourceFile, diags: &mut Diagnostics) -> Lexed {
    let mut lx = Lexer::new(file, diags);
    lx.outline = Some(Outline::default());
    lx.run(0, file.text.len());
    lx.out
}

/// Cuts the bytes from `lo` to `hi` of `file` into tokens; their offsets are those in the file.
pub(super) fn lex_part(file: &SourceFile, lo: usize, hi: usize, diags: &mut Diagnostics) -> Lexed {
    let mut lx = Lexer::new(file, diags);
    lx.run(lo, hi);
    lx.out
}

/// Cuts `file` into tokens. The last one is a semicolon unless the file ends in the middle of something.
pub fn lex(file: &SourceFile, diags: &mut Diagnostics) -> Lexed {
    let mut lx = Lexer::new(file, diags);
    // A guess of one token for each four bytes keeps the vector from growing too often.
    lx.out.tokens.reserve(file.text.len() / 4);
    lx.run(0, file.text.len());
    lx.out
}

struct Lexer<'a> {
    file: &'a SourceFile,
    diags: &'a mut Diagnostics,
    out: Lexed,
    /// What `//line` directives said so far.
    bases: Vec<LineBase>,
    /// Set if bodies of functions are to be skipped.
    outline: Option<Outline>,
}

impl<'a> Lexer<'a> {
    fn new(file: &'a SourceFile, diags: &'a mut Diagnostics) -> Lexer<'a> {
        Lexer {
            file,
            diags,
            out: Lexed::default(),
            bases: Vec::new(),
            outline: None,
        }
    }

    fn run(&mut self, lo: usize, hi: usize) {
        let text = self.file.text.clone();
        let text = &text[..hi];
        let start = if lo == 0 { self.skip_start(text) } else { lo };
        let mut raw = Token::lexer(&text[start..]);
        while let Some(token) = raw.next() {
            let (lo, mut hi) = (start + raw.span().start, start + raw.span().end);
            // The automaton has a rule for any character, so that an error cannot happen.
            let mut token = token.unwrap_or(Token::Unknown);
            if token == Token::Unknown && !self.unknown(&text[lo..hi], lo) {
                continue;
            }
            if matches!(token, Token::Name | Token::Unknown) {
                let n = self.rest_of_name(token, &text[hi..], hi);
                token = Token::Name;
                raw.bump(n);
                hi += n;
            }
            self.token(token, &text[lo..hi], lo);
            if self.outline.as_mut().is_some_and(|o| o.starts_body(token)) {
                raw.bump(outline::body_len(&text[hi..]));
            }
        }
        self.newline(text.len(), text.len());
        if !self.bases.is_empty() {
            self.file.set_line_bases(std::mem::take(&mut self.bases));
        }
    }

    /// The length of what may stand before the text proper: a byte order mark and a `#!` line.
    fn skip_start(&mut self, text: &str) -> usize {
        let bom = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
        if text[bom..].starts_with("#!") {
            return text.find('\n').unwrap_or(text.len());
        }
        bom
    }

    fn token(&mut self, token: Token, text: &str, lo: usize) {
        let mut token = token;
        match token {
            Token::Newline => return self.newline(lo, lo + 1),
            Token::LineComment => {
                self.odd_characters(text, lo);
                return self.comment(text, lo);
            }
            Token::BlockComment => {
                self.odd_characters(text, lo);
                if text.len() < 4 || !text.ends_with("*/") {
                    self.out.unclosed = true;
                    return self.error(lo, text.len(), "comment not terminated");
                }
                self.comment(text, lo);
                // A comment over several lines acts like a newline.
                if text.contains('\n') {
                    self.newline(lo, lo + text.len());
                }
                return;
            }
            Token::Number => {
                let (kind, error) = literal::check_number(text);
                token = kind;
                self.literal_error(error, lo);
            }
            Token::String | Token::Char => {
                self.odd_characters(text, lo);
                let errors = literal::check_quoted(text, self.file.text.len() == lo + text.len());
                for e in errors {
                    self.literal_error(Some(e), lo);
                }
            }
            Token::RawString => {
                self.odd_characters(text, lo);
                if text.len() < 2 || !text.ends_with('`') {
                    self.out.unclosed = true;
                    self.error(lo, text.len(), "string not terminated");
                }
            }
            _ => {}
        }
        self.push(token, lo, lo + text.len());
    }

    fn push(&mut self, token: Token, lo: usize, hi: usize) {
        self.out.tokens.push(Lexeme {
            token,
            lo: lo as u32,
            hi: hi as u32,
        });
    }

    /// Inserts a semicolon at the end of a line, if one belongs there.
    fn newline(&mut self, lo: usize, hi: usize) {
        if self.out.tokens.last().is_some_and(|l| l.token.ends_statement()) {
            self.push(Token::Semi, lo, hi);
        }
    }

    fn comment(&mut self, text: &str, lo: usize) {
        let len = text.trim_end_matches('\r').len();
        self.out.comments.push((lo as u32, (lo + len) as u32));
        if text[2..].starts_with("line ") {
            self.line_directive(&text[..len], lo);
        }
    }

    /// `//line file:line`, `//line file:line:column` at the start of a line, or the same as a block comment.
    fn line_directive(&mut self, text: &str, lo: usize) {
        let in_line = text.starts_with("//");
        if in_line && lo > 0 && self.file.text.as_bytes()[lo - 1] != b'\n' || text.contains('\n') {
            return;
        }
        let name = text[7..]
            .strip_suffix(if in_line { "" } else { "*/" })
            .unwrap_or_default();
        let split = |s: &str| s.rfind(':').map(|i| (i, s[i + 1..].parse::<u32>().ok()));
        let Some((colon, Some(last))) = split(name) else {
            if let Some((colon, _)) = split(name) {
                let text = format!("invalid line number: {}", &name[colon + 1..]);
                self.error(lo + 8 + colon, name.len() - colon - 1, text);
            }
            return;
        };
        let (file, line, column) = match split(&name[..colon]) {
            Some((first, Some(line))) => (&name[..first], line, Some(last)),
            _ => (&name[..colon], last, None),
        };
        if column == Some(0) {
            self.error(
                lo + 8 + colon,
                name.len() - colon - 1,
                format!("invalid column number: {last}"),
            );
        }
        if line == 0 {
            return self.error(lo + 7, name.len(), format!("invalid line number: {line}"));
        }
        // An empty name before a column is the name so far.
        let file = match (file, column, self.bases.last()) {
            ("", Some(_), Some(b)) => b.file.clone(),
            ("", Some(_), None) => self.file.name.clone(),
            (name, ..) => name.into(),
        };
        self.bases.push(LineBase {
            offset: (lo + text.len() + usize::from(in_line)) as u32,
            file,
            line,
            column: column.unwrap_or(0),
        });
    }

    /// Reports a character that starts no token. Whether it counts as the start of a name.
    fn unknown(&mut self, text: &str, lo: usize) -> bool {
        let c = text.chars().next().unwrap_or('\0');
        let shown = literal::show_char(c);
        match c {
            '\0' => self.error(lo, 1, "invalid NUL character"),
            '\u{FEFF}' => self.error(lo, 3, "invalid BOM in the middle of the file"),
            // Reported by who decoded the file.
            char::REPLACEMENT_CHARACTER => {}
            _ if c.is_numeric() => {
                self.error(
                    lo,
                    text.len(),
                    format!("identifier cannot begin with digit {shown}"),
                );
            }
            _ if !c.is_ascii() => {
                self.error(lo, text.len(), format!("invalid character {shown} in identifier"));
            }
            _ => self.error(lo, 1, format!("invalid character {shown}")),
        }
        !c.is_ascii() && c != '\u{FEFF}' && c != char::REPLACEMENT_CHARACTER
    }

    /// The length of what follows a name and belongs to it although it may not: Go takes any
    /// character beyond ASCII as part of the name, and complains.
    fn rest_of_name(&mut self, token: Token, rest: &str, lo: usize) -> usize {
        if token == Token::Name && rest.as_bytes().first().is_none_or(u8::is_ascii) {
            return 0;
        }
        let is_part = |c: char| !c.is_ascii() || c.is_ascii_alphanumeric() || c == '_';
        let len = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        for (i, c) in rest[..len].char_indices() {
            if !c.is_alphanumeric() && c != '_' {
                self.unknown(&rest[i..i + c.len_utf8()], lo + i);
            }
        }
        len
    }

    /// Reports what may stand nowhere, not even in comments and strings.
    fn odd_characters(&mut self, text: &str, lo: usize) {
        if text.bytes().all(|b| b != 0 && b != 0xEF) {
            return;
        }
        for (i, c) in text.char_indices() {
            match c {
                '\0' => self.error(lo + i, 1, "invalid NUL character"),
                '\u{FEFF}' => self.error(lo + i, 3, "invalid BOM in the middle of the file"),
                _ => {}
            }
        }
    }

    fn literal_error(&mut self, error: Option<literal::Error>, lo: usize) {
        if let Some(e) = error {
            self.error(lo + e.offset, e.len, e.message);
        }
    }

    fn error(&mut self, lo: usize, len: usize, message: impl Into<String>) {
        self.out.faulty = true;
        let span = Span::new(self.file.pos(lo), self.file.pos(lo + len));
        self.diags.push(Diagnostic {
            soft: true,
            ..Diagnostic::error(Code::Syntax, span, message)
        });
    }
}
