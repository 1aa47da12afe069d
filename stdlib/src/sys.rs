//! The system as package os sees it: descriptors, files, the environment, the process.
//!
//! Open files are kept by their descriptor's number; a call takes a share of the file, so that closing
//! it elsewhere cannot make the number mean another file under its feet. The environment is a copy of
//! the process's, which is never changed.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, RwLock};
use std::time::SystemTime;

/// An error number of the system.
pub type Errno = i64;

/// EBADF, EINTR, EINVAL, EIO and ENOTDIR.
const EBADF: Errno = 9;
const EINTR: Errno = 4;
const EIO: Errno = 5;
const EINVAL: Errno = 22;
const ENOTDIR: Errno = 20;
const EISDIR: Errno = 21;

/// The number in an error.
pub fn errno(e: &io::Error) -> Errno {
    e.raw_os_error().map_or(EIO, Errno::from)
}

fn path(p: &[u8]) -> &Path {
    Path::new(std::ffi::OsStr::from_bytes(p))
}

static FILES: LazyLock<RwLock<HashMap<i64, Arc<File>>>> = LazyLock::new(RwLock::default);

fn keep(f: File) -> i64 {
    let fd = i64::from(f.as_raw_fd());
    FILES.write().expect("never poisoned").insert(fd, Arc::new(f));
    fd
}

/// The file with a descriptor. The standard streams are duplicates, made when first needed.
fn file(fd: i64) -> Result<Arc<File>, Errno> {
    if let Some(f) = FILES.read().expect("never poisoned").get(&fd) {
        return Ok(f.clone());
    }
    use std::os::fd::AsFd;
    let owned: io::Result<OwnedFd> = match fd {
        0 => io::stdin().as_fd().try_clone_to_owned(),
        1 => io::stdout().as_fd().try_clone_to_owned(),
        2 => io::stderr().as_fd().try_clone_to_owned(),
        _ => return Err(EBADF),
    };
    let f = Arc::new(File::from(owned.map_err(|e| errno(&e))?));
    Ok(FILES
        .write()
        .expect("never poisoned")
        .entry(fd)
        .or_insert(f)
        .clone())
}

/// Opens a file with the flags of open(2).
pub fn open(name: &[u8], flags: i64, perm: u32) -> Result<i64, Errno> {
    const O_ACCMODE: i64 = 3;
    let access = flags & O_ACCMODE;
    let opened = OpenOptions::new()
        .read(access != 1)
        .write(access != 0)
        .custom_flags((flags & !O_ACCMODE) as i32)
        .mode(perm)
        .open(path(name))
        .map_err(|e| errno(&e))?;
    Ok(keep(opened))
}

/// Closes a descriptor.
pub fn close(fd: i64) -> Result<(), Errno> {
    match FILES.write().expect("never poisoned").remove(&fd) {
        Some(_) => Ok(()),
        None if (0..3).contains(&fd) => Ok(()),
        None => Err(EBADF),
    }
}

fn retry<T>(mut f: impl FnMut() -> io::Result<T>) -> Result<T, Errno> {
    loop {
        match f() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            r => return r.map_err(|e| errno(&e)),
        }
    }
}

/// Reads once.
pub fn read(fd: i64, buf: &mut [u8]) -> Result<usize, Errno> {
    let f = file(fd)?;
    retry(|| (&*f).read(buf))
}

/// Reads once, when there is something to be read; gives up with EINTR when `end` says so.
pub fn read_unless(fd: i64, buf: &mut [u8], end: impl Fn() -> bool) -> Result<usize, Errno> {
    /// How often `end` is asked, in milliseconds.
    const TICK: i32 = 20;
    let f = file(fd)?;
    while !mgo_runtime::os::thread::wait_readable(f.as_raw_fd(), TICK) {
        if end() {
            return Err(EINTR);
        }
    }
    retry(|| (&*f).read(buf))
}

/// Offered what is written to the standard streams; true if it has taken it.
pub type Taker = Box<dyn Fn(&[u8]) -> bool + Send + Sync>;

static STDOUT: OnceLock<Taker> = OnceLock::new();

/// Offers what the program writes to standard output and error to `taker` from now on; once in a process.
pub fn set_stdout(taker: Taker) {
    let _ = STDOUT.set(taker);
}

/// Writes all; how much was written before an error.
pub fn write(fd: i64, mut buf: &[u8]) -> (usize, Errno) {
    if (fd == 1 || fd == 2) && STDOUT.get().is_some_and(|taker| taker(buf)) {
        return (buf.len(), 0);
    }
    let f = match file(fd) {
        Ok(f) => f,
        Err(e) => return (0, e),
    };
    let mut done = 0;
    while !buf.is_empty() {
        match retry(|| (&*f).write(buf)) {
            Ok(0) => return (done, EIO),
            Ok(n) => {
                done += n;
                buf = &buf[n..];
            }
            Err(e) => return (done, e),
        }
    }
    (done, 0)
}

/// Reads at an offset.
pub fn pread(fd: i64, buf: &mut [u8], off: i64) -> Result<usize, Errno> {
    let f = file(fd)?;
    retry(|| f.read_at(buf, off as u64))
}

/// Writes at an offset.
pub fn pwrite(fd: i64, buf: &[u8], off: i64) -> Result<usize, Errno> {
    let f = file(fd)?;
    retry(|| f.write_at(buf, off as u64))
}

/// Moves the offset.
pub fn seek(fd: i64, off: i64, whence: i64) -> Result<i64, Errno> {
    let to = match whence {
        0 => SeekFrom::Start(u64::try_from(off).map_err(|_| EINVAL)?),
        1 => SeekFrom::Current(off),
        2 => SeekFrom::End(off),
        _ => return Err(EINVAL),
    };
    let f = file(fd)?;
    (&*f).seek(to).map(|n| n as i64).map_err(|e| errno(&e))
}

/// Writes a file to its medium.
pub fn sync(fd: i64) -> Result<(), Errno> {
    file(fd)?.sync_all().map_err(|e| errno(&e))
}

/// Sets a file's size, by name or (name empty) by descriptor.
pub fn truncate(name: &[u8], fd: i64, size: i64) -> Result<(), Errno> {
    let size = u64::try_from(size).map_err(|_| EINVAL)?;
    let f = match name {
        [] => file(fd)?,
        _ => Arc::new(
            OpenOptions::new()
                .write(true)
                .open(path(name))
                .map_err(|e| errno(&e))?,
        ),
    };
    f.set_len(size).map_err(|e| errno(&e))
}

/// Another descriptor of an open file, for a process to have.
///
/// # Errors
/// The system's.
pub fn duplicate(fd: i64) -> Result<OwnedFd, Errno> {
    let copy = file(fd)?.try_clone().map_err(|e| errno(&e))?;
    Ok(copy.into())
}

/// Makes a pipe: its reading and its writing end.
pub fn pipe() -> Result<(i64, i64), Errno> {
    let (r, w) = io::pipe().map_err(|e| errno(&e))?;
    Ok((
        keep(File::from(OwnedFd::from(r))),
        keep(File::from(OwnedFd::from(w))),
    ))
}

/// What stat tells: mode (as Go's FileMode), size, time of change.
#[derive(Clone, Copy, Default)]
pub struct Stat {
    /// Kind and permissions.
    pub mode: u32,
    /// Bytes.
    pub size: i64,
    /// Seconds since 1970.
    pub sec: i64,
    /// And nanoseconds.
    pub nsec: i64,
    /// The device, and the file's number on it.
    pub place: (u64, u64),
}

fn kind_bits(t: fs::FileType) -> u32 {
    if t.is_dir() {
        1 << 31
    } else if t.is_symlink() {
        1 << 27
    } else if t.is_block_device() {
        1 << 26
    } else if t.is_char_device() {
        1 << 26 | 1 << 21
    } else if t.is_fifo() {
        1 << 25
    } else if t.is_socket() {
        1 << 24
    } else {
        0
    }
}

/// Describes a file, by name or (name empty) by descriptor.
pub fn stat(name: &[u8], fd: i64, follow: bool) -> Result<Stat, Errno> {
    let meta = match (name, follow) {
        ([], _) => file(fd)?.metadata(),
        (_, true) => fs::metadata(path(name)),
        (_, false) => fs::symlink_metadata(path(name)),
    };
    let meta = meta.map_err(|e| errno(&e))?;
    let m = meta.mode();
    let special = (m >> 11 & 1) << 23 | (m >> 10 & 1) << 22 | (m >> 9 & 1) << 20;
    Ok(Stat {
        mode: m & 0o777 | special | kind_bits(meta.file_type()),
        size: meta.size() as i64,
        sec: meta.mtime(),
        nsec: meta.mtime_nsec(),
        place: (meta.dev(), meta.ino()),
    })
}

/// The entries of a directory by name, each with its kind.
pub fn list(name: &[u8]) -> Result<Vec<(Vec<u8>, u32)>, Errno> {
    let mut all = Vec::new();
    for entry in fs::read_dir(path(name)).map_err(|e| errno(&e))? {
        let entry = entry.map_err(|e| errno(&e))?;
        let kind = entry.file_type().map_or(0, kind_bits);
        all.push((entry.file_name().into_vec(), kind));
    }
    all.sort();
    Ok(all)
}

fn done(r: io::Result<()>) -> Errno {
    r.err().map_or(0, |e| errno(&e))
}

/// Removes a file, or a directory.
pub fn remove(name: &[u8], dir: bool) -> Errno {
    let p = path(name);
    if dir {
        return done(fs::remove_dir(p));
    }
    match fs::symlink_metadata(p) {
        Ok(m) if m.is_dir() => EISDIR,
        _ => done(fs::remove_file(p)),
    }
}

/// Makes a directory.
pub fn mkdir(name: &[u8], perm: u32) -> Errno {
    done(fs::DirBuilder::new().mode(perm).create(path(name)))
}

/// Renames.
pub fn rename(from: &[u8], to: &[u8]) -> Errno {
    done(fs::rename(path(from), path(to)))
}

/// Sets permissions.
pub fn chmod(name: &[u8], perm: u32) -> Errno {
    done(fs::set_permissions(path(name), fs::Permissions::from_mode(perm)))
}

/// Sets the times of the last access and change; none: as it is.
pub fn set_times(name: &[u8], access: Option<SystemTime>, change: Option<SystemTime>) -> Errno {
    let mut times = FileTimes::new();
    if let Some(t) = access {
        times = times.set_accessed(t);
    }
    if let Some(t) = change {
        times = times.set_modified(t);
    }
    done(File::open(path(name)).and_then(|f| f.set_times(times)))
}

/// Sets owner and group, -1: as it is; `follow`: of what a link leads to.
pub fn chown(name: &[u8], uid: i64, gid: i64, follow: bool) -> Errno {
    let id = |n: i64| u32::try_from(n).ok();
    done(if follow {
        std::os::unix::fs::chown(path(name), id(uid), id(gid))
    } else {
        std::os::unix::fs::lchown(path(name), id(uid), id(gid))
    })
}

/// Makes a link.
pub fn link(from: &[u8], to: &[u8], symbolic: bool) -> Errno {
    done(if symbolic {
        std::os::unix::fs::symlink(path(from), path(to))
    } else {
        fs::hard_link(path(from), path(to))
    })
}

/// Where a symbolic link leads.
pub fn readlink(name: &[u8]) -> Result<Vec<u8>, Errno> {
    let to = fs::read_link(path(name)).map_err(|e| errno(&e))?;
    Ok(to.into_os_string().into_vec())
}

/// Changes the working directory.
pub fn chdir(name: &[u8]) -> Errno {
    match fs::metadata(path(name)) {
        Ok(m) if !m.is_dir() => ENOTDIR,
        _ => done(std::env::set_current_dir(path(name))),
    }
}

/// The working directory.
pub fn getwd() -> Result<Vec<u8>, Errno> {
    let dir = std::env::current_dir().map_err(|e| errno(&e))?;
    Ok(dir.into_os_string().into_vec())
}

static ENV: LazyLock<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>> = LazyLock::new(|| {
    let vars = std::env::vars_os();
    Mutex::new(vars.map(|(k, v)| (k.into_vec(), v.into_vec())).collect())
});

fn env() -> std::sync::MutexGuard<'static, BTreeMap<Vec<u8>, Vec<u8>>> {
    ENV.lock().expect("never poisoned")
}

/// A variable.
pub fn getenv(key: &[u8]) -> Option<Vec<u8>> {
    env().get(key).cloned()
}

/// Sets a variable, or removes it.
pub fn setenv(key: &[u8], value: Option<&[u8]>) {
    match value {
        Some(v) => env().insert(key.to_vec(), v.to_vec()),
        None => env().remove(key),
    };
}

/// Removes all variables.
pub fn clearenv() {
    env().clear();
}

/// All variables as `key=value`.
pub fn environ() -> Vec<Vec<u8>> {
    env().iter().map(|(k, v)| [k, &b"="[..], v].concat()).collect()
}

static ARGS: OnceLock<Vec<String>> = OnceLock::new();

/// Sets the program's arguments, its own name first; only the first call counts.
pub fn set_args(args: Vec<String>) {
    let _ = ARGS.set(args);
}

/// The program's arguments.
pub fn args() -> &'static [String] {
    ARGS.get().map_or(&[], |a| a)
}

/// Real and effective user and group ids.
pub fn ids() -> [i64; 4] {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut ids = [-1; 4];
    for (key, at) in [("Uid:", 0), ("Gid:", 2)] {
        let line = text.lines().find_map(|l| l.strip_prefix(key));
        for (i, n) in line.unwrap_or("").split_whitespace().take(2).enumerate() {
            ids[at + i] = n.parse().unwrap_or(-1);
        }
    }
    ids
}

/// The machine's name.
pub fn hostname() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim_end().to_owned()
}

/// The system's text for an error number as Go has it: its first letter small.
pub fn errno_text(e: Errno) -> String {
    let unknown = || format!("errno {e}");
    let Ok(n) = i32::try_from(e) else { return unknown() };
    let text = io::Error::from_raw_os_error(n).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    if text.starts_with("Unknown error") || text.starts_with("No error information") {
        return unknown();
    }
    // Abbreviations keep their capitals: "RFS specific error".
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(a), Some(b)) if b.is_lowercase() || b == ' ' => {
            a.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_by_number() {
        let (r, w) = pipe().expect("a pipe");
        assert_eq!(write(w, b"hello"), (5, 0));
        close(w).expect("open");
        let mut buf = [0; 10];
        assert_eq!(read(r, &mut buf), Ok(5));
        assert_eq!(read(r, &mut buf), Ok(0));
        assert_eq!(close(w), Err(EBADF));
        assert_eq!(open(b"/no/such", 0, 0), Err(2));
    }

    #[test]
    fn texts_of_errors() {
        assert_eq!(errno_text(2), "no such file or directory");
        assert_eq!(errno_text(5), "input/output error");
        assert_eq!(errno_text(9999), "errno 9999");
    }
}
