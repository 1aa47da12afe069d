//! Packages internal/leak and runtime/pprof: goroutines that leaked, and the stacks of all.

use mgo_runtime::Runtime;
use mgo_runtime::g::{G, Status};
use mgo_runtime::traceback;

use crate::bytecode::program::{Program, func_flag};
use crate::engine;
use crate::native::{NativeCtx, Slice};

/// The traces of goroutines.
fn traces(rt: &'static Runtime, gs: &[&'static G]) -> Vec<String> {
    let trace = |g: &&'static G| {
        let mut out = String::new();
        traceback::goroutine(rt, g, false, &mut out);
        out
    };
    gs.iter().map(trace).collect()
}

/// Appends the number of return addresses of `g`, and these. Its state is stored.
fn add_stack(prog: &Program, g: &G, out: &mut Vec<u64>) {
    let pcs = engine::calls(prog, g, func_flag::WRAPPER, usize::MAX).0;
    out.push(pcs.len() as u64);
    out.extend(pcs);
}

/// The stacks of all goroutines, or of the leaked ones.
fn stacks(cx: &mut NativeCtx<'_>, leaked: bool) -> Vec<u64> {
    let (prog, me) = (cx.program(), cx.g());
    let mut out = Vec::new();
    if leaked {
        cx.worker()
            .with_leaks(|leaks| leaks.stuck.iter().for_each(|g| add_stack(prog, g, &mut out)));
        return out;
    }
    let rt = cx.worker().rt();
    cx.worker().stop_the_world();
    let mut gs = Vec::new();
    rt.for_each_g(|g| {
        if !g.is_system() {
            gs.push(g);
        }
    });
    gs.sort_by_key(|g| (!std::ptr::eq(*g, me), g.id()));
    gs.iter().for_each(|g| add_stack(prog, g, &mut out));
    cx.worker().start_the_world();
    out
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "internal/leak.find" = |cx, fresh: bool| -> Slice<'_> {
        let rt = cx.worker().rt();
        let found = cx.worker().with_leaks(|leaks| traces(rt, if fresh { &leaks.fresh } else { &leaks.stuck }));
        let texts: Vec<&[u8]> = found.iter().map(|t| t.as_bytes()).collect();
        cx.strings(&texts)
    };
    "internal/leak.busy" = |cx| -> i64 {
        let (me, mut n) = (cx.g(), 0);
        cx.worker().rt().for_each_g(|g| {
            let runs = !matches!(g.status(), Status::Waiting | Status::Syscall);
            n += i64::from(runs && !g.is_system() && !std::ptr::eq(g, me));
        });
        n
    };
    "runtime/pprof.stacks" = |cx, leaked: bool| -> Slice<'_> {
        let words = stacks(cx, leaked);
        super::sched::words(cx, &words)
    };
    "runtime/pprof.countLeaked" = |cx| -> i64 {
        let mut n = 0;
        cx.worker().rt().for_each_g(|g| n += i64::from(g.is_leaked()));
        n
    };
}
