//! Run queues: one per P, and the global one.
//!
//! A P's queue is a bounded FIFO (crossbeam-deque) plus `runnext`, the G readied last, which runs before the
//! queue and inherits the time slice of the G that readied it, so that a pair that plays ping-pong counts
//! as one. When the queue is full, half of it goes to the global queue in one go.
//!
//! Only the M that holds the P pushes and pops; anyone steals. `runnext` is taken by compare-and-swap, by a
//! thief only when its owner has been busy with one G for a while: a G that was readied a moment ago is about
//! to run there with warm caches, and taking it would have the two Ms pass it to and fro.
//! On the only P (`solo`) there are no thieves and plain loads and stores do.
//!
//! Invariant: a G is in at most one queue, and then its status is `Runnable`.
//! Not done: handing a G directly to an idle P. It loses locality and wakes a thread per send.

use crate::g::{G, GList};
use crate::sync::{AtomicRef, AtomicUsize, Mutex, Ordering, Owned, Rank, Relaxed};

/// How many Gs a P's queue holds.
#[cfg(not(loom))]
pub(crate) const CAPACITY: usize = 256;
#[cfg(loom)]
pub(crate) const CAPACITY: usize = 4;

#[cfg(loom)]
use self::model as deque;
#[cfg(not(loom))]
use crossbeam_deque as deque;

/// A P's runnable Gs.
pub(crate) struct RunQueue {
    next: AtomicRef<G>,
    local: Owned<deque::Worker<&'static G>>,
    stealer: deque::Stealer<&'static G>,
}

/// What a thief came back with.
pub(crate) enum Stolen {
    /// The first of the batch; how many more are in the thief's own queue now.
    Batch(&'static G, usize),
    Nothing,
}

impl RunQueue {
    pub fn new() -> RunQueue {
        let local = deque::Worker::new_fifo();
        let stealer = local.stealer();
        RunQueue {
            next: AtomicRef::new(),
            local: Owned::new(local),
            stealer,
        }
    }

    /// The owner's end of the deque.
    fn local(&self) -> &deque::Worker<&'static G> {
        // SAFETY: the callers are the owner's methods, called by the M that holds the P or by the one that
        // stopped the world; each uses the reference for one call only.
        unsafe { self.local.get() }
    }

    /// Owner: makes `g` the next to run and returns the one it takes the place of.
    #[inline]
    pub fn swap_next(&self, g: &'static G, solo: bool) -> Option<&'static G> {
        if solo {
            let old = self.next.load(Relaxed);
            self.next.store(Some(g), Relaxed);
            return old;
        }
        self.next.swap(Some(g), Ordering::AcqRel)
    }

    /// Owner: appends `g`, unless the queue is full.
    #[inline]
    pub fn push(&self, g: &'static G) -> bool {
        let local = self.local();
        if local.len() >= CAPACITY {
            return false;
        }
        local.push(g);
        true
    }

    /// Owner: takes half of a full queue into `out`.
    #[cold]
    pub fn take_half(&self, out: &mut GList) {
        for _ in 0..CAPACITY / 2 {
            match self.local().pop() {
                Some(g) => out.push_back(g),
                None => break,
            }
        }
    }

    /// Owner: takes `runnext`.
    #[inline]
    pub fn pop_next(&self, solo: bool) -> Option<&'static G> {
        let g = self.next.load(Relaxed)?;
        if solo {
            self.next.store(None, Relaxed);
            return Some(g);
        }
        self.next.replace(Some(g), None).then_some(g)
    }

    /// Owner: takes the first of the queue.
    #[inline]
    pub fn pop(&self) -> Option<&'static G> {
        let local = self.local();
        if local.is_empty() { None } else { local.pop() }
    }

    /// Anyone: whether there is nothing to run, `runnext` included. A G that its owner kicks from `runnext`
    /// to the queue just now may be in neither place, so look at the queue on both sides of it.
    pub fn is_empty(&self) -> bool {
        self.stealer.is_empty() && self.next.load(Ordering::SeqCst).is_none() && self.stealer.is_empty()
    }

    /// Anyone: whether the queue proper holds a G.
    pub fn has_queued(&self) -> bool {
        !self.stealer.is_empty()
    }

    /// Anyone: how many Gs there are, `runnext` included.
    pub fn len(&self) -> usize {
        self.stealer.len() + usize::from(self.next.load(Relaxed).is_some())
    }

    /// Anyone: `runnext` as it is now.
    pub fn peek_next(&self) -> Option<&'static G> {
        self.next.load(Ordering::Acquire)
    }

    /// A thief, whose own queue this is: takes half of `victim`'s queue.
    pub fn steal_from(&self, victim: &RunQueue) -> Stolen {
        loop {
            match victim
                .stealer
                .steal_batch_with_limit_and_pop(self.local(), CAPACITY / 2)
            {
                deque::Steal::Success(g) => return Stolen::Batch(g, self.local().len()),
                deque::Steal::Empty => return Stolen::Nothing,
                deque::Steal::Retry => crate::sync::spin_hint(),
            }
        }
    }

    /// A thief: takes `g` out of `runnext`, if it is still there.
    pub fn steal_next(&self, g: &'static G) -> bool {
        self.next.replace(Some(g), None)
    }
}

/// The global queue. Its length may be read without the lock.
pub(crate) struct GlobalQueue {
    list: Mutex<GList>,
    len: AtomicUsize,
}

impl GlobalQueue {
    pub fn new() -> GlobalQueue {
        GlobalQueue {
            list: Mutex::new(Rank::GlobalQueue, GList::new()),
            len: AtomicUsize::new(0),
        }
    }

    /// How many Gs wait in it.
    #[inline]
    pub fn len(&self) -> usize {
        self.len.load(Ordering::SeqCst)
    }

    /// Appends one.
    #[inline]
    pub fn push(&self, g: &'static G) {
        let mut list = self.list.lock();
        list.push_back(g);
        self.len.store(list.len(), Relaxed);
    }

    /// Appends all of `gs`.
    pub fn push_list(&self, gs: &mut GList) {
        let mut list = self.list.lock();
        list.append(gs);
        self.len.store(list.len(), Relaxed);
    }

    /// Takes the first.
    #[inline]
    pub fn pop(&self) -> Option<&'static G> {
        let mut list = self.list.lock();
        let g = list.pop();
        self.len.store(list.len(), Relaxed);
        g
    }

    /// Takes a fair share for one of `n_procs` Ps: the first is returned, the rest goes to `runq`, whose
    /// owner calls. Says how many came.
    #[inline]
    pub fn pop_share(&self, n_procs: usize, runq: &RunQueue) -> Option<(&'static G, usize)> {
        let mut list = self.list.lock();
        let first = list.pop()?;
        let share = ((list.len() + 1) / n_procs + 1).min(CAPACITY / 2);
        let mut n = 1;
        while n < share {
            let Some(g) = list.pop() else { break };
            if !runq.push(g) {
                list.push_front(g);
                break;
            }
            n += 1;
        }
        self.len.store(list.len(), Relaxed);
        Some((first, n))
    }
}

/// A deque that loom can look into: the protocol around it is what the models are after.
#[cfg(loom)]
mod model {
    use loom::sync::Mutex;
    use std::collections::VecDeque;
    use std::sync::Arc;

    pub struct Worker<T>(Arc<Mutex<VecDeque<T>>>);
    pub struct Stealer<T>(Arc<Mutex<VecDeque<T>>>);

    #[allow(dead_code, reason = "the model's steals never have to be tried again")]
    pub enum Steal<T> {
        Empty,
        Success(T),
        Retry,
    }

    impl<T> Worker<T> {
        pub fn new_fifo() -> Worker<T> {
            Worker(Arc::new(Mutex::new(VecDeque::new())))
        }
        pub fn stealer(&self) -> Stealer<T> {
            Stealer(self.0.clone())
        }
        pub fn push(&self, t: T) {
            self.0.lock().unwrap().push_back(t);
        }
        pub fn pop(&self) -> Option<T> {
            self.0.lock().unwrap().pop_front()
        }
        pub fn len(&self) -> usize {
            self.0.lock().unwrap().len()
        }
        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }
    }

    impl<T> Stealer<T> {
        pub fn len(&self) -> usize {
            self.0.lock().unwrap().len()
        }
        pub fn is_empty(&self) -> bool {
            self.len() == 0
        }
        pub fn steal_batch_with_limit_and_pop(&self, dest: &Worker<T>, limit: usize) -> Steal<T> {
            let mut batch: VecDeque<T> = {
                let mut q = self.0.lock().unwrap();
                let n = q.len().div_ceil(2).min(limit);
                q.drain(..n).collect()
            };
            let Some(first) = batch.pop_front() else {
                return Steal::Empty;
            };
            for t in batch {
                dest.push(t);
            }
            Steal::Success(first)
        }
    }
}
