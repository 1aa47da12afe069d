//! Marks in Go's tests: which line must have which report.

use regex::Regex;

/// What must be reported on one line.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The file's name.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// What the report's text must match.
    pub pattern: Regex,
}

/// The marks `// ERROR "re" "re"` of one file, as Go's test driver reads them.
pub fn error_comments(file: &str, source: &str) -> Result<Vec<Mark>, String> {
    let mark = Regex::new(r"// (?:GC_)?ERROR (.*)").expect("valid");
    let quoted = Regex::new("\"([^\"]*)\"").expect("valid");
    let place = Regex::new(r"LINE(([+-])(\d+))?").expect("valid");
    let mut found = Vec::new();
    for (i, line) in source.split('\n').enumerate() {
        if line.contains("////") {
            continue;
        }
        let Some(all) = mark.captures(line) else { continue };
        for q in quoted.captures_iter(&all[1]) {
            let n = i as i64 + 1;
            let text = place.replace_all(&q[1], |c: &regex::Captures<'_>| {
                let delta: i64 = c.get(3).map_or(0, |d| d.as_str().parse().unwrap_or(0));
                let delta = if c.get(2).is_some_and(|s| s.as_str() == "-") {
                    -delta
                } else {
                    delta
                };
                format!("{file}:{}", n + delta)
            });
            found.push(Mark {
                file: file.to_owned(),
                line: n as u32,
                pattern: go_regex(&text).map_err(|e| format!("{file}:{n}: {e}"))?,
            });
        }
    }
    Ok(found)
}

/// The marks `/* ERROR "text" */` and `/* ERRORx "re" */` (or such line comments) of one file: each is about the
/// token before it.
pub fn token_comments(file: &str, source: &str) -> Result<Vec<Mark>, String> {
    let (mut found, mut token_line) = (Vec::new(), 1);
    for piece in pieces(source) {
        match piece {
            Piece::Token(line) => token_line = line,
            Piece::Comment(text) => {
                let Some(rest) = text.strip_prefix(" ERROR") else {
                    continue;
                };
                let (is_regex, rest) = match rest.strip_prefix("x ") {
                    Some(r) => (true, r),
                    None => match rest.strip_prefix(' ') {
                        Some(r) => (false, r),
                        None => continue,
                    },
                };
                let want = unquote(rest.trim()).ok_or(format!("{file}:{token_line}: {rest}"))?;
                let pattern = if is_regex { want } else { regex::escape(&want) };
                found.push(Mark {
                    file: file.to_owned(),
                    line: token_line,
                    pattern: go_regex(&pattern).map_err(|e| format!("{file}:{token_line}: {e}"))?,
                });
            }
        }
    }
    Ok(found)
}

enum Piece<'a> {
    /// A token, by the line it begins on.
    Token(u32),
    /// A comment's text without its signs.
    Comment(&'a str),
}

/// Splits a source into tokens and comments, as roughly as the marks need it: a token is a stretch
/// without blanks, a string, a rune or a single sign. A newline that ends a statement is a token too.
fn pieces(src: &str) -> Vec<Piece<'_>> {
    let (b, mut out) = (src.as_bytes(), Vec::new());
    let (mut i, mut line) = (0, 1);
    while i < b.len() {
        let start = i;
        match b[i] {
            b'\n' => {
                i += 1;
                line += 1;
                continue;
            }
            c if c.is_ascii_whitespace() => {
                i += 1;
                continue;
            }
            b'/' if b.get(i + 1) == Some(&b'/') => {
                i = src[i..].find('\n').map_or(b.len(), |n| i + n);
                out.push(Piece::Comment(src[start + 2..i].trim_end_matches('\r')));
                continue;
            }
            b'/' if b.get(i + 1) == Some(&b'*') => {
                let end = src[i + 2..].find("*/").map_or(b.len(), |n| i + 2 + n);
                out.push(Piece::Comment(&src[start + 2..end]));
                i = (end + 2).min(b.len());
                line += src[start..i].matches('\n').count() as u32;
                continue;
            }
            q @ (b'"' | b'\'' | b'`') => {
                i += 1;
                while i < b.len() && b[i] != q && (q == b'`' || b[i] != b'\n') {
                    i += if b[i] == b'\\' && q != b'`' { 2 } else { 1 };
                }
                i = (i + usize::from(b.get(i) == Some(&q))).min(b.len());
            }
            c if c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80 => {
                while i < b.len() && (b[i].is_ascii_alphanumeric() || b[i] == b'_' || b[i] >= 0x80) {
                    i += 1;
                }
            }
            _ => i += 1,
        }
        out.push(Piece::Token(line));
        line += b[start..i].iter().filter(|&&c| c == b'\n').count() as u32;
    }
    out
}

/// The value of a Go string literal.
fn unquote(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix('`') {
        return raw.strip_suffix('`').map(str::to_owned);
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let (mut out, mut chars) = (String::new(), inner.chars());
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next()? {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'x' => {
                let digits: String = chars.by_ref().take(2).collect();
                out.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
            }
            'u' => {
                let digits: String = chars.by_ref().take(4).collect();
                out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
            }
            c => out.push(c),
        }
    }
    Some(out)
}

/// A regular expression in Go's syntax: a brace that begins no repetition stands for itself.
fn go_regex(pattern: &str) -> Result<Regex, regex::Error> {
    let repetition = Regex::new(r"^\{\d+(,\d*)?\}").expect("valid");
    let (mut out, mut escaped) = (String::new(), false);
    for (i, c) in pattern.char_indices() {
        if c == '{' && !escaped && !repetition.is_match(&pattern[i..]) {
            out.push('\\');
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    Regex::new(&out)
}
