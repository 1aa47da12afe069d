//! Natives of `os`, other processes included, and `internal/stdio`, and those of `time` that need no timers.
//!
//! Calls that may wait copy what they read or write, so that no view of the program's memory is held
//! while the thread is without a P.

use mgo_runtime::os::sigqueue;
use mgo_vm::native::{Bytes, Later, NativeCtx, NativeResult, Slice, Str};
use mgo_vm::natives;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::number::{append_uint, push_text};
use crate::{process, sys, zone};

/// n and errno.
type Counted = (i64, i64);

/// The most that one call moves, so that copies stay small.
const CHUNK: usize = 1 << 20;

fn counted(r: Result<usize, i64>) -> Counted {
    match r {
        Ok(n) => (n as i64, 0),
        Err(e) => (0, e),
    }
}

fn code(r: Result<(), i64>) -> i64 {
    r.err().unwrap_or(0)
}

/// Reads into `buf`, which has its slots at `at`, by a call without P.
fn reading(
    cx: &mut NativeCtx<'_>,
    buf: Bytes<'_>,
    at: u16,
    read: impl FnOnce(&mut [u8]) -> Result<usize, i64> + 'static,
) -> NativeResult {
    let len = buf.len().min(CHUNK);
    cx.block(
        move || {
            let mut bytes = vec![0; len];
            let r = read(&mut bytes);
            bytes.truncate(*r.as_ref().unwrap_or(&0));
            (r, bytes)
        },
        move |cx, (r, bytes)| {
            let buf = <Bytes<'_> as mgo_vm::native::Arg<'_>>::read(cx, at);
            buf.write_at(0, &bytes);
            cx.give(counted(r))
        },
    )
}

/// Ends the program, as SIGPIPE does, when a standard stream has no reader any more: programs that print do
/// not look at errors, and would go on for nobody. Not if the program cares for that signal itself.
fn die_of_broken_pipe(fd: i64, errno: i64) {
    const EPIPE: i64 = 32;
    const SIGPIPE: i32 = 13;
    if errno == EPIPE
        && (fd == 1 || fd == 2)
        && !sigqueue::is_enabled(SIGPIPE)
        && !sigqueue::is_ignored(SIGPIPE)
    {
        sigqueue::die(SIGPIPE);
    }
}

/// Seconds and nanoseconds since 1970; nothing: none.
fn instant(t: Slice<'_>) -> Option<SystemTime> {
    if t.len() != 2 {
        return None;
    }
    let (sec, nsec) = (t.word(0) as i64, Duration::from_nanos(t.word(1)));
    let whole = Duration::from_secs(sec.unsigned_abs());
    let base = if sec < 0 {
        UNIX_EPOCH.checked_sub(whole)
    } else {
        UNIX_EPOCH.checked_add(whole)
    };
    base.and_then(|b| b.checked_add(nsec))
}

natives! {
    /// `internal/stdio`.
    STDIO:
    "internal/stdio.Write" = |cx, fd: i64, p: Bytes<'n>| -> Later<Counted> {
        let bytes = p.to_vec();
        cx.syscall(
            move || {
                let written = sys::write(fd, &bytes);
                die_of_broken_pipe(fd, written.1);
                written
            },
            |cx, (n, errno)| cx.give((n as i64, errno)),
        ).into()
    };
    // Results take slots 0 and 1, fd slot 2, the buffer those from 3 on.
    "internal/stdio.Read" = |cx, fd: i64, p: Bytes<'n>| -> Later<Counted> {
        // At a prompt a read that waits must end when its goroutine is to die.
        let doom = cx.doom();
        reading(cx, p, 3, move |buf| match doom {
            Some(doom) => sys::read_unless(fd, buf, || doom.has_come()),
            None => sys::read(fd, buf),
        }).into()
    };
    "internal/stdio.ErrnoText" = |cx, e: i64| -> String { sys::errno_text(e) };
}

natives! {
    /// `os`: files.
    FILES:
    "os.sysOpen" = |cx, name: Str<'n>, flag: i64, perm: u32| -> Later<(i64, i64)> {
        let name = name.to_vec();
        cx.syscall(move || sys::open(&name, flag, perm), |cx, r| {
            let r = match r {
                Ok(fd) => (fd, 0),
                Err(e) => (-1, e),
            };
            cx.give(r)
        }).into()
    };
    "os.sysClose" = |cx, fd: i64| -> i64 { code(sys::close(fd)) };
    "os.sysPread" = |cx, fd: i64, p: Bytes<'n>, off: i64| -> Later<Counted> {
        reading(cx, p, 3, move |buf| sys::pread(fd, buf, off)).into()
    };
    "os.sysPwrite" = |cx, fd: i64, p: Bytes<'n>, off: i64| -> Later<Counted> {
        let bytes = p.to_vec();
        cx.syscall(move || sys::pwrite(fd, &bytes, off), |cx, r| cx.give(counted(r))).into()
    };
    "os.sysSeek" = |cx, fd: i64, off: i64, whence: i64| -> (i64, i64) {
        match sys::seek(fd, off, whence) {
            Ok(at) => (at, 0),
            Err(e) => (0, e),
        }
    };
    "os.sysSync" = |cx, fd: i64| -> Later<i64> {
        cx.block(move || sys::sync(fd), |cx, r| cx.give(code(r))).into()
    };
    "os.sysTruncate" = |cx, name: Str<'n>, fd: i64, size: i64| -> i64 { code(sys::truncate(&name, fd, size)) };
    "os.sysPipe" = |cx| -> (i64, i64, i64) {
        match sys::pipe() {
            Ok((r, w)) => (r, w, 0),
            Err(e) => (-1, -1, e),
        }
    };
    "os.sysStat" = |cx, name: Str<'n>, fd: i64, follow: bool| -> (u32, i64, i64, i64, u64, u64, i64) {
        match sys::stat(&name, fd, follow) {
            Ok(s) => (s.mode, s.size, s.sec, s.nsec, s.place.0, s.place.1, 0),
            Err(e) => (0, 0, 0, 0, 0, 0, e),
        }
    };
    "os.sysList" = |cx, name: Str<'n>| -> (Slice<'n>, Slice<'n>, i64) {
        let (all, errno) = match sys::list(&name) {
            Ok(all) => (all, 0),
            Err(e) => (Vec::new(), e),
        };
        let names: Vec<&[u8]> = all.iter().map(|e| &e.0[..]).collect();
        let names = cx.strings(&names);
        let modes = cx.words(all.len().div_ceil(2)).halves(all.len());
        for (i, e) in all.iter().enumerate() {
            modes.set_half(i, e.1);
        }
        (names, modes, errno)
    };
    "os.sysRemove" = |cx, name: Str<'n>, dir: bool| -> i64 { sys::remove(&name, dir) };
    "os.sysMkdir" = |cx, name: Str<'n>, perm: u32| -> i64 { sys::mkdir(&name, perm) };
    "os.sysRename" = |cx, from: Str<'n>, to: Str<'n>| -> i64 { sys::rename(&from, &to) };
    "os.sysChmod" = |cx, name: Str<'n>, perm: u32| -> i64 { sys::chmod(&name, perm) };
    "os.sysTimes" = |cx, name: Str<'n>, access: Slice<'n>, change: Slice<'n>| -> i64 {
        sys::set_times(&name, instant(access), instant(change))
    };
    "os.sysChown" = |cx, name: Str<'n>, uid: i64, gid: i64, follow: bool| -> i64 { sys::chown(&name, uid, gid, follow) };
    "os.sysLink" = |cx, from: Str<'n>, to: Str<'n>, symbolic: bool| -> i64 { sys::link(&from, &to, symbolic) };
    "os.sysReadlink" = |cx, name: Str<'n>| -> (Vec<u8>, i64) { text(sys::readlink(&name)) };
    "os.sysChdir" = |cx, name: Str<'n>| -> i64 { sys::chdir(&name) };
    "os.sysGetwd" = |cx| -> (Vec<u8>, i64) { text(sys::getwd()) };
}

fn text(r: Result<Vec<u8>, i64>) -> (Vec<u8>, i64) {
    match r {
        Ok(t) => (t, 0),
        Err(e) => (Vec::new(), e),
    }
}

natives! {
    /// `os`: the process.
    PROCESS:
    "os.args" = |cx| -> Slice<'n> {
        let args: Vec<&[u8]> = sys::args().iter().map(|a| a.as_bytes()).collect();
        cx.strings(&args)
    };
    "os.Getpid" = |cx| -> i64 { std::process::id().into() };
    "os.Getppid" = |cx| -> i64 { std::os::unix::process::parent_id().into() };
    "os.Getuid" = |cx| -> i64 { sys::ids()[0] };
    "os.Geteuid" = |cx| -> i64 { sys::ids()[1] };
    "os.Getgid" = |cx| -> i64 { sys::ids()[2] };
    "os.Getegid" = |cx| -> i64 { sys::ids()[3] };
    "os.hostname" = |cx| -> String { sys::hostname() };
    "os.executable" = |cx| -> String {
        std::env::current_exe().map_or_else(|_| String::new(), |p| p.display().to_string())
    };
    "os.LookupEnv" = |cx, key: Str<'n>| -> (Vec<u8>, bool) {
        let v = sys::getenv(&key);
        let ok = v.is_some();
        (v.unwrap_or_default(), ok)
    };
    "os.Environ" = |cx| -> Slice<'n> {
        let all = sys::environ();
        let all: Vec<&[u8]> = all.iter().map(|e| &e[..]).collect();
        cx.strings(&all)
    };
    "os.setenv" = |cx, key: Str<'n>, value: Str<'n>| -> () { sys::setenv(&key, Some(&value)) };
    "os.unsetenv" = |cx, key: Str<'n>| -> () { sys::setenv(&key, None) };
    "os.Clearenv" = |cx| -> () { sys::clearenv() };
}

natives! {
    /// `os`: other processes.
    CHILDREN:
    "os.sysStart" = |cx, path: Str<'n>, args: Slice<'n>, env: Slice<'n>, dir: Str<'n>, streams: Slice<'n>| -> Later<(i64, i64)> {
        let all = |list: Slice<'n>| list.strings().map(|s| s.to_vec()).collect();
        let plan = process::Plan {
            path: path.to_vec(),
            args: all(args),
            env: all(env),
            dir: dir.to_vec(),
            streams: [0, 1, 2].map(|i| streams.word(i) as i64),
        };
        cx.block(move || process::start(&plan), |cx, r| cx.give((r.unwrap_or(-1), r.err().unwrap_or(0)))).into()
    };
    "os.sysWait" = |cx, pid: i64| -> Later<(i64, i64)> {
        cx.block(move || process::wait(pid), |cx, r| cx.give((r.unwrap_or(-1), r.err().unwrap_or(0)))).into()
    };
}

natives! {
    /// `time`: texts and zones.
    TIME:
    "time.appendInt" = |cx, b: Bytes<'n>, x: i64, width: i64| -> Bytes<'n> {
        let mut out = Vec::with_capacity(20);
        if x < 0 {
            out.push(b'-');
        }
        let mut digits = Vec::with_capacity(20);
        append_uint(&mut digits, x.unsigned_abs(), 10);
        out.resize(out.len() + (width.max(0) as usize).saturating_sub(digits.len()), b'0');
        out.extend_from_slice(&digits);
        cx.append(b, &out)
    };
    "time.durationString" = |cx, d: i64| -> Vec<u8> { duration(d) };
    "time.zoneLoad" = |cx, name: Str<'n>| -> i64 {
        std::str::from_utf8(&name).map_or(0, |n| zone::load(n) as i64)
    };
    "time.zoneLocal" = |cx| -> (i64, String) {
        let tz = sys::getenv(b"TZ").map(|v| String::from_utf8_lossy(&v).into_owned());
        let (id, name) = zone::local(tz.as_deref());
        (id as i64, name.to_owned())
    };
    "time.zoneAt" = |cx, id: i64, at: i64| -> (String, i64, i64, i64, bool) {
        match zone::table(id as usize) {
            Some(t) => {
                let s = t.lookup(at);
                (s.zone.name, s.zone.offset, s.start, s.end, s.zone.dst)
            }
            None => ("UTC".to_owned(), 0, i64::MIN, i64::MAX, false),
        }
    };
    "time.zoneNamed" = |cx, id: i64, name: Str<'n>, at: i64| -> (i64, bool) {
        let name = String::from_utf8_lossy(&name).into_owned();
        match zone::table(id as usize) {
            Some(t) => t.named(&name, at).map_or((0, false), |o| (o, true)),
            None => (0, name == "UTC"),
        }
    };
}

/// Go's text for a duration: `1h2m3.5s`, `1.5ms`.
fn duration(d: i64) -> Vec<u8> {
    let mut out = Vec::with_capacity(24);
    let u = d.unsigned_abs();
    if d < 0 {
        out.push(b'-');
    }
    // A number of units with what remains as a fraction, without trailing zeros.
    let fraction = |out: &mut Vec<u8>, whole: u64, rest: u64, digits: usize| {
        append_uint(out, whole, 10);
        if rest > 0 {
            push_text(out, format_args!(".{rest:0digits$}"));
            while out.last() == Some(&b'0') {
                out.pop();
            }
        }
    };
    match u {
        0 => out.extend_from_slice(b"0s"),
        1..1_000 => push_text(&mut out, format_args!("{u}ns")),
        1_000..1_000_000 => {
            fraction(&mut out, u / 1_000, u % 1_000, 3);
            out.extend_from_slice("µs".as_bytes());
        }
        1_000_000..1_000_000_000 => {
            fraction(&mut out, u / 1_000_000, u % 1_000_000, 6);
            out.extend_from_slice(b"ms");
        }
        _ => {
            let (s, rest) = (u / 1_000_000_000, u % 1_000_000_000);
            let (h, m, s) = (s / 3600, s / 60 % 60, s % 60);
            if h > 0 {
                push_text(&mut out, format_args!("{h}h"));
            }
            if h > 0 || m > 0 {
                push_text(&mut out, format_args!("{m}m"));
            }
            fraction(&mut out, s, rest, 9);
            out.push(b's');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn durations() {
        for (d, want) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (-2_000_000, "-2ms"),
            (61_000_000_000, "1m1s"),
            (3_600_500_000_000, "1h0m0.5s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(super::duration(d), want.as_bytes());
        }
    }
}
