package vfs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// OS is the file system of the operating system. Where the system has no lock that belongs to an
// open file (AIX, Plan 9, Solaris, WebAssembly), Lock fails with errors.ErrUnsupported: the locks
// of POSIX do not keep this process out a second time, and a file that is there or not outlives a
// crash. Network file systems are not supported.
var OS FS = osFS{}

type osFS struct{}

func (osFS) Mkdir(path string) error { return os.Mkdir(path, 0o755) }

func (osFS) OpenDir(path string) (Dir, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.IsDir() { // to open a pipe would wait for a writer
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return &osDir{root}, nil
}

// osDir is an open directory. Its errors name files by their whole paths.
type osDir struct{ root *os.Root }

func (d *osDir) Path() string { return d.root.Name() }

func (d *osDir) Close() error { return d.root.Close() }

func (d *osDir) path(name string) string { return filepath.Join(d.Path(), name) }

// failed returns an error of an operation on a file with the path of the file.
func (d *osDir) failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return &fs.PathError{Op: op, Path: d.path(name), Err: err}
}

func (d *osDir) List() ([]Entry, error) {
	dir, err := d.root.Open(".")
	if err != nil {
		return nil, d.failed("open", "", err)
	}
	found, err := dir.ReadDir(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		return nil, d.failed("readdir", "", err)
	}
	entries := make([]Entry, len(found))
	for i, e := range found {
		entries[i] = Entry{e.Name(), e.Type().IsRegular()}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}

func (d *osDir) Create(name string) (File, error) {
	f, err := d.root.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, d.failed("create", name, err)
	}
	return osFile{f}, nil
}

func (d *osDir) Open(name string) (File, error) {
	f, err := d.openRegular(name, os.O_RDONLY)
	if err != nil {
		return nil, d.failed("open", name, err)
	}
	return osFile{f}, nil
}

// openRegular opens a regular file, and nothing else: opening a pipe waits, and opening a device
// may do anything. What the first look finds may be exchanged before it is opened; for that there
// are noBlock and the second look.
func (d *osDir) openRegular(name string, flag int) (*os.File, error) {
	info, err := d.root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, ErrNotRegular
	}
	f, err := d.root.OpenFile(name, flag|noBlock, 0o644)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Rename uses the system's renaming that does not replace, or a second name where there is none.
// Where files have one name only, it looks first: this program has the directory's lock.
func (d *osDir) Rename(from, to string) error {
	err := renameNoReplace(d.root, from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		if err = d.root.Link(from, to); err == nil {
			return d.Remove(from)
		}
	}
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		if _, err = d.root.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			return d.Replace(from, to)
		} else if err == nil {
			err = fs.ErrExist
		}
	}
	return d.failed("rename "+d.path(from)+" to", to, err)
}

func (d *osDir) Replace(from, to string) error {
	return d.failed("rename "+d.path(from)+" to", to, d.root.Rename(from, to))
}

func (d *osDir) Remove(name string) error {
	return d.failed("remove", name, d.root.Remove(name))
}

// Sync does nothing on Windows, which has no such call.
func (d *osDir) Sync() error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := d.root.Open(".")
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	return d.failed("sync", "", err)
}

func (d *osDir) Lock(name string) (Lock, error) {
	return d.lock(name, os.O_RDWR|os.O_CREATE, lockExclusive)
}

func (d *osDir) LockShared(name string) (Lock, error) {
	return d.lock(name, os.O_RDONLY, lockShared)
}

func (d *osDir) lock(name string, flag int, lock func(*os.File) error) (Lock, error) {
	f, err := d.openRegular(name, flag)
	if err != nil {
		return nil, d.failed("lock", name, err)
	}
	if err := lock(f); err != nil {
		_ = f.Close()
		return nil, d.failed("lock", name, err)
	}
	l := &osLock{d, name, f}
	if err := l.Check(); err != nil { // it was replaced before it was locked
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// osLock is an open file with its lock.
type osLock struct {
	dir  *osDir
	name string
	file *os.File
}

func (l *osLock) Check() error {
	mine, err := l.file.Stat()
	if err != nil {
		return err
	}
	there, err := l.dir.root.Lstat(l.name)
	if err == nil && !os.SameFile(mine, there) || errors.Is(err, fs.ErrNotExist) {
		err = ErrLockLost
	}
	return l.dir.failed("lock", l.name, err)
}

// Close unlocks explicitly, since a child between its fork and its exec has the open file too.
func (l *osLock) Close() error { return errors.Join(unlock(l.file), l.file.Close()) }

// osFile is an open file. Writes append since nothing but a write and Truncate moves its position,
// and only one open file writes: the one that created it.
type osFile struct{ *os.File }

func (f osFile) Sync() error { return datasync(f.File) }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Named() bool { return isNamed(f.File) }

func (f osFile) Truncate(size int64) error {
	if err := f.File.Truncate(size); err != nil {
		return err
	}
	_, err := f.Seek(size, 0)
	return err
}

func (f osFile) Reserve(size int64) error {
	if old, err := f.Size(); err != nil || size <= old {
		return err
	}
	err := allocate(f.File, size)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return f.fill(size)
}
