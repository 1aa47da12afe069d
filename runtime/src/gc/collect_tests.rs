//! The collector against models of what it should keep.

use super::collect::Roots;
use super::tests::{heap, leak};
use super::*;
use proptest::prelude::*;
use std::collections::HashSet;

struct Words(Vec<usize>);

impl Roots for Words {
    fn visit_roots(&self, visit: &mut dyn FnMut(u64)) {
        self.0.iter().for_each(|&w| visit(w as u64));
    }
}

fn store(at: usize, word: usize, value: usize) {
    // SAFETY: the test owns the object, which has that word.
    unsafe { (at as *mut usize).add(word).write(value) }
}

fn collect(heap: &Heap, c: &mut MCache, roots: &[usize], threads: usize) -> collect::Cycle {
    c.flush();
    let cycle = heap.collect(&Words(roots.to_vec()), threads);
    heap.verify().unwrap();
    cycle
}

fn lives(heap: &Heap, addr: usize) -> bool {
    heap.finish_sweep();
    heap.find_object(addr).is_some()
}

#[test]
fn lists_live_and_die() {
    let (heap, mut c) = heap();
    let node = leak(16, &[0]);
    let (mut kept, mut lost) = (0, 0);
    for i in 0..100_000 {
        let n = c.alloc(node) as usize;
        let head = if i % 2 == 0 { &mut kept } else { &mut lost };
        store(n, 0, *head);
        *head = n;
        store(n, 1, lost); // not a pointer, says the layout
    }
    // An interior pointer keeps the whole object.
    let cycle = collect(&heap, &mut c, &[kept + 9, 12345, usize::MAX], 1);
    assert_eq!((cycle.objects, cycle.after), (50_000, 50_000 * 16));
    let mut n = 0;
    while kept != 0 {
        assert!(heap.find_object(kept).is_some());
        n += 1;
        kept = load_word(kept) as usize;
    }
    assert_eq!(n, 50_000);
    assert!(!lives(&heap, lost));
    assert_eq!(collect(&heap, &mut c, &[], 1).after, 0);
    heap.finish_sweep();
    assert_eq!(heap.stats().in_use_bytes, 0);
}

#[test]
fn arrays_of_all_sizes_are_followed() {
    for threads in [1, 3] {
        let (heap, mut c) = heap();
        let (elem, leaf) = (leak(24, &[1, 2]), leak(8, &[]));
        for n in [1, 2, 100, 1000, 5000, 1_000_000] {
            let a = c.alloc_array(elem, n) as usize;
            let ends = [
                c.alloc(leaf) as usize,
                c.alloc(leaf) as usize,
                c.alloc(leaf) as usize,
            ];
            store(a, 1, ends[0]);
            store(a, 3 * (n - 1) + 2, ends[1]);
            store(a, 3 * (n - 1), ends[2]);
            let cycle = collect(&heap, &mut c, &[a + 5], threads);
            assert_eq!(cycle.objects, 3);
            assert!(lives(&heap, ends[0]) && lives(&heap, ends[1]) && !lives(&heap, ends[2]));
        }
    }
}

#[test]
fn the_next_collection_is_due_when_the_heap_has_doubled() {
    let (heap, mut c) = heap();
    let big = c.alloc_noscan(10 << 20) as usize;
    assert!(c.take_gc_request());
    let cycle = collect(&heap, &mut c, &[big], 1);
    assert_eq!((cycle.number, cycle.next), (1, 20 << 20));
    assert!(!heap.is_gc_wanted());
    c.alloc_noscan(9 << 20);
    assert!(!c.take_gc_request());
    c.alloc_noscan(1 << 20);
    assert!(c.take_gc_request() && heap.is_gc_wanted());
    assert_eq!(heap.set_gc_percent(None), Some(100));
    assert_eq!(heap.set_gc_percent(Some(300)), None);
    assert_eq!(heap.stats().next_gc, 40 << 20);
}

#[test]
fn finalizers_run_once_and_in_order() {
    let (heap, mut c) = heap();
    let node = leak(16, &[0]);
    let (a, b) = (c.alloc(node) as usize, c.alloc(node) as usize);
    let closure = c.alloc(node) as usize;
    store(a, 0, b);
    assert!(heap.set_finalizer(a, Some([closure as u64, 1, 0, 0])));
    assert!(!heap.set_finalizer(a, Some([0; 4])));
    assert!(heap.set_finalizer(b, Some([0, 2, 0, 0])));
    collect(&heap, &mut c, &[a], 1);
    assert!(!heap.has_due() && lives(&heap, closure));
    // b is referred to by a, so a goes first.
    collect(&heap, &mut c, &[], 1);
    let due = heap.pop_due().unwrap();
    assert_eq!((due.object, due.action[1], heap.pop_due()), (a, 1, None));
    assert!(lives(&heap, a) && lives(&heap, b) && lives(&heap, closure));
    collect(&heap, &mut c, &[], 1);
    assert!(heap.has_due() && !lives(&heap, a) && lives(&heap, b) && !lives(&heap, closure));
    // A call that is due keeps its object until it is taken.
    collect(&heap, &mut c, &[], 1);
    assert!(lives(&heap, b));
    assert_eq!(heap.pop_due().unwrap().object, b);
    collect(&heap, &mut c, &[], 1);
    assert!(!heap.has_due() && !lives(&heap, b));
}

#[test]
fn cleanups_and_weak_handles() {
    let (heap, mut c) = heap();
    let node = leak(16, &[0]);
    let (a, arg) = (c.alloc(node) as usize, c.alloc(node) as usize);
    let handle = heap.weak_handle(a);
    assert!(std::ptr::eq(handle, heap.weak_handle(a)) && handle.load(Relaxed) == a);
    heap.add_cleanup(a, [1, arg as u64, 0, 0]);
    let stopped = heap.add_cleanup(a, [2, 0, 0, 0]);
    heap.stop_cleanup(a, stopped);
    collect(&heap, &mut c, &[a], 1);
    assert!(handle.load(Relaxed) == a && !heap.has_due());
    collect(&heap, &mut c, &[], 1);
    assert!(handle.load(Relaxed) == 0 && !lives(&heap, a) && lives(&heap, arg));
    let want = specials::Due {
        object: 0,
        action: [1, arg as u64, 0, 0],
    };
    assert_eq!(heap.pop_due(), Some(want));
    collect(&heap, &mut c, &[], 1);
    assert!(!lives(&heap, arg));
}

#[test]
fn memory_nobody_needs_goes_back() {
    let (heap, mut c) = heap();
    for _ in 0..3 {
        c.alloc_noscan(64 << 20);
        collect(&heap, &mut c, &[], 1);
    }
    for _ in 0..3 {
        collect(&heap, &mut c, &[], 1);
    }
    let s = heap.stats();
    assert_eq!(s.idle_bytes, s.released_bytes);
}

#[derive(Clone, Debug)]
struct Graph {
    /// Words of each object, whether it holds pointers, and repetitions.
    objects: Vec<(usize, bool, usize)>,
    /// Object, word, object pointed at, offset into it.
    edges: Vec<(usize, usize, usize, usize)>,
    roots: Vec<usize>,
    threads: usize,
}

fn graph() -> impl Strategy<Value = Graph> {
    let n = 1usize..300;
    n.prop_flat_map(|n| {
        let object = (
            prop_oneof![20 => 1usize..20, 1 => 1usize..9000],
            any::<bool>(),
            1usize..4,
        );
        (
            prop::collection::vec(object, n),
            prop::collection::vec((0..n, any::<usize>(), 0..n, any::<usize>()), 0..2 * n),
            prop::collection::vec(0..n, 0..5),
            1usize..4,
        )
            .prop_map(|(objects, edges, roots, threads)| Graph {
                objects,
                edges,
                roots,
                threads,
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn exactly_what_is_reachable_lives(g in graph()) {
        let (heap, mut c) = heap();
        let alloc = |c: &mut MCache, &(words, scan, n): &(usize, bool, usize)| {
            // Every second word may be a pointer.
            let pointers: Vec<u32> = (0..words as u32).step_by(2).filter(|_| scan).collect();
            c.alloc_array(leak(words as u32 * 8, &pointers), n) as usize
        };
        let at: Vec<usize> = g.objects.iter().map(|o| alloc(&mut c, o)).collect();
        let mut to = vec![std::collections::HashMap::new(); at.len()];
        for &(from, word, target, off) in &g.edges {
            let (words, scan, n) = g.objects[from];
            let word = word % (words * n);
            store(at[from], word, at[target] + off % (g.objects[target].0 * g.objects[target].2 * 8));
            to[from].insert(word, (scan && word % words % 2 == 0).then_some(target));
        }
        let mut reach = HashSet::new();
        let mut work = g.roots.clone();
        while let Some(i) = work.pop() {
            if reach.insert(i) {
                work.extend(to[i].values().flatten());
            }
        }
        let roots: Vec<usize> = g.roots.iter().map(|&i| at[i]).collect();
        // Marking the large graphs with several threads needs a heap that is worth it.
        heap.live.fetch_add(64 << 20, Relaxed);
        let cycle = collect(&heap, &mut c, &roots, g.threads);
        prop_assert_eq!(cycle.objects, reach.len());
        heap.finish_sweep();
        for (i, &a) in at.iter().enumerate() {
            prop_assert_eq!(heap.find_object(a).map(|o| o.base), reach.contains(&i).then_some(a));
        }
        heap.verify().map_err(TestCaseError::fail)?;
        // What is left can be allocated over.
        for o in &g.objects {
            let p = alloc(&mut c, o);
            let words = o.0 * o.2;
            prop_assert!((0..words).all(|w| load_word(p + w * 8) == 0));
        }
    }
}

/// The barrier is needed, and does what it is for: an object that leaves the heap for a stack while it is marked lives if
/// it was shaded, and dies if it was not.
#[test]
fn what_leaves_the_heap_while_it_is_marked_lives_if_shaded() {
    for shades in [true, false] {
        let (heap, mut c) = heap();
        let node = leak(16, &[0, 1]);
        let (a, b, deep) = (
            c.alloc(node) as usize,
            c.alloc(node) as usize,
            c.alloc(node) as usize,
        );
        store(a, 0, b);
        store(b, 0, deep);
        c.flush();
        heap.start_marking(&Words(vec![a]));
        assert!(heap.is_marking() && barrier::is_on());
        if shades {
            heap.shade(b as u64);
        }
        store(a, 0, 0);
        let new = c.alloc(node) as usize;
        store(new, 0, b);
        let unused = c.alloc(node) as usize;
        c.flush();
        let cycle = heap.finish_marking(&Words(Vec::new()), 2);
        assert!(!heap.is_marking());
        assert!(
            lives(&heap, a) && lives(&heap, new) && lives(&heap, unused),
            "born marked"
        );
        assert_eq!((lives(&heap, b), lives(&heap, deep)), (shades, shades));
        assert_eq!(cycle.after, 16 * (3 + 2 * usize::from(shades)));
        heap.verify().unwrap();
        // The next cycle finds what nobody names any more.
        let cycle = collect(&heap, &mut c, &[a], 1);
        assert_eq!((cycle.objects, lives(&heap, new)), (1, false));
    }
}

/// What caches took while marking and did not use is free afterwards.
#[test]
fn unused_slots_of_runs_taken_while_marking_are_free() {
    let (heap, mut c) = heap();
    let node = leak(48, &[0]);
    c.flush();
    heap.start_marking(&Words(Vec::new()));
    let p = c.alloc(node) as usize;
    c.flush();
    let cycle = heap.finish_marking(&Words(Vec::new()), 1);
    assert_eq!(cycle.after, heap.live_bytes());
    assert!(lives(&heap, p) && !lives(&heap, p + 64));
    let before = heap.live_bytes();
    assert_eq!(c.alloc(node) as usize, p + 64);
    c.flush();
    assert_eq!(heap.live_bytes(), before + 64);
}
