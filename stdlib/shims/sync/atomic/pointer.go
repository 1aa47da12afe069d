package atomic

import (
	"sync/atomic"
	"unsafe"
)

func word[T any](addr **T) *unsafe.Pointer { return (*unsafe.Pointer)(unsafe.Pointer(addr)) }

func loadPointer[T any](addr **T) *T       { return (*T)(atomic.LoadPointer(word(addr))) }
func storePointer[T any](addr **T, val *T) { atomic.StorePointer(word(addr), unsafe.Pointer(val)) }
func swapPointer[T any](addr **T, new *T) *T {
	return (*T)(atomic.SwapPointer(word(addr), unsafe.Pointer(new)))
}
func casPointer[T any](addr **T, old, new *T) bool {
	return atomic.CompareAndSwapPointer(word(addr), unsafe.Pointer(old), unsafe.Pointer(new))
}
