//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package vfs

import (
	"errors"
	"os"
	"syscall"
)

// noBlock keeps a pipe from being waited for when it is opened.
const noBlock = syscall.O_NONBLOCK

func lockExclusive(f *os.File) error { return tryLock(f, syscall.LOCK_EX) }

func lockShared(f *os.File) error { return tryLock(f, syscall.LOCK_SH) }

func unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

func tryLock(f *os.File, how int) error {
	err := flock(f, how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}

func flock(f *os.File, how int) error {
	return control(f, func(fd int) error { return syscall.Flock(fd, how) })
}

func isNamed(f *os.File) bool {
	var info syscall.Stat_t
	err := syscall.Fstat(int(f.Fd()), &info)
	return err != nil || info.Nlink > 0
}

// control makes a system call on an open file, again if a signal interrupts it.
func control(f *os.File, call func(fd int) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for failed = syscall.EINTR; failed == syscall.EINTR; {
			failed = call(int(fd))
		}
	})
	if err != nil {
		return os.ErrClosed // what Control fails for
	}
	return failed
}
