//! Labels: where break, continue and goto may lead.
//!
//! The rules and texts are those of `branches.go` in Go's `cmd/compile/internal/syntax`. Branches
//! without a label are checked with the statements; this pass runs only for bodies with labels.

use rustc_hash::FxHashMap;

use crate::diag::Code;
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::print::expr_list_string;
use crate::types::checker::Checker;
use crate::types::object::ObjKind;
use crate::types::store::ObjId;
use crate::types::universe::UNKNOWN;

/// A block: a list of statements.
struct BlockInfo<'a> {
    parent: Option<usize>,
    start: Span,
    /// The statement labelled by it, whose body this block is.
    label: Option<&'a Ident>,
}

/// A declared label.
struct LabelInfo<'a> {
    obj: ObjId,
    block: usize,
    ident: &'a Ident,
    stmt: &'a Stmt,
    used: bool,
}

/// All blocks and labels of a function body.
#[derive(Default)]
struct Labels<'a> {
    blocks: Vec<BlockInfo<'a>>,
    labels: FxHashMap<Name, LabelInfo<'a>>,
}

/// A goto whose label was not met yet, and whether it jumps over a variable declaration so far.
struct Goto<'a> {
    label: &'a Ident,
    over: Option<(Span, String)>,
}

/// What a labelled branch leads to.
enum Target {
    Undefined,
    NotAround,
    Break,
    Loop,
    Other,
}

impl<'a> Labels<'a> {
    /// Whether block `b` lies in block `outer`.
    fn within(&self, b: usize, outer: usize) -> bool {
        let mut at = Some(b);
        while let Some(i) = at {
            if i == outer {
                return true;
            }
            at = self.blocks[i].parent;
        }
        false
    }

    /// Whether the statement labelled by `label` is around block `b`.
    fn encloses(&self, label: &Ident, b: usize) -> bool {
        let mut at = Some(b);
        while let Some(i) = at {
            if self.blocks[i].label.is_some_and(|l| l.id == label.id) {
                return true;
            }
            at = self.blocks[i].parent;
        }
        false
    }

    fn enclosing(&mut self, b: usize, name: &Name) -> Target {
        let Some(l) = self.labels.get_mut(name) else {
            return Target::Undefined;
        };
        l.used = true;
        let (ident, stmt) = (l.ident, l.stmt);
        if !self.encloses(ident, b) {
            return Target::NotAround;
        }
        match stmt.kind {
            StmtKind::For(_) | StmtKind::Range(_) => Target::Loop,
            StmtKind::Switch(_) | StmtKind::TypeSwitch(_) | StmtKind::Select(_) => Target::Break,
            _ => Target::Other,
        }
    }
}

impl<'a> Checker<'a> {
    /// Checks the labels of a function body.
    pub(super) fn labels(&mut self, body: &'a Block) {
        let mut all = Labels::default();
        let rest = self.block_branches(&mut all, None, None, body.span, &body.stmts);
        for jump in rest {
            let name = &jump.label.name;
            match all.labels.get_mut(name) {
                Some(l) => {
                    l.used = true;
                    let start = all.blocks[l.block].start;
                    let place = self
                        .map
                        .locate(start.lo)
                        .map_or_else(String::new, |p| p.to_string());
                    let text = format!("goto {name} jumps into block starting at {place}");
                    self.error(jump.label.span, Code::JumpIntoBlock, text);
                }
                None => {
                    let text = format!("label {name} not defined");
                    self.error(jump.label.span, Code::UndeclaredLabel, text);
                }
            }
        }
        let mut labels: Vec<LabelInfo<'a>> = all.labels.into_values().collect();
        labels.sort_by_key(|l| l.ident.span.lo);
        for l in labels {
            if l.used {
                self.store[l.obj].kind = ObjKind::Label { used: true };
            } else {
                let text = format!("label {} defined and not used", l.ident.name);
                self.soft_error(l.ident.span, Code::UnusedLabel, text);
            }
        }
    }

    /// Checks a list of statements; the gotos in it that still look for their label.
    fn block_branches(
        &mut self,
        all: &mut Labels<'a>,
        parent: Option<usize>,
        label: Option<&'a Ident>,
        start: Span,
        list: &'a [Stmt],
    ) -> Vec<Goto<'a>> {
        let b = all.blocks.len();
        all.blocks.push(BlockInfo { parent, start, label });
        let mut fwd = Vec::new();
        for s in list {
            self.stmt_branches(all, b, None, s, &mut fwd);
        }
        fwd
    }

    fn stmt_branches(
        &mut self,
        all: &mut Labels<'a>,
        b: usize,
        label: Option<&'a Ident>,
        s: &'a Stmt,
        fwd: &mut Vec<Goto<'a>>,
    ) {
        match &s.kind {
            StmtKind::Decl(Decl::Var(d)) => {
                if let Some(name) = d.specs.first().and_then(|s| s.names.first()) {
                    record_var_decl(fwd, d.specs[0].span, || name.name.to_string());
                }
            }
            StmtKind::Define(lhs, op, _) => record_var_decl(fwd, *op, || expr_list_string(lhs)),
            StmtKind::Labeled(name, inner) => {
                if name.is_blank() {
                    return self.stmt_branches(all, b, None, inner, fwd);
                }
                self.declare_label(all, b, name, inner, fwd);
                self.stmt_branches(all, b, Some(name), inner, fwd);
            }
            StmtKind::Break(Some(l)) => {
                let text = match all.enclosing(b, &l.name) {
                    Target::Break | Target::Loop => return self.use_label(all, l),
                    Target::Undefined => format!("break label not defined: {}", l.name),
                    Target::NotAround | Target::Other => format!("invalid break label {}", l.name),
                };
                self.error(l.span, Code::MisplacedLabel, text);
            }
            StmtKind::Continue(Some(l)) => {
                let text = match all.enclosing(b, &l.name) {
                    Target::Loop => return self.use_label(all, l),
                    Target::Undefined => format!("continue label not defined: {}", l.name),
                    _ => format!("invalid continue label {}", l.name),
                };
                self.error(l.span, Code::MisplacedLabel, text);
            }
            StmtKind::Goto(l) => {
                let known = all.labels.get_mut(&l.name).map(|t| {
                    t.used = true;
                    t.block
                });
                match known {
                    Some(block) if all.within(b, block) => self.use_label(all, l),
                    _ => fwd.push(Goto { label: l, over: None }),
                }
            }
            StmtKind::Block(body) => fwd.extend(self.inner(all, b, label, body)),
            StmtKind::If(i) => {
                fwd.extend(self.inner(all, b, label, &i.then));
                if let Some(els) = &i.els {
                    fwd.extend(self.block_branches(all, Some(b), label, els.span, std::slice::from_ref(els)));
                }
            }
            StmtKind::For(f) => fwd.extend(self.inner(all, b, label, &f.body)),
            StmtKind::Range(r) => fwd.extend(self.inner(all, b, label, &r.body)),
            StmtKind::Switch(w) => {
                for c in &w.clauses {
                    fwd.extend(self.block_branches(all, Some(b), label, c.span, &c.body));
                }
            }
            StmtKind::TypeSwitch(w) => {
                for c in &w.clauses {
                    fwd.extend(self.block_branches(all, Some(b), label, c.span, &c.body));
                }
            }
            StmtKind::Select(w) => {
                for c in &w.clauses {
                    fwd.extend(self.block_branches(all, Some(b), label, c.span, &c.body));
                }
            }
            _ => {}
        }
    }

    fn inner(
        &mut self,
        all: &mut Labels<'a>,
        b: usize,
        label: Option<&'a Ident>,
        body: &'a Block,
    ) -> Vec<Goto<'a>> {
        self.block_branches(all, Some(b), label, body.span, &body.stmts)
    }

    fn use_label(&mut self, all: &Labels<'a>, l: &Ident) {
        if let Some(t) = all.labels.get(&l.name) {
            self.record_use(l, t.obj);
        }
    }

    fn declare_label(
        &mut self,
        all: &mut Labels<'a>,
        block: usize,
        ident: &'a Ident,
        stmt: &'a Stmt,
        fwd: &mut Vec<Goto<'a>>,
    ) {
        let name = &ident.name;
        if let Some(alt) = all.labels.get(name) {
            let place = self
                .map
                .locate(alt.ident.span.lo)
                .map_or_else(String::new, |p| p.to_string());
            let text = format!("label {name} already defined at {place}");
            self.soft_error(ident.span, Code::DuplicateLabel, text);
        } else {
            let obj = self.new_object(name.clone(), ident.span, UNKNOWN, ObjKind::Label { used: false });
            self.record_def(ident, obj);
            all.labels.insert(
                name.clone(),
                LabelInfo {
                    obj,
                    block,
                    ident,
                    stmt,
                    used: false,
                },
            );
        }
        let Some(target) = all.labels.get_mut(name) else {
            return;
        };
        let mut i = 0;
        while i < fwd.len() {
            if fwd[i].label.name != *name {
                i += 1;
                continue;
            }
            let jump = fwd.remove(i);
            target.used = true;
            self.record_use(jump.label, target.obj);
            if let Some((at, what)) = jump.over {
                let place = self.map.locate(at.lo).map_or_else(String::new, |p| p.to_string());
                let text = format!("goto {name} jumps over declaration of {what} at {place}");
                self.soft_error(jump.label.span, Code::JumpOverDecl, text);
            }
        }
    }
}

/// Every goto still looking for its label may jump over the variable declared at `at`.
fn record_var_decl(fwd: &mut [Goto<'_>], at: Span, what: impl Fn() -> String) {
    for jump in fwd {
        jump.over = Some((at, what()));
    }
}
