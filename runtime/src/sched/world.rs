//! Stopping the world, the number of Ps, and jobs for the scheduler.
//!
//! A stop takes every P: idle ones from their list, those in system calls by their status, running ones by a
//! request through the guard word and SIGURG, repeated until the last has come to a safepoint. Gs in system
//! calls go on there and find themselves without a P when they come back.
//!
//! The M that stops the world may be in the scheduler (a *job*: its G has yielded and can be looked at) or in
//! the midst of a native. In the latter case it may meet another stop under way and stands still with it,
//! holding on to its P.

use crate::Runtime;
use crate::p::{P, PStatus};
use crate::sched::idle::{DEMAND, EXIT, JOB, STOP, Synced};
use crate::sync::{Ordering, Relaxed, SeqCst};
use crate::worker::Worker;

/// The most Ps there can be.
pub(crate) const MAX_PROCS: usize = 1024;
/// After so many nanoseconds requests to stop are repeated.
const REPEAT_NS: i64 = 100_000;

/// Work done by the scheduler, between Gs, on some M with a P.
pub(crate) type Job = Box<dyn FnOnce(&mut Worker) + Send>;

impl Worker {
    /// Stops all Ps; on return this M's is the only one in anyone's hands. To be followed by
    /// [`Worker::start_the_world`].
    pub fn stop_the_world(&mut self) {
        let rt = self.rt();
        while rt.world_busy.swap(true, SeqCst) {
            self.leave_if_ended();
            self.stand_still();
        }
        rt.counters.stw.inc_shared();
        rt.sched.stop_note.clear();
        let wait = {
            let mut synced = rt.sched.synced.lock();
            rt.sched.attention.fetch_or(STOP, SeqCst);
            synced.stop_wait = rt.n_procs() as i32 - 1;
            while let Some(p) = rt.sched.get_idle_p(&mut synced, None) {
                p.set_status(PStatus::Stopped);
                synced.stop_wait -= 1;
            }
            rt.stop_syscall_ps(&mut synced);
            synced.stop_wait > 0
        };
        if wait {
            rt.preempt_all();
            while !rt
                .sched
                .stop_note
                .sleep_until(crate::os::thread::nanotime() + REPEAT_NS)
            {
                self.leave_if_ended();
                rt.stop_syscall_ps(&mut rt.sched.synced.lock());
                rt.preempt_all();
            }
        }
    }

    /// After the end of the program Ms leave with their Ps, so that nobody stops any more: this one leaves, too.
    fn leave_if_ended(&self) {
        if self.rt().sched.attention.load(SeqCst) & EXIT != 0 {
            self.rt().die();
        }
    }

    /// Lets the Ps run again.
    pub fn start_the_world(&mut self) {
        let n = self.rt().n_procs();
        self.start_the_world_with(n);
    }

    /// Sets GOMAXPROCS and returns the old value; 0 just asks. From a native; the P may be another one then.
    pub fn set_gomaxprocs(&mut self, n: usize) -> usize {
        let old = self.rt().n_procs();
        if n == 0 || n == old {
            return old;
        }
        self.stop_the_world();
        self.start_the_world_with(n.min(MAX_PROCS));
        old
    }

    fn start_the_world_with(&mut self, n: usize) {
        let rt = self.rt();
        let mut to_start = Vec::new();
        rt.resize_procs(self, n);
        if self.p().status() == PStatus::Dead {
            // The first P always survives, and it is stopped.
            self.m().p.store(None, Relaxed);
            self.p().m.store(None, Relaxed);
            self.p = None;
            if let Some(m) = rt.p(0).m.load(Relaxed) {
                // One that stands still with it has to look for another.
                m.park.wake();
            }
            rt.p(0).set_status(PStatus::Idle);
            self.acquire_p(rt.p(0));
        }
        {
            let mut synced = rt.sched.synced.lock();
            for p in rt.procs() {
                if p.status() != PStatus::Stopped {
                    continue;
                }
                p.set_status(PStatus::Idle);
                if let Some(m) = p.m.load(Relaxed) {
                    // Its M stands still in the midst of a native.
                    m.next_p.store(Some(p), Ordering::Release);
                    m.park.wake();
                } else if p.runq.is_empty() {
                    rt.sched.put_idle_p(&mut synced, p);
                } else {
                    to_start.push(p);
                }
            }
            rt.sched.attention.fetch_and(!STOP, SeqCst);
            rt.wake_sysmon(&mut synced);
        }
        rt.world_busy.store(false, SeqCst);
        for p in to_start {
            rt.start_m(p, false);
        }
        // This P's own queue may hold what a burst made before the stop, with all others idle since then.
        if rt.sched.global.len() > 0 || rt.next_timer() != i64::MAX || !self.p().runq.is_empty() {
            rt.wake_p();
        }
    }

    /// In the scheduler: gives the P to the stop and sleeps. None: the program has ended.
    pub(crate) fn stop_with_world(&mut self) -> Option<()> {
        let rt = self.rt();
        if self.m().is_spinning.swap(false, Relaxed) {
            rt.sched.hunt.end_spinning();
        }
        {
            let mut synced = rt.sched.synced.lock();
            if rt.sched.attention.load(SeqCst) & STOP == 0 {
                return Some(());
            }
            self.release_p(PStatus::Stopped);
            rt.count_stopped(&mut synced);
        }
        self.stop_m()
    }

    /// In a native, where the G cannot be left: stands still with the world, if it is being stopped.
    fn stand_still(&mut self) {
        let rt = self.rt();
        {
            let mut synced = rt.sched.synced.lock();
            if rt.sched.attention.load(SeqCst) & STOP == 0 {
                drop(synced);
                return std::thread::yield_now();
            }
            let p = self.p();
            self.p = None;
            self.m().p.store(None, Relaxed);
            // `p.m` stays: it marks the P as taken.
            p.set_status(PStatus::Stopped);
            rt.count_stopped(&mut synced);
        }
        self.m().park.sleep();
        if let Some(p) = self.m().next_p.swap(None, Ordering::Acquire) {
            return self.acquire_p(p);
        }
        // The P went out of use, or the program has ended.
        self.demand_p();
    }

    /// In a native, without a P: waits for the next that any M can do without.
    fn demand_p(&mut self) {
        let rt = self.rt();
        let p = {
            let mut synced = rt.sched.synced.lock();
            let p = rt.sched.get_idle_p(&mut synced, None);
            if p.is_none() {
                synced.demanding.push(self.m());
                rt.sched.attention.fetch_or(DEMAND, SeqCst);
            }
            p
        };
        if let Some(p) = p {
            return self.acquire_p(p);
        }
        // The wake-up of the end may have been taken before.
        self.leave_if_ended();
        rt.preempt_all();
        self.m().park.sleep();
        match self.m().next_p.swap(None, Ordering::Acquire) {
            Some(p) => self.acquire_p(p),
            None => rt.die(),
        }
    }

    /// In the scheduler: gives the P to an M that demands one.
    pub(crate) fn yield_p(&mut self) {
        let rt = self.rt();
        self.stop_spinning();
        let p = self.release_p(PStatus::Idle);
        let mut synced = rt.sched.synced.lock();
        if synced.demanding.is_empty() {
            drop(synced);
            return self.acquire_p(p);
        }
        rt.sched.put_idle_p(&mut synced, p);
    }

    /// Runs what was asked for by [`Runtime::request_job`].
    pub(crate) fn run_jobs(&mut self) {
        let rt = self.rt();
        let jobs = {
            let mut jobs = rt.jobs.lock();
            rt.sched.attention.fetch_and(!JOB, SeqCst);
            std::mem::take(&mut *jobs)
        };
        for job in jobs {
            job(self);
        }
        self.collect_if_wanted();
    }
}

impl Runtime {
    /// Has `job` run soon by the scheduler, between Gs, on some M with a P: where a G has yielded and the
    /// world can be stopped with every G's state stored. The running Gs are asked to yield.
    pub fn request_job(&'static self, job: impl FnOnce(&mut Worker) + Send + 'static) {
        let mut jobs = self.jobs.lock();
        jobs.push(Box::new(job));
        self.sched.attention.fetch_or(JOB, SeqCst);
        drop(jobs);
        self.preempt_all();
    }

    /// Counts one more stopped P. The caller holds the scheduler's lock.
    pub(crate) fn count_stopped(&self, synced: &mut Synced) {
        synced.stop_wait -= 1;
        if synced.stop_wait == 0 {
            self.sched.stop_note.wake();
        }
    }

    /// Takes the Ps of Ms in system calls.
    fn stop_syscall_ps(&'static self, synced: &mut Synced) {
        for p in self.procs() {
            if p.change_status(PStatus::Syscall, PStatus::Stopped) {
                p.m.store(None, Relaxed);
                self.count_stopped(synced);
            }
        }
    }

    /// Changes the number of Ps in use. The world is stopped, or has not begun.
    pub(crate) fn resize_procs(&'static self, w: &mut Worker, n: usize) {
        let old = self.n_procs();
        for id in 0..n {
            match self.all_p[id].load(SeqCst) {
                None => self.all_p[id].store(
                    Some(Box::leak(Box::new(P::new(id as u32, self.heap.clone())))),
                    SeqCst,
                ),
                Some(p) if p.status() == PStatus::Dead => p.set_status(PStatus::Stopped),
                Some(_) => {}
            }
        }
        for id in n..old {
            self.retire_p(w, self.p(id));
        }
        self.n_procs.store(n, SeqCst);
        for p in self.procs() {
            p.solo.store(n == 1, SeqCst);
        }
        let n = n as u32;
        let steps: Vec<u32> = (1..=n).filter(|&s| gcd(s, n) == 1).collect();
        self.coprimes.store(Some(Box::leak(Box::new(steps))), SeqCst);
    }

    /// Empties a P that goes out of use.
    fn retire_p(&'static self, w: &mut Worker, p: &'static P) {
        let mut gs = crate::g::GList::new();
        if let Some(g) = p.runq.pop_next(false) {
            gs.push_back(g);
        }
        while let Some(g) = p.runq.pop() {
            gs.push_back(g);
        }
        self.sched.global.push_list(&mut gs);
        p.timers.move_to(&self.p(0).timers);
        let dead = std::mem::take(p.gfree_stopped(w));
        w.give_gs(dead);
        p.flush_stopped(w);
        if let Some(m) = p.m.load(Relaxed)
            && p.status() == PStatus::Stopped
        {
            // An M that stands still with it; it has to look for another.
            p.m.store(None, Relaxed);
            m.park.wake();
        }
        p.set_status(PStatus::Dead);
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}
