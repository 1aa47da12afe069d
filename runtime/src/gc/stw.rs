//! The collector and the scheduler: who asks, who runs it, and what it sees.
//!
//! Who finds a collection due (an allocation's slow path) raises [`Heap::want_gc`], the scheduler's
//! attention and the guard of its own G. The G yields at its next safepoint, and its M, back in the scheduler, stops
//! the world and collects, or begins a concurrent cycle (`concurrent`): no G is in the midst of anything then, and all
//! state is stored.
//!
//! `runtime.GC` may be called from the midst of a native, by [`Worker::collect_now`], if the G's state is
//! stored and no Rust local holds the only pointer to an object.

use super::alloc::MCache;
use super::collect::{Cycle, Roots};
use super::span::Header;
use super::specials::Due;
use super::{Heap, HeapStats};
use crate::Runtime;
use crate::g::{G, Status};
use crate::os::thread::nanotime;
use crate::sched::idle::JOB;
use crate::sched::park::WaitReason;
use crate::sema::SemaTable;
use crate::slot::Layout;
use crate::sudog::{Host, SudogCache};
use crate::sync::{Relaxed, SeqCst};
use crate::timer;
use crate::worker::Worker;

impl Worker {
    /// The allocation cache of this P.
    #[inline(always)]
    pub fn cache(&mut self) -> &mut MCache {
        // SAFETY: whoever has the Worker owns what is in its P, and the borrow ends before another begins.
        unsafe { self.p().mcache.get() }
    }

    /// A cleared object in the heap. It stays alive as long as a root or another object names it; between here
    /// and the next safepoint no collection begins.
    #[inline(always)]
    pub fn alloc(&mut self, layout: &'static Layout) -> *mut u8 {
        match self.cache().alloc_fast(layout) {
            Some(p) => p.as_ptr(),
            None => self.alloc_slow(layout, 1, Header::one(layout)),
        }
    }

    /// A cleared array of `n` elements. Without bytes it is a fixed address outside the heap.
    #[inline(always)]
    pub fn alloc_array(&mut self, layout: &'static Layout, n: usize) -> *mut u8 {
        match self.cache().alloc_array_fast(layout, n) {
            Some(p) => p.as_ptr(),
            None => self.alloc_slow(layout, n, Header::array(layout)),
        }
    }

    /// Cleared bytes that hold no pointers.
    #[inline(always)]
    pub fn alloc_noscan(&mut self, bytes: usize) -> *mut u8 {
        if bytes == 0 {
            return super::alloc::zero_base();
        }
        match self.cache().noscan_fast(bytes) {
            Some(p) => p.as_ptr(),
            None => self.noscan_slow(bytes),
        }
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, layout: &'static Layout, n: usize, header: Header) -> *mut u8 {
        let p = self.cache().alloc_slow(layout, n, header);
        self.after_slow(p, (layout.size as usize).saturating_mul(n))
    }

    #[cold]
    #[inline(never)]
    fn noscan_slow(&mut self, bytes: usize) -> *mut u8 {
        let p = self.cache().noscan_slow(bytes);
        self.after_slow(p, bytes)
    }

    fn after_slow(&mut self, p: *mut u8, bytes: usize) -> *mut u8 {
        if self.cache().take_gc_request() {
            self.request_gc();
        }
        if p.is_null() {
            let live = self.rt().heap.live_bytes();
            let prelude =
                format!("runtime: out of memory: cannot allocate {bytes}-byte block ({live} in use)\n");
            self.rt().fatal_with(&prelude, self.current_g(), "out of memory");
        }
        p
    }

    /// Asks for a collection at this G's next safepoint.
    pub fn request_gc(&mut self) {
        let rt = self.rt();
        rt.heap.want_gc();
        rt.sched.attention.fetch_or(JOB, SeqCst);
        if let Some(g) = self.current_g() {
            g.poison_async();
        }
    }

    /// In the scheduler: collects, if that is still wanted.
    pub(crate) fn collect_if_wanted(&mut self) {
        let rt = self.rt();
        if !rt.heap.is_gc_wanted() {
            return;
        }
        if !rt.heap.is_marking() && rt.heap.wants_concurrent() {
            // What would make the stop longer is done before it.
            rt.heap.finish_sweep();
        }
        let start = nanotime();
        self.stop_the_world();
        let mut cycle = None;
        if rt.heap.is_gc_wanted() {
            if rt.heap.is_marking() {
                cycle = Some(self.finish_stopped());
            } else if rt.heap.wants_concurrent() {
                self.begin_stopped();
            } else {
                cycle = Some(self.collect_stopped());
            }
        }
        self.after_stop(start, cycle);
    }

    /// Starts the world again that was stopped at `start` for the collector, which then ended `cycle`.
    fn after_stop(&mut self, start: i64, cycle: Option<Cycle>) {
        let rt = self.rt();
        self.start_the_world();
        // Taken out first: `stop` takes locks.
        let dead = std::mem::take(&mut *rt.dead_timers.lock());
        for id in dead {
            timer::stop(self, id);
        }
        let ns = rt.heap.count_pause(start);
        match cycle {
            Some(cycle) if rt.config.gc_trace => rt.print(&trace_line(rt, &cycle, ns)),
            _ => {}
        }
        self.wake_finalizer();
        if cycle.is_none() || cycle.is_some_and(|c| c.first_stop != 0) {
            rt.wake_collector();
        }
    }

    /// The snapshot of a concurrent cycle.
    fn begin_stopped(&mut self) {
        let rt = self.rt();
        rt.flush_caches();
        rt.heap.start_marking(&AllRoots(rt));
        self.trim_stacks();
    }

    /// The end of a concurrent cycle.
    fn finish_stopped(&mut self) -> Cycle {
        let rt = self.rt();
        rt.flush_caches();
        self.p().counters.gcs.inc();
        rt.heap.finish_marking(&Globals(rt), rt.n_procs().min(rt.n_cpu()))
    }

    /// The next call that is due because an object died, for the goroutine that makes these calls. None: there is
    /// none, `g` is parked, and when it goes on it asks again. Its state is stored.
    pub fn next_due(&mut self, g: &'static G) -> Option<Due> {
        let rt = self.rt();
        let due = rt.heap.pop_due();
        if due.is_none() {
            rt.finalizer_g.store(Some(g), SeqCst);
            self.park(g, WaitReason::FinalizerWait);
        }
        due
    }

    /// Wakes the goroutine that waits in [`Worker::next_due`] if there is work for it.
    fn wake_finalizer(&mut self) {
        let rt = self.rt();
        if rt.heap.has_due()
            && let Some(g) = rt.finalizer_g.swap(None, SeqCst)
        {
            self.ready(g);
        }
    }

    /// Collects and sweeps all garbage (`runtime.GC`). The current G's state is stored, and nothing but roots and
    /// the heap names an object. The P may be another one afterwards.
    pub fn collect_now(&mut self) {
        let start = nanotime();
        self.stop_the_world();
        if self.rt().heap.is_marking() {
            // What became garbage since that began would survive.
            self.finish_stopped();
        }
        let cycle = self.collect_stopped();
        self.rt().heap.finish_sweep();
        self.after_stop(start, Some(cycle));
    }

    /// As [`Worker::collect_now`], and gives all free memory back to the system (`debug.FreeOSMemory`).
    pub fn free_os_memory(&mut self) {
        self.collect_now();
        self.rt().heap.give_back_all();
    }

    /// The heap's figures, exact (`runtime.ReadMemStats`). The conditions of [`Worker::collect_now`] hold.
    pub fn heap_stats(&mut self) -> HeapStats {
        self.stop_the_world();
        self.rt().flush_caches();
        let stats = self.rt().heap.stats();
        self.start_the_world();
        stats
    }

    fn collect_stopped(&mut self) -> Cycle {
        let rt = self.rt();
        rt.flush_caches();
        let cycle = rt.heap.collect(&AllRoots(rt), rt.n_procs().min(rt.n_cpu()));
        self.p().counters.gcs.inc();
        self.trim_stacks();
        cycle
    }

    /// Halves stacks that are mostly empty, and frees those of dead Gs. The world is stopped.
    fn trim_stacks(&mut self) {
        let rt = self.rt();
        rt.for_each_g(|g| {
            // Not of those in system calls: what was passed to these may lie in the stack.
            if matches!(g.status(), Status::Waiting | Status::Runnable | Status::Preempted) {
                self.shrink_stack(g, || rt.engine.stack_used(g));
            }
        });
        self.free_dead_stacks();
    }
}

impl Runtime {
    /// The heap.
    pub fn heap(&self) -> &Heap {
        &self.heap
    }

    /// Has the engine forget what is about to be swept. The world is stopped.
    fn drop_dead_roots(&self, is_live: &dyn Fn(u64) -> bool) {
        let mut timers = self.dead_timers.lock();
        self.engine.drop_dead_roots(is_live, &mut |id| timers.push(id));
    }

    /// Puts all that Ps have cached back. The world is stopped.
    pub(super) fn flush_caches(&self) {
        for p in self.procs() {
            // SAFETY: the world is stopped by the caller's M, so all Ps are in its hands.
            unsafe { p.mcache.get() }.flush();
        }
    }
}

/// All that the program can name. The world is stopped.
struct AllRoots(&'static Runtime);

impl Roots for AllRoots {
    fn visit_roots(&self, visit: &mut dyn FnMut(u64)) {
        let rt = self.0;
        rt.engine.visit_global_roots(visit);
        rt.visit_roots(visit);
        rt.for_each_stack(|g| rt.engine.visit_g_roots(g, visit));
    }

    fn after_marking(&self, is_live: &dyn Fn(u64) -> bool) {
        self.0.drop_dead_roots(is_live);
    }
}

/// The package-level variables. The world is stopped.
struct Globals(&'static Runtime);

impl Roots for Globals {
    fn visit_roots(&self, visit: &mut dyn FnMut(u64)) {
        self.0.engine.visit_global_roots(visit);
    }

    fn after_marking(&self, is_live: &dyn Fn(u64) -> bool) {
        self.0.drop_dead_roots(is_live);
    }
}

/// A line in the form of Go's `gctrace`, of a cycle whose last stop took `ns`. The share of time is that of the stops;
/// processor time is what the clock showed, since one thread marks.
fn trace_line(rt: &'static Runtime, c: &Cycle, ns: u64) -> String {
    let since = (nanotime() - rt.start) as f64 / 1e9;
    let share = 100.0 * rt.heap.pause_ns() as f64 / 1e9 / since.max(1e-9);
    let ms = |ns: u64| ns as f64 / 1e6;
    // A cycle in one stop has no part that runs beside the program.
    let (first, mark, last) = if c.first_stop == 0 {
        (ms(ns), 0.0, 0.0)
    } else {
        (ms(c.first_stop), ms(c.ns.saturating_sub(ns)), ms(ns))
    };
    format!(
        "gc {} @{since:.3}s {share:.0}%: {first:.3}+{mark:.3}+{last:.3} ms clock, {first:.3}+0/{mark:.3}/0+{last:.3} ms \
         cpu, {}->{}->{} MB, {} MB goal, {} MB stacks, 0 MB globals, {} P\n",
        c.number,
        c.before >> 20,
        c.marked_at >> 20,
        c.after >> 20,
        c.next >> 20,
        rt.stack_bytes().1 >> 20,
        rt.n_procs(),
    )
}

impl Host for Worker {
    #[inline(always)]
    fn is_solo(&self) -> bool {
        Worker::is_solo(self)
    }
    fn may_poll(&self) -> bool {
        self.may_poll_lock()
    }
    #[inline(always)]
    fn park(&mut self, g: &'static G, reason: WaitReason) {
        Worker::park(self, g, reason);
    }
    #[inline(always)]
    fn ready(&mut self, g: &'static G) {
        Worker::ready(self, g);
    }
    #[inline(always)]
    fn sudogs(&mut self) -> &mut SudogCache {
        // SAFETY: as in `Worker::cache`.
        unsafe { self.p().sudogs.get() }
    }
    fn check_bubble(&mut self, tag: u16, what: &str) {
        Worker::check_bubble(self, tag, what);
    }
    #[inline]
    fn semas(&self) -> &'static SemaTable {
        &self.rt().semas
    }
    #[inline]
    fn rand_below(&mut self, n: u32) -> u32 {
        Worker::rand_below(self, n)
    }
    #[inline]
    fn alloc(&mut self, layout: &'static Layout) -> *mut u8 {
        Worker::alloc(self, layout)
    }
    #[inline]
    fn alloc_array(&mut self, layout: &'static Layout, n: usize) -> *mut u8 {
        Worker::alloc_array(self, layout, n)
    }
}

/// After the program: the heap's memory goes back, its address space stays, for threads that come late.
pub(crate) fn abandon(rt: &Runtime) {
    rt.heap.stop_marking();
    rt.heap.abandon();
    rt.heap.wanted.store(false, Relaxed);
}
