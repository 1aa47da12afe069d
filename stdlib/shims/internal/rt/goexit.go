package rt

import "runtime"

func Goexit() { runtime.Goexit() }
