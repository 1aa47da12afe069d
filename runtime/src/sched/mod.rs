//! The scheduler: which G runs next on this P, and what becomes of it when it yields.
//!
//! [`next`] is `schedule` and `findRunnable` of Go in one: requests for attention, due timers, every 61st
//! tick the global queue, `runnext`, the local queue, a share of the global queue; then, without luck, a
//! search through the other Ps, and sleep. [`after`] puts a G that has yielded where it belongs.
//!
//! No G runs while these functions do, so there is no scheduler stack to switch to: the M's own thread is it.

pub mod counters;
pub(crate) mod gfree;
pub(crate) mod idle;
pub mod locked;
pub mod park;
pub(crate) mod runq;
pub mod syscall;
pub(crate) mod sysmon;
pub(crate) mod world;

use crate::engine::Yield;
use crate::g::{G, Status};
use crate::p::{P, PStatus};
use crate::sync::{Relaxed, SeqCst, spin_hint};
use crate::worker::Worker;
use idle::{DEMAND, EXIT, FREEZE, JOB, STOP};
use runq::Stolen;

/// Every so many ticks the global queue comes first, so that two Gs that ready each other forever on a
/// local queue do not starve it.
const GLOBAL_TICK: u32 = 61;
/// Every so many switches a P with timers looks at the clock.
const TIMER_TICK: u32 = 8;
/// Searches through all Ps before a spinning M gives up.
const STEAL_ROUNDS: usize = 4;
/// Polls of another P's `runnext` before it may be stolen: some microseconds.
const RUNNEXT_POLLS: u32 = if cfg!(loom) { 1 } else { 100 };

/// What the deadlock check found.
pub(crate) enum Verdict {
    Alive,
    /// Nothing will ever run again; Go's words for it.
    Dead(&'static str),
}

/// The next G for this M, and whether it inherits the time slice of the one before. Sleeps until there is
/// one; None when the program has ended.
#[inline]
pub(crate) fn next(w: &mut Worker) -> Option<(&'static G, bool)> {
    loop {
        if w.m().locked_g.load(Relaxed).is_some() {
            return locked::wait(w);
        }
        if w.p.is_none() {
            w.stop_m()?;
        }
        let (rt, p) = (w.rt(), w.p());
        if rt.sched.attention.load(Relaxed) != 0 {
            attend(w)?;
            continue;
        }
        if p.timers.has_any() {
            // Reading the clock costs more than a switch. sysmon, which is up when the timer is due, sets `preempt`.
            let look = p.switch_tick.load(Relaxed) % TIMER_TICK == 0 || p.preempt.load(Relaxed);
            if look {
                w.run_timers_of(p);
            }
            rt.sysmon_knows(p.timers.next_when());
        }
        let Some((g, inherit)) = pick(w) else {
            continue;
        };
        w.stop_spinning();
        if g.is_locked() {
            locked::hand_over(w, g);
            continue;
        }
        return Some((g, inherit));
    }
}

#[inline]
fn pick(w: &mut Worker) -> Option<(&'static G, bool)> {
    let (rt, p) = (w.rt(), w.p());
    if p.sched_tick.load(Relaxed) % GLOBAL_TICK == 0
        && rt.sched.global.len() > 0
        && let Some(g) = rt.sched.global.pop()
    {
        p.counters.global_ticks.inc();
        p.counters.global_gets.inc();
        return Some((g, false));
    }
    if let Some(g) = p.runq.pop_next(p.is_solo()) {
        return Some((g, true));
    }
    if let Some(g) = p.runq.pop() {
        return Some((g, false));
    }
    if rt.sched.global.len() > 0
        && let Some((g, n)) = rt.sched.global.pop_share(rt.n_procs(), &p.runq)
    {
        p.counters.global_gets.add(n as u64);
        return Some((g, false));
    }
    find_elsewhere(w).map(|g| (g, false))
}

/// Steals, or sleeps. None: look at everything again.
#[cold]
fn find_elsewhere(w: &mut Worker) -> Option<&'static G> {
    if w.p().timers.has_any() && w.run_timers_of(w.p()) {
        return None;
    }
    if !w.is_solo() && w.may_spin() {
        let found = steal(w);
        if found.is_some() {
            return found;
        }
    }
    // At the end of the program go_idle returns without a P; `next` sees the reason for attention.
    w.go_idle();
    None
}

/// Looks through all other Ps in random order: half of a queue, then their due timers, then `runnext`.
fn steal(w: &mut Worker) -> Option<&'static G> {
    let (rt, me) = (w.rt(), w.p());
    me.counters.steal_rounds.inc();
    let n = rt.n_procs() as u32;
    for round in 0..STEAL_ROUNDS {
        let last = round == STEAL_ROUNDS - 1;
        // Every start and every step prime to `n` visits all Ps once.
        let start = w.rand_below(n);
        let step = rt.coprime_step(w.rand_u64());
        let mut id = start;
        for _ in 0..n {
            if rt.sched.attention.load(Relaxed) != 0 {
                return None;
            }
            let victim = rt.p(id as usize);
            id = (id + step) % n;
            if victim.id == me.id {
                continue;
            }
            if last && victim.timers.is_due() && w.run_timers_of(victim) {
                me.counters.timers_stolen.inc();
                // What the timers readied is on our own queue now.
                if let Some(g) = me.runq.pop_next(false).or_else(|| me.runq.pop()) {
                    return Some(g);
                }
            }
            if victim.status() == PStatus::Idle && victim.runq.is_empty() {
                continue;
            }
            match me.runq.steal_from(&victim.runq) {
                Stolen::Batch(g, more) => {
                    me.counters.steals.inc();
                    me.counters.stolen.add(1 + more as u64);
                    return Some(g);
                }
                Stolen::Nothing => {}
            }
            if last && let Some(g) = steal_runnext(victim) {
                me.counters.runnext_stolen.inc();
                return Some(g);
            }
        }
    }
    None
}

/// Takes `victim`'s runnext if its owner has been busy with another G for a while.
fn steal_runnext(victim: &P) -> Option<&'static G> {
    let g = victim.runq.peek_next()?;
    if is_stale_next(victim, g) && victim.runq.steal_next(g) {
        Some(g)
    } else {
        None
    }
}

/// Whether `g` stays `p`'s runnext while nothing else starts on `p` for some microseconds.
pub(crate) fn is_stale_next(p: &P, g: &'static G) -> bool {
    if p.status() != PStatus::Running {
        return true;
    }
    let tick = p.switch_tick.load(Relaxed);
    for _ in 0..RUNNEXT_POLLS {
        spin_hint();
        if p.switch_tick.load(Relaxed) != tick {
            return false;
        }
    }
    p.runq.peek_next().is_some_and(|next| std::ptr::eq(next, g))
}

/// Deals with reasons not to run the next G. None: the program has ended.
#[cold]
fn attend(w: &mut Worker) -> Option<()> {
    let attention = w.rt().sched.attention.load(SeqCst);
    if attention & EXIT != 0 {
        return None;
    }
    if attention & FREEZE != 0 {
        w.freeze();
        return Some(());
    }
    if attention & STOP != 0 {
        return w.stop_with_world();
    }
    if attention & DEMAND != 0 {
        w.yield_p();
    } else if attention & JOB != 0 {
        w.run_jobs();
    }
    Some(())
}

/// What becomes of `g`, which has yielded.
#[inline]
pub(crate) fn after(w: &mut Worker, g: &'static G, y: Yield) {
    match y {
        // The G may already run elsewhere.
        Yield::Parked => w.see_to_bubble(),
        Yield::Dead => dead(w, g),
        Yield::Gosched => {
            w.p().counters.yields.inc();
            g.set_status(Status::Runnable);
            w.put_global(g);
            wake_for_others(w);
        }
        Yield::Preempted => {
            g.set_status(Status::Preempted);
            requeue_preempted(w, g);
        }
        Yield::LostP => syscall::lost_p(w, g),
        Yield::Exit(status) => {
            let status = w.report_leaks(g, status);
            w.rt().end(status);
        }
    }
}

#[cold]
fn requeue_preempted(w: &mut Worker, g: &'static G) {
    // Frozen it will not run again; what is shown is that it ran.
    if w.rt().sched.attention.load(SeqCst) & FREEZE == 0 {
        g.set_status(Status::Runnable);
    }
    w.put_global(g);
    wake_for_others(w);
}

/// A G went to the global queue. This M takes the next one itself; if there are more, an idle P may help.
#[inline]
fn wake_for_others(w: &mut Worker) {
    if !w.is_solo() && (!w.p().runq.is_empty() || w.rt().sched.global.len() > 1) {
        let rt = w.rt();
        if rt.sched.hunt.wants_wake() {
            rt.wake_p();
        }
    }
}

#[inline]
fn dead(w: &mut Worker, g: &'static G) {
    w.rt().engine.on_dead(g);
    if g.bubble().is_some() {
        w.bubble_dead(g);
    }
    if g.is_locked() {
        w.unlock_dead(g);
    }
    w.free_g(g);
}
