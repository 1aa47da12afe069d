//! What is known of the places at which frames stop: function, instruction, slots that hold live pointers.
//!
//! Every collection walks every stack, and all frames stop at few places: what the first walk finds out about one is
//! kept for all later ones, in lists hashed by address that only grow and are read without a lock.

use std::sync::OnceLock;

use crate::bytecode::liveness::Set;
use crate::bytecode::program::{Func, FuncId, Program};

/// Lists; a program that is collected has hundreds of places.
const LISTS: usize = 1 << 11;

/// A place in code at which a frame stopped.
#[derive(Debug)]
pub struct StackMap {
    key: usize,
    func: FuncId,
    /// An address within the instruction that is carried out.
    pub pc: usize,
    pointers: OnceLock<Set>,
    next: Link,
}

type Link = OnceLock<Box<StackMap>>;

impl StackMap {
    /// The function.
    pub fn func<'p>(&self, p: &'p Program) -> &'p Func {
        &p.funcs[self.func]
    }

    /// The slots that hold live pointers, one bit each, lowest first.
    pub fn pointers(&self, p: &Program) -> &[u64] {
        self.pointers.get_or_init(|| {
            let func = self.func(p);
            func.live_pointers(p, func.word_at(self.pc))
        })
    }
}

/// All of a program's.
#[derive(Debug, Default)]
pub struct StackMaps(OnceLock<Box<[Link]>>);

impl StackMaps {
    /// The map of the instruction that address `pc` lies in; none outside of code.
    pub fn within<'p>(&'p self, p: &Program, pc: usize) -> Option<&'p StackMap> {
        // Instructions are words: an odd key is no address that `behind` is asked for.
        self.find(pc | 1, || p.func_at(pc).map(|f| (f.id, pc)))
    }

    /// The map of the instruction that `pc` lies behind, or, where a function begins, of its first.
    pub fn behind<'p>(&'p self, p: &Program, pc: usize) -> Option<&'p StackMap> {
        self.find(pc, || match p.func_at(pc) {
            Some(f) if f.start() == pc => Some((f.id, pc)),
            _ => p.func_at(pc - 1).map(|f| (f.id, pc - 1)),
        })
    }

    fn find(&self, key: usize, place: impl FnOnce() -> Option<(FuncId, usize)>) -> Option<&StackMap> {
        let lists = self.0.get_or_init(|| (0..LISTS).map(|_| Link::new()).collect());
        let hash = (key >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - LISTS.ilog2());
        let mut link = &lists[hash];
        while let Some(map) = link.get() {
            if map.key == key {
                return Some(map);
            }
            link = &map.next;
        }
        let (func, pc) = place()?;
        loop {
            // Another thread may add to the list at the same time.
            let map = link.get_or_init(|| {
                Box::new(StackMap {
                    key,
                    func,
                    pc,
                    pointers: OnceLock::new(),
                    next: Link::new(),
                })
            });
            if map.key == key {
                return Some(map);
            }
            link = &map.next;
        }
    }
}
