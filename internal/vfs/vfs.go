// Package vfs is the few operations on files that a store needs, as an interface, so that tests can put a file system in
// their place that crashes.
package vfs

import (
	"errors"
	"io"
)

// FS is a file system. Names are paths as package path/filepath has them. Errors are those of package os: errors.Is
// finds fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, syscall.ENOSPC.
type FS interface {
	// Mkdir creates a directory, whose parent must exist.
	Mkdir(name string) error
	// ReadDir returns the names of the entries of a directory, sorted.
	ReadDir(name string) ([]string, error)
	// Create creates a file, which must not exist, for writing and reading.
	Create(name string) (File, error)
	// Open opens a file that exists, for reading.
	Open(name string) (File, error)
	// Rename gives a file another name, in place of the file that has it.
	Rename(from, to string) error
	// Remove removes a file.
	Remove(name string) error
	// SyncDir makes durable what was created, renamed and removed in a directory.
	SyncDir(name string) error
	// Lock takes the lock of a file, which it creates if it must, for as long as it is not closed. It does not wait: if somebody
	// else has it, in this process or another, the error is ErrLocked.
	Lock(name string) (io.Closer, error)
}

// File is an open file.
type File interface {
	// Write appends.
	io.Writer
	io.ReaderAt
	io.Closer
	// Sync makes durable what was written.
	Sync() error
	// Size is the length of the file in bytes.
	Size() (int64, error)
}

// ErrLocked is the error of a lock that somebody else has.
var ErrLocked = errors.New("locked by another process, or a second time by this one")
