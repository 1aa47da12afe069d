//! Changes inputs at random: bytes, tokens, and pieces of other inputs.

use crate::random::Random;

/// Words that are put in: what the language is made of, and numbers at the edges.
const WORDS: [&str; 96] = [
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
    "int",
    "string",
    "any",
    "error",
    "nil",
    "iota",
    "true",
    "len",
    "append",
    "make",
    "new",
    "panic",
    "recover",
    "print",
    "min",
    "clear",
    "complex",
    "unsafe.Sizeof",
    "[]",
    "[...]",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    ".",
    ":",
    ":=",
    "=",
    "==",
    "<-",
    "->",
    "...",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
    "^",
    "&^",
    "<<",
    ">>",
    "&&",
    "||",
    "!",
    "~",
    "++",
    "--",
    "+=",
    "<<=",
    "_",
    "x",
    "T",
    "P any",
    "[P any]",
    "0",
    "1",
    "-1",
    "1e100",
    "0x",
    "1<<63",
    "'a'",
    "\"s\"",
    "`r`",
    "\n",
    "//line f.go:1\n",
];

/// Inputs longer than this are cut.
const MAX_LEN: usize = 64 << 10;

/// A changed copy of one of `corpus`.
pub fn mutate(r: &mut Random, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut text = r.pick(corpus).clone();
    for _ in 0..=r.below(6) {
        change(r, &mut text, corpus);
    }
    text.truncate(MAX_LEN);
    text
}

/// A stretch of `text` that is a token or so, or any bytes.
fn stretch(r: &mut Random, text: &[u8]) -> (usize, usize) {
    if text.is_empty() {
        return (0, 0);
    }
    let at = r.below(text.len());
    if r.one_in(4) {
        return (at, (at + 1 + r.below(60)).min(text.len()));
    }
    let same = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let word = same(text[at]);
    let fits = |b: &u8| word && same(*b);
    let lo = text[..at].iter().rposition(|b| !fits(b)).map_or(0, |i| i + 1);
    let hi = text[at..]
        .iter()
        .position(|b| !fits(b))
        .map_or(text.len(), |i| at + i);
    (lo.min(at), hi.max(at + 1))
}

fn change(r: &mut Random, text: &mut Vec<u8>, corpus: &[Vec<u8>]) {
    let (lo, hi) = stretch(r, text);
    match r.below(10) {
        0 => drop(text.drain(lo..hi)),
        1 | 2 => drop(text.splice(lo..hi, r.pick(&WORDS).bytes())),
        3 => drop(text.splice(lo..lo, format!(" {} ", r.pick(&WORDS)).into_bytes())),
        4 => {
            let piece = text[lo..hi].to_vec();
            let at = if text.is_empty() { 0 } else { r.below(text.len()) };
            text.splice(at..at, piece);
        }
        5 => {
            // Another token of the same text.
            let (from, to) = stretch(r, text);
            let piece = text[from..to].to_vec();
            text.splice(lo..hi, piece);
        }
        6 => {
            let other = r.pick(corpus);
            let (from, to) = stretch(r, other);
            text.splice(lo..hi, other[from..to].to_vec());
        }
        7 => {
            // A line, or a few, of another text.
            let other = r.pick(corpus);
            let lines: Vec<&[u8]> = other.split_inclusive(|b| *b == b'\n').collect();
            if let Some(first) = (!lines.is_empty()).then(|| r.below(lines.len())) {
                let last = (first + 1 + r.below(8)).min(lines.len());
                let at = text[..lo].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
                text.splice(at..at, lines[first..last].concat());
            }
        }
        8 if !text.is_empty() => text[lo] = r.word() as u8,
        _ => {
            // The same again and again.
            let piece = text[lo..hi].to_vec();
            let most = if r.one_in(8) { 2_000 } else { 8 };
            let n = 1 + r.below(most);
            let many = piece.repeat(n);
            text.splice(lo..lo, many);
        }
    }
}
