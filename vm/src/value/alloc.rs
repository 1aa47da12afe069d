//! What values need of the heap and the M that runs.
//!
//! A trait, so that maps and slices can be tested on a bare heap, without a scheduler.

use std::sync::OnceLock;

use mgo_runtime::slot::Layout;

use crate::bytecode::program::RType;

/// Memory, random bits, and whether others can interfere. All memory is cleared.
pub trait Alloc {
    /// Address of a new object.
    fn object(&mut self, layout: &'static Layout) -> u64;
    /// Address of a new array of `n` objects.
    fn array(&mut self, layout: &'static Layout, n: usize) -> u64;
    /// Address of `n` new pointer-free bytes.
    fn bytes(&mut self, n: usize) -> u64;
    /// Random bits.
    fn random(&mut self) -> u64;
    /// Whether no other thread can run the program's code meanwhile.
    fn is_solo(&self) -> bool;
}

/// Address of a new zero value of type `t`.
#[inline]
pub fn new_value<A: Alloc>(a: &mut A, t: &RType) -> u64 {
    if t.layout.size == t.size {
        a.object(t.layout)
    } else {
        new_array(a, t, 1)
    }
}

/// Address of `n` new zero values of type `t`, side by side. An array type's layout is that of the unit
/// that it repeats.
pub fn new_array<A: Alloc>(a: &mut A, t: &RType, n: usize) -> u64 {
    if t.size == 0 {
        return a.array(t.layout, 0);
    }
    let units = t.size.checked_div(t.layout.size).unwrap_or(1) as usize;
    a.array(t.layout, n.saturating_mul(units))
}

impl Alloc for mgo_runtime::worker::Worker {
    #[inline(always)]
    fn object(&mut self, layout: &'static Layout) -> u64 {
        self.alloc(layout) as u64
    }
    #[inline]
    fn array(&mut self, layout: &'static Layout, n: usize) -> u64 {
        self.alloc_array(layout, n) as u64
    }
    #[inline]
    fn bytes(&mut self, n: usize) -> u64 {
        self.alloc_noscan(n) as u64
    }
    #[inline]
    fn random(&mut self) -> u64 {
        self.rand_u64()
    }
    #[inline(always)]
    fn is_solo(&self) -> bool {
        mgo_runtime::worker::Worker::is_solo(self)
    }
}

/// Address of at least `size` bytes that are zero for ever and lie outside the heap: what the register form of
/// a large type's zero value points to. Never written to, like every such copy.
pub fn zero_block(size: u32) -> u64 {
    static BLOCKS: [OnceLock<u64>; 33] = [const { OnceLock::new() }; 33];
    let log = size.max(16).next_power_of_two().trailing_zeros();
    *BLOCKS[log as usize].get_or_init(|| Vec::leak(vec![0u128; 1 << (log - 4)]).as_ptr() as u64)
}

#[cfg(test)]
pub mod testing {
    //! A heap without a scheduler.
    use super::*;
    use mgo_runtime::gc::{Heap, HeapConfig, MCache};

    /// One cache on a heap of its own.
    pub struct TestHeap {
        cache: MCache,
        seed: u64,
        pub solo: bool,
    }

    impl TestHeap {
        pub fn new() -> TestHeap {
            let heap = Heap::new(HeapConfig::default()).expect("address space");
            TestHeap {
                cache: MCache::new(heap),
                seed: 1,
                solo: true,
            }
        }
    }

    impl Alloc for TestHeap {
        fn object(&mut self, layout: &'static Layout) -> u64 {
            self.cache.alloc(layout) as u64
        }
        fn array(&mut self, layout: &'static Layout, n: usize) -> u64 {
            self.cache.alloc_array(layout, n) as u64
        }
        fn bytes(&mut self, n: usize) -> u64 {
            self.cache.alloc_noscan(n) as u64
        }
        fn random(&mut self) -> u64 {
            self.seed = self
                .seed
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            self.seed ^ self.seed >> 29
        }
        fn is_solo(&self) -> bool {
            self.solo
        }
    }
}
