package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// OS is the file system of the operating system. Where the system has no lock that belongs to an open file (AIX, Plan 9,
// Solaris, WebAssembly), Lock fails with errors.ErrUnsupported: the locks of POSIX do not keep this process out a second
// time, and a file that is there or not outlives a crash. Network file systems are not supported.
var OS FS = osFS{}

type osFS struct{}

func (osFS) Mkdir(name string) error { return os.Mkdir(name, 0o755) }

func (osFS) ReadDir(name string) ([]string, error) {
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (osFS) Create(name string) (File, error) {
	return open(name, os.O_RDWR|os.O_CREATE|os.O_EXCL)
}

func (osFS) Open(name string) (File, error) { return open(name, os.O_RDONLY) }

func (osFS) Rename(from, to string) error { return os.Rename(from, to) }

func (osFS) Remove(name string) error { return os.Remove(name) }

// SyncDir does nothing on Windows, which has no such call.
func (osFS) SyncDir(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (osFS) Lock(name string) (io.Closer, error) {
	l, err := lock(name)
	if err != nil {
		return nil, &fs.PathError{Op: "lock", Path: name, Err: err}
	}
	return l, nil
}

func open(name string, flag int) (File, error) {
	f, err := openFile(name, flag)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

// osFile is an open file. Writes append since nothing moves its position but a write, and only one open file writes: the
// one that created it.
type osFile struct{ *os.File }

func (f osFile) Sync() error { return datasync(f.File) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
