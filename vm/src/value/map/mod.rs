//! Maps.
//!
//! A map keeps its entries in an array in the order of insertion, and finds them through an index: a table of
//! words (hash, number of the entry), probed linearly. Up to [`SMALL`] entries there is no index; they are
//! compared one by one. (The shape is that of Python's compact dict.) Deleting marks an entry dead; when the
//! array is full the live entries move to a new one. So ranging over a map is walking an array, from a random
//! place; when the map has moved meanwhile the walk goes on in the old array, which nobody changes any more,
//! and looks each key up in the map as it is then.
//!
//! ```text
//!  Map (heap object)      entries: used of cap             index object (pointer-free)
//!  | version   |    +->  | key slots | value slots |     | hash:32 | entry + 2:32 | mask + 1 words; 0 free,
//!  | entries --|----+    | key slots | value slots |     | ...                    | 1 deleted
//!  | index   --|-------> |    ...                  |     | dead bits, one an entry| cap / 64 words
//! ```
//!
//! Concurrent misuse. `version` is odd while someone writes. A writer takes it with a compare-and-swap (with
//! one P in use nothing is needed), a reader looks at it before and after, and before it follows what it has
//! read. A change in between is reported as Go does, and ends the program; so nobody ever acts on a table that
//! was half changed. Nothing of this has a safepoint inside, and the collector runs at safepoints only.

mod iter;
mod key;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU32, AtomicU64, fence};

use mgo_runtime::slot::Layout;

use crate::bytecode::program::{MapKind, Program, RType};
use crate::trap::Trap;
use crate::value::alloc::{Alloc, zero_block};
use crate::value::mem::{load64, shade_word, store_plain64, store64};

pub use iter::{Iter, Next};
pub use key::{IntKey, Key, OtherKey, StrKey};

/// Entries of the largest map without an index.
const SMALL: u32 = 8;
/// Index words of the smallest index.
const FIRST_INDEX: u64 = 32;
/// An index word of a deleted entry.
const DELETED: u64 = 1;
/// Set in all hashes, so that no index word of a live entry is taken for another.
const HASH_BIT: u64 = 1 << 31;
/// The most entries.
const MAX_ENTRIES: u64 = 1 << 30;

/// What all maps of one type have in common; lives for ever.
pub struct Shape {
    /// Slots of a key.
    pub key_slots: u32,
    /// Slots of a value.
    pub val_slots: u32,
    /// Bytes of an entry.
    stride: u64,
    kind: MapKind,
    key: &'static RType,
    /// The value's type.
    pub elem: &'static RType,
    program: &'static Program,
    layout: &'static Layout,
}

impl Shape {
    /// The shape of maps of type `t`.
    pub fn new(program: &'static Program, t: &RType) -> Shape {
        let (key, elem) = (&program.types[t.key], &program.types[t.elem]);
        let (k, v) = (u32::from(key.slots), u32::from(elem.slots));
        let values = elem.slot_layout.pointers.iter().map(|w| w + k);
        let pointers = key.slot_layout.pointers.iter().copied().chain(values).collect();
        let stride = ((k + v) * 8).max(8);
        let layout = Box::leak(Box::new(Layout::new(stride, pointers)));
        Shape {
            key_slots: k,
            val_slots: v,
            stride: stride.into(),
            kind: t.map_kind,
            key,
            elem,
            program,
            layout,
        }
    }

    /// Itself, for ever: shapes are only made for programs that are leaked.
    pub(crate) fn itself(&self) -> &'static Shape {
        // SAFETY: shapes lie in the table of what a program's goroutines share, which is leaked when the program
        // starts, before any goroutine can ask for one.
        unsafe { &*std::ptr::from_ref(self) }
    }

    /// The key's type.
    pub fn key(&self) -> &'static RType {
        self.key
    }

    /// How keys are found.
    pub fn kind(&self) -> MapKind {
        self.kind
    }

    /// Fills `out` with the zero value.
    #[inline]
    pub fn fill_zero(&self, out: &mut [u64]) {
        out.fill(0);
        if self.elem.large {
            out[0] = zero_block(self.elem.size);
        }
    }

    /// Hash of the key in the entry at `at`.
    fn hash_entry(&self, at: u64, seed: u64) -> u64 {
        match self.kind {
            MapKind::Int => IntKey(load64(at)).hash(seed),
            MapKind::Str => StrKey((load64(at), load64(at + 8))).hash(seed),
            // It was hashed when it was stored, so it can be hashed.
            MapKind::Other => OtherKey::stored(self.key, self.program, at, seed),
        }
    }
}

/// A map, in the heap.
#[repr(C)]
pub struct Map {
    /// Odd while someone writes.
    version: AtomicU32,
    /// How often the entries moved.
    moves: AtomicU32,
    /// Live entries.
    count: AtomicU64,
    /// Address of the entries.
    entries: AtomicU64,
    /// Address of the index; 0: none.
    index: AtomicU64,
    /// Entries in use, dead ones included.
    used: AtomicU32,
    /// Entries there is room for.
    cap: AtomicU32,
    /// Index words minus one.
    mask: AtomicU64,
    seed: AtomicU64,
    /// The [`Shape`].
    shape: AtomicU64,
    /// How often the map was cleared.
    clears: AtomicU32,
    /// Dead entries of a map without an index.
    dead: AtomicU32,
}

static LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
    let pointers = [
        (std::mem::offset_of!(Map, entries) / 8) as u32,
        (std::mem::offset_of!(Map, index) / 8) as u32,
    ];
    Layout::new(size_of::<Map>() as u32, Box::new(pointers))
});

/// Makes a map with room for `hint` entries; its address.
pub fn make<A: Alloc>(a: &mut A, shape: &'static Shape, hint: u64) -> u64 {
    let at = a.object(&LAYOUT);
    let m = Map::at(at);
    m.seed.store(a.random(), Relaxed);
    m.shape.store(std::ptr::from_ref(shape) as u64, Relaxed);
    if hint > u64::from(SMALL) {
        m.reserve(a, hint.min(MAX_ENTRIES));
    }
    at
}

/// The number of entries of the map at `at`, which may be nil.
#[inline]
pub fn len(at: u64) -> u64 {
    if at == 0 {
        0
    } else {
        Map::at(at).count.load(Relaxed)
    }
}

impl Map {
    /// The map at address `at`, not nil.
    #[inline(always)]
    pub fn at<'a>(at: u64) -> &'a Map {
        debug_assert!(at != 0);
        // SAFETY: a word of map type is nil or the address of an object made by `make`; the collector keeps it
        // while a root names it, which the caller's frame does. All fields are atomics.
        unsafe { &*(at as *const Map) }
    }

    /// Its shape.
    #[inline(always)]
    pub fn shape(&self) -> &'static Shape {
        // SAFETY: `make` stored the address of a shape that lives for ever.
        unsafe { &*(self.shape.load(Relaxed) as *const Shape) }
    }

    /// The seed of its hashes.
    #[inline]
    pub fn seed(&self) -> u64 {
        self.seed.load(Relaxed)
    }

    #[inline(always)]
    fn begin_read(&self) -> Result<u32, Trap> {
        let v = self.version.load(Acquire);
        if v & 1 != 0 {
            Err(Trap::MAP_READ_WRITE)
        } else {
            Ok(v)
        }
    }

    /// Whether nobody has written since `version` was `v`.
    #[inline(always)]
    fn still(&self, v: u32) -> bool {
        fence(Acquire);
        self.version.load(Relaxed) == v
    }

    #[inline(always)]
    fn end_read(&self, v: u32) -> Result<(), Trap> {
        if self.still(v) {
            Ok(())
        } else {
            Err(Trap::MAP_READ_WRITE)
        }
    }

    /// Becomes the writer; the version to be handed to [`Map::end_write`]. With `solo` nobody else can come.
    #[inline(always)]
    fn begin_write(&self, solo: bool) -> Result<u32, Trap> {
        let v = self.version.load(Relaxed);
        if v & 1 != 0 {
            return Err(Trap::MAP_WRITES);
        }
        if solo {
            return Ok(v);
        }
        match self
            .version
            .compare_exchange(v, v.wrapping_add(1), Acquire, Relaxed)
        {
            Ok(_) => {
                fence(Release);
                Ok(v.wrapping_add(1))
            }
            Err(_) => Err(Trap::MAP_WRITES),
        }
    }

    #[inline(always)]
    fn end_write(&self, v: u32, solo: bool) {
        if !solo {
            self.version.store(v.wrapping_add(1), Release);
        }
    }

    /// Address of the entry with key `k`, 0 if there is none. `v`: see [`Map::still`].
    #[inline]
    fn find<K: Key>(&self, k: &K, v: u32) -> Result<u64, Trap> {
        let index = self.index.load(Relaxed);
        if index == 0 {
            return self.find_small(k, v);
        }
        let (entries, mask) = (self.entries.load(Relaxed), self.mask.load(Relaxed));
        if !self.still(v) {
            return Err(Trap::MAP_READ_WRITE);
        }
        let stride = self.shape().stride;
        let h = k.hash(self.seed()) & 0xffff_ffff | HASH_BIT;
        let mut i = h & mask;
        loop {
            let word = load64(index + i * 8);
            if word >> 32 == h {
                let at = entries + ((word & 0xffff_ffff) - 2) * stride;
                if k.is_at(at, || self.still(v))? {
                    return Ok(at);
                }
            } else if word == 0 {
                return Ok(0);
            }
            i = (i + 1) & mask;
        }
    }

    fn find_small<K: Key>(&self, k: &K, v: u32) -> Result<u64, Trap> {
        let (entries, used, dead) = (
            self.entries.load(Relaxed),
            self.used.load(Relaxed),
            self.dead.load(Relaxed),
        );
        if !self.still(v) {
            return Err(Trap::MAP_READ_WRITE);
        }
        let stride = self.shape().stride;
        let mut at = entries;
        for i in 0..used {
            if dead >> i & 1 == 0 && k.is_at(at, || self.still(v))? {
                return Ok(at);
            }
            at += stride;
        }
        Ok(0)
    }

    /// Reads the value of key `k` into `out`, which has its slots; false, and zeros, if there is none.
    #[inline]
    pub fn get<K: Key>(&self, k: &K, out: &mut [u64]) -> Result<bool, Trap> {
        let v = self.begin_read()?;
        let at = self.find(k, v)?;
        if at == 0 {
            self.end_read(v)?;
            self.shape().fill_zero(out);
            return Ok(false);
        }
        let mut from = at + u64::from(self.shape().key_slots) * 8;
        for slot in out.iter_mut() {
            *slot = load64(from);
            from += 8;
        }
        self.end_read(v)?;
        Ok(true)
    }

    /// Whether there is an entry with key `k`.
    #[inline]
    pub fn has<K: Key>(&self, k: &K) -> Result<bool, Trap> {
        let v = self.begin_read()?;
        let at = self.find(k, v)?;
        self.end_read(v)?;
        Ok(at != 0)
    }

    /// Sets the value of key `k`.
    #[inline]
    pub fn set<K: Key, A: Alloc>(&self, a: &mut A, k: &K, value: &[u64]) -> Result<(), Trap> {
        self.update(a, k, |at| {
            for (i, &slot) in value.iter().enumerate() {
                store64(at + i as u64 * 8, slot);
            }
        })
    }

    /// Adds `n` to the value of key `k`, a 64-bit integer, which begins at 0.
    #[inline]
    pub fn add<K: Key, A: Alloc>(&self, a: &mut A, k: &K, n: u64) -> Result<(), Trap> {
        self.update(a, k, |at| store_plain64(at, load64(at).wrapping_add(n)))
    }

    /// Calls `with` with the address of the value slots of key `k`, in a new entry of zeros if there is none.
    #[inline]
    fn update<K: Key, A: Alloc>(&self, a: &mut A, k: &K, with: impl FnOnce(u64)) -> Result<(), Trap> {
        let solo = a.is_solo();
        let v = self.begin_write(solo)?;
        let mut at = self.find(k, v)?;
        if at == 0 {
            at = self.insert(a, k);
        } else if K::IS_REPLACED {
            k.store(at);
        }
        with(at + u64::from(self.shape().key_slots) * 8);
        self.end_write(v, solo);
        Ok(())
    }

    /// Makes an entry for a key that the map has not; its address. The caller is the writer.
    fn insert<K: Key, A: Alloc>(&self, a: &mut A, k: &K) -> u64 {
        let stride = self.shape().stride;
        self.count.store(self.count.load(Relaxed) + 1, Relaxed);
        let dead = self.dead.load(Relaxed);
        if dead != 0 {
            let i = dead.trailing_zeros();
            self.dead.store(dead & (dead - 1), Relaxed);
            let at = self.entries.load(Relaxed) + u64::from(i) * stride;
            k.store(at);
            return at;
        }
        if self.used.load(Relaxed) == self.cap.load(Relaxed) {
            self.grow(a);
        }
        let i = self.used.load(Relaxed);
        self.used.store(i + 1, Relaxed);
        let at = self.entries.load(Relaxed) + u64::from(i) * stride;
        k.store(at);
        let index = self.index.load(Relaxed);
        if index != 0 {
            put(index, self.mask.load(Relaxed), k.hash(self.seed()), i);
        }
        at
    }

    /// Moves the live entries to a larger array, or to one of the same size if many are dead.
    #[cold]
    #[inline(never)]
    fn grow<A: Alloc>(&self, a: &mut A) {
        let (cap, live) = (u64::from(self.cap.load(Relaxed)), self.count.load(Relaxed));
        if cap == 0 {
            let shape = self.shape();
            self.entries.store(a.array(shape.layout, SMALL as usize), Relaxed);
            self.cap.store(SMALL, Relaxed);
            return;
        }
        self.reserve(a, if live * 4 > cap * 3 { cap * 2 } else { cap });
    }

    /// Moves the live entries to an array with room for at least `wanted`, with an index.
    fn reserve<A: Alloc>(&self, a: &mut A, wanted: u64) {
        let shape = self.shape();
        let mut words = FIRST_INDEX;
        while room(words) < wanted {
            words *= 2;
        }
        let cap = room(words);
        assert!(cap <= MAX_ENTRIES * 2, "a map of more than a billion entries");
        let entries = a.array(shape.layout, cap as usize);
        let index = a.bytes((words * 8 + cap.div_ceil(64) * 8) as usize);
        let (old, old_index) = (self.entries.load(Relaxed), self.index.load(Relaxed));
        let old_mask = self.mask.load(Relaxed);
        let used = self.used.load(Relaxed);
        let hashes = (old_index != 0).then(|| hashes(old_index, old_mask, used));
        let mut n = 0;
        for i in 0..used {
            let from = old + u64::from(i) * shape.stride;
            if self.is_dead(old_index, old_mask, i) {
                continue;
            }
            let to = entries + u64::from(n) * shape.stride;
            for w in (0..shape.stride).step_by(8) {
                store64(to + w, load64(from + w));
            }
            let h = match &hashes {
                Some(h) => u64::from(h[i as usize]),
                None => shape.hash_entry(from, self.seed()),
            };
            put(index, words - 1, h, n);
            n += 1;
        }
        // The new array is not looked through by a cycle under way: the old one must be.
        shade_word(old);
        self.entries.store(entries, Relaxed);
        self.index.store(index, Relaxed);
        self.mask.store(words - 1, Relaxed);
        self.used.store(n, Relaxed);
        self.cap.store(cap as u32, Relaxed);
        self.moves
            .store(self.moves.load(Relaxed).wrapping_add(1), Relaxed);
    }

    #[inline]
    fn is_dead(&self, index: u64, mask: u64, i: u32) -> bool {
        if index == 0 {
            return self.dead.load(Relaxed) >> i & 1 != 0;
        }
        is_marked(index, mask, i)
    }

    /// Deletes the entry with key `k`, if there is one.
    pub fn delete<K: Key, A: Alloc>(&self, a: &A, k: &K) -> Result<(), Trap> {
        let solo = a.is_solo();
        let v = self.begin_write(solo)?;
        let at = self.find(k, v)?;
        if at != 0 {
            self.remove(at, k);
        }
        self.end_write(v, solo);
        Ok(())
    }

    /// Makes the entry at `at`, with key `k`, dead. The caller is the writer.
    fn remove<K: Key>(&self, at: u64, k: &K) {
        let stride = self.shape().stride;
        let i = ((at - self.entries.load(Relaxed)) / stride) as u32;
        let index = self.index.load(Relaxed);
        if index == 0 {
            self.dead.store(self.dead.load(Relaxed) | 1 << i, Relaxed);
        } else {
            let mask = self.mask.load(Relaxed);
            let h = k.hash(self.seed()) & 0xffff_ffff | HASH_BIT;
            let want = (h << 32) | (u64::from(i) + 2);
            let mut j = h & mask;
            while load64(index + j * 8) != want {
                j = (j + 1) & mask;
            }
            store_plain64(index + j * 8, DELETED);
            let word = index + (mask + 1) * 8 + u64::from(i / 64) * 8;
            store_plain64(word, load64(word) | 1 << (i % 64));
        }
        for w in (0..stride).step_by(8) {
            store64(at + w, 0);
        }
        let live = self.count.load(Relaxed) - 1;
        self.count.store(live, Relaxed);
        if live == 0 {
            self.start_over();
        }
    }

    /// All entries are dead: uses their places again, unless clearing the index costs more than it gains.
    fn start_over(&self) {
        let index = self.index.load(Relaxed);
        if index != 0 {
            let mask = self.mask.load(Relaxed);
            if u64::from(self.used.load(Relaxed)) * 8 < mask {
                return;
            }
            clear_index(index, mask, self.cap.load(Relaxed));
        }
        self.dead.store(0, Relaxed);
        self.used.store(0, Relaxed);
    }

    /// `clear(m)`.
    pub fn clear<A: Alloc>(&self, a: &A) -> Result<(), Trap> {
        let solo = a.is_solo();
        let v = self.begin_write(solo)?;
        let n = u64::from(self.used.load(Relaxed)) * self.shape().stride;
        let entries = self.entries.load(Relaxed);
        for w in (0..n).step_by(8) {
            store64(entries + w, 0);
        }
        let index = self.index.load(Relaxed);
        if index != 0 {
            clear_index(index, self.mask.load(Relaxed), self.cap.load(Relaxed));
        }
        self.count.store(0, Relaxed);
        self.dead.store(0, Relaxed);
        self.used.store(0, Relaxed);
        self.clears
            .store(self.clears.load(Relaxed).wrapping_add(1), Relaxed);
        self.seed.store(a_new_seed(self.seed()), Relaxed);
        self.end_write(v, solo);
        Ok(())
    }
}

/// Another seed for a map that begins anew.
fn a_new_seed(seed: u64) -> u64 {
    crate::value::hash::word(seed, 1)
}

/// Entries that an index of `words` words serves: five eighths, so that misses stay short.
fn room(words: u64) -> u64 {
    words / 8 * 5
}

/// Puts entry `i` with hash `h` into an index.
#[inline]
fn put(index: u64, mask: u64, h: u64, i: u32) {
    let h = h & 0xffff_ffff | HASH_BIT;
    let mut j = h & mask;
    while load64(index + j * 8) > DELETED {
        j = (j + 1) & mask;
    }
    store_plain64(index + j * 8, (h << 32) | (u64::from(i) + 2));
}

/// The hashes of all entries, by number, as the index knows them.
fn hashes(index: u64, mask: u64, used: u32) -> Vec<u32> {
    let mut out = vec![0; used as usize];
    for j in 0..=mask {
        let word = load64(index + j * 8);
        if word > DELETED {
            out[(word as u32 - 2) as usize] = (word >> 32) as u32;
        }
    }
    out
}

/// Whether entry `i` is marked dead behind the index.
#[inline]
fn is_marked(index: u64, mask: u64, i: u32) -> bool {
    load64(index + (mask + 1) * 8 + u64::from(i / 64) * 8) >> (i % 64) & 1 != 0
}

fn clear_index(index: u64, mask: u64, cap: u32) {
    for j in 0..=mask + u64::from(cap).div_ceil(64) {
        store_plain64(index + j * 8, 0);
    }
}
