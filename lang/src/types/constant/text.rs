//! Constants as messages show them.

use std::fmt;

use super::{BigFloat, Constant};

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Constant::Unknown => f.write_str("unknown"),
            Constant::Bool(b) => write!(f, "{b}"),
            Constant::Str(s) => f.write_str(&shorten(quote(&s.prefix(4 * MAX_RUNES)))),
            Constant::Int(i) => write!(f, "{i}"),
            Constant::Big(b) => write!(f, "{b}"),
            Constant::Rat(r) => match BigFloat::from_ratio(r.numerator(), r.denominator()) {
                Some(x) => f.write_str(&float_text(&x)),
                None => f.write_str("+Inf"),
            },
            Constant::Float(x) => f.write_str(&float_text(x)),
            Constant::Complex(c) => write!(f, "({} + {}i)", c.0, c.1),
        }
    }
}

/// A quoted string in a message has at most this many characters.
const MAX_RUNES: usize = 72;

fn shorten(s: String) -> String {
    if s.chars().count() <= MAX_RUNES {
        return s;
    }
    let mut short: String = s.chars().take(MAX_RUNES - 3).collect();
    short.push_str("...");
    short
}

/// `bytes` as a Go string literal.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = String::from('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\x07' => out.push_str("\\a"),
                '\x08' => out.push_str("\\b"),
                '\x0c' => out.push_str("\\f"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\x0b' => out.push_str("\\v"),
                ' '..='~' => out.push(c),
                '\0'..='\x7f' => out.push_str(&format!("\\x{:02x}", c as u32)),
                _ if printable(c) => out.push(c),
                '\u{80}'..='\u{ffff}' => out.push_str(&format!("\\u{:04x}", c as u32)),
                _ => out.push_str(&format!("\\U{:08x}", c as u32)),
            }
        }
        chunk
            .invalid()
            .iter()
            .for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out.push('"');
    out
}

fn printable(c: char) -> bool {
    !c.is_whitespace() && !c.escape_debug().to_string().starts_with("\\u")
}

/// A decimal approximation, as `go/constant` writes it.
fn float_text(x: &BigFloat) -> String {
    let d = x.to_f64();
    if (x.is_zero()) == (d == 0.0) && d.is_finite() {
        let s = format_g(d, Some(6));
        if !x.is_int() && !s.contains('.') {
            return format_g(d, None);
        }
        return s;
    }
    // Out of a double's range: mantissa and decimal exponent by logarithm, which is near enough.
    let mut m = x.fraction();
    let log10 = x.magnitude() as f64 * (std::f64::consts::LN_2 / std::f64::consts::LN_10);
    let mut e = log10 as i64;
    m *= 10f64.powf(log10 - e as f64);
    if m.abs() < 1.0 - 0.5e-6 {
        m *= 10.0;
        e -= 1;
    } else if m.abs() >= 10.0 {
        m /= 10.0;
        e += 1;
    }
    format!("{}e{e:+}", format_g(m, Some(6)))
}

/// `x` as C's `%.{prec}g`; no precision means the shortest text that reads back the same.
fn format_g(x: f64, prec: Option<usize>) -> String {
    let sci = match prec {
        Some(p) => format!("{x:.*e}", p - 1),
        None => format!("{x:e}"),
    };
    let Some((mant, exp)) = sci.split_once('e') else {
        return sci;
    };
    let exp: i32 = exp.parse().unwrap_or(0);
    let (sign, mant) = mant.strip_prefix('-').map_or(("", mant), |m| ("-", m));
    let mut digits: String = mant.chars().filter(|c| *c != '.').collect();
    while digits.len() > 1 && digits.ends_with('0') {
        digits.pop();
    }
    let n = digits.len() as i32;
    if exp < -4 || exp >= prec.unwrap_or(6) as i32 {
        let frac = &digits[1..];
        let dot = if frac.is_empty() { "" } else { "." };
        let minus = if exp < 0 { '-' } else { '+' };
        return format!("{sign}{}{dot}{frac}e{minus}{:02}", &digits[..1], exp.abs());
    }
    if exp < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat((-exp - 1) as usize));
    }
    if n <= exp + 1 {
        return format!("{sign}{digits}{}", "0".repeat((exp + 1 - n) as usize));
    }
    format!(
        "{sign}{}.{}",
        &digits[..exp as usize + 1],
        &digits[exp as usize + 1..]
    )
}
