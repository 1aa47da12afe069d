//! Counters of executed statements: what `-cover` adds to a program.
//!
//! A block is a stretch of statements of which all are run or none. Where one begins the compiler emits
//! `Count`, which names the block's number; blocks of functions that nothing reaches stay at 0.

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
            blocks,
        }
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
