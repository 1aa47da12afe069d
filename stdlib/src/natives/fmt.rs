//! Natives of `fmt`.

use mgo_vm::bytecode::program::RKind;
use mgo_vm::native::{Any, Bytes, NativeCtx, Slice, Str};
use mgo_vm::natives;

use crate::format::{self, Value};
use crate::number::scale;
use crate::text;

/// What an operand is, if it is nil or of a predeclared type.
fn value<'n>(cx: &NativeCtx<'_>, v: Any<'n>) -> Option<Value<'n>> {
    let Some(t) = v.rtype(cx) else {
        return Some(Value::Nil);
    };
    if !t.named || !t.pkg.is_empty() {
        return None;
    }
    let slot = || v.slot(cx);
    Some(match t.kind {
        RKind::Bool => Value::Bool(slot()? != 0),
        RKind::Int | RKind::Int8 | RKind::Int16 | RKind::Int32 | RKind::Int64 => Value::Int(slot()? as i64),
        RKind::Uint | RKind::Uint8 | RKind::Uint16 | RKind::Uint32 | RKind::Uint64 | RKind::Uintptr => {
            Value::Uint(slot()?)
        }
        RKind::Float64 => Value::Float(f64::from_bits(slot()?), 64),
        RKind::Float32 => Value::Float(f32::from_bits(slot()? as u32).into(), 32),
        RKind::String => Value::Str(v.string(cx)?.bytes()),
        _ => return None,
    })
}

natives! {
    /// `fmt`.
    FMT:
    "fmt.plain" = |cx, buf: Bytes<'n>, args: Slice<'n>, ln: bool| -> (Bytes<'n>, bool) {
        let mut out = Vec::with_capacity(64);
        match format::print(&mut out, args.len(), |i| value(cx, args.any(i)), ln) {
            Some(()) => (cx.append(buf, &out), true),
            None => (buf, false),
        }
    };
    "fmt.plainf" = |cx, buf: Bytes<'n>, f: Str<'n>, args: Slice<'n>| -> (Bytes<'n>, bool) {
        let mut out = Vec::with_capacity(f.len() + 32);
        match format::printf(&mut out, &f, args.len(), |i| value(cx, args.any(i))) {
            Some(()) => (cx.append(buf, &out), true),
            None => (buf, false),
        }
    };
    "fmt.indexByte" = |cx, s: Str<'n>, c: u8, from: i64| -> i64 {
        let from = (from as usize).min(s.len());
        text::index_byte(&s[from..], c).map_or(s.len(), |i| from + i) as i64
    };
    "fmt.appendHex" = |cx, dst: Bytes<'n>, s: Str<'n>, upper: bool, sep: bool, prefix: bool| -> Bytes<'n> {
        let mut out = Vec::with_capacity(3 * s.len() + 2);
        text::append_hex(&mut out, &s, upper, sep, prefix);
        cx.append(dst, &out)
    };
    "fmt.ldexp" = |cx, f: f64, e: i64| -> f64 { scale(f, e) };
}
