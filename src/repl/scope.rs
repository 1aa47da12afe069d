//! What the session knows under a name: for completion, hints and `:doc`.

use mgo_lang::diag::Diagnostics;
use mgo_lang::source::Span;
use mgo_lang::syntax::ast::ExprId;
use mgo_lang::types::importer::Importer;
use mgo_lang::types::info::Mode;
use mgo_lang::types::lookup::Lookup;
use mgo_lang::types::object::{ObjKind, is_exported};
use mgo_lang::types::store::{ObjId, PkgId, ScopeId, TypeId};
use mgo_lang::types::ty::Type;
use mgo_lang::types::universe::UNIVERSE;

use crate::repl::core::Session;

/// Embedded fields are followed so deep.
const MAX_EMBEDDED: u32 = 4;

/// What a dotted name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// A package.
    Package(PkgId),
    /// Anything else.
    Object(ObjId),
}

impl Session {
    /// What `name`, such as `x`, `fmt.Println` or `t.field.Method`, stands for.
    pub fn resolve(&mut self, name: &str) -> Option<Meaning> {
        let mut parts = name.split('.');
        let mut at = self.first(parts.next()?)?;
        for part in parts {
            at = match at {
                Meaning::Package(p) => {
                    let scope = self.front.store[p].scope;
                    Meaning::Object(*self.front.store[scope].names.get(part)?)
                }
                Meaning::Object(o) => {
                    let ty = self.front.store[o].ty;
                    match self
                        .front
                        .store
                        .lookup_field_or_method(ty, true, self.home.pkg, part, false)
                    {
                        Lookup::Found { obj, .. } => Meaning::Object(obj),
                        _ => return None,
                    }
                }
            };
        }
        Some(at)
    }

    fn first(&mut self, name: &str) -> Option<Meaning> {
        let scopes = [self.front.store[self.home.pkg].scope, self.home.imports, UNIVERSE];
        for scope in scopes {
            if let Some(&obj) = self.front.store[scope].names.get(name) {
                return Some(match self.front.store[obj].kind {
                    ObjKind::PkgName { imported, .. } => Meaning::Package(imported),
                    _ => Meaning::Object(obj),
                });
            }
        }
        let path = self.front.library.guess(name)?;
        let found = self
            .front
            .library
            .import(&mut self.front.store, &mut self.front.map, &path);
        found.ok().map(Meaning::Package)
    }

    /// The names that an entry may begin a word with.
    pub fn names(&self) -> Vec<String> {
        let scopes = [self.front.store[self.home.pkg].scope, self.home.imports, UNIVERSE];
        let mut all: Vec<String> = scopes.iter().flat_map(|&s| self.names_of(s)).collect();
        let paths = mgo_stdlib::sources::paths();
        let public = paths.filter(|p| !p.split('/').any(|part| part == "internal"));
        all.extend(public.filter_map(|p| p.rsplit('/').next()).map(str::to_owned));
        all
    }

    fn names_of(&self, scope: ScopeId) -> Vec<String> {
        self.front.store[scope]
            .names
            .keys()
            .map(|n| n.to_string())
            .collect()
    }

    /// What may follow `operand` and a dot.
    pub fn members(&mut self, operand: &str) -> Vec<String> {
        let meaning = is_dotted(operand).then(|| self.resolve(operand)).flatten();
        match meaning {
            Some(Meaning::Package(p)) => {
                let names = self.names_of(self.front.store[p].scope);
                names.into_iter().filter(|n| is_exported(n)).collect()
            }
            Some(Meaning::Object(o)) => self.members_of(self.front.store[o].ty),
            None => match self.type_of(operand) {
                Ok((ty, _)) => self.members_of(ty),
                Err(_) => Vec::new(),
            },
        }
    }

    fn members_of(&self, ty: TypeId) -> Vec<String> {
        let mut out = Vec::new();
        self.collect_members(ty, 0, &mut out);
        let private =
            |o: ObjId| !self.front.store[o].exported() && self.front.store[o].pkg != Some(self.home.pkg);
        out.retain(|&o| !private(o));
        out.into_iter()
            .map(|o| self.front.store[o].name.to_string())
            .collect()
    }

    fn collect_members(&self, ty: TypeId, depth: u32, out: &mut Vec<ObjId>) {
        let st = &self.front.store;
        let ty = match st.under_type(ty) {
            Type::Pointer(to) => *to,
            _ => ty,
        };
        out.extend_from_slice(st.declared_methods(ty));
        match st.under_type(ty) {
            Type::Struct(s) => {
                for &f in &s.fields {
                    out.push(f);
                    let embedded = st[f].as_var().is_some_and(|v| v.embedded);
                    if embedded && depth < MAX_EMBEDDED {
                        self.collect_members(st[f].ty, depth + 1, out);
                    }
                }
            }
            Type::Interface(_) => out.extend(st.all_methods(ty).iter()),
            _ => {}
        }
    }

    /// The type of an expression, and its value if it is constant, as text. Nothing is evaluated.
    ///
    /// # Errors
    /// The reports on an expression that is wrong, or has no value.
    pub fn type_of(&mut self, expr: &str) -> Result<(TypeId, Option<String>), String> {
        let mut diags = Diagnostics::new();
        let Some(checked) = self.check("<type>", expr, &mut diags) else {
            return Err(self.render(diags));
        };
        let info = &checked.package.info;
        let shown: Option<ExprId> = info.shown.iter().copied().max();
        let found = shown.and_then(|id| info.get(id)).map(|tv| {
            let value = tv.value.as_ref().filter(|_| tv.mode == Mode::Constant);
            (tv.ty, value.map(ToString::to_string))
        });
        checked.undo.apply(&mut self.front.store);
        found.ok_or_else(|| "this has no value\n".to_owned())
    }

    /// A type as the session's package writes it.
    pub fn type_text(&self, ty: TypeId) -> String {
        self.front.store.type_string(ty, self.home.pkg)
    }

    /// The signature of the function that `name` stands for.
    pub fn signature(&mut self, name: &str) -> Option<String> {
        let Some(Meaning::Object(obj)) = self.resolve(name) else {
            return None;
        };
        let ty = self.front.store[obj].ty;
        matches!(self.front.store.under_type(ty), Type::Signature(_)).then(|| self.type_text(ty))
    }

    /// The documentation of what `name` stands for: its comment and its declaration, from the source.
    pub fn doc(&mut self, name: &str) -> Option<String> {
        match self.resolve(name)? {
            Meaning::Package(p) => Some(self.package_doc(p)),
            Meaning::Object(o) => {
                let at = self.front.store[o].span;
                if at.is_nowhere() {
                    return Some(format!(
                        "{name} is predeclared: {}\n",
                        self.front.store.object_kind(o)
                    ));
                }
                self.declaration(at)
            }
        }
    }

    /// The declaration around `at` with the comment above it.
    fn declaration(&self, at: Span) -> Option<String> {
        let file = self.front.map.file(self.front.map.file_at(at.lo)?);
        let lines: Vec<&str> = file.text.lines().collect();
        let here = file.line_index((at.lo.0 - file.base.0) as usize);
        let mut first = here;
        while first > 0 && lines[first - 1].trim_start().starts_with("//") {
            first -= 1;
        }
        let mut out: String = lines[first..here]
            .iter()
            .map(|l| format!("{}\n", l.trim_start()))
            .collect();
        let is_func = lines[here].starts_with("func ");
        if is_func {
            let line = lines[here];
            let end = line.rfind(" {").unwrap_or(line.len());
            out.push_str(&line[..end]);
            out.push('\n');
            return Some(out);
        }
        let mut depth = 0i64;
        for line in &lines[here..] {
            out.push_str(line);
            out.push('\n');
            depth += line.matches(['{', '(']).count() as i64 - line.matches(['}', ')']).count() as i64;
            if depth <= 0 {
                break;
            }
        }
        Some(out)
    }

    fn package_doc(&self, p: PkgId) -> String {
        let pkg = &self.front.store[p];
        let mut out = format!("package {} // import {:?}\n", pkg.name, pkg.path);
        let files = mgo_stdlib::sources::of(&pkg.path).unwrap_or(&[]);
        for (_, text) in files {
            let above = text.split(&format!("package {}", pkg.name)).next().unwrap_or("");
            let comment: Vec<&str> = above.lines().filter(|l| l.starts_with("//")).collect();
            if !comment.is_empty() {
                out.push_str(&comment.join("\n"));
                out.push('\n');
                break;
            }
        }
        let mut names: Vec<String> = self.names_of(pkg.scope);
        names.retain(|n| is_exported(n));
        names.sort();
        out.push_str(&names.join(" "));
        out.push('\n');
        out
    }
}

/// Whether `text` is names joined by dots.
pub fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_alphanumeric() || c == '_')
    })
}
