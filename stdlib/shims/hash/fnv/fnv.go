package fnv

func update32(h uint32, data []byte, a bool) uint32 {
	for _, c := range data {
		if a {
			h = (h ^ uint32(c)) * 16777619
		} else {
			h = h*16777619 ^ uint32(c)
		}
	}
	return h
}
func update64(h uint64, data []byte, a bool) uint64 {
	for _, c := range data {
		if a {
			h = (h ^ uint64(c)) * 1099511628211
		} else {
			h = h*1099511628211 ^ uint64(c)
		}
	}
	return h
}
