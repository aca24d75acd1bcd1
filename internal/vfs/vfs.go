// Package vfs is the few operations on files that a store needs, as interfaces, so that tests can
// replace the operating system by a file system that crashes.
package vfs

import (
	"errors"
	"io"
)

// FS is a file system. Paths are those of package path/filepath. Errors are those of package os:
// errors.Is finds fs.ErrNotExist, fs.ErrExist, fs.ErrPermission, syscall.ENOSPC.
type FS interface {
	// Mkdir creates a directory, whose parent must exist.
	Mkdir(path string) error
	// OpenDir opens a directory that exists.
	OpenDir(path string) (Dir, error)
}

// Dir is an open directory. It stays the directory that was opened: renaming it, pointing its path
// to another one and changing the working directory make no difference. Names are those of files
// in it, without a separator. The methods may be called concurrently.
type Dir interface {
	// Path is the path by which the directory was opened.
	Path() string
	// List returns the entries, sorted by name.
	List() ([]Entry, error)
	// Create creates a file, which must not exist, for writing and reading.
	Create(name string) (File, error)
	// Open opens a regular file for reading. The error of anything else is ErrNotRegular; a pipe or
	// a device is not waited for.
	Open(name string) (File, error)
	// Rename renames a file. The error is fs.ErrExist if the new name is taken.
	Rename(from, to string) error
	// Replace renames a file, and replaces the file that has the new name, in one step.
	Replace(from, to string) error
	// Remove removes a file.
	Remove(name string) error
	// Sync makes durable what was created, renamed and removed.
	Sync() error
	// Lock locks a regular file, which is created if it is missing, until the Lock is closed. It
	// does not wait: the error is ErrLocked if somebody else has the lock, in this process or
	// another.
	Lock(name string) (Lock, error)
	// LockShared is Lock for those who only read: they exclude Lock, but not one another. The file
	// must exist. It is not changed, and may be on a read-only file system.
	LockShared(name string) (Lock, error)
	// Close closes the directory. Files and locks stay open.
	Close() error
}

// Entry is an entry of a directory.
type Entry struct {
	Name    string
	Regular bool // whether it is a regular file, and not a directory, link, pipe or device
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
	// Named reports whether the file still has a name: it has none when it was removed, or
	// replaced, or its directory removed. Where the system does not tell, it is true. It allocates
	// nothing.
	Named() bool
	// Truncate makes a file shorter. Write goes on at its new end.
	Truncate(size int64) error
	// Reserve makes the file at least so many bytes long, for which it takes room on the disk. What
	// they contain is undefined. If it fails, the file may be longer than before.
	Reserve(size int64) error
}

// Lock is a lock that is held.
type Lock interface {
	io.Closer
	// Check returns ErrLockLost unless the name of the locked file is still that file's.
	Check() error
}

var (
	// ErrLocked says that somebody else has a lock.
	ErrLocked = errors.New("locked by another process, or a second time by this one")
	// ErrLockLost says that a file which is locked was removed, renamed or replaced.
	ErrLockLost = errors.New("the file that was locked is gone, or another has its name")
	// ErrNotRegular says that something is not a regular file.
	ErrNotRegular = errors.New("not a regular file")
)
