//! Natives of `math`, `math/bits`, `math/rand` and the hashes.

use mgo_vm::native::{Bytes, Slice};
use mgo_vm::natives;

use crate::mathfn as m;
use crate::number::{frexp, scale};

mod lagged {
    include!(concat!(env!("OUT_DIR"), "/lagged.rs"));
}

natives! {
    /// `math`: bits, parts, rounding.
    PARTS:
    "math.Float64bits" = |cx, f: f64| -> u64 { f.to_bits() };
    "math.Float64frombits" = |cx, b: u64| -> f64 { f64::from_bits(b) };
    "math.Float32bits" = |cx, f: f32| -> u32 { f.to_bits() };
    "math.Float32frombits" = |cx, b: u32| -> f32 { f32::from_bits(b) };
    "math.Abs" = |cx, x: f64| -> f64 { x.abs() };
    "math.Signbit" = |cx, x: f64| -> bool { x.is_sign_negative() };
    "math.Copysign" = |cx, f: f64, sign: f64| -> f64 { f.copysign(sign) };
    "math.Inf" = |cx, sign: i64| -> f64 { if sign >= 0 { f64::INFINITY } else { f64::NEG_INFINITY } };
    "math.NaN" = |cx| -> f64 { m::NAN };
    "math.Frexp" = |cx, f: f64| -> (f64, i64) { frexp(f) };
    "math.Ldexp" = |cx, f: f64, e: i64| -> f64 { scale(f, e) };
    "math.Modf" = |cx, f: f64| -> (f64, f64) {
        if f.is_infinite() {
            return (f, m::NAN);
        }
        (f.trunc(), (f - f.trunc()).copysign(f))
    };
    "math.Ilogb" = |cx, x: f64| -> i64 {
        match x {
            0.0 => i64::from(i32::MIN),
            _ if x.is_nan() => i64::from(i32::MAX),
            _ if x.is_infinite() => i64::from(i32::MAX),
            _ => frexp(x).1 - 1,
        }
    };
    "math.Logb" = |cx, x: f64| -> f64 {
        match x {
            0.0 => f64::NEG_INFINITY,
            _ if x.is_nan() => x,
            _ if x.is_infinite() => f64::INFINITY,
            _ => (frexp(x).1 - 1) as f64,
        }
    };
    "math.Nextafter" = |cx, x: f64, y: f64| -> f64 { m::nextafter(x, y) };
    "math.Nextafter32" = |cx, x: f32, y: f32| -> f32 { m::nextafterf(x, y) };
    "math.Ceil" = |cx, x: f64| -> f64 { x.ceil() };
    "math.Floor" = |cx, x: f64| -> f64 { x.floor() };
    "math.Trunc" = |cx, x: f64| -> f64 { x.trunc() };
    "math.Round" = |cx, x: f64| -> f64 { x.round() };
    "math.RoundToEven" = |cx, x: f64| -> f64 { x.round_ties_even() };
    "math.Max" = |cx, x: f64, y: f64| -> f64 {
        if x == f64::INFINITY || y == f64::INFINITY {
            return f64::INFINITY;
        }
        if x.is_nan() || y.is_nan() {
            return m::NAN;
        }
        if x == 0.0 && y == 0.0 {
            return if x.is_sign_negative() { y } else { x };
        }
        if x > y { x } else { y }
    };
    "math.Min" = |cx, x: f64, y: f64| -> f64 {
        if x == f64::NEG_INFINITY || y == f64::NEG_INFINITY {
            return f64::NEG_INFINITY;
        }
        if x.is_nan() || y.is_nan() {
            return m::NAN;
        }
        if x == 0.0 && y == 0.0 {
            return if x.is_sign_negative() { x } else { y };
        }
        if x < y { x } else { y }
    };
    "math.Dim" = |cx, x: f64, y: f64| -> f64 {
        let d = x - y;
        if d <= 0.0 { 0.0 } else { d }
    };
    "math.Mod" = |cx, x: f64, y: f64| -> f64 { m::canonical(x % y) };
    "math.Remainder" = |cx, x: f64, y: f64| -> f64 { m::canonical(m::remainder(x, y)) };
    "math.FMA" = |cx, x: f64, y: f64, z: f64| -> f64 { x.mul_add(y, z) };
    "math.Sqrt" = |cx, x: f64| -> f64 { x.sqrt() };
}

natives! {
    /// `math`: the rest.
    FUNCTIONS:
    "math.Cbrt" = |cx, x: f64| -> f64 { m::cbrt(x) };
    "math.Hypot" = |cx, p: f64, q: f64| -> f64 { m::hypot(p, q) };
    "math.Pow" = |cx, x: f64, y: f64| -> f64 { m::pow(x, y) };
    "math.Pow10" = |cx, n: i64| -> f64 { m::pow10(n) };
    "math.Exp" = |cx, x: f64| -> f64 { m::exp(x) };
    "math.Exp2" = |cx, x: f64| -> f64 { m::exp2(x) };
    "math.Expm1" = |cx, x: f64| -> f64 { m::canonical(m::expm1(x)) };
    "math.Log" = |cx, x: f64| -> f64 { m::log(x) };
    "math.Log10" = |cx, x: f64| -> f64 { m::log10(x) };
    "math.Log2" = |cx, x: f64| -> f64 { m::log2(x) };
    "math.Log1p" = |cx, x: f64| -> f64 { m::canonical(m::log1p(x)) };
    "math.Sin" = |cx, x: f64| -> f64 { m::sin(x) };
    "math.Cos" = |cx, x: f64| -> f64 { m::cos(x) };
    "math.Tan" = |cx, x: f64| -> f64 { m::tan(x) };
    "math.Sincos" = |cx, x: f64| -> (f64, f64) { (m::sin(x), m::cos(x)) };
    "math.Asin" = |cx, x: f64| -> f64 { m::asin(x) };
    "math.Acos" = |cx, x: f64| -> f64 { m::acos(x) };
    "math.Atan" = |cx, x: f64| -> f64 { m::atan(x) };
    "math.Atan2" = |cx, y: f64, x: f64| -> f64 { m::atan2(y, x) };
    "math.Sinh" = |cx, x: f64| -> f64 { m::sinh(x) };
    "math.Cosh" = |cx, x: f64| -> f64 { m::cosh(x) };
    "math.Tanh" = |cx, x: f64| -> f64 { m::tanh(x) };
    "math.Asinh" = |cx, x: f64| -> f64 { m::canonical(m::asinh(x)) };
    "math.Acosh" = |cx, x: f64| -> f64 { m::canonical(m::acosh(x)) };
    "math.Atanh" = |cx, x: f64| -> f64 { m::canonical(m::atanh(x)) };
    "math.Erf" = |cx, x: f64| -> f64 { m::canonical(m::erf(x)) };
    "math.Erfc" = |cx, x: f64| -> f64 { m::canonical(m::erfc(x)) };
    "math.Erfinv" = |cx, x: f64| -> f64 { m::erfinv(x) };
    "math.Erfcinv" = |cx, x: f64| -> f64 { m::erfinv(1.0 - x) };
    "math.Gamma" = |cx, x: f64| -> f64 { m::gamma(x) };
    "math.Lgamma" = |cx, x: f64| -> (f64, i64) { m::lgamma(x) };
    "math.J0" = |cx, x: f64| -> f64 { m::canonical(m::j0(x)) };
    "math.J1" = |cx, x: f64| -> f64 { m::canonical(m::j1(x)) };
    "math.Jn" = |cx, n: i64, x: f64| -> f64 {
        if n != 0 && (x == 0.0 || x.is_infinite()) { 0.0 } else { m::jn(n as i32, x) }
    };
    "math.Y0" = |cx, x: f64| -> f64 { m::canonical(m::y0(x)) };
    "math.Y1" = |cx, x: f64| -> f64 { m::canonical(m::y1(x)) };
    "math.Yn" = |cx, n: i64, x: f64| -> f64 { m::yn(n as i32, x) };
}

natives! {
    /// `math/bits`, `math/rand`, `hash/…`, `sort`.
    WORDS:
    "math/bits.LeadingZeros64" = |cx, x: u64| -> i64 { x.leading_zeros().into() };
    "math/bits.TrailingZeros64" = |cx, x: u64| -> i64 { x.trailing_zeros().into() };
    "math/bits.OnesCount64" = |cx, x: u64| -> i64 { x.count_ones().into() };
    "math/bits.Reverse64" = |cx, x: u64| -> u64 { x.reverse_bits() };
    "math/bits.ReverseBytes64" = |cx, x: u64| -> u64 { x.swap_bytes() };
    "math/bits.Mul64" = |cx, x: u64, y: u64| -> (u64, u64) {
        let p = u128::from(x) * u128::from(y);
        ((p >> 64) as u64, p as u64)
    };
    "math/bits.div64" = |cx, hi: u64, lo: u64, y: u64| -> (u64, u64) {
        let x = u128::from(hi) << 64 | u128::from(lo);
        let y = u128::from(y.max(1));
        ((x / y) as u64, (x % y) as u64)
    };
    "math/rand.uniform" = |cx, n: u64| -> u64 {
        // Lemire's method: the high half of a product, where the low half is not in the biased part.
        let reject = n.wrapping_neg() % n.max(1);
        loop {
            let p = u128::from(cx.worker().rand_u64()) * u128::from(n);
            if p as u64 >= reject {
                return (p >> 64) as u64;
            }
        }
    };
    "math/rand.seed" = |cx, vec: Slice<'n>, seed: i64| -> () {
        const M: i64 = i32::MAX as i64;
        let mut x = match seed.rem_euclid(M) {
            0 => 89_482_311,
            x => x,
        };
        let mut next = || {
            x = x * 48_271 % M;
            x as u64
        };
        for _ in 0..20 {
            next();
        }
        for (i, start) in lagged::STATE.iter().enumerate().take(vec.len()) {
            vec.set_word(i, next() << 40 ^ next() << 20 ^ next() ^ start);
        }
    };
    "hash/fnv.update32" = |cx, h: u32, data: Bytes<'n>, a: bool| -> u32 {
        const PRIME: u32 = 16_777_619;
        data.iter().fold(h, |h, &b| match a {
            true => (h ^ u32::from(b)).wrapping_mul(PRIME),
            false => h.wrapping_mul(PRIME) ^ u32::from(b),
        })
    };
    "hash/fnv.update64" = |cx, h: u64, data: Bytes<'n>, a: bool| -> u64 {
        const PRIME: u64 = 1_099_511_628_211;
        data.iter().fold(h, |h, &b| match a {
            true => (h ^ u64::from(b)).wrapping_mul(PRIME),
            false => h.wrapping_mul(PRIME) ^ u64::from(b),
        })
    };
    "hash/crc32.update" = |cx, crc: u32, table: Slice<'n>, data: Bytes<'n>| -> u32 {
        !data.iter().fold(!crc, |c, &b| table.half(usize::from(c as u8 ^ b)) ^ c >> 8)
    };
    "sort.Ints" = |cx, x: Slice<'n>| -> () {
        let mut all: Vec<i64> = (0..x.len()).map(|i| x.word(i) as i64).collect();
        all.sort_unstable();
        for (i, v) in all.into_iter().enumerate() {
            x.set_word(i, v as u64);
        }
    };
    "sort.Float64s" = |cx, x: Slice<'n>| -> () {
        let mut all: Vec<f64> = (0..x.len()).map(|i| f64::from_bits(x.word(i))).collect();
        // NaNs first; 0 and -0 are equal and keep their order, as far as anybody can tell.
        all.sort_by(|a, b| match (a.is_nan(), b.is_nan()) {
            (true, true) => std::cmp::Ordering::Equal,
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
            _ => a.partial_cmp(b).expect("no NaN here"),
        });
        for (i, v) in all.into_iter().enumerate() {
            x.set_word(i, v.to_bits());
        }
    };
    "sort.Strings" = |cx, x: Slice<'n>| -> () {
        let mut all: Vec<_> = x.strings().collect();
        all.sort_unstable_by(|a, b| a.bytes().cmp(b.bytes()));
        for (i, s) in all.into_iter().enumerate() {
            x.set_string(i, s);
        }
    };
}
