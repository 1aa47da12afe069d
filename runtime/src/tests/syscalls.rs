//! System calls: the fast way, hand-off at once, retaking by sysmon, coming back without a P.

use super::fake::*;
use crate::engine::Yield;
use std::time::Duration;

#[test]
fn a_short_call_keeps_its_p() {
    let mut n = 0;
    run(1, move |w, g| {
        while n < 1000 {
            n += 1;
            w.enter_syscall(g);
            assert!(!w.has_p());
            if !w.exit_syscall(g) {
                return Yield::LostP;
            }
        }
        let c = w.rt().counters();
        assert_eq!(c.syscalls, 1000);
        assert!(c.syscalls_slow < 100);
        Yield::Exit(0)
    });
}

#[test]
fn a_blocking_call_hands_its_p_off() {
    let other = Num::default();
    let mut stage = 0;
    run(1, move |w, g| {
        stage += 1;
        if stage == 1 {
            let o = other.clone();
            go(w, move |_, _| {
                o.inc();
                Yield::Dead
            });
            w.enter_syscall_blocking(g);
            while other.get() == 0 {
                std::thread::sleep(Duration::from_micros(100));
            }
            if !w.exit_syscall(g) {
                return Yield::LostP;
            }
        }
        assert_eq!(w.rt().counters().handoffs, 1);
        Yield::Exit(0)
    });
}

#[test]
fn sysmon_retakes_the_p_of_a_long_call() {
    let other = Num::default();
    let mut stage = 0;
    run(1, move |w, g| {
        stage += 1;
        if stage == 1 {
            let o = other.clone();
            let mut n = 0;
            go(w, move |w, g| {
                o.inc();
                n += 1;
                if n == 1000 {
                    return Yield::Dead;
                }
                let _ = (&w, g);
                Yield::Gosched
            });
            w.enter_syscall(g);
            while other.get() == 0 {
                std::thread::sleep(Duration::from_micros(100));
            }
            if !w.exit_syscall(g) {
                return Yield::LostP;
            }
        }
        let c = w.rt().counters();
        assert_eq!(c.retakes, 1);
        Yield::Exit(0)
    });
}

#[test]
fn many_calls_on_few_ps_lose_nobody() {
    for procs in [1, 2] {
        let done = Num::default();
        let mut started = false;
        let (status, _) = run(procs, move |w, _| {
            if !started {
                started = true;
                for i in 0..20u64 {
                    let done = done.clone();
                    let mut n = 0;
                    go(w, move |w, g| {
                        while n < 20 {
                            n += 1;
                            if n % 3 == 0 {
                                w.enter_syscall_blocking(g);
                            } else {
                                w.enter_syscall(g);
                            }
                            std::thread::sleep(Duration::from_micros(i * 10));
                            if !w.exit_syscall(g) {
                                return Yield::LostP;
                            }
                        }
                        done.inc();
                        Yield::Dead
                    });
                }
            }
            exit_when(done.get() == 20)
        });
        assert_eq!(status, 0);
    }
}

#[test]
fn a_stop_of_the_world_does_not_wait_for_calls() {
    let (inside, go_on) = (Num::default(), Num::default());
    let mut stage = 0;
    run(2, move |w, _| {
        stage += 1;
        if stage == 1 {
            let (inside, go_on) = (inside.clone(), go_on.clone());
            let mut n = 0;
            go(w, move |w, g| {
                n += 1;
                if n == 1 {
                    w.enter_syscall(g);
                    inside.inc();
                    while go_on.get() == 0 {
                        std::thread::sleep(Duration::from_micros(100));
                    }
                    if !w.exit_syscall(g) {
                        return Yield::LostP;
                    }
                }
                go_on.inc();
                Yield::Dead
            });
        }
        if inside.get() == 0 {
            return Yield::Gosched;
        }
        if go_on.get() == 0 {
            w.stop_the_world();
            go_on.inc();
            std::thread::sleep(Duration::from_millis(2));
            assert_eq!(go_on.get(), 1, "it waits for the world");
            w.start_the_world();
        }
        exit_when(go_on.get() == 2)
    });
}
