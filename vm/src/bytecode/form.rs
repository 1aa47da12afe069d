//! How values lie: the register and the memory form of a type, from those of its parts.

use mgo_runtime::slot::Layout;

use crate::bytecode::program::MAX_VALUE_SLOTS;
use crate::bytecode::rtype::{Part, PartKind, RType};

/// How values of a type lie in registers and memory.
#[derive(Clone, Debug)]
pub struct Form {
    /// Slots of the register form.
    pub slots: u32,
    /// Whether the register form is the address of an immutable copy.
    pub large: bool,
    /// Bytes of the memory form.
    pub size: u32,
    /// Its alignment.
    pub align: u32,
    /// Parts in slot order; empty if large.
    pub parts: Box<[Part]>,
    /// Byte offsets of a struct's fields.
    pub offsets: Box<[u32]>,
    /// First slots of a struct's fields.
    pub field_slots: Box<[u32]>,
    /// Which of the words of one unit may be pointers.
    pub pointers: Box<[u32]>,
    /// Bytes of one unit: the whole value, or of an array an element that is not an array.
    pub unit: u32,
    /// How many units.
    pub units: u64,
}

/// Memory forms are at most this long.
const MAX_SIZE: u64 = 1 << 31;
/// Structs have at most this many pointer words.
const MAX_POINTERS: u64 = 1 << 22;

impl Form {
    /// A scalar or a pair.
    pub fn scalar(kind: PartKind) -> Form {
        let pointers: &[u32] = match kind {
            PartKind::Ptr => &[0],
            PartKind::Pair => &[0, 1],
            _ => &[],
        };
        Form {
            slots: kind.slots().into(),
            large: false,
            size: kind.size(),
            align: kind.size(),
            parts: Box::from([Part { offset: 0, kind }]),
            offsets: Box::from([]),
            field_slots: Box::from([]),
            pointers: pointers.into(),
            unit: kind.size(),
            units: 1,
        }
    }

    /// That of a type which has its descriptor.
    pub fn of(t: &RType) -> Form {
        Form {
            slots: t.slots.into(),
            large: t.large,
            size: t.size,
            align: t.align,
            parts: t.parts.clone(),
            offsets: t.fields.iter().map(|f| f.offset).collect(),
            field_slots: t.fields.iter().map(|f| f.slot).collect(),
            pointers: t.layout.pointers.clone(),
            unit: t.layout.size,
            units: t.units,
        }
    }

    /// An array of `n` elements of form `e`; none if it is too big.
    pub fn array(e: &Form, n: u64) -> Option<Form> {
        let size = u64::from(e.size).checked_mul(n).filter(|&s| s < MAX_SIZE)?;
        let slots = if e.large {
            u64::from(MAX_VALUE_SLOTS) + 1
        } else {
            n.saturating_mul(e.slots.into())
        };
        // One element of a single slot would make a large element's address pass for the array's.
        let large = slots > u64::from(MAX_VALUE_SLOTS) || (e.large && n > 0);
        let mut parts = Vec::new();
        if !large {
            for i in 0..(if e.slots == 0 { 0 } else { n as u32 }) {
                parts.extend(e.parts.iter().map(|q| Part {
                    offset: q.offset + i * e.size,
                    kind: q.kind,
                }));
            }
        }
        Some(Form {
            slots: if large { 1 } else { slots as u32 },
            large,
            size: size as u32,
            align: e.align,
            parts: parts.into(),
            offsets: Box::from([]),
            field_slots: Box::from([]),
            pointers: e.pointers.clone(),
            unit: e.unit,
            units: e.units.saturating_mul(n),
        })
    }

    /// A struct of fields of these forms; none if it is too big.
    pub fn structure<'f>(forms: impl Iterator<Item = &'f Form>) -> Option<Form> {
        let (mut size, mut align, mut slots) = (0u64, 1, 0u64);
        let (mut offsets, mut field_slots, mut pointers) = (Vec::new(), Vec::new(), Vec::new());
        let (mut parts, mut large) = (Vec::new(), false);
        for f in forms {
            size = size.next_multiple_of(u64::from(f.align));
            let at = u32::try_from(size).ok().filter(|_| size < MAX_SIZE)?;
            align = align.max(f.align);
            offsets.push(at);
            field_slots.push(slots.min(u64::from(u32::MAX)) as u32);
            large |= f.large;
            slots += u64::from(f.slots);
            parts.extend(f.parts.iter().map(|q| Part {
                offset: at + q.offset,
                kind: q.kind,
            }));
            if (f.pointers.len() as u64).saturating_mul(f.units) > MAX_POINTERS {
                return None;
            }
            if !f.pointers.is_empty() {
                for i in 0..f.units as u32 {
                    let first = (at + i * f.unit) / 8;
                    pointers.extend(f.pointers.iter().map(|w| first + w));
                }
            }
            size += u64::from(f.size);
        }
        size = size.next_multiple_of(u64::from(align));
        let size = u32::try_from(size).ok().filter(|_| size < MAX_SIZE)?;
        let large = large || slots > u64::from(MAX_VALUE_SLOTS);
        if large {
            parts.clear();
        }
        Some(Form {
            slots: if large { 1 } else { slots as u32 },
            large,
            size,
            align,
            parts: parts.into(),
            offsets: offsets.into(),
            field_slots: field_slots.into(),
            pointers: pointers.into(),
            unit: size,
            units: 1,
        })
    }

    /// Bytes of the register form and those of its words that may be pointers.
    pub fn slot_words(&self) -> (u32, Box<[u32]>) {
        let mut pointers = Vec::new();
        let mut s = 0;
        if self.large {
            pointers.push(0);
        }
        for p in &self.parts {
            match p.kind {
                PartKind::Ptr => pointers.push(s),
                PartKind::Pair => pointers.extend([s, s + 1]),
                _ => {}
            }
            s += u32::from(p.kind.slots());
        }
        (self.slots * 8, pointers.into())
    }
}

/// A layout that lives for ever.
pub fn leak_layout(size: u32, pointers: &[u32]) -> &'static Layout {
    Box::leak(Box::new(Layout::new(size, pointers.into())))
}
