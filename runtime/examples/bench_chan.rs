//! What channels cost with goroutine switches, on one P and on several, beside Go's own figures in DESIGN.
//! `cargo run --profile fast -p mgo-runtime --example bench_chan`

use mgo_runtime::chan::{self, ChanOp, ChanRef};
use mgo_runtime::engine::{Engine, FrameInfo, Yield};
use mgo_runtime::g::G;
use mgo_runtime::slot::Layout;
use mgo_runtime::worker::Worker;
use mgo_runtime::{Config, Runtime};
use std::sync::Arc;
use std::time::Instant;

type Body = Box<dyn FnMut(&mut Worker, &'static G) -> Yield + Send>;

struct Closures;

impl Engine for Closures {
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield {
        // SAFETY: `go` stored a leaked box.
        unsafe { (*(g.engine[0].get() as *mut Body))(w, g) }
    }
    fn visit_g_roots(&self, g: &G, visit: &mut dyn FnMut(u64)) {
        // SAFETY: a stack has more slots.
        visit(unsafe { g.stack_lo.get().read() });
    }
    fn visit_global_roots(&self, _: &mut dyn FnMut(u64)) {}
    fn frames(&self, _: &G, _: &mut dyn FnMut(FrameInfo)) {}
    fn created_by(&self, _: &G) -> Option<FrameInfo> {
        None
    }
    fn on_dead(&self, _: &G) {}
}

fn go(w: &mut Worker, body: impl FnMut(&mut Worker, &'static G) -> Yield + Send + 'static) -> &'static G {
    let g = w.new_g();
    g.engine[0].set(Box::into_raw(Box::new(Box::new(body) as Body)) as u64);
    g
}

fn slot(g: &G, i: usize) -> *const u64 {
    g.stack_lo.get().wrapping_add(i)
}

/// Receives from one channel and sends to the other, `n` times.
fn player(from: usize, to: usize, n: u64) -> impl FnMut(&mut Worker, &'static G) -> Yield + Send {
    let (mut i, mut received) = (0, false);
    move |w, g| {
        let (from, to) = (ChanRef(from as *mut _), ChanRef(to as *mut _));
        while i < n {
            if !received {
                received = true;
                if chan::recv(w, g, from, 1, 2) == ChanOp::Blocked {
                    return Yield::Parked;
                }
            }
            received = false;
            i += 1;
            if chan::send(w, g, to, slot(g, 1)) == ChanOp::Blocked {
                return Yield::Parked;
            }
        }
        Yield::Dead
    }
}

fn ping_pong(procs: usize, cap: usize, n: u64) {
    let word: &'static Layout = Box::leak(Box::new(Layout::new(8, Box::new([]))));
    let config = Config {
        gomaxprocs: Some(procs),
        ..Config::default()
    };
    let mut start = None;
    let (mut i, mut received, mut chans) = (0, true, [ChanRef::NIL.0 as usize; 2]);
    let main = move |w: &mut Worker, g: &'static G| {
        let t = *start.get_or_insert_with(|| {
            chans = [
                chan::make(w, 1, word, cap).0 as usize,
                chan::make(w, 1, word, cap).0 as usize,
            ];
            let other = go(w, player(chans[0], chans[1], n));
            w.spawn(other);
            Instant::now()
        });
        let (to, from) = (ChanRef(chans[0] as *mut _), ChanRef(chans[1] as *mut _));
        loop {
            if received {
                if i == n {
                    let ns = t.elapsed().as_nanos() as f64 / n as f64;
                    println!("GOMAXPROCS={procs} cap {cap}: a round trip {ns:8.1} ns");
                    return Yield::Exit(0);
                }
                received = false;
                i += 1;
                if chan::send(w, g, to, slot(g, 1)) == ChanOp::Blocked {
                    return Yield::Parked;
                }
            }
            received = true;
            if chan::recv(w, g, from, 1, 2) == ChanOp::Blocked {
                return Yield::Parked;
            }
        }
    };
    Runtime::run(Arc::new(Closures), config, |w| go(w, main));
}

fn main() {
    for _ in 0..3 {
        ping_pong(1, 0, 3_000_000);
    }
    ping_pong(1, 1, 3_000_000);
    ping_pong(2, 0, 1_000_000);
    ping_pong(2, 1, 1_000_000);
}
