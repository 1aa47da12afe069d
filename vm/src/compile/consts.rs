//! Constants: their words in registers, and constant memory.

use mgo_lang::syntax::ast::Expr;
use mgo_lang::types::constant::Constant;
use mgo_lang::types::ty::Basic;

use crate::bytecode::op::Op;
use crate::compile::func::Reg;
use crate::compile::fx::Fx;
use crate::compile::layout::Ty;

impl Fx<'_> {
    /// The one word of a constant of basic type `b`; none for strings and complex numbers.
    pub fn const_word(c: &Constant, b: Basic) -> Option<u64> {
        Some(match b {
            Basic::Bool | Basic::UntypedBool => c.as_bool().into(),
            Basic::Float64 | Basic::UntypedFloat => c.as_f64().to_bits(),
            Basic::Float32 => c.as_f32().to_bits().into(),
            _ if b.is_integer() || b == Basic::UnsafePointer => c.as_u64(),
            _ => return None,
        })
    }

    /// Loads constant `c` of type `t`.
    pub fn constant(&mut self, c: &Constant, t: Ty, dst: Option<Reg>) -> Reg {
        let basic = self.basic(t);
        if let (None, Some(b), false) = (dst, basic, self.hoisted.is_empty())
            && let Some(r) = Self::const_word(c, b).and_then(|w| self.hoisted_word(w))
        {
            return r;
        }
        let d = self.dst(dst, t);
        let Some(b) = basic else {
            // A constant of interface type: the checker gave it the type of its target.
            self.b.zero(d, 1);
            return d;
        };
        if let Some(w) = Self::const_word(c, b) {
            self.b.load_int(d, w as i64);
        } else if b.is_complex() {
            let (re, im) = c.as_complex();
            let word = |x: f64, part: &Constant| match b {
                Basic::Complex64 => u64::from(part.as_f32().to_bits()),
                _ => x.to_bits(),
            };
            self.b.load_int(d, word(re, &c.real()) as i64);
            self.b.load_int(d + 1, word(im, &c.imag()) as i64);
        } else {
            self.load_string(d, &c.as_bytes());
        }
        d
    }

    /// Loads a constant string.
    pub fn load_string(&mut self, d: Reg, s: &[u8]) {
        if s.is_empty() {
            return self.b.zero(d, 2);
        }
        let at = self.c.string(s);
        self.b.a_bc(Op::LoadStr, d, s.len() as u32);
        self.b.extra(at as u64);
    }

    /// `d` := constant `c` of type `t` as an interface, if that takes no computing.
    pub fn box_constant(&mut self, c: &Constant, t: Ty, d: Reg) -> bool {
        let Some(b) = self.basic(t) else { return false };
        if let Some(w) = Self::const_word(c, b) {
            self.b.load_int(d + 1, w as i64);
        } else if b.is_string() {
            let s = c.as_bytes();
            let at = if s.is_empty() { 0 } else { self.c.string(&s) as u64 };
            let cell = self.c.constant_pair([at, s.len() as u64]);
            self.b.a_bc(Op::LoadData, d + 1, 0);
            self.b.extra(cell as u64);
        } else {
            return false;
        }
        self.c.convert_type(t);
        self.b.a_bc(Op::LoadType, d, t.0);
        true
    }

    /// The constant `e` is, as a 16-bit immediate, if it is an integer (or boolean) that fits.
    pub fn imm16(&mut self, e: &Expr) -> Option<i16> {
        let w = self.word_of(e)?;
        i16::try_from(w as i64).ok()
    }

    /// The constant `e` is, as one word of integer or boolean type.
    pub fn word_of(&mut self, e: &Expr) -> Option<u64> {
        let c = self.const_of(e)?;
        let t = self.ty_of(e);
        let b = self.basic(t)?;
        if !(b.is_integer() || b.is_boolean()) {
            return None;
        }
        Self::const_word(c, b)
    }
}
