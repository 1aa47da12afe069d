//! What makes a report helpful beyond what Go's compiler says: the other place it is about, a name that was
//! meant, an edit that mends it.
//!
//! None of it shows in Go's own form of a report (`file:line:column: text`), so that form stays as Go's.

use strsim::damerau_levenshtein;

use crate::diag::{Code, Diagnostic, Fix};
use crate::source::{Pos, Span};
use crate::syntax::ast::Ident;
use crate::types::checker::Checker;
use crate::types::object::{ObjKind, is_exported};
use crate::types::store::{ObjId, PkgId, TypeId};
use crate::types::ty::Type;

/// Names longer than this are not compared.
const MAX_NAME: usize = 64;

/// Of `names`, the one that is most like `wrong`, if any is like it enough.
fn most_like<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if wrong.len() > MAX_NAME {
        return None;
    }
    // One slip for a short name, one for each three letters of a long one.
    let limit = (wrong.chars().count() / 3).max(1);
    let near = names
        .filter(|n| n.len() <= MAX_NAME && *n != "_" && *n != wrong && n.len() > 1)
        .map(|n| (damerau_levenshtein(wrong, n), n))
        .filter(|(d, n)| *d <= limit && *d < n.chars().count());
    near.min().map(|(_, n)| n)
}

/// Adds to `d` that `name` was meant where `at` stands.
fn suggest(d: Diagnostic, at: Span, name: Option<&str>) -> Diagnostic {
    match name {
        Some(n) => d.note(format!("did you mean {n}?")).fix(Fix {
            title: format!("replace by {n}"),
            span: at,
            text: n.to_owned(),
        }),
        None => d,
    }
}

impl<'a> Checker<'a> {
    /// Reports that `name` is declared nowhere.
    #[cold]
    pub(super) fn undefined(&mut self, name: &Ident) {
        let mut d = Diagnostic::error(
            Code::UndeclaredName,
            name.span,
            format!("undefined: {}", name.name),
        );
        let mut names: Vec<&str> = Vec::new();
        let mut at = Some(self.env.scope);
        while let Some(scope) = at {
            let s = &self.store[scope];
            let visible = s
                .names
                .iter()
                .filter(|(_, o)| self.store[**o].visible_from <= name.span.lo);
            names.extend(visible.map(|(n, _)| &**n));
            at = s.parent;
        }
        let hit = most_like(&name.name, names.into_iter());
        d = match (hit, self.config.find_package.and_then(|find| find(&name.name))) {
            (None, Some(path)) => d.note(format!("the library has a package {path}: import {path:?}")),
            _ => suggest(d, name.span, hit),
        };
        self.report(d);
    }

    /// Adds to `d`, which says that package `pkg` has no `sel`, what it has instead.
    #[cold]
    pub(super) fn suggest_exported(&self, d: Diagnostic, sel: &Ident, pkg: PkgId) -> Diagnostic {
        let names = &self.store[self.store[pkg].scope].names;
        let exported = names.keys().map(|n| &**n).filter(|n| is_exported(n));
        suggest(d, sel.span, most_like(&sel.name, exported))
    }

    /// Adds to `d`, which says that type `t` has no `sel`, what it has instead and where it is declared.
    #[cold]
    pub(super) fn suggest_member(&self, d: Diagnostic, sel: &Ident, t: TypeId) -> Diagnostic {
        let base = match self.store[t] {
            Type::Pointer(b) => b,
            _ => t,
        };
        let mut members: Vec<ObjId> = Vec::new();
        if let Type::Named(n) = &self.store[self.store.origin(base)] {
            members.extend_from_slice(&n.methods);
        }
        match self.store.under_type(base) {
            Type::Struct(s) => members.extend_from_slice(&s.fields),
            Type::Interface(_) => members.extend_from_slice(&self.store.all_methods(base)),
            _ => {}
        }
        let seen = members.iter().map(|&m| &self.store[m]);
        let seen = seen.filter(|o| o.pkg == Some(self.pkg) || is_exported(&o.name));
        let d = suggest(d, sel.span, most_like(&sel.name, seen.map(|o| &*o.name)));
        self.with_type(d, base)
    }

    /// Adds to `d` where type `t` is declared, if that is in this package.
    #[cold]
    pub(super) fn with_type(&self, d: Diagnostic, t: TypeId) -> Diagnostic {
        let base = match self.store[t] {
            Type::Pointer(b) => b,
            _ => t,
        };
        let obj = match &self.store[base] {
            Type::Named(n) => n.obj,
            Type::TypeParam(p) => p.obj,
            _ => return d,
        };
        self.with_place(d, obj, "type ")
    }

    /// Adds to `d` where `obj` of this package is declared.
    #[cold]
    pub(super) fn with_place(&self, d: Diagnostic, obj: ObjId, kind: &str) -> Diagnostic {
        let o = &self.store[obj];
        if o.pkg != Some(self.pkg) || o.span.is_nowhere() || o.name.is_empty() || &*o.name == "_" {
            return d;
        }
        d.relate(o.span, format!("{kind}{} is declared here", o.name))
    }

    /// Adds to `d`, about assigning to `obj`, where that is declared.
    #[cold]
    pub(super) fn with_target(&self, d: Diagnostic, obj: Option<ObjId>) -> Diagnostic {
        match obj {
            Some(obj) => {
                let kind = match &self.store[obj].kind {
                    ObjKind::Var(v) if v.is_field => "field ",
                    ObjKind::Var(v) if v.is_param => "parameter ",
                    _ => "",
                };
                self.with_place(d, obj, kind)
            }
            None => d,
        }
    }

    /// Adds to `d`, about the unused import that `spec` declares, the edit that removes it.
    #[cold]
    pub(super) fn remove_import(&self, d: Diagnostic, spec: Span) -> Diagnostic {
        let Some(file) = self.map.file_at(spec.lo) else {
            return d;
        };
        let file = self.map.file(file);
        let text = &*file.text;
        let offset = |p: Pos| ((p.0 - file.base.0) as usize).min(text.len());
        let start = text[..offset(spec.lo)].rfind('\n').map_or(0, |i| i + 1);
        let end = text[offset(spec.hi)..]
            .find('\n')
            .map_or(text.len(), |i| offset(spec.hi) + i + 1);
        let line = text[start..end].trim();
        // Only a line that has nothing else on it goes.
        let alone = line == &text[offset(spec.lo)..offset(spec.hi)]
            || line
                .strip_prefix("import ")
                .is_some_and(|rest| rest.trim_start().starts_with(['"', '`']) && !rest.contains(';'));
        if !alone {
            return d;
        }
        d.fix(Fix {
            title: "remove the import".to_owned(),
            span: Span::new(file.pos(start), file.pos(end)),
            text: String::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::most_like;

    #[test]
    fn near_names_are_found() {
        let names = ["Println", "Printf", "Sprint", "x", "count", "counter"];
        let like = |w| most_like(w, names.into_iter());
        assert_eq!(like("Prinln"), Some("Println"));
        assert_eq!(like("Pritnf"), Some("Printf"));
        assert_eq!(like("coutn"), Some("count"));
        assert_eq!(like("y"), None);
        assert_eq!(like("ab"), None);
        assert_eq!(like("count"), None);
        assert_eq!(like(&"a".repeat(100)), None);
    }
}
