//! Packages runtime and runtime/debug, and the end of the program.

use mgo_runtime::Runtime;
use mgo_runtime::engine::Yield;
use mgo_runtime::g::G;
use mgo_runtime::traceback;

use crate::bytecode::program::{Program, RKind, RType};
use crate::engine;
use crate::native::{Any, Bytes, NativeCtx, NativeResult, Slice, Str};

/// The stack of `g`, or of all goroutines, as text.
fn dump(rt: &'static Runtime, g: &'static G, all: bool) -> String {
    let mut out = String::new();
    traceback::stacks(rt, Some(g), all, &mut out);
    let text = out.trim_start_matches('\n');
    // As in Go the trace begins with the caller of runtime.Stack.
    let mut lines = text.split_inclusive('\n');
    match (lines.next(), lines.next(), lines.next()) {
        (Some(header), Some(func), Some(place)) if func.starts_with("runtime.Stack(") => {
            format!("{header}{}", &text[header.len() + func.len() + place.len()..])
        }
        _ => text.to_owned(),
    }
}

/// Figures in the order of `runtime.mgo`.
fn mem_stats(cx: &mut NativeCtx<'_>) -> Vec<u64> {
    let s = cx.worker().heap_stats();
    let rt = cx.worker().rt();
    let (stack_sys, stack_used) = rt.stack_bytes();
    let heap_sys = s.in_use_bytes + s.idle_bytes;
    vec![
        s.alloc_bytes,
        s.total_alloc_bytes,
        heap_sys + stack_sys,
        s.mallocs,
        s.frees,
        heap_sys,
        s.idle_bytes,
        s.in_use_bytes,
        s.released_bytes,
        s.mallocs - s.frees,
        stack_used,
        stack_sys,
        0,
        0,
        s.next_gc,
        0,
        s.pause_ns,
        s.n_gc,
        0,
    ]
}

pub(super) fn fill(out: Slice<'_>, values: &[u64]) {
    for (i, &v) in values.iter().enumerate().take(out.len()) {
        out.set_word(i, v);
    }
}

/// The type of the value that pointer type `t` points to must be that which `finalizer` takes.
fn finalizer_fits(p: &Program, obj: &RType, f: &RType) -> bool {
    let [param] = f.params[..] else { return false };
    let param_type = &p.types[param];
    param == obj.id || param_type.kind == RKind::Interface && obj.implements(param_type)
}

/// `runtime.SetFinalizer`.
fn set_finalizer(cx: &mut NativeCtx<'_>, obj: Any<'_>, finalizer: Any<'_>) -> NativeResult {
    let Some(t) = obj.rtype(cx) else {
        return cx.fatal("runtime.SetFinalizer: first argument is nil");
    };
    if t.kind != RKind::Pointer {
        return cx.fatal(&format!(
            "runtime.SetFinalizer: first argument is {}, not pointer",
            t.string
        ));
    }
    let at = obj.words().1;
    if at == 0 {
        return cx.fatal("nil elem type!");
    }
    let heap = cx.worker().rt().heap();
    let Some(found) = heap.find_object(at as usize) else {
        // Of no bytes, or a variable of a package: it never dies.
        return NativeResult::Done;
    };
    let Some(f) = finalizer.rtype(cx) else {
        heap.set_finalizer(found.base, None);
        return NativeResult::Done;
    };
    if f.kind != RKind::Func {
        return cx.fatal(&format!(
            "runtime.SetFinalizer: second argument is {}, not a function",
            f.string
        ));
    }
    if !finalizer_fits(cx.program(), t, f) {
        return cx.fatal(&format!(
            "runtime.SetFinalizer: cannot pass {} to finalizer {}",
            t.string, f.string
        ));
    }
    let results: u64 = f.results.iter().map(|&r| u64::from(cx.rtype(r).slots)).sum();
    let to_iface = cx.rtype(f.params[0]).kind == RKind::Interface;
    let ty = if to_iface { u64::from(t.id) } else { 0 };
    // The object must not be kept alive by its own finalizer: only the distance is kept.
    let action = [finalizer.words().1, results, ty, at - found.base as u64];
    if !heap.set_finalizer(found.base, Some(action)) {
        return cx.fatal("runtime.SetFinalizer: finalizer already set");
    }
    crate::interp::control::start_finalizer(cx.vm());
    NativeResult::Done
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "runtime.Breakpoint" = |cx| -> NativeResult {
        // Go's own ends so without a debugger: by the signal.
        cx.fatal("SIGTRAP: trace trap")
    };
    "runtime.Gosched" = |cx| -> NativeResult { NativeResult::Yield(Yield::Gosched) };
    "runtime.Goexit" = |cx| -> NativeResult { NativeResult::Goexit };
    "runtime.GOMAXPROCS" = |cx, n: i64| -> i64 {
        cx.worker().set_gomaxprocs(n.clamp(0, 1 << 20) as usize) as i64
    };
    "runtime.SetDefaultGOMAXPROCS" = |cx| -> () {
        cx.worker().set_gomaxprocs(mgo_runtime::os::thread::default_gomaxprocs());
    };
    "runtime.NumCPU" = |cx| -> i64 { cx.worker().rt().n_cpu() as i64 };
    "runtime.NumGoroutine" = |cx| -> i64 { cx.worker().rt().n_goroutines() as i64 };
    "runtime.LockOSThread" = |cx| -> () {
        let g = cx.g();
        cx.worker().lock_os_thread(g);
    };
    "runtime.UnlockOSThread" = |cx| -> () {
        let g = cx.g();
        cx.worker().unlock_os_thread(g);
    };
    "runtime.GC" = |cx| -> () { cx.worker().collect_now(); };
    "runtime.SetFinalizer" = |cx, obj: Any<'_>, finalizer: Any<'_>| -> NativeResult { set_finalizer(cx, obj, finalizer) };
    "runtime.callers" = |cx, skip: i64, pcs: Slice<'_>| -> i64 {
        let skip = skip.max(0) as usize;
        let found = engine::callers(cx.program(), cx.g(), skip.saturating_add(pcs.len()));
        let n = found.len().saturating_sub(skip).min(pcs.len());
        for i in 0..n {
            pcs.set_word(i, found[skip + i]);
        }
        n as i64
    };
    "runtime.pcInfo" = |cx, pc: u64| -> (String, String, i64, u64) {
        match engine::caller_info(cx.program(), pc) {
            Some((info, entry)) => (info.func, info.file, i64::from(info.line), entry),
            None => (String::new(), String::new(), 0, 0),
        }
    };
    "runtime.Stack" = |cx, buf: Bytes<'_>, all: bool| -> i64 {
        let (g, rt) = (cx.g(), cx.worker().rt());
        let text = if all {
            cx.worker().stop_the_world();
            let text = dump(rt, g, true);
            cx.worker().start_the_world();
            text
        } else {
            dump(rt, g, false)
        };
        buf.write_at(0, text.as_bytes()) as i64
    };
    "runtime.memStats" = |cx, out: Slice<'_>| -> () {
        let values = mem_stats(cx);
        fill(out, &values);
    };
    "runtime.gcPauses" = |cx, pauses: Slice<'_>, ends: Slice<'_>| -> () {
        let heap = cx.worker().rt().heap();
        for (i, (ns, end)) in heap.pauses().enumerate().take(pauses.len().min(ends.len())) {
            pauses.set_word(i, ns);
            ends.set_word(i, end);
        }
    };
    "runtime/debug.setGCPercent" = |cx, percent: i64| -> i64 {
        let old = cx.worker().rt().heap().set_gc_percent(u32::try_from(percent).ok());
        old.map_or(-1, i64::from)
    };
    "runtime/debug.setMaxStack" = |cx, bytes: i64| -> i64 {
        cx.worker().rt().set_max_stack(bytes.max(0) as usize) as i64
    };
    "runtime/debug.setMaxThreads" = |cx, threads: i64| -> i64 { cx.worker().rt().config.max_threads as i64 };
    "runtime/debug.setMemoryLimit" = |cx, limit: i64| -> i64 {
        let heap = cx.worker().rt().heap();
        let old = heap.soft_limit().min(i64::MAX as usize) as i64;
        if limit >= 0 {
            heap.set_soft_limit(limit as usize);
        }
        old
    };
    "runtime/debug.FreeOSMemory" = |cx| -> () { cx.worker().free_os_memory(); };
    "runtime/debug.SetTraceback" = |cx, level: Str<'_>| -> () {
        let level = traceback::Level::parse(&String::from_utf8_lossy(level.bytes()));
        cx.worker().rt().set_traceback(level);
    };
    "os.exit" = |cx, code: i64| -> NativeResult { NativeResult::Yield(Yield::Exit(code as i32)) };
}
