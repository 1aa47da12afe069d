//! The allocator of mgo's own data (not of the program's heap), which ends the process in Go's words when the system has
//! no more memory: the default is a report about Rust.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator; running out is fatal.
pub struct OrFatal;

// SAFETY: all is the system allocator's, and what is returned is not null.
unsafe impl GlobalAlloc for OrFatal {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        have(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        have(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        have(unsafe { System.realloc(p, layout, size) }, size)
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(p, layout) }
    }
}

#[inline(always)]
fn have(p: *mut u8, size: usize) -> *mut u8 {
    if p.is_null() {
        fatal(size);
    }
    p
}

/// Ends the process without allocating.
#[cold]
fn fatal(size: usize) -> ! {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = size;
    while at == digits.len() || rest > 0 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let parts: [&[u8]; 3] = [
        b"runtime: out of memory: cannot allocate ",
        &digits[at..],
        b"-byte block\nfatal error: out of memory\n",
    ];
    for part in parts {
        // SAFETY: the pointer and length are those of a slice.
        unsafe { libc::write(2, part.as_ptr().cast(), part.len()) };
    }
    // SAFETY: ends the process; nothing runs after it.
    unsafe { libc::_exit(2) }
}
