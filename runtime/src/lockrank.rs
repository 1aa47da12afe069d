//! Lock order, checked in debug builds.
//!
//! Every [`crate::sync::RawLock`] carries a rank; a thread may take a lock only when its rank is above the
//! rank of every lock that it holds. Channel locks may be nested among themselves, in address order, because
//! select takes them so. Release builds carry neither rank nor check. (The idea is Go's `lockrank.go`.)

/// The order in which locks may be taken: a thread holding one may take only later ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Rank {
    /// Not checked.
    Unranked,
    /// One stop of the world at a time.
    World,
    /// Hash bucket of semaphores.
    Sema,
    /// List of waiters of a condition variable.
    Notify,
    /// A channel; several at once in address order.
    Chan,
    /// Timers of one P.
    Timers,
    /// The table of timers.
    TimerSlots,
    /// The heap's central lists.
    HeapCentral,
    /// The heap's pages.
    HeapPages,
    /// The scheduler's one lock: global queue, idle lists.
    Sched,
    /// List of all Gs.
    AllGs,
    /// The global run queue.
    GlobalQueue,
    /// Global lists of dead Gs.
    GFree,
    /// Global stack pools.
    StackPool,
    /// Standard error during fatal ends and traces.
    Print,
}

#[cfg(all(debug_assertions, not(loom)))]
mod check {
    use super::Rank;
    use std::cell::RefCell;

    thread_local! {
        static HELD: RefCell<Vec<(Rank, usize)>> = const { RefCell::new(Vec::new()) };
    }

    pub fn acquire(rank: Rank, addr: usize) {
        if rank == Rank::Unranked {
            return;
        }
        let bad = HELD.with_borrow_mut(|held| {
            let bad = held.iter().copied().find(|&(r, a)| {
                let nested = rank == Rank::Chan && r == Rank::Chan && a < addr;
                r >= rank && !nested
            });
            held.push((rank, addr));
            bad
        });
        if let Some((r, a)) = bad {
            panic!("lock order: {rank:?} at {addr:#x} taken while holding {r:?} at {a:#x}");
        }
    }

    pub fn release(rank: Rank, addr: usize) {
        if rank == Rank::Unranked {
            return;
        }
        HELD.with_borrow_mut(|held| {
            if let Some(i) = held.iter().rposition(|&h| h == (rank, addr)) {
                held.swap_remove(i);
            }
        });
    }
}

#[cfg(all(debug_assertions, not(loom)))]
pub(crate) use check::{acquire, release};
