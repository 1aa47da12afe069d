//! Traces of the scheduler for people, in the form of Go's: a line every so many milliseconds
//! (`GODEBUG=schedtrace=N`), and with `scheddetail=1` one for each P, M and G.

use crate::Runtime;
use crate::g::G;
use crate::m::M;
use crate::p::P;
use crate::sched::idle::STOP;
use crate::sync::{Relaxed, SeqCst};
use std::fmt::Write as _;

/// Called by sysmon each round.
pub(crate) fn tick(rt: &'static Runtime, now: i64) {
    let every = i64::from(rt.config.schedtrace_ms) * 1_000_000;
    if every == 0 || now < rt.next_trace.load(Relaxed) {
        return;
    }
    rt.next_trace.store(now + every, Relaxed);
    rt.print(&lines(rt, now, rt.config.sched_detail));
}

/// The state of the scheduler: a line, and more if it is to be detailed. What others change meanwhile is shown as it
/// is at its turn.
pub fn lines(rt: &'static Runtime, now: i64, detailed: bool) -> String {
    let (threads, idle_threads, idle_locked, stop_wait) = {
        let synced = rt.sched.synced.lock();
        (
            synced.n_m,
            synced.n_idle_m,
            synced.n_idle_locked,
            synced.stop_wait,
        )
    };
    let mut out = format!(
        "SCHED {}ms: gomaxprocs={} idleprocs={} threads={threads} spinningthreads={} needspinning=0 \
         idlethreads={idle_threads} runqueue={}",
        (now - rt.start) / 1_000_000,
        rt.n_procs(),
        rt.sched.hunt.n_idle(),
        rt.sched.hunt.n_spinning(),
        rt.sched.global.len(),
    );
    if !detailed {
        out.push_str(" [ ");
        for p in rt.procs() {
            let _ = write!(out, "{} ", p.runq.len());
        }
        out.push_str("] schedticks=[ ");
        for p in rt.procs() {
            let _ = write!(out, "{} ", p.sched_tick.load(Relaxed));
        }
        out.push_str("]\n");
        return out;
    }
    let stopping = u32::from(rt.sched.attention.load(SeqCst) & STOP != 0);
    let sleeps = rt.sched.synced.lock().sysmon_asleep;
    let _ = writeln!(
        out,
        " gcwaiting={stopping} nmidlelocked={idle_locked} stopwait={stop_wait} sysmonwait={sleeps}"
    );
    rt.procs().for_each(|p| p_line(p, &mut out));
    rt.ms().iter().for_each(|m| m_line(m, &mut out));
    let ms = rt.ms();
    rt.for_each_g(|g| g_line(g, &ms, &mut out));
    out
}

fn number(n: Option<impl std::fmt::Display>) -> String {
    n.map_or("nil".to_owned(), |n| n.to_string())
}

fn p_line(p: &P, out: &mut String) {
    let c = &p.counters;
    // What came to its free list, and what left it.
    let came = c.finished.get() + c.g_from_global.get();
    let free = came.saturating_sub(c.g_reused.get() + c.g_to_global.get());
    let _ = writeln!(
        out,
        "  P{}: status={} schedtick={} syscalltick={} m={} runqsize={} gfreecnt={free} timerslen={}",
        p.id,
        p.status() as u8,
        p.sched_tick.load(Relaxed),
        p.syscall_tick.load(Relaxed),
        number(p.m.load(SeqCst).map(|m| m.id)),
        p.runq.len(),
        p.timers.len(),
    );
}

fn m_line(m: &M, out: &mut String) {
    let p = m.p.load(SeqCst);
    let cur = m.cur_g.load(SeqCst);
    let _ = writeln!(
        out,
        "  M{}: p={} curg={} mallocing=0 throwing=0 preemptoff= locks=0 dying=0 spinning={} blocked={} lockedg={}",
        m.id,
        number(p.map(|p| p.id)),
        number(cur.map(G::id)),
        m.is_spinning.load(Relaxed),
        p.is_none(),
        number(m.locked_g.load(SeqCst).map(G::id)),
    );
}

fn g_line(g: &G, ms: &[&'static M], out: &mut String) {
    use crate::g::Status;
    // The numbers of Go's states.
    let status = match g.status() {
        Status::Idle => 0,
        Status::Runnable => 1,
        Status::Running => 2,
        Status::Syscall => 3,
        Status::Waiting => 4,
        Status::Dead => 6,
        Status::CopyStack => 8,
        Status::Preempted => 9,
    };
    let on = ms
        .iter()
        .find(|m| m.cur_g.load(SeqCst).is_some_and(|h| std::ptr::eq(h, g)));
    let _ = writeln!(
        out,
        "  G{}: status={status}({}) m={} lockedm={}",
        g.id(),
        g.wait_reason().text(),
        number(on.map(|m| m.id)),
        number(g.locked_m.load(SeqCst).map(|m| m.id)),
    );
}
