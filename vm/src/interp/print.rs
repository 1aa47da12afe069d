//! The `print` and `println` of the language: to standard error, unformatted.

use std::fmt::Write;

use crate::bytecode::op::PrintKind;
use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::value::print::{complex, complex64, float, float32};
use crate::value::slice::{cap, len};
use crate::value::string;

/// Prints b values from R[a..] on.
#[cold]
#[inline(never)]
pub(crate) fn print(vm: &mut Vm<'_>, f: Frame, at: Pc) {
    let (n, line) = (usize::from(at.b()), at.c() != 0);
    let mut out = Vec::new();
    let mut r = at.a();
    for i in 0..n {
        let kind = PrintKind::ALL[(at.word(1 + i / 8) >> (8 * (i % 8))) as u8 as usize];
        if line && i > 0 {
            out.push(b' ');
        }
        if kind == PrintKind::Str {
            out.extend_from_slice(string::bytes(f.pair(r)));
        } else {
            out.extend_from_slice(show(kind, f, r).as_bytes());
        }
        r += kind.slots();
    }
    if line {
        out.push(b'\n');
    }
    vm.print(&out);
}

fn show(kind: PrintKind, f: Frame, r: u16) -> String {
    let mut s = String::new();
    let v = f.get(r);
    let _ = match kind {
        PrintKind::Bool => write!(s, "{}", v != 0),
        PrintKind::Int => write!(s, "{}", v as i64),
        PrintKind::Uint => write!(s, "{v}"),
        PrintKind::F64 => {
            float(&mut s, f.f64(r));
            Ok(())
        }
        PrintKind::F32 => {
            float32(&mut s, f.f32(r));
            Ok(())
        }
        PrintKind::C128 => {
            complex(&mut s, f.f64(r), f.f64(r + 1));
            Ok(())
        }
        PrintKind::C64 => {
            complex64(&mut s, f.f32(r), f.f32(r + 1));
            Ok(())
        }
        PrintKind::Str => Ok(()),
        PrintKind::Ptr => write!(s, "{v:#x}"),
        PrintKind::Iface => write!(s, "({v:#x},{:#x})", f.get(r + 1)),
        PrintKind::Slice => {
            let word = f.get(r + 1);
            write!(s, "[{}/{}]{v:#x}", len(word), cap(word))
        }
    };
    s
}
