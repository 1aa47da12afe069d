//! Reports for machines: one JSON object a line (`mgo check --json`; docs/check.md has the fields).

use mgo_lang::diag::{Diagnostic, Severity};
use mgo_lang::source::{SourceMap, Span};
use serde::Serialize;

#[derive(Serialize)]
struct Report<'d> {
    #[serde(flatten)]
    at: Place,
    severity: &'static str,
    code: &'static str,
    message: &'d str,
    labels: Vec<Label<'d>>,
    notes: &'d [String],
    fix: Option<Edit<'d>>,
}

/// A stretch of a file: lines and columns from 1, columns in bytes, the end exclusive.
#[derive(Serialize, Default)]
struct Place {
    file: String,
    line: u32,
    column: u32,
    end: Point,
}

#[derive(Serialize, Default)]
struct Point {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Label<'d> {
    #[serde(flatten)]
    at: Place,
    message: &'d str,
}

#[derive(Serialize)]
struct Edit<'d> {
    title: &'d str,
    #[serde(flatten)]
    at: Place,
    text: &'d str,
}

/// `list` as JSON, an object a line.
pub fn lines(map: &SourceMap, list: &[Diagnostic]) -> String {
    list.iter().map(|d| line(map, d) + "\n").collect()
}

fn line(map: &SourceMap, d: &Diagnostic) -> String {
    let report = Report {
        at: place(map, d.span),
        severity: match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        code: d.code.name(),
        message: &d.message,
        labels: d
            .labels
            .iter()
            .chain(&d.related)
            .map(|(span, message)| Label {
                at: place(map, *span),
                message,
            })
            .collect(),
        notes: &d.notes,
        fix: d.fix.as_ref().map(|f| Edit {
            title: &f.title,
            at: place(map, f.span),
            text: &f.text,
        }),
    };
    serde_json::to_string(&report).expect("reports have string keys")
}

/// Where `span` is; for no place at all an empty file's name and zeros.
fn place(map: &SourceMap, span: Span) -> Place {
    let Some(from) = map.locate(span.lo) else {
        return Place::default();
    };
    let to = map.locate(span.hi).filter(|to| to.file == from.file);
    let to = to.unwrap_or_else(|| from.clone());
    Place {
        file: from.file.to_string(),
        line: from.line,
        column: from.column,
        end: Point {
            line: to.line,
            column: to.column,
        },
    }
}
