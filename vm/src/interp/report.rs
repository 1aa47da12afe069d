//! The report of panics that nobody recovered.
//!
//! As in Go, error and Stringer values tell their text themselves, by methods that run on the goroutine
//! that panicked before the program ends. So reporting is a walk over the panics, newest first, that is
//! left for each such call and gone on with when the call returns to [`report_pc`].

use std::fmt::Write;

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use crate::bytecode::op::{Op, abc};
use crate::bytecode::program::HEADER;
use crate::frame::{Frame, Pc, closure_entry, method_entry, save};
use crate::interp::Flow;
use crate::interp::control::{die, fatal};
use crate::machine::{Panic, Vm};
use crate::value::print::{panic_value, text};

/// Where the methods called for a report return to.
static REPORT: [AtomicU64; 2] = [
    AtomicU64::new(abc(Op::Nop, 0, 0, 0)),
    AtomicU64::new(abc(Op::Unwind, 0, 0, 0)),
];

/// The return address of the methods called for a report.
pub(crate) fn report_pc() -> Pc {
    Pc::at(REPORT[1].as_ptr() as u64)
}

/// Nobody recovered the newest panic: collects the texts of all panics, then ends the program.
pub(super) fn uncaught(vm: &mut Vm<'_>) -> Flow {
    let records = vm.records_mut();
    if !records.report.is_empty() {
        let last = records.panics.last().map_or((0, 0), |p| p.value);
        let what = match panic_text(vm, last) {
            Ok(text)
                if vm
                    .prog
                    .types
                    .get(last.0 as u32)
                    .is_some_and(|t| &*t.string == "string") =>
            {
                text
            }
            _ => format!(
                "type {}",
                vm.prog.types.get(last.0 as u32).map_or("nil", |t| &t.string)
            ),
        };
        let text = format!("panic while printing panic value: {what}");
        return fatal(vm, &text);
    }
    next_text(vm)
}

/// The text of a panic's value, or the method that tells it.
fn panic_text(vm: &Vm<'_>, v: (u64, u64)) -> Result<String, u64> {
    let known = vm.prog.known();
    if v.0 != 0 {
        let t = &vm.prog.types[v.0 as u32];
        for sel in [known.sel_error, known.sel_string] {
            let Some(m) = t.methods().iter().find(|m| m.sel == sel) else {
                continue;
            };
            let is_text =
                vm.prog.types.get(m.ty).is_none_or(|f| {
                    f.params.is_empty() && f.results.len() == 1 && f.results[0] == known.string
                });
            if let (true, Some(entry)) = (is_text, t.find_method(sel)) {
                return Err(entry as u64);
            }
        }
    }
    Ok(panic_value(vm.prog, v))
}

/// Goes on with the newest panic whose text is missing.
fn next_text(vm: &mut Vm<'_>) -> Flow {
    loop {
        let records = vm.records_mut();
        let done = records.report.len();
        let Some(i) = records.panics.len().checked_sub(done + 1) else {
            break;
        };
        let p = records.panics[i];
        let repeats = i > 0 && records.panics[i - 1].value == p.value;
        if p.goexit || repeats {
            records.report.push(None);
            continue;
        }
        match panic_text(vm, p.value) {
            Ok(text) => vm.records_mut().report.push(Some(text)),
            Err(entry) => return call_method(vm, entry, p),
        }
    }
    let message = message(vm);
    if vm.shared.live.is_some() {
        return die(vm, &message);
    }
    vm.w.rt().fatal_panic(vm.g, &message)
}

/// Calls a method on the value of `p` on top of the newest panic's frame.
fn call_method(vm: &mut Vm<'_>, entry: u64, p: Panic) -> Flow {
    let g = vm.g;
    let newest = vm.records().and_then(|r| r.panics.last().copied()).unwrap_or(p);
    let size = u32::from(vm.func_before(newest.pc).frame);
    let entry = method_entry(entry);
    let base = newest.frame + size;
    vm.ensure_stack(base + entry.frame.load(Relaxed));
    g.fp.set(base);
    let f = Frame::of(g);
    f.enter(report_pc(), size, 0);
    // A string of two slots, then the receiver. Its text is not known yet, but what comes is the next one.
    f.set(HEADER + 2, p.value.1);
    vm.records_mut().report.push(None);
    save(g, Pc::at(entry.code.load(Relaxed) as u64), f);
    Flow::Go
}

/// A method has returned: its result is the text.
pub(super) fn told(vm: &mut Vm<'_>) -> Flow {
    let newest = vm.records().and_then(|r| r.panics.last().copied());
    let Some(newest) = newest else {
        mgo_runtime::throw!("a report without a panic")
    };
    let size = vm.func_before(newest.pc).frame;
    let result = Frame::of(vm.g).window(size).pair(HEADER);
    vm.save(Pc::at(newest.pc as u64), Frame::of(vm.g));
    let told = text(result).replace('\n', "\n\t");
    if let Some(last) = vm.records_mut().report.last_mut() {
        *last = Some(told);
    }
    next_text(vm)
}

/// What Go prints before the goroutines: oldest panic first.
fn message(vm: &mut Vm<'_>) -> String {
    let records = vm.records_mut();
    let n = records.panics.len();
    let mut out = String::new();
    for (i, p) in records.panics.iter().enumerate() {
        let repanicked = records
            .panics
            .get(i + 1)
            .is_some_and(|next| next.value == p.value);
        let after = i > 0 && records.panics[i - 1].value == p.value && !records.panics[i - 1].goexit;
        if after || p.goexit {
            continue;
        }
        if i > 0 && !records.panics[i - 1].goexit {
            out.push('\t');
        }
        // The report was made newest first; of equal values the oldest has the text.
        let text = records.report[n - 1 - i].as_deref().unwrap_or("");
        let _ = write!(out, "panic: {}", text);
        out.push_str(match (p.recovered, repanicked) {
            (true, true) => " [recovered, repanicked]",
            (true, false) => " [recovered]",
            _ => "",
        });
        out.push('\n');
    }
    if records.panics.last().is_some_and(|p| p.fault) {
        out.push_str("[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x0]\n");
    }
    out
}

/// Slots that the frame of a call of `closure` needs.
pub(super) fn frame_of(closure: u64) -> u32 {
    closure_entry(closure).frame.load(Relaxed)
}
