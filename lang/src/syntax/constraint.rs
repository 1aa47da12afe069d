//! Build constraints: which files of a folder belong to a build.
//!
//! Three sources say it: a `//go:build` line, the older `// +build` lines where there is no such line, and
//! the file's name (`_GOOS`, `_GOARCH`, `_GOOS_GOARCH` before the extension). What a tag means is up to the
//! caller: [`Expr::eval`] asks for each.

/// Operating systems that a file's name may end in.
const SYSTEMS: [&str; 21] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "wasip2",
    "windows",
    "zos",
    "cygwin",
    "redox",
];

/// Architectures that a file's name may end in.
const ARCHITECTURES: [&str; 26] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
    "wasm32",
    "wasm64",
];

/// Nesting beyond which an expression is refused.
const MAX_NESTING: u32 = 100;

/// A constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expr {
    /// A tag is set.
    Tag(String),
    /// The constraint does not hold.
    Not(Box<Expr>),
    /// Both hold.
    And(Box<Expr>, Box<Expr>),
    /// One holds.
    Or(Box<Expr>, Box<Expr>),
}

impl Expr {
    /// Whether the constraint holds when the tags for which `set` is true are set.
    pub fn eval(&self, set: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Expr::Tag(t) => set(t),
            Expr::Not(x) => !x.eval(set),
            Expr::And(x, y) => x.eval(set) && y.eval(set),
            Expr::Or(x, y) => x.eval(set) || y.eval(set),
        }
    }

    /// The least version `1.N` of Go that the constraint implies, as N.
    pub fn min_go(&self) -> Option<u32> {
        match self {
            Expr::Tag(t) => t.strip_prefix("go1.")?.parse().ok(),
            Expr::Not(_) => None,
            Expr::And(x, y) => x.min_go().max(y.min_go()),
            Expr::Or(x, y) => Some(x.min_go()?.min(y.min_go()?)),
        }
    }
}

/// Reads the expression of a `//go:build` line.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Expr, String> {
    let mut p = Parser { rest: text, depth: 0 };
    let x = p.or()?;
    match p.next()? {
        "" => Ok(x),
        token => Err(format!("unexpected token {token}")),
    }
}

/// The constraint of `// +build` lines: all lines, of each any word, of a word all parts between commas.
///
/// # Errors
/// When a part is no tag.
pub fn parse_plus_build<'t>(lines: impl Iterator<Item = &'t str>) -> Result<Option<Expr>, String> {
    let both = |a, b| Expr::And(Box::new(a), Box::new(b));
    let either = |a, b| Expr::Or(Box::new(a), Box::new(b));
    let mut all: Option<Expr> = None;
    for line in lines {
        let mut any: Option<Expr> = None;
        for word in line.split_whitespace() {
            let mut parts: Option<Expr> = None;
            for part in word.split(',') {
                let tag = part.trim_start_matches('!');
                if tag.is_empty() || part.starts_with("!!") || !tag.chars().all(is_tag_char) {
                    return Err(format!("invalid +build term {word}"));
                }
                let mut x = Expr::Tag(tag.to_owned());
                if part.starts_with('!') {
                    x = Expr::Not(Box::new(x));
                }
                parts = Some(parts.map_or_else(|| x.clone(), |p| both(p, x.clone())));
            }
            let Some(parts) = parts else { continue };
            any = Some(any.map_or_else(|| parts.clone(), |a| either(a, parts.clone())));
        }
        // A line without words holds never.
        let any = any.unwrap_or_else(|| Expr::Tag("ignore".to_owned()));
        all = Some(all.map_or_else(|| any.clone(), |a| both(a, any.clone())));
    }
    Ok(all)
}

fn is_tag_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '.'
}

struct Parser<'t> {
    rest: &'t str,
    depth: u32,
}

impl<'t> Parser<'t> {
    /// The next token without taking it; empty at the end.
    fn peek(&mut self) -> Result<&'t str, String> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        let len = match self.rest.chars().next() {
            None => 0,
            Some('(' | ')' | '!') => 1,
            Some('&') if self.rest.starts_with("&&") => 2,
            Some('|') if self.rest.starts_with("||") => 2,
            Some(c @ ('&' | '|')) => return Err(format!("invalid syntax at {c}")),
            Some(_) => self.rest.find(|c| !is_tag_char(c)).unwrap_or(self.rest.len()),
        };
        if len == 0 && !self.rest.is_empty() {
            let c = self.rest.chars().next().unwrap_or_default();
            return Err(format!("invalid syntax at {c}"));
        }
        Ok(&self.rest[..len])
    }

    fn next(&mut self) -> Result<&'t str, String> {
        let token = self.peek()?;
        self.rest = &self.rest[token.len()..];
        Ok(token)
    }

    fn or(&mut self) -> Result<Expr, String> {
        let mut x = self.and()?;
        while self.peek()? == "||" {
            self.next()?;
            x = Expr::Or(Box::new(x), Box::new(self.and()?));
        }
        Ok(x)
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut x = self.not()?;
        while self.peek()? == "&&" {
            self.next()?;
            x = Expr::And(Box::new(x), Box::new(self.not()?));
        }
        Ok(x)
    }

    fn not(&mut self) -> Result<Expr, String> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("nested too deep".to_owned());
        }
        let x = match self.next()? {
            "!" if self.peek()? == "!" => return Err("double negation not allowed".to_owned()),
            "!" => Expr::Not(Box::new(self.not()?)),
            "(" => {
                let x = self.or()?;
                if self.next()? != ")" {
                    return Err("missing close paren".to_owned());
                }
                x
            }
            "" => return Err("unexpected end of expression".to_owned()),
            token @ (")" | "&&" | "||") => return Err(format!("unexpected token {token}")),
            tag => Expr::Tag(tag.to_owned()),
        };
        self.depth -= 1;
        Ok(x)
    }
}

/// Whether the name of a file allows it: `stem` is the name without extension.
pub fn name_matches(stem: &str, set: &dyn Fn(&str) -> bool) -> bool {
    // What stands before the first underscore is a name, even if it reads like a system's.
    let Some((_, rest)) = stem.split_once('_') else {
        return true;
    };
    let mut words: Vec<&str> = rest.split('_').collect();
    if words.last() == Some(&"test") {
        words.pop();
    }
    let system = |w: &&str| SYSTEMS.contains(w);
    let arch = |w: &&str| ARCHITECTURES.contains(w);
    match words.as_slice() {
        [.., os, cpu] if system(os) && arch(cpu) => set(os) && set(cpu),
        [.., last] if system(last) || arch(last) => set(last),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> bool {
        parse(text)
            .unwrap()
            .eval(&|t| matches!(t, "linux" | "amd64" | "go1.20"))
    }

    #[test]
    fn expressions_have_gos_precedence() {
        assert!(holds("linux"));
        assert!(!holds("windows || linux && arm64"));
        assert!(holds("(windows || linux) && amd64 && !cgo"));
        assert!(holds("darwin||linux&&go1.20"));
        for bad in ["", "linux &&", "(linux", "a b", "a & b", "!!a", "a ) b", "\"a\""] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
    }

    #[test]
    fn versions_are_found() {
        let min = |t| parse(t).unwrap().min_go();
        assert_eq!(min("go1.21 && linux"), Some(21));
        assert_eq!(min("go1.21 || linux"), None);
        assert_eq!(min("go1.18 || go1.21"), Some(18));
        assert_eq!(min("!go1.18"), None);
    }

    #[test]
    fn plus_build_lines() {
        let x = parse_plus_build(["linux,!cgo darwin", "amd64"].into_iter())
            .unwrap()
            .unwrap();
        assert!(x.eval(&|t| matches!(t, "linux" | "amd64")));
        assert!(!x.eval(&|t| matches!(t, "linux" | "cgo" | "amd64")));
        assert!(x.eval(&|t| matches!(t, "darwin" | "cgo" | "amd64")));
        assert!(parse_plus_build(["!!a"].into_iter()).is_err());
    }

    #[test]
    fn names_end_in_system_and_architecture() {
        let ok = |stem| name_matches(stem, &|t| matches!(t, "linux" | "amd64"));
        assert!(ok("linux") && ok("windows") && ok("x_linux") && ok("x_linux_amd64") && ok("x_amd64_test"));
        assert!(!ok("x_windows") && !ok("x_linux_arm64") && !ok("x_windows_test") && !ok("a_b_arm"));
        assert!(ok("x_windows_y"));
    }
}
