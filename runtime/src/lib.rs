//! mgo's runtime: goroutines (G), threads (M), processors (P), channels, timers, heap.
//!
//! A G is a goroutine: a stack, a guard word, saved engine state. An M is a thread. A P is what an M must hold
//! to run Gs: run queue, caches, timers; there are GOMAXPROCS of them. [`Runtime::run`] makes them, starts
//! sysmon, and runs the calling thread as M0 until the program ends.
//!
//! An M without a P may only sleep or be in a system call. An M with a P must not block: it parks its G and
//! runs another, or hands the P off first.
//!
//! To read: `engine` (what the scheduler asks of an interpreter), `g`, `p`, `worker` (the loop), `sched/mod`
//! (policy), `sched/idle` (who wakes whom), `sched/world`, `sched/sysmon`, `preempt`, `stack`, `timer`.
//! Then what Gs share: `chan`, `select`, `sudog`, `sema`, `mutex`; and the heap: `gc/mod`, `gc/span`, `gc/collect`, `gc/stw`.

pub mod bubble;
pub mod chan;
pub mod engine;
pub mod g;
pub mod gc;
pub mod host;
pub mod lockrank;
pub mod m;
pub mod mutex;
pub mod os;
pub mod p;
pub mod preempt;
pub mod sched;
pub mod select;
pub mod sema;
pub mod slot;
pub mod stack;
pub mod sudog;
pub mod sync;
pub mod throw;
pub mod timer;
pub mod trace;
pub mod traceback;
pub mod worker;

#[cfg(test)]
mod tests;

use engine::Engine;
use g::{G, Status};
use m::M;
use p::{P, PStatus};
use sched::counters::{CounterSet, Counters};
use sched::gfree::GFree;
use sched::idle::{EXIT, FREEZE, Sched, Synced};
use sched::park::WaitReason;
use sched::world::{Job, MAX_PROCS};
use sched::{Verdict, sysmon};
use stack::StackPool;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use sync::{
    AtomicBool, AtomicI32, AtomicI64, AtomicRef, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Mutex, Note,
    Ordering, Rank, Relaxed, SeqCst,
};
use timer::TimerSlots;
use worker::Worker;

/// Where messages of the runtime go.
pub type Print = Arc<dyn Fn(&str) + Send + Sync>;

/// How a runtime is set up.
#[derive(Clone)]
pub struct Config {
    /// GOMAXPROCS; None: the number of CPUs this process may use.
    pub gomaxprocs: Option<usize>,
    /// Whether preemption uses the signal (`GODEBUG=asyncpreemptoff=1` says no).
    pub async_preempt: bool,
    /// Whether dead Gs are reused.
    pub reuse_gs: bool,
    /// Yield at every other safepoint (`MGO_STRESS=preempt`).
    pub stress_preempt: bool,
    /// Move the stack at safepoints, which sysmon then asks for all the time (`MGO_STRESS=stack`).
    pub stress_stack: bool,
    /// Whether the end of the program ends the process, from whichever thread.
    pub exit_process: bool,
    /// Called before the process ends.
    pub on_exit: Option<Arc<dyn Fn(i32) + Send + Sync>>,
    /// Told when nothing will ever run again, instead of ending the program with Go's words.
    pub on_deadlock: Option<Arc<dyn Fn() + Send + Sync>>,
    /// What tracebacks show (`GOTRACEBACK`).
    pub traceback: traceback::Level,
    /// A line about the scheduler every so many milliseconds, if not 0.
    pub schedtrace_ms: u32,
    /// With that line one about each P, M and G.
    pub sched_detail: bool,
    /// Seed of the Ms' random numbers; None: the clock.
    pub seed: Option<u64>,
    /// Where messages go; None: standard error.
    pub print: Option<Print>,
    /// The heap: limits and GOGC.
    pub heap: gc::HeapConfig,
    /// A line about each collection (`GODEBUG=gctrace=1`).
    pub gc_trace: bool,
    /// The most threads there may be.
    pub max_threads: usize,
    /// Report leaked goroutines when the program ends, and tell of them by the exit status.
    pub leaks: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            gomaxprocs: None,
            async_preempt: true,
            reuse_gs: true,
            stress_preempt: false,
            stress_stack: false,
            exit_process: false,
            on_exit: None,
            on_deadlock: None,
            traceback: traceback::Level::Single,
            schedtrace_ms: 0,
            sched_detail: false,
            seed: None,
            print: None,
            heap: gc::HeapConfig::default(),
            gc_trace: false,
            max_threads: 10_000,
            leaks: false,
        }
    }
}

impl Config {
    /// From `GOMAXPROCS`, `GODEBUG`, `MGODEBUG`, `GOTRACEBACK` and `MGO_STRESS`.
    pub fn from_env() -> Config {
        let mut config = Config::default();
        let var = |name: &str| std::env::var(name).unwrap_or_default();
        config.gomaxprocs = var("GOMAXPROCS").parse().ok().filter(|&n| n > 0);
        config.traceback = traceback::Level::parse(&var("GOTRACEBACK"));
        for setting in var("GODEBUG").split(',') {
            match setting.split_once('=') {
                Some(("asyncpreemptoff", v)) => config.async_preempt = v != "1",
                Some(("schedtrace", v)) => config.schedtrace_ms = v.parse().unwrap_or(0),
                Some(("scheddetail", v)) => config.sched_detail = v == "1",
                Some(("gctrace", v)) => config.gc_trace = v == "1",
                Some(("gfree", v)) => config.reuse_gs = v != "0",
                _ => {}
            }
        }
        let debug = var("MGODEBUG");
        config.reuse_gs &= debug.split(',').all(|s| s != "gfree=0");
        let stress = var("MGO_STRESS");
        config.stress_preempt = stress.split(',').any(|s| s == "preempt");
        config.stress_stack =
            stress.split(',').any(|s| s == "stack") || debug.split(',').any(|s| s == "gcstress=1");
        config.heap = gc::HeapConfig::from_env();
        config
    }
}

/// A running program's scheduler and all that belongs to it. It lives as long as the process.
pub struct Runtime {
    /// How it was set up.
    pub config: Config,
    pub(crate) engine: &'static dyn Engine,
    /// What tracebacks show: see [`Runtime::set_traceback`].
    traceback: AtomicU8,
    pub(crate) sched: Sched,
    pub(crate) gfree: GFree,
    /// How many bubbles there have been.
    n_bubbles: AtomicU64,
    /// Stacks: pools and limit.
    pub(crate) stacks: StackPool,
    pub(crate) timer_slots: TimerSlots,
    pub(crate) heap: Arc<gc::Heap>,
    pub(crate) collector: gc::concurrent::Collector,
    pub(crate) semas: sema::SemaTable,
    /// The goroutine that calls finalizers, while it waits for some.
    pub(crate) finalizer_g: AtomicRef<G>,
    /// Timers that the collector found nobody to wait for; to be stopped.
    pub(crate) dead_timers: Mutex<Vec<timer::TimerId>>,
    /// Counts of threads without a P.
    pub counters: CounterSet,
    pub(crate) all_p: Box<[AtomicRef<P>]>,
    pub(crate) n_procs: AtomicUsize,
    /// Steps prime to `n_procs`.
    pub(crate) coprimes: AtomicRef<Vec<u32>>,
    /// The clock of [`os::thread::nanotime`] as of sysmon's last round, or later.
    coarse_now: AtomicI64,
    /// When it began.
    pub(crate) start: i64,
    /// When sysmon will be up; `i64::MIN` while it is.
    pub(crate) sysmon_wake: AtomicI64,
    pub(crate) sysmon_note: Note,
    pub(crate) next_trace: AtomicI64,
    /// Whether an M stops the world, or has.
    pub(crate) world_busy: AtomicBool,
    pub(crate) jobs: Mutex<Vec<Job>>,
    /// Whether a fatal error or panic is being reported.
    pub(crate) is_dying: AtomicBool,
    /// A Rust panic on some M, to be passed on by [`Runtime::run`].
    bug: Mutex<Option<Box<dyn std::any::Any + Send>>>,
    exit_status: AtomicI32,
    exit_note: Note,
    /// Things outside the scheduler that may still ready a G: no deadlock while there are any.
    n_outside: AtomicU32,
}

impl Runtime {
    /// A runtime that has no Ps and Ms yet.
    pub(crate) fn new(engine: &'static dyn Engine, config: Config) -> &'static Runtime {
        let now = os::thread::nanotime();
        let heap = gc::Heap::new(config.heap.clone())
            .unwrap_or_else(|e| throw!("cannot reserve address space for the heap: {e}"));
        Box::leak(Box::new(Runtime {
            heap,
            collector: gc::concurrent::Collector::new(),
            semas: sema::SemaTable::new(),
            finalizer_g: AtomicRef::new(),
            dead_timers: Mutex::new(Rank::Unranked, Vec::new()),
            traceback: AtomicU8::new(config.traceback as u8),
            config,
            engine,
            sched: Sched::new(),
            gfree: GFree::new(),
            n_bubbles: AtomicU64::new(0),
            stacks: StackPool::new(),
            timer_slots: TimerSlots::new(),
            counters: CounterSet::default(),
            all_p: (0..MAX_PROCS).map(|_| AtomicRef::new()).collect(),
            n_procs: AtomicUsize::new(0),
            coprimes: AtomicRef::new(),
            coarse_now: AtomicI64::new(now),
            start: now,
            sysmon_wake: AtomicI64::new(i64::MIN),
            sysmon_note: Note::new(),
            next_trace: AtomicI64::new(0),
            world_busy: AtomicBool::new(false),
            jobs: Mutex::new(Rank::Unranked, Vec::new()),
            is_dying: AtomicBool::new(false),
            bug: Mutex::new(Rank::Unranked, None),
            exit_status: AtomicI32::new(0),
            exit_note: Note::new(),
            n_outside: AtomicU32::new(0),
        }))
    }

    /// Runs a program: `main` makes the first G, which is started, and the calling thread becomes M0. Returns
    /// the exit status when the program has ended; other threads have then left, unless they are in system
    /// calls.
    pub fn run(engine: Arc<dyn Engine>, config: Config, main: impl FnOnce(&mut Worker) -> &'static G) -> i32 {
        Runtime::run_with(engine, config, |w| {
            let g = main(w);
            w.spawn(g);
        })
    }

    /// As [`Runtime::run`]; `start` is called on M0 before it schedules.
    fn run_with(engine: Arc<dyn Engine>, config: Config, start: impl FnOnce(&mut Worker)) -> i32 {
        let engine: &'static Arc<dyn Engine> = Box::leak(Box::new(engine));
        let n = config
            .gomaxprocs
            .unwrap_or_else(os::thread::default_gomaxprocs)
            .clamp(1, MAX_PROCS);
        let rt = Runtime::new(&**engine, config);
        os::signal::install();
        if rt.config.exit_process {
            os::quit::block();
            rt.start_thread("SIGQUIT", move || os::quit::watch(rt));
        }
        let mut w = rt.boot(n);
        let sysmon = move || {
            os::signal::block_preempt();
            os::thread::set_precise_sleep();
            sysmon::run(rt);
        };
        rt.start_thread("sysmon", sysmon);
        let result = catch_unwind(AssertUnwindSafe(|| start(&mut w)));
        if let Err(payload) = result {
            rt.end(throw::FATAL_STATUS);
            resume_unwind(payload);
        }
        run_m(rt, w);
        rt.wait_for_others();
        if rt.ms().iter().all(|m| m.is_gone.load(SeqCst)) {
            gc::stw::abandon(rt);
        }
        if let Some(payload) = rt.bug.lock().take() {
            resume_unwind(payload);
        }
        rt.exit_status.load(SeqCst)
    }

    /// Makes the Ps and M0 for the calling thread, which gets the first P.
    pub(crate) fn boot(&'static self, n: usize) -> Worker {
        let mut w = Worker::new(self, self.make_m());
        self.resize_procs(&mut w, n);
        {
            let mut synced = self.sched.synced.lock();
            for p in self.procs().rev() {
                p.set_status(PStatus::Idle);
                if p.id != 0 {
                    self.sched.put_idle_p(&mut synced, p);
                }
            }
        }
        w.acquire_p(self.p(0));
        w
    }

    /// How many Ps are in use: GOMAXPROCS.
    #[inline]
    pub fn n_procs(&self) -> usize {
        self.n_procs.load(Relaxed)
    }

    /// How many CPUs the process may use.
    pub fn n_cpu(&self) -> usize {
        os::thread::n_cpu()
    }

    /// How many goroutines exist, the runtime's own not counted.
    pub fn n_goroutines(&'static self) -> usize {
        let c = self.counters();
        (c.spawned - c.finished) as usize
    }

    /// Sums of all counters.
    pub fn counters(&'static self) -> Counters {
        let mut sum = Counters::default();
        sum.add_set(&self.counters);
        for p in self.all_p.iter().map_while(|p| p.load(SeqCst)) {
            sum.add_set(&p.counters);
        }
        sum.m_made = self.sched.synced.lock().ms.len() as u64;
        sum.signals_seen += self.ms().iter().map(|m| u64::from(m.n_signals())).sum::<u64>();
        sum
    }

    /// What the P of number `p` has counted.
    pub fn counters_of(&self, p: usize) -> Counters {
        let mut sum = Counters::default();
        if let Some(p) = self.all_p.get(p).and_then(|p| p.load(SeqCst)) {
            sum.add_set(&p.counters);
        }
        sum
    }

    /// Calls `visit` with every G that is neither dead nor unused.
    pub fn for_each_g(&self, mut visit: impl FnMut(&'static G)) {
        self.gfree.for_each_g(|g| {
            if !matches!(g.status(), Status::Dead | Status::Idle) {
                visit(g);
            }
        });
    }

    /// The same while the world is stopped, to look at their stacks.
    pub(crate) fn for_each_stack(&self, mut visit: impl FnMut(&'static G)) {
        self.gfree.for_each_stack(|g| {
            if !matches!(g.status(), Status::Dead | Status::Idle) {
                visit(g);
            }
        });
    }

    /// How many dead Gs the global lists hold: with a stack, and without.
    pub fn n_free_gs(&self) -> (usize, usize) {
        self.gfree.n_global()
    }

    /// How many goroutines wait, for each reason.
    pub fn waiting_by_reason(&self) -> Vec<(WaitReason, usize)> {
        let mut counts: Vec<(WaitReason, usize)> = Vec::new();
        self.for_each_g(|g| {
            if g.status() == Status::Waiting && !g.is_system() {
                match counts.iter_mut().find(|(r, _)| *r == g.wait_reason()) {
                    Some((_, n)) => *n += 1,
                    None => counts.push((g.wait_reason(), 1)),
                }
            }
        });
        counts
    }

    /// The limit for one stack in bytes; returns the one before (`debug.SetMaxStack`).
    pub fn set_max_stack(&self, bytes: usize) -> usize {
        self.stacks.set_max_bytes(bytes)
    }

    /// Bytes obtained from the system for stacks, and bytes of stacks that belong to Gs.
    pub fn stack_bytes(&'static self) -> (u64, u64) {
        let c = self.counters();
        (self.stacks.sys_bytes(), c.stack_bytes_given - c.stack_bytes_freed)
    }

    /// Calls `visit` with each word the runtime itself keeps for others that may be a heap pointer: the
    /// arguments of timers. The world is stopped.
    pub fn visit_roots(&'static self, visit: &mut dyn FnMut(u64)) {
        for p in self.procs() {
            p.timers.visit_args(visit);
        }
    }

    /// The number of a new bubble.
    pub(crate) fn count_bubble(&self) -> u64 {
        self.n_bubbles.fetch_add(1, Relaxed) + 1
    }

    /// What tracebacks show.
    pub fn traceback(&self) -> traceback::Level {
        traceback::Level::ALL[usize::from(self.traceback.load(Relaxed))]
    }

    /// Has tracebacks show that, but no less than `GOTRACEBACK` asked for (`debug.SetTraceback`).
    pub fn set_traceback(&self, level: traceback::Level) {
        self.traceback
            .store(level.max(self.config.traceback) as u8, Relaxed);
    }

    /// The interpreter that it runs.
    pub fn engine(&self) -> &'static dyn Engine {
        self.engine
    }

    /// Something outside the scheduler begins to be able to ready Gs (a signal handler's list, a poller):
    /// no deadlock is reported until [`Runtime::end_outside`].
    pub fn begin_outside(&self) {
        self.n_outside.fetch_add(1, SeqCst);
    }

    /// The counterpart of [`Runtime::begin_outside`].
    pub fn end_outside(&self) {
        self.n_outside.fetch_sub(1, SeqCst);
    }

    /// Makes a parked G runnable from a thread that is no M.
    pub fn ready_from_outside(&'static self, g: &'static G) {
        g.set_status(Status::Runnable);
        self.sched.global.push(g);
        self.counters.readies.inc_shared();
        self.counters.global_puts.inc_shared();
        if self.sched.hunt.wants_wake() {
            self.wake_p();
        }
    }

    /// Prints a message of the runtime.
    pub fn print(&self, text: &str) {
        match &self.config.print {
            Some(print) => print(text),
            None => os::thread::write_stderr(text.as_bytes()),
        }
    }

    /// Ends the program. In a process that is to live on, threads leave when they come to the scheduler.
    pub fn end(&'static self, status: i32) {
        let old = self.sched.attention.fetch_or(EXIT, SeqCst);
        if old & EXIT != 0 {
            return;
        }
        self.exit_status.store(status, SeqCst);
        if self.config.exit_process {
            if let Some(f) = &self.config.on_exit {
                f(status);
            }
            std::process::exit(status);
        }
        self.preempt_all();
        for m in self.ms() {
            m.park.wake();
        }
        self.sysmon_note.wake();
        self.collector.wake();
    }

    /// The coarse clock: right to about 10 ms while anything runs.
    #[inline]
    pub(crate) fn coarse_now(&self) -> i64 {
        self.coarse_now.load(Relaxed)
    }

    pub(crate) fn set_coarse_now(&self, now: i64) {
        self.coarse_now.store(now, Relaxed);
    }

    pub(crate) fn update_coarse_now(&self) -> i64 {
        let now = os::thread::nanotime();
        self.set_coarse_now(now);
        now
    }

    /// The P of this number, below GOMAXPROCS.
    #[inline]
    pub(crate) fn p(&self, id: usize) -> &'static P {
        self.all_p[id]
            .load(Ordering::Acquire)
            .expect("Ps below n_procs exist")
    }

    /// The Ps in use.
    pub(crate) fn procs(&self) -> impl DoubleEndedIterator<Item = &'static P> {
        (0..self.n_procs.load(Ordering::Acquire)).map(|id| self.p(id))
    }

    /// A step that visits all Ps, chosen by a random number.
    pub(crate) fn coprime_step(&self, random: u64) -> u32 {
        let steps = self
            .coprimes
            .load(Ordering::Acquire)
            .expect("set with the number of Ps");
        steps[(random % steps.len() as u64) as usize]
    }

    pub(crate) fn ms(&self) -> Vec<&'static M> {
        self.sched.synced.lock().ms.clone()
    }

    /// Whether nothing will ever run again. The caller holds the scheduler's lock and has just counted its M
    /// as idle.
    pub(crate) fn check_dead(&'static self, synced: &Synced) -> Verdict {
        if synced.n_m - synced.n_idle_m - synced.n_idle_locked > 0
            || self.sched.attention.load(SeqCst) & (EXIT | FREEZE) != 0
            || self.n_outside.load(SeqCst) > 0
            || self.next_timer() != i64::MAX
        {
            return Verdict::Alive;
        }
        let (mut waiting, mut others) = (0, 0);
        self.for_each_g(|g| match g.status() {
            _ if g.is_system() => {}
            Status::Waiting => waiting += 1,
            _ => others += 1,
        });
        match (waiting, others) {
            (_, 1..) => throw!("deadlock check: {others} goroutines are runnable, yet all threads sleep"),
            (0, _) => Verdict::Dead("no goroutines (main called runtime.Goexit) - deadlock!"),
            _ => Verdict::Dead("all goroutines are asleep - deadlock!"),
        }
    }

    fn make_m(&'static self) -> &'static M {
        let mut synced = self.sched.synced.lock();
        let m: &'static M = Box::leak(Box::new(M::new(synced.ms.len() as u32)));
        synced.ms.push(m);
        synced.n_m += 1;
        m
    }

    /// Makes a thread that begins with `p`.
    pub(crate) fn new_m(&'static self, p: Option<&'static P>, spinning: bool) {
        let m = self.make_m();
        if m.id as usize >= self.config.max_threads {
            let prelude = format!(
                "runtime: program exceeds {}-thread limit\n",
                self.config.max_threads
            );
            self.fatal_with(&prelude, None, "thread exhaustion");
        }
        m.is_spinning.store(spinning, Relaxed);
        m.next_p.store(p, Ordering::Release);
        self.start_thread(&format!("M{}", m.id), move || {
            let mut w = Worker::new(self, m);
            if let Some(p) = m.next_p.swap(None, Ordering::Acquire) {
                w.acquire_p(p);
            }
            run_m(self, w);
        });
    }

    fn start_thread(&'static self, name: &str, body: impl FnOnce() + Send + 'static) {
        const STACK: usize = 1 << 20;
        let builder = std::thread::Builder::new()
            .name(name.to_owned())
            .stack_size(STACK);
        if let Err(e) = builder.spawn(body) {
            self.fatal_with(
                &format!("runtime: cannot create a thread: {e}\n"),
                None,
                "newosproc",
            );
        }
    }

    /// `m`'s thread leaves the scheduler.
    pub(crate) fn m_gone(&'static self, m: &'static M) {
        m.tid.store(0, SeqCst);
        m.is_gone.store(true, SeqCst);
        self.sched.synced.lock().n_m -= 1;
        self.exit_note.wake();
    }

    /// At the end: waits for the threads that are not in system calls.
    fn wait_for_others(&'static self) {
        let deadline = os::thread::nanotime() + 2_000_000_000;
        let left = || {
            self.ms()
                .iter()
                .any(|m| !m.is_gone.load(SeqCst) && !m.in_syscall.load(SeqCst))
        };
        while left() && os::thread::nanotime() < deadline {
            self.preempt_all();
            self.exit_note.sleep_until(os::thread::nanotime() + 1_000_000);
        }
    }
}

/// The life of an M's thread.
fn run_m(rt: &'static Runtime, mut w: Worker) {
    let m = w.m();
    m.tid.store(os::thread::tid(), SeqCst);
    os::thread::set_precise_sleep();
    os::signal::enter_thread(m);
    gc::barrier::enter_thread(Some(&rt.heap));
    let result = catch_unwind(AssertUnwindSafe(|| w.run_loop()));
    gc::barrier::enter_thread(None);
    os::signal::leave_thread();
    if let Err(payload) = result {
        if !payload.is::<throw::Ended>() {
            // A bug of ours, already reported by the panic hook.
            *rt.bug.lock() = Some(payload);
            rt.end(throw::FATAL_STATUS);
        }
        rt.m_gone(m);
    }
}
