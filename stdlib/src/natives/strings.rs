//! Natives of `strings`, `bytes`, `path`, `bufio`, `encoding/hex` and `encoding/base64`.

use mgo_vm::native::{Bytes, NewBytes, Slice, Str};
use mgo_vm::natives;

use crate::unicode::Case;
use crate::{base64, text};

/// Go's way to say where, or -1.
fn place(at: Option<usize>) -> i64 {
    at.map_or(-1, |i| i as i64)
}

natives! {
    /// `strings`.
    STRINGS:
    "strings.Index" = |cx, s: Str<'n>, sub: Str<'n>| -> i64 { place(text::index(&s, &sub)) };
    "strings.LastIndex" = |cx, s: Str<'n>, sub: Str<'n>| -> i64 { place(text::last_index(&s, &sub)) };
    "strings.IndexByte" = |cx, s: Str<'n>, c: u8| -> i64 { place(text::index_byte(&s, c)) };
    "strings.LastIndexByte" = |cx, s: Str<'n>, c: u8| -> i64 { place(text::last_index_byte(&s, c)) };
    "strings.IndexAny" = |cx, s: Str<'n>, set: Str<'n>| -> i64 { place(text::index_any(&s, &set)) };
    "strings.LastIndexAny" = |cx, s: Str<'n>, set: Str<'n>| -> i64 { place(text::last_index_any(&s, &set)) };
    "strings.IndexRune" = |cx, s: Str<'n>, r: i32| -> i64 { place(text::index_rune(&s, r)) };
    "strings.Count" = |cx, s: Str<'n>, sub: Str<'n>| -> i64 { text::count(&s, &sub) as i64 };
    "strings.EqualFold" = |cx, s: Str<'n>, t: Str<'n>| -> bool { text::equal_fold(&s, &t) };
    "strings.trimLeft" = |cx, s: Str<'n>, set: Str<'n>| -> i64 { text::trim_left(&s, &set) as i64 };
    "strings.trimRight" = |cx, s: Str<'n>, set: Str<'n>| -> i64 { text::trim_right(&s, &set) as i64 };
    "strings.trimSpaces" = |cx, s: Str<'n>| -> (i64, i64) { pair(text::trim_spaces(&s)) };
    "strings.nextField" = |cx, s: Str<'n>, from: i64| -> (i64, i64) { pair(text::next_field(&s, from as usize)) };
    "strings.Replace" = |cx, s: Str<'n>, old: Str<'n>, new: Str<'n>, n: i64| -> Str<'n> {
        if n == 0 || old.bytes() == new.bytes() || (!old.is_empty() && text::index(&s, &old).is_none()) {
            return s;
        }
        cx.string(&text::replace(&s, &old, &new, n))
    };
    "strings.ToUpper" = |cx, s: Str<'n>| -> Str<'n> {
        text::map_case(&s, Case::Upper).map_or(s, |new| cx.string(&new))
    };
    "strings.ToLower" = |cx, s: Str<'n>| -> Str<'n> {
        text::map_case(&s, Case::Lower).map_or(s, |new| cx.string(&new))
    };
    "strings.ToTitle" = |cx, s: Str<'n>| -> Str<'n> {
        text::map_case(&s, Case::Title).map_or(s, |new| cx.string(&new))
    };
    "strings.ToValidUTF8" = |cx, s: Str<'n>, with: Str<'n>| -> Str<'n> {
        if std::str::from_utf8(&s).is_ok() {
            return s;
        }
        cx.string(&text::to_valid(&s, &with))
    };
    "strings.Join" = |cx, elems: Slice<'n>, sep: Str<'n>| -> Str<'n> {
        match elems.len() {
            0 => return Str::EMPTY,
            1 => return elems.string(0),
            _ => {}
        }
        let mut out = Vec::with_capacity(elems.strings().map(|s| s.len() + sep.len()).sum());
        for (i, s) in elems.strings().enumerate() {
            if i > 0 {
                out.extend_from_slice(&sep);
            }
            out.extend_from_slice(&s);
        }
        cx.string(&out)
    };
    "strings.Clone" = |cx, s: Str<'n>| -> Str<'n> { cx.string(&s) };
    "strings.repeat" = |cx, s: Str<'n>, n: i64| -> Str<'n> {
        match (s.len(), n) {
            (0, _) | (_, 0) => Str::EMPTY,
            (_, 1) => s,
            _ => cx.string(&s.repeat(n as usize)),
        }
    };
    "strings.share" = |cx, b: Bytes<'n>| -> Str<'n> { b.share() };
    "strings.replacePairs" = |cx, s: Str<'n>, pairs: Slice<'n>| -> Str<'n> {
        let pairs: Vec<&[u8]> = pairs.strings().map(Str::bytes).collect();
        let out = text::replace_pairs(&s, &pairs);
        if out == s.bytes() {
            return s;
        }
        cx.string(&out)
    };
}

/// Two places as ints.
fn pair(p: (usize, usize)) -> (i64, i64) {
    (p.0 as i64, p.1 as i64)
}

natives! {
    /// `bytes`.
    BYTES:
    "bytes.Index" = |cx, s: Bytes<'n>, sub: Bytes<'n>| -> i64 { place(text::index(&s, &sub)) };
    "bytes.LastIndex" = |cx, s: Bytes<'n>, sub: Bytes<'n>| -> i64 { place(text::last_index(&s, &sub)) };
    "bytes.IndexByte" = |cx, s: Bytes<'n>, c: u8| -> i64 { place(text::index_byte(&s, c)) };
    "bytes.LastIndexByte" = |cx, s: Bytes<'n>, c: u8| -> i64 { place(text::last_index_byte(&s, c)) };
    "bytes.IndexAny" = |cx, s: Bytes<'n>, set: Str<'n>| -> i64 { place(text::index_any(&s, &set)) };
    "bytes.LastIndexAny" = |cx, s: Bytes<'n>, set: Str<'n>| -> i64 { place(text::last_index_any(&s, &set)) };
    "bytes.IndexRune" = |cx, s: Bytes<'n>, r: i32| -> i64 { place(text::index_rune(&s, r)) };
    "bytes.Count" = |cx, s: Bytes<'n>, sub: Bytes<'n>| -> i64 { text::count(&s, &sub) as i64 };
    "bytes.Equal" = |cx, a: Bytes<'n>, b: Bytes<'n>| -> bool { a.bytes() == b.bytes() };
    "bytes.Compare" = |cx, a: Bytes<'n>, b: Bytes<'n>| -> i64 { a.bytes().cmp(b.bytes()) as i64 };
    "bytes.EqualFold" = |cx, s: Bytes<'n>, t: Bytes<'n>| -> bool { text::equal_fold(&s, &t) };
    "bytes.trimLeft" = |cx, s: Bytes<'n>, set: Str<'n>| -> i64 { text::trim_left(&s, &set) as i64 };
    "bytes.trimRight" = |cx, s: Bytes<'n>, set: Str<'n>| -> i64 { text::trim_right(&s, &set) as i64 };
    "bytes.trimSpaces" = |cx, s: Bytes<'n>| -> (i64, i64) { pair(text::trim_spaces(&s)) };
    "bytes.nextField" = |cx, s: Bytes<'n>, from: i64| -> (i64, i64) { pair(text::next_field(&s, from as usize)) };
    "bytes.Replace" = |cx, s: Bytes<'n>, old: Bytes<'n>, new: Bytes<'n>, n: i64| -> NewBytes {
        NewBytes(text::replace(&s, &old, &new, n))
    };
    "bytes.ToUpper" = |cx, s: Bytes<'n>| -> NewBytes { cased(s, Case::Upper) };
    "bytes.ToLower" = |cx, s: Bytes<'n>| -> NewBytes { cased(s, Case::Lower) };
    "bytes.ToTitle" = |cx, s: Bytes<'n>| -> NewBytes { cased(s, Case::Title) };
    "bytes.ToValidUTF8" = |cx, s: Bytes<'n>, with: Bytes<'n>| -> NewBytes { NewBytes(text::to_valid(&s, &with)) };
}

fn cased(s: Bytes<'_>, case: Case) -> NewBytes {
    NewBytes(text::map_case(&s, case).unwrap_or_else(|| s.to_vec()))
}

natives! {
    /// `path`, `bufio`, `html`, `encoding/hex`, `encoding/base64`.
    OTHERS:
    // Texts that are not UTF-8 are unescaped between their wrong bytes.
    "html.unescape" = |cx, s: Str<'n>| -> Vec<u8> {
        let mut out = Vec::with_capacity(s.len());
        for chunk in s.utf8_chunks() {
            out.extend_from_slice(htmlize::unescape(chunk.valid()).as_bytes());
            out.extend_from_slice(chunk.invalid());
        }
        out
    };
    "path.match" = |cx, pattern: Str<'n>, name: Str<'n>| -> i64 {
        match text::shell_match(&pattern, &name) {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        }
    };
    "bufio.word" = |cx, data: Bytes<'n>| -> (i64, i64, i64) {
        let (start, end, next) = text::word(&data);
        (start as i64, place(end), next as i64)
    };
    "encoding/base64.encode" = |cx, alphabet: Str<'n>, pad: i64, src: Bytes<'n>| -> Vec<u8> {
        base64::encode(&alphabet, u8::try_from(pad).ok(), &src)
    };
    "encoding/base64.decode" = |cx, values: Str<'n>, pad: i64, strict: bool, src: Str<'n>| -> (NewBytes, i64) {
        let (out, bad) = base64::decode(&values, u8::try_from(pad).ok(), strict, &src);
        (NewBytes(out), place(bad))
    };
    "encoding/hex.encode" = |cx, src: Bytes<'n>| -> Vec<u8> {
        let mut out = Vec::with_capacity(2 * src.len());
        text::append_hex(&mut out, &src, false, false, false);
        out
    };
    "encoding/hex.decode" = |cx, src: Str<'n>| -> (NewBytes, i64) {
        let digit = |i: usize| (src[i] as char).to_digit(16);
        let mut out = Vec::with_capacity(src.len() / 2);
        for i in (0..src.len() & !1).step_by(2) {
            match (digit(i), digit(i + 1)) {
                (Some(a), Some(b)) => out.push((a << 4 | b) as u8),
                (None, _) => return (NewBytes(out), i as i64),
                (_, None) => return (NewBytes(out), i as i64 + 1),
            }
        }
        let bad_end = src.len() % 2 == 1 && digit(src.len() - 1).is_none();
        let bad = if bad_end { src.len() as i64 - 1 } else { -1 };
        (NewBytes(out), bad)
    };
}
