//! What natives take and give: Rust's view of Go's values.
//!
//! Views of the program's memory carry the lifetime of the call, so they cannot be kept. A byte slice may be
//! changed by others meanwhile; nothing of what is offered here becomes unsafe by that.

use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::atomic::{AtomicU32, AtomicU64};

use mgo_runtime::chan::ChanRef;

use crate::bytecode::program::RType;
use crate::native::{NativeCtx, NativeResult};
use crate::trap::Trap;
use crate::value::alloc::{Alloc, new_array};
use crate::value::slice::{cap, len, len_cap, round_up_size};
use crate::value::{bulk, iface, mem, string};

/// A parameter's type.
pub trait Arg<'n>: Sized {
    /// Slots it takes.
    const SLOTS: u16;
    /// Reads it from slot `at` on.
    fn read(cx: &NativeCtx<'n>, at: u16) -> Self;
}

/// A result's type.
pub trait Ret<'n>: Sized {
    /// Slots it takes.
    const SLOTS: u16;
    /// Stores it from slot `at` on.
    fn write(self, cx: &mut NativeCtx<'n>, at: u16);
    /// Ends the native with it.
    fn finish(self, cx: &mut NativeCtx<'n>) -> NativeResult {
        self.write(cx, 0);
        NativeResult::Done
    }
}

macro_rules! scalars {
    ($($t:ty: $from:expr, $to:expr;)*) => {$(
        impl<'n> Arg<'n> for $t {
            const SLOTS: u16 = 1;
            #[inline]
            fn read(cx: &NativeCtx<'n>, at: u16) -> $t {
                let from: fn(u64) -> $t = $from;
                from(cx.slot(at))
            }
        }
        impl<'n> Ret<'n> for $t {
            const SLOTS: u16 = 1;
            #[inline]
            fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
                let to: fn($t) -> u64 = $to;
                cx.set_slot(at, to(self));
            }
        }
    )*};
}

scalars! {
    bool: |s| s != 0, u64::from;
    i64: |s| s as i64, |v| v as u64;
    i32: |s| s as i32, |v| v as i64 as u64;
    i16: |s| s as i16, |v| v as i64 as u64;
    i8: |s| s as i8, |v| v as i64 as u64;
    u64: |s| s, |v| v;
    u32: |s| s as u32, u64::from;
    u16: |s| s as u16, u64::from;
    u8: |s| s as u8, u64::from;
    f64: f64::from_bits, f64::to_bits;
    f32: |s| f32::from_bits(s as u32), |v| u64::from(v.to_bits());
}

macro_rules! pairs {
    ($($t:ident)*) => {$(
        impl<'n> Arg<'n> for $t<'n> {
            const SLOTS: u16 = 2;
            #[inline]
            fn read(cx: &NativeCtx<'n>, at: u16) -> $t<'n> {
                $t { words: (cx.slot(at), cx.slot(at + 1)), call: PhantomData }
            }
        }
        impl<'n> Ret<'n> for $t<'n> {
            const SLOTS: u16 = 2;
            #[inline]
            fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
                cx.set_slot(at, self.words.0);
                cx.set_slot(at + 1, self.words.1);
            }
        }
    )*};
}

pairs! { Str Bytes Slice Any }

macro_rules! words {
    ($($t:ident)*) => {$(
        impl<'n> Arg<'n> for $t<'n> {
            const SLOTS: u16 = 1;
            #[inline]
            fn read(cx: &NativeCtx<'n>, at: u16) -> $t<'n> {
                $t { word: cx.slot(at), call: PhantomData }
            }
        }
        impl<'n> Ret<'n> for $t<'n> {
            const SLOTS: u16 = 1;
            #[inline]
            fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
                cx.set_slot(at, self.word);
            }
        }
    )*};
}

words! { Ptr Func Chan MapArg }

/// A string.
#[derive(Clone, Copy)]
pub struct Str<'n> {
    words: (u64, u64),
    call: PhantomData<&'n ()>,
}

impl<'n> Str<'n> {
    /// The empty string.
    pub const EMPTY: Str<'static> = Str {
        words: (0, 0),
        call: PhantomData,
    };

    pub(super) fn from_pair(words: (u64, u64)) -> Str<'n> {
        Str {
            words,
            call: PhantomData,
        }
    }

    /// Its words.
    pub(crate) fn words(self) -> (u64, u64) {
        self.words
    }

    /// Its bytes.
    #[inline]
    pub fn bytes(self) -> &'n [u8] {
        string::bytes(self.words)
    }

    /// A part of it, which shares its memory.
    pub fn part(self, r: Range<usize>) -> Str<'n> {
        let n = self.words.1 as usize;
        assert!(
            r.start <= r.end && r.end <= n,
            "part {r:?} of a string of {n} bytes"
        );
        if r.is_empty() {
            return Str::from_pair((0, 0));
        }
        Str::from_pair((self.words.0 + r.start as u64, (r.end - r.start) as u64))
    }
}

impl Deref for Str<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

/// A `[]byte`.
#[derive(Clone, Copy)]
pub struct Bytes<'n> {
    words: (u64, u64),
    call: PhantomData<&'n ()>,
}

impl<'n> Bytes<'n> {
    /// A view of a slice by its words.
    pub(crate) fn from_words(words: (u64, u64)) -> Bytes<'n> {
        Bytes {
            words,
            call: PhantomData,
        }
    }

    /// Its capacity.
    pub fn capacity(self) -> usize {
        cap(self.words.1) as usize
    }

    /// Its bytes, as far as nobody changes them.
    #[inline]
    pub fn bytes(self) -> &'n [u8] {
        string::bytes((self.words.0, len(self.words.1)))
    }

    /// Whether it is nil.
    pub fn is_nil(self) -> bool {
        self.words.0 == 0
    }

    /// Overwrites its bytes from `at` on with as many of `from` as fit; how many.
    pub fn write_at(self, at: usize, from: &[u8]) -> usize {
        let n = from.len().min((len(self.words.1) as usize).saturating_sub(at));
        bulk::copy(self.words.0 + at as u64, from.as_ptr() as u64, n, 1, false);
        n
    }

    /// Sets one byte.
    pub fn set(self, i: usize, v: u8) {
        assert!(i < len(self.words.1) as usize, "byte {i} of a shorter slice");
        mem::store8(self.words.0 + i as u64, v);
    }

    /// A string of the same memory, which must not change any more.
    pub fn share(self) -> Str<'n> {
        let n = len(self.words.1);
        Str::from_pair(if n == 0 { (0, 0) } else { (self.words.0, n) })
    }

    /// A part of it, with its capacity up to the end of the whole.
    pub fn part(self, r: Range<usize>) -> Bytes<'n> {
        assert!(
            r.start <= r.end && r.end <= self.capacity(),
            "part {r:?} of a shorter slice"
        );
        let c = self.capacity() - r.start;
        let at = if c == 0 {
            self.words.0
        } else {
            self.words.0 + r.start as u64
        };
        Bytes {
            words: (at, len_cap(r.len() as u64, c as u64)),
            call: PhantomData,
        }
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

/// A slice of any element type, which the native knows from the declaration.
#[derive(Clone, Copy)]
pub struct Slice<'n> {
    words: (u64, u64),
    call: PhantomData<&'n ()>,
}

impl<'n> Slice<'n> {
    /// nil.
    pub const NIL: Slice<'static> = Slice {
        words: (0, 0),
        call: PhantomData,
    };

    /// Its length.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(self) -> usize {
        len(self.words.1) as usize
    }

    /// Its words.
    pub(crate) fn words(self) -> (u64, u64) {
        self.words
    }

    /// A view of a slice by its words.
    pub(crate) fn from_words(words: (u64, u64)) -> Slice<'n> {
        Slice {
            words,
            call: PhantomData,
        }
    }

    fn place(self, i: usize, size: u64) -> u64 {
        assert!(i < self.len(), "element {i} of a shorter slice");
        self.words.0 + i as u64 * size
    }

    /// Element `i` of 8 bytes.
    pub fn word(self, i: usize) -> u64 {
        mem::load64(self.place(i, 8))
    }

    /// Sets element `i` of 8 bytes, not a pointer.
    pub fn set_word(self, i: usize, v: u64) {
        mem::store64(self.place(i, 8), v);
    }

    /// The memory of a new slice of words as one of `n` half words.
    pub fn halves(self, n: usize) -> Slice<'n> {
        assert!(n <= 2 * self.len(), "{n} half words of a shorter slice");
        Slice::from_words((self.words.0, len_cap(n as u64, n as u64)))
    }

    /// Element `i` of 4 bytes.
    pub fn half(self, i: usize) -> u32 {
        mem::load32(self.place(i, 4))
    }

    /// Sets element `i` of 4 bytes.
    pub fn set_half(self, i: usize, v: u32) {
        mem::store32(self.place(i, 4), v);
    }

    /// Element `i`, a string.
    pub fn string(self, i: usize) -> Str<'n> {
        Str::from_pair(mem::load128(self.place(i, 16)))
    }

    /// Sets element `i`, a string.
    pub fn set_string(self, i: usize, s: Str<'_>) {
        mem::store128(self.place(i, 16), s.words);
    }

    /// Element `i`, an interface.
    pub fn any(self, i: usize) -> Any<'n> {
        Any {
            words: mem::load128(self.place(i, 16)),
            call: PhantomData,
        }
    }

    /// Sets element `i`, an interface.
    pub fn set_any(self, i: usize, v: Any<'_>) {
        mem::store128(self.place(i, 16), v.words);
    }

    /// All elements, strings.
    pub fn strings(self) -> impl Iterator<Item = Str<'n>> {
        (0..self.len()).map(move |i| self.string(i))
    }
}

/// An interface value.
#[derive(Clone, Copy)]
pub struct Any<'n> {
    words: (u64, u64),
    call: PhantomData<&'n ()>,
}

impl<'n> Any<'n> {
    /// The nil interface.
    pub const NIL: Any<'static> = Any {
        words: (0, 0),
        call: PhantomData,
    };

    pub(crate) fn from_words(words: (u64, u64)) -> Any<'n> {
        Any {
            words,
            call: PhantomData,
        }
    }

    /// Type id and data word.
    pub(crate) fn words(self) -> (u64, u64) {
        self.words
    }

    /// Whether it is nil.
    pub fn is_nil(self) -> bool {
        self.words.0 == 0
    }

    /// Its dynamic type; none if it is nil.
    pub fn rtype(self, cx: &NativeCtx<'_>) -> Option<&'static RType> {
        (self.words.0 != 0).then(|| cx.rtype(self.words.0 as u32))
    }

    /// The value itself, if its register form is one slot.
    pub fn slot(self, cx: &NativeCtx<'_>) -> Option<u64> {
        let t = self.rtype(cx)?;
        (t.slots == 1 && !t.large).then_some(self.words.1)
    }

    /// Its value, if its type is one of strings.
    pub fn string(self, cx: &NativeCtx<'_>) -> Option<Str<'n>> {
        let t = self.rtype(cx)?;
        (t.kind == crate::bytecode::program::RKind::String)
            .then(|| Str::from_pair(mem::load128(self.words.1)))
    }
}

/// A pointer, perhaps nil, whose element type the native knows from the declaration.
#[derive(Clone, Copy)]
pub struct Ptr<'n> {
    word: u64,
    call: PhantomData<&'n ()>,
}

impl<'n> Ptr<'n> {
    /// Its address.
    pub fn address(self) -> u64 {
        self.word
    }

    /// Its address, or the panic of a nil dereference.
    pub fn not_nil(self) -> Result<u64, NativeResult> {
        if self.word == 0 {
            Err(NativeResult::Panic(Trap::NIL_DEREF))
        } else {
            Ok(self.word)
        }
    }

    /// The word it points to, as an atomic.
    pub fn atomic64(self) -> Result<&'n AtomicU64, NativeResult> {
        let at = self.not_nil()?;
        // SAFETY: a pointer to a type of 8 bytes is the address of an aligned word of the heap or the globals,
        // which all access by atomic operations, and which the caller's frame keeps alive during the call.
        Ok(unsafe { AtomicU64::from_ptr(at as *mut u64) })
    }

    /// The half word it points to, as an atomic.
    pub fn atomic32(self) -> Result<&'n AtomicU32, NativeResult> {
        let at = self.not_nil()?;
        // SAFETY: as for `atomic64`, with 4 bytes.
        Ok(unsafe { AtomicU32::from_ptr(at as *mut u32) })
    }
}

impl Ptr<'_> {
    /// The half word it points to, for goroutines that wait on it: their frames keep it alive.
    pub(super) fn forever32(self) -> Result<&'static AtomicU32, NativeResult> {
        let at = self.not_nil()?;
        // SAFETY: as for `atomic32`; whoever waits on the word holds the pointer in its frame, and semaphores
        // look at it on behalf of waiters and callers only.
        Ok(unsafe { AtomicU32::from_ptr(at as *mut u32) })
    }
}

/// A func value, perhaps nil.
#[derive(Clone, Copy)]
pub struct Func<'n> {
    word: u64,
    call: PhantomData<&'n ()>,
}

impl Func<'_> {
    /// Whether it is nil.
    pub fn is_nil(self) -> bool {
        self.word == 0
    }

    pub(crate) fn word(self) -> u64 {
        self.word
    }
}

/// A channel, perhaps nil.
#[derive(Clone, Copy)]
pub struct Chan<'n> {
    word: u64,
    call: PhantomData<&'n ()>,
}

impl Chan<'_> {
    /// Whether it is nil.
    pub fn is_nil(self) -> bool {
        self.word == 0
    }

    pub(crate) fn word(self) -> u64 {
        self.word
    }

    /// As the runtime knows it.
    pub fn chan(self) -> ChanRef {
        crate::interp::channels::chan_of(self.word)
    }
}

/// A map, perhaps nil.
#[derive(Clone, Copy)]
pub struct MapArg<'n> {
    word: u64,
    call: PhantomData<&'n ()>,
}

impl MapArg<'_> {
    /// Its number of entries.
    #[expect(clippy::len_without_is_empty, reason = "nobody asks")]
    pub fn len(self) -> usize {
        crate::value::map::len(self.word) as usize
    }
}

impl<'n> Ret<'n> for () {
    const SLOTS: u16 = 0;
    fn write(self, _: &mut NativeCtx<'n>, _: u16) {}
}

impl<'n> Ret<'n> for &[u8] {
    const SLOTS: u16 = 2;
    fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
        let s = cx.string(self);
        s.write(cx, at);
    }
}

impl<'n> Ret<'n> for &str {
    const SLOTS: u16 = 2;
    fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
        self.as_bytes().write(cx, at);
    }
}

impl<'n> Ret<'n> for String {
    const SLOTS: u16 = 2;
    fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
        self.as_bytes().write(cx, at);
    }
}

impl<'n> Ret<'n> for Vec<u8> {
    const SLOTS: u16 = 2;
    fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
        self.as_slice().write(cx, at);
    }
}

/// A new `[]byte`, never nil.
pub struct NewBytes(pub Vec<u8>);

impl<'n> Ret<'n> for NewBytes {
    const SLOTS: u16 = 2;
    fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
        let n = self.0.len() as u64;
        let room = round_up_size(n, true);
        let to = cx.worker().bytes(room as usize);
        bulk::copy(to, self.0.as_ptr() as u64, n as usize, 1, false);
        cx.set_slot(at, to);
        cx.set_slot(at + 1, len_cap(n, room));
    }
}

macro_rules! tuples {
    ($(($($t:ident $i:tt),*))*) => {$(
        impl<'n, $($t: Ret<'n>),*> Ret<'n> for ($($t,)*) {
            const SLOTS: u16 = 0 $(+ $t::SLOTS)*;
            #[allow(unused_assignments, reason = "the last element moves the place on for nobody")]
            fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
                let mut at = at;
                $(
                    self.$i.write(cx, at);
                    at += $t::SLOTS;
                )*
            }
        }
    )*};
}

tuples! { (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4) (A 0, B 1, C 2, D 3, E 4, F 5, G 6) }

/// A native that may end otherwise than with its result.
impl<'n, R: Ret<'n>> Ret<'n> for Result<R, NativeResult> {
    const SLOTS: u16 = R::SLOTS;
    fn write(self, cx: &mut NativeCtx<'n>, at: u16) {
        if let Ok(r) = self {
            r.write(cx, at);
        }
    }
    fn finish(self, cx: &mut NativeCtx<'n>) -> NativeResult {
        match self {
            Ok(r) => r.finish(cx),
            Err(end) => end,
        }
    }
}

/// A native without results that says itself how it ends. (One with results returns a `Result`, or stores
/// them when it is complete: then its parameters begin behind them, see [`NativeCtx::slot`].)
impl<'n> Ret<'n> for NativeResult {
    const SLOTS: u16 = 0;
    fn write(self, _: &mut NativeCtx<'n>, _: u16) {}
    fn finish(self, _: &mut NativeCtx<'n>) -> NativeResult {
        self
    }
}

/// A native with a result of type `R` that says itself how it ends: by [`NativeCtx::give`], perhaps later.
pub struct Later<R> {
    end: NativeResult,
    result: PhantomData<R>,
}

impl<R> From<NativeResult> for Later<R> {
    fn from(end: NativeResult) -> Later<R> {
        Later {
            end,
            result: PhantomData,
        }
    }
}

impl<'n, R: Ret<'n>> Ret<'n> for Later<R> {
    const SLOTS: u16 = R::SLOTS;
    fn write(self, _: &mut NativeCtx<'n>, _: u16) {}
    fn finish(self, _: &mut NativeCtx<'n>) -> NativeResult {
        self.end
    }
}

impl<'n> NativeCtx<'n> {
    /// A new slice of `n` strings.
    pub fn strings(&mut self, from: &[&[u8]]) -> Slice<'n> {
        let t = self.rtype(self.program().known().string);
        let n = from.len();
        let s = Slice::from_words((new_array(self.worker(), t, n), len_cap(n as u64, n as u64)));
        for (i, bytes) in from.iter().enumerate() {
            let item = self.string(bytes);
            s.set_string(i, item);
        }
        s
    }

    /// `b` with `tail` behind it: in its own memory if that has room, else in new memory with room for more.
    pub fn append(&mut self, b: Bytes<'n>, tail: &[u8]) -> Bytes<'n> {
        let (n, room) = (b.len(), b.capacity());
        let total = n + tail.len();
        if total <= room && room > 0 {
            let whole = b.part(0..total);
            whole.write_at(n, tail);
            return whole;
        }
        let room = round_up_size(total.max(2 * room) as u64, true);
        let to = self.worker().bytes(room as usize);
        bulk::copy(to, b.words.0, n, 1, false);
        bulk::copy(to + n as u64, tail.as_ptr() as u64, tail.len(), 1, false);
        Bytes {
            words: (to, len_cap(total as u64, room)),
            call: PhantomData,
        }
    }

    /// A new slice of `n` words without pointers, all zero.
    pub fn words(&mut self, n: usize) -> Slice<'n> {
        let at = self.worker().bytes(n * 8);
        Slice::from_words((at, len_cap(n as u64, n as u64)))
    }

    /// A new slice of `n` nil interfaces.
    pub fn anys(&mut self, n: usize) -> Slice<'n> {
        let t = self.rtype(self.program().known().error);
        Slice::from_words((new_array(self.worker(), t, n), len_cap(n as u64, n as u64)))
    }

    /// An interface value that holds a copy of the value of type `t` at `address`, which is one of `t`'s.
    pub(crate) fn any_at(&mut self, t: &RType, address: u64) -> Any<'n> {
        Any::from_words(iface::box_memory(self.worker(), t, address))
    }
}
