//! Threads as the scheduler needs them: futexes, clocks, thread ids, number of CPUs.
//!
//! Futexes wait against the monotonic clock with an absolute deadline, so a wait that was interrupted and
//! taken up again ends in time.

use std::sync::atomic::AtomicU32;

/// Nanoseconds of the monotonic clock.
#[inline]
pub fn nanotime() -> i64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds since 1970 of the wall clock.
pub fn walltime() -> i64 {
    clock(libc::CLOCK_REALTIME)
}

#[inline]
fn clock(id: libc::clockid_t) -> i64 {
    let mut ts = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `ts` is a valid place for the result.
    unsafe { libc::clock_gettime(id, &mut ts) };
    ts.tv_sec * 1_000_000_000 + ts.tv_nsec
}

/// Sleeps while `word` is `expected`, until a wake-up, a signal, or the deadline on [`nanotime`]'s clock.
/// May return for no reason.
pub fn futex_wait(word: &AtomicU32, expected: u32, deadline: Option<i64>) {
    let ts = deadline.map(|d| libc::timespec {
        tv_sec: d.max(0) / 1_000_000_000,
        tv_nsec: d.max(0) % 1_000_000_000,
    });
    let ts_ptr = ts
        .as_ref()
        .map_or(std::ptr::null(), |t| t as *const libc::timespec);
    // SAFETY: `word` and `ts` live through the call; FUTEX_WAIT_BITSET takes an absolute monotonic deadline.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
            expected,
            ts_ptr,
            std::ptr::null::<u32>(),
            libc::FUTEX_BITSET_MATCH_ANY,
        );
    }
}

/// Wakes up to `n` sleepers of `word`.
pub fn futex_wake(word: &AtomicU32, n: i32) {
    // SAFETY: FUTEX_WAKE only uses the address as a key.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            n,
        );
    }
}
