//! Finds the bodies of functions at top level, to skip them.
//!
//! A library package is read at each start although little of it is used, so the lexer can be told to
//! jump over bodies: [`Outline`] sees where one starts, [`body_len`] where it ends.

use super::token::Token;

/// Where the lexer stands in a declaration at top level.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Brackets of any kind that are open.
    depth: u32,
    /// In the header of a function.
    in_header: bool,
    /// The token before.
    last: Option<Token>,
}

impl Outline {
    /// Notes that `token` comes next; whether it is the brace that starts a function's body.
    pub fn starts_body(&mut self, token: Token) -> bool {
        let last = self.last.replace(token);
        match token {
            Token::Newline if self.depth == 0 => {
                self.in_header = false;
            }
            // A function at top level begins a line.
            Token::Func if self.depth == 0 && matches!(last, None | Some(Token::Newline | Token::Semi)) => {
                self.in_header = true;
            }
            Token::LBrace if self.depth == 0 && self.in_header => {
                self.depth += 1;
                if !matches!(last, Some(Token::Struct | Token::Interface)) {
                    self.in_header = false;
                    return true;
                }
            }
            Token::LBrace | Token::LParen | Token::LBrack => self.depth += 1,
            Token::RBrace | Token::RParen | Token::RBrack => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        false
    }
}

/// The length of a body whose opening brace stands right before `text`, up to its closing brace. 0 if
/// there is none: then the parser is to see all of it.
pub(super) fn body_len(text: &str) -> usize {
    let b = text.as_bytes();
    let (mut i, mut depth) = (0, 0u32);
    while i < b.len() {
        match b[i] {
            b'{' => depth += 1,
            b'}' if depth == 0 => return i,
            b'}' => depth -= 1,
            q @ (b'"' | b'\'') => {
                i += 1;
                while i < b.len() && b[i] != q && b[i] != b'\n' {
                    i += if b[i] == b'\\' { 2 } else { 1 };
                }
            }
            b'`' => match b[i + 1..].iter().position(|&c| c == b'`') {
                Some(n) => i += n + 1,
                None => return 0,
            },
            b'/' if b.get(i + 1) == Some(&b'/') => match b[i..].iter().position(|&c| c == b'\n') {
                Some(n) => i += n,
                None => return 0,
            },
            b'/' if b.get(i + 1) == Some(&b'*') => match text.get(i + 2..).and_then(|t| t.find("*/")) {
                Some(n) => i += n + 3,
                None => return 0,
            },
            _ => {}
        }
        i += 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_ends_at_its_brace() {
        let len = |s: &str| body_len(s);
        assert_eq!(len(" x := 1 } rest"), 8);
        assert_eq!(len("{ { } } }"), 8);
        let odd = "\"}\" + `}` // }\n /* } */ '}' '\\'' \"\\\"}\" }x";
        assert_eq!(len(odd), odd.len() - 2);
        assert_eq!(len("never closed {}"), 0);
    }
}
