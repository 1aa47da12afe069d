//! Models of the run queues: every G comes out once, whoever takes it.

use crate::g::{G, Status};
use crate::sched::park::WaitReason;
use crate::sched::runq::{CAPACITY, GlobalQueue, RunQueue, Stolen};
use crate::sync::{Rank, RawLock, Relaxed};
use loom::thread;
use std::sync::Arc;

fn gs(n: usize) -> Vec<&'static G> {
    (0..n).map(|_| &*Box::leak(Box::new(G::fresh()))).collect()
}

/// Takes what a thief can get.
fn rob(own: &RunQueue, victim: &RunQueue) -> Vec<usize> {
    let mut got = Vec::new();
    if let Stolen::Batch(g, _) = own.steal_from(victim) {
        got.push(g as *const G as usize);
        while let Some(g) = own.pop() {
            got.push(g as *const G as usize);
        }
    }
    if let Some(g) = victim.peek_next()
        && victim.steal_next(g)
    {
        got.push(g as *const G as usize);
    }
    got
}

#[test]
fn loom_runnext_and_queue_lose_and_double_nothing() {
    loom::model(|| {
        let all = gs(3);
        let queue = Arc::new(RunQueue::new());
        let theft = {
            let queue = queue.clone();
            thread::spawn(move || rob(&RunQueue::new(), &queue))
        };
        for &g in &all {
            if let Some(old) = queue.swap_next(g, false) {
                assert!(queue.push(old));
            }
        }
        let mut got = Vec::new();
        while let Some(g) = queue.pop_next(false).or_else(|| queue.pop()) {
            got.push(g as *const G as usize);
        }
        got.extend(theft.join().unwrap());
        got.sort_unstable();
        let mut want: Vec<usize> = all.iter().map(|&g| g as *const G as usize).collect();
        want.sort_unstable();
        assert_eq!(got, want);
    });
}

#[test]
fn loom_spilling_while_stolen_from_keeps_all() {
    loom::model(|| {
        let all = gs(CAPACITY + 1);
        let queue = Arc::new(RunQueue::new());
        let global = GlobalQueue::new();
        for &g in &all[..CAPACITY - 1] {
            assert!(queue.push(g));
        }
        let theft = {
            let queue = queue.clone();
            thread::spawn(move || rob(&RunQueue::new(), &queue))
        };
        for &g in &all[CAPACITY - 1..] {
            if !queue.push(g) {
                let mut half = crate::g::GList::new();
                queue.take_half(&mut half);
                half.push_back(g);
                global.push_list(&mut half);
            }
        }
        let mut got = Vec::new();
        while let Some(g) = queue.pop().or_else(|| global.pop()) {
            got.push(g as *const G as usize);
        }
        got.extend(theft.join().unwrap());
        got.sort_unstable();
        got.dedup();
        assert_eq!(got.len(), all.len());
    });
}

#[test]
fn loom_a_parked_g_is_readied_once_and_with_its_state() {
    loom::model(|| {
        let g = gs(1)[0];
        let baton = Arc::new((RawLock::new(Rank::Chan), loom::sync::atomic::AtomicUsize::new(0)));
        let global = Arc::new(GlobalQueue::new());
        let wakers: Vec<_> = (0..2)
            .map(|_| {
                let (baton, global) = (baton.clone(), global.clone());
                thread::spawn(move || {
                    baton.0.lock();
                    let waiter = baton.1.swap(0, Relaxed);
                    baton.0.unlock();
                    if waiter != 0 {
                        assert_eq!(g.status(), Status::Waiting);
                        assert_eq!(g.fp.get(), 7, "its state was stored before");
                        g.set_status(Status::Runnable);
                        global.push(g);
                    }
                })
            })
            .collect();
        // The G parks, as a channel operation does.
        g.set_status(Status::Running);
        g.fp.set(7);
        baton.0.lock();
        g.set_waiting(WaitReason::ChanReceive, 0);
        baton.1.store(g as *const G as usize, Relaxed);
        baton.0.unlock();
        for t in wakers {
            t.join().unwrap();
        }
        let n = global.len();
        assert!(n <= 1);
        assert_eq!(n == 1, g.status() == Status::Runnable);
    });
}
