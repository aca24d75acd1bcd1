package vfs

// IsFull returns false: the system has no such error.
func IsFull(error) bool { return false }

// IsReadOnly returns false: the system has no such error.
func IsReadOnly(error) bool { return false }
