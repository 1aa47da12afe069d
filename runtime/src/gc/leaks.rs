//! Leaks: goroutines that wait for something that nobody will ever bring about.
//!
//! What a goroutine waits for is an object: a channel, or the word of a lock, a WaitGroup, a condition. If
//! nothing that can still run reaches this object, the goroutine is *stuck*. So the world is stopped and the heap
//! traced from what can act without being woken: package-level variables, timers, finalizers, and the stacks of
//! all goroutines but those that wait so. A waiting goroutine whose object was reached may be woken, so it is a root
//! too; this is repeated until no more are. The rest are stuck, for ever: no report is false. What is missed:
//! goroutines whose object is still reachable though nobody will use it. The method is that of Saioc and others
//! ("Dynamic partial deadlock detection and recovery via garbage collection", ASPLOS 2025).
//!
//! The tracing shares nothing with the collector's but the heap's records: it keeps a set of its own, so that it
//! leaves mark bits, pacing and finalizers alone.

use super::Heap;
use crate::Runtime;
use crate::g::{G, Status};
use crate::sched::park::WaitReason;
use crate::select::sudogs_of;
use crate::sema::AddressHasher;
use crate::throw::LEAK_STATUS;
use crate::traceback;
use crate::worker::Worker;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::BuildHasherDefault;

/// What [`Worker::with_leaks`] found. The world is stopped as long as it is looked at.
pub struct Leaks {
    /// Goroutines that can never go on, by number.
    pub stuck: Vec<&'static G>,
    /// Those of them that were not found before.
    pub fresh: Vec<&'static G>,
    /// All others but the caller's.
    pub others: Vec<&'static G>,
}

type AddressMap<V> = HashMap<usize, V, BuildHasherDefault<AddressHasher>>;

impl Worker {
    /// Finds the leaked goroutines, shows them to `look`, and marks them as leaked. The current G's state is stored
    /// (or there is none), and nothing but roots and the heap names an object. The P may be another one afterwards.
    pub fn with_leaks<R>(&mut self, look: impl FnOnce(&Leaks) -> R) -> R {
        self.stop_the_world();
        let rt = self.rt();
        rt.flush_caches();
        let leaks = find(rt, self.current_g());
        leaks.fresh.iter().for_each(|g| g.set_leaked());
        let result = look(&leaks);
        self.start_the_world();
        result
    }

    /// `g` ended the program. Reports leaks, if that is wanted; the exit status, which tells of them unless it tells
    /// something worse.
    #[cold]
    pub(crate) fn report_leaks(&mut self, g: &'static G, status: i32) -> i32 {
        let rt = self.rt();
        if !rt.config.leaks {
            return status;
        }
        let (text, failed) = self.with_leaks(|leaks| (report(rt, leaks, g), !leaks.stuck.is_empty()));
        rt.print(&text);
        if status == 0 && failed {
            LEAK_STATUS
        } else {
            status
        }
    }
}

/// Traces the heap. The world is stopped, and caches have been flushed.
fn find(rt: &'static Runtime, me: Option<&'static G>) -> Leaks {
    let mut t = Tracer {
        heap: &rt.heap,
        seen: AddressMap::default(),
        work: Vec::new(),
    };
    rt.engine.visit_global_roots(&mut |word| t.mark(word));
    rt.engine.visit_weak_roots(&mut |word| t.mark(word));
    rt.visit_roots(&mut |word| t.mark(word));
    rt.heap.visit_special_roots(&mut |word| t.mark(word));
    let mut semas: AddressMap<usize> = AddressMap::default();
    rt.semas.for_each_waiter(&mut |g, addr| {
        semas.insert(std::ptr::from_ref(g) as usize, addr);
    });
    let (mut waiting, mut others) = (Vec::new(), Vec::new());
    rt.for_each_g(|g| {
        if waits_for_object(g) {
            waiting.push(g);
        } else {
            rt.engine.visit_g_roots(g, &mut |word| t.mark(word));
            others.push(g);
        }
    });
    loop {
        t.drain();
        let before = waiting.len();
        waiting.retain(|g| {
            let wakes = can_wake(g, &t, &semas);
            if wakes {
                rt.engine.visit_g_roots(g, &mut |word| t.mark(word));
                others.push(g);
            }
            !wakes
        });
        if waiting.len() == before {
            break;
        }
    }
    others.retain(|g| !g.is_system() && !me.is_some_and(|me| std::ptr::eq(me, *g)));
    waiting.sort_by_key(|g| g.id());
    others.sort_by_key(|g| g.id());
    Leaks {
        fresh: waiting.iter().copied().filter(|g| !g.is_leaked()).collect(),
        stuck: waiting,
        others,
    }
}

/// Whether `g` waits for what only another goroutine can do.
fn waits_for_object(g: &G) -> bool {
    use WaitReason as R;
    let reason = matches!(
        g.wait_reason(),
        R::ChanReceive
            | R::ChanSend
            | R::ChanReceiveNil
            | R::ChanSendNil
            | R::Select
            | R::SelectNoCases
            | R::Semacquire
            | R::MutexLock
            | R::RWMutexRLock
            | R::RWMutexLock
            | R::WaitGroupWait
            | R::SynctestWaitGroup
            | R::CondWait
    );
    reason && g.status() == Status::Waiting && !g.is_system()
}

/// Whether the object that `g` waits for has been reached, or does not lie in the heap.
fn can_wake(g: &'static G, t: &Tracer<'_>, semas: &AddressMap<usize>) -> bool {
    use WaitReason as R;
    match g.wait_reason() {
        R::ChanReceiveNil | R::ChanSendNil | R::SelectNoCases => false,
        R::ChanReceive | R::ChanSend | R::Select => {
            sudogs_of(g).any(|s| t.is_reached(s.chan.get().0 as usize))
        }
        _ => semas
            .get(&(std::ptr::from_ref(g) as usize))
            .is_none_or(|&addr| t.is_reached(addr)),
    }
}

/// The text of a report: the goroutines that are stuck, and those that `main`, the one that ended the program, left.
fn report(rt: &'static Runtime, leaks: &Leaks, main: &'static G) -> String {
    let mut out = String::new();
    let others: Vec<_> = leaks.others.iter().filter(|g| !std::ptr::eq(**g, main)).collect();
    if leaks.stuck.is_empty() {
        out.push_str("leaks: none\n");
    } else {
        let n = leaks.stuck.len();
        let _ = writeln!(out, "leaks: {} blocked for ever", goroutines(n));
        for g in &leaks.stuck {
            out.push('\n');
            traceback::goroutine(rt, g, false, &mut out);
        }
    }
    if !others.is_empty() {
        if !leaks.stuck.is_empty() {
            out.push('\n');
        }
        let n = goroutines(others.len());
        let _ = writeln!(
            out,
            "leaks: {n} cut short by the end of the program, which might have gone on"
        );
        for g in others {
            out.push('\n');
            traceback::goroutine(rt, g, false, &mut out);
        }
    }
    out
}

fn goroutines(n: usize) -> String {
    format!("{n} goroutine{}", if n == 1 { "" } else { "s" })
}

/// Bytes of a page of the set.
const SET_PAGE: usize = 1 << 13;

/// Follows pointers.
struct Tracer<'h> {
    heap: &'h Heap,
    /// Objects reached: a bit for each 8 bytes of a page that has any.
    seen: AddressMap<[u64; SET_PAGE / 8 / 64]>,
    /// Of these, those that may hold pointers and have not been looked into.
    work: Vec<usize>,
}

impl Tracer<'_> {
    fn mark(&mut self, word: u64) {
        let Some(object) = self.heap.find_object(word as usize) else {
            return;
        };
        let page = self.seen.entry(object.base / SET_PAGE).or_default();
        let bit = object.base % SET_PAGE / 8;
        let mask = 1 << (bit % 64);
        if page[bit / 64] & mask == 0 {
            page[bit / 64] |= mask;
            if object.layout.is_some() {
                self.work.push(object.base);
            }
        }
    }

    /// Whether the object around `addr` was reached, or there is none in the heap.
    fn is_reached(&self, addr: usize) -> bool {
        let Some(object) = self.heap.find_object(addr) else {
            return true;
        };
        let bit = object.base % SET_PAGE / 8;
        self.seen
            .get(&(object.base / SET_PAGE))
            .is_some_and(|page| page[bit / 64] >> (bit % 64) & 1 != 0)
    }

    fn drain(&mut self) {
        while let Some(base) = self.work.pop() {
            let Some(object) = self.heap.find_object(base) else {
                continue;
            };
            let Some((layout, repeats)) = object.layout else {
                continue;
            };
            let n = if repeats {
                object.size / layout.size as usize
            } else {
                1
            };
            for at in (0..n).map(|i| base + i * layout.size as usize) {
                for &word in &layout.pointers {
                    self.mark(super::load_word(at + word as usize * 8));
                }
            }
        }
    }
}
