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

/// Waits until something can be read from `fd`, its end or an error included, at most so many milliseconds.
pub fn wait_readable(fd: i32, at_most: i32) -> bool {
    let mut on = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `on` is one valid entry.
    unsafe { libc::poll(&mut on, 1, at_most) > 0 }
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

/// Sleeps for `ns` nanoseconds, or until a signal.
pub fn sleep_ns(ns: i64) {
    let ts = libc::timespec {
        tv_sec: ns / 1_000_000_000,
        tv_nsec: ns % 1_000_000_000,
    };
    // SAFETY: `ts` is valid; nothing is written back.
    unsafe { libc::nanosleep(&ts, std::ptr::null_mut()) };
}

/// Sleeps until the process ends.
pub fn sleep_forever() -> ! {
    loop {
        sleep_ns(1_000_000_000_000);
    }
}

/// The calling thread's number in the operating system.
pub fn tid() -> i32 {
    // SAFETY: no arguments, no effects.
    unsafe { libc::gettid() }
}

/// Has timed sleeps of this thread end on time: the kernel otherwise adds 50 µs to save wake-ups.
pub fn set_precise_sleep() {
    // SAFETY: changes a property of the calling thread only.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_000 as libc::c_ulong) };
}

/// How many CPUs this process may use.
pub fn n_cpu() -> usize {
    // SAFETY: an all-zero set is valid, and the call writes at most its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) == 0 {
            return (libc::CPU_COUNT(&set) as usize).max(1);
        }
    }
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// The default for GOMAXPROCS: CPUs, or fewer if the control group's quota allows less; then rounded up
/// and at least 2, as Go does since 1.25.
pub fn default_gomaxprocs() -> usize {
    let n = n_cpu();
    match cgroup_cpus() {
        Some(limit) => n.min((limit.ceil() as usize).max(2)),
        None => n,
    }
}

/// The CPU quota of our control group or of one above it (version 2), in CPUs.
fn cgroup_cpus() -> Option<f64> {
    let own = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = own.lines().find_map(|l| l.strip_prefix("0::"))?;
    let mut least: Option<f64> = None;
    let mut dir = std::path::PathBuf::from("/sys/fs/cgroup").join(path.trim_start_matches('/'));
    while dir.starts_with("/sys/fs/cgroup") {
        if let Ok(max) = std::fs::read_to_string(dir.join("cpu.max")) {
            let mut words = max.split_whitespace().map(str::parse::<f64>);
            if let (Some(Ok(quota)), Some(Ok(period))) = (words.next(), words.next()) {
                let cpus = quota / period;
                least = Some(least.map_or(cpus, |l| l.min(cpus)));
            }
        }
        if !dir.pop() {
            break;
        }
    }
    least
}

/// Writes all of `bytes` to standard error, without a lock: other threads may have died holding one.
pub fn write_stderr(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        // SAFETY: the range is readable.
        let n = unsafe { libc::write(2, bytes.as_ptr().cast(), bytes.len()) };
        match n {
            1.. => bytes = &bytes[n as usize..],
            _ if std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted => {}
            _ => return,
        }
    }
}

/// Nanoseconds of CPU time that this process has used.
pub fn cputime() -> i64 {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID)
}
