//! fmt's short cut: whole calls whose operands are nil or of predeclared types, under usual directives.
//!
//! Everything else, errors in the format included, is left to the sources in `mgo/fmt`: the functions
//! here then say so, and what they wrote so far is dropped.

use crate::number::{append_float, append_uint};
use crate::quote::{self, Keep};
use crate::text;
use crate::utf8;

/// An operand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value<'a> {
    /// A nil interface.
    Nil,
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A float and its width in bits.
    Float(f64, i64),
    /// A string.
    Str(&'a [u8]),
}

/// Appends `v` as `%v` shows it.
fn append_plain(out: &mut Vec<u8>, v: Value<'_>) {
    match v {
        Value::Nil => out.extend_from_slice(b"<nil>"),
        Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
        Value::Int(n) => {
            if n < 0 {
                out.push(b'-');
            }
            append_uint(out, n.unsigned_abs(), 10);
        }
        Value::Uint(n) => append_uint(out, n, 10),
        Value::Float(f, bits) => append_float(out, f, b'g', -1, bits),
        Value::Str(s) => out.extend_from_slice(s),
    }
}

/// What Print (`ln` false) or Println writes; None if an operand is of another kind.
pub fn print<'a>(
    out: &mut Vec<u8>,
    n: usize,
    arg: impl Fn(usize) -> Option<Value<'a>>,
    ln: bool,
) -> Option<()> {
    let mut after_string = false;
    for i in 0..n {
        let v = arg(i)?;
        let string = matches!(v, Value::Str(_));
        if i > 0 && (ln || !string && !after_string) {
            out.push(b' ');
        }
        append_plain(out, v);
        after_string = string;
    }
    if ln {
        out.push(b'\n');
    }
    Some(())
}

/// A directive's flags, width and precision.
#[derive(Clone, Copy, Default)]
struct Spec {
    minus: bool,
    plus: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    prec: Option<usize>,
}

/// What Printf writes; None for unusual operands or directives.
pub fn printf<'a>(
    out: &mut Vec<u8>,
    format: &[u8],
    n: usize,
    arg: impl Fn(usize) -> Option<Value<'a>>,
) -> Option<()> {
    let (mut i, mut next) = (0, 0);
    loop {
        let rest = &format[i..];
        let Some(at) = text::index_byte(rest, b'%') else {
            out.extend_from_slice(rest);
            return (next == n).then_some(());
        };
        out.extend_from_slice(&rest[..at]);
        i += at + 1;
        let mut spec = Spec::default();
        loop {
            match format.get(i)? {
                b'-' => spec.minus = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'0' => spec.zero = true,
                _ => break,
            }
            i += 1;
        }
        spec.width = number(format, &mut i)?;
        if format.get(i) == Some(&b'.') {
            i += 1;
            spec.prec = Some(number(format, &mut i)?.unwrap_or(0));
        }
        let verb = *format.get(i)?;
        i += 1;
        if verb == b'%' {
            out.push(b'%');
            continue;
        }
        if next == n {
            return None;
        }
        directive(out, spec, verb, arg(next)?)?;
        next += 1;
    }
}

/// The number at `format[*i..]`, if there is one; None if it is too large for anybody.
fn number(format: &[u8], i: &mut usize) -> Option<Option<usize>> {
    let start = *i;
    let mut n = 0;
    while let Some(d) = format.get(*i).filter(|c| c.is_ascii_digit()) {
        n = n * 10 + usize::from(d - b'0');
        *i += 1;
        if n > 1_000_000 {
            return None;
        }
    }
    Some((*i > start).then_some(n))
}

fn directive(out: &mut Vec<u8>, mut spec: Spec, verb: u8, v: Value<'_>) -> Option<()> {
    if verb == b'v' {
        spec.plus = false; // it has another meaning, which these types do not heed
    }
    match (v, verb) {
        (Value::Nil, b'v') => pad(out, spec, b"<nil>"),
        (Value::Bool(b), b'v' | b't') => pad(out, spec, if b { b"true" } else { b"false" }),
        (Value::Int(n), b'v' | b'd' | b'x' | b'X' | b'b' | b'o') => {
            integer(out, spec, verb, n.unsigned_abs(), n < 0)
        }
        (Value::Uint(n), b'v' | b'd' | b'x' | b'X' | b'b' | b'o') => integer(out, spec, verb, n, false),
        (Value::Int(n), b'c') => rune(out, spec, n as u64),
        (Value::Uint(n), b'c') => rune(out, spec, n),
        (Value::Float(f, bits), b'v' | b'g' | b'G') => {
            let form = if verb == b'v' { b'g' } else { verb };
            float(out, spec, f, bits, form, -1);
        }
        (Value::Float(f, bits), b'f' | b'F' | b'e' | b'E') => {
            let form = if verb == b'F' { b'f' } else { verb };
            float(out, spec, f, bits, form, 6);
        }
        (Value::Str(s), b'v' | b's') => pad(out, spec, cut(spec, s)),
        (Value::Str(s), b'q') => {
            let keep = if spec.plus { Keep::Ascii } else { Keep::Print };
            let mut q = Vec::with_capacity(s.len() + 2);
            quote::append_quoted(&mut q, cut(spec, s), b'"', keep);
            pad(out, spec, &q);
        }
        (Value::Str(s), b'x' | b'X') if spec.width.is_none() && !s.is_empty() => {
            let s = &s[..spec.prec.map_or(s.len(), |p| p.min(s.len()))];
            text::append_hex(out, s, verb == b'X', spec.space, false);
        }
        _ => return None,
    }
    Some(())
}

/// `s` cut to the precision in runes.
fn cut(spec: Spec, s: &[u8]) -> &[u8] {
    match spec.prec {
        Some(n) if n < s.len() => utf8::runes(s).nth(n).map_or(s, |r| &s[..r.0]),
        _ => s,
    }
}

fn fill(out: &mut Vec<u8>, n: usize, with: u8) {
    out.resize(out.len() + n, with);
}

/// Appends `s` in the width; zeros only to the left.
fn pad(out: &mut Vec<u8>, spec: Spec, s: &[u8]) {
    let missing = match spec.width {
        Some(w) if w > 0 => w.saturating_sub(utf8::count(s)),
        _ => 0,
    };
    if !spec.minus {
        fill(out, missing, if spec.zero { b'0' } else { b' ' });
    }
    out.extend_from_slice(s);
    if spec.minus {
        fill(out, missing, b' ');
    }
}

fn integer(out: &mut Vec<u8>, spec: Spec, verb: u8, n: u64, negative: bool) {
    let base = match verb {
        b'x' | b'X' => 16,
        b'o' => 8,
        b'b' => 2,
        _ => 10,
    };
    let sign = match (negative, spec.plus, spec.space) {
        (true, ..) => Some(b'-'),
        (_, true, _) => Some(b'+'),
        (_, _, true) => Some(b' '),
        _ => None,
    };
    if spec.width.is_none() && spec.prec.is_none() {
        let start = out.len();
        out.extend(sign);
        append_uint(out, n, base);
        if verb == b'X' {
            out[start..].make_ascii_uppercase();
        }
        return;
    }
    let mut digits = Vec::with_capacity(64);
    append_uint(&mut digits, n, base);
    let mut least = spec.prec.unwrap_or(0);
    if spec.prec == Some(0) && n == 0 {
        return fill(out, spec.width.unwrap_or(0), b' ');
    }
    if spec.prec.is_none() && spec.zero && !spec.minus {
        least = spec.width.unwrap_or(0).saturating_sub(sign.iter().len());
    }
    let mut text = Vec::with_capacity(least.max(digits.len()) + 1);
    text.extend(sign);
    fill(&mut text, least.saturating_sub(digits.len()), b'0');
    text.extend_from_slice(&digits);
    if verb == b'X' {
        text.make_ascii_uppercase();
    }
    pad(out, Spec { zero: false, ..spec }, &text);
}

fn rune(out: &mut Vec<u8>, spec: Spec, n: u64) {
    let mut text = Vec::with_capacity(4);
    utf8::push(&mut text, i64::try_from(n).unwrap_or(-1));
    pad(out, spec, &text);
}

fn float(out: &mut Vec<u8>, spec: Spec, f: f64, bits: i64, form: u8, prec: i64) {
    let mut num = Vec::with_capacity(32);
    append_float(&mut num, f, form, spec.prec.map_or(prec, |p| p as i64), bits);
    if !matches!(num[0], b'+' | b'-') {
        num.insert(0, b'+');
    }
    if spec.space && num[0] == b'+' && !spec.plus {
        num[0] = b' ';
    }
    let s = &num[..];
    if matches!(s[1], b'I' | b'N') {
        let bare = s[1] == b'N' && !spec.space && !spec.plus;
        return pad(out, Spec { zero: false, ..spec }, &s[usize::from(bare)..]);
    }
    if !spec.plus && s[0] == b'+' {
        return pad(out, spec, &s[1..]);
    }
    if spec.zero && !spec.minus && spec.width.is_some_and(|w| w > s.len()) {
        out.push(s[0]);
        fill(out, spec.width.unwrap_or(0) - s.len(), b'0');
        return out.extend_from_slice(&s[1..]);
    }
    pad(out, spec, s);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sprintf(format: &str, args: &[Value<'_>]) -> Option<String> {
        let mut out = Vec::new();
        printf(&mut out, format.as_bytes(), args.len(), |i| Some(args[i]))?;
        Some(String::from_utf8(out).expect("UTF-8"))
    }

    #[test]
    fn directives() {
        use Value::*;
        for (f, v, want) in [
            ("%d|", Int(-5), "-5|"),
            ("%5d|", Int(42), "   42|"),
            ("%-5d|", Int(42), "42   |"),
            ("%05d|", Int(-42), "-0042|"),
            ("%+.3d|", Int(7), "+007|"),
            ("%x%%", Uint(255), "ff%"),
            ("%8.3f|", Float(2.71812, 64), "   2.718|"),
            ("%08.2f|", Float(-1.5, 64), "-0001.50|"),
            ("%v", Float(1e21, 64), "1e+21"),
            ("%6v|", Float(f64::INFINITY, 64), "  +Inf|"),
            ("%5s|", Str("é".as_bytes()), "    é|"),
            ("%.1s|", Str("日本".as_bytes()), "日|"),
            ("%q", Str(b"a\"b"), "\"a\\\"b\""),
            ("%t", Bool(true), "true"),
            ("%v", Nil, "<nil>"),
            ("%c", Int(0x4E16), "世"),
            ("% x", Str(b"ab"), "61 62"),
        ] {
            assert_eq!(sprintf(f, &[v]).as_deref(), Some(want), "{f}");
        }
        assert_eq!(sprintf("%d", &[Str(b"x")]), None);
        assert_eq!(sprintf("%d", &[]), None);
        assert_eq!(sprintf("x", &[Int(1)]), None);
        assert_eq!(sprintf("%[1]d", &[Int(1)]), None);
    }

    #[test]
    fn spaces_between_operands() {
        let args = [
            Value::Str(b"a"),
            Value::Int(1),
            Value::Int(2),
            Value::Str(b"b"),
            Value::Nil,
            Value::Nil,
        ];
        let mut out = Vec::new();
        print(&mut out, args.len(), |i| Some(args[i]), false).expect("plain");
        assert_eq!(out, b"a1 2b<nil> <nil>");
    }
}
