//! Order of scheduling on one P, the free lists, and how programs end.

use super::fake::*;
use crate::Config;
use crate::engine::Yield;
use crate::g::{G, Status};
use crate::sched::park::WaitReason;
use crate::worker::Worker;

#[test]
fn the_last_spawned_runs_first_then_in_order() {
    let log = Log::default();
    let l = log.clone();
    let mut started = false;
    let (status, _) = run(1, move |w, _| {
        if started {
            return Yield::Exit(7);
        }
        started = true;
        for i in 1..=4 {
            let l = l.clone();
            go(w, move |_, _| {
                l.add(i);
                Yield::Dead
            });
        }
        Yield::Gosched
    });
    assert_eq!(status, 7);
    assert_eq!(log.get(), [4, 1, 2, 3]);
}

#[test]
fn gosched_goes_behind_local_gs_and_keeps_turns() {
    let log = Log::default();
    let l = log.clone();
    let mut round = 0;
    run(1, move |w, _| {
        round += 1;
        if round == 1 {
            for i in 1..=2 {
                let l = l.clone();
                let mut n = 0;
                go(w, move |_, _| {
                    l.add(i);
                    n += 1;
                    if n == 3 { Yield::Dead } else { Yield::Gosched }
                });
            }
        }
        exit_when(round == 5)
    });
    assert_eq!(log.get(), [2, 1, 2, 1, 2, 1]);
}

#[test]
fn a_full_queue_spills_half_and_all_run() {
    let n = Num::default();
    let count = n.clone();
    let mut started = false;
    run(1, move |w, _| {
        if !started {
            started = true;
            for _ in 0..600 {
                let count = count.clone();
                go(w, move |_, _| {
                    count.inc();
                    Yield::Dead
                });
            }
            let c = w.rt().counters();
            // 599 are kicked from runnext: 256 fit, then 129 go at a time.
            assert_eq!(c.spills, 3);
            assert_eq!(c.global_puts, 3 * 129);
            return Yield::Gosched;
        }
        exit_when(count.get() == 600)
    });
    assert_eq!(n.get(), 600);
}

/// A G that parks each time, after waking its partner at the end of the local queue.
fn partner(me: usize, cell: [Num; 2], rounds: Num) -> impl FnMut(&mut Worker, &'static G) -> Yield + Send {
    move |w, g| {
        rounds.inc();
        cell[me].set(g as *const G as usize);
        let other = cell[1 - me].get() as *const G;
        w.park(g, WaitReason::ChanReceive);
        if !other.is_null() {
            // SAFETY: Gs live forever.
            let other = unsafe { &*other };
            if other.status() == Status::Waiting {
                w.ready_last(other);
            }
        }
        Yield::Parked
    }
}

#[test]
fn the_global_queue_is_not_starved_by_a_busy_local_one() {
    let rounds = Num::default();
    let seen = rounds.clone();
    let mut started = false;
    run(1, move |w, _| {
        if !started {
            started = true;
            let cell = [Num::default(), Num::default()];
            for me in 0..2 {
                go(w, partner(me, cell.clone(), rounds.clone()));
            }
            return Yield::Gosched;
        }
        assert!(w.rt().counters().global_ticks > 0);
        Yield::Exit(0)
    });
    assert!((50..=62).contains(&seen.get()), "{} rounds", seen.get());
}

#[test]
fn a_readied_g_runs_next_and_inherits_the_slice() {
    let log = Log::default();
    let l = log.clone();
    let mut stage = 0;
    let mut waiter: Option<&'static G> = None;
    run(1, move |w, _| {
        stage += 1;
        match stage {
            1 => {
                let l = l.clone();
                let mut parked = false;
                waiter = Some(go(w, move |w, g| {
                    if !parked {
                        parked = true;
                        return w.park(g, WaitReason::Semacquire);
                    }
                    l.add(1);
                    Yield::Dead
                }));
                Yield::Gosched
            }
            2 => {
                let l2 = l.clone();
                go(w, move |_, _| {
                    l2.add(2);
                    Yield::Dead
                });
                w.ready(waiter.unwrap());
                l.add(0);
                Yield::Gosched
            }
            _ => Yield::Exit(0),
        }
    });
    assert_eq!(log.get(), [0, 1, 2]);
}

#[test]
fn dead_gs_are_reused_and_half_of_64_go_to_the_global_list() {
    let mut round = 0;
    run(1, move |w, _| {
        if w.rt().n_goroutines() > 1 {
            return Yield::Gosched;
        }
        round += 1;
        if round <= 3 {
            for _ in 0..100 {
                go(w, |_, _| Yield::Dead);
            }
            return Yield::Gosched;
        }
        let c = w.rt().counters();
        assert_eq!(c.spawned, 301);
        assert_eq!(c.finished, 300);
        assert_eq!(c.g_fresh, 101, "the second and third hundred reuse the first");
        assert_eq!(c.g_reused, 200);
        assert!(c.g_to_global >= 32 && c.g_to_global % 32 == 0);
        assert!(c.g_from_global > 0);
        assert_eq!(w.rt().n_goroutines(), 1);
        Yield::Exit(0)
    });
}

#[test]
fn reuse_can_be_switched_off() {
    let mut round = 0;
    let config = Config {
        reuse_gs: false,
        ..config(1)
    };
    run_with(config, move |w, _| {
        round += 1;
        if round <= 3 {
            for _ in 0..100 {
                go(w, |_, _| Yield::Dead);
            }
            return Yield::Gosched;
        }
        let c = w.rt().counters();
        assert_eq!((c.g_fresh, c.g_reused), (301, 0));
        Yield::Exit(0)
    });
}

#[test]
fn a_deadlock_is_reported_as_go_does() {
    for procs in [1, 2, 4] {
        let mut stage = 0;
        let (status, text) = run(procs, move |w, g| {
            stage += 1;
            if stage == 1 {
                go(w, |w, g| w.park(g, WaitReason::SelectNoCases));
                return Yield::Gosched;
            }
            w.park(g, WaitReason::ChanReceive)
        });
        assert_eq!(status, 2);
        let want = "fatal error: all goroutines are asleep - deadlock!\n\n\
            goroutine 1 [chan receive]:\nmain.main()\n\t/t/f.go:3 +0x1d\n\n\
            goroutine 2 [select (no cases)]:\nmain.worker(...)\n\t/t/f.go:3 +0x1d\n\
            created by main.main in goroutine 1\n\t/t/f.go:9 +0x10\n";
        // Each P takes numbers in batches, and main may have moved.
        assert_eq!(text.replace("goroutine 17 ", "goroutine 2 "), want);
    }
}

#[test]
fn goexit_of_main_without_others_is_a_deadlock() {
    let (status, text) = run(2, |_, _| Yield::Dead);
    assert_eq!(status, 2);
    assert!(
        text.starts_with("fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n"),
        "{text}"
    );
}

#[test]
fn a_locked_g_runs_on_its_thread_only() {
    for procs in [1, 2] {
        let done = Num::default();
        let mut started = false;
        let (status, _) = run(procs, move |w, _| {
            if !started {
                started = true;
                for k in 0..2 {
                    let done = done.clone();
                    let mut m = None;
                    let mut n = 0;
                    go(w, move |w, g| {
                        if k == 0 {
                            if n == 0 {
                                w.lock_os_thread(g);
                                m = Some(w.m().id);
                            }
                            assert_eq!(m, Some(w.m().id));
                        } else if g.is_locked() {
                            unreachable!();
                        }
                        n += 1;
                        if n == 50 {
                            done.inc();
                            return Yield::Dead;
                        }
                        Yield::Gosched
                    });
                }
            }
            exit_when(done.get() == 2)
        });
        assert_eq!(status, 0);
    }
}
