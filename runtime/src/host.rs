//! A runtime with a host beside it: a REPL's thread, which is no M, gives it work piece by piece.
//!
//! Such a runtime has no main goroutine, and idleness is not its end: where a program would be told that all
//! goroutines are asleep, the host is ([`crate::Config::on_deadlock`]). The host acts on the scheduler by
//! jobs ([`Runtime::inject`]), which run on some M between Gs.
//!
//! A parked G that the host wants to die is taken out of the queues it waits in while the world stands still,
//! when nobody else is in the midst of a channel operation. One that waits for a semaphore or a notification finds
//! [`WAKE_CANCELLED`]: locks count their waiters in the program's memory, which only the library can put right.

use crate::Runtime;
use crate::engine::Engine;
use crate::g::{G, Status, WAKE_CANCELLED, WAKE_OK};
use crate::sched::Verdict;
use crate::sched::park::WaitReason;
use crate::worker::Worker;
use crate::{Config, chan, select, sema};
use std::sync::Arc;

impl Runtime {
    /// Runs a runtime without goroutines until [`Runtime::end`]; the calling thread becomes M0. `ready` gets
    /// it once it can take jobs.
    pub fn host(engine: Arc<dyn Engine>, config: Config, ready: impl FnOnce(&'static Runtime)) -> i32 {
        Runtime::run_with(engine, config, |w| ready(w.rt()))
    }

    /// Has `job` run by the scheduler, also if all threads sleep. From a thread that is no M.
    pub fn inject(&'static self, job: impl FnOnce(&mut Worker) + Send + 'static) {
        self.request_job(job);
        if self.sched.hunt.wants_wake() {
            self.wake_p();
        }
    }

    /// Asks all running Gs to come to a safepoint, soon. From a thread that is no M.
    pub fn interrupt(&'static self) {
        self.preempt_all();
    }

    /// Whether nothing will ever run again, unless the host sees to it. The host has no job under way.
    pub fn is_dead(&'static self) -> bool {
        let synced = self.sched.synced.lock();
        matches!(self.check_dead(&synced), Verdict::Dead(_))
    }

    /// Nothing will ever run again; `text` is what Go says then.
    #[cold]
    pub(crate) fn deadlock(&'static self, text: &'static str) {
        match &self.config.on_deadlock {
            Some(tell) => tell(),
            None => self.fatal(None, text),
        }
    }
}

impl Worker {
    /// In a job: makes `g`, which was goroutine `id` when the caller looked, runnable although what it waits
    /// for has not come about. The engine must not let it go on as if it had. False if it does not wait, or
    /// for something that it cannot be taken from.
    pub fn cancel_wait(&mut self, g: &'static G, id: u64) -> bool {
        self.stop_the_world();
        let found = g.id() == id && g.status() == Status::Waiting && self.leave_queues(g);
        self.start_the_world();
        if found {
            let locks = is_of_lock(g.wait_reason());
            g.wake.set(if locks { WAKE_CANCELLED } else { WAKE_OK });
            self.ready(g);
        }
        found
    }

    /// Takes `g` out of all queues. The world is stopped.
    fn leave_queues(&mut self, g: &'static G) -> bool {
        match g.wait_reason() {
            WaitReason::ChanReceive | WaitReason::ChanSend => chan::leave(self, g),
            WaitReason::Select => select::leave(self, g),
            WaitReason::ChanReceiveNil | WaitReason::ChanSendNil | WaitReason::SelectNoCases => true,
            WaitReason::Sleep => self.rt().procs().any(|p| p.timers.forget_sleeper(g)),
            reason if is_of_lock(reason) => sema::leave(self, g),
            _ => false,
        }
    }
}

/// Whether package sync waits so, which looks whether a wait was cancelled.
fn is_of_lock(reason: WaitReason) -> bool {
    use WaitReason::*;
    matches!(
        reason,
        MutexLock | RWMutexRLock | RWMutexLock | WaitGroupWait | CondWait
    )
}
