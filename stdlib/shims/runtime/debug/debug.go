package debug

import "runtime/debug"

func setGCPercent(percent int) int      { return debug.SetGCPercent(percent) }
func setMaxStack(bytes int) int         { return debug.SetMaxStack(bytes) }
func setMaxThreads(threads int) int     { return debug.SetMaxThreads(threads) }
func setMemoryLimit(limit int64) int64  { return debug.SetMemoryLimit(limit) }
func FreeOSMemory()                     { debug.FreeOSMemory() }
func SetTraceback(level string)         { debug.SetTraceback(level) }
