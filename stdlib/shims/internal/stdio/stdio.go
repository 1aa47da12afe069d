package syscall

import "syscall"

func Write(fd int, p []byte) (n, errno int) {
	for n < len(p) {
		m, err := syscall.Write(fd, p[n:])
		if err != nil {
			return n, int(err.(syscall.Errno))
		}
		n += m
	}
	return n, 0
}
func Read(fd int, p []byte) (n, errno int) {
	n, err := syscall.Read(fd, p)
	if err != nil {
		return 0, int(err.(syscall.Errno))
	}
	return n, 0
}
func ErrnoText(errno int) string { return syscall.Errno(errno).Error() }
