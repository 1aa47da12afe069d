//! Type descriptors: what running code knows of types.
//!
//! Descriptors are canonical: identical Go types have one, so equal ids mean identical types. They are made
//! for types that reach the runtime: converted to interfaces, allocated, used in maps, channels, slices.
//!
//! A value has two forms. Its *register form* is `slots` slots: scalars one, pairs two, structs and arrays
//! their parts side by side, blank fields included. Its *memory form* is `size` bytes. `parts` says how they
//! correspond, in slot order. A *large* type's register form is one slot, the address of an immutable copy in
//! memory form (`parts` is empty then). In an interface the data word is the register form itself when
//! `slots` is 1, zero when it is 0, else the address of an immutable copy in memory form.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use mgo_runtime::slot::Layout;

use crate::bytecode::form::Form;
use crate::bytecode::program::FuncEntry;

/// Go's reflect.Kind, with its numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
#[allow(missing_docs, reason = "Go's own names")]
pub enum RKind {
    Invalid = 0,
    Bool,
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
    Float32,
    Float64,
    Complex64,
    Complex128,
    Array,
    Chan,
    Func,
    Interface,
    Map,
    Pointer,
    Slice,
    String,
    Struct,
    UnsafePointer,
}

/// How a part of a value lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PartKind {
    /// 1 byte, sign-extended into a slot.
    I8,
    /// 1 byte, zero-extended.
    U8,
    /// 2 bytes.
    I16,
    /// 2 bytes.
    U16,
    /// 4 bytes.
    I32,
    /// 4 bytes; float32 too.
    U32,
    /// 8 bytes, not a pointer.
    W64,
    /// 8 bytes, perhaps a pointer.
    Ptr,
    /// 16 bytes moved at once into two slots, pointers inside: string, slice, interface.
    Pair,
}

impl PartKind {
    /// Bytes in memory.
    pub fn size(self) -> u32 {
        match self {
            PartKind::I8 | PartKind::U8 => 1,
            PartKind::I16 | PartKind::U16 => 2,
            PartKind::I32 | PartKind::U32 => 4,
            PartKind::W64 | PartKind::Ptr => 8,
            PartKind::Pair => 16,
        }
    }

    /// Slots in the register form.
    pub fn slots(self) -> u16 {
        if self == PartKind::Pair { 2 } else { 1 }
    }
}

/// A part of a value: a scalar or a pair.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Part {
    /// Byte offset in the memory form.
    pub offset: u32,
    /// What it is.
    pub kind: PartKind,
}

/// How values of a type are compared and hashed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EqKind {
    /// The one slot's bits: integers, bool, pointers, channels.
    Bits,
    /// float64 in one slot.
    F64,
    /// float32 in one slot.
    F32,
    /// Two float64.
    C128,
    /// Two float32.
    C64,
    /// String contents.
    Str,
    /// Dynamic type and value.
    Iface,
    /// Field by field, blank ones left out.
    Struct,
    /// Element by element.
    Array,
    /// Not comparable.
    None,
}

/// How a map finds its keys; see the map opcodes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MapKind {
    /// One slot compared by its bits.
    Int,
    /// A string.
    Str,
    /// By the key's descriptor.
    Other,
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct RField {
    /// Its name.
    pub name: Arc<str>,
    /// Package path of an unexported name, else empty.
    pub pkg: Arc<str>,
    /// Its type.
    pub ty: u32,
    /// Byte offset in the memory form.
    pub offset: u32,
    /// First slot in the register form (of a type that is not large).
    pub slot: u32,
    /// Whether it is embedded.
    pub embedded: bool,
    /// Its tag.
    pub tag: Arc<str>,
}

/// A method a value of the type has.
#[derive(Clone, Debug)]
pub struct RMethod {
    /// Its selector.
    pub sel: u32,
    /// Its name.
    pub name: Arc<str>,
    /// Package path of an unexported name, else empty.
    pub pkg: Arc<str>,
    /// Its signature without receiver: a func type; 0 where nothing asks for it.
    pub ty: u32,
    /// The function: takes an interface's data word as receiver. None in interface types.
    pub entry: Option<&'static FuncEntry>,
}

/// From selectors to functions: an open-addressed table of a power of two of entries.
#[derive(Debug, Default)]
pub struct MethodTable {
    /// (selector, address of the entry); free places have address 0.
    entries: Box<[(u32, usize)]>,
}

impl MethodTable {
    /// The table of these methods.
    pub fn new(methods: &[RMethod]) -> MethodTable {
        let with: Vec<_> = methods
            .iter()
            .filter_map(|m| Some((m.sel, m.entry?.address())))
            .collect();
        if with.is_empty() {
            return MethodTable::default();
        }
        let mut entries = vec![(0, 0); (with.len() * 2).next_power_of_two()];
        let mask = entries.len() - 1;
        for (sel, at) in with {
            let mut i = sel as usize & mask;
            while entries[i].1 != 0 {
                i = (i + 1) & mask;
            }
            entries[i] = (sel, at);
        }
        MethodTable {
            entries: entries.into(),
        }
    }

    /// Address of the entry of the method with selector `sel`.
    #[inline]
    pub fn find(&self, sel: u32) -> Option<usize> {
        let mask = self.entries.len().checked_sub(1)?;
        let mut i = sel as usize & mask;
        loop {
            let (s, at) = self.entries[i];
            if at == 0 {
                return None;
            }
            if s == sel {
                return Some(at);
            }
            i = (i + 1) & mask;
        }
    }
}

/// The methods of a type. A REPL may give a type others later.
#[derive(Debug)]
pub struct Methods {
    list: Box<[RMethod]>,
    table: MethodTable,
    newer: OnceLock<Box<Methods>>,
}

impl Methods {
    /// These, sorted by name, then package.
    pub fn new(list: Vec<RMethod>) -> Methods {
        Methods {
            table: MethodTable::new(&list),
            list: list.into(),
            newer: OnceLock::new(),
        }
    }
}

/// A type descriptor.
#[derive(Debug)]
pub struct RType {
    /// Its id; never 0.
    pub id: u32,
    /// Its kind.
    pub kind: RKind,
    /// Whether it was declared (or is predeclared): it has a name of its own.
    pub named: bool,
    /// As Go prints it: `main.T`, `[]int`, `*main.T`.
    pub string: Arc<str>,
    /// Its own name without package, empty if it has none.
    pub name: Arc<str>,
    /// Path of the package it is declared in, else empty.
    pub pkg: Arc<str>,
    /// Bytes of the memory form.
    pub size: u32,
    /// Alignment of the memory form.
    pub align: u32,
    /// Slots of the register form.
    pub slots: u16,
    /// Whether the register form is the address of an immutable copy.
    pub large: bool,
    /// See the module's head.
    pub parts: Box<[Part]>,
    /// Memory form of one unit, for the heap: the whole value, or of an array its innermost element.
    pub layout: &'static Layout,
    /// How many units a value is made of: 1 except for arrays.
    pub units: u64,
    /// Register form as heap words: channel buffers, map entries.
    pub slot_layout: &'static Layout,
    /// Whether `==` is defined on it (dynamic types inside may still panic).
    pub comparable: bool,
    /// How values are compared and hashed.
    pub eq: EqKind,
    /// For maps.
    pub map_kind: MapKind,
    /// Element of an array, slice, map, pointer or channel; else 0.
    pub elem: u32,
    /// Key of a map; else 0.
    pub key: u32,
    /// Length of an array.
    pub len: u64,
    /// Channel direction: 1 receive, 2 send, 3 both.
    pub chan_dir: u8,
    /// Fields of a struct.
    pub fields: Box<[RField]>,
    /// Parameters of a func type.
    pub params: Box<[u32]>,
    /// Results of a func type.
    pub results: Box<[u32]>,
    /// Whether a func type is variadic.
    pub variadic: bool,
    /// Methods sorted by name, then package: of an interface type those it asks for; else the method set,
    /// filled in when the type is first converted to an interface.
    pub methods: OnceLock<Methods>,
    /// Id of the pointer type to this one; 0 if there is none.
    pub ptr_to: AtomicU32,
}

impl RType {
    /// The descriptor of an unnamed type of no structure, which the caller goes on to describe.
    pub fn new(id: u32, kind: RKind, form: &Form, layout: &'static Layout, slots: &'static Layout) -> RType {
        let none: Arc<str> = "".into();
        RType {
            id,
            kind,
            named: false,
            string: none.clone(),
            name: none.clone(),
            pkg: none,
            size: form.size,
            align: form.align,
            slots: form.slots as u16,
            large: form.large,
            parts: form.parts.clone(),
            layout,
            units: form.units,
            slot_layout: slots,
            comparable: true,
            eq: EqKind::Bits,
            map_kind: MapKind::Other,
            elem: 0,
            key: 0,
            len: 0,
            chan_dir: 0,
            fields: Box::default(),
            params: Box::default(),
            results: Box::default(),
            variadic: false,
            methods: OnceLock::new(),
            ptr_to: AtomicU32::new(0),
        }
    }

    /// Whether an interface's data word holds the value itself.
    pub fn is_direct(&self) -> bool {
        self.slots <= 1
    }

    /// Its methods; empty while not filled in.
    pub fn methods(&self) -> &[RMethod] {
        self.newest().map_or(&[], |m| &m.list)
    }

    /// Address of the entry of the method with selector `sel`.
    #[inline]
    pub fn find_method(&self, sel: u32) -> Option<usize> {
        self.newest()?.table.find(sel)
    }

    #[inline]
    fn newest(&self) -> Option<&Methods> {
        let mut m = self.methods.get()?;
        while let Some(newer) = m.newer.get() {
            m = newer;
        }
        Some(m)
    }

    /// Fills its methods in, or replaces them.
    pub fn set_methods(&self, list: Vec<RMethod>) {
        let new = Methods::new(list);
        match self.newest() {
            None => drop(self.methods.set(new)),
            Some(m) => drop(m.newer.set(Box::new(new))),
        }
    }

    /// Whether its method set has all methods of interface type `iface`; for that both are sorted alike.
    pub fn implements(&self, iface: &RType) -> bool {
        let mut mine = self.methods().iter();
        iface
            .methods()
            .iter()
            .all(|want| mine.any(|m| m.sel == want.sel && m.ty == want.ty))
    }

    /// Id of the pointer type to this one, if there is one.
    pub fn pointer(&self) -> Option<u32> {
        Some(self.ptr_to.load(Ordering::Acquire)).filter(|&p| p != 0)
    }
}
