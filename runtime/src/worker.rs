//! Worker: an M as its own thread sees it.
//!
//! The scheduler loop owns the Worker and lends it to [`crate::engine::Engine::resume`] and on to natives:
//! whoever has `&mut Worker` is on the M's thread and, except between entering and leaving a system call,
//! holds its P.

use crate::bubble::Bubble;
use crate::engine::Yield;
use crate::g::{G, Status};
use crate::m::M;
use crate::p::{P, PStatus};
use crate::sched::idle::{JOB, STOP};
use crate::sync::{Ordering, Relaxed};
use crate::{Runtime, sched};

/// The calling M.
pub struct Worker {
    rt: &'static Runtime,
    m: &'static M,
    pub(crate) p: Option<&'static P>,
    pub(crate) g: Option<&'static G>,
    /// The P left for a system call.
    pub(crate) syscall_p: Option<&'static P>,
    /// A bubble that became idle when its last running G, this M's, parked.
    pub(crate) idle_bubble: Option<&'static Bubble>,
    rng: u64,
}

impl Worker {
    pub(crate) fn new(rt: &'static Runtime, m: &'static M) -> Worker {
        let seed = rt
            .config
            .seed
            .unwrap_or_else(|| crate::os::thread::nanotime() as u64 ^ (m as *const M as u64));
        Worker {
            rt,
            m,
            p: None,
            g: None,
            syscall_p: None,
            idle_bubble: None,
            rng: seed ^ (u64::from(m.id) << 48),
        }
    }

    /// The runtime that the M belongs to.
    #[inline(always)]
    pub fn rt(&self) -> &'static Runtime {
        self.rt
    }

    /// The M.
    #[inline(always)]
    pub fn m(&self) -> &'static M {
        self.m
    }

    /// The P that the M holds. It may be another one after a system call.
    #[inline(always)]
    pub fn p(&self) -> &'static P {
        match self.p {
            Some(p) => p,
            None => no_p(),
        }
    }

    /// Whether the M holds a P: not so in a system call.
    #[inline]
    pub fn has_p(&self) -> bool {
        self.p.is_some()
    }

    /// The G that the M runs.
    #[inline(always)]
    pub fn g(&self) -> &'static G {
        match self.g {
            Some(g) => g,
            None => no_g(),
        }
    }

    /// The G that the M runs; none in the scheduler, where timers fire.
    #[inline]
    pub fn current_g(&self) -> Option<&'static G> {
        self.g
    }

    /// How many Gs wait to run: in this P's queue, `runnext` included, and in the global one.
    pub fn runq_len(&self) -> (usize, usize) {
        (self.p().runq.len(), self.rt.sched.global.len())
    }

    /// Whether this P is the only one in use (see [`P::is_solo`]).
    #[inline(always)]
    pub fn is_solo(&self) -> bool {
        self.p().is_solo()
    }

    /// A random number; fast, not for secrets.
    #[inline]
    pub fn rand_u64(&mut self) -> u64 {
        // A Weyl sequence through a multiplicative mixer (wyrand).
        self.rng = self.rng.wrapping_add(0xa076_1d64_78bd_642f);
        let t = u128::from(self.rng) * u128::from(self.rng ^ 0xe703_7ed1_a0b4_28db);
        (t >> 64) as u64 ^ t as u64
    }

    /// A random number below `n`, which is not 0.
    #[inline]
    pub fn rand_below(&mut self, n: u32) -> u32 {
        (((self.rand_u64() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Starts `g`, made by [`Worker::new_g`] and filled by the engine: it is next on this P.
    #[inline]
    pub fn spawn(&mut self, g: &'static G) {
        debug_assert_eq!(g.status(), Status::Idle);
        self.p().counters.spawned.inc();
        if g.bubble().is_some() {
            self.bubble_spawn(g);
        }
        g.set_status(Status::Runnable);
        self.put_next(g);
        self.wake_p_if_idle();
    }

    /// Puts `g` into `runnext`; the one that was there goes to the end of the queue.
    #[inline]
    pub(crate) fn put_next(&mut self, g: &'static G) {
        let p = self.p();
        if let Some(old) = p.runq.swap_next(g, p.is_solo()) {
            p.counters.runnext_kicked.inc();
            self.put_last(old);
        }
    }

    /// Puts `g` at the end of the queue; if that is full, half of it moves to the global queue.
    #[inline]
    pub(crate) fn put_last(&mut self, g: &'static G) {
        let p = self.p();
        if !p.runq.push(g) {
            self.spill(g);
        }
    }

    #[cold]
    fn spill(&mut self, g: &'static G) {
        let p = self.p();
        let mut list = crate::g::GList::new();
        p.runq.take_half(&mut list);
        list.push_back(g);
        p.counters.spills.inc();
        p.counters.global_puts.add(list.len() as u64);
        self.rt.sched.global.push_list(&mut list);
    }

    /// Puts `g` on the global queue.
    #[inline]
    pub(crate) fn put_global(&mut self, g: &'static G) {
        if let Some(p) = self.p {
            p.counters.global_puts.inc();
        }
        self.rt.sched.global.push(g);
    }

    /// Takes `p`, which is in nobody's hands.
    pub(crate) fn acquire_p(&mut self, p: &'static P) {
        debug_assert!(self.p.is_none());
        debug_assert!(p.status() == PStatus::Idle, "P {} is {:?}", p.id, p.status());
        p.m.store(Some(self.m), Relaxed);
        self.m.p.store(Some(p), Relaxed);
        p.set_status(PStatus::Running);
        self.p = Some(p);
    }

    /// Gives the P up; it is `status` then, and in the caller's hands.
    pub(crate) fn release_p(&mut self, status: PStatus) -> &'static P {
        let p = self.p();
        debug_assert_eq!(p.status(), PStatus::Running);
        self.p = None;
        self.m.p.store(None, Relaxed);
        p.m.store(None, Relaxed);
        p.set_status(status);
        p
    }

    /// Runs goroutines until the program ends.
    pub(crate) fn run_loop(&mut self) {
        while let Some((g, inherit)) = sched::next(self) {
            self.execute(g, inherit);
        }
        self.leave();
    }

    /// Resumes `g` and deals with what it yields.
    #[inline]
    fn execute(&mut self, g: &'static G, inherit: bool) {
        let p = self.p();
        g.set_status(Status::Running);
        g.note_p(p.id);
        p.switch_tick
            .store(p.switch_tick.load(Relaxed).wrapping_add(1), Relaxed);
        p.counters.switches.inc();
        if inherit {
            p.counters.inherited.inc();
        } else {
            p.sched_tick
                .store(p.sched_tick.load(Relaxed).wrapping_add(1), Relaxed);
            // A request made of the G before must not hit this one; but time slices are inherited.
            p.preempt.store(false, Relaxed);
        }
        // By chance: of two that take turns one would be stopped each time before it has got any further.
        if self.rt.config.stress_preempt && self.rand_below(2) == 0 {
            g.poison_async();
        }
        loop {
            self.g = Some(g);
            self.m.cur_g.store(Some(g), Ordering::Release);
            let y = self.rt.engine.resume(self, g);
            self.m.cur_g.store(None, Relaxed);
            self.g = None;
            if y != Yield::Preempted || !self.collect_in_between(g) {
                return sched::after(self, g, y);
            }
        }
    }

    /// If `g` has only given way to the collector: collects, and says whether `g` may go on at once. Its time
    /// slice goes on too, so the collector does not change whose turn it is.
    #[cold]
    fn collect_in_between(&mut self, g: &'static G) -> bool {
        let attention = &self.rt.sched.attention;
        if !self.rt.heap().is_gc_wanted() || attention.load(Ordering::SeqCst) != JOB {
            return false;
        }
        g.set_status(Status::Preempted);
        self.run_jobs();
        let goes_on = attention.load(Ordering::SeqCst) == 0 && !self.p().preempt.load(Relaxed);
        if goes_on {
            g.set_status(Status::Running);
        }
        goes_on
    }

    /// The thread's last words.
    fn leave(&mut self) {
        if self.p.is_some() {
            let mut synced = self.rt.sched.synced.lock();
            self.release_p(PStatus::Stopped);
            // Who stops the world just now must not wait for this P.
            if self.rt.sched.attention.load(Ordering::SeqCst) & STOP != 0 {
                self.rt.count_stopped(&mut synced);
            }
        }
        self.rt.m_gone(self.m);
    }
}

#[cold]
fn no_p() -> ! {
    crate::throw!("an M without a P was asked for it")
}

#[cold]
fn no_g() -> ! {
    crate::throw!("an M that runs no G was asked for it")
}
