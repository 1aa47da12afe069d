//! What pieces of a program import: scripts and entries at a prompt.
//!
//! A piece stands in a folder, that of the script or the current one, and may import what a file of a package in
//! that folder may: the library, packages of the module around it, modules that this one replaces by folders. A
//! package is loaded and checked once; pieces that import it later get the same one.

use std::path::Path;

use mgo_lang::diag::{Code, Diagnostic, Diagnostics};
use mgo_lang::source::{FileId, Span};
use mgo_lang::syntax::ast::{Decl, ImportSpec, Stmt, StmtKind};
use mgo_lang::syntax::header::ImportRef;

use crate::load::Source;
use crate::module::{self, FileImport};
use crate::session::Session;

impl Session {
    /// Loads and checks the user's packages that the piece in `file`, which stands in `dir`, imports. What is wrong
    /// is put into `diags`.
    pub fn add_imports(&mut self, dir: &Path, file: FileId, stmts: &[Stmt], diags: &mut Diagnostics) {
        let base = self.map.file(file).pos(0).0;
        let imports: Vec<FileImport> = specs(stmts)
            .filter(|s| !self.is_known(&s.path))
            .map(|s| FileImport {
                file: self.map.file(file).name.to_string(),
                import: ImportRef {
                    path: s.path.to_string(),
                    at: ((s.span.lo.0 - base) as usize, (s.span.hi.0 - base) as usize),
                },
            })
            .collect();
        if imports.is_empty() {
            return;
        }
        self.broken.clear();
        if let Err(e) = self.follow(dir, file, imports) {
            let text = e.to_string();
            diags.push(Diagnostic::error(Code::BrokenImport, Span::NOWHERE, text));
        }
        for d in std::mem::take(&mut self.diags).into_sorted() {
            diags.push(d);
        }
    }

    fn follow(
        &mut self,
        dir: &Path,
        file: FileId,
        imports: Vec<FileImport>,
    ) -> Result<(), crate::load::LoadError> {
        let src = self.map.file(file);
        let name = src.name.to_string();
        let source = Source {
            path: name.clone().into(),
            name,
            bytes: src.text.as_bytes().to_vec(),
            package: String::new(),
        };
        let mut program = module::load_imports(dir, source, imports)?;
        let order = program.order(&program.roots);
        if self.report_problems(&program, &order)? {
            return Ok(());
        }
        for i in order {
            let p = &mut program.packages[i];
            if program.roots.contains(&i) || self.is_known(&p.import_path) {
                continue;
            }
            let files = std::mem::take(&mut p.files);
            let checked = self.add_package(&p.import_path, &p.name, p.go, files)?;
            self.user.extend(checked);
        }
        Ok(())
    }

    /// Whether the path leads into the library, or to a package that has been checked.
    fn is_known(&self, path: &str) -> bool {
        path == "unsafe" || self.by_path.contains_key(path) || mgo_stdlib::sources::of(path).is_some()
    }
}

fn specs(stmts: &[Stmt]) -> impl Iterator<Item = &ImportSpec> {
    stmts.iter().flat_map(|s| match &s.kind {
        StmtKind::Decl(Decl::Import(d)) => d.specs.as_slice(),
        _ => &[],
    })
}
