//! printf: formats and arguments of print functions that do not fit each other.
//!
//! Print functions are those of fmt, log and testing, and every function that hands its own format and arguments
//! on to one: [`Cx::find_wrappers`] finds them before calls are looked at.

use super::argtype::{self, STRING};
use super::format::{self, Directive};
use super::{Cx, unparen};
use crate::source::{Pos, Span};
use crate::syntax::ast::*;
use crate::syntax::visit::{self, Visitor};
use crate::types::store::ObjId;
use crate::types::ty::{Basic, Type};

/// What a function does with its arguments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Prints them, as fmt.Print.
    Print,
    /// Formats them, as fmt.Printf.
    Printf,
    /// Formats them and takes %w, as fmt.Errorf.
    Errorf,
}

const CHECK: &str = "printf";

impl Cx<'_> {
    /// What the function that a call names does with its arguments.
    fn print_kind(&self, obj: ObjId) -> Option<Kind> {
        if let Some(&kind) = self.wrappers.get(&obj) {
            return Some(kind);
        }
        let o = &self.store[obj];
        let name = &*o.name;
        let base = name.trim_end_matches("ln").trim_end_matches('f');
        let method = self.signature(o.ty)?.recv.is_some();
        let path = o.pkg.map_or("", |p| &*self.store[p].path);
        let known = match path {
            "fmt" => {
                let written = matches!(base, "Append" | "Fprint" | "Print" | "Sprint");
                !method && (written || name == "Errorf")
            }
            "log" => matches!(base, "Print" | "Fatal" | "Panic"),
            "testing" => {
                method && !name.ends_with("ln") && matches!(base, "Error" | "Fatal" | "Log" | "Skip")
            }
            "runtime/trace" => name == "Logf",
            _ => false,
        };
        match known {
            false => None,
            true if path == "fmt" && name == "Errorf" => Some(Kind::Errorf),
            true if name.ends_with('f') => Some(Kind::Printf),
            true => Some(Kind::Print),
        }
    }

    /// The name of a function as its reports show it.
    fn print_name(&self, obj: ObjId) -> String {
        self.full_name(obj)
    }

    pub(super) fn print_call(&mut self, x: &Expr, c: &CallExpr) {
        let Some(obj) = self.callee(c) else { return };
        let Some(kind) = self.print_kind(obj) else { return };
        let name = self.print_name(obj);
        match kind {
            Kind::Print => self.check_print(x, c, &name),
            _ => self.check_printf(x, c, &name, kind),
        }
    }

    // --- Printf ---

    fn check_printf(&mut self, x: &Expr, c: &CallExpr, name: &str, kind: Kind) {
        let Some(sig) = self.type_of(&c.fun).and_then(|t| self.signature(t)) else {
            return;
        };
        let Some(at) = sig.params.len().checked_sub(2).filter(|_| sig.variadic) else {
            return;
        };
        let Some(format_arg) = c.args.get(at) else { return };
        let first = at + 1;
        let Some(format) = self.constant_string(format_arg) else {
            if first == c.args.len() && self.go >= 24 {
                let text = format!("non-constant format string in call to {name}");
                self.report(CHECK, format_arg.span, text);
            }
            return;
        };
        if !format.contains('%') {
            if let Some(extra) = c.args.get(first) {
                let text = format!("{name} call has arguments but no formatting directives");
                self.report(CHECK, extra.span, text);
            }
            return;
        }
        let directives = match format::parse(&format, first) {
            Ok(directives) => directives,
            Err(why) => return self.report(CHECK, format_arg.span, format!("{name} {why}")),
        };
        let mut last = first - 1;
        let indexed = directives.iter().any(|d| d.indexed);
        for d in &directives {
            let span = self.directive_span(format_arg, d);
            if d.verb == 'w' && kind != Kind::Errorf {
                let text = format!("{name} does not support error-wrapping directive %w");
                return self.report(CHECK, span, text);
            }
            match self.check_directive(c, name, first, d, &mut last) {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) => return self.report(CHECK, span, why),
            }
        }
        if c.ellipsis.is_some() && last + 2 >= c.args.len() || indexed {
            return;
        }
        if last + 1 < c.args.len() {
            let (want, have) = (last + 1 - first, c.args.len() - first);
            let text = format!("{name} call needs {} but has {}", args(want), args(have));
            self.report(CHECK, x.span, text);
        }
    }

    /// Where a directive stands: in a literal at its own place.
    fn directive_span(&self, format: &Expr, d: &Directive) -> Span {
        let ExprKind::Lit(LitKind::String, text) = &format.kind else {
            return format.span;
        };
        let offset = |value: usize| Some(Pos(format.span.lo.0 + source_offset(text, value)? as u32));
        match (offset(d.start), offset(d.start + d.text.len())) {
            (Some(lo), Some(hi)) => Span::new(lo, hi),
            _ => format.span,
        }
    }

    /// Compares a directive with its arguments: whether to go on with the next, or what is wrong.
    fn check_directive(
        &self,
        c: &CallExpr,
        name: &str,
        first: usize,
        d: &Directive,
        last: &mut usize,
    ) -> Result<bool, String> {
        let verb = argtype::verb(d.verb, self.go);
        let wrapped = d.verb == 'w';
        let own_type = c
            .args
            .get(d.arg)
            .filter(|_| !wrapped)
            .and_then(|a| self.type_of(a));
        let formatter = own_type.is_some_and(|t| self.is_formatter(t));
        let (flags, takes) = match verb {
            Some(v) => v,
            None if formatter => ("", argtype::ANY),
            None => return Err(format!("{name} format {} has unknown verb {}", d.text, d.verb)),
        };
        if !formatter && let Some(flag) = d.flags.chars().find(|&f| f != '0' && !flags.contains(f)) {
            return Err(format!("{name} format {} has unrecognized flag {flag}", d.text));
        }
        for &star in &d.stars {
            if !self.argument_is_there(c, name, first, d, star)? {
                return Ok(false);
            }
            if let Err(why) = self.takes(argtype::INT, &c.args[star]) {
                let arg = self.shown(&c.args[star]);
                let why = in_parens(&why);
                return Err(format!(
                    "{name} format {} uses non-int {arg}{why} as argument of *",
                    d.text
                ));
            }
        }
        let own = (d.verb != '%').then_some(d.arg);
        for &i in d.stars.iter().chain(&own) {
            *last = (*last).max(i);
        }
        if d.verb == '%' || formatter {
            return Ok(true);
        }
        if !self.argument_is_there(c, name, first, d, d.arg)? {
            return Ok(false);
        }
        self.check_argument(name, d, takes, &c.args[d.arg]).map(|()| true)
    }

    fn check_argument(&self, name: &str, d: &Directive, takes: u32, arg: &Expr) -> Result<(), String> {
        let (text, shown) = (&d.text, self.shown(arg));
        if d.verb == 'w' && self.go >= 27 {
            self.check_wrapped(arg)?;
        }
        if self.is_func_value(arg) && !matches!(d.verb, 'p' | 'T') {
            return Err(format!(
                "{name} format {text} arg {shown} is a func value, not called"
            ));
        }
        if let Err(why) = self.takes(takes, arg) {
            let t = self.type_of(arg).map_or_else(String::new, |t| self.full_type(t));
            let why = in_parens(&why);
            return Err(format!(
                "{name} format {text} has arg {shown} of wrong type {t}{why}"
            ));
        }
        let calls_methods = !d.flags.contains('#') || "qxX".contains(d.verb);
        if takes & STRING != 0
            && d.verb != 'T'
            && calls_methods
            && let Some(method) = self.prints_itself(arg)
        {
            return Err(format!(
                "{name} format {text} with arg {shown} causes recursive {method} method call"
            ));
        }
        Ok(())
    }

    /// A pointer to an error that is wrapped is not found by errors.Is.
    fn check_wrapped(&self, arg: &Expr) -> Result<(), String> {
        let Some(t) = self.type_of(arg) else { return Ok(()) };
        match self.store.under_type(t) {
            Type::Pointer(e) if self.is_error(*e) => {
                let shown = |t| self.store.type_string(t, self.pkg.id);
                let (e, t) = (shown(*e), shown(t));
                Err(format!(
                    "%w wants operand of error type {e}, not pointer type {t} (defeats errors.Is)"
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whether argument `i` can be looked at; an error if the call has none.
    fn argument_is_there(
        &self,
        c: &CallExpr,
        name: &str,
        first: usize,
        d: &Directive,
        i: usize,
    ) -> Result<bool, String> {
        if i + 1 < c.args.len() {
            return Ok(true);
        }
        if c.ellipsis.is_some() {
            return Ok(false);
        }
        if i < c.args.len() {
            return Ok(true);
        }
        let (number, has) = (i + 1 - first, args(c.args.len() - first));
        Err(format!(
            "{name} format {} reads arg #{number}, but call has {has}",
            d.text
        ))
    }

    // --- Print ---

    fn check_print(&mut self, x: &Expr, c: &CallExpr, name: &str) {
        let Some(sig) = self.type_of(&c.fun).and_then(|t| self.signature(t)) else {
            return;
        };
        let Some(&last_param) = sig.params.last().filter(|_| sig.variadic) else {
            return;
        };
        let Type::Slice(elem) = self.store[self.store[last_param].ty] else {
            return;
        };
        if !self.is_empty_interface(elem) {
            return;
        }
        let first = sig.params.len() - 1;
        let Some(printed) = c.args.get(first..).filter(|a| !a.is_empty()) else {
            return;
        };
        if first == 0
            && let ExprKind::Selector(os, file) = &printed[0].kind
            && matches!(&os.kind, ExprKind::Ident(id) if &*id.name == "os")
            && file.name.starts_with("Std")
        {
            let text = format!(
                "{name} does not take io.Writer but has first arg {}",
                self.shown(&printed[0])
            );
            self.report(CHECK, x.span, text);
        }
        if let Some(s) = self.constant_string(&printed[0])
            && let Some(directive) = possible_directive(s.strip_suffix('%').unwrap_or(&s))
        {
            let text = format!("{name} call has possible Printf formatting directive {directive}");
            self.report(CHECK, x.span, text);
        }
        if name.ends_with("ln")
            && let Some(s) = printed.last().and_then(|a| self.constant_string(a))
            && s.ends_with('\n')
        {
            self.report(
                CHECK,
                x.span,
                format!("{name} arg list ends with redundant newline"),
            );
        }
        for arg in printed {
            let shown = self.shown(arg);
            if self.is_func_value(arg) {
                self.report(
                    CHECK,
                    x.span,
                    format!("{name} arg {shown} is a func value, not called"),
                );
            }
            if let Some(method) = self.prints_itself(arg) {
                let text = format!("{name} arg {shown} causes recursive call to {method} method");
                self.report(CHECK, x.span, text);
            }
        }
    }

    fn is_empty_interface(&self, t: crate::types::store::TypeId) -> bool {
        self.store
            .as_interface(t)
            .is_some_and(|i| i.methods.is_empty() && i.embeds.is_empty())
    }

    // --- wrappers ---

    /// Finds the functions of the package that forward to print functions.
    pub(super) fn find_wrappers(&mut self) {
        let pkg = self.pkg;
        let funcs: Vec<&FuncDecl> = pkg
            .files
            .iter()
            .flat_map(|f| &f.decls)
            .filter_map(|d| match d {
                Decl::Func(f) => Some(f),
                _ => None,
            })
            .collect();
        loop {
            let before = self.wrappers.len();
            for f in &funcs {
                self.look_for_wrapper(f);
            }
            if self.wrappers.len() == before {
                break;
            }
        }
    }

    fn look_for_wrapper(&mut self, f: &FuncDecl) {
        let (Some(&obj), Some(body)) = (self.info.defs.get(&f.name.id), &f.body) else {
            return;
        };
        if self.wrappers.contains_key(&obj) {
            return;
        }
        let Some(sig) = self.signature(self.store[obj].ty).filter(|s| s.variadic) else {
            return;
        };
        let Some((&args, before)) = sig.params.split_last() else {
            return;
        };
        let Type::Slice(elem) = self.store[self.store[args].ty] else {
            return;
        };
        if !self.is_empty_interface(elem) {
            return;
        }
        let is_string = |o: &&ObjId| self.store[**o].ty == Basic::String.id();
        let format = before.last().filter(is_string).copied();
        let mut forwards = Forwards {
            cx: self,
            args,
            format,
            n_params: sig.params.len(),
            kind: None,
            missing: Vec::new(),
        };
        visit::walk_block(&mut forwards, body);
        let Forwards { kind, missing, .. } = forwards;
        for (span, kind) in missing {
            let like = match kind {
                Kind::Print => "print",
                Kind::Printf => "printf",
                Kind::Errorf => "errorf",
            };
            self.report(
                CHECK,
                span,
                format!("missing ... in args forwarded to {like}-like function"),
            );
        }
        if let Some(kind) = kind {
            self.wrappers.insert(obj, kind);
        }
    }
}

/// Looks for calls that hand on a function's own arguments.
struct Forwards<'c, 'v> {
    cx: &'c Cx<'v>,
    args: ObjId,
    format: Option<ObjId>,
    n_params: usize,
    kind: Option<Kind>,
    /// Calls that lack their `...`.
    missing: Vec<(Span, Kind)>,
}

impl Visitor for Forwards<'_, '_> {
    fn expr(&mut self, x: &Expr) {
        if let ExprKind::Call(c) = &x.kind {
            self.call(x, c);
        }
        visit::walk_expr(self, x);
    }
}

impl Forwards<'_, '_> {
    fn call(&mut self, x: &Expr, c: &CallExpr) {
        let cx = self.cx;
        let is = |e: Option<&Expr>, o: ObjId| e.and_then(|e| cx.used(unparen(e))) == Some(o);
        if !is(c.args.last(), self.args) {
            return;
        }
        let Some(kind) = cx.callee(c).and_then(|o| cx.print_kind(o)) else {
            return;
        };
        if kind != Kind::Print {
            let format = c.args.len().checked_sub(2).and_then(|i| c.args.get(i));
            if self.format.is_none_or(|f| !is(format, f)) {
                return;
            }
        }
        if c.ellipsis.is_some() {
            self.kind = self.kind.or(Some(kind));
        } else if c.args.len() <= self.n_params && kind != Kind::Print {
            self.missing.push((x.span, kind));
        }
    }
}

/// `n` arguments in words.
fn args(n: usize) -> String {
    if n == 1 {
        "1 arg".to_owned()
    } else {
        format!("{n} args")
    }
}

fn in_parens(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(" ({why})")
    }
}

/// What looks like a directive in a text that is printed as it is; `%XX` with hexadecimal digits is part of an
/// address.
fn possible_directive(s: &str) -> Option<&str> {
    let b = s.as_bytes();
    let mut at = 0;
    while let Some(i) = s[at..].find('%') {
        let start = at + i;
        let mut end = start + 1;
        let skip = |end: &mut usize, set: &[u8]| {
            while b.get(*end).is_some_and(|c| set.contains(c)) {
                *end += 1;
            }
        };
        skip(&mut end, b"+-#");
        number(b, &mut end);
        if b.get(end) == Some(&b'.') {
            end += 1;
            number(b, &mut end);
        }
        index(b, &mut end);
        at = start + 1;
        let verb = b.get(end).is_some_and(|c| b"bcdefgopqstvxEFGTUX".contains(c));
        if !verb {
            continue;
        }
        let m = &s[start..=end];
        let hex = |i: usize| m.as_bytes().get(i).is_some_and(u8::is_ascii_hexdigit);
        if !(m.len() >= 3 && hex(1) && hex(2)) {
            return Some(m);
        }
        at = end + 1;
    }
    None
}

/// Skips digits, or a `*` with its index.
fn number(b: &[u8], at: &mut usize) {
    let start = *at;
    while b.get(*at).is_some_and(u8::is_ascii_digit) {
        *at += 1;
    }
    if *at == start {
        let mut end = start;
        index(b, &mut end);
        if b.get(end) == Some(&b'*') {
            *at = end + 1;
        }
    }
}

/// Skips `[n]`.
fn index(b: &[u8], at: &mut usize) {
    let rest = b.get(*at..).unwrap_or_default();
    if rest.first() != Some(&b'[') {
        return;
    }
    let digits = rest[1..].iter().take_while(|c| c.is_ascii_digit()).count();
    if digits > 0 && rest.get(digits + 1) == Some(&b']') {
        *at += digits + 2;
    }
}

/// Where byte `value` of a string stands in its literal.
fn source_offset(literal: &str, value: usize) -> Option<usize> {
    if literal.starts_with('`') {
        return Some(value + 1);
    }
    let b = literal.as_bytes();
    let (mut at, mut n) = (1, 0);
    while n < value {
        let (source, bytes) = match (b.get(at)?, b.get(at + 1)) {
            (b'\\', Some(b'x')) => (4, 1),
            (b'\\', Some(b'0'..=b'7')) => (4, 1),
            (b'\\', Some(b'u')) => (6, rune_len(literal.get(at + 2..at + 6)?)?),
            (b'\\', Some(b'U')) => (10, rune_len(literal.get(at + 2..at + 10)?)?),
            (b'\\', _) => (2, 1),
            _ => (1, 1),
        };
        at += source;
        n += bytes;
    }
    (n == value).then_some(at)
}

/// The number of bytes of the character with this hexadecimal number.
fn rune_len(hex: &str) -> Option<usize> {
    let c = u32::from_str_radix(hex, 16).ok()?;
    Some(
        char::from_u32(c)
            .unwrap_or(char::REPLACEMENT_CHARACTER)
            .len_utf8(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_in_plain_text() {
        assert_eq!(possible_directive("a %d b"), Some("%d"));
        assert_eq!(possible_directive("a %-5.2f b"), Some("%-5.2f"));
        assert_eq!(possible_directive("x %[1]*v"), Some("%[1]*v"));
        assert_eq!(possible_directive("100 % sure"), None);
        assert_eq!(possible_directive("http://x/%2fy"), None);
        assert_eq!(possible_directive("%2f %s"), Some("%s"));
    }

    #[test]
    fn places_in_literals() {
        assert_eq!(source_offset("`ab%d`", 2), Some(3));
        assert_eq!(source_offset("\"a\\n%d\"", 2), Some(4));
        assert_eq!(source_offset("\"\\u00e9\\x41%d\"", 3), Some(11));
        assert_eq!(source_offset("\"ab\"", 9), None);
    }
}
