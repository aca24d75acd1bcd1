package vfs

import (
	"errors"
	"os"
	"syscall"
	"unsafe"
)

func isNamed(*os.File) bool { return true }

const noBlock = 0 // opening a file does not wait

// lockViolation is ERROR_LOCK_VIOLATION, which package syscall lacks.
const lockViolation syscall.Errno = 33

var (
	kernel32     = syscall.NewLazyDLL("kernel32.dll")
	lockFileEx   = kernel32.NewProc("LockFileEx")
	unlockFileEx = kernel32.NewProc("UnlockFileEx")
)

// Flags of LockFileEx.
const (
	failImmediately = 1
	exclusive       = 2
)

func lockExclusive(f *os.File) error { return tryLock(f, exclusive) }

func lockShared(f *os.File) error { return tryLock(f, 0) }

// tryLock locks the first byte, which need not exist.
func tryLock(f *os.File, flags uintptr) error {
	var at syscall.Overlapped
	ok, _, err := lockFileEx.Call(f.Fd(), flags|failImmediately, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	switch {
	case ok != 0:
		return nil
	case errors.Is(err, lockViolation):
		return ErrLocked
	}
	return err
}

func unlock(f *os.File) error {
	var at syscall.Overlapped
	ok, _, err := unlockFileEx.Call(f.Fd(), 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	if ok == 0 {
		return err
	}
	return nil
}
