//! Models of going idle: a G that is made runnable while an M goes to sleep is found by that M's last look,
//! or the one who made it runnable wakes an M.

use crate::g::G;
use crate::sched::idle::Hunt;
use crate::sched::runq::{GlobalQueue, RunQueue};
use loom::thread;
use std::sync::Arc;

struct World {
    hunt: Hunt,
    queue: RunQueue,
    global: GlobalQueue,
}

fn world() -> Arc<World> {
    Arc::new(World {
        hunt: Hunt::new(),
        queue: RunQueue::new(),
        global: GlobalQueue::new(),
    })
}

fn g() -> &'static G {
    Box::leak(Box::new(G::fresh()))
}

/// An M that found nothing goes to sleep, as `Worker::go_idle` does; whether its last look finds a G.
fn go_idle(w: &World, spinning: bool) -> bool {
    w.hunt.p_idle();
    if spinning {
        w.hunt.end_spinning();
    }
    w.hunt.before_last_look();
    w.global.len() > 0 || w.queue.has_queued() || w.queue.peek_next().is_some()
}

fn check(spinning: bool, produce: fn(&World) -> bool) {
    loom::model(move || {
        let w = world();
        if spinning {
            w.hunt.begin_spinning();
        }
        let idler = {
            let w = w.clone();
            thread::spawn(move || go_idle(&w, spinning))
        };
        let woke = produce(&w) && w.hunt.begin_wake();
        let found = idler.join().unwrap();
        assert!(woke || found, "a G waits, a P is idle, and nobody knows");
    });
}

#[test]
fn loom_runnext_is_not_overlooked() {
    for spinning in [true, false] {
        check(spinning, |w| {
            assert!(w.queue.swap_next(g(), false).is_none());
            w.hunt.wants_wake_after_rmw()
        });
    }
}

#[test]
fn loom_a_kicked_g_is_not_overlooked() {
    for spinning in [true, false] {
        check(spinning, |w| {
            w.queue.swap_next(g(), false);
            if let Some(old) = w.queue.swap_next(g(), false) {
                assert!(w.queue.push(old));
            }
            w.hunt.wants_wake_after_rmw()
        });
    }
}

#[test]
fn loom_the_global_queue_is_not_overlooked() {
    for spinning in [true, false] {
        check(spinning, |w| {
            w.global.push(g());
            w.hunt.wants_wake()
        });
    }
}

/// Of two producers at most one wakes, and a spinning M that ends the hunt wakes the next.
#[test]
fn loom_one_wakes_for_two() {
    loom::model(|| {
        let w = world();
        w.hunt.p_idle();
        let other = {
            let w = w.clone();
            thread::spawn(move || {
                w.global.push(g());
                w.hunt.wants_wake() && w.hunt.begin_wake()
            })
        };
        w.global.push(g());
        let mine = w.hunt.wants_wake() && w.hunt.begin_wake();
        let theirs = other.join().unwrap();
        assert!(mine || theirs);
        assert!(!(mine && theirs));
    });
}
