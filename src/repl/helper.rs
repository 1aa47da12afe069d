//! What the line editor asks: is the entry complete, what may follow, what does the function take, which colours.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::{FileId, SourceMap};
use mgo_lang::syntax::lexer::lex;
use mgo_lang::syntax::token::Token;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use crate::repl::commands::COMMANDS;
use crate::repl::core::Session;
use crate::repl::input::is_complete;
use crate::repl::scope::is_dotted;

/// Texts longer than this are not coloured: it is done anew at each key.
const MAX_COLOURED: usize = 64 << 10;

const KEYWORD: &str = "\x1b[1;34m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[90m";
const PLAIN: &str = "\x1b[0m";

/// See the module's head.
pub struct Editing {
    /// The session, whose thread this is; not evaluating while a line is edited.
    pub session: Rc<RefCell<Session>>,
    /// Whether there are colours.
    pub color: bool,
    /// Signatures looked up since the last entry.
    pub signatures: RefCell<HashMap<String, Option<String>>>,
}

impl Helper for Editing {}

impl Validator for Editing {
    fn validate(&self, cx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = cx.input();
        let done = text.starts_with(':') || text.trim().is_empty() || is_complete(&format!("{text}\n"));
        Ok(if done {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}

impl Completer for Editing {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..pos];
        if let Some(command) = before.strip_prefix(':')
            && !command.contains(char::is_whitespace)
        {
            let all = COMMANDS.iter().map(|c| c.0.to_owned());
            return Ok((1, candidates(all.collect(), command)));
        }
        if let Some((start, found)) = import_path(before) {
            return Ok((start, found));
        }
        let start = word_start(before);
        let word = &before[start..];
        let mut session = self.session.borrow_mut();
        let names = match before[..start].strip_suffix('.') {
            Some(rest) => {
                let operand = &rest[operand_start(rest)..];
                if operand.is_empty() {
                    return Ok((start, Vec::new()));
                }
                session.members(operand)
            }
            None => {
                let mut names = session.names();
                names.extend(keywords());
                names
            }
        };
        Ok((start, candidates(names, word)))
    }
}

impl Hinter for Editing {
    type Hint = String;

    /// The signature of the function whose arguments are being written.
    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<String> {
        if pos < line.len() || line.len() > MAX_COLOURED {
            return None;
        }
        let open = open_call(line)?;
        let callee = &line[operand_start(&line[..open])..open];
        if !is_dotted(callee) {
            return None;
        }
        let mut known = self.signatures.borrow_mut();
        let sig = known
            .entry(callee.to_owned())
            .or_insert_with(|| self.session.borrow_mut().signature(callee));
        sig.as_ref().map(|s| format!("   // {s}"))
    }
}

impl Highlighter for Editing {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.color || line.starts_with(':') || line.len() > MAX_COLOURED {
            return Cow::Borrowed(line);
        }
        Cow::Owned(coloured(line))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color {
            Cow::Owned(format!("{COMMENT}{hint}{PLAIN}"))
        } else {
            Cow::Borrowed(hint)
        }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        self.color && kind != CmdKind::MoveCursor
    }
}

/// The line with its tokens coloured.
fn coloured(line: &str) -> String {
    let mut map = SourceMap::new();
    if map.add("", line).is_err() {
        return line.to_owned();
    }
    let lexed = lex(map.file(FileId(0)), &mut Diagnostics::new());
    let mut pieces: Vec<(usize, usize, &str)> = Vec::new();
    for t in &lexed.tokens {
        let colour = match t.token {
            Token::String | Token::RawString | Token::Char => TEXT,
            Token::Int | Token::Float | Token::Imag => NUMBER,
            t if t.text().starts_with("keyword ") => KEYWORD,
            _ => continue,
        };
        pieces.push((t.lo as usize, t.hi as usize, colour));
    }
    pieces.extend(
        lexed
            .comments
            .iter()
            .map(|&(lo, hi)| (lo as usize, hi as usize, COMMENT)),
    );
    pieces.sort_unstable();
    let (mut out, mut at) = (String::with_capacity(line.len() * 2), 0);
    for (lo, hi, colour) in pieces {
        if let (true, Some(before), Some(token)) = (lo >= at, line.get(at..lo), line.get(lo..hi)) {
            out.push_str(before);
            out.push_str(colour);
            out.push_str(token);
            out.push_str(PLAIN);
            at = hi;
        }
    }
    out.push_str(&line[at..]);
    out
}

fn keywords() -> impl Iterator<Item = String> {
    let all = "break case chan const continue default defer else fallthrough for func go goto if import \
               interface map range return select struct switch type var";
    all.split_whitespace().map(str::to_owned)
}

fn candidates(mut names: Vec<String>, word: &str) -> Vec<Pair> {
    names.retain(|n| n.starts_with(word));
    names.sort();
    names.dedup();
    let pair = |n: String| Pair {
        display: n.clone(),
        replacement: n,
    };
    names.into_iter().map(pair).collect()
}

/// Paths that go on where `before` is in the midst of an import's string.
fn import_path(before: &str) -> Option<(usize, Vec<Pair>)> {
    let statement = before.rsplit(['\n', ';']).next()?.trim_start();
    if !statement.starts_with("import") {
        return None;
    }
    let quote = before.rfind('"')?;
    let path = &before[quote + 1..];
    let is_open = before.matches('"').count() % 2 == 1;
    let all = mgo_stdlib::sources::paths().filter(|p| !p.split('/').any(|part| part == "internal"));
    is_open.then(|| (quote + 1, candidates(all.map(str::to_owned).collect(), path)))
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the name that `text` ends with begins.
fn word_start(text: &str) -> usize {
    let name = text.chars().rev().take_while(|c| is_name(*c));
    text.len() - name.map(char::len_utf8).sum::<usize>()
}

/// Where the operand that `text` ends with begins: names, dots, and what stands in brackets.
fn operand_start(text: &str) -> usize {
    let mut depth = 0;
    let mut start = text.len();
    for (i, c) in text.char_indices().rev() {
        match c {
            ')' | ']' => depth += 1,
            '(' | '[' if depth > 0 => depth -= 1,
            _ if depth > 0 || is_name(c) || c == '.' => {}
            _ => break,
        }
        start = i;
    }
    start
}

/// The innermost parenthesis that `text` leaves open, if it follows a name.
fn open_call(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in text.char_indices().rev() {
        match c {
            ')' | ']' | '}' => depth += 1,
            '(' | '[' | '{' if depth > 0 => depth -= 1,
            '(' => return text[..i].ends_with(is_name).then_some(i),
            '[' | '{' | '\n' | ';' => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_and_calls_are_found() {
        let operand = |t: &str| t[operand_start(t)..].to_owned();
        assert_eq!(operand("x := a.b(1, 2)[3].c"), "a.b(1, 2)[3].c");
        assert_eq!(operand("f(strings"), "strings");
        assert_eq!(open_call("fmt.Println(f(1), "), Some(11));
        assert_eq!(open_call("f(1)"), None);
        assert_eq!(open_call("if (x"), None);
    }

    #[test]
    fn tokens_are_coloured() {
        assert_eq!(
            coloured("var x = 1"),
            format!("{KEYWORD}var{PLAIN} x = {NUMBER}1{PLAIN}")
        );
        assert_eq!(
            coloured("\"a\" // c"),
            format!("{TEXT}\"a\"{PLAIN} {COMMENT}// c{PLAIN}")
        );
    }
}
