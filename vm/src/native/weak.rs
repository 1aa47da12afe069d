//! Package weak, and cleanups: what hangs on an object's death (see `mgo_runtime::gc`).

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use crate::native::{Func, NativeCtx, NativeResult, Ptr};
use crate::value::mem;

/// The object that holds what `p` points to, if it lies in the heap.
fn base(cx: &mut NativeCtx<'_>, p: Ptr<'_>) -> Result<Option<usize>, NativeResult> {
    let at = p.not_nil()? as usize;
    Ok(cx.worker().rt().heap().find_object(at).map(|o| o.base))
}

crate::natives! {
    /// The natives of this module.
    TABLE:
    "weak.makeHandle" = |cx, p: Ptr<'_>| -> Result<(u64, u64), NativeResult> {
        let at = p.not_nil()?;
        Ok(match base(cx, p)? {
            Some(base) => {
                let handle = cx.worker().rt().heap().weak_handle(base);
                (std::ptr::from_ref(handle) as u64, at - base as u64)
            }
            None => (0, at),
        })
    };
    "weak.loadHandle" = |cx, handle: u64, offset: u64| -> u64 {
        if handle == 0 {
            return offset;
        }
        // SAFETY: the words of a weak.Pointer are out of the program's reach: only `makeHandle` gives such a number,
        // the address of a handle that lives for ever.
        let handle = unsafe { &*(handle as *const AtomicUsize) };
        match handle.load(SeqCst) as u64 {
            0 => 0,
            base => {
                // A cycle under way may not have seen the object: from now on it is reachable again.
                mem::shade_word(base);
                base + offset
            }
        }
    };
    "runtime.addCleanup" = |cx, p: Ptr<'_>, f: Func<'_>| -> Result<(u64, u64), NativeResult> {
        let Some(base) = base(cx, p)? else {
            // It never dies.
            return Ok((0, 0));
        };
        let id = cx.worker().rt().heap().add_cleanup(base, [f.word(), 0, 0, 0]);
        crate::interp::control::start_finalizer(cx.vm());
        Ok((id, base as u64))
    };
    "runtime.stopCleanup" = |cx, id: u64, base: u64| -> () {
        cx.worker().rt().heap().stop_cleanup(base as usize, id);
    };
}
