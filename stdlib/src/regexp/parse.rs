//! Go's syntax of regular expressions, as package regexp/syntax defines it.
//!
//! Groups are kept on a stack of our own, so that deep nesting costs no host stack before it is refused.

use regex_syntax::hir::{Capture, Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::class;

/// How deep an expression may nest, and how often one part may be repeated, repetitions inside each other multiplied.
const MAX_HEIGHT: u32 = 1000;
const MAX_REPEAT: u32 = 1000;

/// Which of Go's two syntaxes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// That of `regexp.Compile`.
    Perl,
    /// That of `regexp.CompilePOSIX`: egrep's.
    Posix,
}

/// What is wrong with an expression.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// Go's words for it.
    pub code: &'static str,
    /// The part of the expression that is wrong.
    pub fragment: Vec<u8>,
}

/// An expression as read.
pub struct Parsed {
    /// What the automata are made from.
    pub hir: Hir,
    /// The names of the groups, 0 the whole.
    pub names: Vec<String>,
}

#[derive(Clone, Copy)]
struct Flags {
    fold: bool,
    lines: bool,
    dot_newline: bool,
    lazy: bool,
}

/// A part that a repetition can follow.
struct Item {
    hir: Hir,
    height: u32,
    /// The largest product of counts along a path down.
    repeats: u32,
    /// Made by `*`, `+` or `?`, greedy or not.
    star: Option<(u8, bool)>,
}

impl Item {
    fn leaf(hir: Hir) -> Item {
        Item {
            hir,
            height: 1,
            repeats: 1,
            star: None,
        }
    }
}

/// An open parenthesis, or the whole.
struct Group {
    /// Its number, if it captures.
    capture: Option<u32>,
    /// The flags to go back to.
    outside: Flags,
    done: Vec<Hir>,
    items: Vec<Item>,
    height: u32,
    repeats: u32,
}

impl Group {
    fn new(capture: Option<u32>, outside: Flags) -> Group {
        Group {
            capture,
            outside,
            done: Vec::new(),
            items: Vec::new(),
            height: 1,
            repeats: 1,
        }
    }

    /// Ends an alternative.
    fn bar(&mut self) {
        let items = std::mem::take(&mut self.items);
        self.height = items.iter().map(|i| i.height + 1).fold(self.height, u32::max);
        self.repeats = items.iter().map(|i| i.repeats).fold(self.repeats, u32::max);
        self.done
            .push(Hir::concat(items.into_iter().map(|i| i.hir).collect()));
    }

    fn close(mut self) -> Item {
        self.bar();
        let sub = Hir::alternation(self.done);
        let hir = match self.capture {
            // Names stay with us: several groups may have the same.
            Some(index) => Hir::capture(Capture {
                index,
                name: None,
                sub: Box::new(sub),
            }),
            None => sub,
        };
        Item {
            hir,
            height: self.height + 1,
            repeats: self.repeats,
            star: None,
        }
    }
}

struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
    mode: Mode,
    flags: Flags,
    stack: Vec<Group>,
    names: Vec<String>,
}

fn fail<T>(code: &'static str, fragment: &str) -> Result<T, Error> {
    Err(Error {
        code,
        fragment: fragment.as_bytes().to_vec(),
    })
}

/// Reads `expr`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse(expr: &[u8], mode: Mode) -> Result<Parsed, Error> {
    let text = std::str::from_utf8(expr).map_err(|e| Error {
        code: "invalid UTF-8",
        fragment: expr[e.valid_up_to()..].to_vec(),
    })?;
    let flags = Flags {
        fold: false,
        lines: mode == Mode::Posix,
        dot_newline: false,
        lazy: false,
    };
    let mut p = Parser {
        whole: text,
        rest: text,
        mode,
        flags,
        stack: vec![Group::new(None, flags)],
        names: vec![String::new()],
    };
    // Where the last operand was a repetition: what it began with.
    let mut repeated = None;
    while let Some(c) = p.rest.chars().next() {
        repeated = p.element(c, repeated)?;
    }
    match (p.stack.pop(), p.stack.is_empty()) {
        (Some(all), true) => {
            let item = all.close();
            if item.height > MAX_HEIGHT + 1 {
                return fail("expression nests too deeply", text);
            }
            Ok(Parsed {
                hir: item.hir,
                names: p.names,
            })
        }
        _ => fail("missing closing )", text),
    }
}

impl<'a> Parser<'a> {
    /// Reads one element that begins with `c`. If it was a repetition, the text it began at.
    fn element(&mut self, c: char, repeated: Option<&'a str>) -> Result<Option<&'a str>, Error> {
        match c {
            '(' => self.open()?,
            '|' => {
                self.advance(1);
                self.top().bar();
            }
            ')' => {
                self.advance(1);
                self.close()?;
            }
            '^' => self.look(
                1,
                if self.flags.lines {
                    Look::StartLF
                } else {
                    Look::Start
                },
            ),
            '$' => self.look(1, if self.flags.lines { Look::EndLF } else { Look::End }),
            '.' => {
                self.advance(1);
                let mut any = class::ranges([(0, 0x0010_FFFF)]);
                if !self.flags.dot_newline {
                    any.difference(&class::ranges([(0x0A, 0x0A)]));
                }
                self.push(Hir::class(Class::Unicode(any)));
            }
            '[' => self.bracket()?,
            '*' | '+' | '?' => {
                let before = self.rest;
                self.advance(1);
                let (min, max) = match c {
                    '*' => (0, None),
                    '+' => (1, None),
                    _ => (0, Some(1)),
                };
                self.repeat(Some(c as u8), min, max, before, repeated)?;
                return Ok(Some(before));
            }
            '{' => {
                let before = self.rest;
                let Some((min, max)) = self.counts() else {
                    self.advance(1);
                    self.literal('{');
                    return Ok(None);
                };
                let bad = |n: u32| n > MAX_REPEAT;
                if bad(min) || max.is_some_and(|m| bad(m) || m < min) {
                    return fail("invalid repeat count", self.since(before));
                }
                self.repeat(None, min, max, before, repeated)?;
                return Ok(Some(before));
            }
            '\\' => self.backslash()?,
            _ => {
                self.advance(c.len_utf8());
                self.literal(c);
            }
        }
        Ok(None)
    }

    fn advance(&mut self, n: usize) {
        self.rest = &self.rest[n..];
    }

    /// What was read since the rest was `before`.
    fn since(&self, before: &'a str) -> &'a str {
        &before[..before.len() - self.rest.len()]
    }

    fn top(&mut self) -> &mut Group {
        self.stack
            .last_mut()
            .expect("the whole is never closed before the end")
    }

    fn push(&mut self, hir: Hir) {
        self.top().items.push(Item::leaf(hir));
    }

    fn look(&mut self, n: usize, look: Look) {
        self.advance(n);
        self.push(Hir::look(look));
    }

    fn literal(&mut self, c: char) {
        let mut buf = [0; 4];
        let hir = if self.flags.fold {
            let mut set = class::ranges([(c as u32, c as u32)]);
            class::fold(&mut set);
            Hir::class(Class::Unicode(set))
        } else {
            Hir::literal(c.encode_utf8(&mut buf).as_bytes())
        };
        self.push(hir);
    }

    /// A code point by its number; surrogates match nothing.
    fn code_point(&mut self, r: u32) {
        match char::from_u32(r) {
            Some(c) => self.literal(c),
            None => self.push(Hir::fail()),
        }
    }

    fn open(&mut self) -> Result<(), Error> {
        if self.mode == Mode::Perl && self.rest.starts_with("(?") {
            return self.perl_group();
        }
        self.advance(1);
        self.open_capture(String::new())
    }

    fn open_capture(&mut self, name: String) -> Result<(), Error> {
        let index = self.names.len() as u32;
        self.names.push(name);
        self.open_group(Some(index))
    }

    fn open_group(&mut self, capture: Option<u32>) -> Result<(), Error> {
        if self.stack.len() as u32 > MAX_HEIGHT {
            return fail("expression nests too deeply", self.whole);
        }
        self.stack.push(Group::new(capture, self.flags));
        Ok(())
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.stack.len() == 1 {
            return fail("unexpected )", self.whole);
        }
        let Some(group) = self.stack.pop() else {
            return Ok(());
        };
        self.flags = group.outside;
        self.top().items.push(group.close());
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)`, `(?flags:`.
    fn perl_group(&mut self) -> Result<(), Error> {
        let start = self.rest;
        let name_at = if start.starts_with("(?P<") && start.len() > 4 {
            4
        } else if start.starts_with("(?<") && start.len() > 3 {
            3
        } else {
            return self.flag_group();
        };
        let Some(end) = start.find('>') else {
            return fail("invalid named capture", start);
        };
        let name = &start[name_at..end];
        if name.is_empty() || !name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric()) {
            return fail("invalid named capture", &start[..=end]);
        }
        self.advance(end + 1);
        self.open_capture(name.to_owned())
    }

    fn flag_group(&mut self) -> Result<(), Error> {
        let start = self.rest;
        self.advance(2);
        let mut flags = self.flags;
        let (mut on, mut saw) = (true, false);
        while let Some(c) = self.rest.chars().next() {
            self.advance(c.len_utf8());
            match c {
                'i' => flags.fold = on,
                'm' => flags.lines = on,
                's' => flags.dot_newline = on,
                'U' => flags.lazy = on,
                '-' if on => {
                    (on, saw) = (false, false);
                    continue;
                }
                ':' | ')' if on || saw => {
                    if c == ':' {
                        self.open_group(None)?;
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            }
            saw = true;
        }
        fail("invalid or unsupported Perl syntax", self.since(start))
    }

    /// `{n}`, `{n,}`, `{n,m}`; nothing if it is none of them. A number too long counts as too large.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        fn number<'t>(s: &mut &'t str) -> Option<u32> {
            let digits: &'t str = &s[..s.bytes().take_while(u8::is_ascii_digit).count()];
            if digits.is_empty() || (digits.len() > 1 && digits.starts_with('0')) {
                return None;
            }
            *s = &s[digits.len()..];
            Some(digits.parse().unwrap_or(u32::MAX))
        }
        let mut s = &self.rest[1..];
        let min = number(&mut s)?;
        let mut max = Some(min);
        if let Some(after) = s.strip_prefix(',') {
            s = after;
            max = if s.starts_with('}') {
                None
            } else {
                Some(number(&mut s)?)
            };
        }
        self.rest = s.strip_prefix('}')?;
        Some((min, max))
    }

    /// Repeats the last item. `op` is `*`, `+`, `?`, or nothing for counts.
    fn repeat(
        &mut self,
        op: Option<u8>,
        min: u32,
        max: Option<u32>,
        before: &'a str,
        repeated: Option<&'a str>,
    ) -> Result<(), Error> {
        let mut greedy = !self.flags.lazy;
        if self.mode == Mode::Perl {
            if let Some(after) = self.rest.strip_prefix('?') {
                self.rest = after;
                greedy = !greedy;
            }
            if let Some(first) = repeated {
                return fail("invalid nested repetition operator", self.since(first));
            }
        }
        let fragment = self.since(before);
        let Some(sub) = self.top().items.pop() else {
            return fail("missing argument to repetition operator", fragment);
        };
        // Of two such operators one is enough, and of any number of them, too.
        if let (Some(op), Some((under, g))) = (op, sub.star)
            && g == greedy
            && let HirKind::Repetition(inner) = sub.hir.kind()
        {
            let same = op == under;
            let (min, max) = if same { (inner.min, inner.max) } else { (0, None) };
            let again = Repetition {
                min,
                max,
                greedy,
                sub: inner.sub.clone(),
            };
            let star = Some((if same { op } else { b'*' }, greedy));
            self.top().items.push(Item {
                hir: Hir::repetition(again),
                star,
                ..sub
            });
            return Ok(());
        }
        let times = if op.is_some() {
            1
        } else {
            max.unwrap_or(min).max(1)
        };
        let repeats = times.saturating_mul(sub.repeats);
        if repeats > MAX_REPEAT {
            return fail("invalid repeat count", fragment);
        }
        let height = sub.height + 1;
        if height > MAX_HEIGHT {
            return fail("expression nests too deeply", self.whole);
        }
        let hir = Hir::repetition(Repetition {
            min,
            max,
            greedy,
            sub: Box::new(sub.hir),
        });
        let star = op.map(|op| (op, greedy));
        self.top().items.push(Item {
            hir,
            height,
            repeats,
            star,
        });
        Ok(())
    }

    fn backslash(&mut self) -> Result<(), Error> {
        let next = self.rest.as_bytes().get(1).copied();
        if self.mode == Mode::Perl {
            let look = match next {
                Some(b'A') => Some(Look::Start),
                Some(b'z') => Some(Look::End),
                Some(b'b') => Some(Look::WordAscii),
                Some(b'B') => Some(Look::WordAsciiNegate),
                _ => None,
            };
            if let Some(look) = look {
                self.look(2, look);
                return Ok(());
            }
            match next {
                Some(b'C') => return fail("invalid escape sequence", &self.rest[..2]),
                Some(b'Q') => {
                    let quoted = &self.rest[2..];
                    let (text, rest) = quoted.split_once("\\E").unwrap_or((quoted, ""));
                    text.chars().for_each(|c| self.literal(c));
                    self.rest = rest;
                    return Ok(());
                }
                _ => {}
            }
        }
        if let Some(set) = self.escaped_class()? {
            self.push(Hir::class(Class::Unicode(set)));
            return Ok(());
        }
        let r = self.escape()?;
        self.code_point(r);
        Ok(())
    }

    /// `\d`, `\pL`, `\p{Greek}` and the like, if the rest begins with one.
    fn escaped_class(&mut self) -> Result<Option<ClassUnicode>, Error> {
        if self.mode == Mode::Posix || !self.rest.starts_with('\\') {
            return Ok(None);
        }
        let Some(letter) = self.rest.as_bytes().get(1).copied() else {
            return Ok(None);
        };
        if let b'p' | b'P' = letter {
            return self.property(letter == b'P');
        }
        let Some(mut set) = class::perl(letter) else {
            return Ok(None);
        };
        self.advance(2);
        if self.flags.fold {
            class::fold(&mut set);
        }
        if letter.is_ascii_uppercase() {
            set.negate();
        }
        Ok(Some(set))
    }

    fn property(&mut self, negated: bool) -> Result<Option<ClassUnicode>, Error> {
        let start = self.rest;
        let mut negated = negated;
        let Some(c) = start[2..].chars().next() else {
            return fail("invalid character class range", start);
        };
        let mut name = if c == '{' {
            let Some(end) = start.find('}') else {
                return fail("invalid character class range", start);
            };
            self.advance(end + 1);
            &start[3..end]
        } else {
            self.advance(2 + c.len_utf8());
            &start[2..2 + c.len_utf8()]
        };
        if let Some(positive) = name.strip_prefix('^') {
            (name, negated) = (positive, !negated);
        }
        let Some(mut set) = class::property(name) else {
            return fail("invalid character class range", self.since(start));
        };
        if self.flags.fold {
            class::fold(&mut set);
        }
        if negated {
            set.negate();
        }
        Ok(Some(set))
    }

    /// A backslash and what stands for one code point.
    fn escape(&mut self) -> Result<u32, Error> {
        let start = self.rest;
        self.advance(1);
        let Some(c) = self.rest.chars().next() else {
            return fail("trailing backslash at end of expression", "");
        };
        self.advance(c.len_utf8());
        let octal = |s: &str| s.bytes().next().filter(|b| (b'0'..=b'7').contains(b));
        match c {
            '0'..='7' if c == '0' || octal(self.rest).is_some() => {
                let mut r = c as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(digit) = octal(self.rest) else { break };
                    r = r * 8 + u32::from(digit - b'0');
                    self.advance(1);
                }
                return Ok(r);
            }
            'x' => {
                if let Some(r) = self.hexadecimal() {
                    return Ok(r);
                }
            }
            'a' => return Ok(7),
            'f' => return Ok(0x0C),
            'n' => return Ok(0x0A),
            'r' => return Ok(0x0D),
            't' => return Ok(0x09),
            'v' => return Ok(0x0B),
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => return Ok(c as u32),
            _ => {}
        }
        fail("invalid escape sequence", self.since(start))
    }

    /// What follows `\x`: two digits, or any number in braces.
    fn hexadecimal(&mut self) -> Option<u32> {
        let first = self.next_char()?;
        if first != '{' {
            let high = first.to_digit(16);
            let low = self.next_char()?.to_digit(16)?;
            return Some(high? * 16 + low);
        }
        let (mut r, mut digits) = (0, 0);
        loop {
            let c = self.next_char()?;
            if c == '}' {
                return (digits > 0).then_some(r);
            }
            r = r * 16 + c.to_digit(16)?;
            if r > 0x0010_FFFF {
                return None;
            }
            digits += 1;
        }
    }

    fn next_char(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.advance(c.len_utf8());
        Some(c)
    }

    /// `[…]`.
    fn bracket(&mut self) -> Result<(), Error> {
        let start = self.rest;
        self.advance(1);
        let mut set = ClassUnicode::empty();
        let negated = self.rest.starts_with('^');
        if negated {
            self.advance(1);
            if self.mode == Mode::Posix {
                class::push(&mut set, 0x0A, 0x0A);
            }
        }
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            if self.mode == Mode::Posix
                && !first
                && self.rest.starts_with('-')
                && !self.rest.starts_with("-]")
            {
                let size = self.rest[1..].chars().next().map_or(0, char::len_utf8);
                return fail("invalid character class range", &self.rest[..1 + size]);
            }
            first = false;
            self.member(start, &mut set)?;
        }
        self.advance(1);
        if negated {
            set.negate();
        }
        self.push(Hir::class(Class::Unicode(set)));
        Ok(())
    }

    /// One member of a class in brackets that began at `start`.
    fn member(&mut self, start: &'a str, set: &mut ClassUnicode) -> Result<(), Error> {
        if let Some(after) = self.rest.strip_prefix("[:")
            && let Some(end) = after.find(":]")
        {
            let whole = &self.rest[..end + 4];
            let name = &after[..end];
            let (name, negated) = name.strip_prefix('^').map_or((name, false), |n| (n, true));
            let Some(mut named) = class::posix(name) else {
                return fail("invalid character class range", whole);
            };
            if self.flags.fold {
                class::fold(&mut named);
            }
            if negated {
                named.negate();
            }
            set.union(&named);
            self.advance(whole.len());
            return Ok(());
        }
        if let Some(class) = self.escaped_class()? {
            set.union(&class);
            return Ok(());
        }
        let from = self.rest;
        let lo = self.class_char(start)?;
        let mut hi = lo;
        if self.rest.len() >= 2 && self.rest.starts_with('-') && !self.rest.starts_with("-]") {
            self.advance(1);
            hi = self.class_char(start)?;
            if hi < lo {
                return fail("invalid character class range", self.since(from));
            }
        }
        let mut range = class::ranges([(lo, hi)]);
        if self.flags.fold {
            class::fold(&mut range);
        }
        set.union(&range);
        Ok(())
    }

    fn class_char(&mut self, start: &'a str) -> Result<u32, Error> {
        match self.rest.chars().next() {
            None => fail("missing closing ]", start),
            Some('\\') => self.escape(),
            Some(c) => {
                self.advance(c.len_utf8());
                Ok(c as u32)
            }
        }
    }
}
