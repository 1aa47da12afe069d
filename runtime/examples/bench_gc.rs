//! What collecting costs: trees that live, garbage beside them; one and several markers.
//! `cargo run --profile fast -p mgo-runtime --example bench_gc`

use mgo_runtime::gc::collect::Roots;
use mgo_runtime::gc::{Heap, HeapConfig, MCache};
use mgo_runtime::slot::Layout;
use std::time::Instant;

struct Words(Vec<u64>);

impl Roots for Words {
    fn visit_roots(&self, visit: &mut dyn FnMut(u64)) {
        self.0.iter().for_each(|&w| visit(w));
    }
}

fn tree(c: &mut MCache, node: &'static Layout, depth: u32) -> u64 {
    let children = if depth == 0 {
        (0, 0)
    } else {
        (tree(c, node, depth - 1), tree(c, node, depth - 1))
    };
    let p = c.alloc(node).cast::<u64>();
    // SAFETY: a fresh object of two words.
    unsafe {
        p.write(children.0);
        p.add(1).write(children.1);
    }
    p as u64
}

/// One tree of this depth lives while many small ones are made; collects when the heap asks.
fn churn(depth: u32, threads: usize) {
    let node: &'static Layout = Box::leak(Box::new(Layout::new(16, Box::new([0, 1]))));
    let heap = Heap::new(HeapConfig::default()).unwrap();
    let mut c = MCache::new(heap.clone());
    let kept = tree(&mut c, node, depth);
    let start = Instant::now();
    let mut n = 0u64;
    let (mut ns, mut gcs, mut worst, mut objects) = (0, 0, 0, 0);
    while n < 30_000_000 {
        std::hint::black_box(tree(&mut c, node, 9));
        n += 1023;
        if c.take_gc_request() || heap.is_gc_wanted() {
            c.flush();
            let cycle = heap.collect(&Words(vec![kept]), threads);
            ns += cycle.ns;
            worst = worst.max(cycle.ns);
            gcs += 1;
            objects += cycle.objects;
        }
    }
    let total = start.elapsed().as_nanos() as u64;
    println!(
        "kept depth {depth:2} markers {threads}: {:6.2} ns an object, {gcs:4} collections, {:6.2} ns an object marked, worst {:7.2} ms, {:.0}% of the time",
        total as f64 / n as f64,
        ns as f64 / objects as f64,
        worst as f64 / 1e6,
        100.0 * ns as f64 / total as f64,
    );
}

fn main() {
    let args: Vec<u32> = std::env::args().skip(1).filter_map(|a| a.parse().ok()).collect();
    if let [depth, threads] = args[..] {
        return churn(depth, threads as usize);
    }
    for depth in [10, 16, 20, 22] {
        for threads in [1, 2] {
            churn(depth, threads);
        }
    }
}
