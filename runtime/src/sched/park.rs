//! Park and ready: how Gs wait and go on; the one list of reasons to wait.
//!
//! Protocol: the engine stores the G's state (pc, fp), the G becomes `Waiting`, then it becomes visible to
//! its waker (the lock of the channel is given back, the timer is in the heap …), and `Engine::resume`
//! returns `Parked`. From the moment of visibility another M may ready and run the G, so its old M does not
//! touch it again. There is no host stack to leave, hence no second half of the switch to wait for, which is
//! what makes this simpler than Go's `gopark` with its unlock callback on another stack.

use crate::engine::Yield;
use crate::g::{G, Status};
use crate::worker::Worker;

macro_rules! wait_reasons {
    ($($name:ident = $text:literal;)*) => {
        /// Why a G waits, with the text a traceback shows.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum WaitReason {
            $(#[doc = concat!("`", $text, "`")] $name,)*
        }

        impl WaitReason {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [WaitReason] = &[$(WaitReason::$name,)*];

            /// As Go prints it.
            pub fn text(self) -> &'static str {
                match self {
                    $(WaitReason::$name => $text,)*
                }
            }
        }
    };
}

wait_reasons! {
    None = "";
    ChanReceive = "chan receive";
    ChanSend = "chan send";
    ChanReceiveNil = "chan receive (nil chan)";
    ChanSendNil = "chan send (nil chan)";
    Select = "select";
    SelectNoCases = "select (no cases)";
    Sleep = "sleep";
    Semacquire = "semacquire";
    MutexLock = "sync.Mutex.Lock";
    RWMutexRLock = "sync.RWMutex.RLock";
    RWMutexLock = "sync.RWMutex.Lock";
    WaitGroupWait = "sync.WaitGroup.Wait";
    CondWait = "sync.Cond.Wait";
    IoWait = "IO wait";
    FinalizerWait = "finalizer wait";
    CleanupWait = "cleanup wait";
    GcCycle = "wait for GC cycle";
    GcAssist = "GC assist wait";
    StoppingTheWorld = "stopping the world";
    PanicWait = "panicwait";
    Coroutine = "coroutine";
    SynctestRun = "synctest.Run";
    SynctestWait = "synctest.Wait";
    SynctestWaitGroup = "sync.WaitGroup.Wait";
}

impl WaitReason {
    pub(crate) fn from_u8(b: u8) -> WaitReason {
        Self::ALL[b as usize]
    }
}

impl Worker {
    /// Parks `g`, the current G, whose state has been stored: it stays `Waiting` until someone who knows of
    /// it calls [`Worker::ready`]. The engine returns the value.
    #[inline]
    pub fn park(&mut self, g: &'static G, reason: WaitReason) -> Yield {
        debug_assert_eq!(g.status(), Status::Running);
        let counters = &self.p().counters;
        counters.parks.inc();
        counters.parks_by[reason as usize].inc();
        g.set_waiting(reason, self.rt().coarse_now());
        if g.bubble().is_some() {
            self.bubble_park(g, reason);
        }
        Yield::Parked
    }

    /// Parks `g` and then lets wakers see it, by `unlock`.
    #[inline]
    pub fn park_unlock(&mut self, g: &'static G, reason: WaitReason, unlock: impl FnOnce()) -> Yield {
        let y = self.park(g, reason);
        unlock();
        y
    }

    /// Makes a parked G runnable, next on this P.
    #[inline]
    pub fn ready(&mut self, g: &'static G) {
        debug_assert_eq!(g.status(), Status::Waiting);
        self.p().counters.readies.inc();
        if g.bubble().is_some() {
            self.bubble_ready(g);
        }
        g.set_status(Status::Runnable);
        self.put_next(g);
        self.wake_p_if_idle();
    }

    /// Makes a parked G runnable, last on this P: for many that are woken at once.
    pub fn ready_last(&mut self, g: &'static G) {
        debug_assert_eq!(g.status(), Status::Waiting);
        self.p().counters.readies.inc();
        if g.bubble().is_some() {
            self.bubble_ready(g);
        }
        g.set_status(Status::Runnable);
        self.put_last(g);
        let rt = self.rt();
        if !self.is_solo() && rt.sched.hunt.wants_wake() {
            rt.wake_p();
        }
    }
}
