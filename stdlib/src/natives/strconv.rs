//! Natives of `strconv`, `unicode` (and its part for `strings`) and `unicode/utf8`.

use mgo_vm::native::{Bytes, NativeCtx, NativeResult, Str};
use mgo_vm::natives;

use crate::number::{self, append_float, append_int, append_uint};
use crate::quote::{self, Keep};
use crate::unicode::{self as uc, Case};
use crate::utf8;

/// The base, or Go's panic for one that is none.
fn base(cx: &mut NativeCtx<'_>, base: i64) -> Result<u64, NativeResult> {
    match base {
        2..=36 => Ok(base as u64),
        _ => Err(cx.panic("strconv: illegal AppendInt/FormatInt base")),
    }
}

/// A float in a form, or Go's panic for a bit size that is none.
fn float(cx: &mut NativeCtx<'_>, f: f64, form: u8, prec: i64, bits: i64) -> Result<Vec<u8>, NativeResult> {
    if bits != 32 && bits != 64 {
        return Err(cx.panic("strconv: illegal FormatFloat bitSize"));
    }
    let mut out = Vec::with_capacity(24);
    append_float(&mut out, f, form, prec, bits);
    Ok(out)
}

/// Digits on the stack: an int in base 10 has at most 20 characters.
struct Decimal {
    buf: [u8; 20],
    from: usize,
}

impl Decimal {
    fn new(mut n: u64, negative: bool) -> Decimal {
        let mut d = Decimal {
            buf: [0; 20],
            from: 20,
        };
        loop {
            d.from -= 1;
            d.buf[d.from] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        if negative {
            d.from -= 1;
            d.buf[d.from] = b'-';
        }
        d
    }

    fn signed(n: i64) -> Decimal {
        Decimal::new(n.unsigned_abs(), n < 0)
    }

    fn bytes(&self) -> &[u8] {
        &self.buf[self.from..]
    }
}

natives! {
    /// `strconv`.
    STRCONV:
    "strconv.parseInt" = |cx, s: Str<'n>, base: i64, bits: i64| -> (i64, i64) {
        let (n, outcome) = number::parse_int(&s, base, bits);
        (n, outcome as i64)
    };
    "strconv.parseUint" = |cx, s: Str<'n>, base: i64, bits: i64| -> (u64, i64) {
        let (n, outcome) = number::parse_uint(&s, base, bits);
        (n, outcome as i64)
    };
    "strconv.parseFloat" = |cx, s: Str<'n>, bits: i64| -> (f64, i64, i64) {
        let (f, n, outcome) = number::parse_float(&s, bits);
        (f, n as i64, outcome as i64)
    };
    "strconv.Itoa" = |cx, i: i64| -> Str<'n> { cx.string(Decimal::signed(i).bytes()) };
    "strconv.FormatInt" = |cx, i: i64, b: i64| -> Result<Str<'n>, NativeResult> {
        if b == 10 {
            return Ok(cx.string(Decimal::signed(i).bytes()));
        }
        let b = base(cx, b)?;
        let mut out = Vec::with_capacity(65);
        append_int(&mut out, i, b);
        Ok(cx.string(&out))
    };
    "strconv.FormatUint" = |cx, i: u64, b: i64| -> Result<Str<'n>, NativeResult> {
        if b == 10 {
            return Ok(cx.string(Decimal::new(i, false).bytes()));
        }
        let b = base(cx, b)?;
        let mut out = Vec::with_capacity(64);
        append_uint(&mut out, i, b);
        Ok(cx.string(&out))
    };
    "strconv.AppendInt" = |cx, dst: Bytes<'n>, i: i64, b: i64| -> Result<Bytes<'n>, NativeResult> {
        if b == 10 {
            return Ok(cx.append(dst, Decimal::signed(i).bytes()));
        }
        let b = base(cx, b)?;
        let mut out = Vec::with_capacity(65);
        append_int(&mut out, i, b);
        Ok(cx.append(dst, &out))
    };
    "strconv.AppendUint" = |cx, dst: Bytes<'n>, i: u64, b: i64| -> Result<Bytes<'n>, NativeResult> {
        if b == 10 {
            return Ok(cx.append(dst, Decimal::new(i, false).bytes()));
        }
        let b = base(cx, b)?;
        let mut out = Vec::with_capacity(64);
        append_uint(&mut out, i, b);
        Ok(cx.append(dst, &out))
    };
    "strconv.FormatFloat" = |cx, f: f64, form: u8, prec: i64, bits: i64| -> Result<Vec<u8>, NativeResult> {
        float(cx, f, form, prec, bits)
    };
    "strconv.AppendFloat" = |cx, dst: Bytes<'n>, f: f64, form: u8, prec: i64, bits: i64| -> Result<Bytes<'n>, NativeResult> {
        let text = float(cx, f, form, prec, bits)?;
        Ok(cx.append(dst, &text))
    };
    "strconv.quote" = |cx, s: Str<'n>, q: u8, mode: i64| -> Vec<u8> {
        let mut out = Vec::with_capacity(s.len() + 2);
        quote::append_quoted(&mut out, &s, q, Keep::from_number(mode));
        out
    };
    "strconv.quoteRune" = |cx, r: i32, mode: i64| -> Vec<u8> {
        let mut out = Vec::with_capacity(12);
        quote::append_quoted_rune(&mut out, r, Keep::from_number(mode));
        out
    };
    "strconv.unquote" = |cx, s: Str<'n>| -> (Vec<u8>, bool) {
        let out = quote::unquote(&s);
        let ok = out.is_some();
        (out.unwrap_or_default(), ok)
    };
    "strconv.quotedLen" = |cx, s: Str<'n>| -> i64 { quote::quoted_len(&s).map_or(-1, |n| n as i64) };
    "strconv.IsPrint" = |cx, r: i32| -> bool { uc::is_print(r) };
    "strconv.IsGraphic" = |cx, r: i32| -> bool { uc::is_graphic(r) };
    "strconv.CanBackquote" = |cx, s: Str<'n>| -> bool { quote::can_backquote(&s) };
}

natives! {
    /// `unicode` and `internal/uni`.
    UNICODE:
    "internal/uni.IsLetter" = |cx, r: i32| -> bool { uc::is_letter(r) };
    "internal/uni.IsDigit" = |cx, r: i32| -> bool { uc::is_digit(r) };
    "internal/uni.IsSpace" = |cx, r: i32| -> bool { uc::is_space(r) };
    "internal/uni.ToUpper" = |cx, r: i32| -> i32 { uc::to(Case::Upper, r) };
    "internal/uni.ToLower" = |cx, r: i32| -> i32 { uc::to(Case::Lower, r) };
    "internal/uni.ToTitle" = |cx, r: i32| -> i32 { uc::to(Case::Title, r) };
    "unicode.isIn" = |cx, id: i64, r: i32| -> bool { uc::is_in(id as usize, r) };
    "unicode.IsLetter" = |cx, r: i32| -> bool { uc::is_letter(r) };
    "unicode.IsDigit" = |cx, r: i32| -> bool { uc::is_digit(r) };
    "unicode.IsNumber" = |cx, r: i32| -> bool { uc::is_number(r) };
    "unicode.IsSpace" = |cx, r: i32| -> bool { uc::is_space(r) };
    "unicode.IsUpper" = |cx, r: i32| -> bool { uc::is_upper(r) };
    "unicode.IsLower" = |cx, r: i32| -> bool { uc::is_lower(r) };
    "unicode.IsTitle" = |cx, r: i32| -> bool { uc::is_title(r) };
    "unicode.IsPunct" = |cx, r: i32| -> bool { uc::is_punct(r) };
    "unicode.IsSymbol" = |cx, r: i32| -> bool { uc::is_symbol(r) };
    "unicode.IsMark" = |cx, r: i32| -> bool { uc::is_mark(r) };
    "unicode.IsControl" = |cx, r: i32| -> bool { uc::is_control(r) };
    "unicode.IsGraphic" = |cx, r: i32| -> bool { uc::is_graphic(r) };
    "unicode.IsPrint" = |cx, r: i32| -> bool { uc::is_print(r) };
    "unicode.ToUpper" = |cx, r: i32| -> i32 { uc::to(Case::Upper, r) };
    "unicode.ToLower" = |cx, r: i32| -> i32 { uc::to(Case::Lower, r) };
    "unicode.ToTitle" = |cx, r: i32| -> i32 { uc::to(Case::Title, r) };
    "unicode.SimpleFold" = |cx, r: i32| -> i32 { uc::simple_fold(r) };
}

/// A rune and its size as Go has them.
fn rune(r: (u32, usize)) -> (i32, i64) {
    (r.0 as i32, r.1 as i64)
}

natives! {
    /// `unicode/utf8`.
    UTF8:
    "unicode/utf8.DecodeRune" = |cx, p: Bytes<'n>| -> (i32, i64) { rune(utf8::decode(&p)) };
    "unicode/utf8.DecodeRuneInString" = |cx, s: Str<'n>| -> (i32, i64) { rune(utf8::decode(&s)) };
    "unicode/utf8.DecodeLastRune" = |cx, p: Bytes<'n>| -> (i32, i64) { rune(utf8::decode_last(&p)) };
    "unicode/utf8.DecodeLastRuneInString" = |cx, s: Str<'n>| -> (i32, i64) { rune(utf8::decode_last(&s)) };
    "unicode/utf8.FullRune" = |cx, p: Bytes<'n>| -> bool { utf8::full(&p) };
    "unicode/utf8.FullRuneInString" = |cx, s: Str<'n>| -> bool { utf8::full(&s) };
    "unicode/utf8.RuneCount" = |cx, p: Bytes<'n>| -> i64 { utf8::count(&p) as i64 };
    "unicode/utf8.RuneCountInString" = |cx, s: Str<'n>| -> i64 { utf8::count(&s) as i64 };
    "unicode/utf8.Valid" = |cx, p: Bytes<'n>| -> bool { std::str::from_utf8(&p).is_ok() };
    "unicode/utf8.ValidString" = |cx, s: Str<'n>| -> bool { std::str::from_utf8(&s).is_ok() };
    "unicode/utf8.AppendRune" = |cx, p: Bytes<'n>, r: i32| -> Bytes<'n> {
        let mut buf = Vec::with_capacity(4);
        utf8::push(&mut buf, r.into());
        cx.append(p, &buf)
    };
}
