//! The program's own signals: what `os/signal` asks for.
//!
//! The handler of an enabled signal sets its bit in `PENDING` and writes a byte to a pipe; that is all it
//! touches, besides `errno`, which it keeps. [`recv`] reads the pipe, on a thread without a P, and takes the bits:
//! several signals of a kind that come before it looks count as one, as the system itself has it.
//!
//! SIGURG keeps the runtime's handler ([`crate::os::signal`]), which hands over those that the runtime did not
//! send.

use std::io;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};

/// Signals that came and were not received yet, a bit each.
static PENDING: AtomicU64 = AtomicU64::new(0);
/// Signals that the program wants.
static WANTED: AtomicU64 = AtomicU64::new(0);
/// Signals that the program has ignored.
static IGNORED: AtomicU64 = AtomicU64::new(0);
/// The pipe's ends for reading and writing, made when the first signal is enabled; 0 before.
static PIPE: OnceLock<(libc::c_int, libc::c_int)> = OnceLock::new();
/// The writing end again, for the handler, plus 1; 0 means that there is none.
static WRITE_END: AtomicU64 = AtomicU64::new(0);

fn bit(sig: i32) -> Option<u64> {
    (1..64).contains(&sig).then(|| 1 << sig)
}

fn pipe() -> (libc::c_int, libc::c_int) {
    *PIPE.get_or_init(|| {
        let mut ends = [0; 2];
        // SAFETY: the array has room for the two descriptors.
        let failed = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0;
        assert!(!failed, "no pipe for signals: {}", io::Error::last_os_error());
        // SAFETY: no memory is involved. A full pipe must not make the handler wait.
        unsafe { libc::fcntl(ends[1], libc::F_SETFL, libc::O_NONBLOCK) };
        WRITE_END.store(ends[1] as u64 + 1, SeqCst);
        (ends[0], ends[1])
    })
}

extern "C" fn on_signal(sig: libc::c_int) {
    queue(sig);
}

/// Queues a signal if the program wants it. Async-signal-safe.
pub(crate) fn queue(sig: libc::c_int) {
    let Some(bit) = bit(sig) else { return };
    if WANTED.load(Relaxed) & bit == 0 {
        return;
    }
    PENDING.fetch_or(bit, SeqCst);
    let fd = WRITE_END.load(Relaxed);
    if fd == 0 {
        return;
    }
    // SAFETY: `errno` is the thread's own; the buffer is a constant; write is async-signal-safe.
    unsafe {
        let errno = libc::__errno_location();
        let saved = *errno;
        libc::write(fd as libc::c_int - 1, [0u8].as_ptr().cast(), 1);
        *errno = saved;
    }
}

/// Signals whose handlers stay what they are: the runtime's, and those of faults in the interpreter itself.
const KEPT: [i32; 5] = [
    libc::SIGURG,
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
];

fn set(sig: i32, handler: libc::sighandler_t) {
    if KEPT.contains(&sig) {
        return;
    }
    // SAFETY: a zeroed sigaction is valid, and the handler is async-signal-safe. Signals that cannot be caught
    // make the call fail, which changes nothing.
    unsafe {
        let mut act: libc::sigaction = std::mem::zeroed();
        act.sa_sigaction = handler;
        act.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        libc::sigfillset(&mut act.sa_mask);
        libc::sigaction(sig, &act, ptr::null_mut());
    }
}

/// Has `sig` queued from now on.
pub fn enable(sig: i32) {
    let Some(bit) = bit(sig) else { return };
    pipe();
    WANTED.fetch_or(bit, SeqCst);
    IGNORED.fetch_and(!bit, SeqCst);
    set(sig, on_signal as *const () as libc::sighandler_t);
}

/// Gives `sig` its usual effect.
pub fn disable(sig: i32) {
    let Some(bit) = bit(sig) else { return };
    let before = WANTED.fetch_and(!bit, SeqCst) | IGNORED.fetch_and(!bit, SeqCst);
    if before & bit != 0 {
        // Rust's start-up ignores SIGPIPE, and so it stays.
        set(
            sig,
            if sig == libc::SIGPIPE {
                libc::SIG_IGN
            } else {
                libc::SIG_DFL
            },
        );
    }
}

/// Has `sig` do nothing.
pub fn ignore(sig: i32) {
    let Some(bit) = bit(sig) else { return };
    WANTED.fetch_and(!bit, SeqCst);
    IGNORED.fetch_or(bit, SeqCst);
    set(sig, libc::SIG_IGN);
}

/// Whether `sig` does nothing because the program, or who started it, wants that.
pub fn is_ignored(sig: i32) -> bool {
    let Some(bit) = bit(sig) else { return false };
    if IGNORED.load(SeqCst) & bit != 0 {
        return true;
    }
    if WANTED.load(SeqCst) & bit != 0 || sig == libc::SIGPIPE {
        return false;
    }
    // SAFETY: the old action is written to a local.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(sig, ptr::null(), &mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
    }
}

/// Whether the program wants `sig` queued.
pub fn is_enabled(sig: i32) -> bool {
    bit(sig).is_some_and(|b| WANTED.load(SeqCst) & b != 0)
}

/// Waits for the next signal. It blocks the thread.
pub fn recv() -> i32 {
    loop {
        let pending = PENDING.load(SeqCst);
        if pending != 0 {
            let sig = pending.trailing_zeros();
            PENDING.fetch_and(!(1 << sig), SeqCst);
            return sig as i32;
        }
        let mut buf = [0u8; 64];
        // SAFETY: the buffer is as long as is said. Interrupted or not, the loop looks at the bits again.
        unsafe { libc::read(pipe().0, buf.as_mut_ptr().cast(), buf.len()) };
    }
}

/// Sends `sig` to process `pid`; the error number, 0 if there was none.
pub fn kill(pid: i32, sig: i32) -> i32 {
    // SAFETY: no memory is involved.
    if unsafe { libc::kill(pid, sig) } == 0 {
        return 0;
    }
    io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL)
}

/// Ends the process by `sig`, as if nothing had been done about it.
pub fn die(sig: i32) -> ! {
    set(sig, libc::SIG_DFL);
    // SAFETY: the set is initialised; only this thread's mask changes.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut all);
        libc::sigaddset(&mut all, sig);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &all, ptr::null_mut());
    }
    kill(std::process::id() as i32, sig);
    std::process::exit(128 + sig)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_signal_is_queued_and_received() {
        let sig = libc::SIGWINCH;
        assert!(!is_enabled(sig));
        enable(sig);
        assert_eq!(kill(std::process::id() as i32, sig), 0);
        assert_eq!(recv(), sig);
        ignore(sig);
        assert!(is_ignored(sig) && !is_enabled(sig));
        kill(std::process::id() as i32, sig);
        disable(sig);
        assert_eq!(PENDING.load(SeqCst) & 1 << sig, 0);
        assert_eq!(kill(0x3FFF_FFFF, sig), libc::ESRCH);
    }
}
