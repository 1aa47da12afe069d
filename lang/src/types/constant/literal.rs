//! Constants from the text of literals.
//!
//! The parser has checked the texts; what it would have refused gives unknown here. The checker bounds
//! the length of a number's text, so the work is bounded too.

use dashu_base::BitTest;
use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

use super::{BigFloat, Constant, MAX_BITS};
use crate::syntax::ast::LitKind;

impl Constant {
    /// The value of the literal `text`; unknown if it is out of all bounds, none if it is no literal.
    pub fn from_literal(kind: LitKind, text: &str) -> Option<Constant> {
        match kind {
            LitKind::Int => int(text),
            LitKind::Float => float(text),
            LitKind::Imag => Some(Constant::complex(
                Constant::Int(0),
                float(text.strip_suffix('i')?)?,
            )),
            LitKind::Char => Some(Constant::Int(i64::from(unquote_char(text)?))),
            LitKind::String => unquote(text).map(Constant::string),
        }
    }
}

/// The radix that a number's prefix names, and the rest.
fn radix(text: &str) -> (u32, &str) {
    let b = text.as_bytes();
    if b.len() < 2 || b[0] != b'0' {
        return (10, text);
    }
    match b[1] {
        b'x' | b'X' => (16, &text[2..]),
        b'b' | b'B' => (2, &text[2..]),
        b'o' | b'O' => (8, &text[2..]),
        _ => (8, &text[1..]),
    }
}

fn int(text: &str) -> Option<Constant> {
    if !well_separated(text) {
        return None;
    }
    if text.len() < 19 && !text.starts_with('0') {
        let digits = text.bytes().filter(|b| *b != b'_');
        let value = digits.fold(0, |n, b| n * 10 + i64::from(b.wrapping_sub(b'0') & 15));
        return Some(Constant::Int(value));
    }
    if text == "0" {
        return Some(Constant::Int(0));
    }
    let (radix, digits) = radix(text);
    let digits: String = digits.chars().filter(|c| *c != '_').collect();
    if let Ok(i) = i64::from_str_radix(&digits, radix) {
        return Some(Constant::Int(i));
    }
    IBig::from_str_radix(&digits, radix).ok().map(Constant::from_big)
}

/// Whether every underscore stands between digits, or a prefix and a digit.
fn well_separated(text: &str) -> bool {
    let b = text.as_bytes();
    let digit = |i: usize| b.get(i).is_some_and(u8::is_ascii_hexdigit);
    b.iter().enumerate().all(|(i, c)| {
        *c != b'_' || digit(i + 1) && i > 0 && (digit(i - 1) || i == 2 && b[1].is_ascii_alphabetic())
    })
}

fn float(text: &str) -> Option<Constant> {
    if !well_separated(text) {
        return None;
    }
    let clean: String;
    let text = if text.contains('_') {
        clean = text.replace('_', "");
        &clean
    } else {
        text
    };
    let (radix, digits) = match radix(text) {
        // An old imaginary literal 010i is ten.
        (8, _) if !matches!(text.as_bytes()[1], b'o' | b'O') => (10, text),
        other => other,
    };
    let marks: &[char] = if radix == 16 { &['p', 'P'] } else { &['e', 'E'] };
    let (mant, exp) = match digits.split_once(marks) {
        Some((mant, exp)) => (mant, exponent(exp)?),
        None => (digits, 0),
    };
    if mant.contains('.') && (radix < 10 || radix == 16 && mant.len() == digits.len()) {
        return None;
    }
    let (whole, frac) = mant.split_once('.').unwrap_or((mant, ""));
    let mant = UBig::from_str_radix(
        &[if whole.is_empty() { "0" } else { whole }, frac].concat(),
        radix,
    )
    .ok()?;
    if mant.is_zero() {
        return Some(Constant::rat(RBig::ZERO));
    }
    Some(if radix == 10 {
        decimal(mant, exp.saturating_sub(frac.len() as i64))
    } else {
        binary(mant, exp, radix, frac)
    })
}

/// A decimal exponent, saturated far beyond what any value has.
fn exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    const FAR: i64 = 1 << 40;
    let n = digits.bytes().fold(0i64, |n, b| {
        (n * 10 + i64::from(b.wrapping_sub(b'0') & 15)).min(FAR)
    });
    (!digits.is_empty()).then_some(if negative { -n } else { n })
}

fn decimal(mant: UBig, exp: i64) -> Constant {
    // log2(10) = 3.3219…; the estimate errs by less than a few bits, where both forms serve.
    let magnitude = mant.bit_len() as i64 + exp.saturating_mul(33219) / 10000;
    let mant = IBig::from(mant);
    if magnitude.abs() < MAX_BITS {
        let pow = UBig::from(10u8).pow(exp.unsigned_abs() as usize);
        return Constant::rat(if exp >= 0 {
            RBig::from(mant * pow)
        } else {
            RBig::from_parts(mant, pow)
        });
    }
    float_or_zero(BigFloat::from_decimal(mant, exp))
}

fn binary(mant: UBig, exp: i64, radix: u32, frac: &str) -> Constant {
    let exp = exp - frac.len() as i64 * i64::from(radix.trailing_zeros());
    let magnitude = mant.bit_len() as i64 + exp;
    let mant = IBig::from(mant);
    if magnitude.abs() < MAX_BITS {
        return Constant::rat(if exp >= 0 {
            RBig::from(mant << exp as usize)
        } else {
            RBig::from_parts(mant, UBig::ONE << (-exp) as usize)
        });
    }
    float_or_zero(BigFloat::new(mant, exp))
}

fn float_or_zero(f: Option<BigFloat>) -> Constant {
    match f {
        Some(f) if f.is_zero() => Constant::rat(RBig::ZERO),
        f => Constant::from_float(f),
    }
}

/// The code point of a rune literal with its quotes.
fn unquote_char(text: &str) -> Option<u32> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut chars = inner.chars();
    match chars.next()? {
        '\\' => Some(escape(&mut chars)?.0),
        c => Some(c as u32),
    }
}

/// The bytes of a string literal with its quotes.
fn unquote(text: &str) -> Option<Vec<u8>> {
    if let Some(raw) = text.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.bytes().filter(|b| *b != b'\r').collect());
    }
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let mut chars = rest[at + 1..].chars();
        match escape(&mut chars)? {
            (byte, true) => bytes.push(byte as u8),
            (c, false) => {
                let c = char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        rest = chars.as_str();
    }
    bytes.extend_from_slice(rest.as_bytes());
    Some(bytes)
}

/// What stands after a backslash: a value, and whether it is a byte rather than a code point.
fn escape(chars: &mut std::str::Chars<'_>) -> Option<(u32, bool)> {
    let c = chars.next()?;
    let mut digits = |first: Option<char>, n: usize, radix: u32| {
        let mut v = first.map_or(0, |c| c.to_digit(radix).unwrap_or(0));
        for _ in 0..n {
            v = v * radix + chars.next()?.to_digit(radix)?;
        }
        Some(v)
    };
    Some(match c {
        'a' => (7, true),
        'b' => (8, true),
        'f' => (12, true),
        'n' => (10, true),
        'r' => (13, true),
        't' => (9, true),
        'v' => (11, true),
        '\\' | '\'' | '"' => (c as u32, true),
        'x' => (digits(None, 2, 16)?, true),
        'u' => (digits(None, 4, 16)?, false),
        'U' => (digits(None, 8, 16)?, false),
        '0'..='7' => (digits(Some(c), 2, 8)?, true),
        _ => return None,
    })
}
