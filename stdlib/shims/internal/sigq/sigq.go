package syscall

import (
	"os"
	"os/signal"
	"syscall"
)

var ch = make(chan os.Signal, 100)

func Enable(sig int)       { signal.Notify(ch, syscall.Signal(sig)) }
func Disable(sig int)      { signal.Reset(syscall.Signal(sig)) }
func Ignore(sig int)       { signal.Ignore(syscall.Signal(sig)) }
func Ignored(sig int) bool { return signal.Ignored(syscall.Signal(sig)) }
func Recv() int            { return int((<-ch).(syscall.Signal)) }
func Kill(pid, sig int) int {
	if e, ok := syscall.Kill(pid, syscall.Signal(sig)).(syscall.Errno); ok {
		return int(e)
	}
	return 0
}
