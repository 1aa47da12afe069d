//! structtag, stdmethods: declarations that other packages take for something else than they are.

use rustc_hash::FxHashMap;

use super::Cx;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::lexer::unquote;
use crate::types::constant::quote;
use crate::types::store::{ObjId, TypeId};
use crate::types::ty::{Signature, Type};

const TAG: &str = "structtag";

/// Methods of well-known interfaces: parameters and results. Where a type begins with `=`, the method is taken for
/// that interface's only if it has this type there.
const CANONICAL: [(&str, &[&str], &[&str]); 18] = [
    ("As", &["any"], &["bool"]),
    ("Format", &["=fmt.State", "rune"], &[]),
    ("GobDecode", &["[]byte"], &["error"]),
    ("GobEncode", &[], &["[]byte", "error"]),
    ("Is", &["error"], &["bool"]),
    ("MarshalJSON", &[], &["[]byte", "error"]),
    ("MarshalXML", &["*xml.Encoder", "xml.StartElement"], &["error"]),
    ("ReadByte", &[], &["byte", "error"]),
    ("ReadFrom", &["=io.Reader"], &["int64", "error"]),
    ("ReadRune", &[], &["rune", "int", "error"]),
    ("Scan", &["=fmt.ScanState", "rune"], &["error"]),
    ("Seek", &["=int64", "int"], &["int64", "error"]),
    ("UnmarshalJSON", &["[]byte"], &["error"]),
    ("UnmarshalXML", &["*xml.Decoder", "xml.StartElement"], &["error"]),
    ("UnreadByte", &[], &["error"]),
    ("UnreadRune", &[], &["error"]),
    ("WriteByte", &["byte"], &["error"]),
    ("WriteTo", &["=io.Writer"], &["int64", "error"]),
];

/// Names that tags give fields: by key, name and depth of embedding.
type Seen = FxHashMap<(String, String, u32), Span>;

impl Cx<'_> {
    // --- stdmethods ---

    pub(super) fn interface_methods(&mut self, elems: &[InterfaceElem]) {
        for e in elems {
            if let InterfaceElem::Method(name, _) = e {
                self.canonical_method(name);
            }
        }
    }

    pub(super) fn canonical_method(&mut self, name: &Ident) {
        let Some(&obj) = self.info.defs.get(&name.id) else {
            return;
        };
        let t = self.store[obj].ty;
        let Some(sig) = self.signature(t) else { return };
        let types = |list: &[ObjId]| -> Vec<String> {
            list.iter().map(|&o| self.named_type(self.store[o].ty)).collect()
        };
        let (params, results) = (types(&sig.params), types(&sig.results));
        if matches!(&*name.name, "Is" | "As" | "Unwrap") && !self.of_error(sig) {
            return;
        }
        if &*name.name == "Unwrap" {
            let fits = params.is_empty() && matches!(&results[..], [r] if r == "error" || r == "[]error");
            if !fits {
                let text = "method Unwrap() should have signature Unwrap() error or Unwrap() []error";
                self.report("stdmethods", name.span, text);
            }
            return;
        }
        let Some((_, want, gives)) = CANONICAL.iter().find(|c| c.0 == &*name.name) else {
            return;
        };
        if &*name.name == "WriteTo" && params.len() > 1 {
            return;
        }
        let meant = fits(want, &params, true) && fits(gives, &results, true);
        if !meant || fits(want, &params, false) && fits(gives, &results, false) {
            return;
        }
        let plain = |list: &[&str]| {
            let list: Vec<&str> = list.iter().map(|t| t.trim_start_matches('=')).collect();
            list.join(", ")
        };
        let gives = match gives {
            [] => String::new(),
            [one] => format!(" {one}"),
            several => format!(" ({})", plain(several)),
        };
        let actual = self.named_type(t);
        let actual = actual.trim_start_matches("func");
        let text = format!(
            "method {}{actual} should have signature {}({}){gives}",
            name.name,
            name.name,
            plain(want)
        );
        self.report("stdmethods", name.span, text);
    }

    /// The text of a type with all packages named, this one included.
    fn named_type(&self, t: TypeId) -> String {
        // Seen from the package of unsafe everything is qualified.
        self.store.type_string(t, crate::types::universe::UNSAFE)
    }

    /// Whether the receiver's type is an error.
    fn of_error(&self, sig: &Signature) -> bool {
        sig.recv.is_some_and(|r| self.is_error(self.store[r].ty))
    }

    // --- structtag ---

    pub(super) fn struct_tags(&mut self, x: &Expr) {
        let Some(t) = self.type_of(x) else { return };
        let store = self.store;
        let Type::Struct(s) = &store[t] else { return };
        let mut seen = [Seen::default(), Seen::default()];
        for (i, &field) in s.fields.iter().enumerate() {
            let tag = s.tags.get(i).map_or("", |t| t);
            for (key, seen) in ["json", "xml"].into_iter().zip(&mut seen) {
                self.repeated(tag, key, field, field, seen, 1);
            }
            let f = &store[field];
            if let Err(why) = validate(tag) {
                let shown =
                    if tag.contains(['`', '\u{feff}']) || tag.chars().any(|c| c.is_control() && c != '\t') {
                        quote(tag.as_bytes())
                    } else {
                        format!("`{tag}`")
                    };
                let text =
                    format!("struct field tag {shown} not compatible with reflect.StructTag.Get: {why}");
                self.report(TAG, f.span, text);
            }
            let embedded = f.as_var().is_some_and(|v| v.embedded);
            if embedded || f.exported() {
                continue;
            }
            let named = |key: &&&str| !matches!(&*get(tag, key), "" | "-");
            if let Some(key) = ["json", "xml"].iter().find(named) {
                let text = format!("struct field {} has {key} tag but is not exported", f.name);
                self.report(TAG, f.span, text);
            }
        }
    }

    /// Reports two fields that a tag gives the same name; `nearest` is the field of the struct looked at through
    /// which `field` is reached.
    fn repeated(&mut self, tag: &str, key: &str, nearest: ObjId, field: ObjId, seen: &mut Seen, depth: u32) {
        let store = self.store;
        let value = get(tag, key);
        let f = &store[field];
        if value == "-" {
            return;
        }
        if value.is_empty() || value.starts_with(',') {
            let Type::Struct(s) = store.under_type(f.ty) else {
                return;
            };
            if !f.as_var().is_some_and(|v| v.embedded) || depth > 20 {
                return;
            }
            for (i, &inner) in s.fields.iter().enumerate() {
                if store[inner].exported() {
                    let tag = s.tags.get(i).map_or("", |t| t);
                    self.repeated(tag, key, nearest, inner, seen, depth + 1);
                }
            }
            return;
        }
        if key == "xml" && &*f.name == "XMLName" {
            return;
        }
        let (name, options) = value.split_once(',').unwrap_or((&value, ""));
        let attribute = key == "xml" && options.split(',').any(|o| o == "attr");
        let key = if attribute { "xml attribute" } else { key };
        let at = (key.to_owned(), name.to_owned(), depth);
        match seen.get(&at) {
            Some(before) => {
                let also = self.map.locate(before.lo);
                let also = also.map_or_else(String::new, |l| {
                    let file = l.file.rsplit('/').next().unwrap_or_default().to_owned();
                    format!("{file}:{}", l.line)
                });
                let text = format!(
                    "struct field {} repeats {key} tag {name:?} also at {also}",
                    f.name
                );
                self.report(TAG, store[nearest].span, text);
            }
            None => {
                seen.insert(at, f.span);
            }
        }
    }
}

/// Whether the types are those expected; of the marked ones only with `marked`.
fn fits(want: &[&str], have: &[String], marked: bool) -> bool {
    let pairs = want
        .iter()
        .enumerate()
        .filter(|(_, w)| !marked || w.starts_with('='));
    let same = |(i, w): (usize, &&str)| have.get(i).is_some_and(|h| h == w.trim_start_matches('='));
    pairs.into_iter().all(same) && (marked || have.len() <= want.len())
}

/// The value of `key` in a tag; empty if it has none.
fn get(tag: &str, key: &str) -> String {
    let mut rest = tag;
    while let Ok(Some((k, value, after))) = next_pair(rest) {
        if k == key {
            return value;
        }
        rest = after;
    }
    String::new()
}

/// Key, value and rest of a tag; nothing at its end.
fn next_pair(tag: &str) -> Result<Option<(&str, String, &str)>, &'static str> {
    let tag = tag.trim_start_matches(' ');
    if tag.is_empty() {
        return Ok(None);
    }
    let ends_key = |b: u8| b <= b' ' || matches!(b, b':' | b'"' | 0x7f);
    let len = tag.bytes().position(ends_key).unwrap_or(tag.len());
    if len == 0 {
        return Err("bad syntax for struct tag key");
    }
    let (key, rest) = tag.split_at(len);
    let Some(rest) = rest.strip_prefix(':').filter(|r| !r.is_empty()) else {
        return Err("bad syntax for struct tag pair");
    };
    let bad = "bad syntax for struct tag value";
    if !rest.starts_with('"') {
        return Err(bad);
    }
    let b = rest.as_bytes();
    let mut end = 1;
    while end < b.len() && b[end] != b'"' {
        end += if b[end] == b'\\' { 2 } else { 1 };
    }
    if end >= b.len() {
        return Err(bad);
    }
    let value = unquote(&rest[..=end]).ok_or(bad)?;
    Ok(Some((key, value, &rest[end + 1..])))
}

/// Whether a tag is a list of key:"value" pairs with blanks between.
fn validate(tag: &str) -> Result<(), &'static str> {
    let mut rest = tag;
    let mut first = true;
    while !rest.is_empty() {
        if !first && !rest.starts_with(' ') {
            return Err("key:\"value\" pairs not separated by spaces");
        }
        first = false;
        let Some((key, value, after)) = next_pair(rest)? else {
            return Ok(());
        };
        rest = after;
        let suspicious = "suspicious space in struct tag value";
        let options = match key {
            "xml" => {
                if value.trim_matches(' ') != value || value.matches(' ').count() > 1 {
                    return Err(suspicious);
                }
                let Some((name, options)) = value.split_once(',') else {
                    continue;
                };
                if name.ends_with(' ') {
                    return Err(suspicious);
                }
                options
            }
            "json" => match value.split_once(',') {
                Some((_, options)) => options,
                None => continue,
            },
            "asn1" => &value,
            _ => continue,
        };
        if options.contains(' ') {
            return Err(suspicious);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_pairs_with_blanks_between() {
        assert_eq!(validate("json:\"a,omitempty\" xml:\"b\""), Ok(()));
        assert_eq!(
            validate("json:\"a\",xml:\"b\""),
            Err("key:\"value\" pairs not separated by spaces")
        );
        assert_eq!(validate("json"), Err("bad syntax for struct tag pair"));
        assert_eq!(validate(":\"x\""), Err("bad syntax for struct tag key"));
        assert_eq!(validate("json:a"), Err("bad syntax for struct tag value"));
        assert_eq!(
            validate("json:\"a, omitempty\""),
            Err("suspicious space in struct tag value")
        );
        assert_eq!(get("a:\"1\" json:\"x\\ty\"", "json"), "x\ty");
        assert_eq!(get("a:\"1\"", "json"), "");
    }
}
