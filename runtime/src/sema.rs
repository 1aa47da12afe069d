//! Semaphores and notify lists: what Go's `sync` is built on.
//!
//! A semaphore is a 32-bit count anywhere in memory. Who finds it zero waits in a queue that is found by the
//! count's address, in one of 251 buckets, so an unused mutex costs four bytes. (The idea is Plan 9's and
//! Go's `semaRoot`, which keeps the queues of a bucket in a treap; here it is a hash table.)
//!
//! A release adds one to the count and, if somebody waits, takes it away again on the waiter's behalf, so a
//! woken G owns what it waited for and need not try again. Between the two steps another G may have come by and
//! taken it; then the waiter goes on waiting for that one's release, as it would in Go.
//!
//! Why no wake-up is lost: a waiter announces itself in `n_wait` before it looks at the count for the last time,
//! a releaser raises the count before it looks at `n_wait`; one of the two sees the other.
//!
//! A notify list (sync.Cond) is a pair of counters in the program's memory: tickets given to waiters and
//! tickets notified. A waiter first takes its ticket, then unlocks its mutex, then waits; a notification in
//! between finds the ticket not yet queued and moves the second counter past it. (After Go's `notifyList`.)
//! If a waiter is taken out of the queue ([`leave`]), its ticket is remembered, lest a notification be spent on it.

use crate::g::{G, WAKE_OK};
use crate::sched::park::WaitReason;
use crate::sudog::{Host, Sudog, WaitQueue};
use crate::sync::{AtomicU32, Mutex, Rank, Relaxed, SeqCst};
use crossbeam_utils::CachePadded;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Prime, so that addresses of any alignment spread.
const N_BUCKETS: usize = 251;

/// What waiting for a semaphore or a notification came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SemaOp {
    /// The G goes on.
    Acquired,
    /// The G is parked: return `Yield::Parked`. When it goes on it has what it waited for.
    Blocked,
}

/// The wait queues of a runtime's semaphores and notify lists.
pub struct SemaTable {
    semas: Box<[CachePadded<Bucket>]>,
    lists: Box<[CachePadded<Bucket>]>,
    /// How many tickets of notify lists are to be passed over.
    n_gone: AtomicU32,
}

struct Bucket {
    /// How many wait, or are about to.
    n_wait: AtomicU32,
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    by_addr: HashMap<usize, WaitQueue, BuildHasherDefault<AddressHasher>>,
    /// Tickets, with the list's address, whose Gs were taken out of their queue: to be passed over.
    gone: Vec<(usize, u32)>,
}

impl Queues {
    /// Takes out `s`, which waits at `addr`.
    fn remove(&mut self, addr: usize, s: &'static Sudog) {
        if let Some(queue) = self.by_addr.get(&addr) {
            queue.remove(s);
            if queue.is_empty() {
                self.by_addr.remove(&addr);
            }
        }
    }

    /// Forgets that the ticket's G has gone; whether it had.
    fn forget_gone(&mut self, addr: usize, ticket: u32) -> bool {
        let at = self.gone.iter().position(|g| *g == (addr, ticket));
        at.map(|i| self.gone.swap_remove(i)).is_some()
    }
}

/// Spreads addresses by a multiplication.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_usize(b as usize);
        }
    }

    fn write_usize(&mut self, n: usize) {
        let x = (self.0 ^ n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = x ^ (x >> 32);
    }
}

// SAFETY: the queues lie behind their buckets' locks, which also guard the queued sudogs.
unsafe impl Send for SemaTable {}
// SAFETY: as above.
unsafe impl Sync for SemaTable {}

impl Default for SemaTable {
    fn default() -> SemaTable {
        SemaTable::new()
    }
}

impl SemaTable {
    /// A table in which nobody waits.
    pub fn new() -> SemaTable {
        let buckets = |rank| {
            let bucket = || Bucket {
                n_wait: AtomicU32::new(0),
                queues: Mutex::new(rank, Queues::default()),
            };
            (0..N_BUCKETS).map(|_| CachePadded::new(bucket())).collect()
        };
        SemaTable {
            semas: buckets(Rank::Sema),
            lists: buckets(Rank::Notify),
            n_gone: AtomicU32::new(0),
        }
    }

    /// Calls `visit` with each waiting G and the address of what it waits for. The world is stopped.
    pub(crate) fn for_each_waiter(&self, visit: &mut dyn FnMut(&'static G, usize)) {
        for bucket in self.semas.iter().chain(&self.lists) {
            for (&addr, queue) in &bucket.queues.lock().by_addr {
                let mut next = queue.first();
                while let Some(s) = next {
                    visit(s.g(), addr);
                    next = queue.after(s);
                }
            }
        }
    }

    /// Where `g` waits: the address, its sudog, and whether that is a notify list's.
    fn find_waiter(&self, g: &'static G) -> Option<(usize, &'static Sudog, bool)> {
        for (buckets, is_list) in [(&self.semas, false), (&self.lists, true)] {
            for bucket in buckets.iter() {
                for (&addr, queue) in &bucket.queues.lock().by_addr {
                    if let Some(s) = find(queue, |s| std::ptr::eq(s.g(), g)) {
                        return Some((addr, s, is_list));
                    }
                }
            }
        }
        None
    }

    #[cold]
    fn forget_gone(&self, addr: usize, ticket: u32) {
        if self.list(addr).queues.lock().forget_gone(addr, ticket) {
            self.n_gone.fetch_sub(1, SeqCst);
        }
    }

    fn sema(&self, addr: usize) -> &Bucket {
        &self.semas[(addr >> 3) % N_BUCKETS]
    }

    fn list(&self, addr: usize) -> &Bucket {
        &self.lists[(addr >> 3) % N_BUCKETS]
    }
}

/// Takes one from the count at `sema`, waiting until there is one: last in the queue, or first (`lifo`). `g`'s
/// state is stored, to go on after it.
#[inline]
pub fn acquire<H: Host>(
    h: &mut H,
    g: &'static G,
    sema: &'static AtomicU32,
    reason: WaitReason,
    lifo: bool,
) -> SemaOp {
    if take_one(sema) {
        SemaOp::Acquired
    } else {
        acquire_slow(h, g, sema, reason, lifo)
    }
}

#[cold]
fn acquire_slow<H: Host>(
    h: &mut H,
    g: &'static G,
    sema: &'static AtomicU32,
    reason: WaitReason,
    lifo: bool,
) -> SemaOp {
    let addr = std::ptr::from_ref(sema) as usize;
    let bucket = h.semas().sema(addr);
    let mut queues = bucket.queues.lock();
    bucket.n_wait.fetch_add(1, SeqCst);
    if take_one(sema) {
        bucket.n_wait.fetch_sub(1, SeqCst);
        return SemaOp::Acquired;
    }
    let s = h.sudogs().acquire(g);
    let queue = queues.by_addr.entry(addr).or_default();
    if lifo {
        queue.push_front(s)
    } else {
        queue.push(s)
    }
    h.park(g, reason);
    drop(queues);
    SemaOp::Blocked
}

/// Adds one to the count at `sema` and lets a waiting G have it. True: `handoff` was asked for and a G was
/// woken, so the caller should yield to it at once (`Yield::Gosched`).
#[inline]
pub fn release<H: Host>(h: &mut H, sema: &'static AtomicU32, handoff: bool) -> bool {
    let bucket = h.semas().sema(std::ptr::from_ref(sema) as usize);
    sema.fetch_add(1, SeqCst);
    bucket.n_wait.load(SeqCst) != 0 && release_slow(h, bucket, sema) && handoff
}

#[cold]
fn release_slow<H: Host>(h: &mut H, bucket: &Bucket, sema: &'static AtomicU32) -> bool {
    let addr = std::ptr::from_ref(sema) as usize;
    let woken = {
        let mut queues = bucket.queues.lock();
        match queues.by_addr.get(&addr) {
            Some(queue) if take_one(sema) => {
                let s = queue.pop();
                if queue.is_empty() {
                    queues.by_addr.remove(&addr);
                }
                bucket.n_wait.fetch_sub(1, SeqCst);
                s
            }
            _ => None,
        }
    };
    let Some(s) = woken else { return false };
    wake(h, s);
    true
}

/// Takes one from a count that is not zero.
#[inline]
fn take_one(sema: &AtomicU32) -> bool {
    let mut n = sema.load(SeqCst);
    while n > 0 {
        match sema.compare_exchange_weak(n, n - 1, SeqCst, Relaxed) {
            Ok(_) => return true,
            Err(now) => n = now,
        }
    }
    false
}

/// The counters of a notify list, in the program's memory; zero at first.
#[repr(C)]
pub struct NotifyList {
    /// The next ticket.
    wait: AtomicU32,
    /// The next ticket to be notified. Written under the bucket's lock.
    notify: AtomicU32,
}

impl NotifyList {
    /// A list at this address of the program's memory.
    ///
    /// # Safety
    /// Eight bytes, aligned to four, that live as long as someone waits; accessed by these functions alone.
    pub unsafe fn at<'a>(addr: usize) -> &'a NotifyList {
        // SAFETY: the caller's promise.
        unsafe { &*(addr as *const NotifyList) }
    }

    fn addr(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }
}

/// Takes a ticket for [`notify_wait`].
pub fn notify_add<H: Host>(h: &mut H, list: &NotifyList) -> u32 {
    let ticket = list.wait.fetch_add(1, SeqCst);
    if h.semas().n_gone.load(SeqCst) != 0 {
        // Another list may have been at this address before.
        h.semas().forget_gone(list.addr(), ticket);
    }
    ticket
}

/// Waits until `ticket` is notified. `g`'s state is stored, to go on after it.
pub fn notify_wait<H: Host>(h: &mut H, g: &'static G, list: &NotifyList, ticket: u32) -> SemaOp {
    let bucket = h.semas().list(list.addr());
    let mut queues = bucket.queues.lock();
    if is_before(ticket, list.notify.load(Relaxed)) {
        return SemaOp::Acquired;
    }
    let s = h.sudogs().acquire(g);
    s.case.set(ticket);
    queues.by_addr.entry(list.addr()).or_default().push(s);
    h.park(g, WaitReason::CondWait);
    drop(queues);
    SemaOp::Blocked
}

/// Wakes all that wait.
pub fn notify_all<H: Host>(h: &mut H, list: &NotifyList) {
    if list.wait.load(SeqCst) == list.notify.load(SeqCst) {
        return;
    }
    let queue = {
        let mut queues = h.semas().list(list.addr()).queues.lock();
        list.notify.store(list.wait.load(SeqCst), SeqCst);
        queues.by_addr.remove(&list.addr())
    };
    while let Some(s) = queue.as_ref().and_then(WaitQueue::pop) {
        wake(h, s);
    }
}

/// Wakes the one whose ticket is the oldest.
pub fn notify_one<H: Host>(h: &mut H, list: &NotifyList) {
    if list.wait.load(SeqCst) == list.notify.load(SeqCst) {
        return;
    }
    let woken = {
        let mut queues = h.semas().list(list.addr()).queues.lock();
        let mut ticket = list.notify.load(Relaxed);
        while h.semas().n_gone.load(SeqCst) != 0 && queues.forget_gone(list.addr(), ticket) {
            h.semas().n_gone.fetch_sub(1, SeqCst);
            ticket = ticket.wrapping_add(1);
            list.notify.store(ticket, SeqCst);
        }
        if ticket == list.wait.load(SeqCst) {
            return;
        }
        list.notify.store(ticket.wrapping_add(1), SeqCst);
        // Not found: its G took the ticket and does not wait yet; it will see that it need not.
        take_ticket(&mut queues, list.addr(), ticket)
    };
    if let Some(s) = woken {
        wake(h, s);
    }
}

fn take_ticket(queues: &mut Queues, addr: usize, ticket: u32) -> Option<&'static Sudog> {
    let s = find(queues.by_addr.get(&addr)?, |s| s.case.get() == ticket)?;
    queues.remove(addr, s);
    Some(s)
}

fn find(queue: &WaitQueue, wanted: impl Fn(&Sudog) -> bool) -> Option<&'static Sudog> {
    std::iter::successors(queue.first(), |s| queue.after(s)).find(|s| wanted(s))
}

/// Takes `g`, parked here, out of its queue; it has not got what it waited for. The world is stopped. False if it is
/// in none.
pub(crate) fn leave<H: Host>(h: &mut H, g: &'static G) -> bool {
    let table = h.semas();
    let Some((addr, s, is_list)) = table.find_waiter(g) else {
        return false;
    };
    let bucket = if is_list {
        table.list(addr)
    } else {
        table.sema(addr)
    };
    {
        let mut queues = bucket.queues.lock();
        queues.remove(addr, s);
        if is_list {
            queues.gone.push((addr, s.case.get()));
            table.n_gone.fetch_add(1, SeqCst);
        } else {
            bucket.n_wait.fetch_sub(1, SeqCst);
        }
    }
    h.sudogs().release(s);
    true
}

/// Whether ticket `a` was given out before `b`, with counters that wrap.
fn is_before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

fn wake<H: Host>(h: &mut H, s: &'static Sudog) {
    let g = s.g();
    h.sudogs().release(s);
    g.wake.set(WAKE_OK);
    h.ready(g);
}

#[cfg(all(test, not(loom)))]
mod tests;
