//! The door for natives: functions of library packages that are written in Rust.
//!
//! A native gets a [`NativeCtx`]: its slots (results first, then parameters, as in any call), memory, the M and G
//! it runs on. It never calls back into the program. What it may do is safe Rust: strings and slices come as
//! views that live as long as the call, pointers as [`Ptr`] with loads and stores of their own.
//!
//! [`natives!`](crate::natives) writes the plumbing:
//!
//! ```ignore
//! natives! { TABLE:
//!     "strings.Index" = |cx, s: Str<'_>, sub: Str<'_>| -> i64 { find(&s, &sub) };
//!     "strings.TrimSpace" = |cx, s: Str<'_>| -> Str<'_> { let r = trimmed(&s); s.part(r) };
//!     "strconv.parse" = |cx, s: Str<'_>| -> (i64, bool) { … };
//!     "os.read" = |cx, fd: i64, b: Bytes<'_>| -> NativeResult { cx.block(move || …, move |cx, r| …) };
//! }
//! ```
//!
//! A parameter's type implements [`Arg`], the result's [`Ret`]; both say how many slots they take, so the order of
//! the declaration in the `.mgo` source is all that must agree.
//!
//! Waiting. A native that parks returns [`NativeResult::Yield`]; it is complete when its goroutine goes on.
//! A call that may block the thread is handed to [`NativeCtx::block`] (or `syscall`, if it is short as a rule):
//! it runs without P, and what it found is stored when the goroutine has a P again.

mod args;
mod atomic;
pub mod builtin;
mod profile;
mod reflect;
mod rt;
mod runtime;
mod sched;
mod sync;
mod synctest;
mod testing;
mod timers;
mod value;
mod weak;

use std::marker::PhantomData;

use mgo_runtime::engine::Yield;
use mgo_runtime::g::G;
use mgo_runtime::worker::Worker;

use crate::bytecode::program::{HEADER, Program, RType};
use crate::frame::{Frame, Pc};
use crate::interp::Flow;
use crate::interp::control::{fatal, goexit, raise};
use crate::live::Doom;
use crate::machine::Vm;
use crate::trap::Trap;
use crate::value::string;

pub use args::{Any, Arg, Bytes, Chan, Func, Later, MapArg, NewBytes, Ptr, Ret, Slice, Str};
pub(crate) use timers::{
    drop_dead as drop_dead_timers, visit as visit_timers, visit_channels as visit_timer_channels,
};

/// A native.
pub type NativeFn = for<'n> fn(&mut NativeCtx<'n>) -> NativeResult;

/// How a native ends.
pub enum NativeResult {
    /// Its results are stored.
    Done,
    /// The program panics.
    Panic(Trap),
    /// The goroutine gives way: it is parked, or wants others to run. The native is complete.
    Yield(Yield),
    /// A call that may block; see [`NativeCtx::block`].
    Block(Blocking),
    /// `runtime.Goexit`.
    Goexit,
}

/// Work for the thread without its P.
pub struct Blocking {
    /// Whether it is expected to take long, so that the P is handed to another thread at once.
    long: bool,
    work: Box<dyn FnOnce() -> Finish>,
}

/// What is to be done with what the work found, once there is a P again.
type Finish = Box<dyn for<'n> FnOnce(&mut NativeCtx<'n>) -> NativeResult + Send>;

/// What is left of a native whose M came back from a system call without a P.
pub struct Pending {
    /// Offset of its slots' frame window in the stack.
    window: u32,
    finish: Finish,
}

/// What a native sees.
pub struct NativeCtx<'n> {
    vm: Vm<'n>,
    /// The window whose slots from [`HEADER`] on are its results and parameters.
    window: Frame,
    call: PhantomData<&'n ()>,
}

impl<'n> NativeCtx<'n> {
    fn of(vm: &'n mut Vm<'_>, window: Frame) -> NativeCtx<'n> {
        let vm = Vm {
            w: &mut *vm.w,
            g: vm.g,
            prog: vm.prog,
            globals: vm.globals,
            shared: vm.shared,
        };
        NativeCtx {
            vm,
            window,
            call: PhantomData,
        }
    }

    /// Slot `i`, results counted first. There are always [`MAX_SLOTS`] on the stack.
    #[inline]
    pub fn slot(&self, i: u16) -> u64 {
        assert!(i < MAX_SLOTS, "a native with too many slots");
        self.window.get(HEADER + i)
    }

    /// Sets slot `i`.
    #[inline]
    pub fn set_slot(&mut self, i: u16, v: u64) {
        assert!(i < MAX_SLOTS, "a native with too many slots");
        self.window.set(HEADER + i, v);
    }

    /// The M that it runs on.
    #[inline]
    pub fn worker(&mut self) -> &mut Worker {
        self.vm.w
    }

    /// The goroutine that called it.
    #[inline]
    pub fn g(&self) -> &'static G {
        self.vm.g
    }

    /// In a program that lives on at a prompt: what tells a native that blocks whether its goroutine is to die.
    pub fn doom(&self) -> Option<Doom> {
        self.vm.shared.live.map(|live| Doom::of(live, self.vm.g))
    }

    /// The program.
    #[inline]
    pub fn program(&self) -> &'static Program {
        self.vm.prog
    }

    /// The interpreter's surroundings, for the natives of this crate.
    #[inline]
    pub(crate) fn vm(&mut self) -> &mut Vm<'n> {
        &mut self.vm
    }

    /// The type of a type id that is not 0.
    #[inline]
    pub fn rtype(&self, id: u32) -> &'static RType {
        &self.vm.prog.types[id]
    }

    /// A new string.
    #[inline]
    pub fn string(&mut self, bytes: &[u8]) -> Str<'n> {
        Str::from_pair(string::new(self.vm.w, bytes))
    }

    /// Calls `work` without the P, which goes to another thread at once, then `done` with what it found and
    /// the P. For calls that are known to block.
    pub fn block<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + 'static,
        done: impl for<'m> FnOnce(&mut NativeCtx<'m>, T) -> NativeResult + Send + 'static,
    ) -> NativeResult {
        NativeResult::Block(blocking(true, work, done))
    }

    /// As [`NativeCtx::block`], for calls that are short as a rule: the P is taken away if this one is not.
    pub fn syscall<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + 'static,
        done: impl for<'m> FnOnce(&mut NativeCtx<'m>, T) -> NativeResult + Send + 'static,
    ) -> NativeResult {
        NativeResult::Block(blocking(false, work, done))
    }

    /// Stores the results and ends the native.
    pub fn give<R: Ret<'n>>(&mut self, r: R) -> NativeResult {
        r.finish(self)
    }

    /// A panic with a run-time error whose text gets the prefix `runtime error: `.
    pub fn error(&self, text: &str) -> NativeResult {
        NativeResult::Panic(Trap::error(text))
    }

    /// A panic with a plain string, as `panic("…")` makes it.
    pub fn panic(&mut self, text: &str) -> NativeResult {
        let ty = self.vm.prog.known().string;
        NativeResult::Panic(Trap::value_of(self.vm.string_value(ty, text.as_bytes())))
    }

    /// A panic with any value.
    pub fn panic_any(&self, v: Any<'_>) -> NativeResult {
        NativeResult::Panic(Trap::value_of(v.words()))
    }

    /// `fatal error: ` and `text`, all goroutines, exit status 2; at a prompt the end of the goroutine.
    pub fn fatal(&mut self, text: &str) -> NativeResult {
        match fatal(&mut self.vm, text) {
            Flow::Yield(y) => NativeResult::Yield(y),
            Flow::Go => NativeResult::Done,
        }
    }
}

/// The most slots that results and parameters of a native may take together: they fit the stack's red zone.
pub const MAX_SLOTS: u16 = 24;

const _: () = assert!((HEADER + MAX_SLOTS) as usize <= mgo_runtime::stack::RED_ZONE);

fn blocking<T: Send + 'static>(
    long: bool,
    work: impl FnOnce() -> T + 'static,
    done: impl for<'m> FnOnce(&mut NativeCtx<'m>, T) -> NativeResult + Send + 'static,
) -> Blocking {
    let work = move || -> Finish {
        let found = work();
        Box::new(move |cx| done(cx, found))
    };
    Blocking {
        long,
        work: Box::new(work),
    }
}

/// Calls the native that the instruction at `at` names. pc, behind the instruction, is stored.
#[inline(never)]
pub(crate) fn call_native(vm: &mut Vm<'_>, at: Pc) -> Flow {
    let native = vm.shared.natives[at.bc() as usize];
    let window = Frame::of(vm.g).window(at.a());
    let result = native(&mut NativeCtx::of(vm, window));
    settle(vm, window.offset(vm.g), result)
}

#[inline]
fn settle(vm: &mut Vm<'_>, window: u32, result: NativeResult) -> Flow {
    match result {
        NativeResult::Done => Flow::Go,
        NativeResult::Panic(trap) => raise(vm, trap),
        NativeResult::Yield(y) => Flow::Yield(y),
        NativeResult::Goexit => goexit(vm),
        NativeResult::Block(b) => block(vm, window, b),
    }
}

fn block(vm: &mut Vm<'_>, window: u32, b: Blocking) -> Flow {
    let g = vm.g;
    if b.long {
        vm.w.enter_syscall_blocking(g)
    } else {
        vm.w.enter_syscall(g)
    }
    let finish = (b.work)();
    if !vm.w.exit_syscall(g) {
        crate::frame::set_pending(g, Pending { window, finish });
        return Flow::Yield(Yield::LostP);
    }
    finish_native(vm, window, finish)
}

fn finish_native(vm: &mut Vm<'_>, window: u32, finish: Finish) -> Flow {
    let place = Frame::at_offset(vm.g, window);
    let result = finish(&mut NativeCtx::of(vm, place));
    settle(vm, window, result)
}

/// The goroutine has a P again: does what was left of its native.
pub(crate) fn finish_pending(vm: &mut Vm<'_>) -> Flow {
    match crate::frame::take_pending(vm.g) {
        Some(p) => finish_native(vm, p.window, p.finish),
        None => Flow::Go,
    }
}

/// A table of natives; see the module `native`.
#[macro_export]
macro_rules! natives {
    ($(#[$meta:meta])* $table:ident:
     $($($name:literal)+ = |$cx:ident $(, $arg:ident: $ty:ty)*| -> $ret:ty $body:block;)*) => {
        $(#[$meta])*
        pub static $table: &[(&str, $crate::native::NativeFn)] = &[$((concat!($($name),+), {
            #[allow(
                unused_variables,
                unused_mut,
                unused_assignments,
                reason = "a native may take no arguments, and need not look at its context"
            )]
            fn native<'n>($cx: &mut $crate::native::NativeCtx<'n>) -> $crate::native::NativeResult {
                let mut at = <$ret as $crate::native::Ret<'n>>::SLOTS;
                $(
                    let $arg = <$ty as $crate::native::Arg<'n>>::read($cx, at);
                    at += <$ty as $crate::native::Arg<'n>>::SLOTS;
                )*
                let mut body = |$cx: &mut $crate::native::NativeCtx<'n>| -> $ret { $body };
                let result = body($cx);
                $crate::native::Ret::finish(result, $cx)
            }
            native
        }),)*];
    };
}
