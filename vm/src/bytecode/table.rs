//! A table that only grows and may be read while it does.
//!
//! A REPL adds functions and types while goroutines run, so entries never move: they live in chunks that
//! are allocated once. An index may be reserved before its entry is made (types refer to each other).

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Chunk k holds `FIRST << k` entries: a small program touches little memory, a large one has few chunks.
const FIRST_BITS: u32 = 6;
const FIRST: u32 = 1 << FIRST_BITS;
const CHUNKS: usize = 17;

type Chunk<T> = Box<[OnceLock<T>]>;

/// See the module's head.
pub struct Table<T> {
    chunks: [OnceLock<Chunk<T>>; CHUNKS],
    len: AtomicU32,
}

/// The chunk that entry `i` lies in, and where in it.
#[inline]
fn place(i: u32) -> (usize, usize) {
    let n = u64::from(i) + u64::from(FIRST);
    let k = n.ilog2() - FIRST_BITS;
    (k as usize, (n - (u64::from(FIRST) << k)) as usize)
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            chunks: [const { OnceLock::new() }; CHUNKS],
            len: AtomicU32::new(0),
        }
    }
}

impl<T> Table<T> {
    /// An empty table.
    pub fn new() -> Table<T> {
        Table::default()
    }

    /// Number of indexes handed out.
    pub fn len(&self) -> u32 {
        self.len.load(Ordering::Acquire)
    }

    /// Whether no index was handed out.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands out the next index; [`Table::fill`] gives it its entry.
    ///
    /// # Panics
    /// Past eight million entries.
    pub fn reserve(&self) -> u32 {
        let i = self.len.fetch_add(1, Ordering::AcqRel);
        assert!(place(i).0 < CHUNKS, "too many functions or types");
        i
    }

    /// Gives index `i` its entry, which it must not have yet.
    pub fn fill(&self, i: u32, value: T) -> &T {
        let (k, at) = place(i);
        let chunk = self.chunks[k].get_or_init(|| (0..FIRST << k).map(|_| OnceLock::new()).collect());
        let cell = &chunk[at];
        debug_assert!(cell.get().is_none(), "entry {i} is filled twice");
        cell.get_or_init(|| value)
    }

    /// Adds an entry.
    pub fn push(&self, value: T) -> u32 {
        let i = self.reserve();
        self.fill(i, value);
        i
    }

    /// Entry `i`, if it is there.
    #[inline]
    pub fn get(&self, i: u32) -> Option<&T> {
        let (k, at) = place(i);
        self.chunks.get(k)?.get()?[at].get()
    }

    /// All entries that are there.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..self.len()).filter_map(|i| Some((i, self.get(i)?)))
    }
}

impl<T> std::ops::Index<u32> for Table<T> {
    type Output = T;
    #[inline]
    fn index(&self, i: u32) -> &T {
        self.get(i).expect("an index that was handed out and filled")
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn entries_stay_where_they_are() {
        let t = Table::new();
        let first = t.push(1u64);
        let at = &t[first] as *const u64;
        let hole = t.reserve();
        for i in 0..2000 {
            t.push(i);
        }
        assert!(t.get(hole).is_none());
        t.fill(hole, 7);
        assert_eq!((t[hole], t.len()), (7, 2002));
        assert_eq!(at, &t[first] as *const u64);
    }
}
