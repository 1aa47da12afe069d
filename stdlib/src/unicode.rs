//! Properties and case mappings of code points, over tables made from `data/unicode.txt` by `build.rs`.
//!
//! Tables are numbered from 1 in the order of that file, which `mgo/unicode/tables.mgo` follows.

use tables::{CASES, NAMES, ORBITS, Range, TABLES};

mod tables {
    /// A run of code points: first, last, stride.
    pub type Range = (u32, u32, u32);
    include!(concat!(env!("OUT_DIR"), "/unicode.rs"));
}

/// Ids of the tables that the functions here use: their places in `TABLES`, plus 1.
mod id {
    pub const CC: usize = super::id_of("Cc");
    pub const L: usize = super::id_of("L");
    pub const LL: usize = super::id_of("Ll");
    pub const LT: usize = super::id_of("Lt");
    pub const LU: usize = super::id_of("Lu");
    pub const M: usize = super::id_of("M");
    pub const N: usize = super::id_of("N");
    pub const ND: usize = super::id_of("Nd");
    pub const P: usize = super::id_of("P");
    pub const S: usize = super::id_of("S");
    pub const ZS: usize = super::id_of("Zs");
    pub const WHITE: usize = super::id_of("White_Space");
}

/// The id of the table with this name.
const fn id_of(name: &str) -> usize {
    let names = NAMES;
    let mut i = 0;
    while i < names.len() {
        let (a, b) = (names[i].as_bytes(), name.as_bytes());
        let mut k = 0;
        while k < a.len() && k < b.len() && a[k] == b[k] {
            k += 1;
        }
        if k == a.len() && k == b.len() {
            return i + 1;
        }
        i += 1;
    }
    panic!("no such table")
}

fn search(table: &[Range], r: u32) -> bool {
    let i = table.partition_point(|&(_, hi, _)| hi < r);
    table
        .get(i)
        .is_some_and(|&(lo, _, stride)| lo <= r && (r - lo).is_multiple_of(stride))
}

/// Whether `r` is in table `id`, counted from 1.
pub fn is_in(id: usize, r: i32) -> bool {
    match (u32::try_from(r), TABLES.get(id.wrapping_sub(1))) {
        (Ok(r), Some(table)) => search(table, r),
        _ => false,
    }
}

/// The table with this name: runs of code points, each first, last, stride.
pub fn table(name: &str) -> Option<&'static [(u32, u32, u32)]> {
    NAMES.iter().position(|&n| n == name).map(|i| TABLES[i])
}

/// Letters: category L.
pub fn is_letter(r: i32) -> bool {
    match r {
        0..=0x7F => (r as u8).is_ascii_alphabetic(),
        _ => is_in(id::L, r),
    }
}

/// Decimal digits: category Nd.
pub fn is_digit(r: i32) -> bool {
    match r {
        0..=0xFF => (0x30..0x3A).contains(&r),
        _ => is_in(id::ND, r),
    }
}

/// Numbers: category N.
pub fn is_number(r: i32) -> bool {
    is_in(id::N, r)
}

/// White space.
pub fn is_space(r: i32) -> bool {
    match r {
        0..=0xFF => matches!(r, 0x09..=0x0D | 0x20 | 0x85 | 0xA0),
        _ => is_in(id::WHITE, r),
    }
}

/// Capitals.
pub fn is_upper(r: i32) -> bool {
    match r {
        0..=0x7F => (r as u8).is_ascii_uppercase(),
        _ => is_in(id::LU, r),
    }
}

/// Small letters.
pub fn is_lower(r: i32) -> bool {
    match r {
        0..=0x7F => (r as u8).is_ascii_lowercase(),
        _ => is_in(id::LL, r),
    }
}

/// Title-case letters.
pub fn is_title(r: i32) -> bool {
    is_in(id::LT, r)
}

/// Punctuation.
pub fn is_punct(r: i32) -> bool {
    is_in(id::P, r)
}

/// Symbols.
pub fn is_symbol(r: i32) -> bool {
    is_in(id::S, r)
}

/// Marks.
pub fn is_mark(r: i32) -> bool {
    is_in(id::M, r)
}

/// Control characters.
pub fn is_control(r: i32) -> bool {
    is_in(id::CC, r)
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII blank.
pub fn is_print(r: i32) -> bool {
    match r {
        0..=0x7F => (0x20..0x7F).contains(&r),
        _ => [id::L, id::M, id::N, id::P, id::S].iter().any(|&t| is_in(t, r)),
    }
}

/// Like [`is_print`], with all blanks.
pub fn is_graphic(r: i32) -> bool {
    is_print(r) || is_in(id::ZS, r)
}

/// Which case to map to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Capital.
    Upper = 0,
    /// Small.
    Lower = 1,
    /// Title.
    Title = 2,
}

/// Maps `r` to `case` by the simple mappings.
pub fn to(case: Case, r: i32) -> i32 {
    if (0..0x80).contains(&r) {
        let b = r as u8;
        return i32::from(if case == Case::Lower {
            b.to_ascii_lowercase()
        } else {
            b.to_ascii_uppercase()
        });
    }
    let Ok(c) = u32::try_from(r) else { return r };
    let i = CASES.partition_point(|e| e.1 < c);
    let Some(&(lo, _, upper, lower, title)) = CASES.get(i).filter(|e| e.0 <= c) else {
        return r;
    };
    let delta = [upper, lower, title][case as usize];
    if delta != i32::MAX {
        return r + delta;
    }
    // Capitals and small letters take turns, a capital first.
    let even = (c - lo) & !1;
    (lo + (even | u32::from(case == Case::Lower))) as i32
}

/// The next rune that is equal to `r` under simple folding, in a ring.
pub fn simple_fold(r: i32) -> i32 {
    let Ok(c) = u32::try_from(r) else { return r };
    if let Ok(i) = ORBITS.binary_search_by_key(&c, |o| o.0) {
        return ORBITS[i].1 as i32;
    }
    let lower = to(Case::Lower, r);
    if lower != r { lower } else { to(Case::Upper, r) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_known_ones() {
        assert!(is_letter('世' as i32) && is_upper('Σ' as i32) && is_space(0x3000) && is_digit('٣' as i32));
        assert_eq!(to(Case::Upper, 'ß' as i32), 'ß' as i32);
        assert_eq!(to(Case::Title, 'ǆ' as i32), 'ǅ' as i32);
        assert_eq!(to(Case::Lower, 'Ā' as i32), 'ā' as i32);
        assert_eq!(simple_fold('k' as i32), '\u{212a}' as i32);
        assert!(!is_letter(-1) && !is_print(0x110000) && is_graphic(0xA0) && !is_print(0xA0));
    }
}
