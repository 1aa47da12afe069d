//! sysmon: a thread without a P that looks after the others.
//!
//! - It takes Ps from system calls that last (*retake*), when there is use for them.
//! - It asks a G that has run for 10 ms to give way: plain poison first, and SIGURG, whose handler makes it
//!   one that loops obey.
//! - It sees to overdue timers of Ps that are busy with one G: by waking an idle P, which steals them, or by
//!   preemption at once, so that a sleeper need not wait for the end of a time slice. (Go's sysmon only
//!   starts an M then, which helps nothing under GOMAXPROCS=1.)
//!
//! It sleeps 20 µs while there is something to do, doubling to 10 ms after a millisecond without, at most
//! until the next timer of a busy P, and without end while all Ps are idle. A P with timers compares them
//! with sysmon's next round when it schedules, and wakes sysmon early if need be.

use crate::Runtime;
use crate::m::M;
use crate::os::thread::nanotime;
use crate::p::{P, PStatus};
use crate::sched::Verdict;
use crate::sched::idle::{EXIT, Synced};
use crate::sync::{Ordering, Relaxed, SeqCst, fence};

const MIN_NS: i64 = 20_000;
const MAX_NS: i64 = 10_000_000;
/// Between rounds under stress: a signal costs sender and receiver some microseconds each.
const STRESS_NS: i64 = 250_000;
/// Rounds without work before the sleeps grow.
const QUICK_ROUNDS: u32 = 50;
/// How long a G may run before it is asked to give way.
const SLICE_NS: i64 = 10_000_000;
/// How long an idle P may stay in a system call when nobody needs it.
const SYSCALL_NS: i64 = 10_000_000;
/// Rounds with all Ps idle and nothing run before sysmon sleeps without end: half a second, so that a program
/// that sleeps and wakes every few milliseconds does not wake sysmon each time.
const IDLE_ROUNDS: u32 = 50;
/// sysmon does not look at timers more often than this.
const TIMER_NS: i64 = 50_000;
/// How long a P that was asked to give way has for that.
const GRACE_NS: i64 = 1_000_000;

/// What sysmon saw of a P in its last round.
#[derive(Clone, Copy, Default)]
struct Seen {
    sched_tick: u32,
    sched_when: i64,
    syscall_tick: u32,
    syscall_when: i64,
}

/// The thread.
pub(crate) fn run(rt: &'static Runtime) {
    let mut seen: Vec<Seen> = Vec::new();
    let (mut quiet, mut delay) = (0u32, MIN_NS);
    let (mut last_switches, mut idle_rounds) = (0u64, 0u32);
    loop {
        if quiet == 0 {
            delay = MIN_NS;
        } else if quiet > QUICK_ROUNDS {
            delay = (delay * 2).min(MAX_NS);
        }
        sleep(rt, delay);
        if rt.sched.attention.load(SeqCst) & EXIT != 0 {
            return;
        }
        let now = rt.update_coarse_now();
        rt.counters.sysmon_ticks.inc_shared();
        let switches = rt.procs().map(|p| u64::from(p.switch_tick.load(Relaxed))).sum();
        let is_idle = switches == last_switches && rt.sched.hunt.n_idle() as usize == rt.n_procs();
        last_switches = switches;
        idle_rounds = if is_idle && delay == MAX_NS {
            idle_rounds + 1
        } else {
            0
        };
        if idle_rounds > IDLE_ROUNDS && deep_sleep(rt) {
            (quiet, idle_rounds) = (0, 0);
            continue;
        }
        if rt.config.stress_preempt || rt.config.stress_stack {
            rt.preempt_all();
            (quiet, delay) = (1, STRESS_NS);
        }
        if rt.heap.forced_at() <= now && !rt.heap.is_gc_wanted() {
            rt.demand_gc();
        }
        let worked = retake(rt, &mut seen, now);
        see_to_timers(rt, now);
        quiet = if worked > 0 { 0 } else { quiet + 1 };
        crate::trace::tick(rt, now);
    }
}

/// Sleeps for `delay`, less if a busy P's timer comes first.
fn sleep(rt: &'static Runtime, delay: i64) {
    let now = nanotime();
    let deadline = (now + delay).min(next_busy_timer(rt, now));
    rt.sysmon_wake.store(deadline, SeqCst);
    fence(SeqCst);
    // A timer that came just before the store.
    let deadline = deadline.min(next_busy_timer(rt, now));
    rt.sysmon_note.sleep_until(deadline);
    rt.sysmon_wake.store(i64::MIN, SeqCst);
}

/// Sleeps until a P is taken from the idle list. False if one is in use after all.
fn deep_sleep(rt: &'static Runtime) -> bool {
    {
        let mut synced = rt.sched.synced.lock();
        if rt.sched.hunt.n_idle() as usize != rt.n_procs() {
            return false;
        }
        synced.sysmon_asleep = true;
    }
    loop {
        // A heap that has grown is collected once more, even if nobody does anything.
        if !rt.sysmon_note.sleep_until(rt.heap.forced_at()) {
            rt.sched.synced.lock().sysmon_asleep = false;
            return true;
        }
        if !rt.sched.synced.lock().sysmon_asleep || rt.sched.attention.load(SeqCst) & EXIT != 0 {
            return true;
        }
    }
}

/// When a timer of a P that runs a G needs looking at.
fn next_busy_timer(rt: &'static Runtime, now: i64) -> i64 {
    let busy = rt.procs().filter(|p| p.status() == PStatus::Running);
    // A P that was asked to give way looks at its timers itself, in a while.
    let grace = |p: &P| {
        if p.preempt.load(Relaxed) {
            GRACE_NS
        } else {
            TIMER_NS
        }
    };
    busy.map(|p| p.timers.next_when().max(now + grace(p)))
        .min()
        .unwrap_or(i64::MAX)
}

/// Takes Ps from system calls and preempts Gs that ran too long; says how many Ps it took.
fn retake(rt: &'static Runtime, seen: &mut Vec<Seen>, now: i64) -> usize {
    let mut n = 0;
    for p in rt.procs() {
        let id = p.id as usize;
        if seen.len() <= id {
            seen.resize(
                id + 1,
                Seen {
                    sched_when: now,
                    syscall_when: now,
                    ..Seen::default()
                },
            );
        }
        let seen = &mut seen[id];
        match p.status() {
            PStatus::Running => check_slice(rt, p, seen, now),
            PStatus::Syscall => {
                check_slice(rt, p, seen, now);
                n += usize::from(retake_syscall(rt, p, seen, now));
            }
            _ => {}
        }
    }
    n
}

fn check_slice(rt: &'static Runtime, p: &'static P, seen: &mut Seen, now: i64) {
    let tick = p.sched_tick.load(Relaxed);
    if seen.sched_tick != tick {
        seen.sched_tick = tick;
        seen.sched_when = now;
    } else if seen.sched_when + SLICE_NS <= now && p.status() == PStatus::Running {
        rt.preempt_one(p);
    }
}

fn retake_syscall(rt: &'static Runtime, p: &'static P, seen: &mut Seen, now: i64) -> bool {
    let tick = p.syscall_tick.load(Relaxed);
    if seen.syscall_tick != tick {
        seen.syscall_tick = tick;
        seen.syscall_when = now;
        return false;
    }
    let others = rt.sched.hunt.n_spinning() + rt.sched.hunt.n_idle();
    let has_timer = p.timers.next_when() <= now;
    if p.runq.is_empty() && !has_timer && others > 0 && seen.syscall_when + SYSCALL_NS > now {
        return false;
    }
    with_p_in_hand(rt, || {
        if !p.change_status(PStatus::Syscall, PStatus::Idle) {
            return false;
        }
        rt.counters.retakes.inc_shared();
        p.m.store(None, Relaxed);
        rt.handoff_p(p);
        true
    })
}

/// Counts sysmon as a running M while `f` has a P in its hands: an M that comes back from a system call then
/// finds none idle, queues its G and sleeps, and must not think that nobody will ever run it.
fn with_p_in_hand<T>(rt: &'static Runtime, f: impl FnOnce() -> T) -> T {
    rt.sched.synced.lock().n_idle_locked -= 1;
    let result = f();
    let verdict = {
        let mut synced = rt.sched.synced.lock();
        synced.n_idle_locked += 1;
        rt.check_dead(&synced)
    };
    if let Verdict::Dead(text) = verdict {
        rt.deadlock(text);
    }
    result
}

/// Has overdue timers of busy Ps run.
fn see_to_timers(rt: &'static Runtime, now: i64) {
    for p in rt.procs() {
        let grace = if p.preempt.load(Relaxed) { GRACE_NS } else { 0 };
        if p.status() != PStatus::Running || p.timers.next_when().saturating_add(grace) > now {
            continue;
        }
        if rt.sched.hunt.n_idle() > 0 {
            with_p_in_hand(rt, || rt.wake_p());
        } else {
            rt.counters.preempt_timer.inc_shared();
            rt.preempt_one(p);
        }
    }
}

impl Runtime {
    /// A P has a timer due at `when` and is about to run a G: sysmon must be up by then.
    #[inline]
    pub(crate) fn sysmon_knows(&self, when: i64) {
        if when < self.sysmon_wake.load(Relaxed) {
            self.poke_sysmon(when);
        }
    }

    #[cold]
    fn poke_sysmon(&self, when: i64) {
        let cur = self.sysmon_wake.load(SeqCst);
        if when < cur
            && self
                .sysmon_wake
                .compare_exchange(cur, when, SeqCst, SeqCst)
                .is_ok()
        {
            self.counters.sysmon_pokes.inc_shared();
            self.sysmon_note.wake();
        }
    }

    /// A P leaves the idle list. The caller holds the scheduler's lock.
    #[inline]
    pub(crate) fn wake_sysmon(&self, synced: &mut Synced) {
        if synced.sysmon_asleep {
            synced.sysmon_asleep = false;
            self.sysmon_note.wake();
        }
    }

    /// Asks the G that runs on `p` to give way.
    pub(crate) fn preempt_one(&self, p: &'static P) {
        let Some(m) = p.m.load(Ordering::Acquire) else {
            return;
        };
        self.counters.preempt_requested.inc_shared();
        p.preempt.store(true, SeqCst);
        if let Some(g) = m.cur_g.load(Ordering::Acquire) {
            g.count_preempt_request();
            g.poison_plain();
        }
        self.signal(m);
    }

    /// Has all running Gs look for reasons for attention, without ending their time slices. Whether some P runs.
    pub(crate) fn poke_all(&'static self) -> bool {
        let mut any = false;
        for p in self.procs().filter(|p| p.status() == PStatus::Running) {
            any = true;
            let Some(m) = p.m.load(Ordering::Acquire) else {
                continue;
            };
            if let Some(g) = m.cur_g.load(Ordering::Acquire) {
                g.poison_plain();
            }
            self.signal(m);
        }
        any
    }

    /// Sends SIGURG to `m`, unless one is on its way.
    fn signal(&self, m: &'static M) {
        if self.config.async_preempt && !m.signal_pending.swap(true, SeqCst) {
            self.counters.signals_sent.inc_shared();
            crate::os::signal::send_preempt(m);
        }
    }

    /// Asks all running Gs to come to the scheduler.
    pub(crate) fn preempt_all(&'static self) {
        for p in self.procs() {
            if p.status() == PStatus::Running {
                self.preempt_one(p);
            }
        }
    }
}
