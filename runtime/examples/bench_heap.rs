//! How long an allocation takes. `cargo run --profile fast -p mgo-runtime --example bench_heap`

use mgo_runtime::gc::{Heap, HeapConfig, MCache};
use mgo_runtime::slot::Layout;
use std::time::Instant;

fn leak(size: u32, pointers: &[u32]) -> &'static Layout {
    Box::leak(Box::new(Layout::new(size, pointers.into())))
}

fn time(name: &str, n: u64, mut f: impl FnMut(u64)) {
    let start = Instant::now();
    for i in 0..n {
        f(i);
    }
    println!(
        "{name:40} {:8.2} ns",
        start.elapsed().as_nanos() as f64 / n as f64
    );
}

fn main() {
    let node = leak(16, &[0, 1]);
    let three = leak(24, &[0]);
    let word = leak(8, &[]);
    for round in ["fresh", "reused"] {
        let heap = Heap::new(HeapConfig::default()).unwrap();
        let mut c = MCache::new(heap.clone());
        if round == "reused" {
            for _ in 0..10_000_000 {
                std::hint::black_box(c.alloc(node));
            }
            for _ in 0..10_000_000 {
                std::hint::black_box(c.alloc(word));
            }
        }
        // As after a collection that found nothing alive.
        let clear = |c: &mut MCache| {
            c.flush();
            heap.drop_all_objects();
        };
        if round == "reused" {
            clear(&mut c);
        }
        println!("-- {round} pages");
        time("2 pointers", 10_000_000, |_| {
            std::hint::black_box(c.alloc(std::hint::black_box(node)));
        });
        if round == "reused" {
            clear(&mut c);
        }
        time("1 word, no pointers", 10_000_000, |_| {
            std::hint::black_box(c.alloc(std::hint::black_box(word)));
        });
        time("3 words", 5_000_000, |_| {
            std::hint::black_box(c.alloc(std::hint::black_box(three)));
        });
        time("array of 10 nodes", 1_000_000, |i| {
            std::hint::black_box(c.alloc_array(std::hint::black_box(node), 10 + (i as usize & 1)));
        });
        time("1 KiB", 200_000, |_| {
            std::hint::black_box(c.alloc_noscan(std::hint::black_box(1024)));
        });
        time("64 KiB", 2_000, |_| {
            std::hint::black_box(c.alloc_noscan(std::hint::black_box(64 << 10)));
        });
        let p = c.alloc(node) as usize;
        time("find_object", 10_000_000, |i| {
            std::hint::black_box(heap.find_object(std::hint::black_box(p - ((i as usize * 64) & 0xfffff))));
        });
    }
}
