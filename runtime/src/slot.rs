//! Words and shapes: all that the runtime knows of values.
//!
//! A goroutine's frame and a channel's buffer are made of 64-bit [`Slot`]s; a heap object is bytes with
//! a [`Layout`] that says which of its words hold pointers. What the words mean is the engine's affair.

use crate::gc::class::{SpanClass, tiny_mask};

/// A 64-bit register, stack or channel word.
pub type Slot = u64;

/// Which words of a heap object hold pointers, repeated over arrays.
///
/// Layouts live as long as the process: the engine makes each once and leaks it.
#[derive(Debug)]
pub struct Layout {
    /// Size of one element in bytes; a multiple of 8 when any word is a pointer.
    pub size: u32,
    /// Indexes of the words of one element that may hold pointers, ascending. Empty: pointer-free.
    pub pointers: Box<[u32]>,
    /// The number of the span class of one object; [`Layout::NO_CLASS`] if it is large or of no bytes.
    pub(crate) class: u8,
    /// The pointer words as bits, if the object is tiny; else 0.
    pub(crate) mask: u8,
}

impl Layout {
    /// No span class.
    pub(crate) const NO_CLASS: u8 = u8::MAX;

    /// A layout of `size` bytes with these pointer words.
    pub fn new(size: u32, pointers: Box<[u32]>) -> Layout {
        debug_assert!(pointers.is_empty() || size.is_multiple_of(8));
        Layout {
            size,
            class: SpanClass::of(size as usize, &pointers).map_or(Layout::NO_CLASS, |c| c.0),
            mask: tiny_mask(size as usize, &pointers),
            pointers,
        }
    }

    /// Whether objects of this layout hold no pointers.
    #[inline(always)]
    pub fn is_noscan(&self) -> bool {
        self.pointers.is_empty()
    }
}
