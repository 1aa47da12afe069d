//! Diagnostics as text: snippets for people at a terminal, or one line each as the Go compiler prints.
//!
//! Snippets come from codespan-reporting; nothing else in mgo knows that crate. A label is cut at the end
//! of its first line, and a line that no terminal could show is not shown: whatever the input, the
//! rendering stays of the order of the list.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use codespan_reporting::diagnostic::{Diagnostic as Report, Label};
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{
    Config, Styles, StylesWriter, emit_to_write_style,
    termcolor::{Ansi, NoColor},
};

use super::{Diagnostic, Severity};
use crate::source::{FileId, SourceMap, Span};

/// So many errors are shown unless all are asked for, as by the Go compiler without `-e`.
pub const LIMIT: usize = 10;

/// A line longer than this is not shown as a snippet.
const MAX_LINE: usize = 1_000;

/// How to show diagnostics.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// `file:line:col: message`, a line each.
    Lines,
    /// With the source line and marks under it.
    Snippets {
        /// With ANSI colours.
        color: bool,
    },
}

/// The text of `list`, which is in order. Without `all`, "too many errors" takes the place of what comes
/// after the first [`LIMIT`].
pub fn render(map: &SourceMap, list: &[Diagnostic], style: Style, all: bool) -> String {
    let mut out = String::new();
    let mut errors = 0;
    for d in list {
        match style {
            Style::Lines => out.push_str(&one_line(map, d)),
            Style::Snippets { color } => snippet(&mut out, map, d, color),
        }
        errors += usize::from(d.severity == Severity::Error);
        if errors >= LIMIT && !all && d.severity == Severity::Error {
            let more = list.iter().filter(|d| d.severity == Severity::Error).count() > LIMIT;
            if more {
                let last = Diagnostic::error(d.code, d.span, "too many errors");
                out.push_str(&one_line(map, &last));
            }
            break;
        }
    }
    out
}

/// `file:line:col: message` and the other places, as the Go compiler shows them.
pub fn one_line(map: &SourceMap, d: &Diagnostic) -> String {
    let mut out = String::new();
    if let Some(at) = map.locate(d.span.lo) {
        let _ = write!(out, "{at}: ");
    }
    if d.severity == Severity::Warning {
        out.push_str("warning: ");
    }
    out.push_str(&d.message);
    out.push('\n');
    for (span, text) in &d.labels {
        match map.locate(span.lo) {
            Some(at) => {
                let _ = writeln!(out, "\t{at}: {text}");
            }
            None => {
                let _ = writeln!(out, "\t{text}");
            }
        }
    }
    out
}

fn snippet(out: &mut String, map: &SourceMap, d: &Diagnostic, color: bool) {
    let Some(primary) = label_range(map, d.span) else {
        out.push_str(&one_line(map, d));
        return;
    };
    let mut labels = vec![Label::primary(primary.0, primary.1)];
    for (span, text) in d.labels.iter().chain(&d.related) {
        if let Some((file, range)) = label_range(map, *span) {
            labels.push(Label::secondary(file, range).with_message(text));
        }
    }
    let report = match d.severity {
        Severity::Error => Report::error(),
        Severity::Warning => Report::warning(),
    };
    let report = report
        .with_message(&d.message)
        .with_labels(labels)
        .with_notes(d.notes.clone());
    let (config, styles, mut bytes) = (Config::default(), Styles::default(), Vec::new());
    let done = if color {
        emit_to_write_style(
            &mut StylesWriter::new(Ansi::new(&mut bytes), &styles),
            &config,
            &Sources(map),
            &report,
        )
    } else {
        let writer = NoColor::new(&mut bytes);
        emit_to_write_style(
            &mut StylesWriter::new(writer, &styles),
            &config,
            &Sources(map),
            &report,
        )
    };
    match (done, String::from_utf8(bytes)) {
        (Ok(()), Ok(text)) => out.push_str(&text),
        // Spans that do not fit the source; the message matters more than the picture.
        _ => out.push_str(&one_line(map, d)),
    }
}

/// The file and the bytes that a label at `span` marks; none if they cannot be shown.
fn label_range(map: &SourceMap, span: Span) -> Option<(FileId, Range<usize>)> {
    let id = map.file_at(span.lo)?;
    let file = map.file(id);
    let offset = |p: crate::source::Pos| ((p.0 - file.base.0) as usize).min(file.text.len());
    let lo = offset(span.lo);
    let line = file.line_range(file.line_index(lo))?;
    if line.len() > MAX_LINE {
        return None;
    }
    let text = &file.text[line.clone()];
    let end = line.start + text.trim_end_matches(['\n', '\r']).len();
    let hi = offset(span.hi).min(end).max(lo.min(end));
    Some((id, lo.min(end)..hi))
}

/// The source map as codespan sees it.
struct Sources<'a>(&'a SourceMap);

impl<'a> Files<'a> for Sources<'_> {
    type FileId = FileId;
    type Name = Arc<str>;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<Arc<str>, Error> {
        Ok(self.0.file(id).name.clone())
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        Ok(&self.0.file(id).text)
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        Ok(self.0.file(id).line_index(byte))
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<Range<usize>, Error> {
        let file = self.0.file(id);
        file.line_range(line).ok_or(Error::LineTooLarge {
            given: line,
            max: file.line_index(file.text.len()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    fn sample() -> (SourceMap, Vec<Diagnostic>) {
        let mut map = SourceMap::new();
        let id = map.add("a.go", "x := 1 +\ny = x\n").unwrap();
        let at = |lo, hi| Span::new(map.file(id).pos(lo), map.file(id).pos(hi));
        let list = vec![
            Diagnostic::error(Code::Syntax, at(8, 9), "unexpected newline").note("one more operand"),
            Diagnostic::error(Code::Syntax, at(9, 14), "undefined: y").label(at(0, 1), "x is here"),
        ];
        (map, list)
    }

    #[test]
    fn lines_are_those_of_the_go_compiler() {
        let (map, list) = sample();
        assert_eq!(
            render(&map, &list, Style::Lines, false),
            "a.go:1:9: unexpected newline\na.go:2:1: undefined: y\n\ta.go:1:1: x is here\n"
        );
    }

    #[test]
    fn snippets_mark_the_place() {
        let (map, list) = sample();
        let text = render(&map, &list, Style::Snippets { color: false }, false);
        for part in [
            "error: unexpected newline",
            "a.go:1:9",
            "x := 1 +",
            "= one more operand",
            "- x is here",
            "^^^^^",
        ] {
            assert!(text.contains(part), "{part:?} in\n{text}");
        }
        assert!(!text.contains('\x1b'));
        assert!(render(&map, &list, Style::Snippets { color: true }, false).contains('\x1b'));
    }

    #[test]
    fn ten_errors_are_enough() {
        let (map, list) = sample();
        let many: Vec<_> = list[..1].iter().cycle().take(12).cloned().collect();
        let text = render(&map, &many, Style::Lines, false);
        assert_eq!(text.lines().count(), 11);
        assert!(text.ends_with("a.go:1:9: too many errors\n"));
        assert_eq!(render(&map, &many, Style::Lines, true).lines().count(), 12);
        assert_eq!(render(&map, &many[..10], Style::Lines, false).lines().count(), 10);
    }

    #[test]
    fn a_line_too_long_is_not_shown() {
        let mut map = SourceMap::new();
        let id = map.add("a.go", "x".repeat(100_000)).unwrap();
        let at = Span::new(map.file(id).pos(5), map.file(id).pos(90_000));
        let list = [Diagnostic::error(Code::Syntax, at, "too wide")];
        assert_eq!(
            render(&map, &list, Style::Snippets { color: false }, false),
            "a.go:1:6: too wide\n"
        );
    }
}
