//! Directives to the compiler, `//go:noinline` and the like: mgo follows none of them, but reports, as Go does,
//! those that stand where they say nothing.
//!
//! They belong right above a function, each on a line of its own. `//go:build`, `//go:embed` and
//! `//go:linkname` have rules of their own ([`super::constraint`], the loader).

use super::ast::{Decl, File};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::source::{Pos, SourceFile, Span};

/// Directives about a function.
const ABOUT_FUNCTIONS: [&str; 15] = [
    "go:build",
    "go:nointerface",
    NOESCAPE,
    "go:norace",
    "go:nosplit",
    "go:noinline",
    "go:nocheckptr",
    "go:systemstack",
    "go:nowritebarrier",
    "go:nowritebarrierrec",
    "go:yeswritebarrierrec",
    "go:cgo_unsafe_args",
    "go:uintptrkeepalive",
    "go:uintptrescapes",
    "go:registerparams",
];

/// Those of Go's own runtime.
const OF_THE_RUNTIME: [&str; 4] = [
    "go:systemstack",
    "go:nowritebarrier",
    "go:nowritebarrierrec",
    "go:yeswritebarrierrec",
];

const NOESCAPE: &str = "go:noescape";

/// Reports the directives of `file` that may not stand where they do.
pub(super) fn check(src: &SourceFile, file: &File, diags: &mut Diagnostics) {
    let text = |s: Span| &src.text[(s.lo.0 - src.base.0) as usize..(s.hi.0 - src.base.0) as usize];
    let verb = |s: Span| {
        text(s)
            .strip_prefix("//")
            .and_then(|t| t.split([' ', '\t']).next())
    };
    let mut found = file
        .comments
        .iter()
        .filter_map(|&at| Some((at, verb(at).filter(|v| ABOUT_FUNCTIONS.contains(v))?)))
        .peekable();
    if found.peek().is_none() {
        return;
    }
    let funcs = || {
        file.decls.iter().filter_map(|d| match d {
            Decl::Func(f) => Some(f),
            _ => None,
        })
    };
    let mut report = |at, text: String| {
        diags.push(Diagnostic {
            soft: true,
            ..Diagnostic::error(Code::MisplacedDirective, at, text)
        });
    };
    for (at, verb) in found {
        // Go points behind the slashes.
        let place = Span::new(Pos(at.lo.0 + 2), at.hi);
        let before = &src.text[..(at.lo.0 - src.base.0) as usize];
        let alone = before
            .rsplit('\n')
            .next()
            .is_none_or(|line| line.trim_matches([' ', '\t']).is_empty());
        let func = funcs().find(|f| f.directives.contains(&at));
        let in_place = alone && (func.is_some() || verb == "go:build" && at.lo < file.package.span.lo);
        if OF_THE_RUNTIME.contains(&verb) && alone {
            report(place, format!("//{verb} only allowed in runtime"));
        }
        if !in_place || verb == "go:build" && func.is_some() && at.lo > file.package.span.lo {
            report(place, "misplaced compiler directive".to_owned());
        } else if let Some(f) = func.filter(|f| verb == NOESCAPE && f.body.is_some()) {
            let text = "can only use //go:noescape with external func implementations";
            report(f.name.span, text.to_owned());
        }
    }
}
