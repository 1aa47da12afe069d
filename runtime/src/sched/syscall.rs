//! System calls: leaving the P, and coming back.
//!
//! A call that is short on average keeps its P in status `Syscall`: on the way out a compare-and-swap takes
//! it back, unless sysmon, or a stop of the world, has taken it meanwhile. A call that is known to block
//! hands its P off at once. Between the two halves the M has no P: no allocation, no channel, no stack write
//! that the collector may be looking at.

use crate::g::{G, Status};
use crate::p::PStatus;
use crate::sync::{Relaxed, SeqCst};
use crate::worker::Worker;

impl Worker {
    /// Before a system call that `g`, the current G, makes. Its state has been stored.
    #[inline]
    pub fn enter_syscall(&mut self, g: &'static G) {
        let p = self.p();
        p.counters.syscalls.inc();
        g.set_waiting(crate::sched::park::WaitReason::None, self.rt().coarse_now());
        g.set_status(Status::Syscall);
        p.syscall_tick
            .store(p.syscall_tick.load(Relaxed).wrapping_add(1), Relaxed);
        self.m().in_syscall.store(true, Relaxed);
        self.p = None;
        self.syscall_p = Some(p);
        self.m().p.store(None, Relaxed);
        // From here on the P may be taken.
        p.set_status(PStatus::Syscall);
        if self.rt().sched.attention.load(SeqCst) != 0 {
            self.give_p_to_stop();
        }
    }

    /// Before a call that is known to block: the P goes to another M at once.
    pub fn enter_syscall_blocking(&mut self, g: &'static G) {
        let p = self.p();
        p.counters.syscalls.inc();
        p.counters.syscalls_blocking.inc();
        g.set_waiting(crate::sched::park::WaitReason::None, self.rt().coarse_now());
        g.set_status(Status::Syscall);
        p.syscall_tick
            .store(p.syscall_tick.load(Relaxed).wrapping_add(1), Relaxed);
        self.m().in_syscall.store(true, Relaxed);
        self.syscall_p = None;
        let p = self.release_p(PStatus::Idle);
        self.rt().handoff_p(p);
    }

    /// After the call. True: the M holds a P, perhaps another one, and `g` runs on. False: it has none; the
    /// engine stores what it needs to go on outside the heap and yields `LostP`, and the scheduler queues
    /// `g`.
    #[inline]
    pub fn exit_syscall(&mut self, g: &'static G) -> bool {
        // Whoever finds a P in `Syscall` may take it, even if meanwhile it has become another M's.
        if let Some(p) = self.syscall_p.take()
            && p.change_status(PStatus::Syscall, PStatus::Running)
        {
            self.p = Some(p);
            p.m.store(Some(self.m()), Relaxed);
            self.m().p.store(Some(p), Relaxed);
            self.m().in_syscall.store(false, Relaxed);
            g.set_status(Status::Running);
            if self.rt().sched.attention.load(SeqCst) != 0 {
                g.poison_async();
            }
            return true;
        }
        self.exit_syscall_slow(g)
    }

    #[cold]
    fn exit_syscall_slow(&mut self, g: &'static G) -> bool {
        let rt = self.rt();
        rt.counters.syscalls_slow.inc_shared();
        self.m().in_syscall.store(false, Relaxed);
        if rt.sched.attention.load(SeqCst) == 0 && self.take_idle_p(None) {
            g.set_status(Status::Running);
            return true;
        }
        false
    }

    /// The world is being stopped while this M goes into a system call: its P counts as stopped.
    #[cold]
    fn give_p_to_stop(&mut self) {
        let rt = self.rt();
        let mut synced = rt.sched.synced.lock();
        let Some(p) = self.syscall_p else { return };
        if synced.stop_wait > 0 && p.change_status(PStatus::Syscall, PStatus::Stopped) {
            p.m.store(None, Relaxed);
            self.syscall_p = None;
            rt.count_stopped(&mut synced);
        }
    }
}

/// `g` came back from a system call and its M has no P: queues it.
#[cold]
pub(crate) fn lost_p(w: &mut Worker, g: &'static G) {
    debug_assert!(w.p.is_none());
    let rt = w.rt();
    g.set_status(Status::Runnable);
    if rt.sched.attention.load(SeqCst) == 0 && w.take_idle_p(None) {
        w.put_next(g);
        return;
    }
    rt.sched.global.push(g);
    rt.counters.global_puts.inc_shared();
    // A P may have gone idle between the two steps.
    if rt.sched.hunt.wants_wake() {
        rt.wake_p();
    }
}
