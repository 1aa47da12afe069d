//! Keys as the map code sees them: one slot of bits, a string, or anything by its descriptor.

use crate::bytecode::program::{Program, RType};
use crate::trap::Trap;
use crate::value::mem::{load64, store64};
use crate::value::{eq, hash, string};

/// A key to look for.
pub trait Key {
    /// Whether an assignment to an existing entry stores the key again: equal keys may differ (+0 and -0).
    const IS_REPLACED: bool;
    /// Its hash; the low 32 bits count.
    fn hash(&self, seed: u64) -> u64;
    /// Whether the entry at `at` has this key. `still` tells whether what was read can be trusted; asked
    /// before following an address found there.
    fn is_at(&self, at: u64, still: impl Fn() -> bool) -> Result<bool, Trap>;
    /// Writes it into the entry at `at`.
    fn store(&self, at: u64);
}

/// A key of one slot that is compared by its bits.
#[derive(Clone, Copy)]
pub struct IntKey(pub u64);

impl Key for IntKey {
    const IS_REPLACED: bool = false;

    #[inline(always)]
    fn hash(&self, seed: u64) -> u64 {
        hash::word(seed, self.0)
    }

    #[inline(always)]
    fn is_at(&self, at: u64, _: impl Fn() -> bool) -> Result<bool, Trap> {
        Ok(load64(at) == self.0)
    }

    #[inline(always)]
    fn store(&self, at: u64) {
        store64(at, self.0);
    }
}

/// A string.
#[derive(Clone, Copy)]
pub struct StrKey(pub (u64, u64));

impl Key for StrKey {
    const IS_REPLACED: bool = false;

    #[inline(always)]
    fn hash(&self, seed: u64) -> u64 {
        hash::bytes(seed, string::bytes(self.0))
    }

    #[inline(always)]
    fn is_at(&self, at: u64, still: impl Fn() -> bool) -> Result<bool, Trap> {
        let (ptr, len) = (load64(at), load64(at + 8));
        if len != self.0.1 {
            return Ok(false);
        }
        if !still() {
            return Err(Trap::MAP_READ_WRITE);
        }
        Ok(string::eq((ptr, len), self.0))
    }

    #[inline(always)]
    fn store(&self, at: u64) {
        store64(at, self.0.0);
        store64(at + 8, self.0.1);
    }
}

/// Any key, in register form, with its hash.
#[derive(Clone, Copy)]
pub struct OtherKey<'a> {
    slots: &'a [u64],
    hash: u64,
    t: &'static RType,
    program: &'static Program,
}

impl<'a> OtherKey<'a> {
    /// The key of type `t` in `slots`, to be used in a map with this seed. Unhashable keys panic.
    pub fn new(
        t: &'static RType,
        program: &'static Program,
        slots: &'a [u64],
        seed: u64,
    ) -> Result<OtherKey<'a>, Trap> {
        let hash = eq::hash_slots(program, t, slots.as_ptr() as u64, seed)?;
        Ok(OtherKey {
            slots,
            hash,
            t,
            program,
        })
    }

    /// Hash of the key in an entry, which was hashed before.
    pub(super) fn stored(t: &RType, program: &Program, at: u64, seed: u64) -> u64 {
        eq::hash_slots(program, t, at, seed).unwrap_or(0)
    }
}

impl Key for OtherKey<'_> {
    const IS_REPLACED: bool = true;

    fn hash(&self, _: u64) -> u64 {
        self.hash
    }

    fn is_at(&self, at: u64, still: impl Fn() -> bool) -> Result<bool, Trap> {
        // Two words may be torn by a race; they are copied and checked before anything is followed.
        let mut copy = [0u64; crate::bytecode::program::MAX_VALUE_SLOTS as usize];
        let copy = &mut copy[..self.slots.len()];
        for (i, slot) in copy.iter_mut().enumerate() {
            *slot = load64(at + i as u64 * 8);
        }
        if !still() {
            return Err(Trap::MAP_READ_WRITE);
        }
        eq::slots(
            self.program,
            self.t,
            copy.as_ptr() as u64,
            self.slots.as_ptr() as u64,
        )
    }

    fn store(&self, at: u64) {
        for (i, &slot) in self.slots.iter().enumerate() {
            store64(at + i as u64 * 8, slot);
        }
    }
}
