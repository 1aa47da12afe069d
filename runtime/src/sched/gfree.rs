//! Free lists of dead Gs.
//!
//! A dead G goes to its P's list; when that holds [`LOCAL_MAX`], half of it moves to the two global lists,
//! one of Gs that still have a stack, one of those without. A stack that has grown past what Go begins with is
//! freed at once, a smaller one when the G moves to the global lists, and the collector frees the stacks that lie
//! there: neither one deep recursion nor a million goroutines at a time cost memory for ever. Numbers of goroutines are
//! handed to Ps in batches, as in Go, so that starting one touches nothing shared.

use crate::g::{G, GList, Status};
use crate::os::mem;
use crate::sync::{AtomicU64, AtomicUsize, Mutex, Rank, Relaxed};
use crate::worker::Worker;

/// How many dead Gs a P keeps.
#[cfg(not(loom))]
pub(crate) const LOCAL_MAX: usize = 64;
#[cfg(loom)]
pub(crate) const LOCAL_MAX: usize = 4;
/// How many Gs are made at once.
const SLAB: usize = 16;
/// So many Gs ahead, stacks are fetched from memory.
const AHEAD: usize = 12;
/// How many numbers a P takes at once.
const ID_BATCH: u64 = 16;

/// A P's supply of numbers.
#[derive(Default)]
pub(crate) struct GoIds {
    next: u64,
    end: u64,
}

/// What is shared of the making and reuse of Gs.
pub(crate) struct GFree {
    lists: Mutex<Lists>,
    /// Length of both lists.
    len: AtomicUsize,
    next_id: AtomicU64,
    all: Mutex<Vec<&'static [G]>>,
}

struct Lists {
    with_stack: GList,
    without_stack: GList,
}

impl GFree {
    pub fn new() -> GFree {
        let lists = Lists {
            with_stack: GList::new(),
            without_stack: GList::new(),
        };
        GFree {
            lists: Mutex::new(Rank::GFree, lists),
            len: AtomicUsize::new(0),
            next_id: AtomicU64::new(1),
            all: Mutex::new(Rank::AllGs, Vec::new()),
        }
    }

    /// How many dead Gs the global lists hold, with and without a stack.
    pub fn n_global(&self) -> (usize, usize) {
        let lists = self.lists.lock();
        (lists.with_stack.len(), lists.without_stack.len())
    }

    /// Moves Gs to `local`, a P's list, until it holds half of what it may; says how many.
    pub fn take(&self, local: &mut GList) -> usize {
        if self.len.load(Relaxed) == 0 {
            return 0;
        }
        let mut lists = self.lists.lock();
        let before = local.len();
        while local.len() < LOCAL_MAX / 2 {
            let Some(g) = lists.with_stack.pop().or_else(|| lists.without_stack.pop()) else {
                break;
            };
            local.push_front(g);
        }
        self.count(&lists);
        local.len() - before
    }

    /// Takes in the Gs of both lists.
    pub fn give(&self, with_stack: &mut GList, without_stack: &mut GList) {
        let mut lists = self.lists.lock();
        lists.with_stack.prepend(with_stack);
        lists.without_stack.prepend(without_stack);
        self.count(&lists);
    }

    fn count(&self, lists: &Lists) {
        let n = lists.with_stack.len() + lists.without_stack.len();
        self.len.store(n, Relaxed);
    }

    /// Calls `visit` with every G ever made, dead and unused ones included.
    pub fn for_each_g(&self, mut visit: impl FnMut(&'static G)) {
        let slabs: Vec<&'static [G]> = self.all.lock().clone();
        for g in slabs.into_iter().flatten() {
            visit(g);
        }
    }

    /// The same while the world is stopped, for visits that look at the innermost frame: its memory is fetched ahead.
    pub fn for_each_stack(&self, mut visit: impl FnMut(&'static G)) {
        let slabs: Vec<&'static [G]> = self.all.lock().clone();
        let all = || slabs.iter().copied().flatten();
        let mut ahead = all().skip(AHEAD);
        for g in all() {
            if let Some(g) = ahead.next() {
                mem::prefetch(g.stack_lo.get().wrapping_add(g.fp.get() as usize) as usize);
            }
            visit(g);
        }
    }
}

/// Takes Gs out of `local`, a P's list, until `keep` are left.
pub(crate) fn shed(local: &mut GList, keep: usize) -> GList {
    let mut shed = GList::new();
    while local.len() > keep
        && let Some(g) = local.pop()
    {
        shed.push_front(g);
    }
    shed
}

impl Worker {
    /// A G for a new goroutine, with a stack of the first size, status `Idle`. The engine writes its first
    /// frame, `pc` and `fp`, and calls [`Worker::spawn`].
    #[inline]
    pub fn new_g(&mut self) -> &'static G {
        let p = self.p();
        let g = match self.gfree().pop() {
            Some(g) => {
                p.counters.g_reused.inc();
                g
            }
            None => self.get_g_slow(),
        };
        if g.stack_lo.get().is_null() {
            self.give_stack(g);
        }
        let me = self.current_g();
        let id = self.next_goid();
        g.begin(id, me.map_or(0, |g| g.id()));
        g.set_bubble(me.and_then(|g| g.bubble()));
        g
    }

    #[inline]
    fn next_goid(&mut self) -> u64 {
        let rt = self.rt();
        let ids = self.goids();
        if ids.next == ids.end {
            ids.next = rt.gfree.next_id.fetch_add(ID_BATCH, Relaxed);
            ids.end = ids.next + ID_BATCH;
        }
        ids.next += 1;
        ids.next - 1
    }

    /// From the global lists, or fresh.
    #[cold]
    fn get_g_slow(&mut self) -> &'static G {
        let (rt, p) = (self.rt(), self.p());
        p.counters.g_from_global.add(rt.gfree.take(self.gfree()) as u64);
        if let Some(g) = self.gfree().pop() {
            p.counters.g_reused.inc();
            return g;
        }
        p.counters.g_fresh.inc();
        let fresh = self.gfresh();
        if fresh.is_empty() {
            let slab: Vec<G> = (0..SLAB).map(|_| G::fresh()).collect();
            *fresh = Vec::leak(slab);
            rt.gfree.all.lock().push(fresh);
        }
        let (g, rest) = fresh.split_first().expect("a slab has Gs");
        *fresh = rest;
        g
    }

    /// Puts `g`, whose goroutine has ended, on the free list.
    #[inline]
    pub(crate) fn free_g(&mut self, g: &'static G) {
        g.set_status(Status::Dead);
        let p = self.p();
        p.counters.finished.inc();
        if !g.keeps_stack(false) || !self.rt().config.reuse_gs {
            self.take_stack(g);
            if !self.rt().config.reuse_gs {
                return;
            }
        }
        let free = self.gfree();
        free.push_front(g);
        if free.len() >= LOCAL_MAX {
            self.shed_gs(LOCAL_MAX / 2);
        }
    }

    /// Moves dead Gs from the P's list to the global ones until `keep` are left.
    #[cold]
    fn shed_gs(&mut self, keep: usize) {
        let shed = shed(self.gfree(), keep);
        self.give_gs(shed);
    }

    /// Moves dead Gs to the global lists.
    pub(crate) fn give_gs(&mut self, mut gs: GList) {
        let (rt, p) = (self.rt(), self.p());
        let (mut with_stack, mut without_stack) = (GList::new(), GList::new());
        while let Some(g) = gs.pop() {
            p.counters.g_to_global.inc();
            if !g.keeps_stack(true) {
                self.take_stack(g);
            }
            if g.stack_lo.get().is_null() {
                without_stack.push_front(g);
            } else {
                with_stack.push_front(g);
            }
        }
        rt.gfree.give(&mut with_stack, &mut without_stack);
    }

    /// Frees the stacks of dead Gs on the global lists. The world is stopped.
    pub(crate) fn free_dead_stacks(&mut self) {
        let rt = self.rt();
        let mut gs = std::mem::take(&mut rt.gfree.lists.lock().with_stack);
        let mut bare = GList::new();
        while let Some(g) = gs.pop() {
            self.take_stack(g);
            bare.push_back(g);
        }
        rt.gfree.lists.lock().without_stack.append(&mut bare);
    }
}
