//! What every match begins with.

use regex_syntax::hir::{Hir, HirKind};

/// The literal all matches begin with, and whether it is all of them.
pub fn of(hir: &Hir) -> (String, bool) {
    let mut out = Vec::new();
    let complete = collect(hir, &mut out);
    // A folded or cut code point would end in the middle.
    let valid = std::str::from_utf8(&out).map_or_else(|e| e.valid_up_to(), str::len);
    let complete = complete && valid == out.len();
    out.truncate(valid);
    (String::from_utf8(out).unwrap_or_default(), complete)
}

/// Appends the literal `hir` begins with; whether that is all of it.
fn collect(hir: &Hir, out: &mut Vec<u8>) -> bool {
    match hir.kind() {
        HirKind::Empty => true,
        HirKind::Literal(l) => {
            out.extend_from_slice(&l.0);
            true
        }
        HirKind::Capture(c) => collect(&c.sub, out),
        HirKind::Concat(parts) => parts.iter().all(|p| collect(p, out)),
        HirKind::Repetition(r) if r.min > 0 => {
            (0..r.min).all(|_| collect(&r.sub, out)) && r.max == Some(r.min)
        }
        HirKind::Alternation(parts) => {
            let mut common: Option<Vec<u8>> = None;
            for part in parts {
                let mut begin = Vec::new();
                collect(part, &mut begin);
                common = Some(match common {
                    Some(c) => c
                        .into_iter()
                        .zip(begin)
                        .take_while(|(a, b)| a == b)
                        .map(|(a, _)| a)
                        .collect(),
                    None => begin,
                });
            }
            out.extend(common.unwrap_or_default());
            false
        }
        _ => false,
    }
}
