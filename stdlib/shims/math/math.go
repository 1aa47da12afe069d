package math

import real "math"

func Float64bits(f float64) uint64 { return real.Float64bits(f) }
func Float64frombits(b uint64) float64 { return real.Float64frombits(b) }
func Float32bits(f float32) uint32 { return real.Float32bits(f) }
func Float32frombits(b uint32) float32 { return real.Float32frombits(b) }
func Abs(x float64) float64 { return real.Abs(x) }
func Signbit(x float64) bool { return real.Signbit(x) }
func Copysign(f, sign float64) float64 { return real.Copysign(f, sign) }
func Inf(sign int) float64 { return real.Inf(sign) }
func NaN() float64 { return real.NaN() }
func Frexp(f float64) (frac float64, exp int) { return real.Frexp(f) }
func Ldexp(frac float64, exp int) float64 { return real.Ldexp(frac, exp) }
func Modf(f float64) (integer float64, fractional float64) { return real.Modf(f) }
func Ilogb(x float64) int { return real.Ilogb(x) }
func Logb(x float64) float64 { return real.Logb(x) }
func Nextafter(x, y float64) (r float64) { return real.Nextafter(x, y) }
func Nextafter32(x, y float32) (r float32) { return real.Nextafter32(x, y) }
func Ceil(x float64) float64 { return real.Ceil(x) }
func Floor(x float64) float64 { return real.Floor(x) }
func Trunc(x float64) float64 { return real.Trunc(x) }
func Round(x float64) float64 { return real.Round(x) }
func RoundToEven(x float64) float64 { return real.RoundToEven(x) }
func Max(x, y float64) float64 { return real.Max(x, y) }
func Min(x, y float64) float64 { return real.Min(x, y) }
func Dim(x, y float64) float64 { return real.Dim(x, y) }
func Mod(x, y float64) float64 { return real.Mod(x, y) }
func Remainder(x, y float64) float64 { return real.Remainder(x, y) }
func FMA(x, y, z float64) float64 { return real.FMA(x, y, z) }
func Sqrt(x float64) float64 { return real.Sqrt(x) }
func Cbrt(x float64) float64 { return real.Cbrt(x) }
func Hypot(p, q float64) float64 { return real.Hypot(p, q) }
func Pow(x, y float64) float64 { return real.Pow(x, y) }
func Pow10(n int) float64 { return real.Pow10(n) }
func Exp(x float64) float64 { return real.Exp(x) }
func Exp2(x float64) float64 { return real.Exp2(x) }
func Expm1(x float64) float64 { return real.Expm1(x) }
func Log(x float64) float64 { return real.Log(x) }
func Log10(x float64) float64 { return real.Log10(x) }
func Log2(x float64) float64 { return real.Log2(x) }
func Log1p(x float64) float64 { return real.Log1p(x) }
func Sin(x float64) float64 { return real.Sin(x) }
func Cos(x float64) float64 { return real.Cos(x) }
func Tan(x float64) float64 { return real.Tan(x) }
func Sincos(x float64) (sin, cos float64) { return real.Sincos(x) }
func Asin(x float64) float64 { return real.Asin(x) }
func Acos(x float64) float64 { return real.Acos(x) }
func Atan(x float64) float64 { return real.Atan(x) }
func Atan2(y, x float64) float64 { return real.Atan2(y, x) }
func Sinh(x float64) float64 { return real.Sinh(x) }
func Cosh(x float64) float64 { return real.Cosh(x) }
func Tanh(x float64) float64 { return real.Tanh(x) }
func Asinh(x float64) float64 { return real.Asinh(x) }
func Acosh(x float64) float64 { return real.Acosh(x) }
func Atanh(x float64) float64 { return real.Atanh(x) }
func Erf(x float64) float64 { return real.Erf(x) }
func Erfc(x float64) float64 { return real.Erfc(x) }
func Erfinv(x float64) float64 { return real.Erfinv(x) }
func Erfcinv(x float64) float64 { return real.Erfcinv(x) }
func Gamma(x float64) float64 { return real.Gamma(x) }
func Lgamma(x float64) (lgamma float64, sign int) { return real.Lgamma(x) }
func J0(x float64) float64 { return real.J0(x) }
func J1(x float64) float64 { return real.J1(x) }
func Jn(n int, x float64) float64 { return real.Jn(n, x) }
func Y0(x float64) float64 { return real.Y0(x) }
func Y1(x float64) float64 { return real.Y1(x) }
func Yn(n int, x float64) float64 { return real.Yn(n, x) }
