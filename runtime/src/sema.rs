//! Semaphores and notify lists: what Go's `sync` is built on.
//!
//! A semaphore is a 32-bit count anywhere in memory. Who finds it zero waits in a queue that is found by the
//! count's address, in one of 251 buckets, so an unused mutex costs four bytes. (The idea is Plan 9's and
//! Go's `semaRoot`, which keeps the queues of a bucket in a treap; here it is a hash table.)
//!
//! A release hands its unit to the G that has waited longest, without it ever being in the count; without waiters it
//! raises the count. Both, and queueing, happen under the bucket's lock, so no wake-up is lost: who queues has seen
//! the count at zero under the same lock. The count alone is taken from without the lock.
//!
//! A bucket keeps the queue of one address at hand and all others in a map: few addresses are waited for at a time, and
//! making and dropping a map's entry for each hand-over would cost more than the rest of it.
//!
//! A notify list (sync.Cond) is a pair of counters in the program's memory: tickets given to waiters and
//! tickets notified. A waiter first takes its ticket, then unlocks its mutex, then waits; a notification in
//! between finds the ticket not yet queued and moves the second counter past it. (After Go's `notifyList`.)
//! If a waiter is taken out of the queue ([`leave`]), its ticket is remembered, lest a notification be spent on it.

use crate::g::{G, WAKE_OK};
use crate::sched::park::WaitReason;
use crate::sudog::{Host, Sudog, WaitQueue};
use crate::sync::{AtomicU32, Rank, RawLock, Relaxed, SeqCst};
use crossbeam_utils::CachePadded;
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Prime, so that addresses of any alignment spread.
#[cfg(not(loom))]
const N_BUCKETS: usize = 251;
#[cfg(loom)]
const N_BUCKETS: usize = 1;

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
    lock: RawLock,
    /// Protected by `lock`, which on the only P nobody else can want.
    queues: UnsafeCell<Queues>,
}

impl Bucket {
    /// Gives the queues to `f`, under the lock.
    #[inline]
    fn with<R>(&self, solo: bool, f: impl FnOnce(&mut Queues) -> R) -> R {
        self.lock.lock_unless(solo);
        // SAFETY: the lock is held, or `solo` says that this is the only thread that could take it; `f` knows no way
        // to come here again.
        let r = f(unsafe { &mut *self.queues.get() });
        self.lock.unlock_unless(solo);
        r
    }
}

/// The queues of a bucket. The queue of an address is `first` if `first_addr` is the address, else in `rest`.
#[derive(Default)]
struct Queues {
    first_addr: usize,
    first: WaitQueue,
    rest: HashMap<usize, WaitQueue, BuildHasherDefault<AddressHasher>>,
    /// Tickets, with the list's address, whose Gs were taken out of their queue: to be passed over.
    gone: Vec<(usize, u32)>,
}

impl Queues {
    #[inline]
    fn get(&self, addr: usize) -> Option<&WaitQueue> {
        if self.first_addr == addr {
            Some(&self.first)
        } else {
            self.rest.get(&addr)
        }
    }

    #[inline]
    fn get_or_make(&mut self, addr: usize) -> &WaitQueue {
        let is_free = self.first.is_empty() && (self.rest.is_empty() || !self.rest.contains_key(&addr));
        if self.first_addr != addr && is_free {
            self.first_addr = addr;
        }
        if self.first_addr == addr {
            &self.first
        } else {
            self.rest.entry(addr).or_default()
        }
    }

    /// Takes out the one that has waited longest for `addr`.
    #[inline]
    fn pop(&mut self, addr: usize) -> Option<&'static Sudog> {
        let s = self.get(addr)?.pop();
        self.tidy(addr);
        s
    }

    /// Takes out `s`, which waits at `addr`.
    fn remove(&mut self, addr: usize, s: &'static Sudog) {
        if let Some(queue) = self.get(addr) {
            queue.remove(s);
            self.tidy(addr);
        }
    }

    /// Forgets that the ticket's G has gone; whether it had.
    fn forget_gone(&mut self, addr: usize, ticket: u32) -> bool {
        let at = self.gone.iter().position(|g| *g == (addr, ticket));
        at.map(|i| self.gone.swap_remove(i)).is_some()
    }

    /// Somebody was taken out of the queue of `addr`.
    #[inline]
    fn tidy(&mut self, addr: usize) {
        if self.first_addr != addr && self.rest.get(&addr).is_some_and(WaitQueue::is_empty) {
            self.rest.remove(&addr);
        }
    }

    /// Takes out the whole queue of `addr`.
    fn take(&mut self, addr: usize) -> Option<WaitQueue> {
        if self.first_addr == addr {
            Some(std::mem::take(&mut self.first))
        } else {
            self.rest.remove(&addr)
        }
    }

    fn all(&self) -> impl Iterator<Item = (usize, &WaitQueue)> {
        let rest = self.rest.iter().map(|(&addr, queue)| (addr, queue));
        std::iter::once((self.first_addr, &self.first)).chain(rest)
    }
}

/// How a G waits for a semaphore.
#[derive(Clone, Copy)]
pub struct Waiting {
    /// Why, as tracebacks say.
    pub reason: WaitReason,
    /// Whether it goes to the front of the queue.
    pub in_front: bool,
    /// Its [`G::wake`] when it goes on.
    pub wake: u32,
}

impl Waiting {
    /// Behind all others, to go on behind the operation.
    pub fn behind(reason: WaitReason) -> Waiting {
        Waiting {
            reason,
            in_front: false,
            wake: WAKE_OK,
        }
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
                lock: RawLock::new(rank),
                queues: UnsafeCell::default(),
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
            bucket.with(false, |queues| {
                for (addr, queue) in queues.all() {
                    let mut next = queue.first();
                    while let Some(s) = next {
                        visit(s.g(), addr);
                        next = queue.after(s);
                    }
                }
            });
        }
    }

    /// Where `g` waits: the address, its sudog, and whether that is a notify list's. The world is stopped.
    fn find_waiter(&self, g: &'static G) -> Option<(usize, &'static Sudog, bool)> {
        for (buckets, is_list) in [(&self.semas, false), (&self.lists, true)] {
            for bucket in buckets.iter() {
                let found = bucket.with(false, |queues| {
                    let found =
                        |(addr, queue)| Some((addr, find(queue, |s| std::ptr::eq(s.g(), g))?, is_list));
                    queues.all().find_map(found)
                });
                if found.is_some() {
                    return found;
                }
            }
        }
        None
    }

    #[cold]
    fn forget_gone(&self, addr: usize, ticket: u32, solo: bool) {
        if self
            .list(addr)
            .with(solo, |queues| queues.forget_gone(addr, ticket))
        {
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

/// Takes one from the count at `sema`, waiting until there is one. `g`'s state is stored, to go on as `how` says.
#[inline]
pub fn acquire<H: Host>(h: &mut H, g: &'static G, sema: &'static AtomicU32, how: Waiting) -> SemaOp {
    if take_one(sema) {
        return SemaOp::Acquired;
    }
    let addr = std::ptr::from_ref(sema) as usize;
    h.semas().sema(addr).with(h.is_solo(), |queues| {
        if take_one(sema) {
            return SemaOp::Acquired;
        }
        let s = h.sudogs().acquire(g);
        s.case.set(how.wake);
        let queue = queues.get_or_make(addr);
        if how.in_front {
            queue.push_front(s)
        } else {
            queue.push(s)
        }
        h.park(g, how.reason);
        SemaOp::Blocked
    })
}

/// Lets the G that has waited longest have one, or adds it to the count at `sema`. True: `handoff` was asked for and
/// a G was woken, so the caller should yield to it at once (`Yield::Gosched`).
#[inline]
pub fn release<H: Host>(h: &mut H, sema: &'static AtomicU32, handoff: bool) -> bool {
    let addr = std::ptr::from_ref(sema) as usize;
    let woken = h.semas().sema(addr).with(h.is_solo(), |queues| {
        let s = queues.pop(addr);
        if s.is_none() {
            sema.fetch_add(1, SeqCst);
        }
        s
    });
    let Some(s) = woken else { return false };
    let how = s.case.get();
    wake(h, s, how);
    handoff
}

/// Takes one from a count that is not zero.
#[inline]
pub(crate) fn take_one(sema: &AtomicU32) -> bool {
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
        h.semas().forget_gone(list.addr(), ticket, h.is_solo());
    }
    ticket
}

/// Waits until `ticket` is notified. `g`'s state is stored, to go on after it.
pub fn notify_wait<H: Host>(h: &mut H, g: &'static G, list: &NotifyList, ticket: u32) -> SemaOp {
    h.semas().list(list.addr()).with(h.is_solo(), |queues| {
        if is_before(ticket, list.notify.load(Relaxed)) {
            return SemaOp::Acquired;
        }
        let s = h.sudogs().acquire(g);
        s.case.set(ticket);
        queues.get_or_make(list.addr()).push(s);
        h.park(g, WaitReason::CondWait);
        SemaOp::Blocked
    })
}

/// Wakes all that wait.
pub fn notify_all<H: Host>(h: &mut H, list: &NotifyList) {
    if list.wait.load(SeqCst) == list.notify.load(SeqCst) {
        return;
    }
    let queue = h.semas().list(list.addr()).with(h.is_solo(), |queues| {
        list.notify.store(list.wait.load(SeqCst), SeqCst);
        queues.take(list.addr())
    });
    while let Some(s) = queue.as_ref().and_then(WaitQueue::pop) {
        wake(h, s, WAKE_OK);
    }
}

/// Wakes the one whose ticket is the oldest.
pub fn notify_one<H: Host>(h: &mut H, list: &NotifyList) {
    if list.wait.load(SeqCst) == list.notify.load(SeqCst) {
        return;
    }
    let woken = h.semas().list(list.addr()).with(h.is_solo(), |queues| {
        let mut ticket = list.notify.load(Relaxed);
        while h.semas().n_gone.load(SeqCst) != 0 && queues.forget_gone(list.addr(), ticket) {
            h.semas().n_gone.fetch_sub(1, SeqCst);
            ticket = ticket.wrapping_add(1);
            list.notify.store(ticket, SeqCst);
        }
        if ticket == list.wait.load(SeqCst) {
            return None;
        }
        list.notify.store(ticket.wrapping_add(1), SeqCst);
        // Not found: its G took the ticket and does not wait yet; it will see that it need not.
        take_ticket(queues, list.addr(), ticket)
    });
    if let Some(s) = woken {
        wake(h, s, WAKE_OK);
    }
}

fn take_ticket(queues: &mut Queues, addr: usize, ticket: u32) -> Option<&'static Sudog> {
    let s = find(queues.get(addr)?, |s| s.case.get() == ticket)?;
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
    bucket.with(false, |queues| {
        queues.remove(addr, s);
        if is_list {
            queues.gone.push((addr, s.case.get()));
            table.n_gone.fetch_add(1, SeqCst);
        }
    });
    h.sudogs().release(s);
    true
}

/// Whether ticket `a` was given out before `b`, with counters that wrap.
fn is_before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

fn wake<H: Host>(h: &mut H, s: &'static Sudog, how: u32) {
    let g = s.g();
    h.sudogs().release(s);
    g.wake.set(how);
    h.ready(g);
}

#[cfg(all(test, not(loom)))]
mod tests;
