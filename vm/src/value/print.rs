//! How `print`, `println` and the report of a panic write values: as Go's runtime does, without fmt.

use std::fmt::Write;

use crate::bytecode::program::{EqKind, Program, RKind};
use crate::value::{bulk, string};

/// A float: the fewest digits that name it, with an exponent below 1e-4 and from 1e6 on (Go 1.27's print).
pub fn float(out: &mut String, x: f64) {
    shortest(out, x.is_nan(), x.is_infinite(), x > 0.0, &format!("{x:e}"), &x);
}

/// A float32 likewise.
pub fn float32(out: &mut String, x: f32) {
    shortest(out, x.is_nan(), x.is_infinite(), x > 0.0, &format!("{x:e}"), &x);
}

fn shortest(out: &mut String, nan: bool, inf: bool, positive: bool, e: &str, plain: &dyn std::fmt::Display) {
    if nan {
        return out.push_str("NaN");
    }
    if inf {
        return out.push_str(if positive { "+Inf" } else { "-Inf" });
    }
    let (digits, exp) = e.split_once('e').expect("an exponent was asked for");
    let exp: i32 = exp.parse().expect("a number");
    if (-4..6).contains(&exp) {
        let _ = write!(out, "{plain}");
    } else {
        let sign = if exp < 0 { '-' } else { '+' };
        let _ = write!(out, "{digits}e{sign}{:02}", exp.abs());
    }
}

/// A complex number: `(re+imi)`.
pub fn complex(out: &mut String, re: f64, im: f64) {
    parts(out, im, |out| float(out, re), |out| float(out, im));
}

/// A complex64 likewise.
pub fn complex64(out: &mut String, re: f32, im: f32) {
    parts(out, im.into(), |out| float32(out, re), |out| float32(out, im));
}

fn parts(out: &mut String, im: f64, re: impl Fn(&mut String), write_im: impl Fn(&mut String)) {
    out.push('(');
    re(out);
    if !(im.is_sign_negative() && !im.is_nan() || im.is_infinite()) {
        out.push('+');
    }
    write_im(out);
    out.push_str("i)");
}

/// A string's text.
pub fn text(s: (u64, u64)) -> String {
    String::from_utf8_lossy(string::bytes(s)).into_owned()
}

/// A panic's value: basic types as they are, types made of them with their name, others by address.
pub fn panic_value(p: &Program, (ty, word): (u64, u64)) -> String {
    if ty == 0 {
        return "nil".into();
    }
    let t = &p.types[ty as u32];
    let mut slots = [0; 2];
    let simple = t.slots <= 2 && !matches!(t.kind, RKind::Struct | RKind::Array) && t.eq != EqKind::None;
    if simple && t.is_direct() {
        slots[0] = word;
    } else if simple {
        bulk::unpack(t, word, &mut slots);
    }
    let mut v = String::new();
    match t.kind {
        RKind::Bool => v.push_str(if slots[0] != 0 { "true" } else { "false" }),
        RKind::Int | RKind::Int8 | RKind::Int16 | RKind::Int32 | RKind::Int64 => {
            let _ = write!(v, "{}", slots[0] as i64);
        }
        RKind::Uint | RKind::Uint8 | RKind::Uint16 | RKind::Uint32 | RKind::Uint64 | RKind::Uintptr => {
            let _ = write!(v, "{}", slots[0]);
        }
        RKind::Float64 => float(&mut v, f64::from_bits(slots[0])),
        RKind::Float32 => float32(&mut v, f32::from_bits(slots[0] as u32)),
        RKind::Complex128 => complex(&mut v, f64::from_bits(slots[0]), f64::from_bits(slots[1])),
        RKind::Complex64 => {
            let half = |s: u64| f32::from_bits(s as u32);
            complex64(&mut v, half(slots[0]), half(slots[1]));
        }
        RKind::String => {
            // Lines after the first are indented, so that a message cannot pass for a traceback.
            let s = text((slots[0], slots[1])).replace('\n', "\n\t");
            if t.pkg.is_empty() {
                return s;
            }
            return format!("{}(\"{s}\")", t.string);
        }
        _ => return format!("({}) {word:#x}", t.string),
    }
    if t.pkg.is_empty() {
        v
    } else {
        format!("{}({v})", t.string)
    }
}

#[cfg(test)]
mod tests {
    use super::float;

    #[test]
    fn floats_have_the_fewest_digits() {
        let show = |x| {
            let mut s = String::new();
            float(&mut s, x);
            s
        };
        assert_eq!(show(1.5), "1.5");
        assert_eq!(show(-0.001), "-0.001");
        assert_eq!(show(0.0), "0");
        assert_eq!(show(1e100), "1e+100");
        assert_eq!(show(f64::NEG_INFINITY), "-Inf");
    }
}
