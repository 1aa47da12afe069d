//! Natives of `internal/sigq`.

use mgo_runtime::os::sigqueue;
use mgo_vm::native::Later;
use mgo_vm::natives;

natives! {
    /// `internal/sigq`.
    SIGNALS:
    "internal/sigq.Enable" = |cx, sig: i64| -> () { sigqueue::enable(sig as i32) };
    "internal/sigq.Disable" = |cx, sig: i64| -> () { sigqueue::disable(sig as i32) };
    "internal/sigq.Ignore" = |cx, sig: i64| -> () { sigqueue::ignore(sig as i32) };
    "internal/sigq.Ignored" = |cx, sig: i64| -> bool { sigqueue::is_ignored(sig as i32) };
    "internal/sigq.Recv" = |cx| -> Later<i64> {
        cx.block(sigqueue::recv, |cx, sig| cx.give(i64::from(sig))).into()
    };
    "internal/sigq.Kill" = |cx, pid: i64, sig: i64| -> i64 { sigqueue::kill(pid as i32, sig as i32).into() };
}
