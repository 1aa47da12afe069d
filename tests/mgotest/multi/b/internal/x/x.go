package x

const X = "b"
