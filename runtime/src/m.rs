//! M: a thread of the operating system, as others see it.
//!
//! What only the thread itself needs is in [`crate::worker::Worker`]. An M is never freed; one whose thread
//! has ended stays in the list of all Ms.

use crate::g::G;
use crate::p::P;
use crate::sync::{AtomicBool, AtomicI32, AtomicRef, AtomicU32, Note, Relaxed};

/// A thread that runs Gs.
#[repr(align(64))]
pub struct M {
    /// Its number; 0 is the thread that called `Runtime::run`.
    pub id: u32,
    /// The thread's number in the operating system, 0 before it runs and after it ended.
    pub(crate) tid: AtomicI32,
    /// The G that it runs now. Written by the thread, read by the SIGURG handler and sysmon.
    pub(crate) cur_g: AtomicRef<G>,
    /// The P that it holds.
    pub(crate) p: AtomicRef<P>,
    /// The P that it gets with its wake-up; written by the waker before `park` is rung.
    pub(crate) next_p: AtomicRef<P>,
    /// Whether it looks for work without having any. Counted in `Sched::n_spinning`.
    pub(crate) is_spinning: AtomicBool,
    /// Where it sleeps when idle.
    pub(crate) park: Note,
    /// Next in the list of idle Ms. Guarded by the scheduler's lock.
    pub(crate) link: AtomicRef<M>,
    /// The G that is locked to this thread.
    pub(crate) locked_g: AtomicRef<G>,
    /// Whether a SIGURG is under way to it: one at a time is enough.
    pub(crate) signal_pending: AtomicBool,
    /// Whether it is in a system call.
    pub(crate) in_syscall: AtomicBool,
    /// How many SIGURGs its handler has seen.
    pub(crate) n_signals: AtomicU32,
    /// Whether its thread has left the scheduler.
    pub(crate) is_gone: AtomicBool,
}

impl M {
    pub(crate) fn new(id: u32) -> M {
        M {
            id,
            tid: AtomicI32::new(0),
            cur_g: AtomicRef::new(),
            p: AtomicRef::new(),
            next_p: AtomicRef::new(),
            is_spinning: AtomicBool::new(false),
            park: Note::new(),
            link: AtomicRef::new(),
            locked_g: AtomicRef::new(),
            signal_pending: AtomicBool::new(false),
            in_syscall: AtomicBool::new(false),
            n_signals: AtomicU32::new(0),
            is_gone: AtomicBool::new(false),
        }
    }

    /// How many preemption signals have reached it.
    pub fn n_signals(&self) -> u32 {
        self.n_signals.load(Relaxed)
    }
}
