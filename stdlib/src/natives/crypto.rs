//! Natives of the packages of hash functions and of random bytes.
//!
//! The state of a running hash is a slice of bytes that the program holds, so that nothing is kept here.

use digest::common::hazmat::{SerializableState, SerializedState};
use digest::{Digest, FixedOutput};
use mgo_vm::native::{Bytes, NewBytes};
use mgo_vm::natives;

fn resume<H: Digest + SerializableState>(state: &[u8]) -> H {
    if state.is_empty() {
        return H::new();
    }
    SerializedState::<H>::try_from(state)
        .ok()
        .and_then(|s| H::deserialize(&s).ok())
        .expect("the library hands back what it was given")
}

fn write<H: Digest + SerializableState>(state: &[u8], p: &[u8]) -> Vec<u8> {
    let mut h: H = resume(state);
    h.update(p);
    h.serialize().to_vec()
}

fn sum<H: Digest + FixedOutput + SerializableState>(state: &[u8]) -> Vec<u8> {
    resume::<H>(state).finalize().to_vec()
}

/// Calls `$f` with the hash function of number `$kind`, in the order of `internal/digest`.
macro_rules! of_kind {
    ($kind:expr, $f:ident($($arg:expr),*)) => {
        match $kind {
            0 => $f::<md5::Md5>($($arg),*),
            1 => $f::<sha1::Sha1>($($arg),*),
            2 => $f::<sha2::Sha224>($($arg),*),
            3 => $f::<sha2::Sha256>($($arg),*),
            4 => $f::<sha2::Sha384>($($arg),*),
            5 => $f::<sha2::Sha512>($($arg),*),
            6 => $f::<sha2::Sha512_224>($($arg),*),
            7 => $f::<sha2::Sha512_256>($($arg),*),
            other => unreachable!("hash function {other}"),
        }
    };
}

natives! {
    /// `internal/digest`, `crypto/rand`.
    CRYPTO:
    "internal/digest.write" = |cx, kind: i64, state: Bytes<'n>, p: Bytes<'n>| -> NewBytes {
        NewBytes(of_kind!(kind, write(&state, &p)))
    };
    "internal/digest.sum" = |cx, kind: i64, state: Bytes<'n>| -> NewBytes {
        NewBytes(of_kind!(kind, sum(&state)))
    };
    "crypto/rand.random" = |cx, n: i64| -> NewBytes {
        let mut bytes = vec![0; n as usize];
        getrandom::fill(&mut bytes).expect("the system has random bytes");
        NewBytes(bytes)
    };
}
