//! Counters of executed statements: what `-cover` adds to a program.
//!
//! A block is a stretch of statements of which all are run or none. Where one begins the compiler emits
//! `Count`, which names the block's number; blocks of functions that nothing reaches stay at 0.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use mgo_lang::source::Pos;
use rustc_hash::FxHashMap;

/// A stretch of statements.
#[derive(Clone, Debug)]
pub struct Block {
    /// File and place as a coverage profile has them: `path/file.go:1.14,3.2`.
    pub at: String,
    /// How many statements.
    pub statements: u32,
    /// Where its first statement begins; if it has none, its closing brace or the colon.
    pub start: Pos,
}

/// The counters of a program.
#[derive(Debug)]
pub struct Cover {
    /// `set`, `count` or `atomic`.
    pub mode: String,
    /// Said behind the share of statements: which packages are meant.
    pub scope: String,
    /// In the order of the profile.
    pub blocks: Vec<Block>,
    counters: Box<[AtomicU32]>,
    by_start: FxHashMap<Pos, u32>,
    steps: Mutex<Vec<Steps>>,
}

/// How often a block has been run in steps: see [`Cover::step`].
#[derive(Clone, Copy, Debug, Default)]
struct Steps {
    /// The count at the end of the last one.
    last: u32,
    /// Bit n: in some step it was run at least 2^n times, and less than 2^(n+1); the last stands for all above.
    seen: u8,
}

impl Cover {
    /// Counters at 0 for these blocks.
    pub fn new(mode: &str, scope: String, blocks: Vec<Block>) -> Cover {
        Cover {
            mode: mode.to_owned(),
            scope,
            counters: blocks.iter().map(|_| AtomicU32::new(0)).collect(),
            by_start: blocks
                .iter()
                .enumerate()
                .map(|(i, b)| (b.start, i as u32))
                .collect(),
            steps: Mutex::new(vec![Steps::default(); blocks.len()]),
            blocks,
        }
    }

    /// Ends a step, a stretch of the program's run; how many blocks were run in it as often as in no step before.
    pub fn step(&self) -> usize {
        let mut steps = self.steps.lock().unwrap_or_else(|e| e.into_inner());
        let mut n_new = 0;
        for (i, s) in steps.iter_mut().enumerate() {
            let now = self.count(i);
            let runs = now.wrapping_sub(s.last);
            s.last = now;
            if let Some(magnitude) = runs.checked_ilog2() {
                let bit = 1 << magnitude.min(7);
                n_new += usize::from(s.seen & bit == 0);
                s.seen |= bit;
            }
        }
        n_new
    }

    /// The block that begins at `at`.
    pub fn block_at(&self, at: Pos) -> Option<u32> {
        self.by_start.get(&at).copied()
    }

    /// Counts one run of block `i`.
    #[inline]
    pub fn hit(&self, i: u32) {
        if let Some(c) = self.counters.get(i as usize) {
            c.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often block `i` was run.
    pub fn count(&self, i: usize) -> u32 {
        self.counters.get(i).map_or(0, |c| c.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_tell_what_is_new() {
        let block = Block {
            at: String::new(),
            statements: 1,
            start: Pos(0),
        };
        let c = Cover::new("", String::new(), vec![block]);
        assert_eq!(c.step(), 0);
        c.hit(0);
        assert_eq!((c.step(), c.step()), (1, 0));
        c.hit(0);
        assert_eq!(c.step(), 0);
        (0..5).for_each(|_| c.hit(0));
        assert_eq!(c.step(), 1);
        (0..7).for_each(|_| c.hit(0));
        assert_eq!(c.step(), 0);
    }
}
