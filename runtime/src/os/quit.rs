//! SIGQUIT (Ctrl-\ on a terminal): shows every goroutine and ends the program, as in Go.
//!
//! The signal is blocked in every thread, before any is made, and a thread of its own waits for it. So nothing of
//! what is to be done is done in a signal handler. If the program asked for the signal (`os/signal`), it is handed
//! over instead.

use crate::Runtime;
use crate::os::{signal, sigqueue};
use std::ptr;

/// Blocks SIGQUIT in the calling thread and in those that it will make. As in Go it does not matter whether it was
/// ignored when the process began, as it is in the background of a shell.
pub(crate) fn block() {
    let set = quit_set();
    // SAFETY: the set is initialised; only this thread's mask changes.
    unsafe {
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, ptr::null_mut());
        libc::signal(libc::SIGQUIT, libc::SIG_DFL);
    }
}

/// Waits for the signal, for ever. To be called on a thread of its own.
pub(crate) fn watch(rt: &'static Runtime) -> ! {
    signal::block_preempt();
    let set = quit_set();
    loop {
        let mut sig = 0;
        // SAFETY: the set is initialised, and `sig` has room for a number.
        if unsafe { libc::sigwait(&set, &mut sig) } != 0 {
            continue;
        }
        if sigqueue::is_enabled(sig) {
            sigqueue::queue(sig);
        } else if !sigqueue::is_ignored(sig) {
            rt.fatal_signal("SIGQUIT: quit");
        }
    }
}

fn quit_set() -> libc::sigset_t {
    // SAFETY: a zeroed set is then initialised by sigemptyset.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGQUIT);
        set
    }
}
