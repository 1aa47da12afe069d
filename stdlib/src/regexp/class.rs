//! Sets of code points: what `[…]`, `\d`, `\p{…}` and folded literals stand for.

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use crate::unicode;

/// The class of the ranges given, ends included; surrogates, which no text holds, are left out.
pub fn ranges(list: impl IntoIterator<Item = (u32, u32)>) -> ClassUnicode {
    let mut class = ClassUnicode::empty();
    for (lo, hi) in list {
        push(&mut class, lo, hi);
    }
    class
}

/// Adds a range.
pub fn push(class: &mut ClassUnicode, lo: u32, hi: u32) {
    const SURROGATES: std::ops::RangeInclusive<u32> = 0xD800..=0xDFFF;
    let lo = if SURROGATES.contains(&lo) { 0xE000 } else { lo };
    let hi = if SURROGATES.contains(&hi) { 0xD7FF } else { hi };
    if let (Some(lo), Some(hi)) = (char::from_u32(lo), char::from_u32(hi))
        && lo <= hi
    {
        class.push(ClassUnicodeRange::new(lo, hi));
    }
}

/// Adds what differs from a member in case only.
pub fn fold(class: &mut ClassUnicode) {
    class
        .try_case_fold_simple()
        .expect("the tables for folding are compiled in");
}

/// The class of a letter after a backslash, without regard to its case, which negates it.
pub fn perl(letter: u8) -> Option<ClassUnicode> {
    let list: &[(u8, u8)] = match letter.to_ascii_lowercase() {
        b'd' => &[(b'0', b'9')],
        b's' => &[(b'\t', b'\n'), (0x0C, b'\r'), (b' ', b' ')],
        b'w' => &[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')],
        _ => return None,
    };
    Some(of_bytes(list))
}

fn of_bytes(list: &[(u8, u8)]) -> ClassUnicode {
    ranges(list.iter().map(|&(lo, hi)| (lo.into(), hi.into())))
}

/// The class between `[:` and `:]`.
pub fn posix(name: &str) -> Option<ClassUnicode> {
    const UPPER: (u8, u8) = (b'A', b'Z');
    const LOWER: (u8, u8) = (b'a', b'z');
    const DIGIT: (u8, u8) = (b'0', b'9');
    let list: &[(u8, u8)] = match name {
        "alnum" => &[DIGIT, UPPER, LOWER],
        "alpha" => &[UPPER, LOWER],
        "ascii" => &[(0, 0x7F)],
        "blank" => &[(b'\t', b'\t'), (b' ', b' ')],
        "cntrl" => &[(0, 0x1F), (0x7F, 0x7F)],
        "digit" => &[DIGIT],
        "graph" => &[(b'!', b'~')],
        "lower" => &[LOWER],
        "print" => &[(b' ', b'~')],
        "punct" => &[(b'!', b'/'), (b':', b'@'), (b'[', b'`'), (b'{', b'~')],
        "space" => &[(b'\t', b'\r'), (b' ', b' ')],
        "upper" => &[UPPER],
        "word" => &[DIGIT, UPPER, LOWER, (b'_', b'_')],
        "xdigit" => &[DIGIT, (b'A', b'F'), (b'a', b'f')],
        _ => return None,
    };
    Some(of_bytes(list))
}

/// The class of a category or script.
pub fn property(name: &str) -> Option<ClassUnicode> {
    match name {
        "Any" => return Some(ranges([(0, 0x0010_FFFF)])),
        "ASCII" => return Some(ranges([(0, 0x7F)])),
        "Assigned" => {
            let mut class = property("Cn")?;
            class.negate();
            return Some(class);
        }
        _ => {}
    }
    let mut class = ClassUnicode::empty();
    for &(lo, hi, stride) in unicode::table(name)? {
        if stride == 1 {
            push(&mut class, lo, hi);
        } else {
            (lo..=hi)
                .step_by(stride as usize)
                .for_each(|c| push(&mut class, c, c));
        }
    }
    Some(class)
}
