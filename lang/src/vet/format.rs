//! Formats of print functions, cut into directives.
//!
//! ```text
//!  %  flags  [n]  width  .  [n]  precision  [n]  verb        width, precision: digits or *
//! ```

/// A directive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Directive {
    /// Its text, from the percent sign to the verb.
    pub text: String,
    /// Where it starts in the format.
    pub start: usize,
    /// Its flags.
    pub flags: String,
    /// The arguments that `*` takes, counted from the first one of the call.
    pub stars: Vec<usize>,
    /// The verb.
    pub verb: char,
    /// The argument that the verb takes.
    pub arg: usize,
    /// Whether an argument is named by its number.
    pub indexed: bool,
}

/// Reads the directives of `format`; `first` is the number of the call's argument right behind the format.
///
/// # Errors
/// What is wrong, as a predicate of the function called.
pub fn parse(format: &str, first: usize) -> Result<Vec<Directive>, String> {
    let mut found = Vec::new();
    let mut arg = first;
    let mut at = 0;
    while let Some(i) = format[at..].find('%') {
        at += i;
        let mut r = Reader {
            text: &format[at..],
            at: 1,
            first,
            arg,
            pending: false,
            indexed: false,
        };
        let mut d = r.directive()?;
        d.start = at;
        at += d.text.len();
        // A percent sign takes no argument.
        arg = if d.verb == '%' { r.arg } else { r.arg + 1 };
        found.push(d);
    }
    Ok(found)
}

struct Reader<'f> {
    text: &'f str,
    at: usize,
    first: usize,
    /// The next argument.
    arg: usize,
    /// A number in brackets was read and not taken by a `*`.
    pending: bool,
    indexed: bool,
}

impl Reader<'_> {
    fn directive(&mut self) -> Result<Directive, String> {
        let flags = self.take(|c| "#0+- ".contains(c));
        let mut stars = Vec::new();
        self.index()?;
        self.size(&mut stars);
        if self.text[self.at..].starts_with('.') {
            self.at += 1;
            self.index()?;
            self.size(&mut stars);
        }
        if !self.pending {
            self.index()?;
        }
        let Some(verb) = self.text[self.at..].chars().next() else {
            return Err(format!("format {} is missing verb at end of string", self.text));
        };
        self.at += verb.len_utf8();
        Ok(Directive {
            text: self.text[..self.at].to_owned(),
            start: 0,
            flags,
            stars,
            verb,
            arg: self.arg,
            indexed: self.indexed,
        })
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let rest = &self.text[self.at..];
        let len = rest.find(|c| !wanted(c)).unwrap_or(rest.len());
        self.at += len;
        rest[..len].to_owned()
    }

    /// `[n]`
    fn index(&mut self) -> Result<(), String> {
        if !self.text[self.at..].starts_with('[') {
            return Ok(());
        }
        let rest = &self.text[self.at + 1..];
        let Some(end) = rest.find(']') else {
            return Err(format!("format {} is missing closing ]", self.text));
        };
        let number = rest[..end].parse::<i32>().ok().filter(|n| *n > 0);
        let digits = rest[..end].bytes().all(|b| b.is_ascii_digit());
        let Some(n) = number.filter(|_| digits) else {
            return Err(format!("format has invalid argument index [{}]", &rest[..end]));
        };
        self.at += end + 2;
        self.arg = self.first + n as usize - 1;
        self.pending = true;
        self.indexed = true;
        Ok(())
    }

    /// Digits, or a `*` that takes an argument.
    fn size(&mut self, stars: &mut Vec<usize>) {
        if self.text[self.at..].starts_with('*') {
            self.at += 1;
            stars.push(self.arg);
            self.arg += 1;
            self.pending = false;
        } else {
            self.take(|c| c.is_ascii_digit());
        }
    }
}

/// What a verb takes.
pub struct Verb {
    /// The verb.
    pub verb: char,
    /// Flags it knows.
    pub flags: &'static str,
    /// Bits of [`super::argtype`].
    pub takes: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(format: &str) -> Vec<(String, Vec<usize>, char, usize)> {
        let found = parse(format, 1).unwrap();
        found
            .into_iter()
            .map(|d| (d.text, d.stars, d.verb, d.arg))
            .collect()
    }

    #[test]
    fn directives_take_arguments_in_order() {
        let all = short("a %d%% %-5.*f %[1]*.[2]*[3]v %+q");
        let of = |t: &str, stars: &[usize], verb, arg| (t.to_owned(), stars.to_vec(), verb, arg);
        assert_eq!(
            all,
            [
                of("%d", &[], 'd', 1),
                of("%%", &[], '%', 2),
                of("%-5.*f", &[2], 'f', 3),
                of("%[1]*.[2]*[3]v", &[1, 2], 'v', 3),
                of("%+q", &[], 'q', 4)
            ]
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(
            parse("x%-5", 1).unwrap_err(),
            "format %-5 is missing verb at end of string"
        );
        assert_eq!(
            parse("%[x]d", 1).unwrap_err(),
            "format has invalid argument index [x]"
        );
        assert_eq!(parse("%[1", 1).unwrap_err(), "format %[1 is missing closing ]");
    }
}
