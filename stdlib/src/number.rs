//! Numbers to text and back, in Go's forms: what `strconv` and `fmt` stand on.
//!
//! Rust's own conversions give the digits (shortest, or rounded exactly, halves to even); the shapes
//! around them are made here.

use std::fmt::Write;

/// Outcomes of parsing, numbered as in `mgo/strconv/number.mgo`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A number.
    Ok = 0,
    /// No number.
    Syntax = 1,
    /// Too large.
    Range = 2,
    /// The base is none.
    Base = 3,
    /// The bit size is none.
    Bits = 4,
}

/// Appends `n` in `base` (2 to 36).
pub fn append_uint(out: &mut Vec<u8>, mut n: u64, base: u64) {
    let mut buf = [0u8; 64];
    let mut i = buf.len();
    loop {
        i -= 1;
        buf[i] = b"0123456789abcdefghijklmnopqrstuvwxyz"[(n % base) as usize];
        n /= base;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&buf[i..]);
}

/// Appends a signed `n` in `base`.
pub fn append_int(out: &mut Vec<u8>, n: i64, base: u64) {
    if n < 0 {
        out.push(b'-');
    }
    append_uint(out, n.unsigned_abs(), base);
}

/// Whether underscores in `s`, with an optional sign and prefix, only separate digits.
fn underscores_ok(s: &[u8]) -> bool {
    let s = s.strip_prefix(b"-").or(s.strip_prefix(b"+")).unwrap_or(s);
    let (mut last, mut hex, mut rest) = (b'^', false, s);
    if let [b'0', c, tail @ ..] = s
        && matches!(c | 0x20, b'b' | b'o' | b'x')
    {
        (last, hex, rest) = (b'0', c | 0x20 == b'x', tail);
    }
    for &c in rest {
        last = match c {
            b'0'..=b'9' => b'0',
            _ if hex && matches!(c | 0x20, b'a'..=b'f') => b'0',
            b'_' if last == b'0' => b'_',
            b'_' => return false,
            _ if last == b'_' => return false,
            _ => b'!',
        };
    }
    last != b'_'
}

/// Go's ParseUint; on `Range` the value is the largest.
pub fn parse_uint(s: &[u8], base: i64, bits: i64) -> (u64, Outcome) {
    if s.is_empty() {
        return (0, Outcome::Syntax);
    }
    let (radix, digits) = match base {
        2..=36 => (base as u64, s),
        0 => match s {
            [b'0', c, rest @ ..] if !rest.is_empty() && c | 0x20 == b'b' => (2, rest),
            [b'0', c, rest @ ..] if !rest.is_empty() && c | 0x20 == b'o' => (8, rest),
            [b'0', c, rest @ ..] if !rest.is_empty() && c | 0x20 == b'x' => (16, rest),
            [b'0', rest @ ..] => (8, rest),
            _ => (10, s),
        },
        _ => return (0, Outcome::Base),
    };
    let max = match bits {
        0 | 64 => u64::MAX,
        1..=63 => (1 << bits) - 1,
        _ => return (0, Outcome::Bits),
    };
    let mut n = 0u64;
    let mut underscores = false;
    for &c in digits {
        let d = match c {
            b'_' if base == 0 => {
                underscores = true;
                continue;
            }
            b'0'..=b'9' => c - b'0',
            _ => match c | 0x20 {
                l @ b'a'..=b'z' => l - b'a' + 10,
                _ => return (0, Outcome::Syntax),
            },
        };
        if u64::from(d) >= radix {
            return (0, Outcome::Syntax);
        }
        match n.checked_mul(radix).and_then(|m| m.checked_add(d.into())) {
            Some(m) if m <= max => n = m,
            _ => return (max, Outcome::Range),
        }
    }
    if underscores && !underscores_ok(s) {
        return (0, Outcome::Syntax);
    }
    (n, Outcome::Ok)
}

/// Go's ParseInt; on `Range` the value is the nearest.
pub fn parse_int(s: &[u8], base: i64, bits: i64) -> (i64, Outcome) {
    if s.is_empty() {
        return (0, Outcome::Syntax);
    }
    let (neg, rest) = match s[0] {
        b'-' => (true, &s[1..]),
        b'+' => (false, &s[1..]),
        _ => (false, s),
    };
    let (n, outcome) = parse_uint(rest, base, bits);
    if outcome != Outcome::Ok && outcome != Outcome::Range {
        return (0, outcome);
    }
    let cutoff = 1u64 << (if bits == 0 { 64 } else { bits } - 1);
    if !neg && n >= cutoff {
        return ((cutoff - 1) as i64, Outcome::Range);
    }
    if neg && n > cutoff {
        return ((cutoff as i64).wrapping_neg(), Outcome::Range);
    }
    let n = if neg { (n as i64).wrapping_neg() } else { n as i64 };
    (n, outcome)
}

/// The length of the common prefix of `s` and lower-case `word`, whatever the case of `s`.
fn prefix_len(s: &[u8], word: &[u8]) -> usize {
    s.iter()
        .zip(word)
        .take_while(|(a, b)| a.to_ascii_lowercase() == **b)
        .count()
}

/// `inf`, `infinity` and `nan` at the start of `s`.
fn special(s: &[u8]) -> Option<(f64, usize)> {
    let signed = usize::from(matches!(s.first(), Some(b'+' | b'-')));
    match prefix_len(&s[signed..], b"infinity") {
        n @ 3..=8 => {
            let n = if n == 8 { 8 } else { 3 };
            let inf = if s[0] == b'-' {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            };
            Some((inf, signed + n))
        }
        _ if signed == 0 && prefix_len(s, b"nan") == 3 => Some((f64::NAN, 3)),
        _ => None,
    }
}

/// The number at the start of `s` as a float of `bits` bits, and its length.
pub fn parse_float(s: &[u8], bits: i64) -> (f64, usize, Outcome) {
    let bad = (0.0, 0, Outcome::Syntax);
    if let Some((f, n)) = special(s) {
        return (f, n, Outcome::Ok);
    }
    let signed = usize::from(matches!(s.first(), Some(b'+' | b'-')));
    let body = &s[signed..];
    let hex = body.len() > 2 && body[0] == b'0' && body[1] | 0x20 == b'x';
    let mut i = signed + if hex { 2 } else { 0 };
    let digits_from = i;
    let (mut point, mut digits, mut underscores) = (false, false, false);
    while let Some(&c) = s.get(i) {
        match c {
            b'_' => underscores = true,
            b'.' if !point => point = true,
            b'0'..=b'9' => digits = true,
            _ if hex && c.is_ascii_hexdigit() => digits = true,
            _ => break,
        }
        i += 1;
    }
    if !digits {
        return bad;
    }
    let digits_to = i;
    let mut exp = 0i64;
    if s.get(i)
        .is_some_and(|c| c | 0x20 == if hex { b'p' } else { b'e' })
    {
        i += 1;
        let neg = s.get(i) == Some(&b'-');
        if matches!(s.get(i), Some(b'+' | b'-')) {
            i += 1;
        }
        if !s.get(i).is_some_and(u8::is_ascii_digit) {
            return bad;
        }
        while let Some(&c) = s.get(i) {
            match c {
                b'_' => underscores = true,
                b'0'..=b'9' if exp < 1_000_000 => exp = exp * 10 + i64::from(c - b'0'),
                b'0'..=b'9' => {}
                _ => break,
            }
            i += 1;
        }
        if neg {
            exp = -exp;
        }
    } else if hex {
        return bad;
    }
    if underscores && !underscores_ok(&s[..i]) {
        return bad;
    }
    let neg = s[0] == b'-';
    let f = if hex {
        parse_hex(&s[digits_from..digits_to], exp, bits)
    } else {
        let text: String = s[signed..i]
            .iter()
            .filter(|c| **c != b'_')
            .map(|&c| c as char)
            .collect();
        if bits == 32 {
            text.parse::<f32>().map(f64::from).unwrap_or(0.0)
        } else {
            text.parse::<f64>().unwrap_or(0.0)
        }
    };
    let outcome = if f.is_infinite() {
        Outcome::Range
    } else {
        Outcome::Ok
    };
    (if neg { -f } else { f }, i, outcome)
}

/// The value of hexadecimal digits with a point, times 2**exp, rounded to even; infinite if too large.
fn parse_hex(digits: &[u8], mut exp: i64, bits: i64) -> f64 {
    let (mut mant, mut sticky, mut point) = (0u64, false, false);
    for &c in digits {
        let d = match c {
            b'_' => continue,
            b'.' => {
                point = true;
                continue;
            }
            _ => u64::from((c as char).to_digit(16).unwrap_or(0)),
        };
        if mant >> 60 == 0 {
            mant = mant << 4 | d;
            exp -= if point { 4 } else { 0 };
        } else {
            sticky |= d != 0;
            exp += if point { 0 } else { 4 };
        }
    }
    if mant == 0 {
        return 0.0;
    }
    let (width, min_exp, max_exp) = if bits == 32 {
        (24, -149, 127)
    } else {
        (53, -1074, 1023)
    };
    // Move the mantissa so that its lowest bit is the last that the result can hold.
    let top = 63 - i64::from(mant.leading_zeros());
    let lowest = (top + exp - (width - 1)).max(min_exp);
    let shift = lowest - exp;
    let mut kept = mant;
    if shift > 0 {
        let s = shift.min(64) as u32;
        kept = mant.checked_shr(s).unwrap_or(0);
        let lost = if s == 64 { mant } else { mant & ((1 << s) - 1) };
        let half = 1u64 << (s - 1);
        let above = lost > half || (lost == half && (sticky || kept & 1 == 1));
        let above = above && (shift <= 64);
        kept += u64::from(above);
    } else {
        kept <<= -shift;
    }
    if kept == 0 {
        return 0.0;
    }
    let top = 63 - i64::from(kept.leading_zeros()) + lowest;
    if top > max_exp {
        return f64::INFINITY;
    }
    scale(kept as f64, lowest)
}

/// f * 2**e, rounded once.
pub fn scale(f: f64, e: i64) -> f64 {
    let (frac, exp) = frexp(f);
    if frac == 0.0 || !frac.is_finite() {
        return f;
    }
    let pow = |e: i64| f64::from_bits(((e + 1023) as u64) << 52);
    match exp.saturating_add(e) {
        1025.. => f64::INFINITY.copysign(f),
        total @ 1024 => frac * 2.0 * pow(total - 1),
        total @ -1021..1024 => frac * pow(total),
        // Below the normal numbers the last product rounds.
        total @ -1100..-1021 => frac * pow(total + 100) * pow(-100),
        _ => 0.0_f64.copysign(f),
    }
}

/// A fraction in [½, 1) and an exponent; zeros, infinities and NaN stay themselves.
pub fn frexp(f: f64) -> (f64, i64) {
    if f == 0.0 || !f.is_finite() {
        return (f, 0);
    }
    let (f, bias) = if f.abs() < f64::MIN_POSITIVE {
        (f * f64::from_bits((1023 + 52) << 52), -52)
    } else {
        (f, 0)
    };
    let bits = f.to_bits();
    let exp = (bits >> 52 & 0x7FF) as i64 - 1022 + bias;
    (f64::from_bits(bits & !(0x7FF << 52) | 1022 << 52), exp)
}

/// A number's digits d.ddd… with the place of the point: value = 0.ddd… × 10**dp.
struct Digits {
    text: Vec<u8>,
    dp: i64,
}

/// The shortest digits that read back as `a`. Of two that are equally near Go takes the even one, Rust the
/// larger; only numbers with many digits can lie in the middle.
fn shortest_digits(a: f64, wide: bool) -> String {
    let (text, many) = if wide {
        (format!("{a:e}"), 15)
    } else {
        (format!("{:e}", a as f32), 6)
    };
    let n = text
        .bytes()
        .take_while(|c| *c != b'e')
        .filter(u8::is_ascii_digit)
        .count();
    if n < many {
        return text;
    }
    let even = if wide {
        format!("{a:.*e}", n - 1)
    } else {
        format!("{:.*e}", n - 1, a as f32)
    };
    let same = match wide {
        true => even.parse() == Ok(a),
        false => even.parse() == Ok(a as f32),
    };
    if same { even } else { text }
}

/// Splits Rust's `d.ddde-7` form.
fn digits_of(text: &str) -> Digits {
    let (mant, exp) = text.split_once('e').unwrap_or((text, "0"));
    let text: Vec<u8> = mant.bytes().filter(u8::is_ascii_digit).collect();
    let zero = text.iter().all(|&c| c == b'0');
    let exp: i64 = exp.parse().unwrap_or(0);
    Digits {
        dp: if zero { 0 } else { exp + 1 },
        text,
    }
}

/// Appends `f`, a float of `bits` bits, as `strconv.FormatFloat` does; `prec` < 0 is the shortest form.
pub fn append_float(out: &mut Vec<u8>, f: f64, form: u8, prec: i64, bits: i64) {
    let f = if bits == 32 { f64::from(f as f32) } else { f };
    if f.is_nan() {
        return out.extend_from_slice(b"NaN");
    }
    if f.is_infinite() {
        return out.extend_from_slice(if f > 0.0 { b"+Inf" } else { b"-Inf" });
    }
    let wide = bits != 32;
    match form {
        b'b' => return append_binary(out, f, wide),
        b'x' | b'X' => return append_hex(out, f, form, prec, wide),
        b'e' | b'E' | b'f' | b'g' | b'G' => {}
        _ => return out.extend_from_slice(&[b'%', form]),
    }
    if f.is_sign_negative() {
        out.push(b'-');
    }
    let a = f.abs();
    let shortest = prec < 0;
    if form == b'f' && !shortest {
        return push_text(out, format_args!("{a:.*}", prec as usize));
    }
    let sci = match (shortest, form | 0x20) {
        (true, _) => shortest_digits(a, wide),
        (false, b'e') => format!("{a:.*e}", prec as usize),
        (false, _) => format!("{a:.*e}", prec.max(1) as usize - 1),
    };
    let mut d = digits_of(&sci);
    if form == b'f' {
        if a == 0.0 {
            d.text.clear();
        }
        let fraction = d.text.len() as i64 - d.dp;
        return append_fixed(out, &d, fraction.max(0));
    }
    if form | 0x20 == b'e' {
        let n = d.text.len() as i64 - 1;
        return append_exp(out, &d, if shortest { n } else { prec }, form);
    }
    // %g: trailing zeros of a rounded number do not count as digits.
    while d.text.len() > 1 && d.text.last() == Some(&b'0') {
        d.text.pop();
    }
    if a == 0.0 {
        d.text.clear();
    }
    let nd = d.text.len() as i64;
    let mut prec = if shortest { nd } else { prec.max(1) };
    let mut limit = prec;
    if limit > nd && nd >= d.dp {
        limit = nd;
    }
    if shortest {
        limit = 6;
    }
    let exp = d.dp - 1;
    if exp < -4 || exp >= limit {
        if prec > nd {
            prec = nd;
        }
        return append_exp(out, &d, prec - 1, form + b'e' - b'g');
    }
    if prec > d.dp {
        prec = nd;
    }
    append_fixed(out, &d, (prec - d.dp).max(0));
}

fn append_exp(out: &mut Vec<u8>, d: &Digits, prec: i64, form: u8) {
    out.push(d.text.first().copied().unwrap_or(b'0'));
    if prec > 0 {
        out.push(b'.');
        for i in 1..=prec as usize {
            out.push(d.text.get(i).copied().unwrap_or(b'0'));
        }
    }
    let exp = if d.text.is_empty() || d.text.iter().all(|&c| c == b'0') {
        0
    } else {
        d.dp - 1
    };
    let sign = if exp < 0 { '-' } else { '+' };
    push_text(out, format_args!("{}{sign}{:02}", form as char, exp.abs()));
}

fn append_fixed(out: &mut Vec<u8>, d: &Digits, prec: i64) {
    let digit = |i: i64| {
        usize::try_from(i)
            .ok()
            .and_then(|i| d.text.get(i))
            .copied()
            .unwrap_or(b'0')
    };
    if d.dp > 0 {
        out.extend((0..d.dp).map(digit));
    } else {
        out.push(b'0');
    }
    if prec > 0 {
        out.push(b'.');
        out.extend((0..prec).map(|i| digit(d.dp + i)));
    }
}

/// Appends formatted text.
pub fn push_text(out: &mut Vec<u8>, args: std::fmt::Arguments<'_>) {
    struct Bytes<'a>(&'a mut Vec<u8>);
    impl Write for Bytes<'_> {
        fn write_str(&mut self, s: &str) -> std::fmt::Result {
            self.0.extend_from_slice(s.as_bytes());
            Ok(())
        }
    }
    Bytes(out).write_fmt(args).expect("a vector takes all");
}

/// Mantissa and exponent: value = mantissa × 2**(exponent - fraction bits).
fn parts(f: f64, wide: bool) -> (u64, i64, u32) {
    let (bits, frac, exp_bits, bias) = if wide {
        (f.to_bits(), 52, 11, 1023)
    } else {
        (u64::from((f as f32).to_bits()), 23, 8, 127)
    };
    let exp = (bits >> frac & ((1 << exp_bits) - 1)) as i64;
    let mant = bits & ((1 << frac) - 1);
    if exp == 0 {
        (mant, 1 - bias, frac)
    } else {
        (mant | 1 << frac, exp - bias, frac)
    }
}

/// `-ddddp±ddd`.
fn append_binary(out: &mut Vec<u8>, f: f64, wide: bool) {
    let (mant, exp, frac) = parts(f, wide);
    let sign = if f.is_sign_negative() { "-" } else { "" };
    push_text(out, format_args!("{sign}{mant}p{:+}", exp - i64::from(frac)));
}

/// `-0x1.yyyp±dd`.
fn append_hex(out: &mut Vec<u8>, f: f64, form: u8, prec: i64, wide: bool) {
    let (mut mant, mut exp, frac) = parts(f, wide);
    if mant == 0 {
        exp = 0;
    }
    // The mantissa as 1 bit and 60 bits of fraction.
    mant <<= 60 - frac;
    while mant != 0 && mant & 1 << 60 == 0 {
        mant <<= 1;
        exp -= 1;
    }
    if (0..15).contains(&prec) {
        let shift = prec as u32 * 4;
        let extra = mant << shift & ((1 << 60) - 1);
        mant >>= 60 - shift;
        if extra | (mant & 1) > 1 << 59 {
            mant += 1;
        }
        mant <<= 60 - shift;
        if mant & 1 << 61 != 0 {
            mant >>= 1;
            exp += 1;
        }
    }
    let upper = form == b'X';
    let start = out.len();
    let sign = if f.is_sign_negative() { "-" } else { "" };
    push_text(out, format_args!("{sign}0x{}", mant >> 60 & 1));
    mant <<= 4;
    if prec < 0 && mant != 0 {
        out.push(b'.');
        while mant != 0 {
            out.push(b"0123456789abcdef"[(mant >> 60) as usize]);
            mant <<= 4;
        }
    } else if prec > 0 {
        out.push(b'.');
        for _ in 0..prec {
            out.push(b"0123456789abcdef"[(mant >> 60) as usize]);
            mant <<= 4;
        }
    }
    let sign = if exp < 0 { '-' } else { '+' };
    push_text(out, format_args!("p{sign}{:02}", exp.abs()));
    if upper {
        out[start..].make_ascii_uppercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(f: f64, form: u8, prec: i64, bits: i64) -> String {
        let mut out = Vec::new();
        append_float(&mut out, f, form, prec, bits);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn floats_in_go_forms() {
        assert_eq!(float(1e21, b'g', -1, 64), "1e+21");
        assert_eq!(float(100000.0, b'g', -1, 64), "100000");
        assert_eq!(float(1e6, b'g', -1, 64), "1e+06");
        assert_eq!(float(0.0, b'g', 3, 64), "0");
        assert_eq!(float(0.0, b'e', 3, 64), "0.000e+00");
        assert_eq!(float(2.5, b'f', 0, 64), "2");
        assert_eq!(float(0.1, b'g', -1, 32), "0.1");
        assert_eq!(float(1.0, b'x', -1, 64), "0x1p+00");
        assert_eq!(float(1.0, b'b', -1, 64), "4503599627370496p-52");
        assert_eq!(float(123456789.0, b'g', 4, 64), "1.235e+08");
    }

    #[test]
    fn parsing_floats() {
        assert_eq!(parse_float(b"1.5e3x", 64), (1500.0, 5, Outcome::Ok));
        assert_eq!(parse_float(b"0x1p-1074", 64), (5e-324, 9, Outcome::Ok));
        assert_eq!(parse_float(b"0x1p-1075", 64).0, 0.0);
        assert_eq!(parse_float(b"0x1.8p-1075", 64).0, 5e-324);
        assert_eq!(parse_float(b"0x1.fffffffffffff8p1023", 64).2, Outcome::Range);
        assert_eq!(parse_float(b"-inf", 64), (f64::NEG_INFINITY, 4, Outcome::Ok));
        assert_eq!(parse_float(b"1e", 64).2, Outcome::Syntax);
        assert_eq!(parse_float(b"1e400", 64).2, Outcome::Range);
    }

    #[test]
    fn scaling_rounds_once() {
        for (f, e, want) in [
            (1.0, -1074, 5e-324),
            (1.5, -1074, 1e-323),
            (0.75, -1074, 5e-324),
            (1.0, 1024, f64::INFINITY),
        ] {
            assert_eq!(scale(f, e), want, "{f} {e}");
        }
        assert_eq!(scale(5e-324, 1074), 1.0);
        assert_eq!(scale(f64::MAX, -2100), 0.0);
        assert_eq!(scale(5e-324, 2097), 2f64.powi(1023));
    }
}
