//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package vfs

import (
	"errors"
	"io"
	"os"
	"syscall"
)

func lock(name string) (io.Closer, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	if err := flock(f, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, err
	}
	return lockedFile{f}, nil
}

// lockedFile is an open file with its lock.
type lockedFile struct{ f *os.File }

// Close unlocks explicitly, since a child between its fork and its exec holds the open file too.
func (l lockedFile) Close() error {
	return errors.Join(flock(l.f, syscall.LOCK_UN), l.f.Close())
}

func flock(f *os.File, how int) error {
	return control(f, func(fd int) error { return syscall.Flock(fd, how) })
}

// control does a system call on an open file, again if a signal interrupts it.
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
