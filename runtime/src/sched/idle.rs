//! Idle Ps and Ms, the spinning count, and waking one P at a time.
//!
//! The protocol is Go's (head comment of its `proc.go`). An M that has run out of work *spins*: it searches
//! all queues for a while before it sleeps. At most half as many Ms spin as Ps are busy. Whoever makes a G
//! runnable wakes one M, and only if some P is idle and nobody spins; a spinning M that finds work wakes the
//! next. So a burst of work unfolds one M after the other, and a steady trickle wakes nobody.
//!
//! Against lost work: the producer first publishes the G and then reads the spinning and idle counts; the
//! M on its way to sleep first gives its P up and lowers the count and then looks at all queues once more.
//! Full fences lie between the two steps on both sides, so one of them sees the other.
//!
//! Timers: an M that goes to sleep waits at most until the earliest timer of any P, unless another M already
//! waits for that or an earlier one (`timer_wait`). Such a sleeper is not in the idle list, as the M in
//! Go's netpoll is not: it keeps its appointment.
//!
//! Not done: several wake-ups at once for a burst. A futex wake-up costs tens of microseconds, in which a
//! queue of short Gs is often empty again.

use crate::Runtime;
use crate::m::M;
use crate::p::{P, PStatus};
use crate::sched::runq::GlobalQueue;
use crate::sched::{Verdict, is_stale_next};
use crate::sync::{
    AtomicI64, AtomicU32, Mutex, Note, Ordering, Rank, Relaxed, SeqCst, fence, fence_after_rmw,
};
use crate::worker::Worker;

/// [`Sched::attention`]: the world is being stopped.
pub(crate) const STOP: u32 = 1;
/// [`Sched::attention`]: the program has ended, threads leave.
pub(crate) const EXIT: u32 = 2;
/// [`Sched::attention`]: a fatal error is being reported, threads stand still.
pub(crate) const FREEZE: u32 = 4;
/// [`Sched::attention`]: work for the scheduler itself is wanted (see `Runtime::request_job`).
pub(crate) const JOB: u32 = 8;
/// [`Sched::attention`]: an M in the midst of a native needs a P (see `Worker::demand_p`).
pub(crate) const DEMAND: u32 = 16;

/// The two counts of the protocol, and its steps (modelled in `tests/loom_idle.rs`).
pub(crate) struct Hunt {
    n_idle: AtomicU32,
    n_spinning: AtomicU32,
}

impl Hunt {
    pub fn new() -> Hunt {
        Hunt {
            n_idle: AtomicU32::new(0),
            n_spinning: AtomicU32::new(0),
        }
    }

    /// Ps in the idle list.
    #[inline]
    pub fn n_idle(&self) -> u32 {
        self.n_idle.load(SeqCst)
    }

    /// Ms that spin, or are being woken to.
    #[inline]
    pub fn n_spinning(&self) -> u32 {
        self.n_spinning.load(SeqCst)
    }

    /// A P goes into the idle list. The caller holds the scheduler's lock.
    pub fn p_idle(&self) {
        self.n_idle.fetch_add(1, SeqCst);
    }

    /// A P comes out of it. The caller holds the scheduler's lock.
    pub fn p_taken(&self) {
        self.n_idle.fetch_sub(1, SeqCst);
    }

    /// Producer, after a G went to `runnext` by a read-modify-write: whether to wake an M. One that was
    /// kicked from there at the same time is found with it.
    #[inline]
    pub fn wants_wake_after_rmw(&self) -> bool {
        fence_after_rmw();
        self.n_idle() != 0 && self.n_spinning() == 0
    }

    /// Producer, after a G went to another queue: whether to wake an M.
    #[inline]
    pub fn wants_wake(&self) -> bool {
        fence(SeqCst);
        self.n_idle() != 0 && self.n_spinning() == 0
    }

    /// Makes the caller the one that wakes an M, which is counted as spinning from now on.
    pub fn begin_wake(&self) -> bool {
        self.n_spinning.compare_exchange(0, 1, SeqCst, SeqCst).is_ok()
    }

    /// An M begins to spin.
    pub fn begin_spinning(&self) {
        self.n_spinning.fetch_add(1, SeqCst);
    }

    /// An M spins no more; whether it was the last one.
    pub fn end_spinning(&self) -> bool {
        let before = self.n_spinning.fetch_sub(1, SeqCst);
        debug_assert!(before > 0);
        before == 1
    }

    /// An M that has given its P up, and spins no more, is about to look at all queues a last time.
    pub fn before_last_look(&self) {
        fence(SeqCst);
    }
}

/// What all Ms share.
pub(crate) struct Sched {
    /// The global run queue.
    pub global: GlobalQueue,
    /// Reasons not to run the next G, as bits.
    pub attention: AtomicU32,
    /// How many Ps are idle and how many Ms spin.
    pub hunt: Hunt,
    /// The earliest deadline that a sleeping M waits for; `i64::MAX` if none does.
    pub timer_wait: AtomicI64,
    /// Rung when the last P has stopped.
    pub stop_note: Note,
    pub synced: Mutex<Synced>,
}

/// Protected by the scheduler's lock.
pub(crate) struct Synced {
    idle_p: Option<&'static P>,
    idle_m: Option<&'static M>,
    pub n_idle_m: i32,
    /// Ms that wait for the G locked to them.
    pub n_idle_locked: i32,
    /// Ms whose threads are alive.
    pub n_m: i32,
    /// All Ms ever made.
    pub ms: Vec<&'static M>,
    /// Ms that wait for any P, in the midst of a native.
    pub demanding: Vec<&'static M>,
    /// Ps that have yet to stop.
    pub stop_wait: i32,
    /// Whether sysmon sleeps without a deadline.
    pub sysmon_asleep: bool,
}

impl Sched {
    pub fn new() -> Sched {
        let synced = Synced {
            idle_p: None,
            idle_m: None,
            n_idle_m: 0,
            n_idle_locked: 0,
            n_m: 0,
            ms: Vec::new(),
            demanding: Vec::new(),
            stop_wait: 0,
            sysmon_asleep: false,
        };
        Sched {
            global: GlobalQueue::new(),
            attention: AtomicU32::new(0),
            hunt: Hunt::new(),
            timer_wait: AtomicI64::new(i64::MAX),
            stop_note: Note::new(),
            synced: Mutex::new(Rank::Sched, synced),
        }
    }

    /// Puts `p` into the idle list, unless an M demands one.
    pub fn put_idle_p(&self, synced: &mut Synced, p: &'static P) {
        debug_assert_eq!(p.status(), PStatus::Idle);
        if let Some(m) = synced.demanding.pop() {
            if synced.demanding.is_empty() {
                self.attention.fetch_and(!DEMAND, SeqCst);
            }
            m.next_p.store(Some(p), Ordering::Release);
            m.park.wake();
            return;
        }
        p.link.store(synced.idle_p, Relaxed);
        synced.idle_p = Some(p);
        self.hunt.p_idle();
    }

    /// Takes a P from the idle list; one that has timers due at `now` if there is one.
    pub fn get_idle_p(&self, synced: &mut Synced, now: Option<i64>) -> Option<&'static P> {
        let first = synced.idle_p?;
        let mut before: Option<&'static P> = None;
        let mut cur = now.map(|_| first);
        while let (Some(p), Some(now)) = (cur, now) {
            if p.timers.next_when() <= now {
                break;
            }
            before = Some(p);
            cur = p.link.load(Relaxed);
        }
        let p = match (cur, before) {
            (Some(p), Some(before)) => {
                before.link.store(p.link.load(Relaxed), Relaxed);
                p
            }
            _ => {
                synced.idle_p = first.link.load(Relaxed);
                first
            }
        };
        p.link.store(None, Relaxed);
        self.hunt.p_taken();
        Some(p)
    }

    pub fn put_idle_m(&self, synced: &mut Synced, m: &'static M) {
        m.link.store(synced.idle_m, Relaxed);
        synced.idle_m = Some(m);
        synced.n_idle_m += 1;
    }

    pub fn get_idle_m(&self, synced: &mut Synced) -> Option<&'static M> {
        let m = synced.idle_m?;
        synced.idle_m = m.link.load(Relaxed);
        m.link.store(None, Relaxed);
        synced.n_idle_m -= 1;
        Some(m)
    }
}

impl Worker {
    /// After a G was made runnable: wakes a P, if one is idle and nobody spins.
    #[inline]
    pub(crate) fn wake_p_if_idle(&mut self) {
        if self.is_solo() {
            return;
        }
        if self.rt().sched.hunt.wants_wake_after_rmw() {
            self.rt().wake_p();
        }
    }

    /// Whether this M may begin to spin, or does so already. Counted.
    pub(crate) fn may_spin(&mut self) -> bool {
        let (rt, m) = (self.rt(), self.m());
        if m.is_spinning.load(Relaxed) {
            return true;
        }
        let busy = rt.n_procs() as u32 - rt.sched.hunt.n_idle();
        if 2 * rt.sched.hunt.n_spinning() >= busy {
            return false;
        }
        m.is_spinning.store(true, Relaxed);
        rt.sched.hunt.begin_spinning();
        self.p().counters.spinning_started.inc();
        true
    }

    /// Whether the holder of a lock may be running just now, on a P that neither is idle nor looks for work, and this P
    /// has nothing else to do.
    pub(crate) fn may_poll_lock(&self) -> bool {
        let hunt = &self.rt().sched.hunt;
        !self.is_solo()
            && self.rt().n_procs() as u32 > hunt.n_idle() + hunt.n_spinning() + 1
            && self.p().runq.is_empty()
    }

    /// A spinning M has found work: it is not spinning any more, and if it was the last one it wakes the
    /// next.
    pub(crate) fn stop_spinning(&mut self) {
        let m = self.m();
        if m.is_spinning.load(Relaxed) {
            m.is_spinning.store(false, Relaxed);
            if self.rt().sched.hunt.end_spinning() {
                self.rt().wake_p();
            }
        }
    }

    /// Gives the P up and sleeps until there is work, after a last look around. With None the program has
    /// ended; else the M holds a P again.
    pub(crate) fn go_idle(&mut self) -> Option<()> {
        let (rt, m) = (self.rt(), self.m());
        let p = self.release_p(PStatus::Idle);
        {
            let mut synced = rt.sched.synced.lock();
            if rt.sched.attention.load(SeqCst) & STOP != 0 {
                drop(synced);
                self.acquire_p(p);
                return Some(());
            }
            rt.sched.put_idle_p(&mut synced, p);
        }
        let was_spinning = m.is_spinning.swap(false, Relaxed);
        if was_spinning {
            rt.sched.hunt.end_spinning();
        }
        rt.sched.hunt.before_last_look();
        if rt.has_work() && self.take_idle_p(None) {
            // There is work that nobody may have been woken for. As a spinning M it will wake others.
            if !m.is_spinning.swap(true, Relaxed) {
                rt.sched.hunt.begin_spinning();
            }
            return Some(());
        }
        self.sleep_idle()
    }

    /// Sleeps without a P until woken with one, or until the earliest timer.
    fn sleep_idle(&mut self) -> Option<()> {
        let (rt, m) = (self.rt(), self.m());
        loop {
            let deadline = rt.next_timer();
            if deadline == i64::MAX || !rt.claim_timer_wait(deadline) {
                return self.stop_m();
            }
            rt.counters.m_parked.inc_shared();
            m.park.sleep_until(deadline);
            rt.release_timer_wait(deadline);
            if rt.sched.attention.load(SeqCst) & EXIT != 0 {
                return None;
            }
            let now = rt.update_coarse_now();
            if self.take_idle_p(Some(now)) {
                return Some(());
            }
            // All Ps are busy; they and sysmon see to the timers.
            if rt.next_timer() <= now {
                return self.stop_m();
            }
        }
    }

    /// Sleeps in the idle list until woken with a P. With None the program has ended.
    pub(crate) fn stop_m(&mut self) -> Option<()> {
        let (rt, m) = (self.rt(), self.m());
        debug_assert!(self.p.is_none());
        if m.is_spinning.swap(false, Relaxed) {
            rt.sched.hunt.end_spinning();
        }
        let verdict = {
            let mut synced = rt.sched.synced.lock();
            if rt.sched.attention.load(SeqCst) & EXIT != 0 {
                return None;
            }
            rt.sched.put_idle_m(&mut synced, m);
            rt.check_dead(&synced)
        };
        if let Verdict::Dead(text) = verdict {
            rt.deadlock(text);
        }
        rt.counters.m_parked.inc_shared();
        m.park.sleep();
        self.after_wake()
    }

    /// Takes the P that came with a wake-up.
    pub(crate) fn after_wake(&mut self) -> Option<()> {
        if self.rt().sched.attention.load(SeqCst) & EXIT != 0 {
            return None;
        }
        match self.m().next_p.swap(None, Ordering::Acquire) {
            Some(p) => self.acquire_p(p),
            None => crate::throw!("M {} was woken without a P", self.m().id),
        }
        Some(())
    }

    /// Takes an idle P, if there is one.
    pub(crate) fn take_idle_p(&mut self, now: Option<i64>) -> bool {
        let rt = self.rt();
        let p = {
            let mut synced = rt.sched.synced.lock();
            let p = rt.sched.get_idle_p(&mut synced, now);
            if p.is_some() {
                rt.wake_sysmon(&mut synced);
            }
            p
        };
        if let Some(p) = p {
            self.acquire_p(p);
        }
        p.is_some()
    }
}

impl Runtime {
    /// Whether any queue holds a G, or a timer is due.
    fn has_work(&self) -> bool {
        if self.sched.global.len() > 0 || self.sched.attention.load(SeqCst) & JOB != 0 {
            return true;
        }
        self.procs()
            .any(|p| p.runq.has_queued() || p.runq.peek_next().is_some_and(|g| is_stale_next(p, g)))
    }

    /// The earliest time at which a timer of any P is due; `i64::MAX` without timers.
    pub(crate) fn next_timer(&self) -> i64 {
        self.procs()
            .map(|p| p.timers.next_when())
            .min()
            .unwrap_or(i64::MAX)
    }

    /// Makes the caller the one that waits for `deadline`, unless another waits no longer than that.
    fn claim_timer_wait(&self, deadline: i64) -> bool {
        let mut cur = self.sched.timer_wait.load(SeqCst);
        while deadline < cur {
            match self
                .sched
                .timer_wait
                .compare_exchange(cur, deadline, SeqCst, SeqCst)
            {
                Ok(_) => return true,
                Err(now) => cur = now,
            }
        }
        false
    }

    fn release_timer_wait(&self, deadline: i64) {
        // Another may have taken it over with an earlier deadline, and sees to itself.
        let _ = self
            .sched
            .timer_wait
            .compare_exchange(deadline, i64::MAX, SeqCst, SeqCst);
    }

    /// Wakes an M for an idle P, to look for work, unless someone is at it already.
    pub(crate) fn wake_p(&'static self) {
        if !self.sched.hunt.begin_wake() {
            return;
        }
        let p = {
            let mut synced = self.sched.synced.lock();
            let stopping = self.sched.attention.load(SeqCst) & (STOP | EXIT | FREEZE) != 0;
            let p = if stopping {
                None
            } else {
                self.sched.get_idle_p(&mut synced, None)
            };
            if p.is_some() {
                self.wake_sysmon(&mut synced);
            }
            p
        };
        match p {
            Some(p) => self.start_m(p, true),
            None => {
                self.sched.hunt.end_spinning();
            }
        }
    }

    /// Gives `p`, which is in the caller's hands, to a sleeping or a new M. `spinning`: the caller has counted
    /// it as spinning.
    pub(crate) fn start_m(&'static self, p: &'static P, spinning: bool) {
        debug_assert_eq!(p.status(), PStatus::Idle);
        let m = {
            let mut synced = self.sched.synced.lock();
            self.sched.get_idle_m(&mut synced)
        };
        self.counters.wakeups.inc_shared();
        match m {
            Some(m) => {
                m.is_spinning.store(spinning, Relaxed);
                m.next_p.store(Some(p), Ordering::Release);
                m.park.wake();
            }
            None => self.new_m(Some(p), spinning),
        }
    }

    /// Finds a use for `p`, which its M has left: an M to run what is queued, or the idle list.
    pub(crate) fn handoff_p(&'static self, p: &'static P) {
        self.counters.handoffs.inc_shared();
        debug_assert_eq!(p.status(), PStatus::Idle);
        if !p.runq.is_empty() || self.sched.global.len() > 0 {
            return self.start_m(p, false);
        }
        // Nobody spins and nobody is idle: this P's M would have been the one to look for work.
        if self.sched.hunt.n_spinning() + self.sched.hunt.n_idle() == 0 && self.sched.hunt.begin_wake() {
            return self.start_m(p, true);
        }
        // Its timers need someone who waits for them.
        if p.timers.next_when() < self.sched.timer_wait.load(SeqCst) {
            return self.start_m(p, false);
        }
        let mut synced = self.sched.synced.lock();
        if self.sched.attention.load(SeqCst) & STOP != 0 {
            p.set_status(PStatus::Stopped);
            self.count_stopped(&mut synced);
            return;
        }
        self.sched.put_idle_p(&mut synced, p);
        drop(synced);
        self.sched.hunt.before_last_look();
        if self.has_work() {
            self.wake_p();
        }
    }
}
