//! Natives of `compress/flate`, on flate2: raw deflate streams, whose states are kept under numbers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use mgo_vm::native::{Bytes, NewBytes};
use mgo_vm::natives;

use super::kept::Kept;

static READERS: Kept<Mutex<Decompress>> = Kept::new();
static WRITERS: Kept<Mutex<Compress>> = Kept::new();

/// How much one call makes at most.
const CHUNK: usize = 32 << 10;

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

fn reader(dict: &[u8]) -> Decompress {
    let mut d = Decompress::new(false);
    if !dict.is_empty() {
        d.set_dictionary(dict)
            .expect("a raw stream takes a dictionary at its beginning");
    }
    d
}

fn writer(level: i64, dict: &[u8]) -> Compress {
    let level = match level {
        -1 => Compression::default(),
        // Huffman codes alone are not to be had: the fastest instead.
        -2 => Compression::fast(),
        n => Compression::new(n as u32),
    };
    let mut c = Compress::new(level, false);
    if !dict.is_empty() {
        c.set_dictionary(dict)
            .expect("a raw stream takes a dictionary at its beginning");
    }
    c
}

/// What was used of the input, what came out, and 1 at the end of the stream or 2 if the input is corrupt.
fn inflate(id: i64, input: &[u8]) -> (i64, NewBytes, i64) {
    let d = READERS.get(id);
    let mut d = lock(&d);
    let before = d.total_in();
    let mut out = Vec::with_capacity(CHUNK);
    let status = match d.decompress_vec(input, &mut out, FlushDecompress::None) {
        Ok(Status::StreamEnd) => 1,
        Ok(Status::Ok | Status::BufError) => 0,
        Err(_) => 2,
    };
    ((d.total_in() - before) as i64, NewBytes(out), status)
}

/// All that comes out for the input; `flush` is 0 for none, 1 up to a byte's border, 2 at the end.
fn deflate(id: i64, mut input: &[u8], flush: i64) -> NewBytes {
    let c = WRITERS.get(id);
    let mut c = lock(&c);
    let flush = match flush {
        0 => FlushCompress::None,
        1 => FlushCompress::Sync,
        _ => FlushCompress::Finish,
    };
    let mut out = Vec::new();
    loop {
        out.reserve(CHUNK);
        let before = c.total_in();
        let status = c
            .compress_vec(input, &mut out, flush)
            .expect("the state of a compressor stays whole");
        input = &input[(c.total_in() - before) as usize..];
        // Room left over says that nothing more is waiting.
        if status == Status::StreamEnd || input.is_empty() && out.len() < out.capacity() {
            return NewBytes(out);
        }
    }
}

natives! {
    /// `compress/flate`.
    FLATE:
    "compress/flate.openReader" = |cx, dict: Bytes<'n>| -> i64 { READERS.keep(Mutex::new(reader(&dict))) };
    // Bytes may change meanwhile: the natives take a copy that stands still.
    "compress/flate.inflate" = |cx, id: i64, input: Bytes<'n>| -> (i64, NewBytes, i64) {
        let input = input.to_vec();
        inflate(id, &input)
    };
    "compress/flate.closeReader" = |cx, id: i64| -> () { READERS.release(id) };
    "compress/flate.openWriter" = |cx, level: i64, dict: Bytes<'n>| -> i64 {
        WRITERS.keep(Mutex::new(writer(level, &dict)))
    };
    "compress/flate.deflate" = |cx, id: i64, input: Bytes<'n>, flush: i64| -> NewBytes {
        let input = input.to_vec();
        deflate(id, &input, flush)
    };
    "compress/flate.closeWriter" = |cx, id: i64| -> () { WRITERS.release(id) };
}
