//! Words for syntax errors.
//!
//! The tables of the generated parser tell which tokens could have come. From these and from the brackets
//! around the place ([`Place`]) the message is chosen that Go's parser gives there.

use super::disambig::{Nest, Place};
use super::token::{Logos, Token};

/// A token that cannot stand where it does.
pub struct Unexpected<'a> {
    /// Which.
    pub token: Token,
    /// Its text.
    pub text: &'a str,
    /// Where.
    pub place: Place,
    /// The last declaration is a function without a body.
    pub after_bare_func: bool,
}

/// The longest literal shown in full.
const MAX_SHOWN: usize = 120;

/// The tokens that the parser names in `expected`.
pub fn tokens(expected: &[String]) -> Vec<Token> {
    expected
        .iter()
        .filter_map(|name| token(name.trim_matches('"')))
        .collect()
}

/// The token that the grammar calls `name`.
fn token(name: &str) -> Option<Token> {
    let special = match name {
        "name" => Token::Name,
        "int" => Token::Int,
        "float" => Token::Float,
        "imag" => Token::Imag,
        "char" => Token::Char,
        "string" => Token::String,
        "raw string" => Token::RawString,
        "body {" => Token::LBody,
        "params [" => Token::LTypeParams,
        "decl func" => Token::FuncDecl,
        _ => return Token::lexer(name).next()?.ok(),
    };
    Some(special)
}

impl Unexpected<'_> {
    /// The message, without "syntax error: ". `expected` are the tokens that could have come.
    pub fn message(&self, expected: &[Token]) -> String {
        let has = |t: Token| expected.contains(&t);
        if let Some(text) = self.fixed(expected) {
            return text;
        }
        let after = self.context(expected).unwrap_or_else(|| {
            let what = if has(Token::Name) && has(Token::Int) && has(Token::Sub) {
                "expression"
            } else if has(Token::Name) && has(Token::Struct) {
                "type"
            } else if has(Token::Name) && has(Token::LParen) && !self.place.prev.starts_group() {
                "name or ("
            } else if has(Token::Name) {
                "name"
            } else if has(Token::RParen) {
                ")"
            } else if has(Token::RBrack) {
                "]"
            } else if has(Token::LParen) {
                "("
            } else {
                expected.first().map_or("something else", |t| t.text())
            };
            format!(", expected {what}")
        });
        format!("unexpected {}{after}", self.name())
    }

    /// What Go calls the token.
    fn name(&self) -> String {
        match self.token {
            Token::Name => format!("name {}", self.text),
            Token::Semi if self.text == ";" => "semicolon".into(),
            Token::Semi if self.text.is_empty() => "EOF".into(),
            Token::Semi => "newline".into(),
            t if t.is_literal() => {
                let shown: String = self.text.chars().take(MAX_SHOWN).collect();
                let dots = if shown.len() < self.text.len() { "…" } else { "" };
                format!("literal {shown}{dots}")
            }
            t => t.text().into(),
        }
    }

    /// Messages that do not name the token.
    fn fixed(&self, expected: &[Token]) -> Option<String> {
        let has = |t: Token| expected.contains(&t);
        let Place {
            prev,
            before_prev,
            header,
            ..
        } = self.place;
        let text = match self.token {
            _ if has(Token::Package) => "package statement must be first",
            _ if has(Token::FuncDecl) && has(Token::Import) && !has(Token::For) => {
                if self.token == Token::LBrace && self.after_bare_func {
                    "unexpected semicolon or newline before {"
                } else {
                    "non-declaration statement outside function body"
                }
            }
            _ if prev == Token::Ellipsis && matches!(self.place.nest, Nest::Params | Nest::TypeParams) => {
                "... is missing type"
            }
            _ if prev == Token::Else => "else must be followed by if or statement block",
            Token::Var if header == Some(prev) => {
                let keyword = prev.text().trim_start_matches("keyword ");
                return Some(format!("var declaration not allowed in {keyword} initializer"));
            }
            Token::LBrack if prev == Token::Func => "function type must have no type parameters",
            Token::RBrack if prev == Token::LTypeParams => "empty type parameter list",
            Token::RBrack if self.place.nest == Nest::TypeParams && prev == Token::LBrack => {
                "empty type parameter list"
            }
            _ if prev == Token::Chan
                || prev == Token::Arrow && before_prev == Token::Chan && has(Token::Struct) =>
            {
                "missing channel element type"
            }
            _ if has(Token::LBody) && header == Some(Token::Switch) && !has(Token::Semi) => {
                "missing { after switch clause"
            }
            _ if has(Token::LBody) && header == Some(Token::Select) => "missing { after select clause",
            _ if has(Token::String) && !has(Token::Sub) && matches!(prev, Token::Import | Token::Dot) => {
                "missing import path"
            }
            _ if has(Token::String) && !has(Token::Sub) && !has(Token::Semi) => "missing import path",
            _ => return None,
        };
        Some(text.into())
    }

    /// What follows the token's name where the place decides.
    fn context(&self, expected: &[Token]) -> Option<String> {
        let has = |t: Token| expected.contains(&t);
        let list = |context: &str, sep: &str, close: &str| {
            Some(format!(" in {context}; possibly missing {sep} or {close}"))
        };
        let prev = self.place.prev;
        let at_end = self.text.is_empty();
        if expected == [Token::Chan] {
            return Some(", expected keyword chan".into());
        }
        if self.token == Token::Define && has(Token::Assign) && !has(Token::Define) {
            return Some(", expected =".into());
        }
        match self.place.nest {
            Nest::Call if has(Token::Comma) => return list("argument list", "comma", ")"),
            Nest::Literal if has(Token::Comma) => return list("composite literal", "comma", "}"),
            Nest::Params if has(Token::Comma) => return list("parameter list", "comma", ")"),
            Nest::TypeParams if has(Token::Comma) => return list("parameter list", "comma", "]"),
            Nest::Call if has(Token::RParen) && at_end => return Some(", expected )".into()),
            Nest::Literal if has(Token::RBrace) && at_end => return Some(", expected }".into()),
            Nest::TypeParams if has(Token::RBrack) => return Some(", expected ]".into()),
            Nest::Params if has(Token::RParen) => return Some(", expected )".into()),
            Nest::Group | Nest::TypeGroup if has(Token::Semi) => {
                return list("grouped declaration", "semicolon or newline", ")");
            }
            Nest::Struct if has(Token::Struct) && prev == Token::Name => {
                return Some(", expected type".into());
            }
            Nest::Struct if has(Token::Semi) => return list("struct type", "semicolon or newline", "}"),
            Nest::Interface if has(Token::Semi) => {
                return list("interface type", "semicolon or newline", "}");
            }
            Nest::Struct if has(Token::RBrace) => {
                return Some(", expected field name or embedded type".into());
            }
            Nest::Interface if has(Token::RBrace) => return Some(", expected ~ term or type".into()),
            Nest::Index if has(Token::Comma) && has(Token::Colon) => {
                return Some(", expected comma, : or ]".into());
            }
            Nest::Index if has(Token::Colon) && self.token == Token::RBrack => {
                return Some(", expected operand".into());
            }
            Nest::Index if has(Token::RBrack) && !has(Token::Int) => return Some(", expected ]".into()),
            Nest::Index if self.token == Token::RBrack && prev == Token::LBrack => {
                return Some(", expected type argument list".into());
            }
            _ => {}
        }
        let in_type_decl = self.place.nest == Nest::TypeGroup || self.place.decl == Token::Type;
        if in_type_decl && has(Token::Struct) && matches!(prev, Token::Name | Token::Assign) {
            return Some(" in type declaration".into());
        }
        self.statement_context(expected)
    }

    /// The same, outside of brackets other than a block's.
    fn statement_context(&self, expected: &[Token]) -> Option<String> {
        let has = |t: Token| expected.contains(&t);
        let text = match (self.place.nest, self.place.header) {
            (_, Some(Token::For)) if self.token == Token::LBrace && has(Token::Semi) => match has(Token::Int)
            {
                true => ", expected for loop condition",
                false => ", expected semicolon or newline",
            },
            _ if has(Token::Define) && ![Token::Semi, Token::Colon, Token::LBody].iter().any(|&t| has(t)) => {
                ", expected := or = or comma"
            }
            (_, Some(header)) if has(Token::LBody) && !has(Token::Int) => match header {
                _ if has(Token::Semi) => ", expected {",
                Token::For => ", expected { after for clause",
                _ => ", expected { after if clause",
            },
            (Nest::Outside, _) if has(Token::Semi) && self.place.before_prev == Token::Package => {
                ", expected semicolon or newline"
            }
            (Nest::Outside, _) if has(Token::Semi) => " after top level declaration",
            (Nest::Cases | Nest::Comms, _)
                if has(Token::Case) && (!has(Token::Semi) || has(Token::Fallthrough)) =>
            {
                ", expected case or default or }"
            }
            _ if self.place.prev == Token::Return && has(Token::Int) => ", expected expression",
            (_, None) if has(Token::Colon) && !has(Token::Semi) && !has(Token::Name) => ", expected :",
            // A statement could start here.
            (_, None) if has(Token::Fallthrough) => ", expected }",
            (_, None) if has(Token::Semi) => " at end of statement",
            (_, Some(_)) if has(Token::Semi) && !has(Token::Int) => ", expected semicolon or newline",
            _ => return None,
        };
        Some(text.into())
    }
}
