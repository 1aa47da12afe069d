//! Traces of the scheduler for people: one line every so many milliseconds (`GODEBUG=schedtrace=N`).

use crate::Runtime;
use crate::sync::Relaxed;
use std::fmt::Write as _;

/// Called by sysmon each round.
pub(crate) fn tick(rt: &'static Runtime, now: i64) {
    let every = i64::from(rt.config.schedtrace_ms) * 1_000_000;
    if every == 0 || now < rt.next_trace.load(Relaxed) {
        return;
    }
    rt.next_trace.store(now + every, Relaxed);
    rt.print(&line(rt, now));
}

/// The state of the scheduler in the form of Go's `SCHED` lines.
pub fn line(rt: &'static Runtime, now: i64) -> String {
    let (threads, idle_threads) = {
        let synced = rt.sched.synced.lock();
        (synced.n_m, synced.n_idle_m)
    };
    let mut out = format!(
        "SCHED {}ms: gomaxprocs={} idleprocs={} threads={threads} spinningthreads={} idlethreads={idle_threads} runqueue={} [",
        (now - rt.start) / 1_000_000,
        rt.n_procs(),
        rt.sched.hunt.n_idle(),
        rt.sched.hunt.n_spinning(),
        rt.sched.global.len(),
    );
    for p in rt.procs() {
        let _ = write!(out, " {}", p.runq.len());
    }
    out.push_str(" ]\n");
    out
}
