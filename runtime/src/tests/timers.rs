//! Timers: order, stopping, periods, stealing.

use super::fake::*;
use crate::engine::Yield;
use crate::os::thread::nanotime;
use crate::timer::{self, Sleep, TimerId};
use crate::worker::Worker;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn sleepers_wake_in_order_of_their_deadlines() {
    {
        let log = Log::default();
        let l = log.clone();
        let mut started = false;
        let (status, _) = run(1, move |w, g| {
            if started {
                return Yield::Exit(0);
            }
            started = true;
            for i in [5u32, 1, 4, 2, 3] {
                let l = l.clone();
                let mut slept = false;
                go(w, move |w, g| {
                    if slept {
                        l.add(i);
                        return Yield::Dead;
                    }
                    slept = true;
                    assert_eq!(timer::sleep(w, g, 0), Sleep::Done);
                    timer::sleep(w, g, i64::from(i) * 15_000_000);
                    Yield::Parked
                });
            }
            timer::sleep(w, g, 100_000_000);
            Yield::Parked
        });
        assert_eq!(status, 0);
        assert_eq!(log.get(), [1, 2, 3, 4, 5]);
    }
}

#[test]
fn an_idle_program_uses_no_cpu_and_wakes_on_time() {
    let mut due = 0;
    run(2, move |w, g| {
        if due == 0 {
            due = nanotime() + 300_000_000;
            timer::sleep(w, g, 300_000_000);
            return Yield::Parked;
        }
        let late = nanotime() - due;
        assert!(late >= 0, "early by {late}");
        let c = w.rt().counters();
        assert!(c.sysmon_ticks < 200, "{} rounds of sysmon", c.sysmon_ticks);
        assert!(c.m_parked < 10);
        Yield::Exit(0)
    });
}

static FIRED: AtomicU64 = AtomicU64::new(0);

fn count(_: &mut Worker, arg: u64, _: TimerId, _: i64) {
    FIRED.fetch_add(arg, Ordering::SeqCst);
}

#[test]
fn timers_fire_repeat_and_stop() {
    let mut step = 0;
    let mut ids: Vec<TimerId> = Vec::new();
    run(1, move |w, g| {
        step += 1;
        let now = nanotime();
        match step {
            1 => {
                FIRED.store(0, Ordering::SeqCst);
                ids.push(timer::start(w, now + 1_000_000, 0, count, 1));
                ids.push(timer::start(w, now + 2_000_000, 0, count, 10));
                ids.push(timer::start(w, now + 1_000_000, 1_000_000, count, 1000));
                ids.push(timer::start(w, now + 3_600_000_000_000, 0, count, 1_000_000));
                assert!(timer::stop(w, ids[1]));
                assert!(!timer::stop(w, ids[1]));
                timer::sleep(w, g, 20_000_000);
                Yield::Parked
            }
            2 => {
                let fired = FIRED.load(Ordering::SeqCst);
                assert_eq!(fired % 1000, 1);
                // A ticker skips what it missed.
                assert!((1..=20).contains(&(fired / 1000)), "{fired}");
                assert!(!timer::stop(w, ids[0]), "it has fired");
                assert!(timer::stop(w, ids[2]));
                assert!(timer::stop(w, ids[3]));
                let again = timer::start(w, now, 0, count, 0);
                assert!(again != ids[3], "the slot is the same, the id is not");
                FIRED.store(0, Ordering::SeqCst);
                timer::sleep(w, g, 5_000_000);
                Yield::Parked
            }
            _ => {
                assert_eq!(FIRED.load(Ordering::SeqCst), 0);
                Yield::Exit(0)
            }
        }
    });
}

#[test]
fn the_heap_keeps_order_under_random_starts_and_stops() {
    let mut started = false;
    run(1, move |w, g| {
        if started {
            return Yield::Exit(0);
        }
        started = true;
        let far = nanotime() + 3_600_000_000_000;
        let mut live: Vec<(i64, TimerId)> = Vec::new();
        for _ in 0..5000 {
            if live.is_empty() || w.rand_below(3) > 0 {
                let when = far + i64::from(w.rand_below(1_000_000));
                live.push((when, timer::start(w, when, 0, count, 0)));
            } else {
                let i = w.rand_below(live.len() as u32) as usize;
                let (_, id) = live.swap_remove(i);
                assert!(timer::stop(w, id));
            }
            let least = live.iter().map(|t| t.0).min().unwrap_or(i64::MAX);
            assert_eq!(w.p().timers.next_when(), least);
        }
        for (_, id) in live {
            assert!(timer::stop(w, id));
        }
        let _ = g;
        Yield::Gosched
    });
}

#[test]
fn timers_of_a_busy_p_are_run_by_another() {
    let woke = Num::default();
    let mut started = false;
    run(2, move |w, g| {
        if !started {
            started = true;
            for _ in 0..4 {
                let woke = woke.clone();
                let mut slept = false;
                go(w, move |w, g| {
                    if slept {
                        woke.inc();
                        return Yield::Dead;
                    }
                    slept = true;
                    timer::sleep(w, g, 2_000_000);
                    Yield::Parked
                });
            }
            return Yield::Gosched;
        }
        // Busy without a safepoint until the others have slept and woken: not on this P.
        let begin = nanotime();
        while woke.get() < 4 && nanotime() - begin < 2_000_000_000 {}
        assert_eq!(woke.get(), 4);
        let _ = g;
        Yield::Exit(0)
    });
}

static INSIDE: AtomicU64 = AtomicU64::new(0);
static OVERLAPS: AtomicU64 = AtomicU64::new(0);

/// Takes longer than the period of its timer.
fn dawdle(_: &mut Worker, _: u64, _: TimerId, _: i64) {
    if INSIDE.fetch_add(1, Ordering::SeqCst) > 0 {
        OVERLAPS.fetch_add(1, Ordering::SeqCst);
    }
    FIRED_SLOWLY.fetch_add(1, Ordering::SeqCst);
    let begin = nanotime();
    while nanotime() - begin < 200_000 {}
    INSIDE.fetch_sub(1, Ordering::SeqCst);
}

static FIRED_SLOWLY: AtomicU64 = AtomicU64::new(0);

/// Two calls at once used to put the timer's slot onto the free list twice, and then two timers shared it.
#[test]
fn a_timer_that_is_late_is_not_called_twice_at_once() {
    let mut step = 0;
    let mut id = None;
    run(4, move |w, g| {
        step += 1;
        if step == 1 {
            id = Some(timer::start(w, nanotime(), 1000, dawdle, 0));
            timer::sleep(w, g, 50_000_000);
            return Yield::Parked;
        }
        // This P's timers are run by others now.
        let begin = nanotime();
        while nanotime() - begin < 100_000_000 {}
        assert!(timer::stop(w, id.expect("started")));
        assert_eq!(
            INSIDE.load(Ordering::SeqCst),
            0,
            "stop waits for the call under way"
        );
        assert_eq!(OVERLAPS.load(Ordering::SeqCst), 0);
        assert!(
            FIRED_SLOWLY.load(Ordering::SeqCst) > 10,
            "and it is called again and again"
        );
        Yield::Exit(0)
    });
}
