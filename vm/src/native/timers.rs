//! Timers of package time: those that send the time on a channel, and those that start a goroutine.
//!
//! A timer of the program is a word that holds the number of its last activation. What an activation does is kept
//! in one table of the process, under its number, from its start until it has fired for the last time or was
//! stopped; so entries are there no longer than needed, and one
//! that sends on a channel does not keep it alive: the collector ends those whose channel is garbage (as Go does since
//! 1.23). Whoever takes an entry out of the table
//! has ended the activation. The runtime's timer fires by number, and finds nothing if it comes too late; a
//! firing that has found its entry is waited for ([`timer::stop`] does) before the channel is emptied.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use mgo_runtime::bubble::Bubble;
use mgo_runtime::chan;
use mgo_runtime::os::thread::{nanotime, walltime};
use mgo_runtime::timer::{self, TimerId};
use mgo_runtime::worker::Worker;

use crate::engine::Shared;
use crate::interp::channels::chan_of;
use crate::native::NativeCtx;
use crate::value::mem;

/// What an activation does.
#[derive(Clone, Copy)]
pub(super) struct Timer {
    /// When it fires first, on the machine's clock.
    pub when: i64,
    /// After so many nanoseconds again, if not 0.
    pub period: i64,
    /// Sends the time here, if not nil.
    pub chan: u64,
    /// Else calls this.
    pub func: u64,
    /// The location that the time sent is in.
    pub loc: u64,
    /// The program.
    pub shared: &'static Shared,
    /// The bubble on whose clock it runs, if not the machine's.
    pub bubble: Option<&'static Bubble>,
}

struct Active {
    timer: Timer,
    /// The runtime's timer; none while it is being started.
    id: Option<TimerId>,
}

#[derive(Default)]
struct Table {
    last: u64,
    active: HashMap<u64, Active>,
}

static TABLE: Mutex<Option<Table>> = Mutex::new(None);

/// Calls `with` with the table. Nothing else is locked inside, and nothing allocated from the heap.
fn table<R>(with: impl FnOnce(&mut Table) -> R) -> R {
    let mut guard: MutexGuard<'_, Option<Table>> = TABLE.lock().unwrap_or_else(|e| e.into_inner());
    with(guard.get_or_insert_default())
}

/// Starts a new activation of the timer at address `id`, after ending the one before; whether that was active or
/// had sent something not yet received.
pub(super) fn reset(w: &mut Worker, id: u64, timer: Timer) -> bool {
    let (old, old_number, number) = table(|t| {
        let old_number = mem::load64(id);
        let old = t.active.remove(&old_number);
        t.last += 1;
        mem::store64(id, t.last);
        t.active.insert(t.last, Active { timer, id: None });
        (old, old_number, t.last)
    });
    let was_active = end(w, old, old_number, timer.chan);
    if let Some(b) = timer.bubble {
        b.start_timer(w, number, timer.when, timer.period, fire_bubbled);
        return was_active;
    }
    let started = timer::start(w, timer.when, timer.period, fire, number);
    let is_wanted = table(|t| t.active.get_mut(&number).map(|a| a.id = Some(started)).is_some());
    if !is_wanted {
        // It has fired already, or somebody stopped it meanwhile.
        timer::stop(w, started);
    }
    was_active
}

/// Ends the activation of the timer at address `id`.
pub(super) fn stop(w: &mut Worker, id: u64, chan: u64) -> bool {
    let (old, number) = table(|t| {
        let number = mem::load64(id);
        mem::store64(id, 0);
        (t.active.remove(&number), number)
    });
    end(w, old, number, chan)
}

/// Ends the program if the timer at address `id` runs in a bubble that the goroutine is not in.
pub(super) fn check_bubble(cx: &mut NativeCtx<'_>, id: u64, what: &str) {
    let of = table(|t| t.active.get(&mem::load64(id)).and_then(|a| a.timer.bubble));
    if let Some(b) = of {
        cx.worker()
            .check_bubble(b.tag(), &format!("{what} of synctest timer"));
    }
}

/// Ends activation `number`, which was `old` in the table.
fn end(w: &mut Worker, old: Option<Active>, number: u64, chan: u64) -> bool {
    if let Some(b) = old.as_ref().and_then(|a| a.timer.bubble) {
        b.stop_timer(number);
    }
    if let Some(id) = old.as_ref().and_then(|a| a.id) {
        timer::stop(w, id);
    }
    let had_value = chan::discard(w, chan_of(chan));
    old.is_some() || had_value
}

/// A timer of the runtime fires: that of activation `number`.
fn fire(w: &mut Worker, number: u64, _: TimerId, _: i64) {
    fire_bubbled(w, number);
}

/// A timer, perhaps of a bubble, fires.
fn fire_bubbled(w: &mut Worker, number: u64) {
    let found = table(|t| match t.active.get(&number) {
        Some(a) if a.timer.period > 0 => Some(a.timer),
        _ => t.active.remove(&number).map(|a| a.timer),
    });
    let Some(timer) = found else { return };
    if timer.chan != 0 {
        let time = match timer.bubble {
            Some(b) => bubble_words(b, timer.loc),
            None => time_words(timer.shared, timer.loc),
        };
        // Full: the receiver is slow, and this tick is dropped.
        let _ = chan::try_send(w, chan_of(timer.chan), time.as_ptr());
    } else if timer.func != 0 {
        let g = timer.shared.start(w, timer.func);
        g.set_bubble(timer.bubble);
        w.spawn(g);
    }
}

/// Now on a bubble's clock, as a `time.Time` without a monotonic part.
fn bubble_words(b: &Bubble, loc: u64) -> [u64; 3] {
    /// Seconds from the year 1 to 1970.
    const TO_1: i64 = 62_135_596_800;
    let now = b.now();
    let sec = now.div_euclid(1_000_000_000) + TO_1;
    [now.rem_euclid(1_000_000_000) as u64, sec as u64, loc]
}

/// Now as a `time.Time` with a monotonic part.
fn time_words(shared: &Shared, loc: u64) -> [u64; 3] {
    /// Seconds from 1885 to 1970, as `Time` counts with a monotonic part.
    const TO_1885: i64 = 2_682_288_000;
    let now = walltime();
    let (sec, nsec) = (now.div_euclid(1_000_000_000), now.rem_euclid(1_000_000_000));
    let wall = 1 << 63 | ((sec + TO_1885) as u64) << 30 | nsec as u64;
    [wall, (nanotime() - shared.start_time() + 1) as u64, loc]
}

impl Timer {
    /// Whether nobody would ever know if it did not fire, once its channel is garbage.
    fn is_weak(&self) -> bool {
        self.chan != 0 && self.bubble.is_none()
    }
}

/// Calls `visit` with every word that timers of `shared` keep alive.
pub(crate) fn visit(shared: &Shared, visit: &mut dyn FnMut(u64)) {
    each(shared, |t| {
        if !t.is_weak() {
            visit(t.chan);
        }
        visit(t.func);
        visit(t.loc);
    });
}

/// Calls `visit` with the channels that timers of `shared` will send on and do not keep alive.
pub(crate) fn visit_channels(shared: &Shared, visit: &mut dyn FnMut(u64)) {
    each(shared, |t| {
        if t.is_weak() {
            visit(t.chan);
        }
    });
}

/// Ends activations whose channel nobody can receive from any more; their timers go to `done`.
pub(crate) fn drop_dead(shared: &Shared, is_live: &dyn Fn(u64) -> bool, done: &mut dyn FnMut(TimerId)) {
    table(|t| {
        t.active.retain(|_, a| {
            let lives = !std::ptr::eq(a.timer.shared, shared) || !a.timer.is_weak() || is_live(a.timer.chan);
            // Without an id it is being started, and whoever does that sees that it is not wanted.
            if let (false, Some(id)) = (lives, a.id) {
                done(id);
            }
            lives
        });
    });
}

fn each(shared: &Shared, mut f: impl FnMut(&Timer)) {
    table(|t| {
        for a in t.active.values().filter(|a| std::ptr::eq(a.timer.shared, shared)) {
            f(&a.timer);
        }
    });
}
