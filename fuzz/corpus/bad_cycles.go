package main

type T struct{ t T }
type A = B
type B = A
type I interface{ I }
type E [len(e)]int

var e E
var x = y
var y = x

const c = d
const d = c

func f() int { return z }

var z = f()

type G[P any] struct{ g *G[G[P]] }
type N[P N[P]] int
