package bits

import real "math/bits"

func LeadingZeros64(x uint64) int { return real.LeadingZeros64(x) }
func TrailingZeros64(x uint64) int { return real.TrailingZeros64(x) }
func OnesCount64(x uint64) int { return real.OnesCount64(x) }
func Reverse64(x uint64) uint64 { return real.Reverse64(x) }
func ReverseBytes64(x uint64) uint64 { return real.ReverseBytes64(x) }
func Mul64(x, y uint64) (hi, lo uint64) { return real.Mul64(x, y) }
func div64(hi, lo, y uint64) (uint64, uint64) { return real.Div64(hi, lo, y) }
