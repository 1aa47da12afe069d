//! P: what it takes to run Gs: a run queue, caches, timers.
//!
//! There are GOMAXPROCS of them in use. An M that holds a P (`status` Running) owns what is in it; others
//! reach the shared parts: they steal from `runq`, run the `timers`, read `status` and the ticks. A P in
//! `Syscall` is still cached by the M in the system call, but whoever moves its status away takes it.

use crate::g::{G, GList};
use crate::gc::{Heap, MCache};
use crate::m::M;
use crate::sched::counters::CounterSet;
use crate::sched::gfree::GoIds;
use crate::sched::runq::RunQueue;
use crate::stack::StackCache;
use crate::sudog::SudogCache;
use crate::sync::{AtomicBool, AtomicRef, AtomicU8, AtomicU32, Ordering, Owned, Relaxed};
use crate::timer::Timers;
use crate::worker::Worker;
use std::sync::Arc;

/// Where a P stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum PStatus {
    /// In the idle list, or on its way to or from there.
    Idle,
    /// Held by an M.
    Running,
    /// Its M is in a system call; sysmon or a stop of the world may take it.
    Syscall,
    /// Stopped with the world.
    Stopped,
    /// Beyond GOMAXPROCS.
    Dead,
}

/// A processor.
#[repr(align(128))]
pub struct P {
    /// Its number, below GOMAXPROCS while it is in use.
    pub id: u32,
    status: AtomicU8,
    /// Whether it is the only P in use: then much needs no atomic operation. Written while the world is
    /// stopped.
    pub(crate) solo: AtomicBool,
    /// Asks the G that runs here to give way; cleared when the next one starts.
    pub(crate) preempt: AtomicBool,
    /// Goes up with every G that gets a time slice of its own.
    pub(crate) sched_tick: AtomicU32,
    /// Goes up with every G resumed here.
    pub(crate) switch_tick: AtomicU32,
    /// Goes up with every system call.
    pub(crate) syscall_tick: AtomicU32,
    /// The M that holds it, or that left it for a system call.
    pub(crate) m: AtomicRef<M>,
    /// Next in the list of idle Ps. Guarded by the scheduler's lock.
    pub(crate) link: AtomicRef<P>,
    /// Its runnable Gs.
    pub(crate) runq: RunQueue,
    /// Its timers.
    pub(crate) timers: Timers,
    /// Dead Gs, for reuse.
    pub(crate) gfree: Owned<GList>,
    /// Gs that were never used.
    pub(crate) gfresh: Owned<&'static [G]>,
    /// Numbers for goroutines.
    pub(crate) goids: Owned<GoIds>,
    /// Free stacks.
    pub(crate) stacks: Owned<StackCache>,
    /// Free memory of the heap.
    pub(crate) mcache: Owned<MCache>,
    /// Free sudogs.
    pub(crate) sudogs: Owned<SudogCache>,
    /// What it has counted.
    pub counters: CounterSet,
}

impl P {
    pub(crate) fn new(id: u32, heap: Arc<Heap>) -> P {
        P {
            id,
            status: AtomicU8::new(PStatus::Stopped as u8),
            solo: AtomicBool::new(false),
            preempt: AtomicBool::new(false),
            // Not 0, which is a multiple of 61: the first G to yield is not to be the first to run.
            sched_tick: AtomicU32::new(1),
            switch_tick: AtomicU32::new(0),
            syscall_tick: AtomicU32::new(0),
            m: AtomicRef::new(),
            link: AtomicRef::new(),
            runq: RunQueue::new(),
            timers: Timers::new(),
            gfree: Owned::new(GList::new()),
            gfresh: Owned::new(&[]),
            goids: Owned::new(GoIds::default()),
            stacks: Owned::new(StackCache::new()),
            mcache: Owned::new(MCache::new(heap)),
            sudogs: Owned::new(SudogCache::new()),
            counters: CounterSet::default(),
        }
    }

    /// Where it stands.
    #[inline]
    pub fn status(&self) -> PStatus {
        const ALL: [PStatus; 5] = [
            PStatus::Idle,
            PStatus::Running,
            PStatus::Syscall,
            PStatus::Stopped,
            PStatus::Dead,
        ];
        ALL[self.status.load(Ordering::SeqCst) as usize]
    }

    #[inline]
    pub(crate) fn set_status(&self, status: PStatus) {
        self.status.store(status as u8, Ordering::Release);
    }

    /// Moves from one status to another; says whether it stood there.
    #[inline]
    pub(crate) fn change_status(&self, from: PStatus, to: PStatus) -> bool {
        self.status
            .compare_exchange(from as u8, to as u8, Ordering::SeqCst, Relaxed)
            .is_ok()
    }

    /// Its free Gs, while the world is stopped by the caller's M.
    #[allow(
        clippy::mut_from_ref,
        reason = "the world is stopped, and the Worker is borrowed mutably"
    )]
    pub(crate) fn gfree_stopped<'w>(&'static self, _: &'w mut Worker) -> &'w mut GList {
        // SAFETY: only the M that stopped the world touches what is in Ps.
        unsafe { self.gfree.get() }
    }

    /// Gives its cached memory back to the heap, while the world is stopped by the caller's M.
    pub(crate) fn flush_stopped(&'static self, _: &mut Worker) {
        // SAFETY: only the M that stopped the world touches what is in Ps.
        unsafe { self.mcache.get() }.flush();
    }

    /// Whether it is the only P in use, so that locks taken only by holders of a P may be left out
    /// (see [`crate::sync::RawLock::lock_unless`]). Changes only while the world is stopped.
    #[inline(always)]
    pub fn is_solo(&self) -> bool {
        self.solo.load(Relaxed)
    }
}

/// What the M that holds the P reaches of it. The borrow of the Worker keeps a second one away.
impl Worker {
    /// Dead Gs, for reuse.
    #[inline(always)]
    pub(crate) fn gfree(&mut self) -> &mut GList {
        // SAFETY: this M holds the P.
        unsafe { self.p().gfree.get() }
    }

    /// Gs that were never used.
    pub(crate) fn gfresh(&mut self) -> &mut &'static [G] {
        // SAFETY: this M holds the P.
        unsafe { self.p().gfresh.get() }
    }

    /// Numbers for goroutines.
    #[inline(always)]
    pub(crate) fn goids(&mut self) -> &mut GoIds {
        // SAFETY: this M holds the P.
        unsafe { self.p().goids.get() }
    }
}
