//! Go's string and character literals.

use crate::number::push_text;
use crate::unicode::{is_graphic, is_print};
use crate::utf8::{self, RUNE_ERROR};

/// What of a text stays as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// What is printable.
    Print = 0,
    /// Printable ASCII.
    Ascii = 1,
    /// What is graphic.
    Graphic = 2,
}

impl Keep {
    /// From its number in `mgo/strconv/quote.mgo`.
    pub fn from_number(n: i64) -> Keep {
        match n {
            1 => Keep::Ascii,
            2 => Keep::Graphic,
            _ => Keep::Print,
        }
    }
}

/// Appends `s` as a literal in the quotes `q`.
pub fn append_quoted(out: &mut Vec<u8>, s: &[u8], q: u8, keep: Keep) {
    out.push(q);
    for (i, r, n) in utf8::runes(s) {
        if r == RUNE_ERROR && n == 1 {
            push_text(out, format_args!("\\x{:02x}", s[i]));
        } else {
            push_escaped(out, r, q, keep);
        }
    }
    out.push(q);
}

/// Appends a rune as a literal in single quotes.
pub fn append_quoted_rune(out: &mut Vec<u8>, r: i32, keep: Keep) {
    let r = if utf8::is_rune(r.into()) {
        r as u32
    } else {
        RUNE_ERROR
    };
    out.push(b'\'');
    push_escaped(out, r, b'\'', keep);
    out.push(b'\'');
}

fn push_escaped(out: &mut Vec<u8>, r: u32, q: u8, keep: Keep) {
    if r == u32::from(q) || r == u32::from(b'\\') {
        out.extend_from_slice(&[b'\\', r as u8]);
        return;
    }
    let plain = match keep {
        Keep::Print => is_print(r as i32),
        Keep::Ascii => r < 0x80 && is_print(r as i32),
        Keep::Graphic => is_graphic(r as i32),
    };
    if plain {
        return utf8::push(out, r.into());
    }
    let short = match r {
        7 => b'a',
        8 => b'b',
        12 => b'f',
        10 => b'n',
        13 => b'r',
        9 => b't',
        11 => b'v',
        0..0x20 | 0x7F => return push_text(out, format_args!("\\x{r:02x}")),
        0..0x10000 => return push_text(out, format_args!("\\u{r:04x}")),
        _ => return push_text(out, format_args!("\\U{r:08x}")),
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Whether `s` fits unchanged between back quotes on one line.
pub fn can_backquote(s: &[u8]) -> bool {
    utf8::runes(s).all(|(_, r, n)| match n {
        1 => r == 9 || (0x20..0x7F).contains(&r) && r != u32::from(b'`'),
        _ => r != 0xFEFF,
    })
}

/// Reads a character or escape inside quotes `q`; what it stands for (a byte, or a rune) and its length.
fn unquote_char(s: &[u8], q: u8) -> Option<(Result<u8, u32>, usize)> {
    let &c = s.first()?;
    if c == q && (q == b'\'' || q == b'"') {
        return None;
    }
    if c >= 0x80 {
        let (r, n) = utf8::decode(s);
        // A malformed byte stays what it is, as far as Go's Unquote goes: it becomes U+FFFD.
        return Some((Err(r), n));
    }
    if c != b'\\' {
        return Some((Ok(c), 1));
    }
    let hex = |n: usize| -> Option<u32> {
        let digits = s.get(2..2 + n)?;
        digits
            .iter()
            .try_fold(0u32, |v, &d| Some(v << 4 | (d as char).to_digit(16)?))
    };
    let byte = |b: u8| Some((Ok(b), 2));
    match *s.get(1)? {
        b'a' => byte(7),
        b'b' => byte(8),
        b'f' => byte(12),
        b'n' => byte(10),
        b'r' => byte(13),
        b't' => byte(9),
        b'v' => byte(11),
        b'\\' => byte(b'\\'),
        e @ (b'\'' | b'"') => (e == q).then_some((Ok(e), 2)),
        b'x' => Some((Ok(hex(2)? as u8), 4)),
        b'u' => hex(4).filter(|&r| utf8::is_rune(r.into())).map(|r| (Err(r), 6)),
        b'U' => hex(8).filter(|&r| utf8::is_rune(r.into())).map(|r| (Err(r), 10)),
        b'0'..=b'7' => {
            let digits = s.get(1..4)?;
            let v = digits
                .iter()
                .try_fold(0u32, |v, &d| Some(v << 3 | (d as char).to_digit(8)?))?;
            Some((Ok(u8::try_from(v).ok()?), 4))
        }
        _ => None,
    }
}

/// The literal at the start of `s`: its length, and what it stands for.
fn literal(s: &[u8]) -> Option<(usize, Vec<u8>)> {
    let &q = s.first()?;
    let mut out = Vec::new();
    match q {
        b'`' => {
            let end = 1 + s[1..].iter().position(|&c| c == b'`')?;
            out.extend(s[1..end].iter().filter(|c| **c != b'\r'));
            Some((end + 1, out))
        }
        b'"' | b'\'' => {
            let (mut i, mut n) = (1, 0);
            while *s.get(i)? != q {
                if s[i] == b'\n' {
                    return None;
                }
                let (c, len) = unquote_char(&s[i..], q)?;
                match c {
                    Ok(b) => out.push(b),
                    Err(r) => utf8::push(&mut out, r.into()),
                }
                i += len;
                n += 1;
                if q == b'\'' && n > 1 {
                    return None;
                }
            }
            Some((i + 1, out))
        }
        _ => None,
    }
}

/// Undoes a literal that is all of `s`.
pub fn unquote(s: &[u8]) -> Option<Vec<u8>> {
    literal(s).filter(|l| l.0 == s.len()).map(|l| l.1)
}

/// The length of the literal at the start of `s`.
pub fn quoted_len(s: &[u8]) -> Option<usize> {
    literal(s).map(|l| l.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for s in ["", "plain", "q\"`\n\u{7f}", "é世\u{200b}😀"] {
            for keep in [Keep::Print, Keep::Ascii, Keep::Graphic] {
                let mut q = Vec::new();
                append_quoted(&mut q, s.as_bytes(), b'"', keep);
                assert_eq!(unquote(&q).as_deref(), Some(s.as_bytes()));
            }
        }
        assert_eq!(unquote(b"'ab'"), None);
        assert_eq!(quoted_len(b"\"a\\\"b\" tail"), Some(6));
        assert_eq!(unquote(b"\"\\400\""), None);
    }
}
