package os

import (
	"io/fs"
	"os"
	"sort"
	"syscall"
)

func code(err error) int {
	if err == nil {
		return 0
	}
	for {
		switch e := err.(type) {
		case syscall.Errno:
			return int(e)
		case interface{ Unwrap() error }:
			err = e.Unwrap()
			continue
		}
		return 5
	}
}

func sysOpen(name string, flag int, perm uint32) (int, int) {
	fd, err := syscall.Open(name, flag|syscall.O_CLOEXEC, perm)
	return fd, code(err)
}
func sysClose(fd int) int { return code(syscall.Close(fd)) }
func sysPread(fd int, p []byte, off int64) (int, int) {
	n, err := syscall.Pread(fd, p, off)
	return n, code(err)
}
func sysPwrite(fd int, p []byte, off int64) (int, int) {
	n, err := syscall.Pwrite(fd, p, off)
	return n, code(err)
}
func sysSeek(fd int, off int64, whence int) (int64, int) {
	n, err := syscall.Seek(fd, off, whence)
	return n, code(err)
}
func sysSync(fd int) int { return code(syscall.Fsync(fd)) }
func sysTruncate(name string, fd int, size int64) int {
	if name == "" {
		return code(syscall.Ftruncate(fd, size))
	}
	return code(syscall.Truncate(name, size))
}
func sysPipe() (int, int, int) {
	var p [2]int
	err := syscall.Pipe2(p[:], syscall.O_CLOEXEC)
	return p[0], p[1], code(err)
}
func sysStat(name string, fd int, follow bool) (uint32, int64, int64, int64, int) {
	var i fs.FileInfo
	var err error
	switch {
	case name == "":
		i, err = os.NewFile(uintptr(fd), "x").Stat()
	case follow:
		i, err = os.Stat(name)
	default:
		i, err = os.Lstat(name)
	}
	if err != nil {
		return 0, 0, 0, 0, code(err)
	}
	return uint32(i.Mode()), i.Size(), i.ModTime().Unix(), int64(i.ModTime().Nanosecond()), 0
}
func sysList(name string) (names []string, modes []uint32, errno int) {
	l, err := os.ReadDir(name)
	sort.Slice(l, func(i, j int) bool { return l[i].Name() < l[j].Name() })
	for _, e := range l {
		names = append(names, e.Name())
		modes = append(modes, uint32(e.Type()))
	}
	return names, modes, code(err)
}
func sysRemove(name string, dir bool) int {
	if dir {
		return code(syscall.Rmdir(name))
	}
	return code(syscall.Unlink(name))
}
func sysMkdir(name string, perm uint32) int { return code(syscall.Mkdir(name, perm)) }
func sysRename(from, to string) int         { return code(syscall.Rename(from, to)) }
func sysChmod(name string, perm uint32) int { return code(syscall.Chmod(name, perm)) }
func sysLink(from, to string, symbolic bool) int {
	if symbolic {
		return code(syscall.Symlink(from, to))
	}
	return code(syscall.Link(from, to))
}
func sysReadlink(name string) (string, int) {
	s, err := os.Readlink(name)
	return s, code(err)
}
func sysChdir(name string) int { return code(syscall.Chdir(name)) }
func sysGetwd() (string, int) {
	s, err := os.Getwd()
	return s, code(err)
}
func args() []string                            { return os.Args }
func exit(code int)                             { os.Exit(code) }
func Getpid() int                               { return os.Getpid() }
func Getppid() int                              { return os.Getppid() }
func Getuid() int                               { return os.Getuid() }
func Geteuid() int                              { return os.Geteuid() }
func Getgid() int                               { return os.Getgid() }
func Getegid() int                              { return os.Getegid() }
func hostname() string                          { s, _ := os.Hostname(); return s }
func executable() string                        { s, _ := os.Executable(); return s }
func LookupEnv(key string) (string, bool)       { return os.LookupEnv(key) }
func Environ() []string                         { return os.Environ() }
func setenv(key, value string)                  { os.Setenv(key, value) }
func unsetenv(key string)                       { os.Unsetenv(key) }
func Clearenv()                                 { os.Clearenv() }
