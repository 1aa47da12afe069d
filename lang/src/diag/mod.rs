//! Diagnostics: what is wrong with the user's source, and where.
//!
//! Stages push [`Diagnostic`]s into a [`Diagnostics`] sink and go on. Wording and line follow the Go
//! compiler; [`codes`] lists each kind once. What only follows from an earlier error is dropped here
//! and nowhere else, as in Go's `cmd/compile/internal/types2/errors.go`.

pub mod codes;
pub mod render;

pub use codes::Code;

use crate::source::Span;

/// How grave a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The program may run.
    Warning,
    /// The program is refused.
    Error,
}

/// An edit: `text` in place of what stands at `span`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    /// What it does, as a command.
    pub title: String,
    /// What is replaced.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// One report.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// How grave.
    pub severity: Severity,
    /// Which kind of report.
    pub code: Code,
    /// The text, worded as Go words it; no position, no final stop.
    pub message: String,
    /// The place it is about; Go's line for the same error is the line of `span.lo`.
    pub span: Span,
    /// Other places with what they have to say ("other declaration of x").
    pub labels: Vec<(Span, String)>,
    /// Places that help to understand it, which Go does not name; not in Go's form of reports.
    pub related: Vec<(Span, String)>,
    /// Hints on how to mend it.
    pub notes: Vec<String>,
    /// An edit that mends it.
    pub fix: Option<Box<Fix>>,
    /// A soft error does not keep the tree from being trusted otherwise (unused variable or import).
    pub soft: bool,
}

impl Diagnostic {
    /// An error of kind `code` at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            labels: Vec::new(),
            related: Vec::new(),
            fix: None,
            notes: Vec::new(),
            soft: false,
        }
    }

    /// Adds another place.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push((span, text.into()));
        self
    }

    /// Adds a place that helps, unless it is the place of the report itself.
    pub fn relate(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        if span != self.span {
            self.related.push((span, text.into()));
        }
        self
    }

    /// Adds the edit that mends it.
    pub fn fix(mut self, fix: Fix) -> Diagnostic {
        self.fix = Some(Box::new(fix));
        self
    }

    /// Adds a hint.
    pub fn note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }
}

/// Collects diagnostics.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// An empty sink.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds a report, unless it only follows from an earlier one.
    pub fn push(&mut self, d: Diagnostic) {
        // What a count is compared with does not count.
        let text = d.message.split("\n\thave ").next().unwrap_or_default();
        let follows = ["invalid operand", "invalid type"]
            .iter()
            .any(|t| text.find(t).is_some_and(|i| i > 0));
        if follows && self.has_errors() {
            return;
        }
        self.list.push(d);
    }

    /// Whether any error was reported.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// All reports, by position; of several with the same text on one line only the first.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|d| d.span.lo);
        self.list
            .dedup_by(|b, a| a.span.lo == b.span.lo && a.message == b.message);
        self.list
    }

    /// All reports, in the order made.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }
}
