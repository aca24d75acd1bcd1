package vfs

import (
	"errors"
	"syscall"
)

// Errors of Windows that package syscall lacks.
const (
	handleDiskFull syscall.Errno = 39
	diskFull       syscall.Errno = 112
	diskQuota      syscall.Errno = 1295
)

// IsFull reports whether an error says that there is no room: on the disk, or in a quota.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, handleDiskFull) ||
		errors.Is(err, diskFull) || errors.Is(err, diskQuota)
}

// IsReadOnly reports whether an error says that a file system cannot be written.
func IsReadOnly(err error) bool {
	const writeProtect syscall.Errno = 19
	return errors.Is(err, syscall.EROFS) || errors.Is(err, writeProtect)
}
