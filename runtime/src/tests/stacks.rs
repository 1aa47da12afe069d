//! Stacks: growth keeps contents, limits hold, memory comes back.

use super::fake::*;
use crate::engine::Yield;
use crate::stack::{FIRST, KEPT, RED_ZONE, StackOverflow};

#[test]
fn growth_keeps_the_contents_and_a_request() {
    run(1, |w, g| {
        assert_eq!(g.stack_slots(), FIRST);
        for i in 0..FIRST {
            // SAFETY: within the stack.
            unsafe { g.stack_lo.get().add(i).write(i as u64 * 3) };
        }
        g.poison_plain();
        let mut want = FIRST;
        while want < 4 << 20 {
            want *= 2;
            w.grow_stack(g, want - RED_ZONE).unwrap();
            assert_eq!(g.stack_slots(), want);
            assert!(g.is_poisoned());
            for i in 0..FIRST {
                // SAFETY: within the stack.
                assert_eq!(unsafe { g.stack_lo.get().add(i).read() }, i as u64 * 3);
            }
        }
        assert_eq!(w.safepoint(g, crate::preempt::SafepointKind::Entry), None);
        assert!(!g.is_poisoned());
        // SAFETY: both ends of one stack.
        let limit = unsafe { g.stack_lo.get().add(want - RED_ZONE) } as usize;
        assert_eq!(g.guard.load(std::sync::atomic::Ordering::Relaxed), limit);
        Yield::Exit(0)
    });
}

#[test]
fn a_stack_grows_to_its_limit_and_no_further() {
    run(1, |w, g| {
        let old = w.rt().set_max_stack(1 << 20);
        assert_eq!(old, 1_000_000_000);
        let max = (1 << 20) / 8;
        w.grow_stack(g, max - RED_ZONE).unwrap();
        assert_eq!(
            w.grow_stack(g, max - RED_ZONE + 1),
            Err(StackOverflow { limit: 1 << 20 })
        );
        w.rt().set_max_stack(old);
        // 10 million frames of 11 slots.
        w.grow_stack(g, 110_000_000).unwrap();
        assert_eq!(w.grow_stack(g, 126_000_000), Err(StackOverflow { limit: old }));
        Yield::Exit(0)
    });
}

#[test]
fn grown_stacks_are_not_kept() {
    let mut round = 0;
    run(1, move |w, _| {
        round += 1;
        if round == 1 {
            for _ in 0..10 {
                go(w, |w, g| {
                    w.grow_stack(g, 1 << 20).unwrap();
                    Yield::Dead
                });
            }
            return Yield::Gosched;
        }
        let (sys, used) = w.rt().stack_bytes();
        assert_eq!(used, 8 * FIRST as u64, "only main's");
        assert!(sys <= 64 * 1024 * 2, "{sys} bytes");
        Yield::Exit(0)
    });
}

#[test]
fn overflow_is_fatal_in_gos_words() {
    let (status, text) = run(1, |w, g| {
        let Err(e) = w.grow_stack(g, 1 << 28) else {
            return Yield::Exit(0);
        };
        w.rt().stack_overflow(g, e.limit)
    });
    assert_eq!(status, 2);
    let want = "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n\n\
        goroutine 1 [running]:\nmain.main()\n\t/t/f.go:3 +0x1d\n";
    assert_eq!(text, want);
}

#[test]
fn small_stacks_are_pooled_across_sizes() {
    let mut round = 0;
    run(1, move |w, _| {
        round += 1;
        if round <= 20 {
            for i in 0..50usize {
                go(w, move |w, g| {
                    w.grow_stack(g, (FIRST << (i % 4)) + 1).unwrap();
                    Yield::Dead
                });
            }
            return Yield::Gosched;
        }
        let c = w.rt().counters();
        assert!(
            c.stack_reused > c.stack_fresh,
            "{} {}",
            c.stack_reused,
            c.stack_fresh
        );
        assert!(w.rt().stack_bytes().0 < 4 << 20);
        Yield::Exit(0)
    });
}

/// Slots in use.
const USED: usize = 270;

#[test]
fn halving_keeps_what_is_used() {
    let mut stage = 0;
    let mut waiter = None;
    run(1, move |w, _| {
        stage += 1;
        if stage == 1 {
            waiter = Some(go(w, |w, g| {
                w.grow_stack(g, 60 * KEPT).unwrap();
                for i in 0..USED {
                    // SAFETY: within the stack.
                    unsafe { g.stack_lo.get().add(i).write(i as u64) };
                }
                w.park(g, crate::sched::park::WaitReason::Sleep)
            }));
            return Yield::Gosched;
        }
        let g = waiter.unwrap();
        for slots in [32, 16, 8, 4, 4].map(|n| n * KEPT) {
            w.stop_the_world();
            w.shrink_stack(g, || USED);
            w.start_the_world();
            assert_eq!(g.stack_slots(), slots);
            for i in 0..USED {
                // SAFETY: within the stack.
                assert_eq!(unsafe { g.stack_lo.get().add(i).read() }, i as u64);
            }
        }
        Yield::Exit(0)
    });
}
