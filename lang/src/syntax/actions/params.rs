//! Lists of parameters: which of `a, b T` are names.
//!
//! The grammar takes each entry as a type, or a name and a type. Only the whole list shows whether an
//! entry that is a lone name is a parameter's name or a type: if any entry has both, all must be named.

use super::Actions;
use crate::source::{Pos, Span};
use crate::syntax::ast::*;

/// An entry of a parameter list, as parsed.
#[derive(Debug)]
pub struct ParamEntry {
    name: Option<Ident>,
    ty: Option<Expr>,
}

/// A parenthesised parameter list. Where `...` may stand depends on what it is for.
#[derive(Debug)]
pub struct Params {
    fields: Vec<Field>,
    /// Past the closing parenthesis.
    end: Pos,
}

impl Params {
    /// `()`, which ends at `end`.
    pub fn none(end: Pos) -> Params {
        Params {
            fields: Vec::new(),
            end,
        }
    }
}

impl Actions<'_> {
    /// An entry that is a type; a lone name may turn out to be a parameter's.
    pub fn param_type(&mut self, ty: Expr) -> ParamEntry {
        match ty.kind {
            ExprKind::Ident(n) => ParamEntry {
                name: Some(n),
                ty: None,
            },
            _ => ParamEntry {
                name: None,
                ty: Some(ty),
            },
        }
    }

    /// A name and a type.
    pub fn param_named(&mut self, name: Ident, ty: Expr) -> ParamEntry {
        ParamEntry {
            name: Some(name),
            ty: Some(ty),
        }
    }

    /// `...T`, perhaps with a name.
    pub fn param_dots(&mut self, l: Pos, name: Option<Ident>, elem: Expr) -> ParamEntry {
        let ty = self.make(Span::new(l, elem.span.hi), ExprKind::Ellipsis(Box::new(elem)));
        ParamEntry { name, ty: Some(ty) }
    }

    /// A list of parameters, the closing parenthesis from `c` to `r`.
    pub fn params(&mut self, entries: Vec<ParamEntry>, c: Pos, r: Pos) -> Params {
        Params {
            fields: self.group(entries, Span::new(c, r), false),
            end: r,
        }
    }

    /// The type parameters between brackets, the closing one from `c` to `r`.
    pub fn type_params(&mut self, entries: Vec<ParamEntry>, c: Pos, r: Pos) -> Vec<Field> {
        let fields = self.group(entries, Span::new(c, r), true);
        self.fields(Params { fields, end: r }, false)
    }

    /// The receiver of a method: exactly one parameter.
    pub fn receiver(&mut self, p: Params) -> Vec<Field> {
        let end = Span::new(p.end, p.end);
        let fields = self.fields(p, false);
        match fields.iter().map(|f| f.names.len().max(1)).sum() {
            0 => self.error(end, "method has no receiver"),
            1 => {}
            _ => self.error(end, "method has multiple receivers"),
        }
        fields
    }

    /// The fields of `p`. `dots`: the last may be variadic.
    fn fields(&mut self, p: Params, dots: bool) -> Vec<Field> {
        let mut fields = p.fields;
        self.check_dots(&mut fields, dots);
        fields
    }

    /// Parameters and results.
    pub fn signature(&mut self, l: Pos, params: Params, results: Option<Params>, r: Pos) -> FuncType {
        let params = self.fields(params, true);
        let results = results.map_or(Vec::new(), |q| self.fields(q, false));
        FuncType {
            span: Span::new(l, r),
            params,
            results,
        }
    }

    /// Parameters and one result without parentheses.
    pub fn signature_one(&mut self, l: Pos, params: Params, result: Expr, r: Pos) -> FuncType {
        let params = self.fields(params, true);
        let result = Field {
            span: result.span,
            names: Vec::new(),
            ty: result,
            tag: None,
        };
        FuncType {
            span: Span::new(l, r),
            params,
            results: vec![result],
        }
    }

    /// Finds the names in `entries` and puts names of one type together. The list's closing bracket is at
    /// `close`.
    fn group(&mut self, entries: Vec<ParamEntry>, close: Span, all_named: bool) -> Vec<Field> {
        let named = entries
            .iter()
            .filter(|e| e.name.is_some() && e.ty.is_some())
            .count();
        if named == 0 && !all_named {
            return entries.into_iter().map(|e| self.unnamed(e)).collect();
        }
        if named != entries.len() {
            self.check_all_named(&entries, close, named, all_named);
        }
        let mut fields = Vec::new();
        let mut names = Vec::new();
        for e in entries {
            names.extend(e.name);
            if let Some(ty) = e.ty {
                let start = names.first().map_or(ty.span, |n: &Ident| n.span);
                fields.push(Field {
                    span: start.to(ty.span),
                    names: std::mem::take(&mut names),
                    ty,
                    tag: None,
                });
            }
        }
        if let Some(first) = names.first() {
            // Names at the end without a type; reported.
            let span = first.span;
            let ty = self.bad_expr(span);
            fields.push(Field {
                span,
                names,
                ty,
                tag: None,
            });
        }
        fields
    }

    fn unnamed(&mut self, e: ParamEntry) -> Field {
        let ty = match (e.name, e.ty) {
            (Some(n), _) => self.name_expr(n),
            (None, Some(ty)) => ty,
            (None, None) => unreachable!("an entry is a name, a type or both"),
        };
        Field {
            span: ty.span,
            names: Vec::new(),
            ty,
            tag: None,
        }
    }

    /// Reports what lacks a name or a type in a list where all need both.
    fn check_all_named(&mut self, entries: &[ParamEntry], close: Span, named: usize, type_params: bool) {
        let typed = entries.iter().filter(|e| e.ty.is_some()).count();
        let nameless = entries
            .iter()
            .filter(|e| e.name.is_none())
            .filter_map(|e| e.ty.as_ref())
            .next();
        let typeless = entries.last().is_some_and(|e| e.ty.is_none());
        if named == typed {
            if typeless {
                let what = if type_params {
                    "missing type constraint"
                } else {
                    "missing parameter type"
                };
                self.syntax_error(close, what);
            }
        } else if let Some(ty) = nameless {
            let what = match (type_params, entries.len()) {
                (true, 1) => "missing type parameter name or invalid array length",
                (true, _) => "missing type parameter name",
                _ => "missing parameter name",
            };
            self.syntax_error(ty.span, what);
        }
    }

    /// Reports `...` where it may not stand, and takes it away there.
    fn check_dots(&mut self, fields: &mut [Field], allowed: bool) {
        let n = fields.len();
        let mut reported = false;
        for (i, f) in fields.iter_mut().enumerate() {
            if !matches!(f.ty.kind, ExprKind::Ellipsis(_)) {
                continue;
            }
            let last = i + 1 == n && f.names.len() <= 1;
            if allowed && last {
                continue;
            }
            if !reported {
                let text = if allowed {
                    "can only use ... with final parameter"
                } else {
                    "invalid use of ..."
                };
                self.error(f.ty.span, text);
                reported = true;
            }
            let ty = std::mem::replace(&mut f.ty.kind, ExprKind::Bad);
            if let ExprKind::Ellipsis(elem) = ty {
                f.ty = *elem;
            }
        }
    }
}
