//! An engine whose Gs are closures: each resume calls the closure, which says how it yields.

use crate::engine::{Engine, FrameInfo, Yield};
use crate::g::G;
use crate::preempt::{GUARD_ASYNC, SafepointKind};
use crate::sync::{AtomicUsize, Ordering, Relaxed};
use crate::worker::Worker;
use crate::{Config, Runtime};
use std::sync::{Arc, Mutex, MutexGuard};

pub type Body = Box<dyn FnMut(&mut Worker, &'static G) -> Yield + Send>;

pub struct Fake;

impl Engine for Fake {
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield {
        let body = g.engine[0].get() as *mut Body;
        // SAFETY: `go` stored a leaked box; it is freed when the G is dead.
        unsafe { (*body)(w, g) }
    }
    fn visit_g_roots(&self, _: &G, _: &mut dyn FnMut(u64)) {}
    fn visit_global_roots(&self, _: &mut dyn FnMut(u64)) {}
    fn frames(&self, g: &G, visit: &mut dyn FnMut(FrameInfo)) {
        let func = if g.id() == 1 { "main.main" } else { "main.worker" };
        visit(FrameInfo {
            func: func.into(),
            file: "/t/f.go".into(),
            line: 3,
            offset: 29,
        });
    }
    fn created_by(&self, g: &G) -> Option<FrameInfo> {
        let frame = FrameInfo {
            func: "main.main".into(),
            file: "/t/f.go".into(),
            line: 9,
            offset: 16,
        };
        (g.id() != 1).then_some(frame)
    }
    fn on_dead(&self, g: &G) {
        let body = g.engine[0].replace(0) as *mut Body;
        if !body.is_null() {
            // SAFETY: the G's body was leaked by `go` and does not run any more.
            drop(unsafe { Box::from_raw(body) });
        }
    }
}

/// A G with this body, not started.
pub fn make(
    w: &mut Worker,
    body: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static,
) -> &'static G {
    let g = w.new_g();
    let body: Body = Box::new(body);
    g.engine[0].set(Box::into_raw(Box::new(body)) as u64);
    g
}

/// Starts a G with this body.
pub fn go(w: &mut Worker, body: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static) -> &'static G {
    let g = make(w, body);
    w.spawn(g);
    g
}

/// How a main G that waits for something goes on: it ends the program when `done`, or lets others run.
pub fn exit_when(done: bool) -> Yield {
    if done { Yield::Exit(0) } else { Yield::Gosched }
}

/// Tests that make threads run one at a time: they are about order and numbers.
pub fn one_at_a_time() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(|e| e.into_inner())
}

pub fn config(procs: usize) -> Config {
    Config {
        gomaxprocs: Some(procs),
        seed: Some(1),
        ..Config::default()
    }
}

/// Runs a program with this main body; gives its exit status and what it printed.
pub fn run_with(
    mut config: Config,
    main: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static,
) -> (i32, String) {
    let _one = one_at_a_time();
    let out = Arc::new(Mutex::new(String::new()));
    let sink = out.clone();
    config.print = Some(Arc::new(move |text: &str| sink.lock().unwrap().push_str(text)));
    let status = Runtime::run(Arc::new(Fake), config, |w| make(w, main));
    let text = out.lock().unwrap().clone();
    (status, text)
}

pub fn run(
    procs: usize,
    main: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static,
) -> (i32, String) {
    run_with(config(procs), main)
}

/// Loops as `for {}` does: until the guard word stops it and the safepoint says yield.
pub fn spin(w: &mut Worker, g: &'static G) -> Yield {
    loop {
        while g.guard.load(Relaxed) > GUARD_ASYNC {
            std::hint::spin_loop();
        }
        if let Some(y) = w.safepoint(g, SafepointKind::BackEdge) {
            return y;
        }
    }
}

/// Loops as `for { f() }` does: looks at function entries.
pub fn spin_calling(w: &mut Worker, g: &'static G) -> Yield {
    loop {
        while !g.is_poisoned() {
            std::hint::spin_loop();
        }
        if let Some(y) = w.safepoint(g, SafepointKind::Entry) {
            return y;
        }
    }
}

/// A list that Gs write to.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u32>>>);

impl Log {
    pub fn add(&self, n: u32) {
        self.0.lock().unwrap().push(n);
    }
    pub fn get(&self) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }
}

/// A shared number.
#[derive(Clone, Default)]
pub struct Num(Arc<AtomicUsize>);

impl Num {
    pub fn inc(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
    pub fn dec(&self) -> usize {
        self.0.fetch_sub(1, Ordering::SeqCst) - 1
    }
    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
    pub fn set(&self, n: usize) {
        self.0.store(n, Ordering::SeqCst)
    }
}
