//! UTF-8 as Go sees it: any byte string is a sequence of runes, a malformed byte being U+FFFD of length 1.

/// What a malformed byte decodes to.
pub const RUNE_ERROR: u32 = 0xFFFD;
/// The last code point.
pub const MAX_RUNE: u32 = 0x10FFFF;

/// The number of bytes that a lead byte announces, and the range of the second byte; 0 for no lead byte.
fn lead(b: u8) -> (usize, u8, u8) {
    match b {
        0x00..=0x7F => (1, 0, 0),
        0xC2..=0xDF => (2, 0x80, 0xBF),
        0xE0 => (3, 0xA0, 0xBF),
        0xE1..=0xEC | 0xEE..=0xEF => (3, 0x80, 0xBF),
        0xED => (3, 0x80, 0x9F),
        0xF0 => (4, 0x90, 0xBF),
        0xF1..=0xF3 => (4, 0x80, 0xBF),
        0xF4 => (4, 0x80, 0x8F),
        _ => (0, 0, 0),
    }
}

/// The first rune of `p` and its size; `(U+FFFD, 0)` of nothing.
pub fn decode(p: &[u8]) -> (u32, usize) {
    let Some(&b0) = p.first() else {
        return (RUNE_ERROR, 0);
    };
    if b0 < 0x80 {
        return (u32::from(b0), 1);
    }
    let (n, lo, hi) = lead(b0);
    if n == 0 || p.len() < n || p[1] < lo || p[1] > hi {
        return (RUNE_ERROR, 1);
    }
    let mut r = u32::from(b0) & (0x7F >> n);
    for (i, &b) in p[1..n].iter().enumerate() {
        if i > 0 && b & 0xC0 != 0x80 {
            return (RUNE_ERROR, 1);
        }
        r = r << 6 | u32::from(b & 0x3F);
    }
    (r, n)
}

/// The last rune of `p` and its size.
pub fn decode_last(p: &[u8]) -> (u32, usize) {
    let end = p.len();
    if end == 0 {
        return (RUNE_ERROR, 0);
    }
    let mut start = end - 1;
    if p[start] < 0x80 {
        return (u32::from(p[start]), 1);
    }
    let limit = end.saturating_sub(4);
    while start > limit && p[start] & 0xC0 == 0x80 {
        start -= 1;
    }
    let (r, n) = decode(&p[start..]);
    if start + n == end { (r, n) } else { (RUNE_ERROR, 1) }
}

/// Whether `p` begins with a whole encoding; an invalid one counts.
pub fn full(p: &[u8]) -> bool {
    let Some(&b0) = p.first() else { return false };
    let (n, lo, hi) = lead(b0);
    if p.len() >= n {
        return true;
    }
    (p.len() > 1 && (p[1] < lo || p[1] > hi)) || (p.len() > 2 && p[2] & 0xC0 != 0x80)
}

/// The number of runes.
pub fn count(p: &[u8]) -> usize {
    let mut n = 0;
    let mut i = 0;
    while i < p.len() {
        i += if p[i] < 0x80 { 1 } else { decode(&p[i..]).1 };
        n += 1;
    }
    n
}

/// Whether `r` can be encoded.
pub fn is_rune(r: i64) -> bool {
    (0..0xD800).contains(&r) || (0xE000..=i64::from(MAX_RUNE)).contains(&r)
}

/// Appends `r`, or U+FFFD if it is no rune.
pub fn push(out: &mut Vec<u8>, r: i64) {
    let c = u32::try_from(r)
        .ok()
        .and_then(char::from_u32)
        .unwrap_or('\u{FFFD}');
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The runes of `p` with their places and sizes.
pub fn runes(p: &[u8]) -> impl Iterator<Item = (usize, u32, usize)> {
    let mut i = 0;
    std::iter::from_fn(move || {
        let (r, n) = decode(&p[i..]);
        let at = i;
        i += n;
        (n > 0).then_some((at, r, n))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoding_agrees_with_rust() {
        let all = "a\u{7f}\u{80}é\u{7ff}\u{800}世\u{d7ff}\u{e000}\u{ffff}\u{10000}😀\u{10ffff}";
        let back: Vec<u32> = runes(all.as_bytes()).map(|r| r.1).collect();
        assert_eq!(back, all.chars().map(u32::from).collect::<Vec<_>>());
        for (i, c) in all.char_indices() {
            let end = i + c.len_utf8();
            assert_eq!(decode_last(&all.as_bytes()[..end]), (c.into(), c.len_utf8()));
        }
    }

    #[test]
    fn malformed_bytes_are_one_long() {
        for bad in [
            &b"\xff"[..],
            b"\xc3",
            b"\xe4\xb8",
            b"\xed\xa0\x80",
            b"\xf4\x90\x80\x80",
            b"\xc0\x80",
        ] {
            assert_eq!(decode(bad), (RUNE_ERROR, 1));
            assert_eq!(count(bad), bad.len());
        }
        assert!(!full(b"\xe4\xb8") && full(b"\xe4a") && full(b"\xff") && !full(b""));
    }
}
