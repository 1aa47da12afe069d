//! What the scheduler needs of an interpreter.
//!
//! The runtime knows neither bytecode nor types. It resumes a G through [`Engine::resume`], which runs
//! on the calling M with its P until the G yields, and asks the engine for a G's roots and frames.

use crate::g::G;
use crate::timer::TimerId;
use crate::worker::Worker;

/// Why [`Engine::resume`] came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Yield {
    /// A preemption request was honoured: the G goes to the global queue.
    Preempted,
    /// `runtime.Gosched`: likewise, but asked for.
    Gosched,
    /// The G is parked: whoever will ready it may have done so already, so it must not be touched.
    Parked,
    /// The G came back from a system call without a P: it was queued, this M has no P.
    LostP,
    /// The G's function returned, or `runtime.Goexit` ran its last deferred call.
    Dead,
    /// The program ends with this status (`main.main` returned, or `os.Exit`).
    Exit(i32),
}

/// A frame of a goroutine, for tracebacks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrameInfo {
    /// The function as Go prints it, `main.(*T).Run`.
    pub func: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Offset of the instruction in its function, in bytes.
    pub offset: u32,
}

/// An interpreter as the scheduler sees it.
pub trait Engine: Send + Sync + 'static {
    /// Runs `g`, whose status is `Running`, on the calling thread until it yields.
    ///
    /// Before it returns with anything but `Dead` or `Exit`, the engine has stored in `g` all that it
    /// needs to go on; with `Parked` it did so before the G became visible to others.
    fn resume(&self, w: &mut Worker, g: &'static G) -> Yield;

    /// Calls `visit` with each word of `g`'s stack and of the engine's own records for `g` that may be a
    /// heap pointer. `g` is not running.
    fn visit_g_roots(&self, g: &G, visit: &mut dyn FnMut(u64));

    /// How many slots of `g`'s stack, from its beginning, are in use: the end of the innermost frame, or past it.
    /// The collector halves stacks that are mostly empty; the default says that all are full. `g` is not running,
    /// and nothing but offsets refers to its stack.
    fn stack_used(&self, g: &G) -> usize {
        let _ = g;
        usize::MAX
    }

    /// Calls `visit` with each word outside stacks that may be a heap pointer: globals, constants.
    fn visit_global_roots(&self, visit: &mut dyn FnMut(u64));

    /// Calls `visit` with what may yet be used by what is no G, and keeps nothing alive: channels that timers will send
    /// on.
    fn visit_weak_roots(&self, _visit: &mut dyn FnMut(u64)) {}

    /// Forgets those of these words that `is_live` says no to, whose objects are about to be swept; gives the
    /// timers that nobody needs any more to `done`. The world is stopped.
    fn drop_dead_roots(&self, _is_live: &dyn Fn(u64) -> bool, _done: &mut dyn FnMut(TimerId)) {}

    /// Calls `visit` with the frames of `g`, innermost first. `g` is not running, or it is the caller's own
    /// and its state has been stored.
    fn frames(&self, g: &G, visit: &mut dyn FnMut(FrameInfo));

    /// As [`Engine::frames`], but of a stack of more than `2 * keep` frames, which may have millions, only `keep` at
    /// each end; how many were left out.
    fn end_frames(&self, g: &G, keep: usize, visit: &mut dyn FnMut(FrameInfo)) -> usize {
        let mut n = 0;
        self.frames(g, &mut |_| n += 1);
        let left_out = usize::saturating_sub(n, 2 * keep);
        let mut i = 0;
        self.frames(g, &mut |frame| {
            if left_out == 0 || i < keep || i >= n - keep {
                visit(frame);
            }
            i += 1;
        });
        left_out
    }

    /// The frame of the `go` statement that made `g` ("created by"), none for main.
    fn created_by(&self, g: &G) -> Option<FrameInfo>;

    /// Called on a G that dies, before it is put on a free list: drops the engine's records for it.
    fn on_dead(&self, g: &G);
}
