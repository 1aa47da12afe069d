//! Words and shapes: all that the runtime knows of values.
//!
//! A goroutine's frame and a channel's buffer are made of 64-bit [`Slot`]s; a heap object is bytes with
//! a [`Layout`] that says which of its words hold pointers. What the words mean is the engine's affair.

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
}

impl Layout {
    /// Whether objects of this layout hold no pointers.
    #[inline(always)]
    pub fn is_noscan(&self) -> bool {
        self.pointers.is_empty()
    }
}
