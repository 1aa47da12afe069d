package a

import "example.com/multi/b"

func Name() string { return "a" + b.Name() }
