package rand

import real "math/rand"



func uniform(n uint64) uint64 { return uint64(real.Int63n(int64(n))) }
