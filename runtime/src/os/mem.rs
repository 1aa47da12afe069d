//! Memory from the operating system: reserve, give back, advise.
//!
//! The heap and the stacks live in reservations: address space that costs nothing until it is touched
//! (`MAP_NORESERVE`, read and write, so no `mprotect` ever follows). A page given back with
//! [`Reservation::give_back`] stays mapped and reads as zero when it is next touched.

use std::io;
use std::ptr::NonNull;

/// A range of address space owned until it is dropped.
#[derive(Debug)]
pub struct Reservation {
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: a reservation is a range of addresses; the memory behind it belongs to whoever is given it.
unsafe impl Send for Reservation {}
// SAFETY: as above; no method changes `base` or `len`.
unsafe impl Sync for Reservation {}

impl Reservation {
    /// Reserves `len` bytes (a multiple of the page size), zeroed when first touched.
    pub fn new(len: usize) -> io::Result<Reservation> {
        // SAFETY: a fresh anonymous mapping overlaps nothing that exists.
        let p = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if p == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(p.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Reservation { base, len })
    }

    /// Reserves `len` bytes or, where the system refuses (an address space limit), half as much, and so
    /// on down to `least`.
    pub fn at_most(mut len: usize, least: usize) -> io::Result<Reservation> {
        loop {
            match Reservation::new(len) {
                Err(_) if len / 2 >= least => len /= 2,
                other => return other,
            }
        }
    }

    /// The lowest address.
    #[inline(always)]
    pub fn base(&self) -> usize {
        self.base.as_ptr() as usize
    }

    /// The lowest address, as a pointer with the provenance of the whole range.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the reservation is empty; it never is.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Gives the pages of `[offset, offset + len)` back; they read as zero from now on.
    ///
    /// # Safety
    /// Nobody uses the range: its contents are lost.
    pub unsafe fn give_back(&self, offset: usize, len: usize) {
        assert!(offset + len <= self.len, "range outside the reservation");
        // SAFETY: the range lies in our mapping and, by the caller's promise, nobody uses it.
        let r = unsafe { libc::madvise(self.base.as_ptr().add(offset).cast(), len, libc::MADV_DONTNEED) };
        assert!(r == 0, "madvise: {}", io::Error::last_os_error());
    }

    /// Asks for huge pages in `[offset, offset + len)`; a wish that the system may ignore.
    pub fn want_huge_pages(&self, offset: usize, len: usize) {
        assert!(offset + len <= self.len, "range outside the reservation");
        // SAFETY: the range lies in our mapping; the advice changes no contents.
        unsafe { libc::madvise(self.base.as_ptr().add(offset).cast(), len, libc::MADV_HUGEPAGE) };
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and its owner is gone.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.len) };
    }
}

/// Size of a page; mappings are multiples of it.
pub const PAGE: usize = 4096;

/// Maps `bytes` of fresh zeroed memory; None when the system has no more. Pages cost nothing until touched.
pub fn map(bytes: usize) -> Option<NonNull<u8>> {
    debug_assert!(bytes > 0 && bytes.is_multiple_of(PAGE));
    // SAFETY: an anonymous mapping at an address of the system's choice touches nothing that exists.
    let p = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if p == libc::MAP_FAILED {
        None
    } else {
        NonNull::new(p.cast())
    }
}

/// Gives a mapping back.
///
/// # Safety
/// `p` and `bytes` are a mapping, or whole pages of one, and nobody uses it any more.
pub unsafe fn unmap(p: NonNull<u8>, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(p.as_ptr().cast(), bytes) };
}

/// `n` words of zero, at an address that is a multiple of the page size, for the rest of the process. Memory is taken
/// when they are first touched. None when the system has no more address space.
pub fn zeroed_words(n: usize) -> Option<&'static [std::sync::atomic::AtomicU64]> {
    let p = map((n * 8).next_multiple_of(PAGE).max(PAGE))?;
    // SAFETY: the mapping is as large, zero, aligned, nobody else's, and never unmapped.
    Some(unsafe { std::slice::from_raw_parts(p.as_ptr().cast(), n) })
}

/// Makes a mapping larger, moving it when it must; the contents come along without being copied. None when
/// the system has no more; the mapping then stands as it was.
///
/// # Safety
/// `p` and `old` are a mapping, and after success nobody uses addresses in its old place.
pub unsafe fn remap(p: NonNull<u8>, old: usize, new: usize) -> Option<NonNull<u8>> {
    #[cfg(target_os = "linux")]
    {
        // SAFETY: the caller's promise.
        let q = unsafe { libc::mremap(p.as_ptr().cast(), old, new, libc::MREMAP_MAYMOVE) };
        if q == libc::MAP_FAILED {
            None
        } else {
            NonNull::new(q.cast())
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let q = map(new)?;
        // SAFETY: both are mappings of at least `old` bytes, and they are distinct.
        unsafe {
            std::ptr::copy_nonoverlapping(p.as_ptr(), q.as_ptr(), old.min(new));
            unmap(p, old);
        }
        Some(q)
    }
}

/// Lets the C library's allocator grow by large steps. Outside the main thread it makes each further page of its
/// memory accessible by a system call of its own: some 340 of them, one ms, to compile hello world.
///
/// To be called before there are threads; does nothing where the allocator is another.
pub fn grow_malloc_by_large_steps() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        const STEP: libc::c_int = 16 << 20;
        /// From this size on an allocation is a mapping of its own: setting the step ends glibc's own search for it.
        const MAPPED: libc::c_int = 4 << 20;
        // SAFETY: sets numbers that the allocator reads; a refused one leaves it as it was.
        unsafe {
            libc::mallopt(libc::M_TOP_PAD, STEP);
            libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED);
        }
    }
}

/// Asks for the cache line at `address`, which need not be mapped.
#[inline(always)]
pub fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch has no effect that a program can see, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address as *const i8) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
