//! What the scheduler counts.
//!
//! Each P counts for itself, on cache lines of its own, with plain loads and stores: it has one writer at a
//! time. Threads without a P (sysmon, the signal handler) share one more set and add atomically. A snapshot
//! sums them up; it is exact once the program stands still.

// Not through `sync`: counts take part in no protocol, and would swell the models.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::sched::park::WaitReason;

macro_rules! counters {
    ($($name:ident: $doc:literal;)*) => {
        /// One writer's counts.
        #[repr(align(128))]
        #[derive(Default)]
        pub struct CounterSet {
            $(#[doc = $doc] pub $name: Counter,)*
            /// Times a G parked, by [`WaitReason`].
            pub parks_by: [Counter; WaitReason::ALL.len()],
        }

        /// Sums over all writers.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
        pub struct Counters {
            $(#[doc = $doc] pub $name: u64,)*
            /// Times a G parked, by [`WaitReason`].
            pub parks_by: [u64; WaitReason::ALL.len()],
        }

        impl Counters {
            /// Name and meaning of each counter.
            pub const TABLE: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $doc),)*];

            /// The counters in the order of [`Counters::TABLE`].
            pub fn values(&self) -> Vec<u64> {
                vec![$(self.$name,)*]
            }

            pub(crate) fn add_set(&mut self, set: &CounterSet) {
                $(self.$name = self.$name.wrapping_add(set.$name.get());)*
                for (sum, n) in self.parks_by.iter_mut().zip(&set.parks_by) {
                    *sum += n.get();
                }
            }
        }
    };
}

counters! {
    spawned: "goroutines started";
    finished: "goroutines ended";
    g_fresh: "Gs made";
    g_reused: "Gs taken from a free list";
    g_to_global: "dead Gs moved from a P's list to the global ones";
    g_from_global: "dead Gs taken back from the global lists";
    switches: "times a G was resumed";
    inherited: "of these, with the time slice of the G before";
    yields: "calls of Gosched";
    parks: "times a G parked";
    readies: "times a parked G was made runnable";
    preempt_plain: "requests by plain poison honoured at a function entry";
    preempt_async: "requests by SIGURG honoured";
    preempt_requested: "requests made by sysmon";
    preempt_timer: "of these, for a timer of a busy P";
    signals_sent: "SIGURGs sent";
    signals_seen: "SIGURGs handled";
    spurious_polls: "safepoints that found nothing to do";
    runnext_kicked: "Gs moved from runnext to the queue by a newer one";
    runnext_stolen: "Gs stolen from another P's runnext";
    spills: "times a full local queue moved half of it to the global one";
    global_puts: "Gs put on the global queue";
    global_gets: "Gs taken from the global queue";
    global_ticks: "looks at the global queue on the 61st tick that found a G";
    steals: "batches stolen from other Ps";
    stolen: "Gs that came with them";
    steal_rounds: "searches through all Ps";
    timers_stolen: "times another P's timers were run";
    spinning_started: "times an M began to spin";
    wakeups: "Ms woken for a P";
    m_made: "threads made";
    m_parked: "times an M went to sleep";
    handoffs: "Ps handed to another M";
    retakes: "Ps taken by sysmon from system calls";
    syscalls: "system calls entered";
    syscalls_blocking: "of these, known to block";
    syscalls_slow: "system calls that came back without their P";
    timers_fired: "timers that fired, sleeps included";
    sleeps: "calls of Sleep";
    stack_grown: "stacks doubled";
    stack_copied: "bytes of stacks copied to where they have room";
    stack_fresh: "stacks made from fresh memory";
    stack_reused: "stacks taken from a pool";
    stack_bytes_given: "bytes of stacks given to Gs";
    stack_bytes_freed: "bytes of stacks taken from Gs";
    stw: "stops of the world";
    gcs: "collections";
    stack_shrunk: "stacks halved by the collector";
    sysmon_ticks: "rounds of sysmon";
    sysmon_pokes: "times sysmon was woken early for a timer";
    locked_handoffs: "Gs handed to the M they are locked to";
}

/// A count.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one; the caller is the only writer.
    #[inline(always)]
    pub fn inc(&self) {
        self.add(1);
    }

    /// Counts `n`; the caller is the only writer.
    #[inline(always)]
    pub fn add(&self, n: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(n), Relaxed);
    }

    /// Counts one among several writers.
    pub fn inc_shared(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}
