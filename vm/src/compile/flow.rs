//! break, continue, goto, fallthrough and labels.

use mgo_lang::syntax::ast::*;

use crate::compile::func::Label;
use crate::compile::fx::Fx;
use crate::compile::rangefunc::Exit;

/// A statement that can be left or continued.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// Its label.
    pub label: Option<Name>,
    /// Where break goes.
    pub brk: Label,
    /// Where continue goes; none for what is no loop.
    pub cont: Option<Label>,
    /// Whether a break without label means it.
    pub plain: bool,
    /// Where fallthrough goes.
    pub fall: Option<Label>,
}

impl Fx<'_> {
    /// Compiles inside a loop.
    pub fn in_loop(&mut self, label: Option<Name>, brk: Label, cont: Label, f: impl FnOnce(&mut Self)) {
        self.flow.push(Flow {
            label,
            brk,
            cont: Some(cont),
            plain: true,
            fall: None,
        });
        f(self);
        self.flow.pop();
    }

    /// A labeled block or if: break with its label leaves it.
    pub fn begin_labeled(&mut self, label: Option<Name>) -> Option<Label> {
        let label = label?;
        let brk = self.b.label();
        self.flow.push(Flow {
            label: Some(label),
            brk,
            cont: None,
            plain: false,
            fall: None,
        });
        Some(brk)
    }

    pub fn end_labeled(&mut self, end: Option<Label>) {
        if let Some(l) = end {
            self.flow.pop();
            self.b.bind(l);
        }
    }

    pub fn labeled_block(&mut self, b: &Block, label: Option<Name>) {
        let end = self.begin_labeled(label);
        self.block(b);
        self.end_labeled(end);
    }

    pub fn break_stmt(&mut self, label: Option<&Name>) {
        let found = self.flow.iter().rev().find(|f| match label {
            Some(l) => f.label.as_ref() == Some(l),
            None => f.plain,
        });
        match found.map(|f| f.brk) {
            Some(l) => self.b.jump(l),
            None => self.exit_body(Exit::Break(label.cloned())),
        }
    }

    pub fn continue_stmt(&mut self, label: Option<&Name>) {
        let found = self.flow.iter().rev().find(|f| match label {
            Some(l) => f.label.as_ref() == Some(l),
            None => f.cont.is_some(),
        });
        match found.and_then(|f| f.cont) {
            Some(l) => self.b.jump(l),
            None => self.exit_body(Exit::Continue(label.cloned())),
        }
    }

    pub fn fallthrough(&mut self) {
        let found = self.flow.iter().rev().find_map(|f| f.fall);
        if let Some(l) = found {
            self.b.jump(l);
        }
    }

    /// The place of label `name`.
    pub fn goto_label(&mut self, name: &Name) -> Label {
        if let Some(&l) = self.labels.get(name) {
            return l;
        }
        let l = self.b.label();
        self.labels.insert(name.clone(), l);
        l
    }

    pub fn goto_stmt(&mut self, name: &Name) {
        if self.body.as_ref().is_some_and(|b| !b.labels.contains(name)) {
            return self.exit_body(Exit::Goto(name.clone()));
        }
        let l = self.goto_label(name);
        // Perhaps backwards: a loop like any other.
        self.b.jump_back(l);
    }
}
