//! Searching and rewriting byte strings: the heavy parts of `strings` and `bytes`.

use crate::unicode::{self, Case};
use crate::utf8::{self, RUNE_ERROR};

/// The first `c`. Blocks without it are passed by in one vector comparison each.
pub fn index_byte(s: &[u8], c: u8) -> Option<usize> {
    const BLOCK: usize = 32;
    let mut i = 0;
    for block in s.chunks_exact(BLOCK) {
        if block.iter().fold(false, |found, &b| found | (b == c)) {
            break;
        }
        i += BLOCK;
    }
    s[i..].iter().position(|&b| b == c).map(|n| i + n)
}

/// The last `c`.
pub fn last_index_byte(s: &[u8], c: u8) -> Option<usize> {
    s.iter().rposition(|&b| b == c)
}

/// The first `sep`: tries each place where its first byte is, and goes over to a rolling hash (Rabin and
/// Karp) when too many of them disappoint.
pub fn index(s: &[u8], sep: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = sep.split_first() else {
        return Some(0);
    };
    if rest.is_empty() {
        return index_byte(s, first);
    }
    let last = s.len().checked_sub(sep.len())?;
    let (mut i, mut wasted) = (0, 0);
    while i <= last {
        i += index_byte(&s[i..=last], first)?;
        if s[i + 1..].starts_with(rest) {
            return Some(i);
        }
        i += 1;
        wasted += 1;
        if wasted > 16 + i / 4 {
            return index_hashed(&s[i..], sep).map(|n| i + n);
        }
    }
    None
}

const PRIME: u32 = 16_777_619;

fn hash(s: &[u8]) -> u32 {
    s.iter()
        .fold(0u32, |h, &b| h.wrapping_mul(PRIME).wrapping_add(b.into()))
}

fn index_hashed(s: &[u8], sep: &[u8]) -> Option<usize> {
    let n = sep.len();
    if s.len() < n {
        return None;
    }
    let want = hash(sep);
    let lead = (0..n).fold(1u32, |p, _| p.wrapping_mul(PRIME));
    let mut h = hash(&s[..n]);
    for i in 0..=s.len() - n {
        if h == want && &s[i..i + n] == sep {
            return Some(i);
        }
        if let Some(&next) = s.get(i + n) {
            h = h.wrapping_mul(PRIME).wrapping_add(next.into());
            h = h.wrapping_sub(lead.wrapping_mul(s[i].into()));
        }
    }
    None
}

/// The last `sep`.
pub fn last_index(s: &[u8], sep: &[u8]) -> Option<usize> {
    let n = sep.len();
    if n == 0 {
        return Some(s.len());
    }
    let mut end = s.len().checked_sub(n - 1)?;
    loop {
        let i = last_index_byte(&s[..end], sep[0])?;
        if s[i..].starts_with(sep) {
            return Some(i);
        }
        end = i;
    }
}

/// How often `sep` lies in `s` without overlap; an empty one lies around each rune.
pub fn count(s: &[u8], sep: &[u8]) -> usize {
    match sep {
        [] => utf8::count(s) + 1,
        [c] => s.iter().filter(|b| *b == c).count(),
        _ => {
            let (mut n, mut at) = (0, 0);
            while let Some(i) = index(&s[at..], sep) {
                n += 1;
                at += i + sep.len();
            }
            n
        }
    }
}

/// The first rune `r`; U+FFFD is found in malformed bytes too, what is no rune is nowhere.
pub fn index_rune(s: &[u8], r: i32) -> Option<usize> {
    if (0..0x80).contains(&r) {
        return index_byte(s, r as u8);
    }
    if r == RUNE_ERROR as i32 {
        return utf8::runes(s).find(|x| x.1 == RUNE_ERROR).map(|x| x.0);
    }
    let mut enc = Vec::with_capacity(4);
    if !utf8::is_rune(r.into()) {
        return None;
    }
    utf8::push(&mut enc, r.into());
    index(s, &enc)
}

/// Whether `set` holds `r`, where a malformed byte of `set` counts as U+FFFD.
fn holds(set: &[u8], r: u32) -> bool {
    utf8::runes(set).any(|x| x.1 == r)
}

/// The first rune that is in `set`.
pub fn index_any(s: &[u8], set: &[u8]) -> Option<usize> {
    utf8::runes(s).find(|x| holds(set, x.1)).map(|x| x.0)
}

/// The last rune that is in `set`.
pub fn last_index_any(s: &[u8], set: &[u8]) -> Option<usize> {
    let mut end = s.len();
    while end > 0 {
        let (r, n) = utf8::decode_last(&s[..end]);
        end -= n;
        if holds(set, r) {
            return Some(end);
        }
    }
    None
}

/// How many bytes of runes in `set` begin `s`.
pub fn trim_left(s: &[u8], set: &[u8]) -> usize {
    utf8::runes(s).find(|x| !holds(set, x.1)).map_or(s.len(), |x| x.0)
}

/// How many bytes of runes in `set` end `s`.
pub fn trim_right(s: &[u8], set: &[u8]) -> usize {
    let mut end = s.len();
    while end > 0 {
        let (r, n) = utf8::decode_last(&s[..end]);
        if !holds(set, r) {
            break;
        }
        end -= n;
    }
    s.len() - end
}

fn is_space(r: u32) -> bool {
    unicode::is_space(r as i32)
}

/// The bounds of `s` without white space at its ends.
pub fn trim_spaces(s: &[u8]) -> (usize, usize) {
    let lo = utf8::runes(s).find(|x| !is_space(x.1)).map_or(s.len(), |x| x.0);
    let mut hi = s.len();
    while hi > lo {
        let (r, n) = utf8::decode_last(&s[..hi]);
        if !is_space(r) {
            break;
        }
        hi -= n;
    }
    (lo, hi)
}

/// The bounds of the first run of non-space at or after `from`; equal if there is none.
pub fn next_field(s: &[u8], from: usize) -> (usize, usize) {
    let rest = &s[from.min(s.len())..];
    let Some((lo, ..)) = utf8::runes(rest).find(|x| !is_space(x.1)) else {
        return (s.len(), s.len());
    };
    let hi = utf8::runes(&rest[lo..])
        .find(|x| is_space(x.1))
        .map_or(rest.len(), |x| lo + x.0);
    (from + lo, from + hi)
}

/// The first word of `data`: where it begins, where it ends if that is known, and what follows the space
/// after it.
pub fn word(data: &[u8]) -> (usize, Option<usize>, usize) {
    let start = utf8::runes(data)
        .find(|x| !is_space(x.1))
        .map_or(data.len(), |x| x.0);
    match utf8::runes(&data[start..]).find(|x| is_space(x.1)) {
        Some((i, _, n)) => (start, Some(start + i), start + i + n),
        None => (start, None, 0),
    }
}

/// The first `limit` (all if negative) `old` replaced by `new`; an empty `old` lies around each rune.
pub fn replace(s: &[u8], old: &[u8], new: &[u8], limit: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    let mut left = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut at = 0;
    if old.is_empty() {
        let mut next = 0;
        while left > 0 {
            left -= 1;
            out.extend_from_slice(&s[at..next]);
            out.extend_from_slice(new);
            at = next;
            if at == s.len() {
                break;
            }
            next += utf8::decode(&s[at..]).1;
        }
    } else {
        while left > 0
            && let Some(i) = index(&s[at..], old)
        {
            left -= 1;
            out.extend_from_slice(&s[at..at + i]);
            out.extend_from_slice(new);
            at += i + old.len();
        }
    }
    out.extend_from_slice(&s[at..]);
    out
}

/// Replaces at each place the first `old` of `pairs` (old, new, old, new, …) that fits.
pub fn replace_pairs(s: &[u8], pairs: &[&[u8]]) -> Vec<u8> {
    // Which pairs begin with a byte; an empty `old` fits everywhere.
    let mut by_first = vec![Vec::new(); 256];
    let mut anywhere = None;
    for (i, pair) in pairs.chunks_exact(2).enumerate() {
        match pair[0].first() {
            Some(&c) => by_first[usize::from(c)].push(i),
            None => anywhere = anywhere.or(Some(i)),
        }
    }
    let mut out = Vec::with_capacity(s.len());
    let (mut i, mut was_empty) = (0, false);
    loop {
        let candidates: &[usize] = s.get(i).map_or(&[], |&c| &by_first[usize::from(c)]);
        let fit = candidates
            .iter()
            .copied()
            .find(|&p| s[i..].starts_with(pairs[2 * p]));
        let empty = anywhere.filter(|&p| !was_empty && fit.is_none_or(|f| p < f));
        let found = empty.or(fit);
        let old = found.map_or(&[][..], |p| pairs[2 * p]);
        was_empty = found.is_some() && old.is_empty();
        if let Some(p) = found {
            out.extend_from_slice(pairs[2 * p + 1]);
            i += old.len();
            continue;
        }
        let Some(&c) = s.get(i) else { return out };
        out.push(c);
        i += 1;
    }
}

/// Maps every rune; malformed bytes become U+FFFD. None if nothing changes.
pub fn map_case(s: &[u8], case: Case) -> Option<Vec<u8>> {
    if s.is_ascii() {
        let lower = case == Case::Lower;
        let hit = |b: &u8| {
            if lower {
                b.is_ascii_uppercase()
            } else {
                b.is_ascii_lowercase()
            }
        };
        s.iter().any(hit).then_some(())?;
        return Some(if lower {
            s.to_ascii_lowercase()
        } else {
            s.to_ascii_uppercase()
        });
    }
    let mut out = Vec::with_capacity(s.len() + 4);
    for (_, r, _) in utf8::runes(s) {
        utf8::push(&mut out, unicode::to(case, r as i32).into());
    }
    (out != s).then_some(out)
}

/// Each run of malformed bytes replaced by `with`.
pub fn to_valid(s: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(s.len());
    let mut bad = false;
    for (i, r, n) in utf8::runes(s) {
        let is_bad = r == RUNE_ERROR && n == 1;
        if !is_bad {
            out.extend_from_slice(&s[i..i + n]);
        } else if !bad {
            out.extend_from_slice(with);
        }
        bad = is_bad;
    }
    out
}

/// Equality under simple folding.
pub fn equal_fold(s: &[u8], t: &[u8]) -> bool {
    let (mut a, mut b) = (utf8::runes(s), utf8::runes(t));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(x), Some(y)) => {
                let (x, y) = (x.1 as i32, y.1 as i32);
                if x == y {
                    continue;
                }
                if x < 0x80 && y < 0x80 {
                    if (x as u8).eq_ignore_ascii_case(&(y as u8)) {
                        continue;
                    }
                    return false;
                }
                let mut r = unicode::simple_fold(x);
                while r != x && r != y {
                    r = unicode::simple_fold(r);
                }
                if r != y {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

/// Bytes as hexadecimal digits; `sep` puts a blank between bytes, `prefix` a 0x before the whole, or
/// before each byte if they are separated.
pub fn append_hex(out: &mut Vec<u8>, s: &[u8], upper: bool, sep: bool, prefix: bool) {
    let digits = if upper {
        b"0123456789ABCDEFX"
    } else {
        b"0123456789abcdefx"
    };
    for (i, &b) in s.iter().enumerate() {
        if sep && i > 0 {
            out.push(b' ');
        }
        if prefix && (sep || i == 0) {
            out.extend_from_slice(&[b'0', digits[16]]);
        }
        out.extend_from_slice(&[digits[usize::from(b >> 4)], digits[usize::from(b & 15)]]);
    }
}

/// Whether `name` fits the shell `pattern`; None for a malformed pattern.
pub fn shell_match(pattern: &[u8], name: &[u8]) -> Option<bool> {
    let (mut p, mut n) = (pattern, name);
    // Where to go on after a star that took one byte more: (pattern, name).
    let mut back: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = p {
            back = Some((rest, n));
            p = rest;
            continue;
        }
        if p.is_empty() {
            if n.is_empty() {
                return Some(true);
            }
        } else {
            let (fits, p1, n1) = shell_one(p, n)?;
            if fits {
                (p, n) = (p1, n1);
                continue;
            }
            // The rest of the pattern must be well-formed even if the name does not fit.
            let mut rest = p1;
            while !rest.is_empty() {
                rest = if rest[0] == b'*' {
                    &rest[1..]
                } else {
                    shell_one(rest, b"")?.1
                };
            }
        }
        match back {
            Some((bp, bn)) if !bn.is_empty() && bn[0] != b'/' => {
                let bn = &bn[1..];
                back = Some((bp, bn));
                (p, n) = (bp, bn);
            }
            _ => return Some(false),
        }
    }
}

/// Matches one element that is no star: whether it fits, and what is left of pattern and name.
fn shell_one<'p, 'n>(p: &'p [u8], n: &'n [u8]) -> Option<(bool, &'p [u8], &'n [u8])> {
    let (r, size) = utf8::decode(n);
    let present = size > 0;
    match p[0] {
        b'?' => Some((present && r != u32::from(b'/'), &p[1..], &n[size..])),
        b'[' => {
            let mut p = &p[1..];
            let negated = p.first() == Some(&b'^');
            if negated {
                p = &p[1..];
            }
            let (mut hit, mut ranges) = (false, 0);
            loop {
                if p.first() == Some(&b']') && ranges > 0 {
                    p = &p[1..];
                    break;
                }
                let (lo, rest) = shell_char(p)?;
                p = rest;
                let mut hi = lo;
                if p[0] == b'-' {
                    (hi, p) = shell_char(&p[1..])?;
                }
                hit |= (lo..=hi).contains(&r);
                ranges += 1;
            }
            Some((present && hit != negated, p, &n[size..]))
        }
        b'\\' => {
            let &c = p.get(1)?;
            let fits = n.first() == Some(&c);
            Some((fits, &p[2..], n.get(1..).unwrap_or(&[])))
        }
        c => Some((n.first() == Some(&c), &p[1..], n.get(1..).unwrap_or(&[]))),
    }
}

/// A character of a bracket's range; something must follow it.
fn shell_char(p: &[u8]) -> Option<(u32, &[u8])> {
    let p = match p {
        [] | [b'-' | b']', ..] => return None,
        [b'\\', rest @ ..] => rest,
        _ => p,
    };
    let (r, n) = utf8::decode(p);
    if n == 0 || (r == RUNE_ERROR && n == 1) || p.len() == n {
        return None;
    }
    Some((r, &p[n..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding() {
        let s = b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab";
        assert_eq!(index(s, b"aab"), Some(s.len() - 3));
        assert_eq!(index(s, b"b"), Some(s.len() - 1));
        assert_eq!(index(s, b"ba"), None);
        assert_eq!(index(b"", b""), Some(0));
        assert_eq!(last_index(b"abcabc", b"bc"), Some(4));
        assert_eq!(last_index(b"abc", b"x"), None);
        assert_eq!(count(b"cheese", b"e"), 3);
        assert_eq!(count("日本".as_bytes(), b""), 3);
    }

    #[test]
    fn patterns() {
        for (p, n, want) in [
            ("a*b*c", "aXbYc", Some(true)),
            ("*", "a/b", Some(false)),
            ("[a-", "x", None),
            ("a[^b]c", "abc", Some(false)),
            ("*x", "xxx", Some(true)),
            ("é?", "éa", Some(true)),
            ("[]a]", "]", None),
            ("a[", "b", None),
            ("", "", Some(true)),
        ] {
            assert_eq!(shell_match(p.as_bytes(), n.as_bytes()), want, "{p} {n}");
        }
    }

    #[test]
    fn replacing_pairs() {
        let r = |s: &str, pairs: &[&str]| {
            let pairs: Vec<&[u8]> = pairs.iter().map(|p| p.as_bytes()).collect();
            String::from_utf8(replace_pairs(s.as_bytes(), &pairs)).expect("UTF-8")
        };
        assert_eq!(r("ab", &["", "-"]), "-a-b-");
        assert_eq!(r("aaa", &["a", "1", "aa", "2"]), "111");
        assert_eq!(r("abcx", &["abc", "X", "", "_"]), "X_x_");
    }
}
