//! Bubbles: groups of goroutines with a clock of their own, for `testing/synctest`.
//!
//! The goroutine that makes a bubble is its *root*; it starts one that runs the test's function, *main*, and waits.
//! Goroutines, channels and timers made by members belong to the bubble. A member is *durably blocked* if only
//! another member, or the bubble's clock, can wake it: on channels of the bubble, in a sleep, in a wait for a condition
//! or for a WaitGroup of the bubble; not on a mutex, or in a system call. When all members are, the bubble is *idle*,
//! and one of these happens, the first that can: timers that are due fire; the one that called Wait goes on; the clock
//! jumps to the next timer; the root goes on, since all have ended, or since none ever will. The clock stands still
//! once main has ended. (The rules are those of Go's `runtime/synctest.go`.)
//!
//! `running` counts the members that are not durably blocked; it changes when such a G parks, before others can see
//! it, and when it is made runnable, before it can run. The M whose G makes it zero deals with the idle bubble once it
//! is back in the scheduler, where it holds no locks. While it does it counts as running itself.

use crate::g::G;
use crate::sched::park::WaitReason;
use crate::select::sudogs_of;
use crate::sync::{Mutex, MutexGuard, Rank};
use crate::timer::Sleep;
use crate::worker::Worker;
use std::collections::{BTreeMap, HashMap};

/// Midnight UTC, 1 January 2000, in nanoseconds since 1970: what a new bubble's clock shows.
const BASE: i64 = 946_684_800_000_000_000;

/// Called when a timer of a bubble fires, with the number it was started with.
pub type BubbleTimerFn = fn(w: &mut Worker, number: u64);

/// A bubble. It lives as long as the process, since what it made may name it.
pub struct Bubble {
    /// Its number, from 1.
    pub id: u64,
    synced: Mutex<State>,
}

struct State {
    now: i64,
    total: i32,
    running: i32,
    root: &'static G,
    /// The number of main, 0 before it was started.
    main: u64,
    /// Main has ended.
    done: bool,
    /// The root has been woken for the last time.
    over: bool,
    waiter: Option<&'static G>,
    /// By time, and those of the same time in the order in which they were started.
    timers: BTreeMap<(i64, u64), Timer>,
    /// The keys of timers that may be stopped, by number.
    by_number: HashMap<u64, (i64, u64)>,
    last: u64,
}

#[derive(Clone, Copy)]
enum Timer {
    Wake(&'static G),
    Call {
        number: u64,
        period: i64,
        func: BubbleTimerFn,
    },
}

/// How a bubble ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// All its goroutines have ended.
    Done,
    /// All are blocked.
    Deadlock,
    /// Main has ended, others are blocked.
    Left,
}

impl Bubble {
    /// Makes a bubble whose root is `g`, the current G, which is in none.
    pub fn begin(w: &mut Worker, g: &'static G) {
        let id = w.rt().count_bubble();
        let state = State {
            now: BASE,
            total: 1,
            running: 1,
            root: g,
            main: 0,
            done: false,
            over: false,
            waiter: None,
            timers: BTreeMap::new(),
            by_number: HashMap::new(),
            last: 0,
        };
        let synced = Mutex::new(Rank::Unranked, state);
        g.set_bubble(Some(Box::leak(Box::new(Bubble { id, synced }))));
    }

    /// The root, `g`, whose state is stored, waits until all have ended or none can go on: it is parked.
    pub fn wait_end(&self, w: &mut Worker, g: &'static G) {
        w.park(g, WaitReason::SynctestRun);
    }

    /// The root, `g`, leaves the bubble, which is over; how it ended.
    pub fn leave(&self, g: &'static G) -> Ending {
        let s = self.synced.lock();
        g.set_bubble(None);
        match (s.total, s.done) {
            (1, _) => Ending::Done,
            (_, true) => Ending::Left,
            (_, false) => Ending::Deadlock,
        }
    }

    /// `g`, whose state is stored, waits until all other members are durably blocked: it is parked. False: another
    /// one already waits.
    pub fn wait_idle(&self, w: &mut Worker, g: &'static G) -> bool {
        {
            let mut s = self.synced.lock();
            if s.waiter.is_some() {
                return false;
            }
            s.waiter = Some(g);
        }
        w.park(g, WaitReason::SynctestWait);
        true
    }

    /// What its clock shows, in nanoseconds since 1970.
    pub fn now(&self) -> i64 {
        self.synced.lock().now
    }

    /// What its channels and WaitGroups bear to tell them from others'; never 0.
    pub fn tag(&self) -> u16 {
        (self.id % u64::from(u16::MAX)) as u16 + 1
    }

    pub(crate) fn sleep(&self, w: &mut Worker, g: &'static G, ns: i64) -> Sleep {
        {
            let mut s = self.synced.lock();
            let when = s.now.saturating_add(ns);
            s.insert(when, Timer::Wake(g));
        }
        w.park(g, WaitReason::Sleep);
        Sleep::Parked
    }

    /// Has `func` called with `number` when the clock shows `when`, and every `period` nanoseconds from then on if that
    /// is not 0; at once, for the first time, if it is not in the future.
    pub fn start_timer(&self, w: &mut Worker, number: u64, when: i64, period: i64, func: BubbleTimerFn) {
        let is_due = {
            let mut s = self.synced.lock();
            let is_due = when <= s.now;
            let call = Timer::Call { number, period, func };
            if !is_due {
                s.insert(when, call);
            } else if period > 0 {
                let next = s.now + period;
                s.insert(next, call);
            }
            is_due
        };
        if is_due {
            func(w, number);
        }
    }

    /// Stops the timer of that number, if it is still to fire.
    pub fn stop_timer(&self, number: u64) {
        let mut s = self.synced.lock();
        if let Some(key) = s.by_number.remove(&number) {
            s.timers.remove(&key);
        }
    }

    /// `g` is a new member about to be started.
    fn add(&self, g: &'static G) {
        let mut s = self.synced.lock();
        s.total += 1;
        s.running += 1;
        if s.main == 0 {
            s.main = g.id();
        }
    }

    /// A member counts as running no more; whether it was the last.
    fn stop_running(s: &mut State) -> bool {
        s.running -= 1;
        debug_assert!(s.running >= 0);
        s.running == 0 && !s.over
    }

    /// Deals with the bubble if it is idle. The caller is in the scheduler and holds no locks.
    fn idle(&self, w: &mut Worker) {
        loop {
            let mut s = self.synced.lock();
            if s.running > 0 || s.over {
                return;
            }
            let next = s.timers.first_key_value().map(|(&(when, _), _)| when);
            if next.is_none_or(|when| when > s.now) {
                if let Some(g) = s.waiter.take() {
                    s.running += 1;
                    g.set_durable(false);
                    drop(s);
                    return w.ready(g);
                }
                let Some(when) = next.filter(|_| !s.done) else {
                    s.over = true;
                    let root = s.root;
                    s.running += 1;
                    root.set_durable(false);
                    drop(s);
                    return w.ready(root);
                };
                s.now = when;
            }
            s.running += 1;
            self.fire(w, s);
            self.synced.lock().running -= 1;
        }
    }

    /// Fires the timers that are due.
    fn fire<'b>(&'b self, w: &mut Worker, mut s: MutexGuard<'b, State>) {
        let mut n_woken = 0;
        while let Some((&key, &timer)) = s.timers.first_key_value()
            && key.0 <= s.now
        {
            s.timers.remove(&key);
            match timer {
                Timer::Wake(g) => {
                    drop(s);
                    // In the order of their deadlines.
                    if n_woken == 0 {
                        w.ready(g)
                    } else {
                        w.ready_last(g)
                    }
                    n_woken += 1;
                }
                Timer::Call { number, period, func } => {
                    s.by_number.remove(&number);
                    if period > 0 {
                        s.insert(key.0 + period, timer);
                    }
                    drop(s);
                    func(w, number);
                }
            }
            s = self.synced.lock();
        }
    }
}

impl State {
    fn insert(&mut self, when: i64, timer: Timer) {
        self.last += 1;
        let key = (when, self.last);
        if let Timer::Call { number, .. } = timer {
            self.by_number.insert(number, key);
        }
        self.timers.insert(key, timer);
    }
}

impl Worker {
    /// A member of a bubble is about to start.
    #[cold]
    pub(crate) fn bubble_spawn(&mut self, g: &'static G) {
        if let Some(b) = g.bubble() {
            b.add(g);
        }
    }

    /// A member of a bubble is being parked; nobody sees it yet.
    #[cold]
    pub(crate) fn bubble_park(&mut self, g: &'static G, reason: WaitReason) {
        let Some(b) = g.bubble() else { return };
        if is_durable(g, b, reason) {
            g.set_durable(true);
            if Bubble::stop_running(&mut b.synced.lock()) {
                self.idle_bubble = Some(b);
            }
        }
    }

    /// A member of a bubble is made runnable.
    #[cold]
    pub(crate) fn bubble_ready(&mut self, g: &'static G) {
        if let Some(b) = g.bubble()
            && g.is_durable()
        {
            g.set_durable(false);
            b.synced.lock().running += 1;
        }
    }

    /// A member of a bubble has ended.
    #[cold]
    pub(crate) fn bubble_dead(&mut self, g: &'static G) {
        let Some(b) = g.bubble() else { return };
        g.set_bubble(None);
        let is_idle = {
            let mut s = b.synced.lock();
            s.total -= 1;
            s.done |= s.main == g.id();
            Bubble::stop_running(&mut s)
        };
        if is_idle {
            b.idle(self);
        }
    }

    /// After the current G has parked: deals with a bubble that became idle by this.
    #[inline]
    pub(crate) fn see_to_bubble(&mut self) {
        if let Some(b) = self.idle_bubble.take() {
            b.idle(self);
        }
    }

    /// Ends the program if the current G is not in the bubble that `tag` names: what it is about to do is not
    /// allowed to it. The scheduler itself, where timers fire, may.
    #[cold]
    pub fn check_bubble(&mut self, tag: u16, what: &str) {
        let Some(g) = self.current_g() else { return };
        if g.bubble().map(Bubble::tag) != Some(tag) {
            self.rt().fatal(Some(g), &format!("{what} from outside bubble"));
        }
    }
}

/// Whether only members of `b`, or its clock, can wake `g`.
fn is_durable(g: &'static G, b: &Bubble, reason: WaitReason) -> bool {
    use WaitReason as R;
    match reason {
        R::ChanReceiveNil | R::ChanSendNil | R::SelectNoCases | R::Sleep | R::CondWait => true,
        R::SynctestRun | R::SynctestWait | R::SynctestWaitGroup | R::Coroutine => true,
        R::ChanReceive | R::ChanSend | R::Select => {
            sudogs_of(g).all(|s| crate::chan::bubble_tag(s.chan.get()) == b.tag())
        }
        _ => false,
    }
}
