//! Gs that are locked to a thread (`runtime.LockOSThread`).
//!
//! A locked G runs on its M only, and the M runs nothing else. When the G gives way, the M hands its P off and
//! sleeps; the M that next picks the G from a queue hands its own P over and looks for another. The waiting
//! Ms are not in the idle list, so that nobody gives them other work.

use super::Verdict;
use crate::g::G;
use crate::p::PStatus;
use crate::sync::{Relaxed, Release, SeqCst};
use crate::worker::Worker;

impl Worker {
    /// Ties `g`, the current G, to this M. Nests.
    pub fn lock_os_thread(&mut self, g: &'static G) {
        g.lock_count.set(g.lock_count.get() + 1);
        g.locked_m.store(Some(self.m()), Relaxed);
        self.m().locked_g.store(Some(g), Relaxed);
    }

    /// Undoes one [`Worker::lock_os_thread`]; without one it does nothing, as in Go.
    pub fn unlock_os_thread(&mut self, g: &'static G) {
        match g.lock_count.get() {
            0 => {}
            1 => self.unlock_dead(g),
            n => g.lock_count.set(n - 1),
        }
    }

    /// Unties `g`, however often it was locked. Go ends the thread of a G that dies locked, because the
    /// thread's state may be spoilt; here no program can spoil it.
    #[cold]
    pub(crate) fn unlock_dead(&mut self, g: &'static G) {
        g.lock_count.set(0);
        g.locked_m.store(None, Relaxed);
        self.m().locked_g.store(None, Relaxed);
    }
}

/// The locked G of this M does not run now: gives the P away and waits to be handed one with the G.
#[cold]
pub(super) fn wait(w: &mut Worker) -> Option<(&'static G, bool)> {
    let rt = w.rt();
    if w.p.is_some() {
        w.stop_spinning();
        let p = w.release_p(PStatus::Idle);
        rt.handoff_p(p);
    }
    let verdict = {
        let mut synced = rt.sched.synced.lock();
        if rt.sched.attention.load(SeqCst) & super::EXIT != 0 {
            return None;
        }
        synced.n_idle_locked += 1;
        rt.check_dead(&synced)
    };
    if let Verdict::Dead(text) = verdict {
        rt.deadlock(text);
    }
    w.m().park.sleep();
    // Whoever rang has taken us from `n_idle_locked`, unless it is the end.
    w.after_wake()?;
    let g = w
        .m()
        .locked_g
        .load(Relaxed)
        .expect("the M waits for its locked G");
    if rt.sched.attention.load(SeqCst) != 0 {
        // It comes back to the scheduler at once, and then the P is there for what is wanted.
        g.poison_async();
    }
    Some((g, false))
}

/// Hands this M's P to the M that `g`, taken from a queue, is locked to.
#[cold]
pub(super) fn hand_over(w: &mut Worker, g: &'static G) {
    let rt = w.rt();
    let m = g.locked_m.load(Relaxed).expect("the G is locked");
    w.p().counters.locked_handoffs.inc();
    let p = w.release_p(PStatus::Idle);
    rt.sched.synced.lock().n_idle_locked -= 1;
    m.next_p.store(Some(p), Release);
    m.park.wake();
    // Without a P, `next` goes to sleep.
}
