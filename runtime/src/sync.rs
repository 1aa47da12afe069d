//! The only source of atomics and locks.
//!
//! Under `cfg(loom)` everything here is loom's, so that the models in `tests/loom_*.rs` see each access.
//!
//! - [`RawLock`]: a word to spin on, then sleep on; for short critical sections (channels, run queues).
//!   Taking it is one read-modify-write, releasing it a plain store. The price is that a release may miss a
//!   waiter that is just about to sleep, so waiters sleep for a bounded time. (Dekker's problem without its
//!   fence: on x86 the store is visible long before the waiter's system call has reached its own check.)
//! - [`Mutex`]: the same with the data inside.
//! - [`Note`]: a thread's sleep; a wake-up before the sleep is not lost.

#[cfg(loom)]
pub use loom::sync::atomic::{
    AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence,
};
#[cfg(not(loom))]
pub use std::sync::atomic::{
    AtomicBool, AtomicI32, AtomicI64, AtomicPtr, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, fence,
};

pub use crate::lockrank::Rank;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
pub use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

/// A lock word without data. All-zero bytes are an unlocked, unranked lock.
#[cfg(not(loom))]
#[repr(C)]
pub struct RawLock {
    /// 0 free, 1 held.
    state: AtomicU32,
    /// How many threads sleep or are about to.
    waiters: AtomicU32,
    #[cfg(debug_assertions)]
    rank: Rank,
}

#[cfg(not(loom))]
const FREE: u32 = 0;
#[cfg(not(loom))]
const HELD: u32 = 1;
/// Polls before a thread goes to sleep: about a microsecond, many times a usual critical section.
#[cfg(not(loom))]
const SPINS: u32 = 60;
/// The longest sleep for a wake-up that was missed.
#[cfg(not(loom))]
const RECHECK_NS: i64 = 200_000;

#[cfg(not(loom))]
impl RawLock {
    /// An unlocked lock of this rank.
    pub const fn new(rank: Rank) -> RawLock {
        #[cfg(not(debug_assertions))]
        let _ = rank;
        RawLock {
            state: AtomicU32::new(FREE),
            waiters: AtomicU32::new(0),
            #[cfg(debug_assertions)]
            rank,
        }
    }

    /// Takes the lock.
    #[inline(always)]
    pub fn lock(&self) {
        if self.state.compare_exchange(FREE, HELD, Acquire, Relaxed).is_err() {
            self.lock_slow();
        }
        self.note_held();
    }

    /// Takes the lock if it is free.
    #[inline]
    pub fn try_lock(&self) -> bool {
        let ok = self.state.compare_exchange(FREE, HELD, Acquire, Relaxed).is_ok();
        if ok {
            self.note_held();
        }
        ok
    }

    /// Gives the lock back. Only its holder calls this.
    #[inline(always)]
    pub fn unlock(&self) {
        self.note_free();
        self.state.store(FREE, Release);
        if self.waiters.load(Relaxed) != 0 {
            self.wake_slow();
        }
    }

    /// Takes the lock, or, when `solo` says that no other thread can want it (one P, and the lock is only
    /// taken by holders of a P), just does nothing. To be paired with [`RawLock::unlock_unless`].
    #[inline(always)]
    pub fn lock_unless(&self, solo: bool) {
        if !solo {
            self.lock();
        }
    }

    /// The counterpart of [`RawLock::lock_unless`]; `solo` must be the same.
    #[inline(always)]
    pub fn unlock_unless(&self, solo: bool) {
        if !solo {
            self.unlock();
        }
    }

    /// Whether somebody holds the lock, for assertions.
    pub fn is_locked(&self) -> bool {
        self.state.load(Relaxed) == HELD
    }

    #[cold]
    #[inline(never)]
    fn lock_slow(&self) {
        use crate::os::thread;
        for _ in 0..SPINS {
            std::hint::spin_loop();
            if self.state.load(Relaxed) == FREE
                && self
                    .state
                    .compare_exchange_weak(FREE, HELD, Acquire, Relaxed)
                    .is_ok()
            {
                return;
            }
        }
        self.waiters.fetch_add(1, SeqCst);
        while self.state.compare_exchange(FREE, HELD, Acquire, Relaxed).is_err() {
            thread::futex_wait(&self.state, HELD, Some(thread::nanotime() + RECHECK_NS));
        }
        self.waiters.fetch_sub(1, Relaxed);
    }

    #[cold]
    #[inline(never)]
    fn wake_slow(&self) {
        crate::os::thread::futex_wake(&self.state, 1);
    }

    #[cfg(debug_assertions)]
    fn note_held(&self) {
        crate::lockrank::acquire(self.rank, self as *const _ as usize);
    }

    #[cfg(debug_assertions)]
    fn note_free(&self) {
        debug_assert!(self.is_locked(), "unlock of a free lock");
        crate::lockrank::release(self.rank, self as *const _ as usize);
    }

    #[cfg(not(debug_assertions))]
    #[inline(always)]
    fn note_held(&self) {}

    #[cfg(not(debug_assertions))]
    #[inline(always)]
    fn note_free(&self) {}
}

/// A lock without data. (Loom cannot explore a spin lock among several threads.)
#[cfg(loom)]
pub struct RawLock {
    is_held: loom::sync::Mutex<bool>,
    free: loom::sync::Condvar,
}

#[cfg(loom)]
#[allow(missing_docs, reason = "the same functions as outside models")]
impl RawLock {
    pub fn new(_rank: Rank) -> RawLock {
        RawLock {
            is_held: loom::sync::Mutex::new(false),
            free: loom::sync::Condvar::new(),
        }
    }

    pub fn lock(&self) {
        let mut held = self.is_held.lock().unwrap();
        while *held {
            held = self.free.wait(held).unwrap();
        }
        *held = true;
    }

    pub fn try_lock(&self) -> bool {
        !std::mem::replace(&mut *self.is_held.lock().unwrap(), true)
    }

    pub fn unlock(&self) {
        *self.is_held.lock().unwrap() = false;
        self.free.notify_one();
    }

    pub fn lock_unless(&self, solo: bool) {
        if !solo {
            self.lock();
        }
    }

    pub fn unlock_unless(&self, solo: bool) {
        if !solo {
            self.unlock();
        }
    }

    pub fn is_locked(&self) -> bool {
        *self.is_held.lock().unwrap()
    }
}

/// A [`RawLock`] around its data.
pub struct Mutex<T> {
    raw: RawLock,
    data: UnsafeCell<T>,
}

// SAFETY: the data is reached only through a guard, and `raw` admits one guard at a time.
unsafe impl<T: Send> Sync for Mutex<T> {}

impl<T> Mutex<T> {
    /// An unlocked mutex of this rank.
    #[cfg(not(loom))]
    pub const fn new(rank: Rank, data: T) -> Mutex<T> {
        Mutex {
            raw: RawLock::new(rank),
            data: UnsafeCell::new(data),
        }
    }

    /// An unlocked mutex of this rank.
    #[cfg(loom)]
    pub fn new(rank: Rank, data: T) -> Mutex<T> {
        Mutex {
            raw: RawLock::new(rank),
            data: UnsafeCell::new(data),
        }
    }

    /// Takes the lock until the guard is dropped.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.raw.lock();
        MutexGuard { mutex: self }
    }

    /// Takes the lock if it is free.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.raw.try_lock().then_some(MutexGuard { mutex: self })
    }
}

/// Access to the data of a [`Mutex`].
pub struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the guard stands for the held lock.
        unsafe { &*self.mutex.data.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the guard stands for the held lock, and it is borrowed mutably.
        unsafe { &mut *self.mutex.data.get() }
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.mutex.raw.unlock();
    }
}

/// A word that a thread can wait for. In models the kernel's part, looking at the word and going to sleep in one, is
/// played by a lock.
struct Futex {
    word: AtomicU32,
    #[cfg(loom)]
    kernel: loom::sync::Mutex<()>,
    #[cfg(loom)]
    sleepers: loom::sync::Condvar,
}

#[cfg(not(loom))]
impl Futex {
    const fn new() -> Futex {
        Futex {
            word: AtomicU32::new(0),
        }
    }

    fn wait(&self, expected: u32, deadline: Option<i64>) {
        crate::os::thread::futex_wait(&self.word, expected, deadline);
    }

    fn wake(&self) {
        crate::os::thread::futex_wake(&self.word, 1);
    }
}

#[cfg(loom)]
impl Futex {
    fn new() -> Futex {
        Futex {
            word: AtomicU32::new(0),
            kernel: loom::sync::Mutex::new(()),
            sleepers: loom::sync::Condvar::new(),
        }
    }

    /// A model has no clock.
    fn wait(&self, expected: u32, _deadline: Option<i64>) {
        let kernel = self.kernel.lock().unwrap();
        if self.word.load(SeqCst) == expected {
            drop(self.sleepers.wait(kernel).unwrap());
        }
    }

    fn wake(&self) {
        let _kernel = self.kernel.lock().unwrap();
        self.sleepers.notify_one();
    }
}

/// Where one thread sleeps until another wakes it. A wake-up that comes first is kept, one only.
pub struct Note {
    /// 0 nothing, 1 woken.
    state: Futex,
}

impl Note {
    /// A note nobody has rung.
    #[cfg(not(loom))]
    pub const fn new() -> Note {
        Note { state: Futex::new() }
    }

    /// A note nobody has rung.
    #[cfg(loom)]
    pub fn new() -> Note {
        Note { state: Futex::new() }
    }

    /// Sleeps until [`Note::wake`], and takes the wake-up.
    pub fn sleep(&self) {
        while self.state.word.swap(0, Acquire) == 0 {
            self.state.wait(0, None);
        }
    }

    /// Sleeps until [`Note::wake`] or until the clock of [`crate::os::thread::nanotime`] shows `deadline`.
    /// Says whether it was woken.
    pub fn sleep_until(&self, deadline: i64) -> bool {
        while self.state.word.swap(0, Acquire) == 0 {
            if crate::os::thread::nanotime() >= deadline {
                return self.state.word.swap(0, Acquire) != 0;
            }
            self.state.wait(0, Some(deadline));
        }
        true
    }

    /// Ends the sleep, or makes the next one end at once.
    pub fn wake(&self) {
        if self.state.word.swap(1, Release) == 0 {
            self.state.wake();
        }
    }

    /// Takes a wake-up that nobody needs any more.
    pub fn clear(&self) {
        self.state.word.store(0, Relaxed);
    }
}

impl Default for Note {
    fn default() -> Note {
        Note::new()
    }
}

/// A place for an optional reference to something that lives as long as the process: Gs, Ms and Ps are
/// never freed, so what is read here may always be looked at.
pub struct AtomicRef<T: Sync + 'static>(AtomicPtr<T>);

impl<T: Sync + 'static> AtomicRef<T> {
    /// An empty place.
    #[cfg(not(loom))]
    pub const fn new() -> AtomicRef<T> {
        AtomicRef(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// An empty place.
    #[cfg(loom)]
    pub fn new() -> AtomicRef<T> {
        AtomicRef(AtomicPtr::new(std::ptr::null_mut()))
    }

    /// Reads it.
    #[inline(always)]
    pub fn load(&self, order: Ordering) -> Option<&'static T> {
        Self::from_ptr(self.0.load(order))
    }

    /// Writes it.
    #[inline(always)]
    pub fn store(&self, value: Option<&'static T>, order: Ordering) {
        self.0.store(Self::to_ptr(value), order);
    }

    /// Writes it and returns what it held.
    #[inline]
    pub fn swap(&self, value: Option<&'static T>, order: Ordering) -> Option<&'static T> {
        Self::from_ptr(self.0.swap(Self::to_ptr(value), order))
    }

    /// Replaces `old` by `new`; says whether it held `old`.
    #[inline]
    pub fn replace(&self, old: Option<&'static T>, new: Option<&'static T>) -> bool {
        self.0
            .compare_exchange(Self::to_ptr(old), Self::to_ptr(new), AcqRel, Relaxed)
            .is_ok()
    }

    fn to_ptr(value: Option<&'static T>) -> *mut T {
        value.map_or(std::ptr::null_mut(), |r| r as *const T as *mut T)
    }

    fn from_ptr(ptr: *mut T) -> Option<&'static T> {
        // SAFETY: only `to_ptr` makes these pointers, from shared references that live forever.
        unsafe { ptr.as_ref() }
    }
}

impl<T: Sync + 'static> Default for AtomicRef<T> {
    fn default() -> AtomicRef<T> {
        AtomicRef::new()
    }
}

/// Data of one owner at a time, inside something that many see: what a P keeps for the M that holds it.
///
/// The owner is a matter of protocol (holding the P, or having stopped the world), not of types, and the
/// methods that reach the data are therefore unsafe.
pub struct Owned<T>(UnsafeCell<T>);

// SAFETY: whoever reaches the data promises to be its one owner (see `Owned::get`).
unsafe impl<T: Send> Sync for Owned<T> {}

impl<T> Owned<T> {
    /// Wraps `data`.
    pub const fn new(data: T) -> Owned<T> {
        Owned(UnsafeCell::new(data))
    }

    /// The data.
    ///
    /// # Safety
    /// The caller is the owner, and no other reference to the data is alive.
    #[inline(always)]
    #[allow(clippy::mut_from_ref, reason = "exclusive access is the caller's promise")]
    pub unsafe fn get(&self) -> &mut T {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.0.get() }
    }
}

/// Between two polls of a word that another thread will change.
#[inline]
pub fn spin_hint() {
    #[cfg(not(loom))]
    std::hint::spin_loop();
    #[cfg(loom)]
    loom::thread::yield_now();
}

/// Orders a read-modify-write before later loads. The operation itself does so on every CPU as long as
/// both are `SeqCst`; loom, which takes `SeqCst` for `AcqRel`, needs the fence.
#[inline(always)]
pub fn fence_after_rmw() {
    #[cfg(loom)]
    fence(SeqCst);
}
