//! Models of the timers of a P, run by its owner and a thief, stopped and set anew meanwhile.

use crate::m::M;
use crate::sync::{AtomicU32, SeqCst};
use crate::tests::loom_host::model;
use crate::timer::{Call, Due, TimerId, TimerSlots, Timers};
use crate::worker::Worker;
use loom::thread;

/// Two Ps' timers, and how often functions were called: those of timer n are counted in the n-th.
#[derive(Clone, Copy)]
struct World {
    timers: [&'static Timers; 2],
    slots: &'static TimerSlots,
    calls: &'static [AtomicU32; 2],
    /// Whether a function is being called.
    busy: &'static [AtomicU32; 2],
}

fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn world() -> World {
    let counts = || leak([AtomicU32::new(0), AtomicU32::new(0)]);
    World {
        timers: [leak(Timers::new()), leak(Timers::new())],
        slots: leak(TimerSlots::new()),
        calls: counts(),
        busy: counts(),
    }
}

fn no_call(_: &mut Worker, _: u64, _: TimerId, _: i64) {
    unreachable!("the models count calls themselves")
}

fn m(id: u32) -> &'static M {
    leak(M::new(id))
}

impl World {
    fn start(self, p: usize, n: u64, period: i64) -> TimerId {
        let call = Call {
            period,
            func: no_call,
            arg: n,
        };
        self.timers[p].start(self.slots, 1, call)
    }

    /// Runs what is due on P `p`, as `Worker::run_timers_of` does.
    fn run(self, p: usize, m: &'static M) {
        self.run_at(p, m, 1);
    }

    fn run_at(self, p: usize, m: &'static M, now: i64) {
        while let Some(due) = self.timers[p].take_due(m, now) {
            let Due::Call(firing) = due else { unreachable!() };
            let n = firing.call.arg as usize;
            assert_eq!(self.busy[n].swap(1, SeqCst), 0, "called twice at a time");
            self.calls[n].fetch_add(1, SeqCst);
            self.busy[n].store(0, SeqCst);
            self.timers[p].end_firing(self.slots, firing);
        }
    }

    fn calls(self, n: usize) -> u32 {
        self.calls[n].load(SeqCst)
    }
}

#[test]
fn loom_owner_and_thief_call_each_timer_once() {
    model(|| {
        let w = world();
        w.start(0, 0, 0);
        w.start(0, 1, 0);
        let thief = thread::spawn(move || w.run(0, m(1)));
        w.run(0, m(0));
        thief.join().unwrap();
        assert_eq!((w.calls(0), w.calls(1)), (1, 1));
    });
}

#[test]
fn loom_after_stop_nothing_is_called() {
    for period in [0, 10] {
        model(move || {
            let w = world();
            let id = w.start(0, 0, period);
            let runner = thread::spawn(move || w.run(0, m(1)));
            let stopped = w.slots.stop(m(0), id);
            let (calls, busy) = (w.calls(0), w.busy[0].load(SeqCst));
            assert_eq!(busy, 0, "stop waits for a call that is under way");
            if period == 0 {
                assert_eq!(calls == 0, stopped, "it is stopped, or it was called");
            } else {
                assert!(stopped, "a ticker does not end by itself");
            }
            runner.join().unwrap();
            assert_eq!(w.calls(0), calls, "nothing is called after stop has returned");
            assert!(!w.timers[0].has_any());
            // Its slot is free exactly once.
            let again = [w.start(0, 0, 0), w.start(0, 1, 0)];
            assert_ne!(again[0].to_u64() as u32, again[1].to_u64() as u32);
        });
    }
}

/// A ticker that is due again before its function has returned misses that tick; it goes on, and its slot is freed once.
#[test]
fn loom_a_late_ticker_is_called_by_one_at_a_time() {
    model(|| {
        let w = world();
        let id = w.start(0, 0, 10);
        let thief = thread::spawn(move || w.run_at(0, m(1), 11));
        w.run(0, m(0));
        thief.join().unwrap();
        assert!((1..=2).contains(&w.calls(0)));
        assert!(w.timers[0].has_any());
        assert!(w.slots.stop(m(0), id));
        let again = [w.start(0, 0, 0), w.start(0, 1, 0)];
        assert_ne!(again[0].to_u64() as u32, again[1].to_u64() as u32);
    });
}

/// Reset is stop and start. A stale id, used meanwhile by another, hits neither the new timer in the old one's slot,
/// nor anything else.
#[test]
fn loom_a_stale_id_is_harmless() {
    model(|| {
        let w = world();
        let id = w.start(0, 0, 0);
        let late = thread::spawn(move || w.slots.stop(m(1), id));
        let stopped = w.slots.stop(m(0), id);
        let new = w.start(1, 1, 0);
        assert_ne!(id, new);
        let theirs = late.join().unwrap();
        assert!(stopped != theirs, "one of them stopped it");
        w.run(0, m(0));
        w.run(1, m(0));
        assert_eq!((w.calls(0), w.calls(1)), (0, 1));
    });
}
