//! Tests of semaphores and notify lists, apart from a scheduler.

use super::*;
use crate::chan::tests::Fake;
use crate::g::Status;

fn sema(n: u32) -> &'static AtomicU32 {
    Box::leak(Box::new(AtomicU32::new(n)))
}

fn list() -> &'static NotifyList {
    Box::leak(Box::new(NotifyList {
        wait: AtomicU32::new(0),
        notify: AtomicU32::new(0),
    }))
}

#[test]
fn a_count_is_taken_and_returned() {
    let h = &mut Fake::new(false);
    let (s, g) = (sema(2), h.g());
    for _ in 0..2 {
        assert_eq!(
            acquire(h, g, s, Waiting::behind(WaitReason::Semacquire)),
            SemaOp::Acquired
        );
    }
    assert!(!release(h, s, true));
    assert_eq!((s.load(Relaxed), h.readied.len()), (1, 0));
}

#[test]
fn waiters_are_served_in_order_and_own_what_they_get() {
    let h = &mut Fake::new(false);
    let s = sema(0);
    let gs: Vec<_> = (0..4).map(|_| h.g()).collect();
    for (i, g) in gs.iter().enumerate() {
        // The last one goes in front.
        let how = Waiting {
            in_front: i == 3,
            ..Waiting::behind(WaitReason::MutexLock)
        };
        assert_eq!(acquire(h, g, s, how), SemaOp::Blocked);
        assert_eq!(
            (g.status(), g.wait_reason()),
            (Status::Waiting, WaitReason::MutexLock)
        );
    }
    for i in [3, 0, 1, 2] {
        assert_eq!(release(h, s, i == 1), i == 1);
        assert!(std::ptr::eq(h.woken(), gs[i]));
        assert_eq!(s.load(Relaxed), 0);
    }
    release(h, s, false);
    assert_eq!(s.load(Relaxed), 1);
    assert!(
        h.semas()
            .semas
            .iter()
            .all(|b| b.with(false, |q| q.first.is_empty() && q.rest.is_empty()))
    );
}

#[test]
fn many_semaphores_keep_apart() {
    let h = &mut Fake::new(true);
    let all: Vec<_> = (0..2000).map(|_| (sema(0), h.g())).collect();
    for &(s, g) in &all {
        assert_eq!(
            acquire(h, g, s, Waiting::behind(WaitReason::Semacquire)),
            SemaOp::Blocked
        );
    }
    for &(s, g) in all.iter().rev() {
        release(h, s, false);
        assert!(std::ptr::eq(h.woken(), g));
    }
}

/// Two addresses of one bucket: one has the queue at hand, the other one in the map, and back.
#[test]
fn addresses_that_share_a_bucket_keep_apart() {
    let h = &mut Fake::new(false);
    let words: &'static [AtomicU32] = (0..4 * N_BUCKETS)
        .map(|_| AtomicU32::new(0))
        .collect::<Vec<_>>()
        .leak();
    let (a, b) = (&words[0], &words[2 * N_BUCKETS]);
    let bucket = |s: &AtomicU32| std::ptr::from_ref(h.semas().sema(std::ptr::from_ref(s) as usize));
    assert_eq!(bucket(a), bucket(b));
    for _ in 0..3 {
        let gs: Vec<_> = (0..4).map(|_| h.g()).collect();
        for (i, &g) in gs.iter().enumerate() {
            let s = if i % 2 == 0 { a } else { b };
            assert_eq!(
                acquire(h, g, s, Waiting::behind(WaitReason::Semacquire)),
                SemaOp::Blocked
            );
        }
        for (s, i) in [(a, 0), (a, 2), (b, 1)] {
            release(h, s, false);
            assert!(std::ptr::eq(h.woken(), gs[i]));
        }
        let g = h.g();
        assert_eq!(
            acquire(h, g, a, Waiting::behind(WaitReason::Semacquire)),
            SemaOp::Blocked
        );
        release(h, b, false);
        assert!(std::ptr::eq(h.woken(), gs[3]));
        release(h, a, false);
        assert!(std::ptr::eq(h.woken(), g));
        let mut n = 0;
        h.semas().for_each_waiter(&mut |_, _| n += 1);
        assert_eq!(n, 0);
    }
}

#[test]
fn notifications_follow_tickets() {
    let h = &mut Fake::new(false);
    let (l, a, b, c) = (list(), h.g(), h.g(), h.g());
    notify_one(h, l);
    notify_all(h, l);
    let (ta, tb, tc) = (notify_add(h, l), notify_add(h, l), notify_add(h, l));
    // b and c wait, a is on its way: the first notification is for a.
    assert_eq!(notify_wait(h, b, l, tb), SemaOp::Blocked);
    assert_eq!(notify_wait(h, c, l, tc), SemaOp::Blocked);
    notify_one(h, l);
    assert!(h.readied.is_empty());
    assert_eq!(notify_wait(h, a, l, ta), SemaOp::Acquired);
    notify_one(h, l);
    assert!(std::ptr::eq(h.woken(), b));
    notify_all(h, l);
    assert!(std::ptr::eq(h.woken(), c));
    notify_one(h, l);
    let t = notify_add(h, l);
    assert_eq!(notify_wait(h, a, l, t), SemaOp::Blocked);
    notify_all(h, l);
    assert!(std::ptr::eq(h.woken(), a));
}

#[test]
fn tickets_wrap() {
    let h = &mut Fake::new(false);
    let (l, a, b) = (list(), h.g(), h.g());
    l.wait.store(u32::MAX, Relaxed);
    l.notify.store(u32::MAX, Relaxed);
    let (ta, tb) = (notify_add(h, l), notify_add(h, l));
    assert_eq!((ta, tb), (u32::MAX, 0));
    notify_wait(h, a, l, ta);
    notify_wait(h, b, l, tb);
    notify_all(h, l);
    assert_eq!(h.readied.len(), 2);
}

#[test]
fn who_leaves_a_notify_list_takes_no_notification_along() {
    let h = &mut Fake::new(false);
    let (l, a, b, c) = (list(), h.g(), h.g(), h.g());
    for g in [a, b, c] {
        let t = notify_add(h, l);
        assert_eq!(notify_wait(h, g, l, t), SemaOp::Blocked);
    }
    assert!(leave(h, a));
    assert!(!leave(h, a));
    assert!(leave(h, b));
    notify_one(h, l);
    assert!(std::ptr::eq(h.woken(), c));
    assert_eq!(h.semas().n_gone.load(Relaxed), 0);
}

#[test]
fn tickets_of_a_list_that_was_at_the_address_before_do_not_count() {
    let h = &mut Fake::new(false);
    let (l, a, b) = (list(), h.g(), h.g());
    let t = notify_add(h, l);
    assert_eq!(notify_wait(h, a, l, t), SemaOp::Blocked);
    assert!(leave(h, a));
    l.wait.store(0, Relaxed);
    let t = notify_add(h, l);
    assert_eq!(notify_wait(h, b, l, t), SemaOp::Blocked);
    notify_one(h, l);
    assert!(std::ptr::eq(h.woken(), b));
}

#[test]
fn who_leaves_a_semaphore_gets_nothing_of_it() {
    let h = &mut Fake::new(false);
    let (s, a, b) = (sema(0), h.g(), h.g());
    for g in [a, b] {
        assert_eq!(
            acquire(h, g, s, Waiting::behind(WaitReason::MutexLock)),
            SemaOp::Blocked
        );
    }
    assert!(leave(h, a));
    release(h, s, false);
    assert!(std::ptr::eq(h.woken(), b));
    assert!(!leave(h, b));
    release(h, s, false);
    assert!(h.readied.is_empty());
    assert_eq!(s.load(Relaxed), 1);
}
