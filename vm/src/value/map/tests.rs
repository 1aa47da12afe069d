//! Maps against the standard library's, by generated histories.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use super::*;
use crate::bytecode::program::*;
use crate::value::alloc::testing::TestHeap;
use crate::value::{eq, string};

/// A descriptor with nothing but what maps ask for.
pub fn rtype(p: &Program, kind: RKind, eq: EqKind, slots: u16, pointers: &[u32]) -> u32 {
    let id = p.types.reserve();
    let layout: &'static Layout = Box::leak(Box::new(Layout::new(u32::from(slots) * 8, pointers.into())));
    let part = match eq {
        EqKind::Str | EqKind::Iface => vec![Part {
            offset: 0,
            kind: PartKind::Pair,
        }],
        _ => (0..slots)
            .map(|i| Part {
                offset: u32::from(i) * 8,
                kind: PartKind::W64,
            })
            .collect(),
    };
    let none = || -> Arc<str> { "".into() };
    p.types.fill(
        id,
        RType {
            id,
            kind,
            named: false,
            string: format!("{kind:?}").into(),
            name: none(),
            pkg: none(),
            size: u32::from(slots) * 8,
            align: 8,
            slots,
            large: false,
            parts: part.into(),
            layout,
            slot_layout: layout,
            comparable: true,
            eq,
            map_kind: MapKind::Other,
            elem: 0,
            key: 0,
            len: 0,
            units: 1,
            chan_dir: 0,
            fields: Box::new([]),
            params: Box::new([]),
            results: Box::new([]),
            variadic: false,
            methods: OnceLock::new(),
            ptr_to: AtomicU32::new(0),
        },
    );
    id
}

fn map_type(p: &'static Program, key: u32, elem: u32, kind: MapKind) -> &'static Shape {
    let id = rtype(p, RKind::Map, EqKind::None, 1, &[0]);
    let t = &p.types[id];
    let t = RType {
        key,
        elem,
        map_kind: kind,
        methods: OnceLock::new(),
        ptr_to: AtomicU32::new(0),
        string: t.string.clone(),
        name: t.name.clone(),
        pkg: t.pkg.clone(),
        parts: t.parts.clone(),
        fields: Box::new([]),
        params: Box::new([]),
        results: Box::new([]),
        ..*t
    };
    Box::leak(Box::new(Shape::new(p, &t)))
}

fn program() -> &'static Program {
    Box::leak(Box::new(Program::new()))
}

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Runs a history of operations on an int map and on std's.
fn history(seed: u64, keys: u64, steps: usize, solo: bool) {
    let p = program();
    let int = rtype(p, RKind::Int, EqKind::Bits, 1, &[]);
    let shape = map_type(p, int, int, MapKind::Int);
    let mut h = TestHeap::new();
    h.solo = solo;
    let mut r = Rng(seed);
    let m = Map::at(make(&mut h, shape, r.next() % 40));
    let mut want = HashMap::new();
    for step in 0..steps {
        let k = r.next() % keys;
        match r.next() % 16 {
            0..8 => {
                m.set(&mut h, &IntKey(k), &[step as u64]).unwrap();
                want.insert(k, step as u64);
            }
            8..12 => {
                m.delete(&h, &IntKey(k)).unwrap();
                want.remove(&k);
            }
            12..14 => {
                m.add(&mut h, &IntKey(k), 5).unwrap();
                *want.entry(k).or_insert(0) += 5;
            }
            14 if r.next().is_multiple_of(64) => {
                m.clear(&h).unwrap();
                want.clear();
            }
            _ => {
                let mut out = [9];
                let found = m.get(&IntKey(k), &mut out).unwrap();
                assert_eq!(
                    (found, out[0]),
                    (want.contains_key(&k), want.get(&k).copied().unwrap_or(0))
                );
            }
        }
        assert_eq!(m.count.load(Relaxed), want.len() as u64);
        if r.next().is_multiple_of(64) {
            let all: HashMap<u64, u64> = collect(&mut h, m)
                .into_iter()
                .map(|(k, v)| (k[0], v[0]))
                .collect();
            assert_eq!(all, want);
        }
    }
}

fn collect(h: &mut TestHeap, m: &Map) -> Vec<(Vec<u64>, Vec<u64>)> {
    let mut slots = [0; MAP_ITER_SLOTS as usize];
    let mut it = Iter(&mut slots);
    it.start(h, std::ptr::from_ref(m) as u64).unwrap();
    let mut out = Vec::new();
    let shape = m.shape();
    let (mut k, mut v) = (
        vec![0; shape.key_slots as usize],
        vec![0; shape.val_slots as usize],
    );
    while it.next(Some(&mut k), Some(&mut v)).unwrap() == Next::Entry {
        out.push((k.clone(), v.clone()));
    }
    out
}

#[test]
fn int_maps_agree_with_std() {
    for seed in 1..30 {
        history(seed, 12, 3000, seed % 2 == 0);
        history(seed, 300, 3000, true);
        history(seed, u64::MAX, 2000, true);
    }
}

#[test]
fn string_maps_agree_with_std() {
    let p = program();
    let (int, s) = (
        rtype(p, RKind::Int, EqKind::Bits, 1, &[]),
        rtype(p, RKind::String, EqKind::Str, 2, &[0]),
    );
    let shape = map_type(p, s, int, MapKind::Str);
    let mut h = TestHeap::new();
    let m = Map::at(make(&mut h, shape, 0));
    let mut want = HashMap::new();
    let mut r = Rng(7);
    for i in 0..5000u64 {
        let text = "x".repeat((r.next() % 7) as usize) + &(r.next() % 400).to_string();
        let k = StrKey(string::new(&mut h, text.as_bytes()));
        if r.next().is_multiple_of(3) {
            m.delete(&h, &k).unwrap();
            want.remove(&text);
        } else {
            m.set(&mut h, &k, &[i]).unwrap();
            want.insert(text, i);
        }
    }
    let got: HashMap<String, u64> = collect(&mut h, m)
        .into_iter()
        .map(|(k, v)| {
            (
                String::from_utf8(string::bytes((k[0], k[1])).to_vec()).unwrap(),
                v[0],
            )
        })
        .collect();
    assert_eq!(got, want);
}

#[test]
fn ranging_survives_growth_and_deletion() {
    let p = program();
    let int = rtype(p, RKind::Int, EqKind::Bits, 1, &[]);
    let shape = map_type(p, int, int, MapKind::Int);
    for n in [1u64, 5, 8, 9, 20, 100, 1000] {
        for mode in 0..4 {
            let mut h = TestHeap::new();
            let at = make(&mut h, shape, 0);
            let m = Map::at(at);
            for k in 0..n {
                m.set(&mut h, &IntKey(k), &[k]).unwrap();
            }
            let mut deleted = BTreeSet::new();
            let mut seen = Vec::new();
            let mut slots = [0; MAP_ITER_SLOTS as usize];
            let mut it = Iter(&mut slots);
            it.start(&mut h, at).unwrap();
            let mut step = 0;
            loop {
                let (mut k, mut v) = ([0], [0]);
                if it.next(Some(&mut k), Some(&mut v)).unwrap() == Next::End {
                    break;
                }
                let (k, v) = (k[0], v[0]);
                assert!(!deleted.contains(&k), "a deleted key was met");
                assert!(k >= n || k == v);
                seen.push(k);
                step += 1;
                match mode {
                    0 => {}
                    1 => m.set(&mut h, &IntKey(n + step), &[0]).unwrap(),
                    2 => {
                        let other = (k * 7 + 3) % n;
                        m.delete(&h, &IntKey(other)).unwrap();
                        deleted.insert(other);
                        for j in 0..3 {
                            m.set(&mut h, &IntKey(n + step * 3 + j), &[0]).unwrap();
                        }
                    }
                    _ => {
                        m.delete(&h, &IntKey(k)).unwrap();
                        deleted.insert(k);
                    }
                }
                assert!(step < 100_000, "the walk does not end");
            }
            let set: BTreeSet<u64> = seen.iter().copied().collect();
            assert_eq!(set.len(), seen.len(), "a key was met twice");
            let must: BTreeSet<u64> = (0..n).filter(|k| !deleted.contains(k)).collect();
            assert!(must.is_subset(&set), "n {n} mode {mode}: a key was left out");
        }
    }
}

#[test]
fn floats_and_interfaces_as_keys() {
    let p = program();
    let int = rtype(p, RKind::Int, EqKind::Bits, 1, &[]);
    let float = rtype(p, RKind::Float64, EqKind::F64, 1, &[]);
    let any = rtype(p, RKind::Interface, EqKind::Iface, 2, &[0, 1]);
    let func = rtype(p, RKind::Func, EqKind::None, 1, &[0]);
    let shape = map_type(p, float, int, MapKind::Other);
    let mut h = TestHeap::new();
    let m = Map::at(make(&mut h, shape, 0));
    let ft = &p.types[float];
    let set = |h: &mut TestHeap, x: f64, v: u64| {
        let slots = [x.to_bits()];
        let k = OtherKey::new(ft, p, &slots, m.seed()).unwrap();
        m.set(h, &k, &[v]).unwrap();
    };
    set(&mut h, 0.0, 1);
    set(&mut h, -0.0, 2);
    for v in 3..20 {
        set(&mut h, f64::NAN, v);
    }
    assert_eq!(m.count.load(Relaxed), 18);
    assert_eq!(collect(&mut h, m).len(), 18);

    let shape = map_type(p, any, int, MapKind::Other);
    let m = Map::at(make(&mut h, shape, 0));
    let at = &p.types[any];
    for i in 0..50u64 {
        let slots = [u64::from(int), i];
        let k = OtherKey::new(at, p, &slots, m.seed()).unwrap();
        m.set(&mut h, &k, &[i]).unwrap();
    }
    let slots = [u64::from(int), 7];
    let k = OtherKey::new(at, p, &slots, m.seed()).unwrap();
    let mut out = [0];
    assert!(m.get(&k, &mut out).unwrap());
    assert_eq!(out, [7]);
    assert!(OtherKey::new(at, p, &[func.into(), 0], 0).is_err());
    assert!(eq::ifaces(p, (func.into(), 1), (func.into(), 1)).is_err());
    assert_eq!(eq::ifaces(p, (int.into(), 1), (float.into(), 1)), Ok(false));
}

#[test]
fn deep_interfaces_need_no_host_stack() {
    let p = program();
    let any = rtype(p, RKind::Interface, EqKind::Iface, 2, &[0, 1]);
    // struct { x any }, boxed because it has two slots.
    let id = p.types.reserve();
    let base = &p.types[any];
    let field = RField {
        name: "x".into(),
        pkg: "".into(),
        ty: any,
        offset: 0,
        slot: 0,
        embedded: false,
        tag: "".into(),
    };
    p.types.fill(
        id,
        RType {
            id,
            kind: RKind::Struct,
            eq: EqKind::Struct,
            fields: Box::new([field]),
            methods: OnceLock::new(),
            ptr_to: AtomicU32::new(0),
            string: "S".into(),
            name: "S".into(),
            pkg: "".into(),
            parts: base.parts.clone(),
            params: Box::new([]),
            results: Box::new([]),
            ..*base
        },
    );
    let mut h = TestHeap::new();
    let mut chain = || {
        let mut v = (0u64, 0u64);
        for _ in 0..300_000 {
            let at = h.object(base.layout);
            crate::value::mem::store128(at, v);
            v = (u64::from(id), at);
        }
        v
    };
    let (a, b) = (chain(), chain());
    assert_eq!(eq::ifaces(p, a, b), Ok(true));
    let slots = [a.0, a.1];
    assert!(eq::hash_slots(p, base, slots.as_ptr() as u64, 1).is_ok());
}

#[test]
fn a_second_writer_is_caught() {
    let p = program();
    let int = rtype(p, RKind::Int, EqKind::Bits, 1, &[]);
    let shape = map_type(p, int, int, MapKind::Int);
    let mut h = TestHeap::new();
    h.solo = false;
    let m = Map::at(make(&mut h, shape, 0));
    m.set(&mut h, &IntKey(1), &[1]).unwrap();
    let v = m.begin_write(false).unwrap();
    assert_eq!(m.set(&mut h, &IntKey(1), &[2]), Err(Trap::MAP_WRITES));
    assert_eq!(m.has(&IntKey(1)), Err(Trap::MAP_READ_WRITE));
    m.end_write(v, false);
    assert_eq!(m.has(&IntKey(1)), Ok(true));
}
