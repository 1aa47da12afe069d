//! Preemption: by signal at back-edges, by plain poison at function entries, and its absence.

use super::fake::*;
use crate::Config;
use crate::engine::Yield;
use crate::m::M;
use crate::os::thread::nanotime;
use crate::preempt::SafepointKind;
use crate::sync::SeqCst;
use crate::timer::{Sleep, sleep};
use std::sync::Arc;

#[test]
fn an_empty_loop_is_preempted_by_signal() {
    let mut started = false;
    run(1, move |w, _| {
        if !started {
            started = true;
            go(w, spin);
            return Yield::Gosched;
        }
        let c = w.rt().counters();
        assert!(c.preempt_async >= 1 && c.signals_sent >= 1 && c.signals_seen >= 1);
        Yield::Exit(0)
    });
}

#[test]
fn without_the_signal_calls_yield_and_loops_do_not() {
    let config = Config {
        async_preempt: false,
        ..config(1)
    };
    let order = Log::default();
    let l = order.clone();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let mut started = false;
    run_with(config, move |w, _| {
        if !started {
            started = true;
            let (l2, stop2) = (l.clone(), stop.clone());
            // runs second: never yields, though asked to, until it has been for six time slices
            go(w, move |_, g| {
                let begin = nanotime();
                while g.guard.load(std::sync::atomic::Ordering::Relaxed) > crate::preempt::GUARD_ASYNC
                    && nanotime() - begin < 60_000_000
                {}
                assert!(g.is_poisoned(), "it was asked to");
                assert!(nanotime() - begin >= 60_000_000, "but not at back-edges");
                l2.add(2);
                stop2.store(true, std::sync::atomic::Ordering::Relaxed);
                Yield::Dead
            });
            let l1 = l.clone();
            let mut n = 0;
            // runs first
            go(w, move |w, g| {
                n += 1;
                if n == 3 {
                    return Yield::Dead;
                }
                l1.add(1);
                spin_calling(w, g)
            });
            return Yield::Gosched;
        }
        if stop.load(std::sync::atomic::Ordering::Relaxed) {
            let c = w.rt().counters();
            assert_eq!((c.signals_sent, c.preempt_async), (0, 0));
            assert!(c.preempt_plain >= 1);
            return Yield::Exit(0);
        }
        Yield::Gosched
    });
    assert_eq!(order.get()[..2], [1, 2]);
}

#[test]
fn a_sleeper_is_not_kept_waiting_by_a_spinning_goroutine() {
    const TRIES: usize = 200;
    let mut late: Vec<i64> = Vec::new();
    let mut due = 0;
    let mut started = false;
    run(1, move |w, g| {
        if !started {
            started = true;
            go(w, spin);
        } else {
            late.push(nanotime() - due);
        }
        if late.len() == TRIES {
            let mean = late.iter().sum::<i64>() / TRIES as i64;
            let worst = *late.iter().max().unwrap();
            eprintln!("sleep 1 ms beside a spinning goroutine: late by {mean} ns, worst {worst} ns");
            // How late depends on who else uses the machine; that each was woken by a request does not.
            let c = w.rt().counters();
            assert_eq!(c.timers_fired, TRIES as u64);
            assert!(
                c.preempt_timer >= TRIES as u64 / 2,
                "{} requests",
                c.preempt_timer
            );
            return Yield::Exit(0);
        }
        due = nanotime() + 1_000_000;
        assert_eq!(sleep(w, g, 1_000_000), Sleep::Parked);
        Yield::Parked
    });
}

#[test]
fn stress_yields_often_and_makes_progress() {
    let config = Config {
        stress_preempt: true,
        ..config(2)
    };
    let mut n = 0;
    let (status, _) = run_with(config, move |w, g| {
        loop {
            if g.is_poisoned()
                && let Some(y) = w.safepoint(g, SafepointKind::Entry)
            {
                return y;
            }
            n += 1;
            if n == 1000 {
                return Yield::Exit(0);
            }
            if n % 10 == 0 {
                return Yield::Gosched;
            }
        }
    });
    assert_eq!(status, 0);
}

#[test]
fn stress_moves_the_stack_and_keeps_it() {
    let config = Config {
        stress_stack: true,
        ..config(1)
    };
    let mut moves = 0;
    let mut place = 0usize;
    run_with(config, move |w, g| {
        loop {
            if g.stack_lo.get() as usize != place {
                if place != 0 {
                    // SAFETY: within the stack.
                    assert_eq!(unsafe { g.stack_lo.get().read() }, 4711);
                }
                place = g.stack_lo.get() as usize;
                // SAFETY: within the stack.
                unsafe { g.stack_lo.get().write(4711) };
                moves += 1;
                if moves == 20 {
                    return Yield::Exit(0);
                }
            }
            if g.is_poisoned()
                && let Some(y) = w.safepoint(g, SafepointKind::Entry)
            {
                return y;
            }
        }
    });
}

/// A signal that reaches the thread before it has become the M's must not be waited for: no other would be sent.
#[test]
fn a_signal_before_the_thread_is_an_m_is_not_waited_for() {
    std::thread::spawn(|| {
        crate::os::signal::install();
        let m: &'static M = Box::leak(Box::new(M::new(1)));
        m.tid.store(crate::os::thread::tid(), SeqCst);
        m.signal_pending.store(true, SeqCst);
        crate::os::signal::send_preempt(m);
        assert!(m.signal_pending.load(SeqCst), "the handler knows no M yet");
        crate::os::signal::enter_thread(m);
        assert!(!m.signal_pending.load(SeqCst));
        m.signal_pending.store(true, SeqCst);
        crate::os::signal::send_preempt(m);
        assert!(!m.signal_pending.load(SeqCst) && m.n_signals() == 1);
        crate::os::signal::leave_thread();
    })
    .join()
    .expect("no panic");
}
