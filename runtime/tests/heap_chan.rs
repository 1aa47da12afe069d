//! Heap, collector and channels under the real scheduler, with an engine whose Gs are closures. What a G holds
//! lies in the first slots of its stack: they are its roots.

use mgo_runtime::chan::{self, ChanOp, ChanRef};
use mgo_runtime::engine::{Engine, FrameInfo, Yield};
use mgo_runtime::g::G;
use mgo_runtime::gc::HeapConfig;
use mgo_runtime::preempt::{GUARD_ASYNC, SafepointKind};
use mgo_runtime::select::{Dir, SelectCase, SelectOp, select};
use mgo_runtime::slot::Layout;
use mgo_runtime::sudog::NO_SLOT;
use mgo_runtime::worker::Worker;
use mgo_runtime::{Config, Runtime};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex};

const ROOTS: usize = 16;

type Body = Box<dyn FnMut(&mut Worker, &'static G) -> Yield + Send>;

struct Closures;

impl Engine for Closures {
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield {
        let body = g.engine[0].get() as *mut Body;
        // SAFETY: `go` stored a leaked box, freed when the G is dead.
        unsafe { (*body)(w, g) }
    }
    fn visit_g_roots(&self, g: &G, visit: &mut dyn FnMut(u64)) {
        (0..ROOTS).for_each(|i| visit(get(g, i)));
    }
    fn stack_used(&self, _: &G) -> usize {
        ROOTS
    }
    fn visit_global_roots(&self, _: &mut dyn FnMut(u64)) {}
    fn frames(&self, _: &G, visit: &mut dyn FnMut(FrameInfo)) {
        let (func, file) = ("main.main".into(), "/t/f.go".into());
        visit(FrameInfo {
            func,
            file,
            line: 3,
            offset: 29,
        });
    }
    fn created_by(&self, _: &G) -> Option<FrameInfo> {
        None
    }
    fn on_dead(&self, g: &G) {
        // SAFETY: see `resume`.
        drop(unsafe { Box::from_raw(g.engine[0].replace(0) as *mut Body) });
    }
}

fn get(g: &G, slot: usize) -> u64 {
    // SAFETY: every stack has more slots than these tests use.
    unsafe { g.stack_lo.get().add(slot).read() }
}

fn set(g: &G, slot: usize, value: u64) -> *const u64 {
    // SAFETY: every stack has more slots than these tests use.
    unsafe {
        let p = g.stack_lo.get().add(slot);
        p.write(value);
        p
    }
}

fn make(w: &mut Worker, body: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static) -> &'static G {
    let g = w.new_g();
    (0..ROOTS).for_each(|i| {
        set(g, i, 0);
    });
    g.engine[0].set(Box::into_raw(Box::new(Box::new(body) as Body)) as u64);
    g
}

fn go(w: &mut Worker, body: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static) {
    let g = make(w, body);
    w.spawn(g);
}

fn run(
    procs: usize,
    heap: HeapConfig,
    main: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static,
) -> (i32, String) {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let out = Arc::new(Mutex::new(String::new()));
    let sink = out.clone();
    let config = Config {
        gomaxprocs: Some(procs),
        heap,
        print: Some(Arc::new(move |text: &str| sink.lock().unwrap().push_str(text))),
        ..Config::default()
    };
    let status = Runtime::run(Arc::new(Closures), config, |w| make(w, main));
    let text = out.lock().unwrap().clone();
    (status, text)
}

fn stressed() -> HeapConfig {
    HeapConfig {
        gc_stress: true,
        ..HeapConfig::default()
    }
}

static NODE: LazyLock<Layout> = LazyLock::new(|| Layout::new(16, Box::new([0])));
static POINTER: LazyLock<Layout> = LazyLock::new(|| Layout::new(8, Box::new([0])));
static WORD: LazyLock<Layout> = LazyLock::new(|| Layout::new(8, Box::new([])));

fn load(at: u64, word: usize) -> u64 {
    // SAFETY: the test's objects have two words.
    unsafe { (at as *const u64).add(word).read() }
}

/// A list cell: next, value.
fn cons(w: &mut Worker, next: u64, value: u64) -> u64 {
    let p = w.alloc(&NODE) as *mut u64;
    // SAFETY: a fresh object of two words.
    unsafe {
        p.write(next);
        p.add(1).write(value);
    }
    p as u64
}

/// As at a loop's back-edge.
fn poll(w: &mut Worker, g: &'static G) -> Option<Yield> {
    if g.guard.load(SeqCst) <= GUARD_ASYNC {
        w.safepoint(g, SafepointKind::BackEdge)
    } else {
        None
    }
}

#[test]
fn lists_survive_collections() {
    for (procs, heap, n) in [
        (1, HeapConfig::default(), 300_000),
        (4, HeapConfig::default(), 300_000),
        (1, stressed(), 3000),
        (3, stressed(), 3000),
    ] {
        let left = Arc::new(AtomicU64::new(4));
        let mut started = false;
        let (status, out) = run(procs, heap, move |w, _| {
            if !started {
                started = true;
                for _ in 0..4 {
                    let left = left.clone();
                    let mut i = 0;
                    go(w, move |w, g| {
                        while i < n {
                            i += 1;
                            // Garbage, then a cell that stays for a while.
                            cons(w, 0, i);
                            let head = if i % 5000 == 0 { 0 } else { get(g, 0) };
                            let cell = cons(w, head, i);
                            set(g, 0, cell);
                            if let Some(y) = poll(w, g) {
                                return y;
                            }
                        }
                        let mut at = get(g, 0);
                        let mut want = n;
                        while at != 0 {
                            assert_eq!(load(at, 1), want);
                            want -= 1;
                            at = load(at, 0);
                        }
                        assert!(want % 5000 == 4999 || want == 0, "{want}");
                        left.fetch_sub(1, SeqCst);
                        Yield::Dead
                    });
                }
            }
            if left.load(SeqCst) > 0 {
                return Yield::Gosched;
            }
            let stats = w.heap_stats();
            assert!(stats.n_gc >= 3, "{stats:?}");
            assert!(stats.alloc_bytes < 32 << 20);
            assert_eq!(stats.mallocs, 4 * 2 * n);
            w.collect_now();
            assert_eq!(w.heap_stats().alloc_bytes, 0);
            w.rt().heap().verify().unwrap();
            Yield::Exit(3)
        });
        assert_eq!((status, out.as_str()), (3, ""));
    }
}

#[test]
fn a_channels_buffer_keeps_its_elements() {
    for procs in [1, 2] {
        let mut state = 0;
        let (status, _) = run(procs, stressed(), move |w, g| {
            if state == 0 {
                let c = chan::make(w, 1, &POINTER, 100);
                set(g, 0, c.0 as u64);
                for i in 0..100 {
                    let src = set(g, 1, cons(w, 0, i));
                    assert_eq!(chan::send(w, g, c, src), ChanOp::Done);
                }
                set(g, 1, 0);
                state = 1;
                w.request_gc();
                return Yield::Gosched;
            }
            w.collect_now();
            let c = ChanRef(get(g, 0) as *mut _);
            assert_eq!(chan::len(c), 100);
            for i in 0..100 {
                assert_eq!(chan::recv(w, g, c, 1, NO_SLOT), ChanOp::Done);
                assert_eq!(load(get(g, 1), 1), i);
            }
            set(g, 1, 0);
            w.collect_now();
            // The channel and its buffer.
            assert_eq!(w.heap_stats().mallocs - w.heap_stats().frees, 2);
            Yield::Exit(0)
        });
        assert_eq!(status, 0);
    }
}

/// Sends the numbers up to `n` and then closes.
fn sender(c: ChanRef, n: u64) -> impl FnMut(&mut Worker, &'static G) -> Yield + Send {
    let c = c.0 as usize;
    let mut i = 0;
    move |w, g| {
        let c = ChanRef(c as *mut _);
        set(g, 0, c.0 as u64);
        while i < n {
            i += 1;
            let src = set(g, 1, i);
            match chan::send(w, g, c, src) {
                ChanOp::Done => {}
                ChanOp::Blocked => return Yield::Parked,
                ChanOp::SendOnClosed => unreachable!(),
            }
            if let Some(y) = poll(w, g) {
                return y;
            }
        }
        chan::close(w, c).unwrap();
        Yield::Dead
    }
}

#[test]
fn numbers_go_through_channels_in_order() {
    for procs in [1, 2, 4] {
        for cap in [0, 1, 7] {
            const N: u64 = 30_000;
            let (mut started, mut waiting, mut got) = (false, false, 0);
            let (status, _) = run(procs, HeapConfig::default(), move |w, g| {
                if !started {
                    started = true;
                    let c = chan::make(w, 1, &WORD, cap);
                    set(g, 0, c.0 as u64);
                    go(w, sender(c, N));
                }
                let c = ChanRef(get(g, 0) as *mut _);
                loop {
                    if !waiting {
                        waiting = true;
                        if chan::recv(w, g, c, 1, 2) == ChanOp::Blocked {
                            return Yield::Parked;
                        }
                    }
                    waiting = false;
                    if get(g, 2) == 0 {
                        assert_eq!(got, N);
                        return Yield::Exit(0);
                    }
                    got += 1;
                    assert_eq!(get(g, 1), got);
                    if let Some(y) = poll(w, g) {
                        return y;
                    }
                }
            });
            assert_eq!(status, 0);
        }
    }
}

#[test]
fn a_select_merges_channels() {
    for procs in [1, 2, 4] {
        const N: u64 = 10_000;
        let (mut started, mut waiting) = (false, false);
        let mut next = [0u64; 3];
        let (status, _) = run(procs, HeapConfig::default(), move |w, g| {
            if !started {
                started = true;
                for i in 0..3 {
                    let c = chan::make(w, 1, &WORD, i);
                    set(g, i, c.0 as u64);
                    go(w, sender(c, N));
                }
            }
            loop {
                if !waiting {
                    waiting = true;
                    let case = |i| SelectCase {
                        dir: Dir::Recv,
                        chan: ChanRef(get(g, i) as *mut _),
                        slot: 5,
                        ok: 6,
                    };
                    match select(w, g, &[case(0), case(1), case(2)], false, 7) {
                        SelectOp::Blocked => return Yield::Parked,
                        SelectOp::Done(i) => assert_eq!(get(g, 7), u64::from(i)),
                        other => panic!("{other:?}"),
                    }
                }
                waiting = false;
                let i = get(g, 7) as usize;
                if get(g, 6) == 1 {
                    next[i] += 1;
                    assert_eq!(get(g, 5), next[i]);
                } else {
                    assert_eq!(next[i], N);
                    // As programs do with a closed channel.
                    set(g, i, 0);
                    if (0..3).all(|i| get(g, i) == 0) {
                        return Yield::Exit(0);
                    }
                }
                if let Some(y) = poll(w, g) {
                    return y;
                }
            }
        });
        assert_eq!(status, 0);
    }
}

#[test]
fn out_of_memory_is_fatal() {
    let heap = HeapConfig {
        max_memory: 8 << 20,
        ..HeapConfig::default()
    };
    let (status, out) = run(1, heap, |w, _| {
        w.alloc_noscan(100 << 20);
        Yield::Exit(0)
    });
    assert_eq!(status, 2);
    assert!(
        out.starts_with("runtime: out of memory: cannot allocate 104857600-byte block"),
        "{out}"
    );
    assert!(out.contains("\nfatal error: out of memory\n"), "{out}");
}

#[test]
fn a_limit_is_kept_by_collecting() {
    let heap = HeapConfig {
        max_memory: 64 << 20,
        gc_percent: None,
        ..HeapConfig::default()
    };
    let mut i = 0;
    let (status, out) = run(1, heap, move |w, g| {
        while i < 2000 {
            i += 1;
            w.alloc_noscan(1 << 20);
            if let Some(y) = poll(w, g) {
                return y;
            }
        }
        Yield::Exit(0)
    });
    assert_eq!((status, out.as_str()), (0, ""));
}

#[test]
fn grown_stacks_shrink_again() {
    let mut state = 0;
    let (status, _) = run(1, HeapConfig::default(), move |w, g| {
        if state == 0 {
            set(g, 0, 42);
            w.grow_stack(g, 100_000).unwrap();
        }
        assert_eq!(get(g, 0), 42);
        assert!(g.stack_slots() >= 100_000 >> state || g.stack_slots() == mgo_runtime::stack::FIRST);
        state += 1;
        if state == 24 {
            assert_eq!(g.stack_slots(), mgo_runtime::stack::FIRST);
            return Yield::Exit(0);
        }
        w.request_gc();
        Yield::Gosched
    });
    assert_eq!(status, 0);
}

#[test]
fn finalizers_are_called_by_a_goroutine() {
    for procs in [1, 2] {
        let called = Arc::new(AtomicU64::new(0));
        let (mut started, seen) = (false, called.clone());
        let (status, _) = run(procs, HeapConfig::default(), move |w, _| {
            if !started {
                started = true;
                let called = called.clone();
                go(w, move |w, g| {
                    g.set_system();
                    while let Some(due) = w.next_due(g) {
                        assert_eq!(load(due.object as u64, 1), due.action[0]);
                        called.fetch_add(due.action[0], SeqCst);
                    }
                    Yield::Parked
                });
                for i in 1..=10 {
                    let p = cons(w, 0, i);
                    w.rt().heap().set_finalizer(p as usize, Some([i, 0, 0, 0]));
                }
                w.request_gc();
            }
            if seen.load(SeqCst) == 55 {
                Yield::Exit(0)
            } else {
                Yield::Gosched
            }
        });
        assert_eq!(status, 0);
    }
}

/// Sends list cells, of which nothing but the channel knows afterwards, through either of two channels.
fn cell_sender(n: u64) -> impl FnMut(&mut Worker, &'static G) -> Yield + Send {
    let mut i = 0;
    move |w, g| {
        while i < n {
            i += 1;
            // A list of two cells; the slot is the select's alone.
            let tail = cons(w, 0, i * 2);
            set(g, 2, cons(w, tail, i));
            let case = |c| SelectCase {
                dir: Dir::Send,
                chan: ChanRef(get(g, c) as *mut _),
                slot: 2,
                ok: NO_SLOT,
            };
            match select(w, g, &[case(0), case(1)], false, 3) {
                SelectOp::Blocked => return Yield::Parked,
                SelectOp::Done(_) => {}
                other => panic!("{other:?}"),
            }
            if let Some(y) = poll(w, g) {
                return y;
            }
        }
        Yield::Dead
    }
}

#[test]
fn waiting_senders_keep_their_elements() {
    for procs in [1, 2, 4] {
        const N: u64 = 400;
        const SENDERS: u64 = 5;
        let (mut started, mut waiting, mut got, mut sum) = (false, false, 0, 0);
        let (status, out) = run(procs, stressed(), move |w, g| {
            if !started {
                started = true;
                for i in 0..2 {
                    set(g, i, chan::make(w, 1, &POINTER, i * 3).0 as u64);
                }
                for _ in 0..SENDERS {
                    let s = make(w, cell_sender(N));
                    set(s, 0, get(g, 0));
                    set(s, 1, get(g, 1));
                    w.spawn(s);
                }
            }
            loop {
                if got == N * SENDERS {
                    assert_eq!(sum, SENDERS * N * (N + 1) / 2);
                    return Yield::Exit(0);
                }
                if !waiting {
                    waiting = true;
                    let case = |c| SelectCase {
                        dir: Dir::Recv,
                        chan: ChanRef(get(g, c) as *mut _),
                        slot: 2,
                        ok: 4,
                    };
                    if select(w, g, &[case(1), case(0)], false, 3) == SelectOp::Blocked {
                        return Yield::Parked;
                    }
                }
                waiting = false;
                got += 1;
                let cell = get(g, 2);
                assert_eq!(load(load(cell, 0), 1), 2 * load(cell, 1));
                sum += load(cell, 1);
                // Garbage, so that collections begin here too.
                cons(w, 0, 0);
                if let Some(y) = poll(w, g) {
                    return y;
                }
            }
        });
        assert_eq!((status, out.as_str()), (0, ""));
    }
}
