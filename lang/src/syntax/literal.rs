//! Literals: what is wrong with one, and what it is worth.
//!
//! The checks follow Go's scanner step by step, so that of several faults the same one is reported.

use super::token::Token;

/// A fault in a literal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Error {
    /// Where, counted in bytes from the literal's start.
    pub offset: usize,
    /// How many bytes.
    pub len: usize,
    /// What.
    pub message: String,
}

fn error(offset: usize, len: usize, message: impl Into<String>) -> Error {
    Error {
        offset,
        len,
        message: message.into(),
    }
}

/// A character as Go's `%#U` shows it.
pub(super) fn show_char(c: char) -> String {
    let code = format!("U+{:04X}", c as u32);
    let printable = c == ' ' || !(c.is_control() || c.is_whitespace() || c == '\u{FEFF}');
    if printable { format!("{code} '{c}'") } else { code }
}

fn base_name(base: u32) -> &'static str {
    match base {
        2 => "binary",
        8 => "octal",
        10 => "decimal",
        _ => "hexadecimal",
    }
}

/// Reads over the digits and separators of `s` from `i`. Tells where they end, and whether there were
/// digits. The first decimal digit that is none in `base` is noted in `invalid`.
fn digits(s: &[u8], mut i: usize, base: u32, invalid: &mut Option<usize>) -> (usize, bool) {
    let mut any = false;
    while let Some(&b) = s.get(i) {
        let is_digit = b.is_ascii_digit() || base == 16 && b.is_ascii_hexdigit();
        if !is_digit && b != b'_' {
            break;
        }
        if is_digit {
            any = true;
            if base < 10 && u32::from(b - b'0') >= base && invalid.is_none() {
                *invalid = Some(i);
            }
        }
        i += 1;
    }
    (i, any)
}

/// The kind of a number and its first fault.
pub(super) fn check_number(text: &str) -> (Token, Option<Error>) {
    let s = text.as_bytes();
    let (base, prefix, start) = match (s[0], s.get(1).map(u8::to_ascii_lowercase)) {
        (b'0', Some(b'x')) => (16, b'x', 2),
        (b'0', Some(b'o')) => (8, b'o', 2),
        (b'0', Some(b'b')) => (2, b'b', 2),
        (b'0', _) => (8, b'0', 1),
        _ => (10, 0, 0),
    };
    let mut kind = Token::Int;
    let mut fault: Option<Error> = None;
    let mut invalid = None;
    let (mut i, mut any) = digits(s, start, base, &mut invalid);
    any |= prefix == b'0';
    if s.get(i) == Some(&b'.') {
        if matches!(prefix, b'o' | b'b') {
            fault = Some(error(
                i,
                1,
                format!("invalid radix point in {} literal", base_name(base)),
            ));
        }
        kind = Token::Float;
        let (end, some) = digits(s, i + 1, base, &mut invalid);
        (i, any) = (end, any | some);
    }
    if !any {
        fault = fault.or_else(|| Some(error(i, 0, format!("{} literal has no digits", base_name(base)))));
    }
    let (end, exponent_fault) = exponent(s, i, prefix);
    if end > i {
        (i, kind) = (end, Token::Float);
        fault = fault.or(exponent_fault);
    } else if prefix == b'x' && kind == Token::Float {
        fault = fault.or_else(|| Some(error(i, 0, "hexadecimal mantissa requires a 'p' exponent")));
    }
    if s.get(i) == Some(&b'i') {
        kind = Token::Imag;
    }
    if let (Token::Int, Some(at)) = (kind, invalid) {
        let message = format!("invalid digit '{}' in {} literal", s[at] as char, base_name(base));
        fault = fault.or_else(|| Some(error(at, 1, message)));
    }
    let separator = |at| error(at, 1, "'_' must separate successive digits");
    let fault = fault.or_else(|| misplaced_separator(s).map(separator));
    (kind, fault)
}

/// Reads over the exponent at `i`, if there is one. Tells where it ends, and its first fault.
fn exponent(s: &[u8], i: usize, prefix: u8) -> (usize, Option<Error>) {
    let Some(e @ (b'e' | b'p')) = s.get(i).map(u8::to_ascii_lowercase) else {
        return (i, None);
    };
    let needs = match e {
        b'e' if !matches!(prefix, 0 | b'0') => Some("decimal"),
        b'p' if prefix != b'x' => Some("hexadecimal"),
        _ => None,
    };
    let sign = usize::from(matches!(s.get(i + 1), Some(b'+' | b'-')));
    let (end, any) = digits(s, i + 1 + sign, 10, &mut None);
    let fault = match needs {
        Some(base) => Some(error(
            i,
            1,
            format!("'{}' exponent requires {base} mantissa", s[i] as char),
        )),
        None => (!any).then(|| error(end, 0, "exponent has no digits")),
    };
    (end, fault)
}

/// Where a `_` stands that has not a digit (or the prefix) before it and a digit after it.
fn misplaced_separator(s: &[u8]) -> Option<usize> {
    let hex = s.len() >= 2 && s[0] == b'0' && s[1].eq_ignore_ascii_case(&b'x');
    let prefixed =
        s.len() >= 2 && s[0] == b'0' && s[1].is_ascii_alphabetic() && !matches!(s[1], b'e' | b'E' | b'i');
    let is_digit = |b: u8| b.is_ascii_digit() || hex && b.is_ascii_hexdigit();
    let start = if prefixed { 2 } else { 0 };
    (start..s.len()).find(|&i| {
        let after = s.get(i + 1).is_some_and(|&b| is_digit(b));
        let before = i > 0 && (is_digit(s[i - 1]) || prefixed && i == 2);
        s[i] == b'_' && !(before && after)
    })
}

/// The faults of a rune or an interpreted string, quotes included. `at_end`: the file ends after it.
pub(super) fn check_quoted(text: &str, at_end: bool) -> Vec<Error> {
    let quote = text.as_bytes()[0] as char;
    let mut faults = Vec::new();
    let (mut i, mut n) = (1, 0);
    loop {
        let Some(c) = text[i..].chars().next() else {
            let clean = faults.is_empty();
            faults.extend(match (quote, at_end) {
                ('"', true) => Some(error(0, i, "string not terminated")),
                ('"', false) => Some(error(i, 1, "newline in string")),
                (_, true) => clean.then(|| error(0, i, "rune literal not terminated")),
                _ => clean.then(|| error(i, 1, "newline in rune literal")),
            });
            return faults;
        };
        if c == quote {
            if quote == '\'' && faults.is_empty() && n != 1 {
                faults.push(match n {
                    0 => error(i, 1, "empty rune literal or unescaped '"),
                    _ => error(0, i + 1, "more than one character in rune literal"),
                });
            }
            return faults;
        }
        i += 1;
        if c == '\\' {
            match escape(&text[i..], quote) {
                Escape::Value(_, len) => i += len,
                Escape::Unfinished => i = text.len(),
                Escape::Bad(off, message) => {
                    let len = text[i + off..].chars().next().map_or(1, char::len_utf8);
                    faults.push(error(i + off, len, message));
                    // Go reads on from the offending character.
                    i += off;
                }
            }
        } else {
            i += c.len_utf8() - 1;
        }
        n += 1;
    }
}

/// An escape sequence without its backslash.
enum Escape {
    /// The value and the length in bytes.
    Value(EscapeValue, usize),
    /// The text ends in it.
    Unfinished,
    /// What is wrong with it, at which byte.
    Bad(usize, String),
}

enum EscapeValue {
    Byte(u8),
    Char(u32),
}

fn escape(s: &str, quote: char) -> Escape {
    let Some(c) = s.chars().next() else {
        return Escape::Unfinished;
    };
    let simple = match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '\\' => b'\\',
        _ if c == quote => c as u8,
        _ => 0,
    };
    if simple != 0 {
        return Escape::Value(EscapeValue::Byte(simple), 1);
    }
    let (start, n, base) = match c {
        '0'..='7' => (0, 3, 8),
        'x' => (1, 2, 16),
        'u' => (1, 4, 16),
        'U' => (1, 8, 16),
        // The line ends: that is reported for the literal.
        '\n' => return Escape::Unfinished,
        _ => return Escape::Bad(0, "unknown escape".into()),
    };
    let mut value: u32 = 0;
    for (i, c) in s[start..].char_indices().take(n) {
        let Some(d) = c.to_digit(base) else {
            let shown = match c {
                '\'' => "'\\''".into(),
                _ => format!("{c:?}"),
            };
            let message = format!("invalid character {shown} in {} escape", base_name(base));
            return Escape::Bad(start + i, message);
        };
        value = value.wrapping_mul(base).wrapping_add(d);
    }
    if s.len() < start + n {
        return Escape::Unfinished;
    }
    let end = start + n;
    match c {
        '0'..='7' if value > 255 => Escape::Bad(end, format!("octal escape value {value} > 255")),
        '0'..='7' | 'x' => Escape::Value(EscapeValue::Byte(value as u8), end),
        _ if char::from_u32(value).is_none() => {
            let message = format!("escape is invalid Unicode code point U+{value:04X}");
            Escape::Bad(end, message)
        }
        _ => Escape::Value(EscapeValue::Char(value), end),
    }
}

/// The value of a double-quoted or raw string literal, if it is a correct one of valid UTF-8.
pub fn unquote(text: &str) -> Option<String> {
    if !check_quoted(text, true).is_empty() {
        return None;
    }
    String::from_utf8(unquote_string(text)).ok()
}

/// The bytes that a string literal stands for. What is faulty in it (and was reported) is left out.
pub fn unquote_string(text: &str) -> Vec<u8> {
    if let Some(raw) = text.strip_prefix('`') {
        let raw = raw.strip_suffix('`').unwrap_or(raw);
        return raw.bytes().filter(|&b| b != b'\r').collect();
    }
    let body = text.strip_prefix('"').unwrap_or(text);
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(i) = rest.find(['\\', '"']) {
        out.extend_from_slice(&rest.as_bytes()[..i]);
        if rest.as_bytes()[i] == b'"' {
            return out;
        }
        rest = &rest[i + 1..];
        match escape(rest, '"') {
            Escape::Value(EscapeValue::Byte(b), len) => {
                out.push(b);
                rest = &rest[len..];
            }
            Escape::Value(EscapeValue::Char(c), len) => {
                push_char(&mut out, c);
                rest = &rest[len..];
            }
            Escape::Unfinished => return out,
            Escape::Bad(off, _) => rest = &rest[off..],
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

fn push_char(out: &mut Vec<u8>, c: u32) {
    let c = char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The code point (or, for `'\xff'` and `'\377'`, the byte) that a rune literal stands for; 0 for a
/// faulty one, which was reported.
pub fn rune_value(text: &str) -> u32 {
    let body = text.strip_prefix('\'').unwrap_or(text);
    match body.chars().next() {
        Some('\\') => match escape(&body[1..], '\'') {
            Escape::Value(EscapeValue::Byte(b), _) => u32::from(b),
            Escape::Value(EscapeValue::Char(c), _) => c,
            _ => 0,
        },
        Some(c) => c as u32,
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> String {
        let (kind, fault) = check_number(text);
        match fault {
            None => format!("{kind:?}"),
            Some(e) => format!("{}: {}", e.offset, e.message),
        }
    }

    #[test]
    fn numbers_are_checked_as_by_go() {
        for (text, want) in [
            ("0", "Int"),
            ("0_600", "Int"),
            ("0xBad_Face", "Int"),
            ("0x_67_7a_2f", "Int"),
            ("0b101", "Int"),
            ("089.5", "Float"),
            ("089i", "Imag"),
            ("0x1p-2", "Float"),
            ("0x1.8p1i", "Imag"),
            ("1_5.", "Float"),
            (".25", "Float"),
            ("0e0", "Float"),
            ("089", "1: invalid digit '8' in octal literal"),
            ("0b12", "3: invalid digit '2' in binary literal"),
            ("0o8", "2: invalid digit '8' in octal literal"),
            ("0x", "2: hexadecimal literal has no digits"),
            ("0b", "2: binary literal has no digits"),
            ("0x.p1", "3: hexadecimal literal has no digits"),
            ("0b1.0", "3: invalid radix point in binary literal"),
            ("0x1.0", "5: hexadecimal mantissa requires a 'p' exponent"),
            ("1p1", "1: 'p' exponent requires hexadecimal mantissa"),
            ("0b1e1", "3: 'e' exponent requires decimal mantissa"),
            ("1e", "2: exponent has no digits"),
            ("1e+", "3: exponent has no digits"),
            ("1__0", "1: '_' must separate successive digits"),
            ("1_", "1: '_' must separate successive digits"),
            ("1_.5", "1: '_' must separate successive digits"),
            ("1._5", "2: '_' must separate successive digits"),
            ("0_x", "1: '_' must separate successive digits"),
            ("1e_1", "2: '_' must separate successive digits"),
        ] {
            assert_eq!(number(text), want, "{text}");
        }
    }

    fn quoted(text: &str) -> String {
        let faults = check_quoted(text, false);
        faults
            .iter()
            .map(|e| format!("{}: {}", e.offset, e.message))
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn quoted_literals_are_checked_as_by_go() {
        for (text, want) in [
            (r#""a\n\x41\101\u00e9\U0001F600\"""#, ""),
            (r#""\'""#, "2: unknown escape"),
            (r#""\400""#, "5: octal escape value 256 > 255"),
            (r#""\x4g""#, "4: invalid character 'g' in hexadecimal escape"),
            (r#""\08""#, "3: invalid character '8' in octal escape"),
            (r#""\ud800""#, "7: escape is invalid Unicode code point U+D800"),
            (
                r#""\U00110000""#,
                "11: escape is invalid Unicode code point U+110000",
            ),
            ("\"abc", "4: newline in string"),
            ("\"abc\\", "5: newline in string"),
            ("''", "1: empty rune literal or unescaped '"),
            ("'ab'", "0: more than one character in rune literal"),
            ("'a", "2: newline in rune literal"),
            (r"'\''", ""),
            (r#"'\"'"#, "2: unknown escape"),
            ("'é'", ""),
        ] {
            assert_eq!(quoted(text), want, "{text}");
        }
        assert_eq!(check_quoted("\"ab", true), [error(0, 3, "string not terminated")]);
        assert_eq!(
            check_quoted("'ab", true),
            [error(0, 3, "rune literal not terminated")]
        );
    }

    #[test]
    fn values() {
        assert_eq!(
            unquote_string(r#""a\tb\xff\377\u00e9\\""#),
            b"a\tb\xff\xff\xc3\xa9\\"
        );
        assert_eq!(unquote_string("`a\\\r\nb`"), b"a\\\nb");
        assert_eq!(unquote_string("\"\""), b"");
        assert_eq!(unquote_string("\"broken\\"), b"broken");
        assert_eq!(rune_value("'a'"), 97);
        assert_eq!(rune_value(r"'\xff'"), 255);
        assert_eq!(rune_value(r"'\u4e16'"), 0x4e16);
        assert_eq!(rune_value(r"'\''"), 39);
        assert_eq!(rune_value("'"), 0);
    }
}
