//! The guard word as a request.
//!
//! One word per G serves stack growth, preemption and stopping the world. Requests overwrite it with a
//! value below every address:
//!
//! - [`GUARD_PLAIN`], stored by another thread (sysmon, a stop of the world): seen at function entries,
//!   where the frame's end exceeds it. That is how Go did it up to 1.13.
//! - [`GUARD_ASYNC`], stored by the SIGURG handler on the M that runs the G: seen at back-edges too, as
//!   since Go 1.14.
//!
//! The G's own M clears a request in [`Worker::safepoint`]. It first restores the limit and only then looks
//! at the flags that say what is wanted (`P::preempt`, `Sched::attention`); requesters set the flag first and
//! poison second. So a request is either seen by the look or poisons the restored word again: none is lost.
//! A request may hit the wrong G, when the M has just switched: that G finds nothing to do at its next
//! safepoint and goes on. And a stop of the world repeats its requests until all have stopped.

use crate::engine::Yield;
use crate::g::G;
use crate::sync::{Ordering, Relaxed};
use crate::worker::Worker;

/// A request by the signal handler, obeyed at function entries and back-edges.
pub const GUARD_ASYNC: usize = 1;
/// A plain request, obeyed at function entries.
pub const GUARD_PLAIN: usize = 2;

/// Which kind of safepoint the engine stands at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SafepointKind {
    /// A function entry, or a call of a native.
    Entry,
    /// A loop's back-edge.
    BackEdge,
}

impl G {
    /// Whether the guard word holds a request. The engine asks in its slow path at a function entry, to tell
    /// a request from a full stack.
    #[inline]
    pub fn is_poisoned(&self) -> bool {
        self.guard.load(Relaxed) <= GUARD_PLAIN
    }

    /// Asks the G to come to the scheduler at its next function entry.
    pub(crate) fn poison_plain(&self) {
        // An asynchronous request is the stronger one and must not be weakened.
        let mut old = self.guard.load(Relaxed);
        while old > GUARD_PLAIN {
            match self
                .guard
                .compare_exchange(old, GUARD_PLAIN, Ordering::SeqCst, Relaxed)
            {
                Ok(_) => break,
                Err(now) => old = now,
            }
        }
    }

    /// Asks the G, which runs on this very thread, to come to the scheduler at once. For the signal handler.
    pub(crate) fn poison_async(&self) {
        self.guard.store(GUARD_ASYNC, Ordering::SeqCst);
    }
}

impl Worker {
    /// The engine's slow path when the guard word of `g`, the current G, is poisoned: takes the request and
    /// says how the engine is to yield, if it is. Afterwards the guard is the true limit again, and the stack
    /// may have moved.
    #[cold]
    #[inline(never)]
    pub fn safepoint(&mut self, g: &'static G, kind: SafepointKind) -> Option<Yield> {
        let request = g.guard.swap(g.limit.get(), Ordering::SeqCst);
        if self.rt().config.stress_stack {
            self.move_stack(g);
        }
        let p = self.p();
        let wanted = p.preempt.load(Ordering::SeqCst)
            || self.rt().sched.attention.load(Ordering::SeqCst) != 0
            || self.rt().config.stress_preempt;
        if request > GUARD_PLAIN || !wanted {
            p.counters.spurious_polls.inc();
            return None;
        }
        debug_assert!(kind == SafepointKind::Entry || request == GUARD_ASYNC);
        g.count_preempted();
        if request == GUARD_ASYNC {
            p.counters.preempt_async.inc();
        } else {
            p.counters.preempt_plain.inc();
        }
        Some(Yield::Preempted)
    }
}
