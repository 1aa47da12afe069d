//! Package internal/rt, and what of package time needs the scheduler: semaphores, condition variables, clocks,
//! sleeping, timers.

use mgo_runtime::engine::Yield;
use mgo_runtime::g::{WAKE_CANCELLED, WAKE_OK};
use mgo_runtime::os::thread::{nanotime, walltime};
use mgo_runtime::sched::park::WaitReason;
use mgo_runtime::sema::{self, NotifyList, SemaOp, Waiting};
use mgo_runtime::timer::{self, Sleep};

use crate::native::{Chan, Func, NativeCtx, NativeResult, Ptr, Str, timers};

/// Reasons to wait by the numbers that `rt.mgo` gives them.
const REASONS: [WaitReason; 8] = [
    WaitReason::Semacquire,
    WaitReason::MutexLock,
    WaitReason::RWMutexRLock,
    WaitReason::RWMutexLock,
    WaitReason::WaitGroupWait,
    WaitReason::CondWait,
    WaitReason::Coroutine,
    WaitReason::SynctestWaitGroup,
];

fn parked(op: SemaOp) -> NativeResult {
    match op {
        SemaOp::Acquired => NativeResult::Done,
        SemaOp::Blocked => NativeResult::Yield(Yield::Parked),
    }
}

fn list<'n>(l: Ptr<'n>) -> Result<&'n NotifyList, NativeResult> {
    let at = l.not_nil()?;
    // SAFETY: the declaration says that this points to a Notify, two words of 4 bytes that belong to the runtime;
    // the caller's frame keeps it alive, while it waits too.
    Ok(unsafe { NotifyList::at(at as usize) })
}

/// Now on the program's own clock, which begins at 1, or on that of the goroutine's bubble.
pub(super) fn now(cx: &mut NativeCtx<'_>) -> i64 {
    if let Some(b) = cx.g().bubble() {
        return b.now();
    }
    nanotime() - cx.vm().shared.start_time() + 1
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "internal/rt.Semacquire" = |cx, addr: Ptr<'_>, lifo: bool, reason: i64| -> NativeResult {
        let sema = match addr.forever32() {
            Ok(sema) => sema,
            Err(end) => return end,
        };
        let reason = REASONS.get(reason as usize).copied().unwrap_or(WaitReason::Semacquire);
        let g = cx.g();
        let how = Waiting { in_front: lifo, ..Waiting::behind(reason) };
        parked(sema::acquire(cx.worker(), g, sema, how))
    };
    "internal/rt.Semrelease" = |cx, addr: Ptr<'_>, handoff: bool| -> NativeResult {
        match addr.forever32() {
            Ok(sema) if sema::release(cx.worker(), sema, handoff) => NativeResult::Yield(Yield::Gosched),
            Ok(_) => NativeResult::Done,
            Err(end) => end,
        }
    };
    "internal/rt.NotifyAdd" = |cx, l: Ptr<'_>| -> Result<u32, NativeResult> {
        let l = list(l)?;
        Ok(sema::notify_add(cx.worker(), l))
    };
    "internal/rt.Cancelled" = |cx| -> bool { cx.g().wake.get() == WAKE_CANCELLED };
    "internal/rt.Die" = |cx| -> NativeResult {
        let g = cx.g();
        g.wake.set(WAKE_OK);
        if let Some(live) = cx.vm().shared.live {
            live.kill_begins(g);
        }
        NativeResult::Goexit
    };
    "internal/rt.NotifyWait" = |cx, l: Ptr<'_>, ticket: u32| -> NativeResult {
        let g = cx.g();
        match list(l) {
            Ok(l) => parked(sema::notify_wait(cx.worker(), g, l, ticket)),
            Err(end) => end,
        }
    };
    "internal/rt.NotifyOne" = |cx, l: Ptr<'_>| -> Result<(), NativeResult> {
        sema::notify_one(cx.worker(), list(l)?);
        Ok(())
    };
    "internal/rt.NotifyAll" = |cx, l: Ptr<'_>| -> Result<(), NativeResult> {
        sema::notify_all(cx.worker(), list(l)?);
        Ok(())
    };
    "internal/rt.Nanotime" = |cx| -> i64 { now(cx) };
    "internal/rt.Walltime" = |cx| -> (i64, i32) {
        let ns = cx.g().bubble().map_or_else(walltime, |b| b.now());
        (ns.div_euclid(1_000_000_000), ns.rem_euclid(1_000_000_000) as i32)
    };
    "internal/rt.Fatal" = |cx, text: Str<'_>| -> NativeResult {
        let text = String::from_utf8_lossy(text.bytes()).into_owned();
        cx.fatal(&text)
    };
    "internal/rt.Goexit" = |cx| -> NativeResult { NativeResult::Goexit };
    "internal/rt.Rand64" = |cx| -> u64 { cx.worker().rand_u64() };
    "time.now" = |cx| -> (i64, i32, i64) {
        // In a bubble there is no monotonic reading.
        let (ns, mono) = match cx.g().bubble() {
            Some(b) => (b.now(), 0),
            None => (walltime(), now(cx)),
        };
        (ns.div_euclid(1_000_000_000), ns.rem_euclid(1_000_000_000) as i32, mono)
    };
    "time.Sleep" = |cx, d: i64| -> NativeResult {
        let g = cx.g();
        match timer::sleep(cx.worker(), g, d) {
            Sleep::Done => NativeResult::Done,
            Sleep::Parked => NativeResult::Yield(Yield::Parked),
        }
    };
    "time.resetTimer" =
        |cx, id: Ptr<'_>, when: i64, period: i64, c: Chan<'_>, f: Func<'_>, loc: Ptr<'_>|
        -> Result<bool, NativeResult> {
        let id = id.not_nil()?;
        let (shared, bubble) = (cx.vm().shared, cx.g().bubble());
        timers::check_bubble(cx, id, "reset");
        // A bubble's clock is not that of the machine.
        let when = if bubble.is_some() { when } else { when.saturating_add(shared.start_time() - 1) };
        let (chan, func, loc) = (c.word(), f.word(), loc.address());
        let timer = timers::Timer { when, period, chan, func, loc, shared, bubble };
        Ok(timers::reset(cx.worker(), id, timer))
    };
    "time.stopTimer" = |cx, id: Ptr<'_>, c: Chan<'_>| -> Result<bool, NativeResult> {
        let id = id.not_nil()?;
        timers::check_bubble(cx, id, "stop");
        Ok(timers::stop(cx.worker(), id, c.word()))
    };
}
