//! Constants against machine arithmetic.

use proptest::prelude::*;

use super::*;
use crate::syntax::ast::{BinaryOp, LitKind, UnaryOp};

fn int(x: i128) -> Constant {
    Constant::from_big(IBig::from(x))
}

fn lit(text: &str) -> Constant {
    let kind = if text.ends_with('i') {
        LitKind::Imag
    } else if text.contains('.') || text.contains('p') || text.contains('e') && !text.contains('x') {
        LitKind::Float
    } else {
        LitKind::Int
    };
    Constant::from_literal(kind, text).unwrap()
}

fn edgy() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -10i64..10,
        Just(i64::MAX),
        Just(i64::MIN),
        Just(i64::MIN + 1),
        Just(1 << 32),
        Just(-(1 << 31))
    ]
}

proptest! {
    #[test]
    fn integers_as_i128(a in edgy(), b in edgy()) {
        let (x, y) = (Constant::Int(a), Constant::Int(b));
        let (p, q) = (i128::from(a), i128::from(b));
        let mut cases = vec![
            (BinaryOp::Add, p + q),
            (BinaryOp::Sub, p - q),
            (BinaryOp::Mul, p * q),
            (BinaryOp::And, p & q),
            (BinaryOp::Or, p | q),
            (BinaryOp::Xor, p ^ q),
            (BinaryOp::AndNot, p & !q),
        ];
        if q != 0 {
            cases.push((BinaryOp::Div, p / q));
            cases.push((BinaryOp::Rem, p % q));
        }
        for (op, want) in cases {
            let got = x.binary(op, &y, true);
            prop_assert_eq!(got.to_string(), want.to_string(), "{} {} {}", a, op.text(), b);
            // The same through the long form.
            let shifted = int(p << 64).binary(BinaryOp::Sub, &int((p << 64) - p), false);
            prop_assert_eq!(shifted.to_string(), p.to_string());
        }
        prop_assert_eq!(x.unary(UnaryOp::Neg, 0).to_string(), (-p).to_string());
        prop_assert_eq!(x.unary(UnaryOp::BitNot, 0).to_string(), (!p).to_string());
        for (op, want) in [
            (BinaryOp::Eq, a == b), (BinaryOp::Ne, a != b), (BinaryOp::Lt, a < b),
            (BinaryOp::Le, a <= b), (BinaryOp::Gt, a > b), (BinaryOp::Ge, a >= b),
        ] {
            prop_assert_eq!(x.compare(op, &y), want);
            prop_assert_eq!(x.to_float().compare(op, &y), want);
            prop_assert_eq!(x.to_float().compare(op, &y.to_float()), want);
        }
    }

    #[test]
    fn shifts_as_i128(a in edgy(), s in 0u32..64) {
        let p = i128::from(a);
        prop_assert_eq!(Constant::Int(a).shift(BinaryOp::Shl, s).to_string(), (p << s).to_string());
        prop_assert_eq!(Constant::Int(a).shift(BinaryOp::Shr, s).to_string(), (p >> s).to_string());
        let there = Constant::Int(a).shift(BinaryOp::Shl, s + 900);
        prop_assert_eq!(there.shift(BinaryOp::Shr, s + 900).exact_i64(), Some(a));
    }

    #[test]
    fn literals_round_as_std_parses(m in any::<u64>(), e in -340i32..320) {
        let text = format!("{m}e{e}");
        let c = lit(&text);
        prop_assert_eq!(c.as_f64(), text.parse::<f64>().unwrap(), "{}", text);
        prop_assert_eq!(c.as_f32(), text.parse::<f32>().unwrap(), "{}", text);
    }

    #[test]
    fn doubles_are_exact(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        prop_assume!(x.is_finite());
        prop_assert_eq!(Constant::from_f64(x).as_f64(), x);
        prop_assert_eq!(Constant::from_f64(x).as_f32(), x as f32);
        let text = format!("{:e}", x.abs());
        prop_assert_eq!(lit(&text).as_f64(), x.abs(), "{}", text);
    }

    #[test]
    fn integers_fit_as_rust_says(a in edgy()) {
        for (b, fits) in [
            (Basic::Int8, i8::try_from(a).is_ok()), (Basic::Int16, i16::try_from(a).is_ok()),
            (Basic::Rune, i32::try_from(a).is_ok()), (Basic::Byte, u8::try_from(a).is_ok()),
            (Basic::Uint32, u32::try_from(a).is_ok()), (Basic::Uint64, u64::try_from(a).is_ok()),
            (Basic::Int, true),
        ] {
            prop_assert_eq!(Constant::Int(a).represented(b).is_some(), fits);
            prop_assert_eq!(Constant::Int(a).to_float().represented(b).is_some(), fits);
        }
        prop_assert_eq!(Constant::Int(a).as_u64(), a as u64);
        prop_assert_eq!(int(i128::from(a) + (1 << 100)).as_i64(), a);
    }
}

fn lit_char(text: &str) -> Constant {
    Constant::from_literal(LitKind::Char, text).unwrap()
}

#[test]
fn literals() {
    for (text, value) in [
        ("0", "0"),
        ("0x_FF", "255"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("017", "15"),
        ("1_000_000", "1000000"),
        ("18446744073709551616", "18446744073709551616"),
        ("1.5", "1.5"),
        (".5e1", "5"),
        ("0x1p-2", "0.25"),
        ("0x.8p4", "8"),
        ("1e100", "1e+100"),
        ("1e5000", "1e+5000"),
        ("1e-5000", "1e-5000"),
        ("1e-99999999999999999999", "0"),
        ("1e99999999999999999999", "unknown"),
        ("0x1p99999999999999999999", "unknown"),
        ("3i", "(0 + 3i)"),
        ("010i", "(0 + 10i)"),
        ("0x10i", "(0 + 16i)"),
        ("3.14159265", "3.14159"),
        ("1000000.5", "1.0000005e+06"),
    ] {
        assert_eq!(lit(text).to_string(), value, "{text}");
    }
    let string = |t| Constant::from_literal(LitKind::String, t).unwrap();
    assert_eq!(
        &*string(r#""a\n\x00\xff\u00e4'""#).as_bytes(),
        b"a\n\0\xff\xc3\xa4'"
    );
    assert_eq!(&*string("`a\\n\r\n`").as_bytes(), b"a\\n\n");
    assert_eq!(lit_char(r"'\''").exact_i64(), Some(39));
    assert_eq!(lit_char(r"'\377'").exact_i64(), Some(255));
    assert_eq!(lit_char("'世'").exact_i64(), Some(0x4e16));
}

#[test]
fn fractions_stay_exact() {
    let third = lit("1.0").binary(BinaryOp::Div, &lit("3"), false);
    let one = third.binary(BinaryOp::Mul, &lit("3"), false);
    assert!(one.compare(BinaryOp::Eq, &Constant::Int(1)));
    assert_eq!(one.to_int().exact_i64(), Some(1));
    assert!(third.to_int().is_unknown());
    assert!(
        Constant::Int(1)
            .binary(BinaryOp::Div, &Constant::Int(0), true)
            .is_unknown()
    );
    assert!(lit("1.0").binary(BinaryOp::Div, &lit("0.0"), false).is_unknown());
}

#[test]
fn beyond_doubles() {
    let big = lit("1e400");
    assert!(big.represented(Basic::Float64).is_none());
    assert_eq!(
        big.binary(BinaryOp::Div, &lit("1e399"), false)
            .represented(Basic::Float64)
            .unwrap()
            .as_f64(),
        10.0
    );
    assert!(lit("1e39").represented(Basic::Float32).is_none());
    assert!(lit("3.4028234e38").represented(Basic::Float32).is_some());
    let huge = lit("1e9999");
    assert!(
        huge.binary(BinaryOp::Mul, &huge, false)
            .compare(BinaryOp::Gt, &huge)
    );
    assert_eq!(
        huge.binary(BinaryOp::Div, &huge, false).to_int().exact_i64(),
        Some(1)
    );
}

#[test]
fn complex_numbers() {
    let i = lit("1i");
    let minus = i.binary(BinaryOp::Mul, &i, false);
    assert_eq!(minus.to_int().exact_i64(), Some(-1));
    assert_eq!(minus.key(), Constant::Int(-1).key());
    let q = lit("4")
        .binary(BinaryOp::Add, &lit("2i"), false)
        .binary(BinaryOp::Div, &lit("2i"), false);
    assert_eq!(q.as_complex(), (1.0, -2.0));
    assert!(i.represented(Basic::Float64).is_none());
    assert!(i.represented(Basic::Complex64).is_some());
}

#[test]
fn strings_in_messages_are_short() {
    let long = Constant::string(vec![b'x'; 1000]);
    assert_eq!(long.to_string().chars().count(), 72);
    assert!(long.to_string().ends_with("xxx..."));
    assert_eq!(quote(b"a\"\xff\t\xe2\x80\x8b"), r#""a\"\xff\t\u200b""#);
}
