//! Size classes, and classes of spans.
//!
//! An object's span class says how large its slot is and how the collector learns of its pointers: it has none
//! (noscan), a header names its layout (scan), or the class itself tells which words are pointers (tiny: up to 32
//! bytes, which is what lists and trees are made of; a header would make them half as large again, with the alignment
//! twice). The tiny classes are few: one for each set of pointer words in 8, 16 and 32 bytes.
//!
//! Noscan classes have odd numbers, the others even ones.

use super::span::{HEADER, PAGE};
use crate::slot::Layout;
use crate::sync::{AtomicU64, Relaxed};
use std::sync::LazyLock;

/// The largest slot of a size class; bigger objects get a span of their own.
pub const MAX_SMALL: usize = 32 << 10;
/// Number of size classes.
pub const N_CLASSES: usize = 73;
/// Number of span classes: size class × {scan, noscan}, two for large objects, and the tiny ones.
pub const N_SPAN_CLASSES: usize = TINY + 2 * N_TINY;
/// The first of the classes of tiny objects, which all have even numbers.
const TINY: usize = 2 * (N_CLASSES + 1);
/// One for 8 bytes, three for 16, fifteen for 32.
const N_TINY: usize = 19;
/// Largest tiny object.
pub const MAX_TINY: usize = 32;
/// Most pages in a span of small objects; bounds the range in which `magic` divides exactly.
const MAX_SPAN_PAGES: usize = 16;

/// Slot size of each class: 8, then steps of 16 up to 256, then eight steps in each doubling.
pub const CLASS_SIZE: [u32; N_CLASSES] = class_sizes();
/// Pages of a span, for each span class of small objects.
const CLASS_PAGES: [u8; 2 * N_CLASSES] = class_pages();
/// What the collector knows of tiny objects, by class.
static TINY_LAYOUTS: LazyLock<[Layout; N_TINY]> = LazyLock::new(|| {
    std::array::from_fn(|i| {
        let class = SpanClass((TINY + 2 * i) as u8);
        let pointers = (0..4).filter(|w| class.mask() >> w & 1 != 0).collect();
        Layout::new(class.stride() as u32, pointers)
    })
});
/// Class of a total size up to 1024, by `(size + 7) / 8`.
pub(super) static CLASS_OF_8: [u8; 129] = classes_by::<129>(0, 8);
/// Class of a total size from 1025 up to [`MAX_SMALL`], by `(size - 1024 + 127) / 128`.
static CLASS_OF_128: [u8; 249] = classes_by::<249>(1024, 128);

const fn class_sizes() -> [u32; N_CLASSES] {
    let mut t = [0; N_CLASSES];
    t[0] = 8;
    let (mut i, mut size, mut step) = (1, 16u32, 16);
    while i < N_CLASSES {
        t[i] = size;
        if size >= 256 && size.is_power_of_two() {
            step = size / 8;
        }
        size += step;
        i += 1;
    }
    assert!(t[N_CLASSES - 1] as usize == MAX_SMALL);
    t
}

const fn class_pages() -> [u8; 2 * N_CLASSES] {
    let mut t = [0; 2 * N_CLASSES];
    let mut i = 0;
    while i < 2 * N_CLASSES {
        let stride = CLASS_SIZE[i / 2] as usize;
        let lost = if i % 2 == 0 { 8 } else { 0 };
        let mut pages = 1;
        // The smallest span that wastes at most an eighth of itself.
        while (pages * PAGE - lost) % stride + lost > pages * PAGE / 8 || pages * PAGE - lost < stride {
            pages += 1;
        }
        assert!(pages <= MAX_SPAN_PAGES);
        t[i] = pages as u8;
        i += 1;
    }
    t
}

const fn classes_by<const N: usize>(from: usize, grain: usize) -> [u8; N] {
    let mut t = [0; N];
    let (mut i, mut class) = (0, 0);
    while i < N {
        while (CLASS_SIZE[class] as usize) < from + i * grain {
            class += 1;
        }
        t[i] = class as u8;
        i += 1;
    }
    t
}

/// Size class and kind of a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpanClass(pub u8);

impl SpanClass {
    /// The class of large objects with pointers.
    pub const LARGE_SCAN: SpanClass = SpanClass(2 * N_CLASSES as u8);
    /// The class of large objects without pointers.
    pub const LARGE_NOSCAN: SpanClass = SpanClass(2 * N_CLASSES as u8 + 1);

    /// The class for objects of `size` bytes with pointers and a header; `size + HEADER <= MAX_SMALL`.
    #[inline(always)]
    pub fn scan(size: usize) -> SpanClass {
        SpanClass(class_of((size + HEADER).max(16)) << 1)
    }

    /// The class for objects of `size` bytes without pointers; `size <= MAX_SMALL`.
    #[inline(always)]
    pub fn noscan(size: usize) -> SpanClass {
        SpanClass(class_of(size) << 1 | 1)
    }

    /// The class for objects of at most [`MAX_TINY`] bytes with pointers in the words that `mask`, not 0, tells.
    #[inline(always)]
    pub fn tiny(size: usize, mask: u8) -> SpanClass {
        debug_assert!(size <= MAX_TINY && mask != 0 && (mask as usize) < 1 << size.div_ceil(8));
        let i = match size {
            ..=8 => 0,
            9..=16 => mask,
            _ => mask + 3,
        };
        SpanClass(TINY as u8 + 2 * i)
    }

    /// The class of one object of `layout`, none if that is large or of no bytes.
    pub fn of(size: usize, pointers: &[u32]) -> Option<SpanClass> {
        if pointers.is_empty() {
            return (1..=MAX_SMALL).contains(&size).then(|| SpanClass::noscan(size));
        }
        match tiny_mask(size, pointers) {
            0 => (size <= MAX_SMALL - HEADER).then(|| SpanClass::scan(size)),
            mask => Some(SpanClass::tiny(size, mask)),
        }
    }

    /// The words of a tiny object that hold pointers; 0 for other classes.
    pub fn mask(self) -> u8 {
        match self.index().checked_sub(TINY) {
            None => 0,
            Some(0) => 1,
            Some(i @ ..8) => i as u8 / 2,
            Some(i) => i as u8 / 2 - 3,
        }
    }

    /// The layout of all objects of this class of tiny ones.
    #[inline]
    pub fn tiny_layout(self) -> &'static Layout {
        &TINY_LAYOUTS[(self.index() - TINY) / 2]
    }

    /// Whether objects of this class have a header.
    #[inline(always)]
    pub fn has_header(self) -> bool {
        !self.is_noscan() && self.index() < TINY
    }

    /// Whether objects of this class hold no pointers.
    #[inline(always)]
    pub fn is_noscan(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether this is one of the classes of large objects.
    pub fn is_large(self) -> bool {
        self == SpanClass::LARGE_SCAN || self == SpanClass::LARGE_NOSCAN
    }

    /// Index into tables of [`N_SPAN_CLASSES`].
    #[inline(always)]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// Slot size; 0 for large objects.
    #[inline]
    pub fn stride(self) -> usize {
        match self.index() {
            i if i < 2 * N_CLASSES => CLASS_SIZE[i / 2] as usize,
            i if i < TINY => 0,
            TINY => 8,
            i if i < TINY + 8 => 16,
            _ => MAX_TINY,
        }
    }

    /// Pages of a span; not for large objects.
    pub fn pages(self) -> usize {
        CLASS_PAGES.get(self.index()).map_or(1, |&n| n.into())
    }
}

/// The pointer words of an object, if it is tiny and has any; else 0.
pub fn tiny_mask(size: usize, pointers: &[u32]) -> u8 {
    if size > MAX_TINY {
        return 0;
    }
    pointers.iter().fold(0, |mask, w| mask | 1 << w)
}

#[inline(always)]
fn class_of(total: usize) -> u8 {
    debug_assert!(total <= MAX_SMALL);
    if total <= 1024 {
        CLASS_OF_8[total.div_ceil(8)]
    } else {
        CLASS_OF_128[(total - 1024).div_ceil(128)]
    }
}

/// A set of span classes. Few programs use more than a third of them, and what goes through all is done often.
#[derive(Debug, Default)]
pub(super) struct ClassSet([AtomicU64; N_SPAN_CLASSES.div_ceil(64)]);

impl ClassSet {
    pub(super) fn insert(&self, class: SpanClass) {
        self.0[class.index() / 64].fetch_or(1 << (class.index() % 64), Relaxed);
    }

    pub(super) fn remove(&self, class: SpanClass) {
        self.0[class.index() / 64].fetch_and(!(1 << (class.index() % 64)), Relaxed);
    }

    /// Those in it, in order; a class that comes or goes meanwhile may be among them.
    pub(super) fn iter(&self) -> impl Iterator<Item = SpanClass> {
        self.0.iter().enumerate().flat_map(|(i, word)| {
            let mut left = word.load(Relaxed);
            std::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then(|| SpanClass((64 * i) as u8 + bit as u8))
            })
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_class_set_holds_what_was_put_in() {
        let set = ClassSet::default();
        let all = [0, 1, 63, 64, 127, N_SPAN_CLASSES as u8 - 1];
        for i in all.into_iter().rev() {
            set.insert(SpanClass(i));
        }
        set.remove(SpanClass(64));
        set.remove(SpanClass(2));
        let left: Vec<u8> = set.iter().map(|c| c.0).collect();
        assert_eq!(left, all.into_iter().filter(|&i| i != 64).collect::<Vec<_>>());
    }
}
