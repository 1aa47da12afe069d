package runtime

import "runtime"

func Gosched()                        { runtime.Gosched() }
func Goexit()                         { runtime.Goexit() }
func GOMAXPROCS(n int) int            { return runtime.GOMAXPROCS(n) }
func NumCPU() int                     { return runtime.NumCPU() }
func NumGoroutine() int               { return runtime.NumGoroutine() }
func LockOSThread()                   { runtime.LockOSThread() }
func UnlockOSThread()                 { runtime.UnlockOSThread() }
func SetDefaultGOMAXPROCS()           { runtime.SetDefaultGOMAXPROCS() }
func GC()                             { runtime.GC() }
func SetFinalizer(obj, finalizer any) { runtime.SetFinalizer(obj, finalizer) }
func callers(skip int, pcs []uintptr) int {
	return runtime.Callers(skip+2, pcs)
}
func pcInfo(pc uintptr) (string, string, int, uintptr) {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return f.Function, f.File, f.Line, f.Entry
}
func Stack(buf []byte, all bool) int { return runtime.Stack(buf, all) }
func memStats(out []uint64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	out[msAlloc] = m.Alloc
	out[msTotalAlloc] = m.TotalAlloc
	out[msMallocs] = m.Mallocs
	out[msNumGC] = uint64(m.NumGC)
}
