//! Calls by reflection: functions made at run time that pass words between a buffer and a frame.
//!
//! A native cannot call back into the program, but it can make code that does: for each number of result and
//! parameter slots there is one function that loads parameters from a buffer, calls a func value and stores its
//! results there; the other way round for the functions that `MakeFunc` makes; and the like for channel
//! operations, which may park. The sources of package reflect call these functions.
//!
//! A buffer has a word for each slot: parameters come in from its beginning, results go out there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use mgo_lang::source::Pos;
use rustc_hash::FxHashMap;

use super::{slots_of, ty, word_of};
use crate::bytecode::form::leak_layout;
use crate::bytecode::op::{Op, a_bc, abc, quarters};
use crate::bytecode::program::{Func, FuncEntry, HEADER, MAX_VALUE_SLOTS, Program, func_flag};
use crate::frame::closure_entry;
use crate::native::{NativeCtx, NativeResult, Ptr, Slice};
use crate::value::alloc::Alloc;
use crate::value::mem;

/// The largest frame.
const MAX_FRAME: u64 = 60_000;

/// What a function made here does, by numbers of slots.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Stub {
    /// `func(fn, buf)`: calls fn, which has so many result and parameter slots.
    Call(u64, u64),
    /// The code of a func value with so many result and parameter slots; its closure holds a handler and a word,
    /// and its buffer is a variable of the type.
    Made(u64, u64, u32),
    /// `func(ch, buf)`: sends an element of so many slots.
    Send(u64),
    /// `func(ch, buf) (ok bool)`: receives one.
    Recv(u64),
    /// `func(buf) (chosen int, ok bool)`: a select with these cases, sends (true) and receives, with slots of
    /// elements. The buffer holds for each case its channel, then the element. Whether there is a default.
    Select(Vec<(bool, u64)>, bool),
}

/// All functions made, which live for ever, by program.
static STUBS: Mutex<Option<FxHashMap<(usize, Stub), &'static FuncEntry>>> = Mutex::new(None);

/// Instructions and the number of slots they use.
struct Code {
    words: Vec<u64>,
    results: u64,
    params: u64,
    frame: u64,
}

impl Code {
    fn op(&mut self, op: Op, a: u64, b: u64, c: u64) {
        self.words.push(abc(op, a as u16, b as u16, c as u16));
    }

    /// R[first..] := n words of the buffer R[buf] from word `from` on.
    fn load(&mut self, first: u64, buf: u64, from: u64, n: u64) {
        (0..n).for_each(|i| self.op(Op::Load64, first + i, buf, 8 * (from + i)));
    }

    /// The reverse.
    fn store(&mut self, first: u64, buf: u64, from: u64, n: u64) {
        (0..n).for_each(|i| self.op(Op::StoreP, buf, first + i, 8 * (from + i)));
    }
}

const H: u64 = HEADER as u64;

impl Stub {
    fn code(&self) -> Code {
        let mut c = Code {
            words: Vec::new(),
            results: 0,
            params: 2,
            frame: 0,
        };
        match self {
            Stub::Call(results, params) => {
                let (func, buf, window) = (H, H + 1, H + 2);
                c.load(window + H + results, buf, 0, *params);
                c.op(Op::CallC, window, func, results + params);
                c.store(window + H, buf, 0, *results);
                c.frame = window + H + results + params;
            }
            Stub::Made(results, params, buffer) => {
                (c.results, c.params) = (*results, *params);
                let buf = H + results + params;
                let (handler, window) = (buf + 1, buf + 2);
                c.words.push(a_bc(Op::New, buf as u16, *buffer));
                c.store(H + results, buf, 0, *params);
                c.op(Op::Load64, handler, 2, 8);
                c.op(Op::Load64, window + H, 2, 16);
                c.op(Op::Move, window + H + 1, buf, 0);
                c.op(Op::CallC, window, handler, 2);
                c.load(H, buf, 0, *results);
                c.frame = window + H + 2;
            }
            Stub::Send(n) => {
                let (chan, buf, value) = (H, H + 1, H + 2);
                c.load(value, buf, 0, *n);
                c.op(Op::Send, chan, value, 0);
                c.frame = value + n;
            }
            Stub::Recv(n) => {
                let (ok, chan, buf, value) = (H, H + 1, H + 2, H + 3);
                c.results = 1;
                c.op(Op::RecvOk, value, chan, ok);
                c.store(value, buf, 0, *n);
                c.frame = value + n;
            }
            Stub::Select(cases, default) => {
                (c.results, c.params) = (2, 1);
                let (chosen, ok, buf) = (H, H + 1, H + 2);
                let total = cases.iter().map(|(_, n)| n + 1).sum();
                c.load(buf + 1, buf, 0, total);
                c.words.push(a_bc(Op::LoadI, ok as u16, 0));
                c.op(Op::Select, chosen, cases.len() as u64, u64::from(*default));
                let mut at = buf + 1;
                for (send, n) in cases {
                    let words = [u64::from(!send), at, at + 1, ok].map(|w| w as u16);
                    c.words.push(quarters(words));
                    at += n + 1;
                }
                c.store(buf + 1, buf, 0, total);
                c.frame = at;
            }
        }
        c.op(Op::Ret, 0, 0, 0);
        c
    }

    /// The function, made if there was none; none if its frame would be too large.
    fn entry(self, p: &'static Program) -> Option<&'static FuncEntry> {
        let mut stubs = STUBS.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (std::ptr::from_ref(p) as usize, self);
        let all = stubs.get_or_insert_default();
        if let Some(&e) = all.get(&key) {
            return Some(e);
        }
        let code = key.1.code();
        if code.frame > MAX_FRAME {
            return None;
        }
        let entry = add(p, code);
        all.insert(key, entry);
        Some(entry)
    }
}

/// Puts a function into the program. What its slots hold is not known: all may be pointers.
fn add(p: &'static Program, code: Code) -> &'static FuncEntry {
    let id = p.funcs.reserve();
    let entry = FuncEntry::leak(id);
    let words: Vec<AtomicU64> = code.words.into_iter().map(AtomicU64::new).collect();
    let slots = code.frame as usize;
    // The closure is in slot 2; below it there are no values.
    let pointers = (0..slots.div_ceil(64)).map(|i| if i == 0 { !0 << 2 } else { !0 });
    let func = Func {
        id,
        name: "reflect.stub".into(),
        entry,
        code: Box::leak(words.into_boxed_slice()),
        frame: code.frame as u16,
        results: code.results as u16,
        params: code.params as u16,
        pointers: pointers.collect(),
        lines: Box::default(),
        inlined: Box::default(),
        recover: None,
        liveness: OnceLock::new(),
        flags: func_flag::WRAPPER,
        pos: Pos(0),
    };
    debug_assert_eq!(crate::bytecode::verify::func(p, &func), Ok(()));
    entry.frame.store(code.frame as u32, Ordering::Relaxed);
    entry.code.store(func.start(), Ordering::Release);
    p.add_func(func);
    entry
}

fn stub(cx: &mut NativeCtx<'_>, s: Stub) -> Result<u64, NativeResult> {
    match s.entry(cx.program()) {
        Some(e) => Ok(e.address() as u64),
        None => Err(cx.panic("reflect: too many parameters, results or cases")),
    }
}

/// Slots of values of these types, one after another.
fn slots(cx: &NativeCtx<'_>, types: &[u32]) -> u64 {
    types.iter().map(|&t| u64::from(cx.rtype(t).slots)).sum()
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "reflect.slots" = |cx, t: i64| -> i64 { ty(cx, t).slots.into() };
    "reflect.toSlots" = |cx, t: i64, word: u64, buf: Ptr<'_>, at: i64| -> Result<(), NativeResult> {
        let t = ty(cx, t);
        let mut slots = [0; MAX_VALUE_SLOTS as usize];
        slots_of(t, word, &mut slots);
        let first = if t.slots == 0 { 0 } else { buf.not_nil()? + 8 * at as u64 };
        for (i, &s) in slots[..t.slots.into()].iter().enumerate() {
            mem::store64(first + 8 * i as u64, s);
        }
        Ok(())
    };
    "reflect.fromSlots" = |cx, t: i64, buf: Ptr<'_>, at: i64| -> Result<u64, NativeResult> {
        let t = ty(cx, t);
        let mut slots = [0; MAX_VALUE_SLOTS as usize];
        for (i, s) in slots[..t.slots.into()].iter_mut().enumerate() {
            *s = mem::load64(buf.not_nil()? + 8 * (at as u64 + i as u64));
        }
        Ok(word_of(cx.worker(), t, &slots))
    };
    "reflect.callStub" = |cx, func: i64, receiver: i64| -> Result<u64, NativeResult> {
        let t = ty(cx, func);
        let (results, params) = (slots(cx, &t.results), slots(cx, &t.params));
        stub(cx, Stub::Call(results, params + receiver as u64))
    };
    "reflect.newFunc" = |cx, func: i64, word: i64, handler: u64, context: u64| -> Result<u64, NativeResult> {
        let t = ty(cx, func);
        let (results, params) = (slots(cx, &t.results), slots(cx, &t.params));
        let buffer = crate::bytecode::derived::Structure::Array(word as u32, results.max(params));
        let Some(buffer) = cx.program().derive(buffer) else {
            return Err(cx.panic("reflect.MakeFunc: too many parameters or results"));
        };
        let entry = stub(cx, Stub::Made(results, params, buffer))?;
        let layout = closure_entry(entry).closure.get_or_init(|| leak_layout(24, &[1, 2]));
        let closure = cx.worker().object(layout);
        for (i, w) in [entry, handler, context].into_iter().enumerate() {
            mem::store64(closure + 8 * i as u64, w);
        }
        Ok(closure)
    };
    "reflect.codeOf" = |cx, func: Ptr<'_>| -> Result<u64, NativeResult> {
        // Inside the first instruction, so that it is found as a caller's address is.
        Ok(closure_entry(func.not_nil()?).code.load(Ordering::Relaxed) as u64 + 1)
    };
    "reflect.methodEntry" = |cx, t: i64, i: i64| -> u64 {
        let m = &ty(cx, t).methods()[i as usize];
        m.entry.map_or(0, |e| e.address() as u64)
    };
    "reflect.findMethod" = |cx, t: i64, iface: i64, i: i64| -> u64 {
        let sel = ty(cx, iface).methods()[i as usize].sel;
        ty(cx, t).find_method(sel).map_or(0, |e| e as u64)
    };
    "reflect.sendStub" = |cx, elem: i64| -> Result<u64, NativeResult> {
        let n = u64::from(ty(cx, elem).slots);
        stub(cx, Stub::Send(n))
    };
    "reflect.recvStub" = |cx, elem: i64| -> Result<u64, NativeResult> {
        let n = u64::from(ty(cx, elem).slots);
        stub(cx, Stub::Recv(n))
    };
    "reflect.selectStub" = |cx, sends: Slice<'_>, elems: Slice<'_>, default: bool| -> Result<u64, NativeResult> {
        let cases = (0..sends.len()).map(|i| {
            let slots = cx.rtype(elems.word(i) as u32).slots;
            (sends.word(i) != 0, u64::from(slots))
        });
        let s = Stub::Select(cases.collect(), default);
        stub(cx, s)
    };
}
