//! The state from which sources of `math/rand` are seeded.
//!
//! Go's is that of an additive lagged Fibonacci generator, x[n] = x[n-607] + x[n-273] modulo 2^64, after 7.8e12 steps
//! from a seed of 1 (its `gen_cooked.go` tells). Stepping would take hours; but x[n] is a linear combination of the
//! first 607 values whose coefficients are those of t^n modulo the characteristic polynomial t^607 - t^334 - 1, which
//! takes 43 squarings.

/// Values in the state.
pub const LENGTH: usize = 607;
const TAP: usize = 273;
const STEPS: u64 = 7_800_000_000_000;

type Poly = Vec<u64>;

/// The state.
pub fn state() -> Vec<u64> {
    let start = seeded(1);
    let place = |n: u64| ((LENGTH - TAP) as u64 + LENGTH as u64 - n % LENGTH as u64) % LENGTH as u64;
    // x[-606] to x[0] are what the first 607 steps replace; then come the values that these steps make.
    let mut x: Vec<u64> = (1..=LENGTH as u64).map(|n| start[place(n) as usize]).collect();
    for n in LENGTH..2 * LENGTH {
        x.push(x[n - LENGTH].wrapping_add(x[n - TAP]));
    }
    let coefficients = power(STEPS);
    let mut state = vec![0; LENGTH];
    for i in 0..LENGTH {
        let terms = coefficients.iter().zip(&x[i..]);
        let value = terms.fold(0u64, |sum, (c, x)| sum.wrapping_add(c.wrapping_mul(*x)));
        // This is x[STEPS - 606 + i].
        state[place(STEPS + 1 + i as u64) as usize] = value;
    }
    state
}

/// What a seed makes, before anything is mixed in.
fn seeded(seed: u64) -> Vec<u64> {
    let mut x = seed;
    let mut next = || {
        x = x * 48271 % 0x7fff_ffff;
        x
    };
    for _ in 0..20 {
        next();
    }
    (0..LENGTH)
        .map(|_| next() << 20 ^ next() << 10 ^ next())
        .collect()
}

/// t^n modulo the characteristic polynomial, lowest coefficient first.
fn power(n: u64) -> Poly {
    let mut p = vec![0; LENGTH];
    p[0] = 1;
    for bit in (0..64 - n.leading_zeros()).rev() {
        p = square(&p);
        if n >> bit & 1 == 1 {
            p.insert(0, 0);
            p = reduced(p);
        }
    }
    p
}

fn square(p: &Poly) -> Poly {
    let mut out = vec![0u64; 2 * LENGTH];
    for (i, &a) in p.iter().enumerate().filter(|(_, a)| **a != 0) {
        for (o, &b) in out[i..].iter_mut().zip(p) {
            *o = o.wrapping_add(a.wrapping_mul(b));
        }
    }
    reduced(out)
}

fn reduced(mut p: Poly) -> Poly {
    for i in (LENGTH..p.len()).rev() {
        let c = p[i];
        p[i - LENGTH] = p[i - LENGTH].wrapping_add(c);
        p[i - TAP] = p[i - TAP].wrapping_add(c);
    }
    p.truncate(LENGTH);
    p
}
