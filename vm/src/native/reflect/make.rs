//! Types of types: what `SliceOf` and its kin give.

use std::sync::Arc;

use crate::bytecode::derived::{FieldOf, Structure};
use crate::native::{NativeCtx, NativeResult, Slice, Str};

fn derive(cx: &mut NativeCtx<'_>, s: Structure) -> Result<i64, NativeResult> {
    match cx.program().derive(s) {
        Some(id) => Ok(id.into()),
        None => Err(cx.panic("reflect: type is too large")),
    }
}

fn ids(s: Slice<'_>) -> Box<[u32]> {
    (0..s.len()).map(|i| s.word(i) as u32).collect()
}

fn shared(s: Str<'_>) -> Arc<str> {
    String::from_utf8_lossy(s.bytes()).into()
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "reflect.pointerTo" = |cx, t: i64| -> Result<i64, NativeResult> {
        match cx.rtype(t as u32).pointer() {
            Some(p) => Ok(p.into()),
            None => derive(cx, Structure::Pointer(t as u32)),
        }
    };
    "reflect.sliceOf" = |cx, t: i64| -> Result<i64, NativeResult> { derive(cx, Structure::Slice(t as u32)) };
    "reflect.arrayOf" = |cx, t: i64, n: i64| -> Result<i64, NativeResult> {
        derive(cx, Structure::Array(t as u32, n as u64))
    };
    "reflect.mapOf" = |cx, k: i64, t: i64| -> Result<i64, NativeResult> {
        derive(cx, Structure::Map(k as u32, t as u32))
    };
    "reflect.chanOf" = |cx, dir: i64, t: i64| -> Result<i64, NativeResult> {
        derive(cx, Structure::Chan(dir as u8, t as u32))
    };
    "reflect.funcOf" = |cx, params: Slice<'_>, results: Slice<'_>, variadic: bool| -> Result<i64, NativeResult> {
        derive(cx, Structure::Func(ids(params), ids(results), variadic))
    };
    "reflect.structOf" =
        |cx, names: Slice<'_>, pkgs: Slice<'_>, tags: Slice<'_>, types: Slice<'_>, embedded: Slice<'_>|
        -> Result<i64, NativeResult> {
        let fields = (0..names.len()).map(|i| FieldOf {
            name: shared(names.string(i)),
            pkg: shared(pkgs.string(i)),
            ty: types.word(i) as u32,
            embedded: embedded.word(i) != 0,
            tag: shared(tags.string(i)),
        });
        let s = Structure::Struct(fields.collect());
        derive(cx, s)
    };
}
