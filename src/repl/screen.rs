//! What goroutines write while a line is edited.
//!
//! While an entry runs, output goes to the terminal as it is. While a line is edited it is queued, and a thread
//! hands it, lines at a time, to the editor's printer, which puts it above the line. A writer waits when the
//! queue is full: a goroutine that prints without end must not eat the memory.

use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use rustyline::ExternalPrinter;

/// Bytes that may wait to be printed.
const MAX_QUEUED: usize = 256 << 10;
/// How long output is gathered before it is printed above the line.
const GATHER: Duration = Duration::from_millis(20);

#[derive(Default)]
struct State {
    editing: bool,
    queue: Vec<u8>,
}

/// See the module's head.
#[derive(Default)]
pub struct Screen {
    state: Mutex<State>,
    changed: Condvar,
}

impl Screen {
    /// A screen whose queue `printer` prints.
    pub fn start(printer: Option<Box<dyn ExternalPrinter + Send>>) -> Arc<Screen> {
        let screen = Arc::new(Screen::default());
        if let Some(printer) = printer {
            let its = screen.clone();
            std::thread::Builder::new()
                .name("printer".to_owned())
                .spawn(move || {
                    mgo_runtime::os::signal::block_preempt();
                    its.print_queue(printer);
                })
                .expect("a thread can be started");
        }
        screen
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn wait<'s>(&self, s: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(s).unwrap_or_else(|e| e.into_inner())
    }

    fn print_queue(&self, mut printer: Box<dyn ExternalPrinter + Send>) {
        loop {
            {
                let mut s = self.state();
                while !s.editing || s.queue.is_empty() {
                    s = self.wait(s);
                }
            }
            std::thread::sleep(GATHER);
            let text = {
                let mut s = self.state();
                if !s.editing {
                    continue;
                }
                self.changed.notify_all();
                std::mem::take(&mut s.queue)
            };
            let mut text = String::from_utf8_lossy(&text).into_owned();
            if !text.ends_with('\n') {
                text.push('\n');
            }
            if printer.print(text).is_err() {
                return;
            }
        }
    }

    /// A line begins to be edited.
    pub fn begin_editing(&self) {
        self.state().editing = true;
        self.changed.notify_all();
    }

    /// The line is done: what is queued goes out.
    pub fn end_editing(&self) {
        let queue = {
            let mut s = self.state();
            s.editing = false;
            std::mem::take(&mut s.queue)
        };
        self.changed.notify_all();
        let mut out = std::io::stdout();
        // A terminal that is gone has nobody to tell.
        let _ = out.write_all(&queue).and_then(|()| out.flush());
    }

    /// Queues what is written while a line is edited; false: it is the caller's to write.
    pub fn takes(&self, bytes: &[u8]) -> bool {
        let mut s = self.state();
        while s.editing && s.queue.len() > MAX_QUEUED {
            s = self.wait(s);
        }
        if !s.editing {
            return false;
        }
        s.queue.extend_from_slice(bytes);
        self.changed.notify_all();
        true
    }
}
