//! Processes that a program starts.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::sys::{self, Errno};

/// Those nobody has waited for.
static CHILDREN: LazyLock<Mutex<HashMap<i64, Child>>> = LazyLock::new(Mutex::default);

/// What to start.
pub struct Plan {
    /// The file to run.
    pub path: Vec<u8>,
    /// Its arguments, its own name first.
    pub args: Vec<Vec<u8>>,
    /// Its environment, `key=value`; of several values of a key the last one counts.
    pub env: Vec<Vec<u8>>,
    /// Its folder, that of mgo if empty.
    pub dir: Vec<u8>,
    /// The descriptors of its standard streams, -1 for `/dev/null`.
    pub streams: [i64; 3],
}

fn stream(fd: i64) -> Result<Stdio, Errno> {
    if fd < 0 {
        return Ok(Stdio::null());
    }
    sys::duplicate(fd).map(Stdio::from)
}

/// Starts a process; its number.
///
/// # Errors
/// The system's, when it cannot be started.
pub fn start(plan: &Plan) -> Result<i64, Errno> {
    let os = OsStr::from_bytes;
    let mut command = Command::new(os(&plan.path));
    if let Some((name, rest)) = plan.args.split_first() {
        command.arg0(os(name)).args(rest.iter().map(|a| os(a)));
    }
    command.env_clear();
    for entry in &plan.env {
        // A key may begin with an equals sign, not be one.
        if let Some(at) = entry.iter().skip(1).position(|&b| b == b'=') {
            command.env(os(&entry[..=at]), os(&entry[at + 2..]));
        }
    }
    if !plan.dir.is_empty() {
        command.current_dir(os(&plan.dir));
    }
    let [stdin, stdout, stderr] = plan.streams;
    command
        .stdin(stream(stdin)?)
        .stdout(stream(stdout)?)
        .stderr(stream(stderr)?);
    let child = command.spawn().map_err(|e| sys::errno(&e))?;
    let pid = i64::from(child.id());
    let mut all = CHILDREN.lock().unwrap_or_else(PoisonError::into_inner);
    all.insert(pid, child);
    Ok(pid)
}

/// Waits for a process's end; its status as wait(2) gives it.
///
/// # Errors
/// ECHILD if it is none of ours, or somebody else waits for it.
pub fn wait(pid: i64) -> Result<i64, Errno> {
    const ECHILD: Errno = 10;
    let child = CHILDREN
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remove(&pid);
    let status = child.ok_or(ECHILD)?.wait().map_err(|e| sys::errno(&e))?;
    Ok(status.into_raw().into())
}
