//! Models of the free lists: dead Gs that move from one P's list over the global ones to another P's are neither lost
//! nor handed out twice.

use crate::g::{G, GList};
use crate::sched::gfree::{GFree, LOCAL_MAX, shed};
use crate::tests::loom_host::model;
use loom::thread;
use std::sync::Arc;

fn gs(n: usize) -> GList {
    let mut list = GList::new();
    for _ in 0..n {
        list.push_front(Box::leak(Box::new(G::fresh())));
    }
    list
}

fn drain(list: &mut GList, into: &mut Vec<usize>) {
    while let Some(g) = list.pop() {
        into.push(std::ptr::from_ref(g) as usize);
    }
}

/// A full list gives half of itself away, as `Worker::free_g` has it.
fn give_half(free: &GFree, local: &mut GList, with_stack: bool) {
    let (mut gone, mut none) = (shed(local, LOCAL_MAX / 2), GList::new());
    if with_stack {
        free.give(&mut gone, &mut none);
    } else {
        free.give(&mut none, &mut gone);
    }
}

#[test]
fn loom_dead_gs_move_between_ps() {
    model(|| {
        let free = Arc::new(GFree::new());
        let taker = {
            let free = free.clone();
            thread::spawn(move || {
                let (mut local, mut got) = (GList::new(), Vec::new());
                let n = free.take(&mut local);
                assert_eq!(n, local.len());
                assert!(n <= LOCAL_MAX / 2);
                drain(&mut local, &mut got);
                got
            })
        };
        let givers: Vec<_> = [true, false]
            .map(|with_stack| {
                let free = free.clone();
                move || {
                    let mut local = gs(LOCAL_MAX);
                    give_half(&free, &mut local, with_stack);
                    let mut kept = Vec::new();
                    drain(&mut local, &mut kept);
                    kept
                }
            })
            .into_iter()
            .collect();
        let [first, second] = <[_; 2]>::try_from(givers).ok().expect("there are two");
        let other = thread::spawn(second);
        let mut all = first();
        all.extend(other.join().unwrap());
        all.extend(taker.join().unwrap());
        // The rest is found, and the count that is read without the lock is true.
        let mut local = GList::new();
        while free.take(&mut local) > 0 {
            drain(&mut local, &mut all);
        }
        assert_eq!(free.n_global(), (0, 0));
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!((n, all.len()), (2 * LOCAL_MAX, 2 * LOCAL_MAX));
    });
}
