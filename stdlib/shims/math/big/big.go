package big

import real "math/big"

func in(x nat) *real.Int {
	w := make([]real.Word, len(x))
	for i, d := range x {
		w[i] = real.Word(d)
	}
	return new(real.Int).SetBits(w)
}

func out(x *real.Int) nat {
	var n nat
	for _, d := range x.Bits() {
		n = append(n, Word(d))
	}
	return n
}

func natAdd(x, y nat) nat { return out(new(real.Int).Add(in(x), in(y))) }
func natSub(x, y nat) nat { return out(new(real.Int).Sub(in(x), in(y))) }
func natMul(x, y nat) nat { return out(new(real.Int).Mul(in(x), in(y))) }
func natDiv(x, y nat) (q, r nat) {
	a, b := new(real.Int).QuoRem(in(x), in(y), new(real.Int))
	return out(a), out(b)
}
func natGCD(x, y nat) nat { return out(new(real.Int).GCD(nil, nil, in(x), in(y))) }
func natSqrt(x nat) nat   { return out(new(real.Int).Sqrt(in(x))) }
func natPow(x nat, n uint) nat {
	return out(new(real.Int).Exp(in(x), new(real.Int).SetUint64(uint64(n)), nil))
}
func natExp(x, y, m nat) nat         { return out(new(real.Int).Exp(in(x), in(y), in(m))) }
func natShl(x nat, n uint) nat       { return out(new(real.Int).Lsh(in(x), n)) }
func natShr(x nat, n uint) nat       { return out(new(real.Int).Rsh(in(x), n)) }
func natText(x nat, base int) string { return in(x).Text(base) }
func natParse(digits string, base int) (nat, bool) {
	v, ok := new(real.Int).SetString(digits, base)
	if !ok {
		return nil, false
	}
	return out(v), true
}
func natFloat(x nat) float64 {
	f, _ := in(x).Float64()
	return f
}
