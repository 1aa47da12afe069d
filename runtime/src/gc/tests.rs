//! Tests of the heap and the collector, apart from a scheduler.

use super::class::{MAX_SMALL, N_CLASSES, SpanClass};
use super::span::{HEADER, PAGE};
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

pub(super) fn leak(size: u32, pointers: &[u32]) -> &'static Layout {
    Box::leak(Box::new(Layout::new(size, pointers.into())))
}

pub(super) fn heap() -> (Arc<Heap>, MCache) {
    let heap = Heap::new(HeapConfig::default()).unwrap();
    let cache = MCache::new(heap.clone());
    (heap, cache)
}

/// Bytes of an object, as the test's own.
pub(super) fn bytes(p: *mut u8, n: usize) -> &'static mut [u8] {
    // SAFETY: the test allocated `n` bytes at `p` and keeps the heap alive.
    unsafe { std::slice::from_raw_parts_mut(p, n) }
}

/// Marks the objects that start at `keep` and lets all others go, as a collection does.
fn collect(heap: &Heap, cache: &mut MCache, keep: impl Iterator<Item = usize>) {
    cache.flush();
    heap.finish_sweep();
    for addr in keep {
        let (span, i) = heap.find_slot(addr).unwrap();
        span.mark.set(i);
    }
    heap.start_sweep();
}

#[test]
fn classes_hold_what_they_are_for() {
    for size in 1..=MAX_SMALL {
        let class = SpanClass::noscan(size);
        assert!(class.stride() >= size && class.is_noscan() && !class.is_large());
        assert!(
            size <= 16 || class.stride() - size <= size.div_ceil(8).max(15),
            "{size} in {}",
            class.stride()
        );
    }
    for size in 8..=MAX_SMALL - HEADER {
        let class = SpanClass::scan(size);
        assert!(class.stride() >= size + HEADER && class.stride().is_multiple_of(16) && !class.is_noscan());
    }
}

#[test]
fn slots_are_found_by_multiplication() {
    for i in 0..2 * N_CLASSES {
        let class = SpanClass(i as u8);
        let mut span = Span::blank();
        span.init(0x10_0000, class.pages(), class, false, 0);
        let lost = if class.is_noscan() { 0 } else { HEADER };
        for addr in span.base..span.base + span.npages * PAGE {
            let want = (addr >= span.base + lost)
                .then(|| (addr - span.base - lost) / class.stride())
                .filter(|&i| i < span.n);
            assert_eq!(span.slot_of(addr), want, "{addr:#x} in {class:?}");
        }
    }
}

#[test]
fn zero_sized_objects_share_an_address_outside_the_heap() {
    let (heap, mut c) = heap();
    let empty = leak(0, &[]);
    let p = c.alloc(empty);
    assert_eq!(p, c.alloc_array(empty, 1000));
    assert_eq!(p, c.alloc_noscan(0));
    assert_eq!(p, c.alloc_array(leak(8, &[0]), 0));
    assert!(!p.is_null() && heap.find_object(p as usize).is_none());
}

#[test]
fn headers_name_the_layout() {
    let (heap, mut c) = heap();
    let node = leak(40, &[0, 1]);
    let p = c.alloc(node) as usize;
    let a = c.alloc_array(node, 10) as usize;
    for (at, base, array) in [(p, p, false), (p + 39, p, false), (a + 399, a, true)] {
        let o = heap.find_object(at).unwrap();
        let (layout, repeats) = o.layout.unwrap();
        assert!(std::ptr::eq(layout, node) && repeats == array && o.base == base);
    }
    assert!(
        heap.find_object(c.alloc_noscan(100) as usize + 99)
            .unwrap()
            .layout
            .is_none()
    );
}

#[test]
fn slots_not_handed_out_are_not_found() {
    let (heap, mut c) = heap();
    let node = leak(40, &[0]);
    let p = c.alloc(node) as usize;
    // The next slot is in the cache's run but has no header yet.
    assert!(heap.find_object(p + 48).is_none());
    c.flush();
    assert!(heap.find_object(p).is_some() && heap.find_object(p + 48).is_none());
    for wild in [
        0,
        8,
        usize::MAX,
        heap.arena.base() - 1,
        p & !(PAGE - 1),
        p + (1 << 30),
    ] {
        assert!(heap.find_object(wild).is_none(), "{wild:#x}");
    }
}

#[test]
fn large_objects() {
    let (heap, mut c) = heap();
    let mut pages = 0;
    for round in 0..3 {
        let p = c.alloc_noscan(100 << 20);
        let q = c.alloc_array(leak(16, &[0]), (1 << 20) + round);
        assert!((p as usize).is_multiple_of(16) && (q as usize).is_multiple_of(16));
        for b in [bytes(p, 100 << 20), bytes(q, 16 << 20)] {
            assert!(b.iter().step_by(997).all(|&x| x == 0) && b[b.len() - 1] == 0);
            b[0] = 1;
            b[5000] = 1;
        }
        let o = heap.find_object(p as usize + (100 << 20) - 1).unwrap();
        assert!(o.base == p as usize && o.size >= 100 << 20);
        assert_eq!(heap.find_object(q as usize + 77777).unwrap().base, q as usize);
        assert!(round == 0 || heap.pages.lock().in_use <= pages + 1);
        pages = heap.pages.lock().in_use;
        collect(&heap, &mut c, std::iter::empty());
        heap.verify().unwrap();
    }
    heap.finish_sweep();
    assert_eq!(heap.stats().in_use_bytes, 0);
}

#[test]
fn memory_is_limited() {
    let heap = Heap::new(HeapConfig {
        max_memory: 1 << 20,
        ..HeapConfig::default()
    })
    .unwrap();
    let mut c = MCache::new(heap.clone());
    assert!(c.alloc_noscan(2 << 20).is_null());
    assert!(c.alloc_noscan(usize::MAX).is_null());
    assert!(c.alloc_array(leak(1 << 20, &[5]), usize::MAX / 2).is_null());
    let n = (0..).take_while(|_| !c.alloc_noscan(1000).is_null()).count();
    assert!((900..1048).contains(&n), "{n}");
    // Garbage makes room again.
    collect(&heap, &mut c, std::iter::empty());
    assert!(!c.alloc_noscan(900 << 10).is_null());
}

#[test]
fn growth_asks_for_a_collection_once() {
    let (heap, mut c) = heap();
    let before = (0..MIN_HEAP / 1024 - 16).any(|_| {
        c.alloc_noscan(1024);
        c.take_gc_request()
    });
    assert!(!before && !heap.is_gc_wanted());
    c.alloc_noscan(1 << 20);
    assert!(c.take_gc_request() && heap.is_gc_wanted());
    c.alloc_noscan(1 << 20);
    assert!(!c.take_gc_request());
}

#[test]
fn free_pages_go_back_to_the_system() {
    let (heap, mut c) = heap();
    let p = c.alloc_noscan(8 << 20);
    bytes(p, 8 << 20).fill(7);
    collect(&heap, &mut c, std::iter::empty());
    heap.finish_sweep();
    let s = heap.stats();
    assert!(s.idle_bytes - s.released_bytes == 8 << 20);
    assert_eq!(heap.pages.lock().give_back(&heap.arena, 0), (8 << 20) / PAGE);
    let s = heap.stats();
    assert_eq!(s.idle_bytes, s.released_bytes);
    let q = c.alloc_noscan(8 << 20);
    assert!(q == p && bytes(q, 8 << 20).iter().all(|&b| b == 0));
}

#[test]
fn objects_are_counted() {
    let (heap, mut c) = heap();
    let kept: Vec<usize> = (0..1000).map(|_| c.alloc(leak(40, &[1])) as usize).collect();
    c.alloc_noscan(1 << 20);
    collect(&heap, &mut c, kept.iter().copied().take(300));
    heap.finish_sweep();
    let s = heap.stats();
    assert_eq!((s.mallocs, s.frees), (1001, 701));
    assert_eq!(s.alloc_bytes, 300 * 48);
    assert_eq!(s.total_alloc_bytes, 1000 * 48 + (1 << 20));
}

#[derive(Clone, Debug)]
enum Step {
    Alloc {
        size: usize,
        scan: bool,
        array: usize,
    },
    /// A collection that keeps every object whose number does not divide by this.
    Collect(usize),
    Flush,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = prop_oneof![
        8 => 0usize..200,
        4 => 0usize..5000,
        2 => 0usize..40_000,
        1 => 30_000usize..300_000,
    ];
    let alloc =
        (size, any::<bool>(), 1usize..4).prop_map(|(size, scan, array)| Step::Alloc { size, scan, array });
    prop::collection::vec(
        prop_oneof![40 => alloc, 2 => (1usize..5).prop_map(Step::Collect), 1 => Just(Step::Flush)],
        1..400,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn objects_are_zeroed_disjoint_and_found(steps in steps()) {
        let (heap, mut c) = heap();
        // Objects by address: size, and the byte they were filled with.
        let mut live: BTreeMap<usize, (usize, u8)> = BTreeMap::new();
        let mut n = 0usize;
        for step in steps {
            match step {
                Step::Alloc { size, scan, array } => {
                    let size = if scan { size.next_multiple_of(8) } else { size };
                    let pointers: &[u32] = if scan && size > 0 { &[0] } else { &[] };
                    let p = c.alloc_array(leak(size as u32, pointers), array);
                    let size = size * array;
                    if size == 0 {
                        continue;
                    }
                    let at = p as usize;
                    prop_assert!(size < 16 || at.is_multiple_of(16));
                    prop_assert!(bytes(p, size).iter().all(|&b| b == 0));
                    if let Some((&a, &(s, _))) = live.range(..at + size).next_back() {
                        prop_assert!(a + s <= at);
                    }
                    n += 1;
                    bytes(p, size).fill(n as u8 | 1);
                    live.insert(at, (size, n as u8 | 1));
                    let o = heap.find_object(at + size - 1).unwrap();
                    prop_assert!(o.base == at && o.size >= size && o.layout.is_some() != pointers.is_empty());
                }
                Step::Collect(every) => {
                    let mut i = 0;
                    live.retain(|_, _| { i += 1; i % every != 0 });
                    collect(&heap, &mut c, live.keys().copied());
                }
                Step::Flush => c.flush(),
            }
        }
        for (&at, &(size, fill)) in &live {
            prop_assert!(bytes(at as *mut u8, size).iter().all(|&b| b == fill));
            prop_assert_eq!(heap.find_object(at + size / 2).map(|o| o.base), Some(at));
        }
        c.flush();
        heap.verify().map_err(TestCaseError::fail)?;
        collect(&heap, &mut c, std::iter::empty());
        heap.finish_sweep();
        heap.verify().map_err(TestCaseError::fail)?;
        prop_assert_eq!(heap.stats().in_use_bytes, 0);
    }
}

#[test]
fn tiny_objects_have_no_header() {
    let (heap, mut c) = heap();
    for words in 1..=4u32 {
        for mask in 1..1u8 << words {
            let pointers: Vec<u32> = (0..words).filter(|w| mask >> w & 1 != 0).collect();
            let layout = leak(words * 8, &pointers);
            let p = c.alloc(layout) as usize;
            let slot = [8, 16, 32, 32][words as usize - 1];
            assert_eq!(c.alloc(layout) as usize, p + slot, "{words} words, {mask:b}");
            let o = heap.find_object(p + words as usize * 8 - 1).unwrap();
            assert_eq!((o.base, o.size), (p, slot));
            let (found, repeats) = o.layout.unwrap();
            assert!(
                !repeats && *found.pointers == *pointers,
                "{words} words, {mask:b}"
            );
        }
    }
    // Arrays too, with the pointers of all elements.
    let pair = leak(16, &[0]);
    let a = c.alloc_array(pair, 2) as usize;
    let found = heap.find_object(a).unwrap().layout.unwrap().0;
    assert_eq!(*found.pointers, [0, 2]);
    let three = c.alloc_array(leak(8, &[0]), 3) as usize;
    assert_eq!(
        *heap.find_object(three).unwrap().layout.unwrap().0.pointers,
        [0, 1, 2]
    );
    c.flush();
    heap.verify().unwrap();
}
