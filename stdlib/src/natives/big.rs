//! Natives of `math/big`, on dashu: magnitudes are slices of words, the lowest first, without zeros at the top.

use dashu_base::{DivRem, Gcd, SquareRoot};
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use mgo_vm::native::{NativeCtx, Slice, Str};
use mgo_vm::natives;

fn read(s: Slice<'_>) -> UBig {
    let words: Vec<u64> = (0..s.len()).map(|i| s.word(i)).collect();
    UBig::from_words(&words)
}

fn give<'n>(cx: &mut NativeCtx<'n>, v: &UBig) -> Slice<'n> {
    let words = v.as_words();
    if words.is_empty() {
        return Slice::NIL;
    }
    let out = cx.words(words.len());
    for (i, &w) in words.iter().enumerate() {
        out.set_word(i, w);
    }
    out
}

natives! {
    /// `math/big`. Divisors are not zero, differences not negative: the library sees to that.
    BIG:
    "math/big.natAdd" = |cx, x: Slice<'n>, y: Slice<'n>| -> Slice<'n> { give(cx, &(read(x) + read(y))) };
    "math/big.natSub" = |cx, x: Slice<'n>, y: Slice<'n>| -> Slice<'n> { give(cx, &(read(x) - read(y))) };
    "math/big.natMul" = |cx, x: Slice<'n>, y: Slice<'n>| -> Slice<'n> { give(cx, &(read(x) * read(y))) };
    "math/big.natDiv" = |cx, x: Slice<'n>, y: Slice<'n>| -> (Slice<'n>, Slice<'n>) {
        let (q, r) = read(x).div_rem(read(y));
        (give(cx, &q), give(cx, &r))
    };
    "math/big.natGCD" = |cx, x: Slice<'n>, y: Slice<'n>| -> Slice<'n> { give(cx, &read(x).gcd(read(y))) };
    "math/big.natSqrt" = |cx, x: Slice<'n>| -> Slice<'n> { give(cx, &read(x).sqrt()) };
    "math/big.natPow" = |cx, x: Slice<'n>, n: u64| -> Slice<'n> { give(cx, &read(x).pow(n as usize)) };
    "math/big.natExp" = |cx, x: Slice<'n>, y: Slice<'n>, m: Slice<'n>| -> Slice<'n> {
        let ring = ConstDivisor::new(read(m));
        let power = ring.reduce(read(x)).pow(&read(y)).residue();
        give(cx, &power)
    };
    "math/big.natShl" = |cx, x: Slice<'n>, n: u64| -> Slice<'n> { give(cx, &(read(x) << n as usize)) };
    "math/big.natShr" = |cx, x: Slice<'n>, n: u64| -> Slice<'n> { give(cx, &(read(x) >> n as usize)) };
    "math/big.natText" = |cx, x: Slice<'n>, base: i64| -> String { read(x).in_radix(base as u8).to_string() };
    "math/big.natParse" = |cx, digits: Str<'n>, base: i64| -> (Slice<'n>, bool) {
        let read = std::str::from_utf8(&digits).ok().and_then(|s| UBig::from_str_radix(s, base as u32).ok());
        match read {
            Some(v) => (give(cx, &v), true),
            None => (Slice::NIL, false),
        }
    };
    "math/big.natFloat" = |cx, x: Slice<'n>| -> f64 { read(x).to_f64().value() };
}
