//! SIGURG: the preemption signal.
//!
//! sysmon, or an M that stops the world, sends it to the thread of an M that runs a G. The handler touches,
//! and this is all it touches: the thread-local pointer to the M (initialised by a constant, so reading it
//! runs no code), the M's `signal_pending`, `n_signals` and `cur_g`, and the guard word of that G. It keeps
//! `errno` by making no system call.
//!
//! The signal is blocked in every thread that runs no VM code; it is installed with SA_RESTART, so that
//! system calls go on where they can, and SA_ONSTACK, since nobody knows how much host stack is left. A
//! SIGURG that someone else sends does no harm: a G looks up once and goes on. The program gets it, if it asked
//! for it ([`crate::os::sigqueue`]); the runtime's own, which go to a thread, it never sees.

use crate::m::M;
use crate::os::mem;
use crate::sync::{Relaxed, SeqCst};
use std::cell::Cell;
use std::ptr;
use std::sync::Once;

thread_local! {
    /// The M whose thread this is.
    static CURRENT: Cell<*const M> = const { Cell::new(ptr::null()) };
}

/// Bytes of an alternate signal stack.
const ALT_STACK: usize = 64 * 1024;

/// Installs the handler, once per process.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handler is async-signal-safe, see the head comment; a zeroed sigaction is valid.
        unsafe {
            let mut act: libc::sigaction = std::mem::zeroed();
            act.sa_sigaction = on_preempt as *const () as usize;
            act.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK | libc::SA_SIGINFO;
            libc::sigfillset(&mut act.sa_mask);
            libc::sigaction(libc::SIGURG, &act, ptr::null_mut());
        }
    });
}

extern "C" fn on_preempt(sig: libc::c_int, info: *const libc::siginfo_t, _: *const libc::c_void) {
    // SAFETY: with SA_SIGINFO the system passes a valid `info`.
    if unsafe { (*info).si_code } != libc::SI_TKILL {
        crate::os::sigqueue::queue(sig);
    }
    let m = CURRENT.get();
    // SAFETY: `enter_thread` stored a reference to an M, which lives forever.
    let Some(m) = (unsafe { m.as_ref() }) else { return };
    m.signal_pending.store(false, SeqCst);
    m.n_signals
        .store(m.n_signals.load(Relaxed).wrapping_add(1), Relaxed);
    if let Some(g) = m.cur_g.load(Relaxed) {
        g.poison_async();
    }
}

/// Makes the calling thread the one of `m`: signals to it reach the M.
pub(crate) fn enter_thread(m: &'static M) {
    CURRENT.set(m);
    // A signal that came before, to a thread that was not yet the M's, is gone: nobody may wait for it.
    m.signal_pending.store(false, SeqCst);
    ensure_alt_stack();
    mask_preempt(libc::SIG_UNBLOCK);
}

/// The calling thread is no M any more.
pub(crate) fn leave_thread() {
    mask_preempt(libc::SIG_BLOCK);
    CURRENT.set(ptr::null());
}

/// Blocks the preemption signal in a thread that runs no VM code. For every thread made outside the scheduler.
pub fn block_preempt() {
    mask_preempt(libc::SIG_BLOCK);
}

/// Sends the preemption signal to `m`'s thread.
pub(crate) fn send_preempt(m: &'static M) {
    let tid = m.tid.load(SeqCst);
    if tid == 0 {
        m.signal_pending.store(false, SeqCst);
        return;
    }
    // SAFETY: no memory is involved. If the thread has ended, the call fails: numbers are not reused at once.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), tid, libc::SIGURG) };
}

fn mask_preempt(how: libc::c_int) {
    // SAFETY: the set is initialised by sigemptyset; only the calling thread's mask changes.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGURG);
        libc::pthread_sigmask(how, &set, ptr::null_mut());
    }
}

/// Gives the thread an alternate signal stack, unless it has one (Rust's own threads do). The process's first thread gets
/// another: `exit` on any thread unmaps the one that Rust gave it, while it may still run an M and be signalled.
fn ensure_alt_stack() {
    // SAFETY: the structures are local; the new stack is a mapping that is never freed while the thread lives
    // (it is leaked: Ms are few and their threads seldom end).
    unsafe {
        let mut old: libc::stack_t = std::mem::zeroed();
        libc::sigaltstack(ptr::null(), &mut old);
        let is_first = libc::gettid() == libc::getpid();
        if old.ss_flags & libc::SS_DISABLE == 0 && !is_first {
            return;
        }
        if let Some(p) = mem::map(ALT_STACK) {
            let new = libc::stack_t {
                ss_sp: p.as_ptr().cast(),
                ss_flags: 0,
                ss_size: ALT_STACK,
            };
            libc::sigaltstack(&new, ptr::null_mut());
        }
    }
}
