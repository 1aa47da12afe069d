//! State that natives of this crate keep for a program: timers that are active.

/// See the module's head.
#[derive(Default)]
pub struct State {}

impl State {
    /// Calls `visit` with every word that may be a heap pointer.
    pub fn visit(&self, _visit: &mut dyn FnMut(u64)) {}
}
