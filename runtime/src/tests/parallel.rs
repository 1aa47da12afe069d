//! Several Ps: stealing, waking, parking, stops of the world, GOMAXPROCS at run time.

use super::fake::*;
use crate::engine::Yield;
use crate::g::G;
use crate::sched::park::WaitReason;
use crate::sync::{AtomicUsize, Ordering, Rank, RawLock};
use crate::timer::sleep;
use std::sync::Arc;

#[test]
fn work_is_stolen_and_runs_in_parallel() {
    let (meet, all) = (Num::default(), Num::default());
    let mut started = false;
    let (status, _) = run(2, move |w, g| {
        if !started {
            started = true;
            for _ in 0..2 {
                let (meet, all) = (meet.clone(), all.clone());
                go(w, move |_, _| {
                    // Each waits for the other without yielding: only two Ms can do that.
                    meet.inc();
                    while meet.get() < 2 {
                        std::hint::spin_loop();
                    }
                    all.inc();
                    Yield::Dead
                });
            }
        }
        if all.get() == 2 {
            let c = w.rt().counters();
            assert!(c.stolen + c.runnext_stolen + c.global_gets > 0);
            return Yield::Exit(0);
        }
        // A main that yields in a loop would keep the second P from stealing.
        sleep(w, g, 1_000_000);
        Yield::Parked
    });
    assert_eq!(status, 0);
}

#[test]
fn many_gs_on_many_ps_all_end() {
    for procs in [1, 2, 4, 8] {
        let left = Num::default();
        left.set(2000);
        let l = left.clone();
        let mut started = false;
        let (status, _) = run(procs, move |w, _| {
            if !started {
                started = true;
                for i in 0..2000u32 {
                    let left = l.clone();
                    let mut n = i % 7;
                    go(w, move |_, _| {
                        if n == 0 {
                            left.dec();
                            return Yield::Dead;
                        }
                        n -= 1;
                        Yield::Gosched
                    });
                }
            }
            if l.get() == 0 {
                Yield::Exit(3)
            } else {
                Yield::Gosched
            }
        });
        assert_eq!((status, left.get()), (3, 0));
    }
}

/// A baton that Gs wait for: a lock and one waiter each.
struct Baton {
    lock: RawLock,
    waiter: AtomicUsize,
    has: AtomicUsize,
}

#[test]
fn park_and_ready_lose_no_wakeups() {
    for procs in [1, 2, 4] {
        const PAIRS: usize = 8;
        const ROUNDS: usize = 2000;
        let done = Num::default();
        let mut started = false;
        let (status, text) = run(procs, move |w, _| {
            if !started {
                started = true;
                for _ in 0..PAIRS {
                    let batons: Arc<[Baton; 2]> = Arc::new(std::array::from_fn(|i| Baton {
                        lock: RawLock::new(Rank::Chan),
                        waiter: AtomicUsize::new(0),
                        has: AtomicUsize::new(1 - i),
                    }));
                    for me in 0..2 {
                        let (batons, done) = (batons.clone(), done.clone());
                        let mut n = 0;
                        go(w, move |w, g| {
                            loop {
                                let mine = &batons[me];
                                mine.lock.lock();
                                if mine.has.swap(0, Ordering::Relaxed) == 0 {
                                    mine.waiter.store(g as *const G as usize, Ordering::Relaxed);
                                    return w.park_unlock(g, WaitReason::ChanReceive, || mine.lock.unlock());
                                }
                                mine.lock.unlock();
                                n += 1;
                                let other = &batons[1 - me];
                                other.lock.lock();
                                other.has.store(1, Ordering::Relaxed);
                                let waiter = other.waiter.swap(0, Ordering::Relaxed) as *const G;
                                other.lock.unlock();
                                if !waiter.is_null() {
                                    // SAFETY: Gs live forever.
                                    w.ready(unsafe { &*waiter });
                                }
                                if n == ROUNDS {
                                    done.inc();
                                    return Yield::Dead;
                                }
                            }
                        });
                    }
                }
            }
            exit_when(done.get() == 2 * PAIRS)
        });
        assert_eq!(status, 0, "{text}");
    }
}

#[test]
fn gomaxprocs_changes_while_others_run() {
    let (stop, live) = (Num::default(), Num::default());
    let mut step = 0;
    let (status, _) = run(1, move |w, _| {
        if step == 0 {
            for _ in 0..6 {
                let (stop, live) = (stop.clone(), live.clone());
                let mut first = true;
                go(w, move |w, g| {
                    if first {
                        first = false;
                        live.inc();
                    }
                    if stop.get() == 1 {
                        live.dec();
                        return Yield::Dead;
                    }
                    spin(w, g)
                });
            }
        }
        step += 1;
        if step <= 40 {
            let n = [4, 1, 3, 2][step % 4];
            w.set_gomaxprocs(n);
            assert_eq!(w.rt().n_procs(), n);
            assert!((w.p().id as usize) < n);
            return Yield::Gosched;
        }
        stop.set(1);
        exit_when(live.get() == 0)
    });
    assert_eq!(status, 0);
}

#[test]
fn several_gs_change_gomaxprocs_at_once() {
    let done = Num::default();
    let mut started = false;
    let (status, _) = run(3, move |w, _| {
        if !started {
            started = true;
            for k in 0..3usize {
                let done = done.clone();
                let mut n = 0;
                go(w, move |w, _| {
                    n += 1;
                    w.set_gomaxprocs(1 + (n + k) % 4);
                    if n == 60 {
                        done.inc();
                        return Yield::Dead;
                    }
                    Yield::Gosched
                });
            }
        }
        exit_when(done.get() == 3)
    });
    assert_eq!(status, 0);
}

#[test]
fn a_stopped_world_stands_still() {
    let (stop, moved) = (Num::default(), Num::default());
    let mut step = 0;
    let (status, _) = run(4, move |w, _| {
        if step == 0 {
            for _ in 0..3 {
                let (stop, moved) = (stop.clone(), moved.clone());
                go(w, move |w, g| {
                    loop {
                        if stop.get() == 1 {
                            return Yield::Dead;
                        }
                        moved.inc();
                        if g.is_poisoned()
                            && let Some(y) = w.safepoint(g, crate::preempt::SafepointKind::Entry)
                        {
                            return y;
                        }
                    }
                });
            }
        }
        step += 1;
        if step <= 20 {
            w.stop_the_world();
            let before = moved.get();
            std::thread::sleep(std::time::Duration::from_millis(1));
            assert_eq!(moved.get(), before);
            w.start_the_world();
            return Yield::Gosched;
        }
        stop.set(1);
        exit_when(w.rt().n_goroutines() == 1)
    });
    assert_eq!(status, 0);
}

#[test]
fn jobs_run_between_gs() {
    let ran = Num::default();
    let r = ran.clone();
    let mut step = 0;
    run(2, move |w, _| {
        step += 1;
        if step == 1 {
            let r = r.clone();
            w.rt().request_job(move |w| {
                assert!(w.current_g().is_none());
                w.stop_the_world();
                r.inc();
                w.start_the_world();
            });
        }
        exit_when(r.get() == 1)
    });
    assert_eq!(ran.get(), 1);
}

#[test]
fn a_stop_gives_up_when_the_program_ends() {
    let (status, _) = run(2, |w, _| {
        let rt = w.rt();
        // As if given to an M that is to wake up: that finds that the program has ended, and leaves without it.
        while rt.sched.get_idle_p(&mut rt.sched.synced.lock(), None).is_none() {
            std::hint::spin_loop();
        }
        rt.end(3);
        w.collect_now();
        panic!("the P was stopped, though nobody had it");
    });
    assert_eq!(status, 3);
}
