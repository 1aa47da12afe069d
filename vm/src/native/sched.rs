//! Package runtime/sched: the scheduler's counters, and what is known of each goroutine.

use mgo_runtime::Runtime;
use mgo_runtime::g::{G, Status};
use mgo_runtime::sched::counters::Counters;
use mgo_runtime::sched::park::WaitReason;

use crate::engine;
use crate::native::{NativeCtx, Slice};

/// Counters in the order of `sched.mgo`.
fn values(c: &Counters) -> Vec<u64> {
    let mut all = vec![
        c.preempt_requested,
        c.signals_sent,
        c.preempt_async,
        c.preempt_plain,
        c.yields,
        c.switches,
        c.steals,
        c.stolen,
        c.global_gets,
        c.spills,
        c.handoffs,
        c.spinning_started,
        c.wakeups,
        c.m_made,
        c.g_fresh,
        c.g_reused,
        c.finished,
        c.stack_grown,
        c.stack_copied,
        c.stack_shrunk,
        c.timers_fired,
        c.syscalls,
        c.stw,
        c.gcs,
        c.parks,
        c.readies,
        c.spawned,
        c.inherited,
        c.preempt_timer,
        c.runnext_stolen,
        c.global_ticks,
        c.global_puts,
        c.retakes,
        c.syscalls_slow,
        c.sleeps,
        c.g_to_global,
        c.g_from_global,
        c.stack_reused,
    ];
    all.extend(c.parks_by);
    all
}

/// What `sched.mgo` decodes of one goroutine.
fn facts(g: &G) -> [u64; 10] {
    [
        g.id(),
        g.parent_id(),
        g.status() as u64,
        g.wait_reason() as u64,
        g.n_preempt_requests().into(),
        g.n_preempted().into(),
        g.n_grown().into(),
        g.stack_slots() as u64 * 8,
        g.ran_on(),
        g.is_leaked().into(),
    ]
}

fn info(rt: &'static Runtime, id: i64) -> Vec<u64> {
    let mut gs: Vec<&'static G> = Vec::new();
    rt.for_each_g(|g| {
        if !g.is_system() && (id == 0 || g.id() as i64 == id) {
            gs.push(g);
        }
    });
    gs.sort_by_key(|g| g.id());
    gs.iter().flat_map(|g| facts(g)).collect()
}

/// A slice of these words.
pub(super) fn words<'n>(cx: &mut NativeCtx<'n>, words: &[u64]) -> Slice<'n> {
    let out = cx.words(words.len());
    words.iter().enumerate().for_each(|(i, &w)| out.set_word(i, w));
    out
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "runtime/sched.read" = |cx, p: i64, out: Slice<'_>| -> () {
        let rt = cx.worker().rt();
        let counters = usize::try_from(p).map_or_else(|_| rt.counters(), |p| rt.counters_of(p));
        super::runtime::fill(out, &values(&counters));
    };
    "runtime/sched.numP" = |cx| -> i64 { cx.worker().rt().n_procs() as i64 };
    "runtime/sched.reasonName" = |cx, i: i64| -> String {
        // Number 0, no reason, is that of system calls; a blank name would end the list.
        let named = usize::try_from(i).ok().and_then(|i| WaitReason::ALL.get(i));
        named.map_or(String::new(), |r| if *r == WaitReason::None { "none" } else { r.text() }.to_owned())
    };
    "runtime/sched.statusName" = |cx, i: i64| -> String {
        let status = u8::try_from(i).ok().and_then(Status::of_number);
        status.map_or(String::new(), |s| s.text().to_owned())
    };
    "runtime/sched.info" = |cx, id: i64| -> Slice<'_> {
        let facts = info(cx.worker().rt(), id);
        words(cx, &facts)
    };
    "runtime/sched.GoID" = |cx| -> i64 { cx.g().id() as i64 };
    "runtime/sched.ProcID" = |cx| -> i64 { i64::from(cx.worker().p().id) };
    "runtime/sched.ThreadID" = |cx| -> i64 { i64::from(cx.worker().m().id) };
    "runtime/sched.StackSize" = |cx| -> i64 { cx.g().stack_slots() as i64 * 8 };
    "runtime/sched.StackUsed" = |cx| -> i64 { engine::stack_used(cx.program(), cx.g()) as i64 * 8 };
    "runtime/sched.RunqLen" = |cx| -> (i64, i64) {
        let (local, global) = cx.worker().runq_len();
        (local as i64, global as i64)
    };
}
