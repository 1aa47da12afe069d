//! Variables that `//go:embed` fills: a string, bytes, or a file system of package embed.

use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::syntax::ast::*;
use crate::syntax::embed::Embed;
use crate::types::info::CheckedPackage;
use crate::types::store::{ObjId, Store, TypeId};
use crate::types::ty::{Basic, Type};

/// What a variable takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The contents of one file.
    String,
    /// The contents of one file.
    Bytes,
    /// Any number of files, by calls of this function of package embed: `add(f *FS, name, data string)`.
    Files(ObjId),
}

/// The variables of a package that are given files, in the order of the source.
pub fn variables<'p>(store: &Store, pkg: &'p CheckedPackage) -> Vec<(ObjId, Kind, &'p Embed)> {
    specs(pkg)
        .filter_map(|(spec, embed)| {
            let obj = *pkg.info.defs.get(&spec.names.first()?.id)?;
            Some((obj, kind(store, store[obj].ty)?, embed))
        })
        .collect()
}

fn specs(pkg: &CheckedPackage) -> impl Iterator<Item = (&VarSpec, &Embed)> {
    let specs = pkg.files.iter().flat_map(|f| &f.decls).flat_map(|d| match d {
        Decl::Var(d) => d.specs.as_slice(),
        _ => &[],
    });
    specs.filter_map(|s| Some((s, s.embed.as_deref()?)))
}

fn kind(store: &Store, t: TypeId) -> Option<Kind> {
    if let Type::Named(n) = &store[t] {
        let obj = &store[n.obj];
        let scope = obj
            .pkg
            .filter(|&p| &*store[p].path == "embed")
            .map(|p| store[p].scope);
        if let Some(scope) = scope.filter(|_| &*obj.name == "FS") {
            return store[scope].names.get("add").copied().map(Kind::Files);
        }
    }
    match &store[store.under(t)] {
        Type::Basic(Basic::String) => Some(Kind::String),
        Type::Slice(e) if matches!(store[store.under(*e)], Type::Basic(Basic::Uint8 | Basic::Byte)) => {
            Some(Kind::Bytes)
        }
        _ => None,
    }
}

/// Reports variables that cannot take files, or not so many.
pub(super) fn check(store: &Store, pkg: &CheckedPackage, diags: &mut Diagnostics) {
    for (spec, embed) in specs(pkg) {
        let Some(name) = spec.names.first() else { continue };
        let Some(&obj) = pkg.info.defs.get(&name.id) else {
            continue;
        };
        let t = store[obj].ty;
        let shown = || store.type_string(t, pkg.id);
        let text = match kind(store, t) {
            None if t == Basic::Invalid.id() => continue,
            None => format!("go:embed cannot apply to var of type {}", shown()),
            Some(Kind::String | Kind::Bytes) if embed.files.len() > 1 => {
                format!("invalid go:embed: multiple files for type {}", shown())
            }
            Some(_) => continue,
        };
        diags.push(Diagnostic::error(Code::InvalidEmbed, name.span, text));
    }
}
