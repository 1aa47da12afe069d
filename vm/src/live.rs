//! A living program: a machine that is given one entry after the other, for a REPL.
//!
//! [`Machine::start`] sets a runtime going on threads of its own; [`Machine::begin`] starts a goroutine that
//! calls a function, the *entry*, and [`Machine::wait`] waits for its end, in the host's thread, which is no M.
//! Other goroutines live on between entries.
//!
//! What would end a program ends a goroutine here: a panic, `os.Exit`, a fatal error that leaves the memory
//! consistent, a deadlock. [`Live`] notes how the entry came to its end, and tells the host of the others.
//!
//! The host may *doom* the entry: at its next safepoint (or at once, if it waits for a channel) it unwinds as
//! by `runtime.Goexit`, which no recover stops; its deferred functions are called. One that waits for a lock is taken
//! out of the queue, and package sync puts the lock right before the G dies. A G that cannot be reached, in a
//! system call, is left behind, doomed, and dies if it ever goes on; reads look now and then whether they should end.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, mpsc};
use std::time::{Duration, Instant};

use mgo_runtime::engine::FrameInfo;
use mgo_runtime::g::{G, Status, WAKE_CANCELLED};
use mgo_runtime::gc::HeapStats;
use mgo_runtime::{Config, Runtime, traceback};

use crate::bytecode::program::FuncEntry;
use crate::engine::{Interpreter, Shared};

/// How an entry came to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum End {
    /// Its function returned, or called `runtime.Goexit`.
    Done,
    /// It panicked, or met a fatal error; the report has been printed.
    Panicked,
    /// It called `os.Exit`.
    Exited(i32),
    /// It was doomed and has died.
    Killed,
    /// It waits, nothing can run, and no timer will fire.
    Deadlock,
}

/// What happened to a goroutine that is not the entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// It panicked, or met a fatal error; the report has been printed.
    Panicked(u64),
    /// It called `os.Exit`.
    Exited(u64, i32),
}

/// Told of what happens to goroutines; called on an M, so it must not block for long.
pub type Listener = Box<dyn Fn(Event) + Send + Sync>;

#[derive(Default)]
struct State {
    /// The entry's goroutine; 0 while there is none.
    entry: u64,
    g: Option<&'static G>,
    end: Option<End>,
    /// It died: nothing of it is left.
    gone: bool,
    /// All threads went to sleep, perhaps before it began.
    is_stuck: bool,
}

/// What the interpreter tells of a living program's goroutines.
pub struct Live {
    state: Mutex<State>,
    changed: Condvar,
    n_doomed: AtomicUsize,
    doomed: Mutex<HashSet<u64>>,
    listener: Listener,
    /// Whether the host waits for the entry: only then is idleness a deadlock.
    is_waiting: AtomicBool,
}

impl Live {
    /// With a listener for what happens to other goroutines than the entry's.
    pub fn new(listener: Listener) -> Live {
        Live {
            state: Mutex::default(),
            changed: Condvar::new(),
            n_doomed: AtomicUsize::new(0),
            doomed: Mutex::default(),
            listener,
            is_waiting: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn doomed(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.doomed.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Whether `g` is to die.
    #[inline]
    pub(crate) fn is_doomed(&self, g: &G) -> bool {
        self.n_doomed.load(SeqCst) != 0 && self.doomed().contains(&g.id())
    }

    /// Whether `g` is to die now. One whose wait for a lock was cancelled first takes back what it has announced; then it
    /// asks for its death.
    #[inline]
    pub(crate) fn must_die(&self, g: &G) -> bool {
        self.is_doomed(g) && g.wake.get() != WAKE_CANCELLED
    }

    fn doom(&self, id: u64) {
        let mut doomed = self.doomed();
        doomed.insert(id);
        self.n_doomed.store(doomed.len(), SeqCst);
    }

    fn pardon(&self, id: u64) -> bool {
        let mut doomed = self.doomed();
        let was = doomed.remove(&id);
        self.n_doomed.store(doomed.len(), SeqCst);
        was
    }

    /// `g` is unwinding because it is doomed: that is done but once, unless it is doomed again.
    pub(crate) fn kill_begins(&self, g: &G) {
        self.pardon(g.id());
        let mut s = self.state();
        if s.entry == g.id() {
            s.end.get_or_insert(End::Killed);
        }
    }

    /// `g` panicked or met a fatal error, which has been reported.
    pub(crate) fn panicked(&self, g: &G) {
        self.ended(g, End::Panicked, Event::Panicked(g.id()));
    }

    /// `g` called `os.Exit`.
    pub(crate) fn exited(&self, g: &G, status: i32) {
        self.ended(g, End::Exited(status), Event::Exited(g.id(), status));
    }

    fn ended(&self, g: &G, end: End, event: Event) {
        let mut s = self.state();
        if s.entry == g.id() {
            s.end = Some(end);
        } else {
            drop(s);
            (self.listener)(event);
        }
    }

    /// `g` is dead.
    pub(crate) fn gone(&self, g: &G) {
        if self.n_doomed.load(SeqCst) != 0 {
            self.pardon(g.id());
        }
        let mut s = self.state();
        if s.entry == g.id() {
            s.end.get_or_insert(End::Done);
            s.gone = true;
            self.changed.notify_all();
        }
    }

    fn deadlock(&self) {
        let mut s = self.state();
        if s.g.is_some() && s.end.is_none() && self.is_waiting.load(SeqCst) {
            s.is_stuck = true;
            self.changed.notify_all();
        }
    }
}

/// Tells a native that blocks its thread whether its goroutine is to die.
#[derive(Clone, Copy)]
pub struct Doom {
    live: &'static Live,
    id: u64,
}

impl Doom {
    /// That of `g`.
    pub(crate) fn of(live: &'static Live, g: &G) -> Doom {
        Doom { live, id: g.id() }
    }

    /// Whether it is.
    pub fn has_come(&self) -> bool {
        self.live.n_doomed.load(SeqCst) != 0 && self.live.doomed().contains(&self.id)
    }
}

/// See the module's head.
pub struct Machine {
    shared: &'static Shared,
    live: &'static Live,
    rt: &'static Runtime,
}

impl Machine {
    /// Sets the machine going. `shared` was made with [`Shared::new_live`].
    pub fn start(shared: &'static Shared, config: Config) -> Machine {
        let live = shared.live.expect("the program is a living one");
        let config = Config {
            on_deadlock: Some(Arc::new(|| live.deadlock())),
            ..config
        };
        let (send, receive) = mpsc::channel();
        std::thread::Builder::new()
            .name("M0".to_owned())
            .spawn(move || {
                Runtime::host(Arc::new(Interpreter(shared)), config, move |rt| {
                    let _ = send.send(rt);
                })
            })
            .expect("a thread can be started");
        let rt = receive.recv().expect("the runtime starts");
        Machine { shared, live, rt }
    }

    /// The runtime.
    pub fn runtime(&self) -> &'static Runtime {
        self.rt
    }

    /// Starts a goroutine that calls the function of `entry`, which takes and returns nothing.
    pub fn begin(&self, entry: &'static FuncEntry) {
        let (shared, live) = (self.shared, self.live);
        *live.state() = State {
            entry: u64::MAX,
            ..State::default()
        };
        live.is_waiting.store(true, SeqCst);
        self.rt.inject(move |w| {
            let g = shared.start(w, entry.address() as u64);
            {
                let mut s = live.state();
                s.entry = g.id();
                s.g = Some(g);
            }
            w.spawn(g);
        });
    }

    /// Waits for the entry's end, at most so long.
    pub fn wait(&self, at_most: Duration) -> Option<End> {
        let deadline = Instant::now() + at_most;
        let mut s = self.live.state();
        loop {
            if s.gone {
                return s.end.clone();
            }
            if std::mem::take(&mut s.is_stuck) {
                drop(s);
                // The news may be older than the entry.
                let is_dead = self.rt.is_dead();
                s = self.live.state();
                if is_dead && !s.gone {
                    return Some(End::Deadlock);
                }
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            s = self
                .live
                .changed
                .wait_timeout(s, left)
                .unwrap_or_else(|e| e.into_inner())
                .0;
        }
    }

    /// Dooms the entry's goroutine and waits a little for it to die, asking again and again. False: it could
    /// not be reached and is left behind.
    pub fn kill(&self, patience: Duration) -> bool {
        let (id, g) = {
            let s = self.live.state();
            if s.gone {
                return true;
            }
            (s.entry, s.g)
        };
        let Some(g) = g else { return true };
        self.live.doom(id);
        let deadline = Instant::now() + patience;
        loop {
            if g.id() == id && g.status() == Status::Waiting {
                self.rt.inject(move |w| {
                    w.cancel_wait(g, id);
                });
            } else {
                self.rt.interrupt();
            }
            if self.wait_gone(Duration::from_millis(10)) {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
        }
    }

    fn wait_gone(&self, at_most: Duration) -> bool {
        let s = self.live.state();
        let (s, _) = self
            .live
            .changed
            .wait_timeout_while(s, at_most, |s| !s.gone)
            .unwrap_or_else(|e| e.into_inner());
        s.gone
    }

    /// The entry is over for the host, whether its goroutine lives or not.
    pub fn leave(&self) {
        self.live.is_waiting.store(false, SeqCst);
        *self.live.state() = State::default();
    }

    /// The entry's goroutine as a traceback shows it, if it is parked.
    pub fn entry_trace(&self) -> String {
        let g = self.live.state().g;
        let mut out = String::new();
        if let Some(g) = g {
            traceback::goroutine(self.rt, g, false, &mut out);
        }
        out
    }
}

/// A goroutine at some moment.
#[derive(Clone, Debug)]
pub struct Goroutine {
    /// Its number.
    pub id: u64,
    /// What it does, in a traceback's words: `running`, `chan receive`.
    pub state: String,
    /// For how long it has waited, if it waits.
    pub waits: Option<Duration>,
    /// Its innermost function, with file and line.
    pub at: Option<FrameInfo>,
    /// The `go` statement that made it.
    pub created_by: Option<FrameInfo>,
}

impl Machine {
    /// Has `job` done by the scheduler while the world stands still, and gives what it returns.
    fn at_rest<T: Send + 'static>(&self, job: impl FnOnce(&'static Runtime) -> T + Send + 'static) -> T {
        let (send, receive) = mpsc::channel();
        self.rt.inject(move |w| {
            w.stop_the_world();
            let found = job(w.rt());
            w.start_the_world();
            let _ = send.send(found);
        });
        receive.recv().expect("the scheduler does its jobs")
    }

    /// All goroutines, by number.
    pub fn goroutines(&self) -> Vec<Goroutine> {
        self.at_rest(|rt| {
            let now = mgo_runtime::os::thread::nanotime();
            let mut found = Vec::new();
            rt.for_each_g(|g| {
                if !g.is_system() {
                    found.push(describe(rt, g, now));
                }
            });
            found.sort_by_key(|g| g.id);
            found
        })
    }

    /// The stack of goroutine `id`, as a traceback shows it.
    pub fn stack(&self, id: u64) -> Option<String> {
        self.at_rest(move |rt| {
            let mut out = None;
            rt.for_each_g(|g| {
                if g.id() == id && out.is_none() {
                    let mut text = String::new();
                    traceback::goroutine(rt, g, false, &mut text);
                    out = Some(text);
                }
            });
            out
        })
    }

    /// Exact figures of the heap.
    pub fn heap_stats(&self) -> HeapStats {
        let (send, receive) = mpsc::channel();
        self.rt.inject(move |w| {
            let _ = send.send(w.heap_stats());
        });
        receive.recv().expect("the scheduler does its jobs")
    }

    /// Sets GOMAXPROCS; what it was.
    pub fn set_procs(&self, n: usize) -> usize {
        let (send, receive) = mpsc::channel();
        self.rt.inject(move |w| {
            let _ = send.send(w.set_gomaxprocs(n));
        });
        receive.recv().expect("the scheduler does its jobs")
    }

    /// Dooms every goroutine: for the end of a session whose process lives on.
    pub fn kill_all(&self) {
        let live = self.live;
        self.rt.inject(move |w| {
            let mut all = Vec::new();
            w.rt().for_each_g(|g| {
                if !g.is_system() {
                    live.doom(g.id());
                    all.push((g, g.id()));
                }
            });
            for (g, id) in all {
                w.cancel_wait(g, id);
            }
        });
        self.rt.interrupt();
    }
}

fn describe(rt: &'static Runtime, g: &'static G, now: i64) -> Goroutine {
    let status = g.status();
    let reason = g.wait_reason().text();
    let state = if status == Status::Waiting && !reason.is_empty() {
        reason
    } else {
        status.text()
    };
    let waits = matches!(status, Status::Waiting | Status::Syscall).then(|| now - g.wait_since());
    let mut at = None;
    if status != Status::Running {
        rt.engine().frames(g, &mut |frame| {
            if at.is_none() {
                at = Some(frame);
            }
        });
    }
    Goroutine {
        id: g.id(),
        state: state.to_owned(),
        waits: waits.map(|ns| Duration::from_nanos(ns.max(0) as u64)),
        at,
        created_by: rt.engine().created_by(g),
    }
}
