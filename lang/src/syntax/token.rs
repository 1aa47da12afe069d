//! Tokens, and the automaton that cuts source text into them: the only use of logos.
//!
//! The automaton knows the *shape* of tokens only. A number is whatever Go's scanner would take as
//! one literal, well-formed or not; a string ends at its quote, at the end of the line or of the file.
//! [`super::lexer`] looks at them again, reports what is wrong, inserts semicolons and drops comments.
//!
//! Some tokens never come out of the automaton: [`super::disambig`] puts them in the place of others
//! that look the same (`{` of a body, `[` of type parameters, `func` of a declaration), or in front of
//! all (the `Mode…` tokens, which choose what the parser parses).

use logos::Lexer;
pub(super) use logos::Logos;

macro_rules! tokens {
    ($($(#[$attr:meta])* $name:ident, $doc:literal, $text:literal;)*) => {
        /// A token. What it says (which name, which number) stands in the source.
        #[derive(Logos, Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[logos(skip r"[ \t\r]+")]
        pub enum Token {
            $($(#[$attr])* #[doc = $doc] $name,)*
        }

        impl Token {
            /// The token's text as messages show it; for tokens of many texts, what they are.
            pub fn text(self) -> &'static str {
                match self { $(Token::$name => $text,)* }
            }
        }
    };
}

tokens! {
    #[regex(r"[\p{L}_][\p{L}\p{Nd}_]*")] Name, "An identifier.", "name";
    #[regex(r"[0-9][0-9_]*(\.[0-9_]*)?([eEpP][+-]?[0-9_]*)?i?")]
    #[regex(r"0[bBoO][0-9_]*(\.[0-9_]*)?([eEpP][+-]?[0-9_]*)?i?")]
    #[regex(r"0[xX][0-9a-fA-F_]*(\.[0-9a-fA-F_]*)?([pP][+-]?[0-9_]*)?i?")]
    #[regex(r"\.[0-9][0-9_]*([eEpP][+-]?[0-9_]*)?i?")]
    Number, "A number, well-formed or not.", "literal";
    #[regex(r#""([^"\\\n]|\\[^\n])*(\\|")?"#)] String, "An interpreted string.", "literal";
    #[regex(r"`[^`]*`?")] RawString, "A raw string.", "literal";
    #[regex(r"'([^'\\\n]|\\[^\n])*(\\|')?")] Char, "A rune.", "literal";

    #[token("+")] Add, "`+`", "+";
    #[token("-")] Sub, "`-`", "-";
    #[token("*")] Mul, "`*`", "*";
    #[token("/")] Div, "`/`", "/";
    #[token("%")] Rem, "`%`", "%";
    #[token("&")] And, "`&`", "&";
    #[token("|")] Or, "`|`", "|";
    #[token("^")] Xor, "`^`", "^";
    #[token("<<")] Shl, "`<<`", "<<";
    #[token(">>")] Shr, "`>>`", ">>";
    #[token("&^")] AndNot, "`&^`", "&^";
    #[token("+=")] AddAssign, "`+=`", "+=";
    #[token("-=")] SubAssign, "`-=`", "-=";
    #[token("*=")] MulAssign, "`*=`", "*=";
    #[token("/=")] DivAssign, "`/=`", "/=";
    #[token("%=")] RemAssign, "`%=`", "%=";
    #[token("&=")] AndAssign, "`&=`", "&=";
    #[token("|=")] OrAssign, "`|=`", "|=";
    #[token("^=")] XorAssign, "`^=`", "^=";
    #[token("<<=")] ShlAssign, "`<<=`", "<<=";
    #[token(">>=")] ShrAssign, "`>>=`", ">>=";
    #[token("&^=")] AndNotAssign, "`&^=`", "&^=";
    #[token("&&")] LAnd, "`&&`", "&&";
    #[token("||")] LOr, "`||`", "||";
    #[token("<-")] Arrow, "`<-`", "<-";
    #[token("++")] Inc, "`++`", "++";
    #[token("--")] Dec, "`--`", "--";
    #[token("==")] Eq, "`==`", "==";
    #[token("!=")] Ne, "`!=`", "!=";
    #[token("<")] Lt, "`<`", "<";
    #[token("<=")] Le, "`<=`", "<=";
    #[token(">")] Gt, "`>`", ">";
    #[token(">=")] Ge, "`>=`", ">=";
    #[token("=")] Assign, "`=`", "=";
    #[token(":=")] Define, "`:=`", ":=";
    #[token("!")] Not, "`!`", "!";
    #[token("~")] Tilde, "`~`", "~";
    #[token("...")] Ellipsis, "`...`", "...";
    #[token("(")] LParen, "`(`", "(";
    #[token(")")] RParen, "`)`", ")";
    #[token("[")] LBrack, "`[`", "[";
    #[token("]")] RBrack, "`]`", "]";
    #[token("{")] LBrace, "`{`", "{";
    #[token("}")] RBrace, "`}`", "}";
    #[token(",")] Comma, "`,`", "comma";
    #[token(";")] Semi, "`;`, written or inserted.", "semicolon or newline";
    #[token(":")] Colon, "`:`", ":";
    #[token(".")] Dot, "`.`", ".";

    #[token("break")] Break, "`break`", "keyword break";
    #[token("case")] Case, "`case`", "keyword case";
    #[token("chan")] Chan, "`chan`", "keyword chan";
    #[token("const")] Const, "`const`", "keyword const";
    #[token("continue")] Continue, "`continue`", "keyword continue";
    #[token("default")] Default, "`default`", "keyword default";
    #[token("defer")] Defer, "`defer`", "keyword defer";
    #[token("else")] Else, "`else`", "keyword else";
    #[token("fallthrough")] Fallthrough, "`fallthrough`", "keyword fallthrough";
    #[token("for")] For, "`for`", "keyword for";
    #[token("func")] Func, "`func`", "keyword func";
    #[token("go")] Go, "`go`", "keyword go";
    #[token("goto")] Goto, "`goto`", "keyword goto";
    #[token("if")] If, "`if`", "keyword if";
    #[token("import")] Import, "`import`", "keyword import";
    #[token("interface")] Interface, "`interface`", "keyword interface";
    #[token("map")] Map, "`map`", "keyword map";
    #[token("package")] Package, "`package`", "keyword package";
    #[token("range")] Range, "`range`", "keyword range";
    #[token("return")] Return, "`return`", "keyword return";
    #[token("select")] Select, "`select`", "keyword select";
    #[token("struct")] Struct, "`struct`", "keyword struct";
    #[token("switch")] Switch, "`switch`", "keyword switch";
    #[token("type")] Type, "`type`", "keyword type";
    #[token("var")] Var, "`var`", "keyword var";

    // What the lexer keeps to itself.
    #[token("\n")] Newline, "The end of a line.", "newline";
    #[regex(r"//[^\n]*", allow_greedy = true)] LineComment, "`// …`", "comment";
    #[token("/*", block_comment)] BlockComment, "`/* … */`, perhaps without its end.", "comment";
    #[regex(r"(?s:.)", priority = 0)] Unknown, "A character that starts no token.", "character";

    // Literals as the parser sees them.
    Int, "An integer.", "literal";
    Float, "A floating-point number.", "literal";
    Imag, "An imaginary number.", "literal";

    // What the disambiguator puts in the place of others.
    LBody, "The `{` after the header of if, for, switch or select.", "{";
    LTypeParams, "The `[` before the type parameters of a type or an interface's method.", "[";
    FuncDecl, "The `func` of a declaration.", "keyword func";
    ModeFile, "Parse a file.", "start of file";
    ModeDecls, "Parse declarations.", "start of declarations";
    ModeStmts, "Parse statements.", "start of statements";
    ModePrompt, "Parse an entry at a prompt.", "start of an entry";
    ModeClauses, "Parse the clauses of a switch.", "start of clauses";
    ModeComms, "Parse the clauses of a select.", "start of clauses";
    ModeExpr, "Parse one expression.", "start of expression";
    Eof, "The end.", "EOF";
}

impl Token {
    /// Whether an operand may end here, so that a following bracket belongs to it.
    pub fn ends_operand(self) -> bool {
        use Token::*;
        matches!(
            self,
            Name | Int | Float | Imag | Char | String | RawString | RParen | RBrack | RBrace
        )
    }

    /// Whether a newline after this token becomes a semicolon.
    pub fn ends_statement(self) -> bool {
        use Token::*;
        self.ends_operand() || matches!(self, Break | Continue | Fallthrough | Return | Inc | Dec)
    }

    /// Whether this is a keyword with which a statement starts: a place to go on after an error.
    pub fn starts_statement(self) -> bool {
        use Token::*;
        matches!(
            self,
            Break
                | Const
                | Continue
                | Defer
                | Fallthrough
                | For
                | Go
                | Goto
                | If
                | Return
                | Select
                | Switch
                | Type
                | Var
        )
    }

    /// Whether this is a keyword of declarations that may stand in a group.
    pub fn starts_group(self) -> bool {
        matches!(self, Token::Const | Token::Import | Token::Type | Token::Var)
    }

    /// Whether this is a literal.
    pub fn is_literal(self) -> bool {
        self.text() == "literal"
    }
}

/// Takes the rest of a block comment, up to the end of the file if it is not closed.
fn block_comment(lex: &mut Lexer<'_, Token>) {
    let rest = lex.remainder();
    lex.bump(rest.find("*/").map_or(rest.len(), |i| i + 2));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(src: &str) -> Vec<(Token, &str)> {
        Token::lexer(src)
            .spanned()
            .map(|(t, r)| (t.unwrap_or(Token::Eof), &src[r]))
            .collect()
    }

    fn texts(src: &str) -> Vec<&str> {
        cut(src).into_iter().map(|(_, s)| s).collect()
    }

    #[test]
    fn overlapping_operators_take_the_longest() {
        for (src, want) in [
            ("&^=&^&=&&&", "&^= &^ &= && &"),
            ("<<=<<<-<=<", "<<= << <- <= <"),
            (">>=>>>=>", ">>= >> >= >"),
            ("a+++b---c", "a ++ + b -- - c"),
            (".....", "... . ."),
            ("..1...", ". .1 ..."),
            (":==:", ":= = :"),
            ("||=|=||", "|| = |= ||"),
            ("!==!", "!= = !"),
            ("a.b.0.c", "a . b .0 . c"),
        ] {
            assert_eq!(texts(src).join(" "), want, "{src}");
        }
    }

    #[test]
    fn numbers_take_all_that_the_scanner_would() {
        for (src, want) in [
            ("0x1e+2", "0x1e + 2"),
            ("1e+2+3", "1e+2 + 3"),
            ("1..2", "1. .2"),
            ("0x.p1i", "0x.p1i"),
            ("0b12_e-3", "0b12_e-3"),
            ("0_7.5e", "0_7.5e"),
            ("1.e1.e1", "1.e1 . e1"),
            ("0xg", "0x g"),
            ("0o8i1", "0o8i 1"),
            ("1_000.000_1i", "1_000.000_1i"),
            ("0X1P-2", "0X1P-2"),
            ("1p-2", "1p-2"),
            ("x0x1", "x0x1"),
            ("0", "0"),
            ("0i", "0i"),
            (".5.", ".5 ."),
            ("1._2", "1._2"),
        ] {
            assert_eq!(texts(src).join(" "), want, "{src}");
        }
    }

    #[test]
    fn keywords_are_whole_words() {
        assert_eq!(
            cut("go gopher _go for4"),
            [
                (Token::Go, "go"),
                (Token::Name, "gopher"),
                (Token::Name, "_go"),
                (Token::Name, "for4")
            ]
        );
    }

    #[test]
    fn strings_end_at_the_quote_or_the_line() {
        assert_eq!(texts("\"a\\\"b\"c"), ["\"a\\\"b\"", "c"]);
        assert_eq!(texts("\"a\nb"), ["\"a", "\n", "b"]);
        assert_eq!(texts("\"a\\\nb"), ["\"a\\", "\n", "b"]);
        assert_eq!(texts("'\\''x'"), ["'\\''", "x", "'"]);
        assert_eq!(texts("`a\nb`c`d"), ["`a\nb`", "c", "`d"]);
        assert_eq!(texts("a/*b*/c/*d"), ["a", "/*b*/", "c", "/*d"]);
        assert_eq!(texts("\"\\"), ["\"\\"]);
    }

    #[test]
    fn names_are_letters_and_digits_of_unicode() {
        assert_eq!(cut("größe_٣ π"), [(Token::Name, "größe_٣"), (Token::Name, "π")]);
        assert_eq!(cut("€"), [(Token::Unknown, "€")]);
    }
}
