//! What models of Gs that wait have in common: a host of one thread, whose G is the thread itself and sleeps on a note.

use crate::g::{G, Status};
use crate::sched::park::WaitReason;
use crate::sema::SemaTable;
use crate::slot::Layout;
use crate::sudog::{Host, SudogCache};
use crate::sync::Note;

/// A host of one thread; its memory is leaked.
pub(crate) struct Fake {
    cache: SudogCache,
    semas: Option<&'static SemaTable>,
}

impl Host for Fake {
    fn is_solo(&self) -> bool {
        false
    }
    fn park(&mut self, g: &'static G, reason: WaitReason) {
        g.set_waiting(reason, 0);
    }
    fn ready(&mut self, g: &'static G) {
        assert_eq!(g.status(), Status::Waiting);
        g.set_status(Status::Running);
        note(g).wake();
    }
    fn sudogs(&mut self) -> &mut SudogCache {
        &mut self.cache
    }
    fn semas(&self) -> &'static SemaTable {
        self.semas.expect("a model of semaphores has a table")
    }
    fn rand_below(&mut self, _: u32) -> u32 {
        0
    }
    fn alloc(&mut self, layout: &'static Layout) -> *mut u8 {
        vec![0u64; layout.size as usize / 8].leak().as_mut_ptr().cast()
    }
    fn alloc_array(&mut self, layout: &'static Layout, n: usize) -> *mut u8 {
        vec![0u64; layout.size as usize / 8 * n]
            .leak()
            .as_mut_ptr()
            .cast()
    }
}

pub(crate) fn host() -> Fake {
    Fake {
        cache: SudogCache::new(),
        semas: None,
    }
}

/// A host among those that share `semas`.
pub(crate) fn host_with(semas: &'static SemaTable) -> Fake {
    Fake {
        cache: SudogCache::new(),
        semas: Some(semas),
    }
}

/// A G, played by a thread.
pub(crate) fn g() -> &'static G {
    let g: &'static G = Box::leak(Box::new(G::fresh()));
    let stack = vec![0; 8].leak();
    g.stack_lo.set(stack.as_mut_ptr());
    g.stack_hi.set(stack.as_mut_ptr_range().end);
    g.engine[0].set(std::ptr::from_ref(Box::leak(Box::new(Note::new()))) as u64);
    g.set_status(Status::Running);
    g
}

/// Where the thread that plays `g` sleeps.
fn note(g: &G) -> &'static Note {
    // SAFETY: `g` leaked it.
    unsafe { &*(g.engine[0].get() as *const Note) }
}

/// Waits until the G is woken.
pub(crate) fn settle(g: &G) {
    note(g).sleep();
    assert_eq!(g.status(), Status::Running);
}

pub(crate) fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.max_branches = 10_000;
    builder.check(body);
}
