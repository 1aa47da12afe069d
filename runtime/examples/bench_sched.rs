//! What scheduling costs: switches, spawns, wake-ups, in CPU time of the process.
//! `cargo run --profile fast -p mgo-runtime --example bench_sched [GOMAXPROCS [counters]]`

use mgo_runtime::engine::{Engine, FrameInfo, Yield};
use mgo_runtime::g::{G, Status};
use mgo_runtime::os::thread::{cputime, nanotime};
use mgo_runtime::sched::counters::Counters;
use mgo_runtime::sched::park::WaitReason;
use mgo_runtime::sync::{AtomicU32, Rank, RawLock, Relaxed};
use mgo_runtime::timer::sleep;
use mgo_runtime::worker::Worker;
use mgo_runtime::{Config, Runtime};
use std::sync::Arc;

/// G.engine[0] says what a G does; [1] counts; `param` is its partner.
struct Bench;

const YIELD: u64 = 1;
const PING: u64 = 2;
const DIE: u64 = 3;
const SPAWN: u64 = 4;
const BURST: u64 = 5;
const MAIN: u64 = 6;
const PARK: u64 = 7;
/// How many Gs besides main and the short-lived ones there are.
static PARKED: AtomicU32 = AtomicU32::new(0);
/// Whether main sleeps rather than yields.
static ASLEEP: AtomicU32 = AtomicU32::new(0);
static LIVE: AtomicU32 = AtomicU32::new(0);
const N: u64 = 4_000_000;

fn partner(g: &G) -> &'static G {
    // SAFETY: set to the address of a G, and Gs live forever.
    unsafe { &*(g.param.get() as *const G) }
}

impl Engine for Bench {
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield {
        let what = g.engine[0].get();
        let n = g.engine[1].get();
        if what == MAIN {
            if LIVE.load(Relaxed) > 0 {
                if ASLEEP.load(Relaxed) == 1 {
                    sleep(w, g, 1_000_000);
                    return Yield::Parked;
                }
                return Yield::Gosched;
            }
            if std::env::args().nth(2).is_some() {
                let c = w.rt().counters();
                let rows = Counters::TABLE.iter().zip(c.values()).filter(|r| r.1 > 0);
                let text: Vec<String> = rows.map(|(t, v)| format!("{}={v}", t.0)).collect();
                println!("    {}", text.join(" "));
            }
            ASLEEP.store(0, Relaxed);
            return Yield::Exit(0);
        }
        if n == 0 {
            if what == PING && partner(g).status() == Status::Waiting {
                w.ready(partner(g));
            }
            return Yield::Dead;
        }
        g.engine[1].set(n - 1);
        match what {
            PING => {
                w.park(g, WaitReason::ChanReceive);
                if partner(g).status() == Status::Waiting {
                    w.ready(partner(g));
                }
                return Yield::Parked;
            }
            PARK => {
                // As a frame with its header would.
                // SAFETY: a stack has at least so many slots.
                (0..16).for_each(|i| unsafe { g.stack_lo.get().add(i).write(1) });
                if PARKED.fetch_add(1, Relaxed) == 999_999 {
                    let rss = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
                    let pages: u64 = rss.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
                    println!("    {} bytes a G", pages * 4096 / 1_000_000);
                    LIVE.store(0, Relaxed);
                }
                return w.park(g, WaitReason::ChanReceive);
            }
            SPAWN => start(w, DIE, 0),
            BURST => (0..100).for_each(|_| start(w, DIE, 0)),
            _ => {}
        }
        Yield::Gosched
    }
    fn visit_g_roots(&self, _: &G, _: &mut dyn FnMut(u64)) {}
    fn visit_global_roots(&self, _: &mut dyn FnMut(u64)) {}
    fn frames(&self, _: &G, _: &mut dyn FnMut(FrameInfo)) {}
    fn created_by(&self, _: &G) -> Option<FrameInfo> {
        None
    }
    fn on_dead(&self, g: &G) {
        if g.engine[0].get() != DIE {
            LIVE.fetch_sub(1, Relaxed);
        }
    }
}

fn make(w: &mut Worker, what: u64, n: u64) -> &'static G {
    let g = w.new_g();
    g.engine[0].set(what);
    g.engine[1].set(n);
    if what != DIE && what != MAIN {
        LIVE.fetch_add(1, Relaxed);
    }
    g
}

fn start(w: &mut Worker, what: u64, n: u64) {
    let g = make(w, what, n);
    w.spawn(g);
}

fn report(name: &str, n: u64, f: impl FnOnce()) {
    let (cpu, wall) = (cputime(), nanotime());
    f();
    let (cpu, wall) = (cputime() - cpu, nanotime() - wall);
    let per = |ns: i64| ns as f64 / n as f64;
    println!("{name:40} {:7.1} ns CPU {:7.1} ns wall", per(cpu), per(wall));
}

fn bench(name: &str, n: u64, first: fn(&mut Worker)) {
    let procs = std::env::args().nth(1).and_then(|a| a.parse().ok()).unwrap_or(1);
    let config = Config {
        gomaxprocs: Some(procs),
        ..Config::default()
    };
    report(name, n, || {
        Runtime::run(Arc::new(Bench), config, |w| {
            first(w);
            make(w, MAIN, 0)
        });
    });
}

fn main() {
    let lock = RawLock::new(Rank::Unranked);
    report("RawLock lock + unlock", N, || {
        for _ in 0..N {
            lock.lock();
            std::hint::black_box(&lock);
            lock.unlock();
        }
    });
    report("nanotime", N, || {
        for _ in 0..N {
            std::hint::black_box(nanotime());
        }
    });
    bench("Gosched of 1 besides main", 2 * N, |w| start(w, YIELD, N));
    bench("Gosched among 10", 10 * (N / 10), |w| {
        (0..10).for_each(|_| start(w, YIELD, N / 10))
    });
    bench("park + ready ping-pong, a switch", N, |w| {
        let (a, b) = (make(w, PING, N / 2), make(w, PING, N / 2));
        a.param.set(b as *const G as usize);
        b.param.set(a as *const G as usize);
        w.spawn(b);
        w.spawn(a);
    });
    bench("the same with nothing else to run", N, |w| {
        let (a, b) = (make(w, PING, N / 2), make(w, PING, N / 2));
        a.param.set(b as *const G as usize);
        b.param.set(a as *const G as usize);
        w.spawn(b);
        w.spawn(a);
        ASLEEP.store(1, Relaxed);
    });
    bench("a million parked Gs: spawn and park", 1_000_000, |w| {
        for _ in 0..1_000_000 {
            start(w, PARK, 1);
        }
        LIVE.store(1, Relaxed);
    });
    bench("spawn + run + end, + one Gosched", N, |w| start(w, SPAWN, N));
    bench("spawn + run + end, in bursts of 100", N, |w| {
        start(w, BURST, N / 100)
    });
}
