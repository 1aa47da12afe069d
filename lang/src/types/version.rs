//! Language versions: what a file may use.
//!
//! A package has a version (from `go.mod`); a file whose `//go:build` line implies one has that
//! instead, but at least Go 1.21, with which such lines began to count. Versions are written as N of
//! 1.N. After `version.go` of types2.

use crate::diag::{Code, Diagnostic};
use crate::source::{FileId, Span};
use crate::syntax::ast::File;
use crate::types::checker::Checker;

/// The version of the language that mgo implements: 1.27.
pub const CURRENT: u32 = 27;

/// The first version in which a file's build constraint sets its version.
const FIRST_FILE_VERSION: u32 = 21;

/// The versions of the files of a package that name one.
#[derive(Debug, Default)]
pub(super) struct Versions {
    files: Vec<(FileId, FileVersion)>,
    /// All files of the package: what is declared elsewhere was checked there.
    own: Vec<FileId>,
}

#[derive(Clone, Copy, Debug)]
struct FileVersion {
    /// What the file names.
    declared: u32,
    /// What holds.
    effective: u32,
}

impl<'a> Checker<'a> {
    /// Finds out which version holds in which file; reports files that want a newer one than there is.
    pub(super) fn file_versions(&mut self, files: &[&'a File]) {
        for f in files {
            self.versions.own.push(f.id);
            let Some(declared) = f.go_version else { continue };
            let effective = declared.max(FIRST_FILE_VERSION);
            self.versions
                .files
                .push((f.id, FileVersion { declared, effective }));
            if declared > CURRENT {
                let text = format!("file requires newer Go version go1.{declared}");
                self.error(f.package.span, Code::TooNew, text);
            }
        }
    }

    /// The version that holds at `at`, if any does, and whether its file names it.
    fn version_at(&self, at: Span) -> Option<(u32, bool)> {
        let package = self.config.go_version.map(|v| (v, false));
        if self.versions.files.is_empty() && package.is_none() {
            return None;
        }
        let file = self.map.file_at(at.lo)?;
        if !self.versions.own.contains(&file) {
            return None;
        }
        let named = self.versions.files.iter().find(|(f, _)| *f == file);
        named.map_or(package, |(_, v)| Some((v.effective, v.effective == v.declared)))
    }

    /// Whether what Go has since 1.`want` may be used at `at`.
    pub(super) fn allow_version(&self, at: Span, want: u32) -> bool {
        self.version_at(at).is_none_or(|(v, _)| v >= want)
    }

    /// Whether what Go has since 1.`want` may be used at `at`; reports it as `what` if not.
    pub(super) fn verify_version(
        &mut self,
        at: Span,
        want: u32,
        what: impl FnOnce(&Checker<'a>) -> String,
    ) -> bool {
        let allowed = self.allow_version(at, want);
        if !allowed {
            let what = what(self);
            self.version_error(at, want, &what);
        }
        allowed
    }

    /// Reports that `what` needs version 1.`want`.
    #[cold]
    pub(super) fn version_error(&mut self, at: Span, want: u32, what: &str) {
        let text = format!("{what} requires go1.{want} or later{}", self.version_source(at));
        self.report(Diagnostic::error(Code::UnsupportedFeature, at, text));
    }

    /// Where the version at `at` comes from, as the Go compiler adds it to what is wrong with it.
    #[cold]
    pub(super) fn version_source(&self, at: Span) -> String {
        match self.version_at(at) {
            Some((v, true)) => format!(" (file declares //go:build go1.{v})"),
            _ => {
                let v = self.config.go_version.unwrap_or(CURRENT);
                format!(" (-lang was set to go1.{v}; check go.mod)")
            }
        }
    }
}
