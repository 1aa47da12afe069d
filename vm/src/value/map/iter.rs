//! Ranging over a map.
//!
//! An iterator remembers the array of entries that it began with. While the map still uses that array it
//! walks it; afterwards it takes the keys from there and the values from the map, for keys that are still in it.
//! What is added during the walk may be met or not; nothing is met twice, unless deleted and added again.
//! A key that is not equal to itself (NaN) cannot be deleted or found, so it is taken from the old array.

use std::sync::atomic::Ordering::Relaxed;

use crate::bytecode::program::{MAX_VALUE_SLOTS, MapKind};
use crate::trap::Trap;
use crate::value::alloc::Alloc;
use crate::value::map::{IntKey, Key, Map, OtherKey, Shape, StrKey, is_marked};
use crate::value::mem::load64;

/// An iterator's slots: map, entries, index, next | limit << 32, start | moves << 32, clears | log mask << 32.
pub struct Iter<'a>(pub &'a mut [u64]);

/// What an iterator came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// An entry; it was handed over.
    Entry,
    /// No more.
    End,
}

impl Iter<'_> {
    /// Begins a walk over the map at `at`, which may be nil.
    pub fn start<A: Alloc>(&mut self, a: &mut A, at: u64) -> Result<(), Trap> {
        self.0.fill(0);
        if at == 0 {
            return Ok(());
        }
        let m = Map::at(at);
        let v = m.version.load(std::sync::atomic::Ordering::Acquire);
        let used = u64::from(m.used.load(Relaxed));
        let (entries, index) = (m.entries.load(Relaxed), m.index.load(Relaxed));
        let (moves, clears) = (m.moves.load(Relaxed), m.clears.load(Relaxed));
        let log_mask = (m.mask.load(Relaxed) + 1).trailing_zeros();
        if v & 1 != 0 || !m.still(v) {
            return Err(Trap::MAP_ITERATION);
        }
        let start = if used == 0 {
            0
        } else {
            ((a.random() >> 32) * used) >> 32
        };
        self.0.copy_from_slice(&[
            at,
            entries,
            index,
            used << 32,
            start | u64::from(moves) << 32,
            u64::from(clears) | u64::from(log_mask) << 32,
        ]);
        Ok(())
    }

    /// Reads the next entry's key and value to where they are wanted.
    pub fn next(&mut self, key: Option<&mut [u64]>, val: Option<&mut [u64]>) -> Result<Next, Trap> {
        let [at, entries, index, place, start, more] = *self.0 else {
            return Ok(Next::End);
        };
        if at == 0 {
            return Ok(Next::End);
        }
        let m = Map::at(at);
        let shape = m.shape();
        let (mut next, limit) = (place & 0xffff_ffff, place >> 32);
        let (start, moves) = (start & 0xffff_ffff, (start >> 32) as u32);
        let (clears, log_mask) = (more as u32, more >> 32);
        while next < limit {
            let i = if start + next < limit {
                start + next
            } else {
                start + next - limit
            };
            next += 1;
            let v = m.begin_read().map_err(|_| Trap::MAP_ITERATION)?;
            let mut entry = entries + i * shape.stride;
            if m.moves.load(Relaxed) == moves {
                if i >= u64::from(m.used.load(Relaxed)) || m.is_dead(index, (1 << log_mask) - 1, i as u32) {
                    continue;
                }
            } else {
                if m.clears.load(Relaxed) != clears {
                    break;
                }
                if index != 0 && is_marked(index, (1 << log_mask) - 1, i as u32) {
                    continue;
                }
                entry = find_again(m, shape, v, entry)?;
                if entry == 0 {
                    continue;
                }
            }
            if let Some(key) = key {
                read(entry, key);
            }
            if let Some(val) = val {
                read(entry + u64::from(shape.key_slots) * 8, val);
            }
            if !m.still(v) {
                return Err(Trap::MAP_ITERATION);
            }
            self.0[3] = next | limit << 32;
            return Ok(Next::Entry);
        }
        self.0[3] = limit | limit << 32;
        Ok(Next::End)
    }
}

fn read(mut from: u64, out: &mut [u64]) {
    for slot in out {
        *slot = load64(from);
        from += 8;
    }
}

/// The entry that the map has now for the key of an entry of the old array; 0 if there is none.
#[cold]
fn find_again(m: &Map, shape: &'static Shape, v: u32, old: u64) -> Result<u64, Trap> {
    let found = match shape.kind {
        MapKind::Int => m.find(&IntKey(load64(old)), v),
        MapKind::Str => m.find(&StrKey((load64(old), load64(old + 8))), v),
        MapKind::Other => {
            let mut slots = [0; MAX_VALUE_SLOTS as usize];
            let slots = &mut slots[..shape.key_slots as usize];
            read(old, slots);
            let k = OtherKey::new(shape.key, shape.program, slots, m.seed())?;
            if k.is_at(old, || true)? {
                m.find(&k, v)
            } else {
                Ok(old)
            }
        }
    };
    found.map_err(|_| Trap::MAP_ITERATION)
}
