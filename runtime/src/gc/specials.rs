//! Finalizers, cleanups and weak pointers: what hangs on an object's death.
//!
//! - A **finalizer** keeps what its object refers to alive, but not the object. When nothing else reaches it, the
//!   object lives on for the call, and the finalizer is gone. So of objects that refer to one another the first
//!   one is finalized first, and a cycle never is; as in Go.
//! - A **cleanup** runs after its object is dead; it must not refer to it.
//! - A **weak handle** is a word that the collector clears when the object dies, or lives on for its finalizer only.
//!
//! What is to be called is the engine's: four words, any of which may be pointers and are roots.

use super::Heap;
use super::mark::Marker;
use crate::sync::{AtomicUsize, SeqCst};
use std::collections::{HashMap, VecDeque};

/// What to call: for the engine to interpret.
pub type Action = [u64; 4];

/// What hangs on objects, by address.
#[derive(Default)]
pub(super) struct Specials {
    finalizers: HashMap<usize, Action>,
    /// With the cleanup's number.
    cleanups: HashMap<usize, Vec<(u64, Action)>>,
    weak: HashMap<usize, &'static AtomicUsize>,
    n_cleanups: u64,
    /// Calls that are due.
    due: VecDeque<Due>,
}

/// A call that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// The object, alive again, for a finalizer; 0 for a cleanup.
    pub object: usize,
    /// What to call.
    pub action: Action,
}

impl Heap {
    /// Sets the finalizer of the object at `base`, or clears it. False: it had one, and still has that.
    pub fn set_finalizer(&self, base: usize, action: Option<Action>) -> bool {
        let mut specials = self.specials.lock();
        match action {
            None => {
                specials.finalizers.remove(&base);
                true
            }
            Some(_) if specials.finalizers.contains_key(&base) => false,
            Some(action) => {
                specials.finalizers.insert(base, action);
                true
            }
        }
    }

    /// Adds a cleanup to the object at `base`; its number, for [`Heap::stop_cleanup`].
    pub fn add_cleanup(&self, base: usize, action: Action) -> u64 {
        let mut specials = self.specials.lock();
        specials.n_cleanups += 1;
        let id = specials.n_cleanups;
        specials.cleanups.entry(base).or_default().push((id, action));
        id
    }

    /// Takes a cleanup back.
    pub fn stop_cleanup(&self, base: usize, id: u64) {
        let mut specials = self.specials.lock();
        if let Some(list) = specials.cleanups.get_mut(&base) {
            list.retain(|&(i, _)| i != id);
            if list.is_empty() {
                specials.cleanups.remove(&base);
            }
        }
    }

    /// The word that holds the object's address as long as it lives (not counting its finalizer's call), and 0
    /// after. One for each object; it stays for ever.
    pub fn weak_handle(&self, base: usize) -> &'static AtomicUsize {
        let mut specials = self.specials.lock();
        specials
            .weak
            .entry(base)
            .or_insert_with(|| Box::leak(Box::new(AtomicUsize::new(base))))
    }

    /// Whether calls are due.
    pub fn has_due(&self) -> bool {
        !self.specials.lock().due.is_empty()
    }

    /// Takes a call that is due. It is no root any longer: the caller stores it where it is one.
    pub fn pop_due(&self) -> Option<Due> {
        self.specials.lock().due.pop_front()
    }

    /// Marks what all actions refer to, and what objects with finalizers refer to.
    pub(super) fn mark_specials(&self, marker: &mut Marker<'_>) {
        let specials = self.specials.lock();
        let cleanups = specials.cleanups.values().flatten().map(|(_, a)| a);
        let due = specials.due.iter().map(|d| &d.action);
        for &word in specials.finalizers.values().chain(cleanups).chain(due).flatten() {
            marker.mark_word(word);
        }
        for d in &specials.due {
            marker.mark_word(d.object as u64);
        }
        for &base in specials.finalizers.keys() {
            if self.find_object(base).is_some_and(|o| o.layout.is_some()) {
                marker.scan_unmarked(base);
            }
        }
    }

    /// Calls `visit` with all that finalizers and cleanups may still use, the objects themselves included.
    pub(super) fn visit_special_roots(&self, visit: &mut dyn FnMut(u64)) {
        let specials = self.specials.lock();
        let cleanups = specials.cleanups.values().flatten().map(|(_, a)| a);
        let due = specials.due.iter().map(|d| &d.action);
        for &word in specials.finalizers.values().chain(cleanups).chain(due).flatten() {
            visit(word);
        }
        specials.due.iter().for_each(|d| visit(d.object as u64));
        specials.finalizers.keys().for_each(|&base| visit(base as u64));
    }

    /// After all else is marked: objects with finalizers that were not reached are marked, and their calls due.
    pub(super) fn find_finalizable(&self, marker: &mut Marker<'_>) {
        let mut specials = self.specials.lock();
        let dead: Vec<usize> = specials
            .finalizers
            .keys()
            .copied()
            .filter(|&b| !self.is_marked(b))
            .collect();
        for base in dead {
            marker.mark_word(base as u64);
            if let Some(handle) = specials.weak.remove(&base) {
                handle.store(0, SeqCst);
            }
            if let Some(action) = specials.finalizers.remove(&base) {
                specials.due.push_back(Due { object: base, action });
            }
        }
    }

    /// After that: cleanups of objects that die become due and weak handles are cleared.
    pub(super) fn bury(&self) {
        let mut specials = self.specials.lock();
        let dead: Vec<usize> = specials
            .cleanups
            .keys()
            .copied()
            .filter(|&b| !self.is_marked(b))
            .collect();
        for base in dead {
            for (_, action) in specials.cleanups.remove(&base).unwrap_or_default() {
                specials.due.push_back(Due { object: 0, action });
            }
        }
        specials.weak.retain(|&base, handle| {
            let lives = self.is_marked(base);
            if !lives {
                handle.store(0, SeqCst);
            }
            lives
        });
    }
}
