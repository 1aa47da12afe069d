package sort

import real "sort"

func Ints(x []int) { real.Ints(x) }
func Float64s(x []float64) { real.Float64s(x) }
func Strings(x []string) { real.Strings(x) }
