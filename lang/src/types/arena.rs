//! A vector that grows behind a shared reference.
//!
//! Elements never move: they live in chunks that double in size, so a reference to one outlives later
//! pushes. That lets facts about types be worked out lazily by functions that only read the store: the
//! underlying type of an instance of a generic type is made when it is first asked for.
//!
//! ```text
//!  chunk 0   1 << FIRST elements     index 0 …
//!  chunk 1   2 << FIRST              …
//!  chunk k   1 << (FIRST + k)
//! ```

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The first chunk holds two to the power of this many elements.
const FIRST: u32 = 8;
/// With so many chunks every `u32` is an index.
const N_CHUNKS: usize = 33 - FIRST as usize;

/// The elements of one chunk.
type Chunk<T> = Box<[OnceLock<T>]>;

/// An append-only vector.
pub(crate) struct Arena<T> {
    chunks: [OnceLock<Chunk<T>>; N_CHUNKS],
    len: AtomicU32,
}

impl<T> Arena<T> {
    pub(crate) fn new() -> Arena<T> {
        Arena {
            chunks: [const { OnceLock::new() }; N_CHUNKS],
            len: AtomicU32::new(0),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Acquire) as usize
    }

    /// The chunk of element `i`, and its place there.
    fn place(i: u32) -> (usize, usize) {
        let j = u64::from(i) + (1 << FIRST);
        let k = j.ilog2() - FIRST;
        (k as usize, (j - (1 << (FIRST + k))) as usize)
    }

    /// Adds an element; its index.
    pub(crate) fn push(&self, value: T) -> u32 {
        let i = self.len.fetch_add(1, Ordering::AcqRel);
        let (k, at) = Arena::<T>::place(i);
        let chunk = self.chunks[k].get_or_init(|| {
            let n = 1usize << (FIRST as usize + k);
            std::iter::repeat_with(OnceLock::new).take(n).collect()
        });
        let fresh = chunk[at].set(value).is_ok();
        debug_assert!(fresh, "each index is handed out once");
        i
    }

    pub(crate) fn get(&self, i: u32) -> Option<&T> {
        let (k, at) = Arena::<T>::place(i);
        self.chunks[k].get()?[at].get()
    }

    pub(crate) fn get_mut(&mut self, i: u32) -> Option<&mut T> {
        let (k, at) = Arena::<T>::place(i);
        self.chunks[k].get_mut()?[at].get_mut()
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Arena<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries((0..self.len() as u32).filter_map(|i| self.get(i)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_stay_where_they_are() {
        let mut a = Arena::new();
        assert_eq!(a.push(0u32), 0);
        for i in 1..5000 {
            assert_eq!(a.push(i), i);
        }
        assert!((0..5000).all(|i| a.get(i) == Some(&i)));
        assert_eq!((a.len(), a.get(5000)), (5000, None));
        *a.get_mut(4999).expect("was pushed") = 7;
        assert_eq!(a.get(4999), Some(&7));
        assert_eq!(Arena::<u32>::place(u32::MAX).0, N_CHUNKS - 1);
    }
}
