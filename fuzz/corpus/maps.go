package main

type K struct {
	s string
	n [2]int8
}

func main() {
	m := map[K]map[string]*int{}
	k := K{"a", [2]int8{1, 2}}
	m[k] = map[string]*int{"x": new(7)}
	if p, ok := m[k]["x"]; ok {
		*p++
	}
	nan := 0.0
	nan /= nan
	f := map[any]int{nan: 1, 1: 2, "a": 3, nil: 4}
	f[nan] = 5
	for k, v := range f {
		if v == 3 {
			delete(f, k)
		}
	}
	println(len(m), *m[k]["x"], len(f), f[nil], f[nan])
}
