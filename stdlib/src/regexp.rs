//! Regular expressions of Go's syntax (RE2's) on the automata of `regex-automata`: linear time, leftmost-first,
//! or leftmost-longest after `Longest`.
//!
//! [`parse`] reads Go's syntax and words errors as Go does; what it makes is the form the automata are built from.
//! Where a subject is not UTF-8, a byte that belongs to no code point matches nothing, while Go takes it for U+FFFD.

pub mod class;
pub mod parse;
mod prefix;

use std::sync::OnceLock;

use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use regex_syntax::hir::{Hir, Look};

pub use parse::{Error, Mode};

/// Memory that one automaton may take: what needs more is "too large".
const SIZE_LIMIT: usize = 32 << 20;

/// A compiled expression.
pub struct Program {
    hir: Hir,
    first: Regex,
    longest: OnceLock<Option<Longest>>,
    /// The names of the groups, from 0, the whole: empty where there is none.
    pub names: Vec<String>,
    /// What each match begins with, and whether that is all of it.
    pub prefix: (String, bool),
}

/// For leftmost-longest matches: how far a match goes, and its groups once that is known.
struct Longest {
    end: Regex,
    groups: Regex,
}

fn build(hir: &Hir, kind: MatchKind) -> Result<Regex, Box<meta::BuildError>> {
    let config = meta::Config::new()
        .match_kind(kind)
        .utf8_empty(true)
        .nfa_size_limit(Some(SIZE_LIMIT));
    let syntax = syntax::Config::new().utf8(true);
    meta::Builder::new()
        .configure(config)
        .syntax(syntax)
        .build_from_hir(hir)
        .map_err(Box::new)
}

impl Program {
    /// Compiles `expr`.
    ///
    /// # Errors
    /// What is wrong with it, as Go words it.
    pub fn new(expr: &[u8], mode: Mode) -> Result<Program, Error> {
        let parse::Parsed { hir, names } = parse::parse(expr, mode)?;
        let first = build(&hir, MatchKind::LeftmostFirst).map_err(|_| Error {
            code: "expression too large",
            fragment: expr.to_vec(),
        })?;
        Ok(Program {
            prefix: prefix::of(&hir),
            first,
            longest: OnceLock::new(),
            names,
            hir,
        })
    }

    /// Whether `text` has a match.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.first.is_match(text)
    }

    /// Up to `limit` matches that do not overlap, as Go counts them: an empty one right behind another is none.
    /// For each, where each group begins and ends, -1 where it took no part.
    pub fn all(&self, text: &[u8], limit: usize, longest: bool) -> Vec<i64> {
        let longest = if longest { self.longest() } else { None };
        let mut out = Vec::new();
        let mut caps = self.first.create_captures();
        let (mut at, mut count, mut previous_end) = (0, 0, None);
        while count < limit && at <= text.len() {
            self.search(text, at, longest, &mut caps);
            let Some(m) = caps.get_match() else { break };
            let accepted = !(m.is_empty() && Some(m.start()) == previous_end);
            previous_end = Some(m.end());
            at = if m.end() == at {
                at + text
                    .get(at..)
                    .map_or(1, |rest| crate::utf8::decode(rest).1.max(1))
            } else {
                m.end()
            };
            if accepted {
                count += 1;
                for group in 0..self.names.len() {
                    let span = caps.get_group(group);
                    out.push(span.map_or(-1, |s| s.start as i64));
                    out.push(span.map_or(-1, |s| s.end as i64));
                }
            }
        }
        out
    }

    fn search(
        &self,
        text: &[u8],
        at: usize,
        longest: Option<&Longest>,
        caps: &mut regex_automata::util::captures::Captures,
    ) {
        let input = Input::new(text).range(at..);
        let Some(longest) = longest else {
            self.first.search_captures(&input, caps);
            return;
        };
        // Both kinds of match begin at the same place.
        let Some(start) = self.first.search(&input).map(|m| m.start()) else {
            caps.set_pattern(None);
            return;
        };
        let input = Input::new(text).range(start..).anchored(Anchored::Yes);
        let end = longest.end.search(&input).map_or(start, |m| m.end());
        let cut = Input::new(&text[..end]).range(start..).anchored(Anchored::Yes);
        let mut found = longest.groups.create_captures();
        longest.groups.search_captures(&cut, &mut found);
        if found.is_match() {
            *caps = found;
        } else {
            // What follows the end decides, as for `\b`: the cut text does not tell.
            self.first.search_captures(&input, caps);
        }
    }

    fn longest(&self) -> Option<&Longest> {
        let made = self.longest.get_or_init(|| {
            let whole = Hir::concat(vec![self.hir.clone(), Hir::look(Look::End)]);
            Some(Longest {
                end: build(&self.hir, MatchKind::All).ok()?,
                groups: build(&whole, MatchKind::LeftmostFirst).ok()?,
            })
        });
        made.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(expr: &str, text: &str, longest: bool) -> Vec<i64> {
        let program = Program::new(expr.as_bytes(), Mode::Perl).expect("a good expression");
        program.all(text.as_bytes(), usize::MAX, longest)
    }

    #[test]
    fn what_follows_counts_for_the_longest_too() {
        assert_eq!(all("\\b", "ab", true), [0, 0, 2, 2]);
    }

    #[test]
    fn an_empty_match_right_behind_another_is_none() {
        assert_eq!(all("a*", "baaau", false), [0, 0, 1, 4, 5, 5]);
    }

    #[test]
    fn longest_prefers_length_to_order() {
        assert_eq!(all("a|ab", "xab", false), [1, 2]);
        assert_eq!(all("a|ab", "xab", true), [1, 3]);
        assert_eq!(all("(a|ab)(c|bcd)", "abcd", true), [0, 4, 0, 1, 1, 4]);
    }

    #[test]
    fn a_group_that_took_no_part() {
        assert_eq!(all("(a)|(b)", "b", false), [0, 1, -1, -1, 0, 1]);
    }
}
