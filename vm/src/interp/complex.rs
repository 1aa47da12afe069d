//! Complex arithmetic: pairs of float64 (C128) or float32 (C64).

use crate::frame::{Frame, Pc};
use crate::machine::Vm;
use crate::trap::Trap;

type Complex = (f64, f64);

fn wide(f: Frame, r: u16) -> Complex {
    (f.f64(r), f.f64(r + 1))
}

fn narrow(f: Frame, r: u16) -> (f32, f32) {
    (f.f32(r), f.f32(r + 1))
}

fn widened(f: Frame, r: u16) -> Complex {
    let (re, im) = narrow(f, r);
    (re.into(), im.into())
}

fn set_wide(f: Frame, r: u16, (re, im): Complex) {
    f.set_pair(r, (re.to_bits(), im.to_bits()));
}

fn set_narrow(f: Frame, r: u16, (re, im): (f32, f32)) {
    f.set_pair(r, (re.to_bits().into(), im.to_bits().into()));
}

macro_rules! ops {
    ($($name:ident: $f:ident, $at:ident => $body:expr;)*) => {$(
        #[doc = concat!("See the opcode of `", stringify!($name), "`.")]
        #[inline(never)]
        pub(crate) fn $name(_: &mut Vm<'_>, $f: Frame, $at: Pc) -> Result<(), Trap> {
            $body;
            Ok(())
        }
    )*};
}

ops! {
    op_add_c128: f, at => {
        let (x, y) = (wide(f, at.b()), wide(f, at.c()));
        set_wide(f, at.a(), (x.0 + y.0, x.1 + y.1))
    };
    op_sub_c128: f, at => {
        let (x, y) = (wide(f, at.b()), wide(f, at.c()));
        set_wide(f, at.a(), (x.0 - y.0, x.1 - y.1))
    };
    op_mul_c128: f, at => {
        let (x, y) = (wide(f, at.b()), wide(f, at.c()));
        set_wide(f, at.a(), (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0))
    };
    op_div_c128: f, at => set_wide(f, at.a(), div(wide(f, at.b()), wide(f, at.c())));
    op_neg_c128: f, at => {
        let (re, im) = f.pair(at.b());
        f.set_pair(at.a(), (re ^ 1 << 63, im ^ 1 << 63))
    };
    op_eq_c128: f, at => f.set(at.a(), (wide(f, at.b()) == wide(f, at.c())).into());
    op_add_c64: f, at => {
        let (x, y) = (narrow(f, at.b()), narrow(f, at.c()));
        set_narrow(f, at.a(), (x.0 + y.0, x.1 + y.1))
    };
    op_sub_c64: f, at => {
        let (x, y) = (narrow(f, at.b()), narrow(f, at.c()));
        set_narrow(f, at.a(), (x.0 - y.0, x.1 - y.1))
    };
    op_mul_c64: f, at => {
        let (x, y) = (narrow(f, at.b()), narrow(f, at.c()));
        set_narrow(f, at.a(), (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0))
    };
    op_div_c64: f, at => {
        let (re, im) = div(widened(f, at.b()), widened(f, at.c()));
        set_narrow(f, at.a(), (re as f32, im as f32))
    };
    op_neg_c64: f, at => {
        let (re, im) = f.pair(at.b());
        f.set_pair(at.a(), (re ^ 1 << 31, im ^ 1 << 31))
    };
    op_eq_c64: f, at => f.set(at.a(), (narrow(f, at.b()) == narrow(f, at.c())).into());
}

/// Division by Smith's method: the larger part of the divisor goes first, so nothing overflows on the way.
/// What comes out as NaN in both parts is looked at again by the rules of C99's Annex G.
pub(crate) fn div(x: Complex, y: Complex) -> Complex {
    let q = if y.0.abs() >= y.1.abs() {
        let r = y.1 / y.0;
        let d = y.0 + r * y.1;
        ((x.0 + x.1 * r) / d, (x.1 - x.0 * r) / d)
    } else {
        let r = y.0 / y.1;
        let d = y.1 + r * y.0;
        ((x.0 * r + x.1) / d, (x.1 * r - x.0) / d)
    };
    if q.0.is_nan() && q.1.is_nan() {
        div_special(x, y).unwrap_or(q)
    } else {
        q
    }
}

/// Division by zero, and by or of infinity.
#[cold]
fn div_special(x: Complex, y: Complex) -> Option<Complex> {
    let is_inf = |z: Complex| z.0.is_infinite() || z.1.is_infinite();
    let is_finite = |z: Complex| z.0.is_finite() && z.1.is_finite();
    // 1 for infinity, 0 for the rest, signs kept.
    let unit = |v: f64| f64::from(u8::from(v.is_infinite())).copysign(v);
    let product = |scale: f64, a: Complex, b: Complex| {
        (scale * (a.0 * b.0 + a.1 * b.1), scale * (a.1 * b.0 - a.0 * b.1))
    };
    if y == (0.0, 0.0) && !(x.0.is_nan() && x.1.is_nan()) {
        let inf = f64::INFINITY.copysign(y.0);
        Some((inf * x.0, inf * x.1))
    } else if is_inf(x) && is_finite(y) {
        Some(product(f64::INFINITY, (unit(x.0), unit(x.1)), y))
    } else if is_inf(y) && is_finite(x) {
        Some(product(0.0, x, (unit(y.0), unit(y.1))))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::div;

    #[test]
    fn division_by_zero_and_infinity() {
        let inf = f64::INFINITY;
        assert_eq!(div((4.0, 2.0), (2.0, 0.0)), (2.0, 1.0));
        assert_eq!(div((1.0, 1.0), (0.0, 0.0)), (inf, inf));
        assert_eq!(div((1.0, 1.0), (inf, 0.0)), (0.0, 0.0));
        assert_eq!(div((inf, 0.0), (1.0, 0.0)).0, inf);
    }
}
