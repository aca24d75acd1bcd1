//go:build !windows && !plan9

package vfs

import (
	"errors"
	"syscall"
)

// IsFull reports whether an error says that there is no room: on the disk, or in a quota.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// IsReadOnly reports whether an error says that a file system cannot be written.
func IsReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
