//! A compiled program: functions, types, globals, and what tracebacks and the collector need of them.
//!
//! Everything is append-only and readable from all threads while it grows: a REPL adds to a program that
//! runs. Code lives for the rest of the process, since frames and closures name it by address.
//!
//! ```text
//!  func value = address of a closure object:  word 0 = address of its FuncEntry, then the captures
//!  FuncEntry:  word 0 = its own address, so that it is itself the closure of a function without captures
//! ```
//!
//! A frame (see the contract in `frame.rs`): slots 0..3 return pc, caller's base, closure pointer; then
//! results, parameters (receiver first), locals, call windows.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

use mgo_lang::source::{LineBase, Pos, SourceMap};
use mgo_runtime::slot::Layout;
use rustc_hash::FxHashMap;

use crate::bytecode::cover::Cover;
use crate::bytecode::derived::Derived;
use crate::bytecode::liveness::{Liveness, Set};
pub use crate::bytecode::rtype::*;
use crate::bytecode::stackmap::StackMaps;
pub use crate::bytecode::table::Table;

/// Slots in front of a frame's results.
pub const HEADER: u16 = 3;
/// Slots of a map iterator.
pub const MAP_ITER_SLOTS: u16 = 6;
/// Types of more slots than this are "large": their register form is one slot, the address of an immutable
/// copy in memory form.
pub const MAX_VALUE_SLOTS: u32 = 32;

/// Index of a function in [`Program::funcs`].
pub type FuncId = u32;

/// What code and closures know of a function: lives for ever, at a fixed address.
#[derive(Debug, Default)]
#[repr(C)]
pub struct FuncEntry {
    /// Its own address; see the module's head.
    self_ptr: AtomicUsize,
    /// Address of the first instruction; 0 until linked.
    pub code: AtomicUsize,
    /// Slots of its frame.
    pub frame: AtomicU32,
    /// Which function.
    pub id: AtomicU32,
    /// Shape of its closures, entry word included; unset for functions without captures.
    pub closure: OnceLock<&'static Layout>,
}

impl FuncEntry {
    /// A new entry for function `id`.
    pub fn leak(id: FuncId) -> &'static FuncEntry {
        let e: &'static FuncEntry = Box::leak(Box::default());
        e.self_ptr.store(e.address(), Ordering::Relaxed);
        e.id.store(id, Ordering::Relaxed);
        e
    }

    /// Its address: also the func value of the function, if it has no captures.
    pub fn address(&'static self) -> usize {
        std::ptr::from_ref(self) as usize
    }
}

/// Facts about a function.
pub mod func_flag {
    /// A generated wrapper: not shown in tracebacks, and transparent to recover.
    pub const WRAPPER: u32 = 1;
    /// Has defer statements: leaves through RunDefers.
    pub const DEFERS: u32 = 2;
    /// Its code calls a native, then returns.
    pub const NATIVE: u32 = 4;
    /// A method with a value receiver that takes its address.
    pub const BY_ADDRESS: u32 = 16;
    /// The body of a range-over-func loop or a compiler-made part of another function: recover there counts
    /// as in the function around it.
    pub const BODY: u32 = 8;
}

/// A stretch of a function's code that stems from another.
#[derive(Clone, Debug)]
pub struct Inlined {
    /// First word.
    pub start: u32,
    /// One past the last word.
    pub end: u32,
    /// The function inlined.
    pub name: Arc<str>,
    /// Where it is called.
    pub pos: Pos,
}

/// A function.
#[derive(Debug)]
pub struct Func {
    /// Its place in the table.
    pub id: FuncId,
    /// Its name as tracebacks show it: `main.(*T).Run`, `main.main.func1`.
    pub name: Arc<str>,
    /// See there.
    pub entry: &'static FuncEntry,
    /// Its instructions.
    pub code: &'static [AtomicU64],
    /// Slots of its frame, header and call windows included.
    pub frame: u16,
    /// Slots of its results, from slot [`HEADER`] on.
    pub results: u16,
    /// Slots of its parameters, receiver included, after the results.
    pub params: u16,
    /// Slots that may hold pointers: one bit each, lowest first.
    pub pointers: Box<[u64]>,
    /// Where instructions stem from: (index of the first word, position), ascending.
    pub lines: Box<[(u32, Pos)]>,
    /// Inlined calls, inner ones before outer ones.
    pub inlined: Box<[Inlined]>,
    /// Index of the word at which the function goes on once it recovered from a panic: code that runs the
    /// remaining deferred calls, moves results to their slots and returns.
    pub recover: Option<u32>,
    /// What of its frames is still needed; worked out when the collector asks.
    pub liveness: OnceLock<Liveness>,
    /// See [`func_flag`].
    pub flags: u32,
    /// Where it is declared.
    pub pos: Pos,
}

impl Func {
    /// Index of the word that address `pc` of its code lies in.
    pub fn word_at(&self, pc: usize) -> u32 {
        ((pc - self.start()) / 8) as u32
    }

    /// Position of the instruction at word `i`.
    pub fn pos_at(&self, i: u32) -> Pos {
        let n = self.lines.partition_point(|l| l.0 <= i);
        if n == 0 { self.pos } else { self.lines[n - 1].1 }
    }

    /// Inlined calls that the instruction at word `i` stems from, innermost first.
    pub fn inlined_at(&self, i: u32) -> impl Iterator<Item = &Inlined> {
        self.inlined.iter().filter(move |l| l.start <= i && i < l.end)
    }

    /// Whether slot `i` may hold a pointer.
    pub fn is_pointer(&self, i: usize) -> bool {
        self.pointers.get(i / 64).is_some_and(|w| w >> (i % 64) & 1 != 0)
    }

    /// The slots that may hold pointers and that a frame stopped at the instruction that holds `word` still needs.
    pub fn live_pointers(&self, p: &Program, word: u32) -> Set {
        let liveness = self.liveness.get_or_init(|| Liveness::new(p, self));
        let live = liveness.at(p, self, word);
        live.iter().zip(&self.pointers).map(|(l, p)| l & p).collect()
    }

    /// Address of the first instruction.
    pub fn start(&self) -> usize {
        self.code.as_ptr() as usize
    }
}

/// The memory of package-level variables. Its address is fixed before code is run.
#[derive(Debug, Default)]
pub struct Globals {
    mem: OnceLock<&'static [AtomicU64]>,
    used: AtomicU32,
    pointers: RwLock<Vec<u32>>,
}

impl Globals {
    /// Reserves `size` bytes aligned to 16 of the block, whose words `pointers` (counted from the reserved
    /// place) may hold pointers. The byte offset, or none if the block is full.
    pub fn reserve(&self, size: u32, pointers: &[u32]) -> Option<u32> {
        let at = self.used.load(Ordering::Relaxed);
        let end = at.checked_add(size.checked_next_multiple_of(16)?)?;
        if self.mem.get().is_some_and(|m| m.len() * 8 < end as usize) {
            return None;
        }
        self.used.store(end, Ordering::Relaxed);
        self.pointers
            .write()
            .expect("never poisoned")
            .extend(pointers.iter().map(|w| at / 8 + w));
        Some(at)
    }

    /// Makes the bytes reserved at `at` zero, as far as there is memory.
    pub fn clear(&self, at: u32, size: u32) {
        let words = self.mem.get().map_or(&[][..], |m| m);
        let end = (at as usize + size as usize).div_ceil(8);
        for w in words.get(at as usize / 8..end).unwrap_or(&[]) {
            w.store(0, Ordering::Relaxed);
        }
    }

    /// Allocates the block with `spare` bytes beyond what is reserved; once.
    pub fn fix(&self, spare: u32) {
        let n = self.used.load(Ordering::Relaxed) as usize + spare as usize;
        self.mem.get_or_init(|| {
            mgo_runtime::os::mem::zeroed_words(n.div_ceil(16).max(1) * 2)
                .unwrap_or_else(|| mgo_runtime::throw!("no address space for package-level variables"))
        });
    }

    /// Address of the block; 0 before it is fixed.
    pub fn base(&self) -> usize {
        self.mem.get().map_or(0, |m| m.as_ptr() as usize)
    }

    /// Calls `visit` with every word that may be a pointer.
    pub fn visit(&self, visit: &mut dyn FnMut(u64)) {
        let Some(mem) = self.mem.get() else { return };
        for &w in self.pointers.read().expect("never poisoned").iter() {
            visit(mem[w as usize].load(Ordering::Relaxed));
        }
    }
}

/// A method's name as calls through interfaces see it: unexported names belong to a package.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Selector {
    /// The name.
    pub name: Arc<str>,
    /// The package's path; empty if the name is exported.
    pub pkg: Arc<str>,
}

/// Name and lines of a source file.
#[derive(Debug)]
pub struct FileLines {
    name: Arc<str>,
    base: Pos,
    text: Arc<str>,
    /// Offsets at which lines start, found when somebody asks.
    starts: OnceLock<Vec<u32>>,
    /// What `//line` directives say.
    bases: Vec<LineBase>,
}

impl FileLines {
    /// File and line of offset `at`, as `//line` directives have them.
    fn locate(&self, at: u32) -> (Arc<str>, u32) {
        let n = self.bases.partition_point(|b| b.offset <= at);
        match n.checked_sub(1).map(|i| &self.bases[i]) {
            None => (self.name.clone(), self.line(at)),
            Some(b) => {
                let file = if b.file.is_empty() {
                    "??".into()
                } else {
                    b.file.clone()
                };
                (file, b.line + (self.line(at) - self.line(b.offset)))
            }
        }
    }

    /// The line that offset `at` lies in, from 1.
    fn line(&self, at: u32) -> u32 {
        let starts = self.starts.get_or_init(|| {
            let newlines = self.text.bytes().enumerate().filter(|&(_, b)| b == b'\n');
            std::iter::once(0)
                .chain(newlines.map(|(i, _)| i as u32 + 1))
                .collect()
        });
        starts.partition_point(|&s| s <= at) as u32
    }
}

/// See the module's head.
#[derive(Default)]
pub struct Program {
    /// All functions.
    pub funcs: Table<Func>,
    /// All types that are needed at run time; number 0 is never filled: it marks the nil interface.
    pub types: Table<RType>,
    /// All selectors.
    pub selectors: Table<Selector>,
    /// The types among them by structure.
    pub derived: Derived,
    /// Package-level variables.
    pub globals: Globals,
    /// Code by address: (first byte, one past the last, function), ascending.
    ranges: RwLock<Vec<(usize, usize, FuncId)>>,
    /// What is known of places where frames stopped.
    pub stack_maps: StackMaps,
    files: RwLock<Vec<FileLines>>,
    /// Constant bytes named by code, for the disassembler: by address.
    pub strings: RwLock<FxHashMap<usize, &'static [u8]>>,
    /// Names of natives, for the disassembler: by number.
    pub natives: RwLock<FxHashMap<u32, Arc<str>>>,
    /// Types the interpreter itself makes values of.
    pub known: OnceLock<KnownTypes>,
    /// Counters of statements, if asked for.
    pub cover: OnceLock<Cover>,
}

/// Types the interpreter makes values of on its own account, by type id. Those of package
/// `internal/rterr` are 0 if the program has no such package; panics then carry plain strings.
#[derive(Clone, Copy, Default, Debug)]
pub struct KnownTypes {
    /// `string`
    pub string: u32,
    /// `int`
    pub int: u32,
    /// `error`
    pub error: u32,
    /// `runtime.errorString`: a string.
    pub error_string: u32,
    /// `runtime.boundsError`: a string.
    pub bounds_error: u32,
    /// `runtime.plainError`: a string.
    pub plain_error: u32,
    /// `*runtime.TypeAssertionError`: to four strings.
    pub type_assertion_error: u32,
    /// `*runtime.PanicNilError`.
    pub panic_nil_error: u32,
    /// Selector of `Error() string`.
    pub sel_error: u32,
    /// Selector of `String() string`.
    pub sel_string: u32,
}

impl Program {
    /// An empty program.
    pub fn new() -> Program {
        let p = Program::default();
        p.types.reserve();
        p
    }

    /// Makes `func` findable by the addresses of its code, and puts it in the table.
    pub fn add_func(&self, func: Func) -> &Func {
        let start = func.start();
        let end = start + func.code.len() * 8;
        let mut ranges = self.ranges.write().expect("never poisoned");
        let i = ranges.partition_point(|r| r.0 < start);
        ranges.insert(i, (start, end, func.id));
        self.funcs.fill(func.id, func)
    }

    /// Puts many functions in the table at once.
    pub fn add_funcs(&self, funcs: Vec<Func>) {
        let mut ranges = self.ranges.write().expect("never poisoned");
        for func in funcs {
            let start = func.start();
            ranges.push((start, start + func.code.len() * 8, func.id));
            self.funcs.fill(func.id, func);
        }
        ranges.sort_unstable();
    }

    /// The function whose code holds address `pc`. For a return address ask for the byte before it.
    pub fn func_at(&self, pc: usize) -> Option<&Func> {
        let ranges = self.ranges.read().expect("never poisoned");
        let i = ranges.partition_point(|r| r.0 <= pc).checked_sub(1)?;
        let (_, end, id) = ranges[i];
        (pc < end).then(|| &self.funcs[id])
    }

    /// Takes over names and lines of the files of `map` that are not known yet.
    pub fn add_files(&self, map: &SourceMap) {
        let mut files = self.files.write().expect("never poisoned");
        for (_, f) in map.files().skip(files.len()) {
            files.push(FileLines {
                name: f.name.clone(),
                base: f.base,
                text: f.text.clone(),
                starts: OnceLock::new(),
                bases: f.line_bases().to_vec(),
            });
        }
    }

    /// File and line of a position.
    pub fn locate(&self, pos: Pos) -> Option<(Arc<str>, u32)> {
        let files = self.files.read().expect("never poisoned");
        let f = &files[files.partition_point(|f| f.base <= pos).checked_sub(1)?];
        let off = pos.0 - f.base.0;
        Some(f.locate(off))
    }

    /// Types the interpreter makes values of.
    pub fn known(&self) -> KnownTypes {
        self.known.get().copied().unwrap_or_default()
    }
}
