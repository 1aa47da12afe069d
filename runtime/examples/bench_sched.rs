//! What scheduling costs: switches, spawns, wake-ups. `cargo run --profile fast --example bench_sched`.

use mgo_runtime::engine::{Engine, FrameInfo, Yield};
use mgo_runtime::g::{G, Status};
use mgo_runtime::os::thread::nanotime;
use mgo_runtime::sched::park::WaitReason;
use mgo_runtime::sync::{Rank, RawLock};
use mgo_runtime::worker::Worker;
use mgo_runtime::{Config, Runtime};
use std::cell::Cell;
use std::sync::Arc;

/// G.engine[0] says what a G does; [1] counts; [2] is its partner.
struct Bench;

const YIELD: u64 = 1;
const PING: u64 = 2;
const DIE: u64 = 3;
const MAIN: u64 = 4;
const N: u64 = 5_000_000;

thread_local! { static START: Cell<i64> = const { Cell::new(0) }; }

impl Engine for Bench {
    #[inline]
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield {
        match g.engine[0].get() {
            YIELD => {
                let n = g.engine[1].get();
                if n == 0 {
                    return Yield::Dead;
                }
                g.engine[1].set(n - 1);
                Yield::Gosched
            }
            PING => {
                let n = g.engine[1].get();
                let partner = g.engine[2].get() as *const G;
                // SAFETY: Gs live forever.
                let partner = unsafe { &*partner };
                if n > 0 {
                    g.engine[1].set(n - 1);
                    w.park(g, WaitReason::ChanReceive);
                }
                if partner.status() == Status::Waiting {
                    w.ready(partner);
                }
                if n > 0 { Yield::Parked } else { Yield::Dead }
            }
            DIE => Yield::Dead,
            _ => steps(w, g),
        }
    }
    fn visit_g_roots(&self, _: &G, _: &mut dyn FnMut(u64)) {}
    fn visit_global_roots(&self, _: &mut dyn FnMut(u64)) {}
    fn frames(&self, _: &G, _: &mut dyn FnMut(FrameInfo)) {}
    fn created_by(&self, _: &G) -> Option<FrameInfo> {
        None
    }
    fn on_dead(&self, _: &G) {}
}

fn go(w: &mut Worker, what: u64, n: u64) -> &'static G {
    let g = w.new_g();
    g.engine[0].set(what);
    g.engine[1].set(n);
    g
}

fn report(name: &str, n: u64) {
    let ns = nanotime() - START.get();
    println!("{name}: {:.1} ns", ns as f64 / n as f64);
}

fn steps(w: &mut Worker, g: &'static G) -> Yield {
    let stage = g.engine[1].get();
    if w.rt().n_goroutines() > 1 {
        return Yield::Gosched;
    }
    match stage {
        1 => report("Gosched among 2, and main on the 61st tick", 2 * N),
        2 => report("park + ready ping-pong", N),
        3 => report("spawn + run + end", N),
        4 => report("spawn + run + end, in bursts of 100", N),
        _ => {}
    }
    START.set(nanotime());
    match stage {
        0 => {
            for _ in 0..2 {
                let y = go(w, YIELD, N);
                w.spawn(y);
            }
        }
        1 => {
            let (a, b) = (go(w, PING, N / 2), go(w, PING, N / 2));
            a.engine[2].set(b as *const G as u64);
            b.engine[2].set(a as *const G as u64);
            // `b` stands parked when `a` begins.
            w.spawn(b);
            w.spawn(a);
        }
        2 | 3 => {
            let left = g.engine[3].get();
            let burst = if stage == 2 { 1 } else { 100 };
            if left == 0 {
                g.engine[3].set(N / burst);
            } else if left > 1 {
                g.engine[3].set(left - 1);
                START.set(g.engine[2].get() as i64);
            } else {
                g.engine[3].set(0);
                START.set(g.engine[2].get() as i64);
                g.engine[1].set(stage + 1);
                return Yield::Gosched;
            }
            g.engine[2].set(START.get() as u64);
            for _ in 0..burst {
                let d = go(w, DIE, 0);
                w.spawn(d);
            }
            return Yield::Gosched;
        }
        _ => return Yield::Exit(0),
    }
    g.engine[1].set(stage + 1);
    Yield::Gosched
}

fn bench_lock() {
    let lock = RawLock::new(Rank::Unranked);
    START.set(nanotime());
    for _ in 0..N {
        lock.lock();
        std::hint::black_box(&lock);
        lock.unlock();
    }
    report("RawLock lock + unlock", N);
    START.set(nanotime());
    for _ in 0..N {
        std::hint::black_box(nanotime());
    }
    report("nanotime", N);
}

fn main() {
    bench_lock();
    let procs = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1);
    let config = Config {
        gomaxprocs: Some(procs),
        ..Config::default()
    };
    Runtime::run(Arc::new(Bench), config, |w| go(w, MAIN, 0));
}
